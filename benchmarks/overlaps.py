"""Count the atom pairs that overlap in solved complexes and in docked models, and what they do to a predicted dG.

    python benchmarks/overlaps.py --complexes DIR --out FILE.tsv
    python benchmarks/overlaps.py --runs RESULTS ...

DIR holds <ID>/{r_b,l_b}.pdb, bound partners (../shared/data/bm5.tar.xz). Each ligand is also pushed into its receptor,
by 0.5 to 8 A along the line between the atoms in contact: then only the overlap makes the predicted dG another.
RESULTS are folders of runs; the first models of their pairs are counted, by backend.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.analysis.affinity import PUBLISHED_ERROR_KCAL_MOL, predict, residue_kinds
from crossdock.analysis.interface import residue_contacts, summary
from crossdock.analysis.records import PairRecord
from crossdock.analysis.surface import areas_together, surface
from crossdock.records import read_record
from crossdock.structures.structure import Structure, read_structure
from docking import heavy

#: How far a ligand is pushed, in angstrom.
PUSHED_A = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
CONTACT_A = 5.0


def inwards(receptor: Structure, ligand: Structure) -> NDArray[np.float64]:
    """Give the unit vector from the ligand's atoms in contact to the receptor's."""
    near = cKDTree(receptor.coord).sparse_distance_matrix(cKDTree(ligand.coord), CONTACT_A, output_type="coo_matrix")
    between: NDArray[np.float64] = receptor.coord[np.unique(near.row)].mean(0) - ligand.coord[np.unique(near.col)].mean(
        0
    )
    return between / np.linalg.norm(between)


def of_complex(name: str, receptor: Structure, ligand: Structure) -> list[dict[str, object]]:
    """Count overlaps and predict dG of a complex as it is, and with its ligand pushed into the receptor."""
    alone, kinds = (surface(receptor), surface(ligand)), (residue_kinds(receptor), residue_kinds(ligand))
    direction, turn, rows = inwards(receptor, ligand), np.eye(3), []
    for far in PUSHED_A:
        moved = ligand.with_coord(ligand.coord + far * direction)
        found = summary(residue_contacts(receptor, moved))
        areas = areas_together(alone[0], alone[1].moved(turn, far * direction))
        dg = predict(receptor, moved, areas, kinds=kinds).dg
        numbers = {"contacts": sum(found["contacts"].values()), "overlaps": found["overlaps"], "dg": round(dg, 2)}
        rows.append({"complex": name, "pushed_A": far} | numbers)
    return rows


def of_runs(folders: list[Path]) -> pd.DataFrame:
    """Read what was counted in the first model of each pair of some runs."""
    rows = []
    for file in (file for folder in folders for file in sorted(folder.glob("**/pairs/*/*/pair.json"))):
        pair = read_record(file, PairRecord, "crossdock analyse")
        if pair.models and not pair.synthetic:
            first = pair.models[0]
            counts = {"contacts": sum(first.contacts.values()), "overlaps": first.overlaps}
            rows.append({"backend": pair.backend, "receptor": pair.receptor, "ligand": pair.ligand} | counts)
    return pd.DataFrame(rows).drop_duplicates()


def shares(table: pd.DataFrame) -> str:
    """Write the distribution of overlaps for each 100 residue pairs in contact."""
    share = 100 * table["overlaps"] / table["contacts"].clip(lower=1)
    numbers = "  ".join(f"{q:.0%} {share.quantile(q):5.1f}" for q in (0.5, 0.75, 0.9, 0.95, 0.99))
    above = "  ".join(f">{limit}: {int((share > limit).sum())}" for limit in (35, 50, 75, 100))
    return f"n={len(table):4d}  overlaps per 100 contacts {numbers}  most {share.max():.1f}  {above}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--complexes", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--runs", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    if options.complexes:
        of_complexes(options.complexes, options.out)
    if options.runs:
        for backend, group in of_runs(options.runs).groupby("backend"):
            print(f"{backend:12s} {shares(group)}")


def of_complexes(path: Path, out: Path | None) -> None:
    """Print overlaps and changes of dG of solved complexes, by how far they are pushed and by how much they overlap."""
    rows: list[dict[str, object]] = []
    for folder in sorted(one for one in path.iterdir() if (one / "r_b.pdb").is_file()):
        rows += of_complex(folder.name, *(heavy(read_structure(folder / f"{name}.pdb")) for name in ("r_b", "l_b")))
        print(f"\r{len(rows) // len(PUSHED_A)} complexes", end="", flush=True)
    print()
    table = pd.DataFrame(rows)
    if out:
        table.round(3).to_csv(out, sep="\t", index=False)
    table["share"] = 100 * table["overlaps"] / table["contacts"]
    table["change"] = table["dg"] - table.groupby("complex")["dg"].transform("first")
    for far, group in table.groupby("pushed_A"):
        change = group["change"].quantile([0.1, 0.5, 0.9])
        print(
            f"pushed by {far:3.1f} A  {shares(group)}  change of dG {change.iloc[1]:6.2f} "
            f"({change.iloc[0]:.2f} to {change.iloc[2]:.2f}), lowest dG {group['dg'].min():.1f}"
        )
    bands = pd.cut(table["share"], [-1, 0, 5, 15, 25, 35, 50, 75, 100, 150, 1000])
    for band, group in table[table["pushed_A"] > 0].groupby(bands, observed=True):
        size, beyond = group["change"].abs(), (group["change"].abs() > PUBLISHED_ERROR_KCAL_MOL).mean()
        print(
            f"overlaps per 100 contacts {band!s:14s} n={len(group):4d}  |change of dG| {size.median():6.2f} (median), "
            f"{size.quantile(0.9):6.2f} (90 %), beyond {PUBLISHED_ERROR_KCAL_MOL} kcal/mol {beyond:.0%}"
        )


if __name__ == "__main__":
    main()
