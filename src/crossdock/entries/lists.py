"""Lists of names as people keep them: text files, columns of a spreadsheet, FASTA."""

from __future__ import annotations

import re
from pathlib import Path

from crossdock.entries.entry import unpack
from crossdock.errors import CrossdockError, InputError
from crossdock.files import read_text

FASTA_SUFFIXES = (".fasta", ".fa", ".faa", ".fas")
# What heads a column of names.
_HEADS = {"gene", "symbol", "name", "protein", "uniprot", "accession", "entry", "id", "ligand", "receptor", "target"}
_HEADS |= {"pdb", "ac", "uniprotkb", "swissprot", "identifier"}
_SECOND_WORDS = {
    "",
    "name",
    "names",
    "symbol",
    "symbols",
    "id",
    "ids",
    "accession",
    "accessions",
    "ac",
    "code",
    "entry",
}
# Blanks that pasting brings along, and what lists put in front of a name.
_UNSEEN = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_BULLET = re.compile(r"^(?:[-*\u2022\u00b7\u2013]\s+|\(?\d{1,3}[.)]\s+)")
_QUOTES = "\"'`\u2018\u2019\u201c\u201d"


def cleaned(text: str) -> str:
    """Take off a word what copying leaves around it: blanks of all kinds, bullets, quotation marks, commas."""
    text = " ".join(_UNSEEN.sub("", text).split())
    return _BULLET.sub("", text).strip(_QUOTES + " ").rstrip(".,; ").strip(_QUOTES + " ")


def names_of(path: str | Path) -> list[tuple[int, str]]:
    """Read the names of a list.

    Parameters
    ----------
    path : str or Path
        A name a line, several on one line, or a table whose first column has the names. What follows a ``#`` is a
        remark.

    Returns
    -------
    list of (int, str)
        Number of the line, and the name; none of a FASTA file.

    Raises
    ------
    InputError
        If it is no text.

    Notes
    -----
    Rows with tabs, and commas or semicolons where every row has as many (two rows at least), make a table.
    Elsewhere every part between commas and semicolons is a name. A first line with a heading of a column is left out.
    """
    lines = list(enumerate(_text_of(path).splitlines(), start=1))
    if lines and re.fullmatch(r'"?sep=."?', lines[0][1].strip()):
        lines = lines[1:]
    lines = [(number, re.sub(r"(^|\s)#.*", "", re.sub(r'^\s*"#.*', "", line))) for number, line in lines]
    lines = [(number, line) for number, line in lines if cleaned(line)]
    if lines and lines[0][1].lstrip().startswith(">"):
        return []
    cells = [(number, _cells(line)) for number, line in lines]
    if cells and _is_heading(cells[0][1]) and len(cells) > 1:
        cells = cells[1:]
    tabbed = any("\t" in line for _, line in lines)
    table = tabbed or (len(lines) > 1 and len({len(row) for _, row in cells}) == 1)
    found = [(number, cleaned(cell)) for number, row in cells for cell in (row[:1] if table else _parts(row))]
    return [(number, name) for number, name in found if name]


def _cells(line: str) -> list[str]:
    """Split a line at its tabs, else at semicolons, else at commas, outside of quotation marks."""
    mark = next((one for one in "\t;," if one in re.sub(r'"[^"]*"', "", line)), None)
    return re.split(mark + r'(?=(?:[^"]*"[^"]*")*[^"]*$)', line) if mark else [line]


def _parts(cells: list[str]) -> list[str]:
    return [part for cell in cells for part in re.split("[,;]", cell)]


def _is_heading(cells: list[str]) -> bool:
    first, _, second = re.sub(r"[_.]", " ", cleaned(cells[0]).lower()).partition(" ")
    return (first in _HEADS or (first.endswith("s") and first[:-1] in _HEADS)) and second in _SECOND_WORDS


def sequences_of(path: str | Path) -> list[tuple[int, str, str]]:
    """Read every sequence of a FASTA file.

    Returns
    -------
    list of (int, str, str)
        Number of the header's line, the header without ``>``, one-letter codes in capitals; none of another file.

    Raises
    ------
    InputError
        If it is no text, or named as a FASTA file and none.
    """
    found: list[tuple[int, str, str]] = []
    for number, line in enumerate(_text_of(path).splitlines(), start=1):
        line = _UNSEEN.sub("", line).strip()
        if line.startswith(">"):
            found.append((number, line[1:].strip(), ""))
        elif found:
            start, header, sequence = found[-1]
            found[-1] = (start, header, sequence + re.sub(r"[\s*.\d-]", "", line).upper())
        elif line and not line.startswith((";", "#")):
            if str(path).lower().removesuffix(".gz").endswith(FASTA_SUFFIXES):
                raise InputError(
                    "expected a line that starts with > before the first sequence",
                    where=f"{path}, line {number}",
                    hint="put a line `>NAME` above each sequence",
                )
            return []
    return found


def _text_of(path: str | Path) -> str:
    """Read a file as text; one that is not UTF-8 as Windows writes it."""
    content = Path(path).read_bytes() if Path(path).suffix == ".gz" else b""
    if content:
        try:
            return unpack(content).decode("utf-8-sig", "replace")
        except CrossdockError as error:
            raise InputError(error.what, where=str(path), hint=error.hint) from error
    try:
        return read_text(path, "list of names")
    except InputError as error:
        content = Path(path).read_bytes() if Path(path).is_file() else b"\0"
        if "UTF-8" not in error.what or re.search(rb"[\x00-\x08\x0e-\x1f]", content):
            raise
        return content.decode("cp1252", "replace")
