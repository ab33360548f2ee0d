"""What the analysis writes as JSON: pair.json, statistics.json and comparison.json, field by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crossdock.analysis.affinity import withheld
from crossdock.analysis.specificity import Shares
from crossdock.docking.record import DecoysRecord
from crossdock.quantity import SCORE, Quantity

#: The unit of all scores, in words.
SCORE_UNIT = "arbitrary units, lower is better, not an affinity"
#: What a model has of a predicted affinity.
PREDICTED = ("dg_kcal_mol", "kd_M", "kd_low_M", "kd_high_M", "dg_spread_kcal_mol")
#: The energy terms that crossdock 0.1.0 kept among a model's own keys.
_OLD_TERMS = ("repulsion", "attraction", "electrostatics", "contact", "residue")


@dataclass(frozen=True, kw_only=True)
class ModelRecord:
    """A model of a pair, with what was counted and predicted from it.

    Attributes
    ----------
    model : int
        Its number, from 0, first-ranked cluster first.
    cluster, members : int
        Its cluster, from 0, and how many poses that holds.
    representative : str or None
        Which pose of the cluster it is: ``Center`` or ``Lowest Energy``.
    score : float
        Its own, in arbitrary units, lower is better.
    center_score, lowest_score : float or None
        Of the cluster's center and of its best pose, in the same unit; None where the backend does not say.
    terms : dict of str to float
        Weighted terms of the energy by name, in the same unit; they add up to the score. Empty where a backend gives
        none.
    extra : dict of str to (float or None)
        Other numbers by name that the backend brings.
    plddt : bool
        Whether the B-factors of the model's file are pLDDT, 0 to 100.
    pose : int
        Rank in poses.csv.gz, from 1.
    receptor_conformer, ligand_conformer : int or None
        Which conformers it is of, from 1; None where partners have one each.
    quaternion : tuple of float
        Of the rotation, (w, x, y, z).
    translation_A : tuple of float
        In angstrom: x' = R(q) x + t moves the prepared ligand, or its conformer.
    receptor_residues, ligand_residues : int
        Residues in contact.
    contacts : dict of str to int
        Residue pairs in contact, by kind.
    overlaps : int
        Atom pairs nearer than bonds are.
    buried_receptor_A2, buried_ligand_A2 : float
        Accessible area that each loses, in square angstrom.
    dg_kcal_mol : float or None
        Predicted free energy of binding, in kcal/mol; like all that follow from it None where no residues touch, or
        where it is withheld.
    kd_M, kd_low_M, kd_high_M : float or None
        Dissociation constant that follows from it, and from it less and more the published error, in mol/l.
    dg_spread_kcal_mol : float or None
        Standard deviation of dG over the model and other poses of its cluster, in kcal/mol; None without such.
    dg_withheld : str
        Why dG is withheld: too many atoms overlap (`crossdock.analysis.affinity.withheld`). Else empty.
    models_at_site, models_elsewhere : int or None
        How many of the other models meet at least half of this one's receptor residues (or of equivalent ones), and how
        many none; None where no residues touch.
    dockq, irmsd_A, lrmsd_A, fnat : float or None
        Beside the known complex: DockQ (0 to 1), interface and ligand RMSD in angstrom, share of native contacts; None
        without a known complex.
    """

    model: int
    cluster: int
    members: int
    representative: str | None = None
    score: float
    center_score: float | None = None
    lowest_score: float | None = None
    terms: dict[str, float] = field(default_factory=dict)
    extra: dict[str, float | None] = field(default_factory=dict)
    plddt: bool = False
    pose: int
    receptor_conformer: int | None = None
    ligand_conformer: int | None = None
    quaternion: tuple[float, float, float, float]
    translation_A: tuple[float, float, float]
    receptor_residues: int
    ligand_residues: int
    contacts: dict[str, int]
    overlaps: int
    buried_receptor_A2: float
    buried_ligand_A2: float
    dg_kcal_mol: float | None = None
    kd_M: float | None = None
    kd_low_M: float | None = None
    kd_high_M: float | None = None
    dg_spread_kcal_mol: float | None = None
    dg_withheld: str = ""
    models_at_site: int | None = None
    models_elsewhere: int | None = None
    dockq: float | None = None
    irmsd_A: float | None = None
    lrmsd_A: float | None = None
    fnat: float | None = None

    @property
    def area(self) -> float:
        """Area of the interface, half of what both sides lose, in square angstrom."""
        return (self.buried_receptor_A2 + self.buried_ligand_A2) / 2

    @classmethod
    def upgrade(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """Read an earlier model.

        Some have a predicted affinity although the partners lie within each other. One of crossdock 0.1.0 has its
        energy terms and other numbers among its own keys.
        """
        if "dg_withheld" not in raw and raw.get("dg_kcal_mol") is not None and "overlaps" in raw:
            why = withheld(raw["overlaps"], sum(raw["contacts"].values()))
            raw = raw | {"dg_withheld": why} | (dict.fromkeys(PREDICTED) if why else {})
        if "terms" in raw:
            return raw
        others = {key: value for key, value in raw.items() if key not in (*cls.__dataclass_fields__, *_OLD_TERMS)}
        return raw | {
            "terms": {key: raw[key] for key in _OLD_TERMS if key in raw},
            "extra": {key: value for key, value in others.items() if value is None or isinstance(value, int | float)},
        }


@dataclass(frozen=True)
class AffinityRecord:
    """How the affinities of a pair's models were predicted.

    Attributes
    ----------
    method : str
    temperature_C : float
        Of the dissociation constants, in degrees Celsius.
    published_error_kcal_mol : float
        Of the method on solved complexes, root mean square in kcal/mol.
    caveat : str
        What the numbers are never shown without.
    """

    method: str
    temperature_C: float
    published_error_kcal_mol: float
    caveat: str


@dataclass(frozen=True)
class KnownRecord:
    """The known complex of a pair, and how near the models came to it.

    Attributes
    ----------
    complex : str
        The entry that both structures were selected from.
    note : str or None
        Words of the config.
    best_model : int
        Number of the model with the best DockQ.
    best_dockq : float
    first_acceptable : int or None
        Number of the first model that is acceptable by DockQ, or better.
    """

    complex: str
    note: str | None
    best_model: int
    best_dockq: float
    first_acceptable: int | None


@dataclass(frozen=True)
class ConformerScores:
    """What two conformers score with each other.

    Attributes
    ----------
    receptor, ligand : int
        Their numbers, from 1.
    scores : tuple of float
        The lowest of each docking of the pair.
    """

    receptor: int
    ligand: int
    scores: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class PairRecord:
    """Every number of a docked pair.

    Attributes
    ----------
    receptor, ligand : str
        Names.
    backend : str
    seed : int or None
        None where the backend has none.
    score_unit : str
    score : float
        Lowest of all poses, its mean over replicates, in arbitrary units.
    replicate_scores : tuple of float
        The lowest of each docking; of one only where it lies over a known complex in all of them.
    decoys : DecoysRecord or None
        None where the backend does not scan.
    set_agreement : float or None
        Share of a server's coefficient sets whose first models agree (0 to 1); None where there are no sets.
    cluster_size, n_poses : int
        Members of the first-ranked cluster, and poses that were clustered.
    affinity : AffinityRecord
    ligand_chains : dict of str to str
        Chain of the prepared ligand -> its letter in the files of this pair.
    models : tuple of ModelRecord
    known : KnownRecord or None
        None where no complex is known.
    asked_for : str or None
        Fingerprint of what the record is made of.
    synthetic : bool
        Whether its scores were made up, for a test.
    replicates : dict of str to tuple of float
        Number that is a mean over all models of the pair (`crossdock.quantity.Quantity.mean_of`) -> that of each.
    conformers : tuple of ConformerScores
        Of every two conformers that were docked, where a partner has several; else empty.
    """

    receptor: str
    ligand: str
    backend: str
    seed: int | None
    score_unit: str = SCORE_UNIT
    score: float
    replicate_scores: tuple[float, ...]
    decoys: DecoysRecord | None = None
    set_agreement: float | None = None
    cluster_size: int
    n_poses: int
    affinity: AffinityRecord
    ligand_chains: dict[str, str]
    models: tuple[ModelRecord, ...]
    known: KnownRecord | None = None
    asked_for: str | None = None
    synthetic: bool = False
    replicates: dict[str, tuple[float, ...]] = field(default_factory=dict)
    conformers: tuple[ConformerScores, ...] = ()

    @classmethod
    def upgrade(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """Read what crossdock 0.1.0 wrote, which named the backend so where scores were made up."""
        raw = {"synthetic": "SYNTHETIC" in raw["backend"]} | raw
        return raw | {"models": [ModelRecord.upgrade(model) for model in raw["models"]]}


@dataclass(frozen=True)
class SizeRecord:
    """A line through scores against the logarithm of a size.

    Attributes
    ----------
    share : float
        Of the variance that it explains (0 to 1).
    slope : float
        In arbitrary units of the score.
    """

    share: float
    slope: float


@dataclass(frozen=True)
class ChanceRecord:
    """The lowest robust z of a matrix of this shape that holds nothing but averages and normal noise.

    Attributes
    ----------
    lowest_z, rare_z : float or None
        Its median, and what it falls below one time in twenty, in robust standard deviations; None for a matrix that is
        too small.
    limit : float or None
        What the lowest `crossdock.analysis.scatter.scaled_z` of a panel without partners goes below one time in
        twenty, where proteins differ in scatter and noise has a long tail; None where a side has fewer than four
        proteins.
    beyond : tuple of tuple
        Receptor, ligand and scaled z of each pair beyond that limit, the lowest first.
    """

    lowest_z: float | None
    rare_z: float | None
    limit: float | None = None
    beyond: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True)
class NoiseRecord:
    """The search's own noise.

    Attributes
    ----------
    sd : float
        Standard deviation of one docking's score, or of one model's number, in its unit.
    freedom : int
        Degrees of freedom behind it.
    conformers : float or None
        Standard deviation of the best score over conformers, without the noise of the search, in the same unit; None
        where no pair has several.
    """

    sd: float
    freedom: int
    conformers: float | None = None


@dataclass(frozen=True)
class ControlsRecord:
    """What stands behind the test against control ligands.

    Attributes
    ----------
    ligands, pairs : int
        Control ligands, and the control pairs that stand behind each p-value; no pairs where nothing was tested.
    least_q : float or None
        The q-value of one pair alone that is lower than all controls. This and the next two are None without a test.
    spread : float or None
        How much the panel's ligands scatter beside the controls, a ratio.
    rare_spread : float or None
        What one in twenty of such ratios exceeds by chance.
    problem : str or None
        Why the controls could not be used.
    """

    ligands: int
    pairs: int = 0
    least_q: float | None = None
    spread: float | None = None
    rare_spread: float | None = None
    problem: str | None = None

    @property
    def unlike(self) -> bool:
        """Whether the panel's ligands scatter more, beside the controls, than chance gives one time in twenty."""
        return self.spread is not None and self.rare_spread is not None and self.spread > self.rare_spread


@dataclass(frozen=True)
class BackgroundRecord:
    """What stands behind the test against a background set.

    Attributes
    ----------
    proteins, pairs : int
        Of the set: its proteins, and the pairs of them behind each p-value.
    tested : int
        Pairs of the panel that have a p-value.
    rotations : int
        Orientations of the search.
    own : bool
        Whether the set is the user's own.
    lost : tuple of (str, str)
        Proteins whose docking with the set failed, and why; their pairs have no p-value.
    """

    proteins: int
    pairs: int
    tested: int
    rotations: int
    own: bool = False
    lost: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class StatisticsRecord:
    """What the pairs of a panel say together.

    Attributes
    ----------
    variance : Shares or None
        None where all scores are equal, or there is one receptor or one ligand.
    size : dict of str to SizeRecord
        By ``residues`` (of both partners) and by ``interface_area``, each where it differs between pairs.
    chance : ChanceRecord or None
        None where `variance` is.
    noise : NoiseRecord or None
        None without replicates.
    controls : ControlsRecord
    of : Quantity
        The number that all of it is of. Where higher is better, its sign is turned.
    background : BackgroundRecord or None
        None without a background; it is of a number of its own, whatever `of` is.
    """

    variance: Shares | None
    size: dict[str, SizeRecord]
    chance: ChanceRecord | None
    noise: NoiseRecord | None
    controls: ControlsRecord
    of: Quantity = SCORE
    background: BackgroundRecord | None = None


@dataclass(frozen=True)
class SharedRecord:
    """How many ligands and receptors two tables both have."""

    ligands: int
    receptors: int


@dataclass(frozen=True)
class AgreementRecord:
    """How far two tables agree.

    Attributes
    ----------
    over : str
        ``all cells``, or the name of a receptor.
    of : str
        ``specificity``, or what the statistics are of: ``score``, or the words of another number.
    cells : int
        How many are compared.
    rho : float
        Spearman's correlation.
    chance_low, chance_high : float
        95 % range of rho when ligands and receptors of one table are in random order.
    beyond_chance : bool
        Whether rho lies outside that range.
    """

    over: str
    of: str
    cells: int
    rho: float
    chance_low: float
    chance_high: float
    beyond_chance: bool

    @property
    def verdict(self) -> str:
        """Whether rho lies in that range, in words."""
        return f"{'beyond' if self.beyond_chance else 'within'} chance"

    @classmethod
    def upgrade(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """Read a row of crossdock 0.1.0, which has words under the key `is`."""
        return raw | {"beyond_chance": raw["is"] == "beyond chance"} if "is" in raw else raw


@dataclass(frozen=True)
class ClaimRecord:
    """A claim of a publication, judged by the run.

    Attributes
    ----------
    claim : {"best", "strongest"}
    receptor : str
        Empty for ``strongest``.
    ligands : tuple of str
    verdict, why : str
        In words.
    places : dict of str to int or None
        Of the claim "best": the ligand's place by ``run score`` (or another number, as in `AgreementRecord.of`),
        ``paper specificity`` and so on.
    """

    claim: str
    receptor: str
    ligands: tuple[str, ...]
    verdict: str
    why: str
    places: dict[str, int] | None = None


@dataclass(frozen=True)
class ComparisonRecord:
    """A run beside a published table.

    Attributes
    ----------
    shared : SharedRecord
    agreement : tuple of AgreementRecord
    claims : tuple of ClaimRecord
        Both are empty where too few proteins are shared.
    doubts : dict of str to str
        Protein -> why what was docked under its name is not what the paper speaks of.
    """

    shared: SharedRecord
    agreement: tuple[AgreementRecord, ...] = ()
    claims: tuple[ClaimRecord, ...] = ()
    doubts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def upgrade(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """Read what crossdock 0.1.0 wrote."""
        return raw | {"agreement": [AgreementRecord.upgrade(row) for row in raw["agreement"]]}
