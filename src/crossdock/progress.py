"""How far a step is, for steps that go through thousands of files."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
_log = logging.getLogger(__name__)


def counted(items: Sequence[Item], what: str, *, least: int = 1000) -> Iterator[Item]:
    """Go through items, and log after every tenth of them how many are done, if they are many.

    Parameters
    ----------
    items : sequence
    what : str
        What is done with them, as "pairs read".
    least : int
        Nothing is said of so many or fewer.

    Yields
    ------
    object
        The items.
    """
    total = len(items)
    for done, item in enumerate(items, start=1):
        yield item
        if total > least and done * 10 // total > (done - 1) * 10 // total:
            _log.info(f"{done} of {total} {what}", extra={"in_place": done < total})
