"""Co-folding programs that a user has installed, as backends: `work` runs one, and its models are those of `cofold`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crossdock.docking.backends.cofold import Cofold, Predicted
from crossdock.docking.backends.contract import NOTHING, Around, Request, Result, Runs, rules_beside
from crossdock.docking.backends.fold import installed
from crossdock.docking.backends.fold.installed import Installed

if TYPE_CHECKING:
    from crossdock.structures.structure import Structure


class Folded(Predicted):
    """Predictions that a program makes here, several pairs a start.

    Parameters
    ----------
    program : Installed
    """

    gpus, memory_mb, runtime_min = 1, 64000, 720

    def __init__(self, program: Installed) -> None:
        super().__init__(program.name, "prediction.json", "prediction")
        self.program = program

    def result(self, folder: Path, receptor: str, ligand: str) -> Path | None:
        """Nothing is brought by a person; `work` finds what it has made before by what it was made of."""
        return None

    def listed(self, table: Path, receptor: Structure, ligand: Structure) -> Path | None:
        """Give what was predicted of a pair; None where the program failed."""
        from crossdock.errors import DockingError

        try:
            return super().listed(table, receptor, ligand)
        except DockingError:
            return None

    def gathers(self, settings: Mapping[str, Any]) -> bool:
        """Tell that the program has to be `ready`."""
        return False

    def ready(
        self,
        waiting: Sequence[tuple[str, str]],
        total: int,
        settings: Mapping[str, Any] = MappingProxyType({}),
        options: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Look over the options, and look for the program, unless predictions have been made before."""
        from crossdock.docking.backends.fold.program import check, find

        check(self.program, options)
        if not any(Path("resources", self.keeps).glob("*/*/*/prediction.json")):
            find(self.program, settings)

    def work(
        self,
        waiting: Sequence[tuple[str, str]],
        structures: Mapping[str, Structure],
        settings: Mapping[str, Any],
        folder: Path,
        out: str | Path,
        around: Around = NOTHING,
    ) -> None:
        """Predict the pairs that have not been predicted before with the same sequences and options."""
        from crossdock.docking.backends.fold.work import work

        work(self.program, waiting, structures, settings, folder, out, around)


class Folding(Cofold):
    """A program that predicts complexes.

    Parameters
    ----------
    title : str
        As people write it.
    program : Installed
    most_samples : int
        Models of a seed at most.
    """

    version = "as installed"
    options = rules_beside(__name__)
    settings = rules_beside(__name__, "settings.yaml")

    def __init__(self, title: str, program: Installed, most_samples: int = 100) -> None:
        self.name, self.elsewhere = program.name, Folded(program)
        self.about = f"{title}, which you install: complexes predicted from sequences (docs/cofold.md)"
        self.settings_about = f"How {title} is run, with `backend` {self.name} (docs/cofold.md)."
        self.options = {**self.options, "samples": {**self.options["samples"], "maximum": most_samples}}

    def add_commands(self, commands: Any) -> None:
        """Add none: `crossdock cofold` is there."""

    def dock(self, receptor: Structure, ligand: Structure, request: Request) -> Result:
        """Take a pair's models from what the program made."""
        from crossdock.docking.backends.fold.program import made_of

        made = super().dock(receptor, ligand, replace(request, result=made_of(self.name, receptor, ligand, request)))
        options = {name: value for name, value in request.options.items() if value not in ("", False)}
        return replace(made, record={**made.record, "parameters": {**options, **made.record["parameters"]}})

    def methods(self, runs: Runs, cite: Callable[..., str]) -> Iterator[str]:
        """Say how many models there are of a pair, and where alignments came from."""
        yield from super().methods(runs, cite)
        if (seeds := runs.span("seeds")) and (samples := runs.span("samples")):
            plural = ["" if number == "1" else "s" for number in (seeds, samples)]
            yield f"Each pair was predicted with {seeds} seed{plural[0]} and {samples} model{plural[1]} a seed."
        if any(runs.values("msa_server")):
            yield "Alignments were those of the ColabFold server."
        elif "none" in runs.values("msas"):
            yield "No alignments were used."
        if arguments := " and ".join(map(str, runs.values("arguments"))):
            yield f"Further arguments of the program were: {arguments}."


BOLTZ = Folding("Boltz-2", installed.BOLTZ)
CHAI = Folding("Chai-1", installed.CHAI)
COLABFOLD = Folding("ColabFold", installed.COLABFOLD, most_samples=5)
