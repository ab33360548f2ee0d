"""How the known pairs of a panel came out."""

from dataclasses import replace

import pytest
from small_run import collected

from crossdock.report.known import known_pairs
from crossdock.report.known import quality as quality_of


def test_known_pairs_are_described_whatever_came_out(run_dir):
    data = collected(run_dir)
    row = known_pairs(data)[0]
    assert (row.pair.receptor, row.pair.ligand, row.known.complex, row.quality) == ("trypsin", "CMTI-1", "1PPE", "high")
    data.pairs[0].known = replace(row.known, best_dockq=0.07, first_acceptable=None, best_model=2)
    assert known_pairs(data)[0].nearness.startswith("None of the 3 models is close to the known complex")


@pytest.mark.parametrize(
    ("dockq", "quality"),
    [(None, "not compared"), (0.22, "incorrect"), (0.23, "acceptable"), (0.49, "medium"), (0.8, "high")],
)
def test_quality_follows_the_capri_classes(dockq, quality):
    assert quality_of(dockq) == quality
