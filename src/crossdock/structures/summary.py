"""A prepared protein in a few short texts: the row that the panel's table shows, on the terminal and in the report."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from crossdock.remark import CHAIN, Item
from crossdock.structures.record import Coverage, Missing, Origin, ProteinRecord

_METHODS = {"X-RAY": "X-ray", "MICROSCOPY": "cryo-EM", "NMR": "NMR", "PREDICTION": "predicted"}


@dataclass(frozen=True)
class Summary:
    """What is to be known of a prepared protein.

    Attributes
    ----------
    method : str
        With the resolution, such as ``X-ray 2.9 A``.
    chains : str
        Author chains, partners behind a plus sign.
    spans : tuple of str
        Residue ranges of the chains, each once.
    coverage : str
        What of the UniProt sequence, or of the range asked for, is there.
    verdict : str
        Of the identity, and whether the config accepts it.
    removed, removed_briefly : str
        What was left out: with the description of every chain; and with the chains' letters alone.
    missing : str
        Residues in gaps, incomplete side chains; empty where nothing between the ends is missing.
    """

    method: str
    chains: str
    spans: tuple[str, ...]
    coverage: str
    verdict: str
    removed: str
    removed_briefly: str
    missing: str


def summarize(record: ProteinRecord) -> Summary:
    """Put a protein's record into words.

    Parameters
    ----------
    record : ProteinRecord

    Returns
    -------
    Summary
    """
    identity, selection = record.identity, record.selection
    others = [item for item in record.removed if item.code != CHAIN]
    dropped = [chain.chain or "(blank)" for chain in record.chains if not chain.kept]
    chains = [f"chain{'s' if len(dropped) > 1 else ''} {', '.join(dropped)}"] if dropped else []
    return Summary(
        method=method(record.method, record.resolution_A),
        chains=" + ".join(" ".join(part) for part in (selection.chains, selection.partners) if part),
        spans=tuple(dict.fromkeys(f"{first}-{last}" for first, last in record.ranges.values())),
        coverage=_coverage(identity.coverage),
        verdict=identity.verdict + (", accepted" if identity.accepted else ""),
        removed=_listed(record.removed) or "nothing",
        removed_briefly="; ".join(filter(None, [*chains, _listed(others)])) or "nothing",
        missing=_missing(record.missing),
    )


def method(name: str | None, resolution: float | None) -> str:
    """Give the method of an entry and its resolution in short: ``X-ray 2.9 A``; empty where the entry says neither."""
    name = name or ""
    short = next((text for key, text in _METHODS.items() if key in name.upper()), name.lower())
    return f"{short} {resolution:g} A".strip() if resolution else short


def entry_page(entry: Origin) -> str | None:
    """Give the address of an entry's page at RCSB or AlphaFold DB; None for a file of the user's.

    Parameters
    ----------
    entry : Origin
    """
    name = entry.id
    if entry.source in (None, "local"):
        return None
    if match := re.fullmatch(r"(?:pdb_0000)?([1-9][A-Za-z0-9]{3})", name):
        return f"https://www.rcsb.org/structure/{match[1].upper()}"
    if match := re.fullmatch(r"(?:AF-)?([A-Z][A-Z0-9]{5,9})(?:-F1)?", name.upper()):
        return f"https://alphafold.ebi.ac.uk/entry/{match[1]}"
    return None


def uniprot_page(accession: str) -> str:
    """Give the address of an accession's page at UniProt."""
    return f"https://www.uniprot.org/uniprotkb/{accession}/entry"


def short_time(seconds: float) -> str:
    """Give a time in the unit that a person would use: ``40 s``, ``25 min``, ``3.5 h``, ``12 d``."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            amount = seconds / size
            return f"{amount:.1f} {unit}" if amount < 10 and unit != "min" else f"{amount:.0f} {unit}"
    return f"{max(1, seconds):.0f} s"


def _coverage(coverage: Coverage | None) -> str:
    if coverage is None:
        return ""
    if coverage.fraction is None:
        return f"{coverage.start}-{coverage.end}"
    return f"{100 * coverage.fraction:.0f} % of request"


def _listed(items: Iterable[Item]) -> str:
    return "; ".join(f"{item.count} {item.text}" for item in items)


def _missing(missing: Missing) -> str:
    parts = []
    if missing.breaks:
        gaps = f"{missing.breaks} gap{'s' if missing.breaks > 1 else ''}"
        parts.append(f"{missing.residues} residue{'s' if missing.residues != 1 else ''} in {gaps}")
    if missing.side_chains:
        parts.append(f"atoms of {missing.side_chains} side chain{'s' if missing.side_chains > 1 else ''}")
    return ", ".join(parts)
