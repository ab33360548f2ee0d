"""Commands that dock two structures and cluster the poses."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from crossdock import log
from crossdock.commands.options import Commands, add_backend, add_clustering, add_key, add_pair, backend_options
from crossdock.errors import InputError

if TYPE_CHECKING:
    from crossdock.steps.pairs import Clusters, Docks, PairFiles


def add(commands: Commands) -> None:
    """Describe them."""
    dock = commands.add("dock", _dock, "dock two structures")
    dock.add_argument(
        "-o", "--out", required=True, help="folder for poses.csv.gz and docking.json, clusters.csv and models/"
    )
    _add_docking(dock)
    dock.add_argument(
        "--scans", nargs="+", default=(), metavar="PART", help="all parts of the search, as `crossdock scan` wrote them"
    )
    dock.add_argument("--poses-only", action="store_true", help="stop before clustering")
    dock.add_argument(
        "--resume",
        action="store_true",
        help="keep poses that are there and were made of the same input as asked for now",
    )
    add_clustering(dock)

    scan = commands.add("scan", _scan, "search a part of a pair's orientations")
    scan.description = "A part of what `dock` does, for pairs that take a job too long; `dock --scans` joins the parts."
    scan.add_argument("-o", "--out", required=True, help="file to write (.npz)")
    scan.add_argument("--part", type=int, required=True, help="which part, from 1")
    scan.add_argument("--parts", type=int, required=True, help="of how many")
    _add_docking(scan)

    cluster = commands.add("cluster", _cluster, "group the poses of a pair and write models")
    add_pair(cluster)
    cluster.add_argument("poses", help="poses.csv.gz")
    cluster.add_argument("-o", "--out", required=True, help="folder for clusters.csv and models/")
    add_clustering(cluster)

    dock_remote = commands.add(
        "dock-remote", _dock_remote, "have all pairs of a panel docked elsewhere, where its backend does that"
    )
    dock_remote.description = (
        "For a backend whose work is done elsewhere, such as on the ClusPro server: hands in every pair without a "
        "result, waits, and writes which result is which pair's."
    )
    dock_remote.add_argument("panel", help="panel.json of the run")
    dock_remote.add_argument("--results", default="results", help="folder of the run")
    dock_remote.add_argument("--folder", help="where results are kept; resources/BACKEND without it")
    dock_remote.add_argument("-o", "--out", required=True, help="table to write")


def _add_docking(parser: argparse.ArgumentParser) -> None:
    """Add what says which pair is docked, and how."""
    add_pair(parser)
    parser.add_argument(
        "--receptor-record",
        type=Path,
        help="the receptor's protein.json; residues that it closes are not docked to, and its attract pulls",
    )
    parser.add_argument("--ligand-record", type=Path, help="the ligand's protein.json, for the same")
    add_backend(parser)
    add_key(parser, "seed")
    parser.add_argument(
        "--result",
        type=Path,
        help="what was made of the pair elsewhere: its record, or the table of `crossdock dock-remote`",
    )
    parser.add_argument("--threads", type=int, default=1, help="threads; the result does not depend on them")


def _asked(options: argparse.Namespace) -> tuple[PairFiles, Docks]:
    from crossdock.steps.pairs import Docks, PairFiles

    files = PairFiles(Path(options.receptor), Path(options.ligand), options.receptor_record, options.ligand_record)
    return files, Docks(options.backend, backend_options(options), options.seed, options.result)


def _scan(options: argparse.Namespace) -> None:
    from crossdock.progress import of_docking
    from crossdock.steps.dock import scan

    scan(*_asked(options), options.out, options.part, options.parts, threads=options.threads, progress=of_docking())


def _dock(options: argparse.Namespace) -> None:
    from crossdock.progress import of_docking
    from crossdock.steps.analyse import cluster
    from crossdock.steps.dock import dock

    files, how = _asked(options)
    dock(
        files,
        how,
        options.out,
        threads=options.threads,
        scans=options.scans,
        resume=options.resume,
        progress=of_docking(),
    )
    if not options.poses_only:
        cluster(files, Path(options.out, "poses.csv.gz"), options.out, clusters_of(options))


def _cluster(options: argparse.Namespace) -> None:
    from crossdock.steps.analyse import cluster
    from crossdock.steps.pairs import PairFiles

    files = PairFiles(Path(options.receptor), Path(options.ligand))
    cluster(files, Path(options.poses), options.out, clusters_of(options))


def _dock_remote(options: argparse.Namespace) -> None:
    from crossdock.panel.panel import read_panel
    from crossdock.steps.remote import dock_remote

    log.show_times()
    panel = read_panel(options.panel)
    if not dock_remote(panel, options.results, options.out, folder=options.folder):
        raise InputError(f"the backend {panel.backend} docks here: there is nothing to hand in", where=options.panel)


def clusters_of(options: argparse.Namespace) -> Clusters:
    """Give how a command was told to group poses."""
    from crossdock.steps.pairs import Clusters

    return Clusters(options.radius, options.min_size, options.max_models, options.order)
