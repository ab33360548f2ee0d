"""How far a step is, for steps that go through thousands of files."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
_log = logging.getLogger(__name__)


def track(items: Sequence[Item], what: str, *, least: int = 1000) -> Iterator[Item]:
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


def of_docking(what: str = "docking") -> Callable[[int, int], None]:
    """Give what logs how far a docking, or a series of them, is: on a terminal in place, else after every tenth."""
    began, last, live = time.monotonic(), [0], sys.stderr.isatty()

    def report(done: int, total: int) -> None:
        if not live and done < total and done * 10 // total == last[0]:
            return
        last[0] = done * 10 // total
        left = (time.monotonic() - began) * (total - done) / done
        text = f"{what}: {done}/{total}, {100 * done // total} %, about {left:.0f} s left"
        _log.info(text, extra={"in_place": done < total})

    return report
