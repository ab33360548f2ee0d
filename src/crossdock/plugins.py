"""What this package and others register with crossdock, found through entry points: the one door to it."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from crossdock.errors import InputError

#: Groups of entry points: methods that dock, and numbers of a pair or of a panel.
BACKENDS, METRICS = "crossdock.backends", "crossdock.metrics"
#: What every command asks of an object of a group; one without it is told when it is asked for by its name.
_ASKED = {BACKENDS: ("name", "options", "settings", "can")}


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
            hint=f"mend or uninstall {package}",
        ) from error


@cache
def usable(group: str) -> dict[str, Any]:
    """Give everything of a group that can be loaded; what cannot be is told when it is asked for by its name."""
    found = {}
    for name in points(group):
        try:
            one = load(group, name)
        except InputError:
            continue
        if all(hasattr(one, asked) for asked in _ASKED.get(group, ())):
            found[name] = one
    return found
