"""Jobs on a server: handed in once, whatever happens; waited for; told when they do not come back."""

import errno
import fcntl
import json
import logging
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from cluspro_files import score_csv
from cluspro_server import USERS, StandIn
from crossdock.docking.backends.cluspro.client import AccountError, Server, UnreachableError
from crossdock.docking.backends.cluspro.credentials import Credentials
from crossdock.docking.backends.cluspro.dispatch import Dispatch, Order, Pace, UnfinishedError
from crossdock.docking.backends.cluspro.ledger import Ledger, job_name
from crossdock.docking.backends.cluspro.preflight import look_over, preflight, sent
from crossdock.errors import ConfigError, InputError

ALICE = Credentials("alice", *USERS["alice"])
NO_PASSWORD = Credentials("alice", USERS["alice"][0])
ENTRIES = ("1ppe", "1emv", "1jtg")


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self):
        self.now = time.time()
        self.waits = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog):
    caplog.set_level(logging.DEBUG, "crossdock")


class KilledError(BaseException):
    """What a process meets that ends here and now."""


@pytest.fixture
def stand_in():
    server = StandIn(models=2)
    yield server
    server.close()


@pytest.fixture
def orders(bound_pair):
    """Give three jobs; of the proteins only the first residues, since archives of models are read again and again."""
    return [
        Order.of(f"r{entry}", f"l{entry}", [body[body.residue_index < 25] for body in bound_pair(entry)])
        for entry in ENTRIES
    ]


def dispatch(folder, stand_in, orders, *, credentials=ALICE, pace=None, clock=None):
    clock = clock or Clock()
    server = Server(stand_in.url, credentials, sleep=lambda _: None, timeout_s=(2.0, 60.0))
    return Dispatch(
        Ledger(folder / "jobs"),
        server,
        orders,
        pace or Pace(in_flight=2),
        downloads=folder / "downloads",
        clock=clock,
        sleep=clock.sleep,
    )


def states(folder):
    return [record["state"] for record in Ledger(folder / "jobs").records()]


def test_jobs_are_handed_in_at_the_servers_pace(stand_in, orders, tmp_path, caplog):
    clock = Clock()
    work = dispatch(tmp_path, stand_in, orders, clock=clock)
    began = clock.now
    work.work()
    assert states(tmp_path) == ["finished"] * 3
    assert sorted(job["name"] for job in stand_in.jobs.values()) == sorted(one.name for one in orders)
    submitted = [i for i, (_, path) in enumerate(stand_in.asked) if path == "/api.php"]
    first_download = next(i for i, (_, path) in enumerate(stand_in.asked) if path == "/api_download.php")
    # Two at a time: the third only when the first is back, half an hour later.
    assert submitted[1] < first_download < submitted[2]
    assert clock.now - began >= 2 * 1800
    assert 5 <= clock.waits[0] <= 10
    for one in orders:
        job = next(number for number, job in stand_in.jobs.items() if job["name"] == one.name)
        table = (tmp_path / "jobs" / one.name / "scores.004.csv").read_text()
        assert f"0,{stand_in.table(job, '004')[0][0]},Center,{stand_in.table(job, '004')[0][1]}" in table
    assert "3 finished" in caplog.messages[-1]
    asked = len(stand_in.asked)
    dispatch(tmp_path, stand_in, orders).work()
    assert len(stand_in.asked) == asked


@pytest.mark.measurement
def test_killed_at_any_step_every_job_is_handed_in_once(stand_in, orders, tmp_path, monkeypatch):
    """A run is killed before and after each write and each request; the next one ends as if nothing had been."""
    steps = {"left": 0}

    def mortal(function):
        def wrapped(*arguments, **options):
            for moment in range(2):
                steps["left"] -= 1
                if steps["left"] == 0:
                    raise KilledError
                if moment == 0:
                    value = function(*arguments, **options)
            return value

        return wrapped

    monkeypatch.setattr(Ledger, "_write", mortal(Ledger._write))
    monkeypatch.setattr(Ledger, "forget", mortal(Ledger.forget))
    for name in ("submit", "download", "scores", "listed"):
        monkeypatch.setattr(Server, name, mortal(getattr(Server, name)))
    kills = 0
    for step in range(1, 200):
        stand_in.jobs.clear()
        stand_in.faults["/api.php"] = ["lost"] if step % 2 else []
        folder = tmp_path / str(step)
        steps["left"] = step
        try:
            dispatch(folder, stand_in, orders[:2]).work()
            break
        except KilledError:
            kills += 1
        done = [record["name"] for record in Ledger(folder / "jobs").records() if record["state"] == "finished"]
        asked = len(stand_in.asked)
        steps["left"] = 0
        stand_in.faults["/api.php"] = []
        dispatch(folder, stand_in, orders[:2]).work()
        names = [job["name"] for job in stand_in.jobs.values()]
        assert sorted(names) == sorted(one.name for one in orders[:2]), step
        assert states(folder) == ["finished"] * 2
        if len(done) == 2:
            assert len(stand_in.asked) == asked
    assert kills > 40


@pytest.mark.parametrize("fault", ["lost", "html", "empty", "elsewhere", "503", "taken", "500", "429"])
def test_a_lost_answer_is_looked_up(stand_in, orders, tmp_path, fault):
    stand_in.faults["/api.php"] = [fault]
    dispatch(tmp_path, stand_in, orders[:1]).work()
    assert [job["name"] for job in stand_in.jobs.values()] == [orders[0].name]
    assert states(tmp_path) == ["finished"]


def test_without_a_password_a_lost_answer_is_the_users(stand_in, orders, tmp_path):
    stand_in.faults["/api.php"] = ["lost"]
    with pytest.raises(UnfinishedError, match=rf"crossdock cluspro found {orders[0].name} NUMBER") as error:
        dispatch(tmp_path, stand_in, orders[:1], credentials=NO_PASSWORD).work()
    assert "1 job is not finished, 0 are and stay" in str(error.value)
    with pytest.raises(UnfinishedError):
        dispatch(tmp_path, stand_in, orders[:1], credentials=NO_PASSWORD).work()
    assert len(stand_in.jobs) == 1
    clock = Clock()
    ledger = Ledger(tmp_path / "jobs")
    ledger.change(orders[0].name, state="sent", job="1000", sent="2020-01-01T00:00:00+00:00")
    # Then the models come, and the score tables are for the user to download.
    with pytest.raises(
        UnfinishedError, match=r"(?s)missing score tables: 000, 002, 004, 006.*downloads, and start again"
    ):
        dispatch(tmp_path, stand_in, orders[:1], credentials=NO_PASSWORD, clock=clock).work()
    assert states(tmp_path) == ["fetched"]
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads/cluspro_scores.1000.002.csv").write_text(score_csv([(9, -1.0, -2.0), (8, -1.0, -2.0)]))
    with pytest.raises(UnfinishedError, match=r"score tables of 002 downloaded; missing score tables: 000, 004, 006"):
        dispatch(tmp_path, stand_in, orders[:1], credentials=NO_PASSWORD, clock=clock).work()
    # What was wrong with the first is mended until the last is there.
    for one in ("000", "002", "004", "006"):
        (tmp_path / f"downloads/cluspro_scores.1000.{one}.csv").write_text(score_csv(stand_in.table("1000", one)))
    dispatch(tmp_path, stand_in, orders[:1], credentials=NO_PASSWORD).work()
    assert states(tmp_path) == ["finished"]
    assert "-1.0" not in (tmp_path / "jobs" / orders[0].name / "scores.002.csv").read_text()
    assert set(Ledger(tmp_path / "jobs").read(orders[0].name)["scores_from"].values()) == {"downloads"}


def test_a_refused_job_does_not_stop_the_others(stand_in, orders, tmp_path):
    stand_in.faults["/api.php"] = ["errors"]
    with pytest.raises(UnfinishedError, match=r"PDB file too large") as error:
        dispatch(tmp_path, stand_in, orders).work()
    assert "1 job is not finished, 2 are and stay" in str(error.value)
    dispatch(tmp_path, stand_in, orders).work()
    assert len(stand_in.jobs) == 3


def test_a_wrong_secret_stops_at_once(stand_in, orders, tmp_path):
    with pytest.raises(Exception, match="look at CLUSPRO_USERNAME") as error:
        dispatch(tmp_path, stand_in, orders, credentials=Credentials("alice", "wr0ng-s3cret")).work()
    assert [path for _, path in stand_in.asked] == ["/api.php"]
    assert "wr0ng" not in str(error.value)
    assert states(tmp_path) == ["new"]


def test_a_wrong_password_stops_before_the_first_job(stand_in, orders, tmp_path):
    with pytest.raises(AccountError, match="look at CLUSPRO_USERNAME and CLUSPRO_PASSWORD"):
        dispatch(tmp_path, stand_in, orders, credentials=Credentials("alice", USERS["alice"][0], "wr0ng")).work()
    assert stand_in.jobs == {}


def test_a_server_that_was_never_reached_ends_the_run(stand_in, orders, tmp_path):
    work = dispatch(tmp_path, stand_in, orders)
    work.server.url = "http://127.0.0.1:9"
    with pytest.raises(UnreachableError, match=r"http://127.0.0.1:9: .*nothing was sent\n.*check `cluspro.url`"):
        work.work()
    assert set(states(tmp_path)) == {"new"}


def test_an_outage_on_the_way_is_waited_out(stand_in, orders, tmp_path, caplog):
    clock = Clock()
    work = dispatch(tmp_path, stand_in, orders[:1], clock=clock)
    here = work.server.url

    def away_for_a_while(seconds):
        clock.now += seconds
        work.server.url = "http://127.0.0.1:9" if 1000 < clock.now - began < 4000 else here

    began, work.sleep = clock.now, away_for_a_while
    work.work()
    assert states(tmp_path) == ["finished"]
    assert any("http://127.0.0.1:9: the connection failed" in output for output in caplog.messages)


def test_a_busy_server_is_left_alone_as_long_as_it_asks(stand_in, orders, tmp_path, caplog):
    clock = Clock()
    stand_in.faults["/api.php"] = ["429"]
    stand_in.retry_after = "1234"
    work = dispatch(tmp_path, stand_in, orders[:1], clock=clock)
    began = clock.now
    work.work()
    assert clock.now - began >= 1234 + 1800
    assert any("asking again in 1234 s" in output for output in caplog.messages)
    assert len(stand_in.jobs) == 1


@pytest.mark.measurement
def test_a_job_that_does_not_end_is_unknown_on_the_server(stand_in, orders, tmp_path):
    stand_in.seconds_a_job = 1e6
    clock = Clock()
    began = clock.now
    with pytest.raises(UnfinishedError, match=r"not finished after 48 hours\n.*unknown on the server"):
        dispatch(tmp_path, stand_in, orders[:1], clock=clock).work()
    assert 48 * 3600 < clock.now - began < 49 * 3600
    looks = sum(path == "/api_download.php" for _, path in stand_in.asked)
    assert 200 < looks < 350
    # The next run looks once more, and finds that it is ready now.
    next(iter(stand_in.jobs.values()))["ready"] = 0
    dispatch(tmp_path, stand_in, orders[:1], clock=clock).work()
    assert states(tmp_path) == ["finished"]


def test_a_job_that_failed_is_told_and_can_be_handed_in_anew(stand_in, orders, tmp_path):
    stand_in.seconds_a_job = 1e6
    clock = Clock()
    work = dispatch(tmp_path, stand_in, orders[:1], clock=clock)
    nap = clock.sleep

    def fail_while_waiting(seconds):
        for job in stand_in.jobs.values():
            job["failed"] = True
        nap(seconds)

    work.sleep = fail_while_waiting
    with pytest.raises(UnfinishedError, match=r"the server could not dock it: error on local system"):
        work.work()
    assert states(tmp_path) == ["failed"]
    Ledger(tmp_path / "jobs").forget(orders[0].name)
    # The old job of that name is still listed as failed; the new one is waited for, and its answer is lost.
    stand_in.faults["/api.php"] = ["lost"]
    clock.now += 10
    work = dispatch(tmp_path, stand_in, orders[:1], clock=clock)

    def finish_while_waiting(seconds):
        clock.now += seconds
        if sum(path == "/api_download.php" for _, path in stand_in.asked) > 3:
            for job in stand_in.jobs.values():
                job["ready"] = 0

    work.sleep = finish_while_waiting
    work.work()
    assert states(tmp_path) == ["finished"]
    assert len(stand_in.jobs) == 2
    record = Ledger(tmp_path / "jobs").read(orders[0].name)
    assert (record["job"], record["forgotten"]) == ("1001", ["1000"])


def test_what_comes_broken_is_fetched_again(stand_in, orders, tmp_path):
    stand_in.faults["/api_download.php"] = ["html", "truncated", "evil"]
    stand_in.faults["/scores.php"] = ["header", "html", "empty"]
    dispatch(tmp_path, stand_in, orders[:1]).work()
    assert states(tmp_path) == ["finished"]
    assert len(stand_in.jobs) == 1


def test_what_always_comes_broken_is_told(stand_in, orders, tmp_path):
    stand_in.faults["/scores.php"] = ["header"] * 100
    with pytest.raises(UnfinishedError, match=r"(?s)expected the header.*Docking Score.*crossdock cluspro import"):
        dispatch(tmp_path, stand_in, orders[:1]).work()
    assert states(tmp_path) == ["fetched"]


def test_a_job_that_is_lost_again_and_again_is_the_users(stand_in, orders, tmp_path):
    stand_in.faults["/api.php"] = ["html"] * 10
    with pytest.raises(UnfinishedError, match="status unknown"):
        dispatch(tmp_path, stand_in, orders[:1]).work()
    assert sum(path == "/api.php" for _, path in stand_in.asked) == 3
    with pytest.raises(UnfinishedError):
        dispatch(tmp_path, stand_in, orders[:1]).work()
    assert sum(path == "/api.php" for _, path in stand_in.asked) == 3


def test_a_server_that_stays_busy_is_given_up(stand_in, orders, tmp_path):
    stand_in.faults["/api.php"] = ["429"] * 10**4
    stand_in.retry_after = "7200"
    clock = Clock()
    began = clock.now
    with pytest.raises(UnfinishedError, match="the server is busy"):
        dispatch(tmp_path, stand_in, orders, clock=clock).work()
    assert 48 * 3600 < clock.now - began < 52 * 3600


def test_jobs_of_other_panels_take_places(stand_in, orders, tmp_path):
    stand_in.seconds_a_job = 1e6
    with pytest.raises(UnfinishedError):
        dispatch(tmp_path, stand_in, orders[:2], pace=Pace(in_flight=2, deadline_s=3600)).work()
    clock = Clock()
    with pytest.raises(UnfinishedError, match="all 2 job slots are in use"):
        dispatch(tmp_path, stand_in, orders[2:], clock=clock).work()
    assert len(stand_in.jobs) == 2


def test_the_pages_may_be_down(stand_in, orders, tmp_path):
    """They say what has failed; a job that is waited for does not need them."""
    stand_in.seconds_a_job = 1e6
    clock = Clock()
    stand_in.faults["/queue.php"] = ["html"] * 10**4
    with pytest.raises(UnfinishedError, match="not finished after 6 hours"):
        dispatch(tmp_path, stand_in, orders[:1], pace=Pace(deadline_s=6 * 3600), clock=clock).work()


def test_a_downloaded_table_that_is_none_is_the_users_to_mend(stand_in, orders, tmp_path):
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads/cluspro_scores.1000.000.csv").write_text("no table")
    with pytest.raises(UnfinishedError, match="expected the header"):
        dispatch(tmp_path, stand_in, orders[:1]).work()
    (tmp_path / "downloads/cluspro_scores.1000.000.csv").unlink()
    dispatch(tmp_path, stand_in, orders[:1]).work()
    assert states(tmp_path) == ["finished"]


def test_the_pace_of_a_real_server_has_a_floor(stand_in, tmp_path):
    server = Server("https://cluspro.example.org", ALICE)
    with pytest.raises(InputError, match="expected at least 5 seconds between submissions, got 1"):
        Dispatch(Ledger(tmp_path), server, [], Pace(pause_s=1), downloads=tmp_path)


def test_two_runs_do_not_work_at_once(tmp_path, caplog):
    order = []
    ledger = Ledger(tmp_path / "jobs")

    def second():
        with Ledger(tmp_path / "jobs").alone():
            order.append("second")

    with ledger.alone():
        other = threading.Thread(target=second)
        other.start()
        deadline = time.monotonic() + 10
        while not caplog.messages and time.monotonic() < deadline:
            time.sleep(0.01)
        order.append("first")
    other.join()
    assert order == ["first", "second"]
    assert caplog.messages == ["another run is using these jobs; waiting for it to end"]


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_disk_without_locks_is_named(tmp_path, monkeypatch, code):
    def flock(file, operation):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)
    with (
        pytest.raises(InputError, match=f"cannot lock the folder: {os.strerror(code)}"),
        Ledger(tmp_path / "jobs").alone(),
    ):
        pytest.fail("a disk without locks was taken")


def test_a_run_that_is_killed_leaves_no_lock(tmp_path):
    code = (
        "import os, sys\nfrom crossdock.docking.backends.cluspro.ledger import Ledger\n"
        "with Ledger(sys.argv[1]).alone():\n    os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    began = time.monotonic()
    with Ledger(tmp_path).alone():
        assert time.monotonic() - began < 1


def test_a_job_is_named_by_what_is_sent(bound_pair):
    receptor, ligand = bound_pair("1ppe")
    name = job_name(sent(receptor), sent(ligand), {})
    assert len(name) == 13
    assert name == Order.of("a", "b", (receptor, ligand)).name
    assert name != job_name(sent(ligand), sent(receptor), {})
    assert name != job_name(sent(receptor), sent(ligand), {"antibodymode": "True"})
    assert name != Order.of("a", "b", (receptor, ligand.with_coord(ligand.coord + 0.001))).name


def test_structures_are_looked_over(bound_pair, caplog):
    receptor, ligand = bound_pair("1ppe")
    complete = look_over(receptor)
    assert complete.problems == []
    peptide = ligand[ligand.residue_index < 20]
    gappy = receptor[(receptor.residue_index < 50) | (receptor.residue_index > 60)]
    assert "has gaps, at which the server cuts the chain, between A:" in " ".join(look_over(gappy).notes)
    incomplete = receptor[(receptor.atom_name != "O") | (receptor.residue_index != 7)]
    assert "lacks backbone atoms, which the server will build: A:" in " ".join(look_over(incomplete).notes)
    with pytest.raises(ConfigError, match=r"peptide: it has 20 residues; the server needs at least 30"):
        preflight({"trypsin": receptor, "peptide": peptide}, [("trypsin", "peptide")])
    receptor, ligand = bound_pair("1emv")
    preflight({"a": ligand, "b": receptor}, [("a", "b")])
    assert "b is larger than a" in caplog.messages[0]


def test_what_is_sent_is_protein_only(bound_pair):
    receptor = bound_pair("1ppe")[0]
    lines = sent(receptor).decode().splitlines()
    assert {line[:6].strip() for line in lines} == {"ATOM", "TER", "END"}
    assert np.isin([line[76:78].strip() for line in lines if line.startswith("ATOM")], ["N", "C", "O", "S"]).all()


def test_records_say_what_was_done(stand_in, orders, tmp_path):
    dispatch(tmp_path, stand_in, orders[:1]).work()
    text = (tmp_path / "jobs" / orders[0].name / "job.json").read_text()
    record = json.loads(text)
    assert record["comparable_across_jobs"] is False
    assert {"url", "job", "began", "sent", "fetched", "finished", "receptor_sha256", "archive_sha256"} <= record.keys()
    assert not any(hidden in text for hidden in USERS["alice"])


def test_a_broken_record_is_named_and_nothing_is_handed_in_again(tmp_path):
    ledger = Ledger(tmp_path / "jobs")
    ledger.place("p0123456789ab").parent.mkdir(parents=True)
    ledger.place("p0123456789ab").write_text('{"name": "p0123')
    for reading in (ledger.records, lambda: ledger.known("p0123456789ab")):
        with pytest.raises(InputError, match="is broken") as caught:
            reading()
        assert caught.value.where.endswith("p0123456789ab/job.json")
