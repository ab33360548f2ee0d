"""What crossdock says of a protein, as data: a code, how much it matters, and the values that its sentence shows.

Programs go by codes and severities. Sentences are for people; they are made here, from remarks.yaml, and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from crossdock.yamltext import of_package

if TYPE_CHECKING:
    from jinja2 import Environment, Template

# --- codes by which programs decide; all others are only shown

#: Said by a version of crossdock that wrote sentences alone, or by one that knows more codes; its value is the `text`.
FREE_TEXT = "said"
#: The chain looks like a membrane protein's, and the config names no membrane.
UNNOTICED_MEMBRANE = "unnoticed-membrane"
#: A note of the config, in the user's words.
NOTE = "note"
#: Of items: residues of a chain, a residue that stands for a standard amino acid, what PDBFixer has built.
CHAIN, TAKEN_AS, BUILT_RESIDUES, BUILT_ATOMS = "chain", "taken-as", "built-residues", "built-atoms"


class Severity(StrEnum):
    """How much a remark matters; the most severe first."""

    SERIOUS = "serious"
    """What was docked may be another protein, or a part of it: read before the matrix, every pair is in question."""
    UNCONFIRMED = "unconfirmed"
    """Nothing confirms that it is the protein expected: read before the matrix."""
    IN_QUESTION = "in-question"
    """Every pair is in question; read before the matrix where it is said of a receptor, which has a whole column."""
    NOTE = "note"
    """The config's own words: read before the matrix where they are on a receptor, or ligands are few."""
    PLAIN = "plain"
    """To be known of the protein."""
    DETAIL = "detail"
    """What confirms an identity, or explains another remark."""


_ORDER = list(Severity)


@dataclass(frozen=True)
class Phrase:
    """Words with values in them.

    Attributes
    ----------
    code : str
        Of remarks.yaml.
    values : dict
        What JSON can hold, by the names that the template has for them.
    """

    section: ClassVar[str] = "items"

    code: str
    values: dict[str, Any] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.code, json.dumps(self.values, sort_keys=True)))

    @property
    def text(self) -> str:
        """The words."""
        return _template(self.section, self.code).render(self.values)


@dataclass(frozen=True)
class Remark(Phrase):
    """A remark on a protein.

    Attributes
    ----------
    code, values
        As of a phrase.
    severity : Severity
    """

    section: ClassVar[str] = "remarks"

    severity: Severity = Severity.PLAIN

    __hash__ = Phrase.__hash__

    def to_record(self) -> dict[str, Any]:
        """Give the remark as JSON files hold it, with its sentence for who reads them."""
        return {"code": self.code, "severity": str(self.severity), "values": self.values, "text": self.text}


@dataclass(frozen=True)
class Item(Phrase):
    """Something that was kept or removed.

    Attributes
    ----------
    code, values
        As of a phrase.
    count : int
    """

    count: int = 0

    __hash__ = Phrase.__hash__

    @property
    def text(self) -> str:
        """The words, which may depend on the count."""
        return _template(self.section, self.code).render(self.values | {"count": self.count})

    def to_record(self) -> dict[str, Any]:
        """Give the item as JSON files hold it, with its words for who reads them."""
        return {"code": self.code, "count": self.count, "values": self.values, "what": self.text}


def remark(code: str, **values: Any) -> Remark:
    """Make a remark of the severity that remarks.yaml gives to its code.

    Raises
    ------
    KeyError
        If there is no such code.
    """
    return Remark(code, values, Severity(table()["remarks"][code]["severity"]))


def free_text(text: str, severity: Severity = Severity.PLAIN) -> Remark:
    """Make a remark of a sentence that nothing more is known of."""
    return Remark(FREE_TEXT, {"text": text}, severity)


def texts(phrases: Iterable[Phrase]) -> list[str]:
    """Give the words of remarks or items."""
    return [one.text for one in phrases]


def joined(remarks: Iterable[Remark]) -> str:
    """Give the sentences of remarks one after another."""
    return " ".join(texts(remarks))


def worst(remarks: Iterable[Remark]) -> Severity:
    """Give the greatest severity of remarks; `Severity.DETAIL` where there is none."""
    return min((one.severity for one in remarks), key=_ORDER.index, default=Severity.DETAIL)


@cache
def table() -> Mapping[str, Any]:
    """Read remarks.yaml."""
    found: dict[str, Any] = of_package("crossdock", "remarks.yaml")
    return found


@cache
def environment() -> Environment:
    """Make what fills the templates: values that are not given are errors, and words may be used in all of them."""
    from jinja2 import Environment, StrictUndefined  # what only reads codes starts without it

    made = Environment(undefined=StrictUndefined, autoescape=False)
    made.globals.update(vars(made.from_string(table()["parts"]).module))
    return made


@cache
def _template(section: str, code: str) -> Template:
    found = table()[section][code]
    return environment().from_string(found["text"] if section == Remark.section else found)
