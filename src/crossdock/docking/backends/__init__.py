"""Methods that dock, each an object in a folder of its own, found by name through entry points.

`contract` says what a backend is; `door` is the one place through which the rest of crossdock uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from crossdock import plugins
from crossdock.docking.backends.contract import Backend
from crossdock.errors import InputError

if TYPE_CHECKING:
    from crossdock.docking.backends.contract import Needs
    from crossdock.structures.shape import Size


def load_backend(name: str) -> Backend:
    """Give the backend of that name.

    Raises
    ------
    InputError
        If none is registered under it, or what is registered is none.
    """
    found = plugins.load(plugins.BACKENDS, name)
    if not isinstance(found, Backend):
        raise InputError(
            f"what is registered as the backend {name!r} is no backend, but {type(found).__name__}",
            hint="an entry point of the group crossdock.backends names an object of a class derived from "
            "crossdock.docking.backends.contract.Backend",
        )
    return found


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
        package = f"{point.dist.name} {point.dist.version}" if point.dist else point.module
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
    return {key: options.get(key, rule.get("default")) for key, rule in cast(Any, backend.options).items()}
