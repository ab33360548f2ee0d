"""Quality metrics in a ModelCIF file (`_ma_qa_metric` and its tables, mmcif.wwpdb.org, dictionary mmcif_ma)."""

from __future__ import annotations

import gemmi
import numpy as np
from numpy.typing import NDArray

from crossdock.entries.entry import decoded
from crossdock.entries.mmcif import CifTable
from crossdock.errors import StructureError


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
        Type of the metric; the only one that the file has, whatever its type, where it names none of this type.

    Returns
    -------
    ndarray, dtype=float32, shape=(n, n)
        Residues in the order in which the file first names them as the first of a pair, NaN where a pair is missing.

    Raises
    ------
    StructureError
        If it is not mmCIF, or has no such metric.
    """
    table = _table(content, where)
    items = ("label_asym_id_1", "label_seq_id_1", "label_asym_id_2", "label_seq_id_2", "metric_id", "metric_value")
    columns = [table.get(f"_ma_qa_metric_local_pairwise.{one}", []) for one in items]
    if not columns[-1] or len({len(one) for one in columns}) != 1:
        raise StructureError("it has no metric of pairs of residues (_ma_qa_metric_local_pairwise)", where=where)
    ids, values = np.array(columns[4]), np.array([gemmi.cif.as_number(one) for one in columns[5]], dtype=np.float32)
    types = _types(table)
    chosen = np.isin(ids, [name for name, one in types.items() if one == kind])
    if not chosen.any() and len(set(columns[4])) == 1:
        chosen[:] = True
    if not chosen.any():
        raise StructureError(f"it has no {kind} of pairs of residues", where=where)
    place: dict[tuple[str, str], int] = {}
    one = [place.setdefault(key, len(place)) for key in zip(columns[0], columns[1], strict=True)]
    other = [place.setdefault(key, len(place)) for key in zip(columns[2], columns[3], strict=True)]
    found = np.full((len(place), len(place)), np.nan, dtype=np.float32)
    found[np.array(one)[chosen], np.array(other)[chosen]] = values[chosen]
    return found


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
