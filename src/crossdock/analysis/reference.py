"""Models of a pair whose complex is known, judged by DockQ."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import dockq_rs
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.analysis.equivalents import correspondences, equivalents
from crossdock.errors import CrossdockError
from crossdock.geometry.rotations import matrix
from crossdock.geometry.superposition import superpose
from crossdock.structures.site import residue_places
from crossdock.structures.structure import Structure, write_structure

#: A model from here on is acceptable by CAPRI's standards (Basu & Wallner 2016, PLoS One 11:e0161879).
ACCEPTABLE = 0.23
#: A model is judged under at most so many mappings: large symmetries have more than can be near it.
MOST_TRIED = 4
#: Residues this near to the other partner are the interface whose RMSD DockQ computes, in angstrom.
INTERFACE_A = 10.0
#: Least share of the known interface that must have equivalent residues for a mapping to count.
LEAST_INTERFACE = 0.8
#: Least share of equivalent residues that are the same in the known complex too, if it has the copy at all.
LEAST_SAME = 0.8

Pair = tuple[Structure, Structure]
#: Number and insertion code of a residue.
Place = tuple[int, str]


@dataclass(frozen=True)
class Mapping:
    """Which residues of a docked pair stand for those of the known complex.

    Attributes
    ----------
    native : tuple of Structure
        The known partners that receptor and ligand of the docked pair stand for, in this order, without residues that
        the copy lacks which stands for them.
    receptor, ligand : Structure
        The docked partners as far as the known ones have their residues, under the known ones' numbers.
    atoms : ndarray, dtype=int64, shape=(n,)
        Which atoms of the docked ligand are those of `ligand`.
    """

    native: Pair
    receptor: Structure
    ligand: Structure
    atoms: NDArray[np.int64]

    @cached_property
    def traced(self) -> NDArray[np.int64]:
        """Which atoms of the docked ligand are C-alpha atoms that the known one has too, shape=(m,)."""
        return self.atoms[_traced(self.native[1], self.ligand)[1]]

    @cached_property
    def home(self) -> NDArray[np.float64]:
        """Where the known complex, its receptor superposed, has these, shape=(m, 3) in angstrom."""
        known, here = _traced(self.native[0], self.receptor)
        bound, unbound = self.native[0].coord[known], self.receptor.coord[here]
        quaternion, shift, _ = superpose(unbound, bound)
        return self.native[1].coord[_traced(self.native[1], self.ligand)[0]] @ matrix(quaternion).T + shift

    def rmsd(self, body: Structure) -> float:
        """Compute how far a placement of the docked ligand is from there, in angstrom."""
        return float(np.sqrt(((body.coord[self.traced] - self.home) ** 2).sum(axis=1).mean()))

    def score(self, placed: list[Structure]) -> list[dict[str, float]]:
        """Judge placements of the docked ligand under this mapping, as dockq-rs does: `DockQ`, `iRMSD` and so on."""
        if not placed:
            return []
        with tempfile.TemporaryDirectory() as folder:
            native = Path(folder, "native.pdb")
            write_structure(native, *(_lettered(body, letter) for body, letter in zip(self.native, "AB", strict=True)))
            files = [Path(folder, f"model_{number}.pdb") for number in range(len(placed))]
            fixed, moving = _lettered(self.receptor, "A"), _lettered(self.ligand, "B")
            for file, body in zip(files, placed, strict=True):
                write_structure(file, fixed, moving.with_coord(body.coord[self.atoms]))
            results = dockq_rs.score_one_vs_many(
                str(native), [str(file) for file in files], no_align=True, mapping="AB:AB"
            )
        for result in results:
            if not result["ok"]:
                raise CrossdockError(f"DockQ could not judge a model: {result.get('error')}")
        return [result["result"]["best_result"]["AB"] for result in results]


def judge(
    receptor: Structure, ligand: Structure, placed: list[Structure], receptors: list[Structure] | None = None
) -> list[dict[str, float]]:
    """Compare models with the known complex.

    Parameters
    ----------
    receptor, ligand : Structure
        As prepared from the complex: the ligand lies where the complex has it.
    placed : list of Structure
        The same ligand where each model has it.
    receptors : list of Structure, optional
        The receptor of each model, where it has coordinates of its own.

    Returns
    -------
    list of dict
        `dockq` (0 to 1), `irmsd_A`, `lrmsd_A` (interface and ligand RMSD in angstrom) and `fnat` (share of native
        contacts), by the dockq-rs program, under the mapping of equivalent chains that has the best DockQ.

    Raises
    ------
    CrossdockError
        If the program cannot judge a model.
    """
    if not placed:
        return []
    fixed, moving = _renumbered(receptor), _renumbered(ligand)
    native = (fixed, moving)
    if receptors is None:
        verdicts = compare(mappings(native, *native), [_renumbered(body) for body in placed])
    else:
        own = [(_renumbered(one), _renumbered(other)) for one, other in zip(receptors, placed, strict=True)]
        verdicts = [compare(mappings(native, *pair), [pair[1]])[0] for pair in own]
    return [
        {
            "dockq": round(best["DockQ"], 3),
            "irmsd_A": round(best["iRMSD"], 2),
            "lrmsd_A": round(best["LRMSD"], 2),
            "fnat": round(best["fnat"], 3),
        }
        for best in verdicts
    ]


def compare(found: list[Mapping], placed: list[Structure]) -> list[dict[str, float]]:
    """Judge models under each mapping and keep the best.

    Parameters
    ----------
    found : list of Mapping
        From `mappings`.
    placed : list of Structure
        The docked ligand where each model has it.

    Returns
    -------
    list of dict
        What dockq-rs says of each model: `DockQ`, `iRMSD`, `LRMSD`, `fnat`.

    Raises
    ------
    CrossdockError
        If the program cannot judge a model.

    Notes
    -----
    Of many mappings only the `MOST_TRIED` are tried that have the ligand nearest to its known place, by RMSD.
    """
    tried = np.ones((len(found), len(placed)), dtype=bool)
    if len(found) > MOST_TRIED:
        away = np.array([[one.rmsd(body) for body in placed] for one in found])
        tried = away.argsort(axis=0).argsort(axis=0) < MOST_TRIED
    best: list[dict[str, float]] = [{"DockQ": -1.0} for _ in placed]
    for one, chosen in zip(found, tried, strict=True):
        numbers = np.flatnonzero(chosen).tolist()
        for number, verdict in zip(numbers, one.score([placed[i] for i in numbers]), strict=True):
            best[number] = max(best[number], verdict, key=lambda row: row["DockQ"])
    return best


def mappings(native: Pair, receptor: Structure, ligand: Structure) -> list[Mapping]:
    """Find the mappings under which a docked pair is the known complex.

    Parameters
    ----------
    native : tuple of Structure
        Receptor and ligand of the known complex.
    receptor, ligand : Structure
        The docked partners, wherever they are; residue number and insertion code say which residue is which.

    Returns
    -------
    list of Mapping
        The first takes residues as they are numbered. The others exchange equivalent copies within each partner, and
        the partners themselves where they are the same protein.
    """
    own = [
        _stand_ins((known, known), body, body, equivalents(body), _interface(known, other))
        for known, other, body in zip(native, native[::-1], (receptor, ligand), strict=True)
    ]
    exchanged = [
        _stand_ins((known, other), of, body, correspondences(of, body), _interface(known, other))
        for known, other, of, body in zip(native[::-1], native, (ligand, receptor), (receptor, ligand), strict=True)
    ]
    return [
        Mapping((known_receptor, known_ligand), fixed, moving, atoms)
        for receptors, ligands in (own, exchanged)
        for known_receptor, fixed, _ in receptors
        for known_ligand, moving, atoms in ligands
    ]


def _stand_ins(
    native: Pair, of: Structure, body: Structure, ways: list[NDArray[np.int64]], interface: set[Place]
) -> list[tuple[Structure, Structure, NDArray[np.int64]]]:
    """Give a body's residues the numbers of those that they stand for, as far as the known complex has them.

    Parameters
    ----------
    native : tuple of Structure
        The known partners with the numbers of `of` and of `body`.
    of, body : Structure
        The docked partner that is stood for, and the one that stands for it; the same one for copies within a partner.
    ways : list of ndarray, dtype=int64, shape=(residues of `of`,)
        For each residue the one of `body` that stands for it, -1 for none.
    interface : set of tuple
        Residues of the known partner that is stood for, where the other one binds.

    Returns
    -------
    list of tuple
        The known partner without residues that nothing stands for, though `of` has them; the atoms under their new
        numbers; which atoms of `body` they are. Ways are left out that lack much of the interface, and those of a
        homodimer that stands for a heterodimer: the known complex has other residues there.
    """
    places, own = ([place[1:] for place in residue_places(one)] for one in (of, body))
    known, others = (dict(zip(_places(one), one.residue_name.tolist(), strict=True)) for one in native)
    numbers, insertions = np.array([n for n, _ in places]), np.array([code for _, code in places], dtype="U1")
    interface = interface.intersection(places)
    found = []
    for laid in ways:
        pairs = [(i, j) for i, j in enumerate(laid.tolist()) if j >= 0 and places[i] in known]
        same = [known[places[i]] == others.get(own[j]) for i, j in pairs]
        there = any(own[j] in others for _, j in pairs)
        lacking = set(places).difference(places[i] for i, _ in pairs)
        shown = len(interface - lacking)
        if (there and np.mean(same) < LEAST_SAME) or shown < LEAST_INTERFACE * len(interface):
            continue
        stands_for = np.full(body.n_residues, -1)
        stands_for[[j for _, j in pairs]] = [i for i, _ in pairs]
        residue = stands_for[body.residue_index]
        atoms = np.argsort(residue, kind="stable")[np.count_nonzero(residue < 0) :]
        number, insertion = numbers[residue[atoms]], insertions[residue[atoms]]
        present = native[0][np.array([place not in lacking for place in _places(native[0])])]
        found.append((present, replace(body[atoms], residue_number=number, insertion=insertion), atoms))
    return found


def _interface(known: Structure, other: Structure) -> set[Place]:
    """Give the residues of a known partner that lie near the other one."""
    near = np.asarray(cKDTree(other.coord).query(known.coord)[0]) < INTERFACE_A
    return set(_places(known[near]))


def _traced(known: Structure, body: Structure) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the C-alpha atoms of the residues that two structures have under the same number: those of each."""
    atoms = [np.flatnonzero((one.atom_name == "CA") & ~one.hetero) for one in (known, body)]
    first, second = (
        dict(zip(_places(one[own]), own, strict=True)) for one, own in zip((known, body), atoms, strict=True)
    )
    both = [place for place in first if place in second]
    return np.array([first[place] for place in both]), np.array([second[place] for place in both])


def _places(structure: Structure) -> list[Place]:
    """Give number and insertion code of each atom's residue."""
    return list(zip(structure.residue_number.tolist(), structure.insertion.tolist(), strict=True))


def _renumbered(structure: Structure) -> Structure:
    """Give the protein's atoms, their residues numbered from 1: numbers of several chains may be the same."""
    protein = structure[~structure.hetero]
    insertion = np.full(len(protein), "", dtype="U1")
    return replace(protein, residue_number=protein.residue_index + 1, insertion=insertion)


def _lettered(structure: Structure, letter: str) -> Structure:
    """Give the same atoms as one chain: DockQ compares chain with chain."""
    return replace(structure, chain=np.full(len(structure), letter))
