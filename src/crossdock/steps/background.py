"""What a protein has with a fixed set of others, and with its partners by the same search: `crossdock background`."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from crossdock.analysis.background import TEMPERATURE, number_of
from crossdock.docking.backends.contract import FREE, Site
from crossdock.docking.backends.local.search import SAMPLINGS, Options, dock
from crossdock.docking.poses import need_poses
from crossdock.errors import DockingError, FileError
from crossdock.failure import failure_of
from crossdock.files import fingerprint, read_json, write_json, write_table
from crossdock.panel.panel import Panel
from crossdock.steps.background_set import SEARCH, bundled, docked_with
from crossdock.steps.dock import site_of
from crossdock.steps.ready import ready
from crossdock.structures.record import read_protein
from crossdock.structures.structure import Structure, parse_structure

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Side:
    """A protein as it is docked here.

    Attributes
    ----------
    name : str
    path : Path
        Its structure, as `crossdock prepare` writes it, or that packed by gzip.
    record : Path, optional
        Its protein.json. What it closes to docking is closed here too; what it attracts does not attract here.
    """

    name: str
    path: Path
    record: Path | None = None

    @classmethod
    def prepared(cls, protein: str, folder: Path) -> Side:
        """Give a protein of a run, from its folder of proteins."""
        return cls(protein, folder / protein / "structure.pdb", folder / protein / "protein.json")

    @property
    def docked(self) -> tuple[Structure, Site]:
        """The structure, and where it may be met."""
        if self.path.suffix == ".gz":
            lines = gzip.decompress(self.path.read_bytes()).decode().splitlines()
            return parse_structure(lines, where=str(self.path)), FREE
        body = ready(self.path)
        return body, Site(site_of(body, read_protein(self.record)).closed) if self.record else FREE

    @cached_property
    def made_of(self) -> str:
        """What a docking of it depends on."""
        closed = read_protein(self.record).closed if self.record else ()
        return fingerprint({"closed": closed}, self.path)


def background(
    panel: Panel,
    name: str,
    out: str | Path,
    *,
    results: str | Path = "results",
    kept: str | Path | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Dock a protein of a panel with the background set and with its own partners, and write a number a pair.

    Parameters
    ----------
    panel : Panel
        With a background.
    name : str
        Of the protein: of a receptor, a ligand, or one of a set of the user's own.
    out : str or Path
        Table to write: protein, partner, number.
    results : str or Path
        The folder of the run, with its prepared proteins.
    kept : str or Path, optional
        Folder in which the number of each pair is kept, for other panels and for the next run.
    threads : int
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    DataFrame
    """
    folder = panel.proteins_in(results)
    protein = Side.prepared(name, folder)
    own = [Side.prepared(one, folder) for one in docked_with(panel, name)]
    of_set = [] if panel.strangers or not panel.background else [Side(*one) for one in bundled()[0].items()]
    partners = [*of_set, *(one for one in own if not failure_of(one.path))]
    rows, lost = [], None
    for number, partner in enumerate(partners, start=1):
        try:
            found = number_of_pair(protein, partner, Path(kept) if kept else None, threads=threads)
            rows.append((name, partner.name, found))
        except DockingError as error:  # the others still tell what the protein adds to its numbers
            lost = error
            _log.warning("%s is left out of the background of %s: %s", partner.name, name, error.what)
        if progress:
            progress(number, len(partners))
    if lost and not rows:
        raise lost
    table = pd.DataFrame(rows, columns=["protein", "partner", "number"])
    write_table(out, table)
    return table


def kept_at(protein: Side, partner: Side, kept: Path) -> Path:
    """Name the file in which the number of a pair is kept."""
    of = [protein.made_of, partner.made_of]
    key = fingerprint({"search": vars(SAMPLINGS[SEARCH]), "temperature": TEMPERATURE, "of": of})
    return kept / key[:2] / f"{key}.json"


def number_of_pair(protein: Side, partner: Side, kept: Path | None = None, *, threads: int = 1) -> float:
    """Give the number of a pair, one that is kept in a folder if it was docked before."""
    file = kept_at(protein, partner, kept) if kept else None
    if file:
        with suppress(OSError, ValueError, KeyError, TypeError):  # not there, or damaged
            return float(read_json(file)["number"])
    (one, site), (other, its_site) = protein.docked, partner.docked
    docking = dock(one, other, Options(SEARCH, threads=threads, receptor_site=site, ligand_site=its_site))
    poses = docking.poses if docking.poses is not None else pd.DataFrame()
    need_poses(poses, where=f"{protein.name}, {partner.name}")
    found = round(number_of(poses["score"].to_numpy()), 4)
    if file:
        try:
            write_json(file, {"protein": protein.name, "partner": partner.name, "number": found})
        except FileError as error:
            _log.warning("%s: not kept for other panels: %s", file, error.what)
    return found
