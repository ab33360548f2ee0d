"""The recipe for conda and the container file, against pyproject.toml and the files that the wheel is made of."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import jinja2
import pytest
import yaml

from crossdock import __version__

ROOT = Path(__file__).parents[1]
#: Python's name of a package -> conda's.
NAMES = {"snakemake": "snakemake-minimal"}


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def recipe():
    """Give the recipe with its templates filled in, as conda-build reads it."""
    template = jinja2.Template((ROOT / "packaging/conda/meta.yaml").read_text(), undefined=jinja2.StrictUndefined)
    text = template.render(PYTHON="python", pin_subpackage=lambda name, max_pin: f"{name} {max_pin}")
    return yaml.safe_load(text)


def required(lines):
    """Give package -> versions of lines such as `numpy >=1.26`."""
    found = {}
    for line in lines:
        name, versions = re.fullmatch(r"([\w.-]+)\s*(.*)", line).groups()
        found[NAMES.get(name.lower(), name.lower())] = versions
    return found


def test_recipe_needs_what_the_package_needs(recipe, project):
    wanted = required(project["project"]["dependencies"]) | {"python": project["project"]["requires-python"]}
    assert required(recipe["requirements"]["run"]) == wanted
    host = required(recipe["requirements"]["host"])
    assert required(project["build-system"]["requires"]).items() <= host.items()


def test_recipe_is_of_this_version_and_starts_this_program(recipe, project):
    assert recipe["package"] == {"name": project["project"]["name"], "version": __version__}
    (entry,) = recipe["build"]["entry_points"]
    assert dict([re.split(r"\s*=\s*", entry)]) == project["project"]["scripts"]
    assert recipe["about"]["license"] == project["project"]["license"]
    assert (ROOT / recipe["about"]["license_file"]).is_file()


def test_image_is_built_of_all_that_the_wheel_is_made_of(project):
    text = (ROOT / "packaging/Containerfile").read_text()
    copied = {word for line in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE) for word in line.split()}
    hook = ast.parse((ROOT / "hatch_build.py").read_text())
    (carried,) = (
        ast.literal_eval(node.value)
        for node in hook.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "CARRIED"
    )
    needed = {*carried, "src", "pyproject.toml", "hatch_build.py", project["project"]["readme"], "LICENSE"}
    assert {path.partition("/")[0] for path in needed} == copied
    assert all((ROOT / path).exists() for path in copied)
    users = re.findall(r"^(?:USER|ENTRYPOINT) .*$", text, re.MULTILINE)
    assert users == ["USER 1000", 'ENTRYPOINT ["crossdock"]']


@pytest.mark.parametrize(
    "path", ["packaging/Containerfile", "packaging/conda/meta.yaml", "pyproject.toml", "hatch_build.py"]
)
def test_no_file_names_a_place_to_download_from(path):
    assert "://" not in (ROOT / path).read_text()
