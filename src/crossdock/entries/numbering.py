"""UniProt's numbers of residues and those that an entry itself gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

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
    shifts = {_shift(one) for one in own_protein} - {None}
    if len(shifts) != 1:
        return residues, remark("numbers-unknown", several=bool(shifts), residues=residues)
    shift = shifts.pop()
    if not shift:
        return residues, None
    own = re.sub(r"\d+", lambda match: str(int(match[0]) + shift), residues)
    return own, remark("numbers-translated", residues=residues, accession=accession, own=own)


#: What is said of a chain that no record places in a UniProt sequence.
UNKNOWN_NUMBERS = "the entry’s records do not relate its residue numbers to UniProt numbers"


def numbering(chains: Iterable[ChainRecord]) -> str:
    """Say how to come from the residue numbers of a protein's docked chains to UniProt's.

    Parameters
    ----------
    chains : iterable of ChainRecord
        Of protein.json; those that were left out are not looked at.

    Returns
    -------
    str
        Sentences.
    """
    places: dict[str, list[str]] = {}
    unknown: list[str] = []
    for chain in chains:
        if not chain.kept:
            continue
        letter = chain.letter or chain.chain
        rules: dict[str, list[str]] = {}
        for one in chain.accessions:
            if None not in (one.start, one.end, one.first, one.last):
                rules.setdefault(_rule(one), []).append(f"{one.first} to {one.last}")
        for rule, spans in rules.items():
            where = f" ({' and '.join(spans)})" if len(rules) > 1 else ""
            places.setdefault(rule, []).append(f"{letter}{where}")
        unknown += [] if rules else [letter]
    if unknown and not places:
        return _sentence(UNKNOWN_NUMBERS)
    rules_of = [*places.items(), *([(f"of {{}} {UNKNOWN_NUMBERS}", unknown)] if unknown else [])]
    return " ".join(_sentence(rule.format(_chains(letters))) for rule, letters in rules_of)


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
        shift = _shift(one)
        if shift is not None and one.start is not None and one.end is not None:
            place = int(number) - shift
            if one.start <= place <= one.end:
                return one.accession, place
    return None


def _rule(one: Reference) -> str:
    """Say what makes UniProt's numbers of an entry's, with a blank for the chains."""
    shift = _shift(one)
    if shift is None:
        return f"residue numbers of {{}} have no constant offset to those of UniProt {one.accession}"
    if not shift:
        return f"residue numbers of {{}} are those of UniProt {one.accession}"
    text = f"subtract {shift} from" if shift > 0 else f"add {-shift} to"
    return f"{text} the residue numbers of {{}} to get those of UniProt {one.accession}"


def _chains(letters: Sequence[str]) -> str:
    return f"chain{'s' if len(letters) > 1 else ''} {(' and ' if len(letters) == 2 else ', ').join(letters)}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _shift(one: Reference) -> int | None:
    """Give what an author number is larger by; None where the stretch does not say, or has insertions."""
    if one.start is None or one.end is None or one.first is None or one.last is None:
        return None
    return one.first - one.start if one.last - one.first == one.end - one.start else None
