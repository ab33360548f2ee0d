"""The twenty amino acids: their atoms, their modified forms, and the element behind an atom name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from Bio.Data.PDBData import nucleic_letters_3to1_extended, protein_letters_3to1, protein_letters_3to1_extended

#: Three-letter name -> one-letter code of the twenty amino acids.
LETTERS = {name.strip().upper(): letter for name, letter in protein_letters_3to1.items()}
_BY_LETTER = {letter: name for name, letter in LETTERS.items()}

#: Atoms of the backbone.
BACKBONE = ("N", "CA", "C", "O")

_SIDE_CHAINS = {
    "ALA": "CB",
    "ARG": "CB CG CD NE CZ NH1 NH2",
    "ASN": "CB CG OD1 ND2",
    "ASP": "CB CG OD1 OD2",
    "CYS": "CB SG",
    "GLN": "CB CG CD OE1 NE2",
    "GLU": "CB CG CD OE1 OE2",
    "GLY": "",
    "HIS": "CB CG ND1 CD2 CE1 NE2",
    "ILE": "CB CG1 CG2 CD1",
    "LEU": "CB CG CD1 CD2",
    "LYS": "CB CG CD CE NZ",
    "MET": "CB CG SD CE",
    "PHE": "CB CG CD1 CD2 CE1 CE2 CZ",
    "PRO": "CB CG CD",
    "SER": "CB OG",
    "THR": "CB OG1 CG2",
    "TRP": "CB CG CD1 CD2 NE1 CE2 CE3 CZ2 CZ3 CH2",
    "TYR": "CB CG CD1 CD2 CE1 CE2 CZ OH",
    "VAL": "CB CG1 CG2",
}
#: Three-letter name -> names of the side chain's heavy atoms.
SIDE_CHAINS = {name: frozenset(atoms.split()) for name, atoms in _SIDE_CHAINS.items()}

# Names that Biopython's table of modified residues does not hold: protonation states as simulation programs write them,
# the two rare amino acids, and the names for "one of two".
_PARENTS = {
    **dict.fromkeys(("HID", "HIE", "HIP", "HSD", "HSE", "HSP"), "HIS"),
    **dict.fromkeys(("CYX", "CYM", "SEC"), "CYS"),
    **dict.fromkeys(("LYN", "PYL"), "LYS"),
    **{"ASH": "ASP", "GLH": "GLU", "ASX": "ASN", "GLX": "GLN", "UNK": "ALA"},
}

# Atom names of modified residues, and of older or other programs, that stand for an atom of the parent.
_RENAMED = {
    ("MSE", "SE"): "SD",
    ("SEC", "SE"): "SG",
    ("PCA", "OE"): "OE1",
    ("ILE", "CD"): "CD1",
}
_RENAMED_ENDS = {"OT1": "O", "OT2": "OXT", "OC1": "O", "OC2": "OXT", "O'": "O", "O''": "OXT"}

#: Residue names of water.
WATERS = frozenset({"HOH", "DOD", "WAT", "H2O", "SOL", "TIP", "TIP3", "TP3"})

#: Residue names of what caps the ends of a chain.
CAPS = frozenset({"ACE", "FOR", "NH2", "NME", "NMA", "NHE"})

#: Residue names of nucleotides.
NUCLEOTIDES = frozenset(name.strip() for name in nucleic_letters_3to1_extended) | {"I", "N", "DI", "DU", "DN", "T"}

_SYMBOLS = """
H D HE LI BE B C N O F NE NA MG AL SI P S CL AR K CA SC TI V CR MN FE CO NI CU ZN GA GE AS SE BR KR RB SR Y ZR
NB MO TC RU RH PD AG CD IN SN SB TE I XE CS BA LA CE PR ND PM SM EU GD TB DY HO ER TM YB LU HF TA W RE OS IR
PT AU HG TL PB BI PO AT RN FR RA AC TH PA U NP PU AM CM
"""
#: Symbols of the elements, as a PDB file writes them.
ELEMENTS = frozenset(_SYMBOLS.split())


def parent_of(residue_name: str, records: dict[str, str] | None = None) -> str | None:
    """Name the standard amino acid that a residue is or is made from.

    Parameters
    ----------
    residue_name : str
        Such as ``"MSE"``.
    records : dict, optional
        Modified residue -> parent, as the entry's own records say; used where the tables are silent.

    Returns
    -------
    str or None
        One of the twenty, or None for anything else.
    """
    if residue_name in LETTERS:
        return residue_name
    if residue_name in _PARENTS:
        return _PARENTS[residue_name]
    if residue_name in protein_letters_3to1_extended:
        return _BY_LETTER.get(protein_letters_3to1_extended[residue_name])
    parent = (records or {}).get(residue_name)
    return parent if parent in LETTERS else None


def parent_atom(residue_name: str, atom_name: str) -> str:
    """Give the name that an atom of a (modified) residue has in its parent; the same name where nothing is known."""
    return _RENAMED.get((residue_name, atom_name)) or _RENAMED_ENDS.get(atom_name, atom_name)


def element_of(atom_name: str, *, amino_acid: bool, written: str = "", field: str = "") -> str:
    """Tell the element of an atom.

    Parameters
    ----------
    atom_name : str
        Without blanks, such as ``"CA"``.
    amino_acid : bool
        Whether the atom is part of an amino acid, where CA is always a carbon.
    written : str
        The element as the file has it, if it does.
    field : str
        Columns 13-16 of a PDB line: a blank first column tells carbon (`" CA "`) from calcium (`"CA  "`).

    Returns
    -------
    str
        Element symbol in capitals.
    """
    bare = atom_name.lstrip("0123456789'\"*").upper() or "C"
    if amino_acid:
        # The one heavy atom of a (modified) amino acid whose element has two letters is selenium.
        return "SE" if bare == "SE" else bare[0]
    # Files older than the element column have an entry code and a line number there.
    if written.upper() in ELEMENTS:
        return written.upper()
    aligned_left = not field or (field[0].isalpha() and not (len(field.strip()) == 4 and field[0] == "H"))
    if aligned_left and bare[:2] in ELEMENTS and (len(bare) == 2 or field):
        return bare[:2]
    return bare[0]


@dataclass(frozen=True)
class Identified:
    """What amino acid a residue is.

    Attributes
    ----------
    parent : str
        One of the twenty.
    atoms : dict of str to str
        Name of each atom -> its name in the parent.
    """

    parent: str
    atoms: dict[str, str]


def read_residue(name: str, atoms: Collection[str], records: dict[str, str] | None = None) -> Identified | None:
    """Tell what amino acid a residue is; None where it is none."""
    parent = parent_of(name, records)
    return Identified(parent, {atom: parent_atom(name, atom) for atom in atoms}) if parent else None
