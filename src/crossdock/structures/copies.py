"""Which copies of a protein make one body: one chain, a disulfide-linked group, or the biological assembly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.assembly import Assembly, Copy, copies_of
from crossdock.entries.atom_table import Atoms
from crossdock.entries.residues import EntryModel, Ledger, group_residues
from crossdock.errors import StructureError
from crossdock.structures.record import AssemblyRecord, CopyRecord
from crossdock.structures.structure import CHAIN_LETTERS

#: Largest distance in angstrom between two sulphur atoms that form a disulfide.
DISULFIDE_A = 2.5


@dataclass(frozen=True)
class Body:
    """The chains that are docked as one.

    Attributes
    ----------
    found : EntryModel
        The entry, symmetry copies included.
    chosen, partners : list of str
        Chains that stand for the protein; chains kept with it.
    assembly : AssemblyRecord or None
        The biological assembly that was applied.
    """

    found: EntryModel
    chosen: list[str]
    partners: list[str]
    assembly: AssemblyRecord | None = None

    @property
    def chains(self) -> list[str]:
        """All chains, those that stand for the protein first."""
        return [*self.chosen, *(chain for chain in self.partners if chain not in self.chosen)]


def choose_copies(
    found: EntryModel,
    candidates: Sequence[str],
    partners: Sequence[str],
    copies: str | None,
    ledger: Ledger,
    *,
    named: bool = False,
) -> Body:
    """Settle how many copies of a protein make the body.

    Parameters
    ----------
    found : EntryModel
    candidates : sequence of str
        Author chains that could stand for the protein, the first preferred.
    partners : sequence of str
        Chains kept with it; an assembly makes copies of them too.
    copies : {"one", "assembly"} or None
        One chain; the biological assembly; or, by default, copies that disulfides link to the first chain, whether they
        are in the file or made by the assembly's symmetry.
    ledger : Ledger
        Told what was decided.
    named : bool
        True where the user named the candidates: they stay as they are by default.

    Returns
    -------
    Body

    Raises
    ------
    StructureError
        If `copies` cannot be met.

    Notes
    -----
    The first assembly in the entry that holds one of the candidates is used, which is the authors' own where the entry
    has several.
    """
    others = list(dict.fromkeys(partners))
    body = _body_of(found, candidates, others, copies, ledger, named=named)
    if copies != "one":
        _tell_of_left_out(found, body, ledger)
    return body


def _body_of(
    found: EntryModel, candidates: Sequence[str], others: list[str], copies: str | None, ledger: Ledger, *, named: bool
) -> Body:
    if copies == "assembly":
        assembly = _assembly_with(found, candidates)
        return _assembled(found, _alike(found, candidates, others), others, assembly)
    if copies == "one" and named and len(candidates) > 1:
        raise StructureError(
            f"`copies: one` needs one chain, but {len(candidates)} are given: {', '.join(candidates)}",
            where=found.entry.path,
            hint="give one chain, or remove `copies`",
        )
    if copies == "one" or named:
        return Body(found, list(candidates if named else candidates[:1]), others)
    linked = linked_chains(found, candidates)
    if len(linked) > 1:
        ledger.remark("disulfides", chains=linked)
        return Body(found, linked, others)
    return _linked_by_symmetry(found, candidates[0], others, ledger) or Body(found, linked, others)


def linked_chains(found: EntryModel, candidates: Sequence[str]) -> list[str]:
    """Give the candidates that disulfides link to the first of them, directly or over others, itself included."""
    table = found.residues
    place = table.of_atom
    sulphur = np.flatnonzero(
        (found.atoms.name == "SG") & (table.parent[place] == "CYS") & np.isin(table.chain[place], list(candidates))
    )
    group = {candidates[0]}
    if len(sulphur) > 1:
        chain, coord = table.chain[place[sulphur]].tolist(), found.atoms.coord[sulphur]
        pairs = [(chain[i], chain[j]) for i, j in np.argwhere(np.triu(_near(coord, coord), 1))]
        for _ in candidates:
            group |= {one for pair in pairs if group & set(pair) for one in pair}
    return [chain for chain in candidates if chain in group]


def _tell_of_left_out(found: EntryModel, body: Body, ledger: Ledger) -> None:
    """Warn where a chain of the entry that disulfides link to the body is not part of it."""
    own = [chain for chain in body.chains if chain in found.protein_chains]
    others = [chain for chain in found.protein_chains if chain not in own]
    for chain in own:
        if lost := linked_chains(found, [chain, *others])[1:]:
            ledger.remark("disulfides-to-left-out", chain=chain, left_out=lost)


def _linked_by_symmetry(found: EntryModel, chain: str, partners: list[str], ledger: Ledger) -> Body | None:
    """Find copies of a chain that disulfides link to it only once the crystal's symmetry is applied."""
    for assembly in found.entry.assemblies:
        made = copies_of(assembly, [chain])
        if 1 < len(made) <= len(CHAIN_LETTERS) and _sulphurs_meet(found, made):
            names = linked_chains(with_copies(found, made), [copy.name for copy in made])
            if len(names) > 1:
                numbers = [i for i, copy in enumerate(made) if copy.name in names]
                of_partners = copies_of(assembly, partners)
                kept = [made[i] for i in numbers] + [c for c in of_partners if _index(c) in numbers]
                ledger.remark("disulfides", chains=names)
                return _body(found, kept, [chain], assembly)
    return None


def _sulphurs_meet(found: EntryModel, copies: Sequence[Copy]) -> bool:
    """Tell whether sulphurs of two copies of a chain are near, before whole copies are made."""
    table = found.residues
    chain = table.chain[table.of_atom]
    own = found.atoms.coord[(found.atoms.name == "SG") & (chain == copies[0].of)]
    moved = [own @ copy.operator.rotation.T + copy.operator.shift for copy in copies] if len(own) else []
    return any(_near(a, b).any() for a, b in combinations(moved, 2))


def _near(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell for each sulphur of one set and each of another whether they can be a disulfide, shape=(n, m)."""
    near: NDArray[np.bool_] = np.linalg.norm(one[:, None] - other, axis=2) <= DISULFIDE_A
    return near


def _index(copy: Copy) -> int:
    """Give the number of a copy, from 0."""
    return int(copy.name[len(copy.of) + 1 :]) - 1 if copy.name != copy.of else 0


def _assembly_with(found: EntryModel, candidates: Sequence[str]) -> Assembly:
    for assembly in found.entry.assemblies:
        if any(chain in assembly.operators for chain in candidates):
            return assembly
    raise StructureError(
        f"the entry has no biological assembly with chain {', '.join(candidates)}",
        where=found.entry.path,
        hint="remove `copies: assembly`, and list the chains that belong together under `chains:`",
    )


def _alike(found: EntryModel, candidates: Sequence[str], partners: Sequence[str]) -> list[str]:
    """Add chains of the same protein by the entry's records to those that were named."""
    accessions = {accession for chain in candidates for accession in found.identity_of(chain).accessions}
    same = [c for c in found.protein_chains if accessions & set(found.identity_of(c).accessions) and c not in partners]
    return list(dict.fromkeys([*candidates, *same]))


def _assembled(found: EntryModel, candidates: Sequence[str], partners: list[str], assembly: Assembly) -> Body:
    lost = [chain for chain in partners if chain not in assembly.operators]
    if lost:
        raise StructureError(
            f"chain {', '.join(lost)} is not part of biological assembly {assembly.id}, which holds chains "
            f"{', '.join(assembly.operators)}",
            where=found.entry.path,
            hint="remove it from `with:`, or remove `copies: assembly`",
        )
    return _body(found, copies_of(assembly, [*dict.fromkeys([*candidates, *partners])]), candidates, assembly)


def _body(found: EntryModel, made: Sequence[Copy], candidates: Sequence[str], assembly: Assembly) -> Body:
    moved = (copy for copy in made if not copy.operator.is_identity)
    record = AssemblyRecord(assembly.id, tuple(map(_recorded, moved)))
    return Body(
        with_copies(found, made),
        [copy.name for copy in made if copy.of in candidates],
        [copy.name for copy in made if copy.of not in candidates],
        record,
    )


def _recorded(copy: Copy) -> CopyRecord:
    """Give a symmetry copy as protein.json holds it."""
    rotation = tuple(map(tuple, np.round(copy.operator.rotation, 6).tolist()))
    return CopyRecord(copy.name, copy.of, rotation, tuple(np.round(copy.operator.shift, 4).tolist()))


def with_copies(found: EntryModel, copies: Sequence[Copy]) -> EntryModel:
    """Add symmetry copies to a model of an entry, with the identity of the chain that each is a copy of.

    Parameters
    ----------
    found : EntryModel
    copies : sequence of Copy
        Chains that are not named stay as they are.

    Returns
    -------
    EntryModel

    Raises
    ------
    StructureError
        If there are more copies than PDB format has chain letters.
    """
    if len(copies) > len(CHAIN_LETTERS):
        raise StructureError(
            f"the assembly has {len(copies)} chains of this protein, and PDB format {len(CHAIN_LETTERS)} letters",
            where=found.entry.path,
            hint="write `copies: one`, or list the chains that you need under `chains:`",
        )
    if all(copy.operator.is_identity for copy in copies):
        return found
    atoms = found.atoms
    moved = {copy.of for copy in copies}
    parts = [atoms[~np.isin(atoms.chain, list(moved))], *(_moved(atoms, copy) for copy in copies)]
    joined = Atoms(*(np.concatenate([getattr(part, name) for part in parts]) for name in Atoms.__dataclass_fields__))
    identities = found.entry.identities | {copy.name: found.identity_of(copy.of) for copy in copies}
    sequences = found.entry.sequences | {copy.name: found.entry.sequences.get(copy.of, []) for copy in copies}
    entry = replace(found.entry, identities=identities, sequences=sequences)
    return EntryModel(entry, joined, group_residues(joined, entry.parents), found.number, found.index)


def _moved(atoms: Atoms, copy: Copy) -> Atoms:
    own = atoms[atoms.chain == copy.of]
    coord = own.coord @ copy.operator.rotation.T + copy.operator.shift
    return replace(own, coord=coord, chain=np.full(len(own), copy.name))
