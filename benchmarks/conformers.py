"""Do conformers made along normal modes help to find a complex? The benchmark's complexes that change shape, in pairs.

    python benchmarks/conformers.py BM5 --table BM5.tsv --out FILE.tsv --poses FOLDER [--ids 1SYX ...]
    python benchmarks/conformers.py --count FILE.tsv

BM5 and BM5.tsv are as for docking.py. Docked are the medium and difficult complexes of at most 5,500 atoms: the larger
partner as three conformers (itself, and those that `crossdock.structures.modes` makes in both directions of its softest
mode), the other as it is, all poses clustered together as a panel does it. `alone_*` is of the first conformer alone.
A model is acceptable from DockQ 0.23 on. `interface_*` are the RMSD of the CA atoms of the bound interface after their
superposition on the bound form: of the unbound structure and of each conformer. A row a complex; rows that are there
are not computed again, and poses that are kept are not docked again. `--count` prints what docs/validation.md says.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from crossdock.analysis.reference import ACCEPTABLE, compare, mappings
from crossdock.docking.backends.contract import Site
from crossdock.docking.backends.local.search import Options, dock
from crossdock.docking.clustering import model_table
from crossdock.docking.conformers import Conformers, merged
from crossdock.docking.models import cluster_poses
from crossdock.docking.poses import CONFORMERS, place, read_poses, write_poses
from crossdock.errors import CrossdockError
from crossdock.geometry.superposition import superpose
from crossdock.structures.modes import along_modes
from crossdock.structures.structure import Structure, read_structure
from docking import TOPS, closed, heavy, interface

COLUMNS = (
    "id",
    "difficulty",
    "side",
    "made",
    "rmsd",
    "interface_unbound",
    "interface_made",
    "alone_rank",
    "alone_best_dockq",
    "rank",
    "best_dockq",
    "conformer",
    "cpu_seconds",
)
#: Complexes with more atoms are left out, for time.
MOST_ATOMS = 5500
#: Conformers beside the structure itself: one in each direction of a mode.
MADE = 2
#: Draws of the bootstrap, and its seed.
DRAWS, SEED = 10000, 1


def interface_rmsd(partner: Structure, bound: Structure, other: Structure) -> float:
    """Tell how far the CA atoms of the bound interface lie from the bound form, superposed, in angstrom."""
    here = partner[interface(partner, bound, other) & (partner.atom_name == "CA") & ~partner.hetero]
    known = bound[bound.atom_name == "CA"]
    at = dict(zip([spot[1:] for spot in known.atom_places], known.coord, strict=True))
    pairs = [(at[spot[1:]], xyz) for spot, xyz in zip(here.atom_places, here.coord, strict=True) if spot[1:] in at]
    target, source = (np.array(side) for side in zip(*pairs, strict=True))
    return superpose(target, source)[2]


def first_rank(
    native: tuple[Structure, Structure], conformers: Conformers, poses: pd.DataFrame
) -> tuple[int | None, float, int | None]:
    """Give the rank of the first acceptable model, the best DockQ of 100, and which conformer the first one is of."""
    several = conformers if conformers.several else None
    clusters = cluster_poses(conformers.receptor[0], conformers.ligand[0], poses, conformers=several)
    models = model_table(clusters, poses, models=max(TOPS))
    judged = np.zeros(len(models))
    numbers = models[list(CONFORMERS)].to_numpy(dtype=int) if several else np.ones((len(models), 2), dtype=int)
    for pair in conformers.combinations:
        own = np.flatnonzero((numbers == pair).all(axis=1))
        receptor, ligand = conformers.of(pair)
        found = mappings(native, receptor, ligand)
        placed = [place(ligand, row) for _, row in models.iloc[own].iterrows()]
        judged[own] = [verdict["DockQ"] for verdict in compare(found, placed)]
    good = np.flatnonzero(judged >= ACCEPTABLE)
    first = int(good[0]) if len(good) else None
    best = round(float(judged.max(initial=0.0)), 3)
    return (None, best, None) if first is None else (first + 1, best, int(numbers[first].max()))


def one_complex(folder: Path, poses_to: Path) -> dict[str, object]:
    """Make the conformers of a complex's larger partner, dock each, and judge what comes out."""
    began = time.process_time()
    bodies = [heavy(read_structure(folder / f"{name}.pdb")) for name in ("r_u", "l_u", "r_b", "l_b")]
    r_u, l_u, r_b, l_b = bodies
    side = 0 if len(r_u) >= len(l_u) else 1
    made = [one for one in islice(along_modes(bodies[side]), MADE) if one.structure]
    shapes = (bodies[side], *(one.structure for one in made if one.structure))
    conformers = Conformers(shapes, (l_u,)) if side == 0 else Conformers((r_u,), shapes)
    dockings = {}
    for pair in conformers.combinations:
        receptor, ligand = conformers.of(pair)
        kept = poses_to / f"{folder.name}_{pair[0]}_{pair[1]}.csv.gz"
        if not kept.is_file():
            shut = (closed(receptor), closed(ligand))
            options = Options(receptor_site=Site(shut[0]), ligand_site=Site(shut[1]))
            write_poses(kept, dock(receptor, ligand, options).poses)
        dockings[pair] = read_poses(kept)
    alone = first_rank((r_b, l_b), Conformers((r_u,), (l_u,)), dockings[1, 1])
    whole = first_rank((r_b, l_b), conformers, merged(dockings)[0]) if made else (*alone[:2], 1)
    near = [interface_rmsd(one, bodies[2 + side], bodies[3 - side]) for one in shapes]
    return {
        "id": folder.name,
        "side": ("receptor", "ligand")[side],
        "made": " ".join(one.label.removeprefix("mode ") for one in made),
        "rmsd": " ".join(f"{one.rmsd:.2f}" for one in made),
        "interface_unbound": round(near[0], 3),
        "interface_made": " ".join(f"{one:.3f}" for one in near[1:]),
        "alone_rank": alone[0] or "",
        "alone_best_dockq": alone[1],
        "rank": whole[0] or "",
        "best_dockq": whole[1],
        "conformer": whole[2] or "",
        "cpu_seconds": round(time.process_time() - began, 1),
    }


def nearer(table: pd.DataFrame) -> pd.Series:
    """Tell by how much the best made conformer lies nearer to the bound interface than the structure, in angstrom."""
    best = [min(map(float, str(cell).split()), default=np.nan) for cell in table["interface_made"].fillna("")]
    return table["interface_unbound"] - np.array(best)


def figures(table: pd.DataFrame) -> pd.DataFrame:
    """Count complexes that are found alone and with conformers, with a 95 % interval of the difference in percent."""
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(0, len(table), (DRAWS, len(table)))
    rows = []
    for top in TOPS:
        alone, several = (pd.to_numeric(table[name]).le(top).to_numpy() for name in ("alone_rank", "rank"))
        change = several.astype(float) - alone
        low, high = np.percentile(100 * change[drawn].mean(axis=1), [2.5, 97.5])
        counts = int(alone.sum()), int(several.sum()), int((change > 0).sum()), int((change < 0).sum())
        rows.append((f"T{top}", *counts, round(low), round(high)))
    return pd.DataFrame(rows, columns=["top", "alone", "conformers", "gained", "lost", "low", "high"])


def summary(table: pd.DataFrame) -> str:
    """Write the table of docs/validation.md and the sentences below it."""
    lines = [
        "| first models | structure alone | with conformers | gained | lost | difference in percent |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in figures(table).itertuples():
        change = 100 * (row.conformers - row.alone) / len(table)
        lines.append(
            f"| {row.top} | {row.alone} | {row.conformers} | {row.gained} | {row.lost} | "
            f"{change:+.0f} ({row.low:+d} to {row.high:+d}) |"
        )
    gain = nearer(table)
    made = [str(cell).split() for cell in table["rmsd"].fillna("")]
    full = sum(float(one) > 0.75 for cell in made for one in cell)
    near, well, n = int((gain > 0).sum()), int((gain > 0.2).sum()), len(table)
    lines += [
        "",
        f"Of {MADE * n} conformers for {n} complexes {sum(map(len, made))} could be made,",
        f"{full} of them with more than three quarters of the amplitude.",
        f"In {near} of {n} complexes a conformer lies nearer to the bound interface than the structure",
        f"does, in {well} by more than 0.2 A (median {np.nanmedian(gain):.2f} A, most {gain.max():.2f} A).",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--table", type=Path, help="table with columns id, difficulty, natom_r_u and natom_l_u")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--poses", type=Path, help="folder in which poses are kept")
    parser.add_argument("--ids", nargs="+")
    parser.add_argument("--count", type=Path, metavar="FILE", help="print the figures of a finished table")
    options = parser.parse_args()
    if not options.count:
        if not all((options.folder, options.table, options.out, options.poses)):
            parser.error("give BM5, --table, --out and --poses, or --count")
        known = pd.read_csv(options.table, sep="\t", index_col="id")
        size = known["natom_r_u"] + known["natom_l_u"]
        chosen = known[known["difficulty"].isin(["medium", "difficult"]) & (size <= MOST_ATOMS)]
        ids = options.ids or list(size[chosen.index].sort_values(kind="stable").index)
        done = set(pd.read_csv(options.out, sep="\t")["id"]) if options.out.is_file() else set()
        options.poses.mkdir(parents=True, exist_ok=True)
        with options.out.open("a", newline="") as handle:
            writer = csv.DictWriter(handle, COLUMNS, delimiter="\t", lineterminator="\n")
            if not done and handle.tell() == 0:
                writer.writeheader()
            for name in ids:
                if name in done:
                    continue
                try:
                    row = one_complex(options.folder / name, options.poses)
                except CrossdockError as error:
                    print(f"{name}: {error}", file=sys.stderr)
                    continue
                writer.writerow({"difficulty": known["difficulty"][name], **row})
                handle.flush()
    table = pd.read_csv(options.count or options.out, sep="\t")
    print(summary(table))


if __name__ == "__main__":
    main()
