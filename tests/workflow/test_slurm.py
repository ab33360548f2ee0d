"""A panel on a real SLURM: the tables of a local run, a job killed on the way; and the other schedulers' profiles."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from test_workflow import ROOT

import forked

SLURM = Path(__file__).with_name("slurm.sh")
DEMO = yaml.safe_load((ROOT / "config/panels/demo.yaml").read_text())
TARGET = "results/ranks.csv"


def write_panel(folder):
    """Write a 2 x 2 part of the demo panel."""
    config = {name: DEMO[name][:2] for name in ("receptors", "ligands", "known")}
    config |= {"seed": DEMO["seed"], "docking": {"sampling": "fast", "rotations": 600}}
    folder.mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return folder


def command(folder, profile, *arguments):
    given = [
        forked.programs() / "snakemake",
        "-s",
        ROOT / "Snakefile",
        "--directory",
        folder,
        "--workflow-profile",
        ROOT / "profiles" / profile,
    ]
    return [*map(str, given), *arguments]


def squeue(state, columns):
    command = ["squeue", "--noheader", f"--states={state}", f"--Format={columns}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")


@pytest.fixture(scope="module")
def slurm(need):
    for program in ("slurmctld", "slurmd", "sbatch", "munged"):
        need(program)
    subprocess.run([SLURM, "start"], check=True, timeout=120)
    yield
    subprocess.run([SLURM, "stop"], check=True, timeout=120)


@pytest.fixture(scope="module")
def here(slurm, tmp_path_factory):
    """Give a folder with a run of the panel without SLURM; it also compiles what the engine compiles at first."""
    folder = write_panel(tmp_path_factory.mktemp("here") / "run")
    asked = command(folder, "default", "--cores", "2", TARGET)
    subprocess.run(asked, env=forked.environment(), check=True, timeout=1200)
    return folder


@pytest.fixture(scope="module")
def cluster(here, tmp_path_factory):
    """Give a folder with the same on SLURM, a job killed as it docked, its number, what Snakemake said."""
    folder = write_panel(tmp_path_factory.mktemp("cluster") / "run")
    log = folder / "snakemake.log"
    asked = command(folder, "slurm", "--slurm-init-seconds-before-status-checks", "1", TARGET)
    with log.open("w") as stream:
        running = subprocess.Popen(asked, env=forked.environment(), stdout=stream, stderr=subprocess.STDOUT)
    try:
        victim = kill_a_docking(running)
        assert running.wait(timeout=1200) == 0, log.read_text()
    finally:
        running.kill()
    return folder, victim, log.read_text()


def kill_a_docking(running):
    """Kill, as a dying node would, all processes of the first docking that runs; give its number."""
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        assert running.poll() is None, "the run ended before a docking could be killed"
        for line in squeue("RUNNING", "JobID:20,Comment:100"):
            if "rule_batch" in line:
                number = line.split()[0]
                subprocess.run(["scancel", "--full", "--signal=KILL", number], check=True)
                return number
        time.sleep(0.2)
    pytest.fail("no docking ran within ten minutes")


@pytest.mark.measurement
@pytest.mark.slurm
@pytest.mark.workflow
def test_tables_from_slurm_are_those_of_a_local_run(here, cluster):
    folder, _, _ = cluster
    names = ["scores.csv", "ranks.csv", *(f"matrix/{path.name}" for path in (here / "results/matrix").glob("*.csv"))]
    assert len(names) > 3
    for name in names:
        assert (folder / "results" / name).read_bytes() == (here / "results" / name).read_bytes(), name


@pytest.mark.measurement
@pytest.mark.slurm
@pytest.mark.workflow
def test_a_killed_job_is_handed_in_again_and_done(cluster):
    folder, victim, text = cluster
    states = {line.split()[0]: line.split()[1] for line in squeue("all", "JobID:20,State:20") if line.strip()}
    assert states.pop(victim) != "COMPLETED"
    assert set(states.values()) == {"COMPLETED"}
    assert f"SLURM-job '{victim}' failed" in text
    assert len(list(folder.glob("results/pairs/*/*/poses.csv.gz"))) == 4


#: A cluster that runs each job on the spot but loses the first. It keeps how each was asked for and the code it left.
STAND_IN = """
import json, os, subprocess, sys, yaml
from pathlib import Path

jobs = Path(__file__).with_name("jobs")
number = sum(1 for _ in jobs.iterdir())


def take(asked, command):
    named = {**os.environ, "PBS_JOBID": f"{number}.host"}
    code = subprocess.call(command, stdout=sys.stderr, env=named) if number else 137
    (jobs / str(number)).write_text(json.dumps({"asked": asked, "code": code}))
"""
KUBECTL = """
if sys.argv[1] == "create":
    job = yaml.safe_load(sys.stdin)
    [container] = job["spec"]["template"]["spec"]["containers"]
    take([job["kind"], container["resources"]["limits"]["memory"]], container["command"])
    print(f"job.batch/crossdock-{number}")
else:
    code = json.loads((jobs / sys.argv[2].rsplit("-", 1)[1]).read_text())["code"]
    print("/1" if code else "1/")
"""
QSUB = """
take(sys.argv[1:-1], ["sh", sys.argv[-1]])
print(f"{number}.host")
"""
QSTAT = """
sys.exit(f"qstat: {sys.argv[-1]} Job has finished, use -x or -H to obtain historical job information")
"""
CLUSTERS = {"kubernetes": {"kubectl": KUBECTL}, "cluster-generic": {"qsub": QSUB, "qstat": QSTAT}}


@pytest.mark.workflow
@pytest.mark.parametrize("profile", ["slurm", "cluster-generic", "kubernetes"])
def test_profiles_plan_what_a_local_run_plans(profile, tmp_path):
    folder = write_panel(tmp_path / "run")
    asked, how = command(folder, profile, "-n", TARGET), {"capture_output": True, "text": True}
    done = subprocess.run(asked, env=forked.environment(), cwd=ROOT, check=False, **how)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^batch +2$", done.stdout, re.MULTILINE)


@pytest.mark.measurement
@pytest.mark.workflow
@pytest.mark.parametrize("profile", CLUSTERS)
def test_other_clusters_run_jobs_and_a_lost_one_again_with_more_memory(profile, tmp_path):
    folder = write_panel(tmp_path / "run")
    # Profiles name their scripts from the checkout, where users run Snakemake.
    (folder / "profiles").symlink_to(ROOT / "profiles")
    programs = tmp_path / "bin"
    (programs / "jobs").mkdir(parents=True)
    for name, text in CLUSTERS[profile].items():
        (programs / name).write_text(f"#!{sys.executable}{STAND_IN}{text}")
        (programs / name).chmod(0o755)
    target = "results/proteins/CMTI-1/structure.pdb"
    done = subprocess.run(
        command(folder, profile, "--latency-wait", "2", "--seconds-between-status-checks", "1", target),
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"PATH": f"{programs}:{forked.environment()['PATH']}"},
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / target).is_file()
    # Fetching runs where Snakemake does, so there is one job, twice.
    lost, again = (json.loads((programs / "jobs" / number).read_text()) for number in "01")
    assert (lost["code"], again["code"]) == (137, 0)
    memory = [re.findall(r"\b[246]000(?=mb|Mi)", " ".join(job["asked"]))[0] for job in (lost, again)]
    assert memory == ["2000", "4000"]


@pytest.mark.parametrize(
    ("scheduler", "answer", "code", "state"),
    [
        ("pbs", "Job Id: 7.host\n    job_state = R", None, "running"),
        ("pbs", "Job Id: 7.host\n    job_state = Q", None, "running"),
        # Torque keeps a finished job for some minutes, OpenPBS forgets or says so.
        ("pbs", "Job Id: 7.host\n    job_state = C", 0, "success"),
        ("pbs", "qstat: 7.host Job has finished, use -x or -H to obtain historical job information", 1, "failed"),
        ("pbs", "qstat: Unknown Job Id 7.host", 0, "success"),
        ("pbs", "qstat: Unknown Job Id 7.host", None, "failed"),
        ("pbs", "qstat: cannot connect to server host (errno=111)", None, "running"),
        ("sge", "job_number: 7", None, "running"),
        ("sge", "Following jobs do not exist:\n7", 0, "success"),
        ("sge", "Following jobs do not exist:\n7", None, "failed"),
        ("sge", "error: commlib error: got select error (Connection refused)", None, "running"),
    ],
)
def test_only_a_job_that_the_scheduler_has_done_with_is_over(scheduler, answer, code, state, tmp_path):
    (tmp_path / "qstat").write_text(f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n")
    (tmp_path / "qstat").chmod(0o755)
    (tmp_path / ".snakemake/log").mkdir(parents=True)
    if code is not None:
        (tmp_path / ".snakemake/log/7.host.exit").write_text(f"{code}\n")
    done = subprocess.run(
        [ROOT / "profiles/cluster-generic/status", scheduler, "7.host"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=True,
    )
    assert done.stdout == f"{state}\n"
