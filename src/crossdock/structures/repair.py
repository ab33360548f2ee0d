"""Missing atoms and short gaps built with PDBFixer, an optional extra."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from crossdock.entries.amino_acids import parent_of
from crossdock.errors import InputError, StructureError
from crossdock.structures.structure import Structure, atom_records

#: Longest gap in residues that is built; what a longer one looks like is anybody's guess.
LONGEST_GAP = 12


def repair_structure(
    structure: Structure,
    sequences: Mapping[str, Sequence[str]],
    *,
    longest_gap: int = LONGEST_GAP,
    left_out: Collection[tuple[str, int, str]] = (),
    where: str = "",
) -> Structure:
    """Build side-chain atoms that are missing, and residues missing inside a chain.

    Parameters
    ----------
    structure : Structure
    sequences : mapping of str to sequence of str
        Chain letter -> residue names of the whole chain as it was studied; a chain without one keeps its gaps.
    longest_gap : int
        Longest gap that is built, in residues. Ends are never added.
    left_out : collection of tuple
        Chain letter, number and insertion code of residues before which something was left out on purpose: nothing is
        built there.
    where : str
        The entry, for messages.

    Returns
    -------
    Structure
        Atoms that were there are where they were; new ones have a B-factor of 0.

    Raises
    ------
    InputError
        If PDBFixer is not installed.
    StructureError
        If PDBFixer cannot handle the structure.

    Notes
    -----
    PDBFixer places fragments and minimises the new atoms against the rest (Eastman et al. 2017, PLoS Comput Biol
    13:e1005659). A built loop is one guess among many. The same input gives the same atoms.
    """
    try:
        import openmm
        from openmm.app import PDBFile
        from pdbfixer import PDBFixer
    except ImportError as error:
        raise InputError(
            "`repair: true` needs PDBFixer, which is not installed",
            where=where,
            hint="pip install 'crossdock[repair]', or remove `repair`",
        ) from error
    text = "\n".join([*_sequence_records(structure, sequences), *atom_records(structure), "END", ""])
    try:
        fixer = PDBFixer(pdbfile=io.StringIO(text), platform=openmm.Platform.getPlatformByName("Reference"))
        fixer.findMissingResidues()
        fixer.missingResidues = _gaps(fixer, longest_gap, left_out)
        fixer.findMissingAtoms()
        fixer.missingTerminals = {}
        fixer.addMissingAtoms(seed=1)
        out = io.StringIO()
        PDBFile.writeFile(fixer.topology, fixer.positions, out, keepIds=True)
    except Exception as error:  # PDBFixer and OpenMM raise whatever they meet
        raise StructureError(f"PDBFixer cannot repair this structure: {error}", where=where) from error
    return _merged(structure, out.getvalue())


def _sequence_records(structure: Structure, sequences: Mapping[str, Sequence[str]]) -> list[str]:
    """Write SEQRES records, modified residues as their parents."""
    lines = []
    for chain in structure.chains:
        names = [parent_of(name) or name[:3] for name in sequences.get(chain, ())]
        for number, start in enumerate(range(0, len(names), 13), start=1):
            row = " ".join(f"{name:>3}" for name in names[start : start + 13])
            lines.append(f"SEQRES {number:3d} {chain} {len(names):4d}  {row}")
    return lines


def _gaps(fixer: Any, longest: int, left_out: Collection[tuple[str, int, str]]) -> dict[tuple[int, int], list[str]]:
    """Keep those of the missing residues that lie inside a chain, are few, and were not left out on purpose."""
    places = [
        [(chain.id, int(residue.id), residue.insertionCode.strip()) for residue in chain.residues()]
        for chain in fixer.topology.chains()
    ]
    return {
        (chain, place): names
        for (chain, place), names in fixer.missingResidues.items()
        if 0 < place < len(places[chain]) and len(names) <= longest and places[chain][place] not in left_out
    }


def _merged(structure: Structure, text: str) -> Structure:
    """Take the atoms of a repaired PDB text, old ones as they were."""
    places = zip(
        structure.chain.tolist(),
        structure.residue_number.tolist(),
        structure.insertion.tolist(),
        structure.atom_name.tolist(),
        strict=True,
    )
    old = {place: i for i, place in enumerate(places)}
    rows, taken = [], set()
    for line in text.splitlines():
        if not line.startswith(("ATOM  ", "HETATM")):
            continue
        place = (line[21], int(line[22:26]), line[26].strip(), line[12:16].strip())
        if place in old:
            i = old[place]
            taken.add(i)
            rows.append(tuple(getattr(structure, name)[i] for name in Structure.__dataclass_fields__))
        elif line[76:78].strip() != "H":
            xyz = (float(line[30:38]), float(line[38:46]), float(line[46:54]))
            rows.append((xyz, *place[:3], line[17:20].strip(), place[3], line[76:78].strip().capitalize(), 0.0, False))
    if len(taken) != len(structure):
        raise StructureError(f"PDBFixer lost {len(structure) - len(taken)} atoms of this structure")
    kinds = [getattr(structure, name).dtype for name in Structure.__dataclass_fields__]
    columns = list(zip(*rows, strict=True))
    return Structure(*(np.array(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)))
