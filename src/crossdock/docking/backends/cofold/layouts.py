"""How each program names and writes its files: patterns tell programs apart, a reader each takes the confidences out.

The layouts are those of AlphaFold 2.3, ColabFold 1.6.3 (and the names of older versions), AlphaFold 3.0.4 and its
server, Boltz 2.2, Chai 0.6.1, Protenix and OpenFold 3, as their sources write them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from crossdock.docking.backends.cofold.content import (
    Record,
    array,
    by_index,
    number,
    read_arrays,
    read_plain,
    square,
)
from crossdock.docking.backends.cofold.prediction import Confidence
from crossdock.docking.backends.cofold.tree import File
from crossdock.errors import InputError

Parts = Mapping[str, File]


@dataclass(frozen=True)
class Layout:
    """How a program writes a model.

    Attributes
    ----------
    program : str
        As people call it.
    pattern : pattern
        Of the model file's name. Its groups fill in the names of `parts`; `job`, `seed`, `sample` and `rank` are what
        they say.
    parts : dict of str to tuple of str
        Kind of a file beside the model -> its possible names.
    needs : tuple of str
        Kinds of which one must be there.
    read : callable
        Takes the confidences out of the files and the match.
    version : callable
        Gives the version from the model's name, empty where it is unknown.
    terms : str
        Name of the terms of use that have to be accepted (`terms.TERMS`).
    """

    program: str
    pattern: re.Pattern[str]
    parts: dict[str, tuple[str, ...]]
    needs: tuple[str, ...]
    read: Callable[[Parts, dict[str, str]], Confidence]
    version: Callable[[str], str] = field(default=lambda name: "")
    terms: str = ""

    def names(self, groups: dict[str, str], kind: str) -> list[str]:
        """List the possible names of a file beside the model."""
        return [name.format_map(groups) for name in self.parts[kind]]


def _multimer(name: str) -> str:
    """Give the version of AlphaFold's parameters that a model's name says."""
    found = re.search(r"multimer_v(\d)", name)
    return f"multimer_v{found[1]}" if found else ""


# --- AlphaFold-Multimer and AlphaPulldown


def _alphafold2(parts: Parts, groups: dict[str, str]) -> Confidence:
    model = groups["model"]
    iptm = ptm = ranking = None
    if "ranking" in parts:
        said = _ranking(parts["ranking"])
        ranking = _of(said, ("iptm+ptm", "plddts"), model, parts["ranking"])
        iptm, ptm = (_of(said, (name,), model, parts["ranking"]) for name in ("iptm", "ptm"))
    if "given" in parts:
        own = read_plain(parts["given"].read(), parts["given"].where).get(model, {})
        where = parts["given"].where
        iptm = number(own.get("iptm", iptm), "iptm", where)
        ptm = number(own.get("ptm", ptm), "ptm", where)
        ranking = number(own.get("ranking_confidence", ranking), "ranking_confidence", where)
    pae = plddt = None
    if "pae" in parts:
        record = Record(parts["pae"].read(), parts["pae"].where)
        pae = record.matrix("predicted_aligned_error", "pae")
        if pae is None:
            raise InputError("there is no predicted_aligned_error in it", where=record.where)
    if "confidence" in parts:
        record = Record(parts["confidence"].read(), parts["confidence"].where)
        plddt = record.vector("confidenceScore")
    where = parts[next(name for name in ("pae", "confidence", "ranking") if name in parts)].where
    return Confidence(pae, plddt, iptm=iptm, ptm=ptm, ranking=ranking, where=where)


def _ranking(file: File) -> dict[str, Any]:
    said = read_plain(file.read(), file.where)
    if not isinstance(said, dict):
        raise InputError("expected an object with the ranking of models", where=file.where)
    return said


def _of(said: dict[str, Any], names: tuple[str, ...], model: str, file: File) -> float | None:
    for name in names:
        if isinstance(values := said.get(name), dict) and model in values:
            return number(values[model], name, file.where)
    return None


def order_of(file: File) -> list[str]:
    """Give the names of models in AlphaFold 2's own order: `ranked_0` is the first."""
    order = _ranking(file).get("order", [])
    return [str(one) for one in order] if isinstance(order, list) else []


# --- ColabFold


def _colabfold(parts: Parts, groups: dict[str, str]) -> Confidence:
    record = Record(parts["scores"].read(), parts["scores"].where)
    pae = record.matrix("pae", "predicted_aligned_error")
    if pae is None and "first_pae" in parts and groups.get("rank", "").lstrip("0") == "1":
        other = Record(parts["first_pae"].read(), parts["first_pae"].where)
        pae = other.matrix("predicted_aligned_error")
    iptm, ptm = record.number("iptm"), record.number("ptm")
    plddt = record.vector("plddt")
    # `--rank auto` is this for complexes (colabfold/batch.py).
    ranking = 0.8 * iptm + 0.2 * ptm if iptm is not None and ptm is not None else None
    if ranking is None and plddt is not None:
        ranking = float(plddt.mean()) / 100.0
    pairs, names = _named_pairs(record.get("pairwise_iptm"), re.compile(r"(.+)-(.+)"), record.where)
    return Confidence(
        pae, plddt, iptm=iptm, ptm=ptm, ranking=ranking, pair_iptm=pairs, pair_names=names, where=record.where
    )


def _named_pairs(said: Any, pattern: re.Pattern[str], where: str) -> tuple[Any, list[str] | None]:
    """Read ipTM of pairs that are written under the names of their chains, "A-B" or "(A, B)", as a symmetric matrix."""
    if not isinstance(said, dict) or not said:
        return None, None
    found = [
        (match[1].strip("'\" "), match[2].strip("'\" "), value)
        for key, value in said.items()
        if (match := pattern.fullmatch(key))
    ]
    names = sorted({name for one, other, _ in found for name in (one, other)})
    pairs = np.full((len(names), len(names)), np.nan)
    for one, other, value in found:
        i, j = names.index(one), names.index(other)
        given = number(value, f"ipTM of {one} and {other}", where)
        pairs[i, j] = np.nan if given is None else given
        if f"{other}-{one}" not in said:
            pairs[j, i] = pairs[i, j]
    return pairs, names


# --- AlphaFold 3 and its server


def _alphafold3(parts: Parts, groups: dict[str, str]) -> Confidence:
    record = Record(parts["summary"].read(), parts["summary"].where)
    pairs, names = record.get("chain_pair_iptm"), record.get("chain_ids")
    pae = places = atom_plddt = None
    where = record.where
    if "full" in parts:
        full = Record(parts["full"].read(), parts["full"].where)
        where = full.where
        pae, atom_plddt = full.matrix("pae"), full.vector("atom_plddts")
        if "token_chain_ids" in full and "token_res_ids" in full:
            places = (full.get("token_chain_ids"), full.get("token_res_ids"))
            if not all(isinstance(one, list) for one in places) or len(places[0]) != len(places[1]):
                raise InputError("token_chain_ids and token_res_ids are not lists of one length", where=where)
            # Newer downloads of the server have a name per token in the summary's `chain_ids`.
            names = list(dict.fromkeys(map(str, places[0])))
    matrix = None if pairs is None else array(pairs, 2, "chain_pair_iptm", record.where)
    if matrix is not None and names is not None:
        names = [str(one) for one in dict.fromkeys(names)]
        names = names if len(names) == len(matrix) else None
    return Confidence(
        pae,
        atom_plddt=atom_plddt,
        token_places=places,
        iptm=record.number("iptm"),
        ptm=record.number("ptm"),
        ranking=record.number("ranking_score"),
        pair_iptm=matrix,
        pair_names=names if matrix is not None else None,
        where=where,
    )


# --- Boltz


def _boltz(parts: Parts, groups: dict[str, str]) -> Confidence:
    record = Record(parts["summary"].read(), parts["summary"].where)
    pae, where = _array_of(parts, "pae", "pae")
    plddt, _ = _array_of(parts, "plddt", "plddt")
    pairs = None
    if nested := record.get("pair_chains_iptm"):
        # Written [scored][aligned] (boltz issue #635; compared with the PAE of an asymmetric complex).
        pairs = by_index(nested, list(nested), record.where).T
    return Confidence(
        None if pae is None else square(pae, "pae", where),
        None if plddt is None else 100.0 * array(plddt, 1, "plddt", parts["plddt"].where),
        iptm=record.number("iptm"),
        ptm=record.number("ptm"),
        ranking=record.number("confidence_score"),
        pair_iptm=pairs,
        where=where or record.where,
    )


def _array_of(parts: Parts, kind: str, name: str) -> tuple[Any, str]:
    """Give an array of a numpy file, or None, and the file."""
    if kind not in parts:
        return None, ""
    found, where = read_arrays(parts[kind].read(), parts[kind].where), parts[kind].where
    if name not in found and "" not in found:
        raise InputError(f"there is no array {name} in it", where=where)
    return found.get(name, found.get("")), where


# --- Chai


def _chai(parts: Parts, groups: dict[str, str]) -> Confidence:
    file = parts["scores"]
    if file.name.endswith(".json"):
        said = read_plain(file.read(), file.where)
        # A script of the community writes the parts of a ranking.
        said = {**said, **said.get("ptm_scores", {})} if isinstance(said, dict) else {}
    else:
        said = dict(read_arrays(file.read(), file.where))
    if "aggregate_score" not in said:
        raise InputError("there is no aggregate_score in it", where=file.where)
    pae, where = _array_of(parts, "pae", "pae")
    pairs = said.get("per_chain_pair_iptm")
    iptm, ptm = said.get("iptm", said.get("interface_ptm")), said.get("ptm", said.get("complex_ptm"))
    return Confidence(
        None if pae is None else square(pae, "pae", where),
        iptm=number(iptm, "iptm", file.where),
        ptm=number(ptm, "ptm", file.where),
        ranking=number(said["aggregate_score"], "aggregate_score", file.where),
        pair_iptm=None if pairs is None else array(pairs, 2, "per_chain_pair_iptm", file.where),
        where=where or file.where,
    )


# --- Protenix


def _protenix(parts: Parts, groups: dict[str, str]) -> Confidence:
    record = Record(parts["summary"].read(), parts["summary"].where)
    pairs = record.get("chain_pair_iptm")
    pae = atom_plddt = token_of_atom = None
    where = record.where
    if "full" in parts:
        full = Record(parts["full"].read(), parts["full"].where)
        where = full.where
        pae, atom_plddt = full.matrix("token_pair_pae"), full.vector("atom_plddt")
        tokens = full.vector("atom_to_token_idx")
        token_of_atom = None if tokens is None else tokens.astype(np.int64)
        if atom_plddt is not None and atom_plddt.size and np.nanmax(atom_plddt) <= 1.0:
            atom_plddt = 100.0 * atom_plddt
    return Confidence(
        pae,
        atom_plddt=atom_plddt,
        token_of_atom=token_of_atom,
        iptm=record.number("iptm"),
        ptm=record.number("ptm"),
        ranking=record.number("ranking_score"),
        pair_iptm=None if pairs is None else array(pairs, 2, "chain_pair_iptm", record.where),
        where=where,
    )


# --- OpenFold 3


def _openfold3(parts: Parts, groups: dict[str, str]) -> Confidence:
    record = Record(parts["summary"].read(), parts["summary"].where)
    pairs, names = _named_pairs(record.get("chain_pair_iptm"), re.compile(r"\(?(.+), ?(.+?)\)?"), record.where)
    pae, plddt, where = None, None, record.where
    if "full" in parts:
        file = parts["full"]
        where = file.where
        if file.name.endswith(".npz"):
            arrays = read_arrays(file.read(), where)
            pae = square(arrays["pae"], "pae", where) if "pae" in arrays else None
            plddt = array(arrays["plddt"], 1, "plddt", where) if "plddt" in arrays else None
        else:
            full = Record(file.read(), where)
            pae, plddt = full.matrix("pae"), full.vector("plddt")
        if plddt is not None and plddt.size and np.nanmax(plddt) <= 1.0:
            plddt = 100.0 * plddt
    return Confidence(
        pae,
        atom_plddt=plddt,  # of each atom; where it is shorter, the model file's is used
        iptm=record.number("iptm"),
        ptm=record.number("ptm"),
        ranking=record.number("sample_ranking_score"),
        pair_iptm=pairs,
        pair_names=names,
        where=where,
    )


# --- AlphaFold DB


def _database(parts: Parts, groups: dict[str, str]) -> Confidence:
    record = Record(parts["pae"].read(), parts["pae"].where)
    return Confidence(record.matrix("predicted_aligned_error", "pae"), where=record.where)


_STRUCTURE = r"\.(?:cif|pdb)"
_AF3_TERMS, _SERVER_TERMS = "alphafold3", "alphafold_server"

#: The more telling names first.
LAYOUTS = (
    Layout(
        "OpenFold 3",
        re.compile(rf"(?P<stem>(?P<job>.+)_seed_(?P<seed>\d+)_sample_(?P<sample>\d+))_model{_STRUCTURE}"),
        {
            "summary": ("{stem}_confidences_aggregated.json",),
            "full": ("{stem}_confidences.json", "{stem}_confidences.npz"),
        },
        ("summary",),
        _openfold3,
    ),
    Layout(
        "Protenix",
        re.compile(rf"(?P<before>(?P<job>.+?)(?:_seed_(?P<seed>\d+))?)_sample_(?P<sample>\d+){_STRUCTURE}"),
        {
            "summary": (
                "{before}_summary_confidence_sample_{sample}.json",
                "{before}_summary_confidences_sample_{sample}.json",
            ),
            "full": ("{before}_full_data_sample_{sample}.json",),
        },
        ("summary",),
        _protenix,
    ),
    Layout(
        "Chai-1",
        re.compile(rf"pred\.(?P<label>(?:model_idx|rank)_(?P<sample>\d+)){_STRUCTURE}"),
        {
            "scores": ("scores.{label}.npz", "scores.{label}.json", "scores_{label}.npz", "ranking_{label}.json"),
            "pae": tuple(f"pae{dot}{{label}}{end}" for dot in "._" for end in (".npy", ".npz")),
        },
        ("scores",),
        _chai,
    ),
    Layout(
        "Boltz",
        re.compile(rf"(?P<stem>(?P<job>.+)_model_(?P<sample>\d+)){_STRUCTURE}"),
        {
            "summary": ("confidence_{stem}.json",),
            "pae": ("pae_{stem}.npz", "pae_{stem}.npy"),
            "plddt": ("plddt_{stem}.npz", "plddt_{stem}.npy"),
        },
        ("summary",),
        _boltz,
    ),
    Layout(
        "AlphaFold Server",
        re.compile(rf"(?P<before>(?P<job>.+)_)model(?P<after>_(?P<sample>\d+)){_STRUCTURE}"),
        {
            "summary": ("{before}summary_confidences{after}.json",),
            "full": ("{before}full_data{after}.json", "{before}confidences{after}.json"),
        },
        ("summary",),
        _alphafold3,
        terms=_SERVER_TERMS,
    ),
    Layout(
        "AlphaFold 3",
        re.compile(
            r"(?P<before>(?:(?P<job>.+?)_)??(?:seed-(?P<seed>\d+)_sample-(?P<sample>\d+)_|ranked_(?P<rank>\d+)_)?)"
            rf"model{_STRUCTURE}"
        ),
        {
            "summary": ("{before}summary_confidences.json",),
            "full": ("{before}confidences.json", "{before}full_data.json"),
        },
        ("summary",),
        _alphafold3,
        terms=_AF3_TERMS,
    ),
    Layout(
        "ColabFold",
        re.compile(
            r"(?P<job>.+?)_(?P<kind>unrelaxed|relaxed)_"
            rf"(?P<rest>(?:.*?rank_(?P<rank>\d+))?.*?model_(?P<sample>\d+)(?:.*?seed_(?P<seed>\d+))?.*?){_STRUCTURE}"
        ),
        {
            "scores": (
                "{job}_scores_{rest}.json",
                "{job}_unrelaxed_{rest}_scores.json",
                "{job}_{rest}_scores.json",
                "{job}_relaxed_{rest}_scores.json",
            ),
            "first_pae": ("{job}_predicted_aligned_error_v1.json",),
        },
        ("scores",),
        _colabfold,
        version=_multimer,
    ),
    Layout(
        "AlphaFold-Multimer",
        re.compile(
            rf"(?:(?P<kind>unrelaxed|relaxed)_(?P<model>model_(?P<sample>\d+).*?(?:pred_(?P<seed>\d+))?)"
            rf"|ranked_(?P<rank>\d+)){_STRUCTURE}"
        ),
        {
            "pae": ("pae_{model}.json",),
            "confidence": ("confidence_{model}.json",),
            "ranking": ("ranking_debug.json",),
            "given": ("iptm_ptm.json",),
        },
        ("pae", "ranking"),
        _alphafold2,
        version=_multimer,
    ),
    Layout(
        "AlphaFold DB",
        re.compile(rf"(?P<job>.+)-model_(?P<release>v\d+){_STRUCTURE}"),
        {"pae": ("{job}-predicted_aligned_error_{release}.json",)},
        ("pae",),
        _database,
    ),
)
