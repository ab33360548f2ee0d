"""Config -> panel: every mistake found in one pass, before any work."""

from __future__ import annotations

import csv
import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from crossdock.errors import ConfigError, CrossdockError, InputError
from crossdock.files import read_json

#: Suffixes that make an entry a file on disk.
FILE_SUFFIXES = (".pdb", ".ent", ".cif", ".mmcif")
#: Keys of a protein that hold lists; in a table their items are separated by blanks, commas or semicolons.
LIST_KEYS = ("chains", "with", "keep")


@dataclass(frozen=True)
class Entry:
    """What a source returns: a PDB entry, an AlphaFold DB model, a local file, a demo entry.

    Attributes
    ----------
    source : {"rcsb", "alphafold", "local", "demo"}
    id : str
        Lower-case PDB id, UniProt accession, or a name made from the file's.
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

    def __str__(self) -> str:
        if self.path:
            return self.path
        return self.id if self.source == "rcsb" else f"{self.source}:{self.id}"


@dataclass(frozen=True)
class Protein:
    """A named member of a panel: an entry, a selection and an expected identity.

    Attributes are the keys of `$defs/protein` in config.schema.yaml; `partners` is the config's `with`.
    """

    name: str
    entry: Entry
    label: str = ""
    chains: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    copies: str | None = None
    model: int | None = None
    residues: str | None = None
    keep: tuple[str, ...] = ()
    uniprot: str | None = None
    organism: int = 9606
    accept: str | None = None
    accessible: str | None = None
    blocked: str | None = None
    membrane: dict[str, str] | None = None
    repair: bool = False
    note: str = ""

    @property
    def outside(self) -> str | None:
        """What of a membrane protein is outside the cell."""
        return self.membrane["outside"] if self.membrane else None

    @property
    def sequence(self) -> Path | None:
        """The sequence of the expected accession, where the user has put it."""
        path = Path(f"resources/sequences/{self.uniprot}.fasta")
        return path if self.uniprot and path.is_file() else None


@dataclass(frozen=True)
class Known:
    """A pair whose complex is known; `complex` names the entry that holds both partners."""

    receptor: str
    ligand: str
    complex: str
    note: str = ""


@dataclass(frozen=True)
class Panel:
    """The ligands x receptors that one config asks for, and how to dock them."""

    title: str
    receptors: tuple[Protein, ...]
    ligands: tuple[Protein, ...]
    backend: str
    seed: int
    docking: dict[str, Any]
    clustering: dict[str, Any]
    network: dict[str, Any]
    entries: dict[str, str]
    known: tuple[Known, ...] = ()
    published: str | None = None

    @property
    def proteins(self) -> list[Protein]:
        """Receptors, then ligands; a protein in both roles once."""
        return list({protein.name: protein for protein in (*self.receptors, *self.ligands)}.values())

    @property
    def pairs(self) -> list[tuple[Protein, Protein]]:
        """Every (receptor, ligand), receptor by receptor."""
        return [(receptor, ligand) for receptor in self.receptors for ligand in self.ligands]

    def protein(self, name: str) -> Protein:
        """Find a protein by its name."""
        return next(protein for protein in self.proteins if protein.name == name)

    def is_known(self, receptor: str, ligand: str) -> Known | None:
        """Give the known complex of a pair, if the config names one."""
        return next((k for k in self.known if (k.receptor, k.ligand) == (receptor, ligand)), None)

    def to_record(self) -> dict[str, Any]:
        """Give the panel as `results/panel.json` holds it."""
        record = asdict(self)
        for role in ("receptor", "ligand"):
            for protein in record[f"{role}s"]:
                protein["role"] = role
                protein["label"] = protein["label"] or protein["name"]
        return record


def read_panel(path: str | Path) -> Panel:
    """Read a resolved panel (`results/panel.json`)."""
    record = read_json(path)
    del record["crossdock_version"]
    for role in ("receptors", "ligands"):
        record[role] = tuple(_protein_from_record(protein) for protein in record[role])
    record["known"] = tuple(Known(**known) for known in record["known"])
    return Panel(**record)


def _protein_from_record(record: dict[str, Any]) -> Protein:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in record.items() if key != "role"
    }
    values["entry"] = Entry(**record["entry"])
    return Protein(**values)


@cache
def schema() -> dict[str, Any]:
    """Give the schema of a config: every key with its meaning and default."""
    return yaml.safe_load(resources.files("crossdock").joinpath("config.schema.yaml").read_text(encoding="utf-8"))


class _NoRepeats(yaml.SafeLoader):
    """YAML in which a key written twice is a mistake, where plain YAML silently takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                mark = key_node.start_mark
                raise InputError(f"the key {key!r} is written twice", where=f"{mark.name}, line {mark.line + 1}")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_config(path: str | Path) -> dict[str, Any]:
    """Read a config file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If the file cannot be read, is not YAML, holds a key twice, or is not a mapping.
    """
    try:
        with open(path, encoding="utf-8") as handle:
            config = yaml.load(handle, _NoRepeats)
    except OSError as error:
        raise InputError(f"cannot read the config: {error.strerror}", where=str(path)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"not a YAML file: {error}", where=str(path)) from error
    if not isinstance(config, dict):
        raise InputError("expected keys such as `receptors:` and `ligands:`", where=str(path))
    return config


def load_panel(config: Mapping[str, Any], *, where: str = "config.yaml") -> Panel:
    """Make the panel that a config asks for.

    Parameters
    ----------
    config : mapping
        As read from YAML; paths in it are relative to the working directory.
    where : str
        Name of the config for messages.

    Returns
    -------
    Panel

    Raises
    ------
    ConfigError
        With every problem found.
    """
    problems: list[CrossdockError] = []
    plain = {key: value for key, value in config.items() if key not in ("receptors", "ligands")}
    top = schema() | {"required": []}
    problems += _schema_problems(plain, top, "")
    lists: dict[str, Any] = {}
    for role in ("receptors", "ligands"):
        rows = _protein_rows(config.get(role), role, problems)
        lists[role] = tuple(_proteins(rows, problems))
    problems += _name_problems(lists)
    panel = None
    try:
        settings = with_defaults(plain, top)
        known, known_problems = _known_pairs(settings.pop("known"), lists)
        problems += known_problems
        panel = Panel(**(lists | settings), known=known)
    except (TypeError, AttributeError, KeyError):
        if not problems:  # a wrong type that the schema has already named ends up here
            raise
    problems += _published_problems(config.get("published"))
    problems += _backend_problems(config.get("backend"))
    if problems or panel is None:
        raise ConfigError(problems, where=where)
    return panel


def with_defaults(value: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in the defaults of a part of the schema, nested ones too."""
    filled = dict(value)
    for key, rule in part["properties"].items():
        if rule.get("type") == "object":
            filled[key] = with_defaults(filled.get(key, {}), rule)
        elif "default" in rule:
            filled.setdefault(key, rule["default"])
    return filled


def _schema_problems(value: Any, part: Mapping[str, Any], where: str) -> Iterator[InputError]:
    """Turn what the validator finds into sentences."""
    validator = jsonschema.Draft202012Validator(part)
    for error in sorted(validator.iter_errors(value), key=lambda error: [str(step) for step in error.absolute_path]):
        path = ".".join(str(step) for step in error.absolute_path)
        place = " ".join(bit for bit in (where, path) if bit)
        if error.validator == "additionalProperties":
            allowed = list(error.schema["properties"])
            for key in error.instance:
                if key not in allowed:
                    yield InputError(f"unknown key `{key}`", where=place or None, hint=did_you_mean(str(key), allowed))
            continue
        yield InputError(_sentence(error), where=place or None, hint=error.schema.get("description"))


def _sentence(error: jsonschema.ValidationError) -> str:
    got = repr(error.instance) if not isinstance(error.instance, dict) else "a mapping"
    match error.validator:
        case "required":
            missing = [key for key in error.validator_value if key not in error.instance]
            return "missing key" + ("s" if len(missing) > 1 else "") + " " + ", ".join(f"`{key}`" for key in missing)
        case "type":
            kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
            return f"expected {' or '.join('nothing' if k == 'null' else k for k in kinds)}, got {got}"
        case "enum":
            return f"expected one of {', '.join(map(str, error.validator_value))}, got {got}"
        case "pattern":
            return f"{got} does not have the form that is needed here"
        case "minimum" | "exclusiveMinimum":
            bound = "at least" if error.validator == "minimum" else "more than"
            return f"expected {bound} {error.validator_value}, got {got}"
        case "maximum":
            return f"expected at most {error.validator_value}, got {got}"
    return str(error.message)


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Suggest the nearest of some words, or list them all."""
    choices = list(choices)
    near = difflib.get_close_matches(word.lower(), [choice.lower() for choice in choices], n=1, cutoff=0.6)
    if near:
        return f"did you mean `{next(choice for choice in choices if choice.lower() == near[0])}`?"
    return "expected one of " + ", ".join(f"`{choice}`" for choice in choices)


def _protein_rows(value: Any, role: str, problems: list[CrossdockError]) -> list[tuple[str, dict]]:
    """Give (place, keys) of every protein of a role, from the config or the table that it names."""
    if value is None or value == [] or value == "":
        problems.append(
            InputError(
                "the panel is empty: no protein here", where=role, hint=f"list at least one protein under `{role}:`"
            )
        )
        return []
    if isinstance(value, str):
        try:
            rows = list(_table_rows(Path(value)))
        except InputError as error:
            problems.append(error)
            return []
        if not rows:
            problems.append(InputError("the panel is empty: the table has no row", where=value))
        return rows
    if not isinstance(value, list):
        problems.append(
            InputError(
                f"expected a list of proteins or the path of a table, got {type(value).__name__}",
                where=role,
                hint="write each protein as `- {name: CD81, entry: 7mws}`",
            )
        )
        return []
    rows = []
    for number, row in enumerate(value, start=1):
        place = f"{role} {number}"
        if not isinstance(row, dict):
            problems.append(
                InputError(
                    f"expected keys such as `name` and `entry`, got {row!r}",
                    where=place,
                    hint="write it as `- {name: CD81, entry: 7mws}`",
                )
            )
            continue
        rows.append((f"{place} ({row['name']})" if row.get("name") else place, row))
    return rows


def _table_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read a protein list from a .tsv or .csv file with a column a key."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise InputError(
            f"cannot read the list of proteins: {reason}",
            where=str(path.absolute()),
            hint="paths in a config are relative to the folder that the command runs in",
        ) from error
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    reader = csv.DictReader((line for _, line in lines), delimiter="\t" if path.suffix != ".csv" else ",")
    for (number, _), row in zip(lines[1:], reader, strict=False):
        keys: dict[str, Any] = {}
        for key, cell in row.items():
            if key is None:
                raise InputError("more cells than the header has columns", where=f"{path}, line {number}")
            if cell is None or not cell.strip():
                continue
            key = key.strip()
            keys[key] = re.split(r"[\s,;]+", cell.strip()) if key in LIST_KEYS else cell.strip()
            if key in ("model", "organism") and keys[key].isdigit():
                keys[key] = int(keys[key])
            if key == "repair" and keys[key].lower() in ("true", "yes", "false", "no"):
                keys[key] = keys[key].lower() in ("true", "yes")
        yield f"{path}, line {number}" + (f" ({keys['name']})" if "name" in keys else ""), keys


def _proteins(rows: list[tuple[str, dict]], problems: list[CrossdockError]) -> Iterator[Protein]:
    rule = schema()["$defs"]["protein"]
    for place, row in rows:
        row = {key: [value] if key in LIST_KEYS and isinstance(value, str) else value for key, value in row.items()}
        # A cell of a table cannot hold a key within a key.
        if isinstance(row.get("membrane"), str):
            row["membrane"] = {"outside": row["membrane"]}
        found = list(_schema_problems(row, rule, place))
        problems += found
        if any(not str(problem.what).startswith("unknown key") for problem in found):
            continue
        try:
            entry = parse_entry(row["entry"])
        except InputError as error:
            problems.append(InputError(error.what, where=f"{place} entry", hint=error.hint))
            continue
        known = {key: value for key, value in row.items() if key in rule["properties"] and key != "entry"}
        if "with" in known:
            known["partners"] = known.pop("with")
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in known.items()
        }
        yield Protein(entry=entry, **values)


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
            raise InputError(f"the demo has no entry {text[5:]!r}", hint=did_you_mean(lower[5:], names))
        return Entry("demo", lower[5:])
    if re.fullmatch(schema()["$defs"]["protein"]["properties"]["uniprot"]["pattern"], text.upper()):
        raise InputError(
            f"{text!r} is a UniProt accession, not an entry",
            hint=f"write `alphafold:{text.upper()}` for its AlphaFold DB model, or a PDB id",
        )
    raise InputError(
        f"{text!r} cannot be a PDB id: expected a digit from 1 to 9, then three letters or digits",
        hint="or `alphafold:ACCESSION`, or the path of a .pdb or .cif file",
    )


def _local_entry(text: str) -> Entry:
    path = Path(text)
    if not text.lower().removesuffix(".gz").endswith(FILE_SUFFIXES):
        raise InputError(
            f"{text!r} does not end as a structure file does",
            hint=f"expected one of {', '.join(FILE_SUFFIXES)}, with .gz or not",
        )
    if not path.is_file():
        raise InputError(f"there is no file {text!r}", hint=f"looked for {path.absolute()}")
    stem = re.sub(r"[^A-Za-z0-9_-]", "_", path.name.lower().removesuffix(".gz").rsplit(".", 1)[0])
    # Two files of one name in two folders are two entries.
    return Entry("local", f"{stem}-{hashlib.sha256(str(path).encode()).hexdigest()[:6]}", text)


def _name_problems(lists: dict[str, tuple[Protein, ...]]) -> Iterator[InputError]:
    """Find names that are taken; names are folders, and some disks do not tell `AR` from `ar`."""
    for role, proteins in lists.items():
        seen: dict[str, str] = {}
        for protein in proteins:
            other = seen.get(protein.name.lower())
            if other == protein.name:
                yield InputError(
                    f"the name {protein.name!r} is given to two {role}",
                    where=role,
                    hint="give each protein a name of its own",
                )
            elif other:
                yield InputError(
                    f"the names {other!r} and {protein.name!r} differ only by case",
                    where=role,
                    hint="names become folders, and some disks do not tell them apart",
                )
            seen[protein.name.lower()] = protein.name
    receptors = {protein.name.lower(): protein for protein in lists["receptors"]}
    for ligand in lists["ligands"]:
        receptor = receptors.get(ligand.name.lower())
        if receptor and receptor != ligand:
            yield InputError(
                f"{ligand.name!r} is a ligand and {receptor.name!r} a receptor, but their keys are not the same",
                where="ligands",
                hint="use two names, or the very same keys for a protein in both roles",
            )


def _known_pairs(rows: list[dict], lists: dict[str, tuple[Protein, ...]]) -> tuple[tuple[Known, ...], list[InputError]]:
    pairs, problems = [], []
    for number, row in enumerate(rows, start=1):
        partners = {}
        for role in ("receptor", "ligand"):
            names = {protein.name: protein for protein in lists[f"{role}s"]}
            if row[role] in names:
                partners[role] = names[row[role]]
            else:
                problems.append(
                    InputError(
                        f"{row[role]!r} is not a {role} of this panel",
                        where=f"known {number}",
                        hint=did_you_mean(row[role], names),
                    )
                )
        if len(partners) < 2:
            continue
        if partners["receptor"].entry != partners["ligand"].entry:
            problems.append(
                InputError(
                    f"{row['receptor']} comes from {partners['receptor'].entry}, "
                    f"{row['ligand']} from {partners['ligand'].entry}",
                    where=f"known {number}",
                    hint="both partners must be selected from the entry of their complex",
                )
            )
            continue
        entry = partners["receptor"].entry
        pairs.append(
            Known(
                row["receptor"], row["ligand"], entry.id.upper() if not entry.path else entry.path, row.get("note", "")
            )
        )
    return tuple(pairs), problems


def _published_problems(path: Any) -> Iterator[InputError]:
    if not isinstance(path, str):
        return
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            header = next(csv.reader(handle), [])
    except (OSError, UnicodeDecodeError):
        yield InputError(
            f"cannot read the published table {path!r}", where="published", hint=f"looked for {Path(path).absolute()}"
        )
        return
    if not header or header[0] != "ligand" or len(header) < 2:
        yield InputError(
            f"expected a first column `ligand` and a column a receptor, got {', '.join(header) or 'nothing'}",
            where=f"published {path}",
        )


def _backend_problems(name: Any) -> Iterator[InputError]:
    if isinstance(name, str) and name not in (names := backend_names()):
        yield InputError(f"there is no backend {name!r}", where="backend", hint=did_you_mean(name, names))


def backend_names() -> list[str]:
    """Give the registered backends (entry points of the group `crossdock.backends`)."""
    from importlib.metadata import entry_points

    return sorted({point.name for point in entry_points(group="crossdock.backends")})
