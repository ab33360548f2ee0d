"""How web servers are asked: over sessions that try again, in urllib3's way, what may pass."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import (
    ConnectTimeoutError,
    InvalidHeader,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from crossdock.version import __version__

#: Seconds before the first further attempt, which double with each, and the most that a server may ask for.
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
#: Answers of servers that may do better the next time.
TRANSIENT = frozenset({429, 500, 502, 503, 504})

_log = logging.getLogger(__name__)


class Patience(Retry):
    """urllib3's `Retry`, which waits before the first further attempt too and gives up sooner where nobody is there.

    A host that is not known, no connection in time and silence are tried once more; a certificate that is not trusted
    is not tried again. A server that asks for a wait is not waited for longer than `LONGEST_WAIT_S`.
    """

    def get_backoff_time(self) -> float:
        """Give the seconds to wait where the server does not ask for any."""
        return super().get_backoff_time() or self.backoff_factor

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Give the seconds that the server asks for; None where it does not, or not in a way that can be read."""
        try:
            seconds = super().get_retry_after(response)
        except InvalidHeader:
            return None
        return None if seconds is None else min(seconds, LONGEST_WAIT_S)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Count an attempt that failed.

        Raises
        ------
        MaxRetryError
            If it was the last one.
        """
        if isinstance(error, SSLError) or (self.history and _no_such_host(error)):
            raise MaxRetryError(_pool, url or "", error) from error
        made = super().increment(method, url, response, error, _pool, _stacktrace)
        _log.debug(f"{url}: {error or f'the server answered {made.history[-1].status}'}; asking again")
        return made


def _no_such_host(error: Exception | None) -> bool:
    silent = isinstance(error, ConnectTimeoutError | ReadTimeoutError)
    return silent and (not isinstance(error, NewConnectionError) or isinstance(error, NameResolutionError))


def session(retry: Retry) -> requests.Session:
    """Make a session, whose requests are tried again as `retry` says until the head of an answer is there.

    Parameters
    ----------
    retry : Retry

    Returns
    -------
    requests.Session
    """
    made = requests.Session()
    # Files come as they are: archives are compressed already, and a second layer would hide that one was cut short.
    made.headers.update({"User-Agent": f"crossdock/{__version__}", "Accept-Encoding": "identity"})
    for scheme in ("https://", "http://"):
        made.mount(scheme, HTTPAdapter(max_retries=retry))
    return made


def cause(error: requests.RequestException) -> BaseException:
    """Give urllib3's error behind one of requests', or that one where there is none.

    Parameters
    ----------
    error : requests.RequestException

    Returns
    -------
    BaseException
        Of the last attempt; what kept a proxy from being reached, where there is one.
    """
    found: Any = error.args[0] if error.args else None
    found = found.reason if isinstance(found, MaxRetryError) else found
    found = found.original_error if isinstance(found, ProxyError) else found
    return found if isinstance(found, BaseException) else error
