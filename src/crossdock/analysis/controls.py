"""How likely is a pair's specificity among pairs that are not expected to bind: p- and q-values from controls."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

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


def against_controls(scores: NDArray[np.float64], controls: NDArray[np.float64]) -> Tested:
    """Test each pair against ligands that are not expected to bind.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(ligands, receptors)
        Lower is better.
    controls : ndarray, dtype=float64, shape=(controls, receptors)
        Of the same receptors with control ligands.

    Returns
    -------
    Tested

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
    is not, so controls should be alike to the tested ligands in that (`Tested.spread`).
    """
    if len(controls) < 2 or scores.shape[1] < 2:
        raise InputError(f"{len(controls)} control ligands on {scores.shape[1]} receptors: expected at least 2 of each")
    residual = median_polish(np.vstack([scores, controls])).residual
    away = np.abs(residual - np.median(residual, axis=0))
    column, pooled = MAD_TO_SD * np.median(away, axis=0), MAD_TO_SD * np.median(away)
    spread = np.sqrt((len(away) * column**2 + POOLED_WEIGHT * pooled**2) / (len(away) + POOLED_WEIGHT))
    if not (spread > 0).all():
        raise InputError("after the averages are subtracted, most scores are zero: no spread to compare with")
    z = residual / spread
    own, null = z[: len(scores)], np.sort(z[len(scores) :].ravel())
    p = (1 + np.searchsorted(null, own, side="right")) / (1 + len(null))
    q = false_discovery_control(p.ravel()).reshape(p.shape)
    return Tested(own, p, q, len(null), *_spreads(np.abs(z), len(scores)))


def _spreads(away: NDArray[np.float64], tested: int, *, rounds: int = 199) -> tuple[float, float]:
    """Compare how far the first rows and the others lie from zero, and give what shuffled rows seldom exceed."""

    def ratio(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        own, others = np.median(rows[:, :tested], axis=(1, 2)), np.median(rows[:, tested:], axis=(1, 2))
        return np.divide(own, others, out=np.ones_like(own), where=others > 0)

    orders = np.random.default_rng(0).permuted(np.tile(np.arange(len(away)), (rounds, 1)), axis=1)
    drawn = np.concatenate([ratio(away[some]) for some in np.array_split(orders, 8)])
    return float(ratio(away[None])[0]), float(np.quantile(drawn, 0.95))
