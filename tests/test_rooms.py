"""The rooms of the package: what imports what, read from the source."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

SOURCE = Path(__file__).parents[1] / "src"
#: The rooms from the ground up; files that stand in no folder are the ground, below all of them.
ROOMS = (
    "panel",
    "geometry",
    "entries",
    "structures",
    "docking",
    "refining",
    "analysis",
    "export",
    "report",
    "steps",
    "commands",
)
#: What stands above all rooms: the command line, and the package itself, which hands out public names.
TOP = ("cli", "__main__")


def modules(source: Path) -> dict[str, Path]:
    """Give every module of a source folder by its dotted name."""
    found = {}
    for path in source.rglob("*.py"):
        name = ".".join(path.relative_to(source).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


@cache
def named(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Give what a source text imports: module and names, or no module and the modules."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append((node.module, tuple(one.name for one in node.names)))
        elif isinstance(node, ast.Import):
            found.append(("", tuple(one.name for one in node.names)))
    return tuple(found)


def imports(source: Path) -> nx.DiGraph:
    """Give who imports whom, within functions and for types too."""
    known, graph = modules(source), nx.DiGraph()
    for name, path in known.items():
        graph.add_node(name)
        for module, names in named(path.read_text(encoding="utf-8")):
            wanted = [f"{module}.{one}" for one in names] if module else names
            wanted = [one if one in known else module for one in wanted]
            graph.add_edges_from((name, one) for one in wanted if one in known and one != name)
    return graph


def height(module: str) -> int:
    """Tell how high a module stands: 0 is the ground."""
    room = module.split(".")[1] if "." in module else ""
    if module == "crossdock" or room in TOP:
        return len(ROOMS) + 1
    return ROOMS.index(room) + 1 if room in ROOMS else 0


def upward(graph: nx.DiGraph) -> list[str]:
    """List the imports of a higher room."""
    # Of the package itself only modules are imported (`from crossdock import log`), which is no name of its own.
    return sorted(f"{one} imports {other}" for one, other in graph.edges if height(other) > height(one))


@pytest.fixture(scope="module")
def graph():
    return imports(SOURCE)


def test_a_room_imports_only_from_rooms_below_it(graph):
    assert upward(graph) == []


def test_nothing_imports_itself_in_a_circle(graph):
    assert [sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1] == []


def test_every_folder_is_a_room():
    folders = {path.name for path in (SOURCE / "crossdock").iterdir() if (path / "__init__.py").is_file()}
    assert folders == {*ROOMS, "background", "demo"}


def test_the_engine_and_the_steps_do_not_know_each_other(graph):
    """A backend knows nothing of the panel, the report nothing of a backend's inside."""
    inside = [name for name in graph if name.startswith(("crossdock.docking.backends.", "crossdock.docking.engine."))]
    inside = [name for name in inside if name.rpartition(".")[2] not in ("contract", "door", "commands")]
    knowing = [(one, other) for one in inside for other in graph.successors(one)]
    assert [pair for pair in knowing if pair[1].startswith(("crossdock.panel.panel", "crossdock.panel.config"))] == []
    outside = [name for name in graph if name.startswith("crossdock.report")]
    assert [(one, other) for one in outside for other in graph.successors(one) if other in inside] == []


@pytest.mark.parametrize(
    ("file", "line", "what"),
    [
        ("panel/schema.py", "def f():\n    from crossdock.steps.dock import dock\n", "upward"),
        ("docking/poses.py", "from crossdock.analysis.pair import analyse\n", "upward"),
        ("analysis/indices.py", "from crossdock.analysis.metrics import metrics_of\n", "circle"),
    ],
)
def test_a_wrong_import_is_found(tmp_path, file, line, what):
    """The rule can fail: one wrong line in a copy of the source is enough."""
    for path in modules(SOURCE).values():
        copy = tmp_path / path.relative_to(SOURCE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    wrong = tmp_path / "crossdock" / file
    wrong.write_text(wrong.read_text(encoding="utf-8") + "\n" + line, encoding="utf-8")
    found = imports(tmp_path)
    circles = [part for part in nx.strongly_connected_components(found) if len(part) > 1]
    assert upward(found) if what == "upward" else circles
