"""What the report knows of a run: its pairs with their numbers and ranks, its metrics, and how it was docked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from crossdock.analysis.agreement import SeveralRecord
from crossdock.analysis.evidence import EvidenceRecord
from crossdock.analysis.records import AffinityRecord, ComparisonRecord, StatisticsRecord
from crossdock.docking.poses import TERMS
from crossdock.docking.record import KnownComplex, Method
from crossdock.failure import Failure
from crossdock.quantity import SCORE, Quantity
from crossdock.records import from_json
from crossdock.structures.record import ProteinRecord

Record = dict[str, Any]
Side = Literal["receptor", "ligand"]
SIDES: tuple[Side, Side] = ("receptor", "ligand")


@dataclass(frozen=True)
class Rank:
    """A place among equals in kind.

    Attributes
    ----------
    rank : int
        From 1; equals share the best of their places.
    of : int
        How many are ranked.
    """

    rank: int
    of: int


@dataclass
class Standing:
    """Where a pair stands among its receptor's ligands by specificity.

    Attributes
    ----------
    rank : int or None
        None where the pair has no specificity.
    low, high : int or None
        95 % interval of the rank; None without replicates, as is the next.
    within_noise : bool or None
        Whether the first ligand lies within the search's noise.
    """

    rank: int | None
    low: int | None
    high: int | None
    within_noise: bool | None


@dataclass
class KnownPair:
    """The known complex of a pair, and how near its models came to it where they were compared with it.

    Attributes
    ----------
    complex, note : str or None
        The entry of the complex, and words of the config.
    best_model : int or None
        Number of the model with the best DockQ; None, as are the others, where nothing was compared.
    best_dockq, best_irmsd_A : float or None
        Of that model: DockQ (0 to 1) and interface RMSD in angstrom.
    first_acceptable : int or None
        Number of the first model that is acceptable, or better.
    """

    complex: str | None = None
    note: str | None = None
    best_model: int | None = None
    best_dockq: float | None = None
    best_irmsd_A: float | None = None
    first_acceptable: int | None = None


@dataclass(frozen=True, slots=True)
class FirstModel:
    """What was counted in a pair's first model.

    Attributes
    ----------
    at_site : int or None
        How many of the other models meet the same place of the receptor; None where no residues touch.
    others : int
        How many other models there are.
    overlaps : int
        Atom pairs nearer than bonds are.
    contacts : int
        Residue pairs in contact.
    withheld : bool
        Whether its affinity is not predicted because of its overlaps.
    refined : int or None
        Overlaps that the refined model has; None where there is none, or the page does not hold it.
    """

    at_site: int | None
    others: int
    overlaps: int
    contacts: int
    withheld: bool = False
    refined: int | None = None


@dataclass(frozen=True)
class PairSite:
    """Where the first model of a pair binds, in words.

    Attributes
    ----------
    short : str
        On the receptor, for a table.
    receptor, ligand : str
        On each partner, for a sentence.
    unreachable : str
        A sentence where most of it lies on a face that the partner cannot reach by UniProt's topology; mostly empty.
    """

    short: str
    receptor: str
    ligand: str
    unreachable: str = ""


@dataclass
class PairData:
    """A pair of the panel.

    Attributes
    ----------
    receptor, ligand : str
        Names.
    n_models : int
    affinity : AffinityRecord
    standing : Standing
    known : KnownPair or None
    first : FirstModel or None
        None where there is no model.
    values, uncertainty : dict of str to float
        By metric: what scores.csv says, where it says something.
    ranks : dict of str to (dict of str to Rank)
        By metric that has a better end: among the ligands of its ``receptor``, among the receptors of its ``ligand``;
        of a panel without roles, among all partners of each.
    detail : str or None
        A `crossdock.report.page_data.Detail` as packed JSON; None for most pairs of a large panel.
    site : PairSite or None
        Likewise.
    others : dict of str to str
        Backend -> the same as `detail` of its models; of the further backends.
    steered : str
        The backend towards whose models it was docked, by any backend of the run; empty where it was not.
    template : KnownComplex or None
        A known complex of homologues over which a model of it was laid, by any backend of the run.
    """

    receptor: str
    ligand: str
    n_models: int
    affinity: AffinityRecord
    standing: Standing
    known: KnownPair | None = None
    first: FirstModel | None = None
    values: dict[str, float] = field(default_factory=dict)
    uncertainty: dict[str, float] = field(default_factory=dict)
    ranks: dict[str, dict[Side, Rank]] = field(default_factory=dict)
    detail: str | None = None
    site: PairSite | None = None
    others: dict[str, str] = field(default_factory=dict)
    steered: str = ""
    template: KnownComplex | None = None

    @property
    def names(self) -> tuple[str, str]:
        """Receptor and ligand."""
        return self.receptor, self.ligand

    def partner(self, side: Side) -> str:
        """Name the receptor or the ligand."""
        return self.receptor if side == "receptor" else self.ligand


@dataclass(frozen=True)
class HotSpot:
    """How often ligands meet a residue of a receptor: a row of hotspots.csv.

    Attributes
    ----------
    chain, number, residue : str
        The number with its insertion code.
    frequency, expected : float
        Share of all ligands' first models that meet it (0 to 1), and that of any residue of the surface if the same
        contacts were spread evenly.
    ligands : int
        How many meet it.
    most : str
        Those that do so most, with ``; `` between them.
    """

    chain: str
    number: str
    residue: str
    frequency: float
    ligands: int
    expected: float
    most: str


@dataclass(frozen=True)
class Clustered:
    """Names of both sides in an order that puts together what a metric finds alike."""

    ligands: list[str]
    receptors: list[str]


@dataclass(frozen=True)
class Metric:
    """A metric as the page shows it.

    Attributes
    ----------
    name, unit : str
        As scores.csv has them, the unit with its signs.
    better : {"low", "high"} or None
        Which end is better.
    label, help : str
        What the page calls it and says of it.
    diverging : bool
        Whether zero is its middle.
    ends : tuple of str or None
        What its low and its high end mean, where neither is better.
    header : str
        The first column's name in its matrix.
    clustered : Clustered
    """

    name: str
    unit: str
    better: Literal["low", "high"] | None
    label: str
    help: str = ""
    diverging: bool = False
    ends: tuple[str, str] | None = None
    header: str = "ligand"
    clustered: Clustered = Clustered([], [])


@dataclass(frozen=True)
class Edge:
    """A pair that the network keeps, by names."""

    receptor: str
    ligand: str


@dataclass(frozen=True)
class Network:
    """The network of the run: the rule that kept its edges, in words, the metric of that rule, and the edges."""

    rule: str
    metric: str | None
    edges: list[Edge]


@dataclass(frozen=True)
class SteeredPairs:
    """How many pairs the models of another backend steered, pairs with controls included.

    Attributes
    ----------
    by : str
        That backend.
    pairs, total : int
        Those steered, and all that were docked.
    """

    by: str
    pairs: int
    total: int

    @property
    def in_part(self) -> bool:
        """Whether other pairs were docked freely, so that scores are not on one scale."""
        return self.pairs < self.total


@dataclass
class DockingData:
    """How the pairs were docked.

    Attributes
    ----------
    backends, versions : list of str
        Names, and versions of crossdock.
    seeds : list of int
    parameters : dict
        Settings that all pairs share.
    differing : dict of str to list
        Settings that differ between pairs, each with its values.
    counts : dict or None
        Of the first pair.
    notes : dict of str to int
        What was not done as asked -> of how many pairs.
    methods : dict of str to Method
        By backend: what it says of itself.
    clusters : bool
        Whether the backend clustered by itself.
    comparable : bool
        Whether scores of different pairs are on one scale.
    scans : bool
        Whether the search counted decoys.
    synthetic : int
        Pairs whose scores are made up.
    cpu_seconds : float
        Of all pairs, as are `pair_seconds`, of those that wrote them down.
    pair_seconds : list of float
    seconds : dict of str to (dict of str to float)
        By ``receptor`` and ``ligand``: CPU seconds of all pairs of each protein.
    steered : SteeredPairs or None
        None where no models steered any pair.
    """

    backends: list[str]
    versions: list[str]
    seeds: list[int]
    parameters: Record
    differing: dict[str, list[Any]]
    counts: Record | None
    notes: dict[str, int]
    methods: dict[str, Method]
    clusters: bool
    comparable: bool
    scans: bool
    synthetic: int
    cpu_seconds: float
    pair_seconds: list[float]
    seconds: dict[Side, dict[str, float]]
    steered: SteeredPairs | None = None

    @property
    def weighted(self) -> bool:
        """Whether clusters can be ordered by several weightings of the energy, which takes its terms."""
        return any(set(TERMS) <= set(method.terms) for method in self.methods.values())

    @property
    def modelled(self) -> bool:
        """Whether the models have coordinates of their own, as predictions do: then no rigid partners were docked."""
        return any(method.models for method in self.methods.values())

    @property
    def named(self) -> str:
        """Name the backends, with their versions where these are numbers and not crossdock's own."""
        versions = {name: method.version for name, method in self.methods.items()}
        told = {name for name, one in versions.items() if re.search(r"\d", one) and one not in self.versions}
        shown = [f"{name} ({one})" if name in told else name for name, one in versions.items()]
        return " and ".join(shown or self.backends)

    @property
    def score(self) -> Quantity:
        """What the backend says its own score is."""
        return next((method.score for method in self.methods.values()), SCORE)

    @property
    def score_unit(self) -> str:
        """The unit of `score`, of which less is always better."""
        return next((method.score_unit for method in self.methods.values()), SCORE.unit)

    @property
    def seeds_tell(self) -> bool:
        """Whether docking a pair again from another seed tells something about noise."""
        return all(method.seeds for method in self.methods.values())

    @property
    def numbers(self) -> list[Quantity]:
        """What the backends say of their own numbers."""
        return [number for method in self.methods.values() for number in method.numbers]


@dataclass(frozen=True)
class Hole:
    """A pair that was asked for and has no result.

    Attributes
    ----------
    receptor, ligand : str
        Names.
    reason : str
        A code, such as ``failed``.
    text : str
        Why, in words.
    """

    receptor: str
    ligand: str
    reason: str
    text: str


@dataclass
class BackendRun:
    """What one backend made of the panel; the attributes are those of `RunData`, of a further backend."""

    panel: Record
    pairs: list[PairData]
    metrics: list[Metric]
    statistics: StatisticsRecord
    docking: DockingData

    @property
    def backend(self) -> str:
        """Its name."""
        return str(self.panel["backend"])


@dataclass
class RefinedCounts:
    """How many models of a run were refined.

    Attributes
    ----------
    models, refined : int
        Tried, and refined; the others are left as docked.
    failed : int
        Pairs of which no model could be tried.
    clashes_before, clashes_after : int
        Most of one of the refined models.
    """

    models: int
    refined: int
    failed: int
    clashes_before: int
    clashes_after: int


@dataclass
class RunData:
    """Everything that the report shows of a run.

    Attributes
    ----------
    panel : dict
        made.json: the panel without what failed.
    proteins : dict of str to ProteinRecord
    structures : dict of str to str
        Name -> packed PDB text, of the proteins that a pair with `PairData.detail` needs.
    pieces : dict of str to (dict of str to list)
        Name -> chain -> residue numbers, cut at the chain's breaks.
    plddt : dict of str to float
        Name -> mean pLDDT (0 to 100) of its residues, of the proteins that are predicted models.
    hotspots : dict of str to (list of HotSpot)
        By receptor.
    metrics : list of Metric
    pairs : list of PairData
        Those that were docked, ligand by ligand, in config order.
    comparison : ComparisonRecord or None
        None without a published table.
    statistics : StatisticsRecord
    docking : DockingData
    network : Network
    evidence : EvidenceRecord or None
        What databases say; None where none was asked.
    complexes : list of (str, str)
        Receptor and ligand of some pairs that touch in the entry of both, and that the panel does not name as known.
    holes : list of Hole
        Pairs that were asked for and have no result. A pair of the matrix that is neither here nor in `pairs` was not
        asked for.
    further : list of BackendRun
        What the further backends made of the panel.
    several : SeveralRecord or None
        How far the backends agree; None with one.
    refined : RefinedCounts or None
        Of all backends; None of a panel whose models are not refined.
    """

    panel: Record
    proteins: dict[str, ProteinRecord]
    structures: dict[str, str]
    pieces: dict[str, dict[str, list[list[int]]]]
    plddt: dict[str, float]
    hotspots: dict[str, list[HotSpot]]
    metrics: list[Metric]
    pairs: list[PairData]
    comparison: ComparisonRecord | None
    statistics: StatisticsRecord
    docking: DockingData
    network: Network
    evidence: EvidenceRecord | None = None
    complexes: list[tuple[str, str]] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    further: list[BackendRun] = field(default_factory=list)
    several: SeveralRecord | None = None
    refined: RefinedCounts | None = None

    @property
    def failures(self) -> list[Failure]:
        """The proteins and pairs that could not be made, each with its reason."""
        return [from_json(one, Failure) for one in self.panel.get("failures") or ()]

    @property
    def lacking(self) -> dict[str, list[Failure]]:
        """By further backend: the pairs that it has no models of, but for those of proteins that could not be made."""
        lost = {name for one in self.failures if len(one.names) == 1 for name in one.names}
        found = {
            run.backend: [
                one
                for one in (from_json(one, Failure) for one in run.panel.get("failures") or ())
                if not lost & set(one.names)
            ]
            for run in self.further
        }
        return {backend: lacks for backend, lacks in found.items() if lacks}

    @property
    def each(self) -> list[RunData | BackendRun]:
        """What each backend made of the panel, the main one's first."""
        return [self, *self.further]

    @property
    def symmetric(self) -> bool:
        """Whether proteins have no roles: `receptors` and `ligands` of the panel are then the same."""
        return bool(self.panel.get("symmetric"))

    @property
    def of(self) -> Quantity:
        """The number of the pairs that specificity, ranks and tests are of."""
        return self.statistics.of

    @property
    def of_score(self) -> bool:
        """Whether that is the score."""
        return self.of.name == SCORE.name

    @property
    def counts(self) -> Record:
        """How many pairs, ligands and receptors there are, which kind of panel it is, and whether it was modelled."""
        ligands, receptors = len(self.panel["ligands"]), len(self.panel["receptors"])
        kind = "proteins" if self.symmetric else "some" if self.panel.get("asked") is not None else "all"
        return {"pairs": len(self.pairs), "ligands": ligands, "receptors": receptors, "kind": kind} | {
            "modelled": self.docking.modelled
        }
