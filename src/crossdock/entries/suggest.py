"""Structures of a protein to choose from: experimental ones by what they cover, the AlphaFold model last."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from crossdock import terminal
from crossdock.entries.download import Getter, UnavailableError, default_sites
from crossdock.entries.lookup import (
    Candidate,
    Contents,
    candidate_of,
    contents_by_rcsb,
    described,
    listed_by_rcsb,
    mapped_by_pdbe,
    predicted,
)
from crossdock.errors import InputError, SourceError
from crossdock.panel.accession import ACCESSION, spelled
from crossdock.panel.schema import rule_of

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
_Answer = TypeVar("_Answer")


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
    def query(self) -> str:
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
        As for `crossdock.entries.sources.fetch`.

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
    accession = spelled(accession)
    if not ACCESSION.fullmatch(accession):
        raise InputError(f"{accession!r} is not a UniProt accession", hint="expected one such as P60033")
    places = default_sites() | dict(sites or {})
    notes: list[str] = []

    def asked(site: str, name: str, ask: Callable[[str], _Answer]) -> _Answer | None:
        """Ask a site; None, and a note, where it cannot be asked."""
        try:
            if not places[site]:
                raise UnavailableError("the site is disabled")
            return ask(places[site].rstrip("/"))
        except UnavailableError as error:
            notes.append(f"{name} ({places[site] or 'no URL'}) gave no result: {error}")
            return None

    with Getter(timeout_s, retries, 50_000_000) as getter:
        mapped = asked("pdbe", "PDBe", lambda base: mapped_by_pdbe(accession, residues, base, getter))
        listed = asked(
            "rcsb_search", "RCSB's search", lambda base: listed_by_rcsb(accession, MOST_LOOKED_INTO, base, getter)
        )
        if mapped is None and listed is None:
            raise SourceError(
                f"structures of {accession} could not be looked up\n  " + "\n  ".join(notes),
                hint="try again later, or give an `entry:`",
            )
        known = sorted(mapped or [], key=_order)
        entries, total = listed or ([], 0)
        if mapped is None and total > len(entries):
            notes.append(f"RCSB lists {total} entries; only the {len(entries)} with the best resolution were examined")
        further = [entry for entry in entries if entry not in {one.entry for one in known}]
        looked_into = [one.entry for one in known][:MOST_LOOKED_INTO] + further
        contents: dict[str, Contents] = {}
        length = None
        if looked_into:
            answer = asked(
                "rcsb_data", "RCSB's data", lambda base: contents_by_rcsb(accession, looked_into, base, getter)
            )
            contents, length = answer or ({}, None)
        model = asked("alphafold", "AlphaFold DB", lambda base: predicted(accession, residues, base, getter)) or []
    if further and not contents:
        notes.append(f"{len(further)} more entries of RCSB's search could not be examined: {', '.join(further)}")
    found = [described(one, contents.get(one.entry)) for one in known]
    found += [candidate_of(one, contents[one], residues, length) for one in further if one in contents]
    found = sorted((one for one in found if one.coverage > 0), key=_order)[:most]
    if not found and not model:
        if notes:
            what = f"no structure of {accession} was found:\n  " + "\n  ".join(notes)
            raise SourceError(what, hint="try again later, or give an `entry:`")
        raise InputError(
            f"there is no structure of {accession}, experimental or predicted",
            hint="check the accession; it may be merged or deleted in UniProt",
        )
    return Suggestions(accession, residues, (*found, *model), tuple(notes))


def _order(candidate: Candidate) -> tuple[int, int, int, int, float, float, str]:
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


# --- in words


def read_range(text: str) -> tuple[int, int]:
    """Read a range such as ``"87-190"``."""
    match = re.fullmatch(r"\s*(\d+)\s*-\s*(\d+)\s*", text)
    if not match or not 0 < int(match[1]) <= int(match[2]):
        raise InputError(f"{text!r} is not a residue range", hint="write it as 87-190, in UniProt numbers")
    return int(match[1]), int(match[2])


def as_table(found: Suggestions) -> str:
    """Lay candidates out for a terminal."""
    rows = [("entry", "chains", "residues", "covers", "method", "A", "with")]
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
    notes = [f"note: {note}" for note in found.notes]
    end = "Residue numbers are UniProt's; those of the entry may differ. `--yaml` prints the first as a config block."
    return "\n".join([f"structures of {found.query}, best first", "", *terminal.table(rows), "", *notes, end])


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
        lines.append(f"  # chosen for {found.query}; `residues:` uses the entry's own numbers, which may differ")
    if best.others:
        lines.append(f"  # also in the entry: {'; '.join(best.others)}")
    return "\n".join([*lines, *(f"  # note: {note}" for note in found.notes)])
