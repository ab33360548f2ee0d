"""What UniProt says of an accession: its name, where in a cell it is, and which parts its sequence has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlencode

from crossdock.entries.download import AbsentError, Getter, RefusedError, UnavailableError

#: Kinds of features that are kept, as UniProt names them: what tells of membranes or is cut off, then domains.
TOPOLOGY = ("Topological domain", "Transmembrane", "Intramembrane", "Signal", "Transit peptide", "Propeptide")
DOMAINS = ("Domain", "Repeat", "Zinc finger", "DNA binding", "Region")

#: Names of the fields that are asked for (UniProt, "Return fields"); the rest of an entry may be megabytes.
FIELDS = (
    "accession,id,protein_name,gene_names,organism_name,organism_id,length,cc_subcellular_location,"
    "ft_topo_dom,ft_transmem,ft_intramem,ft_signal,ft_transit,ft_propep,"
    "ft_domain,ft_repeat,ft_zn_fing,ft_dna_bind,ft_region"
)


@dataclass(frozen=True)
class Location:
    """A place in or outside a cell, in UniProt's controlled words.

    Attributes
    ----------
    place : str
        Such as ``Cell membrane`` or ``Secreted, extracellular space``.
    topology : str or None
        Such as ``Multi-pass membrane protein``.
    orientation : str or None
        Such as ``Cytoplasmic side``.
    molecule : str or None
        The isoform (``Isoform 2``) or product of cleavage that alone is there; None where it holds for the protein.
    """

    place: str
    topology: str | None = None
    orientation: str | None = None
    molecule: str | None = None


@dataclass(frozen=True)
class Feature:
    """A part of a sequence.

    Attributes
    ----------
    kind : str
        One of `TOPOLOGY` and `DOMAINS`.
    begin, end : int or None
        First and last residue in UniProt numbers; None where UniProt does not know it.
    description : str
        Such as ``Extracellular`` or ``Ig-like C2-type 2``; may be empty.
    """

    kind: str
    begin: int | None
    end: int | None
    description: str = ""


@dataclass(frozen=True)
class Annotation:
    """What UniProt answered about an accession.

    Attributes
    ----------
    accession : str
        As it was asked for.
    state : {"found", "inactive", "absent"}
        `inactive` where UniProt has withdrawn it, `absent` where it has no such accession.
    date : str
        ISO time of the answer.
    url : str
        Where people read the entry.
    current : str or None
        The accession that the entry has now; another one where UniProt has merged entries.
    successors : tuple of str
        Of a withdrawn accession, those that stand in its place; none where it was deleted.
    reviewed : bool
        Whether it is of Swiss-Prot.
    name, gene, organism : str or None
        Recommended name (else a submitted one), primary gene, scientific name.
    synonyms : tuple of str or None
        Other names of its genes; None where they were not asked for.
    taxid : int or None
        NCBI taxonomy id.
    length : int or None
        Residues of the canonical sequence.
    locations : tuple of Location
    features : tuple of Feature
    """

    accession: str
    state: Literal["found", "inactive", "absent"]
    date: str
    url: str
    current: str | None = None
    successors: tuple[str, ...] = ()
    reviewed: bool = False
    name: str | None = None
    gene: str | None = None
    synonyms: tuple[str, ...] | None = None
    organism: str | None = None
    taxid: int | None = None
    length: int | None = None
    locations: tuple[Location, ...] = ()
    features: tuple[Feature, ...] = ()


def now() -> str:
    """Give the time as records keep it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def annotation_of(accession: str, base: str, getter: Getter) -> Annotation:
    """Ask UniProt about an accession.

    Parameters
    ----------
    accession : str
        Without an isoform's number.
    base : str
        Base URL of its REST API.
    getter : Getter

    Returns
    -------
    Annotation
        An accession that was merged into one other is answered with that entry, as UniProt's own redirect does.

    Raises
    ------
    UnavailableError
        If UniProt cannot be asked, or its answer not be read.

    Notes
    -----
    UniProt REST API (rest.uniprot.org), ``/uniprotkb/ACCESSION.json``. A withdrawn entry has the type ``Inactive``.
    """
    answer = _entry(accession, base, getter)
    successors = _successors(answer)
    if answer and _inactive(answer) and len(successors) == 1:
        following = _entry(successors[0], base, getter)
        answer = following if following and not _inactive(following) else answer
    shown = f"https://www.uniprot.org/uniprotkb/{accession}/entry"
    if answer is None:
        return Annotation(accession, "absent", now(), shown)
    if _inactive(answer):
        return Annotation(accession, "inactive", now(), shown, successors=successors)
    return read_annotation(accession, answer)


def _entry(accession: str, base: str, getter: Getter) -> dict[str, Any] | None:
    """Get an entry; None where UniProt has none, or does not take this for an accession."""
    try:
        answer = getter.json(f"{base}/uniprotkb/{accession}.json?{urlencode({'fields': FIELDS})}")
    except (AbsentError, RefusedError):
        return None
    if not isinstance(answer, dict) or not isinstance(answer.get("primaryAccession"), str):
        raise UnavailableError("the answer is not of the form that UniProt documents")
    return answer


def _inactive(answer: Mapping[str, Any]) -> bool:
    return answer.get("entryType") == "Inactive"


def _successors(answer: Mapping[str, Any] | None) -> tuple[str, ...]:
    return tuple(filter(None, map(_text, _listed(_within(answer, "inactiveReason", "mergeDemergeTo")))))


def read_annotation(accession: str, answer: Mapping[str, Any]) -> Annotation:
    """Read an entry of UniProt's as its REST API writes it."""
    described = _within(answer, "proteinDescription")
    names = [_within(described, "recommendedName"), *_listed(_within(described, "submissionNames"))]
    own, genes = answer["primaryAccession"], _listed(answer.get("genes"))
    called = list(filter(None, (_text(_within(one, "geneName", "value")) for one in genes)))
    further = (name for one in genes for key in ("synonyms", "orfNames") for name in _listed(_within(one, key)))
    others = filter(None, (_text(_within(name, "value")) for name in further))
    return Annotation(
        accession=accession,
        state="found",
        date=now(),
        url=f"https://www.uniprot.org/uniprotkb/{own}/entry",
        current=own,
        reviewed="Swiss-Prot" in str(answer.get("entryType")),
        name=next(filter(None, (_text(_within(one, "fullName", "value")) for one in names)), None),
        gene=called[0] if called else None,
        synonyms=tuple(dict.fromkeys([*called[1:], *others])),
        organism=_text(_within(answer, "organism", "scientificName")),
        taxid=_count(_within(answer, "organism", "taxonId")),
        length=_count(_within(answer, "sequence", "length")),
        locations=tuple(dict.fromkeys(_locations(answer))),
        features=tuple(_features(answer)),
    )


def _locations(answer: Mapping[str, Any]) -> Iterator[Location]:
    for comment in _listed(answer.get("comments")):
        if _within(comment, "commentType") != "SUBCELLULAR LOCATION":
            continue
        for one in _listed(_within(comment, "subcellularLocations")):
            if place := _text(_within(one, "location", "value")):
                topology, orientation = (_text(_within(one, key, "value")) for key in ("topology", "orientation"))
                yield Location(place, topology, orientation, _text(_within(comment, "molecule")))


def _features(answer: Mapping[str, Any]) -> Iterator[Feature]:
    for one in _listed(answer.get("features")):
        kind = _within(one, "type")
        if kind in TOPOLOGY or kind in DOMAINS:
            begin, end = (_count(_within(one, "location", key, "value")) for key in ("start", "end"))
            yield Feature(kind, begin, end, _text(_within(one, "description")) or "")


# --- what an answer holds, where it holds anything


def _within(answer: Any, *keys: str) -> Any:
    for key in keys:
        answer = answer.get(key) if isinstance(answer, Mapping) else None
    return answer


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
