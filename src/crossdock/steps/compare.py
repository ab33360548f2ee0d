"""A run, or any table of scores, beside a published one: the step `crossdock compare`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from crossdock.analysis import compare as comparing
from crossdock.analysis.matrix import read_ranks, read_scores
from crossdock.analysis.records import ComparisonRecord
from crossdock.analysis.table import read_matrix
from crossdock.errors import InputError
from crossdock.panel.panel import Panel
from crossdock.steps.matrix import read_leading
from crossdock.structures.record import read_protein


def compare(
    scores: Panel | pd.DataFrame,
    published: str | Path | None = None,
    *,
    claims: str | Path | None = None,
    results: str | Path = "results",
) -> ComparisonRecord:
    """Put scores beside a published table of the same panel.

    Parameters
    ----------
    scores : Panel or DataFrame
        A panel whose run is in `results`, or rows ligands and columns receptors, lower is better.
    published : str or Path, optional
        CSV with a first column of ligands, then a column a receptor; the panel's own without it.
    claims : str or Path, optional
        CSV with columns claim, receptor and ligands; without it NAME.claims.csv beside the published table.
    results : str or Path
        The folder of the run.

    Returns
    -------
    ComparisonRecord

    Raises
    ------
    InputError
        If there is no published table, or a file is not what it should be.
    """
    ranks, error, doubts, symmetric, of = None, None, {}, False, "score"
    if isinstance(scores, Panel):
        results, panel, symmetric = Path(results), scores, scores.symmetric
        published = published or panel.published
        number, scores = read_leading(results)
        of = number.in_text
        ranks, cells = read_ranks(results), read_scores(results)
        errors = cells.loc[cells["metric"] == number.name, "uncertainty"]
        error = float(np.sqrt((errors**2).mean())) if errors.notna().all() else None
        for protein in panel.proteins:
            identity = read_protein(panel.proteins_in(results) / protein.name / "protein.json").identity
            if identity.verdict == "mismatch":
                doubts[protein.name] = identity.explanation
    if not published:
        raise InputError("no published table", hint="give a table, or set `published:` in the config")
    beside = Path(published).with_suffix(".claims.csv")
    chosen = claims or (beside if beside.is_file() else None)
    return comparing.compare(
        scores,
        read_matrix(published),
        ranks=ranks,
        error=error,
        claims=comparing.read_claims(chosen) if chosen else None,
        doubts=doubts,
        symmetric=symmetric,
        of=of,
    )
