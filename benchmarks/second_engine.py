"""How often does another program, told where the partners touch, find a known complex? gdock, judged as in docking.py.

    python benchmarks/second_engine.py DIR --out FILE.tsv --program PYTHON [--ids 1A2K 1AHW ...] [--table bm5.tsv]

DIR is the folder that docking.py takes. gdock (0BSD; `pip install gdock==0.5.0` into an environment of its own) is a
Python module without a command, so PYTHON is the interpreter of that environment; each complex is a process of its own.
Both partners are turned at random, with a seed from the name of the complex, because the unbound partners lie as they
bind. Their centres are laid on each other, which tells nothing: gdock's command does so itself; its module does not and
looks no farther than 50 A along each axis from where the ligand lies.

gdock runs with its defaults (population, generations, seed, five cluster representatives) on one core. Its restraints
are all pairs of a receptor and a ligand residue of the true interface, read by it as "each of these residues is near
any of those". `docking.py --attract both` tells the local engine the same residues, so compare with that. There are at
most five models: T10 and T100 are T5, and "any pose" is any of these models.

gdock leaves out HETATM records. The ligand that is judged is the one that was given, laid on gdock's.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crossdock.analysis.reference import ACCEPTABLE, mappings
from crossdock.structures.structure import Structure, atom_records, read_structure
from docking import COLUMNS as ENGINE_COLUMNS
from docking import dockq, heavy, interface, summary

#: The engine's table less what only the engine has.
COLUMNS = tuple(
    name for name in ENGINE_COLUMNS if name not in ("first_acceptable_pose", "acceptable_poses", "poses", "antibody")
)
#: What the other program's interpreter runs, in a folder with the input.
CHILD = """
import json, pathlib, gdock
receptor, ligand = (pathlib.Path(name).read_text() for name in ("receptor.pdb", "ligand.pdb"))
pairs = [tuple(pair) for pair in json.loads(pathlib.Path("restraints.json").read_text())]
for model in gdock.dock(receptor, ligand, restraints=pairs, ncores=1)["models"]:
    pathlib.Path(f"model_{model['rank']}.pdb").write_text(model["pdb"])
pathlib.Path("status").write_bytes(pathlib.Path("/proc/self/status").read_bytes())
"""
#: How far an atom of a model may lie from where a rigid partner has it (three decimals in the files), in angstrom.
RIGID = 0.01


def turned(structure: Structure, rng: np.random.Generator) -> Structure:
    """Turn a structure at random, and lay its centre on the origin."""
    rotation = Rotation.from_quat(rng.normal(size=4))
    return structure.with_coord(rotation.apply(structure.coord - structure.coord.mean(axis=0)))


def residues(structure: Structure, mask: NDArray[np.bool_]) -> list[int]:
    """Give the numbers of the marked residues; gdock tells residues apart by nothing else."""
    if np.any(structure.insertion != ""):
        raise ValueError("residues with insertion codes cannot be restrained")
    return sorted({int(number) for number in structure.residue_number[mask & ~structure.hetero]})


def run(program: str, folder: Path, timeout: float) -> tuple[float, float]:
    """Run the program in a folder with its input.

    Parameters
    ----------
    program : str
        Python interpreter that has gdock.
    folder : Path
        Has receptor.pdb, ligand.pdb and restraints.json; the models go there.
    timeout : float
        Seconds after which the program is ended.

    Returns
    -------
    tuple of float
        CPU seconds, and peak memory in MB, of this process alone.

    Raises
    ------
    RuntimeError
        If the program fails or takes too long.
    """
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([program, "-c", CHILD], cwd=folder, stdout=log, stderr=log)
    began = time.monotonic()
    timer = threading.Timer(timeout, process.kill)
    timer.start()
    _, status, used = os.wait4(process.pid, 0)
    timer.cancel()
    late = time.monotonic() - began >= timeout
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        last = (folder / "log").read_text().strip().splitlines()[-1:]
        raise RuntimeError(f"not done after {timeout:.0f} s" if late else f"exit {process.returncode} {last}")
    # ru_maxrss would count what this process holds as the other's, from before it became the other program.
    peak = re.search(r"VmHWM:\s+(\d+) kB", (folder / "status").read_text())
    return used.ru_utime + used.ru_stime, float(peak[1]) / 1024 if peak else math.nan


def laid(structure: Structure, model: Structure) -> Structure:
    """Lay a partner as it was given on the same partner in a model.

    Parameters
    ----------
    structure, model : Structure
        The model has the same atoms in the same order, less those of HETATM records.

    Returns
    -------
    Structure
        All atoms of `structure`.

    Raises
    ------
    ValueError
        If the atoms differ, or are not those of a rigid body.
    """
    given = structure[~structure.hetero]
    if len(given) != len(model) or np.any(given.atom_name != model.atom_name):
        raise ValueError("a model has other atoms than its input")
    here, there = given.coord.mean(axis=0), model.coord.mean(axis=0)
    rotation, _ = Rotation.align_vectors(model.coord - there, given.coord - here)
    moved = structure.with_coord(rotation.apply(structure.coord - here) + there)
    off = float(np.abs(moved[~structure.hetero].coord - model.coord).max())
    if off > RIGID:
        raise ValueError(f"a model differs by {off:.3f} A from a rigid partner")
    return moved


def one_complex(source: Path, program: str, timeout: float) -> dict[str, object]:
    """Dock one complex with the other program and judge what comes out."""
    r_u, l_u, r_b, l_b = (heavy(read_structure(source / f"{name}.pdb")) for name in ("r_u", "l_u", "r_b", "l_b"))
    sites = residues(r_u, interface(r_u, r_b, l_b)), residues(l_u, interface(l_u, l_b, r_b))
    rng = np.random.default_rng(zlib.crc32(source.name.encode()))
    receptor, ligand = turned(r_u, rng), turned(l_u, rng)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Serial numbers go on in the ligand: gdock takes equal ones for the same atom.
        for body, file, first in ((receptor, "receptor.pdb", 1), (ligand, "ligand.pdb", len(receptor) + 1)):
            (folder / file).write_text("\n".join([*atom_records(body, first_serial=first), "END", ""]))
        (folder / "restraints.json").write_text(json.dumps([(one, other) for one in sites[0] for other in sites[1]]))
        seconds, memory = run(program, folder, timeout)
        files = sorted(folder.glob("model_*.pdb"), key=lambda file: int(file.stem.removeprefix("model_")))
        models = [read_structure(file) for file in files]
    judged = []
    for model in models:
        bodies = [laid(part, model[model.chain == part.chain[0]]) for part in (receptor, ligand)]
        judged += dockq(mappings((r_b, l_b), *bodies), [bodies[1]]).tolist()
    scores = np.array(judged)
    good = np.flatnonzero(scores >= ACCEPTABLE)
    return {
        "id": source.name,
        "first_acceptable_rank": int(good[0]) + 1 if len(good) else "",
        **{f"best_dockq_top{top}": round(float(scores[:top].max(initial=0.0)), 3) for top in (1, 10, 100)},
        "models": len(models),
        "atoms": len(r_u) + len(l_u),
        "cpu_seconds": round(seconds, 1),
        "peak_memory_MB": round(memory, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--program", required=True, help="Python interpreter of an environment that has gdock")
    parser.add_argument("--ids", nargs="+")
    parser.add_argument("--timeout", type=float, default=7200.0, help="seconds a complex may take")
    parser.add_argument("--table", type=Path, help="table with columns id and difficulty")
    options = parser.parse_args()
    ids = options.ids or sorted(path.name for path in options.folder.iterdir() if (path / "r_u.pdb").is_file())
    fresh = not options.out.is_file() or options.out.stat().st_size == 0
    done = set() if fresh else set(pd.read_csv(options.out, sep="\t")["id"])
    left = [name for name in ids if name not in done]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    failures = []
    with options.out.open("a", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, delimiter="\t")
        if fresh:
            writer.writeheader()
            handle.flush()
        for number, name in enumerate(left, start=1):
            try:
                writer.writerow(one_complex(options.folder / name, options.program, options.timeout))
                handle.flush()
            except Exception as error:  # one complex that fails must not end the others
                failures.append(f"{name}: {error}")
                print(f"\r{failures[-1]}", file=sys.stderr)
            print(f"\r{number}/{len(left)} complexes", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    table = pd.read_csv(options.out, sep="\t")
    table = table[table["id"].isin(ids)]
    table = table.assign(antibody="no", acceptable_poses=table["first_acceptable_rank"].notna().astype(int))
    groups = pd.read_csv(options.table, sep="\t", index_col="id")["difficulty"] if options.table else None
    print(summary(table, groups))
    if failures:
        sys.exit("not docked:\n" + "\n".join(failures))


if __name__ == "__main__":
    main()
