"""What the cells of a new panel's rows say: the part of a protein, the choice among several, a failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crossdock.entries.identity import ChainRecord, Reference
from crossdock.entries.lookup import Candidate
from crossdock.entries.names import Name
from crossdock.entries.numbering import shift_of
from crossdock.entries.sequence import compare
from crossdock.entries.topology import Part
from crossdock.entries.uniprot import Match
from crossdock.errors import CrossdockError, InputError, cut
from crossdock.panel.accession import current
from crossdock.panel.schema import rule_of
from crossdock.structures.prepare import Contents
from crossdock.structures.record import ProteinRecord

#: How many structures of a protein are tried before one is left for a person to choose.
MOST_TRIED = 3


def to_try(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Give the best candidates, and the predicted model, which comes last."""
    last = [one for one in candidates[MOST_TRIED:] if one.method == "predicted"]
    return [*candidates[:MOST_TRIED], *last]


def within(
    record: ProteinRecord, wanted: tuple[int, int], references: Sequence[Reference], accession: str, predicted: bool
) -> str | None:
    """Give the residues to keep in author numbers; None where nothing is to be cut, "unknown" where no record tells."""
    own = [one for one in references if one.is_of(accession)]
    shifts = {shift_of(one) for one in own} - {None}
    if not shifts and predicted:
        shifts = {0}
    low, high = min(one for one, _ in record.ranges.values()), max(one for _, one in record.ranges.values())
    if len(shifts) != 1:
        spans = [(one.start, one.end) for one in own if one.start and one.end]
        inside = spans and all(wanted[0] <= a and b <= wanted[1] for a, b in spans)
        return None if inside else "unknown"
    shift = shifts.pop() or 0
    first, last = max(low, wanted[0] + shift), min(high, wanted[1] + shift)
    if first > last:
        raise InputError("it has no residue of the part that is wanted")
    return None if (first, last) == (low, high) else f"{first}-{last}"


def of_fragment(part: Part, sequence: str, whole: str) -> Part:
    """Keep to the residues of a sequence that is a part of the protein's."""
    if not sequence or len(sequence) >= 0.95 * len(whole) or not (found := compare(sequence, whole)):
        return part
    first, last = part.residues or (1, len(whole))
    residues = max(first, found.start), min(last, found.end)
    return replace(part, residues=residues) if residues[0] < residues[1] else part


def uniprot_cells(match: Match | None) -> dict[str, str]:
    """Give the cells that UniProt fills."""
    if match is None:
        return {}
    one = match.annotation
    cells = {"gene": one.gene, "uniprot": one.accession, "organism": str(one.taxid) if one.taxid else None}
    return {key: value for key, value in cells.items() if value}


def alike(one: ChainRecord, other: ChainRecord, contents: Contents) -> bool:
    """Tell whether two chains are the same protein: by their records, else by their sequences."""
    if one.accessions and other.accessions:
        return {current(a.accession) for a in one.accessions} == {current(a.accession) for a in other.accessions}
    a, b = contents.sequences[one.chain], contents.sequences[other.chain]
    if bool(one.accessions) != bool(other.accessions):
        return False
    return a == b or bool((found := compare(a, b)) and found.same)


def choices(text: str, matches: Sequence[Match]) -> str:
    """Say which proteins a name may mean."""
    listed = "; ".join(map(str, matches[:8]))
    return f"{text} may mean {listed}. Write the accession that is meant into `uniprot`"


def reason(error: CrossdockError) -> str:
    """Put an error and what to do about it into a cell."""
    return f"{cut(error.what, 500)} ({error.hint})" if error.hint else cut(error.what, 500)


def sentence(name: Name) -> str:
    """Say why a name is no protein's."""
    return f"{name.problem}; {name.hint}" if name.hint else name.problem


def several(kinds: Sequence[Sequence[ChainRecord]]) -> str:
    """Say which proteins an entry holds."""
    expected = rule_of("protein.organism")["default"]
    listed, others = [], False
    for kind in kinds:
        first = kind[0]
        names = ", ".join(one.chain for one in kind)
        accession = next((one.accession for one in first.accessions), "")
        other = f"organism {first.taxid}" if accession and first.taxid not in (None, expected) else ""
        about = ", ".join(filter(None, (first.description, accession, other))) or "no record"
        listed.append(f"{names} ({about}, {first.n_residues} residues)")
        others = others or bool(other)
    what = f"it holds {len(kinds)} different proteins: {'; '.join(listed)}"
    rest = (
        ", its accession into `uniprot` and its organism into `organism`"
        if others
        else ", and its accession into `uniprot`"
    )
    return f"{what}. Write the chains of one of them into `chains`{rest}"
