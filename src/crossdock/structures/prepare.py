"""From an entry to a docking-ready structure, with a record of what it is, what was kept and what was left out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock import __version__
from crossdock.errors import IdentityError, StructureError
from crossdock.files import write_json
from crossdock.proteins import Protein, changed, of_file
from crossdock.structures.amino_acids import BACKBONE, LETTERS, SIDE_CHAINS, WATERS, Identified, element_of
from crossdock.structures.copies import choose_copies
from crossdock.structures.entry import EntryFile, as_predicted, read_entry, unpack
from crossdock.structures.evidence import gather, misnamed, of_what_is_kept, with_own_records
from crossdock.structures.faults import stop_on_faults
from crossdock.structures.gaps import count_gaps
from crossdock.structures.identity import resolve_accession
from crossdock.structures.molecules import SAME_ATOM_A
from crossdock.structures.numbering import author_ranges
from crossdock.structures.repair import repair_structure
from crossdock.structures.residues import EntryModel, Ledger, take_model
from crossdock.structures.selection import (
    chain_records,
    check_body,
    choose_chains,
    choose_residues,
    count_asked,
    molecules_of,
)
from crossdock.structures.shape import Size
from crossdock.structures.site import BESIDE_LOOPS, attracting_residues, choose_site, named_residues, unnoticed_membrane
from crossdock.structures.structure import CHAIN_LETTERS, PREPARED, Structure, write_structure
from crossdock.structures.verdict import judge, mismatch_hint

#: Fewest residues with a whole backbone that can be docked.
SMALLEST_BODY = 3
#: The median distance of neighbouring CA atoms of a chain lies between these, in angstrom (3.8; 2.9 at a cis bond).
CLOSEST_CA_A, FARTHEST_CA_A = 2.5, 6.0
#: A chain is thicker than this everywhere, in angstrom.
FLATTEST_A = 0.01


def prepare(
    path: str | Path,
    protein: Protein | None = None,
    *,
    role: Sequence[str] = (),
    sequence: str | Path | None = None,
    provenance: Mapping[str, Any] | None = None,
    **keys: Any,
) -> tuple[Structure, dict[str, Any]]:
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
    record : dict
        What protein.json holds.

    Raises
    ------
    StructureError
        If the file is no structure, or does not hold what was asked for.
    IdentityError
        If the entry holds another protein than expected and nobody has accepted that.
    InputError
        If a key is unknown.

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
    found = with_own_records(take_model(entry, asked.model, ledger), ledger)
    uniprot = resolve_accession(asked.uniprot, found.entry.identities.values()) if asked.uniprot else None
    chains = molecules_of(found, asked.chains) if asked.chains or not uniprot else []
    partners = molecules_of(found, asked.partners) if asked.partners else []
    candidates = choose_chains(found, chains, partners, uniprot, sequence)
    whole = choose_copies(found, candidates, partners, asked.copies, ledger, named=bool(chains))
    found, chosen, body = whole.found, whole.chosen, whole.chains
    check_body(found, body, ledger)
    residues = _own_numbers(found, chosen, asked.residues, uniprot, provenance, ledger)
    stay = choose_residues(found, chosen, body, residues, asked.keep, uniprot, asked.plddt, ledger)
    stop_on_faults(found, body, stay, asked.keep, ledger)
    verdict = _judged(found, chosen, stay, residues, uniprot, asked.organism, asked.accept, sequence, provenance)
    _stop_on_mismatch(verdict, found, chosen, asked.organism, ledger)
    if verdict["verdict"] in ("matches", "fragment") and (warning := misnamed(path, provenance, uniprot)):
        ledger.warnings.append(warning)
    letters = _letters(body, str(path))
    _count_kept(found, stay, body, ledger)
    structure = _build(found, stay, body, letters, ledger)
    _large_enough(structure, str(path))
    _in_angstrom(structure, str(path))
    gaps, breaks = count_gaps(found, stay)
    missing = {"residues": gaps, "breaks": breaks, "side_chains": _short_side_chains(structure)}
    if lacking := _without_backbone(structure):
        ledger.warnings.append(
            f"{lacking} of {structure.n_residues} residues lack atoms of the backbone (N, CA, C, O)."
        )
    if asked.repair:
        structure = _repaired(found, structure, letters, ledger)
    size = Size.of(structure.coord)
    record = {
        "name": asked.name,
        "label": asked.label or asked.name,
        "role": list(role),
        "entry": _origin(path, provenance),
        **_about(found.entry),
        "chains": chain_records(found, letters),
        "selection": {
            "chains": chosen,
            "with": body[len(chosen) :],
            "model": found.number,
            "residues": residues,
            "keep": list(asked.keep),
            "copies": asked.copies,
            "assembly": whole.assembly,
        },
        "kept": ledger.listed(ledger.kept),
        "removed": ledger.listed(ledger.removed),
        "missing": missing,
        "n_residues": structure.n_residues,
        "n_atoms": len(structure),
        "extent_A": list(size.extent),
        "radius_A": size.radius,
        "ranges": _ranges(structure),
        "sequence": _sequence(structure),
        "identity": verdict,
        **_where_partners_bind(structure, letters, asked, found.entry, ledger),
        "warnings": ledger.warnings,
    }
    return structure, record


def _where_partners_bind(
    structure: Structure, letters: Mapping[str, str], asked: Protein, entry: EntryFile, ledger: Ledger
) -> dict[str, Any]:
    """Find what is closed to docking and what pulls; warn of what the user may not expect."""
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
    if mask and BESIDE_LOOPS in mask["counts"]:
        ledger.warnings.append(
            f"Antibody or T-cell receptor: {structure.n_residues - len(mask['blocked'])} residues, in and beside its "
            "antigen-binding loops, are open to docking. To dock on every face, write `antibody: anywhere`."
        )
    if not mask and (warning := unnoticed_membrane(structure, _sequence(structure), predicted=entry.predicted)):
        ledger.warnings.append(warning)
    if pulling := attracting_residues(structure, letters, asked.attract, mask, where=where):
        ledger.warnings.append(
            f"Partners are pulled towards {len(pulling)} residues, as the config asks ({asked.attract}): "
            "that they are found there is no finding."
        )
    interface = named_residues(structure, letters, asked.interface, key="interface", where=where)
    return {"membrane": membrane, "docking_mask": mask, "attract": pulling, "interface": interface}


def prepare_to(folder: str | Path, path: str | Path, protein: Protein | None = None, **more: Any) -> dict[str, Any]:
    """Prepare an entry and write `protein.json` and, last, `structure.pdb` into a folder.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there.
    path, protein, **more
        As for `prepare`.

    Returns
    -------
    dict
        The record, as written.
    """
    structure, record = prepare(path, protein, **more)
    write_json(Path(folder) / "protein.json", record)
    write_structure(Path(folder) / "structure.pdb", structure, remarks=(f"{PREPARED} {__version__}",))
    return record


def inspect(path: str | Path) -> dict[str, Any]:
    """List what is in an entry, without choosing anything.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict
        `title`, `method`, `resolution_A`, `models` (numbers), `chains` (as in protein.json, none kept), `compounds`
        (residue name of ions and ligands -> name in words, or null).
    """
    entry = read_entry(path)
    found = with_own_records(take_model(entry, None, Ledger()), Ledger())
    others = dict.fromkeys(found.residues.name[~found.residues.polymer].tolist())
    return {
        **_about(entry),
        "models": list(entry.models),
        "chains": chain_records(found, {}),
        "compounds": {name: entry.compounds.get(name) for name in others if name not in WATERS},
    }


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
    ledger.warnings += [note] if note else []
    return residues


def _stop_on_mismatch(
    verdict: dict[str, Any], found: EntryModel, chosen: Sequence[str], organism: int | None, ledger: Ledger
) -> None:
    """Stop on another protein than expected, unless the user has accepted it."""
    explanation, expected, accepted = verdict["explanation"], verdict["expected"], verdict["accepted"]
    if verdict["verdict"] == "mismatch" and not accepted:
        raise IdentityError(explanation, where=found.entry.path, hint=mismatch_hint(found, chosen, expected, organism))
    if verdict["verdict"] == "mismatch":
        ledger.warnings.append(f"{explanation} Accepted: {accepted}")
    elif verdict["verdict"] == "fragment" or (verdict["verdict"] == "unknown" and expected):
        ledger.warnings.append(explanation)


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
) -> dict[str, Any]:
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


# --- the structure


def _build(
    found: EntryModel, stay: NDArray[np.bool_], body: Sequence[str], letters: dict[str, str], ledger: Ledger
) -> Structure:
    """Put the residues that stay in order, with the names of their parents."""
    atoms, table = found.atoms, found.residues
    rank = {chain: i for i, chain in enumerate(body)}
    index = np.flatnonzero(stay[table.of_atom])
    place = table.of_atom[index]
    # Ions and ligands go behind the chain that they are named with.
    chain_rank = np.array([rank[chain] for chain in table.chain[place].tolist()], dtype=np.int64)
    order = np.lexsort((place, ~table.amino[place], chain_rank))
    index, place = index[order], place[order]
    amino = table.amino[place]
    residue = np.where(amino, table.parent[place], table.name[place])
    written = zip(place.tolist(), atoms.name[index].tolist(), amino.tolist(), strict=True)
    name = np.array([_parent_atom(table.identified[r], a) if standard else a for r, a, standard in written])
    # Selenium has become sulphur with its new name.
    element = np.where(amino, [element_of(a, amino_acid=True) for a in name.tolist()], atoms.element[index])
    _fits_pdb(found, index)
    structure = Structure(
        coord=np.round(atoms.coord[index], 3),
        chain=np.array([letters[chain] for chain in table.chain[place].tolist()], dtype="U1"),
        residue_number=table.number[place],
        insertion=table.insertion[place].astype("U1"),
        residue_name=residue.astype("U3"),
        atom_name=name.astype("U4"),
        element=np.array([symbol.capitalize() for symbol in element.tolist()], dtype="U2"),
        b_factor=np.clip(atoms.b_factor[index], -99.99, 999.99),
        hetero=~amino,
    )
    return structure[_own_atoms(structure, place, found, ledger)]


def _parent_atom(identified: Identified | None, name: str) -> str:
    """Give what an atom is called in the standard amino acid that its residue stands for; nothing where it has none."""
    return identified.atoms.get(name, "") if identified else name


def _repaired(found: EntryModel, structure: Structure, letters: dict[str, str], ledger: Ledger) -> Structure:
    """Build what is missing, and write down how much."""
    sequences = {letters[c]: names for c, names in found.entry.sequences.items() if c in letters}
    whole = repair_structure(structure, sequences, where=found.entry.path)
    ledger.kept["residues built by PDBFixer"] += whole.n_residues - structure.n_residues
    ledger.kept["atoms built by PDBFixer"] += len(whole) - len(structure)
    if whole.n_residues > structure.n_residues:
        ledger.warnings.append(
            f"{whole.n_residues - structure.n_residues} residues that the entry does not have were built by PDBFixer; "
            "what is docked against them is docked against a guess."
        )
    return whole


def _twice(found: EntryModel, residue: int, name: str, distance: float) -> StructureError:
    """Say that an atom is there twice, at two places: two residues of one number, or two conformers."""
    here = np.flatnonzero(found.residues.of_atom == residue)
    kinds = list(dict.fromkeys(found.atoms.residue[here].tolist()))
    label, lines = found.residues.label(residue), [line for line in found.atoms.line[here].tolist() if line]
    if len(kinds) > 1:
        what = f"{' and '.join(kinds)} have one number: {label}"
        hint = "give one of them another number or an insertion code"
    else:
        what = f"atom {name} of {label} is there twice, {distance:.1f} A apart"
        hint = "give the two conformers letters (column 17 of PDB format), or each molecule a chain name"
    return StructureError(what, where=f"{found.entry.path}{f', line {max(lines)}' if lines else ''}", hint=hint)


def _own_atoms(structure: Structure, place: NDArray[np.int64], found: EntryModel, ledger: Ledger) -> NDArray[np.bool_]:
    """Mark atoms that a residue of that name has, each once, shape=(n,)."""
    own = np.ones(len(structure), dtype=bool)
    seen: dict[tuple[int, str], int] = {}
    for i, (residue, name, hetero) in enumerate(
        zip(structure.residue_name.tolist(), structure.atom_name.tolist(), structure.hetero.tolist(), strict=True)
    ):
        first = seen.setdefault((int(place[i]), name), i)
        if not hetero and name not in BACKBONE and name != "OXT" and name not in SIDE_CHAINS[residue]:
            own[i] = False
            ledger.removed["atoms that the standard amino acid does not have"] += 1
        elif first != i:
            distance = float(np.linalg.norm(structure.coord[i] - structure.coord[first]))
            if distance > SAME_ATOM_A:
                raise _twice(found, int(place[i]), name, distance)
            own[i] = False
            ledger.removed["repeated atoms"] += 1
    if repeated := ledger.removed["repeated atoms"]:
        ledger.warnings.append(
            f"{repeated} atom{'s appear' if repeated > 1 else ' appears'} more than once under the same name; "
            "the first was taken."
        )
    names = found.residues.name[place]
    wrong = np.flatnonzero(~own & (names == structure.residue_name) & ~structure.hetero)
    if odd := [i for i in wrong.tolist() if structure.atom_name[i] not in SIDE_CHAINS[str(structure.residue_name[i])]]:
        label = found.residues.label(int(place[odd[0]]))
        ledger.warnings.append(
            f"Atoms do not fit the names of their residues and were left out ({len(odd)}), the first in {label}."
        )
    return own


def _count_kept(found: EntryModel, stay: NDArray[np.bool_], body: Sequence[str], ledger: Ledger) -> None:
    """Write down what stays, chain by chain, then ions and ligands, then what goes under another name."""
    table = found.residues
    for chain in body:
        count = int((stay & table.amino & (table.chain == chain)).sum())
        ledger.kept[f"residues of chain {found.named(chain)}"] += count
    for name in table.name[stay & ~table.amino].tolist():
        ledger.kept[found.compound(name)] += 1
        if len(name) > 3 and ledger.kept[found.compound(name)] == 1:
            ledger.warnings.append(f"{name} is written as {name[:3]}, as PDB format has room for three letters.")
    by_atoms: Counter[tuple[str, str]] = Counter()
    for i in np.flatnonzero(stay & table.amino & (table.name != table.parent)).tolist():
        one, name, parent = table.identified[i], str(table.name[i]), str(table.parent[i])
        ledger.kept[f"{name}{' (a D-amino acid)' if one and one.d_form else ''} taken as {parent}"] += 1
        by_atoms[name, parent] += bool(one and not one.by_name)
    ledger.warnings += [
        f"Residues named {name} ({count}) have the atoms of {parent} and are taken as that."
        for (name, parent), count in by_atoms.items()
        if count
    ]
    for name, parent in (("UNK", "ALA"), ("UNK", "GLY")):
        if unknown := int((stay & table.amino & (table.name == name) & (table.parent == parent)).sum()):
            ledger.warnings.append(f"{unknown} residues of unknown kind ({name}) were taken as {parent}.")


def _fits_pdb(found: EntryModel, index: NDArray[np.int64]) -> None:
    """Stop on what the columns of PDB format cannot hold."""
    coord, number = found.atoms.coord[index], found.atoms.number[index]
    if len(index) and (coord.min() <= -999.9995 or coord.max() >= 9999.9995):
        raise StructureError(
            f"coordinates from {coord.min():.0f} to {coord.max():.0f} A do not fit PDB format (-999 to 9999)",
            where=found.entry.path,
            hint="move the structure towards the origin",
        )
    if len(index) and (number.min() < -999 or number.max() > 9999):
        raise StructureError(
            f"residue numbers {number.min()} to {number.max()} do not fit PDB format (-999 to 9999)",
            where=found.entry.path,
            hint="renumber the residues",
        )


def _large_enough(structure: Structure, where: str) -> None:
    """Stop on a body too small to dock, or without a backbone."""
    index = structure.residue_index
    protein = ~structure.hetero
    whole = [set(index[protein & (structure.atom_name == name)].tolist()) for name in ("N", "CA", "C")]
    complete = len(set.intersection(*whole))
    total = len(np.unique(index[protein]))
    if complete < SMALLEST_BODY or complete < total / 2:
        raise StructureError(
            f"only {complete} of {total} residues have a backbone (N, CA and C); "
            f"at least {SMALLEST_BODY}, and half of all, are needed",
            where=where,
            hint="select more residues, or an entry with all atoms (a CA trace cannot be docked)",
        )


def _in_angstrom(structure: Structure, where: str) -> None:
    """Stop on neighbouring residues that no chain of amino acids has: another unit, or coordinates that were lost."""
    alpha = structure[(structure.atom_name == "CA") & ~structure.hetero]
    next_to = (np.diff(alpha.residue_number) == 1) & (alpha.chain[1:] == alpha.chain[:-1])
    apart = np.linalg.norm(np.diff(alpha.coord, axis=0), axis=1)[next_to]
    if min(Size.of(structure.coord).extent) < FLATTEST_A:
        raise StructureError("all atoms lie in a plane: an axis of the coordinates was lost", where=where)
    if len(apart) and not CLOSEST_CA_A <= (middle := float(np.median(apart))) <= FARTHEST_CA_A:
        raise StructureError(
            f"neighbouring CA atoms lie {middle:.2f} A apart, where a chain has 3.8 A",
            where=where,
            hint="write coordinates in angstrom (1 nm is 10 A)",
        )


def _letters(body: Sequence[str], where: str) -> dict[str, str]:
    """Give every author chain of the body one letter of PDB format, its own where it has one."""
    letters = {chain: chain for chain in body if len(chain) == 1 and chain in CHAIN_LETTERS}
    free = iter(letter for letter in CHAIN_LETTERS if letter not in letters)
    for chain in body:
        if chain not in letters:
            letter = next(free, None)
            if letter is None:
                raise StructureError(
                    f"{len(body)} chains do not fit the {len(CHAIN_LETTERS)} letters of PDB format",
                    where=where,
                    hint="name fewer under `chains:` and `with:`",
                )
            letters[chain] = letter
    return {chain: letters[chain] for chain in body}


# --- the record


def _about(entry: EntryFile) -> dict[str, Any]:
    """Say what the entry says of itself."""
    return {"title": entry.title, "method": entry.method, "resolution_A": entry.resolution}


def _origin(path: str | Path, provenance: Mapping[str, Any] | None) -> dict[str, Any]:
    """Say where the entry is from; of a file without a record beside it, what it holds."""
    keys = ("source", "id", "url", "retrieved", "sha256")
    digest = hashlib.sha256(unpack(Path(path).read_bytes())).hexdigest()
    # A file put in place by hand may lie beside the record of the one that it replaced.
    known = provenance if provenance and provenance.get("sha256") in (None, digest) else {}
    origin = {key: known.get(key) for key in keys} | {"sha256": digest, "chosen": known.get("chosen")}
    if origin["id"] is None:
        origin["id"] = Path(path).name.removesuffix(".gz").rpartition(".")[0] or Path(path).name
    return origin


def _without_backbone(structure: Structure) -> int:
    """Count residues without a whole backbone."""
    index, protein = structure.residue_index, ~structure.hetero
    whole = [set(index[protein & (structure.atom_name == name)].tolist()) for name in BACKBONE]
    return len(np.unique(index[protein])) - len(set.intersection(*whole))


def _short_side_chains(structure: Structure) -> int:
    index, protein = structure.residue_index, ~structure.hetero
    have: dict[int, set[str]] = {}
    names: dict[int, str] = {}
    columns = zip(index[protein], structure.residue_name[protein], structure.atom_name[protein], strict=True)
    for i, residue, atom in columns:
        have.setdefault(i, set()).add(str(atom))
        names[i] = str(residue)
    return sum(not SIDE_CHAINS[names[i]] <= atoms for i, atoms in have.items())


def _ranges(structure: Structure) -> dict[str, list[int]]:
    """Give the first and last residue number of each chain, ions and ligands apart."""
    protein = structure[~structure.hetero]
    ends = {}
    for chain in protein.chains:
        numbers = protein.residue_number[protein.chain == chain]
        ends[chain] = [int(numbers[0]), int(numbers[-1])]
    return ends


def _sequence(structure: Structure) -> dict[str, str]:
    """Give one-letter codes of the amino acids of each chain."""
    _, first = np.unique(structure.residue_index, return_index=True)
    sequence: dict[str, str] = {}
    for i in first[~structure.hetero[first]]:
        chain = str(structure.chain[i])
        sequence[chain] = sequence.get(chain, "") + LETTERS[str(structure.residue_name[i])]
    return sequence
