"""Tables of the server's pages."""

from __future__ import annotations

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


class _Tables(HTMLParser):
    """Tables of a page as rows of texts; a cell that spans rows is repeated as an empty one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._spans: dict[int, int] = {}
        self._cell: list[str] | None = None
        self._rowspan = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
            self._spans = {}
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self._fill_spans()
            self._cell = []
            span = dict(attrs).get("rowspan") or "1"
            self._rowspan = int(span) if span.isdecimal() else 1

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            row = self.tables[-1][-1]
            if self._rowspan > 1:
                self._spans[len(row)] = self._rowspan - 1
            row.append(" ".join("".join(self._cell).split()))
            self._cell = None
        elif tag == "tr" and self.tables and self.tables[-1]:
            self._fill_spans()

    def _fill_spans(self) -> None:
        row = self.tables[-1][-1]
        while self._spans.get(len(row), 0) and self._begun_before(len(row)):
            self._spans[len(row)] -= 1
            row.append("")

    def _begun_before(self, column: int) -> bool:
        return len(self.tables[-1]) > 1 and column < len(self.tables[-1][-2])
