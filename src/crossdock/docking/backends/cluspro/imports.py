"""What a person has downloaded from the server, put where the workflow finds it: a folder for each pair."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crossdock.docking.backends.cluspro.archive import read_models
from crossdock.docking.backends.cluspro.scores import COEFFICIENTS, named, read_scores
from crossdock.errors import ConfigError, CrossdockError, InputError
from crossdock.files import read_json, write_json
from crossdock.spreadsheet import read_sheet

#: The mapping file in a folder of downloads: which job is which pair.
JOBS = "jobs.csv"
_ARCHIVE = re.compile(r"cluspro\.(?P<job>\d+)\.tar\.bz2")


@dataclass(frozen=True)
class Job:
    """A pair's result files.

    Attributes
    ----------
    number : str
        The server's number of the job.
    receptor, ligand : str
        Names in the panel.
    archive : Path
    scores : dict of str to Path
        Coefficient set -> score table.
    """

    number: str
    receptor: str
    ligand: str
    archive: Path
    scores: dict[str, Path]


def find_jobs(folder: str | Path) -> list[Job]:
    """List the jobs in a folder of downloads, and check all of their files.

    Parameters
    ----------
    folder : str or Path
        With archives and score tables named as the server names them, and `JOBS`, a table with the columns job,
        receptor and ligand.

    Returns
    -------
    list of Job

    Raises
    ------
    ConfigError
        All problems of the folder in one message; nothing has been copied.
    """
    folder = Path(folder)
    problems: list[CrossdockError] = []
    archives = {found["job"]: path for path in _files(folder) if (found := _ARCHIVE.fullmatch(path.name))}
    tables: dict[str, dict[str, Path]] = {}
    for path in _files(folder):
        if path.suffix == ".csv" and path.name != JOBS:
            try:
                number, coefficients = named(path)
                if path != (known := tables.setdefault(number, {}).setdefault(coefficients, path)):
                    raise InputError(f"two score tables of job {number}, set {coefficients}", where=f"{known}, {path}")
                read_scores(path)
            except InputError as error:
                problems.append(error)
    jobs = []
    for number, receptor, ligand in _mapping(folder, sorted(archives.keys() | tables.keys())):
        if number not in archives:
            problems.append(InputError(f"no file cluspro.{number}.tar.bz2 with its models", where=str(folder)))
        elif number not in tables:
            hint = f"download its score tables, cluspro_scores.{number}.000.csv and so on"
            problems.append(InputError(f"no score table of job {number}", where=str(folder), hint=hint))
        else:
            job = Job(number, receptor, ligand, archives[number], tables[number])
            problems += compared(job)
            jobs.append(job)
    pairs = [(job.receptor, job.ligand) for job in jobs]
    problems += [
        InputError(f"pair {receptor}, {ligand} has more than one job", where=str(folder / JOBS))
        for receptor, ligand in dict.fromkeys(pairs)
        if pairs.count((receptor, ligand)) > 1
    ]
    if problems:
        raise ConfigError(problems, where=str(folder))
    return jobs


def bring(job: Job, to: str | Path) -> Path:
    """Copy a job's files into the pair's folder.

    Parameters
    ----------
    job : Job
    to : str or Path
        The folder of all pairs, such as ``resources/cluspro``.

    Returns
    -------
    Path
        The record, `job.json`, written last: what it stands beside is whole.
    """
    folder = Path(to) / job.receptor / job.ligand
    record = folder / "job.json"
    record.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(job.archive, folder / "models.tar.bz2")
    for old in folder.glob("scores.*.csv"):
        old.unlink()
    for coefficients, path in job.scores.items():
        shutil.copyfile(path, folder / f"scores.{coefficients}.csv")
    write_json(
        record,
        {
            "job": job.number,
            "receptor": job.receptor,
            "ligand": job.ligand,
            "imported": datetime.now(UTC).isoformat(timespec="seconds"),
            "from": {"archive": job.archive.name, "scores": sorted(path.name for path in job.scores.values())},
            "archive_sha256": hashlib.sha256(job.archive.read_bytes()).hexdigest(),
            "coefficient_sets": {one: COEFFICIENTS.get(one, one) for one in sorted(job.scores)},
            "score_unit": "PIPER weighted score (arbitrary)",
            "comparable_across_jobs": False,
        },
    )
    return record


def read_job(record: str | Path) -> tuple[dict[str, Any], Job]:
    """Give a pair's record and files.

    Raises
    ------
    InputError
        If there is no such record.
    """
    path = Path(record)
    if not path.is_file():
        raise InputError(
            "ClusPro has no result for this pair",
            where=str(path),
            hint="download models and score tables and run `crossdock cluspro import FOLDER`",
        )
    raw = read_json(path)
    scores = {file.name.split(".")[1]: file for file in sorted(path.parent.glob("scores.*.csv"))}
    return raw, Job(raw["job"], raw["receptor"], raw["ligand"], path.parent / "models.tar.bz2", scores)


def imported(folder: str | Path, receptor: str, ligand: str) -> Path | None:
    """Give the record of a pair that was imported, or None."""
    path = Path(folder, receptor, ligand, "job.json")
    return path if path.is_file() else None


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError("this folder does not exist", where=str(folder))
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _mapping(folder: Path, numbers: Sequence[str]) -> list[tuple[str, str, str]]:
    """Read which job is which pair."""
    path = folder / JOBS
    if not numbers:
        raise InputError(
            "no result of ClusPro in this folder",
            where=str(folder),
            hint="expected cluspro.1234567.tar.bz2 and cluspro_scores.1234567.000.csv, as the server names them",
        )
    template = "job,receptor,ligand\n" + "".join(f"{number},RECEPTOR,LIGAND\n" for number in numbers)
    if not path.is_file():
        raise InputError(
            "the pairs of the jobs are missing",
            where=str(path),
            hint=f"write this file, with the names of the panel:\n{template}",
        )
    sheet = read_sheet(path, "list of jobs")
    if sheet.header != ["job", "receptor", "ligand"]:
        raise InputError("expected the columns job,receptor,ligand", where=str(path), hint=f"such as\n{template}")
    for line, cells in sheet.rows:
        if not all(cells):
            raise InputError("expected a job, a receptor and a ligand", where=f"{path}, line {line}")
    return [(job, receptor, ligand) for _, (job, receptor, ligand) in sheet.rows]


def compared(job: Job) -> list[CrossdockError]:
    """Find what does not fit between a job's models and its score tables."""
    try:
        models = read_models(job.archive)
    except InputError as error:
        return [error]
    problems: list[CrossdockError] = []
    for coefficients, path in job.scores.items():
        clusters, ranks = len(read_scores(path)), sorted(models.get(coefficients, {}))
        if not ranks:
            what = f"no model of set {coefficients} in {job.archive.name}, only {', '.join(sorted(models))}"
            problems.append(InputError(what, where=str(path)))
        elif ranks[-1] >= clusters:
            problems.append(
                InputError(f"{clusters} clusters, but {job.archive.name} has model {ranks[-1]:02d}", where=str(path))
            )
    return problems
