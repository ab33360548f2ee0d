"""Whether a part of a model is a protein of the panel: by residues, then by where its atoms are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import LETTERS, parent_of
from crossdock.entries.sequence import SAME_PROTEIN, aligned
from crossdock.geometry.superposition import superpose
from crossdock.structures.structure import Structure

#: Least part of the smaller of the two that must be aligned: users trim ends, and loops are missing.
LEAST_ALIGNED = 0.8
#: From which identity and which aligned part on another protein is similar enough to be asked about.
SIMILAR, LEAST_SIMILAR = 0.4, 0.5


@dataclass(frozen=True)
class Trace:
    """The CA atoms of a protein.

    Attributes
    ----------
    places : list of (str, int, str)
        Chain, residue number and insertion code.
    letters : str
        One-letter codes.
    coord : ndarray, dtype=float64, shape=(n, 3)
        In angstrom.
    """

    places: list[tuple[str, int, str]]
    letters: str
    coord: NDArray[np.float64]

    @classmethod
    def of(cls, structure: Structure) -> Trace:
        """Read it from a structure; each residue is taken once."""
        alpha = structure[(structure.atom_name == "CA") & ~structure.hetero]
        places = alpha.atom_places
        first = sorted({place: at for at, place in reversed(list(enumerate(places)))}.values())
        names = [parent_of(alpha.residue_name[at]) or "" for at in first]  # histidines are HSD, HSE or HSP in models
        return cls([places[at] for at in first], "".join(LETTERS.get(name, "X") for name in names), alpha.coord[first])

    def __len__(self) -> int:
        return len(self.places)

    @cached_property
    def chains(self) -> list[tuple[int, str]]:
        """Where each chain starts, and its letters."""
        letters = [place[0] for place in self.places]
        starts = [at for at, letter in enumerate(letters) if at == 0 or letter != letters[at - 1]]
        ends = [*starts[1:], len(letters)]
        return [(start, self.letters[start:end]) for start, end in zip(starts, ends, strict=True)]


@dataclass(frozen=True)
class Likeness:
    """How a part of a model lies on a protein of the panel.

    Attributes
    ----------
    part, protein : Trace
    pairs : list of (int, int)
        Residues of the part and of the protein that lie on each other, counted from 0.
    """

    part: Trace
    protein: Trace
    pairs: list[tuple[int, int]]

    @cached_property
    def same(self) -> int:
        """Number of aligned residues that are the same."""
        return sum(self.part.letters[i] == self.protein.letters[j] for i, j in self.pairs)

    @property
    def identity(self) -> float:
        """Part of the aligned residues that are the same."""
        return self.same / max(len(self.pairs), 1)

    @property
    def aligned(self) -> float:
        """Aligned part of the smaller of the two."""
        return len(self.pairs) / max(min(len(self.part), len(self.protein)), 1)

    @property
    def overlap(self) -> float:
        """Residues that are the same, as a part of the larger of the two."""
        return self.same / max(len(self.part), len(self.protein), 1)

    @property
    def is_same(self) -> bool:
        """True where one of the two is the other, or a part of it."""
        return self.identity >= SAME_PROTEIN and self.aligned >= LEAST_ALIGNED

    @property
    def is_similar(self) -> bool:
        """True where they are too similar to be told apart without a person."""
        return self.identity >= SIMILAR and self.aligned >= LEAST_SIMILAR

    @property
    def numbered(self) -> float:
        """Part of the aligned residues that have the same chain letter, number and insertion code."""
        return sum(self.part.places[i] == self.protein.places[j] for i, j in self.pairs) / max(len(self.pairs), 1)

    @cached_property
    def apart(self) -> tuple[float, float]:
        """RMSD of the aligned CA atoms, in angstrom: where they are, and after superposition."""
        if len(self.pairs) < 3:
            return np.inf, np.inf
        mine, other = (np.array(one) for one in zip(*self.pairs, strict=True))
        part, protein = self.part.coord[mine], self.protein.coord[other]
        return float(np.sqrt(((part - protein) ** 2).sum(axis=1).mean())), superpose(protein, part)[2]


def likeness(part: Trace, protein: Trace) -> Likeness:
    """Compare a part of a model with a protein of the panel.

    Residues under the same chain letter, number and insertion code lie on each other if they are the same; otherwise
    chains are aligned by sequence, each with the one that fits it best.

    Parameters
    ----------
    part, protein : Trace

    Returns
    -------
    Likeness
    """
    place = {one: at for at, one in enumerate(protein.places)}
    pairs = [(at, place[one]) for at, one in enumerate(part.places) if one in place]
    found = Likeness(part, protein, pairs)
    if found.is_same and found.identity == 1:
        return found
    scored = []
    for mine, own in part.chains:
        for other, theirs in protein.chains:
            laid = _aligned(own, theirs)
            scored.append((sum(own[i] == theirs[j] for i, j in laid), mine, other, laid))
    taken: set[tuple[str, int]] = set()
    pairs = []
    for _, mine, other, laid in sorted(scored, key=lambda one: (-one[0], one[1], one[2])):
        if laid and ("part", mine) not in taken and ("protein", other) not in taken:
            taken |= {("part", mine), ("protein", other)}
            pairs += [(mine + i, other + j) for i, j in laid]
    return max(found, Likeness(part, protein, sorted(pairs)), key=lambda one: one.same)


@lru_cache(maxsize=4096)
def _aligned(one: str, other: str) -> list[tuple[int, int]]:
    """Align two chains once, however many jobs have them."""
    return [(at, at) for at in range(len(one))] if one == other else aligned(one, other)
