"""How well does a docking score find the partner? Unbound complexes, every receptor docked with every ligand.

    python benchmarks/partners.py DIR --work FOLDER [--ids 1A2K ...] [--jobs N]

DIR holds <ID>/{r_u,l_u}.pdb; the ligand of a receptor's own complex is its partner, all other ligands are taken for
strangers. A pair a file in FOLDER; pairs that are there are not docked again. Pairs are docked so that the first k
complexes are whole before the next one comes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from crossdock.docking.backends import Options
from crossdock.docking.backends.local import dock
from crossdock.docking.poses import write_poses
from crossdock.files import write_json
from crossdock.structures.structure import Structure, read_structure
from docking import closed, heavy

#: Of the 170 complexes of Docking Benchmark 5: rigid, no antibodies, at most 4,000 heavy atoms, no two of one family
#: (`weights.py`), and of these 41 the 20 that spread evenly over their sizes.
IDS = tuple(
    "2X9A 1KTZ 1Z0K 1H9D 1HIA 1GCQ 1HCF 1KAC 1UDI 1ZHI 1US7 1QA9 2B4J 1EWY 1JTG 1F34 2A1A 1A2K 1SBB 2YVJ".split()  # noqa: SIM905
)


def body(folder: Path, complex_: str, role: str) -> Structure:
    return heavy(read_structure(folder / complex_ / f"{role}_u.pdb"))


def dock_pair(pair: tuple[str, str], *, folder: Path, work: Path, options: Options) -> str:
    """Dock the receptor of one complex with the ligand of another."""
    receptor, ligand = body(folder, pair[0], "r"), body(folder, pair[1], "l")
    began = time.process_time()
    docking = dock(receptor, ligand, replace(options, receptor_closed=closed(receptor), ligand_closed=closed(ligand)))
    name = "_".join(pair)
    write_poses(work / f"{name}.csv.gz", docking.poses)
    write_json(work / f"{name}.json", docking.record | {"cpu_seconds": round(time.process_time() - began, 1)})
    return name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--ids", nargs="+", default=IDS)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--sampling", default="default")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    order = {name: place for place, name in enumerate(options.ids)}
    pairs = sorted(
        ((receptor, ligand) for receptor in options.ids for ligand in options.ids),
        key=lambda pair: (max(order[name] for name in pair), order[pair[0]]),
    )
    left = [pair for pair in pairs if not (options.work / f"{'_'.join(pair)}.json").is_file()]
    settings = Options(options.sampling, None, options.seed)
    work = partial(dock_pair, folder=options.folder, work=options.work, options=settings)
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for number, _ in enumerate(pool.imap_unordered(work, left), start=1):
            print(f"\r{number}/{len(left)} pairs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


if __name__ == "__main__":
    main()
