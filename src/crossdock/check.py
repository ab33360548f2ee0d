"""The panel looked over before any work: what each entry holds, as far as it is at hand."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crossdock.errors import ConfigError, CrossdockError
from crossdock.panel import Panel, Protein

_RED, _BOLD, _DIM, _PLAIN = "\x1b[31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"
_HEAD = ("protein", "entry", "method", "chains", "residues", "of UniProt", "size", "identity")
_METHODS = {"X-RAY": "X-ray", "MICROSCOPY": "cryo-EM", "NMR": "NMR", "PREDICTION": "predicted"}
#: Narrowest column that cells are wrapped to.
_NARROWEST = 4
_INDENT = "    "


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
        Name -> the problem that would stop the run.
    """

    where: str
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, CrossdockError] = field(default_factory=dict)

    @property
    def problems(self) -> list[CrossdockError]:
        """What would stop the run, in the order of the panel."""
        return list(self.failures.values())

    def stop_on_errors(self) -> None:
        """Raise every problem at once.

        Raises
        ------
        ConfigError
        """
        if self.failures:
            raise ConfigError(self.problems, where=self.where)


def check_panel(panel: Panel, entries: str | Path, *, where: str = "config") -> Findings:
    """Look into every entry that is at hand: local files, demo entries, and those fetched before.

    Parameters
    ----------
    panel : Panel
    entries : str or Path
        The folder `resources/entries`.
    where : str
        Name of the config for messages.

    Returns
    -------
    Findings
    """
    from crossdock.structures.prepare import prepare

    findings = Findings(where)
    for protein in panel.proteins:
        path = at_hand(protein, Path(entries))
        if path is None:
            continue
        try:
            # Repair takes minutes and changes nothing that is judged here.
            _, findings.records[protein.name] = prepare(
                path,
                name=protein.name,
                label=protein.label,
                chains=protein.chains or None,
                partners=protein.partners,
                copies=protein.copies,
                model=protein.model,
                residues=protein.residues,
                keep=protein.keep,
                uniprot=protein.uniprot,
                organism=protein.organism,
                accept=protein.accept,
                sequence=protein.sequence,
                accessible=protein.accessible,
                blocked=protein.blocked,
                outside=protein.outside,
            )
        except CrossdockError as error:
            place = f"{protein.name}, entry {protein.entry}"
            findings.failures[protein.name] = type(error)(error.what, where=place, hint=error.hint)
            _look_into(protein, path, findings)
    return findings


def _look_into(protein: Protein, path: Path, findings: Findings) -> None:
    """Note what an entry holds from which the protein cannot be taken."""
    from crossdock.structures.prepare import inspect

    try:
        findings.entries[protein.name] = inspect(path)
    except CrossdockError:
        return  # the problem itself says that the file cannot be read


def at_hand(protein: Protein, entries: Path) -> Path | None:
    """Give the file of a protein's entry, or None while it has not been fetched."""
    from importlib import resources

    if protein.entry.path:
        return Path(protein.entry.path)
    if protein.entry.source == "demo":
        return Path(str(resources.files("crossdock.demo") / f"{protein.entry.id}.pdb.gz"))
    fetched = entries / protein.entry.filename
    return fetched if fetched.is_file() else None


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
    members = [("receptors", panel.receptors), ("ligands", panel.ligands)]
    rows = [_row(protein, findings) for _, proteins in members for protein in proteins]
    widths = _fitted([_HEAD, *rows], width)
    paint = _paint if color else lambda text, style: text
    lines = [paint(line, _BOLD) for line in _cells(_HEAD, widths)] + ["  ".join("-" * width for width in widths)]
    waiting = iter(rows)
    for role, proteins in members:
        lines += ["", paint(f"{len(proteins)} {role}", _BOLD)]
        for protein, row in zip(proteins, waiting, strict=False):
            failed = protein.name in findings.failures
            lines += [paint(line, _RED) if failed else line for line in _cells(row, widths)]
            for text, style in _details(protein, findings):
                lines += [paint(line, style) for line in _wrapped(text, width)]
    lines += ["", *_summary(panel, findings, width, paint)]
    return "\n".join(line.rstrip() for line in lines)


def _summary(panel: Panel, findings: Findings, width: int, paint: Any) -> Iterator[str]:
    """Say how much is to be docked, what has not been looked into, and what is wrong."""
    counts = f"{len(panel.receptors)} receptors x {len(panel.ligands)} ligands = {len(panel.pairs)} pairs"
    yield from textwrap.wrap(f"{counts}, backend {panel.backend}", width)
    waiting = [p.name for p in panel.proteins if p.name not in findings.records and p.name not in findings.failures]
    if waiting:
        yield from textwrap.wrap(f"not fetched yet, so not looked into: {', '.join(waiting)}", width)
    if findings.failures:
        n = len(findings.failures)
        text = f"{n} problem{'s' if n > 1 else ''} would stop the run: {', '.join(findings.failures)}"
        yield from (paint(line, _RED) for line in textwrap.wrap(text, width))
    elif not waiting:
        yield "nothing stands in the way"


def _row(protein: Protein, findings: Findings) -> tuple[str, ...]:
    """Give the cells of a protein."""
    asked = " ".join((*protein.chains, *protein.partners))
    entry = Path(protein.entry.path).name if protein.entry.path else str(protein.entry)
    if record := findings.records.get(protein.name):
        selection = record["selection"]
        identity = record["identity"]
        verdict = identity["verdict"] + (", accepted" if identity["accepted"] else "")
        spans = [f"{first}-{last}" for first, last in record["ranges"].values()]
        return (
            protein.name,
            entry,
            _method(record),
            " ".join([*selection["chains"], *selection["with"]]),
            ", ".join(dict.fromkeys(spans)),
            _coverage(identity["coverage"]),
            str(record["n_residues"]),
            verdict,
        )
    if protein.name in findings.failures:
        method = _method(findings.entries[protein.name]) if protein.name in findings.entries else ""
        return (protein.name, entry, method, asked or "?", protein.residues or "", "", "", "PROBLEM")
    return (protein.name, entry, "not fetched", asked or "?", protein.residues or "", "", "", "")


def _method(record: dict[str, Any]) -> str:
    method = record["method"] or ""
    short = next((text for key, text in _METHODS.items() if key in method.upper()), method.lower())
    resolution = record["resolution_A"]
    return f"{short} {resolution:g} A".strip() if resolution else short


def _coverage(coverage: dict[str, Any] | None) -> str:
    if coverage is None:
        return ""
    if coverage["fraction"] is None:
        return f"{coverage['start']}-{coverage['end']}"
    return f"{100 * coverage['fraction']:.0f} % of asked"


def _details(protein: Protein, findings: Findings) -> Iterator[tuple[str, str]]:
    """Give what is to be known of a protein, each with how it is shown."""
    record = findings.records.get(protein.name)
    about = record or findings.entries.get(protein.name)
    if about and about["title"]:
        yield about["title"], _DIM
    if failure := findings.failures.get(protein.name):
        yield f"problem: {failure.what}", _RED
        if failure.hint:
            yield f"to do: {failure.hint}", _BOLD
    if record is None:
        return
    explanation = record["identity"]["explanation"]
    if protein.uniprot and not any(warning.startswith(explanation) for warning in record["warnings"]):
        yield f"identity: {explanation}", _DIM
    listed = "; ".join(f"{item['count']} {item['what']}" for item in record["removed"])
    yield f"left out: {listed or 'nothing'}", _DIM
    yield f"missing: {_missing(record['missing'])}", _DIM
    if mask := record["docking_mask"]:
        reasons = ", ".join(f"{count} {why}" for why, count in mask["counts"].items())
        yield f"closed to docking: {len(mask['blocked'])} of {record['n_residues']} residues ({reasons})", _DIM
    if membrane := record["membrane"]:
        text = f"{membrane['thickness_A']:g} A thick, crossed {membrane['crossings']} times"
        yield f"membrane: {text}, tilt {membrane['tilt_degrees']:g} degrees", _DIM
    yield from ((f"note: {warning}", _PLAIN) for warning in record["warnings"])


def _missing(missing: dict[str, int]) -> str:
    parts = []
    if missing["breaks"]:
        gaps = f"{missing['breaks']} gap{'s' if missing['breaks'] > 1 else ''}"
        parts.append(f"{missing['residues']} residues in {gaps}")
    if missing["side_chains"]:
        parts.append(f"atoms of {missing['side_chains']} side chains")
    return ", ".join(parts) or "nothing between the ends"


# --- layout


def _fitted(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Give column widths that fit the terminal, the widest columns narrowed first."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    while sum(widths) + 2 * (len(widths) - 1) > width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _cells(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Lay the cells of a row side by side, each wrapped to its column."""
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
    return [
        "  ".join((cell[i] if i < len(cell) else "").ljust(width) for cell, width in zip(wrapped, widths, strict=True))
        for i in range(max(map(len, wrapped)))
    ]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 20), initial_indent=_INDENT, subsequent_indent=2 * _INDENT)


def _paint(text: str, style: str) -> str:
    return f"{style}{text}{_PLAIN}" if style != _PLAIN else text
