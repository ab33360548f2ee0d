"""The program of a user: whether it can be run as the config asks, where it is, and what it made of a pair."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crossdock.docking.backends.cofold.programs import NONE, PROGRAMS, SERVER, SHARED
from crossdock.docking.backends.contract import Request
from crossdock.docking.backends.fold.installed import Installed
from crossdock.docking.backends.imported import no_result
from crossdock.docking.backends.outside import found
from crossdock.docking.backends.waiting import record_in
from crossdock.errors import BrokenFileError, InputError
from crossdock.structures.structure import Structure


def check(of: Installed, options: Mapping[str, Any]) -> None:
    """Look over what the config asks of a program.

    Raises
    ------
    InputError
        If it does not say where alignments come from, or gives an argument that crossdock writes itself.
    """
    way_of(of, options)
    arguments_of(of, options)


def way_of(of: Installed, options: Mapping[str, Any]) -> str:
    """Give the way to alignments: a folder with one a sequence, a server, or none."""
    msas, server = options["msas"], options["msa_server"]
    title = PROGRAMS[of.name].title
    if server and msas:
        hint = "keep one of them"
        raise InputError("`msas` and `msa_server` cannot be combined", where="docking", hint=hint)
    if server:
        return SERVER
    if msas == NONE:
        return NONE
    if not msas:
        raise InputError(
            f"the config does not say where {title} gets alignments from",
            where="docking",
            hint="set `docking: {msas: FOLDER}`, a folder with an .a3m file of each sequence (`crossdock cofold inputs "
            f"--for {of.name} -o DIR` writes a script that makes them), `msas: none` to predict without alignments, "
            "or `msa_server: true` to let the program send your sequences to ColabFold's server",
        )
    if not Path(msas).is_dir():
        raise InputError("there is no such folder with alignments", where=f"docking.msas: {msas}")
    return SHARED


def arguments_of(of: Installed, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the further arguments of a program, word by word."""
    try:
        words = tuple(shlex.split(options["arguments"]))
    except ValueError as error:
        raise InputError(f"cannot be read as arguments: {error}", where="docking.arguments") from error
    for word in words:
        name = word.partition("=")[0].replace("-", "_") if word.startswith("--") else ""
        # Some programs take the beginning of an option for it.
        if taken := [one for one in of.own if len(name) > 2 and one.replace("-", "_").startswith(name)]:
            raise InputError(
                f"{word} cannot be given as an argument of the program, because crossdock sets {taken[0]}",
                where="docking.arguments",
                hint="use `seeds`, `samples`, `msas` or `msa_server` under `docking:`, or leave it out",
            )
    return words


def find(of: Installed, settings: Mapping[str, Any]) -> Path:
    """Find a program.

    Raises
    ------
    DockingError
        If it is not there, with how it is installed.
    """
    hint = (
        f"install it, {PROGRAMS[of.name].needs}; in an environment of its own, set {of.variable}, or "
        f"`{of.name}: {{program: FOLDER}}` in the config, to the folder `bin` of that environment (docs/cofold.md)"
    )
    return Path(found(of.command, of.variable, hint, settings.get("program", "")))


def made_of(name: str, receptor: Structure, ligand: Structure, request: Request) -> Path:
    """Give the record of a pair that the backend of a name has predicted.

    Raises
    ------
    InputError
        If all pairs have not been predicted, or not with these structures.
    DockingError
        If the program failed for this pair, with what it printed.
    BrokenFileError
        If the record is gone.
    """
    path = request.result
    if path is not None and path.suffix == ".csv":
        path = record_in(path, receptor, ligand)
    if path is None:
        what = f"there is no prediction of this pair: {name} predicts all pairs of a panel at once"
        hint = f"set `backend: {name}` in a config and start `crossdock run`"
        raise no_result(what, request.result, hint, "prediction.json")
    if not path.is_file():
        hint = f"remove {request.result} and start `crossdock run` again, which predicts what is missing"
        raise BrokenFileError("a prediction is missing", where=str(path), hint=hint)
    return path


def path_with(program: Path) -> str:
    """Give PATH with the folder of a program first, and before it that of the file which it is a link to.

    Beside that file is the Python that has Chai-1.
    """
    folders = dict.fromkeys(str(one) for one in (program.resolve().parent, program.parent))
    return os.pathsep.join([*folders, os.environ.get("PATH", "")])
