"""Credentials of the server: from the environment or a file that nobody else can read, and never shown."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crossdock.errors import InputError

#: Environment variables, and keys of the file.
KEYS = {"username": "CLUSPRO_USERNAME", "secret": "CLUSPRO_SECRET", "password": "CLUSPRO_PASSWORD"}
#: The file that is read where the environment says nothing; another one is named by CLUSPRO_CREDENTIALS.
FILE = Path("~/.config/crossdock/cluspro")

_HOW = (
    "set CLUSPRO_USERNAME and CLUSPRO_SECRET (the tab API of your account), or write them as NAME=value lines into "
    f"{FILE} and run `chmod 600` on it"
)


@dataclass(frozen=True)
class Credentials:
    """Who asks the server.

    Attributes
    ----------
    username : str
    secret : str
        Signs requests; it is not sent. Not shown by `repr`.
    password : str
        For the pages that have the score tables; may be empty. Not shown by `repr`.
    """

    username: str
    secret: str = field(repr=False)
    password: str = field(default="", repr=False)

    def redact(self, text: str) -> str:
        """Take secret and password out of a text that is going to be shown."""
        for hidden in (self.secret, self.password):
            if hidden:
                text = text.replace(hidden, "***")
        return text


def credentials(environment: Mapping[str, str] = os.environ) -> Credentials:
    """Find username, secret and password.

    Parameters
    ----------
    environment : mapping of str to str

    Returns
    -------
    Credentials

    Raises
    ------
    InputError
        If there are none, or others can read the file that they are in.
    """
    found = {key: environment.get(name, "") for key, name in KEYS.items()}
    path = Path(environment.get("CLUSPRO_CREDENTIALS") or FILE).expanduser()
    if path.is_file() or not (found["username"] and found["secret"]):
        written = _from_file(path)
        found = {key: value or written[key] for key, value in found.items()}
    if not (found["username"] and found["secret"]):
        raise InputError("the credentials file has no username or no secret", where=str(path), hint=_HOW)
    return Credentials(**found)


def credentials_for(pairs: Sequence[tuple[str, str]], total: int) -> Credentials:
    """Find the credentials that pairs without an imported result need.

    Parameters
    ----------
    pairs : sequence of tuple of str
        (receptor, ligand).
    total : int
        Pairs of the panel.

    Returns
    -------
    Credentials

    Raises
    ------
    InputError
        If there are none; with the pairs and both ways out.
    """
    try:
        return credentials()
    except InputError as error:
        names = "; ".join(", ".join(pair) for pair in pairs[:10])
        some = names + (f" and {len(pairs) - 10} more" if len(pairs) > 10 else "")
        raise InputError(
            f"no result of ClusPro for {len(pairs)} of {total} pairs (receptor, ligand): {some}; and {error.what}",
            where=error.where,
            hint="download models and score tables and run `crossdock cluspro import FOLDER`; or, to "
            f"submit them, {error.hint}",
        ) from error


def _from_file(path: Path) -> dict[str, str]:
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise InputError("other users can read this credentials file", where=str(path), hint=f"chmod 600 {path}")
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError("no credentials for ClusPro", hint=_HOW) from error
    found = dict.fromkeys(KEYS, "")
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        key = next((key for key, known in KEYS.items() if known == name.strip()), None)
        if not (equals and key):
            # The line may hold a secret: it is not shown.
            raise InputError(
                f"expected NAME=value with one of {', '.join(KEYS.values())}", where=f"{path}, line {number}"
            )
        found[key] = value.strip()
    return found
