"""Readers of predictions: every layout, tokens that are no residues, and files that cannot be used."""

import gzip
import io
import json
import shutil
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cofold_files import MADE_UP, Complex, npy, npz, write
from crossdock.cli import main
from crossdock.docking.backends.cofold.content import Record
from crossdock.docking.backends.cofold.find import find_predictions
from crossdock.docking.backends.cofold.scores import ipsae
from crossdock.docking.backends.cofold.table import directions
from crossdock.errors import InputError

RICH = Complex(modified=(("A", 4),), ligands=(("C", "LIG"), ("D", "NAG")))
PLAIN = Complex()


def only(folder):
    """Read the one prediction of a folder."""
    finds = find_predictions(folder)
    found = list(finds.read())
    assert finds.problems == []
    ((_, prediction),) = found
    return prediction


def agrees(prediction, made):
    """Compare with what was written."""
    assert prediction.sequences == [
        "".join("S" if (name, at) in made.modified else one for at, one in enumerate(letters))
        for name, letters in made.chains.items()
    ]
    assert prediction.chains == tuple(made.chains)
    np.testing.assert_allclose(prediction.plddt, made.plddt, atol=0.01)
    np.testing.assert_allclose(prediction.pae, made.cut, atol=1e-5)
    n = len(next(iter(made.chains.values())))
    forth, back = (one.numbers["ipsae"] for one in directions(prediction))
    assert forth == pytest.approx(ipsae(made.cut[:n, n:]), rel=1e-5)
    assert back == pytest.approx(ipsae(made.cut[n:, :n]), rel=1e-5)


@pytest.mark.parametrize(
    "rest",
    [
        "rank_001_alphafold2_multimer_v3_model_3_seed_000",
        "alphafold2_multimer_v3_model_4_seed_007",
        "rank_1_model_3",
        "model_2_rank_3",
    ],
)
def test_colabfold(tmp_path, rest):
    PLAIN.colabfold(tmp_path, job="two_proteins", rest=rest)
    prediction = only(tmp_path)
    agrees(prediction, PLAIN)
    assert (prediction.program, prediction.iptm) == ("ColabFold", 0.6)
    assert prediction.seed == (7 if "seed_007" in rest else 0 if "seed" in rest else None)


def test_older_colabfold_with_the_scores_named_after_the_model(tmp_path):
    PLAIN.colabfold(tmp_path, rest="rank_1_model_3")
    (tmp_path / "a_b_scores_rank_1_model_3.json").rename(tmp_path / "a_b_unrelaxed_rank_1_model_3_scores.json")
    shutil.copy(tmp_path / "a_b_unrelaxed_rank_1_model_3.pdb", tmp_path / "a_b_relaxed_rank_1_model_3.pdb")
    prediction = only(tmp_path)
    agrees(prediction, PLAIN)
    assert "_relaxed_" in prediction.where


def test_colabfold_with_iptm_of_pairs(tmp_path):
    PLAIN.colabfold(tmp_path, pairwise_iptm={"A-B": 0.44})
    assert {one.numbers["iptm"] for one in directions(only(tmp_path))} == {0.44}


@pytest.mark.parametrize("folder", ["a_and_b", "a+b", "a_homo_2er", "target"])
def test_alphafold_multimer(tmp_path, folder):
    models = (("model_1_multimer_v3_pred_0", 0.5), ("model_2_multimer_v3_pred_1", 0.8))
    PLAIN.alphafold2(tmp_path / folder, models, iptm=folder != "target")
    finds = find_predictions(tmp_path)
    found = [prediction for _, prediction in finds.read()]
    # The order of ranking_debug.json; pickles and the copies in unrelaxed_*.pdb are left alone.
    assert [one.model for one in found] == ["model_2_multimer_v3_pred_1", "model_1_multimer_v3_pred_0"]
    assert [one.ranking for one in found] == [0.8, 0.5]
    assert [(one.seed, one.sample) for one in found] == [(1, 2), (0, 1)]
    assert found[0].program == ("AlphaFold-Multimer" if folder == "target" else "AlphaPulldown")
    assert found[0].iptm == (None if folder == "target" else pytest.approx(0.7))
    assert finds.problems == []


@pytest.mark.parametrize("made", [PLAIN, RICH], ids=["proteins", "with ligands"])
@pytest.mark.parametrize("names", ["new", "old"])
def test_alphafold3(tmp_path, made, names):
    job = tmp_path / "a_b"
    for sample, ranking in ((0, 0.7), (1, 0.9)):
        seed = f"seed-7_sample-{sample}"
        one = made if sample else Complex(made.chains, made.modified, made.ligands, seed=9)
        one.alphafold3(job / seed, f"a_b_{seed}_" if names == "new" else "", ranking=ranking)
    made.alphafold3(job, "a_b_", ranking=0.9)
    finds = find_predictions(tmp_path)
    found = [prediction for _, prediction in finds.read()]
    assert finds.problems == []
    # The best is there twice.
    assert [(one.job, one.seed, one.sample, one.ranking) for one in found] == [("a_b", 7, 0, 0.7), ("a_b", 7, 1, 0.9)]
    agrees(found[1], made)
    c = len(made.all_chains)
    pairs = np.round(np.linspace(0.5, 0.7, c * c).reshape(c, c), 2)
    assert found[1].pair_iptm[0, 1] == pytest.approx(((pairs + pairs.T) / 2).round(2)[0, 1])


def test_samples_with_the_same_coordinates_are_several_and_so_are_jobs(tmp_path):
    for job in ("a_b", "c_d"):
        for sample in (0, 1):
            PLAIN.alphafold3(tmp_path / job / f"seed-1_sample-{sample}", f"{job}_seed-1_sample-{sample}_")
        PLAIN.alphafold3(tmp_path / job, f"{job}_")
    shutil.copytree(tmp_path / "a_b", tmp_path / "backup" / "a_b")
    found = [(prediction.job, prediction.sample) for _, prediction in find_predictions(tmp_path).read()]
    assert found == [("a_b", 0), ("a_b", 1), ("c_d", 0), ("c_d", 1)]


def test_hundreds_of_predictions_in_one_folder(tmp_path, capsys, caplog):
    """Copies under other names, as a screen would have them, are all read, and it is said how far that is."""
    PLAIN.boltz(tmp_path / "one")
    for path in list((tmp_path / "one").iterdir()):
        for k in range(150):
            shutil.copy(path, tmp_path / path.name.replace("a_b", f"pair{k}"))
    shutil.rmtree(tmp_path / "one")
    with caplog.at_level("INFO"):
        assert main(["cofold", "score", str(tmp_path), "--json"]) == 0
    jobs = json.loads(capsys.readouterr().out)["jobs"]
    assert sorted(job["job"] for job in jobs) == sorted(f"pair{k}" for k in range(150))
    assert "75 of 150 predictions read" in caplog.text


def test_alphafold_server_with_a_chain_id_for_each_token(tmp_path):
    ids = [one for one, _ in RICH.tokens]
    RICH.alphafold3(tmp_path / "fold_a_b", "fold_a_b_", confidences="full_data", after="_0", chain_ids=ids)
    prediction = only(tmp_path)
    agrees(prediction, RICH)
    assert (prediction.program, prediction.sample) == ("AlphaFold Server", 0)
    assert np.isfinite(prediction.pair_iptm[0, 1])


def test_zips_of_the_server_one_within_another(tmp_path):
    for name in ("one", "two"):
        made = Complex(seed=len(name) + ord(name[0]))
        made.alphafold3(tmp_path / "raw" / f"fold_{name}", f"fold_{name}_", confidences="full_data", after="_0")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as inner:
        for path in (tmp_path / "raw/fold_two").iterdir():
            inner.write(path, f"fold_two/{path.name}")
    with zipfile.ZipFile(tmp_path / "folds.zip", "w", zipfile.ZIP_DEFLATED) as batch:
        for path in (tmp_path / "raw/fold_one").iterdir():
            batch.write(path, f"folds/fold_one/{path.name}")
        batch.write(tmp_path / "two.zip", "two.zip")
    shutil.rmtree(tmp_path / "raw")
    (tmp_path / "two.zip").unlink()
    finds = find_predictions(tmp_path)
    jobs = [prediction.job for _, prediction in finds.read()]
    assert jobs == ["folds.zip/folds/fold_one", "folds.zip/two.zip/fold_two"]
    assert [one.job for _, one in find_predictions(tmp_path / "folds.zip").read()] == [
        "folds/fold_one",
        "two.zip/fold_two",
    ]


@pytest.mark.parametrize("samples", [(0, 1), (1,)])
def test_alphapulldown_with_alphafold3_and_the_models_of_all_seeds(tmp_path, samples):
    """`ranked_0` is a copy of the best one."""
    for sample in samples:
        made = Complex(seed=sample + 1)
        made.alphafold3(tmp_path / "a_and_b" / f"seed-1_sample-{sample}", "", ranking=0.5 + sample / 10)
    Complex(seed=2).alphafold3(tmp_path / "a_and_b", "ranked_0_", ranking=0.6)
    found = list(find_predictions(tmp_path).read())
    assert sorted(prediction.sample for _, prediction in found) == list(samples)
    assert min(found, key=lambda one: one[0].place(one[1]))[1].sample == 1


@pytest.mark.parametrize("scenario", ["all", "all, the rest removed", "the best, others in its archive"])
def test_alphapulldown_as_modelcif(tmp_path, scenario):
    """The errors lie in an archive beside the model, and models beyond the best may lie in its archive."""
    folder = tmp_path / "a_and_b"
    both = (PLAIN, Complex(seed=2))
    names = ("model_2_multimer_v3_pred_0", "model_1_multimer_v3_pred_0")
    folder.mkdir()
    if scenario != "all, the rest removed":
        write(folder / "ranking_debug.json", {"iptm+ptm": dict.fromkeys(names, 0.5), "order": names})
        for rank, (name, made) in enumerate(zip(names, both, strict=True)):
            write(folder / f"ranked_{rank}.pdb", made.pdb())
            write(folder / f"unrelaxed_{name}.pdb", made.pdb())
    if scenario.startswith("all"):
        for rank, made in enumerate(both):
            made.modelcif(folder, rank, iptm=0.66 - rank / 10)
    else:
        (tmp_path / ".aside").mkdir()
        both[1].modelcif(tmp_path / ".aside", 1, iptm=0.56)
        PLAIN.modelcif(folder, 0, more=sorted((tmp_path / ".aside").iterdir()))
    finds = find_predictions(tmp_path)
    found = [prediction for _, prediction in finds.read()]
    assert finds.problems == []
    assert [one.program for one in found] == ["AlphaPulldown"] * 2
    for prediction, made in zip(found, both, strict=True):
        agrees(prediction, made)
    assert [one.iptm for one in found] == pytest.approx([0.66, 0.56])
    if scenario == "all, the rest removed":
        assert [one.ranking for one in found] == pytest.approx([0.668, 0.588])


def test_the_model_file_that_is_given_is_the_one_that_is_scored(tmp_path, capsys):
    """Beside it may lie the relaxed one, which is taken of a folder."""
    PLAIN.alphafold2(tmp_path / "a+b")
    name = "model_1_multimer_v3_pred_0"
    shutil.copy(tmp_path / f"a+b/unrelaxed_{name}.pdb", tmp_path / f"a+b/relaxed_{name}.pdb")
    for file in (f"unrelaxed_{name}.pdb", f"relaxed_{name}.pdb", "ranked_0.pdb", f"pae_{name}.json"):
        assert main(["cofold", "score", str(tmp_path / "a+b" / file), "--json"]) == 0
        (job,) = json.loads(capsys.readouterr().out)["jobs"]
        (model,) = job["models"]
        assert job["program"] == "AlphaPulldown"
        assert Path(model["file"]).name == (file if file.endswith("pdb") else f"relaxed_{name}.pdb")
        assert model["pairs"][0]["ipsae"] is not None


@pytest.mark.parametrize("given", ["seed-7_sample-1", "seed-7_sample-1/model.cif"])
def test_the_folder_or_file_of_a_sample_keeps_job_and_seed(tmp_path, given):
    PLAIN.alphafold3(tmp_path / "a_b/seed-7_sample-1", "")
    ((found, prediction),) = find_predictions(tmp_path / "a_b" / given).read()
    assert (found.job, prediction.seed, prediction.sample) == ("a_b", 7, 1)


def test_a_folder_above_that_of_the_job_is_no_sample(tmp_path):
    job = tmp_path / "sample_4" / "a_b"
    PLAIN.alphafold3(job / "seed-7_sample-1", "a_b_seed-7_sample-1_")
    PLAIN.alphafold3(job, "a_b_")
    for folder in (tmp_path, tmp_path / "sample_4"):
        ((found, prediction),) = find_predictions(folder).read()  # the best is there twice
        assert (found.job, prediction.seed, prediction.sample) == ("sample_4/a_b", 7, 1)


def test_a_folder_of_a_seed_may_have_the_program_s_own_in_it(tmp_path):
    PLAIN.boltz(tmp_path / "seed_3/boltz_results_a_b/predictions/a_b")
    assert only(tmp_path).seed == 3


def flat(made):
    """Give errors as AlphaFold DB and ColabFold wrote them first."""
    n = len(made.cut)
    one, other = (np.arange(n * n) // n + 1).tolist(), (np.arange(n * n) % n + 1).tolist()
    errors = {"residue1": one, "residue2": other, "distance": made.cut.ravel().tolist()}
    return [errors | {"max_predicted_aligned_error": 31.75}]


def test_errors_as_a_flat_list(tmp_path):
    PLAIN.alphafold2(tmp_path / "af2")
    write(tmp_path / "af2/pae_model_1_multimer_v3_pred_0.json", flat(PLAIN))
    PLAIN.colabfold(tmp_path / "colabfold", rest="rank_1_model_3", pae=None)
    write(tmp_path / "colabfold/a_b_predicted_aligned_error_v1.json", flat(PLAIN))
    finds = find_predictions(tmp_path)
    found = [prediction for _, prediction in finds.read()]
    assert len(found) == 2
    for prediction in found:
        agrees(prediction, PLAIN)
    spoilt = flat(PLAIN)
    spoilt[0]["distance"].pop()
    write(tmp_path / "af2/pae_model_1_multimer_v3_pred_0.json", spoilt)
    finds = find_predictions(tmp_path)
    assert len(list(finds.read())) == 1
    assert "not those of a square matrix" in finds.problems[0].what


@pytest.mark.parametrize("program", ["alphafold3", "server", "boltz", "chai", "protenix", "openfold3"])
def test_errors_without_the_scores_of_the_whole(tmp_path, program):
    """Many keep and pass on only the model and its PAE."""
    write_it = {
        "alphafold3": lambda: RICH.alphafold3(tmp_path, "a_b_"),
        "server": lambda: RICH.alphafold3(tmp_path, "fold_a_b_", confidences="full_data", after="_0"),
        "boltz": lambda: RICH.boltz(tmp_path),
        "chai": lambda: RICH.chai(tmp_path, pae="pae_model_idx_0.npz"),
        "protenix": lambda: RICH.protenix(tmp_path),
        "openfold3": lambda: RICH.openfold3(tmp_path),
    }
    write_it[program]()
    names = ("summary_confidence", "confidence_a_b", "scores.", "confidences_aggregated")
    (summary,) = [one for one in tmp_path.rglob("*.*") if any(name in one.name for name in names)]
    summary.unlink()
    prediction = only(tmp_path)
    agrees(prediction, RICH)
    assert (prediction.iptm, prediction.ptm, prediction.ranking) == (None, None, None)


@pytest.mark.parametrize("name", ["a_unrelaxed_b", "a_relaxed_b_unrelaxed_c"])
def test_colabfold_of_a_job_that_is_named_like_a_model(tmp_path, name):
    PLAIN.colabfold(tmp_path, job=name)
    assert only(tmp_path).job.endswith(name)


def test_an_array_without_a_name_and_an_empty_list_of_pairs(tmp_path):
    PLAIN.boltz(tmp_path)
    write(tmp_path / "pae_a_b_model_0.npz", npz(arr_0=PLAIN.pae))
    PLAIN.alphafold3(tmp_path, "a_b_")
    summary = tmp_path / "a_b_summary_confidences.json"
    write(summary, json.loads(summary.read_text()) | {"chain_pair_iptm": []})
    finds = find_predictions(tmp_path)
    found = [prediction for _, prediction in finds.read()]
    assert [one.program for one in found] == ["AlphaFold 3", "Boltz"]
    for prediction in found:
        agrees(prediction, PLAIN)


def test_models_of_earlier_recycles_are_named_as_such(tmp_path):
    PLAIN.colabfold(tmp_path)
    path = next(tmp_path.glob("*.pdb"))
    shutil.copy(path, path.with_suffix(".r2.pdb"))
    finds = find_predictions(tmp_path)
    assert len(finds.found) == 1
    assert "an earlier recycle" in finds.problems[0].what


def test_alphapulldown_with_alphafold3(tmp_path):
    PLAIN.alphafold3(tmp_path / "a_and_b", "ranked_0_")
    prediction = only(tmp_path)
    agrees(prediction, PLAIN)
    assert prediction.job == "a_and_b"


def test_compressed_files(tmp_path, need_module):
    zstd = need_module("zstandard", "zstandard is not installed")
    PLAIN.alphafold3(tmp_path / "zst", "a_b_")
    for name in ("model.cif", "confidences.json"):
        path = tmp_path / "zst" / f"a_b_{name}"
        write(path.with_name(path.name + ".zst"), zstd.compress(path.read_bytes()))
        path.unlink()
    agrees(only(tmp_path), PLAIN)
    path = tmp_path / "zst" / "a_b_confidences.json.zst"
    path.write_bytes(path.read_bytes()[:-500])
    finds = find_predictions(tmp_path)
    assert list(finds.read()) == []
    assert "ends early" in finds.problems[0].what
    assert finds.problems[0].where == str(path)


def test_gzipped_files(tmp_path):
    PLAIN.boltz(tmp_path)
    path = tmp_path / "a_b_model_0.cif"
    write(path.with_name(path.name + ".gz"), gzip.compress(path.read_bytes()))
    path.unlink()
    agrees(only(tmp_path), PLAIN)


@pytest.mark.parametrize("made", [PLAIN, RICH], ids=["proteins", "with ligands"])
def test_boltz(tmp_path, made):
    for sample in (0, 1):
        Complex(made.chains, made.modified, made.ligands, seed=sample + 1).boltz(
            tmp_path / "boltz_results_x/predictions/a_b", sample=sample, score=0.9 - sample / 10
        )
    write(tmp_path / "boltz_results_x/msa/templates/other_model_0.cif", "not a model")
    finds = find_predictions(tmp_path)
    found = [prediction for _, prediction in finds.read()]
    assert [one.ranking for one in found] == [0.9, 0.8]
    assert found[0].job == "boltz_results_x/predictions/a_b"
    agrees(found[0], made)
    # pair_chains_iptm[i][j] is aligned on j and judges i.
    assert [one.numbers["iptm"] for one in directions(found[0])[:2]] == [0.6, 0.51]


def test_boltz_without_pae(tmp_path):
    PLAIN.boltz(tmp_path, pae=False)
    prediction = only(tmp_path)
    assert prediction.pae is None
    numbers = directions(prediction)[0].numbers
    assert (numbers["ipsae"], numbers["iptm"]) == (None, 0.6)
    assert numbers["contacts"] > 0


@pytest.mark.parametrize("pae", [None, "pae.model_idx_0.npy", "pae_model_idx_0.npz"])
def test_chai(tmp_path, pae):
    RICH.chai(tmp_path / "out", pae=pae)
    prediction = only(tmp_path)
    assert prediction.job == "out"
    if pae:
        agrees(prediction, RICH)
    assert directions(prediction)[0].numbers["iptm"] == pytest.approx(np.linspace(0.4, 0.8, 16)[1])


def test_chai_from_its_server(tmp_path):
    PLAIN.chai(tmp_path)
    (tmp_path / "pred.model_idx_0.cif").rename(tmp_path / "pred.rank_0.cif")
    (tmp_path / "scores.model_idx_0.npz").unlink()
    scores = {"aggregate_score": [0.8], "ptm": [0.7], "iptm": [0.6], "per_chain_pair_iptm": [[[0.9, 0.5], [0.4, 0.9]]]}
    write(tmp_path / "scores.rank_0.json", scores)
    prediction = only(tmp_path)
    assert [one.numbers["iptm"] for one in directions(prediction)] == [0.5, 0.4]


@pytest.mark.parametrize("full", [True, False])
def test_protenix(tmp_path, full):
    RICH.protenix(tmp_path, full=full)
    prediction = only(tmp_path)
    assert (prediction.job, prediction.seed, prediction.sample) == ("a_b", 101, 0)
    if full:
        agrees(prediction, RICH)
    assert directions(prediction)[0].numbers["iptm"] == 0.55


@pytest.mark.parametrize("model", ["cif", "pdb"])
@pytest.mark.parametrize("packed", ["json", "npz"])
def test_openfold3(tmp_path, packed, model):
    RICH.openfold3(tmp_path, packed=packed, model=model)
    prediction = only(tmp_path)
    agrees(prediction, RICH)
    assert (prediction.program, prediction.seed, prediction.sample) == ("OpenFold 3", 42, 1)
    assert [one.numbers["iptm"] for one in directions(prediction)[:2]] == [0.65, 0.65]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ({"(1, 2)": 0.65, "(1, 3)": 0.2, "(2, 3)": [0.3]}, [0.65, 0.65]),
        ({"(A, B)": 0.65, "(B, A)": 0.45}, [0.65, 0.45]),
        ({"('A', 'B')": 0.65}, [0.65, 0.65]),
        ({}, [None, None]),
    ],
)
def test_openfold3_with_pairs_as_other_versions_write_them(tmp_path, pairs, expected):
    RICH.openfold3(tmp_path)
    path = next(tmp_path.rglob("*_aggregated.json"))
    write(path, json.loads(path.read_text()) | {"chain_pair_iptm": pairs})
    assert [one.numbers["iptm"] for one in directions(only(tmp_path))[:2]] == expected


def test_openfold3_without_its_pae_head(tmp_path):
    RICH.openfold3(tmp_path)
    for name, kept in (("_aggregated", ("avg_plddt", "gpde")), ("_confidences", ("plddt", "pde"))):
        path = next(tmp_path.rglob(f"*{name}.json"))
        said = json.loads(path.read_text())
        write(path, {key: value for key, value in said.items() if key in kept})
    prediction = only(tmp_path)
    assert (prediction.pae, prediction.iptm, prediction.ranking) == (None, None, None)
    np.testing.assert_allclose(prediction.plddt, RICH.plddt, atol=0.01)


def test_a_complex_of_alphafold_db(tmp_path):
    write(tmp_path / "AF-0000000066503175-model_v1.cif", PLAIN.cif())
    pae = [{"predicted_aligned_error": PLAIN.cut.tolist(), "max_predicted_aligned_error": 31.75}]
    write(tmp_path / "AF-0000000066503175-predicted_aligned_error_v1.json", pae)
    prediction = only(tmp_path)
    agrees(prediction, PLAIN)
    assert (prediction.program, prediction.job) == ("AlphaFold DB", "AF-0000000066503175")


def tokens_of(atoms, by_atom):
    """Give the token of each atom: one a residue, one an atom in residues of some names."""
    places = [one[:3] for one in atoms]
    starts = [k == 0 or places[k] != places[k - 1] or places[k][2] in by_atom for k in range(len(places))]
    return np.cumsum(starts) - 1


@pytest.mark.parametrize("by_atom", [("LIG",), ()], ids=["2.2", "before April 2025"])
def test_boltz_writes_the_plddt_of_other_tokens_behind_a_modified_residue_and_a_ligand(tmp_path, by_atom):
    made = Complex({"B": "GSHMLEDPVDAF", "C": "MKTAYIAKQRSGLE"}, modified=(("B", 3),), ligands=(("A", "LIG"),))
    made.atoms.sort(key=lambda one: one[0])  # the ligand first
    own, written = tokens_of(made.atoms, ("SEP", "LIG")), tokens_of(made.atoms, by_atom)
    plddt = np.random.default_rng(5).uniform(30, 98, own[-1] + 1)
    made.atoms = [(*one[:6], round(plddt[at], 2), one[7]) for one, at in zip(made.atoms, written, strict=True)]
    made.boltz(tmp_path, pae=False)
    write(tmp_path / "plddt_a_b_model_0.npz", npz(plddt=plddt / 100))
    alpha = [one[3] == "CA" for one in made.atoms]
    np.testing.assert_allclose(only(tmp_path).plddt, plddt[own[alpha]])
    write(tmp_path / "plddt_a_b_model_0.npz", npz(plddt=plddt[::-1] / 100))
    finds = find_predictions(tmp_path)
    assert list(finds.read()) == []
    assert finds.problems[0].what == "it is of another model: the pLDDT beside it is not that of the model file"


def test_a_model_whose_plddt_nothing_says(tmp_path):
    """Boltz-1 wrote 1 in place of the B-factor."""
    made = Complex()
    made.atoms = [(*row[:6], 1.0, row[7]) for row in made.atoms]
    made.boltz(tmp_path)
    numbers = directions(only(tmp_path))[0].numbers
    assert (numbers["pdockq"], numbers["pdockq2"], numbers["interface_plddt"]) == (None, None, None)
    assert numbers["ipsae"] > 0


def test_the_file_of_one_model_alone(tmp_path, capsys):
    for sample in (0, 1):
        Complex(seed=sample + 1).boltz(tmp_path, sample=sample)
    for name in ("a_b_model_1.cif", "pae_a_b_model_1.npz"):
        assert main(["cofold", "score", str(tmp_path / name), "--json"]) == 0
        (job,) = json.loads(capsys.readouterr().out)["jobs"]
        assert [model["sample"] for model in job["models"]] == [1]


def test_means_over_models_and_seeds(tmp_path, capsys):
    for seed in (1, 2, 3):
        Complex(seed=seed).protenix(tmp_path, seed=seed, ranking=seed / 10)
    assert main(["cofold", "score", str(tmp_path), "--json"]) == 0
    (job,) = json.loads(capsys.readouterr().out)["jobs"]
    assert [model["seed"] for model in job["models"]] == [3, 2, 1]  # the best first
    values = [model["pairs"][0]["ipsae"] for model in job["models"]]
    assert job["mean"]["pairs"][0]["ipsae"] == pytest.approx(np.mean(values), abs=1e-6)
    assert main(["cofold", "score", str(tmp_path)]) == 0
    assert "mean of 3" in capsys.readouterr().out


def test_terms_are_shown(tmp_path, caplog):
    PLAIN.alphafold3(tmp_path, "a_b_")
    assert main(["cofold", "score", str(tmp_path)]) == 0
    assert "non-commercial" in caplog.text


# --- bad input


def cut_off(folder):
    path = folder / "a_b_scores_rank_001_alphafold2_multimer_v3_model_3_seed_000.json"
    path.write_text(path.read_text()[:-300])
    return path, "not a complete JSON file"


def with_nan(folder):
    path = folder / "a_b_scores_rank_001_alphafold2_multimer_v3_model_3_seed_000.json"
    said = json.loads(path.read_text())
    said["pae"][3][5] = float("nan")
    path.write_text(json.dumps(said))
    return path, "not numbers, the first at residues 4, 6"


def not_square(folder):
    path = folder / "a_b_scores_rank_001_alphafold2_multimer_v3_model_3_seed_000.json"
    said = json.loads(path.read_text())
    said["pae"][2].pop()
    path.write_text(json.dumps(said))
    return path, "pae is not square: row 3"


def of_another_size(folder):
    path = folder / "a_b_scores_rank_001_alphafold2_multimer_v3_model_3_seed_000.json"
    said = json.loads(path.read_text())
    said["pae"] = [row[:-1] for row in said["pae"][:-1]]
    path.write_text(json.dumps(said))
    return path, "of another model"


def of_another_protein(folder):
    path = folder / "a_b_scores_rank_001_alphafold2_multimer_v3_model_3_seed_000.json"
    said = json.loads(path.read_text())
    said["plddt"] = said["plddt"][::-1]
    path.write_text(json.dumps(said))
    return path, "the pLDDT beside it is not that of the model file"


def words_for_numbers(folder):
    path = folder / "a_b_scores_rank_001_alphafold2_multimer_v3_model_3_seed_000.json"
    said = json.loads(path.read_text())
    said["pae"][0][0] = "low"
    path.write_text(json.dumps(said))
    return path, "pae is not a matrix of numbers"


def too_deep(folder):
    path = folder / "a_b_scores_rank_001_alphafold2_multimer_v3_model_3_seed_000.json"
    path.write_text('{"pae":' + "[" * 100_000)
    return path, "not a complete JSON file"


def half_a_model(folder):
    path = folder / "a_b_unrelaxed_rank_001_alphafold2_multimer_v3_model_3_seed_000.pdb"
    path.write_text(path.read_text()[:3000])
    return path, "the file ends early"


def an_empty_model(folder):
    path = folder / "a_b_unrelaxed_rank_001_alphafold2_multimer_v3_model_3_seed_000.pdb"
    path.write_text("")
    return path, "an empty file"


@pytest.mark.parametrize(
    "spoil",
    [
        cut_off,
        with_nan,
        not_square,
        of_another_size,
        of_another_protein,
        words_for_numbers,
        too_deep,
        half_a_model,
        an_empty_model,
    ],
)
def test_what_cannot_be_read_is_listed_and_the_rest_goes_on(spoil, tmp_path, capsys):
    PLAIN.colabfold(tmp_path / "bad")
    Complex(seed=5).colabfold(tmp_path / "good")
    path, reason = spoil(tmp_path / "bad")
    assert main(["cofold", "score", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [job["job"] for job in said["jobs"]] == ["good/a_b"]
    (unread,) = said["not_read"]
    assert unread["file"].startswith(str(path))
    assert reason in unread["reason"]


@pytest.mark.parametrize(
    "content", ["[]", "{}", "3", '{"chain_pair_iptm": {"A": 1}, "iptm": [1, 2]}', "[[1]]", '"text"', "null"]
)
@pytest.mark.parametrize("kind", ["summary_confidences", "confidences"])
def test_json_of_another_kind_is_listed(tmp_path, content, kind):
    PLAIN.alphafold3(tmp_path, "a_b_")
    Complex(seed=2).boltz(tmp_path / "good")
    write(tmp_path / f"a_b_{kind}.json", content)
    finds = find_predictions(tmp_path)
    found = [one.program for one, _ in finds.read()]
    # An empty summary says nothing, and nothing is known then.
    assert found == (["AlphaFold 3", "Boltz"] if (content, kind) == ("{}", "summary_confidences") else ["Boltz"])
    assert len(finds.problems) == 2 - len(found)


@pytest.mark.parametrize("name", ["ranking_debug.json", "iptm_ptm.json", "pae_model_1_multimer_v3_pred_0.json"])
@pytest.mark.parametrize("content", ["[]", "3", '{"order": 3, "iptm+ptm": 4}', "[[1]]", "null"])
def test_json_of_another_kind_beside_alphafold2(tmp_path, content, name):
    PLAIN.alphafold2(tmp_path)
    Complex(seed=2).boltz(tmp_path / "good")
    write(tmp_path / name, content)
    finds = find_predictions(tmp_path)
    assert "Boltz" in [one.program for one, _ in finds.read()]


SHORTER = Complex({"A": "MKTAYIAKQRSG", "B": "GSHMLEDPVDAF"})
ALIKE = Complex({"A": "WWWAYIAKQRSGLE", "B": "GSHMLEDPVDAG"})


@pytest.mark.parametrize("program", ["alphafold3", "protenix", "openfold3"])
@pytest.mark.parametrize(("model", "file"), [(SHORTER, PLAIN), (PLAIN, SHORTER), (ALIKE, PLAIN)])
def test_confidences_of_a_longer_a_shorter_and_another_protein_are_not_used(tmp_path, program, model, file):
    """AlphaFold 3 names the residues of its tokens, which does not make them those of the model."""
    {
        "alphafold3": lambda: file.alphafold3(tmp_path, "a_b_"),
        "protenix": lambda: file.protenix(tmp_path),
        "openfold3": lambda: file.openfold3(tmp_path),
    }[program]()
    write(next(tmp_path.rglob("*.cif")), model.cif())
    finds = find_predictions(tmp_path)
    assert list(finds.read()) == []
    assert "it is of another model" in finds.problems[0].what


def test_chains_in_another_order_without_a_plddt_to_tell_are_doubtful(tmp_path, capsys, caplog):
    """Where the errors have a break within a chain of the model, they are of another one."""
    made = Complex()
    n = len(made.chains["A"])
    made.pae[n - 1, n] = made.pae[n, n - 1] = 12.0
    made.chai(tmp_path / "good", pae="pae_model_idx_0.npz")
    made.chai(tmp_path / "swapped", pae="pae_model_idx_0.npz")
    other = Complex()
    other.atoms = [row for name in "BA" for row in made.atoms if row[0] == name]
    write(tmp_path / "swapped/pred.model_idx_0.cif", other.cif())
    assert main(["cofold", "score", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len(said["jobs"]) == 2
    (doubt,) = said["doubtful"]
    assert doubt["file"] == str(tmp_path / "swapped/pred.model_idx_0.cif")
    assert "residues 2 and 3 of chain A is 12.0 A" in doubt["reason"]
    assert "doubtful" in caplog.text


def test_ligands_may_have_been_taken_out_of_a_model_of_alphafold3(tmp_path):
    RICH.alphafold3(tmp_path, "a_b_")
    bare = Complex(modified=RICH.modified)
    bare.atoms = [row for row in RICH.atoms if row[0] in RICH.chains]
    write(tmp_path / "a_b_model.cif", bare.cif())
    agrees(only(tmp_path), RICH)


@pytest.mark.parametrize("rule", ["a token a modified residue", "a token a residue, ligands left out"])
def test_other_rules_of_tokens(tmp_path, rule):
    RICH.boltz(tmp_path)
    kept = [at for at, one in enumerate(RICH.tokens) if (one[0] in "CD" and "left out" not in rule) or at in RICH.alpha]
    write(tmp_path / "pae_a_b_model_0.npz", npz(pae=RICH.pae[np.ix_(kept, kept)]))
    agrees(only(tmp_path), RICH)


def test_a_model_without_confidences_and_one_of_no_program(tmp_path):
    PLAIN.boltz(tmp_path / "good")
    write(tmp_path / "lost_model_0.cif", PLAIN.cif())
    write(tmp_path / "template.pdb", PLAIN.pdb())
    finds = find_predictions(tmp_path)
    said = {error.where.rpartition("/")[2]: error.what for error in finds.problems}
    assert "confidence_lost_model_0.json (Boltz)" in said["lost_model_0.cif"]
    assert "none that a program gives" in said["template.pdb"]
    assert len(finds.found) == 1


def test_numpy_files_with_objects_are_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    PLAIN.boltz(tmp_path)
    write(tmp_path / "pae_a_b_model_0.npz", npz(pae=np.array([[Trap()]], dtype=object)))
    finds = find_predictions(tmp_path)
    assert list(finds.read()) == []
    assert "pickled objects" in finds.problems[0].what
    assert not (tmp_path / "sprung").exists()


def test_other_arrays_of_a_numpy_file_are_not_read(tmp_path):
    PLAIN.boltz(tmp_path)
    path = tmp_path / "pae_a_b_model_0.npz"
    write(path, npz(pae=PLAIN.pae, about=np.array([{}], dtype=object)))
    agrees(only(tmp_path), PLAIN)


@pytest.mark.parametrize("end", [".npz", ".npy"])
def test_a_numpy_file_that_says_it_is_larger_than_it_is(tmp_path, end):
    """Memory is not taken for what is not there."""
    PLAIN.boltz(tmp_path)
    (tmp_path / "pae_a_b_model_0.npz").unlink()
    content = npy(PLAIN.pae.astype(np.float32))
    shape = f"({len(PLAIN.pae)}, {len(PLAIN.pae)}), }}".encode()
    large = b"(900000, 900000), }"
    assert shape in content
    content = content.replace(shape + b" " * (len(large) - len(shape)), large, 1)
    if end == ".npz":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("pae.npy", content)
        content = packed.getvalue()
    write(tmp_path / f"pae_a_b_model_0{end}", content)
    finds = find_predictions(tmp_path)
    assert list(finds.read()) == []
    assert "less content than its shape says" in finds.problems[0].what


@pytest.mark.parametrize(
    ("pae", "what"),
    [
        (PLAIN.pae / 31.75, "not in angstrom: its largest value is 0.4"),
        (PLAIN.pae * 100, "not in angstrom"),
        (PLAIN.pae * 1j, "not a matrix of numbers"),
    ],
)
def test_errors_in_another_unit_are_none(tmp_path, pae, what):
    PLAIN.boltz(tmp_path)
    write(tmp_path / "pae_a_b_model_0.npz", npz(pae=pae))
    finds = find_predictions(tmp_path)
    assert list(finds.read()) == []
    assert what in finds.problems[0].what


@pytest.mark.parametrize(
    ("old", "new", "read"),
    [
        ('"iptm": 0.6', f'"iptm": 1{"0" * 400}', True),
        ('"0": 0.5', f'"0": 1{"0" * 400}', False),
        ('"1": {"0"', '"-1": {"0"', False),
    ],
)
def test_numbers_too_large_and_chains_below_the_first(tmp_path, old, new, read):
    PLAIN.boltz(tmp_path / "bad")
    Complex(seed=2).boltz(tmp_path / "good")
    path = tmp_path / "bad/confidence_a_b_model_0.json"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    finds = find_predictions(tmp_path)
    assert [found.job for found, _ in finds.read()] == [*(["bad/a_b"] if read else []), "good/a_b"]
    assert len(finds.problems) == (not read)


def test_a_damaged_zip_and_nothing_else(tmp_path):
    write(tmp_path / "fold.zip", b"PK\x03\x04 and no more")
    with pytest.raises(InputError, match="not a complete zip archive"):
        find_predictions(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        find_predictions(tmp_path / "nowhere")


def test_a_large_matrix_never_becomes_lists_of_python():
    n = 600
    row = ",".join(f"{0.3 + k % 97 / 4:.2f}" for k in range(n))
    content = ('{"pae":[' + ",".join([f"[{row}]"] * n) + '],"contact_probs":[[0.1]],"iptm":0.5}').encode()
    tracemalloc.start()
    record = Record(content, "large.json")
    pae = record.matrix("pae")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert pae.shape == (n, n)
    assert pae.dtype == np.float32
    assert peak < 4_000_000  # 360,000 floats of Python would be 11 MB


def test_files_that_would_take_much_memory_for_nothing_are_listed(tmp_path, monkeypatch):
    """A list of chains, of rows, of residues, or of atoms, that is longer than any model has."""
    monkeypatch.setattr("crossdock.docking.backends.cofold.tokens.LARGEST_MODEL", 2_000_000)
    one = "confidence_a_b_model_0.json"
    for name in ("chains", "atoms"):
        PLAIN.boltz(tmp_path / name)
    said = json.loads((tmp_path / "chains" / one).read_text())
    many = {str(k): {} for k in range(20_000)}
    write(tmp_path / "chains" / one, said | {"pair_chains_iptm": many})
    write(tmp_path / "atoms/a_b_model_0.cif", PLAIN.cif() + "#" * 2_000_000)
    PLAIN.colabfold(tmp_path / "rows", pae=[[]] * 300_000)
    (tmp_path / "residues").mkdir()
    PLAIN.modelcif(tmp_path / "residues")
    head = "_ma_qa_metric_local_pairwise"
    items = [f"{part}_{k}" for k in (1, 2) for part in ("label_asym_id", "label_seq_id")]
    rows = [f"A {2 * k} A {2 * k + 1} 1 2.5" for k in range(10_000)]
    text = ["data_x", "loop_", *(f"{head}.{one}" for one in (*items, "metric_id", "metric_value")), *rows, "#", ""]
    with zipfile.ZipFile(tmp_path / "residues/ranked_0.zip", "w") as archive:
        archive.writestr("ranked_0_local_pairwise_qa.cif", "\n".join(text))
    finds = find_predictions(tmp_path)
    tracemalloc.start()
    assert list(finds.read()) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sorted(error.what for error in finds.problems) == [
        "it has pairs of more than 10,000 residues",
        "it has pairs of more than 2,000 chains",
        "pae is not square: row 1 has 0 values of 300000",
        "the model is larger than 2 MB",
    ]
    assert peak < 100_000_000


def test_files_made_up_say_so():
    assert MADE_UP in PLAIN.cif()
    assert MADE_UP in PLAIN.pdb()


@pytest.mark.parametrize(("given", "what"), [({"iptm": 1.7}, "ipTM"), ({"ptm": -0.2}, "pTM"), ({"iptm": 84.0}, "ipTM")])
def test_an_iptm_that_is_none_is_told_and_its_model_is_not_used(tmp_path, capsys, given, what):
    """Percentages, for example."""
    PLAIN.colabfold(tmp_path / "bad", **given)
    PLAIN.colabfold(tmp_path / "good", iptm=1.0)
    assert main(["cofold", "score", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [job["job"] for job in said["jobs"]] == ["good/a_b"]
    (problem,) = said["not_read"]
    assert problem["reason"] == f"the {what} is not between 0 and 1: {next(iter(given.values())):g}"
    assert "bad" in problem["file"]


@pytest.mark.parametrize("files", [{"x.pdb": "ATOM\n"}, {"notes.txt": "none"}])
def test_json_where_nothing_can_be_read(tmp_path, capsys, caplog, files):
    for name, text in files.items():
        write(tmp_path / name, text)
    assert main(["cofold", "score", str(tmp_path), "--json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert said["jobs"] == []
    assert [Path(one["file"]).name for one in said["not_read"]] == [name for name in files if name != "notes.txt"]
    assert "none of the predictions could be read" in caplog.text


@pytest.mark.parametrize("text", ["0", "-1", "101", "nan", "x"])
def test_a_cutoff_that_is_none(text, capsys):
    with pytest.raises(SystemExit):
        main(["cofold", "score", "x", f"--cutoff={text}"])
    assert f"expected a number of angstrom above 0 and up to 100, got '{text}'" in capsys.readouterr().err
