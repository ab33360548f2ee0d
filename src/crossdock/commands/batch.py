"""The command that docks and analyses several pairs in one go."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from crossdock.commands.options import Commands
from crossdock.errors import CrossdockError, DockingError
from crossdock.unexpected import UnexpectedError, in_words

if TYPE_CHECKING:
    from crossdock.panel.panel import Panel


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
    import pandas as pd

    from crossdock.cli import build_parser
    from crossdock.files import write_table
    from crossdock.panel.panel import read_panel

    panel, parser = read_panel(options.panel), build_parser()
    rows: list[dict[str, object]] = []
    failed: dict[str, CrossdockError] = {}
    for number, ligand in enumerate(options.ligands, start=1):
        began = time.monotonic()
        print(f"pair {number} of {len(options.ligands)}: {ligand} on {options.receptor}", file=sys.stderr, flush=True)
        try:
            for arguments in steps(panel, options.results, options.receptor, ligand, options.threads):
                step = parser.parse_args(arguments)
                step.run(step)
        except Exception as error:
            failed[ligand] = in_words(error)
            print(f"crossdock: error: {failed[ligand]}", file=sys.stderr, flush=True)
        seconds = round(time.monotonic() - began, 2)
        rows.append({"receptor": options.receptor, "ligand": ligand, "seconds": seconds})
    if failed:
        unexpected = any(isinstance(error, UnexpectedError) for error in failed.values())
        raise (UnexpectedError if unexpected else DockingError)(
            f"{len(failed)} of {len(rows)} pairs failed: {', '.join(failed)}",
            where=f"{options.receptor}: {next(iter(failed.values()))}",
            hint="the others are done and stay; mend these and run again",
        )
    write_table(options.out, pd.DataFrame(rows))


def steps(panel: Panel, results: str, receptor: str, ligand: str, threads: int) -> list[list[str]]:
    """Write the commands of a pair, one after the other."""
    from crossdock.steps.jobs import analysis_words, docking_words

    proteins = [Path(results) / "proteins" / name for name in (receptor, ligand)]
    folder = Path(results) / "pairs" / receptor / ligand
    bodies = [str(protein / "structure.pdb") for protein in proteins]
    records = [
        "--receptor-record",
        str(proteins[0] / "protein.json"),
        "--ligand-record",
        str(proteins[1] / "protein.json"),
    ]
    folders = [folder, *(folder / "replicates" / str(number) for number in range(2, panel.replicates + 1))]
    made = [
        [
            "dock",
            *bodies,
            "-o",
            str(place),
            "--poses-only",
            "--resume",
            *records,
            "--threads",
            str(threads),
            *docking_words(panel, number),
        ]
        for number, place in enumerate(folders, start=1)
    ]
    further = [str(place / "poses.csv.gz") for place in folders[1:]]
    analyse = ["analyse", *bodies, "--poses", str(folder / "poses.csv.gz"), "--docking", str(folder / "docking.json")]
    analyse += ["--names", receptor, ligand, "-o", str(folder), "--resume", *analysis_words(panel, receptor, ligand)]
    return [*made, [*analyse, *(["--replicates", *further] if further else [])]]
