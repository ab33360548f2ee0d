"""Commands for what a pair's models show."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from crossdock.commands.docking import clusters_of
from crossdock.commands.options import Commands, add_clustering, add_key, add_pair
from crossdock.errors import InputError

if TYPE_CHECKING:
    from crossdock.steps.pairs import Judged, PairFiles


def add(commands: Commands) -> None:
    """Describe them."""
    interface = commands.add(
        "interface", _interface, "list contacts, surfaces and predicted affinity of a pair's models"
    )
    _add_analysis(interface)
    interface.add_argument("--models", required=True, help="models/models.csv")

    analyse = commands.add("analyse", _analyse, "cluster a pair's poses and analyse the models")
    analyse.description = "Runs `cluster` and `interface` in one process."
    _add_analysis(analyse)
    add_clustering(analyse)
    analyse.add_argument(
        "--resume", action="store_true", help="keep existing results that were made from the same input and settings"
    )

    hotspots = commands.add("hotspots", _hotspots, "list the residues of a receptor that ligands contact most often")
    hotspots.add_argument("panel", help="results/panel.json")
    hotspots.add_argument("--receptor", required=True, help="name of the receptor")
    hotspots.add_argument("--results", default="results", help="folder of the run")
    hotspots.add_argument("--top", type=int, default=5, help="number of models of each ligand to include")
    hotspots.add_argument("-o", "--out", required=True, help="folder for hotspots.csv and hotspots.pdb")


def _add_analysis(parser: argparse.ArgumentParser) -> None:
    add_pair(parser)
    parser.add_argument("--docking", required=True, help="docking.json")
    parser.add_argument("--poses", required=True, help="poses.csv.gz")
    parser.add_argument(
        "--names",
        nargs=2,
        metavar=("RECEPTOR", "LIGAND"),
        help="names of the proteins (default: names of the structures' folders)",
    )
    parser.add_argument(
        "--known",
        metavar="COMPLEX",
        help="name of the known complex; both structures must still have its coordinates. Models are compared with it",
    )
    parser.add_argument("--note", default="", help="note shown with the known complex")
    add_key(parser, "affinity.temperature")
    parser.add_argument(
        "--replicates", nargs="*", default=(), metavar="POSES", help="poses.csv.gz of further dockings of the pair"
    )
    parser.add_argument(
        "-o",
        "--out",
        required=True,
        help="the pair's folder, which holds models/; interface.csv, residues.csv, pair.json, drawings/, complex.cif, "
        "view.pml and view.cxc are written there",
    )


def _files(options: argparse.Namespace) -> PairFiles:
    from crossdock.steps.pairs import PairFiles

    return PairFiles(Path(options.receptor), Path(options.ligand))


def _judged(options: argparse.Namespace) -> Judged:
    from crossdock.steps.pairs import Judged

    names = options.names or [Path(path).parent.name or Path(path).stem for path in (options.receptor, options.ligand)]
    return Judged(names[0], names[1], options.known, options.note, options.temperature)


def _analyse(options: argparse.Namespace) -> None:
    from crossdock.steps.analyse import analyse

    analyse(
        _files(options),
        _judged(options),
        options.out,
        clusters_of(options),
        docking=options.docking,
        poses=options.poses,
        replicates=options.replicates,
        resume=options.resume,
    )


def _interface(options: argparse.Namespace) -> None:
    from crossdock.steps.analyse import interface

    interface(
        _files(options),
        _judged(options),
        options.out,
        docking=options.docking,
        poses=options.poses,
        models=options.models,
        replicates=options.replicates,
    )


def _hotspots(options: argparse.Namespace) -> None:
    from crossdock.panel.panel import read_panel
    from crossdock.steps.hotspots import hotspots

    if options.top < 1:
        raise InputError(f"expected at least 1 model, got {options.top}", where="--top")
    panel = read_panel(options.panel)
    if all(one.name != options.receptor for one in panel.receptors):
        raise InputError(f"no receptor {options.receptor!r} in this panel", where=options.panel)
    hotspots(panel, options.receptor, options.out, results=options.results, top=options.top)
