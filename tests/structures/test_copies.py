"""How many copies of a protein make one body; symmetry copies are compared with gemmi's."""

from __future__ import annotations

import gemmi
import numpy as np
import pytest

from crossdock.entries.assembly import from_mmcif, from_pdb
from crossdock.errors import StructureError
from crossdock.remark import texts
from crossdock.structures.prepare import prepare
from real_entries import real

# A two-fold axis along y through x = 20, z = 5, as a crystal structure of half a dimer has it.
TWOFOLD = """\
REMARK 350 BIOMOLECULE: 1
REMARK 350 APPLY THE FOLLOWING TO CHAINS: A
REMARK 350   BIOMT1   1  1.000000  0.000000  0.000000        0.00000
REMARK 350   BIOMT2   1  0.000000  1.000000  0.000000        0.00000
REMARK 350   BIOMT3   1  0.000000  0.000000  1.000000        0.00000
REMARK 350   BIOMT1   2 -1.000000  0.000000  0.000000       40.00000
REMARK 350   BIOMT2   2  0.000000  1.000000  0.000000        0.00000
REMARK 350   BIOMT3   2  0.000000  0.000000 -1.000000       10.00000
"""


def items(found):
    return [(one.text, one.count) for one in found]


def atom(serial, name, residue, chain, number, xyz):
    x, y, z = xyz
    return (
        f"ATOM  {serial:5d}  {name:<3} {residue:>3} {chain}{number:4d}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00 10.00"
        f"           {name[0]}"
    )


def chain_of(chain, sulphur, *, x=0.0, n=4):
    """A strand of alanines along y, with a cysteine whose sulphur is at the given place."""
    lines = []
    for i in range(n):
        residue = "CYS" if i == 1 else "ALA"
        places = {"N": (x, 3.8 * i, 0), "CA": (x + 1.4, 3.8 * i, 0), "C": (x + 1.4, 3.8 * i + 1.5, 0)}
        places |= {"O": (x + 2.6, 3.8 * i + 1.5, 0), "CB": (x + 1.4, 3.8 * i, 1.5)}
        if i == 1:
            places["SG"] = sulphur
        lines += [atom(len(lines) + 1, name, residue, chain, i + 1, xyz) for name, xyz in places.items()]
    return [*lines, "TER"]


def written(tmp_path, text, *, form="pdb"):
    path = tmp_path / f"made.{form}"
    if form == "cif":
        structure = gemmi.read_pdb_string(text)
        structure.setup_entities()
        text = structure.make_mmcif_document().as_string()
    path.write_text(text)
    return path


@pytest.fixture(params=["pdb", "cif"])
def half_a_dimer(tmp_path, request):
    # The sulphur lies 1 A from the axis, and so 2 A from its mate.
    return written(tmp_path, TWOFOLD + "\n".join([*chain_of("A", (19.0, 4.0, 5.0)), "END"]), form=request.param)


def test_a_dimer_that_symmetry_makes_stays_together(half_a_dimer):
    structure, record = prepare(half_a_dimer, name="x")
    assert record.selection.chains == ("A", "A-2")
    assert structure.chains == ["A", "B"]
    assert [c.of for c in record.selection.assembly.copies] == ["A"]
    assert any("linked by disulfides" in warning for warning in texts(record.remarks))
    first, second = (structure.coord[structure.chain == letter] for letter in "AB")
    np.testing.assert_allclose(second, first * [-1, 1, -1] + [40, 0, 10], atol=0.001)


def test_one_chain_is_taken_where_one_is_asked_for(half_a_dimer):
    structure, record = prepare(half_a_dimer, name="x", copies="one")
    assert structure.chains == ["A"]
    assert record.selection.assembly is None


def test_symmetry_copies_are_gemmis(half_a_dimer):
    model = gemmi.read_structure(str(half_a_dimer))
    made = gemmi.make_assembly(model.assemblies[0], model[0], gemmi.HowToNameCopiedChain.AddNumber)
    theirs = np.array([atom.pos.tolist() for chain in made for residue in chain for atom in residue])
    structure, _ = prepare(half_a_dimer, name="x", copies="assembly")
    np.testing.assert_allclose(structure.coord, theirs, atol=0.001)


def test_copies_that_nothing_links_are_one_by_default(tmp_path):
    lines = [*chain_of("A", (10, 4.0, 0)), *chain_of("B", (15, 4.0, 0), x=12), "END"]
    names = "".join(f"DBREF  9XYZ {c}    1     4  UNP    P60033   CD81_HUMAN       1      4\n" for c in "AB")
    path = written(tmp_path, names + "\n".join(lines))
    structure, record = prepare(path, name="x", uniprot="P60033")
    assert structure.chains == ["A"]
    assert ("residues of chain B", 4) in items(record.removed)


@pytest.mark.parametrize(("distance", "chains"), [(2.05, ["A", "C"]), (2.49, ["A", "C"]), (2.51, ["A"])])
def test_linked_copies_stay_together_and_the_third_goes(tmp_path, distance, chains):
    lines = [*chain_of("A", (5, 4, 0)), *chain_of("B", (60, 4, 0), x=50), *chain_of("C", (5 + distance, 4, 0), x=10)]
    names = "".join(f"DBREF  9XYZ {c}    1     4  UNP    P60033   CD81_HUMAN       1      4\n" for c in "ABC")
    path = written(tmp_path, names + "\n".join([*lines, "END"]))
    assert prepare(path, name="x", uniprot="P60033")[0].chains == chains
    assert prepare(path, name="x", uniprot="P60033", copies="one")[0].chains == ["A"]
    assert prepare(path, name="x", uniprot="P60033", chains=["B"])[0].chains == ["B"]


def test_a_linked_chain_that_is_left_out_is_told(tmp_path):
    lines = [*chain_of("A", (5, 4, 0)), *chain_of("B", (60, 4, 0), x=50), *chain_of("C", (7, 4, 0), x=10)]
    path = written(tmp_path, "\n".join([*lines, "END"]))

    def warnings(**options):
        return texts(prepare(path, name="x", **options)[1].remarks)

    (text,) = warnings(chains=["A"])
    assert text.startswith("Disulfides link chain A to chain C, which is left out")
    assert warnings(chains=["C", "B"])[0].startswith("Disulfides link chain C to chain A")
    for counts in (
        {"chains": ["B"]},
        {"chains": ["A", "C"]},
        {"chains": ["A"], "partners": ["C"]},
        {"chains": ["A"], "copies": "one"},
    ):
        assert warnings(**counts) == []


def test_an_assembly_that_parts_a_disulfide_is_told(tmp_path):
    lines = [*chain_of("A", (5, 4, 0)), *chain_of("C", (7, 4, 0), x=10), "END"]
    names = "".join(f"DBREF  9XYZ {c}    1     4  UNP    P60033   CD81_HUMAN       1      4\n" for c in "AC")
    identity = "".join(TWOFOLD.splitlines(keepends=True)[:5])
    structure, record = prepare(
        written(tmp_path, identity + names + "\n".join(lines)), name="x", uniprot="P60033", copies="assembly"
    )
    assert structure.chains == ["A"]
    assert "Disulfides link chain A to chain C" in texts(record.remarks)[0]


@pytest.mark.parametrize(
    ("entry", "options", "chains"),
    [
        ("4qci", {"uniprot": "P01127"}, ["C", "D"]),
        ("4qci", {"uniprot": "P01127", "copies": "one"}, ["C"]),
        ("4qci", {"uniprot": "P01127", "copies": "assembly"}, ["D"]),
        ("1err", {"uniprot": "P03372"}, ["A"]),
        ("1err", {"uniprot": "P03372", "copies": "assembly"}, ["A", "B"]),
        ("1err", {"chains": ["B"], "copies": "assembly"}, ["B", "A"]),
        ("1xwd", {"uniprot": "P23945", "copies": "assembly"}, ["C"]),
        ("1duz", {"uniprot": "P04439", "partners": ["B", "C"], "copies": "assembly"}, ["A", "B", "C"]),
        ("1tgj_tgfb3_dimer", {"chains": ["A", "B"]}, ["A", "B"]),
        ("2vpf_vegfa_dimer", {"chains": ["G", "H"]}, ["G", "H"]),
    ],
)
def test_copies_of_real_entries(entry, options, chains):
    assert prepare(real(entry), name="x", **options)[0].chains == chains


@pytest.mark.parametrize("entry", ["1tgj_tgfb3_dimer", "2vpf_vegfa_dimer"])
def test_growth_factor_dimers_are_linked_by_disulfides(entry, tmp_path):
    first, last = ("A", "B") if entry.startswith("1tgj") else ("G", "H")
    names = "".join(f"DBREF  9XYZ {c}    1   999  UNP    P10600   TGFB3_HUMAN      1    999\n" for c in (first, last))
    copy = tmp_path / "dimer.pdb"
    copy.write_text(names + real(entry).read_text())
    assert prepare(copy, name="x", uniprot="P10600")[0].chains == [first, last]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"chains": ["A", "B"], "copies": "one"}, "needs one chain, but 2 are given: A, B"),
        ({"chains": ["B"], "copies": "assembly"}, "no biological assembly with chain B"),
        ({"chains": ["A"], "partners": ["B"], "copies": "assembly"}, "chain B is not part of biological assembly 1"),
    ],
)
def test_what_cannot_be_met(tmp_path, options, message):
    lines = [*chain_of("A", (10, 4.0, 0)), *chain_of("B", (15, 4.0, 0), x=12), "END"]
    with pytest.raises(StructureError, match=message):
        prepare(written(tmp_path, TWOFOLD + "\n".join(lines)), name="x", **options)


def test_too_many_copies_are_refused(tmp_path):
    shells = [
        f"REMARK 350   BIOMT{row}{i:4d}  {1.0 * (row == 1):f}  {1.0 * (row == 2):f}  {1.0 * (row == 3):f}"
        f"     {50.0 * i * (row == 1):10.5f}"
        for i in range(70)
        for row in (1, 2, 3)
    ]
    text = "\n".join([*TWOFOLD.splitlines()[:2], *shells, *chain_of("A", (10, 4.0, 0)), "END"])
    with pytest.raises(StructureError, match="70 chains of this protein"):
        prepare(written(tmp_path, text), name="x", copies="assembly")


def test_several_assemblies_and_chains_over_two_lines():
    more = TWOFOLD.replace("BIOMOLECULE: 1", "BIOMOLECULE: 2").replace(
        "CHAINS: A", "CHAINS: B,\nREMARK 350 AND CHAINS: C"
    )
    assemblies = from_pdb((TWOFOLD + more).splitlines())
    assert [(a.id, list(a.operators)) for a in assemblies] == [("1", ["A"]), ("2", ["B", "C"])]
    assert [len(a.operators["C"]) for a in assemblies[1:]] == [2]


def test_products_of_operators():
    shift = {f"_pdbx_struct_oper_list.vector[{i}]": ["0", "0", "0"] for i in (2, 3)}
    turn = {f"_pdbx_struct_oper_list.matrix[{i}][{j}]": [str(int(i == j))] * 3 for i in (1, 2, 3) for j in (1, 2, 3)}
    table = {
        "_atom_site.auth_asym_id": ["A"],
        "_atom_site.label_asym_id": ["X"],
        "_pdbx_struct_assembly_gen.assembly_id": ["1", "2"],
        "_pdbx_struct_assembly_gen.oper_expression": ["(1,2)(P)", "1-2"],
        "_pdbx_struct_assembly_gen.asym_id_list": ["X,Y", "X"],
        "_pdbx_struct_oper_list.id": ["1", "2", "P"],
        "_pdbx_struct_oper_list.vector[1]": ["0", "10", "5"],
        **shift,
        **turn,
    }
    first, second = from_mmcif(table)
    assert [operator.shift[0] for operator in first.operators["A"]] == [5, 15]
    assert [operator.shift[0] for operator in second.operators["A"]] == [0, 10]


@pytest.mark.parametrize("damage", ["1.000000  0.000000", "nan", "BIOMT2", "20.0"])
def test_damaged_records_make_no_copies(damage):
    lines = TWOFOLD.replace("-1.000000  0.000000  0.000000       40.00000", damage).splitlines()
    assert sum(len(operators) for a in from_pdb(lines) for operators in a.operators.values()) <= 1
