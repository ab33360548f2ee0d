"""The interface of a model as a drawing: residues of both sides in columns, lines for what holds them; and as a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.analysis.interface import plain_rows

#: Colours of the residue classes, as in PDBsum and in the study's Figure 4, and a sign for print and for readers who
#: do not tell them apart.
CLASS_STYLE = {
    "positive": ("#3465c8", "+"),
    "negative": ("#c8312b", "−"),
    "neutral": ("#2f8f4e", "○"),
    "aliphatic": ("#7a7a7a", "▪"),
    "aromatic": ("#8a4fa8", "⬡"),
    "Pro/Gly": ("#d9822b", "◇"),
    "Cys": ("#b59a00", "S"),
    "other": ("#444444", "?"),
}
#: Colour, dashes and width of the lines of each kind of contact; kinds differ in all three, the colours in grey too.
KIND_STYLE = {
    "disulfide": ("#b59a00", "", 5.0),
    "salt bridge": ("#c8312b", "", 3.0),
    "hydrogen bond": ("#12a3ad", "7 4", 2.0),
    "non-bonded": ("#b8b8b8", "2 3", 1.0),
}
#: Widest line of a non-bonded contact, and the atom pairs that it stands for.
WIDEST, MOST_PAIRS = 4.0, 20
_ROW, _LABEL, _GAP, _MARGIN, _HEAD = 20, 118, 230, 16, 64


class _Canvas:
    """An SVG document in the making."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.root = Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")
        self.root.set("viewBox", f"0 0 {_text(width)} {_text(height)}")
        self.root.set("width", _text(width))
        self.root.set("height", _text(height))
        self.root.set("font-family", "Helvetica, Arial, sans-serif")
        SubElement(self.root, "title").text = title
        self.add("rect", width=width, height=height, fill="white")
        self.write(_MARGIN, 20, title, size=13, weight="bold")

    def add(self, tag: str, *, within: Element | None = None, hint: str = "", **attributes: Any) -> Element:
        """Add an element; `hint` is shown where the pointer rests."""
        made = SubElement(self.root if within is None else within, tag)
        for key, value in attributes.items():
            made.set(key.replace("_", "-"), _text(value) if isinstance(value, int | float) else str(value))
        if hint:
            SubElement(made, "title").text = hint
        return made

    def write(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        anchor: str = "start",
        fill: str = "#111",
        **others: Any,
    ) -> None:
        """Write words."""
        attributes: dict[str, Any] = {f"font_{key}" if key == "weight" else key: value for key, value in others.items()}
        self.add("text", x=x, y=y, font_size=size, text_anchor=anchor, fill=fill, **attributes).text = text

    def finished(self) -> str:
        """Give the document."""
        return tostring(self.root, encoding="unicode") + "\n"


def _text(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def interface_drawing(contacts: pd.DataFrame, residues: pd.DataFrame, names: Sequence[str], *, title: str) -> str:
    """Draw the interface of a model.

    Parameters
    ----------
    contacts : DataFrame
        As `residue_contacts` gives.
    residues : DataFrame
        As `interface_residues` gives; those with a contact are drawn.
    names : sequence of str
        Of receptor and ligand.
    title : str

    Returns
    -------
    str
        An SVG document.
    """
    columns, links = _graph(contacts, residues)
    orders = _untangle(links, [len(column) for column in columns])
    most = max(1, *map(len, columns))
    height, width = _HEAD + _ROW * most + 104, _wide(2 * (_MARGIN + _LABEL) + _GAP, title)
    canvas = _Canvas(width, height, title)
    rows = [_heights(order, most) for order in orders]
    ends = _MARGIN + _LABEL, width - _MARGIN - _LABEL
    # Strong contacts lie over weak ones.
    for kind in reversed(KIND_STYLE):
        for left, right, own, pairs in links:
            if own == kind:
                hint = f"{columns[0][left].label}, {columns[1][right].label}: {kind}, {_counted(pairs)}"
                keys = f"{columns[0][left].key} {columns[1][right].key}"
                _line(
                    canvas, (ends[0], rows[0][left]), (ends[1], rows[1][right]), kind, _width(kind, pairs), hint, keys
                )
    canvas.write(_MARGIN, _HEAD - 14, names[0], size=13)
    canvas.write(width - _MARGIN, _HEAD - 14, names[1], size=13, anchor="end")
    for column, places, x in zip(columns, rows, (_MARGIN, ends[1]), strict=True):
        for number, residue in enumerate(column):
            _residue(canvas, x, places[number], residue)
    _legend(canvas, height)
    return canvas.finished()


def contact_map(contacts: pd.DataFrame, names: Sequence[str], *, title: str) -> str:
    """Draw which residues of the two sides touch, in the order of their chains.

    Parameters
    ----------
    contacts : DataFrame
        As `residue_contacts` gives.
    names : sequence of str
        Of receptor and ligand.
    title : str

    Returns
    -------
    str
        An SVG document; a square is as large as its contact has atom pairs, in the colour of its kind.
    """
    sides = []
    for side in ("receptor", "ligand"):
        names_of = (contacts[f"{side}_{what}"].tolist() for what in ("chain", "number", "residue"))
        keys = sorted(dict.fromkeys(zip(*names_of, strict=True)), key=lambda key: (key[0], _order(key[1])))
        sides.append({key[:2]: (place, _label(*key)) for place, key in enumerate(keys)})
    cell, room = 14, 96
    top, size = _HEAD + room, [cell * len(side) for side in sides]
    height = top + size[1] + 70
    canvas = _Canvas(_wide(max(room + size[0] + _MARGIN, 480), title), height, title)
    canvas.write(_MARGIN, 42, f"{names[0]} across, {names[1]} down", size=12)
    for key, (place, label) in sides[0].items():
        turn = f"translate({room + cell * place + 10} {top - 5}) rotate(-90)"
        canvas.write(0, 0, label, size=9, transform=turn, data_residues=_key("receptor", *key))
    for key, (place, label) in sides[1].items():
        canvas.write(room - 5, top + cell * place + 10, label, size=9, anchor="end", data_residues=_key("ligand", *key))
    canvas.add("rect", x=room, y=top, width=size[0], height=size[1], fill="none", stroke="#999")
    for row in plain_rows(contacts):
        ends = [(row[f"{side}_chain"], row[f"{side}_number"]) for side in ("receptor", "ligand")]
        across, down = sides[0][ends[0]], sides[1][ends[1]]
        edge = cell * (0.35 + 0.6 * min(1.0, row["atom_pairs"] / MOST_PAIRS))
        canvas.add(
            "rect",
            hint=f"{across[1]}, {down[1]}: {row['kind']}, {row['distance_A']:g} Å, {_counted(row['atom_pairs'])}",
            x=room + cell * (across[0] + 0.5) - edge / 2,
            y=top + cell * (down[0] + 0.5) - edge / 2,
            width=edge,
            height=edge,
            fill=KIND_STYLE[row["kind"]][0],
            stroke="#555",
            stroke_width=0.5,
            data_residues=f"{_key('receptor', *ends[0])} {_key('ligand', *ends[1])}",
        )
    x = float(_MARGIN)
    for kind, (colour, *_) in KIND_STYLE.items():
        canvas.add("rect", x=x, y=height - 54, width=10, height=10, fill=colour, stroke="#555", stroke_width=0.5)
        canvas.write(x + 15, height - 45, kind, size=10)
        x += 30 + 5.6 * len(kind)
    canvas.write(_MARGIN, height - 27, _TOUCHING, size=10)
    canvas.write(_MARGIN, height - 13, "The more pairs of atoms, the larger a square.", size=10)
    return canvas.finished()


#: What counts as a contact (`residue_contacts`).
_TOUCHING = "Residues with heavy atoms within 5 Å; chain letters are those of the model files."


def _counted(pairs: int) -> str:
    return f"{pairs} atom pair{'s' if pairs != 1 else ''} within 5 Å"


def _wide(width: float, title: str) -> float:
    """Give the width of a drawing that has room for its title."""
    return max(width, 2 * _MARGIN + 8.1 * len(title))


class _Drawn(NamedTuple):
    """A residue of the drawing: its label, its class, and the name by which a page finds it."""

    label: str
    kind: str
    key: str


def _key(side: str, chain: str, number: str) -> str:
    return f"{side}.{chain}:{number}"


def _label(chain: str, number: str, residue: str) -> str:
    return f"{residue.capitalize()} {number} {chain}"


def _order(number: str) -> tuple[int, str]:
    """Sort residue numbers as numbers, insertion codes behind."""
    digits = number.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    return int(digits), number[len(digits) :]


def _graph(
    contacts: pd.DataFrame, residues: pd.DataFrame
) -> tuple[list[list[_Drawn]], list[tuple[int, int, str, int]]]:
    """Number the residues of each side; give what is drawn of each, and the contacts by those numbers."""
    columns, places = [], []
    for side in ("receptor", "ligand"):
        table = [row for row in plain_rows(residues) if row["side"] == side and row["contacts"] > 0]
        table.sort(key=lambda row: (row["chain"], _order(row["number"])))
        columns.append(
            [
                _Drawn(
                    _label(row["chain"], row["number"], row["residue"]),
                    row["class"],
                    _key(side, row["chain"], row["number"]),
                )
                for row in table
            ]
        )
        places.append({(row["chain"], row["number"]): number for number, row in enumerate(table)})
    links = [
        (
            places[0][row["receptor_chain"], row["receptor_number"]],
            places[1][row["ligand_chain"], row["ligand_number"]],
            row["kind"],
            int(row["atom_pairs"]),
        )
        for row in plain_rows(contacts)
    ]
    return columns, links


#: A line: the residues of receptor and ligand by their places in the columns, the kind, its atom pairs.
Link = tuple[int, int, str, int]


def crossings(links: Sequence[Link], orders: Sequence[NDArray[np.int64]]) -> int:
    """Count the pairs of lines that cross when the residues of both sides stand in the given orders."""
    place = [np.argsort(order) for order in orders]
    left = np.array([place[0][link[0]] for link in links])
    right = np.array([place[1][link[1]] for link in links])
    return int(((left[:, None] < left) & (right[:, None] > right)).sum())


def _untangle(links: Sequence[Link], sizes: Sequence[int], *, sweeps: int = 24) -> list[NDArray[np.int64]]:
    """Find orders of both sides with few crossings: each residue to the mean place of its partners, in turn.

    The barycentre heuristic of Sugiyama et al. 1981 (IEEE Trans Syst Man Cybern 11:109), from the order of the chains;
    the best of all sweeps is kept.
    """
    orders: list[NDArray[np.int64]] = [np.arange(size, dtype=np.int64) for size in sizes]
    if not links:
        return orders
    best, fewest = orders, crossings(links, orders)
    ends = np.array([link[:2] for link in links])
    for sweep in range(sweeps):
        moved, held = (1, 0) if sweep % 2 == 0 else (0, 1)
        place = np.argsort(orders[held])
        sums = np.bincount(ends[:, moved], weights=place[ends[:, held]], minlength=sizes[moved])
        means = sums / np.maximum(np.bincount(ends[:, moved], minlength=sizes[moved]), 1)
        new = np.argsort(means, kind="stable")
        orders = [new, orders[1]] if moved == 0 else [orders[0], new]
        if (count := crossings(links, orders)) < fewest:
            best, fewest = orders, count
    return best


def _heights(order: NDArray[np.int64], rows: int) -> dict[int, float]:
    """Give the height of each residue; the shorter column is spread over the longer one's."""
    step = _ROW * rows / max(1, len(order))
    return {int(residue): _HEAD + step * (place + 0.5) for place, residue in enumerate(order)}


def _width(kind: str, pairs: int) -> float:
    """Give the width of a line; that of a non-bonded contact grows with its atom pairs."""
    if kind == "non-bonded":
        return 1.0 + (WIDEST - 1.0) * min(1.0, pairs / MOST_PAIRS)
    return KIND_STYLE[kind][2]


def _line(
    canvas: _Canvas,
    start: tuple[float, float],
    end: tuple[float, float],
    kind: str,
    width: float,
    hint: str = "",
    residues: str = "",
) -> None:
    colour, dashes, _ = KIND_STYLE[kind]
    broken: dict[str, Any] = {"stroke_dasharray": dashes} if dashes else {}
    places: dict[str, Any] = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    if residues:
        places["data_residues"] = residues
    canvas.add("line", hint=hint, stroke=colour, stroke_width=width, **broken, **places)


def _residue(canvas: _Canvas, x: float, y: float, residue: _Drawn) -> None:
    colour, sign = CLASS_STYLE[residue.kind]
    group = canvas.add("g", hint=f"{residue.label}, {residue.kind}", data_residues=residue.key)
    frame: dict[str, Any] = {"x": x, "y": y - 8, "width": _LABEL, "height": 16, "rx": 8}
    canvas.add("rect", within=group, fill="white", stroke=colour, stroke_width=2, **frame)
    canvas.add("circle", within=group, cx=x + 9, cy=y, r=7, fill=colour)
    canvas.write(x + 9, y + 3.5, sign, size=10, anchor="middle", fill="white", within=group)
    canvas.write(x + 22, y + 4, residue.label, size=11, within=group)


def _kinds(canvas: _Canvas, y: float) -> None:
    """Say what the lines mean."""
    x = float(_MARGIN)
    for kind in KIND_STYLE:
        _line(canvas, (x, y - 4), (x + 26, y - 4), kind, max(1.5, KIND_STYLE[kind][2]))
        canvas.write(x + 31, y, kind, size=10)
        x += 44 + 5.6 * len(kind)


def _legend(canvas: _Canvas, height: float) -> None:
    """Say what lines and colours mean."""
    canvas.write(_MARGIN, height - 72, _TOUCHING, size=10)
    canvas.write(_MARGIN, height - 58, "The more pairs of atoms, the wider a grey line.", size=10)
    _kinds(canvas, height - 38)
    x = float(_MARGIN)
    for kind, (colour, sign) in CLASS_STYLE.items():
        if kind == "other":
            continue
        canvas.add("circle", cx=x + 6, cy=height - 20, r=6, fill=colour)
        canvas.write(x + 6, height - 17, sign, size=9, anchor="middle", fill="white")
        canvas.write(x + 15, height - 17, kind, size=10)
        x += 23 + 5.2 * len(kind)
