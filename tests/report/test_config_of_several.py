"""The config in the report of a panel with several backends asks for the same panel again."""

import yaml

from crossdock.panel.panel import load_panel
from crossdock.report.methods import config_of


def test_it_asks_for_the_same_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    proteins = [{"name": name, "entry": "demo:1emv", "chains": [chain]} for name, chain in (("E9", "B"), ("Im9", "A"))]
    panel = load_panel(
        {
            "receptors": proteins[:1],
            "ligands": proteins[1:],
            "backends": ["local", "cofold", "cluspro"],
            "replicates": 2,
            "docking": {"local": {"rotations": 70}, "coefficients": "VdW+Elec"},
            "network": {"metric": "ipsae"},
            "cofold": {"accept": ["alphafold3"]},
        }
    )
    text = yaml.safe_dump(config_of(panel.to_record()))
    again = load_panel(yaml.safe_load(text))
    assert again.runs == panel.runs
    assert "backend:" not in text


def test_what_steers_a_docking_is_asked_for_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    proteins = [{"name": name, "entry": "demo:1emv", "chains": [chain]} for name, chain in (("E9", "B"), ("Im9", "A"))]
    usual = {"receptors": proteins[:1], "ligands": proteins[1:]}
    accepted = {"attract": "from cofold", "cofold": {"accept": ["alphafold3"]}}
    for asked in (accepted, accepted | {"backends": ["local", "cofold"]}, {"attract": "from cofold"}):
        panel = load_panel(usual | asked)
        again = load_panel(yaml.safe_load(yaml.safe_dump(config_of(panel.to_record()))))
        assert again == panel
        assert again.steering == panel.steering
    assert panel.steer_by == "cofold"
    assert "attract" not in config_of(load_panel(usual).to_record())
