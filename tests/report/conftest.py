"""A small run, its page, and a browser to open it in."""

from __future__ import annotations

import contextlib
import hashlib
import platform
import shutil
import tempfile
from pathlib import Path

import pytest
from small_run import REPOSITORY, need, write_run
from watched import Watched

from crossdock.report import javascript
from crossdock.report.build import build
from crossdock.report.javascript import BUNDLER, install, npm_command
from real_entries import cache_folder


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory) -> Path:
    """A run of 2 ligands x 2 receptors with two known complexes; tests do not write in it."""
    return write_run(tmp_path_factory.mktemp("run") / "results")


@pytest.fixture(scope="session")
def js_dir(tmp_path_factory) -> Path:
    """The JavaScript libraries: those that a run in this checkout fetched, else fetched once and kept."""
    fetched = REPOSITORY / "resources" / "js"
    if (fetched / BUNDLER).is_file():
        return fetched
    files = (REPOSITORY / "workflow" / "js" / "package-lock.json", Path(javascript.__file__))
    asked = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    kept = cache_folder() / f"js-{asked}-{platform.machine()}"
    if not (kept / BUNDLER).is_file():
        need(shutil.which("npm") or _npm(), "npm")
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as made:
            install(REPOSITORY / "workflow" / "js", Path(made, "js"))
            with contextlib.suppress(OSError):  # another process may have been first
                Path(made, "js").rename(kept)
    return kept


def _npm() -> str | None:
    try:
        return npm_command()[0]
    except Exception:
        return None


@pytest.fixture(scope="session")
def page_file(run_dir, js_dir, tmp_path_factory) -> Path:
    """The report of the run."""
    out = tmp_path_factory.mktemp("page") / "report.html"
    build(run_dir / "panel.json", run_dir, js_dir, out)
    return out


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, headless, with WebGL in software; where it is there, the one that has no windows at all."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    path = need(next(filter(None, map(shutil.which, names)), None), "Chromium")
    from playwright.sync_api import sync_playwright

    switches = "no-sandbox disable-gpu use-angle=swiftshader enable-unsafe-swiftshader disable-quic no-first-run"
    quiet = "disable-background-networking disable-component-update disable-sync"
    quiet += " js-flags=--single-threaded"  # compiling and collecting garbage beside the page costs a fifth more
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=[f"--{switch}" for switch in f"{switches} {quiet}".split()]
        )
        yield browser
        browser.close()


@pytest.fixture
def watched(chromium, page_file):
    opened = Watched(chromium, page_file)
    yield opened
    opened.close()


@pytest.fixture
def flat(chromium, page_file):
    """The page in a browser without WebGL, for what has nothing to do with the models."""
    opened = Watched(chromium, page_file, models=False)
    yield opened
    opened.close()
