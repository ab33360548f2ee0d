"""The headline and what stands below it follow the verdict, and nothing else names a pair."""

from dataclasses import replace

import pytest
from small_run import change_statistics, collected

from crossdock.analysis.records import BackgroundRecord, ChanceRecord, ControlsRecord
from crossdock.analysis.verdict import Kind
from crossdock.report.answer import answer
from crossdock.report.doubts import doubts
from crossdock.report.wording import label

TESTED = ControlsRecord(ligands=60, pairs=120, least_q=0.03, spread=1.0, rare_spread=1.4)


@pytest.fixture
def data(run_dir):
    return collected(run_dir)


def with_q(data, values, controls=TESTED):
    data.statistics = replace(data.statistics, controls=controls)
    for pair, value in zip(data.pairs, values, strict=True):
        pair.values["q_value"] = value


def text_of(data):
    found = answer(data)
    return " ".join([found.headline, *found.support])


def names_in(data, text):
    return [label(data, pair) for pair in data.pairs if label(data, pair) in text]


def test_a_two_by_two_panel_names_no_pair(data):
    """Its specificities are exact ties."""
    assert answer(data).verdict.kind is Kind.NOT_TESTED
    text = text_of(data)
    assert text.startswith("No test was possible, so no pair is named. The panel has no control proteins")
    assert names_in(data, text) == []
    assert "It does not show that two proteins bind" in text


def test_pairs_are_named_by_q_the_lowest_first(data):
    with_q(data, (0.09, 0.5, 0.9, 0.02))
    found = answer(data)
    first, last = (label(data, data.pairs[place]) for place in (3, 0))
    assert found.headline == f"2 pairs stand out: {first} and {last}."
    assert "better than 60 control proteins would by chance (false discovery rate 10 %" in " ".join(found.support)
    with_q(data, (0.5, 0.5, 0.9, 0.02))
    assert answer(data).headline == f"One pair stands out: {first}."


def test_a_background_names_a_pair_of_a_small_panel(data):
    """Nothing else tests a panel of two by two."""
    data.statistics = replace(data.statistics, background=BackgroundRecord(39, 741, 4, 600))
    for pair, value in zip(data.pairs, (0.09, 0.5, 0.9, 0.02), strict=True):
        pair.values["background_q"] = value
    found = answer(data)
    first, last = (label(data, data.pairs[place]) for place in (3, 0))
    assert found.headline == f"2 pairs stand out: {first} and {last}."
    assert "they stand out from 741 pairs of 39 other proteins, which do not bind each other" in found.support[0]
    for pair in data.pairs:
        pair.values["background_q"] = 0.8
    found = answer(data)
    assert found.headline == "No pair stands out."
    assert "no pair stands out from 741 pairs of 39 other proteins" in found.support[0]


@pytest.mark.parametrize(
    ("p", "named", "said"),
    [
        (0.8, False, "p = 0.80: how often two proteins that do not bind each other look as good"),
        (0.06, False, "judged by 741 pairs of 39 other proteins. Up to p = 0.05, the pair would be named."),
        (0.0008, True, "p = 0.0008: how often"),
        (1e-6, True, "p < 0.0001: how often"),
    ],
)
def test_a_single_pair_has_its_p_value_said(data, p, named, said):
    data.statistics = replace(data.statistics, background=BackgroundRecord(39, 741, 1, 600))
    data.pairs = data.pairs[:1]
    data.pairs[0].values |= {"background_p": p, "background_q": p}
    found = answer(data)
    assert (found.verdict.kind is Kind.STANDS_OUT) == named
    assert said in found.support[0]


def test_proteins_that_could_not_be_docked_with_the_background_are_a_doubt(data):
    record = BackgroundRecord(39, 741, 2, 600, lost=(("Im9", "killed"),))
    data.statistics = replace(data.statistics, background=record)
    for pair in data.pairs[:2]:
        pair.values |= {"background_q": 0.5, "background_p": 0.3}
    said = [one.text for one in doubts(data, answer(data).verdict)]
    assert said[0] == "2 of 4 pairs have no p-value, because Im9 could not be docked with the background: killed."
    assert "no pair stands out from 741 pairs" in answer(data).support[0]
    data.statistics = replace(data.statistics, background=replace(record, lost=(), tested=3))
    assert doubts(data, answer(data).verdict)[0].text == "1 of 4 pairs has no p-value."


def test_with_controls_and_no_call_it_says_so(data):
    with_q(data, (0.84, 0.84, 0.9, 0.9))
    assert answer(data).headline == "No pair stands out."
    assert names_in(data, text_of(data)) == []


def test_many_pairs_are_counted(data):
    data.pairs = [replace_names(data.pairs[0], place) for place in range(5)]
    with_q(data, (0.01, 0.02, 0.03, 0.04, 0.05))
    data.panel["ligands"] = [{"name": f"ligand{place}", "label": f"Ligand {place}"} for place in range(5)]
    assert answer(data).headline.endswith("Ligand 0 on Trypsin, Ligand 1 on Trypsin, Ligand 2 on Trypsin and 2 more.")


def replace_names(pair, place):
    return replace(pair, ligand=f"ligand{place}", values=dict(pair.values))


def test_beyond_noise_is_called_that_and_controls_are_missed(data):
    receptor, ligand = data.pairs[1].names
    change_statistics(data, chance=ChanceRecord(-3.0, -13.0, -13.3, ((receptor, ligand, -20.0),)))
    found = answer(data)
    assert found.headline == f"One pair stands out from noise: {label(data, data.pairs[1])}."
    assert "at most one has a pair this far out" in found.support[0]
    assert "The panel has no control proteins" in found.support[0]
    change_statistics(data, chance=ChanceRecord(-3.0, -13.0, -13.3, ()))
    assert answer(data).headline == "No pair stands out from noise."


@pytest.mark.parametrize(
    ("controls", "part"),
    [
        (
            ControlsRecord(2, pairs=4, least_q=0.8, spread=1.0, rare_spread=1.4),
            "lowest possible q for a single pair is 0.80",
        ),
        (replace(TESTED, spread=2.0), "vary 2.0 times as much as those of the controls"),
        (ControlsRecord(1, problem="averages need at least 2 of each"), "averages need at least 2 of each"),
    ],
)
def test_why_nothing_was_tested(data, controls, part):
    with_q(data, (0.9, 0.9, 0.9, 0.9), controls)
    assert answer(data).headline.startswith("No test was possible")
    assert part in text_of(data)


def test_one_receptor_or_one_ligand_tests_nothing(data):
    data.panel["receptors"] = data.panel["receptors"][:1]
    assert "With one receptor" in text_of(data)


def test_positive_controls_are_said_as_they_came_out(data):
    known = [pair for pair in data.pairs if pair.known]
    assert "The first model finds the known site in 2 of 2 pairs with a solved complex. " in text_of(data)
    receptor, ligand = known[0].names
    chance = data.statistics.chance
    change_statistics(data, chance=ChanceRecord(-3.0, -13.0, -13.3, ((receptor, ligand, -20.0),)))
    assert "with a solved complex; 1 of them stands out." in text_of(data)
    change_statistics(data, chance=chance)
    for pair in known:
        pair.known.first_acceptable = None
    assert "misses the known site in all 2 pairs" in text_of(data)
    for pair in known:
        pair.known = None
    assert "known site" not in text_of(data)


def test_made_up_scores_say_nothing_of_proteins(data):
    data.docking.synthetic = 1
    with_q(data, (0.01, 0.01, 0.01, 0.01))
    assert answer(data).headline == "The scores of this page are made up."
    assert "SYNTHETIC" in text_of(data)
    assert names_in(data, text_of(data)) == []


def test_without_scores_it_says_that(data):
    for pair in data.pairs:
        pair.values = {}
    assert answer(data).headline == "No pair of this panel has a score."
