"""What the door makes of what a backend gives: turned where more is better, and refused by the backend's name."""

import numpy as np
import pandas as pd
import pytest

from crossdock.docking.backends.contract import Backend, Request, Result
from crossdock.docking.backends.door import dock
from crossdock.docking.poses import SERVED
from crossdock.quantity import Quantity

TERMS = (Quantity("touch", "contacts", "high"), Quantity("clash", "contacts", "low"), Quantity("rest", "contacts"))
RECORD = {"decoys": {"n": 3, "best": 9.0, "mean": 2.0, "sd": 4.0}}


def table(scores, **columns):
    """Give poses that all stand where the ligand is."""
    places = {name: 0.0 for name in ("qx", "qy", "qz", "tx_A", "ty_A", "tz_A")}
    made = {"rank": np.arange(1, len(scores) + 1), "score": scores, **columns, "qw": 1.0, **places}
    return pd.DataFrame(made)


class Given(Backend):
    """Gives what it was made with."""

    name, version = "given", "1"

    def __init__(self, result, **attributes):
        self.result = result
        vars(self).update(attributes)

    def dock(self, receptor, ligand, request):
        return self.result

    def methods(self, runs, cite):
        return ["as given"]

    def docked(self):
        return dock(self, None, None, Request())


def test_all_that_is_in_the_unit_of_a_score_is_turned_with_it():
    scores = {"members": [4, 2], "center_score": [5.0, 6.5], "lowest_score": [7.0, 6.5]}
    terms = {"touch": [8.0, 7.0], "clash": [-3.0, -1.0], "rest": [0.0, 0.5]}
    given = table([5.0, 6.5], **scores, **terms, width=[1.0, 2.0])
    fit, numbers = Quantity("fit", "contacts", "high"), (Quantity("width", "A", "high"),)
    docked = Given(Result(given, record=RECORD), score=fit, terms=TERMS, numbers=numbers).docked()
    poses = docked.poses
    for name in ("score", *SERVED[1:], *terms):
        assert poses[name].tolist() == (-given[name]).tolist(), name
    assert poses[list(terms)].sum(axis=1).tolist() == poses["score"].tolist()
    assert (poses["lowest_score"] <= poses["center_score"]).all()
    for name in ("members", "width"):
        assert poses[name].tolist() == given[name].tolist()
    assert poses["fit"].tolist() == given["score"].tolist()
    told = docked.record["decoys"]
    assert (told["n"], told["best"], told["mean"], told["sd"]) == (3, -9.0, -2.0, 4.0)
    better = {one.name: one.better for one in docked.method.numbers}
    assert better == {"touch": "low", "clash": "high", "rest": "", "fit": "high", "width": "high"}


@pytest.mark.parametrize("better", ["low", ""])
def test_a_score_that_is_better_the_lower_stays_as_it_is(better):
    terms = {"touch": [-8.0, -7.0], "clash": [3.0, 2.5], "rest": [0.0, 0.0]}
    given = table([-5.0, -4.5], **terms)
    docked = Given(Result(given, record=RECORD), score=Quantity("fit", "", better), terms=TERMS).docked()
    pd.testing.assert_frame_equal(docked.poses, given)
    assert docked.record["decoys"]["best"] == 9.0
    assert [one.better for one in docked.method.numbers] == ["high", "low", ""]
