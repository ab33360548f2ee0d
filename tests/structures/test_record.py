"""protein.json: written, read back, and read as earlier versions wrote it."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from crossdock.errors import InputError
from crossdock.remark import UNNOTICED_MEMBRANE, Severity, joined, remark, texts
from crossdock.structures.prepare import prepare
from crossdock.structures.record import ProteinRecord, read_protein, write_protein
from crossdock.structures.summary import summarize

DEMO = str(files("crossdock.demo") / "1emv.pdb.gz")
MEMBRANE = (
    "The chain crosses a belt of hydrophobic surface 31 A thick 7 times: this looks like a membrane protein, and "
    "docking will use faces that the membrane hides. Write, for example, `membrane: {outside: N-term}`."
)


@pytest.fixture(scope="module")
def record() -> ProteinRecord:
    return prepare(DEMO, name="x", chains=["A"], blocked="10-12", attract="30-31", accept="why", uniprot="P13479")[1]


def as_before(record: ProteinRecord, **identity) -> dict:
    """Write a record as crossdock 0.1.0 did before remarks had codes."""
    made = json.loads(json.dumps(record.to_json()))
    del made["remarks"], made["identity"]["reasons"]
    made["selection"]["with"] = made["selection"].pop("partners")
    made["docking_mask"]["counts"] = {one["what"]: one["count"] for one in made["docking_mask"]["counts"]}
    for key in ("kept", "removed"):
        made[key] = [{"what": one["what"], "count": one["count"]} for one in made[key]]
    made["kept"] += [
        {"what": what, "count": 1} for what in ("DTH (a D-amino acid) taken as THR", "residues built by PDBFixer")
    ]
    made["identity"] |= identity
    made["warnings"] = [f"{made['identity']['explanation']} Accepted: why", "A remark.", MEMBRANE]
    return {"crossdock_version": "0.1.0", **made}


def read(tmp_path, raw) -> ProteinRecord:
    (tmp_path / "protein.json").write_text(json.dumps(raw))
    return read_protein(tmp_path / "protein.json")


def test_it_comes_back_as_it_was_written(record, tmp_path):
    write_protein(tmp_path / "protein.json", record)
    assert read_protein(tmp_path / "protein.json") == record
    raw = json.loads((tmp_path / "protein.json").read_text())
    assert raw["identity"]["explanation"] == joined(record.identity.reasons)
    assert [one["text"] for one in raw["remarks"]] == texts(record.remarks)
    assert [one["what"] for one in raw["removed"]] == texts(record.removed) == ["residues of chain B"]


def test_sentences_of_an_earlier_version_are_read(record, tmp_path):
    found = read(tmp_path, as_before(record))
    assert found.identity.explanation == record.identity.explanation
    assert [one.severity for one in found.identity.reasons] == [Severity.UNCONFIRMED]
    assert texts(found.remarks) == ["A remark.", remark(UNNOTICED_MEMBRANE, thickness_A=31.0, crossings=7).text]
    assert [one.severity for one in found.remarks] == [Severity.PLAIN, Severity.IN_QUESTION]
    assert found.says(UNNOTICED_MEMBRANE)
    assert (found.removed, found.kept[:1], found.docking_mask) == (record.removed, record.kept, record.docking_mask)
    assert [one.code for one in found.kept[1:]] == ["taken-as", "built-residues"]
    assert texts(found.kept)[1:] == ["DTH (a D-amino acid) treated as THR", "residue built by PDBFixer"]
    assert summarize(found) == summarize(record)
    assert read(tmp_path, found.to_json()) == found


def test_what_was_not_written_once_is_filled_in(record, tmp_path):
    raw = as_before(record) | {"role": None}
    del raw["label"], raw["selection"]["copies"], raw["selection"]["assembly"]
    found = read(tmp_path, raw)
    assert (found.role, found.label, found.selection) == ((), "x", record.selection)
    assert read(tmp_path, raw | {"role": "ligand"}).role == ("ligand",)


@pytest.mark.parametrize("interface", [None, [["A", 30, ""], ["A", 31, ""]]])
def test_the_known_interface_of_an_earlier_version_is_passed_over(record, tmp_path, interface):
    assert read(tmp_path, record.to_json() | {"interface": interface}) == record


@pytest.mark.parametrize(
    ("identity", "severity"),
    [
        ({"verdict": "mismatch", "accepted": "why"}, Severity.SERIOUS),
        ({"verdict": "fragment"}, Severity.SERIOUS),
        ({"verdict": "matches"}, Severity.DETAIL),
        ({"verdict": "unknown", "expected": None}, Severity.PLAIN),
    ],
)
def test_what_an_earlier_verdict_weighs(record, tmp_path, identity, severity):
    found = read(tmp_path, as_before(record, **identity)).identity
    assert [one.severity for one in found.reasons] == [severity]
    assert joined(found.remarks) == found.explanation + (" Accepted: why" if "accepted" in identity else "")


def test_a_remark_of_a_later_version_is_what_it_says(record, tmp_path):
    raw = json.loads(json.dumps(record.to_json()))
    raw["remarks"] = [{"code": "of-tomorrow", "severity": "in-question", "values": {"a": 1}, "text": "It may rain."}]
    (one,) = read(tmp_path, raw).remarks
    assert (one.text, one.severity) == ("It may rain.", Severity.IN_QUESTION)


@pytest.mark.parametrize("lost", ["identity", "n_atoms", "remarks"])
def test_what_is_no_such_record_is_refused(record, tmp_path, lost):
    raw = json.loads(json.dumps(record.to_json()))
    del raw[lost]
    with pytest.raises(InputError, match="crossdock prepare"):
        read(tmp_path, raw)
