"""How a subcommand and its options are described, most of them by the config's schema."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from crossdock import log, plugins
from crossdock.docking.backends import load_backend
from crossdock.docking.backends.contract import RESERVED
from crossdock.errors import InputError
from crossdock.panel.schema import option_of, problems_of, rule_of, schema, typed


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help that shows defaults, where there are any."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return super()._get_help_string(action) if action.default not in (None, (), False) else action.help


class Commands:
    """A place for subcommands.

    Parameters
    ----------
    place
        What `argparse.ArgumentParser.add_subparsers` gives.
    """

    def __init__(self, place: Any) -> None:
        self._place = place

    def add(self, name: str, run: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        """Add a subcommand that runs a function."""
        made = self._parser(name, text)
        made.set_defaults(run=run)
        return made

    def passing(
        self, name: str, run: Callable[[argparse.Namespace], None], text: str, *, usage: str, description: str
    ) -> None:
        """Add a subcommand that gets all that stands after it, options too, as the list `arguments`."""
        made = self._place.add_parser(
            name,
            help=text,
            usage=usage,
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            add_help=False,
            prefix_chars="\0",  # so that no word is an option of this parser
        )
        made.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
        made.set_defaults(run=run, parser=made)

    def group(self, name: str, text: str) -> Commands:
        """Add a subcommand with subcommands of its own."""
        made = self._parser(name, text)
        return Commands(made.add_subparsers(title="commands", metavar="COMMAND", required=True))

    def _parser(self, name: str, text: str) -> argparse.ArgumentParser:
        description = text[0].upper() + text[1:] + "."
        made: argparse.ArgumentParser = self._place.add_parser(
            name, help=text, description=description, formatter_class=_Help
        )
        add_verbosity(made)
        return made


def add_verbosity(parser: argparse.ArgumentParser) -> None:
    """Add what says how much of the work is told; before a subcommand's name it holds too, unless one stands after."""
    either = parser.add_mutually_exclusive_group()
    kept: dict[str, Any] = {"dest": "level", "action": "store_const", "default": argparse.SUPPRESS}
    either.add_argument(
        "-v", "--verbose", const=log.VERBOSE, help="log more to stderr: files read and servers asked", **kept
    )
    either.add_argument("-q", "--quiet", const=log.QUIET, help="log only warnings and errors to stderr", **kept)


def add_kept(parser: argparse.ArgumentParser) -> None:
    """Add where dockings are kept that several panels share."""
    parser.add_argument(
        "--kept",
        metavar="FOLDER",
        help="folder of dockings that several panels share: one made from the same input is taken from there",
    )


def add_pair(parser: argparse.ArgumentParser) -> None:
    """Add the two structures of a pair."""
    parser.add_argument("receptor", help="structure that stays fixed (prepared, or any PDB or mmCIF file)")
    parser.add_argument("ligand", help="structure that moves")


def add_clustering(parser: argparse.ArgumentParser) -> None:
    """Add what says how poses are clustered."""
    add_key(parser, "clustering.radius")
    add_key(parser, "clustering.min_size")
    add_key(parser, "clustering.models")
    add_key(parser, "clustering.order")


def add_key(parser: argparse.ArgumentParser, path: str) -> None:
    """Add the option of a config key, with the type, choices, default and meaning that the schema has."""
    rule = rule_of(path)
    settings: dict[str, Any] = {"help": _help(rule), "default": rule.get("default")}
    kinds = rule.get("type", ())
    if kinds == "boolean":
        settings["action"] = "store_true"
    elif "array" in kinds:
        settings |= {"nargs": "+", "default": ()}
    elif "enum" in rule:
        settings["choices"] = rule["enum"]
    elif not isinstance(kinds, str) and "string" in kinds and "integer" in kinds:
        settings |= {"type": partial(_number_or_word, rule), "metavar": path.rpartition(".")[2].upper()}
    elif "integer" in kinds or "number" in kinds:
        settings["type"] = partial(_number, rule)
        settings["metavar"] = path.rpartition(".")[2].upper()
    parser.add_argument(option_of(path), **settings)


def _help(rule: Mapping[str, Any]) -> str:
    """Give what a rule says of its key, as help of an option."""
    text: str = rule.get("description", "").rstrip(".").replace("%", "%%")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def add_backend(parser: argparse.ArgumentParser) -> None:
    """Add the choice of a backend, and the options of all of them; `backend_options` tells whose they are."""
    add_key(parser, "backend")
    for key in rule_of("docking")["properties"]:
        if key in RESERVED:
            continue
        rules = {name: one.options[key] for name, one in plugins.usable(plugins.BACKENDS).items() if key in one.options}
        text = "; ".join(
            f"{_help(rule)} (backend {name}, default {rule.get('default')})" for name, rule in rules.items()
        )
        flag = all("boolean" in rule.get("type", ()) for rule in rules.values())
        how: dict[str, Any] = {"nargs": "?", "const": "true", "metavar": "no"} if flag else {"metavar": key.upper()}
        # Without a default, so that it is known which ones were given.
        parser.add_argument(
            option_of(f"docking.{key}"), dest=f"docking.{key}", default=argparse.SUPPRESS, help=text, **how
        )


def backend_options(options: argparse.Namespace) -> dict[str, Any]:
    """Give the options of its backend that a command was given, read by its rules.

    Raises
    ------
    InputError
        If one is another backend's, or its value is none.
    """
    rules = schema(options.backend)["properties"]["docking"]["properties"]
    given = {key: vars(options)[f"docking.{key}"] for key in rules if f"docking.{key}" in vars(options)}
    own = load_backend(options.backend).options
    found = {}
    for key, text in given.items():
        option = option_of(f"docking.{key}")
        if key not in own:
            known = ", ".join(option_of(f"docking.{name}") for name in own) or "none"
            raise InputError(
                f"the backend {options.backend} has no such option", where=option, hint=f"its options are: {known}"
            )
        found[key] = typed(text, own[key])
        for problem in problems_of(found[key], own[key], option):
            raise problem
    return found


def _number_or_word(rule: dict[str, Any], text: str) -> int | str:
    """Read a whole number or one of the words that the schema allows in its place."""
    value: int | str = typed(text, rule)
    if problem := next(problems_of(value, rule, ""), None):
        raise argparse.ArgumentTypeError(problem.what)
    return value


def _number(rule: dict[str, Any], text: str) -> float:
    """Read a number, within the bounds that the schema gives it."""
    integer = "integer" in rule["type"]
    try:
        value = int(text) if integer else float(text)
    except ValueError:
        what = f"expected a {'whole ' if integer else ''}number, got {text!r}"
        raise argparse.ArgumentTypeError(what) from None
    if problem := next(problems_of(value, rule, ""), None):
        raise argparse.ArgumentTypeError(problem.what)
    return value
