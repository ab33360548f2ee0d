"""Several conformers of one protein, laid over the first: models of an entry, several entries, or made from one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import BACKBONE, LETTERS, SIDE_CHAINS
from crossdock.entries.entry import read_entry
from crossdock.entries.residues import Ledger, take_model
from crossdock.entries.sequence import aligned
from crossdock.errors import CrossdockError, StructureError
from crossdock.geometry.rotations import matrix
from crossdock.geometry.superposition import overlay, superpose
from crossdock.panel.proteins import ALL_MODELS, Protein, of_file
from crossdock.remark import Remark, remark
from crossdock.structures.body import chain_letters
from crossdock.structures.modes import LEAST_COLLECTIVE, along_modes
from crossdock.structures.prepare import inspect, prepare
from crossdock.structures.record import ConformerRecord, ProteinRecord
from crossdock.structures.structure import Structure

#: A chain of another entry is the same protein if so many of its aligned residues are the same, and so many of the
#: first conformer's residues are aligned.
LEAST_IDENTITY, LEAST_ALIGNED = 0.9, 0.5
#: An ion or ligand of another entry is that of the first conformer if it has its name and lies this near, in angstrom.
SAME_PLACE_A = 3.0
#: Arrangements of equal chains that are tried: those of six (720), or of two kinds of four (576).
MOST_ARRANGEMENTS = 720
#: Arrangements whose RMSD differs by no more than this are equally good, in angstrom: symmetry makes them so.
SAME_RMSD_A = 0.1
#: Conformers whose CA RMSD is lower are nearly the same, in angstrom: two crystals of one protein differ by as much.
ALIKE_A = 0.3
#: A model is a candidate if it has so many of the residues of the first; conformers that share fewer are not compared.
LEAST_SHARED = 0.5

_Place = tuple[str, int, str]


class Further(NamedTuple):
    """An entry after the first: its file, its name in the config, and where it is from."""

    path: Path
    name: str
    provenance: Mapping[str, Any] | None = None


def prepare_conformers(
    path: str | Path,
    protein: Protein,
    *,
    further: Sequence[Further] = (),
    role: Sequence[str] = (),
    sequence: str | Path | None = None,
    provenance: Mapping[str, Any] | None = None,
    **keys: Any,
) -> tuple[tuple[Structure, ...], ProteinRecord]:
    """Prepare every conformer of a protein.

    Parameters
    ----------
    path : str or Path
        The first entry.
    protein : Protein
    further : sequence of Further
        The other entries of `protein.entries`, in their order.
    role, sequence, provenance, **keys
        As for `crossdock.structures.prepare.prepare`, of the first entry.

    Returns
    -------
    structures : tuple of Structure
        The first conformer in its entry's frame, the others laid over it by their CA atoms. The others have only
        residues that the first has too, under its chain letters, numbers and names; residues may lack. A residue that
        is another amino acid, as in a mutant, keeps the atoms that both have.
    record : ProteinRecord
        Of the first conformer; `conformers` describes each, and is empty where there is only one.

    Raises
    ------
    StructureError, IdentityError, InputError
        As `prepare` says; also if an entry has no chain like those of the first conformer, or if all models are asked
        for of a single entry that has one.

    Notes
    -----
    With ``model: all``, models of the first entry are chosen: the first one, then, one after the other, the model whose
    CA RMSD to the nearest of those already taken is largest (Gonzalez 1985, Theor Comput Sci 38:293), until there are
    `protein.most_conformers` conformers together with one of each further entry. Of a single structure, conformers are
    made along its normal modes (`crossdock.structures.modes`).
    """
    first, record = prepare(path, protein, role=role, sequence=sequence, provenance=provenance, **keys)
    if not protein.several:
        return (first,), record
    name = _shown(provenance, record.entry.id)
    models = record.selection.model, *_chosen(path, protein, record, first, len(further))
    of_first: dict[str, Any] = {"entry": name, "sha256": record.entry.sha256, "source": record.entry.source}
    more, chains = len(models) > 1, _chains(record)
    own = ConformerRecord(
        model=record.selection.model, several=more, chains=chains, n_residues=first.n_residues, **of_first
    )
    found = [(first, own)]
    for number in models[1:]:
        body, other = prepare(path, protein, sequence=sequence, provenance=provenance, **(keys | {"model": number}))
        body, described = _laid(first, body, _numbered(first, body))
        found.append((body, replace(described, model=number, several=True, chains=_chains(other), **of_first)))
    for one in further:
        try:
            found.append(_of_entry(one, protein, first, record, sequence, keys))
        except CrossdockError as error:
            # A panel shows such an error under the first entry.
            place = _shown(one.provenance, one.name)
            raise type(error)(f"conformer {place}: {error.what}", where=error.where, hint=error.hint) from error
    alike = _alike(found)
    made, missed = _made(first, own, protein.made_conformers)
    found += made
    remarks = [remark("conformers", labels=[one.label for _, one in found], rmsd=[one.rmsd_A for _, one in found])]
    remarks += [
        remark(
            "conformer-residues",
            conformer=one.label,
            left_out=one.left_out,
            lacking=one.lacking,
            differing=one.differing,
        )
        for _, one in found
        if one.left_out or one.lacking or one.differing
    ]
    remarks = [*(remarks if len(found) > 1 else []), *alike, *missed]
    kept = [one for one in record.remarks if one.code != "models-of-an-assembly" or protein.made_conformers]
    unused = [
        replace(one, count=one.count - len(models) + 1) if one.code == "models" else one for one in record.removed
    ]
    record = replace(
        record,
        conformers=tuple(one for _, one in found) if len(found) > 1 else (),
        removed=tuple(one for one in unused if one.count),
        remarks=(*kept, *remarks),
    )
    return tuple(body for body, _ in found), record


def most_different(traces: NDArray[np.float64], count: int) -> list[int]:
    """Choose models that differ: the first, then always the one that is farthest from those taken.

    Parameters
    ----------
    traces : ndarray, dtype=float64, shape=(m, n, 3)
        CA atoms of m models, in angstrom, in any frames.
    count : int
        How many are wanted.

    Returns
    -------
    list of int
        Their places, in the order of the models; fewer than `count` where there are fewer models, or the others are
        copies of those taken.

    Notes
    -----
    The distance of two models is the RMSD of their CA atoms after superposition. Of equally distant models the first
    is taken.
    """
    taken = [0]
    nearest = np.array([superpose(traces[0], one)[2] for one in traces])
    while len(taken) < min(count, len(traces)):
        next_one = int(nearest.argmax())
        if nearest[next_one] < 1e-3:  # what the columns of a PDB file can tell apart
            break
        taken.append(next_one)
        nearest = np.minimum(nearest, [superpose(traces[next_one], one)[2] for one in traces])
    return sorted(taken)


def _alike(found: Sequence[tuple[Structure, ConformerRecord]]) -> list[Remark]:
    """Name conformers that are nearly the same as one before them, if they share enough residues to be compared."""
    traces, said = [_trace(body) for body, _ in found], list[Remark]()
    for number, (_, own) in enumerate(found):
        near = []
        for other, before in zip(found[:number], traces[:number], strict=True):
            shared = [place for place in before if place in traces[number]]
            if len(shared) >= max(3, LEAST_SHARED * max(len(before), len(traces[number]))):
                both = (np.array([trace[place] for place in shared]) for trace in (before, traces[number]))
                near.append((superpose(*both)[2], other[1].label))
        if near and min(near)[0] < ALIKE_A:
            rmsd, label = min(near)
            said.append(remark("conformers-alike", conformer=own.label, other=label, rmsd=round(rmsd, 2)))
    return said


def _made(
    first: Structure, own: ConformerRecord, count: int
) -> tuple[list[tuple[Structure, ConformerRecord]], list[Remark]]:
    """Make conformers from the only structure, and say which could not be made and why."""
    if not count:
        return [], []
    tried = list(itertools.islice(along_modes(first), count))
    made = [(one.structure, replace(own, mode=one.label, rmsd_A=round(one.rmsd, 3))) for one in tried if one.structure]
    if len(made) == count:
        return made, []
    said = remark(
        "conformers-made",
        made=len(made),
        asked=count,
        lacking=len(tried) < count,
        modes=len({one.mode for one in tried}),
        percent=round(100 * LEAST_COLLECTIVE),
        faults=[[one.label, one.fault] for one in tried if one.fault],
    )
    return made, [said]


def _chosen(path: str | Path, protein: Protein, record: ProteinRecord, first: Structure, further: int) -> list[int]:
    """Choose which other models of the first entry are conformers, by their labels."""
    if protein.model != ALL_MODELS:
        return []
    entry = read_entry(path)
    labels = [label for label in entry.models if label != record.selection.model]
    if not labels and not further:
        hint = "remove `model: all`, or name an NMR entry or several entries"
        raise StructureError("`model: all` is asked for, but the entry has one model", where=str(path), hint=hint)
    if doubled := next((label for label in labels if labels.count(label) > 1), None):
        hint = "give them different numbers in the MODEL records"
        raise StructureError(f"several models of this file are called {doubled}", where=str(path), hint=hint)
    body = [*record.selection.chains, *record.selection.partners]
    letters = chain_letters(body, str(path))
    traces = {record.selection.model: _trace(first)}
    for label in labels:
        found = take_model(entry, label, Ledger())
        table, atoms = found.residues, found.atoms
        alpha = np.flatnonzero((atoms.name == "CA") & table.amino[table.of_atom])
        at = table.of_atom[alpha]
        keys = zip(table.chain[at].tolist(), table.number[at].tolist(), table.insertion[at].tolist(), strict=True)
        places = ((letters[chain], number, code) if chain in letters else None for chain, number, code in keys)
        trace = {place: coord for place, coord in zip(places, atoms.coord[alpha], strict=True) if place}
        if len(trace.keys() & traces[record.selection.model].keys()) >= LEAST_SHARED * first.n_residues:
            traces[label] = trace
    shared = [place for place in _trace(first) if all(place in one for one in traces.values())]
    if len(shared) < 3:
        raise StructureError(
            "the models of this entry share no residues", where=str(path), hint="name one, such as `model: 1`"
        )
    coord = np.array([[trace[place] for place in shared] for trace in traces.values()])
    numbers = list(traces)
    return [numbers[place] for place in most_different(coord, max(1, protein.most_conformers - further))[1:]]


def _of_entry(
    one: Further,
    protein: Protein,
    first: Structure,
    record: ProteinRecord,
    sequence: str | Path | None,
    keys: Mapping[str, Any],
) -> tuple[Structure, ConformerRecord]:
    """Prepare a further entry: the chains like those of the first conformer, cut to its residues."""
    sequences = inspect(one.path).sequences
    chains: dict[str, str] = {}
    for letter, own in record.sequence.items():
        free = {name: other for name, other in sequences.items() if name not in chains.values()}
        chains[letter] = _like(letter, own, free)
    # What is cut off and where partners may bind follows from the first conformer.
    asked = replace(
        protein,
        chains=tuple(chains.values()),
        partners=(),
        copies=None,
        model=None,
        residues=None,
        accessible=None,
        blocked=None,
        attract=None,
        membrane=None,
        plddt=0.0,
    )
    body, other = prepare(one.path, asked, sequence=sequence, provenance=one.provenance, **keys)
    theirs = dict(zip(chains.values(), chain_letters(list(chains.values()), str(one.path)).values(), strict=True))
    letters = {letter: theirs[chain] for letter, chain in chains.items()}
    body, described = _laid(first, body, _as_they_lie(first, body, letters))
    return body, replace(
        described,
        entry=_shown(one.provenance, one.name),
        model=other.selection.model,
        chains=_chains(other),
        sha256=other.entry.sha256,
        source=other.entry.source,
    )


def _as_they_lie(first: Structure, other: Structure, letters: Mapping[str, str]) -> dict[_Place, _Place]:
    """Match the residues of a further entry with those of the first; equal chains as their arrangement says.

    Parameters
    ----------
    first, other : Structure
    letters : mapping
        Chain of the first -> a chain of the other that has its sequence.

    Notes
    -----
    Which of several equal chains is called A is chance. Of all ways to match them, the one with the lowest CA RMSD is
    taken, and of ways that are as good (within `SAME_RMSD_A`) the one that keeps the names; with more than
    `MOST_ARRANGEMENTS` ways, as in a ring of eight, the names decide.
    """
    matched = {
        (letter, chain): _matched(_residues(first, letter), _residues(other, chain))
        for letter in letters
        for chain in letters.values()
    }
    alike: dict[str, list[str]] = {}
    for letter in letters:
        same = (one for one in alike if _same_sequence(first, one, letter))
        alike.setdefault(next(same, letter), []).append(letter)
    named = dict(letters)
    ways = [named]
    if 1 < math.prod(math.factorial(len(group)) for group in alike.values()) <= MOST_ARRANGEMENTS:
        orders = itertools.product(*(itertools.permutations(letters[one] for one in group) for group in alike.values()))
        in_groups = list(itertools.chain(*alike.values()))
        ways += [dict(zip(in_groups, itertools.chain(*order), strict=True)) for order in orders]

    def places(way: Mapping[str, str]) -> dict[_Place, _Place]:
        return {its: ours for pair in way.items() for its, ours in matched[pair].items()}

    if len(ways) == 1:
        return places(named)
    ours, theirs = _trace(first), _trace(other)
    apart = []
    for way in ways:
        pairs = [(ours[place], theirs[its]) for its, place in places(way).items() if its in theirs and place in ours]
        apart.append(superpose(*(np.array(side) for side in zip(*pairs, strict=True)))[2] if len(pairs) > 2 else np.inf)
    least = min(apart)
    return places(next(way for way, rmsd in zip(ways, apart, strict=True) if rmsd <= least + SAME_RMSD_A))


def _matched(ours: Mapping[_Place, str], its: Mapping[_Place, str]) -> dict[_Place, _Place]:
    """Align two chains: residue of the other -> the one of the first."""
    pairs = aligned("".join(its.values()), "".join(ours.values()))
    listed = list(its), list(ours)
    return {listed[0][i]: listed[1][j] for i, j in pairs}


def _same_sequence(one: Structure, letter: str, other: str) -> bool:
    """Tell whether two chains of a structure are the same protein."""
    sequences = ["".join(_residues(one, name).values()) for name in (letter, other)]
    pairs = aligned(*sequences)
    same = sum(sequences[0][i] == sequences[1][j] for i, j in pairs)
    return len(pairs) >= LEAST_ALIGNED * len(sequences[0]) and same >= LEAST_IDENTITY * len(pairs)


def _like(letter: str, own: str, others: Mapping[str, str]) -> str:
    """Name the chain whose sequence is most like one of the first conformer; of equals the one of the same name."""
    found: dict[str, int] = {}
    for name, sequence in others.items():
        pairs = aligned(sequence, own)
        same = sum(sequence[i] == own[j] for i, j in pairs)
        if len(pairs) >= LEAST_ALIGNED * len(own) and same >= LEAST_IDENTITY * len(pairs):
            found[name] = same
    if not found:
        raise StructureError(
            f"no chain of this entry is the same protein as chain {letter} of the first entry",
            hint=f"all entries of a protein must have chains that are {LEAST_IDENTITY:.0%} alike; "
            "list another protein under its own name",
        )
    most = max(found.values())
    return letter if found.get(letter) == most else next(name for name, same in found.items() if same == most)


def _laid(first: Structure, other: Structure, places: Mapping[_Place, _Place]) -> tuple[Structure, ConformerRecord]:
    """Lay a conformer over the first, with its chain letters and residue numbers, and describe it.

    Parameters
    ----------
    first, other : Structure
    places : mapping
        Residue of the other -> the one of the first that it is; what is not in it is left out.
    """
    order = {place: number for number, place in enumerate(dict.fromkeys(first.atom_places))}
    own = other.atom_places
    target = [places.get(place) if not hetero else None for place, hetero in zip(own, other.hetero, strict=True)]
    ours, theirs = _trace(first), _trace(other)
    pairs = [(theirs[its], ours[place]) for its, place in places.items() if its in theirs and place in ours]
    if len(pairs) < 3:
        raise StructureError("fewer than 3 residues of two conformers have a counterpart")
    source, goal = (np.array(side) for side in zip(*pairs, strict=True))
    quaternion, shift, *_ = overlay(goal, source)
    moved = other.moved(matrix(quaternion), shift)
    rmsd = superpose(goal, source)[2]
    compounds = _compounds(first, moved, places)
    target = [place or compounds.get(its) for place, its in zip(target, own, strict=True)]
    keep = np.array([place is not None for place in target])
    kept = [place for place in target if place is not None]
    body = moved[keep]
    body = replace(
        body,
        chain=np.array([chain for chain, _, _ in kept], dtype="U1"),
        residue_number=np.array([number for _, number, _ in kept], dtype=np.int64),
        insertion=np.array([code for _, _, code in kept], dtype="U1"),
        coord=np.round(body.coord, 3),
    )
    body = body[np.argsort([order[place] for place in kept], kind="stable")]
    body, differing = _with_names(first, body)
    lacking = len(_trace(first).keys() - _trace(body).keys())
    described = ConformerRecord(
        entry="",
        model=1,
        several=False,
        chains=(),
        n_residues=body.n_residues,
        rmsd_A=round(rmsd, 3),
        left_out=other.n_residues - body.n_residues,
        lacking=lacking,
        differing=differing,
    )
    return body, described


def _with_names(first: Structure, body: Structure) -> tuple[Structure, int]:
    """Give residues the names that they have in the first conformer, with the atoms that such residues have.

    Also how many have another name, as mutants do.
    """
    names = dict(zip(first.atom_places, first.residue_name.tolist(), strict=True))
    expected = np.array([names[place] for place in body.atom_places], dtype="U3")
    other = (expected != body.residue_name) & ~body.hetero
    count = len(set(np.array(body.residue_index)[other].tolist()))
    atoms = zip(expected.tolist(), body.atom_name.tolist(), strict=True)
    own = np.array([atom in BACKBONE or atom == "OXT" or atom in SIDE_CHAINS.get(name, ()) for name, atom in atoms])
    return replace(body, residue_name=np.where(other, expected, body.residue_name))[own | ~other], count


def _compounds(first: Structure, moved: Structure, places: Mapping[_Place, _Place]) -> dict[_Place, _Place]:
    """Find which ions and ligands of a conformer are those of the first: by place in one entry, else where they lie."""

    def centres(one: Structure) -> dict[_Place, tuple[str, NDArray[np.float64]]]:
        part, atoms = one[one.hetero], dict[_Place, list[int]]()
        for number, place in enumerate(part.atom_places):
            atoms.setdefault(place, []).append(number)
        return {place: (str(part.residue_name[at[0]]), part.coord[at].mean(axis=0)) for place, at in atoms.items()}

    ours, found = centres(first), dict[_Place, _Place]()
    for key, (name, centre) in centres(moved).items():
        if key in places and key in ours:
            found[key] = places[key]
            continue
        near = [
            (float(np.linalg.norm(centre - other)), place)
            for place, (other_name, other) in ours.items()
            if other_name == name and place not in found.values()
        ]
        if near and min(near)[0] <= SAME_PLACE_A:
            found[key] = min(near)[1]
    return found


def _numbered(first: Structure, other: Structure) -> dict[_Place, _Place]:
    """Give the residues that two models of one entry share, by chain and number."""
    ours = set(first.atom_places)
    return {place: place for place in dict.fromkeys(other.atom_places) if place in ours}


def _trace(one: Structure) -> dict[_Place, NDArray[np.float64]]:
    """Give the CA atom of each residue that has one."""
    alpha = one[(one.atom_name == "CA") & ~one.hetero]
    return dict(zip(alpha.atom_places, alpha.coord, strict=True))


def _residues(one: Structure, letter: str) -> dict[_Place, str]:
    """Give the one-letter code of each amino acid of a chain."""
    part = one[(one.chain == letter) & ~one.hetero]
    names = dict(zip(part.atom_places, part.residue_name.tolist(), strict=True))
    return {place: LETTERS.get(name, "X") for place, name in names.items()}


def _shown(provenance: Mapping[str, Any] | None, name: str) -> str:
    """Give the name of an entry as people know it: of a file of the user's without what tells equal names apart."""
    known = provenance or {}
    if known.get("source") == "local" and known.get("url"):
        return of_file(str(known["url"])).name
    return name


def _chains(record: ProteinRecord) -> tuple[str, ...]:
    return (*record.selection.chains, *record.selection.partners)
