"""Known complexes of homologues, poses over which join docked ones: who looks for them, and which a pair has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from crossdock.docking.backends import load_backend
from crossdock.panel.panel import Panel
from crossdock.steps.pairs import Docks, PairFiles
from crossdock.steps.ready import ready
from crossdock.steps.remote import table_of_all

#: The backend that looks for them.
BY = "template"


def looking(panel: Panel) -> Panel | None:
    """Give the panel whose backend looks for the known complexes of all pairs.

    Parameters
    ----------
    panel : Panel
        Of all backends, or of one that docks.

    Returns
    -------
    Panel or None
        None where the config names no place to look in, or no backend of the panel adds such poses to its own.
    """
    asked = panel.templates
    if not (asked.get("folder") or asked.get("search")):
        return None
    if not any(load_backend(run.backend).can.templates for run in panel.runs):
        return None
    own = next((run for run in panel.runs if run.backend == BY), None)
    return own or replace(panel, backend=BY, docking={}, settings=asked, further=(), replicates=1)


def table_of(panel: Panel) -> Path | None:
    """Name the table in which each pair's known complexes are found; None where none are looked for."""
    found = looking(panel)
    return table_of_all(found) if found else None


def record_of(files: PairFiles, how: Docks) -> Path | None:
    """Give the record of the known complexes of a pair; None where it has none, or its backend adds no such poses."""
    if how.templates is None or not load_backend(how.backend).can.templates:
        return None
    if how.templates.suffix != ".csv":
        return how.templates
    elsewhere = load_backend(BY).elsewhere
    return elsewhere.listed(how.templates, ready(files.receptor), ready(files.ligand)) if elsewhere else None
