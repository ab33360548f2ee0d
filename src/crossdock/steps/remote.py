"""All pairs of a panel docked elsewhere, such as on a server: the step before the docking of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from crossdock.docking.backends import load_backend
from crossdock.docking.backends.contract import Around
from crossdock.failure import failure_of
from crossdock.files import fingerprint
from crossdock.panel.panel import Panel
from crossdock.steps.evidence import accessions_of
from crossdock.steps.jobs import docking_arguments
from crossdock.structures.record import read_protein
from crossdock.structures.structure import read_structure
from crossdock.version import __version__


def waiting(panel: Panel, resources: str | Path = "resources") -> list[tuple[str, str]]:
    """List the pairs that are to be docked elsewhere: those without a result; none where the backend docks here.

    Parameters
    ----------
    panel : Panel
    resources : str or Path
        The folder in which results from elsewhere are kept.

    Returns
    -------
    list of tuple of str
        (receptor, ligand).
    """
    if load_backend(panel.backend).elsewhere is None:
        return []
    names = [(receptor.name, ligand.name) for receptor, ligand in panel.docked]
    return [pair for pair in names if result(panel, *pair, resources) is None]


def result(panel: Panel, receptor: str, ligand: str, resources: str | Path = "resources") -> Path | None:
    """Give the record of a pair's result from elsewhere that is here for good, or None."""
    elsewhere = load_backend(panel.backend).elsewhere
    return elsewhere.result(Path(resources, elsewhere.keeps), receptor, ligand) if elsewhere else None


def table_of_all(panel: Panel) -> Path:
    """Name the table in which each docking finds what was made of its pair elsewhere.

    Where the backend computes, it is named after the options, and what else its results depend on: Snakemake looks for
    no reason of its own in jobs with an `ancient` input that is made again.
    """
    backend = load_backend(panel.backend)
    if not (backend.elsewhere and backend.elsewhere.computes):
        return Path(panel.results, "remote.csv")
    asked: dict[str, Any] = {"version": [__version__, backend.version], "options": docking_arguments(panel)}
    if (looked_at := backend.elsewhere.looked_at(panel.settings)) is not None:
        asked["looked_at"] = looked_at
    return Path(panel.results, "predicted", f"{fingerprint(asked)[:12]}.csv")


def ready(panel: Panel, pairs: Sequence[tuple[str, str]]) -> None:
    """Stop before anything starts where pairs without a result cannot be docked elsewhere."""
    elsewhere = load_backend(panel.backend).elsewhere
    if elsewhere and not elsewhere.gathers(panel.settings):
        elsewhere.ready(pairs, len(panel.docked), panel.settings, panel.docking)


def dock_remote(panel: Panel, results: str | Path, out: str | Path, *, folder: str | Path | None = None) -> bool:
    """Hand in every pair without a result, wait, and write a table by which each docking finds its own.

    Parameters
    ----------
    panel : Panel
    results : str or Path
        The folder of the run, with prepared structures.
    out : str or Path
        The table.
    folder : str or Path, optional
        Where results are kept; the backend's own under ``resources/`` without it.

    Returns
    -------
    bool
        False where the backend docks here, and nothing was done.
    """
    elsewhere = load_backend(panel.backend).elsewhere
    if elsewhere is None:
        return False
    place = Path(folder) if folder else Path("resources", elsewhere.keeps)
    names = [(receptor.name, ligand.name) for receptor, ligand in panel.docked]
    prepared = {one.name: panel.proteins_in(results) / one.name / "structure.pdb" for one in panel.proteins}
    lost = {name for name, path in prepared.items() if failure_of(path)}
    pairs = [pair for pair in names if not lost & set(pair) and elsewhere.result(place, *pair) is None]
    proteins = dict.fromkeys(name for pair in pairs for name in pair)
    structures = {name: read_structure(prepared[name]) for name in proteins}
    elsewhere.work(pairs, structures, panel.settings, place, out, _around(panel, results, place.parent, structures))
    return True


def _around(panel: Panel, results: str | Path, resources: Path, names: Collection[str]) -> Around:
    """Give what is known of proteins beside their structures."""
    accessions = {}
    for one in panel.proteins:
        record = panel.proteins_in(results) / one.name / "protein.json"
        if one.name in names and record.is_file():
            accessions[one.name] = accessions_of(read_protein(record), one.uniprot)
    sites = {site: url for site, url in panel.entries.items() if site != "offline"}
    return Around(
        accessions,
        sites,
        bool(panel.entries.get("offline")),
        options=panel.docking,
        seed=panel.seed,
        proteins={one.name: one for one in panel.proteins},
        results=panel.proteins_in(results).parent,
        entries=resources / "entries",
    )
