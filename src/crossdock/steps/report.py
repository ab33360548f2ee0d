"""A run -> one page: the step `crossdock report`."""

from __future__ import annotations

from pathlib import Path

from crossdock.report.build import build


def report(
    panel: str | Path = "results/panel.json",
    out: str | Path = "results/report.html",
    *,
    results: str | Path = "results",
    javascript: str | Path = "resources/js",
) -> Path:
    """Write the report of a run.

    Parameters
    ----------
    panel : str or Path
        panel.json of the run, which names every other file that is read.
    out : str or Path
        The page.
    results : str or Path
        The folder of the run.
    javascript : str or Path
        What `crossdock javascript` brought.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If a file of the run or a script is missing or broken; the page is then as it was.
    """
    build(panel, results, javascript, out)
    return Path(out)
