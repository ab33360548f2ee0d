"""Ranges of residues such as ``87-120,130-190B``, read and applied to a chain in the order of its file."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossdock.errors import StructureError

_RANGE = re.compile(r"(-?\d+)([A-Za-z]?)(?:-(-?\d+)([A-Za-z]?))?")


@dataclass(frozen=True)
class Span:
    """A range of residues.

    Attributes
    ----------
    start, end : tuple of int and str
        Residue number and insertion code (``""`` for none) of the first and the last residue.
    whole_end : bool
        True where the end was written without an insertion code: 190 stands for 190, 190A, ...
    """

    start: tuple[int, str]
    end: tuple[int, str]
    whole_end: bool

    def __str__(self) -> str:
        return f"{self.start[0]}{self.start[1]}-{self.end[0]}{self.end[1]}"


def residue_ranges(residues: str) -> list[Span]:
    """Read ranges of author numbers.

    Raises
    ------
    StructureError
        If a part is no range.
    """
    spans = []
    for part in residues.split(","):
        match = _RANGE.fullmatch(part.strip())
        if not match:
            raise StructureError(
                f"{part.strip()!r} is not a residue range", hint='write ranges such as "87-190" or "87-120,130-190"'
            )
        start = (int(match[1]), match[2])
        end = (int(match[3]), match[4]) if match[3] else start
        spans.append(Span(start, end, not end[1]))
    return spans


def in_span(number: NDArray[np.int64], insertion: NDArray[np.str_], span: Span) -> NDArray[np.bool_]:
    """Mark the residues of one chain that lie in a range.

    Parameters
    ----------
    number : ndarray, dtype=int64, shape=(m,)
        Residue numbers, in the order of the file.
    insertion : ndarray, dtype=str, shape=(m,)
        Insertion codes, ``""`` for none.
    span : Span

    Returns
    -------
    ndarray, dtype=bool, shape=(m,)

    Raises
    ------
    StructureError
        If the range ends before it starts.

    Notes
    -----
    Insertion codes follow the order of the file: the light chain of thrombin runs 1H, 1G, ... 1A, 1, 2. Numbers count
    by their size, so that 1-300 of a receptor leaves out a fused domain numbered from 1001. A range whose end has the
    smaller number runs from the one to the other in the file's order.
    """
    place = np.arange(len(number))
    starts = np.flatnonzero((number == span.start[0]) & (insertion == span.start[1]))
    at_end = number == span.end[0]
    ends = np.flatnonzero(at_end if span.whole_end else at_end & (insertion == span.end[1]))
    # An end that is not there cuts by the letters' order.
    behind = place >= starts[0] if len(starts) else insertion >= span.start[1]
    before = place <= ends[-1] if len(ends) else insertion <= span.end[1]
    if span.start[0] <= span.end[0]:
        from_start = (number > span.start[0]) | ((number == span.start[0]) & behind)
        within: NDArray[np.bool_] = from_start & ((number < span.end[0]) | (at_end & before))
        return within
    if not (len(starts) and len(ends) and starts[0] <= ends[-1]):
        raise StructureError(f"the residue range {str(span)!r} ends before it starts")
    within = (place >= starts[0]) & (place <= ends[-1])
    return within
