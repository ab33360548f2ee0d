"""What UniProt has of the names of a new panel, and what their files hold."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from crossdock.entries.download import Getter, UnavailableError
from crossdock.entries.identity import model_named
from crossdock.entries.models import short_name, stem_of
from crossdock.entries.names import Name
from crossdock.entries.sequence import compare
from crossdock.entries.uniprot import Match, by_accession, by_entry_name, by_symbol, resembling
from crossdock.errors import CrossdockError
from crossdock.panel.accession import current, is_accession
from crossdock.structures.prepare import Contents, inspect

_TIMEOUT_S, _RETRIES, _MOST_BYTES = (10.0, 60.0), 3, 100_000_000
_log = logging.getLogger(__name__)


@dataclass
class Found:
    """What is known of names.

    Attributes
    ----------
    accessions : dict
        Accession as written -> UniProt's entry.
    names : dict
        Entry name -> UniProt's entry.
    symbols : dict
        Symbol -> entries whose gene it is.
    similar : dict
        Symbol that no reviewed entry has -> entries that may be meant.
    files : dict
        Path -> what the file holds, or why it cannot be read.
    notes : list of str
        Why UniProt could not be asked.
    """

    accessions: dict[str, Match] = field(default_factory=dict)
    names: dict[str, Match] = field(default_factory=dict)
    symbols: dict[str, list[Match]] = field(default_factory=dict)
    similar: dict[str, list[Match]] = field(default_factory=dict)
    files: dict[str, Contents | CrossdockError] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def match_of_sequence(self, words: Sequence[str], sequence: str) -> Match | None:
        """Give the only entry of some symbols that has a sequence."""
        near = {one.accession: one for word in words for one in self.symbols.get(word, ())}
        same = [one for one in near.values() if (alike := compare(sequence, one.sequence)) and alike.same]
        return same[0] if len(same) == 1 else None


def look_up(names: Sequence[Name], taxid: int, *, uniprot: str, offline: bool = False) -> Found:
    """Look into files, and ask UniProt about all names, many at a time.

    Parameters
    ----------
    names : sequence of Name
    taxid : int
        Organism whose genes are meant.
    uniprot : str
        Base URL of UniProt's REST API; empty not to ask.
    offline : bool

    Returns
    -------
    Found
        What UniProt could not be asked is missing, and a note says why.
    """
    found = Found()
    for name in names:
        if name.kind == "file":
            try:
                found.files[name.value] = inspect(name.value)
            except CrossdockError as error:
                found.files[name.value] = error
    if offline or not uniprot:
        found.notes.append("UniProt was not asked (offline, or its URL is empty)")
        return found
    _log.info(f"asking UniProt about {len(names)} names")
    try:
        with Getter(_TIMEOUT_S, _RETRIES, _MOST_BYTES, silent_retries=1) as getter:
            _ask(names, found, taxid, uniprot.rstrip("/"), getter)
    except UnavailableError as error:
        found.notes.append(f"UniProt ({uniprot}) could not be asked: {error}")
    return found


def _ask(names: Sequence[Name], found: Found, taxid: int, base: str, getter: Getter) -> None:
    accessions = [name.value for name in names if name.kind in ("accession", "alphafold")]
    for contents in found.files.values():
        if isinstance(contents, Contents):
            accessions += [
                current(one.accession)
                for chain in contents.chains
                for one in chain.accessions
                if is_accession(one.accession)
            ]
    accessions += [model for name in names if name.kind == "file" and (model := model_named(stem_of(name.value)))]
    found.accessions = by_accession(accessions, base, getter)
    found.names = by_entry_name([name.value for name in names if name.kind == "entry name"], base, getter)
    # P2RY12 has the form of an accession, and is a gene.
    symbols = [name.value for name in names if name.kind in ("symbol", "accession", "entry name") and name.value]
    symbols += [word for name in names if name.kind == "file" for word in words_of(name.value)]
    found.symbols = by_symbol(symbols, taxid, base, getter)
    known = {*found.accessions, *found.names}
    for name in names:
        unknown = name.value and name.value not in known and not found.symbols.get(name.value)
        if unknown and name.kind in ("symbol", "accession", "entry name"):
            found.similar[name.value] = resembling(name.value, taxid, base, getter)


def words_of(path: str) -> list[str]:
    """Give what may be a gene's symbol in the name of a structure file: all of it, and its first parts."""
    name = short_name(path)
    parts = [part for part in re.split(r"[_. ]", name) if part.upper() not in ("AF", "FOLD", "")]
    return list(dict.fromkeys([name, *parts[:1]]))
