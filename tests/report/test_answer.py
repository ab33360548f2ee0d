"""What the page says of errors, controls and averages, with and without them."""

import copy

import pytest

from crossdock.report import answer
from crossdock.report.payload import collect


@pytest.fixture
def data(run_dir):
    return copy.deepcopy(collect(run_dir / "panel.json", run_dir))


def said(data, kind=None):
    return [sentence["text"] for sentence in answer.sentences(data) if kind in (None, sentence["kind"])]


def test_without_controls_and_replicates_it_says_so(data):
    caveats = " ".join(said(data, "caveat"))
    assert "no ranking here is testable" in caveats
    assert "docked once" in caveats
    assert not any("control ligands" in text for text in said(data, "answer"))


def test_averages_are_told_beside_what_chance_gives(data):
    data["statistics"]["variance"] = {
        "receptor": 0.5,
        "ligand": 0.26,
        "left": 0.24,
        "chance_receptor": 0.07,
        "chance_ligand": 0.13,
    }
    (text,) = [text for text in said(data) if "variance" in text]
    assert "explains 50% of the variance of the scores, which ligand 26% (7% and 13% by chance)" in text


def test_a_difference_within_the_noise_is_called_that(data):
    data["statistics"]["noise"] = {"sd": 9.0, "freedom": 4}
    for within, words in ((True, "within the noise of the search"), (False, "more than the noise of the search")):
        for pair in data["pairs"]:
            pair["standing"]["within_noise"] = within
        (text,) = [text for text in said(data, "answer") if "stands out most" in text]
        assert words in text
    assert not any("docked once" in text for text in said(data))


def test_findings_against_controls_are_named(data):
    data["statistics"]["controls"] = {"ligands": 30, "pairs": 60, "least_q": 0.066, "spread": 2.0, "problem": None}
    for number, pair in enumerate(data["pairs"]):
        pair["values"]["q_value"] = 0.05 if number == 0 else 0.8
    (text,) = [text for text in said(data, "answer") if "control ligands" in text]
    assert f"1 of {len(data['pairs'])} pairs stand out" in text
    assert "q 0.05" in text
    assert "scatter 2.0 times as much as the controls" in text
    assert not any("testable" in text for text in said(data))


def test_too_few_controls_are_called_that(data):
    data["statistics"]["controls"] = {"ligands": 2, "pairs": 4, "least_q": 0.8, "spread": 1.0, "problem": None}
    for pair in data["pairs"]:
        pair["values"]["q_value"] = 0.9
    (text,) = [text for text in said(data, "answer") if "control ligands" in text]
    assert "no pair stands out" in text
    assert "whose q is 0.80 at best" in text
    assert "scatter" not in text
