"""Commands for what all pairs say together."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from crossdock.commands.options import Commands

if TYPE_CHECKING:
    pass


def add(commands: Commands) -> None:
    """Describe them."""
    for name, run, text in (
        ("matrix", _matrix, "write a matrix of all pairs for each metric"),
        ("network", _network, "make the ligand-receptor network"),
    ):
        made = commands.add(name, run, text)
        made.add_argument("panel", help="panel.json of the run")
        made.add_argument("--results", default="results", help="folder of the run")

    whole = commands.add("made", _made, "list which proteins and pairs of a run could be made")
    whole.description = (
        "Writes the panel without the proteins and pairs that failed, with the reason of each. The commands after this "
        "one take it in place of panel.json."
    )
    whole.add_argument("panel", help="panel.json of the run")
    whole.add_argument("--results", default="results", help="folder of the run")
    whole.add_argument("-o", "--out", default="results/made.json", help="file to write")

    specificity = commands.add("specificity", _specificity, "subtract per-protein averages from a score matrix")
    specificity.description = (
        "Reports how much of a score matrix is explained by the averages of its receptors and ligands, and which pairs "
        "stand out after both are subtracted. Takes any table of scores: results/matrix/score.csv of a run, ClusPro's "
        "scores, ipTM or ipSAE of predicted complexes, a table from a paper."
    )
    specificity.add_argument(
        "table",
        help="CSV: first column ligands, then one column for each receptor; cells may be empty, and rows and columns "
        "may be the same proteins",
    )
    specificity.add_argument(
        "--better",
        choices=("low", "high"),
        default="low",
        help="which scores are better; high, as for ipTM or ipSAE, reverses all signs",
    )
    specificity.add_argument(
        "--higher", dest="better", action="store_const", const="high", help="same as --better high"
    )
    specificity.add_argument(
        "--sizes", help="CSV with columns protein,size (residues): also report how much size explains"
    )
    specificity.add_argument("-o", "--out", help="folder for specificity.csv, robust_z.csv, best.csv and more")

    compare = commands.add("compare", _compare, "compare a run with a published table of the same panel")
    compare.add_argument("scores", help="results/panel.json of a run, or a table of scores (results/matrix/score.csv)")
    compare.add_argument(
        "published",
        nargs="?",
        help="CSV: first column ligands, then one column for each receptor (default: the config's `published`)",
    )
    compare.add_argument(
        "--claims", help="CSV with columns claim,receptor,ligands (default: NAME.claims.csv beside PUBLISHED)"
    )
    compare.add_argument("--results", default="results", help="folder of the run")
    compare.add_argument("-o", "--out", help="comparison.json to write")

    agreement = commands.add("agreement", _agreement, "compare the backends of a run")
    agreement.description = (
        "Compares the backends of a run, two by two: DockQ and shared contacts of the models of each pair, and which "
        "pairs they rank alike. Writes agreement.csv and agreement.json into the folder of the run."
    )
    agreement.add_argument("panel", help="made.json of the run")
    agreement.add_argument("--results", default="results", help="folder of the run")


def _made(options: argparse.Namespace) -> None:
    from crossdock.files import write_json
    from crossdock.panel.panel import read_panel
    from crossdock.steps.made import made

    write_json(options.out, made(read_panel(options.panel), options.results).to_record())


def _matrix(options: argparse.Namespace) -> None:
    from crossdock.panel.panel import read_panel
    from crossdock.steps.matrix import matrix

    matrix(read_panel(options.panel), options.results)


def _specificity(options: argparse.Namespace) -> None:
    from crossdock.analysis.table import (
        doubt_of_direction,
        number_of,
        read_matrix,
        read_sizes,
        summary,
        usable,
        write_tables,
    )

    higher = options.better == "high"
    scores, symmetric = usable(read_matrix(options.table), options.table)
    number = number_of(scores, options.table)
    sizes = read_sizes(options.sizes) if options.sizes else None
    doubt = doubt_of_direction(scores, options.table, higher=higher)
    scores = -scores if higher else scores
    print(summary(scores, where=options.table, sizes=sizes, turned=higher, symmetric=symmetric, number=number))
    if doubt:
        print(f"crossdock: warning: {options.table}: {doubt}", file=sys.stderr)
    if options.out:
        write_tables(options.out, scores, sizes=sizes, symmetric=symmetric)


def _compare(options: argparse.Namespace) -> None:
    from crossdock.analysis.compare import summary
    from crossdock.analysis.table import read_matrix
    from crossdock.panel.panel import read_panel
    from crossdock.records import write_record
    from crossdock.steps.compare import compare

    of_run = options.scores.endswith(".json")
    scores = read_panel(options.scores) if of_run else read_matrix(options.scores)
    found = compare(scores, options.published, claims=options.claims, results=options.results)
    print(summary(found))
    if options.out:
        write_record(options.out, found)


def _agreement(options: argparse.Namespace) -> None:
    from crossdock.panel.panel import read_panel
    from crossdock.steps.agreement import agreement

    agreement(read_panel(options.panel), options.results)


def _network(options: argparse.Namespace) -> None:
    from crossdock.panel.panel import read_panel
    from crossdock.steps.matrix import network

    network(read_panel(options.panel), options.results)
