"""A matrix of scores from anywhere (a run, a server, a paper): read, and what it can say in words and tables."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from crossdock import terminal
from crossdock.analysis.additive import Pattern, mirrored
from crossdock.analysis.scatter import LEAST, beyond_noise
from crossdock.analysis.specificity import (
    focused_z,
    median_polish,
    robust_z,
    size_dependence,
    specificity,
    stability,
    variance_shares,
)
from crossdock.errors import InputError, quoted
from crossdock.files import write_json, write_table
from crossdock.rounding import decimals
from crossdock.spreadsheet import numbers, read_scores, read_sheet

#: Words in names of tables and columns that say which scores are better.
HIGHER = {"iptm", "ptm", "ipsae", "pdockq", "pdockq2", "dockq", "lis", "plddt", "fnat", "confidence", "probability"}
HIGHER |= {"lightdock", "megadock", "zdock", "frodock", "patchdock", "pkd", "pki"}
LOWER = {"kd", "ki", "ic50", "pae", "ipae", "rmsd", "irmsd", "lrmsd", "dg", "ddg", "energy", "kcal", "haddock"}
LOWER |= {"cluspro", "pydock", "rosetta", "foldx", "vina", "hdock", "crossdock"}
#: How numbers of predicted complexes are written, which one table holds one of.
WRITTEN = {"iptm": "ipTM", "ptm": "pTM", "ipsae": "ipSAE", "pdockq": "pDockQ", "pdockq2": "pDockQ2", "dockq": "DockQ"}
WRITTEN |= {"lis": "LIS", "plddt": "pLDDT", "pae": "PAE", "ipae": "iPAE"}


def _metrics(text: str) -> set[str]:
    """Find the names of scores in a text; short ones only as words of their own."""
    words = set(re.split(r"[^a-z0-9]+", text.lower()))
    return {name for name in HIGHER | LOWER if name in words or (len(name) > 3 and name in text.lower())}


def read_matrix(path: str | Path) -> pd.DataFrame:
    """Read a matrix of scores, as `crossdock.spreadsheet.read_scores` does.

    Parameters
    ----------
    path : str or Path
        A first column with the ligands' names, then a column a receptor.

    Returns
    -------
    DataFrame, dtype=float64
        Rows ligands, columns receptors; not a number where a cell is empty. The index has the first column's heading.

    Raises
    ------
    InputError
        If there is no such table, a cell is not a finite number, or a name stands twice.
    """
    header, ligands, scores = read_scores(path)
    return pd.DataFrame(scores, index=pd.Index(ligands, name=header[0]), columns=header[1:], dtype=float)


def read_sizes(path: str | Path) -> pd.Series:
    """Read the sizes of proteins: a table with columns `protein` and `size`, such as residues.

    Raises
    ------
    InputError
        If it is no such table, a protein stands twice, or a size is no number above 0.
    """
    sheet = read_sheet(path, "table of sizes")
    if not {"protein", "size"} <= set(sheet.header):
        raise InputError("not a table of sizes", where=sheet.where, hint="expected columns protein,size")
    columns = sheet.header.index("protein"), sheet.header.index("size")
    rows = [(f"{sheet.where}, line {line}", *(cells[i] for i in columns)) for line, cells in sheet.rows]
    sizes: dict[str, float] = {}
    found = numbers(((place, size) for place, _, size in rows), sheet.delimiter)
    for (place, name, text), size in zip(rows, found, strict=True):
        if name in sizes:
            raise InputError(f"the protein {quoted(name)} appears twice", where=place)
        if not size > 0:
            raise InputError(f"expected a size above 0, got {quoted(text)}", where=place)
        sizes[name] = size
    return pd.Series(sizes, dtype=float)


def _named(scores: pd.DataFrame, path: str | Path) -> set[str]:
    """Find the names of scores in a table's file name, its first heading, and all others."""
    columns = [_metrics(str(name)) for name in scores.columns]
    return _metrics(Path(path).stem) | _metrics(str(scores.index.name or "")) | set.intersection(*columns)


def number_of(scores: pd.DataFrame, path: str | Path) -> str:
    """Name what a table holds, as its file name or headings say: "ipTM", or "score" where they do not."""
    found = [name for name in _named(scores, path) if name in WRITTEN]
    longest = max(found, key=len, default="")
    return WRITTEN[longest] if longest and all(name in longest for name in found) else "score"


def doubt_of_direction(scores: pd.DataFrame, path: str | Path, *, higher: bool) -> str | None:
    """Tell whether a table looks as if the other direction were the better one.

    Parameters
    ----------
    scores : DataFrame
        As `read_matrix` gives it.
    path : str or Path
        Its file, whose name may say what the scores are.
    higher : bool
        Whether higher scores are taken as better.

    Returns
    -------
    str or None
        A sentence with the reason.
    """
    named = _named(scores, path)
    way = ("lower", "higher") if higher else ("higher", "lower")
    command = "leave `--better high` out" if higher else "add `--better high`"
    right, wrong = (HIGHER, LOWER) if higher else (LOWER, HIGHER)
    if not (named & right and named & wrong) and named:
        if named & right:
            return None
        metric = max(named, key=len)
        return f"for `{metric}`, {way[0]} is better, but {way[1]} was taken as better: {command}"
    values = scores.to_numpy()
    values = values[np.isfinite(values)]
    if higher and (values <= 0).all():
        return f"all scores are negative, like energies; if lower is better, {command}"
    if not higher and (values >= 0).all():
        like = "lie between 0 and 1, like confidences" if (values <= 1).all() else "are positive, unlike energies"
        return f"all scores {like}; if higher is better, {command}"
    return None


def usable(scores: pd.DataFrame, where: str) -> tuple[pd.DataFrame, bool]:
    """Give a matrix that has specificities, and whether it is symmetric.

    Parameters
    ----------
    scores : DataFrame
        Rows ligands, columns receptors; not a number where a pair has none.
    where : str
        Its name, for messages.

    Returns
    -------
    scores : DataFrame
        The same; if it is symmetric, with columns in the order of the rows, and each pair on both sides of the
        diagonal.
    symmetric : bool
        Whether rows and columns are the same proteins, and no pair has two scores: each cell equals its mirror image,
        or one of the two is empty.

    Raises
    ------
    InputError
        If a cell is no finite number, two have one name, there are fewer than two ligands or receptors, or no pair has
        a specificity.
    """
    for side, names in (("ligand", scores.index), ("receptor", scores.columns)):
        if names.has_duplicates:
            raise InputError(f"two {side}s are called {names[names.duplicated()][0]!r}", where=where)
    try:
        numbers = scores.to_numpy(dtype=float)
    except (TypeError, ValueError) as error:
        hint = "rows are ligands and columns are receptors, with their names in the index and the header"
        raise InputError(f"a cell is not a number: {error}", where=where, hint=hint) from error
    if np.isinf(numbers).any():
        i, j = np.argwhere(np.isinf(numbers))[0]
        raise InputError(f"{scores.index[i]} on {scores.columns[j]} is infinite", where=where)
    if min(scores.shape) < 2:
        raise InputError(
            f"expected at least 2 ligands and 2 receptors, got {scores.shape[0]} x {scores.shape[1]} cells",
            where=where,
        )
    symmetric = _symmetric(scores)
    if symmetric:
        scores = scores[list(scores.index)]
        scores = pd.DataFrame(mirrored(scores.to_numpy(dtype=float)), scores.index, scores.columns)
    values = scores.to_numpy(dtype=float)
    if not np.isfinite(specificity(values, symmetric=symmetric)).any():
        pairs = int(Pattern.of(values, symmetric=symmetric).once.sum())
        raise InputError(
            f"too few pairs have a score ({pairs}): no pair can be predicted from the others",
            where=where,
            hint="specificity needs proteins that share several partners, such as 2 ligands with the same 2 receptors",
        )
    return scores, symmetric


def _symmetric(scores: pd.DataFrame) -> bool:
    """Tell whether both sides are the same proteins, with one score a pair."""
    if set(scores.index) != set(scores.columns):
        return False
    values = scores[list(scores.index)].to_numpy(dtype=float)
    return bool(np.isclose(values, values.T, rtol=1e-9, atol=0)[np.isfinite(values) & np.isfinite(values.T)].all())


def summary(
    scores: pd.DataFrame,
    *,
    where: str,
    sizes: pd.Series | None = None,
    turned: bool = False,
    symmetric: bool = False,
    number: str = "score",
) -> str:
    """Say what a matrix of scores holds beyond the averages of its receptors and ligands.

    Parameters
    ----------
    scores : DataFrame
        As `usable` gives it, lower is better.
    where : str
        Its name.
    sizes : Series, optional
        Of each protein, by name.
    turned : bool
        Whether the signs were turned, as in the table higher scores are better.
    symmetric : bool
        Whether rows and columns are the same proteins, without roles.
    number : str
        What the table holds, as `number_of` names it.

    Returns
    -------
    str
    """
    shares, table = variance_shares(scores.to_numpy(), symmetric=symmetric), stability(scores, symmetric=symmetric)
    one, side = ("protein", "partner") if symmetric else ("receptor", "ligand")
    lines = [
        *_counts(scores, where, symmetric),
        "Higher scores are better (`--better high`). The signs of all scores were reversed for this output."
        if turned
        else "Lower scores are better. If higher scores are better, add `--better high`.",
        "",
        "Share of the variance of the scores",
        *(
            f"  {f'explained by {name} averages':<31} {share:4.0%}   (by chance: {chance:.0%})"
            for name, share, chance in shares.explained
        ),
        f"  left for specific pairs         {shares.left:4.0%}",
        "",
    ]
    places = max(1, decimals(scores.to_numpy()) - 4)
    reversed_number = f"reversed {number}" if turned else number
    head = (
        one,
        f"{'highest' if turned else 'lowest'} {number}",
        "lowest specificity",
        "specificity",
        "robust z",
        "robustness",
    )
    rows = [
        (
            str(row["receptor"]),
            row["best_by_score"],
            (row["best_by_specificity"] + " *" * (row["best_by_specificity"] != row["best_by_score"]))
            if row["best_by_specificity"]
            else "-",
            "-" if np.isnan(row["specificity"]) else f"{row['specificity']:.{places}f}",
            "-" if np.isnan(row["robust_z"]) else f"{row['robust_z']:.1f}",
            "-" if np.isnan(row["stays"]) else f"{row['stays']:.0%}",
        )
        for row in table.to_dict("records")
    ]
    lines += terminal.table([head, *rows])
    ranked = table[table["best_by_specificity"] != ""]
    changed = int((ranked["best_by_score"] != ranked["best_by_specificity"]).sum())
    lines += [
        "",
        f"* {changed} of {len(ranked)} {one}s have another first {side} after averages are subtracted.",
        f"specificity: {reversed_number} - receptor average - ligand average + overall average."
        if Pattern.of(scores.to_numpy(), symmetric=symmetric).plain
        else f"specificity: {reversed_number} less what the averages of its two {'proteins' if symmetric else 'sides'} "
        "predict, by least squares.",
        "robust z: residual of the median polish divided by 1.4826 MAD.",
        "robustness: share of the panels with one other protein removed in which the same ligand is lowest.",
    ]
    limit, beyond = beyond_noise(scores, symmetric=symmetric)
    if limit is None and Pattern.of(scores.to_numpy()).plain:
        lines += [f"Not tested: a table of fewer than {LEAST} x {LEAST} cells cannot be told from noise."]
    elif limit is None:
        lines += [f"Not tested for noise: too few proteins have {LEAST} partners that have {LEAST} partners too."]
    else:
        named = ", ".join(f"{ligand} on {receptor} ({z:.1f})" for receptor, ligand, z in beyond) or "none"
        lines += [
            f"Pairs that stand out from noise: {named}.",
            f"The limit is {limit:.1f}, in units of how much the scores of both proteins vary. Of simulated tables of",
            "this size without partners, one in twenty has a pair beyond it.",
        ]
    if sizes is not None:
        fit = size_dependence(scores.to_numpy(), size_of_pairs(scores, sizes), symmetric=symmetric)
        lines += [
            "",
            f"Size explains {fit.share:.0%} of the variance (logarithm of ligand size x receptor size, "
            f"slope {fit.slope:.{places}f}).",
        ]
    return "\n".join(lines)


def _counts(scores: pd.DataFrame, where: str, symmetric: bool) -> list[str]:
    """Say how large a table is, and how much of it is empty."""
    pattern = Pattern.of(scores.to_numpy(), symmetric=symmetric)
    pairs = int(pattern.once.sum())
    undefined = pairs - int((np.isfinite(specificity(scores.to_numpy(), symmetric=symmetric)) & pattern.once).sum())
    if symmetric:
        lines = [f"{where}: {pairs} pairs of {len(scores)} proteins, each with one score on both sides of the diagonal"]
    else:
        empty = scores.size - pairs
        missing = f", {empty} cell{'s' if empty > 1 else ''} empty" if empty else ""
        lines = [f"{where}: {len(scores)} ligands x {scores.shape[1]} receptors{missing}"]
    if undefined:
        pairs_have = "1 pair has" if undefined == 1 else f"{undefined} pairs have"
        lines.append(f"{pairs_have} no specificity, because the other pairs do not predict them.")
    return lines


def size_of_pairs(scores: pd.DataFrame, sizes: pd.Series) -> np.ndarray:
    """Multiply the sizes of both partners, shape=(ligands, receptors).

    Raises
    ------
    InputError
        If a protein of the matrix has no size.
    """
    names = [*scores.index, *scores.columns]
    if missing := [name for name in names if name not in sizes.index]:
        raise InputError(f"the size of {missing[0]!r} is missing", where="--sizes", hint="add a row for each protein")
    return np.outer(sizes[list(scores.index)], sizes[list(scores.columns)])


def write_tables(
    folder: str | Path, scores: pd.DataFrame, *, sizes: pd.Series | None = None, symmetric: bool = False
) -> None:
    """Write what `summary` says: specificity.csv, robust_z.csv, receptor_z.csv, ligand_z.csv, best.csv, shares.json.

    Parameters
    ----------
    folder : str or Path
    scores : DataFrame
        As for `summary`.
    sizes : Series, optional
        With these also size_residual.csv.
    symmetric : bool
        As for `summary`.
    """
    values = scores.to_numpy()
    made = {
        "specificity": specificity(values, symmetric=symmetric),
        "robust_z": robust_z(median_polish(values, symmetric=symmetric).residual, symmetric=symmetric),
        "receptor_z": focused_z(values, axis=0),
        "ligand_z": focused_z(values, axis=1),
    }
    if sizes is not None:
        made["size_residual"] = size_dependence(values, size_of_pairs(scores, sizes), symmetric=symmetric).residual
    places = decimals(values)
    for name, cells in made.items():
        table = pd.DataFrame(cells, index=scores.index, columns=scores.columns).rename_axis("ligand")
        write_table(Path(folder) / f"{name}.csv", table.reset_index(), float_format=f"%.{places}f")
    write_table(Path(folder) / "best.csv", stability(scores, symmetric=symmetric), float_format=f"%.{places}f")
    write_json(Path(folder) / "shares.json", {"shares": vars(variance_shares(values, symmetric=symmetric))})
