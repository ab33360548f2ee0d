"""What a large panel costs beside its docking: the plan, and a whole run with a backend that docks in no time.

    python benchmarks/scale.py 100 1000 10000 50000 [--run] --out FILE.tsv [--figure docs/images/scale.svg]
                               [--work DIR] [--javascript DIR]

A panel of N pairs is made of pieces of twelve residues of the demo entry 1EMV, each its own file: 100 = 10 ligands x
10 receptors, 1,000 = 50 x 20, 10,000 = 200 x 50, 50,000 = 1,000 x 50. `snakemake -n` is measured on it and, with
--run, a whole run down to the report, --batch pairs a job (fifty, as `batch: auto` has them at 50,000). Its backend,
registered by an entry point of a package that is made for the purpose, puts the ligand beside the receptor in four
orientations, so that the run takes everything but docking. Afterwards `crossdock matrix`, `network` and `report` are
measured once more by themselves.

Peak memory is that of the largest single process. FILE.tsv gets a row a measurement; rows that it has stay, and
--figure draws all of them.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time
from importlib import resources
from pathlib import Path

import pandas as pd
import yaml

from crossdock.machine import peak_memory_mb

ROOT = Path(__file__).resolve().parents[1]
SHAPES = {100: (10, 10), 1_000: (20, 50), 10_000: (50, 200), 50_000: (50, 1_000)}
RESIDUES = 12
COLUMNS = ("pairs", "step", "batch", "wall_s", "cpu_s", "peak_MB", "report_MB")
#: What the project wants to hold on two cores.
PLAN_S, PAIRS_A_SECOND = 120, 20
BACKEND = '''
"""A backend that puts the ligand beside the receptor, in four orientations."""

import numpy as np

from crossdock.docking.backends.contract import Backend, Needs, Result
from crossdock.docking.backends.local import BACKEND as LOCAL
from crossdock.docking.poses import pose_table
from crossdock.geometry.rotations import matrix


def dock(receptor, ligand, request):
    rng = np.random.default_rng([request.seed, *np.abs(receptor.coord.sum(0) + ligand.coord.sum(0)).astype(int)])
    turns = rng.normal(size=(4, 4))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    middle, reach = receptor.coord.mean(0), receptor.coord[:, 0].max()
    shifts = []
    for turn in turns:
        turned = ligand.coord @ matrix(turn).T
        beside = np.array([reach - turned[:, 0].min() + 2.0, *(middle - turned.mean(0))[1:]])
        shifts.append(beside)
    terms = rng.normal((0, -150, -20, -10, -5), 10, size=(4, 5))
    return Result(pose_table(terms, turns, np.array(shifts)), record={"parameters": {}, "counts": {"kept": 4}})


class Beside(Backend):
    name, about, version, terms = "instant", "puts the ligand beside the receptor", "1", LOCAL.terms

    def dock(self, receptor, ligand, request):
        return dock(receptor, ligand, request)

    def needs(self, receptor, ligand, options):
        return Needs(0.01)

    def methods(self, runs, cite):
        return ["beside each other"]


BACKEND = Beside()
'''


def pieces(count: int, chain: str) -> list[list[str]]:
    """Cut a chain of 1EMV into overlapping pieces of twelve residues; after the last one it starts again."""
    packed = (resources.files("crossdock") / "demo" / "1emv.pdb.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    atoms = [line for line in lines if line.startswith("ATOM") and line[21] == chain and line[16] in " A"]
    residues = list(dict.fromkeys(line[22:27] for line in atoms))
    starts = [number % (len(residues) - RESIDUES) for number in range(count)]
    return [[line for line in atoms if line[22:27] in residues[start : start + RESIDUES]] for start in starts]


def make_panel(folder: Path, pairs: int, backend: str) -> Path:
    """Write the entries and the config of a panel; give the config."""
    folder.mkdir(parents=True, exist_ok=True)
    sides = {}
    for role, count, chain, letter in zip(("receptors", "ligands"), SHAPES[pairs], "BA", "RL", strict=True):
        sides[role] = []
        for number, lines in enumerate(pieces(count, chain), start=1):
            name = f"{letter}{number:04d}"
            (folder / f"{name}.pdb").write_text("\n".join([f"REMARK   1 {name}", *lines, "END", ""]))
            sides[role].append({"name": name, "entry": f"{name}.pdb", "chains": chain})
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump({"title": f"{pairs:,} pairs", "backend": backend, **sides}))
    return config


def make_backend(folder: Path) -> None:
    """Write a package with the instant backend, as an installed one lies on Python's path."""
    package, about = folder / "crossdock_instant", folder / "crossdock_instant-1.dist-info"
    for made in (package, about):
        made.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text(BACKEND)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: crossdock-instant\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[crossdock.backends]\ninstant = crossdock_instant:BACKEND\n")


def measured(command: list, folder: Path, environment: dict[str, str]) -> dict[str, float]:
    """Run a command; give wall and processor seconds with those of its children, and the largest process's memory."""
    began = time.monotonic()
    with open(folder / "log.txt", "ab") as log:
        process = subprocess.Popen(list(map(str, command)), cwd=folder, env=environment, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} failed: {folder / 'log.txt'}")
    return {
        "wall_s": round(time.monotonic() - began, 1),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_MB": round(peak_memory_mb(usage)),
    }


def measure(pairs: int, folder: Path, *, run: bool, batch: int, javascript: Path):
    """Give rows of the table for a panel of so many pairs."""
    tools = Path(sys.executable).parent
    shutil.rmtree(folder, ignore_errors=True)
    config = make_panel(folder / "panel", pairs, "instant")
    make_backend(folder / "package")
    path = os.pathsep.join(filter(None, [str(folder / "package"), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    place = config.parent
    if javascript.is_dir():
        shutil.copytree(javascript, place / "resources" / "js")
        (place / "resources" / "js" / ".snakemake_timestamp").touch()
    command = [tools / "snakemake", "-s", ROOT / "Snakefile", "--workflow-profile", ROOT / "profiles" / "default"]
    command += ["--directory", place, "--configfile", config, "--cores", "2"]

    def row(step: str, command: list) -> dict:
        return {"pairs": pairs, "step": step, "batch": batch, **measured(command, place, environment)}

    yield row("plan", [*command, "-n", "--quiet", "all"])
    if not run:
        return
    page = place / "results" / "report.html"
    yield {**row("run", [*command, "--config", f"batch={batch}"]), "report_MB": round(page.stat().st_size / 1e6, 1)}
    given = ["results/panel.json", "--results", "results"]
    for step in ("matrix", "network", "report"):
        further = ["--javascript", "resources/js", "-o", page] if step == "report" else []
        yield row(step, [tools / "python", "-m", "crossdock.cli", step, *given, *further])


def draw(table: pd.DataFrame, out: Path) -> None:
    """Draw the plan's time, the time of a whole run a pair, and the size of the page."""
    import matplotlib.pyplot as plt

    plt.rcParams.update({"svg.hashsalt": "crossdock", "svg.fonttype": "none", "font.size": 9})
    figure, axes = plt.subplots(1, 3, figsize=(9, 2.8), layout="constrained")
    table = table.sort_values(["pairs", "wall_s"]).drop_duplicates(["pairs", "step"])  # of several batches the fastest
    steps = dict(iter(table.groupby("step")))
    shown = [("plan", "wall_s", "plan: wall s")]
    if "run" in steps:
        steps["run"] = steps["run"].assign(rate=steps["run"]["pairs"] / steps["run"]["wall_s"])
        shown += [("run", "rate", "whole run: pairs a second"), ("run", "report_MB", "report: MB")]
    bars = {"wall_s": PLAN_S, "rate": PAIRS_A_SECOND}
    for axis, (step, column, label) in zip(axes, shown, strict=False):
        axis.loglog(steps[step]["pairs"], steps[step][column], "o-", color="#30588c")
        if column in bars:
            axis.axhline(bars[column], color="#b0b8c4", zorder=0)
        axis.set(xlabel="pairs", ylabel=label)
        for ticks in (axis.yaxis.set_major_formatter, axis.yaxis.set_minor_formatter):
            ticks("{x:g}")
    for axis in axes[len(shown) :]:
        axis.set_visible(False)
    figure.savefig(out, metadata={"Date": None})


def size(text: str) -> int:
    """Read a number of pairs."""
    if text not in map(str, SHAPES):
        raise argparse.ArgumentTypeError(f"{text} is not one of {', '.join(map(str, SHAPES))}")
    return int(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="*", type=size, metavar="N", help=f"of {list(SHAPES)}")
    parser.add_argument("--run", action="store_true", help="run the panel too, down to the report")
    parser.add_argument("--batch", type=int, default=50, help="pairs a job of a whole run (default: 50)")
    parser.add_argument("--out", type=Path, default=Path("scale.tsv"), help="table (default: scale.tsv)")
    parser.add_argument("--figure", type=Path, help="SVG to draw from the table")
    parser.add_argument("--work", type=Path, help="folder to keep the runs in (default: a temporary one)")
    parser.add_argument("--javascript", type=Path, default=ROOT / "resources" / "js", help="the page's libraries")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as aside:
        work = (options.work or Path(aside)).resolve()
        for pairs in options.pairs:
            asked = {"run": options.run, "batch": options.batch, "javascript": options.javascript.resolve()}
            for row in measure(pairs, work / str(pairs), **asked):
                old = pd.read_csv(options.out, sep="\t") if options.out.is_file() else pd.DataFrame(columns=COLUMNS)
                same = [old[name] == row[name] for name in ("pairs", "step", "batch")]
                other = old[~(same[0] & same[1] & same[2])]
                table = pd.DataFrame([*other.to_dict("records"), row], columns=list(COLUMNS))
                table.to_csv(options.out, sep="\t", index=False)
                print(*(f"{key} {value}" for key, value in row.items()), sep="\t", flush=True)
                if row["step"] == "run":
                    print(f"{pairs / row['wall_s']:.1f} pairs a second beside docking")
    if options.figure:
        draw(pd.read_csv(options.out, sep="\t"), options.figure)


if __name__ == "__main__":
    main()
