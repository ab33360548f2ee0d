"""Config files and tables of proteins -> plain values, each with the place that it was read from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crossdock.errors import CrossdockError, InputError, cut, quoted
from crossdock.files import read_text
from crossdock.panel.schema import backends_of, schema, typed
from crossdock.spreadsheet import read_sheet
from crossdock.yamltext import read_yaml

#: Keys of a protein that hold lists; in a table their items are separated by blanks, commas or semicolons.
LIST_KEYS = ("chains", "with", "keep")


def read_config(path: str | Path) -> dict[str, Any]:
    """Read a config file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict
        Every value as the text that stands there (`crossdock.panel.schema.typed` reads it).

    Raises
    ------
    InputError
        If the file cannot be read, is not YAML, holds a key twice, or is not a mapping.
    """
    config = read_yaml(read_text(path, "config"), str(path))
    if not isinstance(config, dict):
        raise InputError("expected keys such as `receptors:` and `ligands:`", where=str(path))
    return config


def read_configs(paths: Iterable[str | Path], settings: Iterable[str] = ()) -> dict[str, Any]:
    """Read config files, and what the command line sets over them.

    Parameters
    ----------
    paths : iterable of str or Path
        A key of a later one replaces that of an earlier one; mappings are merged key by key.
    settings : iterable of str
        Such as ``seed=7`` and ``docking={"rotations": 9}``, as `snakemake --config` takes them.

    Returns
    -------
    dict
        As `read_config` gives it.
    """
    config: dict[str, Any] = {}
    for path in paths:
        _merge(config, read_config(path))
    pairs = [setting.partition("=")[::2] for setting in settings]
    named = backends_of(config | {key: text for key, text in pairs if key in ("backend", "backends")})
    for key, text in pairs:
        rule = schema(*named)["properties"].get(key, {})
        _merge(config, {key: typed(_unquoted(text), rule) if text else None})
    return config


def _merge(config: dict[str, Any], over: Mapping[str, Any]) -> None:
    """Put values in place of others; mappings are merged."""
    for key, value in over.items():
        own = config.get(key)
        if isinstance(value, dict) and isinstance(own, dict):
            config[key] = own = dict(own)  # an alias may share it with another key
            _merge(own, value)
        else:
            config[key] = value


def _unquoted(text: str) -> str:
    """Take the quotation marks of YAML off a text that has them."""
    if text[0] not in "'\"":
        return text
    try:
        value = read_yaml(text, "--config")
    except InputError:
        return text
    return value if isinstance(value, str) else text


def protein_rows(value: Any, role: str, problems: list[CrossdockError]) -> list[tuple[str, dict[str, Any]]]:
    """Give (place, keys) of every protein of a role, from the config or the table that it names."""
    if value is None or value == [] or value == "":
        problems.append(
            InputError(
                "the panel is empty: no protein in this list",
                where=role,
                hint=f"list at least one protein under `{role}:`",
            )
        )
        return []
    if isinstance(value, str) and value.lstrip().startswith("[") and not Path(value).exists():
        value = typed(value, {"type": "array"})  # a list as text, from the command line
    if isinstance(value, str):
        try:
            rows = list(_table_rows(value))
        except InputError as error:
            problems.append(InputError(error.what, where=f"{role} {error.where}", hint=error.hint))
            return []
        if not rows:
            problems.append(InputError("the panel is empty: the table has no rows", where=value))
        return rows
    if not isinstance(value, list):
        problems.append(
            InputError(
                f"expected a list of proteins or the path of a table, got {type(value).__name__}",
                where=role,
                hint="write each protein as `- {name: CD81, entry: 7mws}`",
            )
        )
        return []
    rows = []
    for number, row in enumerate(value, start=1):
        place = f"{role} {number}"
        if not isinstance(row, dict):
            problems.append(
                InputError(
                    f"expected keys such as `name` and `entry`, got {quoted(row)}",
                    where=place,
                    hint="write it as `- {name: CD81, entry: 7mws}`",
                )
            )
            continue
        rows.append((f"{place} ({cut(str(row['name']), 64)})" if row.get("name") else place, row))
    return rows


def _table_rows(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read a protein list from a table with a column a key, whose lines with # are remarks."""
    sheet = read_sheet(path, "list of proteins", remarks=True)
    for line, cells in sheet.rows:
        keys: dict[str, Any] = {key: cell for key, cell in zip(sheet.header, cells, strict=True) if cell}
        for key in keys.keys() & set(LIST_KEYS):
            keys[key] = re.split(r"[\s,;]+", keys[key])
        if ";" in keys.get("entry", ""):
            keys["entry"] = [one.strip() for one in keys["entry"].split(";") if one.strip()]
        place = f"{path}, line {line}"
        yield f"{place} ({cut(keys['name'], 64)})" if "name" in keys else place, keys
