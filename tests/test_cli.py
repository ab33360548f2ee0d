"""The command line as a person meets it: help, errors, and the steps by hand."""

import argparse
import inspect
import subprocess
import sys
from pathlib import Path

import gemmi
import pandas as pd
import pytest

from crossdock.cli import build_parser, main
from crossdock.panel.schema import rule_of

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "src/crossdock/demo"


def commands(parser=None, above=()):
    """Give the parser of every command, those under a command too: `cluspro import`."""
    found = {}
    for action in (parser or build_parser())._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                found[" ".join([*above, name])] = below
                found |= commands(below, (*above, name))
    return found


@pytest.mark.parametrize("name", ["", *commands()])
def test_every_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*name.split(), "--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    for option in commands()[name]._actions if name else ():
        if isinstance(option, argparse._SubParsersAction):
            continue
        assert option.help, f"{name} {option.dest} has no help"
    assert len(text) > 200


def test_defaults_in_signatures_are_the_configs():
    """The schema has every default once; those that signatures show beside a formula are the same."""
    from crossdock.docking.models import write_models

    clustering = inspect.signature(write_models).parameters
    for key in ("radius", "min_size", "models", "order"):
        assert clustering[key].default == rule_of(f"clustering.{key}")["default"], key


def test_an_option_has_the_type_and_choices_of_its_key():
    parse = build_parser().parse_args
    options = parse(["dock", "a", "b", "-o", "x", "--min-size", "5", "--radius", "7", "--order", "size"])
    assert (options.min_size, options.radius, options.order, options.max_models) == (5, 7.0, "size", 10)
    options = parse(["prepare", "a", "-o", "x", "--with", "B", "C", "--repair", "--residues=-4-20"])
    assert (vars(options)["with"], options.repair, options.residues, options.organism) == (
        ["B", "C"],
        True,
        "-4-20",
        9606,
    )


def test_no_command_prints_help(capsys):
    assert main([]) == 0
    assert "COMMAND" in capsys.readouterr().out


def test_version():
    done = subprocess.run(
        [sys.executable, "-m", "crossdock.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("crossdock ")


def test_two_files_are_docked_without_a_workflow(tmp_path, capsys):
    """From raw files to models with `crossdock dock` alone."""
    for chain, name in (("A", "R"), ("B", "L")):
        assert main(["prepare", str(DEMO / "1ppe.pdb.gz"), "--chains", chain, "-o", str(tmp_path / name)]) == 0
    receptor, ligand = tmp_path / "R/structure.pdb", tmp_path / "L/structure.pdb"
    assert (
        main(
            ["dock", str(receptor), str(ligand), "-o", str(tmp_path / "out"), "--sampling", "fast", "--rotations", "60"]
        )
        == 0
    )
    assert "docking: 60/60" in capsys.readouterr().err
    assert len(pd.read_csv(tmp_path / "out/models/models.csv")) > 0
    assert (tmp_path / "out/models/model_00.pdb").is_file()
    assert pd.read_csv(tmp_path / "out/clusters.csv").columns.tolist() == [
        "Cluster",
        "Members",
        "Representative",
        "Weighted Score",
    ]
    # A file that nobody prepared is prepared on the way, and that is said.
    raw = tmp_path / "raw.pdb"
    raw.write_text(
        "".join(line for line in receptor.read_text().splitlines(keepends=True) if not line.startswith("REMARK"))
    )
    assert (
        main(["dock", str(raw), str(ligand), "-o", str(tmp_path / "again"), "--sampling", "fast", "--rotations", "60"])
        == 0
    )
    assert "raw.pdb: prepared on the fly" in capsys.readouterr().err
    assert (tmp_path / "again/poses.csv.gz").read_bytes() == (tmp_path / "out/poses.csv.gz").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "no.yaml"], "no.yaml: cannot read the config: No such file or directory"),
        (["dock", "no.pdb", "no.pdb", "-o", "x"], "no.pdb: cannot be read: No such file or directory"),
        (["dock", "a", "b", "-o", "x", "--backend", "none"], "there is no backend 'none'"),
        (["dock", "a", "b", "-o", "x", "--threads", "0"], "expected at least 1 thread"),
        (["prepare", "no.pdb", "-o", "x"], "no.pdb"),
        (["fetch", "zzzz", "-o", "x.cif.gz"], "cannot be a PDB id"),
    ],
)
def test_bad_input_is_said_and_leaves_nothing(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        "hello\n",
        "<html></html>",
        "HETATM    1  O   HOH A   1       0.000   0.000   0.000  1.00  0.00           O\n",
    ],
)
def test_files_that_hold_no_protein(content, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("x.pdb").write_text(content)
    Path("config.yaml").write_text(
        "receptors: [{name: a, entry: x.pdb}]\nligands: [{name: b, entry: 'demo:1ppe', chains: [A]}]\n"
    )
    assert main(["check"]) == 2
    assert "a, entry x.pdb" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "x.pdb"]


@pytest.fixture
def with_dna(tmp_path):
    """Give a file with a protein chain and a nucleic acid's, in both formats."""
    path = Path(__file__).parent / "data/cases/withdna.pdb"
    structure = gemmi.read_structure(str(path))
    structure.setup_entities()
    structure.make_mmcif_document().write_file(str(tmp_path / "withdna.cif"))
    return {"pdb": path, "cif": tmp_path / "withdna.cif"}


@pytest.mark.parametrize("suffix", ["pdb", "cif"])
def test_of_a_raw_file_the_proteins_are_docked_and_what_is_left_out_is_said(with_dna, suffix, tmp_path, capsys):
    assert main(["prepare", str(DEMO / "1ppe.pdb.gz"), "--chains", "A", "-o", str(tmp_path / "R")]) == 0
    bodies = [str(tmp_path / "R/structure.pdb"), str(with_dna[suffix])]
    capsys.readouterr()
    assert main(["dock", *bodies, "-o", str(tmp_path / "out"), "--sampling", "fast", "--rotations", "20"]) == 0
    output = capsys.readouterr().err
    assert f"withdna.{suffix}: prepared on the fly, chains B, " in output
    assert "atoms, chains D left out (not proteins); " in output
    model = (tmp_path / "out/models/model_00.pdb").read_text()
    assert " DA " not in model
    assert " ARG " in model


def test_a_raw_file_without_a_protein_is_refused(tmp_path, capsys):
    lines = (Path(__file__).parent / "data/cases/withdna.pdb").read_text().splitlines(keepends=True)
    (tmp_path / "dna.pdb").write_text("".join(line for line in lines if line[17:20].strip() == "DA"))
    assert main(["dock", str(tmp_path / "dna.pdb"), str(tmp_path / "dna.pdb"), "-o", str(tmp_path / "out")]) == 2
    assert "there is no protein in this entry" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
