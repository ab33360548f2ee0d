"""Co-folded models as a backend: complexes that AlphaFold, ColabFold, Boltz, Chai and others have predicted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from crossdock.docking.backends.contract import Abilities, Backend, Request, Result, Runs
from crossdock.errors import InputError
from crossdock.quantity import Quantity

if TYPE_CHECKING:
    from crossdock.structures.structure import Structure


class Cofold(Backend):
    """Predictions that a person has made elsewhere."""

    name = "cofold"
    about = "models that AlphaFold, ColabFold, Boltz, Chai and others predicted (docs/cofold.md)"
    version = "as predicted"
    can = Abilities(models=True, flexible=True, seeds=False)
    score = Quantity(
        "confidence", "", "high", "Confidence", "By which the program that predicted it orders its models."
    )

    def add_commands(self, commands: Any) -> None:
        """Add `crossdock cofold`."""
        from crossdock.docking.backends.cofold.commands import add

        add(commands)

    def dock(self, receptor: Structure, ligand: Structure, request: Request) -> Result:
        """Take a pair's models from what was imported."""
        raise InputError("not possible yet")

    def methods(self, runs: Runs, cite: Callable[..., str]) -> Iterator[str]:
        """Say who predicted."""
        yield "by co-folding"


BACKEND = Cofold()
