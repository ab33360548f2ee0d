"""Which structure stands for a protein whose config names none: chosen once, recorded, and repeated by every rerun."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crossdock.entries.lookup import Candidate
from crossdock.entries.suggest import Suggestions
from crossdock.errors import InputError, SourceError
from crossdock.failure import failure_of
from crossdock.files import read_json, write_json
from crossdock.panel.proteins import Entry, entry_of_accession, parse_entry

_KEYS = ("accession", "residues", "entry", "chosen", "notes", "candidates")
_log = logging.getLogger(__name__)


def write_choice(path: str | Path, found: Suggestions) -> None:
    """Record that the first candidate is chosen, and what there was to choose from.

    Parameters
    ----------
    path : str or Path
        `Entry.choice`, under the folder of entries.
    found : Suggestions
    """
    record = asdict(found) | {
        "entry": found.candidates[0].entry,
        "chosen": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_json(path, {key: record[key] for key in _KEYS})


def chosen(entry: Entry, folder: str | Path) -> Path | None:
    """Give the record by which a structure was chosen for an accession, or None; a choice that failed is none."""
    path = Path(folder) / entry.choice if entry.choice else None
    return path if path and path.is_file() and not failure_of(path) else None


def read_choice(path: str | Path) -> tuple[Entry, dict[str, Any]]:
    """Read which entry was chosen.

    Parameters
    ----------
    path : str or Path
        What `write_choice` wrote; its `entry` may have been changed by hand.

    Returns
    -------
    entry : Entry
    chosen : dict
        `accession`, `residues`, `entry`, `chosen` (ISO time), `why` (a sentence), `candidates` (their number).

    Raises
    ------
    InputError
        If the record cannot be read, or its `entry` cannot be.
    """
    record, found = _read(path)
    try:
        entry = parse_entry(record["entry"])
        if entry.source not in ("rcsb", "alphafold"):
            raise InputError(f"expected a PDB id or alphafold:ACCESSION, got {record['entry']!r}")
    except InputError as error:
        raise InputError(error.what, where=str(path), hint="correct `entry`, or delete the file") from error
    named = [one for one in found.candidates if one.entry == str(entry)]
    why = named[0].description() if named else "edited by hand"
    chosen = {key: record[key] for key in ("accession", "residues", "entry", "chosen")}
    return entry, chosen | {"why": why, "candidates": len(found.candidates)}


def recorded(accession: str, residues: tuple[int, int] | None, path: str | Path | None = None) -> Suggestions:
    """Give what was found for an accession when it was last looked up, without the network.

    Parameters
    ----------
    accession : str
    residues : tuple of int or None
    path : str or Path, optional
        Where the record lies; in `resources/entries` without it.

    Raises
    ------
    SourceError
        If there is no record.
    InputError
        If it cannot be read.
    """
    path = Path(path or Path("resources/entries") / str(entry_of_accession(accession.strip().upper(), residues).choice))
    if not path.is_file():
        raise SourceError(
            f"offline: the choice was not made before (there is no file {path})",
            where=accession,
            hint=f"with network access, run `crossdock suggest {accession} -o {path}`; or give an `entry:`",
        )
    _log.debug(f"reading {path}")
    return _read(path)[1]


def _read(path: str | Path) -> tuple[dict[str, Any], Suggestions]:
    """Read what `write_choice` wrote, as it stands there and as what was found."""
    try:
        record = read_json(path)
        record = {key: record[key] for key in _KEYS}
        if not isinstance(record["entry"], str) or not isinstance(record["chosen"], str):
            raise TypeError
        candidates = []
        for row in record["candidates"]:
            values: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in row.items()}
            candidates.append(Candidate(**values))
        residues = (record["residues"][0], record["residues"][1]) if record["residues"] else None
        return record, Suggestions(record["accession"], residues, tuple(candidates), tuple(record["notes"]))
    except OSError as error:
        raise InputError(f"cannot read which entry was chosen: {error.strerror}", where=str(path)) from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        hint = "delete the file to choose again"
        raise InputError("this is not a file of `crossdock suggest -o`", where=str(path), hint=hint) from error
