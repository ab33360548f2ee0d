"""Models of pairs as files for other programs: the step `crossdock export`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crossdock.analysis.interface import RESIDUE_TEXT, TEXT
from crossdock.analysis.records import PairRecord
from crossdock.docking.backends.cofold.sequences import Read, of_structure, read_sequences
from crossdock.docking.models import model_name
from crossdock.errors import CrossdockError, InputError
from crossdock.export import cluspro, cofold, haddock3, openmm
from crossdock.export.docked import Docked, Partner, contacts_of, exposed, touched
from crossdock.export.made import PROGRAMS, Made
from crossdock.files import read_made, read_table, write_text
from crossdock.panel.panel import read_panel
from crossdock.records import read_record
from crossdock.refining.engine import need
from crossdock.steps.refine import FOLDER as REFINED
from crossdock.steps.refine import parted, structures_of
from crossdock.structures.record import read_protein
from crossdock.structures.structure import Structure, read_structure

#: Programs that get sequences.
FROM_SEQUENCES = ("alphafold3", "boltz", "chai")
#: The folder of a pair that has what this step makes.
FOLDER = "export"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Exported:
    """What was written of a model for a program.

    Attributes
    ----------
    folder : Path
        Of the files; it is not made where there is a reason. That of the pair, where nothing of it can be exported.
    program : str
        Of `PROGRAMS`; empty where nothing of the pair can be exported.
    notes : tuple of str
        What is not as in the model.
    reason : str
        Why nothing was written; empty where it was.
    """

    folder: Path
    program: str
    notes: tuple[str, ...] = ()
    reason: str = ""


@dataclass
class Proteins:
    """Sequences of the proteins of runs, each read once.

    Attributes
    ----------
    entries : Path
        The folder in which fetched entries are looked for.
    """

    entries: Path
    _read: dict[tuple[Path, str], Read | None] = field(default_factory=dict)

    def of(self, run: Path | None, name: str) -> Read | None:
        """Give the sequences of a protein of a run with what lies in its gaps; None where they cannot be read."""
        if run is None or not (run / "panel.json").is_file():
            return None
        if (run, name) not in self._read:
            protein = next((one for one in read_panel(run / "panel.json").proteins if one.name == name), None)
            try:
                self._read[run, name] = read_sequences(protein, run, self.entries) if protein else None
            except CrossdockError as error:
                _log.warning("%s: the sequence is that of its structure alone: %s", name, error)
                self._read[run, name] = None
        return self._read[run, name]


def export(
    folders: Iterable[str | Path],
    programs: Sequence[str] = tuple(PROGRAMS),
    *,
    model: int = 0,
    entries: str | Path = "resources/entries",
    progress: Callable[[Exported], None] | None = None,
) -> list[Exported]:
    """Write a model of each pair for other programs, into ``export/model_NN/PROGRAM/`` of the pair's folder.

    Parameters
    ----------
    folders : iterable of str or Path
        Pairs' folders, with pair.json, interface.csv, residues.csv and models/.
    programs : sequence of str
        Of `PROGRAMS`.
    model : int
        Its number, from 0.
    entries : str or Path
        The folder in which fetched entries are looked for: they have the sequences of gaps.
    progress : callable, optional
        Called with what was done for each program.

    Returns
    -------
    list of Exported
        A pair or program that fails has the reason, and the others go on. Files of earlier exports are replaced;
        nothing else in these folders is touched.
    """
    proteins, found = Proteins(Path(entries)), []
    for folder in map(Path, folders):
        for one in _all(folder, programs, model, proteins):
            found.append(one)
            if progress:
                progress(one)
    return found


def _all(folder: Path, programs: Sequence[str], model: int, proteins: Proteins) -> Iterator[Exported]:
    """Export a model of a pair for each program; one that fails says why."""
    try:
        docked = read_docked(folder, model, proteins if set(programs) & set(FROM_SEQUENCES) else None)
    except CrossdockError as error:
        yield Exported(folder, "", reason=str(error))
        return
    for program in programs:
        yield _export(folder, docked, program)


def read_docked(folder: Path, model: int, proteins: Proteins | None = None) -> Docked:
    """Read what programs are told of a model.

    Parameters
    ----------
    folder : Path
        The pair's.
    model : int
    proteins : Proteins, optional
        Without it sequences are those of the structures, without what lies in their gaps.

    Raises
    ------
    CrossdockError
        If a file is missing, there is no such model, or its partners do not touch.
    """
    pair = read_record(folder / "pair.json", PairRecord, "crossdock analyse")
    if all(one.model != model for one in pair.models):
        raise InputError(f"there is no model {model}; the pair has {len(pair.models)}", where=str(folder))
    file = folder / "models" / f"{model_name(model)}.pdb"
    body = parted(read_made(file, read_structure, "crossdock analyse"), pair, str(file))
    letters = {there: own for own, there in pair.ligand_chains.items()}
    structures = body.receptor, body.ligand.with_chains(letters)
    contacts = read_table(folder / "interface.csv", "crossdock analyse", text=TEXT)
    residues = read_table(folder / "residues.csv", "crossdock analyse", text=RESIDUE_TEXT)
    bodies = structures[0][~structures[0].hetero], structures[1][~structures[1].hetero]
    pairs = contacts_of(contacts, model, letters, bodies)
    if not pairs:
        raise InputError(f"no amino acids of the partners touch in model {model}", where=str(folder))
    known = structures_of(folder)
    run = known[0].parents[2] if known else None
    partners, joined = [], []
    for side, name in enumerate((pair.receptor, pair.ligand)):
        role = ("receptor", "ligand")[side]
        own = residues[(residues["model"] == model) & (residues["side"] == role)]
        back = letters if side else {letter: letter for letter in structures[0].chains}
        read = (proteins.of(run, name) if proteins else None) or of_structure(bodies[side], name)
        joined += read.joined
        met = touched(bodies[side], (one[side] for one in pairs))
        partners.append(Partner(name, structures[side], met, exposed(bodies[side], own, back), read))
    conformers = _conformers(run, pair, model) if run else {}
    return Docked(partners[0], partners[1], pairs, model, pair.backend, list(dict.fromkeys(joined)), conformers)


def _conformers(run: Path, pair: PairRecord, model: int) -> dict[str, tuple[int, str]]:
    """Give the number and the label of the conformer in a model, of each partner that has several."""
    row = next(one for one in pair.models if one.model == model)
    found = {}
    for name, number in ((pair.receptor, row.receptor_conformer), (pair.ligand, row.ligand_conformer)):
        path = run / "proteins" / name / "protein.json"
        known = read_protein(path).conformers if number and path.is_file() else ()
        if number and number <= len(known):
            found[name] = number, known[number - 1].label
    return found


def _export(folder: Path, docked: Docked, program: str) -> Exported:
    out = folder / FOLDER / model_name(docked.model) / program
    try:
        made = _WRITERS[program](folder, docked)
    except CrossdockError as error:
        return Exported(out, program, reason=str(error))
    for name, text in made.files.items():
        write_text(out / name, text)
    write_text(out / "README.txt", _readme(docked, program, made))
    return Exported(out, program, tuple(made.notes))


def _readme(docked: Docked, program: str, made: Made) -> str:
    names = f"{docked.ligand.name} with {docked.receptor.name}"
    title = f"{PROGRAMS[program]}: {names}, model {docked.model} by {docked.backend} (crossdock)"
    notes = ["", "Differences from the model:", *(f"- {one}" for one in made.notes)] if made.notes else []
    # A model of docking that is wrong makes restraints that are wrong.
    warning = f"The interface is that of a model by {docked.backend}: a hypothesis, not a measurement."
    if program not in FROM_SEQUENCES:
        shapes = docked.conformers.items()
        warning += "".join(f"\nThe shape of {name} is conformer {n} ({label})." for name, (n, label) in shapes)
    return "\n".join([title, "", *made.readme, "", warning, *notes, ""])


def _openmm(folder: Path, docked: Docked) -> Made:
    need(str(folder))
    path = folder / REFINED / f"{model_name(docked.model)}.pdb"
    if not path.is_file():
        hint = f"run `crossdock refine` on the folder; {REFINED}/refined.json says why a model was left as docked"
        raise InputError(f"there is no refined model {docked.model}", where=str(folder), hint=hint)
    refined: Structure = read_structure(path)
    return openmm.make(refined)


_WRITERS: dict[str, Callable[[Path, Docked], Made]] = {
    "haddock3": lambda _, docked: haddock3.make(docked),
    "cluspro": lambda _, docked: cluspro.make(docked),
    "alphafold3": lambda _, docked: cofold.make(docked, "af3"),
    "boltz": lambda _, docked: cofold.make(docked, "boltz"),
    "chai": lambda _, docked: cofold.make(docked, "chai"),
    "openmm": _openmm,
}
