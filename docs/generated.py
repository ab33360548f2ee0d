"""What pages of the site take from the code: the keys of a config, the command line, and config/README.md."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent
#: Width of the help texts, in characters.
WIDTH = 100
#: Links that lead out of docs/ in the repository, and what stands for them on the site.
LINKS = {
    "](../config/README.md": "](/reference/config.md",
    "](../tests/example_backend)": "](/tutorials/backend.md)",
    "](../src/crossdock/docking/backends/cluspro)": "](../src/crossdock/docking/backends/cluspro/__init__.py)",
}


def fill(app: Any, name: str, source: list[str]) -> None:
    """Put into a page what its marks `<!-- made: NAME -->` name, and let links into the repository lead to pages."""
    source[0] = re.sub(r"^<!-- made: (.+?) -->$", lambda mark: MADE[mark[1]](), source[0], flags=re.MULTILINE)
    for old, new in LINKS.items():
        source[0] = source[0].replace(old, new)


def config_prose() -> str:
    """Give what config/README.md says beside its tables of keys, which stand on a page of their own."""
    text = (REPOSITORY / "config/README.md").read_text(encoding="utf-8")
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    kept = "\n".join(part for part in parts[1:] if not part.startswith(("## Keys",)))
    return kept.replace("](../docs/", "](/").replace("(docs/", "(")


def panel_keys() -> str:
    """Write a table of each section of a config."""
    from crossdock.panel.schema import schema

    own = {key: rule for key, rule in schema()["properties"].items() if "properties" not in rule}
    parts = [key_table(own)]
    for key, rule in schema()["properties"].items():
        if "properties" in rule:
            parts.append(f"### `{key}`\n\n{rule['description']}\n\n{key_table(rule['properties'])}")
    return "\n\n".join(parts)


def protein_keys() -> str:
    """Write the table of the keys of a protein."""
    from crossdock.panel.schema import rule_of

    return key_table(dict(_flat(rule_of("protein")["properties"])))


def key_table(rules: Mapping[str, Mapping[str, Any]]) -> str:
    """Write a row for each key: what its value is, its default, and what it means."""
    rows = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    for key, rule in rules.items():
        cells = (f"`{key}`", _value(rule), _default(rule), " ".join(str(rule.get("description", "")).split()))
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)


def _flat(rules: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, rule in rules.items():
        yield key, rule
        yield from ((f"{key}.{inner}", one) for inner, one in rule.get("properties", {}).items())


def _value(rule: Mapping[str, Any]) -> str:
    """Say what a value may be."""
    if "enum" in rule:
        return ", ".join(f"`{one}`" for one in rule["enum"])
    names = {"array": "list", "object": "keys", "null": "", "boolean": "true or false", "string": "text"}
    kinds = rule.get("type", ["array", "string"])  # lists of proteins, which may be tables, have no type
    given = [names.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)]
    bounds = {"minimum": "from {}", "exclusiveMinimum": "above {}", "maximum": "up to {}"}
    limits = [text.format(rule[name]) for name, text in bounds.items() if name in rule]
    return " ".join([" or ".join(kind for kind in given if kind), *limits])


def _default(rule: Mapping[str, Any]) -> str:
    value = rule.get("default")
    if value is None or value in ([], {}, ""):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def command_line() -> str:
    """Write the help of every command, as the terminal shows it."""
    from crossdock.cli import build_parser

    os.environ["COLUMNS"] = str(WIDTH)
    return "\n".join(_helps(build_parser(), level=2))


def _helps(parser: argparse.ArgumentParser, level: int) -> Iterator[str]:
    yield f"{'#' * level} `{parser.prog}`\n\n```text\n{parser.format_help().rstrip()}\n```\n"
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _helps(inner, level=2 if level == 2 else level + 1)


#: Mark -> what writes the text in its place.
MADE = {
    "config in words": config_prose,
    "keys of a panel": panel_keys,
    "keys of a protein": protein_keys,
    "command line": command_line,
}
