"""Hold the predicted affinities to experiment, and to PRODIGY's own program, on solved complexes.

    python benchmarks/affinity.py DIR --out FILE.tsv [--poses POSES]

DIR holds <ID>/{r_b,l_b}.pdb, bound partners (../shared/data/bm5.tar.xz); those of the 81 complexes of PRODIGY's paper
that are there are used. affinity.csv has their measured free energies and the published contacts, surfaces and
predictions. The program is the package prodigy-prot, run on the same coordinates in PDB format. Prints how well our
equation does on the published numbers of all 81, and ours, the program's and the published predictions on the
structures. With the poses that `benchmarks/docking.py --poses` wrote (of unbound structures), also what the equation
says of right and of wrong poses: of the pose with the best score of each complex, and of its best acceptable one.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from Bio.PDB import PDBParser
from prodigy_prot.modules.prodigy import Prodigy

from crossdock.analysis.affinity import free_energy, predict
from crossdock.analysis.reference import ACCEPTABLE
from crossdock.analysis.surface import areas_together, surface
from crossdock.docking.poses import place, placements
from crossdock.structures.structure import Structure, read_structure, write_structure
from docking import heavy

TABLE = Path(__file__).with_suffix(".csv")


def published() -> pd.DataFrame:
    """Read the table of the paper, with our equation applied to its contacts and surfaces."""
    table = pd.read_csv(TABLE, comment="#", dtype={"id": str})
    rows = table.to_dict("records")
    table["equation"] = [
        free_energy(
            {
                "cc": row["charged_charged"],
                "ac": row["charged_apolar"],
                "pp": row["polar_polar"],
                "ap": row["polar_apolar"],
            },
            {"a": row["surface_apolar"], "c": row["surface_charged"]},
        )
        for row in rows
    ]
    return table


def program(receptor: Structure, ligand: Structure) -> float:
    """Predict with PRODIGY's own program, in kcal/mol."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "complex.pdb")
        one = receptor.with_chains(dict.fromkeys(receptor.chains, "A"))
        other = ligand.with_chains(dict.fromkeys(ligand.chains, "B"))
        write_structure(path, one[~one.hetero], other[~other.hetero])
        model = PDBParser(QUIET=True).get_structure("complex", str(path))[0]
    made = Prodigy(model, selection=["A", "B"])
    made.predict()
    return made.ba_val


def of_poses(folder: Path, poses: Path) -> tuple[list[float], list[float], list[float]]:
    """Predict dG of best-scored poses that are wrong, of those that are acceptable, and of the best acceptable ones."""
    wrong, right, best = [], [], []
    for number, file in enumerate(sorted(poses.glob("*.csv.gz")), start=1):
        table = pd.read_csv(file)
        home = folder / file.name.removesuffix(".csv.gz")
        receptor, ligand = (heavy(read_structure(home / f"{name}.pdb")) for name in ("r_u", "l_u"))
        alone = surface(receptor), surface(ligand)

        def dg(row: pd.Series, bodies=(receptor, ligand), alone=alone) -> float:
            turn, shift = (part[0] for part in placements(row.to_frame().T.astype(float)))
            areas = areas_together(alone[0], alone[1].moved(turn, shift))
            return predict(bodies[0], place(bodies[1], row), areas).dg

        numbers = table.drop(columns=[name for name in table if table[name].dtype == object])
        first = numbers.iloc[0]
        (right if first["dockq"] >= ACCEPTABLE else wrong).append(dg(first))
        acceptable = numbers[numbers["dockq"] >= ACCEPTABLE]
        if len(acceptable):
            best.append(dg(acceptable.loc[acceptable["dockq"].idxmax()]))
        print(f"\r{number} complexes", end="", flush=True)
    print()
    return wrong, right, best


def summary(label: str, predicted: pd.Series, measured: pd.Series) -> str:
    """Write correlation and error."""
    error = np.sqrt(((predicted - measured) ** 2).mean())
    return f"{label:46s} n={len(measured):2d}  r {predicted.corr(measured):.2f}  RMSE {error:.2f} kcal/mol"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--poses", type=Path)
    options = parser.parse_args()
    table = published()
    print(summary("our equation, published contacts", table["equation"], table["experiment"]))
    print(f"largest difference from the published prediction {abs(table['equation'] - table['published']).max():.2f}")
    rows = []
    for row in table.to_dict("records"):
        folder = options.folder / row["id"]
        if not folder.is_dir():
            continue
        bodies = [heavy(read_structure(folder / f"{name}.pdb")) for name in ("r_b", "l_b")]
        own = predict(*bodies, areas_together(*(surface(body) for body in bodies)))
        rows.append(row | {"crossdock": own.dg, "program": program(*bodies)})
        print(f"\r{len(rows)} complexes", end="", flush=True)
    print()
    made = pd.DataFrame(rows)
    made.round(3).to_csv(options.out, sep="\t", index=False)
    for name, label in (("crossdock", "crossdock"), ("program", "prodigy-prot"), ("published", "published")):
        print(summary(f"{label}, the same complexes", made[name], made["experiment"]))
    apart = abs(made["crossdock"] - made["program"])
    print(
        f"crossdock and prodigy-prot differ by {apart.median():.2f} (median), {apart.quantile(0.9):.2f} (90 %), "
        f"{apart.max():.2f} (most, {made['id'][apart.idxmax()]})"
    )
    if options.poses:
        wrong, right, best = of_poses(options.folder, options.poses)
        groups = (("best score, wrong", wrong), ("best score, acceptable", right), ("best acceptable pose", best))
        for label, values in groups:
            print(f"{label:24s} n={len(values):3d}  dG {np.mean(values):6.2f} +- {np.std(values):.2f} kcal/mol")
        above = np.mean([r < w for r in best for w in wrong])
        print(f"chance that an acceptable pose has the lower dG of it and a wrong one: {above:.2f}")


if __name__ == "__main__":
    main()
