"""Which pairs of a panel are docked: all of them, a list, or the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, combinations_with_replacement, product
from pathlib import Path
from typing import Any

from crossdock.errors import CrossdockError, InputError, quoted
from crossdock.panel.schema import did_you_mean
from crossdock.spreadsheet import read_sheet

#: Names of a receptor and a ligand.
Names = tuple[str, str]
SIDES = ("receptor", "ligand")


def all_pairs(names: Sequence[str], *, homo: bool, both: bool) -> list[Names]:
    """Give every pair of proteins without roles; the one that stands first in the list is the receptor.

    Parameters
    ----------
    names : sequence of str
    homo : bool
        Whether each is paired with itself, too.
    both : bool
        Whether each pair is given in both orders.
    """
    if both:
        return [(one, other) for one, other in product(names, names) if homo or one != other]
    return list((combinations_with_replacement if homo else combinations)(names, 2))


def pairs_of(
    value: Any, members: Mapping[str, Sequence[str]], problems: list[CrossdockError], *, both: bool | None
) -> list[Names] | None:
    """Read the config's `pairs`.

    Parameters
    ----------
    value
        ``all``, a list of pairs, or the path of a table.
    members : mapping of str to sequence of str
        The names that may stand on each side, ``receptor`` and ``ligand``.
    problems : list
        Gets everything that is wrong with it.
    both : bool, optional
        Of a panel of proteins without roles, whether each pair is docked in both orders; None where roles are given.

    Returns
    -------
    list of (str, str) or None
        Receptor and ligand, in the order of `members`; None where all pairs are asked for.
    """
    if value == "all":
        return None
    if not isinstance(value, str | list):
        return []  # the schema has named it
    seen: dict[Names, str] = {}
    before = len(problems)
    for place, row in _rows(value, problems):
        names = _names(row, place, problems)
        if names is None:
            continue
        wrong = list(_unknown(names, members, place, alike=both is not None))
        problems += wrong
        if wrong:
            continue
        same = names if both is None else _listed_first(names, seen)
        if same in seen:
            what = f"the pair of {quoted(names[0])} and {quoted(names[1])} is listed twice"
            hint = "remove one of the two"
            if both is False and same != names:
                hint += "; `orders: both` docks each pair in both orders"
            problems.append(InputError(what, where=f"{place}, as {seen[same]}", hint=hint))
            continue
        seen[names] = place
    if not seen and len(problems) == before:
        what = "the list has no pairs"
        where = f"pairs {value}" if isinstance(value, str) else "pairs"
        problems.append(InputError(what, where=where, hint="list pairs, or write `pairs: all`"))
    asked = dict.fromkeys(seen)
    if both:
        asked |= dict.fromkeys((ligand, receptor) for receptor, ligand in seen)
    order = [{name: place for place, name in enumerate(members[side])} for side in SIDES]
    return sorted(asked, key=lambda pair: (order[0][pair[0]], order[1][pair[1]]))


def _rows(value: str | list[Any], problems: list[CrossdockError]) -> Iterator[tuple[str, Any]]:
    """Give the place and the content of every pair of a list, or of a table."""
    if isinstance(value, list):
        yield from ((f"pairs {number}", row) for number, row in enumerate(value, start=1))
        return
    try:
        sheet = read_sheet(value, "table of pairs", remarks=True)
        if missing := [side for side in SIDES if side not in sheet.header]:
            raise InputError(
                f"no column `{missing[0]}`", where=sheet.where, hint="a table of pairs has columns receptor and ligand"
            )
    except InputError as error:
        hint = error.hint if Path(value).exists() else "`pairs` is `all`, a list of pairs, or the path of a table"
        problems.append(InputError(error.what, where=f"pairs {error.where or value}", hint=hint))
        return
    columns = [sheet.header.index(side) for side in SIDES]
    for line, cells in sheet.rows:
        yield f"pairs {sheet.where}, line {line}", dict(zip(SIDES, (cells[i] for i in columns), strict=True))


def _names(row: Any, place: str, problems: list[CrossdockError]) -> Names | None:
    """Give the two names of a pair, from `{receptor: A, ligand: B}` or `[A, B]`."""
    if isinstance(row, dict):
        found = [row.get(side) for side in SIDES]
        right = set(row) == set(SIDES)
    else:
        found, right = row if isinstance(row, list) else [], isinstance(row, list) and len(row) == 2
    if right and all(isinstance(name, str) and name for name in found):
        return str(found[0]), str(found[1])
    what = f"expected a receptor and a ligand, got {quoted(row)}"
    problems.append(InputError(what, where=place, hint="write a pair as `- {receptor: A, ligand: B}` or `- [A, B]`"))
    return None


def _unknown(names: Names, members: Mapping[str, Sequence[str]], place: str, *, alike: bool) -> Iterator[InputError]:
    """Name what a pair names that the panel does not have."""
    for side, name in zip(SIDES, names, strict=True):
        if name in members[side]:
            continue
        what = f"{quoted(name)} is not a {'protein' if alike else side} of this panel"
        hint = did_you_mean(name, members[side])
        if not alike and name in members[SIDES[1 - SIDES.index(side)]]:
            hint = "in `[A, B]` the receptor stands first"
        yield InputError(what, where=place, hint=hint)


def _listed_first(names: Names, seen: Mapping[Names, str]) -> Names:
    """Give the order of two names in which their pair was listed before, if it was."""
    return names[::-1] if names[::-1] in seen else names
