"""A matrix of scores from anywhere (a run, a server, a paper): read, and what it can say in words and tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from crossdock.analysis.specificity import (
    focused_z,
    lowest_by_chance,
    median_polish,
    robust_z,
    size_dependence,
    specificity,
    stability,
    variance_shares,
)
from crossdock.errors import InputError
from crossdock.files import write_json, write_table

#: What an empty cell holds; elsewhere NA is a name like any other.
EMPTY = ("", "NA", "N/A", "n/a", "NaN", "nan", "None", "null")


def read_matrix(path: str | Path) -> pd.DataFrame:
    """Read a matrix of scores.

    Parameters
    ----------
    path : str or Path
        CSV (or with semicolons or tabs): a first column with the ligands' names, then a column a receptor.

    Returns
    -------
    DataFrame, dtype=float64
        Rows ligands, columns receptors; not a number where a cell is empty.

    Raises
    ------
    InputError
        If there is no such table, a cell is not a number, or a name stands twice.
    """
    where = str(path)
    try:
        # Without a header, or pandas would rename a second column A to A.1.
        table = pd.read_csv(
            path, sep=None, engine="python", encoding="utf-8-sig", dtype=str, header=None, keep_default_na=False
        )
        table = table.iloc[1:].set_axis(table.iloc[0], axis=1).set_index(table.iloc[1:, 0]).iloc[:, 1:]
    except (OSError, ValueError, IndexError, pd.errors.ParserError) as error:
        hint = "expected a CSV with a first column of ligands and a column a receptor"
        raise InputError(f"cannot be read as a table: {error}", where=where, hint=hint) from error
    table = table.where(~table.apply(lambda cells: cells.str.strip().isin(EMPTY)))
    table.index = table.index.astype(str).str.strip()
    table.columns = table.columns.astype(str).str.strip()
    for role, names in (("ligand", table.index), ("receptor", table.columns)):
        if len(twice := names[names.duplicated()]):
            raise InputError(f"the {role} {twice[0]!r} stands there twice", where=where)
    numbers = table.apply(lambda column: pd.to_numeric(column.str.replace("\u2212", "-"), errors="coerce"))
    wrong = np.argwhere((numbers.isna() & table.notna()).to_numpy())
    if len(wrong):
        ligand, receptor = wrong[0]
        raise InputError(
            f"expected a number, got {table.iat[ligand, receptor]!r}",
            where=f"{where}, {table.index[ligand]} on {table.columns[receptor]}",
        )
    if not numbers.size:
        raise InputError("no cell of numbers", where=where, hint="expected a column of ligands and a column a receptor")
    scores: pd.DataFrame = numbers.astype(float)
    return scores


def read_sizes(path: str | Path) -> pd.Series:
    """Read the sizes of proteins: a CSV with columns `protein` and `size`, such as residues."""
    try:
        table = pd.read_csv(
            path, sep=None, engine="python", encoding="utf-8-sig", dtype={"protein": str}, na_filter=False
        )
        return table.set_index("protein")["size"].astype(float)
    except (OSError, ValueError, KeyError, pd.errors.ParserError) as error:
        raise InputError(
            f"cannot be read as a table of sizes: {error}", where=str(path), hint="expected columns protein,size"
        ) from error


def whole(scores: pd.DataFrame, where: str) -> pd.DataFrame:
    """Give a matrix without empty cells back, or say which are empty.

    Raises
    ------
    InputError
        If a cell is empty, or there are fewer than two ligands or receptors.
    """
    if scores.isna().any(axis=None):
        ligand, receptor = (axis[0] for axis in np.nonzero(scores.isna().to_numpy()))
        count = int(scores.isna().sum().sum())
        raise InputError(
            f"{count} empty cell{'s' if count > 1 else ''}, the first {scores.index[ligand]} on "
            f"{scores.columns[receptor]}; averages of unlike sets of partners are not comparable",
            where=where,
            hint="leave that ligand or that receptor out",
        )
    if min(scores.shape) < 2:
        raise InputError(
            f"{scores.shape[0]} x {scores.shape[1]} cells: averages are taken over at least 2 ligands and 2 receptors",
            where=where,
        )
    return scores


def told(scores: pd.DataFrame, *, where: str, sizes: pd.Series | None = None) -> str:
    """Say what a matrix of scores holds beyond the averages of its receptors and ligands.

    Parameters
    ----------
    scores : DataFrame
        Rows ligands, columns receptors, lower is better, no cell empty.
    where : str
        Its name.
    sizes : Series, optional
        Of each protein, by name.

    Returns
    -------
    str
    """
    shares, table = variance_shares(scores.to_numpy()), stability(scores)
    receptors = list(scores.columns)
    chance = lowest_by_chance(*scores.shape)
    lines = [
        f"{where}: {len(scores)} ligands x {len(receptors)} receptors",
        "",
        "Of the variance of the scores",
        f"  receptors' averages explain  {shares.receptor:4.0%}   (chance alone: {shares.chance_receptor:.0%})",
        f"  ligands' averages explain    {shares.ligand:4.0%}   (chance alone: {shares.chance_ligand:.0%})",
        f"  is left to the pairs         {shares.left:4.0%}",
        "",
    ]
    head = ("receptor", "best by score", "best by specificity", "specificity", "robust z", "stays")
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
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines += [
        "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]
    changed = int((table["best_by_score"] != table["best_by_specificity"]).sum())
    lines += [
        "",
        f"* {changed} of {len(receptors)} best ligands change once averages are taken out.",
        "specificity: score - receptor's average - ligand's average + average of all; robust z: residual of the",
        "median polish over 1.4826 MAD; stays: share of the panels without one other protein in which the ligand",
        "remains the best by specificity.",
    ]
    if np.isfinite(chance).all():
        lines += [
            f"Of noise of one size alone, the lowest robust z of such a table is {chance[0]:.1f}, and below "
            f"{chance[1]:.1f} one time in",
            "twenty; where proteins differ in how much their scores scatter, far more often.",
        ]
    if sizes is not None:
        fit = size_dependence(scores.to_numpy(), size_of_pairs(scores, sizes))
        lines += [
            "",
            f"Size: the logarithm of (size of ligand x size of receptor) explains {fit.share:.0%} of the variance, "
            f"slope {fit.slope:.1f}.",
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
        raise InputError(f"no size of {missing[0]!r}", where="--sizes", hint="expected a row for each protein")
    return np.outer(sizes[list(scores.index)], sizes[list(scores.columns)])


def write_tables(folder: str | Path, scores: pd.DataFrame, *, sizes: pd.Series | None = None) -> None:
    """Write what `told` says: specificity.csv, robust_z.csv, receptor_z.csv, ligand_z.csv, best.csv, shares.json.

    Parameters
    ----------
    folder : str or Path
    scores : DataFrame
        As for `told`.
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
    for name, numbers in made.items():
        table = pd.DataFrame(numbers, index=scores.index, columns=scores.columns).rename_axis("ligand")
        write_table(Path(folder) / f"{name}.csv", table.reset_index(), float_format="%.4f")
    write_table(Path(folder) / "best.csv", stability(scores), float_format="%.4f")
    write_json(Path(folder) / "shares.json", {"shares": vars(variance_shares(values))})
