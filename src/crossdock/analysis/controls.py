"""How likely is a pair's specificity among pairs that are not expected to bind: p- and q-values from controls."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from crossdock.analysis.additive import Pattern, median
from crossdock.analysis.specificity import MAD_TO_SD, median_polish
from crossdock.errors import InputError

#: Ligands that the spread of all receptors counts for, beside a receptor's own.
POOLED_WEIGHT = 10.0


@dataclass(frozen=True)
class Tested:
    """Pairs against controls.

    Attributes
    ----------
    z : ndarray, dtype=float64, shape=(ligands, receptors)
        Residual of the median polish over all ligands, controls among them, by the robust spread of its receptor.
    p : ndarray, dtype=float64, shape=(ligands, receptors)
    q : ndarray, dtype=float64, shape=(ligands, receptors)
        Least rate of false discoveries at which the pair would be called (Benjamini & Hochberg 1995).
    controls : int
        Control pairs that stand behind each p-value.
    spread : float
        Robust standard deviation of the tested pairs' z over that of the controls'. Above `rare_spread`, tested ligands
        scatter more than controls for some other reason than chance, and p-values are too small.
    rare_spread : float
        What one in twenty of such ratios exceeds when it is drawn which ligands are the controls.
    """

    z: NDArray[np.float64]
    p: NDArray[np.float64]
    q: NDArray[np.float64]
    controls: int
    spread: float
    rare_spread: float


def least_q(pairs: int, controls: int) -> float:
    """Give the q-value of one pair alone, among so many, that is lower than so many control pairs."""
    return min(1.0, pairs / (1 + controls))


def controls_needed(pairs: int, receptors: int, q: float) -> int:
    """Give how many control ligands one pair alone, among so many, takes to reach a q-value."""
    return math.ceil((pairs / q - 1) / receptors - 1e-9)


def against_controls(
    scores: NDArray[np.float64],
    controls: NDArray[np.float64],
    *,
    symmetric: bool = False,
    partners: NDArray[np.bool_] | None = None,
) -> Tested:
    """Test each pair against ligands that are not expected to bind.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(ligands, receptors)
        Lower is better; not a number where a pair has none.
    controls : ndarray, dtype=float64, shape=(controls, receptors)
        Of the same receptors with control ligands.
    symmetric : bool
        Whether ligands and receptors are the same proteins, each with one average, and each pair on both sides of the
        diagonal.
    partners : ndarray, dtype=bool, shape=(ligands, receptors), optional
        Pairs that are known to bind. They are tested like the others, but are expected to lie far out, so they do not
        count for `Tested.spread`.

    Returns
    -------
    Tested
        Not numbers where a pair is not tested: it has no score, or the others do not predict it.

    Raises
    ------
    InputError
        If there are fewer than two controls or receptors.

    Notes
    -----
    Averages are taken out of all ligands together, tested ones and controls, by median polish, so that a control is as
    good as a tested ligand of no partner: within a receptor the residuals of both are exchangeable. Residuals are put
    on one scale by each receptor's own 1.4826 MAD (drawn towards that of all, since few ligands tell little of a
    spread) and pooled: p = (1 + control pairs with z as low or lower) /
    (1 + control pairs) (Phipson & Smyth 2010, Stat Appl Genet Mol Biol 9:39). What a protein scores
    on average, for its size or otherwise, is out before and needs no matching; how much its scores scatter around that
    is not, so controls should be alike to the tested ligands in that (`Tested.spread`). Of a symmetric panel the spread
    of a pair is the geometric mean of those of both proteins. A ligand with fewer pairs than the controls has smaller
    residuals, as its own average follows them more closely: its p-values are then too high, not too low.
    """
    if len(controls) < 2 or scores.shape[1] < 2:
        raise InputError(f"{len(controls)} control ligands on {scores.shape[1]} receptors: expected at least 2 of each")
    n = len(scores)
    residual = _residuals(scores, controls, symmetric)
    away = np.abs(residual - median(residual, 0))
    column, pooled = MAD_TO_SD * median(away, 0)[0], MAD_TO_SD * median(away, (0, 1))
    cells = np.isfinite(away).sum(axis=0)
    spread = np.sqrt((cells * column**2 + POOLED_WEIGHT * pooled[0] ** 2) / (cells + POOLED_WEIGHT))
    if not (spread > 0).all():
        raise InputError("after the averages are subtracted, most scores are zero: no spread to compare with")
    z = residual / spread
    if symmetric:
        z[:n] = residual[:n] / np.sqrt(np.outer(spread, spread))
    null = z[n:][np.isfinite(z[n:])]
    own, null = z[:n], np.sort(null)
    p = np.where(np.isfinite(own), (1 + np.searchsorted(null, own, side="right")) / (1 + len(null)), np.nan)
    once = Pattern.of(own, symmetric=symmetric).once
    q = np.full(p.shape, np.nan)
    q[once] = false_discovery_control(p[once]) if once.any() else np.nan
    q = np.fmin(q, q.T) if symmetric else q
    away = np.abs(z)
    if partners is not None:
        away[:n][partners] = np.nan
    return Tested(own, p, q, len(null), *_spreads(away, n))


def _residuals(scores: NDArray[np.float64], controls: NDArray[np.float64], symmetric: bool) -> NDArray[np.float64]:
    """Take the averages out of all ligands together, the controls below; shape=(ligands + controls, receptors)."""
    if not symmetric:
        return median_polish(np.vstack([scores, controls])).residual
    nothing = np.full((len(controls), len(controls)), np.nan)
    together = np.block([[scores, controls.T], [controls, nothing]])
    return median_polish(together, symmetric=True).residual[:, : len(scores)]


def _spreads(away: NDArray[np.float64], tested: int, *, rounds: int = 199) -> tuple[float, float]:
    """Compare how far the first rows and the others lie from zero, and give what shuffled rows seldom exceed."""

    def ratio(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        own, others = (median(part, (1, 2))[:, 0, 0] for part in (rows[:, :tested], rows[:, tested:]))
        return np.divide(own, others, out=np.ones_like(own), where=others > 0)

    orders = np.random.default_rng(0).permuted(np.tile(np.arange(len(away)), (rounds, 1)), axis=1)
    drawn = np.concatenate([ratio(away[some]) for some in np.array_split(orders, 8)])
    return float(ratio(away[None])[0]), float(np.quantile(drawn, 0.95))
