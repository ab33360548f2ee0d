"""Equivalent residues: copies of a protein that a symmetry of the body, or of two bodies, lays on one another."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import LETTERS
from crossdock.geometry.rotations import matrix
from crossdock.geometry.superposition import superpose
from crossdock.structures.structure import Structure

#: Consecutive residues that two copies of a protein share at least, for what lies between such words to be compared.
WORD = 4
#: Words that begin farther apart than this, in residues, are not of one stretch.
LONGEST_GAP = 12
#: Fewest residues that a superposition begins with.
SEED = 12
#: Least share of the same residues in such a stretch; the others are mutated.
SAME = 0.9
#: A chain is broken where consecutive C-alpha atoms are farther apart than this, in angstrom.
BOND_A = 4.5
#: A stretch lies on its copy if the RMSD of their C-alpha atoms, the bodies superposed, is at most this, in angstrom.
NEAR_A = 10.0
#: Largest RMSD of the C-alpha atoms of two bodies, or of a body and its copies, that are laid on each other.
LARGEST_RMSD_A = 5.0
#: Least share of the residues with copies that a superposition must lay on a copy.
LEAST_LAID = 0.8
#: A superposition is made anew from what the last one has laid on copies, until that is the same, so often at most.
ROUNDS = 10


@dataclass(frozen=True)
class _Trace:
    """C-alpha atoms of a body: position, one-letter code, unbroken piece of chain, and residue of each."""

    coord: NDArray[np.float64]
    letters: str
    piece: NDArray[np.int64]
    residue: NDArray[np.int64]

    @property
    def ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First atom of each piece, and the one after its last."""
        numbers = np.arange(self.piece[-1] + 1)
        return np.searchsorted(self.piece, numbers), np.searchsorted(self.piece, numbers, side="right")


#: Atoms of two traces that a stretch of sequence, which both have, brings together.
_Stretch = tuple[NDArray[np.int64], NDArray[np.int64]]


def equivalents(body: Structure) -> list[NDArray[np.int64]]:
    """Find the ways to lay a body on itself.

    Parameters
    ----------
    body : Structure
        Its copies of a protein may be chains of their own or parts of one chain, with residues missing here or there,
        point mutations and any numbers.

    Returns
    -------
    list of ndarray, dtype=int64, shape=(n_residues,)
        For each residue the one (counted from 0 in file order) on which the superposition lays it, -1 for none. The
        first leaves every residue where it is.

    Notes
    -----
    A copy is superposed on each of the others; every other copy goes to the one that it then lies nearest to, and the
    superposition is made anew from all of them. A symmetry of k copies takes k - 1 superpositions, not k factorial
    permutations. Copies that no symmetry of the whole lays on one another are not equivalent.
    """
    return [np.arange(body.n_residues), *_laid(body, body, itself=True)]


def correspondences(one: Structure, other: Structure) -> list[NDArray[np.int64]]:
    """Find the ways to lay a body on another one of the same protein.

    Parameters
    ----------
    one, other : Structure

    Returns
    -------
    list of ndarray, dtype=int64, shape=(n_residues,)
        As `equivalents` gives them: for each residue of `one` that of `other`, -1 for none. Empty where the bodies are
        of different proteins.
    """
    return _laid(one, other, itself=False)


def _laid(one: Structure, other: Structure, *, itself: bool) -> list[NDArray[np.int64]]:
    first, second = _trace(one), _trace(other)
    found = []
    for laid in _superpositions(first, second, itself=itself):
        places = np.full(one.n_residues, -1)
        places[first.residue] = np.where(laid >= 0, second.residue[laid], -1)
        found.append(places)
    return found


def _trace(body: Structure) -> _Trace:
    alpha = np.flatnonzero((body.atom_name == "CA") & ~body.hetero)
    coord, chain = body.coord[alpha], body.chain[alpha]
    broken = (np.linalg.norm(np.diff(coord, axis=0), axis=1) > BOND_A) | (chain[1:] != chain[:-1])
    letters = "".join(LETTERS.get(name, "?") for name in body.residue_name[alpha].tolist())
    return _Trace(coord, letters, np.cumsum(np.concatenate([[0], broken])[: len(alpha)]), body.residue_index[alpha])


def _superpositions(one: _Trace, other: _Trace, *, itself: bool) -> list[NDArray[np.int64]]:
    """Find the superpositions of a trace on another, or on itself: for each atom the one it is laid on, or -1."""
    stretches = _stretches(one, other, itself=itself) if len(one.coord) and len(other.coord) else []
    if not stretches:
        return []
    with_copy = len(np.unique(np.concatenate([here for here, _ in stretches])))
    tried: list[NDArray[np.int64]] = []
    found = []
    for here, there in _seeds(one, stretches, itself=itself):
        if any((laid[here] == there).mean() > 0.5 for laid in tried):
            continue
        laid, rmsd = _refined(one, other, stretches, here, there)
        tried.append(laid)
        if rmsd <= LARGEST_RMSD_A and (laid >= 0).sum() >= LEAST_LAID * with_copy:
            found.append(laid)
    return found


def _stretches(one: _Trace, other: _Trace, *, itself: bool) -> list[_Stretch]:
    """Find the stretches of sequence that two traces share, or a trace's pieces share with one another."""
    words = defaultdict(list)
    for j in _words(other):
        words[other.letters[j : j + WORD]].append(j)
    starts = defaultdict(list)
    for i in _words(one):
        for j in words.get(one.letters[i : i + WORD], ()):
            # A chain is not its own copy, even if its sequence repeats itself.
            if not itself or one.piece[i] != other.piece[j]:
                starts[int(one.piece[i]), int(other.piece[j]), j - i].append(i)
    (first, last), (begin, end) = one.ends, other.ends
    found = []
    for (piece, onto, shift), places in starts.items():
        for part in np.split(places, np.flatnonzero(np.diff(places) > LONGEST_GAP) + 1):
            here = _prolonged(one, other, int(part[0]), int(part[-1]) + WORD, shift)
            along = min(last[piece], end[onto] - shift) - max(first[piece], begin[onto] - shift)
            if len(here) < min(SEED, along):
                continue  # a few residues within longer pieces are the same by chance
            same = np.array([one.letters[i] == other.letters[i + shift] for i in here])
            if same.mean() >= SAME:
                found.append((here[same], here[same] + shift))
    return found


def _words(trace: _Trace) -> list[int]:
    """List the atoms that begin a word within a piece, all of known residues."""
    last = np.arange(len(trace.coord) - WORD + 1) + WORD - 1
    inside = np.flatnonzero(trace.piece[last] == trace.piece[: len(last)])
    return [i for i in inside.tolist() if "?" not in trace.letters[i : i + WORD]]


def _prolonged(one: _Trace, other: _Trace, first: int, last: int, shift: int) -> NDArray[np.int64]:
    """Prolong a stretch at both ends as far as the residues are the same, within the pieces of chain: its atoms."""

    def goes_on(i: int, inside: int) -> bool:
        j = i + shift
        return (
            0 <= i < len(one.letters)
            and 0 <= j < len(other.letters)
            and one.piece[i] == one.piece[inside]
            and other.piece[j] == other.piece[inside + shift]
            and one.letters[i] == other.letters[j] != "?"
        )

    while goes_on(first - 1, first):
        first -= 1
    while goes_on(last, last - 1):
        last += 1
    return np.arange(first, last)


def _seeds(one: _Trace, stretches: list[_Stretch], *, itself: bool) -> list[_Stretch]:
    """List the stretches to begin a superposition with, the longest first; in one body, those of the first copy."""
    long = sorted((pair for pair in stretches if len(pair[0]) >= SEED), key=lambda pair: -len(pair[0]))
    later = {int(one.piece[here[0]]) for here, there in long if itself and there[0] < here[0]}
    return [(here, there) for here, there in long if one.piece[here[0]] not in later]


def _refined(
    one: _Trace, other: _Trace, stretches: list[_Stretch], here: NDArray[np.int64], there: NDArray[np.int64]
) -> tuple[NDArray[np.int64], float]:
    """Superpose two stretches, and then all that they lay on copies: for each atom the one it lies on; RMSD in A."""
    laid, rmsd = np.full(len(one.coord), -1), np.inf
    for _ in range(ROUNDS):
        quaternion, shift, _ = superpose(other.coord[there], one.coord[here])
        moved = one.coord @ matrix(quaternion).T + shift
        before, laid = laid, _nearest(stretches, moved, other.coord)
        here = np.flatnonzero(laid >= 0)
        if len(here) < SEED:
            return laid, np.inf
        there = laid[here]
        rmsd = float(np.sqrt(((moved[here] - other.coord[there]) ** 2).sum(axis=1).mean()))
        if (laid == before).all():
            break
    return laid, rmsd


def _nearest(stretches: list[_Stretch], moved: NDArray[np.float64], coord: NDArray[np.float64]) -> NDArray[np.int64]:
    """Lay each stretch on the copy that is nearest: for each atom the one it lies on, or -1."""
    # A dozen atoms of a stretch tell where it lies.
    some = [(here[:: len(here) // 12 + 1], there[:: len(here) // 12 + 1]) for here, there in stretches]
    lengths = np.array([len(here) for here, _ in some])
    here, there = (np.concatenate(side) for side in zip(*some, strict=True))
    square = ((moved[here] - coord[there]) ** 2).sum(axis=1)
    apart = np.sqrt(np.add.reduceat(square, np.cumsum(lengths) - lengths) / lengths)
    laid, taken = np.full(len(moved), -1), np.zeros(len(coord), dtype=bool)
    for number in np.argsort(apart, kind="stable"):
        if apart[number] > NEAR_A:
            break
        here, there = stretches[number]
        free = (laid[here] < 0) & ~taken[there]
        laid[here[free]] = there[free]
        taken[there[free]] = True
    return laid
