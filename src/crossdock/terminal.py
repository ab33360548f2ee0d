"""Tables for the terminal: columns side by side, as wide as their cells or as the terminal allows."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tabulate import tabulate

#: Narrowest column that cells are wrapped to.
_NARROWEST = 3
_BETWEEN = "  "


def table(rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> list[str]:
    """Lay rows out, each column as wide as its widest cell.

    Parameters
    ----------
    rows : sequence of sequence of str
        Equally long; the first one may be the heads.
    right : collection of int
        Columns of numbers, which are set to the right.

    Returns
    -------
    list of str
        Lines, without blanks at the end.
    """
    widths = fitted(rows)
    return [line for row in rows for line in lines(row, widths, right=right)]


def fitted(rows: Sequence[Sequence[str]], width: int | None = None) -> list[int]:
    """Give column widths with which rows fit a terminal.

    Parameters
    ----------
    rows : sequence of sequence of str
    width : int, optional
        Columns of the terminal; cells are broken between words first, and within them only then. Without it, columns
        are as wide as their cells.

    Returns
    -------
    list of int
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    words = [max(len(word) for cell in column for word in cell.split() or [""]) for column in columns]
    for least in (words, [_NARROWEST] * len(words)):
        while width is not None and sum(widths) + len(_BETWEEN) * (len(widths) - 1) > width:
            wider = [i for i, own in enumerate(widths) if own > least[i]]
            if not wider:
                break
            widths[max(wider, key=widths.__getitem__)] -= 1
    return widths


def rule(widths: Sequence[int]) -> str:
    """Give a line that underlines every column."""
    return _BETWEEN.join("-" * width for width in widths)


def lines(row: Sequence[str], widths: Sequence[int], *, right: Collection[int] = ()) -> list[str]:
    """Give the lines of a row, each cell wrapped to its column.

    Parameters
    ----------
    row : sequence of str
    widths : sequence of int
        As `fitted` gives them.
    right : collection of int
        Columns that are set to the right.

    Returns
    -------
    list of str
        Without blanks at the end.
    """
    laid = tabulate(
        [["-" * width for width in widths], row],  # the first makes the columns as wide as they are to be
        tablefmt="plain",
        disable_numparse=True,
        colalign=["right" if i in right else "left" for i in range(len(widths))],
        maxcolwidths=list(widths),
        break_on_hyphens=False,
    )
    return [line.rstrip() for line in laid.split("\n")[1:]]
