"""Structures as steps take them: prepared, or prepared on the fly."""

from __future__ import annotations

import hashlib
import logging
from functools import lru_cache
from pathlib import Path

from crossdock.docking.record import Partner
from crossdock.structures.structure import Structure, is_prepared, read_conformers

_log = logging.getLogger(__name__)


def ready(path: str | Path) -> Structure:
    """Read a prepared structure; any other file is prepared first, all its protein chains kept.

    Parameters
    ----------
    path : str or Path
        Such as ``results/proteins/NAME/structure.pdb``, or any PDB or mmCIF file.

    Returns
    -------
    Structure

    Raises
    ------
    StructureError
        If it cannot be read, or holds no protein.
    """
    path = str(path)
    if is_prepared(path):
        return _read(path, Path(path).stat().st_mtime_ns)[0]
    from crossdock.entries.entry import read_entry
    from crossdock.entries.residues import Ledger, take_model
    from crossdock.structures.prepare import prepare  # what reads entries takes a while to load

    found = take_model(read_entry(path), None, Ledger())
    others = [chain or "(blank)" for chain in found.polymer_chains if chain not in found.protein_chains]
    structure, record = prepare(path, name=Path(path).stem, chains=found.protein_chains or None)
    left = f", chains {' '.join(others)} left out (not proteins)" if others else ""
    _log.info(
        "%s: prepared on the fly, chains %s, %d atoms%s; "
        "for ions, single chains or an identity check run `crossdock prepare` first",
        path,
        " ".join(record.selection.chains),
        len(structure),
        left,
    )
    return structure


def ready_conformers(path: str | Path) -> tuple[Structure, ...]:
    """Read all conformers of a prepared structure, the first one first; any other file gives one, as `ready` says."""
    path = str(path)
    return _read(path, Path(path).stat().st_mtime_ns) if is_prepared(path) else (ready(path),)


@lru_cache(maxsize=4)
def _read(path: str, changed: int) -> tuple[Structure, ...]:
    """Read a prepared structure once for all steps of a batch, as long as its file has not changed."""
    return read_conformers(path)


def described(path: str | Path, structure: Structure) -> Partner:
    """Give what docking.json says of a partner."""
    return Partner(structure.n_residues, len(structure), hashlib.sha256(Path(path).read_bytes()).hexdigest())
