"""Which pair of a panel a prediction is of, and which of its chains are whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crossdock.docking.backends.cofold.prediction import Prediction
from crossdock.docking.backends.cofold.scores import contacts
from crossdock.docking.matching.decide import Decision, Known, Pair, among
from crossdock.docking.matching.likeness import Likeness, Trace, likeness


@dataclass(frozen=True)
class Partner:
    """A protein of the panel in a prediction.

    Attributes
    ----------
    name : str
    chains : dict of int to int
        Number of the chain in the panel's structure -> number of the chain in the prediction.
    """

    name: str
    chains: Mapping[int, int]


@dataclass(frozen=True)
class Assigned:
    """The chains of a prediction, as a pair of the panel has them."""

    receptor: Partner
    ligand: Partner

    @property
    def pair(self) -> Pair:
        """Names of receptor and ligand."""
        return self.receptor.name, self.ligand.name

    @property
    def used(self) -> frozenset[int]:
        """Numbers of the chains that belong to the pair."""
        return frozenset({*self.receptor.chains.values(), *self.ligand.chains.values()})


class Matcher:
    """Finds the pair of a prediction by the sequences of its chains.

    Parameters
    ----------
    known : Known
        The panel's names, pairs and structures.
    """

    def __init__(self, known: Known) -> None:
        self.known = known
        self._parts = {name: parts_of(trace) for name, trace in known.traces.items()}

    def decide(self, prediction: Prediction, words: str) -> Decision:
        """Find the pair that a prediction is of.

        Parameters
        ----------
        prediction : Prediction
        words : str
            Names of its files and folders.

        Returns
        -------
        Decision
        """
        chains = _Chains(prediction, self._parts)
        assigned = {pair: found for pair in self.known.pairs if (found := chains.assign(pair))}
        named = self.known.named_in(words)
        if not assigned:
            return self._unknown(chains)
        covered = {pair: chains.size(one.used) for pair, one in assigned.items()}
        fits = [pair for pair in assigned if covered[pair] == max(covered.values())]
        # Where each protein is once the receptor, a prediction is of both orders.
        fits = [pair for at, pair in enumerate(fits) if pair[::-1] not in fits[:at]]
        others = [pair for pair in assigned if assigned[pair].used != assigned[fits[0]].used]
        if others:
            what = "; ".join(f"chain {chains.names[at]}: {chains.said(at)}" for at in range(len(chains.names)))
            reason = f"it has chains of more than one pair of the panel ({what})"
            return Decision("doubtful", [*fits, *(one for one in others if one not in fits)], reason=reason)
        sides: list[dict[str, Likeness]] = [{}, {}]
        for pair in fits:
            for side, partner in enumerate((assigned[pair].receptor, assigned[pair].ligand)):
                part = chains.joined(sorted(partner.chains.values()))
                sides[side][partner.name] = likeness(part, self.known.traces[partner.name])
        return among(fits, sides, named, docked=False)

    def assign(self, prediction: Prediction, pair: Pair) -> Assigned | None:
        """Give the chains of a pair in a prediction; None where it is not of that pair."""
        return _Chains(prediction, self._parts).assign(pair)

    def _unknown(self, chains: _Chains) -> Decision:
        """Say what is known of a prediction that is of no pair."""
        said = [
            f"chain {name} ({chains.size([at])} residues): {chains.said(at)}" for at, name in enumerate(chains.names)
        ]
        missing = sorted({name for pair in self.known.pairs for name in pair} - self.known.traces.keys())
        reason = "; ".join(said)
        if len(chains.names) < 2:
            return Decision("other", [], reason=f"{reason}; a pair needs two chains")
        if missing:
            some = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
            reason += (
                f"; the structures of {some} are not here yet: start `crossdock run --until fetch`, then import again"
            )
            return Decision("doubtful", [], reason=reason)
        if all(chains.same(at) for at in range(len(chains.names))):
            reason += "; these are not a pair of this panel"
        return Decision("other", [], reason=reason)


class _Chains:
    """The chains of a prediction, and which chains of the panel each is like."""

    def __init__(self, prediction: Prediction, parts: Mapping[str, Sequence[Trace]]) -> None:
        self._prediction, self._parts = prediction, parts
        self.names = prediction.chains
        self._traces = [Trace.of(prediction.body[prediction.body.chain == name]) for name in self.names]
        self._likeness: dict[tuple[int, str, int], Likeness] = {}

    def size(self, which: Sequence[int] | frozenset[int]) -> int:
        """Count the residues of chains."""
        return sum(len(self._traces[at]) for at in which)

    def joined(self, which: Sequence[int]) -> Trace:
        """Give several chains as one trace."""
        traces = [self._traces[at] for at in which]
        places = [place for trace in traces for place in trace.places]
        return Trace(places, "".join(one.letters for one in traces), np.concatenate([one.coord for one in traces]))

    def like(self, at: int, name: str, part: int) -> Likeness:
        """Compare a chain with one of the panel's structure of a protein."""
        key = (at, name, part)
        if key not in self._likeness:
            self._likeness[key] = likeness(self._traces[at], self._parts[name][part])
        return self._likeness[key]

    def same(self, at: int) -> list[str]:
        """List the proteins of the panel of which a chain is one."""
        return [
            name
            for name, parts in self._parts.items()
            if any(self.like(at, name, k).is_same for k in range(len(parts)))
        ]

    def said(self, at: int) -> str:
        """Say what a chain is."""
        if same := self.same(at):
            return f"sequence of {' or '.join(same)}"
        best = max(
            ((self.like(at, name, k), name) for name, parts in self._parts.items() for k in range(len(parts))),
            key=lambda one: one[0].same,
            default=None,
        )
        if best is None or not best[0].is_similar:
            return "sequence of no protein of the panel"
        found, name = best
        return f"similar to {name} ({100 * found.identity:.0f} % of {len(found.pairs)} aligned residues are the same)"

    def assign(self, pair: Pair) -> Assigned | None:
        """Give each protein of a pair its chains; None where one of them has none."""
        tries = []
        for first in (0, 1):
            order = (pair[first], pair[1 - first])
            one = self._partner(order[0], set(), set())
            other = self._partner(order[1], set(one.chains.values()), set(one.chains.values()))
            if one.chains and other.chains:
                tries.append(Assigned(one, other) if first == 0 else Assigned(other, one))
        return max(tries, key=lambda one: self.size(one.used), default=None)

    def _partner(self, name: str, taken: set[int], beside: set[int]) -> Partner:
        """Give a protein its chains: the likest; of equal ones, the one with most contacts to its partner."""
        found: dict[int, int] = {}
        parts = self._parts.get(name, [])
        for part in sorted(range(len(parts)), key=lambda k: -len(parts[k])):
            free = [at for at in range(len(self.names)) if at not in taken | set(found.values())]
            fits = [at for at in free if self.like(at, name, part).is_same]
            if fits:
                found[part] = max(
                    fits, key=lambda at: (self.like(at, name, part).same, self._touching(at, beside), -at)
                )
        return Partner(name, dict(sorted(found.items())))

    def _touching(self, at: int, beside: set[int]) -> int:
        return sum(self._contacts[at, other] for other in beside)

    @cached_property
    def _contacts(self) -> dict[tuple[int, int], int]:
        one = self._prediction
        places = [one.center[one.residues(at)] for at in range(len(self.names))]
        return {
            (i, j): int(contacts(places[i], places[j]).sum()) if i != j else 0
            for i in range(len(places))
            for j in range(len(places))
        }


def parts_of(trace: Trace) -> list[Trace]:
    """Give the chains of a trace, one by one."""
    return [
        Trace(trace.places[start : start + len(letters)], letters, trace.coord[start : start + len(letters)])
        for start, letters in trace.chains
    ]
