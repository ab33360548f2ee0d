"""Which known complexes hold a homologue of both partners of a pair, in contact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree

from crossdock.docking.backends.template.library import Chain, Complex
from crossdock.docking.backends.template.sides import CONTACT_A, Places, Side, Template, contacts_between
from crossdock.entries.sequence import aligned, bit_score
from crossdock.geometry.rotations import matrix
from crossdock.geometry.superposition import overlay
from crossdock.structures.antibody import antigen_loops

#: Least score of an alignment of two homologues: a chance score above it is expected in fewer than 1 of 1,000 searches
#: of some thousand proteins (Pearson 2013, Curr Protoc Bioinformatics 42:3.1.1).
LEAST_BITS = 40.0
#: Fewest pairs of residues in contact of a template of which both have a counterpart in the partners.
FEWEST_CONTACTS = 10
#: Least share of a template's contacts of which both residues have a counterpart.
LEAST_MET = 0.5
#: A further chain belongs to a partner if its CA atoms lie this near to the partner's (RMSD) once the first chain is
#: superposed, in angstrom. Other copies of the same chain lie farther away.
SAME_PLACE_A = 8.0
#: Least share of an antibody's binding loops that must be the same in a template that binds with them.
LOOPS_ALIKE = 0.8
#: A template binds with the loops if this share of the antibody's residues in the interface is in them.
BINDS_BY_LOOPS = 1 / 3
#: Shortest stretch of a partner without a counterpart for which a further chain is looked for.
SHORTEST_PIECE = 20


@dataclass(frozen=True)
class Rules:
    """Which complexes are templates.

    Attributes
    ----------
    identity : float
        Least part of the aligned residues that are the same, of each side.
    exclude : frozenset of str
        Names of complexes that are not used, in capitals.
    copies : bool
        Whether near copies of the pair are used (`Template.is_near_copy`).
    most : int
        Most templates of a pair.
    """

    identity: float = 0.3
    exclude: frozenset[str] = frozenset()
    copies: bool = True
    most: int = 20


USUAL = Rules()


@dataclass
class Found:
    """The templates of a pair, the most similar first, and the complexes of homologues that are none.

    Attributes
    ----------
    templates : list of Template
    left_out : dict of str to list of str
        Why -> complexes.
    """

    templates: list[Template] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)

    def leave_out(self, why: str, entry: str) -> None:
        """Write down a complex that is not used."""
        names = self.left_out.setdefault(why, [])
        if entry not in names:
            names.append(entry)


def find(receptor: Chain, ligand: Chain, complexes: Iterable[Complex], rules: Rules = USUAL) -> Found:
    """Find the templates of a pair.

    Parameters
    ----------
    receptor, ligand : Chain
        All chains of each partner (`library.protein_of`).
    complexes : iterable of Complex
    rules : Rules

    Returns
    -------
    Found

    Notes
    -----
    A chain is a homologue if its alignment (BLOSUM62, Smith-Waterman) has `LEAST_BITS` and the asked identity. Each
    two chains of a complex that are homologues of the receptor and of the ligand and in contact begin a template; what
    they leave of the partners is then looked for among the other chains, where they stand as the partner's do. So an
    antibody's two chains, or a dimer, are laid over as one.
    """
    found, made = Found(), list[Template]()
    for one in complexes:
        if one.entry.upper() in rules.exclude:
            if next(_candidates(receptor, ligand, one, rules), None) is not None:
                found.leave_out("excluded", one.entry)
            continue
        for template in _candidates(receptor, ligand, one, rules):
            if why := _unfit(template, receptor, ligand, rules):
                found.leave_out(why, one.entry)
            else:
                made.append(template)
    made.sort(key=lambda one: (-round(one.identity, 2), one.resolution or 9.0, one.entry))
    for template in made[rules.most :]:
        found.leave_out("others are more similar", template.entry)
    found.templates = made[: rules.most]
    used = {one.entry for one in found.templates}
    found.left_out = {
        why: kept for why, names in found.left_out.items() if (kept := [one for one in names if one not in used])
    }
    return found


def _unfit(template: Template, receptor: Chain, ligand: Chain, rules: Rules) -> str:
    """Say why a complex of homologues is no template; empty where it is one."""
    if template.is_near_copy and not rules.copies:
        return "a near copy of the pair"
    met = template.met
    if len(met) < FEWEST_CONTACTS or len(met) < LEAST_MET * len(template.contacts):
        return "most of its contacts have no counterpart in the partners"
    for side, partner, residues in zip(template.sides, (receptor, ligand), met.T, strict=True):
        if _by_framework(side, partner, residues):
            return "only the framework of the antibody is alike"
    return ""


def _by_framework(side: Side, partner: Chain, interface: Places) -> bool:
    """Tell whether an antibody is like a template's that binds with its loops, but not in these loops.

    Notes
    -----
    Any two antibodies have homologous frameworks and bind different antigens. The rule and its number are crossdock's
    own. A template that binds elsewhere, such as protein G on the framework, is judged as any other.
    """
    loops = np.zeros(len(partner), dtype=bool)
    for start, end in partner.segments:
        for first, last in antigen_loops(partner.letters[start:end]):
            loops[start + first : start + last] = True
    if not loops.any() or loops[np.unique(interface)].mean() < BINDS_BY_LOOPS:
        return False
    same = [partner.letters[i] == side.chain.letters[j] for i, j in zip(side.own, side.theirs, strict=True) if loops[i]]
    return sum(same) < LOOPS_ALIKE * int(loops.sum())


# --- which chains


@dataclass(frozen=True, eq=False)
class _Laid:
    """A chain of a complex over a stretch of a partner: its number there, and residues that lie on each other."""

    chain: int
    own: Places
    theirs: Places


def _candidates(receptor: Chain, ligand: Chain, one: Complex, rules: Rules) -> Iterator[Template]:
    """Give every way in which a complex holds homologues of both partners in contact."""
    firsts = []
    for partner in (receptor, ligand):
        firsts.append(_laid(partner, partner.segments, one, range(len(one.chains)), rules))
        if not firsts[-1]:
            return
    seen = set()
    touching = _touching(one, {laid.chain for laid in firsts[0]}, {laid.chain for laid in firsts[1]})
    for first in firsts[0]:
        for second in firsts[1]:
            if (first.chain, second.chain) not in touching:
                continue
            taken = {first.chain, second.chain}
            parts = []
            for partner, begin in ((receptor, first), (ligand, second)):
                parts.append(_extended(partner, begin, one, taken, rules))
                taken |= {part.chain for part in parts[-1]}
            key = tuple(tuple(sorted((int(part.own[0]), part.chain) for part in side)) for side in parts)
            if key not in seen:
                seen.add(key)
                yield _template(one, (receptor, ligand), parts)


def _laid(
    partner: Chain, pieces: Iterable[tuple[int, int]], one: Complex, chains: Iterable[int], rules: Rules
) -> list[_Laid]:
    """Align stretches of a partner with chains of a complex, and give those that are homologues."""
    found = []
    for start, end in pieces:
        for number in chains:
            if pairs := _homologous(partner.letters[start:end], one.chains[number].letters, rules.identity):
                own, theirs = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
                found.append(_Laid(number, own + start, theirs))
    return found


@lru_cache(maxsize=100_000)
def _homologous(one: str, other: str, identity: float) -> list[tuple[int, int]]:
    """Align two sequences; empty where they are no homologues, or less alike than asked."""
    if bit_score(one, other) < LEAST_BITS:
        return []
    pairs = aligned(one, other)
    same = sum(one[i] == other[j] for i, j in pairs)
    return pairs if same >= identity * len(pairs) else []


def _touching(one: Complex, firsts: set[int], seconds: set[int]) -> set[tuple[int, int]]:
    """Give pairs of chains, one of each set, that have an atom in contact."""
    trees = {number: cKDTree(one.chains[number].body.coord) for number in firsts | seconds}
    return {
        (i, j)
        for i in firsts
        for j in seconds
        if i != j and trees[i].count_neighbors(trees[j], CONTACT_A) >= FEWEST_CONTACTS
    }


def _extended(partner: Chain, first: _Laid, one: Complex, taken: set[int], rules: Rules) -> list[_Laid]:
    """Look for what a chain leaves of a partner among the other chains of a complex, where they stand as it does."""
    parts, free = [first], [number for number in range(len(one.chains)) if number not in taken]
    quaternion, shift, *_ = overlay(partner.alpha[first.own], one.chains[first.chain].alpha[first.theirs])
    turn = matrix(quaternion)
    while free and (pieces := _pieces(partner, parts)):
        near = []
        for laid in _laid(partner, pieces, one, free, rules):
            there = one.chains[laid.chain].alpha[laid.theirs] @ turn.T + shift
            apart = float(np.sqrt(((there - partner.alpha[laid.own]) ** 2).sum(axis=1).mean()))
            if apart < SAME_PLACE_A:
                near.append((apart, laid.chain, laid))
        if not near:
            break
        parts.append(min(near, key=lambda one: one[:2])[2])
        free.remove(parts[-1].chain)
    return parts


def _pieces(partner: Chain, parts: Sequence[_Laid]) -> list[tuple[int, int]]:
    """Give the stretches of a partner that no chain lies on."""
    covered = np.zeros(len(partner), dtype=bool)
    for start, end in partner.segments:
        for part in parts:
            here = part.own[(part.own >= start) & (part.own < end)]
            if len(here):
                covered[here.min() : here.max() + 1] = True
    found = []
    for start, end in partner.segments:
        steps = np.diff(np.r_[True, covered[start:end], True].astype(int))
        ends = zip(np.flatnonzero(steps == -1) + start, np.flatnonzero(steps == 1) + start, strict=True)
        found += [(int(a), int(b)) for a, b in ends if b - a >= SHORTEST_PIECE]
    return found


def _template(one: Complex, partners: tuple[Chain, Chain], parts: Sequence[Sequence[_Laid]]) -> Template:
    """Put the chains of both sides together."""
    receptor, ligand = (_side(one, partner, side) for partner, side in zip(partners, parts, strict=True))
    return Template(one.entry, one.assembly, one.resolution, receptor, ligand, contacts_between(receptor, ligand))


def _side(one: Complex, partner: Chain, parts: Sequence[_Laid]) -> Side:
    chains = [one.chains[part.chain] for part in parts]
    starts = np.cumsum([0, *(len(chain) for chain in chains)])
    body = chains[0].body
    if len(chains) > 1:
        columns = {
            name: np.concatenate([getattr(chain.body, name) for chain in chains])
            for name in type(body).__dataclass_fields__
        }
        # Two chains may have the same numbers: each gets a letter.
        letters = [chr(ord("A") + number) for number in range(len(chains))]
        columns["chain"] = np.repeat(letters, [len(chain.body) for chain in chains])
        body = replace(body, **columns)
    own = np.concatenate([part.own for part in parts])
    theirs = np.concatenate([part.theirs + start for part, start in zip(parts, starts[:-1], strict=True)])
    joined = Chain(" ".join(chain.name for chain in chains), body)
    same = sum(partner.letters[i] == joined.letters[j] for i, j in zip(own, theirs, strict=True))
    return Side(joined, own, theirs, same / len(own), len(own) / len(partner))
