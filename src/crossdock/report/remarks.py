"""Remarks on the proteins of a panel: what was found of them, and which change the reading of their pairs."""

from __future__ import annotations

import re
from typing import Any

from crossdock.report.run_data import RunData
from crossdock.structures.site import UNNOTICED
from crossdock.structures.verdict import ANYBODY

Record = dict[str, Any]

#: Ligands up to which a config's notes on them are read before the matrix.
FEW_LIGANDS = 25


def warnings(data: RunData) -> list[Record]:
    """Collect what changes the reading of the whole page, each remark once.

    Returns
    -------
    list of dict
        ``text``, ``proteins`` (names that it is said of), ``serious`` (bool: a protein may be another, or only a part),
        ``note`` (bool: a remark of the config) and ``top`` (bool: to be read before the matrix, as serious ones are,
        an expected protein that nothing confirms, notes, those on ligands where these are few, and a membrane of a
        receptor, on which a whole column hangs, that nobody named); in this order.
    """
    rows: dict[tuple[str, bool], Record] = {}

    def say(text: str, name: str, *, serious: bool = False, note: bool = False) -> None:
        row: Record = {"text": text, "proteins": [], "serious": False, "note": note}
        row = rows.setdefault((text, note), row)
        row["proteins"] += [name] if name not in row["proteins"] else []
        row["serious"] |= serious

    for name, protein in data.proteins.items():
        identity, remarks = protein.get("identity") or {}, protein.get("warnings") or []
        if verdict(protein) != "matches":
            text = identity.get("explanation") or "The identity was not checked."
            # An accepted mismatch stands among the warnings with the words that accept it.
            say(
                next((remark for remark in remarks if remark.startswith(text)), text),
                name,
                serious=verdict(protein) in ("mismatch", "fragment"),
            )
        for text in remarks:
            say(text, name)
    receptors = [member["name"] for member in data.panel["receptors"]]
    for member in [*data.panel["receptors"], *data.panel["ligands"]]:
        if member.get("note"):
            say(member["note"], member["name"], note=True)
    for row in rows.values():
        received = any(name in receptors for name in row["proteins"])
        weighty = row["serious"] or ANYBODY in row["text"]
        noted = row["note"] and (received or len(data.panel["ligands"]) <= FEW_LIGANDS)
        row["top"] = weighty or noted or (received and UNNOTICED in row["text"])
    return sorted(rows.values(), key=lambda row: (not row["serious"], not row["top"]))


def doubts(data: RunData) -> dict[str, list[str]]:
    """Give, by protein, what changes the reading of its every pair: the remarks that stand before the matrix."""
    found: dict[str, list[str]] = {}
    for row in warnings(data):
        for name in row["proteins"] if row["top"] else ():
            found.setdefault(name, []).append(row["text"])
    return found


def verdict(protein: Record) -> str:
    """Give what the identity check says of a protein, by its protein.json: ``unknown`` where it says nothing."""
    return str((protein.get("identity") or {}).get("verdict", "unknown"))


def is_another(protein: Record) -> bool:
    """Tell whether a protein's entry holds another one than expected; not so where only the organism differs."""
    identity = protein.get("identity") or {}
    return verdict(protein) == "mismatch" and identity.get("expected") not in (identity.get("found") or [])


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
    found: dict[str, str] = {}
    for row in warnings(data):
        if row["serious"] or UNNOTICED in row["text"]:
            for name in row["proteins"]:
                found.setdefault(name, row["text"])
    return found
