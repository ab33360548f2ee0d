"""Time one orientation of the scan: whole library transforms against one of 16 in the fused kernel, on one thread.

    python benchmarks/kernel.py --size 80 --terms 6

Prints the milliseconds of both (the median of `--repeats` turns, one after the other), the largest difference between
their grids of scores as a share of the largest score, and `ratio R`. Both start from the same ligand atoms and end with
the scores of every translation; the ligand's box is 0.45 of the grid's edge. At last come the seconds in which a fresh
process has loaded the kernel, compiled by an earlier one, and scored its first orientation.

    python benchmarks/kernel.py --pair 1bvn A B --rotations 200

searches a demo pair both ways: by the kernel, and as where it cannot be compiled.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from functools import partial
from importlib.resources import files

import numpy as np
import scipy.fft

from crossdock.docking.backends.local.search import SAMPLINGS, SCAN_ENERGY
from crossdock.docking.engine import device
from crossdock.docking.engine.atoms import docking_atoms
from crossdock.docking.engine.correlation import Correlator, scan
from crossdock.docking.engine.fields import spread
from crossdock.docking.engine.kernel import TOGETHER, Kernel
from crossdock.docking.engine.sizes import SIZES
from crossdock.docking.engine.start import start
from crossdock.geometry.rotations import uniform_rotations
from crossdock.structures.prepare import prepare

ATOMS = 1500
SPACING = SAMPLINGS["default"].spacing
START = """
import time
began = time.perf_counter()
import numpy as np
from crossdock.docking.engine.kernel import Kernel
kernel = Kernel(np.zeros((6, 80, 80, 80), dtype=np.float32), 36)
kernel.scores(np.full((10, 3), 5.0), np.ones((6, 10)), kernel.workspace())
print(time.perf_counter() - began)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, nargs="+", default=[64, 80, 96, 128], choices=SIZES, metavar="N")
    parser.add_argument("--terms", type=int, default=6)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument(
        "--pair", nargs=3, metavar=("ENTRY", "RECEPTOR", "LIGAND"), help="an entry of the demo, two chains"
    )
    parser.add_argument("--rotations", type=int, default=200)
    options = parser.parse_args()
    if options.pair:
        search_pair(*options.pair, options.rotations)
        return
    for size in options.size:
        rng = np.random.default_rng(size)
        shape, box = (size, size, size), max(16, int(0.45 * size))
        fields = rng.normal(size=(options.terms, *shape)).astype(np.float32)
        points, carried = rng.uniform(0, box - 1.01, size=(ATOMS, 3)), rng.normal(size=(options.terms, ATOMS))
        spectra = [scipy.fft.rfftn(field) for field in fields]
        kernel = Kernel(fields, box)
        workspace = kernel.workspace()

        def library(points=points, carried=carried, box=box, spectra=spectra, shape=shape):
            total = np.zeros_like(spectra[0])
            for part, spectrum in zip(spread(points, carried, box), spectra, strict=True):
                total += spectrum * scipy.fft.rfftn(part, s=shape).conj()
            return scipy.fft.irfftn(total, s=shape)

        def fused(kernel=kernel, points=points, carried=carried, workspace=workspace):
            kernel.correlate([points] * TOGETHER, carried, workspace)

        found = kernel.scores(points, carried, workspace)
        expected = library()
        difference = abs(found - expected).max() / abs(expected).max()
        times = np.array([[seconds(library), seconds(fused) / TOGETHER] for _ in range(options.repeats)])
        slow, fast = np.median(times, axis=0)
        ratio = np.median(times[:, 0] / times[:, 1])
        print(
            f"size {size}  terms {options.terms}  scipy.fft {1e3 * slow:.1f} ms  kernel {1e3 * fast:.1f} ms  "
            f"difference {difference:.0e}  ratio {ratio:.1f}"
        )
    starts = [float(subprocess.check_output([sys.executable, "-c", START])) for _ in range(4)]
    print(f"start, compiled before: {min(starts[1:]):.1f} to {max(starts[1:]):.1f} s")


def search_pair(entry: str, receptor: str, ligand: str, rotations: int) -> None:
    """Print the CPU seconds of both searches of a pair, on one thread, medians of five turns one after the other."""
    path = files("crossdock") / "demo" / f"{entry}.pdb.gz"
    bodies = [docking_atoms(prepare(path, name=chain, chains=[chain])[0]) for chain in (receptor, ligand)]
    stays, moves, _ = start(*bodies, SCAN_ENERGY, spacing=SPACING, turn=np.array([1.0, 0, 0, 0]))
    correlator = Correlator(stays.atoms, moves.atoms, SCAN_ENERGY, spacing=SPACING)
    given = {"correlator": correlator, "rotations": uniform_rotations(rotations), "per_rotation": 6}
    times = [
        [seconds(partial(device.scan, arrays=device.host(), **given)), seconds(partial(scan, **given))]
        for _ in range(6)
    ]
    slow, fast = np.median(times[1:], axis=0)  # the first turn loads the compiled code
    print(
        f"{entry}  grid {correlator.grid.shape}  scipy.fft {slow:.2f} s  kernel {fast:.2f} s  ratio {slow / fast:.1f}"
    )


def seconds(function) -> float:
    """Give the CPU seconds of one call."""
    began = time.process_time()
    function()
    return time.process_time() - began


if __name__ == "__main__":
    main()
