"""A run beside a published table of the same panel: how far they agree, and what becomes of the table's claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from crossdock import terminal
from crossdock.analysis.additive import mirrored
from crossdock.analysis.records import AgreementRecord, ClaimRecord, ComparisonRecord, SharedRecord
from crossdock.analysis.specificity import specificity
from crossdock.errors import InputError
from crossdock.spreadsheet import read_sheet

HOLDS, FAILS, OPEN = "holds", "does not hold", "cannot be judged"
#: What a claim may be: the best ligand of a receptor, or the ligands that are strongest over all receptors.
CLAIMS = ("best", "strongest")


def compare(
    run: pd.DataFrame,
    paper: pd.DataFrame,
    *,
    ranks: pd.DataFrame | None = None,
    error: float | None = None,
    claims: pd.DataFrame | None = None,
    doubts: Mapping[str, str] | None = None,
    rounds: int = 5000,
    symmetric: bool = False,
    of: str = "score",
) -> ComparisonRecord:
    """Compare two matrices of scores of one panel.

    Parameters
    ----------
    run, paper : DataFrame
        Rows ligands, columns receptors, lower is better; what both name is compared.
    ranks : DataFrame, optional
        ranks.csv of the run, for how sure its ranks are.
    error : float, optional
        Standard error of a cell of the run; without replicates nobody knows it, and no claim is said not to hold.
    claims : DataFrame, optional
        Columns `claim` (one of `CLAIMS`), `receptor` (empty for "strongest"), `ligands` (list of names).
    doubts : mapping of str to str, optional
        Protein -> why what was docked under its name is not what the paper speaks of.
    rounds : int
        Permutations behind what chance gives.
    symmetric : bool
        Whether proteins have no roles: each pair may then stand on either side of the diagonal, or on both.
    of : str
        What the numbers of the run are, in words.

    Returns
    -------
    ComparisonRecord
        With the agreement of scores and of specificities over all cells and of each receptor; nothing but `shared`
        where fewer than three ligands or two receptors, or fewer than three pairs, are shared. Specificities are left
        out where the pairs of both are too few for them.

    Notes
    -----
    Only pairs that both tables have are compared, and specificities are of these alone. Chance is the same table with
    its ligands in random order, and its receptors too; with holes, over the pairs that then have both. Scores of any
    two engines agree in what large proteins score on average; specificities, compared beside them, do not owe their
    agreement to that.
    """
    ligands = [name for name in run.index if name in paper.index]
    receptors = [name for name in run.columns if name in paper.columns]
    shared = SharedRecord(len(ligands), len(receptors))
    if len(ligands) < 3 or len(receptors) < 2:
        return ComparisonRecord(shared)
    if shared != SharedRecord(len(run.index), len(run.columns)):
        ranks = None  # the run's intervals are of ranks among more ligands, and say nothing of those in both
    ours, theirs = _of_both(run, paper, ligands, receptors, symmetric)
    if ours.notna().to_numpy().sum() < 3:
        return ComparisonRecord(shared)
    if (run.notna() & ~ours.reindex(index=run.index, columns=run.columns).notna()).any(axis=None):
        ranks = None
    found: list[AgreementRecord | None] = []
    for what in (of, "specificity"):
        one, other = (
            table.to_numpy() if what == of else specificity(table.to_numpy(), symmetric=symmetric)
            for table in (ours, theirs)
        )
        once = np.triu(np.ones(one.shape, dtype=bool)) if symmetric else np.ones(one.shape, dtype=bool)
        found.append(_agreement("all cells", what, one, other, rounds, once=once, symmetric=symmetric))
        for j, name in enumerate(receptors):
            cut = one[:, [j]], other[:, [j]]
            found.append(_agreement(name, what, *cut, rounds))
    agreement = [row for row in found if row is not None]
    judged = []
    for row in [] if claims is None else claims.to_dict("records"):
        named = tuple(row["ligands"])
        if row["claim"] == "best":
            verdict = _best(row["receptor"], named[0], ours, theirs, ranks, doubts or {}, symmetric, of)
        else:
            verdict = _strongest(named, ours, theirs, error, doubts or {})
        judged.append(ClaimRecord(row["claim"], row["receptor"], named, *verdict))
    return ComparisonRecord(
        shared,
        tuple(agreement),
        tuple(judged),
        {name: text for name, text in (doubts or {}).items() if name in (*ligands, *receptors)},
    )


def read_claims(path: str | Path) -> pd.DataFrame:
    """Read what a publication claims: a CSV with columns `claim`, `receptor` and `ligands` (separated by blanks).

    Raises
    ------
    InputError
        If it is no such table.
    """
    sheet = read_sheet(path, "list of claims")
    if missing := [name for name in ("claim", "receptor", "ligands") if name not in sheet.header]:
        hint = "expected columns claim,receptor,ligands"
        raise InputError(f"cannot be read as claims: no column {missing[0]}", where=sheet.where, hint=hint)
    table = pd.DataFrame([cells for _, cells in sheet.rows], columns=sheet.header)[["claim", "receptor", "ligands"]]
    table["ligands"] = table["ligands"].str.split()
    for (line, _), claim, ligands in zip(sheet.rows, table["claim"], table["ligands"], strict=True):
        where = f"{path}, line {line}"
        if claim not in CLAIMS:
            raise InputError(f"there is no claim {claim!r}", where=where, hint="expected best or strongest")
        if not ligands:
            raise InputError("this claim names no ligand", where=where)
    return table


class _Judged(NamedTuple):
    """The last fields of a `ClaimRecord`."""

    verdict: str
    why: str
    places: dict[str, int] | None = None


def _of_both(
    run: pd.DataFrame, paper: pd.DataFrame, ligands: list[str], receptors: list[str], symmetric: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the cells that both tables have; the others are not numbers."""
    cells = [table.loc[ligands, receptors].to_numpy(dtype=float) for table in (run, paper)]
    cells = [mirrored(values) for values in cells] if symmetric else cells
    both = np.isfinite(cells[0]) & np.isfinite(cells[1])
    ours, theirs = (pd.DataFrame(np.where(both, one, np.nan), ligands, receptors) for one in cells)
    return ours, theirs


def _agreement(
    over: str,
    of: str,
    one: NDArray[np.float64],
    other: NDArray[np.float64],
    rounds: int,
    *,
    once: NDArray[np.bool_] | None = None,
    symmetric: bool = False,
) -> AgreementRecord | None:
    """Give Spearman's correlation of two tables, and its 95 % range when rows and columns of one are shuffled."""
    rng = np.random.default_rng(0)
    counted = np.isfinite(one) if once is None else np.isfinite(one) & once
    cells = int(counted.sum())
    if cells < 3:
        return None
    ranked = [_standardised(table, counted) for table in (one, other)]
    rows, columns = one.shape
    drawn = []
    for _ in range(rounds):
        order = rng.permutation(rows)
        turned = ranked[0][order][:, order if symmetric else rng.permutation(columns)]
        product = (turned * ranked[1])[counted]
        drawn.append(product[np.isfinite(product)].mean() if np.isfinite(product).any() else 0.0)
    # With holes, a shuffled table is averaged over fewer cells than it was standardised over.
    low, high = np.percentile(np.clip(drawn, -1.0, 1.0), [2.5, 97.5])
    found = float((ranked[0] * ranked[1])[counted].mean())
    chance = round(float(low), 3), round(float(high), 3)
    return AgreementRecord(over, of, cells, round(found, 3), *chance, beyond_chance=not low <= found <= high)


def _standardised(table: NDArray[np.float64], counted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give the ranks of the cells, with mean 0 and standard deviation 1 over those that count."""
    ranks = rankdata(table, axis=None, nan_policy="omit").reshape(table.shape)
    standardised: NDArray[np.float64] = (ranks - ranks[counted].mean()) / max(float(ranks[counted].std()), 1e-12)
    return standardised


def _best(
    receptor: str,
    ligand: str,
    ours: pd.DataFrame,
    theirs: pd.DataFrame,
    ranks: pd.DataFrame | None,
    doubts: Mapping[str, str],
    symmetric: bool,
    of: str,
) -> _Judged:
    """Judge "this is the receptor's best ligand"."""
    found = _unjudged((receptor, ligand), ours, doubts)
    if found:
        return found
    places = {}
    for source, table in (("run", ours), ("paper", theirs)):
        own = pd.DataFrame(specificity(table.to_numpy(), symmetric=symmetric), table.index, table.columns)
        for what, values in ((of, table), ("specificity", own)):
            if values[receptor].isna()[ligand]:
                return _Judged(OPEN, f"{ligand} on {receptor} has no {what} among the pairs that both tables have")
            places[source, what] = int(values[receptor].rank(method="min")[ligand])
    n = int(ours[receptor].notna().sum())
    theirs_by = "score" if of == "score" else "its numbers"
    text = (
        f"in this run {ligand} ranks {places['run', of]} of {n} by {of} and "
        f"{places['run', 'specificity']} by specificity; in the paper's table {places['paper', of]} by {theirs_by} and "
        f"{places['paper', 'specificity']} by specificity; by chance it ranks first in 1 of {n}"
    )
    first = [places["run", what] == 1 for what in (of, "specificity")]
    sure = _interval(ranks, receptor, ligand)
    if all(first):
        verdict = HOLDS
        if sure is None:
            text += "; docked once, so noise is unknown"
        elif sure[1] > 1:
            text += f"; within noise, its rank is up to {sure[1]}"
    elif any(first):
        verdict, text = OPEN, f"{text}; the two measures disagree"
    elif sure is None:
        verdict, text = OPEN, f"{text}; docked once, so noise is unknown"
    elif sure[0] == 1:
        verdict, text = OPEN, f"{text}; within noise it may rank first (rank {sure[0]} to {sure[1]})"
    else:
        verdict = FAILS
    return _Judged(verdict, text, {f"{source} {what}": place for (source, what), place in places.items()})


def _strongest(
    named: Sequence[str], ours: pd.DataFrame, theirs: pd.DataFrame, error: float | None, doubts: Mapping[str, str]
) -> _Judged:
    """Judge "these ligands are the strongest over all": they are those with the lowest averages."""
    found = _unjudged(named, ours, doubts)
    if found:
        return found
    n = len(named)
    if ours.isna().any(axis=None):
        return _Judged(
            OPEN, "not every pair is in both tables, and averages over different partners cannot be compared"
        )
    lowest = [set(table.mean(axis=1).nsmallest(n).index) for table in (ours, theirs)]
    common = [len(set(named) & one) for one in lowest]
    by_chance = n * n / len(ours)
    text = (
        f"{common[0]} of the {n} are among the {n} ligands with the lowest average in this run "
        f"({', '.join(sorted(lowest[0]))}), {common[1]} in the paper's table, {by_chance:.1f} by chance. A low "
        "average shows that a protein is large or sticky, not that it binds"
    )
    if common[0] == n:
        return _Judged(HOLDS, text)
    if error is None:
        return _Judged(OPEN, f"{text}; docked once, so noise is unknown")
    means = ours.mean(axis=1).sort_values()
    # The averages of two ligands differ by no more than their noise: twice the variance of one.
    behind = means[[name for name in named if name not in lowest[0]]] - means.iloc[n - 1]
    near = bool((behind <= 1.96 * error * np.sqrt(2 / ours.shape[1])).all())
    return _Judged(OPEN, f"{text}; the difference is within noise") if near else _Judged(FAILS, text)


def _unjudged(names: Sequence[str], ours: pd.DataFrame, doubts: Mapping[str, str]) -> _Judged | None:
    """Say why a claim cannot be judged: a protein is missing, or is not the one that was meant."""
    for name in names:
        if name not in ours.index and name not in ours.columns:
            return _Judged(OPEN, f"{name} is not in this run")
        if name in doubts:
            return _Judged(OPEN, f"{name}: {doubts[name]}")
    return None


def _interval(ranks: pd.DataFrame | None, receptor: str, ligand: str) -> tuple[int, int] | None:
    """Give the interval of a ligand's rank, where there is one."""
    if ranks is None:
        return None
    rows = ranks[(ranks["receptor"] == receptor) & (ranks["ligand"] == ligand)]
    if not len(rows) or pd.isna(rows["rank_low"].iloc[0]):
        return None
    return int(rows["rank_low"].iloc[0]), int(rows["rank_high"].iloc[0])


def summary(found: ComparisonRecord) -> str:
    """Write a comparison for the terminal."""
    shared = found.shared
    lines = [
        f"{shared.ligands} ligands and {shared.receptors} receptors are in both tables. Engines have different score",
        "scales, so only ranks are compared. Chance: 95 % range with ligands and receptors in random order.",
        "",
    ]
    if not found.agreement:
        both = f"{shared.ligands} ligands and {shared.receptors} receptors are in both tables"
        return f"{both}. A comparison needs at least 3 ligands and 2 receptors."
    rows = [("over", "of", "rho", "chance", "")]
    for row in found.agreement:
        interval = f"{row.chance_low:+.2f} to {row.chance_high:+.2f}"
        rows.append((row.over, row.of, f"{row.rho:+.2f}", interval, row.verdict))
    lines += terminal.table(rows, right={2})
    lines.append("Rely on the line over all cells. Of the others, one in twenty is beyond chance by chance.")
    if found.claims:
        lines += ["", "Claims"]
    for claim in found.claims:
        what = f"{claim.ligands[0]} is the best ligand of {claim.receptor}"
        if claim.claim == "strongest":
            what = f"{', '.join(claim.ligands)} are the strongest ligands"
        lines += [f"- {what}: {claim.verdict.upper()}", f"    {claim.why}"]
    for name, text in found.doubts.items():
        lines.append(f"! {name}: {text}")
    return "\n".join(lines)
