"""The templates of a pair -> poses: laid over, moved out of clashes by the local engine, scored by its terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.docking.backends.contract import FREE, Request, Result, Site
from crossdock.docking.backends.imported import no_result
from crossdock.docking.backends.template.lay import pose_over
from crossdock.docking.backends.template.library import Chain, protein_of
from crossdock.docking.backends.template.record import RECORD, PairTemplates, TemplateRecord, read
from crossdock.docking.backends.template.sides import Template, on_conformers, residue_contacts
from crossdock.docking.clustering import distinct_poses
from crossdock.docking.engine.atoms import DockingAtoms, docking_atoms
from crossdock.docking.engine.energy import Energy
from crossdock.docking.engine.refinement import refine
from crossdock.docking.poses import CLUSTER_COLUMNS, pose_table
from crossdock.docking.record import KnownComplex
from crossdock.errors import DockingError, InputError
from crossdock.geometry.rotations import matrix
from crossdock.structures.structure import Structure

#: Poses of several templates that lie nearer than this (RMSD of the ligand's atoms, in angstrom) are one model.
APART_A = 4.0
#: Least part of a template's contacts that a model over it has. One with fewer was pushed out of the known interface.
LEAST_KEPT = 0.25
#: Why a template over which there is no such model is left out.
NO_FIT = f"in the model over it less than {LEAST_KEPT:.0%} of its contacts are left: the partners do not fit"
#: Fewest residues by which a conformer is superposed.
FEWEST = 3
#: Steps of the engine's descent. Twenty, as after a search, leave clashes of a superposition.
STEPS = 100

Vectors = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Laid:
    """Poses of a pair over its templates, a row each.

    Attributes
    ----------
    quaternions : ndarray, dtype=float64, shape=(n, 4)
    translations : ndarray, dtype=float64, shape=(n, 3)
        In angstrom.
    terms : ndarray, dtype=float64, shape=(n, 5)
        Weighted energy terms, in arbitrary units.
    moved : ndarray, dtype=float64, shape=(n,)
        How far the ligand's atoms were moved out of clashes (RMSD), in angstrom.
    kept : ndarray, dtype=int64, shape=(n,)
        Contacts of the template that the pose has too.
    """

    quaternions: Vectors
    translations: Vectors
    terms: Vectors
    moved: Vectors
    kept: NDArray[np.int64]


def lay(
    receptor: Structure,
    ligand: Structure,
    templates: Sequence[Template],
    sites: tuple[Site, Site] = (FREE, FREE),
    *,
    threads: int = 1,
) -> Laid:
    """Lay both partners over each template, and move the ligand downhill on the engine's energy.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared.
    templates : sequence of Template
        Of these two, one or more.
    sites : tuple of Site
        Where each partner may be met.
    threads : int

    Returns
    -------
    Laid
    """
    bodies = protein_of(receptor), protein_of(ligand)
    fixed, moving = _atoms(receptor, ligand, sites)
    laid = [pose_over(*bodies, one) for one in templates]
    quaternions, translations = (np.array(column) for column in zip(*laid, strict=True))
    before = _moved(ligand.coord, quaternions, translations)
    quaternions, translations, terms = refine(
        fixed, moving, Energy(), quaternions, translations, steps=STEPS, threads=threads
    )
    quaternions = quaternions * np.where(quaternions[:, :1] < 0, -1.0, 1.0)
    after = _moved(ligand.coord, quaternions, translations)
    poses = zip(templates, quaternions, translations, strict=True)
    kept = [_kept(*bodies, one, turn, shift) for one, turn, shift in poses]
    moved = np.sqrt(((after - before) ** 2).sum(axis=2).mean(axis=1))
    return Laid(quaternions, translations, terms, moved, np.array(kept, dtype=np.int64))


def _atoms(receptor: Structure, ligand: Structure, sites: tuple[Site, Site]) -> tuple[DockingAtoms, DockingAtoms]:
    """Give both partners as the engine sees them."""
    made = []
    for role, structure, site in zip(("receptor", "ligand"), (receptor, ligand), sites, strict=True):
        try:
            made.append(docking_atoms(structure, site.closed, site.pull))
        except DockingError as error:
            raise DockingError(error.what, where=role, hint=error.hint) from error
    return made[0], made[1]


def _moved(coord: Vectors, quaternions: Vectors, translations: Vectors) -> Vectors:
    """Give atoms as each pose has them, shape=(n, m, 3)."""
    moved: Vectors = np.einsum("nij,aj->nai", matrix(quaternions), coord) + translations[:, None, :]
    return moved


def _kept(receptor: Chain, ligand: Chain, template: Template, quaternion: Vectors, translation: Vectors) -> int:
    """Count the contacts of a template that a pose has too."""
    there = ligand.body.coord @ matrix(quaternion).T + translation
    made = residue_contacts(receptor, receptor.body.coord, ligand, there)
    return len(set(map(tuple, made.tolist())) & set(map(tuple, template.met.tolist())))


def order_of(templates: Sequence[Template], laid: Laid) -> NDArray[np.int64]:
    """Rank poses over templates: the identity of the less similar side in steps of 10 %, then the score."""
    steps = [-int(round(one.identity, 4) * 10) for one in templates]
    found: NDArray[np.int64] = np.lexsort((laid.terms.sum(axis=1), steps))
    return found


def dock(receptor: Structure, ligand: Structure, request: Request) -> Result:
    """Make a model of a pair of each of its templates.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared.
    request : Request
        `result` is the pair's record.

    Returns
    -------
    Result
        A row for each template whose pose lies apart from those before it, with the others as its members.

    Raises
    ------
    InputError
        If no templates were looked for, or they are of other structures.
    DockingError
        If the partners fit over none of them.
    """
    if request.result is None:
        hint = "set `backend: template` and `templates: {folder: FOLDER}` in a config, and start `crossdock run`"
        raise no_result("no templates were looked for", request.result, hint, RECORD)
    record, templates = read(request.result)
    _fit(receptor, ligand, templates, record)
    laid = lay(receptor, ligand, templates, (request.receptor_site, request.ligand_site), threads=request.threads)
    fits = _fits(np.array([len(one.met) for one in templates]), laid)
    unfit = _entries(record, ~fits)
    if not fits.any():
        raise DockingError(f"{', '.join(unfit)}: {NO_FIT}")
    record, templates, laid = _those(record, templates, laid, fits)
    order = order_of(templates, laid)
    groups = _groups(ligand.coord, laid, order)
    rows = [_row(record.templates[own[0]], len(templates[own[0]].met), laid, own) for own in groups]
    table = pd.concat([_table(laid, [own[0] for own in groups]), pd.DataFrame(rows)], axis=1)
    table["rank"] = np.arange(1, len(table) + 1)
    return Result(
        table,
        record={
            "parameters": {"source": record.source, "energy": asdict(Energy()), "steps": STEPS},
            "counts": {"templates": len(templates), "poses": len(table)},
            "templates": {
                str(rank): [named(record.templates[at], len(templates[at].met), int(laid.kept[at])) for at in own]
                for rank, own in enumerate(groups, start=1)
            },
            "left_out": record.left_out | ({NO_FIT: unfit} if unfit else {}),
        },
    )


@dataclass(frozen=True, eq=False)
class Over:
    """Poses over the templates of a pair, what each template is, its smaller identity, and entries without a pose."""

    laid: Laid
    known: list[dict[str, Any]]
    identity: Vectors
    unfit: list[str]


def over_templates(
    receptor: Structure,
    ligand: Structure,
    path: Path,
    sites: tuple[Site, Site],
    *,
    first: tuple[Structure, Structure] | None = None,
    threads: int = 1,
) -> Over | None:
    """Lay both partners over their templates, for a backend that adds these poses to its own.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared.
    path : Path
        The pair's record.
    sites : tuple of Site
    first : tuple of Structure, optional
        The structures that the record is of, where both partners are other conformers of them.
    threads : int

    Returns
    -------
    Over or None
        None where a conformer has less than three residues of each template.
    """
    record, templates = read(path)
    _fit(*(first or (receptor, ligand)), templates, record)
    contacts = np.array([len(one.met) for one in templates])
    if first:
        templates = [on_conformers(one, first, (receptor, ligand)) for one in templates]
        enough = [min(len(side.own) for side in one.sides) >= FEWEST for one in templates]
        if not any(enough):
            return None
        record = replace(record, templates=tuple(compress(record.templates, enough)))
        templates, contacts = list(compress(templates, enough)), contacts[enough]
    laid = lay(receptor, ligand, templates, sites, threads=threads)
    fits = _fits(contacts, laid)
    unfit = _entries(record, ~fits)
    record, templates, laid = _those(record, templates, laid, fits)
    known = [
        named(one, len(template.met), int(kept))
        for one, template, kept in zip(record.templates, templates, laid.kept, strict=True)
    ]
    identity = np.array([min(one.receptor.identity, one.ligand.identity) for one in record.templates], dtype=float)
    return Over(laid, known, identity, unfit)


def with_templates(
    docked: tuple[Vectors, Vectors, Vectors], over: Over | None
) -> tuple[pd.DataFrame, dict[str, list[dict[str, Any]]]]:
    """Make one table of docked poses and those over templates.

    Parameters
    ----------
    docked : tuple of ndarray
        Quaternions, translations and weighted terms of n poses.
    over : Over, optional
        None without a template.

    Returns
    -------
    poses : DataFrame
        Best score first. With a template, `template_identity` is a number for the poses over one, and not known of all
        others.
    known : dict of str to list
        Rank of each pose over a template -> that template, as a `KnownComplex`.
    """
    if over is None:
        return pose_table(docked[2], docked[0], docked[1]), {}
    laid = (over.laid.quaternions, over.laid.translations, over.laid.terms)
    quaternions, translations, terms = (np.concatenate(both) for both in zip(docked, laid, strict=True))
    poses = pose_table(terms, quaternions, translations)
    order = np.argsort(terms.sum(axis=1), kind="stable")  # as `pose_table` has it
    first = len(docked[0])
    identity = np.r_[np.full(first, np.nan), over.identity][order]
    poses.insert(list(poses).index("qw"), "template_identity", identity)
    ranks = {str(rank): [over.known[at - first]] for rank, at in enumerate(order.tolist(), start=1) if at >= first}
    return poses, ranks


def named(one: TemplateRecord, contacts: int, kept: int) -> dict[str, Any]:
    """Give what docking.json says of a template, as a `KnownComplex`."""
    return asdict(
        KnownComplex(
            one.entry,
            one.assembly,
            one.resolution_A,
            one.receptor.chains,
            one.ligand.chains,
            one.receptor.identity,
            one.ligand.identity,
            one.receptor.coverage,
            one.ligand.coverage,
            contacts,
            kept,
        )
    )


def _fits(contacts: NDArray[np.int64], laid: Laid) -> NDArray[np.bool_]:
    """Tell which poses have enough of the contacts of their templates, which have so many."""
    fits: NDArray[np.bool_] = laid.kept >= LEAST_KEPT * contacts
    return fits


def _entries(record: PairTemplates, chosen: NDArray[np.bool_]) -> list[str]:
    return list(dict.fromkeys(record.templates[at].entry for at in np.flatnonzero(chosen)))


def _those(
    record: PairTemplates, templates: Sequence[Template], laid: Laid, chosen: NDArray[np.bool_]
) -> tuple[PairTemplates, list[Template], Laid]:
    """Take some templates, with their poses."""
    rows = np.flatnonzero(chosen).tolist()
    return (
        replace(record, templates=tuple(record.templates[at] for at in rows)),
        [templates[at] for at in rows],
        Laid(*(getattr(laid, one.name)[rows] for one in fields(Laid))),
    )


def _groups(coord: Vectors, laid: Laid, order: NDArray[np.int64]) -> list[list[int]]:
    """Put poses that lie near each other together, the first of each group by rank; groups in order of these."""
    turned = np.arange(len(order), dtype=float)
    first = distinct_poses(
        coord, laid.quaternions[order], laid.translations[order], turned, apart=APART_A, most=len(order)
    )
    groups = [[int(order[at])] for at in first]
    moved = _moved(coord, laid.quaternions, laid.translations)
    for at in order.tolist():
        if any(at == own[0] for own in groups):
            continue
        away = [float(((moved[at] - moved[own[0]]) ** 2).sum(axis=1).mean()) for own in groups]
        groups[int(np.argmin(away))].append(at)
    return groups


def _row(one: TemplateRecord, met: int, laid: Laid, own: list[int]) -> dict[str, float]:
    """Give the numbers of a model, and its cluster."""
    scores = laid.terms.sum(axis=1)
    kept = int(laid.kept[own[0]])
    cluster = (len(own), round(float(scores[own[0]]), 4), round(float(scores[own].min()), 4))
    return {
        **dict(zip(CLUSTER_COLUMNS, cluster, strict=True)),
        "template_identity": min(one.receptor.identity, one.ligand.identity),
        "receptor_identity": one.receptor.identity,
        "ligand_identity": one.ligand.identity,
        "template_coverage": min(one.receptor.coverage, one.ligand.coverage),
        "template_contacts": float(met),
        "contacts_kept": float(kept),
        "contacts_lost": float(met - kept),
        "moved_A": round(float(laid.moved[own[0]]), 3),
        "resolution_A": np.nan if one.resolution_A is None else one.resolution_A,
    }


def _table(laid: Laid, chosen: list[int]) -> pd.DataFrame:
    """Give the poses of chosen templates as a table, in their order."""
    parts = [pose_table(laid.terms[[at]], laid.quaternions[[at]], laid.translations[[at]]) for at in chosen]
    return pd.concat(parts, ignore_index=True)


def _fit(receptor: Structure, ligand: Structure, templates: Sequence[Template], record: PairTemplates) -> None:
    """Stop where templates are of other structures."""
    for side, body in (("receptor", protein_of(receptor)), ("ligand", protein_of(ligand))):
        if any(getattr(one, side).own.max() >= len(body) for one in templates):
            raise InputError(
                f"the templates are of another structure of {getattr(record, side)}",
                where=side,
                hint="remove the results of the pair and start `crossdock run` again",
            )
