"""Which part of a protein a partner outside the cell can meet, by the features that UniProt gives."""

from __future__ import annotations

from dataclasses import dataclass

from crossdock.entries.annotation import Annotation

#: Fewest residues of an outer part of a single-pass protein that are docked without the rest.
LEAST_OUTSIDE = 30


@dataclass(frozen=True)
class Part:
    """What of a protein is to be docked, in UniProt numbers.

    Attributes
    ----------
    residues : tuple of int or None
        First and last residue; None for the whole sequence.
    loops : tuple of (int, int)
        Outer loops between two transmembrane parts, which show a membrane's outer side.
    words : str
        Why; empty for the whole of a protein that UniProt knows in no membrane.
    """

    residues: tuple[int, int] | None = None
    loops: tuple[tuple[int, int], ...] = ()
    words: str = ""


def part_of(annotation: Annotation) -> Part:
    """Choose the mature protein; of one that crosses a membrane once its outer part.

    Parameters
    ----------
    annotation : Annotation

    Returns
    -------
    Part
    """
    length = annotation.length or 0
    first, last, cut = _mature(annotation)
    spans = [(one.kind, one.begin, one.end, one.description) for one in annotation.features if one.begin and one.end]
    crossings = [(begin, end) for kind, begin, end, _ in spans if kind == "Transmembrane"]
    outer = [(b, e) for kind, b, e, text in spans if kind == "Topological domain" and text.startswith("Extracellular")]
    words = [f"{' and '.join(cut)} cut off"] if cut else []
    loops: tuple[tuple[int, int], ...] = ()
    if len(crossings) == 1 and outer:
        begin, end = max(outer, key=lambda one: one[1] - one[0])
        begin, end = max(begin, first), min(end, last)
        if end - begin + 1 >= LEAST_OUTSIDE:
            first, last = begin, end
            words.insert(0, "extracellular part of a protein that crosses the membrane once")
        else:
            words.insert(0, f"crosses the membrane once; only {begin}-{end} is extracellular, so all of it is kept")
    elif len(crossings) == 1:
        words.insert(0, "crosses a membrane once, and UniProt names no extracellular part; set `residues` yourself")
    elif crossings:
        low, high = min(begin for begin, _ in crossings), max(end for _, end in crossings)
        loops = tuple(one for one in outer if low < one[0] and one[1] < high)
        words.insert(0, f"crosses the membrane {len(crossings)} times")
    whole = first <= 1 and last >= length
    return Part(None if whole or last < first else (first, last), loops, "; ".join(words))


def _mature(annotation: Annotation) -> tuple[int, int, list[str]]:
    """Give the ends of the sequence without signal, transit peptide and propeptides, and what was cut off."""
    cut: list[str] = []
    first, last = 1, annotation.length or 0
    names = {"Signal": "signal peptide", "Transit peptide": "transit peptide", "Propeptide": "propeptide"}
    ends = sorted((f.begin, f.end, names[f.kind]) for f in annotation.features if f.kind in names and f.begin and f.end)
    for begin, end, name in ends:
        if begin == first:
            first, cut = end + 1, [*cut, name]
    for begin, end, name in reversed(ends):
        if end == last and begin > first:
            last, cut = begin - 1, [*cut, name]
    return first, last, list(dict.fromkeys(cut))
