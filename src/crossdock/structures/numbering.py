"""Residue ranges in UniProt's numbers -> the numbers that an entry itself gives its residues."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crossdock.structures.identity import Reference, current


def author_ranges(references: Sequence[Reference], accession: str, residues: str) -> tuple[str, str | None]:
    """Translate ranges of UniProt numbers to author numbers.

    Parameters
    ----------
    references : sequence of Reference
        What the entry's records say of the chains that stand for the protein.
    accession : str
        UniProt accession whose numbers are given.
    residues : str
        Such as ``"87-120,130-190"``.

    Returns
    -------
    residues : str
        In author numbers; as they are where the records do not say by how much the two differ.
    note : str or None
        What was done, or could not be, in a sentence; None where both count alike.
    """
    own_protein = (one for one in references if current(one.accession) == current(accession))
    shifts = {_shift(one) for one in own_protein} - {None}
    if len(shifts) != 1:
        why = "does not say how its" if not shifts else "counts in several ways, so that one cannot say how its"
        return residues, f"The entry {why} numbers follow from UniProt's; {residues} is taken in its own."
    shift = shifts.pop()
    if not shift:
        return residues, None
    own = re.sub(r"\d+", lambda match: str(int(match[0]) + shift), residues)
    return own, f"Residues {residues} of {accession} are {own} in the entry's own numbers."


def _shift(one: Reference) -> int | None:
    """Give what an author number is larger by; None where the stretch does not say, or has insertions."""
    if one.start is None or one.end is None or one.first is None or one.last is None:
        return None
    return one.first - one.start if one.last - one.first == one.end - one.start else None
