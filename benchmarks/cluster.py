"""What a SLURM job of the workflow costs beside its work: tiny jobs, one after another, on the cluster that is here.

    tests/workflow/slurm.sh start          # where there is none
    python benchmarks/cluster.py
    tests/workflow/slurm.sh stop

The overhead of a job is the time from its submission to its end, as SLURM has them (whole seconds), less what its
command took (Snakemake's `benchmark`). Jobs run one at a time, so none waits for another; each reads the whole
workflow, as every job of crossdock does. On a machine that others use too, the processor time says more: what all
processes of the job have taken when its command runs.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SNAKEFILE = f"""
include: "{ROOT}/workflow/Snakefile"

rule tiny:
    output: "tiny/{{number}}.txt"
    benchmark: "tiny/{{number}}.tsv"
    shell: "{sys.executable} {Path(__file__).resolve()} --count > {{output}}"
"""


def processor_seconds(job):
    """Give the processor time that the processes of a job and those that they waited for have taken."""
    ticks = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"SLURM_JOB_ID={job}" in (process / "environ").read_text(errors="replace").split("\0"):
                ticks += sum(map(int, (process / "stat").read_text().rpartition(")")[2].split()[11:15]))
        except OSError:  # it has ended
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def run(folder, jobs):
    """Hand in tiny jobs, each when the one before it has ended."""
    (folder / "Snakefile").write_text(SNAKEFILE)
    command = [Path(sys.executable).with_name("snakemake"), "--directory", folder, "-s", folder / "Snakefile"]
    command += ["--configfile", ROOT / "config/panels/demo.yaml", "--workflow-profile", ROOT / "profiles/slurm"]
    command += ["--jobs", "1", "--slurm-init-seconds-before-status-checks", "2"]
    subprocess.run([*command, *(f"tiny/{number}.txt" for number in range(jobs))], check=True, stdout=sys.stderr)


def overheads(folder):
    """Give, job by job, the seconds that were not its command's, and the processor's."""
    command = ["squeue", "--states=all", "--noheader", "--Format=Comment:60,WorkDir:200,SubmitTime:25,EndTime:25"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    for comment, where, submitted, ended in map(str.split, lines):
        if Path(where) == folder and comment.startswith("rule_tiny"):
            count_file = folder / f"tiny/{comment.rsplit('_', 1)[1]}.txt"
            row = count_file.with_suffix(".tsv").read_text().splitlines()[1]
            took = datetime.fromisoformat(ended) - datetime.fromisoformat(submitted)
            yield took.total_seconds() - float(row.split("\t")[0]), float(count_file.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10, help="tiny jobs (default: 10)")
    parser.add_argument("--count", action="store_true", help="what a tiny job does: print its own processor time")
    asked = parser.parse_args()
    if asked.count:
        print(processor_seconds(os.environ["SLURM_JOB_ID"]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        run(folder, asked.jobs)
        found = list(overheads(folder))
    if len(found) < asked.jobs:
        sys.exit(f"squeue has forgotten {asked.jobs - len(found)} of {asked.jobs} jobs: MinJobAge is too short")
    for what, seconds in zip(("seconds", "processor seconds"), zip(*found, strict=True), strict=True):
        print(f"overhead, {what}: median {statistics.median(seconds):.1f}, {min(seconds):.1f} to {max(seconds):.1f}")
    print(f"{len(found)} jobs, {os.cpu_count()} cores, load {os.getloadavg()[1]:.1f} over the last five minutes")


if __name__ == "__main__":
    main()
