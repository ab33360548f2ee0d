"""Pairs put together into jobs, and what such a job does."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from crossdock.cli import build_parser, main
from crossdock.commands.options import backend_options
from crossdock.failure import failure_of
from crossdock.files import read_json, write_json
from crossdock.panel.panel import Panel, load_panel
from crossdock.panel.schema import option_arguments
from crossdock.steps.jobs import MOST_JOBS, analysis_arguments, batch_size, batches, docking_arguments, parts
from crossdock.structures.shape import Size

RECEPTOR = {"name": "colicin-E9", "entry": "demo:1emv", "chains": ["B"]}
LIGANDS = [
    {"name": "Im9", "entry": "demo:1emv", "chains": ["A"]},
    {"name": "CMTI-1", "entry": "demo:1ppe", "chains": ["B"]},
]


def panel_of(receptors: int = 1, ligands: int = 2, **settings) -> Panel:
    side = {"entry": "demo:1emv", "chains": ["A"]}
    names = [[{**side, "name": f"{letter}{i}"} for i in range(n)] for letter, n in (("r", receptors), ("l", ligands))]
    return load_panel({"receptors": names[0], "ligands": names[1], **settings})


def test_options_are_called_as_the_keys_of_the_config():
    asked = {"with": ("B", "C"), "clustering.models": 5, "clustering.min_size": 7, "accept": "", "model": None}
    assert option_arguments(asked) == ["--with", "B", "C", "--max-models", "5", "--min-size", "7"]
    assert option_arguments({"label": "-1 frameshift"}) == ["--label=-1 frameshift"]


def test_what_is_written_for_a_step_is_what_it_reads():
    panel = panel_of(
        docking={"sampling": "fast", "rotations": 60},
        clustering={"radius": 7, "min_size": 4, "models": 5, "order": "size"},
        affinity={"temperature": 37},
        seed=3,
    )
    parse = build_parser().parse_args
    dock = parse(["dock", "a", "b", "-o", "x", *docking_arguments(panel, 2)])
    assert (dock.backend, dock.seed) == ("local", 4)
    assert backend_options(dock) == {"sampling": "fast", "rotations": 60, "device": "cpu"}
    given = ["--docking", "d", "--poses", "p", "-o", "x", *analysis_arguments(panel, "r0", "l0")]
    analyse = parse(["analyse", "a", "b", *given])
    assert (analyse.radius, analyse.min_size, analyse.max_models, analyse.order) == (7, 4, 5, "size")
    assert analyse.temperature == 37


@pytest.mark.parametrize(
    ("asked", "size"),
    [({}, 1), ({"batch": 7}, 7), ({"batch": "10min"}, 46), ({"batch": "10 min", "replicates": 2}, 23)],
)
def test_batch_size(asked, size):
    assert batch_size(panel_of(**asked)) == pytest.approx(size, abs=3)


def test_minutes_follow_the_sampling():
    sizes = [
        batch_size(panel_of(batch="30min", docking={"sampling": name})) for name in ("fast", "default", "thorough")
    ]
    assert sizes[0] > 1.5 * sizes[1] > 3 * sizes[2]


def test_large_panel_has_few_jobs():
    panel = panel_of(50, 200)
    assert sum(map(len, batches(panel).values())) <= MOST_JOBS


def test_batches_hold_every_pair_once():
    panel = panel_of(3, 11, batch=4)
    made = [
        (receptor, ligand)
        for receptor, chunks in batches(panel).items()
        for names in chunks.values()
        for ligand in names
    ]
    assert made == [(receptor.name, ligand.name) for receptor, ligand in panel.pairs]


def test_jobs_of_cluspro_are_never_put_together():
    assert batches(panel_of(2, 3, backend="cluspro", batch=2)) == {}


@pytest.mark.parametrize("asked", [0, "ten", "5 hours", -1, 1.5])
def test_wrong_batch_is_named(asked):
    with pytest.raises(Exception, match="batch"):
        panel_of(batch=asked)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """A run whose proteins are prepared."""
    folder = tmp_path_factory.mktemp("run")
    config = {"receptors": [RECEPTOR], "ligands": LIGANDS, "docking": {"rotations": 20}, "clustering": {"models": 2}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    write_json(folder / "results/panel.json", load_panel(config).to_record())
    for protein in (RECEPTOR, *LIGANDS):
        entry = folder / f"{protein['name']}.pdb.gz"
        assert main(["fetch", protein["entry"], "-o", str(entry)]) == 0
        out = folder / "results/proteins" / protein["name"]
        assert (
            main(["prepare", str(entry), "-o", str(out), "--name", protein["name"], "--chains", *protein["chains"]])
            == 0
        )
    return folder


def batch(run: Path, *ligands: str) -> int:
    results = run / "results"
    arguments = ["--receptor", "colicin-E9", "--ligands", *ligands, "--results", str(results)]
    return main(["batch", str(results / "panel.json"), *arguments, "-o", str(results / "batch.csv")])


def test_batch_makes_what_single_commands_make_and_keeps_it(run, capsys):
    assert batch(run, "Im9", "CMTI-1") == 0
    assert pd.read_csv(run / "results/batch.csv")["ligand"].tolist() == ["Im9", "CMTI-1"]
    proteins, pair = run / "results/proteins", run / "results/pairs/colicin-E9/Im9"
    bodies = [str(proteins / name / "structure.pdb") for name in ("colicin-E9", "Im9")]
    alone = run / "alone"
    assert main(["dock", *bodies, "-o", str(alone), "--poses-only", "--rotations", "20"]) == 0
    made = ["--poses", str(alone / "poses.csv.gz"), "--docking", str(alone / "docking.json")]
    assert main(["analyse", *bodies, *made, "--names", "colicin-E9", "Im9", "--max-models", "2", "-o", str(alone)]) == 0
    for name in ("poses.csv.gz", "clusters.csv", "interface.csv", "residues.csv", "models/model_00.pdb"):
        assert (alone / name).read_bytes() == (pair / name).read_bytes()
    # Once more: nothing is made again.
    times = {file: os.stat(file).st_mtime_ns for file in pair.rglob("*") if file.is_file()}
    assert batch(run, "Im9", "CMTI-1") == 0
    assert times == {file: os.stat(file).st_mtime_ns for file in times}
    # A record that was cut off, or another analysis: only that is made again.
    (pair / "pair.json").write_text('{"asked_for": ')
    panel = read_json(run / "results/panel.json")
    assert batch(run, "Im9") == 0
    assert read_json(pair / "pair.json")["receptor"] == "colicin-E9"
    write_json(run / "results/panel.json", panel | {"clustering": panel["clustering"] | {"models": 1}})
    assert batch(run, "Im9") == 0
    assert os.stat(pair / "poses.csv.gz").st_mtime_ns == times[pair / "poses.csv.gz"]
    assert len(read_json(pair / "pair.json")["models"]) == 1
    write_json(run / "results/panel.json", panel)


def test_failing_pair_does_not_keep_the_others_back(run, capsys):
    (run / "results/batch.csv").unlink(missing_ok=True)
    empty = run / "results/proteins/nobody"
    shutil.copytree(empty.with_name("Im9"), empty)
    (empty / "structure.pdb").write_text("REMARK   no atom\nEND\n")
    assert batch(run, "nobody", "Im9") == 0
    assert "nobody" in capsys.readouterr().err
    assert read_json(run / "results/pairs/colicin-E9/Im9/pair.json")["ligand"] == "Im9"
    failure = failure_of(run / "results/pairs/colicin-E9/nobody/pair.json")
    rows = pd.read_csv(run / "results/batch.csv", keep_default_na=False)
    assert list(rows["failed"]) == [failure.what, ""]
    shutil.rmtree(run / "results/pairs/colicin-E9/nobody")
    shutil.rmtree(empty)


def test_search_in_parts_gives_the_same_bytes(run, tmp_path):
    """Whatever the number of parts and their order, poses are those of the search at once."""
    bodies = [str(run / "results/proteins" / name / "structure.pdb") for name in ("colicin-E9", "Im9")]
    asked = [*bodies, "--rotations", "23"]
    assert main(["dock", *asked, "-o", str(tmp_path / "whole"), "--poses-only"]) == 0
    for n in (2, 5):
        files = [str(tmp_path / f"{part}-of-{n}.npz") for part in range(1, n + 1)]
        for part, file in enumerate(files, start=1):
            assert main(["scan", *asked, "-o", file, "--part", str(part), "--parts", str(n)]) == 0
        out = tmp_path / f"of{n}"
        assert main(["dock", *asked, "-o", str(out), "--poses-only", "--scans", *reversed(files)]) == 0
        assert (out / "poses.csv.gz").read_bytes() == (tmp_path / "whole/poses.csv.gz").read_bytes()
        same = ("parameters", "details", "decoys", "counts")
        records = [read_json(folder / "docking.json") for folder in (out, tmp_path / "whole")]
        assert [records[0][key] for key in same] == [records[1][key] for key in same]


@pytest.mark.parametrize("spoiled", ["missing", "cut", "to another docking", "empty"])
def test_part_that_does_not_belong_is_named(run, tmp_path, spoiled, capsys):
    bodies = [str(run / "results/proteins" / name / "structure.pdb") for name in ("colicin-E9", "Im9")]
    files = [tmp_path / "1-of-2.npz", tmp_path / "2-of-2.npz"]
    for part, file in enumerate(files, start=1):
        seed = "2" if spoiled == "to another docking" and part == 2 else "1"
        asked = [*bodies, "--rotations", "4", "--seed", seed]
        assert main(["scan", *asked, "-o", str(file), "--part", str(part), "--parts", "2"]) == 0
    if spoiled == "missing":
        files.pop()
    if spoiled in ("cut", "empty"):
        files[1].write_bytes(files[1].read_bytes()[:100] if spoiled == "cut" else b"")
    asked = [*bodies, "--rotations", "4", "-o", str(tmp_path / "out"), "--poses-only"]
    assert main(["dock", *asked, "--scans", *map(str, files)]) == 2
    output = capsys.readouterr().err
    assert "2-of-2.npz" in output or "got 1 of 2" in output
    assert not (tmp_path / "out/docking.json").exists()


def test_pairs_are_split_by_their_estimate():
    panel = panel_of(split=1)
    small, large = Size.globular(500), Size.globular(30_000)
    assert parts(panel, small, small) == 1
    assert parts(panel, large, large) > 3
    assert parts(panel_of(), large, large) == 1


def test_split_and_batch_exclude_each_other():
    with pytest.raises(Exception, match="batch: 1"):
        panel_of(split=5, batch="10min")
