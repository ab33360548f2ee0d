"""Derive a distance-dependent atomic potential for pairs 7 to 10 A apart, and tell what it is worth in ranking models.

    python benchmarks/docking.py BM5 --out FILE.tsv --poses POSES [--ids ...]
    python benchmarks/distance_potential.py COMPLEXES TABLE.tsv BM5 STRUCTURES --poses POSES --out RANKS.tsv

Pairs of heavy atoms of 167 types are counted within bodies (partners of COMPLEXES, unbound partners of BM5, chains of
STRUCTURES) and between the partners of COMPLEXES. The energy of a pair of types i, j in the shell b is that of DFIRE
(Zhou & Zhou 2002, Protein Sci 11:2714; Yang & Zhou 2008, Protein Sci 17:1212), in units of RT:

    u_ij(b) = -ln[ N_ij(b) / N_ij(ref) * w(ref) / w(b) ],  w = integral of r^1.61 dr over the shell,

with six shells of 0.5 A from 7 to 10 A, and all from 10 to 14.5 A as the reference. (The authors' reference is the last
0.5 A. w is the same for all types, so it acts on the size trend only, which is removed.) Counts are smoothed as
`probabilities` says. How strongly is chosen by the likelihood of pairs between partners, told from sources that are
related to none of them.

The term of a pose is the sum of u over the pairs between its partners, less a mean for each pair: the slope of the sums
against the numbers of pairs over poses of other complexes. It is added with one weight to the score of all refined
poses, and the clusters are ranked again. Nothing that is related to the family of a complex (`weights.families`) is
counted for it; slope and weight are chosen on complexes of other folds. Rankings are compared as in compare_ranks.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compare_ranks import LAST, change
from contact_potential import load
from crossdock.compiled import compiled
from crossdock.docking.clustering import ranked
from crossdock.docking.engine.atoms import N_TYPES, RESIDUE_NAMES, docking_atoms
from crossdock.docking.engine.neighbours import Neighbours, cube_at, neighbours
from crossdock.docking.poses import TERMS, other_scores, placements, read_poses
from crossdock.entries.amino_acids import BACKBONE, LETTERS, SIDE_CHAINS
from crossdock.structures.structure import Structure, read_structure
from docking import closed, heavy
from weights import RELATED, Complex, families, read_complex, summary

#: The 167 types: a heavy atom of an amino acid each.
ATOMS = [(name, atom) for name in RESIDUE_NAMES for atom in (*BACKBONE, *sorted(SIDE_CHAINS[name]))]
N = len(ATOMS)
_NUMBER = {pair: number for number, pair in enumerate(ATOMS)} | {
    (n, "OXT"): ATOMS.index((n, "O")) for n in RESIDUE_NAMES
}
#: Number of each pair of types, whichever comes first.
PAIR = np.zeros((N, N), dtype=np.int64)
PAIR[np.triu_indices(N)] = np.arange(N * (N + 1) // 2)
PAIR = np.maximum(PAIR, PAIR.T)
NEAREST, WIDTH, SHELLS, FARTHEST = 7.0, 0.5, 6, 14.5  # angstrom; the reference shell is the last one
ALPHA = 1.61
#: Residues of one chain that are nearer in sequence are not counted: their distance is set by the fold of the backbone.
SEPARATION = 10
#: Share of five-residue words from which on a body says nothing new.
COPY = 0.5
CONFIDENT = 70.0  # pLDDT of residues of predicted models that are counted
#: Parts in which bodies are dealt out for the learning curve.
PARTS = 8
WHOLE = "all"
SHARES = (1, 2, 4, PARTS)
#: Pseudo-counts that are compared, in pairs of atoms.
PSEUDO_COUNTS = (300.0, 1e3, 3e3, 1e4, 3e4, 1e5, np.inf)
#: What is used. Pairs of atoms of the same two residues come together, so that hundreds of pairs say as much as a few.
PSEUDO = 1e4
WEIGHTS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)


@dataclass
class Source:
    """What was counted in one body, or between two: pairs by types and shell, and the words of the sequences."""

    name: str
    between: bool
    counts: NDArray[np.uint16]
    words: list[set[str]]


def types(structure: Structure) -> NDArray[np.int64]:
    """Number the atoms by type; -1 has none."""
    names = zip(structure.residue_name.tolist(), structure.atom_name.tolist(), strict=True)
    return np.array([_NUMBER.get(pair, -1) for pair in names], dtype=np.int64)


def words(structure: Structure) -> set[str]:
    """Cut the sequence into words of five residues."""
    names = structure.residue_name[structure.atom_name == "CA"].tolist()
    sequence = "".join(LETTERS.get(name, "X") for name in names)
    return {sequence[i : i + 5] for i in range(len(sequence) - 4)}


def share(one: set[str], other: set[str]) -> float:
    """Give the share of words of the shorter sequence that both have, less one word that chance may give."""
    return (len(one & other) - 1) / max(min(len(one), len(other)), 1)


@compiled(nogil=True)
def count(
    a: NDArray[np.float64],
    kinds_a: NDArray[np.int64],
    places_a: NDArray[np.int64],
    b: NDArray[np.float64],
    kinds_b: NDArray[np.int64],
    places_b: NDArray[np.int64],
    within: bool,
    pair: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Count pairs of atoms by types and shell, shape=(pairs, SHELLS + 1); within a body each once."""
    out = np.zeros((pair.max() + 1, SHELLS + 1), dtype=np.int64)
    for i in range(len(a)):
        for j in range(i + 1 if within else 0, len(b)):
            if within and abs(places_a[i] - places_b[j]) < SEPARATION:
                continue
            d2 = (a[i, 0] - b[j, 0]) ** 2 + (a[i, 1] - b[j, 1]) ** 2 + (a[i, 2] - b[j, 2]) ** 2
            if NEAREST**2 <= d2 < FARTHEST**2:
                out[pair[kinds_a[i], kinds_b[j]], min(int((np.sqrt(d2) - NEAREST) / WIDTH), SHELLS)] += 1
    return out


def columns(structure: Structure) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Give positions, types and places in sequence of the atoms that have a type; other chains are far in sequence."""
    kinds = types(structure)
    letters = {letter: number for number, letter in enumerate(structure.chains)}
    chain = np.array([letters[letter] for letter in structure.chain.tolist()])
    place = structure.residue_index + 2 * SEPARATION * chain
    return structure.coord[kinds >= 0], kinds[kinds >= 0], place[kinds >= 0]


def source(name: str, bodies: Sequence[Structure]) -> Source:
    """Count one body, or between two."""
    found = count(*columns(bodies[0]), *columns(bodies[-1]), len(bodies) == 1, PAIR)
    return Source(name, len(bodies) == 2, found.astype(np.uint16), [words(body) for body in bodies])


def single(structure: Structure) -> Structure:
    """Keep the first of several places of an atom: some files have all models of an NMR structure one after another."""
    names = (structure.chain, structure.residue_number, structure.insertion, structure.atom_name)
    keys = zip(*(column.tolist() for column in names), strict=True)
    first = {key: row for row, key in reversed(list(enumerate(keys)))}
    return structure[np.array(sorted(first.values()))]


def read_sources(complexes: Path, table: Path, bm5: Path, structures: Path) -> list[Source]:
    """Count everything, without bodies that are copies of an earlier one."""
    bodies: list[tuple[str, list[Structure]]] = []
    for row in pd.read_csv(table, sep="\t", dtype=str).to_dict("records"):
        sides = [single(side) for side in load(complexes, row)]
        bodies += [(row["id"], sides), *((f"{row['id']}/{i}", [side]) for i, side in enumerate(sides, start=1))]
    for folder in sorted(path for path in bm5.iterdir() if (path / "r_u.pdb").is_file()):
        bodies += [
            (f"{folder.name}/{name}", [heavy(read_structure(folder / f"{name}.pdb"))]) for name in ("r_u", "l_u")
        ]
    for path in sorted(structures.glob("*.pdb")):
        entry = single(heavy(read_structure(path)))
        if path.name.startswith("AF_"):
            entry = entry[entry.b_factor >= CONFIDENT]
        bodies += [(f"{path.stem}/{chain}", [entry[entry.chain == chain]]) for chain in entry.chains]
    kept: list[Source] = []
    for name, parts in bodies:
        own = [words(part) for part in parts]
        if min(map(len, own)) < 15:
            continue
        copies = (one for one in kept if one.between == (len(parts) == 2))
        if not any(all(share(a, b) > COPY for a, b in zip(own, one.words, strict=True)) for one in copies):
            kept.append(source(name, parts))
    return kept


def coarse_pairs() -> NDArray[np.int64]:
    """Give for each pair of the 167 types the pair of the engine's 18."""
    names = np.array(ATOMS)
    n = len(names)
    blank = np.full(n, "")
    made = Structure(
        np.zeros((n, 3)),
        np.full(n, "A"),
        np.arange(n),
        blank,
        names[:, 0],
        names[:, 1],
        blank,
        np.zeros(n),
        blank == "x",
    )
    kind = docking_atoms(made).kind
    low, high = np.triu_indices(N)
    return np.sort(kind[np.column_stack([low, high])], axis=1) @ np.array([N_TYPES, 1])


COARSE = np.unique(coarse_pairs(), return_inverse=True)[1]


def probabilities(counts: NDArray, pseudo: float) -> NDArray[np.float64]:
    """Estimate how often a pair of types is in each shell, shape=(pairs, SHELLS + 1), rows add up to 1.

    `pseudo` counts are added to each pair of the 167 types, divided among the shells as in its pair of the 18 types;
    to these `PSEUDO`, divided as in all pairs. With infinitely many there are 18 types.
    """
    coarse = np.zeros((COARSE.max() + 1, counts.shape[1]))
    np.add.at(coarse, COARSE, counts)
    every = counts.sum(axis=0) / counts.sum()
    coarse = (coarse + PSEUDO * every) / (coarse.sum(axis=1, keepdims=True) + PSEUDO)
    own = counts.sum(axis=1, keepdims=True)
    share_own = own / (own + pseudo)
    return share_own * counts / np.maximum(own, 1.0) + (1.0 - share_own) * coarse[COARSE]


def ideal() -> NDArray[np.float64]:
    """Give w of each shell, the reference shell last."""
    border = np.array([*(NEAREST + WIDTH * np.arange(SHELLS + 1)), FARTHEST])
    return np.diff(border ** (ALPHA + 1.0)) / (ALPHA + 1.0)


def energies(counts: NDArray, pseudo: float) -> NDArray[np.float64]:
    """Compute u, shape=(pairs, SHELLS), units of RT, from smoothed counts; along the distance by weights 1, 2, 1."""
    p, w = probabilities(counts, pseudo), ideal()
    u = -np.log(p[:, :SHELLS] / p[:, SHELLS:] * w[SHELLS] / w[:SHELLS])
    padded = np.pad(u, ((0, 0), (1, 1)), mode="edge")
    return 0.25 * padded[:, :-2] + 0.5 * u + 0.25 * padded[:, 2:]


@compiled(nogil=True)
def sums(
    receptor: NDArray[np.float64],
    kinds_r: NDArray[np.int64],
    near: Neighbours,
    ligand: NDArray[np.float64],
    kinds_l: NDArray[np.int64],
    rotations: NDArray[np.float64],
    translations: NDArray[np.float64],
    pair: NDArray[np.int64],
    u: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum energies u, shape=(pairs, SHELLS, potentials), over the pairs of each pose; count the pairs too."""
    edge = NEAREST + WIDTH * SHELLS
    out, number = np.zeros((len(rotations), u.shape[2])), np.zeros(len(rotations))
    at = np.zeros(3)
    for pose in range(len(rotations)):
        for j in range(len(ligand)):
            for k in range(3):
                at[k] = translations[pose, k]
                for m in range(3):
                    at[k] += rotations[pose, k, m] * ligand[j, m]
            cube = cube_at(near.cubes, at[0], at[1], at[2])
            if cube < 0:
                continue
            for i in near.points[near.start[cube] : near.start[cube + 1]]:
                d2 = (receptor[i, 0] - at[0]) ** 2 + (receptor[i, 1] - at[1]) ** 2 + (receptor[i, 2] - at[2]) ** 2
                if NEAREST**2 <= d2 < edge**2:
                    both, b = pair[kinds_r[i], kinds_l[j]], int((np.sqrt(d2) - NEAREST) / WIDTH)
                    number[pose] += 1.0
                    for k in range(u.shape[2]):
                        out[pose, k] += u[both, b, k]
    return out, number


def pose_sums(
    receptor: Structure, ligand: Structure, poses: pd.DataFrame, u: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Score poses by several potentials: sums, shape=(poses, potentials), and numbers of pairs, shape=(poses,).

    Atoms that are closed to docking take no part.
    """
    parts = []
    for body in (receptor, ligand):
        shut, kinds = closed(body), types(body)
        used = kinds >= 0 if shut is None else (kinds >= 0) & ~shut
        parts.append((body.coord[used], kinds[used]))
    (fixed, kinds_r), (moving, kinds_l) = parts
    near = neighbours(fixed, NEAREST + WIDTH * SHELLS)
    values = np.ascontiguousarray(u, dtype=np.float32)
    return sums(fixed, kinds_r, near, moving, kinds_l, *placements(poses), PAIR, values)


@dataclass
class Scored:
    """A complex's poses with the sums of several potentials, shape=(poses, potentials), and numbers of pairs."""

    complex: Complex
    sums: NDArray[np.float64]
    pairs: NDArray[np.float64]
    family: int

    def first(self, term: NDArray[np.float64] | float = 0.0) -> int:
        """Give the rank of the first acceptable cluster after a term is added to the score; `LAST` if there is none."""
        table = pd.DataFrame(self.complex.terms, columns=list(TERMS))
        table = table.assign(score=self.complex.terms.sum(axis=1) + term)
        score = table["score"].to_numpy()
        listed = ranked(self.complex.clusters, score, others=other_scores(table))
        best = [one.members[score[one.members].argmin()] for one in listed]
        return next((rank for rank, pose in enumerate(best, start=1) if self.complex.good[pose]), LAST)


def slope(complexes: Sequence[Scored], which: int) -> float:
    """Fit the sums of a potential to the numbers of pairs, each complex about its own means."""
    above = below = 0.0
    for one in complexes:
        x, y = one.pairs - one.pairs.mean(), one.sums[:, which] - one.sums[:, which].mean()
        above, below = above + x @ y, below + x @ x
    return above / below


def related(sources: Sequence[Source], words_of: Sequence[Sequence[set[str]]]) -> NDArray[np.bool_]:
    """Tell which sources are relatives of which proteins, shape=(sources, len(words_of))."""
    return np.array(
        [[any(share(a, b) > RELATED for a in one.words for b in other) for other in words_of] for one in sources]
    )


def total(counts: NDArray[np.uint16], used: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Add up counts of the sources that are used."""
    return counts[used].sum(axis=0, dtype=np.int64).astype(float)


def gain(counts: NDArray[np.float64], others: NDArray[np.float64], pseudo: float) -> float:
    """Give the mean gain of ln p of a pair's shell over that of any types, for other counts, in 1/1000 nat a pair."""
    found = others.sum(axis=0) / others.sum()
    p = probabilities(counts, pseudo)
    p = p * found / (counts.sum(axis=0) / counts.sum())
    return float((others * np.log(p / p.sum(axis=1, keepdims=True) / found)).sum() / others.sum() * 1e3)


def likelihood(sources: Sequence[Source], counts: NDArray[np.uint16], part: NDArray[np.int64]) -> None:
    """Print the learning curve: how well shells are told from sources that are related to none of those asked for."""
    between = np.array([one.between for one in sources])
    for name, asked in (("between partners", np.flatnonzero(between)), ("within bodies", np.flatnonzero(~between))):
        kin = related(sources, [sources[place].words for place in asked])
        fold = np.arange(len(asked)) % 5
        others = [total(counts, asked[fold == out]) for out in range(5)]
        print(f"gain for pairs {name} in 1/1000 nat a pair, by pseudo-counts and share of the sources")
        for pseudo in PSEUDO_COUNTS:
            cells = []
            for parts in SHARES:
                used = [~kin[:, fold == out].any(axis=1) & (part < parts) for out in range(5)]
                gains = [gain(total(counts, chosen), other, pseudo) for chosen, other in zip(used, others, strict=True)]
                cells.append(f"{parts}/{PARTS} {np.mean(gains):.2f}")
            print(f"    {pseudo:6.0f}:  " + "  ".join(cells))


def judge(complexes: Sequence[Scored], fold: NDArray[np.int64], which: int) -> tuple[NDArray, NDArray, NDArray]:
    """Rank with a potential, whose slope and weight are chosen on the other folds.

    Gives ranks and weights, one a complex, and the mean change of ln(rank) by each of `WEIGHTS`.
    """
    table = np.zeros((len(complexes), len(WEIGHTS)), dtype=np.int64)
    for place, one in enumerate(complexes):
        mean = slope([other for other, f in zip(complexes, fold, strict=True) if f != fold[place]], which)
        term = one.sums[:, which] - mean * one.pairs
        table[place] = [one.first(weight * term) for weight in WEIGHTS]
    cost = np.log(np.minimum(table, LAST))
    chosen = np.array([cost[fold != f].mean(axis=0).argmin() for f in fold])
    by_weight = (cost - cost[:, :1]).mean(axis=0)
    return table[np.arange(len(table)), chosen], np.array(WEIGHTS)[chosen], by_weight


def potentials(
    sources: Sequence[Source], counts: NDArray[np.uint16], used: NDArray[np.bool_], part: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.float32]]:
    """Derive the potential from eighths, quarters, halves and all of the sources, and in three other ways."""
    names, made = [], []
    for n in SHARES:
        for first in range(0, PARTS, n):
            names.append(f"{n}/{PARTS} from {first}" if n < PARTS else WHOLE)
            made.append(energies(total(counts, used & (part >= first) & (part < first + n)), PSEUDO))
    between = np.array([one.between for one in sources])
    for name, chosen, pseudo in (
        ("within bodies only", used & ~between, PSEUDO),
        ("hardly smoothed", used, 300.0),
        ("18 types", used, np.inf),
    ):
        names.append(name)
        made.append(energies(total(counts, chosen), pseudo))
    return names, np.stack(made, axis=-1).astype(np.float32)


def read_complexes(
    folder: Path, poses: Path, sources: Sequence[Source], part: NDArray[np.int64], antigens: bool
) -> tuple[list[Scored], list[str]]:
    """Score the kept poses of all complexes, each with potentials that have seen no relative of its family.

    With `antigens`, complexes are of one fold if their ligands are related, and receptors do not count.
    """
    files = sorted(poses.glob("*.csv.gz"))
    complexes = [read_complex(folder / file.name.removesuffix(".csv.gz"), file) for file in files]
    family = np.array(families(complexes))
    kin = related(sources, [one.kmers for one in complexes])
    by_ligand = [replace(one, kmers=one.kmers[1:]) for one in complexes]
    folded = np.array(families(by_ligand)) if antigens else family
    counts = np.stack([one.counts for one in sources])
    scored, names = [], []
    for one, own, fold, file in zip(complexes, family, folded, files, strict=True):
        names, u = potentials(sources, counts, ~kin[:, family == own].any(axis=1), part)
        bodies = [heavy(read_structure(folder / one.name / f"{name}.pdb")) for name in ("r_u", "l_u")]
        scored.append(Scored(one, *pose_sums(*bodies, read_poses(file), u), int(fold)))
    return scored, names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("complexes", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("bm5", type=Path)
    parser.add_argument("structures", type=Path)
    parser.add_argument("--poses", type=Path, required=True)
    parser.add_argument("--judged", type=Path, help="folder of the complexes of POSES, if not BM5")
    parser.add_argument("--antigens", action="store_true", help="receptors are antibodies: folds by ligand")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sources = read_sources(options.complexes, options.table, options.bm5, options.structures)
    counts = np.stack([one.counts for one in sources])
    between = np.array([one.between for one in sources])
    for name, chosen in (("within bodies", ~between), ("between partners", between)):
        number = total(counts, chosen)[:, :SHELLS].sum()
        print(f"{chosen.sum()} counted {name}: {number / 1e6:.1f} million pairs at 7 to 10 A")
    part = np.random.default_rng(options.seed).permutation(len(sources)) % PARTS
    likelihood(sources, counts, part)
    del counts
    scored, names = read_complexes(options.judged or options.bm5, options.poses, sources, part, options.antigens)
    scored = [one for one in scored if one.complex.good.any()]  # no ranking changes the others
    family = [one.family for one in scored]
    largest = sorted(set(family), key=lambda number: (-family.count(number), number))
    fold = np.array([largest.index(number) % options.folds for number in family])
    engine = [one.first() for one in scored]
    print(summary("the engine", engine))
    rows = pd.DataFrame({"id": [one.complex.name for one in scored], "fold": fold, "engine": engine})
    for which, name in enumerate(names):
        ranks, weights, by_weight = judge(scored, fold, which)
        print(summary(name, ranks.tolist()) + f"  weight {np.median(weights):g}")
        print(f"    {change(engine, ranks.tolist())}")
        rows[name] = ranks
        if name == WHOLE:
            by = "  ".join(f"{weight:g} {d:+.2f}" for weight, d in zip(WEIGHTS, by_weight, strict=True))
            print(f"    the same by weight, if each were chosen for all: {by}")
    rows.to_csv(options.out, sep="\t", index=False)


if __name__ == "__main__":
    main()
