"""What Linux and macOS alone offer: how much memory a process took."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING

from crossdock.errors import CrossdockError

try:
    import resource
except ImportError as error:
    raise CrossdockError(
        f"crossdock runs on Linux and macOS, not on {platform.system()}",
        hint="on Windows, install and run it in the Windows Subsystem for Linux (WSL)",
    ) from error

if TYPE_CHECKING:
    from resource import struct_rusage


def peak_memory_mb(usage: struct_rusage | None = None) -> float:
    """Give the most memory that a process has taken.

    Parameters
    ----------
    usage : struct_rusage, optional
        Of a process that has ended, as `os.wait4` gives it; that of this process without it.

    Returns
    -------
    float
        In units of 2^20 bytes.

    Notes
    -----
    `ru_maxrss` counts kilobytes on Linux and bytes on macOS (getrusage(2) of both).
    """
    usage = usage or resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def cpu_seconds() -> float:
    """Give the processor time of this process and of its child processes that have ended, in seconds."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
