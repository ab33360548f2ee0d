"""The membrane of receptors, found from their structure, and residues closed to docking."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crossdock.errors import StructureError
from crossdock.remark import texts
from crossdock.structures.membrane import exposed_area, find_membrane, may_cross
from crossdock.structures.prepare import inspect, prepare
from crossdock.structures.structure import Structure
from real_entries import real

# Places that tell the sides of a receptor apart: the motif DRY at the end of helix 3 (inside, found by sequence), and
# the disulfide between helix 3 and the second outer loop (outside): accession, its two cysteines.
RECEPTORS = {"oprm": ("P35372", 142, 219), "oprk": ("P41145", 131, 210), "oprd": ("P41143", 121, 198)}
SOLUBLE = [
    ("1e3g", ["A"]),
    ("1a52", ["A", "B"]),
    ("1xwd", ["A", "B", "C"]),
    ("1duz", ["A", "B", "C"]),
    ("4qci", ["A"]),
    ("4qci", ["C", "D"]),
    ("5dfv", ["A"]),
    ("4d3c", ["A"]),
    ("2d9q", ["A"]),
    ("2d9q", ["B"]),
    ("3l95", ["X"]),
    ("1shy_B_MET", ["B"]),
    ("1tgj_tgfb3_dimer", ["A", "B"]),
    ("2vpf_vegfa_dimer", ["G", "H"]),
]


def heights(structure, record):
    """Height of each CA over the mid-plane, outside positive, by residue number."""
    membrane = record.membrane
    alpha = structure[structure.atom_name == "CA"]
    values = (alpha.coord - membrane.centre_A) @ np.array(membrane.normal)
    return dict(zip(alpha.residue_number.tolist(), values.tolist(), strict=True))


@pytest.mark.parametrize("name", [*RECEPTORS, "cnr2", "fshr"])
def test_the_slab_lies_across_the_seven_helices(name):
    structure, record = prepare(real(f"AF_{name}_human"), name=name, membrane={"outside": "N-term"})
    membrane = record.membrane
    assert membrane.crossings == 7
    assert 25 <= membrane.thickness_A <= 35
    assert membrane.tilt_degrees < 15
    assert membrane.outside == "N-term"
    assert np.linalg.norm(membrane.normal) == pytest.approx(1, abs=1e-3)
    height = heights(structure, record)
    numbers = sorted(height)
    half = membrane.thickness_A / 2
    assert height[numbers[0]] > half
    assert height[numbers[-1]] < -half / 2


@pytest.mark.parametrize("name", RECEPTORS)
def test_outer_loops_are_open_and_the_inner_side_is_closed(name):
    accession, third, loop = RECEPTORS[name]
    structure, record = prepare(real(f"AF_{name}_human"), name=name, uniprot=accession, membrane={"outside": "N-term"})
    height = heights(structure, record)
    half = record.membrane.thickness_A / 2
    alpha = structure[structure.atom_name == "CA"]
    sequence = dict(zip(alpha.residue_number.tolist(), alpha.residue_name.tolist(), strict=True))
    assert sequence[third] == sequence[loop] == "CYS"
    dry = next(n for n in sequence if [sequence.get(n + i) for i in range(3)] == ["ASP", "ARG", "TYR"])
    assert height[dry] < -half / 2
    assert height[loop] > half / 2
    closed = {number for _, number, _ in record.docking_mask.blocked}
    assert dry in closed
    # The hairpin of the second outer loop, where peptides bind.
    assert not closed & set(range(loop - 8, loop))
    assert 0.7 < len(closed) / structure.n_residues < 0.95
    assert texts(record.docking_mask.counts) == ["in or behind the membrane"]
    assert record.docking_mask.counts[0].count == len(closed)


def test_the_ectodomain_of_a_large_receptor_stays_open():
    _, record = prepare(real("AF_fshr_human"), name="FSHR", membrane={"outside": "N-term"})
    closed = {number for _, number, _ in record.docking_mask.blocked}
    assert not closed & set(range(20, 350))


def test_the_slab_does_not_depend_on_how_the_protein_lies():
    structure, _ = prepare(real("AF_cnr2_human"), name="x")
    first = find_membrane(structure)
    for seed in range(3):
        turn = Rotation.random(random_state=seed).as_matrix()
        again = find_membrane(structure.with_coord(structure.coord @ turn.T + [40, -30, 20]))
        angle = np.degrees(np.arccos(min(1, abs(again.normal @ turn @ first.normal))))
        assert angle < 5
        assert abs(again.thickness - first.thickness) <= 2
        assert again.crossings == 7


@pytest.mark.parametrize(("entry", "chains"), SOLUBLE)
def test_soluble_proteins_get_no_membrane(entry, chains):
    path = real(entry)
    structure, record = prepare(path, name="x", chains=chains)
    assert find_membrane(structure) is None
    assert record.membrane is None
    assert record.docking_mask is None
    assert not any("membrane" in warning for warning in texts(record.remarks))
    with pytest.raises(StructureError, match="no membrane was found"):
        prepare(path, name="x", chains=chains, membrane={"outside": "N-term"})


@pytest.mark.parametrize("name", ["1ppe", "1emv", "1jtg", "1bvn"])
def test_demo_proteins_get_no_membrane(name):
    path = files("crossdock.demo") / f"{name}.pdb.gz"
    chains = [chain.chain for chain in inspect(str(path)).chains]
    assert all(find_membrane(prepare(str(path), name="x", chains=[chain])[0]) is None for chain in chains)


def test_a_membrane_protein_without_the_key_is_noticed():
    _, record = prepare(real("AF_oprm_human"), name="MOR")
    assert any("looks like a membrane protein" in warning for warning in texts(record.remarks))
    _, record = prepare(real("AF_oprm_human"), name="MOR", membrane={"outside": "N-term"})
    assert not any("looks like" in warning for warning in texts(record.remarks))


def test_residues_can_tell_the_sides_apart():
    path = real("AF_oprm_human")
    _, by_end = prepare(path, name="x", membrane={"outside": "N-term"})
    _, by_loop = prepare(path, name="x", membrane={"outside": "212-218"})
    _, inside_out = prepare(path, name="x", membrane={"outside": "C-term"})
    assert by_loop.docking_mask == by_end.docking_mask
    assert by_loop.membrane.normal == by_end.membrane.normal
    assert inside_out.membrane.normal == tuple(-x for x in by_end.membrane.normal)
    with pytest.raises(StructureError, match="lies inside the membrane"):
        prepare(path, name="x", membrane={"outside": "295-296"})


def test_hydrophobic_stretches():
    assert may_cross("KKDE" + "LLIVFLLAVLLVIFLLWLL" + "KKDE")
    assert not may_cross("MELKHSISDYTEAEFLQLVTTICNADTSSEEELVKLVTHFEEMTEHPSGSDLIYYPKEGDDDSPSGIVNTVKQWRAANGKSGFKQG")
    assert not may_cross("LLLL")


def test_the_exposed_area_of_free_and_of_touching_atoms():
    def pair(distance):
        two = np.array(["A", "A"])
        return Structure(
            np.array([[0, 0, 0], [distance, 0, 0]], float),
            two,
            np.array([1, 2]),
            np.array(["", ""]),
            np.array(["GLY"] * 2),
            np.array(["CA"] * 2),
            np.array(["C"] * 2),
            np.zeros(2),
            np.zeros(2, bool),
        )

    sphere = 4 * np.pi * 3.2**2
    np.testing.assert_allclose(exposed_area(pair(20.0)), sphere)
    # Two spheres of radius r at distance d: each loses a cap of height r - d / 2.
    cap = 2 * np.pi * 3.2 * (3.2 - 1.9)
    np.testing.assert_allclose(exposed_area(pair(3.8)), sphere - cap, rtol=0.03)
