"""Commands that look at a whole panel before any work."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from crossdock.commands.options import Commands
from crossdock.errors import CrossdockError, InputError


def add(commands: Commands) -> None:
    """Describe them."""
    check = commands.add("check", _check, "check a config, and show what would be docked")
    check.add_argument("config", nargs="?", default="config.yaml", help="the config file")
    check.add_argument("--entries", default="resources/entries", help="folder in which fetched entries are looked for")

    estimate = commands.add("estimate", _estimate, "estimate how long a panel takes on this machine")
    estimate.description = (
        "Estimates how long docking the pairs of a config takes, from the sizes of the proteins and the speed of this "
        "machine. The speed is measured for some seconds on all cores. Pairs that are already docked are included."
    )
    estimate.add_argument("config", nargs="?", default="config.yaml", help="the config file")
    estimate.add_argument("--cores", type=int, help="cores to use (default: all)")
    estimate.add_argument(
        "--entries", default="resources/entries", help="folder in which fetched entries are looked for"
    )
    estimate.add_argument(
        "--no-measure",
        action="store_true",
        help="do not measure this machine; use the speed of the processor in docs/engine.md",
    )


def _estimate(options: argparse.Namespace) -> None:
    from crossdock.docking.backends import load_backend
    from crossdock.panel.config import read_config
    from crossdock.panel.panel import load_panel
    from crossdock.steps.check import check_panel, dockings, estimate, not_known
    from crossdock.steps.estimate import estimate_run, keep_speed, measured_speed, usable_cores
    from crossdock.steps.jobs import batch_size, needed
    from crossdock.structures.summary import short_time

    if options.cores is not None and options.cores < 1:
        raise InputError(f"expected at least 1 core, got {options.cores}", where="--cores")
    panel = load_panel(read_config(options.config), where=options.config)
    findings = check_panel(panel, options.entries, where=options.config)
    seconds = estimate(panel, findings)
    if not seconds:
        if len({*findings.records}) > 1:
            named = ", ".join(run.backend for run in panel.runs)
            raise InputError(f"the backend {named} gives no time estimate", where=options.config)
        what, hint = (
            "cannot estimate: structures not downloaded yet",
            "start `crossdock run --until fetch`, then `crossdock estimate` again",
        )
        raise InputError(what, where=options.config, hint=hint)
    for text in not_known(panel):
        print(text)
    cores = options.cores or usable_cores()
    kept = Path(options.entries).parent / "speed.json"
    speed = 1.0 if options.no_measure else keep_speed(kept, cores) if kept.parent.is_dir() else measured_speed(cores)
    found = estimate_run(seconds, cores, speed=speed, batch=batch_size(panel))
    sizes = {name: record.size for name, record in findings.records.items()}
    memory = max(needed(run, sizes[one], sizes[other]).memory_mb or 0 for run in panel.runs for one, other in seconds)
    counts = ((len(panel.docked), "pair"), (dockings(panel, findings), "docking"), (batch_size(panel), "pair"))
    print(", ".join(f"{n} {name}{'s' if n != 1 else ''}" for n, name in counts) + " a job")
    if len(seconds) < len(panel.docked):
        print(f"Estimated for the {len(seconds)} pairs with usable structures; the others are not downloaded yet")
    what = "docking and refinement" if panel.refine else "docking"
    print(f"CPU time of {what}: {short_time(found.cpu_seconds / speed)} at the speed of this machine's cores")
    if not options.no_measure:
        print(f"speed: {speed:.2f} times the reference processor of docs/engine.md, with {cores} cores in use")
    print(f"complete run on {cores} core{'s' if cores > 1 else ''}: about {short_time(found.wall_seconds)}")
    print(f"memory: up to {memory:.0f} MB for each pair that is docked at the same time")
    if options.no_measure or load_backend(panel.backend).on_card(panel.docking) is None:
        return
    try:
        found = estimate_run(seconds, 1, speed=measured_speed(1, "cuda"), device="cuda")
    except CrossdockError as error:
        print(f"complete run with the graphics card: no estimate ({error.what})")
    else:
        print(f"complete run with the graphics card: about {short_time(found.wall_seconds)}")


def _check(options: argparse.Namespace) -> None:
    from crossdock.panel.config import read_config
    from crossdock.panel.panel import load_panel
    from crossdock.steps.check import check_panel, check_place, check_results, lacking, render

    if Path("Snakefile").is_file():  # it is the one that a plain `crossdock run` or `snakemake` runs
        check_place("Snakefile")
    panel = load_panel(read_config(options.config), where=options.config)
    check_results(panel)
    findings = check_panel(panel, options.entries, where=options.config)
    live = sys.stdout.isatty()
    width = shutil.get_terminal_size((120, 24)).columns if live else 120
    print(render(panel, findings, width=width, color=live and not os.environ.get("NO_COLOR")))
    if findings.failures:
        # What is wrong, and what to do, stands in the table.
        counts = f"{len(findings.failures)} of {len(panel.proteins)} proteins cannot be used"
        raise InputError(f"{counts}: {'; '.join(str(one.where) for one in findings.problems)}", where=options.config)
    if lacks := lacking(panel):
        raise InputError(f"a run would stop: {'; '.join(one.what for one in lacks)}", where=options.config)
