"""Drawings of interfaces: whole, with every residue and contact, and fewer crossings than in the chains' order."""

import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from crossdock.analysis.drawing import (
    CLASS_STYLE,
    KIND_STYLE,
    _graph,
    _untangle,
    contact_map,
    crossings,
    interface_drawing,
)
from crossdock.analysis.interface import CLASSES, KINDS, interface_residues, residue_contacts
from crossdock.analysis.surface import areas_together, surface

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module", params=["1emv", "1bvn"])
def interface(request, bound_pair):
    bodies = bound_pair(request.param)
    alone = [surface(body) for body in bodies]
    contacts = residue_contacts(*bodies)
    return contacts, interface_residues(bodies, contacts, (alone[0].area, alone[1].area), areas_together(*alone))


def test_every_residue_and_contact_is_drawn(interface):
    contacts, residues = interface
    names, title = ("A <b>", 'L "1"'), "L on A & B, model 0"
    drawn = ElementTree.fromstring(interface_drawing(contacts, residues, names, title=title))
    texts = [element.text for element in drawn.iter(f"{SVG}text")]
    assert texts[0] == title
    assert set(names) <= set(texts)
    for row in residues[residues["contacts"] > 0].to_dict("records"):
        assert f"{row['residue'].capitalize()} {row['number']} {row['chain']}" in texts
    lines = [element for element in drawn.iter(f"{SVG}line") if element.find(f"{SVG}title") is not None]
    assert len(lines) == len(contacts)
    for kind in KINDS:
        colour = KIND_STYLE[kind][0]
        assert sum(line.get("stroke") == colour for line in lines) == (contacts["kind"] == kind).sum()
    width, height = (float(drawn.get(key)) for key in ("width", "height"))
    for line in lines:
        assert 0 <= float(line.get("x1")) < float(line.get("x2")) <= width
        assert 0 < float(line.get("y1")) < height


def test_lines_cross_less_than_in_the_order_of_the_chains(interface):
    columns, links = _graph(*interface)
    plain = [np.arange(len(column)) for column in columns]
    found = _untangle(links, [len(column) for column in columns])
    assert [sorted(order) for order in found] == [order.tolist() for order in plain]
    assert crossings(links, found) < 0.6 * crossings(links, plain)


def test_crossings_are_counted():
    links = [(0, 1, "", 1), (1, 0, "", 1), (2, 2, "", 1)]
    assert crossings(links, [np.arange(3), np.arange(3)]) == 1
    assert crossings(links, [np.array([1, 0, 2]), np.arange(3)]) == 0


def test_the_map_has_a_square_for_each_contact(interface):
    contacts, _ = interface
    drawn = ElementTree.fromstring(contact_map(contacts, ("R", "L"), title="t"))
    squares = [element for element in drawn.iter(f"{SVG}rect") if element.find(f"{SVG}title") is not None]
    assert len(squares) == len(contacts)
    places = {(square.get("x"), square.get("y")) for square in squares}
    assert len(places) == len(contacts)


def test_an_interface_without_contacts_is_drawn_too(interface, bound_pair):
    contacts, residues = interface
    for document in (
        interface_drawing(contacts[:0], residues[:0], ("R", "L"), title="t"),
        contact_map(contacts[:0], ("R", "L"), title="t"),
    ):
        assert ElementTree.fromstring(document).tag == f"{SVG}svg"


def test_classes_and_kinds_have_a_style_each():
    assert set(CLASSES) | {"other"} == set(CLASS_STYLE)
    assert set(KIND_STYLE) == set(KINDS)
    # Told apart without colour: by sign, and by dashes or width.
    assert len({sign for _, sign in CLASS_STYLE.values()}) == len(CLASS_STYLE)
    assert len({style[1:] for style in KIND_STYLE.values()}) == len(KIND_STYLE)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour, *_ in (*CLASS_STYLE.values(), *KIND_STYLE.values()))


@pytest.mark.parametrize(
    "title", ["short", "a protein of a very long name docked on another one, model 0 (DockQ 0.12)"]
)
def test_eighty_residues_have_room(title):
    """Labels stand apart, in the frame, with a title of any length."""
    rng = np.random.default_rng(5)
    numbers = {"receptor": range(100, 147), "ligand": range(1, 34)}
    plain = {"residue": "TRP", "class": "aromatic", "contacts": 1}
    rows = [
        {"side": side, "chain": side[0].upper(), "number": str(number), **plain}
        for side, column in numbers.items()
        for number in column
    ]
    pairs = {(number, 1 + (number - 100) % 33) for number in numbers["receptor"]}
    pairs |= {(int(rng.integers(100, 147)), int(rng.integers(1, 34))) for _ in range(60)}
    contacts = pd.DataFrame(
        [
            {"receptor_chain": "R", "receptor_number": str(one), "receptor_residue": "TRP"}
            | {"ligand_chain": "L", "ligand_number": str(other), "ligand_residue": "TRP"}
            | {"kind": KINDS[(one + other) % 4], "atom_pairs": 4, "distance_A": 3.2}
            for one, other in pairs
        ]
    )
    drawn = ElementTree.fromstring(interface_drawing(contacts, pd.DataFrame(rows), ("receptor", "ligand"), title=title))
    width, height = (float(drawn.get(key)) for key in ("width", "height"))
    labels = [text for text in drawn.iter(f"{SVG}text") if (text.text or "").startswith("Trp ")]
    assert len(labels) == 80
    for x in {label.get("x") for label in labels}:
        places = sorted(float(label.get("y")) for label in labels if label.get("x") == x)
        assert min(np.diff(places)) >= 16
        assert places[-1] < height - 60
    for text in drawn.iter(f"{SVG}text"):
        start, size = (
            float(text.get("x")),
            (0.62 if text.get("font-weight") else 0.56) * float(text.get("font-size")) * len(text.text),
        )
        assert start - (size if text.get("text-anchor") == "end" else 0) >= 0
        assert start + (size if text.get("text-anchor") == "start" else 0) <= width


def test_kinds_differ_in_grey():
    """Printed without colour, squares of the map are told apart by their lightness."""
    greys = []
    for colour, *_ in KIND_STYLE.values():
        red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        greys.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    assert min(np.diff(sorted(greys))) > 15
