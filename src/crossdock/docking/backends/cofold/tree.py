"""Every file below a folder, those in zip archives too, under one kind of name; nothing is unpacked to disk."""

from __future__ import annotations

import gzip
import io
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

from crossdock.errors import CrossdockError, InputError

#: Largest size of a file when unpacked, and most files of an archive.
LARGEST_FILE, MOST_MEMBERS = 4_000_000_000, 200_000
#: Archives within archives that are opened: a download of several jobs may be a zip of zips.
DEEPEST = 2
#: Folders in which programs keep inputs and intermediate results.
_ASIDE = re.compile(r"(msas?|templates|lightning_logs|__MACOSX)|.*_env|\..*", re.IGNORECASE)
_PACKED = re.compile(r"\.(zst|gz)$", re.IGNORECASE)
_BROKEN = (zipfile.BadZipFile, EOFError, OSError, zlib.error, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class File:
    """A file of a prediction.

    Attributes
    ----------
    folder : str
        Below the folder that was given, with slashes; an archive is a folder of its own name.
    name : str
        Without .zst or .gz.
    where : str
        For messages.
    """

    folder: str
    name: str
    where: str
    _open: Callable[[], bytes] = field(repr=False, compare=False)

    def read(self) -> bytes:
        """Give the content, unpacked.

        Raises
        ------
        InputError
            If it is damaged, too large, or cannot be read.
        """
        try:
            content = self._open()
            if content[:4] == b"\x28\xb5\x2f\xfd":
                return _unzstd(content, self.where)
            if content[:2] == b"\x1f\x8b":
                with gzip.open(io.BytesIO(content)) as handle:
                    content = handle.read(LARGEST_FILE + 1)
        except _BROKEN as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise InputError(f"cannot be read: {reason}", where=self.where) from None
        if len(content) > LARGEST_FILE:
            raise InputError(f"larger than {LARGEST_FILE / 1e9:.0f} GB", where=self.where)
        return content


def _unzstd(content: bytes, where: str) -> bytes:
    try:
        import zstandard
    except ImportError:
        hint = "`pip install zstandard`, or unpack it with `zstd -d`"
        raise InputError(
            "it is compressed with zstd, and the package zstandard is missing", where=where, hint=hint
        ) from None
    try:
        with zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True) as reader:
            found: bytes = reader.read(LARGEST_FILE + 1)
            complete = zstandard.frame_content_size(content) in (-1, len(found)) or len(found) > LARGEST_FILE
    except zstandard.ZstdError as error:
        raise InputError(f"cannot be read: {error}", where=where) from None
    if not complete:
        raise InputError("cannot be read: the compressed file ends early", where=where)
    if len(found) > LARGEST_FILE:
        raise InputError(f"larger than {LARGEST_FILE / 1e9:.0f} GB", where=where)
    return found


def find_files(root: Path) -> tuple[list[File], list[CrossdockError]]:
    """List the files below a folder or in an archive, in order.

    Parameters
    ----------
    root : Path
        A folder, or a zip archive.

    Returns
    -------
    files : list of File
    problems : list of CrossdockError
        Archives that cannot be read.

    Raises
    ------
    InputError
        If there is no such folder or archive.
    """
    problems: list[CrossdockError] = []
    if root.is_dir():
        return list(_below(root, problems)), problems
    if root.is_file() and zipfile.is_zipfile(root):
        return list(_inside(_Archive.at(root), ".", str(root), problems)), problems
    raise InputError("expected a folder or a zip archive of predictions", where=str(root))


def _below(root: Path, problems: list[CrossdockError]) -> Iterator[File]:
    seen = {os.path.realpath(root)}
    for place, folders, names in os.walk(root, followlinks=True):
        # A link may lead back to a folder above it.
        real = {name: os.path.realpath(Path(place, name)) for name in folders if not _ASIDE.fullmatch(name)}
        folders[:] = sorted(name for name, path in real.items() if path not in seen)
        seen.update(real.values())
        folder = Path(place).relative_to(root).as_posix()
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith(".") or not path.is_file():
                continue
            if name.lower().endswith(".zip"):
                yield from _inside(_Archive.at(path), (PurePosixPath(folder) / name).as_posix(), str(path), problems)
            else:
                yield File(folder, _PACKED.sub("", name), str(path), path.read_bytes)


@dataclass(frozen=True)
class _Archive:
    """A zip archive: a file as it was at a time, or a member of another archive."""

    path: Path
    changed: int
    inside: tuple[str, ...] = ()

    @classmethod
    def at(cls, path: Path) -> _Archive:
        return cls(path, path.stat().st_mtime_ns)

    def read(self, name: str) -> bytes:
        return _opened(self).read(name)


@lru_cache(maxsize=8)
def _opened(archive: _Archive) -> zipfile.ZipFile:
    """Open an archive, and keep a few open: hundreds may lie in a folder."""
    if not archive.inside:
        return zipfile.ZipFile(archive.path)
    outer = _opened(replace(archive, inside=archive.inside[:-1]))
    return zipfile.ZipFile(io.BytesIO(outer.read(archive.inside[-1])))


def _inside(archive: _Archive, folder: str, where: str, problems: list[CrossdockError]) -> Iterator[File]:
    """Give the files of an archive."""
    try:
        infos = _opened(archive).infolist()
    except _BROKEN as error:
        problems.append(InputError(f"not a complete zip archive: {error}", where=where))
        return
    if len(infos) > MOST_MEMBERS:
        problems.append(InputError(f"the archive has more than {MOST_MEMBERS:,} files", where=where))
        return
    for info in sorted(infos, key=lambda one: one.filename):
        path = PurePosixPath(info.filename)
        if info.is_dir() or path.name.startswith(".") or any(_ASIDE.fullmatch(part) for part in path.parts[:-1]):
            continue
        here = f"{where}, {info.filename}"
        if info.file_size > LARGEST_FILE:
            problems.append(InputError(f"larger than {LARGEST_FILE / 1e9:.0f} GB", where=here))
        elif path.suffix.lower() == ".zip" and len(archive.inside) + 1 < DEEPEST:
            inner = replace(archive, inside=(*archive.inside, info.filename))
            yield from _inside(inner, (PurePosixPath(folder) / path).as_posix(), here, problems)
        else:
            within = (PurePosixPath(folder) / path.parent).as_posix()
            yield File(within, _PACKED.sub("", path.name), here, lambda name=info.filename: archive.read(name))  # type: ignore[misc]
