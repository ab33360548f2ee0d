"""Boltz, Chai-1 and ColabFold run as backends, each by a stand-in that takes what the real one documents."""

import gzip
import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml

from cofold_files import Complex, write
from crossdock.cli import main
from crossdock.docking.backends import load_backend, with_defaults
from crossdock.docking.backends.contract import Request, Runs
from crossdock.docking.backends.door import dock
from crossdock.errors import BrokenFileError, DockingError, InputError
from crossdock.panel.config import read_config
from crossdock.panel.panel import load_panel
from crossdock.steps.conformance import examine
from crossdock.steps.pairs import Docks, PairFiles
from crossdock.steps.ready import ready
from crossdock.steps.remote import dock_remote, table_of_all
from crossdock.steps.remote import ready as ready_to_start
from crossdock.steps.steering import guide_of, steer, steered, table_of
from crossdock.structures.prepare import prepare_to
from folding_programs import install

SEQUENCES = {
    "r": "MKTAYIAKQRSGLEDWVNPHLCTFKRAEIYQG",
    "s": "GSHMLEDPVDAFRWTNKQICLYEHSPVAGTMK",
    "a": "PLWQARHNDKFISTVYECMGLKERAQDPHTWS",
    "b": "TDKELIVRWQSAYFGNMCPHKTLEAVDQRISW",
}
PAIRS = [("r", "a"), ("r", "b"), ("s", "a"), ("s", "b")]
PROGRAMS = ("boltz", "chai", "colabfold")


def starts(path="calls.txt"):
    """Give the lines that the stand-in has written, and remove them."""
    lines = Path(path).read_text().splitlines() if Path(path).is_file() else []
    Path(path).unlink(missing_ok=True)
    return [line.split() for line in lines]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Give a folder with the four proteins, prepared; tests work in copies of it."""
    folder = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, letters in SEQUENCES.items():
            made = Complex({"A": letters}, seed=4)
            made.atoms = [(*row[:6], 90.0, row[7]) for row in made.atoms]
            write(f"{name}.pdb", made.pdb())
            prepare_to(Path("results/proteins", name), f"{name}.pdb", name=name)
    return folder


@pytest.fixture
def panel(prepared, tmp_path, monkeypatch):
    """Give a way to make a panel of two by two whose proteins are prepared, beside programs that answer."""
    monkeypatch.chdir(tmp_path)
    for name in ("CROSSDOCK_BOLTZ", "CROSSDOCK_CHAI", "CROSSDOCK_COLABFOLD"):
        monkeypatch.setenv(name, str(install(tmp_path / "bin")))
    monkeypatch.setenv("FOLD_CALLS", str(tmp_path / "calls.txt"))
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)

    def made(backend, docking=None, **more):
        roles = {"receptors": ["r", "s"], "ligands": ["a", "b"]}
        members = {role: [{"name": one, "entry": f"{one}.pdb"} for one in names] for role, names in roles.items()}
        asked = {"samples": 2, "msas": "none"} | (docking or {})
        key = "backend" if isinstance(backend, str) else "backends"
        write("config.yaml", yaml.safe_dump({key: backend, "docking": asked} | members | more))
        return load_panel(read_config("config.yaml"), where="config.yaml")

    return made


def predicted(panel):
    """Predict what is waiting; give the records of pairs, and the reasons of the others."""
    dock_remote(panel, "results", "results/predicted/x.csv")
    rows = pd.read_csv("results/predicted/x.csv", keep_default_na=False).set_index(["receptor", "ligand"])
    assert list(rows.index) == [(one.name, other.name) for one, other in panel.docked]
    records = {pair: json.loads(Path(one).read_text()) for pair, one in rows["record"].items() if one}
    return records, {pair: text for pair, text in rows["reason"].items() if text}


def models(panel, receptor, ligand):
    backend = load_backend(panel.backend)
    bodies = [ready(Path("results/proteins", name, "structure.pdb")) for name in (receptor, ligand)]
    request = Request(with_defaults(backend, panel.docking), result=Path("results/predicted/x.csv"))
    return dock(backend, *bodies, request)


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_pair_is_predicted_and_one_that_fails_is_a_hole(panel, name, monkeypatch, caplog):
    monkeypatch.setenv("FOLD_FAILS", "s__a")
    caplog.set_level("INFO")
    asked = panel(name, {"seeds": 2}, seed=5)
    records, reasons = predicted(asked)
    assert records.keys() == set(PAIRS) - {("s", "a")}
    for record in records.values():
        assert Counter(one["seed"] for one in record["models"]) == {5: 2, 6: 2}
        ranking = [one["ranking"] for one in record["models"]]
        assert ranking == sorted(ranking, reverse=True)
    (reason,) = reasons.values()
    assert "memory" in reason
    assert "made no model" in reason
    assert "3 of 4 pairs predicted, 1 failed" in caplog.text
    docked = models(asked, "r", "b")
    assert docked.bodies[0].ligand.n_residues == len(SEQUENCES["b"])
    assert (len(docked.poses), docked.record["parameters"]["seeds"]) == (4, 2)
    assert docked.poses["lis"].notna().all(), "the PAE came along"
    with pytest.raises(DockingError, match="memory"):
        models(asked, "s", "a")
    starts()
    # The pair that failed is tried again, and no other.
    monkeypatch.delenv("FOLD_FAILS")
    records, reasons = predicted(asked)
    assert (records.keys(), reasons) == (set(PAIRS), {})
    assert {job for call in starts() for job in call if "__" in job} == {"s__a"}
    assert not Path("results/predicted/x").exists()
    predicted(asked)
    assert starts() == []


def test_pairs_of_a_start(panel):
    predicted(panel("boltz", boltz={"pairs": 3}))
    assert [call[2:] for call in starts()] == [["r__a", "r__b", "s__a"], ["s__b"]]


def test_a_run_that_is_killed_goes_on_with_the_next_pairs(panel, monkeypatch):
    """The second start never comes back, as in a kill; what the first one made is there."""
    from crossdock.docking.backends.fold import work

    asked = panel("colabfold", colabfold={"pairs": 2})
    started, left = work.started, [1]

    def killed(*words, **more):
        if not left:
            raise KeyboardInterrupt
        left.pop()
        return started(*words, **more)

    monkeypatch.setattr(work, "started", killed)
    with pytest.raises(KeyboardInterrupt):
        predicted(asked)
    assert [call[2:4] for call in starts()] == [["r__a", "r__b"]]
    monkeypatch.setattr(work, "started", started)
    records, _ = predicted(asked)
    assert records.keys() == set(PAIRS)
    assert [call[2:4] for call in starts()] == [["s__a", "s__b"]]


def test_a_pair_at_which_the_program_ends_does_not_take_the_others_along(panel, monkeypatch):
    monkeypatch.setenv("FOLD_CRASHES", "r__b")
    records, reasons = predicted(panel("boltz"))
    assert records.keys() == set(PAIRS) - {("r", "b")}
    assert "ended with exit code 1 and made no model; it printed: " in reasons["r", "b"]
    assert "illegal memory access was encountered (r__b)" in reasons["r", "b"]
    assert [call[2:] for call in starts()] == [["r__a", "r__b", "s__a", "s__b"], ["r__b"], ["s__a"], ["s__b"]]
    assert "illegal memory access" in Path("results/predicted/x.log").read_text()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_does_not_start_stops_the_run(panel, name, monkeypatch):
    monkeypatch.setenv("FOLD_BROKEN", "yes")
    with pytest.raises(DockingError, match="libcudart") as error:
        predicted(panel(name))
    assert error.value.where == "results/predicted/x.log"
    assert not Path("results/predicted/x.csv").exists()
    assert not list(Path("resources").rglob("prediction.json"))


def test_a_program_that_writes_nothing_stops_the_run(panel, monkeypatch):
    monkeypatch.setenv("FOLD_FAILS", " ".join("__".join(pair) for pair in PAIRS))
    with pytest.raises(DockingError, match=r"boltz made no model; it printed: .*ran out of memory"):
        predicted(panel("boltz"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_is_not_there(panel, name, monkeypatch, tmp_path):
    variable, asked = f"CROSSDOCK_{name.upper()}", panel(name)
    monkeypatch.setenv(variable, str(tmp_path / "none"))
    for step in (lambda: ready_to_start(asked, PAIRS), lambda: predicted(asked)):
        with pytest.raises(DockingError, match=f"which {variable} names") as error:
            step()
        assert "install" in error.value.hint
        assert variable in error.value.hint
    monkeypatch.delenv(variable)
    monkeypatch.setenv("PATH", os.defpath)
    with pytest.raises(DockingError, match="is not in PATH"):
        ready_to_start(asked, PAIRS)
    elsewhere = panel(name, **{name: {"program": str(tmp_path / "bin")}})
    ready_to_start(elsewhere, PAIRS)
    assert predicted(elsewhere)[0].keys() == set(PAIRS)
    # What has been predicted on a machine with a card is used on one without the program.
    ready_to_start(asked, PAIRS)
    assert predicted(asked)[0].keys() == set(PAIRS)


@pytest.mark.measurement
def test_other_options_predict_anew_and_the_same_ones_do_not(panel):
    predicted(panel("boltz"))
    predicted(panel("boltz", {"arguments": "--use_potentials"}))
    predicted(panel("boltz", {"seeds": 2}))
    predicted(panel("boltz", boltz={"pairs": 1}))
    calls = [(call[1], "potentials" in call) for call in starts()]
    assert calls == [("1", False), ("1", True), ("1", False), ("2", False)]
    predicted(panel("chai", {"arguments": "--num-trunk-recycles 5 --no-low-memory"}))
    assert {tuple(call[3:]) for call in starts()} == {("5", "False", "none")}


@pytest.mark.measurement
def test_alignments_are_those_of_a_folder_or_of_a_server_that_the_config_names(panel, monkeypatch):
    ready_to_start(panel("boltz", {"msas": "", "msa_server": True}), PAIRS)
    for name in ("chai", "colabfold"):
        predicted(panel(name, {"msas": "", "msa_server": True}))
        assert {call[-1] for call in starts()} == {"server"}
        predicted(panel(name))
        assert {call[-1] for call in starts()} == {{"chai": "none", "colabfold": "single_sequence"}[name]}
    for name in ("r", "s", "a"):
        write(f"own/{name}.a3m", f">{name}\n{SEQUENCES[name]}\n>hit\n{SEQUENCES[name]}\n")
    for name in ("boltz", "colabfold"):
        with pytest.raises(InputError, match="no alignment of b") as error:
            predicted(panel(name, {"msas": "own"}))
        assert "msas.sh" in error.value.hint
    write("own/b.a3m", f">b\n{SEQUENCES['b']}\n")
    for name in ("boltz", "colabfold"):
        assert predicted(panel(name, {"msas": "own"}))[0].keys() == set(PAIRS)
        assert starts()
        assert predicted(panel(name, {"msas": "own"}))[0].keys() == set(PAIRS)
        assert starts() == []
    write("own/b.a3m", f">b\n{SEQUENCES['b']}\n>hit\n{SEQUENCES['b']}\n")
    predicted(panel("boltz", {"msas": "own"}))
    assert [call[2:] for call in starts()] == [["r__b", "s__b"]], "only pairs with another alignment"


@pytest.mark.parametrize(
    ("name", "docking", "message"),
    [
        ("boltz", {"msas": ""}, "does not say where Boltz-2 gets alignments from"),
        ("chai", {"msas": "nowhere"}, "no such folder with alignments"),
        ("boltz", {"msa_server": True}, "cannot be combined"),
        ("boltz", {"arguments": "--use_msa_server"}, "crossdock sets --use_msa_server"),
        ("boltz", {"arguments": "--seed=3"}, "crossdock sets --seed"),
        ("chai", {"arguments": "--use-templates-server"}, "crossdock sets --use-templates-server"),
        ("chai", {"arguments": "--use_msa_server"}, "crossdock sets --use-msa-server"),
        ("colabfold", {"arguments": "--msa-m mmseqs2_uniref"}, "crossdock sets --msa-mode"),
        ("colabfold", {"arguments": "--num-recycle '3"}, "cannot be read as arguments"),
    ],
)
def test_what_the_config_may_not_ask_is_told_before_anything_starts(panel, name, docking, message):
    asked = panel(name, docking)
    for step in (lambda: ready_to_start(asked, PAIRS), lambda: predicted(asked)):
        with pytest.raises(InputError, match=message):
            step()
    assert starts() == []


def test_colabfold_has_five_models(panel):
    with pytest.raises(InputError, match="5"):
        panel("colabfold", {"samples": 6})


def test_both_orders_of_a_pair_are_one_prediction(panel):
    names = [{"name": one, "entry": f"{one}.pdb"} for one in ("r", "s")]
    write("config.yaml", "")
    asked = load_panel(
        {"proteins": names, "homo": True, "orders": "both", "backend": "boltz", "docking": {"msas": "none"}}
    )
    records, _ = predicted(asked)
    assert set(records) == {("r", "r"), ("r", "s"), ("s", "r"), ("s", "s")}
    assert [call[2:] for call in starts()] == [["r__r", "r__s", "s__s"]]
    forth, back = records["r", "s"]["models"][0], records["s", "r"]["models"][0]
    assert forth["numbers"] == back["numbers"]
    assert (forth["file"], forth["seed"]) == (back["file"], back["seed"])


def test_whole_chains(panel):
    """The construct is a part; all of the chain is predicted, and the model is cut to the part."""
    prepare_to(Path("results/proteins/r"), "r.pdb", name="r", residues="5-30")
    receptors = [{"name": "r", "entry": "r.pdb", "residues": "5-30"}, {"name": "s", "entry": "s.pdb"}]
    for whole, length in ((False, 26), (True, 32)):
        asked = panel("boltz", {"whole": whole, "samples": 1}, receptors=receptors)
        records, _ = predicted(asked)
        assert set(records) == set(PAIRS)
        path = Path(pd.read_csv("results/predicted/x.csv")["record"][0])
        text = gzip.decompress(path.with_name("models.pdb.gz").read_bytes()).decode()
        assert text.count(" CA ") == length + len(SEQUENCES["a"])
        assert models(asked, "r", "a").bodies[0].receptor.n_residues == 26


def test_models_that_a_program_left_out_are_told(panel, monkeypatch, caplog):
    """The second seed ends the program: in the batch, and with each pair alone."""
    monkeypatch.setenv("FOLD_SEED_CRASHES", "2")
    records, reasons = predicted(panel("boltz", {"seeds": 2}))
    assert {len(record["models"]) for record in records.values()} == {2}
    assert (records.keys(), reasons) == (set(PAIRS), {})
    assert "s, b has 2 of 4 models" in caplog.text


def test_a_prediction_that_was_removed_or_never_made(panel):
    asked = panel("boltz")
    predicted(asked)
    shutil.rmtree("resources")
    with pytest.raises(BrokenFileError, match="a prediction is missing"):
        models(asked, "r", "a")
    backend = load_backend("boltz")
    bodies = [ready(Path("results/proteins", name, "structure.pdb")) for name in ("a", "r")]
    for result in (None, Path("results/predicted/x.csv")):
        with pytest.raises(InputError, match="boltz predicts all pairs of a panel at once"):
            dock(backend, *bodies, Request(with_defaults(backend, asked.docking), result=result))


def test_its_models_steer_the_docking_by_another(panel, monkeypatch):
    monkeypatch.setenv("FOLD_FAILS", "s__a")
    asked = panel(["local", "boltz"], attract="from boltz")
    local, boltz = asked.runs
    table = table_of(local) or table_of(asked)
    assert table == table_of_all(boltz)
    assert table.parent == Path("results/backends/boltz/predicted")
    dock_remote(boltz, boltz.results, table)
    found = {}
    for receptor, ligand in PAIRS:
        guide = guide_of(local, receptor, ligand, table)
        files = PairFiles.of_proteins(Path("results/proteins"), receptor, ligand)
        found[receptor, ligand] = steer(files, Docks.of_panel(local, guide=guide))
    assert found.pop(("s", "a")) is None, "the program failed, and the pair is docked freely"
    assert {one.record.backend for one in found.values()} == {"boltz"}
    with pytest.raises(InputError, match="no pair of the panel has boltz models") as error:
        steered(panel("local", attract="from boltz"))
    assert "add boltz to `backends`" in error.value.hint


def test_what_is_said_of_it(panel, capsys):
    panel("chai", {"seeds": 3, "arguments": "--num-trunk-recycles 5"})
    assert main(["check"]) == 0
    assert "The time that chai takes is not known" in capsys.readouterr().out
    assert main(["backends", "show", "chai"]) == 0
    shown = capsys.readouterr().out
    assert "docks: on a graphics card, all pairs in one job" in shown
    assert "msa_server (default false)" in shown
    options = {"program": "Chai-1", "seeds": 3, "samples": 1, "msas": "none", "arguments": "--num-trunk-recycles 5"}
    runs = Runs(options, {}, [1], 4, 2, 2)
    said = list(load_backend("chai").methods(runs, lambda *keys: "[1]"))
    assert said[0] == "by co-folding: their complexes were predicted with Chai-1 [1]"
    assert said[-3:] == [
        "Each pair was predicted with 3 seeds and 1 model a seed.",
        "No alignments were used.",
        "Further arguments of the program were: --num-trunk-recycles 5.",
    ]


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_keeps_to_the_contract(name):
    assert [one for one in examine(name) if one.faults] == []
