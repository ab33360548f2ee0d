"""Functions that numba compiles, kept for the next start of the program wherever a folder can be written."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any, ParamSpec, TypeVar

import numba

Given = ParamSpec("Given")
Result = TypeVar("Result")
_log = logging.getLogger(__name__)


def compiled(**options: Any) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Compile a function as `numba.njit` does, and keep what was compiled if that is possible.

    Parameters
    ----------
    **options
        Of `numba.njit`, without `cache`.

    Returns
    -------
    callable
        A decorator.

    Notes
    -----
    numba keeps compiled functions in NUMBA_CACHE_DIR, in ``__pycache__`` beside the source or in the user's cache
    folder. Where it can write to none of them it refuses to compile at all; then they are compiled at each start.
    """

    def decorate(function: Callable[Given, Result]) -> Callable[Given, Result]:
        try:
            made: Callable[Given, Result] = numba.njit(cache=True, **options)(function)
        except RuntimeError as error:
            if "cannot cache" not in str(error):
                raise
            _say_uncached()
            made = numba.njit(**options)(function)
        return made

    return decorate


@cache
def _say_uncached() -> None:
    """Say once in a process that nothing compiled is kept."""
    _log.warning(
        "compiled code cannot be kept, as no folder for it can be written: each start compiles it again, "
        "which takes half a minute; NUMBA_CACHE_DIR may name a writable folder"
    )
