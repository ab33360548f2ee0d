"""An entry -> a docking-ready structure: the step `crossdock prepare`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crossdock.entries.sources import read_record
from crossdock.panel.proteins import Protein
from crossdock.structures.prepare import prepare_to
from crossdock.structures.record import ProteinRecord


def prepare(
    entry: str | Path,
    protein: Protein,
    out: str | Path,
    *,
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
    return prepare_to(out, entry, protein, role=role, sequence=sequence, provenance=read_record(entry))
