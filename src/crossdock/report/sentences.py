"""The sentences of the page, from sentences.yaml: filled when a page is made, or in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from crossdock.yamltext import of_package

if TYPE_CHECKING:
    from jinja2 import Environment, Template


def say(code: str, **values: Any) -> str:
    """Fill a sentence.

    Parameters
    ----------
    code : str
        Its name under ``page:`` in sentences.yaml.
    **values
        By the names that the sentence has for them.

    Returns
    -------
    str
        Plain text, with names of keys and files between backticks.

    Raises
    ------
    KeyError
        If there is no such sentence.
    jinja2.UndefinedError
        If a value of the sentence is not given.
    """
    return _template(code).render(values).strip()


def for_scripts() -> dict[str, str]:
    """Give the sentences that the page's scripts fill (say.js), by code."""
    return dict(_table()["scripts"])


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = of_package("crossdock.report", "sentences.yaml")
    return found


@cache
def _environment() -> Environment:
    from jinja2 import Environment, StrictUndefined

    from crossdock.report.wording import joined, number

    made = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)
    made.filters.update(number=number, listed=joined)
    return made


@cache
def _template(code: str) -> Template:
    return _environment().from_string(_table()["page"][code])
