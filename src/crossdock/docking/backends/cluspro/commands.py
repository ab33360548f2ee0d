"""The commands `crossdock cluspro`: results brought by hand, and jobs on the server."""

from __future__ import annotations

import argparse
import logging
import time
from pathlib import Path
from typing import Any

from crossdock.errors import InputError

_log = logging.getLogger(__name__)


def add(commands: Any) -> None:
    """Describe them."""
    commands = commands.group("cluspro", "dock on the ClusPro server, or use results from it")
    brought = commands.add("import", _import, "import results that you downloaded from the server")
    brought.description = (
        "Finds the jobs in a folder of downloads, at any depth and under any names, and decides by the sequences in "
        "their models which pair of the panel each is. The result is written to jobs.csv in that folder; rows that you "
        "edit there are kept. Jobs whose pair is certain, or filled in by you, are imported."
    )
    brought.add_argument("folder", help="folder with archives or unpacked models, and score tables (docs/cluspro.md)")
    brought.add_argument(
        "-o", "--out", default="resources/cluspro", help="folder in which the workflow looks for results"
    )
    brought.add_argument("--config", default="config.yaml", help="config of the panel")
    brought.add_argument("--results", default="results", help="folder in which prepared structures are looked for")
    brought.add_argument(
        "--entries", default="resources/entries", help="folder in which fetched entries are looked for"
    )
    panel = commands.add("panel", _panel, "make a config from jobs alone, and import them")
    panel.description = (
        "For jobs without a config: cuts the proteins out of their models, names them after the files, writes a "
        "config, and imports the jobs. Then start `crossdock run` with that config."
    )
    panel.add_argument("folder", help="folder with archives or unpacked models, and score tables (docs/cluspro.md)")
    panel.add_argument("-o", "--out", required=True, help="folder to make, with config.yaml, structures and results")
    jobs = commands.add("jobs", _jobs, "list the submitted jobs and their states")
    jobs.epilog = (
        "States: new (not submitted), sending (submitted, no answer received), sent (on the server), fetched (models "
        "downloaded, score tables missing), finished, failed."
    )
    found = commands.add("found", _found, "record the server's number of a job whose answer was lost")
    found.add_argument("name", help="name of the job, such as p0123456789ab")
    found.add_argument("number", help="number of the job on the server's pages")
    forget = commands.add("forget", _forget, "remove a job, so that the next run submits it again")
    forget.add_argument("name", help="name of the job, such as p0123456789ab")
    for one in (jobs, found, forget):
        one.add_argument("--folder", default="resources/cluspro", help="folder of the jobs")


def _import(options: argparse.Namespace) -> None:
    from crossdock.docking.backends.cluspro.bring_all import import_folder
    from crossdock.docking.matching.panel import known_of
    from crossdock.panel.config import read_config
    from crossdock.panel.panel import load_panel

    panel = load_panel(read_config(options.config), where=options.config)
    known, bodies = known_of(panel, options.results, options.entries)
    again = "run the same command again"
    print(import_folder(options.folder, known, bodies, options.out, config=options.config, again=again))


def _panel(options: argparse.Namespace) -> None:
    from crossdock.docking.backends.cluspro.bring_all import import_folder
    from crossdock.docking.backends.cluspro.from_jobs import make_panel
    from crossdock.docking.backends.cluspro.gather import find_downloads
    from crossdock.docking.matching.mapping import JOBS

    found = find_downloads(options.folder, skip=[JOBS])
    known, bodies, said = make_panel(options.folder, found[0], options.out)
    print(said)
    place = Path(options.out)
    config, again = (
        str(place / "config.yaml"),
        f"run, in {place}, `crossdock cluspro import {Path(options.folder).resolve()}`",
    )
    to = place / "resources/cluspro"
    print(import_folder(options.folder, known, bodies, to, config=config, again=again, found=found))
    print(f"\nNext: `crossdock run --directory {place.resolve()}`")


def _jobs(options: argparse.Namespace) -> None:
    from crossdock.docking.backends.cluspro.ledger import Ledger
    from crossdock.terminal import table

    records = Ledger(Path(options.folder, "jobs")).records()
    if not records:
        print(f"no jobs in {Path(options.folder, 'jobs')}")
        return
    rows = [
        (record["name"], record.get("job", "-"), record["state"], f"{record['receptor']}, {record['ligand']}")
        for record in records
    ]
    print("\n".join(table([("name", "job", "state", "receptor, ligand"), *rows], right={1})))


def _found(options: argparse.Namespace) -> None:
    from crossdock.docking.backends.cluspro.ledger import Ledger, stamp

    ledger = Ledger(Path(options.folder, "jobs"))
    if not options.number.isdecimal():
        raise InputError(f"expected the number of a job, got {options.number!r}")
    with ledger.alone():
        if (state := ledger.known(options.name)["state"]) != "sending":
            raise InputError(f"the state of job {options.name} is {state}, so it needs no number")
        ledger.change(options.name, state="sent", job=options.number, sent=stamp(time.time()))


def _forget(options: argparse.Namespace) -> None:
    from crossdock.docking.backends.cluspro.ledger import Ledger

    ledger = Ledger(Path(options.folder, "jobs"))
    with ledger.alone():
        finished = ledger.known(options.name)["state"] == "finished"
        ledger.forget(options.name)
    if finished:
        _log.info(
            "its old poses are still in the results; to replace them, start `crossdock run --forcerun dock_remote dock`"
        )
