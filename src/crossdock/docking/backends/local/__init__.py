"""The local engine as a backend: `search` runs it; the engine itself is `crossdock.docking.engine`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from crossdock.version import __version__

if TYPE_CHECKING:
    from crossdock.docking.backends.local.search import Options
    from crossdock.structures.shape import Size
    from crossdock.structures.structure import Structure


class Local(Backend):
    """The engine in this package."""

    name = "local"
    about = "the engine in this package: FFT search on processors or a graphics card, then refinement"
    version = __version__
    can = Abilities(threads=True, split=True, sites=True, templates=True, conformers=True)
    terms = tuple(
        Quantity(name, "arbitrary units", "low", help=text)
        for name, text in {
            "repulsion": "Soft repulsion of atoms that overlap.",
            "attraction": "Attraction of atoms that touch.",
            "electrostatics": "Screened charges.",
            "contact": "Contact potential of 18 atom types.",
            "residue": "Potential of residue pairs, of 20 amino acids.",
        }.items()
    )
    options = rules_beside(__name__)
    references = text_beside(__name__, "references.bib")
    quick: Mapping[str, Any] = {"sampling": "fast", "rotations": 60}

    def dock(self, receptor: Structure, ligand: Structure, request: Request) -> Result:
        """Dock a ligand to a receptor."""
        from crossdock.docking.backends.local.search import dock

        return dock(receptor, ligand, self._asked(request))

    def scan(self, receptor: Structure, ligand: Structure, request: Request, part: int, parts: int) -> Any:
        """Search a part of the orientations."""
        from crossdock.docking.backends.local.search import scan_part

        return vars(scan_part(receptor, ligand, self._asked(request), part, parts))

    def join(self, scans: Sequence[Mapping[str, Any]]) -> Any:
        """Put parts of a search together: the same, byte for byte, as the search of all orientations at once."""
        import numpy as np

        from crossdock.docking.engine.correlation import Scan

        return Scan(**{name: np.concatenate([scan[name] for scan in scans]) for name in scans[0]})

    def needs(self, receptor: Size, ligand: Size, options: Mapping[str, Any]) -> Needs:
        """Estimate time and memory; a graphics card's time is not known."""
        from crossdock.docking.backends.local.search import Options, estimate_memory, estimate_seconds

        asked = Options(**options)
        return Needs(estimate_seconds(receptor, ligand, asked), estimate_memory(receptor, ligand, asked))

    def on_card(self, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """Search on the card."""
        return {**options, "device": "cuda"}

    def on_processors(self, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """Search on the processors."""
        return {**options, "device": "cpu"}

    def gpus(self, options: Mapping[str, Any]) -> int:
        """Tell whether a graphics card is asked for."""
        return int(options.get("device") == "cuda")

    def methods(self, runs: Runs, cite: Callable[..., str]) -> Iterator[str]:
        """Say how poses are searched and scored."""
        from crossdock.docking.backends.local.methods import sentences

        return sentences(runs, cite)

    def _asked(self, request: Request) -> Options:
        from crossdock.docking.backends.local.search import Options

        return Options(
            **request.options,
            seed=request.seed,
            threads=request.threads,
            receptor_site=request.receptor_site,
            ligand_site=request.ligand_site,
            scan=request.scan,
            progress=request.progress,
            templates=request.templates,
            first=request.first,
        )


BACKEND = Local()
