"""Errors that a user can act on: each says what is wrong, where, and what to do."""

from __future__ import annotations

import errno
import math
import reprlib
from collections.abc import Sequence
from pathlib import Path

_FULL = "free some space there, then run the same command again; finished results are kept"
_CLOSED = "change the permission, or run in another folder; then run the same command again"
#: What a system says of disks and folders -> what it means, and what to do about it.
TROUBLE = {
    errno.ENOSPC: ("the disk is full", _FULL),
    errno.EDQUOT: ("your quota on this disk is used up", _FULL),
    errno.EFBIG: ("the file is larger than this system allows", "`ulimit -f` says how large one may be"),
    errno.EROFS: ("the file system is read-only", _CLOSED),
    errno.EACCES: ("you have no permission for it", _CLOSED),
    errno.EPERM: ("the system does not allow it", _CLOSED),
}
#: Problems of a config that are listed at once.
MOST_PROBLEMS = 50


def cut(text: str, most: int = 200) -> str:
    """Put a text on one line of no more than so many characters."""
    shown = "".join(one if one.isprintable() or one.isspace() else repr(one)[1:-1] for one in text[: 4 * most])
    line = " ".join(shown.split())
    return line if len(line) <= most and len(text) <= 4 * most else line[: most - 3] + "..."


class _Quotes(reprlib.Repr):
    """Values as a message quotes them; of a large one only the ends, and never more than that is built."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 80
        self.maxlevel = 3

    def repr_int(self, x: int, level: int) -> str:
        # Python refuses to write out numbers of more than some thousand digits.
        return repr(x) if x.bit_length() < 200 else f"a number of {int(x.bit_length() * math.log10(2)) + 1} digits"


def quoted(value: object) -> str:
    """Write a value as a message quotes it: in quotation marks where it is text, cut to a line."""
    return cut(_Quotes().repr(value), 120)


class CrossdockError(Exception):
    """Base of every error that crossdock raises on purpose.

    Parameters
    ----------
    what : str
        What is wrong, in one sentence; expected and got where both are known.
    where : str, optional
        The file, line, key or URL that it was found in.
    hint : str, optional
        What the user can do about it.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n  -> {self.hint}" if self.hint else text


class InputError(CrossdockError):
    """Something that the user handed over cannot be used; nothing has been written."""

    exit_code = 2


class UnknownKeyError(InputError):
    """A key that nobody knows; all others of the mapping can still be used."""


class StructureError(InputError):
    """A structure file cannot be read, or does not hold what was asked for."""


class BrokenFileError(InputError):
    """A file that an earlier step made is missing or damaged; it has to be made again."""


class IdentityError(InputError):
    """An entry holds another protein than the panel expects."""


class SourceError(CrossdockError):
    """An entry could not be fetched."""


class DockingError(CrossdockError):
    """Two structures could not be docked."""


class FileError(CrossdockError):
    """The system does not let a file be written or read; what was there before is as it was."""


class ConfigError(InputError):
    """Everything that is wrong with a config, in one message.

    Parameters
    ----------
    problems : sequence of InputError
        One per mistake, in the order of the config.
    where : str
        The config that they were found in.
    """

    def __init__(self, problems: Sequence[CrossdockError], *, where: str) -> None:
        self.problems = list(problems)
        count = f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''}"
        lines = ["- " + str(problem).replace("\n", "\n  ") for problem in self.problems[:MOST_PROBLEMS]]
        if len(self.problems) > MOST_PROBLEMS:
            lines.append(f"- and {len(self.problems) - MOST_PROBLEMS} more")
        super().__init__("\n".join([f"{count} found, nothing was done", *lines]), where=where)


def file_error(error: OSError, path: str | Path | None = None) -> FileError:
    """Say in a sentence why a file can not be written or read.

    Parameters
    ----------
    error : OSError
    path : str or Path, optional
        The file; as the error names it, without it.

    Returns
    -------
    FileError
    """
    what, hint = TROUBLE.get(error.errno or 0, (error.strerror or str(error), None))
    where = path or error.filename
    return FileError(what, where=str(where) if where else None, hint=hint)
