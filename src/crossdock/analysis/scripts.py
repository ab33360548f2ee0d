"""A pair's models for the programs that people use: scripts for PyMOL and ChimeraX, and the complex as mmCIF."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from crossdock.files import write_text
from crossdock.structures.structure import Structure, atom_records

#: Colours of receptor and ligand, as in the report.
RECEPTOR, LIGAND = "#0072b2", "#d97a00"
#: Contacts that are drawn as dashes: kind, name of the object, colour, longest distance of its atoms in angstrom.
DRAWN = (
    ("salt bridge", "salt_bridges", "#c8312b", 4.0),
    ("hydrogen bond", "hydrogen_bonds", "#2b62c8", 3.5),
    ("disulfide", "disulfides", "#b59a00", 2.5),
)


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
    for number, table in enumerate(contacts):
        model = f"model_{number:02d}"
        sides = [f"{model} and chain {'+'.join(letters)}" for letters in chains]
        lines += [
            f"load models/{model}.pdb, {model}",
            f"hide everything, {model}",
            f"show cartoon, {model}",
            *(f"color 0x{colour[1:]}, {side}" for side, colour in zip(sides, (RECEPTOR, LIGAND), strict=True)),
        ]
        for side, label in (("receptor", "receptor"), ("ligand", "ligand")):
            if places := _pymol_residues(table, side):
                lines += [
                    f"select {model}_{label}_interface, {model} and ({places})",
                    f"show sticks, {model}_{label}_interface and (sidechain or name CA)",
                    f"util.cnc {model}_{label}_interface",
                ]
        objects = []
        for kind, label, colour, longest in DRAWN:
            drawn = f"{model}_{label}"
            for row in table[table["kind"] == kind].to_dict("records"):
                one, other = (
                    f"{model} and chain {row[f'{side}_chain']} and resi {_resi(row[f'{side}_number'])} and elem N+O+S"
                    for side in ("receptor", "ligand")
                )
                lines.append(f"distance {drawn}, ({one}), ({other}), {longest}")
                objects.append(drawn)
            if drawn in objects:
                lines += [f"color 0x{colour[1:]}, {drawn}", f"hide labels, {drawn}"]
        members = " ".join([model, *dict.fromkeys(objects)])
        lines.append(f"group {model}_all, {members}")
        if number:
            lines.append(f"disable {model}_all")
    return "\n".join([*lines, "deselect", "orient model_00", ""])


def chimerax_script(
    names: Sequence[str], chains: tuple[Sequence[str], Sequence[str]], contacts: Sequence[pd.DataFrame]
) -> str:
    """Write a script for ChimeraX, with the parameters of `pymol_script`."""
    lines = [
        f"# {names[1]} on {names[0]}: open view.cxc in ChimeraX. Docked models, whose scores are not affinities.",
        "set bgColor white",
    ]
    for number, table in enumerate(contacts):
        model = f"#{number + 1}"
        lines += [
            f"open models/model_{number:02d}.pdb id {number + 1} name model_{number:02d}",
            f"hide {model} atoms",
            f"cartoon {model}",
            f"color {model}/{','.join(chains[0])} {RECEPTOR}",
            f"color {model}/{','.join(chains[1])} {LIGAND}",
        ]
        for side in ("receptor", "ligand"):
            residues = table[[f"{side}_chain", f"{side}_number"]].drop_duplicates()
            for chain, rows in residues.groupby(f"{side}_chain", sort=False):
                lines.append(f"show {model}/{chain}:{','.join(rows[f'{side}_number'])} atoms")
        lines += [f"style {model} stick", f"color {model} byhetero atoms"]
        if number:
            lines.append(f"hide {model} models")
    lines.append(f"hbonds #1/{','.join(chains[0])} restrict #1/{','.join(chains[1])}")
    return "\n".join([*lines, "view #1", ""])


def _pymol_residues(table: pd.DataFrame, side: str) -> str:
    """Write a selection of the residues of one side."""
    residues = table[[f"{side}_chain", f"{side}_number"]].drop_duplicates()
    return " or ".join(
        f"(chain {chain} and resi {'+'.join(_resi(number) for number in rows[f'{side}_number'])})"
        for chain, rows in residues.groupby(f"{side}_chain", sort=False)
    )


def _resi(number: str) -> str:
    """Write a residue number for PyMOL, to which a minus is a range."""
    return number.replace("-", "\\-")


def relettered(contacts: pd.DataFrame, letters: Mapping[str, str]) -> pd.DataFrame:
    """Give contacts with the ligand's chain letters as the model files have them."""
    return contacts.assign(ligand_chain=contacts["ligand_chain"].map(dict(letters)))


def write_mmcif(path: str | Path, *bodies: Structure) -> None:
    """Write bodies, with chain letters of their own, to an mmCIF file.

    Parameters
    ----------
    path : str or Path
    *bodies : Structure
    """
    from Bio.PDB import MMCIFIO, PDBParser

    lines = [line for body in bodies for line in atom_records(body)]
    structure = PDBParser(QUIET=True).get_structure(Path(path).stem, io.StringIO("\n".join([*lines, "END"])))
    writer, out = MMCIFIO(), io.StringIO()
    writer.set_structure(structure)
    writer.save(out)
    write_text(path, out.getvalue())
