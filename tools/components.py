"""Make the table of modified residues, `src/crossdock/entries/components.csv`.

Usage, from the top of the checkout, with biotite installed (`pip install biotite`, part of the extra `dev`)::

    python tools/components.py

biotite ships the wwPDB's Chemical Component Dictionary, which is in the public domain (CC0). What is taken from it, one
component a row: residues that link into peptides, and nucleotides. The first line of the table says of which day the
dictionary is. Columns:

name
    Component id.
kind
    ``L``, ``D``, or ``-`` for amino acids without a handedness on record; ``beta`` for beta and gamma amino acids and
    what the dictionary calls peptide-like; ``RNA`` or ``DNA``.
parent
    The standard amino acid that the component is made from; empty for nucleotides, for what is made from several
    residues (the chromophore of a fluorescent protein) and for what has no backbone.
by
    ``record`` where the dictionary names the parent, ``match`` where it does not and the parent is the standard amino
    acid that has most of its atoms in common with the component.
atoms
    Heavy atoms. ``SE=SD`` is an atom that has another name in the parent; ``CD1=`` one that is no atom of the parent
    although its name is.

Atoms are compared by what they are bonded to, not by name: the largest part of the parent, from CA outwards, that is
found in the component with the same elements and bonds, where equal names decide between equal parts.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import biotite
from biotite.structure.info import get_ccd

TABLE = Path(__file__).parent.parent / "src" / "crossdock" / "structures" / "components.csv"
_TWENTY = "ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL"
STANDARD = _TWENTY.split()
COLUMNS = ("name", "kind", "parent", "by", "atoms")

#: Elements of one column of the periodic table, of which one stands for another in a residue (selenium for sulphur).
CHALCOGENS = frozenset({"O", "S", "SE", "TE"})

# What an atom adds to a match: one of the same element, of its column, of another element (worth it where more lies
# behind, as in thialysine, which has a sulphur inside its chain) and, among equals, one of the same name.
_SAME, _LIKE, _OTHER, _SAME_NAME = 1.0, 0.9, -0.1, 0.01

#: Smallest share of atoms that something peptide-like has in common with the residue that it is taken for.
LEAST_LIKENESS = 0.5

#: Components that stand for more than one residue, which `amino_acids.py` tells apart by their atoms.
AMBIGUOUS = ("ASX", "GLX", "UNK")

#: Longest way from N to C in bonds for a component that is one residue: 2 in alpha, 3 in beta, 4 in gamma amino acids.
LONGEST_BACKBONE = 4


@dataclass(frozen=True)
class Component:
    """One component of the dictionary: `elements` of its heavy atoms by name, and the `bonds` between them."""

    name: str
    type: str
    parent: str
    elements: dict[str, str]
    bonds: dict[str, set[str]]

    @cached_property
    def from_ca(self) -> list[tuple[str, list[str]]]:
        """Atoms from CA outwards, each with those before it that it is bonded to."""
        order = ["CA"]
        for atom in order:
            order += [other for other in sorted(self.bonds[atom]) if other not in order]
        return [(atom, [other for other in order[:i] if other in self.bonds[atom]]) for i, atom in enumerate(order)]


def read_dictionary() -> tuple[str, list[Component]]:
    """Give the day of the newest change in the dictionary, and its components."""
    block = get_ccd()
    table = {name: block["chem_comp"][name].as_array(str) for name in block["chem_comp"]}
    elements: dict[str, dict[str, str]] = defaultdict(dict)
    atoms = [block["chem_comp_atom"][name].as_array(str).tolist() for name in ("comp_id", "atom_id", "type_symbol")]
    for component, atom, element in zip(*atoms, strict=True):
        if element not in ("H", "D"):
            elements[component][atom] = element.upper()
    bonds: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    pairs = [block["chem_comp_bond"][name].as_array(str).tolist() for name in ("comp_id", "atom_id_1", "atom_id_2")]
    for component, a, b in zip(*pairs, strict=True):
        if a in elements[component] and b in elements[component]:
            bonds[component][a].add(b)
            bonds[component][b].add(a)
    rows = zip(table["id"].tolist(), table["type"].tolist(), table["mon_nstd_parent_comp_id"].tolist(), strict=True)
    components = [
        Component(name, kind.upper(), parent.strip(" ?.").upper(), elements[name], bonds[name])
        for name, kind, parent in rows
    ]
    return max(table["pdbx_modified_date"].tolist()), components


def kind_of(component: Component) -> str | None:
    """Give the kind of a component as the table names it, or None for what the table leaves out."""
    kind = component.type
    if "RNA" in kind or "DNA" in kind:
        return "RNA" if "RNA" in kind else "DNA"
    if "PEPTIDE" not in kind or component.name in (*STANDARD, *AMBIGUOUS):
        return None
    if "LIKE" in kind or "BETA" in kind or "GAMMA" in kind:
        return "beta"
    return kind[0] if kind[:2] in ("L-", "D-") else "-"


def match(parent: Component, component: Component, *, through_others: bool = False) -> dict[str, str]:
    """Find the largest part of a parent, from CA outwards, in a component.

    Parameters
    ----------
    parent, component : Component
    through_others : bool
        Whether an atom of another element may stand between those of the same. Of a parent on record that keeps the
        end of the side chain; where the parent is to be found, it would make any two look alike.

    Returns
    -------
    dict
        Atom of the parent -> atom of the component. Empty if the component has no carbon.
    """
    best: tuple[float, dict[str, str]] = (-1.0, {})
    order = parent.from_ca

    def worth(atom: str, other: str) -> float | None:
        pair = {parent.elements[atom], component.elements[other]}
        if len(pair) > 1 and not pair <= CHALCOGENS:
            return _OTHER if through_others else None
        return (_SAME if len(pair) == 1 else _LIKE) + (_SAME_NAME if atom == other else 0.0)

    def extend(i: int, found: dict[str, str], score: float) -> None:
        nonlocal best
        if score > best[0]:
            best = (score, dict(found))
        if i == len(order) or score + (len(order) - i) * (_SAME + _SAME_NAME) <= best[0]:
            return
        atom, before = order[i]
        if atom in found:
            extend(i + 1, found, score)
            return
        bonded = [component.bonds[found[other]] for other in before if other in found]
        places = set.intersection(*bonded) - set(found.values()) if bonded else set()
        values = {place: value for place in sorted(places) if (value := worth(atom, place)) is not None}
        for place in sorted(values, key=lambda place: -values[place]):
            extend(i + 1, {**found, atom: place}, score + values[place])
        extend(i + 1, found, score)

    for start in starts(component):
        extend(0, start, 0.0)
    return best[1]


def starts(component: Component) -> Iterator[dict[str, str]]:
    """Give the backbone by its names, or else, where no carbon has the name CA, every carbon that it may be."""
    if component.elements.get("CA") == "C":
        yield {atom: atom for atom in ("N", "CA", "C", "O", "OXT") if component.elements.get(atom) == atom[0]}
        return
    for atom, element in component.elements.items():
        around = [component.elements[other] for other in component.bonds[atom]]
        if element == "C" and "N" in around and "C" in around:
            yield {"CA": atom}


def likeness(parent: Component, component: Component) -> float:
    """Give the share of atoms that parent and component have in common (Jaccard), terminal oxygens aside."""
    found = match(parent, component)
    if parent.name == "PRO" and not {"CB", "CG", "CD"} <= found.keys():
        return 0.0  # without its ring, it has no side chain of its own
    same = [parent.elements[atom] == component.elements[place] for atom, place in found.items() if atom != "OXT"]
    common = sum(_SAME if each else _LIKE for each in same)
    total = len(parent.elements.keys() - {"OXT"}) + len(component.elements.keys() - {"OXT"}) - common
    return common / total


def is_residue(component: Component) -> bool:
    """Tell whether a component without a parent on record has the backbone of one amino acid."""
    if not {"N", "CA", "C", "O"} <= component.elements.keys() or "O" not in component.bonds["C"]:
        return False
    reached = {"N"}
    for _ in range(LONGEST_BACKBONE):
        reached |= {other for atom in reached for other in component.bonds[atom]}
    carboxyl = sum(component.elements[atom] in CHALCOGENS | {"N"} for atom in component.bonds["C"])
    return "C" in reached and carboxyl == 2


def find_parent(component: Component, known: dict[str, Component]) -> tuple[str, str]:
    """Give the parent of an amino acid and how it was found, as the table holds them."""
    recorded = component.parent
    if recorded not in STANDARD and recorded in known:
        recorded = known[recorded].parent or recorded  # MSE's own derivatives name MSE
    if recorded in STANDARD:
        return recorded, "record"
    if "," in recorded or not is_residue(component):
        return "", ""
    # max takes the first of equals; the smaller of two that are equally like comes first.
    by_size = sorted(STANDARD, key=lambda name: (len(known[name].elements), name))
    best = max(by_size, key=lambda name: likeness(known[name], component))
    # Most of what the dictionary calls peptide-like are inhibitors made of several residues.
    if "LIKE" in component.type and likeness(known[best], component) < LEAST_LIKENESS:
        return "", ""
    return best, "match"


def written_atoms(parent: Component, component: Component, by: str) -> str:
    """Give the heavy atoms of a component and their names in the parent, as the table holds them."""
    found = match(parent, component, through_others=by == "record")
    names = {atom: name for name, atom in found.items()}
    tokens = []
    for atom in component.elements:
        name = names.get(atom, "" if atom in parent.elements else atom)
        tokens.append(atom if name == atom else f"{atom}={name}")
    return " ".join(tokens)


def rows() -> Iterator[tuple[str, ...]]:
    """Give the rows of the table, the line of its origin and the head among them."""
    day, components = read_dictionary()
    known = {component.name: component for component in components}
    yield (
        f"# wwPDB Chemical Component Dictionary (CC0) of {day} from biotite {biotite.__version__}: tools/components.py",
    )
    yield COLUMNS
    for component in sorted(components, key=lambda component: component.name):
        kind = kind_of(component)
        if kind in ("RNA", "DNA"):
            yield component.name, kind, "", "", ""
        elif kind:
            parent, by = find_parent(component, known)
            yield component.name, kind, parent, by, written_atoms(known[parent], component, by) if parent else ""


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle, lineterminator="\n").writerows(rows())
