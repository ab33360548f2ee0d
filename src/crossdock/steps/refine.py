"""The first models of a pair with hydrogens, minimised near the interface: the step `crossdock refine`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from crossdock.analysis.affinity import predict, withheld
from crossdock.analysis.interface import COLUMNS, residue_contacts
from crossdock.analysis.records import PairRecord
from crossdock.analysis.reference import judge
from crossdock.analysis.surface import areas_together, surface
from crossdock.docking.bodies import Body
from crossdock.docking.models import model_name
from crossdock.errors import CrossdockError, InputError
from crossdock.files import fingerprint, read_made, whole_folder, write_table
from crossdock.machine import cpu_seconds, peak_memory_mb
from crossdock.panel.panel import Panel
from crossdock.records import read_record, write_record
from crossdock.refining import molprobity
from crossdock.refining.engine import need, platform, versions
from crossdock.refining.record import RefinedModel, RefinedRecord
from crossdock.steps.dock import made_already
from crossdock.steps.ready import ready
from crossdock.structures.modelcif import write_mmcif
from crossdock.structures.structure import Structure, read_structure, write_structure

if TYPE_CHECKING:
    from crossdock.refining.refine import Refined

_log = logging.getLogger(__name__)
#: What is written; a folder with other files is made again.
FILES = ("models", "residues.csv", "interface.csv")
#: The folder of a pair that has what this step makes, its record there, and the contacts of its models.
FOLDER, RECORD, CONTACTS = "refined", "refined.json", "interface.csv"


@dataclass(frozen=True)
class Refinement:
    """How models are refined: keys of `refine:` in a config.

    Attributes
    ----------
    models : int
        How many of the first ones.
    radius : float
        Residues with a heavy atom as near as this to the partner may move, in angstrom.
    platform : str
        Of OpenMM: auto, cpu or cuda.
    """

    models: int = 5
    radius: float = 10.0
    platform: str = "auto"

    @classmethod
    def of_panel(cls, panel: Panel) -> Refinement:
        """Give how a panel refines models."""
        return cls(**panel.refine)


def refine(
    folder: str | Path,
    how: Refinement | None = None,
    *,
    structures: tuple[str | Path, str | Path] | None = None,
    resume: bool = False,
    progress: Callable[[RefinedModel], None] | None = None,
) -> RefinedRecord | None:
    """Refine the first models of a pair, and write refined/ into its folder.

    Parameters
    ----------
    folder : str or Path
        The pair's folder, with pair.json and models/.
    how : Refinement, optional
    structures : tuple of path, optional
        The prepared structures of receptor and ligand; models of a pair whose complex is known are judged beside it.
    resume : bool
        Keep what is there if it was made of the same input; None is returned then.
    progress : callable, optional
        Called with each model that is done.

    Raises
    ------
    InputError
        If OpenMM or PDBFixer is not installed, or a file of the pair is missing.
    """
    how = how or Refinement()
    need(str(folder))
    from crossdock.refining.complete import FORCE_FIELD, PH
    from crossdock.refining.refine import Refiner

    folder, began = Path(folder), cpu_seconds()
    pair = read_record(folder / "pair.json", PairRecord, "crossdock analyse")
    files = [folder / "models" / f"{model_name(one.model)}.pdb" for one in pair.models[: how.models]]
    for file in files:
        read_made(file, Path.read_bytes, "crossdock analyse")
    known = structures if pair.known else None
    judge_of_clashes = molprobity.program()
    software = versions() | ({"clashscore": judge_of_clashes} if judge_of_clashes else {})
    asked_for = fingerprint(asdict(how) | software | {"files": FILES}, folder / "pair.json", *files, *(known or ()))
    if resume and made_already(folder / FOLDER / RECORD, asked_for):
        _log.debug(f"{folder}: refined before from the same input")
        return None
    device, properties = platform(how.platform)
    refiner = Refiner(how.radius, device, properties)
    native = _native(pair, known)
    found: list[Refined] = []
    contacts: list[pd.DataFrame] = []
    for record, file in zip(pair.models, files, strict=False):
        docked = parted(read_structure(file), pair, str(file))
        one = refiner.refine(record.model, docked)
        if native:
            one = _judged(one, docked, native)
        if one.body and judge_of_clashes:
            one = _scored(one, docked, judge_of_clashes)
        if one.body:
            one, table = _touching(one, _heavy(one.body))
            contacts.append(table)
        found.append(one)
        if one.record.reason:
            _log.warning("%s: left as docked, %s", file, one.record.reason)
        if progress:
            progress(one.record)
    made = RefinedRecord(
        receptor=pair.receptor,
        ligand=pair.ligand,
        force_field=FORCE_FIELD,
        radius_A=how.radius,
        ph=PH,
        software=software,
        platform=device.getName(),
        models=tuple(one.record for one in found),
        cpu_seconds=round(cpu_seconds() - began, 2),
        peak_memory_MB=round(peak_memory_mb()),
        asked_for=asked_for,
    )
    _write(folder / FOLDER, made, found, contacts)
    return made


def structures_of(folder: str | Path) -> tuple[Path, Path] | None:
    """Find the prepared structures of a pair of a run, from its folder; None where the folder is not in a run."""
    folder = Path(folder).absolute()
    # A further backend's pairs are in backends/NAME/ of the run, which has the proteins.
    for run in folder.parents[2:5:2]:
        found = tuple(run / "proteins" / name / "structure.pdb" for name in (folder.parent.name, folder.name))
        if all(path.is_file() for path in found):
            return found[0], found[1]
    return None


def parted(structure: Structure, pair: PairRecord, where: str) -> Body:
    """Tell the partners of a model apart by their chain letters."""
    own = set(pair.ligand_chains.values())
    moving = pd.Series(structure.chain).isin(own).to_numpy()
    if moving.all() or not moving.any():
        letters = " ".join(sorted(own))
        raise InputError(f"expected chains of both partners; those of the ligand are {letters}", where=where)
    return Body(structure[~moving], structure[moving])


def _native(pair: PairRecord, structures: tuple[str | Path, str | Path] | None) -> tuple[Structure, Structure] | None:
    if not structures:
        return None
    receptor, ligand = map(ready, structures)
    return receptor, ligand.with_chains(pair.ligand_chains)


def _judged(one: Refined, docked: Body, native: tuple[Structure, Structure]) -> Refined:
    """Compare a model with the known complex, before and after."""
    bodies = [docked, *([_heavy(one.body)] if one.body else [])]
    try:
        verdicts = judge(*native, [body.ligand for body in bodies], [body.receptor for body in bodies])
    except CrossdockError as error:
        _log.warning("model %s is not compared with the known complex: %s", one.record.model, error.what)
        return one
    numbers = {
        f"{name}_{when}{unit}": round(float(verdict[key]), 3)
        for when, verdict in zip(("before", "after"), verdicts, strict=False)
        for name, key, unit in (("dockq", "dockq", ""), ("irmsd", "irmsd_A", "_A"), ("fnat", "fnat", ""))
    }
    return replace(one, record=replace(one.record, **numbers))  # type: ignore[arg-type]


def _scored(one: Refined, docked: Body, program: str) -> Refined:
    """Add MolProbity's clashscore before and after; where its program fails, say so."""
    assert one.body
    try:
        before, after = (
            molprobity.clashscore(program, body, hydrogens=body is one.body) for body in (docked, one.body)
        )
    except CrossdockError as error:
        _log.warning("model %s has no clashscore: %s", one.record.model, error.what)
        return one
    return replace(one, record=replace(one.record, clashscore_before=before, clashscore_after=after))


def _touching(one: Refined, heavy: Body) -> tuple[Refined, pd.DataFrame]:
    """Give the residue contacts of a refined model, and predict its affinity, both without hydrogens."""
    contacts = residue_contacts(heavy.receptor, heavy.ligand)
    if len(contacts) and not withheld(int(contacts["overlaps"].sum()), len(contacts)):
        areas = areas_together(surface(heavy.receptor), surface(heavy.ligand))
        affinity = predict(heavy.receptor, heavy.ligand, areas)
        if any(affinity.contacts.values()):
            one = replace(one, record=replace(one.record, dg_kcal_mol=round(affinity.dg, 2)))
    return one, contacts.assign(model=one.record.model)[list(COLUMNS)]


def _heavy(body: Body) -> Body:
    return Body(body.receptor[body.receptor.element != "H"], body.ligand[body.ligand.element != "H"])


def _write(folder: Path, record: RefinedRecord, found: Sequence[Refined], contacts: Sequence[pd.DataFrame]) -> None:
    """Write refined.json, residues.csv, interface.csv and the models, whole or not at all."""
    with whole_folder(folder) as aside:
        for one in found:
            if one.body is None:
                continue
            path = aside / f"{model_name(one.record.model)}.pdb"
            remarks = (
                f"model {one.record.model}, hydrogens added and minimised by OpenMM",
                "amber14 (ff14SB) and OBC2; residues near the partner moved",
            )
            write_structure(path, one.body.receptor, one.body.ligand, remarks=remarks)
            write_mmcif(path.with_suffix(".cif"), one.body.receptor, one.body.ligand)
        write_table(aside / "residues.csv", pd.concat([one.residues for one in found], ignore_index=True))
        touching = pd.concat(contacts, ignore_index=True) if contacts else pd.DataFrame(columns=list(COLUMNS))
        write_table(aside / CONTACTS, touching)
        write_record(aside / RECORD, record)
