"""What stands in the JSON and numpy files of a prediction, with errors that say what is wrong; nothing is unpickled."""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from crossdock.docking.backends.cofold.tree import check_size
from crossdock.errors import InputError

#: Most chains of a model, which bounds the memory that a matrix of them takes.
MOST_CHAINS = 2_000
_PICKLED = "it has pickled objects, which crossdock does not open since they can run programs"
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)
_NOT_A_NUMBER = re.compile(rb"(?<![\w\"])[-+]?(?:NaN|Infinity)(?![\w\"])")


class Record:
    """A JSON object whose values are decoded when they are asked for, so that a matrix never becomes Python's lists.

    Parameters
    ----------
    content : bytes
        An object, or a list with one (AlphaFold 2's PAE).
    where : str
        For messages.
    """

    def __init__(self, content: bytes, where: str) -> None:
        self.where = where
        self._raw = _objects(content, where)

    def __contains__(self, name: str) -> bool:
        return name in self._raw

    def get(self, *names: str) -> Any:
        """Give the value of the first name that is there and not null; None without one."""
        for name in names:
            if name in self._raw and (value := msgspec.json.decode(self._raw[name])) is not None:
                return value
        return None

    def number(self, *names: str) -> float | None:
        """Give a number; None where it is missing, null or not finite.

        Raises
        ------
        InputError
            If it is something else.
        """
        return number(self.get(*names), names[0], self.where)

    def vector(self, *names: str) -> NDArray[np.float64] | None:
        """Give a list of numbers, shape=(n,); None where it is missing."""
        value = self.get(*names)
        return None if value is None else array(value, 1, names[0], self.where)

    def matrix(self, *names: str, needed: bool = False) -> NDArray[np.float32] | None:
        """Give a square matrix, dtype=float32, read row by row; None where it is missing and not needed.

        Raises
        ------
        InputError
            If it is not square, or a value is not a number.
        """
        name = next((one for one in names if one in self._raw and not _is_null(self._raw[one])), None)
        if name is None and needed:
            raise InputError(f"there is no {names[0]} in it", where=self.where)
        if name is None:
            return None
        try:
            rows = msgspec.json.decode(self._raw[name], type=list[msgspec.Raw])
            found = np.empty((0, 0), dtype=np.float32)
            for at, row in enumerate(rows):
                values = msgspec.json.decode(row, type=list[float | None])
                if len(values) != len(rows):
                    raise InputError(
                        f"{name} is not square: row {at + 1} has {len(values)} values of {len(rows)}", where=self.where
                    )
                if at == 0:
                    found = np.empty((len(rows), len(rows)), dtype=np.float32)
                found[at] = values
        except msgspec.ValidationError as error:
            raise InputError(f"{name} is not a matrix of numbers: {error}", where=self.where) from None
        return found


def _is_null(raw: msgspec.Raw) -> bool:
    return memoryview(raw).nbytes == len(b"null") and bytes(raw) == b"null"


def _objects(content: bytes, where: str) -> dict[str, msgspec.Raw]:
    """Take a JSON object apart into raw values."""
    kind: Any = dict[str, msgspec.Raw]
    content = content.removeprefix(b"\xef\xbb\xbf")
    if content.lstrip()[:1] == b"[":
        kind = list[kind]
    try:
        try:
            found = msgspec.json.decode(content, type=kind)
        except msgspec.DecodeError:
            # Python writes NaN, which JSON does not have.
            if not _NOT_A_NUMBER.search(content):
                raise
            found = msgspec.json.decode(_NOT_A_NUMBER.sub(b"null", content), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not a complete JSON file: {error}", where=where) from None
    if isinstance(found, list):
        if len(found) != 1:
            raise InputError(f"expected a list of one object, got {len(found)}", where=where)
        found = found[0]
    return dict(found)


def read_plain(content: bytes, where: str) -> Any:
    """Read a small JSON file whole, NaN allowed."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not a complete JSON file: {error}", where=where) from None


class Arrays(Mapping[str, NDArray[Any]]):
    """The arrays of a numpy file, .npz or .npy (under the name ``""``), each read when it is asked for.

    Objects are never unpickled, and no more memory is taken than the file has content for.

    Parameters
    ----------
    content : bytes
    where : str
        For messages.

    Raises
    ------
    InputError
        If it is damaged, or is a pickle. When an array is read, also if it has anything but plain values.
    """

    def __init__(self, content: bytes, where: str) -> None:
        self._content, self._where = content, where
        self._infos: dict[str, zipfile.ZipInfo] | None = None
        if content[:4] == b"PK\x03\x04":
            with self._errors(), zipfile.ZipFile(io.BytesIO(content)) as archive:
                infos = archive.infolist()
            self._infos = {info.filename.removesuffix(".npy"): info for info in infos}
        elif content[:6] != b"\x93NUMPY":
            what = _PICKLED if content[:1] == b"\x80" else "not a complete numpy file: its beginning is not that of one"
            raise InputError(what, where=where)

    def __iter__(self) -> Iterator[str]:
        return iter([""] if self._infos is None else self._infos)

    def __len__(self) -> int:
        return 1 if self._infos is None else len(self._infos)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if self._infos is None:
            if name:
                raise KeyError(name)
            return self._read(io.BytesIO(self._content), len(self._content))
        info = self._infos[name]
        check_size(info.file_size, info.compress_size, self._where)
        with self._errors(), zipfile.ZipFile(io.BytesIO(self._content)) as archive, archive.open(info) as stream:
            return self._read(stream, info.file_size)

    def _read(self, stream: IO[bytes], size: int) -> NDArray[Any]:
        """Read an array, after a look at how large it says that it is."""
        with self._errors():
            version = np.lib.format.read_magic(stream)
            header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
            if version not in header:
                raise ValueError(f"version {version[0]}.{version[1]} of the format is not known")
            shape, _, kind = header[version](stream)
            if kind.hasobject:
                raise InputError(_PICKLED, where=self._where)
            if math.prod(shape) * kind.itemsize > size:
                raise ValueError("it has less content than its shape says")
            stream.seek(0)
            found: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
            return found

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Say what is wrong."""
        try:
            yield
        except (ValueError, OSError, EOFError, KeyError, *_BROKEN_ZIP) as error:
            raise InputError(f"not a complete numpy file: {error}", where=self._where) from None


def number(value: Any, name: str, where: str) -> float | None:
    """Give a number, of a list of one too; None where it is unknown."""
    while isinstance(value, list | np.ndarray) and np.size(value) == 1:
        value = value[0] if isinstance(value, list) else value.reshape(-1)[0].item()
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise InputError(f"expected a number as {name}", where=where)
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None  # a whole number of hundreds of digits


def array(value: Any, dimensions: int, name: str, where: str) -> NDArray[np.float64]:
    """Give numbers as an array of so many dimensions; leading ones of length 1 are taken off, null becomes NaN.

    Raises
    ------
    InputError
        If it is of another shape or has anything but numbers.
    """
    try:
        found = np.asarray(value, dtype=float)
    except (ValueError, TypeError, OverflowError):
        raise InputError(
            f"{name} is not {'a list' if dimensions == 1 else 'a matrix'} of numbers", where=where
        ) from None
    while found.ndim > dimensions and found.shape[0] == 1:
        found = found[0]
    if found.ndim != dimensions or (dimensions == 2 and found.shape[0] != found.shape[1]):
        shape = " x ".join(map(str, found.shape)) or "a number"
        expected = "a list" if dimensions == 1 else "a square matrix"
        raise InputError(f"expected {expected} as {name}, got {shape}", where=where)
    return found


def square(value: NDArray[Any], name: str, where: str) -> NDArray[np.float32]:
    """Give a square matrix of a numpy file as float32; leading dimensions of length 1 are taken off."""
    if not (np.issubdtype(value.dtype, np.integer) or np.issubdtype(value.dtype, np.floating)):
        raise InputError(f"{name} is not a matrix of numbers", where=where)
    while value.ndim > 2 and value.shape[0] == 1:
        value = value[0]
    if value.ndim != 2 or value.shape[0] != value.shape[1]:
        shape = " x ".join(map(str, value.shape))
        raise InputError(f"expected a square matrix as {name}, got {shape}", where=where)
    return value.astype(np.float32, copy=False)


def no_pairs(chains: int, where: str) -> NDArray[np.float64]:
    """Give a matrix of so many chains without a value.

    Raises
    ------
    InputError
        If there are more chains than a model can have.
    """
    if chains > MOST_CHAINS:
        raise InputError(f"it has pairs of more than {MOST_CHAINS:,} chains", where=where)
    return np.full((chains, chains), np.nan)


def by_index(nested: Any, names: Sequence[str], where: str) -> NDArray[np.float64]:
    """Give a matrix that is written as {"0": {"1": x}}, shape=(n, n), NaN where nothing is said; n = len(names)."""
    found = no_pairs(len(names), where)
    try:
        for i, row in nested.items():
            for j, value in row.items():
                if min(int(i), int(j)) < 0:
                    raise IndexError
                found[int(i), int(j)] = np.nan if value is None else value
    except (AttributeError, ValueError, TypeError, IndexError, OverflowError):
        raise InputError(f"expected a value for each of {len(names)} chains and each other", where=where) from None
    return found
