"""From names, files and lists to a panel that can be looked over: the step `crossdock init`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crossdock.entries.download import default_sites
from crossdock.entries.names import Name, read_names
from crossdock.errors import InputError
from crossdock.panel.drafts import Draft, check_free, config_text, table_text, with_names, write_drafts
from crossdock.panel.schema import rule_of
from crossdock.progress import track
from crossdock.steps.drafts import Drafting
from crossdock.steps.lookup import look_up


@dataclass(frozen=True)
class Started:
    """What `init` made.

    Attributes
    ----------
    folder : Path
    files : list of Path
    lists : dict
        Role -> its rows.
    notes : tuple of str
        Sites that could not be asked.
    """

    folder: Path
    files: list[Path]
    lists: dict[str, list[Draft]]
    notes: tuple[str, ...] = ()


def init(
    folder: str | Path,
    words: Mapping[str, Sequence[str]],
    *,
    taxid: int = 9606,
    title: str | None = None,
    sites: Mapping[str, Any] | None = None,
    evidence: Mapping[str, Any] | None = None,
    force: bool = False,
    background: bool = False,
) -> Started:
    """Make the config and the tables of a panel.

    Parameters
    ----------
    folder : str or Path
        Where the panel is made; the run is started there.
    words : mapping
        ``receptors`` and ``ligands`` (or ``proteins``) -> names as people write them
        (`crossdock.entries.names.read_names`).
    taxid : int
        NCBI taxonomy id of the organism whose genes are meant.
    title : str, optional
        Heading of the report.
    sites, evidence : mapping, optional
        Keys of the config's `entries` and `evidence`; those that are not the defaults are written into the new config.
    force : bool
        Whether an earlier panel in the folder is put aside.
    background : bool
        Whether the config asks for the bundled background.

    Returns
    -------
    Started

    Raises
    ------
    InputError
        If the folder holds a panel, or a list has no names. A name that cannot be used is no error: its row says under
        `decide` what is to be done.
    """
    folder = Path(folder)
    tables = [f"{role}.tsv" for role in words]
    check_free(folder, [*tables, "config.yaml"], force=force)
    names = {role: read_names(some) for role, some in words.items()}
    for role, some in names.items():
        if not some:
            raise InputError("no names were given", where=f"--{role}", hint="give symbols, ids, files or lists of them")
    sites, evidence = default_sites() | dict(sites or {}), dict(evidence or {})
    everything = list({name.key: name for some in names.values() for name in some}.values())
    found = look_up(everything, taxid, uniprot=_uniprot(evidence), offline=bool(sites.get("offline")))
    drafting = Drafting(folder, taxid, sites, found)
    drafts = dict(_drafted(everything, drafting))
    lists = with_names({role: _once([drafts[name.key] for name in some]) for role, some in names.items()})
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    texts = {f"{role}.tsv": table_text(some, role, date) for role, some in lists.items()}
    changed = {"entries": _changed(sites, "entries"), "evidence": _changed(evidence, "evidence")}
    texts["config.yaml"] = config_text(
        title or folder.absolute().name, list(lists), date, changed, background=background
    )
    return Started(folder, write_drafts(folder, texts), lists, (*found.notes, *drafting.notes))


def _uniprot(evidence: Mapping[str, Any]) -> str:
    site: str = evidence.get("uniprot", rule_of("evidence.uniprot")["default"])
    return site


def _drafted(names: Sequence[Name], drafting: Drafting) -> Iterator[tuple[tuple[str, str, tuple[str, ...]], Draft]]:
    for name in track(names, "proteins looked up", least=4):
        yield name.key, drafting.draft(name)


def _once(drafts: Sequence[Draft]) -> list[Draft]:
    """Leave out rows that differ from an earlier one by nothing: a protein that was named in two ways."""
    kept: dict[tuple[tuple[str, str], ...], Draft] = {}
    for draft in drafts:
        key = tuple(sorted((key, value) for key, value in draft.keys.items() if key != "name"))
        if key in kept and "decide" not in draft.keys:
            first = kept[key]
            kept[key] = Draft(first.source, first.keys, (*first.remarks, f"named again as {draft.source}"))
        else:
            kept[(*key, ("source", draft.source)) if "decide" in draft.keys else key] = draft
    return list(kept.values())


def _changed(values: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Give the values that are not the config's defaults."""
    rules = rule_of(section)["properties"]
    return {key: value for key, value in values.items() if key in rules and value != rules[key]["default"]}
