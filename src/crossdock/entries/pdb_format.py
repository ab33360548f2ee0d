"""Atoms of a PDB file as gemmi reads them, each line looked at first.

gemmi reads what it can and is silent about the rest: a residue number of stars becomes 0, the fourth letter of a
residue name becomes a part of the chain's name. A line that cannot be trusted becomes a `Fault`, which stops a run only
if its atom would be docked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gemmi
import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import LETTERS
from crossdock.entries.atom_table import (
    AS_DEPOSITED,
    UNPLACED,
    Atoms,
    Fault,
    Table,
    models_of,
    real_number,
    whole_number,
)
from crossdock.errors import StructureError

#: Coordinates from here on, in angstrom, stand for an atom that was never placed, if all three do.
NEVER_PLACED = 9998.9
#: Residue numbers from here on do not fit the columns of PDB format.
FIVE_DIGITS = 10_000

_AXES = {"x": slice(30, 38), "y": slice(38, 46), "z": slice(46, 54)}
_NOT_PRINTED = re.compile(r"[^ -~]")
_HYBRID_36 = re.compile(r"[A-Z][0-9A-Z]{3}|[a-z][0-9a-z]{3}")


def read_pdb_atoms(lines: Sequence[str], path: str) -> Table:
    """Read the ATOM and HETATM records of a PDB file.

    Parameters
    ----------
    lines : sequence of str
    path : str
        The file, for messages.

    Returns
    -------
    Table

    Raises
    ------
    StructureError
        If no atom can be read.
    """
    sheet = _Sheet(has_two_letter_chains(lines))
    for number, line in enumerate(lines, start=1):
        if line.startswith(("ATOM", "HETATM")):
            # Other characters have no place in a column, and would end the line for gemmi or push columns aside.
            plain = line.isascii() and line.isprintable()
            sheet.atom(_unshifted(line if plain else _NOT_PRINTED.sub("?", line)), number)
        elif line.startswith("MODEL"):
            sheet.model(whole_number(line[6:14]))
        elif line.startswith("ENDMDL") or line.rstrip() == "END":
            sheet.ended = True
        elif line.startswith("TER"):
            sheet.part += 1
    if not sheet.rows:
        fault = sheet.faults[0] if sheet.faults else None
        what, at = (fault.what, fault.line) if fault else ("there is no atom in this file", len(lines))
        raise StructureError(what, where=f"{path}, line {at}", hint=AS_DEPOSITED)
    return sheet.table()


def has_two_letter_chains(lines: Sequence[str]) -> bool:
    """Tell whether columns 21 and 22 of a PDB file together name the chain.

    Large structures have chains such as ``AA``, whose first letter stands where other files have the fourth letter of a
    residue name such as ``NVAL``. A file with such chains has them at most of its standard amino acids.
    """
    filled = [
        line[20] != " " for line in lines if line.startswith("ATOM") and line[17:20] in LETTERS and len(line) > 26
    ]
    return 2 * sum(filled) > len(filled)


class _Sheet:
    """What has been read of a PDB file so far."""

    def __init__(self, two_letter_chains: bool) -> None:
        self._two = two_letter_chains
        self.rows: list[tuple[Any, ...]] = []
        self.faults: list[Fault] = []
        self.part = 0
        self.ended = False  # END or ENDMDL came last
        self._text: list[str] = []
        self._labels: list[int | None] = []  # of models; None for what follows an end without a MODEL
        self._segment: str | None = None

    def model(self, label: int | None) -> None:
        """Begin a model."""
        if label is None:
            label = max((one for one in self._labels if one is not None), default=0) + 1
        self._labels.append(label)
        self.part, self.ended = self.part + 1, False

    def atom(self, line: str, number: int) -> None:
        """Check a record, and keep it for gemmi with the count of atoms in place of the serial number."""
        if self.ended or not self._labels:
            self._labels.append(None if self._labels else 1)
            self.part, self.ended = self.part + 1, False
        model, segment, is_atom = len(self._labels) - 1, line[72:76].strip(), line[0] == "A"
        if segment != self._segment:
            self.part, self._segment = self.part + 1, segment
        chain, residue = line[21:22].strip(), line[17:21].strip().upper()
        if self._two:
            chain, residue = line[20:22].strip(), line[17:20].strip().upper()
        place = _residue_place(line)
        if what := _trouble(line, place):
            name = line[12:16].strip().upper()
            self.faults.append(Fault(what, number, model, chain, residue, name, place, is_atom, what == UNPLACED))
            return
        element = line[76:78].strip().upper()
        occupancy, b_factor = real_number(line[54:60]), real_number(line[60:66])
        given = (1.0 if occupancy is None else occupancy, b_factor or 0.0)
        row = (model, number, chain, residue, place, element, line[12:16], self.part, segment, is_atom)
        self.rows.append((*row, *given))
        # A number of five digits is not for gemmi, which counts the fifth as an insertion code.
        code = line[22:27] if place is None or place[0] < FIVE_DIGITS else "   0 "
        start = f"{line[:6]}{_hybrid_36(len(self._text))} {line[12:17]}{line[17:20]:>3} A{code}"
        self._text.append(f"{start}   {line[30:54]}  1.00  0.00\n")

    def table(self) -> Table:
        """Let gemmi read the records."""
        flat = gemmi.FlatStructure(gemmi.read_pdb_string("".join(self._text), ignore_ter=True))
        order = np.argsort(flat.serials, kind="stable")
        columns: list[tuple[Any, ...]] = list(zip(*self.rows, strict=True))
        model, line, chain, residue, place, element, field, part, segment, is_atom, occupancy, b_factor = columns
        contents = list(zip(chain, residue, place, field, strict=True))
        of, labels = models_of(np.array(model), self._labels, contents, {fault.model for fault in self.faults})
        n, places = len(self.rows), list(place)
        five_digits = np.array([one[0] if one and one[0] >= FIVE_DIGITS else 0 for one in places])
        codes = np.array([chr(code) if code else "" for code in flat.icodes[order]])
        atoms = Atoms(
            coord=flat.pos[order].astype(np.float64),
            model=of[np.array(model)],
            number=np.where(five_digits, five_digits, flat.resnums[order]).astype(np.int64),
            line=np.array(line, dtype=np.int64),
            chain=_or_segment(np.array(chain, dtype=str), np.array(segment, dtype=str)),
            insertion=np.char.strip(codes),
            residue=np.array(residue, dtype=str),
            name=np.char.upper(_texts(np.asarray(flat.atom_names)[order])),
            altloc=np.array([chr(code) if code else "" for code in flat.altlocs[order]], dtype=str),
            element=np.array(element, dtype=str),
            field=np.array(field, dtype=str),
            occupancy=np.array(occupancy, dtype=float),
            b_factor=np.array(b_factor, dtype=float),
            part=np.array(part, dtype=np.int64),
            position=np.zeros(n, dtype=np.int64),
            polymer=np.zeros(n, dtype=bool),
        )
        faults = tuple(replace(fault, model=int(of[fault.model])) for fault in self.faults)
        return Table(atoms, labels, np.array(is_atom, dtype=bool), np.full(n, -1), faults)


def _unshifted(line: str) -> str:
    """Take a digit out of a serial number of six digits that has pushed all columns behind it to the right."""
    pushed = [line[i : i + 1] for i in (35, 43, 51)] == ["."] * 3
    return line[:6] + line[7:] if pushed and re.fullmatch(r"\d{6}", line[6:12]) else line


def _residue_place(line: str) -> tuple[int, str] | None:
    """Read residue number and insertion code of a PDB line; None where gemmi has to (hybrid-36), or nobody can."""
    number, code = line[22:26], line[26:27].strip()
    if code.isdigit() and number.strip() == number and whole_number(line[22:27]) is not None:
        return int(line[22:27]), ""
    value = whole_number(number)
    return None if value is None or code.isdigit() else (value, code)


def _trouble(line: str, place: tuple[int, str] | None) -> str | None:
    """Say what of a PDB line cannot be trusted."""
    coord = [real_number(line[column]) for column in _AXES.values()]
    for axis, value in zip(_AXES, coord, strict=True):
        if value is None:
            return f"the {axis} coordinate is not a number: {line[_AXES[axis]]!r}"
    if place is None and not _HYBRID_36.fullmatch(line[22:26]):
        return f"the residue number is not a number: {line[22:27]!r}"
    return UNPLACED if min(abs(value or 0.0) for value in coord) >= NEVER_PLACED else None


def _or_segment(chain: NDArray[np.str_], segment: NDArray[np.str_]) -> NDArray[np.str_]:
    """Name blank chains by their segments, where a file tells molecules apart by these alone."""
    blank = chain == ""
    return np.where(blank, segment, chain) if len(set(segment[blank].tolist())) > 1 else chain


def _texts(codes: NDArray[np.int8]) -> NDArray[np.str_]:
    """Turn rows of characters, shape=(n, 8), into texts, shape=(n,)."""
    return np.ascontiguousarray(codes).view(f"S{codes.shape[1]}").ravel().astype(str)


def _hybrid_36(number: int) -> str:
    """Write a serial number in five columns, beyond 99,999 with a letter in front (hybrid-36)."""
    if number < 100_000:
        return f"{number:5d}"
    number += 10 * 36**4 - 100_000
    digits = ""
    for _ in range(5):
        number, digit = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
    return digits
