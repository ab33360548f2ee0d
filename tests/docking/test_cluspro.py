"""Results of ClusPro: score tables, archives good and bad, models laid over the prepared structures, import."""

import bz2
import io
import json
import tarfile

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

from cluspro_files import PUBLISHED, SETS, archive, model_pdb, placed, score_csv
from crossdock.cli import main
from crossdock.docking.backends.cluspro import archive as archives
from crossdock.docking.backends.cluspro.archive import read_models
from crossdock.docking.backends.cluspro.gather import find_downloads
from crossdock.docking.backends.cluspro.imports import bring
from crossdock.docking.backends.cluspro.models import fit_pose, split_model
from crossdock.docking.backends.cluspro.results import dock
from crossdock.docking.backends.cluspro.scores import named, parse_page, read_scores
from crossdock.docking.backends.contract import Request
from crossdock.docking.models import write_models
from crossdock.docking.poses import place
from crossdock.errors import InputError
from crossdock.structures.structure import read_structure


def written(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("blank", [False, True])
def test_a_published_score_table_is_read(tmp_path, blank):
    table = written(tmp_path / "cluspro_scores.1.000.csv", score_csv(blank_second=blank))
    assert [(one.members, one.center, one.lowest) for one in read_scores(table)] == PUBLISHED


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Weighted Score", "Score", "expected the header Cluster,Members,Representative,Weighted Score"),
        ("0,123,Center,-716.1", "0,123,Centre,-716.1", "line 2: expected Center or Lowest Energy, got 'Centre'"),
        ("0,123,Center,-716.1", "0,123,Center,n/a", "line 2: expected a weighted score, got 'n/a'"),
        ("0,123,Center,-716.1", "0,0,Center,-716.1", "line 2: expected a number of members, got '0'"),
        ("1,114,Center", "2,114,Center", "line 4: expected cluster 1, got 2"),
        ("0,123,Lowest Energy,-770.2", "0,122,Lowest Energy,-770.2", "line 3: both rows of a cluster"),
        ("4,80,Lowest Energy,-796.3\n", "", "cluster 4 has no row for its lowest energy"),
        ("0,123,Lowest Energy,-770.2", "0,123,Lowest Energy,-700.0", "the lowest energy is above the center's"),
        ("0,123,Lowest Energy,-770.2", "0,123,Lowest Energy,-770.2,1", "line 3: expected 4 cells, got 5"),
    ],
)
def test_what_is_no_score_table_is_refused(tmp_path, old, new, message):
    text = score_csv()
    assert old in text
    with pytest.raises(InputError, match=message):
        read_scores(written(tmp_path / "table.csv", text.replace(old, new)))


def test_the_coefficient_set_is_not_guessed():
    assert named("x/cluspro_scores.1234567.002.csv") == ("1234567", "002")
    assert named("cluspro_scores.1234567.000.balanced.csv") == ("1234567", "000")
    for name in ("cluspro_scores.1234567.csv", "scores.csv", "cluspro_scores.000.csv"):
        with pytest.raises(InputError, match="gives no job and coefficient set"):
            named(name)


def page(header="Weighted Score"):
    cells = "".join(
        f'<tr><th rowspan="2" scope="rowgroup">{n}</th><td rowspan="2">{m}</td><td>Center</td><td>{c}</td></tr>'
        f"<tr><td>Lowest Energy</td><td>{low}</td></tr>"
        for n, (m, c, low) in enumerate(PUBLISHED)
    )
    head = "".join(f"<th>{name}</th>" for name in ("Cluster", "Members", "Representative", header))
    return f"<html><table class='menu'><tr><td>Home</td></tr></table><table><tr>{head}</tr>{cells}</table></html>"


def test_a_page_of_scores_is_read_by_its_table():
    found = parse_page(page(), where="scores.php")
    assert [(one.members, one.center, one.lowest) for one in found] == PUBLISHED
    with pytest.raises(InputError, match=r"expected the header .*Weighted Score, got .*Docking Score"):
        parse_page(page("Docking Score"), where="scores.php")
    with pytest.raises(InputError, match="expected one score table"):
        parse_page("<html>log in</html>", where="scores.php")


def member(name, kind=tarfile.REGTYPE, link=""):
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (member("../../evil.pdb"), "points out of the archive"),
        (member("/etc/evil.pdb"), "points out of the archive"),
        (member("cluspro.1/link.pdb", tarfile.SYMTYPE, "/etc/passwd"), "is a link or a device"),
        (member("cluspro.1/hard.pdb", tarfile.LNKTYPE, "model.000.00.pdb"), "is a link or a device"),
        (member("cluspro.1/model.000.00.pdb"), "is in the archive twice"),
    ],
)
def test_archives_that_mean_harm_are_not_used(tmp_path, extra, message):
    content = archive({("000", 0): "HEADER\n"}, job="1", extra=[(extra, b"")])
    with pytest.raises(InputError, match=message):
        read_models(written(tmp_path / "a.tar.bz2", content))
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar.bz2"]


def test_broken_archives_are_told(tmp_path, monkeypatch):
    complete = archive({("000", n): "HEADER\n" * 5000 for n in range(8)})
    for content in (complete[: len(complete) // 2], b"<html>no</html>", b"", bz2.compress(b"not a tar")):
        with pytest.raises(InputError, match=r"not a complete archive of models|no file model"):
            read_models(written(tmp_path / "a.tar.bz2", content))
    with pytest.raises(InputError, match="cannot read the archive"):
        read_models(tmp_path / "absent.tar.bz2")
    monkeypatch.setattr(archives, "LARGEST_FILE", 1000)
    with pytest.raises(InputError, match="is larger than"):
        read_models(written(tmp_path / "a.tar.bz2", complete))
    monkeypatch.setattr(archives, "LARGEST_FILE", 10**9)
    monkeypatch.setattr(archives, "LARGEST_ARCHIVE", 10_000)
    with pytest.raises(InputError, match="larger than"):
        read_models(written(tmp_path / "a.tar.bz2", complete))


def test_a_model_is_laid_over_the_prepared_structures(bound_pair):
    """Both partners under the same chain letter, in another frame, minimised: the pose comes back."""
    receptor, ligand = bound_pair("1emv")
    same = ligand.with_chains({ligand.chains[0]: receptor.chains[0]})
    target = placed(same, 3)
    text = model_pdb(receptor, target, name="000.00", seed=5)
    model = split_model(text, where="model")
    assert [len(body) for body in model] == [(b.atom_name != "OXT").sum() for b in (receptor, ligand)]
    pose = fit_pose(receptor, same, model, where="model")
    back = place(
        same,
        pd.Series(
            dict(zip(("qw", "qx", "qy", "qz"), pose.quaternion, strict=True))
            | dict(zip(("tx_A", "ty_A", "tz_A"), pose.translation, strict=True))
        ),
    )
    assert np.sqrt(((back.coord - target.coord) ** 2).sum(axis=1).mean()) < 0.2
    assert 0 < pose.ligand_rmsd < 0.3
    # CHARMM's names of histidine are histidine.
    histidines = text.replace("HIS", "HSD")
    assert histidines != text
    assert fit_pose(receptor, same, split_model(histidines, where="m"), where="m").ligand_rmsd == pose.ligand_rmsd


def test_models_of_other_structures_are_refused(bound_pair):
    receptor, ligand = bound_pair("1emv")
    others = bound_pair("1ppe")
    with pytest.raises(InputError, match="of another structure"):
        fit_pose(receptor, ligand, others, where="m")
    bent = ligand.with_coord(ligand.coord * np.array([1.4, 1, 1]))
    with pytest.raises(InputError, match="CA atoms lie"):
        fit_pose(receptor, ligand, (receptor, bent), where="m")
    with pytest.raises(InputError, match="expected two partners"):
        split_model("ATOM\n", where="m")


@pytest.fixture
def downloads(tmp_path, bound_pair):
    """A folder as a person fills it: an archive and four score tables of one job."""
    receptor, ligand = bound_pair("1emv")
    folder = tmp_path / "downloads"
    folder.mkdir()
    models = {
        (one, n): model_pdb(receptor, placed(ligand, 10 * i + n), name=f"{one}.{n:02d}", seed=n)
        for i, one in enumerate(SETS)
        for n in range(5)
    }
    written(folder / "cluspro.1234567.tar.bz2", archive(models))
    for one in SETS:
        written(folder / f"cluspro_scores.1234567.{one}.csv", score_csv())
    written(folder / "jobs.csv", "job,receptor,ligand\n1234567,E9,Im9\n")
    return folder


def test_an_imported_job_fills_the_tables(downloads, tmp_path, bound_pair):
    """The published score table comes out as it went in, in clusters.csv and models.csv; all four sets are kept."""
    receptor, ligand = bound_pair("1emv")
    (job,), _ = find_downloads(downloads)
    record = bring(job, ("E9", "Im9"), tmp_path / "cluspro")
    done = dock(receptor, ligand, Request({"coefficients": "balanced"}, result=record))
    assert done.poses["score"].tolist() == [center for _, center, _ in PUBLISHED]
    assert {one: len(message["clusters"]) for one, message in done.record["coefficient_sets"].items()} == dict.fromkeys(
        SETS, 5
    )
    # The first models of the four sets, one put down by hand elsewhere for each.
    apart = np.array(done.record["first_models"]["apart_A"])
    assert done.record["first_models"]["sets"] == list(SETS)
    assert apart.shape == (4, 4)
    assert (np.diagonal(apart) == 0).all()
    traced = ligand.atom_name == "CA"
    near = cKDTree(receptor.coord)
    bodies = [placed(ligand, 10 * i).coord[traced] for i in range(2)]
    either = np.any([near.query(body)[0] < 10 for body in bodies], axis=0)
    by_hand = np.sqrt(((bodies[0] - bodies[1])[either] ** 2).sum(axis=1).mean())
    assert apart[0, 1] == pytest.approx(min(by_hand, 999.0), abs=1.5), "the made-up models carry noise"
    models = write_models(tmp_path / "pair", receptor, ligand, done.poses, models=4)
    assert models[["members", "center_score", "lowest_score"]].to_numpy().tolist() == [
        list(row) for row in PUBLISHED[:4]
    ]
    assert set(models["representative"]) == {"Center"}
    clusters = pd.read_csv(tmp_path / "pair/clusters.csv")
    # The server's own table, and beside it that these models are made up.
    assert clusters.pop("synthetic").all()
    assert clusters.to_csv(index=False) == score_csv()
    first = read_structure(tmp_path / "pair/models/model_00.pdb")
    there = first[first.chain == ligand.chains[0]] if ligand.chains[0] in first.chains else first[-len(ligand) :]
    assert there.coord[:20] == pytest.approx(placed(ligand, 0).coord[:20], abs=0.3)
    other = dock(receptor, ligand, Request({"coefficients": "VdW+Elec"}, result=record)).poses
    assert abs(other["tx_A"] - done.poses["tx_A"]).min() > 0.01


def test_a_set_that_is_not_there_is_said(downloads, tmp_path, bound_pair):
    (downloads / "cluspro_scores.1234567.006.csv").unlink()
    (job,), _ = find_downloads(downloads)
    with pytest.raises(InputError, match="no scores of the coefficient set VdW"):
        dock(
            *bound_pair("1emv"),
            Request({"coefficients": "VdW+Elec"}, result=bring(job, ("E9", "Im9"), tmp_path / "to")),
        )


def test_what_does_not_fit_in_a_folder_is_told(downloads, tmp_path):
    (downloads / "cluspro_scores.1234567.002.csv").rename(downloads / "scores.csv")
    written(downloads / "cluspro_scores.1234567.004.csv", score_csv(PUBLISHED[:2]))
    (job,), problems = find_downloads(downloads)
    assert ["gives no coefficient set" in str(one) for one in problems] == [True]
    assert ["2 clusters, but job 1234567 has model 04" in str(one) for one in job.problems] == [True]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no result of ClusPro in this folder"):
        find_downloads(tmp_path / "empty")
    with pytest.raises(InputError, match="this folder does not exist"):
        find_downloads(tmp_path / "absent")


def test_import_asks_for_names_of_the_panel(downloads, tmp_path, capsys):
    demo = {"entry": "demo:1emv"}
    config = {
        "backend": "cluspro",
        "receptors": [demo | {"name": "E9", "chains": ["B"]}],
        "ligands": [demo | {"name": "Im9", "chains": ["A"]}, demo | {"name": "Im9b", "chains": ["A"]}],
    }
    where = written(tmp_path / "config.json", json.dumps(config))
    arguments = ["cluspro", "import", str(downloads), "-o", str(tmp_path / "out"), "--config", str(where)]
    main(arguments)
    assert "1 jobs found; 1 imported" in capsys.readouterr().out
    message = json.loads((tmp_path / "out/E9/Im9/job.json").read_text())
    assert (message["job"], message["coefficient_sets"]["002"]) == ("1234567", "electrostatic-favored")
    written(downloads / "jobs.csv", "job,receptor,ligand\n1234567,E9,Im8\n")
    assert main(arguments) == 2
    assert "not in the panel: E9, Im8" in capsys.readouterr().err


def test_bombs_do_not_fill_the_memory(tmp_path):
    """A few kilobytes that unpack to 4 GB stop at the limit of one file."""
    big = tarfile.TarInfo("cluspro.1/model.000.00.pdb")
    big.size = 4 * 10**9
    content = bz2.compress(big.tobuf() + bytes(10**6))
    with pytest.raises(InputError, match="is larger than"):
        read_models(written(tmp_path / "bomb.tar.bz2", content))
    assert len(io.BytesIO(content).getvalue()) < 10_000
