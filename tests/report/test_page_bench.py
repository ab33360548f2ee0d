"""What to do next at the bench, in headless Chromium: mutations, what was docked, its interface for other programs."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_run
from Bio import SeqIO
from Bio.SeqUtils import seq1
from watched import DRAWN, Watched

from crossdock.files import read_json, write_json
from crossdock.report.build import build

pytestmark = [pytest.mark.browser, pytest.mark.measurement]

SIDES = ("receptor", "ligand")


def in_contact(folder: Path, side: str) -> pd.DataFrame:
    """Give chain, number and name of a partner's residues in contact in the first model, in the chain's order."""
    table = pd.read_csv(folder / "interface.csv", dtype=str, keep_default_na=False)
    table = table[table["model"] == "0"][
        [f"{side}_{name}" for name in ("chain", "number", "residue")]
    ].drop_duplicates()
    table.columns = ["chain", "number", "residue"]
    return table.sort_values("number", key=lambda numbers: numbers.str.extract(r"(-?\d+)")[0].astype(int))


def open_pair(watched, receptor: str, ligand: str) -> None:
    if watched.facts("#pair").get("ligand") != ligand:
        watched.page.click(f'#matrix-table button[data-receptor="{receptor}"][data-ligand="{ligand}"]')
    wanted = f'#bench[data-drawn="true"][data-receptor="{receptor}"][data-ligand="{ligand}"]'
    watched.page.wait_for_selector(wanted, timeout=DRAWN)


def written(watched, name: str) -> dict[str, str]:
    """Give what a format writes of each partner, by its label."""
    watched.page.evaluate("document.querySelectorAll('#bench details').forEach(part => { part.open = true; })")
    watched.page.select_option("#bench-format", name)
    lines = watched.page.inner_text("#bench-residues").splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line and "model 0" not in line)


def saved(watched, button: str) -> bytes:
    with watched.page.expect_download() as waiting:
        watched.page.click(button)
    return Path(waiting.value.path()).read_bytes()


def test_the_table_has_what_was_suggested_and_a_residue_is_shown_by_its_button(flat):
    open_pair(flat, "trypsin", "CMTI-1")
    rows = flat.page.locator("#bench-ligand tbody tr").all_inner_texts()
    assert rows[0].split("\t") == ["R5A or R5E", "243 of 243", "salt bridge D191; H-bonds S192, G221"]
    assert len(rows) == 6
    assert re.fullmatch(r"K12A\tcontrol, \d+ Å from the interface", rows[-1])
    assert "Y39A" in flat.page.inner_text("#bench-receptor")
    assert "UniProt" not in flat.page.inner_text("#bench-receptor thead")
    flat.page.click("#bench-ligand tbody tr:first-child button")
    assert "ARG B:5 of CMTI-1 touches" in flat.page.inner_text("#picked")
    assert flat.errors == []


def test_the_tests_are_saved_as_a_table(flat):
    open_pair(flat, "trypsin", "CMTI-1")
    table = pd.read_csv(io.BytesIO(saved(flat, "#bench-csv")))
    assert table["use"].tolist() == (["test"] * 5 + ["control"]) * 2
    first = table[table["partner"] == "CMTI-1"].iloc[0]
    assert (first["chain"], first["number"], first["alanine"], first["reversal"]) == ("B", 5, "R5A", "R5E")
    assert "salt bridge A:D191" in first["bonds"]


def test_folded_it_takes_little_room(flat):
    open_pair(flat, "trypsin", "CMTI-1")
    assert flat.page.locator("#pair-detail #bench").bounding_box()["height"] < 420


def test_what_was_docked_is_told_with_its_ends_and_as_fasta(flat, run_dir):
    open_pair(flat, "trypsin", "Im9")
    flat.page.click("#bench-construct summary")
    row = flat.page.locator("#bench-chains tbody tr:nth-child(2)").inner_text().split("\t")
    left_out = "40 residues of chain X (another protein); 2 residues missing in the gaps"
    assert row == ["Im9", "1emv", "A (B in the models)", "3–85", "–", "83", "none", left_out]
    chains = {one.id: one for one in SeqIO.parse(io.StringIO(saved(flat, "#bench-fasta-save").decode()), "fasta")}
    assert chains["1emv_A"].description == "1emv_A Im9, chain A, residues 3-85"
    assert set(chains) == {"1ppe_A", "1emv_A"}
    for name, chain in (("trypsin", "1ppe_A"), ("Im9", "1emv_A")):
        lines = (run_dir / "proteins" / name / "structure.pdb").read_text().splitlines()
        named = [line[17:20] for line in lines if line.startswith("ATOM") and line[12:16] == " CA "]
        assert str(chains[chain].seq) == seq1("".join(named))


def test_the_interface_is_copied_by_partner_and_chain(flat, run_dir):
    flat.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_pair(flat, "trypsin", "Im9")
    flat.page.click("#bench-formats summary")
    flat.page.click("#bench-copy")
    flat.page.wait_for_function("() => document.querySelector('#bench-copy ~ [role=status]').textContent")
    copied = flat.page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0] == "Im9 on Trypsin, model 0: residues in contact, in the numbers of their entries"
    names = ("Trypsin: chain A", "Im9: chain B (A in its own file)")
    for line, side, name in zip(copied[1:], SIDES, names, strict=True):
        numbers = in_contact(run_dir / "pairs" / "trypsin" / "Im9", side)["number"]
        assert line == f"{name} {', '.join(numbers)}"


def test_the_interface_is_written_as_other_programs_take_it(flat, run_dir):
    open_pair(flat, "trypsin", "Im9")
    met = [in_contact(run_dir / "pairs" / "trypsin" / "Im9", side)["number"].tolist() for side in SIDES]
    assert written(flat, "haddock") == {"Trypsin": ",".join(met[0]), "Im9": ",".join(met[1])}
    cluspro = [" ".join(f"a-{number}" for number in numbers) for numbers in met]
    assert written(flat, "cluspro") == dict(zip(("Trypsin", "Im9"), cluspro, strict=True))
    written(flat, "actpass")
    with zipfile.ZipFile(io.BytesIO(saved(flat, "#bench-save"))) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(files) == {"trypsin_receptor.act-pass", "Im9_ligand.act-pass"}
    assert files["Im9_ligand.act-pass"].split("\n") == [" ".join(met[1]), "", ""]
    assert flat.errors == []


def test_places_in_the_sequence_lead_to_the_same_residues(flat, run_dir):
    open_pair(flat, "trypsin", "CMTI-1")
    fasta = [str(one.seq) for one in SeqIO.parse(io.StringIO(saved_fasta(flat)), "fasta")]
    for name, side, sequence in zip(("Trypsin", "CMTI-1"), SIDES, fasta, strict=True):
        places = written(flat, "positions")[name].split(" ", 2)[2].split(", ")
        residues = in_contact(run_dir / "pairs" / "trypsin" / "CMTI-1", side)["residue"]
        assert "".join(sequence[int(place) - 1] for place in places) == seq1("".join(residues))


def saved_fasta(watched) -> str:
    watched.page.evaluate("document.getElementById('bench-construct').open = true")
    return saved(watched, "#bench-fasta-save").decode()


@pytest.fixture
def odd_page(monkeypatch, chromium, js_dir, tmp_path):
    """A run whose trypsin has a residue 38A in place of 39 and two chains, and whose CMTI-1 has UniProt's numbers."""
    whole = small_run.demo_chain

    def odd_chain(entry: str, chain: str):
        body = whole(entry, chain)
        if (entry, chain) != ("1ppe", "A"):
            return body
        odd = body.residue_number == 39
        return replace(
            body,
            residue_number=np.where(odd, 38, body.residue_number),
            insertion=np.where(odd, "A", ""),
            chain=np.where(body.residue_number > 150, "C", "A"),
        )

    monkeypatch.setattr(small_run, "demo_chain", odd_chain)
    results = small_run.write_run(tmp_path / "results", n_models=1)
    path = results / "proteins" / "CMTI-1" / "protein.json"
    record = read_json(path)
    stretch = {"accession": "P01074", "name": None, "start": 14, "end": 39, "first": 4, "last": 29}
    record["chains"][0]["accessions"] = [stretch]
    write_json(path, record)
    build(results / "panel.json", results, js_dir, tmp_path / "report.html")
    opened = Watched(chromium, tmp_path / "report.html", models=False)
    open_pair(opened, "trypsin", "CMTI-1")
    yield opened, results / "pairs" / "trypsin" / "CMTI-1"
    assert opened.errors == []
    opened.close()


def test_what_a_format_cannot_say_is_told(odd_page):
    opened, _ = odd_page
    assert re.match(r"[AC]:Q194A", opened.page.inner_text("#bench-receptor tbody tr"))
    assert "A:Y38aA" in opened.page.inner_text("#bench-receptor")
    assert "salt bridge C:D191" in opened.page.inner_text("#bench-ligand")
    assert written(opened, "plain")["Trypsin"].startswith("chain A 38A, 40, ")
    assert "; chain C 151, " in written(opened, "plain")["Trypsin"]
    numbers = written(opened, "haddock")["Trypsin"].split(",")
    assert all(number.isdecimal() for number in numbers)
    notes = opened.page.inner_text("#bench-notes")
    assert "Trypsin has several chains; HADDOCK takes one list of numbers" in notes
    assert "Left out, because only plain numbers are written in this format: A:38A." in notes
    residues = written(opened, "cluspro")["Trypsin"].split()
    assert {residue[:2] for residue in residues} == {"a-", "c-"}
    assert [residue[2:] for residue in residues] == numbers
    assert "several chains" not in opened.page.inner_text("#bench-notes")


def test_places_are_counted_in_each_chain_whatever_its_numbers(odd_page):
    opened, folder = odd_page
    chains = {one.id[-1]: str(one.seq) for one in SeqIO.parse(io.StringIO(saved_fasta(opened)), "fasta")}
    met = in_contact(folder, "receptor")
    for part in written(opened, "positions")["Trypsin"].split("; "):
        letter, places = re.fullmatch("chain (.) (.*)", part).groups()
        wanted = seq1("".join(met[met["chain"] == letter]["residue"]))
        assert sorted(chains[letter][int(place) - 1] for place in places.split(", ")) == sorted(wanted)
    assert "Left out" not in opened.page.inner_text("#bench-notes")


def test_uniprot_s_numbers_stand_beside_the_entry_s(odd_page):
    opened, _ = odd_page
    assert opened.page.inner_text("#bench-ligand caption").strip() == "CMTI-1, UniProt P01074"
    rows = [row.split("\t") for row in opened.page.locator("#bench-ligand tbody tr").all_inner_texts()]
    numbers = {change.split(" or ")[0]: number for change, number, *_ in rows}
    assert numbers["R5A"] == "R15"
    assert numbers["V2A"] == "–", "the records begin at residue 4"
    opened.page.click("#bench-construct summary")
    chain = opened.page.locator("#bench-chains tbody tr").last.inner_text()
    assert "P01074 14–39; 1–3 in no UniProt sequence, such as a tag" in chain
    assert "residues 1-29, UniProt P01074 14-39" in saved_fasta(opened)
