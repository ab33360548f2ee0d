"""A clinical trial of two groups, measured before and after: t tests, means with standard errors, and a chart.

    python examples/trial/trial.py PATIENTS.csv --out FOLDER [--times before after] [--groups control treated]

README.md beside this file explains the tables that go in and come out, and what each test assumes.
"""

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import special, stats

from crossdock import log
from crossdock.errors import CrossdockError, InputError, quoted
from crossdock.files import whole_file, write_table
from crossdock.spreadsheet import numbers, read_sheet
from crossdock.unexpected import end_with

PAIRED, WELCH, STUDENT = "paired t", "Welch's t", "Student's t"
COLOURS = ("#0072b2", "#d55e00")  # of Okabe and Ito: distinct for colour-blind readers too
Refuse = Callable[[Any, str, str], None]


def read(
    path: str, what: str, needed: Sequence[str], may_be_empty: Sequence[str] = ()
) -> tuple[pd.DataFrame, str, Refuse]:
    """Read a table as text, its index the lines of the file; what separates cells, and how to refuse a row."""
    sheet = read_sheet(path, what, remarks=True)
    for name in (*needed, *may_be_empty):
        if name not in sheet.header:
            hint = f"the header has {', '.join(sheet.header)}; it must have {', '.join([*needed, *may_be_empty])}"
            raise InputError(f"the column {quoted(name)} is missing", where=path, hint=hint)
    if not sheet.rows:
        raise InputError(f"the {what} has a header but no rows", where=path, hint="add a row for each value")
    lines, rows = zip(*sheet.rows, strict=True)
    table = pd.DataFrame(list(rows), columns=sheet.header, index=list(lines))

    def refuse(wrong: Any, what: str, hint: str) -> None:
        for line in table.index[wrong][:1]:
            raise InputError(what.format(**table.loc[line].map(quoted)), where=f"{path}, line {line}", hint=hint)

    for name in needed:
        refuse(table[name] == "", f"the cell of column {name} is empty", "fill it, or remove the row")
    return table, sheet.delimiter, refuse


def read_patients(path: str, times: list[str], groups: list[str] | None) -> tuple[pd.DataFrame, list[str]]:
    """Read the patients' values, one a row, and both groups in their order."""
    needed = ["patient", "group", "time", "measurement"]
    table, delimiter, refuse = read(path, "table of patients", needed, ["value"])
    hint = f"write {' or '.join(times)}, or name the two times with --times"
    refuse(~table["time"].isin(times), "unknown time {time}", hint)
    found = list(dict.fromkeys(table["group"]))
    groups = groups or found
    if len(found) != 2 or set(groups) != set(found):
        asked = f"the groups {' and '.join(groups)}" if groups is not found else "two groups"
        hint = "the tests compare two groups: correct the column group, or what --groups names"
        raise InputError(f"expected {asked}, found {len(found)}: {', '.join(found[:5])}", where=path, hint=hint)
    other = table["group"] != table.groupby("patient")["group"].transform("first")
    refuse(other, "patient {patient} is in two groups", "correct the group, or give every patient a name of its own")
    twice = table.duplicated(["patient", "time", "measurement"])
    refuse(twice, "patient {patient} has {measurement} at time {time} twice", "keep one of the two rows")
    places = [f"{path}, line {line}, column value" for line in table.index]
    try:
        return table.assign(value=numbers(zip(places, table["value"], strict=True), delimiter)), groups
    except InputError as error:
        hint = error.hint or "write a number without its unit, or leave the cell empty where the value is missing"
        raise InputError(error.what, where=error.where, hint=hint) from None


def error_of_difference(sds: Sequence[Any], ns: Sequence[int], *, equal: bool) -> tuple[Any, Any]:
    """Give the standard error of a difference of two means and its degrees of freedom (Student 1908; Welch 1947)."""
    (a, b), (n, m) = (np.square(sd) for sd in sds), ns
    if equal:
        return np.sqrt(((n - 1) * a + (m - 1) * b) / (n + m - 2) * (1 / n + 1 / m)), n + m - 2
    return np.sqrt(a / n + b / m), (a / n + b / m) ** 2 / ((a / n) ** 2 / (n - 1) + (b / m) ** 2 / (m - 1))


def hedges(d: float, df: float) -> float:
    """Correct a standardised difference for small samples (Hedges 1981); not defined for one degree of freedom."""
    if df <= 1:
        return math.nan
    return d * math.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) * math.sqrt(2 / df)


def holm(p: "pd.Series[float]") -> "pd.Series[float]":
    """Correct p-values for their number (Holm 1979)."""
    return (p.sort_values() * np.arange(len(p), 0, -1)).cummax().clip(upper=1)


def analyse(table: pd.DataFrame, path: str, times: list[str], groups: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compute every test, and the mean of each group at each time and of its change."""
    wide = table.pivot(index=["measurement", "group", "patient"], columns="time", values="value")
    patients = [(group, patient) for group in groups for patient in table.patient[table.group == group].unique()]
    rows = [(measurement, *one) for measurement in table.measurement.unique() for one in patients]
    wide = wide.reindex(index=pd.MultiIndex.from_tuples(rows, names=wide.index.names), columns=times)
    wide["change"] = wide[times[1]] - wide[times[0]]
    values = wide.rename_axis(columns="time").stack(future_stack=True)
    means = values.groupby(["measurement", "group", "time"], sort=False).agg(
        n="count", missing=lambda own: own.isna().sum(), mean="mean", sd="std", se="sem"
    )
    for place, row in means[(means.n < 2) | ~(means.sd > 1e-9 * means["mean"].abs())].head(1).iterrows():
        what = f"all {row.n:.0f} values are the same" if row.n > 1 else f"the number of values is {row.n:.0f}"
        hint = "a t test needs two different values or more: add patients, or leave this measurement out"
        raise InputError(what, where=f"{path}, {', '.join(map(str, place))}", hint=hint)  # type: ignore[call-overload]
    tests: list[dict[str, Any]] = []

    def add(measurement: Any, comparison: str, test: str, result: Any, difference: float, g: float, used: Any) -> None:
        low, high = result.confidence_interval(0.95)
        n, missing = " + ".join(f"{n:.0f}" for n in used.n), used.missing.sum()
        row = {"measurement": measurement, "comparison": comparison, "test": test, "n": n, "missing": missing}
        row |= {"difference": difference, "ci_low": low, "ci_high": high, "effect_size": g}
        tests.append(row | {"t": result.statistic, "df": result.df, "p": result.pvalue})

    for measurement, own in wide.groupby("measurement", sort=False):
        for group in groups:
            both, used = own.xs(group, level="group").dropna(), means.loc[[(measurement, group, "change")]]
            g = hedges(both["change"].mean() / both["change"].std(), len(both) - 1)
            result = stats.ttest_rel(both[times[1]], both[times[0]])
            add(measurement, f"{times[1]} - {times[0]}, {group}", PAIRED, result, both["change"].mean(), g, used)
        for time in (*times, "change"):
            used = means.loc[[(measurement, group, time) for group in reversed(groups)]]
            error, df = error_of_difference(used.sd.to_list(), used.n.to_list(), equal=True)
            difference = used["mean"].iloc[0] - used["mean"].iloc[1]
            g = hedges(difference / error * math.sqrt((1 / used.n).sum()), df)
            for test in (WELCH, STUDENT):
                samples = (own.xs(group, level="group")[time].dropna() for group in reversed(groups))
                result = stats.ttest_ind(*samples, equal_var=test == STUDENT)
                add(measurement, f"{groups[1]} - {groups[0]}, {time}", test, result, difference, g, used)
    found = pd.DataFrame(tests)
    return found.assign(p_holm=found.groupby(["comparison", "test"])["p"].transform(holm)), means.reset_index()


def shown(value: float, low: float, high: float) -> str:
    """Write an effect with its interval, all with as many decimals as two digits of half the interval need."""
    half = (high - low) / 2
    decimals = max(0, 1 - math.floor(math.log10(half))) if 0 < half < math.inf else 2
    return "{} ({} to {})".format(*(f"{one:.{decimals}f}".replace("-", "\u2212") for one in (value, low, high)))


def draw(path: str, table: pd.DataFrame, tests: pd.DataFrame, means: pd.DataFrame, out: Path) -> None:
    """Draw a panel for each measurement: columns of mean and SE, every patient, and the tests as brackets over them."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        hint = 'run `pip install -e ".[examples]"` in the folder of crossdock'
        raise CrossdockError("matplotlib, which draws the chart, is not installed", hint=hint) from None
    measurements, groups, times = (list(means[of].unique()) for of in ("measurement", "group", "time"))
    between, first, last = f"{groups[1]} - {groups[0]}", times[0], times[1]
    brackets = [(2.4 * i, 2.4 * i + 1, f"{last} - {first}, {group}", 0.5) for i, group in enumerate(groups)]
    brackets += [(1, 3.4, f"{between}, {last}", 1.9), (0, 2.4, f"{between}, {first}", 2.9)]
    brackets += [(0.5, 2.9, f"{between}, change", 3.9)]
    style = {"font.size": 7, "svg.fonttype": "none", "svg.hashsalt": "trial", "text.parse_math": False}
    with mpl.rc_context(style | {"axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6}):
        rows = math.ceil(len(measurements) / 2)
        figure = Figure(figsize=(7.1, 3.3 * rows + 0.5), layout="constrained")  # 180 mm: two columns of a page
        panels = list(figure.subplots(rows, 2, squeeze=False).flat)
        for axis, measurement in zip(panels, measurements, strict=False):
            chosen = tests[(tests.measurement == measurement) & (tests.test != STUDENT)].set_index("comparison")
            own = table[table.measurement == measurement].pivot(
                index=["group", "patient"], columns="time", values="value"
            )
            for i, (group, colour) in enumerate(zip(groups, COLOURS, strict=True)):
                one = means[(means.measurement == measurement) & (means.group == group)].iloc[:2]
                fill, x = [(colour, 0.25), (colour, 0.7)], np.array([2.4 * i, 2.4 * i + 1])
                whisker = {"lw": 1.2, "capsize": 4, "zorder": 4}
                axis.bar(x, one["mean"], 0.8, yerr=one.se, color=fill, ec=colour, lw=0.8, error_kw=whisker)
                dots = own.loc[group, times[:2]].T
                spread = x[:, None] + np.linspace(-0.25, 0.25, dots.shape[1])
                axis.plot(spread, dots, "o-", color="#666666", lw=0.3, ms=2.2, mfc="white", mew=0.5, zorder=3)
                label = "\n".join([group, *(f"{time}: n = {n}" for time, n in zip(times, one.n, strict=False))])
                axis.text(x.mean(), -0.08, label, transform=axis.get_xaxis_transform(), ha="center", va="top")
            low, high = min(0, own.min(axis=None)), max(0, own.max(axis=None))
            for start, stop, comparison, level in brackets:
                row, y = chosen.loc[comparison], high + 0.12 * (high - low) * level
                p = f"p = {row.p_holm:.2g}" if row.p_holm >= 1e-4 else "p < 0.0001"
                label = shown(row.difference, row.ci_low, row.ci_high) + (", " if level > 1 else "\n") + p
                label = f"change: {label}" if comparison.endswith(", change") else label
                axis.plot([start, start, stop, stop], y - (high - low) * np.array([0.02, 0, 0, 0.02]), "k-", lw=0.6)
                axis.text((start + stop) / 2, y, label, ha="center", va="bottom", fontsize=6)
            axis.set(ylabel=measurement, xticks=[0, 1, 2.4, 3.4], xticklabels=times[:2] * 2)
            axis.set_yticks([tick for tick in axis.get_yticks() if low <= tick <= high])
            axis.set_ylim(low, high + 0.55 * (high - low))
            axis.spines.left.set_bounds(low, high)
        for axis in panels[len(measurements) :]:
            axis.axis("off")
        caption = (
            f"Data: {Path(path).name}. Columns: mean and standard error; circles: patients, joined from {first} to "
            f"{last}.\nOver brackets: difference (95 % interval) and p. Within a group: paired t test; between groups: "
            f"Welch's t test, {groups[1]} minus {groups[0]}.\np is corrected for the number of measurements (Holm)."
        )
        figure.supxlabel(caption, fontsize=6, x=0.01, ha="left", ma="left")
        for suffix, metadata in (("svg", {"Date": None}), ("png", {"Software": None})):
            with whole_file(out / f"chart.{suffix}") as aside:
                figure.savefig(aside, format=suffix, dpi=600, metadata=metadata)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write tests.csv, means.csv, chart.svg and chart.png; give the exit code (2 for a table that cannot be used)."""
    parser = argparse.ArgumentParser(description="t tests, means, chart of a trial of two groups, before and after.")
    parser.add_argument("patients", help="CSV with the columns patient, group, time, measurement, value")
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables and the chart")
    parser.add_argument("--times", nargs=2, default=["before", "after"], help="the two times, as the table names them")
    parser.add_argument("--groups", nargs=2, help="both groups, the one that is subtracted first")
    options = parser.parse_args(arguments)
    log.show()
    try:
        if len({*options.times, "change"}) < 3:
            what, hint = f"not two times: {' '.join(options.times)}", "name two different ones, none of them change"
            raise InputError(what, where="--times", hint=hint)
        table, groups = read_patients(options.patients, options.times, options.groups)
        tests, means = analyse(table, options.patients, options.times, groups)
        draw(options.patients, table, tests, means, options.out)
        write_table(options.out / "tests.csv", tests, float_format="%.6g")
        write_table(options.out / "means.csv", means, float_format="%.6g")
    except Exception as error:
        return end_with(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
