"""A finished run, read from its folder: what `crossdock.read_run` gives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import pandas as pd

from crossdock.analysis.agreement import SeveralRecord
from crossdock.analysis.interface import RESIDUE_TEXT, TEXT
from crossdock.analysis.matrix import read_ranks, read_scores
from crossdock.analysis.metrics import Metric, metrics_of
from crossdock.analysis.records import PairRecord, StatisticsRecord
from crossdock.analysis.table import read_matrix
from crossdock.docking.poses import read_poses
from crossdock.docking.record import read_docking
from crossdock.errors import InputError
from crossdock.files import read_made, read_table
from crossdock.panel.panel import Panel, counted, read_panel
from crossdock.panel.schema import did_you_mean
from crossdock.records import read_record
from crossdock.steps.agreement import runs_made
from crossdock.steps.in_memory import flat
from crossdock.structures.structure import Structure, read_structure

if TYPE_CHECKING:
    import py3Dmol


@dataclass(frozen=True)
class Run:
    """A run of the workflow. Tables are read when they are first asked for.

    Attributes
    ----------
    folder : Path
        Its results.
    panel : Panel
        What was asked for.
    """

    folder: Path
    panel: Panel

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Every number that a pair has, by name: unit, which end is better, and what it is."""
        receptor, ligand = self.panel.pairs[0]
        method = read_docking(self.place(receptor.name, ligand.name) / "docking.json").method
        numbers = [number for number in method.numbers if number.name not in method.terms]
        return metrics_of(numbers, score_unit=method.score_unit, leading=self.statistics.of)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """All numbers, a row a pair and metric, as scores.csv has them."""
        return read_scores(self.folder)

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """Ranks of the ligands of each receptor, with intervals where pairs were docked several times."""
        return read_ranks(self.folder)

    @cached_property
    def statistics(self) -> StatisticsRecord:
        """What all pairs say together: shares of variance, noise, controls."""
        return read_record(self.folder / "statistics.json", StatisticsRecord, "crossdock matrix")

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """A row a pair and a column a metric, with the names of receptor and ligand."""
        own = self.scores[self.scores["metric"] != "published"]
        wide = own.pivot(index=["receptor", "ligand"], columns="metric", values="value")
        names = [(one.name, other.name) for one, other in self.panel.pairs]
        wide = wide.reindex(pd.MultiIndex.from_tuples(names, names=["receptor", "ligand"]))
        ordered = [name for name in self.metrics if name in wide]
        return wide[ordered].reset_index().rename_axis(columns=None)

    @cached_property
    def by_backend(self) -> dict[str, Run]:
        """The run of each backend by its name, the main one's first; each is read as this one is."""
        return {panel.backend: Run(folder, panel) for panel, folder in runs_made(self.panel, self.folder)}

    @cached_property
    def agreement(self) -> SeveralRecord:
        """How far several backends agree: where their models lie, and which pairs they rank alike."""
        return read_record(self.folder / "agreement.json", SeveralRecord, "crossdock agreement")

    @cached_property
    def network(self) -> nx.Graph[str]:
        """The ligand-receptor network, as network.graphml has it."""
        path = self.folder / "network" / "network.graphml"
        found: nx.Graph[str] = read_made(path, lambda file: nx.read_graphml(file), "crossdock network")
        return found

    def matrix(self, metric: str = "specificity") -> pd.DataFrame:
        """Give a metric of all pairs: rows ligands, columns receptors; not a number where a pair was not docked.

        Of a panel without roles, rows and columns are the same proteins, with each pair on both sides of the diagonal.

        Raises
        ------
        InputError
            If there is no such metric, or its matrix cannot be read.
        """
        if metric not in self.metrics:
            raise InputError(f"there is no metric {metric!r}", hint=did_you_mean(metric, self.metrics))
        return read_made(self.folder / "matrix" / f"{metric}.csv", read_matrix, "crossdock matrix")

    def pair(self, receptor: str, ligand: str) -> PairRecord:
        """Give every number of a pair, as pair.json has them."""
        return read_record(self.place(receptor, ligand) / "pair.json", PairRecord, "crossdock analyse")

    def models(self, receptor: str, ligand: str) -> pd.DataFrame:
        """Give a row a model of a pair: number, score, cluster, contacts, buried area, predicted affinity."""
        return pd.DataFrame([flat(model) for model in self.pair(receptor, ligand).models])

    def poses(self, receptor: str, ligand: str) -> pd.DataFrame:
        """Give all poses of a pair, the best first."""
        return read_poses(self.place(receptor, ligand) / "poses.csv.gz")

    def interface(self, receptor: str, ligand: str) -> pd.DataFrame:
        """Give the residue contacts of all models of a pair."""
        return read_table(self.place(receptor, ligand) / "interface.csv", "crossdock analyse", text=TEXT)

    def residues(self, receptor: str, ligand: str) -> pd.DataFrame:
        """Give what each residue buries, in all models of a pair."""
        return read_table(self.place(receptor, ligand) / "residues.csv", "crossdock analyse", text=RESIDUE_TEXT)

    def hotspots(self, receptor: str) -> pd.DataFrame:
        """Give how often each residue of a receptor is met, over its ligands; without roles, over all partners."""
        text = ("chain", "number", "residue", "most")
        return read_table(
            self.panel.proteins_in(self.folder) / receptor / "hotspots.csv", "crossdock hotspots", text=text
        )

    def structure(self, protein: str) -> Structure:
        """Give a protein as it was docked."""
        return read_structure(self.panel.proteins_in(self.folder) / protein / "structure.pdb")

    def view(self, receptor: str, ligand: str, model: int = 0, **how: Any) -> py3Dmol.view:
        """Draw a model of a pair; `how` goes to `crossdock.view`."""
        from crossdock.report.view import view

        return view(self.place(receptor, ligand), model, **how)

    def place(self, receptor: str, ligand: str) -> Path:
        """Give the folder of a pair; of a panel without roles, in either order.

        Raises
        ------
        InputError
            If the panel has no such pair.
        """
        asked = {(one.name, other.name) for one, other in self.panel.docked}
        if self.panel.symmetric and (ligand, receptor) in asked:
            receptor, ligand = ligand, receptor
        sides = {"receptor": (receptor, self.panel.receptors), "ligand": (ligand, self.panel.ligands)}
        for role, (name, members) in sides.items():
            known = [one.name for one in (*members, *(self.panel.controls if role == "ligand" else ()))]
            if name not in known:
                raise InputError(f"there is no {role} {name!r} in this run", hint=did_you_mean(name, known))
        if (receptor, ligand) not in asked:
            hint = "`run.panel.pairs` lists the pairs that were docked"
            raise InputError(f"the pair of {receptor!r} and {ligand!r} is not in this run", hint=hint)
        return self.folder / "pairs" / receptor / ligand

    def __repr__(self) -> str:
        backends = ", ".join(one.backend for one in self.panel.runs)
        return f"<run of {counted(self.panel)}, backend {backends}, in {self.folder}>"


def read_run(results: str | Path = "results") -> Run:
    """Read a finished run.

    Parameters
    ----------
    results : str or Path
        Its folder, with panel.json.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        If it is not the folder of a run.
    """
    folder = Path(results)
    if not (folder / "panel.json").is_file():
        raise InputError("this is not the folder of a run: it has no panel.json", where=str(folder))
    made = folder / "made.json"  # 0.1.0 had none, and a run that was stopped has none yet
    return Run(folder, read_panel(made if made.is_file() else folder / "panel.json"))
