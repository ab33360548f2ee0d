"""Several conformers of a partner: every two are docked, and their poses become one list in one frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.docking.backends.contract import Site
from crossdock.docking.bodies import Body
from crossdock.docking.poses import CONFORMERS, placements
from crossdock.docking.record import CombinationRecord
from crossdock.structures.structure import Structure

#: Most poses of all conformers together that are clustered, which takes time and memory by their square: as many as a
#: thorough docking of one pair gives. If the docking of two conformers gives more, that many.
MOST_POSES = 2000


@dataclass(frozen=True)
class Conformers:
    """The conformers of both partners, each partner's laid over its first.

    Attributes
    ----------
    receptor, ligand : tuple of Structure
    """

    receptor: tuple[Structure, ...]
    ligand: tuple[Structure, ...]

    @property
    def several(self) -> bool:
        """Whether a partner has more than one."""
        return len(self.receptor) > 1 or len(self.ligand) > 1

    @property
    def combinations(self) -> list[tuple[int, int]]:
        """Every receptor conformer with every ligand conformer, numbered from 1, the first ones first."""
        numbers = range(1, len(self.receptor) + 1), range(1, len(self.ligand) + 1)
        return [(i, j) for i in numbers[0] for j in numbers[1]]

    @cached_property
    def ligand_trace(self) -> NDArray[np.float64]:
        """CA atoms of the residues that all conformers of the ligand have, shape=(m, n, 3)."""
        traces = []
        for one in self.ligand:
            alpha = one[(one.atom_name == "CA") & ~one.hetero]
            traces.append(dict(zip(alpha.atom_places, alpha.coord, strict=True)))
        shared = [place for place in traces[0] if all(place in one for one in traces)]
        return np.array([[one[place] for place in shared] for one in traces]).reshape(len(traces), len(shared), 3)

    def of(self, combination: tuple[int, int]) -> tuple[Structure, Structure]:
        """Give the receptor and the ligand of a combination."""
        return self.receptor[combination[0] - 1], self.ligand[combination[1] - 1]


class ConformerPoses(Sequence[Body]):
    """Both partners as each pose has them, made when one is asked for.

    Parameters
    ----------
    conformers : Conformers
    poses : DataFrame
        Best first, with the columns `CONFORMERS`; a pose moves the coordinates of its ligand conformer.
    """

    def __init__(self, conformers: Conformers, poses: pd.DataFrame) -> None:
        self.conformers = conformers
        self._poses = poses
        self._numbers = poses[list(CONFORMERS)].to_numpy(dtype=int)
        self._places = placements(poses)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Body: ...

    @overload
    def __getitem__(self, index: slice) -> list[Body]: ...

    def __getitem__(self, index: int | slice) -> Body | list[Body]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        receptor, ligand = self.conformers.of((int(self._numbers[index, 0]), int(self._numbers[index, 1])))
        turns, shifts = self._places
        return Body(receptor, ligand.moved(turns[index], shifts[index]))

    def __iter__(self) -> Iterator[Body]:
        return (self[place] for place in range(len(self)))

    def with_ligand_chains(self, letters: dict[str, str]) -> ConformerPoses:
        """Give the same with the ligand's chains renamed (old -> new)."""
        renamed = tuple(one.with_chains(letters) for one in self.conformers.ligand)
        return ConformerPoses(replace(self.conformers, ligand=renamed), self._poses)


def merged(
    dockings: Mapping[tuple[int, int], pd.DataFrame], *, most: int = MOST_POSES
) -> tuple[pd.DataFrame, dict[tuple[int, int], dict[int, int]], tuple[CombinationRecord, ...]]:
    """Put the poses of all combinations of conformers into one list.

    Parameters
    ----------
    dockings : mapping
        Conformer of the receptor and of the ligand, from 1 -> the poses of docking these two, best first.
    most : int
        How many poses are kept, or as many as one of the dockings has if that is more. The best of each combination is
        kept in any case.

    Returns
    -------
    poses : DataFrame
        Best score first; the columns `CONFORMERS` say which conformers a pose is of.
    ranks : dict
        Combination -> rank within it -> rank here, of the poses that are kept.
    combinations : tuple of CombinationRecord
        In the order of `dockings`; those without a pose have no score.
    """
    tables, found = [], []
    for (receptor, ligand), poses in dockings.items():
        best = float(poses["score"].min()) if len(poses) else None
        found.append(CombinationRecord(receptor, ligand, len(poses), best))
        numbered = poses.rename(columns={"rank": "_rank"})
        place = list(numbered).index("score") + 1
        for column, number in zip(CONFORMERS, (receptor, ligand), strict=True):
            numbered.insert(place, column, number)
            place += 1
        tables.append(numbered)
    limit = max(most, *(len(one) for one in tables))
    whole = pd.concat([one for one in tables if len(one)] or tables[:1], ignore_index=True)
    whole = whole.sort_values("score", kind="stable", ignore_index=True)
    first = ~whole.duplicated(list(CONFORMERS))
    whole = whole[first | (np.arange(len(whole)) < limit)].reset_index(drop=True)
    whole.insert(0, "rank", np.arange(1, len(whole) + 1))
    ranks: dict[tuple[int, int], dict[int, int]] = {}
    for receptor, ligand, before, now in whole[[*CONFORMERS, "_rank", "rank"]].to_numpy(dtype=int).tolist():
        ranks.setdefault((receptor, ligand), {})[before] = now
    return whole.drop(columns="_rank"), ranks, tuple(found)


def best_of_each(poses: pd.DataFrame) -> dict[tuple[int, int], float]:
    """Give the best score of each combination of conformers; nothing where partners have one each."""
    if not set(CONFORMERS) <= set(poses):
        return {}
    best = poses.groupby(list(CONFORMERS), as_index=False)["score"].min()
    numbers = best[list(CONFORMERS)].to_numpy(dtype=int).tolist()
    return {(i, j): score for (i, j), score in zip(numbers, best["score"].tolist(), strict=True)}


def site_on(site: Site, first: Structure, other: Structure) -> Site:
    """Give where a further conformer may be met, by what is said of the first; residues that it lacks are left out."""
    own = first.atom_places
    there = other.atom_places

    def carried(values: Any, kind: type) -> Any:
        if values is None:
            return None
        known = dict(zip(own, values.tolist(), strict=True))
        return np.array([known.get(place, 0) for place in there], dtype=kind)

    return Site(carried(site.closed, bool), carried(site.attract, bool), carried(site.weight, float))
