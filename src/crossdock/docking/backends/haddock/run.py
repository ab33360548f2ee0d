"""A finished run of HADDOCK3: the ranked models of its last evaluation, with their scores and where they come from."""

from __future__ import annotations

import csv
import gzip
import math
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from crossdock.docking.backends.cofold.confidence import Confidence
from crossdock.docking.backends.cofold.prediction import Prediction, assemble
from crossdock.errors import CrossdockError, InputError

#: What a run writes: scores of the models that a module has made, and the way of each model through the modules.
SCORES, TRACEBACK = "capri_ss.tsv", Path("traceback", "traceback.tsv")
#: Columns of the scores that are kept.
COMPONENTS = ("vdw", "elec", "desolv", "air", "bsa")
#: The folder of a module that scores models: its number and its name.
_STEP = re.compile(r"(\d+)_caprieval")


@dataclass(frozen=True)
class Ranked:
    """A model of a run.

    Attributes
    ----------
    file : Path
        In PDB format, or packed by gzip.
    score : float
        HADDOCK score, arbitrary units, the lower the better.
    numbers : dict of str to float
        `COMPONENTS` that the run gives.
    stages : dict of str to int
        Module -> the model's rank there, from traceback.tsv.
    """

    file: Path
    score: float
    numbers: dict[str, float]
    stages: dict[str, int] = field(default_factory=dict)

    def read(self, job: str) -> Prediction:
        """Read its chains.

        Raises
        ------
        InputError
            If the file cannot be read, or has no protein.
        """
        content = self.file.read_bytes()
        try:
            content = gzip.decompress(content) if self.file.suffix == ".gz" else content
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"it cannot be unpacked: {error}", where=str(self.file)) from error
        names = ("HADDOCK3", "", job, self.file.name.removesuffix(".gz").removesuffix(".pdb"))
        return assemble(names, (None, None), content, Confidence(), str(self.file))


@dataclass
class Run:
    """A run's folder.

    Attributes
    ----------
    name : str
        Of the folder, below the one that was looked through.
    folder : Path
    problems : list of CrossdockError
        Of models that cannot be used.
    """

    name: str
    folder: Path
    problems: list[CrossdockError] = field(default_factory=list)

    @cached_property
    def table(self) -> Path:
        """The scores of the last evaluation."""
        return max(self.folder.glob(f"*_caprieval/{SCORES}"), key=_step)

    @cached_property
    def stages(self) -> Mapping[str, Mapping[str, int]]:
        """Module -> model -> rank, in the order of the modules; nothing without traceback.tsv."""
        path = self.folder / TRACEBACK
        if not path.is_file():
            return {}
        rows = list(_rows(path))
        modules = [name.removesuffix("_rank") for name in rows[0][1] if name.endswith("_rank")] if rows else []
        modules.sort(key=lambda name: int(name.split("_")[0]) if name.split("_")[0].isdigit() else -1)
        found: dict[str, dict[str, int]] = {}
        for module in modules:
            for number, row in rows:
                rank, model = row[f"{module}_rank"], row.get(module) or "-"
                if rank in ("-", ""):
                    continue
                if not rank.isdigit():
                    raise InputError(f"expected a rank, got {rank!r}", where=f"{path}, line {number}")
                found.setdefault(module, {})[model] = int(rank)
        return found

    @cached_property
    def origins(self) -> Mapping[str, Mapping[str, str]]:
        """Last model of a row -> the model that it was in each module."""
        path = self.folder / TRACEBACK
        if not path.is_file() or not self.stages:
            return {}
        last = list(self.stages)[-1]
        return {
            row[last]: {module: row.get(module, "-") for module in self.stages}
            for _, row in _rows(path)
            if row.get(last)
        }

    @cached_property
    def models(self) -> list[Ranked]:
        """The models of the last evaluation, the best score first."""
        found = []
        for number, row in _rows(self.table):
            where = f"{self.table}, line {number}"
            try:
                found.append(self._ranked(row, where))
            except InputError as error:
                self.problems.append(error)
        return sorted(found, key=lambda one: one.score)

    @property
    def note(self) -> str:
        """What the user should know of the choice of models."""
        module = {one.file.parent.name for one in self.models}
        last = list(self.stages)[-1] if self.stages else ""
        if last and module and last not in module:
            return (
                f"the models are those of {' and '.join(sorted(module))}, which were scored last; {last} comes after "
                "it, so add [caprieval] at the end of the workflow to have its models"
            )
        return "" if self.stages else "it has no traceback.tsv, so ranks in earlier modules are not known"

    def _ranked(self, row: Mapping[str, str], where: str) -> Ranked:
        """Make a model of a row of scores."""
        score = _number(row["score"])
        if score is None:
            raise InputError(f"expected a score, got {row['score']!r}", where=where)
        path = (self.table.parent / row["model"]).resolve()
        file = next((one for one in (path, path.with_name(f"{path.name}.gz")) if one.is_file()), None)
        if file is None:
            raise InputError(f"the model {row['model']} is not in the run", where=where)
        numbers = {name: value for name in COMPONENTS if (value := _number(row.get(name, ""))) is not None}
        stages = {
            module: self.stages[module][model]
            for module, model in self.origins.get(path.name, {}).items()
            if model in self.stages[module]
        }
        return Ranked(file, score, numbers, stages)


def find_runs(folder: str | Path) -> list[Run]:
    """Find the runs in a folder, at any depth; the folder itself may be one.

    Raises
    ------
    InputError
        If there is none.
    """
    top = Path(folder)
    if not top.is_dir():
        raise InputError("there is no such folder", where=str(folder))
    tables = [path for path in sorted(top.rglob(SCORES)) if _STEP.fullmatch(path.parent.name)]
    if not tables:
        raise InputError(
            f"there is no finished run of HADDOCK3 in this folder: no [NUMBER]_caprieval/{SCORES}",
            where=str(folder),
            hint="give the folder of a run (`run_dir` of its config) whose workflow ends with [caprieval]",
        )
    folders = dict.fromkeys(path.parent.parent for path in tables)
    return [Run(one.relative_to(top).as_posix() if one != top else top.resolve().name, one) for one in folders]


def _step(path: Path) -> int:
    match = _STEP.fullmatch(path.parent.name)
    return int(match[1]) if match else -1


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Read a table of a run: line number and row."""
    lines = [
        (number, line)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    ]
    header = [name.strip() for name in lines[0][1].split("\t")] if lines else []
    needed = ("model", "score") if path.name == SCORES else ()
    if missing := [name for name in needed if name not in header]:
        raise InputError(
            f"expected the columns model and score; missing: {', '.join(missing)}",
            where=str(path),
            hint="crossdock reads the tables that HADDOCK3 writes",
        )
    for (number, _), cells in zip(lines[1:], csv.reader((line for _, line in lines[1:]), delimiter="\t"), strict=True):
        if len(cells) != len(header):
            what = f"expected {len(header)} columns, got {len(cells)}"
            raise InputError(what, where=f"{path}, line {number}")
        yield number, dict(zip(header, (cell.strip() for cell in cells), strict=True))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
