"""Publications, read from BibTeX, as a line of a list of references and as BibTeX under a key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from pybtex.database import Entry, Person, parse_string
from pybtex.exceptions import PybtexError
from pybtex.richtext import Text

from crossdock.errors import InputError

#: Where a publication appeared, by any of the fields that BibTeX and BibLaTeX have for it.
_PLACES = ("journal", "journaltitle", "booktitle", "publisher", "institution", "school", "howpublished")
#: Up to so many authors are all named, of more the first few.
_MOST_AUTHORS, _FIRST_AUTHORS = 6, 3
_FONT = re.compile(r"\\(?:emph|url|text(?:it|bf|rm|sc|tt|sf|up))\s*(?=\{)")


@dataclass(frozen=True)
class Reference:
    """A publication.

    Attributes
    ----------
    authors : tuple of str
        As the list of references has them, ``Family IN``; editors where a record has no authors.
    more : bool
        Whether there are further authors.
    title, journal, year, volume, pages : str
        As plain text; `journal` is where it appeared, whatever kind of place that is. What a record lacks is empty.
    kind : str
        Of BibTeX's kinds of records.
    fields : tuple of tuple of str
        Name and value of each field of the record, as BibTeX has them.
    """

    authors: tuple[str, ...]
    more: bool
    title: str
    journal: str
    year: str
    volume: str
    pages: str
    kind: str
    fields: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """One line, as in a list of references."""
        names = ", ".join(self.authors) + (" et al" if self.more else "")
        place = " ".join(part for part in (self.journal, self.year) if part)
        place += (f"; {self.volume}" if self.volume else "") + (f": {self.pages}" if self.pages else "")
        return " ".join(f"{part}." for part in (names, self.title, place) if part)

    def bibtex(self, key: str) -> str:
        """Give the record as BibTeX."""
        lines = [f"  {name} = {{{value}}}" for name, value in self.fields]
        return f"@{self.kind}{{{key},\n" + ",\n".join(lines) + "\n}\n"


def parse(text: str, *, where: str = "BibTeX") -> dict[str, Reference]:
    """Read publications.

    Parameters
    ----------
    text : str
        BibTeX; text outside of records is passed over.
    where : str
        Name of the text, for messages.

    Returns
    -------
    dict of str to Reference
        By key, in the order of the text.

    Raises
    ------
    InputError
        If it is not BibTeX, a field not LaTeX that can be read, or a record has no title.
    """
    try:
        found = {key: _reference(entry) for key, entry in parse_string(text, "bibtex").entries.items()}
    except (PybtexError, UnicodeError) as error:  # the latter of LaTeX within a field
        raise InputError(f"not BibTeX: {error}", where=where) from error
    if untitled := [key for key, reference in found.items() if not reference.title]:
        raise InputError(f"references without a title: {', '.join(untitled)}", where=where)
    return found


def _reference(entry: Entry) -> Reference:
    fields = {name.lower(): value for name, value in entry.fields.items()}
    persons = {role.lower(): people for role, people in entry.persons.items() if people}
    people = list(persons.get("author") or persons.get("editor") or ())
    others = bool(people) and str(people[-1]) == "others"
    named = [_name(person) for person in (people[:-1] if others else people)]
    shown = named if len(named) <= _MOST_AUTHORS else named[:_FIRST_AUTHORS]
    return Reference(
        authors=tuple(shown),
        more=others or len(shown) < len(named),
        title=_plain(fields.get("title", "")),
        journal=_plain(next((fields[name] for name in _PLACES if name in fields), "")),
        year=_plain(fields.get("year", fields.get("date", "")[:4])),
        volume=_plain(fields.get("volume", "")),
        pages=_plain(fields.get("pages", "")),
        kind=entry.type,
        fields=(*((role, " and ".join(map(str, people))) for role, people in persons.items()), *fields.items()),
    )


def _name(person: Person) -> str:
    """Write a name as ``Family IN``; that of a group, which BibTeX has in braces, as it is."""
    given = [_plain(part) for part in (*person.first_names, *person.middle_names)]
    family = " ".join(_plain(part) for part in (*person.prelast_names, *person.last_names))
    lineage = "".join(f" {_plain(part)}" for part in person.lineage_names)
    initials = "".join(_initials(given)) + lineage
    return f"{family}\u00a0{initials.strip()}" if initials else family


def _initials(names: list[str]) -> Iterator[str]:
    for name in names:
        halves = [half for half in name.split("-") if half.strip(". ")]
        yield "-".join(
            # Some records have initials without dots: `Berman, HM`.
            half if half.isupper() and half.isalpha() else "".join(part.strip()[:1] for part in half.split("."))
            for half in halves
        )


def _plain(latex: str) -> str:
    """Turn LaTeX into text."""
    text = re.sub(r"(?<!\\)%", r"\\%", _FONT.sub("", latex))  # a percent sign begins no comment in BibTeX
    return str(Text.from_latex(text))


#: What the methods text cites, by the key that it cites it by.
REFERENCES = parse((files(__package__) / "references.bib").read_text(encoding="utf-8"), where="references.bib")
