"""Antigen-binding loops: against the published loops of an antibody, a nanobody's, and the benchmark's complexes."""

from __future__ import annotations

import tarfile

import pytest
from scipy.spatial import cKDTree

from crossdock.structures.antibody import antigen_loops, paratope
from crossdock.structures.structure import read_structure

# Trastuzumab's variable domains and their loops (Kabat), Carter et al. 1992, PNAS 89:4285.
LIGHT = "DIQMTQSPSSLSASVGDRVTITCRASQDVNTAVAWYQQKPGKAPKLLIYSASFLYSGVPSRFSGSRSGTDFTLTISSLQPEDFATYYCQQHYTTPPTFGQGTKVEIK"
HEAVY = (
    "EVQLVESGGGLVQPGGSLRLSCAASGFNIKDTYIHWVRQAPGKGLEWVARIYPTNGYTRYADSVKGRFTISADTSKNTAYLQMNSLRAEDTAVYYCSRWGGDGFYAMDY"
    "WGQGTLVTVSS"
)


@pytest.mark.parametrize(
    ("sequence", "known"),
    [(LIGHT, ["RASQDVNTAVA", "SASFLYS", "QQHYTTPPT"]), (HEAVY, ["DTYIH", "RIYPTNGYTRY", "WGGDGFYAMDY"])],
)
def test_the_loops_of_trastuzumab(sequence, known):
    found = [sequence[start:end] for start, end in antigen_loops(sequence)]
    assert all(loop in got for loop, got in zip(known, found, strict=True))
    assert sum(map(len, found)) < 60


def test_a_chain_of_both_domains_has_both_sets_of_loops():
    assert antigen_loops(LIGHT + HEAVY) == antigen_loops(LIGHT) + [
        (start + len(LIGHT), end + len(LIGHT)) for start, end in antigen_loops(HEAVY)
    ]


def test_other_immunoglobulin_folds_have_none():
    # beta-2-microglobulin and the constant domain of a light chain: no J segment.
    for sequence in (
        "IQRTPKIQVYSRHPAENGKSNFLNCYVSGFHPSDIEVDLLKNGERIEKVEHSDLSFSKDWSFYLLYYTEFTPTEKDEYACRVNHVTLSQPKIVKWDRDM",
        "RTVAAPSVFIFPPSDEQLKSGTASVVCLLNNFYPREAKVQWKVDNALQSGNSQESVTEQDSKDSTYSLSSTLTLSKADYEKHKVYACEVTHQGLSSPVTKSFNRGEC",
    ):
        assert antigen_loops(sequence) == []


@pytest.mark.measurement
def test_antibodies_of_the_benchmark_bind_with_what_is_open(shared, tmp_path):
    """Six antibodies, and every tenth other protein: what is open holds the true interface."""
    archive = shared / "bm5.tar.xz"
    antibodies = ["1AHW", "1BVK", "1IQD", "2VIS", "3G6D", "4G6M"]
    others = ["1A2K", "1FQJ", "1RV6", "2HLE", "3BP8", "1DE4"]
    wanted = {f"bm5/{name}/{side}.pdb" for name in antibodies + others for side in ("r_u", "l_u", "r_b", "l_b")}
    with tarfile.open(archive) as packed:
        for member in packed:
            if member.name in wanted:
                packed.extract(member, tmp_path, filter="data")
    for name in antibodies + others:
        r_u, r_b, l_b = (read_structure(tmp_path / "bm5" / name / f"{side}.pdb") for side in ("r_u", "r_b", "l_b"))
        found = paratope(r_u)
        assert (found is not None) == (name in antibodies), name
        if found is None:
            continue
        assert found.mean() < 0.7, name
        touching = cKDTree(l_b.coord).query(r_b.coord)[0] < 5
        mask = paratope(r_b)[r_b.residue_index]
        assert (touching & ~mask).sum() <= 0.02 * touching.sum(), name
