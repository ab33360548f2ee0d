"""Downloads with timeouts, bounded retries and a size limit, whose failures are put into words."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any, Self, TypeVar

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from crossdock.entries.entry import file_format, unpack
from crossdock.errors import InputError, StructureError, cut
from crossdock.panel.schema import rule_of
from crossdock.web import FIRST_WAIT_S, TRANSIENT, Patience, cause, session

# A server that sends a byte now and then never meets the read timeout.
_COMPLETE_DOWNLOAD_S = 600.0
# How much is shown of the start and of the end of a server's own message; RCSB's repeats the question in the middle.
_MESSAGE_ENDS = (160, 240)

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


class RefusedError(UnavailableError):
    """The server does not take this one question; it may answer others."""


class CutShortError(Exception):
    """An answer began and did not come whole, which may pass: why, in words, and as urllib3 has it."""

    def __init__(self, reason: str, failure: Exception) -> None:
        super().__init__(reason)
        self.failure = failure


class Getter:
    """Downloads over one session, which a `with` block closes.

    Parameters
    ----------
    timeout_s : tuple of float
        Seconds to connect, and between two pieces of an answer.
    retries : int
        Further attempts after a failure that may pass; one where nobody is there. A body that is cut short is asked
        for again as often.
    max_bytes : int
        Largest answer that is taken, also unpacked.
    silent_retries : int, optional
        Further attempts where no answer comes at all; as many as `retries` without it.
    """

    def __init__(
        self, timeout_s: tuple[float, float], retries: int, max_bytes: int, *, silent_retries: int | None = None
    ) -> None:
        self.timeout_s, self.max_bytes = timeout_s, max_bytes
        self._patience = Patience(
            retries,
            connect=silent_retries,
            read=silent_retries,
            allowed_methods=None,
            status_forcelist=TRANSIENT,
            backoff_factor=FIRST_WAIT_S,
            raise_on_status=False,
        )
        self._session = session(self._patience)
        self._following: str | None = None
        self._status = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._session.close()

    def structure(self, url: str) -> bytes:
        """Give the structure file behind an address, unpacked.

        Raises
        ------
        AbsentError
            If the server has no such file.
        UnavailableError
            If the file cannot be had, or is no structure.
        """
        return self._get(url, self._complete)

    def json(self, url: str, question: Any = None) -> Any:
        """Give the JSON behind an address; None where the server answers that there is no content.

        Parameters
        ----------
        url : str
        question : optional
            What is sent to the address as JSON, with POST. It must change nothing there, because it is sent again
            after a failure that may pass.

        Raises
        ------
        AbsentError, UnavailableError
            As for `structure`; `RefusedError`, one of them, where the server says that the question is wrong.
        """
        return self._get(url, self._parsed, question)

    def pages(self, url: str) -> Iterator[Any]:
        """Give the JSON of an address and of the pages that follow it, as the answers' Link headers name them.

        Raises
        ------
        AbsentError, UnavailableError
            As for `json`.
        """
        following: str | None = url
        while following:
            page = self.json(following)
            following = self._following
            yield page

    def text(self, url: str) -> str:
        """Give the text behind an address; letters that are not in UTF-8 are replaced.

        Raises
        ------
        AbsentError, UnavailableError
            As for `structure`.
        """
        return self._get(url, lambda content: content.decode("utf-8", "replace"))

    def _get(self, url: str, read: Callable[[bytes], Read], question: Any = None) -> Read:
        """Read the answer of an address, again where its body comes cut short."""
        patience, method = self._patience, "GET" if question is None else "POST"
        while True:
            try:
                return read(self._once(method, url, question))
            except InputError as error:
                raise UnavailableError(error.what) from error
            except requests.RequestException as error:
                raise UnavailableError(self._message(error)) from error
            except CutShortError as error:
                try:
                    patience = patience.increment(method, url, error=error.failure)
                except MaxRetryError:
                    raise UnavailableError(str(error)) from error.failure
            patience.sleep()

    def _once(self, method: str, url: str, question: Any) -> bytes:
        _log.debug(f"asking {url}")
        with self._session.request(method, url, json=question, timeout=self.timeout_s, stream=True) as answer:
            if answer.status_code in (404, 410):
                raise AbsentError
            if answer.status_code == 400:
                raise RefusedError(self._refusal(answer))
            if not answer.ok:
                raise InputError(self._refusal(answer))
            self._status = answer.status_code
            self._following = answer.links.get("next", {}).get("url")
            return self._body(answer)

    def _refusal(self, answer: requests.Response) -> str:
        """Say what the server answered, with its own message where it gives one as JSON."""
        what = f"the server answered {answer.status_code} {answer.reason}".strip()
        try:
            message = json.loads(self._body(answer))["message"]
        except (CutShortError, InputError, requests.RequestException, ValueError, KeyError, TypeError):
            return what
        first, last = _MESSAGE_ENDS
        message = " ".join(str(message).split())
        if len(message) > first + last:
            message = f"{message[:first]} ... {message[-last:]}"
        return f"{what}: {cut(message, first + last + 5)}"

    def _body(self, answer: requests.Response) -> bytes:
        pieces, size, end = [], 0, time.monotonic() + _COMPLETE_DOWNLOAD_S
        try:
            for piece in answer.iter_content(1 << 16):
                pieces.append(piece)
                size += len(piece)
                if size > self.max_bytes:
                    raise InputError(f"the answer is larger than the limit of {self.max_bytes / 1e6:.0f} MB")
                if time.monotonic() > end:
                    raise InputError(f"the download took longer than {_COMPLETE_DOWNLOAD_S:.0f} s")
        except requests.RequestException as error:
            if isinstance(failure := cause(error), ProtocolError | ReadTimeoutError):
                raise CutShortError(self._message(error), failure) from error
            raise
        return b"".join(pieces)

    def _complete(self, content: bytes) -> bytes:
        """Unpack and check an entry; a file cut short may come whole the next time."""
        try:
            content = unpack(content, max_bytes=self.max_bytes)
        except StructureError as error:
            raise CutShortError(error.what, ProtocolError(error.what)) from error
        return checked_structure(content, self.max_bytes)

    def _parsed(self, content: bytes) -> Any:
        """Read JSON; an answer may be empty only if its status says so."""
        if self._status == requests.codes.no_content:
            return None
        try:
            return json.loads(content)
        except ValueError as error:
            raise InputError(f"expected JSON, got {content[:60]!r}") from error

    def _message(self, error: requests.RequestException) -> str:
        """Say what kept an answer from coming."""
        match cause(error):
            case NameResolutionError():
                return "unknown host; is there a network connection?"
            case NewConnectionError() | ProtocolError() | ProxyError():
                return "the connection was refused or lost"
            case ConnectTimeoutError():
                return f"no connection within {self.timeout_s[0]:g} s"
            case ReadTimeoutError():
                return f"the server sent nothing for {self.timeout_s[1]:g} s"
            case SSLError():
                return "no secure connection: the server's certificate is not trusted"
        return f"the request failed ({type(error).__name__})"


def checked_structure(content: bytes, max_bytes: int) -> bytes:
    """Unpack a structure file, and make sure that it is one, and of a size that can be handled.

    Raises
    ------
    StructureError
    """
    content = unpack(content, max_bytes=max_bytes)
    if len(content) > max_bytes:
        raise StructureError(f"the entry is larger than the {max_bytes / 1e6:.0f} MB limit")
    file_format(content)
    return content
