"""How a pair's number compares with what both its proteins have with a fixed set of others that bind neither.

All pairs are searched alike: those of the set, of the panel's proteins with the set, and of the panel. What a protein
adds to its numbers is estimated from its pairs with the set. What is left of a pair's number is divided by how much
such numbers scatter for its two proteins, and compared with the pairs of the set, each treated as if it were one of the
panel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import false_discovery_control

from crossdock.analysis.additive import Pattern, additive

#: Of the sum over poses, in arbitrary units: that of benchmarks/weights.py (docs/statistics.md on how it was chosen).
TEMPERATURE = 8.0
#: Share of the set's pairs, the lowest, that make the tail: below it, p falls off exponentially.
TAIL = 0.05
#: Pairs that a tail has at least, as it goes by their mean, and pairs of the set without which there is no p-value.
FEWEST_OF_TAIL, FEWEST_PAIRS = 10, 20
#: Partners that the scatter of all the set counts for, beside those of a protein's own.
POOLED_WEIGHT = 5.0
#: How much more the numbers of proteins outside a set scatter than its own pairs': the ratio of the standard deviations
#: of z, of 780 pairs that do not bind and of the bundled set (`python benchmarks/background.py again`). An inflation of
#: this kind is taken out as in genetics (genomic control, Devlin & Roeder 1999, Biometrics 55:997).
OUTSIDE = 1.14


def number_of(scores: NDArray[np.float64]) -> float:
    """Give the number of a pair: the Boltzmann-weighted sum over its poses, as an energy.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(n,)
        Of distinct poses, in arbitrary units, lower is better.

    Returns
    -------
    float
        -T ln sum exp(-score / T) with T = `TEMPERATURE`. Several good poses count for more than the best alone, whose
        score varies a lot between searches of the same pair.
    """
    return float(-TEMPERATURE * logsumexp(-scores / TEMPERATURE))


@dataclass(frozen=True)
class Background:
    """A set of proteins that are unlike each other, and the number of each of their pairs.

    Attributes
    ----------
    names : tuple of str
        n proteins.
    values : ndarray, dtype=float64, shape=(n, n)
        Symmetric; lower is better. Not a number where a pair has none, and on the diagonal.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]

    @classmethod
    def of_pairs(cls, names: Sequence[str], numbers: Mapping[tuple[str, str], float]) -> Background:
        """Put numbers of pairs, each in either order, into a matrix."""
        values = np.full((len(names), len(names)), np.nan)
        place = {name: at for at, name in enumerate(names)}
        for (one, other), number in numbers.items():
            if one in place and other in place and one != other:
                values[place[one], place[other]] = values[place[other], place[one]] = number
        return cls(tuple(names), values)

    @cached_property
    def effects(self) -> NDArray[np.float64]:
        """What each protein adds to the numbers of its pairs, by least squares; shape=(n,)."""
        model = additive(Pattern.of(self.values, symmetric=True))
        return model.effects(model.values(self.values))

    @cached_property
    def scatter(self) -> float:
        """Standard deviation of the set's numbers around the sum of both effects."""
        left = self.values - self.effects - self.effects[:, None]
        return float(np.nanstd(left)) if np.isfinite(left).any() else np.nan

    def expected(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give what a protein adds to its numbers, and how much these scatter, from its pairs with the set.

        Parameters
        ----------
        rows : ndarray, dtype=float64, shape=(..., n)
            Its numbers with each protein of the set; those that are not numbers do not count.

        Returns
        -------
        effect, scatter : ndarray, dtype=float64, shape=(...,)
            The mean of number less the other's effect, without the lowest and the highest one; and the standard
            deviation around it, drawn towards that of all the set. Not numbers with fewer than five partners.
        """
        left = rows - self.effects
        n = np.isfinite(left).sum(axis=-1)
        enough = n >= 5
        low, high = (np.where(enough, pick(left, axis=-1), np.nan) for pick in (np.fmin.reduce, np.fmax.reduce))
        with np.errstate(invalid="ignore", divide="ignore"):
            effect = np.where(enough, (np.nansum(left, axis=-1) - low - high) / (n - 2), np.nan)
            squares = np.nansum((left - effect[..., None]) ** 2, axis=-1)
            variance = (squares + POOLED_WEIGHT * self.scatter**2) / (n - 1 + POOLED_WEIGHT)
        return effect, np.where(enough, np.sqrt(variance), np.nan)

    @cached_property
    def z(self) -> NDArray[np.float64]:
        """What is left of the pairs of the set, each as if it were one of the panel; shape=(n, n).

        What is expected of a pair comes from the pairs of its two proteins with all others.
        """
        n = len(self.names)
        apart = ~np.eye(n, dtype=bool)
        rows = np.where(apart[:, None, :] & apart[None, :, :], self.values[:, None, :], np.nan)
        effect, scatter = self.expected(rows)
        return (self.values - effect - effect.T) / np.sqrt(scatter * scatter.T)

    @cached_property
    def null(self) -> NDArray[np.float64]:
        """The z of each pair of the set once, the lowest first; shape=(m,)."""
        z = self.z[np.triu_indices(len(self.names), 1)]
        return np.sort(z[np.isfinite(z)])

    def p_values(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Tell how often a pair of the set lies as low.

        Parameters
        ----------
        z : ndarray, dtype=float64
            Of pairs of a panel; not a number where there is none.

        Returns
        -------
        ndarray, dtype=float64
            Of the same shape; not numbers where fewer than `FEWEST_PAIRS` of the set have a number.

        Notes
        -----
        (1 + pairs of the set with a z as low or lower) / (1 + pairs of the set) (Phipson & Smyth 2010, Stat Appl Genet
        Mol Biol 9:39). Below the lowest `TAIL` of the set, where there are too few of its pairs to count, the share of
        this tail times exp(-(t - z) / b), t where the tail begins and b the mean distance of its pairs from t. It is
        the generalised Pareto tail of Knijnenburg et al. 2009 (Bioinformatics 25:i161) with the shape 0, which the
        lowest of many scores has (Gumbel 1958).
        """
        null = self.null
        if len(null) < FEWEST_PAIRS:
            return np.full(np.shape(z), np.nan)
        counted = (1 + np.searchsorted(null, z, side="right")) / (1 + len(null))
        first = max(int(TAIL * len(null)), FEWEST_OF_TAIL)
        begins = null[first]
        share, away = (1 + first) / (1 + len(null)), (begins - null[:first]).mean()
        p = counted
        if away > 0:  # not where numbers are equal, of which there is no tail
            p = np.where(z < begins, share * np.exp(-np.maximum(begins - z, 0) / away), counted)
        return np.where(np.isfinite(z), p, np.nan)


@dataclass(frozen=True)
class Against:
    """Pairs of a panel against a background.

    Attributes
    ----------
    z : ndarray, dtype=float64, shape=(ligands, receptors)
        What the effects of both proteins leave of the number, over the geometric mean of their scatter.
    receptor_z, ligand_z : ndarray, dtype=float64, shape=(ligands, receptors)
        The same over the scatter of one of them.
    p, q : ndarray, dtype=float64, shape=(ligands, receptors)
        q is the least rate of false discoveries at which the pair would be called (Benjamini & Hochberg 1995).
    pairs : int
        Pairs of the set behind each p-value.
    """

    z: NDArray[np.float64]
    receptor_z: NDArray[np.float64]
    ligand_z: NDArray[np.float64]
    p: NDArray[np.float64]
    q: NDArray[np.float64]
    pairs: int


def against(
    background: Background,
    receptors: NDArray[np.float64],
    ligands: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    symmetric: bool = False,
    outside: float = OUTSIDE,
) -> Against:
    """Compare the pairs of a panel with those of a background set.

    Parameters
    ----------
    background : Background
        Of n proteins.
    receptors : ndarray, dtype=float64, shape=(receptors, n)
        Numbers of the panel's receptors with the set.
    ligands : ndarray, dtype=float64, shape=(ligands, n)
    values : ndarray, dtype=float64, shape=(ligands, receptors)
        Numbers of the panel's pairs; not a number where there is none.
    symmetric : bool
        Whether both sides are the same proteins, each pair on both sides of the diagonal.
    outside : float
        What the scatter of the panel's proteins is multiplied by; 1 for proteins that were drawn from the set.

    Returns
    -------
    Against

    Notes
    -----
    With the effect e of each protein from its pairs with the set, and `outside` times their scatter s, z = (number -
    e_r - e_l) / sqrt(s_r s_l), compared with the z of the set's own pairs (`Background.p_values`).
    """
    (one, its), (other, others) = background.expected(receptors), background.expected(ligands)
    its, others = outside * its, outside * others
    left = values - other[:, None] - one
    z = left / np.sqrt(others[:, None] * its)
    p = background.p_values(z)
    once = Pattern.of(z, symmetric=symmetric).once
    q = np.full(p.shape, np.nan)
    q[once] = false_discovery_control(p[once]) if once.any() else np.nan
    return Against(z, left / its, left / others[:, None], p, np.fmin(q, q.T) if symmetric else q, len(background.null))
