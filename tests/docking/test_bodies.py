"""Models with coordinates of their own: laid over the prepared structures, and kept in a file."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crossdock.docking.backends.contract import Abilities, Backend, Model, Request, Result
from crossdock.docking.backends.door import dock
from crossdock.docking.bodies import Body, placed, read_bodies, write_bodies
from crossdock.errors import DockingError
from crossdock.quantity import Quantity


def with_ion(body, chain):
    """Give a body with an ion of a chain letter of its own."""
    ion = body[np.array([0])]
    parts = [np.concatenate([getattr(body, name), getattr(ion, name)]) for name in body.__dataclass_fields__]
    made = type(body)(*parts)
    made.chain[-1], made.hetero[-1], made.residue_name[-1], made.atom_name[-1], made.element[-1] = (
        *(chain, True, "CA"),
        *("CA", "Ca"),
    )
    return made


@pytest.mark.parametrize("ion", [None, "B", "C"])
def test_what_is_written_is_read_again(bound_pair, tmp_path, ion):
    """Both partners under the same letter, and an ion under that which would be the next free one."""
    receptor, ligand = (body.with_chains({body.chains[0]: "A"}) for body in bound_pair("1ppe"))
    prepared = with_ion(receptor, ion) if ion else receptor
    turn = Rotation.random(rng=np.random.default_rng(1)).as_matrix()
    model = receptor.moved(turn, np.array([50.0, 0, 0])), ligand.moved(turn, np.array([50.0, 0, 0]))
    body, fit = placed(prepared, ligand, model, where="a model")
    assert body.receptor.coord == pytest.approx(receptor.coord, abs=1e-6)
    assert body.ligand.coord == pytest.approx(ligand.coord, abs=1e-6)
    assert max(fit.receptor_rmsd, fit.ligand_rmsd) < 1e-6
    write_bodies(tmp_path / "bodies.pdb.gz", [body, body], prepared, ligand)
    again = read_bodies(tmp_path / "bodies.pdb.gz", prepared, ligand)
    assert len(again) == 2
    for one in again:
        assert isinstance(one, Body)
        for side, complete in (("receptor", receptor), ("ligand", ligand)):
            assert getattr(one, side).coord == pytest.approx(complete.coord, abs=6e-4)
            assert getattr(one, side).chains == ["A"]


class Given(Backend):
    """Gives what it was made with."""

    name, version = "given", "1"
    score = Quantity("fit", "", "high")

    def __init__(self, can, scores):
        self.can, self.scores = can, scores

    def dock(self, receptor, ligand, request):
        return Result(models=[Model(receptor, ligand, score) for score in self.scores])

    def methods(self, runs, cite):
        return ["as given"]


def test_models_come_through_the_door(bound_pair):
    docked = dock(Given(Abilities(models=True), [5.0, 5.0, 2.0]), *bound_pair("1ppe"), Request())
    assert docked.poses["score"].tolist() == [-5.0, -5.0, -2.0]
    assert docked.poses["fit"].tolist() == [5.0, 5.0, 2.0]
    assert [one.name for one in docked.method.numbers] == ["fit", "receptor_rmsd_A", "ligand_rmsd_A"]
    assert len(docked.bodies) == 3


@pytest.mark.parametrize(
    ("can", "scores", "message"),
    [
        (Abilities(models=True), [2.0, 5.0], "pose 2 has a better score than the one before it"),
        (Abilities(), [5.0, 2.0], "it gave models, though `can.models` does not say so"),
    ],
)
def test_what_was_not_declared_is_refused(bound_pair, can, scores, message):
    with pytest.raises(DockingError, match=message):
        dock(Given(can, scores), *bound_pair("1ppe"), Request())


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_scores_of_models_stay_as_they_were_given(bound_pair, unit):
    scores = [7.123456789 * unit, 3.3333333333 * unit]
    docked = dock(Given(Abilities(models=True), scores), *bound_pair("1ppe"), Request())
    assert docked.poses["fit"].tolist() == scores
    assert docked.poses["score"].tolist() == [-one for one in scores]
