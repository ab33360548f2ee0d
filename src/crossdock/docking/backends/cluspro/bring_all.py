"""A folder of downloads -> the table of jobs, filled in, and the results of all pairs that are certain."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from crossdock.docking.backends.cluspro.gather import MANY, Download, Findings, find_downloads
from crossdock.docking.backends.cluspro.imports import bring, imported
from crossdock.docking.backends.cluspro.models import fit_pose, split_model
from crossdock.docking.matching.decide import Decision, Known, decide
from crossdock.docking.matching.likeness import Trace, likeness
from crossdock.docking.matching.mapping import JOBS, Row, check_edits, merged, read_mapping, settle, write_mapping
from crossdock.errors import CrossdockError, InputError
from crossdock.files import read_json
from crossdock.progress import track
from crossdock.structures.structure import Structure

#: Lines of a list that are printed; all of them are in the table.
MOST_LINES = 30


def import_folder(
    folder: str | Path,
    known: Known,
    bodies: Mapping[str, Structure],
    to: str | Path,
    *,
    config: str,
    again: str,
    found: Findings | None = None,
) -> str:
    """Find the pairs of all jobs in a folder, write the table of jobs, and import what is certain.

    Parameters
    ----------
    folder : str or Path
        Of downloads.
    known : Known
        The panel's names and pairs.
    bodies : mapping of str to Structure
        Its structures, as far as they are here.
    to : str or Path
        The folder of all pairs, such as ``resources/cluspro``.
    config : str
        Name of the config, for messages.
    again : str
        What to do after the table was edited, for messages.
    found : tuple, optional
        What `find_downloads` has found in the folder.

    Returns
    -------
    str
        What was found, as text for the terminal.

    Raises
    ------
    InputError
        If there are no jobs, or the table, as it was edited, cannot be used. Then nothing has been written.
    """
    path = Path(folder, JOBS)
    kept = read_mapping(path)
    jobs, problems = found or find_downloads(folder, skip=[JOBS])
    by_name = {job.name: job for job in jobs}
    hint = "remove the row, or put its archive into this folder"
    check_edits(kept, by_name, known.pairs, path, config, lacking=("no files of job {} in this folder", hint))
    rows, swapped = [], {}
    for job in jobs:
        decision = _decided(job, known)
        rows.append(_row(job, decision, Path(folder)))
        swapped[job.name] = decision.swapped
    rows = merged(rows, kept)
    for row in rows:
        if row.pair and row.status == "edited" and row.candidates[:1] != [row.pair]:
            swapped[row.job] = _is_swapped(by_name[row.job], row.pair, known)
    settle(rows, swapped)
    for row in rows:
        if row.pair and (error := _unusable(by_name[row.job], row.pair, bodies, swapped[row.job])):
            row.status = row.status if row.status == "edited" else "not used"
            row.reason = error.what + (f" ({error.hint})" if error.hint else "")
            if row.status != "edited":
                row.receptor = row.ligand = ""
            by_name[row.job].problems.append(error)
    write_mapping(path, rows)
    good = [row for row in rows if row.pair and by_name[row.job].complete]
    for row in track(good, "jobs copied", least=MANY):
        if row.pair:
            bring(by_name[row.job], row.pair, to, swapped=swapped[row.job])
    _forget(rows, good, by_name, known, Path(to))
    return _report(rows, good, problems, known, (path, Path(to)), by_name, swapped, again)


def _decided(job: Download, known: Known) -> Decision:
    """Decide by the first model of a job."""
    if not job.first:
        return Decision("doubtful", [], reason=f"its models are missing: download cluspro.{job.name}.tar.bz2")
    try:
        receptor, ligand = _traces(job)
    except InputError as error:
        job.problems.append(error)
        return Decision("doubtful", [], reason=error.what)
    return decide(receptor, ligand, known, " ".join(source.words for source in job.sources))


def _traces(job: Download) -> tuple[Trace, Trace]:
    receptor, ligand = split_model(job.first, where=str(job.sources[0].path))
    return Trace.of(receptor), Trace.of(ligand)


def _row(job: Download, decision: Decision, root: Path) -> Row:
    """Write down what was decided."""
    paths = [source.path.relative_to(root).as_posix() for source in job.sources]
    files = "; ".join(dict.fromkeys(paths + [path.relative_to(root).as_posix() for path in job.scores.values()]))
    reason = "; ".join(filter(None, [decision.reason, *(problem.what for problem in job.problems)]))
    status = "not in the panel" if decision.status == "other" else decision.status
    if decision.swapped and decision.status == "sure":
        text = "roles are swapped: on the server, the panel's ligand was the receptor; its poses are used as they are"
        reason = "; ".join(filter(None, [text, reason]))
    row = Row(job.name, "", "", status, decision.evidence, reason, decision.candidates, files)
    if status == "sure":
        row.receptor, row.ligand = decision.candidates[0]
    return row


def _is_swapped(job: Download, pair: tuple[str, str], known: Known) -> bool:
    """Tell whether the roles of a pair that a person filled in are swapped in the models."""
    if not job.first or any(name not in known.traces for name in pair):
        return False
    first, second = _traces(job)
    fits = [
        likeness(one, known.traces[pair[0]]).same + likeness(other, known.traces[pair[1]]).same
        for one, other in ((first, second), (second, first))
    ]
    return fits[1] > fits[0]


def _unusable(
    job: Download, pair: tuple[str, str], bodies: Mapping[str, Structure], swapped: bool
) -> CrossdockError | None:
    """Try the first model on the structures, so that what does not fit is said now and not in the middle of a run."""
    if not job.first or any(name not in bodies for name in pair):
        return None
    try:
        first, second = split_model(job.first, where=job.name)
        model = (second, first) if swapped else (first, second)
        fit_pose(bodies[pair[0]], bodies[pair[1]], model, where=job.name)
    except CrossdockError as error:
        return error
    return None


def _forget(rows: Sequence[Row], good: Sequence[Row], jobs: Mapping[str, Download], known: Known, to: Path) -> None:
    """Remove earlier imports of jobs of this folder from pairs that they are no longer of."""
    now = {row.pair for row in good}
    for pair in known.pairs:
        record = imported(to, *pair)
        if record and pair not in now and read_json(record)["job"] in {row.job for row in rows}:
            shutil.rmtree(record.parent)


def _report(
    rows: Sequence[Row],
    good: Sequence[Row],
    problems: Sequence[CrossdockError],
    known: Known,
    places: tuple[Path, Path],
    jobs: Mapping[str, Download],
    swapped: Mapping[str, bool],
    again: str,
) -> str:
    """Say what became of every job and pair."""
    table, to = places
    lines = [f"{len(rows)} jobs found; {len(good)} imported into {to}; the table of jobs is {table}"]
    copies = [f"{row.job}: {'; '.join(str(one.path.name) for one in jobs[row.job].sources)}" for row in rows]
    copies = [line for row, line in zip(rows, copies, strict=True) if len(jobs[row.job].sources) > 1]
    turned = [f"{row.job}: {row.receptor}, {row.ligand}" for row in good if swapped[row.job]]
    bad = [row for row in rows if row.pair and row not in good]
    incomplete = [f"{row.job}: {row.receptor}, {row.ligand}: {_lacking(jobs[row.job])}" for row in bad]
    parts = {
        "several copies of one job (each is imported once)": copies,
        "roles swapped on the server (the poses are used as they are)": turned,
        f"fill in receptor and ligand of these jobs in {table}, then {again}": [
            f"{row.job}: {row.reason}{_choices(row)}" for row in rows if row.status == "doubtful"
        ],
        "not imported, because files are missing or cannot be used": incomplete
        + [f"{row.job}: {row.reason}" for row in rows if row.status == "not used"],
        "of no pair of this panel": [f"{row.job}: {row.reason}" for row in rows if row.status == "not in the panel"],
        "left out by you": [row.job for row in rows if row.status == "edited" and not row.pair],
        "files that are not used": [str(problem).replace("\n", " ") for problem in problems],
        "notes": [f"{row.job}: {row.reason}" for row in good if row.reason and not swapped[row.job]],
        "pairs without a result": [
            f"{receptor}, {ligand}" for receptor, ligand in known.pairs if imported(to, receptor, ligand) is None
        ],
    }
    for title, items in parts.items():
        if items:
            more = [f"  and {len(items) - MOST_LINES} more"] if len(items) > MOST_LINES else []
            lines += ["", f"{title} ({len(items)}):", *(f"  {item}" for item in items[:MOST_LINES]), *more]
    if all(imported(to, *pair) for pair in known.pairs):
        lines += ["", f"all {len(known.pairs)} pairs of the panel have a result"]
    return "\n".join(lines)


def _lacking(job: Download) -> str:
    if job.problems:
        return "; ".join(f"{problem.where}: {problem.what}" for problem in job.problems)
    if not job.models:
        return f"its models are missing: download cluspro.{job.name}.tar.bz2"
    return "no score table: download cluspro_scores.JOB.000.csv from the pages of this job"


def _choices(row: Row) -> str:
    pairs = [f"{receptor} + {ligand}" for receptor, ligand in row.candidates]
    more = f" or {len(pairs) - 4} more" if len(pairs) > 4 else ""
    return f"; it can be {' or '.join(pairs[:4])}{more}" if pairs else ""
