"""Which proteins a background set has, who is docked with it, and what a panel's pairs are beside its: files only."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossdock.analysis.additive import Pattern
from crossdock.analysis.background import Against, Background, against
from crossdock.analysis.records import BackgroundRecord
from crossdock.docking.backends.local.search import SAMPLINGS
from crossdock.failure import failure_of
from crossdock.files import read_table
from crossdock.panel.panel import Panel
from crossdock.panel.proteins import Protein
from crossdock.structures.summary import short_time

#: The search of every pair, of the set as of the panel: numbers of another search cannot be compared with these.
SEARCH = "background"
#: CPU seconds of one such docking: the mean over the pairs of the bundled set, beside other work.
SECONDS_EACH = 2.7
#: What names of the bundled set begin with, as no protein of a panel can.
OF_SET = "bundled/"
#: Where the tables lie in the folder of a run.
FOLDER = "background"


def of_background(panel: Panel) -> list[str]:
    """Name the proteins that are docked here: those of the panel, and of a set of the user's own; none without one."""
    members = (*panel.receptors, *panel.ligands, *panel.strangers) if panel.background else ()
    return list(dict.fromkeys(one.name for one in members))


def docked_with(panel: Panel, name: str) -> list[str]:
    """Name the proteins of the panel, and of a set of the user's own, that a protein is docked with here."""
    strangers = [one.name for one in panel.strangers]
    if name in strangers:  # of two proteins of the set, the first is docked with the second
        strangers = strangers[strangers.index(name) + 1 :]
    return [*strangers, *panel.ligands_of.get(name, ())]


def work_of(panel: Panel, names: Iterable[str]) -> str:
    """Say how many short dockings proteins of a panel take, and how long."""
    of_set = 0 if panel.strangers else len(bundled()[0])
    n = sum(of_set + len(docked_with(panel, name)) for name in names)
    return f"{n} short dockings, about {short_time(n * SECONDS_EACH)} of processor time"


def bundled() -> tuple[dict[str, Path], Path]:
    """Give the structures of the set that comes with crossdock, by name, and the table of their pairs."""
    folder = Path(str(resources.files("crossdock.background")))
    names = read_table(folder / "proteins.csv", "the package", text=("name",))["name"]
    return {f"{OF_SET}{name}": folder / f"{name}.pdb.gz" for name in names}, folder / "pairs.csv"


def compared(panel: Panel, results: str | Path) -> tuple[Against, BackgroundRecord] | None:
    """Compare the pairs of a panel with its background.

    Parameters
    ----------
    panel : Panel
    results : str or Path
        The folder of the run.

    Returns
    -------
    pairs : Against
    record : BackgroundRecord
        What stands behind them. None for both where the panel has no background.
    """
    if not panel.background:
        return None
    tables = {name: Path(results, FOLDER, f"{name}.csv") for name in of_background(panel)}
    lost = {name: failure.what for name, table in tables.items() if (failure := failure_of(table))}
    numbers = read_numbers(table for name, table in tables.items() if name not in lost)
    if panel.strangers:
        found = Background.of_pairs([one.name for one in panel.strangers], numbers)
    else:
        structures, table = bundled()
        of_set = {(OF_SET + one, OF_SET + other): value for (one, other), value in read_numbers([table]).items()}
        found = Background.of_pairs(list(structures), of_set)

    def with_set(side: tuple[Protein, ...]) -> NDArray[np.float64]:
        return np.array([[numbers.get((one.name, other), np.nan) for other in found.names] for one in side])

    values = np.full((len(panel.ligands), len(panel.receptors)), np.nan)
    rows, columns = ({one.name: at for at, one in enumerate(side)} for side in (panel.ligands, panel.receptors))
    for receptor, ligand in ((one.name, other.name) for one, other in panel.pairs):
        values[rows[ligand], columns[receptor]] = numbers.get((receptor, ligand), np.nan)
        if panel.symmetric:
            values[rows[receptor], columns[ligand]] = values[rows[ligand], columns[receptor]]
    pairs = against(found, with_set(panel.receptors), with_set(panel.ligands), values, symmetric=panel.symmetric)
    tested = int(np.isfinite(pairs.p[Pattern.of(pairs.p, symmetric=panel.symmetric).once]).sum())
    rotations = SAMPLINGS[SEARCH].rotations
    own = bool(panel.strangers)
    return pairs, BackgroundRecord(len(found.names), pairs.pairs, tested, rotations, own, tuple(lost.items()))


def read_numbers(tables: Iterable[Path]) -> dict[tuple[str, str], float]:
    """Read the numbers of pairs."""
    found: dict[tuple[str, str], float] = {}
    for path in tables:
        table = read_table(path, "crossdock background", text=("protein", "partner"))
        found |= dict(zip(zip(table["protein"], table["partner"], strict=True), table["number"], strict=True))
    return found
