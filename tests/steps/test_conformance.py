"""`crossdock backends`: the list, and what finds that a backend does not keep to its contract."""

import copy
import functools
import importlib
import inspect
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

import faulty_backends
from cluspro_files import SETS, archive, model_pdb, placed, score_csv
from crossdock import plugins
from crossdock.analysis import matrix, metrics
from crossdock.analysis.records import ModelRecord
from crossdock.cli import build_parser, main
from crossdock.commands.options import backend_options
from crossdock.docking import poses
from crossdock.docking.backends import backends, load_backend
from crossdock.docking.backends.cluspro.gather import find_downloads
from crossdock.docking.backends.cluspro.imports import bring
from crossdock.docking.backends.contract import (
    RESERVED,
    TAKEN,
    Abilities,
    Backend,
    Elsewhere,
    Needs,
    Request,
    Result,
)
from crossdock.docking.backends.door import dock as dock_bodies
from crossdock.errors import ConfigError, DockingError, InputError
from crossdock.panel import schema
from crossdock.panel.panel import load_panel
from crossdock.quantity import Quantity
from crossdock.report import metrics as shown
from crossdock.steps import conformance
from crossdock.steps.conformance import demo_pair, examine
from crossdock.steps.dock import dock as dock_files
from crossdock.steps.in_memory import dock
from crossdock.steps.jobs import docking_arguments
from crossdock.steps.pairs import Docks, PairFiles
from crossdock.structures.structure import write_structure
from faulty_backends import FAULTY, RULE

PROTEIN = {"name": "x", "entry": "demo:1ppe", "chains": ["A"]}
#: A config of the local engine.
OTHER = {"receptors": [PROTEIN], "ligands": [PROTEIN]}
NUMBER = {"type": "number"}
ROOT = Path(__file__).parents[2]
#: Faults from which others follow.
ENTAILING = ("wrong_default", "taken", "metric", "moving", "random", "threads", "lying", "far")


def forget():
    """Look for installed packages anew."""
    for kept in (plugins.points, plugins.load, plugins.usable, schema.schema, schema.rule_of):
        kept.cache_clear()


@pytest.fixture
def register(tmp_path, monkeypatch):
    """Install a package of the test's own, with entry points of the group crossdock.backends."""

    def write(points, **modules):
        about = tmp_path / "made-1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: made\nVersion: 1\n")
        lines = [f"{name} = {value}" for name, value in points.items()]
        (about / "entry_points.txt").write_text("\n".join(["[crossdock.backends]", *lines, ""]))
        for name, text in modules.items():
            (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        importlib.invalidate_caches()
        forget()

    yield write
    forget()


@functools.cache
def prepared():
    """Give the demo's smallest pair, of the receptor what lies around its interface."""
    receptor, ligand = demo_pair()
    near = cKDTree(ligand.coord).query(receptor.coord)[0] < 10
    return receptor[np.isin(receptor.residue_index, receptor.residue_index[near])], ligand


@pytest.fixture(scope="module")
def loads():
    """What was found of modules that were loaded in a process of their own."""
    return {}


@pytest.fixture
def _loaded_once(loads, monkeypatch):
    """Load a module once for all backends of it."""
    run = subprocess.run

    def loaded(command, **how):
        if command[-1] not in loads:
            loads[command[-1]] = run(command, **how)
        return loads[command[-1]]

    monkeypatch.setattr(conformance.subprocess, "run", loaded)


def failed(name, **asked):
    pair = copy.deepcopy(prepared())  # some of the backends change what they are given
    return {one.check: " ".join(one.faults) for one in examine(name, pair=pair, **asked) if one.faults}


@pytest.mark.measurement
def test_the_engine_keeps_to_the_contract(capsys):
    assert main(["backends", "test", "local"]) == 0
    output = capsys.readouterr().out.splitlines()
    assert len(output) == 16
    left_out = [line for line in output if not line.endswith(": ok")]
    assert left_out == ["results from a server have a place: skipped, it docks on this machine"]


@pytest.mark.measurement
def test_a_served_backend_is_tested_on_its_result(tmp_path, capsys):
    receptor, ligand = demo_pair()
    models = {
        (one, n): model_pdb(receptor, near(receptor, ligand, 10 * i + n), name=f"{one}.{n:02d}", seed=n)
        for i, one in enumerate(SETS)
        for n in range(5)
    }
    (tmp_path / "cluspro.1234567.tar.bz2").write_bytes(archive(models))
    for one in SETS:
        (tmp_path / f"cluspro_scores.1234567.{one}.csv").write_text(score_csv())
    (job,), _ = find_downloads(tmp_path)
    record = bring(job, ("A", "B"), tmp_path / "out")
    assert main(["backends", "test", "cluspro", "--result", str(record)]) == 0
    output = capsys.readouterr().out
    assert "it docks a pair and does not change its input: ok" in output
    assert "its models are analysed, and its numbers arrive in pair.json: ok" in output
    assert main(["backends", "test", "cluspro"]) == 0
    assert "skipped, it docks on a server; give a result" in capsys.readouterr().out


def near(receptor, ligand, seed):
    """Lay a ligand into the middle of the receptor, so that they touch."""
    body = placed(ligand, seed)
    return body.with_coord(body.coord - body.coord.mean(0) + receptor.coord.mean(0))


def test_a_small_backend_keeps_to_the_contract(register):
    register({"good": "faulty_backends:GOOD"})
    assert failed("good") == {}


def test_the_example_of_the_docs_docks(register, monkeypatch, capsys):
    """tests/workflow/test_own_backend.py installs it, has it tested, and runs a panel with it."""
    monkeypatch.syspath_prepend(ROOT / "tests/example_backend")
    register({"twobody": "twobody:BACKEND"})
    assert main(["backends", "show", "twobody"]) == 0
    assert "plausibility (share of the contacts, higher is better)" in capsys.readouterr().out
    docked = dock_bodies(
        load_backend("twobody"), *prepared(), Request({"turns": 2, "twist": 4.0, "toward": "anywhere"})
    )
    assert (docked.poses["score"].diff()[1:] >= 0).all()
    assert docked.poses["plausibility"].between(0, 1).all()
    with pytest.raises(ConfigError, match="expected one of anywhere, centre, got 'center'") as error:
        load_panel(OTHER | {"backend": "twobody", "docking": {"toward": "center"}})
    assert "did you mean `centre`?" in str(error.value)


#: Faults that `make test` looks for; each of the others takes most of a second too.
FEW = ("silent", "numberless")


@pytest.mark.usefixtures("_loaded_once")
@pytest.mark.parametrize(
    "name", [name if name in FEW else pytest.param(name, marks=pytest.mark.measurement) for name in FAULTY]
)
def test_each_fault_is_found(register, monkeypatch, name):
    """And, but for what follows from it, nothing else; meanwhile other backends work as ever."""
    made, check, fault = FAULTY[name]
    if getattr(made, "name", "") == "faulty":
        monkeypatch.setattr(made, "name", name)
    monkeypatch.setattr(faulty_backends, "MADE", made, raising=False)
    register({name: "faulty_backends:MADE"})
    build_parser()
    assert load_panel(OTHER).docking == {"sampling": "default", "rotations": None, "device": "cpu"}
    found = failed(name)
    assert any(check in one and fault in output for one, output in found.items()), found
    if name not in ENTAILING:
        assert len(found) == 1, found


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"numbers": (Quantity(name),)}, f"its number {name!r} is called as one that every pair has; rename it")
        for name in ("model", "pose", "cluster", "members", "contacts", "overlaps", "dg_kcal_mol", "receptor", "value")
    ]
    + [
        ({"terms": (Quantity("backend"),)}, "its number 'backend' is called"),
        ({"score": Quantity("published", better="high")}, "its number 'published' is called"),
        ({"terms": (Quantity("beauty"),)}, "two of its numbers are called 'beauty'"),
        ({"options": {"threads": RULE}}, "options['threads'] is called as an option of every"),
        ({"options": {"x": {"default": 1}}}, "options['x'] has no description"),
        ({"options": {"x": {"default": 1, "description": " "}}}, "options['x'] has no description"),
        ({"settings": {"x": {"description": "X."}}}, "settings['x'] has no default"),
        ({"settings": ["x"]}, "`settings` is list"),
    ],
)
def test_no_run_goes_on_with_names_that_cannot_be_used(register, monkeypatch, attributes, message):
    monkeypatch.setattr(faulty_backends, "MADE", faulty_backends.fault(name="wrong", **attributes), raising=False)
    register({"wrong": "faulty_backends:MADE"})
    with pytest.raises(InputError) as error:
        load_backend("wrong")
    assert error.value.what.startswith("the backend 'wrong' cannot be used: ")
    assert message in error.value.what
    assert error.value.where == "made 1"


def test_names_that_numbers_cannot_have_are_those_that_are_there():
    models = {one.name for one in fields(ModelRecord)}
    tables = {*poses.COLUMNS, *poses.CLUSTER_COLUMNS, *poses.FITS, "synthetic", *matrix.COLUMNS}
    assert models | tables | {one.name for one in metrics._BUILT_IN} | {*shown.ORDER, *shown.BESIDE} <= TAKEN


@pytest.mark.parametrize("fault", ["of_no_use", "of_a_taken_name"])
def test_commands_of_a_backend_that_fail_end_no_other(register, monkeypatch, capsys, fault):
    made = faulty_backends.fault(name="wrong", add_commands=getattr(faulty_backends, fault))
    monkeypatch.setattr(faulty_backends, "MADE", made, raising=False)
    register({"wrong": "faulty_backends:MADE"})
    assert main(["backends"]) == 0
    output = capsys.readouterr().err
    assert "commands of the backend 'wrong' (package made 1) are not available" in output
    parsers = build_parser()._subparsers._group_actions[0].choices
    assert parsers["dock"].get_default("run").__module__ == "crossdock.commands.docking"
    assert "cluspro" in parsers


@pytest.mark.parametrize("name", ["unmapped", "listed", "odd_key", "odd_words", "texts", "unnamed", "unable", "gone"])
def test_a_package_that_cannot_be_used_is_warned_of_once_and_left_out(register, monkeypatch, capsys, name):
    monkeypatch.setattr(faulty_backends, "MADE", FAULTY.get(name, [None])[0], raising=False)
    register({"wrong": "faulty_backends:MADE" if name in FAULTY else "no_such_module:MADE"})
    with pytest.raises(SystemExit) as done:
        main(["--version"])
    assert done.value.code == 0
    assert capsys.readouterr().err.count("'wrong' (package made 1) is not available: ") == 1
    assert list(backends()) == [
        "boltz",
        "chai",
        "cluspro",
        "cofold",
        "colabfold",
        "gdock",
        "haddock",
        "lightdock",
        "local",
        "template",
    ]


@pytest.mark.parametrize("fault", ["of_nothing", "of_no_rows"])
def test_a_docking_without_a_pose_stops_and_leaves_nothing(register, monkeypatch, tmp_path, fault):
    made = faulty_backends.fault(name="wrong", dock=getattr(faulty_backends, fault))
    monkeypatch.setattr(faulty_backends, "MADE", made, raising=False)
    register({"wrong": "faulty_backends:MADE"})
    places = [tmp_path / "receptor.pdb", tmp_path / "ligand.pdb"]
    for place, body in zip(places, demo_pair(), strict=True):
        write_structure(place, body)
    with pytest.raises(DockingError, match="no pose found: the partners have no favourable contact"):
        dock_files(PairFiles(*places), Docks("wrong"), tmp_path / "out")
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.measurement
def test_what_is_slow_or_heavy_to_load_is_found(register):
    small = "import faulty_backends\nMADE = faulty_backends.fault(name={name!r})\n"
    register(
        {"heavy": "heavy_one:MADE", "slow": "slow_one:MADE"},
        heavy_one="import scipy\n" + small.format(name="heavy"),
        slow_one="import time\nbegan = time.process_time()\nwhile time.process_time() < began + 1.2: pass\n"
        + small.format(name="slow"),
    )
    assert "scipy" in failed("heavy")["its module loads fast, and nothing heavy with it"]
    assert "s to load" in failed("slow")["its module loads fast, and nothing heavy with it"]


def test_the_list_has_all_and_says_what_cannot_be_loaded(register, capsys):
    register({"gone": "no_such_module:MADE", "odd": "faulty_backends:TITLE", "good": "faulty_backends:GOOD"})
    assert main(["backends"]) == 0
    output = " ".join(capsys.readouterr().out.split())
    for part in ("local", "cluspro", "made 1", "No module named", "is not a Backend, but str", "turns: 6"):
        assert part in output
    assert main(["backends", "show", "good"]) == 0
    output = capsys.readouterr().out
    for part in (
        "beauty (higher is better): Of no meaning.",
        "turns (default 6): Orientations.",
        "patience (default 1)",
    ):
        assert part in output
    assert main(["backends", "-v"]) == 0
    assert "no_such_module" in capsys.readouterr().out
    assert main(["backends", "test", "gone"]) == 2
    assert main(["backends", "test", "good", "--option", "turn=3"]) == 2
    assert "did you mean `turns`?" in capsys.readouterr().err
    assert main(["backends", "test", "good", "--option", "turns=0"]) == 2


def test_all_that_a_backend_has_is_in_the_docs():
    text = (ROOT / "docs/backends.md").read_text()
    for kind in (Backend, Abilities, Request, Result, Elsewhere, Needs):
        own = {*kind.__annotations__, *(name for name, one in vars(kind).items() if inspect.isfunction(one))}
        missing = [name for name in own if not name.startswith("_") and not re.search(rf"`[^`]*\b{name}\b", text)]
        assert not missing, kind


def test_no_option_of_a_backend_stands_for_one_of_every_docking():
    parsers = build_parser()._subparsers._group_actions[0].choices
    flags = {
        flag.removeprefix("--").replace("-", "_")
        for name in ("dock", "scan")
        for action in parsers[name]._actions
        for flag in action.option_strings
        if flag.startswith("--") and not action.dest.startswith("docking.")
    }
    parameters = set(inspect.signature(dock).parameters) - {"options"}
    assert flags | parameters == RESERVED


def test_numbers_of_a_backend_can_rank_the_network(register):
    register({"good": "faulty_backends:GOOD"})
    rank = {name: schema.schema(name)["properties"]["network"]["properties"]["metric"] for name in ("good", "local")}
    assert "beauty" in rank["good"]["enum"]
    assert "beauty" not in rank["local"]["enum"]
    assert rank["good"]["default"] == rank["local"]["default"] == "specificity"
    assert "faulty_backends" in sys.modules


@pytest.mark.parametrize("soft", [True, False])
def test_options_of_every_kind_come_to_the_step_as_the_config_has_them(register, monkeypatch, soft):
    """What the workflow writes for `crossdock dock` is read as the same values, whatever an option's default is."""
    rules = {
        "turns": RULE,
        "soft": {"type": "boolean", "default": not soft, "description": "Soft."},
        "limit": {"type": ["number", "null"], "default": 5, "description": "A limit."},
        "tag": {"type": "string", "default": "x", "description": "A tag."},
        "places": {"type": "array", "items": {"type": "integer"}, "default": [3], "description": "Places."},
        "weights": {"type": "object", "additionalProperties": NUMBER, "default": {}, "description": "Weights."},
    }
    monkeypatch.setattr(faulty_backends, "MADE", faulty_backends.fault(name="kinds", options=rules), raising=False)
    register({"kinds": "faulty_backends:MADE"})
    asked = {"soft": soft, "limit": None, "tag": "", "places": [], "weights": {"a": 1.5}, "turns": 2}
    panel = load_panel(OTHER | {"backend": "kinds", "docking": asked})
    arguments = ["dock", "receptor.pdb", "ligand.pdb", "-o", "out", *docking_arguments(panel)]
    assert backend_options(build_parser().parse_args(arguments)) == panel.docking == asked
