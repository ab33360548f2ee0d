"""What a program's files say of one model, before it is put together with the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossdock.errors import InputError


@dataclass(frozen=True)
class Confidence:
    """What a program's files say of one model, by token.

    Attributes
    ----------
    pae : ndarray, dtype=float32, shape=(t, t), optional
        Rows aligned, columns scored, in angstrom.
    plddt : ndarray, dtype=float64, shape=(t,), optional
        From 0 to 100; that of the model file is used without it.
    atom_plddt : ndarray, dtype=float64, shape=(a,), optional
        The same by heavy atom, or by token.
    atom_chains : sequence of str, optional
        Chain of each of these, where a file says it.
    token_of_atom : ndarray, dtype=int64, shape=(a,), optional
        Where a file says it.
    token_places : tuple of (sequence of str, sequence of int), optional
        Chain and residue number of each token, where a file says it.
    iptm, ptm, ranking : float, optional
        `ranking` is what the program itself orders models by.
    pair_iptm : ndarray, dtype=float64, shape=(c, c), optional
        Rows aligned, columns scored; NaN where it is unknown.
    pair_names : sequence of str, optional
        Chains of its rows; those of the model file, in order, without it.
    pair_ipsae : ndarray, dtype=float64, shape=(c, c), optional
        ipSAE as the program gave it; rows aligned, columns scored, NaN where it is unknown.
    ipsae_names : sequence of str, optional
        Chains of its rows.
    alone : bool
        Whether no program says anything of the model: then its B column is a pLDDT only in chains where it looks so.
    where : str
        For messages.
    """

    pae: NDArray[np.float32] | None = None
    plddt: NDArray[np.float64] | None = None
    atom_plddt: NDArray[np.float64] | None = None
    atom_chains: Sequence[str] | None = None
    token_of_atom: NDArray[np.int64] | None = None
    token_places: tuple[Sequence[str], Sequence[int]] | None = None
    iptm: float | None = None
    ptm: float | None = None
    ranking: float | None = None
    pair_iptm: NDArray[np.float64] | None = None
    pair_names: Sequence[str] | None = None
    pair_ipsae: NDArray[np.float64] | None = None
    ipsae_names: Sequence[str] | None = None
    alone: bool = False
    where: str = ""


def of_another(theirs: int, what: str, ours: int, where: str) -> InputError:
    """Say that a file is of another model than the one beside it."""
    if theirs == ours:
        return InputError(f"it is of another model: its {what} have other numbers", where=where)
    return InputError(f"it is of another model: it has {theirs} {what}, the model has {ours}", where=where)
