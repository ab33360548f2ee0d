"""Predictions that become the models of a panel: which pair each is, whose its chains are, and their numbers."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from cofold_files import Complex, write
from crossdock.cli import main
from crossdock.docking.backends.cofold import BACKEND
from crossdock.docking.backends.cofold.find import find_predictions
from crossdock.docking.backends.contract import Request
from crossdock.docking.backends.door import dock
from crossdock.structures.prepare import prepare
from crossdock.structures.structure import write_structure

E = "MKTAYIAKQRSGLEDWVNPHLCTFKRAEIYQG"
F = "GSHMLEDPVDAFRWTNKQICLYEHSPVAGTMK"
G = "PLWQARHNDKFISTVYECMGLKERAQDPHTWS"


def structure(path, letters, *, first=1, chain="A", lacking=()):
    """Write a protein as the panel has it: residues from number `first`, without some."""
    made = Complex({chain: letters}, seed=len(letters) + first)
    keep = [row for row in made.atoms if row[1] - 1 not in lacking]
    made.atoms = [(row[0], row[1] + first - 1, *row[2:]) for row in keep]
    write(path, made.pdb())


@pytest.fixture
def panel(tmp_path, monkeypatch):
    """Give a way to write a config, in a folder where commands run."""
    monkeypatch.chdir(tmp_path)

    def written(receptors, ligands, **more):
        config = {
            "backend": "cofold",
            "receptors": [{"name": name, "entry": f"{name}.pdb"} | rest for name, rest in receptors.items()],
            "ligands": [{"name": name, "entry": f"{name}.pdb"} | rest for name, rest in ligands.items()],
        }
        write("config.yaml", yaml.safe_dump(config | more))

    return written


def rows(folder="models"):
    with open(f"{folder}/jobs.csv", encoding="utf-8") as file:
        return {row["job"]: row for row in csv.DictReader(file)}


def record(receptor, ligand):
    return json.loads(Path("resources/cofold", receptor, ligand, "prediction.json").read_text())


def docked(receptor, ligand):
    """Dock a pair as the workflow does."""
    bodies = [prepare(f"{name}.pdb", name=name)[0] for name in (receptor, ligand)]
    result = Path("resources/cofold", receptor, ligand, "prediction.json")
    return bodies, dock(BACKEND, *bodies, Request({}, result=result))


def test_tags_ranges_and_numbers(panel):
    """A construct with a tag, against a structure that begins later, lacks a loop, and has numbers of its own."""
    structure("one.pdb", E[4:], first=105, lacking=(10, 11, 12))
    structure("two.pdb", F, first=1)
    panel({"one": {}}, {"two": {}})
    Complex({"A": "GPLGSH" + E, "B": F[:-4]}).boltz("models")
    assert main(["cofold", "import", "models"]) == 0
    assert (rows()["a_b"]["receptor"], rows()["a_b"]["status"]) == ("one", "sure")
    (receptor, ligand), found = docked("one", "two")
    (body,) = found.bodies
    assert sorted(set(body.receptor.residue_number.tolist())) == [*range(105, 115), *range(118, 133)]
    assert sorted(set(body.ligand.residue_number.tolist())) == list(range(1, len(F) - 3))
    assert set(body.receptor.chain.tolist()) == {"A"}
    assert "28 of 32 residues of the ligand two are in the prediction." in found.record["notes"]
    # Residues of the model are those of the prepared structure.
    names = dict(zip(receptor.residue_number.tolist(), receptor.residue_name.tolist(), strict=True))
    assert all(
        names[n] == name for n, name in zip(body.receptor.residue_number, body.receptor.residue_name, strict=True)
    )
    assert ligand.n_residues == 32


def test_chains_in_the_other_order(panel):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}})
    made = Complex({"X": F, "Y": E})
    made.colabfold("models")
    assert main(["cofold", "import", "models"]) == 0
    (receptor, _), found = docked("one", "two")
    (body,) = found.bodies
    x, y = ([row[5] for row in made.atoms if row[0] == name] for name in "XY")
    assert len(body.receptor) == len(y)
    # The distance of two atoms, whatever the frame.
    np.testing.assert_allclose(
        np.linalg.norm(body.receptor.coord[0] - body.ligand.coord[5]),
        np.linalg.norm(np.subtract(y[0], x[5])),
        atol=0.01,
    )
    assert receptor.n_residues == len(E)


def test_all_models_of_all_seeds_the_best_first_and_their_means(panel):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}})
    for seed, ranking in ((1, 0.4), (2, 0.9), (3, 0.6)):
        Complex({"A": E, "B": F}, seed=seed).protenix("models", seed=seed, ranking=ranking)
    assert main(["cofold", "import", "models"]) == 0
    assert [model["seed"] for model in record("one", "two")["models"]] == [2, 3, 1]
    _, found = docked("one", "two")
    assert found.poses["confidence"].tolist() == [0.9, 0.6, 0.4]
    assert found.poses["score"].tolist() == [-0.9, -0.6, -0.4]
    assert found.poses["ipsae_mean"].tolist() == pytest.approx([found.poses["ipsae"].mean()] * 3)
    assert found.record["parameters"]["program"] == "Protenix"


def test_a_homodimer_takes_its_chains_in_order(panel):
    structure("one.pdb", E)
    structure("same.pdb", E)
    panel({"one": {}}, {"same": {}})
    Complex({"A": E, "B": E}).boltz("models")
    assert main(["cofold", "import", "models"]) == 0
    (model,) = record("one", "same")["models"]
    assert (model["receptor_chains"], model["ligand_chains"]) == ({"0": "A"}, {"0": "B"})


def test_a_protein_of_several_chains(panel):
    made = Complex({"H": E, "L": F})
    write("fab.pdb", made.pdb())
    structure("two.pdb", G)
    panel({"fab": {"chains": ["H", "L"]}}, {"two": {}})
    Complex({"A": F, "B": G, "C": E}).boltz("models")
    assert main(["cofold", "import", "models"]) == 0
    bodies = [prepare("fab.pdb", name="fab", chains=["H", "L"])[0], prepare("two.pdb", name="two")[0]]
    found = dock(BACKEND, *bodies, Request({}, result=Path("resources/cofold/fab/two/prediction.json")))
    (body,) = found.bodies
    assert body.receptor.chains == ["H", "L"]
    assert body.receptor.n_residues == bodies[0].n_residues >= len(E) + len(F) - 1


def test_another_protein_a_lone_chain_and_a_damaged_file(panel, capsys):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}})
    Complex({"A": E, "B": F}).boltz("models/good")
    Complex({"A": E, "B": G}).boltz("models/other")
    Complex({"A": E}).boltz("models/alone")
    Complex({"A": E, "B": F}, seed=4).boltz("models/bad")
    write("models/bad/a_b_model_0.cif", "data_x\nloop_\n_atom_site.Cartn_x\n1.0 2.0\n")
    assert main(["cofold", "import", "models"]) == 0
    said = capsys.readouterr().out
    found = {name: row["status"] for name, row in rows().items()}
    assert found["good/a_b"] == "sure"
    assert {found["other/a_b"], found["alone/a_b"], found["bad/a_b"]} == {"not in the panel"}
    assert "sequence of no protein of the panel" in rows()["other/a_b"]["reason"]
    assert "a pair needs two chains" in rows()["alone/a_b"]["reason"]
    assert "models/bad/a_b_model_0.cif" in said


def test_terms_must_be_accepted_in_the_config(panel, capsys, caplog):
    structure("one.pdb", E)
    structure("two.pdb", F)
    structure("three.pdb", G)
    panel({"one": {}}, {"two": {}, "three": {}})
    Complex({"A": E, "B": F}).alphafold3("models", "a_b_")
    assert main(["cofold", "import", "models"]) == 2
    assert "non-commercial use only" in caplog.text
    assert "add `cofold: {accept: [alphafold3]}` to the config" in caplog.text
    assert not Path("models/jobs.csv").exists()
    Complex({"A": E, "B": G}).boltz("models/more")
    assert main(["cofold", "import", "models"]) == 0
    said = capsys.readouterr().out
    assert "1 model of AlphaFold 3 not used" in said
    assert Path("resources/cofold/one/three").exists()
    assert not Path("resources/cofold/one/two").exists()
    panel({"one": {}}, {"two": {}, "three": {}}, cofold={"accept": ["alphafold3"]})
    assert main(["cofold", "import", "models"]) == 0
    assert "2 imported" in capsys.readouterr().out


def test_the_best_model_that_lies_there_twice_counts_once_where_terms_are_not_accepted(panel, caplog):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}})
    made = Complex({"A": E, "B": F})
    made.alphafold3("models/a_b", "a_b_")
    for sample in (0, 1):
        made.alphafold3(f"models/a_b/seed-1_sample-{sample}", f"a_b_seed-1_sample-{sample}_")
    assert main(["cofold", "import", "models"]) == 2
    assert "2 models of AlphaFold 3 not used" in caplog.text
    panel({"one": {}}, {"two": {}}, cofold={"accept": ["alphafold3"]})
    assert main(["cofold", "import", "models"]) == 0
    assert (rows()["a_b"]["files"], len(record("one", "two")["models"])) == ("2 models", 2)


def test_only_terms_of_what_is_imported_are_shown(panel, caplog):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}}, cofold={"accept": ["alphafold3", "alphafold_server"]})
    caplog.set_level("INFO")
    Complex({"A": E, "B": F}).boltz("boltz")
    assert main(["cofold", "import", "boltz"]) == 0
    assert "terms of use" not in caplog.text
    Complex({"A": E, "B": F}).alphafold3("models", "a_b_")
    assert main(["cofold", "import", "models"]) == 0
    assert "terms of use that you have accepted, of AlphaFold 3: " in caplog.text
    assert "AlphaFold Server" not in caplog.text


def test_pairs_of_different_programs_are_warned_of_also_after_several_imports(panel, capsys):
    for name, letters in (("one", E), ("two", F), ("three", G)):
        structure(f"{name}.pdb", letters)
    panel({"one": {}}, {"two": {}, "three": {}})
    Complex({"A": E, "B": F}).boltz("first")
    assert main(["cofold", "import", "first"]) == 0
    assert "different programs" not in capsys.readouterr().out
    Complex({"A": E, "B": G}).chai("second")
    assert main(["cofold", "import", "second"]) == 0
    assert "Pairs were predicted by different programs (Boltz 1, Chai-1 1)." in capsys.readouterr().out


def test_a_config_that_does_not_use_predictions_is_told_what_to_set(panel, caplog):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}}, backend="local")
    Complex({"A": E, "B": F}).boltz("models")
    assert main(["cofold", "import", "models"]) == 2
    assert "nothing in the config uses imported predictions" in caplog.text
    assert "set `backends: [local, cofold]` to have both methods" in caplog.text


def test_two_predictions_of_one_pair_are_left_to_a_person(panel):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}})
    Complex({"A": E, "B": F}).boltz("models/boltz")
    Complex({"A": E, "B": F}, seed=2).chai("models/chai")
    Complex({"A": E, "B": F}).boltz("models/copy of boltz")
    assert main(["cofold", "import", "models"]) == 0
    assert {name: row["status"] for name, row in rows().items()} == {
        "boltz/a_b": "doubtful",
        "chai": "doubtful",
        "copy of boltz/a_b": "not used",
    }
    text = Path("models/jobs.csv").read_text().replace("chai,,", "chai,one,two")
    write("models/jobs.csv", text)
    assert main(["cofold", "import", "models"]) == 0
    assert record("one", "two")["program"] == "Chai-1"


def test_proteins_alike_are_told_apart_by_their_differences(panel):
    mutant = E[:10] + "W" + E[11:]
    structure("wild.pdb", E)
    structure("mutant.pdb", mutant)
    structure("two.pdb", F)
    panel({"wild": {}, "mutant": {}}, {"two": {}})
    Complex({"A": mutant, "B": F}).boltz("models/a")
    Complex({"A": E, "B": F}, seed=2).boltz("models/b")
    assert main(["cofold", "import", "models"]) == 0
    assert [row["receptor"] for row in rows().values()] == ["mutant", "wild"]


def test_importing_again_changes_nothing(panel):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}})
    Complex({"A": E, "B": F}).boltz("models")
    contents = []
    for _ in range(2):
        assert main(["cofold", "import", "models"]) == 0
        contents.append([path.read_bytes() for path in sorted(Path("resources/cofold/one/two").iterdir())])
    assert contents[0] == contents[1]


def test_barnase_and_barstar_from_docking_to_analysis(panel, shared):
    """Real predictions: the models' interface is the one that they have, in the panel's numbers."""
    found = find_predictions(shared / "cofold/barnase_barstar/af2_multimer")
    ((_, af2),) = found.read()
    for name, chain, first in (("barnase", "B", 1), ("barstar", "C", 201)):
        part = af2.body[af2.body.chain == chain]
        letters = np.full(len(part), "A", dtype="U1")
        write_structure(f"{name}.pdb", replace(part, residue_number=part.residue_number + first - 1, chain=letters))
    panel({"barnase": {}}, {"barstar": {}})
    assert main(["cofold", "import", str(shared / "cofold/barnase_barstar/boltz2"), "-o", "resources/cofold"]) in (0, 1)


def test_seeds_that_were_jobs_of_their_own_are_put_together(panel):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}}, cofold={"accept": ["alphafold_server"]})
    for seed, ranking in ((1, 0.4), (2, 0.9)):
        made = Complex({"A": E, "B": F}, seed=seed)
        made.alphafold3(f"models/fold_{seed}", f"fold_{seed}_", confidences="full_data", after="_0", ranking=ranking)
    assert main(["cofold", "import", "models"]) == 0
    assert [model["ranking"] for model in record("one", "two")["models"]] == [0.9, 0.4]
    assert "with the models of fold_2" in rows()["fold_1"]["reason"]


def test_a_link_back_to_its_own_folder(panel):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}})
    Complex({"A": E, "B": F}).boltz("elsewhere/deep")
    Path("models").mkdir()
    Path("models/linked").symlink_to(Path("elsewhere").resolve())
    Path("elsewhere/back").symlink_to(Path("models").resolve())
    assert main(["cofold", "import", "models"]) == 0
    assert rows()["linked/deep/a_b"]["status"] == "sure"


@pytest.mark.parametrize(("orders", "pairs"), [("one", ["one/two"]), ("both", ["one/two", "two/one"])])
def test_a_panel_without_roles(panel, orders, pairs):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({}, {})
    proteins = [{"name": name, "entry": f"{name}.pdb"} for name in ("one", "two")]
    write("config.yaml", yaml.safe_dump({"backend": "cofold", "proteins": proteins, "homo": True, "orders": orders}))
    Complex({"A": E, "B": F}).boltz("models/a")
    Complex({"A": F, "B": F}).boltz("models/b")
    assert main(["cofold", "import", "models"]) == 0
    made = sorted(
        str(path.parent.relative_to("resources/cofold")) for path in Path("resources").rglob("prediction.json")
    )
    assert made == [*pairs[:1], "two/two"] if orders == "one" else sorted([*pairs, "two/two"])
    body = docked(*pairs[-1].split("/"))[1].bodies[0]
    assert body.receptor.n_residues >= len(E) - 1


def test_a_zip_archive_is_imported_as_it_is(panel):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}}, cofold={"accept": ["alphafold_server"]})
    Complex({"A": E, "B": F}).alphafold3("raw/fold_x", "fold_x_", confidences="full_data", after="_0")
    shutil.make_archive("fold_x", "zip", "raw")
    assert main(["cofold", "import", "fold_x.zip"]) == 0
    (model,) = record("one", "two")["models"]
    assert (model["file"], model["sample"]) == ("fold_x_model_0.cif", 0)


def fill(folder, *jobs):
    """Fill the pair into rows of the table, as a person does."""
    table = rows(folder)
    for job in jobs:
        table[job] |= {"receptor": "one", "ligand": "two"}
    with open(f"{folder}/jobs.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, next(iter(table.values())))
        writer.writeheader()
        writer.writerows(table.values())


def test_an_import_from_another_folder_asks_before_it_replaces_models(panel, capsys):
    """Also where the job has the same name; the same import again, from wherever it is, is silent."""
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}})
    Complex({"A": E, "B": F}, seed=1).boltz("first")
    Complex({"A": E, "B": F}, seed=2).colabfold("second")
    assert main(["cofold", "import", "first"]) == 0
    capsys.readouterr()
    for _ in range(2):
        assert main(["cofold", "import", "second"]) == 0
        said = capsys.readouterr().out
        assert "pairs with models of another import, which stay unless you fill in the row in second/jobs.csv" in said
        assert "one, two has models of Boltz (job a_b) from another import; to replace them, write one and two" in said
        assert "it can be" not in said
        assert record("one", "two")["program"] == "Boltz"
    fill("second", "a_b")
    assert main(["cofold", "import", "second"]) == 0
    assert "one, two: the models of Boltz (job a_b) by those of ColabFold (job a_b)" in capsys.readouterr().out
    assert record("one", "two")["program"] == "ColabFold"
    Path("second").rename("moved")
    for _ in range(2):
        assert main(["cofold", "import", "moved"]) == 0
        assert "replaced" not in (said := capsys.readouterr().out)
        assert "fill in" not in said
    assert main(["cofold", "import", "first"]) == 0
    assert "to replace them, write one and two into this row" in capsys.readouterr().out
    # More models of the same job are taken, and told.
    Complex({"A": E, "B": F}, seed=3).colabfold("moved", rest="rank_002_alphafold2_multimer_v3_model_1_seed_000")
    assert main(["cofold", "import", "moved"]) == 0
    assert "the models of ColabFold (job a_b) by others of the same job" in capsys.readouterr().out


def test_of_several_programs_one_is_to_be_filled_in(panel, capsys):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}})
    made = Complex({"A": E, "B": F})
    made.boltz("models/boltz")
    made.colabfold("models/colabfold")
    made.protenix("models/protenix", seed=1, ranking=0.5)
    assert main(["cofold", "import", "models"]) == 0
    said = capsys.readouterr().out
    assert "3 predicted complexes found" in said
    assert "pairs with several jobs: fill in receptor and ligand of ONE row of each in models/jobs.csv" in said
    (line,) = [one for one in said.splitlines() if one.startswith("  one, two: ")]
    assert all(f"({program})" in line for program in ("Boltz", "ColabFold", "Protenix"))
    assert "fill in receptor and ligand of these" not in said
    assert "one, two (until a row of it is filled in, see above)" in said
    fill("models", next(job for job in rows() if "boltz" in job))
    assert main(["cofold", "import", "models"]) == 0
    assert record("one", "two")["program"] == "Boltz"
    assert "every pair of the panel has a prediction" in capsys.readouterr().out


def test_one_complex_is_one(panel, capsys):
    structure("one.pdb", E)
    structure("two.pdb", F)
    panel({"one": {}}, {"two": {}})
    Complex({"A": E, "B": F}).boltz("models")
    assert main(["cofold", "import", "models"]) == 0
    assert "1 predicted complex found; 1 imported into resources/cofold, with 1 model in all" in capsys.readouterr().out
