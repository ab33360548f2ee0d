"""The pairs of a panel whose complex is known: where docking ranked them, and how near its models came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossdock.report.run_data import KnownPair, PairData, RunData
from crossdock.report.sentences import say

#: DockQ from which a model counts as acceptable, medium and high (the CAPRI classes).
DOCKQ_CLASSES = ((0.80, "high"), (0.49, "medium"), (0.23, "acceptable"))


@dataclass(frozen=True)
class KnownRow:
    """How a pair came out whose complex is known.

    Attributes
    ----------
    pair : PairData
    known : KnownPair
        Of the pair.
    quality : str
        CAPRI class of its best model, in words.
    nearness : str
        A sentence on how near the models came.
    """

    pair: PairData
    known: KnownPair
    quality: str
    nearness: str


def known_pairs(data: RunData) -> list[KnownRow]:
    """Describe where each known pair came out."""
    return [
        KnownRow(pair, pair.known, quality(pair.known.best_dockq), _nearness(pair, pair.known))
        for pair in data.pairs
        if pair.known
    ]


def compared(data: RunData) -> Sequence[KnownPair]:
    """Give the known pairs whose models were compared with the complex."""
    return [pair.known for pair in data.pairs if pair.known and pair.known.best_dockq is not None]


def quality(dockq: float | None) -> str:
    """Give the CAPRI class of a DockQ value in words; without a value, ``not compared``."""
    if dockq is None:
        return "not compared"
    return next((word for least, word in DOCKQ_CLASSES if dockq >= least), "incorrect")


def _nearness(pair: PairData, known: KnownPair) -> str:
    if known.best_dockq is None:
        return say("known-not-compared")
    dockq = f"{known.best_dockq:.2f}"
    if known.first_acceptable is None:
        return say("known-none", n=pair.n_models, dockq=dockq, best=known.best_model)
    return say(
        "known-first",
        first=known.first_acceptable,
        best=known.best_model,
        dockq=dockq,
        quality=quality(known.best_dockq),
    )
