"""Co-folded models as a backend: complexes that AlphaFold, ColabFold, Boltz, Chai and others have predicted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossdock.docking.backends.cofold.quantities import ABSENT, NUMBERS, ONE_SCALE
from crossdock.docking.backends.contract import (
    NOTHING,
    Abilities,
    Around,
    Backend,
    Request,
    Result,
    Runs,
    rules_beside,
    text_beside,
)
from crossdock.docking.backends.imported import Imported
from crossdock.quantity import Quantity

if TYPE_CHECKING:
    from crossdock.structures.structure import Structure

_log = logging.getLogger(__name__)
#: What the methods paragraph cites of each program.
_CITED = {
    "AlphaFold-Multimer": ("alphafold_multimer",),
    "AlphaPulldown": ("alphapulldown", "alphafold_multimer"),
    "ColabFold": ("colabfold", "alphafold_multimer"),
    "AlphaFold 3": ("alphafold3",),
    "AlphaFold Server": ("alphafold3",),
    "Boltz": ("boltz1", "boltz2"),
    "Chai-1": ("chai1",),
    "Protenix": ("protenix",),
    "OpenFold 3": ("openfold3",),
    "AlphaFold DB": ("alphafold_db",),
}


class Predicted(Imported):
    """Predictions that a person has brought, or that AlphaFold DB has: nothing is predicted here."""

    more = ", or set `cofold: {alphafold_db: true}` to look in AlphaFold DB"

    def gathers(self, settings: Mapping[str, Any]) -> bool:
        """Tell whether AlphaFold DB is to be asked."""
        return bool(settings.get("alphafold_db"))

    def listed(self, table: Path, receptor: Structure, ligand: Structure) -> Path | None:
        """Give the complex that AlphaFold DB has of a pair."""
        from crossdock.docking.backends.waiting import record_in

        return record_in(table, receptor, ligand)

    def work(
        self,
        waiting: Sequence[tuple[str, str]],
        structures: Mapping[str, Structure],
        settings: Mapping[str, Any],
        folder: Path,
        out: str | Path,
        around: Around = NOTHING,
    ) -> None:
        """List the pairs without an import, with the complexes that AlphaFold DB has of them."""
        from crossdock.docking.backends.cofold.database import FOLDER, gather
        from crossdock.docking.backends.waiting import write_rows

        found = {}
        if self.gathers(settings) and waiting:
            found = gather(waiting, structures, around, folder.parent / FOLDER)
            _log.info("AlphaFold DB has a complex of %d of %d pairs", len(found), len(waiting))
            if left := [pair for pair in waiting if pair not in found]:
                self.warn(left, len(waiting))
        write_rows(out, waiting, structures, found)


class Cofold(Backend):
    """Predictions that a person has made elsewhere."""

    name = "cofold"
    about = "complexes that AlphaFold, ColabFold, Boltz, Chai and others predicted (docs/cofold.md)"
    version = "as predicted"
    can = Abilities(models=True, flexible=True, seeds=False)
    score = Quantity("confidence", "", "high", "Confidence", "What the program that predicted it orders its models by.")
    numbers = NUMBERS
    settings = rules_beside(__name__, "settings.yaml")
    settings_about = (
        "What you have agreed to, and where predictions are looked for, with `backend` cofold (docs/cofold.md)."
    )
    references = text_beside(__name__, "references.bib")
    # The best published rates (docs/cofold.md); without a PAE what the program says of the pair, or of its model.
    leading = ("lis_mean", "iptm_mean", "confidence")
    # Not what the program ranks by: that is on a scale of its own.
    confidence = ("iptm", "iptm_pae")
    absent = ABSENT
    one_scale = ONE_SCALE
    elsewhere = Predicted("cofold", "prediction.json", "prediction")

    def add_commands(self, commands: Any) -> None:
        """Add `crossdock cofold`."""
        from crossdock.docking.backends.cofold.commands import add

        add(commands)

    def dock(self, receptor: Structure, ligand: Structure, request: Request) -> Result:
        """Take a pair's models from what was imported."""
        from crossdock.docking.backends.cofold.results import dock

        return dock(receptor, ligand, request)

    def methods(self, runs: Runs, cite: Callable[..., str]) -> Iterator[str]:
        """Say which programs predicted, and what was computed of it."""
        programs = [str(one) for one in runs.values("program")]
        named = [f"{one} {cite(*_CITED[one])}" if one in _CITED else one for one in programs]
        listed = " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]])) or "other programs"
        yield f"by co-folding: their complexes were predicted with {listed}"
        if limited := [one for one in programs if one in ("AlphaFold 3", "AlphaFold Server")]:
            yield f"Outputs of {' and '.join(limited)} are under terms of use that exclude commercial use."
        yield (
            f"Interfaces were scored by ipSAE {cite('ipsae')}, LIS {cite('lis')}, pDockQ {cite('pdockq')} and pDockQ2 "
            f"{cite('pdockq2')}, computed from the predicted errors, with a PAE cutoff of "
            f"{runs.span('ipsae_cutoff_A') or '10'} angstrom for ipSAE."
        )


BACKEND = Cofold()
