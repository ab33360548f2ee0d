"""Stand-ins for Boltz, Chai-1 and ColabFold: they take what the real ones document, and answer with made-up models.

`install(folder)` writes ``boltz``, ``colabfold_batch``, ``chai-lab`` and a ``python3`` that has a module `chai_lab`.
The environment says how they behave: FOLD_CALLS is a file to which each start adds a line with its pairs, FOLD_FAILS
names jobs that do not fit into memory, FOLD_CRASHES jobs at which the program ends, FOLD_HANGS jobs that take for ever,
FOLD_SEED_CRASHES a seed with which the program ends, FOLD_BROKEN a program that does not start.

The command lines are those of docs/prediction.md of Boltz 2.2.1, of `run_inference` in chai_lab/chai1.py of Chai-1
0.6.1, and of `colabfold_batch --help` of ColabFold 1.6.3.
"""

import argparse
import csv
import os
import re
import sys
import time
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

PROTEIN = re.compile("[ACDEFGHIKLMNPQRSTVWYX]+")


def install(folder):
    """Write the programs into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("boltz", "colabfold_batch", "chai-lab"):
        text = f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        (folder / name).write_text(f"{text}from folding_programs import main\nmain({name!r})\n")
    modules = folder / "modules" / "chai_lab"
    modules.mkdir(parents=True, exist_ok=True)
    (modules / "__init__.py").touch()
    (modules / "chai1.py").write_text(
        f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom folding_programs import run_inference\n"
    )
    python = f'#!/bin/sh\nPYTHONPATH={modules.parent} exec {sys.executable} "$@"\n'
    (folder / "python3").write_text(python)
    for path in folder.iterdir():
        path.chmod(0o755)
    return folder


def called(*words):
    with open(os.environ["FOLD_CALLS"], "a", encoding="utf-8") as file:
        file.write(" ".join(map(str, words)) + "\n")


def fits(job):
    """Tell whether a job fits into memory; at some, the program ends, at others it stays."""
    while job in os.environ.get("FOLD_HANGS", "").split():
        time.sleep(0.1)
    if job in os.environ.get("FOLD_CRASHES", "").split():
        raise SystemExit(f"CUDA error: an illegal memory access was encountered ({job})")
    return job not in os.environ.get("FOLD_FAILS", "").split()


def model(chains, seed, sample):
    """Make up a model: another for each seed and sample."""
    from cofold_files import Complex

    number = sum(map(ord, "".join(chains.values()))) % 1000
    return Complex(chains, seed=10000 * seed + 10 * number + sample)


def main(name):
    if os.environ.get("FOLD_BROKEN"):
        raise SystemExit("ImportError: libcudart.so.12: cannot open shared object file")
    {"boltz": boltz, "colabfold_batch": colabfold}[name](sys.argv[1:])


def boltz(words):
    parser = argparse.ArgumentParser("boltz", allow_abbrev=False)
    parser.add_argument("command", choices=["predict"])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out_dir", type=Path, required=True)
    parser.add_argument("--cache")
    for name in ("seed", "diffusion_samples", "recycling_steps", "sampling_steps", "devices"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--output_format", choices=["pdb", "mmcif"])
    for name in ("write_full_pae", "use_msa_server", "use_potentials", "no_kernels", "override"):
        parser.add_argument(f"--{name}", action="store_true")
    asked = parser.parse_args(words)
    assert asked.write_full_pae, "without it there is no PAE"
    jobs = {path.stem: chains_of(path, asked.use_msa_server) for path in sorted(asked.data.iterdir())}
    called("boltz", asked.seed, *jobs, *(["potentials"] if asked.use_potentials else []))
    if os.environ.get("FOLD_SEED_CRASHES") == str(asked.seed):
        raise SystemExit("CUDA error: an illegal memory access was encountered")
    for job, chains in jobs.items():
        if not fits(job):
            print("| WARNING: ran out of memory, skipping batch")
            continue
        to = asked.out_dir / f"boltz_results_{asked.data.stem}" / "predictions" / job
        for sample in range(asked.diffusion_samples or 1):
            model(chains, asked.seed, sample).boltz(to, job=job, sample=sample, score=0.9 - 0.01 * sample)


def chains_of(path, server):
    """Read an input as docs/prediction.md of Boltz describes it."""
    import yaml

    content = yaml.safe_load(path.read_text())
    assert content.keys() == {"version", "sequences"}
    assert content["version"] == 1
    chains = {}
    for one in content["sequences"]:
        ((kind, protein),) = one.items()
        assert kind == "protein"
        assert PROTEIN.fullmatch(protein["sequence"])
        assert protein.keys() <= {"id", "sequence", "msa"}
        if "msa" not in protein:
            assert server, f"Missing MSA's in input and --use_msa_server flag not set: {path}"
        elif protein["msa"] != "empty":
            assert Path(protein["msa"]).read_text().split("\n")[1] == protein["sequence"]
        letters = protein["id"] if isinstance(protein["id"], list) else [protein["id"]]
        chains |= {letter: protein["sequence"] for letter in letters}
    assert list(chains) == sorted(chains)
    return chains


def colabfold(words):
    parser = argparse.ArgumentParser("colabfold_batch")
    parser.add_argument("input", type=Path)
    parser.add_argument("results", type=Path)
    for name in ("num-models", "num-recycle", "num-seeds", "random-seed", "num-ensemble", "max-seq"):
        parser.add_argument(f"--{name}", type=int)
    for name in ("model-type", "msa-mode", "pair-mode", "rank"):
        parser.add_argument(f"--{name}")
    for name in ("amber", "templates", "zip", "msa-only", "calc-extra-ptm"):
        parser.add_argument(f"--{name}", action="store_true")
    asked = parser.parse_args(words)
    assert asked.model_type == "alphafold2_multimer_v3"
    assert 1 <= asked.num_models <= 5
    jobs = {}
    if asked.input.is_dir():
        for path in sorted(asked.input.glob("*.a3m")):
            first, _, sequence, *_ = path.read_text().splitlines()
            lengths, copies = ([int(n) for n in part.split(",")] for part in first[1:].split("\t"))
            parts = [sequence[sum(lengths[:k]) : sum(lengths[: k + 1])] for k in range(len(lengths))]
            jobs[path.stem] = [part for part, n in zip(parts, copies, strict=True) for _ in range(n)]
    else:
        with asked.input.open(newline="") as file:
            jobs = {row["id"]: row["sequence"].split(":") for row in csv.DictReader(file)}
    seeds = range(asked.random_seed, asked.random_seed + asked.num_seeds)
    called("colabfold", seeds[0], *jobs, asked.msa_mode or "server")
    for job, sequences in jobs.items():
        assert all(PROTEIN.fullmatch(one) for one in sequences)
        if not fits(job):
            print(f"Could not predict {job}. Not Enough GPU memory? RESOURCE_EXHAUSTED: Out of memory", file=sys.stderr)
            continue
        chains = dict(zip("ABCDEFGH", sequences, strict=False))
        rank = 0
        for seed in seeds:
            for number in range(1, asked.num_models + 1):
                rank += 1
                rest = f"rank_{rank:03d}_alphafold2_multimer_v3_model_{number}_seed_{seed:03d}"
                model(chains, seed, number).colabfold(asked.results, job=job, rest=rest, iptm=0.9 - 0.01 * rank)
        (asked.results / f"{job}.done.txt").touch()


def run_inference(
    fasta_file,
    *,
    output_dir,
    use_esm_embeddings=True,
    use_msa_server=False,
    msa_server_url="https://api.colabfold.com",
    msa_directory=None,
    constraint_path=None,
    use_templates_server=False,
    template_hits_path=None,
    recycle_msa_subsample=0,
    num_trunk_recycles=3,
    num_diffn_timesteps=200,
    num_diffn_samples=5,
    num_trunk_samples=1,
    seed=None,
    device=None,
    low_memory=True,
):
    """Answer as chai_lab.chai1.run_inference does."""
    if os.environ.get("FOLD_BROKEN"):
        raise ImportError("libcudart.so.12: cannot open shared object file")
    assert isinstance(num_trunk_recycles, int)
    assert isinstance(low_memory, bool)
    assert not output_dir.exists() or not any(output_dir.iterdir())
    job, text = fasta_file.stem, fasta_file.read_text()
    named = re.findall(r">protein\|name=([A-Z]+)\n([A-Z]+)\n", text)
    assert "".join(f">protein|name={name}\n{letters}\n" for name, letters in named) == text
    chains = dict(named)
    if msa_directory is not None:
        assert list(msa_directory.glob("*.aligned.pqt"))
    called("chai", seed, job, num_trunk_recycles, low_memory, "server" if use_msa_server else "none")
    if not fits(job):
        raise MemoryError(f"CUDA out of memory ({job})")
    candidates = types.SimpleNamespace(cif_paths=[], pae=[])
    for sample in range(num_diffn_samples):
        made = model(chains, seed, sample)
        made.chai(output_dir, sample=sample, score=0.8 + 0.01 * sample)
        error = types.SimpleNamespace(cpu=lambda pae=made.pae: types.SimpleNamespace(numpy=lambda: pae))
        candidates.cif_paths.append(output_dir / f"pred.model_idx_{sample}.cif")
        candidates.pae.append(types.SimpleNamespace(float=lambda error=error: error))
    return candidates
