"""Dockings that several panels share: kept once, under what they were made of."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from crossdock.files import whole_file, whole_folder

_log = logging.getLogger(__name__)


def take(kept: Path, key: str, files: Sequence[Path]) -> bool:
    """Put kept files in the place of new ones.

    Parameters
    ----------
    kept : Path
        The folder in which they are kept.
    key : str
        Fingerprint of what they are made of.
    files : sequence of Path
        Where they go; each is looked for under its own name.

    Returns
    -------
    bool
        False where not all of them are kept; nothing is written then.
    """
    sources = [kept / key / path.name for path in files]
    if not all(path.is_file() for path in sources):
        return False
    for source, path in zip(sources, files, strict=True):
        with whole_file(path) as aside:
            _same(source, aside)
            os.utime(aside)  # Snakemake takes an older date for an output that was not made
    return True


def keep(kept: Path, key: str, files: Sequence[Path]) -> None:
    """Keep files under a fingerprint; where that cannot be done, the run goes on without."""
    try:
        with whole_folder(kept / key) as aside:
            for path in files:
                _same(path, aside / path.name)
    except Exception as error:
        _log.warning("%s: not kept for other panels: %s", files[0].parent, error)


def _same(source: Path, target: Path) -> None:
    """Give a file a second name, which takes no space; a copy where the disk cannot."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
