"""How the residue numbers of a protein's chains follow from UniProt's, in sentences."""

from __future__ import annotations

from collections.abc import Iterable

from crossdock.entries.identity import ChainRecord, Reference
from crossdock.entries.numbering import shift_of
from crossdock.report.sentences import say


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
    places: dict[tuple[str, int | None], list[str]] = {}
    unknown: list[str] = []
    for chain in chains:
        if not chain.kept:
            continue
        letter = chain.letter or chain.chain
        spans: dict[tuple[str, int | None], list[str]] = {}
        for one in chain.accessions:
            if None not in (one.start, one.end, one.first, one.last):
                spans.setdefault(_rule(one), []).append(f"{one.first} to {one.last}")
        for rule, own in spans.items():
            where = f" ({' and '.join(own)})" if len(spans) > 1 else ""
            places.setdefault(rule, []).append(f"{letter}{where}")
        unknown += [] if spans else [letter]
    said = [
        say(_code(shift), accession=accession, chains=letters, by=abs(shift or 0))
        for (accession, shift), letters in places.items()
    ]
    if unknown:
        said.append(say("numbering-unknown-chains", chains=unknown) if places else say("numbering-unknown"))
    return " ".join(said)


def _code(shift: int | None) -> str:
    if shift is None:
        return "numbering-no-offset"
    return "numbering-same" if not shift else "numbering-subtract" if shift > 0 else "numbering-add"


def _rule(one: Reference) -> tuple[str, int | None]:
    """Give what relates an entry's numbers to UniProt's: the accession, and by how much they exceed its numbers."""
    return one.accession, shift_of(one)
