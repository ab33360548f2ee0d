"""The membrane that a protein sits in, found from its structure, and the residues that it hides from a partner.

A hydrophobic slab is laid through the protein where the transfer of its exposed side chains from water into the slab
gains most: the idea of PPM/OPM (Lomize et al. 2006, Protein Sci 15:1318; 2011, J Chem Inf Model 51:930) and of TMDET
(Tusnady et al. 2005, Bioinformatics 21:1276), in a simple form of our own: residues in place of atoms, one
hydrophobicity scale, and an exhaustive search over normals, offsets and thicknesses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import LETTERS
from crossdock.geometry.spheres import hemisphere
from crossdock.structures.record import MembraneRecord
from crossdock.structures.structure import Structure

#: Gain in kcal/mol of moving a residue from water to octanol (White & Wimley 1999, Annu Rev Biophys 28:319), charged
#: forms of Arg, Lys, Asp, Glu and His. A scale is compared at a glance, not over twenty lines.
OCTANOL = {
    "TRP": 2.09, "PHE": 1.71, "LEU": 1.25, "ILE": 1.12, "TYR": 0.71, "MET": 0.67, "VAL": 0.46, "CYS": 0.02,
    "PRO": -0.14, "THR": -0.25, "SER": -0.46, "ALA": -0.50, "GLN": -0.77, "ASN": -0.85, "GLY": -1.15, "ARG": -1.81,
    "HIS": -2.33, "LYS": -2.80, "GLU": -3.63, "ASP": -3.64,
}  # fmt: skip
#: What a residue must gain to widen the slab, in kcal/mol; without it the slab grows over indifferent residues.
LEAST_GAIN = 0.3
#: Thickness of the hydrocarbon core that is searched, in angstrom (PPM finds 21 to 44 over all membranes).
THINNEST_A, THICKEST_A = 20, 38
#: Least score (kcal/mol x A^2) that makes a membrane. Five GPCR models have 2,000 to 3,600; the best slab of 60 soluble
#: chains and complexes has 550, and lies at a tip that no chain crosses.
LEAST_SCORE = 1000.0

_RADII_A = {"C": 1.8, "N": 1.65, "O": 1.5, "S": 1.85}
_WINDOW = 19
_NAMES = {letter: name for name, letter in LETTERS.items()}
_SPHERE_POINTS = 100
# Normals of a hemisphere, about 3 degrees apart.
_NORMALS = 2000
# Normals this close to the best score are averaged: the optimum is flat, and one residue must not tip it.
_NEAR_BEST = 0.93
# A residue near a boundary counts in part, as the boundary of a real membrane is some angstrom wide.
_BOUNDARY = np.array([1, 2, 3, 4, 3, 2, 1]) / 16


@dataclass(frozen=True)
class Membrane:
    """A slab.

    Attributes
    ----------
    normal : ndarray, dtype=float64, shape=(3,)
        Unit vector.
    centre : ndarray, dtype=float64, shape=(3,)
        Point on the mid-plane, in angstrom, nearest to the middle of the protein inside the slab.
    thickness : float
        In angstrom.
    score : float
        Gain over the exposed area inside, in kcal/mol x A^2.
    crossings : int
        How many times the chain crosses the slab.
    tilt : float
        Angle in degrees between the normal and the mean axis of the crossing stretches.
    """

    normal: NDArray[np.float64]
    centre: NDArray[np.float64]
    thickness: float
    score: float
    crossings: int
    tilt: float

    def height(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the height of points, shape=(n, 3), over the mid-plane along the normal, shape=(n,), in angstrom."""
        return (points - self.centre) @ self.normal

    def flipped(self) -> Membrane:
        """Give the same slab with the normal the other way."""
        return Membrane(-self.normal, self.centre, self.thickness, self.score, self.crossings, self.tilt)

    def to_record(self, outside: str) -> MembraneRecord:
        """Give the slab as protein.json holds it, with the config's words for what is outside."""
        return MembraneRecord(
            outside,
            normal=tuple(np.round(self.normal, 4).tolist()),
            centre_A=tuple(np.round(self.centre, 2).tolist()),
            thickness_A=round(self.thickness, 1),
            tilt_degrees=round(self.tilt, 1),
            crossings=self.crossings,
            score=round(self.score),
        )


def find_membrane(structure: Structure, *, trusted: NDArray[np.bool_] | None = None) -> Membrane | None:
    """Find the slab of hydrophobic surface across a protein.

    Parameters
    ----------
    structure : Structure
    trusted : ndarray, dtype=bool, shape=(m,), optional
        Residues whose place is certain; others, such as loops of low pLDDT, have no say.

    Returns
    -------
    Membrane or None
        None where there is no convincing slab: a soluble protein. The sign of the normal means nothing yet.

    Notes
    -----
    The octanol scale holds for whole residues and is weighted with exposed side-chain area, so that the score compares
    slabs and proteins but is no free energy. Lipids and the membrane's curvature are not seen, a barrel or a channel
    with a wide wet pore may be missed, and the boundaries are good to a few angstrom. The normal of a single crossing
    helix is hardly determined.
    """
    centres, area, names = _side_chains(structure)
    gain = np.array([OCTANOL.get(name, 0.0) - LEAST_GAIN if name in OCTANOL else 0.0 for name in names.tolist()])
    weight = area * gain
    if trusted is not None:
        weight = np.where(trusted, weight, 0.0)
    normal = _best_normal(centres, weight)
    if normal is None:
        return None
    score, offset, thickness = _best_slab(centres @ normal, weight)
    inside = np.abs(centres @ normal - offset) < thickness / 2
    middle = centres[inside].mean(axis=0)
    centre = middle + (offset - middle @ normal) * normal
    alpha = structure[(structure.atom_name == "CA") & ~structure.hetero]
    crossings, tilt = _crossings(alpha, normal, offset, thickness)
    return Membrane(normal, centre, float(thickness), float(score), crossings, tilt) if crossings else None


def _best_normal(centres: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Search normals, first all around, then finely near the best; None where no slab is good enough."""

    def scores_of(normals: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([_best_slab(centres @ normal, weight)[0] for normal in normals])

    coarse = hemisphere(_NORMALS // 10)
    scores = scores_of(coarse)
    if scores.max() < LEAST_SCORE / 2:
        return None
    middle = coarse[scores.argmax()]
    normals = hemisphere(_NORMALS)
    normals = normals[np.abs(normals @ middle) > np.cos(np.radians(30))]
    scores = scores_of(normals)
    best = normals[scores.argmax()]
    if scores.max() < LEAST_SCORE:
        return None
    along = normals @ best
    near = (scores >= _NEAR_BEST * scores.max()) & (np.abs(along) > np.cos(np.radians(20)))
    mean = (normals[near] * np.sign(along[near])[:, None]).mean(axis=0)
    normal: NDArray[np.float64] = mean / np.linalg.norm(mean)
    return normal


def may_cross(sequence: str) -> bool:
    """Tell whether a chain has a stretch that could cross a membrane, from one-letter codes alone.

    Notes
    -----
    A window of 19 residues whose octanol gains add up to more than 0, as in MPEx (Snider et al. 2009, Protein Sci
    18:2624).
    """
    gains = np.array([OCTANOL.get(_NAMES.get(letter, ""), 0.0) for letter in sequence])
    return len(gains) >= _WINDOW and bool((np.convolve(gains, np.ones(_WINDOW), "valid") > 0).any())


def is_outside(membrane: Membrane, structure: Structure) -> NDArray[np.bool_]:
    """Mark residues beyond the slab on the side of its normal, shape=(m,): by their side chain, or CA for glycine."""
    return membrane.height(_side_chains(structure, exposed=False)[0]) > membrane.thickness / 2


def _side_chains(
    structure: Structure, *, exposed: bool = True
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.str_]]:
    """Give each residue's side-chain centre, shape=(m, 3), its exposed area and its name, shape=(m,)."""
    index = structure.residue_index
    m = structure.n_residues
    side = structure.hetero | ~np.isin(structure.atom_name, ("N", "C", "O", "OXT"))
    # A residue that has lost everything but N, C or O stands for itself.
    side |= ~np.isin(index, index[side])
    counts = np.bincount(index[side], minlength=m)
    centres = np.column_stack(
        [np.bincount(index[side], structure.coord[side, k], minlength=m) / counts for k in range(3)]
    )
    area = np.bincount(index[side], exposed_area(structure)[side] if exposed else None, minlength=m).astype(np.float64)
    _, first = np.unique(index, return_index=True)
    return centres, area, structure.residue_name[first]


def exposed_area(structure: Structure) -> NDArray[np.float64]:
    """Measure the area of each atom that a water molecule can touch, shape=(n,), in square angstrom.

    Notes
    -----
    With 100 test points an atom, good to a few per cent for a side chain. Radii and points are not those of
    `analysis.surface`: the scores of membranes, and what is a convincing one, are fitted with these.
    """
    from crossdock.geometry.surfaces import accessible_surface  # few proteins need it, and it takes long to load

    radii = np.array([_RADII_A.get(element, 1.8) for element in structure.element.tolist()])
    points = np.vstack([half := hemisphere(_SPHERE_POINTS // 2), -half])
    return accessible_surface(structure.coord.astype(float), radii, points).area


def _best_slab(height: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[float, float, float]:
    """Give score, offset and thickness (angstrom) of the best slab for one normal, in steps of 1 angstrom."""
    low = np.floor(height.min()) - THICKEST_A
    bins = (height - low).astype(np.int64)
    profile = np.convolve(np.bincount(bins, weight, minlength=int(bins.max()) + 1 + THICKEST_A), _BOUNDARY, "same")
    sums = np.concatenate([[0.0], np.cumsum(profile)])
    best = (-np.inf, 0.0, float(THINNEST_A))
    for thickness in range(THINNEST_A, THICKEST_A + 1):
        inside = sums[thickness:] - sums[:-thickness]
        k = int(inside.argmax())
        if inside[k] > best[0]:
            best = (float(inside[k]), float(low + k + thickness / 2), float(thickness))
    return best


def _crossings(alpha: Structure, normal: NDArray[np.float64], offset: float, thickness: float) -> tuple[int, float]:
    """Count stretches of chain from one side to the other, and give their mean tilt to the normal in degrees."""
    height = alpha.coord @ normal - offset
    axis, count = np.zeros(3), 0
    for chain in alpha.chains:
        here = np.flatnonzero(alpha.chain == chain)
        last = None  # the latest residue clearly on one side
        for i in here.tolist():
            if abs(height[i]) < thickness / 4:
                continue
            if last is not None and height[last] * height[i] < 0:
                direction = _axis(alpha.coord[last : i + 1])
                axis += direction * np.sign(direction @ normal)
                count += 1
            last = i
    if not count:
        return 0, 0.0
    return count, float(np.degrees(np.arccos(np.clip(axis @ normal / np.linalg.norm(axis), -1, 1))))


def _axis(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the direction in which points, shape=(k, 3), stretch most, as a unit vector."""
    axis: NDArray[np.float64] = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][0]
    return axis
