"""The command that docks and analyses several pairs in one go."""

from __future__ import annotations

import argparse

from crossdock.commands.options import Commands


def add(commands: Commands) -> None:
    """Describe it."""
    batch = commands.add("batch", _batch, "dock and analyse several ligands of one receptor")
    batch.description = (
        "What `dock` and `analyse` do for each pair, with one start of the program. Pairs that have been made from the "
        "same structures with the same settings stay as they are, so that a batch goes on where it was stopped. A pair "
        "that fails does not keep the others back."
    )
    batch.add_argument("panel", help="results/panel.json, or results/batches/settings.json")
    batch.add_argument("--receptor", required=True, help="name of the receptor")
    batch.add_argument("--ligands", required=True, nargs="+", help="names of the ligands")
    batch.add_argument("--results", default="results", help="folder of the run")
    batch.add_argument("--threads", type=int, default=1, help="threads of each docking")
    batch.add_argument("-o", "--out", required=True, help="table to write: a row a pair, when all are done")


def _batch(options: argparse.Namespace) -> None:
    from crossdock.files import write_table
    from crossdock.panel.panel import read_panel
    from crossdock.progress import of_docking
    from crossdock.steps.batch import batch

    panel = read_panel(options.panel)
    made = batch(
        panel,
        options.receptor,
        options.ligands,
        results=options.results,
        threads=options.threads,
        progress=of_docking,
    )
    write_table(options.out, made)
