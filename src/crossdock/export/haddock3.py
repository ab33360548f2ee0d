"""Files for HADDOCK3: both partners, restraints of the interface, and a workflow.

Forms are those of HADDOCK3's own documents and tools: restraints as `haddock3-restraints active_passive_to_ambig` and
`restrain_bodies` write them, the workflow as the examples for two proteins (bonvinlab/haddock3).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import BACKBONE, LETTERS, SIDE_CHAINS
from crossdock.entries.components import component
from crossdock.errors import StructureError
from crossdock.export.docked import Docked, written
from crossdock.export.made import Made
from crossdock.structures.site import residue_places
from crossdock.structures.structure import Structure, atom_records

#: Chain and segment of each partner: HADDOCK3 wants one letter a molecule.
SEGMENTS = ("A", "B")
#: Modified residues whose atoms have the same names in HADDOCK3's topologies (protein-allhdg5-4.top) as in the Chemical
#: Component Dictionary, and the name there. Others become the amino acid that they are made from.
MODIFIED = {"MSE": "MSE", "SEP": "SEP", "TPO": "TOP", "PTR": "PTR", "M3L": "M3L", "PCA": "PCA", "CIR": "CIR"}
#: Neighbouring CA atoms that are farther apart lie in two bodies, in angstrom (`get_bodies` of HADDOCK3).
BODY_A = 4.0
#: Largest residue number of a PDB file.
LARGEST_NUMBER = 9999
#: Chains that share a segment begin at the next number that ends in 01, so that their ends are no neighbours.
_STEP = 100
_RECEPTOR, _LIGAND = "receptor.pdb", "ligand.pdb"


def make(docked: Docked) -> Made:
    """Write the files of a model for HADDOCK3.

    Parameters
    ----------
    docked : Docked

    Returns
    -------
    Made

    Raises
    ------
    StructureError
        If no residue in contact lies on a partner's surface, or a partner has too many residues for its numbers.
    """
    made = Made()
    numbers, bodies = [], []
    for partner, file, segment in zip(docked.partners, (_RECEPTOR, _LIGAND), SEGMENTS, strict=True):
        if not partner.active:
            raise StructureError("none of its residues in contact lies on the surface", where=partner.name)
        body, lost = known_to_haddock(partner.body)
        own = numbering(body, partner.name)
        made.files[file] = _pdb(body, own, segment)
        numbers.append(own)
        bodies.append(body)
        made.notes += [f"{partner.name}: left out {name}, which HADDOCK3 does not know" for name in lost]
        if partner.left_out:
            made.notes.append(f"{partner.name}: ions and ligands are left out ({', '.join(partner.left_out)})")
        if any(
            place.number != number or place.insertion for place, number in zip(residue_places(body), own, strict=True)
        ):
            made.notes.append(f"{partner.name}: residues have new numbers, one segment having all; see numbering.csv")
    active = [
        [number for place, number in zip(residue_places(body), own, strict=True) if place in set(partner.active)]
        for partner, body, own in zip(docked.partners, bodies, numbers, strict=True)
    ]
    made.files["numbering.csv"] = _table(docked, bodies, numbers)
    made.files["ambig.tbl"] = ambiguous(*active)
    between = [line for at in (0, 1) for line in _between_bodies(bodies[at], numbers[at], SEGMENTS[at])]
    if between:
        made.files["unambig.tbl"] = "\n".join([*between, ""])
    made.files["docking.cfg"] = workflow(docked, unambiguous=bool(between))
    made.readme = (
        "Run: haddock3 docking.cfg (in this folder; set ncores in it to the cores that you have).",
        "ambig.tbl asks that each residue in contact that lies on the surface be near one of the partner's"
        + ("; unambig.tbl keeps the chains of a partner, and the ends of gaps, where they are." if between else "."),
        "Then, in the panel's folder: crossdock haddock import FOLDER (this one), "
        f"with `{docked.setting('haddock')}` in its config.",
    )
    return made


def known_to_haddock(body: Structure) -> tuple[Structure, list[str]]:
    """Give the amino acids of a partner as HADDOCK3 names them, and the names of residues that it does not know.

    Parameters
    ----------
    body : Structure
        Amino acids.
    """
    name, atom, element = body.residue_name.copy(), body.atom_name.copy(), body.element.copy()
    stay, lost = np.ones(len(body), dtype=bool), []
    for residue in dict.fromkeys(body.residue_name.tolist()):
        if residue in LETTERS:
            continue
        own = body.residue_name == residue
        if residue in MODIFIED:
            name[own] = MODIFIED[residue]
            continue
        known = component(residue)
        if not known or known.parent not in LETTERS:
            stay &= ~own
            lost.append(residue)
            continue
        wanted = {*BACKBONE, "OXT", *SIDE_CHAINS[known.parent]}
        name[own] = known.parent
        for at in np.flatnonzero(own).tolist():
            atom[at] = known.atoms.get(str(atom[at]), atom[at])
            element[at] = str(atom[at])[0]
            stay[at] = str(atom[at]) in wanted
    made = replace(body, residue_name=name, atom_name=atom, element=element)
    return made[stay], lost


def numbering(body: Structure, name: str) -> list[int]:
    """Number the residues of a partner within one segment.

    Parameters
    ----------
    body : Structure
        Amino acids.
    name : str
        Of the partner, for messages.

    Returns
    -------
    list of int
        The residues' own numbers where the partner is one chain whose numbers rise, without insertion codes and from 1
        on; else they are counted from 1, and each further chain begins at the next number that ends in 01.

    Raises
    ------
    StructureError
        If they do not fit four digits.
    """
    own = residue_places(body)
    plain = [place.number for place in own]
    rising = all(one < other for one, other in pairwise(plain))
    if len(body.chains) == 1 and rising and plain[0] > 0 and not any(place.insertion for place in own):
        return plain
    numbers: list[int] = []
    for before, place in zip([None, *own], own, strict=False):
        last = numbers[-1] if numbers else 0
        new_chain = before is not None and before.chain != place.chain
        numbers.append((last // _STEP + 1) * _STEP + 1 if new_chain else last + 1)
    if numbers[-1] > LARGEST_NUMBER:
        raise StructureError(f"its {len(own)} residues do not fit the numbers of a PDB file", where=name)
    return numbers


def ambiguous(receptor: Sequence[int], ligand: Sequence[int]) -> str:
    """Write ambiguous interaction restraints: each active residue within 2 A of any active one of the partner.

    The distance is HADDOCK's effective one, a sum over atom pairs to the power of -1/6 (Dominguez et al. 2003, J Am
    Chem Soc 125:1731).

    Parameters
    ----------
    receptor, ligand : sequence of int
        Numbers of the active residues.
    """
    blocks = []
    for own, others, mine, theirs in ((receptor, ligand, *SEGMENTS), (ligand, receptor, *SEGMENTS[::-1])):
        any_other = "\n        or\n".join(f"       (resi {one} and segid {theirs})" for one in others)
        blocks += [f"assign (resi {one} and segid {mine})\n(\n{any_other}\n) 2.0 2.0 0.0\n" for one in own]
    return "\n".join(blocks)


def workflow(docked: Docked, *, unambiguous: bool) -> str:
    """Write the workflow: HADDOCK3's steps for two proteins, which ends with what crossdock imports.

    Parameters
    ----------
    docked : Docked
    unambiguous : bool
        Whether there is `unambig.tbl`.
    """
    names = [f"{one.name} ({file})" for one, file in zip(docked.partners, (_RECEPTOR, _LIGAND), strict=True)]
    restraints = ['ambig_fname = "ambig.tbl"', *(['unambig_fname = "unambig.tbl"'] if unambiguous else [])]
    steps: list[tuple[str, list[str]]] = [
        ("topoaa", []),
        ("rigidbody", [*restraints, "sampling = 1000"]),
        ("seletop", ["select = 200"]),
        ("flexref", restraints),
        ("emref", restraints),
        ("clustfcc", []),
        ("seletopclusts", ["top_models = 4"]),
        ("caprieval", []),
    ]
    lines = [
        f"# HADDOCK3: {_ascii(names[1])} with {_ascii(names[0])}, restraints of model {docked.model} of crossdock.",
        'run_dir = "run"',
        'mode = "local"',
        "ncores = 4",
        f"molecules = {json.dumps([_RECEPTOR, _LIGAND])}",
    ]
    for step, parameters in steps:
        lines += ["", f"[{step}]", *parameters]
    return "\n".join([*lines, ""])


def _pdb(body: Structure, numbers: Sequence[int], segment: str) -> str:
    """Write a partner as one chain, its letter in the columns of the segment too."""
    index = body.residue_index
    one = replace(
        body,
        chain=np.full(len(body), segment, dtype="U1"),
        residue_number=np.array(numbers, dtype=np.int64)[index],
        insertion=np.full(len(body), "", dtype="U1"),
    )
    lines = [f"{line[:72]}{segment:<4}{line[76:]}" if len(line) > 72 else line for line in atom_records(one)]
    return "\n".join([*lines, "END", ""])


def _between_bodies(body: Structure, numbers: Sequence[int], segment: str) -> Iterator[str]:
    """Hold the parts of a partner where they are to each other: two distances of CA atoms for each two parts."""
    alpha = body[body.atom_name == "CA"]
    number = np.array(numbers)[body.residue_index[body.atom_name == "CA"]]
    apart = np.linalg.norm(np.diff(alpha.coord, axis=0), axis=1)
    cuts = np.flatnonzero((alpha.chain[1:] != alpha.chain[:-1]) | (apart >= BODY_A)) + 1
    parts = [part for part in np.split(np.arange(len(alpha)), cuts) if len(part)]
    for first, second in combinations(parts, 2):
        for one, other in dict.fromkeys(zip(_two(first), _two(second)[::-1], strict=True)):
            distance = float(np.linalg.norm(alpha.coord[one] - alpha.coord[other]))
            ends = " ".join(f"(segid {segment} and resi {number[at]} and name CA)" for at in (one, other))
            yield f"assign {ends} {distance:.3f} 0.0 0.0"


def _two(part: NDArray[np.int64]) -> tuple[int, int]:
    """Give two residues of a part that lie far from each other in it: a quarter from either end."""
    quarter = len(part) // 4
    return int(part[quarter]), int(part[len(part) - 1 - quarter])


def _table(docked: Docked, bodies: Sequence[Structure], numbers: Sequence[Sequence[int]]) -> str:
    made = io.StringIO()
    table = csv.writer(made, lineterminator="\n")
    table.writerow(["partner", "chain", "number", "segment", "haddock_number", "active"])
    for partner, body, own, segment in zip(docked.partners, bodies, numbers, SEGMENTS, strict=True):
        active = set(partner.active)
        for place, number in zip(residue_places(body), own, strict=True):
            in_entry = written(place).partition(":")[2]
            table.writerow([partner.name, place.chain, in_entry, segment, number, "yes" if place in active else "no"])
    return made.getvalue()


def _ascii(text: str) -> str:
    """Write a name as CNS and TOML take it in a comment."""
    return text.encode("ascii", "replace").decode().replace("\n", " ")
