"""What the page tells a reader to conclude, to leave out, and to change."""

import copy
from dataclasses import replace

import pytest
from small_run import change, change_statistics

from crossdock.analysis.records import ChanceRecord
from crossdock.docking.record import Method
from crossdock.remark import UNNOTICED_MEMBRANE, Severity, free_text, remark
from crossdock.report import answer, remarks, wording
from crossdock.report.advice import advice
from crossdock.report.payload import collect

MEMBRANE = remark(UNNOTICED_MEMBRANE, thickness_A=30.0, crossings=7)


@pytest.fixture
def data(run_dir):
    return copy.deepcopy(collect(run_dir / "panel.json", run_dir))


def items_of(data):
    return {item.head: item.text for item in advice(data)}


def test_without_controls_the_scores_are_an_order_of_questions(data):
    items = items_of(data)
    assert "which pairs to test first" in items["What can be said"]
    assert "Not that a pair binds" in items["What can be said"]
    wanted = items["For the next run, in the config"]
    assert "`controls:`" in wanted
    assert "`replicates: 3`" in wanted
    assert "membrane" not in wanted
    assert "uniprot" not in wanted


def test_what_noise_alone_could_give_is_not_sound_to_say(data):
    lowest = min(pair.values["robust_z"] for pair in data.pairs)
    change_statistics(data, chance=ChanceRecord(lowest_z=lowest, rare_z=lowest - 1))
    assert "no pair stands out by more than chance alone could give" in items_of(data)["What can be said"]
    (text,) = [one.text for one in answer.sentences(data) if "robust standard deviations" in one.text]
    assert text.endswith("so it could give this too.")
    change_statistics(data, chance=replace(data.statistics.chance, rare_z=lowest + 0.01))
    best = min(data.pairs, key=lambda pair: pair.values["robust_z"])
    assert items_of(data)["What can be said"].startswith(f"which pairs to test first: {wording.label(data, best)}")


def test_each_pair_is_judged_by_its_own_distance(data):
    """That another pair lies beyond noise says nothing of the one that stands out most."""
    first, other = data.pairs[0], data.pairs[1]
    for pair in data.pairs:
        pair.values |= {"specificity": 5.0, "robust_z": 1.0}
    first.values |= {"specificity": -10.0, "robust_z": -3.0}
    other.values |= {"specificity": -8.0, "robust_z": -9.0}
    change_statistics(data, chance=ChanceRecord(lowest_z=-4.0, rare_z=-6.0))
    texts = [one.text for one in answer.sentences(data)]
    assert texts[0].startswith(f"{wording.label(data, first)} stands out most, though no farther than chance")
    assert texts[1].endswith("so it could give this too.")
    assert items_of(data)["What can be said"].startswith(
        f"which pairs to test first: {wording.label(data, other)}, farther"
    )
    assert f"The first by specificity are {wording.label(data, first)} (−10)" not in " ".join(texts), "two are no list"


def test_with_controls_only_what_stands_out_against_them_is_sound(data):
    data.panel |= {"controls": [{"name": "c"}], "replicates": 3}
    data.statistics = replace(
        data.statistics, controls=replace(data.statistics.controls, pairs=60, spread=1.0, rare_spread=1.4)
    )
    assert "no pair stands out against the controls" in items_of(data)["What can be said"]
    data.pairs[0].values["q_value"] = 0.02
    assert items_of(data)["What can be said"].startswith("1 pair stands out against the controls. Not that")
    assert "For the next run, in the config" not in items_of(data)


def test_another_protein_is_left_out_and_a_part_of_one_read_with_care(data):
    change(data, "trypsin", identity={"verdict": "mismatch", "expected": "P00760"})
    items = items_of(data)
    assert items["Leave out"].startswith("Trypsin, in whose place another protein was docked")
    assert items["Read with care"].startswith("Colicin E9 DNase,")
    change(data, "trypsin", remarks=(MEMBRANE,))
    assert "membrane" not in items_of(data)["For the next run, in the config"], "it is another protein anyway"


def test_the_next_run_names_the_proteins_as_the_config_does(data):
    change(data, "trypsin", remarks=(MEMBRANE,))
    change(data, "Im9", identity={"verdict": "unknown"})
    wanted = items_of(data)["For the next run, in the config"]
    assert "`membrane:` beside `trypsin`, which" in wanted
    assert "`uniprot:` beside `Im9`, so" in wanted
    change(data, "Im9", identity={"expected": "P13479"})
    wanted = items_of(data)["For the next run, in the config"]
    assert "uniprot:" not in wanted
    assert "in `resources/sequences/`, `P13479.fasta`, with which `Im9` can be compared" in wanted


def test_the_right_protein_of_another_organism_is_not_another_protein(data):
    reasons = (free_text("from another organism", Severity.SERIOUS),)
    identity = {"verdict": "mismatch", "expected": "P00760", "found": ("P00760",), "reasons": reasons}
    change(data, "trypsin", identity=identity)
    assert "Leave out" not in items_of(data)
    assert "Trypsin" in items_of(data)["Read with care"]


def test_what_a_config_would_refuse_is_not_asked_for(data):
    data.docking.methods = {"cluspro": Method(seeds=False)}
    assert "replicates" not in items_of(data)["For the next run, in the config"]
    gone = data.panel["receptors"].pop()
    del data.proteins[gone["name"]]
    wanted = items_of(data)["For the next run, in the config"]
    assert "controls" not in wanted
    assert "a second receptor" in wanted


def test_a_ligands_note_alone_is_no_reason_for_care(data):
    for member in data.panel["receptors"]:
        member["note"] = ""
    data.panel["ligands"][0]["note"] = "the dimer"
    assert data.panel["ligands"][0]["name"] in remarks.doubts(data)
    assert items_of(data)["Read with care"] == "Colicin E9 DNase, for the remarks before the matrix."


def test_a_note_alone_puts_no_protein_in_question(data):
    data.panel["receptors"][0]["note"] = "numbered as in the file"
    assert remarks.questionable(data) == {"colicin-E9": "Residues 1-131 of 582: a part of it."}
    assert "trypsin" in remarks.doubts(data)


def test_made_up_scores_allow_no_word_about_proteins(data):
    data.docking.synthetic = len(data.pairs)
    change_statistics(data, controls=replace(data.statistics.controls, pairs=60))
    assert items_of(data)["What can be said"].startswith("nothing about proteins")


def test_controls_that_are_not_alike_carry_nothing(data):
    data.statistics = replace(
        data.statistics, controls=replace(data.statistics.controls, pairs=60, spread=3.0, rare_spread=1.4)
    )
    assert items_of(data)["What can be said"].startswith("nothing from the q-values")


def test_without_scores_there_is_nothing_to_advise(data):
    for pair in data.pairs:
        pair.values = {}
    assert advice(data) == []
