"""What public databases say of a protein or a pair, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from crossdock.analysis.evidence import Answer, EvidenceRecord, Ranges, Reach, SiteRecord, where
from crossdock.entries.annotation import Annotation, Location
from crossdock.entries.associations import Association
from crossdock.entries.interactions import Interaction, Recorded
from crossdock.report.sentences import say
from crossdock.report.wording import joined

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
    """Say which databases were asked, and which could not be."""
    groups: dict[tuple[str, str | None], list[str]] = {}
    for site in evidence.sites:
        groups.setdefault((site.state, site.reason), []).append(_versioned(site))
    said = [
        say("evidence-asked", names=names, state=state.replace("-", " "), why=reason)
        for (state, reason), names in groups.items()
    ]
    dates = [one.date for one in evidence.annotations.values()]
    dates += [one.date for one in (*evidence.interactions.asked, *evidence.associations.asked)]
    return " ".join([*said, *([say("evidence-latest", date=_day(max(dates)))] if dates else [])])


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
        return [Fact(say("evidence-no-accession", protein=evidence.label(name)))]
    site = evidence.site("uniprot")
    facts: list[Fact] = []
    if genes := evidence.other_genes(name):
        first = next(one for one in accessions if one in evidence.annotations)
        date, url = evidence.annotations[first].date, evidence.annotations[first].url
        text = say("evidence-another-gene", gene=evidence.gene(name), genes=genes)
        facts.append(Fact(text, f"UniProt {first}", _day(date), url, "wrong"))
    for accession in accessions:
        if annotation := evidence.annotations.get(accession):
            facts += _of_annotation(annotation)
        elif site.state != "not-asked":
            facts.append(Fact(say("evidence-uniprot-not-reached", accession=accession, why=site.reason)))
    return facts


def _of_annotation(one: Annotation) -> Iterator[Fact]:
    def fact(text: str, severity: Literal["wrong", "plain"] = "plain") -> Fact:
        return Fact(text, f"UniProt {one.current or one.accession}", _day(one.date), one.url, severity)

    if one.state == "absent":
        yield fact(say("evidence-absent", accession=one.accession), "wrong")
        return
    if one.state == "inactive":
        yield fact(say("evidence-withdrawn", accession=one.accession, successors=one.successors), "wrong")
        return
    if one.current != one.accession:
        yield fact(say("evidence-merged", accession=one.accession, current=one.current))
    about = [f"gene {one.gene}" if one.gene else "", one.organism, f"{one.length} residues" if one.length else ""]
    notes = [note for note in about if note]
    yield fact(say("evidence-name", accession=one.current, name=one.name, notes=notes, reviewed=one.reviewed))
    if one.locations:
        yield fact(say("evidence-location", places=list(dict.fromkeys(map(_location, one.locations)))))
    else:
        yield fact(say("evidence-no-location"))
    if topology := _topology(one):
        yield fact(topology)


def _location(one: Location) -> str:
    about = ", ".join(_lower(part) for part in (one.topology, one.orientation) if part)
    alone = f"{one.molecule} only" if one.molecule else ""
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
        parts.append(say("evidence-crossings", n=crossings))
    return say("evidence-topology", parts=parts) if parts else ""


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
            return say("evidence-apart", places=places, vesicle=found.vesicle)
        case "outer-face-only" | "inner-face-only" as code:
            side = "outside" if code == "outer-face-only" else "inside"
            return say("evidence-face", spanning=spanning, partner=partner, side=side, ranges=_ranges(ranges))
        case "outer-faces":
            ours, theirs = _ranges(found.receptor), _ranges(found.ligand)
            return say("evidence-both-span", receptor=one, ligand=other, ranges=ours, ligand_ranges=theirs)
    return ""


def _places(evidence: EvidenceRecord, name: str) -> str:
    annotation = evidence.annotation(name)
    return ", ".join(dict.fromkeys(_lower(one.place) for one in annotation.locations)) if annotation else ""


def _of_interactions(answer: Answer[Recorded], accessions: tuple[str, str]) -> Fact | None:
    url = f"https://www.ebi.ac.uk/intact/search?query={quote(' '.join(accessions))}"
    if answer.state != "found":
        return _without("IntAct", say("evidence-intact-none"), answer.state, answer.date, answer.why, url)
    count, negative = sum(one.count for one in answer.found), sum(one.negative for one in answer.found)
    rows = [row for one in answer.found for row in one.rows]
    positive = [row for row in rows if not row.negative]
    said = []
    if count > negative:
        said.append(say("evidence-intact", n=count - negative, notes=_of_experiments(positive, len(rows) < count)))
    if negative:
        said.append(say("evidence-intact-negative", n=negative))
    if papers := list(dict.fromkeys(paper for row in rows for paper in row.pubmed))[:3]:
        said.append(say("evidence-papers", papers=", ".join(papers)))
    first = next((row.id for row in rows if row.id), None)
    url = f"https://www.ebi.ac.uk/intact/details/interaction/{quote(first)}" if first else url
    return Fact(" ".join(said), "IntAct", _day(answer.date), url)


def _of_experiments(rows: Sequence[Interaction], some: bool) -> list[str]:
    """Say how interactions were seen; `some` where the database has more of them than these."""
    methods = list(dict.fromkeys(row.method for row in rows if row.method))
    scores = [row.score for row in rows if row.score is not None]
    notes = [say("evidence-intact-methods", methods=methods, some=some)] if methods else []
    notes += [say("evidence-intact-confidence", score=f"{max(scores):.2f}")] if scores else []
    return [*notes, *([say("evidence-intact-groups")] if all(row.expansion for row in rows) else [])]


def _of_associations(evidence: EvidenceRecord, answer: Answer[Association], accessions: tuple[str, str]) -> Fact | None:
    version = evidence.associations.version
    source = f"STRING {version}" if version else "STRING"
    taxid = evidence.common_taxid(*accessions)
    names = "%0d".join(quote(one, safe="") for one in accessions)
    url = f"https://string-db.org/cgi/network?identifiers={names}&species={taxid}" if taxid else "https://string-db.org"
    if answer.why == "not-in-string":
        return Fact(say("evidence-string-lacks"), source, "", url)
    if answer.why == "no-common-organism":
        return Fact(say("evidence-string-organisms"))
    if answer.state != "found":
        return _without(source, say("evidence-string-none"), answer.state, answer.date, answer.why, url)
    best = max(answer.found, key=lambda one: one.score)
    channels = [f"{name} {score:.2f}" for name, score in sorted(best.channels.items(), key=lambda one: -one[1])]
    text = say("evidence-string", score=f"{best.score:.2f}", channels=channels)
    return Fact(text, source, _day(answer.date), url)


def _without(source: str, no_entry: str, state: str, date: str | None, why: str | None, url: str) -> Fact | None:
    """Say that a site has nothing of a pair, or could not be asked; nothing where the config or the pair says so."""
    if state == "no-entry":
        return Fact(no_entry, source, _day(date), url)
    return Fact(say("evidence-not-reached", source=source, why=why)) if state == "not-reached" else None


# --- text


def _ranges(ranges: Ranges | Iterable[tuple[int, int]]) -> str:
    return joined([f"{begin}-{end}" if end > begin else f"{begin}" for begin, end in ranges])


def _lower(text: str) -> str:
    """Begin a text with a small letter, unless it begins with an abbreviation."""
    return text if text[1:2].isupper() or text[1:2] == "-" else text[:1].lower() + text[1:]


def _day(date: str | None) -> str:
    return (date or "")[:10]
