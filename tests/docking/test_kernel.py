"""The fused transforms equal the library's, line by line and over whole grids."""

import time

import numpy as np
import pytest
import scipy.fft

from crossdock.docking.engine.fields import spread
from crossdock.docking.engine.kernel import TOGETHER, Kernel, _axis, _transform
from crossdock.docking.engine.sizes import LANES, SIZES


@pytest.mark.parametrize("n", SIZES)
def test_transform_of_every_size(n):
    rng = np.random.default_rng(n)
    x = rng.normal(size=(n, 2, LANES)).astype(np.float32)
    lines = x[:, 0] + 1j * x[:, 1]
    work, out = np.zeros(2 * LANES * n, dtype=np.float32), np.zeros(2 * LANES * n, dtype=np.float32)
    row = 2 * LANES

    def transformed(half, swapped=0):
        re, im = (LANES, 0) if swapped else (0, LANES)
        _transform(_axis(n), half, x.ravel(), re, im, row, work, out, re, im, row)
        y = out.reshape(n, 2, LANES)
        return y[:, 0] + 1j * y[:, 1]

    tolerance = 2e-6 * np.sqrt(n) * 4
    assert abs(transformed(False) - np.fft.fft(lines, axis=0)).max() < tolerance
    assert abs(transformed(False, swapped=1) - np.fft.ifft(lines, axis=0) * n).max() < tolerance
    x[n // 2 :] = 0
    assert abs(transformed(True) - np.fft.fft(x[:, 0] + 1j * x[:, 1], axis=0)).max() < tolerance


@pytest.mark.parametrize(
    ("shape", "box", "channels"),
    [((48, 40, 54), 16, 6), ((64, 64, 64), 30, 6), ((32, 36, 30), 29, 7), ((20, 50, 24), 16, 1)],
)
def test_kernel_equals_library_transforms(shape, box, channels):
    rng = np.random.default_rng(3)
    fields = rng.normal(size=(channels, *shape)).astype(np.float32)
    points, carried = rng.uniform(0, box - 1.01, size=(300, 3)), rng.normal(size=(channels, 300))
    kernel = Kernel(fields, box)
    workspace = kernel.workspace()
    kernel.scores(rng.permuted(points), carried, workspace)  # what an orientation leaves behind must not matter
    scores = kernel.scores(points, carried, workspace)
    expected = sum(
        scipy.fft.irfftn(scipy.fft.rfftn(field) * scipy.fft.rfftn(part, s=shape).conj(), s=shape)
        for field, part in zip(fields.astype(float), spread(points, carried, box).astype(float), strict=True)
    )
    assert abs(scores - expected).max() < 2e-5 * abs(expected).max()


def test_orientations_scored_together_have_the_scores_of_each():
    rng = np.random.default_rng(5)
    fields, carried = rng.normal(size=(3, 30, 32, 48)).astype(np.float32), rng.normal(size=(3, 50))
    kernel = Kernel(fields, 18)
    workspace = kernel.workspace()
    # Some leave lines empty that others fill.
    orientations = [rng.uniform(0, 16.9 - i, size=(50, 3)) for i in range(TOGETHER)]
    alone = [kernel.scores(points, carried, workspace).copy() for points in orientations]
    for given in (orientations, orientations[::-1], orientations[3:5]):
        scores, lowest = (one.copy() for one in kernel.correlate(given, carried, workspace))
        expected = alone[3:5] if len(given) == 2 else alone if given is orientations else alone[::-1]
        together = scores.transpose(3, 2, 1, 0)[: len(given)]
        assert np.array_equal(together, expected)
        assert np.array_equal(lowest, scores.min(axis=2))
        assert not scores[..., len(given) :].any()
    assert not np.array_equal(alone[0], alone[1])
    with pytest.raises(ValueError, match=f"up to {TOGETHER} orientations"):
        kernel.correlate([*orientations, orientations[0]], carried, workspace)
    for beside in (-0.1, 17.0, np.nan):
        moved = orientations[0].copy()
        moved[3, 1] = beside
        with pytest.raises(ValueError, match="every atom in the box"):
            kernel.correlate([moved], carried, workspace)
    for shape, box in (((30, 32, 48), 31), ((30, 32, 48), 15), ((30, 33, 48), 18)):
        with pytest.raises(ValueError, match=f"a box of {box} points and a grid of 30 x {shape[1]} x 48"):
            Kernel(np.zeros((1, *shape), dtype=np.float32), box)


def test_kernel_is_much_faster_than_library_transforms():
    """benchmarks/kernel.py measures it well; here a floor that noise of the machine leaves standing."""
    rng = np.random.default_rng(1)
    shape, box = (64, 64, 64), 28
    fields = rng.normal(size=(6, *shape)).astype(np.float32)
    points, carried = rng.uniform(0, box - 1.01, size=(1000, 3)), rng.normal(size=(6, 1000))
    spectra = [scipy.fft.rfftn(field) for field in fields]
    kernel = Kernel(fields, box)
    workspace = kernel.workspace()

    def library():
        parts = spread(points, carried, box)
        total = sum(a * scipy.fft.rfftn(b, s=shape).conj() for a, b in zip(spectra, parts, strict=True))
        return scipy.fft.irfftn(total, s=shape)

    def seconds(function):
        began = time.process_time()
        function()
        return time.process_time() - began

    def fused():
        kernel.correlate([points] * TOGETHER, carried, workspace)

    fused()
    ratios = [TOGETHER * seconds(library) / seconds(fused) for _ in range(7)]
    assert np.median(ratios) > 2.5, ratios
