"""The fast path of the scan: 16 ligand orientations at every translation, in one fused sweep through Fourier space.

Each of the 16 lanes of a vector belongs to one orientation, so that no lane is empty and no row is transposed. The
ligand fills a box smaller than the grid, so only lines that hold something are transformed, axis by axis; two real
channels go through the first axis as one complex line; a plane of constant k_z passes through both other axes, the
products with the receptor and half of the way back while it is in cache. Every transform is two butterflies.
`correlation.py` has the same in library calls, which tests compare this with.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crossdock.compiled import compiled
from crossdock.docking.engine.butterflies import (
    ask_for_row,
    butterfly,
    join,
    keep_lower,
    product_butterfly,
    split,
)
from crossdock.docking.engine.sizes import FACTORS, LANES, SIZES

#: Orientations that are scored together, one a lane.
TOGETHER = LANES
_ROW = 2 * LANES  # real parts, then imaginary parts
#: The sizes of both butterflies of an axis, and the factors between them.
_Axis = tuple[int, int, NDArray[np.float32]]


_f2h, _f2, _s2 = butterfly(2, 1, True), butterfly(2, 2, True), butterfly(2, 2, False)
_s3 = butterfly(3, 3, False)
_f4h, _f4, _s4 = butterfly(4, 2, True), butterfly(4, 4, True), butterfly(4, 4, False)
_s5 = butterfly(5, 5, False)
_f6h, _f6, _s6 = butterfly(6, 3, True), butterfly(6, 6, True), butterfly(6, 6, False)
_f8h, _f8, _s8 = butterfly(8, 4, True), butterfly(8, 8, True), butterfly(8, 8, False)
_s9 = butterfly(9, 9, False)
_f10h, _f10, _s10 = butterfly(10, 5, True), butterfly(10, 10, True), butterfly(10, 10, False)
_f12h, _f12, _s12 = butterfly(12, 6, True), butterfly(12, 12, True), butterfly(12, 12, False)
_s15 = butterfly(15, 15, False)
_f16h, _f16, _s16 = butterfly(16, 8, True), butterfly(16, 16, True), butterfly(16, 16, False)

_p2, _p3, _p4, _p5, _p6, _p8 = (product_butterfly(radix) for radix in (2, 3, 4, 5, 6, 8))
_p9, _p10, _p12, _p15, _p16 = (product_butterfly(radix) for radix in (9, 10, 12, 15, 16))


@compiled(nogil=True)
def _first(
    radix: int,
    other: int,
    half: bool,
    source: NDArray[np.float32],
    re: int,
    im: int,
    step: int,
    work: NDArray[np.float32],
    factors: NDArray[np.float32],
) -> None:
    """Transform `other` sets of `radix` rows each, times their twiddle factors; with `half`, half of a set is zero."""
    a, r = _ROW, other * step
    to = other * _ROW
    for j in range(other):
        x, y, t, f = re + j * step, im + j * step, j * a, 2 * radix * j
        if radix == 2:
            if half:
                _f2h(source, x, y, r, work, t, t + LANES, to, factors, f)
            else:
                _f2(source, x, y, r, work, t, t + LANES, to, factors, f)
        elif radix == 4:
            if half:
                _f4h(source, x, y, r, work, t, t + LANES, to, factors, f)
            else:
                _f4(source, x, y, r, work, t, t + LANES, to, factors, f)
        elif radix == 6:
            if half:
                _f6h(source, x, y, r, work, t, t + LANES, to, factors, f)
            else:
                _f6(source, x, y, r, work, t, t + LANES, to, factors, f)
        elif radix == 8:
            if half:
                _f8h(source, x, y, r, work, t, t + LANES, to, factors, f)
            else:
                _f8(source, x, y, r, work, t, t + LANES, to, factors, f)
        elif radix == 10:
            if half:
                _f10h(source, x, y, r, work, t, t + LANES, to, factors, f)
            else:
                _f10(source, x, y, r, work, t, t + LANES, to, factors, f)
        elif radix == 12:
            if half:
                _f12h(source, x, y, r, work, t, t + LANES, to, factors, f)
            else:
                _f12(source, x, y, r, work, t, t + LANES, to, factors, f)
        elif radix == 16:
            if half:
                _f16h(source, x, y, r, work, t, t + LANES, to, factors, f)
            else:
                _f16(source, x, y, r, work, t, t + LANES, to, factors, f)


@compiled(nogil=True)
def _second(
    radix: int,
    other: int,
    work: NDArray[np.float32],
    target: NDArray[np.float32],
    re: int,
    im: int,
    step: int,
    factors: NDArray[np.float32],
) -> None:
    """Transform the `other` sets of `radix` turned rows; transform number k + other * m is row m of set k."""
    r = other * step
    for k in range(other):
        s, x, y = k * radix * _ROW, re + k * step, im + k * step
        if radix == 2:
            _s2(work, s, s + LANES, _ROW, target, x, y, r, factors, 0)
        elif radix == 3:
            _s3(work, s, s + LANES, _ROW, target, x, y, r, factors, 0)
        elif radix == 4:
            _s4(work, s, s + LANES, _ROW, target, x, y, r, factors, 0)
        elif radix == 5:
            _s5(work, s, s + LANES, _ROW, target, x, y, r, factors, 0)
        elif radix == 6:
            _s6(work, s, s + LANES, _ROW, target, x, y, r, factors, 0)
        elif radix == 8:
            _s8(work, s, s + LANES, _ROW, target, x, y, r, factors, 0)
        elif radix == 9:
            _s9(work, s, s + LANES, _ROW, target, x, y, r, factors, 0)
        elif radix == 10:
            _s10(work, s, s + LANES, _ROW, target, x, y, r, factors, 0)
        elif radix == 12:
            _s12(work, s, s + LANES, _ROW, target, x, y, r, factors, 0)
        elif radix == 15:
            _s15(work, s, s + LANES, _ROW, target, x, y, r, factors, 0)
        elif radix == 16:
            _s16(work, s, s + LANES, _ROW, target, x, y, r, factors, 0)


@compiled(nogil=True)
def _second_with_products(
    radix: int,
    other: int,
    work: NDArray[np.float32],
    total: NDArray[np.float32],
    to: int,
    spectra: NDArray[np.float32],
    at: int,
) -> None:
    """Transform as `_second` does; add the conjugates, times the receptor's numbers from `at` on, to rows of a sum."""
    r = other * _ROW
    for k in range(other):
        s, x, a = k * radix * _ROW, to + k * _ROW, at + 2 * k
        if radix == 2:
            _p2(work, s, s + LANES, _ROW, total, x, r, spectra, a, 2 * other)
        elif radix == 3:
            _p3(work, s, s + LANES, _ROW, total, x, r, spectra, a, 2 * other)
        elif radix == 4:
            _p4(work, s, s + LANES, _ROW, total, x, r, spectra, a, 2 * other)
        elif radix == 5:
            _p5(work, s, s + LANES, _ROW, total, x, r, spectra, a, 2 * other)
        elif radix == 6:
            _p6(work, s, s + LANES, _ROW, total, x, r, spectra, a, 2 * other)
        elif radix == 8:
            _p8(work, s, s + LANES, _ROW, total, x, r, spectra, a, 2 * other)
        elif radix == 9:
            _p9(work, s, s + LANES, _ROW, total, x, r, spectra, a, 2 * other)
        elif radix == 10:
            _p10(work, s, s + LANES, _ROW, total, x, r, spectra, a, 2 * other)
        elif radix == 12:
            _p12(work, s, s + LANES, _ROW, total, x, r, spectra, a, 2 * other)
        elif radix == 15:
            _p15(work, s, s + LANES, _ROW, total, x, r, spectra, a, 2 * other)
        elif radix == 16:
            _p16(work, s, s + LANES, _ROW, total, x, r, spectra, a, 2 * other)


@compiled(nogil=True)
def _transform(
    axis: _Axis,
    half: bool,
    source: NDArray[np.float32],
    re: int,
    im: int,
    step: int,
    work: NDArray[np.float32],
    target: NDArray[np.float32],
    to_re: int,
    to_im: int,
    to_step: int,
) -> None:
    """Transform 16 lines: row j starts at re + j * step (imaginary parts at im + j * step), and so for the target.

    With re and im swapped in both source and target it is the inverse transform, without its factor 1 / n.
    """
    first, second, factors = axis
    _first(first, second, half, source, re, im, step, work, factors)
    _second(second, first, work, target, to_re, to_im, to_step, factors)


def _axis(n: int) -> _Axis:
    first, second = FACTORS[n]
    turns = np.exp(-2j * np.pi * np.outer(np.arange(second), np.arange(first)) / n)
    return first, second, np.ascontiguousarray(np.stack([turns.real, turns.imag], axis=-1).astype(np.float32).ravel())


class Kernel:
    """Correlates boxes of ligand channels with the fields of a receptor.

    Parameters
    ----------
    fields : ndarray, dtype=float32, shape=(channels, nx, ny, nz)
        Each size one of `SIZES`.
    box : int
        Edge of the ligand's box in points; at least `LANES`.

    Notes
    -----
    Positions are counted in numbers from the start of flat arrays. A row is 16 real parts, then 16 imaginary parts.
    In this module the axes are reversed: its x is the z of the grid. The cache lines of large arrays are asked for a
    line or two before they are used, which takes a fifth off the time (1UDI) and does nothing beyond an array's end.
    """

    def __init__(self, fields: NDArray[np.float32], box: int) -> None:
        fields = fields.transpose(0, 3, 2, 1)
        channels, nx, ny, nz = fields.shape
        if not (LANES <= box <= min(nx, ny, nz) and {nx, ny, nz} <= set(SIZES)):
            raise ValueError(
                f"a box of {box} points and a grid of {nz} x {ny} x {nx}: expected a box of at least {LANES} points "
                "that fits into the grid, and axes whose numbers of points are among SIZES"
            )
        self.channels = channels
        self.shape = (nx, ny, nz)
        self.box = box
        self.pairs = -(-channels // 2)
        self._axes = (_axis(nx), _axis(ny), _axis(nz))
        # Rows of a line that are read: half of them where the box is at most half as long.
        self._half = tuple(box <= n // 2 for n in self.shape)
        self._read = tuple(n // 2 if half else n for n, half in zip(self.shape, self._half, strict=True))
        self._spectra = self._receptor(fields)

    def _receptor(self, fields: NDArray[np.float32]) -> NDArray[np.float32]:
        """Lay out the receptor's spectra as they are met: k_z, channel, k_x, k_y, real and imaginary part."""
        nx, ny, nz = self.shape
        out = np.empty((nz // 2 + 1, self.channels, nx, ny, 2), dtype=np.float32)
        for channel, field in enumerate(fields):
            spectrum = (np.fft.rfftn(field) / (2.0 * field.size)).transpose(2, 0, 1)
            out[:, channel, :, :, 0], out[:, channel, :, :, 1] = spectrum.real, spectrum.imag
        return out.ravel()

    def workspace(self) -> tuple[NDArray[np.float32], ...]:
        """Give the arrays that one thread works in; see `correlate` for those that receive scores."""
        (nx, ny, nz), (rx, ry, rz), deep = self.shape, self._read, self.shape[2] // 2 + 1
        longest = max(self.shape)
        sizes = (
            self.pairs * rz * _ROW,  # column
            deep * 2 * self.pairs * _padded(self.box * rx),  # planes
            nx * _padded(ry),  # turned
            nx * _padded(ny),  # total
            deep * _padded(nx * ny),  # half_way
            longest * _ROW,  # work
            longest * _ROW,  # line
            nx * ny * nz * LANES,  # scores
            nx * ny * LANES,  # lowest
        )
        empty = np.ones(self.box**2, dtype=np.float32)  # 1 for each line along z of the box whose planes hold zeros
        return *np.split(_zeros(sum(sizes)), np.cumsum(sizes)[:-1]), empty

    def correlate(
        self,
        orientations: Sequence[NDArray[np.float64]],
        carried: NDArray[np.float64],
        workspace: tuple[NDArray[np.float32], ...],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Score every translation of up to `TOGETHER` orientations.

        Parameters
        ----------
        orientations : sequence of ndarray, dtype=float64, shape=(n, 3)
            Ligand atoms, in units of the spacing from the corner of the box.
        carried : ndarray, dtype=float64, shape=(channels, n)
        workspace : tuple
            From `workspace`, used by nobody else until the scores have been read.

        Returns
        -------
        scores : ndarray, dtype=float32, shape=(nz, ny, nx, LANES)
            Of orientation i, point (x, y, z) at [z, y, x, i]; part of the workspace, which the next call overwrites.
        lowest : ndarray, dtype=float32, shape=(nz, ny, LANES)
            The lowest score of each line along x; part of the workspace, too.
        """
        nx, ny, nz = self.shape
        points = np.array([points[:, ::-1] for points in orientations])
        if len(points) > TOGETHER or carried.shape != (self.channels, points.shape[1]):
            raise ValueError(f"expected up to {TOGETHER} orientations, and of every atom a value for each channel")
        if not (points.min() >= 0 and points.max() < self.box - 1):  # nor NaN
            raise ValueError("expected every atom in the box")
        atoms = np.zeros((points.shape[1], 2 * self.pairs), dtype=np.float32)
        atoms[:, : self.channels] = carried.T
        sizes = (self.shape, self._read, self._half)
        _to_planes(points, atoms, self.box, *sizes, self._axes[2], workspace)
        _through_planes(self.channels, self.box, *sizes, self._axes, self._spectra, workspace)
        _to_scores(self.shape, self._axes[2], workspace)
        return workspace[7].reshape(nx, ny, nz, LANES), workspace[8].reshape(nx, ny, LANES)

    def scores(
        self, points: NDArray[np.float64], carried: NDArray[np.float64], workspace: tuple[NDArray[np.float32], ...]
    ) -> NDArray[np.float32]:
        """Score every translation of one orientation, shape=(nx, ny, nz); it costs as much as `TOGETHER` of them."""
        return self.correlate([points], carried, workspace)[0][..., 0].transpose()


def _zeros(size: int) -> NDArray[np.float32]:
    """Give an array that starts with a cache line and, if large, lies on large pages where the system has them."""
    # numpy asks for large pages in empty(), not in zeros().
    raw = np.empty(size + LANES, dtype=np.float32)
    raw[:] = 0.0
    start = -(raw.ctypes.data // raw.itemsize) % LANES
    return raw[start : start + size]


@compiled(nogil=True)
def _padded(rows: int) -> int:
    """Give the size of so many rows and one or two more.

    An odd number, since lines that lie a power of two apart would compete for the same few places of the cache.
    """
    return (rows + 1 + rows % 2) * _ROW


@compiled(nogil=True)
def _to_planes(
    points: NDArray[np.float64],
    atoms: NDArray[np.float32],
    box: int,
    shape: tuple[int, int, int],
    read: tuple[int, int, int],
    half: tuple[bool, bool, bool],
    z_axis: _Axis,
    workspace: tuple[NDArray[np.float32], ...],
) -> None:
    """Spread atoms on the lines along z of the box and transform these, two channels a line."""
    column, planes, line, work, empty = workspace[0], workspace[1], workspace[6], workspace[5], workspace[9]
    nz, deep, pairs = shape[2], shape[2] // 2 + 1, atoms.shape[1] // 2
    plane = _padded(box * read[0])
    placed, order, starts = _by_column(points, box)
    for y in range(box):
        for x in range(box):
            held, place = _fill(placed, atoms, order, starts, x, y, box, read[2], column), y * box + x
            if not held:
                if empty[place]:
                    continue
                line[:] = 0.0
            empty[place] = not held
            for pair in range(pairs):
                if held:
                    at = pair * read[2] * _ROW
                    _transform(z_axis, half[2], column, at, at + LANES, _ROW, work, line, 0, LANES, _ROW)
                for k in range(deep):
                    a = (k * pairs + pair) * 2 * plane + (y * read[0] + x) * _ROW
                    b = a + plane
                    ask_for_row(planes, a + _ROW)
                    ask_for_row(planes, b + _ROW)
                    split(line, k * _ROW, (nz - k) % nz * _ROW, planes, a, a + LANES, b, b + LANES)


@compiled(nogil=True)
def _through_planes(
    channels: int,
    box: int,
    shape: tuple[int, int, int],
    read: tuple[int, int, int],
    half: tuple[bool, bool, bool],
    axes: tuple[_Axis, _Axis, _Axis],
    spectra: NDArray[np.float32],
    workspace: tuple[NDArray[np.float32], ...],
) -> None:
    """Transform planes along x and y, sum the products of all channels, and transform the sum back along y and x."""
    _, planes, turned, total, half_way, work, _, _, _, _ = workspace
    nx, ny, nz = shape
    x_axis, y_axis, _ = axes
    first, second, factors = y_axis
    plane, sheet, y_line, sum_line = _padded(box * read[0]), _padded(nx * ny), _padded(read[1]), _padded(ny)
    for k in range(nz // 2 + 1):
        total[:] = 0.0
        for channel in range(channels):
            for y in range(box):
                at, to = (k * ((channels + 1) // 2) * 2 + channel) * plane + y * read[0] * _ROW, y * _ROW
                for x in range(read[0], 2 * read[0]):
                    ask_for_row(planes, at + x * _ROW)
                _transform(x_axis, half[0], planes, at, at + LANES, _ROW, work, turned, to, to + LANES, y_line)
            for x in range(nx):
                at, to, spectrum = x * y_line, x * sum_line, ((k * channels + channel) * nx + x) * ny * 2
                _first(first, second, half[1], turned, at, at + LANES, _ROW, work, factors)
                _second_with_products(second, first, work, total, to, spectra, spectrum)
        for x in range(nx):
            at = x * sum_line
            _transform(y_axis, False, total, at + LANES, at, _ROW, work, total, at + LANES, at, _ROW)
        for y in range(ny):
            at, to = y * _ROW, k * sheet + y * nx * _ROW
            for x in range(nx, 2 * nx):
                ask_for_row(half_way, to + x * _ROW)
            _transform(x_axis, False, total, at + LANES, at, sum_line, work, half_way, to + LANES, to, _ROW)


@compiled(nogil=True)
def _to_scores(shape: tuple[int, int, int], z_axis: _Axis, workspace: tuple[NDArray[np.float32], ...]) -> None:
    """Transform along z on the way back, the lines of two neighbouring x as one, and find the lowest of each line."""
    half_way, work, line, scores, lowest = workspace[4], workspace[5], workspace[6], workspace[7], workspace[8]
    nx, ny, nz = shape
    sheet = _padded(nx * ny)
    for y in range(ny):
        for x in range(0, nx, 2):
            a, b = (x * ny + y) * nz * LANES, ((x + 1) * ny + y) * nz * LANES
            for k in range(nz // 2 + 1):
                at = k * sheet + (y * nx + x) * _ROW
                join(half_way, at, at + _ROW, line, k * _ROW, (nz - k) % nz * _ROW)
                ask_for_row(scores, a + 2 * ny * nz * LANES + k * _ROW)
                ask_for_row(scores, b + 2 * ny * nz * LANES + k * _ROW)
            _transform(z_axis, False, line, LANES, 0, _ROW, work, scores, b, a, LANES)
            low_a, low_b = (x * ny + y) * LANES, ((x + 1) * ny + y) * LANES
            lowest[low_a : low_a + LANES] = np.float32(np.inf)
            lowest[low_b : low_b + LANES] = np.float32(np.inf)
            for z in range(0, nz * LANES, 2 * LANES):
                keep_lower(scores, a + z, lowest, low_a)
                keep_lower(scores, b + z, lowest, low_b)


@compiled(nogil=True)
def _by_column(
    points: NDArray[np.float64], box: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Sort each orientation's atoms by (y, x) of their cells; tell which atoms these are, and where cells start."""
    orientations, n = points.shape[:2]
    placed = np.empty_like(points)
    order = np.empty((orientations, n), dtype=np.int64)
    starts = np.zeros((orientations, box * box + 1), dtype=np.int64)
    cells = np.empty(n, dtype=np.int64)
    for lane in range(orientations):
        for i in range(n):
            cells[i] = int(points[lane, i, 1]) * box + int(points[lane, i, 0])
            starts[lane, cells[i] + 1] += 1
        for cell in range(box * box):
            starts[lane, cell + 1] += starts[lane, cell]
        free = starts[lane].copy()
        for i in range(n):
            place = free[cells[i]]
            order[lane, place], placed[lane, place] = i, points[lane, i]
            free[cells[i]] += 1
    return placed, order, starts


@compiled(nogil=True)
def _fill(
    points: NDArray[np.float64],
    atoms: NDArray[np.float32],
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    x: int,
    y: int,
    box: int,
    deep: int,
    out: NDArray[np.float32],
) -> bool:
    """Spread sorted atoms on the line at (x, y) with trilinear weights, and tell whether it holds any."""
    held = False
    out[:] = 0.0
    for lane in range(points.shape[0]):
        for cell_y in range(max(0, y - 1), y + 1):
            first, last = starts[lane, cell_y * box + max(0, x - 1)], starts[lane, cell_y * box + x + 1]
            for place in range(first, last):
                held = True
                i, (px, py, pz) = order[lane, place], points[lane, place]
                cell_x, z = int(px), int(pz)
                fx, fy, fz = px - cell_x, py - cell_y, pz - z
                w = (fx if cell_x < x else 1.0 - fx) * (fy if cell_y < y else 1.0 - fy)
                low, high = np.float32(w * (1.0 - fz)), np.float32(w * fz)
                at = z * _ROW + lane
                for c in range(0, atoms.shape[1], 2):
                    a, b = atoms[i, c], atoms[i, c + 1]
                    out[at] += low * a
                    out[at + LANES] += low * b
                    out[at + _ROW] += high * a
                    out[at + _ROW + LANES] += high * b
                    at += deep * _ROW
    return held
