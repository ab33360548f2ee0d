"""The answer in a few sentences written from the data, with what must be doubted about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from crossdock.analysis.metrics import metrics_of
from crossdock.quantity import SCORE
from crossdock.report.remarks import brief, doubts
from crossdock.report.run_data import SIDES, KnownPair, PairData, RunData
from crossdock.report.wording import joined, label, labels, number

#: False discovery rate up to which pairs are named.
CALLED = 0.1
#: DockQ from which a model counts as acceptable, medium and high (the CAPRI classes).
DOCKQ_CLASSES = ((0.80, "high"), (0.49, "medium"), (0.23, "acceptable"))


@dataclass(frozen=True)
class Sentence:
    """A sentence of the answer.

    Attributes
    ----------
    text : str
    pair : tuple of (str, str) or None
        Receptor and ligand that it is about.
    kind : {"answer", "more", "caveat"}
        Of the first there are three at most, a sentence each; the second are the numbers behind them, and the third is
        what to doubt.
    link : str or None
        Where on the page to read on.
    beside : str
        What must be known of the pair's proteins; often empty.
    """

    text: str
    pair: tuple[str, str] | None = None
    kind: Literal["answer", "more", "caveat"] = "answer"
    link: str | None = None
    beside: str = ""


def sentences(data: RunData) -> list[Sentence]:
    """Write what came out, and what it can and cannot say.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    list of Sentence
    """
    answers = [_most_specific(data) or _lowest(data), _beyond_chance(data), _controls(data) or _averages(data)]
    found = [sentence for sentence in answers if sentence]
    behind = (_first_five(data), _lowest(data), _averages(data), _other_firsts(data), *_remarks(data))
    more = [sentence for sentence in behind if sentence]
    said = {sentence.text for sentence in found}
    return found + [replace(one, kind="more") for one in more if one.text not in said] + _caveats(data)


@dataclass(frozen=True)
class KnownRow:
    """How a pair came out whose complex is known.

    Attributes
    ----------
    pair : PairData
    known : KnownPair
        Of the pair.
    quality : str
        CAPRI class of its best model, in words.
    verdict : str
        A sentence or two.
    """

    pair: PairData
    known: KnownPair
    quality: str
    verdict: str


def known_pairs(data: RunData) -> list[KnownRow]:
    """Describe where each known pair came out."""
    return [
        KnownRow(pair, pair.known, quality(pair.known.best_dockq), _verdict(pair, pair.known))
        for pair in data.pairs
        if pair.known
    ]


def quality(dockq: float | None) -> str:
    """Give the CAPRI class of a DockQ value in words; without a value, ``not compared``."""
    if dockq is None:
        return "not compared"
    return next((word for least, word in DOCKQ_CLASSES if dockq >= least), "incorrect")


def _with_value(data: RunData, metric: str) -> list[PairData]:
    return [pair for pair in data.pairs if metric in pair.values]


def _lowest(data: RunData) -> Sentence | None:
    pairs = _with_value(data, "score")
    if not pairs:
        return None
    best = min(pairs, key=lambda pair: pair.values["score"])
    text = f"The lowest score is that of {label(data, best)} ({number(best.values['score'])} {data.docking.score_unit})"
    error = best.uncertainty.get("score")
    text += f", ± {number(error)} (standard error of the search)" if error else ""
    if best.known:
        text += ", a pair whose complex is known"
    return Sentence(f"{text}.", best.names)


def _most_specific(data: RunData) -> Sentence | None:
    pairs = _with_value(data, "specificity")
    panel = data.panel
    if min(len(panel["receptors"]), len(panel["ligands"])) < 2 or not any(pair.values["specificity"] for pair in pairs):
        return None  # in one row or one column the averages leave nothing to compare
    best = min(pairs, key=lambda pair: pair.values["specificity"])
    value, error = best.values["specificity"], best.uncertainty.get("specificity")
    rare, own = rare_z(data), best.values.get("robust_z")
    weak = not data.statistics.controls.pairs and rare is not None and own is not None and own >= rare
    doubt = ", though no farther than chance alone could give" if weak else ""
    unit = "units" if data.docking.score == SCORE else data.docking.score.unit or "units"
    text = (
        f"{label(data, best)} stands out most{doubt}: its score lies {number(-value)} {unit} below what its "
        "proteins' averages predict"
    )
    if error:
        text += f" (± {number(error)}, the standard error of the search)"
    return Sentence(f"{text}{_sureness(data, best)}.", best.names, beside=_doubted(data, best))


def rare_z(data: RunData) -> float | None:
    """Give the robust z that normal noise alone goes below one time in twenty in a panel of this shape.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    float or None
        None where the panel is too small to tell.
    """
    chance = data.statistics.chance
    return chance.rare_z if chance else None


def beyond_noise(data: RunData) -> list[PairData] | None:
    """Find the pairs whose robust z chance alone would seldom give.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    list of dict or None
        Pairs, the lowest first; None where the panel is too small to tell.
    """
    rare = rare_z(data)
    if rare is None:
        return None
    pairs = sorted(_with_value(data, "robust_z"), key=lambda pair: pair.values["robust_z"])
    return [pair for pair in pairs if pair.values["robust_z"] < rare]


def _doubted(data: RunData, pair: PairData) -> str:
    """Say what changes the reading of a pair's proteins, in the first words of each remark."""
    said, text = doubts(data), ""
    for name in (pair.receptor, pair.ligand):
        if remarks := [brief(text) for text in said.get(name, ())]:
            text += f"Note on {labels(data)[name]}: {'; '.join(remarks)}. "
    return text.strip()


def _sureness(data: RunData, best: PairData) -> str:
    """Say whether the second ligand of a receptor differs from the first by more than the search's noise."""
    rivals = [pair for pair in data.pairs if pair.receptor == best.receptor and pair is not best]
    rivals = [pair for pair in rivals if pair.values.get("specificity") is not None]
    if not rivals:
        return ""
    second = min(rivals, key=lambda pair: pair.standing.rank)
    apart = second.values["specificity"] - best.values["specificity"]
    another = data.proteins[second.ligand].identity.is_another
    name = labels(data)[second.ligand] + (" (in whose place another protein was docked)" if another else "")
    text = f", and {number(apart)} before the receptor's next ligand, {name}, "
    if not data.statistics.noise:
        return f"{text.rstrip(', ')}; how much of that is noise is not known, as each pair was docked once"
    return text + f"{'within' if second.standing.within_noise else 'more than'} the noise of the search"


def _beyond_chance(data: RunData) -> Sentence | None:
    """Say whether pairs stand out by more than chance: of controls where there are any, else of noise alone."""
    if data.statistics.controls.pairs:
        return _tested(data)
    pairs, limit = _with_value(data, "robust_z"), rare_z(data)
    if not pairs or limit is None:
        return None
    lowest = min(pairs, key=lambda pair: pair.values["robust_z"])
    first = min(pairs, key=lambda pair: pair.values.get("specificity") or 0.0)
    z, own = lowest.values["robust_z"], first.values["robust_z"]
    text = f"In robust standard deviations {label(data, first)} lies at {number(own)}"
    text += ", lowest of all" if first is lowest else f" (lowest of all is {label(data, lowest)}, at {number(z)})"
    rare = f"one time in twenty chance alone goes below {number(limit)} in a panel of this shape"
    return Sentence(f"{text}; {rare}{'.' if own < limit else ', so it could give this too.'}", first.names)


def _averages(data: RunData) -> Sentence | None:
    """Say how much of the scores is the proteins' own, and how many best ligands hang on it."""
    shares, panel = data.statistics.variance, data.panel
    if not shares or min(len(panel["receptors"]), len(panel["ligands"])) < 2:
        return None
    changed = 0
    for receptor in panel["receptors"]:
        column = [pair for pair in _with_value(data, "specificity") if pair.receptor == receptor["name"]]
        column = [pair for pair in column if pair.values.get("score") is not None]
        best = [min(column, key=lambda pair: pair.values[metric], default=None) for metric in ("score", "specificity")]
        changed += best[0] is not best[1]
    n = len(panel["receptors"])
    chance = f"scores at random would give {shares.chance_receptor:.0%} and {shares.chance_ligand:.0%}"
    return Sentence(
        f"Which receptor it is explains {shares.receptor:.0%} of the variance of the scores, which ligand "
        f"{shares.ligand:.0%} ({chance}){_size(data)}, and for {changed} of {n} receptors the best ligand by score "
        "is not the best by specificity."
    )


def _size(data: RunData) -> str:
    """Say how much of the scores the proteins' sizes explain."""
    residues = data.statistics.size.get("residues")
    return f"; their sizes alone explain {residues.share:.0%}" if residues else ""


def _first_five(data: RunData) -> Sentence | None:
    """Name the pairs that stand out most, in their order."""
    pairs = sorted(_with_value(data, "specificity"), key=lambda pair: pair.values["specificity"])
    pairs = [pair for pair in pairs[:5] if pair.values["specificity"] < 0]
    named = [f"{label(data, pair)} ({number(pair.values['specificity'])})" for pair in pairs]
    return Sentence(f"The first by specificity are {joined(named)}.", link="#network") if len(named) > 2 else None


def _other_firsts(data: RunData) -> Sentence | None:
    """Name the pairs that come first by numbers that the answer does not go by."""
    firsts: dict[str, list[str]] = {}
    leading = min(_with_value(data, "specificity"), key=lambda pair: pair.values["specificity"], default=None)
    for metric in ("decoy_index", "interaction_index", "cluster_size", "interface_area"):
        sign = -1 if metrics_of()[metric].better == "high" else 1
        pairs = sorted(_with_value(data, metric), key=lambda pair: sign * pair.values[metric])
        alone = len(pairs) > 1 and pairs[0].values[metric] != pairs[1].values[metric]
        if alone and pairs[0] is not leading:
            value = f"{metrics_of()[metric].shown.lower()} ({number(pairs[0].values[metric])})"
            firsts.setdefault(label(data, pairs[0]), []).append(value.replace(" e (", " E ("))
    text = [f"{pair} by {joined(metrics)}" for pair, metrics in firsts.items()]
    return Sentence(f"Other numbers put other pairs first: {'; '.join(text)}.", link="#matrix") if text else None


def _tested(data: RunData) -> Sentence:
    """Say which pairs stand out against the controls."""
    controls = data.statistics.controls
    found = [pair for pair in _with_value(data, "q_value") if pair.values["q_value"] <= CALLED]
    found.sort(key=lambda pair: (pair.values["q_value"], pair.values.get("robust_z") or 0.0))
    names = ", ".join(f"{label(data, pair)} (q {pair.values['q_value']:.2g})" for pair in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return Sentence(
        f"Against {controls.pairs} pairs with {controls.ligands} control ligands, "
        + (f"{len(found)} of {len(data.pairs)} pairs stand out" if found else "no pair stands out")
        + f" at a false discovery rate of {CALLED:.0%}{f': {names}{more}' if found else ''}; the panel's ligands "
        f"scatter {controls.spread:.1f} times as much as the controls.",
        found[0].names if found else None,
    )


def _remarks(data: RunData) -> list[Sentence]:
    """Say what the test against controls cannot tell, and how near any model of a known pair came."""
    controls, found = data.statistics.controls, []
    if controls.least_q is not None and controls.least_q > CALLED:
        least = number(controls.least_q)
        text = "So few controls cannot make a finding of one pair alone"
        found.append(Sentence(f"{text}, whose q is {least} at best; more controls can.", link="#methods-testing"))
    known = [pair.known for pair in data.pairs if pair.known]
    dockq = [one.best_dockq for one in known if one.best_dockq is not None]
    if dockq:
        near = sum(value >= DOCKQ_CLASSES[-1][0] for value in dockq)
        text = f"In {near} of {len(dockq)} known pairs a model, of whatever rank, came near the complex."
        found.append(Sentence(text, link="#known"))
    return found


def _controls(data: RunData) -> Sentence | None:
    known = [pair for pair in data.pairs if pair.known]
    if not known:
        return None
    n = len(known)
    parts = []
    for metric in ("score", "specificity"):
        ranked = [pair for pair in known if metric in pair.ranks]
        if ranked:
            first = sum(pair.ranks[metric]["receptor"].rank == 1 for pair in ranked)
            parts.append(f"{first} by {metric}")
    expected = sum(1 / pair.ranks["score"]["receptor"].of for pair in known if "score" in pair.ranks)
    compared = [pair.known for pair in known if pair.known and pair.known.best_dockq is not None]
    whose = "the one pair whose complex is known" if n == 1 else f"the {n} pairs whose complexes are known"
    text = f"Of {whose}, " if n > 1 else f"In {whose}, "
    said = []
    if parts:
        said.append(
            f"the known ligand ranks first for its receptor in {' and '.join(parts)} (about {expected:.1f} expected by "
            f"chance)"
        )
    if compared:
        near = sum(one.first_acceptable == 0 for one in compared)
        nearness = "the first model comes near the complex (acceptable by DockQ, or better)"
        said.append(f"{nearness} in {near} of {len(compared)}")
    return Sentence(f"{text}{', and '.join(said)}.", link="#known") if said else None


def _what_scores_are(data: RunData) -> str:
    """Say what the numbers are that pairs are ranked by."""
    if data.docking.score == SCORE:
        return "Scores are docking energies in arbitrary units."
    turned = ", with its sign turned" if data.docking.score.better == "high" else ""
    return f"Scores are the method's own, {data.docking.score.shown}{turned}."


def _caveats(data: RunData) -> list[Sentence]:
    found: list[Sentence] = []

    def doubt(text: str, link: str) -> None:
        found.append(Sentence(text, kind="caveat", link=link))

    docking, total = data.docking, len(data.pairs)
    if docking.synthetic:
        doubt(
            f"SYNTHETIC: the scores and models of {docking.synthetic} of {total} pairs are made up; no docking was "
            "done. They test the way from a server to this page, and say nothing about proteins.",
            "#methods",
        )
    doubt(
        f"{_what_scores_are(data)} They are not affinities and do not say whether two proteins "
        "bind; lower is better, and a protein that scores low with every partner says little about any one of them.",
        "#matrix",
    )
    if not docking.comparable:
        doubt(
            f"Scores of {joined(docking.backends)} were not made to be compared between pairs, as a matrix does: a "
            "large or sticky protein has low ones with everybody.",
            "#methods",
        )
    for note, count in docking.notes.items():
        doubt(f"{note} ({count} of {total} pairs.)", "#methods-settings")
    n_known = sum(bool(pair.known) for pair in data.pairs)
    if not n_known:
        doubt(
            "No pair of this panel is a known complex, so nothing here tests the ranking: read it as a list of "
            "questions, not of answers.",
            "#methods-testing",
        )
    elif n_known < 10:
        doubt(
            f"{n_known} known pair{'s are' if n_known > 1 else ' is'} too few to give a rate of success; they show "
            "that the method can find a complex or miss one.",
            "#known",
        )
    if problem := data.statistics.controls.problem:
        doubt(f"Controls were docked, but could not be used: {problem}.", "#methods-testing")
    elif not data.statistics.controls.pairs:
        doubt(
            "No negative controls were docked, so no ranking here is testable: nothing tells how often a ligand that "
            "binds none of these receptors would stand out as much.",
            "#methods-testing",
        )
    controls = data.statistics.controls
    if controls.unlike:
        doubt(
            f"The panel's ligands scatter {controls.spread:.1f} times as much as the controls, which chance seldom "
            f"gives (one time in twenty more than {controls.rare_spread:.1f}), so the q-values are too small: take "
            "controls that are more alike to them.",
            "#methods-testing",
        )
    chance = data.statistics.chance
    if not controls.pairs and chance and chance.rare_z is not None:
        doubt(
            f"That chance goes below {number(chance.rare_z)} one time in twenty holds where all proteins' scores "
            "scatter alike. In most panels some scatter more, and chance goes below it far more often; only controls "
            "can tell.",
            "#matrix",
        )
    sides = {len(data.panel[role]): role for role in ("ligands", "receptors")}
    if min(sides) == 2:
        doubt(
            f"Of two {sides[2]}, what one has beyond the averages the other lacks: their specificities are the same "
            "numbers with opposite signs, one question and not two.",
            "#matrix",
        )
    if not data.statistics.noise:
        doubt(
            "Each pair was docked once, so the scores' own noise is unknown, and small differences may be no more than "
            "that.",
            "#methods-testing",
        )
    return found


def _verdict(pair: PairData, known: KnownPair) -> str:
    """Say in words how near the models came to the known complex, and where the pair ranks."""
    parts = []
    dockq, first, best = known.best_dockq, known.first_acceptable, known.best_model
    if dockq is None:
        parts.append("No model was compared with the known complex.")
    elif first is None:
        parts.append(
            f"None of the {pair.n_models} models is near the known complex (best DockQ {dockq:.2f}, model {best})."
        )
    else:
        parts.append(
            f"Model {first} is the first within reach of the known complex; the best is model {best}, "
            f"{quality(dockq)} (DockQ {dockq:.2f})."
        )
    ranks = pair.ranks.get("specificity") or pair.ranks.get("score")
    if ranks:
        word = "specificity" if "specificity" in pair.ranks else "score"
        both = [ranks[side].rank == 1 for side in SIDES]
        parts.append(
            {
                (True, True): f"First for its receptor and for its ligand by {word}.",
                (True, False): f"First for its receptor by {word}, not for its ligand.",
                (False, True): f"First for its ligand by {word}, not for its receptor.",
            }.get((both[0], both[1]), f"Other pairs come before it by {word}.")
        )
    return " ".join(parts)
