"""Which pair of the panel a job is: by the sequences in its models, then by coordinates, then by names."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from crossdock.docking.matching.likeness import Likeness, Trace, likeness

#: RMSD in angstrom below which a receptor is where the panel's structure has it; the server only minimises it.
IN_PLACE_A = 3.0
#: By how much two proteins must differ in the aligned part of the larger to be told apart by their lengths.
LENGTHS = 0.05

Pair = tuple[str, str]


@dataclass(frozen=True)
class Decision:
    """What a job is.

    Attributes
    ----------
    status : {"sure", "doubtful", "other"}
        `other`: it is no pair of the panel.
    candidates : list of (str, str)
        Pairs (receptor, ligand) that it can be; one where it is sure.
    swapped : bool
        Whether the panel's ligand was the receptor on the server.
    evidence : str
        What decided.
    reason : str
        Why it is not sure, or what contradicts.
    """

    status: str
    candidates: list[Pair]
    swapped: bool = False
    evidence: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Known:
    """What is known of the panel.

    Attributes
    ----------
    traces : mapping of str to Trace
        By name, for the proteins whose structures are at hand.
    names : mapping of str to collection of str
        Name -> everything that it may be called in the name of a file.
    pairs : sequence of (str, str)
        (receptor, ligand).
    """

    traces: Mapping[str, Trace]
    names: Mapping[str, Collection[str]]
    pairs: Sequence[Pair]

    def named_in(self, words: str) -> list[str]:
        """List the proteins that a text names, the ones with longer names first taken out of it."""
        tokens = f" {' '.join(re.findall(r'[a-z0-9]+', words.lower()))} "
        spelled = sorted(
            ((token, name) for name, others in self.names.items() for other in others if (token := _pattern(other))),
            key=lambda one: -len(one[0]),
        )
        found: list[str] = []
        for pattern, name in spelled:
            if name not in found and re.search(pattern, tokens):
                found.append(name)
                tokens = re.sub(pattern, "  ", tokens)
        return found


def decide(receptor: Trace, ligand: Trace, known: Known, words: str) -> Decision:
    """Find the pair that a job is.

    Parameters
    ----------
    receptor, ligand : Trace
        Of the first model.
    known : Known
    words : str
        Names of its files and folders.

    Returns
    -------
    Decision
    """
    sides = [{name: likeness(part, trace) for name, trace in known.traces.items()} for part in (receptor, ligand)]
    named = known.named_in(words)
    for swapped in (False, True):
        fixed, moving = reversed(sides) if swapped else sides
        fits = [(r, one) for r, one in known.pairs if _same(fixed.get(r)) and _same(moving.get(one))]
        if fits:
            return among(fits, (fixed, moving), named, swapped=swapped)
    return _unknown(sides, (len(receptor), len(ligand)), known, named)


def _same(found: Likeness | None) -> bool:
    return bool(found and found.is_same)


def among(
    fits: list[Pair],
    sides: Sequence[dict[str, Likeness]],
    named: list[str],
    *,
    swapped: bool = False,
    docked: bool = True,
) -> Decision:
    """Choose among pairs of which every partner has the sequence of its part of the model.

    Parameters
    ----------
    fits : list of (str, str)
    sides : sequence of dict of str to Likeness
        Of receptors and ligands, by name.
    named : list of str
        What names of files and folders say.
    swapped : bool
        Whether the panel's ligand was the receptor.
    docked : bool
        Whether the model was made from a structure, whose position, shape and numbers then tell too.

    Returns
    -------
    Decision
    """
    chosen: list[list[str]] = []
    decided = []
    for side, place in enumerate(("receptor", "ligand")):
        found = {name: sides[side][name] for name in dict.fromkeys(pair[side] for pair in fits)}
        names, how = _narrowed(found, named, fixed=(side == 0) != swapped, docked=docked)
        chosen.append(names)
        one = found[names[0]]
        text = f"{place}: {one.same} of {len(one.part)} residues"
        decided.append(text + (f" (of {len(one.protein)} in the panel)" if len(one.protein) != len(one.part) else ""))
        decided[-1] += "".join(f"; {step}" for step in how)
    left = [pair for pair in fits if pair[0] in chosen[0] and pair[1] in chosen[1]]
    evidence = "sequence of " + "; of ".join(decided)
    if len(left) != 1:
        open_sides = [names for names in chosen if len(names) > 1] or chosen
        alike = "; ".join(" and ".join(names) for names in open_sides)
        tell = (
            "neither coordinates nor names tell which was docked"
            if docked
            else "no name of a file or folder tells more"
        )
        reason = f"{alike} have the same sequence, and {tell}"
        return Decision("doubtful", left or fits, swapped, evidence, reason)
    reason = ""
    if others := [name for name in named if name not in left[0]]:
        reason = f"a file or folder of this job is named after {', '.join(others)}, but the sequences are of this pair"
    return Decision("sure", left, swapped, evidence, reason)


def _narrowed(
    found: dict[str, Likeness], named: list[str], *, fixed: bool, docked: bool
) -> tuple[list[str], list[str]]:
    """Leave out proteins step by step until one is left; say which steps decided."""
    steps: list[tuple[str, Callable[[dict[str, Likeness]], list[str]]]] = [
        ("fewest differing residues", _fewest_differences),
        ("length", _nearest_length),
    ]
    if docked and fixed:
        steps.append(("the receptor's position", _in_place))
    if docked:
        steps.append(("the backbone's shape", _nearest_shape))
        steps.append(("chain letters and residue numbers", _same_numbers))
    steps.append(
        ("the name of the file or folder", lambda left: [name for name in left if name in named] or list(left))
    )
    left, how = dict(found), []
    for what, step in steps:
        if len(left) == 1:
            break
        kept = step(left)
        if len(kept) < len(left):
            others = [name for name in left if name not in kept]
            how.append(f"{what} tells {kept[0]} from {', '.join(others)}".replace("residues tells", "residues tell"))
            left = {name: left[name] for name in kept}
    return list(left), [one.replace("numbers tells", "numbers tell") for one in how]


def _fewest_differences(left: dict[str, Likeness]) -> list[str]:
    differing = {name: len(one.pairs) - one.same for name, one in left.items()}
    return [name for name in left if differing[name] == min(differing.values())]


def _nearest_length(left: dict[str, Likeness]) -> list[str]:
    best = max(one.overlap for one in left.values())
    return [name for name, one in left.items() if one.overlap >= best - LENGTHS]


def _in_place(left: dict[str, Likeness]) -> list[str]:
    apart = {name: one.apart[0] for name, one in left.items()}
    best = min(apart.values())
    return [name for name in left if best > IN_PLACE_A or apart[name] <= max(2 * best, IN_PLACE_A / 3)]


def _nearest_shape(left: dict[str, Likeness]) -> list[str]:
    apart = {name: one.apart[1] for name, one in left.items()}
    return [name for name in left if apart[name] <= 2 * min(apart.values()) + 0.1]


def _same_numbers(left: dict[str, Likeness]) -> list[str]:
    best = max(one.numbered for one in left.values())
    return [name for name, one in left.items() if one.numbered >= best - 0.5]


def _unknown(sides: Sequence[dict[str, Likeness]], sizes: tuple[int, int], known: Known, named: list[str]) -> Decision:
    """Say what is known of a job whose sequences are not those of a pair."""
    missing = sorted({name for pair in known.pairs for name in pair} - known.traces.keys())
    same = [[name for name, one in side.items() if one.is_same] for side in sides]
    alike = [same[at] or [name for name, one in side.items() if one.is_similar] for at, side in enumerate(sides)]
    said = [_said(place, sizes[at], same[at], alike[at], sides[at]) for at, place in enumerate(("receptor", "ligand"))]
    allowed = [set(alike[at]) | (set() if same[at] else set(missing)) for at in (0, 1)]
    direct = [(r, one) for r, one in known.pairs if r in allowed[0] and one in allowed[1]]
    swapped = [(r, one) for r, one in known.pairs if r in allowed[1] and one in allowed[0]]
    candidates, turned = (direct, False) if direct else (swapped, True)
    counts = {pair: sum(name in named for name in pair) for pair in candidates}
    by_name = [pair for pair in candidates if counts[pair] == max(counts.values()) > 0]
    candidates = by_name or candidates
    reason = "; ".join(said)
    if not candidates:
        if same[0] and same[1]:
            reason += "; these two are not a pair of this panel"
        return Decision("other", [], reason=reason)
    if unread := [name for name in missing if any(name in pair for pair in candidates)]:
        some = ", ".join(unread[:5]) + (" ..." if len(unread) > 5 else "")
        reason += (
            f"; the structures of {some} are not downloaded yet: start `crossdock run --until fetch`, then import again"
        )
    evidence = "the name of the file or folder" if by_name else ""
    return Decision("doubtful", candidates, turned, evidence, reason)


def _said(place: str, size: int, same: list[str], alike: list[str], side: dict[str, Likeness]) -> str:
    """Say what one part of the model is."""
    part = f"{place} part ({size} residues)"
    if same:
        return f"{part}: sequence of {' or '.join(same)}"
    if not alike:
        return f"{part}: sequence of no protein of the panel"
    best = sorted(alike, key=lambda name: -side[name].same)
    some = ", ".join(
        f"{name} ({100 * side[name].identity:.0f} % of {len(side[name].pairs)} aligned residues are the same)"
        for name in best[:3]
    )
    return f"{part}: similar to {some}"


def _pattern(name: str) -> str | None:
    """Write a name as a pattern: its letters and digits, with blanks allowed wherever other characters may be."""
    pieces = re.findall(r"[a-z]+|[0-9]+", name.lower())
    return rf"(?<= ){' ?'.join(pieces)}(?= )" if sum(map(len, pieces)) > 1 else None
