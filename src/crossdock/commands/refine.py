"""The command that refines the models of a pair."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from crossdock.commands.options import Commands, add_key

if TYPE_CHECKING:
    from crossdock.refining.record import RefinedModel


def add(commands: Commands) -> None:
    """Describe it."""
    refine = commands.add("refine", _refine, "add hydrogens to the first models of a pair and minimise their interface")
    refine.description = (
        "Completes the first models of a pair and minimises what lies near their interface, with OpenMM. Writes "
        "refined/ into the pair's folder, in place of an earlier one; the docked models stay. Needs the extra `refine`."
    )
    refine.add_argument("folder", help="the pair's folder, such as results/pairs/RECEPTOR/LIGAND")
    refine.add_argument(
        "--structures",
        nargs=2,
        metavar=("RECEPTOR", "LIGAND"),
        help="prepared structures of both, by which models of a known complex are judged (default: those of the run)",
    )
    for key in ("models", "radius", "platform"):
        add_key(refine, f"refine.{key}")
    refine.add_argument(
        "--resume", action="store_true", help="keep existing results that were made from the same input and settings"
    )


def _refine(options: argparse.Namespace) -> None:
    from crossdock.steps.refine import Refinement, refine, structures_of

    how = Refinement(options.models, options.radius, options.platform)
    structures = tuple(options.structures) if options.structures else structures_of(options.folder)
    if refine(options.folder, how, structures=structures, resume=options.resume, progress=_say) is None:
        print(f"{options.folder}/refined is kept: it was made from the same input and settings")


def _say(model: RefinedModel) -> None:
    if model.reason:
        print(f"model {model.model}: {model.state}, {model.reason}", flush=True)
        return
    dockq = f", DockQ {model.dockq_before:.2f} -> {model.dockq_after:.2f}" if model.dockq_after is not None else ""
    energy = f", interaction {model.interaction.total:.0f} kcal/mol" if model.interaction else ""
    print(
        f"model {model.model}: clashes {model.clashes_before} -> {model.clashes_after}, "
        f"moved by {model.rmsd_A:.2f} A (RMSD){energy}{dockq}, {model.cpu_seconds:.0f} CPU s",
        flush=True,
    )
