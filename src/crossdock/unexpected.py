"""Errors that crossdock did not raise on purpose: one sentence for the user, and a log with the traceback."""

from __future__ import annotations

import logging
import os
import platform
import shlex
import sys
import tempfile
import traceback
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from crossdock.errors import CrossdockError, cut, file_error
from crossdock.log import DEBUG
from crossdock.version import __version__

_log = logging.getLogger(__name__)


class UnexpectedError(CrossdockError):
    """Something that crossdock was not made for; its log has the traceback."""

    exit_code = 3


def end_with(error: Exception) -> int:
    """Log what ended a command.

    Parameters
    ----------
    error : Exception
        Any; being handled, so that its traceback is known.

    Returns
    -------
    int
        The exit code: 2 for bad input, 1 for what failed, 3 for what nobody expected.
    """
    found = as_crossdock_error(error)
    _log.error(found)
    return found.exit_code


def as_crossdock_error(error: Exception) -> CrossdockError:
    """Turn any error into one that says what is wrong; of one that is not expected, a log is written.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    CrossdockError
    """
    if isinstance(error, CrossdockError):
        return error
    if isinstance(error, OSError):
        return file_error(error)
    _log.debug("not expected:", exc_info=error)
    message = "out of memory" if isinstance(error, MemoryError) else cut(str(error))
    what = f"unexpected {type(error).__name__}{f': {message}' if message else ''}"
    log = _written(error)
    if log is None:
        return UnexpectedError(f"{what}; no log could be written; set {DEBUG}=1 to see where it happened")
    return UnexpectedError(f"{what}; details are in {log}: please attach it when you report this error")


def _written(error: Exception) -> Path | None:
    """Write the log, in this folder or where temporary files go; None where neither can be written."""
    when = datetime.now().astimezone()
    name = f"crossdock-error-{when:%Y%m%d-%H%M%S}-{os.getpid()}.log"
    with suppress(Exception):  # memory may be used up for good
        text = "".join(traceback.format_exception(error))
        facts = {
            "crossdock": __version__,
            "command": shlex.join(sys.argv),
            "time": when.isoformat(timespec="seconds"),
            "python": f"{platform.python_version()} ({sys.executable})",
            "platform": platform.platform(),
        }
        content = "".join(f"{key}: {value}\n" for key, value in facts.items()) + "\n" + text
        for folder in (Path.cwd, lambda: Path(tempfile.gettempdir())):
            with suppress(OSError):
                path = folder() / name
                path.write_bytes(content.encode("utf-8", "backslashreplace"))
                return path
    return None
