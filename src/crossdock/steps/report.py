"""A run -> one page: the step `crossdock report`."""

from __future__ import annotations

from pathlib import Path

from crossdock import installed
from crossdock.files import write_text
from crossdock.report.build import build
from crossdock.report.summary import summary


def report(
    panel: str | Path = "results/panel.json",
    out: str | Path = "results/report.html",
    *,
    results: str | Path = "results",
    javascript: str | Path | None = None,
    summarized: str | Path | None = None,
) -> Path:
    """Write the report of a run.

    Parameters
    ----------
    panel : str or Path
        made.json of the run (of version 0.1.0, panel.json), which names every other file that is read.
    out : str or Path
        The page.
    results : str or Path
        The folder of the run.
    javascript : str or Path, optional
        What `crossdock javascript` brought; default: what the wheel carries, else ``resources/js``.
    summarized : str or Path, optional
        Text file for what a run ends with on the terminal.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If a file of the run or a script is missing or broken; the page is then as it was.
    """
    data = build(panel, results, javascript or installed.javascript(), out)
    if summarized:
        write_text(summarized, summary(data, out))
    return Path(out)
