"""The metrics: every number that a pair of a panel has, with its name, unit, direction, words, and how it is computed.

Another package adds one by an entry point of the group `crossdock.metrics` that names a `Metric`; a docking method
brings its own by `Backend.numbers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock import plugins
from crossdock.analysis.additive import Pattern
from crossdock.analysis.affinity import PUBLISHED_ERROR_KCAL_MOL
from crossdock.analysis.background import Against
from crossdock.analysis.controls import Tested, against_controls, least_q
from crossdock.analysis.indices import cluster_fraction, decoy_index
from crossdock.analysis.records import ControlsRecord, PairRecord
from crossdock.analysis.scatter import LEAST, scaled_z
from crossdock.analysis.specificity import (
    SizeDependence,
    focused_z,
    median_polish,
    robust_z,
    size_dependence,
    specificity,
)
from crossdock.errors import InputError
from crossdock.quantity import SCORE, Quantity
from crossdock.rounding import rounded


@dataclass(frozen=True)
class Metric(Quantity):
    """A number that every pair of a panel has.

    Attributes
    ----------
    diverging : bool
        Whether its zero is what a pair's proteins have on average.
    error : float, optional
        Error of its values, in its unit, where one is known for all.
    in_scores : bool
        Whether its unit is that of the scores, whatever the backend says that is.
    of_leading : bool
        Whether it is computed of the number that the statistics are of (`crossdock.analysis.leading`): label and help
        are filled in with that (`_of_leading`).
    in_leading : bool
        Whether its unit is that of this number too.
    of_pair : callable, optional
        Computes it from what a pair has by itself; None where there is no such number.
    of_panel : callable, optional
        Computes it, or all of them, from the panel: an array of ligands x receptors; None where it cannot be.
    """

    diverging: bool = False
    error: float | None = None
    in_scores: bool = False
    of_leading: bool = False
    in_leading: bool = False
    of_pair: Callable[[PairRecord], float | None] | None = None
    of_panel: Callable[[Lined], NDArray[np.float64] | None] | None = None


@dataclass(frozen=True)
class Lined:
    """A panel as metrics see it.

    Attributes
    ----------
    receptors, ligands : sequence of str
        Names in config order.
    score, control_score : ndarray, dtype=float64, shape=(l, r), (c, r)
        The number that the statistics are of, by pairs and by pairs with controls: lower is better, as its sign is
        turned where higher is (`crossdock.analysis.leading`); not a number where a pair has none.
    own : mapping of str to ndarray, shape=(l, r)
        Metrics that pairs have by themselves.
    sizes : mapping, optional
        Protein -> residues.
    symmetric : bool
        Whether ligands and receptors are the same proteins, without roles; each pair is on both sides of the diagonal.
    partners : ndarray, dtype=bool, shape=(l, r), optional
        Pairs whose complex is known.
    background : Against, optional
        The pairs against a background set.
    """

    receptors: Sequence[str]
    ligands: Sequence[str]
    score: NDArray[np.float64]
    control_score: NDArray[np.float64]
    own: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    sizes: Mapping[str, int] | None = None
    symmetric: bool = False
    partners: NDArray[np.bool_] | None = None
    background: Against | None = None

    @property
    def once(self) -> NDArray[np.bool_]:
        """Whether a cell is a pair with a score, each pair once; shape=(l, r)."""
        return Pattern.of(self.score, symmetric=self.symmetric).once

    @cached_property
    def specificity(self) -> NDArray[np.float64]:
        """Scores with averages taken out, shape=(l, r); not numbers where the other pairs do not predict a pair."""
        if min(self.score.shape) < 2:
            return np.full(self.score.shape, np.nan)
        return specificity(self.score, symmetric=self.symmetric)

    @property
    def averaged(self) -> bool:
        """Whether any pair has a specificity: a lone receptor or ligand, or too few pairs, leave nothing to compare."""
        return bool(np.isfinite(self.specificity).any())

    @cached_property
    def tested(self) -> tuple[Tested | None, ControlsRecord]:
        """Pairs tested against controls, if there are any, and what stands behind the test."""
        controls = self.control_score
        if not len(controls):
            return None, ControlsRecord(0)
        try:
            tested = against_controls(self.score, controls, symmetric=self.symmetric, partners=self.partners)
        except InputError as error:  # everything else of the run is still worth having
            return None, ControlsRecord(len(controls), problem=error.what)
        least = least_q(int(np.isfinite(tested.p[self.once]).sum()), tested.controls)
        return tested, ControlsRecord(len(controls), tested.controls, least, tested.spread, tested.rare_spread)

    @cached_property
    def by_size(self) -> dict[str, SizeDependence]:
        """Scores fitted to the product of both partners' residues and to the interface's area, where these differ."""
        found: dict[str, NDArray[Any]] = {}
        if "interface_area" in self.own:
            found["interface_area"] = self.own["interface_area"]
        if self.sizes is not None:
            one, other = ([self.sizes[name] for name in names] for names in (self.ligands, self.receptors))
            found["residues"] = np.outer(one, other)
        once = self.once
        if not once.any() or np.ptp(self.score[once]) == 0:
            return {}
        return {
            name: size_dependence(self.score, size, symmetric=self.symmetric)
            for name, size in found.items()
            if (size[once] > 0).all() and np.ptp(size[once]) > 0
        }


def _specificity(lined: Lined) -> NDArray[np.float64] | None:
    return rounded(lined.specificity, like=lined.score) if lined.averaged else None


def _robust_z(lined: Lined) -> NDArray[np.float64] | None:
    if not lined.averaged:
        return None
    residual = median_polish(lined.score, symmetric=lined.symmetric).residual
    return robust_z(residual, symmetric=lined.symmetric).round(4)


def _noise_z(lined: Lined) -> NDArray[np.float64] | None:
    if not any(Pattern.of(lined.score, symmetric=lined.symmetric).core(LEAST).cells):
        return None
    return scaled_z(lined.score, symmetric=lined.symmetric).round(4)


def _size_residual(lined: Lined) -> NDArray[np.float64] | None:
    fit = lined.by_size.get("residues")
    return rounded(fit.residual, like=lined.score) if fit else None


def _decoy_index(pair: PairRecord) -> float | None:
    decoys = pair.decoys
    if not decoys or not decoys.sd > 0:
        return None
    return round(decoy_index(decoys.best, decoys.mean, decoys.sd), 4)


def _cluster_fraction(pair: PairRecord) -> float:
    return round(cluster_fraction(pair.cluster_size, pair.n_poses), 4)


def _of_background(name: str, digits: int | None = None) -> Callable[[Lined], NDArray[np.float64] | None]:
    """Give a number of the pairs against the background; p and q may be small, and are not rounded."""

    def found(lined: Lined) -> NDArray[np.float64] | None:
        if lined.background is None:
            return None
        values: NDArray[np.float64] = getattr(lined.background, name)
        return values if digits is None else values.round(digits)

    return found


_BUILT_IN = (
    Metric(
        "score",
        SCORE.unit,
        "low",
        "Score",
        "Lowest docking energy of all poses of the pair, or its mean over replicates. It is not an affinity.",
        in_scores=True,
        of_pair=lambda pair: pair.score,
    ),
    Metric(
        "specificity",
        "",
        "low",
        "Specificity{of}",
        "{Number} minus what the averages of its two proteins predict. Below zero, the {number} is {lower} than "
        "predicted.",
        diverging=True,
        of_leading=True,
        in_leading=True,
        of_panel=_specificity,
    ),
    Metric(
        "robust_z",
        "SD",
        "low",
        "Robust z{of}",
        "{Number} minus what the medians of receptor and ligand predict, in robust standard deviations of all pairs.",
        diverging=True,
        of_leading=True,
        of_panel=_robust_z,
    ),
    Metric(
        "noise_z",
        "SD",
        "low",
        "Noise z{of}",
        "{Number} minus what the medians of receptor and ligand predict, in units of how much it varies for this "
        "receptor and for this ligand. Without controls, a pair stands out if it is below the limit for noise.",
        diverging=True,
        of_leading=True,
        of_panel=_noise_z,
    ),
    Metric(
        "receptor_z",
        "SD",
        "low",
        "z{of} among ligands",
        "Distance of the {number}{turned} from the mean of the receptor's other ligands, in their standard deviations.",
        diverging=True,
        of_leading=True,
        of_panel=lambda lined: focused_z(lined.score, axis=0).round(4),
    ),
    Metric(
        "ligand_z",
        "SD",
        "low",
        "z{of} among receptors",
        "Distance of the {number}{turned} from the mean of the ligand's other receptors, in their standard deviations.",
        diverging=True,
        of_leading=True,
        of_panel=lambda lined: focused_z(lined.score, axis=1).round(4),
    ),
    Metric(
        "size_residual",
        "",
        "low",
        "{Name} less size",
        "{Number} minus what the sizes of both partners predict, by a straight line over the logarithm of their "
        "residues.",
        diverging=True,
        of_leading=True,
        in_leading=True,
        of_panel=_size_residual,
    ),
    Metric(
        "decoy_index",
        "SD",
        "high",
        "Decoy index E",
        "Distance of the lowest score of the scan from the mean of its other poses (decoys), in their standard "
        "deviations (MEGADOCK's E).",
        of_pair=_decoy_index,
    ),
    Metric(
        "set_agreement",
        "share of the sets",
        "high",
        "Agreement of ClusPro's sets",
        "ClusPro docks with several sets of coefficients. This is the largest share of the sets whose first models "
        "are within 5 Å of that of one set.",
        of_pair=lambda pair: pair.set_agreement,
    ),
    Metric(
        "center_score",
        SCORE.unit,
        "low",
        "Centre score",
        "Score at the centre of the first-ranked cluster. It is not an affinity.",
        in_scores=True,
        of_pair=lambda pair: pair.models[0].center_score,
    ),
    Metric(
        "cluster_size",
        "poses",
        "high",
        "Cluster size",
        "Poses in the first-ranked cluster: how often the search found this site.",
        of_pair=lambda pair: pair.cluster_size,
    ),
    Metric(
        "cluster_fraction",
        "share of the poses",
        "high",
        "Cluster fraction",
        "Share of the clustered poses that are in the first-ranked cluster.",
        of_pair=_cluster_fraction,
    ),
    Metric(
        "interface_contacts",
        "residue pairs",
        "high",
        "Interface contacts",
        "Residue pairs in contact in the first model.",
        of_pair=lambda pair: sum(pair.models[0].contacts.values()),
    ),
    Metric(
        "interface_area",
        "A2",
        "high",
        "Interface area",
        "Surface area that the first model buries, the mean of both sides.",
        of_pair=lambda pair: round(pair.models[0].area, 1),
    ),
    Metric(
        "predicted_dg",
        "kcal/mol, a count of contacts",
        "low",
        f"Predicted dG ± {PUBLISHED_ERROR_KCAL_MOL:.1f}",
        "Free energy of binding that PRODIGY's equation predicts from the contacts of the first model, with its error "
        "on solved complexes. It cannot tell a correct model from an incorrect one. A model with too many clashes has "
        "none.",
        error=PUBLISHED_ERROR_KCAL_MOL,
        of_pair=lambda pair: pair.models[0].dg_kcal_mol,
    ),
    Metric(
        "p_value",
        "",
        "low",
        "p (against controls)",
        "Share of the pairs with control ligands that stand out at least as much{by}. Many pairs are tested, so use q.",
        of_leading=True,
        of_panel=lambda lined: lined.tested[0].p if lined.tested[0] else None,
    ),
    Metric(
        "q_value",
        "",
        "low",
        "q (against controls)",
        "Expected share of false discoveries if this pair and all pairs with a lower q are named, from the pairs with "
        "control ligands{by} (Benjamini-Hochberg).",
        of_leading=True,
        of_panel=lambda lined: lined.tested[0].q.round(6) if lined.tested[0] else None,
    ),
    Metric(
        "background_z",
        "SD",
        "low",
        "Background z",
        "Energy of the best poses of a short search, minus what the two proteins have on average with a set of other "
        "proteins, in units of how much that varies for them.",
        diverging=True,
        of_panel=_of_background("z", 4),
    ),
    Metric(
        "background_receptor_z",
        "SD",
        "low",
        "Background z, receptor",
        "The same difference as background z, in standard deviations of the receptor's energies with the set.",
        diverging=True,
        of_panel=_of_background("receptor_z", 4),
    ),
    Metric(
        "background_ligand_z",
        "SD",
        "low",
        "Background z, ligand",
        "The same difference as background z, in standard deviations of the ligand's energies with the set.",
        diverging=True,
        of_panel=_of_background("ligand_z", 4),
    ),
    Metric(
        "background_p",
        "",
        "low",
        "p (against background)",
        "How often a pair of two proteins of the background set, which do not bind each other, stands out at least as "
        "much. Of a panel with many pairs, use q.",
        of_panel=_of_background("p"),
    ),
    Metric(
        "background_q",
        "",
        "low",
        "q (against background)",
        "Expected share of false discoveries if this pair and all pairs with a lower q are named, from the p-values "
        "against the background set (Benjamini-Hochberg).",
        of_panel=_of_background("q"),
    ),
)


def metrics_of(
    numbers: Iterable[Quantity] = (), *, score_unit: str = SCORE.unit, leading: Quantity | None = None
) -> dict[str, Metric]:
    """Give every metric of a run, by name: those of this package, of others, and a backend's own.

    Parameters
    ----------
    numbers : iterable of Quantity
        What the run's backend says of each pose or model beside its score; a pair has that of its first model.
    score_unit : str
        Of the backend's scores.
    leading : Quantity, optional
        What the statistics are of; the score without it.

    Returns
    -------
    dict of str to Metric

    Raises
    ------
    InputError
        If two have one name, or what another package registers is no metric.
    """
    leading = leading or replace(SCORE, unit=score_unit)
    found = {
        one.name: _of_leading(one, leading)
        if one.of_leading
        else replace(one, unit=score_unit)
        if one.in_scores
        else one
        for one in _BUILT_IN
    }
    for name in plugins.points(plugins.METRICS):
        metric = plugins.load(plugins.METRICS, name)
        if not isinstance(metric, Metric) or metric.name != name:
            hint = (
                "an entry point of the group crossdock.metrics must refer to a "
                "crossdock.analysis.metrics.Metric of the same name"
            )
            raise InputError(f"the object registered as the metric {name!r} is not a Metric", hint=hint)
        _add(found, metric)
    for number in numbers:
        _add(found, Metric(**vars(number), of_pair=_of_first_model(number.name)))
    return found


def _of_leading(metric: Metric, leading: Quantity) -> Metric:
    """Put the number that the statistics are of into a metric's words, and its unit where the metric is in it."""
    of_score, high = leading.name == SCORE.name, leading.better == "high"
    name = leading.in_text
    upper = name[:1].upper() + name[1:] if leading.shown != name or of_score else name
    turned = " with its sign turned" if high else ""
    words = {
        "of": "" if of_score else f" of {name}",
        "by": "" if of_score else f" by {name}",
        "Name": upper,
        "Number": upper + turned,
        "number": name,
        "turned": turned,
        "lower": "higher" if high else "lower",
    }
    unit = leading.unit if metric.in_leading else metric.unit
    return replace(metric, unit=unit, label=metric.label.format(**words), help=metric.help.format(**words))


def _add(found: dict[str, Metric], metric: Metric) -> None:
    if metric.name in found:
        raise InputError(f"there are two metrics called {metric.name!r}", hint="rename one of them")
    found[metric.name] = metric


def _of_first_model(name: str) -> Callable[[PairRecord], float | None]:
    return lambda pair: pair.models[0].extra.get(name)
