"""What people write for a protein: symbols, accessions, ids, files, and lists of these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from crossdock.entries.lists import FASTA_SUFFIXES, cleaned, names_of, sequences_of
from crossdock.entries.models import best_of
from crossdock.errors import InputError, cut, quoted
from crossdock.panel.accession import ACCESSION, ENTRY_NAME, spelled
from crossdock.panel.proteins import FILE_SUFFIXES

Kind = Literal["symbol", "accession", "entry name", "pdb", "alphafold", "file", "unclear"]

_WORKBOOKS = (".xlsx", ".xls", ".ods", ".numbers")
# Ids with what people leave around them: sp|P14210|HGF_HUMAN, UniRef90_P14210, addresses of pages.
_UNIPROT = re.compile(
    rf"(?:(?:sp|tr)\|({ACCESSION.pattern})(?:-\d+)?\|.*|(?:uniprot(?:kb)?:|uniref\d+_)({ACCESSION.pattern})"
    rf"|https?://(?:www\.)?uniprot\.org/uniprot(?:kb)?/({ACCESSION.pattern})\b.*)",
    re.IGNORECASE,
)
_ALPHAFOLD = re.compile(
    rf"(?:alphafold:|AF-|https?://(?:www\.)?alphafold\.(?:ebi\.ac\.uk|com)/entry/(?:AF-)?)({ACCESSION.pattern})"
    r"(?:-F(\d+))?(?:-model_v\d+)?/?",
    re.IGNORECASE,
)
_PDB = re.compile(
    r"(?:pdb:|https?://(?:www\.)?rcsb\.org/structure/)?(?:pdb_0000)?([1-9][a-z0-9]{3})"
    r"(?::([A-Za-z0-9,]+)|_([A-Za-z0-9]{1,2}))?",
    re.IGNORECASE,
)
# The header of RCSB's FASTA files: >1XWD_1|Chains A, D|Glycoprotein hormones alpha chain|Homo sapiens (9606)
_RCSB_HEADER = re.compile(r"([1-9][A-Za-z0-9]{3})_\d+\|Chains? ([^|]*)\|.*")
# What spreadsheets make of SEPT9, MARCH1 and DEC1.
_MONTH = "(mar|sep|sept|dec|oct|apr|feb)"
_DATE = re.compile(rf"\d{{1,4}}-{_MONTH}|{_MONTH}-\d{{1,4}}", re.IGNORECASE)


@dataclass(frozen=True)
class Name:
    """One protein as somebody wrote it.

    Attributes
    ----------
    kind : str
        ``symbol`` stands for every word that is no id: a gene's symbol or a protein's name. ``unclear`` is what cannot
        be a protein; `problem` says why.
    text : str
        As it was written.
    value : str
        Accession or entry name as UniProt spells it, PDB id in small letters, path of a file; else `text`.
    where : str
        The list and line that it stands in; empty for a word of the command line.
    chains : tuple of str
        Chains that were written with a PDB id.
    sequence : str
        One-letter codes, of a FASTA file.
    problem, hint : str
        Of an unclear one: what is wrong, and what to do.
    remarks : tuple of str
        What was left out for it.
    """

    kind: Kind
    text: str
    value: str
    where: str = ""
    chains: tuple[str, ...] = ()
    sequence: str = ""
    problem: str = ""
    hint: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, tuple[str, ...]]:
        """What makes two of them the same protein."""
        value = self.value if self.kind in ("file", "unclear") else self.value.upper()
        return self.kind, value, self.chains


def read_names(words: Iterable[str]) -> list[Name]:
    """Read what stands for the proteins of a role.

    Parameters
    ----------
    words : iterable of str
        Gene symbols, UniProt accessions and entry names, PDB ids (`1xwd`, with chains `1xwd:C`), AlphaFold ids,
        structure files, folders of these, text files with one name a line, tables whose first column has the names, and
        FASTA files.

    Returns
    -------
    list of Name
        Each protein once. What cannot be read is among them as ``unclear``; nothing raises.
    """
    found: dict[tuple[str, str, tuple[str, ...]], Name] = {}
    for word in words:
        for name in _of_word(word):
            found.setdefault(name.key, name)
    return list(found.values())


def _of_word(word: str) -> Iterator[Name]:
    """Read a word of the command line."""
    path, lower = Path(word), word.lower()
    try:
        if path.is_dir():
            yield from _of_folder(path)
            return
        is_file = path.is_file()
    except (OSError, ValueError):  # too long for a path
        is_file = False
    if is_file and lower.removesuffix(".gz").endswith(FILE_SUFFIXES):
        yield from of_files([path])
    elif is_file:
        yield from _of_list(path)
    elif lower.removesuffix(".gz").endswith((*FILE_SUFFIXES, *FASTA_SUFFIXES, ".txt", ".tsv", ".csv", *_WORKBOOKS)):
        yield _unclear(word, f"there is no file {quoted(word)}", "correct the path")
    elif "/" in word and not re.match(r"https?://", lower):
        yield _unclear(word, f"there is no file or folder {quoted(word)}", "correct the path")
    elif "," in word and not _PDB.fullmatch(word):
        yield from (read_name(part) for one in word.split(",") if (part := cleaned(one)))
    elif text := cleaned(word):
        yield read_name(text)


def _of_folder(folder: Path) -> Iterator[Name]:
    files = [path for path in sorted(folder.rglob("*")) if not any(part.startswith(".") for part in path.parts[1:])]
    files = [path for path in files if path.name.lower().removesuffix(".gz").endswith(FILE_SUFFIXES) and path.is_file()]
    if not files:
        what = f"there is no structure in the folder {quoted(str(folder))}"
        yield _unclear(str(folder), what, f"expected files that end in {', '.join(FILE_SUFFIXES)}, with .gz or not")
    yield from of_files(files)


def of_files(files: Sequence[Path]) -> Iterator[Name]:
    """Give each structure file, of several models that one prediction made only the best."""
    for path, others in best_of(files):
        remarks: tuple[str, ...] = ()
        if others:
            names = ", ".join(other.name for other in others)
            remarks = (f"the other models of this prediction are left out: {cut(names, 400)}",)
        yield Name("file", str(path), str(path), remarks=remarks)


def _of_list(path: Path) -> Iterator[Name]:
    """Read a file of names or of sequences."""
    if path.suffix.lower() in _WORKBOOKS:
        what = f"{quoted(str(path))} is a workbook, which crossdock does not read"
        yield _unclear(str(path), what, "save its sheet as CSV or as text separated by tabs, and give that file")
        return
    try:
        for line, header, sequence in sequences_of(path) or ():
            yield _of_sequence(header, sequence, f"{path}, line {line}")
        for line, text in names_of(path):
            yield replace(read_name(text), where=f"{path}, line {line}")
    except InputError as error:
        yield _unclear(str(path), error.what, error.hint or "")


def read_name(text: str) -> Name:
    """Read a word that is no path."""
    if text.lower().startswith("demo:"):
        return Name("pdb", text, text.lower())
    if match := _ALPHAFOLD.fullmatch(text):
        if match[2] not in (None, "1"):
            hint = f"write alphafold:{match[1].upper()}, whose model is in one piece where there is one"
            return _unclear(text, "only the first fragment of an AlphaFold DB model can be used", hint)
        return Name("alphafold", text, spelled(match[1]))
    if match := _UNIPROT.fullmatch(text):
        return Name("accession", text, spelled(next(filter(None, match.groups()))))
    if match := _PDB.fullmatch(text):
        chains = re.split(",", match[2] or match[3]) if match[2] or match[3] else []
        return Name("pdb", text, match[1].lower(), chains=tuple(filter(None, chains)))
    if ACCESSION.fullmatch(spelled(text).split("-")[0]):
        isoform = spelled(text).partition("-")[2]
        said = f"isoform {isoform} was asked for; structures and numbers are those of the canonical sequence"
        return Name("accession", text, spelled(text).split("-")[0], remarks=(said,) if isoform else ())
    if ENTRY_NAME.fullmatch(text.upper()):
        return Name("entry name", text, text.upper())
    if _DATE.fullmatch(text):
        hint = "write the gene's symbol as it is today, such as SEPTIN9, MARCHF1 or DELEC1"
        return _unclear(text, f"{quoted(text)} is a date; spreadsheets turn genes such as SEPT9 into dates", hint)
    if not re.search(r"[A-Za-z0-9]", text) or len(text) > 100:
        return _unclear(text, f"{quoted(text)} cannot be the name of a protein", "correct or remove it")
    return Name("symbol", text, text)


def _of_sequence(header: str, sequence: str, where: str) -> Name:
    """Read a sequence of a FASTA file by its header."""
    if not sequence.isascii() or not sequence.isalpha():
        what = f"what follows {quoted('>' + header)} is no protein sequence"
        return replace(_unclear(header, what, "expected lines of one-letter codes"), where=where)
    if match := _RCSB_HEADER.fullmatch(header):
        # `A, D[auth C]`: the author's name is the one that entries use.
        chains = [re.sub(r".*\[auth (.*)\]", r"\1", one.strip()) for one in match[2].split(",")]
        return Name("pdb", header, match[1].lower(), where, tuple(chains[:1]), sequence)
    word = header.split()[0] if header.split() else ""
    word = word if "|" not in word or _UNIPROT.fullmatch(word) else next(filter(None, word.split("|")[1:]), word)
    named = read_name(word) if word else Name("symbol", "", "")
    if named.kind in ("unclear", "pdb"):
        named = Name("symbol", word, word)
    return replace(named, where=where, sequence=sequence)


def _unclear(text: str, problem: str, hint: str) -> Name:
    return Name("unclear", text, text, problem=problem, hint=hint)
