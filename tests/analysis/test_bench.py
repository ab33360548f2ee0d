"""Mutations that test a site, on solved complexes whose hot spots were measured, and the constructs of a pair."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from crossdock.analysis.bench import UNTOUCHED, site_tests
from crossdock.analysis.construct import Partner, construct
from crossdock.analysis.interface import RESIDUE_COLUMNS, interface_residues, residue_contacts
from crossdock.analysis.surface import areas_together, surface
from crossdock.entries.identity import ChainRecord, Reference
from crossdock.structures.prepare import prepare
from crossdock.structures.record import Missing
from crossdock.structures.structure import Structure


def columns(models: list[tuple[Structure, Structure]]) -> tuple[dict, dict]:
    """Give interface.csv and residues.csv of models as columns."""
    contacts, residues = {}, {}
    for model, (receptor, ligand) in enumerate(models):
        found = residue_contacts(receptor, ligand)
        alone = [surface(one) for one in (receptor, ligand)]
        buried = interface_residues((receptor, ligand), found, tuple(one.area for one in alone), areas_together(*alone))
        for table, rows in ((contacts, found), (residues, buried)):
            table.setdefault("model", []).extend([model] * len(rows))
            for name in rows:
                table.setdefault(name, []).extend(rows[name].tolist())
    return contacts, residues


def prepared(entry: str, chain: str):
    """Give a chain of a demo entry: structure and record."""
    return prepare(resources.files("crossdock") / "demo" / f"{entry}.pdb.gz", name=chain, chains=[chain])


def demo_chain(entry: str, chain: str) -> Structure:
    return prepared(entry, chain)[0]


def partner(entry: str, chain: str, structure: Structure | None = None, **changes) -> Partner:
    """Give a partner, its structure and record changed as a test needs it."""
    own, record = prepared(entry, chain)
    return Partner(replace(record, **changes), own if structure is None else structure)


def suggested(entry: str, receptor: str, ligand: str, **how):
    bodies = (demo_chain(entry, receptor), demo_chain(entry, ligand))
    both = (partner(entry, receptor), partner(entry, ligand))
    return site_tests([0], *columns([bodies]), both, {ligand: ligand}, **how)[0]


@pytest.mark.parametrize(
    ("entry", "chains", "receptor", "ligand"),
    [
        # Keeble et al. 2008, J Mol Biol 379:745; Wallis et al. 1998, Biochemistry 37:476
        ("1emv", "BA", {"F86A", "N72A"}, {"Y54A", "Y55A", "D51A", "E30A"}),
        # Zhang & Palzkill 2003, J Biol Chem 278:39706; Reichmann et al. 2005, PNAS 102:57
        ("1jtg", "BA", {"E104A", "Y105A", "E110A"}, {"D49A", "F142A", "K74A"}),
        ("1ppe", "AB", {"D191A"}, {"R5A"}),
    ],
)
def test_hot_spots_that_were_measured_are_among_the_suggestions(entry, chains, receptor, ligand):
    found = suggested(entry, *chains)
    for side, wanted in (("receptor", receptor), ("ligand", ligand)):
        mutations = getattr(found, side).mutations
        assert wanted <= {one.alanine for one in mutations}
        assert len(mutations) == 5
        assert not UNTOUCHED & {one.residue for one in mutations}
        assert [one.buried_A2 for one in mutations] == sorted((one.buried_A2 for one in mutations), reverse=True)


def test_a_salt_bridge_offers_the_opposite_charge_and_the_main_chain_makes_no_bond():
    found = suggested("1jtg", "B", "A")
    by_name = {one.alanine: one for side in (found.receptor, found.ligand) for one in side.mutations}
    assert {one.reversal for one in by_name.values()} == {"E104K", "D49K", "K74E", None}
    assert [(bond.chain, bond.name, bond.kind) for bond in by_name["K74A"].bonds] == [("B", "E104", "salt bridge")]
    assert {bond.name for bond in by_name["D49A"].bonds} == {"S130", "K234", "S235", "R243"}
    # Y105's own nitrogen bonds E73 of the ligand; alanine keeps that, its OH it loses.
    assert [bond.name for bond in by_name["Y105A"].bonds] == ["G141"]
    assert [bond.name for bond in by_name["E73A"].bonds] == ["Y105", "S106"]


def test_fewer_are_listed_where_fewer_are_asked_for_or_there():
    found = suggested("1jtg", "B", "A", most=2, largest=2)
    assert [one.alanine for one in found.ligand.mutations] == ["F142A", "D49A"]
    by_bonds = suggested("1jtg", "B", "A", most=1, largest=0)
    assert [one.alanine for one in by_bonds.ligand.mutations] == ["D49A"]


def test_a_model_without_contacts_has_no_tests():
    bodies = (demo_chain("1ppe", "A"), demo_chain("1ppe", "B"))
    apart = bodies[1].moved(np.eye(3), np.array([200.0, 0, 0]))
    both = (partner("1ppe", "A"), partner("1ppe", "B"))
    near, far = site_tests([0, 1], *columns([bodies, (bodies[0], apart)]), both, {})
    assert near.receptor.mutations
    assert (far.receptor.mutations, far.receptor.control, far.ligand.control) == ((), None, None)


def test_the_control_is_exposed_of_the_same_kind_and_the_farthest_from_every_interface():
    receptor, ligand = demo_chain("1jtg", "B"), demo_chain("1jtg", "A")
    both = (partner("1jtg", "B"), partner("1jtg", "A"))
    contacts, residues = columns([(receptor, ligand)])
    first = site_tests([0], contacts, residues, both, {})[0].receptor.control
    # A second model touches that residue.
    row = (1, "receptor", first.chain, first.number, first.residue, "neutral", 1, 60.0, 20.0)
    for name, value in zip(RESIDUE_COLUMNS, row, strict=True):
        residues[name].append(value)
    found = site_tests([0, 1], contacts, residues, both, {})[0].receptor
    touched = {number for side, number in zip(residues["side"], residues["number"], strict=True) if side == "receptor"}
    assert found.control.number not in touched
    assert found.control.residue in {one.residue for one in found.mutations}
    own = receptor[np.isin(receptor.residue_number, [int(found.control.number)]) & (receptor.atom_name == "CA")]
    site = {
        int(number)
        for model, side, number, met in zip(
            *(residues[name] for name in ("model", "side", "number", "contacts")), strict=True
        )
        if (model, side) == (0, "receptor") and met
    }
    alphas = receptor[np.isin(receptor.residue_number, list(site)) & (receptor.atom_name == "CA")]
    assert found.control.apart_A == pytest.approx(cdist(own.coord, alphas.coord).min(), abs=0.05)
    mine = receptor.residue_number == int(found.control.number)
    assert found.control.accessible_A2 == pytest.approx(surface(receptor).area[mine].sum(), abs=0.05)


def test_the_ligand_s_letters_are_those_of_the_pair_and_uniprot_goes_by_its_own():
    receptor, ligand = demo_chain("1emv", "B"), demo_chain("1emv", "A")
    reference = Reference("P13479", "IMM9_ECOLX", 1, 86, 1 + 100, 86 + 100)
    shifted = replace(ligand, residue_number=ligand.residue_number + 100)
    record = ChainRecord("H", "A", None, (reference,), None, None, 103, 185, 83, kept=True)
    both = (partner("1emv", "B"), partner("1emv", "A", shifted, chains=(record,)))
    renamed = shifted.with_chains({"A": "C"})
    found = site_tests([0], *columns([(receptor, renamed)]), both, {"A": "C"})[0]
    tyrosine = next(one for one in found.ligand.mutations if one.alanine == "Y154A")
    assert (tyrosine.chain, tyrosine.accession, tyrosine.in_uniprot) == ("C", "P13479", 54)
    assert {bond.chain for one in found.receptor.mutations for bond in one.bonds} == {"C"}
    assert found.ligand.control.chain == "C"
    assert found.ligand.control.in_uniprot == int(found.ligand.control.number) - 100
    assert found.receptor.mutations[0].in_uniprot is None
    (chain,) = construct(both[1], {"A": "C"}).chains
    assert (chain.letter, chain.chain, chain.in_pair) == ("A", "H", "C")
    (stretch,) = chain.uniprot
    assert (stretch.first, stretch.last, stretch.start, stretch.end) == ("103", "185", 3, 85)
    assert chain.unplaced == ()


def test_a_construct_tells_gaps_tags_and_numbers_with_insertion_codes():
    whole = demo_chain("1emv", "A")
    body = whole[~np.isin(whole.residue_number, [20, 21])]
    insertion = body.insertion.copy()
    insertion[body.residue_number == 31] = "A"
    number = np.where(body.residue_number == 31, 30, body.residue_number)
    body = replace(body, residue_number=number, insertion=insertion)
    reference = Reference("P13479", None, 11, 85, 11, 85)
    record = ChainRecord("A", "A", None, (reference,), None, None, 3, 85, 81, kept=True)
    made = construct(partner("1emv", "A", body, chains=(record,), missing=Missing(2, 1, 0)), {})
    (chain,) = made.chains
    assert chain.sequence == "LKHSISDYTEAEFLQLV" + "ICNADTSSEEELVKLVTHFEEMTEHPSGSDLIYYPKEGDDDSPSGIVNTVKQWRAANGKSGFKQ"
    runs = [(run.first, run.last, run.position) for run in chain.runs]
    assert runs == [("3", "19", 1), ("22", "30", 18), ("30A", "30A", 27), ("32", "85", 28)]
    assert chain.gaps == (("19", "22"),)
    assert chain.unplaced == (("3", "10"),)
    assert made.left_out == ("131 residues of chain B",)
    assert made.missing == 2
