"""A page of the report in a browser, with what it asked for and complained of."""

from __future__ import annotations

import base64
import time
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


#: Count the frames that a page asks for from now on; it is at rest when it asked for none in a second.
COUNT_FRAMES = """
const browserAsks = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (loop) => {
  asked.frames += 1;
  asked.last = performance.now();
  return browserAsks(loop);
};
window.asked = { frames: 0, last: performance.now() };
"""
AT_REST = "performance.now() - asked.last > 1000"
REST = 30  # seconds in which a page has come to rest on a busy machine
#: What a page shows: it tells a page that a test has changed from one that it only read.
#: Small pictures of models are left out, since the browser draws them when it has time.
SHOWN = """async () => {
    const body = document.body.cloneNode(true);
    for (const one of body.querySelectorAll(".thumb")) one.replaceChildren();
    const shown = JSON.stringify([
    location.href, scrollX, scrollY, innerWidth, innerHeight, document.activeElement?.id,
    ["print", "(prefers-color-scheme: dark)", "(prefers-reduced-motion)"].map(one => matchMedia(one).matches),
    [...document.querySelectorAll("input, select, textarea")].map(one => [one.value, one.checked]),
    (graph => graph && [graph.zoom(), graph.pan(), graph.nodes().map(node => [node.id(), node.position()])])(
        document.getElementById("network-view")?._cyreg?.cy),
    document.documentElement.className, document.head.childElementCount, body.outerHTML,
    document.querySelector("#viewer canvas")?.toDataURL(),
    ]);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(shown));
    return [...new Uint8Array(digest)].join();
}"""
#: What a reader can choose on a page, and how to choose it again. Whether that undoes all, `SHOWN` tells.
CHOSEN = """() => ({
    drawn: (globalThis.drawnNow = () => ["card", "pair", "viewer"].map(
        name => JSON.stringify(Object.entries({ ...document.getElementById(name)?.dataset }).sort())).join())(),
    view3d: (globalThis.viewAsOpened = document.querySelector("#viewer canvas")?.toDataURL())?.length,
    view: { ...crossdock.State.current }, fragment: location.hash, scroll: [scrollX, scrollY],
    fields: [...document.querySelectorAll("input, select, textarea")].map(one => [one.value, one.checked ?? null]),
    open: [...document.querySelectorAll("details")].map(one => one.open),
})"""
CHOOSE = """async (chosen) => {
    if (!globalThis.crossdock) return; // the test went to another page
    document.activeElement?.blur();
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" })); // the wheel turns the page again
    crossdock.State.set(chosen.view);
    [...document.querySelectorAll("input, select, textarea")].forEach((field, i) => {
        const [value, checked] = chosen.fields[i] ?? [];
        if (field.type === "range" || (field.value === value && (field.checked ?? null) === checked)) return;
        if (field.value !== value) field.value = value;
        if (checked !== null) field.checked = checked;
        for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
    });
    [...document.querySelectorAll("details")].forEach((part, i) => { part.open = chosen.open[i] ?? false; });
    const wait = (time) => new Promise(done => setTimeout(done, time));
    for (let i = 0; i < 200 && drawnNow() !== chosen.drawn; i++) await wait(50);
    document.getElementById("network-reset")?.click();
    const canvas = document.querySelector("#viewer canvas");
    for (let i = 0; canvas && i < 3; i++) {
        if (i) await wait(450); // where the test has asked for motion, the view goes to what is picked in some time
        document.getElementById("viewer-reset").click();
        await wait(30);
        if (canvas.toDataURL() === viewAsOpened) break;
    }
    history.replaceState(null, "", location.pathname + chosen.fragment);
    // What was said and found is written anew each time, and what had the focus can have it again.
    const written = document.querySelectorAll(".unseen[role=status], #matrix-pointed, #search-list");
    for (const one of written) one.replaceChildren();
    for (const one of document.querySelectorAll(":is(h1, h2, h3, h4)[tabindex]")) one.removeAttribute("tabindex");
    for (const name of ["style", "class"])
        for (const one of document.querySelectorAll(`[${name}=""]`)) one.removeAttribute(name);
    // Of what is folded no one sees where it goes on; that is told anew when it is unfolded.
    for (const one of document.querySelectorAll("details:not([open]) .scroll"))
        one.classList.remove("goes-on", "goes-down");
    scrollTo(...chosen.scroll);
    await wait(60); // folds and boxes tell of their change in the next frames
    scrollTo(...chosen.scroll);
}"""

#: The tab key goes on from where somebody has clicked, which nothing on the page shows.
FROM_THE_TOP = """() => {
    document.body.tabIndex = -1;
    document.body.focus({ preventScroll: true });
    document.body.removeAttribute("tabindex");
}"""


@dataclass
class _Tab:
    """A page of the browser; what it asked for and complained of since its file was opened, and what that showed."""

    page: Any
    file: tuple = ()
    shown: str = ""
    chosen: Any = None
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def empty(self) -> None:
        """Leave the page."""
        self.file = ()
        self.page.goto("about:blank")

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))


#: Tabs that were closed, by browser and by what of a tab cannot be changed. Another file is opened in one of them in
#: half the time of a new tab. A page that shows again what it showed at first need not be opened again.
TABS = 3  # that stay open; a page takes some 100 MB
_closed: dict[tuple, list[_Tab]] = {}


class Watched:
    """A page with what it asked for and complained of; without models it has no WebGL and is ready in half the time.

    A `script` runs before those of the page. The reader has asked for less motion: in software each picture of a moving
    view takes a quarter of a second.
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
        self._tab = self._taken(asked) or self._new(browser, script, context)
        self.page, self.context = self._tab.page, self._tab.page.context
        self.requests, self.errors = self._tab.requests, self._tab.errors
        if self._tab.file == asked and (self._as_opened() or self._restored()):
            self.page.evaluate(FROM_THE_TOP)
            return
        if self._tab.file:
            self._tab.empty()  # another address in the same file would not load it
        self._tab.file = asked
        self.requests.clear()
        self.errors.clear()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(media="null", color_scheme=color_scheme, reduced_motion="reduce")
        self.page.goto(file.as_uri() + fragment)
        for part in ("#matrix", "#card", "#hits", "#network-view", "#pair", *(["#viewer"] if models else [])):
            self.page.wait_for_selector(f'{part}[data-drawn="true"]', timeout=DRAWN)
        self._tab.shown = self.page.evaluate(SHOWN)
        self._tab.chosen = self.page.evaluate(CHOSEN)

    def _taken(self, asked: tuple) -> _Tab | None:
        """Take a closed tab: the one with the same file, else an empty one, else the one that was left first."""
        fits = [tab for tab in self._closed if tab.file == asked] or [tab for tab in self._closed if not tab.file]
        if not fits and len(self._closed) < TABS:
            return None
        tab = (fits or self._closed)[0]
        self._closed.remove(tab)
        return tab

    def _new(self, browser, script: str, context: dict) -> _Tab:
        page = browser.new_context(**context).new_page()
        for text in (script, "" if self.models else NO_WEBGL):
            if text:
                page.add_init_script(text)
        return _Tab(page)

    def close(self) -> None:
        """Leave the tab to whoever opens the next page like it."""
        self.page.mouse.move(0, 0)
        if self.errors:
            self._tab.empty()
        self._closed.append(self._tab)

    def _as_opened(self) -> bool:
        return self.page.evaluate(SHOWN) == self._tab.shown

    def _restored(self) -> bool:
        """Undo what was chosen on the page, and say whether that brought back all that it showed."""
        _, _, width, _, color_scheme = self._tab.file
        self.page.emulate_media(media="null", color_scheme=color_scheme, reduced_motion="reduce")
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.evaluate(CHOOSE, self._tab.chosen)
        return self._as_opened()

    def facts(self, part: str) -> dict[str, str]:
        return self.page.eval_on_selector(part, "element => ({...element.dataset})")

    def wait_for_rest(self) -> None:
        """Wait until the page, which counts its frames, asks for none."""
        end = time.monotonic() + REST
        while not self.page.evaluate(AT_REST):
            assert time.monotonic() < end, "the page asks for frames although nothing changes"
            time.sleep(0.2)

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
