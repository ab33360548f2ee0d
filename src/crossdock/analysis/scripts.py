"""A pair's models for the programs that people use: scripts for PyMOL and ChimeraX, and the complex as mmCIF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crossdock.analysis.drawing import KIND_STYLE
from crossdock.analysis.interface import plain_rows
from crossdock.files import write_text
from crossdock.structures.structure import Structure

#: Colours of receptor and ligand, as in the report.
RECEPTOR, LIGAND = "#0072b2", "#d97a00"
#: Contacts that are drawn as dashes between their two atoms, and the name of the object.
DRAWN = {"salt bridge": "salt_bridges", "hydrogen bond": "hydrogen_bonds", "disulfide": "disulfides"}


def pymol_script(
    names: Sequence[str], chains: tuple[Sequence[str], Sequence[str]], contacts: Sequence[pd.DataFrame]
) -> str:
    """Write a script for PyMOL.

    Parameters
    ----------
    names : sequence of str
        Of receptor and ligand.
    chains : tuple of sequence of str
        Chain letters of receptor and ligand in the model files.
    contacts : sequence of DataFrame
        Contacts of each model as `residue_contacts` gives them, with the letters of the model files.

    Returns
    -------
    str
        For the pair's folder: all models, the first one shown, each with its interface.
    """
    lines = [
        # A semicolon would end the comment.
        f"# {names[1]} on {names[0]}, docked models, whose scores are no affinities: `pymol view.pml` in this folder.",
        "bg_color white",
        "set cartoon_fancy_helices, 1",
        "set dash_gap, 0.25",
    ]
    for number, table in enumerate(map(plain_rows, contacts)):
        model = f"model_{number:02d}"
        sides = [f"{model} and chain {'+'.join(letters)}" for letters in chains]
        lines += [
            f"load models/{model}.pdb, {model}",
            f"hide everything, {model}",
            f"show cartoon, {model}",
            *(f"color 0x{colour[1:]}, {side}" for side, colour in zip(sides, (RECEPTOR, LIGAND), strict=True)),
        ]
        for side in ("receptor", "ligand"):
            if places := _pymol_residues(table, side):
                lines += [
                    f"select {model}_{side}_interface, {model} and ({places})",
                    f"show sticks, {model}_{side}_interface",
                    f"util.cnc {model}_{side}_interface",
                ]
        objects = []
        for kind, label in DRAWN.items():
            drawn = f"{model}_{label}"
            for row in (row for row in table if row["kind"] == kind):
                one, other = (
                    f"{model} and chain {row[f'{side}_chain']} and resi {_resi(row[f'{side}_number'])} "
                    f"and name {row[f'{side}_atom']}"
                    for side in ("receptor", "ligand")
                )
                lines.append(f"distance {drawn}, ({one}), ({other})")
                objects.append(drawn)
            if drawn in objects:
                lines += [f"color 0x{KIND_STYLE[kind][0][1:]}, {drawn}", f"hide labels, {drawn}"]
        members = " ".join([model, *dict.fromkeys(objects)])
        lines.append(f"group {model}_all, {members}")
        if number:
            lines.append(f"disable {model}_all")
    closer = ["zoom model_00_receptor_interface or model_00_ligand_interface, 6"] if len(contacts[0]) else []
    return "\n".join([*lines, "deselect", "orient model_00", *closer, ""])


def chimerax_script(
    names: Sequence[str], chains: tuple[Sequence[str], Sequence[str]], contacts: Sequence[pd.DataFrame]
) -> str:
    """Write a script for ChimeraX, with the parameters of `pymol_script`."""
    lines = [
        f"# {names[1]} on {names[0]}: open view.cxc in ChimeraX. Docked models, whose scores are not affinities.",
        "set bgColor white",
    ]
    for number, table in enumerate(map(plain_rows, contacts)):
        model = f"#{number + 1}"
        lines += [
            f"open models/model_{number:02d}.pdb id {number + 1} name model_{number:02d}",
            f"hide {model} atoms",
            f"cartoon {model}",
            f"color {model}/{','.join(chains[0])} {RECEPTOR}",
            f"color {model}/{','.join(chains[1])} {LIGAND}",
        ]
        for side in ("receptor", "ligand"):
            for chain, numbers in _residues(table, side).items():
                lines.append(f"show {model}/{chain}:{','.join(numbers)} atoms")
        lines += [f"style {model} stick", f"color {model} byhetero atoms"]
        for kind, label in DRAWN.items():
            for row in (row for row in table if row["kind"] == kind):
                atoms = " ".join(
                    f"{model}/{row[f'{side}_chain']}:{row[f'{side}_number']}@{row[f'{side}_atom']}"
                    for side in ("receptor", "ligand")
                )
                lines.append(f"pbond {atoms} color {KIND_STYLE[kind][0]} dashes 6 radius 0.1 name {label}")
        if number:
            lines.append(f"hide {model} models")
    return "\n".join(["cartoon suppress false", *lines, "view #1", ""])


def _pymol_residues(table: list[dict[str, Any]], side: str) -> str:
    """Write a selection of the residues of one side."""
    return " or ".join(
        f"(chain {chain} and resi {'+'.join(map(_resi, numbers))})" for chain, numbers in _residues(table, side).items()
    )


def _residues(table: list[dict[str, Any]], side: str) -> dict[str, list[str]]:
    """Give the residues of one side by chain, each once, in the order of the table."""
    found: dict[str, list[str]] = {}
    for chain, number in dict.fromkeys((row[f"{side}_chain"], row[f"{side}_number"]) for row in table):
        found.setdefault(chain, []).append(number)
    return found


def _resi(number: str) -> str:
    """Write a residue number for PyMOL, to which a minus is a range."""
    return number.replace("-", "\\-")


def write_mmcif(path: str | Path, *bodies: Structure) -> None:
    """Write bodies, with chain letters of their own, to an mmCIF file.

    Parameters
    ----------
    path : str or Path
    *bodies : Structure
    """
    fields = bodies[0].__dataclass_fields__
    combined = {name: np.concatenate([getattr(body, name) for body in bodies]) for name in fields}
    place = np.concatenate([body.residue_index + 1 for body in bodies]).astype(str)
    count = len(place)
    text = {
        "group_PDB": np.where(combined["hetero"], "HETATM", "ATOM"),
        "id": np.arange(1, count + 1),
        "type_symbol": np.char.upper(combined["element"]),
        "label_atom_id": combined["atom_name"],
        "label_alt_id": np.full(count, "."),
        "label_comp_id": combined["residue_name"],
        "label_asym_id": combined["chain"],
        "label_entity_id": np.full(count, "?"),
        "label_seq_id": np.where(combined["hetero"], ".", place),
        "pdbx_PDB_ins_code": np.where(combined["insertion"] == "", "?", combined["insertion"]),
        **{f"Cartn_{axis}": np.char.mod("%.3f", combined["coord"][:, number]) for number, axis in enumerate("xyz")},
        "occupancy": np.full(count, "1.00"),
        "B_iso_or_equiv": np.char.mod("%.2f", combined["b_factor"]),
        "auth_seq_id": combined["residue_number"],
        "auth_comp_id": combined["residue_name"],
        "auth_asym_id": combined["chain"],
        "auth_atom_id": combined["atom_name"],
        "pdbx_PDB_model_num": np.ones(count, dtype=int),
    }
    columns = [np.asarray(values).astype(str).tolist() for values in text.values()]
    head = [f"data_{Path(path).stem}", "#", "loop_", *(f"_atom_site.{name}" for name in text)]
    rows = (" ".join(f'"{word}"' if "'" in word else word for word in row) for row in zip(*columns, strict=True))
    write_text(path, "\n".join([*head, *rows, "#", ""]))
