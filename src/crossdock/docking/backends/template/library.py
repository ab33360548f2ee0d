"""Known complexes, each as the chains of a biological assembly, from files in PDB or mmCIF format."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import LETTERS, parent_of
from crossdock.entries.assembly import copies_of
from crossdock.entries.entry import read_entry
from crossdock.entries.residues import EntryModel, Ledger, take_model
from crossdock.errors import CrossdockError, InputError
from crossdock.structures.body import build
from crossdock.structures.structure import Structure

#: How files of complexes end, before `.gz`.
ENDINGS = (".pdb", ".ent", ".cif", ".mmcif", ".pdb1")
#: Shortest chain that is used; a shorter peptide aligns with anything.
SHORTEST = 20
#: Most chains of an assembly that are looked at: virus shells have hundreds, all alike.
MOST_CHAINS = 60
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Chain:
    """The amino acids of a protein that have a CA atom.

    Attributes
    ----------
    name : str
        As the assembly has it: ``A``, or ``A-2`` for a symmetry copy of chain A.
    body : Structure
        In the frame of the assembly, in angstrom.
    """

    name: str
    body: Structure

    def __len__(self) -> int:
        return len(self.alpha)

    @cached_property
    def _first(self) -> NDArray[np.int64]:
        """Place of the CA atom of each residue, shape=(n,)."""
        at = np.flatnonzero(self.body.atom_name == "CA")
        _, first = np.unique(self.body.residue_index[at], return_index=True)
        places: NDArray[np.int64] = at[first]
        return places

    @cached_property
    def alpha(self) -> NDArray[np.float64]:
        """CA atoms in angstrom, shape=(n, 3)."""
        coord: NDArray[np.float64] = self.body.coord[self._first]
        return coord

    @cached_property
    def letters(self) -> str:
        """One-letter codes, n of them; X where a residue is none of the 20."""
        names = self.body.residue_name[self._first].tolist()
        return "".join(LETTERS.get(parent_of(name) or "", "X") for name in names)

    @cached_property
    def segments(self) -> list[tuple[int, int]]:
        """First residue of each chain letter and the one behind its last, counted from 0."""
        letters = self.body.chain[self._first]
        starts = np.flatnonzero(np.r_[True, letters[1:] != letters[:-1]])
        return list(zip(starts.tolist(), [*starts[1:].tolist(), len(letters)], strict=True))


@dataclass(frozen=True)
class Complex:
    """A known complex.

    Attributes
    ----------
    entry : str
        Its name: a PDB id in capitals, or that of its file.
    chains : tuple of Chain
    assembly : str
        Which biological assembly of the entry it is; empty where the file has none and is taken as it is.
    resolution : float, optional
        In angstrom.
    """

    entry: str
    chains: tuple[Chain, ...]
    assembly: str = ""
    resolution: float | None = None


def protein_of(structure: Structure, name: str = "") -> Chain:
    """Give the amino acids with a CA atom of a prepared structure, all chains one after the other."""
    index = structure.residue_index
    has = np.zeros(structure.n_residues, dtype=bool)
    has[index[(structure.atom_name == "CA") & ~structure.hetero]] = True
    return Chain(name, structure[has[index]])


def files_in(folder: str | Path) -> list[Path]:
    """List the files of complexes in a folder and the folders in it, in order of their names.

    Raises
    ------
    InputError
        If there is no such folder, or no such file in it.
    """
    place = Path(folder)
    if not place.is_dir():
        hint = "give a folder with complexes in PDB or mmCIF format; its path is relative to the folder of the run"
        raise InputError("there is no such folder with complexes", where=f"templates.folder: {folder}", hint=hint)
    found = [path for path in place.rglob("*") if path.is_file() and _stem(path)]
    if not found:
        hint = f"expected files that end in {', '.join(ENDINGS)}, compressed (.gz) or not"
        raise InputError("no complex in this folder", where=f"templates.folder: {folder}", hint=hint)
    return sorted(found, key=lambda path: (_stem(path), str(path)))


def name_of(path: Path) -> str:
    """Name a complex after its file: ``1ppe.cif.gz`` is 1PPE, ``pdb1ppe.ent`` too; other names stay as they are."""
    stem = _stem(path)
    short = stem[3:] if stem.lower().startswith("pdb") and len(stem) == 7 else stem
    return short.upper() if len(short) == 4 and short[0].isdigit() and short.isalnum() else stem


def _stem(path: Path) -> str:
    """Give a file's name without its ending; empty where it does not end as a structure does."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    ending = next((one for one in ENDINGS if name.lower().endswith(one)), None)
    return name[: -len(ending)] if ending else ""


def read_complexes(paths: Sequence[Path]) -> Iterator[Complex]:
    """Read the complexes in files; one that cannot be read is left out, with a warning that says why.

    Parameters
    ----------
    paths : sequence of Path

    Yields
    ------
    Complex
        One or more for each file: its biological assemblies, or else its first model.
    """
    for path in paths:
        try:
            yield from complexes_of(path)
        except CrossdockError as error:
            _log.warning("%s is not used as a template: %s", path, error.what)


def complexes_of(path: str | Path) -> Iterator[Complex]:
    """Read the complexes in a file: each biological assembly of two chains or more.

    Parameters
    ----------
    path : str or Path

    Yields
    ------
    Complex
        Without a record of an assembly, the chains of the first model as they are.

    Raises
    ------
    StructureError
        If the file cannot be read as a structure.
    """
    found = take_model(read_entry(path), None, Ledger())
    about = (name_of(Path(path)), found.entry.resolution)
    own = {name: chain for name in found.protein_chains if (chain := _chain(found, name)) is not None}
    assemblies = [(one.id, copies_of(one, list(own))) for one in found.entry.assemblies]
    made = 0
    for number, copies in assemblies:
        if len(copies) < 2:
            continue
        chains = []
        for copy in copies[:MOST_CHAINS]:
            body = own[copy.of].body
            moved = body if copy.operator.is_identity else body.moved(copy.operator.rotation, copy.operator.shift)
            chains.append(Chain(copy.name, moved))
        made += 1
        yield Complex(about[0], tuple(chains), number, about[1])
    if not assemblies and len(own) > 1:
        yield Complex(about[0], tuple(own.values())[:MOST_CHAINS], "", about[1])


def _chain(found: EntryModel, name: str) -> Chain | None:
    """Give the amino acids of a chain; None where it is too short or cannot be built."""
    table = found.residues
    stay = table.amino & (table.chain == name)
    if stay.sum() < SHORTEST:
        return None
    try:
        body = build(found, stay, [name], {name: "A"}, Ledger())
    except CrossdockError as error:
        _log.warning("chain %s of %s is not used as a template: %s", name, found.entry.path, error.what)
        return None
    made = protein_of(body, name)
    return made if len(made) >= SHORTEST else None
