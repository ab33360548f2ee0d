"""What the page says of errors, controls and averages, with and without them."""

import copy
from dataclasses import replace

import pytest
from small_run import change, change_statistics

from crossdock.analysis.records import ControlsRecord, NoiseRecord
from crossdock.analysis.specificity import Shares
from crossdock.remark import UNNOTICED_MEMBRANE, Severity, free_text, remark
from crossdock.report import answer, remarks, wording
from crossdock.report.payload import collect


@pytest.fixture
def data(run_dir):
    return copy.deepcopy(collect(run_dir / "panel.json", run_dir))


def sentences(data, kind=None):
    return [sentence.text for sentence in answer.sentences(data) if kind in (None, sentence.kind)]


def test_the_answer_is_three_sentences_at_most(data):
    known = copy.deepcopy(data)
    for pair in data.pairs:
        pair.known = None
    tested = copy.deepcopy(data)
    tested.statistics = replace(
        tested.statistics,
        controls=ControlsRecord(ligands=30, pairs=60, least_q=0.2, spread=2.0, rare_spread=1.4),
    )
    for pair in tested.pairs:
        pair.values["q_value"] = 0.05
    for one in (known, data, tested):
        change_statistics(one, noise=NoiseRecord(sd=9.0, freedom=4))
        change_statistics(one, variance=Shares(0.2, 0.2, 0.2, 0.2, 0.2))
        texts = sentences(one, "answer")
        assert 2 <= len(texts) <= 3
        assert all(text.endswith(".") and ". " not in text for text in texts), "each is one sentence"
        assert "stands out most" in texts[0]
        assert len(set(sentences(one))) == len(sentences(one)), "nothing is said twice"


def test_how_far_the_best_pair_stands_out_is_told_with_its_error(data):
    best = min(data.pairs, key=lambda pair: pair.values["specificity"])
    best.values["specificity"], best.uncertainty["specificity"] = -600.0, 200.0
    (text,) = [text for text in sentences(data, "answer") if "stands out most" in text]
    assert (
        "its score lies 600 units below what its proteins' averages predict (± 200, the standard error of the search)"
        in text
    )
    assert "how much of that is noise is not known" in text


def test_what_is_noted_of_the_best_pairs_proteins_is_said_with_it(data):
    best = min(data.pairs, key=lambda pair: pair.values["specificity"])
    member = next(one for one in data.panel["ligands"] if one["name"] == best.ligand)
    receptor = next(one for one in data.panel["receptors"] if one["name"] == best.receptor)
    member["note"], receptor["note"] = "made in the liver", "intracellular. Met only inside."
    (first,) = [one for one in answer.sentences(data) if one.kind == "answer" and "stands out most" in one.text]
    receptor_words = f"Note on {wording.labels(data)[receptor['name']]}: intracellular."
    assert first.beside == f"{receptor_words} Note on {wording.labels(data)[member['name']]}: made in the liver."


def test_each_doubt_leads_to_its_place(data, page_file):
    page = page_file.read_text()
    doubts = [sentence for sentence in answer.sentences(data) if sentence.kind == "caveat"]
    assert len(doubts) >= 3
    assert all(f'id="{doubt.link[1:]}"' in page for doubt in doubts)
    links = {doubt.text.split()[0]: doubt.link for doubt in doubts}
    assert links["No"] == links["Each"] == "#methods-testing", "no controls, docked once"


def test_notes_on_receptors_are_read_before_the_matrix(data):
    data.panel["receptors"][0]["note"] = "intracellular"
    rows = {row.text: row for row in remarks.rows(data) if row.note}
    assert rows["intracellular"].proteins == ("trypsin",)
    assert rows["intracellular"].top
    data.panel["receptors"][1]["note"] = ""
    rows = {row.text: row for row in remarks.rows(data) if row.note}
    assert rows["a <b>remark</b>"].top, "of ligands only, but these are few"
    data.panel["ligands"] *= remarks.FEW_LIGANDS
    rows = {row.text: row for row in remarks.rows(data) if row.note}
    assert not rows["a <b>remark</b>"].top, "of one ligand of many"


def test_a_receptors_membrane_that_nobody_named_is_read_before_the_matrix(data):
    for name, crossings in (("trypsin", 7), ("Im9", 4)):
        change(data, name, remarks=(remark(UNNOTICED_MEMBRANE, thickness_A=30.0, crossings=crossings),))
    rows = [row for row in remarks.rows(data) if row.remarks[0].code == UNNOTICED_MEMBRANE]
    assert [(row.proteins, row.top) for row in rows] == [(("trypsin",), True), (("Im9",), False)]
    assert set(remarks.questionable(data)) == {"trypsin", "Im9", "colicin-E9"}


def test_an_accepted_mismatch_is_said_once_with_its_words(data):
    reasons = (free_text("Expected A, but it is B.", Severity.SERIOUS),)
    change(data, "trypsin", identity={"verdict": "mismatch", "accepted": "as in the study", "reasons": reasons})
    (row,) = [row for row in remarks.rows(data) if "trypsin" in row.proteins and not row.note]
    text = "Expected A, but it is B. Accepted: as in the study"
    assert (row.text, row.serious, row.top) == (text, True, True)


def test_without_controls_and_replicates_it_says_so(data):
    caveats = " ".join(sentences(data, "caveat"))
    assert "no ranking here is testable" in caveats
    assert "docked once" in caveats
    assert not any("control ligands" in text for text in sentences(data, "answer"))


def test_averages_are_told_beside_what_chance_gives(data):
    data.statistics = replace(
        data.statistics, variance=Shares(receptor=0.5, ligand=0.26, left=0.24, chance_receptor=0.07, chance_ligand=0.13)
    )
    (text,) = [text for text in sentences(data) if "variance" in text]
    assert (
        "explains 50% of the variance of the scores, which ligand 26% (scores at random would give 7% and 13%)" in text
    )


def test_a_difference_within_the_noise_is_called_that(data):
    change_statistics(data, noise=NoiseRecord(sd=9.0, freedom=4))
    for within, expected in ((True, "within the noise of the search"), (False, "more than the noise of the search")):
        for pair in data.pairs:
            pair.standing.within_noise = within
        (text,) = [text for text in sentences(data, "answer") if "stands out most" in text]
        assert expected in text
    assert not any("docked once" in text for text in sentences(data))


def test_findings_against_controls_are_named(data):
    data.statistics = replace(
        data.statistics,
        controls=ControlsRecord(ligands=30, pairs=60, least_q=0.066, spread=2.0, rare_spread=1.4),
    )
    for number, pair in enumerate(data.pairs):
        pair.values["q_value"] = 0.05 if number == 0 else 0.8
    (text,) = [text for text in sentences(data, "answer") if "control ligands" in text]
    assert f"1 of {len(data.pairs)} pairs stand out" in text
    assert "q 0.05" in text
    assert "scatter 2.0 times as much as the controls" in text
    assert any("q-values are too small" in text for text in sentences(data, "caveat"))
    assert not any("testable" in text for text in sentences(data))


def test_too_few_controls_are_called_that(data):
    data.statistics = replace(
        data.statistics,
        controls=ControlsRecord(ligands=2, pairs=4, least_q=0.8, spread=1.0, rare_spread=1.4),
    )
    for pair in data.pairs:
        pair.values["q_value"] = 0.9
    (text,) = [text for text in sentences(data, "answer") if "control ligands" in text]
    assert "no pair stands out" in text
    assert any("whose q is 0.80 at best" in text for text in sentences(data, "more"))
    assert not any("too small" in text for text in sentences(data))


def test_other_numbers_name_other_pairs_only(data):
    leading = min(data.pairs, key=lambda pair: pair.values["specificity"])
    other = next(pair for pair in data.pairs if pair is not leading)
    for pair in data.pairs:
        pair.values |= {"decoy_index": 3.0, "cluster_size": 5.0, "interface_area": 700.0, "interaction_index": -1.0}
    leading.values["decoy_index"] = 9.0
    assert not any("Other numbers" in text for text in sentences(data))
    other.values |= {"cluster_size": 80.0, "interface_area": 1500.0}
    (text,) = [text for text in sentences(data) if "Other numbers" in text]
    name = wording.label(data, other)
    assert text == f"Other numbers put other pairs first: {name} by cluster size (80) and interface area (1\u202f500)."


def test_the_first_by_specificity_lie_below_their_averages(data):
    for value, pair in zip((-4.0, -3.0, -2.0, 9.0), data.pairs, strict=True):
        pair.values["specificity"] = value
    (text,) = [text for text in sentences(data) if text.startswith("The first by specificity")]
    assert text.count(" on ") == 3
    assert text.endswith(f"and {wording.label(data, data.pairs[2])} (−2).")


@pytest.mark.parametrize(
    ("remark", "first"),
    [
        ("Expressed in E. coli, glycans missing. Take care.", "Expressed in E. coli, glycans missing"),
        ("A part of it: 87-190 of 582. Accepted: yes", "A part of it: 87-190 of 582"),
        ("intracellular", "intracellular"),
    ],
)
def test_a_remark_is_cut_where_a_sentence_ends(remark, first):
    assert remarks.brief(remark) == first
