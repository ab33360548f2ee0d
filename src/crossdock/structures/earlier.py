"""Records of prepared proteins by crossdock 0.1.0 before remarks had codes: sentences, read for what they say.

These files will not change, so that here, and only here, sentences are looked into.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from crossdock.remark import BUILT_ATOMS, BUILT_RESIDUES, CHAIN, FREE_TEXT, TAKEN_AS, UNNOTICED_MEMBRANE, Severity

_CHAIN = re.compile(r"residues of chain (\(blank\)|\S+)(?: \((.*)\))?")
_TAKEN = re.compile(r"(\S+)( \(a D-amino acid\))? taken as (\S+)")
_BUILT = {"residues built by PDBFixer": BUILT_RESIDUES, "atoms built by PDBFixer": BUILT_ATOMS}
_UNNOTICED = re.compile(r"surface (\d+) A thick (\d+) times: this looks like a membrane protein")
_CLOSED = {
    "blocked": "blocked",
    "not accessible": "inaccessible",
    "membrane and inside": "membrane",
    "away from the antigen-binding loops": "beside-loops",
}


def of_sentences(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Bring a record with `warnings` into today's fields.

    Parameters
    ----------
    raw : mapping
        What protein.json holds.

    Returns
    -------
    dict
        Sentences by which nothing is decided stay as they were, under the code `crossdock.remark.SAID`.
    """
    identity, selection = dict(raw["identity"]), dict(raw["selection"])
    explanation = identity.pop("explanation")
    identity["reasons"] = [_free_text(explanation, _severity(identity))]
    if "with" in selection:
        selection["partners"] = selection.pop("with")
    # The explanation of a verdict that is no match stood among the warnings too, with the words that accept it.
    remarks = [_remark(text) for text in raw["warnings"] if not text.startswith(explanation)]
    role = raw.get("role") or []  # one word at first, and for a long time nothing
    panel = {"role": [role] if isinstance(role, str) else role, "label": raw.get("label") or raw["name"]}
    made = {**raw, **panel, "identity": identity, "selection": selection, "remarks": remarks}
    made |= {key: [_item(one["what"], one["count"]) for one in raw[key]] for key in ("kept", "removed")}
    if mask := raw.get("docking_mask"):
        counts = [{"code": _CLOSED[why], "count": count} for why, count in mask["counts"].items()]
        made["docking_mask"] = {**mask, "counts": counts}
    return made


def _severity(identity: Mapping[str, Any]) -> Severity:
    """Tell how much the explanation of a verdict matters."""
    if identity["verdict"] == "unknown":
        return Severity.UNCONFIRMED if identity["expected"] else Severity.PLAIN
    return Severity.DETAIL if identity["verdict"] == "matches" else Severity.SERIOUS


def _free_text(text: str, severity: Severity) -> dict[str, Any]:
    return {"code": FREE_TEXT, "severity": severity, "values": {"text": text}}


def _remark(text: str) -> dict[str, Any]:
    if match := _UNNOTICED.search(text):
        values = {"thickness_A": float(match[1]), "crossings": int(match[2])}
        return {"code": UNNOTICED_MEMBRANE, "severity": Severity.IN_QUESTION, "values": values}
    return _free_text(text, Severity.PLAIN)


def _item(what: str, count: int) -> dict[str, Any]:
    values: dict[str, Any]
    if match := _CHAIN.fullmatch(what):
        code, values = CHAIN, {"chain": match[1] if match[1] != "(blank)" else "", "description": match[2]}
    elif match := _TAKEN.fullmatch(what):
        code, values = TAKEN_AS, {"residue": match[1], "parent": match[3], "d_form": bool(match[2])}
    elif what in _BUILT:
        code, values = _BUILT[what], {}
    else:
        code, values = FREE_TEXT, {"text": what}
    return {"code": code, "count": count, "values": values}
