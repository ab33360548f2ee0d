"""Derive the contact potentials of the local engine from solved complexes, with docking decoys as the reference state.

    python benchmarks/contact_potential.py COMPLEXES TABLE.tsv --out src/crossdock/docking/engine/parameters

COMPLEXES is a folder of solved complexes, TABLE.tsv its list (columns set, id, files, chains1, chains2). For each
complex, contacts of the 18 atom types and of the 20 amino acids (in three shells) are counted across the native
interface and across the interfaces of decoys: the best poses of a scan that knows shape only, none of them near the
native one. e_ab = -ln(p_native / p_decoy), after Chuang et al. 2008 (Biophys J 95:4217). The complexes must hold no
homologue of what the engine is judged on. Writes contact_potential.csv and residue_potential.csv; about 20 minutes on
one core.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.docking.engine.atoms import N_TYPES, RESIDUE_NAMES, TYPE_NAMES, DockingAtoms, docking_atoms
from crossdock.docking.engine.correlation import Correlator, scan
from crossdock.docking.engine.energy import Energy
from crossdock.files import write_text
from crossdock.geometry.rotations import matrix, random_rotation, uniform_rotations
from crossdock.structures.structure import Structure, read_structure

SHAPE_ONLY = Energy(electrostatics=0.0, contact=0.0, rank=1)
LARGEST = 9000  # atoms; the few larger complexes would cost more than they tell
FEWEST = 100  # contacts of atoms; what has fewer is no interface
NEAR = 10.0  # angstrom of RMSD; nearer poses are no decoys
PSEUDO = 3e-4  # share of all contacts


def load(folder: Path, row: dict[str, str]) -> tuple[Structure, Structure]:
    """Read the two partners of a complex, from one file or from two."""
    files = [read_structure(folder / row["set"] / name) for name in row["files"].split(",")]
    files = [file[file.element != "H"] for file in files]
    sides = []
    for chains in (row["chains1"], row["chains2"]):
        holder = next(file for file in files if set(chains) <= set(file.chains))
        sides.append(holder[np.isin(holder.chain, list(chains))])
    return sides[0], sides[1]


def pairs(a: NDArray[np.float64], b: NDArray[np.float64], reach: float) -> tuple[NDArray, NDArray, NDArray]:
    """Find the pairs of points within reach: indices in a, in b, distances."""
    found = cKDTree(a).sparse_distance_matrix(cKDTree(b), reach, output_type="coo_matrix")
    return found.row, found.col, found.data


def smooth(d: NDArray[np.float64], full: float, none: float) -> NDArray[np.float64]:
    """Compute the engine's ramp."""
    t = np.clip((none - d) / (none - full), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def count(receptor: DockingAtoms, ligand: DockingAtoms, energy: Energy) -> tuple[NDArray, NDArray]:
    """Count contacts of atom types, shape=(18, 18), and of amino acids, shape=(20, 20, 3), across an interface."""
    rows, columns, d = pairs(receptor.coord, ligand.coord, energy.reach[1])
    a, b, weight = receptor.kind[rows], ligand.kind[columns], smooth(d, *energy.reach)
    typed = (a >= 0) & (b >= 0)
    atoms = np.zeros((N_TYPES, N_TYPES))
    np.add.at(atoms, (a[typed], b[typed]), weight[typed])
    rows, columns, d = pairs(receptor.centre, ligand.centre, energy.shells[-1] + 0.5)
    below = [smooth(d, border - 0.5, border + 0.5) for border in energy.shells]
    residues = np.zeros((len(RESIDUE_NAMES), len(RESIDUE_NAMES), len(below)))
    shares = np.diff(np.stack([np.zeros_like(d), *below]), axis=0).T
    np.add.at(residues, (receptor.residue[rows], ligand.residue[columns]), shares)
    return atoms + atoms.T, residues + residues.transpose(1, 0, 2)


def shares(counts: NDArray) -> NDArray:
    """Divide counts by their sum; shells each by its own."""
    return counts / np.maximum(counts.sum(axis=(0, 1)), 1.0)


def one_complex(task: tuple[Path, dict[str, str], int, int]) -> list[NDArray] | None:
    """Count native and decoy contacts of one complex, as shares."""
    folder, row, n_rotations, n_decoys = task
    receptor, ligand = sorted((docking_atoms(side) for side in load(folder, row)), key=len, reverse=True)
    if len(receptor) + len(ligand) > LARGEST:
        return None
    native = count(receptor, ligand, SHAPE_ONLY)
    if native[0].sum() < FEWEST:
        return None
    start = matrix(random_rotation(np.random.default_rng(1)))
    moved = ligand.turned(start)
    rotations = uniform_rotations(n_rotations)
    found = scan(Correlator(receptor, moved, SHAPE_ONLY, spacing=1.8), rotations, per_rotation=3)
    decoys = [np.zeros_like(part) for part in native]
    used = 0
    for index in np.argsort(found.score, kind="stable"):
        turn = matrix(rotations[found.rotation[index]])
        pose = moved.turned(turn)
        pose = replace(pose, coord=pose.coord + found.translation[index], centre=pose.centre + found.translation[index])
        if np.sqrt(((pose.coord - ligand.coord) ** 2).sum(axis=1).mean()) < NEAR:
            continue
        for total, part in zip(decoys, count(receptor, pose, SHAPE_ONLY), strict=True):
            total += shares(part)
        used += 1
        if used == n_decoys:
            break
    return [shares(part) for part in (*native, *decoys)]


def energies(native: NDArray, decoys: NDArray) -> NDArray:
    """Compute contact energies in units of RT; the pseudocount keeps the rarest pairs from extremes."""
    return -np.log((shares(native) + PSEUDO) / (shares(decoys) + PSEUDO))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("complexes", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rotations", type=int, default=300)
    parser.add_argument("--decoys", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    rows = pd.read_csv(options.table, sep="\t", dtype=str).to_dict("records")
    tasks = [(options.complexes, row, options.rotations, options.decoys) for row in rows]
    sums: list[NDArray] = []
    used = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        for number, result in enumerate(pool.map(one_complex, tasks), start=1):
            if result:
                sums = [a + b for a, b in zip(sums, result, strict=True)] if sums else result
                used += 1
            print(f"\r{number}/{len(tasks)} complexes", end="", flush=True)
    print()
    atoms, residues = energies(sums[0], sums[2]), energies(sums[1], sums[3])
    note = (
        f"# Contact energies of {{what}} in units of RT, from {used} solved complexes. Made by\n"
        f"# benchmarks/contact_potential.py --rotations {options.rotations} --decoys {options.decoys}\n"
    )
    table = pd.DataFrame(atoms.round(4), index=pd.Index(TYPE_NAMES, name="type"), columns=list(TYPE_NAMES))
    text = table.to_csv(lineterminator="\n")
    write_text(options.out / "contact_potential.csv", note.format(what="atom types") + text)
    names = list(RESIDUE_NAMES)
    shells = [
        pd.DataFrame(residues[..., number].round(4), columns=names).assign(shell=number, residue=names)
        for number in range(residues.shape[-1])
    ]
    text = pd.concat(shells)[["shell", "residue", *names]].to_csv(index=False, lineterminator="\n")
    what = "amino acids, by shells of the distance of their side chains' centres,"
    write_text(options.out / "residue_potential.csv", note.format(what=what) + text)


if __name__ == "__main__":
    main()
