"""Quality metrics of ModelCIF files."""

import tracemalloc

import numpy as np
import pytest

from crossdock.entries import qa_metrics
from crossdock.entries.qa_metrics import global_metrics, pairwise_metric
from crossdock.errors import StructureError

METRICS = """data_x
loop_
_ma_qa_metric.id
_ma_qa_metric.name
_ma_qa_metric.type
1 pLDDT pLDDT
2 "some score" other
3 PAE PAE
4 contact "contact probability"
#
loop_
_ma_qa_metric_global.ordinal_id
_ma_qa_metric_global.metric_id
_ma_qa_metric_global.metric_value
1 1 80.5
2 2 0.25
3 3 ?
#
"""
PAIRS = """loop_
_ma_qa_metric_local_pairwise.ordinal_id
_ma_qa_metric_local_pairwise.metric_value
_ma_qa_metric_local_pairwise.metric_id
_ma_qa_metric_local_pairwise.label_asym_id_1
_ma_qa_metric_local_pairwise.label_seq_id_1
_ma_qa_metric_local_pairwise.label_asym_id_2
_ma_qa_metric_local_pairwise.label_seq_id_2
"""
TWO = [("B", 7), ("A", 7)]


def pairs(metric=3):
    rows = [(3 * i + j, metric, *one, *other) for i, one in enumerate(TWO) for j, other in enumerate(TWO)]
    return "\n".join(f"1 {value}.5 {' '.join(map(str, rest))}" for value, *rest in rows)


def test_metrics_of_the_whole_model():
    assert global_metrics(METRICS.encode(), "x.cif") == {"pLDDT": 80.5, "some score": 0.25}


def test_pairs_in_the_order_in_which_residues_are_named():
    text = METRICS + PAIRS + pairs() + "\n1 0.9 4 A 7 A 7\n#\n"
    found = pairwise_metric(text.encode(), "x.cif")
    np.testing.assert_array_equal(found, [[0.5, 1.5], [3.5, 4.5]])


def test_the_only_metric_of_a_file_that_does_not_say_its_type():
    text = "data_x\n" + PAIRS + pairs(metric=9) + "\n#\n"
    assert pairwise_metric(text.encode(), "x.cif")[1, 0] == 3.5


def test_a_pair_that_is_missing_is_not_a_number():
    text = METRICS + PAIRS + "\n".join(pairs().splitlines()[:-1]) + "\n#\n"
    found = pairwise_metric(text.encode(), "x.cif")
    assert np.isnan(found).tolist() == [[False, False], [False, True]]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("data_x\nloop_\n_a.b\n_a.c\n1\n#\n" + PAIRS + pairs(), "not a complete mmCIF file"),
        (PAIRS + pairs(), "without data"),
        ("", "no metric of pairs"),
        (METRICS, "no metric of pairs"),
        (METRICS + PAIRS + pairs() + "\n1 2.0 3 A", "ends early"),
        (METRICS + PAIRS.replace("metric_value", "value") + pairs(), "have no metric_value"),
        (METRICS + PAIRS + pairs(metric=4) + "\n1 2.0 1 A 7 A 7\n#\n", "no PAE of pairs"),
    ],
)
def test_files_without_one_say_so(text, what):
    with pytest.raises(StructureError, match=what) as caught:
        pairwise_metric(text.encode(), "x.cif")
    assert caught.value.where == "x.cif"


def test_a_large_table_is_read_in_pieces(monkeypatch):
    """Parsed values of all rows would take ten times the memory."""
    n = 150
    rows = [f"{i} {(i + j) % 30}.5 3 A {i} B {j}\n" for i in range(n) for j in range(n)]
    rows += [f"{i} 0.5 3 B {i} A {j}\n" for i in range(n) for j in range(n)]
    content = (METRICS + PAIRS + "".join(rows) + "#\n").encode()
    monkeypatch.setattr(qa_metrics, "_PIECE", 20_000)
    tracemalloc.start()
    found = pairwise_metric(content, "x.cif")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.shape == (2 * n, 2 * n)
    # In the order in which rows name them: the first of A, all of B, then the rest of A.
    order = ["A 0", *[f"B {j}" for j in range(n)], *[f"A {i}" for i in range(1, n)]]
    assert found[order.index("A 7"), order.index("B 9")] == 16.5
    assert found[order.index("B 9"), order.index("A 7")] == 0.5
    assert np.isnan(found[0, 0])
    assert peak < 4_000_000
