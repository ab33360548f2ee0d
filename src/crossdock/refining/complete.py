"""A partner as docked -> the same with its missing atoms, hydrogens and force-field parameters."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.entries.amino_acids import LETTERS
from crossdock.errors import StructureError
from crossdock.refining.obstacles import FORMAL_CHARGES, RADII, lennard_jones
from crossdock.structures.structure import Structure, atom_records

#: Force field: ff14SB (Maier et al. 2015, J Chem Theory Comput 11:3696) and the implicit solvent OBC II (Onufriev,
#: Bashford & Case 2004, Proteins 55:383), as files of OpenMM.
FORCE_FIELD = ("amber14/protein.ff14SB.xml", "implicit/obc2.xml")
#: Hydrogens are those at this pH.
PH = 7.0
#: Longest peptide bond, in angstrom; where C and N of neighbours are farther apart, the chain has a gap.
PEPTIDE_A = 2.0
#: Atoms of two residues that are nearer than this are bonded, in angstrom.
BONDED_A = 2.0
#: Longest distance of an ion to an atom that coordinates it, in angstrom (Harding 2001, Acta Cryst D 57:401, has 2.0 to
#: 2.6 for Mg, Ca, Mn, Fe, Cu and Zn in proteins).
COORDINATED_A = 2.8
#: Shortest and longest S-S distance of a disulfide bond, in angstrom.
DISULFIDE_A = (1.5, 2.5)
#: The offset of OBC radii, in nm, that OpenMM's per-particle parameters have taken off.
OBC_OFFSET_NM = 0.009
#: Dielectric constant of the solvent, as OpenMM's files of the force field have it.
SOLVENT_DIELECTRIC = 78.5
BACKBONE = ("N", "CA", "C")


@dataclass(frozen=True)
class Field:
    """Atoms with the parameters of their force field. Units are OpenMM's: nm, kJ/mol, elementary charges.

    Attributes
    ----------
    atoms : Structure
        With hydrogens; the amino acids, then what is held.
    residue : ndarray, dtype=int64, shape=(n,)
        Residue of each atom, counted from 0 in the order of the docked structure.
    docked : ndarray, dtype=int64, shape=(n,)
        Number of each atom in the docked structure, -1 of one that was added.
    obstacle : ndarray, dtype=bool, shape=(n,)
        Atoms without parameters of the force field: ions, kept ligands and modified residues.
    held : ndarray, dtype=bool, shape=(n,)
        Atoms that never move: obstacles, and residues bonded to one.
    masses, charges, sigmas, epsilons, radii, scales : ndarray, dtype=float64, shape=(n,)
        `radii` and `scales` are those of OBC II.
    bonds, angles, torsions : tuple of ndarray
        Atom numbers, shape=(m, 2), (m, 3) and (m, 4), and parameters, shape=(m, 2), (m, 2) and (m, 3).
    exceptions : tuple of ndarray
        Atom numbers, shape=(m, 2), and product of charges, sigma and epsilon, shape=(m, 3).
    added : int
        Heavy atoms that were added, ends of chains included.
    """

    atoms: Structure
    residue: NDArray[np.int64]
    docked: NDArray[np.int64]
    obstacle: NDArray[np.bool_]
    held: NDArray[np.bool_]
    masses: NDArray[np.float64]
    charges: NDArray[np.float64]
    sigmas: NDArray[np.float64]
    epsilons: NDArray[np.float64]
    radii: NDArray[np.float64]
    scales: NDArray[np.float64]
    bonds: tuple[NDArray[np.int64], NDArray[np.float64]]
    angles: tuple[NDArray[np.int64], NDArray[np.float64]]
    torsions: tuple[NDArray[np.int64], NDArray[np.float64]]
    exceptions: tuple[NDArray[np.int64], NDArray[np.float64]]
    added: int

    def __len__(self) -> int:
        return len(self.masses)

    @property
    def heavy(self) -> NDArray[np.bool_]:
        """Atoms other than hydrogen, shape=(n,)."""
        heavy: NDArray[np.bool_] = self.atoms.element != "H"
        return heavy

    def moved_to(self, docked: Structure, rotation: NDArray[np.float64], translation: NDArray[np.float64]) -> Field:
        """Give the same atoms where a model has them; those that were docked exactly there.

        Parameters
        ----------
        docked : Structure
            The same docked structure, moved as a rigid body.
        rotation, translation : ndarray
            That motion, `x' = R x + t` in angstrom, for atoms that were added.
        """
        coord = self.atoms.coord @ rotation.T + translation
        own = self.docked >= 0
        coord[own] = docked.coord[self.docked[own]]
        return replace(self, atoms=self.atoms.with_coord(coord))


def joined(first: Field, second: Field) -> Field:
    """Put two fields together that share no bond; residues and docked atoms of the second are counted on."""
    n, residues = len(first), int(first.residue.max()) + 1
    plain = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("obstacle", "held", "masses", "charges", "sigmas", "epsilons", "radii", "scales")
    }
    terms = {
        name: tuple(
            np.concatenate(parts)
            for parts in zip(
                getattr(first, name), (getattr(second, name)[0] + n, getattr(second, name)[1]), strict=True
            )
        )
        for name in ("bonds", "angles", "torsions", "exceptions")
    }
    columns = Structure.__dataclass_fields__
    atoms = Structure(*(np.concatenate([getattr(one.atoms, name) for one in (first, second)]) for name in columns))
    count = int((first.docked >= 0).sum())
    return Field(
        atoms=atoms,
        residue=np.concatenate([first.residue, second.residue + residues]),
        docked=np.concatenate([first.docked, np.where(second.docked >= 0, second.docked + count, -1)]),
        added=first.added + second.added,
        **plain,  # type: ignore[arg-type]
        **terms,  # type: ignore[arg-type]
    )


def complete(structure: Structure, *, platform: Any, properties: dict[str, str]) -> Field:
    """Add what a structure lacks to be simulated, and look up its parameters.

    Parameters
    ----------
    structure : Structure
        A partner as docked, or both with chain letters of their own; heavy atoms only.
    platform, properties
        As `engine.platform` gives them.

    Returns
    -------
    Field

    Raises
    ------
    StructureError
        If a residue lacks N, CA or C, an atom that would be held has no parameters, or PDBFixer or OpenMM cannot
        handle the structure.

    Notes
    -----
    No residue is added: both sides of a gap end as they would inside the chain, without a cap and without charge. The
    first and last residue of each chain are charged termini, as PDBFixer makes them. Selenomethionine is taken as
    methionine, and written as that. Any other residue that is none of the twenty amino acids, and what is in HETATM
    records, becomes a fixed obstacle: it has Lennard-Jones parameters of its elements (UFF), ions have their charge
    too, and the rest of it has none. Residues that are bonded to an obstacle, or coordinate an ion, are held with it.
    """
    from openmm import OpenMMException, unit

    structure = _without_selenium(structure)
    residue = structure.residue_index
    first = np.unique(residue, return_index=True)[1]
    known = np.array([name in LETTERS for name in structure.residue_name[first].tolist()])
    known &= ~structure.hetero[first]
    obstacle = ~known[residue]
    if obstacle.all():
        raise StructureError("no amino acid that the force field knows")
    _need_backbone(structure[~obstacle])
    number = np.flatnonzero(known)  # of the residues that the force field has
    segments = _segments(structure, number)
    metal = _coordinating(structure, obstacle)
    state = random.getstate()
    random.seed(1)  # OpenMM draws the first places of hydrogens
    try:
        fixed = _fixed(structure, number, segments, platform)
        modeller = _with_hydrogens(fixed, number, segments, metal, platform, structure)
        system = _system(modeller.topology, number, metal)
    except (OpenMMException, ValueError, KeyError, IndexError, TypeError) as error:
        what = str(error).partition("\n")[0]
        raise StructureError(f"the force field cannot be applied: {what}") from error
    finally:
        random.setstate(state)
    coord = np.array(modeller.positions.value_in_unit(unit.angstrom), dtype=float)
    return _field(structure, number, obstacle, modeller.topology, coord, system)


def whole_system(structure: Structure) -> tuple[Any, Any, Any]:
    """Make OpenMM's system of a complex that has its hydrogens: every atom, nothing fixed, no cutoff.

    Parameters
    ----------
    structure : Structure
        As `refine` writes it, both partners with chain letters of their own.

    Returns
    -------
    topology : openmm.app.Topology
        Chains end at gaps, so that no bond crosses one.
    positions : Quantity
        Of its atoms, in their order.
    system : openmm.System
        Bonds to hydrogens are constraints, so that steps of 2 fs can be taken.

    Raises
    ------
    StructureError
        If a residue has no parameters of the force field, as ions, kept ligands and modified residues have none.
    """
    from openmm import OpenMMException
    from openmm.app import HBonds, PDBFile

    first = np.unique(structure.residue_index, return_index=True)[1]
    named = zip(structure.residue_name[first].tolist(), structure.hetero[first].tolist(), strict=True)
    if unknown := sorted({name for name, hetero in named if hetero or name not in LETTERS}):
        raise StructureError(f"the force field has no parameters for {', '.join(unknown)}")
    number = np.arange(structure.n_residues)
    lines: list[str] = []
    for begin, end, _, _ in _segments(structure, number):
        lines += atom_records(structure[np.isin(structure.residue_index, number[begin:end])])
    try:
        read = PDBFile(io.StringIO("\n".join([*lines, "END", ""])))
        system = _system(read.topology, number, np.zeros(len(number), dtype=bool), constraints=HBonds)
    except (OpenMMException, ValueError, KeyError) as error:
        what = str(error).partition("\n")[0]
        raise StructureError(f"the force field cannot be applied: {what}") from error
    _use_gbsa_force(system)
    return read.topology, read.positions, system


def _use_gbsa_force(system: Any) -> None:
    """Put OpenMM's own force for OBC II in the place of the general one that its files make.

    Both have the same energy. On a processor the general one takes many times as long.
    """
    import openmm

    at, general = next(
        (i, force) for i, force in enumerate(system.getForces()) if isinstance(force, openmm.CustomGBForce)
    )
    force = openmm.GBSAOBCForce()
    force.setSolventDielectric(SOLVENT_DIELECTRIC)
    for charge, radius, scale in zip(*(column.tolist() for column in _born(general)), strict=True):
        force.addParticle(charge, radius, scale)
    system.removeForce(at)
    system.addForce(force)


def _born(general: Any) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Read charges, radii in nm and scales of OBC II from the general force that OpenMM's files make."""
    rows = np.array([general.getParticleParameters(i) for i in range(general.getNumParticles())], dtype=float)
    return rows[:, 0], rows[:, 1] + OBC_OFFSET_NM, rows[:, 2] / rows[:, 1]


def _without_selenium(structure: Structure) -> Structure:
    """Take selenomethionine as methionine."""
    selenium = (structure.residue_name == "MSE") & ~structure.hetero
    if not selenium.any():
        return structure
    name, atom, element = structure.residue_name.copy(), structure.atom_name.copy(), structure.element.copy()
    name[selenium] = "MET"
    sulfur = selenium & np.isin(atom, ("SE", "SD"))
    atom[sulfur], element[sulfur] = "SD", "S"
    return replace(structure, residue_name=name, atom_name=atom, element=element)


def _need_backbone(structure: Structure) -> None:
    """Stop at a residue without N, CA or C: where its other atoms would be is not known."""
    residue = structure.residue_index
    complete = np.zeros((residue[-1] + 1, 3), dtype=bool)
    for column, name in enumerate(BACKBONE):
        complete[residue[structure.atom_name == name], column] = True
    if lacking := np.flatnonzero(~complete.all(axis=1)).tolist():
        at = int(np.flatnonzero(residue == lacking[0])[0])
        place = f"{structure.residue_name[at]} {structure.chain[at]}{structure.residue_number[at]}"
        n = len(lacking)
        whose = f"{place} lacks" if n == 1 else f"{n} residues, of which {place} is the first, lack"
        raise StructureError(f"{whose} a backbone atom")


def _segments(structure: Structure, number: NDArray[np.int64]) -> list[tuple[int, int, bool, bool]]:
    """Part the residues into runs without a gap.

    Returns
    -------
    list of tuple
        Of each run: its first residue and that after its last, counted among `number`; whether its first one begins a
        chain, and whether its last one ends it.
    """
    residue = structure.residue_index
    atom = {
        name: dict(zip(residue[own].tolist(), structure.coord[own], strict=True))
        for name in ("C", "N")
        for own in (structure.atom_name == name,)
    }
    start = np.unique(residue, return_index=True)[1]
    chain = structure.chain[start].tolist()
    protein = ~structure.hetero[start]
    # A modified residue continues the chain; an ion or ligand does not.
    ends = {letter: (own[0], own[-1]) for letter in set(chain) if (own := _of_chain(chain, protein, letter))}
    breaks = [0]
    for at in range(1, len(number)):
        before, after = int(number[at - 1]), int(number[at])
        bond = np.linalg.norm(atom["C"][before] - atom["N"][after])
        if chain[before] != chain[after] or after != before + 1 or bond > PEPTIDE_A:
            breaks.append(at)
    found = []
    for begin, end in zip(breaks, [*breaks[1:], len(number)], strict=True):
        first, last = int(number[begin]), int(number[end - 1])
        found.append((begin, end, first == ends[chain[first]][0], last == ends[chain[last]][1]))
    return found


def _of_chain(chain: list[str], protein: NDArray[np.bool_], letter: str) -> list[int]:
    return [at for at, (own, is_protein) in enumerate(zip(chain, protein, strict=True)) if own == letter and is_protein]


def _coordinating(structure: Structure, obstacle: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find the residues with a nitrogen, oxygen or sulfur atom at an ion, shape=(residues,)."""
    found = np.zeros(structure.n_residues, dtype=bool)
    ions = obstacle & np.isin(structure.residue_name, list(FORMAL_CHARGES))
    if ions.any():
        polar = ~obstacle & np.isin(structure.element, ("N", "O", "S"))
        near = np.asarray(cKDTree(structure.coord[ions]).query(structure.coord)[0]) < COORDINATED_A
        found[structure.residue_index[near & polar]] = True
    return found


def _fixed(
    structure: Structure, number: NDArray[np.int64], segments: list[tuple[int, int, bool, bool]], platform: Any
) -> Any:
    """Add missing heavy atoms with PDBFixer; each run becomes a chain of its own."""
    from pdbfixer import PDBFixer

    lines: list[str] = []
    residue = structure.residue_index
    for begin, end, _, _ in segments:
        lines += atom_records(structure[np.isin(residue, number[begin:end])])
    fixer = PDBFixer(pdbfile=io.StringIO("\n".join([*lines, "END", ""])), platform=platform)
    fixer.missingResidues = {}
    fixer.findMissingAtoms()
    last = [chain_residues[-1] for chain_residues in (list(chain.residues()) for chain in fixer.topology.chains())]
    true_ends = {one.index for one, (_, _, _, ends) in zip(last, segments, strict=True) if ends}
    fixer.missingTerminals = {one: names for one, names in fixer.missingTerminals.items() if one.index in true_ends}
    fixer.addMissingAtoms(seed=1)
    return fixer


def _with_hydrogens(
    fixer: Any,
    number: NDArray[np.int64],
    segments: list[tuple[int, int, bool, bool]],
    metal: NDArray[np.bool_],
    platform: Any,
    structure: Structure,
) -> Any:
    """Add hydrogens; a residue behind a gap has them as inside a chain, a cysteine at an ion has none at its sulfur."""
    from openmm.app import Modeller

    modeller = Modeller(fixer.topology, fixer.positions)
    bonded = _disulfides(modeller.topology)
    variants = [
        "CYX" if one.name == "CYS" and (one.index in bonded or metal[number[one.index]]) else None
        for one in modeller.topology.residues()
    ]
    modeller.addHydrogens(pH=PH, variants=variants, platform=platform)
    inner = {begin for begin, _, begins, _ in segments if not begins}
    extra = [
        atom
        for one in modeller.topology.residues()
        if one.index in inner
        for atom in one.atoms()
        if atom.name in (("H2", "H3") if one.name != "PRO" else ("H", "H2", "H3"))
    ]
    modeller.delete(extra)
    return modeller


def _disulfides(topology: Any) -> set[int]:
    """Give the cysteines of disulfide bonds, by the number of their residue."""
    return {
        one.residue.index
        for bond in topology.bonds()
        if bond[0].name == bond[1].name == "SG" and bond[0].residue is not bond[1].residue
        for one in bond
    }


@cache
def _force_field() -> Any:
    from openmm.app import ForceField

    return ForceField(*FORCE_FIELD)


def _system(topology: Any, number: NDArray[np.int64], metal: NDArray[np.bool_], **how: Any) -> Any:
    """Make OpenMM's system; ends at gaps are taken as inside a chain. `how` is as `ForceField.createSystem` has it."""
    bonded, templates = _disulfides(topology), {}
    for one in topology.residues():
        names = {atom.name for atom in one.atoms()}
        if one.name == "CYS":
            kind = "CYS" if "HG" in names else "CYX" if one.index in bonded else "CYM"
            side = "C" if "OXT" in names else "N" if "H2" in names else ""
            templates[one] = side + kind if kind != "CYM" else kind
    return _force_field().createSystem(topology, residueTemplates=templates, ignoreExternalBonds=True, **how)


def _field(
    structure: Structure,
    number: NDArray[np.int64],
    obstacle: NDArray[np.bool_],
    topology: Any,
    coord: NDArray[np.float64],
    system: Any,
) -> Field:
    """Put atoms and parameters into columns, and what is held behind them."""
    import openmm

    start = np.unique(structure.residue_index, return_index=True)[1]
    atoms = list(topology.atoms())
    residue = np.array([int(number[one.residue.index]) for one in atoms])
    own = start[residue]
    places = zip(structure.residue_index.tolist(), structure.atom_name.tolist(), strict=True)
    there = {place: at for at, place in enumerate(places)}
    docked = np.array([there.get((r, one.name), -1) for r, one in zip(residue.tolist(), atoms, strict=True)])
    lost = np.setdiff1d(np.flatnonzero(~obstacle), docked)
    if len(lost):
        at = int(lost[0])
        place = f"{structure.residue_name[at]} {structure.chain[at]}{structure.residue_number[at]}"
        raise StructureError(
            f"{len(lost)} atoms are none of their amino acids', such as {structure.atom_name[at]} of {place}"
        )
    coord[docked >= 0] = structure.coord[docked[docked >= 0]]
    protein = Structure(
        coord=coord,
        chain=structure.chain[own],
        residue_number=structure.residue_number[own],
        insertion=structure.insertion[own],
        residue_name=structure.residue_name[own],
        atom_name=np.array([one.name for one in atoms], dtype="U4"),
        element=np.array([one.element.symbol for one in atoms], dtype="U2"),
        b_factor=np.where(docked >= 0, structure.b_factor[docked], 0.0),
        hetero=np.zeros(len(atoms), dtype=bool),
    )
    rest = np.flatnonzero(obstacle)
    held = structure[rest]
    n = len(atoms)
    forces = {type(force): force for force in system.getForces()}
    nonbonded, born = forces[openmm.NonbondedForce], forces[openmm.CustomGBForce]
    pairs = np.array([[_plain(v) for v in nonbonded.getParticleParameters(i)] for i in range(n)])
    _, radii, scales = _born(born)
    sigma, epsilon = lennard_jones(held)
    charge = np.array([float(FORMAL_CHARGES.get(name, 0)) for name in held.residue_name.tolist()])
    both = Structure(*(np.concatenate([getattr(protein, f), getattr(held, f)]) for f in Structure.__dataclass_fields__))
    residues = np.concatenate([residue, structure.residue_index[rest]])
    obstacles = np.arange(len(both)) >= n
    fixed, excluded = _held(both, residues, obstacles, structure)
    bonds, angles, torsions = (
        _terms(forces[kind], getter, atoms_of)
        for kind, getter, atoms_of in (
            (openmm.HarmonicBondForce, "Bond", 2),
            (openmm.HarmonicAngleForce, "Angle", 3),
            (openmm.PeriodicTorsionForce, "Torsion", 4),
        )
    )
    exceptions = _terms(nonbonded, "Exception", 2)
    return Field(
        atoms=both,
        residue=residues,
        docked=np.concatenate([docked, rest]),
        obstacle=obstacles,
        held=fixed,
        masses=np.concatenate([[_plain(system.getParticleMass(i)) for i in range(n)], np.ones(len(held))]),
        charges=np.concatenate([pairs[:, 0], charge]),
        sigmas=np.concatenate([pairs[:, 1], sigma]),
        epsilons=np.concatenate([pairs[:, 2], epsilon]),
        radii=np.concatenate([radii, [RADII.get(one, 0.15) for one in held.element.tolist()]]),
        scales=np.concatenate([scales, np.full(len(held), 0.8)]),
        bonds=bonds,
        angles=angles,
        torsions=torsions,
        exceptions=(
            np.concatenate([exceptions[0], excluded]),
            np.concatenate([exceptions[1], np.tile([0.0, 0.1, 0.0], (len(excluded), 1))]),
        ),
        added=int(((docked < 0) & (protein.element != "H")).sum()),
    )


def _held(
    atoms: Structure, residue: NDArray[np.int64], obstacle: NDArray[np.bool_], structure: Structure
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Tell which atoms never move, and which pairs of atoms do not see each other because they are bonded.

    Returns
    -------
    held : ndarray, dtype=bool, shape=(n,)
    excluded : ndarray, dtype=int64, shape=(m, 2)
        Atoms of one obstacle, and of an obstacle and the residues it is bonded to or that coordinate it.
    """
    if not obstacle.any():
        return obstacle.copy(), np.zeros((0, 2), dtype=np.int64)
    heavy = np.flatnonzero(atoms.element != "H")
    mine = np.flatnonzero(obstacle)
    tree = cKDTree(atoms.coord[heavy])
    joined_to: set[tuple[int, int]] = {(int(r), int(r)) for r in np.unique(residue[mine])}
    for at in mine.tolist():
        ion = atoms.residue_name[at] in FORMAL_CHARGES
        near = heavy[tree.query_ball_point(atoms.coord[at], COORDINATED_A if ion else BONDED_A)]
        if ion:
            near = near[np.isin(atoms.element[near], ("N", "O", "S")) | obstacle[near]]
        joined_to |= {(int(residue[at]), int(other)) for other in np.unique(residue[near])}
    members = {int(r): np.flatnonzero(residue == r) for pair in joined_to for r in pair}
    found = {
        (min(one, other), max(one, other))
        for first, second in joined_to
        for one in members[first].tolist()
        for other in members[second].tolist()
        if one != other and (obstacle[one] or obstacle[other])
    }
    held = obstacle | np.isin(residue, [other for _, other in joined_to])
    return held, np.array(sorted(found), dtype=np.int64).reshape(-1, 2)


def _terms(force: Any, kind: str, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Read the terms of a force: atoms, and parameters as plain numbers in OpenMM's units."""
    read = getattr(force, f"get{kind}Parameters")
    rows = [read(i) for i in range(getattr(force, f"getNum{kind}s")())]
    atoms = np.array([row[:count] for row in rows], dtype=np.int64).reshape(len(rows), count)
    values = np.array([[_plain(value) for value in row[count:]] for row in rows], dtype=float)
    return atoms, values


def _plain(value: Any) -> float:
    """Give a quantity as a number, in OpenMM's own units (nm, kJ/mol, radians, elementary charges, daltons)."""
    from openmm import unit

    plain = value.value_in_unit_system(unit.md_unit_system) if unit.is_quantity(value) else value
    return float(plain)
