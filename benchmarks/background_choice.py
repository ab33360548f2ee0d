"""Choose the proteins of the bundled background, and prepare both sides of the complexes that they are taken from.

    python benchmarks/background_choice.py COMPLEXES TABLE.tsv BM5 --out FOLDER

COMPLEXES and TABLE.tsv are solved complexes and their list (columns set, id, files, chains1, chains2,
one_side_homolog_of_benchmark), BM5 holds the complexes of Docking Benchmark 5. A complex is taken if both sides are one
chain of 60 to 500 residues, they are no relatives of each other, and at least one of them is none of a chain of the
benchmark or of the demo. No side may be a relative of a side that was taken before. One side becomes a protein of the
background: the free one, or of two free ones the one that src/crossdock/background/proteins.csv lists, else the longer
and the shorter in turn. So no two proteins of the background are relatives, and none is the partner of another.

Relatives are chains whose best local alignment (BLOSUM62, a gap of n residues costs 10 + n) is of at least 40 residues,
30 % of them identical, or scores more than 120. Left out by hand are chains of a ribosome and of a membrane.

Writes FOLDER/NAME.pdb of both sides and FOLDER/sides.csv (name, complex, background), and the proteins of the
background into src/crossdock/background.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from Bio.Align import PairwiseAligner, substitution_matrices

from crossdock.entries.amino_acids import LETTERS
from crossdock.steps.in_memory import prepare
from crossdock.structures.structure import read_structure, write_structure

PACKAGE = Path(__file__).parents[1] / "src/crossdock"
SHORTEST, LONGEST = 60, 500
#: Complexes of a ribosome and of cytochrome c oxidase.
NOT_ALONE = ("dm_5dm7.pdb1_22.dill", "2ZXW_O_U")
ALIGNER = PairwiseAligner(mode="local", open_gap_score=-11, extend_gap_score=-1)
ALIGNER.substitution_matrix = substitution_matrices.load("BLOSUM62")


def sequences(text: str) -> dict[str, str]:
    """Read the sequence of each chain from the CA atoms of the first model."""
    found: dict[str, dict[str, str]] = {}
    for line in text.partition("ENDMDL")[0].splitlines():
        if line.startswith("ATOM") and line[12:16].strip() == "CA" and line[16] in " A":
            found.setdefault(line[21], {}).setdefault(line[22:27], LETTERS.get(line[17:20].strip(), "X"))
    return {chain: "".join(residues.values()) for chain, residues in found.items()}


def related(one: str, other: str) -> bool:
    """Tell whether two chains are relatives."""
    score = ALIGNER.score(one, other)
    if score < 70 or score > 120:
        return bool(score > 120)
    blocks = zip(*ALIGNER.align(one, other)[0].aligned, strict=True)
    pairs = [pair for a, b in blocks for pair in zip(one[slice(*a)], other[slice(*b)], strict=True)]
    return len(pairs) >= 40 and sum(a == b for a, b in pairs) >= 0.3 * len(pairs)


@dataclass
class Side:
    """A side of a complex: the file and chain that hold it, and its sequence."""

    path: Path
    chain: str
    sequence: str
    free: bool = False


def complexes(folder: Path, table: Path) -> Iterable[tuple[str, bool, list[Side]]]:
    """Give name, whether one side has a relative in the benchmark, and both sides, of complexes that fit."""
    for row in pd.read_csv(table, sep="\t").itertuples():
        files = [folder / row.set / name for name in row.files.split(",")]
        paths = files if len(files) == 2 else files * 2
        chains = [sequences(path.read_text()) for path in paths]
        if len(files) == 1:
            chains = [{one: chains[0].get(one, "") for one in names} for names in (row.chains1, row.chains2)]
        if any(len(found) != 1 for found in chains) or row.id in NOT_ALONE:
            continue
        sides = [Side(path, *next(iter(found.items()))) for path, found in zip(paths, chains, strict=True)]
        if all(SHORTEST <= len(one.sequence) <= LONGEST for one in sides) and not related(
            *(one.sequence for one in sides)
        ):
            yield row.id, bool(row.one_side_homolog_of_benchmark), sides


def known(benchmark: Path) -> set[str]:
    """Give the sequences of the benchmark and of the demo."""
    texts = [path.read_text() for path in benchmark.glob("*/[rl]_[bu].pdb")]
    texts += [gzip.decompress(path.read_bytes()).decode() for path in (PACKAGE / "demo").glob("*.pdb.gz")]
    return {one for text in texts for one in sequences(text).values() if len(one) > 20}


def chosen(found: Iterable[tuple[str, bool, list[Side]]], others: set[str]) -> list[tuple[str, list[Side]]]:
    """Choose complexes without relatives, those first of which both sides are free."""
    listed = []
    for name, relative, sides in found:
        for side in sides:
            side.free = not any(related(side.sequence, other) for other in others)
        # Where the table says that a side has a relative and none was found here, either may be that side.
        if relative and all(side.free for side in sides):
            continue
        if any(side.free for side in sides):
            listed.append((name, sides))
    taken: list[str] = []
    made = []
    for name, sides in sorted(listed, key=lambda one: (not all(side.free for side in one[1]), one[0])):
        if not any(related(side.sequence, other) for side in sides for other in taken):
            taken += [side.sequence for side in sides]
            made.append((name, sides))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("complexes", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("benchmark", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    table = PACKAGE / "background/proteins.csv"
    listed = set(pd.read_csv(table)["name"]) if table.is_file() else set()
    rows, proteins, turn = [], [], 0
    for name, sides in chosen(complexes(options.complexes, options.table), known(options.benchmark)):
        entry = (name.split("_")[1].split(".")[0] if name.endswith(".dill") else name[:4]).lower()
        labels = [f"{entry}-{side.chain}" for side in sides]
        own = int(sides[1].free)
        if all(side.free for side in sides):
            longer = int(len(sides[1].sequence) > len(sides[0].sequence))
            own, turn = longer if turn % 2 == 0 else 1 - longer, turn + 1
        if listed & set(labels):
            own = int(labels[1] in listed)
        for number, side in enumerate(sides):
            label = labels[number]
            body, _ = prepare(side.path, name=label, chains=[side.chain])
            write_structure(options.out / f"{label}.pdb", body)
            rows.append((label, name, number == own))
            if number == own:
                proteins.append((label, entry, side.chain))
    pd.DataFrame(rows, columns=["name", "complex", "background"]).to_csv(options.out / "sides.csv", index=False)
    made = []
    for label, entry, chain in sorted(proteins):
        content = (options.out / f"{label}.pdb").read_bytes()
        body = read_structure(options.out / f"{label}.pdb")
        names = body.residue_name[body.atom_name == "CA"].tolist()
        charge = sum(one in ("LYS", "ARG") for one in names) - sum(one in ("ASP", "GLU") for one in names)
        made.append((label, entry, chain, body.n_residues, charge, hashlib.sha256(content).hexdigest()))
        (PACKAGE / "background" / f"{label}.pdb.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    columns = ["name", "entry", "chain", "residues", "charge", "sha256"]
    pd.DataFrame(made, columns=columns).to_csv(table, index=False)
    print(f"{len(made)} proteins, {min(row[3] for row in made)} to {max(row[3] for row in made)} residues")


if __name__ == "__main__":
    main()
