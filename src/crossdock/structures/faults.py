"""Atoms of a file that cannot be trusted: a run stops only where one of them would be docked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import WATERS, parent_of
from crossdock.entries.atom_table import AS_DEPOSITED, Fault
from crossdock.entries.molecules import is_hydrogen, origin_of
from crossdock.entries.residues import EntryModel, Ledger
from crossdock.errors import StructureError


def stop_on_faults(
    found: EntryModel, body: Sequence[str], stay: NDArray[np.bool_], keep: Sequence[str], ledger: Ledger
) -> None:
    """Stop on an atom of the body that cannot be read; say which were never placed.

    Parameters
    ----------
    found : EntryModel
    body : sequence of str
        Chains that are docked.
    stay : ndarray, dtype=bool, shape=(m,)
        Residues that are docked.
    keep : sequence of str
        Names of ions and ligands that stay.
    ledger : Ledger

    Raises
    ------
    StructureError
        With the line of the first such atom.
    """
    wanted = {name.upper() for name in keep}
    names = {*body, *(chain for chain, parts in found.entry.shared.items() if set(parts) & set(body))}
    here = [fault for fault in found.entry.faults if fault.model == found.index and fault.chain in names]
    unplaced = []
    for fault in here:
        if not _would_stay(found, fault, names, stay, wanted):
            continue
        if not fault.unplaced:
            raise StructureError(fault.what, where=f"{found.entry.path}, line {fault.line}", hint=AS_DEPOSITED)
        unplaced.append(fault)
    if unplaced:
        first = unplaced[0]
        ledger.remove("unplaced-atoms", len(unplaced))
        about = {"atom": first.name, "residue": first.residue, "line": first.line}
        ledger.remark("unplaced-atoms", count=len(unplaced), **about)


def _would_stay(found: EntryModel, fault: Fault, chains: set[str], stay: NDArray[np.bool_], wanted: set[str]) -> bool:
    """Tell whether an atom would be docked if it could be read."""
    if fault.residue in wanted:
        return True
    if fault.residue in WATERS or is_hydrogen(fault.name):
        return False
    table = found.residues
    if fault.place:
        own = [chain in chains or origin_of(chain) in chains for chain in table.chain.tolist()]
        number, code = fault.place
        same = np.array(own) & (table.number == number) & (table.insertion == code) & table.polymer
        if same.any():
            return bool((same & stay).any())
    return fault.atom_record and parent_of(fault.residue, found.entry.parents) is not None
