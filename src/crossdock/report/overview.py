"""The table that heads the report: what each protein of the panel is, by its entry's own records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crossdock.structures.summary import entry_page, short_time, summarize, uniprot_page

Record = dict[str, Any]


def overview(data: Record) -> list[Record]:
    """Give the table's rows, receptors first.

    Parameters
    ----------
    data : dict
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    list of dict
        Two groups, each ``role`` (``receptor`` or ``ligand``) and ``rows``. A row has ``name``, ``about`` (a
        `crossdock.structures.summary.Summary`), ``title``, ``entry`` (id or file name), ``page`` (address or None),
        ``accessions`` (list of [accession, address]), ``covers`` (of their sequence, in words), ``verdict``,
        ``explanation``, ``n_residues`` and ``time`` (CPU time of all its pairs, empty where it was not written down).
    """
    groups = []
    for role in ("receptor", "ligand"):
        rows = [_row(member, role, data) for member in data["panel"][f"{role}s"]]
        groups.append({"role": role, "rows": rows})
    return groups


def _row(member: Record, role: str, data: Record) -> Record:
    record = data["proteins"][member["name"]]
    entry, identity = record["entry"], record["identity"]
    seconds = data["docking"]["seconds"][role].get(member["name"], 0)
    path = member["entry"].get("path")
    # Where the records name none, the expected accession is shown, and said to be no more.
    accessions = identity["found"] or ([identity["expected"]] if identity["expected"] else [])
    about = summarize(record)
    return {
        "name": member["name"],
        "about": about,
        "title": record["title"] or "",
        "entry": Path(path).name if path else f"AF-{entry['id']}" if entry["source"] == "alphafold" else entry["id"],
        "page": entry_page(entry),
        "accessions": [[accession, uniprot_page(accession)] for accession in accessions],
        "covers": about.coverage if identity["found"] or not accessions else f"expected {about.coverage}".rstrip(),
        "verdict": identity["verdict"],
        "explanation": identity["explanation"],
        "n_residues": record["n_residues"],
        "time": short_time(seconds) if seconds else "",
    }
