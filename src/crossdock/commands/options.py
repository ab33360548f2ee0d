"""How a subcommand and its options are described, most of them by the config's schema."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossdock.panel.schema import option_of, problems_of, rule_of

if TYPE_CHECKING:
    from crossdock.structures.structure import Structure


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

    def group(self, name: str, text: str) -> Commands:
        """Add a subcommand with subcommands of its own."""
        made = self._parser(name, text)
        return Commands(made.add_subparsers(title="commands", metavar="COMMAND", required=True))

    def _parser(self, name: str, text: str) -> argparse.ArgumentParser:
        description = text[0].upper() + text[1:] + "."
        made: argparse.ArgumentParser = self._place.add_parser(
            name, help=text, description=description, formatter_class=_Help
        )
        return made


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
    words = rule["description"].rstrip(".").replace("%", "%%")
    words = words if words[1].isupper() else words[0].lower() + words[1:]
    settings: dict[str, Any] = {"help": words, "default": rule.get("default")}
    kinds = rule.get("type", ())
    if kinds == "boolean":
        settings["action"] = "store_true"
    elif "array" in kinds:
        settings |= {"nargs": "+", "default": ()}
    elif "enum" in rule:
        settings["choices"] = rule["enum"]
    elif "integer" in kinds or "number" in kinds:
        settings["type"] = partial(_number, rule)
        settings["metavar"] = path.rpartition(".")[2].upper()
    parser.add_argument(option_of(path), **settings)


def _number(rule: dict[str, Any], text: str) -> float:
    """Read a number, within the bounds that the schema gives it."""
    whole = "integer" in rule["type"]
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        what = f"expected a {'whole ' if whole else ''}number, got {text!r}"
        raise argparse.ArgumentTypeError(what) from None
    if problem := next(problems_of(value, rule, ""), None):
        raise argparse.ArgumentTypeError(problem.what)
    return value


def structure(path: str) -> Structure:
    """Read a prepared structure; any other file is prepared first, all its protein chains kept."""
    from crossdock.structures.structure import is_prepared

    if is_prepared(path):
        return _read(path, Path(path).stat().st_mtime_ns)
    from crossdock.entries.entry import read_entry
    from crossdock.entries.residues import Ledger, take_model
    from crossdock.structures.prepare import prepare  # what reads entries takes a while to load

    found = take_model(read_entry(path), None, Ledger())
    others = [chain or "(blank)" for chain in found.polymer_chains if chain not in found.protein_chains]
    structure, record = prepare(path, name=Path(path).stem, chains=found.protein_chains or None)
    left = f", chains {' '.join(others)} left out as they are no proteins" if others else ""
    print(
        f"{path}: prepared on the fly, chains {' '.join(record.selection.chains)}, {len(structure)} atoms{left}; "
        "for ions, single chains or an identity check run `crossdock prepare` first",
        file=sys.stderr,
    )
    return structure


@lru_cache(maxsize=4)
def _read(path: str, changed: int) -> Structure:
    """Read a prepared structure once for all steps of a batch, as long as its file has not changed."""
    from crossdock.structures.structure import read_structure

    return read_structure(path)


def described(path: str, structure: Structure) -> dict[str, Any]:
    """Give what docking.json says of a partner; `sha256` is that of its file."""
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return {"n_residues": structure.n_residues, "n_atoms": len(structure), "sha256": digest}
