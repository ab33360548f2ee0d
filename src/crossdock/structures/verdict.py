"""Whether the chains that stand for a protein are the one that is expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crossdock.entries.identity import ChainIdentity
from crossdock.entries.organism import can_be_of
from crossdock.entries.residues import EntryModel
from crossdock.panel.accession import current, is_accession
from crossdock.structures.copies import linked_chains
from crossdock.structures.evidence import Evidence

#: What is said of an entry that nothing confirms to hold the protein expected.
ANYBODY = "it may be any protein"
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
) -> dict[str, Any]:
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
    dict
        `verdict` (``matches``, ``mismatch``, ``fragment``, ``unknown``), `expected`, `found`, `coverage`, `accepted`
        and `explanation`, as protein.json holds them.

    Notes
    -----
    Records are taken at their word. A chain without any is judged by its sequence, where that of `expected` is at hand
    or another chain of the entry is `expected` by the records. Else it is a mismatch if the file is by its name the
    model of another protein, if the chain is an antibody's in an entry that gives accessions to other chains, or if its
    organism is another; and unknown if nothing speaks for or against it.
    """
    evidence = evidence or Evidence()
    found = list(dict.fromkeys(accession for chain in chains.values() for accession in chain.accessions))
    coverage = _coverage(chains, expected, asked, span)
    verdict, explanation = _verdict(chains, expected, organism, evidence)
    ends = [(one.start, one.end) for one in evidence.compared.values() if one]
    if coverage is None and verdict == "matches" and ends:
        coverage = {"start": min(a for a, _ in ends), "end": max(b for _, b in ends), "fraction": None}
    if verdict == "matches" and asked and coverage and coverage["fraction"] < FULL_COVERAGE:
        verdict = "fragment"
        explanation += f" It covers {asked[0]} of the {asked[1]} residues that were asked for."
    return {
        "verdict": verdict,
        "expected": expected,
        "found": found,
        "coverage": coverage,
        "accepted": accepted if verdict == "mismatch" else None,
        "explanation": explanation,
    }


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
        return f"if it is the one that you want, write `organism: {taxid}`; else choose another entry"
    where = f" (`crossdock suggest {expected}` lists them)" if is_accession(expected) else ""
    meant = f"write `organism: {taxid}` if that organism is meant, " if foreign else ""
    return f"choose another entry{where}, {meant}or write `accept:` with the reason why this one will do"


def _verdict(
    chains: Mapping[str, ChainIdentity], expected: str | None, organism: int | None, evidence: Evidence
) -> tuple[str, str]:
    if not expected:
        named = [f"{_listed([name])} is {_called(chain)}" for name, chain in chains.items() if chain.references]
        if not named:
            return "unknown", "No UniProt accession was given or found: identity not checked."
        return "unknown", f"Identity not checked (no accession given); by the entry's records {' and '.join(named)}."
    says = {name: chain.says(expected) for name, chain in chains.items()}
    wrong = [f"{_listed([name])} is {_called(chains[name])}" for name in chains if says[name] is False]
    if wrong:
        return "mismatch", f"Expected {expected}, but by the entry's records {' and '.join(wrong)}."
    silent = {name: chain for name, chain in chains.items() if says[name] is None}
    for name in silent:
        if explanation := _other_sequence(name, expected, evidence):
            return "mismatch", explanation
    unsettled = [name for name in silent if name not in evidence.compared and name not in evidence.copies]
    for name in unsettled:
        if explanation := _other_kind(name, expected, evidence):
            return "mismatch", explanation
    for name, chain in chains.items():
        if not _fits(chain, organism):
            return "mismatch", _other_organism(name, chain, expected, organism)
    if unsettled:
        return "unknown", _open(unsettled, chains, expected, evidence)
    known = {name: chain for name, chain in chains.items() if says[name]}
    parts = [_match(known, expected)] if known else []
    return "matches", " ".join(parts + [_same_sequence(name, silent[name], expected, evidence) for name in silent])


def _other_sequence(name: str, expected: str, evidence: Evidence) -> str | None:
    """Say that the sequence of a chain without records is another's; None where it is not."""
    if name in evidence.compared:
        one = evidence.compared[name]
        of = expected
    elif name in evidence.copies:
        right = [chain for chain, says in evidence.records.items() if says.is_a(expected)]
        one = evidence.copies[name][1]
        of = f"{_listed(right)}, which the entry's records name {_called(evidence.records[right[0]], expected)}"
    else:
        return None
    if one is not None and one.same:
        return None
    what = _described(name, evidence.records.get(name))
    return (
        f"Expected {expected}, but {what} has no UniProt record, and the sequence of {_listed([name])} is not that of "
        f"{of}: {one or 'hardly anything aligns'}."
    )


def _same_sequence(name: str, chain: ChainIdentity, expected: str, evidence: Evidence) -> str:
    """Say by which sequence a chain without records is the protein expected."""
    opening = f"Chain {name or '(blank)'} has no UniProt record, but its sequence is that of"
    if name in evidence.compared:
        organism = "" if chain.taxids or chain.organisms else " The organism was not compared."
        return f"{opening} {expected}: {evidence.compared[name]}.{organism}"
    other, one = evidence.copies[name]
    return f"{opening} chain {other}, which is {_called(evidence.records[other], expected)}: {one}."


def _other_organism(name: str, chain: ChainIdentity, expected: str, organism: int | None) -> str:
    names = " and ".join(chain.organisms) or "an organism without a name"
    taxids = f" (taxonomy id {', '.join(map(str, chain.taxids))})" if chain.taxids else ""
    source = f"from {names}{taxids} where {organism} is expected"
    if chain.says(expected):
        return f"Chain {name or '(blank)'} is {_called(chain)}, but {source}."
    return f"Expected {expected}, but {_described(name, chain)} has no UniProt record, and is {source}."


def _other_kind(name: str, expected: str, evidence: Evidence) -> str | None:
    """Say that a chain without records is no chain of the protein, by the file's name or by what it is."""
    what = _described(name, evidence.records.get(name))
    if evidence.model_of and is_accession(expected) and current(evidence.model_of) != current(expected):
        return (
            f"Expected {expected}, but the entry has no UniProt record of {what}, and by its name the file is the "
            f"AlphaFold DB model of {evidence.model_of}."
        )
    others = {chain: says for chain, says in evidence.records.items() if says.references and chain != name}
    if name in evidence.antibodies and others:
        return (
            f"Expected {expected}, but by its sequence {what} is an antibody or T-cell receptor, and the entry has "
            f"UniProt records of {_catalogue(others)} only. If {expected} is one, put its sequence into "
            f"resources/sequences/{expected}.fasta."
        )
    return None


def _open(names: Sequence[str], chains: Mapping[str, ChainIdentity], expected: str, evidence: Evidence) -> str:
    """Say that nothing tells which protein chains are, what is known of them, and how to settle it."""
    why = f"no sequence of {expected} is at hand"
    if unreadable := [name for name in names if name in evidence.unreadable]:
        why = f"{_listed(unreadable)} cannot be compared, being mostly of one kind of residue or of unknown kind"
    sentences = [f"Expected {expected}, but the entry has no UniProt record of {_listed(names)}, and {why}: {ANYBODY}."]
    for name in names:
        chain = chains[name]
        if chain.description:
            sentences.append(f'The entry calls {_listed([name])} "{chain.description}".')
        if name in evidence.antibodies:
            sentences.append(f"By its sequence {_listed([name])} is an antibody or T-cell receptor.")
        if chain.references:
            sentences.append(f"Its record, {_called(chain)}, cannot be compared: one of the two is no accession.")
        if chain.elsewhere:
            sentences.append(
                f"The entry names {' and '.join(chain.elsewhere)} for {_listed([name])}, which is not compared."
            )
    others = {chain: says for chain, says in evidence.records.items() if says.references and chain not in names}
    if others:
        sentences.append(f"UniProt records are there for {_catalogue(others)}.")
    if evidence.model_of:
        sentences.append(f"By its name the file is the AlphaFold DB model of {evidence.model_of}.")
    if not unreadable:
        sentences.append(f"Put UniProt's sequence into resources/sequences/{expected}.fasta to have it compared.")
    return " ".join(sentences)


def _fits(chain: ChainIdentity, organism: int | None) -> bool:
    return can_be_of(organism, chain.taxids, chain.organisms)


def _described(name: str, chain: ChainIdentity | None) -> str:
    return _listed([name]) + (f" ({chain.description})" if chain and chain.description else "")


def _listed(names: Iterable[str]) -> str:
    """Name chains: ``chain A``, ``chains C and D``, ``chains A, B and C``."""
    *first, last = (name or "(blank)" for name in names)
    return f"chains {', '.join(first)} and {last}" if first else f"chain {last}"


def _catalogue(records: Mapping[str, ChainIdentity]) -> str:
    """Name chains with what they are by their records, those that are alike together."""
    alike: dict[str, list[str]] = {}
    for name, says in records.items():
        alike.setdefault(_called(says), []).append(name)
    return "; ".join(f"{_listed(names)} ({what})" for what, names in alike.items())


def _match(chains: Mapping[str, ChainIdentity], expected: str) -> str:
    """Say what matches, and what is joined to it."""
    names = list(chains)
    sentence = f"Chain{'s' if len(names) > 1 else ''} {', '.join(names)}: {_called(chains[names[0]], expected)}"
    if expected not in chains[names[0]].accessions:
        old = next(one.accession for one in chains[names[0]].references if one.is_of(expected))
        if is_accession(old) and old.split("-")[0] != expected.split("-")[0] and is_accession(expected):
            sentence += f", which UniProt counts as {current(expected)} today"
    joined = {reference.accession for chain in chains.values() for reference in chain.fused_with(expected)}
    if joined:
        sentence += f"; fused with {' and '.join(sorted(joined))} in the same chain"
    return sentence + "."


def _called(chain: ChainIdentity, accession: str | None = None) -> str:
    """Name a chain: accessions, then the entry's description."""
    wanted = [one for one in chain.references if accession is None or one.is_of(accession)]
    names = {one.accession: None for one in wanted} | {
        one.accession: one.name for one in wanted if one.name and one.name != one.accession
    }
    text = " + ".join(f"{accession} ({name})" if name else accession for accession, name in names.items())
    return text + (f", {chain.description}" if chain.description else "")


def _coverage(
    chains: Mapping[str, ChainIdentity],
    expected: str | None,
    asked: tuple[int, int] | None,
    span: tuple[int, int] | None,
) -> dict[str, Any] | None:
    """Give what is covered: of the asked range in author numbers, else of the UniProt sequence by the records."""
    if asked and span:
        return {"start": span[0], "end": span[1], "fraction": round(asked[0] / asked[1], 3)}
    references = [
        reference
        for chain in chains.values()
        for reference in chain.references
        if reference.start is not None and reference.end is not None and (expected is None or reference.is_of(expected))
    ]
    if not references or (expected is None and len({current(r.accession) for r in references}) > 1):
        return None
    starts, ends = zip(*((r.start, r.end) for r in references), strict=True)
    return {"start": min(starts), "end": max(ends), "fraction": None}
