"""What public databases say of a panel, as a record, and what follows from it for its proteins and pairs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Generic, Literal, TypeVar

from crossdock.entries.annotation import DOMAINS, Annotation, Location
from crossdock.entries.associations import Association
from crossdock.entries.interactions import Asked, Recorded, pair_of
from crossdock.records import read_record

#: What a site has of a pair.
Found = TypeVar("Found")
#: Stretches of a sequence, first and last residue of each in UniProt numbers.
Ranges = tuple[tuple[int, int], ...]
#: How two proteins can meet; see `reach`.
Code = Literal["apart", "outer-face-only", "outer-faces", "inner-face-only", "possible", "unknown"]

# Places of UniProt's list (docs/subcell) that no protein from outside a cell comes to, vesicles aside. The endoplasmic
# reticulum, the Golgi apparatus, endosomes and the envelope of the nucleus are none: secreted proteins pass there.
_INSIDE = ("Cytoplasm", "Nucleus", "Chromosome", "Mitochondrion", "Peroxisome", "Plastid")
_OUTSIDE = ("Secreted", "Cell surface", "Extracellular vesicle")
_VESICLES = ("Secreted, extracellular exosome", "Extracellular vesicle")
_OUTER, _INNER = ("Extracellular", "Exoplasmic"), ("Cytoplasmic",)


@dataclass(frozen=True)
class SiteRecord:
    """What became of a site in the run that wrote the record.

    Attributes
    ----------
    name : {"uniprot", "intact", "string"}
    url : str
        Base URL.
    state : {"asked", "not-reached", "not-asked"}
        `asked` where it has answered for all, in this run or an earlier one.
    reason : str or None
        Why it was not reached or not asked.
    missing : int
        Accessions, or pairs of them, that it has not answered for.
    version : str or None
        Of the database, where it says.
    """

    name: str
    url: str
    state: Literal["asked", "not-reached", "not-asked"]
    reason: str | None = None
    missing: int = 0
    version: str | None = None


@dataclass(frozen=True)
class MemberRecord:
    """A protein of the panel and what it was asked by.

    Attributes
    ----------
    name, label : str
        As in the panel.
    accessions : tuple of str
        UniProt accessions of its docked chains, the expected one first; empty where none is known.
    gene : str or None
        Its gene by the config.
    """

    name: str
    label: str
    accessions: tuple[str, ...]
    gene: str | None = None


@dataclass(frozen=True)
class InteractionsRecord:
    """What IntAct was asked, and what it has.

    Attributes
    ----------
    asked : tuple of Asked
    found : tuple of Recorded
        A pair that was asked for and is not here has no entry.
    """

    asked: tuple[Asked, ...] = ()
    found: tuple[Recorded, ...] = ()


@dataclass(frozen=True)
class AssociationsRecord:
    """What STRING was asked, and what it has.

    Attributes
    ----------
    version : str or None
    asked : tuple of Asked
    found : tuple of Association
        A pair that was asked for and is not here has no entry.
    ids : dict of str to (str or None)
        Accession -> STRING's name; None where STRING does not have it.
    """

    version: str | None = None
    asked: tuple[Asked, ...] = ()
    found: tuple[Association, ...] = ()
    ids: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer(Generic[Found]):
    """What a site says of a pair.

    Attributes
    ----------
    state : {"found", "no-entry", "not-reached", "not-asked", "no-question"}
        `no-entry` where it was asked and has nothing; `no-question` where there is nothing to ask.
    date : str or None
        ISO time at which it was asked.
    found : tuple
        Of Recorded or Association, one for each pair of accessions that it has anything of.
    why : str or None
        Of `not-reached` and `not-asked`, the reason in words; of `no-question`, ``no-accession``, ``same-protein``,
        ``no-common-organism`` or ``not-in-string``.
    """

    state: Literal["found", "no-entry", "not-reached", "not-asked", "no-question"]
    date: str | None = None
    found: tuple[Found, ...] = ()
    why: str | None = None


@dataclass(frozen=True)
class EvidenceRecord:
    """What evidence.json holds. Nothing of it goes into a score.

    Attributes
    ----------
    sites : tuple of SiteRecord
        UniProt, IntAct, STRING.
    members : tuple of MemberRecord
        In the order of the panel.
    annotations : dict of str to Annotation
        By accession; those that UniProt has answered for.
    taxids : dict of str to int
        Accession -> NCBI taxonomy id, by UniProt, else by the entry's records.
    interactions : InteractionsRecord
    associations : AssociationsRecord
    """

    sites: tuple[SiteRecord, ...]
    members: tuple[MemberRecord, ...]
    annotations: dict[str, Annotation]
    taxids: dict[str, int]
    interactions: InteractionsRecord
    associations: AssociationsRecord

    def site(self, name: str) -> SiteRecord:
        """Find a site by its name."""
        return next(site for site in self.sites if site.name == name)

    def label(self, name: str) -> str:
        """Give the text to show for a protein."""
        return self._members[name].label if name in self._members else name

    def accessions(self, name: str) -> tuple[str, ...]:
        """Give the accessions of a protein; none of one that is not in the record."""
        return self._members[name].accessions if name in self._members else ()

    def gene(self, name: str) -> str | None:
        """Give the gene of a protein by the config."""
        return self._members[name].gene if name in self._members else None

    def other_genes(self, name: str) -> tuple[str, ...]:
        """Give the genes of a protein by UniProt, where it does not know one of them by the name in the config."""
        gene = self.gene(name)
        found = [self.annotations[one] for one in self.accessions(name) if one in self.annotations]
        found = [one for one in found if one.state == "found" and one.gene and one.synonyms is not None]
        known = {other.lower() for one in found for other in (one.gene, *(one.synonyms or ())) if other}
        if not gene or not known or gene.lower() in known:
            return ()
        return tuple(one.gene for one in found if one.gene)

    def annotation(self, name: str) -> Annotation | None:
        """Give what UniProt says of the first accession of a protein, if it has answered."""
        return next((self.annotations.get(one) for one in self.accessions(name)), None)

    def reach(self, receptor: str, ligand: str) -> Reach:
        """Judge whether a pair can meet, by the first accession of both; see `reach`."""
        one, other = self.annotation(receptor), self.annotation(ligand)
        return reach(one, other) if one and other else Reach("unknown")

    def interactions_of(self, receptor: str, ligand: str) -> Answer[Recorded]:
        """Give what IntAct says of a pair."""
        pairs = self._pairs(receptor, ligand)
        if not pairs:
            return Answer("no-question", why="no-accession")
        found = tuple(self._recorded[pair] for pair in pairs if pair in self._recorded)
        return self._answer("intact", pairs, found, self._intact_dates)

    def associations_of(self, receptor: str, ligand: str) -> Answer[Association]:
        """Give what STRING says of a pair; it is not asked of two organisms, or of proteins that it does not have."""
        pairs = self._pairs(receptor, ligand)
        if not pairs:
            return Answer("no-question", why="no-accession")
        if not (pairs := [pair for pair in pairs if pair[0] != pair[1]]):
            return Answer("no-question", why="same-protein")
        known = [pair for pair in pairs if all(one in self.taxids for one in pair)]
        if not known and (became := self.site("string")).state == "not-asked":
            return Answer("not-asked", why=became.reason)
        if not (pairs := [pair for pair in known if self.common_taxid(*pair)]):
            return Answer("no-question", why="no-common-organism")
        names = self.associations.ids
        if not (pairs := [pair for pair in pairs if all(names.get(one, "") is not None for one in pair)]):
            return Answer("no-question", why="not-in-string")
        found = tuple(self._associated[pair] for pair in pairs if pair in self._associated)
        return self._answer("string", pairs, found, self._string_dates)

    def common_taxid(self, one: str, other: str) -> int | None:
        """Give the organism of two accessions; None where it is not one, or not known."""
        taxid = self.taxids.get(one)
        return taxid if taxid == self.taxids.get(other) else None

    def _pairs(self, receptor: str, ligand: str) -> list[tuple[str, str]]:
        one, other = self.accessions(receptor), self.accessions(ligand)
        return list(dict.fromkeys(pair_of(a, b) for a in one for b in other))

    def _answer(
        self,
        site: str,
        pairs: list[tuple[str, str]],
        found: tuple[Found, ...],
        dates: Mapping[tuple[str, str], str],
    ) -> Answer[Found]:
        asked = [dates[pair] for pair in pairs if pair in dates]
        if found or len(asked) == len(pairs):
            return Answer("found" if found else "no-entry", max(asked, default=None), found)
        became = self.site(site)
        return Answer("not-asked" if became.state == "not-asked" else "not-reached", why=became.reason)

    @cached_property
    def _members(self) -> dict[str, MemberRecord]:
        return {member.name: member for member in self.members}

    @cached_property
    def _recorded(self) -> dict[tuple[str, str], Recorded]:
        return {(one.a, one.b): one for one in self.interactions.found}

    @cached_property
    def _associated(self) -> dict[tuple[str, str], Association]:
        return {(one.a, one.b): one for one in self.associations.found}

    @cached_property
    def _intact_dates(self) -> dict[tuple[str, str], str]:
        return dates_of(self.interactions.asked)

    @cached_property
    def _string_dates(self) -> dict[tuple[str, str], str]:
        return dates_of(self.associations.asked)


def dates_of(asked: Iterable[Asked]) -> dict[tuple[str, str], str]:
    """Give when each pair of accessions was last asked for."""
    return {pair_of(a, b): one.date for one in asked for a in one.first for b in one.second}


def read_evidence(path: str | Path) -> EvidenceRecord | None:
    """Read evidence.json; None where there is none, as in runs of earlier versions.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    return read_record(path, EvidenceRecord, "crossdock evidence") if Path(path).is_file() else None


# --- whether two proteins can meet


@dataclass(frozen=True)
class Reach:
    """Whether two proteins can meet, and by which of their parts.

    Attributes
    ----------
    code : {"apart", "outer-face-only", "outer-faces", "inner-face-only", "possible", "unknown"}
        See `reach`.
    receptor, ligand : tuple of (int, int)
        Of a protein that spans a membrane, the parts that the other can meet, in UniProt numbers; empty where all of it
        can be met, or nothing is known.
    vesicle : bool
        With `apart`, whether the one outside may be in a vesicle, which can carry it into a cell.
    """

    code: Code
    receptor: Ranges = ()
    ligand: Ranges = ()
    vesicle: bool = False


def reach(receptor: Annotation, ligand: Annotation) -> Reach:
    """Judge by UniProt's locations and topology whether two proteins can meet.

    Parameters
    ----------
    receptor, ligand : Annotation

    Returns
    -------
    Reach
        ``apart``: one is only inside cells and the other only outside. ``outer-face-only``: one spans a membrane and
        the other is only outside, so that nothing but the extracellular parts of the first can be met.
        ``inner-face-only``: the same for a partner that is only inside, and cytoplasmic parts. ``outer-faces``: both
        span a membrane and have extracellular parts; between two cells, or a vesicle and a cell, only these can meet.
        ``possible``: nothing keeps them apart. ``unknown``: UniProt does not say enough of one of them.

    Notes
    -----
    A protein is only inside where each of its locations is the cytoplasm, the nucleus (not its envelope), chromosomes,
    mitochondria, peroxisomes, plastids, or the cytoplasmic side of a membrane. It is only outside where each is
    `Secreted`, the surface of cells, extracellular vesicles, the extracellular side of a membrane, or a GPI anchor. All
    other locations keep no two proteins apart, such as the endoplasmic reticulum, through which secreted proteins pass.
    What holds for an isoform alone counts only where UniProt gives the protein no other location.

    A protein spans a membrane where it has a transmembrane stretch. Which parts are on which side is then read from its
    topological domains; where none is extracellular or cytoplasmic, it is only inside if all its locations are, and
    otherwise nothing is known. A protein within a vesicle counts as outside, although a vesicle can fuse with a cell
    and bring it in; `Reach.vesicle` says where that may be.
    """
    one, other = _side(receptor), _side(ligand)
    if "unknown" in (one.where, other.where):
        return Reach("unknown")
    if one.where == other.where == "spanning":
        both = one.outer and other.outer
        return Reach("outer-faces", one.outer, other.outer) if both else Reach("possible")
    if one.where == "spanning":
        code, parts = _face(one, other)
        return Reach(code, receptor=parts)
    if other.where == "spanning":
        code, parts = _face(other, one)
        return Reach(code, ligand=parts)
    if {one.where, other.where} == {"inside", "outside"}:
        return Reach("apart", vesicle=one.vesicle or other.vesicle)
    return Reach("possible")


def _face(spanning: _Side, partner: _Side) -> tuple[Code, Ranges]:
    """Give by which parts a protein that spans a membrane can be met by one that does not."""
    if partner.where == "outside" and spanning.outer:
        return "outer-face-only", spanning.outer
    if partner.where == "inside" and spanning.inner:
        return "inner-face-only", spanning.inner
    return "possible", ()


@dataclass(frozen=True)
class _Side:
    """On which side of the cell membrane a protein is: inside, outside, spanning, mixed or unknown."""

    where: str
    outer: Ranges = ()
    inner: Ranges = ()
    vesicle: bool = False


def _side(protein: Annotation) -> _Side:
    places = [one for one in protein.locations if not (one.molecule or "").startswith("Isoform")] or protein.locations
    sides = {_side_of(place) for place in places}
    outer, inner = _topological(protein, _OUTER), _topological(protein, _INNER)
    if any(one.kind == "Transmembrane" for one in protein.features):
        if outer or inner:
            return _Side("spanning", outer, inner)
        return _Side("inside" if sides == {"inside"} else "unknown")
    if not places:
        return _Side("unknown")
    vesicle = any(place.place.startswith(_VESICLES) for place in places)
    return _Side(sides.pop() if len(sides) == 1 else "mixed", vesicle=vesicle)


def _side_of(location: Location) -> str:
    """Tell on which side of the cell membrane a place is, for a protein that does not span it."""
    place, turned = location.place, (location.orientation or "").lower()
    if "gpi-anchor" in (location.topology or "").lower() or turned.startswith("extracellular"):
        return "outside"
    if turned.startswith("cytoplasmic"):
        return "inside"
    if _is_one_of(place, _OUTSIDE):
        return "outside"
    envelope = place.startswith("Nucleus") and ("membrane" in place or "envelope" in place)
    return "inside" if _is_one_of(place, _INSIDE) and not envelope else "mixed"


def _is_one_of(place: str, names: Iterable[str]) -> bool:
    """Tell whether a place is one of some, or a part of one (`Nucleus, nucleolus`, `Nucleus speckle`)."""
    return any(place == name or place.startswith((f"{name},", f"{name} ")) for name in names)


def _topological(protein: Annotation, names: tuple[str, ...]) -> Ranges:
    return tuple(
        (one.begin, one.end)
        for one in protein.features
        if one.kind == "Topological domain" and one.description.startswith(names) and one.begin and one.end
    )


# --- in which parts of a protein residues lie


@dataclass(frozen=True)
class Part:
    """A part of a protein that some residues lie in.

    Attributes
    ----------
    kind, name : str
        As UniProt has them: ``Topological domain`` and ``Extracellular``, ``Domain`` and ``Ig-like C2-type 2``; where
        UniProt gives it no name, the kind is the name.
    begin, end : int
        First and last residue of the part, in UniProt numbers.
    residues : tuple of int
        Those of the residues that lie in it, in order.
    """

    kind: str
    name: str
    begin: int
    end: int
    residues: tuple[int, ...]


def where(protein: Annotation, residues: Collection[int]) -> tuple[Part, ...]:
    """Name the parts of a protein that residues lie in.

    Parameters
    ----------
    protein : Annotation
    residues : collection of int
        In UniProt numbers.

    Returns
    -------
    tuple of Part
        What is in or beside a membrane or is cut off, then domains and regions, each in the order of the sequence. A
        part whose ends UniProt does not know is left out.
    """
    numbers = sorted(set(residues))
    parts = [
        Part(one.kind, one.description or one.kind, one.begin, one.end, found)
        for one in protein.features
        if one.begin is not None
        and one.end is not None
        and (found := tuple(number for number in numbers if one.begin <= number <= one.end))
    ]
    return tuple(sorted(parts, key=lambda part: (part.kind in DOMAINS, part.begin, part.end)))
