"""Predicted models by the names that programs give their files: whose they are, and which of several is the best."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from crossdock.entries.identity import model_named

# One prediction gives several files. Name of the job, then what the program writes behind it, with the rank of the
# model: ColabFold from 1.3 on, and before; AlphaFold 2 (`ranked_0`); AlphaFold Server, Boltz and Chai (`model_0`).
_RANKED = (
    re.compile(r"(?P<job>.+?)_(?P<relaxed>un)?relaxed_rank_0*(?P<rank>\d+)(?:_.*)?", re.IGNORECASE),
    re.compile(r"(?P<job>.+?)_(?P<relaxed>un)?relaxed_model_\d+.*?_rank_0*(?P<rank>\d+)", re.IGNORECASE),
    re.compile(r"(?P<job>.*?)_?ranked_0*(?P<rank>\d+)", re.IGNORECASE),
    re.compile(r"(?:fold_)?(?P<job>.+?)_model_0*(?P<rank>\d+)", re.IGNORECASE),
    re.compile(r"(?P<job>.*?)_?pred\.model_idx_0*(?P<rank>\d+)", re.IGNORECASE),
)


def stem_of(path: str | Path) -> str:
    """Give the name of a structure file without its suffixes."""
    return Path(path).name.removesuffix(".gz").rpartition(".")[0] or Path(path).name


def ranked(path: str | Path) -> tuple[str, int, bool] | None:
    """Read the name of a model's file.

    Returns
    -------
    tuple of (str, int, bool), or None
        The job, the rank of the model (lower is better), whether it was relaxed; None of a file that is named
        otherwise, as those of AlphaFold DB are.
    """
    stem = stem_of(path)
    if model_named(stem):
        return None
    match = next((found for one in _RANKED if (found := one.fullmatch(stem))), None)
    if match is None:
        return None
    relaxed = "relaxed" in match.groupdict() and "relaxed" in stem.lower() and match["relaxed"] is None
    # AlphaFold 2 writes `ranked_0.pdb` into a folder that has the job's name.
    return match["job"] or Path(path).absolute().parent.name, int(match["rank"]), relaxed


def best_of(files: Sequence[Path]) -> Iterator[tuple[Path, list[Path]]]:
    """Give the file of the best model of each prediction, with the files of its others; other files as they are."""
    jobs: dict[tuple[str, str], list[Path]] = {}
    for path in files:
        found = ranked(path)
        jobs.setdefault((str(path.parent), found[0] if found else f"/{path.name}"), []).append(path)
    for members in jobs.values():
        best, *others = sorted(members, key=_order)
        yield best, others


def _order(path: Path) -> tuple[int, bool, str]:
    _, rank, relaxed = ranked(path) or ("", 0, False)
    return rank, not relaxed, path.name


def short_name(path: str | Path) -> str:
    """Name a protein after its structure file, without what programs write behind the name."""
    if found := ranked(path):
        return found[0]
    stem = stem_of(path)
    return model_named(stem) or stem
