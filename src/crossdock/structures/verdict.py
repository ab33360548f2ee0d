"""Whether the chains that stand for a protein are the one that is expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from crossdock.entries.identity import ChainIdentity
from crossdock.entries.organism import can_be_of
from crossdock.entries.residues import EntryModel
from crossdock.entries.sequence import Comparison
from crossdock.panel.accession import current, is_accession
from crossdock.remark import Remark, remark
from crossdock.structures.copies import linked_chains
from crossdock.structures.evidence import Evidence
from crossdock.structures.record import Coverage, Identity

#: Part of an asked range that must be there for a chain not to be called a fragment.
FULL_COVERAGE = 0.9


def judge(
    chains: Mapping[str, ChainIdentity],
    expected: str | None,
    *,
    organism: int | None = 9606,
    asked: tuple[int, int] | None = None,
    span: tuple[int, int] | None = None,
    accepted: str | None = None,
    evidence: Evidence | None = None,
) -> Identity:
    """Compare the chains that stand for a protein with what the panel expects.

    Parameters
    ----------
    chains : mapping of str to ChainIdentity
        Author chain -> its records; the chains that stand for the protein, without their partners.
    expected : str or None
        UniProt accession.
    organism : int or None
        NCBI taxonomy id that the protein must have, None for any. It is judged only where `expected` is given.
    asked : tuple of int, optional
        How many residues of an asked range the chains have, and how many were asked for.
    span : tuple of int, optional
        First and last residue kept of an asked range, in author numbers.
    accepted : str, optional
        The user's words for taking an entry of another identity.
    evidence : Evidence, optional
        What is known of the chains beside their own records.

    Returns
    -------
    Identity

    Notes
    -----
    Records are taken at their word. A chain without any is judged by its sequence, where that of `expected` is at hand
    or another chain of the entry is `expected` by the records. Else it is a mismatch if the file is by its name the
    model of another protein, if the chain is an antibody's in an entry that gives accessions to other chains, or if its
    organism is another; and unknown if nothing speaks for or against it.
    """
    evidence = evidence or Evidence()
    found = dict.fromkeys(accession for chain in chains.values() for accession in chain.accessions)
    coverage = _coverage(chains, expected, asked, span)
    verdict, reasons = _verdict(chains, expected, organism, evidence)
    ends = [(one.start, one.end) for one in evidence.compared.values() if one]
    if coverage is None and verdict == "matches" and ends:
        coverage = Coverage(min(a for a, _ in ends), max(b for _, b in ends))
    share = coverage.fraction if coverage else None
    if verdict == "matches" and asked and share is not None and share < FULL_COVERAGE:
        verdict = "fragment"
        reasons.append(remark("fragment", there=asked[0], asked=asked[1]))
    accepted = accepted if verdict == "mismatch" else None
    return Identity(verdict, expected, tuple(found), coverage, accepted, tuple(reasons))


def mismatch_hint(found: EntryModel, chosen: Sequence[str], expected: str, organism: int | None) -> str:
    """Say what to do about a mismatch.

    Parameters
    ----------
    found : EntryModel
    chosen : sequence of str
        Author chains that stand for the protein.
    expected : str
    organism : int or None
        As for `judge`.
    """
    identities = {chain: found.identity_of(chain) for chain in found.protein_chains}
    right = [chain for chain, says in identities.items() if says.is_a(expected)]
    if right and not set(right) >= set(chosen):
        body = linked_chains(found, right)
        what = f"{_listed(body)} {'are' if len(body) > 1 else 'is'} {expected}"
        return f"{what}: write `chains: [{', '.join(body)}]` (and its partners under `with:`)"
    foreign = [identities[chain] for chain in chosen if not _fits(identities[chain], organism)]
    taxid = foreign[0].taxids[0] if foreign and foreign[0].taxids else "its NCBI taxonomy id"
    if foreign and right:
        return f"if you want this organism, write `organism: {taxid}`; otherwise choose another entry"
    where = f" (`crossdock suggest {expected}` lists them)" if is_accession(expected) else ""
    meant = f"write `organism: {taxid}` if that organism is meant, " if foreign else ""
    return f"choose another entry{where}, {meant}or give a reason for using this one under `accept:`"


def _verdict(
    chains: Mapping[str, ChainIdentity], expected: str | None, organism: int | None, evidence: Evidence
) -> tuple[str, list[Remark]]:
    if not expected:
        named = [{"chain": name, "called": _called(chain)} for name, chain in chains.items() if chain.references]
        return "unknown", [remark("identity-by-records", found=named) if named else remark("identity-unchecked")]
    says = {name: chain.says(expected) for name, chain in chains.items()}
    wrong = [{"chain": name, "called": _called(chains[name])} for name in chains if says[name] is False]
    if wrong:
        return "mismatch", [remark("another-by-records", expected=expected, found=wrong)]
    silent = {name: chain for name, chain in chains.items() if says[name] is None}
    for name in silent:
        if another := _other_sequence(name, expected, evidence):
            return "mismatch", [another]
    unsettled = [name for name in silent if name not in evidence.compared and name not in evidence.copies]
    for name in unsettled:
        if another := _other_kind(name, expected, evidence):
            return "mismatch", [another]
    for name, chain in chains.items():
        if not _fits(chain, organism):
            return "mismatch", [_other_organism(name, chain, expected, organism)]
    if unsettled:
        return "unknown", _open(unsettled, chains, expected, evidence)
    known = {name: chain for name, chain in chains.items() if says[name]}
    reasons = [_match(known, expected)] if known else []
    return "matches", reasons + [_same_sequence(name, silent[name], expected, evidence) for name in silent]


def _other_sequence(name: str, expected: str, evidence: Evidence) -> Remark | None:
    """Say that the sequence of a chain without records is another's; None where it is not."""
    about = _described(name, evidence.records.get(name)) | {"expected": expected}
    if name in evidence.compared:
        one = evidence.compared[name]
        return None if one and one.same else remark("another-sequence", comparison=_compared(one), **about)
    if name not in evidence.copies:
        return None
    one = evidence.copies[name][1]
    if one and one.same:
        return None
    right = [chain for chain, says in evidence.records.items() if says.is_a(expected)]
    called = _called(evidence.records[right[0]], expected)
    return remark("no-copy", right=right, by=called, comparison=_compared(one), **about)


def _same_sequence(name: str, chain: ChainIdentity, expected: str, evidence: Evidence) -> Remark:
    """Say by which sequence a chain without records is the protein expected."""
    if name in evidence.compared:
        comparison, known = _compared(evidence.compared[name]), bool(chain.taxids or chain.organisms)
        about = {"expected": expected, "comparison": comparison, "organism_known": known}
        return remark("identity-by-sequence", chain=name, **about)
    other, one = evidence.copies[name]
    by = _called(evidence.records[other], expected)
    return remark("identity-of-a-copy", chain=name, copy_of=other, by=by, comparison=_compared(one))


def _other_organism(name: str, chain: ChainIdentity, expected: str, organism: int | None) -> Remark:
    source = {"names": list(chain.organisms), "taxids": list(chain.taxids), "expected": organism}
    if chain.says(expected):
        return remark("another-organism", chain=name, by=_called(chain), organism=source)
    about = _described(name, chain) | {"expected": expected}
    return remark("another-organism-without-record", organism=source, **about)


def _other_kind(name: str, expected: str, evidence: Evidence) -> Remark | None:
    """Say that a chain without records is no chain of the protein, by the file's name or by what it is."""
    about = _described(name, evidence.records.get(name)) | {"expected": expected}
    if evidence.model_of and is_accession(expected) and current(evidence.model_of) != current(expected):
        return remark("model-of-another", model=evidence.model_of, **about)
    others = {chain: says for chain, says in evidence.records.items() if says.references and chain != name}
    if name in evidence.antibodies and others:
        return remark("antibody-beside-others", others=_catalogue(others), **about)
    return None


def _open(names: Sequence[str], chains: Mapping[str, ChainIdentity], expected: str, evidence: Evidence) -> list[Remark]:
    """Say that nothing tells which protein chains are, what is known of them, and how to settle it."""
    unreadable = [name for name in names if name in evidence.unreadable]
    found = [remark("unconfirmed", expected=expected, without=list(names), unreadable=unreadable)]
    for name in names:
        chain = chains[name]
        if chain.description:
            found.append(remark("described-by-the-entry", chain=name, description=chain.description))
        if name in evidence.antibodies:
            found.append(remark("antibody-by-sequence", chain=name))
        if chain.references:
            found.append(remark("record-not-comparable", by=_called(chain)))
        if chain.elsewhere:
            found.append(remark("records-elsewhere", chain=name, databases=list(chain.elsewhere)))
    others = {chain: says for chain, says in evidence.records.items() if says.references and chain not in names}
    if others:
        found.append(remark("records-of-others", others=_catalogue(others)))
    if evidence.model_of:
        found.append(remark("model-by-name", model=evidence.model_of))
    if not unreadable:
        found.append(remark("sequence-wanted", expected=expected))
    return found


def _fits(chain: ChainIdentity, organism: int | None) -> bool:
    return can_be_of(organism, chain.taxids, chain.organisms)


def _listed(names: Iterable[str]) -> str:
    """Name chains: ``chain A``, ``chains C and D``, ``chains A, B and C``."""
    *first, last = (name or "(blank)" for name in names)
    return f"chains {', '.join(first)} and {last}" if first else f"chain {last}"


def _described(name: str, chain: ChainIdentity | None) -> dict[str, Any]:
    return {"chain": name, "description": chain.description if chain else None}


def _compared(one: Comparison | None) -> dict[str, Any] | None:
    return asdict(one) if one else None


def _catalogue(records: Mapping[str, ChainIdentity]) -> list[dict[str, Any]]:
    """Give chains with what they are by their records, those that are alike together."""
    alike: dict[str, dict[str, Any]] = {}
    for name, says in records.items():
        called = _called(says)
        alike.setdefault(repr(called), {"chains": [], "called": called})["chains"].append(name)
    return list(alike.values())


def _match(chains: Mapping[str, ChainIdentity], expected: str) -> Remark:
    """Say what matches, and what is joined to it."""
    names, first = list(chains), next(iter(chains.values()))
    today = None
    if expected not in first.accessions:
        old = next(one.accession for one in first.references if one.is_of(expected))
        if is_accession(old) and old.split("-")[0] != expected.split("-")[0] and is_accession(expected):
            today = current(expected)
    fused = {reference.accession for chain in chains.values() for reference in chain.fused_with(expected)}
    about = {"by": _called(first, expected), "today": today, "fused": sorted(fused)}
    return remark("identity-matches", chains=names, **about)


def _called(chain: ChainIdentity, accession: str | None = None) -> dict[str, Any]:
    """Give what names a chain: accessions, each with its entry name, and the entry's description."""
    wanted = [one for one in chain.references if accession is None or one.is_of(accession)]
    names = {one.accession: None for one in wanted} | {
        one.accession: one.name for one in wanted if one.name and one.name != one.accession
    }
    return {"records": [[accession, name] for accession, name in names.items()], "description": chain.description}


def _coverage(
    chains: Mapping[str, ChainIdentity],
    expected: str | None,
    asked: tuple[int, int] | None,
    span: tuple[int, int] | None,
) -> Coverage | None:
    """Give what is covered: of the asked range in author numbers, else of the UniProt sequence by the records."""
    if asked and span:
        return Coverage(span[0], span[1], round(asked[0] / asked[1], 3))
    references = [
        reference
        for chain in chains.values()
        for reference in chain.references
        if reference.start is not None and reference.end is not None and (expected is None or reference.is_of(expected))
    ]
    if not references or (expected is None and len({current(r.accession) for r in references}) > 1):
        return None
    starts, ends = zip(*((r.start, r.end) for r in references), strict=True)
    return Coverage(min(starts), max(ends))
