"""Debian's Firefox on a display without a screen, driven by the protocol that it has built in (Marionette).

Playwright's own Firefox cannot be installed from a package, and what Playwright asks of Debian's it does not know.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds; a first start on a busy machine
SETTINGS = 'user_pref("marionette.port", 0);\nuser_pref("browser.shell.checkDefaultBrowser", false);\n'
ERRORS = """
    return Services.console.getMessageArray()
        .filter((one) => one instanceof Ci.nsIScriptError && !(one.flags & one.warningFlag))
        .filter((one) => one.sourceName.startsWith("file:"))
        .map((one) => one.errorMessage);
"""


class Firefox:
    """A page in Firefox. Commands are those of WebDriver, a JSON list each with its length before it."""

    def __init__(self, port: int) -> None:
        self.stream = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.file = self.stream.makefile("rb")
        self.count = 0
        self._read()  # what it says of itself
        self.ask("WebDriver:NewSession")

    def _read(self) -> Any:
        length = b""
        while (letter := self.file.read(1)) != b":":
            assert letter, "Firefox hung up"
            length += letter
        return json.loads(self.file.read(int(length)))

    def ask(self, command: str, **values: Any) -> Any:
        """Send a command; give its answer."""
        self.count += 1
        message = json.dumps([0, self.count, command, values]).encode()
        self.stream.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._read()
        assert error is None, error
        return result

    def run(self, script: str) -> Any:
        """Run the body of a function in the page; give what it returns."""
        return self.ask("WebDriver:ExecuteScript", script=script, args=[], sandbox=None)["value"]

    def wait(self, condition: str) -> None:
        """Wait until an expression is true in the page."""
        end = time.monotonic() + PATIENCE
        while not self.run(f"return Boolean({condition})"):
            assert time.monotonic() < end, f"{condition} did not come true; {self.errors()}"
            time.sleep(0.1)

    def errors(self) -> list[str]:
        """Give the errors, not the warnings, that the page left in the console."""
        self.ask("Marionette:SetContext", value="chrome")
        found = self.ask("WebDriver:ExecuteScript", script=ERRORS, args=[])["value"]
        self.ask("Marionette:SetContext", value="content")
        return found


@contextmanager
def display(folder: Path) -> Iterator[str]:
    """Start a display without a screen; give its name."""
    read, write = os.pipe()
    with (folder / "xvfb.log").open("wb") as log:
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1200x24"]
        server = subprocess.Popen(command, pass_fds=[write], stdout=log, stderr=log)
    os.close(write)
    try:
        with os.fdopen(read) as number:
            yield f":{number.readline().strip()}"
    finally:
        server.terminate()
        server.wait(PATIENCE)


@contextmanager
def firefox(program: str, folder: Path) -> Iterator[Firefox]:
    """Start Firefox with a new profile in a folder, and end it."""
    (folder / "user.js").write_text(SETTINGS)
    options = ["--marionette", "--remote-allow-system-access", "--no-remote", "--profile", str(folder)]
    with display(folder) as name, (folder / "firefox.log").open("wb") as log:
        surroundings = os.environ | {"HOME": str(folder), "DISPLAY": name, "LIBGL_ALWAYS_SOFTWARE": "1"}
        process = subprocess.Popen([program, *options], env=surroundings, stdout=log, stderr=log)
        try:
            port, end = folder / "MarionetteActivePort", time.monotonic() + PATIENCE
            while not (port.is_file() and port.read_text()):
                assert process.poll() is None, (folder / "firefox.log").read_text()
                assert time.monotonic() < end, "Firefox did not start"
                time.sleep(0.1)
            yield Firefox(int(port.read_text()))
        finally:
            process.terminate()
            process.wait(PATIENCE)
