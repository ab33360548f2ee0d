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

from crossdock.report.build import build

pytestmark = pytest.mark.browser

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
    assert rows[0].split("\t") == ["R5A or R5E", "243 of 243", "salt bridge D191; hydrogen bonds S192, G221"]
    assert len(rows) == 6
    assert re.fullmatch(r"K12A\tcontrol, \d+ Å from the interface", rows[-1])
    assert "Y39A" in flat.page.inner_text("#bench-receptor")
    assert "UniProt" not in flat.page.inner_text("#bench-receptor thead")
    flat.page.click("#bench-ligand tbody tr:first-child button")
    assert "ARG B:5 of CMTI-1 meets" in flat.page.inner_text("#picked")
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


def test_numbers_with_insertion_codes_are_told_where_a_format_has_none(monkeypatch, chromium, js_dir, tmp_path):
    whole = small_run.demo_chain

    def inserted(entry: str, chain: str):
        """Number residue 39 of trypsin 38A."""
        body = whole(entry, chain)
        odd = (body.residue_number == 39) & ((entry, chain) == ("1ppe", "A"))
        numbers = np.where(odd, 38, body.residue_number)
        return replace(body, residue_number=numbers, insertion=np.where(odd, "A", ""))

    monkeypatch.setattr(small_run, "demo_chain", inserted)
    results = small_run.write_run(tmp_path / "results", n_models=1)
    build(results / "panel.json", results, js_dir, tmp_path / "report.html")
    opened = Watched(chromium, tmp_path / "report.html", models=False)
    open_pair(opened, "trypsin", "CMTI-1")
    assert "Y38aA" in opened.page.inner_text("#bench-receptor")
    assert " 38A, 40, " in written(opened, "plain")["Trypsin"]
    numbers = written(opened, "haddock")["Trypsin"].split(",")
    assert all(number.isdecimal() for number in numbers)
    left_out = "Left out, because only plain numbers are written in this format: A:38A."
    assert left_out in opened.page.inner_text("#bench-notes")
    places = written(opened, "positions")["Trypsin"]
    assert "Left out" not in opened.page.inner_text("#bench-notes")
    fasta = str(next(SeqIO.parse(io.StringIO(saved_fasta(opened)), "fasta")).seq)
    met = in_contact(results / "pairs" / "trypsin" / "CMTI-1", "receptor")
    letters = [fasta[int(place) - 1] for place in places.split(" ", 2)[2].split(", ")]
    assert sorted(letters) == sorted(seq1("".join(met["residue"])))
    assert opened.errors == []
    opened.context.close()
