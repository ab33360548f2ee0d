"""YAML in which a value stays the text that the user wrote; what type it should have, the schema says."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

import yaml

from crossdock.errors import InputError, cut, quoted

#: Deepest nesting, longest single value, and how many times its own length aliases may make a text stand for.
MOST_LEVELS, LONGEST, MOST_REPEATED = 30, 100_000, 10

#: A zero byte, or half of a character.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def of_package(package: str, file: str) -> Any:
    """Read a YAML file that is part of a package; libyaml, where PyYAML has it, is ten times faster."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


class _Text(yaml.SafeLoader):
    """YAML without implicit types but nothing (`null`, `~`), in which a key written twice is a mistake.

    YAML 1.1 would read NO as false, 0123 as 83, 1_000 as 1000, 12:30 as 750 and 2024-01-01 as a date, all of which may
    be names, chains or entries.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {  # noqa: RUF012
        first: [one for one in resolvers if one[0] in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            place = _place(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                raise InputError("a key must be text, not a list or a mapping", where=place)
            key = key_node.value
            if key in seen:
                raise InputError(f"the key {quoted(key)} is written twice", where=place)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _as_text(loader: _Text, node: Any) -> str:
    """Give what is written after a tag such as `!!int`."""
    return str(loader.construct_scalar(node))


for _name in ("int", "float", "bool", "timestamp", "binary"):
    _Text.add_constructor(f"tag:yaml.org,2002:{_name}", _as_text)


def read_yaml(text: str, where: str) -> Any:
    """Read YAML or JSON with every value as text.

    Parameters
    ----------
    text : str
    where : str
        Its name in messages.

    Returns
    -------
    dict, list, str or None

    Raises
    ------
    InputError
        If it is no YAML, a key stands twice in a mapping, it is nested too deeply, a value is too long, or aliases
        stand for far more than the text itself.
    """
    try:
        loader = _Text(text)
        loader.name = where
        try:
            value = loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        hint = "indent with blanks, not tabs" if "\\t" in str(error.problem) else None
        raise InputError(
            f"not a YAML file: {cut(str(error.problem or error.context))}",
            where=_place(mark) if mark else where,
            hint=hint,
        ) from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise InputError(f"not a YAML file: {cut(str(error))}", where=where) from None
    except RecursionError:
        raise InputError(f"nested in more than {MOST_LEVELS} levels", where=where) from None
    if _Bounds(where).length(value) > MOST_REPEATED * len(text) + LONGEST:
        raise InputError("its aliases (`*name`) expand to too much text", where=where)
    return value


class _Bounds:
    """How much a value stands for, each alias counted as often as it is used; what is shared is looked at once."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._known: dict[int, int | None] = {}

    def length(self, value: Any, level: int = 0) -> int:
        """Count characters, and 1 for each value; refuse what is nested too deeply or stands in itself."""
        if isinstance(value, str):
            if len(value) > LONGEST:
                raise InputError(f"a value of {len(value)} characters: {quoted(value)}", where=self._where)
            if not value.isprintable() and _NO_TEXT.search(value):
                raise InputError(f"an invalid character: {quoted(value)}", where=self._where)
            return len(value) + 1
        if not isinstance(value, dict | list):
            return 1
        if level > MOST_LEVELS:
            raise InputError(f"nested in more than {MOST_LEVELS} levels", where=self._where)
        if id(value) not in self._known:
            self._known[id(value)] = None
            parts = [*value, *value.values()] if isinstance(value, dict) else value
            self._known[id(value)] = 1 + sum(self.length(part, level + 1) for part in parts)
        known = self._known[id(value)]
        if known is None:
            raise InputError("an alias (`*name`) refers to itself", where=self._where)
        return known


def _place(mark: yaml.Mark) -> str:
    return f"{mark.name}, line {mark.line + 1}"
