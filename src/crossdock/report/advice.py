"""What to write into the config before the next run, each line of it accepted by `crossdock check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from crossdock.remark import UNNOTICED_MEMBRANE
from crossdock.report.run_data import RunData
from crossdock.report.sentences import say
from crossdock.report.wording import labels


@dataclass(frozen=True)
class Advice:
    """A change of the config.

    Attributes
    ----------
    line : str
        What to write, as YAML; empty where it is not one line.
    text : str
        What it does.
    keys : dict
        What the line says, as a config holds it: keys of the panel, or of the `proteins`.
    proteins : tuple of str
        Names of the proteins beside which it belongs.
    files : tuple of str
        Files to put there instead of a line.
    """

    line: str
    text: str
    keys: dict[str, Any] = field(default_factory=dict)
    proteins: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def advice(data: RunData) -> list[Advice]:
    """Say what would make the next run of this panel more telling.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    list of Advice
        The most useful first.
    """
    if not any(data.of.name in pair.values for pair in data.pairs) or data.docking.synthetic:
        return []
    return [*_of_panel(data), *_of_proteins(data)]


def _of_panel(data: RunData) -> Iterator[Advice]:
    panel = data.panel
    if not (panel.get("background") or panel.get("controls")):
        yield Advice("background: bundled", say("advice-background"), {"background": "bundled"})
    if len(panel["receptors"]) < 2:
        yield Advice("", say("advice-receptor"))
    if data.complexes:
        rows = [{"receptor": receptor, "ligand": ligand} for receptor, ligand in data.complexes]
        line = f"known: {yaml.safe_dump(rows, default_flow_style=True, sort_keys=False, width=1000).strip()}"
        yield Advice(line, say("advice-known", names=[_named(data, pair) for pair in data.complexes]), {"known": rows})
    if (panel.get("replicates") or 1) < 2 and data.docking.seeds_tell:
        yield Advice("replicates: 3", say("advice-replicates"), {"replicates": 3})


def _named(data: RunData, pair: tuple[str, str]) -> str:
    shown = labels(data)
    return f"{shown[pair[1]]} on {shown[pair[0]]}"


def _of_proteins(data: RunData) -> Iterator[Advice]:
    shown, proteins = labels(data), data.proteins

    def names(chosen: list[str]) -> list[str]:
        return [shown[name] for name in chosen]

    if others := [name for name, protein in proteins.items() if protein.identity.is_another]:
        yield Advice("", say("advice-replace", names=names(others)), proteins=tuple(others))
    bare = [
        name
        for name, protein in proteins.items()
        if not protein.identity.is_another and protein.says(UNNOTICED_MEMBRANE)
    ]
    if bare:
        keys = {"membrane": {"outside": "N-term"}}
        line = "membrane: {outside: N-term}"
        yield Advice(line, say("advice-membrane", names=names(bare)), keys, tuple(bare))
    unknown = [name for name, protein in proteins.items() if protein.identity.verdict == "unknown"]
    expected = {name: proteins[name].identity.expected for name in unknown}
    if nameless := [name for name in unknown if not expected[name]]:
        text = say("advice-uniprot", names=names(nameless))
        yield Advice("uniprot: ACCESSION", text, {"uniprot": "ACCESSION"}, tuple(nameless))
    if silent := [name for name in unknown if expected[name]]:
        files = tuple(f"resources/sequences/{expected[name]}.fasta" for name in silent)
        yield Advice("", say("advice-sequence", names=names(silent), files=files), proteins=tuple(silent), files=files)
