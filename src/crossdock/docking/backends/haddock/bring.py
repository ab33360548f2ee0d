"""A folder of HADDOCK3 runs -> the table of jobs, filled in, and the models of all pairs that are certain."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from crossdock.docking.backends.cofold.chains import Matcher
from crossdock.docking.backends.cofold.prediction import Prediction
from crossdock.docking.backends.cofold.results import Taken
from crossdock.docking.backends.haddock.results import RECORD, keep
from crossdock.docking.backends.haddock.run import Ranked, Run, find_runs
from crossdock.docking.matching.decide import Decision, Known
from crossdock.docking.matching.mapping import JOBS, Row, merged, read_mapping, settle, write_mapping
from crossdock.errors import ConfigError, CrossdockError, InputError
from crossdock.files import read_json


def import_folder(folder: str | Path, known: Known, to: str | Path, *, config: str) -> str:
    """Find the pairs of all runs in a folder, write the table of jobs into it, and import what is certain.

    Parameters
    ----------
    folder : str or Path
        Of a run, or of many.
    known : Known
        The panel's names, pairs and structures.
    to : str or Path
        The folder of all pairs, such as ``resources/haddock``.
    config : str
        Name of the config, for messages.

    Returns
    -------
    str
        What was found, as text for the terminal.

    Raises
    ------
    InputError
        If there is no run, or the table, as it was edited, cannot be used. Then nothing has been written.
    """
    runs = {run.name: run for run in find_runs(folder)}
    path = Path(folder) / JOBS
    kept = read_mapping(path)
    _check_edits([row for row in kept if row.edited], runs, known, path, config)
    matcher = Matcher(known)
    models = {name: _read(run) for name, run in runs.items()}
    rows = merged([_row(name, models[name], matcher, runs[name]) for name in runs], kept)
    settle(rows, {})
    good = [row for row in rows if row.pair and _import(row, models[row.job], matcher, runs[row.job], Path(to))]
    write_mapping(path, rows)
    _forget(rows, good, known, Path(to))
    return "\n".join(_report(rows, good, list(runs.values()), known, path, Path(to)))


def _read(run: Run) -> list[tuple[Ranked, Prediction]]:
    """Read all models of a run that can be read."""
    found = []
    try:
        for ranked in run.models:
            try:
                found.append((ranked, ranked.read(run.name)))
            except CrossdockError as error:
                run.problems.append(type(error)(error.what, where=error.where or str(ranked.file), hint=error.hint))
    except InputError as error:
        run.problems.append(error)
    return found


def _row(name: str, models: Sequence[tuple[Ranked, Prediction]], matcher: Matcher, run: Run) -> Row:
    """Decide by the first model which pair a run is of."""
    files = f"{len(models)} models"
    if not models:
        return Row(name, status="not used", reason="none of its models can be read", files=files)
    decision: Decision = matcher.decide(models[0][1], name)
    status = {"other": "not in the panel"}.get(decision.status, decision.status)
    reason = "; ".join(filter(None, (decision.reason, run.note)))
    row = Row(name, "", "", status, decision.evidence, reason, list(decision.candidates), files)
    if status == "sure":
        row.receptor, row.ligand = decision.candidates[0]
    return row


def _import(
    row: Row, models: Sequence[tuple[Ranked, Prediction]], matcher: Matcher, run: Run, to: Path
) -> list[tuple[Ranked, Taken]]:
    """Keep the models of a pair; the row says where none can be used."""
    found = []
    for ranked, prediction in models:
        if assigned := matcher.assign(prediction, (row.receptor, row.ligand)):
            found.append((ranked, Taken(prediction, assigned, {})))
        else:
            what = f"its chains are not those of {row.receptor} and {row.ligand}"
            run.problems.append(InputError(what, where=str(ranked.file)))
    if found:
        keep(found, to, job=row.job)
    else:
        row.status = row.status if row.status == "edited" else "not used"
        row.reason = f"no model of this run can be used for {row.receptor}, {row.ligand}"
    return found


def _check_edits(rows: Sequence[Row], runs: dict[str, Run], known: Known, path: Path, config: str) -> None:
    """Stop at rows of a person that cannot be used."""
    problems: list[CrossdockError] = []
    for row in rows:
        where = f"{path}, line {row.line}"
        if row.job not in runs:
            problems.append(InputError(f"no run {row.job} in this folder", where=where, hint="remove the row"))
        elif row.pair and row.pair not in known.pairs:
            hint = f"use the names of receptors and ligands in {config}"
            problems.append(InputError(f"not in the panel: {row.receptor}, {row.ligand}", where=where, hint=hint))
    if problems:
        raise ConfigError(problems, where=str(path))


def _forget(rows: Sequence[Row], good: Sequence[Row], known: Known, to: Path) -> None:
    """Remove earlier imports of runs of this folder from pairs that they are no longer of."""
    now, here = {row.pair for row in good}, {row.job for row in rows}
    for pair in known.pairs:
        record = Path(to, *pair, RECORD)
        if record.is_file() and pair not in now and read_json(record)["job"] in here:
            shutil.rmtree(record.parent)


def _report(
    rows: Sequence[Row], good: Sequence[Row], runs: Sequence[Run], known: Known, table: Path, to: Path
) -> list[str]:
    """Say what became of every run and pair."""
    there = {pair: Path(to, *pair, RECORD).is_file() for pair in known.pairs}
    lines = [f"{len(rows)} runs of HADDOCK3 found; {len(good)} imported into {to}; the table of them is {table}"]
    parts = {
        f"fill in receptor and ligand of these in {table}, then run the same command again": [
            f"{row.job}: {row.reason}" for row in rows if row.status == "doubtful"
        ],
        "not imported": [f"{row.job}: {row.reason}" for row in rows if row.status == "not used"],
        "of no pair of this panel": [f"{row.job}: {row.reason}" for row in rows if row.status == "not in the panel"],
        "left out by you": [row.job for row in rows if row.status == "edited" and not row.pair],
        "files that are not used": [str(one).replace("\n", " ") for run in runs for one in run.problems],
        "notes": [f"{row.job}: {row.reason}" for row in good if row.reason],
        "pairs without a run": [", ".join(pair) for pair, done in there.items() if not done],
    }
    for title, items in parts.items():
        if items:
            lines += ["", f"{title} ({len(items)}):", *(f"  {item}" for item in items)]
    return lines if not all(there.values()) else [*lines, "", "every pair of the panel has a run"]
