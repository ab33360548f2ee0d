"""Identity of chains by the records of an entry, in both formats."""

from __future__ import annotations

import pytest

from crossdock.entries.identity import ChainIdentity, Reference, from_mmcif, from_pdb, resolve_accession
from crossdock.panel.accession import ACCESSION, current, is_accession, merged, spelled
from crossdock.structures.record import Coverage
from crossdock.structures.verdict import judge

# 5zty is the entry that a published panel took for GPER1: cannabinoid receptor CB2 with T4 lysozyme in one chain.
FUSION = """\
COMPND    MOL_ID: 1;
COMPND   2 MOLECULE: CANNABINOID RECEPTOR 2,ENDOLYSIN,CANNABINOID RECEPTOR 2;
COMPND   3 CHAIN: A;
SOURCE    MOL_ID: 1;
SOURCE   2 ORGANISM_SCIENTIFIC: HOMO SAPIENS, ENTEROBACTERIA PHAGE T4;
SOURCE   3 ORGANISM_TAXID: 9606, 10665;
SOURCE   4 EXPRESSION_SYSTEM: SPODOPTERA FRUGIPERDA;
SOURCE   5 EXPRESSION_SYSTEM_TAXID: 7108
DBREF  5ZTY A   20   222  UNP    P34972   CNR2_HUMAN      20    222
DBREF  5ZTY A 1002  1161  UNP    D9IEF7   D9IEF7_BPT4      2    161
DBREF  5ZTY A  235   325  UNP    P34972   CNR2_HUMAN     235    325
""".splitlines()

# Long accessions, and numbers beyond four digits, take two records.
LONG = """\
DBREF1 2XYZ A    1   359  UNP                  GNAQ_MOUSE
DBREF2 2XYZ A     A0A0K8P6T7                          7         353
""".splitlines()

HUMAN_CD81 = ChainIdentity("CD81", (Reference("P60033", "CD81_HUMAN", 112, 202),), ("Homo sapiens",), (9606,))


def test_a_fusion_has_both_accessions():
    chain = from_pdb(FUSION)["A"]
    assert chain.accessions == ["P34972", "D9IEF7"]
    assert chain.references[0] == Reference("P34972", "CNR2_HUMAN", 20, 222, 20, 222)
    assert chain.organisms == ("Homo sapiens", "Enterobacteria phage t4")
    assert chain.taxids == (9606, 10665)


def test_a_fusion_matches_by_one_of_its_parts_and_names_the_other():
    verdict = judge(from_pdb(FUSION), "P34972")
    assert verdict.verdict == "matches"
    assert "fused with D9IEF7" in verdict.explanation
    assert verdict.found == ("P34972", "D9IEF7")
    assert verdict.coverage == Coverage(20, 325, None)


def test_gper1_is_not_in_the_entry_that_was_taken_for_it():
    verdict = judge(from_pdb(FUSION), "Q99527")
    assert verdict.verdict == "mismatch"
    assert "Expected Q99527" in verdict.explanation
    assert "P34972 (CNR2_HUMAN)" in verdict.explanation


def test_long_accessions_take_two_records():
    assert from_pdb(LONG)["A"].references == (Reference("A0A0K8P6T7", "GNAQ_MOUSE", 7, 353, 1, 359),)


def test_the_expression_system_is_not_the_organism():
    assert 7108 not in from_pdb(FUSION)["A"].taxids


def test_an_old_entry_without_taxonomy_ids_is_known_by_the_name():
    lines = ["COMPND    MOL_ID: 1;", "COMPND   2 CHAIN: C;", "SOURCE    MOL_ID: 1;"]
    assert from_pdb([*lines, "SOURCE   2 ORGANISM_SCIENTIFIC: HOMO SAPIENS"])["C"].taxids == (9606,)


def test_the_organism_is_known_by_the_uniprot_name_where_all_else_is_silent():
    assert from_pdb(["DBREF  2XYZ A    1    92  SWS    P01216   GLHA_MOUSE      25    116"])["A"].taxids == (10090,)


def test_references_to_the_entry_itself_are_none():
    assert from_pdb(["DBREF  4QCI A    1   209  PDB    4QCI     4QCI             1    209"]) == {}


@pytest.mark.parametrize("line", ["DBREF", "DBREF  ", "DBREF1 X", "DBREF2 X", "COMPND", "SOURCE    : ; :;"])
def test_damaged_records_say_nothing(line):
    assert not any(chain.references for chain in from_pdb([line]).values())


@pytest.mark.parametrize(("old", "new"), [("P01892", "P04439"), ("P35372", "P35372"), ("p35372-2", "P35372")])
def test_merged_accessions_and_isoforms(old, new):
    assert current(old) == new


def test_the_table_of_merged_accessions_leads_to_accessions_of_today():
    assert merged()
    for old, new in merged().items():
        assert ACCESSION.fullmatch(old)
        assert ACCESSION.fullmatch(new)
        assert new not in merged()


@pytest.mark.parametrize(
    ("text", "accession"),
    [
        (" p01127 ", "P01127"),
        ("P01127.2", "P01127"),
        ("p35372-2", "P35372-2"),
        ("a0a0k8p6t7_mouse", "A0A0K8P6T7"),
        ("pdgfb_human", "PDGFB_HUMAN"),
    ],
)
def test_spellings(text, accession):
    assert spelled(text) == accession
    assert is_accession(text) == ("HUMAN" not in accession)


@pytest.mark.parametrize(
    "database", ["UNP", "SWS", "TREMBL", "SPTR", "UniPro", "UniProtKB", "SWISS-PROT", "UniProtKB/Swiss-Prot"]
)
def test_databases_that_are_uniprot(database):
    table = {
        **site(("A", "A", "1")),
        **ENTITIES,
        **category("_struct_ref", id=["1"], entity_id=["1"], db_name=[database], pdbx_db_accession=["p60033"]),
    }
    assert from_mmcif(table)["A"].accessions == ["P60033"]
    line = f"DBREF  7MWS A  112   202  {database[:6]:6} P60033   CD81_HUMAN     112    202"
    assert from_pdb([line])["A"].references == (Reference("P60033", "CD81_HUMAN", 112, 202, 112, 202),)


@pytest.mark.parametrize(
    ("columns", "accession", "name"),
    [
        ("P01127   PDGFB_HUMAN ", "P01127", "PDGFB_HUMAN"),
        ("p01127.1 pdgfb_human ", "P01127", "PDGFB_HUMAN"),
        ("PDGFB_HUMAN          ", "PDGFB_HUMAN", "PDGFB_HUMAN"),
        ("         PDGFB_HUMAN ", "PDGFB_HUMAN", "PDGFB_HUMAN"),
        ("PDGFB_HUMAN P01127   ", "P01127", "PDGFB_HUMAN"),
        ("Q0A0K8   Q0A0K8_MOUSE", "Q0A0K8", "Q0A0K8_MOUSE"),
    ],
)
def test_accession_and_name_in_a_record(columns, accession, name):
    (reference,) = from_pdb([f"DBREF  4QCI C    1   109  UNP    {columns}    82    190"])["C"].references
    assert (reference.accession, reference.name, reference.start, reference.last) == (accession, name, 82, 109)


def test_a_name_and_an_accession_cannot_be_compared_without_a_record_of_both():
    by_name, by_accession = Reference("PDGFB_HUMAN", "PDGFB_HUMAN"), Reference("P01127")
    both = Reference("P01127", "PDGFB_HUMAN")
    wanted = ("P01127", "PDGFB_HUMAN", "P04085", "PDGFA_HUMAN")
    assert [by_name.is_of(one) for one in wanted] == [None, True, None, False]
    assert [by_accession.is_of(one) for one in wanted] == [True, None, False, None]
    assert [both.is_of(one) for one in wanted] == [True, True, False, False]
    assert resolve_accession("pdgfb_human", [ChainIdentity(None, (both,))]) == "P01127"
    assert resolve_accession("pdgfb_human", [ChainIdentity(None, (by_name,))]) == "PDGFB_HUMAN"
    verdict = judge({"C": ChainIdentity(None, (by_name,))}, "P01127")
    assert verdict.verdict == "unknown"
    assert "it may be any protein" in verdict.explanation


def test_references_to_other_databases_are_kept_in_words():
    lines = [
        "DBREF  1XWD C   17   268  GB     AAA52477 182771          17    268",
        "DBREF  1XWD C   17   268  REF    NP_00013 NP_000136       17    268",
        "DBREF  1XWD F   17   268  PDB    1XWD     1XWD            17    268",
    ]
    assert from_pdb(lines) == {"C": ChainIdentity(elsewhere=("GenBank AAA52477", "RefSeq NP_00013"))}
    table = {
        **site(("A", "A", "1")),
        **ENTITIES,
        **category("_struct_ref", id=["1"], entity_id=["1"], db_name=["GB"], pdbx_db_accession=["AAA52477"]),
    }
    chains = from_mmcif(table)
    assert chains["A"].elsewhere == ("GenBank AAA52477",)
    assert "The entry refers to GenBank AAA52477 for chain A" in judge(chains, "P23945").explanation


def test_the_title_of_an_alphafold_model():
    title = [
        "TITLE     ALPHAFOLD MONOMER V2.0 PREDICTION FOR FOLLICLE-STIMULATING HORMONE    ",
        "TITLE    2 RECEPTOR (P23945)                                                    ",
    ]
    atom = "ATOM      1  N   MET %s   1     -17.127  22.180 -16.443  1.00 50.11           N  "
    assert from_pdb([*title, atom % "A"])["A"].accessions == ["P23945"]
    assert from_pdb([*title, atom % "A", atom % "B"]) == {}
    assert from_pdb(["TITLE     SOLVED WITH AN ALPHAFOLD MODEL (7MWS)", atom % "A"]) == {}


def test_a_merged_accession_matches_both_ways():
    chain = {"A": ChainIdentity("HLA-A", (Reference("P01892"),), (), (9606,))}
    verdict = judge(chain, "P04439")
    assert verdict.verdict == "matches"
    assert "now P04439 in UniProt" in verdict.explanation
    assert judge({"A": ChainIdentity(None, (Reference("P04439"),))}, "P01892").verdict == "matches"


def test_another_organism_is_a_mismatch_even_with_the_accession():
    tamarin = ChainIdentity("CD81", (Reference("P60033"),), ("Saguinus oedipus",), (9490,))
    verdict = judge({"A": tamarin}, "P60033")
    assert verdict.verdict == "mismatch"
    assert "Saguinus oedipus (taxonomy id 9490) where 9606 is expected" in verdict.explanation
    assert judge({"A": tamarin}, "P60033", organism=9490).verdict == "matches"
    assert judge({"A": tamarin}, "P60033", organism=None).verdict == "matches"


K12 = ChainIdentity("Im9", (Reference("P13479"),), ("Escherichia coli K-12",), (83333,))
SPECIES = ChainIdentity("Im9", (Reference("P13479"),), ("Escherichia coli",), (562,))
OTHER_STRAIN = ChainIdentity("Im9", (Reference("P13479"),), ("Escherichia coli O157:H7 str. Sakai",), (386585,))


@pytest.mark.parametrize("organism", [562, 83333])
@pytest.mark.parametrize("chain", [K12, SPECIES, OTHER_STRAIN], ids=["K-12", "species", "O157"])
def test_a_strain_counts_as_its_species_and_a_species_as_its_strains(chain, organism):
    assert judge({"A": chain}, "P13479", organism=organism).verdict == "matches"


@pytest.mark.parametrize(
    ("name", "taxid", "organism"),
    [
        ("Escherichia coli K-12", 83333, 9606),
        ("Shigella flexneri", 623, 562),
        ("Enterobacteria phage lambda", 10710, 10665),  # two viruses may share two words
        ("Mus spretus", 10096, 10090),
        ("Escherichia coli K-12", 83333, 999999),  # nothing is known of this one
    ],
)
def test_another_species_is_none_of_its_strains(name, taxid, organism):
    chain = ChainIdentity(None, (Reference("P13479"),), (name,), (taxid,))
    assert judge({"A": chain}, "P13479", organism=organism).verdict == "mismatch"


@pytest.mark.parametrize(
    ("record", "taxids"),
    [
        ("SOURCE   2 ORGANISM_SCIENTIFIC: ESCHERICHIA COLI K-12", (562,)),
        ("SOURCE   2 ORGANISM_SCIENTIFIC: SACCHAROMYCES CEREVISIAE (STRAIN ATCC 204508 / S288C)", (4932,)),
        ("SOURCE   2 ORGANISM_SCIENTIFIC: ENTEROBACTERIA PHAGE T4", ()),
    ],
)
def test_a_strain_without_a_taxonomy_id_is_known_by_its_species(record, taxids):
    lines = ["COMPND    MOL_ID: 1;", "COMPND   2 CHAIN: C;", "SOURCE    MOL_ID: 1;", record]
    assert from_pdb(lines)["C"].taxids == taxids


@pytest.mark.parametrize(
    ("name", "organism", "can_be"),
    [
        ("Vicugna pacos", 9606, False),
        ("Saguinus oedipus", 9606, False),
        ("Rattus rattus", 10116, True),
        ("Canis familiaris", 9615, True),
        ("Human", 9606, True),
        ("Synthetic construct", 9606, True),
        ("Artificial gene", 9606, True),
        ("Enterobacteria phage t4", 9606, True),  # names of viruses have no form that tells
        ("Vicugna pacos", 999999, True),  # nothing is known of this one
    ],
)
def test_the_name_alone_of_an_organism(name, organism, can_be):
    verdict = judge({"A": ChainIdentity(None, (Reference("P13479"),), (name,))}, "P13479", organism=organism)
    assert (verdict.verdict == "matches") == can_be


def test_a_synthetic_chain_has_no_wrong_organism():
    made = ChainIdentity("peptide", (Reference("P60033"),), ("synthetic construct",), (32630,))
    assert judge({"A": made}, "P60033").verdict == "matches"


def test_one_wrong_chain_of_two_is_a_mismatch():
    other = ChainIdentity("Fab", (Reference("P01857"),))
    assert judge({"A": HUMAN_CD81, "C": other}, "P60033").verdict == "mismatch"


def test_no_record_is_unknown_and_no_expectation_too():
    silent = judge({"A": ChainIdentity()}, "P10275")
    assert silent.verdict == "unknown"
    assert "it may be any protein" in silent.explanation
    assert "resources/sequences/P10275.fasta" in silent.explanation
    assert judge({"A": HUMAN_CD81, "B": ChainIdentity()}, "P60033").verdict == "unknown"
    verdict = judge({"A": HUMAN_CD81}, None)
    assert verdict.verdict == "unknown"
    assert "P60033 (CD81_HUMAN)" in verdict.explanation


@pytest.mark.parametrize(("there", "verdict"), [(91, "matches"), (82, "matches"), (81, "fragment")])
def test_a_fragment_covers_less_than_was_asked_for(there, verdict):
    record = judge({"A": HUMAN_CD81}, "P60033", asked=(there, 91), span=(112, 202))
    assert record.verdict == verdict
    assert record.coverage == Coverage(112, 202, round(there / 91, 3))


def test_words_of_acceptance_are_kept_only_where_there_is_something_to_accept():
    reason = "CB2 is what the study docked"
    assert judge(from_pdb(FUSION), "Q99527", accepted=reason).accepted == reason
    assert judge(from_pdb(FUSION), "P34972", accepted=reason).accepted is None


# --- mmCIF


def site(*rows):
    """Columns of an atom table that name chains and entities: author chain, label chain, entity."""
    names = ("auth_asym_id", "label_asym_id", "label_entity_id")
    return {f"_atom_site.{name}": list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


def category(name, **columns):
    return {f"{name}.{key}": values for key, values in columns.items()}


ENTITIES = category(
    "_entity", id=["1", "2"], type=["polymer", "non-polymer"], pdbx_description=["CD81 antigen", "ZINC"]
)


def test_struct_ref_with_author_chains():
    table = {
        **site(("AA", "A", "1"), ("BA", "B", "1"), ("AA", "C", "2")),
        **ENTITIES,
        **category(
            "_struct_ref",
            id=["1", "2"],
            entity_id=["1", "1"],
            db_name=["UNP", "PDB"],
            db_code=["CD81_HUMAN", "7MWS"],
            pdbx_db_accession=["P60033", "7MWS"],
        ),
        **category(
            "_struct_ref_seq",
            ref_id=["1", "1", "2"],
            pdbx_strand_id=["AA", "BA", "AA"],
            pdbx_db_accession=["P60033", "P60033", "7MWS"],
            db_align_beg=["113", "113", "1"],
            db_align_end=["201", "201", "3"],
        ),
        **category(
            "_entity_src_gen",
            entity_id=["1"],
            pdbx_gene_src_scientific_name=["Homo sapiens"],
            pdbx_gene_src_ncbi_taxonomy_id=["9606"],
        ),
    }
    chains = from_mmcif(table)
    assert list(chains) == ["AA", "BA"]
    assert chains["AA"] == ChainIdentity(
        "CD81 antigen", (Reference("P60033", "CD81_HUMAN", 113, 201),), ("Homo sapiens",), (9606,)
    )


@pytest.mark.parametrize(
    "source",
    [
        category("_entity_src_nat", entity_id=["1"], pdbx_organism_scientific=["Mus musculus"]),
        category("_pdbx_entity_src_syn", entity_id=["1"], ncbi_taxonomy_id=["10090"]),
    ],
)
def test_natural_and_synthetic_sources(source):
    chain = from_mmcif({**site(("A", "A", "1")), **ENTITIES, **source})["A"]
    assert chain.taxids == (10090,)
    assert chain.organisms == ("Mus musculus",)


def test_sifts_where_struct_ref_names_no_uniprot_entry():
    rows = category(
        "_pdbx_sifts_xref_db", asym_id=["B", "B", "B"], unp_acc=["P60033", "P60033", "?"], unp_num=["113", "114", "?"]
    )
    chain = from_mmcif({**site(("H", "B", "1")), **ENTITIES, **rows})["H"]
    assert chain.references == (Reference("P60033", None, 113, 114),)
    segments = category(
        "_pdbx_sifts_unp_segments", asym_id=["B"], unp_acc=["P60033"], unp_start=["113"], unp_end=["201"]
    )
    chain = from_mmcif({**site(("H", "B", "1")), **ENTITIES, **rows, **segments})["H"]
    assert chain.references == (Reference("P60033", None, 113, 201),)


def sifts_run(accession, start, places):
    """Rows of the residue-wise mapping: label chain, sequence position, accession, UniProt number."""
    return [("B", str(place), accession, str(start + i)) for i, place in enumerate(places)]


FUSED = [
    *sifts_run("P34972", 20, range(1, 6)),
    *sifts_run("D9IEF7", 2, range(6, 10)),
    ("B", "10", "?", "?"),
    *sifts_run("P34972", 235, range(11, 15)),
]
RECEPTOR_ONLY = {
    **category(
        "_struct_ref", id=["1"], entity_id=["1"], db_name=["UNP"], db_code=["CNR2_HUMAN"], pdbx_db_accession=["P34972"]
    ),
    **category(
        "_struct_ref_seq",
        ref_id=["1", "1"],
        pdbx_strand_id=["R", "R"],
        pdbx_db_accession=["P34972"] * 2,
        db_align_beg=["20", "235"],
        db_align_end=["24", "238"],
        pdbx_auth_seq_align_beg=["20", "235"],
        pdbx_auth_seq_align_end=["24", "238"],
    ),
}


def fusion_atoms():
    """One atom a residue; the author numbers of the lysozyme run from 1002, and its last residue has no atoms."""
    numbers = [*range(20, 25), *range(1002, 1006), 1100, *range(235, 239)]
    rows = [("R", "B", "1", str(i), str(n)) for i, n in enumerate(numbers, start=1) if i != 9]
    names = ("auth_asym_id", "label_asym_id", "label_entity_id", "label_seq_id", "auth_seq_id")
    return {f"_atom_site.{name}": list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


RUNS = category(
    "_pdbx_sifts_xref_db",
    **{name: [row[i] for row in FUSED] for i, name in enumerate(("asym_id", "seq_id", "unp_acc", "unp_num"))},
)
SEGMENTS = category(
    "_pdbx_sifts_unp_segments",
    asym_id=["B"] * 4,
    unp_acc=["P34972", "P34972-2", "D9IEF7", "P34972"],
    best_mapping=["Y", "N", "Y", "Y"],
    unp_start=["20", "1", "2", "235"],
    unp_end=["24", "5", "5", "238"],
    seq_id_start=["1", "1", "6", "11"],
    seq_id_end=["5", "5", "9", "14"],
)


@pytest.mark.parametrize("mapping", [RUNS, SEGMENTS], ids=["residues", "segments"])
@pytest.mark.parametrize("records", [RECEPTOR_ONLY, {}], ids=["receptor named", "nothing named"])
def test_a_fusion_partner_that_only_sifts_knows(mapping, records):
    chain = from_mmcif({**fusion_atoms(), **ENTITIES, **records, **mapping})["R"]
    assert set(chain.accessions) == {"P34972", "D9IEF7"}
    assert chain.fused_with("P34972") == [Reference("D9IEF7", None, 2, 5, 1002, 1004)]
    spans = [(r.start, r.end, r.first, r.last) for r in chain.references if r.accession == "P34972"]
    assert spans == [(20, 24, 20, 24), (235, 238, 235, 238)]
    assert "fused with D9IEF7" in judge({"R": chain}, "P34972").explanation
    assert judge({"R": chain}, "Q99527").verdict == "mismatch"


def test_a_newer_accession_of_the_same_residues_is_no_fusion():
    mapping = category(
        "_pdbx_sifts_unp_segments",
        asym_id=["B"],
        unp_acc=["Q00001"],
        best_mapping=["Y"],
        unp_start=["20"],
        unp_end=["24"],
        seq_id_start=["1"],
        seq_id_end=["5"],
    )
    chain = from_mmcif({**fusion_atoms(), **ENTITIES, **RECEPTOR_ONLY, **mapping})["R"]
    assert chain.accessions == ["P34972", "Q00001"]
    assert chain.fused_with("P34972") == []
    assert [judge({"R": chain}, one).verdict for one in chain.accessions] == ["matches", "matches"]


def test_a_predicted_model_names_its_target():
    target = category(
        "_ma_target_ref_db_details",
        target_entity_id=["1"],
        db_name=["UNP"],
        db_accession=["P35372"],
        db_code=["OPRM_HUMAN"],
        seq_db_align_begin=["1"],
        seq_db_align_end=["400"],
        ncbi_taxonomy_id=["9606"],
        organism_scientific=["Homo sapiens"],
    )
    chain = from_mmcif({**site(("A", "A", "1")), **ENTITIES, **target})["A"]
    assert chain.references == (Reference("P35372", "OPRM_HUMAN", 1, 400),)
    assert chain.taxids == (9606,)


@pytest.mark.parametrize("item", [{"_entry.id": ["AF-P35372-F1"]}, {"_entry.id": ["AF-P35372-2-F1"]}])
def test_the_id_of_an_alphafold_model(item):
    assert from_mmcif(site(("A", "A", "1")) | item)["A"].accessions == ["P35372"]
    assert from_mmcif(site(("A", "A", "1"), ("B", "B", "1")) | item)["A"].accessions == []


def test_a_strand_renamed_in_the_atom_table_is_known_by_its_entity():
    """Entities 1 and 2 are chains A and B in the records; in the atoms they are B and X."""
    table = {
        **site(("B", "L", "1"), ("X", "M", "2")),
        **category("_entity", id=["1", "2"], type=["polymer", "polymer"], pdbx_description=["CD81", "CD9"]),
        **category(
            "_struct_ref",
            id=["1", "2"],
            entity_id=["1", "2"],
            db_name=["UNP", "UNP"],
            pdbx_db_accession=["P60033", "P21926"],
        ),
        **category(
            "_struct_ref_seq",
            ref_id=["1", "2"],
            pdbx_strand_id=["A", "B"],
            pdbx_db_accession=["P60033", "P21926"],
            db_align_beg=["113", "112"],
            db_align_end=["201", "195"],
        ),
    }
    chains = from_mmcif(table)
    assert chains["B"].references == (Reference("P60033", None, 113, 201),)
    assert chains["X"].references == (Reference("P21926", None, 112, 195),)


def test_no_records_at_all():
    assert from_mmcif({}) == {}
    assert from_mmcif(site(("A", "A", "1"))) == {"A": ChainIdentity()}
