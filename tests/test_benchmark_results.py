"""The tables of benchmarks/results give the figures that docs/validation.md has, and other pages repeat them."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crossdock.analysis.affinity import MOST_OVERLAPS, PUBLISHED_ERROR_KCAL_MOL
from crossdock.analysis.background import OUTSIDE, Background, against
from crossdock.steps.background_set import OF_SET, bundled, read_numbers

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/validation.md").read_text()
COMPLEXES = 170


def ranks(name):
    table = pd.read_csv(ROOT / f"benchmarks/results/{name}.tsv", sep="\t", index_col="id")
    assert table.index.is_unique
    return table["first_acceptable_rank"]


def shares(row):
    """Give the percentages of a row, without their intervals."""
    line = next(line for line in TEXT.splitlines() if line.startswith(f"| {row} |"))
    return [float(cell) for cell in re.findall(r"\| \**([\d.]+)\**(?: \()", line)]


def test_equivalent_chains_change_the_ranks_that_are_named():
    before, after = ranks("copies_as_numbered"), ranks("copies_equivalent")
    assert list(before.index) == list(after.index)
    assert len(before) == int(re.search(r"The (\d+) complexes with copies", TEXT)[1])
    named = re.findall(r"(\d\w{3}) \((\d+|none) to (\d+)\)", TEXT)
    assert len(named) == 10
    number = {"none": None}
    said = {name: (number.get(old, old) and float(old), float(new)) for name, old, new in named}
    changed = before.index[before.fillna(0) != after.fillna(0)]
    counted = {name: (None if pd.isna(before[name]) else before[name], after[name]) for name in changed}
    assert counted == said


@pytest.mark.parametrize(("column", "top"), list(enumerate((1, 5, 10, 100))))
def test_equivalent_chains_find_as_many_more_complexes_as_is_said(column, top):
    found = [(ranks(name) <= top).sum() for name in ("copies_as_numbered", "copies_equivalent")]
    said = [shares(row)[column] * COMPLEXES / 100 for row in ("as numbered", "**with equivalent chains**")]
    assert found[1] - found[0] == pytest.approx(said[1] - said[0], abs=0.2)


def main_table():
    """Give group -> complexes and cells T1, T5, T10, T100 of the first table of docs/validation.md."""
    rows = re.findall(r"^\| \**([\w ]+?)\** \| (\d+) \| (.*) \|$", TEXT.replace("**", ""), re.MULTILINE)
    found = {group: (int(n), re.findall(r"\d+ \(\d+-\d+\)", cells)) for group, n, cells in rows}
    return {group: (n, cells) for group, (n, cells) in found.items() if cells}


def test_intervals_are_those_of_whole_numbers_of_complexes(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    place = importlib.util.spec_from_file_location("docking_benchmark", ROOT / "benchmarks/docking.py")
    benchmark = importlib.util.module_from_spec(place)
    place.loader.exec_module(benchmark)
    table = main_table()
    assert len(table) == 7
    for group, (n, cells) in table.items():
        assert len(cells) == 4, group
        possible = {
            f"{100 * hits / n:.0f} ({100 * low:.0f}-{100 * high:.0f})"
            for hits in range(n + 1)
            for low, high in [benchmark.wilson(hits, n)]
        }
        assert set(cells) <= possible, group
    assert (
        table["all"][0] == COMPLEXES == sum(table[one][0] for one in ("rigid", "medium", "difficult", "not classified"))
    )


def counted(rows):
    """Give the shares that a table of complexes has, as the page writes them, for T1, T5, T10, T100 and any pose."""
    found = [(rows["first_acceptable_rank"] <= top).mean() for top in (1, 5, 10, 100)]
    return [f"{100 * share:.0f}" for share in (*found, rows["first_acceptable_pose"].notna().mean())]


def said():
    """Give group -> the same of the page."""
    rows = re.findall(r"^\| ([\w ]+?) \| \d+ \| (.*) \|$", TEXT.replace("**", ""), re.MULTILINE)
    return {group: [cell.split(" ")[0] for cell in cells.split(" | ")] for group, cells in rows if "(" in cells}


def complexes():
    return pd.read_csv(ROOT / "benchmarks/results/bm5.tsv", sep="\t", index_col="id")


def test_the_first_table_is_that_of_170_complexes():
    rows = complexes()
    assert rows.index.is_unique
    assert len(rows) == COMPLEXES
    antibody = rows["antibody"] == "yes"
    for group, own in (("all", rows), ("antibodies", rows[antibody]), ("all but antibodies", rows[~antibody])):
        assert (len(own), counted(own)) == (main_table()[group][0], said()[group])


def test_classes_of_difficulty_are_those_of_the_benchmark(shared):
    rows = complexes()
    difficulty = pd.read_csv(shared / "bm5.tsv", sep="\t", index_col="id")["difficulty"].reindex(rows.index)
    for group in ("rigid", "medium", "difficult"):
        own = rows[difficulty == group]
        assert (len(own), counted(own)) == (main_table()[group][0], said()[group])


@pytest.mark.parametrize("path", ["README.md", "docs/limits.md"])
def test_other_pages_repeat_the_figures(path):
    rows = re.findall(r"^\| (.+?) \|(?: (\d+) \|)? (\d+ \(.*\d+\)) \|$", (ROOT / path).read_text(), re.MULTILINE)
    known = main_table()
    assert rows
    for group, n, cells in rows:
        complexes, (one, _, ten, hundred) = known[group if n else "all"]
        assert cells.split(" | ") == [one, ten, hundred], group
        assert not n or int(n) == complexes


@pytest.mark.parametrize(
    ("spoil", "row"),
    [
        ("third-missing", "a third is missing"),
        ("third-wrong", "a third is wrong"),
        ("shifted", "the whole patch shifted by 10 A"),
        (None, "no restraints"),
    ],
)
def test_spoiled_restraints_are_counted_again(monkeypatch, spoil, row):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    place = importlib.util.spec_from_file_location("docking_benchmark", ROOT / "benchmarks/docking.py")
    benchmark = importlib.util.module_from_spec(place)
    place.loader.exec_module(benchmark)
    drawn = re.search(r"--spoil \$spoil --ids ([\w ]+)", TEXT)[1].split()
    found = ranks(f"restraints_both_{spoil}" if spoil else "bm5").reindex(drawn)
    if spoil:
        assert sorted(drawn) == sorted(ranks(f"restraints_both_{spoil}").index)
    cells = []
    for top in (1, 5, 10, 100):
        hits = int((found <= top).sum())
        low, high = benchmark.wilson(hits, len(drawn))
        cells.append(f"{100 * hits / len(drawn):.0f} ({100 * low:.0f}-{100 * high:.0f})")
    line = next(line for line in TEXT.splitlines() if line.startswith(f"| {row} |"))
    assert line.strip("| ").split(" | ")[1:] == cells


def test_what_a_background_finds_is_counted_again():
    """The tables of docs/statistics.md, from a row for each pair, and from the pairs that come with crossdock."""
    table = pd.read_csv(ROOT / "benchmarks/results/background_partners.tsv", sep="\t")
    text = (ROOT / "docs/statistics.md").read_text()
    binds = table["binds"] == "yes"
    for row, some in (("39 true pairs, by z", table[binds]), ("780 pairs of strangers", table[~binds])):
        line = next(line for line in text.splitlines() if line.startswith(f"| {row} |"))
        said = [float(cell) for cell in re.findall(r"([\d.]+) %", line)]
        assert len(some) == int(row.split()[0])
        assert said == pytest.approx([100 * (some["p"] <= level).mean() for level in (0.05, 0.01, 0.001)], abs=0.5)
    line = next(line for line in text.splitlines() if line.startswith("| 39 true pairs, by z |"))
    ranks = table["z"].rank()[binds]
    area = 1 - (ranks.sum() - len(ranks) * (len(ranks) + 1) / 2) / (len(ranks) * (~binds).sum())
    assert float(line.split(" | ")[1]) == pytest.approx(area, abs=0.005)
    ranks = table["number"].rank()[binds]
    area = 1 - (ranks.sum() - len(ranks) * (len(ranks) + 1) / 2) / (len(ranks) * (~binds).sum())
    line = next(line for line in text.splitlines() if line.startswith("| the same, by the number alone |"))
    assert float(line.split(" | ")[1]) == pytest.approx(area, abs=0.006)
    spread = float(re.search(r"z of these 780 pairs had a standard deviation of ([\d.]+),", text)[1])
    assert table.loc[~binds, "z"].std() * OUTSIDE == pytest.approx(spread, abs=0.006)
    cells = re.findall(r"([\d.]+) %", next(line for line in text.splitlines() if line.startswith("| 780 bound pairs")))
    assert float(cells[1]) == pytest.approx(100 * (table.loc[~binds, "p"] <= 0.05).mean(), abs=0.051)


def test_the_z_of_a_table_are_those_of_its_numbers():
    """Numbers of 39 proteins with some of the set, and the pairs that come with crossdock, give z and p again."""
    table = pd.read_csv(ROOT / "benchmarks/results/background_partners.tsv", sep="\t")
    names, pairs = bundled()
    whole = Background.of_pairs([name.removeprefix(OF_SET) for name in names], read_numbers([pairs]))
    for protein, rows in list(table.groupby("protein"))[::8]:
        own = rows.set_index("partner")["number"].reindex(whole.names).to_numpy()
        partner = list(rows.loc[rows["binds"] == "yes", "partner"])
        for row in rows.itertuples():
            at = whole.names.index(row.partner)
            left_out = np.isin(whole.names, [*partner, row.partner])
            its = np.where(np.arange(len(own)) == at, np.nan, whole.values[at])
            found = against(whole, its[None], np.where(left_out, np.nan, own)[None], np.array([[row.number]]))
            assert found.z[0, 0] == pytest.approx(row.z, abs=6e-4), protein
            assert found.p[0, 0] == pytest.approx(row.p, rel=0.01), protein


def test_what_a_background_finds_of_unbound_structures_is_counted_again():
    table = pd.read_csv(ROOT / "benchmarks/results/background_unbound.tsv", sep="\t")
    text = (ROOT / "docs/statistics.md").read_text()
    binds = table["binds"] == "yes"
    cells = re.findall(
        r"([\d.]+) %", next(line for line in text.splitlines() if line.startswith("| 380 unbound pairs"))
    )
    assert float(cells[1]) == pytest.approx(100 * (table.loc[~binds, "p"] <= 0.05).mean(), abs=0.051)
    said = re.search(r"their z is lower by ([\d.]+) on average, and (\d+) % have p of 0.1 or less", text)
    assert float(said[1]) == pytest.approx(-table.loc[~binds, "z"].mean(), abs=0.05)
    assert float(said[2]) == pytest.approx(100 * (table.loc[~binds, "p"] <= 0.1).mean(), abs=0.51)
    for row, some in (("20 partners", table[binds]), ("380 strangers", table[~binds])):
        line = next(line for line in text.splitlines() if line.startswith(f"| {row} |"))
        assert len(some) == int(row.split()[0])
        said = [float(cell) for cell in re.findall(r"([\d.]+) %", line)]
        assert said == pytest.approx([100 * (some["p"] < level).mean() for level in (0.05, 0.01, 0.001)], abs=0.06)
    number, z = (table.pivot(index="partner", columns="protein", values=one) for one in ("number", "z"))
    own = [name.replace("-r", "-l") for name in number.columns]
    number, z = number.loc[own].to_numpy(), z.loc[own].to_numpy()
    centred = number - number.mean(axis=0) - number.mean(axis=1, keepdims=True) + number.mean()
    n = len(number)
    for row, values in (("the number alone", number), ("specificity of the number", centred), ("background z", z)):
        cells = next(line for line in text.splitlines() if line.startswith(f"| {row} |")).split(" | ")[1:]
        partner = values.diagonal()
        strangers = values[~np.eye(n, dtype=bool)]
        assert float(cells[0][:4]) == pytest.approx((partner[:, None] < strangers).mean(), abs=0.0051)
        ranks = [(values <= partner).sum(axis=0), (values <= partner[:, None]).sum(axis=1)]
        assert float(cells[1].split(" %")[0]) == pytest.approx(100 * np.mean(np.array(ranks) == 1), abs=0.51)
        assert float(cells[2][:4]) == pytest.approx((1 / np.array(ranks)).mean(), abs=0.0051)
    low = table["p"] <= 0.05
    found = re.search(r"Of the (\d+) pairs with p of 0.05 or less, (\d+) are partners: an F-measure of (\d\.\d+)", text)
    assert [int(found[1]), int(found[2])] == [low.sum(), (low & binds).sum()]
    assert float(found[3]) == pytest.approx(2 * (low & binds).sum() / (low.sum() + binds.sum()), abs=0.005)


@pytest.mark.measurement
def test_p_values_of_pairs_that_do_not_bind_are_counted_again(monkeypatch, capsys):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    place = importlib.util.spec_from_file_location("background_benchmark", ROOT / "benchmarks/background.py")
    benchmark = importlib.util.module_from_spec(place)
    place.loader.exec_module(benchmark)
    benchmark.null(None)
    printed = capsys.readouterr().out
    text = (ROOT / "docs/statistics.md").read_text()
    rows = {
        "all": "all",
        "smallest third, by the product of residues": "small",
        "middle third": "middle",
        "largest third": "large",
        "charges of unlike sign": "unlike charges",
        "charges of like sign": "like charges",
    }
    for row, name in rows.items():
        found = re.search(rf"^{name} +n= *\d+  Kolmogorov distance ([\d.]+)  (.*)$", printed, re.MULTILINE)
        cells = next(line for line in text.splitlines() if line.startswith(f"| {row} |")).split(" | ")[1:]
        assert float(cells[0]) == pytest.approx(float(found[1]), abs=0.002)
        levels = [float(one) for one in re.findall(r"([\d.]+) %", found[2])]
        assert [float(cell.split(" ")[0]) for cell in cells[1:]] == pytest.approx(levels, abs=0.1)
    called = float(re.search(r"with a pair of q <= 0.1: ([\d.]+) %", printed)[1])
    assert float(re.search(r"\*\*([\d.]+) % of these panels", text)[1]) == pytest.approx(called, abs=0.5)
    power = [int(one) for one in re.findall(r"alone: p <= 0.05 in (\d+) %", printed)]
    said = re.search(r"(\d+) % of the panels with 3, (\d+) % with 4, and (\d+) % with 5", text)
    assert [int(one) for one in said.groups()] == pytest.approx(power[:3], abs=1)
    explained = float(re.search(r"explained by both proteins ([\d.]+)", printed)[1])
    assert f"explains {100 * explained:.0f} % of the variance" in text


def test_what_three_programs_find_of_the_demo_is_counted_again():
    text = (ROOT / "docs/engines.md").read_text()
    names = {"local": "local", "lightdock": "LightDock", "gdock": "gdock"}
    models = pd.read_csv(ROOT / "benchmarks/results/engines_models.tsv", sep="\t")
    for (one, other), some in models.groupby(["backend", "other_backend"]):
        line = next(line for line in text.splitlines() if line.startswith(f"| {names[one]}, {names[other]} |"))
        agree = [(some[column] >= 0.23).sum() for column in ("best_dockq", "dockq_of_first_models")]
        assert re.findall(r"(\d+) of 16", line) == [str(number) for number in agree]
    pairs = pd.read_csv(ROOT / "benchmarks/results/engines_pairs.tsv", sep="\t")
    median = pairs.groupby("backend")["cpu_seconds"].median()
    for name, some in pairs.groupby("backend"):
        line = next(line for line in text.splitlines() if line.startswith(f"| {names[name]} ("))
        first = [
            some.loc[some.groupby("receptor")[by].idxmin(), "dockq_first"].notna().sum()
            for by in ("score", "specificity")
        ]
        assert re.findall(r"(\d) of 4", line) == [str(number) for number in first]
        known = some.dropna(subset="dockq_first").set_index("receptor")["dockq_first"]
        said = [float(one) for one in line.split(" | ")[3].split(", ")]
        assert said == pytest.approx(known[["trypsin", "colicin-E9", "TEM-1", "amylase"]].tolist(), abs=0.0051)
        if name != "local":
            assert int(re.search(r"(\d+) times", line)[1]) == pytest.approx(median[name] / median["local"], abs=2)


def test_the_change_by_equivalent_chains_is_counted_again(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from compare_ranks import change

    ranks = [
        pd.read_csv(ROOT / f"benchmarks/results/copies_{name}.tsv", sep="\t", index_col="id")["first_acceptable_rank"]
        for name in ("as_numbered", "equivalent")
    ]
    said = change(*(one[ranks[0].index].tolist() for one in ranks)).split(";")[0].removeprefix("ln(rank) ")
    assert f"d {said}" in (ROOT / "docs/tried.md").read_text()


def test_models_over_known_complexes_are_counted_again():
    whole = pd.read_csv(ROOT / "benchmarks/results/templates.tsv", sep="\t", index_col="id")
    table = whole[whole["partners"] == "unbound"]
    text = (ROOT / "docs/validation.md").read_text()
    found = table[table["templates"] > 0]
    assert f"Of the {len(table)} complexes, these four have a template." in text
    assert f"The other {len(table) - len(found)} have none" in text
    for name, row in found.iterrows():
        cells = next(line for line in text.splitlines() if line.startswith(f"| {name} | {row['template']} |")).split(
            " | "
        )
        identities = [float(one) for one in re.findall(r"\d+", cells[2])]
        assert identities == pytest.approx([100 * row["receptor_identity"], 100 * row["ligand_identity"]], abs=0.51)
        assert float(cells[3]) == pytest.approx(row["dockq_first"], abs=0.0051)
    assert len(found) == 4
    bound = whole[whole["partners"] == "bound"]
    assert (
        f"Of the {len(bound)} others, {(bound['templates'] > 0).sum()} have a template among the {len(whole)}." in text
    )
    bound = bound[bound["models"] > 0]
    assert (bound["best_dockq_top10"] >= 0.23).equals(bound["dockq_first"] >= 0.23)
    least = 100 * bound[["receptor_identity", "ligand_identity"]].min(axis=1)
    for row, low, high in (("any", 0, 100), ("30 to 50 %", 30, 50), ("50 to 70 %", 50, 70), ("70 to 95 %", 70, 95)):
        own = bound.loc[(least >= low) & (least < high), "dockq_first"]
        cells = next(line for line in text.splitlines() if line.startswith(f"| {row} | {len(own)} |")).split(" | ")
        assert float(cells[2].split(" %")[0]) == pytest.approx(100 * (own >= 0.23).mean(), abs=0.51)
        assert float(cells[3].split(" ")[0]) == pytest.approx(own.median(), abs=0.0051)


@pytest.mark.parametrize(
    ("name", "row", "column"),
    [
        ("distance_potential", "| an own potential of that kind", 3),
        ("distance_potential_bm5", "| the same | 139 of the 170", 4),
    ],
)
def test_what_an_own_distance_potential_is_worth_is_counted_again(monkeypatch, name, row, column):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from compare_ranks import change

    table = pd.read_csv(ROOT / f"benchmarks/results/{name}.tsv", sep="\t", index_col="id")
    text = (ROOT / "docs/tried.md").read_text()

    def d(name):
        return change(table["engine"].tolist(), table[name].tolist()).split(";")[0].removeprefix("ln(rank) ")

    said = next(line for line in text.splitlines() if line.startswith(row))
    assert f"| d {d('all')} |" in said
    assert f"{len(table)} antibodies" in said or f"{len(table)} of the 170" in said
    for label, names in (
        ("an eighth", [f"1/8 from {first}" for first in range(8)]),
        ("a quarter", [f"2/8 from {first}" for first in (0, 2, 4, 6)]),
        ("a half", ["4/8 from 0", "4/8 from 4"]),
        ("all", ["all"]),
        ("all, as 18 types", ["18 types"]),
    ):
        line = next(line for line in text.splitlines() if line.startswith(f"| {label} |"))
        mean = np.mean([float(d(name).split(" ")[0]) for name in names])
        assert float(line.split(" | ")[column].split(" ")[0].strip(" |")) == pytest.approx(mean, abs=0.006)


@pytest.fixture
def compared(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from compare_ranks import change
    from docking import TOPS, wilson

    def cells(found):
        shown = []
        for top in TOPS:
            hits = int((found <= top).sum())
            low, high = wilson(hits, len(found))
            shown.append(f"{100 * hits / len(found):.0f} ({100 * low:.0f}-{100 * high:.0f})")
        return shown

    def changed(one, other):
        both = [name for name in one.index if name in other.index]
        said = change(one[both].tolist(), other[both].tolist())
        return "d " + said.split(";")[0].removeprefix("ln(rank) ")

    return cells, changed


def cells_of(row):
    line = next(line for line in TEXT.splitlines() if line.startswith(f"| {row} |"))
    return line.replace("*", "").strip("| ").split(" | ")[1:]


def test_antibodies_with_predicted_antigens_are_counted_again(compared):
    cells, _ = compared
    rows = pd.read_csv(ROOT / "benchmarks/results/abag.tsv", sep="\t", index_col="id")
    rank, poses = rows["first_acceptable_rank"], rows["acceptable_poses"]
    assert rows.index.is_unique
    assert f"The set has {len(rows)} complexes of an antibody" in TEXT
    assert cells_of("loops of the antibody, complete antigen") == [*cells(rank), f"{100 * (poses > 0).mean():.0f}"]
    none, late = re.search(r"Of the 38 complexes, (\d+) have no acceptable pose .*, and (\d+) have one", TEXT).groups()
    assert (int(none), int(late)) == ((poses == 0).sum(), ((poses > 0) & rank.isna()).sum())
    assert rows.index[rows["antibody"] == "no"].tolist() == ["7k7h"]


def test_what_proteinmpnn_adds_is_counted_again(compared):
    cells, changed = compared
    table = pd.read_csv(ROOT / "benchmarks/results/abag_mpnn.tsv", sep="\t", index_col="id")
    docked = ranks("abag").reindex(table.index)
    assert table["rank_by_default"].equals(docked.where(docked <= 100))
    for column, row in (
        ("rank_by_default", "as docked"),
        ("rank_by_score", "score alone"),
        ("first_acceptable_rank", "score and ProteinMPNN"),
        ("rank_by_mpnn", "ProteinMPNN alone"),
    ):
        assert cells_of(row)[:4] == cells(table[column])
    tried = (ROOT / "docs/tried.md").read_text()
    said = changed(docked, table["first_acceptable_rank"])
    assert said in TEXT
    assert said in tried
    assert changed(docked, table["rank_by_mpnn"]) in tried


def test_energies_of_refined_models_are_counted_again(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from compare_ranks import change
    from docking import wilson
    from refined_ranks import RANKINGS

    table = pd.read_csv(ROOT / "benchmarks/results/refined_ranks.tsv", sep="\t", index_col="id")
    docked = ranks("bm5")
    docked.update(ranks("copies_equivalent"))
    docked = docked.reindex(table.index)
    assert table["first_acceptable_rank"].equals(docked.where(docked <= 10))
    found = table.dropna()
    assert (len(table), len(found)) == (40, 21)
    section = TEXT.split("## Energies of refined models")[1].split("\n## ")[0]
    for column, label in (RANKINGS | {"first_acceptable_rank": "docking score"}).items():
        line = next(line for line in section.splitlines() if line.startswith(f"| {label}"))
        cells = []
        for top in (1, 3, 5):
            hits = int((table[column] <= top).sum())
            low, high = wilson(hits, len(table))
            cells.append(f"{100 * hits / len(table):.0f} ({100 * low:.0f}-{100 * high:.0f})")
        assert line.strip("| ").split(" | ")[1:4] == cells
        if column != "first_acceptable_rank":
            said, moved = change(found["first_acceptable_rank"].tolist(), found[column].tolist()).split("; ")
            assert said.removeprefix("ln(rank) ") in line
            rose, fell = (part.split(" ")[0] for part in moved.split(", "))
            assert line.rstrip().endswith(f"| {rose}, {fell} |")


def test_antigens_without_their_ends_are_counted_again(compared):
    cells, changed = compared
    whole, cut = (
        pd.read_csv(ROOT / f"benchmarks/results/{name}.tsv", sep="\t", index_col="id")
        for name in ("abag", "abag_plddt")
    )
    whole = whole.loc[cut.index]
    assert len(cut) == 25
    assert (cut["atoms"] < whole["atoms"]).all()
    section = TEXT.split("### Ends of predicted antigens")[1].split("\n### ")[0]
    for row, table in (("complete", whole), ("without ends below 70", cut)):
        line = next(line for line in section.splitlines() if line.startswith(f"| {row} |"))
        found = [*cells(table["first_acceptable_rank"]), f"{100 * (table['acceptable_poses'] > 0).mean():.0f}"]
        assert line.strip("| ").split(" | ")[1:] == found
    said = changed(whole["first_acceptable_rank"], cut["first_acceptable_rank"])
    assert said in section
    assert said in (ROOT / "docs/tried.md").read_text()


def test_complete_antibodies_are_counted_again(compared):
    cells, changed = compared
    loops, complete = (
        pd.read_csv(ROOT / f"benchmarks/results/{name}.tsv", sep="\t", index_col="id")
        for name in ("abag", "abag_anywhere")
    )
    assert complete.index.tolist() == loops.index.tolist()
    assert (complete["antibody"] == "no").all()
    opened = TEXT.split("### Loops only, or the complete antibody")[1]
    for row, table in (("loops of the antibody", loops), ("complete antibody", complete)):
        line = next(line for line in opened.splitlines() if line.startswith(f"| {row} |"))
        found = [*cells(table["first_acceptable_rank"]), f"{100 * (table['acceptable_poses'] > 0).mean():.0f}"]
        assert line.strip("| ").split(" | ")[1:] == found
    said = changed(loops["first_acceptable_rank"], complete["first_acceptable_rank"])
    assert said in opened
    assert said in (ROOT / "docs/tried.md").read_text()


def test_overlaps_of_pushed_complexes_change_dg_as_the_page_says():
    table = pd.read_csv(ROOT / "benchmarks/results/overlaps.tsv", sep="\t")
    table["share"] = 100 * table["overlaps"] / table["contacts"]
    table["change"] = table["dg"] - table.groupby("complex")["dg"].transform("first")
    solved = table[table["pushed_A"] == 0]
    assert len(solved) == COMPLEXES
    assert f"overlap in {(solved['overlaps'] == 0).mean():.0%} of".replace("%", " %") in TEXT
    assert f"{solved['share'].max():.1f} for each 100 contacts at most" in TEXT
    assert f"pushed together by 6 A gets {table.loc[table['pushed_A'] == 6, 'dg'].min():.0f}" in TEXT
    pushed = table[table["pushed_A"] > 0]
    bands = {"5 to 15": (5, 15), "15 to 25": (15, 25), "25 to 35": (25, 35), "35 to 50": (35, 50)}
    for row, (low, high) in (bands | {"more than 50": (MOST_OVERLAPS, np.inf)}).items():
        own = pushed[(pushed["share"] > low) & (pushed["share"] <= high)]["change"]
        beyond = (own.abs() > PUBLISHED_ERROR_KCAL_MOL).mean()
        assert f"| {row} | {len(own)} | {own.median():.1f} | {100 * beyond:.0f} % |" in TEXT


def test_a_complex_that_is_pushed_together_overlaps_more_and_gets_a_lower_dg(bound_pair):
    specification = importlib.util.spec_from_file_location("overlaps", ROOT / "benchmarks/overlaps.py")
    script = importlib.util.module_from_spec(specification)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        specification.loader.exec_module(script)
    table = pd.DataFrame(script.of_complex("1ppe", *bound_pair("1ppe")))
    assert table["overlaps"].iloc[0] == 0
    assert (table["overlaps"].diff().dropna() >= 0).all()
    assert table["dg"].iloc[-1] < table["dg"].iloc[0] - 10


@pytest.mark.parametrize(
    ("name", "complexes", "heading"), [("partners", 20, "first of 20"), ("partners_others", 16, "first of 16")]
)
def test_how_often_the_partner_is_found_is_counted_again(name, complexes, heading, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import partners

    names, rows = partners.read_rows(ROOT / f"benchmarks/results/{name}.tsv")
    assert names == {"partners": partners.IDS, "partners_others": partners.OTHERS}[name]
    assert len(names) == complexes
    found = partners.indices([[rows[receptor, ligand] for receptor in names] for ligand in names])
    labels = {
        "median polish": "median polish (robust z)",
        "receptor-focused z": "z among the receptor's ligands",
        "ligand-focused z": "z among the ligand's receptors",
    }
    part = TEXT[TEXT.index(f"| partner {heading} |") :].replace("**", "")
    everyone = np.arange(complexes)
    said = 0
    for index, values in found.items():
        line = next(
            (one for one in part.split("\n\n")[0].splitlines() if one.startswith(f"| {labels.get(index, index)} |")),
            None,
        )
        if line is None:
            assert name == "partners_others"
            continue
        said += 1
        cells = [float(cell.split(" ")[0]) for cell in line.split(" | ")[1:4]]
        ranks = partners.partner_ranks(values)
        counted = [partners.area_under_curve(values, everyone), 100 * (ranks <= 1).mean(), (1 / ranks).mean()]
        assert cells == pytest.approx(counted, abs=0.51), index
        assert cells[::2] == pytest.approx(counted[::2], abs=0.0051), index
    assert said >= 9


def test_conformers_along_modes_are_counted_again(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    place = importlib.util.spec_from_file_location("conformers_benchmark", ROOT / "benchmarks/conformers.py")
    benchmark = importlib.util.module_from_spec(place)
    place.loader.exec_module(benchmark)
    table = pd.read_csv(ROOT / "benchmarks/results/conformers.tsv", sep="\t")
    assert table["id"].is_unique
    said = re.search(r"<!-- conformers -->\n(.*?)\n<!-- /conformers -->", TEXT, re.DOTALL)[1]
    assert said == benchmark.summary(table)
    whole, equivalent = (
        pd.read_csv(ROOT / f"benchmarks/results/{name}.tsv", sep="\t", index_col="id")["first_acceptable_rank"]
        for name in ("bm5", "copies_equivalent")
    )
    whole.update(equivalent)
    alone = table.set_index("id")["alone_rank"]
    assert alone.fillna(0).equals(whole[alone.index].fillna(0).rename("alone_rank"))


@pytest.mark.measurement
def test_scores_of_predicted_complexes_are_counted_again(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import cofold_scores

    page = (ROOT / "docs/cofold.md").read_text()

    def said(name):
        return re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", page, re.DOTALL)[1]

    path = ROOT / "benchmarks/results/gpcr_peptides_af3.tsv"
    pairs = cofold_scores.read_pairs(path)
    assert said("cofold_scores") == cofold_scores.summary(pairs, "lis")
    places = pd.read_csv(ROOT / "benchmarks/results/gpcr_peptides_afm.tsv", sep="\t")
    assert said("cofold_places") == cofold_scores.of_places(places)
    assert set(places["receptor"]) <= set(pairs.table["receptor"])
    zero = {name: int((pairs.table[name] == 0).sum()) for name in ("lis", "clis")}
    assert f"iLIS and cLIS for {zero['clis']} pairs, LIS for {zero['lis']}." in page
    share = (pairs.scores["ilis"][~pairs.binds] == 0).mean()
    assert f"iLIS is for {100 * share:.0f} % of them" in (ROOT / "docs/statistics.md").read_text()
    unseen = cofold_scores.read_pairs(path, only="known_before=no")
    left = unseen.specificity("lis")
    there = np.isfinite(left)
    inside = unseen.inside(there)
    both = inside.scores["lis"], left[there]
    areas = [inside.areas(values, [np.arange(len(values))])[0] for values in both]
    firsts = [100 * np.nanmean(inside.first(values)) for values in both]
    assert (
        f"AUC of LIS {areas[0]:.3f}, of its specificity {areas[1]:.3f}; first in {firsts[0]:.0f} and {firsts[1]:.0f} %"
        in page
    )
