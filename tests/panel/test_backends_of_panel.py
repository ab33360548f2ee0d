"""Several backends in one config: what each is asked for, where its files are, and what is refused."""

import pytest

from crossdock.errors import ConfigError
from crossdock.files import write_json
from crossdock.panel.config import read_configs
from crossdock.panel.panel import load_panel, read_panel


def config(**more):
    def rows(*names):
        return [{"name": name, "entry": "demo:1emv", "chains": [chain]} for name, chain in names]

    return {"receptors": rows(("E9", "B")), "ligands": rows(("Im9", "A"))} | more


def problems(**more):
    with pytest.raises(ConfigError) as found:
        load_panel(config(**more))
    return str(found.value)


def test_each_backend_has_its_own_options_and_folder():
    docking = {"rotations": 90, "coefficients": "VdW+Elec", "local": {"rotations": 70}}
    panel = load_panel(config(backends=["local", "cluspro"], docking=docking, results="results/mine"))
    first, second = panel.runs
    assert (first.backend, second.backend) == ("local", "cluspro")
    assert first.docking == {"sampling": "default", "rotations": 70, "device": "cpu"}
    assert second.docking == {"coefficients": "VdW+Elec"}
    assert (first.results, second.results) == ("results/mine", "results/mine/backends/cluspro")
    assert {str(one.proteins_in(one.results)) for one in panel.runs} == {"results/mine/proteins"}
    assert first.further == second.further == ()


def test_one_backend_in_a_list_is_that_backend():
    assert load_panel(config(backends=["cofold"])) == load_panel(config(backend="cofold"))
    assert len(load_panel(config()).runs) == 1


def test_replicates_are_made_by_the_backends_that_can():
    panel = load_panel(config(backends=["cofold", "local"], replicates=3))
    assert [one.replicates for one in panel.runs] == [1, 3]
    assert "3 replicates with `backends: [cofold, cluspro]`" in problems(backends=["cofold", "cluspro"], replicates=3)


def test_the_metric_of_the_network_is_each_one_s_own():
    panel = load_panel(config(backends=["local", "cofold"], network={"metric": "ipsae"}))
    assert [one.network["metric"] for one in panel.runs] == ["specificity", "ipsae"]
    assert "got 'ipsae'" in problems(backends=["local"], network={"metric": "ipsae"})


def test_statistics_are_of_a_number_that_the_backend_has():
    panel = load_panel(config(backends=["local", "cofold"], statistics={"metric": "ipsae"}))
    assert [one.statistics["metric"] for one in panel.runs] == ["", "ipsae"]


def test_a_panel_with_several_is_read_back(tmp_path):
    panel = load_panel(config(backends=["local", "cofold"], cofold={"accept": ["alphafold3"]}))
    write_json(tmp_path / "panel.json", panel.to_record())
    again = read_panel(tmp_path / "panel.json")
    assert [one.settings for one in again.runs] == [{}, {"accept": ["alphafold3"], "alphafold_db": False}]
    assert [one.results for one in again.runs] == [one.results for one in panel.runs]


def test_the_command_line_names_several(tmp_path):
    (tmp_path / "config.yaml").write_text("title: a\n")
    found = read_configs([tmp_path / "config.yaml"], ["backends=[local, cofold]", "network={metric: ipsae}"])
    assert found["backends"] == ["local", "cofold"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"backend": "local", "backends": ["local"]}, "`backend` and `backends` cannot be combined"),
        ({"backends": ["local", "local"]}, "the backend 'local' is listed twice"),
        ({"backends": ["locl", "cofold"]}, "did you mean `local`?"),
        ({"backends": []}, "expected at least 1 in the list, got 0"),
        (
            {"backends": ["lightdock", "gdock"], "templates": {"search": True}},
            "lightdock, gdock cannot use known complexes, so `templates` would do nothing",
        ),
        ({"backends": "local"}, "expected a list, got 'local'"),
        ({"backends": ["local", 3]}, "expected text, got 3"),
        ({"backends": ["local", "cofold"], "docking": {"cluspro": {}}}, "unknown key `cluspro`"),
        ({"backends": ["local", "cofold"], "docking": {"local": {"coefficients": 1}}}, "unknown key `coefficients`"),
        ({"backends": ["local", "cofold"], "docking": {"local": 3}}, "docking.local: expected keys and values, got 3"),
        ({"backends": ["local", "cofold"], "docking": {"local": {"rotations": 0}}}, "expected at least 1, got 0"),
        ({"backend": "local", "docking": {"local": {}}}, "unknown key `local`"),
    ],
)
def test_what_is_refused(more, said):
    assert said in problems(**more)
