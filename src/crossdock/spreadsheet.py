"""Tables that people hand over, as spreadsheets of any country write them: cells, and the numbers in them."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crossdock.errors import InputError, quoted
from crossdock.files import read_text

#: What a cell without a number holds, in small letters; as a name, NA is one like any other.
MISSING = {"", "-", "--", "\u2013", "\u2014", "\u2212", ".", "?", "na", "n/a", "n.a.", "#n/a", "nan", "none", "null"}
MISSING |= {"nd", "n.d.", "n/d", "n. d.", "missing"}
#: What stands between cells, the rarest within a cell first.
_DELIMITERS = ("\t", ";", ",")
#: What may stand between groups of three digits whichever mark the decimals have.
_SPACES = " '\u2019\u00a0\u2009\u202f"
_POWER = r"([eE][-+]?[0-9]+)?"


@dataclass(frozen=True)
class Sheet:
    """A table of text.

    Attributes
    ----------
    where : str
        Its name in messages.
    header : list of str
    rows : list of (int, list of str)
        Number of the line, and as many cells as the header has; rows without any are left out.
    delimiter : str
        What stands between the cells.
    """

    where: str
    header: list[str]
    rows: list[tuple[int, list[str]]]
    delimiter: str


def read_sheet(path: str | Path, what: str, *, remarks: bool = False) -> Sheet:
    """Read a table whose cells are separated by tabs, semicolons or commas, in UTF-8 or UTF-16, with any line ends.

    Parameters
    ----------
    path : str or Path
    what : str
        What it should be, for messages.
    remarks : bool
        Whether lines that start with ``#`` are none of the table.

    Returns
    -------
    Sheet
        Without columns and rows that are empty.

    Raises
    ------
    InputError
        If it cannot be read, a quotation mark is not closed, a cell lies outside of all columns, a column has cells
        but no heading, or two have the same one.
    """
    where, text = str(path), read_text(path, what)
    lines = io.StringIO(text, newline=None).read().split("\n")
    named = re.fullmatch(r'"?sep=(.)"?', lines[0])  # Excel's own way of naming the delimiter
    if named:
        lines[0] = ""
    if remarks:
        # A spreadsheet puts a remark that holds a comma into quotation marks.
        lines = ["" if re.match(r'\s*"?#', line) else line for line in lines]
    found, failed = [], []
    for mark in (named[1],) if named else _DELIMITERS:
        try:
            found.append(_parsed(lines, mark, where))
        except InputError as error:
            failed.append(error)
    if not all(sheet.header for sheet in found):
        raise InputError(f"the {what} is empty", where=where)
    sheet = max(found, key=_fit, default=None)  # the first of several that are as good
    if sheet is None or (failed and not _fit(sheet)):
        raise failed[-1]
    return _checked(sheet)


def _parsed(lines: Sequence[str], delimiter: str, where: str) -> Sheet:
    """Split lines at a delimiter; the header is the first row that is not empty."""
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True)
    rows, first = [], 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            while cells and not cells[-1]:
                del cells[-1]
            if cells:
                rows.append((first, cells))
            first = reader.line_num + 1
    except csv.Error as error:
        hint = "to write a quotation mark in a cell, double it and put the cell in quotation marks"
        raise InputError(f"cannot be read as a table: {error}", where=f"{where}, line {first}", hint=hint) from None
    return Sheet(where, rows[0][1] if rows else [], rows[1:], delimiter)


def _fit(sheet: Sheet) -> float:
    """Tell how well rows fit the header: the part of them that has several cells, and no more than it."""
    width = len(sheet.header)
    fitting = [1 < len(cells) <= width for _, cells in sheet.rows]
    return (1 + sum(fitting)) / (1 + len(fitting)) if width > 1 else 0.0


def _checked(sheet: Sheet) -> Sheet:
    """Fill rows up, drop empty columns, and name what belongs to no column."""
    width = len(sheet.header)
    for line, cells in sheet.rows:
        if len(cells) > width:
            decimals = sheet.delimiter == "," and all(re.fullmatch(r"[-+0-9 ]*", cell) for cell in cells[width:])
            hint = "use semicolons or tabs between the cells if numbers have decimal commas" if decimals else None
            what = f"expected {width} cells, got {len(cells)}: more than the header has"
            raise InputError(what, where=f"{sheet.where}, line {line}", hint=hint)
    rows = [(line, cells + [""] * (width - len(cells))) for line, cells in sheet.rows]
    kept = [0] + [i for i in range(1, width) if sheet.header[i] or any(cells[i] for _, cells in rows)]
    header = [sheet.header[i] for i in kept]
    for i, name in enumerate(header):
        if not name and i:
            raise InputError(f"column {kept[i] + 1} has cells but no heading", where=sheet.where)
        if name in header[:i]:
            raise InputError(f"the column {quoted(name)} appears twice", where=sheet.where)
    return Sheet(sheet.where, header, [(line, [cells[i] for i in kept]) for line, cells in rows], sheet.delimiter)


def numbers(cells: Iterable[tuple[str, str]], delimiter: str) -> list[float]:
    """Read the numbers of a table, decimals and thousands as its country writes them.

    Parameters
    ----------
    cells : iterable of (str, str)
        The place of each, for messages, and its text.
    delimiter : str
        What stands between cells.

    Returns
    -------
    list of float
        Not a number where a cell says that there is none (`MISSING`).

    Raises
    ------
    InputError
        If a cell is no finite number, or the table does not show whether its commas are decimals or thousands.

    Notes
    -----
    ``12.5`` and ``1,234,567`` show that decimals have a point, ``12,5`` and ``1.234.567`` that they have a comma; what
    only has three digits behind its only mark shows neither. One table has one kind. Where nothing shows it, points
    are decimals, unless semicolons separate the cells, which spreadsheets write where a comma is the decimal mark.
    """
    cells = [(place, text.strip().replace("\u2212", "-").replace("\u2013", "-")) for place, text in cells]
    given = [(place, text) for place, text in cells if text.lower() not in MISSING]
    readings = {text: _readings(text) for _, text in given}
    hint = "write a number without its unit, or leave the cell empty where there is none"
    for place, text in given:
        if not readings[text]:
            raise InputError(f"expected a number, got {quoted(text)}", where=place, hint=hint)
    for place, text in given:
        if not any(map(math.isfinite, readings[text].values())):
            raise InputError(f"expected a finite number, got {quoted(text)}", where=place, hint=hint)
    mark = _decimal_mark(given, readings, delimiter)
    return [math.nan if text.lower() in MISSING else readings[text][mark] for _, text in cells]


def _readings(text: str) -> dict[str, float]:
    """Give decimal mark -> the number that a text stands for with it."""
    if re.fullmatch(r"[-+]?(inf|infinity|\u221e)", text, re.IGNORECASE):
        return {".": math.inf, ",": math.inf}
    if re.fullmatch(rf"[-+]?[0-9]{{1,3}}([{_SPACES}][0-9]{{3}})+([.,][0-9]*)?", text):
        text = re.sub(f"[{_SPACES}]", "", text)
    found = {}
    for mark, group in ((".", ","), (",", ".")):
        plain = rf"[-+]?([0-9]+\{mark}?[0-9]*|\{mark}[0-9]+){_POWER}"
        grouped = rf"[-+]?[1-9][0-9]{{0,2}}(\{group}[0-9]{{3}})+(\{mark}[0-9]*)?"
        if re.fullmatch(plain, text) or re.fullmatch(grouped, text):
            found[mark] = float(text.replace(group, "").replace(mark, "."))
    return found


def _decimal_mark(cells: Sequence[tuple[str, str]], readings: dict[str, dict[str, float]], delimiter: str) -> str:
    """Tell which mark the decimals of a table have."""
    only = {mark: [cell for cell in cells if set(readings[cell[1]]) == {mark}] for mark in (".", ",")}
    if only["."] and only[","]:
        (point, one), (comma, other) = only["."][0], only[","][0]
        raise InputError(
            f"{quoted(one)} has a decimal point, but {quoted(other)} ({comma.rpartition(', ')[2]}) a decimal comma",
            where=point,
            hint="write all numbers the same way, with decimal points and without thousands separators",
        )
    for mark in (".", ","):
        if only[mark]:
            return mark
    unclear = [cell for cell in cells if len(set(readings[cell[1]].values())) > 1]
    if doubtful := [cell for cell in unclear if "," in cell[1] or delimiter == ";"]:
        place, text = doubtful[0]
        values = sorted(readings[text].values(), key=abs)
        raise InputError(
            f"{quoted(text)} may be {values[0]:g} or {values[1]:.0f}, and the other numbers do not show which",
            where=place,
            hint="write the numbers with decimal points, without thousands separators, and commas between the cells",
        )
    return "."


def read_scores(path: str | Path, what: str = "table of scores") -> tuple[list[str], list[str], list[list[float]]]:
    """Read a matrix of scores: a first column with the ligands' names, then a column a receptor.

    Parameters
    ----------
    path : str or Path
    what : str
        What it should be, for messages.

    Returns
    -------
    header : list of str
        The first column's heading, then the receptors.
    ligands : list of str
    scores : list of list of float
        A row a ligand; not a number where a cell says that there is none.

    Raises
    ------
    InputError
        If there is no such table, a name is missing or stands twice, or a cell is not a finite number.
    """
    sheet = read_sheet(path, what)
    ligands = [cells[0] for _, cells in sheet.rows]
    for i, (line, cells) in enumerate(sheet.rows):
        if not cells[0]:
            raise InputError("the ligand has no name", where=f"{sheet.where}, line {line}")
        if cells[0] in ligands[:i]:
            raise InputError(f"the ligand {quoted(cells[0])} appears twice", where=sheet.where)
    places = [
        (f"{sheet.where}, {cells[0]} on {receptor}", cell)
        for _, cells in sheet.rows
        for receptor, cell in zip(sheet.header[1:], cells[1:], strict=True)
    ]
    if not places:
        hint = "expected a column of ligands and one column for each receptor, separated by commas, semicolons or tabs"
        raise InputError("no numbers in the table", where=sheet.where, hint=hint)
    found, width = numbers(places, sheet.delimiter), len(sheet.header) - 1
    return sheet.header, ligands, [found[i : i + width] for i in range(0, len(found), width)]
