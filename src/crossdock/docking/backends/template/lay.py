"""Partners laid over a template: superposed on its CA atoms, moved out of clashes, and scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crossdock.geometry.rotations import matrix, multiply
from crossdock.geometry.superposition import overlay

if TYPE_CHECKING:
    from crossdock.docking.backends.template.library import Chain
    from crossdock.docking.backends.template.sides import Side, Template

#: A side is superposed by the residues whose CA atom lies this near to an atom of the other side, in angstrom, if there
#: are so many of them.
NEAR_INTERFACE_A, FEWEST_NEAR = 15.0, 12

Vector = NDArray[np.float64]


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
