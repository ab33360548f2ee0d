"""The refined models of a pair as the page holds them: what differs from the docked models."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossdock.analysis.interface import COLUMNS, TEXT
from crossdock.docking.models import model_name
from crossdock.failure import failure_of
from crossdock.files import read_made, read_table
from crossdock.records import read_record
from crossdock.refining.record import REFINED, RefinedModel, RefinedRecord
from crossdock.report.page_data import PageRefined, PageRefinedModel
from crossdock.report.run_data import RefinedCounts
from crossdock.structures.structure import Structure, read_structure

#: Elements whose hydrogens the page holds.
POLAR = ("N", "O", "S")
MADE_BY = "crossdock refine"


def refined(folder: Path) -> PageRefined:
    """Read the refined models of a pair.

    Parameters
    ----------
    folder : Path
        Of the pair.

    Raises
    ------
    InputError
        If a file of them is missing or broken.
    """
    home = folder / "refined"
    if failure := failure_of(home / "refined.json"):
        return PageRefined(failure.short, [], {name: [] for name in COLUMNS})
    record = read_record(home / "refined.json", RefinedRecord, MADE_BY)
    table = read_table(home / "interface.csv", MADE_BY, text=TEXT)
    contacts = {name: table[name].tolist() for name in COLUMNS}
    return PageRefined("", [_model(folder, home, one) for one in record.models], contacts)


def refined_counts(folders: Iterable[Path]) -> RefinedCounts:
    """Count the refined models of pairs.

    Parameters
    ----------
    folders : iterable of Path
        Of the pairs.

    Raises
    ------
    InputError
        If a file of them is missing or broken.
    """
    models: list[RefinedModel] = []
    failed = 0
    for folder in folders:
        path = folder / "refined" / "refined.json"
        if failure_of(path):
            failed += 1
        else:
            models += read_record(path, RefinedRecord, MADE_BY).models
    done = [one for one in models if one.state == REFINED]
    return RefinedCounts(
        len(models),
        len(done),
        failed,
        max((one.clashes_before or 0 for one in done), default=0),
        max((one.clashes_after or 0 for one in done), default=0),
    )


def _model(folder: Path, home: Path, record: RefinedModel) -> PageRefinedModel:
    if record.state != REFINED:
        return PageRefinedModel(record, [], [], [])
    name = f"{model_name(record.model)}.pdb"
    docked = read_made(folder / "models" / name, read_structure, "crossdock analyse")
    return PageRefinedModel(record, *difference(docked, read_made(home / name, read_structure, MADE_BY)))


def difference(docked: Structure, refined: Structure) -> tuple[list[str], list[str], list[int]]:
    """Find what a refined model has that the docked one has not.

    Parameters
    ----------
    docked, refined : Structure
        Under the same chain letters and residue numbers; `refined` has hydrogens.

    Returns
    -------
    residues, atoms, moved : list
        As `PageRefinedModel` has them.
    """
    before = {key: part for key, part in _residues(docked)}
    residues: list[str] = []
    atoms: list[str] = []
    moved: list[int] = []
    for key, part in _residues(refined):
        own = before.get(key)
        heavy = part[part.element != "H"]
        if own is not None and _same(own, heavy):
            continue
        held = part[(part.element != "H") | _polar(part)]
        places = dict(zip(own.atom_name.tolist(), _thousandths(own), strict=True)) if own is not None else {}
        last = np.zeros(3, dtype=np.int64)
        for atom, place in zip(held.atom_name.tolist(), _thousandths(held), strict=True):
            moved += (place - places.get(atom, last)).tolist()
            last = place
        residues.append(f"{part.residue_name[0]:>3s} {key}")
        atoms.append(" ".join(held.atom_name.tolist()))
    return residues, atoms, moved


def _residues(structure: Structure) -> list[tuple[str, Structure]]:
    """Give each residue under columns 22 to 27 of PDB format."""
    starts = np.unique(structure.residue_index, return_index=True)[1]
    order = np.sort(starts)
    ends = [*order[1:].tolist(), len(structure)]
    found = []
    for start, end in zip(order.tolist(), ends, strict=True):
        part = structure[np.arange(start, end)]
        found.append((f"{part.chain[0]}{part.residue_number[0]:4d}{part.insertion[0] or ' '}", part))
    return found


def _same(own: Structure, heavy: Structure) -> bool:
    """Tell whether a residue has the same heavy atoms in the same places."""
    return (
        own.residue_name[0] == heavy.residue_name[0]
        and np.array_equal(own.atom_name, heavy.atom_name)
        and np.array_equal(_thousandths(own), _thousandths(heavy))
    )


def _thousandths(structure: Structure) -> NDArray[np.int64]:
    """Give coordinates as whole numbers of thousandths of an angstrom, as many decimals as files have."""
    found: NDArray[np.int64] = np.rint(structure.coord * 1000).astype(np.int64)
    return found


def _polar(part: Structure) -> NDArray[np.bool_]:
    """Mark the hydrogens of a residue whose nearest heavy atom is a nitrogen, oxygen or sulfur."""
    hydrogen = part.element == "H"
    heavy = np.flatnonzero(~hydrogen)
    apart = np.linalg.norm(part.coord[:, None] - part.coord[None, heavy], axis=2)
    polar: NDArray[np.bool_] = hydrogen & np.isin(part.element[heavy[apart.argmin(axis=1)]], POLAR)
    return polar
