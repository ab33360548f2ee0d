"""Everything that the report shows, collected from the files of a run into one record."""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from crossdock.analysis.agreement import SeveralRecord
from crossdock.analysis.construct import Partner
from crossdock.analysis.evidence import read_evidence
from crossdock.analysis.leading import sign
from crossdock.analysis.matrix import header, read_ranks, read_scores
from crossdock.analysis.metrics import Metric as Own
from crossdock.analysis.metrics import metrics_of
from crossdock.analysis.records import ComparisonRecord, PairRecord, StatisticsRecord
from crossdock.docking.record import DockingRecord, Method, read_docking
from crossdock.errors import InputError
from crossdock.failure import Failure
from crossdock.files import read_json, read_made, read_table
from crossdock.panel.panel import BESIDE
from crossdock.progress import track
from crossdock.quantity import SCORE, Quantity
from crossdock.records import from_json, read_record
from crossdock.report import coverage
from crossdock.report.homologues import first_template
from crossdock.report.marks import holds_plddt
from crossdock.report.metrics import described, place
from crossdock.report.ordering import clustered
from crossdock.report.page_data import pack
from crossdock.report.pair_detail import atoms as atoms_of
from crossdock.report.pair_detail import detail
from crossdock.report.refined import refined, refined_counts
from crossdock.report.run_data import (
    SIDES,
    BackendRun,
    Clustered,
    DockingData,
    Edge,
    FirstModel,
    Hole,
    HotSpot,
    KnownPair,
    Metric,
    Network,
    PairData,
    Rank,
    RunData,
    Side,
    Standing,
    SteeredPairs,
)
from crossdock.report.sentences import say
from crossdock.structures.record import read_protein
from crossdock.structures.structure import read_structure

Record = dict[str, Any]

#: Atoms of a ligand within this distance of a receptor, in angstrom, and how many of them are an interface.
CONTACT_A, FEWEST_ATOMS = 5.0, 20
#: Pairs that touch in the entry of both that are looked for.
MOST_COMPLEXES = 6
#: Values that the page holds of the numbers of a further backend; of a panel with more, only what it ranks by.
MOST_OF_FURTHER = 200_000
#: Pairs whose models, contacts and drawings the page holds; of a panel with more, only the best.
MOST_SHOWN = 400


def collect(panel_path: str | Path, results_dir: str | Path) -> RunData:
    """Read what a run left behind; only files that the panel names.

    Parameters
    ----------
    panel_path : str or Path
        panel.json of the run.
    results_dir : str or Path
        The folder that holds proteins/, pairs/, scores.csv and network/.

    Returns
    -------
    RunData

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
    atoms = {name: read_made(path, atoms_of, "crossdock prepare") for name, path in paths.items()}
    pieces, plddt = {}, {}
    for name, path in paths.items():
        structure = read_structure(path)
        pieces[name] = coverage.pieces(structure)
        if holds_plddt(proteins[name]):
            plddt[name] = float(structure.b_factor[structure.atom_name == "CA"].mean())
    hotspots = {
        receptor["name"]: _hotspots(results_dir / "proteins" / receptor["name"] / "hotspots.csv")
        for receptor in panel["receptors"]
    }
    evidence = read_evidence(results_dir / "evidence.json")
    symmetric = bool(panel.get("symmetric"))
    declared = {(known["receptor"], known["ligand"]): known for known in panel.get("known") or []}
    own = _of_backend(panel, results_dir)
    further = [
        _of_backend(read_made(folder / "made.json", read_json, "crossdock made"), folder)
        for folder in (results_dir / BESIDE / one["backend"] for one in panel.get("further") or ())
    ]
    pairs, statistics = own.pairs, own.statistics
    several = read_record(results_dir / "agreement.json", SeveralRecord, "crossdock agreement") if further else None
    metrics = own.metrics + _fill_several(pairs, several, further, symmetric)
    metrics = [_of_run(metric, pairs, own.docking, symmetric) for metric in metrics]
    partners: dict[str, Partner] = {}
    made_by = {one.backend: {pair.names for pair in one.pairs} for one in further}
    for pair in _shown(pairs, statistics):
        for name in {pair.receptor, pair.ligand} - partners.keys():
            partners[name] = Partner(proteins[name], read_structure(paths[name]))
        both = (partners[pair.receptor], partners[pair.ligand])
        folder = results_dir / "pairs" / pair.receptor / pair.ligand
        found = refined(folder) if panel.get("refine") else None
        if pair.first and found and found.models:
            pair.first = replace(pair.first, refined=found.overlaps(found.models[0].record.model))
        pair.detail, pair.site = detail(folder, both, evidence, found)
        for backend, made in made_by.items():
            if pair.names in made:
                folder = results_dir / BESIDE / backend / "pairs" / pair.receptor / pair.ligand
                found = refined(folder) if panel.get("refine") else None
                pair.others[backend] = detail(folder, both, refined=found)[0]
    comparison = results_dir / "comparison.json"
    failures = [from_json(one, Failure) for one in panel.get("failures") or ()]
    folders = [results_dir / "pairs" / one.receptor / one.ligand for one in pairs]
    folders += [
        results_dir / BESIDE / run.backend / "pairs" / one.receptor / one.ligand for run in further for one in run.pairs
    ]
    touching = (
        pair for pair in _of_one_entry(panel) if pair not in declared and _touch(*(paths[name] for name in pair))
    )
    return RunData(
        panel=panel,
        proteins=proteins,
        structures={name: pack(text) for name, text in atoms.items() if name in partners},
        pieces=pieces,
        plddt=plddt,
        hotspots=hotspots,
        metrics=sorted(metrics, key=lambda metric: (metric.name != statistics.of.name, place(metric))),
        pairs=pairs,
        comparison=read_record(comparison, ComparisonRecord, "crossdock compare") if panel.get("published") else None,
        statistics=statistics,
        docking=own.docking,
        network=read_made(results_dir / "network" / "network.cyjs", _network, "crossdock network"),
        evidence=evidence,
        complexes=list(islice(touching, MOST_COMPLEXES)),
        holes=[_failed(one) for one in failures if len(one.names) == 2],
        further=further,
        several=several,
        refined=refined_counts(folders) if panel.get("refine") else None,
    )


def _of_backend(panel: Record, results: Path) -> BackendRun:
    """Read the pairs, numbers and dockings of one backend from the folder of its run."""
    symmetric = bool(panel.get("symmetric"))
    folders = [results / "pairs" / receptor / ligand for receptor, ligand in _asked(panel)]
    standings = _standings(results, folders)
    declared = {(known["receptor"], known["ligand"]): known for known in panel.get("known") or []}
    pairs = [_pair(folder, standings, declared) for folder in track(folders, "pairs read")]
    records = (read_docking(folder / "docking.json") for folder in track(folders, "dockings read"))
    docking = _docking(pairs, records)
    docking.steered = _steered(panel, pairs, results)
    statistics = read_record(results / "statistics.json", StatisticsRecord, "crossdock matrix")
    metrics = _fill_values(pairs, read_scores(results), docking, statistics.of, symmetric)
    return BackendRun(panel, pairs, metrics, statistics, docking)


def _fill_several(
    pairs: list[PairData], several: SeveralRecord | None, further: Iterable[BackendRun], symmetric: bool
) -> list[Metric]:
    """Give pairs what several backends say of them together, and what each further one ranks by; return the metrics."""
    if several is None:
        return []
    main = several.backends[0]
    near: dict[tuple[str, str], float] = {}
    for two in several.pairs_of_backends:
        for one in two.where if two.first == main else ():
            if one.steered:
                continue
            names = (one.receptor, one.ligand)
            near[names] = min(one.dockq, near.get(names, 1.0))
    ranks = {(one.receptor, one.ligand): one for one in several.ranks}
    led = {pair.names: pair.steered for other in further for pair in other.pairs if pair.steered}
    laid = {pair.names: pair.template for other in further for pair in other.pairs if pair.template}
    for pair in pairs:
        pair.steered = pair.steered or led.get(pair.names, "")
        pair.template = pair.template or laid.get(pair.names)
        if pair.names in near:
            pair.values["dockq_of_backends"] = near[pair.names]
        if (row := ranks.get(pair.names)) and row.of > 1:
            pair.values["mean_rank"] = row.mean
            pair.uncertainty |= {} if row.error is None else {"mean_rank": row.error}
    made = [described("dockq_of_backends", ""), described("mean_rank", "")]
    for other in further:
        values = {pair.names: pair.values for pair in other.pairs}
        kept = {"score", other.statistics.of.name, "specificity", str(other.panel["network"]["metric"])}
        ranking = {one.name for one in other.docking.numbers if one.better}
        kept |= ranking if len(ranking) * len(pairs) <= MOST_OF_FURTHER else set()
        own = (_of_run(one, other.pairs, other.docking, symmetric) for one in other.metrics if one.name in kept)
        for metric in own:
            name = f"{metric.name}_{other.backend}"
            made.append(replace(metric, name=name, label=f"{metric.label}, {other.backend}"))
            for pair in pairs:
                if metric.name in values.get(pair.names, {}):
                    pair.values[name] = values[pair.names][metric.name]
    found = [metric for metric in made if any(metric.name in pair.values for pair in pairs)]
    for metric in found:
        _fill_ranks(pairs, metric, symmetric)
    return found


def _failed(failure: Failure) -> Hole:
    """Give the hole of a pair that could not be made."""
    receptor, ligand = failure.names
    return Hole(receptor, ligand, "failed", say("hole-failed", what=failure.short))


def _asked(panel: Record) -> list[tuple[str, str]]:
    """Give receptor and ligand of every pair that the panel asks for, ligand by ligand."""
    receptors, ligands = ([member["name"] for member in panel[role]] for role in ("receptors", "ligands"))
    listed = panel.get("asked")
    if listed is None:
        return [(receptor, ligand) for ligand in ligands for receptor in receptors]
    rows, columns = ({name: place for place, name in enumerate(names)} for names in (ligands, receptors))
    return sorted(((one, other) for one, other in listed), key=lambda pair: (rows[pair[1]], columns[pair[0]]))


def _of_one_entry(panel: Record) -> Iterator[tuple[str, str]]:
    """Give the pairs whose proteins come from one entry, by receptor; prepared structures keep its frame."""
    entries = {member["name"]: member["entry"] for role in ("receptors", "ligands") for member in panel[role]}
    places = {member["name"]: place for place, member in enumerate(panel["receptors"])}
    for receptor, ligand in sorted(_asked(panel), key=lambda pair: places[pair[0]]):
        if entries[receptor] == entries[ligand] and receptor != ligand:
            yield receptor, ligand


def _touch(receptor: Path, ligand: Path) -> bool:
    """Tell whether two proteins share an interface, of as many atoms at least as a small peptide's has."""
    one, other = (read_structure(path).coord for path in (receptor, ligand))
    near = cKDTree(one).query(other, distance_upper_bound=CONTACT_A)[0]
    return int(np.isfinite(near).sum()) >= FEWEST_ATOMS


def _pair(folder: Path, standings: Mapping[tuple[str, str], Standing], declared: Mapping[Any, Record]) -> PairData:
    """Read what the whole page needs of a pair.

    Which pairs are known the panel says, by (receptor, ligand): one that was declared after the docking counts too.
    """
    record = read_record(folder / "pair.json", PairRecord, "crossdock analyse")
    receptor, ligand = folder.parent.name, folder.name
    return PairData(
        receptor=receptor,
        ligand=ligand,
        n_models=len(record.models),
        affinity=record.affinity,
        standing=standings[receptor, ligand],
        known=_known(record, declared[receptor, ligand]) if (receptor, ligand) in declared else None,
        first=_first(record),
    )


def _first(record: PairRecord) -> FirstModel | None:
    """Give what is counted of the first model, in a few numbers: a large panel has 50,000."""
    if not record.models:
        return None
    model = record.models[0]
    return FirstModel(
        at_site=model.models_at_site,
        others=len(record.models) - 1,
        overlaps=model.overlaps,
        contacts=sum(model.contacts.values()),
        withheld=bool(model.dg_withheld),
    )


def _known(record: PairRecord, declared: Record) -> KnownPair:
    known = KnownPair(complex=declared.get("complex"), note=declared.get("note"))
    if compared := record.known:
        best = next((model for model in record.models if model.model == compared.best_model), None)
        known.best_model, known.best_dockq = compared.best_model, compared.best_dockq
        known.first_acceptable = compared.first_acceptable
        known.best_irmsd_A = best.irmsd_A if best else None
    return known


def _shown(pairs: list[PairData], statistics: StatisticsRecord) -> list[PairData]:
    """Choose the pairs whose models the page holds.

    All of a small panel; of a large one those that are known or stand out, those that are their receptor's first by a
    number that the page goes by, and then the first of all, by q where there are controls and else by specificity.
    """
    if len(pairs) <= MOST_SHOWN:
        return pairs

    of, chance = statistics.of, statistics.chance
    turned = {of.name: sign(of)}

    def by(*metrics: str) -> list[PairData]:
        keys = [
            tuple(
                turned.get(metric, 1) * pair.values[metric] if metric in pair.values else math.inf for metric in metrics
            )
            for pair in pairs
        ]
        return [pairs[place] for place in sorted(range(len(pairs)), key=keys.__getitem__)]

    best = by("q_value", "specificity", of.name)
    named = {(receptor, ligand) for receptor, ligand, _ in chance.beyond} if chance else set()
    always = [pair for pair in pairs if pair.known or pair.names in named]
    for order in (best, *(by(metric) for metric in ("specificity", "robust_z", of.name))):
        firsts: dict[str, PairData] = {}
        for pair in order:
            firsts.setdefault(pair.receptor, pair)
        always += firsts.values()
    least = len({id(pair) for pair in always})
    chosen = {id(pair): pair for pair in (*always, *best)}
    return list(islice(chosen.values(), max(least, MOST_SHOWN)))


def _hotspots(path: Path) -> list[HotSpot]:
    """Read how often each residue of a receptor is met; residue numbers stay text, for their insertion codes."""
    table = read_table(path, "crossdock hotspots", text=("chain", "number", "residue", "most"))
    try:
        return [from_json(row, HotSpot) for row in table.to_dict("records")]
    except ValueError as error:
        hint = "remove it and start `crossdock run` again (`crossdock hotspots` makes it)"
        raise InputError(f"cannot be read as hot spots: {error}", where=str(path), hint=hint) from error


def _fill_values(
    pairs: list[PairData], scores: pd.DataFrame, docking: DockingData, of: Quantity, symmetric: bool
) -> list[Metric]:
    """Give each pair its values, uncertainties and ranks by metric, and return the metrics."""
    by_pair = {(pair.receptor, pair.ligand): pair for pair in pairs}
    metrics: list[Metric] = []
    for name, rows in scores.groupby("metric", sort=False):
        if rows["value"].isna().all():
            continue  # of this run there is no such number
        unit = str(rows["unit"].iloc[0]) if rows["unit"].notna().any() else ""
        metrics.append(described(str(name), unit, docking.numbers, of))
        columns = (rows["receptor"].astype(str), rows["ligand"].astype(str), rows["value"], rows["uncertainty"])
        for receptor, ligand, value, uncertainty in zip(*columns, strict=True):
            if pair := by_pair.get((receptor, ligand)):  # none of an earlier, larger panel
                for numbers, number in ((pair.values, value), (pair.uncertainty, uncertainty)):
                    if math.isfinite(number):
                        numbers[str(name)] = float(number)
        _fill_ranks(pairs, metrics[-1], symmetric)
    return metrics + _fill_rank_difference(pairs, of, symmetric)


def _of_run(metric: Metric, pairs: list[PairData], docking: DockingData, symmetric: bool) -> Metric:
    """Complete a metric by what hangs on the run."""
    metric = replace(
        metric,
        header=header(metrics_of().get(metric.name, Own(metric.name)), synthetic=bool(docking.synthetic)),
        clustered=_clustered(pairs, metric.name, symmetric),
    )
    if docking.clusters and metric.name == "score":
        metric = replace(metric, help=say("metric-score-of-clusters"))
    for score in {method.score for method in docking.methods.values() if method.score != SCORE}:
        if metric.name == "score":
            turned = [say("metric-score-turned")] if score.better == "high" else []
            metric = replace(
                metric, label=f"Score ({score.shown})", help=" ".join([score.help or metric.help, *turned])
            )
    return metric


def _fill_ranks(pairs: list[PairData], metric: Metric, symmetric: bool) -> None:
    """Rank each pair among the ligands of its receptor and among the receptors of its ligand; equals share a rank."""
    if metric.better is None:
        return
    turn = 1 if metric.better == "low" else -1
    valued = [pair for pair in pairs if metric.name in pair.values]
    for side in SIDES:
        for name, line in _lines(valued, side, symmetric).items():
            ranks = _ranks([turn * pair.values[metric.name] for pair in line])
            for pair, rank in zip(line, ranks, strict=True):
                if pair.partner(side) == name:
                    pair.ranks.setdefault(metric.name, {})[side] = _rank(rank, len(line))


def _lines(pairs: Iterable[PairData], side: Side, symmetric: bool) -> dict[str, list[PairData]]:
    """Give the pairs of each protein of a side; without roles, those of each protein on either side."""
    lines: dict[str, list[PairData]] = {}
    for pair in pairs:
        for name in dict.fromkeys(pair.names) if symmetric else (pair.partner(side),):
            lines.setdefault(name, []).append(pair)
    return lines


@cache
def _rank(rank: int, of: int) -> Rank:
    """Give one record for all pairs that have the same rank; a large panel has a million of them."""
    return Rank(rank, of)


def _ranks(values: list[float]) -> list[int]:
    """Rank numbers, the lowest first; equals share the best of their ranks."""
    ordered = sorted(values)
    return [1 + bisect_left(ordered, value) for value in values]


def _fill_rank_difference(pairs: list[PairData], of: Quantity, symmetric: bool) -> list[Metric]:
    """Give pairs the difference of their ranks by what statistics are of and in a published table, and that metric."""
    metrics = {of.name: sign(of), "published": 1}
    lines = _lines((pair for pair in pairs if all(one in pair.values for one in metrics)), "receptor", symmetric)
    for name, line in lines.items():
        ours, theirs = (_ranks([turn * pair.values[metric] for pair in line]) for metric, turn in metrics.items())
        for pair, our, their in zip(line, ours, theirs, strict=True):
            if pair.receptor == name:
                pair.values["rank_difference"] = our - their
    return [described("rank_difference", "ranks", of=of)] if lines else []


def _clustered(pairs: list[PairData], metric: str, symmetric: bool) -> Clustered:
    """Give the names of each side in an order that puts together what a metric finds alike."""
    cells = {(pair.ligand, pair.receptor): pair.values.get(metric) for pair in pairs}
    if symmetric:
        cells |= {(receptor, ligand): value for (ligand, receptor), value in cells.items()}
    table = pd.DataFrame([(*names, value) for names, value in cells.items()], columns=["ligand", "receptor", "value"])
    table = table.pivot(index="ligand", columns="receptor", values="value").astype(float)
    return Clustered(
        ligands=table.index[clustered(table.to_numpy())].tolist(),
        receptors=table.columns[clustered(table.to_numpy().T)].tolist(),
    )


def _standings(results: Path, folders: Iterable[Path]) -> dict[tuple[str, str], Standing]:
    """Tell by (receptor, ligand) where it stands among its receptor's ligands by specificity, and how sure that is."""
    found = {
        (str(row["receptor"]), str(row["ligand"])): Standing(
            rank=int(row["rank"]) if pd.notna(row["rank"]) else None,
            # Nothing is known of the noise without replicates.
            low=int(row["rank_low"]) if pd.notna(row["rank_low"]) else None,
            high=int(row["rank_high"]) if pd.notna(row["rank_high"]) else None,
            within_noise={"yes": True, "no": False}.get(str(row["within_noise_of_first"])),
        )
        for row in read_ranks(results).to_dict("records")
    }
    for folder in folders:
        if (folder.parent.name, folder.name) not in found:
            raise InputError(
                f"no row of {folder.name} on {folder.parent.name}",
                where=str(results / "ranks.csv"),
                hint="start `crossdock run` again (`crossdock matrix` makes it)",
            )
    return found


def _docking(pairs: list[PairData], records: Iterable[DockingRecord]) -> DockingData:
    """Sum up how the pairs were docked: what all share, what differs, and the time it took."""
    backends, seeds, versions, methods = set[str](), set[int](), set[str](), dict[str, Method]()
    parameters: dict[str, dict[str, Any]] = {}
    counts, notes, synthetic, scans, pair_seconds = None, Counter[str](), 0, False, []
    seconds: dict[Side, dict[str, float]] = {"receptor": {}, "ligand": {}}
    for number, (pair, record) in enumerate(zip(pairs, records, strict=True)):
        backends.add(record.backend)
        seeds.add(record.seed)
        versions |= {record.crossdock_version} if record.crossdock_version else set()
        methods.setdefault(record.backend, record.method)
        for key, value in record.parameters.items():
            parameters.setdefault(key, {}).setdefault(json.dumps(value, sort_keys=True), value)
        counts = record.counts if number == 0 else counts
        notes.update(record.notes)
        pair.steered = record.steered.backend if record.steered else ""
        pair.template = first_template(record)
        synthetic += record.synthetic
        scans |= record.decoys is not None
        taken = record.cpu_seconds
        pair_seconds += [taken] if taken is not None else []
        for role, total in seconds.items():
            total[pair.partner(role)] = total.get(pair.partner(role), 0.0) + (taken or 0.0)
    seen = {key: list(values.values()) for key, values in parameters.items()}
    return DockingData(
        backends=sorted(backends),
        versions=sorted(versions),
        seeds=sorted(seeds),
        parameters={key: values[0] for key, values in seen.items() if len(values) == 1},
        differing={key: values for key, values in seen.items() if len(values) > 1},
        counts=counts,
        notes=notes,
        methods=methods,
        clusters=any(method.clusters for method in methods.values()),
        comparable=all(method.comparable for method in methods.values()),
        scans=scans,
        synthetic=synthetic,
        cpu_seconds=sum(pair_seconds),
        pair_seconds=pair_seconds,
        seconds=seconds,
    )


def _steered(panel: Record, pairs: list[PairData], results: Path) -> SteeredPairs | None:
    """Count the pairs that models of another backend steered, those with controls too."""
    led = [pair.steered for pair in pairs]
    if not any(led) and not panel.get("steer_by"):
        return None
    for control in panel.get("controls") or ():
        for receptor in panel["receptors"]:
            path = results / "pairs" / receptor["name"] / control["name"] / "docking.json"
            if path.exists():  # not one that failed
                record = read_docking(path)
                led.append(record.steered.backend if record.steered else "")
    by = [name for name in led if name]
    return SteeredPairs(by[0], len(by), len(led)) if by else None


def _network(path: Path) -> Network:
    """Read the edges of network.cyjs by protein name, and the rule that kept them with its metric."""
    graph = read_json(path)
    attributes = graph.get("data") or {}
    if isinstance(attributes, list):  # networkx writes the graph's attributes as a list of pairs
        attributes = dict(attributes)
    nodes = {node["data"]["id"]: node["data"] for node in graph["elements"]["nodes"]}
    edges = []
    for edge in graph["elements"]["edges"]:
        ends = [nodes[str(edge["data"][end])] for end in ("source", "target")]
        ends.sort(key=lambda node: node["role"] != "receptor")  # 0.1.0 did not name them
        names = [edge["data"].get(side, node["name"]) for side, node in zip(SIDES, ends, strict=True)]
        edges.append(Edge(*names))
    return Network(str(attributes.get("rule", "")), attributes.get("metric"), edges)
