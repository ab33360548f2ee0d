"""Additive models of matrices with holes, and of symmetric ones: what the averages of a pair's two proteins predict.

A matrix has a row a ligand and a column a receptor, and is not a number where a pair has no score. A symmetric one has
the same proteins on both sides, each pair on both sides of the diagonal, and a protein has one average for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

#: Share of a pair's score that its own residual must keep for the pair to have one.
_LEAST_FREE = 1e-8


@dataclass(frozen=True)
class Pattern:
    """Which pairs of a matrix have a score.

    Attributes
    ----------
    shape : tuple of int
        Ligands, receptors.
    cells : bytes
        A byte a cell, 1 where there is a score.
    symmetric : bool
    """

    shape: tuple[int, int]
    cells: bytes
    symmetric: bool = False

    @classmethod
    def of(cls, scores: NDArray[np.float64], *, symmetric: bool = False) -> Pattern:
        """Give the pattern of a matrix, or of a stack of matrices with the same holes."""
        there = np.isfinite(scores.reshape(-1, *scores.shape[-2:])[0])
        return cls((there.shape[0], there.shape[1]), there.tobytes(), symmetric)

    @property
    def there(self) -> NDArray[np.bool_]:
        """Whether a cell has a score, shape=(ligands, receptors)."""
        return np.frombuffer(self.cells, dtype=bool).reshape(self.shape)

    @property
    def plain(self) -> bool:
        """Whether it is a complete matrix of ligands on receptors, for which averages give the model."""
        return not self.symmetric and all(self.cells)

    @property
    def once(self) -> NDArray[np.bool_]:
        """Whether a cell has a score and counts: of a symmetric matrix, each pair counts once."""
        return np.triu(self.there) if self.symmetric else self.there

    def drawn(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give a stack of matrices the holes and the symmetry of this one."""
        if self.symmetric:
            upper = np.triu(numbers)
            numbers = upper + np.swapaxes(np.triu(numbers, 1), -1, -2)
        return np.where(self.there, numbers, np.nan)

    def core(self, least: int) -> Pattern:
        """Give the pattern of the largest part in which each protein has at least so many partners.

        Notes
        -----
        The k-core of the graph of pairs (Seidman 1983, Social Networks 5:269).
        """
        there = self.there.copy()
        while True:
            few = [there & (there.sum(axis=axis, keepdims=True) < least) for axis in (0, 1)]
            if not (few[0] | few[1]).any():
                return Pattern(self.shape, there.tobytes(), self.symmetric)
            there &= ~(few[0] | few[1])


@dataclass(frozen=True)
class Additive:
    """The additive model of a pattern, fitted by least squares: score = effect of one protein + effect of the other.

    Attributes
    ----------
    pattern : Pattern
    cells : tuple of ndarray, dtype=int64, shape=(n,)
        Row and column of each pair, once.
    ends : tuple of ndarray, dtype=int64, shape=(n,)
        Which effect each of its two proteins has: ligands, then receptors; of a symmetric matrix one a protein.
    inverse : ndarray, dtype=float64, shape=(p, p)
        Pseudo-inverse of the normal equations of the p effects.
    """

    pattern: Pattern
    cells: tuple[NDArray[np.int64], NDArray[np.int64]]
    ends: tuple[NDArray[np.int64], NDArray[np.int64]]
    inverse: NDArray[np.float64]

    @cached_property
    def free(self) -> NDArray[np.float64]:
        """What each pair's residual keeps of its score, 1 less its leverage; shape=(n,).

        It is 0 where the other pairs do not predict the pair, whose residual is then 0 whatever it scores.
        """
        one, other = self.ends
        h = self.inverse[one, one] + self.inverse[other, other] + 2 * self.inverse[one, other]
        return np.where(1 - h > _LEAST_FREE, 1 - h, 0.0)

    @property
    def defined(self) -> NDArray[np.bool_]:
        """Whether a cell has a residual, shape=(ligands, receptors)."""
        return np.isfinite(self.matrix(np.where(self.free > 0, 1.0, np.nan)))

    @property
    def rank(self) -> int:
        """How many numbers of the model are free: of the pairs, the others are left for residuals."""
        return len(self.free) - round(float(self.free.sum()))

    def values(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the pairs out of a matrix, each once; shape=(n,)."""
        return matrix[self.cells]

    def matrix(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Put a number a pair into a matrix, on both sides of the diagonal where it is symmetric."""
        made = np.full(self.pattern.shape, np.nan)
        made[self.cells] = values
        if self.pattern.symmetric:
            made[self.cells[::-1]] = values
        return made

    def residual(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give what the model leaves of the scores; not a number where there is no residual."""
        return self.matrix(np.where(self.free > 0, self.left(self.values(scores)), np.nan))

    def effects(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give what each protein adds to the numbers of its pairs, shape=(p,)."""
        one, other = self.ends
        sums = np.bincount(one, values, len(self.inverse)) + np.bincount(other, values, len(self.inverse))
        effects: NDArray[np.float64] = self.inverse @ sums
        return effects

    def left(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give what the model leaves of a number a pair, shape=(n,)."""
        one, other = self.ends
        effects = self.effects(values)
        left: NDArray[np.float64] = values - effects[one] - effects[other]
        return left

    def variance(self, variance: NDArray[np.float64], against: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Give the variance of each pair's residual, or of its difference from that of another pair.

        Parameters
        ----------
        variance : ndarray, dtype=float64, shape=(n,)
            Of each pair's score.
        against : ndarray, dtype=int64, shape=(n,), optional
            Place of the other pair.

        Notes
        -----
        A residual is a weighted sum of all scores, r = (1 - H) s with the hat matrix H = X (X'X)^+ X'. Its variance is
        the sum of the squared weights times each score's variance; H is not formed.
        """
        one, other = self.ends
        u = self.inverse[one] + self.inverse[other]  # row k of H is u_k[a] + u_k[b] for the pair of a and b
        p = len(self.inverse)
        between = np.zeros((p, p))
        np.add.at(between, (one, other), variance)
        between += between.T
        between[np.diag_indices(p)] += np.bincount(one, variance, p) + np.bincount(other, variance, p)

        def hat(rows: NDArray[np.float64], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
            at = np.arange(len(rows))
            found: NDArray[np.float64] = rows[at, one[pairs]] + rows[at, other[pairs]]
            return found

        own = np.arange(len(one))
        if against is None:
            total: NDArray[np.float64] = variance * (1 - 2 * hat(u, own)) + ((u @ between) * u).sum(axis=1)
            return total
        w = u - u[against]
        ends = variance * (1 - 2 * hat(w, own)) + variance[against] * (1 + 2 * hat(w, against))
        difference: NDArray[np.float64] = ends + ((w @ between) * w).sum(axis=1)
        return np.where(own == against, 0.0, difference)


@lru_cache(maxsize=64)
def additive(pattern: Pattern) -> Additive:
    """Give the additive model of a pattern.

    Notes
    -----
    Ligands on receptors: s_ij = l_i + r_j + e_ij, the two-way layout with one or no observation a cell (Scheffe 1959,
    The Analysis of Variance, section 4.4). Symmetric: s_ij = a_i + a_j + e_ij, a diallel cross (Griffing 1956, Aust J
    Biol Sci 9:463), whose residual is the specific combining ability. Where the graph of pairs falls apart, each part
    is fitted by itself.
    """
    rows, columns = np.nonzero(pattern.once)
    ends = (rows, columns if pattern.symmetric else pattern.shape[0] + columns)
    p = pattern.shape[0] if pattern.symmetric else sum(pattern.shape)
    normal = np.zeros((p, p))
    np.add.at(normal, ends, 1.0)
    normal += normal.T
    normal[np.diag_indices(p)] += np.bincount(ends[0], minlength=p) + np.bincount(ends[1], minlength=p)
    inverse: NDArray[np.float64] = np.linalg.pinv(normal, hermitian=True).astype(float)
    return Additive(pattern, (rows, columns), ends, inverse)


def median(values: NDArray[np.float64], axis: int | tuple[int, ...]) -> NDArray[np.float64]:
    """Give medians along an axis, which stays, over the numbers that are there; 0 where there is none."""
    if not np.isnan(values).any():
        found: NDArray[np.float64] = np.median(values, axis=axis, keepdims=True)
        return found
    if isinstance(axis, tuple):
        flat = np.moveaxis(values, axis, range(-len(axis), 0))
        shape = flat.shape[: -len(axis)]
        return median(flat.reshape(*shape, -1), -1).reshape(*shape, *(1 for _ in axis))
    ordered = np.sort(values, axis=axis)  # what is not a number comes last
    n = np.isfinite(values).sum(axis=axis, keepdims=True)
    low, high = (
        np.take_along_axis(ordered, np.maximum(place, 0), axis=axis) for place in ((n - 1) // 2, np.minimum(n // 2, n))
    )
    return np.where(n > 0, (low + high) / 2, 0.0)


def mirrored(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill a square matrix of which each pair may stand on one side of the diagonal only."""
    return np.where(np.isfinite(scores), scores, scores.T)
