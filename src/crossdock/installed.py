"""Where the workflow, its profiles, the panels that come with crossdock and the page's JavaScript are.

A wheel carries them in a folder of the package, laid out as in the repository (`hatch_build.py` puts them there). An
editable install finds them in the checkout that it points to, where the JavaScript is fetched by the first run.
"""

from __future__ import annotations

from pathlib import Path

from crossdock.errors import CrossdockError

_PACKAGE = Path(__file__).parent
#: The folder of the wheel; a checkout has none.
BUNDLED = _PACKAGE / "bundled"
#: The Snakefile beside `workflow/`, `profiles/` and `config/`.
SNAKEFILE = "Snakefile"
#: Where a checkout keeps the JavaScript that it fetched, from the folder of the run.
FETCHED_JAVASCRIPT = "resources/js"


def home() -> Path:
    """Give the folder that holds `Snakefile`, `workflow/`, `profiles/`, `config.yaml` and `config/`.

    Returns
    -------
    Path

    Raises
    ------
    CrossdockError
        If crossdock was put here without them.
    """
    for folder in (BUNDLED, _PACKAGE.parents[1]):
        if (folder / SNAKEFILE).is_file() and (folder / "workflow" / SNAKEFILE).is_file():
            return folder
    raise CrossdockError(
        "this installation of crossdock has no workflow",
        where=str(_PACKAGE),
        hint="install the wheel (`pip install crossdock`), or `pip install -e .` in a clone of the repository",
    )


def profiles() -> dict[str, Path]:
    """Give the folders of Snakemake profiles that come with crossdock, by name."""
    return {path.parent.name: path.parent for path in sorted((home() / "profiles").glob("*/profile.yaml"))}


def javascript() -> str:
    """Give the folder of the page's JavaScript: the wheel's, else the one that a run fetches into its own folder."""
    carried = BUNDLED / "javascript"
    return str(carried) if carried.is_dir() else FETCHED_JAVASCRIPT
