"""A pair docked and analysed in memory: what `crossdock.dock` gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crossdock.analysis.pair import Analysis, analyse, write_analysis
from crossdock.analysis.records import ModelRecord
from crossdock.docking.backends.contract import FREE, Site
from crossdock.docking.bodies import Body
from crossdock.docking.models import Models, models_of, write_models
from crossdock.docking.record import DockingRecord, Partner, write_docking
from crossdock.entries.sources import fetch, read_record
from crossdock.machine import cpu_seconds
from crossdock.panel.proteins import Protein, parse_entry
from crossdock.panel.schema import problems_of, rule_of
from crossdock.steps.dock import Progress, dock_structures, fields_of, site_of, write_result
from crossdock.steps.pairs import AS_USUAL, Clusters, Docks
from crossdock.steps.ready import described, ready
from crossdock.structures.prepare import prepare as prepare_file
from crossdock.structures.record import ProteinRecord
from crossdock.structures.structure import PREPARED, Structure, write_structure
from crossdock.version import __version__

if TYPE_CHECKING:
    import py3Dmol


#: What stands for a partner: what `prepare` gives, a structure, or a file.
Given = tuple[Structure, ProteinRecord] | Structure | str | Path


@dataclass(frozen=True, repr=False)
class Docking:
    """A docked pair: poses, their models, and what these show.

    Attributes
    ----------
    receptor, ligand : Structure
        As they were docked.
    poses : DataFrame
        The best first: rank, score (arbitrary units, lower is better, not an affinity), the method's own numbers, and
        the placement that moves the ligand's coordinates, ``x' = R(q) x + t``.
    record : DockingRecord
        What it was made of, and what it took.
    clusters : DataFrame
        Neighbouring poses, as clusters.csv has them.
    analysis : Analysis
        Contacts, areas and predicted affinities of the models.
    bodies : tuple of Body
        Of each pose, where the method gives coordinates of their own.
    """

    receptor: Structure
    ligand: Structure
    poses: pd.DataFrame
    record: DockingRecord
    clusters: pd.DataFrame
    analysis: Analysis
    bodies: tuple[Body, ...] = ()
    how: Clusters = AS_USUAL

    @property
    def models(self) -> pd.DataFrame:
        """A row a model: its number, score, cluster, contacts, buried area and predicted affinity."""
        return pd.DataFrame([flat(model) for model in self.analysis.record.models])

    @property
    def predicted_affinity(self) -> pd.DataFrame:
        """A row a model: dG in kcal/mol with its published error, and Kd in M with the range that follows from it.

        A count of contacts by PRODIGY's equation: a wrong model gets as strong a value as a right one. A model in which
        too many atoms overlap gets none, and `dg_withheld` says so.
        """
        error = self.analysis.record.affinity.published_error_kcal_mol
        columns = ["model", "dg_kcal_mol", "kd_M", "kd_low_M", "kd_high_M", "dg_spread_kcal_mol", "dg_withheld"]
        table = self.models[columns].copy()
        table.insert(2, "published_error_kcal_mol", error)
        return table

    def interface(self, model: int = 0) -> pd.DataFrame:
        """Give the residue contacts of a model, a row a pair of residues, as interface.csv has them."""
        return self.analysis.contacts[model]

    def residues(self, model: int = 0) -> pd.DataFrame:
        """Give what each residue of a model buries, as residues.csv has it."""
        return self.analysis.residues[model]

    def structure(self, model: int = 0) -> tuple[Structure, Structure]:
        """Give both partners as a model has them, the ligand under chain letters of its own."""
        body = self.analysis.bodies[model]
        return body.receptor, body.ligand

    def view(self, model: int = 0, *, width: int = 800, height: int = 500) -> py3Dmol.view:
        """Draw a model: ribbons, and the side chains of the interface."""
        from crossdock.report.view import view

        return view(self.analysis, model, width=width, height=height)

    def save(self, folder: str | Path) -> Path:
        """Write the pair's files, as `crossdock dock` and `crossdock analyse` do; give the folder."""
        folder = Path(folder)
        write_result(folder, self.poses, self.bodies, self.receptor, self.ligand)
        partners: dict[str, Any] = {}
        for name, body in (("receptor", self.receptor), ("ligand", self.ligand)):
            write_structure(folder / f"{name}.pdb", body, remarks=(f"{PREPARED} {__version__}",))
            partners[name] = described(folder / f"{name}.pdb", body)
        write_docking(folder / "docking.json", replace(self.record, **partners))
        more = {"bodies": self.bodies, "unit": self.record.method.score_unit, **asdict(self.how)}
        write_models(folder, self.receptor, self.ligand, self.poses, **more)
        write_analysis(folder, self.analysis)
        return folder

    def __repr__(self) -> str:
        best = f"{len(self.poses)} poses, {len(self.analysis.record.models)} models"
        return f"<docking by {self.record.backend}: {best}>"

    def _repr_html_(self) -> str:
        """Show the models in a notebook."""
        html: str = self.models.to_html(index=False)
        return html


def prepare(
    entry: str | Path, protein: Protein | None = None, *, folder: str | Path = "resources/entries", **keys: Any
) -> tuple[Structure, ProteinRecord]:
    """Make what of an entry stands for a protein ready for docking.

    Parameters
    ----------
    entry : str or Path
        A PDB or mmCIF file, or an entry as a config names it: a PDB id (``"7mws"``), ``"alphafold:P35372"`` or
        ``"demo:1ppe"``. What is not here is fetched.
    protein : Protein, optional
        What is taken of it, as a panel has it.
    folder : str or Path
        Where fetched entries are kept and looked for.
    **keys
        Keys of a protein (config/README.md; `partners` for `with`): ``prepare("4qci", chains=["C"])``.

    Returns
    -------
    structure : Structure
    record : ProteinRecord
        What it is, what was left out, where it may be met, and remarks.

    Raises
    ------
    StructureError, IdentityError, InputError, SourceError
        With what is wrong and what to do about it.
    """
    path = Path(entry)
    if not path.is_file():
        asked = parse_entry(str(entry))
        if asked.path is None:
            path = Path(folder) / asked.filename
            if not path.is_file():
                fetch(asked, path)
    return prepare_file(path, protein, provenance=read_record(path), **keys)


def _partner(given: Given) -> tuple[Structure, Site]:
    """Give a partner's structure, and where it may be met."""
    if isinstance(given, tuple):
        structure, record = given
        return structure, site_of(structure, record)
    if isinstance(given, str) and not Path(given).is_file():
        return _partner(prepare(given))  # an entry as a config names it
    return (given if isinstance(given, Structure) else ready(given)), FREE


def dock(
    receptor: Given,
    ligand: Given,
    *,
    backend: str = "local",
    seed: int = 1,
    threads: int = 1,
    clustering: Mapping[str, Any] | None = None,
    temperature: float = 25.0,
    names: tuple[str, str] = ("receptor", "ligand"),
    receptor_site: Site | None = None,
    ligand_site: Site | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Docking:
    """Dock a ligand to a receptor, group the poses into models, and analyse these.

    Parameters
    ----------
    receptor, ligand : tuple, Structure, str or Path
        The partner that stays and the one that moves: what `crossdock.prepare` gives, structure and record, of which
        the latter says where it may be met; the structure alone, which may be met anywhere; a PDB or mmCIF file, all of
        whose protein chains are taken; or an entry with one protein, as a config names it.
    backend : str
        The method; `crossdock backends` lists them.
    seed : int
        Of the random start orientations; the same seed and input give the same poses.
    threads : int
        The result does not depend on them.
    clustering : mapping, optional
        Keys of `clustering:` in a config, such as ``{"radius": 6.0, "models": 5}``.
    temperature : float
        Of dissociation constants, in degrees Celsius.
    names : tuple of str
        Of receptor and ligand, for drawings.
    receptor_site, ligand_site : Site, optional
        Atoms that may not be met, or that pull, in place of what the record says.
    progress : callable, optional
        Called with (done, total) of the work.
    **options
        Of the backend, such as ``sampling="fast"`` or ``rotations=500`` of the local engine.

    Returns
    -------
    Docking

    Raises
    ------
    InputError, StructureError, DockingError
        With what is wrong, where, and what to do about it.

    Examples
    --------
    >>> docking = crossdock.dock("barnase.pdb", "barstar.pdb", sampling="fast")  # doctest: +SKIP
    >>> docking.models[["model", "score", "dg_kcal_mol"]]  # doctest: +SKIP
    """
    (fixed, its_site), (moving, other_site) = (_partner(one) for one in (receptor, ligand))
    for problem in problems_of(dict(clustering or {}), rule_of("clustering"), "clustering"):
        raise problem
    how, grouped = Docks(backend, options, seed), Clusters(**(clustering or {}))
    sites = (receptor_site or its_site, ligand_site or other_site)
    began = cpu_seconds()
    done = dock_structures(fixed, moving, how, sites=sites, threads=threads, progress=progress)
    known, details = fields_of(done.record)
    record = DockingRecord(
        backend=backend,
        receptor=Partner(fixed.n_residues, len(fixed), ""),
        ligand=Partner(moving.n_residues, len(moving), ""),
        asked_for="",
        seed=seed,
        method=done.method,
        docked=datetime.now(UTC).isoformat(timespec="seconds"),
        threads=threads,
        cpu_seconds=round(cpu_seconds() - began, 2),
        details=details,
        **known,
    )
    made: Models = models_of(fixed, moving, done.poses, **asdict(grouped))
    found = analyse(
        names,
        fixed,
        moving,
        record,
        done.poses,
        made.table,
        made.members,
        bodies=done.bodies,
        temperature=temperature,
    )
    return Docking(fixed, moving, done.poses, record, made.clusters, found, done.bodies, grouped)


def flat(model: ModelRecord) -> dict[str, Any]:
    """Give a model's numbers as a row of a table."""
    left = ("terms", "extra", "plddt", "contacts", "quaternion", "translation_A")
    own = {name: value for name, value in vars(model).items() if name not in left}
    return own | dict(model.terms) | dict(model.extra) | {"contacts": sum(model.contacts.values())}
