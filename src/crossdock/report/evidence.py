"""What public databases say of a protein or a pair, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from crossdock.analysis.evidence import Answer, EvidenceRecord, Ranges, Reach, SiteRecord, where
from crossdock.entries.annotation import Annotation, Location
from crossdock.entries.associations import Association
from crossdock.entries.interactions import Recorded

#: The sites by their names in the record.
SITES = {"uniprot": "UniProt", "intact": "IntAct", "string": "STRING"}


@dataclass(frozen=True)
class Fact:
    """A sentence on what a database says.

    Attributes
    ----------
    text : str
    source : str
        Such as ``UniProt P35372``; empty where no database was asked.
    date : str
        The day of the answer, ``2026-11-29``; empty where there is none.
    url : str
        Where it can be looked up; empty where nowhere.
    severity : {"wrong", "plain"}
        `wrong` where it speaks against the protein or the pair as it was docked.
    """

    text: str
    source: str = ""
    date: str = ""
    url: str = ""
    severity: Literal["wrong", "plain"] = "plain"


def asked(evidence: EvidenceRecord) -> str:
    """Say in a sentence which databases were asked, and which could not be."""
    groups: dict[tuple[str, str | None], list[str]] = {}
    for site in evidence.sites:
        groups.setdefault((site.state, site.reason), []).append(_versioned(site))
    parts = []
    for (state, reason), names in groups.items():
        verb = "was" if len(names) == 1 else "were"
        why = f" ({reason})" if reason else ""
        parts.append(f"{_listed(names)} {verb} {state.replace('-', ' ')}{why}")
    text = "; ".join(parts)
    dates = [one.date for one in evidence.annotations.values()]
    dates += [one.date for one in (*evidence.interactions.asked, *evidence.associations.asked)]
    return f"{text}; the last answer is of {_day(max(dates))}." if dates else f"{text}."


def _versioned(site: SiteRecord) -> str:
    return f"{SITES[site.name]} {site.version}" if site.version else SITES[site.name]


# --- a protein


def of_protein(evidence: EvidenceRecord, name: str) -> list[Fact]:
    """Say what UniProt says of a protein, for each accession of its chains.

    Parameters
    ----------
    evidence : EvidenceRecord
    name : str
        Of the panel.

    Returns
    -------
    list of Fact
    """
    if not (accessions := evidence.accessions(name)):
        return [Fact(f"No UniProt accession is known for {evidence.label(name)}, so no database was asked about it.")]
    site = evidence.site("uniprot")
    facts: list[Fact] = []
    for accession in accessions:
        if annotation := evidence.annotations.get(accession):
            facts += _of_annotation(annotation)
        elif site.state != "not-asked":
            facts.append(Fact(f"UniProt was not reached for {accession} ({site.reason})."))
    return facts


def _of_annotation(one: Annotation) -> Iterator[Fact]:
    def fact(text: str, severity: Literal["wrong", "plain"] = "plain") -> Fact:
        return Fact(text, f"UniProt {one.current or one.accession}", _day(one.date), one.url, severity)

    if one.state == "absent":
        yield fact(f"UniProt has no entry {one.accession}.", "wrong")
        return
    if one.state == "inactive":
        instead = f"its place is taken by {_listed(one.successors)}" if one.successors else "nothing takes its place"
        yield fact(f"UniProt has withdrawn the entry {one.accession}; {instead}.", "wrong")
        return
    if one.current != one.accession:
        yield fact(f"UniProt has merged {one.accession} into {one.current}.")
    about = [f"gene {one.gene}" if one.gene else "", one.organism, f"{one.length} residues" if one.length else ""]
    notes = f" ({', '.join(filter(None, about))})" if any(about) else ""
    unreviewed = "" if one.reviewed else "; nobody has reviewed the entry"
    yield fact(f"{one.current} is {one.name or 'a protein without a name'}{notes}{unreviewed}.")
    if one.locations:
        yield fact(f"Where it is: {'; '.join(dict.fromkeys(map(_location, one.locations)))}.")
    else:
        yield fact("UniProt does not say where in a cell it is.")
    if topology := _topology(one):
        yield fact(topology)


def _location(one: Location) -> str:
    about = ", ".join(_lower(part) for part in (one.topology, one.orientation) if part)
    alone = f"{one.molecule} alone" if one.molecule else ""
    notes = "; ".join(filter(None, (about, alone)))
    return f"{_lower(one.place)} ({notes})" if notes else _lower(one.place)


def _topology(one: Annotation) -> str:
    sides: dict[str, list[tuple[int, int]]] = {}
    for feature in one.features:
        if feature.kind == "Topological domain" and feature.begin and feature.end:
            sides.setdefault(_lower(feature.description) or "unnamed", []).append((feature.begin, feature.end))
    crossings = sum(feature.kind == "Transmembrane" for feature in one.features)
    parts = [f"{side} {_ranges(ranges)}" for side, ranges in sides.items()]
    if crossings:
        parts.append(f"{crossings} stretch{'es' if crossings > 1 else ''} across the membrane")
    return f"Its parts in UniProt’s numbers: {'; '.join(parts)}." if parts else ""


def of_residues(annotation: Annotation, residues: Collection[int]) -> str:
    """Name the parts of a protein that residues lie in: ``extracellular, 45-72; Ig-like C2-type 2, 50-120``.

    Parameters
    ----------
    annotation : Annotation
    residues : collection of int
        In UniProt numbers.

    Returns
    -------
    str
        Empty where UniProt names no part that they lie in.
    """
    texts = (
        f"{_lower(part.name) if part.kind == 'Topological domain' else part.name}, {part.begin}-{part.end}"
        for part in where(annotation, residues)
    )
    return "; ".join(dict.fromkeys(texts))


# --- a pair


def of_pair(evidence: EvidenceRecord, receptor: str, ligand: str) -> list[Fact]:
    """Say what the databases say of a pair: whether the two can meet, and whether they are seen or taken to interact.

    Parameters
    ----------
    evidence : EvidenceRecord
    receptor, ligand : str
        Names of the panel.

    Returns
    -------
    list of Fact
        Nothing is said of whether they can meet where nothing keeps them apart or it is not known, nor of what the
        config leaves out.
    """
    accessions = (evidence.accessions(receptor)[:1] or ("",))[0], (evidence.accessions(ligand)[:1] or ("",))[0]
    facts = [
        _of_reach(evidence, receptor, ligand),
        _of_interactions(evidence.interactions_of(receptor, ligand), accessions),
        _of_associations(evidence, evidence.associations_of(receptor, ligand), accessions),
    ]
    return [fact for fact in facts if fact]


def _of_reach(evidence: EvidenceRecord, receptor: str, ligand: str) -> Fact | None:
    found, one, other = evidence.reach(receptor, ligand), evidence.annotation(receptor), evidence.annotation(ligand)
    if one is None or other is None or not (text := _reach_text(found, evidence, receptor, ligand)):
        return None
    severity: Literal["wrong", "plain"] = "wrong" if found.code == "apart" and not found.vesicle else "plain"
    source = f"UniProt {one.current}, {other.current}" if one.current != other.current else f"UniProt {one.current}"
    return Fact(text, source, _day(min(one.date, other.date)), one.url, severity)


def _reach_text(found: Reach, evidence: EvidenceRecord, receptor: str, ligand: str) -> str:
    one, other = evidence.label(receptor), evidence.label(ligand)
    spanning, partner, ranges = (one, other, found.receptor) if found.receptor else (other, one, found.ligand)
    match found.code:
        case "apart":
            places = "; ".join(f"{evidence.label(name)}: {_places(evidence, name)}" for name in (receptor, ligand))
            met = "they meet only where a vesicle brings one to the other" if found.vesicle else "they do not meet"
            return f"By UniProt one is found only inside cells and the other only outside ({places}), so that {met}."
        case "outer-face-only" | "inner-face-only" as code:
            side = "outside" if code == "outer-face-only" else "inside"
            return (
                f"{spanning} spans a membrane and {partner} is found only {side} cells, so that only residues "
                f"{_ranges(ranges)} of {spanning} can be met (UniProt’s numbers)."
            )
        case "outer-faces":
            return (
                "Both span a membrane. Where they are of two cells, or of a vesicle and a cell, only residues "
                f"{_ranges(found.receptor)} of {one} and {_ranges(found.ligand)} of {other} can meet "
                "(UniProt’s numbers)."
            )
    return ""


def _places(evidence: EvidenceRecord, name: str) -> str:
    annotation = evidence.annotation(name)
    return ", ".join(dict.fromkeys(_lower(one.place) for one in annotation.locations)) if annotation else ""


def _of_interactions(answer: Answer[Recorded], accessions: tuple[str, str]) -> Fact | None:
    url = f"https://www.ebi.ac.uk/intact/search?query={quote(' '.join(accessions))}"
    if answer.state != "found":
        return _without("IntAct", "IntAct has no interaction of the two.", answer.state, answer.date, answer.why, url)
    count, negative = sum(one.count for one in answer.found), sum(one.negative for one in answer.found)
    rows = [row for one in answer.found for row in one.rows]
    positive = [row for row in rows if not row.negative]
    parts = []
    if count > negative:
        methods = _listed(list(dict.fromkeys(row.method for row in positive if row.method)))
        scores = [row.score for row in positive if row.score is not None]
        about = [f"such as by {methods}" if methods and len(rows) < count else f"by {methods}" if methods else ""]
        about += [f"confidence {max(scores):.2f} of 1" if scores else ""]
        about += ["all from groups of more than two proteins" if all(row.expansion for row in positive) else ""]
        notes = "; ".join(filter(None, about))
        parts.append(f"has seen the two interact in {_times(count - negative)}{f' ({notes})' if notes else ''}")
    if negative:
        parts.append(f"has {_times(negative)} in which they did not interact")
    papers = list(dict.fromkeys(paper for row in rows for paper in row.pubmed))[:3]
    cited = f" PubMed {', '.join(papers)}." if papers else ""
    first = next((row.id for row in rows if row.id), None)
    url = f"https://www.ebi.ac.uk/intact/details/interaction/{first}" if first else url
    return Fact(f"IntAct {' and '.join(parts)}.{cited}", "IntAct", _day(answer.date), url)


def _times(count: int) -> str:
    return f"{count} experiment{'' if count == 1 else 's'}"


def _of_associations(evidence: EvidenceRecord, answer: Answer[Association], accessions: tuple[str, str]) -> Fact | None:
    version = evidence.associations.version
    source = f"STRING {version}" if version else "STRING"
    taxid = evidence.common_taxid(*accessions)
    names = "%0d".join(quote(one, safe="") for one in accessions)
    url = f"https://string-db.org/cgi/network?identifiers={names}&species={taxid}" if taxid else "https://string-db.org"
    if answer.why == "not-in-string":
        return Fact("STRING does not have one of the two.", source, "", url)
    if answer.why == "no-common-organism":
        return Fact("STRING was not asked, as the two are not known to be of one organism.")
    if answer.state != "found":
        text = "STRING has no association of the two with a score of 0.15 or more."
        return _without(source, text, answer.state, answer.date, answer.why, url)
    best = max(answer.found, key=lambda one: one.score)
    channels = sorted(best.channels.items(), key=lambda one: -one[1])
    made_of = f" ({', '.join(f'{name} {score:.2f}' for name, score in channels)})" if channels else ""
    text = f"STRING scores the association of the two {best.score:.2f} of 1{made_of}. It need not mean that they bind."
    return Fact(text, source, _day(answer.date), url)


def _without(source: str, no_entry: str, state: str, date: str | None, why: str | None, url: str) -> Fact | None:
    """Say that a site has nothing of a pair, or could not be asked; nothing where the config or the pair says so."""
    if state == "no-entry":
        return Fact(no_entry, source, _day(date), url)
    return Fact(f"{source} was not reached for the two ({why}).") if state == "not-reached" else None


# --- text


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _ranges(ranges: Ranges | Iterable[tuple[int, int]]) -> str:
    return _listed([f"{begin}-{end}" if end > begin else f"{begin}" for begin, end in ranges])


def _lower(text: str) -> str:
    """Begin a text with a small letter, unless it begins with an abbreviation."""
    return text if text[1:2].isupper() or text[1:2] == "-" else text[:1].lower() + text[1:]


def _day(date: str | None) -> str:
    return (date or "")[:10]
