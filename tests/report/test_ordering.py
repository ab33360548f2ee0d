"""The order of a matrix's rows by clustering."""

from __future__ import annotations

import numpy as np
import pytest

from crossdock.report.ordering import clustered


def groups(order: list[int], labels: np.ndarray) -> int:
    """Count the runs of one label along an order."""
    along = labels[order]
    return 1 + int((along[1:] != along[:-1]).sum())


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_rows_of_one_kind_lie_together(missing):
    rng = np.random.default_rng(3)
    labels = np.arange(18) % 3
    kinds = np.array([[0.0] * 6 + [9.0] * 6, [9.0] * 6 + [0.0] * 6, [-9.0] * 12])
    values = kinds[labels] + rng.normal(scale=0.5, size=(18, 12))
    values[rng.random(values.shape) < missing] = np.nan
    order = clustered(values)
    assert sorted(order) == list(range(18))
    assert groups(order, labels) == 3


def test_a_ladder_is_put_in_order():
    """With one number a row, the order whose neighbours differ least is the sorted one."""
    values = np.array([[5.0], [1.0], [4.0], [2.0], [3.1]])
    along = values[clustered(values), 0]
    assert (np.diff(along) > 0).all() or (np.diff(along) < 0).all()


def test_the_average_of_all_values_does_not_matter():
    values = np.random.default_rng(4).normal(size=(9, 5))
    assert clustered(values) == clustered(values - 1e6)


def test_rows_without_values_come_last():
    values = np.array([[np.nan, np.nan], [1.0, 2.0], [8.0, 9.0], [1.1, np.nan], [np.nan, np.nan]])
    order = clustered(values)
    assert order[-2:] == [0, 4]
    assert abs(order.index(1) - order.index(3)) == 1


def test_rows_that_share_no_column_are_far_apart():
    values = np.array([[1.0, np.nan, 1.0], [np.nan, 1.0, np.nan], [1.0, np.nan, 1.1], [4.0, 1.1, 4.0]])
    assert sorted(clustered(values)) == [0, 1, 2, 3]
    assert abs(clustered(values).index(0) - clustered(values).index(2)) == 1


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_rows_stay_as_they_are(rows):
    assert clustered(np.ones((rows, 3))) == list(range(rows))
