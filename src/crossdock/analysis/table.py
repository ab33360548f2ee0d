"""A matrix of scores from anywhere (a run, a server, a paper): read, and what it can say in words and tables."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from crossdock import terminal
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
from crossdock.spreadsheet import numbers, read_scores, read_sheet

#: Words in names of tables and columns that say which scores are better.
HIGHER = {"iptm", "ptm", "ipsae", "pdockq", "pdockq2", "dockq", "lis", "plddt", "fnat", "confidence", "probability"}
HIGHER |= {"lightdock", "megadock", "zdock", "frodock", "patchdock", "pkd", "pki"}
LOWER = {"kd", "ki", "ic50", "pae", "ipae", "rmsd", "irmsd", "lrmsd", "dg", "ddg", "energy", "kcal", "haddock"}
LOWER |= {"cluspro", "pydock", "rosetta", "foldx", "vina", "hdock", "crossdock"}


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
    columns = [_metrics(str(name)) for name in scores.columns]
    named = _metrics(Path(path).stem) | _metrics(str(scores.index.name or "")) | set.intersection(*columns)
    way = ("lower", "higher") if higher else ("higher", "lower")
    command = "leave `--higher` out" if higher else "add `--higher`"
    right, wrong = (HIGHER, LOWER) if higher else (LOWER, HIGHER)
    if not (named & right and named & wrong) and named:
        if named & right:
            return None
        metric = max(named, key=len)
        return f"for `{metric}`, {way[0]} is better, but {way[1]} was taken as better: {command}"
    values = scores.to_numpy()
    if higher and (values <= 0).all():
        return f"all scores are negative, like energies; if lower is better, {command}"
    if not higher and (values >= 0).all():
        like = "lie between 0 and 1, like confidences" if (values <= 1).all() else "are positive, unlike energies"
        return f"all scores {like}; if higher is better, {command}"
    return None


def require_complete(scores: pd.DataFrame, where: str) -> pd.DataFrame:
    """Give a matrix without empty cells back, or say which are empty.

    Raises
    ------
    InputError
        If a cell is empty or no finite number, two have one name, or there are fewer than two ligands or receptors.
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
    if scores.isna().any(axis=None):
        empty = [f"{scores.index[i]} on {scores.columns[j]}" for i, j in np.argwhere(scores.isna().to_numpy())]
        named = ", ".join(empty[:10]) + (f" and {len(empty) - 10} more" if len(empty) > 10 else "")
        raise InputError(
            f"{len(empty)} empty cell{'s' if len(empty) > 1 else ''}: {named}; "
            "averages over different partners cannot be compared",
            where=where,
            hint="remove that ligand or that receptor",
        )
    if min(scores.shape) < 2:
        raise InputError(
            f"expected at least 2 ligands and 2 receptors, got {scores.shape[0]} x {scores.shape[1]} cells",
            where=where,
        )
    return scores


def summary(scores: pd.DataFrame, *, where: str, sizes: pd.Series | None = None, turned: bool = False) -> str:
    """Say what a matrix of scores holds beyond the averages of its receptors and ligands.

    Parameters
    ----------
    scores : DataFrame
        Rows ligands, columns receptors, lower is better, no cell empty.
    where : str
        Its name.
    sizes : Series, optional
        Of each protein, by name.
    turned : bool
        Whether the signs were turned, as in the table higher scores are better.

    Returns
    -------
    str
    """
    shares, table = variance_shares(scores.to_numpy()), stability(scores)
    receptors = list(scores.columns)
    lines = [
        f"{where}: {len(scores)} ligands x {len(receptors)} receptors",
        "Higher scores are better (`--higher`). The signs of all scores were reversed for this output."
        if turned
        else "Lower scores are better. If higher scores are better, add `--higher`.",
        "",
        "Share of the variance of the scores",
        f"  explained by receptor averages  {shares.receptor:4.0%}   (by chance: {shares.chance_receptor:.0%})",
        f"  explained by ligand averages    {shares.ligand:4.0%}   (by chance: {shares.chance_ligand:.0%})",
        f"  left for specific pairs         {shares.left:4.0%}",
        "",
    ]
    head = ("receptor", "lowest score", "lowest specificity", "specificity", "robust z", "robustness")
    rows = [
        (
            str(row["receptor"]),
            row["best_by_score"],
            row["best_by_specificity"] + " *" * (row["best_by_specificity"] != row["best_by_score"]),
            f"{row['specificity']:.1f}",
            "-" if np.isnan(row["robust_z"]) else f"{row['robust_z']:.1f}",
            "-" if np.isnan(row["stays"]) else f"{row['stays']:.0%}",
        )
        for row in table.to_dict("records")
    ]
    lines += terminal.table([head, *rows])
    changed = int((table["best_by_score"] != table["best_by_specificity"]).sum())
    lines += [
        "",
        f"* {changed} of {len(receptors)} receptors have another first ligand after averages are subtracted.",
        "specificity: score - receptor average - ligand average + overall average.",
        "robust z: residual of the median polish divided by 1.4826 MAD.",
        "robustness: share of the panels with one other protein removed in which the same ligand is lowest.",
    ]
    limit, beyond = beyond_noise(scores)
    if limit is None:
        lines += [f"Not tested: a table of fewer than {LEAST} x {LEAST} cells cannot be told from noise."]
    else:
        named = ", ".join(f"{ligand} on {receptor} ({z:.1f})" for receptor, ligand, z in beyond) or "none"
        lines += [
            f"Pairs that stand out from noise: {named}.",
            f"The limit is {limit:.1f}, in units of how much the scores of both proteins vary. Of simulated tables of",
            "this size without partners, one in twenty has a pair beyond it.",
        ]
    if sizes is not None:
        fit = size_dependence(scores.to_numpy(), size_of_pairs(scores, sizes))
        lines += [
            "",
            f"Size explains {fit.share:.0%} of the variance (logarithm of ligand size x receptor size, "
            f"slope {fit.slope:.1f}).",
        ]
    return "\n".join(lines)


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


def write_tables(folder: str | Path, scores: pd.DataFrame, *, sizes: pd.Series | None = None) -> None:
    """Write what `summary` says: specificity.csv, robust_z.csv, receptor_z.csv, ligand_z.csv, best.csv, shares.json.

    Parameters
    ----------
    folder : str or Path
    scores : DataFrame
        As for `summary`.
    sizes : Series, optional
        With these also size_residual.csv.
    """
    values = scores.to_numpy()
    made = {
        "specificity": specificity(values),
        "robust_z": robust_z(median_polish(values).residual),
        "receptor_z": focused_z(values, axis=0),
        "ligand_z": focused_z(values, axis=1),
    }
    if sizes is not None:
        made["size_residual"] = size_dependence(values, size_of_pairs(scores, sizes)).residual
    for name, cells in made.items():
        table = pd.DataFrame(cells, index=scores.index, columns=scores.columns).rename_axis("ligand")
        write_table(Path(folder) / f"{name}.csv", table.reset_index(), float_format="%.4f")
    write_table(Path(folder) / "best.csv", stability(scores), float_format="%.4f")
    write_json(Path(folder) / "shares.json", {"shares": vars(variance_shares(values))})
