"""A pair's models of HADDOCK3 as they are kept for the workflow, and what `dock` makes of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crossdock.docking.backends.cofold.results import MODELS, Taken, fitted, letters_of, texts_of, written
from crossdock.docking.backends.contract import Model, Request, Result
from crossdock.docking.backends.haddock.run import Ranked
from crossdock.docking.backends.imported import no_result
from crossdock.errors import InputError
from crossdock.files import read_json, read_made, write_bytes, write_json
from crossdock.structures.structure import Structure, parse_structure

#: A pair's record.
RECORD = "run.json"
#: The command that brings them.
IMPORT = "haddock import"


def keep(models: Sequence[tuple[Ranked, Taken]], to: str | Path, *, job: str) -> Path:
    """Write the models of a pair, the best first, and their record; nothing is written where it is there already.

    Parameters
    ----------
    models : sequence of (Ranked, Taken)
    to : str or Path
        The folder of all pairs, such as ``resources/haddock``.
    job : str
        The run.

    Returns
    -------
    Path
        The record, written last.
    """
    pair = models[0][1].assigned.pair
    folder = Path(to, *pair)
    text = "\n".join(line for number, (_, one) in enumerate(models, start=1) for line in written(one, number))
    record: dict[str, Any] = {
        "job": job,
        "receptor": pair[0],
        "ligand": pair[1],
        "module": models[0][0].file.parent.name,
        "models": [_described(ranked, one) for ranked, one in models],
        "models_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    path = folder / RECORD
    if path.is_file() and record.items() <= read_json(path).items():
        return path  # a new file would dock the pair again
    path.unlink(missing_ok=True)
    write_bytes(folder / MODELS, f"{text}\nEND\n".encode())
    write_json(path, record)
    return path


def _described(ranked: Ranked, one: Taken) -> dict[str, Any]:
    letters, sides = letters_of(one.assigned), (one.assigned.receptor, one.assigned.ligand)
    chains = {
        f"{side}_chains": {str(part): letters[at] for part, at in partner.chains.items()}
        for side, partner in zip(("receptor", "ligand"), sides, strict=True)
    }
    return {
        "file": ranked.file.name,
        "score": ranked.score,
        "numbers": ranked.numbers,
        "ranks": ranked.stages,
        **chains,
        "left_out": [name for at, name in enumerate(one.prediction.chains) if at not in one.assigned.used],
    }


def dock(receptor: Structure, ligand: Structure, request: Request) -> Result:
    """Take a pair's models from what was imported.

    Parameters
    ----------
    receptor, ligand : Structure
        Prepared.
    request : Request
        `result` is the pair's record.

    Returns
    -------
    Result
        A model for each that the run scored last, the lowest HADDOCK score first. Residues that the prepared
        structures do not have are left out.

    Raises
    ------
    InputError
        If there is no run of the pair, or it is of other structures.
    """
    if request.result is None or request.result.suffix == ".csv":
        hint = f"run `crossdock {IMPORT} FOLDER` with the folder of your runs"
        raise no_result("there is no HADDOCK3 run of this pair", request.result, hint, RECORD)
    record = read_made(request.result, read_json, f"crossdock {IMPORT}")
    path = request.result.parent / MODELS
    texts = read_made(path, texts_of, f"crossdock {IMPORT}")
    if len(texts) != len(record["models"]):
        raise InputError(f"it does not have the models of {RECORD}", where=str(path), hint="import it again")
    models = []
    for number, (lines, one) in enumerate(zip(texts, record["models"], strict=True), start=1):
        where = f"{path}, model {number}"
        body = parse_structure(lines, where=where)
        parts = [
            fitted(prepared, body, one[f"{side}_chains"], where=f"{where}, {side}", command=IMPORT)
            for side, prepared in (("receptor", receptor), ("ligand", ligand))
        ]
        models.append(Model(parts[0], parts[1], one["score"], one["numbers"]))
    notes = []
    for side, whole, part in (("receptor", receptor, models[0].receptor), ("ligand", ligand, models[0].ligand)):
        n, m = part.n_residues, whole[~whole.hetero].n_residues
        if n < m:
            notes.append(f"{n} of {m} residues of the {side} {record[side]} are in the models of HADDOCK3.")
    return Result(
        models=models,
        record={
            "parameters": {"module": record["module"]},
            "counts": {"models": len(models)},
            "notes": notes + request.not_told("HADDOCK3"),
            "run": record,
        },
    )
