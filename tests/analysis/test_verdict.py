"""The verdict on a panel, over every case that its tests can have."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from crossdock.analysis.controls import against_controls, least_q
from crossdock.analysis.matrix import _by_chance
from crossdock.analysis.records import ChanceRecord, ControlsRecord
from crossdock.analysis.verdict import CALLED, Basis, Kind, PanelTest, called, verdict

A, B = ("r1", "l1"), ("r2", "l2")
NO_CONTROLS = ControlsRecord(0)
GOOD = ControlsRecord(60, pairs=240, least_q=0.05, spread=1.0, rare_spread=1.3)
FEW = ControlsRecord(8, pairs=32, least_q=0.48, spread=1.0, rare_spread=1.3)
UNLIKE = ControlsRecord(60, pairs=240, least_q=0.05, spread=2.0, rare_spread=1.3)
UNUSED = ControlsRecord(1, problem="1 control ligands on 4 receptors: averages need at least 2 of each")
QUIET = ChanceRecord(-3.0, -13.0, -13.3, ())
FAR = ChanceRecord(-3.0, -13.0, -13.3, ((*A, -25.0), (*B, -19.0)))
SMALL = ChanceRecord(None, None)


def panel(*, receptors=4, ligands=4, controls=NO_CONTROLS, chance=None, q=None, **more):
    scored = more.pop("scored", receptors * ligands)
    return PanelTest(receptors, ligands, scored, controls, chance, q or {}, **more)


def codes(found):
    return [reason.code for reason in found.reasons]


def test_with_controls_pairs_are_named_by_q():
    found = verdict([panel(controls=GOOD, q={A: 0.05, B: 0.01, ("r3", "l3"): 0.3})])
    assert (found.kind, found.basis, found.pairs) == (Kind.STANDS_OUT, Basis.CONTROLS, (B, A))


def test_with_controls_and_no_call_no_pair_stands_out_however_far_it_lies():
    found = verdict([panel(controls=GOOD, chance=FAR, q={A: 0.84, B: 0.3})])
    assert (found.kind, found.basis, found.pairs) == (Kind.NONE, Basis.CONTROLS, ())


@pytest.mark.parametrize("receptors", [1, 2, 4])
def test_a_background_comes_before_all_other_tests_in_a_panel_of_any_size(receptors):
    shape = {"receptors": receptors, "ligands": receptors, "controls": GOOD, "chance": FAR, "q": {B: 0.001}}
    found = verdict([panel(**shape, background_q={A: 0.04, B: 0.6})])
    assert (found.kind, found.basis, found.pairs) == (Kind.STANDS_OUT, Basis.BACKGROUND, (A,))
    found = verdict([panel(**shape, background_q={A: 0.4})])
    assert (found.kind, found.basis, found.pairs) == (Kind.NONE, Basis.BACKGROUND, ())


def test_a_reason_that_holds_for_several_backends_is_said_once():
    found = verdict([panel(chance=FAR), panel(chance=QUIET), panel(controls=FEW, q={A: 0.48}, chance=FAR)])
    assert codes(found) == ["no-controls", "few-controls"]


def test_a_pair_has_to_stand_out_by_another_backend_too():
    found = verdict(
        [panel(background_q={A: 0.01, B: 0.02}), panel(chance=ChanceRecord(-3.0, -13.0, -13.3, ((*B, -19.0),)))]
    )
    assert (found.kind, found.basis, found.pairs, found.disputed) == (Kind.STANDS_OUT, Basis.SEVERAL, (B,), (A,))
    assert verdict([panel(background_q={A: 0.01}, made_up=True)]).kind is Kind.MADE_UP


def test_models_that_steer_some_dockings_do_not_touch_the_background():
    steered = {"steered_in_part": True}
    assert verdict([panel(**steered)]).kind is Kind.STEERED_IN_PART
    found = verdict([panel(**steered, background_q={A: 0.01, B: 0.5})])
    assert (found.kind, found.basis, found.pairs) == (Kind.STANDS_OUT, Basis.BACKGROUND, (A,))


def test_numbers_on_several_scales_are_not_tested():
    found = verdict([panel(scales=("program",), controls=GOOD, q={A: 0.01}, chance=FAR)])
    assert (found.kind, found.pairs, codes(found)) == (Kind.NOT_TESTED, (), ["several-scales"])
    both = verdict([panel(controls=GOOD, q={A: 0.01}), panel(scales=("program",), controls=GOOD, q={B: 0.01})])
    assert (both.kind, both.basis, both.pairs) == (Kind.STANDS_OUT, Basis.CONTROLS, (A,))


@pytest.mark.parametrize(("q", "kind"), [(0.04, Kind.STANDS_OUT), (0.06, Kind.NONE)])
def test_a_pair_that_is_tested_alone_needs_a_lower_p(q, kind):
    assert verdict([panel(receptors=1, ligands=1, background_q={A: q})]).kind is kind
    assert verdict([panel(background_q={A: 0.06, B: 0.9})]).kind is Kind.STANDS_OUT


def test_without_controls_pairs_are_named_beyond_noise_alone():
    found = verdict([panel(chance=FAR)])
    assert (found.kind, found.basis, found.pairs, codes(found)) == (
        Kind.STANDS_OUT,
        Basis.NOISE,
        (A, B),
        ["no-controls"],
    )
    found = verdict([panel(chance=QUIET)])
    assert (found.kind, found.basis, found.pairs) == (Kind.NONE, Basis.NOISE, ())


@pytest.mark.parametrize(
    ("case", "reasons"),
    [
        ({"receptors": 2, "ligands": 2, "chance": SMALL}, ["no-controls", "too-small"]),
        ({"receptors": 2, "ligands": 9, "chance": SMALL}, ["no-controls", "too-small"]),
        ({"receptors": 9, "ligands": 1}, ["no-controls", "one-ligand"]),
        ({"receptors": 1, "ligands": 12}, ["one-receptor"]),
        ({"receptors": 1, "ligands": 1}, ["one-receptor"]),
        ({"receptors": 1, "ligands": 12, "controls": ControlsRecord(8, problem="no")}, ["one-receptor"]),
        ({"receptors": 2, "controls": UNLIKE, "chance": SMALL, "q": {A: 0.01}}, ["controls-unlike"]),
        ({"receptors": 2, "controls": FEW, "chance": SMALL, "q": {A: 0.48}}, ["few-controls"]),
        ({"receptors": 2, "ligands": 2, "controls": UNUSED, "chance": SMALL}, ["controls-unusable"]),
    ],
)
def test_what_nothing_tests_is_not_named(case, reasons):
    found = verdict([panel(**case)])
    assert (found.kind, found.basis, found.pairs, codes(found)) == (Kind.NOT_TESTED, None, (), reasons)


@pytest.mark.parametrize(
    ("controls", "q", "code"),
    [(UNUSED, {}, "controls-unusable"), (UNLIKE, {A: 0.01}, "controls-unlike"), (FEW, {A: 0.48}, "few-controls")],
)
def test_controls_that_test_nothing_leave_the_noise(controls, q, code):
    found = verdict([panel(controls=controls, chance=FAR, q=q)])
    assert (found.basis, found.pairs, codes(found)) == (Basis.NOISE, (A, B), [code])


def test_several_pairs_together_pass_with_few_controls():
    found = verdict([panel(controls=FEW, q={A: 0.09, B: 0.09})])
    assert (found.kind, found.pairs) == (Kind.STANDS_OUT, (A, B))


def test_how_many_controls_it_takes():
    (reason,) = verdict([panel(receptors=7, ligands=12, controls=FEW, q={A: 0.9})]).reasons
    needed = reason.values["needed"]
    assert least_q(84, 7 * needed) <= CALLED < least_q(84, 7 * (needed - 1))


def test_a_tie_is_all_of_it_or_nothing():
    assert called({A: 0.05, B: 0.05}) == (A, B)
    assert called({A: CALLED, B: CALLED + 1e-9}) == (A,)


def test_holes_count_for_nothing():
    assert verdict([panel(scored=0)]).kind is Kind.EMPTY
    assert verdict([panel(scored=5, controls=GOOD, q={A: 0.01})]).pairs == (A,)
    assert verdict([]).kind is Kind.EMPTY


def test_made_up_scores_name_nothing():
    found = verdict([panel(controls=GOOD, q={A: 0.01}, chance=FAR, made_up=True)])
    assert (found.kind, found.pairs) == (Kind.MADE_UP, ())


def test_backends_must_agree():
    both = verdict([panel(controls=GOOD, q={A: 0.01, B: 0.02}), panel(controls=GOOD, q={A: 0.05, B: 0.9})])
    assert (both.kind, both.pairs, both.disputed) == (Kind.STANDS_OUT, (A,), (B,))
    against = verdict([panel(controls=GOOD, q={A: 0.01}), panel(controls=GOOD, q={A: 0.9})])
    assert (against.kind, against.pairs, against.disputed) == (Kind.NONE, (), (A,))
    one_untested = verdict([panel(controls=GOOD, q={A: 0.01}), panel(receptors=2, ligands=2, chance=SMALL)])
    assert one_untested.pairs == (A,)
    weaker = verdict([panel(controls=GOOD, q={A: 0.01}), panel(chance=FAR)])
    assert (weaker.basis, weaker.pairs, weaker.disputed) == (Basis.SEVERAL, (A,), (B,))


def test_no_case_names_a_pair_without_a_basis():
    controls = (NO_CONTROLS, GOOD, FEW, UNLIKE, UNUSED)
    for receptors, ligands, control, chance, q, made_up in product(
        (1, 2, 4), (1, 2, 4), controls, (None, SMALL, QUIET, FAR), ({}, {A: 0.01}, {A: 0.9}), (False, True)
    ):
        found = verdict(
            [panel(receptors=receptors, ligands=ligands, controls=control, chance=chance, q=q, made_up=made_up)]
        )
        assert bool(found.pairs) == (found.kind is Kind.STANDS_OUT)
        assert (found.kind in (Kind.STANDS_OUT, Kind.NONE)) == (found.basis is not None)
        assert found.kind is not Kind.NOT_TESTED or found.reasons


def simulated(rng, shape, controls, *, unequal):
    """The test of a panel without partners, whose proteins scatter unequally, controls among them."""
    ligands, receptors = shape
    scatter = np.exp(rng.normal(0, unequal, (ligands + controls, 1)) + rng.normal(0, unequal, (1, receptors)))
    scores = (
        -rng.gumbel(size=scatter.shape) * scatter + rng.normal(0, 5, (len(scatter), 1)) + rng.normal(0, 5, receptors)
    )
    names = [f"r{j}" for j in range(receptors)], [f"l{i}" for i in range(ligands)]
    table = pd.DataFrame(scores[:ligands], index=names[1], columns=names[0])
    record, q = NO_CONTROLS, {}
    if controls:
        tested = against_controls(scores[:ligands], scores[ligands:])
        least = least_q(ligands * receptors, tested.controls)
        record = ControlsRecord(controls, tested.controls, least, tested.spread, tested.rare_spread)
        q = {(r, name): tested.q[i, j] for j, r in enumerate(names[0]) for i, name in enumerate(names[1])}
    return panel(receptors=receptors, ligands=ligands, controls=record, chance=_by_chance(table), q=q)


@pytest.mark.parametrize("n", [30, pytest.param(300, marks=pytest.mark.measurement)])
@pytest.mark.parametrize("unequal", [0.0, 0.4])
@pytest.mark.parametrize(("shape", "controls"), [((4, 4), 0), ((12, 7), 0), ((2, 2), 20), ((4, 4), 40), ((12, 7), 130)])
def test_panels_without_partners_seldom_get_a_headline_with_a_name(shape, controls, unequal, n):
    rng = np.random.default_rng(11)
    named = sum(bool(verdict([simulated(rng, shape, controls, unequal=unequal)]).pairs) for _ in range(n))
    stated = CALLED if controls else 0.05
    assert named / n <= stated + 2.3 * (stated * (1 - stated) / n) ** 0.5
