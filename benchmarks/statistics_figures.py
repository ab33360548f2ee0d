"""Draw the figures of docs/statistics.md: a table taken apart, and what controls can find.

    python benchmarks/statistics_figures.py --out docs/images

published.svg is made of config/published/zhankina2024_table2.csv; controls.svg of simulated panels (12 ligands x 7
receptors, averages of proteins and noise of one unit, 1 or 7 partners that score better by so many units): how many of
the partners are called at q <= 0.1, by the number of control ligands. Prints the numbers behind it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from crossdock.analysis.controls import against_controls
from crossdock.analysis.specificity import specificity, stability, variance_shares
from crossdock.analysis.table import read_matrix

ROOT = Path(__file__).resolve().parent.parent
CONTROLS = (4, 8, 16, 30, 60, 120)
EFFECTS = (3.0, 4.0, 5.0, 6.0)
LIGANDS, RECEPTORS, LEVEL = 12, 7, 0.1


def published(out: Path) -> None:
    """Draw the published scores, and what is left of them without averages; rings mark each receptor's best ligand."""
    table = read_matrix(ROOT / "config/published/zhankina2024_table2.csv")
    values = table.to_numpy()
    own = specificity(values)
    shares, best = variance_shares(values), stability(table)
    figure, axes = plt.subplots(1, 2, figsize=(9, 4.6), layout="constrained")
    titles = "as published", f"averages taken out ({shares.left:.0%} of the variance)"
    for axis, shown, title, colours, column in zip(
        axes, (values, own), titles, ("viridis", "RdBu"), ("best_by_score", "best_by_specificity"), strict=True
    ):
        limit = np.abs(own).max()
        scale = {} if shown is values else {"vmin": -limit, "vmax": limit}
        image = axis.imshow(shown, cmap=colours, aspect="auto", **scale)
        axis.set_xticks(range(len(table.columns)), table.columns, rotation=45)
        axis.set_yticks(range(len(table)), table.index)
        axis.set_title(title, fontsize=10)
        for j, ligand in enumerate(best[column]):
            axis.plot(j, list(table.index).index(ligand), "o", ms=12, mfc="none", mec="#ff2a6d", mew=2)
        figure.colorbar(image, ax=axis, label="score, arbitrary units", shrink=0.8)
    figure.savefig(out / "published.svg")


def called(rng: np.random.Generator, controls: int, partners: int, effect: float) -> tuple[float, float]:
    """Simulate one panel: the share of partners that are called, and of calls that are false."""
    size = LIGANDS + controls
    scores = rng.normal(0, 4, size)[:, None] + rng.normal(0, 6, RECEPTORS) + rng.normal(size=(size, RECEPTORS))
    true = np.zeros((LIGANDS, RECEPTORS), dtype=bool)
    true[rng.choice(LIGANDS, partners, replace=False), rng.permutation(RECEPTORS)[:partners]] = True
    scores[:LIGANDS][true] -= effect
    call = against_controls(scores[:LIGANDS], scores[LIGANDS:]).q <= LEVEL
    return (call & true).sum() / partners, (call & ~true).sum() / max(1, call.sum())


def power(out: Path, rounds: int) -> None:
    """Draw how many partners are found, by controls, for one partner and for one of each receptor."""
    rng = np.random.default_rng(0)
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
    for axis, partners in zip(axes, (1, RECEPTORS), strict=True):
        for effect in EFFECTS:
            shares = []
            for controls in CONTROLS:
                found = np.mean([called(rng, controls, partners, effect) for _ in range(rounds)], axis=0)
                shares.append(100 * found[0])
                rates = f"found {found[0]:.0%}, false {found[1]:.1%}"
                print(f"{partners} partners, {effect:g} SD, {controls} controls: {rates}")
            axis.plot(CONTROLS, shares, "o-", label=f"{effect:g} standard deviations")
        axis.set(xscale="log", xlabel="control ligands", ylim=(0, 100))
        axis.set_xticks(CONTROLS, map(str, CONTROLS))
        axis.minorticks_off()
        axis.set_title(
            f"{partners} partner{'s' if partners > 1 else ''} among {LIGANDS * RECEPTORS} pairs", fontsize=10
        )
    axes[0].set_ylabel("partners found, %")
    axes[1].legend(frameon=False, fontsize=8, title="how far they stand out")
    figure.savefig(out / "controls.svg")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs/images")
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"svg.hashsalt": "crossdock", "svg.fonttype": "none", "font.size": 9})
    published(options.out)
    power(options.out, options.rounds)


if __name__ == "__main__":
    main()
