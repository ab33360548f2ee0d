"""Known complexes as templates: partners laid over a complex that holds a homologue of both."""

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
from crossdock.docking.backends.local import BACKEND as LOCAL
from crossdock.quantity import Quantity
from crossdock.version import __version__

if TYPE_CHECKING:
    from crossdock.structures.structure import Structure

_SIDE = "Part of the aligned residues that are the same in the {} and in its homologue in the known complex."
NUMBERS = (
    Quantity(
        "template_identity",
        "",
        "high",
        "Identity with the template",
        "The smaller identity of both partners with their homologues in the known complex, over aligned residues.",
    ),
    Quantity("receptor_identity", "", "high", "Identity of the receptor", _SIDE.format("receptor")),
    Quantity("ligand_identity", "", "high", "Identity of the ligand", _SIDE.format("ligand")),
    Quantity(
        "template_coverage",
        "",
        "high",
        "Coverage by the template",
        "The smaller part of a partner's residues that have a counterpart in the known complex.",
    ),
    Quantity(
        "template_contacts",
        "residue pairs",
        "",
        "Contacts of the template",
        "Residue pairs within 5 A in the known complex of which both residues have a counterpart in the partners.",
    ),
    Quantity("contacts_kept", "residue pairs", "high", "Contacts kept", "Contacts of the template that the model has."),
    Quantity("contacts_lost", "residue pairs", "low", "Contacts lost", "Contacts of the template that it has not."),
    Quantity(
        "moved_A",
        "A",
        "low",
        "Moved out of clashes",
        "RMSD of the ligand's atoms before and after it was moved downhill on the energy.",
    ),
    Quantity("resolution_A", "A", "low", "Resolution", "Of the known complex, as its file says."),
)


class Templates(Elsewhere):
    """Known complexes of homologues, looked for once for all pairs."""

    keeps = "templates"
    does = "looking for known complexes of homologues of all pairs"
    memory_mb, runtime_min = 4000, 240

    @property
    def computes(self) -> bool:
        """Aligning and reading complexes takes a processor."""
        return True

    def result(self, folder: Path, receptor: str, ligand: str) -> Path | None:
        """Nothing is there for good: another folder or another rule gives other templates."""
        return None

    def listed(self, table: Path, receptor: Structure, ligand: Structure) -> Path | None:
        """Give the templates of a pair; None where it has none."""
        from crossdock.docking.backends.waiting import record_in
        from crossdock.errors import DockingError

        try:
            return record_in(table, receptor, ligand)
        except DockingError:
            return None

    def ready(
        self,
        waiting: Sequence[tuple[str, str]],
        total: int,
        settings: Mapping[str, Any] = MappingProxyType({}),
        options: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Look whether the config says where complexes are."""
        from crossdock.docking.backends.template.work import check

        check(settings)

    def looked_at(self, settings: Mapping[str, Any]) -> list[Any]:
        """Give the rules, and the files of the folder with their dates."""
        from crossdock.docking.backends.template.work import looked_at

        return looked_at(settings)

    def problems(self, structure: Structure) -> list[str]:
        """Nothing is sent anywhere."""
        return []

    def work(
        self,
        waiting: Sequence[tuple[str, str]],
        structures: Mapping[str, Structure],
        settings: Mapping[str, Any],
        folder: Path,
        out: str | Path,
        around: Around = NOTHING,
    ) -> None:
        """Look for the templates of the pairs."""
        from crossdock.docking.backends.template.work import work

        work(waiting, structures, settings, folder, out, around)


class Template(Backend):
    """Models over known complexes of homologues."""

    name = "template"
    about = "partners laid over known complexes of homologues of both (docs/templates.md)"
    version = __version__
    can = Abilities(threads=True, seeds=False, sites=True)
    terms = LOCAL.terms
    numbers = NUMBERS
    settings = rules_beside(__name__, "settings.yaml")
    settings_about = (
        "Known complexes that are used as templates, with `backend` template, or beside docking with `local` "
        "(docs/templates.md)."
    )
    section = "templates"
    references = text_beside(__name__, "references.bib")
    elsewhere = Templates()

    def dock(self, receptor: Structure, ligand: Structure, request: Request) -> Result:
        """Make a model of each template of a pair."""
        from dataclasses import replace

        from crossdock.docking.backends.template.poses import dock
        from crossdock.docking.backends.waiting import record_in

        if request.result is not None and request.result.suffix == ".csv":
            request = replace(request, result=record_in(request.result, receptor, ligand))
        return dock(receptor, ligand, request)

    def methods(self, runs: Runs, cite: Callable[..., str]) -> Iterator[str]:
        """Say how templates were found and used."""
        yield (
            "by templates: both partners were laid over known complexes that hold a homologue of each in contact, "
            f"found by sequence alignment {cite('blosum62')}"
        )
        yield (
            f"Partners were superposed on CA atoms near the template's interface {cite('kabsch')} without those that "
            "had moved, and the ligand was then moved downhill on the energy of crossdock's local engine, whose terms "
            "make the score."
        )


BACKEND = Template()
