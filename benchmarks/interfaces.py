"""Hold contacts, hydrogen bonds and buried areas of solved interfaces to independent programs.

    python benchmarks/interfaces.py DIR --out FILE.tsv [--complexes 30]

DIR holds <ID>/{r_b,l_b}.pdb, bound partners (../shared/data/bm5.tar.xz). For each complex: residue contacts against
gemmi's contact search, hydrogen bonds between residues against biotite's, which adds hydrogens (hydride, relaxed) and
asks for 2.5 angstrom and 120 degrees at the hydrogen (Baker & Hubbard), and buried area against FreeSASA's. Needs the
packages gemmi, biotite, hydride and freesasa.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import biotite.structure as struc
import freesasa
import gemmi
import hydride
import numpy as np
import pandas as pd
from biotite.structure import info
from biotite.structure.io import pdb

from crossdock.analysis.interface import residue_contacts
from crossdock.analysis.surface import areas_together, atom_radii, surface
from crossdock.geometry.surfaces import PROBE_A
from crossdock.structures.structure import Structure, read_structure, write_structure
from docking import heavy

Pairs = set[tuple[str, str]]


def written(folder: str, bodies: list[Structure]) -> Path:
    """Write both partners to one file, receptor as chain A, ligand as chain B."""
    path = Path(folder, "complex.pdb")
    lettered = [body.with_chains(dict.fromkeys(body.chains, letter)) for body, letter in zip(bodies, "AB", strict=True)]
    write_structure(path, *lettered)
    return path


def gemmi_contacts(path: Path) -> Pairs:
    """Find the residue pairs with heavy atoms within 5 angstrom."""
    model = gemmi.read_structure(str(path))
    model.setup_entities()
    search = gemmi.NeighborSearch(model[0], model.cell, 6).populate(include_h=False)
    finder = gemmi.ContactSearch(5.0)
    finder.ignore = gemmi.ContactSearch.Ignore.SameChain
    found = set()
    for contact in finder.find_contacts(search):
        one, other = sorted((contact.partner1, contact.partner2), key=lambda partner: partner.chain.name)
        found.add((str(one.residue.seqid), str(other.residue.seqid)))
    return found


def biotite_bonds(path: Path) -> Pairs:
    """Find the residue pairs with a hydrogen bond across the interface, hydrogens added."""
    atoms = pdb.PDBFile.read(str(path)).get_structure(model=1, extra_fields=["charge"])
    atoms.bonds = struc.connect_via_residue_names(atoms)
    for name in np.unique(atoms.res_name):
        known = info.residue(str(name))
        charges = dict(zip(known.atom_name.tolist(), known.charge.tolist(), strict=True))
        mine = atoms.res_name == name
        atoms.charge[mine] = [charges.get(atom, 0) for atom in atoms.atom_name[mine].tolist()]
    atoms, _ = hydride.add_hydrogen(atoms)
    # Hydroxyl and amino groups turn towards what they can bind.
    atoms.coord = hydride.relax_hydrogen(atoms)
    found = set()
    for donor, _, acceptor in struc.hbond(atoms, atoms.chain_id == "A", atoms.chain_id == "B"):
        one, other = sorted((donor, acceptor), key=lambda i: atoms.chain_id[i])
        found.add(tuple(f"{atoms.res_id[i]}{atoms.ins_code[i].strip()}" for i in (one, other)))
    return found


def buried(bodies: list[Structure]) -> float:
    """Compute the buried area of both sides with FreeSASA, in square angstrom."""
    settings = freesasa.Parameters({"algorithm": freesasa.LeeRichards, "probe-radius": PROBE_A, "n-slices": 100})

    def area(*some: Structure) -> float:
        coord, radii = np.vstack([body.coord for body in some]), np.concatenate([atom_radii(body) for body in some])
        return freesasa.calcCoord(coord.ravel(), radii, settings).totalArea()

    return area(bodies[0]) + area(bodies[1]) - area(*bodies)


def compared(folder: Path) -> dict[str, float | str]:
    """Compare one complex."""
    bodies = [heavy(read_structure(folder / f"{name}.pdb")) for name in ("r_b", "l_b")]
    contacts = residue_contacts(*bodies)
    pairs = list(zip(contacts["receptor_number"], contacts["ligand_number"], strict=True))
    bonds = {pair for pair, kind in zip(pairs, contacts["kind"], strict=True) if kind == "hydrogen bond"}
    bridges = {pair for pair, kind in zip(pairs, contacts["kind"], strict=True) if kind == "salt bridge"}
    with tempfile.TemporaryDirectory() as made:
        path = written(made, bodies)
        theirs, their_bonds = gemmi_contacts(path), biotite_bonds(path)
    alone = [surface(body) for body in bodies]
    own_area = sum((one.area - area).sum() for one, area in zip(alone, areas_together(*alone), strict=True))
    return {
        "id": folder.name,
        "contacts": len(pairs),
        "gemmi": len(theirs),
        "both_contacts": len(set(pairs) & theirs),
        "hydrogen_bonds": len(bonds),
        "salt_bridges": len(bridges),
        "biotite": len(their_bonds),
        # A salt bridge is mostly a hydrogen bond too; the list names the stronger of the two.
        "confirmed_bonds": len(bonds & their_bonds),
        "found_bonds": len((bonds | bridges) & their_bonds),
        "buried_A2": own_area,
        "freesasa_A2": buried(bodies),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--complexes", type=int, default=30, help="how many, spread evenly over the sorted list")
    options = parser.parse_args()
    folders = sorted(path for path in options.folder.iterdir() if (path / "r_b.pdb").is_file())
    chosen = [folders[int(place)] for place in np.linspace(0, len(folders) - 1, min(options.complexes, len(folders)))]
    rows = []
    for folder in chosen:
        rows.append(compared(folder))
        print(f"\r{len(rows)}/{len(chosen)} complexes", end="", flush=True)
    print()
    table = pd.DataFrame(rows)
    table.round(1).to_csv(options.out, sep="\t", index=False)
    sums = table.drop(columns="id").sum()
    print(f"contacts: {sums['both_contacts']:.0f} of our {sums['contacts']:.0f} and gemmi's {sums['gemmi']:.0f}")
    print(
        f"hydrogen bonds: biotite confirms {sums['confirmed_bonds']:.0f} of our {sums['hydrogen_bonds']:.0f} "
        f"({100 * sums['confirmed_bonds'] / sums['hydrogen_bonds']:.0f} %); of its {sums['biotite']:.0f} "
        f"{sums['found_bonds']:.0f} ({100 * sums['found_bonds'] / sums['biotite']:.0f} %) are ours, or bridges"
    )
    apart = abs(table["buried_A2"] / table["freesasa_A2"] - 1) * 100
    print(f"buried area differs from FreeSASA's by {apart.median():.2f} % (median), {apart.max():.2f} % at most")


if __name__ == "__main__":
    main()
