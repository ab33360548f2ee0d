"""An entry as its source gives it: the atoms of a PDB or mmCIF file, and what the file says of them."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeVar

from crossdock.entries import assembly, identity
from crossdock.entries.assembly import Assembly
from crossdock.entries.atom_table import AS_DEPOSITED, Atoms, Fault, real_number, without_stand_ins
from crossdock.entries.identity import ChainIdentity
from crossdock.entries.mmcif import CifTable, read_cif, read_cif_atoms
from crossdock.entries.molecules import separate_molecules
from crossdock.entries.pdb_format import read_pdb_atoms
from crossdock.entries.prediction import (
    has_plddt_metric,
    is_experiment,
    is_predicted,
    looks_like_plddt,
    plddt_scale,
)
from crossdock.errors import StructureError

_NOT_A_STRUCTURE = "expected a structure in PDB or mmCIF format, got {}"
_Record = TypeVar("_Record")


@dataclass(frozen=True)
class EntryFile:
    """What a file holds and says.

    Attributes
    ----------
    path : str
    atoms : Atoms
    models : tuple of int
        Label of each model, in file order; a damaged file may have one twice.
    faults : tuple of Fault
        Atoms that are not among `atoms`, since the file cannot be trusted where it has them.
    shared : dict
        Chain name that several molecules of the file have -> the names that they have here, such as ``A/1``, with the
        line at which each begins.
    title, method : str or None
    resolution : float or None
        In angstrom.
    predicted : bool
        True for predicted models; `b_factor` of their atoms is the pLDDT, from 0 to 100.
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
    models: tuple[int, ...] = (1,)
    faults: tuple[Fault, ...] = ()
    shared: dict[str, dict[str, int]] = field(default_factory=dict)
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


def decoded(content: bytes) -> str:
    """Give the text of a file, lines parted by a line feed alone.

    Byte order marks are taken off, and tell UTF-16; a byte that is no character becomes a replacement mark, since names
    of people in header records are the only text of an entry outside ASCII.
    """
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def file_format(content: bytes) -> Literal["pdb", "mmcif"]:
    """Tell PDB from mmCIF format by what is inside, not by the name.

    Raises
    ------
    StructureError
        If it is neither, and what it looks like.
    """
    text = decoded(content)
    head = text[:4096].lstrip()
    if not head:
        raise StructureError(_NOT_A_STRUCTURE.format("an empty file"))
    if head[0] == "<":
        kind = "a web page or XML" if "<html" in head[:2000].lower() or "<!doc" in head[:20].lower() else "XML"
        raise StructureError(_NOT_A_STRUCTURE.format(kind), hint=AS_DEPOSITED)
    if "\0" in text[:4096]:
        raise StructureError(_NOT_A_STRUCTURE.format("a binary file"), hint=AS_DEPOSITED)
    if re.search(r"^\s*_atom_site\.", text, re.MULTILINE | re.IGNORECASE):
        return "mmcif"
    if re.search(r"^(ATOM  |HETATM)", text, re.MULTILINE):
        return "pdb"
    got = "mmCIF without coordinates" if head.startswith("data_") else "a file without an atom"
    raise StructureError(_NOT_A_STRUCTURE.format(got), hint=AS_DEPOSITED)


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
    text = decoded(content)
    entry = _read_pdb(text, str(path)) if kind == "pdb" else _read_mmcif(text, str(path))
    return as_predicted(entry) if entry.predicted else entry


def as_predicted(entry: EntryFile) -> EntryFile:
    """Give an entry as a predicted model: its B column is a pLDDT, brought to the scale of 0 to 100."""
    polymer = entry.atoms.b_factor[entry.atoms.polymer]
    atoms = replace(entry.atoms, b_factor=entry.atoms.b_factor * plddt_scale(polymer))
    by_alphafold = is_predicted(entry.title, entry.method)
    method = entry.method or ("PREDICTION (ALPHAFOLD)" if by_alphafold else "PREDICTION")
    return replace(entry, atoms=atoms, predicted=True, method=method)


# --- PDB format


def _read_pdb(text: str, path: str) -> EntryFile:
    lines = text.split("\n")
    parents = {line[12:15].strip(): line[24:27].strip() for line in lines if line.startswith("MODRES")}
    sequences = _pdb_sequences(lines)
    table = without_stand_ins(read_pdb_atoms(lines, path))
    atoms, shared = separate_molecules(table, parents, sequences)
    title = _continued(lines, "TITLE ") or None
    method = _continued(lines, "EXPDTA") or None
    measured = is_experiment(method) or _pdb_resolution(lines) is not None or _has_cell(lines)
    return EntryFile(
        path=path,
        atoms=atoms,
        models=table.models,
        faults=table.faults,
        shared=shared,
        title=title,
        method=method,
        resolution=_pdb_resolution(lines),
        predicted=is_predicted(title, method) or (not measured and looks_like_plddt(atoms)),
        identities=_of_each(identity.from_pdb(lines), shared),
        parents=parents,
        compounds=_pdb_compounds(lines),
        assemblies=assembly.from_pdb(lines),
        sequences=_of_each(sequences, shared),
    )


def _of_each(of_chain: dict[str, _Record], shared: Mapping[str, Mapping[str, int]]) -> dict[str, _Record]:
    """Say of every molecule that shares a chain name what the records say of the chain."""
    alone = {chain: found for chain, found in of_chain.items() if chain not in shared}
    return alone | {name: of_chain[chain] for chain, names in shared.items() if chain in of_chain for name in names}


def _has_cell(lines: Sequence[str]) -> bool:
    """Tell whether a PDB file has the unit cell of a crystal; other files leave it out or write 1.000."""
    cells = [real_number(line[6:15]) for line in lines if line.startswith("CRYST1")]
    return any(cell is not None and cell > 1.0 for cell in cells)


def _pdb_resolution(lines: list[str]) -> float | None:
    for line in lines:
        if line.startswith("REMARK   2 RESOLUTION."):
            # The column has moved over the years.
            return real_number(line[22:].split()[0]) if line[22:].split() else None
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
    blocks = read_cif(text, path)
    cif = CifTable(blocks[0])
    columns = [
        ("_pdbx_struct_mod_residue.label_comp_id", "_pdbx_struct_mod_residue.parent_comp_id"),
        ("_chem_comp.id", "_chem_comp.mon_nstd_parent_comp_id"),
    ]
    pairs = [pair for names in columns for pair in zip(*(cif.get(name, []) for name in names), strict=False)]
    parents = {name: parent for name, parent in reversed(pairs) if name and parent}
    sequences = _mmcif_sequences(cif)
    table = without_stand_ins(read_cif_atoms(blocks, text, path))
    atoms, shared = separate_molecules(table, parents, sequences)
    title, method = _first(cif, "_struct.title"), _first(cif, "_exptl.method")
    resolutions = ("_refine.ls_d_res_high", "_em_3d_reconstruction.resolution", "_reflns.d_resolution_high")
    found = [value for key in resolutions if (value := real_number(_first(cif, key) or "")) is not None]
    measured = is_experiment(method) or bool(found) or (real_number(_first(cif, "_cell.length_a") or "") or 0.0) > 1.0
    predicted = (_first(cif, "_entry.id") or "").startswith("AF-") or is_predicted(title, method)
    compounds = zip(cif.get("_chem_comp.id", []), cif.get("_chem_comp.name", []), strict=False)
    return EntryFile(
        path=path,
        atoms=atoms,
        models=table.models,
        faults=table.faults,
        shared=shared,
        title=title,
        method=method,
        resolution=found[0] if found else None,
        predicted=predicted or has_plddt_metric(cif) or (not measured and looks_like_plddt(atoms)),
        identities=_of_each(identity.from_mmcif(cif), shared),
        parents=parents,
        compounds={key: text for key, text in compounds if text},
        assemblies=assembly.from_mmcif(cif),
        sequences=_of_each(sequences, shared),
    )


def _mmcif_sequences(table: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Read residue names of whole chains, from the list of each chain or else from that of its entity."""
    columns = [table.get(f"_pdbx_poly_seq_scheme.{name}", []) for name in ("pdb_strand_id", "seq_id", "mon_id")]
    sequences = _listed_by_place(zip(*columns, strict=False))
    if sequences:
        return sequences
    columns = [table.get(f"_entity_poly_seq.{name}", []) for name in ("entity_id", "num", "mon_id")]
    of_entity = _listed_by_place(zip(*columns, strict=False))
    chains = table.get("_atom_site.auth_asym_id") or table.get("_atom_site.label_asym_id", [])
    of_chain = dict.fromkeys(zip(chains, table.get("_atom_site.label_entity_id", []), strict=False))
    return {chain: of_entity[entity] for chain, entity in of_chain if entity in of_entity}


def _listed_by_place(rows: Iterable[tuple[str, str, str]]) -> dict[str, list[str]]:
    sequences: dict[str, dict[str, str]] = {}
    for chain, place, name in rows:
        sequences.setdefault(chain, {}).setdefault(place, name)  # of several residues at one place, the first
    return {chain: list(names.values()) for chain, names in sequences.items()}


def _first(table: Mapping[str, list[str]], key: str) -> str | None:
    values = table.get(key, [])
    return " ".join(values[0].split()) or None if values else None
