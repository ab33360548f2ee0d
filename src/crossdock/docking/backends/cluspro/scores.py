"""Score tables of ClusPro: a row for the center and one for the lowest energy of each cluster."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from crossdock.docking.backends.cluspro.pages import tables_of
from crossdock.errors import InputError
from crossdock.files import read_text, write_text
from crossdock.spreadsheet import read_sheet

#: Coefficient sets that the server shows, and what its users call them.
COEFFICIENTS = {
    "000": "balanced",
    "002": "electrostatic-favored",
    "004": "hydrophobic-favored",
    "006": "VdW+Elec",
}
#: Header of every score table.
HEADER = ("Cluster", "Members", "Representative", "Weighted Score")
REPRESENTATIVES = ("Center", "Lowest Energy")

_WORDS = {"000": ["balanced"], "002": ["electrostatic"], "004": ["hydrophobic"], "006": ["vdw"]}
_FILE_NAME = re.compile(r"cluspro_scores\.(?P<job>\d+)\.(?P<set>\d{3})(?:\.[\w-]+)*\.csv")


@dataclass(frozen=True)
class ServerCluster:
    """A cluster as the server lists it.

    Attributes
    ----------
    members : int
        Poses in it, out of the 1,000 best of its coefficient set.
    center, lowest : float
        Weighted PIPER energy of the pose with the most neighbours, and the lowest among the members, both in arbitrary
        units and not comparable between jobs.
    """

    members: int
    center: float
    lowest: float


def named(path: str | Path) -> tuple[str, str]:
    """Read job and coefficient set from the name of a score file.

    Returns
    -------
    job, coefficients : str
        Such as ``"1234567"`` and ``"000"``.

    Raises
    ------
    InputError
        If the name does not say: the table itself does not, and nothing is guessed.
    """
    if found := _FILE_NAME.fullmatch(Path(path).name):
        return found["job"], found["set"]
    raise InputError(
        "the file name of this score table gives no job and coefficient set",
        where=str(path),
        hint="name it as the server does: cluspro_scores.1234567.000.csv (000 balanced, 002 electrostatic-favored, "
        "004 hydrophobic-favored, 006 VdW+Elec)",
    )


def set_named(name: str) -> str | None:
    """Read the coefficient set that the name of a file or folder gives.

    Parameters
    ----------
    name : str
        Such as ``cluspro_scores.1234567.000.csv``, ``FSHR_002.csv`` or ``Hydrophobic-favored``.

    Returns
    -------
    str or None
        Such as ``"000"``; None where the name gives no set, or several: nothing is guessed.
    """
    if found := _FILE_NAME.fullmatch(name):
        return found["set"]
    codes = set(re.findall(r"(?<!\d)00\d(?!\d)", name))
    plain = re.sub(r"[^a-z+]", "", name.lower())
    codes |= {code for code, words in _WORDS.items() if any(word in plain for word in words)}
    return codes.pop() if len(codes) == 1 else None


def job_named(name: str) -> str | None:
    """Read the server's number of a job from the name of a file or folder; None where it has none."""
    if found := re.search(r"cluspro(?:_scores)?[._ -]?(\d+)", name, re.IGNORECASE):
        return found[1]
    numbers = set(re.findall(r"(?<![\dA-Za-z])\d{5,}(?!\d)", name))
    return numbers.pop() if len(numbers) == 1 else None


def read_scores(path: str | Path) -> list[ServerCluster]:
    """Read a score table as the server's link "Download Model Scores for this Coefficient" gives it, or a saved page.

    Raises
    ------
    InputError
        If the file cannot be read or is no such table.
    """
    if is_page(path):
        return parse_page(read_text(path, "page of scores"), where=str(path))
    sheet = read_sheet(path, "score table")
    return clusters_of([sheet.header, *(cells for _, cells in sheet.rows)], where=str(path))


def is_page(path: str | Path) -> bool:
    """Tell whether a file is a saved page, by its name."""
    return bool(re.search(r"\.(x?html?|php)\b", Path(path).name.lower()))


def write_scores(path: str | Path, clusters: list[ServerCluster]) -> None:
    """Write a score table as the server's download has it."""
    lines = [",".join(HEADER)]
    for number, one in enumerate(clusters):
        for representative, score in zip(REPRESENTATIVES, (one.center, one.lowest), strict=True):
            lines.append(f"{number},{one.members},{representative},{score}")
    write_text(path, "\n".join([*lines, ""]))


def parse_page(html: str, *, where: str) -> list[ServerCluster]:
    """Read the score table of a page of the server.

    Parameters
    ----------
    html : str
        With one table whose header is `HEADER`; cells may span rows.
    where : str
        The address, for messages.

    Raises
    ------
    InputError
        If there is no such table, or its header is another.
    """
    tables = [table for table in tables_of(html) if table and tuple(table[0][:1]) == HEADER[:1]]
    if len(tables) != 1:
        raise InputError(f"expected one score table on this page, got {len(tables)}", where=where, hint=_CHANGED)
    return clusters_of(tables[0], where=where)


_CHANGED = (
    "the server may have changed its pages; download scores and models by hand and run "
    "`crossdock cluspro import FOLDER`"
)


def clusters_of(rows: list[list[str]], *, where: str) -> list[ServerCluster]:
    """Check the rows of a score table, header first, and make clusters of them.

    Raises
    ------
    InputError
        Where something is not as expected: the line, what was expected, and what was there.
    """
    header = tuple(cell.strip() for cell in rows[0]) if rows else ()
    if header != HEADER:
        raise InputError(
            f"not a score table: expected the header {','.join(HEADER)}, got {','.join(header) or 'nothing'}",
            where=where,
            hint=_CHANGED,
        )
    found: list[dict[str, float]] = []
    members: list[int] = []
    for number, row in enumerate(rows[1:], start=2):
        cells = [cell.strip() for cell in row]
        place = f"{where}, line {number}"
        if len(cells) != len(HEADER):
            raise InputError(f"expected {len(HEADER)} cells, got {len(cells)}", where=place)
        representative = cells[2]
        if representative not in REPRESENTATIVES:
            raise InputError(f"expected Center or Lowest Energy, got {representative!r}", where=place)
        if representative == REPRESENTATIVES[0]:
            found.append({})
            members.append(_integer(cells[1], "members", place, least=1))
        # The second row of a cluster may leave number and members blank.
        if not found or representative in found[-1]:
            raise InputError("expected a Center row before each Lowest Energy row, and one of each", where=place)
        if cells[0] and _integer(cells[0], "cluster", place) != len(found) - 1:
            raise InputError(f"expected cluster {len(found) - 1}, got {cells[0]}", where=place)
        if cells[1] and _integer(cells[1], "members", place) != members[-1]:
            raise InputError(f"both rows of a cluster have its members: {members[-1]} and {cells[1]}", where=place)
        found[-1][representative] = _score(cells[3], place)
    for number, one in enumerate(found):
        if len(one) != len(REPRESENTATIVES):
            raise InputError(f"cluster {number} has no row for its lowest energy", where=where)
        if one["Lowest Energy"] > one["Center"] + 1e-6:
            raise InputError(f"cluster {number}: the lowest energy is above the center's", where=where)
    if not found:
        raise InputError("the score table has no cluster", where=where)
    return [ServerCluster(n, one["Center"], one["Lowest Energy"]) for n, one in zip(members, found, strict=True)]


def _integer(text: str, what: str, where: str, *, least: int = 0) -> int:
    if not re.fullmatch(r"\d{1,6}", text) or int(text) < least:
        raise InputError(f"expected a number of {what}, got {text!r}", where=where)
    return int(text)


def _score(text: str, where: str) -> float:
    if not re.fullmatch(r"-?\d{1,7}(\.\d+)?", text):
        raise InputError(f"expected a weighted score, got {text!r}", where=where)
    return float(text)
