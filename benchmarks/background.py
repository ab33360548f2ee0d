"""Dock the pairs of the bundled background, and tell whether its p-values are right and what they find.

    python benchmarks/background.py dock --kept KEPT
    python benchmarks/background.py null
    python benchmarks/background.py partners FOLDER --kept KEPT
    python benchmarks/background.py again
    python benchmarks/background.py figure
    python benchmarks/background.py unbound BM5 --kept KEPT [--ids 1A2K ...]

`dock` writes src/crossdock/background/pairs.csv. `null` takes these pairs, none of which is expected to bind, as if
they were a panel's: how far their p-values lie from uniform ones, in all and by size and charge, how often 1,000 panels
drawn from them have a pair that is called, and how often a pair is called that is made to stand out. `partners` docks
the other sides of the complexes that the set was taken from (FOLDER is of benchmarks/background_choice.py) with the
set: 39 true pairs of bound structures, and 20 strangers for each; `again` takes their numbers from the table that it
wrote, and says how much more the numbers of such strangers scatter than the set's. `unbound` docks the unbound
complexes of Docking Benchmark 5 that benchmarks/partners.py takes, all receptors with all ligands, and each with the
set.

Dockings are kept in KEPT, and taken from there when they are needed again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

import partners
from crossdock.analysis.background import OUTSIDE, Background, against
from crossdock.analysis.verdict import CALLED
from crossdock.files import write_table
from crossdock.steps.background import Side, number_of_pair
from crossdock.steps.background_set import OF_SET, bundled, read_numbers
from crossdock.structures.structure import write_structure

#: A row for each pair of `partners`.
RESULTS = Path(__file__).parent / "results/background_partners.tsv"
#: Panels that are drawn from the set, and their sizes: the proteins of the set that stay its, and the panel's.
PANELS, STAY = 1000, 20
#: How far pairs are made to stand out, in standard deviations of what is left of the set's numbers.
STRENGTHS = (3, 4, 5, 6)


def _docked(pair: tuple[Side, Side], kept: Path) -> tuple[str, str, float]:
    one, other = pair
    return one.name, other.name, number_of_pair(one, other, kept)


def docked(pairs: list[tuple[Side, Side]], options: argparse.Namespace) -> dict[tuple[str, str], float]:
    """Dock pairs, or take them from where they are kept."""
    found = {}
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        work = partial(_docked, kept=options.kept)
        for number, (one, other, value) in enumerate(pool.imap_unordered(work, pairs), start=1):
            found[one, other] = value
            print(f"\r{number}/{len(pairs)} pairs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def the_set() -> tuple[list[Side], Background]:
    """Give the bundled set, and the numbers of its pairs."""
    structures, table = bundled()
    sides = [Side(name.removeprefix(OF_SET), path) for name, path in structures.items()]
    return sides, Background.of_pairs([one.name for one in sides], read_numbers([table]))


def dock(options: argparse.Namespace) -> None:
    """Write pairs.csv."""
    (sides, _), table = the_set(), bundled()[1]
    found = docked([(one, other) for j, other in enumerate(sides) for one in sides[:j]], options)
    rows = [(one, other, value) for (one, other), value in sorted(found.items())]
    write_table(table, pd.DataFrame(rows, columns=["protein", "partner", "number"]))


def spread(p: NDArray[np.float64]) -> str:
    """Say how far p-values lie from uniform ones, and how many are low."""
    p = p[np.isfinite(p)]
    low = "  ".join(f"p <= {level}: {100 * (p <= level).mean():5.2f} %" for level in (0.1, 0.05, 0.01, 0.001))
    return f"n={len(p):6d}  Kolmogorov distance {stats.kstest(p, 'uniform').statistic:.3f}  {low}"


def null(options: argparse.Namespace) -> None:
    """Draw panels from the set, the rest being their background."""
    _, whole = the_set()
    proteins = pd.read_csv(bundled()[1].parent / "proteins.csv").set_index("name").loc[list(whole.names)]
    product = np.log(np.outer(proteins["residues"], proteins["residues"]))
    charges = np.outer(proteins["charge"], proteins["charge"])
    once = np.triu_indices(len(whole.names), 1)
    explained = 1 - whole.scatter**2 / np.nanvar(whole.values[once])
    by_charge = np.corrcoef(charges[once], whole.z[once])[0, 1] ** 2
    by_size = np.corrcoef(product[once], np.abs(whole.z[once]))[0, 1] ** 2
    print(f"variance explained by both proteins {explained:.2f}; of z by the product of charges {by_charge:.3f}")
    print(f"of |z| by the product of residues {by_size:.3f}")
    rng, n = np.random.default_rng(0), len(whole.names)
    rows, called, power = [], 0, dict.fromkeys(STRENGTHS, 0)
    for _ in range(PANELS):
        order = rng.permutation(n)
        stay, own = order[:STAY], order[STAY:]
        background = Background(tuple(whole.names[i] for i in stay), whole.values[np.ix_(stay, stay)])
        values = whole.values[np.ix_(own, own)]
        found = against(background, *[whole.values[np.ix_(own, stay)]] * 2, values, symmetric=True, outside=1)
        once = np.triu_indices(len(own), 1)
        rows.append(np.column_stack([found.p[once], product[np.ix_(own, own)][once], charges[np.ix_(own, own)][once]]))
        called += bool(np.nanmin(found.q[once]) <= CALLED)
        for strength in STRENGTHS:  # of the first two, as a pair alone
            partner = values[:1, 1:2] - strength * background.scatter
            rows_of = [whole.values[np.ix_(own[[i]], stay)] for i in (1, 0)]
            q = against(background, *rows_of, partner).q
            power[strength] += bool(q[0, 0] <= CALLED / 2)
    p, size, charge = np.vstack(rows).T
    print(f"all              {spread(p)}")
    for name, low, high in zip(("small", "middle", "large"), (0, 33, 67), (33, 67, 100), strict=True):
        a, b = np.percentile(size, [low, high])
        print(f"{name:16s} {spread(p[(size >= a) & (size <= b)])}")
    for name, inside in (("unlike charges", charge < 0), ("like charges", charge > 0), ("both over 5", charge >= 36)):
        print(f"{name:16s} {spread(p[inside])}")
    print(f"panels of {n - STAY} proteins with a pair of q <= {CALLED}: {100 * called / PANELS:.1f} %")
    for strength, times in power.items():
        print(f"a pair that is {strength} SD better, alone: p <= {CALLED / 2} in {100 * times / PANELS:.0f} %")


def partners_of_set(options: argparse.Namespace) -> None:
    """Dock the other sides of the complexes of the set."""
    sides, _ = the_set()
    table = pd.read_csv(options.folder / "sides.csv")
    of_set = {row.complex: row.name for row in table[table["background"]].itertuples(index=False)}
    others = table[~table["background"]]
    # The pairs that the table in benchmarks/results has; anew, the partner of each and twenty others.
    drawn, rng = [], np.random.default_rng(0)
    if RESULTS.is_file():
        drawn = pd.read_csv(RESULTS, sep="\t")[["protein", "partner"]].to_numpy().tolist()
    else:
        for row in others.itertuples(index=False):
            strangers = [side.name for side in sides if side.name != of_set[row.complex]]
            drawn += [(row.name, name) for name in (of_set[row.complex], *rng.permutation(strangers)[:20])]
    by_name = {side.name: side for side in sides}
    pairs = [(by_name[partner], Side(name, options.folder / f"{name}.pdb")) for name, partner in drawn]
    numbers = docked(pairs, options)
    binds = {(row.name, of_set[row.complex]) for row in others.itertuples(index=False)}
    judge_partners({(other, one): value for (one, other), value in numbers.items()}, binds)


def again(options: argparse.Namespace) -> None:
    """Judge the numbers of `partners` again."""
    table = pd.read_csv(RESULTS, sep="\t")
    numbers = {(row.protein, row.partner): row.number for row in table.itertuples(index=False)}
    judge_partners(
        numbers, set(table[table["binds"] == "yes"][["protein", "partner"]].itertuples(index=False, name=None))
    )


def judge_partners(numbers: dict[tuple[str, str], float], binds: set[tuple[str, str]]) -> None:
    """Compare numbers of proteins outside the set, each with some of the set, with the background."""
    background = the_set()[1]
    names = list(dict.fromkeys(name for name, _ in numbers))
    place = {name: i for i, name in enumerate(background.names)}
    values = np.full((len(names), len(place)), np.nan)
    for (name, of_set), value in numbers.items():
        values[names.index(name), place[of_set]] = value
    partner = np.array([[(name, other) in binds for other in place] for name in names])
    z, p = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    for i, j in np.argwhere(np.isfinite(values)):
        # What is tested says nothing of what is expected, and neither does the protein's partner.
        row = np.where(partner[i] | (np.arange(len(place)) == j), np.nan, values[i])
        column = np.where(np.arange(len(place)) == j, np.nan, background.values[j])
        found = against(background, column[None], row[None], values[[i]][:, [j]])
        z[i, j], p[i, j] = found.z[0, 0], found.p[0, 0]
    report("bound partners", z, p, values, partner)
    strangers, own = OUTSIDE * np.std(z[~partner & np.isfinite(z)]), background.null.std()
    print(
        f"standard deviation of z, not divided by OUTSIDE: {strangers:.3f} of strangers, {own:.3f} of the set's pairs"
    )
    print(f"OUTSIDE is their ratio, {strangers / own:.3f}")
    rows = [
        (names[i], background.names[j], "yes" if partner[i, j] else "no", values[i, j], z[i, j], p[i, j])
        for i, j in np.argwhere(np.isfinite(z)).tolist()
    ]
    write_results("background_partners", rows)


def write_results(name: str, rows: list[tuple[object, ...]]) -> None:
    """Write a row a pair into benchmarks/results."""
    table = pd.DataFrame(rows, columns=["protein", "partner", "binds", "number", "z", "p"])
    table = table.round({"number": 3, "z": 4}).assign(p=[f"{p:.3g}" for p in table["p"]])
    table.to_csv(Path(__file__).parent / "results" / f"{name}.tsv", sep="\t", index=False)


def report(
    name: str, z: NDArray[np.float64], p: NDArray[np.float64], score: NDArray[np.float64], partner: NDArray[np.bool_]
) -> None:
    """Say how partners and strangers differ."""
    there = np.isfinite(z)
    print(f"{name}: {(partner & there).sum()} partners, {(~partner & there).sum()} strangers")
    print(f"strangers        {spread(p[~partner & there])}")
    own = p[partner & there]
    print(
        "partners         "
        + "  ".join(f"p <= {level}: {100 * (own <= level).mean():.0f} %" for level in (0.05, 0.01, 0.001))
    )
    for index, values in (("number", score), ("z", z)):
        mine, others = values[partner & there], values[~partner & there]
        first = [
            line[own][0] <= line[inside].min()
            for lines, owns, insides in ((values, partner, there), (values.T, partner.T, there.T))
            for line, own, inside in zip(lines, owns, insides, strict=True)
            if (own & inside).any()
        ]
        print(f"{index:16s} ROC AUC {partners.area(mine, others):.3f}  first {100 * np.mean(first):.0f} %")


def unbound(options: argparse.Namespace) -> None:
    """Dock unbound complexes, all receptors with all ligands, and each protein with the set."""
    sides, background = the_set()
    own: dict[str, list[Side]] = {"r": [], "l": []}
    for role in own:
        for name in options.ids:
            path = options.kept / "unbound" / f"{name}-{role}.pdb"
            if not path.is_file():
                write_structure(path, partners.body(options.folder, name, role))
            own[role].append(Side(path.stem, path))
    pairs = [(receptor, ligand) for receptor in own["r"] for ligand in own["l"]]
    pairs += [(one, side) for role in own for one in own[role] for side in sides]
    numbers = docked(pairs, options)

    def of(rows: list[Side], columns: list[Side]) -> NDArray[np.float64]:
        return np.array([[numbers[one.name, other.name] for other in columns] for one in rows])

    values = of(own["r"], own["l"]).T
    found = against(background, of(own["r"], sides), of(own["l"], sides), values)
    report("unbound complexes", found.z, found.p, values, np.eye(len(values), dtype=bool))
    names = [one.name for one in own["r"]], [one.name for one in own["l"]]
    write_results(
        "background_unbound",
        [
            (names[0][j], names[1][i], "yes" if i == j else "no", values[i, j], found.z[i, j], found.p[i, j])
            for j in range(len(values))
            for i in range(len(values))
        ],
    )
    print(
        f"partners of q <= {CALLED}: {(found.q.diagonal() <= CALLED).sum()}; strangers: "
        f"{(found.q <= CALLED).sum() - (found.q.diagonal() <= CALLED).sum()}"
    )
    centred = values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()
    for index, table in (("number", values), ("specificity", centred), ("background z", found.z)):
        print(f"{index:16s} " + "  ".join(partners.summary(table, values)))


def figure(options: argparse.Namespace) -> None:
    """Draw the z of the set's pairs, and those of the partners that are in benchmarks/results."""
    import matplotlib.pyplot as plt

    plt.rcParams.update({"svg.hashsalt": "crossdock", "svg.fonttype": "none", "font.size": 9})
    _, background = the_set()
    drawn, axis = plt.subplots(figsize=(7, 3), layout="constrained")
    bins = np.arange(-12, 4.25, 0.25)
    axis.hist(
        background.null, bins, color="#9aa5b1", label=f"{len(background.null)} pairs of the set, which do not bind"
    )
    table = pd.read_csv(Path(__file__).parent / "results/background_partners.tsv", sep="\t")
    own = table.loc[table["binds"] == "yes", "z"]
    axis.plot(
        own.clip(lower=bins[0]),
        np.full(len(own), -3.0),
        "|",
        ms=12,
        mew=1.5,
        color="#d6336c",
        label=f"{len(own)} true pairs",
    )
    for level in (0.05, 0.01, 0.001):
        z = bins[0] + 0.001 * np.arange(16000)
        axis.axvline(z[np.searchsorted(background.p_values(z), level)], color="#444", lw=0.8, ls=":")
        axis.text(
            z[np.searchsorted(background.p_values(z), level)],
            axis.get_ylim()[1],
            f"p = {level:g} ",
            ha="right",
            va="top",
            rotation=90,
        )
    axis.set(xlabel="background z, those below -12 at -12", ylabel="pairs")
    axis.legend(frameon=False, loc="center left")
    drawn.savefig(Path(__file__).parents[1] / "docs/images/background.svg")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1)
    kinds = parser.add_subparsers(required=True)
    for name, run in (
        ("dock", dock),
        ("null", null),
        ("again", again),
        ("figure", figure),
        ("partners", partners_of_set),
        ("unbound", unbound),
    ):
        kind = kinds.add_parser(name)
        kind.set_defaults(run=run)
        if name not in ("null", "again", "figure"):
            kind.add_argument("--kept", type=Path, required=True)
        if name in ("partners", "unbound"):
            kind.add_argument("folder", type=Path)
        if name == "unbound":
            kind.add_argument("--ids", nargs="+", default=partners.IDS)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
