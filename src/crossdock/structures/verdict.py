"""Whether the chains that stand for a protein are the one that is expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossdock.structures.accession import current
from crossdock.structures.identity import ChainIdentity
from crossdock.structures.organism import can_be_of
from crossdock.structures.sequence import Comparison

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
    compared: Mapping[str, Comparison | None] | None = None,
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
    compared : mapping of str to Comparison or None, optional
        How the sequences of chains without records lie on that of `expected`, where it is at hand; None for a chain of
        which too little aligns.

    Returns
    -------
    dict
        `verdict` (``matches``, ``mismatch``, ``fragment``, ``unknown``), `expected`, `found`, `coverage`, `accepted`
        and `explanation`, as protein.json holds them.

    Notes
    -----
    Records are taken at their word; sequences are compared only where there is none.
    """
    found = list(dict.fromkeys(accession for chain in chains.values() for accession in chain.accessions))
    coverage = _coverage(chains, expected, asked, span)
    verdict, explanation = _verdict(chains, expected, organism, compared or {})
    ends = [(one.start, one.end) for one in (compared or {}).values() if one]
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


def _verdict(
    chains: Mapping[str, ChainIdentity],
    expected: str | None,
    organism: int | None,
    compared: Mapping[str, Comparison | None],
) -> tuple[str, str]:
    if not expected:
        known = [f"chain {name} is {_called(chain)}" for name, chain in chains.items() if chain.references]
        says = f"; by the entry's records {' and '.join(known)}." if known else ", and the entry names none."
        return "unknown", f"No accession is expected{says}"
    silent = [name for name, chain in chains.items() if not chain.references]
    wrong = [f"chain {name} is {_called(c)}" for name, c in chains.items() if c.references and not c.is_a(expected)]
    if wrong:
        return "mismatch", f"Expected {expected}, but by the entry's records {' and '.join(wrong)}."
    if silent and all(name in compared for name in silent):
        return _by_sequence(expected, {name: compared[name] for name in silent})
    if silent:
        which = f"chain{'s' if len(silent) > 1 else ''} {', '.join(silent)}"
        return "unknown", (
            f"Expected {expected}, but the entry has no UniProt record of {which}, and no sequence of {expected} is at "
            f"hand: {ANYBODY}. Put UniProt's into resources/sequences/{expected}.fasta to have it compared."
        )
    foreign = [name for name, chain in chains.items() if not can_be_of(organism, chain.taxids, chain.organisms)]
    if foreign:
        chain = chains[foreign[0]]
        got = f"{' and '.join(chain.organisms) or 'unnamed'} (taxonomy id {', '.join(map(str, chain.taxids))})"
        return "mismatch", f"Chain {foreign[0]} is {_called(chain)}, but from {got} where {organism} is expected."
    return "matches", _match(chains, expected)


def _by_sequence(expected: str, compared: Mapping[str, Comparison | None]) -> tuple[str, str]:
    """Judge chains without records by their sequence."""
    opening = "The entry has no UniProt record"
    wrong = [name for name, one in compared.items() if one is None or not one.same]
    if wrong:
        how = compared[wrong[0]] or "hardly anything aligns"
        return "mismatch", f"{opening}; the sequence of chain {wrong[0]} is not that of {expected}: {how}."
    found = " and ".join(f"chain {name}, {one}" for name, one in compared.items())
    return "matches", f"{opening}; by sequence it is {expected}: {found}. The organism was not compared."


def _match(chains: Mapping[str, ChainIdentity], expected: str) -> str:
    """Say what matches, and what is joined to it."""
    names = list(chains)
    sentence = f"Chain{'s' if len(names) > 1 else ''} {', '.join(names)}: {_called(chains[names[0]], expected)}"
    if expected not in chains[names[0]].accessions:
        old = next(a for a in chains[names[0]].accessions if current(a) == current(expected))
        if old.split("-")[0] != expected.split("-")[0]:
            sentence += f", which UniProt counts as {current(expected)} today"
    joined = {reference.accession for chain in chains.values() for reference in chain.fused_with(expected)}
    if joined:
        sentence += f"; fused with {' and '.join(sorted(joined))} in the same chain"
    return sentence + "."


def _called(chain: ChainIdentity, accession: str | None = None) -> str:
    """Name a chain: accessions, then the entry's description."""
    names = [
        f"{a} ({n})" if (n := next((r.name for r in chain.references if r.accession == a and r.name), None)) else a
        for a in chain.accessions
        if accession is None or current(a) == current(accession)
    ]
    return " + ".join(names) + (f", {chain.description}" if chain.description else "")


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
        if reference.start is not None
        and reference.end is not None
        and (expected is None or current(reference.accession) == current(expected))
    ]
    if not references or (expected is None and len({current(r.accession) for r in references}) > 1):
        return None
    starts, ends = zip(*((r.start, r.end) for r in references), strict=True)
    return {"start": min(starts), "end": max(ends), "fraction": None}
