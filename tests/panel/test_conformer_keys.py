"""How a config asks for several conformers of a protein, and what is refused."""

import json
from dataclasses import asdict

import pytest

from crossdock.errors import ConfigError
from crossdock.panel.config import protein_rows
from crossdock.panel.panel import load_panel, read_panel
from crossdock.panel.proteins import Entry, proteins_of
from crossdock.steps.check import Findings, dockings
from crossdock.version import __version__

OTHER = {"name": "other", "entry": "demo:1emv", "chains": ["A"]}


def panel_of(receptor, **others):
    return load_panel({"receptors": [{"name": "R", "chains": ["A"]} | receptor], "ligands": [OTHER]} | others)


def test_a_list_of_entries():
    protein = panel_of({"entry": "[demo:1ppe, 4ake, alphafold:P69441]"}).receptors[0]
    others = (Entry("rcsb", "4ake"), Entry("alphafold", "P69441"))
    assert (protein.entry, protein.further) == (Entry("demo", "1ppe"), others)
    assert protein.several
    assert protein.most_conformers == 3
    assert "--model" not in " ".join(protein.options())


def test_a_table_has_them_between_semicolons(tmp_path):
    (tmp_path / "t.tsv").write_text("name\tentry\tmodel\nR\t1hdn; 4ake\tall\nS\t1hdn\t3\n")
    problems = []
    first, second = proteins_of(protein_rows(str(tmp_path / "t.tsv"), "receptors", problems), problems)
    assert not problems
    assert [str(one) for one in first.entries] == ["1hdn", "4ake"]
    assert first.model == "all"
    assert (second.model, second.several) == (3, False)


@pytest.mark.parametrize(
    ("keys", "most", "several"),
    [
        ({"model": "all"}, 4, True),
        ({"model": "all", "conformers": "2"}, 2, True),
        ({"model": "all", "conformers": "1"}, 1, False),
        ({"model": "2"}, 1, False),
        ({"conformers": "5"}, 5, True),
        ({"model": "2", "conformers": "3"}, 3, True),
        ({"conformers": "1"}, 1, False),
        ({}, 1, False),
    ],
)
def test_how_many_there_are_at_most(keys, most, several):
    protein = panel_of({"entry": "1hdn"} | keys).receptors[0]
    assert (protein.most_conformers, protein.several) == (most, several)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"entry": "1hdn", "model": "every"}, "does not have the required format"),
        ({"entry": "1hdn", "model": "-1"}, "expected at least 0"),
        ({"entry": "1hdn", "model": "all", "conformers": "30"}, "expected at most 20"),
        ({"entry": ["1hdn", "1hdn"]}, "is listed twice"),
        ({"entry": ["1hdn", "4ake"], "conformers": "1"}, "2 entries are listed, but `conformers` is 1"),
        (
            {"entry": ["1hdn", "4ake"], "conformers": "4"},
            "`conformers` is 4, but 2 entries are listed, each a conformer",
        ),
        ({"entry": []}, "expected at least 1 in the list"),
        ({"entry": ["1hdn", "hello"]}, "cannot be a PDB id"),
    ],
)
def test_what_is_refused(keys, message):
    with pytest.raises(ConfigError, match=message):
        panel_of(keys)


def test_a_backend_that_docks_one_conformer_is_refused():
    with pytest.raises(ConfigError, match="cluspro would dock only the first conformer of R") as error:
        panel_of({"entry": "1hdn", "model": "all"}, backend="cluspro")
    assert "local" in str(error.value)
    assert panel_of({"entry": "1hdn"}, backend="cluspro")
    assert panel_of({"entry": "1hdn", "model": "all"}, backends=["local", "cluspro"])


def test_panel_json_holds_them(tmp_path):
    panel = panel_of({"entry": ["1hdn", "4ake"], "model": "all"})
    record = json.loads(json.dumps(panel.to_record())) | {"crossdock_version": __version__}
    (tmp_path / "panel.json").write_text(json.dumps(record))
    assert asdict(read_panel(tmp_path / "panel.json").receptors[0]) == asdict(panel.receptors[0]) | {"label": "R"}
    for role in ("receptors", "ligands"):
        for protein in record[role]:  # as earlier versions wrote it
            del protein["further"], protein["conformers"]
    (tmp_path / "panel.json").write_text(json.dumps(record))
    assert read_panel(tmp_path / "panel.json").receptors[0].further == ()


def test_dockings_are_counted_over_conformers():
    panel = panel_of({"entry": "1hdn", "model": "all", "conformers": "3"}, replicates="2")
    assert dockings(panel, Findings("config")) == 6  # at most, before the entry is at hand
    both = panel_of({"entry": "1hdn", "model": "all", "conformers": "3"}, backends=["local", "cluspro"])
    assert dockings(both, Findings("config")) == 4


def test_a_control_that_is_a_further_entry_of_a_protein_is_found():
    controls = [
        {"name": "same", "entry": "4ake", "chains": ["A"]},
        {"name": "another", "entry": "1abc", "chains": ["A"]},
    ]
    with pytest.raises(ConfigError, match="'same' is 'R' of the panel under another name"):
        panel_of({"entry": ["demo:1ppe", "4ake"]}, controls=controls)
