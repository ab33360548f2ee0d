"""Which number of the pairs a panel's statistics are of: the one place that says so.

Everything after this (specificity, z, ranks, controls, noise, network) takes that number as one of which lower is
better; its sign is turned here where higher is. Nothing else is done to it: ipTM and the like, which lie between 0 and
1, stay on their own scale, so effects of proteins add up there as those of scores do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from crossdock.errors import InputError
from crossdock.quantity import SCORE, Quantity


def choose(
    asked: str | None,
    order: Sequence[str],
    numbers: Mapping[str, Quantity],
    values: Mapping[str, NDArray[np.float64]],
    absent: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> Quantity:
    """Choose the number that statistics are of.

    Parameters
    ----------
    asked : str, optional
        The config's `statistics: {metric: ...}`.
    order : sequence of str
        Without it: the first of these that every pair with a score has, else the last that is a number of the run.
    numbers : mapping of str to Quantity
        The metrics of the run, by name.
    values : mapping of str to ndarray, shape=(l, r)
        Metrics that a pair has by itself, "score" among them; ligands and controls.
    absent : mapping
        Number -> why no pair may have it, and what to do.

    Returns
    -------
    Quantity
        Where another number is the mean of the chosen one over models and seeds, that mean.

    Raises
    ------
    InputError
        If no pair has the number that was asked for, it is not a number of a pair by itself, or no end of it is better.
    """
    there = {name: np.isfinite(found) for name, found in values.items()}
    scored = there[SCORE.name]
    means = {one.mean_of: name for name, one in numbers.items() if one.mean_of and name in there and there[name].any()}

    if asked is None:
        every = (
            one
            for one in (means.get(name, name) for name in order)
            if one in there and not (scored & ~there[one]).any()
        )
        return numbers[next(every, next((one for one in reversed(order) if one in there), SCORE.name))]
    name = means.get(asked, asked)
    where, hint = "statistics: metric", f"expected one of {', '.join(one for one in values if numbers[one].better)}"
    if name not in values:
        what = (
            "is computed from all pairs, so it cannot be what statistics are of" if name in numbers else "is no metric"
        )
        raise InputError(f"{asked} {what}", where=where, hint=hint)
    if not numbers[name].better:
        raise InputError(f"neither end of {asked} is the better one", where=where, hint=hint)
    if scored.any() and not there[name].any():
        why, what = absent.get(asked, ("", ""))
        other = "remove the key, or name another metric"
        raise InputError(
            f"no pair has a number {asked}{f': {why}' if why else ''}",
            where=where,
            hint=f"{what}, or {other}" if what else other,
        )
    return numbers[name]


def sign(number: Quantity) -> int:
    """Give what turns a number into one of which lower is better: -1 where higher is, else 1."""
    return -1 if number.better == "high" else 1


def filled_up(single: Sequence[Sequence[Sequence[float]]], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put the single values of which each pair's number is the mean into an array.

    Parameters
    ----------
    single : sequence of sequence of sequence of float
        By ligand and receptor: the score of each docking, the number of each model; none where only the mean is known.
    mean : ndarray, dtype=float64, shape=(l, r)
        The numbers; not a number where a pair has none.

    Returns
    -------
    ndarray, dtype=float64, shape=(l, r, n)
        n is the most values that a pair has. A pair with fewer is not a number behind them, and one without any has its
        mean.
    """
    n = max((len(values) for row in single for values in row), default=0) or 1
    made = np.full((*mean.shape, n), np.nan)
    for i, row in enumerate(single):
        for j, values in enumerate(row):
            if np.isfinite(mean[i, j]):
                made[i, j, : max(len(values), 1)] = values or mean[i, j]
    return made
