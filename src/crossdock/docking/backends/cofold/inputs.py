"""A folder of inputs for a program that predicts complexes: all pairs of a panel, what to run, and how."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crossdock.docking.backends.cofold.alignments import collect, lacking
from crossdock.docking.backends.cofold.programs import BATCH, PROGRAMS, SHARED, Complex, Files, How, Program
from crossdock.docking.backends.cofold.scripts import readme, run_script, slurm_script
from crossdock.docking.backends.contract import text_beside
from crossdock.errors import InputError
from crossdock.files import read_text, write_text

#: What is in the folder's table of pairs.
PAIRS, COLUMNS = "pairs.csv", ("program", "job", "batch", "receptor", "ligand", "tokens")


@dataclass
class Written:
    """What was written.

    Attributes
    ----------
    complexes : list of Complex
    lacking : list of str
        Names of the sequences without an alignment, where alignments are shared.
    left_out : list of str
        Pairs that the program does not take, each with the reason.
    """

    complexes: list[Complex]
    lacking: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def complexes_of(pairs: Iterable[tuple[str, str]], sequences: Mapping[str, Sequence[str]]) -> list[Complex]:
    """Give the complex of each pair, once for both orders.

    Parameters
    ----------
    pairs : iterable of (str, str)
        Names of receptor and ligand.
    sequences : mapping
        Name -> sequences of its chains.

    Returns
    -------
    list of Complex
        Job names are made of both names and differ by more than case.
    """
    once: dict[frozenset[str], tuple[str, str]] = {}
    for pair in pairs:
        once.setdefault(frozenset(pair), pair)
    ordered = list(once.values())
    names = _unique(f"{_safe(receptor)}__{_safe(ligand)}" for receptor, ligand in ordered)
    return [
        Complex(name, *pair, (*sequences[pair[0]], *sequences[pair[1]]))
        for name, pair in zip(names, ordered, strict=True)
    ]


def names_of(sequences: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Name each sequence once: after the first protein that has it, and the chain where that has several.

    Parameters
    ----------
    sequences : mapping
        Name of a protein -> chain letter -> sequence.

    Returns
    -------
    dict of str to str
        Sequence -> name, fit for a file.
    """
    first: dict[str, str] = {}
    for protein, chains in sequences.items():
        for letter, sequence in chains.items():
            first.setdefault(sequence, f"{_safe(protein)}_{letter}" if len(chains) > 1 else _safe(protein))
    return dict(zip(first, _unique(first.values()), strict=True))


def write_inputs(
    folder: str | Path,
    key: str,
    complexes: Sequence[Complex],
    how: How,
    *,
    title: str,
    setting: str = "Its config needs `backend: cofold`.",
    joined: Sequence[str] = (),
    batch: int = BATCH,
    msas: str | Path | None = None,
) -> Written:
    """Write a folder with inputs, scripts that run the program, and a README.

    Parameters
    ----------
    folder : str or Path
        New, empty, or written by this function for the same program; then alignments and predictions in it are kept.
    key : str
        Of `programs.PROGRAMS`.
    complexes : sequence of Complex
    how : How
    title : str
        Of the panel.
    setting : str
        What the import needs of the config, a sentence.
    joined : sequence of str
        Where sequences had to be joined (`sequences.Read`).
    batch : int
        Complexes that are predicted by one job of a cluster.
    msas : str or Path, optional
        Folder with alignments that are there already.

    Returns
    -------
    Written

    Raises
    ------
    InputError
        If the folder holds other things, there is no folder `msas`, or the program takes none of the complexes.
    """
    program, out = PROGRAMS[key], Path(folder)
    refused = {one.name: reason for one in complexes if (reason := refused_by(program, one))}
    taken = [one for one in complexes if one.name not in refused]
    pairs = {one.name: f"{one.receptor}, {one.ligand}" for one in complexes}
    written = Written(taken, left_out=[f"{pairs[name]}: {reason}" for name, reason in refused.items()])
    if not taken:
        why = f"; {written.left_out[0]}" if complexes else ": there are none"
        raise InputError(f"{program.title} takes none of the pairs{why}", where=str(out))
    if msas is not None and not Path(msas).is_dir():
        raise InputError("there is no such folder with alignments", where=str(msas))
    _clear(out, key)
    size = max(1, program.batch // len(how.seeds)) if program.batch else batch
    batches = [taken[at : at + size] for at in range(0, len(taken), size)]
    width = max(3, len(str(len(batches))))
    files: Files = {}
    rows: list[tuple[object, ...]] = []
    for number, some in enumerate(batches, start=1):
        name = f"{number:0{width}d}"
        files |= {f"inputs/{path}": text for path, text in program.files(name, some, how).items()}
        rows += [(key, one.name, name, one.receptor, one.ligand, one.tokens) for one in some]
    files[PAIRS] = _table(rows)
    if how.msa == SHARED and program.msa:
        used = {chain for one in taken for chain in one.chains}
        sequences = {name: sequence for sequence, name in how.names.items() if sequence in used}
        if msas is not None:
            collect(Path(msas), out / "msas", sequences)
        written.lacking = list(lacking(out / "msas", sequences))
        files["sequences.fasta"] = "".join(f">{name}\n{sequence}\n" for name, sequence in sequences.items())
        files |= {
            "msas.sh": text_beside(__package__, "msas.sh"),
            "alignments.py": text_beside(__package__, "alignments.py"),
        }
    if program.run:
        files |= {"run.sh": run_script(program, how), "submit.slurm": slurm_script(key, len(batches), width)}
    if key == "chai":
        files |= {one: text_beside(__package__, one) for one in ("fold_chai.py", "alignments.py")}
    files["README.txt"] = readme(
        program, taken, how, title, out, setting=setting, left_out=written.left_out, joined=joined
    )
    for path, text in files.items():
        write_text(out / path, text)
    return written


def refused_by(program: Program, one: Complex) -> str:
    """Say why a program does not take a complex; empty where it does."""
    if program.most_tokens and one.tokens > program.most_tokens:
        return f"{one.tokens} residues, and {program.title} takes {program.most_tokens} at most"
    if others := sorted({letter for chain in one.chains for letter in chain} - set(program.letters)):
        return f"its sequences have {', '.join(others)}, and {program.title} takes the twenty amino acids alone"
    return ""


def _clear(out: Path, key: str) -> None:
    """Remove earlier inputs, and nothing else."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if (out / PAIRS).is_file():
        rows = list(csv.DictReader(io.StringIO(read_text(out / PAIRS, "the pairs of earlier inputs"))))
        if rows and {row.get("program") for row in rows} == {key}:
            shutil.rmtree(out / "inputs", ignore_errors=True)
            return
    hint = "give a new folder with -o; one folder is for one program"
    raise InputError("this is not a folder of inputs for the same program", where=str(out), hint=hint)


def _safe(name: str) -> str:
    """Write a protein's name as every program keeps it in the names of its files."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


def _unique(names: Iterable[str]) -> list[str]:
    """Number names that are taken, so that no two differ by case alone."""
    taken: set[str] = set()
    made = []
    for name in names:
        free = name
        number = 1
        while free.lower() in taken:
            number += 1
            free = f"{name}_{number}"
        taken.add(free.lower())
        made.append(free)
    return made


def _table(rows: Iterable[Sequence[object]]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows([COLUMNS, *rows])
    return made.getvalue()
