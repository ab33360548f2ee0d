"""Entries of the PDB with a homologue of both partners, by RCSB's search, brought from the archive."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crossdock.docking.backends.contract import Around
from crossdock.docking.backends.template.find import Rules
from crossdock.docking.backends.template.library import SHORTEST, Chain, Complex, complexes_of
from crossdock.docking.backends.template.sides import NEAR_COPY
from crossdock.entries.homologues import Search, homologues, in_both
from crossdock.entries.sources import fetch
from crossdock.errors import CrossdockError
from crossdock.panel.proteins import Entry

#: Folder of the answers, beside that of the entries.
FOLDER = "homologues"
#: Most entries that are downloaded for a pair, those with the highest identities first.
MOST_ENTRIES = 30
_log = logging.getLogger(__name__)


@dataclass
class Archive:
    """The PDB as a library of complexes.

    Parameters
    ----------
    around : Around
        With the sites, and whether they may be asked.
    rules : Rules
    """

    around: Around
    rules: Rules
    _read: dict[str, list[Complex]] = field(default_factory=dict)

    def of(self, receptor: Chain, ligand: Chain) -> tuple[list[Complex], list[str]]:
        """Give the complexes of entries that hold homologues of both partners.

        Parameters
        ----------
        receptor, ligand : Chain
            All chains of each partner.

        Returns
        -------
        complexes : list of Complex
        problems : list of str
            Why some could not be had, as sentences without a full stop; empty where everything was.
        """
        answers = [self._asked(one) for one in (receptor, ligand)]
        problems = [one.reason for side in answers for one in side if one.hits is None and one.reason]
        best: dict[str, tuple[float, float]] = {}
        for one in answers[0]:
            for other in answers[1]:
                if one.hits is None or other.hits is None:
                    continue
                for entry, first, second in in_both(one, other):
                    both = (first[0].identity, second[0].identity)
                    best[entry] = max(best.get(entry, (0.0, 0.0)), both, key=min)
        chosen = [
            entry for entry in sorted(best, key=lambda one: (-min(best[one]), one)) if self._wanted(best[entry], entry)
        ]
        complexes = []
        for entry in chosen[:MOST_ENTRIES]:
            try:
                complexes += self._complexes(entry)
            except CrossdockError as error:
                problems.append(f"{entry.upper()}: {error.what}")
        return complexes, list(dict.fromkeys(problems))

    def _asked(self, partner: Chain) -> list[Search]:
        """Ask for the homologues of each chain of a partner that is no short peptide."""
        letters = [partner.letters[start:end] for start, end in partner.segments if end - start >= SHORTEST]
        return [
            homologues(
                one,
                folder=self.around.entries.parent / FOLDER,
                sites=self.around.sites,
                offline=self.around.offline,
                identity=self.rules.identity,
            )
            for one in dict.fromkeys(letters)
        ]

    def _wanted(self, identities: Sequence[float], entry: str) -> bool:
        """Tell whether an entry may hold a template by the rules, before it is downloaded."""
        return entry.upper() not in self.rules.exclude and (self.rules.copies or min(identities) < NEAR_COPY)

    def _complexes(self, name: str) -> list[Complex]:
        if name not in self._read:
            entry = Entry("rcsb", name)
            path = Path(self.around.entries, entry.filename)
            if not path.is_file():
                fetch(entry, path, sites=self.around.sites, offline=self.around.offline)
            self._read[name] = list(complexes_of(path))
        return self._read[name]
