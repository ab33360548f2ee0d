"""All pairs of a panel through the server, one process for them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crossdock.docking.backends.cluspro.client import Server
from crossdock.docking.backends.cluspro.credentials import credentials
from crossdock.docking.backends.cluspro.dispatch import Dispatch, Order, Pace
from crossdock.docking.backends.cluspro.ledger import Ledger, write_jobs
from crossdock.docking.backends.cluspro.preflight import preflight
from crossdock.structures.structure import Structure


def work(
    waiting: Sequence[tuple[str, str]],
    structures: Mapping[str, Structure],
    settings: Mapping[str, Any],
    folder: Path,
    out: str | Path,
) -> None:
    """Hand in every pair that is not finished, wait, and write which job is which pair.

    Parameters
    ----------
    waiting : sequence of tuple of str
        (receptor, ligand).
    structures : mapping of str to Structure
        By name, prepared.
    settings : mapping
        The section `cluspro:` of the config.
    folder : Path
        Where jobs are kept, such as ``resources/cluspro``.
    out : str or Path
        The table.
    """
    ledger = Ledger(folder / "jobs")
    orders = [Order.of(*pair, (structures[pair[0]], structures[pair[1]])) for pair in waiting]
    pace = Pace(
        in_flight=settings["in_flight"],
        pause_s=settings["pause_s"],
        first_look_s=60 * settings["first_look_min"],
        look_every_s=60 * settings["look_every_min"],
        deadline_s=3600 * settings["deadline_h"],
    )
    with ledger.alone():
        states = [(ledger.read(order.name) or {"state": "new"})["state"] for order in orders]
        if "new" in states:
            preflight(dict(structures), waiting)
        if set(states) != {"finished"}:
            server = Server(settings["url"], credentials(), send_secret=settings["send_secret"])
            Dispatch(ledger, server, orders, pace, downloads=folder / "downloads").work()
        write_jobs(out, ledger, [(one.receptor, one.ligand, one.name) for one in orders])
