"""What to keep in mind, in its order, each thing once."""

import copy
import math
from dataclasses import replace

import pytest
from small_run import change, change_statistics, collected

from crossdock.analysis.records import NoiseRecord
from crossdock.docking.backends import load_backend
from crossdock.docking.record import Method
from crossdock.quantity import Quantity
from crossdock.remark import UNNOTICED_MEMBRANE, Severity, free_text, remark
from crossdock.report.answer import judged
from crossdock.report.doubts import doubts
from crossdock.report.run_data import BackendRun

MEMBRANE = remark(UNNOTICED_MEMBRANE, thickness_A=30.0, crossings=7)


@pytest.fixture
def data(run_dir):
    return collected(run_dir)


def texts(data):
    return [doubt.text for doubt in doubts(data, judged(data))]


def test_another_protein_is_said_first_and_as_wrong(data):
    change(data, "Im9", identity={"verdict": "mismatch", "expected": "P00760"})
    first, second, *_ = doubts(data, judged(data))
    assert first.text == "Im9: the entry holds another protein, so nothing here is about what was asked for."
    assert second.text == "Colicin E9 DNase: only a part of the protein was used."
    assert first.wrong
    assert second.wrong
    for name in ("trypsin", "CMTI-1", "colicin-E9"):
        change(data, name, identity={"verdict": "mismatch", "expected": "P00760"})
    assert texts(data)[0].startswith("The entries of 4 proteins hold another protein (Trypsin, ")


def test_the_right_protein_of_another_organism_is_not_another_protein(data):
    reasons = (free_text("from another organism", Severity.SERIOUS),)
    identity = {"verdict": "mismatch", "expected": "P00760", "found": ("P00760",), "reasons": reasons}
    change(data, "trypsin", identity=identity)
    assert not any("another protein" in text for text in texts(data))


def test_a_membrane_that_the_config_does_not_name_is_wrong(data):
    change(data, "trypsin", remarks=(MEMBRANE,))
    (doubt,) = [one for one in doubts(data, judged(data)) if "membrane" in one.text]
    assert doubt.text.startswith("Trypsin looks like a membrane protein, but")
    assert doubt.wrong
    change(data, "Im9", remarks=(MEMBRANE,))
    assert any(text.startswith("Trypsin and Im9 look like membrane proteins") for text in texts(data))


def test_what_a_score_is_and_that_pairs_were_docked_once(data):
    assert "A score is a docking energy in arbitrary units. Lower is better. A score is not an affinity." in texts(data)
    assert any("docked once" in text for text in texts(data))
    change_statistics(data, noise=NoiseRecord(sd=9.0, freedom=4))
    assert not any("docked once" in text for text in texts(data))
    data.docking.methods = {"other": Method(score=Quantity("points", better="high", label="Points"), seeds=False)}
    change_statistics(data, noise=None)
    assert any("the method's own number: Points, with its sign turned" in text for text in texts(data))
    assert not any("docked once" in text for text in texts(data)), "another seed would give the same"


def test_two_of_a_side_are_one_comparison(data):
    assert any(text.startswith("With two receptors the specificity columns are mirror images") for text in texts(data))
    data.panel["ligands"] = data.panel["ligands"] * 2
    data.panel["receptors"] = data.panel["receptors"] * 2
    assert not any("mirror" in text for text in texts(data))


def test_known_pairs_are_few_or_missed_or_missing(data):
    assert any(text.startswith("2 pairs with a solved complex are too few") for text in texts(data))
    for pair in data.pairs:
        if pair.known:
            pair.known = replace(pair.known, best_dockq=0.1, first_acceptable=None)
    assert any(text.startswith("In none of the 2 pairs") for text in texts(data))
    for pair in data.pairs:
        pair.known = None
    assert any(text.startswith("The panel has no pair with a solved complex") for text in texts(data))


@pytest.fixture
def predicted(data):
    """The run with its pairs as if they were co-folded too."""
    cofold = load_backend("cofold")
    docking = copy.deepcopy(data.docking)
    docking.notes, docking.differing = {}, {}
    docking.methods = {"cofold": Method(score=cofold.score, numbers=cofold.numbers)}
    of = {one.name: one for one in cofold.numbers}
    statistics = replace(data.statistics, of=of["lis_mean"])
    pairs = copy.deepcopy(data.pairs)
    for pair in pairs:
        pair.values |= {"lis_mean": 0.2, "iptm_mean": 0.5}
    panel = data.panel | {"backend": "cofold", "statistics": {"metric": ""}}
    data.further = [BackendRun(panel, pairs, data.metrics, statistics, docking)]
    return data.further[0], of


def test_pairs_of_several_programs_are_wrong(data, predicted):
    run, _ = predicted
    assert not any("one scale" in text for text in texts(data))
    run.docking.differing = {"program": ["Boltz", "Chai-1"], "rotations": [1, 2]}
    (doubt,) = [one for one in doubts(data, judged(data)) if "one scale" in one.text]
    assert doubt.text.startswith("The pairs of cofold differ in the program (Boltz and Chai-1). Their numbers are not")
    assert doubt.wrong


def test_a_better_number_that_some_pairs_lack_is_named(data, predicted):
    run, of = predicted
    assert not any("Statistics of cofold" in text for text in texts(data))
    run.statistics = replace(run.statistics, of=of["iptm_mean"])
    run.pairs[0].values["lis_mean"] = math.nan
    expected = f"Statistics of cofold are of the mean ipTM, because 1 of {len(run.pairs)} pairs has no mean LIS."
    assert expected in texts(data)
    run.panel["statistics"] = {"metric": "iptm"}
    assert expected not in texts(data), "the config asks for it"


def test_notes_of_a_further_backend_are_told_with_its_name(data, predicted):
    run, _ = predicted
    run.docking.notes = {"The prediction has no PAE, so ipSAE is not known.": 1}
    assert f"cofold: The prediction has no PAE, so ipSAE is not known (1 of {len(run.pairs)} pairs)." in texts(data)


def test_each_doubt_leads_to_its_place(data, page_file):
    page = page_file.read_text()
    found = doubts(data, judged(data))
    assert len(found) >= 3
    assert all(f'id="{doubt.link[1:]}"' in page for doubt in found)
    assert len({doubt.text for doubt in found}) == len(found)
