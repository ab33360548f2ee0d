"""What public databases say of a panel, asked once and kept: the step `crossdock evidence`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from crossdock.analysis.evidence import (
    AssociationsRecord,
    EvidenceRecord,
    InteractionsRecord,
    MemberRecord,
    SiteRecord,
    dates_of,
)
from crossdock.entries.annotation import Annotation, annotation_of, now
from crossdock.entries.associations import associations_between, ids_of, version_of
from crossdock.entries.download import Getter, UnavailableError
from crossdock.entries.identity import ChainRecord
from crossdock.entries.interactions import Asked, pair_of, recorded_between
from crossdock.errors import InputError
from crossdock.panel.accession import current, is_accession
from crossdock.panel.panel import Panel
from crossdock.records import read_record, write_record
from crossdock.structures.record import ProteinRecord, read_protein

#: How many accessions of both sides go into one request.
BLOCK = (25, 40)
#: Seconds after which a site is left alone, with the rest for the next run.
MOST_SECONDS = 600.0

_TIMEOUT_S, _RETRIES, _MOST_BYTES = (4.0, 30.0), 2, 50_000_000
_Kept = TypeVar("_Kept")
_Pairs = Collection[tuple[str, str]]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Annotations:
    """What UniProt has answered, as it is kept."""

    annotations: dict[str, Annotation]


def evidence(
    panel: Panel, *, results: str | Path = "results", kept: str | Path = "resources/evidence"
) -> EvidenceRecord:
    """Ask UniProt, IntAct and STRING about the proteins and pairs of a panel.

    Parameters
    ----------
    panel : Panel
    results : str or Path
        The folder of the run, with protein.json of each protein.
    kept : str or Path
        The folder of what was asked before, ``uniprot.json``, ``intact.json`` and ``string.json``. Only what is not
        there is asked; answers are added, also those before a failure.

    Returns
    -------
    EvidenceRecord

    Raises
    ------
    InputError
        If a protein.json is missing or broken. A site that cannot be reached is no error: the record says so.
    """
    records = [(read_protein(panel.proteins_in(results) / one.name / "protein.json"), one) for one in panel.proteins]
    named = {one.name: accessions_of(record, one.uniprot) for record, one in records}
    asking = _Asking(panel, Path(kept))
    answers = asking.uniprot(list(dict.fromkeys(accession for found in named.values() for accession in found)))
    # The others know a protein by the accession that it has today.
    today = {accession: one.current for accession, one in answers.items() if one.current}
    annotations = {today.get(accession, accession): one for accession, one in answers.items()}
    named = {name: tuple(dict.fromkeys(today.get(one, one) for one in found)) for name, found in named.items()}
    taxids = {today.get(one, one): taxid for record, _ in records for one, taxid in _taxids(record.chains)}
    taxids |= {accession: one.taxid for accession, one in annotations.items() if one.taxid}
    taxids = {one: taxids[one] for found in named.values() for one in found if one in taxids}
    pairs = {pair_of(a, b): (a, b) for one, other in panel.docked for a in named[one.name] for b in named[other.name]}
    interactions = asking.intact(list(pairs.values()))
    associations = asking.string(list(pairs.values()), taxids)
    members = tuple(MemberRecord(one.name, one.label or one.name, named[one.name], one.gene) for one in panel.proteins)
    return EvidenceRecord(tuple(asking.sites), members, annotations, taxids, interactions, associations)


def accessions_of(record: ProteinRecord, expected: str | None) -> tuple[str, ...]:
    """Give the UniProt accessions of what was docked as a protein.

    Parameters
    ----------
    record : ProteinRecord
    expected : str or None
        Accession in the config.

    Returns
    -------
    tuple of str
        One of each docked chain: the expected one where it is among the chain's, which leaves fusion partners out, else
        that of the longest stretch; chains of the selection first. Where their records name none, the expected one,
        unless the sequence says that it is another protein.
    """
    named = (current(one) for one in (record.identity.expected, expected) if one and is_accession(one))
    wanted = next(named, None)
    first = [chain for chain in record.chains if chain.kept and chain.chain in record.selection.chains]
    others = [chain for chain in record.chains if chain.kept and chain not in first]
    own = [one for chain in first if (one := _accession_of(chain, wanted))]
    own = own or [current(one) for one in record.identity.found if is_accession(one)]
    if not own and wanted and record.identity.verdict != "mismatch":
        own = [wanted]
    own += [one for chain in others if (one := _accession_of(chain, wanted))]
    return tuple(sorted(dict.fromkeys(own), key=lambda one: one != wanted))


def _accession_of(chain: ChainRecord, wanted: str | None) -> str | None:
    spans: dict[str, int] = {}
    for one in chain.accessions:
        if is_accession(one.accession):
            span = one.end - one.start + 1 if one.start is not None and one.end is not None else 0
            spans[current(one.accession)] = spans.get(current(one.accession), 0) + span
    if wanted in spans:
        return wanted
    return max(spans, key=lambda one: spans[one], default=None)


def _taxids(chains: Iterable[ChainRecord]) -> Iterator[tuple[str, int]]:
    """Give the organisms of accessions by an entry's records, where a chain has one accession alone."""
    for chain in chains:
        accessions = {current(one.accession) for one in chain.accessions}
        if chain.taxid and len(accessions) == 1:
            yield accessions.pop(), chain.taxid


class _Asking:
    """One run of asking: what is kept is read and added to, and what became of each site is written down.

    Parameters
    ----------
    panel : Panel
    kept : Path
    """

    def __init__(self, panel: Panel, kept: Path) -> None:
        self._bases = {name: str(panel.evidence[name]).rstrip("/") for name in ("uniprot", "intact", "string")}
        self._off = _why_off(panel)
        self._kept = kept
        self.sites: list[SiteRecord] = []

    def uniprot(self, accessions: Sequence[str]) -> dict[str, Annotation]:
        """Give what UniProt says of accessions, those that it has answered for."""
        found = dict(self._read("uniprot", Annotations, Annotations({})).annotations)

        def ask(base: str, getter: Getter) -> Iterator[None]:
            for accession in accessions:
                if accession not in found:
                    found[accession] = annotation_of(accession, base, getter)
                    yield

        nothing = "" if accessions else "no protein has a known accession"
        self._ask(
            "uniprot", nothing, lambda: sum(one not in found for one in accessions), ask, lambda: Annotations(found)
        )
        return {one: found[one] for one in accessions if one in found}

    def intact(self, pairs: _Pairs) -> InteractionsRecord:
        """Give what IntAct says of pairs of accessions."""
        record = self._read("intact", InteractionsRecord, InteractionsRecord())

        def ask(base: str, getter: Getter) -> Iterator[None]:
            nonlocal record
            for first, second in blocks(_unasked(pairs, record.asked)):
                found = recorded_between(first, second, base, getter)
                record = replace(
                    record, asked=(*record.asked, Asked(now(), first, second)), found=(*record.found, *found)
                )
                yield

        nothing = "" if pairs else "no pair has known accessions"
        self._ask("intact", nothing, lambda: len(_unasked(pairs, record.asked)), ask, lambda: record)
        wanted = {pair_of(*pair) for pair in pairs}
        found = tuple(one for one in record.found if (one.a, one.b) in wanted)
        return InteractionsRecord(_restricted(record.asked, pairs), found)

    def string(self, pairs: _Pairs, taxids: dict[str, int]) -> AssociationsRecord:
        """Give what STRING says of pairs of accessions of one organism."""
        record = self._read("string", AssociationsRecord, AssociationsRecord())
        pairs = [(a, b) for a, b in pairs if a != b and a in taxids and taxids[a] == taxids.get(b)]
        accessions = list(dict.fromkeys(one for pair in pairs for one in pair))

        def open_pairs() -> list[tuple[str, str]]:
            known = [pair for pair in pairs if all(record.ids.get(one, "") is not None for one in pair)]
            return _unasked(known, record.asked)

        def ask(base: str, getter: Getter) -> Iterator[None]:
            nonlocal record
            version = version_of(base, getter)
            # Scores of two versions are not to be compared; those of an earlier one are asked for anew.
            record = replace(record if record.version == version else AssociationsRecord(), version=version)
            for taxid in dict.fromkeys(taxids[one] for one in accessions):
                unnamed = [one for one in accessions if taxids[one] == taxid and one not in record.ids]
                for names in _chunks(unnamed, sum(BLOCK)):
                    record = replace(record, ids=record.ids | ids_of(names, taxid, base, getter))
                    yield
                names_of = {one: name for one, name in record.ids.items() if name}
                for first, second in blocks([pair for pair in open_pairs() if taxids[pair[0]] == taxid]):
                    sides = [{one: names_of[one] for one in side} for side in (first, second)]
                    found = associations_between(sides[0], sides[1], taxid, base, getter)
                    asked = Asked(now(), first, second)
                    record = replace(record, asked=(*record.asked, asked), found=(*record.found, *found))
                    yield

        nothing = "" if pairs else "no pair is of two proteins that are known to be of one organism"
        self._ask("string", nothing, lambda: len(open_pairs()), ask, lambda: record)
        wanted = {pair_of(*pair) for pair in pairs}
        return AssociationsRecord(
            record.version,
            _restricted(record.asked, pairs),
            tuple(one for one in record.found if (one.a, one.b) in wanted),
            {one: record.ids[one] for one in accessions if one in record.ids},
        )

    def _ask(
        self,
        name: str,
        nothing: str,
        missing: Callable[[], int],
        ask: Callable[[str, Getter], Iterator[None]],
        answers: Callable[[], Annotations | InteractionsRecord | AssociationsRecord],
    ) -> None:
        """Ask a site what is missing, keep what it answers, and note what became of it.

        Parameters
        ----------
        name : str
        nothing : str
            Why there is nothing to ask; empty where there is something.
        missing : callable
            Counts what has no answer yet.
        ask : callable
            Asks for all of it at a base URL, and pauses after each answer.
        answers : callable
            Gives all answers, as they are kept.
        """
        why = nothing or self._off or ("" if self._bases[name] else "the config leaves it out")
        state: Literal["asked", "not-reached", "not-asked"] = "not-asked"
        if missing() and not why:
            state, why = "not-reached", self._failure(name, ask, answers)
        if not nothing and not missing():
            state, why = "asked", ""
        version = getattr(answers(), "version", None)
        self.sites.append(SiteRecord(name, self._bases[name], state, why or None, missing(), version))

    def _failure(
        self,
        name: str,
        ask: Callable[[str, Getter], Iterator[None]],
        answers: Callable[[], Annotations | InteractionsRecord | AssociationsRecord],
    ) -> str:
        """Ask a site until all is answered or it fails, and keep what it answered; give why it failed."""
        end, some = time.monotonic() + MOST_SECONDS, False
        try:
            with Getter(_TIMEOUT_S, _RETRIES, _MOST_BYTES, silent_retries=0) as getter:
                for _ in ask(self._bases[name], getter):
                    some = True
                    if time.monotonic() > end:
                        raise UnavailableError(f"it took longer than {MOST_SECONDS:.0f} s; the next run asks the rest")
        except UnavailableError as error:
            _log.warning(f"{name} ({self._bases[name]}): {error}")
            return str(error)
        finally:
            if some:
                write_record(self._kept / f"{name}.json", answers())
        return ""

    def _read(self, name: str, kind: type[_Kept], otherwise: _Kept) -> _Kept:
        """Read what a site answered before; a file that cannot be read holds nothing."""
        path = self._kept / f"{name}.json"
        try:
            return read_record(path, kind, "crossdock evidence") if path.is_file() else otherwise
        except InputError as error:
            _log.warning(f"{path}: {error.what}; it is asked anew")
            return otherwise


def _why_off(panel: Panel) -> str:
    """Say why nothing is asked; empty where it is."""
    if not panel.evidence["ask"]:
        return "the config says `evidence: {ask: false}`"
    return "the config says `entries: {offline: true}`" if panel.entries["offline"] else ""


def blocks(pairs: _Pairs, most: tuple[int, int] = BLOCK) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Put pairs together so that each of a block's first is to be asked about with each of its second.

    Parameters
    ----------
    pairs : collection of (str, str)
    most : tuple of int
        Accessions of both sides that a block has at most.

    Returns
    -------
    list of (tuple of str, tuple of str)
        Each pair is in one block, and no other pair is in any.
    """
    partners: dict[str, dict[str, None]] = {}
    for first, second in pairs:
        partners.setdefault(second, {})[first] = None
    alike: dict[tuple[str, ...], list[str]] = {}
    for second, firsts in partners.items():
        alike.setdefault(tuple(firsts), []).append(second)
    return [
        (tuple(one), tuple(other))
        for firsts, seconds in alike.items()
        for one in _chunks(firsts, most[0])
        for other in _chunks(seconds, most[1])
    ]


def _chunks(names: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    return (names[at : at + most] for at in range(0, len(names), most))


def _unasked(pairs: _Pairs, asked: Iterable[Asked]) -> list[tuple[str, str]]:
    known = dates_of(asked)
    return [pair for pair in pairs if pair_of(*pair) not in known]


def _restricted(asked: Iterable[Asked], pairs: _Pairs) -> tuple[Asked, ...]:
    """Leave out of what was asked the accessions that the panel does not have, and repetitions."""
    used = {one for pair in pairs for one in pair}
    made = (
        Asked(one.date, tuple(a for a in one.first if a in used), tuple(b for b in one.second if b in used))
        for one in asked
    )
    return tuple(dict.fromkeys(one for one in made if one.first and one.second))
