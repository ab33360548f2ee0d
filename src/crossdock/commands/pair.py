"""Commands for what a pair's models show."""

from __future__ import annotations

import argparse
from pathlib import Path

from crossdock.commands.docking import made_already, write_clusters
from crossdock.commands.options import Commands, add_clustering, add_key, add_pair, described, structure
from crossdock.errors import InputError


def add(commands: Commands) -> None:
    """Describe them."""
    interface = commands.add(
        "interface", _interface, "list contacts, surfaces and predicted affinity of a pair's models"
    )
    _add_analysis(interface)
    interface.add_argument("--models", required=True, help="models/models.csv")

    analyse = commands.add("analyse", _analyse, "cluster a pair's poses and analyse the models, in one go")
    analyse.description = "What `cluster` and `interface` do one after the other, with one start of the program."
    _add_analysis(analyse)
    add_clustering(analyse)
    analyse.add_argument(
        "--resume", action="store_true", help="keep what is there if it was made of the same input as asked for now"
    )

    hotspots = commands.add("hotspots", _hotspots, "tell where on a receptor its ligands meet it")
    hotspots.add_argument("panel", help="results/panel.json")
    hotspots.add_argument("--receptor", required=True, help="name of the receptor")
    hotspots.add_argument("--results", default="results", help="folder of the run")
    hotspots.add_argument("--top", type=int, default=5, help="models of each ligand that count")
    hotspots.add_argument("-o", "--out", required=True, help="folder for hotspots.csv and hotspots.pdb")


def _add_analysis(parser: argparse.ArgumentParser) -> None:
    add_pair(parser)
    parser.add_argument("--docking", required=True, help="docking.json")
    parser.add_argument("--poses", required=True, help="poses.csv.gz")
    parser.add_argument(
        "--names", nargs=2, metavar=("RECEPTOR", "LIGAND"), help="names; the structures' folders' without them"
    )
    parser.add_argument(
        "--known",
        metavar="COMPLEX",
        help="name of the complex that both structures were selected from, and lie in as they bind: judge models by it",
    )
    parser.add_argument("--note", default="", help="words shown with the known complex")
    add_key(parser, "affinity.temperature")
    parser.add_argument(
        "--replicates", nargs="*", default=(), metavar="POSES", help="poses.csv.gz of further dockings of the pair"
    )
    parser.add_argument(
        "-o",
        "--out",
        required=True,
        help="the pair's folder, with models/: interface.csv, residues.csv, pair.json, drawings/, complex.cif, "
        "view.pml and view.cxc are put beside it",
    )


def _analyse(options: argparse.Namespace) -> None:
    from crossdock.files import fingerprint

    keys = ("names", "known", "note", "temperature", "radius", "min_size", "max_models", "order")
    settings = {key: getattr(options, key) for key in keys}
    options.asked_for = fingerprint(
        settings, options.receptor, options.ligand, options.poses, options.docking, *options.replicates
    )
    if options.resume and made_already(Path(options.out) / "pair.json", options.asked_for):
        return
    write_clusters(options)
    options.models = str(Path(options.out) / "models" / "models.csv")
    _interface(options)


def _interface(options: argparse.Namespace) -> None:
    import pandas as pd

    from crossdock.analysis.pair import write_pair
    from crossdock.docking.poses import read_poses
    from crossdock.files import read_json, read_made

    names = options.names or [Path(path).parent.name or Path(path).stem for path in (options.receptor, options.ligand)]
    docking = read_made(options.docking, read_json, "crossdock dock")
    receptor, ligand = structure(options.receptor), structure(options.ligand)
    for role, path, body in (("receptor", options.receptor, receptor), ("ligand", options.ligand, ligand)):
        docked = docking.get(role)
        if not isinstance(docked, dict) or "sha256" not in docked:
            raise InputError(f"not the record of a docking: it names no {role}", where=options.docking)
        if described(path, body)["sha256"] != docked["sha256"]:
            raise InputError(
                f"this is not the {role} that was docked", where=path, hint=f"{options.docking} says which"
            )
    models = read_made(options.models, pd.read_csv, "crossdock cluster")
    if "model" not in models or "qw" not in models:
        raise InputError("not a table of models", where=options.models, hint="expected models/models.csv of the pair")
    write_pair(
        options.out,
        names,
        receptor,
        ligand,
        docking,
        read_poses(options.poses),
        models,
        read_made(Path(options.models).with_name("members.csv"), pd.read_csv, "crossdock cluster"),
        known=options.known,
        note=options.note,
        temperature=options.temperature,
        replicates=[read_poses(path) for path in options.replicates],
        asked_for=getattr(options, "asked_for", None),
    )


def _hotspots(options: argparse.Namespace) -> None:
    import pandas as pd

    from crossdock.analysis.hotspots import write_hotspots
    from crossdock.analysis.interface import RESIDUE_TEXT
    from crossdock.files import read_table
    from crossdock.panel.panel import read_panel

    if options.top < 1:
        raise InputError(f"expected at least 1 model, got {options.top}", where="--top")
    ligands = [ligand.name for receptor, ligand in read_panel(options.panel).pairs if receptor.name == options.receptor]
    if not ligands:
        raise InputError(f"no receptor {options.receptor!r} in this panel", where=options.panel)
    results = Path(options.results)
    tables: dict[str, pd.DataFrame] = {}
    for ligand in ligands:
        path = results / "pairs" / options.receptor / ligand / "residues.csv"
        tables[ligand] = table = read_table(path, "crossdock analyse", text=RESIDUE_TEXT)
        if missing := {"side", "model", "contacts", "chain", "number"} - set(table):
            raise InputError(f"not a residues.csv: no column {', '.join(sorted(missing))}", where=str(path))
    body = structure(str(results / "proteins" / options.receptor / "structure.pdb"))
    write_hotspots(options.out, body, tables, top=options.top)
