"""Antibodies and T-cell receptors: which residues make the loops that bind an antigen, from sequence and structure."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import LETTERS
from crossdock.structures.structure import Structure

# What all variable domains that V, D and J segments make have in common: the cysteine before the first loop, the
# tryptophan behind it, the cysteine before the third in D/E-x-A-x-Y/F-x-C, and F/W-G-x-G of the J segment behind it
# (Kabat et al. 1991; Lefranc et al. 2003, Dev Comp Immunol 27:55). The J segment tells them from all other
# immunoglobulin folds.
_VARIABLE = re.compile(r"C(?P<first>.{8,18})W(?P<between>.{40,66}?[DE].[AGSMTV].[YF].)C(?P<third>.{3,35}?)[WF]G.G")
# Residues from the tryptophan to the second loop, and its length with what can bind beside it.
_TO_SECOND, _SECOND = 11, 19
# Residues as near to a loop as this, in angstrom, are open with it: all but a few atoms of the antibodies' side of the
# interfaces of Docking Benchmark 5 are.
_BESIDE_A = 4.0
# A chain up to this long is one domain, such as a nanobody's; a longer one with one domain found misses its second.
_ONE_DOMAIN = 160


def antigen_loops(sequence: str) -> list[tuple[int, int]]:
    """Find the antigen-binding loops of variable domains.

    Parameters
    ----------
    sequence : str
        One-letter codes of the residues that the structure has.

    Returns
    -------
    list of (int, int)
        First residue and the one behind the last of each loop, counted from 0; three loops a domain.
    """
    loops = []
    for domain in _VARIABLE.finditer(sequence):
        second = domain.end("first") + _TO_SECOND + 1
        loops += [domain.span("first"), (second, second + _SECOND), domain.span("third")]
    return loops


def paratope(structure: Structure) -> NDArray[np.bool_] | None:
    """Mark the residues that can bind an antigen.

    Parameters
    ----------
    structure : Structure
        Prepared.

    Returns
    -------
    ndarray, dtype=bool, shape=(m,), or None
        For each residue; None unless the body is an antibody or T-cell receptor all of whose variable domains are
        recognised.
    """
    index = structure.residue_index
    _, first = np.unique(index, return_index=True)
    protein = ~structure.hetero[first]
    chain, name = structure.chain[first], structure.residue_name[first]
    loop = np.zeros(len(first), dtype=bool)
    domains = 0
    for letter in dict.fromkeys(chain[protein].tolist()):
        here = np.flatnonzero(protein & (chain == letter))
        loops = antigen_loops("".join(LETTERS[residue] for residue in name[here].tolist()))
        domains += len(loops) // 3
        for start, end in loops:
            loop[here[start:end]] = True
    if domains == 0 or (domains % 2 and protein.sum() > _ONE_DOMAIN):
        return None
    from scipy.spatial import cKDTree  # no other proteins need it

    near = cKDTree(structure.coord[loop[index]]).query(structure.coord)[0] < _BESIDE_A
    mask = np.zeros(len(first), dtype=bool)
    mask[index[near]] = True
    return mask
