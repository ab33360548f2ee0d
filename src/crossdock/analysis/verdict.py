"""What the tests of a panel allow to be said of its pairs: one function, which every sentence of the report follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crossdock.analysis.controls import controls_needed
from crossdock.analysis.records import ChanceRecord, ControlsRecord

#: Receptor and ligand.
Pair = tuple[str, str]
#: False discovery rate up to which pairs are named.
CALLED = 0.1
#: p-value up to which a pair is named that is tested alone: its q is its p.
CALLED_ALONE = 0.05


class Kind(StrEnum):
    """What can be said."""

    STANDS_OUT = "stands-out"
    """These pairs stand out, by q-values or beyond noise (`Verdict.basis`)."""
    NONE = "none"
    """The panel was tested, and no pair stands out."""
    NOT_TESTED = "not-tested"
    """Nothing tests the pairs; `Verdict.reasons` say why."""
    MADE_UP = "made-up"
    """Scores are made up, so nothing can be said of proteins."""
    STEERED_IN_PART = "steered-in-part"
    """Only some scores include the pull towards models of another backend, so no number compares pairs."""
    EMPTY = "empty"
    """No pair has a score."""


class Basis(StrEnum):
    """What pairs were tested by."""

    BACKGROUND = "background"
    CONTROLS = "controls"
    SEVERAL = "several"
    """Backends were tested by different ones of these."""
    NOISE = "noise"


@dataclass(frozen=True)
class Reason:
    """Why pairs could not be tested, or not fully.

    Attributes
    ----------
    code : str
        ``several-scales`` (value: ``what`` differs), ``one-receptor``, ``one-ligand``, ``too-small``, ``few-partners``,
        ``no-controls``,
        ``controls-unusable`` (``problem``), ``controls-unlike`` (``spread``, ``rare_spread``) or
        ``few-controls`` (``ligands``, ``least_q``, ``needed``: control ligands in all with which one pair alone could
        be named).
    values : dict
    """

    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PanelTest:
    """The numbers by which one backend's pairs are judged.

    Attributes
    ----------
    receptors, ligands : int
    scored : int
        Pairs with a score; others are holes and count for nothing.
    controls : ControlsRecord
    chance : ChanceRecord or None
    q : mapping of (receptor, ligand) to float
        Of the pairs that have one, the lowest first where a caller wants an order among equals.
    made_up : bool
    background_q : mapping of (receptor, ligand) to float
        As `q`, against a background set; empty without one.
    steered_in_part : bool
        Whether models of another backend steered some of the pairs, those with controls included, and not all.
    scales : tuple of str
        What differs between pairs, in words, so that their numbers are on several scales; empty where nothing does.
    complete : bool
        Whether each ligand was docked to each receptor: False where only some pairs were, or proteins have no roles.
    """

    receptors: int
    ligands: int
    scored: int
    controls: ControlsRecord
    chance: ChanceRecord | None = None
    q: Mapping[Pair, float] = field(default_factory=dict)
    made_up: bool = False
    steered_in_part: bool = False
    scales: tuple[str, ...] = ()
    complete: bool = True
    background_q: Mapping[Pair, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What can be said of a panel.

    Attributes
    ----------
    kind : Kind
    basis : Basis or None
        What `pairs` were tested by; None where nothing was tested.
    pairs : tuple of (str, str)
        Receptor and ligand of each pair that stands out, the clearest first.
    reasons : tuple of Reason
        Why nothing was tested; with `Basis.NOISE`, why not against controls.
    disputed : tuple of (str, str)
        Pairs that stand out by some backends that were tested, and not by others; none of them is in `pairs`.
    """

    kind: Kind
    basis: Basis | None = None
    pairs: tuple[Pair, ...] = ()
    reasons: tuple[Reason, ...] = ()
    disputed: tuple[Pair, ...] = ()


def verdict(tests: Sequence[PanelTest]) -> Verdict:
    """Judge a panel.

    Parameters
    ----------
    tests : sequence of PanelTest
        One for each backend.

    Returns
    -------
    Verdict
        Of several backends, a pair stands out if it does by all that were tested; what they dispute is named as such.
        Where one was steered in part, no pair is named.

    Notes
    -----
    A background comes first, as it takes no other pair of the panel to test one, then controls: with either a pair
    stands out at a false discovery rate of `CALLED`. Without enough of them it can only lie beyond noise
    (`crossdock.analysis.scatter`), which panels of four by four and more can show. No other number names a pair.
    """
    found = [_judged(test) for test in tests]
    if mixed := [one for one in found if one.kind is Kind.STEERED_IN_PART]:
        return mixed[0]
    tested = [one for one in found if one.basis]
    if len(tested) < 2:
        return next(iter(tested or sorted(found, key=lambda one: list(Kind).index(one.kind))), Verdict(Kind.EMPTY))
    agreed = tuple(pair for pair in tested[0].pairs if all(pair in one.pairs for one in tested))
    named = dict.fromkeys(pair for one in tested for pair in one.pairs)
    disputed = tuple(pair for pair in named if pair not in agreed)
    bases = {one.basis for one in tested}
    basis = bases.pop() if len(bases) == 1 else Basis.SEVERAL
    reasons = list[Reason]()
    for reason in (reason for one in tested for reason in one.reasons):
        if reason not in reasons:  # each holds for most backends alike
            reasons.append(reason)
    return Verdict(Kind.STANDS_OUT if agreed else Kind.NONE, basis, agreed, tuple(reasons), disputed)


def _judged(test: PanelTest) -> Verdict:
    """Judge the numbers of one backend."""
    if not test.scored:
        return Verdict(Kind.EMPTY)
    if test.made_up:
        return Verdict(Kind.MADE_UP)
    if test.background_q:
        return _found(Basis.BACKGROUND, called(test.background_q))
    if test.steered_in_part:
        return Verdict(Kind.STEERED_IN_PART)
    if test.scales:
        return Verdict(Kind.NOT_TESTED, reasons=(Reason("several-scales", {"what": list(test.scales)}),))
    untested = _untested(test)
    if not untested:
        return _found(Basis.CONTROLS, called(test.q))
    reason = untested[0]
    if reason.code == "few-controls" and (pairs := called(test.q)):
        return _found(Basis.CONTROLS, pairs)  # several together can pass where one alone cannot
    if reason.code != "one-receptor" and test.chance and test.chance.limit is not None:
        return _found(Basis.NOISE, tuple((receptor, ligand) for receptor, ligand, _ in test.chance.beyond), untested)
    return Verdict(Kind.NOT_TESTED, reasons=untested)


def called(q: Mapping[Pair, float]) -> tuple[Pair, ...]:
    """Give the pairs of a q-value up to `CALLED`, or `CALLED_ALONE`, the lowest first and equal ones in their order."""
    level = CALLED if len(q) > 1 else CALLED_ALONE
    return tuple(sorted((pair for pair in q if q[pair] <= level), key=q.__getitem__))


def _found(basis: Basis, pairs: tuple[Pair, ...], reasons: tuple[Reason, ...] = ()) -> Verdict:
    return Verdict(Kind.STANDS_OUT if pairs else Kind.NONE, basis, pairs, reasons)


def _untested(test: PanelTest) -> tuple[Reason, ...]:
    """Say why pairs were not tested against controls; nothing where they were."""
    controls = test.controls
    if test.receptors < 2:
        return (Reason("one-receptor"),)
    if controls.problem:
        return (Reason("controls-unusable", {"problem": controls.problem}),)
    if not controls.pairs:
        small = ["too-small"] if test.chance is not None and test.chance.limit is None else []
        if not test.complete:
            small = ["few-partners"] if test.chance is None or test.chance.limit is None else []
        codes = ["no-controls", *(["one-ligand"] if test.ligands < 2 else small)]
        return tuple(Reason(code) for code in codes)
    if controls.unlike:
        return (Reason("controls-unlike", {"spread": controls.spread, "rare_spread": controls.rare_spread}),)
    if controls.least_q is not None and controls.least_q > CALLED:
        needed = controls_needed(test.scored, test.receptors, CALLED)
        values = {"ligands": controls.ligands, "least_q": controls.least_q, "needed": needed}
        return (Reason("few-controls", values),)
    return ()
