"""What the page advises to write into the config; `crossdock check` takes every line of it."""

import copy
import shutil

import pytest
import yaml
from small_run import change, collected

from crossdock.docking.record import Method
from crossdock.files import read_json, write_json
from crossdock.panel.panel import load_panel
from crossdock.remark import UNNOTICED_MEMBRANE, remark
from crossdock.report import remarks
from crossdock.report.advice import advice
from crossdock.report.methods import config_of
from crossdock.report.payload import collect

MEMBRANE = remark(UNNOTICED_MEMBRANE, thickness_A=30.0, crossings=7)


@pytest.fixture
def data(run_dir):
    return collected(run_dir)


def lines(data):
    return [item.line for item in advice(data)]


def followed(data, item):
    """Write the line of an advice where it says, with what a user has to fill in, and read the config again."""
    text = item.line.replace("ACCESSION", "P00760")
    config = config_of(data.panel)
    for member in (one for role in ("receptors", "ligands", "proteins") for one in config.get(role, ())):
        if member["name"] in item.proteins:
            member.update(yaml.safe_load(text) if text else {})
    return load_panel(config | (yaml.safe_load(text) if text and not item.proteins else {}))


def case_of(data, name):
    """Change a run so that another advice follows."""
    if name == "every protein in question":
        for protein in data.proteins:
            change(data, protein, remarks=(MEMBRANE,), identity={"verdict": "unknown"})
    elif name == "sequences are missing":
        change(data, "Im9", identity={"verdict": "unknown", "expected": "P13479"})
    elif name == "a server":
        data.docking.methods = {"cluspro": Method(seeds=False)}
    elif name == "one receptor":
        del data.proteins[data.panel["receptors"].pop()["name"]]
        data.panel["known"] = []
    elif name == "proteins without roles":
        case_of(data, "every protein in question")
        both = [*data.panel["receptors"], *data.panel["ligands"]]
        pairs = [[one["receptor"], one["ligand"]] for one in data.panel["known"]]
        data.complexes = [tuple(pair) for pair in pairs]
        data.panel |= {"receptors": both, "ligands": both, "symmetric": True, "asked": pairs, "known": []}
    elif name == "other proteins":
        data.panel["known"] = []
        for member in (*data.panel["receptors"], *data.panel["ligands"]):
            member["name"], member["entry"] = f"my-{member['name']}", {"source": "rcsb", "id": "1abc"}
        data.proteins = {f"my-{name}": record for name, record in data.proteins.items()}


CASES = (
    "as it is",
    "every protein in question",
    "sequences are missing",
    "a server",
    "one receptor",
    "proteins without roles",
    "other proteins",
)


@pytest.mark.parametrize("case", CASES)
def test_check_takes_every_line_of_advice(data, case):
    case_of(data, case)
    items = advice(data)
    assert items
    load_panel(config_of(data.panel))
    for item in items:
        if not item.line:
            continue
        panel = followed(data, item)
        key = next(iter(item.keys))
        if item.proteins:
            assert all(getattr(one, key) for one in (*panel.receptors, *panel.ligands) if one.name in item.proteins)
        else:
            took = getattr(panel, key)
            assert took is True or (took == item.keys[key] if isinstance(took, int) else took)


def test_a_background_is_advised_where_no_pair_is_tested(data):
    assert "background: bundled" in lines(data)
    data.panel["receptors"] = data.panel["receptors"][:1]
    assert "background: bundled" in lines(data)
    data.panel["background"] = True
    assert "background: bundled" not in lines(data)


def test_what_is_there_already_is_not_advised(data):
    data.panel |= {"controls": [{"name": "c"}], "replicates": 3}
    assert lines(data) == []
    data.panel |= {"replicates": 1}
    assert lines(data) == ["replicates: 3"]
    data.docking.methods = {"cluspro": Method(seeds=False)}
    assert lines(data) == []


def test_proteins_are_named_as_the_page_does(data):
    change(data, "trypsin", remarks=(MEMBRANE,))
    change(data, "Im9", identity={"verdict": "unknown"})
    found = {item.line.split(":")[0]: item for item in advice(data)}
    assert found["membrane"].proteins == ("trypsin",)
    assert found["membrane"].text.startswith("For Trypsin: ")
    assert found["uniprot"].proteins == ("Im9",)
    change(data, "Im9", identity={"expected": "P13479"})
    (item,) = [one for one in advice(data) if one.files]
    assert item.files == ("resources/sequences/P13479.fasta",)
    change(data, "trypsin", identity={"verdict": "mismatch", "expected": "P00760"})
    assert "membrane" not in " ".join(lines(data)), "it is another protein anyway"
    assert any(item.text.startswith("Trypsin: take an entry that holds") for item in advice(data))


def test_pairs_that_touch_in_their_entry_are_advised_as_known(run_dir):
    """The small run's two known pairs, if the panel did not name them."""
    panel = read_json(run_dir / "panel.json")
    assert collected(run_dir).complexes == []
    pairs = [(row["receptor"], row["ligand"]) for row in panel["known"]]
    folder = shutil.copytree(run_dir, run_dir.parent / "unnamed")
    write_json(folder / "panel.json", panel | {"known": []})
    data = collect(folder / "panel.json", folder)
    assert sorted(data.complexes) == sorted(pairs)
    (item,) = [one for one in advice(data) if "known" in one.keys]
    known = followed(data, item).known
    assert sorted((one.receptor, one.ligand) for one in known) == sorted(pairs)


def test_one_receptor_needs_a_second(data):
    case_of(data, "one receptor")
    assert advice(data)[1].text.startswith("Add a second receptor")
    assert lines(data)[0] == "background: bundled"


def test_nothing_is_advised_for_made_up_or_missing_scores(data):
    synthetic = copy.deepcopy(data)
    synthetic.docking.synthetic = len(data.pairs)
    assert advice(synthetic) == []
    for pair in data.pairs:
        pair.values = {}
    assert advice(data) == []


def test_a_note_alone_puts_no_protein_in_question(data):
    data.panel["receptors"][0]["note"] = "numbered as in the file"
    assert remarks.questionable(data) == {"colicin-E9": "Residues 1-131 of 582: a part of it."}
    assert "trypsin" in remarks.doubts(data)
