"""Structures of a protein to choose from: experimental ones by what they cover, the AlphaFold model last."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

import requests

from crossdock.errors import InputError, SourceError
from crossdock.schema import rule_of
from crossdock.structures.download import AbsentError, Getter, UnavailableError
from crossdock.structures.sources import default_sites

#: How many candidates are shown, and how many are looked into to find them.
MOST_CANDIDATES = 20
MOST_LOOKED_INTO = 100

# Sharper methods first; a resolution decides among equals.
_METHODS = (
    "x-ray diffraction",
    "electron microscopy",
    "neutron diffraction",
    "electron crystallography",
    "solution nmr",
)
# RCSB's data API (data.rcsb.org): what is in an entry, and where its chains lie on UniProt sequences.
_QUERY = (
    "{entries(entry_ids:%s){rcsb_id struct{title} exptl{method} rcsb_entry_info{resolution_combined} "
    "polymer_entities{rcsb_polymer_entity{pdbx_description} rcsb_entity_source_organism{ncbi_taxonomy_id} "
    "rcsb_polymer_entity_container_identifiers{auth_asym_ids uniprot_ids} "
    "rcsb_polymer_entity_align{reference_database_accession aligned_regions{ref_beg_seq_id length}}}} "
    "uniprot(uniprot_id:%s){rcsb_uniprot_protein{sequence}}}"
)
_ACCESSION_OF = "rcsb_polymer_entity_container_identifiers.reference_sequence_identifiers"
_Answer = TypeVar("_Answer")


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

    def in_words(self) -> str:
        """Say what speaks for it."""
        method = f"{self.method} at {self.resolution:g} A" if self.resolution else self.method
        others = f"; also in the entry: {'; '.join(self.others)}" if self.others else ""
        return f"{method}, residues {self.start}-{self.end}, {100 * self.coverage:.0f} % of what is sought{others}"


@dataclass(frozen=True)
class Suggestions:
    """What was found for an accession.

    Attributes
    ----------
    accession : str
    residues : tuple of int or None
        First and last residue that are needed, in UniProt numbers.
    candidates : tuple of Candidate
        The best first.
    notes : tuple of str
        What could not be asked, in words.
    """

    accession: str
    residues: tuple[int, int] | None
    candidates: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()

    @property
    def sought(self) -> str:
        """What was asked for, in words."""
        if self.residues is None:
            return self.accession
        return f"residues {self.residues[0]}-{self.residues[1]} of {self.accession}"


def suggest(
    accession: str,
    *,
    residues: tuple[int, int] | None = None,
    sites: Mapping[str, str] | None = None,
    most: int = MOST_CANDIDATES,
    timeout_s: tuple[float, float] = (10.0, 60.0),
    retries: int = 2,
) -> Suggestions:
    """List structures of a protein, the best first.

    Parameters
    ----------
    accession : str
        UniProt accession.
    residues : tuple of int, optional
        First and last residue that are needed, in UniProt numbers; the whole sequence without it.
    sites : mapping, optional
        Site -> base URL (`pdbe`, `rcsb_search`, `rcsb_data`, `alphafold`), in place of the defaults; an empty one is
        not asked.
    most : int
        Most experimental entries that are listed.
    timeout_s, retries
        As for `crossdock.structures.sources.fetch`.

    Returns
    -------
    Suggestions
        By coverage in steps of a tenth, then method, resolution in steps of half an angstrom, number of other polymers,
        resolution; the AlphaFold model last.

    Raises
    ------
    InputError
        If it is no accession, or there is no structure of it.
    SourceError
        If neither PDBe nor RCSB can be asked. One of them may be silent, and AlphaFold DB: a note says so.

    Notes
    -----
    The entries are those of PDBe's best structures (SIFTS) and of RCSB's search for the accession, each once; where
    both have one, PDBe's mapping holds. Coverage is by the ends of what is mapped: residues that a structure lacks
    inside are not seen. The numbers are UniProt's; `residues:` of a config takes author numbers, which may differ.
    """
    accession = accession.strip().upper()
    if not re.fullmatch(rule_of("protein.uniprot")["pattern"], accession):
        raise InputError(f"{accession!r} is not a UniProt accession", hint="expected one such as P60033")
    places = default_sites() | dict(sites or {})
    notes: list[str] = []

    def asked(site: str, name: str, ask: Callable[[str], _Answer]) -> _Answer | None:
        """Ask a site; None, and a note, where it cannot be asked."""
        try:
            if not places[site]:
                raise UnavailableError("it is left out")
            return ask(places[site].rstrip("/"))
        except UnavailableError as error:
            notes.append(f"{name} ({places[site] or 'no URL'}) could not be asked: {error}")
            return None

    with requests.Session() as session:
        getter = Getter(session, timeout_s, retries, 50_000_000)
        mapped = asked("pdbe", "PDBe", lambda base: _mapped(accession, residues, base, getter))
        listed = asked("rcsb_search", "RCSB's search", lambda base: _listed(accession, base, getter))
        if mapped is None and listed is None:
            raise SourceError(
                f"structures of {accession} could not be looked up\n  " + "\n  ".join(notes),
                hint="try again later, or name an `entry:` yourself",
            )
        entries, total = listed or ([], 0)
        if mapped is None and total > len(entries):
            notes.append(f"RCSB lists {total} entries; the {len(entries)} of the best resolution were looked into")
        known = {one.entry for one in mapped or []}
        further = [entry for entry in entries if entry not in known]
        looked_into = [one.entry for one in mapped or []][:MOST_LOOKED_INTO] + further
        contents: dict[str, _Contents] = {}
        length = None
        if looked_into:
            answer = asked("rcsb_data", "RCSB's data", lambda base: _contents(accession, looked_into, base, getter))
            contents, length = answer or ({}, None)
        model = asked("alphafold", "AlphaFold DB", lambda base: _predicted(accession, residues, base, getter)) or []
    if further and not contents:
        notes.append(f"{len(further)} more that RCSB's search lists could not be looked into: {', '.join(further)}")
    found = [_described(one, contents.get(one.entry)) for one in mapped or []]
    found += [_from_rcsb(one, contents[one], residues, length) for one in further if one in contents]
    found = sorted((one for one in found if one.coverage > 0), key=_order)[:most]
    if not found and not model:
        if notes:
            what = f"no structure of {accession} was found\n  " + "\n  ".join(notes)
            raise SourceError(what, hint="try again later, or name an `entry:` yourself")
        raise InputError(
            f"there is no structure of {accession}, experimental or predicted",
            hint="is the accession right? One that UniProt has merged or deleted has none",
        )
    return Suggestions(accession, residues, (*found, *model), tuple(notes))


def _mapped(accession: str, residues: tuple[int, int] | None, base: str, getter: Getter) -> list[Candidate]:
    """Ask PDBe for the entries that SIFTS maps to an accession, and sort them."""
    try:
        answer = getter.json(f"{base}/pdbe/api/mappings/best_structures/{accession}")
    except AbsentError:
        return []
    rows = answer.get(accession) if isinstance(answer, dict) else None
    entries: dict[str, list[dict[str, Any]]] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and {"pdb_id", "chain_id", "unp_start", "unp_end"} <= row.keys():
            entries.setdefault(str(row["pdb_id"]).lower(), []).append(row)
    try:
        made = [_candidate(entry, chains, residues) for entry, chains in entries.items()]
    except (TypeError, ValueError) as error:
        raise UnavailableError("the answer is not of the form that PDBe documents") from error
    return sorted((one for one in made if one.coverage > 0), key=_order)


def _candidate(entry: str, rows: Sequence[dict[str, Any]], residues: tuple[int, int] | None) -> Candidate:
    """Make one candidate of the chains of an entry; the widest chain speaks for it."""
    widest = max(rows, key=lambda row: _coverage(row, residues))
    resolution = widest.get("resolution")
    return Candidate(
        entry=entry,
        chains=tuple(dict.fromkeys(str(row["chain_id"]) for row in rows)),
        start=int(widest["unp_start"]),
        end=int(widest["unp_end"]),
        coverage=round(_coverage(widest, residues), 3),
        method=str(widest.get("experimental_method") or "unknown").lower(),
        resolution=float(resolution) if resolution else None,
        taxid=int(widest["tax_id"]) if widest.get("tax_id") else None,
    )


def _coverage(row: Mapping[str, Any], residues: tuple[int, int] | None) -> float:
    if residues is None:
        return float(row.get("coverage") or 0.0)
    return _overlap(int(row["unp_start"]), int(row["unp_end"]), residues)


def _overlap(start: int, end: int, sought: tuple[int, int]) -> float:
    return max(0, min(end, sought[1]) - max(start, sought[0]) + 1) / (sought[1] - sought[0] + 1)


def _order(candidate: Candidate) -> tuple:
    """Sort by coverage in tenths, method, resolution in half angstroms, other polymers, resolution, then name."""
    method = next((i for i, name in enumerate(_METHODS) if name in candidate.method), len(_METHODS))
    resolution = candidate.resolution or 99.0
    return (
        -round(candidate.coverage * 10),
        method,
        int(2 * resolution),
        len(candidate.others or ()),
        resolution,
        -candidate.coverage,
        candidate.entry,
    )


def _listed(accession: str, base: str, getter: Getter) -> tuple[list[str], int]:
    """Ask RCSB's search for the entries with a chain of an accession, the first by resolution, and how many there are.

    Notes
    -----
    RCSB PDB Search API (search.rcsb.org): a request in the parameter `json`; 204 and no content where nothing is found.
    """
    nodes = [
        {
            "type": "terminal",
            "service": "text",
            "parameters": {"attribute": f"{_ACCESSION_OF}.{name}", "operator": "exact_match", "value": value},
        }
        for name, value in (("database_accession", accession), ("database_name", "UniProt"))
    ]
    request = {
        "query": {"type": "group", "logical_operator": "and", "nodes": nodes},
        "return_type": "entry",
        "request_options": {
            "results_content_type": ["experimental"],
            "paginate": {"start": 0, "rows": MOST_LOOKED_INTO},
            "sort": [{"sort_by": "rcsb_entry_info.resolution_combined", "direction": "asc"}],
        },
    }
    try:
        answer = getter.json(f"{base}/rcsbsearch/v2/query?{urlencode({'json': json.dumps(request)})}")
        if answer is None:
            return [], 0
        return [str(row["identifier"]).lower() for row in answer["result_set"]], int(answer["total_count"])
    except AbsentError:
        raise UnavailableError("the server answered 404") from None
    except (KeyError, TypeError, ValueError) as error:
        raise UnavailableError("the answer is not of the form that RCSB documents") from error


@dataclass(frozen=True)
class _Contents:
    """What RCSB says of an entry: what is in it, and where the chains of an accession lie on its sequence."""

    title: str | None
    method: str
    resolution: float | None
    taxid: int | None
    chains: tuple[str, ...]
    regions: tuple[tuple[int, int], ...]
    others: tuple[str, ...]


def _contents(
    accession: str, entries: Sequence[str], base: str, getter: Getter
) -> tuple[dict[str, _Contents], int | None]:
    """Ask RCSB what is in entries, and how long the sequence of the accession is."""
    query = _QUERY % (json.dumps([entry.upper() for entry in entries]), json.dumps(accession))
    try:
        answer = getter.json(f"{base}/graphql?{urlencode({'query': query})}")["data"]
        protein = (answer.get("uniprot") or {}).get("rcsb_uniprot_protein") or {}
        made = {str(row["rcsb_id"]).lower(): _contents_of(row, accession) for row in answer["entries"]}
        return made, len(protein.get("sequence") or "") or None
    except AbsentError:
        raise UnavailableError("the server answered 404") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnavailableError("the answer is not of the form that RCSB documents") from error


def _contents_of(row: Mapping[str, Any], accession: str) -> _Contents:
    chains: list[str] = []
    others: list[str] = []
    regions: list[tuple[int, int]] = []
    organisms: list[int] = []
    for polymer in row.get("polymer_entities") or []:
        names = polymer.get("rcsb_polymer_entity_container_identifiers") or {}
        here = names.get("auth_asym_ids") or []
        if accession not in (names.get("uniprot_ids") or []):
            what = (polymer.get("rcsb_polymer_entity") or {}).get("pdbx_description") or "unnamed"
            others.append(f"{' '.join(here or ['?'])}: {what}")
            continue
        chains += here
        organisms += [one["ncbi_taxonomy_id"] for one in polymer.get("rcsb_entity_source_organism") or []]
        for aligned in polymer.get("rcsb_polymer_entity_align") or []:
            if aligned["reference_database_accession"] == accession:
                starts = [(int(one["ref_beg_seq_id"]), int(one["length"])) for one in aligned["aligned_regions"]]
                regions += [(first, first + count - 1) for first, count in starts]
    methods = [one["method"].lower() for one in row.get("exptl") or []]
    resolutions = (row.get("rcsb_entry_info") or {}).get("resolution_combined") or [None]
    return _Contents(
        title=(row.get("struct") or {}).get("title"),
        method=methods[0] if methods else "unknown",
        resolution=float(resolutions[0]) if resolutions[0] else None,
        taxid=organisms[0] if organisms else None,
        chains=tuple(chains),
        regions=tuple(regions),
        others=tuple(others),
    )


def _described(candidate: Candidate, contents: _Contents | None) -> Candidate:
    """Add title and other polymers from RCSB, where it answered."""
    return replace(candidate, title=contents.title, others=contents.others) if contents else candidate


def _from_rcsb(entry: str, contents: _Contents, residues: tuple[int, int] | None, length: int | None) -> Candidate:
    """Make a candidate of an entry that only RCSB has; it covers nothing where RCSB does not say what."""
    start = min((first for first, _ in contents.regions), default=0)
    end = max((last for _, last in contents.regions), default=0)
    # Where nobody says how long the sequence is, it is at least as long as what the entry covers.
    coverage = _overlap(start, end, residues or (1, length or end)) if end else 0.0
    return Candidate(
        entry,
        contents.chains,
        start,
        end,
        round(coverage, 3),
        contents.method,
        contents.resolution,
        contents.taxid,
        contents.title,
        contents.others,
    )


def _predicted(accession: str, residues: tuple[int, int] | None, base: str, getter: Getter) -> list[Candidate]:
    """Ask AlphaFold DB for its model; none where it has none."""
    try:
        answer = getter.json(f"{base}/api/prediction/{accession}")
        models = [one for one in answer if one.get("uniprotAccession", accession) == accession]
        if not models:
            return []
        model = models[0]
        start = int(model.get("uniprotStart") or model["sequenceStart"])
        end = int(model.get("uniprotEnd") or model["sequenceEnd"])
    except AbsentError:
        return []
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnavailableError("the answer is not of the form that AlphaFold DB documents") from error
    coverage = round(_overlap(start, end, residues or (start, end)), 3)
    taxid, title = model.get("taxId"), model.get("uniprotDescription")
    made = Candidate(f"alphafold:{accession}", ("A",), start, end, coverage, "predicted", None, taxid, title, ())
    return [made] if coverage > 0 else []


# --- in words


def read_range(text: str) -> tuple[int, int]:
    """Read a range such as ``"87-190"``."""
    match = re.fullmatch(r"\s*(\d+)\s*-\s*(\d+)\s*", text)
    if not match or not 0 < int(match[1]) <= int(match[2]):
        raise InputError(f"{text!r} is not a residue range", hint="write it as 87-190, in UniProt numbers")
    return int(match[1]), int(match[2])


def as_table(found: Suggestions) -> str:
    """Lay candidates out for a terminal."""
    head = ("entry", "chains", "residues", "covers", "method", "A", "with")
    rows = [head]
    for one in found.candidates:
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
    end = "Numbers are UniProt's; an entry's own may differ. `--yaml` prints the first as a config block."
    return "\n".join(
        [f"structures of {found.sought}, best first", "", *lines, "", *(f"note: {note}" for note in found.notes), end]
    )


def as_yaml(found: Suggestions) -> str:
    """Write the config block of the best candidate.

    Notes
    -----
    Chains are left to `uniprot`, which also keeps disulfide-linked copies together.
    """
    best, accession = found.candidates[0], found.accession
    organism = f", organism: {best.taxid}" if best.taxid not in (None, rule_of("protein.organism")["default"]) else ""
    lines = [f"  # {' '.join(best.title.split())}"] if best.title else []
    lines.append(f"  - {{name: {accession}, entry: {json.dumps(best.entry)}, uniprot: {accession}{organism}}}")
    if found.residues:
        lines.append(f"  # sought for {found.sought}; `residues:` takes the entry's own numbers, which may differ")
    if best.others:
        lines.append(f"  # also in the entry: {'; '.join(best.others)}")
    return "\n".join([*lines, *(f"  # note: {note}" for note in found.notes)])
