"""Commands for what all pairs say together."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from crossdock.commands.options import Commands, structure
from crossdock.errors import InputError

if TYPE_CHECKING:
    from crossdock.analysis.records import PairRecord


def add(commands: Commands) -> None:
    """Describe them."""
    for name, run, text in (
        ("matrix", _matrix, "line all pairs up as matrices"),
        ("network", _network, "make the ligand-receptor network"),
    ):
        made = commands.add(name, run, text)
        made.add_argument("panel", help="panel.json of the run")
        made.add_argument("--results", default="results", help="folder of the run")

    specificity = commands.add("specificity", _specificity, "tell what a matrix of scores holds beyond its averages")
    specificity.description = (
        "Tell how much of a matrix of docking scores is explained by what each receptor and each ligand scores on "
        "average, and which pairs stand out once both are taken out. Any table will do: results/matrix/score.csv of a "
        "run, ClusPro's scores, a table from a paper."
    )
    specificity.add_argument("table", help="CSV: a first column of ligands, then a column a receptor; no empty cell")
    specificity.add_argument("--higher", action="store_true", help="higher scores are better (signs are turned)")
    specificity.add_argument("--sizes", help="CSV with columns protein,size (residues): tell what size explains")
    specificity.add_argument("-o", "--out", help="folder for specificity.csv, robust_z.csv, best.csv and more")

    compare = commands.add("compare", _compare, "put a run beside a published table of the same panel")
    compare.add_argument("scores", help="results/panel.json of a run, or a table of scores (results/matrix/score.csv)")
    compare.add_argument(
        "published",
        nargs="?",
        help="CSV with a first column of ligands, then a column a receptor; the config's without it",
    )
    compare.add_argument(
        "--claims", help="CSV with columns claim,receptor,ligands; without it NAME.claims.csv beside PUBLISHED"
    )
    compare.add_argument("--results", default="results", help="folder of the run")
    compare.add_argument("-o", "--out", help="comparison.json to write")


def _matrix(options: argparse.Namespace) -> None:
    import numpy as np
    import pandas as pd

    from crossdock.analysis.interaction import Met, known_sites, met_residues
    from crossdock.analysis.interface import RESIDUE_TEXT
    from crossdock.analysis.matrix import corner, panelwide, published, tidy
    from crossdock.analysis.records import PairRecord
    from crossdock.files import read_json, read_made, read_table, write_table
    from crossdock.panel.panel import read_panel
    from crossdock.progress import counted
    from crossdock.records import read_record, write_record

    panel, results = read_panel(options.panel), Path(options.results)
    names = [one.name for one in panel.receptors], [one.name for one in panel.ligands]
    ligands = set(names[1])
    met: dict[tuple[str, str], Met] = {}

    def pairs() -> Iterator[PairRecord]:
        """Read pair after pair, and keep of each which residues its models meet."""
        for receptor, ligand in counted([(one.name, other.name) for one, other in panel.docked], "pairs read"):
            folder = results / "pairs" / receptor / ligand
            pair = read_record(folder / "pair.json", PairRecord, "crossdock analyse")
            if ligand in ligands:
                residues = read_table(folder / "residues.csv", "crossdock analyse", text=RESIDUE_TEXT)
                energies = np.array([model.score for model in pair.models])
                met[receptor, ligand] = met_residues(energies, residues, pair.ligand_chains)
            yield pair

    sizes, known = {}, {}
    for name in (*names[0], *names[1]):
        record = read_made(results / "proteins" / name / "protein.json", read_json, "crossdock prepare")
        sizes[name] = record["n_residues"]
        if record.get("interface"):
            body = structure(str(results / "proteins" / name / "structure.pdb"))
            known[name] = known_sites(body, record["interface"])
    found = panelwide(pairs(), *names, controls=[one.name for one in panel.controls], met=met, sizes=sizes, known=known)
    for metric, table in found.tables.items():
        first = corner(metric, synthetic=any("SYNTHETIC" in backend for backend in found.backends.values()))
        write_table(results / "matrix" / f"{metric}.csv", table.rename_axis(first).reset_index())
    scores = tidy(found)
    if panel.published:
        scores = pd.concat([scores, published(panel.published, *names)], ignore_index=True)
    write_table(results / "scores.csv", scores)
    write_table(results / "ranks.csv", found.ranks)
    write_record(results / "statistics.json", found.record)


def _specificity(options: argparse.Namespace) -> None:
    from crossdock.analysis.table import doubt_of_direction, read_matrix, read_sizes, told, whole, write_tables

    scores = whole(read_matrix(options.table), options.table)
    sizes = read_sizes(options.sizes) if options.sizes else None
    doubt = doubt_of_direction(scores, options.table, higher=options.higher)
    scores = -scores if options.higher else scores
    print(told(scores, where=options.table, sizes=sizes, turned=options.higher))
    if doubt:
        print(f"crossdock: warning: {options.table}: {doubt}", file=sys.stderr)
    if options.out:
        write_tables(options.out, scores, sizes=sizes)


def _compare(options: argparse.Namespace) -> None:
    import numpy as np

    from crossdock.analysis.compare import compare, read_claims, told
    from crossdock.analysis.matrix import read_ranks, read_scores
    from crossdock.analysis.table import read_matrix
    from crossdock.files import read_json, read_made
    from crossdock.panel.panel import read_panel
    from crossdock.records import write_record

    results, published, ranks, error, doubts = Path(options.results), options.published, None, None, {}
    if options.scores.endswith(".json"):
        panel = read_panel(options.scores)
        published = published or panel.published
        scores = read_made(results / "matrix" / "score.csv", read_matrix, "crossdock matrix")
        ranks, cells = read_ranks(results), read_scores(results)
        errors = cells.loc[cells["metric"] == "score", "uncertainty"]
        error = float(np.sqrt((errors**2).mean())) if errors.notna().all() else None
        for protein in panel.proteins:
            path = results / "proteins" / protein.name / "protein.json"
            identity = read_made(path, read_json, "crossdock prepare")["identity"]
            if identity["verdict"] == "mismatch":
                doubts[protein.name] = identity["explanation"]
    else:
        scores = read_matrix(options.scores)
    if not published:
        raise InputError("no published table", where=options.scores, hint="give one, or `published:` in the config")
    beside = Path(published).with_suffix(".claims.csv")
    claims = options.claims or (beside if beside.is_file() else None)
    found = compare(
        scores,
        read_matrix(published),
        ranks=ranks,
        error=error,
        claims=read_claims(claims) if claims else None,
        doubts=doubts,
    )
    print(told(found))
    if options.out:
        write_record(options.out, found)


def _network(options: argparse.Namespace) -> None:
    from crossdock.analysis.matrix import read_scores
    from crossdock.analysis.network import build, write
    from crossdock.analysis.network_style import write_style
    from crossdock.files import read_json, read_made
    from crossdock.panel.panel import read_panel

    panel, results = read_panel(options.panel), Path(options.results)
    proteins = [
        {
            "name": one.name,
            "label": one.label or one.name,
            "role": role,
            "n_residues": read_made(results / "proteins" / one.name / "protein.json", read_json, "crossdock prepare")[
                "n_residues"
            ],
        }
        for role, members in (("receptor", panel.receptors), ("ligand", panel.ligands))
        for one in members
    ]
    graph = build(read_scores(results), proteins, **panel.network)
    write(graph, results / "network")
    write_style(results / "network" / "style.xml", graph)
