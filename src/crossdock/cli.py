"""The command line: one subcommand per step of the workflow, and a few for people."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from crossdock import __version__
from crossdock.commands import batch, cluspro, docking, matrix, pair, panel, report, structures
from crossdock.commands.options import Commands
from crossdock.errors import CrossdockError, file_error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; give the exit code (0 done, 1 failed, 2 bad input)."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return 0
    if arguments is None:  # a process of our own: told to end, it clears up as at Ctrl-C
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        options.run(options)
    except CrossdockError as error:
        return _failed(error)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); say nothing more to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _failed(file_error(error))
    except KeyboardInterrupt:
        print("crossdock: interrupted; nothing half-written was left", file=sys.stderr)
        return 130
    return 0


def _failed(error: CrossdockError) -> int:
    """Say what went wrong; give the exit code."""
    with suppress(OSError):  # the log may lie on the disk that is full
        print(f"crossdock: error: {error}", file=sys.stderr)
    return error.exit_code


def build_parser() -> argparse.ArgumentParser:
    """Describe every subcommand and option."""
    parser = argparse.ArgumentParser(
        prog="crossdock",
        description="Of these proteins, which could bind which, where, and how far can that be trusted? Docks every "
        "ligand of a panel against every receptor. Start with `crossdock check config.yaml`, then run `snakemake`; the "
        "other commands are its steps.",
    )
    parser.add_argument("--version", action="version", version=f"crossdock {__version__}")
    commands = Commands(parser.add_subparsers(title="commands", metavar="COMMAND"))
    for room in (panel, structures, docking, cluspro, pair, batch, matrix, report):
        room.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
