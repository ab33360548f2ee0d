"""Whether a backend keeps to its contract: what `crossdock backends test` looks at, on a small pair of the demo."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from importlib import resources
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from numpy.typing import NDArray

from crossdock import plugins
from crossdock.analysis.pair import analyse, write_analysis
from crossdock.analysis.records import PairRecord
from crossdock.docking.backends import faults, with_defaults
from crossdock.docking.backends.contract import FREE, LAID, Backend, Elsewhere, Needs, Request, Runs, Site
from crossdock.docking.backends.door import Docked
from crossdock.docking.backends.door import dock as through_the_door
from crossdock.docking.models import models_of, placed_models
from crossdock.docking.record import DockingRecord, Partner, read_docking, write_docking
from crossdock.errors import CrossdockError, InputError
from crossdock.geometry.rotations import matrix
from crossdock.panel.schema import did_you_mean, problems_of, schema, typed
from crossdock.records import read_record
from crossdock.report.references import parse
from crossdock.steps.dock import fields_of
from crossdock.structures.prepare import prepare
from crossdock.structures.shape import Size
from crossdock.structures.structure import Structure

#: The pair that is docked: bovine trypsin and the squash inhibitor CMTI-I, 223 and 29 residues.
ENTRY, CHAINS = "1ppe", ("A", "B")
#: CPU seconds that the module of a backend may take to load, and packages that it may not load: every command does.
LOAD_SECONDS = 1.0
HEAVY = ("numba", "torch", "jax", "tensorflow", "cupy", "openmm", "pandas", "scipy", "crossdock.docking.engine.kernel")
#: Best models that are compared, and how far apart, in angstrom (RMSD of CA atoms), two are that agree.
COMPARED, AGREE_A = 5, 2.0
#: Two heavy atoms that meet, in angstrom; and the largest share of closed ones among the atoms that a model may meet.
MEETING_A, MOST_CLOSED = 4.0, 0.1
#: How far the terms of a pose may add up beside its score: rounding of each, as a part of the largest.
ROUNDING = 1e-3


@dataclass(frozen=True)
class Finding:
    """What a check has found.

    Attributes
    ----------
    check : str
        What should hold.
    faults : tuple of str
        Why it does not; empty where it does.
    left_out : str
        Why it was not looked at, if it was not.
    """

    check: str
    faults: tuple[str, ...] = ()
    left_out: str = ""


class _LeftOutError(Exception):
    """A check has nothing to look at, for the reason given."""


@dataclass
class _Trial:
    """A backend, what it is tested on, and its first docking."""

    name: str
    point: EntryPoint
    backend: Backend
    options: Mapping[str, Any]
    receptor: Structure
    ligand: Structure
    result: Path | None
    docked: Docked | None = None

    def dock(self, receptor: Structure | None = None, ligand: Structure | None = None, **asked: Any) -> Docked:
        """Dock the pair, or another, as asked."""
        request = Request(options=dict(self.options), result=self.result)
        return through_the_door(
            self.backend, receptor or self.receptor, ligand or self.ligand, replace(request, **asked)
        )

    @property
    def first(self) -> Docked:
        if self.docked is None:
            raise _LeftOutError("nothing was docked")
        return self.docked


def examine(
    name: str,
    *,
    options: Mapping[str, str] | None = None,
    result: str | Path | None = None,
    pair: tuple[Structure, Structure] | None = None,
) -> Iterator[Finding]:
    """Look whether a backend keeps to its contract, check after check.

    Parameters
    ----------
    name : str
        As it is registered.
    options : mapping of str to str, optional
        Of the backend, as text; the others are as in its `quick`, or have their defaults.
    result : str or Path, optional
        What was made of the pair elsewhere, for a backend that docks there.
    pair : tuple of Structure, optional
        Receptor and ligand; a pair of the demo without them.

    Yields
    ------
    Finding

    Raises
    ------
    InputError
        If there is no such backend, it cannot be loaded, or has no such option.
    """
    backend = plugins.load(plugins.BACKENDS, name)
    if not isinstance(backend, Backend):
        fault = f"it is {type(backend).__name__}, and not derived from crossdock.docking.backends.contract.Backend"
        yield Finding(_CHECKS[0][0], (fault,))
        return
    if wrong := plugins.problem(plugins.BACKENDS, backend):
        yield Finding(_CHECKS[0][0], (wrong,))
        return
    receptor, ligand = pair or demo_pair()
    trial = _Trial(
        name,
        plugins.points(plugins.BACKENDS)[name],
        backend,
        _asked(backend, options or {}),
        receptor,
        ligand,
        Path(result) if result else None,
    )
    for check, look in _CHECKS:
        yield _found(check, look, trial)


def demo_pair() -> tuple[Structure, Structure]:
    """Give receptor and ligand of the demo's smallest pair, prepared, as its complex has them."""
    with resources.as_file(resources.files("crossdock") / "demo" / f"{ENTRY}.pdb.gz") as path:
        one, other = (prepare(path, name=chain, chains=[chain])[0] for chain in CHAINS)
    return one, other


def _asked(backend: Backend, given: Mapping[str, str]) -> dict[str, Any]:
    rules = backend.options
    for key in given:
        if key not in rules:
            raise InputError(f"the backend {backend.name} has no option {key!r}", hint=did_you_mean(key, rules))
    found = {key: typed(text, rules[key]) for key, text in given.items()}
    for key, value in found.items():
        for problem in problems_of(value, rules[key], f"--option {key}"):
            raise problem
    return with_defaults(backend, {**backend.quick, **found})


def _found(check: str, look: Callable[[_Trial], Iterator[str]], trial: _Trial) -> Finding:
    try:
        return Finding(check, tuple(look(trial)))
    except _LeftOutError as reason:
        return Finding(check, left_out=str(reason))
    except CrossdockError as error:
        return Finding(check, (": ".join(filter(None, (error.where, error.what))),))
    except Exception as error:  # code of another package, which may fail in any way
        return Finding(check, (f"it raised {type(error).__name__}: {error}",))


def _registered(trial: _Trial) -> Iterator[str]:
    backend = trial.backend
    if getattr(backend, "name", None) != trial.name:
        yield f"its name is {getattr(backend, 'name', None)!r}, its entry point's {trial.name!r}"
    if not backend.version:
        yield "it has no `version`, which is needed to distinguish results of two versions"
    if not backend.about:
        yield "it has no `about`, its description in lists of backends"


def _rules(trial: _Trial) -> Iterator[str]:
    for kind in ("options", "settings"):
        for key, rule in getattr(trial.backend, kind).items():
            where = f"{kind}[{key!r}]"
            try:
                Draft202012Validator.check_schema(dict(rule))
            except SchemaError as error:
                yield f"{where}: no rule of JSON schema: {error.message}"
                continue
            if "default" in rule:
                yield from (f"{where}: its own default: {one.what}" for one in problems_of(rule["default"], rule, ""))
    options = trial.backend.options
    for key, value in trial.backend.quick.items():
        if key not in options:
            yield f"quick[{key!r}]: it has no such option"
        else:
            yield from (f"quick[{key!r}]: {one.what}" for one in problems_of(value, options[key], ""))


def _names(trial: _Trial) -> Iterator[str]:
    yield from faults(trial.backend)
    if not trial.backend.score.better:
        yield "its score does not say which end is better (`better=`)"


def _loading(trial: _Trial) -> Iterator[str]:
    script = (
        "import sys, time, importlib, crossdock.docking.backends.contract\n"
        "began = time.process_time()\n"
        f"importlib.import_module({trial.point.module!r})\n"
        "print(time.process_time() - began)\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        yield f"its module {trial.point.module} does not load in a process of its own: {last}"
        return
    *_, seconds, heavy = done.stdout.split("\n")[:-1]
    if heavy:
        yield f"its module loads {heavy.replace(' ', ', ')}; import it within `dock`, as every command loads the module"
    if float(seconds) > LOAD_SECONDS:
        yield f"its module takes {float(seconds):.1f} s to load; every command loads it"


def _needs(trial: _Trial) -> Iterator[str]:
    sizes = [Size.of(trial.receptor.coord), Size.of(trial.ligand.coord), Size.globular(10000)]
    for one in sizes:
        found = trial.backend.needs(one, sizes[1], trial.options)
        if not isinstance(found, Needs):
            yield f"needs() gives {type(found).__name__}, not Needs"
            return
        for name, value in vars(found).items():
            if value is not None and not (np.isfinite(value) and value >= 0):
                yield f"needs().{name} is {value} for a receptor of {one.atoms} atoms"
    cards = trial.backend.gpus(trial.options)
    if not isinstance(cards, int) or cards < 0:
        yield f"gpus() gives {cards!r}, not a number of cards"


def _methods(trial: _Trial) -> Iterator[str]:
    known = parse(trial.backend.references, where="references")
    parameters = dict(trial.docked.record.get("parameters", {})) if trial.docked else dict(trial.options)
    differing = {name: (value, value) for name, value in parameters.items()}
    unknown: list[str] = []

    def cite(*keys: str) -> str:
        unknown.extend(key for key in keys if key not in known)
        return "[1]"

    for runs in (Runs(parameters, {}, (1,), 4, 2, 2), Runs({}, differing, (1, 2), 4, 2, 2), Runs({}, {}, (), 1, 1, 1)):
        sentences = list(trial.backend.methods(runs, cite))
        if not sentences or not all(isinstance(one, str) and one.strip() for one in sentences):
            yield "methods() gives no sentences"
            return
        if sentences[0].rstrip().endswith("."):
            yield "the first sentence completes another one, so it has no full stop"
        yield from (f"not a sentence: {one}" for one in sentences[1:] if not one.rstrip().endswith("."))
        if unknown:
            yield f"methods() cites what `references` does not have: {', '.join(dict.fromkeys(unknown))}"
            return


def _docks(trial: _Trial) -> Iterator[str]:
    if trial.backend.elsewhere and trial.result is None:
        raise _LeftOutError("it docks on a server; give a result of the pair with --result")
    before = [_copy(one) for one in (trial.receptor, trial.ligand)]
    options = dict(trial.options)
    trial.docked = trial.dock()
    if trial.docked.poses.empty:
        yield "it gives no pose"
    terms = [one.name for one in trial.backend.terms if one.name in trial.docked.poses]
    if terms:
        poses = trial.docked.poses
        off = (poses[terms].sum(axis=1) - poses["score"]).abs()
        if off.max() > ROUNDING * poses[[*terms, "score"]].abs().to_numpy().max():
            yield f"the terms of pose {int(off.argmax()) + 1} do not add up to its score"
    for side, one, copy in zip(("receptor", "ligand"), (trial.receptor, trial.ligand), before, strict=True):
        for column in _columns(one):
            if not np.array_equal(getattr(one, column), getattr(copy, column)):
                yield f"it has changed {column} of the {side} that it was given"
    if dict(trial.options) != options:
        yield "it has changed the options that it was given"


def _repeats(trial: _Trial) -> Iterator[str]:
    if not _same(trial.first, trial.dock()):
        yield "the same request gave two results"


def _seeds(trial: _Trial) -> Iterator[str]:
    same = _same(trial.first, trial.dock(seed=2))
    if same and trial.backend.can.seeds:
        yield "another seed gives the same poses, though `can.seeds` says that the start changes"
    if not same and not trial.backend.can.seeds:
        yield "another seed gives other poses, though `can.seeds` says that it changes nothing"


def _threads(trial: _Trial) -> Iterator[str]:
    first = trial.first
    if not trial.backend.can.threads:
        raise _LeftOutError("it uses one processor (`can.threads`)")
    if not _same(first, trial.dock(threads=2)):
        yield "with 2 threads the poses are others"


def _anywhere(trial: _Trial) -> Iterator[str]:
    first = trial.first
    if trial.backend.elsewhere:
        raise _LeftOutError("it docks on a server")
    turn, shift = matrix(np.array([0.5, 0.5, -0.5, 0.5])), np.array([31.0, -17.0, 23.0])
    other, beside = matrix(np.array([0.6, 0.0, 0.8, 0.0])), np.array([-12.0, 40.0, 5.0])
    receptor, ligand = trial.receptor.moved(other, beside), trial.ligand.moved(turn, shift)
    again = trial.dock(receptor, ligand)
    models = _traces(first, trial.receptor, trial.ligand)
    theirs = (_traces(again, receptor, ligand)[0] - beside) @ other
    apart = [float(np.sqrt(((theirs - one) ** 2).sum(axis=1).mean())) for one in models if one.shape == theirs.shape]
    if not apart or min(apart) > AGREE_A:
        nearest = f"{min(apart):.1f} A from" if apart else "of other atoms than"
        yield (
            "the result depends on the positions of the partners: its best model is "
            f"{nearest} all of the best {len(models)} before"
        )


def _split(trial: _Trial) -> Iterator[str]:
    first, backend = trial.first, trial.backend
    if not backend.can.split:
        raise _LeftOutError("it does not search in parts (`can.split`)")
    scans = []
    for part in (1, 2):
        request = Request(options=dict(trial.options))
        arrays = backend.scan(trial.receptor, trial.ligand, request, part, 2)
        file = io.BytesIO()
        np.savez(file, **arrays)
        file.seek(0)
        with np.load(file, allow_pickle=False) as read:
            scans.append({name: read[name] for name in read.files})
    if not _same(first, trial.dock(scan=backend.join(scans))):
        yield "two parts of the search, joined, give other poses than the whole"


def _sites(trial: _Trial) -> Iterator[str]:
    from scipy.spatial import cKDTree

    first = trial.first
    if not trial.backend.can.sites:
        raise _LeftOutError("it does not look at sites (`can.sites`)")
    met = _met(trial, first, 1)
    chosen = np.isin(trial.receptor.residue_index, trial.receptor.residue_index[met])
    # With their surroundings, so that the site as a whole is out of reach.
    near = cKDTree(trial.receptor.coord[chosen]).query(trial.receptor.coord)[0] < MEETING_A
    closed = chosen | near
    again = trial.dock(receptor_site=Site(closed=closed), ligand_site=FREE)
    touched = _met(trial, again, 1)
    if not touched.any():
        yield "with a blocked site, its best model does not touch the receptor"
    elif (share := float(closed[touched].mean())) > MOST_CLOSED:
        yield f"{share:.0%} of the atoms that its best model contacts are blocked"


def _analysed(trial: _Trial) -> Iterator[str]:
    first = trial.first
    known, details = fields_of(first.record)
    one, other = (Partner(body.n_residues, len(body), "") for body in (trial.receptor, trial.ligand))
    name = str(details.pop("backend", trial.name))
    docking = DockingRecord(name, one, other, "", method=first.method, details=details, **known)
    made = models_of(trial.receptor, trial.ligand, first.poses)
    found = analyse(
        ("receptor", "ligand"),
        trial.receptor,
        trial.ligand,
        docking,
        first.poses,
        made.table,
        made.members,
        bodies=first.bodies,
    )
    with tempfile.TemporaryDirectory() as folder:
        write_docking(Path(folder, "docking.json"), docking)
        read_docking(Path(folder, "docking.json"))
        write_analysis(folder, found)
        pair = read_record(Path(folder, "pair.json"), PairRecord, "crossdock analyse")
    best = pair.models[0]
    for number in trial.backend.quantities:
        if number.name in first.poses and number.name not in best.extra:
            yield f"pair.json has no {number.name} of the first model"
        elif number.name not in first.poses and number not in LAID:
            yield f"it declares {number.name} and gives no pose a value of it"
    if not sum(best.contacts.values()):
        yield "no residues of its best model touch"


def _in_the_house(trial: _Trial) -> Iterator[str]:
    """Look at what a config may say with this backend."""
    top = schema(trial.name)["properties"]
    for key, rule in trial.backend.options.items():
        if top["docking"]["properties"].get(key) != rule:
            yield f"the option {key} is not in the schema of configs"
    key = trial.backend.settings_key
    if trial.backend.settings and dict(top.get(key, {}).get("properties", {})) != dict(trial.backend.settings):
        yield f"its settings have no place: a key {key!r} is in every config already"


def _elsewhere(trial: _Trial) -> Iterator[str]:
    server = trial.backend.elsewhere
    if server is None:
        raise _LeftOutError("it docks on this machine")
    if not isinstance(server, Elsewhere):
        yield f"`elsewhere` is {type(server).__name__}, and not derived from Elsewhere"
        return
    if not re.fullmatch(r"[\w-]+", getattr(server, "keeps", "")):
        yield "`elsewhere.keeps` is no name of a folder"
    with tempfile.TemporaryDirectory() as folder:
        if (found := server.result(Path(folder), "receptor", "ligand")) is not None:
            yield f"it has a result in an empty folder: {found}"
    for body in (trial.receptor, trial.ligand):
        if not all(isinstance(one, str) for one in server.problems(body)):
            yield "`elsewhere.problems` gives something else than sentences"


_CHECKS: Sequence[tuple[str, Callable[[_Trial], Iterator[str]]]] = (
    ("it is a Backend of the name that it is registered under", _registered),
    ("its module loads fast, and nothing heavy with it", _loading),
    ("options and numbers have names of their own; options and settings have default and description", _names),
    ("options and settings are rules, which their defaults keep", _rules),
    ("a config can have its options and settings", _in_the_house),
    ("needs() and gpus() give numbers", _needs),
    ("results from a server have a place", _elsewhere),
    ("it docks a pair and does not change its input", _docks),
    ("methods() gives sentences, and cites what `references` has", _methods),
    ("the same request gives the same result", _repeats),
    ("another seed acts as `can.seeds` says", _seeds),
    ("the result does not depend on threads", _threads),
    ("the result does not depend on the positions of the partners", _anywhere),
    ("parts of the search, joined, give the same result", _split),
    ("models avoid blocked atoms", _sites),
    ("its models are analysed, and its numbers arrive in pair.json", _analysed),
)


def _columns(structure: Structure) -> list[str]:
    return [field.name for field in fields(structure)]


def _copy(structure: Structure) -> Structure:
    return Structure(*(getattr(structure, name).copy() for name in _columns(structure)))


def _same(one: Docked, other: Docked) -> bool:
    """Tell whether two dockings gave the same poses, to the last digit that is kept, and the same coordinates."""
    try:
        pd.testing.assert_frame_equal(one.poses, other.poses, check_exact=True)
    except AssertionError:
        return False
    pairs = zip(one.bodies, other.bodies, strict=True)
    return all(
        np.array_equal(getattr(mine, side).coord, getattr(theirs, side).coord)
        for mine, theirs in pairs
        for side in ("receptor", "ligand")
    )


def _traces(docked: Docked, receptor: Structure, ligand: Structure) -> list[NDArray[np.float64]]:
    """Give the CA atoms of the ligand in the best models, each shape=(n, 3) in angstrom."""
    models = placed_models(receptor, ligand, docked.poses.head(COMPARED), docked.bodies)
    return [body.ligand.coord[body.ligand.atom_name == "CA"] for body in models]


def _met(trial: _Trial, docked: Docked, models: int) -> NDArray[np.bool_]:
    """Tell which atoms of the prepared receptor the best models meet, shape=(n,)."""
    from scipy.spatial import cKDTree

    met = np.zeros(len(trial.receptor), dtype=bool)
    for body in placed_models(trial.receptor, trial.ligand, docked.poses.head(models), docked.bodies):
        met |= cKDTree(body.ligand.coord).query(trial.receptor.coord)[0] < MEETING_A
    return met
