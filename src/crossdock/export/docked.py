"""What other programs are told of a model: both partners, and which residues touch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from crossdock.analysis.affinity import residue_kinds
from crossdock.analysis.interface import plain_rows
from crossdock.docking.backends.cofold.sequences import Read
from crossdock.errors import StructureError
from crossdock.structures.record import Place
from crossdock.structures.site import residue_places
from crossdock.structures.structure import Structure

#: Least share of a residue's accessible area in an extended peptide, for the residue to lie on the surface: the cutoff
#: in percent that HADDOCK3 has for passive residues (`get_surface_resids` in haddock/libs/librestraints.py is 15).
SURFACE = 0.15


@dataclass(frozen=True)
class Partner:
    """A partner of a model, with the chain letters of its own structure.

    Attributes
    ----------
    name : str
    structure : Structure
        Where the model has it; with kept ions and ligands.
    touched : tuple of Place
        Amino acids in contact with the partner, in the order of the file.
    exposed : frozenset of Place
        Those of them that lie on the surface of the partner alone (`SURFACE`).
    read : Read
        The sequences of its chains, by their letters, and the place of each residue there.
    """

    name: str
    structure: Structure
    touched: tuple[Place, ...]
    exposed: frozenset[Place]
    read: Read

    @property
    def body(self) -> Structure:
        """Its amino acids."""
        return self.structure[~self.structure.hetero]

    @property
    def active(self) -> tuple[Place, ...]:
        """Residues that are in contact and on the surface, in the order of the file."""
        return tuple(place for place in self.touched if place in self.exposed)

    @property
    def left_out(self) -> list[str]:
        """Names of ions and ligands, which most programs do not get."""
        return sorted(set(self.structure.residue_name[self.structure.hetero].tolist()))

    def place_in_sequence(self, place: Place) -> int:
        """Give a residue's place in the sequence of its chain, from 1.

        Raises
        ------
        StructureError
            If the sequence does not have it.
        """
        try:
            return self.read.places[place]
        except KeyError:
            hint = "the entry has changed since it was prepared: start `crossdock run` again"
            raise StructureError(f"{written(place)} is not in its sequence", where=self.name, hint=hint) from None


@dataclass(frozen=True)
class Docked:
    """A model of a pair.

    Attributes
    ----------
    receptor, ligand : Partner
    contacts : tuple of (Place, Place)
        Residue pairs in contact, of receptor and ligand.
    model : int
        Its number, from 0.
    backend : str
        What docked it.
    joined : list of str
        Where sequences are joined over residues that nothing names, a sentence each.
    conformers : dict
        Of each partner with several conformers its name -> the number of the one in the model, from 1, and its label.
    """

    receptor: Partner
    ligand: Partner
    contacts: tuple[tuple[Place, Place], ...]
    model: int
    backend: str
    joined: list[str] = field(default_factory=list)
    conformers: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def partners(self) -> tuple[Partner, Partner]:
        """Receptor and ligand."""
        return self.receptor, self.ligand

    def setting(self, backend: str) -> str:
        """Write the line of a config by which another backend's models stand beside those of this one."""
        return f"backend: {backend}" if backend == self.backend else f"backends: [{self.backend}, {backend}]"


def place_of(chain: str, number: str) -> Place:
    """Read chain and number of a table, the number with its insertion code."""
    digits = number.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    return Place(chain, int(digits), number[len(digits) :])


def written(place: Place) -> str:
    """Write a residue for people, such as ``H:100A``."""
    return f"{place.chain}:{place.number}{place.insertion}"


def contacts_of(
    table: pd.DataFrame, model: int, letters: Mapping[str, str], bodies: tuple[Structure, Structure]
) -> tuple[tuple[Place, Place], ...]:
    """Take the pairs of amino acids in contact out of interface.csv.

    Parameters
    ----------
    table : DataFrame
        interface.csv.
    model : int
    letters : mapping of str to str
        Letter of a ligand's chain in the files of the pair -> that in its own structure.
    bodies : tuple of Structure
        Amino acids of receptor and ligand, with their own letters.
    """
    known = [set(residue_places(body)) for body in bodies]
    found = []
    for row in plain_rows(table[table["model"] == model]):
        receptor = place_of(row["receptor_chain"], row["receptor_number"])
        ligand = place_of(letters[row["ligand_chain"]], row["ligand_number"])
        if receptor in known[0] and ligand in known[1]:
            found.append((receptor, ligand))
    return tuple(found)


def touched(body: Structure, found: Iterable[Place]) -> tuple[Place, ...]:
    """Put residues into the order of the file, each once."""
    own = set(found)
    return tuple(place for place in residue_places(body) if place in own)


def exposed(body: Structure, table: pd.DataFrame, letters: Mapping[str, str]) -> frozenset[Place]:
    """Find the residues of residues.csv that lie on the surface of their partner alone.

    Parameters
    ----------
    body : Structure
        Amino acids of the partner, with its own letters.
    table : DataFrame
        Rows of residues.csv of one model and one side.
    letters : mapping of str to str
        Letter of a chain in the files of the pair -> that in its own structure.
    """
    extended = dict(zip(residue_places(body), residue_kinds(body).extended.tolist(), strict=True))
    found = set()
    for row in plain_rows(table):
        place = place_of(letters[row["chain"]], row["number"])
        if place in extended and row["alone_A2"] >= SURFACE * extended[place]:
            found.add(place)
    return frozenset(found)
