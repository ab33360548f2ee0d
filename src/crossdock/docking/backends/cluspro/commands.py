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
    brought.add_argument(
        "folder",
        help="folder with cluspro.JOB.tar.bz2, cluspro_scores.JOB.SET.csv and jobs.csv (columns job,receptor,ligand, "
        "with the names of the panel)",
    )
    brought.add_argument(
        "-o", "--out", default="resources/cluspro", help="folder in which the workflow looks for results"
    )
    brought.add_argument("--config", default="config.yaml", help="config of the panel")
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
            hint=f"use the names of receptors and ligands in {options.config}",
        )
    for job in jobs:
        bring(job, options.out)
    left = len(asked) - len({(job.receptor, job.ligand) for job in jobs})
    print(f"{len(jobs)} jobs imported into {options.out}; {left} of {len(asked)} pairs are missing")


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
            "its old poses are still in the results; to replace them, run `snakemake --forcerun dock_remote dock`"
        )
