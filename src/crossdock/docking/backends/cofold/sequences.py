"""The sequences of a panel's proteins, as programs that predict complexes get them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crossdock.entries.entry import read_entry
from crossdock.entries.residues import Ledger, take_model
from crossdock.entries.sources import at_hand, read_record
from crossdock.errors import CrossdockError, InputError
from crossdock.failure import failure_of
from crossdock.panel.proteins import Protein
from crossdock.structures.evidence import with_own_records
from crossdock.structures.gaps import construct_sequence, whole_sequence
from crossdock.structures.prepare import prepare
from crossdock.structures.record import ProteinRecord, read_protein
from crossdock.structures.structure import Structure, read_structure


def sequences_of(protein: Protein, results: str | Path, entries: str | Path, *, whole: bool = False) -> dict[str, str]:
    """Give the sequence of each chain that is docked of a protein.

    Parameters
    ----------
    protein : Protein
    results : str or Path
        The folder in which prepared structures are looked for.
    entries : str or Path
        The folder in which fetched entries are looked for.
    whole : bool
        Take whole chains in place of what is docked of them.

    Returns
    -------
    dict of str to str
        Chain letter in the structure -> one-letter codes. What is docked includes residues that the entry lacks between
        two docked ones, as its records of the sequence have them, and not what a selection leaves out. Modified
        residues are the amino acid that they are made from, X where there is none.

    Raises
    ------
    CrossdockError
        If the structure is not here, or could not be prepared.
    """
    path = at_hand(protein.entry, entries)
    structure, record = _prepared(protein, path, results)
    body = structure[~structure.hetero]
    if path is None:
        if whole:
            raise InputError(
                "the entry is not here, which has the sequences of whole chains",
                where=f"{protein.name}, entry {protein.entry}",
                hint="start `crossdock run --until fetch`, then run this again",
            )
        return dict(record.sequence)
    found = with_own_records(take_model(read_entry(path), record.selection.model, Ledger()), Ledger())
    assembly = record.selection.assembly
    copies = {one.chain: one.of for one in assembly.copies} if assembly else {}
    chains = {one.letter: copies.get(one.chain, one.chain) for one in record.chains if one.letter}
    table, sequences = found.residues, {}
    for letter in body.chains:
        if whole:
            sequences[letter] = whole_sequence(found, chains[letter])
            continue
        docked = body[body.chain == letter]
        places = set(zip(docked.residue_number.tolist(), docked.insertion.tolist(), strict=True))
        numbers = zip(table.number.tolist(), table.insertion.tolist(), strict=True)
        stay = (table.chain == chains[letter]) & np.array([place in places for place in numbers])
        sequences[letter] = construct_sequence(found, chains[letter], stay)
    return sequences


def _prepared(protein: Protein, path: Path | None, results: str | Path) -> tuple[Structure, ProteinRecord]:
    """Give a protein as it was prepared, else as it will be."""
    folder = Path(results, "proteins", protein.name)
    made = (folder / "structure.pdb", folder / "protein.json")
    if all(file.is_file() and not failure_of(file) for file in made):
        return read_structure(folder / "structure.pdb"), read_protein(folder / "protein.json")
    where = f"{protein.name}, entry {protein.entry}"
    if path is None:
        hint = "start `crossdock run --until fetch`, then run this again"
        raise InputError("the structure is not here yet", where=where, hint=hint)
    try:
        return prepare(path, protein, sequence=protein.sequence, provenance=read_record(path), repair=False)
    except CrossdockError as error:
        raise type(error)(error.what, where=where, hint=error.hint) from error
