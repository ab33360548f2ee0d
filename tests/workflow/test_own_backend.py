"""A docking method of another package, tests/example_backend, from its installation to the report.

`make measure` runs it; tests/steps/test_conformance.py imports it from its folder.
"""

import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import forked

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests" / "example_backend"
SCRIPTS = ROOT / "resources/js"
PAIRS = [(receptor, ligand) for receptor in ("trypsin", "E9") for ligand in ("CMTI-1", "Im9")]

pytestmark = [pytest.mark.workflow, pytest.mark.measurement]


def wheel(folder):
    """Build a wheel of the example by hand, as its pyproject.toml says, so that no build tool is needed."""
    about = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    name, version = about["name"].replace("-", "_"), about["version"]
    info = f"{name}-{version}.dist-info"
    groups = [
        "\n".join([f"[{group}]", *(f"{key} = {value}" for key, value in points.items()), ""])
        for group, points in about["entry-points"].items()
    ]
    files = {
        f"twobody/{path.name}": path.read_bytes() for path in sorted((EXAMPLE / "twobody").iterdir()) if path.is_file()
    } | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "\n".join(groups).encode(),
    }
    lines = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},{len(content)}"
        for path, content in files.items()
    ]
    made = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as out:
        for path, content in files.items():
            out.writestr(path, content)
        out.writestr(f"{info}/RECORD", "\n".join([*lines, f"{info}/RECORD,,", ""]))
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Give an environment of its own with the example installed, which sees the packages of the one that runs this."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home / "venv", with_pip=False, symlinks=True)
    python = home / "venv/bin/python"
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    Path(site, "beside.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--no-deps", wheel(home)]
    subprocess.run(install, check=True, capture_output=True)
    address = home / "address"
    for name in ("crossdock", "snakemake"):
        forked.write_program(home / "venv/bin" / name, address)
    with forked.start([str(python), forked.__file__, str(address)], address, os.environ) as server:
        yield home / "venv/bin"
        server.stdin.close()


def environment(home):
    return os.environ | {"PATH": f"{home}{os.pathsep}{os.environ['PATH']}"}


def crossdock(home, *arguments, folder=None, code=0):
    done = subprocess.run(
        [home / "crossdock", *arguments], env=environment(home), cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def snakemake(home, folder, *arguments):
    places = ["-s", ROOT / "Snakefile", "--workflow-profile", ROOT / "profiles/default", "--directory", folder]
    done = subprocess.run(
        [home / "snakemake", *places, "--cores", "2", *arguments],
        env=environment(home),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def planned(home, folder):
    """Count the jobs of a dry run by rule."""
    counts = re.findall(r"^(\w+) +(\d+)$", snakemake(home, folder, "-n"), re.MULTILINE)
    return {rule: int(count) for rule, count in counts if rule != "total"}


def write_config(folder, **others):
    config = {
        "receptors": [
            {"name": "trypsin", "entry": "demo:1ppe", "chains": ["A"]},
            {"name": "E9", "entry": "demo:1emv", "chains": ["B"]},
        ],
        "ligands": [
            {"name": "CMTI-1", "entry": "demo:1ppe", "chains": ["B"]},
            {"name": "Im9", "entry": "demo:1emv", "chains": ["A"]},
        ],
        "backend": "twobody",
        "docking": {"turns": 15, "twist": 6},
        "network": {"metric": "plausibility"},
    } | others
    (folder / "config.yaml").write_text(yaml.safe_dump(config))


@pytest.fixture(scope="module")
def run(home, tmp_path_factory):
    """Run a panel of two by two down to the report."""
    folder = tmp_path_factory.mktemp("run")
    write_config(folder)
    if (SCRIPTS / "esbuild").is_file():  # else the run fetches them
        shutil.copytree(SCRIPTS, folder / "resources/js")
        (folder / "resources/js/.snakemake_timestamp").touch()
    snakemake(home, folder)
    return folder


def of_pair(run, file, receptor="trypsin", ligand="CMTI-1"):
    path = run / "results/pairs" / receptor / ligand / file
    return json.loads(path.read_text()) if path.suffix == ".json" else pd.read_csv(path)


def page_data(run):
    page = (run / "results/report.html").read_text()
    (text,) = re.findall(r'<script type="application/json" id="payload">(.*?)</script>', page, re.DOTALL)
    return page, json.loads(text)


def unpacked(text):
    return json.loads(gzip.decompress(base64.b64decode(text)))


def test_the_example_keeps_to_the_contract(home):
    output = crossdock(home, "backends", "test", "twobody")
    assert output.count(": ok") == 12
    assert "FAILED" not in output
    listed = crossdock(home, "backends")
    assert re.search(r"^twobody +\S+ +crossdock-twobody", listed, re.MULTILINE), listed
    assert "0.3.0" in listed
    assert "plausibility (share of the contacts, higher is better)" in crossdock(home, "backends", "show", "twobody")


def test_its_numbers_arrive_everywhere(run):
    table, pair = of_pair(run, "models/models.csv"), of_pair(run, "pair.json")
    assert pair["models"][0]["extra"]["plausibility"] == table["plausibility"][0]
    assert (table["fit"] == -table["score"]).all()
    assert (of_pair(run, "poses.csv.gz")["score"].diff()[1:] >= 0).all()
    assert (table["receptor_rmsd_A"] > 0.05).all()
    scores = pd.read_csv(run / "results/scores.csv")
    for metric in ("plausibility", "fit", "receptor_rmsd_A", "ligand_rmsd_A", "contact_density"):
        assert scores["metric"].eq(metric).sum() == len(PAIRS)
        matrix = pd.read_csv(run / f"results/matrix/{metric}.csv", index_col=0)
        assert matrix.shape == (2, 2)
        assert matrix.notna().all(axis=None)
    own = pd.read_csv(run / "results/matrix/plausibility.csv", index_col=0)
    for receptor, ligand in PAIRS:
        assert (
            own.loc[ligand, receptor]
            == of_pair(run, "pair.json", receptor, ligand)["models"][0]["extra"]["plausibility"]
        )
    edges = pd.read_csv(run / "results/network/edges.csv")
    assert "plausibility" in edges
    best = edges.loc[edges["rank_in_receptor"] == 1].set_index("receptor")["plausibility"]
    assert (best.sort_index() == own.max().sort_index()).all(), "more is better"


def test_the_record_says_who_docked_and_what_it_took(run):
    record = of_pair(run, "docking.json")
    assert (record["backend"], record["method"]["version"]) == ("twobody", "0.3.0")
    assert record["method"]["score"]["better"] == "high"
    assert record["method"]["models"]
    numbers = [number["name"] for number in record["method"]["numbers"]]
    assert numbers == ["fit", "plausibility", "receptor_rmsd_A", "ligand_rmsd_A"]
    assert record["parameters"] == {"turns": 15, "twist": 6, "toward": "anywhere"}
    assert record["cpu_seconds"] >= record["details"]["program_cpu_seconds"] > 0.1


def test_models_have_their_own_coordinates_in_every_file(run):
    """The twisted receptor differs from the prepared one, and the page holds what the model files do."""
    _, data = page_data(run)
    detail = unpacked(data["pairs"]["records"]["0"]["detail"])
    text = (run / "results/pairs/trypsin/CMTI-1/models/model_00.pdb").read_text()
    atoms = [line for line in text.splitlines() if line.startswith("ATOM")]
    body = detail["bodies"][0]
    shown = [line for side in ("receptor", "ligand") for line in body[side].splitlines() if line.startswith("ATOM")]
    assert [line[30:54] for line in shown] == [line[30:54] for line in atoms]
    prepared = (run / "results/proteins/trypsin/structure.pdb").read_text().splitlines()
    coords = [
        np.array([[float(line[at : at + 8]) for at in (30, 38, 46)] for line in lines if line.startswith("ATOM")])
        for lines in (prepared, body["receptor"].splitlines())
    ]
    assert len(detail["bodies"]) == len(detail["models"]) > 1
    assert 0.1 < np.sqrt(((coords[0] - coords[1]) ** 2).sum(axis=1).mean()) < 2


def test_the_page_says_what_the_method_says_of_itself(run):
    page, data = page_data(run)
    names = {metric["name"] for metric in data["metrics"]}
    assert {"plausibility", "fit", "contact_density"} <= names
    assert len(data["pairs"]["values"]["plausibility"]) == len(PAIRS)
    methods = re.search(r'<section[^>]*id="methods".*?</section>', page, re.DOTALL)[0]
    assert "by twobody 0.3.0 [2], which moves and twists both partners" in methods
    assert "tried in 15 orientations" in methods
    assert "twisted by 6 degrees" in methods
    assert "twobody: an example of a docking method for crossdock" in methods
    assert not re.search(r"FFT|Fourier|PIPER|rigid bod", methods)


@pytest.mark.parametrize(
    ("docking", "message", "hint"),
    [
        ({"toward": "center"}, "expected one of anywhere, centre, got 'center'", "did you mean `centre`?"),
        ({"twists": 3}, "unknown key `twists`", "did you mean `twist`?"),
        ({"twist": 31}, "expected at most 30, got 31", "Degrees by which"),
    ],
)
def test_wrong_options_are_refused(home, tmp_path, docking, message, hint):
    write_config(tmp_path, docking=docking)
    output = crossdock(home, "check", "config.yaml", folder=tmp_path, code=2)
    assert message in output
    assert hint in output


def test_a_metric_that_nobody_brings_ranks_nothing(home, tmp_path):
    write_config(tmp_path, network={"metric": "plausible"})
    output = crossdock(home, "check", "config.yaml", folder=tmp_path, code=2)
    assert "did you mean `plausibility`?" in output
    assert "background_q, contact_density, fit, plausibility, got" in output, "of receptor_rmsd_A neither end is better"
    write_config(tmp_path, backend="local", docking={})
    output = crossdock(home, "check", "config.yaml", folder=tmp_path, code=2)
    assert "got 'plausibility'" in output
    assert "contact_density" in output


def test_its_estimate_is_about_what_it_takes(home, run, tmp_path):
    """Of the sizes alone, and within a factor of five, as machines differ."""
    write_config(tmp_path)
    output = crossdock(home, "estimate", "config.yaml", "--no-measure", "--cores", "1", folder=tmp_path)
    assert "4 pairs, 4 dockings" in output
    code = (
        "import sys, json; from crossdock.docking.backends import needs; from crossdock.structures.shape import Size\n"
        "sizes = [Size.globular(int(atoms)) for atoms in sys.argv[1:]]\n"
        "print(needs('twobody', *sizes, {'turns': 15, 'twist': 6, 'toward': 'anywhere'}).cpu_seconds)"
    )
    for receptor, ligand in PAIRS:
        record = of_pair(run, "docking.json", receptor, ligand)
        atoms = [str(record[side]["n_atoms"]) for side in ("receptor", "ligand")]
        asked = [home / "python", "-c", code, *atoms]
        message = float(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
        assert message / 5 < record["cpu_seconds"] < 5 * message


def test_only_what_changes_poses_docks_again(home, run):
    assert planned(home, run) == {}
    write_config(run, docking={"turns": 15, "twist": 7})
    assert planned(home, run)["dock"] == len(PAIRS)
    write_config(run, network={"metric": "fit", "top": 1})
    assert "dock" not in planned(home, run)
    write_config(run)
    assert planned(home, run) == {}
