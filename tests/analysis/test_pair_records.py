"""Records of pairs, in the layout of today and in that of crossdock 0.1.0."""

import json
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from crossdock.analysis.records import PREDICTED, ModelRecord, PairRecord, StatisticsRecord
from crossdock.docking.poses import TERMS
from crossdock.errors import InputError
from crossdock.records import from_json, read_record, to_json, write_record

OLD = Path(__file__).parents[1] / "data" / "records" / "pair_0.1.0.json"
DOCS = Path(__file__).parents[2] / "docs" / "files.md"


@pytest.fixture
def old():
    return json.loads(OLD.read_text(encoding="utf-8"))


def test_a_pair_of_0_1_0_is_read_with_every_number(old):
    """Of each key of the old file, the record has the value; the energy terms stand together now."""
    record = read_record(OLD, PairRecord, "crossdock analyse")
    now = to_json(record)
    for key in set(old) - {"models", "crossdock_version"}:
        assert now[key] == (old[key] if not isinstance(old[key], list) else tuple(old[key])), key
    assert len(record.models) == len(old["models"]) > 1
    for model, before in zip(record.models, old["models"], strict=True):
        assert model.terms == {key: before[key] for key in TERMS}
        assert sum(model.terms.values()) == pytest.approx(model.score, abs=0.001)
        assert model.extra == {}
        for key in set(before) - set(TERMS):
            value = getattr(model, key)
            assert (list(value) if isinstance(value, tuple) else value) == before[key], key


def test_numbers_that_a_server_gave_to_0_1_0_are_kept_by_name(old):
    model = {key: value for key, value in old["models"][0].items() if key not in TERMS}
    read = from_json(old | {"models": [model | {"receptor_rmsd_A": 0.4, "other_sets": None}]}, PairRecord).models[0]
    assert (read.terms, read.extra) == ({}, {"receptor_rmsd_A": 0.4, "other_sets": None})


def test_what_is_written_today_is_read_back_whole(tmp_path):
    record = read_record(OLD, PairRecord, "crossdock analyse")
    record = replace(record, models=(replace(record.models[0], extra={"plddt": None, "iptm": 0.7}), *record.models[1:]))
    write_record(tmp_path / "pair.json", record)
    assert read_record(tmp_path / "pair.json", PairRecord, "crossdock analyse") == record


@pytest.mark.parametrize(
    ("change", "output"),
    [
        ({"models": 3}, r"array.*\$\.models"),
        ({"models": ["one"]}, r"object.*\$\.models\[0\]|object.*\$\.models\[\.\.\.\]"),
        ({"score": "low"}, r"\$\.score"),
        ({"affinity": None}, r"\$\.affinity"),
    ],
)
def test_a_broken_pair_names_its_place_and_the_command(old, tmp_path, change, output):
    path = tmp_path / "pairs" / "pair.json"
    path.parent.mkdir()
    path.write_text(json.dumps(old | change))
    with pytest.raises(InputError) as refused:
        read_record(path, PairRecord, "crossdock analyse")
    assert re.search(output, refused.value.what)
    assert refused.value.where == str(path)
    assert "`crossdock analyse`" in refused.value.hint


@pytest.mark.parametrize(("overlaps", "withheld"), [(20, False), (21, True)])
def test_an_earlier_model_whose_atoms_overlap_too_much_loses_its_affinity(old, overlaps, withheld):
    old["models"][0] |= {"overlaps": overlaps, "contacts": {"non-bonded": 40}}
    read = from_json(old, PairRecord).models[0]
    assert bool(read.dg_withheld) == withheld
    assert {getattr(read, key) is None for key in PREDICTED} == {withheld}
    assert from_json(to_json(from_json(old, PairRecord)), PairRecord).models[0] == read


def test_a_model_without_a_number_is_refused_by_its_place(old):
    del old["models"][1]["overlaps"]
    with pytest.raises(ValueError, match=r"overlaps.*\$\.models"):
        from_json(old, PairRecord)


@pytest.mark.parametrize("kind", [PairRecord, ModelRecord, StatisticsRecord])
def test_the_docs_name_every_key(kind):
    text = DOCS.read_text(encoding="utf-8")
    assert not [one.name for one in fields(kind) if f"`{one.name}`" not in text]
