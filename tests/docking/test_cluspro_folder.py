"""A folder of finished jobs: which pair each is, what is left to a person, and what is made of jobs alone."""

import bz2
import csv
import gzip
import io
import json
import tarfile
import zipfile
from dataclasses import dataclass

import numpy as np
import pytest
import yaml
from test_cluspro import page

from cluspro_files import archive, model_pdb, placed, score_csv
from crossdock.cli import main
from crossdock.docking.backends.cluspro.archive import read_jobs, read_models
from crossdock.docking.backends.cluspro.results import dock
from crossdock.docking.backends.cluspro.scores import job_named, set_named
from crossdock.docking.backends.contract import Request
from crossdock.docking.matching.decide import Known, decide
from crossdock.docking.matching.likeness import Trace, likeness
from crossdock.docking.poses import place
from crossdock.structures.structure import Structure

RECEPTORS = {"trypsin": "1ppe", "colicin-E9": "1emv", "TEM-1": "1jtg", "amylase": "1bvn"}
LIGANDS = {"CMTI-1": "1ppe", "Im9": "1emv", "BLIP": "1jtg", "tendamistat": "1bvn"}
CHAINS = {"1ppe": "AB", "1emv": "BA", "1jtg": "BA", "1bvn": "AB"}
PAIRS = [(receptor, ligand) for receptor in RECEPTORS for ligand in LIGANDS]


@pytest.fixture(scope="module")
def demo(bound_pair):
    """The demo's eight proteins, the CA atoms alone: all that decides."""
    bodies = {}
    for side, names in enumerate((RECEPTORS, LIGANDS)):
        for name, entry in names.items():
            body = bound_pair(entry)[side]
            bodies[name] = body[body.atom_name == "CA"]
    return bodies


@dataclass
class Made:
    """A job as it was put in."""

    number: str
    models: dict
    packed: bytes


def job(number, receptor, ligand, *, sets=("000", "002"), ranks=2):
    models = {
        (one, rank): model_pdb(receptor, placed(ligand, int(number) + rank), name=f"{one}.{rank:02d}", seed=rank)
        for one in sets
        for rank in range(ranks)
    }
    return Made(number, models, archive(models, job=number))


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def unpack(folder, made, *, by_set=False):
    for (one, rank), text in made.models.items():
        write((folder / one if by_set else folder) / f"model.{one}.{rank:02d}.pdb", text)


def tables(folder, number, sets=("000", "002")):
    for one in sets:
        write(folder / f"cluspro_scores.{number}.{one}.csv", score_csv())


def config_of(folder, receptors=RECEPTORS, ligands=LIGANDS):
    def listed(names, side):
        return [{"name": name, "entry": f"demo:{one}", "chains": [CHAINS[one][side]]} for name, one in names.items()]

    config = {"backend": "cluspro", "receptors": listed(receptors, 0), "ligands": listed(ligands, 1)}
    return write(folder / "config.yaml", yaml.safe_dump(config))


def rows_of(folder):
    with open(folder / "jobs.csv", newline="") as handle:
        return {row["job"]: row for row in csv.DictReader(handle)}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sixteen(here, demo):
    """16 jobs as users keep them: renamed, unpacked, twice, one with swapped roles; and one of other proteins."""
    folder = here / "downloads"
    made = {}
    for at, (receptor, ligand) in enumerate(PAIRS):
        number = str(1000001 + at)
        swapped = (receptor, ligand) == ("amylase", "Im9")
        first, second = (ligand, receptor) if swapped else (receptor, ligand)
        made[number] = one = job(number, demo[first], demo[second])
        kept, name = folder / receptor, f"cluspro.{number}.tar.bz2"
        if at % 5 == 0:
            write(kept / name, one.packed)
            tables(kept, number)
        elif at % 5 == 1:  # unpacked, by sets, under names of the user's
            unpack(kept / f"with {ligand}", one, by_set=True)
            write(kept / f"with {ligand}" / "scores_balanced.csv", score_csv())
        elif at % 5 == 2:  # renamed and packed again; the folder within has the number
            write(kept / f"{ligand}_on_{receptor} (2).tar.gz", gzip.compress(bz2.decompress(one.packed)))
            tables(folder / "tables", number)
        elif at % 5 == 3:  # the archive and what it was unpacked to
            write(kept / name, one.packed)
            unpack(kept / f"cluspro.{number}", one)
            tables(kept, number)
        else:
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
                for (one_set, rank), text in one.models.items():
                    out.writestr(f"cluspro.{number}/model.{one_set}.{rank:02d}.pdb", text)
                    out.writestr(f"__MACOSX/cluspro.{number}/._model.{one_set}.{rank:02d}.pdb", b"\0\5\x16\7")
            write(kept / "job.zip" if at == 4 else kept / f"job{at}.zip", packed.getvalue())
            tables(kept, number)
    write(folder / ".DS_Store", b"\0\1")
    write(folder / "__MACOSX" / "._cluspro.1000001.tar.bz2", b"\0\5\x16\7")
    foreign = demo["Im9"].with_coord(demo["Im9"].coord)
    letters = np.random.default_rng(1).permutation(foreign.residue_name)
    columns = {name: getattr(foreign, name) for name in Structure.__dataclass_fields__} | {"residue_name": letters}
    made["2000000"] = job("2000000", demo["trypsin"], Structure(**columns))
    write(folder / "old" / "cluspro.2000000.tar.bz2", made["2000000"].packed)
    tables(folder / "old", "2000000")
    return folder, made


@pytest.mark.measurement
def test_sixteen_jobs_find_their_pairs(sixteen, here, capsys):
    """Every job is the pair that was put in; the foreign one is none; the second run changes nothing."""
    folder, _ = sixteen
    config_of(here)
    assert main(["cluspro", "import", "downloads"]) == 0
    said = capsys.readouterr().out
    rows = rows_of(folder)
    assert len(rows) == 17, "copies of a job are one job"
    by_pair = {(row["receptor"], row["ligand"]): row for row in rows.values() if row["receptor"]}
    assert set(by_pair) == set(PAIRS)
    assert {row["status"] for row in by_pair.values()} == {"sure"}
    for at, pair in enumerate(PAIRS):
        number = str(1000001 + at)
        assert by_pair[pair]["job"] == number or at % 5 == 1
        record = json.loads((here / "resources/cluspro" / pair[0] / pair[1] / "job.json").read_text())
        assert record["swapped"] == (pair == ("amylase", "Im9"))
        assert set(record["coefficient_sets"]) == ({"000"} if at % 5 == 1 else {"000", "002"})
    foreign = rows["2000000"]
    assert (foreign["status"], foreign["receptor"]) == ("not in the panel", "")
    assert "sequence of trypsin" in foreign["reason"]
    assert "sequence of no protein of the panel" in foreign["reason"]
    for part in (
        "17 jobs found; 16 imported",
        "all 16 pairs of the panel have a result",
        "roles swapped on the server (the poses are used as they are) (1)",
        "several copies of one job (each is imported once) (3)",
        "of no pair of this panel (1)",
    ):
        assert part in said
    before = (folder / "jobs.csv").read_bytes()
    records = {path: path.stat().st_mtime_ns for path in (here / "resources").rglob("*") if path.is_file()}
    assert main(["cluspro", "import", "downloads"]) == 0
    assert (folder / "jobs.csv").read_bytes() == before
    assert {path: path.stat().st_mtime_ns for path in records} == records, "nothing is docked again"


def test_models_arrive_unchanged(sixteen, here, demo):
    """Whatever they were packed in; a job with swapped roles gives the same poses as one without."""
    _, made = sixteen
    config_of(here)
    assert main(["cluspro", "import", "downloads"]) == 0
    for at, pair in enumerate(PAIRS):
        models = read_models(here / "resources/cluspro" / pair[0] / pair[1] / "models.tar.bz2")
        put_in = made[str(1000001 + at)].models
        assert {(one, rank): text for one, ranks in models.items() for rank, text in ranks.items()} == put_in
    receptor, ligand = demo["amylase"], demo["Im9"]
    record = here / "resources/cluspro/amylase/Im9/job.json"
    done = dock(receptor, ligand, Request({"coefficients": "balanced"}, result=record))
    assert any("panel's ligand as receptor" in note for note in done.record["notes"])
    assert (done.poses[["receptor_rmsd_A", "ligand_rmsd_A"]] < 0.3).all(axis=None)
    number = 1000001 + PAIRS.index(("amylase", "Im9"))
    # The amylase was moved to a random place about the Im9: the inverse of that is where the Im9 is.
    moved = placed(receptor, number)
    row = done.poses.iloc[0]
    there = place(ligand, row)
    distance = np.linalg.norm(receptor.coord[:40, None] - there.coord[None, :40], axis=-1)
    expected = np.linalg.norm(moved.coord[:40, None] - ligand.coord[None, :40], axis=-1)
    assert np.abs(distance - expected).max() < 1.0


def test_what_a_person_writes_stays(here, demo, capsys):
    """A doubtful job is left to the person; what they write is kept, with columns of their own."""
    config_of(here)
    folder = here / "downloads"
    tables(folder, "1")
    tables(folder, "2")
    # Every third residue is another: a homologue, perhaps, or another species.
    trypsin, names = demo["trypsin"], demo["trypsin"].residue_name.copy()
    names[::3] = np.where(names[::3] == "ALA", "SER", "ALA")
    columns = {name: getattr(trypsin, name) for name in Structure.__dataclass_fields__} | {"residue_name": names}
    write(folder / "cluspro.1.tar.bz2", job("1", Structure(**columns), demo["CMTI-1"]).packed)
    write(folder / "cluspro.2.tar.bz2", job("2", demo["trypsin"], demo["Im9"]).packed)
    assert main(["cluspro", "import", "downloads"]) == 0
    rows = rows_of(folder)
    assert (rows["1"]["status"], rows["1"]["receptor"], rows["1"]["candidates"]) == (
        "doubtful",
        "",
        "trypsin + CMTI-1",
    )
    assert "similar to trypsin (66 %" in rows["1"]["reason"]
    assert "fill in receptor and ligand of these jobs in downloads/jobs.csv" in capsys.readouterr().out
    # The person leaves job 2 out, gives job 1 its pair, and writes a column.
    text = "job;receptor;ligand;status;candidates;by\n"
    text += "1;trypsin;CMTI-1;doubtful;trypsin + CMTI-1;Ada\n2;;;sure;trypsin + Im9;\n"
    write(folder / "jobs.csv", text)
    assert main(["cluspro", "import", "downloads"]) == 0
    said = capsys.readouterr().out
    assert "left out by you (1):\n  2" in said
    again = list(csv.DictReader((folder / "jobs.csv").read_text().splitlines(), delimiter=";"))
    assert [(row["job"], row["receptor"], row["ligand"], row["status"], row["by"]) for row in again] == [
        ("1", "trypsin", "CMTI-1", "edited", "Ada"),
        ("2", "", "", "edited", ""),
    ]
    # What the person filled in does not fit the structure, and that is said before a run.
    assert "not imported, because files are missing or cannot be used (1):" in said
    assert "this model is of another structure" in said
    assert not (here / "resources/cluspro/trypsin/Im9").exists(), "it had been imported before it was left out"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("job,receptor,ligand\n1,trypsin,Im8\n", "not in the panel: trypsin, Im8"),
        ("job,receptor,ligand\n7,trypsin,Im9\n", "no files of job 7 in this folder"),
        ("job,receptor,ligand\n1,trypsin,\n", "expected a receptor and a ligand, or neither"),
        ("job,receptor,ligand\n1,trypsin,Im9\n1,trypsin,CMTI-1\n", "job 1 has two rows"),
        ("job,receptor\n1,trypsin\n", "missing: ligand"),
        ("job,receptor,ligand\n1,trypsin,Im9\n2,trypsin,Im9\n", "pair trypsin, Im9 has more than one job"),
    ],
)
def test_wrong_rows_are_told_and_nothing_is_written(here, demo, capsys, text, message):
    config_of(here, {"trypsin": "1ppe"}, {"CMTI-1": "1ppe", "Im9": "1emv"})
    for number in "12":
        write(here / f"downloads/cluspro.{number}.tar.bz2", job(number, demo["trypsin"], demo["Im9"]).packed)
        tables(here / "downloads", number)
    write(here / "downloads/jobs.csv", text)
    assert main(["cluspro", "import", "downloads"]) == 2
    assert message in capsys.readouterr().err
    assert (here / "downloads/jobs.csv").read_text() == text
    assert not (here / "resources").exists()


def test_two_jobs_of_a_pair(here, demo, capsys):
    """Two with the panel's roles are left to the person; one with swapped roles gives way."""
    config_of(here)
    folder = here / "downloads"
    parts = [("1", "trypsin", "Im9"), ("2", "Im9", "trypsin"), ("3", "TEM-1", "BLIP"), ("4", "TEM-1", "BLIP")]
    for number, first, second in parts:
        write(folder / f"cluspro.{number}.tar.bz2", job(number, demo[first], demo[second]).packed)
        tables(folder, number)
    assert main(["cluspro", "import", "downloads"]) == 0
    rows = rows_of(folder)
    assert [rows[one]["status"] for one in "1234"] == ["sure", "not used", "doubtful", "doubtful"]
    assert "is taken from job 1" in rows["2"]["reason"]
    assert "job 4 is of the same pair" in rows["3"]["reason"]


def test_what_is_missing_or_broken_is_told_and_the_rest_is_imported(here, demo, capsys):
    config_of(here)
    folder = here / "downloads"
    for number, ligand in (("1", "Im9"), ("2", "BLIP"), ("3", "CMTI-1")):
        write(folder / f"cluspro.{number}.tar.bz2", job(number, demo["trypsin"], demo[ligand]).packed)
    tables(folder, "1")
    tables(folder, "9")
    write(folder / "cluspro_scores.2.000.csv", score_csv().replace("Center", "Centre"))
    write(folder / "cluspro.4.tar.bz2", archive({("000", 0): "x\n" * 5000})[:90])
    write(folder / "scores.csv", score_csv())
    write(folder / "notes.csv", "a,b\n1,2\n")
    assert main(["cluspro", "import", "downloads"]) == 0
    said = capsys.readouterr().out
    assert "4 jobs found; 1 imported" in said
    for part in (
        "3: trypsin, CMTI-1: no score table",
        "9: its models are missing: download cluspro.9.tar.bz2",
        "cluspro.4.tar.bz2: not a complete archive",
        "scores.csv: the file name of this score table gives no coefficient set",
        "cluspro_scores.2.000.csv, line 2",
        "trypsin, tendamistat",
    ):
        assert part in said, part
    assert "notes.csv" not in said


def test_proteins_without_a_structure_here_leave_jobs_to_a_person(here, demo, capsys):
    """An entry that was not downloaded yet cannot be compared; the name is a hint and no proof."""
    downloaded = {"name": "trypsin", "entry": "demo:1ppe", "chains": ["A"]}
    ligands = [{"name": name, "entry": entry, "chains": ["A"]} for name, entry in (("Im9", "1emv"), ("BLIP", "1jtg"))]
    config = {"backend": "cluspro", "receptors": [downloaded], "ligands": ligands}
    write(here / "config.yaml", yaml.safe_dump(config))
    write(here / "downloads" / "Im9.tar.bz2", job("1", demo["trypsin"], demo["Im9"]).packed)
    write(here / "downloads" / "other.tar.bz2", job("2", demo["TEM-1"], demo["Im9"]).packed)
    tables(here / "downloads", "1")
    tables(here / "downloads", "2")
    assert main(["cluspro", "import", "downloads"]) == 0
    rows = rows_of(here / "downloads")
    assert (rows["1"]["status"], rows["1"]["receptor"]) == ("doubtful", "")
    assert rows["1"]["candidates"] == "trypsin + Im9"
    assert "start `crossdock run --until fetch`, then import again" in rows["1"]["reason"]
    assert rows["2"]["status"] == "not in the panel"
    assert "2 jobs found; 0 imported" in capsys.readouterr().out


def test_a_saved_page_is_a_score_table(here, demo):
    config_of(here)
    folder = here / "downloads"
    write(folder / "trypsin Im9.tar.bz2", job("1234567", demo["trypsin"], demo["Im9"]).packed)
    address = "<!-- saved from url=(0058)https://cluspro.bu.edu/scores.php?job=1234567&coeffi=2 -->"
    write(folder / "ClusPro.html", address + page())
    write(folder / "Home.html", "<html><table><tr><td>Cluster</td></tr></table></html>")
    assert main(["cluspro", "import", "downloads"]) == 0
    record = json.loads((here / "resources/cluspro/trypsin/Im9/job.json").read_text())
    assert (record["job"], list(record["coefficient_sets"])) == ("1234567", ["002"])
    assert (here / "resources/cluspro/trypsin/Im9/scores.002.csv").read_text() == score_csv()


def traced(**bodies):
    return {name: Trace.of(body) for name, body in bodies.items()}


def test_copies_of_one_protein_are_told_apart_by_where_they_are(demo):
    """Two copies of a receptor in one file have one sequence; the receptor of a model stays where its file had it."""
    first = demo["trypsin"]
    second = placed(first, 8)
    known = Known(traced(one=first, two=second, Im9=demo["Im9"]), {"one": {"one"}}, [("one", "Im9"), ("two", "Im9")])
    noisy = second.with_coord(second.coord + np.random.default_rng(0).normal(scale=0.2, size=second.coord.shape))
    found = decide(Trace.of(noisy), Trace.of(demo["Im9"]), known, "")
    assert (found.status, found.candidates) == ("sure", [("two", "Im9")])
    assert "the receptor's position tells two from one" in found.evidence
    # Elsewhere altogether, only the name can tell; without one it is left to the person.
    away = Trace.of(first.with_coord(first.coord + 500))
    assert decide(away, Trace.of(demo["Im9"]), known, "").status == "doubtful"
    assert decide(away, Trace.of(demo["Im9"]), known, "jobs/One_Im9.tar.bz2").candidates == [("one", "Im9")]


def test_trimmed_renumbered_and_mutated_proteins_are_found(demo):
    trypsin, im9 = demo["trypsin"], demo["Im9"]
    domain = trypsin[trypsin.residue_number > 120]
    names = im9.residue_name.copy()
    names[30] = "TRP" if names[30] != "TRP" else "GLY"
    columns = {name: getattr(im9, name) for name in Structure.__dataclass_fields__}
    mutant = Structure(**columns | {"residue_name": names})
    pairs = [(one, other) for one in ("whole", "domain") for other in ("Im9", "mutant")]
    known = Known(traced(whole=trypsin, domain=domain, Im9=im9, mutant=mutant), {}, pairs)
    for body, name in ((trypsin[4:-6], "whole"), (domain[2:], "domain")):
        for other, one in ((im9, "Im9"), (mutant, "mutant")):
            renumbered = {key: getattr(other, key) for key in Structure.__dataclass_fields__}
            renumbered |= {"residue_number": np.arange(1, len(other) + 1) + 500, "chain": np.full(len(other), "Z")}
            found = decide(Trace.of(body), Trace.of(Structure(**renumbered)), known, "")
            assert (found.status, found.candidates) == ("sure", [(name, one)])
    laid = likeness(Trace.of(domain), Trace.of(trypsin))
    assert (laid.identity, laid.aligned) == (1, 1)
    assert laid.overlap == pytest.approx(len(domain) / len(trypsin))


def test_names_are_read_whole():
    known = Known({}, {name: {name} for name in ("FGF2", "FGF21", "colicin-E9", "R")}, [])
    assert known.named_in("FGF21_on_colicinE9.tar.bz2") == ["colicin-E9", "FGF21"]
    assert known.named_in("fgf-2 R") == ["FGF2"]
    assert [set_named(name) for name in ("x_004.csv", "Balanced", "vdw+elec.csv", "000_002.csv", "job 12.csv")] == [
        "004",
        "000",
        "006",
        None,
        None,
    ]
    assert [job_named(name) for name in ("cluspro.12.tar.bz2", "job 1234567 (2).tar", "FGF2_2024.zip")] == [
        "12",
        "1234567",
        None,
    ]


def test_an_archive_of_several_jobs(tmp_path, demo):
    """Each folder in it is a job; a folder of one coefficient set is no job of its own."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as out:
        for name in ("all/one/000/model.000.00.pdb", "all/one/002/model.002.00.pdb", "all/002/model.000.00.pdb"):
            member = tarfile.TarInfo(name)
            member.size = 7
            out.addfile(member, io.BytesIO(b"HEADER\n"))
    found = read_jobs(write(tmp_path / "a.tar", packed.getvalue()))
    assert {name: sorted(sets) for name, sets in found.items()} == {"all/one": ["000", "002"], "all/002": ["000"]}


def test_jobs_alone_make_a_panel(here, bound_pair, capsys, monkeypatch):
    """Four jobs without a config, one with swapped roles and one too many: names from files, a config that is read."""
    bodies = {"trypsin": bound_pair("1ppe")[0], "E9": bound_pair("1emv")[0]}
    bodies |= {"CMTI": bound_pair("1ppe")[1], "Im9": bound_pair("1emv")[1], "BLIP": bound_pair("1jtg")[1]}
    pairs = [("trypsin", "CMTI"), ("trypsin", "Im9"), ("E9", "CMTI"), ("Im9", "E9"), ("trypsin", "BLIP")]
    for at, (first, second) in enumerate(pairs):
        number = str(3000001 + at)
        one = job(number, bodies[first], bodies[second], sets=("000",), ranks=1)
        write(here / "mine" / f"{second}_on_{first}.tar.bz2", one.packed)
        write(here / "mine" / f"cluspro_scores.{number}.000.csv", score_csv())
    assert main(["cluspro", "panel", "mine", "-o", "made"]) == 0
    said = capsys.readouterr().out
    config = yaml.safe_load((here / "made/config.yaml").read_text())
    assert [one["name"] for one in config["receptors"]] == ["trypsin", "E9"]
    assert [one["name"] for one in config["ligands"]] == ["CMTI", "Im9"]
    assert "Left out, because their proteins were not docked with all others: trypsin, BLIP" in said
    assert "all 4 pairs of the panel have a result" in said
    rows = rows_of(here / "mine")
    assert {(row["receptor"], row["ligand"]) for row in rows.values()} == {
        ("trypsin", "CMTI"),
        ("trypsin", "Im9"),
        ("E9", "CMTI"),
        ("E9", "Im9"),
        ("", ""),
    }
    assert main(["cluspro", "panel", "mine", "-o", "made"]) == 2
    assert "this folder has a config already" in capsys.readouterr().err
    # The config can be checked where it lies, and the same folder imported with it.
    monkeypatch.chdir(here / "made")
    assert main(["check"]) == 0
    assert main(["cluspro", "import", "../mine"]) == 0
    assert "all 4 pairs of the panel have a result" in capsys.readouterr().out
