"""Predicted aligned errors of a model (PAE): rounded to steps of a byte, and kept in files of several models."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossdock.files import whole_file

#: Angstrom of a step: values are within an eighth of an angstrom of what the program gave, up to 63.75 angstrom.
STEP_A = 0.25


@dataclass(frozen=True, repr=False)
class Pae:
    """The errors between all residues of a model, compressed in memory: a pair may have a hundred models.

    Attributes
    ----------
    size : int
        Number of residues.
    packed : bytes
        Their table in steps of `STEP_A`, compressed.
    """

    size: int
    packed: bytes

    @classmethod
    def of(cls, errors: NDArray[np.floating]) -> Pae:
        """Round errors in angstrom, shape=(n, n), rows aligned, columns scored; larger ones than fit are cut."""
        return cls.of_steps(np.clip(np.rint(errors / STEP_A), 0, 255).astype(np.uint8))

    @classmethod
    def of_steps(cls, steps: NDArray[np.uint8]) -> Pae:
        """Take errors in steps of `STEP_A`, dtype=uint8, shape=(n, n).

        Raises
        ------
        ValueError
            If it is no such table.
        """
        if steps.dtype != np.uint8 or steps.ndim != 2 or steps.shape[0] != steps.shape[1]:
            raise ValueError(f"expected a square table of bytes, got {steps.dtype} of shape {steps.shape}")
        return cls(len(steps), zlib.compress(steps.tobytes(), 1))

    def __repr__(self) -> str:
        return f"<PAE of {self.size} residues>"

    def steps(self) -> NDArray[np.uint8]:
        """Give the errors in steps of `STEP_A`, dtype=uint8, shape=(n, n), rows aligned, columns scored."""
        return np.frombuffer(zlib.decompress(self.packed), dtype=np.uint8).reshape(self.size, self.size)

    def at(self, residues: NDArray[np.integer]) -> Pae:
        """Give the errors between some residues, in their order."""
        return Pae.of_steps(self.steps()[np.ix_(residues, residues)])

    def coarse(self, sizes: tuple[int, int], most: int) -> tuple[int, NDArray[np.float64]]:
        """Average blocks of residues, for a picture.

        Parameters
        ----------
        sizes : tuple of int
            How many residues the receptor and the ligand have; no block has residues of both.
        most : int
            Most rows of the picture, one more where the last block of the receptor is not full.

        Returns
        -------
        width : int
            Residues of a block; the last one of a partner may have fewer.
        errors : ndarray, dtype=float64, shape=(m, m)
            Mean errors in angstrom.
        """
        width = max(1, -(-self.size // most))
        starts = np.concatenate([np.arange(0, sizes[0], width), np.arange(sizes[0], self.size, width)])
        counts = np.diff([*starts, self.size])
        # The rows of one block at a time: all of them as numbers of eight bytes would be eight times the table.
        steps = self.steps()
        rows = [steps[start : start + n].sum(axis=0, dtype=np.int64) for start, n in zip(starts, counts, strict=True)]
        sums = np.add.reduceat(np.array(rows), starts, axis=1)
        return width, sums * STEP_A / np.outer(counts, counts)


def write_tables(path: str | Path, tables: Mapping[str, Pae | NDArray[np.bool_]]) -> None:
    """Write tables to a compressed file of numpy (.npz), one after the other; the same tables give the same bytes."""
    with whole_file(path) as aside, zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as file:
        for name, table in tables.items():
            with file.open(f"{name}.npy", "w", force_zip64=True) as member:
                array = table.steps() if isinstance(table, Pae) else table
                np.lib.format.write_array(member, array, allow_pickle=False)


def read_tables(path: str | Path, names: Iterable[str]) -> dict[str, Pae]:
    """Read the errors of some models, as far as the file has them.

    Raises
    ------
    ValueError
        If the file is damaged.
    """
    return {name: Pae.of_steps(table) for name, table in _arrays(path, names)}


def read_flags(path: str | Path, name: str) -> NDArray[np.bool_]:
    """Read a list of yes and no, shape=(n,).

    Raises
    ------
    ValueError
        If the file is damaged, or has none.
    """
    for _, flags in _arrays(path, [name]):
        if flags.dtype == bool and flags.ndim == 1:
            return flags
    raise ValueError(f"it has no list {name}")


def _arrays(path: str | Path, names: Iterable[str]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Read one array after the other."""
    try:
        with np.load(path, allow_pickle=False) as file:
            for name in names:
                if name in file:
                    yield name, file[name]
    except zipfile.BadZipFile as error:
        raise ValueError(str(error)) from error
