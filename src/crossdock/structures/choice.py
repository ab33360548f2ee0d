"""Which structure stands for a protein whose config names none: chosen once, recorded, and repeated by every rerun."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crossdock.errors import InputError, SourceError
from crossdock.files import read_json, write_json
from crossdock.proteins import Entry, parse_entry, sought_entry
from crossdock.structures.suggest import Candidate, Suggestions


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
    order = ("accession", "residues", "entry", "chosen", "notes", "candidates")
    write_json(path, {key: record[key] for key in order})


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
    try:
        record = read_json(path)
        found = read_suggestions(path)
        entry = parse_entry(record["entry"])
        if entry.source not in ("rcsb", "alphafold"):
            raise InputError(f"expected a PDB id or alphafold:ACCESSION, got {record['entry']!r}")
        named = [one for one in found.candidates if one.entry == str(entry)]
        why = named[0].in_words() if named else "written into the record by hand"
        chosen = {key: record[key] for key in ("accession", "residues", "entry", "chosen")}
    except OSError as error:
        raise InputError(f"cannot read which entry was chosen: {error.strerror}", where=str(path)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "delete the file to choose anew"
        raise InputError("this is no record of `crossdock suggest -o`", where=str(path), hint=hint) from error
    except InputError as error:
        raise InputError(error.what, where=str(path), hint="correct `entry`, or delete the file") from error
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
    """
    path = Path(path or Path("resources/entries") / str(sought_entry(accession.strip().upper(), residues).choice))
    if not path.is_file():
        raise SourceError(
            f"offline, only what was looked up before can be shown, and there is no file {path}",
            where=accession,
            hint=f"where there is a network, `crossdock suggest {accession} -o {path}` makes it; or name an `entry:`",
        )
    return read_suggestions(path)


def read_suggestions(path: str | Path) -> Suggestions:
    """Read the candidates that `write_choice` wrote down."""
    record = read_json(path)
    candidates = []
    for row in record["candidates"]:
        values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
        candidates.append(Candidate(**values))
    residues = (record["residues"][0], record["residues"][1]) if record["residues"] else None
    return Suggestions(record["accession"], residues, tuple(candidates), tuple(record["notes"]))
