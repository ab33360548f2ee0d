"""The normalised interaction index of every pair of a panel, from what its models bury."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.analysis.equivalents import equivalents
from crossdock.analysis.indices import interaction_index, interface_propensity, normalised_interaction_index
from crossdock.structures.record import Place
from crossdock.structures.site import residue_places
from crossdock.structures.structure import Structure

#: A pair's models: the score of each, and of each side which residues are met, residue -> models.
Met = tuple[NDArray[np.float64], tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]]


def met_residues(scores: NDArray[np.float64], residues: pd.DataFrame, letters: Mapping[str, str]) -> Met:
    """Read which residues each model of a pair has in contact.

    Parameters
    ----------
    scores : ndarray, dtype=float64, shape=(models,)
    residues : DataFrame
        The table of residues.csv.
    letters : mapping of str to str
        Chain letter of the prepared ligand -> letter in the pair's files, which differs from receptor to receptor.
    """
    own_letter = {there: here for here, there in letters.items()}
    found: dict[str, dict[str, list[int]]] = {"receptor": {}, "ligand": {}}
    columns = (residues[name].tolist() for name in ("side", "chain", "number", "contacts", "model"))
    for side, chain, number, contacts, model in zip(*columns, strict=True):
        if contacts > 0:
            key = sys.intern(f"{own_letter[chain] if side == 'ligand' else chain}{number}")
            found[side].setdefault(key, []).append(model)
    # Of thousands of pairs most residues are the same ones, met by the same few models.
    first, second = ({key: _same(tuple(models)) for key, models in side.items()} for side in found.values())
    return scores, (first, second)


def known_sites(body: Structure, interface: Sequence[Sequence[Any]]) -> list[set[str]]:
    """Find the equivalents of a known interface: copies of a protein in one body have one each.

    Parameters
    ----------
    body : Structure
    interface : sequence of (str, int, str)
        Chain letter, number and insertion code of its residues, as protein.json holds them.

    Returns
    -------
    list of set of str
        Chain letter and number of the residues of each site, the interface itself first.
    """
    places = residue_places(body)
    named = [places.index(Place(*one)) for one in interface]
    return [{"".join(map(str, places[laid[i]])) for i in named if laid[i] >= 0} for laid in equivalents(body)]


@cache
def _same(models: tuple[int, ...]) -> tuple[int, ...]:
    """Give the one tuple that equal ones share."""
    return models


def normalised_index(
    met: Mapping[tuple[str, str], Met],
    receptors: list[str],
    ligands: list[str],
    known: Mapping[str, Sequence[Collection[str]]] | None = None,
    *,
    symmetric: bool = False,
) -> np.ndarray:
    """Compute NII of a panel; where an interface is not known, it is where a protein is met as often as on average.

    Parameters
    ----------
    met : mapping of (receptor, ligand) to Met
    receptors, ligands : list of str
    known : mapping, optional
        Protein -> its known interface and the equivalents of it, from `known_sites`.
    symmetric : bool
        Whether proteins have no roles: the usual interface of one then counts all of its pairs, on either side.

    Returns
    -------
    ndarray, dtype=float64, shape=(ligands, receptors)
        0 to 1, higher is better (`indices.normalised_interaction_index`); not a number where `met` has no such pair.

    Notes
    -----
    Sacquin-Mora et al. 2008 take known interfaces; without any, the consensus over all partners is used, as Lopes et
    al. 2013 do with predicted ones. Only residues that any model meets are counted in the average.
    """
    pairs = {(one, other): found for (one, other), found in met.items() if one in receptors and other in ligands}
    # What a protein's usual interface is counted over: the protein and its side, of a symmetric panel both sides.
    keys = {(side, name): (0 if symmetric else side, name) for pair in pairs for side, name in enumerate(pair)}
    partners: dict[tuple[int, str], list[tuple[int, Mapping[str, tuple[int, ...]]]]] = {}
    for pair, (scores, sides) in pairs.items():
        for side, name in enumerate(pair):
            partners.setdefault(keys[side, name], []).append((len(scores), sides[side]))
    expected = {}
    for key, own in partners.items():
        given = (known or {}).get(key[1], ())
        places = sorted({place for _, met_here in own for place in met_here}.union(*given))
        if given:
            expected[key] = places, np.array([[place in site for place in places] for site in given])
            continue
        poses = [_table(met_here, places, models) for models, met_here in own]
        expected[key] = places, interface_propensity(poses) >= 0 if places else np.zeros(0, dtype=bool)
    index = np.full((len(ligands), len(receptors)), np.nan)
    rows, columns = ({name: place for place, name in enumerate(names)} for names in (ligands, receptors))
    for (receptor, ligand), (scores, sides) in pairs.items():
        both = expected[keys[0, receptor]], expected[keys[1, ligand]]
        tables = [_table(side, places, len(scores)) for side, (places, _) in zip(sides, both, strict=True)]
        found = interaction_index(scores, tables[0], tables[1], (both[0][1], both[1][1]))
        index[rows[ligand], columns[receptor]] = found
        if symmetric:
            index[rows[receptor], columns[ligand]] = found
    return normalised_interaction_index(index)


def _table(side: Mapping[str, tuple[int, ...]], keys: list[str], models: int) -> NDArray[np.bool_]:
    """Give which residues each model meets, shape=(models, residues); `keys` has every residue of `side`."""
    table = np.zeros((models, len(keys)), dtype=bool)
    places = {key: place for place, key in enumerate(keys)}
    for key, found in side.items():
        table[list(found), places[key]] = True
    return table
