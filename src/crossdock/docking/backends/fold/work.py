"""All waiting pairs of a panel predicted by a program, some at a start, each kept as soon as it is there."""

from __future__ import annotations

import logging
import shutil
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from crossdock.docking.backends.cofold.alignments import collect, lacking
from crossdock.docking.backends.cofold.bring import taken
from crossdock.docking.backends.cofold.chains import Matcher
from crossdock.docking.backends.cofold.find import Found, find_predictions
from crossdock.docking.backends.cofold.inputs import complexes_of, names_of, refused_by, write_inputs
from crossdock.docking.backends.cofold.programs import PROGRAMS, SHARED, Complex, How
from crossdock.docking.backends.cofold.quantities import CUTOFF_A
from crossdock.docking.backends.cofold.results import Taken, imported, keep
from crossdock.docking.backends.cofold.sequences import sequences_of
from crossdock.docking.backends.contract import Around
from crossdock.docking.backends.fold.installed import Installed
from crossdock.docking.backends.fold.program import arguments_of, find, path_with, way_of
from crossdock.docking.backends.outside import failed, started
from crossdock.docking.backends.waiting import write_rows
from crossdock.docking.matching.decide import Known, Pair
from crossdock.docking.matching.likeness import Trace
from crossdock.errors import DockingError, InputError
from crossdock.files import fingerprint
from crossdock.structures.structure import Structure

#: Starts of a program that made nothing at all, after which it is taken to be broken.
ENOUGH = 3
_log = logging.getLogger(__name__)


def work(
    of: Installed,
    waiting: Sequence[Pair],
    structures: Mapping[str, Structure],
    settings: Mapping[str, Any],
    folder: Path,
    out: str | Path,
    around: Around,
) -> None:
    """Predict pairs, and write the table from which each docking finds its record.

    Parameters
    ----------
    of : Installed
    waiting : sequence of (str, str)
        Receptor and ligand.
    structures : mapping of str to Structure
        By name, prepared.
    settings : mapping
        With `pairs`, of one start, and `program`, its folder.
    folder : Path
        Such as ``resources/boltz``; the models of a pair are kept there.
    out : str or Path
        The table. A folder of its name holds the inputs while the program runs, and a log what it prints.
    around : Around

    Raises
    ------
    InputError
        If alignments are missing, or the program takes none of the pairs.
    DockingError
        If the program is not there, or predicts nothing at all.
    """
    place = Path(out).with_suffix("")
    shutil.rmtree(place, ignore_errors=True)
    try:
        asked = _asked(of, waiting, structures, folder, place, around)
        reasons = _refused(of, asked)
        left = [one for one in asked.complexes if one.name not in reasons and not asked.kept(one)]
        if left:
            run = _Run(of, asked, place, find(of, settings), Path(out).with_suffix(".log"))
            reasons |= run.predict(left, settings["pairs"])
    finally:
        shutil.rmtree(place, ignore_errors=True)
    found = {pair: path for one in asked.complexes for pair, path in asked.records(one).items()}
    if waiting and not found:
        name, reason = next(iter(reasons.items()))
        raise DockingError(f"{PROGRAMS[of.name].title} predicts none of the pairs; {name}: {reason}")
    of_pairs = {pair: reasons[one.name] for one in asked.complexes if one.name in reasons for pair in asked.pairs(one)}
    write_rows(out, waiting, structures, found, of_pairs)


@dataclass(frozen=True)
class _Asked:
    """What is predicted, and how.

    Attributes
    ----------
    waiting : sequence of (str, str)
    complexes : list of Complex
    how : How
    keys : dict of str to str
        Name of a complex -> what its prediction is made of.
    folder : Path
        Of the models.
    matcher : Matcher
    """

    waiting: Sequence[Pair]
    complexes: list[Complex]
    how: How
    keys: dict[str, str]
    folder: Path
    matcher: Matcher

    def pairs(self, one: Complex) -> list[Pair]:
        """Give the pairs that a complex is of: two, where each protein is once the receptor."""
        pair = (one.receptor, one.ligand)
        return [found for found in dict.fromkeys((pair, pair[::-1])) if found in self.waiting]

    def to(self, one: Complex) -> Path:
        """Give the folder of the models of a complex."""
        return self.folder / self.keys[one.name]

    def records(self, one: Complex) -> dict[Pair, Path]:
        """Give the records of the pairs of a complex that have been predicted."""
        return {pair: path for pair in self.pairs(one) if (path := imported(self.to(one), *pair))}

    def kept(self, one: Complex) -> bool:
        """Tell whether all pairs of a complex have been predicted."""
        return len(self.records(one)) == len(self.pairs(one))


def _asked(
    of: Installed,
    waiting: Sequence[Pair],
    structures: Mapping[str, Structure],
    folder: Path,
    place: Path,
    around: Around,
) -> _Asked:
    """Put together what is predicted; alignments are copied to the folder of inputs."""
    options = around.options
    sequences = {
        name: sequences_of(around.proteins[name], around.results, around.entries, whole=options["whole"])
        for name in structures
    }
    complexes = complexes_of(waiting, {name: list(chains.values()) for name, chains in sequences.items()})
    seeds = tuple(range(around.seed, around.seed + options["seeds"]))
    names = names_of(sequences)
    how = How(names, seeds, way_of(of, options), options["samples"], arguments_of(of, options))
    if how.msa == SHARED:
        by_name = {name: sequence for sequence, name in names.items()}
        collect(Path(options["msas"]), place / "msas", by_name)
        if absent := lacking(place / "msas", by_name):
            raise InputError(
                f"there is no alignment of {', '.join(absent)}",
                where=f"docking.msas: {options['msas']}",
                hint=f"`crossdock cofold inputs --for {of.name} -o DIR --msa {options['msas']}` writes a script, "
                "msas.sh, that makes those which are missing",
            )
    keys = {one.name: _key(one, how, place) for one in complexes}
    known = Known({name: Trace.of(body) for name, body in structures.items()}, {}, list(waiting))
    return _Asked(waiting, complexes, how, keys, folder, Matcher(known))


def _key(one: Complex, how: How, place: Path) -> str:
    """Tell what the prediction of a complex is made of."""
    made_of = {
        "chains": one.chains,
        "seeds": how.seeds,
        "samples": how.samples,
        "msa": how.msa,
        "arguments": how.arguments,
    }
    alignments = [place / how.alignment(chain) for chain in one.chains] if how.msa == SHARED else []
    return fingerprint(made_of, *alignments)[:16]


def _refused(of: Installed, asked: _Asked) -> dict[str, str]:
    """Say why the program would not take complexes, by their names."""
    program = PROGRAMS[of.name]
    return {one.name: reason for one in asked.complexes if (reason := refused_by(program, one))}


@dataclass
class _Run:
    """Starts of a program, one after the other.

    Attributes
    ----------
    of : Installed
    asked : _Asked
    place : Path
        The folder of alignments, and of inputs and predictions while the program runs.
    program : Path
    log : Path
        What the program prints is added to it.
    starts : int
    works : bool
        Whether it has made a model.
    """

    of: Installed
    asked: _Asked
    place: Path
    program: Path
    log: Path
    starts: int = field(default=0, init=False)
    works: bool = field(default=False, init=False)

    def predict(self, left: Sequence[Complex], size: int) -> dict[str, str]:
        """Predict complexes, and keep the models of each; one that lacks some is tried once more, alone.

        Returns
        -------
        dict of str to str
            Name -> why there is no model of it.

        Raises
        ------
        DockingError
            If the first starts make nothing at all.
        """
        reasons: dict[str, str] = {}
        queue = deque([list(left[at : at + size]) for at in range(0, len(left), size)])
        while queue:
            some = queue.popleft()
            code, output = self._start(some)
            models, problems = self._made(some)
            again = []
            for one in some:
                own = models[one.name]
                if len(some) > 1 and len(own) < self._wanted:
                    again.append([one])
                elif own:
                    self._keep(one, own)
                    if len(own) < self._wanted:
                        _log.warning("%s, %s has %d of %d models", one.receptor, one.ligand, len(own), self._wanted)
                else:
                    reasons[one.name] = problems.get(one.name) or self._failed(code, output).what
            queue.extendleft(reversed(again))
            self.starts, self.works = self.starts + 1, self.works or any(models.values())
            if not self.works and self.starts == ENOUGH:
                raise DockingError(self._failed(code, output).what, where=str(self.log))
            self._say(len(reasons))
        return reasons

    @property
    def _wanted(self) -> int:
        """Models of a complex."""
        return len(self.asked.how.seeds) * self.asked.how.samples

    def _start(self, some: Sequence[Complex]) -> tuple[int, str]:
        """Write inputs, run the program, and give its exit code and what it printed."""
        inputs = self.place / "run"
        shutil.rmtree(inputs, ignore_errors=True)
        msas = self.place / "msas" if self.asked.how.msa == SHARED else None
        write_inputs(inputs, self.of.name, some, self.asked.how, title="crossdock", batch=len(some), msas=msas)
        count = f"{len(some)} pairs" if len(some) > 1 else f"{some[0].receptor}, {some[0].ligand}"
        _log.info("%s predicts %s", PROGRAMS[self.of.name].title, count)
        code, output = started(["bash", "run.sh"], inputs, environment={"PATH": path_with(self.program)})
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as file:
            file.write(output)
        return code, output

    def _made(self, some: Sequence[Complex]) -> tuple[dict[str, list[dict[Pair, Taken]]], dict[str, str]]:
        """Read what the program wrote.

        Returns
        -------
        models : dict of str to list of dict
            Name of a complex -> its models, the best first, each as that of every pair which the complex is of.
        problems : dict of str to str
            Name of a complex -> why a prediction of it cannot be used.
        """
        models: dict[str, list[dict[Pair, Taken]]] = {one.name: [] for one in some}
        try:
            finds = find_predictions(self.place / "run" / "predictions")
        except InputError:
            return models, {}
        jobs: dict[str, list[Found]] = {}
        for found in finds.found:
            jobs.setdefault(PurePosixPath(found.job).name, []).append(found)
        problems: dict[str, str] = {}
        for one in some:
            before, placed = len(finds.problems), []
            for found, prediction in finds.read(jobs.get(one.name, [])):
                own = {pair: taken(prediction, pair, self.asked.matcher, CUTOFF_A) for pair in self.asked.pairs(one)}
                if all(own.values()):
                    placed.append((found.place(prediction), {pair: model for pair, model in own.items() if model}))
                else:
                    problems[one.name] = "the chains of its prediction are not those of the prepared structures"
            models[one.name] = [model for _, model in sorted(placed, key=lambda model: model[0])]
            for problem in finds.problems[before:]:
                problems[one.name] = f"its prediction cannot be read: {problem.what}"
        return models, problems

    def _keep(self, one: Complex, models: Sequence[Mapping[Pair, Taken]]) -> None:
        for pair in self.asked.pairs(one):
            keep([model[pair] for model in models], self.asked.to(one), job=one.name, cutoff=CUTOFF_A)

    def _failed(self, code: int, output: str) -> DockingError:
        """Say that the program made no model, with the last lines of what it printed."""
        ended = f"ended with exit code {code} and " if code else ""
        return failed(self.of.command, f"{ended}made no model", output)

    def _say(self, failures: int) -> None:
        """Say how many pairs of the panel have been predicted, now and before."""
        done = sum(len(self.asked.records(one)) for one in self.asked.complexes)
        lost = f", {failures} failed" if failures else ""
        _log.info("%d of %d pairs predicted%s", done, len(self.asked.waiting), lost)
