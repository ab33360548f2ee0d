"""Which p-values of a published trial follow from its printed means, standard deviations and counts.

    python examples/trial/published.py MEANS.csv COUNTS.csv --out FOLDER

README.md beside this file explains the tables that go in and come out, and how rounding is taken into account.
"""

import argparse
import math
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.stats import contingency

from crossdock import log
from crossdock.errors import InputError, quoted
from crossdock.files import write_table, write_text
from crossdock.unexpected import end_with
from trial import STUDENT, WELCH, error_of_difference, read, shown

CHI2, CORRECTED, FISHER = "chi-squared", "chi-squared with continuity correction", "Fisher's exact"
#: Name of a printed number, what it looks like, an example.
KINDS = {
    "mean": ("mean", r"[-\u2212]?[0-9]*\.?[0-9]+", "12.5"),
    "sd": ("standard deviation", r"[0-9]*\.?[0-9]+", "2.5"),
    "n": ("number of patients", "[0-9]{1,6}", "12"),
    "count": ("number of patients", "[0-9]{1,6}", "12"),
    "p": ("p-value", r"[<>=]?\s*(?:[01]|0?\.[0-9]+|1\.0+)", "0.034 or <0.001"),
}
NOT_FROM_SUMMARIES = "cannot be computed: a paired test needs the change of every patient"
STEPS = 21  # values of each standard deviation that are tried from end to end of its rounding
MOST_TABLES = 1_000_000  # that Fisher's test may enumerate
#: A test's lowest p within the rounding, p of the numbers as printed, highest p.
Range = tuple[float, float, float]
Array = NDArray[Any]


def number(text: str, kind: str, place: str) -> tuple[float, float]:
    """Read a printed number, and the most by which rounding can have changed it."""
    name, pattern, example = KINDS[kind]
    if not re.fullmatch(pattern, text):
        hint = f"write it like {example}, with a decimal point and without a unit"
        raise InputError(f"expected a {name}, got {quoted(text)}", where=place, hint=hint)
    text = text.lstrip("<>= ").replace("\u2212", "-")
    return float(text), 0.5 * 10.0 ** -len(text.partition(".")[2])


def compare(printed: str, place: str, tests: dict[str, Range]) -> str:
    """Say whether a printed p-value follows from one of the tests."""
    p, half = number(printed, "p", place)
    low, high = {"<": (0.0, p), ">": (p, 1.0)}.get(printed[:1], (p - half, p + half))
    if not tests:
        return "cannot be computed: all patients are in one category or in one group"
    follows = [name for name, (least, _, most) in tests.items() if least <= high + 1e-12 and most >= low - 1e-12]
    if follows:
        return f"follows from {' and '.join(follows)}"
    below = all(most < 0.05 for _, _, most in tests.values())
    above = all(least >= 0.05 for least, _, _ in tests.values())
    opposite = (below and low >= 0.05) or (above and high <= 0.05)
    return "does not follow" + ("; printed and computed p lie on different sides of 0.05" if opposite else "")


def from_means(means: Array, sds: Array, ns: Sequence[int], slack: Array) -> tuple[Range, dict[str, Range]]:
    """Give the difference of two means, second minus first, with its 95 % interval (Welch), and p of both t tests.

    Parameters
    ----------
    means, sds : ndarray, dtype=float, shape=(2,)
        As printed.
    ns : sequence of int
        Numbers of patients.
    slack : ndarray, dtype=float, shape=(2, 2)
        The most by which rounding changed each mean (first row) and each standard deviation (second row).

    Returns
    -------
    effect : tuple of float
        Difference and ends of its interval.
    tests : dict
        For each test the lowest p within the rounding, p of the numbers as printed, and the highest.
    """
    difference, tests = means[1] - means[0], {}
    gap = abs(difference)
    gaps = np.array([max(0, gap - slack[0].sum()), gap + slack[0].sum()])
    lowest = np.maximum(sds - slack[1], 1e-9 * slack[1])  # a standard deviation printed as 0 is not 0
    one, other = np.meshgrid(*(np.linspace(*ends, STEPS) for ends in zip(lowest, sds + slack[1], strict=True)))
    for name in (STUDENT, WELCH):
        error, df = error_of_difference((one, other), ns, equal=name == STUDENT)
        p = 2 * stats.t.sf(gaps[:, None, None] / error, df)
        error, df = error_of_difference(np.maximum(sds, lowest).tolist(), ns, equal=name == STUDENT)
        tests[name] = (float(p.min()), float(2 * stats.t.sf(gap / error, df)), float(p.max()))
    reach = stats.t.ppf(0.975, df) * error
    return (difference, difference - reach, difference + reach), tests


def fisher(counts: Array) -> float:
    """Give p of Fisher's exact test for two groups: the probability of all tables no likelier than this one.

    Parameters
    ----------
    counts : ndarray, dtype=int, shape=(categories, 2)

    Returns
    -------
    float
        Not a number where more than `MOST_TABLES` tables have the same sums.
    """
    totals, chosen = counts.sum(axis=1), counts[:, 1].sum()
    most = np.minimum(totals[:-1], chosen)
    if np.prod(most + 1.0) > MOST_TABLES:
        return math.nan
    some = np.stack(np.meshgrid(*(np.arange(one + 1) for one in most)), -1).reshape(-1, len(most))
    rest = chosen - some.sum(axis=1)
    tables = np.column_stack([some, rest])[(rest >= 0) & (rest <= totals[-1])]
    p = stats.multivariate_hypergeom.pmf(tables, totals, chosen)
    return float(p[p <= stats.multivariate_hypergeom.pmf(counts[:, 1], totals, chosen) * (1 + 1e-7)].sum())


def association(counts: Array) -> tuple[str, Range]:
    """Give the effect in a table of counts, shape=(categories, 2), by name, with its 95 % interval.

    Two categories have the conditional odds ratio with its exact interval; more have Cramer's V with the interval from
    the noncentral chi-squared distribution (Smithson 2003), an approximation.
    """
    if len(counts) == 2:
        ratio = contingency.odds_ratio(counts.T[::-1])
        interval = ratio.confidence_interval(0.95)
        return "odds ratio", (ratio.statistic, interval.low, interval.high)
    chi2, _, df, _ = stats.chi2_contingency(counts, correction=False)

    def end(level: float) -> float:
        """Give the V at which a chi-squared of at most this one has the probability `level`."""
        if stats.chi2.cdf(chi2, df) <= level:
            return 0.0
        noncentral = optimize.brentq(lambda nc: stats.ncx2.cdf(chi2, df, nc) - level, 0, 4 * chi2 + 50)
        return min(math.sqrt(noncentral / counts.sum()), 1.0)

    return "Cramer's V", (math.sqrt(chi2 / counts.sum()), end(0.975), end(0.025))


def from_counts(counts: Array) -> dict[str, Range]:
    """Give p of every test of a table of counts, shape=(categories, 2), in which no row and no column is empty."""
    tests = {CHI2: stats.chi2_contingency(counts, correction=False).pvalue}
    if len(counts) == 2:
        tests[CORRECTED] = stats.chi2_contingency(counts, correction=True).pvalue
    tests[FISHER] = fisher(counts)
    return {name: (float(p), float(p), float(p)) for name, p in tests.items() if math.isfinite(p)}


def shown_p(p: float) -> str:
    """Write a p-value with four decimals, so that one can compare it with a printed one."""
    return f"{p:.4f}" if p >= 1e-4 else "<0.0001"


def answer(row: "pd.Series[str]", effect: str, place: str, tests: dict[str, Range]) -> dict[str, str]:
    """Put printed p, effect, computed p and verdict into a row."""
    ranges = (
        f"{name} {shown_p(p)}" + (f" ({shown_p(low)} to {shown_p(high)})" if shown_p(low) != shown_p(high) else "")
        for name, (low, p, high) in tests.items()
    )
    found = {"effect": effect, "computed_p": "; ".join(ranges), "verdict": compare(row["printed_p"], place, tests)}
    return {name: row[name] for name in ("table", "measurement", "printed_p")} | found


def check_means(path: str) -> Iterator[dict[str, str]]:
    """Give a row of the answer for each row of a table of means."""
    table, _, refuse = read(path, "table of means", ["table", "measurement", "kind", "printed_p"])
    groups = [name.removesuffix("_mean") for name in table.columns if name.endswith("_mean")]
    if len(groups) != 2:
        hint = "name the columns GROUP_mean, GROUP_sd and GROUP_n, for two groups"
        raise InputError(f"expected two columns of means, found {len(groups)}", where=path, hint=hint)
    read(path, "table of means", [], [f"{group}_{kind}" for group in groups for kind in ("sd", "n")])
    refuse(~table["kind"].isin(["mean", "paired"]), "unknown kind {kind}", "write mean or paired")
    for line, row in table.iterrows():
        place = f"{path}, line {line}"
        if row["kind"] == "paired":
            number(row["printed_p"], "p", place)
            yield answer(row, "", place, {}) | {"verdict": NOT_FROM_SUMMARIES}
            continue
        cells = [
            [number(row[f"{group}_{kind}"], kind, f"{place}, column {group}_{kind}") for group in groups]
            for kind in ("mean", "sd", "n")
        ]
        values, slack = np.moveaxis(np.array(cells), -1, 0)
        if values[2].min() < 2:
            what = f"a group of {values[2].min():.0f} patient has no standard deviation"
            raise InputError(what, where=place, hint="correct the number, or remove the row")
        effect, tests = from_means(values[0], values[1], [int(n) for n in values[2]], slack[:2])
        yield answer(row, f"difference, {groups[1]} minus {groups[0]}: {shown(*effect)}", place, tests)


def check_counts(path: str) -> Iterator[dict[str, str]]:
    """Give a row of the answer for each measurement of a table of counts."""
    keys = ["table", "measurement", "category", "printed_p"]
    table, _, refuse = read(path, "table of counts", keys)
    groups = [name for name in table.columns if name not in keys]
    if len(groups) != 2:
        hint = f"beside {', '.join(keys)}, the table must have one column of counts for each of two groups"
        raise InputError(f"expected two groups, found {len(groups)}: {', '.join(groups)}", where=path, hint=hint)
    twice = table.duplicated(keys[:3])
    refuse(twice, "the category {category} of {measurement} appears twice", "keep one of the two rows")
    for _, own in table.groupby(["table", "measurement"], sort=False):
        row, place, effect, tests = own.iloc[0], f"{path}, line {own.index[0]}", "", {}
        if own["printed_p"].nunique() > 1:
            hint = "a p-value belongs to all categories of a measurement: write the same one in each row"
            what = f"{quoted(row['measurement'])} has several printed p-values"
            raise InputError(what, where=place, hint=hint)
        cells = [
            [number(one[group], "count", f"{path}, line {line}, column {group}")[0] for group in groups]
            for line, one in own.iterrows()
        ]
        counts = np.array(cells, dtype=int)
        filled = counts.sum(axis=1) > 0  # categories without a patient say nothing
        counts = counts[filled]
        if len(counts) > 1 and counts.sum(axis=0).min() > 0:
            kind, value = association(counts)
            pair = f", {' to '.join(own['category'][filled])}, {groups[1]} against {groups[0]}"
            effect, tests = f"{kind}{pair * (len(counts) == 2)}: {shown(*value)}", from_counts(counts)
        yield answer(row, effect, place, tests)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write published.csv and published.md; give the exit code (2 for a table that cannot be used)."""
    parser = argparse.ArgumentParser(description="Which printed p-values follow from printed means, SDs and counts.")
    parser.add_argument("means", help="CSV of printed means, SDs and numbers of patients of two groups")
    parser.add_argument("counts", help="CSV of printed counts of two groups")
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables")
    options = parser.parse_args(arguments)
    log.show()
    try:
        answers = pd.DataFrame([*check_means(options.means), *check_counts(options.counts)])
        named = answers.rename(columns=lambda name: name.replace("_", " "))
        write_table(options.out / "published.csv", answers)
        write_text(options.out / "published.md", named.to_markdown(index=False, disable_numparse=True) + "\n")
    except Exception as error:
        return end_with(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
