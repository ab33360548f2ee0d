"""What protein each chain of an entry is by the entry's own records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crossdock.entries.organism import ORGANISMS, species_of
from crossdock.panel.accession import ACCESSION, ENTRY_NAME, current, is_accession, spelled

# UniProt in entries of all ages: SWISS-PROT and TrEMBL were two. The PDB format has room for six letters.
_UNIPROT = {"UNP", "SWS", "SWP", "SP", "TR", "TRE", "TREMBL", "SPTR", "SPTREM", "SPTREMBL"}
_UNIPROT_BEGINS = ("UNIPRO", "SWISS")
# Databases of structures: an entry that names itself says nothing.
_STRUCTURES = {"", "PDB", "NDB", "BMRB", "EMDB"}
_DATABASES = {"GB": "GenBank", "GENBANK": "GenBank", "REF": "RefSeq", "NCBI": "NCBI", "DBJ": "DDBJ", "NOR": "Norine"}
# What AlphaFold DB calls a model: in its title, and by its id.
_MODEL_TITLE = re.compile(rf"ALPHAFOLD\b.*\bPREDICTION FOR .*\(({ACCESSION.pattern})\)", re.IGNORECASE)
_MODEL_ID = re.compile(rf"(?<![A-Z0-9])AF-({ACCESSION.pattern})(?:-\d+)?-F\d+(?![0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class Reference:
    """A stretch of a UniProt sequence that a chain maps to.

    Attributes
    ----------
    accession : str
        The entry name where the record has no accession.
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

    def is_of(self, accession: str) -> bool | None:
        """Tell whether this is `accession`, isoforms and merged entries allowed for.

        Returns
        -------
        bool or None
            None where one of the two is given by its entry name alone, which cannot be compared with an accession.
        """
        wanted, own = current(accession), current(self.accession)
        if wanted in (own, self.name):
            return True
        named = self.name or not is_accession(own)
        return False if (is_accession(own) if is_accession(wanted) else named) else None


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
    elsewhere : tuple of str
        References to sequences of other databases, such as ``GenBank AAA60552``.
    """

    description: str | None = None
    references: tuple[Reference, ...] = ()
    organisms: tuple[str, ...] = ()
    taxids: tuple[int, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def accessions(self) -> list[str]:
        """Accessions, each once, in the order of the chain."""
        return list(dict.fromkeys(reference.accession for reference in self.references))

    def is_a(self, accession: str) -> bool:
        """Tell whether one of the references is `accession`, isoforms and merged entries allowed for."""
        return self.says(accession) is True

    def says(self, accession: str) -> bool | None:
        """Tell whether the records name `accession` or only others; None where they say neither."""
        answers = [reference.is_of(accession) for reference in self.references]
        if True in answers:
            return True
        return None if not answers or None in answers else False

    def fused_with(self, accession: str) -> list[Reference]:
        """Give the references to other proteins than `accession`, but for other names of the same residues."""
        own = [reference for reference in self.references if reference.is_of(accession)]
        others = [reference for reference in self.references if reference not in own]
        return [other for other in others if not any(_lies_in(other, reference) for reference in own)]


@dataclass(frozen=True)
class ChainRecord:
    """A polymer chain of an entry, as protein.json describes it.

    Attributes
    ----------
    chain : str
        Author chain.
    letter : str or None
        In structure.pdb; None where the chain was left out.
    description : str or None
    accessions : tuple of Reference
    organism : str or None
        Scientific name.
    taxid : int or None
        NCBI taxonomy id.
    first, last : int or None
        Author numbers of its ends.
    n_residues : int
    kept : bool
    """

    chain: str
    letter: str | None
    description: str | None
    accessions: tuple[Reference, ...]
    organism: str | None
    taxid: int | None
    first: int | None
    last: int | None
    n_residues: int
    kept: bool


def _lies_in(inner: Reference, outer: Reference) -> bool:
    """Tell whether more than half of the residues of one reference are those of another, by author numbers."""
    if inner.first is None or inner.last is None or outer.first is None or outer.last is None:
        return False
    shared = min(inner.last, outer.last) - max(inner.first, outer.first) + 1
    return 2 * shared > inner.last - inner.first + 1


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
    references, elsewhere = _pdb_references(lines)
    molecules = _molecules(lines, "COMPND")
    sources = {molecule.get("MOL_ID"): molecule for molecule in _molecules(lines, "SOURCE")}
    about: dict[str, tuple[str | None, list[str], list[int]]] = {}
    for molecule in molecules:
        source = sources.get(molecule.get("MOL_ID"), {})
        organisms = _listed(source.get("ORGANISM_SCIENTIFIC", ""))
        taxids = _numbers(_listed(source.get("ORGANISM_TAXID", "")))
        for name in _listed(molecule.get("CHAIN", "")):
            about["" if name == "NULL" else name] = (molecule.get("MOLECULE"), organisms, taxids)
    if not references and (model := model_named(_joined(lines, "TITLE"))):
        chains = list(about) or list(dict.fromkeys(line[21:22].strip() for line in lines if line.startswith("ATOM  ")))
        references = {chains[0]: [_reference(model)]} if len(chains) == 1 else {}
    return {
        chain: _identity(
            *about.get(chain, (None, [], [])), references=references.get(chain, []), elsewhere=elsewhere.get(chain, [])
        )
        for chain in dict.fromkeys((*about, *references, *elsewhere))
    }


def _pdb_references(lines: Sequence[str]) -> tuple[dict[str, list[Reference]], dict[str, list[str]]]:
    """Read the references of each chain: to UniProt, and in words those to other databases."""
    found: dict[str, list[Reference]] = {}
    elsewhere: dict[str, list[str]] = {}
    pending: tuple[str, ...] = ()
    for line in lines:
        if line.startswith("DBREF "):
            pending = ()
            texts, ends = line[33:54].split(), (line[55:60], line[62:67])
        elif line.startswith("DBREF1"):
            pending = (line[12:13], line[14:18], line[20:24], line[26:32], line[47:67].strip())
            continue
        elif line.startswith("DBREF2") and pending and pending[0] == line[12:13]:
            texts, ends = [line[18:40].strip(), pending[4]], (line[45:55], line[57:67])
        else:
            continue
        chain, first, last, database = pending[:4] if pending else (line[12:13], line[14:18], line[20:24], line[26:32])
        pending = ()
        if not any(texts):
            continue
        if _is_uniprot(database):
            found.setdefault(chain.strip(), []).append(_reference(*texts, span=(*ends, first, last)))
        elif other := _elsewhere(database, texts[0]):
            elsewhere.setdefault(chain.strip(), []).append(other)
    return found, elsewhere


def _is_uniprot(database: str) -> bool:
    name = re.sub("[^A-Z]", "", database.upper())
    return name in _UNIPROT or name.startswith(_UNIPROT_BEGINS)


def _elsewhere(database: str, accession: str) -> str | None:
    """Name a sequence of another database; None where the record names a structure, or nothing."""
    name = database.strip().upper()
    return f"{_DATABASES.get(name, name)} {accession}" if name not in _STRUCTURES and accession else None


def _reference(*texts: str, span: Sequence[str] = ()) -> Reference:
    """Make a reference of what stands in the columns of accession and name, in whichever order, and of its numbers."""
    texts = tuple(word.upper() for word in texts if word)
    name = next((word for word in texts if ENTRY_NAME.fullmatch(word)), None)
    accessions = [*(word for word in texts if word != name and is_accession(word)), *texts]
    return Reference(spelled(accessions[0]), name, *map(_number, span))


def _joined(lines: Sequence[str], record: str) -> str:
    return " ".join(line[10:80].strip() for line in lines if line.startswith(record))


def _molecules(lines: Sequence[str], record: str) -> list[dict[str, str]]:
    """Read the `KEY: value;` lists of COMPND or SOURCE, one dict a molecule."""
    text = _joined(lines, record)
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
        Item -> values. What `_struct_ref` does not name is added from the SIFTS mapping (`_pdbx_sifts_unp_segments`,
        else `_pdbx_sifts_xref_db`; Dana et al. 2019, Nucleic Acids Res 47:D482), such as a fusion partner; of a chain
        of which both are silent, ModelCIF's `_ma_target_ref_db_details` is read, then the id of an AlphaFold DB model.

    Returns
    -------
    dict
        Author chain -> ChainIdentity.
    """
    entity_of, author_of = _chains_of_mmcif(table)
    references, elsewhere = _struct_ref(table, entity_of)
    for chain, found in _sifts(table, author_of).items():
        named = {current(reference.accession) for reference in references.get(chain, [])}
        references.setdefault(chain, []).extend(r for r in found if current(r.accession) not in named)
    for chain, found in _modelcif(table, entity_of).items():
        references.setdefault(chain, found)
    titles = " ".join(text for item in ("_entry.id", "_struct.title") for text in cif_column(table, item))
    if not references and len(entity_of) == 1 and (model := model_named(titles)):
        references = {chain: [_reference(model)] for chain in entity_of}
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
            organisms.get(entity, []),
            taxids.get(entity, []),
            references=references.get(chain, []),
            elsewhere=elsewhere.get(entity, []),
        )
        for chain, entity in entity_of.items()
    }


def _chains_of_mmcif(table: Mapping[str, list[str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Map author chain -> polymer entity and label chain -> author chain."""
    sites = _sites(table)
    entity_of: dict[str, str] = {}
    for author, _, entity, polymer in sites:
        if polymer:
            entity_of.setdefault(author, entity)
    return entity_of, {label: author for author, label, *_ in sites}


def author_chains(table: Mapping[str, list[str]]) -> dict[str, str]:
    """Map the label chain of every polymer of an mmCIF file to its author chain."""
    return {label: author for author, label, _, polymer in _sites(table) if polymer}


def _sites(table: Mapping[str, list[str]]) -> list[tuple[str, str, str, bool]]:
    """List author chain, label chain, entity, and whether it is a polymer, of all that has atoms."""
    sites = dict.fromkeys(_rows(table, "_atom_site", "auth_asym_id", "label_asym_id", "label_entity_id"))
    kinds = {entity: kind for entity, kind in _rows(table, "_entity", "id", "type")}
    return [
        (author or label, label, entity, kinds.get(entity, "polymer") == "polymer") for author, label, entity in sites
    ]


def _struct_ref(
    table: Mapping[str, list[str]], entity_of: Mapping[str, str]
) -> tuple[dict[str, list[Reference]], dict[str, list[str]]]:
    """Read the references of each chain to UniProt, and in words those of each entity to other databases."""
    named: dict[str, tuple[str, str, str]] = {}
    elsewhere: dict[str, list[str]] = {}
    for number, entity, database, code, accession in _rows(
        table, "_struct_ref", "id", "entity_id", "db_name", "db_code", "pdbx_db_accession"
    ):
        if _is_uniprot(database):
            named[number] = (entity, code, accession)
        elif other := _elsewhere(database, accession or code):
            elsewhere.setdefault(entity, []).append(other)
    found: dict[str, list[Reference]] = {}
    of_entity: dict[str, list[Reference]] = {}
    columns = ("db_align_beg", "db_align_end", "pdbx_auth_seq_align_beg", "pdbx_auth_seq_align_end")
    for number, strand, accession, *span in _rows(
        table, "_struct_ref_seq", "ref_id", "pdbx_strand_id", "pdbx_db_accession", *columns
    ):
        if number in named and any(texts := (accession or named[number][2], named[number][1])):
            reference = _reference(*texts, span=span)
            of_entity.setdefault(named[number][0], []).append(reference)
            if entity_of.get(strand) == named[number][0]:
                found.setdefault(strand, []).append(reference)
    for entity, code, accession in named.values():
        if accession or code:
            of_entity.setdefault(entity, []).append(_reference(accession, code))
    # A strand may be left out, as in AlphaFold models, or renamed since; the entity stays.
    for chain, entity in entity_of.items():
        if chain not in found and entity in of_entity:
            spanned = [reference for reference in of_entity[entity] if reference.start is not None]
            found[chain] = list(dict.fromkeys(spanned or of_entity[entity]))
    return found, elsewhere


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
        found.setdefault(author_of.get(label, label), []).append(Reference(spelled(accession), None, start, end, *ends))
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
        if _is_uniprot(database) and (accession or code):
            reference = _reference(accession, code, span=(start, end))
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


def model_named(text: str) -> str | None:
    """Give the accession of the AlphaFold DB model that a title, an id or a file's name names, if any does."""
    match = _MODEL_ID.search(text) or _MODEL_TITLE.search(text)
    return spelled(match[1]) if match else None


def resolve_accession(text: str, chains: Iterable[ChainIdentity]) -> str:
    """Give an expected accession as UniProt spells it; of an entry name, the accession that the records give it."""
    wanted = spelled(text)
    named = (one for chain in chains for one in chain.references if one.name == wanted and is_accession(one.accession))
    reference = next(named, None)
    return reference.accession if reference else wanted


def _identity(
    description: str | None,
    organisms: Sequence[str],
    taxids: Sequence[int],
    *,
    references: Sequence[Reference],
    elsewhere: Sequence[str],
) -> ChainIdentity:
    """Bring names of organisms to one spelling and fill in taxonomy ids from them."""
    names = tuple(dict.fromkeys(name.capitalize() if name.isupper() else name for name in organisms))
    numbers = list(dict.fromkeys(taxids))
    if not numbers:
        endings = {(reference.name or "").rpartition("_")[2] for reference in references}
        of_names = {species_of(name) for name in names}
        numbers = [
            number
            for number, (name, mnemonic) in ORGANISMS.items()
            if name.lower() in of_names or (not names and mnemonic in endings)
        ]
    if not names:
        names = tuple(ORGANISMS[number][0] for number in numbers if number in ORGANISMS)
    return ChainIdentity(description, tuple(references), names, tuple(numbers), tuple(dict.fromkeys(elsewhere)))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _numbers(texts: Iterable[str]) -> list[int]:
    return [number for text in texts if (number := _number(text)) is not None]
