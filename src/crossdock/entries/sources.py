"""Entries brought from the PDB archive, AlphaFold DB, the user's disk or the demo, and recorded with their origin."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from crossdock.entries.choice import chosen as is_chosen
from crossdock.entries.choice import read_choice
from crossdock.entries.download import AbsentError, Getter, UnavailableError, checked_structure, default_sites
from crossdock.entries.entry import unpack
from crossdock.errors import InputError, SourceError, StructureError
from crossdock.failure import failure_of
from crossdock.files import read_json, write_bytes, write_json
from crossdock.panel.proteins import Entry

#: Sites of the PDB archive, in the order in which they are asked.
ARCHIVE = ("rcsb", "pdbe", "pdbj")
#: Largest entry that is taken, in bytes, unpacked.
MAX_BYTES = 200_000_000
_log = logging.getLogger(__name__)

# Where a site keeps an entry under its base URL: RCSB's file download services, PDBe's entry files, the layout of the
# PDB archive's own folders (wwpdb.org, "PDB Archive Downloads") at PDBj, and AlphaFold DB's API.
_LAYOUTS = {
    "rcsb": "/download/{ID}.cif.gz",
    "pdbe": "/pdbe/entry-files/download/{id}.cif",
    "pdbj": "/pub/pdb/data/structures/divided/mmCIF/{middle}/{id}.cif.gz",
    "alphafold": "/api/prediction/{ID}",
}


@dataclass
class _Found:
    """An entry's content, unpacked; where it came from, and the sites that had been asked in vain."""

    content: bytes
    url: str
    site: str
    failed: list[dict[str, str]] = field(default_factory=list)


def fetch(
    entry: Entry,
    out: str | Path,
    *,
    sites: Mapping[str, str] | None = None,
    offline: bool = False,
    chosen: Mapping[str, Any] | None = None,
    timeout_s: tuple[float, float] = (10.0, 60.0),
    retries: int = 3,
    max_bytes: int = MAX_BYTES,
) -> None:
    """Bring an entry to a file, with a `.json` beside it that says where it came from.

    Parameters
    ----------
    entry : Entry
    out : str or Path
        File to make, named as `Entry.filename` says; it is compressed the same way each time.
    sites : mapping, optional
        Site -> base URL (`rcsb`, `pdbe`, `pdbj`, `alphafold`, `rcsb_data`), in place of the defaults; one whose URL is
        empty is not asked. A base URL that holds ``{id}``, ``{ID}`` or ``{middle}`` (the two letters by which the PDB
        archive files its entries) is the whole address of an entry.
    offline : bool
        Never try the network: a PDB entry or an AlphaFold DB model must be in place already.
    chosen : mapping, optional
        Why this entry was chosen (`crossdock.entries.suggest.read_choice`); kept in the record.
    timeout_s : tuple of float
        Seconds to connect, and between two pieces of an answer.
    retries : int
        Further attempts after a lost connection or an answer that asks to come again; one where the host is not known.
    max_bytes : int
        Largest entry that is taken, unpacked.

    Raises
    ------
    SourceError
        If the entry could not be had: the address, the reason, and what to do.
    StructureError
        If a file of the user's is no structure.

    Notes
    -----
    A PDB entry comes from the first site that has it: RCSB, else PDBe, else PDBj. A site that answers that there is no
    such entry is believed, as all three hold the same archive; RCSB is then asked whether the entry is obsolete. Of
    AlphaFold DB, the current version of the model is taken, as its API names it.
    """
    out = Path(out)
    if entry.source == "local":
        found = _local(entry, max_bytes)
    elif entry.source == "demo":
        found = _demo(entry)
    elif offline:
        if not out.is_file():
            raise missing_offline(entry, out)
        _checked_file(out, max_bytes)
        return
    else:
        with Getter(timeout_s, retries, max_bytes) as getter:
            found = _remote(entry, out, default_sites() | dict(sites or {}), getter)
    write_bytes(out, found.content)
    record = {
        "source": entry.source,
        "id": entry.id,
        "site": found.site,
        "url": found.url,
        "retrieved": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": hashlib.sha256(found.content).hexdigest(),
        "bytes": len(found.content),
        "failed": found.failed,
    }
    write_json(record_path(out), record | ({"chosen": dict(chosen)} if chosen else {}))


def record_path(out: str | Path) -> Path:
    """Give the path of the record beside an entry: `7mws.cif.gz` -> `7mws.json`."""
    out = Path(out)
    return out.with_name(out.name.removesuffix(".gz").rpartition(".")[0] + ".json")


def read_record(out: str | Path) -> dict[str, Any] | None:
    """Read the record beside an entry; None where there is none, as beside a file of the user's."""
    try:
        record = read_json(record_path(out))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and "source" in record else None


def fetched(entry: Entry, folder: str | Path) -> Path | None:
    """Give the file of an entry in the folder of entries; None where it is not there, or another has been chosen since.

    Parameters
    ----------
    entry : Entry
    folder : str or Path
        Such as `resources/entries`.
    """
    path = Path(folder) / entry.filename
    if not path.is_file() or failure_of(path):
        return None
    if (choice := is_chosen(entry, folder)) and (record := read_record(path)):
        chosen, _ = read_choice(choice)
        if (record["source"], record["id"]) != (chosen.source, chosen.id):
            return None
    return path


def at_hand(entry: Entry, folder: str | Path, *, offline: bool = False) -> Path | None:
    """Give the file of an entry wherever it is kept, or None while it has not been fetched.

    Parameters
    ----------
    entry : Entry
    folder : str or Path
        Where fetched entries are, such as `resources/entries`.
    offline : bool
        Whether it is an error that it was not fetched.

    Raises
    ------
    SourceError
    """
    if entry.path:
        return Path(entry.path)
    if entry.source == "demo":
        return Path(str(package_files("crossdock.demo") / f"{entry.id}.pdb.gz"))
    path = fetched(entry, folder)
    if path is None and offline:
        raise missing_offline(entry, Path(folder) / entry.filename)
    return path


def missing_offline(entry: Entry, out: str | Path) -> SourceError:
    """Say that an entry is not here, and where it would have to lie."""
    return SourceError(
        f"offline: the entry was not downloaded before (there is no file {out})",
        where=str(entry),
        hint="put the file there (compressed or not), or run once with network access, without `offline`",
    )


# --- sources


def _checked_file(path: Path, max_bytes: int) -> bytes:
    """Read a structure file from disk, unpacked."""
    try:
        return checked_structure(path.read_bytes(), max_bytes)
    except StructureError as error:
        raise StructureError(error.what, where=str(path), hint=error.hint) from error


def _local(entry: Entry, max_bytes: int) -> _Found:
    path = Path(entry.path or "")
    try:
        return _Found(_checked_file(path, max_bytes), str(path), "local")
    except OSError as error:
        raise SourceError(
            f"cannot read the file: {error.strerror or error}",
            where=str(path),
            hint="correct the path under `entry:`; it is relative to the folder that snakemake runs in",
        ) from error


def _demo(entry: Entry) -> _Found:
    folder = package_files("crossdock.demo")
    names = sorted(item.name.removesuffix(".pdb.gz") for item in folder.iterdir() if item.name.endswith(".pdb.gz"))
    if entry.id not in names:
        raise SourceError(f"the demo has no entry {entry.id}; it has {', '.join(names)}")
    return _Found(unpack((folder / f"{entry.id}.pdb.gz").read_bytes()), f"crossdock/demo/{entry.id}.pdb.gz", "demo")


def _remote(entry: Entry, out: Path, sites: Mapping[str, str], getter: Getter) -> _Found:
    """Fetch from the first site that has the entry; an error says every address tried and the two ways out."""
    if entry.source not in ("rcsb", "alphafold"):
        raise SourceError(f"unknown source {entry.source}; expected rcsb, alphafold, local or demo")
    failed: list[dict[str, str]] = []
    for site in ARCHIVE if entry.source == "rcsb" else ("alphafold",):
        if not sites[site]:
            continue
        url = _address(entry, site, sites[site])
        try:
            if site == "alphafold":
                url = _current_model(entry, url, getter.json(url))
            return _Found(getter.structure(url), url, site, failed)
        except AbsentError:
            raise _absent(entry, out, url, sites["rcsb_data"], getter, failed) from None
        except (UnavailableError, InputError) as error:
            failed.append({"url": url, "reason": error.what if isinstance(error, InputError) else str(error)})
            _log.debug(f"{url}: {failed[-1]['reason']}")
    tried = _failures(failed) or ": every site is disabled"
    raise SourceError(f"could not be downloaded{tried}", where=str(entry), hint=_ways_out(entry, out))


def _failures(failed: Sequence[Mapping[str, str]]) -> str:
    return "".join(f"\n  {failure['url']}: {failure['reason']}" for failure in failed)


def _ways_out(entry: Entry, out: Path) -> str:
    return f"put the file at {out} yourself, or set a mirror in the config (`entries: {{{entry.source}: URL}}`)"


def _address(entry: Entry, site: str, base: str) -> str:
    """Give the address of an entry under a base URL, or by a base URL with places to fill in."""
    address = base if "{" in base else base.rstrip("/") + _LAYOUTS[site]
    places = {"{id}": entry.id.lower(), "{ID}": entry.id.upper(), "{middle}": entry.id.lower()[1:3]}
    for place, text in places.items():
        address = address.replace(place, text)
    return address


def _current_model(entry: Entry, url: str, models: Any) -> str:
    """Read the address of the current model from the answer of AlphaFold DB's API."""
    if not isinstance(models, list):
        raise InputError(f"expected a list of models, got {str(models)[:60]!r}")
    # The list may hold isoforms, which have an accession such as P35372-2.
    own = [
        model
        for model in models
        if isinstance(model, dict) and model.get("cifUrl") and model.get("uniprotAccession", entry.id) == entry.id
    ]
    if not own:
        raise AbsentError
    return urljoin(url, str(own[0]["cifUrl"]))


# --- what is not there


def _absent(
    entry: Entry, out: Path, url: str, rcsb_data: str, getter: Getter, failed: Sequence[Mapping[str, str]]
) -> SourceError:
    """Say why there may be no such entry, and what replaces it."""
    name, hint = entry.id.upper(), _ways_out(entry, out)
    if entry.source == "alphafold":
        what = f"AlphaFold DB has no model of {name}; it may be misspelt, merged with another accession, or too long"
        return SourceError(what, where=url, hint=hint)
    try:
        successors = _removed(name, rcsb_data, getter)
    except UnavailableError:
        what = f"there is no PDB entry {name}; it may be misspelt, or obsolete"
    else:
        if successors is None:
            what = f"there is no PDB entry {name}; is it misspelt?"
        elif successors:
            what = f"the PDB entry {name} is obsolete; it is replaced by {', '.join(successors)}"
            hint = f"write `entry: {successors[0].lower()}`, and run `crossdock check` to see its chains"
        else:
            what = f"the PDB entry {name} is obsolete, and no other entry replaces it"
            hint = "choose another entry (`crossdock suggest ACCESSION` lists them)"
    return SourceError(what + _failures(failed), where=url, hint=hint)


def _removed(name: str, rcsb_data: str, getter: Getter) -> list[str] | None:
    """Ask RCSB what replaces an entry; None where it was never removed.

    Notes
    -----
    RCSB's data API, `holdings/removed` (data.rcsb.org): `id_codes_replaced_by` is left out where nothing replaces it.
    """
    if not rcsb_data:
        raise UnavailableError("the site is disabled")
    try:
        answer = getter.json(f"{rcsb_data.rstrip('/')}/rest/v1/holdings/removed/{name}")
    except AbsentError:
        return None
    try:
        successors = answer["rcsb_repository_holdings_removed"].get("id_codes_replaced_by") or []
        return [str(successor).upper() for successor in successors]
    except (TypeError, KeyError, AttributeError) as error:
        raise UnavailableError("the answer is not of the form that RCSB documents") from error
