"""The published panel's entries: verdict and selection by the facts of the study's list.

Entries that are at hand are read whole; of the others, texts are made that hold what is known of them: chains with
accession and range, and a backbone of the right length.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from crossdock.errors import IdentityError
from crossdock.structures.prepare import prepare
from real_entries import real

LIVES = {9606: "Homo sapiens", 10665: "Enterobacteria phage T4", 30538: "Vicugna pacos", 9490: "Saguinus oedipus"}


@dataclass(frozen=True)
class Chain:
    """A chain as the facts describe it; each part is (accession, UniProt name, first, last, UniProt start)."""

    name: str
    description: str
    parts: tuple[tuple[str | None, str, int, int, int], ...]
    taxids: tuple[int, ...] = (9606,)
    linked: str | None = None  # the chain whose cysteine its own is bonded to


def one(name, description, accession, code, first, last, start=None, **more):
    return Chain(name, description, ((accession, code, first, last, first if start is None else start),), **more)


def unmapped(name, description, length, **more):
    return one(name, description, None, "", 1, length, **more)


G_PROTEIN = tuple(one(name, "G(i) subunit alpha-1", "P63096", "GNAI1_HUMAN", 1, 354) for name in "AF")
PEPTIDES = (unmapped("P", "Peptide agonist", 6), unmapped("Q", "Peptide agonist", 6))

ENTRIES = {
    "5zty": (
        Chain(
            "A",
            "Cannabinoid receptor 2,Endolysin,Cannabinoid receptor 2",
            (
                ("P34972", "CNR2_HUMAN", 20, 222, 20),
                ("D9IEF7", "D9IEF7_BPT4", 1002, 1161, 2),
                ("P34972", "CNR2_HUMAN", 235, 325, 235),
            ),
            taxids=(9606, 10665),
        ),
    ),
    "8f7s": (
        *G_PROTEIN,
        unmapped("B", "G protein subunit beta", 340),
        unmapped("C", "G protein subunit gamma", 60),
        *PEPTIDES,
        one("R", "Delta-type opioid receptor", "P41143", "OPRD_HUMAN", 41, 334),
        one("D", "Delta-type opioid receptor", "P41143", "OPRD_HUMAN", 41, 334),
    ),
    "8f7r": (
        *G_PROTEIN,
        unmapped("E", "scFv16", 240, taxids=(10090,)),
        *PEPTIDES,
        one("R", "Mu-type opioid receptor", "P35372", "OPRM_HUMAN", 66, 350),
        one("M", "Mu-type opioid receptor", "P35372", "OPRM_HUMAN", 66, 350),
    ),
    "6vi4": (
        one("A", "Kappa-type opioid receptor", "P41145", "OPRK_HUMAN", 54, 358),
        one("B", "Kappa-type opioid receptor", "P41145", "OPRK_HUMAN", 54, 358),
        unmapped("C", "Nanobody 6", 120, taxids=(30538,)),
        unmapped("D", "Nanobody 6", 120, taxids=(30538,)),
    ),
    "6l4o": (
        one("A", "Apoptosis inhibitor 5", "Q9BZZ5", "API5_HUMAN", 1, 454),
        one("B", "Fibroblast growth factor 2", "P09038", "FGF2_HUMAN", 18, 155, 151),
    ),
    "3mjk": tuple(
        one(name, "Platelet-derived growth factor subunit A", "P04085", "PDGFA_HUMAN", 21, 181, linked=mate)
        for name, mate in zip("ABEFXY", "BAFEYX", strict=True)
    ),
    "2hgf": (one("A", "Hepatocyte growth factor", "P14210", "HGF_HUMAN", 31, 127),),
    "2oo4": (one("A", "Neurogenic locus notch homolog protein 2", "Q04721", "NOTC2_HUMAN", 1423, 1677),),
    "1b0r": (
        one("A", "HLA class I histocompatibility antigen", "P01892", "1A02_HUMAN", 1, 275, 25),
        one("B", "Beta-2-microglobulin", "P61769", "B2MG_HUMAN", 1, 99, 21),
        unmapped("C", "Influenza matrix peptide", 9),
    ),
}


def atoms(chains):
    """Backbones side by side, 12 A apart; the third residue of a linked chain is a cysteine on its mate's."""
    row = {chain.name: i for i, chain in enumerate(chains)}
    for chain in chains:
        i = row[chain.name]
        numbers = [n for _, _, first, last, _ in chain.parts for n in range(first, last + 1)]
        for j, number in enumerate(numbers):
            cysteine = chain.linked is not None and j == 2
            x, y = 12.0 * i, 3.8 * j
            places = {"N": (x, y, 0), "CA": (x + 1.4, y, 0), "C": (x + 1.4, y + 1.5, 0), "O": (x + 2.6, y + 1.5, 0)}
            places["CB"] = (x + 1.4, y, 1.5)
            if cysteine:
                middle = 6.0 * (i + row[chain.linked])
                places["SG"] = (middle + (1 if i > row[chain.linked] else -1), y, 5.0)
            for name, xyz in places.items():
                yield chain.name, number, "CYS" if cysteine else "ALA", name, xyz


def as_pdb(entry, chains):
    lines = []
    for i, chain in enumerate(chains, start=1):
        organisms = ", ".join(LIVES.get(t, "Mus musculus") for t in chain.taxids)
        lines += [
            f"COMPND    MOL_ID: {i};",
            f"COMPND    MOLECULE: {chain.description};",
            f"COMPND    CHAIN: {chain.name};",
        ]
        lines += [f"SOURCE    MOL_ID: {i};", f"SOURCE    ORGANISM_SCIENTIFIC: {organisms};"]
        lines += [f"SOURCE    ORGANISM_TAXID: {', '.join(map(str, chain.taxids))};"]
        for accession, code, first, last, start in chain.parts:
            database = "UNP" if accession else "PDB"
            lines.append(
                f"DBREF  {entry.upper()} {chain.name} {first:4d}  {last:4d}  {database:6} "
                f"{accession or entry.upper():8} {code:12} {start:5d}  {start + last - first:5d}"
            )
    for serial, (chain, number, residue, name, (x, y, z)) in enumerate(atoms(chains), start=1):
        lines.append(
            f"ATOM  {serial % 100000:5d}  {name:<3} {residue} {chain}{number:4d}    {x:8.3f}{y:8.3f}{z:8.3f}"
            f"  1.00 10.00           {name[0]}"
        )
    return "\n".join([*lines, "END", ""])


def as_cif(entry, chains):
    entities = [(i, chain) for i, chain in enumerate(chains, start=1)]
    references = [(i, chain, part) for i, chain in entities for part in chain.parts]
    tables = {
        "entity": ("id type pdbx_description", [(i, "polymer", repr(c.description)) for i, c in entities]),
        "entity_src_gen": (
            "entity_id pdbx_gene_src_scientific_name pdbx_gene_src_ncbi_taxonomy_id",
            [(i, repr(LIVES.get(t, "Mus musculus")), t) for i, c in entities for t in c.taxids],
        ),
        "struct_ref": (
            "id entity_id db_name db_code pdbx_db_accession",
            [(n, i, "UNP" if p[0] else "PDB", p[1] or "?", p[0] or entry) for n, (i, _, p) in enumerate(references, 1)],
        ),
        "struct_ref_seq": (
            "align_id ref_id pdbx_strand_id pdbx_db_accession db_align_beg db_align_end pdbx_auth_seq_align_beg "
            "pdbx_auth_seq_align_end",
            [
                (n, n, c.name, p[0] or entry, p[4], p[4] + p[3] - p[2], p[2], p[3])
                for n, (_, c, p) in enumerate(references, 1)
            ],
        ),
    }
    number_of = {chain.name: i for i, chain in entities}
    rows, place = [], {}
    for serial, (chain, number, residue, name, xyz) in enumerate(atoms(chains), start=1):
        position = place.setdefault(chain, {}).setdefault(number, len(place.get(chain, ())) + 1)
        label = f"L{chain}"  # label and author names differ, as they do in most complexes
        rows.append(("ATOM", serial, name[0], name, residue, label, number_of[chain], position, *xyz, chain, number, 1))
    tables["atom_site"] = (
        "group_PDB id type_symbol label_atom_id label_comp_id label_asym_id label_entity_id label_seq_id "
        "Cartn_x Cartn_y Cartn_z auth_asym_id auth_seq_id pdbx_PDB_model_num",
        rows,
    )
    lines = [f"data_{entry.upper()}", "#"]
    for category, (columns, table) in tables.items():
        lines += ["loop_", *(f"_{category}.{column}" for column in columns.split())]
        lines += [" ".join(map(str, row)) for row in table] + ["#"]
    return "\n".join([*lines, ""])


def made(tmp_path, entry, form):
    path = tmp_path / f"{entry}.{form}"
    path.write_text((as_pdb if form == "pdb" else as_cif)(entry, ENTRIES[entry]))
    return path


@pytest.mark.parametrize("form", ["pdb", "cif"])
@pytest.mark.parametrize(
    ("entry", "options", "chains", "verdict", "n_residues"),
    [
        ("5zty", {"uniprot": "P34972"}, ["A"], "matches", 203 + 91),
        ("8f7s", {"uniprot": "P41143"}, ["R"], "matches", 294),
        ("8f7r", {"uniprot": "P35372"}, ["R"], "matches", 285),
        ("6vi4", {"uniprot": "P41145"}, ["A"], "matches", 305),
        ("6l4o", {"uniprot": "P09038"}, ["B"], "matches", 138),
        ("3mjk", {"uniprot": "P04085", "residues": "87-181"}, ["A", "B"], "matches", 190),
        ("3mjk", {"uniprot": "P04085", "residues": "87-211"}, ["A", "B"], "fragment", 190),
        ("2hgf", {"uniprot": "P14210"}, ["A"], "matches", 97),
        ("2hgf", {"uniprot": "P14210", "residues": "32-728"}, ["A"], "fragment", 96),
        ("2oo4", {"uniprot": "Q04721"}, ["A"], "matches", 255),
        ("2oo4", {"uniprot": "Q04721", "residues": "414-1677"}, ["A"], "fragment", 255),
        ("1b0r", {"uniprot": "P04439", "partners": ["B", "C"]}, ["A", "B", "C"], "matches", 275 + 99 + 9),
    ],
)
def test_entries_known_by_their_facts(tmp_path, form, entry, options, chains, verdict, n_residues):
    structure, record = prepare(made(tmp_path, entry, form), name=entry, **options)
    assert record.identity.verdict == verdict
    assert [*record.selection.chains, *record.selection.partners] == chains
    assert structure.n_residues == n_residues
    dropped = {chain.name for chain in ENTRIES[entry]} - set(chains)
    listed = " ".join(item.text for item in record.removed)
    assert all(f"residues of chain {name} (" in listed for name in dropped)


@pytest.mark.parametrize("form", ["pdb", "cif"])
def test_the_cannabinoid_receptor_is_not_gper(tmp_path, form):
    path = made(tmp_path, "5zty", form)
    with pytest.raises(IdentityError, match=r"Expected Q99527.*P34972 \(CNR2_HUMAN\)"):
        prepare(path, name="GPER", uniprot="Q99527", chains=["A"])
    with pytest.raises(IdentityError):
        prepare(path, name="GPER", uniprot="Q99527")
    _, record = prepare(path, name="GPER", uniprot="Q99527", chains=["A"], accept="the study docked this one")
    assert record.identity.verdict == "mismatch"
    assert record.identity.accepted == "the study docked this one"


@pytest.mark.parametrize("form", ["pdb", "cif"])
def test_a_fused_lysozyme_is_left_out_and_listed(tmp_path, form):
    path = made(tmp_path, "5zty", form)
    structure, record = prepare(path, name="CB2", uniprot="P34972")
    assert not set(range(1002, 1162)) & set(structure.residue_number.tolist())
    fused = ("residues of D9IEF7 (D9IEF7_BPT4), fused into chain A (1002-1161)", 160)
    assert fused in [(one.text, one.count) for one in record.removed]
    assert "fused with D9IEF7" in record.identity.explanation
    # A range that the user writes decides alone.
    structure, _ = prepare(path, name="CB2", uniprot="P34972", residues="20-1161")
    assert structure.n_residues == 203 + 160 + 91


def test_a_fused_lysozyme_that_only_sifts_names_is_left_out_too(tmp_path):
    (chain,) = ENTRIES["5zty"]
    silent = replace(chain, parts=tuple(p if p[0] == "P34972" else (None, *p[1:]) for p in chain.parts))
    mapped = [
        (accession, start + i) for accession, _, first, last, start in chain.parts for i in range(last - first + 1)
    ]
    rows = [f"LA {place} {accession} {number}" for place, (accession, number) in enumerate(mapped, start=1)]
    columns = ["_pdbx_sifts_xref_db." + name for name in ("asym_id", "seq_id", "unp_acc", "unp_num")]
    path = tmp_path / "5zty.cif"
    path.write_text("\n".join([as_cif("5zty", (silent,)) + "loop_", *columns, *rows, "#", ""]))
    structure, record = prepare(path, name="CB2", uniprot="P34972")
    assert structure.n_residues == 203 + 91
    assert ("residues of D9IEF7, fused into chain A (1002-1161)", 160) in [
        (one.text, one.count) for one in record.removed
    ]
    with pytest.raises(IdentityError, match=r"Expected Q99527.*P34972 \(CNR2_HUMAN\) \+ D9IEF7"):
        prepare(path, name="GPER", uniprot="Q99527")


@pytest.mark.parametrize("form", ["pdb", "cif"])
@pytest.mark.parametrize(("entry", "accession"), [("8f7r", "P35372"), ("8f7s", "P41143"), ("1b0r", "P04439")])
def test_the_first_chain_of_a_complex_is_refused_where_it_is_another_protein(tmp_path, form, entry, accession):
    chain = "B" if entry == "1b0r" else "A"
    with pytest.raises(IdentityError, match=f"write `chains: \\[{'A' if entry == '1b0r' else 'R'}\\]`"):
        prepare(made(tmp_path, entry, form), name="x", uniprot=accession, chains=[chain])


@pytest.mark.parametrize(
    ("entry", "options", "chains", "verdict"),
    [
        # The four entries of the panel.
        ("1a52", {"uniprot": "P03372", "chains": ["A", "B"], "keep": ["EST"]}, "AB", "matches"),
        ("1a52", {"uniprot": "P03372"}, "A", "matches"),
        ("1xwd", {"uniprot": "P23945"}, "C", "matches"),
        ("4qci", {"uniprot": "P01127"}, "CD", "matches"),
        ("1e3g", {"uniprot": "P10275", "keep": ["R18"]}, "A", "matches"),
        # What belongs to the panel's proteins.
        ("5dfv", {"uniprot": "P60033"}, "A", "matches"),
        ("5dfv", {"uniprot": "P60033", "residues": "1-236"}, "A", "fragment"),
        ("4d3c", {"uniprot": "P14210"}, "A", "matches"),
        ("2d9q", {"uniprot": "P09919", "chains": ["A"]}, "A", "matches"),
        ("1duz", {"uniprot": "P04439", "partners": ["B", "C"]}, "ABC", "matches"),
        ("1err", {"uniprot": "P03372"}, "A", "matches"),
        ("5l0q", {"uniprot": "O14672"}, None, "mismatch"),
        ("3l95", {"uniprot": "Q04721"}, None, "mismatch"),
        ("AF_oprm_human", {"uniprot": "P35372"}, "A", "matches"),
        ("AF_oprk_human", {"uniprot": "P41145"}, "A", "matches"),
        ("AF_oprd_human", {"uniprot": "P41143"}, "A", "matches"),
        ("AF_cnr2_human", {"uniprot": "P34972"}, "A", "matches"),
        ("AF_cnr2_human", {"uniprot": "Q99527"}, None, "mismatch"),
        ("AF_fshr_human", {"uniprot": "P23945"}, "A", "matches"),
    ],
)
def test_entries_at_hand(entry, options, chains, verdict):
    path = real(entry)
    if chains is None:
        with pytest.raises(IdentityError):
            prepare(path, name=entry, **options)
        return
    structure, record = prepare(path, name=entry, **options)
    # Files of ../shared may lack the records that the archive's have.
    assert record.identity.verdict == (verdict if "\nDBREF" in path.read_text() else "unknown")
    assert structure.chains == list(chains)
