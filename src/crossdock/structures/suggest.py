"""Structures of a protein to choose from: experimental ones by what they cover, the AlphaFold model last."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests

from crossdock.errors import InputError, SourceError
from crossdock.structures.sources import AbsentError, Getter, PassingError

#: Where structures are looked for; the arguments of `suggest` replace each.
DEFAULT_URLS = {
    "pdbe": "https://www.ebi.ac.uk",
    "rcsb_data": "https://data.rcsb.org",
    "alphafold": "https://alphafold.ebi.ac.uk",
}
#: How many candidates RCSB is asked about, and are shown.
MOST_CANDIDATES = 20

# Sharper methods first; a resolution decides among equals.
_METHODS = (
    "x-ray diffraction",
    "electron microscopy",
    "neutron diffraction",
    "electron crystallography",
    "solution nmr",
)
_ACCESSION = re.compile(r"[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9]([A-Z][A-Z0-9]{2}[0-9]){1,2}")
_QUERY = (
    "{entries(entry_ids:%s){rcsb_id struct{title} polymer_entities{rcsb_polymer_entity{pdbx_description} "
    "rcsb_polymer_entity_container_identifiers{auth_asym_ids uniprot_ids}}}}"
)


@dataclass(frozen=True)
class Candidate:
    """A structure that could stand for a protein.

    Attributes
    ----------
    entry : str
        As a config names it: a PDB id or ``alphafold:ACCESSION``.
    chains : tuple of str
        Author chains of the accession.
    start, end : int
        What it covers of the UniProt sequence.
    coverage : float
        Part of the asked range, or of the whole sequence, that lies within `start` and `end`.
    method : str
    resolution : float or None
        In angstrom.
    taxid : int or None
    title : str or None
        None where RCSB was not asked or did not answer.
    others : tuple of str or None
        Other polymers of the entry in words; None where RCSB was not asked or did not answer.
    """

    entry: str
    chains: tuple[str, ...]
    start: int
    end: int
    coverage: float
    method: str
    resolution: float | None = None
    taxid: int | None = None
    title: str | None = None
    others: tuple[str, ...] | None = None


def suggest(
    accession: str,
    *,
    residues: tuple[int, int] | None = None,
    urls: Mapping[str, str] = DEFAULT_URLS,
    most: int = MOST_CANDIDATES,
    timeout_s: tuple[float, float] = (10.0, 60.0),
    retries: int = 2,
) -> list[Candidate]:
    """List structures of a protein, the best first.

    Parameters
    ----------
    accession : str
        UniProt accession.
    residues : tuple of int, optional
        First and last residue that are needed, in UniProt numbers; the whole sequence without it.
    urls : mapping
        `pdbe`, `rcsb_data` and `alphafold` -> base URL.
    most : int
        Most experimental entries that are listed.
    timeout_s, retries
        As for `crossdock.structures.sources.fetch`.

    Returns
    -------
    list of Candidate
        By coverage in steps of a tenth, then method, then resolution; the AlphaFold model last.

    Raises
    ------
    InputError
        If it is no accession, or there is no structure of it.
    SourceError
        If PDBe cannot be reached. RCSB and AlphaFold DB may be silent.

    Notes
    -----
    Coverage is by the ends of what PDBe maps (SIFTS): residues missing inside are not seen. The numbers are UniProt's;
    `residues:` of a config takes the entry's author numbers, which may differ.
    """
    accession = accession.strip().upper()
    if not _ACCESSION.fullmatch(accession):
        raise InputError(f"{accession!r} is not a UniProt accession", hint="expected one such as P60033")
    with requests.Session() as session:
        getter = Getter(session, timeout_s, retries, 50_000_000)
        places = {**DEFAULT_URLS, **urls}
        found = _experimental(accession, residues, places["pdbe"], getter)[:most]
        found = _with_partners(found, accession, places["rcsb_data"], getter)
        model = _predicted(accession, residues, places["alphafold"], getter)
    if not found and not model:
        raise InputError(
            f"there is no structure of {accession}, experimental or predicted",
            hint="is the accession right? One that UniProt has merged or deleted has none",
        )
    return [*found, *model]


def _experimental(accession: str, residues: tuple[int, int] | None, base: str, getter: Getter) -> list[Candidate]:
    """Ask PDBe for the entries that SIFTS maps to an accession, and sort them."""
    url = f"{base.rstrip('/')}/pdbe/api/mappings/best_structures/{accession}"
    try:
        answer = _json(getter, url)
    except AbsentError:
        return []
    except (PassingError, InputError) as error:
        reason = error.what if isinstance(error, InputError) else str(error)
        raise SourceError(f"could not be asked for structures: {reason}", where=url, hint="try again later") from error
    rows = answer.get(accession, []) if isinstance(answer, dict) else []
    entries: dict[str, list[dict[str, Any]]] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and {"pdb_id", "chain_id", "unp_start", "unp_end"} <= row.keys():
            entries.setdefault(str(row["pdb_id"]).lower(), []).append(row)
    made = [_candidate(entry, chains, residues) for entry, chains in entries.items()]
    return sorted((one for one in made if one.coverage > 0), key=_order)


def _candidate(entry: str, rows: Sequence[dict[str, Any]], residues: tuple[int, int] | None) -> Candidate:
    """Make one candidate of the chains of an entry; the widest chain speaks for it."""
    widest = max(rows, key=lambda row: _covered(row, residues))
    resolution = widest.get("resolution")
    return Candidate(
        entry=entry,
        chains=tuple(dict.fromkeys(str(row["chain_id"]) for row in rows)),
        start=int(widest["unp_start"]),
        end=int(widest["unp_end"]),
        coverage=round(_covered(widest, residues), 3),
        method=str(widest.get("experimental_method") or "unknown").lower(),
        resolution=float(resolution) if resolution else None,
        taxid=int(widest["tax_id"]) if widest.get("tax_id") else None,
    )


def _covered(row: Mapping[str, Any], residues: tuple[int, int] | None) -> float:
    start, end = int(row["unp_start"]), int(row["unp_end"])
    if residues is None:
        return float(row.get("coverage") or 0.0)
    return max(0, min(end, residues[1]) - max(start, residues[0]) + 1) / (residues[1] - residues[0] + 1)


def _order(candidate: Candidate) -> tuple:
    """Sort by coverage in tenths, method, resolution, then name."""
    method = next((i for i, name in enumerate(_METHODS) if name in candidate.method), len(_METHODS))
    return (-round(candidate.coverage * 10), method, candidate.resolution or 99.0, -candidate.coverage, candidate.entry)


def _with_partners(candidates: Sequence[Candidate], accession: str, base: str, getter: Getter) -> list[Candidate]:
    """Add titles and other polymers from RCSB, where it answers."""
    if not candidates:
        return []
    query = _QUERY % json.dumps([one.entry.upper() for one in candidates])
    try:
        answer = _json(getter, f"{base.rstrip('/')}/graphql?{urlencode({'query': query})}")
        rows = {str(row["rcsb_id"]).lower(): row for row in answer["data"]["entries"]}
        return [_described(one, rows.get(one.entry), accession) for one in candidates]
    except (AbsentError, PassingError, InputError, KeyError, TypeError):
        return list(candidates)


def _described(candidate: Candidate, row: Mapping[str, Any] | None, accession: str) -> Candidate:
    if row is None:
        return candidate
    others = []
    for polymer in row.get("polymer_entities") or []:
        names = polymer.get("rcsb_polymer_entity_container_identifiers") or {}
        if accession in (names.get("uniprot_ids") or []):
            continue
        what = (polymer.get("rcsb_polymer_entity") or {}).get("pdbx_description") or "unnamed"
        others.append(f"{' '.join(names.get('auth_asym_ids') or ['?'])}: {what}")
    title = (row.get("struct") or {}).get("title")
    return Candidate(**{**candidate.__dict__, "title": title, "others": tuple(others)})


def _predicted(accession: str, residues: tuple[int, int] | None, base: str, getter: Getter) -> list[Candidate]:
    """Ask AlphaFold DB for its model; none where it has none or does not answer."""
    try:
        answer = _json(getter, f"{base.rstrip('/')}/api/prediction/{accession}")
        model = next(m for m in answer if m.get("uniprotAccession", accession) == accession)
        start, end = (
            int(model.get("uniprotStart") or model["sequenceStart"]),
            int(model.get("uniprotEnd") or model["sequenceEnd"]),
        )
    except (AbsentError, PassingError, InputError, StopIteration, AttributeError, KeyError, TypeError, ValueError):
        return []
    row = {"unp_start": start, "unp_end": end, "coverage": 1.0}
    return [
        Candidate(
            f"alphafold:{accession}", ("A",), start, end, round(_covered(row, residues), 3), "predicted",
            taxid=model.get("taxId"), title=model.get("uniprotDescription"), others=(),
        )
    ]  # fmt: skip


def _json(getter: Getter, url: str) -> Any:
    content = getter.get(url, as_structure=False)
    try:
        return json.loads(content)
    except ValueError as error:
        raise InputError(f"expected JSON, got {content[:60]!r}") from error


# --- in words


def read_range(text: str) -> tuple[int, int]:
    """Read a range such as ``"87-190"``."""
    match = re.fullmatch(r"\s*(\d+)\s*-\s*(\d+)\s*", text)
    if not match or not 0 < int(match[1]) <= int(match[2]):
        raise InputError(f"{text!r} is not a residue range", hint="write it as 87-190, in UniProt numbers")
    return int(match[1]), int(match[2])


def as_table(accession: str, candidates: Sequence[Candidate], residues: tuple[int, int] | None = None) -> str:
    """Lay candidates out for a terminal."""
    head = ("entry", "chains", "residues", "covers", "method", "A", "with")
    rows = [head]
    for one in candidates:
        others = "?" if one.others is None else "; ".join(one.others) or "-"
        rows.append(
            (
                one.entry,
                " ".join(one.chains[:6]) + (" ..." if len(one.chains) > 6 else ""),
                f"{one.start}-{one.end}",
                f"{100 * one.coverage:.0f} %",
                one.method,
                f"{one.resolution:.2f}" if one.resolution else "",
                others if len(others) <= 60 else others[:57] + "...",
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    asked = f"residues {residues[0]}-{residues[1]} of {accession}" if residues else accession
    note = "Numbers are UniProt's; an entry's own may differ. `--yaml` prints the first as a config block."
    return "\n".join([f"structures of {asked}, best first", "", *lines, "", note])


def as_yaml(accession: str, candidate: Candidate) -> str:
    """Write the config block of a candidate.

    Notes
    -----
    Chains are left to `uniprot`, which also keeps disulfide-linked copies together.
    """
    organism = f", organism: {candidate.taxid}" if candidate.taxid not in (None, 9606) else ""
    others = f"  # also in the entry: {'; '.join(candidate.others)}" if candidate.others else ""
    lines = [f"  - {{name: {accession}, entry: {json.dumps(candidate.entry)}, uniprot: {accession}{organism}}}"]
    if candidate.title:
        lines.insert(0, f"  # {' '.join(candidate.title.split())}")
    return "\n".join(lines + ([others] if others else []))
