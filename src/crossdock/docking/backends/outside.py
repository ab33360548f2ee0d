"""Docking programs that a user has installed: found, run as processes of their own, and given both partners."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crossdock.errors import DockingError, cut
from crossdock.structures.shape import principal_axes
from crossdock.structures.structure import Structure

#: Lines of a program's output that a message quotes.
QUOTED_LINES = 3


@dataclass(frozen=True)
class Frame:
    """A partner as a program gets it: amino acids in a frame of their own, so that no result depends on the entry's.

    Attributes
    ----------
    body : Structure
        Centre on the origin, principal axes along those of the frame, three decimals as a PDB file has them; one chain,
        residues counted from 1, no ions or ligands, no OXT atoms.
    rotation : ndarray, dtype=float64, shape=(3, 3)
    center : ndarray, dtype=float64, shape=(3,)
        In angstrom: `rotation @ (x - center)` lays prepared coordinates into the frame.
    atoms : ndarray, dtype=int64, shape=(n,)
        Which atoms of the prepared structure `body` has.
    """

    body: Structure
    rotation: NDArray[np.float64]
    center: NDArray[np.float64]
    atoms: NDArray[np.int64]

    @classmethod
    def of(cls, prepared: Structure, *, chain: str) -> Frame:
        """Lay a prepared structure into its own frame, under a chain letter."""
        atoms = np.flatnonzero(~prepared.hetero & (prepared.atom_name != "OXT"))
        part = prepared[atoms]
        center = part.coord.mean(axis=0)
        rotation = principal_axes(part.coord)
        body = replace(
            part,
            coord=((part.coord - center) @ rotation.T).round(3) + 0.0,
            chain=np.full(len(part), chain, dtype="U1"),
            residue_number=part.residue_index + 1,
            insertion=np.full(len(part), "", dtype="U1"),
        )
        return cls(body, rotation, center, atoms)

    def residues(self, mask: NDArray[np.bool_] | None) -> list[int]:
        """Give the numbers in `body` of the residues of marked atoms of the prepared structure."""
        if mask is None:
            return []
        return [int(number) for number in np.unique(self.body.residue_number[mask[self.atoms]])]


def pose(
    receptor: Frame, ligand: Frame, rotation: NDArray[np.float64], translation: NDArray[np.float64]
) -> tuple[float, ...]:
    """Bring a placement of the ligand in the frames of both partners to the prepared structures.

    Parameters
    ----------
    receptor, ligand : Frame
    rotation : ndarray, dtype=float64, shape=(3, 3)
    translation : ndarray, dtype=float64, shape=(3,)
        In angstrom: `x' = R x + t` of `ligand.body`, `receptor.body` staying where it is.

    Returns
    -------
    tuple of float
        As `crossdock.docking.poses.PLACEMENT` has it.
    """
    whole = receptor.rotation.T @ rotation @ ligand.rotation
    shift = receptor.rotation.T @ translation + receptor.center - whole @ ligand.center
    quaternion = np.roll(Rotation.from_matrix(whole).as_quat(), 1)
    return (*(quaternion if quaternion[0] >= 0 else -quaternion).tolist(), *shift.tolist())


def found(program: str, variable: str, hint: str, folder: str = "") -> str:
    """Find a program: in a folder, in the one that an environment variable names, or in PATH.

    Parameters
    ----------
    program : str
    variable : str
        Of the environment.
    hint : str
        How it is installed.
    folder : str
        That the config names, before all others; empty where it names none.

    Raises
    ------
    DockingError
        If it is not there.
    """
    named = "the config" if folder else variable
    folder = folder or os.environ.get(variable, "")
    path = shutil.which(program, path=folder) if folder else shutil.which(program)
    if path is None:
        where = f"the folder {folder}, which {named} names" if folder else "PATH"
        raise DockingError(f"the program {program} is not in {where}", hint=hint)
    return str(Path(path).absolute())


def run(command: Sequence[str], folder: Path, *, environment: Mapping[str, str] | None = None) -> str:
    """Run a program as `started` does, and give what it printed.

    Raises
    ------
    DockingError
        If it cannot be started, or its exit code is not 0.
    """
    code, output = started(command, folder, environment=environment)
    if code:
        raise failed(Path(command[0]).name, f"ended with exit code {code}", output)
    return output


def started(command: Sequence[str], folder: Path, *, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run a program in a folder as a process of its own; give its exit code and what it printed.

    Parameters
    ----------
    command : sequence of str
    folder : Path
    environment : mapping of str to str, optional
        Variables that are set beside those that are there.

    Raises
    ------
    DockingError
        If it cannot be started.
    """
    # Modules of this Python must not be found by that of another environment.
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=clean | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise DockingError(f"{command[0]} cannot be started: {error.strerror}") from error
    return done.returncode, done.stdout


def failed(program: str, what: str, output: str) -> DockingError:
    """Say that a program has failed, with the last lines of what it printed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    said = cut(" / ".join(lines[-QUOTED_LINES:]), 400) or "nothing"
    return DockingError(f"{program} {what}; it printed: {said}")


def left_out(receptor: Structure, ligand: Structure, program: str) -> list[str]:
    """Say which atoms the program did not get."""
    return [
        f"{program} docked the {side} without its ions and ligands ({', '.join(sorted(set(names)))})."
        for side, body in (("receptor", receptor), ("ligand", ligand))
        if (names := body.residue_name[body.hetero].tolist())
    ]
