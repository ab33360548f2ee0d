"""What is a pair's own in a matrix of scores, and what its receptor's and its ligand's averages explain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.analysis.additive import Pattern, additive, median
from crossdock.errors import InputError

#: Multiple of the median absolute deviation that estimates a normal standard deviation: 1 / Phi^-1(3/4).
MAD_TO_SD = 1.4826


@dataclass(frozen=True)
class Shares:
    """Shares of a matrix's variance; they add up to 1.

    Attributes
    ----------
    receptor, ligand : float or None
        Of the averages of each; None of a symmetric matrix, whose proteins have one average each.
    left : float
        What no average explains.
    chance_receptor, chance_ligand : float or None
        What the averages of a matrix of independent numbers explain: their degrees of freedom.
    protein, chance_protein : float or None
        The same of the proteins of a symmetric matrix.
    """

    receptor: float | None
    ligand: float | None
    left: float
    chance_receptor: float | None
    chance_ligand: float | None
    protein: float | None = None
    chance_protein: float | None = None

    @property
    def explained(self) -> list[tuple[str, float, float]]:
        """What averages are of, the share that they explain, and what they would by chance."""
        parts = (
            ("receptor", self.receptor, self.chance_receptor),
            ("ligand", self.ligand, self.chance_ligand),
            ("protein", self.protein, self.chance_protein),
        )
        return [(name, share, chance) for name, share, chance in parts if share is not None and chance is not None]


@dataclass(frozen=True)
class Polish:
    """An additive model by medians: score = overall + ligand + receptor + residual.

    Attributes
    ----------
    overall : ndarray, dtype=float64, shape=(...,)
    ligand : ndarray, dtype=float64, shape=(..., ligands)
    receptor : ndarray, dtype=float64, shape=(..., receptors)
    residual : ndarray, dtype=float64, shape=(..., ligands, receptors)
    """

    overall: NDArray[np.float64]
    ligand: NDArray[np.float64]
    receptor: NDArray[np.float64]
    residual: NDArray[np.float64]


def specificity(scores: NDArray[np.float64], *, symmetric: bool = False) -> NDArray[np.float64]:
    """Take receptor and ligand averages out of a matrix of scores.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(ligands, receptors)
        In arbitrary units, lower is better; not a number where a pair has none.
    symmetric : bool
        Whether both sides are the same proteins, each with one average; each pair stands on both sides of the diagonal.

    Returns
    -------
    ndarray, dtype=float64, shape=(ligands, receptors)
        The residual of the additive model. Negative where the pair scores better than both partners' averages say.
        Of a complete matrix `r_ij = S_ij - S_i. - S_.j + S_..`. With holes, and of a symmetric matrix, the model is
        fitted by least squares (`crossdock.analysis.additive`), and the residual is not a number where the other pairs
        do not predict the pair: it would be 0 whatever the pair scores.

    Notes
    -----
    A complete matrix of one row or one column has no residual: it gives zeros.
    """
    pattern = Pattern.of(scores, symmetric=symmetric)
    if not pattern.plain:
        return additive(pattern).residual(scores)
    left: NDArray[np.float64] = (
        scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0, keepdims=True) + scores.mean()
    )
    return left


def variance_shares(scores: NDArray[np.float64], *, symmetric: bool = False) -> Shares:
    """Split the variance of a matrix among receptors, ligands, and what is left.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(ligands, receptors)
    symmetric : bool
        As for `specificity`.

    Returns
    -------
    Shares

    Raises
    ------
    InputError
        If all scores are equal, or no pair has a specificity: there is no variance to split.

    Notes
    -----
    Sums of squares of the two-way layout without replication (Fisher 1925): of the averages' deviations, each times
    the cells behind it, over the total. Of independent cells, R receptors would explain (R - 1) / (R L - 1). With holes
    the share of one side depends on whether the other is taken out before; it is the mean of both orders (Lindeman,
    Merenda & Gold 1980; Groemping 2006, J Stat Softw 17:1), which is the same for a complete matrix.
    """
    pattern = Pattern.of(scores, symmetric=symmetric)
    model = additive(pattern)
    values = model.values(scores)
    total = ((values - values.mean()) ** 2).sum() if len(values) else 0.0
    if not total > 0:
        raise InputError("all scores are equal: there is no variance to explain")
    if not model.free.any():
        raise InputError("the pairs are too few: averages explain any scores that they have")
    left, freedom = float((model.left(values) ** 2).sum() / total), len(values) - 1
    if symmetric:
        return Shares(None, None, left, None, None, 1 - left, (model.rank - 1) / freedom)
    alone = []
    for cell in model.cells:
        n = np.bincount(cell)
        means = np.bincount(cell, values)[n > 0] / n[n > 0]
        alone.append((float((n[n > 0] * (means - values.mean()) ** 2).sum() / total), int((n > 0).sum()) - 1))
    (ligand, ligands), (receptor, receptors) = alone
    both, rank = 1 - left, model.rank - 1
    return Shares(
        (receptor + both - ligand) / 2,
        (ligand + both - receptor) / 2,
        left,
        (receptors + rank - ligands) / 2 / freedom,
        (ligands + rank - receptors) / 2 / freedom,
    )


def median_polish(
    scores: NDArray[np.float64], *, rounds: int = 50, settled: float = 1e-6, symmetric: bool = False
) -> Polish:
    """Fit the additive model by medians, which a few true partners do not pull along.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(..., ligands, receptors)
        One matrix or a stack of them, with the same holes.
    rounds : int
        Most sweeps over rows and columns.
    settled : float
        Stop when the sum of absolute residuals falls by less than this part, in every matrix of the stack.
    symmetric : bool
        As for `specificity`: a protein has one effect, taken out of its row and its column together.

    Returns
    -------
    Polish
        Residuals are not numbers where `specificity` has none.

    References
    ----------
    Tukey 1977, Exploratory Data Analysis, chapter 11. The outcome depends a little on what is swept first: here, rows,
    and of a symmetric matrix the proteins in their order.
    """
    pattern = Pattern.of(scores, symmetric=symmetric)
    fit = (_polish_symmetric if symmetric else _polish)(scores.astype(float), rounds, settled)
    if pattern.plain:
        return fit
    return replace(fit, residual=np.where(additive(pattern).defined, fit.residual, np.nan))


def _polish(residual: NDArray[np.float64], rounds: int, settled: float) -> Polish:
    """Sweep rows and columns in turn."""
    residual = residual.copy()
    overall, ligand, receptor = (np.zeros(residual.shape[:-2] + size) for size in ((), *_sides(residual)))
    before = np.full(overall.shape, np.inf)
    for _ in range(rounds):
        rows = median(residual, -1)
        residual -= rows
        ligand += rows[..., 0]
        shift = np.median(receptor, axis=-1)
        receptor, overall = receptor - shift[..., None], overall + shift
        columns = median(residual, -2)
        residual -= columns
        receptor += columns[..., 0, :]
        shift = np.median(ligand, axis=-1)
        ligand, overall = ligand - shift[..., None], overall + shift
        now = np.nansum(np.abs(residual), axis=(-2, -1))
        if (before - now <= settled * now).all():
            break
        before = now
    return Polish(overall, ligand, receptor, residual)


def _sides(matrix: NDArray[np.float64]) -> tuple[tuple[int], tuple[int]]:
    return (matrix.shape[-2],), (matrix.shape[-1],)


def _polish_symmetric(residual: NDArray[np.float64], rounds: int, settled: float) -> Polish:
    """Sweep protein after protein: its median goes out of its row and its column.

    A homodimer has its protein's effect twice, so half of its residual counts, with the weight of two pairs.
    """
    residual = residual.copy()
    effect = np.zeros(residual.shape[:-1])
    before = np.full(residual.shape[:-2], np.inf)
    for _ in range(rounds):
        for i in range(residual.shape[-1]):
            own = residual[..., i, :].copy()
            own[..., i] /= 2
            taken = median(np.concatenate([own, own[..., i : i + 1]], axis=-1), -1)
            effect[..., i] += taken[..., 0]
            residual[..., i, :] -= taken
            residual[..., :, i] -= taken
        now = np.nansum(np.abs(residual), axis=(-2, -1))
        if (before - now <= settled * now).all():
            break
        before = now
    shift = np.median(effect, axis=-1)
    own = effect - shift[..., None]
    return Polish(2 * shift, own, own, residual)


def robust_z(residual: NDArray[np.float64], *, symmetric: bool = False) -> NDArray[np.float64]:
    """Express residuals in robust standard deviations of all of them.

    Parameters
    ----------
    residual : ndarray, dtype=float64, shape=(..., ligands, receptors)
        Of a median polish.
    symmetric : bool
        As for `specificity`: each pair counts once.

    Returns
    -------
    ndarray, dtype=float64, shape=(..., ligands, receptors)
        Residual / (1.4826 MAD); not a number where more than half of the residuals are zero: there is no unit then.

    Notes
    -----
    Medians take more out of a small matrix than averages do, so these are wider than normal deviates of the same name:
    `lowest_by_chance` says what the lowest of a matrix of noise is.
    """
    cells = (-2, -1)
    once = np.where(np.triu(np.ones(residual.shape[-2:], dtype=bool)), residual, np.nan) if symmetric else residual
    away = np.abs(once - median(once, cells))
    spread = MAD_TO_SD * median(away, cells)
    largest = np.nan_to_num(np.abs(residual)).max(axis=cells, keepdims=True, initial=0.0)
    return residual / np.where(spread > 1e-9 * largest, spread, np.nan)


@cache
def lowest_by_chance(
    ligands: int, receptors: int, *, pattern: Pattern | None = None, rounds: int = 300
) -> tuple[float, float]:
    """Simulate what the lowest robust z of a matrix is that holds nothing but averages and normal noise.

    Parameters
    ----------
    ligands, receptors : int
    pattern : Pattern, optional
        Which of its pairs have a score; all of them without it.
    rounds : int

    Returns
    -------
    median, rare : float
        Of the lowest: its median, and what it falls below one time in twenty; not numbers below 3 x 3, where all cells
        say the same, and where no three partners of a protein have three each.
    """
    pattern = pattern or Pattern((ligands, receptors), bytes([1]) * (ligands * receptors))
    if not any(pattern.core(3).cells):
        return np.nan, np.nan
    symmetric = pattern.symmetric
    rng = np.random.default_rng(0)
    blocks = np.array_split(np.arange(rounds), 1 + rounds * ligands * receptors // 1_000_000)  # of some MB each
    sizes = [(len(block), ligands, receptors) for block in blocks if len(block)]
    drawn = (pattern.drawn(rng.normal(size=size)) for size in sizes)
    left = (median_polish(one, symmetric=symmetric).residual for one in drawn)
    found = np.concatenate([np.fmin.reduce(robust_z(one, symmetric=symmetric), axis=(1, 2)) for one in left])
    middle, rare = np.nanpercentile(found, [50, 5]) if np.isfinite(found).any() else (np.nan, np.nan)
    return float(middle), float(rare)


def focused_z(scores: NDArray[np.float64], *, axis: int) -> NDArray[np.float64]:
    """Tell how far each cell lies from the others of its receptor, or of its ligand.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(ligands, receptors)
        Lower is better; not a number where a pair has none.
    axis : int
        0 compares a receptor's ligands (receptor-focused), 1 a ligand's receptors (ligand-focused). Of a symmetric
        matrix both compare the partners of a protein.

    Returns
    -------
    ndarray, dtype=float64, shape=(ligands, receptors)
        (S - mean) / SD over the other cells, the sample's standard deviation; not a number with fewer than two
        others or where these are equal. Negative is better than the others.

    Notes
    -----
    Receptor- and ligand-focused z as Uchikoga, Matsuzaki & Akiyama name them (IPSJ SIG, Information and Media
    Technologies 5:489); leaving the tested cell out of its own mean and deviation is ours.
    """
    n = np.isfinite(scores).sum(axis=axis, keepdims=True).astype(float)
    total, total_squares = (np.nansum(power, axis=axis, keepdims=True) for power in (scores, scores**2))
    with np.errstate(divide="ignore", invalid="ignore"):
        others, squares = (total - scores) / (n - 1), (total_squares - scores**2) / (n - 1)
        variance = np.maximum(squares - others**2, 0.0) * (n - 1) / (n - 2)
        usable = (n > 2) & (variance > 1e-12 * np.abs(squares))
        return np.where(usable, (scores - others) / np.sqrt(variance), np.nan)


def stability(scores: pd.DataFrame, *, symmetric: bool = False) -> pd.DataFrame:
    """Tell which ligand is the best of each receptor, and whether it stays so when another protein is left out.

    Parameters
    ----------
    scores : DataFrame
        Rows ligands, columns receptors; lower is better; not a number where a pair has none.
    symmetric : bool
        As for `specificity`; the ligands of a receptor are then the partners of a protein.

    Returns
    -------
    DataFrame
        A row a receptor: `best_by_score`, `best_by_specificity`, the `specificity` and `robust_z` of the latter, and
        `stays`: in what part of the panels without one other ligand or one other receptor it is still the best by
        specificity. Empty, or not a number, where no pair of the receptor has such a number.
    """
    values = scores.to_numpy(dtype=float)
    own = specificity(values, symmetric=symmetric)
    z = robust_z(median_polish(values, symmetric=symmetric).residual, symmetric=symmetric)
    best, by_score = _lowest(own), _lowest(values)
    held, tried = np.zeros(len(best)), np.zeros(len(best))
    for rows, columns in _without_one(values.shape, symmetric):
        there = np.isin(best, rows)[columns] & (best[columns] >= 0)
        first = _lowest(specificity(values[np.ix_(rows, columns)], symmetric=symmetric))
        again = np.where(first < 0, -1, rows[first])
        held[columns] += there & (again == best[columns])
        tried[columns] += there
    with np.errstate(invalid="ignore"):
        stays = held / tried
    names, places = np.append(scores.index.to_numpy(dtype=object), ""), np.arange(len(best))
    return pd.DataFrame(
        {
            "receptor": scores.columns,
            "best_by_score": names[by_score],
            "best_by_specificity": names[best],
            "specificity": np.where(best < 0, np.nan, own[best, places]),
            "robust_z": np.where(best < 0, np.nan, z[best, places]),
            "stays": stays,
        }
    )


def _lowest(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the row of the lowest number of each column, -1 where there is none."""
    filled = np.where(np.isfinite(values), values, np.inf)
    return np.where(np.isfinite(values).any(axis=0), filled.argmin(axis=0), -1)


def _without_one(shape: tuple[int, int], symmetric: bool) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Give the rows and columns that are left when one ligand, one receptor, or one protein of both sides is out."""
    rows, columns = map(np.arange, shape)
    for out in rows if len(rows) > 2 else ():
        left = np.delete(rows, out)
        yield left, left if symmetric else columns
    for out in columns if len(columns) > 2 and not symmetric else ():
        yield rows, np.delete(columns, out)


@dataclass(frozen=True)
class SizeDependence:
    """A straight line through scores against size.

    Attributes
    ----------
    slope, intercept : float
    share : float
        Of the variance that it explains, r^2; 0 where all scores are equal.
    residual : ndarray, dtype=float64
        What is left, in the unit of the scores.
    """

    slope: float
    intercept: float
    share: float
    residual: NDArray[np.float64]


def size_dependence(
    scores: NDArray[np.float64], size: NDArray[np.float64], *, symmetric: bool = False
) -> SizeDependence:
    """Fit how scores go with the size of the proteins or of the interface.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(ligands, receptors)
        Not a number where a pair has none; such pairs do not count.
    size : ndarray, dtype=float64, shape=(ligands, receptors)
        Positive: the product of both partners' residues, or the interface's area in square angstrom. The line is
        through its logarithm.
    symmetric : bool
        As for `specificity`: each pair counts once.

    Returns
    -------
    SizeDependence

    Raises
    ------
    InputError
        If a size is not positive, or all are equal.
    """
    once = Pattern.of(scores, symmetric=symmetric).once
    if not (size[once] > 0).all() or not once.any() or np.ptp(size[once]) == 0:
        raise InputError("expected sizes above zero that are not all equal")
    x, y = np.log(size[once]), scores[once]
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())
    intercept = float(y.mean()) - slope * float(x.mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = scores - intercept - slope * np.log(size)
    total = float(((y - y.mean()) ** 2).sum())
    share = 1 - float((residual[once] ** 2).sum()) / total if total > 0 else 0.0
    return SizeDependence(slope, intercept, share, residual)
