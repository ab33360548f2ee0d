"""Tables of the whole panel: what each protein is, by its entry's records, and the scores as a study prints them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crossdock.report.run_data import SIDES, RunData, Side
from crossdock.report.sentences import say
from crossdock.report.wording import labels, number
from crossdock.structures.summary import entry_page, short_time, summarize, uniprot_page

Record = dict[str, Any]


def overview(data: RunData) -> list[Record]:
    """Give the table's rows, receptors first.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    list of dict
        Two groups, each ``role`` (``receptor`` or ``ligand``) and ``rows``; of a panel without roles one, of role
        ``protein``. A row has ``name``, ``about`` (a
        `crossdock.structures.summary.Summary`), ``title``, ``entry`` (id or file name), ``page`` (address or None),
        ``accessions`` (list of [accession, address]), ``covers`` (of their sequence, in words), ``verdict``,
        ``explanation``, ``n_residues``, ``kept`` (how many of them are ions, ligands or waters) and
        ``time`` (CPU time of all its pairs, empty where it was not written down).
    """
    if data.symmetric:
        return [{"role": "protein", "rows": [_row(member, SIDES, data) for member in data.panel["receptors"]]}]
    return [
        {"role": role, "rows": [_row(member, (role,), data) for member in data.panel[f"{role}s"]]} for role in SIDES
    ]


def scores_table(data: RunData) -> list[Record]:
    """Give what the statistics are of, such as scores, as a paper prints it, ligands as rows and receptors as columns.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    list of dict
        ``ligand`` (name) and ``cells``, one a receptor: ``text``, with the standard error where it is known, and
        ``best`` (bool: the best of its receptor; equal ones all). The text of a pair that was not docked is empty,
        and of a panel without roles each pair stands on both sides of the diagonal.
    """
    receptors = [member["name"] for member in data.panel["receptors"]]
    by_pair = {(pair.receptor, pair.ligand): pair for pair in data.pairs}
    failed = {(hole.receptor, hole.ligand) for hole in data.holes}
    if data.symmetric:
        by_pair |= {(pair.ligand, pair.receptor): pair for pair in data.pairs}
        failed |= {(ligand, receptor) for receptor, ligand in failed}
    of = data.of.name
    values = {key: pair.values.get(of) for key, pair in by_pair.items()}
    better = max if data.of.better == "high" else min
    best = {
        receptor: better((v for (name, _), v in values.items() if name == receptor and v is not None), default=None)
        for receptor in receptors
    }
    places = 1 if data.of_score or any(abs(v or 0) >= 10 for v in values.values()) else 2
    rows = []
    for member in data.panel["ligands"]:
        cells = []
        for receptor in receptors:
            pair = by_pair.get((receptor, member["name"]))
            if pair is None:
                text = number(None) if (receptor, member["name"]) in failed else ""
                cells.append({"text": text, "best": False})
                continue
            value, error = pair.values.get(of), pair.uncertainty.get(of)
            text = number(value, places) + (f" ± {number(error, places)}" if error and value is not None else "")
            cells.append({"text": text, "best": value is not None and value == best[receptor]})
        rows.append({"ligand": member["name"], "cells": cells})
    return rows


def scores_caption(data: RunData, method: str) -> str:
    """Write what stands above the table of scores.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.
    method : str
        What docked, with its version.

    Returns
    -------
    str
    """
    shown = labels(data)
    of = data.of
    errors = any(pair.uncertainty.get(of.name) for pair in data.pairs)
    return say(
        "figures-scores",
        **data.counts,
        of="" if data.of_score else of.in_text,
        title="" if data.of_score else of.shown,
        unit=data.docking.score_unit if data.of_score else of.unit,
        better="higher" if of.better == "high" else "lower",
        models=bool(of.mean_of),
        dockings=(data.panel.get("replicates") or 1) if errors else 0,
        missing=bool(data.holes) or any(pair.values.get(of.name) is None for pair in data.pairs),
        another=[shown[name] for name, record in data.proteins.items() if record.identity.is_another],
        method=method,
        synthetic=bool(data.docking.synthetic),
    )


def averages(data: RunData) -> str:
    """Say how much of the scores is the proteins' own, and how much of it their sizes explain.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    str
        A sentence or two; empty where there is one receptor or one ligand.
    """
    shares, size = data.statistics.variance, data.statistics.size.get("residues")
    of = "" if data.of_score else data.of.in_text
    return say("averages", **asdict(shares), size=size.share if size else None, of=of) if shares else ""


def claims(data: RunData) -> list[Record]:
    """Give what the publication claims of the panel, and whether this run agrees.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    list of dict
        ``claim`` (a sentence), ``verdict`` and ``why``; empty without a published table.
    """
    shown = labels(data)
    return [
        {
            "claim": say(
                f"claim-{row.claim}",
                ligands=[shown.get(name, name) for name in row.ligands],
                receptor=shown.get(row.receptor, row.receptor),
            ),
            "verdict": row.verdict,
            "why": row.why,
        }
        for row in (data.comparison.claims if data.comparison else ())
    ]


def outside_chance(data: RunData) -> str:
    """Say which correlations with the published table lie outside what chance gives.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    str
        A sentence; empty without a published table.
    """
    if not data.comparison:
        return ""
    rows = data.comparison.agreement
    outside = [row for row in rows if row.beyond_chance]
    shown = labels(data)
    named = [f"{shown.get(row.over, row.over)} by {row.of} ({number(row.rho, 2)})" for row in outside]
    return say("comparison-outside", n=len(rows), outside=len(outside), named=named)


def _row(member: Record, roles: Sequence[Side], data: RunData) -> Record:
    record = data.proteins[member["name"]]
    entry, identity = record.entry, record.identity
    seconds = sum(data.docking.seconds[role].get(member["name"], 0) for role in roles)
    path = member["entry"].get("path")
    # Where the records name none, the expected accession is shown, and said to be no more.
    accessions = identity.found or ([identity.expected] if identity.expected else [])
    about = summarize(record)
    return {
        "name": member["name"],
        "about": about,
        "title": record.title or "",
        "entry": Path(path).name if path else f"AF-{entry.id}" if entry.source == "alphafold" else entry.id,
        "page": entry_page(entry),
        "accessions": [[accession, uniprot_page(accession)] for accession in accessions],
        "covers": about.coverage if identity.found or not accessions else f"expected {about.coverage}".rstrip(),
        "verdict": identity.verdict,
        "explanation": identity.explanation,
        "n_residues": record.n_residues,
        "kept": record.n_residues - sum(map(len, record.sequence.values())),
        "time": short_time(seconds) if seconds else "",
    }
