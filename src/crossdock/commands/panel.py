"""Commands that look at a whole panel before any work."""

from __future__ import annotations

import argparse
import os
import shutil
import sys

from crossdock.commands.options import Commands
from crossdock.errors import InputError


def add(commands: Commands) -> None:
    """Describe them."""
    check = commands.add("check", _check, "look a config over before any work is done")
    check.add_argument("config", nargs="?", default="config.yaml", help="the config file")
    check.add_argument("--entries", default="resources/entries", help="folder in which fetched entries are looked for")


def _check(options: argparse.Namespace) -> None:
    from crossdock.check import check_panel, render
    from crossdock.config import read_config
    from crossdock.panel import load_panel

    panel = load_panel(read_config(options.config), where=options.config)
    findings = check_panel(panel, options.entries, where=options.config)
    live = sys.stdout.isatty()
    width = shutil.get_terminal_size((120, 24)).columns if live else 120
    print(render(panel, findings, width=width, color=live and not os.environ.get("NO_COLOR")))
    if findings.failures:
        # What is wrong, and what to do, stands in the table.
        counts = f"{len(findings.failures)} of {len(panel.proteins)} proteins cannot be used"
        raise InputError(f"{counts}: {'; '.join(str(one.where) for one in findings.problems)}", where=options.config)
