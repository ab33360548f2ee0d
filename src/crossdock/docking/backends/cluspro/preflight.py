"""What the server is known not to take, or to take silently in another way: looked for before the first job."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from crossdock.errors import ConfigError, InputError
from crossdock.structures.structure import Structure, atom_records

#: Fewest residues of a protein; shorter ones are peptides to the server, with another procedure.
FEWEST_RESIDUES = 30
#: Atoms of a pair that have been seen to work; nobody has published a limit.
MOST_ATOMS_SEEN = 16_000
#: Largest file, in bytes.
LARGEST_FILE = 10_000_000
#: From here on the server numbers residues anew.
LARGEST_NUMBER = 9_999
#: Longest C-N bond of a peptide, in angstrom; the server cuts the chain where it is longer.
LONGEST_BOND = 1.4
_log = logging.getLogger(__name__)
_BACKBONE = ("N", "CA", "C", "O")


@dataclass(frozen=True)
class Verdict:
    """What was found about a protein.

    Attributes
    ----------
    problems : list of str
        The server would refuse it, fail late, or dock something else.
    notes : list of str
        It would dock it, but not quite as it is.
    """

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def sent(structure: Structure) -> bytes:
    """Give the PDB file of a structure that the server is sent: amino acids only, without hydrogens and remarks."""
    body = structure[~structure.hetero & (structure.element != "H")]
    return "\n".join([*atom_records(body), "END", ""]).encode("ascii")


def look_over(structure: Structure) -> Verdict:
    """Compare a prepared structure with what the server takes.

    Parameters
    ----------
    structure : Structure

    Returns
    -------
    Verdict
    """
    verdict = Verdict()
    body = structure[~structure.hetero]
    index = body.residue_index
    first = np.unique(index, return_index=True)[1]
    chain = body.chain[first]
    columns = (chain.tolist(), body.residue_number[first].tolist(), body.insertion[first].tolist())
    places = [f"{letter}:{number}{code}" for letter, number, code in zip(*columns, strict=True)]
    if len(places) < FEWEST_RESIDUES:
        verdict.problems.append(f"has {len(places)} residues; the server needs at least {FEWEST_RESIDUES}")
    if (size := len(sent(structure))) > LARGEST_FILE:
        verdict.problems.append(f"makes a file of {size / 1e6:.0f} MB; {LARGEST_FILE / 1e6:.0f} MB are allowed")
    if len(places) and body.residue_number.max() > LARGEST_NUMBER:
        verdict.problems.append(f"has residue numbers above {LARGEST_NUMBER}, which the server changes")
    if twice := [place for place, count in Counter(places).items() if count > 1]:
        verdict.problems.append(f"has duplicate residues: {_some(twice)}")
    backbone = np.full((len(_BACKBONE), len(places), 3), np.nan)
    for name, coord in zip(_BACKBONE, backbone, strict=True):
        coord[index[body.atom_name == name]] = body.coord[body.atom_name == name]
    lacking = np.isnan(backbone).any(axis=(0, 2))
    if lacking.any():
        verdict.notes.append(f"lacks backbone atoms, which the server will build: {_some(np.array(places)[lacking])}")
    nitrogen, carbon = backbone[_BACKBONE.index("N")], backbone[_BACKBONE.index("C")]
    bonds = np.linalg.norm(carbon[:-1] - nitrogen[1:], axis=1)
    if cut := np.flatnonzero((chain[:-1] == chain[1:]) & (bonds > LONGEST_BOND)).tolist():
        between = _some([f"{places[i]} and {places[i + 1]}" for i in cut])
        verdict.notes.append(f"has gaps, at which the server cuts the chain, between {between}")
    if left := sorted(set(structure.residue_name[structure.hetero].tolist())):
        verdict.notes.append(f"is sent without {', '.join(left)}")
    return verdict


def preflight(proteins: dict[str, Structure], pairs: Sequence[tuple[str, str]]) -> None:
    """Look all structures over before the first job; warn of what the server will do differently.

    Parameters
    ----------
    proteins : dict of str to Structure
        By name, prepared.
    pairs : sequence of tuple of str
        (receptor, ligand).

    Raises
    ------
    ConfigError
        With everything that the server does not take.
    """
    verdicts = {name: look_over(structure) for name, structure in proteins.items()}
    problems = [InputError(f"it {one}", where=name) for name, verdict in verdicts.items() for one in verdict.problems]
    if problems:
        raise ConfigError(problems, where="ClusPro does not accept these structures")
    notes = [f"{name} {note}" for name, verdict in verdicts.items() for note in verdict.notes]
    for receptor, ligand in pairs:
        sizes = len(proteins[receptor]), len(proteins[ligand])
        if sum(sizes) > MOST_ATOMS_SEEN:
            notes.append(
                f"{receptor} and {ligand} have {sum(sizes)} atoms; more than {MOST_ATOMS_SEEN} were never tested"
            )
        if sizes[1] > sizes[0]:
            notes.append(f"{ligand} is larger than {receptor}; the server expects the larger one as receptor")
    if notes:
        _log.warning("notes on structures for the server:\n" + "\n".join(f"- {note}" for note in notes))


def _some(places: Sequence[str]) -> str:
    """List the first few."""
    return ", ".join(places[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else "")
