"""A `crossdock` that starts at once: one process has imported everything, and every command is a fork of it.

A run of the workflow starts the program some twenty times, and in a small run most of the time is that of its imports.
`python forked.py SOCKET` serves until its standard input ends; what `write_program` writes stands for the program.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import traceback
from pathlib import Path

#: What takes long to import. None of them looks for backends, since a page may install one.
MODULES = (
    "crossdock.analysis.network",
    "crossdock.analysis.pair",
    "crossdock.docking.backends.local.search",
    "crossdock.entries.lookup",
    "crossdock.report.payload",
    "crossdock.steps.estimate",
    "jinja2",
    "jsonschema",
    "pybtex.database",
    "snakemake.cli",
)
PROGRAM = """\
#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    asked = json.dumps([sys.argv, os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(line, [len(asked).to_bytes(8, "big")], [0, 1, 2])
    line.sendall(asked)
    sys.exit(int(line.recv(8)))
"""


def write_program(path: Path, address: Path) -> None:
    """Write the script that hands a command to the server."""
    path.write_text(PROGRAM.format(python=os.path.realpath(sys.executable), address=str(address)))
    path.chmod(0o755)


def serve(address: str) -> None:
    """Answer commands, each in a process of its own."""
    for module in MODULES:
        __import__(module)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen(64)
        while True:
            line, _ = server.accept()
            while _ended():
                pass
            if os.fork() == 0:
                server.close()
                _answer(line)
            line.close()


def _ended():
    """Take note of a command that has ended, if there is one."""
    try:
        return os.waitpid(-1, os.WNOHANG)[0]
    except ChildProcessError:
        return 0


def _answer(line):
    """Run the command that comes by a connection, and say how it ended."""
    head, files, _, _ = socket.recv_fds(line, 8, 3)
    asked = b""
    while len(asked) < int.from_bytes(head, "big"):
        asked += line.recv(1 << 16)
    child = os.fork()
    if child:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        line.sendall(str(code if code >= 0 else 128 - code).encode())
        os._exit(0)
    line.close()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    # Those of the server know what kind of file it writes to.
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    sys.argv, folder, variables = json.loads(asked)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    os.execv = _instead_of_execv
    from crossdock.cli import main

    _run(main)


def _instead_of_execv(program, arguments):
    """Let Snakemake take the place of the process, which `crossdock run` asks for, with what is imported already."""
    assert arguments[:4] == [sys.executable, "-P", "-m", "snakemake"], arguments
    sys.argv = arguments[3:]
    from snakemake.cli import main

    _run(main)


def _run(main):
    """End the process as the program does that `main` is of."""
    code = 1
    try:
        code = main()
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


if __name__ == "__main__":
    serve(sys.argv[1])
