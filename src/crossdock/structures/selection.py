"""Which chains and residues of an entry stand for a protein."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import CAPS, WATERS
from crossdock.entries.identity import ChainRecord
from crossdock.entries.prediction import CONFIDENT_PLDDT
from crossdock.entries.residues import EntryModel, Ledger, Residues
from crossdock.errors import IdentityError, StructureError
from crossdock.remark import CHAIN
from crossdock.structures.evidence import compare_chains, mapped
from crossdock.structures.ranges import in_span, residue_ranges

#: Heavy atoms of two chains nearer than this, in angstrom, touch.
TOUCH_A = 6.0
#: Chains of which more than this part of the atoms has one of the other within this distance, in angstrom, are models
#: of the same molecule or were never meant to be together.
MOST_CLASHES, SAME_PLACE_A = 0.1, 1.5

#: What a blank chain name is called in a config and in messages.
BLANK = "(blank)"
_OVERLAP = "lie over each other"
# Most chains that a message names one by one.
_MOST_NAMES = 6


def _described(found: EntryModel) -> str:
    """List the polymer chains of an entry, for a message; those that are alike together."""
    alike: dict[tuple[str, str], list[ChainRecord]] = {}
    for record in chain_records(found, {}):
        accessions = ", ".join(dict.fromkeys(reference.accession for reference in record.accessions))
        # Chains without a description are told apart by their length.
        what = record.description or f"no description, {record.n_residues} residues"
        alike.setdefault((what, f" [{accessions}]" if accessions else ""), []).append(record)
    lines = []
    for (what, identity), records in alike.items():
        names = [record.chain or "(blank)" for record in records]
        shown = names if len(names) <= _MOST_NAMES else [*names[: _MOST_NAMES - 1], f"... ({len(names)} chains)"]
        lengths = sorted({record.n_residues for record in records})
        size = (
            f", {'-'.join(map(str, dict.fromkeys((lengths[0], lengths[-1]))))} residues"
            if records[0].description
            else ""
        )
        lines.append(f"{', '.join(shown)}: {what}{identity}{size}")
    return "; ".join(lines) or "none"


def molecules_of(found: EntryModel, chains: Sequence[str] | None) -> list[str]:
    """Give the chains that a config names, with the molecules of a name that the file gives to several.

    Without names, the molecules of the only name there is; otherwise nothing.

    Raises
    ------
    StructureError
        If molecules of one name do not touch: they are no body that could be docked.
    """
    shared = found.entry.shared
    if not chains:
        chains = [name for name, parts in shared.items() if set(found.protein_chains) <= set(parts)]
    named: list[str] = []
    for chain in ["" if chain.strip() in ("", BLANK) else chain for chain in chains]:
        parts = [part for part in shared.get(chain, {}) if part in found.protein_chains]
        named += parts or [chain]
        if len(parts) > 1 and (problem := _no_body(found, parts)):
            lines = shared[chain]
            listed = [f"{part}{f' (from line {lines[part]})' if lines[part] else ''}" for part in parts]
            shown = ", ".join(listed if len(listed) <= _MOST_NAMES else [*listed[:_MOST_NAMES], "..."])
            raise StructureError(
                f"{len(parts)} molecules of this file are called chain {chain or BLANK} and {problem}: {shown}",
                where=found.entry.path,
                hint=f"give the one that you want, for example `chains: [{parts[0]}]`, or give each a chain name "
                "(models: a MODEL record)",
            )
    return list(dict.fromkeys(named))


def check_body(found: EntryModel, body: Sequence[str], ledger: Ledger) -> None:
    """Stop on chains of a body that lie over each other; warn where they do not touch."""
    problem = _no_body(found, body) if len(body) > 1 else None
    if problem == _OVERLAP:
        raise StructureError(
            f"chains {', '.join(body)} {problem}: they cannot be docked as one body",
            where=found.entry.path,
            hint=f"give one of them, for example `chains: [{body[0]}]`",
        )
    if problem:
        ledger.remark("chains-apart", chains=list(body))


def _no_body(found: EntryModel, chains: Sequence[str]) -> str | None:
    """Say why chains do not make one body: they lie over each other, or do not touch; None where they do."""
    from scipy.spatial import cKDTree  # few files need it

    chain = found.residues.chain[found.residues.of_atom]
    trees = [cKDTree(found.atoms.coord[chain == name]) for name in chains]
    for i, one in enumerate(trees):
        for other in trees[:i]:
            if one.count_neighbors(other, SAME_PLACE_A) > MOST_CLASHES * min(one.n, other.n):
                return _OVERLAP
    group, left = [trees[0]], trees[1:]
    while near := [tree for tree in left if any(one.count_neighbors(tree, TOUCH_A) for one in group)]:
        group, left = [*group, *near], [tree for tree in left if tree not in near]
    return "do not all touch" if left else None


def choose_chains(
    found: EntryModel,
    chains: Sequence[str] | None,
    partners: Sequence[str],
    uniprot: str | None,
    sequence: str | Path | None = None,
) -> list[str]:
    """Give the author chains that could stand for the protein.

    Those named; those of `uniprot` by the entry's records, or by its `sequence` where they are silent; or the only one.
    """
    proteins, where = found.protein_chains, found.entry.path
    if not proteins:
        raise StructureError(
            f"there is no protein in this entry; its chains are {_described(found)}",
            where=where,
            hint="crossdock docks proteins only; choose another entry",
        )
    for chain in [*(chains or ()), *partners]:
        if chain not in found.residues.chain:
            elsewhere = found.entry.atoms.model[found.entry.atoms.chain == chain]
            raise StructureError(
                f"chain {chain} is not in the entry; its chains are {_described(found)}",
                where=where,
                hint=f"it is in model {found.entry.models[elsewhere[0]]}: write `model:` with that number"
                if len(elsewhere)
                else f"use the author's chain name, for example `chains: [{proteins[0] or BLANK}]`",
            )
    for chain in dict.fromkeys(chains or ()):
        if chain not in proteins:
            raise StructureError(f"chain {chain} is not a protein; the chains are {_described(found)}", where=where)
    if chains:
        return list(dict.fromkeys(chains))
    free = [chain for chain in proteins if chain not in partners]
    named = [chain for chain in free if uniprot and found.identity_of(chain).is_a(uniprot)]
    if uniprot and sequence and not named:
        alike = compare_chains(found, free, found.residues.amino, uniprot, sequence)
        named = [chain for chain, comparison in alike.items() if comparison and comparison.same]
    if named:
        return named
    if len(free) == 1:
        return free
    on_record = any(found.identity_of(chain).references for chain in free)
    hint = f"give the chain of the protein, for example `chains: [{proteins[0] or BLANK}]`"
    if uniprot and on_record:
        reason = f"according to the entry's records, no chain is {uniprot}"
        hint = (
            f"choose another entry (`crossdock suggest {uniprot}` lists them), or give the chain "
            "and a reason under `accept:`"
        )
    elif uniprot and sequence:
        reason = f"the entry has no UniProt records, and no chain has the sequence of {uniprot}"
    elif uniprot:
        reason = f"the entry has no UniProt records, so the chain of {uniprot} is unknown"
        hint += f"; or put UniProt's sequence into resources/sequences/{uniprot}.fasta"
    else:
        reason = "no chain was chosen"
    raise (IdentityError if uniprot and on_record else StructureError)(
        f"{reason}, and the entry has {len(free)} protein chains: {_described(found)}", where=where, hint=hint
    )


def chain_records(found: EntryModel, letters: dict[str, str]) -> list[ChainRecord]:
    """Describe every polymer chain of the entry, kept or not."""
    table = found.residues
    records = []
    for chain in found.polymer_chains:
        here = table.polymer & (table.chain == chain)
        says = found.identity_of(chain)
        nucleic = not (here & table.amino).any()
        records.append(
            ChainRecord(
                chain,
                letter=letters.get(chain),
                description=says.description or ("nucleic acid" if nucleic else None),
                accessions=says.references,
                organism=" and ".join(says.organisms) or None,
                taxid=says.taxids[0] if says.taxids else None,
                first=int(table.number[here][0]),
                last=int(table.number[here][-1]),
                n_residues=int(here.sum()),
                kept=chain in letters,
            )
        )
    return records


def choose_residues(
    found: EntryModel,
    chosen: Sequence[str],
    body: Sequence[str],
    residues: str | None,
    keep: Sequence[str],
    uniprot: str | None,
    plddt: float,
    ledger: Ledger,
) -> NDArray[np.bool_]:
    """Mark the residues that stay, shape=(m,), and write down why the others do not."""
    table = found.residues
    in_body = np.isin(table.chain, body)
    wanted = {name.upper() for name in keep}
    others = ~table.amino & np.isin(table.name, list(wanted)) & in_body
    _keepable(found, wanted, others, body)
    for chain in found.polymer_chains:
        if chain not in body:
            count = (table.chain == chain) & table.polymer
            ledger.remove(CHAIN, int(count.sum()), chain=chain, description=found.identity_of(chain).description)
    left = ~table.amino & ~others & (in_body | ~table.polymer)
    water = np.isin(table.name, list(WATERS))
    ledger.remove("waters", int((left & water).sum()))
    for name in table.name[left & ~water].tolist():
        ledger.remove("compound", residue=name, compound=found.entry.compounds.get(name))
    _unknown_residues(found, left & table.polymer, ledger)
    amino = table.amino & in_body
    if residues:
        inside = _in_ranges(table, chosen, residues)
        cut = amino & np.isin(table.chain, list(chosen)) & ~inside
        for chain in chosen:
            _some_left(found, chain, amino & ~cut, residues)
        ledger.remove("outside", int(cut.sum()), residues=residues)
        amino &= ~cut
    elif uniprot:
        amino = _without_fusions(found, chosen, amino, uniprot, ledger)
    if found.entry.predicted:
        amino = _confident(found, amino, plddt, trim=not residues, ledger=ledger)
    for chain in body:
        if not ((amino | others) & (table.chain == chain)).any():
            raise StructureError(
                f"chain {chain} has no protein residue and nothing that `keep` lists", where=found.entry.path
            )
    return amino | others


def _keepable(found: EntryModel, wanted: set[str], others: NDArray[np.bool_], body: Sequence[str]) -> None:
    """Stop on a residue name to keep that is not in a kept chain."""
    table = found.residues
    for name in sorted(wanted - set(table.name[others].tolist())):
        elsewhere = sorted(set(table.chain[(table.name == name) & ~table.amino].tolist()))
        there = dict.fromkeys(n for n in table.name[~table.polymer].tolist() if n not in WATERS)
        raise StructureError(
            f"there is no {name} to keep in chain {', '.join(body)}; the entry has it in chain {', '.join(elsewhere)}"
            if elsewhere
            else f"there is no {name} to keep; the entry has {', '.join(there) or 'no ion or ligand'}",
            where=found.entry.path,
            hint=f"write `with: [{elsewhere[0]}]`, or remove {name} from `keep`"
            if elsewhere
            else f"remove {name} from `keep`",
        )


def _without_fusions(
    found: EntryModel, chosen: Sequence[str], amino: NDArray[np.bool_], uniprot: str, ledger: Ledger
) -> NDArray[np.bool_]:
    """Leave out residues that the records map to another accession than the expected one, shape=(m,)."""
    table, stay = found.residues, amino.copy()
    for chain in chosen:
        says = found.identity_of(chain)
        here = amino & (table.chain == chain)
        own = mapped(table, [r for r in says.references if r.is_of(uniprot)]) & here
        if not own.any():
            continue  # the records do not say which residues are the protein
        fused = says.fused_with(uniprot)
        for accession in dict.fromkeys(reference.accession for reference in fused):
            references = [r for r in fused if r.accession == accession]
            foreign = mapped(table, references) & here & ~own & stay
            if not foreign.any():
                continue
            about = {"accession": accession, "protein": references[0].name, "chain": chain}
            ledger.remove("fused", int(foreign.sum()), residues=_spans(table.number[foreign]), **about)
            stay &= ~foreign
    return stay


def _unknown_residues(found: EntryModel, lost: NDArray[np.bool_], ledger: Ledger) -> None:
    """Warn of residues of a chain that are no amino acid that we know; caps of its ends are no loss."""
    table = found.residues
    for i in np.flatnonzero(lost & ~np.isin(table.name, [*WATERS, *CAPS])).tolist():
        ledger.remark("unknown-residue", **table.place(i))


def _in_ranges(table: Residues, chains: Sequence[str], residues: str) -> NDArray[np.bool_]:
    """Mark residues of chains that lie inside ranges such as ``"87-120,130-190B"``, shape=(m,)."""
    inside = np.zeros(len(table.number), dtype=bool)
    for chain in chains:
        # Ligands and waters have numbers of their own.
        here = np.flatnonzero((table.chain == chain) & table.polymer)
        for span in residue_ranges(residues):
            inside[here] |= in_span(table.number[here], table.insertion[here], span)
    return inside


def _some_left(found: EntryModel, chain: str, stay: NDArray[np.bool_], residues: str) -> None:
    table = found.residues
    if not (stay & (table.chain == chain)).any():
        numbers = table.number[table.amino & (table.chain == chain)]
        raise StructureError(
            f"residues {residues} select nothing of chain {chain}, which has {numbers.min()} to {numbers.max()}",
            where=found.entry.path,
            hint="use the entry's own residue numbers",
        )


def count_asked(
    found: EntryModel, chosen: Sequence[str], residues: str | None, stay: NDArray[np.bool_]
) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Count residue numbers of an asked range that are there, and asked for, over all chosen chains."""
    if not residues:
        return None, None
    table = found.residues
    here = stay & table.amino & np.isin(table.chain, list(chosen))
    there = sum(len(set(table.number[here & (table.chain == chain)].tolist())) for chain in chosen)
    # Ranges may overlap, and may be far too long to list.
    ranges = residue_ranges(residues)
    spans = sorted((span.start[0], span.end[0]) for span in ranges if span.start[0] <= span.end[0])
    # A range over numbers that fall asks for what the file has between its ends.
    falling = [span for span in ranges if span.start[0] > span.end[0]]
    asked = sum(int(_in_ranges(table, chosen, str(span)).sum()) for span in falling) // len(chosen)
    reached = spans[0][0] - 1 if spans else 0
    for start, end in spans:
        asked += max(0, end - max(start, reached + 1) + 1)
        reached = max(reached, end)
    numbers = table.number[here]
    return (there, asked * len(chosen)), (int(numbers.min()), int(numbers.max()))


def _confident(
    found: EntryModel, amino: NDArray[np.bool_], least: float, *, trim: bool, ledger: Ledger
) -> NDArray[np.bool_]:
    """Cut the ends of a predicted chain below a pLDDT, and warn of what is low inside, shape=(m,)."""
    table, plddt = found.residues, found.plddt
    stay = amino.copy()
    for chain in dict.fromkeys(table.chain[amino].tolist()):
        here = np.flatnonzero(amino & (table.chain == chain))
        high = np.flatnonzero(plddt[here] >= least)
        if not len(high):
            raise StructureError(
                f"no residue of chain {chain} of this predicted model has a pLDDT of {least:g} or more",
                where=found.entry.path,
                hint="such an uncertain model is of little use for docking; look for an experimental entry, or lower "
                "`plddt:` (0 keeps every residue)",
            )
        for tail in (here[: high[0]], here[high[-1] + 1 :]):
            if trim and len(tail):
                first, last = table.number[tail[0]], table.number[tail[-1]]
                span = f"{first}-{last}" if len(tail) > 1 else f"{first}"
                ledger.remove("low-end", len(tail), residues=span, chain=chain, plddt=least)
                stay[tail] = False
        low = here[stay[here] & (plddt[here] < max(least, CONFIDENT_PLDDT))]
        if len(low):
            about = {"plddt": max(least, CONFIDENT_PLDDT), "residues": _spans(table.number[low])}
            ledger.remark("low-confidence", count=len(low), chain=chain, **about)
    return stay


def _spans(numbers: NDArray[np.int64]) -> str:
    """Write residue numbers as ranges, such as ``"3-7, 12"``."""
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) != 1) + 1)
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
