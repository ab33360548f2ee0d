"""Numbers of points that an axis of the grid can have: what the kernel's two butterflies transform."""

from __future__ import annotations

#: Lines that are transformed side by side.
LANES = 16
#: Sizes that one butterfly transforms.
RADICES = (2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16)


def _two_factors() -> dict[int, tuple[int, int]]:
    """Split every size that two butterflies transform; an even first one can leave out zeros."""
    factors: dict[int, tuple[int, int]] = {}
    for a in RADICES:
        for b in RADICES:
            known = factors.get(a * b)
            if a % 2 == 0 and a * b >= LANES and (known is None or max(a, b) < max(known)):
                factors[a * b] = (a, b)
    return dict(sorted(factors.items()))


FACTORS = _two_factors()
#: Numbers of points that an axis can have.
SIZES = tuple(FACTORS)
SMALLEST_BOX = LANES
