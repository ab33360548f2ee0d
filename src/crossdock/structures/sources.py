"""Entries brought from RCSB, AlphaFold DB, the user's disk or the demo, with a record of where each came from."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib.resources import files as package_files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import requests

from crossdock import __version__
from crossdock.errors import InputError, SourceError, StructureError
from crossdock.files import read_json, write_bytes, write_json
from crossdock.structures.entry import file_format, unpack

if TYPE_CHECKING:
    from crossdock.proteins import Entry

#: Where entries are fetched from; the config's `entries` replaces either.
DEFAULT_BASE_URLS = {"rcsb": "https://files.rcsb.org", "alphafold": "https://alphafold.ebi.ac.uk"}

#: Largest entry that is taken, in bytes, unpacked.
MAX_BYTES = 200_000_000

# Waits before the first, second, ... retry, in seconds, and the longest that a server may ask for.
_WAITS_S = (1.0, 2.0, 4.0, 8.0)
_LONGEST_WAIT_S = 30.0
# A server that sends a byte now and then never meets the read timeout.
_WHOLE_DOWNLOAD_S = 600.0

_TRANSIENT = {429, 500, 502, 503, 504}
_MISSING = {
    "rcsb": "there is no PDB entry {id}; it may be misspelt, or obsolete and replaced by another",
    "alphafold": "AlphaFold DB has no model of {id}; it may be misspelt, merged with another accession, or too long",
}


class PassingError(Exception):
    """A failure that may pass: why, and how long the server asks to wait, in seconds."""

    def __init__(self, reason: str, *, wait_s: float | None = None, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.wait_s, self.hopeless = wait_s, hopeless


def fetch(
    entry: Entry,
    out: str | Path,
    *,
    base_urls: Mapping[str, str] = DEFAULT_BASE_URLS,
    timeout_s: tuple[float, float] = (10.0, 60.0),
    retries: int = 3,
    max_bytes: int = MAX_BYTES,
    session: requests.Session | None = None,
) -> None:
    """Bring an entry to a file, with a `.json` beside it that says where it came from.

    Parameters
    ----------
    entry : Entry
    out : str or Path
        File to make, named as `Entry.filename` says; it is compressed the same way each time.
    base_urls : mapping
        `rcsb` and `alphafold` -> base URL. A base URL that holds ``{id}``, ``{ID}`` or ``{middle}`` (the two letters by
        which the PDB archive files its entries) is the whole address of an entry.
    timeout_s : tuple of float
        Seconds to connect, and between two pieces of an answer.
    retries : int
        Further attempts after a lost connection or an answer that asks to come again; one where the host is not known.
    max_bytes : int
        Largest entry that is taken, unpacked.
    session : requests.Session, optional

    Raises
    ------
    SourceError
        If the entry could not be had: the address, the reason, and what to do.

    Notes
    -----
    Of AlphaFold DB, the current version of the model is taken, as its API names it.
    """
    out = Path(out)
    if entry.source == "local":
        content, url = _local(entry, max_bytes)
    elif entry.source == "demo":
        content, url = _demo(entry)
    else:
        # A session that was handed in stays open for its owner.
        with nullcontext(session) if session else requests.Session() as open_session:
            getter = Getter(open_session, timeout_s, retries, max_bytes)
            content, url = _remote(entry, out, {**DEFAULT_BASE_URLS, **base_urls}, getter)
    write_bytes(out, content)
    write_json(
        record_path(out),
        {
            "source": entry.source,
            "id": entry.id,
            "url": url,
            "retrieved": datetime.now(UTC).isoformat(timespec="seconds"),
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
        },
    )


def record_path(out: str | Path) -> Path:
    """Give the path of the record beside an entry: `7mws.cif.gz` -> `7mws.json`."""
    out = Path(out)
    return out.with_name(out.name.removesuffix(".gz").rpartition(".")[0] + ".json")


def read_record(out: str | Path) -> dict[str, Any] | None:
    """Read the record beside an entry; None where the user put the entry there by hand."""
    path = record_path(out)
    return read_json(path) if path.exists() else None


# --- sources


def _local(entry: Entry, max_bytes: int) -> tuple[bytes, str]:
    path = Path(entry.path or "")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"cannot read the file: {error.strerror or error}",
            where=str(path),
            hint="correct the path under `entry:`; it is relative to the folder that snakemake runs in",
        ) from error
    try:
        content = _checked(content, max_bytes)
    except StructureError as error:
        raise StructureError(error.what, where=str(path), hint=error.hint) from error
    return content, str(entry.path)


def _demo(entry: Entry) -> tuple[bytes, str]:
    folder = package_files("crossdock.demo")
    names = sorted(item.name.removesuffix(".pdb.gz") for item in folder.iterdir() if item.name.endswith(".pdb.gz"))
    if entry.id not in names:
        raise SourceError(f"the demo has no entry {entry.id}; it has {', '.join(names)}")
    return unpack((folder / f"{entry.id}.pdb.gz").read_bytes()), f"crossdock/demo/{entry.id}.pdb.gz"


def _remote(entry: Entry, out: Path, base_urls: Mapping[str, str], getter: Getter) -> tuple[bytes, str]:
    """Fetch from RCSB or AlphaFold DB; an error says the address tried and the two ways out."""
    if entry.source not in _MISSING:
        raise SourceError(f"unknown source {entry.source}; expected rcsb, alphafold, local or demo")
    url = _address(entry, base_urls[entry.source])
    try:
        if entry.source == "alphafold":
            url = _current_model(entry, url, getter.get(url, as_structure=False))
        return getter.get(url), url
    except (PassingError, InputError) as error:
        reason = error.what if isinstance(error, InputError) else str(error)
    except AbsentError:
        reason = _MISSING[entry.source].format(id=entry.id.upper())
    raise SourceError(
        f"could not be fetched: {reason}",
        where=url,
        hint=f"put the file at {out} yourself, or set a mirror in the config (`entries: {{{entry.source}: URL}}`)",
    )


def _address(entry: Entry, base: str) -> str:
    """Give the address of an entry under a base URL, or by a base URL with places to fill in."""
    if "{" in base:
        places = {"{id}": entry.id.lower(), "{ID}": entry.id.upper(), "{middle}": entry.id.lower()[1:3]}
        for place, text in places.items():
            base = base.replace(place, text)
        return base
    base = base.rstrip("/")
    if entry.source == "alphafold":
        return f"{base}/api/prediction/{entry.id.upper()}"
    return f"{base}/download/{entry.id.upper()}.cif.gz"


def _current_model(entry: Entry, url: str, answer: bytes) -> str:
    """Read the address of the current model from the answer of AlphaFold DB's API."""
    try:
        models = [model for model in json.loads(answer) if isinstance(model, dict) and model.get("cifUrl")]
    except (ValueError, TypeError) as error:
        raise InputError(f"expected a list of models in JSON, got {answer[:60]!r}") from error
    # The list may hold isoforms, which have an accession such as P35372-2.
    own = [model for model in models if model.get("uniprotAccession", entry.id.upper()) == entry.id.upper()]
    if not own:
        raise AbsentError
    return urljoin(url, str(own[0]["cifUrl"]))


def _checked(content: bytes, max_bytes: int) -> bytes:
    """Unpack an entry and make sure that it is a structure of a size that can be handled."""
    content = unpack(content, max_bytes=max_bytes)
    if len(content) > max_bytes:
        raise StructureError(f"the entry is larger than the {max_bytes / 1e6:.0f} MB that are taken")
    file_format(content)
    return content


# --- over the network


class AbsentError(Exception):
    """The server answers that there is no such entry."""


class Getter:
    """Downloads with timeouts, bounded retries and a size limit."""

    def __init__(self, session: requests.Session, timeout_s: tuple[float, float], retries: int, max_bytes: int) -> None:
        self.session, self.timeout_s, self.retries, self.max_bytes = session, timeout_s, retries, max_bytes

    def get(self, url: str, *, as_structure: bool = True) -> bytes:
        """Give the content behind an address, tried again where a failure may pass."""
        for attempt in range(self.retries + 1):
            try:
                content = self._once(url)
                return self._whole(content) if as_structure else content
            except PassingError as failure:
                if attempt == self.retries or (failure.hopeless and attempt >= 1):
                    raise
                wait = _WAITS_S[min(attempt, len(_WAITS_S) - 1)]
                time.sleep(min(max(wait, failure.wait_s or 0.0), _LONGEST_WAIT_S))
        raise AssertionError("unreachable")

    def _once(self, url: str) -> bytes:
        # The archive's files are compressed already; a second layer would only hide a truncated one.
        headers = {"User-Agent": f"crossdock/{__version__}", "Accept-Encoding": "identity"}
        try:
            with self.session.get(url, timeout=self.timeout_s, stream=True, headers=headers) as answer:
                if answer.status_code in _TRANSIENT:
                    raise PassingError(f"the server answered {_status(answer)}", wait_s=_retry_after(answer))
                if answer.status_code in (404, 410):
                    raise AbsentError
                if not answer.ok:
                    raise InputError(f"the server answered {_status(answer)}")
                return self._body(answer)
        except requests.exceptions.RequestException as error:
            raise _network_failure(error, self.timeout_s) from error

    def _body(self, answer: requests.Response) -> bytes:
        pieces, size, end = [], 0, time.monotonic() + _WHOLE_DOWNLOAD_S
        for piece in answer.iter_content(1 << 16):
            pieces.append(piece)
            size += len(piece)
            if size > self.max_bytes:
                raise InputError(f"the answer is larger than the {self.max_bytes / 1e6:.0f} MB that are taken")
            if time.monotonic() > end:
                raise InputError(f"the download took longer than {_WHOLE_DOWNLOAD_S:.0f} s")
        return b"".join(pieces)

    def _whole(self, content: bytes) -> bytes:
        """Unpack and check an entry; a file cut short may come whole the next time."""
        try:
            content = unpack(content, max_bytes=self.max_bytes)
        except StructureError as error:
            raise PassingError(error.what) from error
        return _checked(content, self.max_bytes)


def _status(answer: requests.Response) -> str:
    return f"{answer.status_code} {answer.reason}".strip()


def _retry_after(answer: requests.Response) -> float | None:
    """Read how many seconds a server asks to wait; dates are left to the usual waits."""
    try:
        return max(0.0, float(answer.headers.get("Retry-After", "")))
    except ValueError:
        return None


def _network_failure(error: requests.exceptions.RequestException, timeout_s: tuple[float, float]) -> Exception:
    """Put a failure of the network into words, and tell whether it may pass."""
    text = repr(error)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return PassingError(f"no connection within {timeout_s[0]:g} s", hopeless=True)
    if "NameResolutionError" in text or "getaddrinfo" in text or "Name or service not known" in text:
        return PassingError("the host is not known; is there a network?", hopeless=True)
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in text:
        return PassingError(f"the server sent nothing for {timeout_s[1]:g} s", hopeless=True)
    if isinstance(error, requests.exceptions.SSLError):
        return InputError("no secure connection: the server's certificate is not trusted")
    passing = (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)
    if isinstance(error, passing):
        return PassingError("the connection was refused or lost")
    return InputError(f"the request failed ({type(error).__name__})")
