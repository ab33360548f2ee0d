"""What is said of the work on stderr, through the standard library's `logging`.

A module takes `logging.getLogger(__name__)` and logs to it: debug for what helps to follow a run, info for notes and
progress, warning for what a user should look at, error for what ended a command. Only a command shows it; a program
that imports crossdock sees what its own logging is set up for.
"""

from __future__ import annotations

import logging
import os
import sys

#: The logger above those of all modules.
ROOT = logging.getLogger("crossdock")
#: Environment variable that does what ``--verbose`` does, for commands that Snakemake starts.
DEBUG = "CROSSDOCK_DEBUG"
#: What the command line can ask for.
QUIET, NORMAL, VERBOSE = logging.WARNING, logging.INFO, logging.DEBUG


class _Lines(logging.Formatter):
    """Notes as they are; all else with the program's name and how serious it is in front."""

    def __init__(self, timed: bool) -> None:
        super().__init__()
        self._timed = timed

    def format(self, record: logging.LogRecord) -> str:
        time = f"{self.formatTime(record, '%Y-%m-%d %H:%M:%S')}  " if self._timed else ""
        kind = "" if record.levelno == logging.INFO else f"crossdock: {record.levelname.lower()}: "
        return f"{time}{kind}{super().format(record)}"


class _Stderr(logging.Handler):
    """Writes to what stderr is at the moment; a record with `in_place` replaces the line before it on a terminal."""

    def __init__(self) -> None:
        super().__init__()
        self._line_open = False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text, in_place = self.format(record), getattr(record, "in_place", None)
            if in_place is not None and sys.stderr.isatty():
                start, end = "\r", "  " if in_place else "  \n"
            else:
                start, end = "\n" if self._line_open else "", "\n"
            self._line_open = not end.endswith("\n")
            sys.stderr.write(f"{start}{text}{end}")
            sys.stderr.flush()
        except (OSError, ValueError):
            pass  # stderr is closed or its disk is full: there is no other place to say so


_handler = _Stderr()


def show(level: int | None = None) -> None:
    """Show on stderr what is logged from now on.

    Parameters
    ----------
    level : int, optional
        `QUIET`, `NORMAL` or `VERBOSE`; normal without it, or verbose where the environment has `CROSSDOCK_DEBUG`.
    """
    _handler.setFormatter(_Lines(timed=False))
    ROOT.addHandler(_handler)  # a second time does nothing
    ROOT.setLevel((VERBOSE if os.environ.get(DEBUG) else NORMAL) if level is None else level)


def show_times() -> None:
    """Put the time in front of each line from now on, for commands that wait for hours."""
    _handler.setFormatter(_Lines(timed=True))
