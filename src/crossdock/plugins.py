"""What this package and others register with crossdock, found through entry points: the one door to it."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from crossdock.errors import InputError
from crossdock.quantity import Quantity

#: Groups of entry points: methods that dock, and numbers of a pair or of a panel.
BACKENDS, METRICS = "crossdock.backends", "crossdock.metrics"
#: How keys of options and settings are written: they are options of the command line too.
_KEY = re.compile(r"[a-z][a-z0-9_]*")

_log = logging.getLogger(__name__)


@cache
def points(group: str) -> dict[str, EntryPoint]:
    """Give what is registered in a group, by name; installed packages are looked through once."""
    return {point.name: point for point in sorted(entry_points(group=group), key=lambda point: point.name)}


@cache
def load(group: str, name: str) -> Any:
    """Give what is registered under a name.

    Raises
    ------
    InputError
        If nothing is, or the package that registers it cannot be loaded.
    """
    what = group.rpartition(".")[2].rstrip("s")
    if name not in points(group):
        known = ", ".join(points(group)) or "none"
        raise InputError(f"there is no {what} {name!r}", hint=f"registered: {known}")
    point = points(group)[name]
    try:
        return point.load()
    except Exception as error:  # code of another package, which may fail in any way
        package = point.dist.name if point.dist else point.module
        raise InputError(
            f"the {what} {name!r} cannot be loaded: {type(error).__name__}: {error}",
            where=f"{point.value}, of the package {package}",
            hint=f"fix or uninstall {package}",
        ) from error


@cache
def usable(group: str) -> dict[str, Any]:
    """Give everything of a group that every command can ask; what cannot be asked is warned of, once, and left out."""
    found = {}
    for name, point in points(group).items():
        try:
            one = load(group, name)
            wrong = problem(group, one)
        except InputError as error:
            wrong = error.what
        if wrong:
            _log.warning("%r (package %s) is not available: %s", name, package(point), wrong)
        else:
            found[name] = one
    return found


def package(point: EntryPoint) -> str:
    """Name the package that registers something, with its version."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.module


def packages(group: str) -> dict[str, str]:
    """Name the package of everything that is registered in a group, with its version."""
    return {name: package(point) for name, point in points(group).items()}


def problem(group: str, one: Any) -> str:
    """Say why commands cannot ask what is registered for what they ask all of its group; empty where they can."""
    if group != BACKENDS:
        return ""
    try:
        if not isinstance(one.name, str):
            return f"`name` is {type(one.name).__name__}, not a text"
        for kind in ("options", "settings"):
            if wrong := _problem_of_rules(kind, getattr(one, kind)):
                return wrong
        if not all(isinstance(number, Quantity) for number in (one.score, *one.terms, *one.quantities)):
            return "its score, `terms` and `numbers` are not all of crossdock.quantity.Quantity"
        if not callable(one.add_commands) or not all(isinstance(word, str) for word in one.can.labels):
            return "`can` or `add_commands` does not follow the contract (docs/backends.md)"
    except Exception as error:  # code of another package, which may fail in any way
        return f"a required attribute is missing: {type(error).__name__}: {error}"
    return ""


def _problem_of_rules(kind: str, rules: Any) -> str:
    if not isinstance(rules, Mapping):
        return f"`{kind}` is {type(rules).__name__}, not a mapping of keys to rules"
    for key, rule in rules.items():
        where = f"{kind}[{key!r}]"
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            return f"{where}: expected a key of small letters, digits and underscores"
        if not isinstance(rule, Mapping):
            return f"{where}: its rule is {type(rule).__name__}, not a mapping"
        if not isinstance(rule.get("description", ""), str) or not isinstance(rule.get("type", ""), str | list | tuple):
            return f"{where}: its `description` is not text, or its `type` is not a JSON schema type"
    return ""
