"""An entry as its source gives it: the atoms of a PDB or mmCIF file, and what the file says of them."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from crossdock.errors import StructureError
from crossdock.structures import assembly, identity
from crossdock.structures.amino_acids import NUCLEOTIDES, parent_of
from crossdock.structures.assembly import Assembly
from crossdock.structures.identity import ChainIdentity, cif_column

#: Largest C-N distance in angstrom between residues that count as bonded.
PEPTIDE_BOND_A = 2.5

# A value of a row of an mmCIF table: quoted, or up to the next blank.
_VALUES = re.compile(r"""'[^']*'(?=\s|$)|"[^"]*"(?=\s|$)|\S+""")
_NOT_A_STRUCTURE = "expected a structure in PDB or mmCIF format, got {}"
_AS_DEPOSITED = "use the entry's .cif or .pdb file as the databank has it"


@dataclass(frozen=True)
class Atoms:
    """Every atom of a file, as written.

    Attributes
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        Positions in angstrom.
    model, number : ndarray, dtype=int64, shape=(n,)
        Model number; author residue number.
    chain, insertion, residue, name, altloc, element : ndarray, dtype=str, shape=(n,)
        Author chain name, insertion code, residue name, atom name, alternative location and element (``""`` for none);
        `element` is as written.
    field : ndarray, dtype=str, shape=(n,)
        Columns 13-16 of a PDB line, blanks and all; ``""`` from mmCIF.
    occupancy, b_factor : ndarray, dtype=float64, shape=(n,)
        Fraction; B-factor, or pLDDT in predicted models.
    polymer : ndarray, dtype=bool, shape=(n,)
        True for atoms of a protein or nucleic acid chain, modified residues among them.
    """

    coord: NDArray[np.float64]
    model: NDArray[np.int64]
    number: NDArray[np.int64]
    chain: NDArray[np.str_]
    insertion: NDArray[np.str_]
    residue: NDArray[np.str_]
    name: NDArray[np.str_]
    altloc: NDArray[np.str_]
    element: NDArray[np.str_]
    field: NDArray[np.str_]
    occupancy: NDArray[np.float64]
    b_factor: NDArray[np.float64]
    polymer: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.coord)

    def __getitem__(self, index: NDArray) -> Atoms:
        """Give the atoms at `index` (a mask or an index array)."""
        return Atoms(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class EntryFile:
    """What a file holds and says.

    Attributes
    ----------
    path : str
    atoms : Atoms
    title, method : str or None
    resolution : float or None
        In angstrom.
    predicted : bool
        True for AlphaFold models, whose B-factor column holds pLDDT.
    identities : dict of str to ChainIdentity
        What the records say of each author chain.
    parents : dict of str to str
        Modified residue -> parent, by the file's own records.
    compounds : dict of str to str
        Residue name of an ion or ligand -> its name in words.
    assemblies : tuple of Assembly
        Biological assemblies, in the entry's order.
    sequences : dict of str to list of str
        Author chain -> residue names of the whole chain as it was studied, those without atoms included.
    """

    path: str
    atoms: Atoms
    title: str | None = None
    method: str | None = None
    resolution: float | None = None
    predicted: bool = False
    identities: dict[str, ChainIdentity] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    compounds: dict[str, str] = field(default_factory=dict)
    assemblies: tuple[Assembly, ...] = ()
    sequences: dict[str, list[str]] = field(default_factory=dict)


def unpack(content: bytes, *, max_bytes: int | None = None) -> bytes:
    """Give the content behind gzip, or the content itself where it is not compressed.

    Parameters
    ----------
    content : bytes
    max_bytes : int, optional
        Largest size to unpack to; one byte more is returned at most, so that the caller can tell.

    Returns
    -------
    bytes

    Raises
    ------
    StructureError
        If the compressed data is damaged or ends early.
    """
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as handle:
            return handle.read(-1 if max_bytes is None else max_bytes + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise StructureError(f"the compressed file is damaged or ends early ({error})") from error


def file_format(content: bytes) -> Literal["pdb", "mmcif"]:
    """Tell PDB from mmCIF format by what is inside, not by the name.

    Raises
    ------
    StructureError
        If it is neither, and what it looks like.
    """
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise StructureError(_NOT_A_STRUCTURE.format("an empty file"))
    if head[:1] == b"<":
        kind = "a web page or XML" if b"<html" in head[:2000].lower() or b"<!doc" in head[:20].lower() else "XML"
        raise StructureError(_NOT_A_STRUCTURE.format(kind), hint=_AS_DEPOSITED)
    if b"\0" in content[:4096]:
        raise StructureError(_NOT_A_STRUCTURE.format("a binary file"), hint=_AS_DEPOSITED)
    if b"_atom_site." in content:
        return "mmcif"
    if content.startswith((b"ATOM  ", b"HETATM")) or b"\nATOM  " in content or b"\nHETATM" in content:
        return "pdb"
    got = "mmCIF without coordinates" if head.startswith(b"data_") else "a file without an atom"
    raise StructureError(_NOT_A_STRUCTURE.format(got), hint=_AS_DEPOSITED)


def read_entry(path: str | Path) -> EntryFile:
    """Read an entry in PDB or mmCIF format, compressed or not.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    EntryFile
        All models, alternative locations, hydrogens, waters and ligands included.

    Raises
    ------
    StructureError
        If the file cannot be read as a structure; the line is named where there is one.
    """
    try:
        content = unpack(Path(path).read_bytes())
        kind = file_format(content)
    except OSError as error:
        raise StructureError(f"cannot read the entry: {error.strerror or error}", where=str(path)) from error
    except StructureError as error:
        raise StructureError(error.what, where=str(path), hint=error.hint) from error
    # Names of people in header records are the only text outside ASCII; a damaged byte must not stop the coordinates.
    text = content.decode("utf-8", errors="replace")
    return _read_pdb(text, str(path)) if kind == "pdb" else _read_mmcif(text, str(path))


# --- PDB format


def _read_pdb(text: str, path: str) -> EntryFile:
    lines = text.splitlines()
    rows, marks, fields = [], [], []
    model, models = 1, 0
    for number, line in enumerate(lines, start=1):
        record = line[:6]
        if record in ("ATOM  ", "HETATM"):
            rows.append(_pdb_atom(line, model, f"{path}, line {number}"))
            fields.append(line[12:16])
            # Hand-edited files break chains with TER anywhere, so HETATM records are judged by their bonds instead.
            residue = line[17:20].strip().upper()
            marks.append(1 if record == "ATOM  " and (parent_of(residue) or residue in NUCLEOTIDES) else -1)
        elif record.startswith("MODEL"):
            models += 1
            model = _integer(line[6:14]) or models
    parents = {line[12:15].strip(): line[24:27].strip() for line in lines if line.startswith("MODRES")}
    atoms = _table(list(zip(*rows, strict=True)), fields, marks, parents)
    title = _continued(lines, "TITLE ") or None
    method = _continued(lines, "EXPDTA") or None
    predicted = _is_prediction(title, method)
    return EntryFile(
        path=path,
        atoms=atoms,
        title=title,
        method=method or ("PREDICTION (ALPHAFOLD)" if predicted else None),
        resolution=_pdb_resolution(lines),
        predicted=predicted,
        identities=identity.from_pdb(lines),
        parents=parents,
        compounds=_pdb_compounds(lines),
        assemblies=assembly.from_pdb(lines),
        sequences=_pdb_sequences(lines),
    )


def _pdb_atom(line: str, model: int, where: str) -> tuple:
    """Read the columns of one ATOM or HETATM record."""
    coordinates = []
    for axis, start in zip("xyz", (30, 38, 46), strict=True):
        value = _real(line[start : start + 8])
        if value is None:
            raise StructureError(f"the {axis} coordinate is not a number: {line[start : start + 8]!r}", where=where)
        coordinates.append(value)
    number = _integer(line[22:26])
    if number is None:
        raise StructureError(f"the residue number is not a number: {line[22:26]!r}", where=where)
    # Occupancy and B-factor are left out by some programs; an atom that is written is there.
    occupancy, b_factor = _real(line[54:60]), _real(line[60:66])
    return (
        model,
        line[21].strip(),
        number,
        line[26].strip(),
        line[17:20].strip().upper(),
        line[12:16].strip().upper(),
        line[16].strip(),
        line[76:78].strip().upper(),
        1.0 if occupancy is None else occupancy,
        b_factor or 0.0,
        tuple(coordinates),
    )


def _pdb_resolution(lines: list[str]) -> float | None:
    for line in lines:
        if line.startswith("REMARK   2 RESOLUTION."):
            # The column has moved over the years.
            return _real(line[22:].split()[0]) if line[22:].split() else None
    return None


def _pdb_compounds(lines: list[str]) -> dict[str, str]:
    compounds: dict[str, str] = {}
    for line in lines:
        if line.startswith("HETNAM"):
            name = line[11:14].strip()
            compounds[name] = (compounds.get(name, "") + line[15:70].rstrip()).strip()
    return compounds


def _pdb_sequences(lines: list[str]) -> dict[str, list[str]]:
    sequences: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("SEQRES"):
            sequences.setdefault(line[11:12].strip(), []).extend(line[19:70].split())
    return sequences


def _continued(lines: list[str], record: str) -> str:
    """Join the lines of a record that is continued from line to line."""
    return " ".join(" ".join(line[10:80] for line in lines if line.startswith(record)).split())


# --- mmCIF


def _read_mmcif(text: str, path: str) -> EntryFile:
    from Bio.PDB.MMCIF2Dict import MMCIF2Dict  # loads all of Bio.PDB, which a .pdb file does without

    try:
        table = MMCIF2Dict(io.StringIO(text))
    except (ValueError, KeyError, IndexError, ZeroDivisionError, AttributeError, UnboundLocalError) as error:
        # Biopython's own words help only where it checks something itself.
        reason = error if isinstance(error, ValueError) else "a table or a text has no end"
        where = _atom_line(text, path)
        raise StructureError(f"not a complete mmCIF file: {reason}", where=where, hint=_AS_DEPOSITED) from error
    columns, marks = _mmcif_atoms(table, text, path)
    parents = dict(
        zip(
            cif_column(table, "_pdbx_struct_mod_residue.label_comp_id"),
            cif_column(table, "_pdbx_struct_mod_residue.parent_comp_id"),
            strict=False,
        )
    )
    atoms = _table(columns, [""] * len(marks), marks, parents)
    title, method = _first(table, "_struct.title"), _first(table, "_exptl.method")
    predicted = (_first(table, "_entry.id") or "").startswith("AF-") or _is_prediction(title, method)
    resolutions = ("_refine.ls_d_res_high", "_em_3d_reconstruction.resolution", "_reflns.d_resolution_high")
    found = [value for key in resolutions if (value := _real(_first(table, key) or "")) is not None]
    compounds = zip(cif_column(table, "_chem_comp.id"), cif_column(table, "_chem_comp.name"), strict=False)
    return EntryFile(
        path=path,
        atoms=atoms,
        title=title,
        method=method or ("PREDICTION (ALPHAFOLD)" if predicted else None),
        resolution=found[0] if found else None,
        predicted=predicted,
        identities=identity.from_mmcif(table),
        parents=parents,
        compounds={key: text for key, text in compounds if text},
        assemblies=assembly.from_mmcif(table),
        sequences=_mmcif_sequences(table),
    )


def _mmcif_sequences(table: dict[str, list[str]]) -> dict[str, list[str]]:
    columns = [cif_column(table, f"_pdbx_poly_seq_scheme.{name}") for name in ("pdb_strand_id", "seq_id", "mon_id")]
    sequences: dict[str, dict[str, str]] = {}
    for chain, place, name in zip(*columns, strict=False):
        sequences.setdefault(chain, {}).setdefault(place, name)  # of several residues at one place, the first
    return {chain: list(names.values()) for chain, names in sequences.items()}


def _mmcif_atoms(table: dict[str, list[str]], text: str, path: str) -> tuple[list[list], list[int]]:
    """Read the columns of `_atom_site` and mark what belongs to a polymer."""
    coordinates = [cif_column(table, f"_atom_site.Cartn_{axis}") for axis in "xyz"]
    n = len(coordinates[0])

    def column(*names: str, default: str | None = None) -> list[str]:
        for name in names:
            values = cif_column(table, f"_atom_site.{name}")
            if len(values) == n and any(values):
                return values
        if default is None:
            what = f"_atom_site.{names[0]} is missing or incomplete"
            raise StructureError(what, where=_atom_line(text, path), hint=_AS_DEPOSITED)
        return [default] * n

    if not n or any(len(values) != n for values in coordinates):
        what = "the atom table has no complete coordinates"
        raise StructureError(what, where=_atom_line(text, path), hint=_AS_DEPOSITED)

    def numbers(texts: list[str], read: Callable[[str], Any], what: str) -> list[Any]:
        values = [read(value) for value in texts]
        for i, value in enumerate(values):
            if value is None:
                raise StructureError(f"the {what} is not a number: {texts[i]!r}", where=_atom_line(text, path, i))
        return values

    residues = [name.upper() for name in column("auth_comp_id", "label_comp_id")]
    xyz = [numbers(values, _real, f"{axis} coordinate") for axis, values in zip("xyz", coordinates, strict=True)]
    columns = [
        numbers(column("pdbx_PDB_model_num", default="1"), _integer, "model number"),
        column("auth_asym_id", "label_asym_id"),
        numbers(column("auth_seq_id", "label_seq_id"), _integer, "residue number"),
        column("pdbx_PDB_ins_code", default=""),
        residues,
        [name.upper() for name in column("auth_atom_id", "label_atom_id")],
        column("label_alt_id", default=""),
        [symbol.upper() for symbol in column("type_symbol", default="")],
        [1.0 if (value := _real(text)) is None else value for text in column("occupancy", default="")],
        [_real(text) or 0.0 for text in column("B_iso_or_equiv", default="")],
        list(zip(*xyz, strict=True)),
    ]
    positions = column("label_seq_id", default="")
    if any(positions):
        return columns, [int(bool(position)) for position in positions]
    # A file without sequence positions says nothing about what is bonded to what.
    groups = column("group_PDB", default="ATOM")
    return columns, [
        1 if group == "ATOM" and (parent_of(name) or name in NUCLEOTIDES) else -1
        for group, name in zip(groups, residues, strict=True)
    ]


def _atom_line(text: str, path: str, atom: int | None = None) -> str:
    """Name the line of an mmCIF file at which its atom table goes wrong, as far as that can be told.

    A row with too many or too few values shifts all that follow, so the first such row is named before the row of the
    atom that was stumbled over.
    """
    lines = text.splitlines()
    headers = [i for i, line in enumerate(lines) if line.startswith("_atom_site.")]
    if not headers:
        return f"{path}, line {len(lines)}"
    start = headers[-1] + 1
    stops = (i for i in range(start, len(lines)) if lines[i].startswith(("#", "loop_", "_", "data_")))
    rows = range(start, next(stops, len(lines)))
    ragged = [i for i in rows if len(_VALUES.findall(lines[i])) != len(headers)]
    at = ragged[0] if ragged else rows[atom] if atom is not None and atom < len(rows) else rows.stop - 1
    return f"{path}, line {at + 1}"


def _first(table: dict[str, list[str]], key: str) -> str | None:
    values = cif_column(table, key)
    return " ".join(values[0].split()) or None if values else None


# --- both


def _table(columns: Sequence[Sequence], fields: list[str], marks: list[int], parents: dict[str, str]) -> Atoms:
    """Turn columns into arrays and settle what belongs to a polymer."""
    model, chain, number, insertion, residue, name, altloc, element, occupancy, b_factor, coord = columns
    atoms = Atoms(
        coord=np.array(coord, dtype=float).reshape(-1, 3),
        model=np.array(model, dtype=np.int64),
        number=np.array(number, dtype=np.int64),
        chain=np.array(chain, dtype=str),
        insertion=np.array(insertion, dtype=str),
        residue=np.array(residue, dtype=str),
        name=np.array(name, dtype=str),
        altloc=np.array(altloc, dtype=str),
        element=np.array(element, dtype=str),
        field=np.array(fields, dtype=str),
        occupancy=np.array(occupancy, dtype=float),
        b_factor=np.array(b_factor, dtype=float),
        polymer=np.array(marks, dtype=int) == 1,
    )
    unknown = np.array(marks, dtype=int) == -1
    if unknown.any():
        atoms.polymer[unknown] = _bonded(atoms, unknown, parents)[unknown]
    return atoms


def _bonded(atoms: Atoms, unknown: NDArray[np.bool_], parents: dict[str, str]) -> NDArray[np.bool_]:
    """Find amino acids without a mark that a peptide bond ties to another residue of their chain, shape=(n,)."""
    bonded = np.zeros(len(atoms), dtype=bool)
    amino = np.array([parent_of(name, parents) is not None for name in atoms.residue])
    for i in np.flatnonzero(unknown & amino & np.isin(atoms.name, ("N", "C"))):
        here = (atoms.model == atoms.model[i]) & (atoms.chain == atoms.chain[i])
        same = here & (atoms.number == atoms.number[i]) & (atoms.insertion == atoms.insertion[i])
        ends = here & amino & ~same & (atoms.name == ("C" if atoms.name[i] == "N" else "N"))
        if (np.linalg.norm(atoms.coord[ends] - atoms.coord[i], axis=1) < PEPTIDE_BOND_A).any():
            bonded |= same & (atoms.residue == atoms.residue[i])
    return bonded


def _is_prediction(title: str | None, method: str | None) -> bool:
    """Tell AlphaFold models by their title; experimental entries may name AlphaFold there too."""
    return bool(title and "ALPHAFOLD" in title.upper() and (not method or "THEORETICAL" in method.upper()))


def _real(text: str) -> float | None:
    """Read a number; None where it is none, or not finite."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _integer(text: str) -> int | None:
    """Read a whole number; None where it is none, or far beyond any numbering of residues."""
    try:
        value = int(text)
    except ValueError:
        return None
    return value if abs(value) < 10**9 else None
