"""The table in a folder of downloads that says which job is which pair; what a person edits in it is kept."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crossdock.errors import ConfigError, CrossdockError, InputError
from crossdock.files import write_text
from crossdock.spreadsheet import read_sheet

#: Its name.
JOBS = "jobs.csv"
COLUMNS = ("job", "receptor", "ligand", "status", "evidence", "reason", "candidates", "files")
#: What stands under `status`, and what it means.
STATUS = {
    "sure": "crossdock has filled in the pair",
    "edited": "you have filled in the pair, or emptied it so that the job is left out",
    "doubtful": "fill in receptor and ligand",
    "not in the panel": "the job is of no pair of the panel",
    "not used": "the pair has another job, or the files cannot be used",
}


@dataclass
class Row:
    """A line of the table.

    Attributes
    ----------
    job : str
    receptor, ligand : str
        Names in the panel, or empty.
    status : str
        One of `STATUS`.
    evidence, reason : str
        What decided, and what is open.
    candidates : list of (str, str)
    files : str
    other : dict of str to str
        Columns that a person has added.
    line : int
        In the file, where it was read from one.
    """

    job: str
    receptor: str = ""
    ligand: str = ""
    status: str = ""
    evidence: str = ""
    reason: str = ""
    candidates: list[tuple[str, str]] = field(default_factory=list)
    files: str = ""
    other: dict[str, str] = field(default_factory=dict)
    line: int = 0

    @property
    def pair(self) -> tuple[str, str] | None:
        """The pair, if it is filled in."""
        return (self.receptor, self.ligand) if self.receptor and self.ligand else None

    @property
    def edited(self) -> bool:
        """Whether a person has changed what crossdock had written."""
        if self.status == "sure":
            return self.pair != (self.candidates[0] if self.candidates else None)
        return self.status == "edited" or self.pair is not None


def read_mapping(path: str | Path) -> list[Row]:
    """Read the table; without a file, there are no rows.

    Raises
    ------
    InputError
        If it lacks the columns job, receptor and ligand, a job has two rows, or a row has only one of receptor and
        ligand.
    """
    if not Path(path).is_file():
        return []
    sheet = read_sheet(path, "list of jobs")
    if missing := [name for name in COLUMNS[:3] if name not in sheet.header]:
        raise InputError(
            f"expected the columns job,receptor,ligand; missing: {', '.join(missing)}",
            where=str(path),
            hint="remove the file to have it written anew",
        )
    rows: list[Row] = []
    for line, values in sheet.rows:
        cells = dict(zip(sheet.header, (cell.strip() for cell in values), strict=True))
        if not cells["job"]:
            raise InputError("expected a job in this row", where=f"{path}, line {line}")
        if any(row.job == cells["job"] for row in rows):
            raise InputError(f"job {cells['job']} has two rows", where=f"{path}, line {line}")
        if bool(cells["receptor"]) != bool(cells["ligand"]):
            raise InputError("expected a receptor and a ligand, or neither", where=f"{path}, line {line}")
        own = {name: cells.get(name, "") for name in COLUMNS}
        pairs = [tuple(pair.split(" + ", 1)) for pair in own.pop("candidates").split("; ") if " + " in pair]
        other = {name: value for name, value in cells.items() if name not in COLUMNS}
        rows.append(Row(**own, candidates=[(a, b) for a, b in pairs], other=other, line=line))
    return rows


def write_mapping(path: str | Path, rows: Sequence[Row]) -> None:
    """Write the table, separated as it was before."""
    delimiter = read_sheet(path, "list of jobs").delimiter if Path(path).is_file() else ","
    others = list(dict.fromkeys(name for row in rows for name in row.other))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow([*COLUMNS, *others])
    for row in rows:
        pairs = "; ".join(" + ".join(pair) for pair in row.candidates)
        cells = (row.job, row.receptor, row.ligand, row.status, row.evidence, row.reason, pairs, row.files)
        writer.writerow([*cells, *(row.other.get(name, "") for name in others)])
    write_text(path, text.getvalue())


def merged(found: Iterable[Row], kept: Sequence[Row]) -> list[Row]:
    """Put what a person has edited over what was found."""
    by_job = {row.job: row for row in kept}
    rows = []
    for row in found:
        if before := by_job.get(row.job):
            row.other = before.other
            if before.edited:
                row.receptor, row.ligand, row.status = before.receptor, before.ligand, "edited"
                row.line = before.line
        rows.append(row)
    return rows


def check_edits(
    rows: Iterable[Row],
    jobs: Collection[str],
    pairs: Collection[tuple[str, str]],
    path: Path,
    config: str,
    *,
    lacking: tuple[str, str],
) -> None:
    """Stop at rows of a person that cannot be used.

    Parameters
    ----------
    rows : iterable of Row
        Only those that a person has edited are looked at.
    jobs : collection of str
        Names of what was found.
    pairs : collection of (str, str)
        Receptor and ligand of the panel.
    path : Path
        The table.
    config : str
        Name of the config for messages.
    lacking : tuple of str
        What is wrong, with {} for the name, and what to do where a row's job was not found.

    Raises
    ------
    ConfigError
        With every such row.
    """
    problems: list[CrossdockError] = []
    for row in rows:
        where = f"{path}, line {row.line}"
        if row.edited and row.job not in jobs:
            problems.append(InputError(lacking[0].format(row.job), where=where, hint=lacking[1]))
        if row.edited and row.pair and row.pair not in pairs:
            hint = f"use the names of receptors and ligands in {config}"
            problems.append(InputError(f"not in the panel: {row.receptor}, {row.ligand}", where=where, hint=hint))
    if problems:
        raise ConfigError(problems, where=str(path))


def orders(row: Row, pairs: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give the pair of a row, and the same in the other order if the panel has it too; none where it is empty."""
    if row.pair is None:
        return []
    return [pair for pair in dict.fromkeys([row.pair, row.pair[::-1]]) if pair in pairs]


def settle(rows: Sequence[Row], swapped: dict[str, bool]) -> dict[tuple[str, str], list[Row]]:
    """Leave one job to each pair: the one that a person chose, else the one with the panel's roles, else none.

    Parameters
    ----------
    rows : sequence of Row
        Changed in place.
    swapped : dict of str to bool
        Job -> whether its roles are swapped.

    Returns
    -------
    dict of (str, str) to list of Row
        The pairs that are left open, each with the rows of which a person has to fill in one.

    Raises
    ------
    InputError
        If a person gave a pair to two jobs.
    """
    by_pair: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.pair:
            by_pair.setdefault(row.pair, []).append(row)
    still_open: dict[tuple[str, str], list[Row]] = {}
    for pair, jobs in by_pair.items():
        if len(jobs) == 1:
            continue
        name = f"{pair[0]}, {pair[1]}"
        chosen = [row for row in jobs if row.status == "edited"]
        if len(chosen) > 1:
            lines = ", ".join(str(row.line) for row in chosen)
            raise InputError(
                f"pair {name} has more than one job: {', '.join(row.job for row in chosen)}",
                where=f"{JOBS}, lines {lines}",
                hint="keep the pair in one row, and empty receptor and ligand in the others",
            )
        direct = chosen or [row for row in jobs if not swapped.get(row.job)]
        for row in jobs:
            if direct == [row]:
                continue
            row.receptor = row.ligand = ""
            if len(direct) == 1:
                row.status, row.reason = "not used", f"{name} is taken from job {direct[0].job}"
                if not chosen:
                    row.reason += ", which has the panel's receptor as receptor"
            else:
                others = [other.job for other in jobs if other is not row]
                named = f"job {others[0]} is" if len(others) == 1 else f"jobs {', '.join(others)} are"
                said = f"{named} of the same pair; fill in the pair in ONE of these rows"
                row.status, row.reason = "doubtful", said
                still_open.setdefault(pair, []).append(row)
    return still_open
