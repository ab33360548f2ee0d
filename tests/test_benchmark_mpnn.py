"""ProteinMPNN in numpy with random weights: as written out plainly, and what no weights may change."""

import sys
import types
import zipfile
from io import BytesIO
from pathlib import Path
from pickle import Pickler, UnpicklingError

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation
from scipy.special import log_softmax, ndtr

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
LAYERS = {"W1": 3, "W2": 1, "W3": 1, "W11": 3, "W12": 1, "W13": 1}


@pytest.fixture(scope="module")
def modules():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import mpnn
        import mpnn_ranks
    finally:
        sys.path.remove(str(BENCHMARKS))
    return mpnn, mpnn_ranks


def random_weights(h=16):
    rng = np.random.default_rng(5)
    shapes = {"features.embeddings.linear": (16, 66), "features.edge_embedding": (h, 416), "W_e": (h, h)}
    norms = ["features.norm_edges"]
    for part, inputs in (("encoder_layers", 3), ("decoder_layers", 4)):
        for number in range(3):
            name = f"{part}.{number}"
            shapes |= {f"{name}.{layer}": (h, inputs * h if wide == 3 else h) for layer, wide in LAYERS.items()}
            shapes |= {f"{name}.dense.W_in": (4 * h, h), f"{name}.dense.W_out": (h, 4 * h)}
            norms += [f"{name}.norm{which}" for which in (1, 2, 3)]
    shapes["W_out"] = (21, h)
    weights = {"W_s.weight": rng.normal(size=(21, h))}
    for name, shape in shapes.items():
        weights[f"{name}.weight"] = rng.normal(size=shape) / shape[1] ** 0.5
        weights[f"{name}.bias"] = rng.normal(size=shape[0]) * 0.1
    del weights["features.edge_embedding.bias"]
    for name in norms:
        weights |= {f"{name}.weight": rng.normal(1, 0.1, size=h), f"{name}.bias": rng.normal(size=h) * 0.1}
    return {name: values.astype(np.float32) for name, values in weights.items()}


@pytest.fixture
def torch_file(tmp_path, monkeypatch):
    """Write arrays as torch does: a zip of raw numbers, and an index that names torch's own functions."""

    def write(weights, extra=None):
        here = types.ModuleType("torch._utils")
        exec("def _rebuild_tensor_v2(): pass\nclass FloatStorage: pass", vars(here))
        there = types.ModuleType("torch")
        there.FloatStorage, here.FloatStorage.__module__ = here.FloatStorage, "torch"

        class Storage:
            def __init__(self, key, size):
                self.pid = ("storage", here.FloatStorage, key, "cpu", size)

        class Tensor:
            def __init__(self, key, values):
                self.args = (Storage(key, values.size), 0, values.shape, (), False, {})

            def __reduce__(self):
                return here._rebuild_tensor_v2, self.args

        class Index(Pickler):
            def persistent_id(self, thing):
                return thing.pid if isinstance(thing, Storage) else None

        path, index = tmp_path / "weights.pt", BytesIO()
        tensors = {name: Tensor(str(key), values) for key, (name, values) in enumerate(weights.items())}
        with monkeypatch.context() as patched:
            patched.setitem(sys.modules, "torch", there)
            patched.setitem(sys.modules, "torch._utils", here)
            Index(index, 2).dump({"model_state_dict": tensors, "extra": extra})
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", index.getvalue())
            for key, values in enumerate(weights.values()):
                archive.writestr(f"archive/data/{key}", values.tobytes())
        return path

    return write


def plainly(weights, body, order, pairs):
    """The network as it is written in the paper's program: inputs joined, then multiplied, in double precision."""
    w = {name: values.astype(float) for name, values in weights.items()}

    def linear(name, x):
        return x @ w[f"{name}.weight"].T + w.get(f"{name}.bias", 0)

    def norm(name, x):
        away = x - x.mean(-1, keepdims=True)
        return away / np.sqrt(away.var(-1, keepdims=True) + 1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"]

    def three(name, layers, x):
        for layer in layers[:-1]:
            x = linear(f"{name}.{layer}", x)
            x = x * ndtr(x)
        return linear(f"{name}.{layers[-1]}", x)

    def settled(name, nodes, message):
        nodes = norm(f"{name}.norm1", nodes + message.sum(1) / 30)
        hidden = linear(f"{name}.dense.W_in", nodes)
        return norm(f"{name}.norm2", nodes + linear(f"{name}.dense.W_out", hidden * ndtr(hidden)))

    n, ca, c, o = np.moveaxis(body.coord.astype(float), 1, 0)
    b, along = ca - n, c - ca
    cb = -0.58273431 * np.cross(b, along) + 0.56802827 * b - 0.54067466 * along + ca
    atoms = {"N": n, "CA": ca, "C": c, "O": o, "CB": cb}
    near = np.linalg.norm(ca[:, None] - ca, axis=-1).argsort(1)[:, :48]
    bumps = []
    for one, other in (pair.split("-") for pair in pairs):
        distance = np.sqrt(((atoms[one][:, None] - atoms[other][near]) ** 2).sum(-1) + 1e-6)
        bumps.append(np.exp(-(((distance[..., None] - np.linspace(2, 22, 16)) / 1.25) ** 2)))
    offset = np.clip(body.number[:, None] - body.number[near] + 32, 0, 64)
    offset[body.chain[:, None] != body.chain[near]] = 65
    place = linear("features.embeddings.linear", np.eye(66)[offset])
    edges = linear("features.edge_embedding", np.concatenate([place, *bumps], -1))
    edges = linear("W_e", norm("features.norm_edges", edges))
    nodes = np.zeros((len(near), edges.shape[-1]))

    def own(nodes):
        return np.repeat(nodes[:, None], near.shape[1], axis=1)

    for number in range(3):
        name = f"encoder_layers.{number}"
        nodes = settled(
            name, nodes, three(name, ["W1", "W2", "W3"], np.concatenate([own(nodes), edges, nodes[near]], -1))
        )
        both = np.concatenate([own(nodes), edges, nodes[near]], -1)
        edges = norm(f"{name}.norm3", edges + three(name, ["W11", "W12", "W13"], both))
    encoded, letters = nodes, w["W_s.weight"][body.sequence]
    earlier = (order[near] < order[:, None])[..., None]
    for number in range(3):
        name = f"decoder_layers.{number}"
        known = np.concatenate([edges, letters[near], nodes[near]], -1)
        unknown = np.concatenate([edges, 0 * letters[near], encoded[near]], -1)
        x = np.concatenate([own(nodes), np.where(earlier, known, unknown)], -1)
        nodes = settled(name, nodes, three(name, ["W1", "W2", "W3"], x))
    return log_softmax(linear("W_out", nodes), axis=-1)[np.arange(len(nodes)), body.sequence]


@pytest.fixture
def pair(modules, bound_pair):
    mpnn, _ = modules
    body = mpnn.Backbone(*bound_pair("1ppe"))
    return body, np.random.default_rng(1).random(len(body.body))


def test_it_is_the_network_written_out_plainly(modules, torch_file, pair):
    mpnn, _ = modules
    weights, (body, order) = random_weights(), pair
    found = mpnn.ProteinMPNN(torch_file(weights)).log_probabilities(body, order)
    assert len(found) > 240
    np.testing.assert_allclose(found, plainly(weights, body, order, mpnn.PAIRS.split()), atol=2e-4)


def test_nothing_changes_if_the_file_lies_elsewhere_or_a_later_residue_is_another(modules, torch_file, pair):
    mpnn, _ = modules
    network, (body, order) = mpnn.ProteinMPNN(torch_file(random_weights())), pair
    before = network.log_probabilities(body, order)
    turn = Rotation.random(rng=np.random.default_rng(2)).as_matrix()
    there = body.moved(0, turn, np.full(3, 20.0)).moved(1, turn, np.full(3, 20.0))
    np.testing.assert_allclose(network.log_probabilities(there, order), before, atol=2e-4)
    last = order.argmax()
    body.sequence[last] = (body.sequence[last] + 1) % 20
    changed = np.flatnonzero(np.abs(network.log_probabilities(body, order) - before) > 1e-9)
    assert changed.tolist() == [last]


def test_partners_far_apart_are_partners_alone(modules, torch_file, pair):
    mpnn, _ = modules
    network, (body, order) = mpnn.ProteinMPNN(torch_file(random_weights())), pair
    own = body.body == 0
    alone = network.log_probabilities(body[own], order[own])
    apart = body.moved(1, np.eye(3), np.array([500.0, 0, 0]))
    np.testing.assert_allclose(network.log_probabilities(apart, order)[own], alone, atol=2e-4)
    docked = network.log_probabilities(body, order)
    assert np.abs(docked[own] - alone).max() > 0.01
    # Edges within a partner are taken from there, where they are the same.
    np.testing.assert_allclose(network.log_probabilities(body, order, network.graph(apart)), docked, atol=2e-4)


def test_a_file_of_weights_that_names_anything_else_is_refused(modules, torch_file):
    mpnn, _ = modules
    weights = random_weights()
    read = mpnn.read_weights(torch_file(weights))
    assert read.keys() == weights.keys()
    assert all((read[name] == values).all() for name, values in weights.items())
    with pytest.raises(UnpicklingError, match=r"_io\.open|io\.open|which is no array"):
        mpnn.read_weights(torch_file(weights, extra=open))


def test_models_are_ranked_by_both_numbers_with_equal_weight(modules):
    _, ranks = modules
    # Score z: -1.34, -0.45, 0.45, 1.34; S z of the last: 1.73, of all others -0.58.
    models = pd.DataFrame({"score": [-4.0, -3, -2, -1], "mpnn": [0.0, 0, 0, 8], "dockq": [0.1, 0.1, 0.1, 0.5]})
    assert ranks.ranks(models) == {
        "rank_by_default": 4,
        "rank_by_score": 4,
        "first_acceptable_rank": 2,
        "rank_by_mpnn": 1,
    }
    assert set(ranks.ranks(models.assign(dockq=0.1)).values()) == {None}
