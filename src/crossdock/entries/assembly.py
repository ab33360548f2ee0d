"""The biological assembly of an entry by its own records, and the symmetry copies that it asks for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.identity import author_chains, cif_column

# A crystal of a virus names 60 operators, some of them as products; nothing that can be docked needs more.
_MOST_OPERATORS = 240


@dataclass(frozen=True)
class Operator:
    """A rotation, shape=(3, 3), and a shift in angstrom, shape=(3,): ``x' = rotation @ x + shift``."""

    rotation: NDArray[np.float64]
    shift: NDArray[np.float64]

    @property
    def is_identity(self) -> bool:
        """True where atoms stay where they are."""
        return bool(np.allclose(self.rotation, np.eye(3), atol=1e-4) and np.allclose(self.shift, 0, atol=1e-3))

    @property
    def is_rigid(self) -> bool:
        """True for a proper rotation; damaged records hold anything."""
        unit = np.allclose(self.rotation @ self.rotation.T, np.eye(3), atol=0.02)
        return bool(unit and np.linalg.det(self.rotation) > 0)

    def after(self, other: Operator) -> Operator:
        """Give the operator that applies `other` first."""
        return Operator(self.rotation @ other.rotation, self.rotation @ other.shift + self.shift)


@dataclass(frozen=True)
class Assembly:
    """One biological assembly: author chains, each with the operators that make its copies."""

    id: str
    operators: Mapping[str, tuple[Operator, ...]]


@dataclass(frozen=True)
class Copy:
    """A chain of an assembly: its name here, the author chain that it is a copy of, and how it was moved."""

    name: str
    of: str
    operator: Operator


# --- reading the records


def from_pdb(lines: Sequence[str]) -> tuple[Assembly, ...]:
    """Read REMARK 350; what is damaged is left out."""
    assemblies: dict[str, dict[str, list[Operator]]] = {}
    number, fresh = "", False
    chains: list[str] = []
    rows: list[list[float]] = []
    for line in lines:
        if not line.startswith("REMARK 350"):
            continue
        text = line[10:80].strip()
        if text.startswith("BIOMOLECULE:"):
            number = text.partition(":")[2].strip()
        elif "CHAINS:" in text:
            named = ["" if name.strip() == "NULL" else name.strip() for name in text.partition("CHAINS:")[2].split(",")]
            named = [name for name in named if name or "NULL" in text]
            chains = named if text.startswith("APPLY") or fresh else chains + named
            fresh = False
        elif text.startswith("BIOMT"):
            rows.append(_numbers(text.split()[2:6]))
            if text.startswith("BIOMT3") and (operator := _operator(rows)):
                for chain in chains:
                    assemblies.setdefault(number or "1", {}).setdefault(chain, []).append(operator)
            if text.startswith("BIOMT3"):
                rows, fresh = [], True
    return _assemblies(assemblies)


def from_mmcif(table: Mapping[str, list[str]]) -> tuple[Assembly, ...]:
    """Read `_pdbx_struct_assembly_gen` and `_pdbx_struct_oper_list`; what is damaged is left out."""
    operators = _operators_of_mmcif(table)
    author_of = author_chains(table)
    columns = ("assembly_id", "oper_expression", "asym_id_list")
    rows = zip(*(cif_column(table, f"_pdbx_struct_assembly_gen.{name}") for name in columns), strict=False)
    assemblies: dict[str, dict[str, list[Operator]]] = {}
    for number, expression, labels in rows:
        made = _expanded(expression, operators)
        # Waters and ligands have label chains of their own; they follow the polymer whose author chain they carry.
        for chain in dict.fromkeys(author_of[label] for label in re.split(r"[\s,]+", labels) if label in author_of):
            assemblies.setdefault(number, {}).setdefault(chain, []).extend(made)
    return _assemblies(assemblies)


def _assemblies(found: Mapping[str, Mapping[str, list[Operator]]]) -> tuple[Assembly, ...]:
    made = (Assembly(number, {c: tuple(o) for c, o in chains.items() if o}) for number, chains in found.items())
    return tuple(assembly for assembly in made if assembly.operators)


def _operators_of_mmcif(table: Mapping[str, list[str]]) -> dict[str, Operator]:
    def columns(items: Sequence[str]) -> list[list[str]]:
        return [cif_column(table, f"_pdbx_struct_oper_list.{item}") for item in items]

    names = columns(["id"])[0]
    rows = [zip(*columns([*(f"matrix[{i}][{j}]" for j in (1, 2, 3)), f"vector[{i}]"]), strict=False) for i in (1, 2, 3)]
    operators = {}
    for name, *parts in zip(names, *rows, strict=False):
        if operator := _operator([_numbers(part) for part in parts]):
            operators[name] = operator
    return operators


def _expanded(expression: str, operators: Mapping[str, Operator]) -> list[Operator]:
    """Read an expression such as ``1``, ``1,2``, ``(1-60)`` or ``(X0)(1-5)``; the last group is applied first."""
    groups = re.findall(r"\(([^()]*)\)", expression) or [expression]
    names: list[list[str]] = []
    for group in groups:
        names.append([])
        for part in group.split(","):
            span = re.fullmatch(r"\s*(\d{1,4})-(\d{1,4})\s*", part)
            names[-1] += [str(i) for i in range(int(span[1]), int(span[2]) + 1)] if span else [part.strip()]
    made: list[Operator] = []
    for combination in product(*names):
        if len(made) >= _MOST_OPERATORS or not all(name in operators for name in combination):
            break
        operator = operators[combination[-1]]
        for name in reversed(combination[:-1]):
            operator = operators[name].after(operator)
        made.append(operator)
    return made


def _numbers(texts: Sequence[str]) -> list[float]:
    try:
        return [float(text) for text in texts]
    except ValueError:
        return []


def _operator(rows: Sequence[Sequence[float]]) -> Operator | None:
    """Make an operator of three rows of four numbers; None where they are no rigid motion."""
    if [len(row) for row in rows] != [4, 4, 4] or not np.isfinite(rows).all():
        return None
    operator = Operator(np.array([row[:3] for row in rows]), np.array([row[3] for row in rows]))
    return operator if operator.is_rigid else None


# --- applying it


def copies_of(assembly: Assembly, chains: Sequence[str]) -> list[Copy]:
    """Name the copies that an assembly makes of chains: the first keeps its name, ``A-2`` and so on follow.

    Parameters
    ----------
    assembly : Assembly
    chains : sequence of str
        Author chains; those that are not part of the assembly have no copy.

    Returns
    -------
    list of Copy
        Copy by copy, so that chains of one copy stand together.
    """
    counts: Counter[str] = Counter()
    copies = []
    longest = max((len(assembly.operators.get(chain, ())) for chain in chains), default=0)
    for i in range(longest):
        for chain in chains:
            operators = assembly.operators.get(chain, ())
            if i < len(operators):
                counts[chain] += 1
                name = chain if counts[chain] == 1 else f"{chain}-{counts[chain]}"
                copies.append(Copy(name, chain, operators[i]))
    return copies
