"""The scores of predictions by name: for each pair of chains in both directions, and as means over models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from crossdock.docking.backends.cofold import scores
from crossdock.docking.backends.cofold.prediction import Prediction
from crossdock.docking.backends.cofold.quantities import CUTOFF_A

#: Decimals of every score that is shown.
DECIMALS = 6
#: A program's own ipSAE that differs by at most this from that of the file's PAE is taken as that of the same errors
#: before they were rounded. Rounding to 0.01 A moves each term of the mean by 0.003 at most (the slope of a term is at
#: most 0.65 / d0, and d0 at least 1 A), some up and some down; it moved the mean by 0.00005 in the file at hand.
IPSAE_ROUNDING = 1e-3
#: What a direction has, in order: name -> what it is.
SCORES = {
    "iptm": "interface pTM as the program gave it for the pair",
    "ipsae": "ipSAE, d0 by the number of residues that count (d0res)",
    "ipsae_d0chn": "ipSAE, d0 by the lengths of both chains",
    "ipsae_d0dom": "ipSAE, d0 by all residues with a low PAE",
    "iptm_pae": "ipTM that follows from the PAE",
    "lis": "local interaction score",
    "clis": "LIS over residues in contact",
    "ilis": "square root of LIS times cLIS",
    "lia": "pairs of residues with a PAE below 12 A",
    "pdockq": "pDockQ",
    "pdockq2": "pDockQ2",
    "interface_pae": "mean PAE over residues in contact, in A (lower is better)",
    "interface_plddt": "mean pLDDT of residues in contact",
    "contacts": "pairs of residues with CB atoms within 8 A",
}

Numbers = dict[str, float | None]


@dataclass(frozen=True)
class Direction:
    """The scores of two chains in one direction: aligned on the one, judged on the other.

    Attributes
    ----------
    aligned, scored : str
        Names of chains.
    numbers : dict of str to float or None
        By the names of `SCORES`; None where a score needs what the prediction does not have.
    """

    aligned: str
    scored: str
    numbers: Numbers


def directions(prediction: Prediction, cutoff: float = CUTOFF_A) -> list[Direction]:
    """Score every pair of chains in both directions.

    Parameters
    ----------
    prediction : Prediction
    cutoff : float
        Of ipSAE, in angstrom.

    Returns
    -------
    list of Direction
        A -> B and B -> A one after the other.
    """
    found = []
    for i, j in combinations(range(len(prediction.chains)), 2):
        one, other = prediction.residues(i), prediction.residues(j)
        contact = scores.contacts(prediction.center[one], prediction.center[other])
        for a, b, rows, columns, touching in ((i, j, one, other, contact), (j, i, other, one, contact.T)):
            numbers = _numbers(prediction, (rows, columns), touching, cutoff, own=float(prediction.pair_ipsae[a, b]))
            given = float(prediction.pair_iptm[a, b])
            numbers = {"iptm": None if np.isnan(given) else given} | numbers
            found.append(
                Direction(prediction.chains[a], prediction.chains[b], {name: numbers.get(name) for name in SCORES})
            )
    return found


def between(prediction: Prediction, one: Sequence[int], other: Sequence[int], cutoff: float = CUTOFF_A) -> Numbers:
    """Score two groups of chains against each other, each group as if it were one chain.

    Parameters
    ----------
    prediction : Prediction
    one, other : sequence of int
        Indices of chains.
    cutoff : float
        Of ipSAE, in angstrom.

    Returns
    -------
    dict of str to float or None
        The larger of both directions, the mean of both for LIS, cLIS and `interface_pae`, iLIS of these means;
        ``ipsae_min`` is the smaller of the two.
    """
    rows = np.concatenate([prediction.residues(at) for at in one])
    columns = np.concatenate([prediction.residues(at) for at in other])
    contact = scores.contacts(prediction.center[rows], prediction.center[columns])
    given = [prediction.pair_iptm[a, b] for a in one for b in other] + [
        prediction.pair_iptm[b, a] for a in one for b in other
    ]
    known = [float(value) for value in given if not np.isnan(value)]
    own = np.full(2, np.nan)
    if len(one) == len(other) == 1:
        own[:] = prediction.pair_ipsae[one[0], other[0]], prediction.pair_ipsae[other[0], one[0]]
    forth = _numbers(prediction, (rows, columns), contact, cutoff, own=float(own[0]))
    back = _numbers(prediction, (columns, rows), contact.T, cutoff, own=float(own[1]))
    return {"iptm": max(known) if known else None} | joined(forth, back)


def joined(forth: Numbers, back: Numbers) -> Numbers:
    """Put the scores of both directions into one number each, as `between` says."""
    found: Numbers = {}
    for name, value in forth.items():
        values = [one for one in (value, back.get(name)) if one is not None]
        if not values:
            found[name] = None
        elif name in ("lis", "clis", "interface_pae"):
            found[name] = sum(values) / len(values)
        else:
            found[name] = max(values)
        if name == "ipsae":
            found["ipsae_min"] = min(values) if values else None
    if found.get("lis") is not None and found.get("clis") is not None:
        found["ilis"] = float(np.sqrt((found["lis"] or 0.0) * (found["clis"] or 0.0)))
    return found


def _numbers(
    prediction: Prediction, places: tuple[Any, Any], contact: scores.Mask, cutoff: float, *, own: float
) -> Numbers:
    """Score a direction by PAE, pLDDT and contacts; `own` is the program's ipSAE, NaN where it gave none."""
    rows, columns = places
    plddt = (prediction.plddt[rows], prediction.plddt[columns])
    known = bool(np.isfinite(np.concatenate(plddt)).all())
    found: Numbers = {
        "pdockq": scores.pdockq(contact, *plddt) if known else None,
        "interface_plddt": scores.interface_plddt(contact, *plddt),
        "contacts": int(contact.sum()),
    }
    if prediction.pae is not None:
        pae = prediction.pae[np.ix_(rows, columns)]
        ipsae = scores.ipsae(pae, cutoff)
        found |= {
            "ipsae": own if abs(own - ipsae) <= IPSAE_ROUNDING else ipsae,
            "ipsae_d0chn": scores.ipsae_d0chn(pae, cutoff),
            "ipsae_d0dom": scores.ipsae_d0dom(pae, cutoff),
            "iptm_pae": scores.iptm_pae(pae),
            "lis": scores.lis(pae),
            "clis": scores.clis(pae, contact),
            "ilis": scores.ilis(pae, contact),
            "lia": scores.lia(pae),
            "pdockq2": scores.pdockq2(pae, contact, *plddt) if known else None,
            "interface_pae": scores.mean_pae(pae, contact),
        }
    return found


def mean_of(several: Iterable[Numbers]) -> Numbers:
    """Give the mean of each score over models that have it."""
    rows = list(several)
    names = dict.fromkeys(name for row in rows for name in row)
    found: Numbers = {}
    for name in names:
        values = [value for row in rows if (value := row.get(name)) is not None]
        found[name] = sum(values) / len(values) if values else None
    return found
