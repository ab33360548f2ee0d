"""What `crossdock run` makes of its arguments; tests/test_wheel.py runs it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crossdock.errors import InputError
from crossdock.steps.launch import profile_folder, snakemake_command

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with a config and another one, as the current folder."""
    monkeypatch.delenv("SNAKEMAKE_PROFILE", raising=False)
    monkeypatch.chdir(tmp_path)
    for name in ("config.yaml", "my.yaml"):
        (tmp_path / name).write_text("title: A panel\n")
    return tmp_path


def parsed(*arguments):
    """Give what Snakemake itself reads in the command."""
    from snakemake.cli import get_argument_parser

    command = snakemake_command(arguments)
    assert command[:4] == [sys.executable, "-P", "-m", "snakemake"]
    return get_argument_parser().parse_args(command[4:])


def test_alone_it_takes_the_workflow_and_profile_that_are_installed():
    asked = parsed()
    assert (Path(asked.snakefile), asked.configfile, list(asked.targets)) == (ROOT / "Snakefile", [], [])
    assert (asked.profile, asked.workflow_profile) == ([str(ROOT / "profiles/default")], "none")


@pytest.mark.parametrize(
    ("arguments", "targets"),
    [
        (["my.yaml"], []),
        (["my.yaml", "results/scores.csv"], ["results/scores.csv"]),
        (["--cores", "2", "my.yaml", "-n"], []),
        (["-n", "my.yaml", "--", "results/scores.csv"], ["results/scores.csv"]),
        (["--forcerun", "dock", "--", "my.yaml"], []),
    ],
)
def test_a_config_is_found_among_options_and_targets(arguments, targets):
    asked = parsed(*arguments)
    assert ([str(path) for path in asked.configfile], sorted(asked.targets)) == (["my.yaml"], targets)


def test_options_reach_snakemake_as_they_stand():
    asked = parsed(
        "-j2", "--config", "seed=7", "batch=10min", "--rerun-triggers", "mtime", "-q", "rules", "--keep-going"
    )
    assert (asked.jobs, asked.config, asked.keep_going) == (2, ["seed=7", "batch=10min"], True)
    assert (asked.configfile, asked.profile) == ([], [str(ROOT / "profiles/default")])
    assert [str(path) for path in parsed("--configfile", "my.yaml", "config.yaml").configfile] == [
        "my.yaml",
        "config.yaml",
    ]


@pytest.mark.parametrize("option", [["--profile", "slurm"], ["--profile=slurm"], ["--workflow-profile", "slurm"]])
def test_a_name_is_a_profile_of_crossdock(folder, option):
    (folder / "slurm").mkdir()  # such as a folder of logs
    assert parsed(*option, "-n").profile == [str(ROOT / "profiles/slurm")]


def test_the_users_own_profile_of_a_name_goes_first(folder):
    for name in ("slurm", "default", "kubernetes"):
        (folder / "profiles" / name).mkdir(parents=True)
        (folder / "profiles" / name / "profile.yaml").write_text("jobs: 3\n")
    assert parsed("--profile", "slurm", "--profile", "kubernetes").profile == [
        str(folder / "profiles/slurm"),
        str(folder / "profiles/kubernetes"),
    ]
    assert parsed().profile == [str(ROOT / "profiles/default")], "a profile that nobody named"


def test_profiles_that_crossdock_does_not_know_go_to_snakemake(monkeypatch):
    assert parsed("--profile", "site").profile == ["site"]
    assert parsed("--workflow-profile", "none").profile == ["none"]
    monkeypatch.setenv("SNAKEMAKE_PROFILE", "site")
    assert parsed().profile == ["site"]
    assert parsed("--profile", "slurm").profile == [str(ROOT / "profiles/slurm")]


@pytest.mark.parametrize("name", ["kubernetes", "cluster-generic"])
def test_a_profile_with_scripts_has_to_be_copied_first(name):
    with pytest.raises(InputError, match=rf"cp -r \"\$\(crossdock workflow --profile {name}\)\" profiles/"):
        snakemake_command(["--profile", name])


def test_without_a_config_it_says_what_to_do(folder):
    (folder / "config.yaml").unlink()
    with pytest.raises(InputError, match=r"config\.yaml: there is no config here[\s\S]*crossdock init"):
        snakemake_command(["-n"])
    with pytest.raises(InputError, match=r"other\.yml: there is no such config"):
        snakemake_command(["other.yml"])
    assert parsed("my.yaml").configfile
    (folder / "run").mkdir()
    (folder / "my.yaml").rename(folder / "run/config.yaml")
    with pytest.raises(InputError, match=r"run: this is a folder with a config\n  -> cd run && crossdock run"):
        snakemake_command(["run"])
    assert parsed("--directory", "run").configfile == []


def test_two_configs_are_refused():
    for arguments in (["my.yaml", "config.yaml"], ["my.yaml", "--configfile", "config.yaml"]):
        with pytest.raises(
            InputError, match=r"expected one config, got (my\.yaml, config\.yaml|config\.yaml, my\.yaml)"
        ):
            snakemake_command(arguments)


def test_unknown_option_is_named(capsys):
    with pytest.raises(SystemExit) as stopped:
        snakemake_command(["--nonsense"])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == "crossdock run: error: unrecognized arguments: --nonsense"


def test_unknown_profile_is_named_with_those_there_are():
    assert profile_folder("slurm") == ROOT / "profiles/slurm"
    with pytest.raises(InputError, match="no profile 'pbs'\n  -> its profiles are cluster-generic, default"):
        profile_folder("pbs")
