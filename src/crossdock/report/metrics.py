"""How the report calls each metric, what it says of it, and which end of it is better."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from crossdock.analysis.metrics import metrics_of
from crossdock.quantity import Quantity
from crossdock.report.run_data import Metric, RunData

Record = dict[str, Any]

#: Metrics in the order of the page's list; all others come behind them.
ORDER = (
    "score",
    "specificity",
    "robust_z",
    "receptor_z",
    "ligand_z",
    "size_residual",
    "q_value",
    "p_value",
    "decoy_index",
    "interaction_index",
    "set_agreement",
    "center_score",
    "cluster_size",
    "cluster_fraction",
    "interface_contacts",
    "interface_area",
    "predicted_dg",
    "published",
    "rank_difference",
)
#: What stands in the matrices beside the metrics of the run.
BESIDE: dict[str, Record] = {
    "published": {
        "label": "Published",
        "help": "As in the published table that the config names: another method, another unit. Not crossdock's.",
    },
    "rank_difference": {
        "label": "Rank difference from published",
        "diverging": True,
        "ends": ("better rank here", "better rank published"),
        "help": "Rank by our score less rank in the published table, among the ligands of the receptor that both have; "
        "lower scores rank first in both.",
    },
}
#: Other words of the page.
TERMS = {
    "Pose, cluster, model": "A pose is one way to put the ligand on the receptor. Poses that lie alike are a cluster, "
    "and of each cluster one pose is written down as a model, that of the first-ranked cluster first.",
    "Decoy": "Any other pose of the same search: what a pose must stand out from.",
    "Scan": "The first part of the search, over a set of orientations on a grid; its best poses are then refined.",
    "Five weightings": "Clusters are ordered by the mean of their two best places under five sets of weights of the "
    "energy's terms, so that no one set decides; each model's score is by the first set.",
    "Closed residues": "Residues that docking may not use, such as those inside a membrane or ones that the config "
    "names.",
    "Config": "The file that names the proteins and settings of a run, config.yaml where none other was given.",
}


def described(name: str, unit: str, numbers: Iterable[Quantity] = ()) -> Metric:
    """Describe a metric for the page.

    Parameters
    ----------
    name, unit : str
        As scores.csv has them.
    numbers : iterable of Quantity
        What the dockings' backend says of its own numbers.

    Returns
    -------
    Metric
        Without its `Metric.header` and `Metric.clustered`, which hang on the run. A metric that nobody describes is
        called by its name.
    """
    shown = {"A2": "Å²", "A": "Å"}.get(unit, unit)
    if name in BESIDE:
        return Metric(name, shown, None, **BESIDE[name])
    own = {number.name: number for number in numbers}
    quantity = metrics_of().get(name) or own.get(name) or Quantity(name)
    better: Literal["low", "high"] | None = "low" if quantity.better == "low" else "high" if quantity.better else None
    return Metric(name, shown, better, quantity.shown, quantity.help, diverging=getattr(quantity, "diverging", False))


def glossary(data: RunData) -> list[Record]:
    """Explain the numbers and words of a page.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    list of dict
        ``label``, ``unit`` and ``help``: of each metric, and then of other words, of those alone that the page uses.
    """
    weighted = data.docking.weighted and (data.panel.get("clustering") or {}).get("order") == "consensus"
    unused = {*(() if weighted else ("Five weightings",)), *(() if data.docking.scans else ("Scan", "Decoy"))}
    terms = [{"label": word, "unit": "", "help": TERMS[word]} for word in TERMS if word not in unused]
    return [*({"label": metric.label, "unit": metric.unit, "help": metric.help} for metric in data.metrics), *terms]


def place(metric: Metric) -> int:
    """Give the place of a metric in the page's list; those that the report does not know come last."""
    return ORDER.index(metric.name) if metric.name in ORDER else len(ORDER)
