"""Tables of the server's pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


def tables_of(html: str) -> list[list[list[str]]]:
    """Read the tables of a page.

    Returns
    -------
    list of list of list of str
        Tables, rows, texts of cells; a cell that spans rows is empty in all but the first.
    """
    reader = _Tables()
    reader.feed(html)
    return reader.tables


@dataclass
class _Table:
    """A table that is being read: its rows, for each column the rows that its last cell still spans, the open cell."""

    rows: list[list[str]] = field(default_factory=list)
    spans: dict[int, int] = field(default_factory=dict)
    cell: list[str] | None = None
    rowspan: int = 1

    def fill_spans(self) -> None:
        """Put empty cells where those of rows above reach down."""
        row = self.rows[-1]
        while self.spans.get(len(row), 0):
            self.spans[len(row)] -= 1
            row.append("")


class _Tables(HTMLParser):
    """Tables of a page, those inside others too."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._open: list[_Table] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append(_Table())
            self.tables.append(self._open[-1].rows)
        elif not self._open:
            return
        elif tag == "tr":
            self._open[-1].rows.append([])
        elif tag in ("td", "th") and self._open[-1].rows:
            table = self._open[-1]
            table.fill_spans()
            span = dict(attrs).get("rowspan") or "1"
            table.cell, table.rowspan = [], int(span) if span.isdecimal() else 1

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].cell is not None:
            self._open[-1].cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        if not self._open:
            return
        table = self._open[-1]
        if tag in ("td", "th") and table.cell is not None:
            row = table.rows[-1]
            if table.rowspan > 1:
                table.spans[len(row)] = table.rowspan - 1
            row.append(" ".join("".join(table.cell).split()))
            table.cell = None
        elif tag == "tr" and table.rows:
            table.fill_spans()
        elif tag == "table":
            self._open.pop()
