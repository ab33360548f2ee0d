"""The table that is written before pairs are docked, in which each docking finds what was made or found of its pair."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from crossdock.docking.matching.decide import Pair
from crossdock.errors import DockingError, InputError
from crossdock.files import write_table
from crossdock.structures.structure import Structure


def write_rows(
    out: str | Path,
    waiting: Sequence[Pair],
    structures: Mapping[str, Structure],
    found: Mapping[Pair, Path],
    reasons: Mapping[Pair, str] | None = None,
) -> None:
    """Write the table from which each docking finds its record, by the structures; empty where a pair has none.

    `reasons` say why a pair has none, if that is known.
    """
    rows = [(*pair, _key(*(structures[name] for name in pair)), str(found.get(pair, ""))) for pair in waiting]
    table = pd.DataFrame(rows, columns=["receptor", "ligand", "key", "record"])
    if reasons is not None:
        table["reason"] = [reasons.get(pair, "") for pair in waiting]
    write_table(out, table)


def record_in(table: Path, receptor: Structure, ligand: Structure) -> Path | None:
    """Find the record of a pair in such a table; None where it has none.

    Raises
    ------
    DockingError
        With the reason why it has none.
    """
    rows = pd.read_csv(table, dtype=str, keep_default_na=False)
    if "key" not in rows:
        raise InputError(
            "no table of what was found of each pair", where=str(table), hint="run `crossdock dock-remote` again"
        )
    own = rows[rows["key"] == _key(receptor, ligand)]
    if reason := next((one for one in own.get("reason", []) if one), ""):
        raise DockingError(reason)
    return next((Path(one) for one in own["record"] if one), None)


def _key(receptor: Structure, ligand: Structure) -> str:
    """Tell a pair of prepared structures from all others."""
    digest = hashlib.sha256()
    for body in (receptor, ligand):
        digest.update(np.round(body.coord * 1000).astype(np.int64).tobytes())
        digest.update("".join(body.residue_name.tolist()).encode())
    return digest.hexdigest()[:16]
