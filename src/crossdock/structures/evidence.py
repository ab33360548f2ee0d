"""What speaks for or against a chain that no record of its entry identifies: sequences, and the file's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import LETTERS, parent_of
from crossdock.entries.identity import ChainIdentity, Reference, model_named
from crossdock.entries.residues import EntryModel, Ledger, Residues
from crossdock.entries.sequence import Comparison, compare, read_fasta
from crossdock.panel.accession import current, is_accession
from crossdock.remark import Remark, remark
from crossdock.structures.antibody import antigen_loops

# A chain that is modelled mostly as one kind of residue, or as residues of unknown kind, has no sequence to compare.
_MOST_OF_ONE_KIND = 0.5
# Part of a chain that must lie on the sequence that the entry gives it: all but a few residues of a tag.
_COMPLETE_CHAIN = 0.9


@dataclass(frozen=True)
class Evidence:
    """What is known of chains beside their own records.

    Attributes
    ----------
    records : mapping of str to ChainIdentity
        What the entry says of all its chains, those without atoms included.
    compared : mapping of str to Comparison or None
        Chain without records -> how it lies on the sequence of the expected accession, where that is at hand; None
        where hardly anything aligns. A chain that cannot be compared is missing.
    copies : mapping of str to (str, Comparison or None)
        Chain without records -> the chain nearest to it of those that the records say are the expected protein, and
        how it lies on that; one that cannot be compared is missing.
    antibodies : frozenset of str
        Chains without records that have the variable domain of an antibody or T-cell receptor.
    unreadable : frozenset of str
        Chains without records that have no sequence to compare, being mostly of one kind of residue or of unknown kind.
    model_of : str or None
        Accession of the AlphaFold DB model that the file is by its name.
    """

    records: Mapping[str, ChainIdentity] = field(default_factory=dict)
    compared: Mapping[str, Comparison | None] = field(default_factory=dict)
    copies: Mapping[str, tuple[str, Comparison | None]] = field(default_factory=dict)
    antibodies: frozenset[str] = frozenset()
    unreadable: frozenset[str] = frozenset()
    model_of: str | None = None


def gather(
    found: EntryModel,
    chosen: Sequence[str],
    stay: NDArray[np.bool_],
    expected: str | None,
    sequence: str | Path | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Evidence:
    """Collect what is known of the chains that stand for a protein.

    Parameters
    ----------
    found : EntryModel
    chosen : sequence of str
        Author chains that stand for the protein.
    stay : ndarray, dtype=bool, shape=(m,)
        Residues that are kept.
    expected : str or None
        UniProt accession.
    sequence : str or Path, optional
        FASTA file with its sequence.
    provenance : mapping, optional
        Where the entry is from, as for `prepare`.

    Returns
    -------
    Evidence
    """
    records = found.entry.identities
    if not expected:
        return Evidence(records)
    silent = [chain for chain in chosen if found.identity_of(chain).says(expected) is None]
    model = model_of(found.entry.path, provenance or {})
    if not silent:
        return Evidence(records, model_of=model)
    compared = compare_chains(found, silent, stay, expected, sequence) if sequence else {}
    parts = {chain: _own_part(found, chain, expected) for chain, says in records.items() if says.is_a(expected)}
    named = {chain: part for chain, part in parts.items() if part}
    letters = {chain: _letters_of(found, chain, stay) for chain in silent}
    copies = {chain: near for chain in silent if (near := _nearest(letters[chain], named))}
    antibodies = {chain for chain in silent if antigen_loops(_letters(found, found.residues.chain == chain))}
    unreadable = {chain for chain in silent if not letters[chain]}
    return Evidence(records, compared, copies, frozenset(antibodies), frozenset(unreadable), model)


def compare_chains(
    found: EntryModel, chains: Sequence[str], stay: NDArray[np.bool_], expected: str, sequence: str | Path
) -> dict[str, Comparison | None]:
    """Compare the chains that no record identifies with the sequence of the expected accession.

    Parameters
    ----------
    found : EntryModel
    chains : sequence of str
        Author chains.
    stay : ndarray, dtype=bool, shape=(m,)
        Residues that are looked at.
    expected : str
        UniProt accession.
    sequence : str or Path
        FASTA file.

    Returns
    -------
    dict
        Author chain -> how it lies on the sequence, None where too little of it aligns; chains that the records
        identify, or of which the entry has no sequence, are left out.
    """
    sequence = read_fasta(sequence, expected)
    silent = [chain for chain in chains if found.identity_of(chain).says(expected) is None]
    letters = {chain: _letters_of(found, chain, stay) for chain in silent}
    return {chain: _best(options, sequence) for chain, options in letters.items() if options}


def model_of(path: str | Path, provenance: Mapping[str, Any]) -> str | None:
    """Give the accession of the AlphaFold DB model that a file is by its name or by where it was fetched from."""
    if provenance.get("source") == "alphafold" and is_accession(str(provenance.get("id"))):
        return str(provenance["id"])
    return model_named(Path(provenance.get("url") or path).name) or model_named(Path(path).name)


def mapped(table: Residues, references: Sequence[Reference]) -> NDArray[np.bool_]:
    """Mark residues whose author numbers lie in a reference, shape=(m,)."""
    inside = np.zeros(len(table.number), dtype=bool)
    for reference in references:
        if reference.first is not None and reference.last is not None:
            inside |= (table.number >= reference.first) & (table.number <= reference.last)
    return inside


def misnamed(path: str | Path, provenance: Mapping[str, Any], expected: str | None) -> Remark | None:
    """Say that a file is by its name the AlphaFold DB model of another protein than expected; None where it is not."""
    model = model_of(path, provenance)
    if not model or not expected or not is_accession(expected) or current(model) == current(expected):
        return None
    return remark("misnamed", model=model, expected=expected)


def of_what_is_kept(found: EntryModel, chain: str, stay: NDArray[np.bool_], expected: str | None) -> ChainIdentity:
    """Give what the records say of the residues of a chain that are kept.

    Where these are a fusion partner alone, by its author numbers, the references to the protein itself are left out.
    """
    says, table = found.identity_of(chain), found.residues
    own = [reference for reference in says.references if expected and reference.is_of(expected)]
    here = stay & table.amino & (table.chain == chain)
    placed = mapped(table, own) & (table.chain == chain)
    others = [one for one in says.references if one not in own and (mapped(table, [one]) & here).any()]
    return replace(says, references=tuple(others)) if others and placed.any() and not (placed & here).any() else says


def with_own_records(found: EntryModel, ledger: Ledger) -> EntryModel:
    """Give each chain the records that are about it, where a file's chains were renamed after the records were written.

    Parameters
    ----------
    found : EntryModel
    ledger : Ledger
        Told what was found.

    Returns
    -------
    EntryModel
        With `identities` and `sequences` by the chains' names in the atoms.

    Notes
    -----
    A chain whose residues do not lie on the sequence that SEQRES gives to its name, but on that of another, takes that
    one's records (in mmCIF these go by entity and not by name). Where no sequence fits, or the residues lie outside the
    numbers that the references give, the references are of another molecule, and are left out.
    """
    entry = found.entry
    sequences = {chain: _parents(found, names) for chain, names in entry.sequences.items()}
    identities, sequence = dict(entry.identities), dict(entry.sequences)
    taken: set[str] = set()
    for chain in found.protein_chains:
        present = _letters(found, found.residues.chain == chain)
        contradicted = bool(sequences.get(chain)) and _informative(present) and not _lies_on(present, sequences[chain])
        renamed = (contradicted or chain not in sequences) and _informative(present) and (found.atoms.field != "").any()
        # Names that are gone from the atoms come first, and each is taken once as long as there is another.
        others = sorted(sequences, key=lambda name: (name in taken, name in found.residues.chain)) if renamed else []
        if owner := next((name for name in others if name != chain and _lies_on(present, sequences[name])), None):
            taken.add(owner)
            identities[chain], sequence[chain] = entry.identities.get(owner, ChainIdentity()), entry.sequences[owner]
            ledger.remark("chain-renamed", chain=chain, owner=owner)
        elif (says := identities.get(chain)) and says.references and (contradicted or _elsewhere(found, chain, says)):
            identities[chain] = replace(says, references=())
            about = {"by_sequence": contradicted, "accessions": says.accessions}
            ledger.remark("records-of-another-molecule", chain=chain, **about)
    return replace(found, entry=replace(entry, identities=identities, sequences=sequence))


def _elsewhere(found: EntryModel, chain: str, says: ChainIdentity) -> bool:
    """Tell whether most residues of a chain lie outside the author numbers that its references give."""
    if any(one.first is None or one.last is None for one in says.references):
        return False
    here = found.residues.amino & (found.residues.chain == chain)
    return bool(2 * mapped(found.residues, says.references)[here].sum() < here.sum())


def _lies_on(present: str, sequence: str) -> bool:
    """Tell whether the residues of a chain lie on a sequence, gaps allowed for."""
    left = iter(sequence)
    if all(letter in left for letter in present):
        return True
    comparison = compare(present, sequence) if len(sequence) >= _COMPLETE_CHAIN * len(present) else None
    return comparison is not None and comparison.same and comparison.aligned >= _COMPLETE_CHAIN


def _letters_of(found: EntryModel, chain: str, stay: NDArray[np.bool_]) -> list[str]:
    """Give the sequences that a chain can be known by: what is kept of it, and the whole one, if all of it is kept."""
    here = found.residues.amino & (found.residues.chain == chain)
    kept = _letters(found, here & stay)
    return [
        letters
        for letters in (kept, *([] if (here & ~stay).any() else _complete_sequence(found, chain)))
        if _informative(letters)
    ]


def _own_part(found: EntryModel, chain: str, expected: str) -> str:
    """Give the sequence of a chain that the records say is the expected protein, without what is fused to it."""
    says, table = found.identity_of(chain), found.residues
    here = table.amino & (table.chain == chain)
    if says.fused_with(expected):
        own = mapped(table, [reference for reference in says.references if reference.is_of(expected)])
        options = [_letters(found, here & own)]
    else:
        options = [_letters(found, here), *_complete_sequence(found, chain)]
    return max(filter(_informative, options), key=len, default="")


def _complete_sequence(found: EntryModel, chain: str) -> list[str]:
    """Give the sequence that the entry says a chain has, unless its residues contradict."""
    sequence = _parents(found, found.entry.sequences.get(chain, []))
    present = _letters(found, found.residues.chain == chain)
    return [sequence] if not _informative(present) or _lies_on(present, sequence) else []


def _letters(found: EntryModel, mask: NDArray[np.bool_]) -> str:
    """Write the amino acids among residues as one-letter codes."""
    table = found.residues
    here = mask & table.amino
    known = zip(table.name[here].tolist(), table.parent[here].tolist(), strict=True)
    return "".join("X" if name == "UNK" else LETTERS[parent] for name, parent in known)


def _parents(found: EntryModel, names: Sequence[str]) -> str:
    """Write residue names as one-letter codes of their parents, X for what is unknown."""
    known = {name: parent_of(name, found.entry.parents) if name != "UNK" else None for name in set(names)}
    return "".join(LETTERS.get(known[name] or "", "X") for name in names)


def _informative(letters: str) -> bool:
    """Tell whether there is a sequence to compare: one not mostly of one kind, or of residues of unknown kind."""
    return bool(letters) and Counter(letters).most_common(1)[0][1] <= _MOST_OF_ONE_KIND * len(letters)


def _best(options: Sequence[str], sequence: str) -> Comparison | None:
    """Compare sequences that a chain can be known by with another one; give the nearest."""
    return max((compare(option, sequence) for option in options), key=_nearness)


def _nearest(options: Sequence[str], named: dict[str, str]) -> tuple[str, Comparison | None] | None:
    """Give the chain whose sequence is nearest, and how the compared one lies on it."""
    if not options or not named:
        return None
    first = {sequence: chain for chain, sequence in reversed(named.items())}
    near = [(chain, _best(options, sequence)) for sequence, chain in reversed(first.items())]
    return max(near, key=lambda one: _nearness(one[1]))


def _nearness(comparison: Comparison | None) -> tuple[bool, float]:
    return (comparison.same, comparison.identity * comparison.n_aligned) if comparison else (False, 0.0)
