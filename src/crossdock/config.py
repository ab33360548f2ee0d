"""Config files and tables of proteins -> plain values, each with the place that it was read from."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from crossdock.errors import CrossdockError, InputError

#: Keys of a protein that hold lists; in a table their items are separated by blanks, commas or semicolons.
LIST_KEYS = ("chains", "with", "keep")


class _NoRepeats(yaml.SafeLoader):
    """YAML in which a key written twice is a mistake, where plain YAML silently takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                mark = key_node.start_mark
                raise InputError(f"the key {key!r} is written twice", where=f"{mark.name}, line {mark.line + 1}")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_config(path: str | Path) -> dict[str, Any]:
    """Read a config file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If the file cannot be read, is not YAML, holds a key twice, or is not a mapping.
    """
    try:
        with open(path, encoding="utf-8") as handle:
            config = yaml.load(handle, _NoRepeats)
    except OSError as error:
        raise InputError(f"cannot read the config: {error.strerror}", where=str(path)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"not a YAML file: {error}", where=str(path)) from error
    if not isinstance(config, dict):
        raise InputError("expected keys such as `receptors:` and `ligands:`", where=str(path))
    return config


def protein_rows(value: Any, role: str, problems: list[CrossdockError]) -> list[tuple[str, dict[str, Any]]]:
    """Give (place, keys) of every protein of a role, from the config or the table that it names."""
    if value is None or value == [] or value == "":
        problems.append(
            InputError(
                "the panel is empty: no protein here", where=role, hint=f"list at least one protein under `{role}:`"
            )
        )
        return []
    if isinstance(value, str):
        try:
            rows = list(_table_rows(Path(value)))
        except InputError as error:
            problems.append(error)
            return []
        if not rows:
            problems.append(InputError("the panel is empty: the table has no row", where=value))
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
                    f"expected keys such as `name` and `entry`, got {row!r}",
                    where=place,
                    hint="write it as `- {name: CD81, entry: 7mws}`",
                )
            )
            continue
        rows.append((f"{place} ({row['name']})" if row.get("name") else place, row))
    return rows


def _table_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read a protein list from a .tsv or .csv file with a column a key."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise InputError(
            f"cannot read the list of proteins: {reason}",
            where=str(path.absolute()),
            hint="paths in a config are relative to the folder that the command runs in",
        ) from error
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    reader = csv.DictReader((line for _, line in lines), delimiter="\t" if path.suffix != ".csv" else ",")
    for (number, _), row in zip(lines[1:], reader, strict=False):
        keys: dict[str, Any] = {}
        for key, cell in row.items():
            if key is None:
                raise InputError("more cells than the header has columns", where=f"{path}, line {number}")
            if cell is None or not cell.strip():
                continue
            key = key.strip()
            keys[key] = re.split(r"[\s,;]+", cell.strip()) if key in LIST_KEYS else cell.strip()
            if key in ("model", "organism") and keys[key].isdigit():
                keys[key] = int(keys[key])
            if key == "repair" and keys[key].lower() in ("true", "yes", "false", "no"):
                keys[key] = keys[key].lower() in ("true", "yes")
        yield f"{path}, line {number}" + (f" ({keys['name']})" if "name" in keys else ""), keys
