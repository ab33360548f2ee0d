"""Predicted affinities and what residues bury, held to PRODIGY's own program and to measured affinities."""

import csv

import numpy as np
import pandas as pd
import pytest
from Bio.PDB import PDBParser

from crossdock.analysis.affinity import dissociation_constant, free_energy, predict
from crossdock.analysis.interface import CLASSES, interface_residues, residue_contacts
from crossdock.analysis.surface import areas_together, surface
from crossdock.structures.structure import write_structure

#: The demo's complexes and what PRODIGY's paper predicts for them, in kcal/mol.
PUBLISHED = {"1ppe": -14.7, "1emv": -11.0, "1jtg": -11.6, "1bvn": -13.3}


@pytest.mark.parametrize(
    "entry", ["1ppe", "1emv", *(pytest.param(entry, marks=pytest.mark.measurement) for entry in ("1jtg", "1bvn"))]
)
def test_affinities_are_prodigys(bound_pair, entry, prodigy, tmp_path):
    bodies = bound_pair(entry)
    own = predict(*bodies, areas_together(*(surface(body) for body in bodies)))
    write_structure(tmp_path / "complex.pdb", *bodies)
    model = PDBParser(QUIET=True).get_structure("complex", str(tmp_path / "complex.pdb"))[0]
    theirs = prodigy.Prodigy(model, selection=[body.chains[0] for body in bodies])
    theirs.predict(temp=37.0)
    assert own.contacts == {kind: theirs.bins[kind.upper()] for kind in own.contacts}
    assert own.surface["a"] == pytest.approx(theirs.nis_a, abs=1.0)
    assert own.surface["c"] == pytest.approx(theirs.nis_c, abs=1.0)
    assert own.dg == pytest.approx(theirs.ba_val, abs=0.25)
    assert dissociation_constant(theirs.ba_val, 37.0) == pytest.approx(theirs.kd_val, rel=1e-6)
    # The prepared entry is not quite the file of the paper.
    assert own.dg == pytest.approx(PUBLISHED[entry], abs=0.7)


def test_the_equation_gives_the_papers_predictions(request):
    """For all 81 complexes, from the paper's own counts; and the correlation and error that it states."""
    with (request.config.rootpath / "benchmarks/affinity.csv").open() as handle:
        rows = list(csv.DictReader(line for line in handle if not line.startswith("#")))
    assert len(rows) == 81
    names = {"cc": "charged_charged", "ac": "charged_apolar", "pp": "polar_polar", "ap": "polar_apolar"}
    predicted = []
    for row in rows:
        contacts = {kind: int(row[name]) for kind, name in names.items()}
        shares = {"a": float(row["surface_apolar"]), "c": float(row["surface_charged"])}
        predicted.append(free_energy(contacts, shares))
        assert predicted[-1] == pytest.approx(float(row["published"]), abs=0.055), row["id"]
    measured = np.array([float(row["experiment"]) for row in rows])
    assert np.corrcoef(predicted, measured)[0, 1] == pytest.approx(0.73, abs=0.01)
    assert np.sqrt(((predicted - measured) ** 2).mean()) == pytest.approx(1.89, abs=0.02)


def test_a_dissociation_constant_falls_with_the_energy():
    assert dissociation_constant(0.0) == 1.0
    assert dissociation_constant(-12.0, 25.0) == pytest.approx(1.6e-9, rel=0.03)
    assert dissociation_constant(-12.0, 37.0) > dissociation_constant(-12.0, 25.0)


def test_residues_add_up_to_what_the_bodies_bury(bound_pair):
    bodies = bound_pair("1emv")
    alone = [surface(body) for body in bodies]
    contacts = residue_contacts(*bodies)
    table = interface_residues(bodies, contacts, (alone[0].area, alone[1].area), areas_together(*alone))
    sums = table.groupby("side")["buried_A2"].sum()
    buried = [float((one.area - area).sum()) for one, area in zip(alone, areas_together(*alone), strict=True)]
    assert [sums["receptor"], sums["ligand"]] == pytest.approx(buried, rel=0.01)
    assert table["contacts"].sum() == 2 * len(contacts)
    assert set(table["class"]) <= set(CLASSES)
    assert table.set_index("residue")["class"].to_dict()["ARG"] == "positive"
    assert (table["buried_A2"] <= table["alone_A2"] + 0.1).all()
    assert pd.api.types.is_integer_dtype(table["contacts"])


def test_a_disulfide_across_an_interface_is_one(bound_pair):
    receptor, _ = bound_pair("1ppe")
    sulfur = receptor[(receptor.residue_name == "CYS") & (receptor.atom_name == "SG")]
    first, rest = sulfur[:1], sulfur[1:]
    nearest = int(np.linalg.norm(rest.coord - first.coord, axis=1).argmin())
    contacts = residue_contacts(first, rest[nearest : nearest + 1])
    assert contacts["kind"].tolist() == ["disulfide"]
    assert contacts["distance_A"][0] == pytest.approx(2.04, abs=0.1)
