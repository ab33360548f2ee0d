"""Configs: what they become, and everything that can be wrong with one, told at once."""

import copy
import csv
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from crossdock.analysis.metrics import metrics_of
from crossdock.docking.backends import load_backend
from crossdock.errors import ConfigError, InputError
from crossdock.files import write_json
from crossdock.panel.config import read_config
from crossdock.panel.panel import load_panel, read_panel
from crossdock.panel.proteins import Entry, Protein, field_of, parse_entry
from crossdock.panel.schema import schema

ROOT = Path(__file__).parents[2]

GOOD = {
    "receptors": [{"name": "AR", "entry": "1e3g", "chains": ["A"], "uniprot": "P10275"}],
    "ligands": [
        {"name": "CD81", "entry": "7MWS"},
        {"name": "HLA-A", "entry": "1b0r", "chains": ["A"], "with": ["B", "C"]},
    ],
}


def config(**changes):
    return copy.deepcopy(GOOD) | changes


def problems(value):
    with pytest.raises(ConfigError) as caught:
        load_panel(value)
    return [str(problem) for problem in caught.value.problems]


def test_controls_are_checked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one, other, third = (
        {"name": name, "entry": "demo:1ppe", "chains": [chain], "residues": "1-9"}
        for name, chain in (("A", "A"), ("B", "B"), ("C", "C"))
    )
    for protein, entry in ((one, "1abc"), (other, "2abc"), (third, "3abc")):
        protein["entry"] = entry
    panel = load_panel({"receptors": [one, other], "ligands": [third], "controls": "bundled"})
    assert len(panel.controls) == 12
    assert len(panel.docked) == 2 + 24
    assert len(panel.pairs) == 2
    for config, message in (
        ({"receptors": [one], "ligands": [third], "controls": "bundled"}, "12 controls on 1 receptor"),
        ({"receptors": [one, other], "ligands": [third], "controls": [third, one]}, "is a ligand and a control"),
        (
            {"receptors": [one, other], "ligands": [third], "controls": [third | {"name": "D"}, one | {"name": "E"}]},
            "'D' is 'C' of the panel under another name",
        ),
        ({"receptors": [one], "ligands": [other], "network": {"metric": "q_value"}}, "the config has none"),
        (
            {"receptors": [one], "ligands": [other], "replicates": 3, "backend": "cluspro"},
            "3 replicates with `backend: cluspro`",
        ),
        ({"receptors": [one], "ligands": [other], "replicates": 0}, "at least 1"),
    ):
        with pytest.raises(ConfigError, match=message):
            load_panel(config)


def test_defaults_are_filled():
    panel = load_panel(config())
    assert panel.backend == "local"
    assert panel.docking == {
        "sampling": "default",
        "rotations": None,
        "device": "cpu",
    }
    assert panel.clustering["radius"] == 9.0
    assert panel.protein("HLA-A").partners == ("B", "C")
    assert panel.protein("CD81").entry == Entry("rcsb", "7mws")
    assert [(receptor.name, ligand.name) for receptor, ligand in panel.pairs] == [("AR", "CD81"), ("AR", "HLA-A")]


def test_a_panel_survives_its_file(tmp_path):
    panel = load_panel(config(title="é <script>"))
    write_json(tmp_path / "panel.json", panel.to_record())
    again = read_panel(tmp_path / "panel.json")
    assert again.to_record() == panel.to_record()
    assert again.pairs[1][1].partners == ("B", "C")
    # Keys that a protein had in an earlier version are passed over.
    record = panel.to_record()
    record["receptors"][0]["interface"] = "30-31"
    write_json(tmp_path / "panel.json", record)
    assert read_panel(tmp_path / "panel.json") == again


@pytest.mark.parametrize(
    ("text", "entry", "filename"),
    [
        ("7MWS", Entry("rcsb", "7mws"), "rcsb/7mws.cif.gz"),
        ("pdb_00007mws", Entry("rcsb", "7mws"), "rcsb/7mws.cif.gz"),
        ("alphafold:P35372", Entry("alphafold", "P35372"), "alphafold/P35372.cif.gz"),
        ("AF-P35372-F1", Entry("alphafold", "P35372"), "alphafold/P35372.cif.gz"),
        ("demo:1PPE", Entry("demo", "1ppe"), "demo/1ppe.pdb.gz"),
    ],
)
def test_entries(text, entry, filename):
    assert parse_entry(text) == entry
    assert entry.filename == filename


def test_two_files_of_one_name_are_two_entries(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "My model.v2.PDB.gz").write_bytes(b"x")
    one, two = (parse_entry(str(tmp_path / folder / "My model.v2.PDB.gz")) for folder in ("a", "b"))
    assert one.filename != two.filename
    assert one.filename.startswith("local/my_model_v2-")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("7mwss", "cannot be a PDB id"),
        ("0abc", "cannot be a PDB id"),
        ("P60033", "write `alphafold:P60033`"),
        ("demo:1ppf", "did you mean `1ppe`"),
        ("nowhere/x.pdb", "there is no file"),
        ("folder/x.txt", "does not have the suffix of a structure file"),
    ],
)
def test_entries_that_cannot_be(text, message):
    with pytest.raises(InputError, match=message):
        parse_entry(text)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ligand": []}, "unknown key `ligand`\n  -> did you mean `ligands`?"),
        ({"docking": {"samplng": "fast"}}, "docking: unknown key `samplng`\n  -> did you mean `sampling`?"),
        ({"docking": {"sampling": "quick"}}, "docking.sampling: expected one of fast, default, thorough, got 'quick'"),
        ({"docking": 3}, "docking: expected keys and values, got 3"),
        ({"seed": -1}, "seed: expected at least 0, got -1"),
        ({"seed": "x"}, "seed: expected a whole number, got 'x'"),
        ({"backend": "locl"}, "backend: there is no backend 'locl'\n  -> did you mean `local`?"),
        ({"ligands": []}, "ligands: the panel is empty"),
        ({"ligands": None}, "ligands: the panel is empty"),
        ({"ligands": {"a": 1}}, "ligands: expected a list of proteins or the path of a table, got dict"),
        ({"ligands": "none.tsv"}, "cannot read the list of proteins"),
        ({"ligands": ["CD81"]}, "ligands 1: expected keys such as `name` and `entry`, got 'CD81'"),
        ({"ligands": [{"name": "x"}]}, "ligands 1 (x): missing key `entry` or `uniprot`"),
        (
            {"ligands": [{"name": "a/b", "entry": "7mws"}]},
            "ligands 1 (a/b) name: 'a/b' does not have the required format",
        ),
        (
            {"ligands": [{"name": "x", "entry": "7mws", "chian": "A"}]},
            "unknown key `chian`\n  -> did you mean `chains`?",
        ),
        ({"ligands": [{"name": "x", "entry": "zzzz"}]}, "ligands 1 (x) entry: 'zzzz' cannot be a PDB id"),
        (
            {"ligands": [{"name": "x", "entry": "7mws", "uniprot": "P6003"}]},
            "uniprot: 'P6003' does not have the required format",
        ),
        (
            {"ligands": [{"name": "x", "entry": "7mws"}, {"name": "x", "entry": "1bfg"}]},
            "the name 'x' is given to two ligands",
        ),
        (
            {"ligands": [{"name": "x", "entry": "7mws"}, {"name": "X", "entry": "1bfg"}]},
            "'x' and 'X' differ only by case",
        ),
        ({"ligands": [{"name": "ar", "entry": "7mws"}]}, "'ar' is a ligand and 'AR' a receptor"),
        ({"known": [{"receptor": "A", "ligand": "CD81"}]}, "known 1: 'A' is not a receptor of this panel"),
        (
            {"known": [{"receptor": "AR", "ligand": "CD81"}]},
            "both partners must come from the entry of their complex",
        ),
        ({"published": "none.csv"}, "cannot read the published table 'none.csv'"),
    ],
)
def test_what_is_wrong_is_said(changes, message):
    found = problems(config(**changes))
    assert any(message in problem for problem in found), found


def test_every_problem_is_told_at_once():
    found = problems(config(receptors=[{"name": "AR", "entry": "1e3gx"}], ligands=[], sed=1, backend="x"))
    assert len(found) == 4


def test_one_protein_may_have_both_roles():
    both = config(ligands=[*GOOD["receptors"], *GOOD["ligands"]])
    assert len(load_panel(both).proteins) == 3


@pytest.mark.parametrize(("suffix", "separator"), [(".tsv", "\t"), (".csv", ",")])
def test_a_table_stands_for_a_list(tmp_path, suffix, separator):
    path = tmp_path / f"ligands{suffix}"
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle, delimiter=separator)
        writer.writerows(
            [
                ["name", "entry", "chains", "with", "model", "keep"],
                ["CD81", "7mws", "", "", "", ""],
                ["HLA-A", "1b0r", "A", "B C", "1", "ZN;CA"],
            ]
        )
    panel = load_panel(config(ligands=str(path)))
    assert panel.ligands[1].partners == ("B", "C")
    assert panel.ligands[1].keep == ("ZN", "CA")
    assert panel.ligands[1].model == 1


def test_a_table_names_its_lines(tmp_path):
    path = tmp_path / "list.tsv"
    path.write_text("# a remark\nname\tentry\tchian\n\nCD81\t7mws\tA\nX\t7mw\t\n")
    found = problems(config(ligands=str(path)))
    assert f"{path}, line 4 (CD81): unknown key `chian`" in found[0]
    assert f"{path}, line 5 (X) entry" in found[1]


def test_a_key_written_twice_is_a_mistake(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("seed: 1\nreceptors: []\nseed: 2\n")
    with pytest.raises(InputError, match=r"line 3: the key 'seed' is written twice"):
        read_config(path)


@pytest.mark.parametrize(
    ("text", "message"), [("a: [", "not a YAML file"), ("- 1", "expected keys"), ("", "expected keys")]
)
def test_what_is_no_config(tmp_path, text, message):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_config(path)


@pytest.mark.parametrize(
    "path", ["config.yaml", *(str(p.relative_to(ROOT)) for p in (ROOT / "config/panels").glob("*.yaml"))]
)
def test_configs_that_come_along_are_good(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    load_panel(read_config(path))


def test_the_published_panel_is_the_studys(monkeypatch):
    monkeypatch.chdir(ROOT)
    panel = load_panel(read_config("config.yaml"))
    assert (len(panel.ligands), len(panel.receptors)) == (12, 7)
    with open(panel.published, newline="") as handle:
        rows = list(csv.reader(handle))
    assert [ligand.name for ligand in panel.ligands] == [row[0] for row in rows[1:]]
    assert [receptor.name for receptor in panel.receptors] == rows[0][1:]
    assert "CB2" in panel.protein("GPER").accept


def test_every_key_is_in_the_reference_with_its_default():
    text = (ROOT / "config" / "README.md").read_text()
    tables = [line.split("|") for line in text.splitlines() if line.startswith("|")]
    rows = {cells[1].strip(): cells[2].strip() for cells in tables if len(cells) > 4}
    proteins = {cells[1].strip() for cells in tables if len(cells) == 4}

    def keys(part, prefix=""):
        for key, rule in part["properties"].items():
            yield prefix + key, rule
            yield from keys(rule, f"{prefix}{key}.") if "properties" in rule else ()

    for key, rule in keys(schema()):
        default = rule.get("default")
        shown = "" if default in (None, [], {}) else str(default).lower() if isinstance(default, bool) else str(default)
        assert rows[f"`{key}`"].strip("`") == shown, f"config/README.md has another default of {key}"
    for key, _ in keys(schema()["$defs"]["protein"]):
        assert f"`{key}`" in proteins, f"config/README.md has no row for {key}"


def test_demo_config_is_yaml_that_people_can_copy():
    demo = yaml.safe_load((ROOT / "config/panels/demo.yaml").read_text())
    assert len(demo["known"]) == 4


def alone(**keys):
    return config(ligands=[{"name": "x", "uniprot": "P14210", **keys}])


@pytest.mark.parametrize(
    ("keys", "entry", "filename"),
    [
        ({}, Entry("uniprot", "P14210"), "uniprot/P14210.cif.gz"),
        ({"residues": "32-210"}, Entry("uniprot", "P14210_32-210"), "uniprot/P14210_32-210.cif.gz"),
        ({"residues": "32-100, 90-210"}, Entry("uniprot", "P14210_32-210"), "uniprot/P14210_32-210.cif.gz"),
    ],
)
def test_a_protein_may_be_given_by_its_accession_alone(keys, entry, filename, tmp_path):
    panel = load_panel(alone(**keys))
    got = panel.protein("x").entry
    assert (got, got.filename, got.remote) == (entry, filename, True)
    assert got.choice == filename.replace(".cif.gz", ".choice.json")
    assert got.query == ("P14210", "32-210" if keys else None)
    write_json(tmp_path / "panel.json", panel.to_record())
    assert read_panel(tmp_path / "panel.json").protein("x").entry == entry


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"chains": ["A"]}, "`chains` selects a part of an entry, but there is no `entry:`"),
        ({"with": ["B"]}, "`with` selects a part of an entry"),
        ({"model": 1}, "`model` selects a part of an entry"),
        (
            {"uniprot": "HGF_HUMAN"},
            "HGF_HUMAN is a UniProt entry name, but structures are looked up by accession",
        ),
        ({"residues": "-4-20"}, "`residues: -4-20` are not UniProt numbers"),
        ({"residues": "10A-20"}, "`residues: 10A-20` are not UniProt numbers"),
    ],
)
def test_what_an_accession_alone_cannot_say(keys, message):
    assert any(message in problem for problem in problems(alone(**keys)))


def test_a_known_complex_needs_its_entry():
    known = {"known": [{"receptor": "AR", "ligand": "x"}]}
    assert "AR or x has no `entry:`" in problems(alone() | known)[0]


def protein(**keys):
    return load_panel(config(ligands=[{"name": "x", "entry": "7mws", **keys}])).protein("x")


@pytest.mark.parametrize(
    ("text", "uniprot"),
    [("p14210", "P14210"), ("P14210.2", "P14210"), (" P14210-3", "P14210"), ("hgf_human", "HGF_HUMAN")],
)
def test_spellings_of_an_accession(text, uniprot):
    assert protein(uniprot=text).uniprot == uniprot
    assert uniprot == "HGF_HUMAN" or load_panel(alone(uniprot=text)).protein("x").entry == Entry("uniprot", "P14210")


def test_where_a_partner_may_bind():
    one = protein(
        copies="assembly", blocked="A:10-20,B:5", accessible="-3--1, 5A", membrane={"outside": "N-term"}, repair=True
    )
    assert (one.copies, one.blocked, one.accessible, one.repair) == ("assembly", "A:10-20,B:5", "-3--1, 5A", True)
    assert one.outside == "N-term"
    assert protein(membrane="205-210").outside == "205-210"
    assert protein().outside is None


def test_a_table_can_name_the_outside(tmp_path):
    (tmp_path / "list.tsv").write_text("name\tentry\tmembrane\trepair\nMOR\t8f7r\tN-term\tyes\nKOR\t6vi4\t\t\n")
    panel = load_panel(config(ligands=str(tmp_path / "list.tsv")))
    assert (panel.protein("MOR").outside, panel.protein("MOR").repair) == ("N-term", True)
    assert (panel.protein("KOR").outside, panel.protein("KOR").repair) == (None, False)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"copies": "two"}, "expected one of one, assembly, got 'two'"),
        ({"blocked": "A:B"}, "'A:B' does not have the required format"),
        ({"accessible": 5}, "expected text, got 5"),
        ({"membrane": {}}, "missing key `outside`"),
        ({"membrane": {"outside": "top"}}, "'top' does not have the required format"),
        ({"membrane": {"inside": "C-term", "outside": "N-term"}}, "unknown key `inside`"),
        ({"repair": "please"}, "expected true or false, got 'please'"),
    ],
)
def test_keys_that_cannot_be(keys, message):
    assert any(message in problem for problem in problems(config(ligands=[{"name": "x", "entry": "7mws", **keys}])))


def test_the_sequence_of_an_accession_is_looked_for_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert protein(uniprot="P60033").sequence is None
    (tmp_path / "resources/sequences").mkdir(parents=True)
    (tmp_path / "resources/sequences/P60033.fasta").write_text(">x\nMGV\n")
    assert protein(uniprot="P60033").sequence == Path("resources/sequences/P60033.fasta")
    assert protein().sequence is None


def test_every_key_of_a_protein_has_an_attribute():
    """A key in the schema that the dataclass forgets would be taken and do nothing."""
    keys = schema()["$defs"]["protein"]["properties"].keys() - {"decide"}  # a protein that has it is refused
    # `further` are the entries of the key `entry` after the first.
    assert {field_of(key) for key in keys} | {"further"} == {field.name for field in fields(Protein)}


def test_what_ranks_the_network_is_a_metric_with_a_better_end():
    metrics = metrics_of(load_backend("local").quantities)
    for name in schema()["properties"]["network"]["properties"]["metric"]["enum"]:
        assert metrics[name].better in ("low", "high"), name
