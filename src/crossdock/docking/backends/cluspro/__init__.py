"""The ClusPro server as a backend: results that a person has brought, or jobs handed in by crossdock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crossdock.docking.backends.contract import (
    NOTHING,
    Abilities,
    Around,
    Backend,
    Elsewhere,
    Request,
    Result,
    Runs,
    rules_beside,
    text_beside,
)
from crossdock.quantity import Quantity

if TYPE_CHECKING:
    from crossdock.structures.structure import Structure


class Server(Elsewhere):
    """Jobs on the server."""

    keeps = "cluspro"
    imports = "cluspro import"

    def result(self, folder: Path, receptor: str, ligand: str) -> Path | None:
        """Give the record of a pair that a person has imported."""
        from crossdock.docking.backends.cluspro.imports import imported

        return imported(folder, receptor, ligand)

    def ready(
        self,
        waiting: Sequence[tuple[str, str]],
        total: int,
        settings: Mapping[str, Any] = MappingProxyType({}),
        options: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Look for credentials."""
        from crossdock.docking.backends.cluspro.credentials import credentials_for

        credentials_for(waiting, total)

    def problems(self, structure: Structure) -> list[str]:
        """Say why the server would not take a structure."""
        from crossdock.docking.backends.cluspro.preflight import look_over

        return look_over(structure).problems

    def work(
        self,
        waiting: Sequence[tuple[str, str]],
        structures: Mapping[str, Structure],
        settings: Mapping[str, Any],
        folder: Path,
        out: str | Path,
        around: Around = NOTHING,
    ) -> None:
        """Hand pairs in at the server's pace, and wait for them."""
        from crossdock.docking.backends.cluspro.panelwide import work

        work(waiting, structures, settings, folder, out)


class ClusPro(Backend):
    """The server at Boston University."""

    name = "cluspro"
    about = "the ClusPro server (docs/cluspro.md)"
    version = "as served"
    can = Abilities(flexible=True, seeds=False, comparable=False)
    score = Quantity("score", "PIPER weighted score (arbitrary)", "low")
    options = rules_beside(__name__)
    settings = rules_beside(__name__, "settings.yaml")
    settings_about = (
        "How crossdock talks to the ClusPro server, with `backend` cluspro. Your user "
        "name and secret do not belong here (docs/cluspro.md)."
    )
    references = text_beside(__name__, "references.bib")
    elsewhere = Server()

    def add_commands(self, commands: Any) -> None:
        """Add `crossdock cluspro`."""
        from crossdock.docking.backends.cluspro.commands import add

        add(commands)

    def dock(self, receptor: Structure, ligand: Structure, request: Request) -> Result:
        """Take a pair's poses from what the server gave."""
        from crossdock.docking.backends.cluspro.results import dock

        return dock(receptor, ligand, request)

    def methods(self, runs: Runs, cite: Callable[..., str]) -> Iterator[str]:
        """Say who docked, and by which of its sets of weights."""
        names = runs.values("name")
        chosen = f"; the coefficient set was {names[0]}" if len(names) == 1 else ""
        yield f"by the ClusPro server {cite('cluspro2013', 'cluspro2017', 'vajda')}{chosen}"


BACKEND = ClusPro()
