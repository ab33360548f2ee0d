"""Tables for the terminal, compared with rows laid out by hand and with the standard library's wrapping."""

import textwrap

import pytest

from crossdock import terminal

ROWS = [
    ("name", "job", "what it holds"),
    ("p0123456789ab", "1000", "trypsin inhibitor-like protein of a bitter gourd"),
    ("", "-", ""),
    ("007", "1e5", "True"),
    ("a", "1.50", "\x1b[31mred\x1b[0m, \u00c5 and 50%"),
]


def test_columns_are_as_wide_as_their_cells():
    assert terminal.table(ROWS[:4], right={1}) == [
        "name            job  what it holds",
        "p0123456789ab  1000  trypsin inhibitor-like protein of a bitter gourd",
        "                  -",
        "007             1e5  True",
    ]
    assert terminal.table([("one", "two")]) == ["one  two"]
    assert terminal.table([("a", ""), ("bb", "")]) == ["a", "bb"]


@pytest.mark.parametrize("width", [16, 30, 40, 60, 200])
def test_a_terminal_is_kept_to_and_no_word_is_lost(width):
    widths = terminal.fitted(ROWS[:4], width)
    assert sum(widths) + 2 * (len(widths) - 1) <= width
    assert terminal.rule(widths) == "  ".join("-" * one for one in widths)
    for row in ROWS[:4]:
        laid = terminal.lines(row, widths)
        sized = zip(row, widths, strict=True)
        wrapped = [textwrap.wrap(cell, size, break_on_hyphens=False) or [""] for cell, size in sized]
        assert len(laid) == max(map(len, wrapped))
        for i, line in enumerate(laid):
            cells = [cell[i] if i < len(cell) else "" for cell in wrapped]
            assert line == "  ".join(cell.ljust(size) for cell, size in zip(cells, widths, strict=True)).rstrip()


def test_cells_are_broken_between_words_first():
    assert terminal.fitted(ROWS[:4], 34) == [13, 4, 13]
    assert terminal.fitted(ROWS[:4], 30) == [11, 4, 11]
    assert terminal.lines(("", ""), [3, 4]) == [""]


def test_colors_take_no_room():
    red, plain = (terminal.lines(row, [3, 6, 20]) for row in (ROWS[4], ("a", "1.50", "red, \u00c5 and 50%")))
    assert [line.replace("\x1b[31m", "").replace("\x1b[0m", "") for line in red] == plain
