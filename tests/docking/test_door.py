"""What the door makes of what a backend gives: turned where more is better, and refused by the backend's name."""

import numpy as np
import pandas as pd
import pytest

from crossdock.docking.backends.contract import Abilities, Backend, Model, Request, Result
from crossdock.docking.backends.door import dock
from crossdock.docking.poses import CLUSTER_COLUMNS
from crossdock.docking.record import DecoysRecord, FirstModels
from crossdock.errors import DockingError
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
    for name in ("score", *CLUSTER_COLUMNS[1:], *terms):
        assert poses[name].tolist() == (-given[name]).tolist(), name
    assert poses[list(terms)].sum(axis=1).tolist() == poses["score"].tolist()
    assert (poses["lowest_score"] <= poses["center_score"]).all()
    for name in ("members", "width"):
        assert poses[name].tolist() == given[name].tolist()
    assert poses["fit"].tolist() == given["score"].tolist()
    assert docked.record["decoys"] == DecoysRecord(3, -9.0, -2.0, 4.0)
    better = {one.name: one.better for one in docked.method.numbers}
    assert better == {"touch": "low", "clash": "high", "rest": "", "fit": "high", "width": "high"}


@pytest.mark.parametrize("better", ["low", ""])
def test_a_score_that_is_better_the_lower_stays_as_it_is(better):
    terms = {"touch": [-8.0, -7.0], "clash": [3.0, 2.5], "rest": [0.0, 0.0]}
    given = table([-5.0, -4.5], **terms)
    docked = Given(Result(given, record=RECORD), score=Quantity("fit", "", better), terms=TERMS).docked()
    pd.testing.assert_frame_equal(docked.poses, given)
    assert docked.record["decoys"].best == 9.0
    assert [one.better for one in docked.method.numbers] == ["high", "low", ""]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"notes": "abc"}, "`notes`: Expected `array`, got `str`"),
        ({"notes": None}, "`notes`: Expected `array`, got `null`"),
        ({"notes": [1]}, "`notes`: Expected `str`, got `int`"),
        ({"decoys": {"n": 1}}, "`decoys`: Object missing required field `best`"),
        ({"decoys": {"n": 1, "best": "x", "mean": 0, "sd": 0}}, "`decoys`: Expected `float`, got `str`"),
        ({"first_models": {"x": 1}}, "`first_models`: Object missing required field `sets`"),
        ({"first_models": {"sets": ["a", "b"], "apart_A": [[0.0]]}}, "no table of 2 x 2 distances"),
        ({"parameters": None}, "`parameters`: Expected `object`, got `null`"),
        ({"parameters": [1]}, "`parameters`: Expected `object`, got `array`"),
        ({"counts": 3}, "`counts`: Expected `object`, got `int`"),
        ({"synthetic": "no"}, "`synthetic`: Expected `bool`, got `str`"),
        ({"own": {1, 2}}, "its record cannot be written as JSON"),
        (["notes"], "its record is list, not a mapping"),
        (None, "its record is NoneType, not a mapping"),
    ],
)
def test_a_record_of_other_types_is_the_fault_of_the_backend(record, message):
    with pytest.raises(DockingError, match="the backend given") as error:
        Given(Result(table([-1.0]), record=record)).docked()
    assert message in error.value.what


def test_a_record_is_given_as_docking_json_holds_it():
    record = {"notes": ("one", "two"), "first_models": {"sets": ["a"], "apart_A": [[0]]}, "own": (1, 2), "decoys": None}
    docked = Given(Result(table([-1.0]), record=record)).docked()
    assert docked.record == {
        "notes": ("one", "two"),
        "first_models": FirstModels(("a",), ((0.0,),)),
        "own": [1, 2],
        "decoys": None,
    }


CLUSTER_ROW = {"members": [4], "center_score": [-5.0], "lowest_score": [-7.0]}


@pytest.mark.parametrize(
    ("poses", "message"),
    [
        (table([-1.0]).assign(tx_A=None), "tx_A of pose 1 is nan, no finite number"),
        (table([-1.0]).assign(width=["x"]), "column width of its poses contains values that are not numbers"),
        (table([-1.0]).assign(width=[[1, 2]]), "column width of its poses contains values that are not numbers"),
        (table([-1.0], **CLUSTER_ROW).assign(members=None), "members of pose 1 is nan, no whole number from 1"),
        (table([-1.0], **CLUSTER_ROW).assign(members=2.5), "members of pose 1 is 2.5, no whole number from 1"),
        (table([-1.0], **CLUSTER_ROW).assign(lowest_score="low"), "column lowest_score of its poses"),
        (table([-1.0]).assign(rank=1.5), "rank of pose 1 is 1.5, no whole number from 1"),
        (pd.concat([table([-1.0]), table([-1.0])[["score"]]], axis=1), "two columns score"),
        ([1, 2], "its poses are list, not a pandas DataFrame"),
    ],
)
def test_columns_of_something_else_than_numbers_are_the_fault_of_the_backend(poses, message):
    with pytest.raises(DockingError, match="the backend given") as error:
        Given(Result(poses), numbers=(Quantity("width"),)).docked()
    assert message in error.value.what


def test_a_number_that_is_not_known_may_be_none():
    poses = Given(Result(table([-1.0, 0.0], width=[None, 2])), numbers=(Quantity("width"),)).docked().poses
    assert poses["width"].dtype == float
    assert poses["width"].isna().tolist() == [True, False]


@pytest.mark.parametrize("models", [5, [Model(None, None, 1.0)], [1]])
def test_models_of_other_types_are_the_fault_of_the_backend(models):
    with pytest.raises(DockingError, match="the backend given"):
        Given(Result(models=models), can=Abilities(models=True)).docked()
