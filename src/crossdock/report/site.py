"""Where a model binds, in words: the residues of its interface as ranges, in UniProt's numbers where they are known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from crossdock.entries.identity import ChainRecord
from crossdock.entries.numbering import in_uniprot
from crossdock.report.sentences import say
from crossdock.report.wording import joined

#: Residues of a chain that lie no further apart than this belong to one range: the turn of a helix.
NEAR = 4
#: Ranges that words name; of more, those with the most residues of the interface.
MOST_RANGES = 6
#: Characters of the short form.
SHORT = 60

#: Chain and number, with its insertion code, of a residue of the prepared structure.
Residue = tuple[str, str]
#: Names a part of a protein by its UniProt accession and residue numbers, such as a domain; None where it has no name.
Naming = Callable[[str, Sequence[int]], str | None]


@dataclass(frozen=True)
class Range:
    """Residues of an interface that lie near one another in a chain: the first, the last and how many are met."""

    first: int
    last: int
    met: int

    @property
    def text(self) -> str:
        """Such as ``104-112``."""
        if self.first == self.last:
            return str(self.first)
        return f"{self.first}{' to ' if self.first < 0 else '-'}{self.last}"


@dataclass(frozen=True)
class Patch:
    """The part of an interface that lies on one chain.

    Attributes
    ----------
    chain : str
        Letter in structure.pdb.
    accession : str or None
        None where numbers are the entry's own.
    ranges : tuple of Range
        By number.
    name : str or None
        Of the part of the protein.
    """

    chain: str
    accession: str | None
    ranges: tuple[Range, ...]
    name: str | None = None


def site(residues: Iterable[Residue], chains: Iterable[ChainRecord], naming: Naming | None = None) -> str:
    """Say where on a protein a model binds.

    Parameters
    ----------
    residues : iterable of (str, str)
        Chain letter and number of the residues in contact, each as often as it likes.
    chains : iterable of ChainRecord
        Of protein.json.
    naming : callable, optional
        Gives a part of the protein a name.

    Returns
    -------
    str
        Such as ``residues 104-112, 145 and 167 of P62593``; empty without residues.
    """
    found = patches(residues, chains, naming)
    kept = _most_met(found, MOST_RANGES)
    left = sum(one.met for patch in found for one in patch.ranges if one not in kept[patch.chain, patch.accession])
    parts = []
    for patch in found:
        if ranges := kept[patch.chain, patch.accession]:
            twice = sum(patch.accession == other.accession for other in found) > 1
            parts.append(
                say(
                    "site-part",
                    ranges=joined([one.text for one in ranges]),
                    several=len(ranges) > 1 or ranges[0].met > 1,
                    patch=patch,
                    chain=twice,
                )
            )
    return say("site", parts=parts, left=left) if parts else ""


def short_site(residues: Iterable[Residue], chains: Iterable[ChainRecord], naming: Naming | None = None) -> str:
    """Say the same in no more than `SHORT` characters, such as ``104-112, 145, 167 of P62593``.

    Where the whole would be longer, the ranges with the fewest residues of the interface are counted and not named.
    """
    found = patches(residues, chains, naming)
    text = ""
    for most in range(min(MOST_RANGES, sum(len(patch.ranges) for patch in found)), 0, -1):
        kept = _most_met(found, most)
        parts = [_short(patch, kept[patch.chain, patch.accession]) for patch in found]
        left = sum(one.met for patch in found for one in patch.ranges if one not in kept[patch.chain, patch.accession])
        text = "; ".join(part for part in parts if part) + (f" +{left}" if left else "")
        if len(text) <= SHORT:
            return text
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"


def patches(
    residues: Iterable[Residue], chains: Iterable[ChainRecord], naming: Naming | None = None
) -> tuple[Patch, ...]:
    """Sort residues by chain and protein, and put those into one range that lie near one another."""
    kept = {chain.letter or chain.chain: chain for chain in chains if chain.kept}
    numbers: dict[tuple[str, str | None], set[int]] = {}
    for letter, number in residues:
        accession, own = _in_uniprot(kept.get(letter), number)
        numbers.setdefault((letter, accession), set()).add(own)
    return tuple(
        Patch(chain, accession, _ranges(sorted(own)), naming(accession, sorted(own)) if naming and accession else None)
        for (chain, accession), own in sorted(numbers.items(), key=lambda one: (one[0][0], one[0][1] or ""))
    )


def _in_uniprot(chain: ChainRecord | None, number: str) -> tuple[str | None, int]:
    """Give the accession and UniProt's number of a residue; else None and its own number, without insertion code."""
    if chain and (found := in_uniprot(chain, number)):
        return found
    match = re.match(r"-?\d+", number)
    return None, int(match[0]) if match else 0


def share_outside(
    residues: Iterable[Residue], chains: Iterable[ChainRecord], accession: str, reachable: Iterable[tuple[int, int]]
) -> float | None:
    """Tell how much of an interface lies outside the parts of a protein that a partner can reach.

    Parameters
    ----------
    residues, chains
        As of `site`.
    accession : str
        Of the protein that the parts are of; residues of others do not count.
    reachable : iterable of (int, int)
        First and last residue of each part, in UniProt numbers.

    Returns
    -------
    float or None
        Share of the residues that have a number of the accession; None where none has.
    """
    parts, kept = list(reachable), {chain.letter or chain.chain: chain for chain in chains if chain.kept}
    places = {place for one in residues for place in [_in_uniprot(kept.get(one[0]), one[1])] if place[0] == accession}
    outside = [number for _, number in places if not any(first <= number <= last for first, last in parts)]
    return len(outside) / len(places) if places else None


def _ranges(numbers: Sequence[int]) -> tuple[Range, ...]:
    made: list[Range] = []
    for number in numbers:
        if made and number - made[-1].last <= NEAR:
            made[-1] = Range(made[-1].first, number, made[-1].met + 1)
        else:
            made.append(Range(number, number, 1))
    return tuple(made)


def _most_met(found: Sequence[Patch], most: int) -> dict[tuple[str, str | None], list[Range]]:
    """Choose the ranges with the most residues of the interface, by patch in the order of the chain."""
    every = [(patch, one) for patch in found for one in patch.ranges]
    chosen = sorted(every, key=lambda pair: -pair[1].met)[:most]
    return {(patch.chain, patch.accession): [one for one in patch.ranges if (patch, one) in chosen] for patch in found}


def _short(patch: Patch, ranges: Sequence[Range]) -> str:
    if not ranges:
        return ""
    text = ", ".join(one.text for one in ranges)
    named = f"{patch.name}: {text}" if patch.name else text
    return f"{named} of {patch.accession}" if patch.accession else f"{patch.chain}:{named}"
