"""What the page holds of a pair that can be looked at: models, contacts, drawings, mutations, and where it binds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from crossdock.analysis.bench import site_tests
from crossdock.analysis.construct import Partner, construct
from crossdock.analysis.evidence import EvidenceRecord
from crossdock.analysis.interface import COLUMNS, RESIDUE_COLUMNS, RESIDUE_TEXT, TEXT
from crossdock.analysis.records import PairRecord
from crossdock.docking.models import PAE, model_name
from crossdock.docking.pae import Pae, read_tables
from crossdock.docking.record import read_docking
from crossdock.entries.identity import ChainRecord
from crossdock.files import read_made, read_table
from crossdock.records import read_record
from crossdock.report.evidence import of_residues
from crossdock.report.page_data import Detail, ErrorMap, ModelBody, PageRefined, pack_bytes, packed
from crossdock.report.run_data import SIDES, PairSite, Side
from crossdock.report.sentences import say
from crossdock.report.site import share_outside, short_site, site

#: Share of an interface outside the parts that a partner can reach, from which that is said.
MOST_OUTSIDE = 0.5
#: Most cells of a side of a picture of predicted errors, and the step of their values, in angstrom.
MOST_CELLS, CELL_STEP_A = 200, 0.5


def detail(
    folder: Path,
    partners: tuple[Partner, Partner],
    evidence: EvidenceRecord | None = None,
    refined: PageRefined | None = None,
) -> tuple[str, PairSite]:
    """Read models, contacts and drawings of a pair, packed until it is looked at; say where the first model binds.

    Parameters
    ----------
    folder : Path
        Of the pair.
    partners : tuple of Partner
        Receptor and ligand.
    evidence : EvidenceRecord, optional
        What databases say of the panel.
    refined : PageRefined, optional
        What `crossdock.report.refined.refined` gives, of a panel whose models are refined.

    Returns
    -------
    str
        A packed `crossdock.report.page_data.Detail`.
    PairSite

    Raises
    ------
    InputError
        If a file of the pair is missing or broken.
    """
    record = read_record(folder / "pair.json", PairRecord, "crossdock analyse")
    contacts = _columns(folder / "interface.csv", COLUMNS, TEXT)
    residues = _columns(folder / "residues.csv", RESIDUE_COLUMNS, RESIDUE_TEXT)
    drawings, maps = (
        [
            read_made(folder / "drawings" / f"{name}_{model.model:02d}.svg", _text, "crossdock analyse")
            for model in record.models
        ]
        for name in ("interface", "map")
    )
    scripts = {name: read_made(folder / name, _text, "crossdock analyse") for name in ("view.pml", "view.cxc")}
    docking = read_docking(folder / "docking.json")
    own = docking.method.models or docking.conformers
    bodies = [_body(folder, model.model, record.ligand_chains) for model in record.models] if own else []
    errors = _errors(folder / "models" / PAE, [model.model for model in record.models], bodies)
    letters = record.ligand_chains
    tests = site_tests([model.model for model in record.models], contacts, residues, partners, letters)
    constructs = {"receptor": construct(partners[0], {}), "ligand": construct(partners[1], letters)}
    detail = packed(
        Detail(
            record.n_poses,
            record.models,
            contacts,
            drawings,
            maps,
            scripts,
            letters,
            bodies,
            errors,
            tests,
            constructs,
            _conformers(partners) if docking.conformers else {},
            record.conformers,
            refined,
        )
    )
    return detail, _site(record, contacts, partners, evidence)


def _conformers(partners: tuple[Partner, Partner]) -> dict[str, list[str]]:
    """Give what the conformers of each side are called; nothing of a side with one."""
    named = ([one.label for one in partner.record.conformers] for partner in partners)
    return dict(zip(SIDES, named, strict=True))


def _site(
    record: PairRecord,
    contacts: Mapping[str, list[Any]],
    partners: tuple[Partner, Partner],
    evidence: EvidenceRecord | None,
) -> PairSite:
    """Say where the first model binds on either partner, of which contacts have the letters of the pair's files."""
    before = {new: old for old, new in record.ligand_chains.items()}
    first = record.models[0].model if record.models else None
    here = [place for place, model in enumerate(contacts["model"]) if model == first]
    met = {
        side: [(contacts[f"{side}_chain"][place], contacts[f"{side}_number"][place]) for place in here]
        for side in SIDES
    }
    met["ligand"] = [(before.get(chain, chain), number) for chain, number in met["ligand"]]
    chains = dict(zip(SIDES, (partner.record.chains for partner in partners), strict=True))

    def naming(accession: str, residues: Sequence[int]) -> str | None:
        annotation = evidence.annotations.get(accession) if evidence else None
        return of_residues(annotation, residues) or None if annotation else None

    whole = {side: site(met[side], chains[side], naming) for side in SIDES}
    found = PairSite(short_site(met["receptor"], chains["receptor"]), whole["receptor"], whole["ligand"])
    return replace(found, unreachable=_unreachable(record, met, chains, evidence)) if evidence else found


def _unreachable(
    record: PairRecord,
    met: Mapping[Side, list[tuple[str, str]]],
    chains: Mapping[Side, Sequence[ChainRecord]],
    evidence: EvidenceRecord,
) -> str:
    """Say on which partner most of the interface lies where the other cannot come; empty where on none."""
    reach = evidence.reach(record.receptor, record.ligand)
    if reach.code not in ("outer-face-only", "inner-face-only"):
        return ""
    names = dict(zip(SIDES, (record.receptor, record.ligand), strict=True))
    for side, ranges in zip(SIDES, (reach.receptor, reach.ligand), strict=True):
        accession = next(iter(evidence.accessions(names[side])), "")
        share = share_outside(met[side], chains[side], accession, ranges) if ranges else None
        if share and share > MOST_OUTSIDE:
            listed = ", ".join(f"{first}-{last}" for first, last in ranges)
            return say("unreachable", protein=evidence.label(names[side]), share=share, ranges=listed)
    return ""


def _body(folder: Path, number: int, letters: Mapping[str, str]) -> ModelBody:
    """Read both partners of a model that has coordinates of its own, the ligand under its prepared letters."""
    lines = read_made(folder / "models" / f"{model_name(number)}.pdb", atoms, "crossdock analyse").splitlines()
    lines = [line for line in lines if not line.startswith("TER")]
    before = {new: old for old, new in letters.items()}
    ligand = [f"{line[:21]}{before[line[21]]}{line[22:]}" for line in lines if line[21] in before]
    receptor = [line for line in lines if line[21] not in before]
    return ModelBody("\n".join([*receptor, ""]), "\n".join([*ligand, ""]))


def _errors(path: Path, numbers: Sequence[int], bodies: Sequence[ModelBody]) -> list[ErrorMap | None]:
    """Read the predicted errors of models for a picture; nothing where there are none."""
    if not bodies or not path.is_file():
        return []
    names = [model_name(number) for number in numbers]

    def reader(file: Path) -> list[ErrorMap | None]:
        tables = read_tables(file, names)
        return [_map(tables.get(name), body) for name, body in zip(names, bodies, strict=True)]

    return read_made(path, reader, "crossdock analyse")


def _map(pae: Pae | None, body: ModelBody) -> ErrorMap | None:
    """Average the errors of a model over the cells of a picture."""
    if pae is None:
        return None
    sizes = (_n_residues(body.receptor), _n_residues(body.ligand))
    if sum(sizes) != pae.size:
        raise ValueError(f"it has {pae.size} residues, the model has {sum(sizes)}")
    width, errors = pae.coarse(sizes, MOST_CELLS)
    cells = np.rint(errors / CELL_STEP_A).astype(np.uint8)
    return ErrorMap(sizes, width, pack_bytes(cells.tobytes()))


def _n_residues(text: str) -> int:
    """Count the residues of atom records: by chain, number and insertion code."""
    return len({line[21:27] for line in text.splitlines()})


def _columns(path: Path, names: Collection[str], text: Collection[str]) -> dict[str, list[Any]]:
    """Read a table of a pair as columns; residue numbers stay text, for their insertion codes."""
    table = read_table(path, "crossdock analyse", text=text)
    return {name: table[name].tolist() for name in names}


def atoms(path: Path) -> str:
    """Keep the atom records of a structure, of several conformers the first; headers are in protein.json."""
    lines = path.read_text(encoding="utf-8").splitlines()
    lines = lines[: lines.index("ENDMDL")] if "ENDMDL" in lines else lines
    return "\n".join(line for line in lines if line.startswith(("ATOM", "HETATM", "TER"))) + "\n"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
