"""How the report calls each metric, what it says of it, and which end of it is better."""

from __future__ import annotations

from typing import Any, Literal

from crossdock.analysis.affinity import PUBLISHED_ERROR_KCAL_MOL
from crossdock.analysis.matrix import METRICS
from crossdock.report.run_data import Metric, RunData

Record = dict[str, Any]

#: In the order of the page's list: how each metric is called, what it means, whether zero is its middle, and what its
#: ends (low, high) mean where neither is better.
WORDS: dict[str, Record] = {
    "score": {
        "label": "Score",
        "help": "Lowest docking energy of all poses of the pair; of several dockings, their mean. Not an affinity.",
    },
    "specificity": {
        "label": "Specificity",
        "diverging": True,
        "help": "What is left of the score after the averages of its receptor and its ligand. "
        "Below zero: lower than those averages predict.",
    },
    "robust_z": {
        "label": "Robust z",
        "diverging": True,
        "help": "What is left after the medians of receptor and ligand, in robust standard deviations of all pairs.",
    },
    "receptor_z": {
        "label": "z among ligands",
        "diverging": True,
        "help": "How far the score lies from those of the receptor's other ligands, in their standard deviations.",
    },
    "ligand_z": {
        "label": "z among receptors",
        "diverging": True,
        "help": "How far the score lies from those of the ligand with other receptors, in their standard deviations.",
    },
    "size_residual": {
        "label": "Score less size",
        "diverging": True,
        "help": "What is left of the score after a straight line through the logarithm of both partners' residues.",
    },
    "q_value": {
        "label": "q (against controls)",
        "help": "Least rate of false discoveries at which the pair would be called a finding, from the pairs with "
        "control ligands (Benjamini-Hochberg).",
    },
    "p_value": {
        "label": "p (against controls)",
        "help": "Share of the pairs with control ligands that stand out as much, one of many tests: see q.",
    },
    "decoy_index": {
        "label": "Decoy index E",
        "help": "How far the best score of the scan stands out of the pair's own decoys, in their standard deviations "
        "(MEGADOCK's E).",
    },
    "interaction_index": {
        "label": "Interaction index",
        "help": "Score times the share of each partner's usual interface that the model holds, by the best of either "
        "partner: 0 to 1 (NII, Lopes et al. 2013).",
    },
    "set_agreement": {
        "label": "Agreement of ClusPro's sets",
        "help": "Largest share of the coefficient sets whose first models lie within 5 Å of one of them.",
    },
    "center_score": {
        "label": "Centre score",
        "help": "Score at the centre of the first-ranked cluster. Not an affinity.",
    },
    "cluster_size": {
        "label": "Cluster size",
        "help": "Poses in the first-ranked cluster: how often the search came back to the same place.",
    },
    "cluster_fraction": {
        "label": "Cluster fraction",
        "help": "Share of the clustered poses that the first-ranked cluster holds.",
    },
    "interface_contacts": {
        "label": "Interface contacts",
        "help": "Residue pairs in contact in the first model.",
    },
    "interface_area": {
        "label": "Interface area",
        "help": "Area that the first model buries, per side.",
    },
    "predicted_dg": {
        "label": f"Predicted dG ± {PUBLISHED_ERROR_KCAL_MOL:.1f} (counts contacts)",
        "help": "Free energy of binding that PRODIGY's equation gives the first model, with the error that it has on "
        "solved complexes. A count of contacts: a wrong model gets a plausible value too.",
    },
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


def described(name: str, unit: str) -> Metric:
    """Describe a metric for the page.

    Parameters
    ----------
    name, unit : str
        As scores.csv has them.

    Returns
    -------
    Metric
        Without its `Metric.corner` and `Metric.clustered`, which hang on the run. A metric that the report does not
        know is called by its name.
    """
    better: Literal["low", "high"] | None = ("low" if METRICS[name][1] else "high") if name in METRICS else None
    words: Record = {"label": name} | WORDS.get(name, {})
    return Metric(name, {"A2": "Å²"}.get(unit, unit), better, **words)


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
    served = data.docking.served
    weighted = not served and (data.panel.get("clustering") or {}).get("order") == "consensus"
    unused = {*(() if weighted else ("Five weightings",)), *(("Scan",) if served else ())}
    words = [{"label": word, "unit": "", "help": TERMS[word]} for word in TERMS if word not in unused]
    return [*({"label": metric.label, "unit": metric.unit, "help": metric.help} for metric in data.metrics), *words]


def place(metric: Metric) -> int:
    """Give the place of a metric in the page's list; those that the report does not know come last."""
    return list(WORDS).index(metric.name) if metric.name in WORDS else len(WORDS)
