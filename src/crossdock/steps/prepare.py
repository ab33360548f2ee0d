"""An entry -> a docking-ready structure: the step `crossdock prepare`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from crossdock.entries.sources import read_record
from crossdock.panel.proteins import Protein, of_file
from crossdock.structures.conformers import Further, prepare_conformers
from crossdock.structures.prepare import write_prepared
from crossdock.structures.record import ProteinRecord


def prepare(
    entry: str | Path,
    protein: Protein,
    out: str | Path,
    *,
    further: Sequence[str | Path] = (),
    role: Sequence[str] = (),
    sequence: str | Path | None = None,
) -> ProteinRecord:
    """Prepare what of an entry stands for a protein, and write structure.pdb and protein.json.

    Parameters
    ----------
    entry : str or Path
        Its file; the record of where it is from is looked for beside it.
    protein : Protein
        What is taken of it, and what it is expected to be.
    out : str or Path
        The folder.
    further : sequence of str or Path
        Files of further entries, each of which gives another conformer.
    role : sequence of str
        What the protein is in the panel: `receptor`, `ligand`, `control`, or several of them.
    sequence : str or Path, optional
        FASTA file with the sequence of the expected accession.

    Returns
    -------
    ProteinRecord

    Raises
    ------
    StructureError, IdentityError, InputError
        As `crossdock.structures.prepare.prepare` says.
    """
    others = tuple(further_entry(path) for path in further)
    protein = replace(protein, further=tuple(of_file(one.path).entry for one in others))
    more: dict[str, Any] = {"role": role, "sequence": sequence, "provenance": read_record(entry)}
    conformers, record = prepare_conformers(entry, protein, further=others, **more)
    write_prepared(out, conformers, record)
    return record


def further_entry(path: str | Path) -> Further:
    """Describe an entry that gives a further conformer, by its file and the record beside it."""
    record = read_record(path)
    return Further(Path(path), str(record["id"]) if record else of_file(path).name, record)
