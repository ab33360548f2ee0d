"""Whether a structure was predicted, and how confident the prediction is of each residue (pLDDT)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.atom_table import Atoms

#: Below this pLDDT a stretch is likely disordered: AlphaFold's own limit between "confident" and "low".
CONFIDENT_PLDDT = 70.0

# Fewest residues by which a column of numbers is recognised.
_FEWEST = 10
# Atoms of a residue that differ by no more than rounding have one value.
_ROUNDING = 0.011
# Share of the residues that must have one value each.
_NEARLY_ALL = 0.98
# Least correlation with the number of neighbours of a pLDDT that is given atom by atom.
_PACKED = 0.2
# Distance in angstrom within which neighbours are counted, to tell buried residues from exposed ones.
_NEIGHBOUR_A = 10.0


def is_predicted(title: str | None, method: str | None) -> bool:
    """Tell a predicted model by its title; experimental entries may name AlphaFold there too."""
    return bool(title and "ALPHAFOLD" in title.upper() and not is_experiment(method))


def is_experiment(method: str | None) -> bool:
    """Tell whether the method that a file names is an experiment."""
    return bool(method and not any(word in method.upper() for word in ("THEORETICAL", "MODEL", "PREDICT")))


def has_plddt_metric(table: Mapping[str, list[str]]) -> bool:
    """Tell whether an mmCIF file says that its B column holds pLDDT (ModelCIF's `_ma_qa_metric`)."""
    named = [*table.get("_ma_qa_metric.type", []), *table.get("_ma_qa_metric.name", [])]
    return any("PLDDT" in text.upper().replace("-", "") for text in named)


def looks_like_plddt(atoms: Atoms) -> bool:
    """Tell whether the B column of the first model is a pLDDT rather than B-factors or an error estimate.

    Parameters
    ----------
    atoms : Atoms
        Of a file that names no experiment.

    Returns
    -------
    bool

    Notes
    -----
    pLDDT is one number a residue (AlphaFold 3 has one an atom, and then the correlation must be clear), from 0 to 100
    or 0 to 1, and its best residues have 70 or more. It is high where the
    chain is packed, while B-factors and predicted errors are high where it is loose: over 30 predicted models at hand
    its correlation with the number of neighbours (CA within 10 angstrom) is 0.26 to 0.76; over 15 crystal structures
    that of B-factors is -0.26 to -0.67, over 10 antibody models that of their predicted error is -0.01 to -0.49.
    """
    alpha = np.flatnonzero((atoms.model == 0) & (atoms.name == "CA") & atoms.polymer)
    if len(alpha) < _FEWEST:
        return False
    value = atoms.b_factor[alpha]
    largest = float(value.max())
    if value.min() < 0 or largest > 100 or np.ptp(value) < _ROUNDING or largest * plddt_scale(value) < CONFIDENT_PLDDT:
        return False
    coord = atoms.coord[alpha]
    # In blocks, since a large assembly has more pairs than fit the memory.
    neighbours = [
        (np.linalg.norm(coord[i : i + 500, None] - coord, axis=2) < _NEIGHBOUR_A).sum(axis=1)
        for i in range(0, len(coord), 500)
    ]
    packed = float(np.corrcoef(np.concatenate(neighbours), value)[0, 1])
    return packed > (0.0 if _one_value_a_residue(atoms) >= _NEARLY_ALL else _PACKED)


def plddt_scale(value: NDArray[np.float64]) -> float:
    """Give what brings a pLDDT to the scale of 0 to 100: 100 where no value is above 1, else 1."""
    return 100.0 if len(value) and value.max() <= 1.0 else 1.0


def _one_value_a_residue(atoms: Atoms) -> float:
    """Give the share of the first model's residues of several atoms in which all have the same B."""
    here = atoms[(atoms.model == 0) & atoms.polymer]
    keys = zip(here.chain.tolist(), here.number.tolist(), here.insertion.tolist(), strict=True)
    order: dict[tuple[str, int, str], int] = {}
    residue = np.array([order.setdefault(key, len(order)) for key in keys], dtype=np.int64)
    high, low = np.full(len(order), -np.inf), np.full(len(order), np.inf)
    np.maximum.at(high, residue, here.b_factor)
    np.minimum.at(low, residue, here.b_factor)
    several = np.bincount(residue, minlength=len(order)) > 1
    return float((high - low <= _ROUNDING)[several].mean()) if several.any() else 0.0
