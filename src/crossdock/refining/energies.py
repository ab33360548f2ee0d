"""How strongly two partners of a complex attract each other by the force field and the implicit solvent (MM/GBSA)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock.refining.complete import Field
from crossdock.refining.minimise import solvent_force

#: kJ in a kcal.
KJ = 4.184
#: 1 / (4 pi epsilon0) in kJ nm / (mol e2), as OpenMM has it.
COULOMB = 138.935456
#: Pairs that are computed at a time.
_BLOCK = 2_000_000


def interaction(
    field: Field, side: NDArray[np.bool_], *, platform: Any, properties: Mapping[str, str]
) -> dict[str, float]:
    """Compute the interaction energy of two partners as they are: that of the complex less that of each alone.

    Parameters
    ----------
    field : Field
        Of both partners.
    side : ndarray, dtype=bool, shape=(n,)
        True for the ligand.
    platform, properties
        As `engine.platform` gives them.

    Returns
    -------
    dict
        `van_der_waals`, `coulomb` (in vacuum), `generalized_born` and `surface` (solvent), and their sum `total`, in
        kcal/mol. No cutoff.

    Notes
    -----
    One structure, without entropy and without strain: partners alone keep the shape that they have in the complex.
    Obstacles have the parameters of `obstacles`, so energies of complexes that hold a ligand are rougher.
    """
    direct = _between(field, side)
    everything = np.ones(len(field), dtype=bool)
    solvent = []
    for charged in (True, False):
        whole, one, other = (
            _solvation(field, np.flatnonzero(mask), platform, properties, charged=charged)
            for mask in (everything, side, ~side)
        )
        solvent.append(whole - one - other)
    parts = {
        "van_der_waals": direct[0],
        "coulomb": direct[1],
        "generalized_born": solvent[0] - solvent[1],
        "surface": solvent[1],
    }
    in_kcal = {name: value / KJ for name, value in parts.items()}
    return in_kcal | {"total": sum(in_kcal.values())}


def _between(field: Field, side: NDArray[np.bool_]) -> tuple[float, float]:
    """Sum the Lennard-Jones and Coulomb energies of all pairs of two partners, in kJ/mol.

    Pairs of a bond between the partners, such as a disulfide, are those of the force field's exceptions.
    """
    first, second = np.flatnonzero(~side), np.flatnonzero(side)
    coord = field.atoms.coord / 10
    dispersion = charge = 0.0
    step = max(1, _BLOCK // max(1, len(second)))
    for start in range(0, len(first), step):
        own = first[start : start + step]
        distance = np.sqrt(((coord[own][:, None] - coord[second][None]) ** 2).sum(axis=2))
        sixth = ((field.sigmas[own][:, None] + field.sigmas[second][None]) / 2 / distance) ** 6
        depth = 4 * np.sqrt(field.epsilons[own][:, None] * field.epsilons[second][None])
        dispersion += float((depth * (sixth**2 - sixth)).sum())
        charge += float((COULOMB * field.charges[own][:, None] * field.charges[second][None] / distance).sum())
    pairs, values = field.exceptions
    across = side[pairs[:, 0]] != side[pairs[:, 1]]
    for (one, other), (product, sigma, epsilon) in zip(pairs[across].tolist(), values[across].tolist(), strict=True):
        distance = float(np.linalg.norm(coord[one] - coord[other]))
        sixth = ((field.sigmas[one] + field.sigmas[other]) / 2 / distance) ** 6
        dispersion -= 4 * float(np.sqrt(field.epsilons[one] * field.epsilons[other])) * (sixth**2 - sixth)
        charge += COULOMB * (product - field.charges[one] * field.charges[other]) / distance
        sixth = (sigma / distance) ** 6
        dispersion += 4 * epsilon * (sixth**2 - sixth)
    return dispersion, charge


def _solvation(
    field: Field, atoms: NDArray[np.int64], platform: Any, properties: Mapping[str, str], *, charged: bool
) -> float:
    """Compute the energy of the implicit solvent for some atoms in kJ/mol; without charges, that of the surface."""
    import openmm

    system = openmm.System()
    for _ in atoms:
        system.addParticle(1.0)
    system.addForce(solvent_force(field, atoms, charged=charged))
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform, dict(properties))
    context.setPositions(field.atoms.coord[atoms] / 10)
    return float(context.getState(getEnergy=True).getPotentialEnergy()._value)
