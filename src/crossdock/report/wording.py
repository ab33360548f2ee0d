"""Numbers and names as the page's sentences show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crossdock.report.run_data import PairData, RunData


def labels(data: RunData) -> dict[str, str]:
    """Give the text that the panel shows for each protein."""
    return {
        member["name"]: member.get("label") or member["name"]
        for role in ("receptors", "ligands")
        for member in data.panel[role]
    }


def partners(data: RunData) -> Counter[str]:
    """Count the pairs of each receptor; of a panel without roles, of each protein."""
    sides = [set(pair.names) if data.symmetric else {pair.receptor} for pair in data.pairs]
    return Counter(name for names in sides for name in names)


def label(data: RunData, pair: PairData) -> str:
    """Name a pair in the labels that the panel gives its proteins."""
    shown = labels(data)
    return f"{shown[pair.ligand]} on {shown[pair.receptor]}"


def joined(names: Sequence[str]) -> str:
    """Put names into a sentence: ``a``, ``a and b``, ``a, b and c``; there must be one."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def number(value: float | None, digits: int | None = None) -> str:
    """Format a number for reading, by default with few digits: a true minus sign, a dash where there is none."""
    if value is None:
        return "–"
    size = abs(value)
    if digits is None:
        digits = 0 if size >= 100 or float(value).is_integer() else 1 if size >= 10 else 2
    return f"{value:,.{digits}f}".replace("-", "−").replace(",", "\u202f")
