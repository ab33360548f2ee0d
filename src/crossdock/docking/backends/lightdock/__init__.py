"""LightDock as a backend: `search` runs the program, which the user has installed, as a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from crossdock.docking.backends.contract import (
    Abilities,
    Backend,
    Needs,
    Request,
    Result,
    Runs,
    rules_beside,
    text_beside,
)
from crossdock.quantity import Quantity

if TYPE_CHECKING:
    from crossdock.structures.shape import Size
    from crossdock.structures.structure import Structure

#: Measured on trypsin and CMTI-I with `fastdfire`: seconds to start, for a pose, and for a pair of atoms in a pose.
SECONDS_TO_START, SECONDS_PER_POSE, SECONDS_PER_ATOM_PAIR = 7.0, 2e-4, 2e-9
#: Swarms of a receptor of so many heavy atoms, where LightDock chooses: one for 50 square angstrom of its surface.
SWARMS_PER_ROOT = 1.4


class LightDock(Backend):
    """The program LightDock."""

    name = "lightdock"
    about = "LightDock, which you install: swarms of rigid poses around the receptor (docs/engines.md)"
    version = "as installed"
    can = Abilities(threads=True, conformers=True)
    score = Quantity(
        "lightdock_score",
        "arbitrary units",
        "high",
        "LightDock score",
        "What LightDock's scoring function gives the pose. Not an affinity.",
    )
    options = rules_beside(__name__)
    references = text_beside(__name__, "references.bib")
    quick: Mapping[str, Any] = {"swarms": 2, "glowworms": 10, "steps": 2}

    def dock(self, receptor: Structure, ligand: Structure, request: Request) -> Result:
        """Run the program, and read the poses of all swarms."""
        from crossdock.docking.backends.lightdock.search import dock

        return dock(receptor, ligand, request)

    def needs(self, receptor: Size, ligand: Size, options: Mapping[str, Any]) -> Needs:
        """Estimate by the poses that are scored, and their pairs of atoms."""
        pairs = receptor.atoms * ligand.atoms
        swarms = options["swarms"] or SWARMS_PER_ROOT * receptor.atoms ** (2 / 3)
        scored = swarms * options["glowworms"] * (options["steps"] + 1)
        return Needs(SECONDS_TO_START + scored * (SECONDS_PER_POSE + SECONDS_PER_ATOM_PAIR * pairs), 400 + 1e-4 * pairs)

    def methods(self, runs: Runs, cite: Callable[..., str]) -> Iterator[str]:
        """Say how poses are searched and scored."""
        versions = " and ".join(map(str, runs.values("lightdock_version")))
        yield f"as rigid bodies by LightDock{f' {versions}' if versions else ''} {cite('lightdock')}"
        if (swarms := runs.span("swarms")) and (glowworms := runs.span("glowworms")) and (steps := runs.span("steps")):
            yield f"In {swarms} swarms of {glowworms} glowworms each, poses moved for {steps} steps."
        functions = [str(one) for one in runs.values("scoring")]
        if functions:
            what = f"DFIRE {cite('dfire')}" if functions == ["fastdfire"] else " and ".join(functions)
            yield f"Poses were scored with its function {what}; scores are in arbitrary units, and higher is better."
        if any(runs.values("restraints")):
            yield f"Residues of the binding sites were given as restraints {cite('lightdock_restraints')}."


BACKEND = LightDock()
