"""Files of predictions in folders and archives: what is listed, what is refused, and what stays out of memory."""

import gzip
import io
import json
import os
import shutil
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from cofold_files import Complex, write
from crossdock.cli import main
from crossdock.docking.backends.cofold import tree
from crossdock.docking.backends.cofold.find import find_predictions

PLAIN = Complex()


def listed(folder):
    """Give the jobs that can be read, and the reasons by the end of the file's name."""
    finds = find_predictions(folder, needed=False)
    jobs = [found.job for found, _ in finds.read()]
    return jobs, {error.where.rpartition("/")[2]: error.what for error in finds.problems}


def test_a_folder_that_cannot_be_read_is_listed_and_the_rest_goes_on(tmp_path, monkeypatch):
    PLAIN.boltz(tmp_path / "good")
    Complex(seed=2).boltz(tmp_path / "closed")
    real = os.scandir

    def scandir(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert listed(tmp_path) == (["good/a_b"], {"closed": "cannot be read: Permission denied"})


def test_links_that_lead_nowhere_and_pipes_are_listed(tmp_path):
    PLAIN.boltz(tmp_path)
    (tmp_path / "x_model_0.cif").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tmp_path / "pipe")
    jobs, reasons = listed(tmp_path)
    assert jobs == ["a_b"]
    assert reasons == {
        "x_model_0.cif": "a link that leads nowhere",
        "pipe": "not a file with content, such as a pipe or a device",
    }


def test_archives_that_are_not_opened_are_listed(tmp_path):
    PLAIN.boltz(tmp_path / "good")
    write(tmp_path / "fold.tar.gz", b"anything")
    content = b"none"
    for depth in range(tree.DEEPEST + 1):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(f"{depth}.zip", content)
        content = packed.getvalue()
    write(tmp_path / "deep.zip", content)
    jobs, reasons = listed(tmp_path)
    assert jobs == ["good/a_b"]
    assert reasons.pop("fold.tar.gz") == "an archive that is not opened: unpack it first"
    ((where, what),) = reasons.items()
    assert where == ", ".join(["deep.zip", *(f"{tree.DEEPEST - k}.zip" for k in range(tree.DEEPEST))])
    assert "to a depth of" in what


@pytest.mark.parametrize("zipped", [False, True])
def test_alignments_of_colabfolds_server_are_passed_over_and_a_job_whose_name_ends_like_them_is_not(tmp_path, zipped):
    root = tmp_path / "all"
    PLAIN.colabfold(root)
    PLAIN.boltz(root / "cd4_env")
    for name in ("a_b_env", "a_b_pairgreedy"):
        write(root / name / "out.tar.gz", b"anything")
        write(root / name / "uniref.a3m", ">101\n")
        write(root / name / "templates_101/1abc.cif", PLAIN.cif())
    if zipped:
        shutil.make_archive(str(tmp_path / "all"), "zip", root)
        root = tmp_path / "all.zip"
    jobs, reasons = listed(root)
    assert (sorted(jobs), reasons) == (["a_b", "cd4_env/a_b"], {})


def packed(path, folder, name="{}"):
    """Move the files of a folder into an archive, under names with another separator or folder."""
    with zipfile.ZipFile(path, "w") as archive:
        for one in sorted(Path(folder).iterdir()):
            info = zipfile.ZipInfo("x")
            info.filename = name.format(one.name)
            archive.writestr(info, one.read_bytes())
            one.unlink()


def test_a_path_out_of_an_archive_is_listed_and_not_read(tmp_path):
    PLAIN.boltz(tmp_path / "raw")
    packed(tmp_path / "a.zip", tmp_path / "raw", "../../raw/{}")
    jobs, reasons = listed(tmp_path)
    assert jobs == []
    assert set(reasons.values()) == {"its path leads out of the archive, so it is not read"}
    assert len(reasons) == 3


def test_an_archive_with_the_separator_of_windows(tmp_path):
    PLAIN.boltz(tmp_path / "raw")
    packed(tmp_path / "a.zip", tmp_path / "raw", "folder\\{}")
    assert listed(tmp_path / "a.zip") == (["folder/a_b"], {})


def test_an_archive_that_was_cut_off_behind_another_is_not_taken_for_that(tmp_path):
    """A numpy file is an archive too, and its own list of files is then the last in the file."""
    PLAIN.boltz(tmp_path / "raw")
    packed(tmp_path / "a.zip", tmp_path / "raw")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        end = archive.start_dir
    (tmp_path / "a.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:end])
    assert zipfile.is_zipfile(tmp_path / "a.zip")
    assert listed(tmp_path) == ([], {"a.zip": "not a complete zip archive: it ends early"})


def test_files_that_unpack_to_far_more_than_their_size_are_not_unpacked(tmp_path, monkeypatch, need_module):
    zstd = need_module("zstandard", "zstandard is not installed")
    monkeypatch.setattr(tree, "SMALL", 1_000_000)
    blank = b" " * 50_000_000
    PLAIN.boltz(tmp_path / "good")
    for name, pack in (("gz", gzip.compress), ("zst", zstd.compress)):
        Complex(seed=3).boltz(tmp_path / name)
        (tmp_path / name / "confidence_a_b_model_0.json").unlink()
        write(tmp_path / name / f"confidence_a_b_model_0.json.{name}", pack(blank))
    with zipfile.ZipFile(tmp_path / "zip.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a_b_model_0.cif", PLAIN.cif())
        archive.writestr("confidence_a_b_model_0.json", blank)
    finds = find_predictions(tmp_path)
    tracemalloc.start()
    jobs = [found.job for found, _ in finds.read()]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert jobs == ["good/a_b"]
    assert [error.what for error in finds.problems] == [
        "it unpacks to more than 200 times its size, which files of a prediction do not"
    ] * 3
    assert peak < len(blank)


def test_a_file_larger_than_any_prediction_is_not_read(tmp_path):
    PLAIN.boltz(tmp_path)
    with open(tmp_path / "confidence_a_b_model_0.json", "wb") as handle:
        handle.truncate(2 * tree.LARGEST_FILE)
    assert listed(tmp_path) == ([], {"confidence_a_b_model_0.json": "larger than 2 GB"})


def test_the_folder_of_a_file_is_not_searched_for_others(tmp_path, capsys, caplog):
    """Beside a download lie many others: neither folders nor archives beside the file are opened."""
    PLAIN.boltz(tmp_path)
    write(tmp_path / "below/other.zip", b"PK\x03\x04 and no more")
    write(tmp_path / "other.zip", b"PK\x03\x04 and no more")
    with zipfile.ZipFile(tmp_path / "third.zip", "w") as archive:
        archive.writestr("a_b_model_0.cif", PLAIN.cif())
    opened = tree._opened.cache_info().misses
    assert main(["cofold", "score", str(tmp_path / "a_b_model_0.cif"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["not_read"] == []
    assert "other" not in caplog.text
    assert tree._opened.cache_info().misses - opened <= 2  # their lists of names alone


def test_an_archive_whose_name_does_not_say_so(tmp_path):
    PLAIN.boltz(tmp_path / "raw")
    packed(tmp_path / "download", tmp_path / "raw")
    assert listed(tmp_path / "download") == (["a_b"], {})


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("result_model_1_multimer_v3_pred_0.pkl", "a pickle is never opened"),
        ("notes.txt", "no model is beside it"),
        ("fold.tar.gz", "unpack it first"),
    ],
)
def test_a_file_that_is_of_no_model_is_named(tmp_path, capsys, name, reason):
    PLAIN.boltz(tmp_path)
    write(tmp_path / name, b"\x80\x04cos\nsystem\n(S'false'\ntR.")
    assert main(["cofold", "score", str(tmp_path / name), "--json"]) == 2
    (unread,) = json.loads(capsys.readouterr().out)["not_read"]
    assert unread["file"] == str(tmp_path / name)
    assert reason in unread["reason"]
