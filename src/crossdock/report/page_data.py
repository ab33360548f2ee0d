"""What the page embeds for its scripts, as page.schema.json describes it; all other data is in the page's own text."""

from __future__ import annotations

import base64
import gzip
import inspect
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from crossdock.analysis.bench import SiteTests
from crossdock.analysis.construct import Construct
from crossdock.analysis.drawing import CLASS_STYLE
from crossdock.analysis.interface import CLASSES
from crossdock.analysis.records import AffinityRecord, ConformerScores, ModelRecord
from crossdock.analysis.verdict import Verdict
from crossdock.refining.record import RefinedModel
from crossdock.report import remarks
from crossdock.report.evidence import Fact, of_pair
from crossdock.report.homologues import fact, sentence
from crossdock.report.marks import MOST_OVERLAPS, Level, Mark, marks_of_pair, marks_of_protein
from crossdock.report.numbering import numbering
from crossdock.report.run_data import Hole, HotSpot, KnownPair, Metric, Network, PairData, PairSite, Record, RunData
from crossdock.report.sentences import for_scripts, say
from crossdock.report.wording import labels
from crossdock.structures.record import ProteinRecord

#: What databases say, by (receptor, ligand).
Facts = Mapping[tuple[str, str], list[Fact]]


@dataclass(frozen=True)
class PageProtein:
    """A protein of the panel.

    Attributes
    ----------
    name, label : str
    found_by : list of str
        What it can be looked for by beside these: entry, accessions and title.
    n_residues : int
    verdict : str
        Of the identity check.
    doubts : list of str
        What changes the reading of its every pair.
    questionable : str
        The first remark that puts every pair of it in question, in brief; often empty.
    numbering : str
        How its residue numbers follow from UniProt's, in sentences.
    another : bool
        Whether its entry holds another protein than expected.
    marks : list of Mark
        What was looked at of it.
    """

    name: str
    label: str
    found_by: list[str]
    n_residues: int
    verdict: str
    doubts: list[str]
    questionable: str
    numbering: str
    another: bool
    marks: list[Mark]


@dataclass(frozen=True)
class ResidueClass:
    """The amino acids of a class, and its colour as CSS writes it."""

    residues: tuple[str, ...]
    colour: str


@dataclass(frozen=True)
class PagePair:
    """What is known of a pair beside its numbers: attributes of `PairData`, and the facts that databases have of it.

    `template` says that a complex of homologues is known, over which a model was laid; empty without one.
    """

    affinity: AffinityRecord
    known: KnownPair | None
    detail: str | None
    site: PairSite | None
    facts: list[Fact]
    others: dict[str, str]
    template: str


@dataclass(frozen=True)
class PairMarks:
    """A mark that many pairs carry, each with values of its own; the attributes are those of `Mark`, as columns.

    Attributes
    ----------
    kind : str
    level : {"wrong", "note", "fine"}
        Of ``fine`` ones only those of pairs with details.
    places : list of int
        Of the pairs, from 0.
    values : dict of str to (list of (str, int or float))
        A value a place.
    """

    kind: str
    level: Level
    places: list[int]
    values: dict[str, list[str | int | float]]


@dataclass(frozen=True)
class PairColumns:
    """Pairs, ligand by ligand in config order: numbers as columns, so that a large panel's stay small.

    Attributes
    ----------
    cells : list of int
        Place of each pair in the matrix of all ligands and receptors, row by row from 0; empty where all are there.
    values, uncertainty : dict of str to (list of (float or None))
        Metric -> a value a pair; columns without any are left out.
    standing : dict of str to (list of (int or None))
        ``low``, ``high`` (of the rank's 95 % interval) and ``within_noise`` (bool) -> a value a pair; likewise.
    first : dict of str to (list of (int or None))
        ``at_site`` and ``others`` of the first model -> a value a pair; likewise.
    marks : list of PairMarks
    records : dict of str to PagePair
        Place of a pair, from 0, as text -> what else is known of it, where it has details or a known complex.
    """

    cells: list[int]
    values: dict[str, list[float | None]]
    uncertainty: dict[str, list[float | None]]
    standing: dict[str, list[int | bool | None]]
    first: dict[str, list[int | None]]
    marks: list[PairMarks]
    records: dict[str, PagePair]


@dataclass(frozen=True)
class PageVerdict:
    """What the tests allow to be said of the pairs (`crossdock.analysis.verdict.Verdict`).

    Attributes
    ----------
    kind : str
    basis : str or None
    pairs : list of tuple of str
        Receptor and ligand of each pair that stands out.
    limit : float or None
        The noise z below which a pair stands out from noise.
    """

    kind: str
    basis: str | None
    pairs: list[tuple[str, str]]
    limit: float | None


@dataclass(frozen=True)
class PageData:
    """All that the page embeds.

    Attributes
    ----------
    title : str
    receptors, ligands : list of PageProtein
    symmetric : bool
        Whether proteins have no roles: receptors and ligands are then the same, and each pair was docked once.
    holes : list of Hole
        Pairs without a result. Of the other cells of the matrix without a pair, none was asked for.
    classes : dict of str to ResidueClass
    metrics : list of Metric
    verdict : PageVerdict
    sentences : dict of str to str
        What scripts say, by code (sentences.yaml).
    structures : dict of str to str
        Name -> PDB text of the prepared structure, packed: gzip, then base64.
    network : Network
    statistic : str
        The metric that specificity, ranks and tests are of.
    pairs : PairColumns
    hotspots : dict of str to str
        Receptor -> its list of `HotSpot` as JSON, packed.
    synthetic : bool
        Whether scores and models are made up, for a test.
    backend : str
        The main one's name.
    labels : dict of str to str
        What the page calls the numbers of models, of all backends, by name.
    usual_overlaps : float
        Overlaps for each 100 contacts that models of rigid docking usually have.
    """

    title: str
    receptors: list[PageProtein]
    ligands: list[PageProtein]
    symmetric: bool
    holes: list[Hole]
    classes: dict[str, ResidueClass]
    metrics: list[Metric]
    verdict: PageVerdict
    sentences: dict[str, str]
    structures: dict[str, str]
    network: Network
    statistic: str
    pairs: PairColumns
    hotspots: dict[str, str]
    synthetic: bool
    backend: str
    labels: dict[str, str]
    usual_overlaps: float


@dataclass(frozen=True)
class ModelBody:
    """Both partners as a model has them: atom records of PDB format, under the chain letters of the prepared ones."""

    receptor: str
    ligand: str


@dataclass(frozen=True)
class ErrorMap:
    """The predicted aligned errors of a model, as a picture of them needs.

    Attributes
    ----------
    residues : tuple of int
        How many the receptor and the ligand have.
    width : int
        Residues of a cell's side, of which the cell has the mean; the last cell of a partner may have fewer.
    cells : str
        Row by row, rows aligned, columns scored, a byte each in steps of half an angstrom, packed.
    """

    residues: tuple[int, int]
    width: int
    cells: str


@dataclass(frozen=True)
class PageRefinedModel:
    """A refined model as the difference from the docked one.

    Attributes
    ----------
    record : RefinedModel
    residues : list of str
        Those that differ: columns 18 to 27 of PDB format (name, chain letter in the files of the pair, number).
    atoms : list of str
        Names of the atoms of each, a blank between two: heavy ones, and hydrogens at N, O and S.
    moved : list of int
        x, y and z of each of these atoms, in thousandths of an angstrom, less those of the same atom of the docked
        model; of an atom that this has not, less those of the atom before it in the residue.
    """

    record: RefinedModel
    residues: list[str]
    atoms: list[str]
    moved: list[int]


@dataclass(frozen=True)
class PageRefined:
    """The refined models of a pair.

    Attributes
    ----------
    failed : str
        Why there are none at all; else empty.
    models : list of PageRefinedModel
        Of each model that was tried; one that is left as docked has no residues.
    contacts : dict of str to list
        The columns of refined/interface.csv.
    """

    failed: str
    models: list[PageRefinedModel]
    contacts: dict[str, list[int | float | str]]

    def overlaps(self, model: int) -> int | None:
        """Count the atom pairs that overlap in a refined model; None where it is left as docked."""
        if not any(one.record.model == model and one.residues for one in self.models):
            return None
        counts = zip(self.contacts["model"], self.contacts["overlaps"], strict=True)
        return sum(int(n) for number, n in counts if number == model)


@dataclass(frozen=True)
class Detail:
    """What the page shows of one pair, packed until the pair is looked at.

    Attributes
    ----------
    n_poses : int
        How many were clustered.
    models : tuple of ModelRecord
    contacts : dict of str to list
        The columns of interface.csv.
    drawings, maps : list of str
        SVG of each model's interface.
    scripts : dict of str to str
        File name -> script for PyMOL or ChimeraX.
    ligand_chains : dict of str to str
        Chain of the prepared ligand -> its letter in the files of the pair.
    bodies : list of ModelBody
        Of each model, where they have coordinates of their own; empty where they are rigid poses.
    errors : list of (ErrorMap or None)
        Of each model, where any has a PAE; else empty.
    tests : tuple of SiteTests
        Of each model.
    constructs : dict of str to Construct
        By side.
    conformers : dict of str to (list of str)
        By side, what each conformer is called, where models are of several; a partner with one has none.
    conformer_scores : tuple of ConformerScores
        Of every two conformers.
    refined : PageRefined or None
        None of a panel whose models are not refined.
    """

    n_poses: int
    models: tuple[ModelRecord, ...]
    contacts: dict[str, list[int | float | str]]
    drawings: list[str]
    maps: list[str]
    scripts: dict[str, str]
    ligand_chains: dict[str, str]
    bodies: list[ModelBody]
    errors: list[ErrorMap | None]
    tests: tuple[SiteTests, ...]
    constructs: dict[str, Construct]
    conformers: dict[str, list[str]]
    conformer_scores: tuple[ConformerScores, ...]
    refined: PageRefined | None


def page_data(data: RunData, verdict: Verdict) -> PageData:
    """Choose what the scripts need of a run.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.
    verdict : Verdict
        What `crossdock.report.answer.judged` says of it.

    Returns
    -------
    PageData
    """
    doubts, questionable = remarks.doubts(data), remarks.questionable(data)
    receptors, ligands = (
        [
            _protein(member, data.proteins[member["name"]], data.plddt.get(member["name"]), doubts, questionable)
            for member in data.panel[role]
        ]
        for role in ("receptors", "ligands")
    )
    return PageData(
        title=data.panel.get("title") or "crossdock panel",
        receptors=receptors,
        ligands=ligands,
        symmetric=data.symmetric,
        holes=data.holes,
        classes={name: ResidueClass(CLASSES.get(name, ()), colour) for name, (colour, _) in CLASS_STYLE.items()},
        metrics=data.metrics,
        verdict=PageVerdict(
            verdict.kind,
            verdict.basis,
            list(verdict.pairs),
            data.statistics.chance.limit if data.statistics.chance else None,
        ),
        sentences=_sentences(data),
        structures=data.structures,
        network=data.network,
        statistic=data.of.name,
        pairs=columns(data.pairs, [metric.name for metric in data.metrics], _facts(data), _cells(data)),
        hotspots={name: packed(rows) for name, rows in data.hotspots.items()},
        synthetic=bool(data.docking.synthetic),
        backend=str(data.panel.get("backend") or ""),
        labels={one.name: one.label for run in reversed(data.each) for one in run.docking.numbers if one.label},
        usual_overlaps=MOST_OVERLAPS,
    )


def _sentences(data: RunData) -> dict[str, str]:
    """Give the sentences of the scripts, with the note below figures that is true of this run."""
    return for_scripts() | ({"figure-note": say("figure-note-modelled")} if data.docking.modelled else {})


def _protein(
    member: Record,
    record: ProteinRecord,
    plddt: float | None,
    doubts: dict[str, list[str]],
    questionable: dict[str, str],
) -> PageProtein:
    name = member["name"]
    return PageProtein(
        name=name,
        label=member.get("label") or name,
        found_by=_found_by(member, record),
        n_residues=record.n_residues,
        verdict=record.identity.verdict,
        doubts=doubts.get(name, []),
        questionable=remarks.brief(questionable.get(name, "")),
        numbering=numbering(record.chains),
        another=record.identity.is_another,
        marks=marks_of_protein(record, plddt=plddt),
    )


def _found_by(member: Record, protein: ProteinRecord) -> list[str]:
    """Give what a protein can be looked for by beside its names: entry, accessions and title."""
    accessions = [found.accession for chain in protein.chains if chain.kept for found in chain.accessions]
    texts = [protein.entry.id, member.get("uniprot"), *accessions, protein.title]
    return list(dict.fromkeys(text for text in texts if text))


def _cells(data: RunData) -> list[int]:
    """Give the place of each pair in the matrix; nothing where every cell has its pair."""
    rows, columns = (
        {member["name"]: place for place, member in enumerate(data.panel[role])} for role in ("ligands", "receptors")
    )
    cells = [rows[pair.ligand] * len(columns) + columns[pair.receptor] for pair in data.pairs]
    return [] if cells == list(range(len(rows) * len(columns))) else cells


def columns(
    pairs: Sequence[PairData], metrics: Iterable[str], facts: Facts | None = None, cells: Sequence[int] = ()
) -> PairColumns:
    """Write pairs for the page, whole numbers without their decimal point; `cells` are their places in the matrix."""

    def filled(rows: Sequence[Any], names: Iterable[str]) -> dict[str, list[Any]]:
        made = {name: [_short(row.get(name)) for row in rows] for name in names}
        return {name: column for name, column in made.items() if any(value is not None for value in column)}

    names, facts = list(metrics), facts or {}
    return PairColumns(
        list(cells),
        filled([pair.values for pair in pairs], names),
        filled([pair.uncertainty for pair in pairs], names),
        filled([vars(pair.standing) for pair in pairs], ("low", "high", "within_noise")),
        filled(
            [{"at_site": pair.first.at_site, "others": pair.first.others} if pair.first else {} for pair in pairs],
            ("at_site", "others"),
        ),
        _marks(pairs, facts),
        {
            str(place): PagePair(
                pair.affinity,
                pair.known,
                pair.detail,
                pair.site,
                facts.get(pair.names, []),
                pair.others,
                sentence(pair.template) if pair.template else "",
            )
            for place, pair in enumerate(pairs)
            if pair.detail or pair.known or pair.template
        },
    )


def _facts(data: RunData) -> Facts:
    """Give what databases say of each pair, and what stands for its partners in a known complex of homologues."""
    shown = labels(data)
    found = {pair.names: of_pair(data.evidence, *pair.names) if data.evidence else [] for pair in data.pairs}
    for pair in data.pairs:
        if pair.template:
            found[pair.names].insert(0, fact(pair.template, shown[pair.receptor], shown[pair.ligand]))
    return {names: facts for names, facts in found.items() if facts}


def _marks(pairs: Sequence[PairData], facts: Facts) -> list[PairMarks]:
    """Put the marks of all pairs into columns."""
    found: dict[tuple[str, Level], PairMarks] = {}
    for place, pair in enumerate(pairs):
        apart = next((fact.text for fact in facts.get(pair.names, ()) if fact.severity == "wrong"), None)
        behind = pair.site.unreachable if pair.site else ""
        for mark in marks_of_pair(pair.first, apart=apart, unreachable=behind, steered=pair.steered):
            if mark.level != "fine" or pair.detail:
                column = found.setdefault((mark.kind, mark.level), PairMarks(mark.kind, mark.level, [], {}))
                column.places.append(place)
                for name, value in mark.values.items():
                    column.values.setdefault(name, []).append(_short(value))
    return list(found.values())


def _short(value: Any) -> Any:
    """Give a whole number without its decimal point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def packed(record: Any) -> str:
    """Write a record, or a list of them, as JSON and pack it."""
    return pack(compact_json(record))


def pack(text: str) -> str:
    """Compress text for the page, where the browser's own DecompressionStream opens it.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Base64 of the gzipped UTF-8 text; the same for the same text.
    """
    return pack_bytes(text.encode())


def pack_bytes(content: bytes) -> str:
    """Compress bytes as `pack` does text."""
    return base64.b64encode(gzip.compress(content, compresslevel=9, mtime=0)).decode("ascii")


def plain(value: Any) -> Any:
    """Give a copy in which numbers that JSON does not know (NaN, infinity) are None."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def compact_json(record: Any) -> str:
    """Write a record, or a list of them, as JSON without blanks; numbers that JSON does not know are null."""
    return json.dumps(plain(msgspec.to_builtins(record)), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def schema() -> Record:
    """Describe what the page embeds as a JSON schema, with what is packed in it (`Detail`, `HotSpot`) in ``$defs``.

    The page has every key, and no other.
    """
    _, parts = msgspec.json.schema_components([PageData, Detail, HotSpot], ref_template="#/$defs/{name}")
    for part in parts.values():
        part["description"] = inspect.cleandoc(part["description"])
        part |= {"required": list(part["properties"]), "additionalProperties": False}
        for one in part["properties"].values():
            one.pop("default", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#/$defs/PageData", "$defs": parts}
