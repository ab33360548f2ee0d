"""How far a step is, for steps that go through thousands of files."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def counted(items: Sequence[Item], what: str, *, least: int = 1000) -> Iterator[Item]:
    """Go through items, and say on stderr after every tenth of them how many are done, if they are many.

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
            print(f"{done} of {total} {what}", file=sys.stderr, flush=True)


def orientations() -> Callable[[int, int], None]:
    """Give what tells on stderr how far a docking is: in place on a terminal, a line every tenth in a log."""
    began, last, live = time.monotonic(), [0], sys.stderr.isatty()

    def report(done: int, total: int) -> None:
        if not live and done < total and done * 10 // total == last[0]:
            return
        last[0] = done * 10 // total
        left = (time.monotonic() - began) * (total - done) / done
        text = f"docking: {done}/{total}, {100 * done // total} %, about {left:.0f} s left"
        end = "\n" if not live or done == total else ""
        print(f"\r{text}  " if live else text, end=end, file=sys.stderr, flush=True)

    return report
