"""What must be the same in all pairs of a backend for their numbers to be on one scale, and is not."""

from __future__ import annotations

import contextlib
from typing import Any

from crossdock.docking.backends import load_backend
from crossdock.errors import InputError
from crossdock.report.run_data import BackendRun, RunData


def differing_scales(run: RunData | BackendRun) -> dict[str, list[Any]]:
    """Give what differs between pairs so that their numbers are on several scales.

    Parameters
    ----------
    run : RunData or BackendRun
        What one backend made of the panel.

    Returns
    -------
    dict of str to list
        What it is in words, such as "program" -> its values. Empty where nothing differs, or the backend is not
        installed here, so that nobody can tell.
    """
    with contextlib.suppress(InputError):
        named = load_backend(str(run.panel.get("backend") or "")).one_scale
        return {words: run.docking.differing[key] for key, words in named.items() if key in run.docking.differing}
    return {}
