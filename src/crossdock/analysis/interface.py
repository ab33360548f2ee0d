"""The interface of a model: which residues of the two partners touch, and how."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.entries.amino_acids import parent_of
from crossdock.structures.structure import Structure

#: Columns of interface.csv, in order.
COLUMNS = (
    "model",
    "receptor_chain",
    "receptor_number",
    "receptor_residue",
    "receptor_atom",
    "ligand_chain",
    "ligand_number",
    "ligand_residue",
    "ligand_atom",
    "kind",
    "distance_A",
    "bonds",
    "atom_pairs",
    "overlaps",
)
#: Kinds of residue contacts, strongest first.
KINDS = ("disulfide", "salt bridge", "hydrogen bond", "non-bonded")
#: Columns of residues.csv, in order.
RESIDUE_COLUMNS = ("model", "side", "chain", "number", "residue", "class", "contacts", "alone_A2", "buried_A2")
#: Those of the columns of interface.csv and residues.csv that hold text.
TEXT = ("kind", *(name for name in COLUMNS if name.rpartition("_")[2] in ("chain", "number", "residue", "atom")))
RESIDUE_TEXT = ("side", "chain", "number", "residue", "class")
#: Classes of residues, after PDBsum (Laskowski et al. 2018, Protein Sci 27:129).
CLASSES = {
    "positive": ("HIS", "LYS", "ARG"),
    "negative": ("ASP", "GLU"),
    "neutral": ("SER", "THR", "ASN", "GLN"),
    "aliphatic": ("ALA", "VAL", "LEU", "ILE", "MET"),
    "aromatic": ("PHE", "TYR", "TRP"),
    "Pro/Gly": ("PRO", "GLY"),
    "Cys": ("CYS",),
}
#: Least area that a residue without a contact must bury to be listed, in square angstrom.
LEAST_BURIED_A2 = 1.0
_CLASS_OF = {name: kind for kind, names in CLASSES.items() for name in names}

_CATIONIC = {("LYS", "NZ"), ("ARG", "NE"), ("ARG", "NH1"), ("ARG", "NH2"), ("HIS", "ND1"), ("HIS", "NE2")}
_ANIONIC = {("ASP", "OD1"), ("ASP", "OD2"), ("GLU", "OE1"), ("GLU", "OE2")}
_DONORS = {"N", "ND1", "ND2", "NE", "NE1", "NE2", "NH1", "NH2", "NZ", "OG", "OG1", "OH"}
_ACCEPTORS = {"O", "OXT", "OD1", "OD2", "OE1", "OE2", "OG", "OG1", "OH"}
_HISTIDINE = {("HIS", "ND1"), ("HIS", "NE2")}


def residue_contacts(
    receptor: Structure,
    ligand: Structure,
    *,
    contact_dist: float = 5.0,
    hydrogen_bond_dist: float = 3.5,
    hydrogen_bond_angle: float = 90.0,
    out_of_line: float = 60.0,
    salt_bridge_dist: float = 4.0,
    disulfide_dist: float = 2.5,
    least_dist: float = 2.3,
) -> pd.DataFrame:
    """List the residue pairs that touch across an interface.

    Parameters
    ----------
    receptor, ligand : Structure
        In one frame.
    contact_dist : float
        Heavy atoms this near touch, in angstrom (CAPRI's definition of a contact: Méndez et al. 2003, Proteins 52:51).
    hydrogen_bond_dist : float
        Largest distance of donor and acceptor, in angstrom (Baker & Hubbard 1984, Prog Biophys Mol Biol 44:97).
    hydrogen_bond_angle : float
        Least angle at donor and at acceptor between the other one and each atom that the atom is bonded to, in degrees
        (McDonald & Thornton 1994, J Mol Biol 238:777).
    out_of_line : float
        Largest angle, in degrees, between the acceptor's direction and that of the hydrogen of a donor that is bonded
        to two atoms, and so has it in their plane, opposite to both.
    salt_bridge_dist : float
        Largest distance of charged nitrogen and oxygen, in angstrom (Barlow & Thornton 1983, J Mol Biol 168:867).
    disulfide_dist : float
        Largest distance of two SG atoms that form a disulfide, in angstrom; they are 2.05 apart in solved structures
        (Engh & Huber 1991, Acta Cryst A47:392), and at least 1.5 here.
    least_dist : float
        Nearer than this, atoms of a rigid model overlap: no bond is read into that, and each such atom pair counts
        under `overlaps`.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS` but `model`, a row a residue pair, in order of the receptor's residues: its strongest
        `kind`, the two atoms of the nearest atom pair of that kind and their `distance_A`, how many atom pairs are
        `bonds` (hydrogen bonds, or pairs of charged atoms, or disulfides), how many touch in any way (`atom_pairs`),
        and how many overlap.

    Notes
    -----
    There are no hydrogens in a prepared structure: a hydrogen bond is judged by where the heavy atoms lie, and the
    hydrogens of hydroxyl and amino groups may turn towards any acceptor. docs/validation.md says how that compares
    with a program that adds them. "Non-bonded" is PDBsum's word; it counts from 3.9 angstrom, this from `contact_dist`.
    """
    pairs = cKDTree(receptor.coord).sparse_distance_matrix(
        cKDTree(ligand.coord), contact_dist, output_type="coo_matrix"
    )
    i, j, distance = pairs.row, pairs.col, pairs.data
    level = np.full(len(i), KINDS.index("non-bonded"))
    donor, acceptor, cation, anion = _roles(receptor)
    donor2, acceptor2, cation2, anion2 = _roles(ligand)
    apart = distance >= least_dist
    near = np.flatnonzero(apart & (distance <= hydrogen_bond_dist))
    limits = np.cos(np.radians([hydrogen_bond_angle, out_of_line]))
    for one, other, k, m, gives, takes in (
        (receptor, ligand, i[near], j[near], donor, acceptor2),
        (ligand, receptor, j[near], i[near], donor2, acceptor),
    ):
        able = gives[k] & takes[m]
        level[near[able][_in_line(one, other, k[able], m[able], *limits)]] = KINDS.index("hydrogen bond")
    bridged = apart & (distance <= salt_bridge_dist) & ((cation[i] & anion2[j]) | (anion[i] & cation2[j]))
    level[bridged] = KINDS.index("salt bridge")
    sulfur, sulfur2 = (_named(one, {("CYS", "SG")}) for one in (receptor, ligand))
    level[sulfur[i] & sulfur2[j] & (distance >= 1.5) & (distance <= disulfide_dist)] = KINDS.index("disulfide")
    bond, overlap = level < KINDS.index("non-bonded"), ~apart & (level != KINDS.index("disulfide"))
    # The strongest kind names the pair, and its nearest atoms give the distance.
    near_side, far_side = receptor.residue_index[i], ligand.residue_index[j]
    order = np.lexsort((distance, level, far_side, near_side))
    start = np.flatnonzero(np.diff(near_side[order], prepend=-1) | np.diff(far_side[order], prepend=-1))
    best = order[start]
    columns: dict[str, object] = {}
    for side, structure, atom in (("receptor", receptor, i[best]), ("ligand", ligand, j[best])):
        columns[f"{side}_chain"] = structure.chain[atom]
        columns[f"{side}_number"] = np.char.add(structure.residue_number[atom].astype(str), structure.insertion[atom])
        columns[f"{side}_residue"] = structure.residue_name[atom]
        columns[f"{side}_atom"] = structure.atom_name[atom]
    columns["kind"] = np.array(KINDS)[level[best]]
    columns["distance_A"] = distance[best].round(2)
    for name, mask in (("bonds", bond), ("atom_pairs", np.ones(len(order))), ("overlaps", overlap)):
        counts = np.add.reduceat(mask[order].astype(int), start) if len(start) else np.zeros(0, dtype=int)
        columns[name] = counts
    return pd.DataFrame(columns)


def _roles(structure: Structure) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mark donors, acceptors, cations and anions of the protein, each shape=(n,)."""
    protein = ~structure.hetero
    named = list(zip(structure.residue_name.tolist(), structure.atom_name.tolist(), strict=True))
    return (
        np.array([atom in _DONORS and (residue, atom) != ("PRO", "N") for residue, atom in named], dtype=bool)
        & protein,
        np.array([atom in _ACCEPTORS or (residue, atom) in _HISTIDINE for residue, atom in named], dtype=bool)
        & protein,
        np.array([pair in _CATIONIC for pair in named], dtype=bool),
        np.array([pair in _ANIONIC for pair in named], dtype=bool),
    )


def _in_line(
    donors: Structure, acceptors: Structure, k: np.ndarray, m: np.ndarray, bent: float, out_of_line: float
) -> np.ndarray:
    """Tell which pairs of a donor (atom k) and an acceptor (atom m) lie as a hydrogen bond does; limits are cosines."""
    found = np.ones(len(k), dtype=bool)
    bonded, bonded2 = _bonded(donors, np.unique(k)), _bonded(acceptors, np.unique(m))
    for number, (d, a) in enumerate(zip(k.tolist(), m.tolist(), strict=True)):
        towards = _unit(acceptors.coord[a] - donors.coord[d])
        from_donor = [_unit(donors.coord[b] - donors.coord[d]) for b in bonded[d]]
        from_acceptor = [_unit(acceptors.coord[b] - acceptors.coord[a]) for b in bonded2[a]]
        found[number] = all(one @ towards <= bent for one in from_donor)
        found[number] &= all(-(one @ towards) <= bent for one in from_acceptor)
        if len(from_donor) == 2:
            found[number] &= -(_unit(from_donor[0] + from_donor[1]) @ towards) >= out_of_line
    return found


def _bonded(structure: Structure, atoms: np.ndarray) -> dict[int, list[int]]:
    """Give the heavy atoms that some atoms are bonded to: those within 1.75 angstrom."""
    tree = cKDTree(structure.coord)
    near = tree.query_ball_point(structure.coord[atoms], 1.75) if len(atoms) else []
    return {int(atom): [b for b in others if b != atom] for atom, others in zip(atoms, near, strict=True)}


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


def _named(structure: Structure, atoms: set[tuple[str, str]]) -> np.ndarray:
    """Mark the atoms whose residue and name are given, shape=(n,)."""
    named = zip(structure.residue_name.tolist(), structure.atom_name.tolist(), strict=True)
    return np.array([atom in atoms for atom in named], dtype=bool)


def interface_residues(
    bodies: tuple[Structure, Structure],
    contacts: pd.DataFrame,
    alone: tuple[NDArray[np.float64], NDArray[np.float64]],
    together: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> pd.DataFrame:
    """List the residues of an interface with what each buries.

    Parameters
    ----------
    bodies : tuple of Structure
        Receptor and ligand.
    contacts : DataFrame
        As `residue_contacts` gives.
    alone, together : tuple of ndarray, dtype=float64, shape=(n,)
        Accessible areas of the atoms of both, each alone and both together, in square angstrom.

    Returns
    -------
    DataFrame
        The columns of `RESIDUE_COLUMNS` but `model`: every residue that has a contact or buries `LEAST_BURIED_A2`.
    """
    columns: dict[str, list[Any]] = {name: [] for name in RESIDUE_COLUMNS[1:]}
    for side, body, before, after in zip(("receptor", "ligand"), bodies, alone, together, strict=True):
        first = np.unique(body.residue_index, return_index=True)[1]
        numbers = np.char.add(body.residue_number[first].astype(str), body.insertion[first])
        buried = np.bincount(body.residue_index, weights=before - after).round(1)
        touched = Counter(zip(contacts[f"{side}_chain"], contacts[f"{side}_number"], strict=True))
        counts = np.array([touched[place] for place in zip(body.chain[first].tolist(), numbers.tolist(), strict=True)])
        kept = np.flatnonzero((counts > 0) | (buried >= LEAST_BURIED_A2))
        names = body.residue_name[first][kept].tolist()
        found = {
            "side": [side] * len(kept),
            "chain": body.chain[first][kept].tolist(),
            "number": numbers[kept].tolist(),
            "residue": names,
            "class": [_CLASS_OF.get(parent_of(name) or name, "other") for name in names],
            "contacts": counts[kept].tolist(),
            "alone_A2": np.bincount(body.residue_index, weights=before).round(1)[kept].tolist(),
            "buried_A2": buried[kept].tolist(),
        }
        for name, values in found.items():
            columns[name] += values
    return pd.DataFrame(columns)


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a table's rows with plain values, as `to_dict("records")` does, in a tenth of its time for a short table."""
    names = [str(name) for name in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.to_numpy(dtype=object).tolist()]


def summary(contacts: pd.DataFrame) -> dict[str, Any]:
    """Count what an interface holds.

    Parameters
    ----------
    contacts : DataFrame
        As `residue_contacts` gives.

    Returns
    -------
    dict
        `receptor_residues`, `ligand_residues` (numbers of residues in contact), `contacts` (residue pairs by kind)
        and `overlaps` (atom pairs nearer than bonds are).
    """
    kinds = Counter(contacts["kind"].tolist())
    return {
        **{
            f"{side}_residues": len(set(zip(contacts[f"{side}_chain"], contacts[f"{side}_number"], strict=True)))
            for side in ("receptor", "ligand")
        },
        "contacts": {kind: kinds[kind] for kind in KINDS},
        "overlaps": int(contacts["overlaps"].sum()),
    }
