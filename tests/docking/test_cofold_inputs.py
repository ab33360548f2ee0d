"""Inputs for programs that predict complexes: read back with other readers, run with stand-ins, and imported again."""

import csv
import gzip
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import types
from dataclasses import replace
from importlib import resources
from io import StringIO
from pathlib import Path

import gemmi
import jsonschema
import numpy as np
import pandas
import pytest
import yaml
from Bio import SeqIO
from Bio.PDB import PDBParser
from Bio.PDB.Polypeptide import protein_letters_3to1

from cofold_files import THREE, Complex, write
from crossdock.cli import main
from crossdock.docking.backends.cofold import alignments
from crossdock.docking.backends.cofold.inputs import complexes_of, names_of, write_inputs
from crossdock.docking.backends.cofold.programs import PROGRAMS, How
from crossdock.docking.backends.cofold.sequences import read_sequences, sequences_of
from crossdock.errors import InputError
from crossdock.failure import Failure, leave
from crossdock.panel.panel import load_panel
from crossdock.panel.proteins import Entry, Protein
from crossdock.structures.prepare import prepare_to
from real_entries import real

E = "MKTAYIAKQRSGLEDWVNPHLCTFKRAEIYQG"
F = "GSHMLEDPVDAFRWTNKQICLYEHSPVAGTMK"
G = "PLWQARHNDKFISTVYECMGLKERAQDPHTWS"
H = "TDKELIVRWQSAYFGNMCPHKTLEAVDQRISW"
NO_MSA = [one for one, program in PROGRAMS.items() if not program.msa]


def protein(chains, seed=1):
    """Make a structure whose ends are certain, so that all of it is docked."""
    made = Complex(chains, seed=seed)
    made.atoms = [(*row[:6], 90.0, row[7]) for row in made.atoms]
    return made


PARTS = {"fab": [E, F], "one.v2": [G], "twin-a": [H], "twin-b": [H], "c1": [E[::-1]], "c2": [F[::-1]]}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Two receptors, one of two chains; ligands of which two have one sequence; two controls."""
    folder = tmp_path_factory.mktemp("panel")
    roles = {"receptors": ["fab", "one.v2"], "ligands": ["twin-a", "twin-b", "one.v2"], "controls": ["c1", "c2"]}
    config = {"backend": "cofold", "cofold": {"accept": ["alphafold3", "alphafold_server"]}}
    for role, names in roles.items():
        config[role] = [
            {"name": name, "entry": f"{name}.pdb", "chains": ["H", "L"][: len(PARTS[name])]} for name in names
        ]
    write(folder / "config.yaml", yaml.safe_dump(config))
    for name, letters in PARTS.items():
        made = protein(dict(zip("HL", letters, strict=False)), seed=len(name))
        write(folder / f"{name}.pdb", made.pdb())
        prepare_to(folder / "results" / "proteins" / name, folder / f"{name}.pdb", name=name, chains=list(made.chains))
    return folder


@pytest.fixture
def panel(prepared, tmp_path, monkeypatch):
    """Work in the panel's folder; give the sequences of each pair."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    pairs = [(one, other) for one in ("fab", "one.v2") for other in ("twin-a", "twin-b", "one.v2", "c1", "c2")]
    return {pair: [*PARTS[pair[0]], *PARTS[pair[1]]] for pair in pairs}


def read_jobs(key, folder):
    """Read inputs as the program would: name of each job -> sequences of its chains."""
    made, jobs = Path(folder, "inputs"), {}
    if key == "boltz":
        for path in made.glob("*/*.yaml"):
            proteins = [one["protein"] for one in yaml.safe_load(path.read_text())["sequences"]]
            jobs[path.stem] = [one["sequence"] for one in proteins for _ in np.atleast_1d(one["id"])]
    elif key == "chai":
        for path in made.glob("*/*.fasta"):
            jobs[path.stem] = [str(one.seq) for one in SeqIO.parse(path, "fasta")]
    elif key == "af3":
        for path in made.glob("*/*.json"):
            job = json.loads(path.read_text())
            proteins = [one["protein"] for one in job["sequences"]]
            jobs[job["name"]] = [one["sequence"] for one in proteins for _ in np.atleast_1d(one["id"])]
    elif key == "colabfold":
        for path in made.glob("*.csv"):
            jobs |= {row["id"]: row["sequence"].split(":") for row in csv.DictReader(StringIO(path.read_text()))}
    else:
        for path in made.glob("*.json"):
            for job in json.loads(path.read_text()):
                proteins = [one["proteinChain"] for one in job["sequences"]]
                jobs[job["name"]] = [one["sequence"] for one in proteins for _ in range(one["count"])]
    return jobs


def predict(key, folder, job, chains, seed):
    """Write what a program makes of a job, under the names that it and `run.sh` give."""
    made = Complex(dict(zip("ABCDEF", chains, strict=False)), seed=seed)
    out = Path(folder, "predictions")
    if key == "boltz":
        made.boltz(out / "seed_1" / "boltz_results_001" / "predictions" / job, job=job)
    elif key == "chai":
        made.chai(out / job / "seed_1", pae="pae.model_idx_0.npy")
    elif key == "protenix":
        made.protenix(out, name=job, seed=1)
    elif key == "af3":
        made.alphafold3(out / "001" / job.lower(), f"{job.lower()}_")
    elif key == "colabfold":
        made.colabfold(out / "001", job=job)
    else:
        job = job.lower().replace("-", "_")
        made.alphafold3(Path(folder, f"fold_{job}"), f"fold_{job}_", confidences="full_data", after="_0")


@pytest.mark.parametrize("key", PROGRAMS)
def test_all_pairs_are_written_and_their_predictions_found(panel, key):
    assert main(["cofold", "inputs", "--for", key, "-o", "made"]) == 0
    jobs = read_jobs(key, "made")
    with open("made/pairs.csv", encoding="utf-8") as file:
        rows = {row["job"]: row for row in csv.DictReader(file)}
    assert rows.keys() == jobs.keys()
    assert {(row["receptor"], row["ligand"]) for row in rows.values()} == panel.keys()
    for seed, (job, chains) in enumerate(jobs.items(), start=1):
        wanted = panel[rows[job]["receptor"], rows[job]["ligand"]]
        # A sequence that two chains have stands at the place of the first of them.
        assert sorted(chains) == sorted(wanted)
        assert int(rows[job]["tokens"]) == sum(map(len, wanted))
        predict(key, "made", job, chains, seed)
    assert main(["cofold", "import", "made"]) == 0
    with open("made/jobs.csv", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert {row["status"] for row in found} == {"sure"}
    assert {(row["receptor"], row["ligand"]) for row in found} == panel.keys()


@pytest.mark.parametrize("key", ["boltz", "alphafold-server"])
def test_seeds_that_are_jobs_of_their_own_become_one(panel, key):
    assert main(["cofold", "inputs", "--for", key, "-o", "made", "--seeds", "2"]) == 0
    jobs = {job: chains for job, chains in read_jobs(key, "made").items() if job.startswith("fab__twin-b")}
    for number, (job, chains) in enumerate(jobs.items()):
        predict(key, "made", job, chains, number)
        if key == "boltz":
            out = Path("made", "predictions", "seed_2", "boltz_results_001", "predictions", job)
            Complex(dict(zip("ABC", chains, strict=True)), seed=5).boltz(out, job=job)
    assert main(["cofold", "import", "made"]) == 0
    record = json.loads(Path("resources/cofold/fab/twin-b/prediction.json").read_text())
    assert len(record["models"]) == 2
    if key == "boltz":
        assert sorted(model["seed"] for model in record["models"]) == [1, 2]


ID = {"anyOf": [{"type": "string", "pattern": "^[A-Z]+$"}, {"type": "array", "minItems": 2}]}
LETTERS = {"type": "string", "pattern": "^[ACDEFGHIKLMNPQRSTVWYX]+$"}


def of(required, optional=(), **more):
    known = {"id": ID, "sequence": LETTERS, "count": {"type": "integer", "minimum": 1}} | more
    named = [*required, *optional]
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": {name: known.get(name, {}) for name in named},
    }


def listed(item):
    return {"type": "array", "minItems": 1, "items": item}


#: The formats as the programs' documents give them, as far as proteins go.
SCHEMAS = {
    "boltz": of(
        ["version", "sequences"],
        version={"const": 1},
        sequences=listed(of(["protein"], protein=of(["id", "sequence"], ["msa"]))),
    ),
    "protenix": listed(
        of(
            ["name", "sequences"],
            sequences=listed(of(["proteinChain"], proteinChain=of(["sequence", "count"], ["unpairedMsaPath"]))),
        )
    ),
    "af3": of(
        ["name", "modelSeeds", "sequences", "dialect", "version"],
        dialect={"const": "alphafold3"},
        version={"enum": [2, 3, 4]},
        modelSeeds=listed({"type": "integer"}),
        sequences=listed(
            of(
                ["protein"],
                protein={
                    "oneOf": [
                        of(["id", "sequence", "pairedMsa", "templates", name], pairedMsa={"const": ""})
                        for name in ("unpairedMsa", "unpairedMsaPath")
                    ]
                },
            )
        ),
    ),
    "alphafold-server": listed(
        of(
            ["name", "modelSeeds", "sequences", "dialect", "version"],
            dialect={"const": "alphafoldserver"},
            version={"const": 1},
            modelSeeds={"type": "array", "items": {"type": "string", "pattern": "^[0-9]+$"}},
            sequences=listed(of(["proteinChain"], proteinChain=of(["sequence", "count"]))),
        )
    ),
}


@pytest.mark.parametrize("key", SCHEMAS)
@pytest.mark.parametrize("msa", ["shared", "server", "none"])
def test_files_are_laid_out_as_documented(tmp_path, key, msa):
    complexes = complexes_of([("a", "b"), ("b", "b")], {"a": [E], "b": [F, F]})
    if msa != "server" or key != "af3":
        write_inputs(tmp_path / "made", key, complexes, How({E: "a", F: "b"}, (1, 2), msa), title="t")
        files = [path for path in (tmp_path / "made" / "inputs").rglob("*") if path.is_file()]
        assert files
        for path in files:
            jsonschema.validate(yaml.safe_load(path.read_text()), SCHEMAS[key])


def test_where_alignments_are_looked_for(panel):
    for key in ("boltz", "protenix", "af3"):
        assert main(["cofold", "inputs", "--for", key, "-o", key]) == 0
    write("af3/msas/twin-a.a3m", f">q\n{H}\n")
    job = json.loads(Path("af3/inputs/001/one_v2__twin-b.json").read_text())
    path = job["sequences"][1]["protein"]["unpairedMsaPath"]
    # AlphaFold 3 starts at the JSON file; Boltz and Protenix where run.sh starts them.
    assert Path("af3/inputs/001", path).read_text() == f">q\n{H}\n"
    job = yaml.safe_load(Path("boltz/inputs/001/one_v2__twin-b.yaml").read_text())
    assert [one["protein"]["msa"] for one in job["sequences"]] == ["msas/one_v2.a3m", "msas/twin-a.a3m"]
    jobs = json.loads(Path("protenix/inputs/001.json").read_text())
    paths = {one["proteinChain"]["unpairedMsaPath"] for job in jobs for one in job["sequences"]}
    names = {one.id for one in SeqIO.parse("protenix/sequences.fasta", "fasta")}
    assert paths == {f"msas/{name}.a3m" for name in names}
    assert names == {"fab_H", "fab_L", "one_v2", "twin-a", "c1", "c2"}


def test_each_pair_once_and_two_copies_of_a_homodimer(panel):
    config = yaml.safe_load(Path("config.yaml").read_text())
    proteins = [config["receptors"][0], *config["ligands"]]
    asked = {"proteins": proteins, "homo": True, "orders": "both"}
    both = load_panel(asked)
    chains = {name: list(name) for name in ("fab", "one.v2", "twin-a", "twin-b")}
    made = complexes_of([(one.name, other.name) for one, other in both.docked], chains)
    assert len(both.docked) == 16
    assert len({frozenset((one.receptor, one.ligand)) for one in made}) == len(made) == 10
    (own,) = [one for one in made if one.receptor == one.ligand == "fab"]
    assert own.chains == ("f", "a", "b") * 2
    assert own.entities == [("f", ["A", "D"]), ("a", ["B", "E"]), ("b", ["C", "F"])]
    once = load_panel(asked | {"orders": "one"})
    assert [one.name for one in complexes_of([(a.name, b.name) for a, b in once.docked], chains)] == [
        one.name for one in made
    ]


def test_names_differ_by_more_than_case():
    pairs = [("a", "b_"), ("A", "b."), ("a__b", "c"), ("a", "b__c")]
    made = complexes_of(pairs, {name: [E] for pair in pairs for name in pair})
    assert [one.name for one in made] == ["a__b_", "A__b__2", "a__b__c", "a__b__c_2"]
    assert names_of({"x": {"A": E, "B": F}, "y": {"A": E}, "x.A": {"A": G}, "X_a": {"A": H}}) == {
        E: "x_A",
        F: "x_B",
        G: "x_A_2",
        H: "X_a_3",
    }


# --- sequences


def independent(path, chain):
    """Read the residues of a chain with Biopython."""
    residues = PDBParser(QUIET=True).get_structure("", path)[0][chain]
    return "".join(protein_letters_3to1[one.resname] for one in residues if one.id[0] == " ")


@pytest.mark.parametrize("chain", ["A", "B"])
def test_what_is_docked_of_a_real_entry(tmp_path, chain):
    one = Protein("x", Entry("demo", "1emv"), chains=(chain,))
    packed = resources.files("crossdock.demo").joinpath("1emv.pdb.gz").read_bytes()
    (tmp_path / "1emv.pdb").write_bytes(gzip.decompress(packed))
    wanted = independent(tmp_path / "1emv.pdb", chain)
    assert sequences_of(one, tmp_path, tmp_path) == {chain: wanted}


@pytest.mark.measurement
@pytest.mark.parametrize(("name", "chain", "lacking"), [("4d3c", "A", 35), ("4qci", "H", 16), ("5dfv", "B", 4)])
def test_loops_of_real_entries_are_those_of_gemmi(tmp_path, name, chain, lacking):
    path = real(name)
    structure = gemmi.read_structure(str(path))
    structure.setup_entities()
    structure.assign_label_seq_id()
    residues = structure[0][chain].get_polymer()
    names = structure.get_entity_of(residues).full_sequence
    wanted = [gemmi.find_tabulated_residue(one).one_letter_code.upper() for one in names]
    first, last = residues[0].label_seq, residues[-1].label_seq
    assert last - first + 1 - len(residues) == lacking
    one = Protein(name, Entry("local", name, str(path)), chains=(chain,))
    assert sequences_of(one, tmp_path, tmp_path) == {chain: "".join(wanted[first - 1 : last])}
    assert sequences_of(one, tmp_path, tmp_path, whole=True) == {chain: "".join(wanted)}


@pytest.fixture
def entry(tmp_path):
    """Write an entry: a tag and a loop without atoms, a selenomethionine, a residue of no parent, and caps."""

    def written(*, lacking, records=True):
        sequence = "GP" + E + "HH"
        names = ["ACE", *(THREE[letter] for letter in sequence), "NH2"]
        names[names.index("MET")] = "MSE"
        names[-3] = "ZZZ"  # no component of that name
        made = protein({"A": E})
        atoms = [row for row in made.atoms if row[1] - 1 not in lacking]
        made.atoms = [(*row[:2], "MSE" if row[1] == 1 else row[2], *row[3:]) for row in atoms]
        lines = []
        for at in range(0, len(names), 13):
            some = " ".join(names[at : at + 13])
            lines.append(f"SEQRES {at // 13 + 1:3d} A {len(names):4d}  {some}")
        text = made.pdb()
        (tmp_path / "x.pdb").write_text(("\n".join(lines) + "\n" if records else "") + text)
        return tmp_path / "x.pdb"

    return written


def test_loops_without_atoms_are_in_and_what_is_left_out_is_not(entry, tmp_path):
    path = entry(lacking=(10, 11, 12))
    own = Entry("local", "x", str(path))
    assert sequences_of(Protein("x", own), tmp_path, tmp_path) == {"A": E}
    # Residues 5 to 7 are there and not asked for; 8 to 20 include the loop.
    some = Protein("x", own, residues="1-4,8-20")
    assert sequences_of(some, tmp_path, tmp_path) == {"A": E[:4] + E[7:20]}
    assert sequences_of(some, tmp_path, tmp_path, whole=True) == {"A": "GP" + E + "XH"}


@pytest.mark.parametrize("whole", [False, True])
def test_without_records_a_joined_sequence_is_told(entry, tmp_path, monkeypatch, whole):
    monkeypatch.chdir(tmp_path)
    own = Protein("x", Entry("local", "x", str(entry(lacking=(10, 11, 12, 20), records=False))), uniprot="P12345")
    read = read_sequences(own, tmp_path, tmp_path, whole=whole)
    assert read.sequences == {"A": E[:10] + E[13:20] + E[21:]}
    assert read.joined == [
        "x, chain A: 3 residues are missing between 10 and 14 (...IAKQR|EDWVN...)",
        "x, chain A: 1 residue is missing between 20 and 22 (...WVNPH|CTFKR...)",
    ]
    # The sequence of the accession fills what is between residues with atoms; its ends are not the construct's.
    write("resources/sequences/P12345.fasta", f">sp|P12345|X\nMSSSW{E}GGGG\n")
    read = read_sequences(own, tmp_path, tmp_path, whole=whole)
    assert (read.sequences, read.joined) == ({"A": E}, [])
    # That of another protein does not.
    write("resources/sequences/P12345.fasta", f">sp|P12345|X\n{F}{G}\n")
    accepted = replace(own, accept="made up")
    assert len(read_sequences(accepted, tmp_path, tmp_path, whole=whole).joined) == 2


def test_joined_sequences_are_in_the_output_and_in_the_readme(panel, caplog):
    path = Path("c1.pdb")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not (line.startswith("ATOM") and line[22:26].strip() == "9")))
    shutil.rmtree("results/proteins/c1")
    for options in ([], ["--whole"]):
        caplog.clear()
        assert main(["cofold", "inputs", "--for", "boltz", "-o", "made", *options]) == 0
        for said in (caplog.text, Path("made/README.txt").read_text()):
            assert "c1, chain H: 1 residue is missing between 8 and 10" in said
            assert "The sequences are joined there" in said
            assert "resources/sequences/ACCESSION.fasta" in said
            assert "fab, chain" not in said


def test_whole_chains_of_mmcif(entry, tmp_path):
    """The same entry, converted by gemmi, and its sequence as gemmi reads it."""
    structure = gemmi.read_structure(str(entry(lacking=(0, 1, 20))))
    structure.setup_entities()
    structure.assign_label_seq_id()
    structure.make_mmcif_document().write_file(str(tmp_path / "x.cif"))
    names = [one for one in structure.entities[0].full_sequence if one not in ("ACE", "NH2")]
    letters = [gemmi.find_tabulated_residue(one).one_letter_code.upper() for one in names]
    wanted = "".join(letters).replace(" ", "X")
    found = sequences_of(Protein("x", Entry("local", "x", str(tmp_path / "x.cif"))), tmp_path, tmp_path, whole=True)
    assert found == {"A": wanted}


def test_a_prepared_structure_whose_entry_is_gone(panel):
    gone = Protein("fab", Entry("rcsb", "9xyz"), chains=("H", "L"))
    assert sequences_of(gone, "results", "resources/entries") == {"H": E, "L": F}
    with pytest.raises(InputError, match="run --until fetch"):
        sequences_of(gone, "results", "resources/entries", whole=True)


def test_structures_that_are_not_here_are_named_together(panel, caplog):
    shutil.rmtree("results")
    text = (
        Path("config.yaml").read_text().replace("entry: c1.pdb", "entry: 9xyz").replace("entry: c2.pdb", "entry: 9xyw")
    )
    write("config.yaml", text)
    assert main(["cofold", "inputs", "--for", "boltz", "-o", "made"]) == 2
    assert "c1, entry 9xyz" in caplog.text
    assert "c2, entry 9xyw" in caplog.text
    assert not Path("made").exists()


def test_a_protein_that_could_not_be_prepared_is_left_out(panel, caplog):
    write("one.v2.pdb", "HEADER\n")
    assert main(["cofold", "inputs", "--for", "boltz", "-o", "made"]) == 2  # of a run that has not met it
    leave(["results/proteins/one.v2/structure.pdb"], Failure("no atom", "one.v2.pdb", None))
    assert main(["cofold", "inputs", "--for", "boltz", "-o", "made"]) == 0
    assert "left out: all pairs of one.v2" in caplog.text
    assert read_jobs("boltz", "made").keys() == {f"fab__{name}" for name in ("twin-a", "twin-b", "c1", "c2")}


# --- what a program does not take


def test_what_a_program_does_not_take_is_left_out(tmp_path, panel, caplog):
    sequences = {"long": ["A" * 2040], "short": ["G" * 30], "odd": ["GXG"]}
    made = complexes_of([("long", "short"), ("odd", "short"), ("short", "short")], sequences)
    how = How({one[0]: name for name, one in sequences.items()}, (1,), "none")
    for key, names in (("chai", ["long__short"]), ("alphafold-server", ["odd__short"]), ("boltz", [])):
        written = write_inputs(tmp_path / key, key, made, how, title="t")
        assert {one.name for one in made} - read_jobs(key, tmp_path / key).keys() == set(names)
        assert len(written.left_out) == len(names)
        text = (tmp_path / key / "README.txt").read_text()
        assert all(one in text for one in written.left_out)
    with pytest.raises(InputError, match="takes none of the pairs; long, short: 2070 residues"):
        write_inputs(tmp_path / "x", "chai", made[:1], how, title="t")


def test_the_server_takes_a_hundred_jobs_a_file(tmp_path):
    names = [f"p{k}" for k in range(70)]
    made = complexes_of([("p0", name) for name in names], {name: [E] for name in names})
    write_inputs(tmp_path / "made", "alphafold-server", made, How({E: "e"}, (1, 2, 3), "shared"), title="t", batch=2)
    files = sorted((tmp_path / "made" / "inputs").iterdir())
    jobs = [json.loads(path.read_text()) for path in files]
    assert [len(one) for one in jobs] == [99, 99, 12]
    assert len({job["name"] for one in jobs for job in one}) == 210
    assert not (tmp_path / "made" / "run.sh").exists()
    text = (tmp_path / "made" / "README.txt").read_text()
    assert "automated system that predicts the binding" in text
    assert "accept: [alphafold_server]" in text


@pytest.mark.parametrize(
    ("key", "msa", "hint"),
    [
        ("af3", "server", "give none or a folder"),
        ("alphafold-server", "none", "leave it out"),
        ("alphafold-server", ".", ""),
    ],
)
def test_ways_to_alignments_that_a_program_does_not_have(panel, caplog, key, msa, hint):
    assert main(["cofold", "inputs", "--for", key, "--msa", msa, "-o", "made"]) == 2
    assert "has no use for --msa" in caplog.text
    assert hint in caplog.text


def test_a_folder_of_others_is_left_alone(panel, caplog):
    write("mine/inputs/thesis.txt", "x")
    assert main(["cofold", "inputs", "--for", "boltz", "-o", "mine"]) == 2
    assert "not a folder of inputs for the same program" in caplog.text
    assert main(["cofold", "inputs", "--for", "boltz", "-o", "made"]) == 0
    assert main(["cofold", "inputs", "--for", "chai", "-o", "made"]) == 2
    write("made/msas/c1.a3m", f">q\n{E[::-1]}\n")
    write("made/inputs/001/old.yaml", "x")
    assert main(["cofold", "inputs", "--for", "boltz", "-o", "made", "--batch", "3", "--seeds", "2"]) == 0
    assert Path("made/msas/c1.a3m").is_file()
    assert not Path("made/inputs/001/old.yaml").exists()
    assert sorted(path.name for path in Path("made/inputs").iterdir()) == ["001", "002", "003", "004"]
    assert "for seed in 1 2; do" in Path("made/run.sh").read_text()
    assert "#SBATCH --array=1-4\n" in Path("made/submit.slurm").read_text()
    assert Path("mine/inputs/thesis.txt").read_text() == "x"


# --- alignments


def rows_of(path):
    return [
        (one.description, str(one.seq))
        for one in SeqIO.parse(StringIO(Path(path).read_text().partition("\n")[2]), "fasta")
    ]


def aligned_length(row):
    return sum(not letter.islower() for letter in row)


def test_alignments_of_a_complex_have_the_columns_of_all_sequences(tmp_path):
    own = {
        E: [("q", E), ("hit 1", "-" * 10 + E[10:]), ("hit 2", "mk" + E)],
        F: [("q", F), ("x\ty", F[:5] + "aa" + F[5:])],
    }
    first, rows = alignments.joined([E, F, E], own)
    assert first == f"#{len(E)},{len(F)}\t2,1\n"
    assert rows[0] == ("101\t102", E + F)
    assert {aligned_length(row) for _, row in rows} == {len(E) + len(F)}
    assert [name for name, _ in rows[1:]] == ["101", "hit 1", "hit 2", "102", "x\ty"]
    # Every row but the first has residues of one sequence alone, and they are those of its own alignment.
    assert [row.strip("-") for _, row in rows[1:]] == [E, E[10:], "mk" + E, F, F[:5] + "aa" + F[5:]]
    first, rows = alignments.joined([F, F], own)
    assert (first, [name for name, _ in rows]) == (f"#{len(F)}\t2\n", ["101", "x\ty"])


def test_alignments_of_a_folder_are_found_by_their_sequences(panel, caplog):
    write("own/a/anything.a3m", f"#32\t1\n>x\n{G}\n>hit\n{G.lower()[:3]}{G}\n\0")
    write("own/less.a3m", f">x\n{G}\n")
    write("own/b.a3m", f">x\n{H[:16]}\n{H[16:]}\n")
    write("own/other.a3m", ">x\nAAAA\n")
    assert main(["cofold", "inputs", "--for", "boltz", "-o", "made", "--msa", "own"]) == 0
    assert sorted(path.name for path in Path("made/msas").iterdir()) == ["one_v2.a3m", "twin-a.a3m"]
    assert Path("made/msas/one_v2.a3m").read_text() == f">query\n{G}\n>hit\n{G.lower()[:3]}{G}\n"
    assert "no alignment in own of fab_H, fab_L, c1, c2" in caplog.text
    assert main(["cofold", "inputs", "--for", "boltz", "-o", "made", "--msa", "sever"]) == 2
    assert "no such folder with alignments" in caplog.text


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Stand-ins for programs that cannot run here: they write down how they were called; ColabFold answers a search."""
    folder = tmp_path / "bin"
    body = f"""#!{sys.executable}
import pathlib, sys
name, (source, to) = pathlib.Path(sys.argv[0]).name, (sys.argv[1:3] + ["", ""])[:2]
with open({str(tmp_path / "calls.txt")!r}, "a") as file:
    print(name, *sys.argv[1:], file=file)
if "--msa-only" in sys.argv:
    pathlib.Path(to).mkdir(exist_ok=True)
    for k, one in enumerate(pathlib.Path(source).read_text().split(">")[1:]):
        found = one.split()[1]
        pathlib.Path(to, f"{{k}}.a3m").write_text(f"#{{len(found)}}\\t1\\n>101\\n{{found}}\\n>hit\\n{{found}}\\n")
sys.exit("inputs/002" in sys.argv)
"""
    for name in ("boltz", "colabfold_batch", "protenix"):
        write(folder / name, body)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def calls():
        lines = (tmp_path / "calls.txt").read_text().splitlines()
        (tmp_path / "calls.txt").unlink()
        return lines

    return calls


def bash(*arguments):
    return subprocess.run(["bash", *arguments], check=False, capture_output=True, text=True)


def test_the_scripts_of_every_program_are_bash(panel):
    for key in PROGRAMS:
        assert main(["cofold", "inputs", "--for", key, "-o", key]) == 0
        for path in [*Path(key).glob("*.sh"), *Path(key).glob("*.slurm")]:
            assert bash("-n", str(path)).stderr == ""
        for path in Path(key).glob("*.py"):
            compile(path.read_text(), path, "exec")
        assert key in NO_MSA or Path(key, "msas.sh").is_file()
    assert "--gres=gpu:1" in Path("boltz/submit.slurm").read_text()


def test_scripts_search_once_and_predict_every_batch(panel, tools):
    assert main(["cofold", "inputs", "--for", "boltz", "-o", "made", "--batch", "4"]) == 0
    write("made/msas/other.a3m", ">x\nMKT\n")
    assert "no alignment in msas/ of fab_H, fab_L, " in (said := bash("made/run.sh").stderr)
    assert "run msas.sh first" in said
    write("made/msas/one_v2.a3m", f">x\n{G[1:]}\n")  # of another construct
    write("made/msas/c1.a3m", f">x\n{E[::-1]}\n")
    assert bash("made/msas.sh").returncode == 0
    assert tools() == ["colabfold_batch lacking.fasta searched --msa-only"]
    names = {one.id for one in SeqIO.parse("made/lacking.fasta", "fasta")}
    assert names == {"fab_H", "fab_L", "one_v2", "twin-a", "c2"}
    assert Path("made/msas/one_v2.a3m").read_text() == f">query\n{G}\n>hit\n{G}\n"
    assert "every sequence has an alignment" in bash("made/msas.sh").stdout
    ran = bash("made/run.sh")
    assert ran.returncode == 1  # the second batch failed, the third was predicted all the same
    assert [line.split()[:3] for line in tools()] == [["boltz", "predict", f"inputs/00{k}"] for k in (1, 2, 3)]
    assert bash("made/run.sh", "003").returncode == 0
    (call,) = tools()
    assert "--out_dir predictions/seed_1 --seed 1" in call
    assert "--write_full_pae" in call
    assert "--use_msa_server" not in call


def test_colabfold_gets_an_alignment_of_each_complex(panel, tools):
    assert main(["cofold", "inputs", "--for", "colabfold", "-o", "made", "--seeds", "3"]) == 0
    assert bash("made/msas.sh").returncode == 0
    tools()
    assert bash("made/run.sh").returncode == 0
    (call,) = tools()
    assert call.startswith("colabfold_batch inputs/001 predictions/001 ")
    assert call.endswith("--random-seed 1 --num-seeds 3")
    assert len(list(Path("made/inputs/001").glob("*.a3m"))) == len(panel)
    path = Path("made/inputs/001/fab__twin-b.a3m")
    assert path.read_text().startswith(f"#{len(E)},{len(F)},{len(H)}\t1,1,1\n>101\t102\t103\n{E}{F}{H}\n")
    assert rows_of("made/inputs/001/one_v2__one_v2.a3m") == [("101", G), ("hit", G)]


def test_chai_is_asked_once_a_seed_and_its_errors_are_kept(panel, monkeypatch, capsys):
    assert main(["cofold", "inputs", "--for", "chai", "-o", "made", "--seeds", "2"]) == 0
    write("made/msas/c1.a3m", f">x\n{E[::-1]}\n>hit\n{E}\n")
    calls = []

    def run_inference(*, fasta_file, output_dir, seed, msa_directory):
        """Stand in for chai_lab's function; one complex does not fit into memory."""
        calls.append((fasta_file.stem, seed))
        if fasta_file.stem == "fab__c1":
            raise MemoryError
        output_dir.mkdir(parents=True)
        paths = [output_dir / f"pred.model_idx_{k}.cif" for k in (1, 0)]
        for path in paths:
            path.touch()
        error = types.SimpleNamespace(float=lambda: error, cpu=lambda: error, numpy=lambda: np.full((2, 2), 7.0))
        return types.SimpleNamespace(cif_paths=paths, pae=[error, error])

    tables = {}
    monkeypatch.setattr(
        pandas.DataFrame, "to_parquet", lambda self, path: tables.update({path.name: self}) or path.touch()
    )
    monkeypatch.setitem(sys.modules, "chai_lab", types.ModuleType("chai_lab"))
    monkeypatch.setitem(sys.modules, "chai_lab.chai1", types.SimpleNamespace(run_inference=run_inference))
    monkeypatch.syspath_prepend("made")
    monkeypatch.delitem(sys.modules, "alignments", raising=False)
    spec = importlib.util.spec_from_file_location("fold_chai", "made/fold_chai.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    asked = ["made/inputs/001", "made/predictions", "--seeds", "1", "2", "--msas", "made/msas"]
    assert script.main(asked) == 1
    assert len(calls) == 2 * len(panel)
    assert "fab__c1, seed 2, failed" in capsys.readouterr().err
    made = Path("made/predictions/fab__c2/seed_2")
    assert sorted(path.name for path in made.glob("*.npy")) == ["pae.model_idx_0.npy", "pae.model_idx_1.npy"]
    (table,) = tables.values()
    assert table.to_dict("list") == {
        "sequence": [E[::-1], E],
        "source_database": ["query", "uniref90"],
        "pairing_key": ["", ""],
        "comment": ["", ""],
    }
    calls.clear()
    (made / "pae.model_idx_0.npy").unlink()  # as if it had been interrupted there
    script.main(asked)
    assert calls == [("fab__c1", 1), ("fab__c1", 2), ("fab__c2", 2)]
    monkeypatch.delitem(sys.modules, "alignments", raising=False)


# --- names of programs, and the README


@pytest.mark.parametrize(
    ("name", "key"), [("alphafold3", "af3"), ("AlphaFold-3", "af3"), ("boltz2", "boltz"), ("alphafold_server", None)]
)
def test_a_program_by_its_own_name(panel, name, key):
    assert main(["cofold", "inputs", "--for", name, "-o", "made"]) == 0
    with open("made/pairs.csv", encoding="utf-8") as file:
        assert {row["program"] for row in csv.DictReader(file)} == {key or "alphafold-server"}


def test_a_program_that_nobody_knows(panel, capsys):
    with pytest.raises(SystemExit):
        main(["cofold", "inputs", "--for", "colabfolt", "-o", "made"])
    assert "did you mean `colabfold`?" in capsys.readouterr().err


@pytest.mark.parametrize(("said", "meant"), [("af3", "alphafold3"), ("alphafold_serve", "alphafold_server")])
def test_terms_under_another_name(panel, caplog, said, meant):
    config = yaml.safe_load(Path("config.yaml").read_text())
    write("config.yaml", yaml.safe_dump(config | {"cofold": {"accept": [said]}}))
    assert main(["cofold", "inputs", "--for", "boltz", "-o", "made"]) == 2
    assert f"did you mean `{meant}`?" in caplog.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"backend": "cofold"}, "has `backend: cofold`, which uses them"),
        ({"backends": ["local", "cofold"]}, "has `backends: [local, cofold]`, which uses them"),
        ({"backend": "local", "attract": "from cofold"}, "has `attract: from cofold`, which uses them"),
        ({"backend": "local"}, "before the import, set `backend: cofold` in it, or `backends: [local, cofold]`"),
    ],
)
def test_the_readme_says_what_each_step_needs_and_what_the_config_has(panel, asked, said):
    config = yaml.safe_load(Path("config.yaml").read_text())
    write("config.yaml", yaml.safe_dump({name: one for name, one in config.items() if name != "backend"} | asked))
    assert main(["cofold", "inputs", "--for", "boltz", "-o", "made"]) == 0
    text = " ".join(Path("made/README.txt").read_text().split())
    assert said in text
    assert "colabfold_batch" in text
    assert "login node" in text
    assert "colabfold_search" in text
