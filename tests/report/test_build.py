"""The payload, the words of the answer and the page as text, without a browser."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from small_run import PARTNERS, change, collected, write_run

from crossdock import read_run
from crossdock.analysis.matrix import read_scores
from crossdock.docking.record import Method, read_docking, write_docking
from crossdock.entries.identity import Reference
from crossdock.errors import InputError
from crossdock.files import read_json, write_json, write_table
from crossdock.panel.panel import load_panel
from crossdock.remark import free_text
from crossdock.report import remarks, wording
from crossdock.report.answer import answer, judged
from crossdock.report.build import build
from crossdock.report.doubts import doubts
from crossdock.report.overview import overview, scores_table
from crossdock.report.page_data import page_data as embedded
from crossdock.report.payload import collect
from crossdock.report.run_data import Edge, Rank
from crossdock.steps.matrix import network

HOSTILE = "</script><script>window.owned=1</script><img src=x onerror=window.owned=1>"


@pytest.fixture
def own_run(run_dir, tmp_path) -> Path:
    """A copy of the run, to break."""
    return Path(shutil.copytree(run_dir, tmp_path / "results"))


def unpack(text: str) -> str:
    return gzip.decompress(base64.b64decode(text)).decode()


def page_data(page: Path) -> dict:
    """Read the payload back as a browser would."""
    text = re.search(r'<script type="application/json" id="payload">(.*?)</script>', page.read_text(), re.DOTALL)
    return json.loads(text[1])


def test_pairs_are_in_config_order(run_dir):
    data = collected(run_dir)
    names = [(pair.ligand, pair.receptor) for pair in data.pairs]
    assert names == [(ligand, receptor) for ligand in ("CMTI-1", "Im9") for receptor in ("trypsin", "colicin-E9")]


def test_each_structure_is_stored_once_with_all_its_atoms(page_file, run_dir):
    structures = page_data(page_file)["structures"]
    assert list(structures) == ["trypsin", "colicin-E9", "CMTI-1", "Im9"]
    for name, packed in structures.items():
        atoms = [line for line in unpack(packed).splitlines() if line.startswith(("ATOM", "HETATM"))]
        assert len(atoms) == read_json(run_dir / "proteins" / name / "protein.json")["n_atoms"]


def test_detail_of_a_pair_holds_models_and_contacts(run_dir):
    data = collected(run_dir)
    detail = json.loads(unpack(data.pairs[0].detail))
    table = pd.read_csv(run_dir / "pairs" / "trypsin" / "CMTI-1" / "interface.csv")
    assert [model["model"] for model in detail["models"]] == [0, 1, 2]
    assert detail["models"][0]["quaternion"] == [1, 0, 0, 0]
    assert len(detail["contacts"]["model"]) == len(table)
    assert all(isinstance(number, str) for number in detail["contacts"]["receptor_number"])


def test_values_ranks_and_units_come_from_scores(run_dir):
    data = collected(run_dir)
    pair = data.pairs[0]
    assert [metric.name for metric in data.metrics][:2] == ["score", "specificity"]
    assert data.metrics[0].unit == "arbitrary units"
    assert pair.values["score"] == read_json(run_dir / "pairs" / "trypsin" / "CMTI-1" / "pair.json")["score"]
    assert pair.ranks["score"] == {"receptor": Rank(1, 2), "ligand": Rank(1, 2)}
    assert "score" not in pair.uncertainty


def with_published(run: Path, values: dict[tuple[str, str], float]) -> None:
    """Add a published table to a run's scores."""
    rows = [(*pair, "published", "published", value, "as published", None) for pair, value in values.items()]
    scores = pd.read_csv(run / "scores.csv")
    write_table(run / "scores.csv", pd.concat([scores, pd.DataFrame(rows, columns=scores.columns)]))


def test_rank_difference_is_our_rank_less_the_published_one(own_run):
    table = {("trypsin", "CMTI-1"): -500.0, ("trypsin", "Im9"): -900.0, ("colicin-E9", "Im9"): -700.0}
    with_published(own_run, table)
    data = collect(own_run / "panel.json", own_run)
    found = {(pair.receptor, pair.ligand): pair.values.get("rank_difference") for pair in data.pairs}
    # By score each known partner is the first of its receptor; a ligand alone in a column has the same rank in both.
    alone = {("colicin-E9", "Im9"): 0, ("colicin-E9", "CMTI-1"): None}
    assert found == {("trypsin", "CMTI-1"): -1, ("trypsin", "Im9"): 1} | alone
    metric = next(metric for metric in data.metrics if metric.name == "rank_difference")
    assert (metric.unit, metric.diverging, metric.better) == ("ranks", True, None)
    assert all("rank_difference" not in pair.ranks for pair in data.pairs)


def test_without_a_published_table_there_is_no_rank_difference(run_dir):
    data = collected(run_dir)
    assert "rank_difference" not in [metric.name for metric in data.metrics]


def test_proteins_are_found_by_entry_accession_and_title(run_dir):
    data = collected(run_dir)
    data.panel["receptors"][0]["uniprot"] = "P00760"
    kept, left_out = data.proteins["trypsin"].chains
    kept = replace(kept, accessions=(Reference("P00760"), Reference("P00761")))
    change(data, "trypsin", chains=(kept, replace(left_out, accessions=(Reference("P99999"),))))
    found = {member.name: member.found_by for member in embedded(data, judged(data)).receptors}
    assert found["trypsin"] == ["1ppe", "P00760", "P00761", "a real protein"]
    assert found["colicin-E9"] == ["1emv", "a real protein"]


def test_equal_values_share_a_rank_and_larger_clusters_are_better(own_run):
    scores = pd.read_csv(own_run / "scores.csv")
    size = (scores["metric"] == "cluster_size") & (scores["receptor"] == "trypsin")
    scores.loc[size & (scores["ligand"] == "Im9"), "value"] = 200
    scores.loc[(scores["metric"] == "score"), "value"] = -5.0
    write_table(own_run / "scores.csv", scores)
    pairs = {(p.receptor, p.ligand): p for p in collect(own_run / "panel.json", own_run).pairs}
    assert pairs["trypsin", "Im9"].ranks["cluster_size"]["receptor"].rank == 1
    assert pairs["trypsin", "CMTI-1"].ranks["cluster_size"]["receptor"].rank == 2
    assert {pair.ranks["score"]["ligand"].rank for pair in pairs.values()} == {1}


def test_network_is_read_by_name_with_its_rule(run_dir):
    network = collected(run_dir).network
    assert Edge("trypsin", "CMTI-1") in network.edges
    assert "best 1" in network.rule


def test_a_fragment_is_warned_of_first(run_dir):
    data = collected(run_dir)
    for name in ("trypsin", "Im9"):
        change(data, name, remarks=(free_text("Heavy."),))
    rows = [(row.proteins, row.serious) for row in remarks.rows(data) if not row.note]
    assert rows == [(("colicin-E9",), True), (("trypsin", "Im9"), False)]


def test_the_panels_table_heads_the_page(own_run, js_dir, tmp_path):
    path = own_run / "proteins" / "trypsin" / "protein.json"
    record = read_json(path)
    record["identity"].update(verdict="mismatch", accepted="as in the study", expected="Q99527", found=["P00760"])
    record["identity"]["coverage"] = {"start": 21, "end": 243, "fraction": None}
    record["entry"] |= {"source": "alphafold", "id": "P00760"}
    write_json(path, record)
    build(own_run / "panel.json", own_run, js_dir, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    assert text.index('id="verdict"') < text.index('id="panel-table"')
    rows = re.findall(r"<tr>(.*?)</tr>", text[text.index('id="panel-table"') : text.index('class="cards"')], re.DOTALL)
    assert len(rows) == 1 + 4
    cells = re.findall(r"<td[^>]*>(.*?)</td>", rows[1], re.DOTALL)
    cells = [" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in cells]
    assert cells == [
        "AF-P00760 a real protein",
        "X-ray 1.8 A",
        "A",
        "1-223",
        "P00760 21-243",
        "mismatch, accepted",
        "chain X; 120 waters",
        "2 residues in 1 gap",
        "223",
        "3 min",
    ]
    for page in ("https://alphafold.ebi.ac.uk/entry/P00760", "https://www.uniprot.org/uniprotkb/P00760/entry"):
        assert f'<a href="{page}" rel="noreferrer">' in rows[1]
    assert 'href="https://www.rcsb.org/structure/1EMV"' in rows[2]


def test_scores_are_laid_out_as_a_paper_prints_them(run_dir):
    data = collected(run_dir)
    for pair in data.pairs:
        pair.values["score"] = -12.34
    data.pairs[2].values["score"], data.pairs[2].uncertainty["score"] = -20.0, 1.25
    del data.pairs[3].values["score"]
    rows = scores_table(data)
    assert [row["ligand"] for row in rows] == ["CMTI-1", "Im9"]
    assert [[(cell["text"], cell["best"]) for cell in row["cells"]] for row in rows] == [
        [("−12.3", False), ("−12.3", True)],
        [("−20.0 ± 1.2", True), ("–", False)],
    ]


def test_why_a_structure_was_chosen_is_on_its_card(own_run, js_dir, tmp_path):
    path = own_run / "proteins" / "Im9" / "protein.json"
    record = read_json(path)
    why = {"accession": "P13479", "entry": "1emv", "chosen": "2026-03-04T05:06:07+00:00", "why": "X-ray, 1.7 A"}
    record["entry"]["chosen"] = {**why, "residues": None, "candidates": 12}
    write_json(path, record)
    build(own_run / "panel.json", own_run, js_dir, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Chosen on 2026-03-04 from 12 structures of P13479: X-ray, 1.7 A" in page


def test_an_accession_that_no_record_names_is_only_expected(run_dir):
    data = collected(run_dir)
    change(data, "Im9", identity={"expected": "P13479"})
    row = overview(data)[1]["rows"][1]
    assert (row["accessions"][0][0], row["covers"], row["time"]) == ("P13479", "expected", "3 min")


def test_page_forbids_the_network_and_asks_for_nothing(page_file):
    text = page_file.read_text()
    own = text[: text.index('id="payload"')]
    assert "default-src &#39;none&#39;" in own
    assert not re.search(r'<(script|link|img|iframe)[^>]+(src|href)="(?!data:)', text)


def test_hostile_names_and_titles_cannot_end_their_element(own_run, js_dir, tmp_path):
    panel = read_json(own_run / "panel.json")
    protein = read_json(own_run / "proteins" / "trypsin" / "protein.json")
    panel["title"] = protein["title"] = protein["label"] = panel["receptors"][0]["label"] = HOSTILE
    protein["entry"]["url"] = "javascript:alert(1)"
    write_json(own_run / "panel.json", panel)
    write_json(own_run / "proteins" / "trypsin" / "protein.json", protein)
    build(own_run / "panel.json", own_run, js_dir, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    assert "<script>window.owned" not in text
    assert "<img src=x" not in text
    assert "javascript:alert" not in text
    assert page_data(tmp_path / "report.html")["receptors"][0]["label"] == HOSTILE


@pytest.mark.parametrize(
    "name", ["scores.csv", "network/network.cyjs", "proteins/Im9/structure.pdb", "pairs/trypsin/Im9/pair.json"]
)
def test_missing_file_is_named_and_nothing_is_written(own_run, js_dir, tmp_path, name):
    (own_run / name).unlink()
    with pytest.raises(InputError, match="a file of the run is missing") as caught:
        build(own_run / "panel.json", own_run, js_dir, tmp_path / "report.html")
    assert caught.value.where == str(own_run / name)
    assert not (tmp_path / "report.html").exists()


def test_broken_file_is_named(own_run, js_dir, tmp_path):
    (own_run / "pairs" / "trypsin" / "Im9" / "pair.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        build(own_run / "panel.json", own_run, js_dir, tmp_path / "report.html")


def test_missing_library_is_named(run_dir, tmp_path):
    with pytest.raises(InputError, match="a JavaScript library of the report is missing"):
        build(run_dir / "panel.json", run_dir, tmp_path, tmp_path / "report.html")


def test_values_that_are_not_numbers_become_none(own_run, js_dir, tmp_path):
    scores = pd.read_csv(own_run / "scores.csv")
    scores.loc[0, "value"] = float("nan")
    write_table(own_run / "scores.csv", scores)
    build(own_run / "panel.json", own_run, js_dir, tmp_path / "report.html")
    assert None in page_data(tmp_path / "report.html")["pairs"]["values"]["score"]


def test_one_pair_makes_a_page(js_dir, tmp_path):
    run = write_run(tmp_path / "results", (PARTNERS[0], PARTNERS[2]), n_models=1)
    build(run / "panel.json", run, js_dir, tmp_path / "report.html")
    assert "1 ligand docked against" in (tmp_path / "report.html").read_text()


def test_the_panels_labels_are_shown(page_file):
    """protein.json knows names only; what is shown comes from the panel."""
    text = page_file.read_text()
    assert ">Colicin E9 DNase</a></th>" in text, "in the table of known complexes"
    assert text.count(">colicin-E9<") == 1, "in its card, as what the config calls it"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (-1234.5, "−1\u202f234"), (12.34, "12.3"), (0.126, "0.13"), (80.0, "80")]
)
def test_numbers_are_short_and_have_a_true_minus(value, text):
    assert wording.number(value) == text


def test_what_a_servers_scores_are_is_said(own_run, js_dir, tmp_path):
    path = own_run / "pairs/trypsin/Im9/docking.json"
    note = "ClusPro did not use the restraints (attract); its models may bind anywhere."
    method = Method(comparable=False, clusters=True, seeds=False)
    changes = {"backend": "cluspro (SYNTHETIC)", "synthetic": True, "notes": (note,), "method": method}
    write_docking(path, replace(read_docking(path), **changes))
    write_json(own_run / "panel.json", read_json(own_run / "panel.json") | {"backend": "cluspro"})
    data = collect(own_run / "panel.json", own_run)
    found = answer(data)
    caveats = [doubt.text for doubt in doubts(data, found.verdict)]
    assert "No docking was done for 1 of 4 pairs (SYNTHETIC)." in found.support[0]
    assert "not made to be compared between pairs" in " ".join(caveats)
    assert f"{note.rstrip('.')} (1 of 4 pairs)." in caveats
    build(own_run / "panel.json", own_run, js_dir, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "by the ClusPro server" in page
    assert "random start orientation" not in page


def test_the_published_table_has_its_section(own_run, js_dir, tmp_path):
    panel = read_json(own_run / "panel.json")
    write_json(own_run / "panel.json", panel | {"published": "published.csv"})
    with pytest.raises(InputError, match="crossdock compare"):
        build(own_run / "panel.json", own_run, js_dir, tmp_path / "report.html")
    chance = {"chance_low": -0.4, "chance_high": 0.4}
    claim = {
        "claim": "best",
        "receptor": "trypsin",
        "ligands": ["Im9"],
        "verdict": "does not hold",
        "why": "<i>number 2</i>",
    }
    comparison = {
        "shared": {"ligands": 2, "receptors": 2},
        "agreement": [{"over": "all cells", "of": "score", "cells": 4, "rho": -0.25, "is": "within chance"} | chance],
        "claims": [claim],
        "doubts": {},
    }
    write_json(own_run / "comparison.json", comparison)
    build(own_run / "panel.json", own_run, js_dir, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "Im9 is the first ligand of Trypsin" in page
    assert "&lt;i&gt;number 2&lt;/i&gt;" in page
    assert "−0.25" in page
    assert "−0.40 to +0.40" in page


def test_results_with_a_metric_and_a_key_that_are_gone_are_read(own_run, js_dir, tmp_path):
    """The interaction index and the known interface of a protein, as earlier versions wrote them."""
    scores = read_scores(own_run)
    gone = scores[scores["metric"] == "cluster_fraction"].assign(metric="interaction_index", value=0.25, unit="")
    write_table(own_run / "scores.csv", pd.concat([scores, gone]))
    for path in own_run.glob("proteins/*/protein.json"):
        write_json(path, read_json(path) | {"interface": [["A", 30, ""]]})
    sides = {
        f"{role}s": [
            {"name": one.name, "label": one.label, "entry": f"demo:{one.entry}", "chains": [one.chain]}
            for one in PARTNERS
            if one.role == role
        ]
        for role in ("receptor", "ligand")
    }
    panel = load_panel(sides).to_record()
    panel["network"]["metric"] = "interaction_index"
    for protein in panel["receptors"]:
        protein["interface"] = "30"
    write_json(own_run / "panel.json", panel)

    run = read_run(own_run)
    assert (run.scores["metric"] == "interaction_index").sum() == len(run.pairs) == 4
    assert "interaction_index" not in run.pairs
    with pytest.raises(InputError, match="there is no metric 'interaction_index'"):
        network(run.panel, own_run)
    build(own_run / "panel.json", own_run, js_dir, tmp_path / "report.html")
    (metric,) = (one for one in page_data(tmp_path / "report.html")["metrics"] if one["name"] == "interaction_index")
    assert (metric["label"], metric["better"]) == ("interaction index", None)


def test_ranks_of_an_earlier_smaller_panel_are_named(own_run):
    ranks = pd.read_csv(own_run / "ranks.csv")
    write_table(own_run / "ranks.csv", ranks[ranks["ligand"] != "Im9"])
    with pytest.raises(InputError, match=r"ranks\.csv: no row of Im9 on trypsin[\s\S]*crossdock matrix"):
        collect(own_run / "panel.json", own_run)


@pytest.mark.parametrize("column", ["frequency", "ligands"])
def test_hot_spots_without_a_number_are_named(own_run, column):
    path = own_run / "proteins" / "trypsin" / "hotspots.csv"
    spots = pd.read_csv(path, dtype={"number": str})
    spots[column] = "many"
    write_table(path, spots)
    with pytest.raises(InputError, match=rf"hotspots\.csv.*\$\.{column}"):
        collect(own_run / "panel.json", own_run)


def test_names_that_look_like_numbers_or_gaps_stay_names(own_run):
    renamed = {"colicin-E9": "007", "Im9": "NA"}
    for path in sorted(own_run.rglob("*"), reverse=True):
        if path.suffix in (".json", ".csv", ".graphml", ".cyjs"):
            text = path.read_text()
            for old, new in renamed.items():
                text = re.sub(rf"(?<![\w-]){old}(?![\w-])", new, text)
            path.write_text(text)
        if path.name in renamed:
            path.rename(path.with_name(renamed[path.name]))
    pairs = collect(own_run / "panel.json", own_run).pairs
    assert ("007", "NA") in {(pair.receptor, pair.ligand) for pair in pairs}
    assert all(pair.values.get("specificity") is not None for pair in pairs)
    assert all(pair.standing.rank for pair in pairs)
