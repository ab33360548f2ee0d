"""How often a receptor's residues are met: counted by hand on a small case, and written as B-factors."""

import numpy as np
import pandas as pd
import pytest

from crossdock.analysis.affinity import residue_kinds
from crossdock.analysis.hotspots import COLUMNS, hotspots, write_hotspots
from crossdock.analysis.surface import atom_radii
from crossdock.cli import main
from crossdock.errors import InputError
from crossdock.files import write_json, write_table
from crossdock.panel.panel import load_panel
from crossdock.structures.structure import read_structure, write_structure


def residues(*rows):
    """Make a residues.csv: (model, side, number, contacts)."""
    table = pd.DataFrame(rows, columns=["model", "side", "number", "contacts"])
    names = {16: "ILE", 17: "VAL", 18: "GLY", 19: "GLY", 20: "TYR", 3: "CYS"}
    return table.assign(chain="A", residue=table["number"].map(names), number=table["number"].astype(str))


@pytest.fixture
def receptor(bound_pair):
    return bound_pair("1ppe")[0]


@pytest.fixture
def tables():
    return {
        # Residue 16 in both models, 17 in one; what only buries area, the other side and later models do not count.
        "one": residues((0, "receptor", 16, 3), (1, "receptor", 16, 1), (1, "receptor", 17, 2), (1, "receptor", 18, 0)),
        "two": residues((0, "receptor", 16, 1), (1, "ligand", 19, 4), (7, "receptor", 20, 4)),
    }


def test_frequencies_are_means_over_ligands(receptor, tables):
    table = hotspots(receptor, tables, top=2).set_index("number")
    assert tuple(table.reset_index()[list(COLUMNS)].columns) == COLUMNS
    assert len(table) == receptor.n_residues
    assert table.loc["16", ["frequency", "ligands", "most"]].tolist() == [0.75, 2, "one"]
    assert table.loc["17", ["frequency", "ligands", "most"]].tolist() == [0.25, 1, "one"]
    assert table.loc["18", ["frequency", "ligands", "most"]].tolist() == [0.0, 0, ""]
    assert table["frequency"].sum() == 1.0


def test_even_spread_is_over_the_surface(receptor, tables):
    """A patch that every ligand meets stands out of it, however many meet it; FreeSASA says what is on the surface."""
    freesasa = pytest.importorskip("freesasa")
    table = hotspots(receptor, tables, top=2)
    coordinates, radii = receptor.coord.ravel().tolist(), atom_radii(receptor).tolist()
    result = freesasa.calcCoord(coordinates, radii)
    area = np.bincount(receptor.residue_index, weights=[result.atomArea(i) for i in range(len(receptor))])
    exposed = area / residue_kinds(receptor).extended >= 0.05
    exposed |= (table["frequency"] > 0).to_numpy()
    clear = np.abs(area / residue_kinds(receptor).extended - 0.05) > 0.01
    assert ((table["expected"] > 0).to_numpy() == exposed)[clear].all()
    assert table["expected"].max() == pytest.approx(table["frequency"].sum() / (table["expected"] > 0).sum(), abs=1e-4)
    same = {str(number): residues(*((0, "receptor", place, 1) for place in (16, 17))) for number in range(12)}
    sticky = hotspots(receptor, same)
    assert sticky["frequency"].max() > 50 * sticky["expected"].max()


def test_all_ligands_that_meet_it_most_are_named(receptor, tables):
    table = hotspots(receptor, {"one": tables["one"], "two": tables["one"]}, top=2).set_index("number")
    assert table.loc["16", "most"] == "one; two"


def test_another_receptors_residues_are_refused(bound_pair, tables):
    with pytest.raises(InputError, match="is not a residue of this receptor"):
        hotspots(bound_pair("1emv")[0], tables)


def test_frequencies_become_b_factors(receptor, tables, tmp_path):
    write_hotspots(tmp_path, receptor, tables, top=2)
    body = read_structure(tmp_path / "hotspots.pdb")
    assert set(body.b_factor[body.residue_number == 16]) == {75.0}
    assert set(body.b_factor[body.residue_number == 17]) == {25.0}
    assert body.b_factor[body.residue_number > 20].max() == 0.0
    assert body.coord == pytest.approx(receptor.coord, abs=1e-3)


def test_a_receptor_that_nothing_meets(receptor):
    table = hotspots(receptor, {"one": residues((0, "ligand", 3, 1))})
    assert table["frequency"].max() == 0.0
    assert set(table["most"]) == {""}


def test_the_command_reads_what_the_pairs_wrote(receptor, tables, tmp_path):
    proteins = {"receptors": [{"name": "r", "entry": "demo:1ppe"}]}
    proteins["ligands"] = [{"name": name, "entry": "demo:1emv"} for name in tables]
    write_json(tmp_path / "panel.json", load_panel(proteins).to_record())
    write_structure(tmp_path / "proteins" / "r" / "structure.pdb", receptor)
    for name, table in tables.items():
        write_table(tmp_path / "pairs" / "r" / name / "residues.csv", table)
    arguments = ["hotspots", str(tmp_path / "panel.json"), "--results", str(tmp_path), "-o", str(tmp_path)]
    assert main([*arguments, "--receptor", "r", "--top", "2"]) == 0
    made = pd.read_csv(tmp_path / "hotspots.csv", dtype={"number": str}).set_index("number")
    assert made.loc["16", "most"] == "one"
    assert main([*arguments, "--receptor", "r", "--top", "0"]) == 2
    assert main([*arguments, "--receptor", "one"]) == 2, "a ligand has no hot spots"
