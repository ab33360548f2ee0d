"""Model archives of ClusPro, read without writing anything of them to disk."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeVar

from crossdock.docking.backends.cluspro.scores import set_named
from crossdock.errors import InputError

#: Most members, bytes of one file, and bytes of all together that an archive may have.
MOST_MEMBERS, LARGEST_FILE, LARGEST_ARCHIVE = 5_000, 50_000_000, 2_000_000_000
_TOO_LARGE = "the archive is not used: when unpacked, it is larger than"

#: Coefficient set -> rank of the cluster -> text of the model's PDB file.
Models = dict[str, dict[int, str]]
Content = TypeVar("Content")

# A browser puts a number behind the second copy of a file, and users put names before it.
_MODEL = re.compile(
    r"(?P<before>(?!\.).*?)model[._-](?P<set>\d{3})[._-](?P<rank>\d{2})(?P<copy> ?\(\d+\))?\.pdb(?P<packed>\.gz)?"
)
_OPENERS: dict[bytes, Callable[..., Any]] = {b"BZh": bz2.open, b"\x1f\x8b": gzip.open, b"\xfd7zXZ": lzma.open}
_BROKEN = (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, zlib.error, lzma.LZMAError, NotImplementedError)


def read_models(path: str | Path) -> Models:
    """Read the models of an archive that holds one job.

    Parameters
    ----------
    path : str or Path
        A ``.tar.bz2`` as the server gives it, or one that was packed again.

    Returns
    -------
    dict of str to dict of int to str
        Coefficient set -> rank of the cluster -> text of the model's PDB file.

    Raises
    ------
    InputError
        As `read_jobs` says, and if it holds several jobs.
    """
    jobs = read_jobs(path)
    if len(jobs) > 1:
        raise InputError(f"expected the models of one job, got folders of {len(jobs)} jobs", where=str(path))
    return next(iter(jobs.values()))


def read_jobs(path: str | Path) -> dict[str, Models]:
    """Read the models of all jobs in an archive.

    Parameters
    ----------
    path : str or Path
        A tar archive, compressed by bzip2, gzip or xz or not at all, or a zip archive; the content tells, not the name.

    Returns
    -------
    dict of str to Models
        By the folder of each job within the archive.

    Raises
    ------
    InputError
        If it is no such archive, is cut short, is larger than it can be, or holds anything but regular files and
        folders with plain names. Then nothing of it is used.
    """
    where = str(path)
    found: list[tuple[PurePosixPath, str]] = []
    others: set[str] = set()
    try:
        for name, content in _members(path, where):
            member = PurePosixPath(name)
            if content is None or "__MACOSX" in member.parts or not (model := _MODEL.fullmatch(member.name)):
                others.add("".join(member.suffixes[-2:]).lower())
            else:
                found.append((member, _text(content, bool(model["packed"]), name, where)))
    except _BROKEN as error:
        if isinstance(error, OSError) and error.strerror:
            raise InputError(f"cannot read the archive: {error.strerror}", where=where) from error
        raise InputError(
            f"not a complete archive of models ({error})",
            where=where,
            hint="download it again; the server's file ends in .tar.bz2 and begins with the letters BZh",
        ) from error
    if not found:
        nested = any(one.endswith((".bz2", ".zip", ".tgz", ".tar", ".tar.gz")) for one in others)
        hint = "it contains other archives: unpack it once" if nested else None
        raise InputError("no file model.CCC.NN.pdb in this archive", where=where, hint=hint)
    return by_job(found, where)


def by_job(found: Iterable[tuple[PurePosixPath, Content]], where: str) -> dict[str, dict[str, dict[int, Content]]]:
    """Group model files by the job that they are of.

    Parameters
    ----------
    found : iterable of (PurePosixPath, object)
        Paths whose names `is_model` knows, and what is wanted of each.
    where : str
        For messages.

    Returns
    -------
    dict
        Folder of the job -> coefficient set -> rank -> object. Files whose names differ before ``model`` are of several
        jobs. A folder that is named as a coefficient set and holds only that set is a part of the folder above it.

    Raises
    ------
    InputError
        If a job has a model twice.
    """
    folders: dict[tuple[PurePosixPath, str], dict[str, dict[int, Content]]] = {}
    for path, content in found:
        model = _MODEL.fullmatch(path.name)
        if not model:
            raise ValueError(f"{path} is no model")
        job = folders.setdefault((path.parent, f"{model['before']}{model['copy'] or ''}"), {})
        ranks = job.setdefault(model["set"], {})
        if (rank := int(model["rank"])) in ranks:
            raise InputError(f"{path} is in the archive twice", where=where)
        ranks[rank] = content
    jobs: dict[str, dict[str, dict[int, Content]]] = {}
    for (folder, before), sets in sorted(folders.items(), key=lambda one: len(one[0][0].parts)):
        above = str(folder.parent / before)
        of_one_set = len(sets) == 1 and set_named(folder.name) in sets
        if of_one_set and not sets.keys() & jobs.get(above, {}).keys():
            jobs.setdefault(above, {}).update(sets)
        else:
            jobs[str(folder / before)] = sets
    return jobs


def is_model(name: str) -> bool:
    """Tell whether a file is named as a model."""
    return bool(_MODEL.fullmatch(name))


def read_files(files: Mapping[str, Mapping[int, Path]]) -> Models:
    """Read models that lie unpacked in a folder.

    Raises
    ------
    InputError
        If one is no text, or too large.
    """
    models: Models = {}
    for one, ranks in files.items():
        for rank, path in ranks.items():
            if path.stat().st_size > LARGEST_FILE:
                raise InputError(f"the model is larger than {LARGEST_FILE / 1e6:.0f} MB", where=str(path))
            try:
                text = _text(path.read_bytes(), path.suffix == ".gz", path.name, str(path))
            except _BROKEN as error:
                raise InputError(f"cannot read the model: {error}", where=str(path)) from error
            models.setdefault(one, {})[rank] = text
    return models


def pack(models: Models, job: str) -> bytes:
    """Pack models as the server does, the same bytes each time.

    Parameters
    ----------
    models : Models
    job : str
        Number of the job; names the folder in the archive.

    Returns
    -------
    bytes
        A ``.tar.bz2``.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:bz2") as out:
        for one, ranks in sorted(models.items()):
            for rank, text in sorted(ranks.items()):
                member, content = tarfile.TarInfo(f"cluspro.{job}/model.{one}.{rank:02d}.pdb"), text.encode("ascii")
                member.size = len(content)
                out.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def is_synthetic(model: str) -> bool:
    """Tell whether a model says that it was made without docking: those of a stand-in for the server do."""
    return any(line.startswith("REMARK") and "SYNTHETIC" in line for line in model.splitlines()[:50])


def _members(path: str | Path, where: str) -> Iterator[tuple[str, bytes | None]]:
    """Give name and content of each file of an archive, after a look at its head; None for what is no model."""
    with open(path, "rb") as handle:
        start = handle.read(6)
    if start.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            infos, left = archive.infolist(), LARGEST_ARCHIVE
            for count, info in enumerate(infos):
                linked = (info.external_attr >> 16) & 0o170000 == 0o120000
                _check_member(info.filename, not linked, info.file_size, count, where)
                left -= info.file_size
                if left < 0:
                    raise InputError(f"{_TOO_LARGE} {LARGEST_ARCHIVE / 1e9:.0f} GB", where=where)
                wanted = is_model(PurePosixPath(info.filename).name)
                yield info.filename, archive.read(info) if wanted else None
        return
    opener = next((opener for magic, opener in _OPENERS.items() if start.startswith(magic)), open)
    with opener(path, "rb") as unpacked, tarfile.open(fileobj=_Limited(unpacked, where), mode="r|") as tar:
        for count, member in enumerate(tar):
            _check_member(member.name, member.isfile() or member.isdir(), member.size, count, where)
            wanted = is_model(PurePosixPath(member.name).name)
            content = tar.extractfile(member) if wanted and member.isfile() else None
            yield member.name, content.read() if content else None


def _check_member(name: str, plain: bool, size: int, count: int, where: str) -> None:
    """Stop on what no archive of the server holds."""
    path = PurePosixPath(name)
    wrong = None
    if not plain:
        wrong = "is a link or a device"
    elif path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        wrong = "points out of the archive"
    elif size > LARGEST_FILE:
        wrong = f"is larger than {LARGEST_FILE / 1e6:.0f} MB"
    elif count >= MOST_MEMBERS:
        wrong = f"is one of more than {MOST_MEMBERS}"
    if wrong:
        raise InputError(f"the archive is not used: {name!r} {wrong}", where=where)


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

    def __init__(self, inner: IO[bytes], where: str) -> None:
        self._inner, self._left, self._where = inner, LARGEST_ARCHIVE, where

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._inner.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        self._left -= len(piece)
        if self._left < 0:
            raise InputError(f"{_TOO_LARGE} {LARGEST_ARCHIVE / 1e9:.0f} GB", where=self._where)
        return piece
