"""Files that appear whole or not at all, and JSON records that say which crossdock wrote them."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import json
import logging
import os
import tempfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from crossdock.errors import BrokenFileError, FileError, InputError, cut, file_error
from crossdock.version import __version__

if TYPE_CHECKING:
    import pandas as pd  # what writes no table starts without it in half the time

Contents = TypeVar("Contents")
_log = logging.getLogger(__name__)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Name the file or folder in what keeps it from being written, not the one aside."""
    try:
        yield
    except FileError as error:
        raise FileError(error.what, where=str(path), hint=error.hint) from error
    except OSError as error:
        raise file_error(error, path) from error


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Give a path to write to that becomes `path` only if the block ends without an error.

    Parameters
    ----------
    path : str or Path
        The file to make; its folder is made too.

    Yields
    ------
    Path
        A file beside it, renamed at the end, removed on an error.

    Raises
    ------
    FileError
        If it cannot be written: a full disk, a folder that may not be written to.
    """
    path = Path(path)
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
        aside = Path(name)
        try:
            yield aside
            # mkstemp makes private files; results are to be shared like any other file of the user's.
            umask = os.umask(0)
            os.umask(umask)
            aside.chmod(0o666 & ~umask)
            aside.replace(path)
            _log.debug(f"wrote {path}")
        finally:
            aside.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Give a folder to fill that takes the place of `path` only if the block ends without an error.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    path = Path(path)
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as aside:
            made = Path(aside, path.name)
            made.mkdir()
            yield made
            # Moved out of the way whole, so that there is no moment at which half of it is there.
            with suppress(FileNotFoundError):
                path.rename(Path(aside, "before"))
            made.rename(path)
            _log.debug(f"wrote {path}")


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write bytes to a file, whole; a name ending in .gz is compressed, the same bytes each time."""
    if str(path).endswith(".gz"):
        data = gzip.compress(data, compresslevel=6, mtime=0)
    with whole_file(path) as aside:
        aside.write_bytes(data)


def write_text(path: str | Path, text: str) -> None:
    """Write text as UTF-8 to a file, whole; a name ending in .gz is compressed."""
    write_bytes(path, text.encode())


def write_json(path: str | Path, record: dict[str, Any]) -> None:
    """Write a record as JSON with `crossdock_version` in front."""
    write_text(path, json.dumps({"crossdock_version": __version__, **record}, indent=1, ensure_ascii=False) + "\n")


def fingerprint(settings: Mapping[str, Any], *paths: str | Path) -> str:
    """Tell what something is made of: the same for the same settings and the same content of files.

    Parameters
    ----------
    settings : mapping
        What JSON can hold.
    *paths : str or Path
        Files, of which only the content counts.

    Returns
    -------
    str
        SHA-256, as 64 hexadecimal digits.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    try:
        contents = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths]
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(error.filename)) from error
    text = json.dumps([__version__, dict(settings), contents], sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()


def read_text(path: str | Path, what: str) -> str:
    """Read a text file of the user's: UTF-8 or, as spreadsheets write it, UTF-16; with or without a byte order mark.

    Parameters
    ----------
    path : str or Path
    what : str
        What it should be, for messages.

    Raises
    ------
    InputError
        If it cannot be read, or is no text in one of these.
    """
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        reason = error.strerror if isinstance(error, OSError) else str(error)
        hint = f"looked for {cut(str(Path(path).absolute()), 400)}"
        raise InputError(f"cannot read the {what}: {reason}", where=cut(str(path)), hint=hint) from None
    encoding = "utf-8-sig"
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        encoding = "utf-16"
    elif 0 in content[:2]:  # the first character is one of ASCII
        encoding = "utf-16-le" if content[:1] != b"\0" else "utf-16-be"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        hint = "save it as UTF-8 (in a spreadsheet: CSV UTF-8)"
        raise InputError(f"the {what} is not UTF-8 text", where=f"{path}, line {line}", hint=hint) from None
    if "\0" in text:
        raise InputError(f"the {what} is not a text file", where=cut(str(path)))
    return text


def read_json(path: str | Path) -> dict[str, Any]:
    """Read a record that `write_json` wrote."""
    record: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return record


def read_made(path: str | Path, reader: Callable[[Path], Contents], step: str) -> Contents:
    """Read a file of a run; say which one is missing or broken, and which step makes it.

    Parameters
    ----------
    path : str or Path
    reader : callable
        Reads it.
    step : str
        The command that makes it.

    Raises
    ------
    BrokenFileError
        If it is not there, or cannot be read as what it should be.
    """
    path = Path(path)
    batches = "; pairs in batches: `crossdock run --forcerun batch`" if "pairs" in path.parts else ""
    again = f"start `crossdock run` again (`{step}` writes it{batches})"
    try:
        # A table that ends within a row would pass for a shorter one.
        if path.suffix == ".csv" and not path.read_bytes().endswith(b"\n"):
            raise ValueError("the file is empty or incomplete")
        return reader(path)
    except FileNotFoundError:
        if not path.parent.is_dir():
            again = f"check the name {path.parent}, there is no such folder; if it is right, {again}"
        raise BrokenFileError("a file of the run is missing", where=str(path), hint=again) from None
    except (ValueError, KeyError, OSError, EOFError, zlib.error) as error:
        raise BrokenFileError(f"cannot be read: {error}", where=str(path), hint=f"remove it and {again}") from error


def read_table(path: str | Path, step: str, *, text: Collection[str]) -> pd.DataFrame:
    """Read a table of a run that `write_table` wrote.

    Parameters
    ----------
    path : str or Path
    step : str
        The command that makes it.
    text : collection of str
        Columns of text: there a protein may be called NA or 007, and a residue NA is sodium. In all others an empty
        cell is no number.

    Raises
    ------
    BrokenFileError
        If it is not there, or cannot be read as a table.
    """
    import pandas as pd

    def reader(path: Path) -> pd.DataFrame:
        with path.open(encoding="utf-8", newline="") as lines:
            columns = next(csv.reader(lines))
        empty = {name: [""] for name in columns if name not in text}
        dtypes = {name: str for name in columns if name in text}
        return pd.read_csv(path, dtype=dtypes, keep_default_na=False, na_values=empty, low_memory=False)

    return read_made(path, reader, step)


def write_table(path: str | Path, table: pd.DataFrame, *, float_format: str | None = None) -> None:
    """Write a table as CSV with a header and no index column."""
    write_text(path, table.to_csv(index=False, float_format=float_format, lineterminator="\n"))
