"""Atoms of an mmCIF file as gemmi reads it, and its tables by item."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import gemmi
import numpy as np
from numpy.typing import NDArray

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

# A value of a row of an mmCIF table: quoted, or up to the next blank.
_VALUES = re.compile(r"""'[^']*'(?=\s|$)|"[^"]*"(?=\s|$)|\S+""")
# What a gemmi message says before what is wrong: the text's name, line and column.
_GEMMI_PLACE = re.compile(r"^[^:]*:(\d+):[\d()]+:?\s*")


class CifTable(Mapping[str, list[str]]):
    """An mmCIF block as item -> values, ``""`` where a value is unknown or does not apply."""

    def __init__(self, block: gemmi.cif.Block) -> None:
        self._block = block
        self._read: dict[str, list[str]] = {}

    def __getitem__(self, item: str) -> list[str]:
        if item not in self._read:
            self._read[item] = [gemmi.cif.as_string(value) for value in self._block.find_values(item)]
        if not self._read[item]:
            raise KeyError(item)
        return self._read[item]

    def __iter__(self) -> Iterator[str]:
        for category in self._block.get_mmcif_category_names():
            yield from (tag for tag in self._block.find_mmcif_category(category).tags)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def read_cif(text: str, path: str) -> list[gemmi.cif.Block]:
    """Read the blocks of an mmCIF file that hold atoms.

    Raises
    ------
    StructureError
        If the file is not mmCIF, or ends in the middle of a table; the line is named.
    """
    try:
        blocks = list(gemmi.cif.read_string(text))
    except (ValueError, RuntimeError) as error:
        place = _GEMMI_PLACE.match(str(error))
        reason = str(error)[place.end() :] if place else error
        rows = _AtomRows(text, 0)
        # A row with too many or too few values shifts all that follow, so the first such row is the one to name.
        line = rows.ragged or (int(place[1]) if place else rows.last)
        what = f"not a complete mmCIF file: {reason}"
        raise StructureError(what, where=f"{path}, line {line}", hint=AS_DEPOSITED) from error
    found = [block for block in blocks if all(block.find_values(f"_atom_site.Cartn_{axis}") for axis in "xyz")]
    if not found:
        what = "the atom table has no complete coordinates"
        raise StructureError(what, where=f"{path}, line {_AtomRows(text, 0).last}", hint=AS_DEPOSITED)
    return found


def read_cif_atoms(blocks: Sequence[gemmi.cif.Block], text: str, path: str) -> Table:
    """Read `_atom_site` of each block.

    Parameters
    ----------
    blocks : sequence of gemmi.cif.Block
        At least one; each is a structure, further models of it, or more of it.
    text, path : str
        The file and its name, for messages.

    Returns
    -------
    Table

    Raises
    ------
    StructureError
        If a column is missing, or no atom can be read.
    """
    parts = [_CifAtoms(CifTable(block), path, _AtomRows(text, i)) for i, block in enumerate(blocks)]
    sheets: list[Table] = []
    labels: list[int | None] = []
    contents: list[tuple[object, ...]] = []
    for block in parts:
        table = block.table(len(labels), 1 + max((int(t.atoms.part.max()) for t in sheets if len(t.atoms)), default=0))
        sheets.append(table)
        labels += [label if not contents else None for label in table.models]
        a = table.atoms
        columns = (a.chain, a.number, a.insertion, a.residue, a.name, a.altloc)
        contents += zip(*(column.tolist() for column in columns), strict=True)
    joined = Atoms(*(np.concatenate([getattr(t.atoms, n) for t in sheets]) for n in Atoms.__dataclass_fields__))
    faults = tuple(fault for table in sheets for fault in table.faults)
    if not len(joined):
        what, line = (faults[0].what, faults[0].line) if faults else ("the atom table has no atom", 1)
        raise StructureError(what, where=f"{path}, line {line}", hint=AS_DEPOSITED)
    of, models = models_of(joined.model, labels, contents, {fault.model for fault in faults})
    return Table(
        replace(joined, model=of[joined.model]),
        models,
        np.concatenate([table.atom_record for table in sheets]),
        np.concatenate([table.mark for table in sheets]),
        tuple(replace(fault, model=int(of[fault.model])) for fault in faults),
    )


class _CifAtoms:
    """The atom table of one block."""

    def __init__(self, table: CifTable, path: str, rows: _AtomRows) -> None:
        self._table, self._path, self._rows = table, path, rows
        self._n = len(table["_atom_site.Cartn_x"])

    def _column(self, *names: str, default: str | None = None) -> list[str]:
        """Give a column; where it has no value, that of the next name."""
        found = [values for name in names if len(values := self._table.get(f"_atom_site.{name}", [])) == self._n]
        found = [values for values in found if any(values)]
        if not found and default is None:
            what = f"_atom_site.{names[0]} is missing or incomplete"
            raise StructureError(what, where=f"{self._path}, line {self._rows.last}", hint=AS_DEPOSITED)
        if len(found) < 2:
            return found[0] if found else [default or ""] * self._n
        return [a or b for a, b in zip(found[0], found[1], strict=True)]

    def table(self, first_model: int, first_part: int) -> Table:
        """Turn the columns into arrays; rows that cannot be trusted become faults."""
        n = self._n
        label = self._column("label_asym_id", default="")
        chain = self._column("auth_asym_id", "label_asym_id", default="")
        residue = [name.upper() for name in self._column("auth_comp_id", "label_comp_id")]
        name = [name.upper() for name in self._column("auth_atom_id", "label_atom_id")]
        insertion = self._column("pdbx_PDB_ins_code", default="")
        is_atom = np.array([group != "HETATM" for group in self._column("group_PDB", default="ATOM")])
        written = self._column("auth_seq_id", "label_seq_id", default="")
        model, labels = self._models()
        mark, position = self._sequence()
        number = [whole_number(value) for value in written]
        numbered = any(written)
        coord = [[real_number(value) for value in self._column(f"Cartn_{axis}")] for axis in "xyz"]
        good, faults = np.ones(n, dtype=bool), []
        for i, xyz in enumerate(zip(*coord, strict=True)):
            # Waters and ions of a file without author numbers have none; they get one below, as all do where none has.
            nameless = not written[i] and (mark[i] == 0 or not is_atom[i] or not numbered)
            what = self._trouble(i, xyz, None if nameless else written[i], number[i])
            if what:
                place = None if number[i] is None else (int(number[i] or 0), insertion[i])
                row = (
                    what,
                    self._rows.line(i),
                    first_model + int(model[i]),
                    chain[i],
                    residue[i],
                    name[i],
                    place,
                    bool(is_atom[i]),
                )
                faults.append(Fault(*row, unplaced=what == UNPLACED))
                good[i] = False
        numbers = _numbered(number, list(zip(chain, residue, strict=True)), name)
        codes = {one: first_part + i for i, one in enumerate(dict.fromkeys(label))}
        b_factor, occupancy = (
            [real_number(value) for value in self._column(key, default="")] for key in ("B_iso_or_equiv", "occupancy")
        )
        atoms = Atoms(
            coord=np.array([[0.0 if v is None else v for v in axis] for axis in coord]).T.reshape(-1, 3),
            model=model + first_model,
            number=np.array(numbers, dtype=np.int64),
            line=np.zeros(n, dtype=np.int64),
            chain=np.array(chain, dtype=str),
            insertion=np.array(insertion, dtype=str),
            residue=np.array(residue, dtype=str),
            name=np.array(name, dtype=str),
            altloc=np.array(self._column("label_alt_id", default=""), dtype=str),
            element=np.array([symbol.upper() for symbol in self._column("type_symbol", default="")], dtype=str),
            field=np.full(n, "", dtype=str),
            occupancy=np.array([1.0 if value is None else value for value in occupancy], dtype=float),
            b_factor=np.array([value or 0.0 for value in b_factor], dtype=float),
            part=np.array([codes[one] for one in label], dtype=np.int64),
            position=position,
            polymer=np.zeros(n, dtype=bool),
        )
        return Table(atoms[good], labels, is_atom[good], mark[good], tuple(faults))

    def _models(self) -> tuple[NDArray[np.int64], tuple[int, ...]]:
        """Give the index of each atom's model, shape=(n,), and the labels of the models."""
        texts = self._column("pdbx_PDB_model_num", default="1")
        labels: dict[int, int] = {}
        index = []
        for i, text in enumerate(texts):
            label = whole_number(text)
            if label is None:
                where = f"{self._path}, line {self._rows.line(i)}"
                raise StructureError(f"the model number is not a number: {text!r}", where=where, hint=AS_DEPOSITED)
            index.append(labels.setdefault(label, len(labels)))
        return np.array(index, dtype=np.int64), tuple(labels)

    def _sequence(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give what the file says of each atom: whether it is of a polymer (1, 0, -1), and its place in the sequence.

        PyMOL numbers waters as it numbers residues; only a file that also lists its polymers is believed.
        """
        lists = (
            "_entity_poly.entity_id",
            "_entity_poly_seq.entity_id",
            "_pdbx_poly_seq_scheme.asym_id",
            "_entity.type",
        )
        places = [whole_number(value) or 0 for value in self._column("label_seq_id", default="")]
        position = np.array(places, dtype=np.int64)
        if not position.any() or not any(self._table.get(item) for item in lists):
            return np.full(self._n, -1), np.zeros(self._n, dtype=np.int64)
        return (position > 0).astype(np.int64), position

    def _trouble(self, i: int, xyz: Sequence[float | None], written: str | None, number: int | None) -> str | None:
        for axis, value in zip("xyz", xyz, strict=True):
            if value is None:
                return f"the {axis} coordinate is not a number: {self._table[f'_atom_site.Cartn_{axis}'][i]!r}"
        if written is not None and number is None:
            return f"the residue number is not a number: {written!r}"
        return UNPLACED if all(abs(abs(value or 0.0) - 9999.0) < 1.0 for value in xyz) else None


class _AtomRows:
    """The lines of an mmCIF file at which the rows of an atom table stand, for messages.

    Parameters
    ----------
    text : str
        The file.
    table : int
        Which of its atom tables, from 0.
    """

    def __init__(self, text: str, table: int) -> None:
        self._text, self._table = text, table

    @cached_property
    def _found(self) -> tuple[list[str], int, range]:
        """Give the lines of the file, the number of columns, and where the rows stand."""
        lines = self._text.splitlines()
        headers = [i for i, line in enumerate(lines) if line.lower().startswith("_atom_site.")]
        groups = np.split(headers, np.flatnonzero(np.diff(headers) > 1) + 1) if headers else []
        if self._table >= len(groups):
            return lines, 0, range(len(lines), len(lines))
        start = int(groups[self._table][-1]) + 1
        stops = (i for i in range(start, len(lines)) if lines[i].startswith(("#", "loop_", "_", "data_")))
        return lines, len(groups[self._table]), range(start, next(stops, len(lines)))

    def line(self, atom: int) -> int:
        """Give the line of an atom, or of the first row before it that is not whole."""
        _, _, rows = self._found
        return self.ragged or (rows[atom] + 1 if atom < len(rows) else self.last)

    @cached_property
    def ragged(self) -> int | None:
        """The line of the first row with too many or too few values."""
        lines, columns, rows = self._found
        return next((i + 1 for i in rows if len(_VALUES.findall(lines[i])) != columns), None)

    @property
    def last(self) -> int:
        """The last line of the table."""
        return max(1, self._found[2].stop)


def _numbered(number: Sequence[int | None], residue: Sequence[tuple[str, str]], name: Sequence[str]) -> list[int]:
    """Number the residues that a file leaves without a number behind the others of their chain."""
    last: dict[str, int] = {}
    for value, (chain, _) in zip(number, residue, strict=True):
        last[chain] = max(last.get(chain, 0), value or 0)
    numbers: list[int] = []
    before: tuple[str, str] | None = None
    seen: set[str] = set()
    for value, one, atom in zip(number, residue, name, strict=True):
        if value is not None:
            numbers.append(value)
            before = None
            continue
        if one != before or atom in seen:
            last[one[0]] += 1
            before, seen = one, set()
        seen.add(atom)
        numbers.append(last[one[0]])
    return numbers
