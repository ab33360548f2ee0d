"""Every block of Start, of the tutorials and of the how-to pages does what the page says.

Commands are typed as they stand, in order, and have to print the lines that the page shows below them; Python is run,
and configs are read. What a reader has and a test has not is put in its place here: small proteins and few orientations
in the config, and loopback servers for UniProt and the archives. `make measure` does this; `make test` looks whether
the commands of every page exist, and reads its configs.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
import venv
from itertools import groupby
from pathlib import Path

import pytest
import yaml

import forked
from cluspro_files import PUBLISHED, archive, model_pdb, placed, score_csv
from crossdock.cli import build_parser
from crossdock.panel.config import read_config
from crossdock.panel.panel import load_panel
from crossdock.report.javascript import BUNDLER, install
from sites import Server, feature, uniprot, uniprot_entry

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: Pages that lead a reader from command to command.
PAGES = [
    "start",
    *sorted(
        str(path.relative_to(DOCS).with_suffix(""))
        for room in ("tutorials", "howto")
        for path in (DOCS / room).rglob("*.md")
    ),
]
#: Pages that name commands, for machines and data that a test has not.
OTHERS = [*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "config/README.md"]
BLOCK = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FEW = {"rotations": 60, "sampling": "fast"}
SILENT = {"ask": False}


def blocks_of(path):
    """Give kind and text of each block of a page."""
    return BLOCK.findall(path.read_text(encoding="utf-8"))


class Reader:
    """Follows a page in a folder.

    `before` has, by what a command begins with, what is done in the folder first, and `added` options that the command
    needs here. Configs of a page that are no files are read as parts of `panel`.
    """

    def __init__(self, folder, environment, *, before=None, added=None, panel=None):
        self.folder, self.environment = folder, environment
        self.before, self.panel = before or {}, panel or {}
        # Measuring a machine takes longer than the rest of a page; tests/steps/test_estimate.py does.
        self.added = {"crossdock estimate": "--no-measure"} | (added or {})
        folder.mkdir(parents=True, exist_ok=True)

    def follow(self, page):
        """Do what the blocks of a page say; consecutive blocks of Python are one program."""
        blocks = blocks_of(DOCS / f"{page}.md")
        assert blocks, f"{page} has no block"
        for kind, some in groupby(blocks, key=lambda block: block[0]):
            texts = [text for _, text in some]
            {"console": self._type, "python": self._compute, "yaml": self.configure}[kind](texts)

    def _type(self, texts):
        for text in texts:
            assert text.startswith("$ "), text
            for typed in text.removeprefix("$ ").split("\n$ "):
                command, *shown = typed.splitlines()
                self._run(command, shown)

    def _run(self, command, shown):
        for begin, arrange in self.before.items():
            if command.startswith(begin):
                arrange(self.folder)
        added = [more for begin, more in self.added.items() if command.startswith(begin)]
        where = self.folder.parent / "where"
        script = "\n".join(["set -e -o pipefail", " ".join([command, *added]), f"pwd > {shlex.quote(str(where))}"])
        printed = self._done(["bash", "-c", script])
        for line in shown:
            assert squeezed(line) in squeezed(printed), f"`{command}` does not print `{line}`:\n{printed}"
        self.folder = Path(where.read_text().strip())

    def _compute(self, texts):
        self._done(["python", "-c", "\n".join(texts)])

    def configure(self, texts):
        for text in texts:
            named = re.match(r"# (\S+)\n", text)
            if named:
                (self.folder / named[1]).write_text(text)
                continue
            part = self.folder.parent / "part.yaml"
            part.write_text(text)
            config = self.panel | read_config(part)
            if "proteins" in config:
                config = {key: value for key, value in config.items() if key not in ("receptors", "ligands")}
            load_panel(config, where=text)

    def _done(self, command):
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
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


def small(**keys):
    """Give what makes the config of a folder small: values of keys, or what makes them of those that stand there."""

    def lessen(folder):
        path = folder / "config.yaml"
        config = yaml.safe_load(path.read_text())
        new = {key: value(config[key]) if callable(value) else value for key, value in keys.items()}
        path.write_text(yaml.safe_dump(config | new))

    return {"crossdock run": lessen}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Give the variables of an environment into which a page may install packages; it sees those of this one."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=True)
    python, address = home / "bin/python", home / "address"
    site = next(home.glob("lib/python*/site-packages"))
    (site / "beside.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    (home / "bin/pip").write_text(f'#!/bin/sh\nexec {python} -m pip "$@"\n')
    (home / "bin/pip").chmod(0o755)
    forked.write_program(home / "bin/crossdock", address)
    # pip finds all it needs beside it; the last is its way to say `--no-build-isolation`.
    pip = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    given = os.environ | pip | {"PATH": f"{home}/bin{os.pathsep}{os.environ['PATH']}"}
    with forked.start([str(python), forked.__file__, str(address)], address, given) as server:
        yield given
        server.stdin.close()


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


@pytest.fixture
def here(tmp_path, scripts):
    """Give a folder with the JavaScript of the report."""
    return with_scripts(tmp_path / "here", scripts)


def with_scripts(folder, scripts):
    shutil.copytree(scripts, folder / "resources/js")
    (folder / "resources/js/.snakemake_timestamp").touch()
    return folder


@pytest.fixture(scope="module")
def started(tmp_path_factory, environment, scripts):
    """Give the folder in which a reader has followed Start."""
    folder = tmp_path_factory.mktemp("start") / "here"
    with_scripts(folder / "my_run", scripts)
    two = {"receptors": lambda rows: rows[:1], "ligands": lambda rows: rows[:2], "known": lambda rows: rows[:1]}
    two["controls"] = lambda _: []
    Reader(folder, environment, before=small(docking=FEW, evidence=SILENT, **two)).follow("start")
    return folder


@pytest.fixture
def rerun(started, tmp_path):
    """Give a copy of the run of Start."""
    return shutil.copytree(started / "my_run", tmp_path / "here", symlinks=True)


@pytest.mark.workflow
@pytest.mark.measurement
@pytest.mark.parametrize("page", PAGES)
def test_a_reader_can_follow(page, request):
    """What a page needs is prepared by a fixture with its name; without one the folder is empty."""
    if page == "start":
        run = request.getfixturevalue("started") / "my_run"
        assert "CMTI-1" in (run / "results/report.html").read_text()
        return
    name = page.replace("/", "_")
    request.getfixturevalue(name if name in globals() else "empty").follow(page)


@pytest.fixture
def tutorials_notebook(started, environment):
    return Reader(started, environment)


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


@pytest.fixture
def tutorials_genes(sites, tmp_path, environment, scripts):
    folder = tmp_path / "here"
    with_scripts(folder / "fertility", scripts)
    added = {"crossdock init": f"--sites {shlex.quote(str(sites))}"}
    return Reader(folder, environment, before=small(docking=FEW), added=added)


def model_of(bound_pair, entry, side):
    """Give the lines of a protein of the demo, as a file of a prediction has them."""
    chain = bound_pair(entry)[side].chain[0]
    text = gzip.decompress((ROOT / f"src/crossdock/demo/{entry}.pdb.gz").read_bytes()).decode()
    return "".join(line for line in text.splitlines(keepends=True) if line.startswith("ATOM") and line[21] == chain)


@pytest.fixture
def tutorials_slurm(bound_pair, tmp_path, environment, need_module):
    need_module("snakemake_executor_plugin_slurm", "the executor of SLURM is not installed")
    folder = tmp_path / "here"
    (folder / "models").mkdir(parents=True)
    for name, entry in (("CMTI_{}_1", "1ppe"), ("CMTI_{}_2", "1ppe"), ("IMM9_{}_4", "1emv")):
        protein, _, number = name.split("_")
        rank = 2 if number == "2" else 1
        named = f"{protein}_unrelaxed_rank_00{rank}_alphafold2_ptm_model_{number}_seed_000.pdb"
        (folder / "models" / named).write_text(model_of(bound_pair, entry, 1))
    (folder / "trypsin.pdb").write_text(model_of(bound_pair, "1ppe", 0))
    # tests/workflow/test_slurm.py runs a panel on SLURM.
    return Reader(folder, environment, added={"crossdock run": "-n"})


@pytest.fixture
def tutorials_cluspro(bound_pair, here, environment, scripts):
    (here / "downloads").mkdir()
    with_scripts(here / "mypanel", scripts)
    receptor = bound_pair("1ppe")[0]
    for job, ligand in (("1000001", bound_pair("1ppe")[1]), ("1000002", bound_pair("1emv")[1])):
        models = {
            ("000", rank): model_pdb(receptor, placed(ligand, rank), name=f"000.{rank:02d}", seed=rank)
            for rank in range(len(PUBLISHED))
        }
        (here / f"downloads/cluspro.{job}.tar.bz2").write_bytes(archive(models, job=job))
        (here / f"downloads/cluspro_scores.{job}.000.csv").write_text(score_csv())
    return Reader(here, environment, before=small(evidence=SILENT))


@pytest.fixture
def tutorials_backend(here, environment, need_module):
    need_module("hatchling", "hatchling, which builds the example, is not installed")
    shutil.copytree(ROOT / "tests/example_backend", here / "crossdock/tests/example_backend")
    return Reader(here, environment, before=small(evidence=SILENT))


#: A table of proteins that such a config names.
TABLE = "name\tentry\tchains\nA\tdemo:1ppe\tA\nB\tdemo:1ppe\tB\n"
#: What the configs of the how-to pages are parts of.
PANEL = {
    "receptors": [
        {"name": "FSHR", "entry": "1xwd", "chains": ["C"]},
        {"name": "MET", "entry": "1shy", "chains": ["B"]},
    ],
    "ligands": [
        {"name": "CD81", "entry": "5dfv", "chains": ["A"]},
        {"name": "HLA-A", "entry": "1i4f", "chains": ["A"]},
    ],
}


@pytest.fixture
def howto_pairs(tmp_path, environment, monkeypatch):
    """A page whose configs name a table of proteins."""
    reader = Reader(tmp_path / "here", environment, panel=PANEL)
    monkeypatch.chdir(reader.folder)
    Path("my_proteins.tsv").write_text(TABLE)
    return reader


@pytest.fixture
def empty(tmp_path, environment):
    return Reader(tmp_path / "here", environment, panel=PANEL)


@pytest.fixture
def howto_failures(rerun, environment):
    return Reader(rerun, environment)


@pytest.fixture
def howto_offline(rerun, environment):
    return Reader(rerun, environment, panel=PANEL)


@pytest.fixture
def howto_controls(bound_pair, tmp_path, environment, monkeypatch):
    """A page whose config names a table; a pair is planned, as its background takes minutes."""
    reader = Reader(tmp_path / "here", environment, added={"crossdock pair": "-n"}, panel=PANEL)
    monkeypatch.chdir(reader.folder)
    Path("my_controls.tsv").write_text("name\tentry\tchains\nA\tdemo:1ppe\tA\nB\tdemo:1ppe\tB\n")
    for name, side in (("receptor", 0), ("ligand", 1)):
        Path(f"{name}.pdb").write_text(model_of(bound_pair, "1ppe", side))
    return reader


@pytest.fixture
def howto_two_structures(bound_pair, tmp_path, environment):
    """Two pieces of twelve residues."""
    reader = Reader(tmp_path / "here", environment)
    for name, side in (("receptor", 0), ("ligand", 1)):
        lines = model_of(bound_pair, "1ppe", side).splitlines(keepends=True)
        residues = list(dict.fromkeys(line[21:27] for line in lines))[:12]
        (reader.folder / f"{name}.pdb").write_text("".join(line for line in lines if line[21:27] in residues))
    return reader


@pytest.fixture
def howto_scores(tmp_path, environment):
    reader = Reader(tmp_path / "here", environment)
    shutil.copy(ROOT / "config/published/zhankina2024_table2.csv", reader.folder / "scores.csv")
    return reader


@pytest.fixture
def howto_side_by_side(rerun, environment):
    """Two configs, of which the second shares its pairs with the run that is there."""
    (rerun / "config.yaml").rename(rerun / "second.yaml")
    return Reader(rerun, environment, panel=PANEL)


@pytest.mark.parametrize("path", [*OTHERS, *(DOCS / f"{page}.md" for page in PAGES)], ids=lambda path: path.name)
def test_commands_exist(path):
    kinds = ("", "yaml", "python", "toml", "console", "{toctree}") if path in OTHERS else ("yaml", "python", "console")
    for kind, text in blocks_of(path):
        assert kind in kinds, f"{path}: a block of kind {kind}"
        if kind == "python" and path not in OTHERS:
            compile(text, path, "exec")
        for line in text.splitlines() if kind in ("", "console") else ():
            if command := re.match(r"(?:\$ )?((crossdock|python) .*)", line):
                program, first, *others = shlex.split(command[1], comments=True)
                if program == "crossdock":
                    build_parser().parse_args([first, *others])
                elif not first.startswith("-"):
                    assert (ROOT / first).is_file(), f"{path}: {first} is not there"


@pytest.mark.parametrize("page", PAGES)
def test_configs_are_read(page, tmp_path, monkeypatch):
    reader = Reader(tmp_path / "here", {}, panel=PANEL)
    monkeypatch.chdir(reader.folder)
    for name in ("my_proteins", "my_controls"):
        Path(f"{name}.tsv").write_text(TABLE)
    reader.configure([text for kind, text in blocks_of(DOCS / f"{page}.md") if kind == "yaml"])
