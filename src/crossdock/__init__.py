"""crossdock docks every ligand of a panel against every receptor and says how far the result can be trusted.

The workflow is `snakemake`; its steps are `crossdock` on the command line and functions of `crossdock.steps`. For a
notebook: `prepare` an entry, `dock` two structures, `read_run` a finished run, `specificity` of any table of scores,
`view` a pair.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from crossdock.version import __version__

__all__ = ["__version__", "dock", "prepare", "read_run", "specificity", "view"]

if TYPE_CHECKING:
    from crossdock.report.view import view
    from crossdock.steps.in_memory import dock, prepare
    from crossdock.steps.run import read_run
    from crossdock.steps.specificity import specificity

# A program that imports crossdock decides what it shows of its messages.
logging.getLogger("crossdock").addHandler(logging.NullHandler())

#: Where each public name stands; it is loaded when it is first asked for, since a command needs few of them.
_PLACES = {
    "dock": "crossdock.steps.in_memory",
    "prepare": "crossdock.steps.in_memory",
    "read_run": "crossdock.steps.run",
    "specificity": "crossdock.steps.specificity",
    "view": "crossdock.report.view",
}


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name in _PLACES:
        from importlib import import_module

        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
