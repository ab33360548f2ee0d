"""A page of the report in a browser, with what it asked for and complained of."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

DRAWN = 60_000  # ms; WebGL in software on a busy machine
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
#: The colours of a page; of the dark ones `make measure` looks at what `make test` does of the light ones.
SCHEMES = ("light", pytest.param("dark", marks=pytest.mark.measurement))
NO_WEBGL = """
const whole = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : whole.call(this, kind, ...rest);
};
"""


#: What a page shows: it tells a page that a test has changed from one that it only read.
SHOWN = """() => JSON.stringify([
    location.href, scrollX, scrollY, innerWidth, innerHeight, document.activeElement?.id,
    ["print", "(prefers-color-scheme: dark)", "(prefers-reduced-motion)"].map(one => matchMedia(one).matches),
    [...document.querySelectorAll("input, select, textarea")].map(one => [one.value, one.checked]),
    document.documentElement.className, document.head.childElementCount, document.body.outerHTML,
])"""


@dataclass
class _Tab:
    """A page of the browser; what it asked for and complained of since its file was opened, and what that showed."""

    page: Any
    file: tuple = ()
    shown: str = ""
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def empty(self) -> None:
        """Leave the page: one that nobody looks at takes a tenth of a processor, for the frames of its network."""
        self.file = ()
        self.page.goto("about:blank")

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))


#: Tabs that were closed, by browser and by what of a tab cannot be changed. Another file is opened in one of them in
#: half the time of a new tab. The last one, if no test changed what it shows, need not be opened again.
_closed: dict[tuple, list[_Tab]] = {}


class Watched:
    """A page with what it asked for and complained of; without models it has no WebGL and is ready in half the time.

    A `script` runs before those of the page.
    """

    def __init__(
        self,
        browser,
        file: Path,
        *,
        width: int = 1440,
        fragment: str = "",
        models: bool = True,
        script: str = "",
        color_scheme: str = "light",
        **context,
    ) -> None:
        self.models = models
        asked = (file, file.stat().st_mtime_ns, width, fragment, color_scheme)
        self._closed = _closed.setdefault((browser, models, script, repr(context)), [])
        self._closed.sort(key=lambda tab: tab.file == asked)  # the same file last
        self._tab = self._closed.pop() if self._closed else self._new(browser, script, context)
        self.page, self.context = self._tab.page, self._tab.page.context
        self.requests, self.errors = self._tab.requests, self._tab.errors
        if self._tab.file == asked:
            return
        if self._tab.file:
            self._tab.empty()  # another address in the same file would not load it
        self._tab.file = asked
        self.requests.clear()
        self.errors.clear()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(media="null", color_scheme=color_scheme)
        self.page.goto(file.as_uri() + fragment)
        for part in ("#matrix", "#card", "#hits", "#network-view", "#pair", *(["#viewer"] if models else [])):
            self.page.wait_for_selector(f'{part}[data-drawn="true"]', timeout=DRAWN)
        self._tab.shown = self.page.evaluate(SHOWN)

    def _new(self, browser, script: str, context: dict) -> _Tab:
        page = browser.new_context(**context).new_page()
        for text in (script, "" if self.models else NO_WEBGL):
            if text:
                page.add_init_script(text)
        return _Tab(page)

    def close(self) -> None:
        """Leave the tab to whoever opens the next page like it."""
        self.page.mouse.move(0, 0)
        for tab in (tab for tabs in _closed.values() for tab in tabs if tab.file):
            tab.empty()
        if self.errors or self.page.evaluate(SHOWN) != self._tab.shown:
            self._tab.empty()
        self._closed.append(self._tab)

    def facts(self, part: str) -> dict[str, str]:
        return self.page.eval_on_selector(part, "element => ({...element.dataset})")

    def wait_for_pair(self, receptor: str, ligand: str) -> None:
        for part in ("#card", "#pair"):
            wanted = f'{part}[data-drawn="true"][data-receptor="{receptor}"][data-ligand="{ligand}"]'
            self.page.wait_for_selector(wanted, timeout=DRAWN)
        if self.models:
            self.page.wait_for_selector(f'#viewer[data-drawn="true"][data-pair="{receptor} {ligand}"]', timeout=DRAWN)


def looked_at(browser, file: Path, name: str, width: int, scheme: str) -> None:
    """Find that a page does not scroll sideways; its screenshot stays in build/screenshots for a person to look at."""
    opened = Watched(browser, file, width=width, color_scheme=scheme, models=False)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    opened.page.screenshot(path=SCREENSHOTS / f"{name}_{width}_{scheme}.png", full_page=True)
    assert opened.errors == []
    opened.close()


def colours(page, part: str) -> int:
    """Count the colours that a part of the page shows, by a second page that reads the screenshot's pixels."""
    shot = base64.b64encode(page.locator(part).screenshot()).decode()
    reader = page.context.new_page()
    count = reader.evaluate(
        """async (shot) => {
            const bytes = Uint8Array.from(atob(shot), (letter) => letter.charCodeAt(0));
            const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
            const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
            context.drawImage(picture, 0, 0);
            const { data } = context.getImageData(0, 0, picture.width, picture.height);
            return new Set(new Uint32Array(data.buffer)).size;
        }""",
        shot,
    )
    reader.close()
    return count
