"""The predicted partners of the antibody set: could docking them be right at all, and are they what docs say?"""

import importlib.util
import re
import tarfile
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def benchmark():
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(ROOT / "benchmarks")
        place = importlib.util.spec_from_file_location("docking_benchmark", ROOT / "benchmarks/docking.py")
        module = importlib.util.module_from_spec(place)
        place.loader.exec_module(module)
    return module


def superposed(benchmark, folder):
    """Lay both predicted partners over the known complex, and judge that."""
    r_u, l_u, r_b, l_b = (
        benchmark.heavy(benchmark.read_structure(folder / f"{name}.pdb")) for name in ("r_u", "l_u", "r_b", "l_b")
    )
    found = benchmark.mappings((r_b, l_b), r_u, l_u)
    traced, home = l_u.coord[found[0].traced], found[0].home
    turn, _ = Rotation.align_vectors(home - home.mean(axis=0), traced - traced.mean(axis=0))
    laid = l_u.with_coord(turn.apply(l_u.coord - traced.mean(axis=0)) + home.mean(axis=0))
    names = [
        dict(zip(zip(one.residue_number.tolist(), one.insertion.tolist(), strict=True), one.residue_name, strict=True))
        for one in (r_b, r_u, l_b, l_u)
    ]
    same = all(known[place] == own[place] for known, own in (names[:2], names[2:]) for place in known)
    return float(benchmark.dockq(found, [laid])[0]), same, benchmark.closed(r_u) is not None, l_u


@pytest.mark.measurement
def test_predicted_partners_laid_over_the_known_complex_are_acceptable_models(benchmark, shared, tmp_path):
    with tarfile.open(shared / "abag.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    quality, unrecognised, cut = {}, [], 0
    for folder in sorted((tmp_path / "abag").iterdir()):
        quality[folder.name], same, recognised, antigen = superposed(benchmark, folder)
        assert same, f"{folder.name}: numbers of the known complex are not those of the predicted partners"
        unrecognised += [] if recognised else [folder.name]
        cut += benchmark.trimmed(antigen, 70).n_residues < antigen.n_residues
    text = " ".join((ROOT / "docs/validation.md").read_text().split())
    said = re.search(r"DockQ of (0\.\d+) to (0\.\d+) for (\d+) of the (\d+), and of (0\.\d+) for (\w{4})", text)
    low, high, possible, of, least, impossible = said.groups()
    assert quality.pop(impossible) == pytest.approx(float(least), abs=0.0051)
    assert (len(quality), len(quality) + 1) == (int(possible), int(of))
    assert [min(quality.values()), max(quality.values())] == pytest.approx([float(low), float(high)], abs=0.0051)
    assert unrecognised == ["7k7h"]
    assert f"changes {cut} of the {of} antigens" in text


def test_only_ends_of_low_confidence_are_cut(benchmark, bound_pair):
    body = bound_pair("1ppe")[1]
    plddt = np.full(body.n_residues, 90.0)
    plddt[[0, 1, 5, -1]] = 40, 69.9, 30, 50
    predicted = benchmark.replace(body, b_factor=plddt[body.residue_index])
    cut = benchmark.trimmed(predicted, 70)
    assert (
        cut.residue_number.tolist()
        == body.residue_number[(body.residue_index >= 2) & (body.residue_index < body.n_residues - 1)].tolist()
    )
    with pytest.raises(ValueError, match="no residue has a pLDDT of 95 or more"):
        benchmark.trimmed(predicted, 95)
