"""The panel looked over before any work: what each entry holds, as far as it is at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crossdock.errors import ConfigError, CrossdockError
from crossdock.panel import Panel, Protein


@dataclass
class Findings:
    """What was found about each protein of a panel.

    Attributes
    ----------
    records : dict
        Name -> what protein.json will hold, for entries at hand.
    problems : list of CrossdockError
        What would stop the run.
    where : str
        Name of the config.
    """

    where: str
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[CrossdockError] = field(default_factory=list)

    def stop_on_errors(self) -> None:
        """Raise every problem at once.

        Raises
        ------
        ConfigError
        """
        if self.problems:
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
            _, findings.records[protein.name] = prepare(
                path, name=protein.name, label=protein.label, chains=protein.chains or None, partners=protein.partners,
                model=protein.model, residues=protein.residues, keep=protein.keep, uniprot=protein.uniprot,
                organism=protein.organism, accept=protein.accept,
            )  # fmt: skip
        except CrossdockError as error:
            place = f"{protein.name}, entry {protein.entry}"
            findings.problems.append(type(error)(error.what, where=place, hint=error.hint))
    return findings


def at_hand(protein: Protein, entries: Path) -> Path | None:
    """Give the file of a protein's entry, or None while it has not been fetched."""
    from importlib import resources

    if protein.entry.path:
        return Path(protein.entry.path)
    if protein.entry.source == "demo":
        return Path(str(resources.files("crossdock.demo") / f"{protein.entry.id}.pdb.gz"))
    fetched = entries / protein.entry.filename
    return fetched if fetched.is_file() else None


def render(panel: Panel, findings: Findings) -> str:
    """Lay the panel out as a table for the terminal.

    Parameters
    ----------
    panel : Panel
    findings : Findings

    Returns
    -------
    str
    """
    head = ("protein", "role", "entry", "chains", "residues", "identity", "removed")
    rows = [head]
    for role, members in (("receptor", panel.receptors), ("ligand", panel.ligands)):
        rows += [_row(protein, role, findings) for protein in members]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    lines += ["", f"{len(panel.receptors)} receptors x {len(panel.ligands)} ligands = {len(panel.pairs)} pairs, backend {panel.backend}"]
    waiting = [protein.name for protein in panel.proteins if protein.name not in findings.records]
    waiting = [name for name in waiting if not any(str(problem.where).startswith(f"{name},") for problem in findings.problems)]
    if waiting:
        lines.append(f"not fetched yet, so not looked into: {', '.join(waiting)}")
    for name, record in findings.records.items():
        lines += [f"note on {name}: {warning}" for warning in record["warnings"]]
    return "\n".join(lines)


def _row(protein: Protein, role: str, findings: Findings) -> tuple[str, ...]:
    record = findings.records.get(protein.name)
    if record is None:
        failed = any(str(problem.where).startswith(f"{protein.name},") for problem in findings.problems)
        asked = " ".join((*protein.chains, *protein.partners)) or "?"
        return (protein.name, role, str(protein.entry), asked, "?", "PROBLEM" if failed else "?", "")
    selection = record["selection"]
    chains = " ".join([*selection["chains"], *selection.get("with", [])])
    removed = ", ".join(f"{item['count']} {item['what']}" for item in record["removed"])
    return (protein.name, role, str(protein.entry), chains, str(record["n_residues"]), record["identity"]["verdict"],
            removed if len(removed) <= 60 else removed[:57] + "...")  # fmt: skip
