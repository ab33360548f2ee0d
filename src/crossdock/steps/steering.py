"""One backend steers the docking by another: which pairs, towards what, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from crossdock.docking.backends import load_backend, with_defaults
from crossdock.docking.backends.contract import Request
from crossdock.docking.backends.door import dock as through_the_door
from crossdock.docking.record import SteeredRecord
from crossdock.docking.steering import Weights, interface_weights
from crossdock.errors import InputError
from crossdock.panel.panel import Panel
from crossdock.steps.pairs import Docks, PairFiles
from crossdock.steps.ready import ready
from crossdock.steps.remote import result, table_of_all

Guide = tuple[str, Path]


@dataclass(frozen=True)
class Steering:
    """Towards what a pair is docked.

    Attributes
    ----------
    receptor, ligand : ndarray, dtype=float64
        A weight for each residue, from 0 to 1.
    record : SteeredRecord
    """

    receptor: Weights
    ligand: Weights
    record: SteeredRecord

    @property
    def fingerprint(self) -> list[object]:
        """What of it changes poses: the weights alone, not who gave them or when."""
        return [self.receptor.tolist(), self.ligand.tolist()]


def guide_of(panel: Panel, receptor: str, ligand: str, table: Path | None = None) -> Guide | None:
    """Give the models that steer the docking of a pair: those that were brought for good, else a table of further ones.

    Parameters
    ----------
    panel : Panel
    receptor, ligand : str
    table : Path, optional
        What the steering backend found by itself (`Elsewhere.work`), if the panel has it do so.

    Returns
    -------
    tuple of (str, Path) or None
        As `Docks.guide`; None where nothing is there, or the panel steers nothing.
    """
    if not panel.steer_by:
        return None
    path = result(replace(panel, backend=panel.steer_by), receptor, ligand) or table
    return (panel.steer_by, path) if path else None


def table_of(panel: Panel) -> Path | None:
    """Name the table of what the steering backend finds by itself, if it is a backend of the panel and does so."""
    for run in panel.runs:
        elsewhere = load_backend(run.backend).elsewhere
        if run.backend == panel.steer_by and elsewhere and (elsewhere.computes or elsewhere.gathers(run.settings)):
            return table_of_all(run)
    return None


def steer(files: PairFiles, how: Docks) -> Steering | None:
    """Find towards what a pair is docked.

    Parameters
    ----------
    files : PairFiles
    how : Docks

    Returns
    -------
    Steering or None
        None where nothing steers it: it has no guide, the table has no row of it, or no residue of its models has a
        weight.

    Raises
    ------
    InputError, DockingError
        If the models cannot be used, as those of another structure.
    """
    if how.guide is None:
        return None
    name, path = how.guide
    backend, receptor, ligand = load_backend(name), ready(files.receptor), ready(files.ligand)
    if path.suffix == ".csv":
        listed = backend.elsewhere.listed(path, receptor, ligand) if backend.elsewhere else None
        if listed is None:
            return None
        path = listed
    request = Request(with_defaults(backend, {}), result=path)
    docked = through_the_door(backend, receptor, ligand, request)
    known = [docked.poses[one].to_numpy() for one in backend.confidence if one in docked.poses]
    confidence = np.zeros(len(docked.bodies))
    for column in reversed(known):
        confidence = np.where(np.isfinite(column), np.clip(column, 0.0, 1.0), confidence)
    one, other = interface_weights(receptor, ligand, docked.bodies, confidence.tolist())
    if not (one.any() or other.any()):
        return None
    record = SteeredRecord(
        name,
        tuple(round(float(value), 3) for value in confidence),
        int(np.count_nonzero(one)),
        int(np.count_nonzero(other)),
        float(max(one.max(), other.max())),
    )
    return Steering(one, other, record)


def steered(panel: Panel) -> list[tuple[str, str]]:
    """List the pairs of a panel with models to steer their docking, as far as that is known before a run.

    Raises
    ------
    InputError
        If there is none, and none can be found during the run.
    """
    name, pairs = panel.steer_by, [(receptor.name, ligand.name) for receptor, ligand in panel.docked]
    found = [pair for pair in pairs if guide_of(panel, *pair)]
    if name and not found and table_of(panel) is None:
        elsewhere = load_backend(name).elsewhere
        makes = elsewhere and elsewhere.gpus
        first = (
            f"add {name} to `backends`"
            if makes
            else f"run `crossdock {name} import FOLDER` with the folder of your models"
        )
        raise InputError(
            f"`attract: from {name}` has nothing to attract to: no pair of the panel has {name} models",
            where=f"resources/{name}",
            hint=f"{first}, or remove `attract`",
        )
    return found
