"""Two backends beside each other: where their models of a pair lie alike, and which pairs both rank first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from crossdock.analysis.compare import compare as compared
from crossdock.analysis.records import AgreementRecord
from crossdock.analysis.reference import ACCEPTABLE, compare, mappings
from crossdock.structures.site import residue_places
from crossdock.structures.structure import Structure

#: Columns of agreement.csv, in order.
COLUMNS = ("receptor", "ligand", "backend", "model", "other_backend", "other_model", "dockq", "shared_contacts")
#: Two backends contradict each other on a pair that is in the first part of a receptor's ranks by one, and in the last
#: by the other. Fewer ligands than that have no such parts.
PART, LEAST_PARTED = 0.25, 4
#: Atoms nearer than this are a contact by DockQ, in angstrom.
TOUCHING_A = 5.0
#: Half of the width of a normal distribution's 95 % interval, in standard deviations.
HALF_95 = 1.96
#: Standard error of a rank that no bootstrap moves: that of a number rounded to a whole one.
ROUNDING = 12**-0.5

Names = tuple[str, str]
#: Two residues: chain and number, with its insertion code, on the receptor, then on the ligand.
Contact = tuple[str, str, str, str]


@dataclass(frozen=True)
class Placed:
    """The models that one backend has of a pair, in the frame and with the chains and numbers of the prepared receptor.

    Attributes
    ----------
    numbers : tuple of int
        Of the models, the best first.
    bodies : tuple of (Structure, Structure)
        Receptor and ligand of each.
    contacts : tuple of frozenset
        Residue pairs in contact in each.
    """

    numbers: tuple[int, ...]
    bodies: tuple[tuple[Structure, Structure], ...]
    contacts: tuple[frozenset[Contact], ...]


@dataclass(frozen=True)
class WhereRecord:
    """How near the models of two backends come to each other.

    Attributes
    ----------
    receptor, ligand : str
    model, other_model : int
        Of the first and of the second backend, the two that agree best: those with the highest DockQ.
    dockq : float
        Of the first one's model, with the second one's as the reference (0 to 1).
    shared_contacts : float
        Of these two: residue pairs that both have, as a share of those that either has (Jaccard's index).
    first_dockq : float
        Of the first models of both.
    steered : bool
        Whether one of the two docked the pair towards the models of the other, so that agreement tells nothing.
    """

    receptor: str
    ligand: str
    model: int
    other_model: int
    dockq: float
    shared_contacts: float
    first_dockq: float
    steered: bool = False

    @property
    def agree(self) -> bool:
        """Whether one is acceptable where the other one is the truth, by CAPRI's standards."""
        return self.dockq >= ACCEPTABLE

    @property
    def first_agree(self) -> bool:
        """The same of the first models."""
        return self.first_dockq >= ACCEPTABLE


@dataclass(frozen=True)
class MeanRankRecord:
    """The rank of a pair among its receptor's ligands, averaged over backends.

    Attributes
    ----------
    receptor, ligand : str
    ranks : dict of str to int
        By backend, among the ligands that all of them rank.
    of : int
        How many these are.
    mean : float
    error : float or None
        Standard error of the mean from the noise of the backends; None where that of one is not known.
    """

    receptor: str
    ligand: str
    ranks: dict[str, int]
    of: int
    mean: float
    error: float | None


@dataclass(frozen=True)
class TwoRecord:
    """What two backends say of one panel.

    Attributes
    ----------
    first, second : str
        Their names.
    agreement : tuple of AgreementRecord
        Rank correlation of the numbers that their statistics are of, and of specificities, as with a published table;
        empty where fewer than three ligands, two receptors or three pairs are shared.
    where : tuple of WhereRecord
        One for each pair that both have models of.
    both_first : tuple of (str, str)
        Receptor and ligand of the pairs that both rank first, of receptors without a steered pair.
    first_by_chance : float
        How many these are on average where one of them ranks at random.
    contradicted : tuple of (str, str)
        Those in the first quarter of their receptor's ranks by one, and in the last by the other.
    """

    first: str
    second: str
    agreement: tuple[AgreementRecord, ...]
    where: tuple[WhereRecord, ...]
    both_first: tuple[Names, ...]
    first_by_chance: float
    contradicted: tuple[Names, ...]


@dataclass(frozen=True)
class SeveralRecord:
    """What the backends of a panel say beside each other, as agreement.json holds it.

    Attributes
    ----------
    backends : tuple of str
        The main one first.
    pairs_of_backends : tuple of TwoRecord
    ranks : tuple of MeanRankRecord
        Receptor by receptor, the best first.
    """

    backends: tuple[str, ...]
    pairs_of_backends: tuple[TwoRecord, ...]
    ranks: tuple[MeanRankRecord, ...]


def where(ours: Placed, theirs: Placed, prepared: tuple[Structure, Structure]) -> pd.DataFrame:
    """Compare each model of one backend with each of another.

    Parameters
    ----------
    ours, theirs : Placed
        Of one pair. DockQ takes the models of `theirs` as the reference.
    prepared : tuple of Structure
        Receptor and ligand as they were docked, whose residues the models have, or some of them.

    Returns
    -------
    DataFrame
        Columns `model`, `other_model`, `dockq` (0 to 1, under the mapping of equivalent chains that has the best; 0
        where the partners of the reference do not touch) and
        `shared_contacts` (0 to 1, Jaccard's index of residue pairs; 0 where neither has any), model by model.

    Raises
    ------
    CrossdockError
        If DockQ cannot judge a model.
    """
    mine, others = ([_numbered(pair, prepared) for pair in one.bodies] for one in (ours, theirs))
    rows = []
    for number, native, there in zip(theirs.numbers, others, theirs.contacts, strict=True):
        for at, dockq in enumerate(_dockq(native, mine)):
            either = ours.contacts[at] | there
            shared = len(ours.contacts[at] & there) / len(either) if either else 0.0
            rows.append((ours.numbers[at], number, round(dockq, 3), round(shared, 3)))
    table = pd.DataFrame(rows, columns=["model", "other_model", "dockq", "shared_contacts"])
    return table.sort_values(["model", "other_model"], ignore_index=True)


def best_of(names: Names, table: pd.DataFrame, *, steered: bool = False) -> WhereRecord:
    """Give the two models that agree best: the highest DockQ, then the most shared contacts, then the first ones."""
    best = table.sort_values(["dockq", "shared_contacts"], ascending=False, kind="stable").iloc[0]
    first = table.sort_values(["model", "other_model"]).iloc[0]
    numbers = int(best["model"]), int(best["other_model"])
    values = float(best["dockq"]), float(best["shared_contacts"]), float(first["dockq"])
    return WhereRecord(*names, *numbers, *values, steered)


def _dockq(native: tuple[Structure, Structure], models: Sequence[tuple[Structure, Structure]]) -> list[float]:
    """Judge models by one that is taken for the truth; those that share a receptor are rigid, and judged at once.

    One whose partners do not touch puts the ligand nowhere: no model agrees with it.
    """
    if np.min(cKDTree(native[0].coord).query(native[1].coord)[0]) >= TOUCHING_A:
        return [0.0] * len(models)
    together: dict[bytes, list[int]] = {}
    for at, (fixed, moving) in enumerate(models):
        together.setdefault(fixed.coord.tobytes() + moving.residue_number.tobytes(), []).append(at)
    found = [0.0] * len(models)
    for places in together.values():
        ways = mappings(native, *models[places[0]])
        for at, judged in zip(places, compare(ways, [models[at][1] for at in places]), strict=True):
            found[at] = float(judged["DockQ"])
    return found


def _numbered(pair: tuple[Structure, Structure], prepared: tuple[Structure, Structure]) -> tuple[Structure, Structure]:
    """Number residues by their places in the prepared structures: a model may lack some, and chains share numbers."""
    first, second = (_in_places(body, other) for body, other in zip(pair, prepared, strict=True))
    return first, second


def _in_places(body: Structure, prepared: Structure) -> Structure:
    """Give the atoms of a partner in the order of the prepared residues, under their numbers from 1."""
    places = {place: at for at, place in enumerate(residue_places(prepared[~prepared.hetero]), start=1)}
    number = np.array([places[place] for place in residue_places(body)])[body.residue_index]
    numbered = replace(body, residue_number=number, insertion=np.full(len(body), "", dtype="U1"))
    return numbered[np.argsort(number, kind="stable")]


def mean_ranks(ranks: Mapping[str, pd.DataFrame]) -> list[MeanRankRecord]:
    """Average the ranks that backends give the ligands of each receptor.

    Parameters
    ----------
    ranks : mapping of str to DataFrame
        Backend -> its ranks.csv.

    Returns
    -------
    list of MeanRankRecord
        Of the pairs that every backend ranks, receptor by receptor, the best mean first.

    Notes
    -----
    Ligands are ranked anew among those that all backends rank. The standard error of a rank is the width of its 95 %
    interval (a bootstrap over replicate dockings) over 2 x 1.96, and at least 1/sqrt(12), that of rounding. Where it is
    known of every backend, the mean is weighted by 1/error^2 and has the error sqrt(1 / sum(1/error^2)); otherwise
    every backend counts as much, since a backend of which no noise is known is not one without noise.
    """
    tables = {name: table.set_index(["receptor", "ligand"]) for name, table in ranks.items()}
    ranked = [set(table.index[table["rank"].notna()]) for table in tables.values()]
    order = next(iter(tables.values())).index
    shared: list[Names] = [names for names in order if all(names in one for one in ranked)]
    found: list[MeanRankRecord] = []
    for receptor in dict.fromkeys(receptor for receptor, _ in shared):
        cells = [names for names in shared if names[0] == receptor]
        own = pd.MultiIndex.from_tuples(cells)
        places = {name: table.loc[own, "rank"].rank(method="min") for name, table in tables.items()}
        errors = {name: (table.loc[own, "rank_high"] - table.loc[own, "rank_low"]) for name, table in tables.items()}
        rows = []
        for names in cells:
            given = {name: int(places[name][names]) for name in tables}
            noise = np.array([float(errors[name][names]) for name in tables]) / (2 * HALF_95)
            known = bool(np.isfinite(noise).all())
            weights = np.maximum(noise, ROUNDING) ** -2.0 if known else np.ones(len(tables))
            mean = float(np.average(list(given.values()), weights=weights))
            error = round(float(weights.sum() ** -0.5), 2) if known else None
            rows.append(MeanRankRecord(*names, given, len(own), round(mean, 2), error))
        found += sorted(rows, key=lambda row: row.mean)
    return found


def two(
    names: Names,
    scores: tuple[pd.DataFrame, pd.DataFrame],
    ranks: tuple[pd.DataFrame, pd.DataFrame],
    found: Iterable[WhereRecord],
    *,
    symmetric: bool = False,
    of: str = "score",
) -> TwoRecord:
    """Say what two backends agree on.

    Parameters
    ----------
    names : tuple of str
        Of the backends.
    scores : tuple of DataFrame
        Matrices of the number that each one's statistics are of: rows ligands, columns receptors, lower is better.
    ranks : tuple of DataFrame
        Their ranks.csv.
    found : iterable of WhereRecord
    symmetric : bool
        Whether proteins have no roles.
    of : str
        What the matrices hold, in words.

    Returns
    -------
    TwoRecord
    """
    rows = mean_ranks(dict(zip(names, ranks, strict=True)))
    placed = [(row, sorted((one - 0.5) / row.of for one in row.ranks.values())) for row in rows]
    found = tuple(found)
    led = {one.receptor for one in found if one.steered}
    apart = [row for row in rows if row.receptor not in led]
    per_receptor = {row.receptor: row.of for row in apart}
    return TwoRecord(
        *names,
        compared(*scores, symmetric=symmetric, of=of).agreement,
        found,
        tuple((row.receptor, row.ligand) for row in apart if row.of > 1 and set(row.ranks.values()) == {1}),
        round(sum(1 / of for of in per_receptor.values() if of > 1), 2),
        tuple(
            (row.receptor, row.ligand)
            for row, (low, high) in placed
            if row.of >= LEAST_PARTED and low <= PART and high >= 1 - PART
        ),
    )
