"""The one door of the backends: what one gives back is looked over here before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from crossdock.docking.backends.contract import LAID, Backend, Model, Request, Result
from crossdock.docking.bodies import Body, placed
from crossdock.docking.poses import CLUSTER_COLUMNS, COLUMNS, FITS, PLACEMENT, rounded_places
from crossdock.docking.record import Method, checked_fields
from crossdock.errors import CrossdockError, DockingError
from crossdock.structures.structure import Structure

#: How far the length of a quaternion may be from 1.
LENGTH_ERROR = 1e-3
#: Which end of a number is the better one when its sign is turned.
_OTHER_END = {"low": "high", "high": "low", "": ""}


@dataclass(frozen=True)
class Docked:
    """What a backend gave, looked over.

    Attributes
    ----------
    poses : DataFrame
        The best first: rank, score (less is better), the backend's numbers, placement.
    bodies : tuple of Body
        A model for each pose, where the backend gives coordinates of its own; else empty.
    record : mapping
        The backend's part of docking.json, of the types that this has.
    method : Method
    """

    poses: pd.DataFrame
    bodies: tuple[Body, ...]
    record: Mapping[str, Any]
    method: Method


def dock(backend: Backend, receptor: Structure, ligand: Structure, request: Request) -> Docked:
    """Let a backend dock a pair.

    Parameters
    ----------
    backend : Backend
    receptor, ligand : Structure
        Prepared.
    request : Request

    Returns
    -------
    Docked

    Raises
    ------
    InputError, DockingError
        What the backend says is wrong, or what is wrong with its result, which names it.
    """
    result = backend.dock(receptor, ligand, request)
    if not isinstance(result, Result):
        raise _fault(backend, f"expected a Result, got {type(result).__name__}")
    if result.models is not None and not isinstance(result.models, Sequence):
        raise _fault(backend, f"its models are {type(result.models).__name__}, not a list of them")
    poses, bodies = result.poses, tuple[Body, ...]()
    if result.models:
        if poses is not None:
            raise _fault(backend, "it gave both poses and models; expected one of them")
        poses, bodies = _of_models(backend, receptor, ligand, result.models)
    elif poses is not None and not isinstance(poses, pd.DataFrame):
        raise _fault(backend, f"its poses are {type(poses).__name__}, not a pandas DataFrame")
    elif poses is not None and len(poses) and backend.can.models:
        raise _fault(backend, "it gave poses, though `can.models` says that it gives models")
    if bodies and not backend.can.models:
        raise _fault(backend, "it gave models, though `can.models` does not say so")
    if poses is None:
        poses = pd.DataFrame(columns=list(COLUMNS))
    poses = _numbers(backend, poses)
    _look_over(backend, poses)
    record = _plain(backend, result.record)
    if backend.score.better == "high":
        poses, record = _turned(backend, poses, record)
    return Docked(poses, bodies, record, method_of(backend, poses))


def method_of(backend: Backend, poses: pd.DataFrame) -> Method:
    """Describe a backend for docking.json, as far as it gave what it names."""
    terms = backend.terms
    if backend.score.better == "high":
        terms = tuple(replace(one, better=_OTHER_END[one.better]) for one in terms)
    numbers = (*terms, *backend.quantities)
    return Method(
        version=backend.version,
        score=backend.score,
        numbers=tuple(one for one in numbers if one.name in poses),
        terms=tuple(one.name for one in backend.terms if one.name in poses),
        comparable=backend.can.comparable,
        models=backend.can.models,
        clusters=set(CLUSTER_COLUMNS) <= set(poses),
        seeds=backend.can.seeds,
    )


def _of_models(
    backend: Backend, receptor: Structure, ligand: Structure, models: Any
) -> tuple[pd.DataFrame, tuple[Body, ...]]:
    """Make poses of models with coordinates of their own: the rigid placement nearest to each."""
    rows, bodies = [], []
    names = [one.name for one in (*backend.terms, *backend.numbers)]
    for number, model in enumerate(models, start=1):
        if not isinstance(model, Model):
            raise _fault(backend, f"model {number}: expected a Model, got {type(model).__name__}")
        for name, kind in (("receptor", Structure), ("ligand", Structure), ("numbers", Mapping)):
            if not isinstance(got := getattr(model, name), kind):
                what = f"model {number}: expected {kind.__name__} as its {name}, got {type(got).__name__}"
                raise _fault(backend, what)
        try:
            body, fit = placed(receptor, ligand, (model.receptor, model.ligand), where=f"model {number}")
        except CrossdockError as error:
            raise _fault(backend, error.what, error.where) from error
        n_residues = body.receptor.n_residues + body.ligand.n_residues
        if model.pae is not None and model.pae.size != n_residues:
            raise _fault(backend, f"model {number} has {n_residues} residues, but its PAE is of {model.pae.size}")
        body = replace(body, plddt=model.plddt, pae=model.pae)
        if undeclared := set(model.numbers) - set(names):
            raise _fault(
                backend,
                f"model {number} has numbers that it does not declare: {', '.join(sorted(map(str, undeclared)))}",
            )
        bodies.append(body)
        given = [model.numbers.get(name, np.nan) for name in names]
        rows.append(
            (number, model.score, *given, *fit.quaternion, *fit.translation, fit.receptor_rmsd, fit.ligand_rmsd)
        )
    poses = pd.DataFrame(rows, columns=["rank", "score", *names, *PLACEMENT, *FITS])
    return rounded_places(poses), tuple(bodies)


def _numbers(backend: Backend, poses: pd.DataFrame) -> pd.DataFrame:
    """Give the columns of a table of poses as numbers; stop at one that lacks a column or has another."""
    if not poses.columns.is_unique:
        twice = poses.columns[poses.columns.duplicated()][0]
        raise _fault(backend, f"its poses have two columns {twice}")
    if missing := [name for name in COLUMNS if name not in poses]:
        raise _fault(backend, f"its poses have no column {', '.join(missing)}")
    declared = {one.name for one in (*backend.terms, *backend.numbers, *(LAID if backend.can.templates else ()))}
    known = {*COLUMNS, *CLUSTER_COLUMNS, *FITS, *declared, "synthetic"}
    if undeclared := [str(name) for name in poses if name not in known]:
        raise _fault(
            backend,
            f"its poses have columns that it does not declare: {', '.join(undeclared)}",
            hint="`numbers` of the backend lists them",
        )
    made = {}
    for name in poses.columns.difference(["synthetic"]):
        try:
            values = poses[name].to_numpy(dtype=float, na_value=np.nan)
        except (TypeError, ValueError):
            raise _fault(backend, f"column {name} of its poses contains values that are not numbers") from None
        # A further number may not be known.
        bad = np.isinf(values) if name in {*declared, *FITS} else ~np.isfinite(values)
        if name in ("rank", "members"):
            bad |= (values < 1) | (values != np.round(values))
        if bad.any():
            kind = "whole number from 1" if name in ("rank", "members") else "finite number"
            raise _fault(backend, f"{name} of pose {int(np.argmax(bad)) + 1} is {values[bad][0]:g}, no {kind}")
        made[name] = values.astype(int) if name in ("rank", "members") else values
    return poses.reset_index(drop=True).assign(**made)


def _look_over(backend: Backend, poses: pd.DataFrame) -> None:
    """Stop at a table of poses that nothing true can be made of."""
    if poses["rank"].tolist() != list(range(1, len(poses) + 1)):
        raise _fault(backend, "the ranks of its poses are not 1, 2, 3 and so on, the best first")
    if not set(CLUSTER_COLUMNS) <= set(poses):  # clusters of its own are in an order of its own
        steps = np.diff(poses["score"].to_numpy(dtype=float))
        worse = steps < 0 if backend.score.better != "high" else steps > 0
        if worse.any():
            raise _fault(backend, f"pose {int(np.argmax(worse)) + 2} has a better score than the one before it")
    lengths = np.linalg.norm(poses[list(PLACEMENT[:4])].to_numpy(dtype=float), axis=1)
    off = np.abs(lengths - 1.0) > LENGTH_ERROR
    if off.any():
        number = int(np.argmax(off))
        raise _fault(backend, f"the quaternion of pose {number + 1} has the length {lengths[number]:.4g}, not 1")


def _turned(backend: Backend, poses: pd.DataFrame, record: Mapping[str, Any]) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    """Turn the sign of scores of which more is better, and of all that is in their unit, in poses and record.

    The score as the backend gave it stays under its own name.
    """
    if backend.score.name == "score":
        raise _fault(backend, "higher scores are better, so the score needs its own name (`score=Quantity(...)`)")
    scores = ["score", *CLUSTER_COLUMNS[1:], *(one.name for one in backend.terms)]
    turned = poses.assign(**{name: -poses[name] for name in scores if name in poses})
    turned.insert(list(turned).index("score") + 1, backend.score.name, poses["score"])
    if decoys := record.get("decoys"):
        record = {**record, "decoys": replace(decoys, best=-decoys.best, mean=-decoys.mean)}
    return turned, record


def _plain(backend: Backend, record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a record as docking.json holds it; stop at one that it cannot hold."""
    import json

    if not isinstance(record, Mapping):
        raise _fault(backend, f"its record is {type(record).__name__}, not a mapping")
    try:
        plain = json.loads(json.dumps(dict(record)))
    except (TypeError, ValueError, RecursionError) as error:
        raise _fault(backend, f"its record cannot be written as JSON: {error}") from None
    try:
        return checked_fields(plain)
    except ValueError as error:
        raise _fault(backend, f"its record: {error}") from None


def _fault(backend: Backend, what: str, where: str | None = None, hint: str | None = None) -> DockingError:
    """Blame a backend for its result."""
    return DockingError(
        f"the backend {backend.name} ({backend.version or 'no version'}) gave an invalid result: {what}",
        where=where,
        hint=hint or "this is an error of the backend, not of your input; report it to its author",
    )
