"""What a folder of downloads holds: jobs with their models and score tables, whatever the files are called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from crossdock.docking.backends.cluspro.archive import Models, by_job, is_model, read_files, read_jobs, read_models
from crossdock.docking.backends.cluspro.scores import HEADER, is_page, job_named, read_scores, set_named
from crossdock.errors import CrossdockError, InputError
from crossdock.files import read_text
from crossdock.progress import track

#: From how many files on the progress is shown.
MANY = 8
_ARCHIVE = re.compile(r"\.(tar|t[bgx]z2?|zip)\b|\.bz2\b", re.IGNORECASE)
_COPY = re.compile(r" ?\(\d+\)$")


@dataclass(frozen=True)
class Source:
    """A place with models of one job.

    Attributes
    ----------
    path : Path
        An archive, or a folder.
    inside : str
        The job's folder in the archive.
    files : dict of str to dict of int to Path, optional
        Coefficient set -> rank -> file, where they are unpacked.
    as_served : bool
        Whether it is an archive of this job alone, in the server's format.
    """

    path: Path
    inside: str = ""
    files: dict[str, dict[int, Path]] | None = None
    as_served: bool = False

    def read(self) -> Models:
        """Read all models."""
        if self.files is not None:
            return read_files(self.files)
        jobs = read_jobs(self.path)
        return jobs[self.inside] if self.inside in jobs else read_models(self.path)

    @property
    def words(self) -> str:
        """What the names say, from the folder in the archive to the file."""
        return f"{self.path.as_posix()}/{self.inside}"


@dataclass
class Download:
    """A job as it was found.

    Attributes
    ----------
    name : str
        The server's number of the job; where no name gives it, or two jobs have the same, the path of its models.
    number : str or None
    sources : list of Source
        Copies of the same models; the first is used.
    models : dict of str to dict of int to str
        Coefficient set -> rank -> hash of the model.
    first : str
        Text of the first model; empty where there are none.
    scores : dict of str to Path
        Coefficient set -> score table.
    problems : list of CrossdockError
        What keeps the job from being used.
    """

    name: str
    number: str | None
    sources: list[Source] = field(default_factory=list)
    models: dict[str, dict[int, str]] = field(default_factory=dict)
    first: str = ""
    scores: dict[str, Path] = field(default_factory=dict)
    problems: list[CrossdockError] = field(default_factory=list)

    def read(self) -> Models:
        """Read all models, those that only a further copy has too."""
        models: Models = {}
        for source in self.sources:
            for one, ranks in source.read().items():
                models[one] = ranks | models.get(one, {})
        return models

    @property
    def complete(self) -> bool:
        """Whether there are models and score tables without a problem."""
        return bool(self.models and self.scores) and not self.problems


Findings = tuple[list[Download], list[CrossdockError]]


def find_downloads(folder: str | Path, *, skip: Sequence[str] = ()) -> Findings:
    """Find the jobs in a folder of downloads, at any depth.

    Parameters
    ----------
    folder : str or Path
    skip : sequence of str
        Names of files in the folder that are no downloads.

    Returns
    -------
    jobs : list of Download
        Several copies of a job are one.
    problems : list of CrossdockError
        Files that are of no job.

    Raises
    ------
    InputError
        If there is no such folder, or nothing of the server in it.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError("this folder does not exist", where=str(root))
    paths = [path for path in _files(root) if path.parent != root or path.name not in skip]
    problems: list[CrossdockError] = []
    jobs: list[Download] = []
    sources = [*_unpacked(root, paths), *(Source(path) for path in paths if _ARCHIVE.search(path.name))]
    for source in track(sources, "archives and folders of models read", least=MANY):
        try:
            _add(source, jobs)
        except InputError as error:
            problems.append(error)
    _name(root, jobs)
    _attach([path for path in paths if not is_model(path.name)], root, jobs, problems)
    if not jobs and not problems:
        raise InputError(
            "no result of ClusPro in this folder",
            where=str(root),
            hint="expected archives of models (cluspro.1234567.tar.bz2) and score tables "
            "(cluspro_scores.1234567.000.csv)",
        )
    for job in jobs:
        job.problems += compared(job.name, job.models, job.scores)
    return sorted(jobs, key=lambda job: (not job.name.isdecimal(), job.name.zfill(12))), problems


def compared(name: str, models: dict[str, dict[int, str]], scores: dict[str, Path]) -> list[CrossdockError]:
    """Find what does not fit between a job's models and its score tables."""
    problems: list[CrossdockError] = []
    for coefficients, path in scores.items() if models else ():
        clusters, ranks = len(read_scores(path)), sorted(models.get(coefficients, {}))
        if not ranks:
            what = f"no model of set {coefficients} in job {name}, only {', '.join(sorted(models))}"
            problems.append(InputError(what, where=str(path)))
        elif ranks[-1] >= clusters:
            problems.append(
                InputError(f"{clusters} clusters, but job {name} has model {ranks[-1]:02d}", where=str(path))
            )
    return problems


def _files(root: Path) -> list[Path]:
    """List files, but for what systems put beside them."""
    hidden = ("__MACOSX",)
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    kept = (path for path in paths if not any(part in hidden or part.startswith(".") for part in path.parts))
    return sorted(root / path for path in kept)


def _unpacked(root: Path, paths: Sequence[Path]) -> list[Source]:
    """Find models that lie unpacked."""
    known = set(paths)
    # A file may lie beside its packed copy.
    kept = [one for one in paths if is_model(one.name) and not (one.suffix == ".gz" and one.with_suffix("") in known)]
    jobs = by_job([(PurePosixPath(path.relative_to(root).as_posix()), path) for path in kept], str(root))
    return [Source(root / folder, files=files) for folder, files in jobs.items()]


def _add(source: Source, jobs: list[Download]) -> None:
    """Read a source, and put it to the job whose models it has, or make a new one."""
    found = {"": read_files(source.files)} if source.files is not None else read_jobs(source.path)
    as_served = source.files is None and len(found) == 1 and _is_bzip2(source.path)
    for inside, models in found.items():
        hashes = {one: {rank: _hash(text) for rank, text in ranks.items()} for one, ranks in models.items()}
        own = {hash_ for ranks in hashes.values() for hash_ in ranks.values()}
        here = Source(source.path, inside, source.files, as_served)
        same = next((job for job in jobs if any(own & set(ranks.values()) for ranks in job.models.values())), None)
        if same is None:
            one, ranks = min(models.items())
            jobs.append(Download("", None, [here], hashes, ranks[min(ranks)]))
            continue
        same.sources.append(here)
        for one, ranks_of in hashes.items():
            known = same.models.setdefault(one, {})
            if differing := [rank for rank, value in ranks_of.items() if known.get(rank, value) != value]:
                what = f"two copies of this job have another model {one}.{differing[0]:02d}: {same.sources[0].path}"
                same.problems.append(InputError(what, where=str(source.path), hint="keep one of the two"))
            same.models[one] = ranks_of | known
        # The server's own archive is copied as it is; anything else is packed again.
        same.sources.sort(key=lambda one: not one.as_served)


def _is_bzip2(path: Path) -> bool:
    with open(path, "rb") as handle:
        return handle.read(3) == b"BZh"


def _hash(text: str) -> str:
    return hashlib.sha256(text.replace("\r\n", "\n").strip().encode()).hexdigest()


def _name(root: Path, jobs: list[Download]) -> None:
    """Find the server's numbers of the jobs."""
    for job in jobs:
        numbers = [
            number
            for source in job.sources
            for part in (source.path.name, *PurePosixPath(source.inside).parts)
            if (number := job_named(part))
        ]
        job.number = numbers[0] if len(set(numbers)) == 1 else None
    known = [job.number for job in jobs]
    for job in jobs:
        source = job.sources[0]
        inside = f" {source.inside}" if sum(one.sources[0].path == source.path for one in jobs) > 1 else ""
        unique = job.number and known.count(job.number) == 1
        job.name = str(job.number) if unique else source.path.relative_to(root).as_posix() + inside


def _attach(paths: Sequence[Path], root: Path, jobs: list[Download], problems: list[CrossdockError]) -> None:
    """Give each score table to its job."""
    for path in paths:
        try:
            if (kind := _table(path)) is None:
                continue
            number, one = kind
            if one is None:
                raise InputError(
                    "the file name of this score table gives no coefficient set",
                    where=str(path),
                    hint="put the set into its name, such as cluspro_scores.1234567.000.csv (000 balanced, "
                    "002 electrostatic-favored, 004 hydrophobic-favored, 006 VdW+Elec)",
                )
            job = _job_of(path, number, root, jobs)
            clusters = read_scores(path)
            if (known := job.scores.setdefault(one, path)) != path and read_scores(known) != clusters:
                raise InputError(
                    f"two different score tables of job {job.name}, set {one}",
                    where=f"{known}, {path}",
                    hint="remove the one that is not of this job",
                )
        except InputError as error:
            problems.append(error)


def _table(path: Path) -> tuple[str | None, str | None] | None:
    """Tell job and set of a score table; None for any other file."""
    suffix = path.suffix.lower()
    if not (is_page(path) or suffix in (".csv", ".tsv", ".txt")):
        return None
    text = read_text(path, "score table")
    named = path.name.startswith("cluspro_scores")
    head = text.lstrip()[:200].split("\n")[0]
    if not named and not (HEADER[0] in text and HEADER[3] in text if is_page(path) else HEADER[3] in head):
        return None
    number, one = job_named(path.name), set_named(path.name) or set_named(path.parent.name)
    # A browser writes the page's address into what it saves.
    if is_page(path) and (saved := re.search(r"scores\.php\?job=(\d+)&(?:amp;)?coeffi=(\d+)", text)):
        number, one = saved[1], f"{int(saved[2]):03d}"
    return number, one


def _job_of(path: Path, number: str | None, root: Path, jobs: list[Download]) -> Download:
    """Find the job of a score table: by number, else the only one in its folder, or the one with its name."""
    if number:
        named = [job for job in jobs if job.number == number]
        if len(named) == 1:
            return named[0]
        if not named and not any(job.number is None for job in jobs):
            jobs.append(job := Download(number, number))
            return job
    for folder in _upward(path.parent, root):
        there = [job for job in jobs if any(folder in (place.path, *place.path.parents) for place in job.sources)]
        stem = path.stem.lower()
        alike = [job for job in there if any(stem.startswith(_stem(place.path)) for place in job.sources)]
        if len(alike) == 1 or len(there) == 1:
            return (alike if len(alike) == 1 else there)[0]
        if there:
            break
    if number:
        jobs.append(job := Download(number, number))
        return job
    raise InputError(
        "it is not clear of which job this score table is",
        where=str(path),
        hint="put it into a folder with the archive of its job, or name it as the server does: "
        "cluspro_scores.1234567.000.csv",
    )


def _stem(path: Path) -> str:
    """Give the name of an archive or folder without what says its format."""
    return _COPY.sub("", re.sub(r"(\.(tar|bz2|gz|xz|t[bgx]z2?|zip)\b)+", "", path.name.lower()))


def _upward(folder: Path, root: Path) -> Iterator[Path]:
    while True:
        yield folder
        if folder == root or folder == folder.parent:
            return
        folder = folder.parent
