"""`crossdock` and `snakemake` that start at once: one process has imported everything, each command is a fork of it.

A run of the workflow starts programs some twenty times, and in a small run most of the time is that of their imports.
`python forked.py SOCKET` serves until its standard input ends; what `write_program` writes stands for a program. The
fork joins the process group of its stand-in, so that a signal to the group reaches both, and is killed when the
stand-in is. It shows the command line of the program. A stand-in that is started with `process_group=0` has a group of
its own. That of another session, such as a job on a cluster, cannot be joined: then all that the fork has started is
killed with it. `python -m snakemake`, which Snakemake runs as a job on a cluster, is a fork too.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import gc
import json
import os
import select
import shutil
import signal
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
    # What Snakemake imports as it starts.
    "nbformat",
    "snakemake.executors.local",
    "snakemake.profiles",
    "snakemake.report",
)
PROGRAM = """\
#!{interpreter} -IS
import json, os, signal, socket, sys
if sys.argv[0].endswith("/python") and sys.argv[1:3] != ["-m", "snakemake"]:
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    asked = json.dumps([sys.argv, os.getcwd(), dict(os.environ), os.getpgrp()]).encode()
    socket.send_fds(line, [len(asked).to_bytes(8, "big")], [0, 1, 2])
    line.sendall(asked)
    sys.exit(int(line.recv(8)))
"""


def write_program(path: Path, address: Path) -> None:
    """Write the script that hands a command to the server."""
    interpreter = os.path.realpath(sys.executable)
    path.write_text(PROGRAM.format(interpreter=interpreter, python=sys.executable, address=str(address)))
    path.chmod(0o755)


@functools.cache
def programs() -> Path:
    """Give a folder with the programs, served until this process ends."""
    home = Path(tempfile.mkdtemp(prefix="crossdock-forked-"))
    for name in ("crossdock", "snakemake", "python"):
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
    room = " " * 4096  # for the command line that a fork shows
    server = subprocess.Popen([*command, room], env=variables, stdin=subprocess.PIPE)
    while not address.exists() and server.poll() is None:
        time.sleep(0.05)
    assert server.poll() is None, "the server of commands does not start"
    return server


def environment() -> dict[str, str]:
    """Give the variables of this moment, with these programs in front of others."""
    return os.environ | {"PATH": f"{programs()}{os.pathsep}{os.environ['PATH']}"}


def serve(address: str) -> None:
    """Answer commands, each in a process of its own."""
    for module in MODULES:
        __import__(module)
    _compile()
    gc.freeze()  # no fork has to copy these objects when it looks for garbage
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen(64)
        while True:
            line, _ = server.accept()
            asked, files = _asked(line)
            child = os.fork()
            if child == 0:
                server.close()
                line.close()
                _become(json.loads(asked), files)
            for file in files:
                os.close(file)
            threading.Thread(target=_wait, args=(line, child, os.pidfd_open(child)), daemon=True).start()


def _compile():
    """Load what is compiled, and the tables and templates beside it, by the smallest docking there is."""
    from crossdock import dock, prepare
    from crossdock.cli import build_parser
    from crossdock.structures.prepare import prepare_to
    from demo_entries import DEMO

    build_parser()
    with tempfile.TemporaryDirectory() as folder:
        prepare_to(Path(folder, "A"), DEMO / "1ppe.pdb.gz", chains=["A"])
        partners = (prepare(DEMO / "1ppe.pdb.gz", chains=[chain]) for chain in "AB")
        dock(*partners, rotations=6, sampling="fast").save(Path(folder, "pair"))


def _asked(line):
    """Give what comes by a connection, and the files that come with it."""
    head, files, _, _ = socket.recv_fds(line, 8, 3)
    asked = b""
    while len(asked) < int.from_bytes(head, "big"):
        asked += line.recv(1 << 16)
    return asked, files


def _wait(line, child, known):
    """Say how a command ended; it is killed when its stand-in is."""
    if known not in select.select([line, known], [], [])[0]:
        (os.killpg if os.getpgid(child) == child else os.kill)(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(known)
    with contextlib.suppress(BrokenPipeError), line:
        line.sendall(str(code if code >= 0 else 128 - code).encode())


def _become(asked, files):
    """Run a command in this process."""
    sys.argv, folder, variables, group = asked
    try:
        os.setpgid(0, group)
    except PermissionError:
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _show(sys.argv)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    # Those of the server know what kind of file it writes to.
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    os.execv = _instead_of_execv
    from crossdock import plugins
    from crossdock.panel import schema

    # A page may have installed a backend since the imports.
    for known in (plugins.points, plugins.load, plugins.usable, schema.schema, schema.rule_of):
        known.cache_clear()
    if (python := Path(sys.argv[0]).with_name("python")).exists():
        sys.executable = str(python)
    if Path(sys.argv[0]).name == "python":
        del sys.argv[:2]
    if Path(sys.argv[0]).name == "snakemake":
        from snakemake.cli import main
    else:
        from crossdock.cli import main
    _run(main)


def _show(command):
    """Let /proc have a command line, as setproctitle does: in the place of the one that the server was started with."""
    first, last = map(int, Path("/proc/self/stat").read_text().rpartition(")")[2].split()[45:47])
    text = "\0".join([sys.executable, *command, ""]).encode()[: last - first - 1]
    ctypes.memmove(first, text.ljust(last - first, b"\0"), last - first)


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
