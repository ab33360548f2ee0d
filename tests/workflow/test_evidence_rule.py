"""The rule that asks public databases, through Snakemake for real."""

from __future__ import annotations

import json
import shutil

import pytest
from test_workflow import CMTI, TRYPSIN, planned, run, write_config

from sites import INTACT, Server, intact, mitab, script_string, uniprot_entry

pytestmark = pytest.mark.workflow

EVIDENCE = "results/evidence.json"
CMTI_I, TRYPSIN_1 = CMTI | {"uniprot": "P01074", "organism": 3661}, TRYPSIN | {"uniprot": "P00760", "organism": 9913}


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Server()
    for accession in ("P01074", "P00760"):
        made.script[f"/uniprotkb/{accession}.json"] = [(200, {}, json.dumps(uniprot_entry(accession)).encode())]
    made.script[INTACT] = intact([mitab("P01074", "P00760")])
    script_string(made, {}, {})
    yield made
    made.http.shutdown()
    made.http.server_close()


def write(folder, url, **settings):
    sites = dict.fromkeys(("uniprot", "intact", "string"), url) | settings
    write_config(folder, [CMTI_I], receptors=[TRYPSIN_1], evidence=sites)


def states(folder):
    record = json.loads((folder / EVIDENCE).read_text())
    return record, {site["name"]: site["state"] for site in record["sites"]}


@pytest.mark.measurement
def test_a_panel_is_asked_about_and_not_again(server, tmp_path):
    write(tmp_path, server.url)
    run(tmp_path, target=EVIDENCE)
    record, found = states(tmp_path)
    assert found == {"uniprot": "asked", "intact": "asked", "string": "asked"}
    assert record["interactions"]["found"][0]["count"] == 1
    counts = planned(tmp_path, "--forcerun", "evidence", target=None)
    assert (counts["evidence"], counts["report"]) == (1, 1)

    # A node without a network reads what was asked where there was one.
    asked = len(server.asked)
    shutil.rmtree(tmp_path / "results")
    write(tmp_path, server.url, ask=False)
    run(tmp_path, target=EVIDENCE)
    assert states(tmp_path) == (record, found)
    assert len(server.asked) == asked


@pytest.mark.measurement
def test_without_a_network_the_rule_ends_well(server, tmp_path):
    server.http.shutdown()
    server.http.server_close()
    write(tmp_path, server.url)
    run(tmp_path, target=EVIDENCE)
    record, found = states(tmp_path)
    assert found == {"uniprot": "not-reached", "intact": "not-reached", "string": "not-asked"}  # of two organisms
    assert record["sites"][0]["reason"] == "the connection was refused or lost"
