"""What the page tells a reader to conclude, to leave out, and to change."""

import copy

import pytest

from crossdock.report import answer
from crossdock.report.advice import advice
from crossdock.report.payload import collect
from crossdock.structures.site import UNNOTICED


@pytest.fixture
def data(run_dir):
    return copy.deepcopy(collect(run_dir / "panel.json", run_dir))


def told(data):
    return {item["head"]: item["text"] for item in advice(data)}


def test_without_controls_the_scores_are_an_order_of_questions(data):
    said = told(data)
    assert "which pairs to test first" in said["Sound to say"]
    assert "Not that a pair binds" in said["Sound to say"]
    wanted = said["For the next run, in the config"]
    assert "`controls:`" in wanted
    assert "`replicates: 3`" in wanted
    assert "membrane" not in wanted
    assert "uniprot" not in wanted


def test_what_noise_alone_could_give_is_not_sound_to_say(data):
    lowest = min(pair["values"]["robust_z"] for pair in data["pairs"])
    data["statistics"]["chance"] = {"median_z": lowest, "rare_z": lowest - 1}
    assert "no pair stands out by more than noise alone could give" in told(data)["Sound to say"]
    (text,) = [one["text"] for one in answer.sentences(data) if "robust standard deviations" in one["text"]]
    assert text.endswith("so chance alone could give it.")
    data["statistics"]["chance"]["rare_z"] = lowest + 1
    assert told(data)["Sound to say"].startswith("which pairs to test first")


def test_with_controls_only_what_stands_out_against_them_is_sound(data):
    data["panel"] |= {"controls": [{"name": "c"}], "replicates": 3}
    data["statistics"]["controls"]["pairs"] = 60
    assert "no pair stands out against the controls" in told(data)["Sound to say"]
    data["pairs"][0]["values"]["q_value"] = 0.02
    assert told(data)["Sound to say"].startswith("1 pair stands out against the controls. Not that")
    assert "For the next run, in the config" not in told(data)


def test_another_protein_is_left_out_and_a_part_of_one_read_with_care(data):
    data["proteins"]["trypsin"]["identity"]["verdict"] = "mismatch"
    said = told(data)
    assert said["Leave out"] == "Trypsin: its entry holds another protein than asked for."
    assert said["Read with care"].startswith("Colicin E9 DNase,")
    data["proteins"]["trypsin"]["warnings"] = [f"The chain crosses a belt: {UNNOTICED}."]
    assert "membrane" not in told(data)["For the next run, in the config"], "it is another protein anyway"


def test_the_next_run_names_the_proteins_as_the_config_does(data):
    data["proteins"]["trypsin"]["warnings"] = [f"The chain crosses a belt: {UNNOTICED}, and so on."]
    data["proteins"]["Im9"]["identity"]["verdict"] = "unknown"
    wanted = told(data)["For the next run, in the config"]
    assert "`membrane:` beside `trypsin`, which" in wanted
    assert "`uniprot:` and the sequence of `Im9`, so that crossdock checks what it is" in wanted


def test_a_note_alone_puts_no_protein_in_question(data):
    data["panel"]["receptors"][0]["note"] = "numbered as in the file"
    assert answer.questionable(data) == {"colicin-E9": "Residues 1-131 of 582: a part of it."}
    assert "trypsin" in answer.doubts(data)


def test_made_up_scores_allow_no_word_about_proteins(data):
    data["docking"]["synthetic"] = len(data["pairs"])
    assert told(data)["Sound to say"].startswith("nothing about proteins")


def test_without_scores_there_is_nothing_to_advise(data):
    for pair in data["pairs"]:
        pair["values"] = {}
    assert advice(data) == []
