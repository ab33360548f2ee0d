"""What IntAct records of two proteins: in which experiments they were seen to interact, or not to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from crossdock.entries.download import AbsentError, Getter, UnavailableError
from crossdock.panel.accession import current

#: Rows of a pair that are kept; all are counted.
MOST_ROWS = 5

_SERVICE = "/Tools/webservices/psicquic/intact/webservices/current/search/query/"
# As many rows as a PSICQUIC server gives where nobody says how many, so that none gives fewer of what there is.
_PAGE, _MOST_PAGES = 200, 100
# PSI-MI TAB 2.7: `database:value(text)`, several of them with bars between, each of the three in quotes or not.
_FIELD = re.compile(r'("[^"]*"|[^:|"]+):("(?:\\.|[^"\\])*"|[^|("]*)(?:\(("(?:\\.|[^"\\])*"|[^)]*)\))?')
# Its columns, from 0.
_ID_A, _ID_B, _METHOD, _PUBLICATION, _TYPE, _NAME, _CONFIDENCE, _EXPANSION, _NEGATIVE = 0, 1, 6, 8, 11, 13, 14, 15, 35


@dataclass(frozen=True)
class Asked:
    """When each protein of one list was asked about with each of another.

    Attributes
    ----------
    date : str
        ISO time.
    first, second : tuple of str
        Accessions.
    """

    date: str
    first: tuple[str, ...]
    second: tuple[str, ...]


@dataclass(frozen=True)
class Interaction:
    """A row of IntAct: what one experiment says of two proteins.

    Attributes
    ----------
    id : str or None
        IntAct's own, such as ``EBI-1234``.
    method : str or None
        How it was detected, such as ``two hybrid``.
    kind : str or None
        Type of the interaction, such as ``physical association``.
    pubmed : tuple of str
        Publications.
    score : float or None
        IntAct's confidence in the pair (MIscore), 0 to 1.
    expansion : str or None
        Such as ``spoke expansion``, where more than two proteins were found together and pairs were made of them.
    negative : bool
        Whether the experiment says that they do not interact.
    """

    id: str | None
    method: str | None
    kind: str | None
    pubmed: tuple[str, ...]
    score: float | None
    expansion: str | None
    negative: bool


@dataclass(frozen=True)
class Recorded:
    """All that IntAct has of two proteins.

    Attributes
    ----------
    a, b : str
        Accessions, in the order of the alphabet; isoforms and products of cleavage count as their entry.
    count, negative : int
        Rows in all, and how many of them say that the two do not interact.
    rows : tuple of Interaction
        At most `MOST_ROWS`: negative ones first, then those that were no expansion, by score.
    """

    a: str
    b: str
    count: int
    negative: int
    rows: tuple[Interaction, ...]


def pair_of(one: str, other: str) -> tuple[str, str]:
    """Give two accessions in the order of the alphabet."""
    return (one, other) if one <= other else (other, one)


def recorded_between(first: Sequence[str], second: Sequence[str], base: str, getter: Getter) -> list[Recorded]:
    """Ask IntAct for interactions of each protein of one list with each of another, in one query.

    Parameters
    ----------
    first, second : sequence of str
        Accessions; some tens of each, as the query is part of the address.
    base : str
        Base URL of EBI's services.
    getter : Getter

    Returns
    -------
    list of Recorded
        Of pairs that IntAct has anything of.

    Raises
    ------
    UnavailableError
        If IntAct cannot be asked, or its answer not be read.

    Notes
    -----
    PSICQUIC's REST service with MIQL 2.7 (psicquic.github.io), which leaves negative rows out unless asked for, and
    wants blanks within parentheses. Interactors may be products of cleavage, ``P01127-PRO_0000023369``.
    """
    one, other = _any_of(first), _any_of(second)
    either = f"( idA:{one} AND idB:{other} ) OR ( idA:{other} AND idB:{one} )"
    query = quote(f"( {either} ) AND negative:( true OR false )", safe="")
    wanted = {pair_of(a, b) for a in first for b in second}
    found: dict[tuple[str, str], list[Interaction]] = {}
    for line in _lines(f"{base}{_SERVICE}{query}", getter):
        cells = line.split("\t")
        if len(cells) <= _CONFIDENCE:
            raise UnavailableError(f"expected rows of PSI-MI TAB, got {line[:60]!r}")
        ids = _accessions(cells[_ID_A]), _accessions(cells[_ID_B])
        for pair in wanted.intersection(pair_of(a, b) for a in ids[0] for b in ids[1]):
            found.setdefault(pair, []).append(_interaction(cells))
    return [_recorded(pair, rows) for pair, rows in sorted(found.items())]


def _any_of(accessions: Iterable[str]) -> str:
    return f"( {' OR '.join(f'{one} OR {one}-*' for one in accessions)} )"


def _lines(url: str, getter: Getter) -> Iterator[str]:
    """Give the rows of an answer, page by page."""
    for page in range(_MOST_PAGES):
        options = {"format": "tab27", "firstResult": page * _PAGE, "maxResults": _PAGE}
        try:
            text = getter.text(f"{url}?{urlencode(options)}")
        except AbsentError:
            raise UnavailableError("the server answered 404") from None
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        yield from lines
        if len(lines) < _PAGE:
            return
    raise UnavailableError(f"the answer has more than {_PAGE * _MOST_PAGES} rows")


def _fields(cell: str) -> list[tuple[str, str, str]]:
    """Take a cell apart: database, value and text of each of its fields."""
    return [(one[1].strip('"'), one[2].strip('"'), (one[3] or "").strip('"')) for one in _FIELD.finditer(cell)]


def _accessions(cell: str) -> Collection[str]:
    return {current(value) for database, value, _ in _fields(cell) if database == "uniprotkb"}


def _name(cell: str) -> str | None:
    return next((text or value for _, value, text in _fields(cell)), None)


def _interaction(cells: Sequence[str]) -> Interaction:
    rest = cells[_CONFIDENCE + 1 :]
    expansion, negative = (rest[at - _CONFIDENCE - 1] if len(cells) > at else "-" for at in (_EXPANSION, _NEGATIVE))
    scores = [value for name, value, _ in _fields(cells[_CONFIDENCE]) if name == "intact-miscore"]
    return Interaction(
        id=next((value for name, value, _ in _fields(cells[_NAME]) if name == "intact"), None),
        method=_name(cells[_METHOD]),
        kind=_name(cells[_TYPE]),
        pubmed=tuple(value for name, value, _ in _fields(cells[_PUBLICATION]) if name == "pubmed"),
        score=_number(scores[0]) if scores else None,
        expansion=_name(expansion),
        negative=negative.strip().lower() == "true",
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _recorded(pair: tuple[str, str], rows: Sequence[Interaction]) -> Recorded:
    ordered = sorted(rows, key=lambda row: (not row.negative, row.expansion is not None, -(row.score or 0.0)))
    return Recorded(*pair, len(rows), sum(row.negative for row in rows), tuple(ordered[:MOST_ROWS]))
