"""Conformers of a single structure, made along its softest normal modes in the torsion angles of its backbone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve, eigh
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from crossdock.errors import StructureError
from crossdock.geometry.rotations import matrix
from crossdock.geometry.superposition import superpose
from crossdock.structures.distorted import bonds_of, distances, fault_of
from crossdock.structures.structure import Structure

Floats = NDArray[np.float64]

#: Heavy atoms within this distance are joined by a spring of strength 1 / (1 + (distance / SPRING_A)^6), both in
#: angstrom (Lopez-Blanco, Garzon & Chacon 2011, Bioinformatics 27:2843); at the cutoff it is a hundredth.
CUTOFF_A, SPRING_A = 8.0, 3.8
#: Stiffness of each torsion angle itself, in units of a spring times square angstrom: without it loops swing alone.
TORSION = 30.0
#: How much stronger springs are that hold a bond which closes a ring of residues, such as a disulfide.
LINK = 1000.0
#: RMSD of the CA atoms from the structure, in angstrom.
AMPLITUDE_A = 1.0
#: Atoms nearer than this, and than they were, are pushed apart by a spring of this strength; the distance in angstrom.
LEAST_A, TOUCH = 2.9, 20.0
#: Share of the amplitude that a conformer must reach.
LEAST_REACHED = 0.5
#: Steps in which the amplitude is reached; after each, the network relaxes so many times. A step that makes its energy
#: higher is halved at most so many times.
STEPS, RELAXED, HALVED = 4, 2, 5
#: Share of the residues that take part in a mode, at least: in a mode below it only an end of a chain or a loop moves.
LEAST_COLLECTIVE = 0.3
#: Softest modes among which collective ones are looked for.
LOOKED_AT = 40
#: Fewest residues of a network, and most: its matrices grow with their square, and time with their cube.
FEWEST_RESIDUES, MOST_RESIDUES = 10, 1500
#: A part of a chain between two gaps with fewer residues is rigid, like a compound.
FEWEST_OF_PART = 3
#: A nitrogen within this distance of the carbon before it continues the chain, in angstrom.
PEPTIDE_A = 2.0
#: An ion, or a compound of four atoms or more, takes part in the network if it has so many atoms around it; any other
#: compound moves with as many atoms that are nearest.
LEAST_AROUND = 12


@dataclass(frozen=True)
class Made:
    """A conformer that was made along a mode, or why it was not.

    Attributes
    ----------
    mode : int
        From 1, the softest collective mode.
    direction : {"+", "-"}
    structure : Structure or None
        In the frame of the structure that it was made of, laid over it by the CA atoms; None where it has a fault.
    rmsd : float
        Of the CA atoms from the structure, in angstrom.
    fault : str
        What is wrong with it, at half the amplitude too; empty where nothing is.
    """

    mode: int
    direction: str
    structure: Structure | None
    rmsd: float
    fault: str = ""

    @property
    def label(self) -> str:
        """What it is called."""
        return f"mode {self.mode}{self.direction}"


def along_modes(structure: Structure, *, amplitude: float = AMPLITUDE_A) -> Iterator[Made]:
    """Make conformers along the softest collective modes, each mode in both directions.

    Parameters
    ----------
    structure : Structure
        Prepared.
    amplitude : float
        RMSD of the CA atoms from the structure, in angstrom. Where a conformer has a fault, half of it is tried.

    Yields
    ------
    Made
        Mode 1 in both directions, mode 2, and so on, while there are collective modes.

    Raises
    ------
    StructureError
        If the structure has too few or too many residues with a backbone, or parts that no spring joins.

    Notes
    -----
    The variables are the torsion angles phi and psi, and six for each further chain or part of a chain (Noguti & Go
    1983, J Phys Soc Jpn 52:3685; Lopez-Blanco, Garzon & Chacon 2011, Bioinformatics 27:2843). Bonds, bond angles,
    chirality, peptide torsions and side chains are no variables, so a movement of any size keeps them. The energy is
    that of an elastic network of all heavy atoms. A mode counts if its collectivity, exp(entropy of the squared
    displacements of n atoms) / n, is at least `LEAST_COLLECTIVE` (Bruschweiler 1995, J Chem Phys 102:3396). The atoms
    are CA atoms, and those of compounds that the network moves by themselves.

    The amplitude is reached in steps. After each, the energy of the network is lowered at right angles to the mode, so
    that what is linear in the angles alone does not push atoms together.

    Compounds bound to a residue move with it; other compounds are laid with the atoms around them.
    """
    network = _Network(structure)
    for number, mode in enumerate(network.collective_modes(), start=1):
        for direction, sign in (("+", 1.0), ("-", -1.0)):
            made, rmsd, fault = network.checked(sign * mode, amplitude)
            if fault:
                made, rmsd, fault = network.checked(sign * mode, amplitude / 2)
            yield Made(number, direction, None if fault else made, rmsd, fault)


def collectivity(displacements: Floats) -> float:
    """Tell what share of points takes part in a movement (Bruschweiler 1995).

    Parameters
    ----------
    displacements : ndarray, dtype=float64, shape=(n, 3)

    Returns
    -------
    float
        From 1/n to 1.
    """
    squares = (displacements**2).sum(axis=1)
    shares = squares[squares > 0] / squares.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()) / len(displacements))


class _Network:
    """An elastic network that moves by the torsion angles of the backbone.

    Atoms are divided into rigid units, in the order of the file. A variable stands between two units, and moves all
    units behind it to the end of its part: a torsion angle turns them about its bond; before another chain or part of
    one there are six variables. A variable is written as a twist (w, v) about the centre of the structure: it moves a
    point r by w x r + v. Sums over atoms and pairs of atoms are quick to compute for variables that move all units
    behind them, to the end of the last part. `stiffness` and `inertia` start from these sums, and `_to_all` turns them
    into those of the variables here.

    Attributes
    ----------
    unit : ndarray, dtype=int64, shape=(atoms,)
        -1 for an atom of none.
    axis : ndarray, dtype=int64, shape=(variables, 3)
        As `_units` says; `behind` is its first column, `turns` are those that are torsions, and `bases` the first of
        the six of each part (three of an ion).
    alpha : ndarray, dtype=int64, shape=(n,)
        CA atoms of the units.
    """

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        bonds = bonds_of(structure)
        self.unit, axis = _units(structure, bonds)
        self.axis = np.array(axis, dtype=np.int64).reshape(-1, 3)
        self.behind, self.turns = self.axis[:, 0], self.axis[:, 1] >= 0
        self.bases = np.flatnonzero(~self.turns & (np.diff(self.behind, prepend=-1) != 0))
        self.body = np.flatnonzero(self.unit >= 0)
        self.loose = _loose(self.unit < 0, bonds, structure.residue_index)
        self.alpha = np.flatnonzero((structure.atom_name == "CA") & ~structure.hetero & (self.unit >= 0))
        if not FEWEST_RESIDUES <= len(self.alpha) <= MOST_RESIDUES:
            hint = "remove `conformers`"
            if len(self.alpha) > MOST_RESIDUES:
                hint += ", or dock a part of the structure (`residues`, `chains`)"
            raise StructureError(
                f"conformers are made of {FEWEST_RESIDUES} to {MOST_RESIDUES} residues with a complete backbone; "
                f"there are {len(self.alpha)}",
                hint=hint,
            )
        self.start = structure.coord - structure.coord[self.body].mean(axis=0)
        self.pairs, self.strength = _springs(structure, self.start, self.unit, bonds)
        self.rest = distances(self.start, self.pairs)
        self.least = np.minimum(self.rest, LEAST_A)

    def twists(self, coord: Floats) -> Floats:
        """Give the twist of each variable where the atoms are now, shape=(variables, 6)."""
        made = np.zeros((len(self.axis), 6))
        along = coord[self.axis[:, 2]] - coord[self.axis[:, 1]]
        made[self.turns, :3] = along[self.turns] / np.linalg.norm(along[self.turns], axis=1)[:, None]
        made[~self.turns] = np.eye(6)[-self.axis[~self.turns, 1] - 1]
        # A turn leaves the atom in place that it is about.
        made[:, 3:] += np.cross(coord[self.axis[:, 2]], made[:, :3])
        return made

    def _to_all(self, coord: Floats, twists: Floats) -> csr_array:
        """Turn changes of the variables into changes of variables that move all units behind them.

        The matrix, shape=(variables, variables). What a variable does behind the end of its part is taken back by the
        first variables of the next part. An ion has none that turn: it is a point and needs none, and the turn is taken
        back by the part after it.
        """
        number = np.arange(len(twists))
        rows, columns, values = [number], [number], [np.ones(len(twists))]
        carried, twist = number[:0], twists[:0]
        for base, before in zip(self.bases, [0, *self.bases][:-1], strict=True):
            carried, twist = np.r_[carried, number[before:base]], np.vstack([twist, twists[before:base]])
            about = np.cross(coord[self.axis[base, 2]], twist[:, :3])
            back = np.hstack([twist[:, :3], twist[:, 3:] - about])
            turns = self.axis[base, 1] == -1
            for place, column in enumerate(back.T[0 if turns else 3 :]):
                rows.append(np.full(len(carried), base + place))
                columns.append(carried)
                values.append(-column)
            twist = twist[:0] if turns else np.hstack([twist[:, :3], about])
            carried = carried[: len(twist)]
        entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
        return csr_array(coo_array(entries, shape=(len(twists), len(twists))))

    def stiffness(self, coord: Floats, twists: Floats, strength: Floats) -> Floats:
        """Give the second derivatives of the energy of springs by the variables, shape=(variables, variables).

        As if no spring were tense where the atoms are now. Each torsion has a spring of its own too.
        """
        first, second = np.sort(self.unit[self.pairs], axis=1).T
        order = np.argsort(first, kind="stable")
        wrench = self._wrenches(coord)[order]
        springs = strength[order, None, None] * wrench[:, :, None] * wrench[:, None, :]
        last = second[order] - 1
        units = np.arange(self.unit.max() + 1)
        starts = np.searchsorted(first[order], np.arange(len(units) + 1))
        # For each unit, the sum over springs from a unit up to the current one to a unit behind it.
        across = np.zeros((len(units), 6, 6))
        made = np.zeros((len(twists), len(twists)))
        for unit in units:
            own = slice(starts[unit], starts[unit + 1])
            if own.start < own.stop:
                added = np.zeros((last[own].max() - unit + 1, 6, 6))
                np.add.at(added, last[own] - unit, springs[own])
                across[unit : unit + len(added)] += added[::-1].cumsum(axis=0)[::-1]
            for variable in np.flatnonzero(self.behind == unit):
                behind = self.behind[variable:]
                made[variable, variable:] = ((twists[variable] @ across)[behind] * twists[variable:]).sum(axis=1)
        made += np.triu(made, 1).T
        to_all = self._to_all(coord, twists)
        found: Floats = to_all.T @ (made @ to_all)
        found[self.turns, self.turns] += TORSION
        return found

    def inertia(self, coord: Floats, twists: Floats) -> tuple[Floats, Floats]:
        """Give the mass matrix of the variables without movement of the whole, and how the whole moves with each.

        All atoms have mass 1. The second is a twist for each variable, shape=(variables, 6), that is taken away.
        """
        r = coord[self.body]
        moments = np.zeros((len(r), 6, 6))
        moments[:, :3, :3] = (r**2).sum(axis=1)[:, None, None] * np.eye(3) - r[:, :, None] * r[:, None, :]
        cross = np.cross(np.eye(3), r[:, None, :])
        moments[:, :3, 3:], moments[:, 3:, :3] = cross, cross.transpose(0, 2, 1)
        moments[:, 3:, 3:] = np.eye(3)
        of_unit = np.zeros((self.unit.max() + 1, 6, 6))
        np.add.at(of_unit, self.unit[self.body], moments)
        from_here = of_unit[::-1].cumsum(axis=0)[::-1]
        momentum = np.einsum("xab,xb->xa", from_here[self.behind + 1], twists)
        whole = np.linalg.solve(from_here[0], momentum.T).T
        made = np.triu(twists @ momentum.T)
        to_all = self._to_all(coord, twists)
        return to_all.T @ ((made + np.triu(made, 1).T - momentum @ whole.T) @ to_all), to_all.T @ whole

    def soft(self, coord: Floats) -> tuple[Floats, Floats, Floats]:
        """Give the softest modes where the atoms are now, the softest first.

        Returns
        -------
        modes : ndarray, dtype=float64, shape=(variables, k)
        mass : ndarray, dtype=float64, shape=(variables, variables)
        whole : ndarray, dtype=float64, shape=(variables, 6)
            As of `inertia`.
        """
        twists = self.twists(coord)
        mass, whole = self.inertia(coord, twists)
        last = len(mass) - 1
        found = eigh(
            mass, self.stiffness(coord, twists, self.strength), subset_by_index=[max(0, last - LOOKED_AT + 1), last]
        )[1]
        return found[:, ::-1], mass, whole

    def collective_modes(self) -> Iterator[Floats]:
        """Give the softest collective modes, as changes of the variables with a CA RMSD of 1 A to first order.

        The sign is such that the largest displacement of a CA atom along an axis is positive.
        """
        twists = self.twists(self.start)
        try:
            if self._apart():
                raise LinAlgError("no spring joins two parts")
            found, _, whole = self.soft(self.start)
        except LinAlgError:
            hint = "dock the parts one by one (`chains`, `residues`), or leave out `conformers`"
            raise StructureError(
                f"parts of the structure lie more than {CUTOFF_A:g} A apart or hardly touch, so it has no modes",
                hint=hint,
            ) from None
        to_all = self._to_all(self.start, twists)
        # A compound that few springs hold swings far while the protein hardly moves.
        compounds = self.bases[~np.isin(self.axis[self.bases, 2], self.alpha)]
        counted = np.r_[self.alpha, np.flatnonzero(np.isin(self.unit, self.behind[compounds] + 1))]
        for mode in found.T:
            moves = self._moves(self.start, twists, to_all @ mode, mode @ whole)
            if collectivity(moves[counted]) >= LEAST_COLLECTIVE:
                of_alpha = moves[self.alpha]
                sign = np.sign(of_alpha.ravel()[np.abs(of_alpha).argmax()])
                yield sign * mode / np.sqrt((of_alpha**2).sum(axis=1).mean())

    def _apart(self) -> bool:
        """Tell whether neither a spring nor a torsion joins some parts; rounding would give their place a stiffness."""
        torsions = self.behind[self.turns]
        first, second = np.hstack([self.unit[self.pairs].T, [torsions, torsions + 1]])
        size = self.unit.max() + 1
        joined = coo_array((np.ones(len(first)), (first, second)), shape=(size, size))
        return bool(connected_components(joined)[0] > 1)

    def checked(self, mode: Floats, amplitude: float) -> tuple[Structure, float, str]:
        """Move along a mode; also give the RMSD of the CA atoms that is reached, and what is wrong."""
        try:
            made = self.moved(mode, amplitude)
        except LinAlgError:
            return self.structure, 0.0, "the movement does not come to rest"
        shift = (made.coord - self.structure.coord)[self.alpha]
        rmsd = float(np.sqrt((shift**2).sum(axis=1).mean()))
        if rmsd < LEAST_REACHED * amplitude:
            return made, rmsd, f"the springs draw it back, to a CA RMSD of {rmsd:.2f} A"
        return made, rmsd, fault_of(self.structure, made)

    def moved(self, mode: Floats, amplitude: float) -> Structure:
        """Move along a mode until the CA atoms have an RMSD, in angstrom."""
        coord, towards, gone = self.start, self.start[self.alpha], 0.0
        for step in range(1, STEPS + 2):  # the last one makes up for what relaxing took away
            goal = amplitude * min(step, STEPS) / STEPS
            if step > 1:
                found, mass, _ = self.soft(coord)
                moving = mass @ found
                mode = found @ (moving.T @ mode / (moving * found).sum(axis=0))
            for _ in range(4):
                coord = self._turned(coord, mode * (goal - gone))
                gone = superpose(towards, coord[self.alpha])[2]
                if abs(gone - goal) < 0.01:
                    break
            for _ in range(RELAXED):
                coord = self._relaxed(coord, mode)
            gone = superpose(towards, coord[self.alpha])[2]
        quaternion, shift, _ = superpose(self.structure.coord[self.alpha], coord[self.alpha])
        made = coord @ matrix(quaternion).T + shift
        for group in self.loose:
            around = self._around(group)
            quaternion, shift, _ = superpose(made[around], self.structure.coord[around])
            made[group] = self.structure.coord[group] @ matrix(quaternion).T + shift
        return self.structure.with_coord(np.round(made, 3))

    def _moves(self, coord: Floats, twists: Floats, change: Floats, whole: Floats) -> Floats:
        """Tell how far atoms move to first order with variables that move all units behind them, less a twist."""
        sums = np.zeros((self.unit.max() + 1, 6))
        np.add.at(sums, self.behind + 1, twists * change[:, None])
        twist = sums.cumsum(axis=0)[self.unit[self.body]] - whole
        moves = np.zeros_like(coord)
        moves[self.body] = np.cross(twist[:, :3], coord[self.body]) + twist[:, 3:]
        return moves

    def _turned(self, coord: Floats, change: Floats) -> Floats:
        """Change the variables by finite amounts, by the product of the exponentials of their twists.

        Each of several parts is laid where its atoms would move to first order, apart from a movement of the whole. So
        it does not depend on which end of a part its torsions begin.
        """
        twists = self.twists(coord)
        turn, shift = np.eye(3), np.zeros(3)
        turns, shifts = np.empty((self.unit.max() + 1, 3, 3)), np.empty((self.unit.max() + 1, 3))
        reached = 0
        starts = np.isin(np.arange(len(change)), self.bases).tolist()
        for start, unit, twist in zip(starts, self.behind.tolist(), twists * change[:, None], strict=True):
            turns[reached : unit + 1], shifts[reached : unit + 1] = turn, shift
            reached = unit + 1
            if start:
                turn, shift = np.eye(3), np.zeros(3)
            own_turn, own_shift = _exponential(twist)
            turn, shift = turn @ own_turn, turn @ own_shift + shift
        turns[reached:], shifts[reached:] = turn, shift
        made = coord.copy()
        own = self.unit[self.body]
        made[self.body] = np.einsum("nij,nj->ni", turns[own], coord[self.body]) + shifts[own]
        if len(self.bases):
            moves = self._moves(coord, twists, self._to_all(coord, twists) @ change, np.zeros(6))
            goal = coord + _without_the_whole(coord, moves, self.body)
            part = np.searchsorted(self.behind[self.bases], own)
            for atoms in (self.body[part == number] for number in range(len(self.bases) + 1)):
                if len(atoms) < 3:
                    made[atoms] = goal[atoms]
                    continue
                quaternion, shift, _ = superpose(goal[atoms], made[atoms])
                made[atoms] = made[atoms] @ matrix(quaternion).T + shift
        return made

    def _relaxed(self, coord: Floats, mode: Floats) -> Floats:
        """Lower the energy of the network by a step of the Gauss-Newton method that leaves the mode as it is."""
        twists = self.twists(coord)
        first, second = np.sort(self.unit[self.pairs], axis=1).T
        apart = distances(coord, self.pairs)
        touch = np.where(apart < self.least, TOUCH, 0.0)
        pull = self.strength * (apart - self.rest) + touch * (apart - self.least)
        force = pull[:, None] * self._wrenches(coord)
        sums = np.zeros((self.unit.max() + 2, 6))
        np.add.at(sums, first, force)
        np.add.at(sums, second, -force)
        gradient = self._to_all(coord, twists).T @ (twists * sums.cumsum(axis=0)[self.behind]).sum(axis=1)
        stiffness = self.stiffness(coord, twists, self.strength + touch)
        change = -cho_solve(cho_factor(stiffness), gradient)
        along = stiffness @ mode
        change -= mode * (along @ change) / (along @ mode)
        energy = self._energy(coord)
        for half in range(HALVED):
            tried = self._turned(coord, change / 2**half)
            if self._energy(tried) < energy:
                return tried
        return coord

    def _energy(self, coord: Floats) -> float:
        apart = distances(coord, self.pairs)
        return (
            float(self.strength @ (apart - self.rest) ** 2 + TOUCH * (np.minimum(apart - self.least, 0) ** 2).sum()) / 2
        )

    def _wrenches(self, coord: Floats) -> Floats:
        """Give by how much each spring grows with a twist of its atom behind, shape=(springs, 6)."""
        unit = self.unit[self.pairs]
        front = np.where(unit[:, 0] < unit[:, 1], self.pairs[:, 0], self.pairs[:, 1])
        back = np.where(unit[:, 0] < unit[:, 1], self.pairs[:, 1], self.pairs[:, 0])
        along = coord[back] - coord[front]
        along /= np.linalg.norm(along, axis=1)[:, None]
        return np.hstack([np.cross(coord[back], along), along])

    def _around(self, group: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the atoms of units with which a compound moves that no spring joins."""
        away = cKDTree(self.structure.coord[group]).query(self.structure.coord[self.body])[0]
        return self.body[np.argsort(away, kind="stable")[:LEAST_AROUND]]


def _without_the_whole(coord: Floats, moves: Floats, atoms: NDArray[np.int64]) -> Floats:
    """Take the movement of the whole away from how some atoms move to first order."""
    r, moves = coord[atoms] - coord[atoms].mean(axis=0), moves.copy()
    inertia = (r**2).sum() * np.eye(3) - r.T @ r
    turn = np.linalg.solve(inertia, np.cross(r, moves[atoms]).sum(axis=0))
    moves[atoms] -= np.cross(turn, r) + moves[atoms].mean(axis=0)
    return moves


def _units(one: Structure, bonds: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[tuple[int, int, int]]]:
    """Divide atoms into rigid units, and name the variables between them.

    Returns
    -------
    unit : ndarray, dtype=int64, shape=(n,)
        -1 for an atom that is of none.
    axis : list of (int, int, int)
        Of each variable the unit behind which it stands, and the atoms of its bond; of six that are no torsion, -1 to
        -6 and the atom that they are about.
    """
    unit, axis = np.full(len(one), -1, dtype=np.int64), list[tuple[int, int, int]]()
    starts: NDArray[np.int64] = np.r_[np.flatnonzero(np.diff(one.residue_index, prepend=-1)), len(one)]
    parts: list[list[tuple[slice, dict[str, int]]]] = []
    end = -1
    for start, stop in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        at = {name: start + place for place, name in enumerate(one.atom_name[start:stop].tolist())}
        if one.hetero[start] or not {"N", "CA", "C"} <= at.keys():
            end = -1
            continue
        if end < 0 or np.linalg.norm(one.coord[at["N"]] - one.coord[end]) > PEPTIDE_A:
            parts.append([])
        parts[-1].append((slice(start, stop), at))
        end = at["C"]
    count = 0
    for part in parts:
        if len(part) < FEWEST_OF_PART:
            continue
        if count:
            axis += [(count - 1, -number, part[0][1]["CA"]) for number in range(1, 7)]
        for place, (atoms, at) in enumerate(part):
            if place and one.residue_name[atoms.start] != "PRO":
                unit[at["N"]] = count
                axis.append((count, at["N"], at["CA"]))
                count += 1
            unit[atoms] = np.where(unit[atoms] < 0, count, unit[atoms])
            if place < len(part) - 1:
                axis.append((count, at["CA"], at["C"]))
                count += 1
                for name in {"O", "OXT"} & at.keys():
                    unit[at[name]] = count
        count += 1
    groups = _loose(unit < 0, bonds, one.residue_index)
    known = unit.copy()
    for group in groups:
        held = known[bonds[np.isin(bonds, group).any(axis=1)]].max(axis=1)
        if (held >= 0).any():
            unit[group] = held[held >= 0][0]
    if count:
        body = cKDTree(one.coord[unit >= 0])
        for group in groups:
            near = body.query_ball_tree(cKDTree(one.coord[group]), CUTOFF_A)
            # An ion has nothing to turn. Two or three atoms may lie in a line, which cannot turn about itself.
            if unit[group[0]] < 0 and len(group) not in (2, 3) and sum(map(bool, near)) >= LEAST_AROUND:
                axis += [(count - 1, -number, int(group[0])) for number in range(1 if len(group) > 1 else 4, 7)]
                unit[group] = count
                count += 1
    return unit, axis


def _loose(free: NDArray[np.bool_], bonds: NDArray[np.int64], residue: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Group atoms that are of no unit by their residues and the bonds between them."""
    own = bonds[free[bonds].all(axis=1)]
    size = len(free)
    first = np.r_[own[:, 0], np.arange(size - 1)[free[:-1] & free[1:] & (np.diff(residue) == 0)]]
    second = np.r_[own[:, 1], np.arange(1, size)[free[:-1] & free[1:] & (np.diff(residue) == 0)]]
    of_group = connected_components(coo_array((np.ones(len(first)), (first, second)), shape=(size, size)))[1]
    at = np.flatnonzero(free)
    return [at[of_group[at] == group] for group in dict.fromkeys(of_group[at].tolist())]


def _springs(
    one: Structure, coord: Floats, unit: NDArray[np.int64], bonds: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Floats]:
    """Give the pairs of atoms of different units that a spring joins, and how strong it is."""
    body = np.flatnonzero(unit >= 0)
    pairs = np.sort(body[cKDTree(coord[body]).query_pairs(CUTOFF_A, output_type="ndarray")], axis=1)
    pairs = pairs[unit[pairs[:, 0]] != unit[pairs[:, 1]]]
    pairs = pairs[np.lexsort(pairs.T[::-1])]
    strength = 1 / (1 + (distances(coord, pairs) / SPRING_A) ** 6)
    peptide = (one.atom_name[bonds] == np.array(["C", "N"])).all(axis=1) & (
        np.diff(one.residue_index[bonds])[:, 0] == 1
    )
    links = bonds[(np.diff(one.residue_index[bonds])[:, 0] != 0) & ~peptide]
    held = {tuple(pair) for pair in links.tolist()}
    for near, far in [*links.tolist(), *links[:, ::-1].tolist()]:
        others = bonds[(bonds == far).any(axis=1)]
        held |= {(min(near, other), max(near, other)) for other in others[others != far].tolist()}
    strength[[tuple(pair) in held for pair in pairs.tolist()]] *= LINK
    return pairs, strength


def _exponential(twist: Floats) -> tuple[Floats, Floats]:
    """Give the rotation and translation of a finite twist (Rodrigues' formula; Murray, Li & Sastry 1994, 2.36)."""
    angle = float(np.sqrt(twist[:3] @ twist[:3]))
    x, y, z = twist[:3]
    hat = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    if angle < 1e-9:
        return np.eye(3) + hat, twist[3:].copy()
    first, second = np.sin(angle) / angle, (1 - np.cos(angle)) / angle**2
    square = hat @ hat
    third = (1 - first) / angle**2
    shift = np.eye(3) + second * hat + third * square
    return np.eye(3) + first * hat + second * square, shift @ twist[3:]
