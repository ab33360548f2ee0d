"""A panel whose docking was done on ClusPro by hand: downloads in, tables and network out, through Snakemake."""

import json

import pandas as pd
import pytest
from test_workflow import CMTI, IM9, ROOT, TRYPSIN, planned, run, write_config

from cluspro_files import PUBLISHED, SETS, archive, model_pdb, placed, score_csv
from crossdock.cli import main
from crossdock.structures.prepare import prepare

pytestmark = pytest.mark.workflow


def body(protein):
    path = ROOT / "src/crossdock/demo" / f"{protein['entry'].removeprefix('demo:')}.pdb.gz"
    return prepare(path, name=protein["name"], chains=protein["chains"])[0]


@pytest.mark.measurement
def test_downloads_become_a_panel(tmp_path, monkeypatch):
    """The published table of scores stands in the matrix, under the server's name; without downloads nothing starts."""
    write_config(tmp_path, [CMTI, IM9], backend="cluspro")
    output = run(tmp_path, "-n")
    assert "a run will stop before it docks. no result of ClusPro for 2 of 2 pairs" in output
    output = run(tmp_path, code=2)
    assert "no result of ClusPro for 2 of 2 pairs (receptor, ligand): trypsin, CMTI-1; trypsin, Im9" in output
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    jobs, receptor = ["job,receptor,ligand"], body(TRYPSIN)
    for number, ligand in enumerate((CMTI, IM9), start=1):
        jobs.append(f"{number},trypsin,{ligand['name']}")
        models = {
            (one, n): model_pdb(receptor, placed(body(ligand), 10 * i + n), name=f"{one}.{n:02d}")
            for i, one in enumerate(SETS)
            for n in range(len(PUBLISHED))
        }
        (downloads / f"cluspro.{number}.tar.bz2").write_bytes(archive(models, job=str(number)))
        for one in SETS:
            shifted = [(members, center - 50 * number, low - 50 * number) for members, center, low in PUBLISHED]
            (downloads / f"cluspro_scores.{number}.{one}.csv").write_text(score_csv(shifted))
    (downloads / "jobs.csv").write_text("\n".join(jobs))
    monkeypatch.chdir(tmp_path)
    assert main(["cluspro", "import", "downloads"]) == 0
    run(tmp_path)
    scores = pd.read_csv(tmp_path / "results/scores.csv")
    # The models of this test say that they are made up, and so does every table that they reach.
    assert set(scores["backend"]) == {"cluspro (SYNTHETIC, no docking was done)"}
    center = pd.read_csv(tmp_path / "results/matrix/center_score.csv", index_col="ligand (SYNTHETIC)")
    assert center["trypsin"].to_dict() == pytest.approx({"CMTI-1": -716.1 - 50, "Im9": -716.1 - 100})
    record = json.loads((tmp_path / "results/pairs/trypsin/Im9/docking.json").read_text())
    assert (record["synthetic"], record["details"]["job"]["job"], len(record["details"]["coefficient_sets"])) == (
        True,
        "2",
        4,
    )
    models = pd.read_csv(tmp_path / "results/pairs/trypsin/Im9/models/models.csv")
    assert models["members"].tolist() == [members for members, _, _ in PUBLISHED]
    assert planned(tmp_path) == {}
    # Another coefficient set asks for other models.
    write_config(tmp_path, [CMTI, IM9], backend="cluspro", docking={"coefficients": "VdW+Elec"})
    assert planned(tmp_path)["dock"] == 2
