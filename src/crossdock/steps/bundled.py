"""The panels that come with crossdock, copied into a folder to be run there."""

from __future__ import annotations

from pathlib import Path

from crossdock.errors import InputError
from crossdock.files import read_text, write_text
from crossdock.installed import home

#: Name of a panel -> its config, and the folder of tables that the config names, both as they lie in the repository.
PANELS: dict[str, tuple[str, str | None]] = {
    "demo": ("config/panels/demo.yaml", None),
    "published": ("config.yaml", "config/published"),
}


def bundled_panel(name: str, folder: str | Path) -> Path:
    """Write a panel that comes with crossdock into a folder, as its config.yaml.

    Parameters
    ----------
    name : str
        ``demo`` (four enzymes, four inhibitors, no network needed) or ``published`` (12 ligands, 7 receptors).
    folder : str or Path
        Made if it is not there. The config's relative paths hold from there.

    Returns
    -------
    Path
        The config.

    Raises
    ------
    InputError
        If there is no such panel, or one of the files is there already; nothing is written then.
    """
    if name not in PANELS:
        raise InputError(f"crossdock has no panel {name!r}", hint=f"its panels are {' and '.join(PANELS)}")
    config, tables = PANELS[name]
    source, folder = home(), Path(folder)
    files = {folder / "config.yaml": source / config}
    if tables:
        files |= {folder / tables / path.name: path for path in sorted((source / tables).iterdir()) if path.is_file()}
    for path in files:
        if path.exists():
            raise InputError("this file is there already", where=str(path), hint="give another folder, or remove it")
    for path, original in reversed(files.items()):  # the config last: where it is, the rest is too
        write_text(path, read_text(original, "panel"))
    return folder / "config.yaml"
