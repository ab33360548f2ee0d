"""What of a panel could be made: the step `crossdock made`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from crossdock.failure import Failure, failure_of
from crossdock.panel.panel import Panel, without


def made(panel: Panel, results: str | Path = "results") -> Panel:
    """Give a panel without the proteins and pairs that failed, with the reasons.

    Parameters
    ----------
    panel : Panel
    results : str or Path
        The folder of the run, in which all proteins and pairs are made or failed.

    Returns
    -------
    Panel

    Raises
    ------
    InputError
        If no pair could be made.
    """
    return without(panel, list(_failures(panel, Path(results))))


def _failures(panel: Panel, results: Path) -> Iterator[Failure]:
    """Look at every protein, and at every pair of two that could be prepared."""
    lost = set()
    for protein in panel.proteins:
        if found := failure_of(panel.proteins_in(results) / protein.name / "protein.json"):
            lost.add(protein.name)
            yield replace(found, names=(protein.name,))
    for receptor, ligand in panel.docked:
        pair = (receptor.name, ligand.name)
        if not lost & set(pair) and (found := failure_of(Path(results, "pairs", *pair, "pair.json"))):
            yield replace(found, names=pair)
