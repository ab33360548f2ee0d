"""The section on what several backends say beside each other: its sentences, and a row a pair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crossdock.analysis.agreement import MeanRankRecord, TwoRecord, WhereRecord
from crossdock.report.run_data import RunData
from crossdock.report.sentences import say
from crossdock.report.wording import labels

#: Pairs that a sentence names; more are counted.
MOST_NAMED = 5
#: Rows of the table; agreement.csv has all.
MOST_ROWS = 200


@dataclass(frozen=True)
class SeveralRow:
    """A pair in the table: the record that says where two backends put it, and its ranks, where it has them."""

    two: TwoRecord
    where: WhereRecord
    ranks: MeanRankRecord | None


@dataclass(frozen=True)
class Several:
    """What the section shows: sentences, rows in order of mean rank, and how many rows there are in all."""

    sentences: tuple[str, ...]
    rows: tuple[SeveralRow, ...]
    total: int


def several(data: RunData) -> Several | None:
    """Say how far the backends of a run agree; None where it has one.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.
    """
    if data.several is None:
        return None
    ranks = {(row.receptor, row.ligand): row for row in data.several.ranks}
    rows = [
        SeveralRow(two, one, ranks.get((one.receptor, one.ligand)))
        for two in data.several.pairs_of_backends
        for one in two.where
    ]
    rows.sort(key=lambda row: (row.ranks.mean if row.ranks and row.ranks.of > 1 else float("inf"), -row.where.dockq))
    said = [sentence for two in data.several.pairs_of_backends for sentence in _said(two, labels(data))]
    return Several(tuple(said), tuple(rows[:MOST_ROWS]), len(rows))


def _said(two: TwoRecord, shown: dict[str, str]) -> Iterator[str]:
    """Say of two backends where and who."""

    def named(pairs: Iterable[tuple[str, str]]) -> dict[str, object]:
        words = [f"{shown.get(ligand, ligand)} on {shown.get(receptor, receptor)}" for receptor, ligand in pairs]
        return {"pairs": words[:MOST_NAMED], "more": max(0, len(words) - MOST_NAMED), "n": len(words)}

    both = {"first": two.first, "second": two.second}
    apart = [one for one in two.where if not one.steered]
    if apart:
        counts = {"near": sum(one.agree for one in apart), "firsts": sum(one.first_agree for one in apart)}
        yield say("several-where", **both, **counts, n=len(apart))
    if not two.where:
        yield say("several-no-pairs", **both)
    if len(apart) < len(two.where):
        yield say("several-steered", **both, n=len(two.where) - len(apart))
    for row in two.agreement:
        if row.over == "all cells":
            numbers = {"rho": row.rho, "low": row.chance_low, "high": row.chance_high}
            yield say("several-who", **both, of=row.of, verdict=row.verdict, **numbers)
    if not two.agreement:
        yield say("several-few", **both)
    if two.first_by_chance:
        yield say("several-first", **both, **named(two.both_first), by_chance=two.first_by_chance)
    if two.contradicted:
        yield say("several-contradicted", **both, **named(two.contradicted))
