"""How often a receptor's residues are met: counted by hand on a small case, and written as B-factors."""

import pandas as pd
import pytest

from crossdock.analysis.hotspots import COLUMNS, hotspots, write_hotspots
from crossdock.cli import main
from crossdock.structures.structure import read_structure, write_structure


def residues(*rows):
    """Make a residues.csv: (model, side, number, contacts)."""
    table = pd.DataFrame(rows, columns=["model", "side", "number", "contacts"])
    return table.assign(chain="A", number=table["number"].astype(str))


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
    assert (table["expected"] == 0.5).all()


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
    write_structure(tmp_path / "structure.pdb", receptor)
    paths = []
    for name, table in tables.items():
        (tmp_path / name).mkdir()
        paths.append(str(tmp_path / name / "residues.csv"))
        table.to_csv(paths[-1], index=False)
    assert main(["hotspots", str(tmp_path / "structure.pdb"), *paths, "--top", "2", "-o", str(tmp_path)]) == 0
    made = pd.read_csv(tmp_path / "hotspots.csv", dtype={"number": str}).set_index("number")
    assert made.loc["16", "most"] == "one"
    assert main(["hotspots", str(tmp_path / "structure.pdb"), *paths, "--top", "0", "-o", str(tmp_path)]) == 2
