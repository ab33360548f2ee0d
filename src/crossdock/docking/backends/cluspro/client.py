"""The server's programming interface: signed submissions and downloads, and the pages that have the score tables."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, SSLError, TimeoutError
from urllib3.util import Retry

from crossdock.docking.backends.cluspro.credentials import Credentials
from crossdock.docking.backends.cluspro.pages import tables_of
from crossdock.docking.backends.cluspro.scores import ServerCluster, parse_page
from crossdock.errors import CrossdockError, InputError
from crossdock.web import FIRST_WAIT_S, Patience, cause, session

#: Seconds to connect, and between two pieces of an answer.
TIMEOUT_S = (10.0, 300.0)
#: Pages of ended jobs, ten to a page, that are looked through.
MOST_PAGES = 100
#: Largest answer, in bytes.
LARGEST_ANSWER = 1_000_000_000
# Fields that say how the partners are given: as files, whole, without restraints.
_FLAGS = {
    "peptidemode": "0",
    "rec-input-type": "file",
    "useligpdbid": "0",
    "useligrepfile": "0",
    "usepeptide": "0",
    "userecpdbid": "0",
    "userecrepfile": "0",
    "userestraints": "0",
    "usesaxs": "0",
}
_TRIES, _LONGEST_WAIT_S = 3, 6 * 3600.0
_MAGIC = b"BZh"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class ServerError(CrossdockError):
    """The server refused a request, or could not be reached."""


class UnreachableError(ServerError):
    """No connection to the server: nothing was sent."""


class LostAnswerError(ServerError):
    """A submission was sent and no answer came: the server may have the job, or not."""


class RefusedError(ServerError):
    """The server refuses a job: it does not have it."""


class AccountError(RefusedError):
    """The server does not accept who asks; it will not accept the next request either."""


class BusyError(ServerError):
    """The server has done nothing, and asks to come back later.

    Parameters
    ----------
    wait_s : float or None
        Seconds that it asks for.
    """

    def __init__(self, what: str, *, where: str, wait_s: float | None) -> None:
        super().__init__(what, where=where)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Listed:
    """A job as the server's pages list it."""

    number: str
    name: str
    status: str

    @property
    def failed(self) -> bool:
        """Whether the pages say that it will never be finished."""
        return bool(re.search(r"\berror\b|\bdeleted\b", self.status, re.IGNORECASE))


def signature(fields: Mapping[str, str], secret: str) -> str:
    """Sign the fields of a form.

    Parameters
    ----------
    fields : mapping of str to str
        All that are sent but files and `sig`.
    secret : str

    Returns
    -------
    str
        HMAC-MD5 in lower-case hexadecimal digits, over key and value of each field by ascending key, nothing between.
    """
    message = "".join(key + fields[key] for key in sorted(fields))
    return hmac.new(secret.encode(), message.encode(), hashlib.md5).hexdigest()


class Server:
    """Asks the server, one request at a time.

    Parameters
    ----------
    url : str
        Base address; https, unless it is this machine.
    who : Credentials
    send_secret : bool
        Send the secret with downloads, as the server's own client does. It signs them either way.
    timeout_s : tuple of float
        Seconds to connect, and between two pieces of an answer.
    sleep : callable
        Waits for seconds; tests have no time.

    Raises
    ------
    InputError
        If the address is not https.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        *,
        send_secret: bool = False,
        timeout_s: tuple[float, float] = TIMEOUT_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise InputError(f"expected an https address, got {url}", hint="requests are signed, not encrypted")
        self.url, self.credentials, self.send_secret = url.rstrip("/"), credentials, send_secret
        self.timeout_s, self.sleep = timeout_s, sleep
        patience = Patience(
            _TRIES - 1,
            allowed_methods=None,
            status_forcelist=frozenset(range(500, 600)) - {503},
            respect_retry_after_header=False,  # a busy server (429, 503) is left to who asks
            backoff_factor=self._wait_s(1),
            raise_on_status=False,
        )
        # A job goes over a session of its own, which never sends anything twice.
        self.session, self._submissions = session(patience), session(Retry(0))
        if self.is_local:
            self.session.trust_env = self._submissions.trust_env = False
        self._logged_in = False

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine."""
        return urlsplit(self.url).hostname in _LOOPBACK

    def submit(self, receptor: Path, ligand: Path, *, jobname: str, fields: Mapping[str, str] | None = None) -> str:
        """Hand in a job, once.

        Parameters
        ----------
        receptor, ligand : Path
            PDB files.
        jobname : str
            At most 20 characters.
        fields : mapping of str to str, optional
            Further fields, such as `recchains`.

        Returns
        -------
        str
            The job's number.

        Raises
        ------
        RefusedError
            If the server refuses the job: then it does not have it.
        BusyError
            If it asks to come back later: then it does not have it either.
        ServerError
            If it cannot be reached, or is elsewhere: nothing was sent.
        LostAnswerError
            If it is unknown whether the server has it. It must not be sent again blindly.
        """
        form = {
            **_FLAGS,
            "jobname": jobname,
            "receptor": receptor.name,
            "ligand": ligand.name,
            "username": self.credentials.username,
            **(fields or {}),
        }
        form["sig"] = signature(form, self.credentials.secret)
        files = {"rec": (receptor.name, receptor.read_bytes()), "lig": (ligand.name, ligand.read_bytes())}
        _log.debug(f"submitting {jobname} to {self.url}/api.php")
        try:
            answer = self._submissions.post(
                f"{self.url}/api.php", data=form, files=files, timeout=self.timeout_s, allow_redirects=False
            )
        except requests.exceptions.RequestException as error:
            if _never_sent(error):
                raise UnreachableError(f"{self._message(error)}; nothing was sent", where=self.url) from error
            raise LostAnswerError(self._message(error), where=self.url) from error
        self._stay_here(answer)
        reply = _json(answer)
        if reply and reply.get("status") == "success" and re.fullmatch(r"\d+", str(reply.get("id", ""))):
            return str(reply["id"])
        if answer.status_code == 429:
            self._stop_if_busy(answer)
        if reply and reply.get("errors") and 400 <= answer.status_code < 500:
            message = f"the server refuses the job: {self._errors(reply)}"
            if "sign" in message.lower():
                raise AccountError(message, where=self.url, hint="look at CLUSPRO_USERNAME and CLUSPRO_SECRET")
            raise RefusedError(message, where=self.url)
        # Anything else, a 503 of something between too, says nothing about what the server has done with the job.
        raise LostAnswerError(f"the server's answer has an unknown format ({_outline(answer)})", where=self.url)

    def download(self, job: str, path: Path) -> str | None:
        """Fetch the model archive of a job, if it is finished.

        Parameters
        ----------
        job : str
            Its number.
        path : Path
            The file to write, whole or not at all.

        Returns
        -------
        str or None
            SHA-256 of the archive; None while the job is not finished (or has failed: the server does not say).

        Raises
        ------
        BusyError
            If the server asks to come back later.
        ServerError
            If it refuses, or cannot be reached.
        """
        form = {"username": self.credentials.username, "jobid": job}
        if self.send_secret:
            form["secret"] = self.credentials.secret
        form["sig"] = signature(form, self.credentials.secret)
        with self._request("POST", "/api_download.php", data=form, stream=True) as answer:
            self._stop_if_busy(answer)
            pieces = answer.iter_content(1 << 16)
            try:
                first = next(pieces, b"")
                # Whatever type it says it has: an archive is known by how it begins.
                if answer.status_code == 200 and first.startswith(_MAGIC):
                    return self._save(answer, chain([first], pieces), path, job)
            except requests.exceptions.RequestException as error:
                raise ServerError(self._message(error), where=self.url) from error
        reply = _json_of(first)
        message = (
            self._errors(reply)
            if reply
            else f"the download is not an archive: {self.credentials.redact(repr(first[:60]))}"
        )
        if "not finished" in message.lower():
            return None
        hint = None
        if answer.status_code == 400 and not self.send_secret and re.search("param|sign", message, re.IGNORECASE):
            hint = "if username and secret are right, the server may want the secret itself (`cluspro.send_secret`)"
        raise ServerError(f"no models of job {job} ({answer.status_code}): {message}", where=self.url, hint=hint)

    def scores(self, job: str, coefficients: str) -> list[ServerCluster]:
        """Read the score table of a coefficient set from the server's pages.

        Parameters
        ----------
        job : str
        coefficients : str
            Such as ``"002"``.

        Raises
        ------
        InputError
            If there is no password, or the page is not as expected.
        ServerError
            If the server refuses, or cannot be reached.
        """
        params = {"job": job, "coeffi": str(int(coefficients))}
        where = f"{self.url}/scores.php?job={job}&coeffi={int(coefficients)}"
        return self._page("/scores.php", params, lambda text: parse_page(text, where=where))

    def listed(self, wanted: Collection[str]) -> list[Listed]:
        """Read the user's jobs from the pages of those that run and those that have ended.

        Parameters
        ----------
        wanted : collection of str
            Names or numbers of jobs; pages are read until all of them have been seen, or to the last one.

        Returns
        -------
        list of Listed
            Latest first.

        Raises
        ------
        InputError
            If there is no password, a page is not as expected, or there is no end of pages.
        ServerError
            If the server refuses, or cannot be reached.
        """
        found: dict[str, Listed] = {}
        # First those that run: one that ends in between is then seen twice, not never.
        for path in ("/queue.php", "/results.php"):
            seen: set[str] = set()
            for page in range(MOST_PAGES):
                params = {"offset": str(page)} if page else {}
                rows = self._page(path, params, partial(self._jobs, where=f"{self.url}{path}"))
                found |= {row.number: row for row in rows}
                new = {row.number for row in rows} - seen
                seen |= new
                if not new or set(wanted) <= {word for row in found.values() for word in (row.name, row.number)}:
                    break
            else:
                raise InputError(f"more than {MOST_PAGES} pages of jobs", where=f"{self.url}{path}")
        return sorted(found.values(), key=lambda row: -int(row.number))

    def _jobs(self, text: str, where: str) -> list[Listed]:
        """Read the user's own jobs on a page."""
        for table in tables_of(text):
            header = [cell.lower() for cell in table[0]] if table else []
            if {"id", "name", "status"} <= set(header):
                break
        else:
            raise InputError("expected a table with the columns Id, Name and Status on this page", where=where)
        rows = [dict(zip(header, row, strict=True)) for row in table[1:] if len(row) == len(header)]
        if odd := [row["id"] for row in rows if not row["id"].isdecimal()]:
            raise InputError(f"expected the number of a job, got {odd[0]!r}", where=where)
        own = self.credentials.username.lower()
        mine = [row for row in rows if row.get("user", own).lower() == own]
        return [Listed(row["id"], row["name"], self.credentials.redact(row["status"])) for row in mine]

    def _page(self, path: str, params: Mapping[str, str], read: Callable[[str], _T]) -> _T:
        """Read a page, again where it is not what it should be."""
        for attempt in range(1, _TRIES + 1):
            try:
                self.log_in()
                with self._request("GET", path, params=params) as answer:
                    self._stop_if_busy(answer)
                    if answer.status_code == 200:
                        return read(answer.text)
                    raise ServerError(f"the server sent another page: {_outline(answer)}", where=self.url + path)
            except (ServerError, InputError) as error:
                # A session that has run out shows itself as another page.
                self._logged_in = False
                if attempt == _TRIES or isinstance(error, BusyError | AccountError) or not self.credentials.password:
                    raise
            self.sleep(self._wait_s(attempt))
        raise AssertionError("unreachable")

    def _stop_if_busy(self, answer: requests.Response) -> None:
        if answer.status_code in (429, 503):
            raise BusyError(f"the server is busy ({answer.status_code})", where=self.url, wait_s=_retry_after(answer))

    def log_in(self) -> None:
        """Begin a session with the server's pages, if there is none.

        Raises
        ------
        InputError
            If there is no password.
        AccountError
            If the server does not accept it.
        ServerError
            If the server cannot be reached.
        """
        if self._logged_in:
            return
        if not self.credentials.password:
            raise InputError("the password for the server's pages is missing", hint="set CLUSPRO_PASSWORD")
        form = {
            "username": self.credentials.username,
            "password": self.credentials.password,
            "redir": "/home.php",
            "action": "Login",
        }
        with self._request("POST", "/login.php", data=form) as answer:
            self._stop_if_busy(answer)
            if answer.status_code == 200 and re.search(r"""class=["'][^"']*\berror\b""", answer.text):
                raise AccountError(
                    "the server does not accept username and password",
                    where=self.url,
                    hint="look at CLUSPRO_USERNAME and CLUSPRO_PASSWORD",
                )
            if answer.status_code not in (302, 303):
                raise ServerError(f"the login page has an unknown format ({_outline(answer)})", where=self.url)
        self._logged_in = True

    def _request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Ask, again where a failure may pass; never follow to another host."""
        _log.debug(f"asking {self.url}{path}")
        try:
            answer = self.session.request(
                method, self.url + path, timeout=self.timeout_s, allow_redirects=False, **options
            )
        except requests.RequestException as error:
            kind = UnreachableError if _never_sent(error) else ServerError
            raise kind(self._message(error), where=self.url) from error
        self._stay_here(answer)
        return answer

    def _stay_here(self, answer: requests.Response) -> None:
        """Stop where an answer sends on to another host; this one has then done nothing."""
        there = urlsplit(answer.headers.get("Location", ""))
        if answer.is_redirect and there.netloc and there.netloc != urlsplit(self.url).netloc:
            raise ServerError(
                f"the server redirects to {there.netloc}; nothing was sent there",
                where=self.url,
                hint="if that is the server's new address, set it as `cluspro.url`",
            )

    def _errors(self, reply: Mapping[str, Any]) -> str:
        errors = reply.get("errors") or ["no reason given"]
        return self.credentials.redact("; ".join(map(str, errors if isinstance(errors, list) else [errors]))[:500])

    def _wait_s(self, attempt: int) -> float:
        """Give the seconds to wait before the next try; this machine needs no patience."""
        return (FIRST_WAIT_S / 100 if self.is_local else FIRST_WAIT_S) * 2.0**attempt

    def _save(self, answer: requests.Response, pieces: Iterable[bytes], path: Path, job: str) -> str:
        """Write an archive beside its place, and move it there when it is whole."""
        path.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".download.")
        try:
            with os.fdopen(handle, "wb") as out:
                for piece in pieces:
                    size += len(piece)
                    if size > LARGEST_ANSWER:
                        raise ServerError(f"the archive of job {job} is larger than 1 GB", where=self.url)
                    digest.update(piece)
                    out.write(piece)
            expected = answer.headers.get("Content-Length")
            if expected and expected.isdecimal() and int(expected) != size:
                raise ServerError(f"the archive of job {job} is incomplete", where=self.url)
            os.replace(aside, path)
        finally:
            Path(aside).unlink(missing_ok=True)
        return digest.hexdigest()

    def _message(self, error: requests.exceptions.RequestException) -> str:
        """Put a failure of the network into words that hold no secret."""
        if isinstance(cause(error), TimeoutError) and not isinstance(cause(error), NewConnectionError):
            return "the server did not answer in time"
        return self.credentials.redact(f"the connection failed ({type(error).__name__})")


def _never_sent(error: requests.RequestException) -> bool:
    """Tell whether a request failed before anything of it left: no name, no connection, no trust."""
    return isinstance(cause(error), ConnectTimeoutError | NewConnectionError | SSLError)


def _json(answer: requests.Response) -> dict[str, Any] | None:
    try:
        return _json_of(answer.content)
    except requests.exceptions.RequestException:
        return None


def _json_of(content: bytes) -> dict[str, Any] | None:
    try:
        reply = json.loads(content)
    except ValueError:
        return None
    return reply if isinstance(reply, dict) else None


def _outline(answer: requests.Response) -> str:
    kind = answer.headers.get("Content-Type", "no type").partition(";")[0]
    return f"{answer.status_code} {answer.reason}, {kind}, {len(answer.content)} bytes"


def _retry_after(answer: requests.Response) -> float | None:
    """Read for how long the server wants to be left alone: seconds, or a date."""
    text = answer.headers.get("Retry-After", "")
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except ValueError:
            return None
    return min(_LONGEST_WAIT_S, max(0.0, seconds))
