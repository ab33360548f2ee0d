"""A new panel as files: a config, and tables of proteins that people look over in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crossdock.errors import InputError, cut
from crossdock.files import write_text

#: Columns of a table, in this order; those that no row has are left out.
COLUMNS = ("name", "decide", "gene", "uniprot", "organism", "entry", "chains", "residues", "membrane", "note")


@dataclass(frozen=True)
class Draft:
    """A row of a table before anybody has looked it over.

    Attributes
    ----------
    source : str
        What it was made of, as it was written.
    keys : dict of str
        Keys of a protein and their cells.
    remarks : tuple of str
        What one should know to look it over; lines above the row.
    """

    source: str
    keys: dict[str, str]
    remarks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return self.keys["name"]

    @property
    def decide(self) -> str:
        """What is to be decided; empty where it is ready."""
        return self.keys.get("decide", "")


def with_names(lists: Mapping[str, Sequence[Draft]]) -> dict[str, list[Draft]]:
    """Give every protein a valid name of its own; one that is the same in two lists has the same name there."""
    taken: dict[str, dict[str, str]] = {}
    named: dict[str, list[Draft]] = {}
    for role, drafts in lists.items():
        here: set[str] = set()
        named[role] = []
        for draft in drafts:
            keys = {key: value for key, value in draft.keys.items() if key != "name"}
            valid = re.sub(r"[^A-Za-z0-9._-]+", "_", draft.name).strip("._-")[:56] or "protein"
            count, name = 1, valid
            while name.lower() in here or taken.get(name.lower(), keys) != keys:
                count += 1
                name = f"{valid}-{count}"
            here.add(name.lower())
            taken[name.lower()] = keys
            named[role].append(replace(draft, keys={"name": name, **keys}))
    return named


def table_text(drafts: Sequence[Draft], role: str, date: str) -> str:
    """Write the table of a role: tabs between cells, remarks on lines that start with ``#``."""
    columns = [one for one in COLUMNS if any(draft.keys.get(one) for draft in drafts)]
    out = io.StringIO()
    out.write(
        f"# {role.capitalize()} of this panel, written by `crossdock init` on {date}. One protein a row, one key\n"
    )
    out.write("# of a protein a column (config/README.md). Lines that start with # are not read.\n")
    if "decide" in columns:
        out.write("# A row with a text under `decide` is refused: do what it says, then empty that cell.\n")
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    for draft in drafts:
        for remark in draft.remarks:
            out.write(f"# {draft.name}: {cut(remark, 600)}\n")
        writer.writerow([cut(draft.keys.get(one, ""), 1000) for one in columns])
    return out.getvalue()


def config_text(
    title: str, roles: Sequence[str], date: str, sites: Mapping[str, Mapping[str, object]], *, background: bool = False
) -> str:
    """Write the config of a new panel.

    Parameters
    ----------
    title : str
    roles : sequence of str
        Lists that have a table, such as ``receptors``.
    date : str
    sites : mapping
        ``entries`` and ``evidence``, as far as they are not the defaults.
    background : bool
        Whether pairs are compared with the bundled background.
    """
    lines = [
        f"# Written by `crossdock init` on {date}. Every key is explained in config/README.md.",
        "# Look the tables over, then run `crossdock check`, which says what would be docked and what is wrong.",
        f"title: {json.dumps(title, ensure_ascii=False)}",
        "",
        *(f"{role}: {role}.tsv" for role in roles),
        "# Other proteins that each protein is docked with, which give every pair a p-value (docs/statistics.md):",
        f"{'' if background else '# '}background: bundled",
        "",
        "# With 2 or more, scores have standard errors:",
        "# replicates: 3",
        "backend: local",
        "seed: 1",
    ]
    for section, values in sites.items():
        if values:
            lines += ["", f"{section}:", *(f"  {key}: {json.dumps(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def check_free(folder: Path, names: Sequence[str], *, force: bool) -> None:
    """Refuse a folder that holds a panel already.

    Raises
    ------
    InputError
    """
    if folder.exists() and not folder.is_dir():
        raise InputError("expected a folder, got a file", where=str(folder), hint="give the name of a new folder")
    there = [name for name in names if (folder / name).exists()]
    if there and not force:
        raise InputError(
            f"the folder already holds {', '.join(there)}; nothing was written",
            where=str(folder),
            hint="give another folder, or --force, which keeps the old files as config.yaml.bak and so on",
        )


def write_drafts(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write the files of a panel, the config last; what was there is kept beside it as ``.bak``."""
    for name in texts:
        if (folder / name).exists():
            (folder / name).replace(folder / f"{name}.bak")
    for name, text in texts.items():
        write_text(folder / name, text)
    return [folder / name for name in texts]
