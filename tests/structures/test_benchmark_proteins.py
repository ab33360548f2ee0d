"""Twenty unbound proteins of Docking Benchmark 5, compared atom by atom with gemmi and read by PRODIGY.

They come from `../shared/data/bm5.tar.xz` (Vreven et al. 2015, J Mol Biol 427:3031, as cleaned by the HADDOCK group):
modified residues, cofactors, hydrogens, cut side chains, caps, antibodies, and dimers written as one chain.
"""

from __future__ import annotations

import tarfile

import gemmi
import numpy as np
import pytest

from crossdock.structures.prepare import prepare_to

pytestmark = pytest.mark.measurement

PROTEINS = [
    "1A2K/l_u",
    "1AHW/r_u",
    "1AKJ/r_u",
    "1ATN/r_u",
    "1BVN/l_u",
    "1BVN/r_u",
    "1CLV/l_u",
    "1D6R/r_u",
    "1DE4/l_u",
    "1DFJ/l_u",
    "1EWY/r_u",
    "1EZU/r_u",
    "1F51/r_u",
    "1FCC/l_u",
    "1FQJ/l_u",
    "1E96/r_u",
    "1ZLI/r_u",
    "3BP8/r_u",
    "3CPH/l_u",
    "3R9A/r_u",
]
# Molecules that a file of the benchmark has merged into one chain: antibodies' two chains, subunits of oligomers.
MOLECULES = {
    "1A2K/r_u": 2,
    "1AHW/r_u": 2,
    "1AKJ/r_u": 2,
    "1DE4/l_u": 2,
    "1EZU/r_u": 1,
    "1F51/r_u": 2,
    "1FCC/l_u": 1,
    "3BP8/r_u": 2,
    "3R9A/r_u": 2,
}
# What a modified residue's atoms are called in its parent.
RENAMED = {("MSE", "SE"): "SD"}


@pytest.fixture(scope="module")
def benchmark(shared, tmp_path_factory):
    """Unpack the twenty files, and no other."""
    archive = shared / "bm5.tar.xz"
    folder, wanted = tmp_path_factory.mktemp("benchmark"), {f"bm5/{name}.pdb" for name in PROTEINS}
    with tarfile.open(archive) as packed:
        for member in packed:
            if member.name in wanted:
                packed.extract(member, folder, filter="data")
    return folder / "bm5"


@pytest.fixture(scope="module")
def prepared(benchmark, tmp_path_factory):
    """Prepare each protein once; give name -> folder of structure.pdb and record."""
    made = {}
    for name in PROTEINS:
        folder = tmp_path_factory.mktemp("prepared") / name.replace("/", "-")
        made[name] = folder, prepare_to(folder, benchmark / f"{name}.pdb", name=name)
    return made


def amino_acids(chain):
    """Residue place -> (parent's name, {atom name: position}) of the heavy atoms of amino acids, by gemmi's tables."""
    places = {}
    for residue in chain:
        about = gemmi.find_tabulated_residue(residue.name)
        if not about.is_amino_acid():
            continue
        parent = gemmi.expand_one_letter(about.one_letter_code.upper(), gemmi.ResidueKind.AA)
        named = {
            RENAMED.get((residue.name, atom.name), atom.name): atom.pos.tolist()
            for atom in residue
            if not atom.is_hydrogen()
        }
        places[residue.seqid.num, residue.seqid.icode.strip()] = parent, named
    return places


@pytest.mark.parametrize("name", PROTEINS)
def test_gemmi_finds_the_same_heavy_atoms_residue_for_residue(benchmark, prepared, name):
    folder, record = prepared[name]
    (entry,) = gemmi.read_pdb(str(benchmark / f"{name}.pdb"))[0]
    # Molecules that the file puts into one chain have chains of their own in what is prepared.
    chains = list(gemmi.read_pdb(str(folder / "structure.pdb"))[0])
    ours = {(r.seqid.num, r.seqid.icode.strip()): r for chain in chains for r in chain}
    expected = amino_acids(entry)
    written = {place: one for chain in chains for place, one in amino_acids(chain).items()}
    # Residues that a file lists behind their chain (1FQJ, 1TMQ) come where their bonds have them.
    assert sorted(written) == sorted(expected)
    assert len(written) == len(ours) == record.n_residues
    assert len(chains) == MOLECULES.get(name, 1)
    for place, (parent, atoms) in written.items():
        assert parent == expected[place][0]
        assert ours[place].name == parent
        assert sorted(atoms) == sorted(expected[place][1])
        np.testing.assert_allclose(list(atoms.values()), [expected[place][1][atom] for atom in atoms], atol=6e-4)
    assert sum(len(atoms) for _, atoms in written.values()) == record.n_atoms
    assert {atom.element.name for residue in ours.values() for atom in residue} <= {"C", "N", "O", "S"}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", PROTEINS)
def test_prodigy_reads_every_residue_and_atom(prepared, prodigy, name):
    from prodigy_prot.modules.parsers import parse_structure

    folder, record = prepared[name]
    models, n_chains, n_residues = parse_structure(str(folder / "structure.pdb"))
    assert (len(models), n_chains, n_residues) == (1, MOLECULES.get(name, 1), record.n_residues)
    assert sum(1 for _ in models[0].get_atoms()) == record.n_atoms


def test_prodigy_predicts_from_two_prepared_structures(prepared, prodigy, tmp_path):
    """The unbound partners lie where the complex has them, so that together they have an interface."""
    from prodigy_prot.modules.parsers import parse_structure

    texts = [(prepared[name][0] / "structure.pdb").read_text() for name in ("1BVN/r_u", "1BVN/l_u")]
    path = tmp_path / "pair.pdb"
    path.write_text("".join(line + "\n" for text in texts for line in text.splitlines() if line.startswith("ATOM")))
    (model,), _, _ = parse_structure(str(path))
    made = prodigy.Prodigy(model, selection=["A", "B"])
    made.predict()
    assert len(made.ic_network) > 30
    assert -20 < made.ba_val < -5  # kcal/mol; the measured value of the complex is -15.1
