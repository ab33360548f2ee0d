"""The templates of a pair as they are kept for the workflow: a record, and the templates' atoms beside it."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from crossdock.docking.backends.template.find import Found
from crossdock.docking.backends.template.library import Chain
from crossdock.docking.backends.template.sides import Side, Template, contacts_between
from crossdock.errors import InputError
from crossdock.files import read_made, write_bytes
from crossdock.records import read_record, to_json, write_record
from crossdock.structures.structure import Structure, atom_records, parse_structure

#: A pair's record, and the atoms of its templates.
RECORD, ATOMS = "templates.json", "templates.pdb.gz"
#: The step that writes both, for messages.
STEP = "crossdock dock-remote"
#: Chain letters of both sides in the file of atoms, whatever the entry calls them.
_LETTERS = ("A", "B")


@dataclass(frozen=True)
class SideRecord:
    """One side of a template.

    Attributes
    ----------
    chains : str
        Of the template, as its assembly has them: ``A``, or ``A-2`` for a symmetry copy.
    identity : float
        Part of the aligned residues that are the same.
    coverage : float
        Part of the partner's residues that are aligned.
    own, theirs : tuple of int
        Residues of the prepared partner, those with a CA atom, and of the template that lie on each other, from 0.
    """

    chains: str
    identity: float
    coverage: float
    own: tuple[int, ...]
    theirs: tuple[int, ...]


@dataclass(frozen=True)
class TemplateRecord:
    """A known complex of homologues of both partners; `resolution_A` is None where the file does not say it."""

    entry: str
    assembly: str
    resolution_A: float | None
    receptor: SideRecord
    ligand: SideRecord
    contacts: int


@dataclass(frozen=True)
class PairTemplates:
    """The templates of a pair.

    Attributes
    ----------
    receptor, ligand : str
        Names of the partners.
    templates : tuple of TemplateRecord
        The most similar first.
    left_out : dict of str to list of str
        Why -> complexes of homologues of both that are no templates.
    source : str
        Where they were looked for, in words.
    atoms_sha256 : str
        Of the file of atoms, unpacked.
    """

    receptor: str
    ligand: str
    templates: tuple[TemplateRecord, ...]
    left_out: dict[str, list[str]]
    source: str
    atoms_sha256: str
    crossdock_version: str = ""


def keep(found: Found, names: tuple[str, str], folder: Path, source: str) -> Path:
    """Write the templates of a pair.

    Parameters
    ----------
    found : Found
        With one template or more.
    names : tuple of str
        Receptor and ligand.
    folder : Path
        Such as ``resources/templates``.
    source : str
        Where they were looked for, in words.

    Returns
    -------
    Path
        The record, in a folder named after its content, so that other templates dock the pair again.
    """
    text = "".join(_written(number, one) for number, one in enumerate(found.templates, start=1)) + "END\n"
    record = PairTemplates(
        *names,
        tuple(map(_recorded, found.templates)),
        found.left_out,
        source,
        hashlib.sha256(text.encode()).hexdigest(),
    )
    content = json.dumps(to_json(record), sort_keys=True).encode()
    path = folder.joinpath(*names, hashlib.sha256(content).hexdigest()[:12], RECORD)
    if not path.is_file():
        write_bytes(path.with_name(ATOMS), text.encode())
        write_record(path, record)
    return path


def read(path: Path) -> tuple[PairTemplates, list[Template]]:
    """Read the templates of a pair.

    Raises
    ------
    InputError
        If the record or the atoms beside it are not there, or are not of one another.
    """
    record = read_record(path, PairTemplates, STEP)
    beside = path.with_name(ATOMS)
    text = read_made(beside, lambda path: gzip.decompress(Path(path).read_bytes()).decode(), STEP)
    if hashlib.sha256(text.encode()).hexdigest() != record.atoms_sha256:
        hint = f"remove the folder {path.parent} and start `crossdock run` again"
        raise InputError(f"these are not the atoms of {path.name}", where=str(beside), hint=hint)
    parts = text.split("ENDMDL\n")[:-1]
    return record, [_read(one, lines.splitlines(), beside) for one, lines in zip(record.templates, parts, strict=True)]


def _written(number: int, template: Template) -> str:
    bodies = [_plain(side.chain.body, letter) for side, letter in zip(template.sides, _LETTERS, strict=True)]
    return "\n".join([f"MODEL     {number:4d}", *(line for body in bodies for line in atom_records(body)), "ENDMDL\n"])


def _plain(body: Structure, letter: str) -> Structure:
    """Number residues from 1 under one letter; long chains of several molecules have numbers twice."""
    numbers = body.residue_index % 9999 + 1
    return replace(
        body,
        chain=np.full(len(body), letter),
        residue_number=numbers,
        insertion=np.full(len(body), ""),
        coord=np.round(body.coord, 3),
    )


def _recorded(template: Template) -> TemplateRecord:
    sides = [
        SideRecord(
            side.chain.name,
            round(side.identity, 4),
            round(side.coverage, 4),
            tuple(side.own.tolist()),
            tuple(side.theirs.tolist()),
        )
        for side in template.sides
    ]
    about = (template.entry, template.assembly, template.resolution)
    return TemplateRecord(*about, sides[0], sides[1], len(template.contacts))


def _read(one: TemplateRecord, lines: Sequence[str], path: Path) -> Template:
    body = parse_structure(lines, where=str(path))
    sides = [
        Side(
            Chain(side.chains, body[body.chain == letter]),
            np.array(side.own, dtype=np.int64),
            np.array(side.theirs, dtype=np.int64),
            side.identity,
            side.coverage,
        )
        for side, letter in zip((one.receptor, one.ligand), _LETTERS, strict=True)
    ]
    return Template(one.entry, one.assembly, one.resolution_A, sides[0], sides[1], contacts_between(*sides))
