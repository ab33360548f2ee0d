"""Off the grid: energies of poses as direct sums over atom pairs, and poses moved downhill."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

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
    shell,
)
from crossdock.geometry.rotations import matrix, product, rows

_rows, _product = compiled(nogil=True)(rows), compiled(nogil=True)(product)

# How compiled code takes both partners and the energy function.
_Columns = tuple[NDArray[Any], ...]
#: Columns in the order of the cubes that points lie in, and the cubes: origin, edge, shape, where each begins.
_Sorted = tuple[_Columns, tuple[NDArray[np.float64], float, NDArray[np.int64], NDArray[np.int64]]]
#: Atoms of receptor and ligand, then residue points of receptor and ligand.
_Bodies = tuple[_Sorted, _Columns, _Sorted, _Columns]
#: Contact potential, residue potential, distances, borders of shells, weights.
_Tables = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class CellList:
    """Receptor atoms sorted into cubes, so that a ligand atom meets only those near it."""

    origin: NDArray[np.float64]
    edge: float
    shape: NDArray[np.int64]
    start: NDArray[np.int64]
    order: NDArray[np.int64]


def cell_list(coord: NDArray[np.float64], edge: float) -> CellList:
    """Sort atoms into cubes.

    Parameters
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        In angstrom.
    edge : float
        Edge of a cube, in angstrom.

    Returns
    -------
    CellList
    """
    origin = coord.min(axis=0)
    index = ((coord - origin) / edge).astype(np.int64)
    shape = index.max(axis=0) + 1
    flat = np.ravel_multi_index(tuple(index.T), tuple(shape))
    order = np.argsort(flat, kind="stable")
    start = np.searchsorted(flat[order], np.arange(np.prod(shape) + 1))
    return CellList(origin, edge, shape, start, order)


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
    chunks = np.array_split(np.arange(len(quaternions)), max(1, 4 * threads))
    with ThreadPoolExecutor(threads) as pool:
        parts = list(
            pool.map(
                lambda chunk: _minimise(receptor, ligand, energy, quaternions[chunk], translations[chunk], steps=steps),
                chunks,
            )
        )
    moved, places, terms = (np.concatenate(column) for column in zip(*parts, strict=True))
    return moved, places, terms


def _sorted(coord: NDArray[np.float64], edge: float, *columns: NDArray[Any]) -> _Sorted:
    """Sort points into cubes; give the points and columns in that order, and where each cube begins."""
    cells = cell_list(coord if len(coord) else np.zeros((1, 3)), edge)
    order, start = cells.order[: len(coord)], np.minimum(cells.start, len(coord))
    return tuple(column[order] for column in (coord, *columns)), (cells.origin, cells.edge, cells.shape, start)


def _bodies(receptor: DockingAtoms, ligand: DockingAtoms, energy: Energy) -> _Bodies:
    """Lay out both partners for compiled code, the ligand's centre at the origin: atoms and residue points of each."""
    middle = ligand.coord.mean(axis=0)
    return (
        _sorted(
            receptor.coord,
            energy.cutoff,
            receptor.kind,
            receptor.charge,
            receptor.hardness,
            receptor.closed,
            receptor.attract,
        ),
        (ligand.coord - middle, ligand.kind, ligand.charge, ligand.hardness, ligand.closed, ligand.attract),
        _sorted(receptor.centre, energy.shells[-1] + 0.5, receptor.residue),
        (ligand.centre - middle, ligand.residue),
    )


def _tables(energy: Energy) -> _Tables:
    """Lay out the energy function for compiled code."""
    borders = np.array([-1.0, *energy.shells])
    return contact_potential(), residue_potential(), energy.distances, borders, energy.weights


def _minimise(
    receptor: DockingAtoms,
    ligand: DockingAtoms,
    energy: Energy,
    quaternions: NDArray[np.float64],
    translations: NDArray[np.float64],
    *,
    steps: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    bodies = _bodies(receptor, ligand, energy)
    middle = ligand.coord.mean(axis=0)
    radius = max(1.0, np.sqrt((bodies[1][0] ** 2).sum(axis=1).mean()))  # of gyration; a single atom has none
    quaternions = np.array(quaternions, dtype=float)
    places = np.asarray(translations, dtype=float) + np.einsum("nij,j->ni", matrix(quaternions), middle)
    terms = _descend(bodies, _tables(energy), quaternions, places, steps, radius)
    return quaternions, places - np.einsum("nij,j->ni", matrix(quaternions), middle), terms


@compiled(nogil=True)
def _descend(
    bodies: _Bodies,
    tables: _Tables,
    quaternions: NDArray[np.float64],
    places: NDArray[np.float64],
    steps: int,
    radius: float,
) -> NDArray[np.float64]:
    """Minimise poses in place; give their weighted terms."""
    n = len(quaternions)
    out = np.empty((n, 5))
    slope, new_slope, sums, new_sums = np.empty(6), np.empty(6), np.empty(len(tables[-1])), np.empty(len(tables[-1]))
    for m in range(n):
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
        out[m] = sums[:5]
        out[m, 0] += sums[6]
        out[m, 1] += sums[5]
    return out


@compiled(nogil=True)
def _score(
    bodies: _Bodies,
    tables: _Tables,
    q: NDArray[np.float64],
    place: NDArray[np.float64],
    sums: NDArray[np.float64],
    slope: NDArray[np.float64],
) -> float:
    """Compute the weighted sums of one pose and the slope for shifts and turns; give the score."""
    receptor, ligand, receptor_sites, ligand_sites = bodies
    potential, site_potential, ramps, borders, weights = tables
    R = np.array(_rows(q[0], q[1], q[2], q[3]))
    sums[:] = 0.0
    slope[:] = 0.0
    _pair_sums(receptor, ligand, R, place, potential, ramps, weights, sums, slope)
    _site_sums(receptor_sites, ligand_sites, R, place, site_potential, borders, weights, sums, slope)
    sums *= weights
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
def _applied(R: NDArray[np.float64], point: NDArray[np.float64]) -> tuple[float, float, float]:
    """Rotate a point."""
    return (
        R[0, 0] * point[0] + R[0, 1] * point[1] + R[0, 2] * point[2],
        R[1, 0] * point[0] + R[1, 1] * point[1] + R[1, 2] * point[2],
        R[2, 0] * point[0] + R[2, 1] * point[1] + R[2, 2] * point[2],
    )


@compiled(inline="always")
def _cube(x: float, y: float, z: float, origin: NDArray[np.float64], edge: float) -> tuple[int, int, int]:
    """Give the cube of a `CellList` that a point lies in; it may be beyond the list."""
    return (
        int(np.floor((x - origin[0]) / edge)),
        int(np.floor((y - origin[1]) / edge)),
        int(np.floor((z - origin[2]) / edge)),
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


@compiled(nogil=True)
def _pair_sums(
    receptor: _Sorted,
    ligand: _Columns,
    R: NDArray[np.float64],
    place: NDArray[np.float64],
    potential: NDArray[np.float64],
    distances: NDArray[np.float64],
    weights: NDArray[np.float64],
    sums: NDArray[np.float64],
    slope: NDArray[np.float64],
) -> None:
    """Add the unweighted terms of atom pairs, and their weighted slope."""
    (coord, kind, charge, hardness, closed, attract), (origin, edge, shape, start) = receptor
    body, l_kind, l_charge, l_hardness, l_closed, l_attract = ligand
    clash_full, clash_none, reach_full, reach_none = distances
    cutoff = max(clash_none, reach_none, COULOMB_CUTOFF)
    cutoff2 = cutoff * cutoff
    for j in range(body.shape[0]):
        rx, ry, rz = _applied(R, body[j])
        x, y, z = rx + place[0], ry + place[1], rz + place[2]
        cx, cy, cz = _cube(x, y, z, origin, edge)
        if cz < -1 or cz > shape[2]:
            continue
        fx, fy, fz = 0.0, 0.0, 0.0
        for ix in range(max(cx - 1, 0), min(cx + 2, shape[0])):
            for iy in range(max(cy - 1, 0), min(cy + 2, shape[1])):
                # Cubes along z lie one after another in the sorted atoms.
                row = (ix * shape[1] + iy) * shape[2]
                for i in range(start[row + max(cz - 1, 0)], start[row + min(cz + 2, shape[2])]):
                    dx, dy, dz = x - coord[i, 0], y - coord[i, 1], z - coord[i, 2]
                    d2 = dx * dx + dy * dy + dz * dz
                    if d2 >= cutoff2:
                        continue
                    d = np.sqrt(d2)
                    pull = 0.0
                    if d < reach_none:
                        touch, fall = ramp(d, reach_full, reach_none)
                        shut = closed[i] * l_hardness[j] + l_closed[j] * hardness[i]
                        drawn = attract[i] * l_hardness[j] + l_attract[j] * hardness[i]
                        sums[5] += drawn * touch
                        sums[6] += shut * touch
                        pull += (weights[5] * drawn + weights[6] * shut) * fall
                        if kind[i] >= 0 and l_kind[j] >= 0:
                            e = potential[kind[i], l_kind[j]]
                            sums[1] += touch
                            sums[3] += e * touch
                            pull += (weights[1] + weights[3] * e) * fall
                    if d < clash_none:
                        overlap, fall = ramp(d, clash_full, clash_none)
                        sums[0] += hardness[i] * l_hardness[j] * overlap
                        pull += weights[0] * hardness[i] * l_hardness[j] * fall
                    qq = charge[i] * l_charge[j]
                    if qq != 0.0 and d < COULOMB_CUTOFF:
                        value, fall = coulomb(d)
                        sums[2] += qq * value
                        pull += weights[2] * qq * fall
                    if d > 1e-6:
                        pull /= d
                        fx += pull * dx
                        fy += pull * dy
                        fz += pull * dz
        _push(slope, rx, ry, rz, fx, fy, fz)


@compiled(nogil=True)
def _site_sums(
    receptor: _Sorted,
    ligand: _Columns,
    R: NDArray[np.float64],
    place: NDArray[np.float64],
    potential: NDArray[np.float64],
    borders: NDArray[np.float64],
    weights: NDArray[np.float64],
    sums: NDArray[np.float64],
    slope: NDArray[np.float64],
) -> None:
    """Add the residue potential of one pose, and its weighted slope."""
    (coord, kind), (origin, edge, shape, start) = receptor
    body, l_kind = ligand
    cutoff = borders[-1] + 0.5
    for j in range(body.shape[0]):
        rx, ry, rz = _applied(R, body[j])
        x, y, z = rx + place[0], ry + place[1], rz + place[2]
        cx, cy, cz = _cube(x, y, z, origin, edge)
        if cz < -1 or cz > shape[2]:
            continue
        for ix in range(max(cx - 1, 0), min(cx + 2, shape[0])):
            for iy in range(max(cy - 1, 0), min(cy + 2, shape[1])):
                row = (ix * shape[1] + iy) * shape[2]
                for i in range(start[row + max(cz - 1, 0)], start[row + min(cz + 2, shape[2])]):
                    dx, dy, dz = x - coord[i, 0], y - coord[i, 1], z - coord[i, 2]
                    d2 = dx * dx + dy * dy + dz * dz
                    if d2 >= cutoff * cutoff:
                        continue
                    d = np.sqrt(d2)
                    pull = 0.0
                    for s in range(len(borders) - 1):
                        share, change = shell(d, borders[s], borders[s + 1])
                        sums[4] += potential[kind[i], l_kind[j], s] * share
                        pull += potential[kind[i], l_kind[j], s] * change
                    if d > 1e-6:
                        pull *= weights[4] / d
                        fx, fy, fz = pull * dx, pull * dy, pull * dz
                        _push(slope, rx, ry, rz, fx, fy, fz)
