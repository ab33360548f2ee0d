"""Complexes of two proteins that AlphaFold DB has predicted: found by accessions, brought with their PAE and scores."""

from __future__ import annotations

import json
import logging
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import urljoin

from crossdock.entries.download import AbsentError, Getter, UnavailableError, default_sites
from crossdock.errors import SourceError
from crossdock.files import read_json, read_made, write_bytes, write_json, write_text

#: Seconds between two requests to the site.
PAUSE_S = 0.2
#: Largest answer that is taken: a PAE of 2,800 residues is 40 MB.
MAX_BYTES = 400_000_000
_ID, _VERSION = re.compile(r"[A-Za-z0-9_-]{1,80}"), re.compile(r"-model_(v\d+)\.cif")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Complex:
    """A model of a complex, as AlphaFold DB lists it.

    Attributes
    ----------
    id : str
        Such as ``AF-0000000066503175``.
    version : str
        Of the model, such as ``v1``.
    composition : dict of str to int
        Accession -> how many chains are of it.
    model, pae : str
        Addresses.
    """

    id: str
    version: str
    composition: dict[str, int]
    model: str
    pae: str


class Complexes:
    """AlphaFold DB's complexes, over one session that a `with` block closes; answers and files are kept in a folder.

    Parameters
    ----------
    folder : str or Path
        Such as ``resources/alphafold_db``. What is there is not asked for again.
    base : str, optional
        Base URL of the site; that of AlphaFold DB without it.
    offline : bool
        Use only what is in the folder.
    timeout_s : tuple of float
        Seconds to connect, and between two pieces of an answer.
    retries : int
        Further attempts after a failure that may pass.
    pause_s : float
        Seconds between two requests.

    Notes
    -----
    API of AlphaFold DB (alphafold.ebi.ac.uk/api-docs): `prediction/ACCESSION?include_complexes=true` lists models, and
    of those with `isComplex` their `complexComposition`; `complex/ID` has the scores of an interface. It answers 404
    for an accession without a model.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        base: str | None = None,
        offline: bool = False,
        timeout_s: tuple[float, float] = (10.0, 60.0),
        retries: int = 3,
        pause_s: float = PAUSE_S,
    ) -> None:
        self.folder, self.offline, self._pause_s = Path(folder), offline, pause_s
        self.base = (default_sites()["alphafold"] if base is None else base).rstrip("/")
        self._getter = Getter(timeout_s, retries, MAX_BYTES)
        self._asked = 0

    def __enter__(self) -> Self:
        self._getter.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._getter.__exit__(*error)

    def of(self, one: str, other: str) -> list[Complex]:
        """List the complexes of two proteins, one chain of each, or two chains of one.

        Parameters
        ----------
        one, other : str
            UniProt accessions; the same twice for a homodimer.

        Returns
        -------
        list of Complex
            By id; none where the site has none, or was not asked.

        Raises
        ------
        SourceError
            If the site cannot be asked.
        """
        wanted = Counter((one, other))
        return [found for found in self._listed(one) if Counter(found.composition) == wanted]

    def files(self, found: Complex) -> Path | None:
        """Bring model, PAE and scores of a complex, under the names that the site has for them.

        Returns
        -------
        Path or None
            The folder with the files of this model alone; None where the site has not both model and PAE, or where they
            are not here and it may not be asked.

        Raises
        ------
        SourceError
            If the site cannot be asked.
        """
        folder = self.folder / found.id
        stem, names = folder / found.id, ("model", "predicted_aligned_error", "scores")
        model, pae, scores = (
            stem.with_name(f"{found.id}-{name}_{found.version}.{'cif' if name == 'model' else 'json'}")
            for name in names
        )
        record = folder / "record.json"
        if record.is_file():
            return folder if model.is_file() else None
        if self.offline:
            return None
        try:
            given = self._ask(found.model, self._getter.structure)
            error = self._ask(found.pae, self._getter.text)
        except AbsentError:
            write_json(record, self._record(found.model) | {"absent": True})
            return None
        write_text(scores, json.dumps(self._scores(found)) + "\n")
        write_text(pae, error)
        write_bytes(model, given)
        write_json(record, self._record(found.model) | {"complex": asdict(found)})
        return folder

    def _listed(self, accession: str) -> list[Complex]:
        """Give all complexes that an accession is part of, as the site says, or said before."""
        kept = self.folder / "complexes" / f"{accession}.json"
        if not kept.is_file():
            if self.offline:
                return []
            url = f"{self.base}/api/prediction/{accession}?include_complexes=true"
            try:
                answer = self._ask(url, self._getter.json)
            except AbsentError:
                answer = []
            write_json(kept, self._record(url) | {"complexes": [asdict(one) for one in _complexes(answer, url)]})
        listed = read_made(kept, read_json, "crossdock dock-remote")["complexes"]
        return [Complex(**one) for one in listed]

    def _scores(self, found: Complex) -> Mapping[str, Any]:
        """Give what the site says of the interface of a complex; nothing where it does not."""
        url = f"{self.base}/api/complex/{found.id}"
        try:
            answer = self._ask(url, self._getter.json)
        except AbsentError:
            return {}
        rows = answer if isinstance(answer, list) else [answer]
        own = (one for one in rows if isinstance(one, dict) and one.get("modelEntityId") == found.id)
        return {key: value for key, value in next(own, {}).items() if key.startswith("complexPredictionAccuracy")}

    def _ask(self, url: str, how: Any) -> Any:
        """Ask for an address, at the site's pace."""
        if self._asked:
            time.sleep(self._pause_s)
        self._asked += 1
        try:
            return how(url)
        except UnavailableError as error:
            what = f"AlphaFold DB could not be asked for complexes: {error}"
            hint = (
                "start the run again later, name a mirror in the config (`entries: {alphafold: URL}`), or leave the "
                "site out (`cofold: {alphafold_db: false}`)"
            )
            raise SourceError(what, where=url, hint=hint) from error

    def _record(self, url: str) -> dict[str, Any]:
        return {"url": url, "retrieved": datetime.now(UTC).isoformat(timespec="seconds")}


def _complexes(answer: Any, url: str) -> list[Complex]:
    """Read the complexes of an answer, and leave out what lacks a name, a composition by accessions, or an address.

    Raises
    ------
    SourceError
        If it is no list of models.
    """
    if not isinstance(answer, list) or not all(isinstance(one, dict) for one in answer):
        raise SourceError("the answer of AlphaFold DB has an unexpected format", where=url)
    found = []
    for one in answer:
        name, composition = str(one.get("modelEntityId") or ""), _composition(one.get("complexComposition"))
        if not (one.get("isComplex") and composition and _ID.fullmatch(name)):
            continue
        if not (one.get("cifUrl") and one.get("paeDocUrl")):
            continue
        model, pae = (urljoin(url, str(one[key])) for key in ("cifUrl", "paeDocUrl"))
        version = match[1] if (match := _VERSION.search(model)) else "v1"
        found.append(Complex(name, version, composition, model, pae))
    return sorted(found, key=lambda one: one.id)


def _composition(parts: Any) -> dict[str, int]:
    """Read how many chains of which accessions a complex has; nothing where it is not known by accessions alone."""
    found: Counter[str] = Counter()
    for part in parts if isinstance(parts, list) else ():
        number = part.get("stoichiometry") if isinstance(part, dict) else None
        if not isinstance(number, int) or part.get("identifierType") != "uniprotAccession":
            return {}
        found[str(part.get("identifier")).upper()] += number
    return dict(found)
