"""A row of a new panel for each name: which protein, which structure, which part of it, and what is to be decided."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crossdock.entries.choice import write_choice
from crossdock.entries.identity import ChainRecord, model_named
from crossdock.entries.lookup import Candidate
from crossdock.entries.models import short_name, stem_of
from crossdock.entries.names import Name
from crossdock.entries.numbering import author_ranges
from crossdock.entries.sources import fetch, fetched
from crossdock.entries.suggest import Suggestions, suggest
from crossdock.entries.topology import Part, part_of
from crossdock.entries.uniprot import Match
from crossdock.errors import CrossdockError, InputError, SourceError, cut
from crossdock.files import write_text
from crossdock.panel.accession import current
from crossdock.panel.drafts import Draft
from crossdock.panel.proteins import Entry, Protein, entry_of_accession, parse_entry
from crossdock.steps.cells import alike, choices, of_fragment, reason, sentence, several, to_try, uniprot_cells, within
from crossdock.steps.lookup import Found, words_of
from crossdock.structures.prepare import Contents, inspect, prepare

# Failures after which the sites of structures are not asked any more.
_MOST_SILENT = 2


@dataclass(frozen=True)
class _Meant:
    """The protein that a name means; `match` is None where UniProt could not say."""

    match: Match | None = None
    accession: str = ""
    decide: str = ""


class Drafting:
    """Makes rows, one after the other.

    Parameters
    ----------
    folder : Path
        Of the panel; entries are brought into its ``resources/``.
    taxid : int
        Organism that was asked for.
    sites : mapping
        Keys of the config's `entries`.
    found : Found
    """

    def __init__(self, folder: Path, taxid: int, sites: Mapping[str, Any], found: Found) -> None:
        self._folder, self._taxid, self._found = folder, taxid, found
        self._sites = {site: url for site, url in sites.items() if site != "offline"}
        self._offline, self._silent = bool(sites.get("offline")), 0
        self.notes: list[str] = []

    def draft(self, name: Name) -> Draft:
        """Make the row of a name; what keeps it from being ready stands under `decide`."""
        try:
            if name.kind == "unclear":
                row = Draft(name.text, {"name": stem_of(name.text) or "unclear", "decide": sentence(name)})
            elif name.kind == "file":
                row = self._of_file(name)
            elif name.kind == "pdb":
                row = self._of_entry(name)
            else:
                row = self._of_protein(name)
        except CrossdockError as error:
            row = Draft(name.text, {"name": name.value or name.text, "decide": reason(error)})
        where = (f"from {name.where}",) if name.where else ()
        return replace(row, source=name.text or name.where, remarks=(*where, *name.remarks, *row.remarks))

    # --- names of proteins

    def _meant(self, name: Name) -> _Meant:
        known = self._found
        own = known.accessions.get(name.value) or known.names.get(name.value)
        genes = known.symbols.get(name.value, [])
        if name.sequence and (same := known.match_of_sequence([name.value], name.sequence)):
            return _Meant(same, same.accession)
        if own and genes and all(one.accession != own.accession for one in genes):
            return _Meant(decide=choices(name.text, [own, *genes]))
        if name.sequence and not own and genes:
            what = f"the sequence of {name.text} is not that of {genes[0]}"
            return _Meant(decide=f"{what}; write the accession of the protein into `uniprot`")
        if own or len(genes) == 1:
            match = own or genes[0]
            return _Meant(match, match.accession)
        if genes:
            return _Meant(decide=choices(name.text, genes))
        if known.notes and name.kind != "symbol":
            return _Meant(accession=name.value if name.kind != "entry name" else "")
        if known.notes:
            return _Meant(decide="UniProt could not be asked; write the accession of the protein into `uniprot`")
        if name.sequence:
            what = "the header of the sequence names no protein that UniProt has"
            return _Meant(
                decide=f"{what}; search it (https://www.uniprot.org/blast) and write its accession into `uniprot`"
            )
        if similar := known.similar.get(name.value):
            return _Meant(decide=choices(name.text, similar))
        what = f"UniProt has no entry for {name.text} in the organism {self._taxid}"
        return _Meant(decide=f"{what}; correct the name, or write an accession into `uniprot` or an `entry`")

    def _of_protein(self, name: Name) -> Draft:
        meant = self._meant(name)
        keys = {"name": name.text} if name.kind == "symbol" and name.text else {"name": name.value or "sequence"}
        if meant.decide:
            if name.kind == "symbol" and len(name.value.split()) == 1:
                keys["gene"] = name.value
            return Draft(name.text, keys | {"decide": meant.decide})
        filled, part, remarks = uniprot_cells(meant.match), Part(), []
        if meant.match:
            keys |= filled | ({} if name.kind == "symbol" else {"name": filled.get("gene", meant.accession)})
            part = of_fragment(part_of(meant.match.annotation), name.sequence, meant.match.sequence)
            remarks += [str(meant.match.annotation.name)] if meant.match.annotation.name else []
            remarks += [f"UniProt: {part.words}"] if part.words else []
            if (taxid := meant.match.annotation.taxid) and taxid != self._taxid:
                remarks.append(f"of {meant.match.annotation.organism}, not of the organism that was asked for")
        else:
            keys |= {"uniprot": meant.accession} if meant.accession else {}
            remarks.append("UniProt could not be asked, so the gene and the part of the protein are not filled in")
            if not meant.accession:
                what = "UniProt could not be asked; write the accession of the protein into `uniprot`"
                return Draft(name.text, keys | {"decide": what}, tuple(remarks))
        if name.kind == "alphafold":
            candidate = Candidate(f"alphafold:{keys['uniprot']}", ("A",), 1, 1, 1.0, "predicted")
            return self._chosen(keys, part, Suggestions(keys["uniprot"], None, (candidate,)), remarks, named=True)
        try:
            found = self._suggested(keys["uniprot"], part.residues)
        except SourceError as error:
            residues = {"residues": f"{part.residues[0]}-{part.residues[1]}"} if part.residues else {}
            remarks.append(f"{cut(error.what, 300)}; the run chooses a structure")
            remarks += ["`residues` are UniProt numbers, as there is no `entry` yet"] if residues else []
            return Draft(name.text, keys | residues, tuple(remarks))
        return self._chosen(keys, part, found, remarks)

    def _suggested(self, accession: str, residues: tuple[int, int] | None) -> Suggestions:
        if self._offline or self._silent >= _MOST_SILENT:
            raise SourceError(
                "structures were not looked up" + (", as their sites do not answer" * (not self._offline))
            )
        try:
            found = suggest(accession, residues=residues, sites=self._sites, retries=1)
        except SourceError as error:
            self._silent += 1
            self.notes.append(" ".join(error.what.split()))
            raise
        self._silent = 0
        return found

    # --- structures

    def _chosen(
        self, keys: dict[str, str], part: Part, found: Suggestions, remarks: list[str], *, named: bool = False
    ) -> Draft:
        """Take the first candidate that can be made ready."""
        failed: list[str] = []
        for candidate in to_try(found.candidates):
            try:
                entry = parse_entry(candidate.entry)
                path = self._brought(entry)
                row = self._selected(
                    keys | {"entry": candidate.entry}, path, part, entry, sequence=self._sequence(keys)
                )
            except SourceError as error:
                residues = {"residues": f"{part.residues[0]}-{part.residues[1]}"} if part.residues else {}
                if named:
                    return Draft("", keys | {"entry": candidate.entry} | residues, (*remarks, cut(error.what, 300)))
                self._record(found, candidate, part)
                why = f"{candidate.entry} was chosen but not downloaded: {cut(error.what, 300)}"
                return Draft("", keys | residues, (*remarks, f"{why}. `residues` are UniProt numbers"))
            except InputError as error:
                failed.append(f"{candidate.entry} was passed over: {cut(error.what, 200)}")
                continue
            if not named:
                self._record(found, candidate, part)
                n = len(found.candidates)
                counted = f"{n} structure{'s' if n != 1 else ''}"
                date = datetime.now(UTC).strftime("%Y-%m-%d")
                listed = f"chosen on {date} of {counted} that PDBe, RCSB and AlphaFold DB list"
                row.keys["note"] = f"{listed}: {candidate.description()}"
            others = [one.entry for one in found.candidates if one.entry != candidate.entry][:6]
            said = [f"also in the entry: {'; '.join(candidate.others)}"] if candidate.others else []
            said += [f"other structures: {', '.join(others)}"] if others else []
            return replace(row, remarks=(*remarks, *row.remarks, *said, *failed, *found.notes))
        what = "none of its best structures can be used; write another `entry`, and its `chains`"
        return Draft("", keys | {"decide": f"{what} ({'; '.join(failed)})"}, tuple(remarks))

    def _record(self, found: Suggestions, candidate: Candidate, part: Part) -> None:
        """Record the choice where the run looks for it, with what there was to choose from."""
        others = [one for one in found.candidates if one is not candidate]
        choice = entry_of_accession(found.accession, part.residues).choice
        write_choice(self._folder / "resources/entries" / str(choice), replace(found, candidates=(candidate, *others)))

    def _brought(self, entry: Entry) -> Path:
        folder = self._folder / "resources/entries"
        if (path := fetched(entry, folder)) is None:
            if self._offline and entry.remote:
                raise SourceError("offline: the entry was not downloaded")
            path = folder / entry.filename
            fetch(entry, path, sites=self._sites, retries=1)
        return path

    def _selected(
        self,
        keys: dict[str, str],
        path: Path,
        part: Part,
        entry: Entry,
        chains: Sequence[str] = (),
        sequence: Path | None = None,
    ) -> Draft:
        """Fill in chains, residues and membrane, all of them tried on the entry itself."""
        organism = {"organism": int(keys["organism"])} if "organism" in keys else {"organism": None}
        protein = Protein(keys["name"], entry, uniprot=keys.get("uniprot"), chains=tuple(chains), **organism)
        provenance = {"source": entry.source, "id": entry.id}
        given: dict[str, Any] = {"sequence": sequence, "provenance": provenance}
        _, record = prepare(path, protein, **given)
        keys = keys | {"chains": " ".join(record.selection.chains)}
        protein = replace(protein, chains=record.selection.chains)
        references = [
            one for chain in record.chains if chain.chain in record.selection.chains for one in chain.accessions
        ]
        predicted = record.entry.source == "alphafold" or any("low-end" in one.code for one in record.removed)
        remarks = []
        if part.residues and (kept := within(record, part.residues, references, keys.get("uniprot", ""), predicted)):
            if kept == "unknown":
                remarks.append(f"wanted are {part.residues[0]}-{part.residues[1]} in UniProt numbers; set `residues`")
            else:
                protein, keys = replace(protein, residues=kept), keys | {"residues": kept}
                prepare(path, protein, **given)
        if part.loops:
            outer = ",".join(f"{first}-{last}" for first, last in part.loops)
            own, _ = author_ranges(references, keys.get("uniprot", ""), outer)
            try:
                prepare(path, replace(protein, membrane={"outside": own}), **given)
                keys = keys | {"membrane": own}
            except CrossdockError as error:
                remarks.append(
                    f"`membrane` could not be filled in with UniProt's outer loops {outer}: {cut(error.what)}"
                )
        return Draft("", keys, tuple(remarks))

    # --- entries and files

    def _of_entry(self, name: Name) -> Draft:
        entry = parse_entry(name.value)
        keys = {"name": name.value.removeprefix("demo:").upper(), "entry": name.value}
        if name.chains:
            keys |= {"name": f"{name.value.upper()}_{''.join(name.chains)}", "chains": " ".join(name.chains)}
        try:
            path = self._brought(entry)
        except SourceError as error:
            what = f"it could not be looked into, so its protein is not known ({cut(error.what, 300)})"
            if name.chains:
                return Draft(name.text, keys, (what,))
            return Draft(name.text, keys | {"decide": f"{what}; write its chains into `chains`"})
        return self._of_contents(keys, path, inspect(path), entry, name.chains)

    def _of_file(self, name: Name) -> Draft:
        path = os.path.relpath(Path(name.value).absolute(), self._folder.absolute())
        path = path if "/" in path else f"./{path}"
        keys = {"name": short_name(name.value), "entry": path}
        contents = self._found.files[name.value]
        if isinstance(contents, CrossdockError):
            return Draft(name.text, keys | {"decide": reason(contents)})
        entry = Entry("local", stem_of(name.value), name.value)
        return self._of_contents(keys, Path(name.value), contents, entry, ())

    def _of_contents(
        self, keys: dict[str, str], path: Path, contents: Contents, entry: Entry, chains: Sequence[str]
    ) -> Draft:
        """Make the row of an entry that somebody named: its only protein, or the choice among several."""
        proteins = [one for one in contents.chains if contents.sequences.get(one.chain)]
        proteins = [one for one in proteins if not chains or one.chain in chains]
        if not proteins:
            there = ", ".join(one.chain for one in contents.chains) or "none"
            wanted = f"no protein chain {' '.join(chains)}" if chains else "no protein"
            what = f"there is {wanted} in it (its chains: {there}); write another `entry`"
            return Draft("", keys | {"decide": what})
        kinds: list[list[ChainRecord]] = []
        for one in proteins:
            same = next((kind for kind in kinds if alike(kind[0], one, contents)), None)
            kinds.append([one]) if same is None else same.append(one)
        if len(kinds) > 1 and not chains:
            return Draft("", keys | {"decide": several(kinds)})
        accession, sequence = self._accession(kinds[0][0], contents, path)
        remarks: tuple[str, ...] = ()
        if accession:
            keys = keys | {"uniprot": accession} | uniprot_cells(self._found.accessions.get(accession) or None)
        if taxid := kinds[0][0].taxid:
            keys.setdefault("organism", str(taxid))
        named = chains
        if not chains and (not accession or sequence):
            copies = [one.chain for one in kinds[0]]
            named = [one for one in copies if one in contents.linked[copies[0]]]
            if len(named) > 1:
                remarks = (f"disulfides link chains {', '.join(named)}, which are docked as one body",)
            elif len(copies) > 1:
                what = f"chains {', '.join(copies)} are copies; the first is taken"
                remarks = (f"{what}. For a dimer, write both into `chains`",)
        try:
            row = self._selected(keys, path, Part(), entry, named, sequence)
        except CrossdockError as error:
            return Draft("", keys | {"decide": reason(error)})
        return replace(row, remarks=(*remarks, *row.remarks))

    def _accession(self, chain: ChainRecord, contents: Contents, path: Path) -> tuple[str, Path | None]:
        """Give the accession of a chain by its records, the file's name or its sequence, with the file of that."""
        if chain.accessions:
            longest = max(chain.accessions, key=lambda one: (one.end or 0) - (one.start or 0))
            return current(longest.accession), None
        match = self._found.accessions.get(model_named(stem_of(path)) or "")
        match = match or self._found.match_of_sequence(words_of(str(path)), contents.sequences[chain.chain])
        if match is None:
            return "", None
        self._found.accessions.setdefault(match.accession, match)
        return match.accession, self._sequence({"uniprot": match.accession})

    def _sequence(self, keys: Mapping[str, str]) -> Path | None:
        """Put the sequence of an accession where the run compares it with entries that have no records."""
        everything = [
            *self._found.accessions.values(),
            *self._found.names.values(),
            *(one for some in self._found.symbols.values() for one in some),
        ]
        match = next((one for one in everything if one.accession == keys.get("uniprot") and one.sequence), None)
        if match is None:
            return None
        path = self._folder / f"resources/sequences/{match.accession}.fasta"
        write_text(path, f">sp|{match.accession}|{match.name}\n{match.sequence}\n")
        return path
