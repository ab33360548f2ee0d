"""What is known of a prepared protein: the record that `prepare` writes as protein.json and that later steps read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from crossdock.entries.identity import ChainRecord
from crossdock.files import write_json
from crossdock.records import read_record, to_json
from crossdock.remark import FREE_TEXT, Item, Remark, joined, remark, table
from crossdock.structures.earlier import of_sentences
from crossdock.structures.shape import Size


class Place(NamedTuple):
    """A residue of structure.pdb: chain letter, number and insertion code."""

    chain: str
    number: int
    insertion: str


@dataclass(frozen=True)
class Choice:
    """Which entry was chosen for an accession, and why.

    Attributes
    ----------
    entry : str
    accession : str
    residues : tuple of int or None
        First and last residue that are wanted, in UniProt numbers.
    chosen : str
        ISO time.
    why : str
        A sentence.
    candidates : int
        How many structures there were to choose from.
    """

    entry: str
    accession: str = ""
    residues: tuple[int, int] | None = None
    chosen: str = ""
    why: str = ""
    candidates: int = 0


@dataclass(frozen=True)
class Origin:
    """Where an entry is from.

    Attributes
    ----------
    source : str or None
        ``rcsb``, ``alphafold``, ``local``, ``demo``, ``uniprot``; None for a file without a record beside it.
    id : str
    url : str or None
    retrieved : str or None
        ISO time.
    sha256 : str
        Of the unpacked content.
    chosen : Choice or None
        None where the config names the entry.
    """

    source: str | None
    id: str
    url: str | None
    retrieved: str | None
    sha256: str
    chosen: Choice | None = None


@dataclass(frozen=True)
class CopyRecord:
    """A chain that the symmetry of an assembly has moved: `x' = rotation x + shift_A`.

    Attributes
    ----------
    chain, of : str
        Its name, such as ``A-2``, and the author chain that it is a copy of.
    rotation : tuple, shape=(3, 3)
    shift_A : tuple, shape=(3,)
        In angstrom.
    """

    chain: str
    of: str
    rotation: tuple[tuple[float, float, float], ...]
    shift_A: tuple[float, float, float]


@dataclass(frozen=True)
class AssemblyRecord:
    """The biological assembly that was applied: its name in the entry, and the chains that it moved."""

    id: str
    copies: tuple[CopyRecord, ...]


@dataclass(frozen=True)
class Selection:
    """What of an entry stands for the protein, as it was used.

    Attributes
    ----------
    chains, partners : tuple of str
        Author chains; those that are kept with them.
    model : int
    residues : str or None
        Ranges in author numbers.
    keep : tuple of str
        Names of ions and ligands.
    copies : str or None
    assembly : AssemblyRecord or None
    """

    chains: tuple[str, ...]
    partners: tuple[str, ...]
    model: int
    residues: str | None
    keep: tuple[str, ...]
    copies: str | None = None
    assembly: AssemblyRecord | None = None


@dataclass(frozen=True)
class Missing:
    """What a structure lacks, before any repair: residues in gaps, gaps, residues with a short side chain."""

    residues: int
    breaks: int
    side_chains: int


@dataclass(frozen=True)
class Coverage:
    """What is covered of the UniProt sequence, or of the range asked for.

    Attributes
    ----------
    start, end : int
    fraction : float or None
        Of an asked range, in whose author numbers `start` and `end` then are; None where UniProt's sequence is meant.
    """

    start: int
    end: int
    fraction: float | None = None


@dataclass(frozen=True)
class Identity:
    """Whether the chains are the protein expected.

    Attributes
    ----------
    verdict : str
        ``matches``, ``mismatch``, ``fragment`` or ``unknown``.
    expected : str or None
        UniProt accession.
    found : tuple of str
        Accessions by the entry's records.
    coverage : Coverage or None
    accepted : str or None
        The config's words for taking another protein.
    reasons : tuple of Remark
        What the verdict follows from.
    """

    verdict: str
    expected: str | None
    found: tuple[str, ...]
    coverage: Coverage | None
    accepted: str | None
    reasons: tuple[Remark, ...]

    @property
    def explanation(self) -> str:
        """The reasons in sentences."""
        return joined(self.reasons)

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """The reasons, and the words by which the config accepts another protein."""
        return (*self.reasons, *([remark("accepted", why=self.accepted)] if self.accepted else []))

    @property
    def is_another(self) -> bool:
        """True where the entry holds another protein than expected; not so where only the organism differs."""
        return self.verdict == "mismatch" and self.expected not in self.found


@dataclass(frozen=True)
class MembraneRecord:
    """The membrane that a protein sits in. A point x lies at height (x - centre_A) . normal.

    Attributes
    ----------
    outside : str
        The config's words.
    normal : tuple, shape=(3,)
        Unit vector towards the outside.
    centre_A : tuple, shape=(3,)
        A point on the mid-plane, in angstrom.
    thickness_A : float
    tilt_degrees : float
        Of the crossing stretches to the normal.
    crossings : int
    score : float
        In kcal/mol x A^2.
    """

    outside: str
    normal: tuple[float, float, float]
    centre_A: tuple[float, float, float]
    thickness_A: float
    tilt_degrees: float
    crossings: int
    score: float


@dataclass(frozen=True)
class DockingMask:
    """What is closed to docking.

    Attributes
    ----------
    blocked : tuple of Place
    counts : tuple of Item
        How many residues each reason closes; they may overlap.
    """

    blocked: tuple[Place, ...]
    counts: tuple[Item, ...] = ()


@dataclass(frozen=True)
class ConformerRecord:
    """One of several conformers of a protein, each a MODEL of structure.pdb.

    Attributes
    ----------
    entry : str
        Name of its entry.
    model : int
        Its label in that.
    several : bool
        Whether further models of the entry are conformers too.
    chains : tuple of str
        Author chains that it was made of.
    n_residues : int
    rmsd_A : float
        Of the CA atoms that it shares with the first conformer, superposed, in angstrom.
    left_out, lacking : int
        Residues that it has and the first lacks, which were left out; those that the first has and it lacks.
    differing : int
        Residues that are another amino acid in its entry; they have the first one's name, and the atoms that both have.
    sha256 : str
        Of the unpacked content of its entry.
    source : str or None
        Of its entry, as `EntryRecord` has it.
    mode : str
        The normal mode of the first conformer and the direction along which it was made, such as ``mode 1+``; empty
        where it was not made.
    """

    entry: str
    model: int
    several: bool
    chains: tuple[str, ...]
    n_residues: int
    rmsd_A: float = 0.0
    left_out: int = 0
    lacking: int = 0
    differing: int = 0
    sha256: str = ""
    source: str | None = None
    mode: str = ""

    @property
    def label(self) -> str:
        """What it is called where people read it."""
        if self.mode:
            return f"{self.entry} {self.mode}"
        return f"{self.entry} model {self.model}" if self.several else self.entry


@dataclass(frozen=True)
class ProteinRecord:
    """What protein.json holds.

    Attributes
    ----------
    name, label : str
        As in the panel.
    role : tuple of str
        What it was in the panel when it was prepared: ``receptor``, ``ligand``, ``control``.
    entry : Origin
    title, method : str or None
        Of the entry.
    resolution_A : float or None
    chains : tuple of ChainRecord
        Every polymer chain of the entry.
    selection : Selection
    kept, removed : tuple of Item
    missing : Missing
    n_residues, n_atoms : int
        Of the structure.
    extent_A : tuple, shape=(3,)
        Along its principal axes.
    radius_A : float
        Of the ball around it.
    ranges : dict
        Chain letter -> first and last residue number.
    sequence : dict
        Chain letter -> one-letter codes.
    identity : Identity
    membrane : MembraneRecord or None
    docking_mask : DockingMask or None
    attract : tuple of Place or None
        Residues towards which partners are pulled.
    remarks : tuple of Remark
        What else is to be known; the reasons of the verdict are in `identity`.
    conformers : tuple of ConformerRecord
        Where it has several, all of them in the order of structure.pdb; all else is said of the first.
    """

    name: str
    label: str
    role: tuple[str, ...]
    entry: Origin
    title: str | None
    method: str | None
    resolution_A: float | None
    chains: tuple[ChainRecord, ...]
    selection: Selection
    kept: tuple[Item, ...]
    removed: tuple[Item, ...]
    missing: Missing
    n_residues: int
    n_atoms: int
    extent_A: tuple[float, float, float]
    radius_A: float
    ranges: dict[str, tuple[int, int]]
    sequence: dict[str, str]
    identity: Identity
    membrane: MembraneRecord | None = None
    docking_mask: DockingMask | None = None
    attract: tuple[Place, ...] | None = None
    remarks: tuple[Remark, ...] = ()
    conformers: tuple[ConformerRecord, ...] = ()

    @property
    def n_conformers(self) -> int:
        """How many conformers are docked."""
        return max(1, len(self.conformers))

    @property
    def size(self) -> Size:
        """How large the structure is."""
        return Size(self.n_atoms, self.extent_A, self.radius_A)

    @property
    def closed(self) -> tuple[Place, ...]:
        """Residues that are closed to docking."""
        return self.docking_mask.blocked if self.docking_mask else ()

    def says(self, code: str) -> bool:
        """Tell whether there is a remark of a code."""
        return any(one.code == code for one in self.remarks)

    def to_json(self) -> dict[str, Any]:
        """Give what protein.json holds: the record, and the words of its remarks and items for who reads them."""
        made = to_json(self)
        made |= {key: [one.to_record() for one in getattr(self, key)] for key in ("kept", "removed", "remarks")}
        made["identity"]["reasons"] = [one.to_record() for one in self.identity.reasons]
        made["identity"]["explanation"] = self.identity.explanation
        if self.docking_mask:
            made["docking_mask"]["counts"] = [one.to_record() for one in self.docking_mask.counts]
        return made

    @classmethod
    def upgrade(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """Bring a record of any version into today's fields."""
        raw = of_sentences(raw) if "warnings" in raw else raw
        reasons = [_known(one) for one in raw["identity"]["reasons"]]
        identity = raw["identity"] | {"reasons": reasons}
        return raw | {"identity": identity, "remarks": [_known(one) for one in raw["remarks"]]}


def write_protein(path: str | Path, record: ProteinRecord) -> None:
    """Write protein.json."""
    write_json(path, record.to_json())


def read_protein(path: str | Path) -> ProteinRecord:
    """Read protein.json, of this version or an earlier one.

    Raises
    ------
    InputError
        If it is not there or cannot be read.
    """
    return read_record(path, ProteinRecord, "crossdock prepare")


def _known(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a remark as it is; one of a code that only a later version knows becomes what it says."""
    if one["code"] in table()[Remark.section]:
        return one
    return {"code": FREE_TEXT, "severity": one["severity"], "values": {"text": one["text"]}}
