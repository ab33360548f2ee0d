"""The templates of all pairs of a panel: looked for once, before the pairs are docked."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crossdock.docking.backends.contract import Around
from crossdock.docking.backends.template.find import Found, Rules, find
from crossdock.docking.backends.template.library import files_in, protein_of, read_complexes
from crossdock.docking.backends.template.record import keep
from crossdock.docking.backends.template.searched import Archive
from crossdock.docking.backends.waiting import write_rows
from crossdock.docking.matching.decide import Pair
from crossdock.errors import InputError
from crossdock.structures.structure import Structure

#: Why a pair has no model.
NONE_KNOWN = "no complex of homologues of both is known"
_log = logging.getLogger(__name__)


def check(settings: Mapping[str, Any]) -> None:
    """Look over what the config says of templates.

    Raises
    ------
    InputError
        If it does not say where complexes are, or there are none.
    """
    if settings.get("folder"):
        files_in(settings["folder"])
    elif not settings.get("search"):
        raise InputError(
            "the config does not say where known complexes are looked for",
            where="templates",
            hint="set `templates: {folder: FOLDER}`, a folder with complexes in PDB or mmCIF format, or "
            "`templates: {search: true}` to look in the PDB, which sends the sequences of your proteins to RCSB",
        )


def looked_at(settings: Mapping[str, Any]) -> list[Any]:
    """Give what templates depend on beside the structures: the rules, and the files with their dates."""
    rules = sorted((key, value) for key, value in settings.items() if key != "folder")
    folder = settings.get("folder")
    files = [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for path in (files_in(folder) if folder and Path(folder).is_dir() else [])
    ]
    return [rules, files]


def rules_of(settings: Mapping[str, Any]) -> Rules:
    """Give the rules that a config asks for."""
    known = Rules()
    return Rules(
        identity=float(settings.get("identity", known.identity)),
        exclude=frozenset(str(one).upper() for one in settings.get("exclude", ())),
        copies=bool(settings.get("copies", known.copies)),
        most=int(settings.get("most", known.most)),
    )


def work(
    waiting: Sequence[Pair],
    structures: Mapping[str, Structure],
    settings: Mapping[str, Any],
    folder: Path,
    out: str | Path,
    around: Around,
) -> None:
    """Look for the templates of pairs, keep them, and write the table from which each docking finds its own.

    Parameters
    ----------
    waiting : sequence of (str, str)
        Receptor and ligand.
    structures : mapping of str to Structure
        By name, prepared.
    settings : mapping
        The config's `templates`.
    folder : Path
        Such as ``resources/templates``; the templates of a pair are kept there.
    out : str or Path
        The table. A pair without a template has the reason in it.
    around : Around

    Raises
    ------
    InputError
        If there is no library.
    """
    check(settings)
    rules = rules_of(settings)
    own = list(read_complexes(files_in(settings["folder"]))) if settings.get("folder") else []
    archive = Archive(around, rules) if settings.get("search") else None
    source = " and ".join([*([f"the folder {settings['folder']}"] if own else []), *(["the PDB"] if archive else [])])
    bodies = {name: protein_of(body) for name, body in structures.items()}
    kept, reasons = dict[Pair, Path](), dict[Pair, str]()
    for pair in waiting:
        both = (bodies[pair[0]], bodies[pair[1]])
        further, problems = archive.of(*both) if archive else ([], [])
        found = find(*both, [*own, *further], rules)
        for problem in problems:
            _log.warning("%s, %s: %s", *pair, problem)
        if found.templates:
            kept[pair] = keep(found, pair, folder, source)
        else:
            reasons[pair] = _reason(found, problems)
    _log.info("%d of %d pairs have a complex of homologues", len(kept), len(waiting))
    write_rows(out, waiting, structures, kept, reasons)


def _reason(found: Found, problems: Sequence[str]) -> str:
    """Say why a pair has no template, and what could not be looked at."""
    if problems:
        return f"{NONE_KNOWN}, but not all could be looked at: {'; '.join(problems[:3])}"
    if not found.left_out:
        return NONE_KNOWN
    listed = "; ".join(
        f"{', '.join(names[:5])}{' ...' if len(names) > 5 else ''}: {why}" for why, names in found.left_out.items()
    )
    return f"{NONE_KNOWN} that can be used as a template ({listed})"
