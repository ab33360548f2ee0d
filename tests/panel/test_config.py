"""Config files as people write them: values stay what was written, and no file takes time or memory to refuse."""

import json
import re
import resource
import time
from pathlib import Path

import pytest

from crossdock.cli import main
from crossdock.errors import ConfigError, InputError, quoted
from crossdock.panel.config import read_config, read_configs
from crossdock.panel.panel import load_panel
from crossdock.panel.schema import rule_of, typed

RECEPTORS = "receptors: [{name: t, entry: 'demo:1ppe', chains: [A]}]\n"
LIGANDS = "ligands: [{name: c, entry: 'demo:1ppe', chains: [B]}]\n"


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Give what makes a panel of a text and settings of the command line."""
    monkeypatch.chdir(tmp_path)

    def panel(text, *settings):
        Path("config.yaml").write_text(text)
        return load_panel(read_configs(["config.yaml"], settings))

    return panel


def ligand(keys):
    return f"{RECEPTORS}ligands: [{{name: c, {keys}}}]\n"


@pytest.mark.parametrize(
    ("keys", "attribute", "value"),
    [
        ("entry: 7mws, chains: [NO, on, 1, 0x1F, 1e3]", "chains", ("NO", "on", "1", "0x1F", "1e3")),
        ("entry: 7mws, chains: NO", "chains", ("NO",)),
        ("entry: 7mws, with: [y, N]", "partners", ("y", "N")),
        ("entry: 7mws, keep: [NO, 017]", "keep", ("NO", "017")),
        ("entry: 1e10", "entry.id", "1e10"),
        ("entry: 1_00.pdb", "entry.path", "1_00.pdb"),
        ("entry: 7mws, label: 2024-01-01", "label", "2024-01-01"),
        ("entry: 7mws, label: 12:30:45", "label", "12:30:45"),
        ("entry: 7mws, note: .nan", "note", ".nan"),
        ("entry: 7mws, note: 9_000", "note", "9_000"),
        ("entry: 7mws, accessible: 5", "accessible", "5"),
        ("entry: 7mws, membrane: 205", "membrane", {"outside": "205"}),
        ("entry: 7mws, membrane: {outside: 205}", "membrane", {"outside": "205"}),
        ("entry: 7mws, repair: YES, model: 012, organism: 1e4", "repair", True),
        ("entry: 7mws, repair: 'off', model: '2'", "model", 2),
        ("entry: 7mws, organism: 10_090", "organism", 10090),
    ],
)
def test_a_value_is_what_was_written(load, keys, attribute, value):
    Path("1_00.pdb").touch()
    found = load(ligand(keys)).protein("c")
    for step in attribute.split("."):
        found = getattr(found, step)
    assert found == value


@pytest.mark.parametrize("name", ["NO", "yes", "0123", "1_000", "1e10", "2024-01-01", "007", "0x1F"])
def test_a_name_is_what_was_written(load, name):
    assert load(f"{RECEPTORS}ligands: [{{name: {name}, entry: 7mws}}]").ligands[0].name == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1:30", "seed: expected a whole number, got '1:30'"),
        ("seed: 0x10", "seed: expected a whole number, got '0x10'"),
        ("seed: yes", "seed: expected a whole number, got 'yes'"),
        ("seed: 2024-01-01", "seed: expected a whole number, got '2024-01-01'"),
        ("clustering: {radius: .nan}", "clustering.radius: expected a number, got '.nan'"),
        ("clustering: {radius: .inf}", "clustering.radius: expected a number, got '.inf'"),
        ("clustering: {radius: 1e999}", "clustering.radius: expected a number, got '1e999'"),
        ("clustering: {radius: '9,5'}", "clustering.radius: expected a number, got '9,5'"),
        ("docking: fast", "docking: expected keys and values, got 'fast'"),
        ("known: abc", "known: expected a list, got 'abc'"),
        ("title: ", "title: expected text, got nothing"),
        ("entries: {offline: maybe}", "entries.offline: expected true or false, got 'maybe'"),
    ],
)
def test_what_cannot_be_meant_is_refused_as_it_was_written(load, text, message):
    with pytest.raises(ConfigError, match="1 problem found") as caught:
        load(RECEPTORS + LIGANDS + text)
    assert message in str(caught.value)


def test_numbers_are_read_as_people_count(load):
    """YAML 1.1 reads 010 as 8."""
    panel = load(RECEPTORS + LIGANDS + "seed: 010\nclustering: {radius: 9}\ndocking: {rotations: 1e3}\nbatch: 3\n")
    assert (panel.seed, panel.clustering["radius"], panel.docking["rotations"], panel.batch) == (10, 9, 1000, 3)
    assert [type(one) for one in (panel.docking["rotations"], typed(7.0, rule_of("seed")))] == [int, int]


ALIASES = "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
LAUGHS = "a0: &a0 [x]\n" + ALIASES
MAPPINGS = "a0: &a0 {x: y}\n" + "".join(
    f"a{i}: &a{i} {{{','.join(f'k{j}: *a{i - 1}' for j in range(9))}}}\n" for i in range(1, 12)
)
BAD = {
    "aliases in text": (LAUGHS + "title: *a11\n", "aliases"),
    "aliases in an unknown key": (LAUGHS, "aliases"),
    "aliases of mappings": (MAPPINGS, "aliases"),
    "aliases of a long text": (f"t: &t {'x' * 50_000}\nknown: [{','.join(['*t'] * 2000)}]\n", "aliases"),
    "an alias in itself": ("title: &t [*t]\n", "refers to itself"),
    "deep nesting": ("title: " + "[" * 5000 + "]" * 5000, "nested in more than 30 levels"),
    "nesting": ("title: " + "{a: " * 60 + "b" + "}" * 60, "nested in more than 30 levels"),
    "digits": (f"seed: {'9' * 5000}\n", "seed: expected a whole number"),
    "digits that are called a number": (f"seed: !!int 0x{'F' * 50_000}\n", "seed: expected a whole number"),
    "a long value": (f"title: {'x' * 2_000_000}\n", "a value of 2000000 characters"),
    "a long name": (
        f"controls: [{{name: {'x' * 90_000}, entry: {'y' * 90_000}}}]\n",
        "does not have the required format",
    ),
    "a long path": (f"controls: {'a/' * 5000}x.tsv\n", "cannot read the list of proteins"),
    "a long entry": (f"controls: [{{name: c, entry: {'a/' * 5000}x.pdb}}]\n", "there is no file"),
    "many mistakes": ("controls: [" + ",".join(["{nam: c}"] * 2000) + "]\n", "and 5950 more"),
    "a tab": ("controls:\n\t- {name: c}\n", "line 4: not a YAML file.*tab|indent with blanks"),
    "a key twice": (LIGANDS, "line 3: the key 'ligands' is written twice"),
    "a key within a key twice": ("docking: {rotations: 9, rotations: 9}\n", "line 3: the key 'rotations' is written"),
    "a list as key": ("? [a, b]\n: c\n", "line 3: a key must be text"),
    "two documents": ("---\na: b\n", "line 3: not a YAML file"),
    "a zero byte": ('title: "a\\0b"\n', "an invalid character"),
    "half a character": ('title: "\\ud800"\n', "an invalid character"),
    "an object of Python": ("title: !!python/object/apply:os.system [ls]\n", "line 3: not a YAML file"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_a_bad_config_is_refused_in_few_words_at_once(text, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(RECEPTORS + LIGANDS + text)
    memory, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    assert main(["check"]) == 2
    assert time.monotonic() - began < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 200_000, "in kB"
    output = capsys.readouterr().err
    assert re.search(message, output), output
    assert len(output) < 4000
    assert max(map(len, output.splitlines())) < 700


def test_what_a_message_quotes_fits_a_line():
    value = [["x" * 1000] * 1000, {"y" * 1000: 10**5000}, 1.5] * 1000
    assert len(quoted(value)) <= 120
    assert quoted(-(10**5000)) == "a number of 5001 digits"
    assert quoted("a\x1b[31m\n\0") == r"'a\x1b[31m\n\x00'"
    assert quoted("CD81") == "'CD81'"


@pytest.mark.parametrize(
    ("setting", "part", "value"),
    [
        ('docking={"rotations":9}', "docking", 9),
        ('docking={"rotations":"9"}', "docking", 9),
        ("docking={rotations: 9}", "docking", 9),
        ("docking=rotations: 9", "docking", 9),
        ('title={"x": 1}', "title", '{"x": 1}'),
        ("title=1e10", "title", "1e10"),
        ("title=0123", "title", "0123"),
        ('title="null"', "title", "null"),
        ("title=Ligands: all", "title", "Ligands: all"),
        ("title=a=b", "title", "a=b"),
        ("seed=7", "seed", 7),
        ('seed="7"', "seed", 7),
        ("batch=10min", "batch", "10min"),
        ("split=null", "split", None),
    ],
)
def test_settings_of_the_command_line(load, setting, part, value):
    found = getattr(load(RECEPTORS + LIGANDS + "docking: {sampling: fast, rotations: 5}\n", setting), part)
    assert (found["rotations"] if part == "docking" else found) == value
    if part == "docking":
        assert found["sampling"] == "fast", "other keys of the file stay"


def test_lists_of_the_command_line(load):
    one = json.dumps([{"name": "d", "entry": "demo:1emv", "chains": ["A"], "model": "1"}])
    known = json.dumps([{"receptor": "t", "ligand": "c"}])
    panel = load(RECEPTORS + LIGANDS, f"ligands={one}")
    assert (panel.ligands[0].name, panel.ligands[0].chains, panel.ligands[0].model) == ("d", ("A",), 1)
    assert load(RECEPTORS + LIGANDS, f"known={known}").known[0].ligand == "c"
    assert load(RECEPTORS + LIGANDS, 'entries={"offline": "yes"}').entries["offline"] is True


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ('docking={"rotations":9', """docking: expected keys and values, got '{"rotations":9'"""),
        ('docking={"rotations":"nine"}', "docking.rotations: expected a whole number or nothing, got 'nine'"),
        ('clustering={"radius": NaN}', "clustering.radius: expected a number, got 'NaN'"),
        ("docking=9", "docking: expected keys and values, got '9'"),
        ("docking=", "docking: expected keys and values, got nothing"),
        ('ligands=[{"name":', "ligands [{"),
    ],
)
def test_a_bad_setting_is_one_problem(load, setting, message):
    with pytest.raises(ConfigError, match="1 problem found") as caught:
        load(RECEPTORS + LIGANDS, setting)
    assert message in str(caught.value)


def test_later_files_go_over_earlier_ones(tmp_path):
    for name, text in (
        ("one", "seed: 1\ndocking: {rotations: 9, device: cpu}\n"),
        ("two", "docking: {rotations: 5}\n"),
    ):
        (tmp_path / name).write_text(text)
    merged = {"seed": "1", "docking": {"rotations": "5", "device": "cpu"}}
    assert read_configs([tmp_path / "one", tmp_path / "two"]) == merged


def test_anchors_and_merges_are_read(tmp_path):
    (tmp_path / "a.yaml").write_text("one: &one {x: 1, y: 2}\ntwo: {<<: *one, y: 3}\n")
    assert read_config(tmp_path / "a.yaml") == {"one": {"x": "1", "y": "2"}, "two": {"x": "1", "y": "3"}}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_unicode_is_read(tmp_path, encoding):
    (tmp_path / "a.yaml").write_bytes("title: \u00c5ngstr\u00f6m\n".encode(encoding))
    assert read_config(tmp_path / "a.yaml") == {"title": "\u00c5ngstr\u00f6m"}


def test_other_encodings_are_named_with_their_line(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"seed: 1\ntitle: \xc5\n")
    with pytest.raises(InputError, match=r"a.yaml, line 2: the config is not UTF-8 text"):
        read_config(tmp_path / "a.yaml")
