"""The panel's table before any work: every protein, what is wrong and what to do."""

from __future__ import annotations

import gzip
import re
import shutil
from dataclasses import replace
from importlib.resources import files

import pytest

from crossdock.cli import main
from crossdock.docking.backends.local.search import Options, estimate_seconds
from crossdock.entries.choice import read_choice, write_choice
from crossdock.entries.lookup import Candidate
from crossdock.entries.sources import record_path
from crossdock.entries.suggest import Suggestions
from crossdock.errors import ConfigError, InputError
from crossdock.files import write_bytes, write_json
from crossdock.panel.panel import load_panel
from crossdock.steps.check import check_panel, estimate, render
from crossdock.structures.shape import Size
from crossdock.structures.summary import short_time
from real_entries import real

# Colicin immunity protein 9, chain A of the demo entry 1emv.
IM9 = "MELKHSISDYTEAEFLQLVTTICNADTSSEEELVKLVTHFEEMTEHPSGSDLIYYPKEGDDDSPSGIVNTVKQWRAANGKSGFKQG"
ESCAPES = re.compile("\x1b\\[\\d+m")


@pytest.fixture
def panel(tmp_path, monkeypatch):
    """Two proteins that are right, one that is another protein, one that is no structure, and one not downloaded."""
    monkeypatch.chdir(tmp_path)
    lines = gzip.decompress((files("crossdock.demo") / "1emv.pdb.gz").read_bytes()).decode()
    header = (
        "TITLE     CRYSTAL STRUCTURE OF COLICIN E9 DNASE DOMAIN WITH ITS COGNATE IMMUNITY PROTEIN IM9\n"
        "EXPDTA    X-RAY DIFFRACTION\nREMARK   2 RESOLUTION.    1.70 ANGSTROMS.\n"
        "DBREF  1EMV A    3    85  UNP    P13479   IMM9_ECOLX       3     85\n"
        "DBREF  1EMV B    1   133  UNP    P09883   CEA9_ECOLX     450    582\n"
    )
    (tmp_path / "im9.pdb").write_text(header + lines)
    (tmp_path / "broken.pdb").write_text("<html>not found</html>")
    known = {"entry": "im9.pdb", "organism": 562}
    return load_panel(
        {
            "receptors": [
                {"name": "E9", **known, "uniprot": "P09883"},
                {"name": "KOR", "entry": "6vi4", "chains": ["A"]},
            ],
            "ligands": [
                {"name": "Im9", **known, "uniprot": "P13479", "residues": "10-109", "blocked": "20-29"},
                {"name": "CD81", "entry": "im9.pdb", "uniprot": "P60033"},
                {"name": "page", "entry": "broken.pdb"},
            ],
        }
    )


def table(panel, **options):
    return render(panel, check_panel(panel, "resources/entries"), **options)


def cells(text, name):
    return re.split(" {2,}", next(line for line in text.splitlines() if line.startswith(name)))


def test_what_each_entry_holds(panel):
    text = table(panel, width=160)
    entry = ["im9.pdb", "X-ray 1.7 A"]
    assert cells(text, "E9")[:-1] == ["E9", *entry, "B", "1-131", "450-582", "matches", "131"]
    assert cells(text, "Im9")[:-1] == ["Im9", *entry, "A", "10-85", "76 % of request", "fragment", "76"]
    assert cells(text, "KOR") == ["KOR", "6vi4", "not downloaded", "A"]
    assert "    CRYSTAL STRUCTURE OF COLICIN E9 DNASE DOMAIN" in text
    assert "left out: 83 residues of chain A" in text
    assert "7 residues outside 10-109" in text
    assert "missing inside the chain: nothing" in text
    assert "blocked from docking: 10 of 76 residues (10 blocked)" in text
    assert "note: Chain A: P13479 (IMM9_ECOLX). The structure has only 76 of the 100 requested residues." in text
    assert "2 receptors x 3 ligands = 6 pairs, backend local" in text
    assert (
        "Not checked (not downloaded yet): KOR\nNext: `crossdock run --until fetch`, then `crossdock check` again"
        in text
    )
    text = render(panel, check_panel(panel, "resources/entries", where="panels/mine.yaml"))
    assert "`crossdock run panels/mine.yaml --until fetch`" in text


def test_what_docking_takes(panel):
    findings = check_panel(panel, "resources/entries")
    found = estimate(panel, findings)
    assert list(found) == [("E9", "Im9")], "all other pairs have a partner that is not at hand"
    options = Options(sampling=panel.docking["sampling"])
    sizes = [findings.records[name].size for name in ("E9", "Im9")]
    seconds = estimate_seconds(*sizes, options)
    assert found["E9", "Im9"] == seconds
    assert 2 < seconds < 60
    assert estimate_seconds(*sizes, replace(options, rotations=20000)) > 5 * seconds
    assert estimate_seconds(*(Size.globular(2 * size.atoms) for size in sizes), options) > seconds
    text = render(panel, findings, width=160)
    assert cells(text, "E9")[-1] == cells(text, "Im9")[-1] == short_time(seconds)
    assert "docking: 1 of 6 pairs (the others have no structure yet), about" in text


def test_what_was_not_judged_is_named(panel, tmp_path):
    config = {
        "receptors": [{"name": "E9", "entry": "demo:1emv", "chains": ["B"]}],
        "ligands": [{"name": "Im9", "entry": "im9.pdb", "uniprot": "P13479", "organism": 562}],
    }
    text = table(load_panel(config))
    assert "Identity not checked (no accession given): E9\n" in text
    assert "\n1 receptor\n" in text
    assert "\n1 ligand\n" in text
    assert text.endswith("\nConfig OK. Next: `crossdock run`")
    assert "no sequence to compare" not in text


def test_identities_that_nothing_confirms_are_counted_with_what_settles_them(panel, tmp_path):
    # The demo's entries have their sequences beside them, a file of one's own has none.
    shutil.copy(str(files("crossdock.demo") / "1emv.pdb.gz"), tmp_path)
    plain = {"entry": str(tmp_path / "1emv.pdb.gz"), "organism": 562}
    config = {
        "receptors": [{"name": "E9", "chains": ["B"], "uniprot": "P09883", **plain}],
        "ligands": [{"name": "Im9", "chains": ["A"], "uniprot": "p13479.1", **plain}],
    }
    text = table(load_panel(config), width=1000)
    assert (
        "\nIdentity not checked for 2 proteins (no UniProt record, no sequence to compare): E9, Im9. To check, put "
        "UniProt's FASTA into resources/sequences/P09883.fasta, resources/sequences/P13479.fasta; then run `crossdock "
        "check` again\nConfig OK. Next: `crossdock run`"
    ) in text
    (tmp_path / "resources/sequences").mkdir(parents=True)
    (tmp_path / "resources/sequences/P13479.fasta").write_text(f">sp|P13479|IMM9_ECOLX\n{IM9}\n")
    text = table(load_panel(config), width=1000)
    assert "Identity not checked for 1 protein (no UniProt record, no sequence to compare): E9. " in text
    assert cells(text, "Im9")[-3] == "matches"


def test_an_antibody_beside_the_protein_is_a_problem(panel):
    pdgf = {"entry": str(real("4qci")), "uniprot": "P01127"}
    config = {"receptors": [{"name": "Fab", "chains": ["A"], **pdgf}], "ligands": [{"name": "PDGF", **pdgf}]}
    text = table(load_panel(config), width=1000)
    assert cells(text, "Fab")[-1] == "ERROR"
    assert "error: Expected P01127, but chain A (ANTI-PDGF-BB ANTIBODY - LIGHT CHAIN) has no UniProt record" in text
    assert "to do: chains C and D are P01127: write `chains: [C, D]`" in text
    assert "1 protein with an error would be left out of the run: Fab" in text
    assert "Config OK" not in text


def test_the_next_command_names_the_config(panel):
    config = {
        "receptors": [{"name": "E9", "entry": "im9.pdb", "organism": 562, "uniprot": "P09883"}],
        "ligands": [{"name": "Im9", "entry": "im9.pdb", "organism": 562, "uniprot": "P13479"}],
    }
    small = load_panel(config)
    text = render(small, check_panel(small, "resources/entries", where="panels/mine.yaml"))
    assert text.endswith("\nConfig OK. Next: `crossdock run panels/mine.yaml`")


def test_problems_come_with_what_to_do_and_hide_no_other_protein(panel):
    text = table(panel, width=160)
    assert cells(text, "CD81")[3:] == ["?", "ERROR"]
    assert "error: according to the entry's records, no chain is P60033" in text
    assert "to do: choose another entry (`crossdock suggest P60033` lists them)" in text
    assert "error: expected a structure in PDB or mmCIF format, got a web page or XML" in text
    assert "2 proteins with an error would be left out of the run: CD81, page" in text


@pytest.mark.parametrize("width", [50, 80, 100, 200])
def test_nothing_is_wider_than_the_terminal(panel, width):
    text = table(panel, width=width, color=True)
    assert max(len(ESCAPES.sub("", line)) for line in text.splitlines()) <= width
    assert ESCAPES.sub("", text).count("    error: ") == 2


def test_problems_are_red_and_nothing_else_is(panel):
    text = table(panel, color=True)
    red = [line for line in text.splitlines() if line.startswith("\x1b[31m")]
    assert all(line.endswith("\x1b[0m") for line in red)
    assert any("error: according to the entry" in line for line in red)
    assert not any("Im9 " in line for line in red)
    assert "\x1b" not in table(panel)


def test_proteins_that_cannot_be_used_stop_the_run_only_if_no_pair_is_left(panel, caplog):
    findings = check_panel(panel, "resources/entries")
    assert len(findings.failures) == 2
    findings.stop_if_nothing_is_left(panel)
    assert [record.message.partition(":")[0] for record in caplog.records if record.levelname == "WARNING"] == [
        f"{name} is left out of this run" for name in findings.failures
    ]
    findings.failures |= {one.name: InputError("cannot be used") for one in panel.receptors}
    with pytest.raises(ConfigError, match="problems found"):
        findings.stop_if_nothing_is_left(panel)


CONFIG = "receptors: [{name: E9, entry: im9.pdb, chains: [B]}]\nligands: [{name: Im9, entry: im9.pdb, chains: [%s]}]\n"


def test_the_command_ends_with_2_where_something_is_wrong(panel, tmp_path, capsys):
    (tmp_path / "config.yaml").write_text(CONFIG % "X")
    assert main(["check"]) == 2
    shown = capsys.readouterr()
    assert "chain X is not in the entry" in shown.out
    assert shown.err == "crossdock: error: config.yaml: 1 of 2 proteins cannot be used: Im9, entry im9.pdb\n"
    (tmp_path / "config.yaml").write_text(CONFIG % "A")
    assert main(["check"]) == 0
    assert capsys.readouterr().out.endswith("Config OK. Next: `crossdock run`\n")


@pytest.mark.parametrize(("variable", "live", "colored"), [("", True, True), ("1", True, False), ("", False, False)])
def test_color_is_for_terminals_that_want_it(panel, tmp_path, monkeypatch, capsys, variable, live, colored):
    (tmp_path / "config.yaml").write_text(CONFIG % "X")
    monkeypatch.setenv("NO_COLOR", variable)
    monkeypatch.setenv("COLUMNS", "90")
    monkeypatch.setattr("sys.stdout.isatty", lambda: live)
    main(["check"])
    assert ("\x1b[31m" in capsys.readouterr().out) == colored


def alone(**entries):
    """Give a panel whose ligand is named by its accession only."""
    im9 = {"name": "Im9", "uniprot": "P13479", "organism": 562, "residues": "10-80"}
    known = {"name": "E9", "entry": "im9.pdb", "organism": 562, "uniprot": "P09883"}
    return load_panel({"receptors": [known], "ligands": [im9], "entries": entries})


def test_what_was_chosen_is_shown(panel, tmp_path):
    assert cells(table(alone(), width=160), "Im9")[:3] == ["Im9", "uniprot:P13479_10-80", "not chosen yet"]
    folder = tmp_path / "resources/entries"
    best = Candidate("1emv", ("A",), 1, 86, 1.0, "x-ray diffraction", 1.7, 562, "E9 with Im9", ("B: Colicin E9",))
    write_choice(folder / "uniprot/P13479_10-80.choice.json", Suggestions("P13479", (10, 80), (best,)))
    text = table(alone(), width=160)
    assert cells(text, "Im9")[:3] == ["Im9", "1emv", "not downloaded"]
    assert "of 1 structures: x-ray diffraction at 1.7 A, residues 1-86, 100 % of the requested range" in text
    _, chosen = read_choice(folder / "uniprot/P13479_10-80.choice.json")
    out = folder / "uniprot/P13479_10-80.cif.gz"
    write_bytes(out, (tmp_path / "im9.pdb").read_bytes())
    write_json(record_path(out), {"source": "rcsb", "id": "1emv", "chosen": chosen})
    assert cells(table(alone(), width=160), "Im9")[1:5] == ["1emv", "X-ray 1.7 A", "A", "10-80"]
    # Another choice since: what lies there is not what it names.
    write_choice(
        folder / "uniprot/P13479_10-80.choice.json", Suggestions("P13479", (10, 80), (replace(best, entry="2gyk"),))
    )
    assert cells(table(alone(), width=160), "Im9")[:3] == ["Im9", "2gyk", "not downloaded"]
    (folder / "uniprot/P13479_10-80.choice.json").write_text("{}")
    assert "not a file of `crossdock suggest -o`" in table(alone(), width=160)


def test_offline_a_missing_entry_is_a_problem(panel):
    findings = check_panel(alone(offline=True), "resources/entries")
    assert [str(problem.where) for problem in findings.problems] == ["Im9, entry uniprot:P13479_10-80"]
    assert "there is no file resources/entries/uniprot/P13479_10-80.cif.gz" in findings.problems[0].what


@pytest.mark.measurement
def test_a_protein_of_which_no_conformer_could_be_made_counts_once(monkeypatch):
    monkeypatch.setattr("crossdock.structures.modes.fault_of", lambda first, moved: "clash")
    one = {"name": "CMTI-1", "entry": "demo:1ppe", "chains": ["B"]}
    other = {"name": "Im9", "entry": "demo:1emv", "chains": ["A"], "conformers": 3}
    text = table(load_panel({"receptors": [one], "ligands": [other]}))
    assert "0 of 2 further conformers could be made" in " ".join(text.split())
    assert "with all conformers" not in text
