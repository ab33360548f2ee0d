"""Every file below a folder, those in zip archives too, under one kind of name; nothing is unpacked to disk."""

from __future__ import annotations

import gzip
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import Any

from crossdock.errors import CrossdockError, InputError

#: Largest size of a file when unpacked, and most files of an archive.
LARGEST_FILE, MOST_MEMBERS = 2_000_000_000, 200_000
#: A file that unpacks to more than the first, and to more than so many times its packed size, was made to fill the
#: memory; a PAE shrinks to a tenth or so.
SMALL, MOST_TIMES = 100_000_000, 200
#: Archives within archives that are opened: a download of several jobs may be a zip of zips, and ModelCIF has more.
DEEPEST = 3
#: Folders in which programs keep inputs and intermediate results.
_ASIDE = re.compile(r"msas?|templates(_\d+)?|lightning_logs|__MACOSX|\..*", re.IGNORECASE)
#: What ColabFold keeps of its server's alignments, in folders such as JOB_env and JOB_pairgreedy (run_mmseqs2).
_ALIGNMENTS = "out.tar.gz"
_PACKED = re.compile(r"\.(zst|gz)$", re.IGNORECASE)
#: Archives of other kinds, and what is said of them.
OTHER_ARCHIVE = re.compile(r".+\.(tar(\.\w+)?|tgz|tbz2?|txz|7z|rar)", re.IGNORECASE)
UNOPENED = "an archive that is not opened: unpack it first"
_BROKEN = (zipfile.BadZipFile, EOFError, OSError, zlib.error, NotImplementedError, RuntimeError, ValueError)
#: Beginning of a zip archive that is not empty.
_ZIP = b"PK\x03\x04"


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
                packed, content = len(content), _unpacked(gzip.GzipFile(fileobj=io.BytesIO(content)), len(content))
                check_size(len(content), packed, self.where)
        except _BROKEN as error:
            raise InputError(f"cannot be read: {_reason(error)}", where=self.where) from None
        except MemoryError:
            raise InputError("it does not fit into the memory of this machine", where=self.where) from None
        check_size(len(content), None, self.where)
        return content


def _reason(error: BaseException) -> object:
    return error.strerror if isinstance(error, OSError) and error.strerror else error


def _most(packed: int) -> int:
    """Give the number of bytes to which so many packed ones may unpack."""
    return min(LARGEST_FILE, max(SMALL, MOST_TIMES * packed))


def check_size(size: int, packed: int | None, where: str) -> None:
    """Refuse a file that is too large, or that unpacks to far more than a prediction would.

    Raises
    ------
    InputError
    """
    if size > LARGEST_FILE:
        raise InputError(f"larger than {LARGEST_FILE / 1e9:.0f} GB", where=where)
    if packed is not None and size > _most(packed):
        what = f"it unpacks to more than {MOST_TIMES} times its size, which files of a prediction do not"
        raise InputError(what, where=where)


def _unpacked(stream: Any, packed: int) -> bytes:
    """Read a stream up to the first byte that is too many."""
    with stream:
        found: bytes = stream.read(_most(packed) + 1)
    return found


def _unzstd(content: bytes, where: str) -> bytes:
    try:
        import zstandard
    except ImportError:
        hint = "`pip install zstandard`, or unpack it with `zstd -d`"
        raise InputError(
            "it is compressed with zstd, and the package zstandard is missing", where=where, hint=hint
        ) from None
    try:
        reader = zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True)
        found = _unpacked(reader, len(content))
        check_size(len(found), len(content), where)
        complete = zstandard.frame_content_size(content) in (-1, len(found))
    except zstandard.ZstdError as error:
        raise InputError(f"cannot be read: {error}", where=where) from None
    if not complete:
        raise InputError("cannot be read: the compressed file ends early", where=where)
    return found


def find_files(root: Path, *, deep: bool = True) -> tuple[list[File], list[CrossdockError]]:
    """List the files below a folder or in an archive, in order.

    Parameters
    ----------
    root : Path
        A folder, or a zip archive.
    deep : bool
        Whether folders and archives in the folder are looked into. Archives of a model's own errors always are.

    Returns
    -------
    files : list of File
    problems : list of CrossdockError
        Folders, archives and other things that cannot be read.

    Raises
    ------
    InputError
        If there is no such folder or archive.
    """
    problems: list[CrossdockError] = []
    if root.is_dir():
        return list(_below(root, problems, deep)), problems
    if is_archive(root):
        return list(_inside(_Archive.at(root), ".", str(root), problems)), problems
    raise InputError("expected a folder or a zip archive of predictions", where=str(root))


def is_archive(path: Path) -> bool:
    """Tell whether a file is a zip archive: by its name, or by its content if that is not a numpy file's."""
    return path.suffix.lower() == ".zip" or (path.suffix.lower() != ".npz" and zipfile.is_zipfile(path))


def _below(root: Path, problems: list[CrossdockError], deep: bool) -> Iterator[File]:
    def unread(error: OSError) -> None:
        problems.append(InputError(f"cannot be read: {_reason(error)}", where=str(error.filename or root)))

    seen = {os.path.realpath(root)}
    for place, folders, names in os.walk(root, onerror=unread, followlinks=True):
        # A link may lead back to a folder above it.
        real = {name: os.path.realpath(Path(place, name)) for name in folders if not _ASIDE.fullmatch(name)}
        folders[:] = sorted(name for name, path in real.items() if path not in seen) if deep else []
        seen.update(real.values())
        folder = Path(place).relative_to(root).as_posix()
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith("."):
                continue
            try:
                about = path.stat()
            except OSError as error:
                what = "a link that leads nowhere" if os.path.islink(path) else f"cannot be read: {_reason(error)}"
                problems.append(InputError(what, where=str(path)))
                continue
            if not stat.S_ISREG(about.st_mode):
                problems.append(InputError("not a file with content, such as a pipe or a device", where=str(path)))
            elif name.lower().endswith(".zip"):
                if deep or _own_errors(name) in _names(_Archive.at(path)):
                    yield from _inside(
                        _Archive.at(path), (PurePosixPath(folder) / name).as_posix(), str(path), problems
                    )
            elif OTHER_ARCHIVE.fullmatch(name):
                if deep and name != _ALIGNMENTS:
                    problems.append(InputError(UNOPENED, where=str(path)))
            else:
                yield File(folder, _PACKED.sub("", name), str(path), partial(_content, path))


def _content(path: Path) -> bytes:
    """Read a file, if it is not too large."""
    check_size(path.stat().st_size, None, str(path))
    return path.read_bytes()


def _own_errors(archive: str) -> str:
    """Name the file with a model's errors in the archive that ModelCIF puts beside the model."""
    return f"{PurePosixPath(archive).stem}_local_pairwise_qa.cif"


@dataclass(frozen=True)
class _Archive:
    """A zip archive: a file as it was at a time, or a member of another archive."""

    path: Path
    changed: int
    inside: tuple[str, ...] = ()

    @classmethod
    def at(cls, path: Path) -> _Archive:
        return cls(path, path.stat().st_mtime_ns)

    def read(self, info: zipfile.ZipInfo, where: str) -> bytes:
        """Give the content of a file in it.

        Raises
        ------
        InputError
            If it is too large.
        """
        check_size(info.file_size, info.compress_size, where)
        return _opened(self).read(info)


@lru_cache(maxsize=8)
def _opened(archive: _Archive) -> zipfile.ZipFile:
    """Open an archive, and keep a few open: hundreds may lie in a folder."""
    if not archive.inside:
        return zipfile.ZipFile(archive.path)
    outer, name = replace(archive, inside=archive.inside[:-1]), archive.inside[-1]
    where = ", ".join([str(archive.path), *archive.inside])
    return zipfile.ZipFile(io.BytesIO(outer.read(_opened(outer).getinfo(name), where)))


def _names(archive: _Archive) -> list[str]:
    """Give the names in an archive; none if it cannot be read."""
    try:
        return _opened(archive).namelist()
    except _BROKEN:
        return []


def _members(archive: _Archive) -> list[zipfile.ZipInfo]:
    """Give the files of an archive, by name.

    Raises
    ------
    InputError
        If it is too large, or cannot be read.
    """
    where = ", ".join([str(archive.path), *archive.inside])
    try:
        opened = _opened(archive)
        infos = opened.infolist()
        handle = opened.fp
        if handle is not None and infos:
            handle.seek(0)
            # The list of an archive within it is taken for its own where its own was cut off.
            if handle.read(len(_ZIP)) == _ZIP and min(info.header_offset for info in infos) > 0:
                raise zipfile.BadZipFile("it ends early")
    except MemoryError:
        raise InputError("it does not fit into the memory of this machine", where=where) from None
    except _BROKEN as error:
        what = "cannot be read" if isinstance(error, OSError) and error.strerror else "not a complete zip archive"
        raise InputError(f"{what}: {_reason(error)}", where=where) from None
    if len(infos) > MOST_MEMBERS:
        raise InputError(f"the archive has more than {MOST_MEMBERS:,} files: unpack it first", where=where)
    return sorted(infos, key=lambda one: one.filename)


def _inside(archive: _Archive, folder: str, where: str, problems: list[CrossdockError]) -> Iterator[File]:
    """Give the files of an archive."""
    try:
        infos = _members(archive)
    except CrossdockError as error:
        problems.append(error)
        return
    if _own_errors(folder) in {info.filename for info in infos}:
        # ModelCIF's: what belongs to a model lies in an archive of its name, further models too.
        folder = PurePosixPath(folder).parent.as_posix()
    for info in infos:
        # Some programs on Windows write their own separator.
        path = PurePosixPath(info.filename.replace("\\", "/"))
        here = f"{where}, {info.filename}"
        if info.is_dir() or path.name.startswith(".") or not path.name:
            continue
        if ".." in path.parts:
            problems.append(InputError("its path leads out of the archive, so it is not read", where=here))
        elif any(_ASIDE.fullmatch(part) for part in path.parts[:-1]):
            continue
        elif path.suffix.lower() == ".zip":
            if len(archive.inside) + 1 < DEEPEST:
                inner = replace(archive, inside=(*archive.inside, info.filename))
                yield from _inside(inner, (PurePosixPath(folder) / path).as_posix(), here, problems)
            else:
                what = f"archives are opened to a depth of {DEEPEST}: unpack the outer ones"
                problems.append(InputError(what, where=here))
        elif OTHER_ARCHIVE.fullmatch(path.name):
            if path.name != _ALIGNMENTS:
                problems.append(InputError(UNOPENED, where=here))
        else:
            within = (PurePosixPath(folder) / path.parent).as_posix()
            yield File(within, _PACKED.sub("", path.name), here, partial(archive.read, info, here))
