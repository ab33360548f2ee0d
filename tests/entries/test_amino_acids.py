"""Names of residues and atoms: programs' own, cut ones, and the wwPDB's component dictionary."""

from collections import defaultdict

import gemmi
import numpy as np
import pytest

from crossdock.entries.amino_acids import (
    BACKBONE,
    LETTERS,
    NUCLEOTIDES,
    SIDE_CHAINS,
    element_of,
    parent_of,
    read_residue,
)
from crossdock.entries.components import component

FULL = {name: {*BACKBONE, *SIDE_CHAINS[name]} for name in LETTERS}
#: Forms of AMBER's and GROMACS's standard residues, of which NXXX and CXXX are the ends of a chain.
FORMS = {
    **{name: name for name in LETTERS},
    **{"HID": "HIS", "HIE": "HIS", "HIP": "HIS", "CYX": "CYS", "CYM": "CYS", "ASH": "ASP", "GLH": "GLU", "LYN": "LYS"},
}
#: Names of AMBER, CHARMM, GROMOS, OPLS, PDB2PQR and Rosetta.
PROGRAMS = {
    "HIS": "HID HIE HIP HSD HSE HSP HISD HISE HISH HISP HISA HISB HIS1 HIS2 HIS_D NHISD CHISE",
    "CYS": "CYX CYM CYN CYZ CYSH CYS1 CYS2 CYSP CYSS NCYS2 CCYS2",
    "ASP": "ASH ASPH ASPP ASP1 NASPH CASPH",
    "GLU": "GLH GLUH GLUP NGLUH CGLUH",
    "LYS": "LYN LYP LSN LYSH LYS+ NLYSH CLYSH",
    "ARG": "ARN ARGN AR0",
    "ASN": "ASX ASN1",
    "GLN": "GLX",
    "TYR": "TYM TYRH TYRU",
    "PHE": "PHEH PHEU",
    "TRP": "TRPH TRPU",
    "ALA": "UNK DALA",
}
NOT_AMINO_ACIDS = {
    "ACE": "C O CH3",
    "NH2": "N",
    "NME": "N C",
    "NMA": "N CH3",
    "FOR": "C O",
    "ETA": "CA N C O",
    "HOH": "O",
    "CA": "CA",
    "HID": "C1 C2 C3 O4 N5",
    "UNK": "C1 C2 N3",
    "CRO": "N1 CA1 CB1 CG1 OG1 C1 N2 N3 C2 O2 CA2 CA3 C3 O3 CB2 CG2 CD1 CD2 CE1 CE2 CZ OH OXT",
}


def named(residue):
    """Give the names of atoms that are not the parent's own."""
    return {written: name for written, name in residue.atoms.items() if written != name}


# --- ends of a chain, in force fields


@pytest.mark.parametrize("end", ["N", "C"])
@pytest.mark.parametrize("form", FORMS)
def test_end_of_a_chain_whole_and_cut(end, form):
    parent = FORMS[form]
    atoms = FULL[parent] | ({"OXT"} if end == "C" else set())
    for name in (end + form, (end + form)[:3]):
        residue = read_residue(name, atoms)
        assert residue.parent == parent, name
        assert residue.atoms == {atom: atom for atom in atoms}
    assert parent_of(end + form) == parent


def test_a_rare_name_is_believed_where_its_atoms_fit():
    own = ["N", "CA", "C", "O", "CB", "SG", "SD", "CE", "CZ", "OH"]
    assert read_residue("CME", own).parent == "CYS"
    assert read_residue("CME", own).by_name
    assert read_residue("CME", FULL["MET"]).parent == "MET"
    assert not read_residue("CME", FULL["MET"]).by_name
    assert read_residue("CME", FULL["MET"], {"CME": "CYS"}).parent == "MET"


def test_a_cut_side_chain_changes_nothing():
    for start in (["CA"], ["N", "CA", "C"], ["N", "CA", "C", "O", "CB"]):
        assert read_residue("MSE", start).parent == "MET"
        assert read_residue("HIE", start).parent == "HIS"
        assert read_residue("LEU", start).parent == "LEU"
    # CB alone is in both of what CME means; CG is in methionine only.
    assert read_residue("CME", ["N", "CA", "C", "O", "CB"]).parent == "CYS"
    assert read_residue("CME", ["N", "CA", "C", "O", "CB", "CG"]).parent == "MET"
    assert read_residue("CAS", ["N", "CA", "C", "O", "CB", "CG"]).parent in ("ASN", "ASP")
    assert read_residue("NAR", ["N", "CA", "C", "O", "CB", "CG"]).parent == "ARG"


def test_peptoid_lysine_has_the_atoms_of_lysine():
    """NLY's side chain is on N; nothing but the entry's record tells it from AMBER's NLYS."""
    assert set(component("NLY").atoms) - {"OXT"} == FULL["LYS"]
    assert read_residue("NLY", FULL["LYS"]).parent == "LYS"
    assert read_residue("NLY", FULL["LYS"], {"NLY": "GLY"}).parent == "GLY"


# --- names of programs


@pytest.mark.parametrize("parent", PROGRAMS)
def test_names_of_programs(parent):
    for name in PROGRAMS[parent].split():
        assert read_residue(name, FULL[parent]).parent == parent, name
        assert parent_of(name) == parent, name


@pytest.mark.parametrize("name", NOT_AMINO_ACIDS)
def test_what_is_no_amino_acid(name):
    assert read_residue(name, NOT_AMINO_ACIDS[name].split()) is None


def test_unknown_residue_by_its_atoms():
    assert read_residue("UNK", ["N", "CA", "C", "O"]).parent == "GLY"
    assert read_residue("UNK", ["N", "CA", "C", "O", "CB"]).parent == "ALA"
    assert read_residue("ASX", ["N", "CA", "C", "O", "CB", "CG", "OD1", "OD2"]).parent == "ASP"
    assert named(read_residue("ASX", ["N", "CA", "C", "O", "CB", "CG", "XD1", "XD2"])) == {"XD1": "OD1", "XD2": "ND2"}
    assert named(read_residue("GLX", ["N", "CA", "C", "O", "CB", "CG", "CD", "AE1", "AE2"])) == {
        "AE1": "OE1",
        "AE2": "NE2",
    }


@pytest.mark.parametrize("parent", LETTERS)
def test_the_atoms_of_a_standard_residue_under_any_name(parent):
    residue = read_residue("XYZ", FULL[parent] | {"OXT"})
    assert (residue.parent, residue.by_name) == (parent, False)
    assert read_residue("XYZ", FULL[parent] | {"C1"}) is None


def test_the_files_own_records():
    atoms = ["N", "CA", "C", "O", "CB", "OG", "P9"]
    assert read_residue("XYZ", atoms) is None
    assert read_residue("XYZ", atoms, {"XYZ": "SER"}).atoms == {atom: atom for atom in atoms[:-1]}
    assert read_residue("CRO", NOT_AMINO_ACIDS["CRO"].split(), {"CRO": "GLY"}) is None


# --- spellings of atoms


@pytest.mark.parametrize("pair", ["O1 O2", "OT1 OT2", "OC1 OC2", "OT OXT", "O OT", "O' O''", "O OXT", "O OT2"])
def test_terminal_oxygens(pair):
    atoms = {*(FULL["ALA"] - {"O"}), *pair.split()}
    for name in ("ALA", "CALA", "CAL"):
        assert sorted(read_residue(name, atoms).atoms.values()) == ["C", "CA", "CB", "N", "O", "OXT"]
    first, second = pair.split()
    expected = {"OT": "O", "OXT": "OXT"} if pair == "OT OXT" else {first: "O", second: "OXT"}
    assert {atom: read_residue("ALA", atoms).atoms[atom] for atom in pair.split()} == expected


def test_o1_beside_o_is_another_atom():
    assert read_residue("ALA", FULL["ALA"] | {"O1", "O2"}).atoms == {atom: atom for atom in FULL["ALA"]}
    assert "O1P" not in read_residue("SEP", {*FULL["SER"], "P", "O1P", "O2P", "O3P"}).atoms


@pytest.mark.parametrize(
    ("name", "atoms", "expected"),
    [
        ("ILE", "N CA C O CB CG1 CG2 CD", {"CD": "CD1"}),
        ("MSE", "N CA C O CB CG SE CE", {"SE": "SD"}),
        ("MET", "N CA C O CB CG SE CE", {"SE": "SD"}),
        ("SEC", "N CA C O CB SE", {"SE": "SG"}),
        ("PCA", "N CA C O CB CG CD OE", {"OE": "OE1"}),
        ("AIB", "N CA C O CB1 CB2", {"CB1": "CB"}),
        ("DLE", "N CA C O CB CG CD1 CD2", {}),
        ("NLE", "N CA C O CB CG CD CE", {"CD": "CD1"}),
        ("NVA", "N CA C O CB CG CD", {"CG": "CG1"}),
        ("ML3", "N CA C O CB SG CD CE NZ CM1 CM2 CM3", {"SG": "CG"}),
        ("NLE", "N CA C O CB CG CD1 CD2", {}),
        ("NVA", "N CA C O CB CG1 CG2", {}),
    ],
)
def test_atoms_of_modified_residues(name, atoms, expected):
    assert named(read_residue(name, atoms.split())) == expected


def test_d_amino_acids():
    forms = "DAL DAR DSG DAS DCY DGN DGL DHI DIL DLE DLY MED DPN DPR DSN DTH DTR DTY DVA"
    parents = "ALA ARG ASN ASP CYS GLN GLU HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL"
    for name, parent in zip(forms.split(), parents.split(), strict=True):
        residue = read_residue(name, FULL[parent])
        assert (residue.parent, residue.d_form, residue.atoms) == (parent, True, {atom: atom for atom in FULL[parent]})
    assert read_residue("DALA", FULL["ALA"]).d_form
    assert not read_residue("ALA", FULL["ALA"]).d_form


HYDROGENS = """1HB HB1 HB 2HD1 'HN' HN HT1 H 1H H1 HXT "HB1" *HB HG HE2 HO HA"""


@pytest.mark.parametrize("name", HYDROGENS.split())
def test_hydrogens_in_all_styles(name):
    assert element_of(name, amino_acid=True) == "H"
    assert element_of(name.replace("H", "D"), amino_acid=True) == "D"


@pytest.mark.parametrize("name", ["HO1", "HE2", "HF1", "HO5'", "H5'1", "1H5*", "HG1"])
def test_hydrogens_of_ligands(name):
    for field in ("", f"{name:4}", f" {name}"[:4]):
        assert element_of(name, amino_acid=False, field=field) == "H"
    assert element_of("HG", amino_acid=False, field="HG  ") == "HG"


# --- against independent readers of the same names

_CHROMOPHORES = "CR2 CR8 CRF CRO CRQ CSH GYS MDO NRQ"
_DIFFERENT = {
    **dict.fromkeys(_CHROMOPHORES.split(), "several residues, of which gemmi gives the first"),
    "CYN": "gemmi has the dictionary's cyanide ion; AMBER's deprotonated cysteine has other atoms",
    **dict.fromkeys(("ASX", "GLX", "UNK"), "one of several, for which gemmi has letters"),
    "PCA": "made from glutamine or glutamate; the dictionary names glutamine, gemmi glutamate",
    "PYL": "one of the 22, with a letter of its own in gemmi",
    "SEC": "one of the 22, with a letter of its own in gemmi",
    "GHP": "no parent in the dictionary: gemmi has glycine, we the residue with most atoms in common",
}


@pytest.mark.measurement
def test_gemmi_knows_the_same_parents(dictionary):
    compared = 0
    for name in {*dictionary.types, *FORMS}:
        theirs = gemmi.find_tabulated_residue(name)
        if not theirs.found() or name in _DIFFERENT:
            continue
        ours = parent_of(name)
        if theirs.is_amino_acid() and theirs.one_letter_code.strip():
            compared += 1
            assert LETTERS[ours] == theirs.one_letter_code.upper(), name
        elif not theirs.is_amino_acid():
            assert ours is None, name
        if theirs.is_nucleic_acid():
            assert name in NUCLEOTIDES
    assert compared > 100


class Dictionary:
    """The wwPDB's component dictionary as biotite reads it: heavy atoms and bonds of all that links into peptides."""

    def __init__(self, block):
        rows = list(self.rows(block["chem_comp"], "id", "type", "mon_nstd_parent_comp_id"))
        self.types = {name: kind.upper() for name, kind, _ in rows}
        self.parents = {name: parent.strip().upper() for name, _, parent in rows}
        self.elements, self.hydrogens, self.bonds = defaultdict(dict), defaultdict(set), defaultdict(set)
        peptides = [name for name, kind in self.types.items() if "PEPTIDE" in kind]
        for name, atom, element in self.rows(block["chem_comp_atom"], "comp_id", "atom_id", "type_symbol", of=peptides):
            if element in ("H", "D"):
                self.hydrogens[name].add(atom)
            else:
                self.elements[name][atom] = element.upper()
        for name, *pair in self.rows(block["chem_comp_bond"], "comp_id", "atom_id_1", "atom_id_2", of=peptides):
            self.bonds[name].add(frozenset(pair))

    @staticmethod
    def rows(table, *columns, of=None):
        """Give rows of a table, of all components or of some."""
        arrays = [table[name].as_array(str) for name in columns]
        chosen = slice(None) if of is None else np.isin(arrays[0], of)
        return zip(*(array[chosen].tolist() for array in arrays), strict=True)

    @property
    def linking(self):
        """Components that link into peptides and are in the table as they are here, but for what the code itself knows.

        The dictionary changes every week.
        """
        leave = {*LETTERS, "ASX", "GLX", "UNK"}
        names = [name for name, kind in self.types.items() if "PEPTIDE" in kind and name not in leave]
        known = {name: component(name) for name in names}
        same = [
            name
            for name in names
            if known[name] and (not known[name].parent or set(known[name].atoms) == set(self.elements[name]))
        ]
        assert len(same) > 0.95 * len(names), "the table is old: run tools/components.py"
        return same


@pytest.fixture(scope="session")
def dictionary(need_module):
    info = need_module("biotite.structure.info", "biotite is not here: `pip install biotite`")
    return Dictionary(info.get_ccd())


# Peptoid lysine, which has the atoms of lysine, and an obsolete pair of oxygens.
_NO_RESIDUES = ("NLY", "CYA")


@pytest.mark.measurement
def test_every_component_by_its_own_atoms(dictionary):
    read = with_parent = 0
    for name in dictionary.linking:
        known = component(name)
        residue = read_residue(name, dictionary.elements[name])
        if dictionary.parents[name] in LETTERS and known.kind != "beta" and name not in _NO_RESIDUES:
            assert residue is not None, name
            assert residue.parent == dictionary.parents[name], name
            with_parent += 1
        read += residue is not None
        several = "," in dictionary.parents[name]
        assert not (several and residue), name
    assert with_parent > 1000
    assert read > 1400


def test_atoms_keep_their_bonds_and_elements(dictionary):
    """Atoms that are bonded in the parent are bonded in the component, the ends of its backbone aside."""
    other_elements = {name: set() for name in ("O", "S", "N", "C")}
    for name in dictionary.linking:
        known = component(name)
        residue = read_residue(name, dictionary.elements[name]) if known.parent else None
        if residue is None or residue.parent != known.parent:
            continue
        assert len(set(residue.atoms.values())) == len(residue.atoms), name
        written = {parent: atom for atom, parent in residue.atoms.items() if parent not in ("N", "C", "O", "OXT")}
        for pair in dictionary.bonds[residue.parent]:
            if pair <= written.keys():
                assert frozenset(written[atom] for atom in pair) in dictionary.bonds[name], (name, pair)
        for parent, atom in written.items():
            element = dictionary.elements[name][atom]
            if element != parent[0]:
                other_elements[parent[0]].add((name, element))
    # Selenium, sulphur and oxygen stand for one another; other elements only inside a few side chains.
    assert {element for _, element in other_elements["S"]} <= {"SE", "O", "TE", "C"}
    assert sum(element not in ("SE", "S", "O", "TE") for pairs in other_elements.values() for _, element in pairs) < 20


def test_elements_of_components(dictionary):
    """HG is a hydrogen of serine in any file, and the mercury of CMH and 31Q only in the dictionary."""
    wrong = total = 0
    for name in dictionary.linking:
        if "LIKE" in dictionary.types[name]:
            continue
        for atom, element in dictionary.elements[name].items():
            if (atom, element) not in (("HG", "HG"), ("PB", "PB")):
                assert element_of(atom, amino_acid=True, written=element) == element, (name, atom)
            wrong += element_of(atom, amino_acid=True) != element
            total += 1
        for atom in dictionary.hydrogens[name] - {"OH"}:
            assert element_of(atom, amino_acid=True) in ("H", "D"), name
    assert wrong < total / 500


def test_nucleotides_are_those_of_the_dictionary(dictionary):
    theirs = {name for name, kind in dictionary.types.items() if "RNA" in kind or "DNA" in kind}
    assert len(theirs - NUCLEOTIDES) < 20, "run tools/components.py"
    assert {"A", "U", "DA", "DT", "PSU", "5MC", "DA5", "RU3", "ADE", "URA"} <= NUCLEOTIDES
    assert not NUCLEOTIDES & {*LETTERS, *FORMS}


# --- structures


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("nval_cmet", "VCPRILM"),
        ("npro_casp", "PRILMECKKDSD"),
        ("dpeptide", "RVCPRILMECKKDSDCLAECVCLEHGYCG"),
    ],
)
@pytest.mark.parametrize("width", [3, 4])
def test_cases(shared, case, expected, width):
    residues = defaultdict(set)
    for line in (shared / "cases" / f"{case}.pdb").read_text().splitlines():
        if line.startswith(("ATOM", "HETATM")):
            residues[line[22:27], line[17 : 17 + width].strip()].add(line[12:16].strip())
    read = [read_residue(name, atoms) for (_, name), atoms in residues.items()]
    assert "".join(LETTERS[residue.parent] for residue in read if residue) == expected
