"""What a person has downloaded from the server, put where the workflow finds it: a folder for each pair."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crossdock.docking.backends.cluspro.archive import pack, read_models
from crossdock.docking.backends.cluspro.gather import Download
from crossdock.docking.backends.cluspro.gather import compared as compared_sets
from crossdock.docking.backends.cluspro.scores import COEFFICIENTS, is_page, read_scores, write_scores
from crossdock.errors import CrossdockError, InputError
from crossdock.files import read_json, write_bytes, write_json


@dataclass(frozen=True)
class Job:
    """A pair's result files.

    Attributes
    ----------
    number : str
        The server's number of the job, or a name.
    receptor, ligand : str
        Names in the panel.
    archive : Path
    scores : dict of str to Path
        Coefficient set -> score table.
    swapped : bool
        Whether the panel's ligand was the receptor on the server.
    """

    number: str
    receptor: str
    ligand: str
    archive: Path
    scores: dict[str, Path]
    swapped: bool = False


def bring(job: Download, pair: tuple[str, str], to: str | Path, *, swapped: bool = False) -> Path:
    """Copy a job's files into the pair's folder; nothing is written where they are there already.

    Parameters
    ----------
    job : Download
        With models and score tables.
    pair : tuple of str
        Receptor and ligand in the panel.
    to : str or Path
        The folder of all pairs, such as ``resources/cluspro``.
    swapped : bool
        Whether the panel's ligand was the receptor on the server.

    Returns
    -------
    Path
        The record, `job.json`, written last: what it stands beside is whole.
    """
    folder = Path(to, *pair)
    record = folder / "job.json"
    new: dict[str, Any] = {
        "job": job.name,
        "receptor": pair[0],
        "ligand": pair[1],
        "swapped": swapped,
        "from": {"archive": job.sources[0].path.name, "scores": sorted(path.name for path in job.scores.values())},
        "files_sha256": _digest(job),
        "coefficient_sets": {one: COEFFICIENTS.get(one, one) for one in sorted(job.scores)},
        "score_unit": "PIPER weighted score (arbitrary)",
        "comparable_across_jobs": False,
    }
    if record.is_file() and new.items() <= read_json(record).items():
        return record  # a new date would dock the pair again
    record.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / "models.tar.bz2"
    if len(job.sources) == 1 and job.sources[0].as_served:
        shutil.copyfile(job.sources[0].path, archive)
    else:
        write_bytes(archive, pack(job.read(), job.number or "0"))
    for old in folder.glob("scores.*.csv"):
        old.unlink()
    for coefficients, path in job.scores.items():
        if is_page(path):
            write_scores(folder / f"scores.{coefficients}.csv", read_scores(path))
        else:
            shutil.copyfile(path, folder / f"scores.{coefficients}.csv")
    at = datetime.now(UTC).isoformat(timespec="seconds")
    new |= {"imported": at, "archive_sha256": hashlib.sha256(archive.read_bytes()).hexdigest()}
    write_json(record, new)
    return record


def _digest(job: Download) -> str:
    """Hash all models and score tables of a job."""
    parts = [f"{one}.{rank}.{value}" for one, ranks in job.models.items() for rank, value in ranks.items()]
    parts += [f"{one}.{hashlib.sha256(path.read_bytes()).hexdigest()}" for one, path in job.scores.items()]
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


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
    archive, swapped = path.parent / "models.tar.bz2", raw.get("swapped", False)
    return raw, Job(raw["job"], raw["receptor"], raw["ligand"], archive, scores, swapped)


def imported(folder: str | Path, receptor: str, ligand: str) -> Path | None:
    """Give the record of a pair that was imported, or None."""
    path = Path(folder, receptor, ligand, "job.json")
    return path if path.is_file() else None


def compared(job: Job) -> list[CrossdockError]:
    """Find what does not fit between a job's models and its score tables."""
    try:
        models = read_models(job.archive)
    except InputError as error:
        return [error]
    ranks = {one: dict.fromkeys(found, "") for one, found in models.items()}
    return compared_sets(job.number, ranks, job.scores)
