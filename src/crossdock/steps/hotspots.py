"""Where on a receptor its ligands meet it: the step `crossdock hotspots`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from crossdock.analysis.hotspots import write_hotspots
from crossdock.analysis.interface import RESIDUE_TEXT
from crossdock.analysis.records import PairRecord
from crossdock.errors import InputError
from crossdock.failure import failure_of
from crossdock.files import read_table
from crossdock.panel.panel import Panel
from crossdock.records import read_record
from crossdock.steps.ready import ready


def hotspots(panel: Panel, receptor: str, out: str | Path, *, results: str | Path = "results", top: int = 5) -> None:
    """Count how often each residue of a receptor is met, over its ligands; of a symmetric panel, over all partners.

    Parameters
    ----------
    panel : Panel
    receptor : str
        Its name.
    out : str or Path
        The folder for hotspots.csv and hotspots.pdb.
    results : str or Path
        The folder of the run.
    top : int
        Models of each ligand that count.

    Raises
    ------
    InputError
        If a file of a pair is missing, or is not what it should be.
    """
    tables: dict[str, pd.DataFrame] = {}
    moved: dict[str, dict[str, str]] = {}
    for one, other in panel.pairs_of(receptor):
        folder = Path(results, "pairs", one.name, other.name)
        if failure_of(folder / "pair.json"):
            continue
        path = folder / "residues.csv"
        partner = other.name if one.name == receptor else one.name
        if one.name != receptor:
            moved[partner] = read_record(folder / "pair.json", PairRecord, "crossdock analyse").ligand_chains
        tables[partner] = table = read_table(path, "crossdock analyse", text=RESIDUE_TEXT)
        if missing := {"side", "model", "contacts", "chain", "number"} - set(table):
            raise InputError(f"not a residues.csv: no column {', '.join(sorted(missing))}", where=str(path))
    if not tables:
        raise InputError("none of its pairs could be made", where=receptor)
    body = ready(panel.proteins_in(results) / receptor / "structure.pdb")
    write_hotspots(out, body, tables, top=top, moved=moved)
