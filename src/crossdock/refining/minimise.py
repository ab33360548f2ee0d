"""A complex with parameters -> the same, minimised near its interface with OpenMM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.refining.complete import SOLVENT_DIELECTRIC, Field

#: Non-bonded interactions end at this distance, in angstrom.
CUTOFF_A = 10.0
#: Residues without an atom as near as this to one that moves are cut out, in angstrom.
REACH_A = 7.0
#: Backbone atoms are held to their places by springs of this strength, in kJ/mol/nm2. With 200 while overlaps are
#: removed, the peptide bond behind Gly 57 of BLIP turned over (1JTG).
SPRING = 1000.0
#: Heights of the soft repulsion in kJ/mol, by which overlaps are removed before charges and attraction act.
SOFT = (50.0, 500.0)
#: Atoms repel each other softly below this share of the distance at which their Lennard-Jones energy is lowest.
SOFT_REACH = 0.75
#: Most steps of L-BFGS in each stage: soft repulsion, no solvent, implicit solvent. The solvent takes nine tenths of a
#: step's time on a processor, so it comes last, when little is left to move.
SOFT_STEPS, DRY_STEPS, STEPS = 30, 300, 300
#: Without solvent, charges are those of a medium of this dielectric constant.
DRY_DIELECTRIC = 4.0
#: Root mean square of the forces on moving atoms, by component, in kJ/mol/nm. L-BFGS stops below the first; a model has
#: converged below the second, 1 kcal/mol/A (the ends of cutoffs keep forces from vanishing).
TOLERANCE, CONVERGED = 20.0, 41.84
BACKBONE = ("N", "CA", "C", "O")


@dataclass(frozen=True)
class Minimised:
    """What minimisation gave.

    Attributes
    ----------
    coord : ndarray, dtype=float64, shape=(n, 3)
        In angstrom.
    free : ndarray, dtype=bool, shape=(n,)
        Atoms that could move.
    used : ndarray, dtype=bool, shape=(n,)
        Atoms that were there; the others lie too far from those that move.
    iterations : int
        Of all stages.
    gradient : float
        Root mean square of the forces on moving atoms at the end, in kJ/mol/nm.
    energy_before, energy_after : float
        Of the last stage, without springs, in kJ/mol, at its start (overlaps gone) and its end.
    """

    coord: NDArray[np.float64]
    free: NDArray[np.bool_]
    used: NDArray[np.bool_]
    iterations: int
    gradient: float
    energy_before: float
    energy_after: float

    @property
    def converged(self) -> bool:
        """Whether the forces that are left are small enough."""
        return bool(np.isfinite(self.coord).all() and self.gradient <= CONVERGED)


def moving(field: Field, side: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    """Find the atoms that may move: residues with a heavy atom near one of the other partner, unless they are held.

    Parameters
    ----------
    field : Field
        Of both partners.
    side : ndarray, dtype=bool, shape=(n,)
        True for the ligand.
    radius : float
        In angstrom.

    Returns
    -------
    ndarray, dtype=bool, shape=(n,)
    """
    near = np.zeros(len(field), dtype=bool)
    for own in (side, ~side):
        mine, others = own & field.heavy, ~own & field.heavy
        distance = cKDTree(field.atoms.coord[others]).query(field.atoms.coord[mine], distance_upper_bound=radius)[0]
        near[mine] = np.isfinite(distance)
    return np.isin(field.residue, field.residue[near]) & ~field.held


def minimise(
    field: Field,
    free: NDArray[np.bool_],
    *,
    platform: Any,
    properties: Mapping[str, str],
    steps: int = STEPS,
) -> Minimised:
    """Remove overlaps, then minimise the energy of the force field with implicit solvent.

    Parameters
    ----------
    field : Field
        Of both partners.
    free : ndarray, dtype=bool, shape=(n,)
        Atoms that may move.
    platform, properties
        As `engine.platform` gives them.
    steps : int
        Most steps of the last stage.

    Returns
    -------
    Minimised

    Notes
    -----
    Stages, each by OpenMM's L-BFGS: bonded terms and a soft repulsion, low and then high; the force
    field without solvent, its charges screened by `DRY_DIELECTRIC`; the force field with implicit solvent. Springs hold
    N, CA, C and O of residues that move to their docked places. Residues with no atom within `REACH_A` of an atom that
    moves are cut out, whole; parameters are those of the complete chain, so nothing is capped.
    """
    import openmm

    used = _used(field, free)
    atoms = np.flatnonzero(used)
    start = field.atoms.coord[atoms] / 10
    springs = _springs(field, atoms, free, start)
    soft, dry, system = (make(field, atoms, free) for make in (_soft, _dry, _full))
    counter = _Counter()
    coord = start
    for height in SOFT:
        context = _context(soft, springs, coord, platform, properties, {"height": height})
        openmm.LocalEnergyMinimizer.minimize(context, TOLERANCE, SOFT_STEPS, counter.reporter())
        coord = _positions(context)
        del context
    context = _context(dry, springs, coord, platform, properties, {})
    openmm.LocalEnergyMinimizer.minimize(context, TOLERANCE, DRY_STEPS, counter.reporter())
    coord = _positions(context)
    context = _context(system, springs, coord, platform, properties, {})
    before = _energy(context)
    openmm.LocalEnergyMinimizer.minimize(context, TOLERANCE, steps, counter.reporter())
    coord = _positions(context)
    forces = context.getState(getForces=True).getForces(asNumpy=True)._value[free[atoms]]
    found = field.atoms.coord.copy()
    moved = free[atoms]
    found[atoms[moved]] = 10 * coord[moved]
    gradient = float(np.sqrt((np.asarray(forces) ** 2).mean())) if moved.any() else 0.0
    return Minimised(found, free, used, counter.count, gradient, before, _energy(context))


def _used(field: Field, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find the residues with an atom near one that moves."""
    near = np.zeros(len(field), dtype=bool)
    if free.any():
        distance = cKDTree(field.atoms.coord[free]).query(field.atoms.coord, distance_upper_bound=REACH_A)[0]
        near = np.isfinite(distance)
    return np.isin(field.residue, field.residue[near])


class _Counter:
    """Counts steps of L-BFGS."""

    def __init__(self) -> None:
        self.count = 0

    def reporter(self) -> Any:
        import openmm

        counter = self

        class Reporter(openmm.MinimizationReporter):  # type: ignore[misc]
            def report(self, iteration: int, x: Any, grad: Any, args: Any) -> bool:
                counter.count += 1
                return False

        return Reporter()


def _springs(field: Field, atoms: NDArray[np.int64], free: NDArray[np.bool_], start: NDArray[np.float64]) -> Any:
    """Hold backbone atoms that may move to where they are."""
    import openmm

    force = openmm.CustomExternalForce("spring/2*((x-x0)^2+(y-y0)^2+(z-z0)^2)")
    force.addGlobalParameter("spring", SPRING)
    for name in ("x0", "y0", "z0"):
        force.addPerParticleParameter(name)
    backbone = np.isin(field.atoms.atom_name[atoms], BACKBONE) & free[atoms]
    for at in np.flatnonzero(backbone).tolist():
        force.addParticle(at, start[at].tolist())
    force.setForceGroup(1)
    return force


def _bonded(field: Field, atoms: NDArray[np.int64], free: NDArray[np.bool_]) -> tuple[Any, NDArray[np.int64]]:
    """Make a system with the bonded terms of atoms that move, and give the number of each atom in it, -1 for none."""
    import openmm

    number = np.full(len(field), -1)
    number[atoms] = np.arange(len(atoms))
    system = openmm.System()
    for mass, moves in zip(field.masses[atoms].tolist(), free[atoms].tolist(), strict=True):
        system.addParticle(mass if moves else 0.0)
    bond, angle, torsion = openmm.HarmonicBondForce(), openmm.HarmonicAngleForce(), openmm.PeriodicTorsionForce()
    for (members, values), add in (
        (field.bonds, bond.addBond),
        (field.angles, angle.addAngle),
    ):
        keep = free[members].any(axis=1)
        for row, value in zip(number[members[keep]].tolist(), values[keep].tolist(), strict=True):
            add(*row, *value)
    members, values = field.torsions
    keep = free[members].any(axis=1)
    for row, (fold, phase, height) in zip(number[members[keep]].tolist(), values[keep].tolist(), strict=True):
        torsion.addTorsion(*row, int(fold), phase, height)
    for force in (bond, angle, torsion):
        system.addForce(force)
    return system, number


def _soft(field: Field, atoms: NDArray[np.int64], free: NDArray[np.bool_]) -> Any:
    """Make the system that removes overlaps: bonded terms, and a repulsion without a singularity."""
    import openmm

    system, number = _bonded(field, atoms, free)
    force = openmm.CustomNonbondedForce("height*step(d-r)*(1-r/d)^2; d=max(d1+d2, 0.001)")
    force.addGlobalParameter("height", SOFT[0])
    force.addPerParticleParameter("d")
    half = SOFT_REACH * 2 ** (1 / 6) * field.sigmas[atoms] / 2
    for value in half.tolist():
        force.addParticle([value])
    members = field.exceptions[0]
    keep = used_pairs(number, members)
    for one, other in number[members[keep]].tolist():
        force.addExclusion(one, other)
    force.setNonbondedMethod(openmm.CustomNonbondedForce.CutoffNonPeriodic)
    force.setCutoffDistance(max(0.3, float(2 * half.max())))
    system.addForce(force)
    return system


def _dry(field: Field, atoms: NDArray[np.int64], free: NDArray[np.bool_]) -> Any:
    """Make the system without solvent, its charges screened."""
    import openmm

    products, own = field.exceptions[1].copy(), field.charges / np.sqrt(DRY_DIELECTRIC)
    products[:, 0] /= DRY_DIELECTRIC
    field = replace(field, charges=own, exceptions=(field.exceptions[0], products))
    system, number = _bonded(field, atoms, free)
    nonbonded = nonbonded_force(field, atoms, number)
    nonbonded.setNonbondedMethod(openmm.NonbondedForce.CutoffNonPeriodic)
    nonbonded.setCutoffDistance(CUTOFF_A / 10)
    system.addForce(nonbonded)
    return system


def _full(field: Field, atoms: NDArray[np.int64], free: NDArray[np.bool_]) -> Any:
    """Make the system of the last stage."""
    import openmm

    system, number = _bonded(field, atoms, free)
    nonbonded = nonbonded_force(field, atoms, number)
    nonbonded.setNonbondedMethod(openmm.NonbondedForce.CutoffNonPeriodic)
    nonbonded.setCutoffDistance(CUTOFF_A / 10)
    solvent = solvent_force(field, atoms)
    solvent.setNonbondedMethod(openmm.GBSAOBCForce.CutoffNonPeriodic)
    solvent.setCutoffDistance(CUTOFF_A / 10)
    system.addForce(nonbonded)
    system.addForce(solvent)
    return system


def used_pairs(number: NDArray[np.int64], members: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell of which pairs both atoms are there, shape=(m,)."""
    there: NDArray[np.bool_] = np.all(number[members] >= 0, axis=1)
    return there


def nonbonded_force(field: Field, atoms: NDArray[np.int64], number: NDArray[np.int64]) -> Any:
    """Make the Lennard-Jones and Coulomb terms of some atoms, without a cutoff."""
    import openmm

    force = openmm.NonbondedForce()
    force.setReactionFieldDielectric(1.0)
    columns = (field.charges, field.sigmas, field.epsilons)
    for row in zip(*(column[atoms].tolist() for column in columns), strict=True):
        force.addParticle(*row)
    members, values = field.exceptions
    keep = used_pairs(number, members)
    for pair, value in zip(number[members[keep]].tolist(), values[keep].tolist(), strict=True):
        force.addException(*pair, *value)
    return force


def solvent_force(field: Field, atoms: NDArray[np.int64], *, charged: bool = True) -> Any:
    """Make the implicit solvent OBC II of some atoms, with its surface term, without a cutoff."""
    import openmm

    force = openmm.GBSAOBCForce()
    force.setSolventDielectric(SOLVENT_DIELECTRIC)
    charges = field.charges if charged else np.zeros(len(field))
    for row in zip(*(column[atoms].tolist() for column in (charges, field.radii, field.scales)), strict=True):
        force.addParticle(*row)
    return force


def _context(
    system: Any,
    springs: Any,
    coord: NDArray[np.float64],
    platform: Any,
    properties: Mapping[str, str],
    parameters: Mapping[str, float],
) -> Any:
    import copy

    import openmm

    complete = copy.deepcopy(system)
    complete.addForce(copy.deepcopy(springs))
    context = openmm.Context(complete, openmm.VerletIntegrator(0.001), platform, dict(properties))
    for name, value in parameters.items():
        context.setParameter(name, value)
    context.setPositions(coord)
    return context


def _positions(context: Any) -> NDArray[np.float64]:
    """Give coordinates in nm, shape=(n, 3)."""
    return np.array(context.getState(getPositions=True).getPositions(asNumpy=True)._value, dtype=float)


def _energy(context: Any) -> float:
    """Give the energy without springs, in kJ/mol."""
    return float(context.getState(getEnergy=True, groups={0}).getPotentialEnergy()._value)
