"""Which score of a predicted complex tells binders from non-binders? On a table of pairs with a known answer.

    python benchmarks/cofold_scores.py TABLE.tsv [--lead lis] [--lower interface_pae ...] [--only COLUMN=VALUE]

TABLE (tab-separated, or .csv) has a row for each pair, with the columns `receptor`, `ligand` and `binds` (yes or no),
and a column for each score. Columns that are not numbers are ignored, empty cells are pairs without the score. It may
be a table of your own: `crossdock cofold score FOLDER --json` prints the scores of predictions.

Printed are, for each score, over the pairs that have every score:
  ROC AUC            the chance that a binder scores better than a non-binder, and its difference from that of --lead
  average precision  the mean, over binders, of the share of binders among all pairs that score as well
  found at 5 %, 1 %  the share of binders that score better than all but 5 % (1 %) of the non-binders; only where that
                     is ten non-binders or more
  first              how often a receptor's binder scores best among the ligands of this receptor
and then, for each score, the same of its specificity (the score without the averages of both proteins), if there are
several receptors and the pairs are enough for that. The 95 % intervals are from a bootstrap over receptors, in which
receptors that share a binder are drawn together: their pairs are no independent observations. Both sides of a
difference get the same draws. If the table has one receptor, pairs are drawn; of a table of --places, which does not
name the binders, single receptors.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crossdock.analysis.specificity import specificity
from partners import area

#: The columns that name a pair and say whether it binds.
COLUMNS = ("receptor", "ligand", "binds")
ANSWERS = {"yes": True, "no": False}
#: Shares of non-binders at which the binders found are counted, and how many non-binders that must be.
SHARES, LEAST = (0.05, 0.01), 10
#: Draws of the bootstrap, its seed, and how many groups there must be to draw from.
DRAWS, SEED, FEWEST = 1000, 0, 5
#: How scores are written; a name that is not here is written as it is.
LABELS = {"iptm": "ipTM", "lis": "LIS", "clis": "cLIS", "ilis": "iLIS", "lia": "LIA", "ipsae": "ipSAE"}

Values = NDArray[np.float64]
#: Rows of a table, such as those of the receptors that were drawn.
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """Pairs with a known answer and every score.

    Attributes
    ----------
    table : DataFrame
        With the columns `receptor` and `ligand`, a row a pair.
    scores : dict of str to ndarray, dtype=float64, shape=(n,)
        Higher is better.
    binds : ndarray, dtype=bool, shape=(n,)
    """

    table: pd.DataFrame
    scores: dict[str, Values]
    binds: NDArray[np.bool_]

    @classmethod
    def of(cls, table: pd.DataFrame, *, lower: Sequence[str] = ()) -> Pairs:
        """Take the pairs of a table that have every score.

        Parameters
        ----------
        table : DataFrame
            Columns `receptor`, `ligand`, `binds` ("yes" or "no"), and scores. iLIS is added where LIS and cLIS are
            there: the square root of their product.
        lower : sequence of str
            Scores of which lower is better: their sign is turned. Of all others higher is.

        Raises
        ------
        ValueError
            If a column is missing, an answer is neither yes nor no, a pair stands there twice, no column is a score,
            or there are no binders or no non-binders.
        """
        missing = [name for name in (*COLUMNS, *lower) if name not in table.columns]
        if missing:
            raise ValueError(f"no column {', '.join(missing)}; there are {', '.join(map(str, table.columns))}")
        unknown = sorted(set(table["binds"].astype(str)) - set(ANSWERS))
        if unknown:
            raise ValueError(f"binds is {', '.join(unknown)} in some rows; write yes or no")
        twice = table[table.duplicated(["receptor", "ligand"])]
        if len(twice):
            one = twice.iloc[0]
            raise ValueError(f"{one['ligand']} on {one['receptor']} has two rows; keep one")
        numbers = table.drop(columns=list(COLUMNS)).select_dtypes("number")
        if {"lis", "clis"} <= set(numbers) and "ilis" not in numbers:
            numbers = numbers.assign(ilis=np.sqrt(numbers["lis"] * numbers["clis"]))
        if not len(numbers.columns):
            raise ValueError("no column of numbers besides receptor, ligand and binds")
        whole = numbers.notna().all(axis=1).to_numpy()
        binds = table["binds"].map(ANSWERS).to_numpy(dtype=bool)
        if not len(set(binds[whole].tolist())) == 2:
            raise ValueError("of the pairs that have every score, some must bind and some must not")
        signs = {name: -1.0 if name in lower else 1.0 for name in numbers}
        scores = {str(name): sign * numbers[name].to_numpy(dtype=float) for name, sign in signs.items()}
        return cls(table, scores, binds).inside(whole)

    def inside(self, there: NDArray[np.bool_]) -> Pairs:
        """Give some of the pairs."""
        scores = {name: values[there] for name, values in self.scores.items()}
        return Pairs(self.table[there].reset_index(drop=True), scores, self.binds[there])

    def matrix(self, values: Values) -> Values:
        """Line a number a pair up, shape=(ligands, receptors); not a number where there is no such pair."""
        made = self.table[["receptor", "ligand"]].assign(value=values)
        whole: Values = made.pivot(index="ligand", columns="receptor", values="value").to_numpy()
        return whole

    def specificity(self, name: str) -> Values:
        """Give the specificity of each pair, turned so that higher is better; not a number where it has none."""
        place = self.matrix(np.arange(len(self.table), dtype=float))
        left = -specificity(-self.matrix(self.scores[name]))
        there = np.isfinite(place)
        found = np.full(len(self.table), np.nan)
        found[place[there].astype(int)] = left[there]
        return found

    def first(self, values: Values) -> Values:
        """Tell of each row whether it is a binder that scores best on its receptor; not a number if it is no binder."""
        ranks = pd.Series(values).groupby(self.table["receptor"]).rank(ascending=False)
        return np.where(self.binds, ranks <= 1, np.nan)

    def groups(self) -> list[Rows]:
        """Give the rows that are drawn together: of receptors that share a binder, or of one pair for one receptor."""
        receptor, ligand = (pd.factorize(self.table[name], sort=True)[0] for name in COLUMNS[:2])
        n, m = receptor.max() + 1, ligand.max() + 1
        if n == 1:
            return [np.array([row]) for row in range(len(self.table))]
        own = receptor[self.binds], n + ligand[self.binds]
        _, part = connected_components(coo_array((np.ones(len(own[0])), own), shape=(n + m, n + m)), directed=False)
        return [np.flatnonzero(part[receptor] == one) for one in np.unique(part[receptor])]

    def draws(self, *, draws: int, seed: int = SEED) -> list[Rows]:
        """Give all rows, and then draws of `groups` with replacement.

        Raises
        ------
        ValueError
            If there are too few groups for an interval.
        """
        groups = self.groups()
        if len(groups) < FEWEST:
            raise ValueError(
                f"{len(groups)} groups of receptors that share no binder; {FEWEST} are needed to draw from"
            )
        rng = np.random.default_rng(seed)
        drawn = [np.concatenate([groups[k] for k in rng.integers(len(groups), size=len(groups))]) for _ in range(draws)]
        return [np.arange(len(self.table)), *(rows for rows in drawn if 0 < self.binds[rows].sum() < len(rows))]

    def areas(self, values: Values, drawn: Sequence[Rows]) -> Values:
        """Give the area under the ROC curve of each draw."""
        return np.array([area(-values[rows][self.binds[rows]], -values[rows][~self.binds[rows]]) for rows in drawn])


def average_precision(values: Values, binds: NDArray[np.bool_]) -> float:
    """Sum, over the distinct values from the highest on, the precision there times the gain in recall.

    Parameters
    ----------
    values : ndarray, dtype=float64, shape=(n,)
        Higher is better.
    binds : ndarray, dtype=bool, shape=(n,)
    """
    order = np.argsort(-values, kind="stable")
    found, last = np.cumsum(binds[order]), np.append(np.diff(values[order]) != 0, True)
    precision = (found / np.arange(1, len(values) + 1))[last]
    return float((precision * np.diff(found[last], prepend=0)).sum() / binds.sum())


def found_at(share: float, values: Values, binds: NDArray[np.bool_]) -> float:
    """Give the share of binders that score better than all but such a share of the non-binders; higher is better."""
    others = np.sort(values[~binds])[::-1]
    return float((values[binds] > others[int(share * len(others))]).mean())


def of_scores(pairs: Pairs, lead: str, *, draws: int = DRAWS) -> str:
    """Write what each score finds, as a table in Markdown."""
    drawn, binds = pairs.draws(draws=draws), pairs.binds
    shares = [share for share in SHARES if int(share * (~binds).sum()) >= LEAST]
    title = ["score", "ROC AUC", f"less that of {LABELS.get(lead, lead)}", "average precision"]
    lines = [[*title, *(f"found at {100 * share:.0f} %" for share in shares), "first", title[2]]]
    firsts = {
        name: np.array([float(np.nanmean(first[rows])) for rows in drawn])
        for name, first in ((name, pairs.first(values)) for name, values in pairs.scores.items())
    }
    areas = {name: pairs.areas(values, drawn) for name, values in pairs.scores.items()}

    def each(measure: Callable[[Values, NDArray[np.bool_]], float], values: Values) -> list[float]:
        return [measure(values[rows], binds[rows]) for rows in drawn]

    for name in sorted(areas, key=lambda name: -areas[name][0]):
        values = pairs.scores[name]
        lines.append(
            [
                LABELS.get(name, name),
                _number(areas[name]),
                "" if name == lead else _number(areas[name] - areas[lead], signed=True),
                _number(each(average_precision, values)),
                *(_percent(each(partial(found_at, share), values)) for share in shares),
                _percent(firsts[name]),
                "" if name == lead else _percent(firsts[name] - firsts[lead], signed=True),
            ]
        )
    return _table(lines)


def of_specificity(pairs: Pairs, *, draws: int = DRAWS) -> str:
    """Compare each score with its specificity, on the pairs that have one, as a table in Markdown."""
    if min(pairs.table[name].nunique() for name in COLUMNS[:2]) < 2:
        return "No specificity: one receptor, or one ligand, has no averages of both proteins."
    whole = {name: pairs.specificity(name) for name in pairs.scores}
    there = np.isfinite(next(iter(whole.values())))
    inside = pairs.inside(there)
    if len(set(inside.binds.tolist())) < 2:
        return "No specificity: the other pairs do not predict any binder, or any non-binder."
    drawn = inside.draws(draws=draws)
    lines = [["score", "ROC AUC", "of its specificity", "difference", "first", "by specificity", "difference"]]
    for name, values in inside.scores.items():
        both = values, whole[name][there]
        areas = [inside.areas(one, drawn) for one in both]
        firsts = [np.array([np.nanmean(first[rows]) for rows in drawn]) for first in map(inside.first, both)]
        cells = [*map(_number, areas), _number(areas[1] - areas[0], signed=True)]
        cells += [*map(_percent, firsts), _percent(firsts[1] - firsts[0], signed=True)]
        lines.append([LABELS.get(name, name), *cells])
    return f"{len(inside.table)} pairs have a specificity, {inside.binds.sum()} of them binders.\n\n{_table(lines)}"


def of_places(table: pd.DataFrame, *, draws: int = DRAWS, seed: int = SEED) -> str:
    """Compare places of binders by several rankings of the same ligands, as a table in Markdown.

    Parameters
    ----------
    table : DataFrame
        A row a receptor, with a column of places for each ranking; the others are compared with the first.
    """
    places = table.select_dtypes("number")
    rng = np.random.default_rng(seed)
    drawn = [np.arange(len(places)), *(rng.integers(len(places), size=len(places)) for _ in range(draws))]
    lines = [["ranking", "first", f"less that of {places.columns[0]}", "mean reciprocal place"]]
    firsts = {name: np.array([(places[name].to_numpy()[rows] <= 1).mean() for rows in drawn]) for name in places}
    for name, first in firsts.items():
        less = "" if name == places.columns[0] else _percent(first - firsts[places.columns[0]], signed=True)
        inverse = 1 / places[name].to_numpy()
        lines.append([str(name), _percent(first), less, _number([inverse[rows].mean() for rows in drawn])])
    return _table(lines)


def _number(values: Sequence[float] | Values, *, signed: bool = False) -> str:
    """Write the first of some numbers, with the 95 % percentile interval of the others."""
    low, high = np.percentile(values[1:], [2.5, 97.5])
    return f"{values[0]:+.3f} ({low:+.3f} to {high:+.3f})" if signed else f"{values[0]:.3f} ({low:.3f}-{high:.3f})"


def _percent(values: Sequence[float] | Values, *, signed: bool = False) -> str:
    """Write the first of some shares in percent, with the 95 % percentile interval of the others."""
    low, high = 100 * np.percentile(values[1:], [2.5, 97.5])
    share = 100 * values[0]
    return f"{share:+.0f} ({low:+.0f} to {high:+.0f})" if signed else f"{share:.0f} % ({low:.0f}-{high:.0f})"


def _table(lines: Sequence[Sequence[str]]) -> str:
    rows = [lines[0], ["---"] * len(lines[0]), *lines[1:]]
    return "\n".join(("| " + " | ".join(row) + " |").replace("|  |", "| |") for row in rows)


def summary(pairs: Pairs, lead: str, *, draws: int = DRAWS) -> str:
    """Write how many pairs there are and both tables, in Markdown."""
    n, m = (pairs.table[name].nunique() for name in COLUMNS[:2])
    count = (
        f"{len(pairs.table)} pairs of {n} receptor{'s' if n != 1 else ''} and {m} ligand{'s' if m != 1 else ''}, "
        f"{pairs.binds.sum()} of them binders; {len(pairs.groups())} groups to draw from."
    )
    return "\n\n".join([count, of_scores(pairs, lead, draws=draws), of_specificity(pairs, draws=draws)])


def read_pairs(path: Path, *, lower: Sequence[str] = (), only: str | None = None) -> Pairs:
    """Read a table; `only` is COLUMN=VALUE, the rows to keep."""
    table = pd.read_csv(path, sep="," if path.suffix == ".csv" else "\t", dtype={"receptor": str, "ligand": str})
    if only:
        column, _, value = only.partition("=")
        if column not in table.columns:
            raise ValueError(f"--only {only}: no column {column}")
        table = table[table[column].astype(str) == value]
    return Pairs.of(table, lower=lower)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, help="pairs, their answers and their scores, or --places")
    parser.add_argument("--lead", default="lis", help="the score that others are compared with (default: lis)")
    parser.add_argument("--lower", nargs="+", default=(), metavar="SCORE", help="scores of which lower is better")
    parser.add_argument("--only", metavar="COLUMN=VALUE", help="keep these rows, such as known_before=no")
    parser.add_argument(
        "--places",
        action="store_true",
        help="TABLE has a row a receptor, and a column for each ranking: the place of the receptor's binder",
    )
    parser.add_argument("--draws", type=int, default=DRAWS, help="bootstrap samples of receptors")
    options = parser.parse_args()
    if options.places:
        print(of_places(pd.read_csv(options.table, sep="\t"), draws=options.draws))
        return
    try:
        pairs = read_pairs(options.table, lower=options.lower, only=options.only)
    except ValueError as error:
        parser.error(f"{options.table}: {error}")
    if options.lead not in pairs.scores:
        parser.error(f"--lead {options.lead}: the scores are {', '.join(pairs.scores)}")
    try:
        print(summary(pairs, options.lead, draws=options.draws))
    except ValueError as error:
        parser.error(f"{options.table}: {error}")


if __name__ == "__main__":
    main()
