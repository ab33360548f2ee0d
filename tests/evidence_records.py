"""Records of proteins as `crossdock prepare` writes them, and what databases say of them, made up for tests."""

from crossdock.analysis.evidence import (
    AssociationsRecord,
    EvidenceRecord,
    InteractionsRecord,
    MemberRecord,
    SiteRecord,
)
from crossdock.entries.annotation import Annotation, Feature, Location
from crossdock.entries.identity import ChainRecord, Reference
from crossdock.structures.record import Identity, Missing, Origin, ProteinRecord, Selection

DATE = "2026-11-29T10:00:00+00:00"


def chain(name, *references, taxid=9606, kept=True):
    """A chain whose references are accessions, or (accession, start, end)."""
    made = [Reference(one) if isinstance(one, str) else Reference(one[0], None, *one[1:]) for one in references]
    return ChainRecord(name, name if kept else None, None, tuple(made), None, taxid, 1, 100, 100, kept)


def protein_record(name, *chains, selected=("A",), expected=None, found=(), verdict="matches"):
    """A protein record with these chains."""
    return ProteinRecord(
        name=name,
        label=name,
        role=("ligand",),
        entry=Origin("local", name, None, None, "0" * 64),
        title=None,
        method=None,
        resolution_A=None,
        chains=chains,
        selection=Selection(selected, (), 1, None, ()),
        kept=(),
        removed=(),
        missing=Missing(0, 0, 0),
        n_residues=100,
        n_atoms=800,
        extent_A=(30.0, 20.0, 20.0),
        radius_A=20.0,
        ranges={"A": (1, 100)},
        sequence={"A": "A" * 100},
        identity=Identity(verdict, expected, tuple(found), None, None, ()),
    )


def annotation(accession="P00001", *places, features=(), **others):
    """What UniProt says; places are `Location`s or their names."""
    locations = tuple(Location(one) if isinstance(one, str) else one for one in places)
    about = {"state": "found", "current": accession, "reviewed": True, "name": f"Protein {accession}"} | others
    url = f"https://www.uniprot.org/uniprotkb/{accession}/entry"
    return Annotation(accession, date=DATE, url=url, locations=locations, features=tuple(features), **about)


def spanning(accession="P00001", outer=((1, 68), (124, 138)), inner=((94, 106),), places=("Cell membrane",), others=()):
    """What UniProt says of a protein that spans the cell membrane."""
    features = [Feature("Topological domain", *ends, "Extracellular") for ends in outer]
    features += [Feature("Topological domain", *ends, "Cytoplasmic") for ends in inner]
    features += [Feature("Transmembrane", 69, 93, "Helical; Name=1"), *others]
    return annotation(accession, *places, features=sorted(features, key=lambda one: one.begin or 0))


def evidence_record(
    members, annotations=(), *, genes=None, interactions=(), associations=(), taxids=None, sites=(), **string
):
    """Evidence of members (name -> accessions, and genes), with what was asked and found of both kinds."""
    states = {
        name: SiteRecord(name, f"https://{name}.example.org", "asked") for name in ("uniprot", "intact", "string")
    }
    states |= {site.name: site for site in sites}
    return EvidenceRecord(
        tuple(states.values()),
        tuple(
            MemberRecord(name, name.upper(), tuple(found), (genes or {}).get(name)) for name, found in members.items()
        ),
        {one.accession: one for one in annotations},
        taxids or {},
        InteractionsRecord(*interactions),
        AssociationsRecord(string.get("version", "12.0"), *associations, ids=string.get("ids", {})),
    )
