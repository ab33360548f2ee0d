"""The panels that come with crossdock, copied into a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossdock.errors import InputError
from crossdock.panel.config import read_config
from crossdock.panel.panel import load_panel
from crossdock.steps.bundled import PANELS, bundled_panel

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("name", "pairs"), [("demo", 16), ("published", 84)])
def test_a_panel_runs_from_its_folder(name, pairs, tmp_path, monkeypatch):
    config = bundled_panel(name, tmp_path / "new/folder")
    assert config.read_bytes() == (ROOT / PANELS[name][0]).read_bytes()
    monkeypatch.chdir(config.parent)
    panel = load_panel(read_config(config.name), where=config.name)
    assert len(panel.pairs) == pairs
    assert panel.published is None or Path(panel.published).is_file()


def test_nothing_is_written_over_and_nothing_half(tmp_path):
    table = tmp_path / "config/published/zhankina2024_table2.csv"
    table.parent.mkdir(parents=True)
    table.write_text("mine")
    with pytest.raises(InputError, match=r"zhankina2024_table2\.csv: this file is there already"):
        bundled_panel("published", tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [table]
    assert table.read_text() == "mine"


def test_unknown_panel_is_named_with_those_there_are(tmp_path):
    with pytest.raises(InputError, match="no panel 'test'\n  -> its panels are demo and published"):
        bundled_panel("test", tmp_path)
