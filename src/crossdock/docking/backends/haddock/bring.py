"""A folder of HADDOCK3 runs -> the table of jobs, filled in, and the models of all pairs that are certain."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from crossdock.docking.backends.cofold.chains import Matcher
from crossdock.docking.backends.cofold.prediction import Prediction
from crossdock.docking.backends.cofold.results import Taken
from crossdock.docking.backends.haddock.results import RECORD, keep
from crossdock.docking.backends.haddock.run import Ranked, Run, find_runs
from crossdock.docking.matching.decide import Decision, Known, Pair
from crossdock.docking.matching.mapping import (
    JOBS,
    Row,
    check_edits,
    merged,
    orders,
    read_mapping,
    settle,
    write_mapping,
)
from crossdock.errors import CrossdockError, InputError
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
    check_edits(kept, runs, known.pairs, path, config, lacking=("no run {} in this folder", "remove the row"))
    matcher = Matcher(known)
    rows = merged([_row(run, matcher) for run in runs.values()], kept)
    settle(rows, {})
    imported = [
        row for row in rows for pair in orders(row, known.pairs) if _import(row, pair, matcher, runs[row.job], Path(to))
    ]
    good = [row for row in rows if row in imported]
    write_mapping(path, rows)
    _forget(good, runs, known, Path(to))
    return "\n".join(_report(rows, good, list(runs.values()), known, path, Path(to)))


def _read(run: Run) -> Iterator[tuple[Ranked, Prediction]]:
    """Read one model after the other; one that cannot be read is no model of the run from then on."""
    for ranked in list(run.models):
        try:
            prediction = ranked.read(run.name)
        except CrossdockError as error:
            run.problems.append(type(error)(error.what, where=error.where or str(ranked.file), hint=error.hint))
            run.models.remove(ranked)
            continue
        yield ranked, prediction


def _row(run: Run, matcher: Matcher) -> Row:
    """Decide by the first model which pair a run is of."""
    try:
        _, first = next(_read(run), (None, None))
    except InputError as error:  # of a table
        run.problems.append(error)
        run.models, first = [], None
    files = f"{len(run.models)} models"
    if first is None:
        return Row(run.name, status="not used", reason="none of its models can be read", files=files)
    decision: Decision = matcher.decide(first, run.name)
    status = {"other": "not in the panel"}.get(decision.status, decision.status)
    reason = "; ".join(filter(None, (decision.reason, run.note)))
    row = Row(run.name, "", "", status, decision.evidence, reason, list(decision.candidates), files)
    if status == "sure":
        row.receptor, row.ligand = decision.candidates[0]
    return row


def _import(row: Row, pair: Pair, matcher: Matcher, run: Run, to: Path) -> list[tuple[Ranked, Taken]]:
    """Keep the models of a pair; the row says where none can be used."""
    found = []
    for ranked, prediction in _read(run):
        if assigned := matcher.assign(prediction, pair):
            found.append((ranked, Taken(prediction, assigned, {})))
        else:
            what = f"its chains are not those of {pair[0]} and {pair[1]}"
            run.problems.append(InputError(what, where=str(ranked.file)))
    if found:
        keep(found, to, job=row.job)
    else:
        row.status = row.status if row.status == "edited" else "not used"
        row.reason = f"no model of this run can be used for {pair[0]}, {pair[1]}"
    return found


def _forget(good: Sequence[Row], runs: Mapping[str, Run], known: Known, to: Path) -> None:
    """Remove earlier imports of runs of this folder from pairs that they are no longer of.

    Runs of several folders have one name (HADDOCK3's examples call all of them run1), so the models are compared too.
    """
    now = {pair for row in good for pair in orders(row, known.pairs)}
    for pair in known.pairs:
        path = Path(to, *pair, RECORD)
        if pair in now or not path.is_file():
            continue
        record = read_json(path)
        run = runs.get(record["job"])
        here = {(one.file.name, one.score) for one in run.models} if run else set()
        if here & {(one["file"], one["score"]) for one in record["models"]}:
            shutil.rmtree(path.parent)


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
