"""Residues of the wwPDB Chemical Component Dictionary: modified amino acids and nucleotides.

The table beside this file is made by `tools/components.py`, which explains its columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Component:
    """A component of the dictionary that is no standard residue.

    Attributes
    ----------
    kind : str
        ``"L"``, ``"D"``, ``"-"`` (no handedness on record), ``"beta"``, ``"RNA"`` or ``"DNA"``.
    parent : str
        The standard amino acid that it is made from; ``""`` for nucleotides and what is no single residue.
    atoms : dict of str to str
        Heavy atom -> its name in the parent. One that the parent does not have keeps its name, or has ``""`` where the
        parent has another atom of that name.
    """

    kind: str
    parent: str
    atoms: dict[str, str]


@cache
def _rows() -> dict[str, list[str]]:
    text = files("crossdock.entries").joinpath("components.csv").read_text(encoding="utf-8")
    # No field is quoted, and splitting is ten times faster than the csv module.
    rows = (line.split(",") for line in text.splitlines()[2:])
    return {name: row for name, *row in rows}


@cache
def component(name: str) -> Component | None:
    """Look up a component by its id; None for the standard residues and for what is no residue."""
    row = _rows().get(name)
    if row is None:
        return None
    kind, parent, _, tokens = row
    # `SE=SD` has another name in the parent; a name without `=` is the parent's own, or none of its names.
    pairs = (token.partition("=") for token in tokens.split())
    return Component(kind, parent, {atom: name if equals else atom for atom, equals, name in pairs})


def nucleotides() -> frozenset[str]:
    """Give the ids of all components that link into RNA or DNA."""
    return frozenset(name for name, row in _rows().items() if row[0] in ("RNA", "DNA"))
