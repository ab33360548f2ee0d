"""A folder of predictions -> the table of jobs, filled in, and the models of all pairs that are certain."""

from __future__ import annotations

import logging
import re
import shutil
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from crossdock.docking.backends.cofold.chains import Assigned, Matcher
from crossdock.docking.backends.cofold.find import MANY, Finds, Found, find_predictions, fingerprints
from crossdock.docking.backends.cofold.prediction import Prediction
from crossdock.docking.backends.cofold.results import Taken, are, imported, keep, residues_of
from crossdock.docking.backends.cofold.table import between
from crossdock.docking.backends.cofold.terms import not_accepted, shown
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
from crossdock.docking.pae import Pae
from crossdock.errors import CrossdockError, InputError
from crossdock.files import read_json
from crossdock.progress import track

_log = logging.getLogger(__name__)
#: Lines of a list that are printed; all of them are in the table.
MOST_LINES = 30
#: Names of jobs that a reason lists.
MOST_NAMES = 10


@dataclass
class Job:
    """What was predicted under one name by one program.

    Attributes
    ----------
    name : str
    models : list of Found
    decision : Decision
    sequences : tuple of str
        Of the chains of its first model, in alphabetical order.
    also : list of str
        Names of further jobs whose models are among its own.
    """

    name: str
    models: list[Found] = field(default_factory=list)
    decision: Decision = field(default_factory=lambda: Decision("doubtful", []))
    sequences: tuple[str, ...] = ()
    also: list[str] = field(default_factory=list)


def import_folder(
    folder: str | Path,
    known: Known,
    to: str | Path,
    *,
    config: str,
    accept: Collection[str] = (),
    cutoff: float,
) -> str:
    """Find the pairs of all predictions in a folder, write the table of jobs, and import what is certain.

    Parameters
    ----------
    folder : str or Path
        A folder, or a zip archive; the table is written into the folder, or beside the archive.
    known : Known
        The panel's names, pairs and structures.
    to : str or Path
        The folder of all pairs, such as ``resources/cofold``.
    config : str
        Name of the config, for messages.
    accept : collection of str
        Terms that are accepted (`terms.TERMS`).
    cutoff : float
        Of ipSAE, in angstrom.

    Returns
    -------
    str
        What was found, as text for the terminal.

    Raises
    ------
    InputError
        If there are no predictions, or the table, as it was edited, cannot be used. Then nothing has been written.
    """
    finds = find_predictions(folder, skip=[JOBS])
    path = (Path(folder) if Path(folder).is_dir() else Path(folder).parent) / JOBS
    kept = read_mapping(path)
    _refuse(finds, accept, str(folder))
    for text in shown(one.layout.terms for one in finds.found):
        _log.info("terms of use that you have accepted, of %s", text)
    matcher = Matcher(known)
    jobs = _jobs(finds)
    seen: dict[str, str] = {}
    for job in track(list(jobs.values()), "predicted complexes looked at", least=MANY):
        _decide(job, matcher, finds, seen)
    jobs = _pooled(jobs)
    check_edits(kept, jobs, known.pairs, path, config, lacking=("no prediction {} in this folder", "remove the row"))
    rows = merged([_row(job) for job in jobs.values()], kept)
    rivals = settle(rows, {})
    ours = {(job.name, job.models[0].program) for job in jobs.values() if job.models}
    brought = _Brought(rivals={pair: {row.job: _named(jobs[row.job]) for row in own} for pair, own in rivals.items()})
    for row in track([row for row in rows if row.pair], "predicted complexes imported", least=MANY):
        taken = {
            pair: own
            for pair in orders(row, known.pairs)
            if (own := _taken(jobs[row.job], pair, matcher, finds, cutoff, row))
        }
        earlier = {pair: there for pair, own in taken.items() if (there := _earlier(own, pair, Path(to)))}
        others = {pair: there for pair, there in earlier.items() if (there["job"], there["program"]) not in ours}
        if others and row.status != "edited":
            _ask(row, others)
            brought.asked.add(row.job)
            continue
        for own in taken.values():
            if len(jobs[row.job].models) > 1:  # some may be damaged, or lie there twice
                row.files = f"{len(own)} model{'s' if len(own) != 1 else ''}"
            keep(own, to, job=row.job, cutoff=cutoff)
            brought.good[row.job] = row
            brought.models += len(own)
        brought.replaced += [_replaced(pair, there, jobs[row.job]) for pair, there in earlier.items()]
    write_mapping(path, rows)
    _forget(ours, list(brought.good.values()), known, Path(to))
    return "\n".join(_report(rows, brought, finds, known, path, Path(to)))


@dataclass
class _Brought:
    """What became of the jobs.

    Attributes
    ----------
    good : dict of str to Row
        Those that were imported.
    models : int
    replaced : list of str
        Which earlier models of a pair gave way to which.
    rivals : dict
        Pairs with several jobs -> name of each job -> that with its program.
    asked : set of str
        Jobs whose pairs have models of another import.
    """

    good: dict[str, Row] = field(default_factory=dict)
    models: int = 0
    replaced: list[str] = field(default_factory=list)
    rivals: dict[Pair, dict[str, str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)


def _named(job: Job) -> str:
    """Name a job with its program."""
    program = job.models[0].program
    return job.name if job.name.endswith(f"({program})") else f"{job.name} ({program})"


def _earlier(models: Sequence[Taken], pair: Pair, to: Path) -> dict[str, Any] | None:
    """Give the record of other models that a pair has from an earlier import, or None."""
    path = imported(to, *pair)
    record = read_json(path) if path else None
    return None if record is None or are(models, record) else record


def _ask(row: Row, others: Mapping[Pair, Mapping[str, Any]]) -> None:
    """Leave it to a person whether a job replaces the models that another folder has given to its pair."""
    (pair, there), *_ = others.items()
    row.receptor = row.ligand = ""
    row.status = "doubtful"
    row.reason = (
        f"{pair[0]}, {pair[1]} has models of {there['program']} (job {there['job']}) from another import; to replace "
        f"them, write {pair[0]} and {pair[1]} into this row; to keep them, leave the row empty"
    )


def _replaced(pair: Pair, there: Mapping[str, Any], job: Job) -> str:
    """Say which models of a pair gave way to which."""
    same = (there["job"], there["program"]) == (job.name, job.models[0].program)
    now = "others of the same job" if same else f"those of {job.models[0].program} (job {job.name})"
    return f"{pair[0]}, {pair[1]}: the models of {there['program']} (job {there['job']}) by {now}"


def _refuse(finds: Finds, accept: Collection[str], where: str) -> None:
    """Set predictions aside whose terms are not accepted; stop where nothing is left."""
    refused: list[Found] = []
    used: list[Found] = []
    for one in finds.found:
        (refused if one.layout.terms and one.layout.terms not in accept else used).append(one)
    finds.found = used
    # The best model of a job lies there a second time, without its seed and sample.
    numbered = {one.job for one in refused if (one.seed, one.sample) != (None, None)}
    counts = Counter(
        one.layout.terms for one in refused if one.job not in numbered or (one.seed, one.sample) != (None, None)
    )
    problems = [not_accepted(name, count, where) for name, count in counts.items()]
    if problems and not finds.found:
        raise problems[0]
    finds.problems += problems


def _jobs(finds: Finds) -> dict[str, Job]:
    """Put the predictions together that are of one job."""
    programs: dict[str, set[str]] = {}
    for one in finds.found:
        programs.setdefault(one.job, set()).add(one.program)
    jobs: dict[str, Job] = {}
    for one in finds.found:
        name = one.job if len(programs[one.job]) == 1 else f"{one.job} ({one.program})"
        jobs.setdefault(name, Job(name)).models.append(one)
    return jobs


def _decide(job: Job, matcher: Matcher, finds: Finds, seen: dict[str, str]) -> None:
    """Decide by the first model that can be read; a copy of an earlier job is not used."""
    for one in list(job.models):
        try:
            prediction = one.read()
        except CrossdockError as error:
            finds.problems.append(one.located(error))
            job.models.remove(one)
            continue
        job.sequences = tuple(sorted(prediction.sequences))
        if (first := seen.setdefault(fingerprints(one, prediction)[0], job.name)) != job.name:
            job.decision = Decision("copy", [], reason=f"a copy of {first}")
        else:
            job.decision = matcher.decide(prediction, f"{one.job} {one.file.name}")
        return
    job.decision = Decision("other", [], reason="none of its models can be read")


def _pooled(jobs: dict[str, Job]) -> dict[str, Job]:
    """Put jobs of one program and the same sequences together: further seeds may be jobs of their own."""
    found: dict[str, Job] = {}
    first: dict[tuple[object, ...], Job] = {}
    for name, job in jobs.items():
        if job.decision.status != "sure":
            found[name] = job
            continue
        key = (job.models[0].program, job.sequences, *job.decision.candidates)
        if (pool := first.setdefault(key, job)) is job:
            found[name] = job
        else:
            pool.models += job.models
            pool.also.append(name)
    return found


def _row(job: Job) -> Row:
    """Write down what was decided."""
    decision = job.decision
    status = {"other": "not in the panel", "copy": "not used"}.get(decision.status, decision.status)
    files = f"{len(job.models)} models" if len(job.models) != 1 else job.models[0].file.name
    reason = decision.reason
    if job.also:
        pooled = f"with the models of {_some(job.also)}, which are of the same program and the same sequences"
        reason = f"{reason}; {pooled}" if reason else pooled
    row = Row(job.name, "", "", status, decision.evidence, reason, list(decision.candidates), files)
    if status == "sure":
        row.receptor, row.ligand = decision.candidates[0]
    return row


def _taken(job: Job, pair: Pair, matcher: Matcher, finds: Finds, cutoff: float, row: Row) -> list[Taken]:
    """Read and score all models of a pair, the best first; the row says where none can be used."""
    found: list[tuple[tuple[float, float], Taken]] = []
    for one, prediction in finds.read(job.models):
        model = taken(prediction, pair, matcher, cutoff)
        if model is None:
            what = f"its chains are not those of {pair[0]} and {pair[1]}"
            finds.problems.append(InputError(what, where=one.file.where))
            continue
        # Ranks of several jobs are not on one scale.
        place = (0.0, one.place(prediction)[1]) if job.also else one.place(prediction)
        found.append((place, model))
    if not found:
        row.status = row.status if row.status == "edited" else "not used"
        row.reason = f"no model of this job can be used for {pair[0]}, {pair[1]}"
    return [model for _, model in sorted(found, key=lambda one: one[0])]


def taken(prediction: Prediction, pair: Pair, matcher: Matcher, cutoff: float) -> Taken | None:
    """Score a prediction as the model of a pair; None where its chains are not those of the pair."""
    assigned = matcher.assign(prediction, pair)
    if assigned is None:
        return None
    pae = None
    if prediction.pae is not None:
        own = residues_of(assigned, prediction)
        pae = Pae.of(prediction.pae[np.ix_(own, own)])
    # The matrix itself is let go of: a job may have a hundred models.
    return Taken(replace(prediction, pae=None), assigned, _numbers(prediction, assigned, cutoff), pae)


def _numbers(prediction: Prediction, assigned: Assigned, cutoff: float) -> dict[str, float | None]:
    sides = [list(one.chains.values()) for one in (assigned.receptor, assigned.ligand)]
    given = {"ptm": prediction.ptm, "complex_iptm": prediction.iptm}
    return between(prediction, sides[0], sides[1], cutoff) | given


def _forget(ours: Collection[tuple[str, str]], good: Sequence[Row], known: Known, to: Path) -> None:
    """Remove earlier imports of this folder's jobs, each a name and a program, from pairs that they are not of now."""
    now = {pair for row in good for pair in orders(row, known.pairs)}
    for pair in known.pairs:
        path = imported(to, *pair)
        if path and pair not in now and ((record := read_json(path))["job"], record["program"]) in ours:
            shutil.rmtree(path.parent)


def _report(rows: Sequence[Row], brought: _Brought, finds: Finds, known: Known, table: Path, to: Path) -> list[str]:
    """Say what became of every prediction and pair."""
    good = list(brought.good.values())
    found, models = ("" if n == 1 else "s" for n in (len(rows), brought.models))
    lines = [
        f"{len(rows)} predicted complex{found and 'es'} found; {len(good)} imported into {to}, with {brought.models} "
        f"model{models} in all; the table of them is {table}"
    ]
    doubtful = [row for row in rows if row.status == "doubtful"]
    several = {job for names in brought.rivals.values() for job in names}
    waiting = {pair for row in doubtful for one in row.candidates for pair in (one, one[::-1])}
    lacking = [pair for pair in known.pairs if imported(to, *pair) is None]
    parts = {
        f"pairs with several jobs: fill in receptor and ligand of ONE row of each in {table}, then run the same "
        "command again": [
            f"{pair[0]}, {pair[1]}: {_some(list(names.values()), ' or ')}" for pair, names in brought.rivals.items()
        ],
        f"fill in receptor and ligand of these in {table}, then run the same command again": [
            f"{row.job}: {row.reason}{_choices(row)}" for row in doubtful if row.job not in several | brought.asked
        ],
        f"pairs with models of another import, which stay unless you fill in the row in {table} and run the same "
        "command again": [f"{row.job}: {row.reason}" for row in doubtful if row.job in brought.asked],
        "replaced": brought.replaced,
        "not imported": [f"{row.job}: {row.reason}" for row in rows if row.status == "not used"],
        "of no pair of this panel": [f"{row.job}: {row.reason}" for row in rows if row.status == "not in the panel"],
        "left out by you": [row.job for row in rows if row.status == "edited" and not row.pair],
        "files that are not used": [re.sub(r"\s*\n\s*", " ", str(problem)) for problem in finds.problems],
        "models that are used, and may be wrong": list(
            dict.fromkeys(re.sub(r"\s*\n\s*", " ", str(doubt)) for doubt in finds.doubts)
        ),
        "notes": [f"{row.job}: {row.reason}" for row in good if row.reason],
        "pairs without a prediction": [
            f"{pair[0]}, {pair[1]}{' (until a row of it is filled in, see above)' if pair in waiting else ''}"
            for pair in lacking
        ],
    }
    for title, items in parts.items():
        if items:
            more = [f"  and {len(items) - MOST_LINES} more"] if len(items) > MOST_LINES else []
            lines += ["", f"{title} ({len(items)}):", *(f"  {item}" for item in items[:MOST_LINES]), *more]
    if not lacking:
        lines += ["", "every pair of the panel has a prediction"]
    return lines + _unlike(known, to)


def _unlike(known: Known, to: Path) -> list[str]:
    """Warn where pairs of the panel were predicted by different programs, in this import or an earlier one."""
    records = [read_json(path) for pair in known.pairs if (path := imported(to, *pair))]
    counts = Counter(str(record["program"]) for record in records)
    if len(counts) < 2:
        return []
    named = ", ".join(f"{name} {n}" for name, n in counts.most_common())
    return [
        "",
        f"Pairs were predicted by different programs ({named}). Their scores are not on one scale, so specificity, "
        "ranks and tests by these scores are not reliable. Predict all pairs with one program.",
    ]


def _some(names: Sequence[str], separator: str = ", ") -> str:
    """List names, but not all of very many."""
    more = [f"{len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
    return separator.join([*names[:MOST_NAMES], *more])


def _choices(row: Row) -> str:
    pairs = [f"{receptor} + {ligand}" for receptor, ligand in row.candidates]
    more = f" or {len(pairs) - 4} more" if len(pairs) > 4 else ""
    return f"; it can be {' or '.join(pairs[:4])}{more}" if pairs else ""
