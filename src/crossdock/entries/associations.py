"""What STRING says of two proteins of an organism: how far they are taken to be associated, and by what."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from crossdock.entries.download import AbsentError, Getter, RefusedError, UnavailableError
from crossdock.entries.interactions import pair_of

#: STRING's channels by the names that it gives them in an answer.
CHANNELS = {
    "nscore": "neighborhood",
    "fscore": "fusion",
    "pscore": "cooccurrence",
    "ascore": "coexpression",
    "escore": "experiments",
    "dscore": "databases",
    "tscore": "textmining",
}

# STRING asks for a second between two requests, and to be told who asks.
_PAUSE_S = 1.0
_CALLER = {"caller_identity": "crossdock"}
_FORM = "the answer is not of the form that STRING documents"


@dataclass(frozen=True)
class Association:
    """STRING's scores of two proteins.

    Attributes
    ----------
    a, b : str
        Accessions, in the order of the alphabet.
    taxid : int
        NCBI taxonomy id of their organism.
    score : float
        Combined, 0 to 1: how probable STRING takes it that the two work together. It is no measure of binding.
    channels : dict of str to float
        What it is made of, by the names of `CHANNELS`; those at 0 are left out.
    ids : tuple of str
        STRING's names of `a` and `b`.
    """

    a: str
    b: str
    taxid: int
    score: float
    channels: dict[str, float]
    ids: tuple[str, str]


def version_of(base: str, getter: Getter) -> str:
    """Ask STRING for its version, such as ``12.0``.

    Raises
    ------
    UnavailableError
        If STRING cannot be asked, or its answer not be read.
    """
    try:
        return str(_rows(f"{base}/api/json/version", getter)[0]["string_version"])
    except AbsentError as error:
        raise UnavailableError("it does not say which version it is") from error
    except (IndexError, KeyError) as error:
        raise UnavailableError(_FORM) from error


def ids_of(accessions: Sequence[str], taxid: int, base: str, getter: Getter) -> dict[str, str | None]:
    """Ask STRING for its own names of proteins.

    Parameters
    ----------
    accessions : sequence of str
        Some tens, as they are part of the address.
    taxid : int
    base : str
        Base URL.
    getter : Getter

    Returns
    -------
    dict
        Accession -> name, such as ``9606.ENSP00000379154``; None where STRING has no such protein or organism.

    Raises
    ------
    UnavailableError

    Notes
    -----
    STRING API (string-db.org/help/api), `get_string_ids`.
    """
    options = {"species": taxid, "limit": 1, "echo_query": 1} | _CALLER
    try:
        rows = _rows(f"{base}/api/json/get_string_ids?{_identifiers(accessions)}&{urlencode(options)}", getter)
    except (AbsentError, RefusedError):  # so it answers where it does not have the organism
        rows = []
    try:
        found = {str(row["queryItem"]): str(row["stringId"]) for row in rows}
    except KeyError as error:
        raise UnavailableError(_FORM) from error
    return {accession: found.get(accession) for accession in accessions}


def associations_between(
    first: dict[str, str], second: dict[str, str], taxid: int, base: str, getter: Getter
) -> list[Association]:
    """Ask STRING for the scores of each protein of one list with each of another, in one request.

    Parameters
    ----------
    first, second : dict of str to str
        Accession -> STRING's name; some tens, as they are part of the address.
    taxid : int
    base : str
        Base URL.
    getter : Getter

    Returns
    -------
    list of Association
        Of pairs that STRING has anything of; it leaves those out whose score is below 0.15.

    Raises
    ------
    UnavailableError

    Notes
    -----
    STRING API (string-db.org/help/api), `network`, functional associations, without further proteins.
    """
    names: dict[str, list[str]] = {}
    for accession, name in (first | second).items():
        names.setdefault(name, []).append(accession)
    options = {"species": taxid, "required_score": 0, "add_nodes": 0, "network_type": "functional"} | _CALLER
    try:
        rows = _rows(f"{base}/api/json/network?{_identifiers(list(names))}&{urlencode(options)}", getter)
    except AbsentError:
        raise UnavailableError("the server answered 404") from None
    wanted = {pair_of(a, b) for a in first for b in second if a != b}
    found: dict[tuple[str, str], Association] = {}
    try:
        for row in rows:
            for one in names.get(row["stringId_A"], []):
                for other in names.get(row["stringId_B"], []):
                    if (pair := pair_of(one, other)) in wanted:
                        found[pair] = _association(pair, row, taxid, first | second)
    except (KeyError, TypeError, ValueError) as error:
        raise UnavailableError(_FORM) from error
    return [found[pair] for pair in sorted(found)]


def _association(pair: tuple[str, str], row: dict[str, Any], taxid: int, names: dict[str, str]) -> Association:
    channels = {name: round(float(row.get(key) or 0), 3) for key, name in CHANNELS.items()}
    above = {name: score for name, score in channels.items() if score > 0}
    return Association(*pair, taxid, round(float(row["score"]), 3), above, (names[pair[0]], names[pair[1]]))


def _identifiers(names: Sequence[str]) -> str:
    """Write names as STRING takes several: with carriage returns between."""
    return "identifiers=" + "%0d".join(quote(name, safe="") for name in names)


def _rows(url: str, getter: Getter) -> list[dict[str, Any]]:
    time.sleep(_PAUSE_S)
    answer = getter.json(url)
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise UnavailableError(_FORM)
    return answer
