"""Where a partner may bind: residues that the user, the membrane or an antibody's build closes to docking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.molecules import origin_of
from crossdock.entries.prediction import CONFIDENT_PLDDT
from crossdock.errors import StructureError
from crossdock.remark import UNNOTICED_MEMBRANE, Item, Remark, remark
from crossdock.structures.antibody import paratope
from crossdock.structures.membrane import Membrane, find_membrane, is_outside, may_cross
from crossdock.structures.ranges import in_span, residue_ranges
from crossdock.structures.record import DockingMask, MembraneRecord, Place
from crossdock.structures.structure import Structure

#: Code of what is closed of an antibody.
BESIDE_LOOPS = "beside-loops"
#: Ends of the chain that `membrane: {outside: ...}` may name.
ENDS = ("N-term", "C-term")


def choose_site(
    structure: Structure,
    letters: Mapping[str, str],
    *,
    accessible: str | None = None,
    blocked: str | None = None,
    outside: str | None = None,
    antibody: str = "loops",
    predicted: bool = False,
    where: str,
) -> tuple[MembraneRecord | None, DockingMask | None]:
    """Find what is closed to docking.

    Parameters
    ----------
    structure : Structure
    letters : mapping of str to str
        Author chain -> letter in the structure.
    accessible, blocked : str, optional
        Residues such as ``"A:10-20,B:5"``, in author chains and numbers; a chain is named once for what follows it, and
        may be left out where the body has only one.
    outside : str, optional
        What is outside the cell: ``"N-term"``, ``"C-term"`` or residues. Looks for the membrane.
    antibody : {"loops", "anywhere"}
        Where an antibody or T-cell receptor may bind, unless `accessible` says so.
    predicted : bool
        True where the B-factor column holds pLDDT.
    where : str
        The entry, for messages.

    Returns
    -------
    membrane : MembraneRecord or None
    docking_mask : DockingMask or None

    Raises
    ------
    StructureError
        If residues are named that are not there, nothing is left open, or there is no membrane to be found.
    """
    closed: dict[str, NDArray[np.bool_]] = {}
    if blocked:
        closed["blocked"] = mark_residues(structure, blocked, letters, key="blocked", where=where)
    if accessible:
        closed["inaccessible"] = ~mark_residues(structure, accessible, letters, key="accessible", where=where)
    record = None
    if outside:
        membrane = _oriented(structure, outside, letters, _trusted(structure, predicted), where)
        closed["membrane"] = ~is_outside(membrane, structure)
        record = membrane.to_record(outside)
    if antibody == "loops" and not accessible and (loops := paratope(structure)) is not None:
        closed[BESIDE_LOOPS] = ~loops
    if not closed:
        return None, None
    shut = np.logical_or.reduce(list(closed.values()))
    if shut.all():
        raise StructureError(
            "every residue is blocked from docking",
            where=where,
            hint="unblock some residues: see `accessible:`, `blocked:` and `membrane:`",
        )
    places = residue_places(structure)
    counts = tuple(Item(why, count=int(mask.sum())) for why, mask in closed.items())
    return record, DockingMask(tuple(places[i] for i in np.flatnonzero(shut)), counts)


def unnoticed_membrane(structure: Structure, sequence: Mapping[str, str], *, predicted: bool) -> Remark | None:
    """Give a remark where a structure looks like a membrane protein and nobody has said so."""
    if not any(may_cross(chain) for chain in sequence.values()):
        return None
    membrane = find_membrane(structure, trusted=_trusted(structure, predicted))
    if membrane is None or membrane.crossings < 2:
        return None
    return remark(UNNOTICED_MEMBRANE, thickness_A=round(membrane.thickness, 1), crossings=membrane.crossings)


def residue_places(structure: Structure) -> list[Place]:
    """Give chain letter, number and insertion code of each residue, in file order."""
    _, first = np.unique(structure.residue_index, return_index=True)
    columns = (structure.chain[first], structure.residue_number[first], structure.insertion[first])
    return list(map(Place, *(column.tolist() for column in columns)))


def attracting_residues(
    structure: Structure,
    letters: Mapping[str, str],
    attract: str | None,
    mask: DockingMask | None,
    *,
    where: str,
) -> tuple[Place, ...] | None:
    """Find the residues towards which partners are pulled.

    Parameters
    ----------
    structure : Structure
    letters : mapping of str to str
        Author chain -> letter in the structure.
    attract : str or None
        Written as for `choose_site`.
    mask : DockingMask or None
        What is closed to docking cannot pull.
    where : str
        The entry, for messages.

    Returns
    -------
    tuple of Place or None

    Raises
    ------
    StructureError
        If residues are named that are not there, or all of them are closed to docking.
    """
    if not attract:
        return None
    marked = mark_residues(structure, attract, letters, key="attract", where=where)
    places = residue_places(structure)
    shut = mask.blocked if mask else ()
    pulling = tuple(places[i] for i in np.flatnonzero(marked) if places[i] not in shut)
    if not pulling:
        raise StructureError(
            f"attract: all residues of {attract!r} are blocked from docking",
            where=where,
            hint="unblock some residues: see `accessible:`, `blocked:` and `membrane:`",
        )
    return pulling


def atoms_of(structure: Structure, residues: Sequence[Sequence[Any]] | None) -> NDArray[np.bool_] | None:
    """Mark the atoms of residues that protein.json lists.

    Parameters
    ----------
    structure : Structure
        Prepared.
    residues : sequence or None
        Chain letter, number and insertion code of each, as in `docking_mask` and `attract`.

    Returns
    -------
    ndarray, dtype=bool, shape=(n,), or None
        None where there is no residue.

    Raises
    ------
    StructureError
        If the structure does not have one of them.
    """
    if not residues:
        return None
    listed = {(chain, int(number), insertion) for chain, number, insertion in residues}
    named = structure.atom_places
    marked = [residue in listed for residue in named]
    if absent := listed - set(residue_places(structure)):
        chain, number, insertion = min(absent)
        raise StructureError(
            f"the record lists residue {chain}:{number}{insertion}, which the structure does not have",
            hint="take structure.pdb and protein.json from the same folder, or prepare the protein again",
        )
    return np.array(marked)


def mark_residues(
    structure: Structure, text: str, letters: Mapping[str, str], *, key: str, where: str
) -> NDArray[np.bool_]:
    """Mark the residues that a list such as ``"A:10-20,B:5"`` names, shape=(m,).

    Raises
    ------
    StructureError
        If a part of the list has no chain of the body, or no residue that is there.
    """
    places = residue_places(structure)
    chosen = np.zeros(len(places), dtype=bool)
    chain = next(iter(letters)) if len(letters) == 1 else None
    for part in text.split(","):
        name, colon, span = part.rpartition(":")
        chain = name.strip() if colon else chain
        # Molecules to which the file gives one chain name are A/1, A/2 here; A names all of them.
        own = [letter for one, letter in letters.items() if chain in (one, origin_of(one))]
        if not own:
            got = f"there is no chain {chain}" if chain is not None else f"{part.strip()!r} has no chain"
            raise StructureError(
                f"{key}: {got} in the body, which has {', '.join(letters)}",
                where=where,
                hint=f"write `{next(iter(letters))}:10-20`",
            )
        found = np.zeros(len(places), dtype=bool)
        for letter in own:
            here = np.array([i for i, (c, _, _) in enumerate(places) if c == letter], dtype=np.int64)
            number, insertion = (np.array([places[i][column] for i in here]) for column in (1, 2))
            for one in residue_ranges(span):
                found[here] |= in_span(number, insertion, one)
        if not found.any():
            numbers = [n for c, n, _ in places if c in own]
            raise StructureError(
                f"{key}: {part.strip()!r} matches no residue of the structure; chain {chain} has {min(numbers)} to "
                f"{max(numbers)}",
                where=where,
                hint="use the entry's own chains and residue numbers",
            )
        chosen |= found
    return chosen


def _trusted(structure: Structure, predicted: bool) -> NDArray[np.bool_] | None:
    """Mark residues of a predicted model whose place is certain, shape=(m,)."""
    if not predicted:
        return None
    index = structure.residue_index
    return np.bincount(index, structure.b_factor) / np.bincount(index) >= CONFIDENT_PLDDT


def _oriented(
    structure: Structure,
    outside: str,
    letters: Mapping[str, str],
    trusted: NDArray[np.bool_] | None,
    where: str,
) -> Membrane:
    """Find the membrane and turn its normal to the outside."""
    membrane = find_membrane(structure, trusted=trusted)
    if membrane is None:
        raise StructureError(
            "no membrane was found: the chain crosses no hydrophobic belt",
            where=where,
            hint="remove `membrane:` for a soluble protein or domain; list what a partner can reach "
            "under `accessible:`",
        )
    alpha = structure.atom_name == "CA"
    index = structure.residue_index
    if outside in ENDS:
        protein = np.flatnonzero(alpha & ~structure.hetero & (structure.chain == structure.chain[0]))
        height = float(membrane.height(structure.coord[protein[[0 if outside == "N-term" else -1]]])[0])
    else:
        named = mark_residues(structure, outside, letters, key="membrane.outside", where=where)
        height = float(np.median(membrane.height(structure.coord[named[index]])))
    if abs(height) < membrane.thickness / 4:
        raise StructureError(
            f"membrane.outside: {outside} lies inside the membrane, {abs(height):.0f} A from its "
            "centre, so it does not show which side is outside",
            where=where,
            hint='give residues of an outer loop, for example `membrane: {outside: "205-210"}`',
        )
    return membrane if height > 0 else membrane.flipped()
