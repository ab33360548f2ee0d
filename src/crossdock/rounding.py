"""How many decimals of numbers in any unit are kept: the one place that says so."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Decimals of numbers that spread over 1 or more, and digits of the spread of smaller ones.
DECIMALS, DIGITS = 4, 7
#: The most decimals that numpy can round to.
_MOST = 300


def decimals(like: ArrayLike) -> int:
    """Tell how many decimals of numbers are worth keeping, whatever their unit.

    Parameters
    ----------
    like : array_like
        The numbers, in one unit; those that are not finite are left out.

    Returns
    -------
    int
        `DECIMALS`, or, where all lie closer together than 1, as many as give their spread `DIGITS` digits.
    """
    values = np.asarray(like, dtype=float)
    values = values[np.isfinite(values)]
    spread = float(np.ptp(values) or np.abs(values).max()) if values.size else 0.0
    return min(DIGITS - 1 - math.floor(math.log10(spread)), _MOST) if 0 < spread < 1 else DECIMALS


def rounded(values: ArrayLike, like: ArrayLike) -> NDArray[np.float64]:
    """Round numbers to the decimals that `like`, in the same unit, is worth."""
    return np.asarray(values, dtype=float).round(decimals(like))
