"""Models of a pair by one method -> how strongly each residue attracts when another method docks the pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.docking.bodies import Body
from crossdock.structures.site import residue_places
from crossdock.structures.structure import Structure

#: Residues with heavy atoms nearer than this are in contact, in angstrom.
CONTACT_A = 5.0
#: Decimals of a weight: what is rounded off docks nothing again.
DECIMALS = 3

Weights = NDArray[np.float64]


def interface_weights(
    receptor: Structure, ligand: Structure, bodies: Sequence[Body], confidence: Sequence[float]
) -> tuple[Weights, Weights]:
    """Weight the residues of both partners by the models that have them in the interface.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared, with n and m residues.
    bodies : sequence of Body
        Models of the pair, one or more, under the chains and numbers of the prepared structures.
    confidence : sequence of float
        Of each model, from 0 to 1.

    Returns
    -------
    tuple of ndarray, dtype=float64, shape=(n,) and (m,)
        From 0 to 1, rounded: the mean over all models of the confidence of those in which the residue is in contact,
        heavy atoms of both partners being within 5 angstrom. Of one sure model, its interface has weights near 1; of
        models that disagree, each has its share.

    Notes
    -----
    This weighting is crossdock's own. Docking towards residues that are thought to be in the interface, of which some
    may be wrong, is that of HADDOCK's ambiguous restraints (Dominguez 2003, J Am Chem Soc 125:1731).
    """
    places = [residue_places(one) for one in (receptor, ligand)]
    found = [np.zeros(len(one)) for one in places]
    for body, trust in zip(bodies, confidence, strict=True):
        for side, (own, other) in enumerate(((body.receptor, body.ligand), (body.ligand, body.receptor))):
            near = np.asarray(cKDTree(other.coord).query(own.coord)[0]) < CONTACT_A
            met = set(residue_places(own[near]))
            found[side] += trust * np.array([place in met for place in places[side]])
    first, second = (np.round(one / len(bodies), DECIMALS) for one in found)
    return first, second
