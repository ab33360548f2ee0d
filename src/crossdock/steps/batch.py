"""Several pairs docked and analysed in one process, each kept where it is made already."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from crossdock.errors import CrossdockError, DockingError
from crossdock.panel.panel import Panel
from crossdock.steps.analyse import analyse
from crossdock.steps.dock import Progress, dock
from crossdock.steps.pairs import Clusters, Docks, Judged, PairFiles
from crossdock.unexpected import UnexpectedError, as_crossdock_error

_log = logging.getLogger(__name__)


def batch(
    panel: Panel,
    receptor: str,
    ligands: Sequence[str],
    *,
    results: str | Path = "results",
    threads: int = 1,
    kept: str | Path | None = None,
    progress: Callable[[], Progress] | None = None,
) -> pd.DataFrame:
    """Dock and analyse ligands of one receptor; a pair that fails does not keep the others back.

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
    progress : callable, optional
        Gives what is called with (done, total) of a docking.

    Returns
    -------
    DataFrame
        A row a pair: receptor, ligand, seconds.

    Raises
    ------
    DockingError
        When all are through, if some failed.
    """
    rows: list[dict[str, object]] = []
    failed: dict[str, CrossdockError] = {}
    for number, ligand in enumerate(ligands, start=1):
        began = time.monotonic()
        _log.info(f"pair {number} of {len(ligands)}: {ligand} on {receptor}")
        try:
            make_pair(panel, receptor, ligand, results=results, threads=threads, kept=kept, progress=progress)
        except Exception as error:
            failed[ligand] = as_crossdock_error(error)
            _log.error(str(failed[ligand]))
        rows.append({"receptor": receptor, "ligand": ligand, "seconds": round(time.monotonic() - began, 2)})
    if failed:
        unexpected = any(isinstance(error, UnexpectedError) for error in failed.values())
        raise (UnexpectedError if unexpected else DockingError)(
            f"{len(failed)} of {len(rows)} pairs failed: {', '.join(failed)}",
            where=f"{receptor}: {next(iter(failed.values()))}",
            hint="the other pairs are finished and kept; fix these and run again",
        )
    return pd.DataFrame(rows)


def make_pair(
    panel: Panel,
    receptor: str,
    ligand: str,
    *,
    results: str | Path = "results",
    threads: int = 1,
    kept: str | Path | None = None,
    progress: Callable[[], Progress] | None = None,
) -> None:
    """Dock a pair of a run as often as its panel asks, and analyse it; what is made already stays."""
    files, folder = PairFiles.of_run(results, receptor, ligand), Path(results, "pairs", receptor, ligand)
    folders = [folder, *(folder / "replicates" / str(number) for number in range(2, panel.replicates + 1))]
    for number, place in enumerate(folders, start=1):
        callback = progress() if progress else None
        dock(files, Docks.of_panel(panel, number), place, threads=threads, resume=True, kept=kept, progress=callback)
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
