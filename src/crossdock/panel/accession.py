"""How UniProt names a protein, and which names are one and the same."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources

#: The form of an accession (UniProt, "Accession numbers").
ACCESSION = re.compile(r"[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2}")
#: The form of an entry name, such as `PDGFB_HUMAN`.
ENTRY_NAME = re.compile(r"[A-Z0-9]{1,10}_[A-Z0-9]{1,5}")

# An isoform stays what it is; a version goes, and so does the organism in a TrEMBL name such as A0A0K8P6T7_MOUSE.
_SPELLED = re.compile(rf"({ACCESSION.pattern})(-\d+)?(?:[.:_-].*)?")


def spelled(text: str) -> str:
    """Give an accession or an entry name as UniProt spells it: in capitals, without a version.

    Parameters
    ----------
    text : str
        Such as ``p01127``, ``P01127.2``, ``P35372-2``, ``pdgfb_human``.
    """
    text = text.strip().upper()
    match = _SPELLED.fullmatch(text)
    return match[1] + (match[2] or "") if match else text


def is_accession(text: str) -> bool:
    """Tell whether a text is an accession, an isoform's or an old version's too; an entry name is none."""
    return ACCESSION.fullmatch(current(text)) is not None


def current(accession: str) -> str:
    """Give the accession that UniProt uses today, without an isoform's number or a version."""
    base = spelled(accession).split("-")[0]
    return merged().get(base, base)


@cache
def merged() -> dict[str, str]:
    """Read which accessions UniProt has merged, old -> new, from merged_accessions.csv."""
    text = resources.files("crossdock.panel").joinpath("merged_accessions.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["old"]: row["new"] for row in rows}
