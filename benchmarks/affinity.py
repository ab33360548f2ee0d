"""Hold the predicted affinities to experiment, and to PRODIGY's own program, on solved complexes.

    python benchmarks/affinity.py DIR --out FILE.tsv

DIR holds <ID>/{r_b,l_b}.pdb, bound partners (../shared/data/bm5.tar.xz); those of the 81 complexes of PRODIGY's paper
that are there are used. affinity.csv has their measured free energies and the published contacts, surfaces and
predictions. The program is the package prodigy-prot, run on the same coordinates in PDB format. Prints how well our
equation does on the published numbers of all 81, and ours, the program's and the published predictions on the
structures.
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
from crossdock.analysis.surface import areas_together, surface
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


def told(label: str, predicted: pd.Series, measured: pd.Series) -> str:
    """Write correlation and error."""
    error = np.sqrt(((predicted - measured) ** 2).mean())
    return f"{label:46s} n={len(measured):2d}  r {predicted.corr(measured):.2f}  RMSE {error:.2f} kcal/mol"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    table = published()
    print(told("our equation, published contacts", table["equation"], table["experiment"]))
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
        print(told(f"{label}, the same complexes", made[name], made["experiment"]))
    apart = abs(made["crossdock"] - made["program"])
    print(
        f"crossdock and prodigy-prot differ by {apart.median():.2f} (median), {apart.quantile(0.9):.2f} (90 %), "
        f"{apart.max():.2f} (most, {made['id'][apart.idxmax()]})"
    )


if __name__ == "__main__":
    main()
