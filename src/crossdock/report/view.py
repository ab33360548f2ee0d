"""A pair in a notebook, drawn as in the report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from crossdock.analysis.interface import TEXT
from crossdock.analysis.pair import Analysis
from crossdock.analysis.records import ModelRecord, PairRecord
from crossdock.analysis.scripts import LIGAND, RECEPTOR
from crossdock.docking.bodies import Body, read_bodies
from crossdock.errors import InputError
from crossdock.files import read_table
from crossdock.geometry.rotations import matrix
from crossdock.records import read_record
from crossdock.structures.structure import Structure, atom_records, distinct_chains, read_conformers, read_structure

if TYPE_CHECKING:
    import py3Dmol

#: Colour of the ligand's known position; all three are told apart by colour-blind readers too.
GHOST = "#8a949a"
BACKBONE = ["N", "C", "O"]  # CA stays, so that a side chain hangs on the ribbon


class Analysed(Protocol):
    """What has an analysis, as a docking has."""

    @property
    def analysis(self) -> Analysis:
        """Contacts, areas and affinities of its models."""


def view(
    pair: str | Path | Analysis | Analysed, model: int = 0, *, ghost: bool = True, width: int = 800, height: int = 500
) -> py3Dmol.view:
    """Draw a model of a pair: ribbons, the side chains of the interface, and the known position if there is one.

    Parameters
    ----------
    pair : str, Path, Docking or Analysis
        The pair's folder in the results of a run, as ``"results/pairs/RECEPTOR/LIGAND"``, or what `crossdock.dock`
        gives.
    model : int
        Number of the model, from 0.
    ghost : bool
        Whether the ligand's known position is drawn, for a pair whose complex is known.
    width, height : int
        Of the view, in pixels.

    Returns
    -------
    py3Dmol.view
        Shown by a notebook as it is; its methods change it further.

    Raises
    ------
    InputError
        If the folder is not that of a pair, or has no such model.
    """
    import py3Dmol  # a notebook's library; the rest of crossdock does without

    if isinstance(pair, str | Path):
        scene = _of_folder(Path(pair), model)
    else:
        scene = _of_analysis(pair if isinstance(pair, Analysis) else pair.analysis, model)
    drawn = py3Dmol.view(width=width, height=height)
    sides = (("receptor", scene.body.receptor, RECEPTOR), ("ligand", scene.body.ligand, LIGAND))
    for index, (side, body, color) in enumerate(sides):
        _add(drawn, body)
        drawn.setStyle({"model": index}, {"cartoon": {"color": color, "thickness": 0.4}})
        drawn.setStyle({"model": index, "hetflag": True}, {"stick": {"radius": 0.2}, "sphere": {"scale": 0.3}})
        sticks = {"stick": {"radius": 0.18, "colorscheme": {"prop": "elem", "map": _elements(color)}}}
        for selection in _residues(scene.contacts, side):
            drawn.addStyle({"model": index, **selection, "not": {"atom": BACKBONE}}, sticks)
    if scene.known is not None and ghost:
        _add(drawn, scene.known)
        drawn.setStyle({"model": 2}, {"cartoon": {"color": GHOST, "opacity": 0.75, "thickness": 0.4}})
    drawn.zoomTo()
    return drawn


@dataclass(frozen=True)
class _Scene:
    """What is drawn: both partners, the rows of interface.csv between them, and the ligand's known position."""

    body: Body
    contacts: pd.DataFrame
    known: Structure | None


def _of_folder(folder: Path, model: int) -> _Scene:
    """Read what is drawn of a pair of a run."""
    record, contacts = _read_pair(folder)
    chosen = _choose(record, model, str(folder / "pair.json"))
    # A further backend's run lies in the main one's, which has the proteins.
    above = [one / "proteins" for one in folder.resolve().parents[2:5]]
    proteins = next((one for one in above if one.is_dir()), above[0])
    receptor = read_structure(proteins / record.receptor / "structure.pdb")
    ligand = read_structure(proteins / record.ligand / "structure.pdb")
    bodies = folder / "bodies.pdb.gz"
    body = Body(receptor, ligand.moved(matrix(np.array(chosen.quaternion)), np.asarray(chosen.translation_A)))
    if chosen.receptor_conformer and chosen.ligand_conformer:
        both = (proteins / name / "structure.pdb" for name in (record.receptor, record.ligand))
        shapes = [read_conformers(path) for path in both]
        moving = shapes[1][chosen.ligand_conformer - 1]
        moved = moving.moved(matrix(np.array(chosen.quaternion)), np.asarray(chosen.translation_A))
        body = Body(shapes[0][chosen.receptor_conformer - 1], moved)
    elif bodies.is_file():
        body = read_bodies(bodies, receptor, ligand)[chosen.pose - 1]
    # The table of contacts has the chain letters of the model files.
    letters = distinct_chains(receptor.chains, ligand.chains)
    body = replace(body, ligand=body.ligand.with_chains(letters))
    return _Scene(body, contacts[contacts["model"] == chosen.model], ligand if record.known else None)


def _of_analysis(pair: Analysis, model: int) -> _Scene:
    """Take what is drawn of a pair that is at hand."""
    number = pair.record.models.index(_choose(pair.record, model, None))
    return _Scene(pair.bodies[number], pair.contacts[number], None)


def _read_pair(folder: Path) -> tuple[PairRecord, pd.DataFrame]:
    """Read pair.json and the contacts of a pair's folder."""
    for name in ("pair.json", "interface.csv"):
        if not (folder / name).is_file():
            raise InputError(
                "this is not the folder of a docked pair: a file is missing",
                where=str(folder / name),
                hint="give it as results/pairs/RECEPTOR/LIGAND, after the run has made it",
            )
    step = "crossdock analyse"
    contacts = read_table(folder / "interface.csv", step, text=TEXT)
    return read_record(folder / "pair.json", PairRecord, step), contacts


def _choose(record: PairRecord, model: int, where: str | None) -> ModelRecord:
    """Find a model by its number."""
    numbers = [one.model for one in record.models]
    if model not in numbers:
        what = f"expected a model from 0 to {max(numbers)}, got {model}" if numbers else "this pair has no model"
        raise InputError(what, where=where)
    return record.models[numbers.index(model)]


def _add(drawn: py3Dmol.view, body: Structure) -> None:
    drawn.addModel("\n".join([*atom_records(body), "END", ""]), "pdb")


def _residues(rows: pd.DataFrame, side: str) -> list[dict[str, Any]]:
    """Select one side's residues; residues with an insertion code one by one, the rest chain by chain."""
    pairs = sorted(set(zip(rows[f"{side}_chain"], rows[f"{side}_number"], strict=True)))
    plain: dict[str, list[int]] = {}
    selections: list[dict[str, Any]] = []
    for chain, number in pairs:
        if number[-1].isalpha():
            selections.append({"chain": chain, "resi": int(number[:-1]), "icode": number[-1]})
        else:
            plain.setdefault(chain, []).append(int(number))
    return selections + [{"chain": chain, "resi": numbers} for chain, numbers in plain.items()]


def _elements(carbon: str) -> dict[str, str]:
    return {"C": carbon, "N": "#3b5bdb", "O": "#d6336c", "S": "#c2a000"}
