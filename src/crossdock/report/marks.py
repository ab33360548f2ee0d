"""Warnings beside a pair, as data: identity, quality of the structures, agreement of models, clashes, reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from crossdock.analysis import affinity
from crossdock.entries.prediction import CONFIDENT_PLDDT, is_predicted
from crossdock.remark import BUILT_RESIDUES, UNNOTICED_MEMBRANE, Severity, worst
from crossdock.report.run_data import FirstModel
from crossdock.report.sentences import say
from crossdock.structures.record import ProteinRecord

Level = Literal["wrong", "note", "fine"]

#: Resolution in angstrom from which side chains are often placed by guess.
COARSE_A = 3.0
#: Least share of the other models at the first one's place, and how many others it takes to tell.
FEW, FEWEST_OTHERS = 0.25, 4
#: Atom pairs nearer than bonds are, for each 100 residue pairs in contact: 95 % of the local engine's 160 models of the
#: demo panel have no more.
MOST_OVERLAPS = 35.0
#: What `prepare` says of residues of a predicted model that are below `CONFIDENT_PLDDT`.
LOW_CONFIDENCE = "low-confidence"


@dataclass(frozen=True)
class Mark:
    """One thing that was looked at.

    Attributes
    ----------
    kind : str
        What was found: its sentences are ``mark-KIND`` (or ``fine-KIND``) and ``badge-KIND`` of sentences.yaml.
    level : {"wrong", "note", "fine"}
        ``wrong`` where the pair may not be what it says it is, ``note`` where its numbers are less sure.
    values : dict of str to (str, int or float)
        What the sentence shows.
    """

    kind: str
    level: Level
    values: dict[str, str | int | float] = field(default_factory=dict)


def marks_of_protein(record: ProteinRecord, *, plddt: float | None = None) -> list[Mark]:
    """Look at what is known of a protein, which all of its pairs share.

    Parameters
    ----------
    record : ProteinRecord
    plddt : float, optional
        Mean pLDDT (0 to 100) of the residues that are docked, of a predicted model.

    Returns
    -------
    list of Mark
        Identity, then quality of the structure, then the membrane; nothing of what is not known.
    """
    return [_identity(record), *_quality(record, plddt), *_membrane(record)]


def holds_plddt(record: ProteinRecord) -> bool:
    """Tell whether the B column of a prepared structure holds pLDDT.

    Of a predicted model with a mean below `CONFIDENT_PLDDT` the record always says so, as residues below it are named.
    """
    return (
        record.says(LOW_CONFIDENCE) or record.entry.source == "alphafold" or is_predicted(record.title, record.method)
    )


def _identity(record: ProteinRecord) -> Mark:
    found = record.identity
    why: dict[str, str | int | float] = {"why": found.explanation}
    if worst(found.remarks) is Severity.SERIOUS:
        kind = "another" if found.is_another else "organism" if found.verdict == "mismatch" else "fragment"
        return Mark(kind, "wrong", why)
    if found.verdict == "matches":
        return Mark("identity", "fine", why)
    return Mark("unconfirmed" if worst(found.remarks) is Severity.UNCONFIRMED else "unchecked", "note", why)


def _quality(record: ProteinRecord, plddt: float | None) -> list[Mark]:
    made = []
    if record.resolution_A:
        level: Level = "note" if record.resolution_A > COARSE_A else "fine"
        made.append(Mark("resolution", level, {"resolution": round(record.resolution_A, 2), "limit": COARSE_A}))
    if plddt is not None:
        level = "note" if plddt < CONFIDENT_PLDDT else "fine"
        made.append(Mark("confidence", level, {"plddt": round(plddt), "limit": CONFIDENT_PLDDT}))
    built = sum(item.count for item in record.kept if item.code == BUILT_RESIDUES)
    if built:
        made.append(Mark("built", "note", {"n": built}))
    elif record.missing.residues or record.missing.breaks:
        made.append(Mark("gaps", "note", {"n": record.missing.residues, "gaps": record.missing.breaks}))
    else:
        made.append(Mark("gaps", "fine"))
    return made


def _membrane(record: ProteinRecord) -> list[Mark]:
    if record.says(UNNOTICED_MEMBRANE):
        why = " ".join(one.text for one in record.remarks if one.code == UNNOTICED_MEMBRANE)
        return [Mark("membrane", "wrong", {"why": why})]
    return [Mark("membrane", "fine")] if record.membrane else []


def marks_of_pair(
    first: FirstModel | None, *, apart: str | None = None, unreachable: str = "", steered: str = ""
) -> list[Mark]:
    """Look at what is known of a pair beside its proteins.

    Parameters
    ----------
    first : FirstModel or None
        What was counted in its first model; None where it has none.
    apart : str, optional
        A sentence on why the two do not meet in a living cell, where something is known of it.
    unreachable : str, optional
        A sentence on why the first model's site cannot be reached.
    steered : str
        The backend towards whose models the pair was docked, if it was.

    Returns
    -------
    list of Mark
        Agreement of models, then clashes and what follows from them, reach and steering; nothing of what is not known.
    """
    made = []
    if first and first.at_site is not None and first.others:
        few = first.others >= FEWEST_OTHERS and first.at_site < FEW * first.others
        made.append(Mark("convergence", "note" if few else "fine", {"n": first.at_site, "others": first.others}))
    if first and first.contacts:
        many = 100 * first.overlaps > MOST_OVERLAPS * first.contacts
        share = round(100 * first.overlaps / first.contacts)
        values: dict[str, str | int | float] = {"n": first.overlaps, "share": share, "limit": MOST_OVERLAPS}
        values["refined"] = "" if first.refined is None else f" {say('clashes-refined', n=first.refined)}"
        made.append(Mark("clashes", "note" if many else "fine", values))
    if first and first.withheld:
        why: dict[str, str | int | float] = {"n": first.overlaps, "contacts": first.contacts}
        made.append(Mark("withheld", "note", why | {"limit": affinity.MOST_OVERLAPS}))
    made += [Mark("apart", "wrong", {"why": apart})] if apart else []
    made += [Mark("unreachable", "wrong", {"why": unreachable})] if unreachable else []
    made += [Mark("steered", "note", {"by": steered})] if steered else []
    return made
