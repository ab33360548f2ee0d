"""The energy function: pair terms, their weights, and the low-rank form that a scan can correlate.

For a receptor atom i and a ligand atom j at distance d,

    E_ij = w_rep h_i h_j R(d) + (w_con e_ij - w_att) C(d) + w_ele q_i q_j V(d)

and, for each of the two that is closed to docking, w_clo h C(d) with the hardness h of the other,
for each that pulls the partner towards it -w_pul h C(d); for a residue of each,
d the distance of their side chains' centres,

    E_ij = w_res sum_s e_ij,s S_s(d),

with R and C ramps that fall smoothly from 1 to 0 between two distances (steps, as in PIPER, would alias on the grid
and have no slope to follow), e_ij the contact
potential of the two atom types, e_ij,s that of the two amino acids in shell s, S_s the shells, with borders as smooth
as the ramps, h the hardness and q the charges of the atoms, and V the screened Coulomb form of
Gabb et al. 1997.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.compiled import compiled
from crossdock.docking.engine.atoms import RESIDUE_NAMES, TYPE_NAMES
from crossdock.errors import CrossdockError

#: Distance from which on charges do not feel each other, in angstrom.
COULOMB_CUTOFF = 8.0
_DAMAGED = "this file belongs to crossdock: reinstall crossdock"


@dataclass(frozen=True)
class Energy:
    """Weights (arbitrary units) and distances (angstrom) of the energy function.

    Attributes
    ----------
    repulsion, attraction, electrostatics, contact : float
        Weights of the terms.
    closing : float
        Energy of coming near an atom that is closed to docking; counted with the repulsion.
    pulling : float
        Energy won by coming near an atom that pulls the partner; counted with the attraction.
    clash : tuple of float
        Distances at which R(d) is 1 and 0.
    reach : tuple of float
        Distances at which C(d) is 1 and 0.
    residue : float
        Weight of the residue potential.
    shells : tuple of float
        Outer borders of its shells.
    rank : int
        Eigenvectors of the contact potential that the scan keeps.
    """

    repulsion: float = 4.0
    attraction: float = 0.15
    electrostatics: float = 140.0
    contact: float = 0.2
    residue: float = 1.3
    closing: float = 2.0
    pulling: float = 0.15
    clash: tuple[float, float] = (2.4, 4.0)
    reach: tuple[float, float] = (5.0, 7.0)
    shells: tuple[float, float, float] = (5.0, 7.0, 9.5)
    rank: int = 4

    @property
    def cutoff(self) -> float:
        """The distance beyond which no term of atoms acts, in angstrom."""
        return max(self.clash[1], self.reach[1], COULOMB_CUTOFF)

    @property
    def weights(self) -> NDArray[np.float64]:
        """What the sums of overlap, touch, charge, contact, residue, pull and closed atoms are multiplied with."""
        return np.array(
            [
                self.repulsion,
                -self.attraction,
                self.electrostatics,
                self.contact,
                self.residue,
                -self.pulling,
                self.closing,
            ]
        )

    @property
    def distances(self) -> NDArray[np.float64]:
        """Clash and reach distances as one array, for compiled code."""
        return np.array([*self.clash, *self.reach])

    def eigenpairs(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Split the contact energy of two types (attraction included) into its strongest eigenvectors.

        Returns
        -------
        values : ndarray, dtype=float64, shape=(rank,)
        vectors : ndarray, dtype=float64, shape=(rank, N_TYPES)
            So that `sum_k values[k] vectors[k, a] vectors[k, b]` is near `contact * e_ab - attraction`.
        """
        values, vectors = np.linalg.eigh(self.contact * contact_potential() - self.attraction)
        strongest = np.argsort(-np.abs(values), kind="stable")[: self.rank]
        vectors = vectors[:, strongest].T
        # An eigenvector's sign is arbitrary; fix it so that every machine scans with the same numbers.
        vectors *= np.sign(vectors[np.arange(len(vectors)), np.abs(vectors).argmax(axis=1)])[:, None]
        return values[strongest], vectors


@cache
def contact_potential() -> NDArray[np.float64]:
    """Give the contact energies of the atom types.

    Returns
    -------
    ndarray, dtype=float64, shape=(18, 18)
        Symmetric, arbitrary units (about RT), negative where a contact is commoner in complexes than by chance.
        benchmarks/contact_potential.py derives them.
    """
    return _square(_parameters("contact_potential.csv", "type"), TYPE_NAMES, "contact_potential.csv")


@cache
def residue_potential() -> NDArray[np.float64]:
    """Give the contact energies of the amino acids.

    Returns
    -------
    ndarray, dtype=float64, shape=(20, 20, 3)
        For each shell symmetric, in units of RT. benchmarks/contact_potential.py derives them.
    """
    table = _parameters("residue_potential.csv", ["shell", "residue"])
    shell_of = table.index.get_level_values("shell")
    shells = [
        _square(table[shell_of == number].droplevel("shell"), RESIDUE_NAMES, f"residue_potential.csv, shell {number}")
        for number in range(3)
    ]
    return np.ascontiguousarray(np.stack(shells, axis=-1))


def _parameters(name: str, index: str | list[str]) -> pd.DataFrame:
    """Read a table of energies that comes with the package."""
    source = resources.files("crossdock.docking.engine.parameters").joinpath(name)
    with source.open(encoding="utf-8") as handle:
        return pd.read_csv(handle, comment="#", index_col=index)


def _square(table: pd.DataFrame, names: Sequence[str], where: str) -> NDArray[np.float64]:
    """Give a table's energies, rows and columns in the order of names, shape=(n, n).

    Raises
    ------
    CrossdockError
        If one is missing, there twice, or no number.
    """
    rows, columns = ([str(name) for name in axis] for axis in (table.index, table.columns))
    if wrong := [name for name in names if rows.count(name) != 1 or columns.count(name) != 1]:
        what = f"expected one row and one column for each of {len(names)} names; not so for {', '.join(wrong)}"
        raise CrossdockError(what, where=where, hint=_DAMAGED)
    energies: NDArray[np.float64] = (
        table.loc[list(names), list(names)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    )
    if not np.isfinite(energies).all():
        raise CrossdockError("an energy is missing or not a number", where=where, hint=_DAMAGED)
    return energies


@compiled(inline="always")
def shell(d: float, inner: float, outer: float) -> tuple[float, float]:
    """Give the share of a distance that lies in a shell, 0 to 1, and its slope; borders are 1 angstrom wide."""
    rise, climb = ramp(d, inner - 0.5, inner + 0.5)
    fall, drop = ramp(d, outer - 0.5, outer + 0.5)
    return fall - rise, drop - climb


@compiled(inline="always")
def ramp(d: float, full: float, none: float) -> tuple[float, float]:
    """Fall smoothly from 1 at `full` to 0 at `none`, both in angstrom; give the value and its slope."""
    if d <= full:
        return 1.0, 0.0
    if d >= none:
        return 0.0, 0.0
    t = (none - d) / (none - full)
    return t * t * (3.0 - 2.0 * t), -6.0 * t * (1.0 - t) / (none - full)


@compiled(inline="always")
def coulomb(d: float) -> tuple[float, float]:
    """Give 1 / (eps(d) d) with a dielectric that grows with distance, and its slope, d in angstrom.

    eps = 4 up to 6 angstrom, 38 d - 224 up to 8 (Gabb et al. 1997, J Mol Biol 272:106, eqs 4 and 5). From 8 on,
    where it would be 80, there is nothing: the value there is taken off, so that none jumps. Distances below 2 angstrom
    count as 2.
    """
    if d >= COULOMB_CUTOFF:
        return 0.0, 0.0
    rest = 1.0 / (80.0 * COULOMB_CUTOFF)
    if d <= 2.0:
        return 1.0 / 8.0 - rest, 0.0
    if d <= 6.0:
        return 1.0 / (4.0 * d) - rest, -1.0 / (4.0 * d * d)
    eps = 38.0 * d - 224.0
    return 1.0 / (eps * d) - rest, -(eps + 38.0 * d) / (eps * d) ** 2
