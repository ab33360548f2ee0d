"""One alignment a sequence: those of a folder, by their sequences; and joined to that of a complex, for ColabFold.

This file is also copied beside the inputs that `crossdock cofold inputs` writes, and used there as a program, so it
needs Python and nothing else.

    python3 alignments.py check               stop if a sequence of sequences.fasta has no alignment in msas/
    python3 alignments.py lacking FASTA       write those of sequences.fasta that have no alignment in msas/
    python3 alignments.py collect FOLDER      alignments of FOLDER, by their sequences -> msas/NAME.a3m
    python3 alignments.py join COMPLEXES.csv  msas/ -> an alignment for each complex, in the folder COMPLEXES

The format of an alignment of a complex is that of ColabFold 1.6.3 (`msa_to_str` in colabfold/input.py): lengths and
numbers of copies of the sequences in the first line, then rows over all of them, gaps where a row has nothing.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

Rows = list[tuple[str, str]]
#: The number by which MMseqs2 and ColabFold call the first sequence.
FIRST = 101


def read_rows(path: Path) -> Rows:
    """Read the rows of an alignment in A3M or FASTA format: name and sequence; the first is what was searched with."""
    rows: Rows = []
    for line in path.read_text(encoding="utf-8", errors="replace").replace("\0", "").splitlines():
        if line.startswith(">"):
            rows.append((line[1:], ""))
        elif rows and not line.startswith("#"):
            rows[-1] = (rows[-1][0], rows[-1][1] + line.strip())
    return rows


def write_rows(path: Path, rows: Iterable[tuple[str, str]], first: str = "") -> None:
    """Write an alignment, each sequence on one line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(first + "".join(f">{name}\n{row}\n" for name, row in rows), encoding="utf-8")


def lacking(msas: Path, sequences: Mapping[str, str]) -> dict[str, str]:
    """Give those of some sequences, by name, that have no alignment ``NAME.a3m`` in a folder."""
    files = {name: msas / f"{name}.a3m" for name in sequences}
    first = {name: read_rows(path)[:1] for name, path in files.items() if path.is_file()}
    there = {name for name, rows in first.items() if rows and rows[0][1].upper() == sequences[name]}
    return {name: sequence for name, sequence in sequences.items() if name not in there}


def collect(folder: Path, to: Path, sequences: Mapping[str, str]) -> None:
    """Copy the alignments of a folder that are of given sequences, whatever their files are called.

    Parameters
    ----------
    folder : Path
        With files ``*.a3m`` at any depth. Of several of one sequence, that with most rows is taken.
    to : Path
        ``NAME.a3m`` is written there.
    sequences : mapping of str to str
        By name.
    """
    best: dict[str, Rows] = {}
    for path in sorted(folder.rglob("*.a3m")):
        rows = read_rows(path)
        if rows and len(rows) > len(best.get(rows[0][1].upper(), ())):
            best[rows[0][1].upper()] = rows
    for name, sequence in sequences.items():
        if sequence in best:
            write_rows(to / f"{name}.a3m", [("query", sequence), *best[sequence][1:]])


def joined(chains: Sequence[str], rows: Mapping[str, Rows]) -> tuple[str, Rows]:
    """Join alignments of sequences to one of their complex, without pairing rows of one organism.

    Parameters
    ----------
    chains : sequence of str
        Sequences, one a chain.
    rows : mapping
        By sequence.

    Returns
    -------
    first : str
        First line of the file.
    rows : list of (str, str)
    """
    unique = list(dict.fromkeys(chains))
    lengths = [len(one) for one in unique]
    first = f"#{','.join(map(str, lengths))}\t{','.join(str(chains.count(one)) for one in unique)}\n"
    made: Rows = []
    if len(unique) > 1:
        made.append(("\t".join(str(FIRST + k) for k in range(len(unique))), "".join(unique)))
    for k, sequence in enumerate(unique):
        before, after = "-" * sum(lengths[:k]), "-" * sum(lengths[k + 1 :])
        own = [(str(FIRST + k), sequence), *rows[sequence][1:]]
        made += [(name, before + row + after) for name, row in own]
    return first, made


def join_all(table: Path, msas: Path) -> None:
    """Write the alignment of each complex of a table with columns `id` and `sequence` into the folder of its name."""
    known = {rows[0][1].upper(): rows for path in sorted(msas.glob("*.a3m")) if (rows := read_rows(path))}
    with table.open(encoding="utf-8", newline="") as file:
        complexes = [(row["id"], row["sequence"].split(":")) for row in csv.DictReader(file)]
    for job, chains in complexes:
        if absent := [one for one in chains if one not in known]:
            raise SystemExit(f"{job}: no alignment in {msas} of {absent[0][:30]}...: run msas.sh first")
        first, rows = joined(chains, known)
        write_rows(table.with_suffix("") / f"{job}.a3m", rows, first)


def main(arguments: Sequence[str]) -> None:
    """Do what the command says, in the folder of this file."""
    here = Path(__file__).parent
    if list(arguments) == ["check"]:
        if absent := lacking(here / "msas", dict(read_rows(here / "sequences.fasta"))):
            raise SystemExit(f"no alignment in msas/ of {', '.join(absent)}: run msas.sh first")
        return
    if len(arguments) != 2 or arguments[0] not in ("lacking", "collect", "join"):
        raise SystemExit(__doc__)
    what, path = arguments[0], Path(arguments[1])
    if what == "join":
        join_all(path, here / "msas")
        return
    sequences = dict(read_rows(here / "sequences.fasta"))
    if what == "collect":
        collect(path, here / "msas", sequences)
    absent = lacking(here / "msas", sequences)
    if what == "lacking":
        write_rows(path, absent.items())
    elif absent:
        raise SystemExit(f"no alignment of {', '.join(absent)} in {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
