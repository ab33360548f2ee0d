"""Finished jobs alone -> a config: proteins cut out of the models, named after the files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np

from crossdock.docking.backends.cluspro.gather import Download
from crossdock.docking.backends.cluspro.models import split_model
from crossdock.docking.matching.decide import Known
from crossdock.docking.matching.likeness import Trace, likeness
from crossdock.entries.amino_acids import element_of, parent_of
from crossdock.errors import InputError
from crossdock.files import write_text
from crossdock.structures.structure import Structure, write_structure

#: Least part of the larger of two chains that must be the same for one protein; constructs of one protein are several.
SAME_CONSTRUCT = 0.95
#: Words in names of files that name no protein.
_NO_NAMES = """
    cluspro model models job jobs on with and vs versus x to in of the dock docked docking results result receptor
    ligand rec lig complex pair tar bz2 gz zip tbz tgz tbz2 xz pdb coeff coefficient coefficients scores balanced
    electrostatic hydrophobic favored vdw elec final download downloads run new copy
"""
_WORDS = frozenset(_NO_NAMES.split())


@dataclass
class Found:
    """A protein of the jobs.

    Attributes
    ----------
    body : Structure
        Cut out of a model.
    trace : Trace
    where : str
        The job and part it is cut out of.
    name : str
    """

    body: Structure
    trace: Trace
    where: str
    name: str = ""


def make_panel(
    folder: str | Path, downloads: Sequence[Download], out: str | Path
) -> tuple[Known, dict[str, Structure], str]:
    """Write a config, and the structures that it names, for the jobs in a folder.

    Parameters
    ----------
    folder : str or Path
        Of downloads.
    downloads : sequence of Download
        What was found in it.
    out : str or Path
        A folder without a config.

    Returns
    -------
    known : Known
        The panel that the config asks for.
    bodies : dict of str to Structure
    said : str
        What was made of what, and what is unknown, for the terminal.

    Raises
    ------
    InputError
        If there is a config already, or no job has models that can be read.
    """
    out = Path(out)
    if (config := out / "config.yaml").exists():
        raise InputError(
            "this folder has a config already",
            where=str(config),
            hint=f"run, in {out}, `crossdock cluspro import {Path(folder).resolve()}`, or give another folder",
        )
    jobs = [job for job in downloads if job.first and job.scores]
    bare = [job.name for job in downloads if not (job.first and job.scores)]
    proteins, parts = _proteins(jobs)
    if not proteins:
        raise InputError("no job with both models and a score table in this folder", where=str(folder))
    pairs = _pairs(parts)
    _name(jobs, proteins, pairs, Path(folder))
    kept, left = _complete({(receptor, ligand) for receptor, ligand in pairs})
    bodies = {}
    for at in sorted({at for pair in kept for at in pair}):
        body = bodies[proteins[at].name] = proteins[at].body
        write_structure(out / "structures" / f"{proteins[at].name}.pdb", body)
    roles = [[proteins[at].name for at in sorted({pair[side] for pair in kept})] for side in (0, 1)]
    write_text(config, _config(roles, proteins, out))
    named = [(receptor, ligand) for receptor in roles[0] for ligand in roles[1]]
    known = Known(
        {one.name: one.trace for one in proteins if one.name in bodies}, {name: {name} for name in bodies}, named
    )
    lines = [
        f"{config}: {len(roles[0])} receptors ({', '.join(roles[0])}), {len(roles[1])} ligands ({', '.join(roles[1])})",
        f"Structures are cut out of the models of the jobs: {out / 'structures'}",
        "Check the names: they are made from the names of files. UniProt accessions are not in the jobs: add "
        "`uniprot:` to each protein in the config, so that its identity is checked.",
    ]
    if bare:
        lines.append(f"Not used, because models or score tables are missing: {', '.join(bare)}")
    if left:
        some = "; ".join(f"{proteins[r].name}, {proteins[one].name}" for r, one in sorted(left))
        lines.append(f"Left out, because their proteins were not docked with all others: {some}")
    return known, bodies, "\n".join([*lines, ""])


def _proteins(jobs: Sequence[Download]) -> tuple[list[Found], list[tuple[int, int]]]:
    """Find the different proteins of all jobs by their sequences, and which two the parts of each job are."""
    proteins: list[Found] = []
    parts: list[tuple[int, int]] = []
    for job in jobs:
        both = []
        for side, part in zip(("receptor", "ligand"), split_model(job.first, where=job.name), strict=True):
            body = _cut_out(part)
            trace = Trace.of(body)
            index = next((at for at, one in enumerate(proteins) if _is_one(trace, one.trace)), len(proteins))
            if index == len(proteins):
                proteins.append(Found(body, trace, f"the {side} part of job {job.name}"))
            both.append(index)
        parts.append((both[0], both[1]))
    return proteins, parts


def _is_one(one: Trace, other: Trace) -> bool:
    """Tell whether two are the same construct of a protein; a mutant is another."""
    if one.letters == other.letters:
        return True
    if abs(len(one) - len(other)) > (1 - SAME_CONSTRUCT) * max(len(one), len(other)):
        return False
    found = likeness(one, other)
    return found.identity == 1 and found.overlap >= SAME_CONSTRUCT


def _cut_out(part: Structure) -> Structure:
    """Give a part of a model as an entry: without hydrogens, residues under the names of the twenty."""
    names = part.atom_name.tolist()
    elements = [element_of(name, amino_acid=True) for name in names]
    residues = [parent_of(name) or name for name in part.residue_name.tolist()]
    body = replace(
        part,
        element=np.array([one.capitalize() for one in elements], dtype="U2"),
        residue_name=np.array(residues, dtype="U3"),
        chain=np.array([letter.strip() or "X" for letter in part.chain.tolist()], dtype="U1"),
    )
    return body[body.element != "H"]


def _pairs(parts: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give receptor and ligand of each job; a job is turned round if both have the other role in other jobs."""
    pairs = list(parts)
    for at, (receptor, ligand) in enumerate(pairs):
        roles = Counter((index, side) for job, pair in enumerate(pairs) if job != at for side, index in enumerate(pair))
        if roles[receptor, 1] > roles[receptor, 0] and roles[ligand, 0] > roles[ligand, 1]:
            pairs[at] = (ligand, receptor)
    return pairs


def _complete(pairs: set[tuple[int, int]]) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Leave out proteins until every receptor has a job with every ligand: each time the one with most gaps."""
    kept = set(pairs)
    while True:
        sides = [{pair[side] for pair in kept} for side in (0, 1)]
        if len(kept) == len(sides[0]) * len(sides[1]):
            return kept, pairs - kept
        counts = Counter((side, pair[side]) for pair in kept for side in (0, 1))
        side, worst = max(counts, key=lambda one: (len(sides[1 - one[0]]) - counts[one], one))
        kept = {pair for pair in kept if pair[side] != worst}


def _name(jobs: Sequence[Download], proteins: Sequence[Found], pairs: Sequence[tuple[int, int]], root: Path) -> None:
    """Name each protein by the words that the files of its jobs have, and those of other jobs have not."""
    words = [_words(job, root) for job in jobs]
    own = [[number for number, pair in enumerate(pairs) if index in pair] for index in range(len(proteins))]
    common = [set.intersection(*(set(words[number]) for number in numbers)) for numbers in own]
    taken: set[str] = set()
    for index, one in enumerate(proteins):
        others = {word for number in range(len(jobs)) if number not in own[index] for word in words[number]}
        shared = common[index] - others
        partners = {at for number in own[index] for at in pairs[number]} - {index}
        if len(own[index]) == 1:  # then only what is known of its partner tells which word is whose
            known = [common[at] for at in partners if len(own[at]) > 1]
            shared = shared.difference(*known) if known else set()
        name = "-".join(word for key, word in words[own[index][0]].items() if key in shared)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) or name.lower() in taken:
            side = "receptor" if any(pairs[number][0] == index for number in own[index]) else "ligand"
            name = next(f"{side}-{number}" for number in count(1) if f"{side}-{number}" not in taken)
        one.name = name
        taken.add(name.lower())


def _words(job: Download, root: Path) -> dict[str, str]:
    """List the words in the names of a job's files and folders that may name a protein, by small letters."""
    paths = [source.path for source in job.sources] + list(job.scores.values())
    parts = [part for path in paths for part in path.relative_to(root).parts]
    # A number of a few digits belongs to what stands before its hyphen: TEM-1.
    words = [word for part in parts for word in re.findall(r"[A-Za-z0-9]+(?:-[0-9]{1,3}(?![A-Za-z0-9]))?", part)]
    kept = [word for word in words if not re.fullmatch(r"[\d-]+|csv|html?", word)]
    return {word.lower(): word for word in dict.fromkeys(kept) if word.lower() not in _WORDS}


def _config(roles: Sequence[Sequence[str]], proteins: Sequence[Found], out: Path) -> str:
    """Write the config."""
    by_name = {one.name: one for one in proteins}
    lines = [
        "# Made by `crossdock cluspro panel` from finished jobs. Names come from the names of files: check them.",
        "# To rename a protein, change `name` here and run, in this folder, `crossdock cluspro import FOLDER`.",
        "# Accessions are not in the jobs. Add them (`uniprot: P01127`), so that identities are checked.",
        "title: ClusPro jobs",
        "backend: cluspro",
    ]
    for role, names in zip(("receptors", "ligands"), roles, strict=True):
        lines.append(f"{role}:")
        for name in names:
            one = by_name[name]
            chains = ", ".join(f'"{letter}"' for letter in one.body.chains)
            lines += [f'  - name: "{name}"', f'    entry: "structures/{name}.pdb"', f"    chains: [{chains}]"]
            lines.append(f'    note: "cut out of {one.where}; minimised by ClusPro"')
    return "\n".join([*lines, ""])
