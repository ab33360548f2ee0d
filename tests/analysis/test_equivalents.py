"""Equivalent copies: built symmetries, and those that an independent program finds in Docking Benchmark 5."""

import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crossdock.analysis.equivalents import LEAST_LAID, correspondences, equivalents
from crossdock.structures.prepare import prepare
from crossdock.structures.structure import CHAIN_LETTERS, Structure, read_structure

CASES = Path(__file__).parents[1] / "data" / "cases"
#: AnAnaS lists these as c2. Heavy and light chain of an antibody have one fold and different sequences, and so have the
#: two chains of botrocetin, a snake venom's heterodimer (1IJK).
PSEUDO_SYMMETRIC = {
    *(("1IJK", "receptor"), ("2HMI", "ligand")),
    *((name, "receptor") for name in ("1BGX", "1BVK", "1DQJ", "1IQD", "1QFW", "1WEJ", "2VXT", "3EO1", "3EOA", "3G6D")),
    *((name, "receptor") for name in ("3HI6", "4FQI", "4G6J", "9QFW")),
}
#: Homodimers that AnAnaS does not list: neurotrophin 4/5, and domain I of transhydrogenase, each with other residues
#: missing in either copy.
NOT_LISTED = {("1HCF", "receptor"): 2, ("2OOR", "receptor"): 2}
UNPACKED = ("r_u.pdb", "l_u.pdb")


def joined(*parts):
    return Structure(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Structure.__dataclass_fields__)
    )


def copies(body, turns, offset):
    """Turn a body about the origin, from a place off it, each copy under a letter of its own."""
    coord = body.coord - body.coord.mean(axis=0) + offset
    return joined(
        *(
            replace(body, chain=np.full(len(body), letter)).with_coord(turn.apply(coord))
            for turn, letter in zip(turns, CHAIN_LETTERS, strict=False)
        )
    )


def ring(n):
    return [Rotation.from_euler("z", 360 * k / n, degrees=True) for k in range(n)]


@pytest.fixture(scope="module")
def dimer():
    return prepare(CASES / "c2_native.pdb.gz", name="dimer", chains=["A", "C"])[0]


@pytest.fixture(scope="module")
def chain(dimer):
    return dimer[dimer.chain == "A"]


def counts(body):
    return [int((laid >= 0).sum()) for laid in equivalents(body)]


def test_the_chains_of_a_homodimer_change_places(dimer):
    same, exchanged = equivalents(dimer)
    n = dimer.n_residues // 2
    assert same.tolist() == list(range(2 * n))
    assert exchanged.tolist() == [*range(n, 2 * n), *range(n)]


def test_copies_need_neither_letters_nor_numbers_nor_all_residues(dimer):
    """One chain letter, other numbers, six residues missing in one copy and a loop in the other, two mutations."""
    residue = dimer.residue_index
    second = dimer.chain == "C"
    n = int(residue[second].min())
    kept = ~np.isin(residue, [*range(6), *range(n + 100, n + 110)])
    names = np.where(np.isin(residue, [50, n + 150]), "TRP", dimer.residue_name)
    number = np.where(second, 3 * dimer.residue_number + 700, dimer.residue_number)
    body = replace(dimer, residue_name=names, residue_number=number, chain=np.full(len(dimer), "A"))[kept]
    same, exchanged = equivalents(body)
    here, there = np.flatnonzero(exchanged >= 0), exchanged[exchanged >= 0]
    assert len(same) == 2 * n - 16
    assert len(here) == 2 * (n - 6 - 10 - 2), "what only one copy has is left out, and what is mutated"
    left = np.unique(residue[kept])
    assert np.array_equal((left[here] + n) % (2 * n), left[there])


@pytest.mark.parametrize("n", [2, 3, 5, 12])
def test_a_ring_of_n_has_n_ways(chain, n):
    body = copies(chain, ring(n), [10.0 * n + 20, 0, 0])
    assert counts(body) == [chain.n_residues * n] * n


def test_a_dihedral_group_has_two_ways_a_pair(chain):
    flip = Rotation.from_euler("x", 180, degrees=True)
    body = copies(chain, [turn * side for turn in ring(3) for side in (Rotation.identity(), flip)], [60.0, 20, 40])
    assert counts(body) == [chain.n_residues * 6] * 6


def test_a_partner_goes_along(chain, dimer):
    """Copies of a heterodimer change places as wholes; what is there once is not equivalent to anything."""
    partner = prepare(CASES / "c2_native.pdb.gz", name="inhibitor", chains=["B"])[0]
    unit = joined(chain, partner)
    turns = ring(2)
    centred = unit.coord - unit.coord.mean(axis=0) + [60.0, 0, 0]
    parts = [
        replace(unit, chain=np.where(unit.chain == "A", letters[0], letters[1])).with_coord(turn.apply(centred))
        for turn, letters in zip(turns, ("AB", "CD"), strict=True)
    ]
    assert counts(joined(*parts)) == [2 * unit.n_residues] * 2
    lone = parts[1][parts[1].chain == "C"]
    assert counts(joined(parts[0], lone)) == [2 * unit.n_residues - partner.n_residues, 2 * chain.n_residues]


def test_copies_without_symmetry_are_not_equivalent(chain):
    rng = np.random.default_rng(0)
    turns = Rotation.random(4, random_state=0)
    parts = [
        replace(chain, chain=np.full(len(chain), letter)).with_coord(turn.apply(chain.coord) + 80 * rng.normal(size=3))
        for turn, letter in zip(turns, "ABCD", strict=True)
    ]
    assert len(equivalents(joined(*parts))) == 1


def test_a_repeat_within_a_chain_is_not_a_copy(chain):
    """An unbroken helix that repeats its sequence lies on itself after every repeat."""
    n, unit = (
        60,
        ("GLU", "LEU", "LYS", "ARG", "ALA", "GLN", "ILE", "VAL", "ASP", "TRP", "HIS", "PHE", "SER", "MET", "TYR"),
    )
    turn = np.radians(100) * np.arange(n)
    coord = np.column_stack([2.3 * np.cos(turn), 2.3 * np.sin(turn), 1.5 * np.arange(n)])
    alpha = chain[np.flatnonzero(chain.atom_name == "CA")[:n]]
    names = np.array([unit[i % len(unit)] for i in range(n)])
    body = replace(alpha, coord=coord, residue_name=names, residue_number=np.arange(1, n + 1))
    assert len(equivalents(body)) == 1


def test_a_body_lies_on_another_of_the_same_protein(dimer, chain):
    moved = chain.moved(Rotation.from_euler("y", 70, degrees=True).as_matrix(), np.array([30.0, 5, -8]))
    (laid,) = correspondences(chain, moved)
    assert laid.tolist() == list(range(chain.n_residues))
    assert correspondences(dimer, chain) == [], "a dimer is not its monomer"
    inhibitor = prepare(CASES / "c2_native.pdb.gz", name="inhibitor", chains=["B"])[0]
    assert correspondences(chain, inhibitor) == []


def order(groups):
    """Give the number of superpositions of the first group that is listed, the largest."""
    first = groups.split(",")[0]
    return int(first[1:]) * (2 if first[0] == "d" else 1) if first else 1


@pytest.mark.measurement
def test_the_benchmark_has_the_symmetries_that_ananas_finds(shared, tmp_path):
    """All 340 unbound partners: the same number of ways but for pseudo-symmetries and two dimers that it leaves out."""
    listed = {}
    for line in (shared / "bm5_symmetries.csv").read_text().splitlines()[1:]:
        name, *groups = line.split(":")
        listed |= {(name, side): order(text) for side, text in zip(("receptor", "ligand"), groups, strict=True)}
    with tarfile.open(shared / "bm5.tar.xz") as packed:
        for member in packed:
            if member.name.endswith(UNPACKED):
                packed.extract(member, tmp_path, filter="data")
    differ, folders = {}, sorted((tmp_path / "bm5").iterdir())
    assert len(folders) == 170
    for folder in folders:
        for file, side in zip(UNPACKED, ("receptor", "ligand"), strict=True):
            body = read_structure(folder / file)
            ways = equivalents(body)
            assert all((laid >= 0).sum() > LEAST_LAID * body.n_residues for laid in ways)
            one = folder.name.removesuffix("trunc"), side
            if len(ways) != listed[one]:
                differ[one] = len(ways)
    assert differ == dict.fromkeys(PSEUDO_SYMMETRIC, 1) | NOT_LISTED
