"""Snakemake's own report of a finished run: what it holds, in which category, with which caption."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

import forked
from crossdock.analysis.metrics import metrics_of
from crossdock.docking.backends import load_backend

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "resources/js"

pytestmark = pytest.mark.workflow


def snakemake(folder: Path, *arguments: str) -> str:
    places = ["-s", str(ROOT / "Snakefile"), "--workflow-profile", str(ROOT / "profiles/default")]
    done = subprocess.run(
        [forked.programs() / "snakemake", *places, "--cores", "2", "--directory", str(folder), *arguments],
        env=forked.environment(),
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> zipfile.ZipFile:
    """Give the report of a run of one ligand and one receptor."""
    folder = tmp_path_factory.mktemp("reported")
    config = {
        "receptors": [{"name": "trypsin", "entry": "demo:1ppe", "chains": ["A"]}],
        "ligands": [{"name": "CMTI-1", "entry": "demo:1ppe", "chains": ["B"]}],
        "docking": {"rotations": 60, "sampling": "fast"},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    if (SCRIPTS / "esbuild").is_file():  # else the run fetches them
        shutil.copytree(SCRIPTS, folder / "resources/js")
        # Up to date by its own mark, whatever the age of the copy.
        (folder / "resources/js/.snakemake_timestamp").touch()
    snakemake(folder)
    snakemake(folder, "--report", "report.zip")
    with zipfile.ZipFile(folder / "report.zip") as archive:
        yield archive


@pytest.fixture(scope="module")
def page(packed) -> str:
    return packed.read("report/report.html").decode()


def records(page: str, name: str) -> dict:
    """Read what the page's script knows of results or of categories."""
    return json.JSONDecoder().raw_decode(page, re.search(rf"var {name} = (?={{)", page).end())[0]


def test_captions_are_there_and_categories_are_known():
    rules = {path: path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk")}
    captions = [path.parent / name for path, text in rules.items() for name in re.findall(r'caption="(.*?)"', text)]
    assert len(captions) > 5
    assert all(path.is_file() for path in captions)
    categories = {name for text in rules.values() for name in re.findall(r'[^b]category="(.*?)"', text)}
    assert categories == {"Report", "Matrices", "Network", "Pairs"}


@pytest.mark.measurement
def test_page_matrices_network_and_drawings_are_packed(packed, page):
    results = records(page, "results")
    wanted = {"results/report.html", "results/scores.csv", "results/ranks.csv"}
    wanted |= {f"results/matrix/{metric}.csv" for metric in metrics_of(load_backend("local").quantities)}
    wanted.remove("results/matrix/template_identity.csv")  # no known complexes are looked for
    wanted |= {f"results/network/{name}" for name in ("network.graphml", "network.cyjs", "edges.csv", "style.xml")}
    wanted |= {f"results/pairs/trypsin/CMTI-1/drawings/{kind}_00.svg" for kind in ("interface", "map")}
    assert set(results) == wanted
    held = set(packed.namelist())
    for path, record in results.items():
        assert f"report/{record['data_uri']}" in held, path
    assert b"crossdock" in packed.read(f"report/{results['results/report.html']['data_uri']}")[:2000]
    assert packed.read(f"report/{results['results/matrix/score.csv']['data_uri']}").startswith(b"ligand,trypsin")


@pytest.mark.measurement
def test_every_result_has_a_caption_and_labels(page):
    for path, record in records(page, "results").items():
        assert "<p>" in record["caption"], path
        assert "system-message" not in record["caption"], path
        assert record["labels"], path
    drawing = records(page, "results")["results/pairs/trypsin/CMTI-1/drawings/map_00.svg"]
    assert drawing["labels"] == {"receptor": "trypsin", "ligand": "CMTI-1", "drawing": "map"}
    area = records(page, "results")["results/matrix/interface_area.csv"]
    assert area["labels"] == {"table": "interface area", "unit": "A2"}
    assert "not affinities" in page


@pytest.mark.measurement
def test_results_stand_in_categories_pairs_by_receptor(page):
    categories = records(page, "categories")
    assert set(categories) == {"Report", "Matrices", "Network", "Pairs"}
    assert set(categories["Pairs"]) == {"trypsin"}
    assert len(categories["Pairs"]["trypsin"]) == 2


@pytest.mark.measurement
def test_reading_it_asks_nothing_of_a_network(page):
    assert re.findall(r"""<(?:script|link|img)[^>]+(?:src|href)=["']https?:""", page) == []
