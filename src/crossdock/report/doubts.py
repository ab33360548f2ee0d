"""What to keep in mind while reading a page, the most important first; each thing once."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crossdock.analysis.verdict import Verdict
from crossdock.docking.backends import load_backend
from crossdock.docking.backends.contract import Backend
from crossdock.errors import InputError
from crossdock.quantity import SCORE
from crossdock.remark import UNNOTICED_MEMBRANE, Severity
from crossdock.report.known import DOCKQ_CLASSES, compared
from crossdock.report.remarks import brief
from crossdock.report.run_data import BackendRun, RunData
from crossdock.report.scales import differing_scales
from crossdock.report.sentences import say
from crossdock.report.wording import labels
from crossdock.structures.record import ProteinRecord

#: Other proteins whose names begin a sentence; more are counted first.
MOST_NAMED = 3
#: Failures that are said one by one.
MOST_FAILED = 2
#: Known pairs from which their share of successes is worth a sentence.
ENOUGH_KNOWN = 10


@dataclass(frozen=True)
class Doubt:
    """Something to keep in mind.

    Attributes
    ----------
    text : str
    link : str
        Where on the page to read on.
    wrong : bool
        Whether something is wrong, and not only uncertain.
    """

    text: str
    link: str
    wrong: bool = False


def doubts(data: RunData, found: Verdict) -> list[Doubt]:
    """Write what to keep in mind.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.
    found : Verdict
        Of the panel: what its reasons say is not said again.

    Returns
    -------
    list of Doubt
        The most important first.
    """
    return [
        *_of_steering(data),
        *_of_scales(data),
        *_of_failures(data),
        *_of_statistics(data),
        *_of_proteins(data),
        *_of_docking(data),
        *_of_known(data),
    ]


def _of_steering(data: RunData) -> Iterator[Doubt]:
    """Say where only some scores include the pull, which spoils all that compares pairs."""
    for run in data.each:
        steered = run.docking.steered
        if steered and steered.in_part:
            controls, background = bool(run.panel.get("controls")), run.statistics.background is not None
            yield Doubt(
                say(
                    "doubt-steered",
                    n=steered.pairs,
                    total=steered.total,
                    by=steered.by,
                    controls=controls,
                    background=background,
                ),
                "#methods",
                wrong=True,
            )


def _of_failures(data: RunData) -> Iterator[Doubt]:
    """Say what is not in the results."""
    failures = data.failures
    if 0 < len(failures) <= MOST_FAILED:
        for one in failures:
            text = say("doubt-failed", failure=say("failure", names=one.names, what=brief(one.short)))
            yield Doubt(text, "#left-out", wrong=True)
    elif failures:
        counts = [sum(len(one.names) == n for one in failures) for n in (1, 2)]
        yield Doubt(say("doubt-many-failed", proteins=counts[0], pairs=counts[1]), "#left-out", wrong=True)
    if (background := data.statistics.background) and background.tested < len(data.pairs):
        shown, untested = labels(data), len(data.pairs) - background.tested
        names, why = [shown.get(name, name) for name, _ in background.lost], [what for _, what in background.lost[:1]]
        said = {"n": untested, "total": len(data.pairs), "names": names, "what": brief("".join(why))}
        yield Doubt(say("doubt-background", **said), "#methods", wrong=True)
    for backend, lacks in data.lacking.items():
        reasons = list(dict.fromkeys(brief(one.short) for one in lacks))
        main = str(data.panel.get("backend") or "")
        yield Doubt(say("doubt-lacking", backend=backend, n=len(lacks), reasons=reasons, main=main), "#lacking")


def _of_scales(data: RunData) -> Iterator[Doubt]:
    """Say where numbers of a backend's pairs are not on one scale."""
    for run in data.each:
        for what, values in differing_scales(run).items():
            backend = str(run.panel.get("backend") or "")
            text = say("doubt-scales", backend=backend, what=what, values=[str(value) for value in values])
            yield Doubt(text, "#methods", wrong=True)


def _of_statistics(data: RunData) -> Iterator[Doubt]:
    """Say which number statistics would be of if all pairs had it."""
    for run, backend in _installed(data):
        of, leading = run.statistics.of, backend.leading
        if (run.panel.get("statistics") or {}).get("metric") or of.name not in leading:
            continue
        for name in leading[: leading.index(of.name)]:
            having = sum(math.isfinite(pair.values.get(name, math.nan)) for pair in run.pairs)
            if 0 < having < len(run.pairs):
                lacking, total = len(run.pairs) - having, len(run.pairs)
                label = next((number.in_text for number in run.docking.numbers if number.name == name), name)
                said = {"backend": backend.name, "of": of.in_text, "lacking": label, "n": lacking, "total": total}
                yield Doubt(say("doubt-leading", **said), "#matrix")
                break


def _installed(data: RunData) -> Iterator[tuple[RunData | BackendRun, Backend]]:
    """Give what each backend made of the panel, of those that are installed here."""
    for run in data.each:
        with contextlib.suppress(InputError):
            yield run, load_backend(str(run.panel.get("backend") or ""))


def _of_proteins(data: RunData) -> Iterator[Doubt]:
    def named(holds: Callable[[ProteinRecord], bool]) -> list[str]:
        shown = labels(data)
        return [shown[name] for name, protein in data.proteins.items() if holds(protein)]

    if others := named(lambda protein: protein.identity.is_another):
        code = "doubt-another" if len(others) <= MOST_NAMED else "doubt-many-others"
        yield Doubt(say(code, names=others), "#warnings", wrong=True)
    serious = named(lambda protein: not protein.identity.is_another and _worst(protein) is Severity.SERIOUS)
    if serious:
        yield Doubt(say("doubt-part", names=serious), "#warnings", wrong=True)
    if bare := named(lambda protein: not protein.identity.is_another and protein.says(UNNOTICED_MEMBRANE)):
        yield Doubt(say("doubt-membrane", names=bare), "#warnings", wrong=True)
    if unconfirmed := named(lambda protein: _worst(protein) is Severity.UNCONFIRMED):
        yield Doubt(say("doubt-unconfirmed", names=unconfirmed), "#warnings")


def _worst(protein: ProteinRecord) -> Severity:
    """Give the greatest severity of what is said of a protein's identity and of the protein."""
    judged = () if protein.identity.verdict == "matches" else protein.identity.remarks
    order = list(Severity)
    return min((one.severity for one in (*judged, *protein.remarks)), key=order.index, default=Severity.DETAIL)


def _of_docking(data: RunData) -> Iterator[Doubt]:
    docking, total = data.docking, len(data.pairs)
    if not docking.comparable:
        yield Doubt(say("doubt-not-comparable", backends=docking.backends), "#methods")
    for note, count in docking.notes.items():
        yield Doubt(say("doubt-note", note=note.rstrip("."), pairs=count, total=total), "#methods-settings")
    for run in data.further:
        for note, count in run.docking.notes.items():
            said = {"note": note.rstrip("."), "pairs": count, "total": len(run.pairs)}
            yield Doubt(say("doubt-note-of", backend=run.backend, **said), "#methods")
    if not docking.synthetic:
        yield Doubt(
            say("doubt-score", what=_what_scores_are(data)) if data.of_score else _what_statistics_are(data), "#matrix"
        )
    sides = {len(data.panel[role]): role for role in ("ligands", "receptors")}
    if min(sides) == 2 and len(data.pairs) == len(data.panel["ligands"]) * len(data.panel["receptors"]):
        yield Doubt(say("doubt-mirrored", side=sides[2]), "#matrix")
    if not data.statistics.noise and docking.seeds_tell and not docking.synthetic:
        yield Doubt(say("doubt-docked-once"), "#next")


def _what_scores_are(data: RunData) -> str:
    score = data.docking.score
    if score == SCORE:
        return say("doubt-score-energy")
    return say("doubt-score-own", name=score.shown, turned=score.better == "high")


def _what_statistics_are(data: RunData) -> str:
    return say("doubt-statistics", of=data.of.in_text, turned=data.of.better == "high")


def _of_known(data: RunData) -> Iterator[Doubt]:
    n = sum(bool(pair.known) for pair in data.pairs)
    dockq = [one.best_dockq for one in compared(data) if one.best_dockq is not None]
    if dockq and max(dockq) < DOCKQ_CLASSES[-1][0]:
        yield Doubt(say("doubt-near-none", n=len(dockq)), "#known")
    if not n:
        yield Doubt(say("doubt-no-known"), "#next")
    elif n < ENOUGH_KNOWN:
        yield Doubt(say("doubt-few-known", n=n), "#known")
