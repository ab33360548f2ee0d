"""The record of a docking: docking.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from crossdock.quantity import SCORE, Quantity
from crossdock.records import converted, read_record, write_record
from crossdock.version import __version__


@dataclass(frozen=True)
class Partner:
    """A structure that was docked; `sha256` is that of its file."""

    n_residues: int
    n_atoms: int
    sha256: str


@dataclass(frozen=True)
class Method:
    """The backend as it was when it docked, so that what follows can be read without it.

    Attributes
    ----------
    version : str
    score : Quantity
        Of its own scores. Where more is better, `score` has the other sign.
    numbers : tuple of Quantity
        Columns of the poses beside rank, score and placement: energy terms first, then other numbers.
    terms : tuple of str
        Which of them add up to the score.
    comparable : bool
        Whether scores of different pairs are on one scale.
    models : bool
        Whether bodies.pdb.gz has coordinates of their own.
    clusters : bool
        Whether it clustered by itself.
    seeds : bool
        Whether another seed starts elsewhere.
    """

    version: str = ""
    score: Quantity = SCORE
    numbers: tuple[Quantity, ...] = ()
    terms: tuple[str, ...] = ()
    comparable: bool = True
    models: bool = False
    clusters: bool = False
    seeds: bool = True

    @property
    def score_unit(self) -> str:
        """The unit of `score`, of which less is always better."""
        unit = self.score.unit or self.score.shown
        return f"{unit}, sign turned" if self.score.better == "high" else unit


@dataclass(frozen=True)
class DecoysRecord:
    """What a scan scores: the best translations of each orientation, in arbitrary units, before any refinement.

    Attributes
    ----------
    n : int
        How many poses.
    best, mean, sd : float
        Their lowest score, their mean and their standard deviation (that of a population).
    """

    n: int
    best: float
    mean: float
    sd: float


@dataclass(frozen=True)
class FirstModels:
    """How far apart the first models of several sets of weights are.

    Attributes
    ----------
    sets : tuple of str
        Names, n of them.
    apart_A : tuple of tuple of float, n x n
        Interface RMSD in angstrom.
    """

    sets: tuple[str, ...]
    apart_A: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        count = len(self.sets)
        if [len(row) for row in self.apart_A] != [count] * count:
            raise ValueError(f"`apart_A` is no table of {count} x {count} distances, as there are {count} `sets`")


@dataclass(frozen=True)
class SteeredRecord:
    """The models of another backend towards whose interface a pair was docked.

    Attributes
    ----------
    backend : str
        Its name.
    confidence : tuple of float
        Of each model, from 0 to 1; 0 where it is not known.
    receptor_residues, ligand_residues : int
        How many pull.
    strongest : float
        The largest weight of a residue, from 0 to 1.
    """

    backend: str
    confidence: tuple[float, ...]
    receptor_residues: int
    ligand_residues: int
    strongest: float

    @property
    def note(self) -> str:
        """What a reader of the docking must know."""
        return (
            f"Docked towards the interface of the pair's {self.backend} models (`attract: from {self.backend}`). "
            "That a docked model agrees with them is no second evidence, and the score includes the pull."
        )


@dataclass(frozen=True)
class KnownComplex:
    """A known complex of homologues of both partners, over which a model was laid.

    Attributes
    ----------
    entry, assembly : str
        Its name, a PDB id or that of a file; and which biological assembly, empty where the file was taken as it is.
    resolution_A : float or None
    receptor_chains, ligand_chains : str
        Those that stand for each partner.
    receptor_identity, ligand_identity : float
        Part of the aligned residues that are the same.
    receptor_coverage, ligand_coverage : float
        Part of the partner's residues that are aligned.
    contacts, contacts_kept : int
        Residue pairs in contact of which both have a counterpart, and those of them that the model has.
    """

    entry: str
    assembly: str
    resolution_A: float | None
    receptor_chains: str
    ligand_chains: str
    receptor_identity: float
    ligand_identity: float
    receptor_coverage: float
    ligand_coverage: float
    contacts: int
    contacts_kept: int


@dataclass(frozen=True)
class CombinationRecord:
    """Two conformers that were docked with each other.

    Attributes
    ----------
    receptor, ligand : int
        Their numbers, from 1.
    poses : int
        How many it gave.
    score : float or None
        The best; None without a pose.
    """

    receptor: int
    ligand: int
    poses: int
    score: float | None


@dataclass(frozen=True)
class DockingRecord:
    """What a docking was made of, and what it took.

    Attributes
    ----------
    backend : str
        Its name, or words in its place where the scores are made up.
    receptor, ligand : Partner
    asked_for : str
        Fingerprint of settings and input.
    seed : int
    method : Method
    parameters, counts : dict
        As the backend gives them.
    notes : tuple of str
        What a user should know.
    decoys : DecoysRecord, optional
        Of the scores that the search itself gave this pair.
    first_models : FirstModels, optional
    steered : SteeredRecord, optional
        None where no models of another backend steered it.
    templates : dict of str to tuple of KnownComplex
        Rank of a pose -> the known complexes over which it was laid, that whose pose it is first.
    conformers : tuple of CombinationRecord
        Every two conformers that were docked, where a partner has several; what the backend says is then of the two
        with the best score.
    synthetic : bool
        Whether the scores were made up, for a test.
    docked, processor : str
        When (ISO time), and on what.
    threads : int
    cpu_seconds, wall_seconds, peak_memory_MB : float
        CPU time is that of child processes too.
    details : dict
        What else the backend gives.
    """

    backend: str
    receptor: Partner
    ligand: Partner
    asked_for: str
    seed: int = 1
    method: Method = field(default_factory=Method)
    parameters: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    decoys: DecoysRecord | None = None
    first_models: FirstModels | None = None
    steered: SteeredRecord | None = None
    templates: dict[str, tuple[KnownComplex, ...]] = field(default_factory=dict)
    conformers: tuple[CombinationRecord, ...] = ()
    synthetic: bool = False
    docked: str = ""
    threads: int = 1
    processor: str | None = None
    cpu_seconds: float | None = None
    wall_seconds: float | None = None
    peak_memory_MB: float | None = None
    details: dict[str, Any] = field(default_factory=dict)
    crossdock_version: str = ""

    @classmethod
    def upgrade(cls, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Read what version 0.1.0 wrote, where the backend's own keys stood among the others."""
        known = {one.name for one in fields(cls)}
        if "method" in raw:
            return dict(raw)
        from_server = raw.get("comparable_across_jobs") is False
        method: dict[str, Any] = {"comparable": not from_server, "clusters": from_server, "seeds": not from_server}
        if not from_server:
            method |= {"terms": _TERMS_010, "numbers": [{"name": one, "better": "low"} for one in _TERMS_010]}
        rest = {key: value for key, value in raw.items() if key not in known and key != "comparable_across_jobs"}
        return {key: raw[key] for key in known if key in raw} | {"method": method, "details": rest}


#: Energy terms that version 0.1.0 gave poses of its own engine.
_TERMS_010 = ["repulsion", "attraction", "electrostatics", "contact", "residue"]


#: The fields that a backend fills by its own record; what else that says goes under `details`.
BACKEND_FIELDS = ("parameters", "counts", "notes", "decoys", "first_models", "templates", "synthetic")


def checked_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a backend says of a docking, each of `BACKEND_FIELDS` as docking.json holds it.

    Raises
    ------
    ValueError
        If one is of another type.
    """
    kinds = get_type_hints(DockingRecord)
    made = dict(record)
    for key in made.keys() & set(BACKEND_FIELDS):
        try:
            made[key] = converted(record[key], kinds[key])
        except ValueError as error:
            raise ValueError(f"`{key}`: {error}") from error
    return made


def read_docking(path: str | Path) -> DockingRecord:
    """Read docking.json."""
    return read_record(path, DockingRecord, "crossdock dock")


def write_docking(path: str | Path, record: DockingRecord) -> None:
    """Write docking.json."""
    write_record(path, replace(record, crossdock_version=__version__))
