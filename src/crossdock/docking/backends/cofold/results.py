"""A pair's models as they are kept for the workflow: the record, its models, and what `dock` makes of them."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock.docking.backends.cofold.chains import Assigned, parts_of
from crossdock.docking.backends.cofold.prediction import Prediction
from crossdock.docking.backends.cofold.quantities import MEANS
from crossdock.docking.backends.cofold.table import Numbers, mean_of
from crossdock.docking.backends.contract import Model, Request, Result
from crossdock.docking.backends.imported import no_result
from crossdock.docking.matching.likeness import Trace, likeness
from crossdock.docking.pae import Pae, read_tables, write_tables
from crossdock.errors import InputError
from crossdock.files import read_json, read_made, write_bytes, write_json
from crossdock.structures.structure import CHAIN_LETTERS, Structure, atom_records, parse_structure

#: Files of a pair.
RECORD, MODELS, PAE = "prediction.json", "models.pdb.gz", "pae.npz"
#: The most that a pLDDT is, with some room for rounding.
LARGEST_PLDDT = 100.5
#: Names of scores that crossdock has for other things.
RENAMED = {"contacts": "cb_contacts"}


@dataclass(frozen=True)
class Taken:
    """A model of a pair.

    Attributes
    ----------
    prediction : Prediction
    assigned : Assigned
    numbers : dict of str to float or None
    pae : Pae, optional
        Of the residues of both partners, in the order in which they are kept.
    """

    prediction: Prediction
    assigned: Assigned
    numbers: Numbers
    pae: Pae | None = None


def keep(models: Sequence[Taken], to: str | Path, *, job: str, cutoff: float) -> Path:
    """Write the models of a pair, the best first, their PAE and their record; nothing where that is there already.

    Parameters
    ----------
    models : sequence of Taken
    to : str or Path
        The folder of all pairs, such as ``resources/cofold``.
    job : str
        What they were found as.
    cutoff : float
        Of ipSAE, in angstrom.

    Returns
    -------
    Path
        The record, written last.
    """
    first = models[0]
    folder = Path(to, *first.assigned.pair)
    text = _text(models)
    tables = {f"model_{number}": one.pae for number, one in enumerate(models, start=1) if one.pae}
    errors = hashlib.sha256(b"".join(one.packed for one in tables.values()))
    record: dict[str, Any] = {
        "job": job,
        "receptor": first.assigned.receptor.name,
        "ligand": first.assigned.ligand.name,
        "program": first.prediction.program,
        "version": first.prediction.version,
        "ipsae_cutoff_A": cutoff,
        "models": [_described(one) for one in models],
        "mean": mean_of(one.numbers for one in models),
        "models_sha256": _digest(text),
        "pae_sha256": errors.hexdigest() if tables else None,
    }
    path = folder / RECORD
    if path.is_file() and record.items() <= read_json(path).items():
        return path  # another date would make the pair anew
    path.unlink(missing_ok=True)
    write_bytes(folder / MODELS, f"{text}\nEND\n".encode())
    (folder / PAE).unlink(missing_ok=True)
    if tables:
        write_tables(folder / PAE, tables)
    write_json(path, record)
    return path


def are(models: Sequence[Taken], record: Mapping[str, Any]) -> bool:
    """Tell whether models are those of a pair's record, whatever they were found as."""
    return bool(_digest(_text(models)) == record["models_sha256"])


def _text(models: Sequence[Taken]) -> str:
    """Write the models of a pair."""
    return "\n".join(line for number, one in enumerate(models, start=1) for line in written(one, number))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _described(one: Taken) -> dict[str, Any]:
    p = one.prediction
    letters = letters_of(one.assigned)
    return {
        "file": p.where.rpartition("/")[2],
        "model": p.model,
        "seed": p.seed,
        "sample": p.sample,
        "ranking": p.ranking,
        "plddt": _has_plddt(p),
        "numbers": one.numbers,
        "receptor_chains": {str(part): letters[at] for part, at in one.assigned.receptor.chains.items()},
        "ligand_chains": {str(part): letters[at] for part, at in one.assigned.ligand.chains.items()},
        "left_out": [name for at, name in enumerate(p.chains) if at not in one.assigned.used],
    }


def _has_plddt(prediction: Prediction) -> bool:
    """Tell whether its B-factors are pLDDT: known of every residue, and within 0 to 100."""
    known = np.isfinite(prediction.plddt).all()
    written = prediction.body.b_factor
    return bool(known and written.min() >= 0 and written.max() <= LARGEST_PLDDT)


def residues_of(assigned: Assigned, prediction: Prediction) -> NDArray[np.int64]:
    """Give the residues of a pair in a prediction, in the order in which they are kept."""
    return np.concatenate([prediction.residues(at) for at in letters_of(assigned)])


def letters_of(assigned: Assigned) -> dict[int, str]:
    """Give the chain letter under which a chain of a prediction is kept."""
    order = [*assigned.receptor.chains.values(), *assigned.ligand.chains.values()]
    return dict(zip(order, CHAIN_LETTERS, strict=False))


def written(one: Taken, number: int) -> list[str]:
    """Write the chains of a pair, as a MODEL of a PDB file."""
    body, lines = one.prediction.body, [f"MODEL     {number:4d}"]
    for at, letter in letters_of(one.assigned).items():
        part = body[body.chain == one.prediction.chains[at]]
        # As they are numbered there, residues of more than four digits have no place in the format.
        index = part.residue_index + 1
        none = np.full(len(part), "", dtype="U1")
        chain = np.full(len(part), letter, dtype="U1")
        lines += atom_records(replace(part, chain=chain, residue_number=index, insertion=none))
    return [*lines, "ENDMDL"]


def imported(folder: str | Path, receptor: str, ligand: str) -> Path | None:
    """Give the record of a pair that was imported, or None."""
    path = Path(folder, receptor, ligand, RECORD)
    return path if path.is_file() else None


def dock(receptor: Structure, ligand: Structure, request: Request) -> Result:
    """Take a pair's models from what was imported.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared.
    request : Request
        `result` is the pair's record, or the table of pairs that AlphaFold DB has a complex of.

    Returns
    -------
    Result
        A model for each prediction, in the program's own order. Residues that the prepared structures do not have
        (tags, loops that are not in the entry) are left out, and so are residues that differ.

    Raises
    ------
    InputError
        If there is no prediction, or it is of other structures.
    """
    path = request.result
    if path is not None and path.suffix == ".csv":
        from crossdock.docking.backends.waiting import record_in

        path = record_in(path, receptor, ligand)
    if path is None:
        hint = "run `crossdock cofold import FOLDER` with the folder of your predictions"
        raise no_result("there is no prediction of this pair", request.result, hint, "prediction.json")
    record = read_made(path, read_json, "crossdock cofold import")
    path = path.parent / MODELS
    texts = read_made(path, texts_of, "crossdock cofold import")
    if len(texts) != len(record["models"]):
        raise InputError("it does not have the models of prediction.json", where=str(path), hint="import it again")
    means = {f"{name}_mean": record["mean"].get(name) for name in MEANS}
    errors = _errors(path.with_name(PAE), record)
    models, lowest, notes = [], float("inf"), list[str]()
    for number, (lines, one) in enumerate(zip(texts, record["models"], strict=True), start=1):
        where = f"{path}, model {number}"
        body = parse_structure(lines, where=where)
        rows, parts = [], list[Structure]()
        for side, prepared in (("receptor", receptor), ("ligand", ligand)):
            at, places = matched(prepared, body, one[f"{side}_chains"], where=f"{where}, {side}")
            rows.append(at)
            parts.append(named(body[at], places))
        if number == 1:
            notes = _notes(record, one, (receptor, ligand), parts)
        # Rounded values may be out of the program's own order, which the models are in.
        lowest = min(lowest, one["ranking"] if one["ranking"] is not None else 1.0 / number)
        numbers = {RENAMED.get(name, name): value for name, value in (one["numbers"] | means).items()}
        given = {key: value for key, value in numbers.items() if value is not None}
        pae = errors(number)
        # Residues of the file in the order of those that are taken, each once.
        kept = list(dict.fromkeys(body.residue_index[np.concatenate(rows)].tolist()))
        models.append(
            Model(
                parts[0],
                parts[1],
                lowest,
                given,
                plddt=bool(one.get("plddt")),
                pae=pae.at(np.array(kept)) if pae else None,
            )
        )
    parameters = {"program": record["program"], "ipsae_cutoff_A": record["ipsae_cutoff_A"]}
    parameters |= {"version": record["version"]} if record["version"] else {}
    return Result(
        models=models,
        record={
            "parameters": parameters,
            "counts": {"models": len(models)},
            "notes": notes + request.not_told(record["program"]),
            "prediction": record,
        },
    )


def _errors(path: Path, record: Mapping[str, Any]) -> Callable[[int], Pae | None]:
    """Give what reads the PAE of a model by its number, from 1; imports of earlier versions have none."""
    if not record.get("pae_sha256"):
        return lambda number: None

    def read(number: int) -> Pae | None:
        name = f"model_{number}"
        return read_made(path, lambda file: read_tables(file, [name]), "crossdock cofold import").get(name)

    return read


def texts_of(path: Path) -> list[list[str]]:
    """Give the lines of each model."""
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    if not lines or lines[-1] != "END":
        raise ValueError("it is cut off")
    starts = [at for at, line in enumerate(lines) if line.startswith("MODEL ")]
    return [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


def fitted(
    prepared: Structure, body: Structure, chains: Mapping[str, str], *, where: str, command: str = "cofold import"
) -> Structure:
    """Give the residues of a prediction that a prepared structure has, under the names and numbers that it has there.

    Its parameters and errors are those of `matched`.
    """
    at, places = matched(prepared, body, chains, where=where, command=command)
    return named(body[at], places)


def matched(
    prepared: Structure, body: Structure, chains: Mapping[str, str], *, where: str, command: str = "cofold import"
) -> tuple[NDArray[np.int64], list[tuple[str, int, str]]]:
    """Find the residues of a prediction that a prepared structure has.

    Parameters
    ----------
    prepared : Structure
    body : Structure
        Of the prediction.
    chains : mapping of str to str
        Number of a chain of the prepared structure -> chain letter in `body`.
    where : str
        For messages.
    command : str
        Of crossdock, which imports models anew.

    Returns
    -------
    atoms : ndarray, dtype=int64, shape=(n,)
        Of `body`, in the order of the prepared structure.
    places : list of tuple
        Chain, number and insertion code that each of them has there.

    Raises
    ------
    InputError
        If it is of another protein.
    """
    parts = parts_of(Trace.of(prepared))
    rows: list[np.ndarray] = []
    places: list[tuple[str, int, str]] = []
    for part, letter in sorted((int(one), letter) for one, letter in chains.items()):
        own = np.flatnonzero(body.chain == letter)
        predicted = Trace.of(body[own])
        found = likeness(predicted, parts[part]) if part < len(parts) and len(predicted) else None
        if found is None or not found.is_same:
            raise InputError(
                "this model is of another protein than the prepared structure",
                where=where,
                hint=f"run `crossdock {command}` again with the config as it is now",
            )
        number = body.residue_number[own]
        for i, j in sorted(found.pairs, key=lambda one: one[1]):
            if predicted.letters[i] == parts[part].letters[j]:
                atoms = own[number == predicted.places[i][1]]
                rows.append(atoms)
                places += [parts[part].places[j]] * len(atoms)
    return np.concatenate(rows), places


def named(body: Structure, places: Sequence[tuple[str, int, str]]) -> Structure:
    """Give atoms other chains, numbers and insertion codes."""
    chain, numbers, insertion = zip(*places, strict=True)
    return replace(
        body,
        chain=np.array(chain, dtype="U1"),
        residue_number=np.array(numbers, dtype=np.int64),
        insertion=np.array(insertion, dtype="U1"),
    )


def _notes(
    record: Mapping[str, Any], one: Mapping[str, Any], prepared: Sequence[Structure], parts: Sequence[Structure]
) -> list[str]:
    """Say what of the prepared structures the prediction does not have."""
    notes = []
    for side, whole, part in zip(("receptor", "ligand"), prepared, parts, strict=True):
        n, m = part.n_residues, whole[~whole.hetero].n_residues
        if n < m:
            notes.append(f"{n} of {m} residues of the {side} {record[side]} are in the prediction.")
    if one["left_out"]:
        notes.append(
            f"Chains of the prediction that are of neither partner were left out: {', '.join(one['left_out'])}."
        )
    if one["numbers"].get("ipsae") is None:
        notes.append("The prediction has no PAE, so ipSAE, LIS and pDockQ2 are not known.")
    return notes
