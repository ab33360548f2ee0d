"""What of a protein was docked, drawn along its sequence: one track a chain, as SVG, and the same in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from string import ascii_letters
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from crossdock.entries.molecules import PEPTIDE_BOND_A
from crossdock.report.run_data import HotSpot
from crossdock.report.sentences import say
from crossdock.structures.record import ProteinRecord
from crossdock.structures.structure import Structure

Span = tuple[int, int]

#: The drawing, in its own units, which are about the pixels that it has on a card.
WIDTH, LEFT, RIGHT = 340.0, 58.0, 330.0
ROW, BAR = 17.0, 9.0
#: Steps of the hot spots' colour, from never met to as often as the residue that is met most.
STEPS = 10


@dataclass(frozen=True)
class Track:
    """One chain of a prepared structure, in its entry's residue numbers.

    Attributes
    ----------
    letter, chain : str
        In the prepared structure and in the entry.
    docked : list of (int, int)
        First and last number of each unbroken piece.
    n_residues : int
    records : list of (str, int, int, int or None, int or None)
        By the entry's records: accession, then where it lies here, then in UniProt's numbers.
    entry : (int, int) or None
        Ends of the chain in the entry.
    gaps : list of (int, int)
        Numbers on both sides of each place where the chain is broken.
    closed : list of int
        Numbers of the residues that are closed to docking.
    met : dict of int to float
        Number -> how often ligands meet the residue, 0 to 1; empty for a ligand.
    most : float
        Highest frequency of the whole receptor, which has the full colour.
    """

    letter: str
    chain: str
    docked: list[Span]
    n_residues: int
    records: list[tuple[str, int, int, int | None, int | None]] = field(default_factory=list)
    entry: Span | None = None
    gaps: list[Span] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    met: dict[int, float] = field(default_factory=dict)
    most: float = 0.0

    @property
    def ends(self) -> Span:
        """First and last number that the track has to show."""
        spans = [
            *self.docked,
            *([self.entry] if self.entry else []),
            *((first, last) for _, first, last, *_ in self.records),
        ]
        return min(first for first, _ in spans), max(last for _, last in spans)


def pieces(structure: Structure) -> dict[str, list[list[int]]]:
    """Give the residue numbers of each chain, cut where the chain is broken.

    Parameters
    ----------
    structure : Structure
        Prepared.

    Returns
    -------
    dict
        Chain letter -> pieces, each the numbers of its residues in order. Numbers that are left out inside an unbroken
        piece are a way of counting, not missing residues. Ions and ligands are no part of a chain.
    """
    protein = structure[~structure.hetero]
    residue = protein.residue_index
    first = np.unique(residue, return_index=True)[1]
    place = {name: np.full(len(first), -1) for name in ("N", "C")}
    for name, rows in place.items():
        atoms = np.flatnonzero(protein.atom_name == name)
        rows[residue[atoms]] = atoms
    found: dict[str, list[list[int]]] = {}
    for i, start in enumerate(first.tolist()):
        chain, number = str(protein.chain[start]), int(protein.residue_number[start])
        runs = found.setdefault(chain, [[]])
        ends = (place["C"][i - 1], place["N"][i])
        if runs[-1] and (min(ends) < 0 or np.linalg.norm(np.subtract(*protein.coord[list(ends)])) > PEPTIDE_BOND_A):
            runs.append([])
        runs[-1].append(number)
    return found


def tracks(
    record: ProteinRecord, runs: Mapping[str, Sequence[Sequence[int]]], hotspots: Sequence[HotSpot] = ()
) -> list[Track]:
    """Put together what is known of each docked chain.

    Parameters
    ----------
    record : ProteinRecord
    runs : mapping
        What `pieces` gives.
    hotspots : sequence of HotSpot, optional
        Of a receptor.

    Returns
    -------
    list of Track
    """
    most = max((spot.frequency for spot in hotspots), default=0.0)
    chains = {chain.letter: chain for chain in record.chains if chain.kept and chain.letter}
    shut = record.closed
    found = []
    for letter, numbers in runs.items():
        chain = chains.get(letter)
        ends = [end for end in (chain.first, chain.last) if end is not None] if chain else []
        own = {number for run in numbers for number in run}
        met: dict[int, float] = {}
        for spot in hotspots:
            number = int(spot.number.rstrip(ascii_letters))  # insertion codes share a place
            if spot.chain == letter and number in own:
                met[number] = max(met.get(number, 0.0), spot.frequency)
        found.append(
            Track(
                letter=letter,
                chain=chain.chain if chain else letter,
                docked=[(min(run), max(run)) for run in numbers],
                n_residues=sum(map(len, numbers)),
                records=[
                    (one.accession, one.first, one.last, one.start, one.end)
                    for one in (chain.accessions if chain else ())
                    if one.first is not None and one.last is not None
                ],
                entry=(min(ends), max(ends)) if len(ends) == 2 else None,
                gaps=[(before[-1], after[0]) for before, after in pairwise(numbers)],
                closed=sorted(
                    {number for chain_letter, number, *_ in shut if chain_letter == letter and number in own}
                ),
                met=met,
                most=most,
            )
        )
    return found


def describe(track: Track) -> str:
    """Say what a track shows, for who cannot see it."""
    records = [
        f"{accession}{f' {start}–{end}' if start is not None and end is not None else ''}"
        for accession, _, _, start, end in track.records
    ]
    met = sorted((number for number, often in track.met.items() if often), key=lambda n: -track.met[n])[:5]
    return say(
        "coverage-track",
        chain=track.chain,
        n=track.n_residues,
        docked=_listed(track.docked),
        records=records,
        gaps=[f"{before} and {after}" for before, after in track.gaps],
        closed=_listed(_spans(track.closed)),
        receptor=bool(track.met and track.most),
        met=[f"{n} ({track.met[n]:.0%})" for n in met],
    )


def unknown(found: Sequence[Track]) -> str:
    """Say what the drawing cannot show; empty where nothing is missing."""
    silent = [track.chain for track in found if not track.records]
    return say("coverage-unknown", chains=silent) if silent else ""


def draw(track: Track) -> Markup:
    """Draw a track.

    Parameters
    ----------
    track : Track

    Returns
    -------
    Markup
        An SVG element, whose colours are those of the page's style (proteins.css). Its label is `describe`.
    """
    first, last = track.ends
    scale = (RIGHT - LEFT) / (last - first + 1)

    def at(number: int) -> float:
        return LEFT + (number - first) * scale

    def bar(span: Span, kind: str, title: str) -> str:
        width = max(1.0, (span[1] - span[0] + 1) * scale)
        return (
            f'<rect class="{kind}" x="{at(span[0]):.1f}" y="{y:.0f}" width="{width:.1f}" height="{BAR:.0f}">'
            f"<title>{escape(title)}</title></rect>"
        )

    y, parts = 4.0, []

    def row(name: str, shapes: Iterable[str]) -> None:
        nonlocal y
        parts.append(f'<text x="0" y="{y + BAR - 1:.0f}">{escape(name)}</text>' + "".join(shapes))
        y += ROW

    if track.records:
        row(
            "UniProt",
            [bar((a, b), "known", _recorded(name, a, b, start, end)) for name, a, b, start, end in track.records],
        )
    if track.entry:
        row("Entry", [bar(track.entry, "entry", f"In the entry, end to end: {_listed([track.entry])}")])
    docked = [bar(span, "docked", f"Docked: {_listed([span])}") for span in track.docked]
    for before, after in track.gaps:
        title = f"Broken between {before} and {after}"
        ends = f'x1="{at(before + 1):.1f}" x2="{max(at(after), at(before + 1) + 1):.1f}"'
        level = f'y1="{y + BAR / 2:.1f}" y2="{y + BAR / 2:.1f}"'
        docked.append(f'<line class="gap" {ends} {level}><title>{title}</title></line>')
    row("Docked", docked)
    if track.closed:
        row("Closed", [bar(span, "closed", f"Closed to docking: {_listed([span])}") for span in _spans(track.closed)])
    if track.met:
        row("Hot spots", [bar((first, last), "never", "Never touched"), *_heat(track, at, scale, y)])
    ticks = _ticks(first, last)
    axis = "".join(
        f'<line x1="{at(n) + scale / 2:.1f}" x2="{at(n) + scale / 2:.1f}" y1="{y - 5:.0f}" y2="{y - 1:.0f}"/>'
        f'<text class="tick" x="{at(n) + scale / 2:.1f}" y="{y + 9:.0f}">{n}</text>'
        for n in ticks
    )
    height = y + 13
    label = escape(describe(track))
    return Markup(
        f'<svg class="coverage" role="img" aria-label="{label}" viewBox="0 0 {WIDTH:.0f} {height:.0f}">'
        + "".join(parts)
        + f'<g class="axis"><line x1="{LEFT:.0f}" x2="{RIGHT:.0f}" y1="{y - 5:.0f}" y2="{y - 5:.0f}"/>{axis}</g></svg>'
    )


def _heat(track: Track, at: Any, scale: float, y: float) -> list[str]:
    """Draw the hot spots, one path a step of the colour, so that long receptors stay small."""
    steps: dict[int, list[int]] = {}
    for number, often in track.met.items():
        if often > 0:
            steps.setdefault(max(1, round(STEPS * often / track.most)), []).append(number)
    return [
        f'<path class="met" fill-opacity="{step / STEPS:.1f}" d="'
        + "".join(
            f"M{at(a):.1f} {y:.0f}h{max(1.0, (b - a + 1) * scale):.1f}v{BAR:.0f}H{at(a):.1f}z"
            for a, b in _spans(numbers)
        )
        + f'"><title>Touched in up to {step * track.most / STEPS:.0%} of the models</title></path>'
        for step, numbers in sorted(steps.items())
    ]


def _recorded(accession: str, first: int, last: int, start: int | None, end: int | None) -> str:
    if start is None or end is None:
        return f"{accession}, {first}–{last} of the entry"
    return f"{accession} {start}–{end}, in the entry {first}–{last}"


def _spans(numbers: Iterable[int]) -> list[Span]:
    """Join numbers that follow one another."""
    spans = []
    for _, group in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        spans.append((run[0], run[-1]))
    return spans


def _listed(spans: Iterable[Span]) -> str:
    return ", ".join(f"{first}–{last}" if first != last else f"{first}" for first, last in spans)


def _ticks(first: int, last: int) -> list[int]:
    """Give the ends and round numbers between them, far enough apart to be read."""
    span = last - first
    step = next((size for size in (10, 20, 50, 100, 200, 500, 1000, 2000) if span <= 5 * size), 5000)
    inner = [n for n in range(-(-first // step) * step, last, step) if min(n - first, last - n) > span / 9]
    return [first, *inner, last] if last > first else [first]
