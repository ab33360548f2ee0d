"""Scores of interfaces: what other programs compute of the same predictions, and the formulas written out."""

import gzip
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from cofold_files import Complex, write
from crossdock.cli import main
from crossdock.docking.backends.cofold import scores
from crossdock.docking.backends.cofold.find import find_predictions
from crossdock.docking.backends.cofold.table import between, directions
from crossdock.errors import InputError
from crossdock.structures.structure import write_structure
from demo_entries import DEMO

# COFOLDING.md, "what others compute from them": aligned > scored, to the last digit given.
STORED = {
    "barnase_barstar/af2_multimer": {
        "B-C": {"ipsae": "0.8138", "lis": "0.8055", "pdockq": "0.5348", "pdockq2": "0.9507"},
        "C-B": {"ipsae": "0.8971", "lis": "0.7677", "pdockq": "0.5348", "pdockq2": "0.9524"},
    },
    "barnase_barstar/boltz2": {
        "A-D": {"ipsae": "0.8763", "lis": "0.7952", "pdockq": "0.4979", "pdockq2": "0.9372", "iptm": "0.937839"},
        "D-A": {"ipsae": "0.9348", "lis": "0.7649", "pdockq": "0.4979", "pdockq2": "0.9385", "iptm": "0.958706"},
    },
    "barnase_barstar/chai1": {
        "A-B": {"ipsae": "0.8914", "lis": "0.8053", "pdockq": "0.5130", "pdockq2": "0.9516", "iptm": "0.895926"},
        "B-A": {"ipsae": "0.9437", "lis": "0.7933", "pdockq": "0.5130", "pdockq2": "0.9538", "iptm": "0.937024"},
    },
    # ColabFold's own ipSAE is of errors before they were rounded to two decimals in the file.
    "barnase_barstar/colabfold": {
        "A-B": {"ipsae": "0.782492", "lis": "0.7654", "pdockq": "0.4622", "pdockq2": "0.9253"},
        "B-A": {"ipsae": "0.869859", "lis": "0.7253", "pdockq": "0.4622", "pdockq2": "0.9244"},
    },
}  # fmt: skip
# What ipsae.py prints of 5b8c with a cutoff of 15 (DunbrackLab/IPSAE, Example).
NAMES = ("ipsae", "ipsae_d0chn", "ipsae_d0dom", "iptm_pae", "pdockq", "pdockq2", "lis")
IPSAE_PY = """
A    B 0.581843    0.743246    0.727856    0.743246      0.2742     0.6170     0.5646
B    A 0.656789    0.788256    0.780388    0.709500      0.2742     0.6409     0.6250
A    C 0.502334    0.690753    0.671784    0.690753      0.1153     0.5299     0.5234
C    A 0.631856    0.762479    0.753616    0.690884      0.1153     0.6041     0.6212
B    C 0.853265    0.924288    0.924288    0.924288      0.5348     0.8645     0.7453
C    B 0.863113    0.923924    0.923924    0.923924      0.5348     0.8976     0.7608
"""
STORED["5b8c_colabfold"] = {
    f"{one}-{other}": dict(zip(NAMES, values, strict=True))
    for one, other, *values in map(str.split, IPSAE_PY.strip().splitlines())
}
# Version 3 of ipsae.py, which printed this, counts a PAE of 12.00 too; AFM-LIS and later versions do not.
STORED["5b8c_colabfold"]["A-C"]["lis"], STORED["5b8c_colabfold"]["C-B"]["lis"] = "0.5235", "0.7609"


@pytest.mark.parametrize("folder", STORED)
def test_stored_answers_of_other_programs(folder, shared, capsys):
    cutoff = "15" if folder.startswith("5b8c") else "10"
    assert main(["cofold", "score", str(shared / "cofold" / folder), "--cutoff", cutoff, "--json"]) == 0
    (job,) = json.loads(capsys.readouterr().out)["jobs"]
    (model,) = job["models"]
    found = {pair["pair"]: pair for pair in model["pairs"]}
    assert found.keys() == STORED[folder].keys()
    for pair, expected in STORED[folder].items():
        shown = {name: f"{found[pair][name]:.{len(text) - 2}f}" for name, text in expected.items()}
        assert shown == expected


def test_colabfolds_own_ipsae_is_taken_where_it_is_of_the_same_errors_and_cutoff(shared, tmp_path):
    folder = shared / "cofold/barnase_barstar/colabfold"
    shutil.copytree(folder, tmp_path / "copy")
    (path,) = (tmp_path / "copy").glob("*.json")
    said = json.loads(path.read_text())
    own = said["ipsae"]

    def found(cutoff=10.0):
        ((_, prediction),) = find_predictions(path).read()
        return {f"{one.aligned}-{one.scored}": one.numbers["ipsae"] for one in directions(prediction, cutoff)}

    assert found() == own
    said.pop("ipsae")
    path.write_text(json.dumps(said))
    computed = found()
    assert computed != own
    assert computed == pytest.approx(own, abs=1e-4)
    of_two = found(2.0)
    path.write_text(json.dumps(said | {"ipsae": own}))
    assert found(2.0) == of_two
    path.write_text(json.dumps(said | {"ipsae": {"A-B": 0.5, "B-A": own["B-A"]}}))
    assert found() == {"A-B": computed["A-B"], "B-A": own["B-A"]}, "0.5 is of other errors"


@pytest.fixture(scope="module")
def block():
    return np.random.default_rng(3).uniform(0.5, 25.0, (31, 44))


def test_ipsae_written_out(block):
    best = 0.0
    for row in block:
        near = [value for value in row if value < 10.0]
        d0 = max(1.0, 1.24 * (max(len(near), 27) - 15) ** (1 / 3) - 1.8)
        best = max(best, sum(1 / (1 + (value / d0) ** 2) for value in near) / len(near) if near else 0.0)
    assert scores.ipsae(block, 10.0) == pytest.approx(best, rel=1e-12)


def test_variants_of_d0_written_out(block):
    near = block < 10.0
    sizes = {"ipsae_d0chn": 31 + 44, "ipsae_d0dom": sum(near.any(axis=1)) + sum(near.any(axis=0))}
    for name, size in sizes.items():
        d0 = 1.24 * (size - 15) ** (1 / 3) - 1.8
        expected = max(
            np.mean([1 / (1 + (value / d0) ** 2) for value in row[row < 10]]) for row in block if (row < 10).any()
        )
        assert getattr(scores, name)(block, 10.0) == pytest.approx(expected, rel=1e-12)


def test_lis_written_out(block):
    contact = np.random.default_rng(4).random(block.shape) < 0.2
    near = [(12 - value) / 12 for value in block.ravel() if value < 12]
    touching = [
        (12 - value) / 12 for value, one in zip(block.ravel(), contact.ravel(), strict=True) if value < 12 and one
    ]
    assert scores.lis(block) == pytest.approx(np.mean(near), rel=1e-12)
    assert scores.clis(block, contact) == pytest.approx(np.mean(touching), rel=1e-12)
    assert scores.ilis(block, contact) == pytest.approx(math.sqrt(np.mean(near) * np.mean(touching)), rel=1e-12)
    assert scores.lia(block) == len(near)


def test_pdockq_written_out():
    contact = np.zeros((3, 4), dtype=bool)
    contact[0, 1] = contact[2, 1] = contact[2, 3] = True
    one, other = np.array([90.0, 10.0, 80.0]), np.array([1.0, 70.0, 2.0, 60.0])
    mean = (90 + 80 + 70 + 60) / 4
    x = mean * math.log10(3)
    assert scores.pdockq(contact, one, other) == pytest.approx(0.724 / (1 + math.exp(-0.052 * (x - 152.611))) + 0.018)
    pae = np.arange(12.0).reshape(3, 4)
    x = mean * sum(1 / (1 + (value / 10) ** 2) for value in (1, 9, 11)) / 3
    expected = 1.31 / (1 + math.exp(-0.075 * (x - 84.733))) + 0.005
    assert scores.pdockq2(pae, contact, one, other) == pytest.approx(expected)
    assert scores.mean_pae(pae, contact) == 7.0


def test_nothing_near_and_nothing_in_contact():
    far, none = np.full((5, 6), 30.0), np.zeros((5, 6), dtype=bool)
    one, other = np.full(5, 90.0), np.full(6, 90.0)
    assert scores.ipsae(far) == scores.ipsae_d0chn(far) == scores.ipsae_d0dom(far) == scores.lis(far) == 0.0
    assert scores.pdockq(none, one, other) == scores.pdockq2(far, none, one, other) == 0.0
    assert scores.mean_pae(far, none) is None
    assert scores.interface_plddt(none, one, other) is None


@pytest.mark.parametrize("seed", range(8))
def test_swapping_chains_swaps_directions(seed, tmp_path):
    """The same complex with its chains in the other order has the same scores, each in the other place of the list."""
    draw = np.random.default_rng(seed)
    letters = ["".join(draw.choice(list("ACDEFGHIKLMNPQRSTVWY"), size)) for size in draw.integers(5, 60, 2)]
    first = Complex({"A": letters[0], "B": letters[1]}, seed=seed)
    first.colabfold(tmp_path / "one")
    n = len(letters[0])
    order = [*range(n, len(first.pae)), *range(n)]
    second = Complex({"A": letters[0], "B": letters[1]}, seed=seed)
    second.atoms = [one for one in first.atoms if one[0] == "B"] + [one for one in first.atoms if one[0] == "A"]
    second.plddt, second.pae, second.alpha = (
        first.plddt[order],
        first.pae[np.ix_(order, order)],
        list(range(len(order))),
    )
    second.colabfold(tmp_path / "two")
    found = []
    for name in ("one", "two"):
        ((_, prediction),) = find_predictions(tmp_path / name).read()
        found.append({(one.aligned, one.scored): one.numbers for one in directions(prediction)})
    assert list(found[0]) == [("A", "B"), ("B", "A")]
    assert list(found[1]) == [("B", "A"), ("A", "B")]
    for pair, numbers in found[0].items():
        assert numbers == pytest.approx(found[1][pair], rel=1e-12)


def test_a_group_of_chains_is_scored_as_one_chain(tmp_path):
    made = Complex({"A": "MKTAYIAK", "B": "QRSGLEDP", "C": "GSHMLEDPVDAF"})
    made.colabfold(tmp_path / "three")
    ((_, three),) = find_predictions(tmp_path / "three").read()
    both = between(three, (0, 1), (2,))
    ends = sorted([scores.ipsae(made.pae[:16, 16:]), scores.ipsae(made.pae[16:, :16])])
    assert [both["ipsae_min"], both["ipsae"]] == pytest.approx(ends, rel=1e-5)


@pytest.mark.parametrize("name", ["complex.cif", "model_01.pdb", "E9_Im9_model_01.pdb", "my complex.cif"])
def test_a_docked_model_of_predicted_structures_has_the_scores_that_need_no_pae(name, tmp_path, capsys):
    """pDockQ of a model alone, against its formula; a pLDDT is recognised by being lower at the loose ends."""
    made = Complex({"A": "MKTAYIAKQRSGLEDWVNPH", "B": "SHMLEDPVDAFRWTNKQICE"})
    made.atoms = [(*row[:6], 92.0 - (30.0 if not 3 < row[1] < 18 else row[1] / 10), row[7]) for row in made.atoms]
    write(tmp_path / name, made.cif() if name.endswith(".cif") else made.pdb())
    assert main(["cofold", "score", str(tmp_path / name), "--json"]) == 0
    (job,) = json.loads(capsys.readouterr().out)["jobs"]
    (interface,) = job["models"][0]["interfaces"]
    one, other = (
        np.array(
            [
                (*row[5], row[6])
                for row in made.atoms
                if row[0] == chain and row[3] == ("CB" if row[2] != "GLY" else "CA")
            ]
        )
        for chain in "AB"
    )
    near = np.linalg.norm(one[:, None, :3] - other[None, :, :3], axis=2) <= 8.0
    met = np.concatenate([one[near.any(axis=1), 3], other[near.any(axis=0), 3]])
    x = met.mean() * math.log10(near.sum())
    assert interface["contacts"] == near.sum() > 10
    assert interface["interface_plddt"] == pytest.approx(met.mean(), abs=0.01)
    assert interface["pdockq"] == pytest.approx(0.724 / (1 + math.exp(-0.052 * (x - 152.611))) + 0.018, abs=1e-4)
    assert {interface.get(name) for name in ("ipsae", "lis", "pdockq2", "iptm")} == {None}
    assert main(["cofold", "score", str(tmp_path / name)]) == 0
    assert "no PAE" in capsys.readouterr().out


@pytest.mark.parametrize("program", ["af2_multimer", "colabfold", "boltz2", "chai1"])
def test_a_real_model_without_its_confidences_has_the_same_pdockq(program, shared, tmp_path, capsys):
    folder = shared / "cofold/barnase_barstar" / program
    (path,) = {Path(found.file.where) for found in find_predictions(folder).found}
    copied = shutil.copy(path, tmp_path / f"complex{path.suffix}")
    assert main(["cofold", "score", str(copied), "--json"]) == 0
    (interface,) = json.loads(capsys.readouterr().out)["jobs"][0]["models"][0]["interfaces"]
    expected = next(iter(STORED[f"barnase_barstar/{program}"].values()))["pdockq"]
    assert interface["pdockq"] == pytest.approx(float(expected), abs=2e-3)


def test_b_factors_of_an_experiment_are_no_plddt(bound_pair, tmp_path, capsys):
    """A docked model of crystal structures has contacts, but no pDockQ; nor has it if one partner is predicted."""
    receptor, ligand = bound_pair("1emv")
    write_structure(tmp_path / "model_00.pdb", receptor, ligand)
    assert main(["cofold", "score", str(tmp_path / "model_00.pdb"), "--json"]) == 0
    (interface,) = json.loads(capsys.readouterr().out)["jobs"][0]["models"][0]["interfaces"]
    assert interface["contacts"] > 20
    assert {interface[one] for one in ("pdockq", "interface_plddt")} == {None}


def test_a_whole_entry_with_water_is_scored_by_its_contacts(tmp_path, capsys):
    with gzip.open(DEMO / "1emv.pdb.gz") as file:
        (tmp_path / "1emv.pdb").write_bytes(file.read())
    assert main(["cofold", "score", str(tmp_path / "1emv.pdb"), "--json"]) == 0
    (interface,) = json.loads(capsys.readouterr().out)["jobs"][0]["models"][0]["interfaces"]
    assert interface["contacts"] > 20
    assert {interface[one] for one in ("pdockq", "interface_plddt")} == {None}


def test_a_plddt_given_atom_by_atom_is_kept_by_atom(tmp_path):
    """The mean over atoms that are at the centre of residues is that of the file, and water has none."""
    made = Complex({"A": "MKTAYIAKQRSGLEDWVNPH", "B": "SHMLEDPVDAFRWTNKQICE"}, ligands=(("C", "LIG"),))
    made.atoms = [
        (*row[:6], round(92.0 - (30.0 if not 3 < row[1] < 18 else 0.0) - len(row[3]), 2), row[7]) for row in made.atoms
    ]
    write(tmp_path / "model.pdb", made.pdb())
    ((_, prediction),) = find_predictions(tmp_path / "model.pdb", alone=True).read()
    expected = [row[6] for row in made.atoms if row[0] in "AB" and row[7] == "ATOM"]
    np.testing.assert_allclose(prediction.body.b_factor, expected)
    beta = {(row[0], row[1]): row[6] for row in made.atoms if row[3] in ("CA", "CB")}
    np.testing.assert_allclose(prediction.plddt, [beta[row] for row in beta if row[0] in "AB"])


def test_a_model_alone_is_no_prediction_to_import_or_to_find_in_a_folder(bound_pair, tmp_path):
    write_structure(tmp_path / "model_00.pdb", *bound_pair("1emv"))
    for path in (tmp_path, tmp_path / "model_00.pdb"):
        with pytest.raises(InputError, match="no prediction that crossdock can read"):
            find_predictions(path)
    with pytest.raises(InputError, match="no prediction that crossdock can read"):
        find_predictions(tmp_path, alone=True)
