"""A panel of any size, made of the first pair of the small run under other names, with made-up scores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from crossdock.analysis import network
from crossdock.analysis.matrix import panelwide, tidy
from crossdock.analysis.records import PairRecord
from crossdock.files import read_json, write_json, write_table
from crossdock.records import read_record, write_record
from crossdock.report import payload
from crossdock.report.run_data import Clustered, Edge, RunData, Standing


def made_scores(n_ligands: int, n_receptors: int, seed: int = 3) -> np.ndarray:
    """Draw scores, ligands down, in which each receptor has an average of its own."""
    rng = np.random.default_rng(seed)
    return rng.normal(-200, 40, (n_ligands, n_receptors)) + rng.normal(0, 30, (1, n_receptors))


def numbered(letter: str, n: int) -> list[str]:
    """Name `n` proteins."""
    return [f"{letter}{i:0{len(str(n - 1))}d}" for i in range(n)]


def write_panel(
    results: Path, run_dir: Path, scores: np.ndarray, *, known: tuple[str, str] | None = None, labels: str = "{}"
) -> Path:
    """Write the run of a panel with these scores.

    Parameters
    ----------
    results : Path
        The folder to write.
    run_dir : Path
        The small run, whose first receptor, ligand and pair stand under every name.
    scores : ndarray (ligands, receptors)
    known : tuple of str, optional
        Receptor and ligand of a known complex.
    labels : str
        How a protein is shown, ``{}`` being its name.

    Returns
    -------
    Path
        `results`.
    """
    ligands, receptors = (numbered(letter, n) for letter, n in zip("LR", scores.shape, strict=True))
    source = run_dir / "pairs" / "trypsin" / "CMTI-1"
    (results / "proteins").mkdir(parents=True)
    for names, original in ((receptors, "trypsin"), (ligands, "CMTI-1")):
        for name in names:
            (results / "proteins" / name).symlink_to(run_dir / "proteins" / original)
    for receptor in receptors:
        (results / "pairs" / receptor).mkdir(parents=True)
        for ligand in ligands:
            (results / "pairs" / receptor / ligand).symlink_to(source)
    record = read_record(source / "pair.json", PairRecord, "crossdock analyse")
    records = [
        replace(record, receptor=receptor, ligand=ligand, score=score, replicate_scores=(score,))
        for i, ligand in enumerate(ligands)
        for j, receptor in enumerate(receptors)
        for score in [round(float(scores[i, j]), 4)]
    ]
    panel = read_json(run_dir / "panel.json")
    for role, names in (("receptors", receptors), ("ligands", ligands)):
        panel[role] = [{**panel[role][0], "name": name, "label": labels.format(name)} for name in names]
    panel["known"] = [{"receptor": known[0], "ligand": known[1], "complex": "1PPE", "note": None}] if known else []
    write_json(results / "panel.json", panel)
    found = panelwide(records, receptors, ligands)
    table = tidy(found)
    write_table(results / "scores.csv", table)
    write_table(results / "ranks.csv", found.ranks)
    write_record(results / "statistics.json", found.record)
    nodes = [
        {"name": name, "label": name, "role": role, "n_residues": 29}
        for role, names in (("receptor", receptors), ("ligand", ligands))
        for name in names
    ]
    network.write(network.build(table, nodes, top=1), results / "network")
    return results


def grow(data: RunData, scores: np.ndarray) -> RunData:
    """Give a collected run of another size, with these scores: each protein and pair is one of the run's, renamed.

    Files of 50,000 pairs would take minutes.

    Parameters
    ----------
    data : RunData
        Of a panel that `write_panel` wrote, no pair of which stands out.
    scores : ndarray (ligands, receptors)
    """
    specificity = scores - scores.mean(0, keepdims=True) - scores.mean(1, keepdims=True) + scores.mean()
    names = {
        role: numbered(letter, n) for role, letter, n in zip(("ligands", "receptors"), "LR", scores.shape, strict=True)
    }
    old = {name: data.panel[role][0]["name"] for role, own in names.items() for name in own}
    panel = data.panel | {
        role: [data.panel[role][0] | {"name": name, "label": name} for name in own] for role, own in names.items()
    }
    first = next(pair for pair in data.pairs if pair.detail)
    pairs = [
        replace(
            first,
            receptor=receptor,
            ligand=ligand,
            standing=Standing(int(rank) + 1, None, None, None),
            values={"score": round(float(score), 2), "specificity": round(float(specific), 2)},
            uncertainty={},
            ranks={},
            detail=None,
            site=None,
        )
        for ligand, *line in zip(names["ligands"], scores, specificity, specificity.argsort(0).argsort(0), strict=True)
        for receptor, score, specific, rank in zip(names["receptors"], *line, strict=True)
    ]
    shown = payload._shown(pairs, replace(data.statistics, chance=None))
    for pair in shown:
        pair.detail, pair.site = first.detail, first.site
    best = [names["ligands"][place] for place in specificity.argmin(0)]
    held = sorted({name for pair in shown for name in pair.names})
    return replace(
        data,
        panel=panel,
        complexes=[],
        proteins={name: replace(data.proteins[own], name=name) for name, own in old.items()},
        structures={name: data.structures[old[name]] for name in held},
        pieces={name: data.pieces[own] for name, own in old.items()},
        hotspots={name: data.hotspots[old[name]] for name in names["receptors"]},
        metrics=[
            replace(metric, clustered=Clustered(names["ligands"], names["receptors"]))
            for metric in data.metrics
            if metric.name in ("score", "specificity")
        ],
        pairs=pairs,
        network=replace(data.network, edges=[Edge(*pair) for pair in zip(names["receptors"], best, strict=True)]),
    )
