"""UniProt's numbers of residues and those that an entry itself gives them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crossdock.entries.identity import ChainRecord, Reference
from crossdock.remark import Remark, remark


def author_ranges(references: Sequence[Reference], accession: str, residues: str) -> tuple[str, Remark | None]:
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
    note : Remark or None
        What was done, or could not be; None where both count alike.
    """
    own_protein = (one for one in references if one.is_of(accession))
    shifts = {shift_of(one) for one in own_protein} - {None}
    if len(shifts) != 1:
        return residues, remark("numbers-unknown", several=bool(shifts), residues=residues)
    shift = shifts.pop()
    if not shift:
        return residues, None
    own = re.sub(r"\d+", lambda match: str(int(match[0]) + shift), residues)
    return own, remark("numbers-translated", residues=residues, accession=accession, own=own)


def in_uniprot(chain: ChainRecord, number: str) -> tuple[str, int] | None:
    """Give the UniProt number of a residue.

    Parameters
    ----------
    chain : ChainRecord
        That of the residue.
    number : str
        Author number, with its insertion code.

    Returns
    -------
    tuple of str and int, or None
        Accession and number; None where the records do not tell, and for insertion codes, which no record counts.
    """
    if not re.fullmatch(r"-?\d+", number):
        return None
    for one in chain.accessions:
        shift = shift_of(one)
        if shift is not None and one.start is not None and one.end is not None:
            place = int(number) - shift
            if one.start <= place <= one.end:
                return one.accession, place
    return None


def shift_of(one: Reference) -> int | None:
    """Give by how much author numbers exceed UniProt's; None where the stretch does not say, or has insertions."""
    if one.start is None or one.end is None or one.first is None or one.last is None:
        return None
    return one.first - one.start if one.last - one.first == one.end - one.start else None
