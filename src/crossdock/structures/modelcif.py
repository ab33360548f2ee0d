"""Bodies as mmCIF, for a model that is predicted with what its program says of its confidence, as ModelCIF has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
from numpy.typing import NDArray

from crossdock.files import write_text
from crossdock.structures.structure import Structure


@dataclass(frozen=True)
class Confidence:
    """A number of a whole model, as ModelCIF's `_ma_qa_metric` names it (mmcif.wwpdb.org, dictionary mmcif_ma).

    Attributes
    ----------
    name : str
    kind : str
        Of the dictionary's types: ``ipTM``, ``pTM``, or ``other``.
    value : float
    description : str
    """

    name: str
    kind: str
    value: float
    description: str


def write_mmcif(path: str | Path, *bodies: Structure, confidence: Sequence[Confidence] | None = None) -> None:
    """Write bodies, with chain letters of their own, to an mmCIF file.

    Parameters
    ----------
    path : str or Path
    *bodies : Structure
    confidence : sequence of Confidence, optional
        Of a model whose B-factors are pLDDT, 0 to 100: the file then has these numbers, and the pLDDT of each residue,
        the mean over its atoms.
    """
    fields = bodies[0].__dataclass_fields__
    whole = Structure(*(np.concatenate([getattr(body, name) for body in bodies]) for name in fields))
    document = gemmi.cif.Document()
    block = document.add_new_block(Path(path).stem)
    entities = _add_polymers(block, whole) if confidence is not None else {}
    _add_atoms(block, whole, entities)
    if confidence is not None:
        _add_confidence(block, whole, confidence)
    write_text(path, document.as_string(gemmi.cif.WriteOptions(gemmi.cif.Style.Pdbx)))


def _add_atoms(block: gemmi.cif.Block, whole: Structure, entities: dict[str, str]) -> None:
    """Write the atoms."""
    count = len(whole)
    place = np.where(whole.hetero, ".", (_place_in_chain(whole) + 1).astype(str))
    _add(
        block,
        "_atom_site.",
        {
            "group_PDB": np.where(whole.hetero, "HETATM", "ATOM"),
            "id": np.arange(1, count + 1),
            "type_symbol": np.char.upper(whole.element),
            "label_atom_id": whole.atom_name,
            "label_alt_id": np.full(count, "."),
            "label_comp_id": whole.residue_name,
            "label_asym_id": whole.chain,
            "label_entity_id": np.array([entities.get(chain, "?") for chain in whole.chain.tolist()]),
            "label_seq_id": place,
            "pdbx_PDB_ins_code": np.where(whole.insertion == "", "?", whole.insertion),
            **{f"Cartn_{axis}": np.char.mod("%.3f", whole.coord[:, number]) for number, axis in enumerate("xyz")},
            "occupancy": np.full(count, "1.00"),
            "B_iso_or_equiv": np.char.mod("%.2f", whole.b_factor),
            "auth_seq_id": whole.residue_number,
            "auth_comp_id": whole.residue_name,
            "auth_asym_id": whole.chain,
            "auth_atom_id": whole.atom_name,
            "pdbx_PDB_model_num": np.ones(count, dtype=int),
        },
    )


def _add_polymers(block: gemmi.cif.Block, whole: Structure) -> dict[str, str]:
    """Write which chains are of one sequence, and give the entity of each: readers find residues by these."""
    first = np.unique(whole.residue_index, return_index=True)[1]
    sequences: dict[str, list[str]] = {}
    for chain, name in zip(whole.chain[first].tolist(), whole.residue_name[first].tolist(), strict=True):
        sequences.setdefault(chain, []).append(name)
    numbers = {sequence: str(at) for at, sequence in enumerate(dict.fromkeys(map(tuple, sequences.values())), start=1)}
    entities = {chain: numbers[tuple(names)] for chain, names in sequences.items()}
    _add(block, "_entity.", {"id": list(numbers.values()), "type": ["polymer"] * len(numbers)})
    kinds = {"entity_id": list(numbers.values()), "type": ["polypeptide(L)"] * len(numbers)}
    _add(block, "_entity_poly.", kinds)
    rows = [(one, at, name) for names, one in numbers.items() for at, name in enumerate(names, start=1)]
    _add(block, "_entity_poly_seq.", dict(zip(("entity_id", "num", "mon_id"), zip(*rows, strict=True), strict=True)))
    _add(block, "_struct_asym.", {"id": list(entities), "entity_id": list(entities.values())})
    return entities


def _add_confidence(block: gemmi.cif.Block, whole: Structure, confidence: Sequence[Confidence]) -> None:
    """Write the pLDDT of each residue, and the numbers of the model."""
    _add(
        block,
        "_ma_model_list.",
        {"ordinal_id": [1], "model_id": [1], "model_name": ["complex"], "model_type": ["Ab initio model"]},
    )
    metrics = [
        ("pLDDT", "pLDDT", "local", "Predicted lDDT, 0 to 100, mean over the atoms of a residue", "."),
        *((one.name, one.kind, "global", one.description, _details(one)) for one in confidence),
    ]
    columns = zip(*metrics, strict=True)
    names = ("name", "type", "mode", "description", "type_other_details")
    _add(block, "_ma_qa_metric.", {"id": range(1, 1 + len(metrics)), **dict(zip(names, columns, strict=True))})
    if confidence:
        count = len(confidence)
        values = [f"{one.value:.6g}" for one in confidence]
        rows = {"ordinal_id": range(1, count + 1), "model_id": [1] * count, "metric_id": range(2, count + 2)}
        _add(block, "_ma_qa_metric_global.", rows | {"metric_value": values})
    first, inverse, sizes = np.unique(whole.residue_index, return_index=True, return_inverse=True, return_counts=True)[
        1:
    ]
    count = len(first)
    _add(
        block,
        "_ma_qa_metric_local.",
        {
            "ordinal_id": np.arange(1, count + 1),
            "model_id": np.ones(count, dtype=int),
            "label_asym_id": whole.chain[first],
            "label_seq_id": _place_in_chain(whole)[first] + 1,
            "label_comp_id": whole.residue_name[first],
            "metric_id": np.ones(count, dtype=int),
            "metric_value": np.char.mod("%.2f", np.bincount(inverse, whole.b_factor) / sizes),
        },
    )


def _details(one: Confidence) -> str:
    """Say what a number is that the dictionary has no type for."""
    return one.description if one.kind == "other" else "."


def _place_in_chain(whole: Structure) -> NDArray[np.int64]:
    """Count the residues of each chain from 0, shape=(n,)."""
    residue = whole.residue_index
    _, first, which = np.unique(whole.chain, return_index=True, return_inverse=True)
    places: NDArray[np.int64] = residue - residue[first][which]
    return places


def _add(block: gemmi.cif.Block, category: str, columns: Mapping[str, Sequence[object] | NDArray[Any]]) -> None:
    """Write a table, quoting what needs it."""
    loop = block.init_loop(category, list(columns))
    loop.set_all_values([[_quoted(str(value)) for value in column] for column in columns.values()])


def _quoted(text: str) -> str:
    """Quote a text, but for the two signs that mean "unknown" and "none"."""
    return text if text in (".", "?") else str(gemmi.cif.quote(text))
