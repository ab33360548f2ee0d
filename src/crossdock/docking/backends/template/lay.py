"""Partners laid over a template: superposed on its CA atoms, moved out of clashes, and scored."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crossdock.docking.bodies import superpose
from crossdock.geometry.rotations import matrix, multiply

if TYPE_CHECKING:
    from crossdock.docking.backends.template.library import Chain
    from crossdock.docking.backends.template.sides import Side, Template

#: Residues that lie farther apart than this after a superposition take no part in the next one, in angstrom; the
#: nearest half always does.
OUTLIER_A = 3.0
LEAST_KEPT = 0.5
#: A side is superposed by the residues whose CA atom lies this near to an atom of the other side, in angstrom, if there
#: are so many of them.
NEAR_INTERFACE_A, FEWEST_NEAR = 15.0, 12

Vector = NDArray[np.float64]


def overlay(
    target: NDArray[np.float64], source: NDArray[np.float64], *, outlier: float = OUTLIER_A
) -> tuple[Vector, Vector, float, NDArray[np.bool_]]:
    """Lay points over others by those that fit, leaving out what has moved.

    Parameters
    ----------
    target, source : ndarray, dtype=float64, shape=(n, 3)
        In angstrom; three points or more.
    outlier : float
        In angstrom.

    Returns
    -------
    quaternion : ndarray, dtype=float64, shape=(4,)
    translation : ndarray, dtype=float64, shape=(3,)
        `x' = R(q) x + t` moves the source.
    rmsd : float
        Of the points that were kept, in angstrom.
    kept : ndarray, dtype=bool, shape=(n,)

    Notes
    -----
    Superpose, leave out the points that lie farther apart than `outlier`, and again, until the same are left. Where
    fewer than half of them would be left, the nearest half is.
    """
    kept = np.ones(len(target), dtype=bool)
    least = min(len(target), max(3, math.ceil(LEAST_KEPT * len(target))))
    for _ in range(30):
        quaternion, shift, rmsd = superpose(target[kept], source[kept])
        apart = np.linalg.norm(source @ matrix(quaternion).T + shift - target, axis=1)
        fits = apart <= max(outlier, float(np.sort(apart)[least - 1]))
        if (fits == kept).all():
            break
        kept = fits
    return quaternion, shift, rmsd, kept


def pose_over(receptor: Chain, ligand: Chain, template: Template) -> tuple[Vector, Vector]:
    """Lay both partners over a template; the receptor stays where it is.

    Parameters
    ----------
    receptor, ligand : Chain
        The partners.
    template : Template

    Returns
    -------
    quaternion : ndarray, dtype=float64, shape=(4,)
    translation : ndarray, dtype=float64, shape=(3,)
        The ligand's pose: onto the template, then with the template onto the receptor.
    """
    one, other = template.sides
    to_receptor = overlay(*_points(receptor, one, other, template_moves=True))
    to_template = overlay(*_points(ligand, other, one, template_moves=False))
    quaternion = multiply(to_receptor[0], to_template[0])
    quaternion = quaternion / np.linalg.norm(quaternion)
    shift = matrix(to_receptor[0]) @ to_template[1] + to_receptor[1]
    return quaternion * (-1.0 if quaternion[0] < 0 else 1.0), shift


def _points(partner: Chain, side: Side, facing: Side, *, template_moves: bool) -> tuple[Vector, Vector]:
    """Give CA atoms of a partner and of a template that lie on each other, near the interface: target, source."""
    from scipy.spatial import cKDTree

    own, theirs = partner.alpha[side.own], side.chain.alpha[side.theirs]
    near = np.asarray(cKDTree(facing.chain.body.coord).query(theirs)[0]) < NEAR_INTERFACE_A
    if near.sum() >= FEWEST_NEAR:
        own, theirs = own[near], theirs[near]
    return (own, theirs) if template_moves else (theirs, own)
