"""What each program's files say of a model: a reader a program. Nothing is unpickled.

Each takes the files beside a model, by kind (`layouts.LAYOUTS`), and what the model's name says.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock.docking.backends.cofold.confidence import Confidence
from crossdock.docking.backends.cofold.content import (
    Arrays,
    Record,
    array,
    by_index,
    no_pairs,
    number,
    read_plain,
    square,
)
from crossdock.docking.backends.cofold.tree import File
from crossdock.entries.qa_metrics import global_metrics, pairwise_metric
from crossdock.errors import InputError

Parts = Mapping[str, File]


def alphafold2(parts: Parts, groups: dict[str, str]) -> Confidence:
    """Read AlphaFold-Multimer and AlphaPulldown: PAE as JSON, pLDDT, ipTM where a file has it, the ranking."""
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
        pae = _errors_of(record, "predicted_aligned_error", "pae")
    elif "pairwise" in parts:
        pae = pairwise_metric(parts["pairwise"].read(), parts["pairwise"].where)
        if "entry" in parts and iptm is None:
            whole = global_metrics(parts["entry"].read(), parts["entry"].where)
            iptm, ptm = whole.get("ipTM"), whole.get("pTM")
    if ranking is None and iptm is not None and ptm is not None:
        ranking = 0.8 * iptm + 0.2 * ptm
    if "confidence" in parts:
        record = Record(parts["confidence"].read(), parts["confidence"].where)
        plddt = record.vector("confidenceScore")
    where = parts[next(name for name in ("pae", "pairwise", "confidence", "ranking") if name in parts)].where
    return Confidence(pae, plddt, iptm=iptm, ptm=ptm, ranking=ranking, where=where)


def _errors_of(record: Record, *names: str) -> NDArray[np.float32]:
    """Give the PAE of a file that must have it: a matrix, or as AlphaFold DB and ColabFold wrote it until 2022, flat.

    Raises
    ------
    InputError
        If it is not there, or is not square.
    """
    if "distance" not in record or any(name in record for name in names):
        found = record.matrix(*names, needed=True)
        assert found is not None
        return found
    flat, rows, columns = (record.vector(name) for name in ("distance", "residue1", "residue2"))
    assert flat is not None
    n = math.isqrt(len(flat))
    places = [np.arange(n * n) // n, np.arange(n * n) % n]
    if rows is not None and columns is not None:
        places = [rows.astype(np.int64) - 1, columns.astype(np.int64) - 1]
    if n * n != len(flat) or any(len(one) != n * n or not n or one.min() < 0 or one.max() >= n for one in places):
        raise InputError("distance, residue1 and residue2 are not those of a square matrix", where=record.where)
    found = np.full((n, n), np.nan, dtype=np.float32)
    found[places[0], places[1]] = flat
    return found


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


def colabfold(parts: Parts, groups: dict[str, str]) -> Confidence:
    """Read ColabFold: everything in the scores of a model."""
    record = Record(parts["scores"].read(), parts["scores"].where)
    pae = record.matrix("pae", "predicted_aligned_error")
    if pae is None and "first_pae" in parts and groups.get("rank", "").lstrip("0") == "1":
        other = Record(parts["first_pae"].read(), parts["first_pae"].where)
        pae = _errors_of(other, "predicted_aligned_error", "pae")
    iptm, ptm = record.number("iptm"), record.number("ptm")
    plddt = record.vector("plddt")
    # `--rank auto` is this for complexes (colabfold/batch.py).
    ranking = 0.8 * iptm + 0.2 * ptm if iptm is not None and ptm is not None else None
    if ranking is None and plddt is not None:
        ranking = float(plddt.mean()) / 100.0
    between = re.compile(r"(.+)-(.+)")
    pairs, names = _named_pairs(record.get("pairwise_iptm"), "ipTM", between, record.where)
    own, ipsae_names = _named_pairs(record.get("ipsae"), "ipSAE", between, record.where)
    return Confidence(
        pae,
        plddt,
        iptm=iptm,
        ptm=ptm,
        ranking=ranking,
        pair_iptm=pairs,
        pair_names=names,
        pair_ipsae=own,
        ipsae_names=ipsae_names,
        where=record.where,
    )


def _named_pairs(said: Any, score: str, pattern: re.Pattern[str], where: str) -> tuple[Any, list[str] | None]:
    """Read a score of pairs under the names of their chains, "A-B" or "(A, B)"; one given one way is for both."""
    if not isinstance(said, dict) or not said:
        return None, None
    found = [
        (match[1].strip("'\" "), match[2].strip("'\" "), value)
        for key, value in said.items()
        if (match := pattern.fullmatch(key))
    ]
    names = sorted({name for one, other, _ in found for name in (one, other)})
    both = {(one, other) for one, other, _ in found}
    pairs = no_pairs(len(names), where)
    for one, other, value in found:
        i, j = names.index(one), names.index(other)
        given = number(value, f"{score} of {one} and {other}", where)
        pairs[i, j] = np.nan if given is None else given
        if (other, one) not in both:
            pairs[j, i] = pairs[i, j]
    return pairs, names


def alphafold3(parts: Parts, groups: dict[str, str]) -> Confidence:
    """Read AlphaFold 3 and its server: a summary, and the confidences of tokens and atoms."""
    record = _summary(parts)
    pairs, names = record.get("chain_pair_iptm") or None, record.get("chain_ids")
    pae = places = atom_plddt = atom_chains = None
    where = record.where
    if "full" in parts:
        full = Record(parts["full"].read(), parts["full"].where)
        where = full.where
        pae, atom_plddt = full.matrix("pae", needed=True), full.vector("atom_plddts")
        atom_chains = full.get("atom_chain_ids")
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
        atom_chains=atom_chains if isinstance(atom_chains, list) else None,
        token_places=places,
        iptm=record.number("iptm"),
        ptm=record.number("ptm"),
        ranking=record.number("ranking_score"),
        pair_iptm=matrix,
        pair_names=names if matrix is not None else None,
        where=where,
    )


def _summary(parts: Parts) -> Record:
    """Give what is said of the whole model; nothing where only its errors are there."""
    if "summary" in parts:
        return Record(parts["summary"].read(), parts["summary"].where)
    return Record(b"{}", next(iter(parts.values())).where)


def boltz(parts: Parts, groups: dict[str, str]) -> Confidence:
    """Read Boltz: a summary, PAE and pLDDT as numpy files."""
    record = _summary(parts)
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
    found, where = Arrays(parts[kind].read(), parts[kind].where), parts[kind].where
    # Without a name numpy calls an array "arr_0".
    there = next((one for one in (name, "", "arr_0") if one in found), None)
    if there is None:
        raise InputError(f"there is no array {name} in it", where=where)
    return found[there], where


def chai(parts: Parts, groups: dict[str, str]) -> Confidence:
    """Read Chai-1: scores of its command line or its server, and PAE where somebody has written it."""
    said: Mapping[str, Any] = {}
    scores = parts.get("scores")
    if scores and scores.name.endswith(".json"):
        said = read_plain(scores.read(), scores.where)
        # A script of the community writes the parts of a ranking.
        said = {**said, **said.get("ptm_scores", {})} if isinstance(said, dict) else {}
    elif scores:
        said = Arrays(scores.read(), scores.where)
    if scores and "aggregate_score" not in said:
        raise InputError("there is no aggregate_score in it", where=scores.where)
    pae, where = _array_of(parts, "pae", "pae")
    of_scores = scores.where if scores else where

    def given(*names: str) -> float | None:
        return number(next((said[name] for name in names if name in said), None), names[0], of_scores)

    pairs = said.get("per_chain_pair_iptm")
    return Confidence(
        None if pae is None else square(pae, "pae", where),
        iptm=given("iptm", "interface_ptm"),
        ptm=given("ptm", "complex_ptm"),
        ranking=given("aggregate_score"),
        pair_iptm=None if pairs is None else array(pairs, 2, "per_chain_pair_iptm", of_scores),
        where=where or of_scores,
    )


def protenix(parts: Parts, groups: dict[str, str]) -> Confidence:
    """Read Protenix: a summary, and the confidences of tokens and atoms."""
    record = _summary(parts)
    pairs = record.get("chain_pair_iptm") or None
    pae = atom_plddt = token_of_atom = None
    where = record.where
    if "full" in parts:
        full = Record(parts["full"].read(), parts["full"].where)
        where = full.where
        pae, atom_plddt = full.matrix("token_pair_pae", needed=True), full.vector("atom_plddt")
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


def openfold3(parts: Parts, groups: dict[str, str]) -> Confidence:
    """Read OpenFold 3: a summary, and pLDDT and PAE as JSON or numpy file."""
    record = _summary(parts)
    pairs, names = _named_pairs(record.get("chain_pair_iptm"), "ipTM", re.compile(r"\(?(.+), ?(.+?)\)?"), record.where)
    pae, plddt, where = None, None, record.where
    if "full" in parts:
        file = parts["full"]
        where = file.where
        if file.name.endswith(".npz"):
            arrays = Arrays(file.read(), where)
            pae = square(arrays["pae"], "pae", where) if "pae" in arrays else None
            plddt = array(arrays["plddt"], 1, "plddt", where) if "plddt" in arrays else None
        else:
            full = Record(file.read(), where)
            pae, plddt = full.matrix("pae"), full.vector("plddt")
        if plddt is not None and plddt.size and np.nanmax(plddt) <= 1.0:
            plddt = 100.0 * plddt
    return Confidence(
        pae,
        atom_plddt=plddt,
        iptm=record.number("iptm"),
        ptm=record.number("ptm"),
        ranking=record.number("sample_ranking_score"),
        pair_iptm=pairs,
        pair_names=names,
        where=where,
    )


def database(parts: Parts, groups: dict[str, str]) -> Confidence:
    """Read AlphaFold DB's complexes: the PAE, and the ipTM that its API gives."""
    record = Record(parts["pae"].read(), parts["pae"].where)
    given = Record(parts["scores"].read(), parts["scores"].where) if "scores" in parts else None
    iptm = given.number("complexPredictionAccuracy_ipTM") if given else None
    pae = _errors_of(record, "predicted_aligned_error", "pae")
    return Confidence(pae, iptm=iptm, ranking=iptm, where=record.where)
