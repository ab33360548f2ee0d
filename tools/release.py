"""Prepares a release of crossdock.

`python tools/release.py` looks over the working tree and shows the release notes. `--make` also builds sdist and wheel
(`make dist`) and makes the tag. `--notes TAG` prints the notes of a tag that is checked out. Nothing leaves the
machine: the last line of `--make` says what to push.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: File -> where it says the version of crossdock.
VERSIONS = {
    "src/crossdock/version.py": r'^__version__ = "(.+)"$',
    "CITATION.cff": r"^version: (.+)$",
    "packaging/conda/meta.yaml": r'^\{% set version = "(.+)" %\}$',
}


@dataclass(frozen=True)
class Section:
    """The newest part of the changelog.

    Attributes
    ----------
    title : str
        Of the heading: version and date, ``0.2.0 - 2026-11-29``, or another word before they are known.
    text : str
        What follows, up to the next version.
    """

    title: str
    text: str

    @property
    def version(self) -> str:
        """The version that the heading names."""
        return self.title.partition(" - ")[0]

    @property
    def date(self) -> str | None:
        """The day that the heading names; None where it names none, or one that is not in the calendar."""
        try:
            return date.fromisoformat(self.title.partition(" - ")[2]).isoformat()
        except ValueError:
            return None


def newest(changelog: str) -> Section:
    """Read the newest section of a changelog.

    Raises
    ------
    ValueError
        If there is no section.
    """
    parts = re.split(r"^## (.+)$", changelog, flags=re.MULTILINE)
    if len(parts) < 3:
        raise ValueError("CHANGELOG.md has no section (a heading such as `## 0.2.0 - 2026-11-29`)")
    return Section(parts[1].strip(), parts[2].strip())


def notes(section: Section) -> str:
    """Give the release notes of a section: its text, with headings one level higher."""
    return re.sub(r"^#(#+ )", r"\1", section.text, flags=re.MULTILINE) + "\n"


def found(root: Path, name: str, pattern: str) -> str | None:
    """Give what the only line of a file that fits a pattern says; None where there is no such line, or several."""
    matches = re.findall(pattern, (root / name).read_text(), re.MULTILINE)
    return matches[0] if len(matches) == 1 else None


def differences(root: Path, section: Section) -> list[str]:
    """List where the files of a tree do not say the version and the date of the changelog's newest section."""
    version, day = section.version, section.date
    problems = []
    if not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", version) or day is None:
        problems.append(
            f"CHANGELOG.md: expected a version and a date in `## {section.title}`, as in `## 0.2.0 - 2026-11-29`"
        )
        return problems
    if not section.text:
        problems.append(f"CHANGELOG.md: nothing is written under `## {section.title}`")
    for name, pattern in VERSIONS.items():
        if (said := found(root, name, pattern)) != version:
            problems.append(f"{name}: the version is {said}, and {version} in CHANGELOG.md")
    if (said := found(root, "CITATION.cff", r"^date-released: (.+)$")) != day:
        problems.append(f"CITATION.cff: date-released is {said}, and {day} in CHANGELOG.md")
    return problems


def git(root: Path, *arguments: str) -> str:
    """Run git in a tree, and give what it prints."""
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout


def untagged(root: Path, tag: str) -> list[str]:
    """List what keeps a clean commit from getting a tag."""
    problems = [f"git: not committed: {line[3:]}" for line in git(root, "status", "--porcelain").splitlines()]
    if git(root, "tag", "--list", tag):
        problems.append(f"git: there is a tag {tag} already")
    return problems


def make(root: Path, section: Section) -> None:
    """Build both distributions and make an annotated tag with the notes."""
    subprocess.run(["make", "dist"], cwd=root, check=True)
    tag = f"v{section.version}"
    message = f"crossdock {section.version}\n\n{notes(section)}"
    # Lines of Markdown that begin with # are no comments.
    subprocess.run(
        ["git", "tag", "--annotate", "--cleanup=whitespace", "--file=-", tag],
        cwd=root,
        check=True,
        input=message,
        text=True,
    )


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Do what the command line says; 1 where something keeps the release from being made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--make", action="store_true", help="build sdist and wheel, and make the tag")
    what.add_argument("--notes", metavar="TAG", help="print the release notes of a tag that is checked out")
    asked = parser.parse_args(arguments)
    try:
        section = newest((root / "CHANGELOG.md").read_text())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    tag = f"v{section.version}"
    problems = differences(root, section)
    if asked.notes is None:
        problems += untagged(root, tag)
    elif asked.notes != tag:
        problems.append(f"CHANGELOG.md: the newest section is of {tag}, and the tag is {asked.notes}")
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        return 1
    if asked.make:
        make(root, section)
        print(f"{tag} is made, and dist/ holds what was looked over. Next: `git push origin {tag}`")
    elif asked.notes:
        print(notes(section), end="")
    else:
        print(f"{tag} can be made. Next: `python tools/release.py --make`\n\n{notes(section)}", end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
