"""One record with every number of a pair, and the contacts of its models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.analysis.affinity import (
    PUBLISHED_ERROR_KCAL_MOL,
    Affinity,
    dissociation_constant,
    predict,
    residue_kinds,
    withheld,
)
from crossdock.analysis.drawing import contact_map, interface_drawing
from crossdock.analysis.equivalents import equivalents
from crossdock.analysis.indices import agreement
from crossdock.analysis.interface import COLUMNS, RESIDUE_COLUMNS, interface_residues, residue_contacts, summary
from crossdock.analysis.records import AffinityRecord, ConformerScores, KnownRecord, ModelRecord, PairRecord
from crossdock.analysis.reference import ACCEPTABLE, judge
from crossdock.analysis.scripts import chimerax_script, pymol_script
from crossdock.analysis.surface import Surface, areas_together, surface
from crossdock.docking.bodies import Body
from crossdock.docking.conformers import ConformerPoses, best_of_each
from crossdock.docking.models import placed_models
from crossdock.docking.poses import CONFORMERS, PLACEMENT, placements
from crossdock.docking.record import DockingRecord, Method
from crossdock.files import whole_folder, write_table, write_text
from crossdock.records import write_record
from crossdock.rounding import rounded
from crossdock.structures.modelcif import Confidence, write_mmcif
from crossdock.structures.site import residue_places
from crossdock.structures.structure import Structure, distinct_chains

#: What a predicted affinity is never shown without.
CAVEAT = (
    "Calculated from the contacts of a model by an equation fitted to solved complexes. An incorrect "
    "model gets as strong a value as a correct one, and so does a pair that does not bind."
)


@dataclass(frozen=True)
class Analysis:
    """What the models of a pair show.

    Attributes
    ----------
    record : PairRecord
        As pair.json holds it.
    contacts, residues : tuple of DataFrame
        Of each model: rows of interface.csv and of residues.csv, without their column `model`.
    bodies : tuple of Body
        Both partners as each model has them, the ligand under the chain letters of the model files.
    confidence : tuple of Confidence
        What the program that predicted the first model says of it as a whole, where the model has pLDDT.
    """

    record: PairRecord
    contacts: tuple[pd.DataFrame, ...]
    residues: tuple[pd.DataFrame, ...]
    bodies: tuple[Body, ...]
    confidence: tuple[Confidence, ...] = ()


def analyse(
    names: Sequence[str],
    receptor: Structure,
    ligand: Structure,
    docking: DockingRecord,
    poses: pd.DataFrame,
    models: pd.DataFrame,
    members: pd.DataFrame,
    *,
    bodies: Sequence[Body] = (),
    known: str | None = None,
    note: str = "",
    temperature: float = 25.0,
    around: int = 4,
    replicates: Sequence[pd.DataFrame] = (),
    asked_for: str | None = None,
) -> Analysis:
    """Count contacts and areas of a pair's models, predict their affinity, and sum them up.

    Parameters
    ----------
    names : sequence of str
        Of receptor and ligand.
    receptor, ligand : Structure
    docking : DockingRecord
    poses, models, members : DataFrame
        The tables of poses.csv.gz, models.csv and members.csv.
    bodies : sequence of Body
        Of each pose, where the method gives coordinates of their own.
    known : str, optional
        The complex that both structures were selected from; the models are then judged by it.
    note : str
        Words shown with it.
    temperature : float
        Of the dissociation constants, in degrees Celsius.
    around : int
        The spread of dG is that over a model and so many of the best other poses of its cluster.
    replicates : sequence of DataFrame
        Poses of further dockings of the pair, which tell how far its score is noise.
    asked_for : str, optional
        Fingerprint of what the record is made of, kept in it.

    Returns
    -------
    Analysis

    Notes
    -----
    Everything has the chain letters of the model files.
    """
    letters = distinct_chains(receptor.chains, ligand.chains)
    ligand = ligand.with_chains(letters)
    if isinstance(bodies, ConformerPoses):
        bodies = bodies.with_ligand_chains(letters)
    else:
        bodies = [replace(body, ligand=body.ligand.with_chains(letters)) for body in bodies]
    scene = _Scene(receptor, ligand, bodies, temperature)
    tables: list[tuple[pd.DataFrame, pd.DataFrame]] = []
    measured: list[dict[str, Any]] = []
    for _, row in models.iterrows():
        seen = scene.look(row)
        contacts = residue_contacts(seen.body.receptor, seen.body.ligand)
        partners, alone = (seen.body.receptor, seen.body.ligand), (seen.alone[0].area, seen.alone[1].area)
        tables.append((contacts, interface_residues(partners, contacts, alone, seen.together)))
        numbers = summary(contacts)
        why = withheld(numbers["overlaps"], len(contacts))
        affinity = seen.affinity if any(seen.affinity.contacts.values()) and not why else None
        buried = [round(float((one - area).sum()), 1) for one, area in zip(alone, seen.together, strict=True)]
        spread = _spread(scene, _others(poses, members, row).head(around), affinity)
        numbers |= {"buried_receptor_A2": buried[0], "buried_ligand_A2": buried[1]}
        measured.append(numbers | _affinity(affinity) | {"dg_spread_kcal_mol": spread, "dg_withheld": why})
    placed = placed_models(receptor, ligand, models, bodies)
    shared = _shared_sites(receptor, [contacts for contacts, _ in tables])
    judged: list[dict[str, Any]] = [{}] * len(placed)
    if known:
        own = [body.receptor for body in placed] if bodies else None
        judged = list(judge(receptor, ligand, [body.ligand for body in placed], own))
    records = tuple(
        _model_record(row, docking.method.terms, plddt=body.plddt, **numbers, **sites, **verdict)
        for (_, row), body, numbers, sites, verdict in zip(
            models.iterrows(), placed, measured, shared, judged, strict=True
        )
    )
    firsts = docking.first_models
    dockings = (poses, *replicates)
    lowest = [float(table["score"].min()) for table in dockings]
    pair = PairRecord(
        receptor=names[0],
        ligand=names[1],
        backend=docking.backend,
        seed=docking.seed,
        score_unit=f"{docking.method.score_unit}, lower is better, not an affinity",
        score=float(rounded(np.mean(lowest), like=poses["score"])),
        replicate_scores=tuple(lowest[:1] if all(map(_over_template, dockings)) else lowest),
        decoys=docking.decoys,
        set_agreement=agreement(np.array(firsts.apart_A)) if firsts and firsts.sets else None,
        cluster_size=records[0].members,
        # A method that clusters by itself gives the centre of each cluster, with the number of its members.
        n_poses=int(poses["members"].sum()) if "members" in poses else len(poses),
        affinity=AffinityRecord(
            "PRODIGY's equation (Vangone & Bonvin 2015)", temperature, PUBLISHED_ERROR_KCAL_MOL, CAVEAT
        ),
        ligand_chains=letters,
        models=records,
        known=_known_record(known, note, records) if known else None,
        asked_for=asked_for,
        synthetic=docking.synthetic,
        replicates=_replicates(docking, poses),
        conformers=_conformers(dockings),
    )
    first, second = (tuple(found) for found in zip(*tables, strict=True))
    return Analysis(pair, first, second, tuple(placed), _confidence(records[0], docking.method))


def write_analysis(folder: str | Path, analysis: Analysis) -> None:
    """Write interface.csv, residues.csv, drawings/, scripts, complex.cif and pair.json of a pair."""
    pair, folder = analysis.record, Path(folder)
    names = (pair.receptor, pair.ligand)
    for name, tables, columns in (
        ("interface.csv", analysis.contacts, COLUMNS),
        ("residues.csv", analysis.residues, RESIDUE_COLUMNS),
    ):
        table = pd.concat([found.assign(model=model) for model, found in enumerate(tables)], ignore_index=True)
        write_table(folder / name, table[list(columns)])
    _draw(folder / "drawings", names, list(zip(analysis.contacts, analysis.residues, strict=True)), pair.models)
    first = analysis.bodies[0]
    chains = (first.receptor.chains, first.ligand.chains)
    plddt = all(model.plddt for model in pair.models)
    for name, script in (("view.pml", pymol_script), ("view.cxc", chimerax_script)):
        write_text(folder / name, script(names, chains, list(analysis.contacts), plddt=plddt))
    confidence = analysis.confidence if first.plddt else None
    write_mmcif(folder / "complex.cif", first.receptor, first.ligand, confidence=confidence)
    write_record(folder / "pair.json", pair)


def _over_template(poses: pd.DataFrame) -> bool:
    """Tell whether the best pose lies over a known complex: it is the same pose in each docking of the pair."""
    if "template_identity" not in poses:
        return False
    return bool(pd.notna(poses["template_identity"].iloc[int(poses["score"].argmin())]))


def _replicates(docking: DockingRecord, poses: pd.DataFrame) -> dict[str, tuple[float, ...]]:
    """Give the single values of numbers that are means over all models of the pair."""
    means = {one.name: one.mean_of for one in docking.method.numbers if one.mean_of in poses}
    values = {name: poses[single].to_numpy(dtype=float) for name, single in means.items()}
    return {name: tuple(one[np.isfinite(one)].tolist()) for name, one in values.items()}


def _conformers(dockings: Sequence[pd.DataFrame]) -> tuple[ConformerScores, ...]:
    """Give the best score of each combination of conformers in each docking of the pair."""
    each = [best_of_each(poses) for poses in dockings]
    return tuple(ConformerScores(*one, tuple(best[one] for best in each if one in best)) for one in sorted(each[0]))


#: Numbers that ModelCIF has a type for, the first that a model has: type -> names.
_KINDS = {"ipTM": ("complex_iptm", "iptm"), "pTM": ("ptm",)}


def _confidence(model: ModelRecord, method: Method) -> tuple[Confidence, ...]:
    """Give ipTM and pTM of a model, and what its program orders models by, as far as they are known."""
    about = {one.name: one for one in (*method.numbers, method.score)}
    found = []
    for kind, names in {**_KINDS, "other": (method.score.name,)}.items():
        name = next((one for one in names if model.extra.get(one) is not None), None)
        if name is not None and (value := model.extra[name]) is not None:
            named = about[name].shown if kind == "other" else kind
            found.append(Confidence(named, kind, value, about[name].help))
    return tuple(found)


@dataclass(frozen=True)
class _Seen:
    """A pose with what is computed of it."""

    body: Body
    alone: tuple[Surface, Surface]
    together: tuple[NDArray[np.float64], NDArray[np.float64]]
    affinity: Affinity


class _Scene:
    """Computes surfaces and affinities of poses; of rigid partners the surface of each alone is computed once.

    So it is of each conformer of a partner.
    """

    def __init__(self, receptor: Structure, ligand: Structure, bodies: Sequence[Body], temperature: float) -> None:
        self.receptor, self.ligand, self.bodies, self.temperature = receptor, ligand, bodies, temperature
        self._known: dict[int, tuple[Surface, Any]] = {}

    def _of(self, structure: Structure) -> tuple[Surface, Any]:
        """Give the surface and the kinds of residues of a partner where it is prepared."""
        if id(structure) not in self._known:
            self._known[id(structure)] = surface(structure), residue_kinds(structure)
        return self._known[id(structure)]

    def look(self, pose: pd.Series) -> _Seen:
        """Compute what a row of models.csv, or of poses, shows."""
        (body,) = placed_models(self.receptor, self.ligand, pose.to_frame().T, self.bodies)
        if self.bodies and not isinstance(self.bodies, ConformerPoses):
            alone, kinds = (surface(body.receptor), surface(body.ligand)), None
        else:
            fixed, moving = self.receptor, self.ligand
            if isinstance(self.bodies, ConformerPoses):
                fixed, moving = self.bodies.conformers.of((int(pose[CONFORMERS[0]]), int(pose[CONFORMERS[1]])))
            turns, shifts = placements(pose.to_frame().T)
            (one, kind), (other, other_kind) = self._of(fixed), self._of(moving)
            alone, kinds = (one, other.moved(turns[0], shifts[0])), (kind, other_kind)
        together = areas_together(*alone)
        affinity = predict(body.receptor, body.ligand, together, temperature=self.temperature, kinds=kinds)
        return _Seen(body, alone, together, affinity)


def _draw(
    folder: Path,
    names: Sequence[str],
    tables: list[tuple[pd.DataFrame, pd.DataFrame]],
    records: Sequence[ModelRecord],
) -> None:
    """Draw the interface of each model, and its map, in place of those of an earlier run."""
    with whole_folder(folder) as aside:
        for number, ((contacts, residues), record) in enumerate(zip(tables, records, strict=True)):
            title = f"{names[1]} on {names[0]}, model {number}"
            if record.dockq is not None:
                title += f" (DockQ {record.dockq:.2f})"
            drawn = interface_drawing(contacts, residues, names, title=title)
            write_text(aside / f"interface_{number:02d}.svg", drawn)
            write_text(aside / f"map_{number:02d}.svg", contact_map(contacts, names, title=title))


def _affinity(affinity: Affinity | None) -> dict[str, float]:
    """Give what a model has of a predicted affinity: dG, and Kd with the range of its error; nothing without one."""
    if affinity is None:
        return {}
    low, high = (
        dissociation_constant(affinity.dg + error, affinity.temperature)
        for error in (-PUBLISHED_ERROR_KCAL_MOL, PUBLISHED_ERROR_KCAL_MOL)
    )
    constants = {"kd_M": affinity.kd, "kd_low_M": low, "kd_high_M": high}
    return {"dg_kcal_mol": round(affinity.dg, 2), **{key: float(f"{kd:.3g}") for key, kd in constants.items()}}


def _others(poses: pd.DataFrame, members: pd.DataFrame, model: pd.Series) -> pd.DataFrame:
    """Give the other poses of a model's cluster, best first; a server's clusters come without theirs."""
    ranks, own = poses["rank"].to_numpy(), members["cluster"].to_numpy() == model["cluster"]
    others: pd.DataFrame = poses[np.isin(ranks, members["pose"].to_numpy()[own]) & (ranks != model["pose"])]
    return others


def _spread(scene: _Scene, around: pd.DataFrame, affinity: Affinity | None) -> float | None:
    """Tell how far the predicted dG varies over a model and the poses around it: standard deviation in kcal/mol."""
    if around.empty or affinity is None:
        return None
    values = [affinity.dg, *(scene.look(pose).affinity.dg for _, pose in around.iterrows())]
    return round(float(np.std(values, ddof=1)), 2)


def _shared_sites(receptor: Structure, contacts: Sequence[pd.DataFrame]) -> list[dict[str, int | None]]:
    """Count for each model the others that meet at least half of its receptor residues, or equivalent ones, and none.

    Nulls where a model meets nothing.
    """
    places = {(chain, f"{number}{code}"): i for i, (chain, number, code) in enumerate(residue_places(receptor))}
    met = np.zeros((len(contacts), len(places)), dtype=bool)
    for row, table in zip(met, contacts, strict=True):
        row[[places[place] for place in zip(table["receptor_chain"], table["receptor_number"], strict=True)]] = True
    common = np.zeros((len(met), len(met)))
    for laid in equivalents(receptor):
        moved = np.zeros_like(met)
        moved[:, laid[laid >= 0]] = met[:, laid >= 0]
        common = np.maximum(common, moved.astype(float) @ met.T)
    counts: list[dict[str, int | None]] = []
    for number, (row, own) in enumerate(zip(common, met.sum(axis=1), strict=True)):
        others = np.delete(row, number)
        shared = (int((2 * others >= own).sum()), int((others == 0).sum())) if own else (None, None)
        counts.append({"models_at_site": shared[0], "models_elsewhere": shared[1]})
    return counts


def _model_record(row: pd.Series, terms: Sequence[str], **measured: Any) -> ModelRecord:
    """Join a row of models.csv with what was counted of the model."""
    numbers: dict[str, Any] = {str(key): value for key, value in row.items()}
    q, t = ([float(numbers.pop(key)) for key in keys] for keys in (PLACEMENT[:4], PLACEMENT[4:]))
    own: dict[str, Any] = {key: int(numbers.pop(key)) for key in ("model", "cluster", "members", "pose")}
    own |= {key: int(numbers.pop(key)) for key in CONFORMERS if key in numbers}
    own |= {key: float(numbers.pop(key)) for key in ("score", "center_score", "lowest_score") if key in numbers}
    return ModelRecord(
        **own,
        representative=numbers.pop("representative", None),
        terms={key: float(numbers.pop(key)) for key in terms if key in numbers},
        extra={key: _finite(value) for key, value in numbers.items() if not isinstance(value, str)},
        quaternion=(q[0], q[1], q[2], q[3]),
        translation_A=(t[0], t[1], t[2]),
        **measured,
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _known_record(known: str, note: str, records: Sequence[ModelRecord]) -> KnownRecord:
    judged = [(record.model, record.dockq) for record in records if record.dockq is not None]
    best, dockq = max(judged, key=lambda one: one[1])
    return KnownRecord(known, note, best, dockq, next((model for model, dockq in judged if dockq >= ACCEPTABLE), None))
