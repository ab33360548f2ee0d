"""Remarks on the proteins of a panel: what was found of them, and which change the reading of their pairs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crossdock.remark import NOTE, Remark, Severity, joined, remark, worst
from crossdock.report.run_data import RunData

#: Ligands up to which a config's notes on them are read before the matrix.
FEW_LIGANDS = 25


@dataclass(frozen=True)
class Row:
    """What is said of one protein or of several.

    Attributes
    ----------
    remarks : tuple of Remark
        One, or the reasons of a verdict.
    proteins : tuple of str
        Names that it is said of.
    top : bool
        To be read before the matrix.
    """

    remarks: tuple[Remark, ...]
    proteins: tuple[str, ...]
    top: bool

    @property
    def severity(self) -> Severity:
        """The greatest of the remarks."""
        return worst(self.remarks)

    @property
    def serious(self) -> bool:
        """True where a protein may be another, or only a part."""
        return self.severity is Severity.SERIOUS

    @property
    def note(self) -> bool:
        """True for a note of the config."""
        return self.severity is Severity.NOTE

    @property
    def text(self) -> str:
        """The sentences."""
        return joined(self.remarks)


def rows(data: RunData) -> list[Row]:
    """Collect what changes the reading of the whole page, each remark once, serious ones first, then others at the top.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.
    """
    about: dict[tuple[Remark, ...], list[str]] = {}
    for remarks, name in _said(data):
        names = about.setdefault(remarks, [])
        names += [name] if name not in names else []
    receptors = set() if data.symmetric else {member["name"] for member in data.panel["receptors"]}
    few = len(data.panel["ligands"]) <= FEW_LIGANDS
    found = []
    for remarks, names in about.items():
        received = not receptors.isdisjoint(names)
        found.append(Row(remarks, tuple(names), _is_top(worst(remarks), received=received, few=few)))
    return sorted(found, key=lambda row: (not row.serious, not row.top))


def _said(data: RunData) -> Iterator[tuple[tuple[Remark, ...], str]]:
    """Give what is said of each protein: what speaks against its identity, remarks; then all notes."""
    for name, protein in data.proteins.items():
        if protein.identity.verdict != "matches":
            yield protein.identity.remarks, name
        for one in protein.remarks:
            yield (one,), name
    for member in {one["name"]: one for role in ("receptors", "ligands") for one in data.panel[role]}.values():
        if member.get("note"):
            yield (remark(NOTE, text=member["note"]),), member["name"]


def _is_top(severity: Severity, *, received: bool, few: bool) -> bool:
    """Tell whether a remark is to be read before the matrix; `received` where it is said of a receptor."""
    if severity in (Severity.SERIOUS, Severity.UNCONFIRMED):
        return True
    return received if severity is Severity.IN_QUESTION else severity is Severity.NOTE and (received or few)


def doubts(data: RunData) -> dict[str, list[str]]:
    """Give, by protein, what changes the reading of its every pair: the remarks that stand before the matrix."""
    return _by_protein(row for row in rows(data) if row.top)


def _by_protein(found: Iterator[Row]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for row in found:
        for name in row.proteins:
            texts.setdefault(name, []).append(row.text)
    return texts


def brief(text: str) -> str:
    """Give the first sentence of a remark, without its full stop; none ends before a small letter or a number."""
    return re.split(r"\.\s+(?=[A-Z])", text, maxsplit=1)[0].rstrip(".")


def questionable(data: RunData) -> dict[str, str]:
    """Give the first remark that puts every pair of a protein in question.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    dict of str to str
        By protein: that it is another one, a part of one, or in a membrane that nobody named. Notes of the config may
        say anything and are not among them.
    """
    heavy = (row for row in rows(data) if row.severity in (Severity.SERIOUS, Severity.IN_QUESTION))
    return {name: texts[0] for name, texts in _by_protein(heavy).items()}
