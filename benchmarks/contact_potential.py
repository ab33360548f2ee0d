"""Derive the contact potential of the local engine from solved complexes, with docking decoys as the reference state.

    python benchmarks/contact_potential.py COMPLEXES TABLE.tsv --out
    src/crossdock/docking/engine/parameters/contact_potential.csv

COMPLEXES is a folder of solved complexes, TABLE.tsv its list (columns set, id, files, chains1, chains2). For each
complex, contacts of
the 18 atom types are counted across the native interface and across the interfaces of decoys: the best poses of a
scan that
knows shape only. e_ab = -ln(p_native / p_decoy), after Chuang et al. 2008 (Biophys J 95:4217). The complexes must
hold no homologue of what the engine is judged on.
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

from crossdock.docking.engine.atoms import N_TYPES, TYPE_NAMES, DockingAtoms, docking_atoms
from crossdock.docking.engine.correlation import Correlator, scan
from crossdock.docking.engine.energy import Energy
from crossdock.docking.rotations import matrix, random_rotation, uniform_rotations
from crossdock.files import write_text
from crossdock.structures.structure import Structure, read_structure

SHAPE_ONLY = Energy(electrostatics=0.0, contact=0.0, rank=1)
LARGEST = 9000  # atoms; the few larger complexes would cost more than they tell


def load(folder: Path, row: dict[str, str]) -> tuple[Structure, Structure]:
    """Read the two partners of a complex, from one file or from two."""
    files = [read_structure(folder / row["set"] / name) for name in row["files"].split(",")]
    sides = []
    for chains in (row["chains1"], row["chains2"]):
        holder = next(file for file in files if set(chains) <= set(file.chains))
        sides.append(holder[np.isin(holder.chain, list(chains))])
    return sides[0], sides[1]


def count(receptor: DockingAtoms, coord: NDArray, kinds: NDArray, energy: Energy) -> NDArray[np.float64]:
    """Count contacts of types across an interface, with weights that fall linearly over the reach, shape=(18, 18)."""
    full, none = energy.reach
    pairs = cKDTree(receptor.coord).sparse_distance_matrix(cKDTree(coord), none, output_type="coo_matrix")
    weight = np.clip((none - pairs.data) / (none - full), 0.0, 1.0)
    a, b = receptor.kind[pairs.row], kinds[pairs.col]
    typed = (a >= 0) & (b >= 0)
    counts = np.zeros((N_TYPES, N_TYPES))
    np.add.at(counts, (a[typed], b[typed]), weight[typed])
    return counts + counts.T


def one_complex(task: tuple[Path, dict[str, str], int, int]) -> tuple[str, NDArray, NDArray] | None:
    """Count native and decoy contacts of one complex, each normalised to one."""
    folder, row, n_rotations, n_decoys = task
    receptor, ligand = sorted((docking_atoms(side) for side in load(folder, row)), key=len, reverse=True)
    if len(receptor) + len(ligand) > LARGEST:
        return None
    native = count(receptor, ligand.coord, ligand.kind, SHAPE_ONLY)
    if native.sum() == 0:
        return None
    generator = np.random.default_rng(1)
    start = matrix(random_rotation(generator))
    centre = ligand.coord.mean(axis=0)
    moved = replace(ligand, coord=(ligand.coord - centre) @ start.T)
    rotations = uniform_rotations(n_rotations)
    correlator = Correlator(receptor, moved, SHAPE_ONLY, spacing=1.8)
    found = scan(correlator, rotations, per_rotation=2)
    decoys = np.zeros_like(native)
    for index in np.argsort(found.score, kind="stable")[:n_decoys]:
        coord = moved.coord @ matrix(rotations[found.rotation[index]]).T + found.translation[index]
        counts = count(receptor, coord, moved.kind, SHAPE_ONLY)
        decoys += counts / counts.sum()
    return row["id"], native / native.sum(), decoys / decoys.sum()


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
    native, decoys, used = np.zeros((N_TYPES, N_TYPES)), np.zeros((N_TYPES, N_TYPES)), 0
    with ProcessPoolExecutor(options.jobs) as pool:
        for number, result in enumerate(pool.map(one_complex, tasks), start=1):
            if result:
                native += result[1]
                decoys += result[2]
                used += 1
            print(f"\r{number}/{len(tasks)} complexes", end="", flush=True)
    print()
    pseudo = 2e-4  # of all contacts; keeps the rarest pairs (cysteine) from extremes
    energies = -np.log((native / native.sum() + pseudo) / (decoys / decoys.sum() + pseudo))
    table = pd.DataFrame(energies.round(4), index=pd.Index(TYPE_NAMES, name="type"), columns=list(TYPE_NAMES))
    note = (
        f"# Contact energies of atom types in units of RT, from {used} solved complexes. Made by\n"
        f"# benchmarks/contact_potential.py --rotations {options.rotations} --decoys {options.decoys}\n"
    )
    write_text(options.out, note + table.to_csv(lineterminator="\n"))


if __name__ == "__main__":
    main()
