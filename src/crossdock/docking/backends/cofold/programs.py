"""What each program wants to be given: a file or more for a batch of complexes, and the command that predicts it.

Every format was read in the program's own documents:

======================  ================================================================================================
Boltz 2.2.1             docs/prediction.md (jwohlwend/boltz)
Chai-1 0.6.1            README.md, examples/msas/README.md, chai_lab/chai1.py (chaidiscovery/chai-lab)
Protenix 1.0            docs/infer_json_format.md, docs/training_inference_instructions.md (bytedance/Protenix)
AlphaFold 3.0.4         docs/input.md, version 2 of the format (google-deepmind/alphafold3)
AlphaFold Server        server/README.md, version 1 of the format (google-deepmind/alphafold)
ColabFold 1.6.3         colabfold/input.py, `colabfold_batch --help` (sokrypton/ColabFold)
======================  ================================================================================================
"""

from __future__ import annotations

import csv
import io
import json
import shlex
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice, product
from typing import Any

import yaml

#: How alignments are had: those in msas/, those of a server for each complex, none, or those that the program searches.
SHARED, SERVER, NONE, OWN = "shared", "server", "none", "own"
#: Files beside the inputs, by name -> text.
Files = dict[str, str]
#: Models of a seed: the default of Chai-1 and ColabFold, and what AlphaFold 3 makes.
SAMPLES = 5
#: Largest distance of atoms of residues that are asked to touch, in angstrom: the default of Boltz, and that of the
#: example of pockets of Chai-1 (examples/restraints/pocket.restraints).
BOLTZ_POCKET_A, CHAI_POCKET_A = 6.0, 5.5
#: The complexes that AlphaFold Server takes in one file.
SERVER_JOBS = 100


@dataclass(frozen=True)
class Pocket:
    """Residues of a chain that a chain of the partner is asked to touch.

    Attributes
    ----------
    binder : int
        Number of the chain that touches, from 0.
    chain : int
        Number of the chain that is touched, from 0.
    places : tuple of int
        Residues of it, by their places in its sequence, from 1.
    """

    binder: int
    chain: int
    places: tuple[int, ...]


@dataclass(frozen=True)
class Complex:
    """What is predicted for a pair.

    Attributes
    ----------
    name : str
        Of the job, fit for a file.
    receptor, ligand : str
    chains : tuple of str
        Sequences: of the receptor's chains, then of the ligand's.
    pockets : tuple of Pocket
        What Boltz and Chai-1 are asked for; the formats of the other programs here have no place for it.
    """

    name: str
    receptor: str
    ligand: str
    chains: tuple[str, ...]
    pockets: tuple[Pocket, ...] = ()

    @property
    def tokens(self) -> int:
        """Number of residues: each is a token."""
        return sum(map(len, self.chains))

    @property
    def entities(self) -> list[tuple[str, list[str]]]:
        """Each sequence once, with the letters of the chains that have it."""
        letters: dict[str, list[str]] = {}
        for letter, chain in zip(_letters(len(self.chains)), self.chains, strict=True):
            letters.setdefault(chain, []).append(letter)
        return list(letters.items())


@dataclass(frozen=True)
class How:
    """How all complexes are predicted.

    Attributes
    ----------
    names : mapping of str to str
        Sequence -> its name, which is that of its alignment.
    seeds : tuple of int
    msa : {"shared", "server", "none", "own"}
    samples : int
        Models of a seed.
    arguments : tuple of str
        Further ones of the program's command line.
    """

    names: Mapping[str, str]
    seeds: tuple[int, ...]
    msa: str
    samples: int = SAMPLES
    arguments: tuple[str, ...] = ()

    @property
    def further(self) -> str:
        """The further arguments as a shell reads them, with a blank before."""
        return "".join(f" {shlex.quote(one)}" for one in self.arguments)

    def alignment(self, sequence: str) -> str:
        """Give the path of a sequence's alignment."""
        return f"msas/{self.names[sequence]}.a3m"


@dataclass(frozen=True)
class Program:
    """A program that predicts complexes.

    Attributes
    ----------
    title : str
    files : callable
        Name of a batch, its complexes, how -> files, by paths from the folder of inputs.
    run : callable
        How -> commands of a shell function that predicts the batch ``$batch`` into ``predictions/``; each ends with
        ``return`` where it may fail. None where a person hands the inputs in.
    needs : str
        What has to be installed.
    msa : tuple of str
        Ways to alignments that it knows.
    most_tokens : int
        Complexes with more are refused by the program; 0 where it names no limit.
    letters : str
        Letters of a sequence that it takes.
    memory : str
        What is known of its need for memory.
    batch : int
        Complexes of a batch, 0 where anybody may choose.
    terms : str
        Name of the terms of use of its outputs (`terms.TERMS`).
    """

    title: str
    files: Callable[[str, Sequence[Complex], How], Files]
    run: Callable[[How], list[str]] | None
    needs: str
    msa: tuple[str, ...] = (SHARED, SERVER, NONE)
    most_tokens: int = 0
    letters: str = "ACDEFGHIKLMNPQRSTVWYX"
    memory: str = ""
    batch: int = 0
    terms: str = ""


def _letters(most: int) -> list[str]:
    """Give names of chains: A to Z, then AA, AB and so on."""
    longer = ("".join(one) for size in count(1) for one in product(string.ascii_uppercase, repeat=size))
    return list(islice(longer, most))


def _text(content: Any) -> str:
    return json.dumps(content, indent=2) + "\n"


def _listed(seeds: Sequence[int], between: str = " ") -> str:
    return between.join(map(str, seeds))


# --- Boltz


def _boltz(batch: str, complexes: Sequence[Complex], how: How) -> Files:
    """A YAML file for each complex. Paths of alignments are looked up from where the program is started."""
    files = {}
    for one in complexes:
        proteins = []
        for sequence, chains in one.entities:
            protein: dict[str, Any] = {"id": chains if len(chains) > 1 else chains[0], "sequence": sequence}
            if how.msa != SERVER:
                protein["msa"] = how.alignment(sequence) if how.msa == SHARED else "empty"
            proteins.append({"protein": protein})
        content: dict[str, Any] = {"version": 1, "sequences": proteins}
        if pockets := _boltz_pockets(one):
            content["constraints"] = pockets
        files[f"{batch}/{one.name}.yaml"] = yaml.safe_dump(content, sort_keys=False, width=10**6)
    return files


def _boltz_pockets(one: Complex) -> list[dict[str, Any]]:
    """Give a constraint for each chain that touches the partner, with all residues that it touches."""
    letters = _letters(len(one.chains))
    touched: dict[int, list[list[str | int]]] = {}
    for pocket in one.pockets:
        touched.setdefault(pocket.binder, []).extend([letters[pocket.chain], place] for place in pocket.places)
    return [
        {"pocket": {"binder": letters[binder], "contacts": contacts, "max_distance": BOLTZ_POCKET_A}}
        for binder, contacts in touched.items()
    ]


def _run_boltz(how: How) -> list[str]:
    server = " --use_msa_server" if how.msa == SERVER else ""
    return [
        f"for seed in {_listed(how.seeds)}; do",
        '  boltz predict "inputs/$batch" --out_dir "predictions/seed_$seed" --seed "$seed" \\',
        f"    --diffusion_samples {how.samples} --output_format mmcif --write_full_pae{server}{how.further} || return",
        "done",
    ]


# --- Chai-1


#: Columns of Chai-1's restraints (examples/restraints/README.md).
_CHAI_RESTRAINTS = (
    "restraint_id", "chainA", "res_idxA", "chainB", "res_idxB", "connection_type", "confidence",
    "min_distance_angstrom", "max_distance_angstrom", "comment",
)  # fmt: skip


def _chai(batch: str, complexes: Sequence[Complex], how: How) -> Files:
    """A FASTA file for each complex. Alignments are found by the sequences, chains get their letters in order."""
    files = {}
    for one in complexes:
        letters = _letters(len(one.chains))
        named = zip(letters, one.chains, strict=True)
        files[f"{batch}/{one.name}.fasta"] = "".join(f">protein|name={name}\n{chain}\n" for name, chain in named)
        rows = [
            (letters[pocket.binder], letters[pocket.chain], f"{one.chains[pocket.chain][place - 1]}{place}")
            for pocket in one.pockets
            for place in pocket.places
        ]
        if rows:
            made = io.StringIO()
            table = csv.writer(made, lineterminator="\n")
            table.writerow(_CHAI_RESTRAINTS)
            for number, (binder, chain, residue) in enumerate(rows):
                given = (binder, "", chain, residue, "pocket", 1.0, 0.0, CHAI_POCKET_A, "docked")
                table.writerow([f"restraint{number}", *given])
            files[f"{batch}/{one.name}.restraints.csv"] = made.getvalue()
    return files


def _run_chai(how: How) -> list[str]:
    msa = {SHARED: " --msas msas", SERVER: " --server", NONE: ""}[how.msa]
    samples = f" --samples {how.samples}" if how.samples != SAMPLES else ""
    asked = f"--seeds {_listed(how.seeds)}{samples}{msa}{how.further}"
    return [f'python3 fold_chai.py "inputs/$batch" predictions {asked} || return']


# --- Protenix


def _protenix(batch: str, complexes: Sequence[Complex], how: How) -> Files:
    """One JSON file, a list. Paths of alignments are looked up from where the program is started."""
    jobs = []
    for one in complexes:
        proteins = []
        for sequence, chains in one.entities:
            protein: dict[str, Any] = {"sequence": sequence, "count": len(chains)}
            if how.msa == SHARED:
                protein["unpairedMsaPath"] = how.alignment(sequence)
            proteins.append({"proteinChain": protein})
        jobs.append({"name": one.name, "sequences": proteins})
    return {f"{batch}.json": _text(jobs)}


def _run_protenix(how: How) -> list[str]:
    return [
        f'protenix pred -i "inputs/$batch.json" -o predictions -s {_listed(how.seeds, ",")} -e 5 \\',
        f"  -n protenix_base_default_v1.0.0 --use_msa {str(how.msa != NONE).lower()} --need_atom_confidence true \\",
        "  || return",
    ]


# --- AlphaFold 3


def _alphafold3(batch: str, complexes: Sequence[Complex], how: How) -> Files:
    """A JSON file for each complex. Paths of alignments start at the JSON file."""
    files = {}
    for one in complexes:
        proteins = []
        for sequence, chains in one.entities:
            protein: dict[str, Any] = {"id": chains if len(chains) > 1 else chains[0], "sequence": sequence}
            # Without these keys AlphaFold 3 searches its own databases.
            if how.msa != OWN:
                shared = how.msa == SHARED
                given = {"unpairedMsaPath": f"../../{how.alignment(sequence)}"} if shared else {"unpairedMsa": ""}
                protein |= given | {"pairedMsa": "", "templates": []}
            proteins.append({"protein": protein})
        about = {"name": one.name, "modelSeeds": list(how.seeds), "dialect": "alphafold3", "version": 2}
        files[f"{batch}/{one.name}.json"] = _text(about | {"sequences": proteins})
    return files


def _run_alphafold3(how: How) -> list[str]:
    return [
        ': "${ALPHAFOLD3:?set it to the folder of run_alphafold.py}"',
        ': "${MODEL_DIR:?set it to the folder of the weights}"',
        'python3 "$ALPHAFOLD3/run_alphafold.py" --input_dir "inputs/$batch" --output_dir "predictions/$batch" \\',
        '  --model_dir "$MODEL_DIR" --run_data_pipeline=false || return',
    ]


# --- AlphaFold Server


def _alphafold_server(batch: str, complexes: Sequence[Complex], how: How) -> Files:
    """One JSON file, a list, with a job for each seed: the server predicts a job with one seed."""
    jobs = []
    for one in complexes:
        proteins = [{"proteinChain": {"sequence": sequence, "count": len(chains)}} for sequence, chains in one.entities]
        for seed in how.seeds:
            name = one.name if len(how.seeds) == 1 else f"{one.name}_seed_{seed}"
            about = {"name": name, "modelSeeds": [str(seed)], "sequences": proteins}
            jobs.append(about | {"dialect": "alphafoldserver", "version": 1})
    return {f"{batch}.json": _text(jobs)}


# --- ColabFold


def _colabfold(batch: str, complexes: Sequence[Complex], how: How) -> Files:
    """One table; `alignments.py join` makes an alignment for each complex of it."""
    made = io.StringIO()
    table = csv.writer(made, lineterminator="\n")
    table.writerow(["id", "sequence"])
    table.writerows([one.name, ":".join(one.chains)] for one in complexes)
    return {f"{batch}.csv": made.getvalue()}


def _run_colabfold(how: How) -> list[str]:
    join = ['python3 alignments.py join "inputs/$batch.csv" || return'] if how.msa == SHARED else []
    what = '"inputs/$batch"' if how.msa == SHARED else '"inputs/$batch.csv"'
    single = " --msa-mode single_sequence" if how.msa == NONE else ""
    return [
        *join,
        f'colabfold_batch {what} "predictions/$batch" --model-type alphafold2_multimer_v3 \\',
        f"  --num-models {how.samples} --num-recycle 3 --random-seed {how.seeds[0]} --num-seeds {len(how.seeds)}"
        f"{single}{how.further} || return",
    ]


#: Complexes of a batch, for a job of a cluster.
BATCH = 10
#: By the name that the command line has for it.
PROGRAMS: Mapping[str, Program] = {
    "boltz": Program(
        "Boltz-2",
        _boltz,
        _run_boltz,
        'pip install "boltz[cuda]"',
        memory="a GPU with 24 GB holds about 1,000 tokens",
    ),
    "chai": Program(
        "Chai-1",
        _chai,
        _run_chai,
        "pip install chai_lab",
        most_tokens=2048,
        memory="a GPU with 80 GB is recommended, and smaller ones hold smaller complexes",
    ),
    "protenix": Program(
        "Protenix",
        _protenix,
        _run_protenix,
        "pip install protenix",
        memory="500 tokens need 6 GB, 1,000 18 GB, 2,000 67 GB",
    ),
    "af3": Program(
        "AlphaFold 3",
        _alphafold3,
        _run_alphafold3,
        "with its weights; ALPHAFOLD3 and MODEL_DIR name the folders of both",
        msa=(SHARED, NONE),
        memory="5,120 tokens fit into a GPU with 80 GB",
        terms="alphafold3",
    ),
    "alphafold-server": Program(
        "AlphaFold Server",
        _alphafold_server,
        None,
        "an account of https://alphafoldserver.com",
        msa=(),
        most_tokens=5000,
        letters="ACDEFGHIKLMNPQRSTVWY",
        batch=SERVER_JOBS,
        terms="alphafold_server",
    ),
    "colabfold": Program(
        "ColabFold",
        _colabfold,
        _run_colabfold,
        "such as localcolabfold",
        memory="a GPU with 16 GB holds about 1,400 tokens",
    ),
}
