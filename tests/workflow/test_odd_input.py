"""Snakemake for real on odd input: names with braces, files of any date, settings as text, broken installations."""

import gzip
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from test_workflow import CMTI, IM9, ROOT, SNAKEMAKE, TRYPSIN, planned, protein, run, write_config

import forked
from crossdock.cli import main
from crossdock.files import read_json

pytestmark = pytest.mark.workflow

ENTRY = gzip.decompress((ROOT / "src/crossdock/demo/1ppe.pdb.gz").read_bytes())
#: Sequence of the inhibitor in that entry (SEQRES of chain I, MCTI-A's relative CMTI-I).
SEQUENCE = ">CMTI-1\nRVCPRILMECKKDSDCLAECVCLEHGYCG\n"
YEAR_2001 = (1e9, 1e9)
TARGETS = {"target": "results/scores.csv"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Give a finished run of files of the user's: two entries, a sequence, a published table."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "mine.pdb").write_bytes(ENTRY)
    (folder / "other.pdb").write_bytes(ENTRY)
    (folder / "resources/sequences").mkdir(parents=True)
    (folder / "resources/sequences/P01074.fasta").write_text(SEQUENCE)
    (folder / "paper.csv").write_text("ligand,trypsin\nmine,-1\n")
    ligand = protein("mine", "mine.pdb", "B") | {"uniprot": "P01074", "accept": "the demo's file has no records"}
    write_config(folder, [ligand], receptors=[protein("trypsin", "other.pdb", "A")], published="paper.csv")
    run(folder, **TARGETS)
    assert planned(folder, **TARGETS) == {}
    return folder


@pytest.fixture
def copy(finished, tmp_path):
    """Give a copy of it to change; times of files are kept."""
    return Path(shutil.copytree(finished, tmp_path / "run", copy_function=shutil.copy2))


def replace(path, content, when):
    """Put another file in the place of one, with the date that it has elsewhere."""
    path.write_bytes(content)
    os.utime(path, when)


@pytest.mark.measurement
@pytest.mark.parametrize("date", ["older", "the same", "newer"])
def test_another_file_of_any_date_is_noticed(copy, date):
    entry = copy / "mine.pdb"
    same = (entry.stat().st_atime, entry.stat().st_mtime)
    when = {"older": YEAR_2001, "the same": same, "newer": None}[date]  # None: now
    replace(entry, ENTRY.replace(b"  1.00", b"  0.90"), when)
    counts = planned(copy, **TARGETS)
    assert (counts["fetch"], counts["prepare"], counts["dock"]) == (1, 1, 1)


@pytest.mark.measurement
def test_another_sequence_or_published_table_of_an_older_date_is_noticed(copy):
    replace(copy / "resources/sequences/P01074.fasta", SEQUENCE.replace("CG\n", "CA\n").encode(), YEAR_2001)
    counts = planned(copy, **TARGETS)
    assert counts["prepare"] == 1
    assert "fetch" not in counts
    replace(copy / "resources/sequences/P01074.fasta", SEQUENCE.encode(), YEAR_2001)
    replace(copy / "paper.csv", b"ligand,trypsin\nmine,-2\n", YEAR_2001)
    assert planned(copy, **TARGETS) == {"matrix": 1}


@pytest.mark.measurement
@pytest.mark.parametrize("hours", [-1, 1])
def test_the_same_content_of_another_date_runs_nothing(copy, hours):
    for name in ("mine.pdb", "other.pdb", "paper.csv", "resources/sequences/P01074.fasta"):
        when = (copy / name).stat().st_mtime + 3600 * hours
        replace(copy / name, (copy / name).read_bytes(), (when, when))
    assert planned(copy, **TARGETS) == {}


@pytest.mark.measurement
@pytest.mark.parametrize("name", ["a{x}b$HOME*?[x]`y`:\u00c5", "-a b'c\"d{"])
def test_paths_of_any_name(tmp_path, name):
    """The folder of the run, the config, a table of proteins, an entry and a published table, all so named."""
    folder = tmp_path / name / "run"
    (folder / name).mkdir(parents=True)
    (folder / name / f"{name}.pdb").write_bytes(ENTRY)
    cell = f"{name}/{name}.pdb".replace('"', '""')
    (folder / f"{name}.tsv").write_text(f'name\tentry\tchains\tnote\nmine\t"{cell}"\tB\t{{n}}\n')
    (folder / f"{name}.csv").write_text("ligand,trypsin\nmine,-1\n")
    write_config(folder, f"{name}.tsv", published=f"{name}.csv", title=name)
    config = (folder / "config.yaml").rename(folder / f"{name}.yaml")
    target = "results/proteins/mine/structure.pdb"
    run(folder, "--configfile", str(config), "--", target=target)
    record = read_json(folder / "results/proteins/mine/protein.json")
    assert record["entry"]["url"] == f"{name}/{name}.pdb"
    assert planned(folder, "--configfile", str(config), "--", target="results/panel.json")["panel"] == 1


def test_a_workflow_in_a_folder_with_braces_is_refused(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "a{x}b"
    for name in ("workflow", "profiles"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "Snakefile", folder)
    write_config(folder, [CMTI])
    monkeypatch.chdir(folder)
    assert main(["check"]) == 2
    output = capsys.readouterr().err
    done = subprocess.run(
        [forked.programs() / "snakemake", "-n"],
        env=forked.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    for text in (output, done.stderr):
        assert f"{folder}/Snakefile: the path of the workflow contains braces" in text


@pytest.mark.measurement
def test_settings_of_the_command_line_reach_every_step(tmp_path):
    write_config(tmp_path, [CMTI, IM9], title="of the file")
    settings = ["--config", 'docking={"rotations": 70}', "seed=7", "title=0123", "--"]
    run(tmp_path, *settings, "results/panel.json", target="results/pairs/trypsin/CMTI-1/docking.json")
    record = read_json(tmp_path / "results/pairs/trypsin/CMTI-1/docking.json")
    assert (record["seed"], record["counts"]["rotations"]) == (7, 70)
    assert planned(tmp_path, *settings, target="results/pairs/trypsin/CMTI-1/docking.json") == {}
    panel = read_json(tmp_path / "results/panel.json")
    assert (panel["title"], panel["docking"]["sampling"], panel["docking"]["rotations"]) == ("0123", "fast", 70)
    text = run(tmp_path, "-n", "--config", 'docking={"rotations": 70', "--", code=2)
    assert "docking: expected keys and values, got '{\"rotations\": 70'" in text


def test_names_that_yaml_would_turn_into_other_things(tmp_path):
    config = {"receptors": [TRYPSIN], "ligands": "@", "docking": {"rotations": 60}}
    text = yaml.safe_dump(config).replace("'@'", "[{name: NO, entry: 'demo:1ppe', chains: [B], label: 0123}]")
    (tmp_path / "config.yaml").write_text(text)
    run(tmp_path, "results/proteins/NO/structure.pdb", target="results/panel.json")
    (ligand,) = read_json(tmp_path / "results/panel.json")["ligands"]
    assert (ligand["name"], ligand["label"]) == ("NO", "0123")


@pytest.mark.measurement  # tests/test_unexpected.py breaks that of `crossdock check`
def test_a_broken_installation_ends_in_one_sentence(tmp_path):
    """The validator of configs cannot be loaded."""
    write_config(tmp_path, [CMTI])
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/jsonschema.py").write_text("raise RuntimeError('broken')\n")
    path = os.pathsep.join([str(tmp_path / "broken"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [str(SNAKEMAKE), "-s", str(ROOT / "Snakefile"), "-n", "--cores", "1"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "crossdock: error: unexpected RuntimeError: broken; " in done.stderr
    assert "Traceback" not in done.stderr
    (log,) = tmp_path.glob("crossdock-error-*.log")
    assert "Traceback" in log.read_text()
