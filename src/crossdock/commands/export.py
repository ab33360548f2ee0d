"""The command that hands models on to other programs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from crossdock.commands.options import Commands
from crossdock.errors import InputError
from crossdock.export.made import PROGRAMS

if TYPE_CHECKING:
    from crossdock.steps.export import Exported


def add(commands: Commands) -> None:
    """Describe it."""
    export = commands.add("export", _export, "write a model of a pair as input of HADDOCK3, ClusPro, Boltz and others")
    export.description = (
        "Writes files that other programs take as they are into export/model_NN/PROGRAM of each pair's folder, with a "
        "README.txt that says what to run: HADDOCK3 (partners, restraints, workflow), ClusPro (partners, attraction), "
        "AlphaFold 3 (sequences), Boltz-2 and Chai-1 (sequences, the interface as pockets), OpenMM (the system of a "
        "refined model). Restraints are of the model's interface."
    )
    export.epilog = "Example: crossdock export results/pairs/*/* --to haddock3 boltz"
    export.add_argument(
        "folders", nargs="+", metavar="FOLDER", help="pairs' folders, such as results/pairs/RECEPTOR/LIGAND"
    )
    export.add_argument(
        "--to",
        nargs="+",
        choices=PROGRAMS,
        metavar="PROGRAM",
        help=f"{', '.join(PROGRAMS)}; without it, all that can be",
    )
    export.add_argument("--model", type=int, default=0, metavar="N", help="number of the model, from 0")
    export.add_argument("--entries", default="resources/entries", help="folder in which fetched entries are looked for")


def _export(options: argparse.Namespace) -> None:
    from crossdock.steps.export import export

    found = export(
        options.folders, options.to or tuple(PROGRAMS), model=options.model, entries=options.entries, progress=_say
    )
    failed = [one for one in found if one.reason]
    if failed and (options.to or len(failed) == len(found) or any(not one.program for one in failed)):
        first = failed[0]
        more = f"; {len(failed) - 1} more are in the lines above" if len(failed) > 1 else ""
        raise InputError(f"not written: {first.reason}{more}", where=str(first.folder))


def _say(one: Exported) -> None:
    if one.reason:
        print(f"{one.folder}: not written, {one.reason}", flush=True)
        return
    notes = (
        f" (README.txt has {len(one.notes)} difference{'s' * (len(one.notes) > 1)} from the model)" if one.notes else ""
    )
    print(f"{one.folder}{notes}", flush=True)
