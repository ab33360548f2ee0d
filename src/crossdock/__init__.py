"""crossdock docks every ligand of a panel against every receptor and says how far the result can be trusted."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from crossdock.version import __version__

__all__ = ["__version__", "view"]

logging.getLogger(__name__).addHandler(logging.NullHandler())  # what imports crossdock decides what is shown

if TYPE_CHECKING:
    from crossdock.report.view import view


def __getattr__(name: str) -> Any:
    """Load `view` when it is first asked for: py3Dmol is of use in notebooks only."""
    if name == "view":
        from crossdock.report.view import view

        return view
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
