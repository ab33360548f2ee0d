"""What protein each chain of an entry is by the entry's own records, and whether it is the one that is expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossdock.structures.sequence import Comparison

#: What is said of an entry that nothing confirms to hold the protein expected.
ANYBODY = "it may be any protein"
#: Accessions that UniProt has merged, old -> new. Alleles of HLA-A had an accession each before they became one entry.
MERGED = dict.fromkeys(("P01891", "P01892", "P05534", "P10316", "P13746", "P30443"), "P04439")

#: Part of an asked range that must be there for a chain not to be called a fragment.
FULL_COVERAGE = 0.9

# Old entries name the organism without its taxonomy id; UniProt entry names end in the mnemonic. Strains stand beside
# their species (UniProt's list of organisms, speclist.txt).
_ORGANISMS = {
    9606: ("Homo sapiens", "HUMAN"),
    9544: ("Macaca mulatta", "MACMU"),
    10090: ("Mus musculus", "MOUSE"),
    10116: ("Rattus norvegicus", "RAT"),
    9913: ("Bos taurus", "BOVIN"),
    9823: ("Sus scrofa", "PIG"),
    9940: ("Ovis aries", "SHEEP"),
    9796: ("Equus caballus", "HORSE"),
    9615: ("Canis lupus familiaris", "CANLF"),
    9986: ("Oryctolagus cuniculus", "RABIT"),
    9031: ("Gallus gallus", "CHICK"),
    8355: ("Xenopus laevis", "XENLA"),
    7955: ("Danio rerio", "DANRE"),
    7227: ("Drosophila melanogaster", "DROME"),
    6239: ("Caenorhabditis elegans", "CAEEL"),
    3702: ("Arabidopsis thaliana", "ARATH"),
    4932: ("Saccharomyces cerevisiae", "YEASX"),
    559292: ("Saccharomyces cerevisiae S288C", "YEAST"),
    4896: ("Schizosaccharomyces pombe", "SCHPM"),
    284812: ("Schizosaccharomyces pombe 972h-", "SCHPO"),
    562: ("Escherichia coli", "ECOLX"),
    83333: ("Escherichia coli K-12", "ECOLI"),
    1423: ("Bacillus subtilis", "BACIU"),
    224308: ("Bacillus subtilis subsp. subtilis str. 168", "BACSU"),
    1773: ("Mycobacterium tuberculosis", "MYCTX"),
    83332: ("Mycobacterium tuberculosis H37Rv", "MYCTU"),
    287: ("Pseudomonas aeruginosa", "PSEAI"),
    208964: ("Pseudomonas aeruginosa PAO1", "PSEAE"),
    274: ("Thermus thermophilus", "THETH"),
    300852: ("Thermus thermophilus HB8", "THET8"),
}
# Names that have these words are not a genus and a species.
_NOT_BINOMIAL = {"virus", "phage", "viroid", "sp.", "construct"}
# What a peptide synthesiser or a designer makes has no organism of its own.
_SYNTHETIC = 32630

_UNIPROT = {"UNP", "SWS", "TREMBL", "TRE", "UNIPROT"}


@dataclass(frozen=True)
class Reference:
    """A stretch of a UniProt sequence that a chain maps to.

    Attributes
    ----------
    accession : str
    name : str or None
        UniProt entry name, such as `CD81_HUMAN`.
    start, end : int or None
        The stretch in UniProt numbers.
    first, last : int or None
        The stretch in the entry's author numbers.
    """

    accession: str
    name: str | None = None
    start: int | None = None
    end: int | None = None
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class ChainIdentity:
    """What the records of an entry say of one chain.

    Attributes
    ----------
    description : str or None
    references : tuple of Reference
        More than one for a fusion, or where the chain leaves out a part of the sequence.
    organisms : tuple of str
        Scientific names.
    taxids : tuple of int
        NCBI taxonomy ids; worked out from names of common organisms where the entry gives none.
    """

    description: str | None = None
    references: tuple[Reference, ...] = ()
    organisms: tuple[str, ...] = ()
    taxids: tuple[int, ...] = ()

    @property
    def accessions(self) -> list[str]:
        """Accessions, each once, in the order of the chain."""
        return list(dict.fromkeys(reference.accession for reference in self.references))

    def is_a(self, accession: str) -> bool:
        """Tell whether one of the references is `accession`, isoforms and merged entries allowed for."""
        return current(accession) in {current(found) for found in self.accessions}

    def fused_with(self, accession: str) -> list[Reference]:
        """Give the references to other proteins than `accession`, but for other names of the same residues."""
        own = [reference for reference in self.references if current(reference.accession) == current(accession)]
        others = [reference for reference in self.references if reference not in own]
        return [other for other in others if not any(_lies_in(other, reference) for reference in own)]


def current(accession: str) -> str:
    """Give the accession that UniProt uses today, without an isoform number."""
    base = accession.split("-")[0].upper()
    return MERGED.get(base, base)


def _lies_in(inner: Reference, outer: Reference) -> bool:
    """Tell whether more than half of the residues of one reference are those of another, by author numbers."""
    if inner.first is None or inner.last is None or outer.first is None or outer.last is None:
        return False
    shared = min(inner.last, outer.last) - max(inner.first, outer.first) + 1
    return 2 * shared > inner.last - inner.first + 1


def _species(name: str) -> str:
    """Give the species of an organism's scientific name, strain and subspecies left out, in lower case."""
    words = name.lower().split(" (")[0].split()
    return " ".join(words if _NOT_BINOMIAL & set(words) else words[:2])


# --- reading the records


def from_pdb(lines: Sequence[str]) -> dict[str, ChainIdentity]:
    """Read DBREF, DBREF1/DBREF2, COMPND and SOURCE records.

    Parameters
    ----------
    lines : sequence of str
        Lines of a PDB file.

    Returns
    -------
    dict
        Author chain -> ChainIdentity, for every chain that a record names.
    """
    references = _pdb_references(lines)
    molecules = _molecules(lines, "COMPND")
    sources = {molecule.get("MOL_ID"): molecule for molecule in _molecules(lines, "SOURCE")}
    chains: dict[str, ChainIdentity] = {}
    for molecule in molecules:
        source = sources.get(molecule.get("MOL_ID"), {})
        organisms = _listed(source.get("ORGANISM_SCIENTIFIC", ""))
        taxids = _numbers(_listed(source.get("ORGANISM_TAXID", "")))
        for name in _listed(molecule.get("CHAIN", "")):
            chain = "" if name == "NULL" else name
            chains[chain] = _identity(molecule.get("MOLECULE"), references.pop(chain, []), organisms, taxids)
    return chains | {chain: _identity(None, found, [], []) for chain, found in references.items()}


def _pdb_references(lines: Sequence[str]) -> dict[str, list[Reference]]:
    found: dict[str, list[Reference]] = {}
    pending: tuple[str, str, int | None, int | None] | None = None
    for line in lines:
        if line.startswith("DBREF ") and line[26:32].strip() in _UNIPROT:
            reference = Reference(
                line[33:41].strip(),
                line[42:54].strip() or None,
                *(_number(line[a:b]) for a, b in ((55, 60), (62, 67), (14, 18), (20, 24))),
            )
            found.setdefault(line[12:13].strip(), []).append(reference)
        elif line.startswith("DBREF1"):
            span = (_number(line[14:18]), _number(line[20:24]))
            pending = (line[12:13].strip(), line[47:67].strip(), *span) if line[26:32].strip() in _UNIPROT else None
        elif line.startswith("DBREF2") and pending and pending[0] == line[12:13].strip():
            reference = Reference(
                line[18:40].strip(), pending[1] or None, _number(line[45:55]), _number(line[57:67]), *pending[2:]
            )
            found.setdefault(pending[0], []).append(reference)
            pending = None
    return {chain: [r for r in references if r.accession] for chain, references in found.items()}


def _molecules(lines: Sequence[str], record: str) -> list[dict[str, str]]:
    """Read the `KEY: value;` lists of COMPND or SOURCE, one dict a molecule."""
    text = " ".join(line[10:80].strip() for line in lines if line.startswith(record))
    molecules: list[dict[str, str]] = []
    for part in text.split(";"):
        key, colon, value = part.partition(":")
        if not colon:
            continue
        if key.strip() == "MOL_ID" or not molecules:
            molecules.append({})
        molecules[-1][key.strip()] = " ".join(value.split())
    return molecules


def from_mmcif(table: Mapping[str, list[str]]) -> dict[str, ChainIdentity]:
    """Read `_struct_ref`, `_struct_ref_seq`, `_entity` and where each entity comes from.

    Parameters
    ----------
    table : mapping of str to list of str
        Item -> values, as Biopython's `MMCIF2Dict` reads them. What `_struct_ref` does not name is added from the SIFTS
        mapping (`_pdbx_sifts_unp_segments`, else `_pdbx_sifts_xref_db`; Dana et al. 2019, Nucleic Acids Res 47:D482),
        such as a fusion partner; where both are silent, ModelCIF's `_ma_target_ref_db_details` is read.

    Returns
    -------
    dict
        Author chain -> ChainIdentity.
    """
    entity_of, author_of = _chains_of_mmcif(table)
    references = _struct_ref(table, entity_of)
    for chain, found in _sifts(table, author_of).items():
        named = {current(reference.accession) for reference in references.get(chain, [])}
        references.setdefault(chain, []).extend(r for r in found if current(r.accession) not in named)
    references = references or _modelcif(table, entity_of)
    descriptions = {entity: text for entity, text in _rows(table, "_entity", "id", "pdbx_description")}
    organisms: dict[str, list[str]] = {}
    taxids: dict[str, list[int]] = {}
    for category, name, taxid in (
        ("_entity_src_gen", "pdbx_gene_src_scientific_name", "pdbx_gene_src_ncbi_taxonomy_id"),
        ("_entity_src_nat", "pdbx_organism_scientific", "pdbx_ncbi_taxonomy_id"),
        ("_pdbx_entity_src_syn", "organism_scientific", "ncbi_taxonomy_id"),
    ):
        for entity, organism, number in _rows(table, category, "entity_id", name, taxid):
            organisms.setdefault(entity, []).extend([organism] if organism else [])
            taxids.setdefault(entity, []).extend(_numbers([number]))
    for entity, organism, number in _rows(
        table, "_ma_target_ref_db_details", "target_entity_id", "organism_scientific", "ncbi_taxonomy_id"
    ):
        organisms.setdefault(entity, [organism] if organism else [])
        taxids.setdefault(entity, _numbers([number]))
    return {
        chain: _identity(
            descriptions.get(entity) or None,
            references.get(chain, []),
            organisms.get(entity, []),
            taxids.get(entity, []),
        )
        for chain, entity in entity_of.items()
    }


def _chains_of_mmcif(table: Mapping[str, list[str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Map author chain -> polymer entity and label chain -> author chain."""
    sites = dict.fromkeys(_rows(table, "_atom_site", "auth_asym_id", "label_asym_id", "label_entity_id"))
    kinds = {entity: kind for entity, kind in _rows(table, "_entity", "id", "type")}
    polymers = [site for site in sites if kinds.get(site[2], "polymer") == "polymer"]
    entity_of: dict[str, str] = {}
    for author, label, entity in polymers:
        entity_of.setdefault(author or label, entity)
    return entity_of, {label: author or label for author, label, _ in sites}


def author_chains(table: Mapping[str, list[str]]) -> dict[str, str]:
    """Map the label chain of every polymer of an mmCIF file to its author chain."""
    sites = dict.fromkeys(_rows(table, "_atom_site", "auth_asym_id", "label_asym_id", "label_entity_id"))
    kinds = {entity: kind for entity, kind in _rows(table, "_entity", "id", "type")}
    return {label: author or label for author, label, entity in sites if kinds.get(entity, "polymer") == "polymer"}


def _struct_ref(table: Mapping[str, list[str]], entity_of: Mapping[str, str]) -> dict[str, list[Reference]]:
    named = {
        number: (entity, code, accession)
        for number, entity, database, code, accession in _rows(
            table, "_struct_ref", "id", "entity_id", "db_name", "db_code", "pdbx_db_accession"
        )
        if database.upper() in _UNIPROT
    }
    found: dict[str, list[Reference]] = {}
    columns = ("db_align_beg", "db_align_end", "pdbx_auth_seq_align_beg", "pdbx_auth_seq_align_end")
    for number, strand, accession, *span in _rows(
        table, "_struct_ref_seq", "ref_id", "pdbx_strand_id", "pdbx_db_accession", *columns
    ):
        if number not in named:
            continue
        entity, code, of_entity = named[number]
        reference = Reference(accession or of_entity or code, code or None, *map(_number, span))
        # AlphaFold models leave the strand out, as they have one chain.
        for chain in [strand] if strand else [c for c, e in entity_of.items() if e == entity]:
            found.setdefault(chain, []).append(reference)
    if not found:
        for entity, code, accession in named.values():
            for chain in (c for c, e in entity_of.items() if e == entity and (accession or code)):
                found.setdefault(chain, []).append(Reference(accession or code, code or None))
    return found


def _sifts(table: Mapping[str, list[str]], author_of: Mapping[str, str]) -> dict[str, list[Reference]]:
    found: dict[str, list[Reference]] = {}
    stretches = list(_sifts_segments(table)) or list(_sifts_runs(table))
    if not stretches:
        return found
    numbers: dict[tuple[str, int], int] = {}
    for label, place, author in _rows(table, "_atom_site", "label_asym_id", "label_seq_id", "auth_seq_id"):
        if (position := _number(place)) is not None and (number := _number(author)) is not None:
            numbers[label, position] = number
    for label, accession, (start, end), (first, last) in stretches:
        # Ends of a stretch may lack atoms, and have no author number in the atom table then.
        places = range(first, last + 1) if first is not None and last is not None else ()
        seen = [numbers[label, place] for place in places if (label, place) in numbers]
        ends = (min(seen), max(seen)) if seen else (None, None)
        found.setdefault(author_of.get(label, label), []).append(Reference(accession, None, start, end, *ends))
    return found


# Label chain, accession, stretch of the UniProt sequence, stretch of the chain's sequence positions.
_Stretch = tuple[str, str, tuple[int | None, int | None], tuple[int | None, int | None]]


def _sifts_segments(table: Mapping[str, list[str]]) -> Iterable[_Stretch]:
    columns = ("asym_id", "unp_acc", "best_mapping", "unp_start", "unp_end", "seq_id_start", "seq_id_end")
    for label, accession, best, *ends in _rows(table, "_pdbx_sifts_unp_segments", *columns):
        if accession and best.upper() not in ("N", "NO"):  # isoforms are listed too
            start, end, first, last = map(_number, ends)
            yield label, accession, (start, end), (first, last)


def _sifts_runs(table: Mapping[str, list[str]]) -> Iterable[_Stretch]:
    """Join residues that follow one another in a chain and in a UniProt sequence."""
    rows = _rows(table, "_pdbx_sifts_xref_db", "asym_id", "unp_acc", "unp_num", "seq_id")
    mapped = [
        (label, accession, position, _number(place))
        for label, accession, number, place in rows
        if accession and (position := _number(number)) is not None
    ]
    run: list[tuple[str, str, int, int | None]] = []
    for row in [*mapped, None]:
        if run and (row is None or row[:2] != run[-1][:2] or row[2] <= run[-1][2]):
            yield *run[0][:2], (run[0][2], run[-1][2]), (run[0][3], run[-1][3])
            run = []
        if row:
            run.append(row)


def _modelcif(table: Mapping[str, list[str]], entity_of: Mapping[str, str]) -> dict[str, list[Reference]]:
    found: dict[str, list[Reference]] = {}
    columns = ("target_entity_id", "db_name", "db_accession", "db_code", "seq_db_align_begin", "seq_db_align_end")
    for entity, database, accession, code, start, end in _rows(table, "_ma_target_ref_db_details", *columns):
        if database.upper() in _UNIPROT and accession:
            reference = Reference(accession, code or None, _number(start), _number(end))
            for chain in (c for c, e in entity_of.items() if e == entity):
                found.setdefault(chain, []).append(reference)
    return found


def cif_column(table: Mapping[str, list[str]], item: str) -> list[str]:
    """Give the values of an mmCIF item, ``""`` for ``?`` and ``.``; an empty list where there is none."""
    return ["" if value in ("?", ".") else value for value in table.get(item, [])]


def _rows(table: Mapping[str, list[str]], category: str, *names: str) -> Iterable[tuple[str, ...]]:
    """Give the rows of an mmCIF category, ``""`` where a column is missing."""
    columns = [cif_column(table, f"{category}.{name}") for name in names]
    length = max(map(len, columns))
    return zip(*(column if len(column) == length else [""] * length for column in columns), strict=True)


def _identity(
    description: str | None, references: Sequence[Reference], organisms: Sequence[str], taxids: Sequence[int]
) -> ChainIdentity:
    """Bring names of organisms to one spelling and fill in taxonomy ids from them."""
    names = tuple(dict.fromkeys(name.capitalize() if name.isupper() else name for name in organisms))
    numbers = list(dict.fromkeys(taxids))
    if not numbers:
        endings = {(reference.name or "").rpartition("_")[2] for reference in references}
        species = {_species(name) for name in names}
        numbers = [
            number
            for number, (name, mnemonic) in _ORGANISMS.items()
            if name.lower() in species or (not names and mnemonic in endings)
        ]
    if not names:
        names = tuple(_ORGANISMS[number][0] for number in numbers if number in _ORGANISMS)
    return ChainIdentity(description, tuple(references), names, tuple(numbers))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _numbers(texts: Iterable[str]) -> list[int]:
    return [number for text in texts if (number := _number(text)) is not None]


# --- judging


def judge(
    chains: Mapping[str, ChainIdentity],
    expected: str | None,
    *,
    organism: int | None = 9606,
    asked: tuple[int, int] | None = None,
    span: tuple[int, int] | None = None,
    accepted: str | None = None,
    compared: Mapping[str, Comparison | None] | None = None,
) -> dict[str, Any]:
    """Compare the chains that stand for a protein with what the panel expects.

    Parameters
    ----------
    chains : mapping of str to ChainIdentity
        Author chain -> its records; the chains that stand for the protein, without their partners.
    expected : str or None
        UniProt accession.
    organism : int or None
        NCBI taxonomy id that the protein must have, None for any. It is judged only where `expected` is given.
    asked : tuple of int, optional
        How many residues of an asked range the chains have, and how many were asked for.
    span : tuple of int, optional
        First and last residue kept of an asked range, in author numbers.
    accepted : str, optional
        The user's words for taking an entry of another identity.
    compared : mapping of str to Comparison or None, optional
        How the sequences of chains without records lie on that of `expected`, where it is at hand; None for a chain of
        which too little aligns.

    Returns
    -------
    dict
        `verdict` (``matches``, ``mismatch``, ``fragment``, ``unknown``), `expected`, `found`, `coverage`, `accepted`
        and `explanation`, as protein.json holds them.

    Notes
    -----
    Records are taken at their word; sequences are compared only where there is none.
    """
    found = list(dict.fromkeys(accession for chain in chains.values() for accession in chain.accessions))
    coverage = _coverage(chains, expected, asked, span)
    verdict, explanation = _verdict(chains, expected, organism, compared or {})
    ends = [(one.start, one.end) for one in (compared or {}).values() if one]
    if coverage is None and verdict == "matches" and ends:
        coverage = {"start": min(a for a, _ in ends), "end": max(b for _, b in ends), "fraction": None}
    if verdict == "matches" and asked and coverage and coverage["fraction"] < FULL_COVERAGE:
        verdict = "fragment"
        explanation += f" It covers {asked[0]} of the {asked[1]} residues that were asked for."
    return {
        "verdict": verdict,
        "expected": expected,
        "found": found,
        "coverage": coverage,
        "accepted": accepted if verdict == "mismatch" else None,
        "explanation": explanation,
    }


def _verdict(
    chains: Mapping[str, ChainIdentity],
    expected: str | None,
    organism: int | None,
    compared: Mapping[str, Comparison | None],
) -> tuple[str, str]:
    if not expected:
        known = [f"chain {name} is {_called(chain)}" for name, chain in chains.items() if chain.references]
        says = f"; by the entry's records {' and '.join(known)}." if known else ", and the entry names none."
        return "unknown", f"No accession is expected{says}"
    silent = [name for name, chain in chains.items() if not chain.references]
    wrong = [f"chain {name} is {_called(c)}" for name, c in chains.items() if c.references and not c.is_a(expected)]
    if wrong:
        return "mismatch", f"Expected {expected}, but by the entry's records {' and '.join(wrong)}."
    if silent and all(name in compared for name in silent):
        return _by_sequence(expected, {name: compared[name] for name in silent})
    if silent:
        which = f"chain{'s' if len(silent) > 1 else ''} {', '.join(silent)}"
        return "unknown", (
            f"Expected {expected}, but the entry has no UniProt record of {which}, and no sequence of {expected} is at "
            f"hand: {ANYBODY}. Put UniProt's into resources/sequences/{expected}.fasta to have it compared."
        )
    foreign = [name for name, chain in chains.items() if not _of_organism(chain, organism)]
    if foreign:
        chain = chains[foreign[0]]
        got = f"{' and '.join(chain.organisms) or 'unnamed'} (taxonomy id {', '.join(map(str, chain.taxids))})"
        return "mismatch", f"Chain {foreign[0]} is {_called(chain)}, but from {got} where {organism} is expected."
    return "matches", _match(chains, expected)


def _by_sequence(expected: str, compared: Mapping[str, Comparison | None]) -> tuple[str, str]:
    """Judge chains without records by their sequence."""
    opening = "The entry has no UniProt record"
    wrong = [name for name, one in compared.items() if one is None or not one.same]
    if wrong:
        how = compared[wrong[0]] or "hardly anything aligns"
        return "mismatch", f"{opening}; the sequence of chain {wrong[0]} is not that of {expected}: {how}."
    found = " and ".join(f"chain {name}, {one}" for name, one in compared.items())
    return "matches", f"{opening}; by sequence it is {expected}: {found}. The organism was not compared."


def _of_organism(chain: ChainIdentity, organism: int | None) -> bool:
    """Tell whether a chain can be of an organism; one without a record, or made by synthesis, can.

    A strain counts as its species and a species as its strains, as far as their names are known.
    """
    if organism is None or not chain.taxids or {organism, _SYNTHETIC} & set(chain.taxids):
        return True
    known = _ORGANISMS.get(organism)
    return known is not None and _species(known[0]) in {_species(name) for name in chain.organisms}


def _match(chains: Mapping[str, ChainIdentity], expected: str) -> str:
    """Say what matches, and what is joined to it."""
    names = list(chains)
    sentence = f"Chain{'s' if len(names) > 1 else ''} {', '.join(names)}: {_called(chains[names[0]], expected)}"
    if expected not in chains[names[0]].accessions:
        old = next(a for a in chains[names[0]].accessions if current(a) == current(expected))
        if old.split("-")[0] != expected.split("-")[0]:
            sentence += f", which UniProt counts as {current(expected)} today"
    joined = {reference.accession for chain in chains.values() for reference in chain.fused_with(expected)}
    if joined:
        sentence += f"; fused with {' and '.join(sorted(joined))} in the same chain"
    return sentence + "."


def _called(chain: ChainIdentity, accession: str | None = None) -> str:
    """Name a chain: accessions, then the entry's description."""
    names = [
        f"{a} ({n})" if (n := next((r.name for r in chain.references if r.accession == a and r.name), None)) else a
        for a in chain.accessions
        if accession is None or current(a) == current(accession)
    ]
    return " + ".join(names) + (f", {chain.description}" if chain.description else "")


def _coverage(
    chains: Mapping[str, ChainIdentity],
    expected: str | None,
    asked: tuple[int, int] | None,
    span: tuple[int, int] | None,
) -> dict[str, Any] | None:
    """Give what is covered: of the asked range in author numbers, else of the UniProt sequence by the records."""
    if asked and span:
        return {"start": span[0], "end": span[1], "fraction": round(asked[0] / asked[1], 3)}
    references = [
        reference
        for chain in chains.values()
        for reference in chain.references
        if reference.start is not None
        and reference.end is not None
        and (expected is None or current(reference.accession) == current(expected))
    ]
    if not references or (expected is None and len({current(r.accession) for r in references}) > 1):
        return None
    starts, ends = zip(*((r.start, r.end) for r in references), strict=True)
    return {"start": min(starts), "end": max(ends), "fraction": None}
