"""Identity of chains by the records of an entry, in both formats."""

from __future__ import annotations

import pytest

from crossdock.structures.identity import ChainIdentity, Reference, current, from_mmcif, from_pdb, judge

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
    assert verdict["verdict"] == "matches"
    assert "fused with D9IEF7" in verdict["explanation"]
    assert verdict["found"] == ["P34972", "D9IEF7"]
    assert verdict["coverage"] == {"start": 20, "end": 325, "fraction": None}


def test_gper1_is_not_in_the_entry_that_was_taken_for_it():
    verdict = judge(from_pdb(FUSION), "Q99527")
    assert verdict["verdict"] == "mismatch"
    assert "Expected Q99527" in verdict["explanation"]
    assert "P34972 (CNR2_HUMAN)" in verdict["explanation"]


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


def test_a_merged_accession_matches_both_ways():
    chain = {"A": ChainIdentity("HLA-A", (Reference("P01892"),), (), (9606,))}
    verdict = judge(chain, "P04439")
    assert verdict["verdict"] == "matches"
    assert "P04439 today" in verdict["explanation"]
    assert judge({"A": ChainIdentity(None, (Reference("P04439"),))}, "P01892")["verdict"] == "matches"


def test_another_organism_is_a_mismatch_even_with_the_accession():
    tamarin = ChainIdentity("CD81", (Reference("P60033"),), ("Saguinus oedipus",), (9490,))
    verdict = judge({"A": tamarin}, "P60033")
    assert verdict["verdict"] == "mismatch"
    assert "Saguinus oedipus (taxonomy id 9490) where 9606 is expected" in verdict["explanation"]
    assert judge({"A": tamarin}, "P60033", organism=9490)["verdict"] == "matches"
    assert judge({"A": tamarin}, "P60033", organism=None)["verdict"] == "matches"


def test_a_synthetic_chain_has_no_wrong_organism():
    made = ChainIdentity("peptide", (Reference("P60033"),), ("synthetic construct",), (32630,))
    assert judge({"A": made}, "P60033")["verdict"] == "matches"


def test_one_wrong_chain_of_two_is_a_mismatch():
    other = ChainIdentity("Fab", (Reference("P01857"),))
    assert judge({"A": HUMAN_CD81, "C": other}, "P60033")["verdict"] == "mismatch"


def test_no_record_is_unknown_and_no_expectation_too():
    assert judge({"A": ChainIdentity()}, "P10275")["verdict"] == "unknown"
    assert judge({"A": HUMAN_CD81, "B": ChainIdentity()}, "P60033")["verdict"] == "unknown"
    verdict = judge({"A": HUMAN_CD81}, None)
    assert verdict["verdict"] == "unknown"
    assert "P60033 (CD81_HUMAN)" in verdict["explanation"]


@pytest.mark.parametrize(("there", "verdict"), [(91, "matches"), (82, "matches"), (81, "fragment")])
def test_a_fragment_covers_less_than_was_asked_for(there, verdict):
    record = judge({"A": HUMAN_CD81}, "P60033", asked=(there, 91), span=(112, 202))
    assert record["verdict"] == verdict
    assert record["coverage"] == {"start": 112, "end": 202, "fraction": round(there / 91, 3)}


def test_words_of_acceptance_are_kept_only_where_there_is_something_to_accept():
    words = "CB2 is what the study docked"
    assert judge(from_pdb(FUSION), "Q99527", accepted=words)["accepted"] == words
    assert judge(from_pdb(FUSION), "P34972", accepted=words)["accepted"] is None


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


def test_no_records_at_all():
    assert from_mmcif({}) == {}
    assert from_mmcif(site(("A", "A", "1"))) == {"A": ChainIdentity()}
