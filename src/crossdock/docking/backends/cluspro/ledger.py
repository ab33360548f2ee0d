"""The ledger of jobs on the server: a folder for each job, and nothing done that is not written down first.

A job is named by the hash of what is sent, so that the same pair is the same job in every run. Its folder holds what
was sent, the record `job.json`, and what came back. States of a record:

sending
    Written before the request. A run that finds it does not know whether the server has the job: its answer was lost,
    or the run was killed. The job is looked for on the server's pages, never sent again blindly.
sent
    The server has it; `job` is its number.
fetched
    The models are here, score tables are lacking.
finished
    Everything is here.
failed
    The server's pages say that it will never be finished.
new
    The server does not have it: it refused the job, or lists it nowhere. It may be handed in.

`tries` counts how often a job was handed in without an answer, `forgotten` the numbers that a person gave up.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from crossdock.errors import InputError
from crossdock.files import read_json, write_bytes, write_json, write_table

#: Columns of the table of jobs.
COLUMNS = ("receptor", "ligand", "name", "job", "record")
#: Letters of a job's name; the server cuts names at 20.
_DIGITS = 12
_log = logging.getLogger(__name__)


def job_name(receptor: bytes, ligand: bytes, fields: Mapping[str, str]) -> str:
    """Name a job by what is sent.

    Parameters
    ----------
    receptor, ligand : bytes
        The PDB files.
    fields : mapping of str to str
        Options of the job.

    Returns
    -------
    str
        `p` and 12 hexadecimal digits of SHA-256.
    """
    digest = hashlib.sha256()
    for part in (receptor, ligand, json.dumps(dict(fields), sort_keys=True).encode()):
        digest.update(len(part).to_bytes(8, "big") + part)
    return f"p{digest.hexdigest()[:_DIGITS]}"


def _record(path: Path) -> dict[str, Any]:
    """Read the record of a job; nothing else knows the job's number on the server."""
    try:
        return read_json(path)
    except ValueError as error:
        raise InputError(
            f"the record of a job on the server is broken: {error}",
            where=str(path),
            hint="restore it from a backup. Without one, look for your jobs on the server's pages; "
            "after you delete the folder, the pair is submitted again",
        ) from None


class Ledger:
    """Records of jobs in a folder.

    Parameters
    ----------
    folder : Path
        Such as ``resources/cluspro/jobs``.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def place(self, name: str, file: str = "job.json") -> Path:
        """Give the path of one of a job's files."""
        return self.folder / name / file

    def read(self, name: str) -> dict[str, Any] | None:
        """Give a job's record, or None."""
        path = self.place(name)
        return _record(path) if path.is_file() else None

    def known(self, name: str) -> dict[str, Any]:
        """Give the record of a job that must be there.

        Raises
        ------
        InputError
            If it is not.
        """
        record = self.read(name)
        if record is None:
            raise InputError(f"there is no job {name}", where=str(self.folder), hint="see `crossdock cluspro jobs`")
        return record

    def records(self) -> list[dict[str, Any]]:
        """Give all records, by name."""
        return [_record(path) for path in sorted(self.folder.glob("*/job.json"))]

    def begin(self, name: str, files: tuple[bytes, bytes], **about: Any) -> dict[str, Any]:
        """Write down that a job is about to be handed in, and what is sent.

        Raises
        ------
        InputError
            If the job has been handed in.
        """
        old: dict[str, Any] = self.read(name) or {"state": "new"}
        if old["state"] != "new":
            raise InputError(f"job {name} was already submitted", where=str(self.place(name)))
        kept: dict[str, Any] = {key: old[key] for key in ("tries", "forgotten") if key in old}
        sums = {}
        for role, content in zip(("receptor", "ligand"), files, strict=True):
            write_bytes(self.place(name, f"{role}.pdb"), content)
            sums[f"{role}_sha256"] = hashlib.sha256(content).hexdigest()
        return self._write({"name": name, "state": "sending", **kept, **about, **sums})

    def change(self, name: str, **news: Any) -> dict[str, Any]:
        """Write down what has become of a job."""
        record = self.known(name)
        del record["crossdock_version"]
        return self._write(record | news)

    def forget(self, name: str) -> dict[str, Any]:
        """Give a job up, with what came of it: it may be handed in again, and its number is not taken for another."""
        record = self.change(name, state="new", tries=0)
        record["forgotten"] = [*record.get("forgotten", ()), *([record.pop("job")] if "job" in record else ())]
        self._write(record)
        for path in self.place(name).parent.iterdir():
            if path.name == "models.tar.bz2" or path.name.startswith("scores."):
                path.unlink()
        return record

    def _write(self, record: dict[str, Any]) -> dict[str, Any]:
        path = self.place(record["name"])
        _log.debug(f"job {record['name']}: {record['state']}")
        write_json(path, record)
        # Its name and its content are on the disk before the next thing is done.
        for there in (path, path.parent):
            handle = os.open(there, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        return record

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process off the ledger; wait while one is at it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # A file that stands for a lock where the disk has none would outlive a run that is killed.
        lock = FileLock(self.folder / ".lock", fallback_to_soft=False)
        try:
            try:
                lock.acquire(blocking=False)
            except Timeout:
                _log.info("another run is using these jobs; waiting for it to end")
                lock.acquire(poll_interval=0.5)
        except OSError as error:
            hint = (
                "keep the jobs on a disk that supports file locks (`--folder`), so that two runs "
                "cannot submit the same job"
            )
            raise InputError(f"cannot lock the folder: {error.strerror}", where=str(self.folder), hint=hint) from error
        try:
            yield
        finally:
            lock.release()


def write_jobs(path: str | Path, ledger: Ledger, jobs: Iterable[tuple[str, str, str]]) -> None:
    """Write which job is which pair.

    Parameters
    ----------
    path : str or Path
        Of the table: receptor, ligand, name, job, record (the path of the job's record).
    ledger : Ledger
    jobs : iterable of tuple of str
        Receptor, ligand and name of the job.
    """
    rows = [(*job, ledger.known(job[2])["job"], str(ledger.place(job[2]))) for job in jobs]
    write_table(path, pd.DataFrame(rows, columns=list(COLUMNS)))


def record_in(path: str | Path, name: str) -> Path:
    """Find the record of a job by its name in a table that `write_jobs` wrote.

    Raises
    ------
    InputError
        If there is none.
    """
    table = pd.read_csv(path, dtype=str)
    found = table.loc[table["name"] == name, "record"].tolist()
    if not found:
        raise InputError(
            f"no job {name} in this table: the pair was not submitted with these structures",
            where=str(path),
            hint="run `crossdock dock-remote` again",
        )
    return Path(found[0])


def stamp(seconds: float) -> str:
    """Write a time, in seconds since 1970, as records have it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def seconds(text: str) -> float:
    """Read a record's time."""
    return datetime.fromisoformat(text).timestamp()
