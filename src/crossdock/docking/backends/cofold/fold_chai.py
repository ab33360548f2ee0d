"""Predict complexes with Chai-1 and keep the predicted aligned errors, which its command line does not write.

`crossdock cofold inputs --for chai` copies this file beside its inputs, to be run where chai_lab is installed:

    python3 fold_chai.py INPUTS PREDICTIONS --seeds 1 2 3 [--samples N] [--msas FOLDER | --server] [OPTIONS]

Each FASTA file of INPUTS is predicted once a seed, into PREDICTIONS/NAME/seed_N; what is there already is kept.
OPTIONS are those of `chai-lab fold`, such as --num-trunk-recycles 5. The calls are those of chai_lab 0.6.1
(`run_inference` in chai_lab/chai1.py), and the table of an alignment is that of its examples/msas/README.md.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import shutil
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def to_parquet(alignment: Path, folder: Path) -> Path:
    """Write an alignment as Chai-1 reads it: a table under a name that is made from the sequence."""
    pandas = importlib.import_module("pandas")
    read_rows = importlib.import_module("alignments").read_rows
    sequences = [row for _, row in read_rows(alignment)]
    sources = ["query", *["uniref90"] * (len(sequences) - 1)]
    table = {"sequence": sequences, "source_database": sources, "pairing_key": "", "comment": ""}
    to = folder / f"{hashlib.sha256(sequences[0].upper().encode()).hexdigest()}.aligned.pqt"
    folder.mkdir(parents=True, exist_ok=True)
    part = to.with_suffix(f".{os.getpid()}")  # further jobs of an array may read it at this moment
    pandas.DataFrame(table).to_parquet(part)
    return part.replace(to)


def fold(fasta: Path, to: Path, seed: int, how: dict[str, Any]) -> None:
    """Predict a complex with one seed."""
    numpy, chai = importlib.import_module("numpy"), importlib.import_module("chai_lab.chai1")
    made = chai.run_inference(fasta_file=fasta, output_dir=to, seed=seed, **how)
    for path, errors in zip(made.cif_paths, made.pae, strict=True):
        numpy.save(path.with_name(f"pae.{path.stem.removeprefix('pred.')}.npy"), errors.float().cpu().numpy())


def options(words: Sequence[str]) -> dict[str, Any]:
    """Read options as `chai-lab fold` takes them: each is an argument of `run_inference`."""
    found: dict[str, Any] = {}
    for word in words:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            name = name.replace("-", "_")
            last = name.removeprefix("no_")
            found[last] = _value(last, value) if equals else last == name
        elif found:
            found[last] = _value(last, word)
        else:
            raise SystemExit(f"expected an option of chai-lab fold, got {word}")
    return found


def _value(name: str, word: str) -> Any:
    """Read a value as the type that the function takes."""
    if name.endswith(("_path", "_directory")):
        return Path(word)
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def main(arguments: Sequence[str]) -> int:
    """Predict all complexes of a folder; one that fails does not stop the others."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("inputs", type=Path)
    parser.add_argument("predictions", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.add_argument("--samples", type=int, help="models of a seed")
    parser.add_argument("--msas", type=Path, help="folder with NAME.a3m, one a sequence")
    parser.add_argument("--server", action="store_true", help="ask ColabFold's server for alignments, for each complex")
    asked, others = parser.parse_known_args(arguments)
    how = options(others)
    how |= {"use_msa_server": True} if asked.server else {}
    how |= {"num_diffn_samples": asked.samples} if asked.samples else {}
    if asked.msas:
        how["msa_directory"] = asked.msas / "chai"
        for path in sorted(asked.msas.glob("*.a3m")):
            to_parquet(path, how["msa_directory"])
    failed = 0
    for fasta in sorted(asked.inputs.glob("*.fasta")):
        for seed in asked.seeds:
            to = asked.predictions / fasta.stem / f"seed_{seed}"
            if 0 < len(list(to.glob("pred.*.cif"))) == len(list(to.glob("pae.*.npy"))):
                continue
            shutil.rmtree(to, ignore_errors=True)  # what an interrupted prediction has left
            try:
                fold(fasta, to, seed, how)
            except Exception:
                failed += 1
                sys.stderr.write(f"{fasta.stem}, seed {seed}, failed:\n{traceback.format_exc()}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
