"""What a run ends with on the terminal: where the page is, what came out, and what could not be made."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from crossdock.failure import Failure
from crossdock.report.answer import answer
from crossdock.report.doubts import doubts
from crossdock.report.run_data import RunData
from crossdock.report.sentences import say

#: Failures that are listed; the page has all of them.
MOST_FAILURES = 20
#: Pairs without models of a further backend that are named for each reason.
MOST_PAIRS = 5
#: Things to keep in mind, as on the page's first screen.
MOST_DOUBTS = 3
_WIDTH = 100


def summary(data: RunData, page: str | Path) -> str:
    """Write what a run ends with.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.
    page : str or Path
        Where the report is.

    Returns
    -------
    str
        Lines of at most a hundred columns, but for names of files.
    """
    found = answer(data)
    lines = [say("summary-page", page=str(page), counts=data.counts), ""]
    lines += textwrap.wrap(found.headline, _WIDTH)
    lines += ["", say("summary-look")]
    lines += _listed(text.text for text in doubts(data, found.verdict)[:MOST_DOUBTS])
    if data.refined:
        lines += ["", *textwrap.wrap(say("summary-refined", found=data.refined), _WIDTH)]
    if data.failures:
        lines += ["", say("summary-failures", n=len(data.failures), failures=_counted(data.failures))]
        for one in data.failures[:MOST_FAILURES]:
            lines += _listed([say("failure", names=one.names, what=one.short)])
            lines += [f"    {line}" for line in one.what.splitlines()[1:]]
            lines += [f"    -> {one.hint}"] if one.hint else []
        if len(data.failures) > MOST_FAILURES:
            lines += _listed([say("summary-more", n=len(data.failures) - MOST_FAILURES)])
    for backend, lacks in data.lacking.items():
        lines += ["", say("summary-lacking", backend=backend, n=len(lacks))]
        for (what, hint), pairs in _by_reason(lacks).items():
            more = [say("summary-more-pairs", n=len(pairs) - MOST_PAIRS)] if len(pairs) > MOST_PAIRS else []
            lines += _listed([f"{'; '.join([*pairs[:MOST_PAIRS], *more])}: {what}."])
            lines += [f"    -> {hint}"] if hint else []
    if data.failures:
        lines += ["", *textwrap.wrap(say("summary-again"), _WIDTH)]
    return "\n".join(lines) + "\n"


def _by_reason(failures: list[Failure]) -> dict[tuple[str, str], list[str]]:
    """Give the pairs of each reason, with what to do about it."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in failures:
        found.setdefault((one.short, one.hint), []).append(" and ".join(one.names))
    return found


def _listed(texts: Iterator[str] | list[str]) -> list[str]:
    return [
        line for text in texts for line in textwrap.wrap(text, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    ]


def _counted(failures: list[Failure]) -> dict[str, int]:
    """Count proteins and pairs."""
    return {
        "proteins": sum(len(one.names) == 1 for one in failures),
        "pairs": sum(len(one.names) == 2 for one in failures),
    }
