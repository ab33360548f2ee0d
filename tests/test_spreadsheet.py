"""Tables as spreadsheets of any country write them: read right, or refused with the cell, never silently wrong."""

import math
from pathlib import Path

import pytest

from crossdock.analysis.compare import read_claims
from crossdock.analysis.table import read_matrix, read_sizes
from crossdock.cli import main
from crossdock.errors import InputError
from crossdock.panel.panel import load_panel
from crossdock.spreadsheet import numbers, read_sheet

CASES = Path(__file__).parent / "data/cases"
#: One table, in many spellings.
SCORES = {"R1": {"L1": -12.5, "L2": -8.75}, "R2": {"L1": -1234.75, "L2": 3.0}}


def written(tmp_path, content, encoding="utf-8"):
    path = tmp_path / "table.csv"
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "ligand,R1,R2\nL1,-12.5,-1234.75\nL2,-8.75,3\n",
        'ligand,R1,R2\nL1,"-12.5","-1,234.75"\nL2,-8.75,3.0\n',
        'ligand,R1,R2\nL1,"-12,5","-1.234,75"\nL2,"-8,75",3\n',
        "ligand;R1;R2\r\nL1;-12,5;-1.234,75\r\nL2;-8,75;3,0\r\n",
        "ligand;R1;R2\rL1;-12,5;-1234,75\rL2;-8,75;3\r",
        "ligand\tR1\tR2\nL1\t-12.5\t-1 234.75\nL2\t-8.75\t3\n",
        "ligand;R1;R2\nL1;-12,5;-1\u202f234,75\nL2;-8,75;3\n",
        "ligand;R1;R2\nL1;-12,5;-1\u00a0234,75\nL2;-8,75;3\n",
        "ligand;R1;R2\nL1;-12.5;-1'234.75\nL2;-8.75;3\n",
        "ligand,R1,R2\nL1,\u221212.5,\u22121234.75\nL2,\u20138.75,+3\n",
        "ligand,R1,R2\nL1,-1.25e1,-1.23475E3\nL2,-8.75,3.\n",
        "ligand,R1,R2,,\nL1,-12.5,-1234.75,,\nL2,-8.75,3,,\n,,,,\n,,,,\n",
        "\n\nligand,R1,R2\n\nL1,-12.5,-1234.75\n\nL2,-8.75,3\n\n",
        "ligand,R1,,R2\nL1,-12.5,,-1234.75\nL2,-8.75,,3\n",
        "sep=;\nligand;R1;R2\nL1;-12,5;-1234,75\nL2;-8,75;3\n",
        'sep=|\nligand|R1|R2\nL1|"-12.5"|-1234.75\nL2|-8.75|3\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_scores_of_any_country(tmp_path, text, encoding):
    assert read_matrix(written(tmp_path, text, encoding)).to_dict() == SCORES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ligand;R1;R2\nL1;-12,5;-8.75\nL2;1;2\n", ["L1 on R2", "'-8.75'", "'-12,5'", "decimal point"]),
        ("ligand;R1;R2\nL1;1,234;2,345\nL2;1;2\n", ["L1 on R1", "'1,234' may be 1.234 or 1234"]),
        ('ligand,R1,R2\nL1,"1,234","2,345"\nL2,1,2\n', ["L1 on R1", "'1,234' may be 1.234 or 1234"]),
        ("ligand;R1;R2\nL1;-1.234;-2.345\nL2;1;2\n", ["L1 on R1", "'-1.234' may be -1.234 or -1234"]),
        ("ligand,R1,R2\nL1,-12,5,-8,75\nL2,-1,5,-2,5\n", ["line 2", "use semicolons or tabs"]),
        ("ligand,R1,R2\nL1,-12,34.5.6\nL2,1,2\n", ["L1 on R2", "'34.5.6'"]),
        ("ligand,R1,R2\nL1,-12,1 2\nL2,1,2\n", ["L1 on R2", "expected a number, got '1 2'"]),
        ("ligand,R1,R2\nL1,-12,1_000\nL2,1,2\n", ["L1 on R2", "expected a number, got '1_000'"]),
        ("ligand,R1,R2\nL1,-12,5%\nL2,1,2\n", ["L1 on R2", "expected a number, got '5%'"]),
        ("ligand,R1,R2\nL1,-12,(5)\nL2,1,2\n", ["L1 on R2", "expected a number, got '(5)'"]),
        ("ligand,R1,R2\nL1,-12,#DIV/0!\nL2,1,2\n", ["L1 on R2", "expected a number, got '#DIV/0!'"]),
        ('ligand,R1,R2\nL1,-12.5,"1,23,456"\nL2,1,2\n', ["L1 on R2", "expected a number, got '1,23,456'"]),
        ('ligand,R1,R2\nL1,-12.5,"0,123"\nL2,1,2\n', ["L1 on R2", "'0,123' (L1 on R2) a decimal comma"]),
        ("ligand,R1,R2\nL1,-12,inf\nL2,1,2\n", ["L1 on R2", "expected a finite number, got 'inf'"]),
        ("ligand,R1,R2\nL1,-12,-Infinity\nL2,1,2\n", ["L1 on R2", "expected a finite number"]),
        ("ligand,R1,R2\nL1,-12,1e999\nL2,1,2\n", ["L1 on R2", "expected a finite number, got '1e999'"]),
        ("ligand,R1,R2\nL1,-12,n.d.\nL2,NA,-\n", ["too few pairs have a score (1)"]),
        ("ligand,R1,R2\nL1,-12\nL2,1,2\n", ["too few pairs have a score (3)"]),
        ("ligand,R1,\nL1,-12,5\nL2,1,2\n", ["line 2", "expected 2 cells, got 3"]),
        ("ligand,R1,,R2\nL1,-12,5,6\nL2,1,,2\n", ["column 3 has cells but no heading"]),
        ("ligand,R1,R2\n,1,2\nL2,1,2\n", ["line 2", "the ligand has no name"]),
        ('ligand,R1,R2\nL1,"1,2\nL2,1,2\n', ["line 2", "cannot be read as a table"]),
        ("", ["is empty"]),
        (";;;\n;;\n", ["is empty"]),
    ],
)
def test_what_cannot_be_read_right_is_refused(tmp_path, text, expected, capsys):
    assert main(["specificity", str(written(tmp_path, text))]) == 2
    output = capsys.readouterr().err
    assert "crossdock-error" not in output
    for word in expected:
        assert word in output, output


def test_bytes_that_are_no_text(tmp_path, capsys):
    for content in (b"ligand,R1\nL\xc5,1\n", b"\x89PNG\r\n\x1a\n\0\0\0", b"PK\x03\x04\0\0\0\0ab"):
        (tmp_path / "x.csv").write_bytes(content)
        assert main(["specificity", str(tmp_path / "x.csv")]) == 2
        assert "text" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["", "NA", "n/a", "-", "\u2014", "n.d.", "N.D.", "nan", "#N/A", "?", "."])
def test_what_says_that_there_is_no_number(word):
    found = numbers([("a", word), ("b", "1,5"), ("c", "2")], ";")
    assert math.isnan(found[0])
    assert found[1:] == [1.5, 2.0]


def test_points_are_decimals_where_nothing_else_is_shown():
    assert numbers([("a", "1.234"), ("b", "-2.345")], ",") == [1.234, -2.345]
    assert numbers([("a", "1.234"), ("b", "2.5")], ";") == [1.234, 2.5]
    assert numbers([("a", "1.234"), ("b", "2,5")], ";") == [1234, 2.5]
    assert numbers([("a", "1,234"), ("b", "2.5")], "\t") == [1234, 2.5]
    assert numbers([("a", "12345,678"), ("b", "1")], ";") == [12345.678, 1]


def test_infinite_cells_are_named(capsys):
    assert main(["specificity", str(CASES / "inf.csv")]) == 2
    assert "inf.csv, L2 on R2: expected a finite number, got 'inf'" in capsys.readouterr().err


def test_names_may_hold_what_separates_cells(tmp_path):
    table = read_matrix(written(tmp_path, 'ligand;"IL-2; human";R2, mouse\n"a ""b""";-1,5;2\n'))
    assert table.columns.tolist() == ["IL-2; human", "R2, mouse"]
    assert table.index.tolist() == ['a "b"']
    assert read_matrix(written(tmp_path, "ligand,R1;x,R2\nL1,1,2\n")).columns.tolist() == ["R1;x", "R2"]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    sheet = read_sheet(
        written(tmp_path, '# remark\r\nname,note\r\na,"two\r\nlines"\r\n\r\nb,x\r\n'), "list", remarks=True
    )
    assert sheet.rows == [(3, ["a", "two\nlines"]), (6, ["b", "x"])]


def test_sizes_of_any_country(tmp_path):
    assert read_sizes(written(tmp_path, "protein;size;\nNA;1.234;\nB;99,5;\n")).to_dict() == {"NA": 1234, "B": 99.5}
    for text, expected in (
        ("protein,size\nA,0\n", "expected a size above 0, got '0'"),
        ("protein,size\nA,n.d.\n", "expected a size above 0, got 'n.d.'"),
        ("protein,size\nA,1\nA,2\n", "'A' appears twice"),
        ("protein,length\nA,1\n", "expected columns protein,size"),
    ):
        with pytest.raises(InputError, match=expected):
            read_sizes(written(tmp_path, text))


def test_claims_of_any_country(tmp_path):
    claims = read_claims(written(tmp_path, "claim;receptor;ligands;\r\nbest;AR;CD81 FGF2;\r\n;;;\r\n", "utf-16"))
    assert claims.to_dict("list") == {"claim": ["best"], "receptor": ["AR"], "ligands": [["CD81", "FGF2"]]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_lists_of_proteins_of_any_country(tmp_path, encoding, ends, mark):
    rows = [
        ["name", "entry", "chains", "repair", "model", "note", "", ""],
        ["NO", "1e10", "A B", "Yes", "2", '"on; off, or both"', "", ""],
        ["007", "7mws", "", "", "", "", "", ""],
        [""] * 8,
    ]
    (tmp_path / "list.csv").write_bytes(ends.join(mark.join(row) for row in rows).encode(encoding))
    panel = load_panel({"receptors": str(tmp_path / "list.csv"), "ligands": [{"name": "x", "entry": "1bfg"}]})
    first, second = panel.receptors
    assert (first.name, first.entry.id, first.chains, first.repair, first.model) == ("NO", "1e10", ("A", "B"), True, 2)
    assert first.note == "on; off, or both"
    assert (second.name, second.entry.id, second.chains) == ("007", "7mws", ())


def test_a_published_table_is_looked_over_before_any_work(tmp_path):
    config = {"receptors": [{"name": "R1", "entry": "7mws"}], "ligands": [{"name": "L1", "entry": "1bfg"}]}
    load_panel(config | {"published": str(written(tmp_path, "ligand;R1;R2\nL1;-12,5;n.d.\n", "utf-16"))})
    for text, expected in (
        ("ligand,R1\nL1,strong\n", "L1 on R1: expected a number, got 'strong'"),
        ("protein,R1\nL1,1\n", "expected a first column `ligand`"),
        ("ligand,R1\nL1,inf\n", "expected a finite number"),
    ):
        with pytest.raises(InputError, match=expected):
            load_panel(config | {"published": str(written(tmp_path, text))})
