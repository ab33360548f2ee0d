"""Models that a person has brought: for a backend of which nothing is computed here."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crossdock.docking.backends.contract import NOTHING, Around, Elsewhere
from crossdock.errors import InputError

if TYPE_CHECKING:
    from crossdock.structures.structure import Structure

_log = logging.getLogger(__name__)


def no_result(what: str, given: Path | None, run: str, record: str) -> InputError:
    """Say that a pair has no result from elsewhere, and how to get one.

    Parameters
    ----------
    what : str
    given : Path or None
        What the docking was given: the table of a workflow, in which the pair has no record, or nothing.
    run : str
        Ends the sentence "run ...".
    record : str
        Name of a pair's record, which `crossdock dock` takes; a workflow finds it by itself.
    """
    own = "" if given else f", or give the pair's {record} with --result"
    return InputError(what, hint=f"{run}{own}")


class Imported(Elsewhere):
    """Results that `crossdock NAME import` has put into ``resources/NAME``, a folder for each pair.

    Parameters
    ----------
    keeps : str
        Name of the backend, and of the folder.
    record : str
        Name of a pair's record in its folder.
    thing : str
        What a pair has, such as "prediction".
    """

    #: What else may be done where no pair has a result: the end of a sentence.
    more = ""

    def __init__(self, keeps: str, record: str, thing: str) -> None:
        self.keeps, self.record, self.thing = keeps, record, thing
        self.imports = f"{keeps} import"

    def result(self, folder: Path, receptor: str, ligand: str) -> Path | None:
        """Give the record of a pair that was imported."""
        path = Path(folder, receptor, ligand, self.record)
        return path if path.is_file() else None

    def ready(
        self,
        waiting: Sequence[tuple[str, str]],
        total: int,
        settings: Mapping[str, Any] = MappingProxyType({}),
        options: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Stop where no pair has a result; pairs without one are left out of the report, which says so."""
        if len(waiting) == total:
            raise InputError(
                f"no pair of the panel has a {self.thing}",
                where=f"resources/{self.keeps}",
                hint=f"run `crossdock {self.keeps} import FOLDER` with the folder of your {self.thing}s{self.more}",
            )
        self.warn(waiting, total)

    def warn(self, left: Sequence[tuple[str, str]], total: int) -> None:
        """Name the pairs without a result."""
        some = "; ".join(", ".join(pair) for pair in left[:5]) + (" ..." if len(left) > 5 else "")
        _log.warning("%d of %d pairs have no %s and are left out: %s", len(left), total, self.thing, some)

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
        """List the pairs without a result."""
        from crossdock.files import write_text

        write_text(out, "".join(f"{receptor},{ligand}\n" for receptor, ligand in [("receptor", "ligand"), *waiting]))
