"""The notebook of the documentation, run as a reader would."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs/notebook.ipynb"


@pytest.mark.workflow
@pytest.mark.measurement  # tests/report/test_view.py has the views
def test_the_notebook_runs(monkeypatch):
    """Every cell runs, the tables have rows, and both views are drawn."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    if not (ROOT / "results/panel.json").is_file():
        pytest.skip("the notebook reads the demo's run: `make demo` makes it")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "outputs are not kept in the repository"
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(ROOT)}}).execute()
    shown = [
        {key for output in cell.get("outputs", []) for key in output.get("data", {})} | {cell["source"]}
        for cell in notebook.cells
        if cell["cell_type"] == "code"
    ]
    drawn = [kinds for kinds in shown if any(".view(" in kind for kind in kinds)]
    assert len(drawn) == 2
    assert all("application/3dmoljs_load.v0" in kinds or "text/html" in kinds for kinds in drawn)
    tables = [kinds for kinds in shown if any("head(" in kind for kind in kinds)]
    assert all("text/html" in kinds for kinds in tables)
