"""What of a protein was docked, along its sequence: the numbers, the words and the drawing."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from small_run import PARTNERS, demo_chain, protein_record

from crossdock.entries.identity import Reference
from crossdock.report import coverage
from crossdock.report.run_data import HotSpot
from crossdock.structures.record import DockingMask, Place


@pytest.fixture(scope="module")
def colicin():
    return demo_chain("1emv", "B")


def record(structure, **changes):
    return replace(protein_record(PARTNERS[1], structure), **changes)


def chain_with(structure, **changes):
    return (replace(record(structure).chains[0], **changes),)


def spot(number, frequency):
    return HotSpot("B", number, "ALA", frequency, 1, 0.1, "Im9")


def test_a_whole_chain_is_one_piece(colicin):
    assert coverage.pieces(colicin) == {"B": [list(range(1, 132))]}


def test_a_chain_is_cut_where_residues_are_missing_and_not_where_numbers_are_skipped(colicin):
    number = colicin.residue_number
    cut = colicin[(number < 40) | (number > 45)]
    assert coverage.pieces(cut) == {"B": [list(range(1, 40)), list(range(46, 132))]}
    renumbered = replace(colicin, residue_number=np.where(number > 60, number + 10, number))
    assert coverage.pieces(renumbered) == {"B": [[*range(1, 61), *range(71, 142)]]}


def test_ions_and_lost_backbones(colicin):
    """An ion is no part of the chain, and a residue whose C is not there is not joined to the next."""
    hetero = colicin.residue_number == 131
    assert coverage.pieces(replace(colicin, hetero=hetero)) == {"B": [list(range(1, 131))]}
    lost = colicin[~((colicin.residue_number == 70) & (colicin.atom_name == "C"))]
    assert coverage.pieces(lost) == {"B": [list(range(1, 71)), list(range(71, 132))]}


def test_everything_known_is_put_together_and_said(colicin):
    accession = Reference("P09883", "CEA9_ECOLX", 450, 582, -1, 132)
    of_entry = record(
        colicin,
        chains=chain_with(colicin, accessions=(accession,), first=1, last=131),
        docking_mask=DockingMask(
            tuple(Place(*one) for one in (("B", 20, ""), ("B", 21, ""), ("B", 22, ""), ("A", 5, "")))
        ),
    )
    hotspots = [
        spot("95", 0.6),
        spot("95A", 0.2),
        spot("96", 0.3),
        spot("900", 0.9),  # an ion
    ]
    runs = {"B": [list(range(1, 40)), list(range(46, 132))]}
    (track,) = coverage.tracks(of_entry, runs, hotspots)
    assert track.ends == (-1, 132)
    assert track.gaps == [(39, 46)]
    assert track.closed == [20, 21, 22]
    assert track.met == {95: 0.6, 96: 0.3}
    assert coverage.describe(track) == (
        "Chain B: 125 residues were docked, 1–39, 46–131 in the entry's numbers. In UniProt: P09883 450–582. Gaps "
        "between 39 and 46. Closed to docking: 20–22. Touched most often: 95 (60%), 96 (30%)."
    )
    assert coverage.unknown([track]) == ""


def test_what_is_not_known_is_not_drawn_and_said(colicin):
    (track,) = coverage.tracks(record(colicin), coverage.pieces(colicin))
    drawing = str(coverage.draw(track))
    assert "UniProt" not in drawing
    assert "Hot spots" not in drawing
    assert "Closed" not in drawing
    assert "do not say where chain B lies in a UniProt sequence" in coverage.unknown([track])


def test_bars_lie_where_their_numbers_are(colicin):
    runs = {"B": [list(range(1, 51)), list(range(101, 201))]}
    (track,) = coverage.tracks(record(colicin, chains=chain_with(colicin, first=1, last=200)), runs)
    bars = re.findall(r'class="docked" x="([\d.]+)" y="\d+" width="([\d.]+)"', coverage.draw(track))
    scale = (coverage.RIGHT - coverage.LEFT) / 200
    wanted = [(coverage.LEFT, 50 * scale), (coverage.LEFT + 100 * scale, 100 * scale)]
    assert np.allclose(np.array(bars, dtype=float), wanted, atol=0.06)
    ticks = [int(text) for text in re.findall(r'class="tick"[^>]*>(-?\d+)<', coverage.draw(track))]
    assert ticks == [1, 50, 100, 150, 200]


def test_the_residue_met_most_has_the_full_colour(colicin):
    hotspots = [spot(str(n), f) for n, f in ((10, 0.0), (11, 0.2), (12, 0.4), (13, 0.4))]
    (track,) = coverage.tracks(record(colicin), coverage.pieces(colicin), hotspots)
    shades = re.findall(r'class="met" fill-opacity="([\d.]+)" d="([^"]*)"', coverage.draw(track))
    assert [(shade, path.count("M")) for shade, path in shades] == [("0.5", 1), ("1.0", 1)]


def test_names_are_text(colicin):
    accession = Reference("<b>&", first=1, last=9)
    (track,) = coverage.tracks(
        record(colicin, chains=chain_with(colicin, accessions=(accession,))), coverage.pieces(colicin)
    )
    drawing = coverage.draw(track)
    assert "<b>" not in drawing
    assert "&lt;b&gt;&amp;" in drawing
