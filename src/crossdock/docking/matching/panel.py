"""What is known of a panel when models from elsewhere are put to its pairs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crossdock.docking.matching.decide import Known
from crossdock.docking.matching.likeness import Trace
from crossdock.entries.sources import at_hand, read_record
from crossdock.errors import CrossdockError
from crossdock.structures.prepare import prepare
from crossdock.structures.structure import Structure, read_structure

if TYPE_CHECKING:
    from crossdock.panel.panel import Panel
    from crossdock.panel.proteins import Protein


def known_of(panel: Panel, results: str | Path, entries: str | Path) -> tuple[Known, dict[str, Structure]]:
    """Give names, pairs and structures of a panel, as far as its structures are here.

    Parameters
    ----------
    panel : Panel
    results : str or Path
        The folder in which prepared structures are looked for.
    entries : str or Path
        The folder in which fetched entries are looked for.

    Returns
    -------
    known : Known
    bodies : dict of str to Structure
        By name.
    """
    proteins = panel.proteins_in(results)
    found = {protein.name: _structure(protein, proteins, entries) for protein in panel.proteins}
    bodies = {name: body for name, body in found.items() if body is not None}
    pairs = [(receptor.name, ligand.name) for receptor, ligand in panel.docked]
    names = {one.name: {one.name, one.label or one.name, one.uniprot or one.name} for one in panel.proteins}
    return Known({name: Trace.of(body) for name, body in bodies.items()}, names, pairs), bodies


def _structure(protein: Protein, proteins: Path, entries: str | Path) -> Structure | None:
    """Give a protein's structure: as prepared, else from its entry if that is here."""
    done = proteins / protein.name / "structure.pdb"
    if done.is_file():
        return read_structure(done)
    path = at_hand(protein.entry, entries)
    if path is None:
        return None
    try:
        return prepare(path, protein, sequence=protein.sequence, provenance=read_record(path), repair=False)[0]
    except CrossdockError as error:
        raise type(error)(error.what, where=f"{protein.name}, entry {protein.entry}", hint=error.hint) from error
