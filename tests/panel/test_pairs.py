"""Which pairs of a panel are docked, and everything that can be wrong with a list of them, told at once."""

from __future__ import annotations

import pytest

from crossdock.errors import ConfigError
from crossdock.files import write_json
from crossdock.panel.panel import counted, load_panel, read_panel


def proteins(names):
    return [{"name": name, "entry": f"{place}abc"} for place, name in enumerate(names, start=1)]


ROLES = {"receptors": proteins("AB"), "ligands": proteins("ABCD")[1:]}
ALIKE = {"proteins": proteins("ABCD")}


def pairs(**config):
    return ["".join((one.name, other.name)) for one, other in load_panel(config).pairs]


def problems(**config):
    with pytest.raises(ConfigError) as caught:
        load_panel(config)
    return [str(problem) for problem in caught.value.problems]


def test_without_a_list_all_pairs_are_docked():
    assert pairs(**ROLES) == pairs(**ROLES, pairs="all") == ["AB", "AC", "AD", "BB", "BC", "BD"]


def test_a_list_has_two_forms_and_the_order_of_the_panel():
    listed = [["B", "C"], {"ligand": "B", "receptor": "A"}]
    assert pairs(**ROLES, pairs=listed) == ["AB", "BC"]
    assert pairs(**ROLES, pairs="[[B, C], [A, B]]") == ["AB", "BC"], "as text, from the command line"


def test_a_table_may_have_more_columns(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("# mine\nligand\treceptor\twhy\nC\tB\tkinase\n\nB\tA\t\n")
    assert pairs(**ROLES, pairs=str(path)) == ["AB", "BC"]


def test_a_protein_in_no_pair_is_left_out():
    panel = load_panel(ROLES | {"pairs": [["A", "B"]]})
    assert [one.name for one in panel.proteins] == ["A", "B"]
    assert panel.left_out == ("C", "D")
    assert [one.name for one in (*panel.receptors, *panel.ligands)] == ["A", "B"]
    assert counted(panel) == "1 receptor x 1 ligand"


def test_proteins_without_roles():
    assert pairs(**ALIKE) == ["AB", "AC", "AD", "BC", "BD", "CD"]
    assert pairs(**ALIKE, homo=True) == ["AA", "AB", "AC", "AD", "BB", "BC", "BD", "CC", "CD", "DD"]
    assert len(pairs(**ALIKE, orders="both")) == 12
    assert len(pairs(**ALIKE, orders="both", homo="yes")) == 16
    assert pairs(**ALIKE, pairs=[["C", "A"], ["D", "D"]]) == ["CA", "DD"], "the receptor stands first"
    assert pairs(**ALIKE, pairs=[["C", "A"]], orders="both") == ["AC", "CA"]
    panel = load_panel(ALIKE)
    assert panel.symmetric
    assert not load_panel(ALIKE | {"orders": "both"}).symmetric
    assert {panel.roles(name) for name in "ABCD"} == {("receptor", "ligand")}
    assert ["".join((one.name, other.name)) for one, other in panel.pairs_of("C")] == ["AC", "BC", "CD"]
    assert counted(panel) == "6 pairs of 4 proteins"


def test_a_single_homodimer_has_no_roles():
    for config in ({"proteins": proteins("A"), "homo": True}, ALIKE | {"pairs": [["A", "A"]]}):
        panel = load_panel(config)
        assert panel.symmetric
        assert panel.asked == (("A", "A"),)


def test_a_known_complex_of_proteins_has_no_order():
    same = [{**protein, "entry": "1abc", "chains": [protein["name"]]} for protein in ALIKE["proteins"]]
    panel = load_panel({"proteins": same, "known": [{"receptor": "D", "ligand": "B"}]})
    assert panel.is_known("B", "D")
    assert len(panel.known) == 1


def test_a_panel_is_read_back_with_its_pairs(tmp_path):
    for config in (ALIKE, ROLES, ROLES | {"pairs": [["A", "B"]]}):
        panel = load_panel(config)
        write_json(tmp_path / "panel.json", panel.to_record())
        again = read_panel(tmp_path / "panel.json")
        assert (again.asked, again.symmetric, again.left_out) == (panel.asked, panel.symmetric, panel.left_out)
        names = [[(one.name, other.name) for one, other in found.pairs] for found in (again, panel)]
        assert names[0] == names[1]


def test_everything_wrong_with_a_list_is_told_at_once():
    listed = [["A", "B"], ["A", "B"], ["C", "A"], ["A", "CC"], {"receptor": "A"}, "A B", ["A", "B", "C"]]
    found = problems(**ROLES, pairs=listed)
    assert len(found) == 7
    assert "pairs 2, as pairs 1" in found[0]
    assert "'C' is not a receptor" in found[1]
    assert "the receptor stands first" in found[1]
    assert "'A' is not a ligand" in found[2]
    assert "did you mean `C`" in found[3]
    assert all("expected a receptor and a ligand" in one for one in found[4:])


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (ROLES | {"pairs": []}, "the list has no pairs"),
        (ROLES | {"pairs": None}, "got nothing"),
        (ROLES | {"pairs": "nowhere.tsv"}, "`pairs` is `all`, a list of pairs, or the path of a table"),
        (ROLES | {"homo": True}, "`homo` is only for a panel of `proteins`"),
        (ROLES | {"orders": "both"}, "`orders` is only for a panel of `proteins`"),
        (ALIKE | {"orders": "all"}, "expected one of one, both"),
        (ALIKE | {"ligands": proteins("E")}, "`proteins` and `ligands` cannot be combined"),
        ({"proteins": proteins("A")}, "one protein makes no pair"),
        ({"proteins": []}, "the panel is empty"),
        (ALIKE | {"pairs": [["A", "B"], ["B", "A"]]}, "`orders: both` docks each pair in both orders"),
        (ALIKE | {"pairs": [["A", "Z"]]}, "'Z' is not a protein of this panel"),
        (ALIKE | {"controls": proteins("EA")}, "'A' is a protein of the panel and a control"),
    ],
)
def test_what_cannot_be_is_said(config, expected):
    assert any(expected in problem for problem in problems(**config))


def test_an_empty_table_and_one_of_other_columns(tmp_path):
    (tmp_path / "empty.csv").write_text("receptor,ligand\n")
    (tmp_path / "other.csv").write_text("one,two\nA,B\n")
    assert "no pairs" in problems(**ROLES, pairs=str(tmp_path / "empty.csv"))[0]
    assert "no column `receptor`" in problems(**ROLES, pairs=str(tmp_path / "other.csv"))[0]
