"""True interface residues made imperfect: what `docking.py --spoil` gives the engine in their place.

T are the residues of a partner's true interface. "Surface" is every residue that shows 20 % of its area or more and is
open to docking; distances are those of CA atoms.

third-missing  a third of T, drawn at random, is left out.
half-missing   half of T.
third-wrong    such a third is replaced by as many residues of the surface that are not in T, drawn at random.
half-wrong     the same with half of T.
shifted        the patch lies 10 angstrom beside: as many residues of the surface as T has, nearest to one of them that
               is drawn from those 8 to 12 angstrom from the middle of T (its residue nearest to the mean of T).
               In eight partners of the demo it keeps two fifths of T.
opposite       the patch lies on the other side: the same around the residue of the surface farthest from that middle.

What is drawn follows from the complex's id and the side alone, so that every run spoils it alike.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from crossdock.analysis.affinity import residue_kinds
from crossdock.analysis.surface import surface
from crossdock.structures.structure import Structure

SPOILS = ("none", "third-missing", "half-missing", "third-wrong", "half-wrong", "shifted", "opposite")
#: Least share of its area in an extended peptide that a residue of the surface shows.
SHOWN = 0.2
#: How far a shifted patch lies from the true one, from and to, in angstrom.
SHIFT = (8.0, 12.0)

Mask = NDArray[np.bool_]


def generator(name: str, side: str) -> np.random.Generator:
    """Give what draws for a side of a complex."""
    return np.random.default_rng(zlib.crc32(f"{name} {side}".encode()))


def spoiled(structure: Structure, true: Mask, how: str, draw: np.random.Generator, closed: Mask | None = None) -> Mask:
    """Spoil the interface of a partner.

    Parameters
    ----------
    structure : Structure
    true : ndarray, dtype=bool, shape=(n,)
        Atoms of the residues of its true interface.
    how : str
        One of `SPOILS`.
    draw : Generator
    closed : ndarray, dtype=bool, shape=(n,), optional
        Atoms that are closed to docking.

    Returns
    -------
    ndarray, dtype=bool, shape=(n,)
    """
    index = structure.residue_index
    chosen = np.bincount(index, true) > 0
    own = np.flatnonzero(chosen)
    if how == "none" or not len(own):
        return true
    shown = np.bincount(index, weights=surface(structure).area) / residue_kinds(structure).extended >= SHOWN
    if closed is not None:
        shown &= np.bincount(index, closed) == 0
    if how in ("shifted", "opposite"):
        return np.isin(index, _patch(_traces(structure), own, np.flatnonzero(shown), how, draw))
    share, kind = how.split("-")
    lost = draw.permutation(own)[: round(len(own) * {"third": 1 / 3, "half": 1 / 2}[share])]
    left = np.setdiff1d(own, lost)
    if kind == "wrong":
        others = draw.permutation(np.flatnonzero(shown & ~chosen))
        left = np.concatenate([left, others[: len(lost)]])
    return np.isin(index, left)


def _patch(
    trace: NDArray[np.float64], own: NDArray[np.int64], shown: NDArray[np.int64], how: str, draw: np.random.Generator
) -> NDArray[np.int64]:
    """Choose the residues of a patch of the surface beside the true one, or opposite to it."""
    mean = trace[own].mean(axis=0)
    middle = trace[own[np.linalg.norm(trace[own] - mean, axis=1).argmin()]]
    away = np.linalg.norm(trace[shown] - middle, axis=1)
    if how == "opposite":
        there = shown[away.argmax()]
    else:
        near = shown[(away >= SHIFT[0]) & (away <= SHIFT[1])]
        there = draw.choice(near) if len(near) else shown[np.abs(away - sum(SHIFT) / 2).argmin()]
    return shown[np.linalg.norm(trace[shown] - trace[there], axis=1).argsort(kind="stable")[: len(own)]]


def _traces(structure: Structure) -> NDArray[np.float64]:
    """Give the CA atom of each residue, the mean of its atoms where it has none, shape=(m, 3)."""
    index = structure.residue_index
    counts = np.bincount(index)
    found = np.stack([np.bincount(index, structure.coord[:, axis]) / counts for axis in range(3)], axis=1)
    alpha = structure.atom_name == "CA"
    found[index[alpha]] = structure.coord[alpha]
    return found
