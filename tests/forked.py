"""`crossdock` and `snakemake` that start at once: one process has imported everything, each command is a fork of it.

A run of the workflow starts programs some twenty times, and in a small run most of the time is that of their imports.
`python forked.py SOCKET` serves until its standard input ends; what `write_program` writes stands for a program. A
signal reaches that stand-in alone, so tests that send signals run the programs themselves.
"""

from __future__ import annotations

import atexit
import functools
import gc
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

#: What nearly every command, the Snakefile, or Snakemake imports.
MODULES = (
    "crossdock.cli",
    "crossdock.entries.lookup",
    "crossdock.report.build",
    "crossdock.steps.batch",
    "crossdock.steps.check",
    "crossdock.steps.estimate",
    "crossdock.steps.matrix",
    "crossdock.steps.remote",
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


@functools.cache
def programs() -> Path:
    """Give a folder with both programs, served until this process ends."""
    home = Path(tempfile.mkdtemp(prefix="crossdock-forked-"))
    for name in ("crossdock", "snakemake"):
        write_program(home / name, home / "address")
    server = start([sys.executable, __file__, str(home / "address")], home / "address", os.environ)
    atexit.register(_end, server, home)
    return home


def _end(server, home):
    """Let a server end, and take its folder away."""
    server.communicate()
    shutil.rmtree(home)


def start(command: list[str], address: Path, variables: dict[str, str] | os._Environ[str]) -> subprocess.Popen[bytes]:
    """Start a server, and wait until it answers."""
    server = subprocess.Popen(command, env=variables, stdin=subprocess.PIPE)
    while not address.exists() and server.poll() is None:
        time.sleep(0.05)
    assert server.poll() is None, "the server of commands does not start"
    return server


def environment() -> dict[str, str]:
    """Give the variables of this moment, with both programs in front of others."""
    return os.environ | {"PATH": f"{programs()}{os.pathsep}{os.environ['PATH']}"}


def serve(address: str) -> None:
    """Answer commands, each in a process of its own."""
    for module in MODULES:
        __import__(module)
    gc.freeze()  # no fork has to copy these objects when it looks for garbage
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
    from crossdock import plugins
    from crossdock.panel import schema

    # A page may have installed a backend since the imports.
    for known in (plugins.points, plugins.load, plugins.usable, schema.schema, schema.rule_of):
        known.cache_clear()
    if Path(sys.argv[0]).name == "snakemake":
        from snakemake.cli import main
    else:
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
