"""Off the grid: energies of poses as direct sums over atom pairs, and poses moved downhill."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crossdock.compiled import compiled
from crossdock.docking.engine.atoms import DockingAtoms
from crossdock.docking.engine.energy import (
    COULOMB_CUTOFF,
    Energy,
    contact_potential,
    coulomb,
    ramp,
    residue_potential,
)
from crossdock.docking.engine.neighbours import Neighbours, cube_at, neighbours
from crossdock.geometry.rotations import matrix, product, rows

_rows, _product = compiled(nogil=True)(rows), compiled(nogil=True)(product)


_Point = tuple[float, float, float]
_Rotation = tuple[_Point, _Point, _Point]


class _Atoms(NamedTuple):
    """Atoms as compiled code takes them, columns of `DockingAtoms`."""

    coord: NDArray[np.float64]
    kind: NDArray[np.int64]
    charge: NDArray[np.float64]
    hardness: NDArray[np.float64]
    closed: NDArray[np.float64]
    attract: NDArray[np.float64]


class _Sites(NamedTuple):
    """Points of residues as compiled code takes them."""

    coord: NDArray[np.float64]
    kind: NDArray[np.int64]


class _Bodies(NamedTuple):
    """Both partners, the ligand's centre at the origin, and which points of the receptor lie near a place."""

    receptor: _Atoms
    near_atoms: Neighbours
    ligand: _Atoms
    receptor_sites: _Sites
    near_sites: Neighbours
    ligand_sites: _Sites


class _Tables(NamedTuple):
    """The energy function as compiled code takes it."""

    contact: NDArray[np.float64]
    residue: NDArray[np.float64]
    distances: NDArray[np.float64]
    shells: NDArray[np.float64]
    weights: NDArray[np.float64]


def pose_terms(
    receptor: DockingAtoms,
    ligand: DockingAtoms,
    energy: Energy,
    quaternions: NDArray[np.float64],
    translations: NDArray[np.float64],
    *,
    threads: int = 1,
) -> NDArray[np.float64]:
    """Compute the weighted energy terms of poses by summing over atom pairs.

    Parameters
    ----------
    receptor, ligand : DockingAtoms
    energy : Energy
    quaternions : ndarray, dtype=float64, shape=(m, 4)
    translations : ndarray, dtype=float64, shape=(m, 3)
        A pose is `x' = R(q) x + t`, in angstrom.
    threads : int
        Poses scored side by side; the result does not depend on it.

    Returns
    -------
    ndarray, dtype=float64, shape=(m, 5)
        The terms of `TERMS`, weighted, in arbitrary units; their sum is the score.
    """
    return refine(receptor, ligand, energy, quaternions, translations, steps=0, threads=threads)[2]


def refine(
    receptor: DockingAtoms,
    ligand: DockingAtoms,
    energy: Energy,
    quaternions: NDArray[np.float64],
    translations: NDArray[np.float64],
    *,
    steps: int = 20,
    threads: int = 1,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Move poses, as rigid bodies, downhill on the energy.

    Parameters
    ----------
    receptor, ligand : DockingAtoms
    energy : Energy
    quaternions : ndarray, dtype=float64, shape=(m, 4)
    translations : ndarray, dtype=float64, shape=(m, 3)
    steps : int
        Most steps of a pose; with 0 none moves.
    threads : int
        Poses refined side by side; the result does not depend on it.

    Returns
    -------
    quaternions, translations : ndarray
        The moved poses; none has a higher energy than before.
    terms : ndarray, dtype=float64, shape=(m, 5)
        Their weighted energy terms.

    Notes
    -----
    Steepest descent in three shifts and three turns about the ligand's centre, turns measured by how far they move an
    atom at the radius of gyration. A step grows while it pays and shrinks when it does not; it starts at 0.4 angstrom.
    """
    middle = ligand.coord.mean(axis=0)
    bodies, tables = _bodies(receptor, ligand, energy), _tables(energy)
    radius = max(1.0, np.sqrt((bodies.ligand.coord**2).sum(axis=1).mean()))  # of gyration; a single atom has none
    quaternions = np.array(quaternions, dtype=float)
    places = np.asarray(translations, dtype=float) + np.einsum("nij,j->ni", matrix(quaternions), middle)
    terms = np.empty((len(quaternions), 5))
    chunks = [slice(part[0], part[-1] + 1) for part in np.array_split(np.arange(len(places)), 4 * threads) if len(part)]
    with ThreadPoolExecutor(threads) as pool:
        # Poses are moved in place.
        list(
            pool.map(
                lambda part: _descend(bodies, tables, quaternions[part], places[part], terms[part], steps, radius),
                chunks,
            )
        )
    return quaternions, places - np.einsum("nij,j->ni", matrix(quaternions), middle), terms


def _bodies(receptor: DockingAtoms, ligand: DockingAtoms, energy: Energy) -> _Bodies:
    """Lay out both partners for compiled code."""
    middle = ligand.coord.mean(axis=0)
    atoms, sites = _order(receptor.coord, energy.cutoff), _order(receptor.centre, energy.shells[-1] + 0.5)
    fixed = _Atoms(
        receptor.coord[atoms],
        receptor.kind[atoms],
        receptor.charge[atoms],
        receptor.hardness[atoms],
        receptor.closed[atoms],
        receptor.attract[atoms],
    )
    moving = _Atoms(ligand.coord - middle, ligand.kind, ligand.charge, ligand.hardness, ligand.closed, ligand.attract)
    fixed_sites = _Sites(receptor.centre[sites], receptor.residue[sites])
    return _Bodies(
        fixed,
        neighbours(fixed.coord, energy.cutoff),
        moving,
        fixed_sites,
        neighbours(fixed_sites.coord, energy.shells[-1] + 0.5, edge=4.0),
        _Sites(ligand.centre - middle, ligand.residue),
    )


def _order(coord: NDArray[np.float64], edge: float) -> NDArray[np.int64]:
    """Order points by cubes, so that those near one another lie near one another in memory."""
    if not len(coord):
        return np.zeros(0, dtype=np.int64)
    return np.lexsort(np.floor((coord - coord.min(axis=0)) / edge).T[::-1])


def _tables(energy: Energy) -> _Tables:
    """Lay out the energy function for compiled code."""
    return _Tables(contact_potential(), residue_potential(), energy.distances, np.array(energy.shells), energy.weights)


@compiled(nogil=True, error_model="numpy")
def _descend(
    bodies: _Bodies,
    tables: _Tables,
    quaternions: NDArray[np.float64],
    places: NDArray[np.float64],
    terms: NDArray[np.float64],
    steps: int,
    radius: float,
) -> None:
    """Minimise poses, and write their weighted terms, in place."""
    slope, new_slope, sums, new_sums = np.empty(6), np.empty(6), np.empty(7), np.empty(7)
    for m in range(len(quaternions)):
        q, place = quaternions[m].copy(), places[m].copy()
        step, best = 0.4, _score(bodies, tables, q, place, sums, slope)
        for _ in range(steps):
            length = np.sqrt((slope[:3] ** 2).sum() + (slope[3:] ** 2).sum() / radius**2)
            if length == 0.0 or step < 0.01:
                break
            new_place = place - step / length * slope[:3]
            new_q = _turned(q, -step / length / radius**2 * slope[3:])
            value = _score(bodies, tables, new_q, new_place, new_sums, new_slope)
            if value < best:
                best, q, place = value, new_q, new_place
                slope[:], sums[:] = new_slope, new_sums
                step *= 1.3
            else:
                step *= 0.4
        quaternions[m], places[m] = q, place
        terms[m] = sums[:5]
        terms[m, 0] += sums[6]
        terms[m, 1] += sums[5]


@compiled(nogil=True, error_model="numpy")
def _score(
    bodies: _Bodies,
    tables: _Tables,
    q: NDArray[np.float64],
    place: NDArray[np.float64],
    sums: NDArray[np.float64],
    slope: NDArray[np.float64],
) -> float:
    """Compute the weighted sums of one pose and the slope for shifts and turns; give the score."""
    rotation, shift = _rows(q[0], q[1], q[2], q[3]), (place[0], place[1], place[2])
    slope[:] = 0.0
    _pair_sums(bodies, tables, rotation, shift, sums, slope)
    sums[4] = _site_sum(bodies, tables, rotation, shift, slope)
    sums *= tables.weights
    score: float = sums.sum()
    return score


@compiled(nogil=True)
def _turned(q: NDArray[np.float64], turn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn an orientation by a rotation vector in radians."""
    angle = np.sqrt((turn**2).sum())
    if angle < 1e-12:
        return q.copy()
    w, s = np.cos(angle / 2), np.sin(angle / 2) / angle
    return np.array(_product((w, turn[0] * s, turn[1] * s, turn[2] * s), q))


@compiled(inline="always")
def _applied(rotation: _Rotation, x: float, y: float, z: float) -> _Point:
    """Rotate a point."""
    a, b, c = rotation
    return (
        a[0] * x + a[1] * y + a[2] * z,
        b[0] * x + b[1] * y + b[2] * z,
        c[0] * x + c[1] * y + c[2] * z,
    )


@compiled(inline="always")
def _push(slope: NDArray[np.float64], rx: float, ry: float, rz: float, fx: float, fy: float, fz: float) -> None:
    """Add what a slope f at a point r of the ligand, from its centre, is for shifts and turns."""
    slope[0] += fx
    slope[1] += fy
    slope[2] += fz
    slope[3] += ry * fz - rz * fy
    slope[4] += rz * fx - rx * fz
    slope[5] += rx * fy - ry * fx


@compiled(nogil=True, error_model="numpy")
def _pair_sums(
    bodies: _Bodies,
    tables: _Tables,
    rotation: _Rotation,
    shift: _Point,
    sums: NDArray[np.float64],
    slope: NDArray[np.float64],
) -> None:
    """Compute the unweighted terms of atom pairs, and add their weighted slope."""
    # Arrays have a name each: numba counts references, in each turn of a loop, to what is taken from a tuple in it.
    coord, kinds, charges, hardnesses, closeds, attracts = bodies.receptor
    body, l_kinds, l_charges, l_hardnesses, l_closeds, l_attracts = bodies.ligand
    cubes, start, lists = bodies.near_atoms
    potential, weights = tables.contact, tables.weights
    clash_full, clash_none, reach_full, reach_none = tables.distances
    touching = max(clash_none, reach_none)
    cutoff2, touching2 = max(touching, COULOMB_CUTOFF) ** 2, touching**2
    met, squares = np.empty(len(coord), dtype=np.uint32), np.empty(len(coord))
    clash, touched, charged, contact, pulled, shut_off = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(len(body)):
        rx, ry, rz = _applied(rotation, body[j, 0], body[j, 1], body[j, 2])
        x, y, z = rx + shift[0], ry + shift[1], rz + shift[2]
        cube = cube_at(cubes, x, y, z)
        if cube < 0 or start[cube] == start[cube + 1]:
            continue
        kind, charge, hardness, closed, attract = l_kinds[j], l_charges[j], l_hardnesses[j], l_closeds[j], l_attracts[j]
        # Which of the listed atoms are near is decided without a branch, which a processor would often foresee wrongly.
        n = 0
        for at in range(start[cube], start[cube + 1]):
            i = lists[at]
            dx, dy, dz = x - coord[i, 0], y - coord[i, 1], z - coord[i, 2]
            d2 = dx * dx + dy * dy + dz * dz
            met[n], squares[n] = i, d2
            n += (d2 < touching2) | ((d2 < cutoff2) & (charges[i] * charge != 0.0))
        fx, fy, fz = 0.0, 0.0, 0.0
        for k in range(n):
            i = met[k]
            dx, dy, dz = x - coord[i, 0], y - coord[i, 1], z - coord[i, 2]
            qq, d = charges[i] * charge, np.sqrt(squares[k])
            pull = 0.0
            if d < reach_none:
                touch, fall = ramp(d, reach_full, reach_none)
                shut = closeds[i] * hardness + closed * hardnesses[i]
                drawn = attracts[i] * hardness + attract * hardnesses[i]
                pulled += drawn * touch
                shut_off += shut * touch
                pull += (weights[5] * drawn + weights[6] * shut) * fall
                if kinds[i] >= 0 and kind >= 0:
                    e = potential[kinds[i], kind]
                    touched += touch
                    contact += e * touch
                    pull += (weights[1] + weights[3] * e) * fall
            if d < clash_none:
                overlap, fall = ramp(d, clash_full, clash_none)
                clash += hardnesses[i] * hardness * overlap
                pull += weights[0] * hardnesses[i] * hardness * fall
            if qq != 0.0 and d < COULOMB_CUTOFF:
                value, fall = coulomb(d)
                charged += qq * value
                pull += weights[2] * qq * fall
            if d > 1e-6:
                pull /= d
                fx += pull * dx
                fy += pull * dy
                fz += pull * dz
        _push(slope, rx, ry, rz, fx, fy, fz)
    sums[0], sums[1], sums[2], sums[3], sums[5], sums[6] = clash, touched, charged, contact, pulled, shut_off


@compiled(nogil=True, error_model="numpy")
def _site_sum(
    bodies: _Bodies, tables: _Tables, rotation: _Rotation, shift: _Point, slope: NDArray[np.float64]
) -> float:
    """Compute the residue potential of one pose, unweighted, and add its weighted slope."""
    (coord, kinds), (body, l_kinds) = bodies.receptor_sites, bodies.ligand_sites
    cubes, start, lists = bodies.near_sites
    potential, shells, weight = tables.residue, tables.shells, tables.weights[4]
    cutoff2 = (shells[-1] + 0.5) ** 2
    total = 0.0
    for j in range(len(body)):
        rx, ry, rz = _applied(rotation, body[j, 0], body[j, 1], body[j, 2])
        x, y, z = rx + shift[0], ry + shift[1], rz + shift[2]
        cube = cube_at(cubes, x, y, z)
        if cube < 0:
            continue
        for at in range(start[cube], start[cube + 1]):
            i = lists[at]
            dx, dy, dz = x - coord[i, 0], y - coord[i, 1], z - coord[i, 2]
            d2 = dx * dx + dy * dy + dz * dz
            if d2 >= cutoff2:
                continue
            d = np.sqrt(d2)
            pull, inside, climb = 0.0, 0.0, 0.0
            for s in range(len(shells)):
                e = potential[kinds[i], l_kinds[j], s]
                # A shell is what lies within its outer border and not within its inner one; borders are 1 A wide.
                within, drop = ramp(d, shells[s] - 0.5, shells[s] + 0.5)
                total += e * (within - inside)
                pull += e * (drop - climb)
                inside, climb = within, drop
            if d > 1e-6:
                pull *= weight / d
                fx, fy, fz = pull * dx, pull * dy, pull * dz
                _push(slope, rx, ry, rz, fx, fy, fz)
    return total
