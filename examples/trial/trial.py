"""Tests and a chart of a clinical trial of two groups before and after, or a check of its published p-values.

    python examples/trial/trial.py patients PATIENTS.csv --out FOLDER [--times before after] [--groups control treated]
    python examples/trial/trial.py published MEANS.csv COUNTS.csv --out FOLDER

README.md beside this file explains the tables that go in and come out, and what each test assumes.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import figure, rcParams
from scipy import stats

from crossdock import log
from crossdock.errors import InputError, quoted
from crossdock.files import whole_file, write_table, write_text
from crossdock.spreadsheet import numbers, read_sheet
from crossdock.unexpected import end_with

PAIRED, WELCH, STUDENT = "paired t", "Welch's t", "Student's t"
CHI2, CORRECTED, FISHER = "chi-squared", "chi-squared with continuity correction", "Fisher's exact"
NUMBER, PRINTED_P = r"[0-9]*\.?[0-9]+", r"[<>=]?\s*(?:[01]|0?\.[0-9]+|1\.0+)"
#: Published table -> its third column, and how each group's columns end, with what the numbers there look like.
TABLES = {
    "means": ("kind", {"_mean": rf"[-\u2212]?{NUMBER}", "_sd": NUMBER, "_n": "[2-9]|[1-9][0-9]{1,5}"}),
    "counts": ("category", {"": "[0-9]{1,6}"}),
}
CAPTION = "Mean and SE; circles: patients. Above: difference (95 % interval), p of paired or Welch's t test (Holm)"
STEPS = np.linspace(-1, 1, 21)  # tried across the rounding of each standard deviation
SAMPLED = 99_999  # tables with the same sums, for Fisher's test of more than two categories


def read(path: str, what: str, columns: Sequence[str], may_be_empty: Sequence[str] = ()) -> tuple[pd.DataFrame, str]:
    """Read a table as text, its index the lines of the file; and what separates its cells."""
    sheet = read_sheet(path, what, remarks=True)
    missing = [name for name in (*columns, *may_be_empty) if name not in sheet.header]
    if missing or not sheet.rows:
        wrong = f"the column {quoted(missing[0])} is missing" if missing else f"the {what} has a header but no rows"
        hint = f"the table must have a header with {', '.join([*columns, *may_be_empty])}, and rows below it"
        raise InputError(wrong, where=path, hint=hint)
    table = pd.DataFrame.from_dict(dict(sheet.rows), orient="index", columns=sheet.header)
    for name in columns:
        refuse(path, table[table[name] == ""], f"the cell of column {name} is empty", "fill it, or remove the row")
    return table, sheet.delimiter


def refuse(where: str, wrong: pd.DataFrame, what: str, hint: str, *columns: str) -> None:
    """Raise an error for the first of the rows that are wrong, if there are any; {} stands for its cell of a column."""
    for line, row in wrong.iterrows():
        cells = (quoted(row[name]) for name in columns)
        raise InputError(what.format(*cells), where=f"{where}, line {line}", hint=hint)


def t_test(test: str, place: str, one: "pd.Series[float]", other: "pd.Series[float]") -> dict[str, Any]:
    """Test one sample minus the other (paired: changes against 0); the effect is Hedges' g (1981, approximate)."""
    used = [(one - other).dropna()] if test == PAIRED else [one.dropna(), other.dropna()]
    for values in used:
        if not values.std() > 1e-9 * abs(values.mean()):
            raise InputError(f"no two of {len(values)} values differ", where=place, hint="leave this measurement out")
    result = stats.ttest_1samp(*used, 0) if test == PAIRED else stats.ttest_ind(*used, equal_var=test == STUDENT)
    low, high = result.confidence_interval(0.95)
    df = sum(len(values) - 1 for values in used)
    sd = math.sqrt(sum((len(values) - 1) * values.var() for values in used) / df)
    difference = used[0].mean() - sum(values.mean() for values in used[1:])
    g = difference / sd * (1 - 3 / (4 * df - 1)) if df > 1 else math.nan
    missing = len(one) + len(other) * (test != PAIRED) - sum(map(len, used))
    found = {"n": " + ".join(str(len(values)) for values in used), "missing": missing, "difference": difference}
    found |= {"ci_low": low, "ci_high": high, "effect_size": g}
    return found | {"t": result.statistic, "df": result.df, "p": result.pvalue}


def patients(path: str, times: Sequence[str], groups: Sequence[str] | None) -> tuple[pd.DataFrame, ...]:
    """Give the values (a row a measurement and patient, a column a time), the means and every test."""
    table, delimiter = read(path, "table of patients", ["patient", "group", "time", "measurement"], ["value"])
    if len({*times, "change"}) < 3:
        raise InputError(f"not two times: {' '.join(times)}", where="--times", hint="name two, none of them change")
    refuse(path, table[~table["time"].isin(times)], "unknown time {}", "name both times with --times", "time")
    found = list(table["group"].unique())
    if len(found) != 2 or set(groups or found) != set(found):
        what = f"expected {' and '.join(groups or ['two groups'])}, found {len(found)}: {', '.join(found[:5])}"
        raise InputError(what, where=path, hint="correct the column group, or what --groups names; two are compared")
    other = table["group"] != table.groupby("patient")["group"].transform("first")
    refuse(path, table[other], "patient {} is in two groups", "give every patient a name and a group", "patient")
    keys = ["patient", "measurement", "time"]
    refuse(path, table[table.duplicated(keys)], "patient {} has {} at time {} twice", "keep one of the two rows", *keys)
    cells = [(f"{path}, line {line}, column value", text) for line, text in table["value"].items()]
    table["value"], (a, b) = numbers(cells, delimiter), groups or found
    rows = table[["measurement"]].drop_duplicates().merge(table[["group", "patient"]].drop_duplicates(), how="cross")
    wide = table.pivot(index=list(rows), columns="time", values="value")
    wide = wide.reindex(index=pd.MultiIndex.from_frame(rows), columns=list(times))
    wide["change"] = wide[times[1]] - wide[times[0]]
    grouped = wide.stack(future_stack=True).groupby(["measurement", "group", "time"], sort=False)
    means = grouped.agg(n="count", missing=lambda own: own.isna().sum(), mean="mean", sd="std", se="sem")
    asked = [(f"{times[1]} - {times[0]}, {one}", PAIRED, (one, times[1]), (one, times[0])) for one in (a, b)]
    asked += [(f"{b} - {a}, {time}", test, (b, time), (a, time)) for time in wide for test in (WELCH, STUDENT)]
    tests = pd.DataFrame(
        {"measurement": name, "comparison": comparison, "test": test}
        | t_test(test, f"{path}, {name}, {comparison}", *(wide.loc[name].loc[group][time] for group, time in pair))
        for name in rows["measurement"].unique()
        for comparison, test, *pair in asked
    )
    family = tests.groupby(["comparison", "test"])["p"]  # corrected for their number (Holm 1979)
    tests["p_holm"] = family.transform(lambda p: (p.sort_values() * np.arange(len(p), 0, -1)).cummax().clip(upper=1))
    return wide, means, tests


def shown(value: float, low: float, high: float) -> str:
    """Write a number and the ends of its range, if it has one."""
    return (f"{value:.3g}" + f" ({low:.3g} to {high:.3g})" * bool(low < high)).replace("-", "\u2212")


def draw(wide: pd.DataFrame, means: pd.DataFrame, tests: pd.DataFrame, source: str, out: Path) -> None:
    """Draw means with SE and every patient, tests above, in colours of Okabe and Ito; write chart.svg and chart.png."""
    rcParams.update({"font.size": 7, "svg.fonttype": "none", "svg.hashsalt": "trial", "text.parse_math": False})
    names, groups, times = *(list(means.index.unique(of)) for of in ("measurement", "group")), list(wide.columns[:2])
    rows, tests = math.ceil(len(names) / 2), tests[tests["test"] != STUDENT].set_index("measurement")
    chart = figure.Figure(figsize=(7.1, 3.3 * rows + 0.5), layout="constrained")  # 180 mm: two columns of a page
    for i, name in enumerate(names):
        axis, labels = chart.add_subplot(rows, 2, i + 1, ylabel=name), []
        for group, colour, x in zip(groups, ("#0072b2", "#d55e00"), np.array([[0, 1], [2.4, 3.4]]), strict=True):
            own, dots = means.loc[name].loc[group].loc[times], wide.loc[name].loc[group][times].T
            axis.bar(x, own["mean"], yerr=own["se"], capsize=4, color=[(colour, 0.25), (colour, 0.7)], ec=colour)
            spread = x[:, None] + np.linspace(-0.25, 0.25, dots.shape[1])
            axis.plot(spread, dots, "o-", color="#666666", lw=0.3, ms=2.2, mfc="white", mew=0.5)
            labels += [f"{time}\n{group}\nn = {n}" for time, n in own["n"].items()]
        axis.set_xticks([0, 1, 2.4, 3.4], labels)
        axis.spines[["top", "right"]].set_visible(False)
        lines = (
            f"{one.comparison}: {shown(one.difference, one.ci_low, one.ci_high)}, p = {one.p_holm:.2g}"
            for one in tests.loc[name].itertuples()
        )
        axis.set_title("\n".join(lines), loc="left", fontsize=6)
    chart.supxlabel(f"{source}. {CAPTION}", fontsize=6, x=0.01, ha="left", ma="left")
    for suffix, metadata in (("svg", {"Date": None}), ("png", None)):
        with whole_file(out / f"chart.{suffix}") as aside:
            chart.savefig(aside, format=suffix, dpi=600, metadata=metadata)


def printed(path: str, table: pd.DataFrame, column: str, pattern: str) -> Any:
    """Read a column of printed numbers, and the most by which rounding can have changed each; shape=(2, rows)."""
    hint = "write 12.5 for a mean or SD, 12 for a number of patients (of a mean: 2 or more), 0.034 or <0.001 for p"
    wrong = table[~table[column].str.fullmatch(pattern)]
    refuse(f"{path}, column {column}", wrong, "expected a printed number, got {}", hint, column)
    text = table[column].str.lstrip("<>= ").str.replace("\u2212", "-")
    return np.array([text.astype(float), 0.5 * 10.0 ** -text.str.partition(".")[2].str.len()])


def from_means(mean: Any, sd: Any, n: Any) -> dict[str, tuple[float, float, float]]:
    """Give p of both t tests, and the lowest and highest p within the rounding of mean and SD, shape=(groups, 2)."""
    gap, slack = abs(mean[1, 0] - mean[0, 0]), mean[:, 1].sum()
    gaps = np.array([gap, max(0, gap - slack), gap + slack])
    one, other = (np.maximum(value + half * STEPS, 1e-9 * half) for value, half in sd)  # an SD printed as 0 is not 0
    grid = gaps, one[:, None, None], n[0, 0], 0, other[:, None], n[1, 0]
    p = {test: stats.ttest_ind_from_stats(*grid, test == STUDENT).pvalue for test in (STUDENT, WELCH)}
    return {test: (every[STEPS.size // 2, STEPS.size // 2, 0], every.min(), every.max()) for test, every in p.items()}


def from_counts(counts: Any) -> dict[str, tuple[float, float, float]]:
    """Give p of every test of counts, shape=(2, categories); if it is sampled, with the range where it surely lies."""
    counts = counts[:, counts.sum(axis=0) > 0]  # categories without a patient say nothing
    if counts.shape[1] < 2 or counts.sum(axis=1).min() == 0:
        return {}
    two = counts.shape[1] == 2
    sampled = None if two else stats.MonteCarloMethod(SAMPLED, rng=np.random.default_rng(1))
    p = stats.fisher_exact(counts, method=sampled).pvalue
    reach = 0 if two else 3 * math.sqrt(p * (1 - p) / SAMPLED)
    kinds = (CHI2, CORRECTED) if two else (CHI2,)
    tests = {kind: (stats.chi2_contingency(counts, correction=kind == CORRECTED).pvalue,) * 3 for kind in kinds}
    return tests | {FISHER: (p, p - reach, p + reach)}


def verdict(text: str, p: float, half: float, tests: dict[str, tuple[float, float, float]]) -> str:
    """Say whether a printed p-value follows from one of the tests."""
    if not tests:
        return "cannot be computed: all patients are in one category or in one group"
    low, high = {"<": (0.0, p), ">": (p, 1.0)}.get(text[:1], (p - half, p + half))
    follows = [name for name, (_, least, most) in tests.items() if least <= high + 1e-12 and most >= low - 1e-12]
    if follows:
        return f"follows from {' and '.join(follows)}"
    ends = [end for _, *both in tests.values() for end in both]
    opposite = max(ends) < 0.05 <= low or high <= 0.05 <= min(ends)
    return "does not follow" + "; printed and computed p lie on different sides of 0.05" * bool(opposite)


def check(path: str, what: str) -> Iterator[dict[str, str]]:
    """Give a row of the answer for each p of a table of means or counts."""
    third, kinds = TABLES[what]
    keys, end = ["table", "measurement", third, "printed_p"], next(iter(kinds))
    table, _ = read(path, f"table of {what}", keys)
    groups = [name.removesuffix(end) for name in table if name not in keys and name.endswith(end)]
    if len(groups) != 2:
        hint = f"beside {', '.join(keys)}, name the columns {', '.join(f'GROUP{one}' for one in kinds)} for two groups"
        raise InputError(f"expected two groups, found {len(groups)}: {', '.join(groups)}", where=path, hint=hint)
    read(path, f"table of {what}", keys, [group + end for group in groups for end in kinds])
    if what == "means":
        refuse(path, table[~table["kind"].isin(["mean", "paired"])], "unknown kind {}", "write mean or paired", "kind")
    else:
        refuse(path, table[table.duplicated(keys[:3])], "{} of {} appears twice", "keep one row", third, "measurement")
        several = table[table["printed_p"] != table.groupby(keys[:2])["printed_p"].transform("first")]
        refuse(path, several, "{} has several printed p-values", "write the same one in each row", "measurement")
    for _, own in table.groupby(table.index if what == "means" else keys[:2], sort=False):
        row, (p, half) = own.iloc[0], printed(path, own, "printed_p", PRINTED_P)[:, 0]
        answer = {name: row[name] for name in ("table", "measurement", "printed_p")}
        if row[third] == "paired":
            yield answer | {"verdict": "cannot be computed: a paired test needs the change of every patient"}
            continue
        cells = [[printed(path, own, group + end, kind) for group in groups] for end, kind in kinds.items()]
        tests = from_means(*np.array(cells)[..., 0]) if what == "means" else from_counts(np.array(cells)[0, :, 0])
        computed = "; ".join(f"{name} {shown(*values)}" for name, values in tests.items())
        yield answer | {"computed_p": computed, "verdict": verdict(row["printed_p"], p, half, tests)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables and the chart; give the exit code (2 for a table that cannot be used)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    raw, published = commands.add_parser("patients"), commands.add_parser("published")
    raw.add_argument("patients", help="CSV with the columns patient, group, time, measurement, value")
    raw.add_argument("--times", nargs=2, default=["before", "after"], help="the two times, as the table names them")
    raw.add_argument("--groups", nargs=2, help="both groups, the one that is subtracted first")
    published.add_argument("means", help="CSV of printed means, SDs and numbers of patients of two groups")
    published.add_argument("counts", help="CSV of printed counts of two groups")
    for command in (raw, published):
        command.add_argument("--out", type=Path, required=True, help="folder for the results")
    options = parser.parse_args(arguments)
    log.show()
    try:
        if options.command == "patients":
            wide, means, tests = patients(options.patients, options.times, options.groups)
            draw(wide, means, tests, Path(options.patients).name, options.out)
            write_table(options.out / "tests.csv", tests, float_format="%.6g")
            write_table(options.out / "means.csv", means.reset_index(), float_format="%.6g")
        else:
            answers = pd.DataFrame([*check(options.means, "means"), *check(options.counts, "counts")])
            write_table(options.out / "published.csv", answers)
            write_text(options.out / "published.md", answers.to_markdown(index=False, disable_numparse=True) + "\n")
    except Exception as error:
        return end_with(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
