"""What PDBe, RCSB and AlphaFold DB say of the structures of a UniProt accession."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from crossdock.entries.download import AbsentError, Getter, UnavailableError

# RCSB's data API (data.rcsb.org): what is in an entry, and where its chains lie on UniProt sequences.
_QUERY = (
    "{entries(entry_ids:%s){rcsb_id struct{title} exptl{method} rcsb_entry_info{resolution_combined} "
    "polymer_entities{rcsb_polymer_entity{pdbx_description} rcsb_entity_source_organism{ncbi_taxonomy_id} "
    "rcsb_polymer_entity_container_identifiers{auth_asym_ids uniprot_ids} "
    "rcsb_polymer_entity_align{reference_database_accession aligned_regions{ref_beg_seq_id length}}}} "
    "uniprot(uniprot_id:%s){rcsb_uniprot_protein{sequence}}}"
)
_ACCESSION_OF = "rcsb_polymer_entity_container_identifiers.reference_sequence_identifiers"


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

    def description(self) -> str:
        """Say what speaks for it."""
        method = f"{self.method} at {self.resolution:g} A" if self.resolution else self.method
        others = f"; also in the entry: {'; '.join(self.others)}" if self.others else ""
        return f"{method}, residues {self.start}-{self.end}, {100 * self.coverage:.0f} % of the requested range{others}"


def mapped_by_pdbe(accession: str, residues: tuple[int, int] | None, base: str, getter: Getter) -> list[Candidate]:
    """Ask PDBe for the entries that SIFTS maps to an accession (`best_structures` of its API).

    Parameters
    ----------
    accession : str
    residues : tuple of int or None
        First and last residue that are sought, in UniProt numbers.
    base : str
        Base URL.
    getter : Getter

    Raises
    ------
    UnavailableError
        If PDBe cannot be asked, or its answer not be read.
    """
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
        raise UnavailableError("PDBe's answer has an unexpected format") from error
    return [one for one in made if one.coverage > 0]


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


def _overlap(start: int, end: int, wanted: tuple[int, int]) -> float:
    return max(0, min(end, wanted[1]) - max(start, wanted[0]) + 1) / (wanted[1] - wanted[0] + 1)


def listed_by_rcsb(accession: str, most: int, base: str, getter: Getter) -> tuple[list[str], int]:
    """Ask RCSB's search for entries with a chain of an accession, by resolution, and for how many there are.

    Raises
    ------
    UnavailableError

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
            "paginate": {"start": 0, "rows": most},
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
class Contents:
    """What RCSB says of an entry: what is in it, and where the chains of an accession lie on its sequence."""

    title: str | None
    method: str
    resolution: float | None
    taxid: int | None
    chains: tuple[str, ...]
    regions: tuple[tuple[int, int], ...]
    others: tuple[str, ...]


def contents_by_rcsb(
    accession: str, entries: Sequence[str], base: str, getter: Getter
) -> tuple[dict[str, Contents], int | None]:
    """Ask RCSB what is in entries, and how long the sequence of an accession is.

    Raises
    ------
    UnavailableError
    """
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


def _contents_of(row: Mapping[str, Any], accession: str) -> Contents:
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
    return Contents(
        title=(row.get("struct") or {}).get("title"),
        method=methods[0] if methods else "unknown",
        resolution=float(resolutions[0]) if resolutions[0] else None,
        taxid=organisms[0] if organisms else None,
        chains=tuple(chains),
        regions=tuple(regions),
        others=tuple(others),
    )


def described(candidate: Candidate, contents: Contents | None) -> Candidate:
    """Add title and other polymers from RCSB, where it answered."""
    return replace(candidate, title=contents.title, others=contents.others) if contents else candidate


def candidate_of(entry: str, contents: Contents, residues: tuple[int, int] | None, length: int | None) -> Candidate:
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


def predicted(accession: str, residues: tuple[int, int] | None, base: str, getter: Getter) -> list[Candidate]:
    """Ask AlphaFold DB for its model of an accession; none where it has none, or none of what is sought.

    Raises
    ------
    UnavailableError
    """
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
        raise UnavailableError("the answer of AlphaFold DB has an unexpected format") from error
    coverage = round(_overlap(start, end, residues or (start, end)), 3)
    taxid, title = model.get("taxId"), model.get("uniprotDescription")
    made = Candidate(f"alphafold:{accession}", ("A",), start, end, coverage, "predicted", None, taxid, title, ())
    return [made] if coverage > 0 else []
