"""The command that docks and analyses several pairs in one go."""

from __future__ import annotations

import argparse
from pathlib import Path

from crossdock.commands.options import Commands, add_kept


def add(commands: Commands) -> None:
    """Describe it."""
    batch = commands.add("batch", _batch, "dock and analyse several ligands of one receptor")
    batch.description = (
        "Runs `dock` and `analyse` for several pairs in one process. Pairs that were already made from the same "
        "structures and settings are kept, so a stopped batch resumes. If a pair fails, its pair.json says why, and "
        "the others still run."
    )
    batch.add_argument("panel", help="results/panel.json, or results/batches/settings.json")
    batch.add_argument("--receptor", required=True, help="name of the receptor")
    batch.add_argument("--ligands", required=True, nargs="+", help="names of the ligands")
    batch.add_argument("--results", default="results", help="folder of the run")
    add_kept(batch)
    batch.add_argument("--record", help="file that counts failures, so that the next run tries again")
    batch.add_argument(
        "--guides",
        type=Path,
        help="with `attract: from cofold` in the config, table of further models that steer dockings",
    )
    batch.add_argument(
        "--templates",
        type=Path,
        help="with `templates` in the config, table of known complexes of homologues, whose poses join the docked ones",
    )
    batch.add_argument(
        "--unrefined",
        nargs="*",
        default=(),
        metavar="LIGAND",
        help="with `refine` in the config, ligands whose models are not refined, such as controls",
    )
    batch.add_argument("--threads", type=int, default=1, help="threads of each docking")
    batch.add_argument("-o", "--out", required=True, help="table to write when all pairs are done, one row for each")


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
        kept=options.kept,
        record=options.record,
        guides=options.guides,
        templates=options.templates,
        unrefined=options.unrefined,
        progress=of_docking,
    )
    write_table(options.out, made)
