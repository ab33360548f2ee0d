"""The release script on trees with and without faults, and the files that a host of the repository reads."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from email import message_from_string
from pathlib import Path

import pytest
import yaml

from crossdock import __version__

ROOT = Path(__file__).parents[1]
CHANGELOG = """# Changelog

## 1.2.0 - 2026-02-28
Short.

### Changes
- One. `## not a heading`

## 1.1.0 - 2026-01-01
- Old.
"""


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


release = load(ROOT / "tools/release.py")


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Give a repository of four files that say 1.2.0, and a Makefile that builds nothing."""
    for place in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(place, str(tmp_path))
    for person in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{person}_NAME", "somebody")
        monkeypatch.setenv(f"GIT_{person}_EMAIL", "somebody@example.org")
    root = tmp_path / "tree"
    for name in (*release.VERSIONS, "CHANGELOG.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        text = CHANGELOG if name == "CHANGELOG.md" else (ROOT / name).read_text().replace(__version__, "1.2.0")
        (root / name).write_text(re.sub("(?<=date-released: ).*", "2026-02-28", text))
    (root / ".gitignore").write_text("/dist/\n")
    (root / "Makefile").write_text("dist:\n\tmkdir dist\n\ttouch dist/made\n.PHONY: dist\n")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "All"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return root


def said(tree, capsys, *arguments):
    status = release.main(list(arguments), tree)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_this_repository_says_one_version():
    section = release.newest((ROOT / "CHANGELOG.md").read_text())
    assert section.version == __version__
    assert release.differences(ROOT, section) == []


def test_a_clean_tree_can_be_released_and_nothing_is_done_unasked(tree, capsys):
    status, out, err = said(tree, capsys)
    assert (status, err) == (0, "")
    assert out == (
        "v1.2.0 can be made. Next: `python tools/release.py --make`\n\n"
        "Short.\n\n## Changes\n- One. `## not a heading`\n"
    )
    assert not (tree / "dist").exists()
    assert release.git(tree, "tag") == ""


def test_a_release_is_built_and_tagged_with_its_notes(tree, capfd):
    assert release.main(["--make"], tree) == 0
    assert capfd.readouterr().out.endswith("Next: `git push origin v1.2.0`\n")
    assert (tree / "dist/made").is_file()
    assert release.git(tree, "cat-file", "-t", "v1.2.0") == "tag\n"
    tag = release.git(tree, "tag", "-l", "--format=%(contents)", "v1.2.0")
    assert tag.rstrip() == "crossdock 1.2.0\n\nShort.\n\n## Changes\n- One. `## not a heading`"
    assert release.main(["--make"], tree) == 1
    assert capfd.readouterr().err == "git: there is a tag v1.2.0 already\n"


def test_notes_are_those_of_the_tag(tree, capsys):
    assert said(tree, capsys, "--notes", "v1.2.0")[:2] == (0, "Short.\n\n## Changes\n- One. `## not a heading`\n")
    error = "CHANGELOG.md: the newest section is of v1.2.0, and the tag is v1.1.0\n"
    assert said(tree, capsys, "--notes", "v1.1.0") == (1, "", error)


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("src/crossdock/version.py", "1.2.0", "1.3.0", "src/crossdock/version.py: the version is 1.3.0, and 1.2.0 in"),
        ("src/crossdock/version.py", "__version__", "version", "src/crossdock/version.py: the version is None, and"),
        ("CITATION.cff", "1.2.0", "1.2", "CITATION.cff: the version is 1.2, and 1.2.0 in CHANGELOG.md"),
        ("CITATION.cff", "2026-02-28", "2026-02-27", "CITATION.cff: date-released is 2026-02-27, and 2026-02-28 in"),
        ("packaging/conda/meta.yaml", "1.2.0", "1.1.0", "packaging/conda/meta.yaml: the version is 1.1.0, and 1.2.0"),
        ("CHANGELOG.md", "1.2.0 - 2026-02-28", "Unreleased", "expected a version and a date in `## Unreleased`"),
        ("CHANGELOG.md", "1.2.0 - 2026-02-28", "1.2.0", "expected a version and a date in `## 1.2.0`"),
        ("CHANGELOG.md", "2026-02-28", "2026-02-30", "expected a version and a date in `## 1.2.0 - 2026-02-30`"),
        (
            "CHANGELOG.md",
            CHANGELOG[CHANGELOG.index("Short.") :],
            "",
            "CHANGELOG.md: nothing is written under `## 1.2.0",
        ),
        ("CHANGELOG.md", "## 1", "# 1", "CHANGELOG.md has no section"),
    ],
)
def test_what_keeps_a_release_from_being_made(tree, capsys, name, old, new, problem):
    path = tree / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    subprocess.run(["git", "commit", "-qam", "Changed"], cwd=tree, check=True)
    for arguments in ([], ["--make"], ["--notes", "v1.2.0"]):
        status, out, err = said(tree, capsys, *arguments)
        assert (status, out) == (1, "")
        assert problem in err
    assert release.git(tree, "tag") == ""


def test_what_is_not_committed_is_named(tree, capsys):
    (tree / "new.py").write_text("")
    assert said(tree, capsys) == (1, "", "git: not committed: new.py\n")


# --- what a host of the repository reads


@pytest.mark.parametrize(
    ("schema", "places"),
    [
        ("github-workflows", ".github/workflows/*.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/*.yml"),
        ("citation-file-format", "CITATION.cff"),
    ],
)
def test_files_of_the_host_are_of_its_schemas(schema, places, need_module, tmp_path):
    run = need_module("check_jsonschema", "check-jsonschema is not here").main
    paths = [str(path) for path in ROOT.glob(places)]
    assert paths
    options = ["--quiet", "--builtin-schema", f"vendor.{schema}"]
    with pytest.raises(SystemExit) as ended:
        run([*options, *paths])
    assert ended.value.code == 0
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("jobs: 1\n")
    with pytest.raises(SystemExit) as ended:
        run([*options, str(wrong)])
    assert ended.value.code == 1


@pytest.mark.parametrize("path", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=lambda path: path.name)
def test_workflows_start_what_is_there(path):
    """Every script and every target of make that a workflow starts, and every job that another one needs."""
    jobs = yaml.safe_load(path.read_text())["jobs"]
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE).group(1).split()
    commands = [step["run"] for job in jobs.values() for step in job.get("steps", []) if "run" in step]
    for command in commands:
        assert set(re.findall(r"\bmake (\w+)", command)) <= set(targets)
        assert all((ROOT / name).is_file() for name in re.findall(r"(?<![\w/])(?:tools|\.ci)/[\w.]+", command))
        if shutil.which("bash"):
            subprocess.run(["bash", "-n", "-c", command], check=True)
    for job in jobs.values():
        assert set(job.get("needs", "").split()) <= set(jobs)
        assert "uses" in job or job["timeout-minutes"]
    assert "://" not in path.read_text()


def test_python_versions_begin_with_the_one_that_is_required():
    versions = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["linux"]["strategy"]["matrix"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == f">={versions['python'][0]}"


def test_the_catalog_of_workflows_finds_what_it_asks_for():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert set(usage["mandatory-flags"]) == {"desc", "flags"}
    # An option of Snakemake works where rules have what it reads.
    rules = "".join(path.read_text() for path in (ROOT / "workflow").rglob("*.smk"))
    assert usage["software-stack-deployment"]["conda"] == bool(re.search(r"^\s+conda:", rules, re.MULTILINE))
    assert usage["software-stack-deployment"]["apptainer"] == bool(re.search(r"^\s*container", rules, re.MULTILINE))
    readme = (ROOT / "README.md").read_text().lower()
    assert "snakemake" in readme
    assert "workflow" in readme
    assert (ROOT / "workflow/Snakefile").is_file()
    assert (ROOT / "config/README.md").is_file()


def test_metadata_name_the_repository_where_it_is_known(monkeypatch, tmp_path, need_module):
    hatchling = need_module("hatchling.build", "hatchling is not here")
    monkeypatch.chdir(ROOT)
    for url, name in (("", "none"), ("https://code.example.org/lab/crossdock/", "known")):
        monkeypatch.setenv("CROSSDOCK_URL", url)
        made = hatchling.prepare_metadata_for_build_wheel(str(tmp_path))
        metadata = message_from_string((tmp_path / made / "METADATA").read_text())
        urls = dict(line.split(", ") for line in metadata.get_all("Project-URL", []))
        assert set(urls) == ({"Homepage", "Documentation", "Changelog", "Issues"} if name == "known" else set())
        assert all(address.startswith("https://code.example.org/lab/crossdock") for address in urls.values())
        assert "crossdock//" not in "".join(urls.values())
