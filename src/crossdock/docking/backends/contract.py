"""What a backend is: the one page to read before writing another (docs/backends.md has a worked example)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crossdock.quantity import SCORE, Quantity
from crossdock.yamltext import of_package

if TYPE_CHECKING:  # every command loads this page, for the options of backends
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from crossdock.docking.pae import Pae
    from crossdock.panel.proteins import Protein
    from crossdock.structures.shape import Size
    from crossdock.structures.structure import Structure


_FIT = "RMSD of the CA atoms of the first model from the prepared structure, with each partner superposed by itself."
#: What crossdock says of models with coordinates of their own.
FITS = (
    Quantity("receptor_rmsd_A", "A", "", "Change of the receptor", _FIT),
    Quantity("ligand_rmsd_A", "A", "", "Change of the ligand", _FIT),
)
#: What a backend says of poses that it laid over a known complex; of all others it is not known.
LAID = (
    Quantity(
        "template_identity",
        "",
        "high",
        "Identity with the template",
        "Of a model that was laid over a known complex of homologues of both partners: the smaller identity of both, "
        "over aligned residues. A model that was docked has none.",
    ),
)


#: Names that a backend's options cannot have: `crossdock dock` and `crossdock.dock` have them for every backend.
RESERVED = frozenset(
    (
        *(
            "backend",
            "guide",
            "templates",
            "help",
            "kept",
            "ligand_record",
            "max_models",
            "min_size",
            "order",
            "out",
            "part",
            "parts",
        ),
        *("poses_only", "quiet", "radius", "receptor_record", "result", "resume", "scans", "seed", "threads"),
        *("verbose", "clustering", "ligand", "ligand_site", "names", "progress", "receptor", "receptor_site"),
        *("temperature",),
    )
)


#: Names that numbers of a backend cannot have: columns, keys and metrics of crossdock.
TAKEN = frozenset(
    (
        *("rank", "score", "qw", "qx", "qy", "qz", "tx_A", "ty_A", "tz_A", "members", "center_score", "lowest_score"),
        *(
            "background_z",
            "background_receptor_z",
            "background_ligand_z",
            "background_p",
            "background_q",
            "receptor_rmsd_A",
            "ligand_rmsd_A",
            "receptor_conformer",
            "ligand_conformer",
            "plddt",
            "synthetic",
            "model",
            "cluster",
            "representative",
            "terms",
            "extra",
        ),
        *("pose", "quaternion", "translation_A", "receptor_residues", "ligand_residues", "contacts", "overlaps"),
        *("buried_receptor_A2", "buried_ligand_A2", "dg_kcal_mol", "kd_M", "kd_low_M", "kd_high_M"),
        *("dg_spread_kcal_mol", "dg_withheld", "models_at_site", "models_elsewhere"),
        *("dockq", "irmsd_A", "lrmsd_A", "fnat"),
        *(
            "specificity",
            "robust_z",
            "noise_z",
            "receptor_z",
            "ligand_z",
            "size_residual",
            "decoy_index",
        ),
        *("set_agreement", "cluster_size", "cluster_fraction", "interface_contacts", "interface_area"),
        *("predicted_dg", "p_value", "q_value", "published", "rank_difference", "dockq_of_backends", "mean_rank"),
        *("receptor", "ligand", "backend", "metric", "value", "unit", "uncertainty"),
        *("rank_low", "rank_high", "share_first", "within_noise_of_first", "rank_in_receptor", "rank_in_ligand"),
        *("id", "source", "target", "name", "label", "role", "n_residues", "published_error_kcal_mol"),
    )
)


@dataclass(frozen=True)
class Abilities:
    """What a backend can do.

    Attributes
    ----------
    models : bool
        It gives models with coordinates of their own for both partners, not rigid poses.
    flexible : bool
        It changes the shape of a partner.
    threads : bool
        It can use several processors.
    split : bool
        It can search a part of the orientations (`Backend.scan`), so that a long pair becomes several jobs.
    seeds : bool
        Another seed starts elsewhere, so that replicates tell something about noise.
    comparable : bool
        Scores of different pairs are on one scale.
    sites : bool
        It keeps off closed atoms, and draws partners to those that pull.
    templates : bool
        It adds poses over known complexes to its own (`Request.templates`).
    conformers : bool
        It gives rigid poses of any two structures, here and at once, with scores on one scale, so that each conformer
        of a partner can be docked as a structure of its own. Others dock the first conformer.
    """

    models: bool = False
    flexible: bool = False
    threads: bool = False
    split: bool = False
    seeds: bool = True
    comparable: bool = True
    sites: bool = False
    templates: bool = False
    conformers: bool = False

    @property
    def labels(self) -> list[str]:
        """The abilities in a few words each."""
        known = {
            "models with coordinates of their own": self.models,
            "flexible": self.flexible,
            "several processors": self.threads,
            "long pairs in parts": self.split,
            "keeps to sites": self.sites,
            "replicates": self.seeds,
            "conformers": self.conformers,
        }
        return [label for label, can in known.items() if can]


@dataclass(frozen=True)
class Site:
    """Where a partner may be met.

    Attributes
    ----------
    closed, attract : ndarray, dtype=bool, shape=(n,), optional
        Atoms that may not be met, and those that pull the other partner towards them.
    weight : ndarray, dtype=float64, shape=(n,), optional
        How strongly each atom of `attract` pulls, from 0 to 1; without it, each pulls by 1.
    """

    closed: NDArray[np.bool_] | None = field(default=None, compare=False)
    attract: NDArray[np.bool_] | None = field(default=None, compare=False)
    weight: NDArray[np.float64] | None = field(default=None, compare=False)

    @property
    def pull(self) -> NDArray[np.float64] | None:
        """How strongly each atom pulls, from 0 to 1, shape=(n,); None where none does."""
        if self.attract is None:
            return None
        return self.attract.astype(float) if self.weight is None else self.weight * self.attract

    def with_pull(self, weight: NDArray[np.float64]) -> Site:
        """Let atoms pull by weights, shape=(n,), too; each by the larger of these and its own."""
        own = self.pull
        weight = weight if own is None else weight.clip(min=own)
        return replace(self, attract=weight > 0, weight=weight)


#: A partner that may be met anywhere.
FREE = Site()


@dataclass(frozen=True)
class Request:
    """What a backend is asked for.

    Attributes
    ----------
    options : mapping
        Its own options, each with a value.
    seed : int
        Of everything that is drawn at random.
    threads : int
    receptor_site, ligand_site : Site
    result : Path, optional
        What has been made for the pair elsewhere (`Elsewhere`).
    scan : optional
        The search, where it was done before in parts: what `Backend.join` gives.
    progress : callable, optional
        To be called with (done, total) of the work, now and then.
    templates : Path, optional
        The record of known complexes of homologues of both partners (`backends.template`), for a backend that
        `can.templates`.
    first : tuple of Structure, optional
        First conformers of receptor and ligand, where others are docked: `templates` counts their residues.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 1
    threads: int = 1
    receptor_site: Site = FREE
    ligand_site: Site = FREE
    result: Path | None = None
    scan: Any = field(default=None, compare=False)
    progress: Callable[[int, int], None] | None = field(default=None, compare=False)
    templates: Path | None = None
    first: tuple[Structure, Structure] | None = field(default=None, compare=False)

    def not_told(self, program: str, *, attract: bool = False) -> list[str]:
        """Say what the config asks of the sites, for a program that was not told of it.

        Parameters
        ----------
        program : str
            As people write it.
        attract : bool
            Whether it was told which residues attract.

        Returns
        -------
        list of str
            Sentences.
        """
        sites = (self.receptor_site, self.ligand_site)
        closed = "blocked residues (accessible, blocked, membrane, an antibody's framework)"
        asked = {closed: [site.closed for site in sites]}
        if not attract:
            asked["restraints (attract)"] = [site.attract for site in sites]
        return [
            f"{program} did not use the {what}; its models may bind anywhere."
            for what, sides in asked.items()
            if any(side is not None and side.any() for side in sides)
        ]


@dataclass(frozen=True)
class Model:
    """A complex with coordinates of its own.

    Attributes
    ----------
    receptor, ligand : Structure
        In one frame, any; residues as in the prepared structures, in their order. Numbers and chain letters do not
        matter, and atoms may lack or be more.
    score : float
        In the backend's unit and direction.
    numbers : mapping of str to float
        Values of the backend's `terms` and `numbers`.
    plddt : bool
        Whether the B-factors of both partners are pLDDT, 0 to 100.
    pae : Pae, optional
        Predicted errors between the residues of the receptor, then of the ligand, as they stand in these structures.
    """

    receptor: Structure
    ligand: Structure
    score: float
    numbers: Mapping[str, float] = field(default_factory=dict)
    plddt: bool = False
    pae: Pae | None = None


@dataclass(frozen=True)
class Result:
    """What a backend gives back: poses or models, the best first.

    Attributes
    ----------
    poses : DataFrame, optional
        Of rigid poses: ``rank``, ``score``, then `crossdock.docking.poses.PLACEMENT`, which moves the ligand's prepared
        coordinates; and a column for each of the backend's `terms` and `numbers`. Where the method clusters by itself,
        a row is a cluster, with the columns `crossdock.docking.poses.CLUSTER_COLUMNS`.
    models : sequence of Model
        In place of poses.
    record : dict
        For docking.json: ``parameters`` (what the method was told), ``counts``, ``notes`` (sentences for the user),
        and whatever else is worth keeping.
    """

    poses: pd.DataFrame | None = None
    models: Sequence[Model] = ()
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Needs:
    """What docking a pair takes.

    Attributes
    ----------
    cpu_seconds : float or None
        On one core of the processor of docs/engine.md, or any like it; None where it is not known.
    memory_mb : float or None
    """

    cpu_seconds: float | None = None
    memory_mb: float | None = None


@dataclass(frozen=True)
class Runs:
    """What the dockings of a run have in common, for the methods paragraph.

    Attributes
    ----------
    parameters : mapping
        What every docking's ``parameters`` say alike.
    differing : mapping
        What they say differently: name -> the values.
    seeds : sequence of int
    pairs, receptors, ligands : int
    order : str
        What ranks the clusters (``clustering: order``).
    """

    parameters: Mapping[str, Any]
    differing: Mapping[str, Sequence[Any]]
    seeds: Sequence[int]
    pairs: int
    receptors: int
    ligands: int
    order: str = "consensus"

    def values(self, name: str) -> list[Any]:
        """Give every value that a parameter had."""
        return [self.parameters[name]] if name in self.parameters else list(self.differing.get(name, ()))

    def span(self, name: str) -> str:
        """Write a parameter that is a number, from least to most where dockings differ; empty where it is unknown."""
        values = sorted(value for value in self.values(name) if isinstance(value, int | float))
        ends = [
            f"{value:,.0f}".replace(",", "\u202f") if abs(value) >= 100 else f"{value:g}"
            for value in (values[:1] + values[-1:])
        ]
        return " to ".join(dict.fromkeys(ends))


@dataclass(frozen=True)
class Around:
    """What is known of a panel beside its structures, for a backend that looks proteins up or predicts them.

    Attributes
    ----------
    accessions : mapping of str to tuple of str
        Protein -> UniProt accessions of its docked chains.
    sites : mapping of str to str
        Site -> base URL, as the config's `entries` has them; an empty one is not asked.
    offline : bool
        Whether no site is to be asked.
    options : mapping
        Of the backend, each with a value.
    seed : int
        The first, of everything that is drawn at random.
    proteins : mapping of str to Protein
        As the config has them.
    results, entries : Path
        The folder with ``proteins/``, and that of fetched entries.
    """

    accessions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)
    offline: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 1
    proteins: Mapping[str, Protein] = field(default_factory=dict)
    results: Path = Path("results")
    entries: Path = Path("resources/entries")


#: Where nothing of it is known.
NOTHING = Around()


class Elsewhere(ABC):
    """For a backend whose work is done elsewhere, for all pairs of a panel at once: a server, a queue of one's own.

    Attributes
    ----------
    keeps : str
        Name of the folder, under `resources/`, that keeps what comes back.
    gpus, memory_mb, runtime_min : int
        What `work` asks a cluster for, where it `computes`.
    does : str
        What `work` does then, for the list of jobs.
    imports : str
        The subcommand that puts results of a person's own into that folder, such as ``cofold import``; empty where
        there is none.
    record, thing : str
        Of what is imported: the name of a pair's record in its folder, and what a pair has, such as "prediction"; empty
        where results may also come from elsewhere.
    """

    keeps: str
    imports: str = ""
    record: str = ""
    thing: str = ""
    gpus: int = 0
    memory_mb: int = 0
    runtime_min: int = 0
    does: str = "predicting all pairs"

    @property
    def computes(self) -> bool:
        """Whether `work` computes, as a job of the cluster; else it waits, on the machine that starts the run."""
        return self.gpus > 0

    @abstractmethod
    def result(self, folder: Path, receptor: str, ligand: str) -> Path | None:
        """Give the record of a pair that is in that folder for good, such as one that a person has brought, or None."""

    def listed(self, table: Path, receptor: Structure, ligand: Structure) -> Path | None:
        """Give the record of a pair, by its prepared structures, in the table that `work` wrote, or None."""
        return None

    @abstractmethod
    def ready(
        self,
        waiting: Sequence[tuple[str, str]],
        total: int,
        settings: Mapping[str, Any] = MappingProxyType({}),
        options: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Look whether pairs (of a panel with so many in total) can be handed in, by the backend's own keys.

        Raises
        ------
        InputError
            If they cannot be, as without credentials.
        """

    def looked_at(self, settings: Mapping[str, Any]) -> Any:
        """Give what else `work` depends on, as JSON holds it, where it `computes`; it runs again if that changes."""
        return None

    def gathers(self, settings: Mapping[str, Any]) -> bool:
        """Tell whether `work` may find results of pairs by itself, so that nothing has to be `ready` before it."""
        return False

    @abstractmethod
    def problems(self, structure: Structure) -> list[str]:
        """Say why a prepared structure would not be taken, each as what follows "it"; empty where it would be."""

    @abstractmethod
    def work(
        self,
        waiting: Sequence[tuple[str, str]],
        structures: Mapping[str, Structure],
        settings: Mapping[str, Any],
        folder: Path,
        out: str | Path,
        around: Around = NOTHING,
    ) -> None:
        """Hand pairs in, wait for them, and write a table from which `Backend.dock` finds each (`Request.result`)."""


class Backend(ABC):
    """A method that docks. An object of it is registered as an entry point of the group `crossdock.backends`.

    Attributes
    ----------
    name : str
        As the config has it.
    about : str
        A few words for lists of backends.
    version : str
        Of the method, kept with every result.
    can : Abilities
    score : Quantity
        What its score is. Where more is better, crossdock turns the sign for its own `score`, of which less is better,
        and of all that is in its unit (terms, scores of clusters, decoys), and keeps the number itself under the
        quantity's name.
    terms : tuple of Quantity
        Energy terms that add up to the score, if it has any.
    numbers : tuple of Quantity
        Any further numbers of a pose or model; they travel to models.csv, pair.json, scores.csv, a matrix each, and
        the page.
    options, settings : mapping
        Key -> rule, in the words of JSON schema with ``default`` and ``description``: options, under `docking:` in the
        config, make the result; settings, under a key called as the backend, only say how it is worked on.
    settings_about : str
        Describes that key.
    section : str
        That key, where it is called otherwise than the backend.
    references : str
        BibTeX of what the methods paragraph cites.
    quick : mapping
        Options with which it docks a small pair in seconds, however badly: for `crossdock backends test`.
    elsewhere : Elsewhere, optional
    leading : tuple of str
        The numbers that a panel's statistics are of, unless the config says otherwise: the first that every pair has.
        For one that is the mean over models of another (`Quantity.mean_of`), the models are replicates.
    confidence : tuple of str
        Those of its `numbers` that tell, from 0 to 1, how far a model can be trusted: the first that a model has
        counts. Models of a backend with such can steer the docking of their pair (`attract: from NAME` in the config).
    absent : mapping of str to (str, str)
        Number -> why no pair of a panel has it, as a clause, and what to do, in an imperative.
    one_scale : mapping of str to str
        Parameters of a result that must be the same in all pairs for their numbers to be on one scale, such as the
        program that predicted them -> what each is, in words. The report warns where pairs differ in one, and no test
        names a pair by these numbers.
    """

    name: str
    about: str = ""
    version: str = ""
    can: Abilities = Abilities()
    score: Quantity = SCORE
    terms: tuple[Quantity, ...] = ()
    numbers: tuple[Quantity, ...] = ()
    options: Mapping[str, Mapping[str, Any]] = {}
    settings: Mapping[str, Mapping[str, Any]] = {}
    settings_about: str = ""
    section: str = ""
    references: str = ""
    quick: Mapping[str, Any] = {}
    elsewhere: Elsewhere | None = None
    leading: tuple[str, ...] = ("score",)
    confidence: tuple[str, ...] = ()
    absent: Mapping[str, tuple[str, str]] = {}
    one_scale: Mapping[str, str] = {}

    @property
    def settings_key(self) -> str:
        """The key of the config that has its settings."""
        return self.section or self.name

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What it says of each pose or model beside score and energy terms: each becomes a metric of the pairs."""
        turned = (self.score,) if self.score.better == "high" else ()
        return (*turned, *self.numbers, *(LAID if self.can.templates else ()), *(FITS if self.can.models else ()))

    @property
    def score_unit(self) -> str:
        """The unit of `score`, which is always better the lower."""
        from crossdock.docking.record import Method

        return Method(score=self.score).score_unit

    @abstractmethod
    def dock(self, receptor: Structure, ligand: Structure, request: Request) -> Result:
        """Dock a ligand to a receptor.

        Parameters
        ----------
        receptor, ligand : Structure
            Prepared.
        request : Request

        Returns
        -------
        Result

        Raises
        ------
        InputError, DockingError
            With what is wrong and what to do about it.
        """

    @abstractmethod
    def methods(self, runs: Runs, cite: Callable[..., str]) -> Iterable[str]:
        """Write how it docks, as sentences of a paper's methods.

        The first completes "12 ligands were docked against 7 receptors (84 pairs) with crossdock 0.2.0, run with
        Snakemake, ", such as ``by the program X [3]``, without a full stop; the others are whole sentences.

        Parameters
        ----------
        runs : Runs
        cite : callable
            Gives the numbers, in brackets, of keys of `references`: ``cite("smith2020")`` is ``[3]``.

        Returns
        -------
        iterable of str
        """

    def needs(self, receptor: Size, ligand: Size, options: Mapping[str, Any]) -> Needs:
        """Estimate what docking a pair takes, from the sizes of both; nothing is known without it."""
        return Needs()

    def add_commands(self, commands: Any) -> None:  # noqa: B027
        """Add subcommands of its own to `crossdock`, if it has any.

        Parameters
        ----------
        commands
            ``commands.add(name, run, text)`` gives an argparse parser, whose options `run` gets;
            ``commands.group(name, text)`` a place for subcommands of a subcommand.
        """

    def on_card(self, options: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Give the options of the same docking on a graphics card; None where it cannot use one."""
        return None

    def on_processors(self, options: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Give the options of the same docking without a card, from which a card's time is told; None without any."""
        return None

    def gpus(self, options: Mapping[str, Any]) -> int:
        """Tell how many graphics cards a docking takes."""
        return 0

    def scan(self, receptor: Structure, ligand: Structure, request: Request, part: int, parts: int) -> Any:
        """Search a part of the orientations, from 1; numpy arrays by name, for a backend that `can.split`."""
        raise NotImplementedError

    def join(self, scans: Sequence[Mapping[str, NDArray[Any]]]) -> Any:
        """Put parts of a search together, in their order, for `Request.scan`."""
        raise NotImplementedError


def text_beside(package: str, file: str) -> str:
    """Read a text file of a backend's folder."""
    return resources.files(package).joinpath(file).read_text(encoding="utf-8")


def rules_beside(package: str, file: str = "options.yaml") -> dict[str, dict[str, Any]]:
    """Read rules of options from a YAML file in a backend's folder: key -> type, default, description."""
    rules: dict[str, dict[str, Any]] = of_package(package, file)
    return rules
