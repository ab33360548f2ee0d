"""The notebook view draws the model that was asked for."""

from __future__ import annotations

import pytest

from crossdock.errors import InputError
from crossdock.report.view import view


def test_models_and_interface_are_drawn(run_dir):
    html = view(run_dir / "pairs" / "trypsin" / "CMTI-1").write_html()
    assert html.count("addModel(") == 3  # receptor, ligand, known position
    assert '"cartoon"' in html
    assert '"stick"' in html


def test_unknown_pair_has_no_ghost(run_dir):
    assert view(str(run_dir / "pairs" / "trypsin" / "Im9"), model=1).write_html().count("addModel(") == 2


def test_known_position_is_model_0_here(run_dir):
    html = view(run_dir / "pairs" / "trypsin" / "CMTI-1").write_html()
    bodies = [part.split('"pdb"')[0] for part in html.split("addModel(")[1:]]
    assert bodies[1] == bodies[2]


def test_missing_pair_is_named(run_dir):
    with pytest.raises(InputError, match="not the folder of a docked pair"):
        view(run_dir / "pairs" / "trypsin" / "nobody")


def test_model_that_is_not_there(run_dir):
    with pytest.raises(InputError, match="expected a model from 0 to 2, got 9"):
        view(run_dir / "pairs" / "trypsin" / "CMTI-1", model=9)
