"""Which UniProt entries people mean by symbols, accessions and entry names, asked in blocks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from crossdock.entries.annotation import FIELDS, Annotation, annotation_of, read_annotation
from crossdock.entries.download import AbsentError, Getter, RefusedError, UnavailableError

#: Names that one question asks for, and the most entries that are listed for a name that is no symbol.
BLOCK, MOST_LISTED = 40, 8


@dataclass(frozen=True)
class Match:
    """An entry of UniProt's.

    Attributes
    ----------
    annotation : Annotation
    name : str
        Entry name, such as ``FSHR_HUMAN``.
    sequence : str
        One-letter codes.
    """

    annotation: Annotation
    name: str
    sequence: str = ""

    @property
    def accession(self) -> str:
        """Its accession."""
        return self.annotation.accession

    def __str__(self) -> str:
        one = self.annotation
        return f"{one.accession} ({', '.join(filter(None, (one.gene, one.name, one.organism)))})"


def by_accession(accessions: Iterable[str], base: str, getter: Getter) -> dict[str, Match]:
    """Look accessions up; those that were merged into one other are answered with it.

    Parameters
    ----------
    accessions : iterable of str
    base : str
        Base URL of UniProt's REST API.
    getter : Getter

    Returns
    -------
    dict
        Accession as asked -> its entry; those that UniProt does not have are left out.

    Raises
    ------
    UnavailableError
        If UniProt cannot be asked, or its answer not be read.
    """
    asked = list(dict.fromkeys(accessions))
    found = {one.accession: one for one in _asked("accession", asked, "", base, getter)}
    for accession in (one for one in asked if one not in found):
        today = annotation_of(accession, base, getter)
        if today.state == "found" and today.current:
            found.update((accession, one) for one in _asked("accession", [today.current], "", base, getter))
    return {one: found[one] for one in asked if one in found}


def by_entry_name(names: Iterable[str], base: str, getter: Getter) -> dict[str, Match]:
    """Look entry names up, such as ``HGF_HUMAN``; otherwise as `by_accession`."""
    names = list(dict.fromkeys(names))
    found = {one.name: one for one in _asked("id", names, "", base, getter)}
    return {name: found[name] for name in names if name in found}


def by_symbol(symbols: Iterable[str], taxid: int, base: str, getter: Getter) -> dict[str, list[Match]]:
    """Look genes up in the reviewed entries of an organism.

    Returns
    -------
    dict
        Symbol as asked -> entries whose gene is called so; only where there is none, those that have it as a synonym.
        More than one entry means that the symbol alone does not say which protein is meant.

    Raises
    ------
    UnavailableError
        As for `by_accession`.
    """
    symbols = list(dict.fromkeys(symbols))
    entries = list(_asked("gene_exact", symbols, f" AND organism_id:{taxid} AND reviewed:true", base, getter))
    found = {}
    for symbol in symbols:
        small = symbol.lower()
        first = [one for one in entries if (one.annotation.gene or "").lower() == small]
        found[symbol] = first or [one for one in entries if small in map(str.lower, one.annotation.synonyms or ())]
    return found


def resembling(text: str, taxid: int, base: str, getter: Getter) -> list[Match]:
    """List entries that a name which is no symbol may stand for: by the protein's name, or not reviewed."""
    for query in (
        f"(protein_name:{_quoted(text)}) AND organism_id:{taxid} AND reviewed:true",
        f"(gene_exact:{_quoted(text)}) AND organism_id:{taxid}",
    ):
        try:
            if found := list(_search(query, base, getter, most=MOST_LISTED)):
                return found
        except RefusedError:
            continue
    return []


def _asked(field: str, names: Collection[str], more: str, base: str, getter: Getter) -> Iterator[Match]:
    """Ask for many names at once; where UniProt refuses the question, for each alone."""
    names = list(names)
    for start in range(0, len(names), BLOCK):
        block = names[start : start + BLOCK]
        try:
            yield from _search(f"({' OR '.join(f'{field}:{_quoted(one)}' for one in block)}){more}", base, getter)
        except RefusedError:
            for one in block if len(block) > 1 else ():
                yield from _asked(field, [one], more, base, getter)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "").replace('"', "") + '"'


def _search(query: str, base: str, getter: Getter, *, most: int | None = None) -> Iterator[Match]:
    """Ask UniProt's search (rest.uniprot.org, ``/uniprotkb/search``), page by page unless only so many are wanted."""
    options = {"query": query, "fields": f"{FIELDS},gene_synonym,sequence", "format": "json", "size": most or 500}
    try:
        for page in getter.pages(f"{base.rstrip('/')}/uniprotkb/search?{urlencode(options)}"):
            yield from (_match(entry) for entry in page["results"] if entry.get("entryType") != "Inactive")
            if most:
                return
    except AbsentError:
        raise UnavailableError("there is no UniProt at this address") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise UnavailableError("the answer is not of the form that UniProt documents") from error


def _match(entry: dict[str, Any]) -> Match:
    sequence = (entry.get("sequence") or {}).get("value") or ""
    return Match(read_annotation(entry["primaryAccession"], entry), entry["uniProtkbId"], sequence)
