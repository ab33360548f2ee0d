"""What does docking a pair cost, and how does the cost grow? Any folder of <ID>/{r_u,l_u}.pdb.

    python benchmarks/speed.py DIR --ids 1UDI 3EOA [--sampling fast default thorough] [--threads 1 2] [--device cuda]

A row a run, each a process of its own after one that compiles: CPU and wall seconds of the whole job (read, dock,
cluster, write ten models), CPU seconds of the scan alone, peak memory, the grid. Then, for each complex, what twice the
rotations cost.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

JOB = """
import json, sys, time
from pathlib import Path
from crossdock.docking.backends.local import search as local
from crossdock.docking.backends.local.search import Options
from crossdock.docking.models import write_models
from crossdock.machine import peak_memory_mb
from crossdock.structures.structure import read_structure
folder, out, sampling, rotations, threads, device = sys.argv[1:]
wall, cpu = time.perf_counter(), time.process_time()
receptor, ligand = (read_structure(Path(folder, name)) for name in ("r_u.pdb", "l_u.pdb"))
receptor, ligand = receptor[receptor.element != "H"], ligand[ligand.element != "H"]
scan, spent = local.scan, []
def timed(*given, **named):
    began = time.process_time()
    found = scan(*given, **named)
    spent.append(time.process_time() - began)
    return found
local.scan = timed
options = Options(sampling, int(rotations) or None, threads=int(threads), seed=1, device=device)
done = local.dock(receptor, ligand, options)
write_models(out, receptor, ligand, done.poses)
print(json.dumps({
    "atoms": len(receptor) + len(ligand), "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall,
    "scan": sum(spent),
    "memory": peak_memory_mb(), "grid": done.record["parameters"]["grid"],
}))
"""


def run(folder: Path, sampling: str, rotations: int = 0, threads: int = 1, device: str = "cpu") -> dict[str, float]:
    """Dock a pair in a process of its own and give what it cost."""
    with tempfile.TemporaryDirectory() as out:
        arguments = [str(folder), out, sampling, str(rotations), str(threads), device]
        done = subprocess.run([sys.executable, "-c", JOB, *arguments], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ids", nargs="+", required=True)
    parser.add_argument("--sampling", nargs="+", default=["default"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rotations", type=int, default=0, help="orientations in place of the named setting's")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    run(options.folder / options.ids[0], "fast", rotations=20, device=options.device)  # compiles, once
    print("id\tatoms\tgrid\tsampling\tthreads\tcpu_s\tscan_s\twall_s\tmemory_MB")
    for name in options.ids:
        for sampling in options.sampling:
            for threads in options.threads:
                cost = run(options.folder / name, sampling, options.rotations, threads, options.device)
                grid = "x".join(map(str, cost["grid"]))
                numbers = f"{cost['cpu']:.1f}\t{cost['scan']:.1f}\t{cost['wall']:.1f}\t{cost['memory']:.0f}"
                print(f"{name}\t{cost['atoms']}\t{grid}\t{sampling}\t{threads}\t{numbers}", flush=True)
        if options.rotations:
            continue
        once, twice = (
            run(options.folder / name, "default", rotations=n, device=options.device)["cpu"] for n in (1500, 3000)
        )
        print(f"{name}\tCPU of 3,000 rotations over 1,500: {twice / once:.2f}", flush=True)


if __name__ == "__main__":
    main()
