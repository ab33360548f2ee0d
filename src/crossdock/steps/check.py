"""The panel looked over before any work: what each entry holds, as far as it is at hand."""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossdock.docking.backends import load_backend
from crossdock.docking.backends.imported import Imported
from crossdock.errors import ConfigError, CrossdockError, InputError, quoted
from crossdock.files import fingerprint, read_json, write_json
from crossdock.panel.panel import LISTS, Panel, counted
from crossdock.panel.proteins import Protein
from crossdock.records import from_json
from crossdock.refining.engine import need
from crossdock.refining.needs import estimate_seconds
from crossdock.remark import joined
from crossdock.steps.background_set import of_background, work_of
from crossdock.steps.estimate import time_needed, usable_cores
from crossdock.steps.jobs import batch_size, combinations, gpus
from crossdock.steps.remote import waiting
from crossdock.steps.steering import steered, table_of
from crossdock.structures.record import ProteinRecord
from crossdock.structures.summary import method, short_time, summarize
from crossdock.terminal import fitted, lines, rule

if TYPE_CHECKING:
    from crossdock.structures.prepare import Contents

_RED, _BOLD, _DIM, _PLAIN = "\x1b[31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"
_HEAD = ("protein", "entry", "method", "chains", "range", "of UniProt", "identity", "size", "docking")
_INDENT = "    "
_log = logging.getLogger(__name__)


@dataclass
class Findings:
    """What was found about each protein of a panel.

    Attributes
    ----------
    where : str
        Name of the config.
    records : dict
        Name -> what protein.json will hold, for entries at hand.
    entries : dict
        Name -> what the entry holds, for proteins with a problem whose entry can be read.
    failures : dict
        Name -> the problem with a protein, which a run would leave out.
    choices : dict
        Name -> which entry was chosen and why, for proteins that are given by their accession alone.
    """

    where: str
    records: dict[str, ProteinRecord] = field(default_factory=dict)
    entries: dict[str, Contents] = field(default_factory=dict)
    failures: dict[str, CrossdockError] = field(default_factory=dict)
    choices: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def problems(self) -> list[CrossdockError]:
        """What is wrong with proteins, in the order of the panel."""
        return list(self.failures.values())

    def stop_if_nothing_is_left(self, panel: Panel) -> None:
        """Say which proteins cannot be used; the run goes on without them.

        Raises
        ------
        ConfigError
            With every problem, if no pair is left.
        """
        if all({one.name, other.name} & set(self.failures) for one, other in panel.pairs):
            raise ConfigError(self.problems, where=self.where)
        for name, problem in self.failures.items():
            _log.warning(f"{name} is left out of this run: {problem}")


def check_panel(
    panel: Panel, entries: str | Path, *, where: str = "config", seen: str | Path | None = None
) -> Findings:
    """Look into every entry that is at hand: local files, demo entries, and those fetched before.

    Parameters
    ----------
    panel : Panel
    entries : str or Path
        The folder `resources/entries`.
    where : str
        Name of the config for messages.
    seen : str or Path, optional
        File that remembers what was found, so that an entry that has not changed is looked into once.

    Returns
    -------
    Findings

    Raises
    ------
    InputError
        If models are to be refined, and OpenMM or PDBFixer is not installed.
    """
    from crossdock.entries.sources import at_hand, read_record
    from crossdock.steps.prepare import further_entry
    from crossdock.structures.conformers import prepare_conformers

    if panel.refine:
        need(f"{where}, refine")
    if panel.left_out:
        _log.warning(f"in no pair, and left out: {', '.join(panel.left_out)}")
    findings, before = Findings(where), _remembered(seen)
    now: dict[str, ProteinRecord] = {}
    refusing = [
        (run.backend, elsewhere, {name for pair in waiting(run, Path(entries).parent) for name in pair})
        for run in panel.runs
        if (elsewhere := load_backend(run.backend).elsewhere)
    ]
    handed_in = {name for _, _, names in refusing for name in names}
    for protein in panel.proteins:
        path = None
        try:
            findings.choices |= _chosen(protein, Path(entries))
            path = at_hand(protein.entry, entries, offline=panel.entries["offline"])
            if path is None:
                continue
            others = [at_hand(one, entries, offline=panel.entries["offline"]) for one in protein.further]
            if None in others:
                continue
            further = [further_entry(one) for one in others if one]
            files = [file for file in (path, *others, protein.sequence) if file]
            role = panel.roles(protein.name)
            key = fingerprint(asdict(protein) | {"role": role, "provenance": read_record(path)}, *files)
            if key in before and protein.name not in handed_in:
                _log.debug(f"{protein.name}: {path} was checked before and has not changed")
                findings.records[protein.name] = now[key] = before[key]
                continue
            _log.debug(f"{protein.name}: checking {path}")
            # Repair takes minutes and changes nothing that is judged here.
            how: dict[str, Any] = {"role": role, "sequence": protein.sequence, "provenance": read_record(path)}
            (structure, *_), findings.records[protein.name] = prepare_conformers(
                path, protein, further=further, **how, repair=False
            )
            now[key] = findings.records[protein.name]
            for backend, elsewhere, names in refusing:
                if protein.name in names and (problems := elsewhere.problems(structure)):
                    raise InputError(f"with `backend: {backend}`, it {problems[0]}")
        except CrossdockError as error:
            place = f"{protein.name}, entry {', '.join(map(str, protein.entries))}"
            findings.failures[protein.name] = type(error)(error.what, where=place, hint=error.hint)
            if path:
                _look_into(protein, path, findings)
    if seen and now != before and not findings.failures:  # a config that is refused leaves nothing behind
        write_json(seen, {"records": {key: record.to_json() for key, record in now.items()}})
    return findings


def check_place(snakefile: str | Path) -> None:
    """Refuse a workflow that lies where Snakemake cannot run it.

    Parameters
    ----------
    snakefile : str or Path
        The Snakefile that is run.

    Raises
    ------
    InputError
        If its path has braces.
    """
    path = Path(snakefile).absolute()
    if {"{", "}"} & set(str(path)):
        raise InputError(
            "the path of the workflow contains braces, which Snakemake reads as wildcards",
            where=str(path),
            hint="move or rename the folder; only the folder of the workflow is affected, not that of a run",
        )


def check_results(panel: Panel) -> None:
    """Refuse to write over the results of another panel.

    Parameters
    ----------
    panel : Panel

    Raises
    ------
    InputError
        If the folder of results has a panel with another title, or one that has no protein in common with this one.
    """
    path = Path(panel.results, "panel.json")
    try:
        before = read_json(path)
        members = {one["name"] for role in LISTS for one in before[role]}
        title = str(before["title"])
    except (OSError, ValueError, KeyError, TypeError):
        return  # there is none, or one that `rule panel` writes again
    if title == panel.title and members & {one.name for one in panel.proteins}:
        return
    what = f"this folder has the results of another panel, {quoted(title)}; the config is {quoted(panel.title)}"
    hint = (
        "give this panel a folder of its own, such as `results: results/my_panel` in the config; to replace the old "
        f"results (or if only the title was changed), remove {path}"
    )
    raise InputError(what, where=panel.results, hint=hint)


def _remembered(seen: str | Path | None) -> dict[str, ProteinRecord]:
    """Read what was found before; a file that cannot be read remembers nothing."""
    try:
        records = read_json(seen)["records"] if seen else {}
        return {key: from_json(record, ProteinRecord) for key, record in records.items()}
    except (OSError, ValueError, KeyError, AttributeError):
        return {}


def estimate(panel: Panel, findings: Findings) -> dict[tuple[str, str], float]:
    """Estimate what docking takes, and refining models where that is asked for.

    Parameters
    ----------
    panel : Panel
    findings : Findings

    Returns
    -------
    dict
        (receptor, ligand) -> CPU seconds of all its replicates and conformers by all backends, without a graphics card,
        for pairs of which both are at hand, where a backend can tell.
    """
    total: dict[tuple[str, str], float] = {}
    for run in panel.runs:
        for (receptor, ligand), seconds in _estimate(run, findings).items():
            if panel.refine:
                atoms = sum(findings.records[name].size.atoms for name in (receptor, ligand))
                seconds += estimate_seconds(atoms, panel.refine["models"])
            total[receptor, ligand] = total.get((receptor, ligand), 0.0) + seconds
    return total


def not_known(panel: Panel) -> list[str]:
    """Say which backends take a time that nobody knows: those that run another program on a graphics card."""
    names = [run.backend for run in panel.runs if (one := load_backend(run.backend).elsewhere) and one.gpus]
    return [f"The time that {name} takes is not known: it depends on the graphics card." for name in names]


def _estimate(panel: Panel, findings: Findings) -> dict[tuple[str, str], float]:
    """Give the same of one backend."""
    backend, names = load_backend(panel.backend), [(receptor.name, ligand.name) for receptor, ligand in panel.docked]
    options = backend.on_processors(panel.docking) if backend.gpus(panel.docking) else panel.docking
    if options is None:
        return {}
    sizes = {name: record.size for name, record in findings.records.items()}
    found = {
        (receptor, ligand): backend.needs(sizes[receptor], sizes[ligand], options).cpu_seconds
        for receptor, ligand in names
        if receptor in sizes and ligand in sizes
    }
    return {
        pair: seconds * panel.replicates * _combinations(panel, findings, *pair)
        for pair, seconds in found.items()
        if seconds is not None
    }


def _combinations(panel: Panel, findings: Findings, receptor: str, ligand: str) -> int:
    """Tell how many dockings one docking of a pair consists of; of an entry that is not at hand, how many at most."""
    counts = [
        findings.records[name].n_conformers if name in findings.records else panel.protein(name).most_conformers
        for name in (receptor, ligand)
    ]
    return combinations(panel, *counts)


def dockings(panel: Panel, findings: Findings) -> int:
    """Count the dockings of a panel: of all pairs by all backends, with replicates and conformers."""
    return sum(
        run.replicates * _combinations(run, findings, one.name, other.name)
        for run in panel.runs
        for one, other in run.docked
    )


def _look_into(protein: Protein, path: Path, findings: Findings) -> None:
    """Note what an entry holds from which the protein cannot be taken."""
    from crossdock.structures.prepare import inspect

    try:
        findings.entries[protein.name] = inspect(path)
    except CrossdockError:
        return  # the problem itself says that the file cannot be read


def _chosen(protein: Protein, entries: Path) -> dict[str, dict[str, Any]]:
    """Give name -> choice of a protein whose entry has been chosen among the structures of its accession."""
    from crossdock.entries.choice import chosen, read_choice

    choice = chosen(protein.entry, entries)
    return {protein.name: read_choice(choice)[1]} if choice else {}


def render(panel: Panel, findings: Findings, *, width: int = 120, color: bool = False) -> str:
    """Lay the panel out for the terminal: a row a protein, and below it what one should know.

    Parameters
    ----------
    panel : Panel
    findings : Findings
    width : int
        Columns of the terminal; nothing is wider.
    color : bool
        Whether problems are red.

    Returns
    -------
    str
    """
    members: list[tuple[tuple[str, str], tuple[int, ...], tuple[Protein, ...]]] = [
        (("receptor", "receptors"), (0,), panel.receptors),
        (("ligand", "ligands"), (1,), panel.ligands),
    ]
    if panel.symmetric:
        members = [(("protein", "proteins"), (0, 1), panel.receptors)]
    members += [(("control", "controls"), (1,), panel.controls)] if panel.controls else []
    if panel.strangers:
        members += [(("protein of the background", "proteins of the background"), (), panel.strangers)]
    seconds = {} if gpus(panel) else estimate(panel, findings)
    rows = [_row(protein, both, findings, seconds) for _, both, proteins in members for protein in proteins]
    widths = fitted([_HEAD, *rows], width)
    paint = _paint if color else lambda text, style: text
    text = [*(paint(line, _BOLD) for line in lines(_HEAD, widths)), rule(widths)]
    waiting = iter(rows)
    for (singular, plural), _, proteins in members:
        text += ["", paint(f"{len(proteins)} {singular if len(proteins) == 1 else plural}", _BOLD)]
        for protein, row in zip(proteins, waiting, strict=False):
            failed = protein.name in findings.failures
            text += [paint(line, _RED) if failed else line for line in lines(row, widths)]
            for detail, style in _details(protein, findings):
                text += [paint(line, style) for line in _wrapped(detail, width)]
    text += ["", *_summary(panel, findings, seconds, width, paint)]
    return "\n".join(line.rstrip() for line in text)


def _summary(
    panel: Panel, findings: Findings, seconds: dict[tuple[str, str], float], width: int, paint: Any
) -> Iterator[str]:
    """Say how much is to be docked and how long it takes, what has not been looked into, and what is wrong."""
    counts = counted(panel)
    if not panel.symmetric and panel.asked is None:
        counts += f" = {len(panel.pairs)} pair{'s' if len(panel.pairs) != 1 else ''}"
    if panel.controls:
        counts += f", and {len(panel.receptors) * len(panel.controls)} with {len(panel.controls)} controls"
        from crossdock.analysis.controls import least_q

        least = least_q(len(panel.pairs), len(panel.receptors) * len(panel.controls))
    for run in panel.runs:
        if run.replicates > 1:
            counts += f", each docked {run.replicates} times{f' by {run.backend}' if panel.further else ''}"
    records = findings.records
    many = [p for p in panel.proteins if (records[p.name].n_conformers > 1 if p.name in records else p.several)]
    if many:
        counts += f", {dockings(panel, findings)} dockings with all conformers of {', '.join(one.name for one in many)}"
    names = [run.backend for run in panel.runs]
    yield from textwrap.wrap(f"{counts}, backend{'s' if len(names) > 1 else ''} {', '.join(names)}", width)
    if panel.controls and least > 0.1:
        n = len(panel.controls)
        text = (
            f"With {n} control{'s' if n > 1 else ''} the lowest possible q for a single pair is {least:.2f}. "
            "A lower q needs about ten times as many controls as ligands."
        )
        yield from textwrap.wrap(text, width)
    if panel.background:
        yield from textwrap.wrap(f"Background: {work_of(panel, of_background(panel))}.", width)
    for text in not_known(panel):
        yield from textwrap.wrap(text, width)
    for run in panel.runs:
        yield from textwrap.wrap(_brought(run), width)
    lacks = lacking(panel)
    if panel.steer_by and not any(error.where == f"resources/{panel.steer_by}" for error in lacks):
        yield from textwrap.wrap(_steered(panel), width)
    if seconds:
        needed = time_needed(len(panel.docked), seconds, usable_cores(), batch=max(map(batch_size, panel.runs)))
        yield from textwrap.wrap(f"docking{' and refinement' if panel.refine else ''}: {needed}", width)
    named = Path(findings.where).suffix in (".yaml", ".yml") and findings.where != "config.yaml"
    command = f"crossdock run {findings.where}" if named else "crossdock run"
    unread = [p.name for p in panel.proteins if p.name not in findings.records and p.name not in findings.failures]
    if unread:
        yield from textwrap.wrap(f"Not checked (not downloaded yet): {', '.join(unread)}", width)
        yield from textwrap.wrap(f"Next: `{command} --until fetch`, then `crossdock check` again", width)
    unnamed = [p.name for p in panel.proteins if p.name in findings.records and not p.uniprot]
    if unnamed:
        yield from textwrap.wrap(f"Identity not checked (no accession given): {', '.join(unnamed)}", width)
    yield from textwrap.wrap(_unsettled(panel, findings), width)
    if findings.failures:
        lost = ", ".join(findings.failures)
        count = f"{len(findings.failures)} protein{'s' if len(findings.failures) > 1 else ''}"
        text = f"{count} with an error would be left out of the run: {lost}"
        yield from (paint(line, _RED) for line in textwrap.wrap(text, width))
    for error in lacks:
        yield from (paint(line, _RED) for line in textwrap.wrap(error.what, width))
        yield from (paint(line, _BOLD) for line in textwrap.wrap(f"to do: {error.hint}", width))
    if not (findings.failures or lacks or unread):
        yield f"Config OK. Next: `{command}`"


def lacking(panel: Panel) -> list[InputError]:
    """Say which models would have to be imported before a run can start: the errors with which it would stop.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    list of InputError
        Empty where nothing is missing. What a server or another program takes is looked for only when a run starts.
    """
    found = []
    for run in panel.runs:
        elsewhere = load_backend(run.backend).elsewhere
        left = waiting(run)
        if isinstance(elsewhere, Imported) and not elsewhere.gathers(run.settings) and len(left) == len(run.docked):
            try:
                elsewhere.ready(left, len(run.docked), run.settings, run.docking)
            except InputError as error:
                found.append(error)
    try:
        steered(panel)
    except InputError as error:
        found += [error] if error.where not in {one.where for one in found} else []
    return found


def _brought(run: Panel) -> str:
    """Say how many pairs of a backend have a result that was imported; empty where it computes by itself."""
    elsewhere = load_backend(run.backend).elsewhere
    if not isinstance(elsewhere, Imported):
        return ""
    left, total = len(waiting(run)), len(run.docked)
    verb = "has" if total - left == 1 else "have"
    others = "; the others are looked for during the run" if left and elsewhere.gathers(run.settings) else ""
    return f"{run.backend}: {total - left} of {total} pairs {verb} a {elsewhere.thing}{others}"


def _steered(panel: Panel) -> str:
    """Say how many dockings the models of another backend steer."""
    pairs = steered(panel)
    count, total = len(pairs), len(panel.docked)
    others = "the others are docked without" if count < total else ""
    if count < total and table_of(panel):
        others = f"of the others, those that {panel.steer_by} finds models of during the run are too"
    controls = {one.name for one in panel.controls}
    led = len([ligand for _, ligand in pairs if ligand in controls])
    unlike = "with only some pairs steered, specificity, ranks, p and q of the panel cannot be used"
    free = len(controls) * len(panel.receptors) - led
    whose = f"all, with controls too ({free} of these have none)" if free else "all"
    unlike += f": bring models of {whose}, or remove `attract`"
    alike = count == total
    text = f"{panel.steer_by} models steer the docking of {count} of {total} pairs"
    return "; ".join(filter(None, (text, others, "" if alike else unlike)))


def _unsettled(panel: Panel, findings: Findings) -> str:
    """Say of which proteins nothing confirms the accession, and what settles it; empty where there is none."""
    unknown = {
        protein.name: f"resources/sequences/{protein.uniprot}.fasta"
        for protein in panel.proteins
        if protein.uniprot and protein.name in findings.records
        if findings.records[protein.name].identity.verdict == "unknown"
    }
    if not unknown:
        return ""
    count = f"{len(unknown)} protein{'s' if len(unknown) > 1 else ''}"
    files = ", ".join(dict.fromkeys(unknown.values()))
    return (
        f"Identity not checked for {count} (no UniProt record, no sequence to compare): {', '.join(unknown)}. "
        f"To check, put UniProt's FASTA into {files}; then run `crossdock check` again"
    )


def _row(
    protein: Protein, sides: tuple[int, ...], findings: Findings, seconds: dict[tuple[str, str], float]
) -> tuple[str, ...]:
    """Give the cells of a protein on some sides of the pairs: 0 for a receptor, 1 for a ligand."""
    asked = " ".join((*protein.chains, *protein.partners))
    choice = findings.choices.get(protein.name)
    entry = Path(protein.entry.path).name if protein.entry.path else choice["entry"] if choice else str(protein.entry)
    if record := findings.records.get(protein.name):
        about = summarize(record)
        own = [time for pair, time in seconds.items() if any(pair[side] == protein.name for side in sides)]
        spans = ", ".join(about.spans)
        cells = (about.method, about.chains, spans, about.coverage, about.verdict, str(record.n_residues))
        return (protein.name, entry, *cells, short_time(sum(own)) if own else "")
    if protein.name in findings.failures:
        found = findings.entries.get(protein.name)
        known = method(found.method, found.resolution_A) if found else ""
        return (protein.name, entry, known, asked or "?", protein.residues or "", "", "ERROR", "", "")
    waiting = "not downloaded" if choice or not protein.entry.choice else "not chosen yet"
    return (protein.name, entry, waiting, asked or "?", protein.residues or "", "", "", "", "")


def _details(protein: Protein, findings: Findings) -> Iterator[tuple[str, str]]:
    """Give what is to be known of a protein, each with how it is shown."""
    record = findings.records.get(protein.name)
    entry = record or findings.entries.get(protein.name)
    if entry and entry.title:
        yield entry.title, _DIM
    if choice := findings.choices.get(protein.name):
        yield f"chosen on {choice['chosen'][:10]} of {choice['candidates']} structures: {choice['why']}", _DIM
    if failure := findings.failures.get(protein.name):
        yield f"error: {failure.what}", _RED
        if failure.hint:
            yield f"to do: {failure.hint}", _BOLD
    if record is None:
        return
    identity = record.identity
    if protein.uniprot and identity.verdict == "matches":
        yield f"identity: {identity.explanation}", _DIM
    about = summarize(record)
    yield f"left out: {about.removed}", _DIM
    yield f"missing inside the chain: {about.missing or 'nothing'}", _DIM
    if mask := record.docking_mask:
        reasons = ", ".join(f"{one.count} {one.text}" for one in mask.counts)
        yield f"blocked from docking: {len(mask.blocked)} of {record.n_residues} residues ({reasons})", _DIM
    if membrane := record.membrane:
        text = f"{membrane.thickness_A:g} A thick, crossed {membrane.crossings} times"
        yield f"membrane: {text}, tilt {membrane.tilt_degrees:g} degrees", _DIM
    if protein.uniprot and identity.verdict != "matches":
        yield f"note: {joined(identity.remarks)}", _PLAIN
    yield from ((f"note: {one.text}", _PLAIN) for one in record.remarks)


# --- layout


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 20), initial_indent=_INDENT, subsequent_indent=2 * _INDENT)


def _paint(text: str, style: str) -> str:
    return f"{style}{text}{_PLAIN}" if style != _PLAIN else text
