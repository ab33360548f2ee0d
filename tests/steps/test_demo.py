"""The demo panel: what it says of its proteins is so, and it needs no network."""

import re
from pathlib import Path

import pytest
import yaml

from crossdock.entries.sequence import compare, read_fasta
from crossdock.entries.sources import at_hand
from crossdock.panel.panel import load_panel
from crossdock.panel.proteins import Protein, parse_entry
from crossdock.structures.prepare import prepare

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src/crossdock/demo"
CONFIG = yaml.safe_load((ROOT / "config/panels/demo.yaml").read_text())


@pytest.fixture
def panel(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # without resources/sequences
    return load_panel(CONFIG)


def of_provenance():
    """Give (entry, chain) -> accession, as the table in PROVENANCE.md has them."""
    found = {}
    for row in re.findall(r"^\| (\d\w{3}) \| (.*) \| (.*) \|$", (FOLDER / "PROVENANCE.md").read_text(), re.MULTILINE):
        for chain, cell in zip("AB", row[1:], strict=True):
            if accession := re.search(r"\(([A-Z]\d\w{3}\d)\)", cell):
                found[row[0], chain] = accession[1]
    return found


def test_its_proteins_have_the_accessions_of_their_provenance(panel):
    members = [*panel.receptors, *panel.ligands]
    said = of_provenance()
    assert {one.name: one.uniprot for one in members} == {
        one.name: said[one.entry.id, one.chains[0]] for one in members
    }
    assert len({one.uniprot for one in members}) == 8


def test_its_identities_are_confirmed_without_a_network(panel):
    for one in (*panel.receptors, *panel.ligands):
        record = prepare(
            at_hand(one.entry, "resources/entries"),
            name=one.name,
            chains=one.chains,
            uniprot=one.uniprot,
            sequence=one.sequence,
        )[1]
        assert record.identity.verdict == "matches", one.name


def test_a_wrong_accession_is_found(panel):
    trypsin = panel.protein("trypsin")
    tendamistat = panel.protein("tendamistat")
    assert not compare(read_fasta(tendamistat.sequence), read_fasta(trypsin.sequence))


def test_a_sequence_of_the_users_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    protein = Protein("t", parse_entry("demo:1ppe"), uniprot="P00760")
    assert protein.sequence == FOLDER / "P00760.fasta"
    own = Path("resources/sequences/P00760.fasta")
    own.parent.mkdir(parents=True)
    own.write_text(">own\nAAAA\n")
    assert protein.sequence == own
    assert Protein("t", parse_entry("1ppe"), uniprot="P00690").sequence is None, "that of the demo is the demo's alone"


def test_its_controls_are_proteins_that_it_does_not_dock_otherwise(panel):
    assert len(panel.controls) == 12
    assert not {one.entry.id for one in panel.controls} & {one.entry.id for one in (*panel.receptors, *panel.ligands)}
    sizes = [prepare(at_hand(one.entry, "x"), name=one.name, chains=one.chains)[1].n_residues for one in panel.controls]
    assert (min(sizes), max(sizes)) == (44, 167), "docs/statistics.md and controls.tsv name these"
