"""Forty real entries read by Biopython and by biotite: the same residues, atoms, sequences and coordinates as ours."""

from __future__ import annotations

import io
import tarfile
import warnings
from pathlib import Path

import gemmi
import numpy as np
import pytest
from Bio.PDB import MMCIFParser, PDBParser
from Bio.PDB.Polypeptide import is_aa
from Bio.SeqUtils import seq1

from crossdock.entries.amino_acids import LETTERS
from crossdock.entries.entry import read_entry, unpack
from crossdock.entries.residues import Ledger, take_model
from real_entries import NAMES, real

DEMO = Path(__file__).parents[2] / "src" / "crossdock" / "demo"
# From the benchmark: modified residues, molecules merged into one chain, caps, insertion codes, side chains cut off.
BENCHMARK = ("1A2K/r_u", "1AHW/r_u", "1DE4/l_u", "1FQJ/l_u", "1TMQ/r_u", "1BVN/r_u", "1EXB/r_u", "2VIS/l_u", "3R9A/r_u")
COMPLEXES = ("skempi2/1KBH", "skempi2/2KSO")
ARCHIVES = {"bm5.tar.xz": [f"bm5/{one}.pdb" for one in BENCHMARK]}
ARCHIVES["complexes.tar.xz"] = [f"complexes/{one}.pdb" for one in COMPLEXES]


@pytest.fixture(scope="module")
def entries():
    """Give the files that are had everywhere: whole entries, AlphaFold models, and the demo."""
    return [*sorted(DEMO.glob("*.pdb.gz")), *(real(name) for name in NAMES)]


@pytest.fixture(scope="module")
def complexes(shared, tmp_path_factory):
    """Give those of ../shared alone: co-folded complexes and benchmark partners."""
    folder = tmp_path_factory.mktemp("entries")
    for name, members in ARCHIVES.items():
        with tarfile.open(shared / name) as packed:
            for member in packed:
                if member.name in members:
                    packed.extract(member, folder, filter="data")
    return [*sorted((shared / "cofold").rglob("*.[cp][id][fb]")), *sorted(folder.rglob("*.pdb"))]


def ours(path):
    """Give place -> name, one-letter code and heavy atoms of the amino acids of the first model."""
    found = take_model(read_entry(path), None, Ledger())
    table, places = found.residues, {}
    for i in np.flatnonzero(table.amino).tolist():
        # The file's own chain name, and not ours for molecules that share it.
        chain = str(table.chain[i]).rpartition("/")[0] if found.entry.shared else str(table.chain[i])
        place = (chain, int(table.number[i]), str(table.insertion[i]))
        places.setdefault(place, (str(table.name[i]), LETTERS[str(table.parent[i])], {}))
    for i, k in enumerate(table.of_atom.tolist()):
        chain = str(table.chain[k]).rpartition("/")[0] if found.entry.shared else str(table.chain[k])
        place = (chain, int(table.number[k]), str(table.insertion[k]))
        if table.amino[k]:
            places[place][2].setdefault(str(found.atoms.name[i]), (found.atoms.coord[i], bool(found.atoms.altloc[i])))
    return places


def by_biopython(path):
    text = unpack(path.read_bytes()).decode()
    parser = MMCIFParser(QUIET=True) if path.suffix == ".cif" else PDBParser(QUIET=True)
    model = next(iter(parser.get_structure("x", io.StringIO(text))))
    places = {}
    for chain in model:
        for residue in chain:
            if is_aa(residue, standard=False):
                heavy = {atom.name: atom.coord for atom in residue if atom.element not in ("H", "D")}
                letter = seq1(residue.resname, undef_code="X", custom_map={"MSE": "M"})
                places[chain.id.strip(), residue.id[1], residue.id[2].strip()] = (
                    residue.resname.strip(),
                    letter,
                    heavy,
                )
    return places


def by_biotite(path, need_module):
    need_module("biotite", "biotite is not here: `pip install biotite`")
    from biotite.sequence import ProteinSequence
    from biotite.structure import filter_amino_acids
    from biotite.structure.io import pdb, pdbx

    text = io.StringIO(unpack(path.read_bytes()).decode())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.suffix == ".cif":
            atoms = pdbx.get_structure(pdbx.CIFFile.read(text), model=1, altloc="occupancy")
        else:
            atoms = pdb.PDBFile.read(text).get_structure(model=1, altloc="occupancy")
    atoms = atoms[filter_amino_acids(atoms) & ~np.isin(atoms.element, ["H", "D"])]
    places = {}
    for atom in atoms:
        name = str(atom.res_name)
        letter = ProteinSequence.convert_letter_3to1(name) if name in LETTERS else "X"
        place = (str(atom.chain_id).strip(), int(atom.res_id), str(atom.ins_code).strip())
        places.setdefault(place, (name, letter, {}))[2].setdefault(str(atom.atom_name), atom.coord)
    return places


def differences(mine, theirs):
    """Name every difference by its kind; alternative locations are chosen by other rules and only counted as there."""
    found = set()
    for place in mine.keys() | theirs.keys():
        if place not in theirs or place not in mine:
            side, name = ("ours", mine[place][0]) if place in mine else ("theirs", theirs[place][0])
            found.add((f"only {side}", name))
            continue
        (name, letter, atoms), (other, code, expected) = mine[place], theirs[place]
        if name != other or (code != "X" and letter != code):
            found.add(("name", f"{name} {letter} / {other} {code}"))
        for atom in atoms.keys() ^ expected.keys():
            found.add((f"atom only {'ours' if atom in atoms else 'theirs'}", f"{name} {atom}"))
        for atom in atoms.keys() & expected.keys():
            coord, alternative = atoms[atom]
            if not alternative and not np.allclose(coord, expected[atom], atol=1.1e-3):
                found.add(("coordinates", f"{place} {atom}"))
    return found


def assert_the_same(paths, reader, need_module):
    """No difference is left to explain but alternative locations, which each reader chooses by rules of its own."""
    for path in paths:
        theirs = by_biopython(path) if reader == "Biopython" else by_biotite(path, need_module)
        assert differences(ours(path), theirs) == set(), path.name
    place = next(iter(theirs))
    theirs[place][2]["CA"] = theirs[place][2]["CA"] + 1
    theirs[place][2]["XX"] = theirs[place][2]["CA"]
    assert {kind for kind, _ in differences(ours(path), theirs)} == {"coordinates", "atom only theirs"}


@pytest.mark.measurement
def test_there_are_forty(entries, complexes):
    assert len(entries) + len(complexes) >= 40


@pytest.mark.parametrize("reader", ["Biopython", "biotite"])
def test_the_same_of_a_small_entry_in_both_formats(need_module, reader, tmp_path):
    entry = DEMO / "1emv.pdb.gz"
    structure = gemmi.read_structure(str(entry))
    structure.setup_entities()
    structure.assign_label_seq_id()
    structure.make_mmcif_document().write_file(str(tmp_path / "1emv.cif"))
    assert_the_same([entry, tmp_path / "1emv.cif"], reader, need_module)


@pytest.mark.measurement
@pytest.mark.parametrize("reader", ["Biopython", "biotite"])
def test_the_same_residues_atoms_sequences_and_coordinates(entries, need_module, reader):
    assert_the_same(entries, reader, need_module)


@pytest.mark.measurement
@pytest.mark.parametrize("reader", ["Biopython", "biotite"])
def test_the_same_of_complexes(complexes, need_module, reader):
    assert_the_same(complexes, reader, need_module)
