"""Scripts that show a pair's models in the programs that people use: PyMOL and ChimeraX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from crossdock.analysis.drawing import KIND_STYLE
from crossdock.analysis.interface import plain_rows

#: Colours of receptor and ligand, as in the report.
RECEPTOR, LIGAND = "#0072b2", "#d97a00"
#: AlphaFold's bands of pLDDT, best first: above which value, and the colour.
PLDDT_BANDS = ((90, "#0053d6"), (70, "#65cbf3"), (50, "#ffdb13"), (-1, "#ff7d45"))
#: Contacts that are drawn as dashes between their two atoms, and the name of the object.
DRAWN = {"salt bridge": "salt_bridges", "hydrogen bond": "hydrogen_bonds", "disulfide": "disulfides"}


def pymol_script(
    names: Sequence[str],
    chains: tuple[Sequence[str], Sequence[str]],
    contacts: Sequence[pd.DataFrame],
    *,
    plddt: bool = False,
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
    plddt : bool
        Whether the B-factors are pLDDT; the script then has a command `plddt` for these colours, and `partners` for
        those of the partners.

    Returns
    -------
    str
        For the pair's folder: all models, the first one shown, each with its interface.
    """
    lines = [
        # A semicolon would end the comment.
        f"# {names[1]} on {names[0]}: `pymol view.pml` here. Models are predictions, scores are not affinities.",
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
    if plddt:
        # Each colour covers what is below its band too, so the best comes last.
        bands = "; ".join(f"color 0x{tone[1:]}, polymer and b > {least}" for least, tone in PLDDT_BANDS[::-1])
        whose = zip((RECEPTOR, LIGAND), chains, strict=True)
        partners = "; ".join(f"color 0x{tone[1:]}, polymer and chain {'+'.join(letters)}" for tone, letters in whose)
        lines += [
            "# Type plddt for the colours of AlphaFold's four bands of pLDDT, partners for those of the partners.",
            f"alias plddt, {bands}",
            f"alias partners, {partners}; util.cnc polymer",
        ]
    closer = ["zoom model_00_receptor_interface or model_00_ligand_interface, 6"] if len(contacts[0]) else []
    return "\n".join([*lines, "deselect", "orient model_00", *closer, ""])


def chimerax_script(
    names: Sequence[str],
    chains: tuple[Sequence[str], Sequence[str]],
    contacts: Sequence[pd.DataFrame],
    *,
    plddt: bool = False,
) -> str:
    """Write a script for ChimeraX, with the parameters of `pymol_script`."""
    lines = [
        f"# {names[1]} on {names[0]}: open view.cxc in ChimeraX. Models are predictions, scores are not affinities.",
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
    if plddt:
        every = f"#1-{len(contacts)}"
        whose = zip((RECEPTOR, LIGAND), chains, strict=True)
        partners = "; ".join(f"color {every}/{','.join(letters)} {tone}" for tone, letters in whose)
        lines += [
            "# Type plddt for AlphaFold's colours of pLDDT, partners for those of the partners.",
            f"alias plddt color bfactor {every} palette alphafold",
            f"alias partners {partners}; color {every} byhetero atoms",
        ]
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
