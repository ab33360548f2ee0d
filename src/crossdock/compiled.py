"""Functions that numba compiles, kept for the next start of the program wherever a folder can be written."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")
_log = logging.getLogger(__name__)


def compiled(**options: Any) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Compile a function as `numba.njit` does, and keep what was compiled if that is possible.

    Where nothing can be compiled (`fault`), the function runs as it is written, which is said once.

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
    folder. Where none of them can be written, or the disk is full, they are compiled at each start.
    """

    def decorate(function: Callable[Given, Result]) -> Callable[Given, Result]:
        if reason := fault():
            _say_slower(reason)
            return function
        import numba

        made: Any = numba.njit(**options)(function)
        try:
            made._cache = _kept(function)
        except RuntimeError as error:
            if "cannot cache" not in str(error):
                raise
            _say_uncached()
        compiling: Callable[Given, Result] = made
        return compiling

    return decorate


def _kept(function: Callable[..., Any]) -> Any:
    """Give what numba keeps of a function, as for ``cache=True``, except that files that fail only cost time."""
    from numba.core import caching

    base: Any = caching.FunctionCache

    class Kept(base):  # type: ignore[misc]
        def load_overload(self, *given: Any) -> Any:
            try:
                return super().load_overload(*given)
            except Exception:  # a damaged file can raise anything
                with suppress(OSError):
                    self.flush()
                return None

        def save_overload(self, *given: Any) -> None:
            try:
                super().save_overload(*given)
            except OSError:
                _say_uncached()

    kept: Any = Kept
    return kept(function)


@cache
def fault() -> str | None:
    """Say what keeps numba from compiling on this machine; None where it can.

    Notes
    -----
    LLVM makes a function that is called, in some milliseconds: a library that does not fit the machine is often
    found out only then. What kills the process, such as an instruction that the processor lacks, cannot be caught;
    NUMBA_DISABLE_JIT=1 is for that.
    """
    # A damaged installation can raise anything.
    try:
        import numba

        if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
            return f"NUMBA_DISABLE_JIT is {os.environ.get('NUMBA_DISABLE_JIT', 'set')}"
        _compile_one()
    except Exception as error:
        return " ".join(f"{type(error).__name__}: {error}".split())
    return None


def _compile_one() -> None:
    """Compile a function of one instruction for this processor, and call it."""
    import ctypes

    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly("define i32 @one() { ret i32 1 }")
    machine = llvm.Target.from_default_triple().create_target_machine(cpu=llvm.get_host_cpu_name(), jit=True)
    with llvm.create_mcjit_compiler(module, machine) as engine:
        engine.finalize_object()
        if ctypes.CFUNCTYPE(ctypes.c_int32)(engine.get_function_address("one"))() != 1:
            raise RuntimeError("code compiled by LLVM gives wrong results")


@cache
def _say_slower(reason: str) -> None:
    """Say once in a process that nothing is compiled."""
    _log.warning(
        f"numba cannot compile here ({reason}): the search uses scipy.fft and everything else runs "
        "as plain Python. Poses are the same up to rounding, but docking is about 100 times slower"
    )


@cache
def _say_uncached() -> None:
    """Say once in a process that nothing compiled is kept."""
    _log.warning(
        "compiled code cannot be kept, as no folder for it can be written or the disk is full: each start compiles it "
        "again, which takes half a minute; NUMBA_CACHE_DIR may name a writable folder"
    )
