"""Commands that run the workflow, and say where it is."""

from __future__ import annotations

import argparse
import os
import sys

from crossdock.commands.options import Commands

USAGE = "crossdock run [CONFIG] [OPTION ...]"

_RUN = """\
Run the workflow in the current folder: dock every pair of the config and write the report.

  crossdock run                     uses config.yaml, with all cores of this machine
  crossdock run my.yaml             uses another config
  crossdock run --results results/a writes the results there, so that panels live side by side
  crossdock run -n                  lists the jobs and runs none
  crossdock run --cores 4           uses four cores
  crossdock run --profile slurm     submits the jobs to SLURM

CONFIG comes first. Everything else goes to Snakemake as it stands; `snakemake --help` lists its options. --profile
takes the name of a profile in this folder (profiles/NAME), of one that comes with crossdock
({profiles}), or of one of your own that Snakemake finds; without it,
`default` is used. An interrupted run goes on where it stopped.
Without a config: `crossdock init DIR --from demo` writes one."""


def add(commands: Commands) -> None:
    """Describe them."""
    from crossdock.installed import profiles

    known = ", ".join(profiles())
    text = _RUN.format(profiles=known)
    commands.passing("run", _run, "run the workflow here", usage=USAGE, description=text)

    workflow = commands.add("workflow", _workflow, "print the path of the Snakefile")
    workflow.description = (
        'Print where the Snakefile is, so that `snakemake -s "$(crossdock workflow)"` runs it. With --profile, print '
        "where a profile that comes with crossdock is."
    )
    workflow.add_argument("--profile", metavar="NAME", help=f"print the folder of this profile: {known}")


def _run(options: argparse.Namespace) -> None:
    from crossdock.steps.launch import snakemake_command

    before = options.arguments[: [*options.arguments, "--"].index("--")]
    if {"-h", "--help"} & set(before):
        options.parser.print_help()
        options.parser.exit()
    command = snakemake_command(options.arguments)
    sys.stdout.flush()
    # Snakemake takes the place of this process: signals and the exit code are its own.
    os.execv(command[0], command)


def _workflow(options: argparse.Namespace) -> None:
    from crossdock.installed import SNAKEFILE, home
    from crossdock.steps.launch import profile_folder

    print(profile_folder(options.profile) if options.profile else home() / SNAKEFILE)
