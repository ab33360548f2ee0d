"""How the report calls each metric, what it says of it, and which end of it is better."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from crossdock.analysis.metrics import metrics_of
from crossdock.quantity import SCORE, Quantity
from crossdock.report.run_data import Metric, RunData
from crossdock.report.sentences import say

Record = dict[str, Any]

#: Metrics in the order of the page's list; all others come behind them.
ORDER = (
    "score",
    "specificity",
    "robust_z",
    "noise_z",
    "receptor_z",
    "ligand_z",
    "size_residual",
    "background_q",
    "background_p",
    "background_z",
    "background_receptor_z",
    "background_ligand_z",
    "q_value",
    "p_value",
    "decoy_index",
    "set_agreement",
    "center_score",
    "cluster_size",
    "cluster_fraction",
    "interface_contacts",
    "interface_area",
    "predicted_dg",
    "published",
    "rank_difference",
    "dockq_of_backends",
    "mean_rank",
)
#: What stands in the matrices beside the metrics of the run; its help is ``metric-NAME`` of sentences.yaml.
BESIDE: dict[str, Record] = {
    "published": {"label": "Published"},
    "rank_difference": {
        "label": "Rank difference from published",
        "diverging": True,
        "ends": ("better rank here", "better rank published"),
    },
    "dockq_of_backends": {"label": "DockQ between backends", "better": "high"},
    "mean_rank": {"label": "Mean rank of the backends", "better": "low"},
}
#: Other words of the page; what they mean is ``term-CODE`` of sentences.yaml.
TERMS = {
    "Pose, cluster, model": "model",
    "Decoy": "decoy",
    "Scan": "scan",
    "Five weightings": "weightings",
    "Closed residues": "closed",
    "Config": "config",
}


def described(name: str, unit: str, numbers: Iterable[Quantity] = (), of: Quantity = SCORE) -> Metric:
    """Describe a metric for the page.

    Parameters
    ----------
    name, unit : str
        As scores.csv has them.
    numbers : iterable of Quantity
        What the dockings' backend says of its own numbers.
    of : Quantity
        What the statistics are of.

    Returns
    -------
    Metric
        Without its `Metric.header` and `Metric.clustered`, which hang on the run. A metric that nobody describes is
        called by its name.
    """
    shown = {"A2": "Å²", "A": "Å"}.get(unit, unit)
    if name in BESIDE:
        return Metric(name, shown, help=say(f"metric-{name}", of=of.in_text), **{"better": None, **BESIDE[name]})
    own = {number.name: number for number in numbers}
    quantity = metrics_of(leading=of).get(name) or own.get(name) or Quantity(name)
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
    terms = [
        {"label": word, "unit": "", "help": say(f"term-{code}")} for word, code in TERMS.items() if word not in unused
    ]
    return [*({"label": metric.label, "unit": metric.unit, "help": metric.help} for metric in data.metrics), *terms]


def place(metric: Metric) -> int:
    """Give the place of a metric in the page's list; those that the report does not know come last."""
    return ORDER.index(metric.name) if metric.name in ORDER else len(ORDER)
