"""The sequences of a panel's proteins, as programs that predict complexes get them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from crossdock.entries.amino_acids import LETTERS, parent_of
from crossdock.entries.entry import read_entry
from crossdock.entries.molecules import PEPTIDE_BOND_A
from crossdock.entries.residues import EntryModel, Ledger, take_model
from crossdock.entries.sequence import compare, read_fasta
from crossdock.entries.sources import at_hand, read_record
from crossdock.errors import CrossdockError, InputError
from crossdock.failure import failure_of
from crossdock.panel.proteins import Protein
from crossdock.structures.evidence import with_own_records
from crossdock.structures.gaps import construct_places, joints, whole_sequence, with_sequence
from crossdock.structures.prepare import prepare
from crossdock.structures.record import ProteinRecord, read_protein
from crossdock.structures.structure import Structure, read_structure

#: What to say of sequences that were joined, and what to do.
JOINED = (
    "Residues are missing in these structures, and their files do not say which. The sequences are joined there, so "
    "the predicted chains are not the real ones:",
    "take the entry by its id or as mmCIF, which has the sequence (SEQRES in a PDB file); or set `uniprot:` of the "
    "protein and put UniProt's FASTA of it into resources/sequences/ACCESSION.fasta; then run this again",
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Read:
    """The sequences of a protein's chains.

    Attributes
    ----------
    sequences : dict of str to str
        Chain letter in the structure -> one-letter codes. What is docked includes residues that the entry lacks between
        two docked ones, as its records of the sequence have them, else the sequence of the accession in
        ``resources/sequences/``, and not what a selection leaves out. Modified residues are the amino acid that they
        are made from, X where there is none.
    joined : list of str
        Where a sequence had to be joined over residues that nothing names, a sentence each.
    places : dict of (str, int, str) to int
        Chain letter, number and insertion code of each residue of the structure -> its place in the chain's sequence,
        from 1. Whole chains have none.
    """

    sequences: dict[str, str]
    joined: list[str]
    places: dict[tuple[str, int, str], int] = field(default_factory=dict)


def read_sequences(protein: Protein, results: str | Path, entries: str | Path, *, whole: bool = False) -> Read:
    """Read the sequence of each chain that is docked of a protein.

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
    Read

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
        n = record.missing.residues
        said = [f"{protein.name}: {n} residues are missing in its structure, and its entry is not here"] if n else []
        return Read(dict(record.sequence), said, _counted(body))
    found = with_own_records(take_model(read_entry(path), record.selection.model, Ledger()), Ledger())
    assembly = record.selection.assembly
    copies = {one.chain: one.of for one in assembly.copies} if assembly else {}
    chains = {one.letter: copies.get(one.chain, one.chain) for one in record.chains if one.letter}
    table, read = found.residues, Read({}, [])
    for letter in body.chains:
        chain = chains[letter]
        if whole and found.entry.sequences.get(chain):
            read.sequences[letter] = whole_sequence(found, chain)
            continue
        stay = table.amino & (table.chain == chain)
        if not whole:
            docked = body[body.chain == letter]
            places = set(zip(docked.residue_number.tolist(), docked.insertion.tolist(), strict=True))
            numbers = zip(table.number.tolist(), table.insertion.tolist(), strict=True)
            stay &= np.array([place in places for place in numbers])
        own = _of_accession(found, chain, protein) if joints(found, chain, stay) else found
        read.joined.extend(f"{protein.name}, chain {letter}: {one}" for one in joints(own, chain, stay))
        read.sequences[letter], in_sequence = construct_places(own, chain, stay)
        for row, place in in_sequence.items():
            read.places[letter, int(table.number[row]), str(table.insertion[row])] = place
    return read


def sequences_of(protein: Protein, results: str | Path, entries: str | Path, *, whole: bool = False) -> dict[str, str]:
    """Give the sequences alone that `read_sequences` reads; where one had to be joined, a warning says so."""
    read = read_sequences(protein, results, entries, whole=whole)
    for text in read.joined:
        _log.warning("%s; the sequence is joined there. %s", text, JOINED[1])
    return read.sequences


def of_structure(structure: Structure, name: str) -> Read:
    """Give the sequences of a structure alone, joined where residues are missing.

    Parameters
    ----------
    structure : Structure
        Amino acids only.
    name : str
        Of the protein.
    """
    first = np.unique(structure.residue_index, return_index=True)[1]
    read = Read({}, [], _counted(structure))
    for chain, residue in zip(structure.chain[first].tolist(), structure.residue_name[first].tolist(), strict=True):
        letter = LETTERS.get(parent_of(residue) or residue, "X")
        read.sequences[chain] = read.sequences.get(chain, "") + letter
    ends = {atom: np.full((len(first), 3), np.nan) for atom in ("C", "N")}
    for atom, coord in ends.items():
        own = structure.atom_name == atom
        coord[structure.residue_index[own]] = structure.coord[own]
    apart = np.linalg.norm(ends["C"][:-1] - ends["N"][1:], axis=1)
    within = structure.chain[first][1:] == structure.chain[first][:-1]
    for at in np.flatnonzero(within & ~(apart <= PEPTIDE_BOND_A)).tolist():
        before, after = (
            f"{structure.residue_number[row]}{structure.insertion[row]}" for row in (first[at], first[at + 1])
        )
        chain = structure.chain[first[at]]
        read.joined.append(f"{name}, chain {chain}: residues may be missing between {before} and {after}")
    return read


def _counted(body: Structure) -> dict[tuple[str, int, str], int]:
    """Number the residues of each chain from 1."""
    first = np.unique(body.residue_index, return_index=True)[1]
    columns = (body.chain[first], body.residue_number[first], body.insertion[first])
    counts: dict[str, int] = {}
    places = {}
    for chain, number, insertion in zip(*(column.tolist() for column in columns), strict=True):
        places[chain, number, insertion] = counts[chain] = counts.get(chain, 0) + 1
    return places


def _of_accession(found: EntryModel, chain: str, protein: Protein) -> EntryModel:
    """Give a chain the sequence of the expected accession, if that is at hand and the chain is of it."""
    if not protein.sequence:
        return found
    table = found.residues
    letters = "".join(LETTERS[one] for one in table.parent[table.amino & (table.chain == chain)].tolist())
    sequence = read_fasta(protein.sequence, protein.uniprot)
    like = compare(letters, sequence)
    return with_sequence(found, chain, sequence) if like and like.same else found


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
