"""The fast path of the scan: one ligand orientation at every translation, in one fused sweep through Fourier space.

The ligand fills a box smaller than the grid, so only lines that hold something are transformed, axis by axis; two real
channels go through the first axis as one complex line; a plane of constant k_z passes through both other axes, the
products with the receptor and half of the way back while it is in cache. Every transform is two butterflies on 16 lines
side by side. `correlation.py` has the same in library calls, which tests compare this with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from crossdock.compiled import compiled
from crossdock.docking.engine.butterflies import add_product, butterfly, join, split, transpose
from crossdock.docking.engine.sizes import FACTORS, LANES, SIZES

#: Orientations that are scored together: the receptor's spectra come from memory once for all of them.
TOGETHER = 4
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
    """Transform `other` sets of `radix` rows each and turn them; of each set only the first half may hold something."""
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


def _blocks(n: int) -> int:
    return -(-n // LANES)


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
    Within, the axes stand in reverse: z of a grid is mostly its longest axis, and lanes are best filled along it.
    """

    def __init__(self, fields: NDArray[np.float32], box: int) -> None:
        fields = fields.transpose(0, 3, 2, 1)
        channels, nx, ny, nz = fields.shape
        if not (LANES <= box <= min(nx, ny, nz) and {nx, ny, nz} <= set(SIZES)):
            raise ValueError(
                f"a box of {box} points and a grid of {nx} x {ny} x {nz}: expected a box from {LANES} up to the grid"
            )
        self.channels = channels
        self.shape = (nx, ny, nz)
        self.box = box
        self.pairs = -(-channels // 2)
        self._axes = (_axis(nx), _axis(ny), _axis(nz))
        # Rows of a line that are read: half of them where the box is no longer.
        self._half = tuple(box <= n // 2 for n in self.shape)
        self._read = tuple(n // 2 if half else n for n, half in zip(self.shape, self._half, strict=True))
        self._spectra = self._receptor(fields)

    def _receptor(self, fields: NDArray[np.float32]) -> NDArray[np.float32]:
        """Lay out the receptor's spectra as they are met: k_z, channel, block of k_x, k_y, row."""
        nx, ny, nz = self.shape
        shape = (nz // 2 + 1, 2 * self.pairs, _blocks(nx), ny, 2, LANES)
        out = _zeros(int(np.prod(shape))).reshape(shape)
        for channel, field in enumerate(fields):
            spectrum = np.fft.rfftn(field) / (2.0 * field.size)
            padded = np.zeros((_blocks(nx) * LANES, ny, nz // 2 + 1), dtype=complex)
            padded[:nx] = spectrum
            lanes = padded.reshape(_blocks(nx), LANES, ny, -1).transpose(3, 0, 2, 1)
            out[:, channel, :, :, 0], out[:, channel, :, :, 1] = lanes.real, lanes.imag
        return out.ravel()

    def workspace(self) -> tuple[NDArray[np.float32], ...]:
        """Give the arrays that one thread works in for up to `TOGETHER` orientations; the last receives scores."""
        (nx, ny, nz), (rx, ry, rz), box = self.shape, self._read, self.box
        x_blocks, y_blocks, deep = _blocks(nx), _blocks(ny), nz // 2 + 1
        longest = max(self.shape) + LANES
        sizes = (
            self.pairs * _blocks(box * box) * rz * _ROW,  # boxes
            TOGETHER * deep * 2 * self.pairs * 2 * (_blocks(rx * box) + 1) * LANES,  # planes
            2 * self.pairs * x_blocks * ry * _ROW,  # turned
            x_blocks * LANES * y_blocks * _ROW,  # back
            TOGETHER * deep * (nx * y_blocks + 1) * _ROW,  # half_way
            longest * _ROW,  # work
            longest * _ROW,  # line
            longest * _ROW,  # total
            nx * y_blocks * nz * LANES,  # scores
        )
        return tuple(np.split(_zeros(sum(sizes)), np.cumsum(sizes)[:-1]))

    def correlate(
        self,
        orientations: Sequence[NDArray[np.float64]],
        carried: NDArray[np.float64],
        workspace: tuple[NDArray[np.float32], ...],
    ) -> Iterator[NDArray[np.float32]]:
        """Score every translation of up to `TOGETHER` orientations.

        Parameters
        ----------
        orientations : sequence of ndarray, dtype=float64, shape=(n, 3)
            Ligand atoms, in units of the spacing from the corner of the box.
        carried : ndarray, dtype=float64, shape=(channels, n)
        workspace : tuple
            From `workspace`, used by nobody else until the last scores are taken.

        Yields
        ------
        ndarray, dtype=float32, shape=(nz, blocks, nx, LANES)
            Of one orientation, point (x, y, z) at [z, y // LANES, x, y % LANES]; part of the workspace, which the next
            orientation overwrites. 0 where y is beyond the grid.
        """
        nx, ny, nz = self.shape
        points = np.array([points[:, ::-1] for points in orientations])
        if len(points) > TOGETHER or carried.shape != (self.channels, points.shape[1]):
            raise ValueError(f"expected up to {TOGETHER} orientations, and of every atom a value for each channel")
        if points.min() < 0 or points.max() >= self.box - 1:
            raise ValueError("expected every atom in the box")
        _sweep(points, carried, self.box, self.shape, self._read, self._half, self._axes, self._spectra, workspace)
        for place in range(len(points)):
            _last_axis(place, self.shape, self._axes[2], workspace)
            yield workspace[-1].reshape(nx, _blocks(ny), nz, LANES)

    def scores(
        self, points: NDArray[np.float64], carried: NDArray[np.float64], workspace: tuple[NDArray[np.float32], ...]
    ) -> NDArray[np.float32]:
        """Score every translation of one orientation, as `correlate` does."""
        return next(self.correlate([points], carried, workspace))


def _zeros(size: int) -> NDArray[np.float32]:
    """Give an array that starts with a cache line and, if large, lies on large pages where the system has them."""
    # numpy asks for large pages in empty(), not in zeros().
    raw = np.empty(size + LANES, dtype=np.float32)
    raw[:] = 0.0
    start = -(raw.ctypes.data // raw.itemsize) % LANES
    return raw[start : start + size]


@compiled(nogil=True)
def _sweep(
    points: NDArray[np.float64],
    carried: NDArray[np.float64],
    box: int,
    shape: tuple[int, int, int],
    read: tuple[int, int, int],
    half: tuple[bool, bool, bool],
    axes: tuple[_Axis, _Axis, _Axis],
    spectra: NDArray[np.float32],
    workspace: tuple[NDArray[np.float32], ...],
) -> None:
    """Transform orientations along z, and then all of them plane by plane, so that each reads the same spectra."""
    boxes, planes, turned, back, half_way, work, line, total, _ = workspace
    nx, ny, nz = shape
    rx, ry, rz = read
    x_axis, y_axis, z_axis = axes
    n_pairs = (carried.shape[0] + 1) // 2
    channels = 2 * n_pairs
    lines = (box * box + LANES - 1) // LANES
    plane = ((rx * box + LANES - 1) // LANES + 1) * LANES
    x_blocks, y_blocks = (nx + LANES - 1) // LANES, (ny + LANES - 1) // LANES
    deep = nz // 2 + 1
    sheet = _sheet(nx, ny)
    planes_size, half_way_size = deep * channels * 2 * plane, deep * sheet

    # z: two channels a line; 16 neighbouring (x, y) side by side.
    for place in range(len(points)):
        boxes[:] = 0.0
        _fill(points[place], carried, box, lines, rz, boxes)
        for pair in range(n_pairs):
            for block in range(lines):
                at = (pair * lines + block) * rz * _ROW
                _transform(z_axis, half[2], boxes, at, at + LANES, _ROW, work, line, 0, LANES, _ROW)
                for k in range(deep):
                    a = place * planes_size + (k * channels + 2 * pair) * 2 * plane + block * LANES
                    mirror = (nz - k) % nz * _ROW
                    split(line, k * _ROW, mirror, planes, a, a + plane, a + 2 * plane, a + 3 * plane)

    for k in range(deep):
        for place in range(len(points)):
            # x: 16 neighbouring y side by side, and then 16 neighbouring k_x.
            line[nx * _ROW :] = 0.0
            for channel in range(channels):
                at = place * planes_size + (k * channels + channel) * 2 * plane
                for y in range(0, box, LANES):
                    y = min(y, box - LANES)
                    _transform(x_axis, half[0], planes, at + y, at + plane + y, box, work, line, 0, LANES, _ROW)
                    for block in range(x_blocks):
                        to = ((channel * x_blocks + block) * ry + y) * _ROW
                        _transpose_rows(line, block * LANES * _ROW, turned, to)
            for block in range(x_blocks):
                # y, the products, y on the way back, and 16 neighbouring y side by side again.
                total[:] = 0.0
                for channel in range(channels):
                    at = (channel * x_blocks + block) * ry * _ROW
                    _transform(y_axis, half[1], turned, at, at + LANES, _ROW, work, line, 0, LANES, _ROW)
                    spectrum = ((k * channels + channel) * x_blocks + block) * ny * _ROW
                    for row in range(0, ny * _ROW, _ROW):
                        add_product(total, row, spectra, spectrum + row, line, row)
                line[ny * _ROW :] = 0.0
                _transform(y_axis, False, total, LANES, 0, _ROW, work, line, LANES, 0, _ROW)
                for y in range(y_blocks):
                    _transpose_rows(line, y * LANES * _ROW, back, (y * x_blocks + block) * LANES * _ROW)
            for y in range(y_blocks):
                at, to = y * x_blocks * LANES * _ROW, place * half_way_size + k * sheet + y * _ROW
                _transform(x_axis, False, back, at + LANES, at, _ROW, work, half_way, to + LANES, to, y_blocks * _ROW)


@compiled(nogil=True)
def _last_axis(
    place: int, shape: tuple[int, int, int], z_axis: _Axis, workspace: tuple[NDArray[np.float32], ...]
) -> None:
    """Transform one of the orientations along z on the way back: the lines of two neighbouring x as one."""
    nx, ny, nz = shape
    half_way, work, line, scores = workspace[4], workspace[5], workspace[6], workspace[8]
    y_blocks, deep, sheet = (ny + LANES - 1) // LANES, nz // 2 + 1, _sheet(nx, ny)
    for x in range(0, nx, 2):
        for y in range(y_blocks):
            for k in range(deep):
                at = (place * deep + k) * sheet + (x * y_blocks + y) * _ROW
                join(half_way, at, at + y_blocks * _ROW, line, k * _ROW, (nz - k) % nz * _ROW)
            a, b = (x * y_blocks + y) * nz * LANES, ((x + 1) * y_blocks + y) * nz * LANES
            _transform(z_axis, False, line, LANES, 0, _ROW, work, scores, b, a, LANES)


@compiled(nogil=True)
def _sheet(nx: int, ny: int) -> int:
    """Give the size of a plane on the way back: one row more, so that planes do not compete for cache lines."""
    return (nx * ((ny + LANES - 1) // LANES) + 1) * _ROW


@compiled(nogil=True)
def _transpose_rows(source: NDArray[np.float32], at: int, target: NDArray[np.float32], to: int) -> None:
    transpose(source, at, _ROW, target, to, _ROW)
    transpose(source, at + LANES, _ROW, target, to + LANES, _ROW)


@compiled(nogil=True)
def _fill(
    points: NDArray[np.float64], carried: NDArray[np.float64], box: int, lines: int, deep: int, out: NDArray[np.float32]
) -> None:
    """Spread atoms on the boxes with trilinear weights; (x, y) is lane (x box + y) mod 16 of a block of lines."""
    for i in range(points.shape[0]):
        x, y, z = int(points[i, 0]), int(points[i, 1]), int(points[i, 2])
        fx, fy, fz = points[i, 0] - x, points[i, 1] - y, points[i, 2] - z
        for dx in range(2):
            wx = fx if dx else 1.0 - fx
            for dy in range(2):
                wy = wx * (fy if dy else 1.0 - fy)
                at = (x + dx) * box + y + dy
                block, lane = at // LANES, at % LANES
                for dz in range(2):
                    w = wy * (fz if dz else 1.0 - fz)
                    for c in range(carried.shape[0]):
                        place = (((c // 2) * lines + block) * deep + z + dz) * _ROW + (c % 2) * LANES + lane
                        out[place] += w * carried[c, i]
