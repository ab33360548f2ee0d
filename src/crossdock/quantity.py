"""A number that has a name: its unit, which end of it is better, and the words that go with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


@dataclass(frozen=True)
class Quantity:
    """What a column of numbers means.

    Attributes
    ----------
    name : str
        Of the column: letters, digits and underscores.
    unit : str
        ``""`` for a pure number.
    better : {"low", "high", ""}
        Which end is the better one; empty where neither is.
    label : str
        What people read in place of the name.
    help : str
        A sentence or two: what it is, and what it is not.
    mean_of : str
        The number whose mean over all models of a pair it is, so that the models are replicates of it; empty otherwise.
    """

    name: str
    unit: str = ""
    better: str = ""
    label: str = ""
    help: str = ""
    mean_of: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not a valid column name (up to 40 letters, digits and underscores)")
        if self.better not in ("low", "high", ""):
            raise ValueError(f"{self.name}: better is 'low', 'high' or '', not {self.better!r}")

    @property
    def shown(self) -> str:
        """The label, or the name with blanks for underscores."""
        return self.label or self.name.replace("_", " ")

    @property
    def in_text(self) -> str:
        """The label as it stands within a sentence: "mean LIS", "ipTM", "score"."""
        first = self.shown.split(" ")[0]
        return self.shown[:1].lower() + self.shown[1:] if re.fullmatch("[A-Z][a-z]+", first) else self.shown


#: What a score is that says nothing else of itself.
SCORE = Quantity("score", "arbitrary units", "low")
