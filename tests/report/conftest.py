"""A small run, its page, and a browser to open it in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from small_run import REPOSITORY, need, write_run
from watched import Watched

from crossdock.report.build import build
from crossdock.report.javascript import BUNDLER, install, npm_command


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory) -> Path:
    """A run of 2 ligands x 2 receptors with two known complexes; tests do not write in it."""
    return write_run(tmp_path_factory.mktemp("run") / "results")


@pytest.fixture(scope="session")
def js_dir(tmp_path_factory) -> Path:
    """The JavaScript libraries: those that a run in this checkout fetched, else fetched now."""
    fetched = REPOSITORY / "resources" / "js"
    if (fetched / BUNDLER).is_file():
        return fetched
    need(shutil.which("npm") or _npm(), "npm")
    out = tmp_path_factory.mktemp("js")
    install(REPOSITORY / "workflow" / "js", out)
    return out


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
