"""Model archives of ClusPro, read without writing anything of them to disk."""

from __future__ import annotations

import bz2
import gzip
import io
import re
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from crossdock.errors import InputError

#: Most members, bytes of one file, and bytes of all together that an archive may have.
MOST_MEMBERS, LARGEST_FILE, LARGEST_ARCHIVE = 5_000, 50_000_000, 2_000_000_000

_MODEL = re.compile(r"model\.(?P<set>\d{3})\.(?P<rank>\d{2})\.pdb(?P<packed>\.gz)?")


def read_models(path: str | Path) -> dict[str, dict[int, str]]:
    """Read the models of an archive.

    Parameters
    ----------
    path : str or Path
        A ``.tar.bz2`` as the server gives it.

    Returns
    -------
    dict of str to dict of int to str
        Coefficient set -> rank of the cluster -> text of the model's PDB file.

    Raises
    ------
    InputError
        If it is no such archive, is cut short, is larger than it can be, or holds anything but regular files and
        folders with plain names. Then nothing of it is used.
    """
    where = str(path)
    models: dict[str, dict[int, str]] = {}
    try:
        with bz2.open(path) as unpacked, tarfile.open(fileobj=_Limited(unpacked), mode="r|") as archive:
            for count, member in enumerate(archive):
                _check_member(member, count, where)
                found = _MODEL.fullmatch(PurePosixPath(member.name).name)
                handle = archive.extractfile(member) if found and member.isfile() else None
                if found and handle:
                    rank, ranks = int(found["rank"]), models.setdefault(found["set"], {})
                    if rank in ranks:
                        raise InputError(f"{member.name} is in the archive twice", where=where)
                    ranks[rank] = _text(handle.read(), bool(found["packed"]), member.name, where)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        if isinstance(error, OSError) and error.strerror:
            raise InputError(f"cannot read the archive: {error.strerror}", where=where) from error
        raise InputError(
            f"not a complete archive of models ({error})",
            where=where,
            hint="download it again; it ends in .tar.bz2 and begins with the letters BZh",
        ) from error
    if not models:
        raise InputError("no file model.CCC.NN.pdb in this archive", where=where)
    return models


def is_synthetic(model: str) -> bool:
    """Tell whether a model says that it was made without docking: those of a stand-in for the server do."""
    return any(line.startswith("REMARK") and "SYNTHETIC" in line for line in model.splitlines()[:50])


def _check_member(member: tarfile.TarInfo, count: int, where: str) -> None:
    """Stop on what no archive of the server holds."""
    path = PurePosixPath(member.name)
    wrong = None
    if not (member.isfile() or member.isdir()):
        wrong = "is a link or a device"
    elif path.is_absolute() or ".." in path.parts or "\\" in member.name or "\0" in member.name:
        wrong = "points out of the archive"
    elif member.size > LARGEST_FILE:
        wrong = f"is larger than {LARGEST_FILE / 1e6:.0f} MB"
    elif count >= MOST_MEMBERS:
        wrong = f"is one of more than {MOST_MEMBERS}"
    if wrong:
        raise InputError(f"the archive is not used: {member.name!r} {wrong}", where=where)


def _text(content: bytes, packed: bool, name: str, where: str) -> str:
    if packed:
        with gzip.open(io.BytesIO(content)) as handle:
            content = handle.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise InputError(f"the archive is not used: {name!r} is too large when unpacked", where=where)
    try:
        return content.decode("ascii")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is no PDB file: {error}", where=where) from error


class _Limited(io.RawIOBase):
    """A stream that ends with an error once more has come out of it than any real archive holds."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner, self._left = inner, LARGEST_ARCHIVE

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._inner.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        self._left -= len(piece)
        if self._left < 0:
            raise InputError(
                f"the archive is not used: when unpacked, it is larger than {LARGEST_ARCHIVE / 1e9:.0f} GB"
            )
        return piece
