"""Everything that the report shows, collected from the files of a run into one record."""

from __future__ import annotations

import base64
import gzip
import json
import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from crossdock.analysis.interface import COLUMNS, TEXT
from crossdock.analysis.matrix import corner, read_ranks, read_scores
from crossdock.files import read_json, read_made, read_table
from crossdock.progress import counted
from crossdock.report import coverage
from crossdock.report.metrics import described, place
from crossdock.report.ordering import clustered
from crossdock.structures.record import read_protein
from crossdock.structures.structure import read_structure

Record = dict[str, Any]

#: Pairs whose models, contacts and drawings the page holds; of a panel with more, only the best.
MOST_SHOWN = 400


def collect(panel_path: str | Path, results_dir: str | Path) -> Record:
    """Read what a run left behind; only files that the panel names.

    Parameters
    ----------
    panel_path : str or Path
        panel.json of the run.
    results_dir : str or Path
        The folder that holds proteins/, pairs/, scores.csv and network/.

    Returns
    -------
    dict
        ``panel``, ``proteins`` (name -> `ProteinRecord`), ``structures`` (name -> packed PDB text, of those that a pair
        with ``detail`` needs), ``pieces`` (name -> residue numbers by chain, cut at its breaks), ``hotspots``
        (receptor -> rows of hotspots.csv), ``metrics``, ``pairs`` (ligand by ligand, in config order; ``detail``, the
        packed models, contacts and drawings, is None for most pairs of a large panel), ``statistics``, ``docking`` and
        ``network``.

    Raises
    ------
    InputError
        If a file is not there or cannot be read as what it should be.
    """
    results_dir = Path(results_dir)
    panel = read_made(panel_path, read_json, "snakemake")
    names = [member["name"] for member in [*panel["receptors"], *panel["ligands"]]]
    proteins = {name: read_protein(results_dir / "proteins" / name / "protein.json") for name in names}
    paths = {name: results_dir / "proteins" / name / "structure.pdb" for name in names}
    atoms = {name: read_made(path, _atoms, "crossdock prepare") for name, path in paths.items()}
    pieces = {name: coverage.pieces(read_structure(path)) for name, path in paths.items()}
    hotspots = {
        receptor["name"]: _hotspots(results_dir / "proteins" / receptor["name"] / "hotspots.csv")
        for receptor in panel["receptors"]
    }
    scores = read_scores(results_dir)
    folders = [
        results_dir / "pairs" / receptor["name"] / ligand["name"]
        for ligand in panel["ligands"]
        for receptor in panel["receptors"]
    ]
    pairs = [_pair(folder) for folder in counted(folders, "pairs read")]
    docking = _docking(
        pairs,
        (
            read_made(folder / "docking.json", read_json, "crossdock dock")
            for folder in counted(folders, "dockings read")
        ),
    )
    metrics = _fill_values(pairs, scores)
    for metric in metrics:
        metric["corner"] = corner(metric["name"], synthetic=bool(docking["synthetic"]))
    _fill_known(pairs, panel)
    _fill_standing(pairs, read_ranks(results_dir))
    needed = set()
    for pair in _shown(pairs):
        pair["detail"] = _detail(results_dir / "pairs" / pair["receptor"] / pair["ligand"])
        needed |= {pair["receptor"], pair["ligand"]}
    structures = {name: pack(text) for name, text in atoms.items() if name in needed}
    if docking["served"]:
        for metric in metrics:
            if metric["name"] == "score":
                metric["help"] = (
                    "Best score of the pair's cluster centers, not that of the first model. Not an affinity."
                )
    return {
        "panel": panel,
        "proteins": proteins,
        "structures": structures,
        "pieces": pieces,
        "hotspots": hotspots,
        "metrics": metrics,
        "pairs": pairs,
        "comparison": read_made(results_dir / "comparison.json", read_json, "crossdock compare")
        if panel.get("published")
        else None,
        "statistics": read_made(results_dir / "statistics.json", read_json, "crossdock matrix"),
        "docking": docking,
        "network": read_made(results_dir / "network" / "network.cyjs", _network, "crossdock network"),
    }


def pack(text: str) -> str:
    """Compress text for the page, where the browser's own DecompressionStream opens it.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Base64 of the gzipped UTF-8 text; the same for the same text.
    """
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=9, mtime=0)).decode("ascii")


def plain(value: Any) -> Any:
    """Give a copy in which numbers that JSON does not know (NaN, infinity) are None."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _atoms(path: Path) -> str:
    """Keep the atom records of a prepared structure; headers are in protein.json."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line.startswith(("ATOM", "HETATM", "TER"))) + "\n"


def _pair(folder: Path) -> Record:
    """Read what the whole page needs of a pair."""
    record = read_made(folder / "pair.json", read_json, "crossdock analyse")
    models = record["models"]
    if known := record.get("known"):
        best: Record = next((model for model in models if model["model"] == known.get("best_model")), {})
        known = {**known, "best_irmsd_A": best.get("irmsd_A")}
    return {
        "receptor": folder.parent.name,
        "ligand": folder.name,
        "n_poses": record["n_poses"],
        "affinity": record["affinity"],
        "known": known,
        "n_models": len(models),
        "detail": None,
    }


def _detail(folder: Path) -> str:
    """Read models, contacts and drawings of a pair, packed until the pair is looked at."""
    record = read_made(folder / "pair.json", read_json, "crossdock analyse")
    models = record["models"]
    contacts = _interface(folder / "interface.csv")
    drawings, maps = (
        [
            read_made(folder / "drawings" / f"{name}_{model['model']:02d}.svg", _text, "crossdock analyse")
            for model in models
        ]
        for name in ("interface", "map")
    )
    scripts = {name: read_made(folder / name, _text, "crossdock analyse") for name in ("view.pml", "view.cxc")}
    shown = {"models": models, "contacts": contacts, "drawings": drawings, "maps": maps, "scripts": scripts}
    packed = plain({**shown, "ligand_chains": record.get("ligand_chains")})
    return pack(json.dumps(packed, ensure_ascii=False, separators=(",", ":")))


def _shown(pairs: list[Record]) -> list[Record]:
    """Choose the pairs whose models the page holds.

    All of a small panel; of a large one those that are known, those that are their receptor's best by a number that the
    page's own words go by, and then the best of all, by q where there are controls and else by specificity.
    """
    if len(pairs) <= MOST_SHOWN:
        return pairs

    def by(*metrics: str) -> list[Record]:
        values = [[pair["values"].get(metric) for metric in metrics] for pair in pairs]
        keys = [tuple(math.inf if value is None else value for value in row) for row in values]
        return [pairs[place] for place in sorted(range(len(pairs)), key=keys.__getitem__)]

    best = by("q_value", "specificity", "score")
    always = [pair for pair in pairs if pair["known"]]
    for order in (best, *(by(metric) for metric in ("specificity", "robust_z", "score"))):
        firsts: dict[str, Record] = {}
        for pair in order:
            firsts.setdefault(pair["receptor"], pair)
        always += firsts.values()
    least = len({id(pair) for pair in always})
    chosen = {id(pair): pair for pair in (*always, *best)}
    return list(islice(chosen.values(), max(least, MOST_SHOWN)))


def columns(pairs: Sequence[Record], metrics: Sequence[Record]) -> Record:
    """Write pairs for the page: numbers as columns in the order of the pairs, so that a large panel's stay small.

    Parameters
    ----------
    pairs, metrics : sequence of dict
        As `collect` gives them.

    Returns
    -------
    dict
        ``values`` and ``uncertainty`` (metric -> a value a pair), ``standing`` (``low``, ``high``, ``within_noise`` ->
        a value a pair), each without the columns that are empty; ``records`` (place of a pair, as text -> what else is
        known of it, where it has ``detail`` or a known complex).
    """

    def filled(key: str, names: Iterable[str]) -> dict[str, list[Any]]:
        made = {name: [_short(pair[key].get(name)) for pair in pairs] for name in names}
        return {name: column for name, column in made.items() if any(value is not None for value in column)}

    names = [metric["name"] for metric in metrics]
    rest = ("n_poses", "affinity", "known", "detail")
    return {
        "values": filled("values", names),
        "uncertainty": filled("uncertainty", names),
        "standing": filled("standing", ("low", "high", "within_noise")),
        "records": {
            str(place): {key: pair[key] for key in rest}
            for place, pair in enumerate(pairs)
            if pair["detail"] or pair["known"]
        },
    }


def _short(value: Any) -> Any:
    """Give a whole number without its decimal point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _hotspots(path: Path) -> list[Record]:
    """Read how often each residue of a receptor is met; residue numbers stay text, for their insertion codes."""
    table = read_table(path, "crossdock hotspots", text=("chain", "number", "residue", "most"))
    return [{str(key): plain(value) for key, value in row.items()} for row in table.to_dict("records")]


def _interface(path: Path) -> Record:
    """Read interface.csv as columns; residue numbers stay text, for their insertion codes."""
    table = read_table(path, "crossdock analyse", text=TEXT)
    return {column: table[column].tolist() for column in COLUMNS}


def _fill_values(pairs: list[Record], scores: pd.DataFrame) -> list[Record]:
    """Give each pair its ``values``, ``uncertainty`` and ``ranks`` by metric, and return the metrics."""
    by_pair = {(pair["receptor"], pair["ligand"]): pair for pair in pairs}
    for pair in pairs:
        pair.update(values={}, uncertainty={}, ranks={})
    metrics: list[Record] = []
    for name, rows in scores.groupby("metric", sort=False):
        if rows["value"].isna().all():
            continue  # of this run there is no such number
        unit = str(rows["unit"].iloc[0]) if rows["unit"].notna().any() else ""
        metrics.append(described(str(name), unit))
        columns = (rows["receptor"].astype(str), rows["ligand"].astype(str), rows["value"], rows["uncertainty"])
        for receptor, ligand, value, uncertainty in zip(*columns, strict=True):
            if (receptor, ligand) in by_pair:  # a row of an earlier, larger panel says nothing about this one
                by_pair[receptor, ligand]["values"][name] = plain(float(value))
                by_pair[receptor, ligand]["uncertainty"][name] = plain(float(uncertainty))
        _fill_ranks(pairs, metrics[-1])
    metrics += _fill_rank_difference(pairs)
    for metric in metrics:
        metric["clustered"] = _clustered(pairs, metric["name"])
    return sorted(metrics, key=place)


def _fill_ranks(pairs: list[Record], metric: Record) -> None:
    """Rank each pair among the ligands of its receptor and among the receptors of its ligand; equals share a rank."""
    if metric["better"] is None:
        return
    sign = 1 if metric["better"] == "low" else -1
    for side in ("receptor", "ligand"):
        lines: dict[str, list[Record]] = {}
        for pair in pairs:
            if pair["values"].get(metric["name"]) is not None:
                lines.setdefault(pair[side], []).append(pair)
        for line in lines.values():
            ranks = _ranks([sign * pair["values"][metric["name"]] for pair in line])
            for pair, rank in zip(line, ranks, strict=True):
                pair["ranks"].setdefault(metric["name"], {})[side] = _place(rank, len(line))


@cache
def _place(rank: int, of: int) -> Record:
    """Give one record for all pairs that have the same rank; a large panel has a million of them."""
    return {"rank": rank, "of": of}


def _ranks(values: list[float]) -> list[int]:
    """Rank numbers, the lowest first; equals share the best of their ranks."""
    ordered = sorted(values)
    return [1 + bisect_left(ordered, value) for value in values]


def _fill_rank_difference(pairs: list[Record]) -> list[Record]:
    """Give pairs the difference of their ranks by score and in a published table, and return that metric."""
    metrics = ("score", "published")
    lines: dict[str, list[Record]] = {}
    for pair in pairs:
        if all(pair["values"].get(metric) is not None for metric in metrics):
            lines.setdefault(pair["receptor"], []).append(pair)
    for line in lines.values():
        ours, theirs = (_ranks([pair["values"][metric] for pair in line]) for metric in metrics)
        for pair, our, their in zip(line, ours, theirs, strict=True):
            pair["values"]["rank_difference"] = our - their
    return [described("rank_difference", "ranks")] if lines else []


def _clustered(pairs: list[Record], metric: str) -> Record:
    """Give the names of each side in an order that puts together what a metric finds alike."""
    table = pd.DataFrame(
        [(pair["ligand"], pair["receptor"], pair["values"].get(metric)) for pair in pairs],
        columns=["ligand", "receptor", "value"],
    )
    table = table.pivot(index="ligand", columns="receptor", values="value").astype(float)
    return {
        "ligands": table.index[clustered(table.to_numpy())].tolist(),
        "receptors": table.columns[clustered(table.to_numpy().T)].tolist(),
    }


def _fill_standing(pairs: list[Record], ranks: pd.DataFrame) -> None:
    """Give each pair where it stands among its receptor's ligands by specificity, and how sure that is."""
    rows = {(str(row["receptor"]), str(row["ligand"])): row for row in ranks.to_dict("records")}
    for pair in pairs:
        row = rows[pair["receptor"], pair["ligand"]]
        pair["standing"] = {
            "rank": int(row["rank"]),
            # Nothing is known of the noise without replicates.
            "low": int(row["rank_low"]) if pd.notna(row["rank_low"]) else None,
            "high": int(row["rank_high"]) if pd.notna(row["rank_high"]) else None,
            "within_noise": {"yes": True, "no": False}.get(str(row["within_noise_of_first"])),
        }


def _fill_known(pairs: list[Record], panel: Record) -> None:
    """Mark known pairs by the panel: a control that was declared after the docking counts too."""
    declared = {(known["receptor"], known["ligand"]): known for known in panel.get("known") or []}
    for pair in pairs:
        known = declared.get((pair["receptor"], pair["ligand"]))
        pair["known"] = {**(pair.get("known") or {}), **known} if known else None


def _docking(pairs: list[Record], records: Iterable[Record]) -> Record:
    """Sum up how the pairs were docked: what all share, what differs, and the time it took."""
    found: dict[str, set[Any]] = {key: set() for key in ("backend", "seed", "crossdock_version")}
    parameters: dict[str, dict[str, Any]] = {}
    counts, notes, served, synthetic, pair_seconds = None, Counter[str](), False, 0, []
    seconds: dict[str, dict[str, float]] = {"receptor": {}, "ligand": {}}
    for number, (pair, record) in enumerate(zip(pairs, records, strict=True)):
        for key, values in found.items():
            values |= {record[key]} if record.get(key) is not None else set()
        for key, value in (record.get("parameters") or {}).items():
            parameters.setdefault(key, {}).setdefault(json.dumps(value, sort_keys=True), value)
        counts = record.get("counts") if number == 0 else counts
        notes.update(record.get("notes") or ())
        served |= record.get("comparable_across_jobs") is False
        synthetic += bool(record.get("synthetic"))
        taken = record.get("cpu_seconds")
        pair_seconds += [taken] if taken is not None else []
        for role, total in seconds.items():
            total[pair[role]] = total.get(pair[role], 0.0) + (taken or 0.0)
    seen = {key: list(values.values()) for key, values in parameters.items()}
    return {
        "backends": sorted(found["backend"]),
        "seeds": sorted(found["seed"]),
        "parameters": {key: values[0] for key, values in seen.items() if len(values) == 1},
        "differing": {key: values for key, values in seen.items() if len(values) > 1},
        "counts": counts,
        "notes": notes,
        "served": served,
        "synthetic": synthetic,
        "cpu_seconds": sum(pair_seconds),
        "pair_seconds": pair_seconds,
        "seconds": seconds,
        "versions": sorted(found["crossdock_version"]),
    }


def _network(path: Path) -> Record:
    """Read the edges of network.cyjs by protein name, and the rule that kept them with its metric."""
    graph = read_json(path)
    attributes = graph.get("data") or {}
    if isinstance(attributes, list):  # networkx writes the graph's attributes as a list of pairs
        attributes = dict(attributes)
    nodes = {node["data"]["id"]: node["data"] for node in graph["elements"]["nodes"]}
    edges = []
    for edge in graph["elements"]["edges"]:
        ends = [nodes[str(edge["data"][end])] for end in ("source", "target")]
        ends.sort(key=lambda node: node["role"] != "receptor")
        edges.append({"receptor": ends[0]["name"], "ligand": ends[1]["name"]})
    return {"rule": str(attributes.get("rule", "")), "metric": attributes.get("metric"), "edges": edges}
