"""Several pairs docked and analysed in one process, each kept where it is made already."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from crossdock.failure import attempt, failure_of, tries_of
from crossdock.files import write_json
from crossdock.panel.panel import Panel
from crossdock.steps.analyse import analyse
from crossdock.steps.dock import Progress, dock
from crossdock.steps.pairs import Clusters, Docks, Judged, PairFiles
from crossdock.steps.refine import FOLDER, RECORD, Refinement, refine
from crossdock.steps.steering import guide_of

_log = logging.getLogger(__name__)


def batch(
    panel: Panel,
    receptor: str,
    ligands: Sequence[str],
    *,
    results: str | Path = "results",
    threads: int = 1,
    kept: str | Path | None = None,
    record: str | Path | None = None,
    guides: Path | None = None,
    templates: Path | None = None,
    unrefined: Sequence[str] = (),
    progress: Callable[[], Progress] | None = None,
) -> pd.DataFrame:
    """Dock and analyse ligands of one receptor; a pair that fails leaves the reason in its pair.json.

    Parameters
    ----------
    panel : Panel
    receptor : str
    ligands : sequence of str
    results : str or Path
        The folder of the run.
    threads : int
        Of each docking.
    kept : str or Path, optional
        Folder of dockings that several panels share, as for `dock`.
    record : str or Path, optional
        A file that counts how often a pair of the batch failed, so that the next run tries again.
    guides : Path, optional
        Table of further models that steer dockings (`steering.guide_of`).
    templates : Path, optional
        Table of known complexes of homologues (`templates.table_of`).
    unrefined : sequence of str
        Ligands whose models are not refined where the panel asks for that: its controls.
    progress : callable, optional
        Gives what is called with (done, total) of a docking.

    Returns
    -------
    DataFrame
        A row a pair: receptor, ligand, seconds, and why it failed where it did.
    """
    rows: list[dict[str, object]] = []
    own = 0
    for number, ligand in enumerate(ligands, start=1):
        began = time.monotonic()
        _log.info(f"pair {number} of {len(ligands)}: {ligand} on {receptor}")
        files = PairFiles.of_proteins(panel.proteins_in(results), receptor, ligand)
        before = failure_of(files.receptor) or failure_of(files.ligand)
        make = partial(
            make_pair,
            panel,
            receptor,
            ligand,
            results=results,
            threads=threads,
            kept=kept,
            guides=guides,
            templates=templates,
            refined=ligand not in unrefined,
        )
        failure = attempt(
            lambda make=make: make(progress=progress),  # type: ignore[misc]
            [Path(results, "pairs", receptor, ligand, "pair.json")],
            inputs=[files.receptor, files.ligand],
        )
        own += bool(failure and not before)
        seconds = round(time.monotonic() - began, 2)
        why = failure.what if failure else ""
        rows.append({"receptor": receptor, "ligand": ligand, "seconds": seconds, "failed": why})
    if own and record:
        write_json(record, {"tries": tries_of(record) + 1})
    return pd.DataFrame(rows)


def make_pair(
    panel: Panel,
    receptor: str,
    ligand: str,
    *,
    results: str | Path = "results",
    threads: int = 1,
    kept: str | Path | None = None,
    guides: Path | None = None,
    templates: Path | None = None,
    refined: bool = True,
    progress: Callable[[], Progress] | None = None,
) -> None:
    """Dock a pair of a run as often as its panel asks, analyse and refine it; what is made already stays."""
    files, folder = (
        PairFiles.of_proteins(panel.proteins_in(results), receptor, ligand),
        Path(results, "pairs", receptor, ligand),
    )
    folders = [folder, *(folder / "replicates" / str(number) for number in range(2, panel.replicates + 1))]
    guide = guide_of(panel, receptor, ligand, guides)
    for number, place in enumerate(folders, start=1):
        how = Docks.of_panel(panel, number, guide=guide, templates=templates)
        callback = progress() if progress else None
        dock(files, how, place, threads=threads, resume=True, kept=kept, progress=callback)
    analyse(
        files,
        Judged.of_panel(panel, receptor, ligand),
        folder,
        Clusters(**panel.clustering),
        docking=folder / "docking.json",
        poses=folder / "poses.csv.gz",
        replicates=[place / "poses.csv.gz" for place in folders[1:]],
        resume=True,
    )
    if panel.refine and refined:
        # A pair whose models cannot be refined stays in the panel.
        attempt(
            lambda: refine(folder, Refinement.of_panel(panel), structures=(files.receptor, files.ligand), resume=True),
            [folder / FOLDER / RECORD],
        )
