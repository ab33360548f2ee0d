"""The twenty amino acids: their atoms, which of them a residue is, and the element behind an atom name."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from crossdock.entries.components import component, nucleotides

_LETTERS = """
ALA A  ARG R  ASN N  ASP D  CYS C  GLN Q  GLU E  GLY G  HIS H  ILE I
LEU L  LYS K  MET M  PHE F  PRO P  SER S  THR T  TRP W  TYR Y  VAL V
"""
#: Three-letter name -> one-letter code of the twenty amino acids.
LETTERS = dict(zip(_LETTERS.split()[::2], _LETTERS.split()[1::2], strict=True))

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

# Names of simulation and modelling programs (AMBER, CHARMM, GROMOS, OPLS, PDB2PQR, Rosetta), and names for "one of
# two". Forms of four letters that begin with a standard name, such as HISD, CYS2 or GLUH, need no entry.
_ALIASES = {
    **dict.fromkeys(("HID", "HIE", "HIP", "HSD", "HSE", "HSP", "HSC"), ("HIS",)),
    **dict.fromkeys(("CYX", "CYM", "CYN", "CYZ", "CYV"), ("CYS",)),
    **dict.fromkeys(("LYN", "LYP", "LSN"), ("LYS",)),
    **dict.fromkeys(("ARN", "AR0"), ("ARG",)),
    **dict.fromkeys(("ASH", "AS4"), ("ASP",)),
    **dict.fromkeys(("GLH", "GL4"), ("GLU",)),
    "TYM": ("TYR",),
    "ASX": ("ASN", "ASP"),
    "GLX": ("GLN", "GLU"),
    "UNK": ("ALA", "GLY"),
}

# Other spellings of a standard residue's atoms: GROMOS's and CHARMM's isoleucine, selenium in place of sulphur, and
# names for "oxygen or nitrogen" and "carbon or nitrogen", which a crystallographer cannot always tell apart.
_SPELLINGS = {
    "ILE": {"CD": "CD1"},
    "MET": {"SE": "SD"},
    "CYS": {"SE": "SG"},
    "ASN": {"AD1": "OD1", "AD2": "ND2", "XD1": "OD1", "XD2": "ND2"},
    "GLN": {"AE1": "OE1", "AE2": "NE2", "XE1": "OE1", "XE2": "NE2"},
    "HIS": {"AD1": "ND1", "AD2": "CD2", "AE1": "CE1", "AE2": "NE2"},
}

# Other spellings of the two oxygens of a C-terminus, in the order in which they become O and OXT.
_TERMINAL_OXYGENS = ("OT1", "OC1", "O1", "O'", "OT", "OT2", "OC2", "O2", "O''")

_WATERS = "HOH DOD WAT H2O SOL OH2 TIP TIP3 TP3 T3P TIP4 TP4 T4P TIP5 SPC SPCE"
#: Residue names of water.
WATERS = frozenset(_WATERS.split())

#: Residue names of what caps the ends of a chain.
CAPS = frozenset({"ACE", "FOR", "NH2", "NME", "NMA", "NHE"})

# Nucleotides of older files, CHARMM and AMBER, where names have the end of the strand.
_NUCLEOTIDE_FORMS = """
I N DI DN T ADE CYT GUA THY URA RA RC RG RU
A3 C3 G3 U3 DA3 DC3 DG3 DT3 RA3 RC3 RG3 RU3 A5 C5 G5 U5 DA5 DC5 DG5 DT5 RA5 RC5 RG5 RU5
"""
#: Residue names of nucleotides.
NUCLEOTIDES = nucleotides().union(_NUCLEOTIDE_FORMS.split())

_SYMBOLS = """
H D HE LI BE B C N O F NE NA MG AL SI P S CL AR K CA SC TI V CR MN FE CO NI CU ZN GA GE AS SE BR KR RB SR Y ZR
NB MO TC RU RH PD AG CD IN SN SB TE I XE CS BA LA CE PR ND PM SM EU GD TB DY HO ER TM YB LU HF TA W RE OS IR
PT AU HG TL PB BI PO AT RN FR RA AC TH PA U NP PU AM CM
"""
#: Symbols of the elements, as a PDB file writes them.
ELEMENTS = frozenset(_SYMBOLS.split())
# Elements of modified amino acids whose symbols seldom begin the name of any other atom there.
_TWO_LETTERS = frozenset({"AS", "AU", "BE", "BR", "CL", "RH", "RU", "SE", "SI", "TE"})


@dataclass(frozen=True)
class Identified:
    """A residue read as an amino acid.

    Attributes
    ----------
    parent : str
        One of the twenty.
    atoms : dict of str to str
        Atom as written -> its name in the parent, ``OXT`` among them; atoms that the parent does not have are left out.
    by_name : bool
        False where the atoms made it another residue than its name says.
    d_form : bool
        True for D-amino acids.
    """

    parent: str
    atoms: dict[str, str]
    by_name: bool = True
    d_form: bool = False


def parent_of(residue_name: str, records: dict[str, str] | None = None) -> str | None:
    """Name the standard amino acid that a residue is or is made from, by its name alone.

    Parameters
    ----------
    residue_name : str
        Such as ``"MSE"``.
    records : dict, optional
        Modified residue -> parent, as the entry's own records say.

    Returns
    -------
    str or None
        One of the twenty, or None for anything else.

    Notes
    -----
    Where atoms are known, ask `read_residue`, which knows the names of terminal residues cut to three letters too.
    """
    readings = _readings(residue_name, (records or {}).get(residue_name, "").upper())
    return next((reading.parent for reading in readings if reading.sure), None)


def read_residue(name: str, atoms: Collection[str], records: dict[str, str] | None = None) -> Identified | None:
    """Tell which amino acid a residue is, by its name and its atoms.

    Parameters
    ----------
    name : str
        As written, in capitals.
    atoms : collection of str
        Names of its heavy atoms, as written.
    records : dict, optional
        Modified residue -> parent, as the entry's own records say.

    Returns
    -------
    Identified or None
        None for what is no amino acid, and for what is made from several, as the chromophore of a fluorescent protein.

    Notes
    -----
    The twenty standard names are believed. Any other name may have several meanings: CME is a modified cysteine, and
    AMBER's C-terminal methionine (CMET) cut to the three letters of PDB format. The meaning that explains most of the
    atoms is taken, among equals one of which no atom is missing, and then the dictionary's. So a side chain that ends
    early does not make another residue of a name that explains the atoms that are there. If no meaning explains all
    atoms, and they are exactly those of a standard residue, it is that residue, whatever its name.
    """
    return _read(name, frozenset(atoms), (records or {}).get(name, "").upper())


@lru_cache(maxsize=4096)
def _read(name: str, atoms: frozenset[str], recorded: str) -> Identified | None:
    if name in LETTERS:
        return _Fit(_standard(name), atoms).identified
    fits = [fit for reading in _readings(name, recorded) if (fit := _Fit(reading, atoms)).possible]
    best = min(fits, key=lambda fit: fit.rank, default=None)
    if (best is None or best.unexplained) and not _is_several(name):
        exact = (_Fit(_standard(parent, sure=False), atoms) for parent in LETTERS)
        best = next((fit for fit in exact if fit.complete and not fit.unexplained), best)
    return best.identified if best else None


@dataclass(frozen=True)
class _Reading:
    """What a residue's name may mean: a parent, and heavy atom -> its name in the parent (`Component.atoms`).

    `sure` is False for the name of a terminal residue cut to three letters: most such names have another meaning too.
    """

    parent: str
    atoms: dict[str, str]
    sure: bool = True
    d_form: bool = False


def _readings(name: str, recorded: str) -> Iterator[_Reading]:
    """Give all that a residue's name may mean, the commonest first; `recorded` is its parent by the entry's records."""
    if name in LETTERS:
        yield _standard(name)
        return
    known = component(name)
    modified = _Reading(known.parent, known.atoms, d_form=known.kind == "D") if known and known.parent else None
    if recorded in LETTERS and not _is_several(name):
        yield modified if modified and modified.parent == recorded else _standard(recorded)
    yield from map(_standard, _ALIASES.get(name, ()))
    if len(name) > 3:
        # HISD and CYS2; NMET and CHIE, the ends of a chain; DALA.
        for stem in (name[:3], name[1:4] if name[0] in "NCD" else ""):
            for parent in _ALIASES.get(stem, (stem,) if stem in LETTERS else ()):
                yield _standard(parent, d_form=name[0] == "D" and stem != name[:3])
    elif len(name) == 3 and name[0] in "NC":
        yield from (_standard(parent, sure=False) for parent in LETTERS if parent.startswith(name[1:]))
    if modified:
        yield modified


def _standard(parent: str, *, sure: bool = True, d_form: bool = False) -> _Reading:
    return _Reading(parent, {atom: atom for atom in (*BACKBONE, *SIDE_CHAINS[parent])}, sure, d_form)


def _is_several(name: str) -> bool:
    """Tell whether the dictionary has a component under this name that is not one amino acid."""
    known = component(name)
    return known is not None and not known.parent


class _Fit:
    """How well a reading of a residue's name explains its atoms."""

    def __init__(self, reading: _Reading, atoms: frozenset[str]) -> None:
        self.reading = reading
        self.explained = _respelled(reading, atoms)
        self.unexplained = len(atoms) - len(self.explained)
        self.complete = reading.atoms.keys() - {"OXT"} <= set(self.explained.values())

    @property
    def identified(self) -> Identified:
        """The residue under this reading."""
        parent = self.reading.parent
        names = {written: self.reading.atoms.get(atom, atom) for written, atom in self.explained.items()}
        own = {*BACKBONE, "OXT", *SIDE_CHAINS[parent]}
        atoms = {written: name for written, name in names.items() if name in own}
        return Identified(parent, atoms, self.reading.sure, self.reading.d_form)

    @property
    def possible(self) -> bool:
        """Whether the atoms may be those of an amino acid, which a CA trace is, but not a ligand of the same name."""
        have = set(self.identified.atoms.values())
        if not self.reading.sure:
            return {"N", "CA", "C"} <= have and not self.unexplained
        return {"N", "CA", "C"} <= have or ("CA" in have and not self.unexplained)

    @property
    def rank(self) -> tuple[int, bool, bool]:
        """Key that sorts readings from the best on."""
        return self.unexplained, not self.complete, not self.complete and not self.reading.sure


def _respelled(reading: _Reading, atoms: frozenset[str]) -> dict[str, str]:
    """Give the atoms that a reading explains: as written -> as the reading has it."""
    own = {*reading.atoms, "OXT"}
    found = {atom: atom for atom in atoms & own}
    spellings = _SPELLINGS.get(reading.parent, {})
    for atom in sorted(atoms - own):
        respelled = spellings.get(atom, atom.replace("*", "'"))
        if respelled in own and respelled not in found.values():
            found[atom] = respelled
    spare = [atom for atom in _TERMINAL_OXYGENS if atom in atoms - found.keys()]
    if "O" in found.values():
        spare = [atom for atom in spare if atom not in ("O1", "O2")]
    free = [atom for atom in ("O", "OXT") if atom in own and atom not in found.values()]
    return found | dict(zip(spare, free, strict=False))


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
        if bare[:2] in _TWO_LETTERS and written.upper() != bare[0]:
            return bare[:2]
        return bare[0]
    # Files older than the element column have an entry code and a line number there.
    if written.upper() in ELEMENTS:
        return written.upper()
    if bare[0] == "H" and bare != "HG":
        return "H"  # many programs begin HO1 or HE2 in the first column, where PDB format has holmium and helium
    aligned_left = not field or field[0].isalpha()
    if aligned_left and bare[:2] in ELEMENTS and (len(bare) == 2 or field):
        return bare[:2]
    return bare[0]
