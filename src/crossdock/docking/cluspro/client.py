"""The server's programming interface: signed submissions and downloads, and the pages that have the score tables."""

from __future__ import annotations

import hashlib
import hmac
import os
import random
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests

from crossdock import __version__
from crossdock.docking.cluspro.credentials import Credentials
from crossdock.docking.cluspro.pages import tables_of
from crossdock.docking.cluspro.scores import ServerCluster, parse_page
from crossdock.errors import CrossdockError, InputError

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
_TRIES, _FIRST_WAIT_S, _LONGEST_WAIT_S = 3, 2.0, 900.0
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}

_T = TypeVar("_T")


class ServerError(CrossdockError):
    """The server refused a request, or could not be reached."""


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
        who: Credentials,
        *,
        send_secret: bool = False,
        timeout_s: tuple[float, float] = TIMEOUT_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise InputError(f"expected an https address, got {url}", hint="requests are signed, not encrypted")
        self.url, self.who, self.send_secret = url.rstrip("/"), who, send_secret
        self.timeout_s, self.sleep = timeout_s, sleep
        self.session = requests.Session()
        self.session.headers["User-Agent"] = f"crossdock/{__version__}"
        self.session.trust_env = False if parts.hostname in _LOOPBACK else self.session.trust_env
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
            If it cannot be reached: nothing was sent.
        LostAnswerError
            If it is unknown whether the server has it. It must not be sent again blindly.
        """
        form = {
            **_FLAGS,
            "jobname": jobname,
            "receptor": receptor.name,
            "ligand": ligand.name,
            "username": self.who.username,
            **(fields or {}),
        }
        form["sig"] = signature(form, self.who.secret)
        files = {"rec": (receptor.name, receptor.read_bytes()), "lig": (ligand.name, ligand.read_bytes())}
        try:
            answer = self.session.post(
                f"{self.url}/api.php", data=form, files=files, timeout=self.timeout_s, allow_redirects=False
            )
        except requests.exceptions.ConnectTimeout as error:
            raise ServerError("no connection: nothing was sent", where=self.url) from error
        except requests.exceptions.RequestException as error:
            raise LostAnswerError(self._words(error), where=self.url) from error
        told = _json(answer)
        self._stop_if_busy(answer)
        if told and told.get("status") == "success" and re.fullmatch(r"\d+", str(told.get("id", ""))):
            return str(told["id"])
        if told and told.get("errors"):
            words = f"the server refuses the job: {_errors(told)}"
            if "sign" in words.lower():
                raise AccountError(words, where=self.url, hint="look at CLUSPRO_USERNAME and CLUSPRO_SECRET")
            raise RefusedError(words, where=self.url)
        # Anything else says nothing about what the server has done with the job.
        raise LostAnswerError(f"the server's answer is not understood ({_outline(answer)})", where=self.url)

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
        form = {"username": self.who.username, "jobid": job}
        if self.send_secret:
            form["secret"] = self.who.secret
        form["sig"] = signature(form, self.who.secret)
        with self._request("POST", "/api_download.php", data=form, stream=True) as answer:
            self._stop_if_busy(answer)
            if answer.status_code == 200 and not _is_json(answer):
                return self._save(answer, path, job)
            told = _json(answer)
        words = _errors(told) if told else _outline(answer)
        if "not finished" in words.lower():
            return None
        if answer.status_code == 400 and told and not self.send_secret and re.search("param|sign", words, re.I):
            raise ServerError(
                f"the server refuses the download of job {job}: {words}",
                where=self.url,
                hint="if username and secret are right, the server may want the secret itself (`send_secret`)",
            )
        raise ServerError(f"the server refuses the download of job {job}: {words}", where=self.url)

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

    def listed(self) -> dict[str, Listed]:
        """Read the user's jobs from the pages of those that run and those that have ended.

        Returns
        -------
        dict of str to Listed
            By job name; of several with one name the first.

        Raises
        ------
        InputError
            If there is no password, or a page is not as expected.
        ServerError
            If the server refuses, or cannot be reached.
        """
        found: dict[str, Listed] = {}
        # First those that run: one that ends in between is then seen twice, not never.
        for path, pages in (("/queue.php", 1), ("/results.php", MOST_PAGES)):
            for page in range(pages):
                params = {"offset": str(page)} if page else {}
                rows = self._page(path, params, partial(self._jobs, where=f"{self.url}{path}"))
                if rows.keys() <= found.keys():
                    break
                found |= rows
        return {row.name: row for row in sorted(found.values(), key=lambda row: -int(row.number))}

    def _jobs(self, text: str, where: str) -> dict[str, Listed]:
        """Read the user's own jobs on a page, by number."""
        for table in tables_of(text):
            header = [cell.lower() for cell in table[0]] if table else []
            if {"id", "name", "status"} <= set(header):
                break
        else:
            raise InputError("expected a table with the columns Id, Name and Status on this page", where=where)
        rows = [dict(zip(header, row, strict=False)) for row in table[1:] if len(row) >= len(header)]
        mine = [row for row in rows if row.get("user", self.who.username) == self.who.username]
        return {row["id"]: Listed(row["id"], row["name"], row["status"]) for row in mine if row["id"].isdecimal()}

    def _page(self, path: str, params: Mapping[str, str], read: Callable[[str], _T]) -> _T:
        """Read a page, again where it is not what it should be."""
        for attempt in range(1, _TRIES + 1):
            try:
                self._log_in()
                with self._request("GET", path, params=params) as answer:
                    self._stop_if_busy(answer)
                    if answer.status_code == 200:
                        return read(answer.text)
                    # The pages send who is not logged in to another one.
                    self._logged_in = False
                    raise ServerError(f"not the page that was asked for: {_outline(answer)}", where=self.url + path)
            except (ServerError, InputError) as error:
                if attempt == _TRIES or isinstance(error, BusyError | AccountError) or not self.who.password:
                    raise
            self._back_off(attempt)
        raise AssertionError("unreachable")

    def _stop_if_busy(self, answer: requests.Response) -> None:
        if answer.status_code in (429, 503):
            raise BusyError(f"the server is busy ({answer.status_code})", where=self.url, wait_s=_retry_after(answer))

    def _log_in(self) -> None:
        if self._logged_in:
            return
        if not self.who.password:
            raise InputError("there is no password for the server's pages", hint="set CLUSPRO_PASSWORD")
        form = {
            "username": self.who.username,
            "password": self.who.password,
            "redir": "/home.php",
            "action": "Login",
        }
        with self._request("POST", "/login.php", data=form) as answer:
            self._stop_if_busy(answer)
            if answer.status_code not in (200, 302, 303) or re.search(r'class="[^"]*\berror\b', answer.text):
                raise AccountError(
                    "the server does not accept username and password",
                    where=self.url,
                    hint="look at CLUSPRO_USERNAME and CLUSPRO_PASSWORD",
                )
        self._logged_in = True

    def _request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Ask, again where a failure may pass; never follow to another host."""
        for attempt in range(1, _TRIES + 1):
            try:
                answer = self.session.request(
                    method, self.url + path, timeout=self.timeout_s, allow_redirects=False, **options
                )
            except requests.exceptions.RequestException as error:
                if attempt == _TRIES:
                    raise ServerError(self._words(error), where=self.url) from error
            else:
                there = urlsplit(answer.headers.get("Location", ""))
                if answer.is_redirect and there.netloc and there.netloc != urlsplit(self.url).netloc:
                    raise ServerError(f"the server sends on to {there.netloc}; nothing was sent there", where=self.url)
                if answer.status_code < 500 or answer.status_code == 503 or attempt == _TRIES:
                    return answer
            self._back_off(attempt)
        raise AssertionError("unreachable")

    def _back_off(self, attempt: int) -> None:
        """Wait before the next try; this machine needs no patience."""
        first = _FIRST_WAIT_S / 100 if self.is_local else _FIRST_WAIT_S
        self.sleep(first * 2 ** (attempt - 1) * random.uniform(0.75, 1.25))

    def _save(self, answer: requests.Response, path: Path, job: str) -> str:
        """Write an archive beside its place, check how it begins, and move it there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".download.")
        try:
            with os.fdopen(handle, "wb") as out:
                for piece in answer.iter_content(1 << 16):
                    if not size and not piece.startswith(b"BZh"):
                        raise ServerError(f"what came for job {job} is no archive: {piece[:60]!r}", where=self.url)
                    size += len(piece)
                    if size > LARGEST_ANSWER:
                        raise ServerError(f"the archive of job {job} is larger than 1 GB", where=self.url)
                    digest.update(piece)
                    out.write(piece)
            expected = answer.headers.get("Content-Length")
            if not size or (expected and expected.isdecimal() and int(expected) != size):
                raise ServerError(f"the archive of job {job} came cut short", where=self.url)
            os.replace(aside, path)
        except requests.exceptions.RequestException as error:
            raise ServerError(self._words(error), where=self.url) from error
        finally:
            Path(aside).unlink(missing_ok=True)
        return digest.hexdigest()

    def _words(self, error: requests.exceptions.RequestException) -> str:
        """Put a failure of the network into words that hold no secret."""
        if isinstance(error, requests.exceptions.Timeout):
            return "the server did not answer in time"
        return self.who.redact(f"the connection failed ({type(error).__name__})")


def _is_json(answer: requests.Response) -> bool:
    return "json" in answer.headers.get("Content-Type", "") or "html" in answer.headers.get("Content-Type", "")


def _json(answer: requests.Response) -> dict[str, Any] | None:
    try:
        told = answer.json()
    except (ValueError, requests.exceptions.RequestException):
        return None
    return told if isinstance(told, dict) else None


def _errors(told: Mapping[str, Any]) -> str:
    errors = told.get("errors") or ["no reason given"]
    return "; ".join(map(str, errors if isinstance(errors, list) else [errors]))[:500]


def _outline(answer: requests.Response) -> str:
    kind = answer.headers.get("Content-Type", "no type").partition(";")[0]
    return f"{answer.status_code} {answer.reason}, {kind}, {len(answer.content)} bytes"


def _retry_after(answer: requests.Response) -> float | None:
    try:
        return min(_LONGEST_WAIT_S, max(0.0, float(answer.headers.get("Retry-After", ""))))
    except ValueError:
        return None
