"""How long the report's page takes to show its matrix, and to show another pair in 3D.

    python benchmarks/page.py results/report.html [--switches 12] [--widths 1440 390]

The page is opened from disk in a headless Chromium without a graphics card, as a reader of a laptop without one has it:
slower than with one. Times are the page's own, from the start of the navigation, and from the click on a cell of the
matrix to the second picture after the pair has been drawn. A pair is looked at for the first time, so that its models
must be unpacked.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

SWITCHES = "no-sandbox disable-gpu use-angle=swiftshader enable-unsafe-swiftshader no-first-run"
#: Notes when parts say that they are drawn.
WATCH = """
window.drawnAt = {};
new MutationObserver((changes) => {
  for (const { target } of changes) {
    if (target.dataset.drawn === "true") window.drawnAt[target.id] ??= performance.now();
  }
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-drawn"] });
"""
#: Clicks a cell of the matrix, and waits for the 3D view to have drawn its pair and the browser to have shown it.
SWITCH = """
async ([receptor, ligand]) => {
  const cell = [...document.querySelectorAll("#matrix-table td button")].find((button) =>
    button.dataset.receptor === receptor && button.dataset.ligand === ligand);
  const viewer = document.getElementById("viewer");
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const began = performance.now();
  cell.click();
  while (viewer.dataset.drawn !== "true" || viewer.dataset.pair !== `${receptor} ${ligand}`) {
    await new Promise((done) => setTimeout(done));
  }
  await frame();
  await frame();
  return performance.now() - began;
}
"""


def measure(page, file: Path, switches: int) -> dict[str, list[float]]:
    """Open the page and look at other pairs; give seconds."""
    page.add_init_script(WATCH)
    page.goto(file.as_uri())
    page.wait_for_selector('#viewer[data-drawn="true"]', timeout=120_000)
    drawn = page.evaluate("drawnAt")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    pairs = page.evaluate(
        """() => crossdock.Data.pairs.filter((pair) => pair.detail && pair !== crossdock.State.pair()
            && document.querySelector(`#matrix-table button[data-receptor="${CSS.escape(pair.receptor)}"]`
                + `[data-ligand="${CSS.escape(pair.ligand)}"]`)).map((pair) => [pair.receptor, pair.ligand])"""
    )
    chosen = pairs[:: max(1, len(pairs) // switches)][:switches]
    page.locator("#viewer").scroll_into_view_if_needed()
    return {
        "matrix shown": [max(painted, drawn["matrix"]) / 1000],
        "first pair in 3D": [drawn["viewer"] / 1000],
        "another pair": [page.evaluate(SWITCH, pair) / 1000 for pair in chosen],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=Path, help="the page")
    parser.add_argument("--switches", type=int, default=12, help="how many other pairs to look at (default: 12)")
    parser.add_argument("--widths", type=int, nargs="+", default=[1440, 390], help="of the window, in pixels")
    options = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("no Chromium on this machine")
    file = options.report.resolve()
    print(f"{file.name}: {file.stat().st_size / 1e6:.1f} MB; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("width\twhat\tmedian s\tleast s\tmost s")
    with sync_playwright() as playwright:
        for width in options.widths:
            browser = playwright.chromium.launch(executable_path=program, args=[f"--{s}" for s in SWITCHES.split()])
            page = browser.new_page(viewport={"width": width, "height": 900})
            for what, seconds in measure(page, file, options.switches).items():
                if not seconds:
                    continue  # a page of one pair
                print(
                    width, what, *(f"{value:.2f}" for value in (median(seconds), min(seconds), max(seconds))), sep="\t"
                )
            browser.close()


if __name__ == "__main__":
    main()
