"""The scan as a graphics card runs it, through numpy in CuPy's place, against the scan on the CPU; and on a card."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import scipy.fft

from crossdock.docking.backends.local import search as local
from crossdock.docking.backends.local.search import Options, estimate_seconds
from crossdock.docking.engine import correlation, device, lowest
from crossdock.docking.engine.atoms import docking_atoms
from crossdock.docking.engine.kernel import Kernel
from crossdock.errors import DockingError, InputError
from crossdock.geometry.rotations import matrix, uniform_rotations
from crossdock.structures.shape import Size

#: Scores differ by less than this part of the largest on the grid (a clash): what single precision leaves.
TOLERANCE = 1e-6
NUMPY = device.Arrays(np, scipy.fft, np.asarray, lambda: 2**30)
ROTATIONS = uniform_rotations(24)[:10]


@pytest.fixture(scope="module")
def correlator(bound_pair):
    """Give trypsin and its inhibitor on a coarse grid, with a few residues closed, so that every channel counts."""
    receptor, ligand = (
        docking_atoms(one, one.residue_index % 7 == 0, one.residue_index % 5 == 0) for one in bound_pair("1ppe")
    )
    ligand = replace(ligand, coord=ligand.coord - ligand.coord.mean(axis=0))
    return correlation.Correlator(receptor, ligand, local.SCAN_ENERGY, spacing=2.0)


def same_scores(correlator, arrays):
    """Assert that a batch has the scores of the CPU; give how far they may differ."""
    turns = matrix(ROTATIONS[:4])
    got = device.BatchCorrelator(correlator, arrays).scores(turns)
    assert got.dtype == np.float32
    expected = np.stack([correlator.scores(turn) for turn in turns])
    allowed = TOLERANCE * abs(expected).max()
    assert abs(arrays.to_host(got) - expected).max() < allowed
    return allowed


def same_scan(one, other, allowed):
    """Assert that two scans found the same, up to rounding; another point has the same score, and is rare."""
    assert one.rotation.tolist() == other.rotation.tolist()
    assert abs(one.score - other.score).max() < allowed
    assert (np.linalg.norm(one.translation - other.translation, axis=1) > 1e-6).mean() < 0.02


def test_best_points_of_a_batch_are_those_of_the_cpu():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(3, 12, 10, 14)).astype(np.float32)
    scores[2] = 1
    scores[2, 11, 0, 13] = -1
    lanes = scores.transpose(3, 2, 1, 0).copy()  # the kernel's axes are in reverse
    lines = lanes.min(axis=2)
    expected = [lowest.best_points(lanes, lines, lane, 5, 2) for lane in range(3)]
    places, values = device.best_points(scores, 5, 2, np)
    for at, value, (points, best) in zip(places, values, expected, strict=True):
        found = np.stack(np.unravel_index(at, (12, 10, 14)), axis=1)[value < 0]
        assert found.tolist() == points.tolist()
        assert value[value < 0].tolist() == best.tolist()
    assert (values[2] < 0).tolist() == [True, False, False, False, False]


@pytest.mark.measurement
def test_the_scan_is_that_of_the_cpu_whatever_the_batch(correlator):
    on_cpu = correlation.scan(correlator, ROTATIONS, per_rotation=6)
    progress_calls = []
    complete = device.scan(correlator, ROTATIONS, per_rotation=6, arrays=NUMPY, progress=progress_calls.append)
    same_scan(on_cpu, complete, same_scores(correlator, NUMPY))
    assert progress_calls == [10]
    points = np.prod(correlator.grid.shape)
    # Room for three of the ten: three full batches and one of one.
    little = replace(NUMPY, free=lambda: 3.5 * points * device.BYTES_PER_POINT / device.MEMORY_SHARE)
    progress_calls.clear()
    pieces = device.scan(correlator, ROTATIONS, per_rotation=6, arrays=little, progress=progress_calls.append)
    assert progress_calls == [3, 6, 9, 10]
    assert pieces.translation.tolist() == complete.translation.tolist()
    assert pieces.score == pytest.approx(complete.score, rel=1e-6)
    assert device.BatchCorrelator(correlator, replace(NUMPY, batch_points=5 * points)).batch_size() == 5


def test_a_pair_that_the_card_does_not_hold_is_said(correlator):
    with pytest.raises(DockingError, match=r"the graphics card has 0\.0 GB free, this pair needs .* GB\n.*`cpu`"):
        device.scan(correlator, ROTATIONS, per_rotation=6, arrays=replace(NUMPY, free=lambda: 1000))


def same_docking(one, other):
    """Assert that two dockings found the same: their scans differ by rounding, and at the same points all is the same.

    Rescoring and refinement know nothing of the device.
    """
    decoys = [docking.record.pop("decoys") for docking in (one, other)]
    assert decoys[0] == pytest.approx(decoys[1], rel=1e-5), "the scan's scores differ by rounding"
    assert one.record == other.record
    poses, others = (set(map(tuple, docking.poses.drop(columns="rank").to_numpy())) for docking in (one, other))
    assert len(poses & others) > 0.98 * len(poses)


def same_on_a_card(receptor, ligand, options):
    on_cpu, on_card = (local.dock(receptor, ligand, replace(options, device=name)) for name in ("cpu", "cuda"))
    assert on_card.record["parameters"].pop("device") == "cuda"
    assert "tested on processors only" in on_card.record["notes"].pop()
    assert "tested on processors only" not in " ".join(on_cpu.record["notes"])
    assert on_cpu.record["parameters"].pop("device") == "cpu"
    same_docking(on_cpu, on_card)


def test_a_docking_is_that_of_the_cpu(bound_pair, monkeypatch):
    monkeypatch.setattr(local.device, "card", lambda: NUMPY)
    same_on_a_card(*bound_pair("1ppe"), Options("fast", 40, seed=4))


@pytest.fixture
def without_kernel(monkeypatch):
    """Make the kernel one that this machine cannot run; all else is compiled."""

    def scores(*_):
        raise RuntimeError("LLVM cannot select\nan instruction")

    monkeypatch.setattr(Kernel, "scores", scores)
    for once in (device._kernel_fault, device._say_slower):
        once.cache_clear()
    yield
    for once in (device._kernel_fault, device._say_slower):
        once.cache_clear()


@pytest.mark.measurement
def test_without_the_kernel_a_docking_is_the_same_and_says_once_that_it_is_slower(bound_pair, request, caplog):
    pair, options = bound_pair("1ppe"), Options("fast", 40, seed=4)
    by_kernel = local.dock(*pair, options)
    assert caplog.messages == []
    request.getfixturevalue("without_kernel")
    same_docking(by_kernel, local.dock(*pair, options))
    on_two = local.dock(*pair, replace(options, threads=2)).poses
    (said,) = caplog.messages
    assert "slower" in said
    assert "RuntimeError: LLVM cannot select an instruction" in said
    again = local.dock(*pair, options).poses
    assert on_two.equals(again), "whatever the number of threads"


def test_without_the_kernel_the_progress_is_told(correlator, without_kernel):
    progress_calls = []
    device.on_cpu(1)(correlator, ROTATIONS[:3], per_rotation=6, progress=progress_calls.append)
    assert progress_calls[-1] == 3


def test_what_is_missing_is_said_before_any_work(bound_pair, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.setattr(local, "docking_atoms", lambda *_: pytest.fail("work was begun"))
    with pytest.raises(InputError, match=r"CuPy.* is not installed\n.*pip install 'crossdock\[gpu\]'.*`cpu`"):
        local.dock(*bound_pair("1ppe"), Options(device="cuda"))
    with pytest.raises(InputError, match=r"there is no device 'gpu'\n.*expected one of cpu, cuda"):
        local.dock(*bound_pair("1ppe"), Options(device="gpu"))


def test_a_card_that_cannot_be_used_is_said(monkeypatch):
    """CuPy without a driver raises on first use; its words are passed on."""

    class Driverless:
        float32 = np.float32

        def ones(self, *_, **__):
            raise RuntimeError("cudaErrorInsufficientDriver: no driver")

    class Transforms:
        fft = scipy.fft

    for name, module in {"cupy": Driverless(), "cupyx": Transforms(), "cupyx.scipy": Transforms()}.items():
        monkeypatch.setitem(sys.modules, name, module)
    with pytest.raises(InputError, match=r"no graphics card that CuPy can use \(.*InsufficientDriver.*\n.*driver"):
        device.card()


def test_no_cpu_time_is_foretold_for_a_card():
    assert estimate_seconds(Size.globular(1000), Size.globular(1000), Options(device="cuda")) is None


@pytest.fixture
def card():
    """Give the card; skip where there is none, with CI=true too: it is no program that could be installed."""
    try:
        return device.card()
    except InputError as error:
        pytest.skip(f"no graphics card to test on: {error.what}")


def test_a_card_finds_what_the_cpu_finds(card, correlator, bound_pair):
    on_cpu = correlation.scan(correlator, ROTATIONS, per_rotation=6)
    on_card = device.scan(correlator, ROTATIONS, per_rotation=6, arrays=card)
    same_scan(on_cpu, on_card, same_scores(correlator, card))
    same_on_a_card(*bound_pair("1ppe"), Options("fast", 40, seed=4))
