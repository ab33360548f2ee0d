"""Predicted errors from a prediction to the pair's models: which residues they are of, and how they are rounded."""

import json
import tracemalloc
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import yaml

from cofold_files import Complex, write
from crossdock.cli import main
from crossdock.docking.backends.cofold import BACKEND
from crossdock.docking.backends.contract import Abilities, Backend, Model, Request, Result
from crossdock.docking.backends.door import dock
from crossdock.docking.bodies import BODIES, CONFIDENCE, read_bodies, write_bodies
from crossdock.docking.pae import STEP_A, Pae, read_tables, write_tables
from crossdock.errors import BrokenFileError, DockingError
from crossdock.structures.prepare import prepare

E = "MKTAYIAKQRSGLEDWVNPHLCTFKRAEIYQG"
F = "GSHMLEDPVDAFRWTNKQICLYEHSPVAGTMK"
PROGRAMS = ("alphafold3", "boltz", "chai", "colabfold", "protenix", "openfold3")


def some(n, seed=1):
    return np.random.default_rng(seed).uniform(0, 31.75, (n, n))


def test_values_are_rounded_to_steps_and_large_ones_cut():
    errors = some(20)
    errors[0, 1] = 1000.0
    kept = Pae.of(errors).steps() * STEP_A
    assert abs(kept - np.minimum(errors, 63.75)).max() <= STEP_A / 2
    assert kept[0, 1] == 63.75


@pytest.mark.parametrize(("sizes", "most"), [((7, 5), 100), ((7, 5), 4), ((1, 11), 3), ((450, 301), 200)])
def test_cells_are_means_over_blocks_of_one_partner(sizes, most):
    """Against a mean of each block by itself."""
    pae = Pae.of(some(sum(sizes)))
    width, cells = pae.coarse(sizes, most)
    exact = pae.steps() * STEP_A
    bounds = [*range(0, sizes[0], width), *range(sizes[0], sum(sizes), width), sum(sizes)]
    assert len(cells) == len(bounds) - 1 <= most + 1
    blocks = list(pairwise(bounds))
    expected = [[exact[a:b, c:d].mean() for c, d in blocks] for a, b in blocks]
    np.testing.assert_allclose(cells, expected)


def test_three_thousand_residues_take_a_few_tables_of_bytes(tmp_path):
    n = 3000
    errors = np.tile(np.linspace(0, 30, n, dtype=np.float32), (n, 1))
    tracemalloc.start()
    pae = Pae.of(errors)
    write_tables(tmp_path / "pae.npz", {f"model_{number}": pae for number in range(5)})
    again = read_tables(tmp_path / "pae.npz", ["model_4"])["model_4"]
    again.coarse((1000, 2000), 200)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert again == pae
    assert most < 10 * n * n


def test_a_damaged_file_is_named(tmp_path, bound_pair):
    receptor, ligand = bound_pair("1ppe")
    given = Model(receptor, ligand, 1.0, plddt=True, pae=Pae.of(some(receptor.n_residues + ligand.n_residues)))
    docked = dock(Given([given]), receptor, ligand, Request())
    write_bodies(tmp_path / BODIES, docked.bodies, receptor, ligand)
    (body,) = read_bodies(tmp_path / BODIES, receptor, ligand, pae=True)
    assert (body.plddt, body.pae) == (True, given.pae)
    assert read_bodies(tmp_path / BODIES, receptor, ligand)[0].pae is None, "only where it is asked for"
    whole = (tmp_path / CONFIDENCE).read_bytes()
    (tmp_path / CONFIDENCE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BrokenFileError, match=CONFIDENCE):
        read_bodies(tmp_path / BODIES, receptor, ligand)
    (tmp_path / CONFIDENCE).unlink()
    assert not read_bodies(tmp_path / BODIES, receptor, ligand)[0].plddt, "as crossdock 0.1.0 left it"


class Given(Backend):
    """Gives the models that it was made with."""

    name, version, can = "given", "1", Abilities(models=True)

    def __init__(self, models):
        self.models = models

    def dock(self, receptor, ligand, request):
        return Result(models=self.models)

    def methods(self, runs, cite):
        return ["as given"]


def test_errors_of_other_residues_are_refused(bound_pair):
    receptor, ligand = bound_pair("1ppe")
    with pytest.raises(DockingError, match="its PAE is of 7"):
        dock(Given([Model(receptor, ligand, 1.0, pae=Pae.of(some(7)))]), receptor, ligand, Request())


@pytest.fixture
def panel(tmp_path, monkeypatch):
    """A panel of two proteins, in a folder where commands run: the first begins late and lacks a loop."""
    monkeypatch.chdir(tmp_path)
    made = Complex({"A": E[4:]}, seed=3)
    made.atoms = [(row[0], row[1] + 104, *row[2:]) for row in made.atoms if row[1] not in (11, 12, 13)]
    write("one.pdb", made.pdb())
    write("two.pdb", Complex({"A": F}, seed=4).pdb())
    sides = {
        role: [{"name": name, "entry": f"{name}.pdb"}] for role, name in (("receptors", "one"), ("ligands", "two"))
    }
    write("config.yaml", yaml.safe_dump({"backend": "cofold", "cofold": {"accept": ["alphafold3"]}} | sides))


def docked():
    """Dock the pair as the workflow does."""
    bodies = [prepare(f"{name}.pdb", name=name)[0] for name in ("one", "two")]
    return dock(BACKEND, *bodies, Request({}, result=Path("resources/cofold/one/two/prediction.json")))


@pytest.mark.parametrize("program", PROGRAMS)
def test_errors_and_plddt_are_those_of_the_residues_that_are_kept(panel, program):
    """The ligand stands first in the prediction; the receptor has a tag and a loop there that its structure lacks."""
    made = Complex({"X": F[:-4], "Y": "GPL" + E})
    if program == "alphafold3":
        made.alphafold3("models/a_b", "a_b_")
    elif program == "chai":
        made.chai("models", pae="pae.model_idx_0.npz")
    else:
        getattr(made, program)("models")
    assert main(["cofold", "import", "models"]) == 0
    (body,) = docked().bodies
    numbers = [list(dict.fromkeys(part.residue_number.tolist())) for part in (body.receptor, body.ligand)]
    assert (len(numbers[0]), len(numbers[1])) == (24, len(F) - 4), "one beside the loop is left out"
    # The entry counts the fifth residue of the receptor's chain, which follows the ligand and a tag, as 105.
    kept = [len(F) - 4 + 3 + number - 101 for number in numbers[0]] + [number - 1 for number in numbers[1]]
    expected = made.cut[np.ix_(kept, kept)]
    assert abs(body.pae.steps() * STEP_A - expected).max() <= STEP_A / 2 + 1e-5
    assert body.plddt
    for part, own in ((body.receptor, kept[:24]), (body.ligand, kept[24:])):
        np.testing.assert_allclose(part.b_factor[part.atom_name == "CA"], made.plddt[own], atol=0.011)


def test_imports_of_earlier_versions_have_no_errors(panel):
    Complex({"A": E, "B": F}).boltz("models")
    assert main(["cofold", "import", "models"]) == 0
    path = Path("resources/cofold/one/two/prediction.json")
    record = json.loads(path.read_text())
    assert docked().bodies[0].pae is not None
    for one in record["models"]:
        del one["plddt"]
    write(path, {key: value for key, value in record.items() if key != "pae_sha256"})
    (body,) = docked().bodies
    assert (body.plddt, body.pae) == (False, None)
    assert main(["cofold", "import", "models"]) == 0, "to import it again adds them"
    assert docked().bodies[0].pae is not None


def test_predictions_without_errors_or_plddt(panel):
    made = Complex({"A": E, "B": F})
    made.atoms = [(*row[:6], 1.0, row[7]) for row in made.atoms]  # as Boltz-1 wrote it
    made.boltz("models", pae=False)
    assert main(["cofold", "import", "models"]) == 0
    assert not Path("resources/cofold/one/two/pae.npz").exists()
    (body,) = docked().bodies
    assert (body.plddt, body.pae) == (False, None)


def test_the_same_predictions_give_the_same_files(panel):
    files = [Path("resources/cofold/one/two", name) for name in ("pae.npz", "prediction.json")]
    Complex({"A": E, "B": F}).boltz("models")
    found = []
    for _ in range(2):
        assert main(["cofold", "import", "models"]) == 0
        found.append([file.read_bytes() for file in files])
        for file in files:
            file.unlink()
    assert found[0] == found[1]
