"""A pair in a notebook, drawn as in the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from crossdock.analysis.interface import TEXT
from crossdock.analysis.records import ModelRecord, PairRecord
from crossdock.analysis.scripts import LIGAND, RECEPTOR
from crossdock.errors import InputError
from crossdock.files import read_table
from crossdock.records import read_record
from crossdock.structures.structure import Structure, atom_records, distinct_chains, read_structure

if TYPE_CHECKING:
    import py3Dmol

#: Colour of the ligand's known position; all three are told apart by colour-blind readers too.
GHOST = "#8a949a"
BACKBONE = ["N", "C", "O"]  # CA stays, so that a side chain hangs on the ribbon


def view(pair: str | Path, model: int = 0, *, ghost: bool = True, width: int = 800, height: int = 500) -> py3Dmol.view:
    """Draw a model of a pair: ribbons, the side chains of the interface, and the known position if there is one.

    Parameters
    ----------
    pair : str or Path
        The pair's folder in the results of a run, as ``"results/pairs/RECEPTOR/LIGAND"``.
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

    record, contacts = _read_pair(Path(pair))
    chosen = _choose(record, model, Path(pair))
    proteins = Path(pair).resolve().parents[2] / "proteins"
    receptor = read_structure(proteins / record.receptor / "structure.pdb")
    ligand = read_structure(proteins / record.ligand / "structure.pdb")
    # The table of contacts has the chain letters of the model files.
    ligand = ligand.with_chains(distinct_chains(receptor.chains, ligand.chains))
    drawn = py3Dmol.view(width=width, height=height)
    rows = contacts[contacts["model"] == chosen.model]
    for index, (side, body, color) in enumerate(
        (("receptor", receptor, RECEPTOR), ("ligand", _moved(ligand, chosen), LIGAND))
    ):
        _add(drawn, body)
        drawn.setStyle({"model": index}, {"cartoon": {"color": color, "thickness": 0.4}})
        drawn.setStyle({"model": index, "hetflag": True}, {"stick": {"radius": 0.2}, "sphere": {"scale": 0.3}})
        sticks = {"stick": {"radius": 0.18, "colorscheme": {"prop": "elem", "map": _elements(color)}}}
        for selection in _residues(rows, side):
            drawn.addStyle({"model": index, **selection, "not": {"atom": BACKBONE}}, sticks)
    if record.known and ghost:
        _add(drawn, ligand)
        drawn.setStyle({"model": 2}, {"cartoon": {"color": GHOST, "opacity": 0.75, "thickness": 0.4}})
    drawn.zoomTo()
    return drawn


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


def _choose(record: PairRecord, model: int, folder: Path) -> ModelRecord:
    """Find a model by its number."""
    numbers = [one.model for one in record.models]
    if model not in numbers:
        raise InputError(
            f"expected a model from 0 to {max(numbers)}, got {model}" if numbers else "this pair has no model",
            where=str(folder / "pair.json"),
        )
    return record.models[numbers.index(model)]


def _moved(ligand: Structure, model: ModelRecord) -> Structure:
    """Place the ligand as the model has it: x' = R(q) x + t."""
    rotation = Rotation.from_quat(np.roll(model.quaternion, -1))  # scipy has the scalar last
    return ligand.with_coord(rotation.apply(ligand.coord) + np.asarray(model.translation_A))


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
