"""gdock as a backend: `search` runs the program, which the user has installed, as a process of its own."""

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

#: Measured on trypsin and CMTI-I: seconds to start, and for a pair of atoms in a pose.
SECONDS_TO_START, SECONDS_PER_ATOM_PAIR = 0.3, 7e-9
#: Of memory: both programs at first, a pair of atoms, and an atom of one of the models that a run gives.
MB_TO_START, MB_PER_ATOM_PAIR, MB_PER_ATOM = 300, 5e-5, 2e-4


class Gdock(Backend):
    """The program gdock."""

    name = "gdock"
    about = "gdock, which you install: a genetic algorithm led by restraints (docs/engines.md)"
    version = "as installed"
    can = Abilities(threads=True, conformers=True)
    score = Quantity("score", "arbitrary units", "low", "Fitness", "gdock's fitness, with its restraints.")
    terms = tuple(
        Quantity(name, "arbitrary units", "low", label, f"{text} As weighted by gdock in its fitness.")
        for name, label, text in (
            ("vdw", "Van der Waals", "Soft Lennard-Jones energy."),
            ("elec", "Electrostatics", "Coulomb energy, the dielectric constant growing with distance."),
            ("desolv", "Desolvation", "Desolvation energy of buried atoms."),
            ("air", "Restraints", "Penalty of restraints that are not kept."),
        )
    )
    options = rules_beside(__name__)
    references = text_beside(__name__, "references.bib")
    quick: Mapping[str, Any] = {"anchors": 2, "population": 40, "generations": 10}

    def dock(self, receptor: Structure, ligand: Structure, request: Request) -> Result:
        """Run the program, and read its poses."""
        from crossdock.docking.backends.gdock.search import dock

        return dock(receptor, ligand, request)

    def needs(self, receptor: Size, ligand: Size, options: Mapping[str, Any]) -> Needs:
        """Estimate by the poses that are scored, their pairs of atoms, and the models of one run, held as text."""
        pairs = receptor.atoms * ligand.atoms
        scored = options["anchors"] * options["population"] * (options["generations"] + 1)
        given = options["poses"] * (receptor.atoms + ligand.atoms)
        return Needs(
            SECONDS_TO_START * options["anchors"] + scored * SECONDS_PER_ATOM_PAIR * pairs,
            MB_TO_START + MB_PER_ATOM_PAIR * pairs + MB_PER_ATOM * given,
        )

    def methods(self, runs: Runs, cite: Callable[..., str]) -> Iterator[str]:
        """Say how poses are searched."""
        versions = " and ".join(map(str, runs.values("gdock_version")))
        yield f"as rigid bodies by gdock{f' {versions}' if versions else ''} {cite('gdock')}, a genetic algorithm"
        if (population := runs.span("population")) and (generations := runs.span("generations")):
            yield f"Its population was {population} poses, for up to {generations} generations."
        if anchors := [one for one in runs.values("anchors") if one]:
            yield (
                f"Pairs without known sites were docked {' or '.join(map(str, anchors))} times, each time with one "
                "restraint between two surface residues that were drawn at random, one of each partner."
            )
        if any(runs.values("restraints")):
            yield "The residues of known binding sites were its restraints."


BACKEND = Gdock()
