"""Finished runs of HADDOCK3: tests/data/haddock/run1 is a real one, its README says how it was made."""

import csv
import gzip
import json
import shutil
from pathlib import Path

import gemmi
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crossdock.cli import main
from crossdock.docking.backends import load_backend
from crossdock.docking.backends.contract import Request
from crossdock.docking.backends.door import dock
from crossdock.docking.backends.haddock.run import find_runs
from crossdock.errors import InputError
from crossdock.steps.conformance import demo_pair

RUN = Path(__file__).parents[1] / "data" / "haddock" / "run1"
CONFIG = """
backend: haddock
receptors:
  - {name: trypsin, entry: "demo:1ppe", chains: [A]}
ligands:
  - {name: CMTI, entry: "demo:1ppe", chains: [B]}
"""


@pytest.fixture
def panel(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(CONFIG)
    shutil.copytree(RUN, "runs/one")
    return tmp_path


def bring(folder="runs"):
    assert main(["haddock", "import", folder]) == 0
    return Path("resources/haddock/trypsin/CMTI/run.json")


def jobs(folder="runs"):
    with Path(folder, "jobs.csv").open() as file:
        return {row["job"]: row for row in csv.DictReader(file)}


def docked(record):
    return dock(load_backend("haddock"), *demo_pair(), Request(result=record))


def table(run="runs/one"):
    return Path(run, "5_caprieval", "capri_ss.tsv")


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_models_and_numbers_of_a_real_run_arrive(panel, capsys):
    found = docked(bring())
    assert "1 runs of HADDOCK3 found; 1 imported" in capsys.readouterr().out
    assert jobs()["one"]["status"] == "sure"
    with table().open() as file:
        rows = sorted(csv.DictReader(file, delimiter="\t"), key=lambda row: float(row["score"]))
    assert len(rows) == len(found.poses) == len(found.bodies) == 4
    for name in ("score", "vdw", "elec", "desolv", "air", "bsa"):
        assert found.poses[name].tolist() == [float(row[name]) for row in rows]
    # Atoms as gemmi reads them, laid over the receptor.
    for row, body in zip(rows, found.bodies, strict=True):
        file = table().parent / f"{row['model']}.gz"
        chains = {chain.name: chain for chain in gemmi.read_pdb(str(file))[0]}
        theirs = [
            np.array([list(residue["CA"][0].pos) for residue in chains[name] if residue.find_atom("CA", "*")])
            for name in "AB"
        ]
        mine = [part.coord[part.atom_name == "CA"] for part in (body.receptor, body.ligand)]
        middle = theirs[0].mean(axis=0)
        turn, _ = Rotation.align_vectors(mine[0] - mine[0].mean(axis=0), theirs[0] - middle)
        assert np.abs(turn.apply(theirs[1] - middle) + mine[0].mean(axis=0) - mine[1]).max() < 0.01


def test_the_way_of_each_model_is_that_of_traceback(panel):
    record = json.loads(bring().read_text())
    with Path("runs/one/traceback/traceback.tsv").open() as file:
        rows = {row["4_emref"]: row for row in csv.DictReader(file, delimiter="\t")}
    assert record["module"] == "4_emref"
    for model in record["models"]:
        row = rows[model["file"].removesuffix(".gz")]
        assert model["ranks"] == {name: int(row[f"{name}_rank"]) for name in ("1_rigidbody", "4_emref")}


def test_the_contract_holds_for_an_imported_pair(panel, capsys):
    assert main(["backends", "test", "haddock", "--result", str(bring())]) == 0
    output = capsys.readouterr().out
    assert "its models are analysed, and its numbers arrive in pair.json: ok" in output


def test_an_import_again_changes_no_file(panel):
    record = bring()
    before = record.stat().st_mtime_ns
    assert bring().stat().st_mtime_ns == before


def test_models_that_are_not_packed_are_read_too(panel):
    for file in Path("runs/one/4_emref").glob("*.gz"):
        file.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
        file.unlink()
    assert len(docked(bring()).poses) == 4


def test_chains_are_told_by_their_sequences_not_by_their_letters(panel):
    """Made up: the chains of the run under other letters, with the ligand first."""
    plain = docked(bring())
    for file in Path("runs/one/4_emref").glob("*.gz"):
        lines = [one for one in gzip.decompress(file.read_bytes()).decode().splitlines() if one.startswith("ATOM")]
        letters = {"B": "A", "A": "X"}
        swapped = [
            f"{one[:21]}{letters[one[21]]}{one[22:]}" for one in sorted(lines, key=lambda one: one[21], reverse=True)
        ]
        file.write_bytes(gzip.compress("\n".join([*swapped, "END", ""]).encode()))
    again = docked(bring())
    assert np.allclose(plain.poses.to_numpy(float), again.poses.to_numpy(float), atol=1e-3)


@pytest.mark.parametrize("name", ["cluster-id\tcluster-ranking\tmodel-cluster-ranking", "new\tnewer\tnewest"])
def test_columns_that_other_versions_name_otherwise_do_not_matter(panel, name):
    edit(table(), "cluster_id\tcluster_ranking\tmodel-cluster_ranking", name)
    assert len(docked(bring()).poses) == 4


def test_a_component_that_is_not_there_is_unknown(panel):
    edit(table(), "\tdesolv\t", "\tother\t")
    found = docked(bring())
    assert found.poses["desolv"].isna().all()
    assert found.poses["vdw"].notna().all()


def test_without_traceback_there_are_no_earlier_ranks(panel, capsys):
    shutil.rmtree("runs/one/traceback")
    record = json.loads(bring().read_text())
    assert all(one["ranks"] == {} for one in record["models"])
    assert "it has no traceback.tsv" in capsys.readouterr().out


def test_a_module_after_the_last_scores_is_told(panel, capsys):
    shutil.rmtree("runs/one/5_caprieval")
    shutil.copytree("runs/one/4_emref", "runs/one/1_rigidbody")
    for file in Path("runs/one/1_rigidbody").iterdir():
        file.rename(file.with_name(file.name.replace("emref", "rigidbody")))
    record = json.loads(bring().read_text())
    assert record["module"] == "1_rigidbody"
    assert "4_emref comes after it" in capsys.readouterr().out


def test_models_that_cannot_be_used_are_listed_and_the_others_imported(panel, capsys):
    Path("runs/one/4_emref/emref_1.pdb.gz").unlink()
    damaged = Path("runs/one/4_emref/emref_2.pdb.gz")
    packed = damaged.read_bytes()
    damaged.write_bytes(packed[:1000] + bytes(100) + packed[1100:])
    edit(table(), "-43.200", "nan")
    assert len(docked(bring()).poses) == 1
    output = capsys.readouterr().out
    assert "files that are not used (3)" in output
    for said in ("emref_1.pdb is not in the run", "it cannot be unpacked", "expected a score, got 'nan'"):
        assert said in output


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("model\tmd5\t", "name\tmd5\t", "missing: model"),
        ("\tscore\tirmsd", "\tpoints\tirmsd", "missing: score"),
        ("../4_emref/emref_2.pdb\t-\t2", "../4_emref/emref_2.pdb\t2", "expected 31 columns, got 30"),
    ],
)
def test_a_table_that_is_not_as_haddock_writes_it_is_refused(panel, capsys, old, new, said):
    edit(table(), old, new)
    assert main(["haddock", "import", "runs"]) == 0
    assert jobs()["one"]["status"] == "not used"
    assert said in capsys.readouterr().out
    assert not Path("resources").exists()


def test_two_runs_of_a_pair_are_left_to_a_person(panel, capsys):
    shutil.copytree(RUN, "runs/two")
    assert main(["haddock", "import", "runs"]) == 0
    assert {row["status"] for row in jobs().values()} == {"doubtful"}
    assert not Path("resources").exists()
    edit(Path("runs/jobs.csv"), "two,,", "two,trypsin,CMTI")
    assert json.loads(bring().read_text())["job"] == "two"
    assert jobs()["two"]["status"] == "edited"
    edit(Path("runs/jobs.csv"), "two,trypsin,CMTI", "two,trypsin,nobody")
    assert main(["haddock", "import", "runs"]) != 0
    assert "not in the panel: trypsin, nobody" in capsys.readouterr().err


def test_a_run_of_no_pair_is_told_with_what_its_chains_are(panel, capsys):
    edit(Path("config.yaml"), 'entry: "demo:1ppe", chains: [A]', 'entry: "demo:1bvn", chains: [A]')
    assert main(["haddock", "import", "runs"]) == 0
    assert jobs()["one"]["status"] == "not in the panel"
    assert "sequence of CMTI" in capsys.readouterr().out


@pytest.mark.parametrize(("folder", "said"), [("none", "no such folder"), ("runs/one/4_emref", "no finished run")])
def test_a_folder_without_a_run_is_refused(panel, folder, said):
    with pytest.raises(InputError, match=said):
        find_runs(folder)


def test_a_panel_in_both_orders_takes_a_run_for_both(panel):
    both = [
        f'  - {{name: {name}, entry: "demo:1ppe", chains: [{chain}]}}'
        for name, chain in (("trypsin", "A"), ("CMTI", "B"))
    ]
    Path("config.yaml").write_text("\n".join(["backend: haddock", "receptors:", *both, "ligands:", *both, ""]))
    bring()
    receptor, ligand = demo_pair()
    turned = dock(
        load_backend("haddock"), ligand, receptor, Request(result=Path("resources/haddock/CMTI/trypsin/run.json"))
    )
    assert (
        turned.poses["score"].tolist()
        == docked(Path("resources/haddock/trypsin/CMTI/run.json")).poses["score"].tolist()
    )


def test_haddock_may_be_a_further_backend(panel):
    edit(Path("config.yaml"), "backend: haddock", "backends: [local, haddock]")
    assert len(docked(bring()).poses) == 4


def test_a_run_of_the_same_name_in_another_folder_removes_no_import(panel):
    """Made up: in the second folder, the run is of another pair and has other scores."""
    record = bring("runs/one")
    shutil.copytree(RUN, "others/one")
    text = table("others/one").read_text().replace("\t-", "\t-9")
    table("others/one").write_text(text)
    Path("others/one/jobs.csv").write_text("job,receptor,ligand,status\none,,,edited\n")
    assert main(["haddock", "import", "others/one"]) == 0
    assert record.is_file()
    Path("runs/one/jobs.csv").write_text("job,receptor,ligand,status\none,,,edited\n")
    assert main(["haddock", "import", "runs/one"]) == 0
    assert not record.is_file()


def test_another_backend_is_refused(panel, capsys):
    edit(Path("config.yaml"), "backend: haddock", "backend: cofold")
    assert main(["haddock", "import", "runs"]) != 0
    assert "expected `backend: haddock`, got cofold" in capsys.readouterr().err
