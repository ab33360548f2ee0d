"""Real entries for the tests: of ../shared, else of a folder that keeps them, else brought by crossdock's own client.

The archives are asked whether they can be reached once a session, with a short limit. Entries come in PDB format, as
those of ../shared are, because many tests edit their lines. An archive may have mended an entry since the file of
../shared was made, so a test asserts facts of an entry, and takes out of it the records that must not be there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import gemmi
import pytest
import requests
from filelock import FileLock
from urllib3.util import Retry

from crossdock.entries.download import AbsentError, Getter, UnavailableError, default_sites
from crossdock.entries.sources import ARCHIVE, MAX_BYTES, fetch
from crossdock.errors import CrossdockError
from crossdock.files import write_bytes, write_json, write_text
from crossdock.panel.proteins import Entry
from crossdock.web import session

SHARED = Path(__file__).parents[2] / "shared" / "data"
#: Entries that are kept whole.
WHOLE = ("1a52", "1duz", "1e3g", "1err", "1xwd", "2d9q", "3l95", "4d3c", "4qci", "5dfv", "5l0q")
#: Atoms of some chains of an entry, without any record: name -> entry, chains.
PARTS = {"1shy_A_HGFbeta": ("1shy", "A"), "1shy_B_MET": ("1shy", "B"), "2vpf_vegfa_dimer": ("2vpf", "GH")}
#: Atoms of an entry's first biological assembly: name -> entry.
ASSEMBLIES = {"1tgj_tgfb3_dimer": "1tgj"}
#: Models of AlphaFold DB: name -> accession.
MODELS = {
    "AF_cnr2_human": "P34972",
    "AF_fshr_human": "P23945",
    "AF_oprd_human": "P41143",
    "AF_oprk_human": "P41145",
    "AF_oprm_human": "P35372",
}
NAMES = (*WHOLE, *PARTS, *ASSEMBLIES, *MODELS)
# Where each site of the archive keeps its files in PDB format.
_LAYOUTS = {
    "rcsb": "/download/{ID}.pdb.gz",
    "pdbe": "/pdbe/entry-files/download/pdb{id}.ent",
    "pdbj": "/pub/pdb/data/structures/divided/pdb/{middle}/pdb{id}.ent.gz",
}
# Seconds to connect to a site and to hear from it, before it is said to be out of reach.
_LIMITS_S = (3.0, 5.0)


class NotAtHandError(Exception):
    """An entry can be had neither from a folder nor from an archive; the message says why."""


@dataclass
class RealEntries:
    """Where the tests' entries come from.

    Attributes
    ----------
    given : Path
        Folder of entries that are there already; need not exist.
    cache : Path
        Folder that keeps what is downloaded.
    sites : mapping
        Site -> base URL, as under `entries` in a config; one whose URL is empty is not asked.
    run : str
        The session, which several processes may share.
    """

    given: Path
    cache: Path
    sites: Mapping[str, str]
    run: str
    _failed: dict[str, str] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        """Give the file of an entry.

        Raises
        ------
        NotAtHandError
        """
        out = self.cache / f"{name}.pdb"
        for path in (self.given / out.name, out):
            if path.is_file():
                return path
        if name not in self._failed:
            self.cache.mkdir(parents=True, exist_ok=True)
            try:
                with FileLock(self.cache / f"{name}.lock"):
                    if not out.is_file():
                        self._make(name, out)
                return out
            except NotAtHandError as error:
                self._failed[name] = str(error)
        raise NotAtHandError(f"{name} is neither in {self.given} nor in {self.cache}: {self._failed[name]}")

    def _make(self, name: str, out: Path) -> None:
        if name in MODELS:
            self._download_model(MODELS[name], out)
        elif name in PARTS:
            entry, chains = PARTS[name]
            write_text(out, _atoms_of(gemmi.read_structure(str(self.path(entry))), chains))
        elif name in ASSEMBLIES:
            write_text(out, _atoms_of(_assembled(gemmi.read_structure(str(self.path(ASSEMBLIES[name]))))))
        else:
            self._download(name, out)

    def _download(self, name: str, out: Path) -> None:
        addresses = {site: self.sites[site].rstrip("/") + _LAYOUTS[site] for site in ARCHIVE if self.sites[site]}
        reached = {site: self._reached(site, url.replace("{ID}", name.upper())) for site, url in addresses.items()}
        if not any(reached.values()):
            raise NotAtHandError(f"no archive can be reached ({', '.join(addresses) or 'every site is disabled'})")
        asked = {site: addresses[site] if reached.get(site) else "" for site in ARCHIVE}
        try:
            fetch(Entry("rcsb", name), out, sites=dict(self.sites) | asked)
        except CrossdockError as error:
            raise NotAtHandError(error.what) from error

    def _download_model(self, accession: str, out: Path) -> None:
        url = f"{self.sites['alphafold'].rstrip('/')}/api/prediction/{accession}"
        if not self.sites["alphafold"] or not self._reached("alphafold", url):
            raise NotAtHandError("AlphaFold DB cannot be reached")
        try:
            with Getter((10.0, 60.0), 3, MAX_BYTES) as getter:
                (model,) = [one for one in getter.json(url) if one["uniprotAccession"] == accession]
                write_bytes(out, getter.structure(model["pdbUrl"]))
        except (AbsentError, UnavailableError, KeyError, TypeError, ValueError) as error:
            raise NotAtHandError(f"AlphaFold DB has not given {accession} ({error!r})") from error

    def _reached(self, site: str, url: str) -> bool:
        """Whether a site answers; asked once a session, whichever process needs it first."""
        record = self.cache / "reached.json"
        with FileLock(record.with_suffix(".lock")):
            known = json.loads(record.read_text()) if record.is_file() else {}
            if known.get("run") != self.run:
                known = {"run": self.run}
            if site not in known:
                write_json(record, known := known | {site: _answers(url)})
        return known[site]


def _answers(url: str) -> bool:
    """Whether there is a server that has such addresses, or says that it has not this one."""
    try:
        with session(Retry(0)) as asking, asking.get(url, timeout=_LIMITS_S, stream=True) as answer:
            return answer.ok or answer.status_code == 404
    except requests.RequestException:
        return False


def _atoms_of(structure: gemmi.Structure, chains: str | None = None) -> str:
    """Write the polymer atoms of the first model's chains, and nothing else."""
    structure.setup_entities()
    structure.remove_ligands_and_waters()
    del structure[1:]
    for chain in [chain.name for chain in structure[0]]:
        if chains and chain not in chains:
            structure[0].remove_chain(chain)
    return structure.make_pdb_string(gemmi.PdbWriteOptions(minimal=True, cryst1_record=False))


def _assembled(structure: gemmi.Structure) -> gemmi.Structure:
    structure.transform_to_assembly(structure.assemblies[0].name, gemmi.HowToNameCopiedChain.Short)
    return structure


def cache_folder() -> Path:
    """Give the folder that keeps entries: `CROSSDOCK_TEST_ENTRIES`, else one among the user's caches."""
    if given := os.environ.get("CROSSDOCK_TEST_ENTRIES"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crossdock-tests"


def sites_of_tests() -> dict[str, str]:
    """Give the base URL of every site, such as that of a mirror in `CROSSDOCK_TEST_RCSB`."""
    return {site: os.environ.get(f"CROSSDOCK_TEST_{site.upper()}", url) for site, url in default_sites().items()}


_ENTRIES = RealEntries(
    SHARED / "structures", cache_folder(), sites_of_tests(), os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
)


def missing(reason: str) -> NoReturn:
    """Skip the test; with CI=true, where everything must be there, let it fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; with CI=true nothing may be missing")
    pytest.skip(reason)


def real(name: str) -> Path:
    """Give the file of a real entry, one of `NAMES`; without it skip the test, or let it fail with CI=true."""
    try:
        return _ENTRIES.path(name)
    except NotAtHandError as error:
        missing(str(error))
