"""From an entry to a docking-ready structure, with a record of what it is, what was kept and what was left out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import LETTERS, WATERS
from crossdock.entries.entry import EntryFile, as_predicted, read_entry, unpack
from crossdock.entries.identity import ChainRecord, resolve_accession
from crossdock.entries.numbering import author_ranges
from crossdock.entries.residues import EntryModel, Ledger, take_model
from crossdock.errors import IdentityError
from crossdock.panel.proteins import Protein, changed, of_file
from crossdock.records import from_json
from crossdock.remark import BUILT_ATOMS, BUILT_RESIDUES
from crossdock.structures.body import (
    build,
    chain_letters,
    check_size,
    check_unit,
    count_kept,
    count_short_side_chains,
    count_without_backbone,
)
from crossdock.structures.copies import choose_copies, linked_chains
from crossdock.structures.evidence import gather, misnamed, of_what_is_kept, with_own_records
from crossdock.structures.faults import stop_on_faults
from crossdock.structures.gaps import count_gaps
from crossdock.structures.record import Identity, Missing, Origin, ProteinRecord, Selection, write_protein
from crossdock.structures.repair import repair_structure
from crossdock.structures.selection import (
    chain_records,
    check_body,
    choose_chains,
    choose_residues,
    count_asked,
    molecules_of,
)
from crossdock.structures.shape import Size
from crossdock.structures.site import BESIDE_LOOPS, attracting_residues, choose_site, unnoticed_membrane
from crossdock.structures.structure import PREPARED, Structure, write_conformers
from crossdock.structures.verdict import judge, mismatch_hint
from crossdock.version import __version__


def prepare(
    path: str | Path,
    protein: Protein | None = None,
    *,
    role: Sequence[str] = (),
    sequence: str | Path | None = None,
    provenance: Mapping[str, Any] | None = None,
    **keys: Any,
) -> tuple[Structure, ProteinRecord]:
    """Make the selection of an entry that stands for a protein ready for docking.

    Parameters
    ----------
    path : str or Path
        Entry in PDB or mmCIF format, compressed or not.
    protein : Protein, optional
        What is taken of the entry, and what it is expected to be, as a panel has it.
    role : sequence of str
        What the protein is in the panel: `receptor`, `ligand`, `control`, or several of them.
    sequence : str or Path, optional
        FASTA file with the sequence of the expected accession, to which chains without records are compared.
    provenance : mapping, optional
        Where the entry is from: `source`, `id`, `url`, `retrieved`, `sha256`, and `chosen`, why it was chosen where
        the config names no entry.
    **keys
        Keys of a protein as config/README.md explains them (`partners` for `with`), in place of `protein` or of some of
        its keys: ``prepare("4qci.pdb", chains=["C", "D"], uniprot="P01127")``.

    Returns
    -------
    structure : Structure
        In the entry's own frame; chains in the order asked for.
    record : ProteinRecord

    Raises
    ------
    StructureError
        If the file is no structure, or does not hold what was asked for.
    IdentityError
        If the entry holds another protein than expected and nobody has accepted that.
    InputError
        If a key is unknown.

    See Also
    --------
    crossdock.structures.conformers.prepare_conformers : all conformers where `model` is ``all``, of which this gives
        the first, or where there are several entries.

    Notes
    -----
    Of alternative locations a residue keeps the one of highest mean occupancy, the first letter among equals; what its
    neighbours keep is not compared. Modified residues become their parents by name and atoms. Missing atoms and
    residues stay missing and are counted, unless `repair` is asked for. Left out, unless `residues` says what to keep,
    are ends of predicted models below `plddt`, and residues that the records map to another protein than
    `uniprot`, such as a fused lysozyme.
    """
    asked = changed(protein or of_file(path), keys)
    provenance = provenance or {}
    ledger = Ledger()
    entry = read_entry(path)
    if not entry.predicted and provenance.get("source") == "alphafold":
        entry = as_predicted(entry)
    number = asked.model if isinstance(asked.model, int) else None
    found = with_own_records(take_model(entry, number, ledger), ledger)
    uniprot = resolve_accession(asked.uniprot, found.entry.identities.values()) if asked.uniprot else None
    chains = molecules_of(found, asked.chains) if asked.chains or not uniprot else []
    partners = molecules_of(found, asked.partners) if asked.partners else []
    candidates = choose_chains(found, chains, partners, uniprot, sequence)
    copied = choose_copies(found, candidates, partners, asked.copies, ledger, named=bool(chains))
    found, chosen, body = copied.found, copied.chosen, copied.chains
    check_body(found, body, ledger)
    residues = _own_numbers(found, chosen, asked.residues, uniprot, provenance, ledger)
    stay = choose_residues(found, chosen, body, residues, asked.keep, uniprot, asked.plddt, ledger)
    stop_on_faults(found, body, stay, asked.keep, ledger)
    verdict = _judged(found, chosen, stay, residues, uniprot, asked.organism, asked.accept, sequence, provenance)
    _stop_on_mismatch(verdict, found, chosen, asked.organism)
    if verdict.verdict in ("matches", "fragment") and (said := misnamed(path, provenance, uniprot)):
        ledger.remarks.append(said)
    letters = chain_letters(body, str(path))
    count_kept(found, stay, body, ledger)
    structure = build(found, stay, body, letters, ledger)
    check_size(structure, str(path))
    check_unit(structure, str(path))
    gaps, breaks = count_gaps(found, stay)
    missing = Missing(gaps, breaks, count_short_side_chains(structure))
    if lacking := count_without_backbone(structure):
        ledger.remark("short-backbone", count=lacking, residues=structure.n_residues)
    if asked.repair:
        structure = _repaired(found, stay, structure, letters, ledger)
    size = Size.of(structure.coord)
    partners = body[len(chosen) :]
    about = (found.number, residues, tuple(asked.keep), asked.copies, copied.assembly)
    site = _where_partners_bind(structure, letters, asked, found.entry, ledger)
    return structure, ProteinRecord(
        name=asked.name,
        label=asked.label or asked.name,
        role=tuple(role),
        entry=_origin(path, provenance),
        title=found.entry.title,
        method=found.entry.method,
        resolution_A=found.entry.resolution,
        chains=tuple(chain_records(found, letters)),
        selection=Selection(tuple(chosen), tuple(partners), *about),
        kept=ledger.kept,
        removed=ledger.removed,
        missing=missing,
        n_residues=structure.n_residues,
        n_atoms=len(structure),
        extent_A=size.extent,
        radius_A=size.radius,
        ranges=_ranges(structure),
        sequence=_sequence(structure),
        identity=verdict,
        **site,
        remarks=tuple(ledger.remarks),
    )


def _where_partners_bind(
    structure: Structure, letters: Mapping[str, str], asked: Protein, entry: EntryFile, ledger: Ledger
) -> dict[str, Any]:
    """Find what is closed to docking and what pulls, by the fields of the record; say what the user may not expect."""
    where = entry.path
    membrane, mask = choose_site(
        structure,
        letters,
        accessible=asked.accessible,
        blocked=asked.blocked,
        outside=asked.outside,
        antibody=asked.antibody,
        predicted=entry.predicted,
        where=where,
    )
    if mask and any(one.code == BESIDE_LOOPS for one in mask.counts):
        ledger.remark("antibody", open=structure.n_residues - len(mask.blocked))
    if not mask and (said := unnoticed_membrane(structure, _sequence(structure), predicted=entry.predicted)):
        ledger.remarks.append(said)
    if pulling := attracting_residues(structure, letters, asked.attract, mask, where=where):
        ledger.remark("attracted", count=len(pulling), residues=asked.attract)
    return {"membrane": membrane, "docking_mask": mask, "attract": pulling}


def prepare_to(folder: str | Path, path: str | Path, protein: Protein | None = None, **more: Any) -> ProteinRecord:
    """Prepare an entry and write `protein.json` and, last, `structure.pdb` into a folder.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there.
    path, protein, **more
        As for `prepare`.

    Returns
    -------
    ProteinRecord
    """
    structure, record = prepare(path, protein, **more)
    write_prepared(folder, (structure,), record)
    return record


def write_prepared(folder: str | Path, conformers: Sequence[Structure], record: ProteinRecord) -> None:
    """Write protein.json and, last, structure.pdb, with a MODEL a conformer where there are several."""
    write_protein(Path(folder) / "protein.json", record)
    write_conformers(Path(folder) / "structure.pdb", conformers, remarks=(f"{PREPARED} {__version__}",))


@dataclass(frozen=True)
class Contents:
    """What is in an entry of which nothing was chosen.

    Attributes
    ----------
    title, method : str or None
    resolution_A : float or None
    models : tuple of int
        Their numbers.
    chains : tuple of ChainRecord
        None of them kept.
    compounds : dict
        Residue name of ions and ligands -> name in words, or None.
    sequences : dict
        Chain -> one-letter codes of its amino acids, of proteins.
    linked : dict
        Chain of a protein -> those that disulfides link to it, itself included.
    """

    title: str | None
    method: str | None
    resolution_A: float | None
    models: tuple[int, ...]
    chains: tuple[ChainRecord, ...]
    compounds: dict[str, str | None]
    sequences: dict[str, str]
    linked: dict[str, tuple[str, ...]]


def inspect(path: str | Path) -> Contents:
    """List what is in an entry, without choosing anything.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Contents
    """
    entry = read_entry(path)
    found = with_own_records(take_model(entry, None, Ledger()), Ledger())
    others = dict.fromkeys(found.residues.name[~found.residues.polymer].tolist())
    about = (entry.title, entry.method, entry.resolution, tuple(entry.models), tuple(chain_records(found, {})))
    table = found.residues
    sequences = {
        chain: "".join(LETTERS[one] for one in table.parent[table.amino & (table.chain == chain)].tolist())
        for chain in found.protein_chains
    }
    compounds = {name: entry.compounds.get(name) for name in others if name not in WATERS}
    proteins = found.protein_chains
    linked = {one: tuple(linked_chains(found, [one, *(o for o in proteins if o != one)])) for one in proteins}
    return Contents(*about, compounds, sequences, linked)


def _own_numbers(
    found: EntryModel,
    chosen: Sequence[str],
    residues: str | None,
    uniprot: str | None,
    provenance: Mapping[str, Any],
    ledger: Ledger,
) -> str | None:
    """Give the asked residues in the entry's numbers: of an entry that nobody named, they are asked in UniProt's."""
    if not (residues and uniprot and provenance.get("chosen")) or found.entry.predicted:
        return residues
    references = [reference for chain in chosen for reference in found.identity_of(chain).references]
    residues, note = author_ranges(references, uniprot, residues)
    ledger.remarks += [note] if note else []
    return residues


def _stop_on_mismatch(verdict: Identity, found: EntryModel, chosen: Sequence[str], organism: int | None) -> None:
    """Stop on another protein than expected, unless the user has accepted it."""
    if verdict.verdict == "mismatch" and verdict.expected and not verdict.accepted:
        hint = mismatch_hint(found, chosen, verdict.expected, organism)
        raise IdentityError(verdict.explanation, where=found.entry.path, hint=hint)


def _judged(
    found: EntryModel,
    chosen: Sequence[str],
    stay: NDArray[np.bool_],
    residues: str | None,
    uniprot: str | None,
    organism: int | None,
    accept: str | None,
    sequence: str | Path | None,
    provenance: Mapping[str, Any] | None,
) -> Identity:
    """Compare the chains that were chosen with what is expected."""
    asked, span = count_asked(found, chosen, residues, stay)
    return judge(
        {chain: of_what_is_kept(found, chain, stay, uniprot) for chain in chosen},
        uniprot,
        organism=organism,
        asked=asked,
        span=span,
        accepted=accept,
        evidence=gather(found, chosen, stay, uniprot, sequence, provenance),
    )


def _repaired(
    found: EntryModel, stay: NDArray[np.bool_], structure: Structure, letters: dict[str, str], ledger: Ledger
) -> Structure:
    """Build what the entry lacks, not what was left out of it, and write down how much."""
    sequences = {letters[c]: names for c, names in found.entry.sequences.items() if c in letters}
    table = found.residues
    behind = np.zeros(len(stay), dtype=bool)
    behind[1:] = stay[1:] & ~stay[:-1] & table.amino[:-1] & (table.chain[1:] == table.chain[:-1])
    left_out = {
        (letters[str(table.chain[i])], int(table.number[i]), str(table.insertion[i]))
        for i in np.flatnonzero(behind)
        if str(table.chain[i]) in letters
    }
    repaired = repair_structure(structure, sequences, left_out=left_out, where=found.entry.path)
    ledger.keep(BUILT_RESIDUES, repaired.n_residues - structure.n_residues)
    ledger.keep(BUILT_ATOMS, len(repaired) - len(structure))
    if repaired.n_residues > structure.n_residues:
        ledger.remark("built", count=repaired.n_residues - structure.n_residues)
    return repaired


# --- the record


def _origin(path: str | Path, provenance: Mapping[str, Any] | None) -> Origin:
    """Say where the entry is from; of a file without a record beside it, what it holds."""
    digest = hashlib.sha256(unpack(Path(path).read_bytes())).hexdigest()
    # A file put in place by hand may lie beside the record of the one that it replaced.
    known = provenance if provenance and provenance.get("sha256") in (None, digest) else {}
    about = {key: known.get(key) for key in ("source", "url", "retrieved")}
    name = known.get("id") or Path(path).name.removesuffix(".gz").rpartition(".")[0] or Path(path).name
    return from_json({**about, "id": name, "sha256": digest, "chosen": known.get("chosen")}, Origin)


def _ranges(structure: Structure) -> dict[str, tuple[int, int]]:
    """Give the first and last residue number of each chain, ions and ligands apart."""
    protein = structure[~structure.hetero]
    ends = {}
    for chain in protein.chains:
        numbers = protein.residue_number[protein.chain == chain]
        ends[chain] = (int(numbers[0]), int(numbers[-1]))
    return ends


def _sequence(structure: Structure) -> dict[str, str]:
    """Give one-letter codes of the amino acids of each chain."""
    _, first = np.unique(structure.residue_index, return_index=True)
    sequence: dict[str, str] = {}
    for i in first[~structure.hetero[first]]:
        chain = str(structure.chain[i])
        sequence[chain] = sequence.get(chain, "") + LETTERS[str(structure.residue_name[i])]
    return sequence
