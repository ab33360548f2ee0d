"""The prepared protein as numpy columns, read from and written to PDB format."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock.errors import BrokenFileError, StructureError
from crossdock.files import write_text

#: What `crossdock prepare` writes into the first line of a structure.
PREPARED = "prepared by crossdock"
#: Chain letters in the order in which new ones are given out.
CHAIN_LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits


@dataclass(frozen=True, repr=False)
class Structure:
    """Atoms of one model, one alternative location each, heavy atoms only.

    Attributes
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        Positions in angstrom.
    chain, residue_name, atom_name, element, insertion : ndarray, dtype=str, shape=(n,)
        Chain letter, residue name (3 letters), atom name without blanks, element symbol, insertion code or ``""``.
    residue_number : ndarray, dtype=int64, shape=(n,)
        Author residue numbers.
    b_factor : ndarray, dtype=float64, shape=(n,)
        B-factor, or pLDDT in predicted models.
    hetero : ndarray, dtype=bool, shape=(n,)
        True for atoms of ions and ligands that were kept.
    """

    coord: NDArray[np.float64]
    chain: NDArray[np.str_]
    residue_number: NDArray[np.int64]
    insertion: NDArray[np.str_]
    residue_name: NDArray[np.str_]
    atom_name: NDArray[np.str_]
    element: NDArray[np.str_]
    b_factor: NDArray[np.float64]
    hetero: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.coord)

    def __repr__(self) -> str:
        return f"<structure of {self.n_residues} residues, {len(self)} atoms, chains {' '.join(self.chains)}>"

    def __getitem__(self, index: NDArray[np.bool_ | np.integer]) -> Structure:
        """Give the atoms at `index` (a mask or an index array)."""
        return Structure(*(getattr(self, name)[index] for name in self.__dataclass_fields__))

    def with_coord(self, coord: NDArray[np.float64]) -> Structure:
        """Give the same atoms at other positions, shape=(n, 3) in angstrom."""
        if coord.shape != self.coord.shape:
            raise ValueError(f"expected coordinates of shape {self.coord.shape}, got {coord.shape}")
        return replace(self, coord=np.asarray(coord, dtype=float))

    def moved(self, rotation: NDArray[np.float64], translation: NDArray[np.float64]) -> Structure:
        """Give the same atoms elsewhere: `x' = R x + t`, the translation in angstrom."""
        return self.with_coord(self.coord @ rotation.T + translation)

    def with_chains(self, letters: dict[str, str]) -> Structure:
        """Give the same atoms with chains renamed by `letters` (old -> new); chains not named stay."""
        return replace(self, chain=np.array([letters.get(c, c) for c in self.chain], dtype="U1"))

    @property
    def chains(self) -> list[str]:
        """Chain letters in file order."""
        return list(dict.fromkeys(self.chain.tolist()))

    @cached_property
    def residue_index(self) -> NDArray[np.int64]:
        """Number of the residue that each atom belongs to, counted from 0 in file order, shape=(n,)."""
        if not len(self):
            return np.zeros(0, dtype=np.int64)
        changed = np.zeros(len(self), dtype=bool)
        for column in (self.chain, self.residue_number, self.insertion, self.residue_name):
            changed[1:] |= column[1:] != column[:-1]
        return np.cumsum(changed)

    @property
    def atom_places(self) -> list[tuple[str, int, str]]:
        """Chain, residue number and insertion code of each atom."""
        return list(zip(self.chain.tolist(), self.residue_number.tolist(), self.insertion.tolist(), strict=True))

    @property
    def n_residues(self) -> int:
        """Number of residues, kept ions and ligands included."""
        return int(self.residue_index[-1]) + 1 if len(self) else 0


def read_structure(path: str | Path) -> Structure:
    """Read a prepared structure: a PDB file as `write_structure` makes it.

    Parameters
    ----------
    path : str or Path
        A PDB file with element columns. Only the first model is read; `read_conformers` reads all. For files as a
        databank has them, use `crossdock.structures.prepare`.

    Returns
    -------
    Structure

    Raises
    ------
    BrokenFileError
        If it is cut off.
    StructureError
        If there is no such file, a coordinate is not a number, or there is no atom in it.
    """
    return parse_structure(_lines(Path(path)), where=str(path))


def read_conformers(path: str | Path) -> tuple[Structure, ...]:
    """Read all conformers of a prepared structure, the first one first; its parameter and errors are the same."""
    lines = _lines(Path(path))
    starts = [number for number, line in enumerate(lines) if line.startswith("MODEL ")] or [0]
    return tuple(parse_structure(lines[start:], where=str(path), first_line=start + 1) for start in starts)


def _lines(path: Path) -> list[str]:
    """Read the lines of a prepared structure."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise StructureError(f"cannot read the structure: {error.strerror}", where=str(path)) from error
    # Cut off between two atoms it would pass for a smaller protein.
    if lines and PREPARED in lines[0] and not lines[-1].startswith("END"):
        hint = "remove it and start `crossdock run` again (`crossdock prepare` writes it)"
        raise BrokenFileError("the file is incomplete: END is missing", where=str(path), hint=hint)
    return lines


def parse_structure(lines: Sequence[str], *, where: str, first_line: int = 1) -> Structure:
    """Read atoms from the lines of a PDB file.

    Parameters
    ----------
    lines : sequence of str
        Up to the first ENDMDL.
    where : str
        The file, for messages.
    first_line : int
        Number of the first of the lines in the file.

    Returns
    -------
    Structure

    Raises
    ------
    StructureError
        If a coordinate is not a number, or there is no atom.
    """
    rows = []
    for number, line in enumerate(lines, start=first_line):
        if line.startswith("ENDMDL"):
            break
        if not line.startswith(("ATOM  ", "HETATM")):
            continue
        try:
            xyz = (float(line[30:38]), float(line[38:46]), float(line[46:54]))
            rows.append(
                (
                    xyz,
                    line[21],
                    int(line[22:26]),
                    line[26].strip(),
                    line[17:20].strip(),
                    line[12:16].strip(),
                    line[76:78].strip().capitalize(),
                    float(line[60:66] or 0),
                    line.startswith("HETATM"),
                )
            )
        except (ValueError, IndexError) as error:
            raise StructureError("not a PDB atom record", where=f"{where}, line {number}") from error
    if not rows:
        raise StructureError("no atom in this file", where=where, hint="run `crossdock prepare` on the entry first")
    columns = list(zip(*rows, strict=True))
    dtypes: list[Any] = [np.float64, "U1", np.int64, "U1", "U3", "U4", "U2", np.float64, np.bool_]
    return Structure(*(np.array(column, dtype=dtype) for column, dtype in zip(columns, dtypes, strict=True)))


def atom_records(structure: Structure, *, first_serial: int = 1) -> list[str]:
    """Format atoms as PDB records, with TER after each chain.

    Parameters
    ----------
    structure : Structure
    first_serial : int
        Serial number of the first atom; numbers wrap at 99,999 as viewers expect.

    Returns
    -------
    list of str
    """
    records: list[str] = []
    # Lists, not arrays: taking single values out of arrays would be most of the time.
    columns = [getattr(structure, name).tolist() for name in Structure.__dataclass_fields__]
    next_chain = [*structure.chain[1:].tolist(), None]
    for i, row in enumerate(zip(*columns, next_chain, strict=True)):
        (x, y, z), chain, number, insertion, residue, name, symbol, b_factor, hetero, following = row
        element = symbol.upper()
        # Columns 13-14 hold the element, right-aligned, so that CA (carbon) and CA (calcium) differ.
        padded = name if len(name) == 4 else (f"{name:<4}" if len(element) == 2 else f" {name:<3}")
        records.append(
            f"{'HETATM' if hetero else 'ATOM  '}{(first_serial + i - 1) % 99999 + 1:5d} {padded} "
            f"{residue:>3} {chain}{number:4d}{insertion or ' '}   {x:8.3f}{y:8.3f}{z:8.3f}  1.00{b_factor:6.2f}"
            f"          {element:>2}  "
        )
        if following != chain:
            records.append("TER   ")  # six columns, as every record name has
    return records


def write_structure(path: str | Path, *bodies: Structure, remarks: tuple[str, ...] = ()) -> None:
    """Write one or more bodies to a PDB file.

    Parameters
    ----------
    path : str or Path
    *bodies : Structure
        Written one after the other; give them distinct chain letters first (`distinct_chains`).
    remarks : tuple of str
        Lines for REMARK 99 at the top, ASCII, at most 69 characters each.
    """
    records: list[str] = []
    serial = 1
    for body in bodies:
        records += atom_records(body, first_serial=serial)
        serial += len(body)
    write_records(path, records, remarks=remarks)


def write_records(path: str | Path, records: list[str], *, remarks: tuple[str, ...] = ()) -> None:
    """Write what `atom_records` gives to a PDB file, under the remarks of `write_structure`."""
    lines = [f"REMARK  99 {remark}" for remark in remarks]
    write_text(path, "\n".join([*lines, *records, "END   ", ""]))


def write_conformers(path: str | Path, conformers: Sequence[Structure], *, remarks: tuple[str, ...] = ()) -> None:
    """Write a structure to a PDB file; of several conformers, each as a MODEL.

    Parameters
    ----------
    path : str or Path
    conformers : sequence of Structure
        The first one is what `read_structure` reads.
    remarks : tuple of str
        As for `write_structure`.
    """
    if len(conformers) == 1:
        write_structure(path, conformers[0], remarks=remarks)
        return
    lines = [f"REMARK  99 {remark}" for remark in remarks]
    for number, one in enumerate(conformers, start=1):
        lines += [f"MODEL     {number:4d}", *atom_records(one), "ENDMDL"]
    write_text(path, "\n".join([*lines, "END   ", ""]))


def is_prepared(path: str | Path) -> bool:
    """Tell whether a file is a structure as `crossdock prepare` writes it.

    Raises
    ------
    StructureError
        If it cannot be read.
    """
    try:
        with open(path, "rb") as handle:
            return PREPARED.encode() in handle.readline(200)
    except OSError as error:
        raise StructureError(f"cannot read the structure: {error.strerror}", where=str(path)) from error


def distinct_chains(fixed: list[str], moving: list[str]) -> dict[str, str]:
    """Give the moving partner's chains letters that the fixed partner does not use.

    Parameters
    ----------
    fixed, moving : list of str
        Chain letters of the two partners.

    Returns
    -------
    dict
        Old letter -> new letter for every moving chain; letters that do not clash stay.

    Raises
    ------
    StructureError
        If PDB format has too few letters for both.
    """
    taken = set(fixed) | {c for c in moving if c not in fixed}
    free = iter(letter for letter in CHAIN_LETTERS if letter not in taken)
    letters = {}
    for chain in moving:
        try:
            letters[chain] = next(free) if chain in fixed else chain
        except StopIteration:
            raise StructureError(
                f"{len(fixed)} + {len(moving)} chains do not fit the {len(CHAIN_LETTERS)} letters of PDB format",
                hint="select fewer chains",
            ) from None
    return letters
