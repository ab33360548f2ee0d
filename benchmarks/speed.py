"""What does docking a pair cost, and how does the cost grow? Any folder of <ID>/{r_u,l_u}.pdb.

    python benchmarks/speed.py DIR --ids 1UDI 3EOA [--sampling fast default thorough] [--threads 1 2] [--device cuda]

A row a run, each a process of its own that has loaded the compiled code: CPU and wall seconds of the whole job (read,
dock, cluster, write ten models), CPU seconds of its parts, peak memory, the grid. Then, for each complex, what twice
the rotations cost.

    python benchmarks/speed.py DIR --ids 1UDI 3EOA --against CHECKOUT [--repeats 3]

docks each pair by this code and by that of another checkout of the repository, in turn, on one thread: the fewest CPU
seconds of each part in both, their ratio, and whether the poses are the same.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

JOB = """
import hashlib, json, sys, time
from pathlib import Path
from crossdock.docking.backends.local import search as local
from crossdock.docking.backends.local.search import Options
from crossdock.docking.models import write_models
from crossdock.machine import peak_memory_mb
from crossdock.structures.structure import read_structure
folder, out, sampling, rotations, threads, device = sys.argv[1:]
spent = {}
def timed(stage, function):
    def call(*given, **named):
        began = time.process_time()
        found = function(*given, **named)
        spent[stage] = spent.get(stage, 0.0) + time.process_time() - began
        return found
    return call
STAGES = {"scan": "_search", "rescoring": "pose_terms", "apart": "distinct_poses", "refinement": "refine"}
for stage, name in STAGES.items():
    setattr(local, name, timed(stage, getattr(local, name)))
def job(rotations, out):
    receptor, ligand = (read_structure(Path(folder, name)) for name in ("r_u.pdb", "l_u.pdb"))
    receptor, ligand = receptor[receptor.element != "H"], ligand[ligand.element != "H"]
    options = Options(sampling, rotations, threads=int(threads), seed=1, device=device)
    done = local.dock(receptor, ligand, options)
    timed("models", write_models)(out, receptor, ligand, done.poses)
    return receptor, ligand, done
job(2, Path(out, "loads"))  # the compiled code is read from its files
spent.clear()
wall, cpu = time.perf_counter(), time.process_time()
receptor, ligand, done = job(int(rotations) or None, Path(out, "models"))
print(json.dumps({
    "atoms": len(receptor) + len(ligand), "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall,
    **spent, "memory": peak_memory_mb(), "grid": done.record["parameters"]["grid"],
    "poses": hashlib.sha256(done.poses.to_csv(index=False).encode()).hexdigest(),
}))
"""


#: The parts of a job whose CPU seconds are told; the rest is reading, choosing poses that lie apart, and files.
PARTS = {"scan": "scan", "rescoring": "rescoring", "refinement": "refinement", "models": "models", "whole": "cpu"}


def run(
    folder: Path,
    sampling: str,
    rotations: int = 0,
    threads: int = 1,
    device: str = "cpu",
    source: Path = Path(__file__).parents[1],
) -> dict[str, Any]:
    """Dock a pair in a process of its own, by the code of a checkout, and give what it cost."""
    with tempfile.TemporaryDirectory() as out:
        arguments = [str(folder), out, sampling, str(rotations), str(threads), device]
        environment = os.environ | {"PYTHONPATH": str(source / "src")}
        command = [sys.executable, "-c", JOB, *arguments]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    cost: dict[str, Any] = json.loads(done.stdout)
    return cost


def compare(options: argparse.Namespace) -> None:
    """Print what the parts of each pair's job cost by both checkouts."""
    print("id\tatoms\tgrid\tpart\told_s\tnew_s\tratio\tposes", flush=True)
    for name in options.ids:
        for sampling in options.sampling:
            asked = {"folder": options.folder / name, "sampling": sampling, "rotations": options.rotations}
            old, new = [], []
            for _ in range(options.repeats):
                old.append(run(**asked, source=options.against))
                new.append(run(**asked))
            grid = "x".join(map(str, new[0]["grid"]))
            same = "same" if old[0]["poses"] == new[0]["poses"] else "not the same"
            for part, key in PARTS.items():
                before, after = (min(one[key] for one in costs) for costs in (old, new))
                seconds = f"{before:.2f}\t{after:.2f}\t{after / before:.2f}"
                print(f"{name}\t{new[0]['atoms']}\t{grid}\t{part}\t{seconds}\t{same}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ids", nargs="+", required=True)
    parser.add_argument("--sampling", nargs="+", default=["default"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rotations", type=int, default=0, help="orientations in place of the named setting's")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--against", type=Path, help="another checkout to compare with")
    parser.add_argument("--repeats", type=int, default=3, help="turns of each checkout")
    options = parser.parse_args()
    if options.against:
        compare(options)
        return
    print("id\tatoms\tgrid\tsampling\tthreads\tcpu_s\tscan_s\trescoring_s\trefinement_s\twall_s\tmemory_MB")
    for name in options.ids:
        for sampling in options.sampling:
            for threads in options.threads:
                cost = run(options.folder / name, sampling, options.rotations, threads, options.device)
                grid = "x".join(map(str, cost["grid"]))
                seconds = (cost[part] for part in ("cpu", "scan", "rescoring", "refinement", "wall"))
                numbers = "\t".join(f"{one:.1f}" for one in seconds)
                print(
                    f"{name}\t{cost['atoms']}\t{grid}\t{sampling}\t{threads}\t{numbers}\t{cost['memory']:.0f}",
                    flush=True,
                )
        if options.rotations:
            continue
        once, twice = (
            run(options.folder / name, "default", rotations=n, device=options.device)["cpu"] for n in (1500, 3000)
        )
        print(f"{name}\tCPU of 3,000 rotations over 1,500: {twice / once:.2f}", flush=True)


if __name__ == "__main__":
    main()
