"""Quality metrics in a ModelCIF file (`_ma_qa_metric` and its tables, mmcif.wwpdb.org, dictionary mmcif_ma)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import gemmi
import numpy as np
from numpy.typing import NDArray

from crossdock.entries.entry import decoded
from crossdock.entries.mmcif import CifTable
from crossdock.errors import StructureError

#: Most residues of a matrix, which bounds the memory that it takes: no program predicts as many.
MOST_RESIDUES = 10_000
#: Items of a pair: its residues, the metric, and its value.
_ITEMS = ("label_asym_id_1", "label_seq_id_1", "label_asym_id_2", "label_seq_id_2", "metric_id", "metric_value")
#: The head of the table of pairs, with its items, and the beginning of the next table.
_PAIRS = re.compile(rb"^loop_\s+((?:_ma_qa_metric_local_pairwise\.\w+\s+)+)", re.MULTILINE)
_TABLE = re.compile(rb"^(?:#|loop_|_|data_)", re.MULTILINE)
#: Bytes of rows that are read at once.
_PIECE = 4_000_000


def global_metrics(content: bytes, where: str) -> dict[str, float]:
    """Give the metrics of a whole model by their types, such as pLDDT, pTM and ipTM.

    Parameters
    ----------
    content : bytes
        A ModelCIF file.
    where : str
        For messages.

    Returns
    -------
    dict of str to float
        Without those that are no numbers.

    Raises
    ------
    StructureError
        If it is not mmCIF.
    """
    table = _table(content, where)
    types = _types(table)
    rows = zip(*(table.get(f"_ma_qa_metric_global.{one}", []) for one in ("metric_id", "metric_value")), strict=False)
    found = {types.get(name, name): gemmi.cif.as_number(value) for name, value in rows}
    return {name: value for name, value in found.items() if np.isfinite(value)}


def pairwise_metric(content: bytes, where: str, kind: str = "PAE") -> NDArray[np.float32]:
    """Give a metric of pairs of residues as a matrix.

    Parameters
    ----------
    content : bytes
        A ModelCIF file, or one that was written for its metrics of pairs alone.
    where : str
        For messages.
    kind : str
        Type of the metric; the only one that the file has where it names no types.

    Returns
    -------
    ndarray, dtype=float32, shape=(n, n)
        Residues in the order in which the file names them first, NaN where a pair is missing.

    Raises
    ------
    StructureError
        If it is not mmCIF, or has no such metric.
    """
    # The rows of a large complex are a gigabyte of values once parsed: they are read piece by piece.
    head = _PAIRS.search(content)
    if not head:
        raise StructureError("it has no metric of pairs of residues (_ma_qa_metric_local_pairwise)", where=where)
    after = _TABLE.search(content, head.end())
    end = after.start() if after else len(content)
    types = _types(_table(content[: head.start()] + content[end:], where))
    chosen = {name.encode() for name, one in types.items() if one == kind}
    items = [one.partition(b".")[2].decode() for one in head[1].split()]
    if missing := [one for one in _ITEMS if one not in items]:
        raise StructureError(f"its pairs of residues have no {', '.join(missing)}", where=where)
    place: dict[tuple[bytes, bytes], int] = {}
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]] = []
    others: set[bytes] = set()
    for columns in _rows(content, head.end(), end, len(items), where):
        chain, number, chain2, number2, ids, values = (columns[items.index(one)] for one in _ITEMS)
        residues = zip(zip(chain, number, strict=True), zip(chain2, number2, strict=True), strict=True)
        both = np.array([place.setdefault(key, len(place)) for pair in residues for key in pair]).reshape(-1, 2)
        if len(place) > MOST_RESIDUES:
            raise StructureError(f"it has pairs of more than {MOST_RESIDUES:,} residues", where=where)
        if types:
            keep = np.array([name in chosen for name in ids])
        else:
            keep, others = np.ones(len(ids), dtype=bool), others | set(ids)
        parts.append((both[keep, 0], both[keep, 1], _numbers(values)[keep]))
    if len(others) > 1 or not any(len(values) for _, _, values in parts):
        raise StructureError(f"it has no {kind} of pairs of residues", where=where)
    found = np.full((len(place), len(place)), np.nan, dtype=np.float32)
    for rows, columns_, numbers in parts:
        found[rows, columns_] = numbers
    return found


def _rows(content: bytes, start: int, end: int, width: int, where: str) -> Iterator[list[list[bytes]]]:
    """Give the columns of a table, some rows at a time.

    Raises
    ------
    StructureError
        If its last row is not complete.
    """
    rest: list[bytes] = []
    while start < end:
        cut = content.find(b"\n", min(start + _PIECE, end), end)
        cut = end if cut < 0 else cut
        values = rest + content[start:cut].split()
        whole = len(values) - len(values) % width
        rest = values[whole:]
        if whole:
            yield [values[at:whole:width] for at in range(width)]
        start = cut
    if rest:
        raise StructureError("not a complete mmCIF file: the last row of its pairs of residues ends early", where=where)


def _numbers(values: Sequence[bytes]) -> NDArray[np.float32]:
    """Give numbers, NaN in place of what is none."""
    try:
        return np.array(values).astype(np.float32)
    except ValueError:
        return np.array([gemmi.cif.as_number(one.decode(errors="replace")) for one in values], dtype=np.float32)


def _table(content: bytes, where: str) -> CifTable:
    try:
        document = gemmi.cif.read_string(decoded(content))
    except (ValueError, RuntimeError) as error:
        raise StructureError(f"not a complete mmCIF file: {error}", where=where) from None
    if not len(document):
        raise StructureError("expected an mmCIF file, got one without data", where=where)
    return CifTable(document[0])


def _types(table: CifTable) -> dict[str, str]:
    """Give the type of each metric by its id; its name where it is of no type that the dictionary knows."""
    columns = [table.get(f"_ma_qa_metric.{one}", []) for one in ("id", "type", "name")]
    return {
        name: said if (kind or "other").lower() == "other" else kind for name, kind, said in zip(*columns, strict=False)
    }
