"""Whatever a message or the page advises is accepted: config lines by the panel's loader, commands by the parsers.

Advice is what stands between backticks in a sentence: in strings of the source, docstrings left out, and in the texts
of the package's YAML files and templates.
"""

import argparse
import ast
import re
import shlex
import tomllib
from functools import cache
from itertools import product
from pathlib import Path

import pytest
import yaml
from snakemake.cli import get_argument_parser

from crossdock.cli import build_parser
from crossdock.errors import CrossdockError
from crossdock.panel.config import read_config
from crossdock.panel.drafts import config_text
from crossdock.panel.panel import load_panel
from crossdock.panel.proteins import parse_entry
from crossdock.panel.schema import schema

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/crossdock"
#: What stands for a value that is filled in when a message is written, and for words that a person replaces.
SAMPLES = ("x", "1", "A", "P14210", "7mws", "rcsb", "local", "N-term", "1-9", "cofold", "cofold import", "boltz")
WORDS = {"ACCESSION": "P14210", "URL": "https://example.org", "BLANK": "A", "NUMBER": "1"}
FILLED = re.compile(r"\{\{.*?\}\}|\x00.*?\x00")
MEMBERS = {"A": "1abc", "C": "2abc"}


# --- what is advised


def texts():
    """Give (place, text) of every string that a person may read; what is filled in stands between two NUL."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        for node in ast.walk(tree):
            silent |= {id(part) for part in node.values} if isinstance(node, ast.JoinedStr) else set()
            if id(node) not in silent and (text := written(node)):
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", text
    for path in sorted(PACKAGE.rglob("*.yaml")):
        for text in leaves(yaml.safe_load(path.read_text())):
            yield str(path.relative_to(PACKAGE)), text
    for path in sorted(PACKAGE.rglob("*.j2")):
        yield str(path.relative_to(PACKAGE)), path.read_text()


def written(node):
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(one.value if isinstance(one, ast.Constant) else f"\0{ast.unparse(one)}\0" for one in node.values)
    return None


def leaves(value):
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from leaves(one)


@cache
def advised():
    """Give what stands between backticks -> where, and every line that is a command."""
    found = {}
    for place, text in texts():
        lines = re.findall(r"^ {2,}(crossdock [a-z].*?)(?: {2}.*)?$|&& (crossdock [a-z][^`]*)$", text, re.MULTILINE)
        for advice in (*re.findall(r"`([^`\n]+)`", text), *("".join(one) for one in lines)):
            found.setdefault(re.sub(r"^snakemake\0", "snakemake \0", advice.strip()), place)
    return found


def filled(advice):
    """Put samples in the place of values: a list of what the advice may become."""
    for word, sample in WORDS.items():
        advice = re.sub(rf"\b{word}\b", sample, advice)
    places = FILLED.findall(advice)
    for samples in product(SAMPLES, repeat=min(len(places), 2)):
        values = iter((*samples, *(["x"] * len(places))))
        yield FILLED.sub(lambda _: next(values), advice)  # noqa: B023


# --- whether it is accepted

PARSER = build_parser()


def is_loaded(config, tmp_path):
    """Tell whether a config is accepted as a file that a person has written."""
    path = tmp_path / "advised.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    try:
        load_panel(read_config(path))
    except CrossdockError:
        return False
    return True


def panels(snippet):
    """Give panels that have a snippet of YAML, in all places in which it can stand."""

    def member(name, **keys):
        return {"name": name, "entry": MEMBERS.get(name, "3abc")} | keys

    receptors, ligands = [member("A"), member("C")], [member("B")]
    roles, alike = {"receptors": receptors, "ligands": ligands}, {"proteins": [*receptors, *ligands]}
    if isinstance(snippet, list):
        yield from (roles | {key: [*roles.get(key, []), *snippet]} for key in ("ligands", "pairs"))
        return
    if may_stand_in(schema(), snippet):
        yield from (roles | snippet, alike | snippet, roles | {"backend": "cluspro"} | snippet)
    sections = ((key, rule) for key, rule in schema()["properties"].items() if "properties" in rule)
    yield from (roles | {key: snippet} for key, rule in sections if may_stand_in(rule, snippet))
    if may_stand_in(schema()["$defs"]["protein"], snippet):
        for protein in (member("B") | snippet, {"name": "B"} | snippet, member("B") | {"uniprot": "P14210"} | snippet):
            yield roles | {"ligands": [protein]}


def may_stand_in(rule, snippet):
    """Tell whether a part of a config has the keys of a snippet, which the loader need not be asked."""
    return not isinstance(snippet, dict) or snippet.keys() <= rule["properties"].keys()


def test_a_key_that_a_part_does_not_have_is_refused_by_the_loader(tmp_path):
    """`panels` does not ask the loader about these."""
    parts = {key: rule for key, rule in schema()["properties"].items() if "properties" in rule}
    roles = {"receptors": [{"name": "A", "entry": "1abc"}, {"name": "C", "entry": "2abc"}]}
    ligand = {"name": "B", "entry": "3abc"}
    assert is_loaded(roles | {"ligands": [ligand]}, tmp_path)
    for part in (*parts, None):
        unknown = {part: {"unheard": 1}} if part else {"unheard": 1}
        assert not is_loaded(roles | {"ligands": [ligand]} | unknown, tmp_path), part
    assert not is_loaded(roles | {"ligands": [ligand | {"unheard": 1}]}, tmp_path)


@cache
def names_of_keys():
    """Give every key of a config, also with its section: `rotations`, `docking.rotations`."""

    def keys(part, prefix=""):
        for key, rule in part.get("properties", {}).items():
            yield from (key, prefix + key)
            yield from keys(rule, f"{prefix}{key}.")
            yield from keys(rule.get("items", {}))

    return {*keys(schema()), *keys(schema()["$defs"]["protein"])}


def options_of(parser):
    """Give every option of a command and of those under it."""
    found = set(parser._option_string_actions)
    return found.union(*(options_of(one) for one in commands_of(parser).values()))


def commands_of(parser):
    return next((one.choices for one in parser._actions if isinstance(one, argparse._SubParsersAction)), {})


def is_command(words):
    """Tell whether crossdock takes a command; one that is only named needs no arguments."""
    parser, rest = PARSER, list(words)
    while rest and rest[0] in commands_of(parser):
        parser = commands_of(parser)[rest.pop(0)]
    if not rest or all(word in parser._option_string_actions for word in rest):
        return bool(words)
    try:
        PARSER.parse_args(words)
    except SystemExit as end:
        return end.code == 0
    return True


def is_snakemake(words):
    """Tell whether Snakemake takes a command, of which rules are those of the workflow."""
    try:
        options = snakemake_parser().parse_args(words)
    except SystemExit as end:
        return end.code == 0
    return {*(options.until or ()), *(options.forcerun or ())} <= rules()


@cache
def snakemake_parser():
    return get_argument_parser()


@cache
def rules():
    texts = [path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk")]
    return {name for text in texts for name in re.findall(r"^ *(?:rule|checkpoint) (\w+):", text, re.MULTILINE)}


def kind_of(advice):
    """Say what an advice is: a command, an entry, keys of a config; None where it is neither."""
    first = re.split(r"[\s\0\[]", advice, maxsplit=1)[0]
    if first in ("crossdock", "snakemake", "pip"):
        return first if advice != first else None
    if first in commands_of(PARSER) and " --" in advice:
        return "crossdock"
    if re.fullmatch(r"--[a-z][a-z-]*", advice):
        return "option"
    if re.match(r"(alphafold|demo):\S", advice):
        return "entry"
    if re.fullmatch(r"[a-z_]+:", advice):
        return "key"
    sections = "|".join(key for key, rule in schema()["properties"].items() if "properties" in rule)
    if re.fullmatch(rf"({sections})\.[a-z_]+", advice):
        return "key"
    if re.match(r"([a-z_]+: |- [\[{])", advice):
        return "lines"
    return None


def is_accepted(advice, tmp_path):
    kind = kind_of(advice)
    if kind == "key":
        return advice.rstrip(":") in names_of_keys()
    if kind == "option":
        return advice in options_of(PARSER)
    if kind == "pip":
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        return set(re.findall(r"crossdock\[(\w+)\]", advice)) <= set(extras)
    return any(is_one_accepted(kind, one, tmp_path) for one in filled(advice))


def is_one_accepted(kind, advice, tmp_path):
    """Tell whether an advice without places to fill is accepted."""
    if kind in ("crossdock", "snakemake"):
        words = [word for word in shlex.split(advice.replace("$(crossdock workflow)", "x")) if word != "..."]
        if kind == "snakemake":
            return is_snakemake(words[1:])
        return is_command(words[words[0] == "crossdock" :])
    if kind == "entry":
        try:
            return bool(parse_entry(advice))
        except CrossdockError:
            return False
    snippet = yaml.safe_load(advice)
    return any(is_loaded(panel, tmp_path) for panel in panels(snippet))


# --- the tests


@pytest.mark.measurement
def test_all_that_is_advised_is_accepted(tmp_path):
    refused = {
        advice.replace("\0", "`"): place
        for advice, place in advised().items()
        if kind_of(advice) and not is_accepted(advice, tmp_path)
    }
    assert not refused


def test_advice_of_every_kind_is_found():
    kinds = [kind for advice in advised() if (kind := kind_of(advice))]
    assert set(kinds) == {"crossdock", "snakemake", "pip", "option", "entry", "key", "lines"}
    assert len(kinds) > 100
    places = set(advised().values())
    assert {"remarks.yaml", "report/sentences.yaml", "panel/config.schema.yaml"} <= places


def test_what_init_writes_as_a_comment_can_be_uncommented(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = config_text("t", ("receptors", "ligands"), "2026-01-01", {})
    optional = re.findall(r"^# ([a-z_]+: .*)$", text, re.MULTILINE)
    assert len(optional) >= 2
    header = "name\tentry\tchains\n"
    Path("receptors.tsv").write_text(f"{header}trypsin\tdemo:1ppe\tA\nE9\tdemo:1emv\tB\n")
    Path("ligands.tsv").write_text(f"{header}Im9\tdemo:1emv\tA\n")
    assert is_loaded(yaml.safe_load("\n".join([text, *optional])), tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        "membrane: {outside: up}",
        "chain: [A]",
        "chain:",
        "replicates: many",
        "docking.rotation",
        "- {name: CD81, entri: 7mws}",
        "crossdock cheque",
        "crossdock init DIR --from tests",
        "snakemake --until fetching",
        "snakemake --jobz 3",
        "--highest",
        "pip install 'crossdock[gpus]'",
        "alphafold:P1",
    ],
)
def test_wrong_advice_would_be_found(wrong, tmp_path):
    assert kind_of(wrong)
    assert not is_accepted(wrong, tmp_path)
