"""Make the faults that a run may meet, on a small real one, and tell what was said, what was left and what mends it.

    python benchmarks/faults.py [--only WORD ...]

Two receptors and two ligands of the demo panel, 60 orientations each, every pair a job of its own and then two pairs a
job. One run is left in peace; each fault is made in a copy of it, half undone where something has to be at work. Then
comes what a user does, a plain rerun, and a dry run that must find nothing to do. Prints a row a fault: the tables of
all pairs (matrix/, ranks.csv, scores.csv) are compared with those of the run left in peace, byte for byte. Faults of
disks mount a small file system, for which they need root.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
TARGET = "results/scores.csv"
#: The receptor whose pairs are undone, and one of its pairs.
UNDONE = "colicin-E9"
PAIR = f"results/pairs/{UNDONE}/Im9"
HOUR = 3600.0
#: What Snakemake says of a fault; lines of crossdock's begin with its name.
TELLING = re.compile(
    r"cannot be locked|--unlock|modification time|No space left|-protected|died with|returned non-zero"
)
RERUN = "run the same command again"
UNLOCK = "make sure that nothing of it runs any more; `snakemake --unlock`; then the same command again"


def write_panel(folder: Path, batch: int = 1) -> Path:
    """Write a 2 x 2 part of the demo panel, its entries as files of the user's."""
    demo = yaml.safe_load((ROOT / "config/panels/demo.yaml").read_text())
    config = {role: demo[role][:2] for role in ("receptors", "ligands")}
    folder.mkdir(parents=True)
    for protein in (*config["receptors"], *config["ligands"]):
        protein["entry"] = protein["entry"].removeprefix("demo:") + ".pdb.gz"
        shutil.copyfile(ROOT / "src/crossdock/demo" / protein["entry"], folder / protein["entry"])
    config |= {"seed": demo["seed"], "docking": {"rotations": 60}, "clustering": {"models": 2}, "batch": batch}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return folder


@dataclass
class Run:
    """A folder in which Snakemake runs; what has to be put right in the end is put on `last`."""

    folder: Path
    batch: int = 1
    programs: Path = Path(sys.executable).parent
    starts: float = 1.0  # seconds until a program has imported what it needs
    last: ExitStack = field(default_factory=ExitStack)

    def start(self, *arguments: str, log: str = "said.txt") -> subprocess.Popen:
        """Start Snakemake. What it says goes to a file, since a pipe would be held open by jobs that outlive it."""
        command = [self.programs / "snakemake", "-s", ROOT / "Snakefile", "--directory", self.folder]
        command += ["--workflow-profile", ROOT / "profiles/default", "--cores", "2", *arguments]
        with open(self.folder / log, "w") as output:
            command_line = [*map(str, command), *([] if "--unlock" in arguments else [TARGET])]
            path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
            return subprocess.Popen(
                command_line,
                cwd=self.folder,
                env=os.environ | {"PATH": path},
                stdout=output,
                stderr=output,
                process_group=0,
            )

    def output(self, log: str = "said.txt") -> str:
        """Give what Snakemake has said, with the logs of failed jobs."""
        return (self.folder / log).read_text()

    def __call__(self, *arguments: str) -> int:
        """Run Snakemake to its end; give its exit code."""
        return self.start(*arguments).wait(timeout=600)

    def failing(self, *arguments: str) -> str:
        """Run Snakemake, which has to fail; give what it said."""
        if self(*arguments) == 0:
            raise AssertionError(f"the run did not fail:\n{self.output()}")
        return self.output()

    def undo(self) -> None:
        """Take away the pairs of a receptor, and what is made of all pairs."""
        for path in (f"results/pairs/{UNDONE}", f"results/batches/{UNDONE}", "results/matrix"):
            shutil.rmtree(self.folder / path, ignore_errors=True)
        (self.folder / TARGET).unlink()

    def processes(self, *subcommands: str) -> list[int]:
        """Give the numbers of this run's processes of `crossdock` with one of some subcommands."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, IndexError, ValueError):
                line = (place / "cmdline").read_bytes().decode().split("\0")
                own = Path(os.readlink(place / "cwd")) == self.folder
                if line[2] == "attempt":  # the step stands behind what it is given
                    line[2:] = line[line.index("--") + 1 :]
                if own and line[1].endswith("/crossdock") and line[2] in subcommands:
                    found.append(int(place.name))
        return found

    def wait_for(self, running: subprocess.Popen, condition: Callable[[], object]) -> None:
        """Wait until a run has come to some point."""
        deadline = time.monotonic() + 300
        while not condition():
            if running.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the run never came to the point of the fault:\n{self.output()}")
            time.sleep(0.01)

    def at_work(self) -> subprocess.Popen:
        """Start the half that is undone; give it as it docks, in a batch the second pair."""
        self.undo()
        running = self.start()
        made = self.folder / f"results/pairs/{UNDONE}"
        self.wait_for(running, lambda: any(made.glob("*/pair.json")) if self.batch > 1 else self.processes("dock"))
        time.sleep(self.starts)
        return running

    def tables(self) -> dict[str, bytes]:
        """Give the content of the tables of all pairs, by name."""
        results = self.folder / "results"
        paths = (*results.glob("matrix/*.csv"), results / "ranks.csv", results / "scores.csv")
        return {str(path.relative_to(results)): path.read_bytes() for path in paths}

    def halves(self) -> list[str]:
        """List the files and folders that were being written."""
        found = (self.folder / "results").rglob(".?*.*")
        return sorted(str(path.relative_to(self.folder)) for path in found if ".snakemake" not in path.name)


Steps = Iterator[str]


@dataclass(frozen=True)
class Fault:
    """What happens, and what a user does then, in words; `make` does both, and yields between them what was said."""

    description: str
    remedy: str
    make: Callable[[Run], Steps]
    batches: tuple[int, ...] = (1, 2)
    root: bool = False


FAULTS: dict[str, Fault] = {}


def fault(description: str, remedy: str = RERUN, **others) -> Callable:
    """Keep a function that makes a fault, by its name."""

    def keep(make: Callable[[Run], Steps]) -> Callable[[Run], Steps]:
        FAULTS[make.__name__] = Fault(description, remedy, make, **others)
        return make

    return keep


# --- killed


@fault("Snakemake and its jobs killed (`kill -9`, a machine that goes down)", UNLOCK)
def all_killed(run: Run) -> Steps:
    running = run.at_work()
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    yield run.failing()
    run("--unlock")


@fault("Snakemake killed, its jobs go on", UNLOCK)
def snakemake_killed(run: Run) -> Steps:
    running = run.at_work()
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    orphans = run.processes("dock", "batch")
    for orphan in orphans:
        os.kill(orphan, signal.SIGSTOP)
    yield run.failing()
    run("--unlock")
    # The worst case: a user who waits for nothing, so that the old jobs and the new ones write the same files.
    running = run.start()
    run.wait_for(running, lambda: set(run.processes("dock", "batch")) - set(orphans))
    for orphan in orphans:
        os.kill(orphan, signal.SIGCONT)
    running.wait()
    while set(run.processes("dock", "batch")) & set(orphans):
        time.sleep(0.1)


@fault("a job killed as it docks (`kill -9`, no memory left)")
def docking_killed(run: Run) -> Steps:
    running = run.at_work()
    os.kill(run.processes("dock", "batch")[0], signal.SIGKILL)
    running.wait()
    yield run.output()


@fault("a job killed as it writes models")
def analysing_killed(run: Run) -> Steps:
    run.undo()
    running = run.start()
    run.wait_for(running, lambda: list((run.folder / f"results/pairs/{UNDONE}").glob("*/.models.*")))
    for process in run.processes("analyse", "batch"):
        os.kill(process, signal.SIGKILL)
    running.wait()
    yield run.output()


@fault("a second run started in the same folder", "nothing; the first one goes on unharmed")
def two_runs(run: Run) -> Steps:
    run.undo()
    running = run.start()
    run.wait_for(running, lambda: any((run.folder / ".snakemake" / "locks").glob("*")))
    if run.start(log="second.txt").wait() == 0:
        raise AssertionError("the second run was not refused")
    if running.wait() != 0:
        raise AssertionError(f"the first run failed:\n{run.output()}")
    yield run.output("second.txt")


# --- disks


@contextmanager
def on_a_disk(results: Path) -> Iterator[Callable[[str], None]]:
    """Move results to a disk of their own; gives what mounts it anew with other options."""

    def mount(options: str) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "crossdock", results], check=True)

    aside = results.rename(results.with_name("aside"))
    results.mkdir()
    mount("size=100m")
    try:
        shutil.copytree(aside, results, dirs_exist_ok=True)  # keeps the times of files
        yield lambda options: mount(f"remount,{options}")
    finally:
        subprocess.run(["umount", "--lazy", results], check=True)


@fault("the disk of `results/` full", f"free some space there; {RERUN}", root=True)
def disk_full(run: Run) -> Steps:
    run.undo()
    remount = run.last.enter_context(on_a_disk(run.folder / "results"))
    used = shutil.disk_usage(run.folder / "results").used
    remount(f"size={used + 300_000}")
    yield run.failing()
    remount("size=100m")


@fault("`results/` read-only", f"make it writable; {RERUN}", root=True)
def disk_read_only(run: Run) -> Steps:
    run.undo()
    remount = run.last.enter_context(on_a_disk(run.folder / "results"))
    remount("ro")
    yield run.failing()
    remount("rw")


# --- broken files


def cut(path: Path, share: float = 0.5) -> None:
    """Cut a file off."""
    os.truncate(path, int(path.stat().st_size * share))


def broken(name: str, readers: tuple[str, str], run: Run) -> Steps:
    """Cut a file of a finished run off, run what reads it, and remove it as the message says."""
    path = run.folder / name
    cut(path)
    yield run.failing("--forcerun", readers[run.batch > 1])
    path.unlink()
    if run.batch > 1:
        run("--forcerun", "batch")


REMOVE = f"remove it; {RERUN}, with pairs in batches `snakemake --forcerun batch`"
#: File -> the rules that read it, where every pair is a job and where several are.
READ_BY = {
    f"{PAIR}/poses.csv.gz": ("analyse", "batch"),
    f"{PAIR}/pair.json": ("matrix", "matrix"),
    f"results/proteins/{UNDONE}/structure.pdb": ("dock", "batch"),
    f"results/proteins/{UNDONE}/protein.json": ("dock", "batch"),
}
for name, readers in READ_BY.items():
    kind = Path(name).name
    FAULTS[f"broken_{kind.partition('.')[0]}"] = Fault(f"`{kind}` cut off", REMOVE, partial(broken, name, readers))


# --- clocks


@fault("outputs dated an hour ahead (a node whose clock is fast)")
def outputs_ahead(run: Run) -> Steps:
    for path in run.folder.glob("results/pairs/*/*/poses.csv.gz"):
        os.utime(path, (time.time() + HOUR,) * 2)
    run()
    yield run.output()


@fault("your own files dated an hour ahead")
def inputs_ahead(run: Run) -> Steps:
    for path in run.folder.glob("*.pdb.gz"):
        os.utime(path, (time.time() + HOUR,) * 2)
    run("--forcerun", "fetch")
    yield run.output()


# --- and what comes of it


@dataclass(frozen=True)
class Outcome:
    """What came of a fault.

    Attributes
    ----------
    said : str
        All that Snakemake and its jobs said.
    halves : list of str
        What was being written and is left, before the rerun.
    completes, same, settles : bool
        Of the rerun: whether it came to its end, with the tables of the run left in peace, and left nothing to do.
    """

    output: str
    halves: list[str]
    completes: bool
    same: bool
    settles: bool


def outcome(made: Fault, finished: Run, folder: Path) -> Outcome:
    """Make a fault in a copy of a finished run, and do what a user does."""
    run = Run(Path(shutil.copytree(finished.folder, folder)), finished.batch, finished.programs, finished.starts)
    with run.last:
        steps = made.make(run)
        output = next(steps)
        halves = run.halves()
        next(steps, None)
        completes = run() == 0
        same = run.tables() == finished.tables()
        return Outcome(output, halves, completes, same, run("-n") == 0 and "Nothing to be done" in run.output())


def messages(output: str) -> list[str]:
    """Give the lines that tell what is wrong, each once."""
    lines = output.splitlines()
    found = ["TRACEBACK"] if "Traceback (most recent call last)" in output else []
    for number, line in enumerate(lines):
        if "crossdock: error:" in line:
            more = [next_line.strip() for next_line in lines[number + 1 : number + 3] if "->" in next_line]
            found.append(" ".join([line.partition("crossdock: error: ")[2], *more]))
        elif TELLING.search(line):
            found.append(line.strip().rpartition("' ")[2])  # not the whole command
    return list(dict.fromkeys(found))


def finished_run(folder: Path, batch: int = 1, programs: Path = Run.programs, starts: float = Run.starts) -> Run:
    """Make a run that is left in peace, by the programs of a folder."""
    run = Run(write_panel(folder, batch), batch, programs, starts)
    if run() != 0:
        raise AssertionError(run.output())
    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=FAULTS, default=list(FAULTS), metavar="FAULT", help="of these")
    parser.add_argument("--batches", nargs="+", type=int, default=(1, 2), help="pairs a job (default: 1 2)")
    options = parser.parse_args()
    print("| fault | pairs a job | what is said | half-written | then | rerun |\n| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        for batch in options.batches:
            finished = finished_run(Path(name).resolve() / f"finished{batch}", batch)
            for one in options.only:
                made = FAULTS[one]
                if batch not in made.batches or (made.root and os.geteuid() != 0):
                    print(f"{one} left out: it needs root", file=sys.stderr)
                    continue
                folder = finished.folder.with_name(f"{one}{batch}")
                found = outcome(made, finished, folder)
                good = (
                    (found.completes, "completes"),
                    (found.same, "same tables"),
                    (found.settles, "nothing left to do"),
                )
                verdict = ", ".join(word if is_so else f"NOT: {word}" for is_so, word in good)
                output = textwrap.shorten(
                    "; ".join(messages(found.output)).replace(f"{folder}/", ""), 200, placeholder=" ..."
                )
                row = (made.description, batch, output, len(found.halves), made.remedy, verdict)
                print("|", " | ".join(map(str, row)), "|", flush=True)


if __name__ == "__main__":
    main()
