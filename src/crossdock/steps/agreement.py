"""What the backends of a panel say beside each other: the step `crossdock agreement`."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pandas as pd

from crossdock.analysis.agreement import COLUMNS, Contact, Placed, SeveralRecord, best_of, mean_ranks, two, where
from crossdock.analysis.interface import TEXT
from crossdock.analysis.matrix import read_ranks
from crossdock.analysis.records import PairRecord
from crossdock.docking.record import read_docking
from crossdock.errors import InputError
from crossdock.files import read_made, read_table, write_table
from crossdock.panel.panel import Panel, read_panel
from crossdock.progress import track
from crossdock.records import read_record, write_record
from crossdock.steps.matrix import read_leading
from crossdock.structures.structure import Structure, read_structure


def runs_made(panel: Panel, results: str | Path) -> list[tuple[Panel, Path]]:
    """Give each backend's panel without what failed, and the folder of its run, the main one first.

    Parameters
    ----------
    panel : Panel
        made.json of the run.
    results : str or Path
        The folder of the run, wherever it lies now.
    """
    first, *others = panel.runs
    below = [Path(results, Path(one.results).relative_to(panel.results)) for one in others]
    return [(first, Path(results)), *((read_panel(folder / "made.json"), folder) for folder in below)]


def agreement(panel: Panel, results: str | Path = "results") -> SeveralRecord:
    """Compare the backends of a run, two by two, and write agreement.csv and agreement.json.

    Parameters
    ----------
    panel : Panel
        made.json of the run.
    results : str or Path
        The folder of the run.

    Returns
    -------
    SeveralRecord

    Raises
    ------
    InputError
        If the run has one backend, or a file of it is missing or broken.
    """
    if not panel.further:
        hint = "list several under `backends:` in the config"
        raise InputError("there is nothing to compare: the run has one backend", where=str(results), hint=hint)
    runs = runs_made(panel, results)
    proteins = {
        one.name: read_structure(panel.proteins_in(results) / one.name / "structure.pdb")
        for one in (*panel.receptors, *panel.ligands)
    }
    ranks = {run.backend: read_ranks(folder) for run, folder in runs}
    leading = {run.backend: read_leading(folder) for run, folder in runs}
    tables, records = [], []
    for (ours, here), (theirs, there) in combinations(runs, 2):
        names = ours.backend, theirs.backend
        both = {(one.name, other.name) for one, other in theirs.pairs}
        pairs = [pair for one, other in ours.pairs if (pair := (one.name, other.name)) in both]
        found = []
        for receptor, ligand in track(pairs, "pairs compared"):
            one, other = (_placed(folder / "pairs" / receptor / ligand) for folder in (here, there))
            table = where(one, other, (proteins[receptor], proteins[ligand]))
            found.append(
                best_of((receptor, ligand), table, steered=_steered((ours, here), (theirs, there), receptor, ligand))
            )
            tables.append(
                table.assign(receptor=receptor, ligand=ligand, backend=names[0], other_backend=names[1])[list(COLUMNS)]
            )
        numbers, values = zip(*(leading[name] for name in names), strict=True)
        of = " and ".join(dict.fromkeys(number.in_text for number in numbers))
        of_both = (values[0], values[1]), (ranks[names[0]], ranks[names[1]])
        records.append(two(names, *of_both, found, symmetric=panel.symmetric, of=of))
    whole = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))
    write_table(Path(results, "agreement.csv"), whole)
    record = SeveralRecord(tuple(ranks), tuple(records), tuple(mean_ranks(ranks)))
    write_record(Path(results, "agreement.json"), record)
    return record


def _steered(one: tuple[Panel, Path], other: tuple[Panel, Path], receptor: str, ligand: str) -> bool:
    """Tell whether one backend docked a pair towards the models of the other."""
    for (_, folder), (by, _) in ((one, other), (other, one)):
        record = read_docking(folder / "pairs" / receptor / ligand / "docking.json")
        if record.steered and record.steered.backend == by.backend:
            return True
    return False


def _placed(folder: Path) -> Placed:
    """Read the models of a pair, the ligand under its prepared letters."""
    pair = read_record(folder / "pair.json", PairRecord, "crossdock analyse")
    before = {new: old for old, new in pair.ligand_chains.items()}
    table = read_table(folder / "interface.csv", "crossdock analyse", text=TEXT)
    letters = table["ligand_chain"].replace(before)
    met: dict[int, set[Contact]] = {}
    columns = (table["model"], table["receptor_chain"], table["receptor_number"], letters, table["ligand_number"])
    for model, *contact in zip(*columns, strict=True):
        met.setdefault(int(model), set()).add((contact[0], contact[1], contact[2], contact[3]))
    numbers = tuple(model.model for model in pair.models)
    bodies = tuple(_parted(folder / "models" / f"model_{number:02d}.pdb", before) for number in numbers)
    return Placed(numbers, bodies, tuple(frozenset(met.get(number, ())) for number in numbers))


def _parted(path: Path, before: dict[str, str]) -> tuple[Structure, Structure]:
    """Read the two partners of a model, without what is no amino acid."""
    body = read_made(path, read_structure, "crossdock analyse")
    body = body[~body.hetero]
    ligand = pd.Series(body.chain).isin(list(before)).to_numpy()
    return body[~ligand], body[ligand].with_chains(before)
