"""A scan in parts: files of each, and all of them together."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from crossdock.docking.engine.correlation import Scan
from crossdock.errors import InputError
from crossdock.files import whole_file


def write_part(path: str | Path, scan: Scan, *, part: int, parts: int, asked_for: str, cpu_seconds: float) -> None:
    """Write a part of a scan.

    Parameters
    ----------
    path : str or Path
        In numpy's .npz format.
    scan : Scan
        Rows of the part's orientations, numbered as in the whole scan.
    part, parts : int
        Which of how many parts, from 1.
    asked_for : str
        Fingerprint of the docking that it is a part of.
    cpu_seconds : float
        What it took.
    """
    arrays: dict[str, Any] = {field.name: getattr(scan, field.name) for field in fields(Scan)}
    facts: dict[str, Any] = {"part": part, "parts": parts, "asked_for": asked_for, "cpu_seconds": cpu_seconds}
    with whole_file(path) as aside, aside.open("wb") as file:
        np.savez_compressed(file, **arrays, **facts)


def read_parts(paths: Sequence[str | Path], asked_for: str) -> tuple[Scan, float]:
    """Put the parts of a scan together.

    Parameters
    ----------
    paths : sequence of str or Path
        All parts, in any order.
    asked_for : str
        Fingerprint of the docking that they are to be parts of.

    Returns
    -------
    scan : Scan
        The same, byte for byte, as the scan of all orientations at once.
    cpu_seconds : float
        What all parts took.

    Raises
    ------
    InputError
        If a file is no part of this docking, or one is missing.
    """
    found = {}
    for path in paths:
        try:
            with np.load(path, allow_pickle=False) as file:
                content = {name: file[name] for name in file.files}
            number = int(content["part"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(
                f"cannot be read as part of a scan: {error}",
                where=str(path),
                hint="delete it; `crossdock scan` makes it again",
            ) from error
        if str(content["asked_for"]) != asked_for:
            raise InputError(
                "a part of another docking: its structures or settings differ",
                where=str(path),
                hint="delete it; `crossdock scan` makes it again",
            )
        found[number] = content
    parts = {int(content["parts"]) for content in found.values()}
    if len(parts) != 1 or sorted(found) != list(range(1, max(parts) + 1)):
        have = ", ".join(map(str, sorted(found)))
        raise InputError(f"expected all parts of one scan, got {have} of {', '.join(map(str, sorted(parts)))}")
    columns = (np.concatenate([found[part][field.name] for part in sorted(found)]) for field in fields(Scan))
    return Scan(*columns), float(sum(content["cpu_seconds"] for content in found.values()))
