"""Downloads with timeouts, bounded retries and a size limit, whose failures are put into words."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests

from crossdock.entries.entry import file_format, unpack
from crossdock.errors import InputError, StructureError
from crossdock.panel.schema import rule_of
from crossdock.version import __version__

# Waits before the first, second, ... retry, in seconds, and the longest that a server may ask for.
_WAITS_S = (1.0, 2.0, 4.0, 8.0)
_LONGEST_WAIT_S = 30.0
# A server that sends a byte now and then never meets the read timeout.
_WHOLE_DOWNLOAD_S = 600.0

_TRANSIENT = {429, 500, 502, 503, 504}

#: What an answer is read as.
Read = TypeVar("Read")
_log = logging.getLogger(__name__)


def default_sites() -> dict[str, str]:
    """Give the base URL of every site, as the config's `entries` has them by default."""
    return {site: rule["default"] for site, rule in rule_of("entries")["properties"].items() if site != "offline"}


class AbsentError(Exception):
    """The server answers that there is no such entry."""


class UnavailableError(Exception):
    """What is asked for could not be had from this server; the message says why."""


class PassingError(Exception):
    """A failure that may pass, and is tried again: why, and how long the server asks to wait, in seconds."""

    def __init__(self, reason: str, *, wait_s: float | None = None, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.wait_s, self.hopeless = wait_s, hopeless


class Getter:
    """Downloads over one session.

    Parameters
    ----------
    session : requests.Session
    timeout_s : tuple of float
        Seconds to connect, and between two pieces of an answer.
    retries : int
        Further attempts after a failure that may pass; one where nobody is there.
    max_bytes : int
        Largest answer that is taken, also unpacked.
    """

    def __init__(self, session: requests.Session, timeout_s: tuple[float, float], retries: int, max_bytes: int) -> None:
        self.session, self.timeout_s, self.retries, self.max_bytes = session, timeout_s, retries, max_bytes

    def structure(self, url: str) -> bytes:
        """Give the structure file behind an address, unpacked.

        Raises
        ------
        AbsentError
            If the server has no such file.
        UnavailableError
            If the file cannot be had, or is no structure.
        """
        return self._get(url, self._whole)

    def json(self, url: str) -> Any:
        """Give the JSON behind an address; None where the server answers that there is no content.

        Raises
        ------
        AbsentError, UnavailableError
            As for `structure`.
        """
        return self._get(url, _parsed)

    def _get(self, url: str, read: Callable[[bytes], Read]) -> Read:
        """Read the answer of an address, tried again where a failure may pass."""
        for attempt in range(self.retries + 1):
            try:
                return read(self._once(url))
            except InputError as error:
                raise UnavailableError(error.what) from error
            except PassingError as failure:
                if attempt == self.retries or (failure.hopeless and attempt >= 1):
                    raise UnavailableError(str(failure)) from failure
                wait = _WAITS_S[min(attempt, len(_WAITS_S) - 1)]
                wait = min(max(wait, failure.wait_s or 0.0), _LONGEST_WAIT_S)
                _log.debug(f"{url}: {failure}; asking again in {wait:g} s")
                time.sleep(wait)
        raise AssertionError("unreachable")

    def _once(self, url: str) -> bytes:
        # The archive's files are compressed already; a second layer would only hide a truncated one.
        _log.debug(f"asking {url}")
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
        return checked_structure(content, self.max_bytes)


def checked_structure(content: bytes, max_bytes: int) -> bytes:
    """Unpack a structure file, and make sure that it is one, and of a size that can be handled.

    Raises
    ------
    StructureError
    """
    content = unpack(content, max_bytes=max_bytes)
    if len(content) > max_bytes:
        raise StructureError(f"the entry is larger than the {max_bytes / 1e6:.0f} MB that are taken")
    file_format(content)
    return content


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError as error:
        raise InputError(f"expected JSON, got {content[:60]!r}") from error


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
