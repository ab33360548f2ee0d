"""The proteins of a panel: from the keys of a config to an entry, a selection and an expected identity."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from crossdock.errors import CrossdockError, InputError, UnknownKeyError, cut, quoted
from crossdock.panel.accession import ACCESSION, is_accession, spelled
from crossdock.panel.config import LIST_KEYS
from crossdock.panel.schema import did_you_mean, option_of, problems_of, rule_of, schema, typed

#: Suffixes that make an entry a file on disk.
FILE_SUFFIXES = (".pdb", ".ent", ".cif", ".mmcif")
#: What `model` says of an NMR entry of which several models are docked.
ALL_MODELS = "all"
#: How many are then docked where `conformers` does not say.
ALL_BY_DEFAULT = 4
#: What a protein can be in a panel; a config has a list of each, such as `receptors`.
ROLES = ("receptor", "ligand", "control")


@dataclass(frozen=True)
class Entry:
    """What a source returns: a PDB entry, an AlphaFold DB model, a local file, a demo entry.

    Attributes
    ----------
    source : {"rcsb", "alphafold", "local", "demo", "uniprot"}
        Of `uniprot`, the entry is chosen among the structures of an accession.
    id : str
        Lower-case PDB id, UniProt accession (with the range that is sought, ``P14210_32-210``, where it is chosen), or
        a name made from the file's.
    path : str or None
        The user's file, where the source is local.
    """

    source: str
    id: str
    path: str | None = None

    @property
    def filename(self) -> str:
        """Where the entry is kept, relative to `resources/entries/`."""
        if self.source == "demo" or (self.path and Path(self.path.removesuffix(".gz")).suffix in (".pdb", ".ent")):
            return f"{self.source}/{self.id}.pdb.gz"
        return f"{self.source}/{self.id}.cif.gz"

    @property
    def choice(self) -> str | None:
        """Where the choice of an entry for an accession is recorded, relative to `resources/entries/`."""
        return f"uniprot/{self.id}.choice.json" if self.source == "uniprot" else None

    @property
    def query(self) -> tuple[str, str | None]:
        """Of an entry that is to be chosen, the accession and the range, such as ``32-210``."""
        accession, _, residues = self.id.partition("_")
        return accession, residues or None

    @property
    def remote(self) -> bool:
        """Whether the network is needed to have it."""
        return self.source in ("rcsb", "alphafold", "uniprot")

    def __str__(self) -> str:
        if self.path:
            return self.path
        return self.id if self.source == "rcsb" else f"{self.source}:{self.id}"


# What is no option of the selection, since it changes no structure; attributes of another name than their option.
_NO_OPTION = ("name", "entry", "further", "label", "gene", "note")
_FLAGS = {"partners": "with", "membrane": "outside"}


@dataclass(frozen=True)
class Protein:
    """A named member of a panel: an entry, a selection and an expected identity.

    Attributes are the keys of `$defs/protein` in config.schema.yaml; `partners` is the config's `with`, and `further`
    are the entries after the first where `entry` lists several.
    """

    name: str
    entry: Entry
    label: str = ""
    chains: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    copies: str | None = None
    model: int | str | None = None
    conformers: int | None = None
    residues: str | None = None
    keep: tuple[str, ...] = ()
    uniprot: str | None = None
    gene: str | None = None
    organism: int | None = rule_of("protein.organism")["default"]
    accept: str | None = None
    accessible: str | None = None
    blocked: str | None = None
    attract: str | None = None
    membrane: dict[str, str] | None = None
    antibody: str = rule_of("protein.antibody")["default"]
    plddt: float = rule_of("protein.plddt")["default"]
    repair: bool = False
    note: str = ""
    further: tuple[Entry, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of its entries, the first one first."""
        return (self.entry, *self.further)

    @property
    def several(self) -> bool:
        """Whether it may have several conformers."""
        return self.most_conformers > 1

    @property
    def most_conformers(self) -> int:
        """How many conformers it has at most."""
        if self.model == ALL_MODELS:
            return max(self.conformers or ALL_BY_DEFAULT, len(self.entries))
        return len(self.entries) if self.further else self.conformers or 1

    @property
    def made_conformers(self) -> int:
        """How many conformers are to be made from its only structure, beside this."""
        return 0 if self.further or self.model == ALL_MODELS else self.most_conformers - 1

    def options(self) -> list[str]:
        """Write what is taken of the entry as options of `crossdock prepare`; what has the default is left out."""
        written = ["--name", self.name]
        for field in fields(self):
            value = self.outside if field.name == "membrane" else getattr(self, field.name)
            if field.name in _NO_OPTION or value == field.default:
                continue
            # Residue lists may start with a minus, which only an equals sign tells from an option.
            flag = option_of(_FLAGS.get(field.name, field.name))
            written += [flag] if value is True else [flag, *value] if isinstance(value, tuple) else [f"{flag}={value}"]
        return written

    @property
    def outside(self) -> str | None:
        """What of a membrane protein is outside the cell."""
        return self.membrane["outside"] if self.membrane else None

    @property
    def sequence(self) -> Path | None:
        """The sequence of the expected accession: what the user has put there, else what comes with the demo."""
        if not self.uniprot:
            return None
        places = [Path("resources/sequences")]
        if self.entry.source == "demo":
            places.append(Path(str(resources.files("crossdock.demo"))))
        files = (place / f"{self.uniprot}.fasta" for place in places)
        return next((file for file in files if file.is_file()), None)


def field_of(key: str) -> str:
    """Name the attribute of `Protein` that holds a key of the config; Python has `with` for itself."""
    return next((field for field, name in _FLAGS.items() if name == key), key)


def of_file(path: str | Path) -> Protein:
    """Make a protein of all that a file holds, named after it."""
    name = Path(path).name.removesuffix(".gz").rpartition(".")[0] or Path(path).name
    return Protein(name, Entry("local", name, str(path)))


def changed(protein: Protein, keys: Mapping[str, Any]) -> Protein:
    """Give a protein with other values for some of its keys.

    Raises
    ------
    InputError
        If a key is unknown, or its value cannot be.
    """
    known = [field.name for field in fields(Protein) if field.name not in ("entry", "further")]
    rules = rule_of("protein")["properties"]
    for key, value in keys.items():
        if key not in known:
            raise InputError(f"a protein has no key {key!r}", hint=did_you_mean(key, known))
        rule = rules[_FLAGS[key] if key == "partners" else key]
        # What a text has to look like is said, better, by who reads it.
        rule = {name: value for name, value in rule.items() if name not in ("pattern", "minLength", "maxLength")}
        if key != "name" and value not in (None, (), []):  # a folder may have any name
            for problem in problems_of(list(value) if isinstance(value, tuple) else value, rule, key):
                raise problem
    given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in keys.items()}
    return replace(protein, **given)


def proteins_of(rows: list[tuple[str, dict[str, Any]]], problems: list[CrossdockError]) -> Iterator[Protein]:
    """Make proteins of (place, keys); what is wrong with one is added to `problems`, and it is left out."""
    rule = schema()["$defs"]["protein"]
    for place, row in rows:
        row = typed(row, rule)
        row = {key: [value] if key in LIST_KEYS and isinstance(value, str) else value for key, value in row.items()}
        if isinstance(row.get("uniprot"), str):
            row["uniprot"] = spelled(row["uniprot"]).split("-")[0]
        if decide := str(row.pop("decide", "") or ""):
            if any(
                problem.what == decide and str(problem.where).endswith(f"({row.get('name')})") for problem in problems
            ):
                continue  # the same protein in another list
            hint = "decide it, then empty `decide` of this protein"
            problems.append(InputError(decide, where=place, hint=hint))
            continue
        if row.get("gene") and not {"entry", "uniprot"} & row.keys():
            what = f"the gene {quoted(row['gene'])} alone does not say which protein is docked"
            hint = f"add `uniprot:`, or let `crossdock init DIR --receptors {row['gene']} ...` look it up"
            problems.append(InputError(what, where=place, hint=hint))
            continue
        # A cell of a table cannot hold a key within a key.
        if isinstance(row.get("membrane"), str):
            row["membrane"] = {"outside": row["membrane"]}
        found = list(problems_of(row, rule, place))
        problems += found
        if not all(isinstance(problem, UnknownKeyError) for problem in found):
            continue
        try:
            entries = _entries(row["entry"]) if "entry" in row else (_entry_of_query(row),)
        except InputError as error:
            problems.append(InputError(error.what, where=f"{place} entry", hint=error.hint))
            continue
        known = {field_of(key): value for key, value in row.items() if key in rule["properties"] and key != "entry"}
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in known.items()
        }
        protein = Protein(entry=entries[0], further=entries[1:], **values)
        if row.get("conformers", len(entries)) < len(entries):
            what = f"{len(entries)} entries are listed, but `conformers` is {row['conformers']}"
            hint = "each entry gives a conformer: list fewer entries, or remove `conformers`"
            problems.append(InputError(what, where=place, hint=hint))
        elif len(entries) > 1 and protein.model != ALL_MODELS and (protein.conformers or 0) > len(entries):
            what = f"`conformers` is {protein.conformers}, but {len(entries)} entries are listed, each a conformer"
            hint = "remove `conformers`, or add `model: all` to take further models of the first entry"
            problems.append(InputError(what, where=place, hint=hint))
        yield protein


def protein_from_record(record: dict[str, Any]) -> Protein:
    """Read a protein as `results/panel.json` holds it."""
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in record.items()
        if key in Protein.__dataclass_fields__  # the role is none, nor are keys of earlier versions
    }
    values["entry"] = Entry(**record["entry"])
    values["further"] = tuple(Entry(**one) for one in record.get("further", ()))  # 0.1.0 had one entry a protein
    return Protein(**values)


def _entries(asked: str | list[str]) -> tuple[Entry, ...]:
    """Read one entry, or the several of which each gives a conformer."""
    entries = tuple(parse_entry(one) for one in ([asked] if isinstance(asked, str) else asked))
    for place, one in enumerate(entries):
        if one in entries[:place]:
            raise InputError(f"the entry {one} is listed twice", hint="name each entry once")
    return entries


def _entry_of_query(row: dict[str, Any]) -> Entry:
    """Give the entry of a protein that is given by its accession alone."""
    if named := [key for key in ("chains", "with", "model") if key in row]:
        raise InputError(
            f"`{named[0]}` selects a part of an entry, but there is no `entry:`",
            hint=f"write `entry:` too (`crossdock suggest {row['uniprot']}` lists entries), or remove `{named[0]}`",
        )
    if not is_accession(row["uniprot"]):
        raise InputError(
            f"{row['uniprot']} is a UniProt entry name, but structures are looked up by accession",
            hint=f"write the accession that https://www.uniprot.org/uniprotkb/{row['uniprot']} shows",
        )
    if "residues" not in row:
        return entry_of_accession(row["uniprot"])
    ends = re.findall(r"\d+", row["residues"])
    if not re.fullmatch(r"[\d\s,-]+", row["residues"]) or re.search(r"(^|,|-)\s*-", row["residues"]):
        raise InputError(
            f"`residues: {row['residues']}` are not UniProt numbers, which start at 1",
            hint="without `entry:`, give residues in UniProt numbers, such as 87-190",
        )
    numbers = [int(number) for number in ends]
    return entry_of_accession(row["uniprot"], (min(numbers), max(numbers)))


def entry_of_accession(accession: str, residues: tuple[int, int] | None = None) -> Entry:
    """Give the entry that is to be chosen among the structures of an accession, for a range in UniProt's numbers."""
    return Entry("uniprot", f"{accession}_{residues[0]}-{residues[1]}" if residues else accession)


def parse_entry(text: str) -> Entry:
    """Read what a config calls an entry.

    Parameters
    ----------
    text : str
        ``7mws``, ``pdb_00007mws``, ``alphafold:P35372``, ``AF-P35372-F1``, ``demo:1ppe`` or the path of a file.

    Returns
    -------
    Entry

    Raises
    ------
    InputError
        If it can be none of these, or the file is not there.
    """
    text = text.strip()
    lower = text.lower()
    if lower.removesuffix(".gz").endswith(FILE_SUFFIXES) or "/" in text:
        return _local_entry(text)
    if match := re.fullmatch(r"(?:pdb_0000)?([1-9][a-z0-9]{3})", lower):
        return Entry("rcsb", match[1])
    if match := re.fullmatch(r"(?:alphafold:|af-)([a-z0-9]{6,10})(?:-f1)?", lower):
        return Entry("alphafold", match[1].upper())
    if lower.startswith("demo:"):
        names = sorted(
            file.name.split(".")[0]
            for file in resources.files("crossdock.demo").iterdir()
            if file.name.endswith(".pdb.gz")
        )
        if lower[5:] not in names:
            raise InputError(f"the demo has no entry {quoted(text[5:])}", hint=did_you_mean(lower[5:], names))
        return Entry("demo", lower[5:])
    if ACCESSION.fullmatch(text.upper()):
        raise InputError(
            f"{quoted(text)} is a UniProt accession, not an entry",
            hint=f"write `alphafold:{text.upper()}` for its AlphaFold DB model, or a PDB id",
        )
    raise InputError(
        f"{quoted(text)} cannot be a PDB id: expected a digit from 1 to 9, then three letters or digits",
        hint="or `alphafold:ACCESSION`, or the path of a .pdb or .cif file",
    )


def _local_entry(text: str) -> Entry:
    path = Path(text)
    if not text.lower().removesuffix(".gz").endswith(FILE_SUFFIXES):
        raise InputError(
            f"{quoted(text)} does not have the suffix of a structure file",
            hint=f"expected one of {', '.join(FILE_SUFFIXES)}, with .gz or not",
        )
    if not os.path.isfile(text):  # False for what can be no path, too
        raise InputError(f"there is no file {quoted(text)}", hint=f"looked for {cut(str(path.absolute()), 400)}")
    stem = re.sub(r"[^A-Za-z0-9_-]", "_", path.name.lower().removesuffix(".gz").rsplit(".", 1)[0])
    # Two files of one name in two folders are two entries.
    return Entry("local", f"{stem}-{hashlib.sha256(str(path).encode()).hexdigest()[:6]}", text)
