"""Pairs that AlphaFold DB has a complex of: brought through its API, and kept as an import is."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from crossdock.docking.backends.cofold.bring import taken
from crossdock.docking.backends.cofold.chains import Matcher
from crossdock.docking.backends.cofold.find import find_predictions
from crossdock.docking.backends.cofold.quantities import CUTOFF_A
from crossdock.docking.backends.cofold.results import Taken, keep
from crossdock.docking.backends.contract import Around
from crossdock.docking.matching.decide import Known, Pair
from crossdock.docking.matching.likeness import Trace
from crossdock.entries.complexes import Complexes
from crossdock.structures.structure import Structure

#: Folder beside that of imports, with what the site gave and with the pairs made of it.
FOLDER, PAIRS = "alphafold_db", "pairs"
_log = logging.getLogger(__name__)


def gather(
    waiting: Sequence[Pair],
    structures: Mapping[str, Structure],
    around: Around,
    folder: Path,
) -> dict[Pair, Path]:
    """Bring the complexes that AlphaFold DB has of pairs.

    Parameters
    ----------
    waiting : sequence of (str, str)
        Receptor and ligand of each pair without an import.
    structures : mapping of str to Structure
        By name, prepared.
    around : Around
        With the accessions of the proteins, and the site.
    folder : Path
        Such as ``resources/alphafold_db``.

    Returns
    -------
    dict of (str, str) to Path
        Pair -> its record.

    Raises
    ------
    SourceError
        If the site cannot be asked.

    Notes
    -----
    Only a pair of single chains with an accession each can be looked for. Which chain is whose is decided by their
    sequences, as for an import, so a complex of other sequences is not used.
    """
    base = around.sites.get("alphafold", "")
    if not base:
        _log.warning("AlphaFold DB is not asked for complexes, because `entries.alphafold` is empty")
        return {}
    if around.offline:
        _log.warning(
            "AlphaFold DB is not asked for complexes (`entries: {offline: true}`); those in %s are used", folder
        )
    known = Known({name: Trace.of(body) for name, body in structures.items()}, {}, list(waiting))
    matcher, found = Matcher(known), dict[Pair, Path]()
    with Complexes(folder, base=base, offline=around.offline) as site:
        for pair in waiting:
            both = [around.accessions.get(name, ()) for name in pair]
            if any(len(one) != 1 for one in both):
                continue
            models = [
                one
                for complex_ in site.of(both[0][0], both[1][0])
                for one in _models(site.files(complex_), pair, matcher)
            ]
            if models:
                best = max(models, key=lambda one: (one.numbers.get("ipsae") or 0.0, one.prediction.ranking or 0.0))
                found[pair] = keep([best], folder / PAIRS, job=best.prediction.job, cutoff=CUTOFF_A)
    return found


def _models(folder: Path | None, pair: Pair, matcher: Matcher) -> list[Taken]:
    """Read the model in a folder, if it is of a pair; say so where it is not."""
    if folder is None:
        return []
    finds = find_predictions(folder, skip=["record.json"])
    models = [one for _, prediction in finds.read() if (one := taken(prediction, pair, matcher, CUTOFF_A))]
    for problem in finds.problems:
        _log.warning("not used: %s: %s", problem.where, problem.what)
    if not models and not finds.problems:
        _log.warning("%s is not used: its sequences are not those of %s and %s", folder, *pair)
    return models
