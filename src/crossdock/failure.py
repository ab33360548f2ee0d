"""A step that failed, left as data in the place of what it would have made, so that the rest of a run goes on."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from crossdock.errors import BrokenFileError, FileError
from crossdock.files import read_json, whole_file, write_json
from crossdock.unexpected import as_crossdock_error

_log = logging.getLogger(__name__)
#: By its first bytes a failure is told from any other file.
_MARK = b'"failed": {'


@dataclass(frozen=True)
class Failure:
    """Why something could not be made.

    Attributes
    ----------
    what, where, hint : str
        As the error says it: what is wrong, in which file or entry, what to do.
    names : tuple of str
        The protein that could not be prepared, or receptor and ligand that could not be docked; empty in the file of a
        step, whose place says it.
    """

    what: str
    where: str = ""
    hint: str = ""
    names: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """What is wrong, without the details on further lines and without a full stop."""
        return self.what.partition("\n")[0].rstrip(".:")

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n  -> {self.hint}" if self.hint else text


def failure_of(path: str | Path) -> Failure | None:
    """Give the failure that a file holds; None where it holds something else, or is not there."""
    try:
        with Path(path).open("rb") as file:
            if _MARK not in file.read(20):
                return None
        found = read_json(path)["failed"]
        return Failure(found["what"], found["where"], found["hint"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def tries_of(record: str | Path) -> int:
    """Tell how often a step failed, by the record that `attempt` keeps of it."""
    try:
        return int(read_json(record)["tries"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def leave(outputs: Iterable[str | Path], failure: Failure) -> None:
    """Write a failure in the place of files; one without a suffix is a folder, and left empty."""
    for path in map(Path, outputs):
        with suppress(FileNotFoundError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if path.suffix:
            text = json.dumps({"failed": asdict(failure)}, indent=1, ensure_ascii=False) + "\n"
            with whole_file(path) as aside:  # not compressed, whatever the name says: it is looked for in many files
                aside.write_text(text, encoding="utf-8")
        else:
            path.mkdir(parents=True)


def attempt(
    run: Callable[[], object],
    outputs: Iterable[str | Path],
    *,
    inputs: Iterable[str | Path] = (),
    record: str | Path | None = None,
) -> Failure | None:
    """Run a step; where it fails, leave the reason in the place of its outputs.

    Parameters
    ----------
    run : callable
        The step.
    outputs : iterable of str or Path
        What it makes.
    inputs : iterable of str or Path
        Where one of them is a failure, the step is not run, and fails for the same reason.
    record : str or Path, optional
        A file that counts how often the step itself failed, so that the next run tries again.

    Returns
    -------
    Failure or None

    Raises
    ------
    FileError, BrokenFileError, MemoryError
        What the machine lacks, or a damaged file of an earlier step, is no fault of a protein: the run stops, and goes
        on once that is mended.
    """
    before = next((found for path in inputs if (found := failure_of(path))), None)
    if before:
        leave(outputs, before)
        return before
    try:
        run()
        return None
    except MemoryError:
        raise
    except Exception as error:
        known = as_crossdock_error(error)
        if isinstance(known, FileError | BrokenFileError):
            raise known from error
        _log.error(known)
        failure = Failure(known.what, known.where or "", known.hint or "")
        leave(outputs, failure)
        if record:
            write_json(record, {"tries": tries_of(record) + 1, "failed": asdict(failure)})
        return failure
