"""The predictions in a folder, a zip archive or a file, at any depth; what cannot be read is listed with the reason."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path, PurePosixPath

from crossdock.docking.backends.cofold.layouts import ALONE, LAYOUTS, Layout
from crossdock.docking.backends.cofold.prediction import Prediction, assemble
from crossdock.docking.backends.cofold.readers import order_of
from crossdock.docking.backends.cofold.tree import OTHER_ARCHIVE, UNOPENED, File, find_files, is_archive
from crossdock.errors import CrossdockError, InputError
from crossdock.progress import track

#: From how many predictions on the progress is shown.
MANY = 8
#: Of several files of one model, the relaxed one is taken.
_KINDS = ("relaxed", "", "unrelaxed")
_NO_MODEL = "no model is beside it that it belongs to"
_PICKLE = "a pickle is never opened, since it can run programs; give the model file or its folder"
_PICKLED = re.compile(r".+\.(pkl|pickle|pt|ckpt)(\.gz)?", re.IGNORECASE)
# What ColabFold writes with --save-recycles.
_RECYCLE = re.compile(r".+\.r\d+\.pdb", re.IGNORECASE)
_UNNAMED = "its name is none that a program gives to a predicted model"
# AlphaPulldown writes the errors of a model as a second mmCIF file.
_STRUCTURE = re.compile(r".+(?<!_local_pairwise_qa)\.(cif|pdb)", re.IGNORECASE)
# Folders within a job's.
_DRAW = re.compile(r"seed[-_]?\d+([-_]sample[-_]?\d+)?|sample[-_]?\d+|trunk_\d+", re.IGNORECASE)
_WITHIN = re.compile(rf"{_DRAW.pattern}|predictions", re.IGNORECASE)
_SEED, _SAMPLE = re.compile(r"(?:seed|trunk)[-_]?(\d+)", re.I), re.compile(r"sample[-_]?(\d+)", re.I)


@dataclass(frozen=True)
class Found:
    """A prediction that has not been read.

    Attributes
    ----------
    layout : Layout
    file : File
        The model.
    parts : dict of str to File
        What lies beside it, by kind.
    groups : dict of str to str
        What the model's name says, as the layout's pattern has it.
    job : str
        What was predicted: the path of its folder, or that and the beginning of its files' names.
    """

    layout: Layout
    file: File
    parts: dict[str, File]
    groups: dict[str, str]
    job: str = ""

    @property
    def program(self) -> str:
        """The program's name."""
        if self.layout.program == "AlphaFold-Multimer" and re.search(
            r"_and_|\+|_homo_\d+er", PurePosixPath(self.job).name
        ):
            return "AlphaPulldown"
        return self.layout.program

    @property
    def seed(self) -> int | None:
        """The seed, where a name says it."""
        # A run of each seed may have a folder with the program's own in it.
        return self._said("seed", _SEED, PurePosixPath(self.file.folder).parts)

    @property
    def sample(self) -> int | None:
        """The number of the model within its seed, where a name says it."""
        # A folder above that of the job may be one of the user's own samples.
        folders = list(takewhile(_WITHIN.fullmatch, reversed(PurePosixPath(self.file.folder).parts)))
        return self._said("sample", _SAMPLE, folders[::-1])

    def _said(self, name: str, pattern: re.Pattern[str], folders: Sequence[str]) -> int | None:
        """Give the number that the file's name says, or the last of its folders that has one."""
        if text := self.groups.get(name):
            return int(text)
        found = [match[1] for part in folders if _WITHIN.fullmatch(part) and (match := pattern.search(part))]
        return int(found[-1]) if found else None

    @property
    def rank(self) -> int | None:
        """The place in the program's own order, where a name says it."""
        return int(text) if (text := self.groups.get("rank")) else None

    def place(self, prediction: Prediction) -> tuple[float, float]:
        """Give what orders the models of a job, the best first: the program's own order, else what it ranks by."""
        unknown = float("inf")
        ranking = prediction.ranking
        return unknown if self.rank is None else self.rank, unknown if ranking is None else -ranking

    @property
    def model(self) -> str:
        """The name of the model within its job."""
        for name in ("model", "rest", "label"):
            if text := self.groups.get(name):
                return text
        parts = [
            f"{name} {value}" for name, value in (("seed", self.seed), ("sample", self.sample)) if value is not None
        ]
        return ", ".join(parts) or "best"

    @property
    def kind(self) -> int:
        """Which of several files of one model is to be taken: that of the smallest number."""
        return _KINDS.index(self.groups.get("kind", ""))

    def located(self, error: CrossdockError) -> CrossdockError:
        """Give an error with the model's file as its place if it names none."""
        return type(error)(error.what, where=error.where or self.file.where, hint=error.hint)

    def read(self) -> Prediction:
        """Read it.

        Raises
        ------
        InputError
            If a file is damaged, or of another model.
        """
        names = (self.program, self.layout.version(self.model), self.job, self.model)
        try:
            said = self.layout.read(self.parts, self.groups)
            return assemble(names, (self.seed, self.sample), self.file.read(), said, self.file.where)
        except MemoryError as error:
            raise InputError("it does not fit into the memory of this machine", where=self.file.where) from error
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            where = ", ".join(part.where for part in self.parts.values()) or self.file.where
            raise InputError(f"not laid out as {self.program} writes it ({error})", where=where) from error


@dataclass
class Finds:
    """What a folder holds.

    Attributes
    ----------
    found : list of Found
        By job, those that say their seed first.
    problems : list of CrossdockError
        What is not used, with the reasons.
    doubts : list of CrossdockError
        What is used, and may be wrong.
    """

    found: list[Found] = field(default_factory=list)
    problems: list[CrossdockError] = field(default_factory=list)
    doubts: list[CrossdockError] = field(default_factory=list)

    @property
    def jobs(self) -> dict[str, list[Found]]:
        """The predictions of each job."""
        jobs: dict[str, list[Found]] = {}
        for one in self.found:
            jobs.setdefault(one.job, []).append(one)
        return jobs

    def read(self, chosen: Iterable[Found] | None = None) -> Iterator[tuple[Found, Prediction]]:
        """Read predictions one after the other; one that cannot be read goes to the problems, a copy is left out."""
        seen: set[str] = set()
        several = track(self.found, "predictions read", least=MANY) if chosen is None else chosen
        for one in several:
            try:
                prediction = one.read()
            except CrossdockError as error:
                self.problems.append(one.located(error))
                continue
            names = fingerprints(one, prediction)
            if not seen & set(names[:1]):
                seen.update(names)
                if prediction.doubt:
                    self.doubts.append(InputError(prediction.doubt, where=one.file.where))
                yield one, prediction


def fingerprints(found: Found, prediction: Prediction) -> tuple[str, str]:
    """Tell a model from all others, wherever its files lie: as itself, and as the best of its job.

    AlphaFold 3 writes its best model a second time, without its seed, and a download lies beside what was unpacked from
    it. Models of other names are other models, even if their coordinates are the same.
    """
    coordinates = hashlib.sha256(prediction.body.coord.tobytes()).hexdigest()
    job = PurePosixPath(found.job).name
    best = f"{coordinates} {job} best"
    if prediction.seed is None and prediction.sample is None:
        return best, best
    return f"{coordinates} {job} {prediction.seed} {prediction.sample} {prediction.ranking}", best


def find_predictions(path: str | Path, *, skip: Sequence[str] = (), alone: bool = False, needed: bool = True) -> Finds:
    """Find the predictions in a folder at any depth, in an archive, or the one that a file is of.

    Parameters
    ----------
    path : str or Path
    skip : sequence of str
        Names of files that are no predictions.
    alone : bool
        Whether a file that is given itself may be the model of no program, such as a docked one: then nothing but its
        coordinates is known, and a pLDDT where its B column looks so.
    needed : bool
        Whether it is an error if there is none.

    Returns
    -------
    Finds

    Raises
    ------
    InputError
        If there is no such file or folder, or, where one is needed, no prediction in it.
    """
    root = Path(path)
    try:
        single = stat.S_ISREG(root.stat().st_mode) and not is_archive(root)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError("there is no such file or folder", where=str(root)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(root)) from None
    files, problems = find_files(root.parent if single else root, deep=not single)
    files = [one for one in files if one.name not in skip and (not single or one.folder == ".")]
    top, below = _job_of(root.parent if single else root)
    if below:
        files = [replace(one, folder=(below / one.folder).as_posix()) for one in files]
    finds = _matched(files, top, str(root) if single else "")
    if single:
        problems = [one for one in problems if one.where == str(root)]
        finds.problems = [one for one in finds.problems if one.where == str(root)]
        own = [one for one in files if one.where == str(root) and _STRUCTURE.fullmatch(one.name)]
        if alone and own and not finds.found:
            finds.found = [Found(ALONE, own[0], {}, {}, PurePosixPath(own[0].name).stem)]
            finds.problems = [one for one in finds.problems if one.what != _UNNAMED]
        elif not finds.found and not finds.problems:
            what = _PICKLE if _PICKLED.fullmatch(root.name) else _NO_MODEL
            problems.append(InputError(UNOPENED if OTHER_ARCHIVE.fullmatch(root.name) else what, where=str(root)))
    finds.problems = problems + finds.problems
    if needed and not finds.found:
        reasons = "".join(f"\n  {one.where}: {one.what}" for one in finds.problems[:5])
        raise InputError(
            f"no prediction that crossdock can read{reasons}",
            where=str(root),
            hint="expected what AlphaFold, ColabFold, Boltz, Chai, Protenix or OpenFold 3 write: a model (.cif, .pdb) "
            "with its confidence files beside it, under the names that the program gave them (docs/cofold.md)",
        )
    return finds


def _job_of(folder: Path) -> tuple[str, PurePosixPath | None]:
    """Give the name of a job's folder, and the path from there to that of a seed or sample; None where it is none."""
    parts = folder.resolve().parts
    at = len(parts)
    # Folders of any job may be called "predictions"; within that of a seed it is Protenix's.
    while at > 1 and (
        _DRAW.fullmatch(parts[at - 1]) or (parts[at - 1] == "predictions" and _DRAW.fullmatch(parts[at - 2]))
    ):
        at -= 1
    return parts[at - 1], PurePosixPath(*parts[at:]) if at < len(parts) else None


def _matched(files: Sequence[File], root: str, single: str) -> Finds:
    """Put models to what lies beside them; only those that a file belongs to, where one is given."""
    folders: dict[str, dict[str, File]] = {}
    for file in files:
        folders.setdefault(file.folder, {}).setdefault(file.name, file)
    finds = Finds()
    orders: dict[str, list[str]] = {}
    for file in files:
        if not _STRUCTURE.fullmatch(file.name) or folders[file.folder][file.name] is not file:
            continue
        try:
            one = _layout_of(file, folders[file.folder], orders)
        except CrossdockError as error:
            finds.problems.append(error)
            continue
        finds.found.append(one)
    if single:
        # A model file that is given is itself taken; of a file beside models, the best file of each model.
        own = [one for one in finds.found if one.file.where == single]
        finds.found = own or [one for one in finds.found if single in {part.where for part in one.parts.values()}]
    _name_jobs(finds.found, root)
    best: dict[tuple[str, str, str], Found] = {}
    for one in sorted(finds.found, key=lambda one: one.kind):
        key = (one.job, one.program, one.model if one.groups.get("kind") or one.groups.get("model") else one.file.where)
        best.setdefault(key, one)
    unnumbered = 10**9
    finds.found = sorted(
        best.values(),
        key=lambda one: (
            one.job,
            one.program,
            one.seed is None and one.sample is None,
            unnumbered if one.rank is None else one.rank,
            unnumbered if one.seed is None else one.seed,
            unnumbered if one.sample is None else one.sample,
            one.file.where,
        ),
    )
    return finds


def _layout_of(file: File, beside: dict[str, File], orders: dict[str, list[str]]) -> Found:
    """Tell which program wrote a model.

    Raises
    ------
    InputError
        If none did, or what it says of the model is missing.
    """
    expected: list[str] = []
    second: Found | None = None
    for layout in LAYOUTS:
        if not (match := layout.pattern.fullmatch(file.name)):
            continue
        groups = {name: text or "" for name, text in match.groupdict().items()} | {"file": file.name}
        if "model" in groups:
            groups |= _ranked(layout, groups, file, beside, orders)
        parts = {}
        for kind in layout.parts:
            if there := next((beside[name] for name in layout.names(groups, kind) if name in beside), None):
                parts[kind] = there
        if any(kind in parts for kind in layout.needs):
            return Found(layout, file, parts, groups)
        if second is None and any(kind in parts for kind in layout.enough):
            second = Found(layout, file, parts, groups)
        expected += [f"{layout.names(groups, kind)[0]} ({layout.program})" for kind in layout.needs]
    if second:
        return second
    if not expected:
        raise InputError(_UNNAMED, where=file.where)
    if _RECYCLE.fullmatch(file.name):
        raise InputError("a model of an earlier recycle, which ColabFold writes no confidences of", where=file.where)
    raise InputError(f"its confidences are missing: expected {' or '.join(expected)} beside it", where=file.where)


def _ranked(
    layout: Layout, groups: dict[str, str], file: File, beside: dict[str, File], orders: dict[str, list[str]]
) -> dict[str, str]:
    """Give what AlphaFold 2's own order says of a model: the name of `ranked_0`, or the rank of one that has a name."""
    if "ranking_debug.json" not in beside:
        if groups["model"]:
            return {}
        if any(name in beside for name in layout.names(groups, "pairwise")):
            return {"model": f"ranked_{groups['rank']}"}
        raise InputError("ranking_debug.json is missing beside it", where=file.where)
    if file.folder not in orders:
        orders[file.folder] = order_of(beside["ranking_debug.json"])
    order = orders[file.folder]
    if model := groups["model"]:
        return {"rank": str(order.index(model))} if model in order else {}
    if (rank := int(groups["rank"])) >= len(order):
        raise InputError(f"ranking_debug.json has no model of rank {rank}", where=file.where)
    named = layout.pattern.fullmatch(f"unrelaxed_{order[rank]}.pdb")
    said = named.groupdict() if named else {}
    return {"model": order[rank], "seed": said.get("seed") or "", "sample": said.get("sample") or ""}


def _name_jobs(found: list[Found], root: str) -> None:
    """Name what each prediction is of: by its folder, and by the beginning of its name where a folder has several."""
    stripped = [_job_folder(one.file.folder) for one in found]
    # Where samples have folders of their own, all of the folder above them is one job.
    seeded = {folder for folder, one in zip(stripped, found, strict=True) if folder != PurePosixPath(one.file.folder)}
    for at, (folder, one) in enumerate(zip(stripped, found, strict=True)):
        job = "" if folder in seeded else one.groups.get("job", "")
        path = folder if not job or folder.name == job else folder / job
        found[at] = replace(one, job=root if path == PurePosixPath(".") else path.as_posix())


def _job_folder(folder: str) -> PurePosixPath:
    path = PurePosixPath(folder)
    while path.name and _WITHIN.fullmatch(path.name):
        path = path.parent
    return path
