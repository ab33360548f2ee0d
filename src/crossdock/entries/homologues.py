"""Homologues of a protein chain in the PDB, by RCSB's search for sequences, and entries with homologues of two."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossdock.entries.annotation import now
from crossdock.entries.download import AbsentError, Getter, UnavailableError, default_sites
from crossdock.errors import InputError, SourceError, quoted
from crossdock.records import read_record, write_record

#: Shortest sequence that RCSB searches with.
SHORTEST = 25
#: Most hits that RCSB gives in one answer, and most that are taken of a search, the best first.
ROWS, MOST_HITS = 10_000, 100_000
#: Seconds before each request; RCSB asks for no more than a few a second.
PAUSE_S = 0.5
#: Largest answer that is taken: a hit has about 1 kB, and twice its alignment.
MAX_BYTES = 200_000_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Homologue:
    """A polymer entity of the PDB that a sequence aligns to; of several alignments, the one with the lowest E-value.

    Attributes
    ----------
    entry : str
        PDB id, in small letters.
    entity : str
        Id of the entity in the entry (`_entity.id` of its mmCIF file).
    identity : float
        Part of the aligned residues that are the same, 0 to 1, as RCSB gives it.
    e_value : float
        How many alignments that are at least as good a search is expected to find by chance.
    query : tuple of int
        First and last aligned residue of the sequence that was searched with, counted from 1.
    subject : tuple of int
        First and last aligned residue of the entity (`label_seq_id`), counted from 1.
    """

    entry: str
    entity: str
    identity: float
    e_value: float
    query: tuple[int, int]
    subject: tuple[int, int]


@dataclass(frozen=True)
class Search:
    """What RCSB answered when it was asked for the homologues of a sequence, or why it has not answered.

    Attributes
    ----------
    fingerprint : str
        SHA-256 of the sequence, as 64 hexadecimal digits.
    asked : str
        Date and time (UTC, ISO 8601).
    site : str
        Base URL.
    identity_cutoff, e_value_cutoff : float
        Lowest identity (0 to 1) and highest E-value of a homologue.
    hits : tuple of Homologue or None
        The best first. Empty if no homologue is known; None if RCSB has not answered.
    total : int
        How many RCSB has found; more than there are hits if there are more than `MOST_HITS`.
    reason : str or None
        Why RCSB has not answered; None if it has.
    """

    fingerprint: str
    asked: str
    site: str
    identity_cutoff: float
    e_value_cutoff: float
    hits: tuple[Homologue, ...] | None
    total: int = 0
    reason: str | None = None


def homologues(
    sequence: str,
    *,
    folder: str | Path,
    sites: Mapping[str, str] | None = None,
    offline: bool = False,
    identity: float = 0.3,
    e_value: float = 1e-3,
    timeout_s: tuple[float, float] = (10.0, 60.0),
    retries: int = 2,
) -> Search:
    """Find the polymer entities of the PDB that are homologous to a protein chain.

    Parameters
    ----------
    sequence : str
        One-letter codes of the chain.
    folder : str or Path
        The folder of the answers, such as ``resources/homologues``. An answer that is there is not asked for again.
        Remove its file to find entries that were released later.
    sites : mapping, optional
        Site -> base URL (`rcsb_search`), in place of the default; an empty one is not asked.
    offline : bool
        Use only what is in the folder.
    identity : float
        Lowest identity, 0 to 1.
    e_value : float
        Highest E-value.
    timeout_s, retries
        As for `crossdock.entries.sources.fetch`.

    Returns
    -------
    Search
        Its `hits` are None, and its `reason` says why, if there was no answer: the sequence is shorter than `SHORTEST`,
        the site may not be asked or cannot be reached, or what it answers cannot be read. Only answers are kept.

    Raises
    ------
    InputError
        If the sequence has other characters than letters.
    FileError
        If the answer cannot be written to the folder.

    Notes
    -----
    Service `sequence` of the RCSB PDB Search API (search.rcsb.org; Rose et al. 2021, J Mol Biol 433:166704), which runs
    MMseqs2. `SHORTEST` is the limit that RCSB's own client, rcsb-api, has. Predicted models are not searched.

    At an identity of 30 to 40 % or more, homologues of two partners nearly always interact in the same way (Aloy et
    al. 2003, J Mol Biol 332:989). The highest E-value is the default of MMseqs2: one search in a thousand is expected
    to find an unrelated protein.
    """
    sequence = "".join(sequence.split()).upper()
    if sequence and not (sequence.isascii() and sequence.isalpha()):
        raise InputError(
            f"expected the one-letter codes of a protein, got {quoted(sequence)}", hint="remove gaps and other signs"
        )
    identity, e_value = float(identity), float(e_value)
    fingerprint = hashlib.sha256(sequence.encode()).hexdigest()
    base = (default_sites() | dict(sites or {}))["rcsb_search"].rstrip("/")
    path = Path(folder) / f"{fingerprint}_{identity}_{e_value}.json"

    def search(hits: tuple[Homologue, ...] | None, *, total: int = 0, reason: str | None = None) -> Search:
        return Search(fingerprint, now(), base, identity, e_value, hits, total, reason)

    if len(sequence) < SHORTEST:
        what = f"the sequence has {len(sequence)} residues"
        return search(None, reason=f"{what}, and RCSB searches with no fewer than {SHORTEST}")
    if kept := _kept(path):
        return kept
    if offline:
        what = f"offline: the homologues of this sequence were not looked up before (there is no readable file {path})"
        return search(None, reason=f"{what}; run once with network access, without `offline`")
    if not base:
        return search(None, reason="RCSB's search has no URL in the config (`entries: {rcsb_search: URL}`)")
    try:
        with Getter(timeout_s, retries, MAX_BYTES) as getter:
            hits, total = _found(sequence, identity, e_value, base, getter)
    except UnavailableError as error:
        _log.warning(f"RCSB's search ({base}): {error}")
        advice = "try again later, or name a mirror in the config (`entries: {rcsb_search: URL}`)"
        return search(None, reason=f"RCSB's search ({base}) gave no result: {error}; {advice}")
    found = search(hits, total=total)
    write_record(path, found)
    return found


def in_both(first: Search, second: Search) -> list[tuple[str, list[Homologue], list[Homologue]]]:
    """List the entries that have a homologue of each of two chains.

    Parameters
    ----------
    first, second : Search
        The answers for the two chains; the same twice for a homodimer.

    Returns
    -------
    list of (str, list of Homologue, list of Homologue)
        Entry, and its homologues of the first and of the second chain, the highest identity first. An entity that is
        homologous to both stands in both lists, as that of a homodimer does. The entries are sorted by the lower one of
        their two highest identities, then by the higher one, then by name.

    Raises
    ------
    SourceError
        If there is no answer for one of the chains.

    Notes
    -----
    Whether the homologues touch, and whether an entity that is in both lists has more than one chain, can only be seen
    in the entry.
    """
    for one in (first, second):
        if one.hits is None:
            what = f"entries with homologues of two chains cannot be listed: {one.reason}"
            raise SourceError(what, where=one.site or None)
    of_first, of_second = _by_entry(first), _by_entry(second)
    shared = [(entry, hits, of_second[entry]) for entry, hits in of_first.items() if entry in of_second]

    def order(one: tuple[str, list[Homologue], list[Homologue]]) -> tuple[float, float, str]:
        low, high = sorted(hits[0].identity for hits in one[1:])
        return -low, -high, one[0]

    return sorted(shared, key=order)


def _by_entry(search: Search) -> dict[str, list[Homologue]]:
    found: dict[str, list[Homologue]] = {}
    for one in sorted(search.hits or (), key=lambda one: -one.identity):
        found.setdefault(one.entry, []).append(one)
    return found


def _kept(path: Path) -> Search | None:
    """Read an answer that was kept; None if there is none, or its file cannot be read."""
    try:
        return read_record(path, Search, "crossdock") if path.is_file() else None
    except InputError as error:
        _log.warning(f"{path}: {error.what}; it is not used")
        return None


def _found(
    sequence: str, identity: float, e_value: float, base: str, getter: Getter
) -> tuple[tuple[Homologue, ...], int]:
    """Give all hits, up to `MOST_HITS`, and how many RCSB has found.

    Raises
    ------
    UnavailableError
    """
    found: dict[tuple[str, str], Homologue] = {}
    start, total = 0, 1
    while start < min(total, MOST_HITS):
        rows = min(ROWS, MOST_HITS - start)
        time.sleep(PAUSE_S)
        try:
            answer = getter.json(f"{base}/rcsbsearch/v2/query", _question(sequence, identity, e_value, start, rows))
            if answer is None and start == 0:
                return (), 0
            hits, total = [_homologue(row) for row in answer["result_set"]], int(answer["total_count"])
        except AbsentError:
            raise UnavailableError("the server answered 404") from None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnavailableError("the answer is not of the form that RCSB documents") from error
        if not hits:
            raise UnavailableError(f"the answers ended after {start} of {total} hits")
        found |= {(one.entry, one.entity): one for one in hits}
        start += len(hits)
    if total > MOST_HITS:
        _log.warning(f"RCSB has {total} homologues of a sequence; the best {MOST_HITS} are used")
    return tuple(found.values()), total


def _question(sequence: str, identity: float, e_value: float, start: int, rows: int) -> dict[str, Any]:
    parameters = {
        "evalue_cutoff": e_value,
        "identity_cutoff": identity,
        "sequence_type": "protein",
        "value": sequence,
    }
    return {
        "query": {"type": "terminal", "service": "sequence", "parameters": parameters},
        "return_type": "polymer_entity",
        "request_options": {
            "paginate": {"start": start, "rows": rows},
            "results_content_type": ["experimental"],
            "results_verbosity": "verbose",
        },
    }


def _homologue(row: Mapping[str, Any]) -> Homologue:
    """Read a hit.

    Raises
    ------
    AttributeError, KeyError, TypeError, ValueError
        If it is not of the form that RCSB documents.
    """
    entry, _, entity = row["identifier"].rpartition("_")
    alignments = [one for service in row["services"] for node in service["nodes"] for one in node["match_context"]]
    best = min(alignments, key=lambda one: (float(one["evalue"]), -float(one["sequence_identity"])))
    identity, e_value = float(best["sequence_identity"]), float(best["evalue"])
    query, subject = ((int(best[f"{side}_beg"]), int(best[f"{side}_end"])) for side in ("query", "subject"))
    ranges = all(1 <= first <= last for first, last in (query, subject))
    if not (entry and entity and 0 <= identity <= 1 and e_value >= 0 and ranges):
        raise ValueError(row["identifier"])
    return Homologue(entry.lower(), entity, identity, e_value, query, subject)
