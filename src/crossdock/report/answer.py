"""The answer: what the tests of a panel allow to be said of its pairs, in a headline and the sentences behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from crossdock.analysis.records import ChanceRecord
from crossdock.analysis.verdict import CALLED, CALLED_ALONE, Basis, Kind, PanelTest, Verdict, verdict
from crossdock.report.known import compared
from crossdock.report.run_data import BackendRun, RunData
from crossdock.report.scales import differing_scales
from crossdock.report.sentences import say
from crossdock.report.wording import labels

#: Pairs that the headline names; more are counted.
MOST_NAMED = 3


@dataclass(frozen=True)
class Answer:
    """What came out.

    Attributes
    ----------
    verdict : Verdict
        What all sentences follow.
    headline : str
    support : tuple of str
        Sentences on what the headline rests on, and what it does not say.
    """

    verdict: Verdict
    headline: str
    support: tuple[str, ...]


def judged(data: RunData) -> Verdict:
    """Judge the panel's pairs by its tests.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.
    """
    return verdict([_test(run) for run in data.each])


def _test(run: RunData | BackendRun) -> PanelTest:
    """Give the numbers by which the pairs of one backend are judged."""

    def q_of(name: str) -> dict[tuple[str, str], float]:
        tested = (pair for pair in run.pairs if name in pair.values)
        ordered = sorted(tested, key=lambda pair: (pair.values[name], pair.values.get("specificity", 0.0)))
        return {pair.names: pair.values[name] for pair in ordered}

    return PanelTest(
        receptors=len(run.panel["receptors"]),
        ligands=len(run.panel["ligands"]),
        scored=sum(run.statistics.of.name in pair.values for pair in run.pairs),
        controls=run.statistics.controls,
        chance=_in_order(run),
        q=q_of("q_value"),
        made_up=bool(run.docking.synthetic),
        steered_in_part=run.docking.steered is not None and run.docking.steered.in_part,
        scales=tuple(differing_scales(run)),
        complete=not run.panel.get("symmetric") and run.panel.get("asked") is None,
        background_q=q_of("background_q"),
    )


def _in_order(run: RunData | BackendRun) -> ChanceRecord | None:
    """Give the pairs beyond noise in the order of the table of pairs, by specificity."""
    chance = run.statistics.chance
    if not chance:
        return None
    own = {pair.names: pair.values.get("specificity", 0.0) for pair in run.pairs}
    return replace(chance, beyond=tuple(sorted(chance.beyond, key=lambda one: own.get((one[0], one[1]), 0.0))))


def answer(data: RunData) -> Answer:
    """Write the answer.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.
    """
    found = judged(data)
    code = "-".join([found.kind, *([found.basis] if found.basis else [])])
    headline = say(code, pairs=found.pairs, **_some(data, found.pairs))
    return Answer(found, headline, tuple(_support(data, found, code)))


def _some(data: RunData, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Name the first pairs, and count the others where there are several."""
    shown, most = labels(data), MOST_NAMED + (len(pairs) == MOST_NAMED + 1)
    return {"named": [f"{shown[two]} on {shown[one]}" for one, two in pairs[:most]], "more": len(pairs[most:])}


def _support(data: RunData, found: Verdict, code: str) -> list[str]:
    """Say what the headline rests on."""
    said = []
    if found.basis is Basis.BACKGROUND and (behind := data.statistics.background):
        of = {"proteins": behind.proteins, "behind": behind.pairs}
        p = [pair.values["background_p"] for pair in data.pairs if "background_p" in pair.values]
        if len(data.pairs) == len(p) == 1:
            shown = "< 0.0001" if p[0] < 0.0001 else f"= {p[0]:.4f}" if p[0] < 0.01 else f"= {p[0]:.2f}"
            said.append(say(f"{code}-one", p=shown, level=CALLED_ALONE, **of))
        else:
            said.append(say(f"{code}-why", pairs=len(found.pairs), rate=f"{100 * CALLED:.0f} %", **of))
    elif found.basis is Basis.SEVERAL:
        said.append(say(f"{code}-why", pairs=len(found.pairs)))
    elif found.basis is Basis.CONTROLS:
        ligands = data.statistics.controls.ligands
        said.append(say(f"{code}-why", pairs=len(found.pairs), ligands=ligands, rate=f"{100 * CALLED:.0f} %"))
    elif found.basis is Basis.NOISE:
        said.append(say(f"{code}-why", why=_why(found)))
    elif found.kind is Kind.MADE_UP:
        said.append(say("made-up-why", pairs=data.docking.synthetic, total=len(data.pairs)))
    elif found.kind is Kind.STEERED_IN_PART:
        said.append(say("steered-in-part-why"))
    else:
        said.append(_why(found))
    if found.disputed:
        said.append(say("disputed", **_some(data, found.disputed), total=len(found.disputed)))
    if known := compared(data):
        near = sum(one.first_acceptable == 0 for one in known)
        said.append(
            say(
                "positive-controls" if near else "positive-controls-missed",
                near=near,
                n=len(known),
                **_stood(data, found),
            )
        )
    if found.kind not in (Kind.MADE_UP, Kind.EMPTY):
        said.append(say("use"))
    return [sentence for sentence in said if sentence]


def _stood(data: RunData, found: Verdict) -> dict[str, Any]:
    """Count the known pairs that the tests name; they show what the tests can find, and what they miss."""
    named = sum(pair.known is not None and pair.names in found.pairs for pair in data.pairs)
    return {"tested": found.basis is not None, "named": named}


def _why(found: Verdict) -> str:
    return " ".join(say(reason.code, **reason.values) for reason in found.reasons)
