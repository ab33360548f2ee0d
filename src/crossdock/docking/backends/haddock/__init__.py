"""HADDOCK3 as a backend: finished runs that a person has brought; the program itself is not run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from crossdock.docking.backends.contract import Abilities, Backend, Request, Result, Runs, text_beside
from crossdock.docking.backends.imported import Imported
from crossdock.quantity import Quantity

if TYPE_CHECKING:
    from crossdock.structures.structure import Structure


class Haddock(Backend):
    """Runs of HADDOCK3 that a person has made elsewhere."""

    name = "haddock"
    about = "finished runs of HADDOCK3, which you import (docs/engines.md)"
    version = "as imported"
    can = Abilities(models=True, flexible=True, seeds=False)
    score = Quantity(
        "score",
        "arbitrary units",
        "low",
        "HADDOCK score",
        "The weighted sum of energies by which HADDOCK3 ranked the models of its last scored module. Not an affinity.",
    )
    numbers = (
        Quantity("vdw", "kcal/mol", "low", "Van der Waals", "Intermolecular van der Waals energy, by HADDOCK3."),
        Quantity("elec", "kcal/mol", "low", "Electrostatics", "Intermolecular electrostatic energy, by HADDOCK3."),
        Quantity("desolv", "kcal/mol", "low", "Desolvation", "Desolvation energy, by HADDOCK3."),
        Quantity("air", "kcal/mol", "low", "Restraint energy", "Energy of ambiguous restraints that are not kept."),
        Quantity("bsa", "A2", "", "Buried area", "Surface that both partners bury, by HADDOCK3."),
    )
    references = text_beside(__name__, "references.bib")
    elsewhere = Imported("haddock", "run.json", "HADDOCK3 run")

    def add_commands(self, commands: Any) -> None:
        """Add `crossdock haddock`."""
        from crossdock.docking.backends.haddock.commands import add

        add(commands)

    def dock(self, receptor: Structure, ligand: Structure, request: Request) -> Result:
        """Take a pair's models from what was imported."""
        from crossdock.docking.backends.haddock.results import dock

        return dock(receptor, ligand, request)

    def methods(self, runs: Runs, cite: Callable[..., str]) -> Iterator[str]:
        """Say who docked, and by what its models are ordered."""
        yield f"by HADDOCK3 {cite('haddock3', 'haddock')}, whose finished runs were imported"
        if modules := [str(one) for one in runs.values("module")]:
            yield (
                f"The models are those of its module{'s' if len(modules) > 1 else ''} {' and '.join(modules)}, "
                "ordered by HADDOCK score, of which lower is better."
            )


BACKEND = Haddock()
