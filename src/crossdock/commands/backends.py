"""Commands that say which methods dock, and whether one keeps to its contract."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from crossdock import log
from crossdock.commands.options import Commands
from crossdock.errors import DockingError, InputError

if TYPE_CHECKING:
    from crossdock.docking.backends import Registered
    from crossdock.docking.backends.contract import Backend
    from crossdock.quantity import Quantity


def add(commands: Commands) -> None:
    """Describe them."""
    listed = commands.add("backends", _list, "list the docking methods; with -v, describe each in full")
    inner = Commands(listed.add_subparsers(title="commands", metavar="COMMAND"))

    show = inner.add("show", _show, "describe a backend in full")
    show.add_argument("name", help="as `crossdock backends` lists it")

    test = inner.add("test", _test, "test whether a backend meets the requirements of docs/backends.md")
    test.description = (
        "Docks a small pair of the demo several times with a backend, and tests the requirements of docs/backends.md. "
        "The exit code is 1 if a test fails."
    )
    test.add_argument("name", help="as `crossdock backends` lists it")
    test.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE", help="an option of the backend; may be repeated"
    )
    test.add_argument("--result", help="file with the pair's result, for a backend that docks on a server")
    test.add_argument(
        "--pair", nargs=2, metavar=("RECEPTOR", "LIGAND"), help="two structures to dock in place of the demo's pair"
    )


def _list(options: argparse.Namespace) -> None:
    from crossdock.docking.backends import registered
    from crossdock.terminal import fitted, lines, rule

    found = registered()
    if getattr(options, "level", None) == log.VERBOSE:
        print("\n\n".join("\n".join(_described(one)) for one in found))
        return
    width = shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else 120
    head = ("name", "version", "package", "what it is", "can", "options")
    rows = [head, *(_row(one) for one in found)]
    widths = fitted(rows, width)
    print("\n".join(lines(head, widths)), rule(widths), sep="\n")
    print("\n".join(line for row in rows[1:] for line in lines(row, widths)))


def _row(one: Registered) -> tuple[str, ...]:
    backend = one.backend
    if backend is None:
        return one.name, "", one.package, one.problem, "", ""
    given = "; ".join(f"{key}: {_default(rule)}" for key, rule in backend.options.items())
    return one.name, backend.version, one.package, backend.about, ", ".join(backend.can.labels), given or "none"


def _show(options: argparse.Namespace) -> None:
    from crossdock.docking.backends import load_backend, registered

    load_backend(options.name)
    print("\n".join(line for one in registered() if one.name == options.name for line in _described(one)))


def _described(one: Registered) -> Iterator[str]:
    """Write all that a backend says of itself."""
    backend = one.backend
    if backend is None:
        yield f"{one.name} (of {one.package}): {one.problem}"
        return
    yield f"{one.name} {backend.version} (of {one.package}): {backend.about}"
    yield f"  can: {', '.join(backend.can.labels) or 'no optional features'}"
    yield f"  scores of different pairs: {'on one scale' if backend.can.comparable else 'not on one scale'}"
    yield f"  docks: {_where(backend)}"
    yield from _quantities(backend)
    yield from _keys("options, under `docking:`", backend.options)
    yield from _keys(f"settings, under `{backend.settings_key}:`", backend.settings)


def _where(backend: Backend) -> str:
    """Say where pairs are docked."""
    if backend.elsewhere is None:
        return "on this machine"
    if backend.elsewhere.computes:
        return f"{'on a graphics card' if backend.elsewhere.gpus else 'on this machine'}, all pairs in one job"
    return "on a server"


def _quantities(backend: Backend) -> Iterator[str]:
    yield f"  score: {_quantity(backend.score)}"
    for title, numbers in (("energy terms", backend.terms), ("numbers", backend.quantities)):
        if numbers:
            yield f"  {title}:"
            yield from (f"    {_quantity(number)}" for number in numbers)


def _quantity(number: Quantity) -> str:
    better = {"low": "lower is better", "high": "higher is better"}.get(number.better, "no better direction")
    details = ", ".join(filter(None, (number.unit, better)))
    return f"{number.name} ({details}){f': {number.help}' if number.help else ''}"


def _keys(title: str, rules: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if rules:
        yield f"  {title}:"
        for key, rule in rules.items():
            yield f"    {key} (default {_default(rule)}): {rule.get('description', '')}"


def _default(rule: Mapping[str, Any]) -> str:
    value = rule.get("default")
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _test(options: argparse.Namespace) -> None:
    from crossdock.steps.conformance import examine
    from crossdock.steps.ready import ready

    given = {}
    for text in options.option:
        key, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"expected KEY=VALUE, got {text!r}", where="--option")
        given[key] = value
    pair = (ready(options.pair[0]), ready(options.pair[1])) if options.pair else None
    failed, checks = 0, 0
    for found in examine(options.name, options=given, result=options.result, pair=pair):
        checks += 1
        failed += bool(found.faults)
        result = "FAILED" if found.faults else f"skipped, {found.left_out}" if found.left_out else "ok"
        print(f"{found.check}: {result}", flush=True)
        for fault in found.faults:
            print(f"    {fault}", flush=True)
    if failed:
        what = f"{failed} of {checks} checks of the backend {options.name} failed"
        raise DockingError(what, hint="docs/backends.md says what a backend is")
