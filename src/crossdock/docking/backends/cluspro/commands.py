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
    brought = commands.add("import", _import, "take what was downloaded from the server by hand")
    brought.add_argument(
        "folder",
        help="with cluspro.JOB.tar.bz2, cluspro_scores.JOB.SET.csv and jobs.csv (columns job,receptor,ligand: names of "
        "the panel)",
    )
    brought.add_argument("-o", "--out", default="resources/cluspro", help="folder that the workflow looks into")
    brought.add_argument("--config", default="config.yaml", help="the panel that the names are of")
    jobs = commands.add("jobs", _jobs, "list the jobs that were handed in, and where each stands")
    jobs.epilog = (
        "States: new (not on the server), sending (handed in, no answer known), sent (on the server), fetched (models "
        "are here, score tables are not), finished, failed."
    )
    found = commands.add("found", _found, "say that a job whose answer was lost is on the server")
    found.add_argument("name", help="of the job, such as p0123456789ab")
    found.add_argument("number", help="that the server's pages give it")
    forget = commands.add("forget", _forget, "take a job out; the next run hands it in again")
    forget.add_argument("name", help="of the job, such as p0123456789ab")
    for one in (jobs, found, forget):
        one.add_argument("--folder", default="resources/cluspro", help="where jobs are kept")


def _import(options: argparse.Namespace) -> None:
    from crossdock.docking.backends.cluspro.imports import bring, find_jobs
    from crossdock.panel.config import read_config
    from crossdock.panel.panel import load_panel

    panel = load_panel(read_config(options.config), where=options.config)
    asked = {(receptor.name, ligand.name) for receptor, ligand in panel.docked}
    jobs = find_jobs(options.folder)
    if unknown := [f"{job.receptor}, {job.ligand}" for job in jobs if (job.receptor, job.ligand) not in asked]:
        raise InputError(
            f"not in the panel: {'; '.join(unknown)}",
            where=str(Path(options.folder, "jobs.csv")),
            hint=f"receptor and ligand as {options.config} names them",
        )
    for job in jobs:
        bring(job, options.out)
    left = len(asked) - len({(job.receptor, job.ligand) for job in jobs})
    print(f"{len(jobs)} jobs imported into {options.out}; {left} of {len(asked)} pairs are not among them")


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
            raise InputError(f"job {options.name} is {state}: its number is not asked for")
        ledger.change(options.name, state="sent", job=options.number, sent=stamp(time.time()))


def _forget(options: argparse.Namespace) -> None:
    from crossdock.docking.backends.cluspro.ledger import Ledger

    ledger = Ledger(Path(options.folder, "jobs"))
    with ledger.alone():
        finished = ledger.known(options.name)["state"] == "finished"
        ledger.forget(options.name)
    if finished:
        _log.info(
            "its poses are in the results already: run `snakemake --forcerun dock_remote dock` to take the new ones"
        )
