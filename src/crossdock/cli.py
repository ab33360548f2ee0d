"""The command line: one subcommand per step of the workflow, and a few for people."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence

from crossdock import log, plugins
from crossdock.failure import attempt
from crossdock.unexpected import end_with
from crossdock.version import __version__

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; give the exit code (0 done, 1 failed, 2 bad input, 3 an error that nobody expected)."""
    if arguments is None:  # a process of our own
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end, it clears up as at Ctrl-C
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    log.show()
    try:
        parser = build_parser()
        options = parser.parse_args(arguments)
        log.show(getattr(options, "level", None))
        if hasattr(options, "run"):
            options.run(options)
        else:
            parser.print_help()
        sys.stdout.flush()
    except BrokenPipeError:
        _silence()  # the reader of our output has gone (`| head`)
        return 1
    except KeyboardInterrupt:
        _log.error("interrupted; no incomplete files were left")
        return 130
    except Exception as error:
        code = end_with(error)
        try:
            sys.stdout.flush()
        except OSError:
            _silence()  # the disk that our output goes to is full, as was said
        return code
    return 0


def _silence() -> None:
    """Write to nowhere what is left to write, which cannot be written to where it should go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _attempt(options: argparse.Namespace) -> None:
    """Run the command that stands behind two dashes."""
    words = options.command[1:] if options.command[:1] == ["--"] else options.command
    inner = build_parser().parse_args(words)
    attempt(lambda: inner.run(inner), options.outputs, inputs=options.inputs, record=options.record)


def build_parser() -> argparse.ArgumentParser:
    """Describe every subcommand and option."""
    from crossdock.commands import backends as listing
    from crossdock.commands import batch, docking, export, init, matrix, pair, panel, refine, report, run, structures
    from crossdock.commands.options import Commands, add_verbosity
    from crossdock.docking.backends import backends

    parser = argparse.ArgumentParser(
        prog="crossdock",
        description="Docks every ligand of a panel against every receptor, and reports which could bind which, where, "
        "and how far the result can be trusted. Start with `crossdock check`, then `crossdock run`. Most other "
        "commands are its steps.",
    )
    parser.add_argument("--version", action="version", version=f"crossdock {__version__}")
    add_verbosity(parser)
    commands = Commands(parser.add_subparsers(title="commands", metavar="COMMAND"))
    for room in (init, run, panel, structures, docking, listing, pair, refine, export, batch, matrix, report):
        room.add(commands)
    trying = commands.add("attempt", _attempt, "run a step, and let the run go on if it fails")
    trying.description = (
        "Runs another command. If it fails, the reason is written in the place of its outputs, and steps that get them "
        "as input fail for the same reason: the protein or the pair is left out of the report, which says why. A full "
        "disk or too little memory still stops the run."
    )
    trying.add_argument("--inputs", nargs="*", default=(), help="files that may hold the reason of an earlier failure")
    trying.add_argument("--outputs", nargs="+", required=True, help="what the command makes")
    trying.add_argument("--record", help="file that counts failures, so that the next run tries again")
    trying.add_argument("command", nargs=argparse.REMAINDER, help="two dashes, then the command with its options")
    for name, backend in backends().items():
        try:
            backend.add_commands(commands)
        except Exception as error:  # code of another package, which may fail in any way
            package = plugins.package(plugins.points(plugins.BACKENDS)[name])
            _log.warning("commands of the backend %r (package %s) are not available: %s", name, package, error)
    return parser


if __name__ == "__main__":
    sys.exit(main())
