"""Every command of Start and of the tutorials runs, in order, and prints what the page shows.

What a reader has and a test has not is put in its place here: loopback servers for UniProt and the archives, few
orientations, a dry run where the page uses a cluster.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sysconfig
import venv
from itertools import groupby
from pathlib import Path

import pytest
import yaml

from cluspro_files import PUBLISHED, archive, model_pdb, placed, score_csv
from crossdock.report.javascript import BUNDLER, install
from sites import Server, feature, uniprot, uniprot_entry

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FAST = """'docking={"rotations": 60, "sampling": "fast"}'"""
SILENT = """'evidence={"ask": false}'"""
SQUARE = """'pairs=[["trypsin", "CMTI-1"], ["trypsin", "Im9"], ["colicin-E9", "CMTI-1"], ["colicin-E9", "Im9"]]'"""

pytestmark = pytest.mark.workflow


class Reader:
    """Follows a page in a folder, with further options for the commands that begin as `added` says."""

    def __init__(self, folder, environment, added=()):
        self.folder, self.environment = folder, environment
        self.added = {"crossdock estimate": "--no-measure", "pip install": "--no-index"} | dict(added)

    def follow(self, page):
        """Do what the blocks of a page say; consecutive blocks of Python are one program."""
        blocks = BLOCK.findall((DOCS / page).read_text())
        assert blocks
        for kind, some in groupby(blocks, key=lambda block: block[0]):
            texts = [text for _, text in some]
            {"console": self._type, "python": self._compute, "yaml": self._write}[kind](texts)

    def _type(self, texts):
        for text in texts:
            lines = text.splitlines()
            assert lines[0].startswith("$ ")
            for at, line in enumerate(lines):
                if line.startswith("$ "):
                    shown = [*lines[at + 1 :], "$ "]
                    self._run(line[2:], shown[: next(i for i, one in enumerate(shown) if one.startswith("$ "))])

    def _run(self, command, shown):
        begin = max((one for one in self.added if command.startswith(one)), key=len, default=None)
        full = f"{command} {self.added[begin]}" if begin else command
        where = self.folder.parent / "where"
        script = f"set -e -o pipefail\n{full}\npwd > {where}"
        printed = self._done(["bash", "-c", script], self.folder)
        for line in shown:
            assert squeezed(line) in squeezed(printed), f"`{command}` does not print `{line}`:\n{printed}"
        self.folder = Path(where.read_text().strip())

    def _compute(self, texts):
        self._done(["python", "-c", "\n".join(texts)], self.folder)

    def _write(self, texts):
        for text in texts:
            name = re.match(r"# (\S+)\n", text)[1]
            (self.folder / name).write_text(text)

    def _done(self, command, folder):
        done = subprocess.run(
            command,
            cwd=folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}"
        return done.stdout


def squeezed(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Variables of an environment into which a page may install packages; it sees those of the one that runs this."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=True)
    site = next(home.glob("lib/python*/site-packages"))
    (site / "beside.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    for name, module in (("crossdock", "crossdock"), ("pip", "pip")):
        (home / "bin" / name).write_text(f'#!/bin/sh\nexec {home}/bin/python -m {module} "$@"\n')
        (home / "bin" / name).chmod(0o755)
    return os.environ | {"PATH": f"{home}/bin{os.pathsep}{os.environ['PATH']}", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory, need):
    """Give the JavaScript of the report: what a run in this checkout fetched, else fetched now."""
    fetched = ROOT / "resources/js"
    if (fetched / BUNDLER).is_file():
        return fetched
    need("npm")
    out = tmp_path_factory.mktemp("js")
    install(ROOT / "workflow/js", out)
    return out


def with_scripts(folder, scripts):
    """Put the JavaScript of the report into the folder of a run."""
    shutil.copytree(scripts, folder / "resources/js")
    (folder / "resources/js/.snakemake_timestamp").touch()


@pytest.fixture(scope="module")
def started(tmp_path_factory, environment, scripts):
    """Give the folder in which a reader has followed Start."""
    folder = tmp_path_factory.mktemp("start") / "here"
    with_scripts(folder / "my_run", scripts)
    added = {"crossdock run": f"--cores 2 --config {FAST} {SILENT} {SQUARE}"}
    Reader(folder, environment, added).follow("start.md")
    return folder


def test_start(started):
    assert "CMTI-1" in (started / "my_run/results/report.html").read_text()


def test_notebook(started, environment):
    Reader(started, environment).follow("tutorials/notebook.md")


#: Gene -> accession, name of the entry, synonym, features as UniProt has them, and where a structure is.
PROTEINS = {
    "FSHR": (
        "P23945",
        [feature("Signal", 1, 17), feature("Topological domain", 18, 366, "Extracellular")]
        + [feature("Transmembrane", at, at + 20, "Helical") for at in (367, 399, 444, 487, 530, 574, 609)],
        (695, "1xwd", "C", 17, 268),
    ),
    "CD81": (
        "P60033",
        [feature("Transmembrane", at, at + 20, "Helical") for at in (13, 64, 90, 202)]
        + [feature("Topological domain", begin, end, "Extracellular") for begin, end in ((34, 63), (113, 201))],
        (236, "5dfv", "A", 112, 202),
    ),
    "PDGFB": (
        "P01127",
        [feature("Signal", 1, 20), feature("Propeptide", 21, 81), feature("Propeptide", 191, 241)],
        (241, "4qci", "C", 82, 190),
    ),
}


@pytest.fixture
def sites(shared, tmp_path):
    """Give a config that names loopback servers which answer as UniProt, PDBe and the PDB do for these proteins."""
    server, entries = Server(), []
    for gene, (accession, features, (length, entry, chain, begin, end)) in PROTEINS.items():
        more = {"features": features, "sequence": {"length": length}, "uniProtkbId": f"{gene}_HUMAN"}
        entries.append(uniprot_entry(accession, genes=[{"geneName": {"value": gene}}], **more))
        row = {"pdb_id": entry, "chain_id": chain, "unp_start": begin, "unp_end": end, "resolution": 2.9}
        row |= {"coverage": (end - begin + 1) / length, "experimental_method": "X-ray diffraction", "tax_id": 9606}
        server.script[f"/pdbe/api/mappings/best_structures/{accession}"] = [
            (200, {}, json.dumps({accession: [row]}).encode())
        ]
        content = (shared / f"structures/{entry}.pdb").read_bytes()
        server.script[f"/download/{entry.upper()}.cif.gz"] = [(200, {}, gzip.compress(content))]
    server.script["/uniprotkb/search"] = uniprot(entries)
    archives = ("rcsb", "pdbe", "pdbj", "alphafold", "rcsb_data", "rcsb_search")
    config = {
        "entries": dict.fromkeys(archives, server.url),
        "evidence": dict.fromkeys(("uniprot", "intact", "string"), server.url),
    }
    path = tmp_path / "sites.yaml"
    path.write_text(yaml.safe_dump(config))
    yield path
    server.http.shutdown()


def test_genes(sites, tmp_path, environment, scripts):
    folder = tmp_path / "here"
    with_scripts(folder / "fertility", scripts)
    added = {"crossdock init": f"--sites {sites}", "crossdock run": f"--cores 2 --config {FAST}"}
    Reader(folder, environment, added).follow("tutorials/genes.md")


def model_of(bound_pair, entry, side):
    """Give the lines of a protein of the demo, as a file of a prediction has them."""
    chain = bound_pair(entry)[side].chain[0]
    text = gzip.decompress((ROOT / f"src/crossdock/demo/{entry}.pdb.gz").read_bytes()).decode()
    return "".join(line for line in text.splitlines(keepends=True) if line.startswith("ATOM") and line[21] == chain)


def test_slurm(bound_pair, tmp_path, environment, need_module):
    need_module("snakemake_executor_plugin_slurm", "the executor of SLURM is not installed")
    folder = tmp_path / "here"
    (folder / "models").mkdir(parents=True)
    for name, entry in (("CMTI_{}_1", "1ppe"), ("CMTI_{}_2", "1ppe"), ("IMM9_{}_4", "1emv")):
        protein, _, number = name.split("_")
        rank = 2 if number == "2" else 1
        named = f"{protein}_unrelaxed_rank_00{rank}_alphafold2_ptm_model_{number}_seed_000.pdb"
        (folder / "models" / named).write_text(model_of(bound_pair, entry, 1 if entry == "1ppe" else 1))
    (folder / "trypsin.pdb").write_text(model_of(bound_pair, "1ppe", 0))
    # tests/workflow/test_slurm.py runs a panel on SLURM.
    Reader(folder, environment, {"crossdock run": "-n"}).follow("tutorials/slurm.md")


def test_cluspro(bound_pair, tmp_path, environment, scripts):
    folder = tmp_path / "here"
    with_scripts(folder, scripts)
    (folder / "downloads").mkdir()
    receptor = bound_pair("1ppe")[0]
    for job, ligand in (("1000001", bound_pair("1ppe")[1]), ("1000002", bound_pair("1emv")[1])):
        models = {
            ("000", rank): model_pdb(receptor, placed(ligand, rank), name=f"000.{rank:02d}", seed=rank)
            for rank in range(len(PUBLISHED))
        }
        (folder / f"downloads/cluspro.{job}.tar.bz2").write_bytes(archive(models, job=job))
        (folder / f"downloads/cluspro_scores.{job}.000.csv").write_text(score_csv())
    reader = Reader(folder, environment, {"crossdock run": f"--cores 2 --config {SILENT}"})
    reader.follow("tutorials/cluspro.md")


def test_backend(tmp_path, environment, scripts, need_module):
    need_module("hatchling", "hatchling, which builds the example, is not installed")
    folder = tmp_path / "here"
    with_scripts(folder, scripts)
    shutil.copytree(ROOT / "tests/example_backend", folder / "crossdock/tests/example_backend")
    added = {"pip install": "--no-index --no-deps --no-build-isolation --quiet"}
    added["crossdock run"] = f"--cores 2 --config {SILENT}"
    Reader(folder, environment, added).follow("tutorials/backend.md")
