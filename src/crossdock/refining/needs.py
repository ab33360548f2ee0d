"""What refinement takes, before it is done."""

from __future__ import annotations

#: CPU seconds of the first model of a pair, and of each further one, by the atoms of both partners: medians of the 72
#: pairs (136 models) of docs/refine.md, of 1,300 to 7,000 atoms (`python benchmarks/refine_time.py RESULTS`). They lie
#: 11 and 16 % off on average.
FIRST_SECONDS_PER_ATOM, SECONDS_PER_ATOM = 0.0106, 0.0068


def estimate_seconds(atoms: int, models: int) -> float:
    """Estimate the CPU seconds that refining the first models of a pair takes.

    Parameters
    ----------
    atoms : int
        Heavy ones of both partners.
    models : int

    Returns
    -------
    float
        On a processor; the time on a graphics card has not been measured.
    """
    return atoms * (FIRST_SECONDS_PER_ATOM + SECONDS_PER_ATOM * (models - 1))
