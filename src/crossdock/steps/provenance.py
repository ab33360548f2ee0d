"""What a run was made of, by what and where: one record for a reader, or a program, who wants to make it again."""

from __future__ import annotations

import hashlib
import platform
import re
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from crossdock import plugins
from crossdock.docking.record import read_docking
from crossdock.panel.panel import Panel
from crossdock.records import to_json
from crossdock.steps.agreement import runs_made
from crossdock.structures.record import read_protein


def provenance(panel: Panel, results: str | Path, tables: Sequence[str | Path]) -> dict[str, Any]:
    """Collect what a run was made of.

    Parameters
    ----------
    panel : Panel
    results : str or Path
        The folder that holds proteins/ and pairs/.
    tables : sequence of str or Path
        Results whose content is told by its hash.

    Returns
    -------
    dict
        ``config`` (the panel as resolved), ``software`` (name -> version), ``metrics`` (those
        of other packages -> package and version), ``inputs`` (entries, by protein: where each
        came from, when, and the SHA-256 of file and prepared structure; of several conformers entry, model and SHA-256
        of each), ``dockings`` (how many, CPU seconds,
        first and last time, processors, parameters) and ``results`` (file -> SHA-256).
    """
    results = Path(results)
    inputs: dict[str, dict[str, Any]] = {}
    for protein in panel.proteins:
        folder = panel.proteins_in(results) / protein.name
        record = read_protein(folder / "protein.json")
        inputs[protein.name] = {"entry": to_json(record.entry), "structure_sha256": _hash(folder / "structure.pdb")}
        if record.conformers:
            inputs[protein.name]["conformers"] = [
                {"entry": one.entry, "model": one.model, "sha256": one.sha256} for one in record.conformers
            ]
    return {
        "config": panel.to_record(),
        "software": software(),
        "metrics": plugins.packages(plugins.METRICS),
        "inputs": inputs,
        "dockings": _dockings(runs_made(panel, results)),
        "results": {str(Path(path).relative_to(results)): _hash(Path(path)) for path in tables},
    }


def software() -> dict[str, str]:
    """Give the versions of Python, crossdock and what it needs, as installed here."""
    found = {"python": platform.python_version(), "crossdock": version("crossdock")}
    for requirement in requires("crossdock") or ():
        name = re.match(r"[\w.-]+", requirement)
        if name and "extra ==" not in requirement:
            try:
                found[name[0]] = version(name[0])
            except PackageNotFoundError:
                continue  # needed on another kind of machine only
    return found


def processor() -> str:
    """Name this machine's kind of processor: the bytes of a docking are the same only where it is."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        named = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        named = platform.processor() or "unknown"
    return f"{platform.system()} {platform.machine()}, {named}"


def _dockings(runs: Sequence[tuple[Panel, Path]]) -> dict[str, Any]:
    """Sum up all dockings of all backends, replicates too, one record after the other."""
    count, seconds, times = 0, 0.0, []
    processors: Counter[str] = Counter()
    settings: dict[str, dict[str, Any]] = {}
    methods: dict[str, str] = {}
    places = (
        place
        for panel, results in runs
        for receptor, ligand in panel.docked
        for folder in [results / "pairs" / receptor.name / ligand.name]
        for place in (folder, *(folder / "replicates" / str(n) for n in range(2, panel.replicates + 1)))
    )
    for place in places:
        record = read_docking(place / "docking.json")
        count += 1
        seconds += record.cpu_seconds or 0.0
        times.append(record.docked)
        processors[record.processor or "unknown"] += 1
        settings.setdefault(record.backend, {}).setdefault(record.crossdock_version, record.parameters)
        methods[record.backend] = record.method.version
    times = sorted(time for time in times if time)
    return {
        "count": count,
        "cpu_seconds": round(seconds, 1),
        "first": times[0] if times else None,
        "last": times[-1] if times else None,
        "processors": dict(processors),
        "methods": methods,
        "parameters": settings,
    }


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
