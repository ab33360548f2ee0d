"""Known complexes beside docking: which panel looks for them, where its table is, and what docks a pair again."""

from __future__ import annotations

import shutil

import pytest

from crossdock.docking.backends.template import BACKEND
from crossdock.errors import ConfigError
from crossdock.panel.panel import load_panel
from crossdock.steps.dock import dock
from crossdock.steps.matrix import metrics
from crossdock.steps.pairs import Docks, PairFiles
from crossdock.steps.templates import looking, record_of, table_of
from crossdock.structures.structure import PREPARED, read_structure, write_structure

CONFIG = {
    "receptors": [{"name": "E9", "entry": "demo:1emv", "chains": ["B"]}],
    "ligands": [{"name": "Im9", "entry": "demo:1emv", "chains": ["A"]}],
}


def panel(**more):
    return load_panel(CONFIG | more)


@pytest.fixture
def library(tmp_path, bound_pair):
    folder = tmp_path / "library"
    folder.mkdir()
    write_structure(folder / "1emv.pdb", *bound_pair("1emv"))
    return folder


@pytest.fixture
def files(tmp_path, bound_pair):
    for name, body in zip(("receptor", "ligand"), bound_pair("1emv"), strict=True):
        write_structure(tmp_path / f"{name}.pdb", body, remarks=(PREPARED,))
    return PairFiles(tmp_path / "receptor.pdb", tmp_path / "ligand.pdb")


def table(files, library, out):
    structures = {"E9": read_structure(files.receptor), "Im9": read_structure(files.ligand)}
    asked = {"folder": str(library)}
    BACKEND.elsewhere.work([("E9", "Im9")], structures, asked, out.parent / "templates", out)
    return out


def test_they_are_looked_for_if_the_config_says_where(library):
    assert looking(panel()) is None
    assert table_of(panel()) is None
    assert looking(panel(backend="template", templates={"folder": str(library)})) is None
    with pytest.raises(ConfigError, match="cluspro cannot use known complexes"):
        panel(backend="cluspro", templates={"folder": str(library)})
    found = looking(panel(templates={"folder": str(library)}))
    assert (found.backend, found.settings["identity"], found.docking) == ("template", 0.3, {})


def test_a_backend_of_that_name_looks_for_them_once(library):
    found = looking(panel(backends=["local", "template"], templates={"folder": str(library)}))
    assert found.results == "results/backends/template"


def test_the_table_is_named_after_the_rules_and_the_complexes(library):
    def name(**more):
        return table_of(panel(templates={"folder": str(library), **more}))

    first = name()
    assert first == name()
    assert first != name(identity=0.5)
    shutil.copy(library / "1emv.pdb", library / "further.pdb")
    assert first != name()


def test_the_record_of_a_pair_counts_and_not_the_table(files, library, tmp_path):
    with_complex = Docks(
        "local", {"sampling": "fast", "rotations": 20}, templates=table(files, library, tmp_path / "a.csv")
    )
    record = record_of(files, with_complex)
    assert record.name == "templates.json"
    assert record_of(files, Docks("local")) is None
    assert record_of(files, Docks("cluspro", templates=with_complex.templates)) is None
    made = dock(files, with_complex, tmp_path / "out")
    assert made.templates["1"][0].entry == "1EMV"
    # The same complexes in another table: nothing is docked again; without them it is.
    again = Docks("local", with_complex.options, templates=table(files, library, tmp_path / "b.csv"))
    assert dock(files, again, tmp_path / "out", resume=True) is None
    assert not dock(files, Docks("local", with_complex.options), tmp_path / "out", resume=True).templates


def test_identity_with_a_template_is_a_metric_where_known_complexes_are_looked_for(library):
    places = {"templates": {"folder": str(library)}}
    assert "template_identity" not in metrics(panel())
    assert "template_identity" in metrics(panel(**places))
    assert "template_identity" in metrics(panel(backend="template", **places))
    several = panel(backends=["local", "template"], **places)
    assert all("template_identity" in metrics(run) for run in several.runs)
