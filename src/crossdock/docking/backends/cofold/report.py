"""What `crossdock cofold score` says of predictions, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crossdock.docking.backends.cofold.find import Found
from crossdock.docking.backends.cofold.prediction import Prediction
from crossdock.docking.backends.cofold.table import DECIMALS, Direction, Numbers, directions, joined, mean_of
from crossdock.errors import CrossdockError
from crossdock.terminal import table

#: Columns of the table for the terminal; JSON has all of `SCORES`.
_COLUMNS = {
    "iptm": "ipTM",
    "ipsae": "ipSAE",
    "lis": "LIS",
    "clis": "cLIS",
    "ilis": "iLIS",
    "pdockq": "pDockQ",
    "pdockq2": "pDockQ2",
    "interface_pae": "PAE",
    "interface_plddt": "pLDDT",
    "contacts": "contacts",
}


@dataclass(frozen=True)
class Scored:
    """A model with its scores; `pae` tells whether it has errors (PAE), `place` orders the models of a job."""

    program: str
    version: str
    job: str
    model: str
    where: str
    seed: int | None
    sample: int | None
    iptm: float | None
    ptm: float | None
    ranking: float | None
    chains: tuple[str, ...]
    lengths: tuple[int, ...]
    pae: bool
    place: tuple[float, float]
    directions: list[Direction]

    @classmethod
    def of(cls, found: Found, prediction: Prediction, cutoff: float) -> Scored:
        """Score a prediction, and let go of its arrays."""
        one = prediction
        names = (one.program, one.version, one.job, one.model, one.where, one.seed, one.sample)
        lengths = tuple(len(one.residues(at)) for at in range(len(one.chains)))
        given = (one.iptm, one.ptm, one.ranking)
        return cls(*names, *given, one.chains, lengths, one.pae is not None, found.place(one), directions(one, cutoff))


def by_job(models: Sequence[Scored]) -> dict[tuple[str, str], list[Scored]]:
    """Give the models of each job of each program, the best first by the program's own ranking."""
    jobs: dict[tuple[str, str], list[Scored]] = {}
    for one in models:
        jobs.setdefault((one.job, one.program), []).append(one)
    for several in jobs.values():
        several.sort(key=lambda one: one.place)
    return jobs


def means(models: Sequence[Scored]) -> list[Direction]:
    """Give the mean over models of each direction that all of them have."""
    rows: dict[tuple[str, str], list[Numbers]] = {}
    for model in models:
        for one in model.directions:
            rows.setdefault((one.aligned, one.scored), []).append(one.numbers)
    return [Direction(*pair, mean_of(several)) for pair, several in rows.items() if len(several) == len(models)]


def as_json(
    models: Sequence[Scored], problems: Sequence[CrossdockError], doubts: Sequence[CrossdockError], cutoff: float
) -> dict[str, Any]:
    """Give everything as JSON has it, numbers to six decimals."""
    jobs = [
        {
            "job": job,
            "program": program,
            "models": [_model(one) for one in several],
            "mean": {
                "models": len(several),
                "pairs": _pairs(means(several)),
                "interfaces": _interfaces(means(several)),
            },
        }
        for (job, program), several in by_job(models).items()
    ]
    unread, doubtful = (
        [{"file": one.where or "", "reason": one.what} for one in several] for several in (problems, doubts)
    )
    return {"ipsae_cutoff_A": cutoff, "jobs": jobs, "not_read": unread, "doubtful": doubtful}


def _model(one: Scored) -> dict[str, Any]:
    numbers: Numbers = {"iptm": one.iptm, "ptm": one.ptm, "ranking": one.ranking}
    return {
        "file": one.where,
        "model": one.model,
        "version": one.version,
        "seed": one.seed,
        "sample": one.sample,
        **_rounded(numbers),
        "chains": dict(zip(one.chains, one.lengths, strict=True)),
        "pairs": _pairs(one.directions),
        "interfaces": _interfaces(one.directions),
    }


def _pairs(several: Sequence[Direction]) -> list[dict[str, Any]]:
    return [
        {"pair": f"{one.aligned}-{one.scored}", "aligned": one.aligned, "scored": one.scored, **_rounded(one.numbers)}
        for one in several
    ]


def _interfaces(several: Sequence[Direction]) -> list[dict[str, Any]]:
    """Give both directions of each pair as one number each."""
    return [
        {"chains": [forth.aligned, forth.scored], **_rounded(joined(forth.numbers, back.numbers))}
        for forth, back in zip(several[::2], several[1::2], strict=True)
    ]


def _rounded(numbers: Numbers) -> Numbers:
    return {name: round(value, DECIMALS) if isinstance(value, float) else value for name, value in numbers.items()}


def as_text(models: Sequence[Scored], cutoff: float) -> list[str]:
    """Lay everything out for the terminal."""
    lines: list[str] = []
    for (job, program), several in by_job(models).items():
        order = f"{len(several)} models, the best first by its own ranking" if len(several) > 1 else "1 model"
        lines.append(f"{job}: {program}, {order}")
        rows = [("model", "aligned", "scored", *_COLUMNS.values())]
        for one in several:
            given = {"ranking": one.ranking, "ipTM": one.iptm, "pTM": one.ptm}
            said = ", ".join(f"{name} {value:.{DECIMALS}f}" for name, value in given.items() if value is not None)
            lines.append(f"  {one.model}: {said or 'no confidence of the whole'}{'' if one.pae else ', no PAE'}")
            rows += [_row(one.model, direction) for direction in one.directions]
            if not one.directions:
                lines.append("    one protein chain, so there is no interface to score")
        if len(several) > 1:
            rows += [_row(f"mean of {len(several)}", direction) for direction in means(several)]
        if len(rows) > 1:
            lines += ["", *(f"  {line}" for line in table(rows, right=range(3, len(rows[0]))))]
        lines.append("")
    if not all(one.pae for one in models):
        lines.append(
            "Without PAE, ipSAE, LIS and pDockQ2 are not known; docs/cofold.md says how each program writes it."
        )
    lines.append(
        f"ipSAE with a PAE cutoff of {cutoff:g} A; PAE in A (lower is better), all others are better if higher;"
    )
    lines.append(
        "aligned: the chain on whose residues the prediction is aligned; scored: the one whose places are judged."
    )
    return lines


def _row(model: str, direction: Direction) -> tuple[str, ...]:
    cells = [_cell(direction.numbers.get(name)) for name in _COLUMNS]
    return (model, direction.aligned, direction.scored, *cells)


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.{DECIMALS}f}"
