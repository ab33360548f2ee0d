"""Contacts of an interface: against gemmi on solved complexes, and atoms put down by hand for every rule."""

import gemmi
import numpy as np
import pytest

from crossdock.analysis.interface import KINDS, interface_residues, residue_contacts, summary
from crossdock.structures.structure import Structure, distinct_chains, write_structure


def residue(name, number, atoms, chain="A"):
    """Make a residue of atoms by name: (x, y, z) in angstrom."""
    names, coord = list(atoms), np.array(list(atoms.values()), dtype=float)
    n = len(names)
    text = [np.full(n, chain), np.full(n, number), np.full(n, "", dtype="U1"), np.full(n, name)]
    element = np.array([atom[0] for atom in names])
    return Structure(coord, *text, np.array(names), element, np.zeros(n), np.zeros(n, dtype=bool))


def joined(*residues):
    fields = Structure.__dataclass_fields__
    return Structure(*(np.concatenate([getattr(one, name) for one in residues]) for name in fields))


def amide():
    """An N-H that points along +x: its carbons 120 degrees apart behind it."""
    c = 1.45 * np.array([-0.5, np.sqrt(0.75), 0])
    return joined(residue("ALA", 1, {"C": c}), residue("GLY", 2, {"N": (0, 0, 0), "CA": c * (1, -1, 1)}))


def carbonyl(at, towards):
    """A C=O with its oxygen at a place, its carbon behind it, away from what it points to."""
    at, towards = np.array(at, dtype=float), np.array(towards, dtype=float)
    behind = at + 1.23 * (at - towards) / np.linalg.norm(at - towards)
    return residue("LEU", 7, {"C": behind, "O": at}, chain="B")


def kind(receptor, ligand, **options):
    """Give the kind of the only contact of the amide's or side chain's residue, the last of the receptor."""
    found = residue_contacts(receptor, ligand, **options)
    return found.iloc[-1]["kind"]


def test_an_amide_reaches_straight_ahead():
    assert kind(amide(), carbonyl((2.9, 0, 0), (0, 0, 0))) == "hydrogen bond"
    assert kind(amide(), carbonyl((3.6, 0, 0), (0, 0, 0))) == "non-bonded", "too far"
    assert kind(amide(), carbonyl((2.0, 0, 0), (0, 0, 0))) == "non-bonded", "they overlap"


def test_an_amide_does_not_reach_sideways_or_backwards():
    for angle in (0, 40):
        place = 2.9 * np.array([np.cos(np.radians(angle)), 0, np.sin(np.radians(angle))])
        assert kind(amide(), carbonyl(place, (0, 0, 0))) == "hydrogen bond", angle
    for angle in (75, 90, 180):
        place = 2.9 * np.array([np.cos(np.radians(angle)), 0, np.sin(np.radians(angle))])
        assert kind(amide(), carbonyl(place, (0, 0, 0))) == "non-bonded", angle
    assert kind(amide(), carbonyl((2.9 * 0.5, 0, 2.9 * 0.866), (0, 0, 0)), out_of_line=55) == "non-bonded"


def test_an_oxygen_takes_no_bond_through_its_own_carbon():
    """The carbon between the nitrogen and the oxygen: an angle below 90 degrees at the acceptor."""
    oxygen = np.array([2.9, 0, 0])
    ligand = residue("LEU", 7, {"C": oxygen + 1.23 * np.array([-0.5, 0.866, 0]), "O": oxygen}, chain="B")
    assert kind(amide(), ligand) == "non-bonded"


@pytest.mark.parametrize(
    ("first", "second", "made"),
    [
        (("LYS", "NZ"), ("ASP", "OD1"), True),
        (("ARG", "NH2"), ("GLU", "OE2"), True),
        (("HIS", "NE2"), ("ASP", "OD2"), True),
        (("GLU", "OE1"), ("LYS", "NZ"), True),
        (("LYS", "NZ"), ("ASN", "OD1"), False),
        (("LYS", "NZ"), ("ARG", "NH1"), False),
        (("GLU", "OE1"), ("ASP", "OD1"), False),
    ],
)
def test_salt_bridges_need_opposite_charges_within_4_angstrom(first, second, made):
    one = residue(first[0], 1, {first[1]: (0, 0, 0)})
    for apart, near in ((3.9, True), (4.1, False)):
        other = residue(second[0], 2, {second[1]: (apart, 0, 0)}, chain="B")
        assert (kind(one, other) == "salt bridge") == (made and near)


def test_two_acceptors_or_two_donors_are_no_bond():
    oxygen, nitrogen = (residue("LEU", 2, {name: (2.8, 0, 0)}, chain="B") for name in "ON")
    assert kind(residue("SER", 1, {"O": (0, 0, 0)}), oxygen) == "non-bonded"
    assert kind(residue("LYS", 1, {"NZ": (0, 0, 0)}), nitrogen) == "non-bonded"
    assert kind(residue("SER", 1, {"OG": (0, 0, 0)}), oxygen) == "hydrogen bond"
    assert kind(residue("PRO", 1, {"N": (0, 0, 0)}), oxygen) == "non-bonded"


def test_disulfides_are_two_sulfurs_at_2_angstrom():
    one = residue("CYS", 1, {"SG": (0, 0, 0)})
    for apart, expected in ((2.05, "disulfide"), (2.6, "non-bonded"), (1.2, "non-bonded")):
        found = residue_contacts(one, residue("CYS", 2, {"SG": (apart, 0, 0)}, chain="B")).iloc[0]
        assert found["kind"] == expected
        assert found["overlaps"] == (apart < 1.5)


def test_the_strongest_pair_of_atoms_is_named():
    """Two bridges and a near carbon: the nearer bridge names the pair, all three pairs count, one overlaps."""
    receptor = residue("ARG", 49, {"NH1": (0, 0, 0), "NH2": (0, 2.3, 0), "CZ": (-1.2, 1.2, 0)})
    ligand = residue("ASP", 112, {"OD1": (2.7, 0, 0), "OD2": (2.9, 2.3, 0), "CG": (-1.2, 1.2, 2.0)}, chain="B")
    (row,) = residue_contacts(receptor, ligand).to_dict("records")
    named = row["kind"], row["receptor_atom"], row["ligand_atom"], row["distance_A"]
    assert named == ("salt bridge", "NH1", "OD1", 2.7)
    assert (row["bonds"], row["overlaps"]) == (4, 1)
    assert row["atom_pairs"] == 9
    assert summary(residue_contacts(receptor, ligand))["overlaps"] == 1


@pytest.mark.parametrize("entry", ["1ppe", "1emv", "1jtg", "1bvn"])
def test_contacts_are_those_gemmi_finds(bound_pair, tmp_path, entry):
    receptor, ligand = bound_pair(entry)
    letters = distinct_chains(receptor.chains, ligand.chains)
    write_structure(tmp_path / "complex.pdb", receptor, ligand.with_chains(letters))
    model = gemmi.read_structure(str(tmp_path / "complex.pdb"))
    model.setup_entities()
    search = gemmi.NeighborSearch(model[0], model.cell, 6).populate(include_h=False)
    finder = gemmi.ContactSearch(5.0)
    finder.ignore = gemmi.ContactSearch.Ignore.SameChain
    fixed = set(receptor.chains)
    theirs = {}
    for contact in finder.find_contacts(search):
        one, two = (
            (contact.partner1, contact.partner2)
            if contact.partner1.chain.name in fixed
            else (contact.partner2, contact.partner1)
        )
        key = (str(one.residue.seqid), str(two.residue.seqid))
        theirs[key] = min(theirs.get(key, 9.0), contact.dist)
    ours = residue_contacts(receptor, ligand)
    found = {(row.receptor_number, row.ligand_number): row for row in ours.itertuples()}
    assert found.keys() == theirs.keys()
    for key, nearest in theirs.items():
        # Of a bond the distance is that of its atoms, which need not be the nearest of the two residues.
        if found[key].kind == "non-bonded":
            assert found[key].distance_A == pytest.approx(nearest, abs=0.006)
        else:
            assert nearest - 0.006 <= found[key].distance_A <= 4.0


def test_the_known_salt_bridge_of_trypsin_is_there(bound_pair):
    """CMTI-1's Arg 5 reaches the aspartate at the bottom of trypsin's specificity pocket (191 in this file)."""
    contacts = residue_contacts(*bound_pair("1ppe"))
    (bridge,) = contacts[contacts["kind"] == "salt bridge"].itertuples()
    assert (bridge.receptor_residue, bridge.receptor_number) == ("ASP", "191")
    assert (bridge.ligand_residue, bridge.ligand_number) == ("ARG", "5")


def test_kinds_follow_distances(bound_pair):
    receptor, ligand = bound_pair("1ppe")
    contacts = residue_contacts(receptor, ligand)
    assert set(contacts["kind"]) <= set(KINDS)
    assert contacts["distance_A"].max() <= 5.0
    assert (contacts.loc[contacts["kind"] == "hydrogen bond", "distance_A"] <= 3.5).all()
    counts = summary(contacts)
    assert sum(counts["contacts"].values()) == len(contacts)
    assert counts["ligand_residues"] == contacts["ligand_number"].nunique()
    none = residue_contacts(receptor, ligand.with_coord(ligand.coord + 500))
    assert none.empty
    assert summary(none)["contacts"] == dict.fromkeys(KINDS, 0)


def test_what_is_buried_adds_up(bound_pair):
    """Residues that only lose surface are listed without a contact; those that lose next to nothing are not."""
    bodies = bound_pair("1emv")
    contacts = residue_contacts(*bodies)
    alone = tuple(np.full(len(body), 10.0) for body in bodies)
    together = tuple(area.copy() for area in alone)
    together[0][0] -= 4.0
    together[0][bodies[0].residue_index == 1] -= 0.01
    table = interface_residues(bodies, contacts, alone, together)
    buried = table[(table["side"] == "receptor") & (table["buried_A2"] > 0)]
    assert buried["buried_A2"].tolist() == [4.0]
    assert (table[table["contacts"] == 0]["buried_A2"] >= 1.0).all()
