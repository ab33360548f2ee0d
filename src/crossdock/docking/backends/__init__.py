"""Methods that dock, each an object in a folder of its own, found by name through entry points.

`contract` says what a backend is; `door` is the one place through which the rest of crossdock uses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crossdock import plugins
from crossdock.docking.backends.contract import RESERVED, TAKEN, Backend
from crossdock.errors import InputError

if TYPE_CHECKING:
    from crossdock.docking.backends.contract import Needs
    from crossdock.structures.shape import Size


def load_backend(name: str) -> Backend:
    """Give the backend of that name.

    Raises
    ------
    InputError
        If none is registered under it, or what is registered is none, or has names or rules that cannot be used.
    """
    found = plugins.load(plugins.BACKENDS, name)
    if not isinstance(found, Backend):
        raise InputError(
            f"the object registered as the backend {name!r} is not a Backend, but {type(found).__name__}",
            hint="an entry point of the group crossdock.backends names an object of a class derived from "
            "crossdock.docking.backends.contract.Backend",
        )
    if wrong := next(faults(found), None):
        raise InputError(
            f"the backend {name!r} cannot be used: {wrong}",
            where=plugins.package(plugins.points(plugins.BACKENDS)[name]),
            hint="this is an error of the backend, not of your input; `crossdock backends test` finds all such errors",
        )
    return found


def faults(backend: Backend) -> Iterator[str]:
    """Say which names and rules of a backend cannot be used, each with what to do about it."""
    if problem := plugins.problem(plugins.BACKENDS, backend):
        yield problem
        return
    for kind in ("options", "settings"):
        for key, rule in getattr(backend, kind).items():
            if kind == "options" and key in RESERVED:
                yield f"options[{key!r}] is called as an option of every `crossdock dock`; rename it"
            for needed in ("default", "description"):
                if needed not in rule or (needed == "description" and not rule[needed].strip()):
                    yield f"{kind}[{key!r}] has no {needed}; add one"
    own = [*backend.terms, *backend.numbers, *((backend.score,) if backend.score.better == "high" else ())]
    names = [one.name for one in own]
    for name in dict.fromkeys(names):
        if name in TAKEN or name in plugins.points(plugins.METRICS):
            yield f"its number {name!r} is called as one that every pair has; rename it"
        if names.count(name) > 1:
            yield f"two of its numbers are called {name!r}; rename one"


def backends() -> dict[str, Backend]:
    """Give every backend that can be loaded, by name."""
    return {name: found for name, found in plugins.usable(plugins.BACKENDS).items() if isinstance(found, Backend)}


@dataclass(frozen=True)
class Registered:
    """What stands in the list of backends.

    Attributes
    ----------
    name, package : str
        `package` is the one that registers it, with its version.
    backend : Backend or None
    problem : str
        Why there is none.
    """

    name: str
    package: str
    backend: Backend | None = None
    problem: str = ""


def registered() -> list[Registered]:
    """List what is registered as a backend, by name, what cannot be loaded too."""
    found = []
    for name, point in plugins.points(plugins.BACKENDS).items():
        package = plugins.package(point)
        try:
            found.append(Registered(name, package, load_backend(name)))
        except InputError as error:
            found.append(Registered(name, package, problem=error.what))
    return found


def needs(name: str, receptor: Size, ligand: Size, options: Mapping[str, Any]) -> Needs:
    """Estimate what docking a pair takes, as its backend knows it."""
    return load_backend(name).needs(receptor, ligand, options)


def with_defaults(backend: Backend, options: Mapping[str, Any]) -> dict[str, Any]:
    """Give every option of a backend a value; `crossdock.panel.schema` says what is wrong with one."""
    return {key: options.get(key, rule.get("default")) for key, rule in backend.options.items()}
