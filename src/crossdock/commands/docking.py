"""Commands that dock two structures and cluster the poses."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from crossdock import log
from crossdock.commands.options import (
    Commands,
    add_backend,
    add_clustering,
    add_kept,
    add_key,
    add_pair,
    backend_options,
)
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
        help="keep existing poses that were made from the same input and settings",
    )
    add_kept(dock)
    add_clustering(dock)

    scan = commands.add("scan", _scan, "search some of a pair's orientations")
    scan.description = "Searches one part of a pair that is too long for one job. `dock --scans` joins the parts."
    scan.add_argument("-o", "--out", required=True, help="file to write (.npz)")
    scan.add_argument("--part", type=int, required=True, help="number of this part, from 1")
    scan.add_argument("--parts", type=int, required=True, help="number of parts")
    _add_docking(scan)

    cluster = commands.add("cluster", _cluster, "group the poses of a pair and write models")
    add_pair(cluster)
    cluster.add_argument("poses", help="poses.csv.gz")
    cluster.add_argument("-o", "--out", required=True, help="folder for clusters.csv and models/")
    add_clustering(cluster)

    background = commands.add(
        "background", _background, "dock a protein with the background set, and with its own ligands, by a short search"
    )
    background.description = (
        "Docks a protein of a panel with each protein of its `background`, and a receptor with each of its ligands, by "
        "one short search. What it scores with proteins that it does not bind tells how much its pairs stand out."
    )
    background.add_argument("panel", help="panel.json of the run")
    background.add_argument("--protein", required=True, help="name of the protein")
    background.add_argument("--results", default="results", help="folder of the run")
    background.add_argument("--threads", type=int, default=1, help="threads; the result does not depend on them")
    add_kept(background)
    background.add_argument("-o", "--out", required=True, help="table to write")

    dock_remote = commands.add(
        "dock-remote", _dock_remote, "dock all pairs of a panel at once, if the backend does that"
    )
    dock_remote.description = (
        "For a backend that docks on a server, such as ClusPro, or runs a program on all pairs, such as Boltz: "
        "submits or predicts every pair that has no result yet, waits, and writes a table of pairs and results."
    )
    dock_remote.add_argument("panel", help="panel.json of the run")
    dock_remote.add_argument("--results", default="results", help="folder of the run")
    dock_remote.add_argument("--folder", help="folder for the results (default: resources/BACKEND)")
    dock_remote.add_argument(
        "--templates",
        action="store_true",
        help="look for known complexes of homologues of all pairs, whatever the backend (`templates` in the config)",
    )
    dock_remote.add_argument("-o", "--out", required=True, help="table to write")


def _add_docking(parser: argparse.ArgumentParser) -> None:
    """Add what says which pair is docked, and how."""
    add_pair(parser)
    parser.add_argument(
        "--receptor-record",
        type=Path,
        help="the receptor's protein.json, for its blocked and attracting residues",
    )
    parser.add_argument("--ligand-record", type=Path, help="the ligand's protein.json")
    add_backend(parser)
    add_key(parser, "seed")
    parser.add_argument(
        "--result",
        type=Path,
        help="result of the pair from a server: its record, or the table that `crossdock dock-remote` writes",
    )
    parser.add_argument(
        "--guide",
        nargs=2,
        metavar=("BACKEND", "RECORD"),
        help="another backend, such as cofold, and the record of its models of the pair (or the table of `crossdock "
        "dock-remote`): both partners are attracted to the interface of these models",
    )
    parser.add_argument(
        "--templates",
        type=Path,
        metavar="RECORD",
        help="templates.json of the pair (or the table of `crossdock dock-remote`): poses over these known complexes "
        "join the docked ones",
    )
    parser.add_argument("--threads", type=int, default=1, help="threads; the result does not depend on them")


def _asked(options: argparse.Namespace) -> tuple[PairFiles, Docks]:
    from crossdock.steps.pairs import Docks, PairFiles

    files = PairFiles(Path(options.receptor), Path(options.ligand), options.receptor_record, options.ligand_record)
    guide = (options.guide[0], Path(options.guide[1])) if options.guide else None
    return files, Docks(
        options.backend, backend_options(options), options.seed, options.result, guide, options.templates
    )


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
        kept=options.kept,
        progress=of_docking(),
    )
    if not options.poses_only:
        cluster(files, Path(options.out, "poses.csv.gz"), options.out, clusters_of(options))


def _cluster(options: argparse.Namespace) -> None:
    from crossdock.steps.analyse import cluster
    from crossdock.steps.pairs import PairFiles

    files = PairFiles(Path(options.receptor), Path(options.ligand))
    cluster(files, Path(options.poses), options.out, clusters_of(options))


def _background(options: argparse.Namespace) -> None:
    from crossdock.panel.panel import read_panel
    from crossdock.progress import of_docking
    from crossdock.steps.background import background

    background(
        read_panel(options.panel),
        options.protein,
        options.out,
        results=options.results,
        kept=options.kept,
        threads=options.threads,
        progress=of_docking("background"),
    )


def _dock_remote(options: argparse.Namespace) -> None:
    from crossdock.panel.panel import read_panel
    from crossdock.steps.remote import dock_remote

    log.show_times()
    panel = read_panel(options.panel)
    if options.templates:
        from crossdock.steps.templates import looking

        panel = looking(panel) or panel
    if not dock_remote(panel, options.results, options.out, folder=options.folder):
        raise InputError(f"the backend {panel.backend} docks on this machine: nothing to submit", where=options.panel)


def clusters_of(options: argparse.Namespace) -> Clusters:
    """Give how a command was told to group poses."""
    from crossdock.steps.pairs import Clusters

    return Clusters(options.radius, options.min_size, options.max_models, options.order)
