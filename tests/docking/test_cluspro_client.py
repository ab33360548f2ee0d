"""The client of the server's interface, against a stand-in that behaves as the server does."""

import json
import stat

import pytest

from cluspro_server import USERS, StandIn
from crossdock.docking.backends.cluspro.archive import read_models
from crossdock.docking.backends.cluspro.client import BusyError, LostAnswerError, Server, ServerError, signature
from crossdock.docking.backends.cluspro.credentials import Credentials, credentials
from crossdock.errors import InputError
from crossdock.structures.structure import write_structure

ALICE = Credentials("alice", *USERS["alice"])


@pytest.fixture
def stand_in():
    server = StandIn(models=2)
    yield server
    server.close()


@pytest.fixture
def files(bound_pair, tmp_path):
    paths = tmp_path / "rec.pdb", tmp_path / "lig.pdb"
    for path, body in zip(paths, bound_pair("1emv"), strict=True):
        write_structure(path, body)
    return paths


def client(stand_in, credentials=ALICE, **options):
    return Server(stand_in.url, credentials, sleep=lambda _: None, **({"timeout_s": (2.0, 30.0)} | options))


def test_signatures_are_the_contracts(shared):
    golden = json.loads((shared / "cluspro_golden.json").read_text())
    form = golden["signatures"][0]["form"]
    for case in golden["signatures"]:
        fields = case.get("form") or form | case["extra"]
        assert signature(fields, golden["secret"]) == case["sig"], case["name"]


def test_a_job_is_handed_in_and_fetched(stand_in, files, tmp_path):
    server = client(stand_in)
    job = server.submit(*files, jobname="p0123456789ab", fields={"recchains": "B", "ligchains": "A"})
    assert stand_in.jobs[job]["name"] == "p0123456789ab"
    assert stand_in.jobs[job]["files"]["rec"] == files[0].read_bytes()
    digest = server.download(job, tmp_path / "new/models.tar.bz2")
    assert len(digest) == 64
    assert {one: len(ranks) for one, ranks in read_models(tmp_path / "new/models.tar.bz2").items()}["004"] == 2
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["models.tar.bz2"]
    table = server.scores(job, "002")
    assert [(one.members, one.center, one.lowest) for one in table] == stand_in.table(job, "002")


def test_a_job_that_is_not_finished_is_waited_for(stand_in, files, tmp_path):
    stand_in.seconds_a_job = 1000
    server = client(stand_in)
    job = server.submit(*files, jobname="x")
    assert server.download(job, tmp_path / "a.tar.bz2") is None
    stand_in.faults["/api_download.php"] = ["503"]
    with pytest.raises(BusyError) as message:
        server.download(job, tmp_path / "a.tar.bz2")
    assert message.value.wait_s == 0.0
    assert list(tmp_path.glob("*a.tar*")) == []


@pytest.mark.parametrize("fault", ["lost", "html", "empty", "slow", "500", "503", "taken"])
def test_a_submission_without_an_answer_is_not_repeated(stand_in, files, fault):
    stand_in.faults["/api.php"] = [fault]
    with pytest.raises(LostAnswerError):
        client(stand_in, timeout_s=(2.0, 0.5)).submit(*files, jobname="x")
    assert stand_in.asked == [("POST", "/api.php")]


def test_refusals_are_told(stand_in, files, tmp_path):
    stand_in.faults["/api.php"] = ["errors", "429"]
    with pytest.raises(ServerError, match=r"PDB file too large\.; Please provide a protein file"):
        client(stand_in).submit(*files, jobname="x")
    with pytest.raises(BusyError):
        client(stand_in).submit(*files, jobname="x")
    assert stand_in.jobs == {}
    with pytest.raises(ServerError, match="look at CLUSPRO_USERNAME"):
        client(stand_in, Credentials("alice", "wrong")).submit(*files, jobname="x")
    with pytest.raises(ServerError, match="Access to File Denied"):
        client(stand_in).download("999", tmp_path / "a")


@pytest.mark.parametrize(
    ("fault", "message"), [("html", "is not an archive|refuses"), ("truncated", "cut short|connection")]
)
def test_what_is_no_archive_is_not_kept(stand_in, files, tmp_path, fault, message):
    server = client(stand_in)
    job = server.submit(*files, jobname="x")
    stand_in.faults["/api_download.php"] = [fault]
    with pytest.raises(ServerError, match=message):
        server.download(job, tmp_path / "to/a.tar.bz2")
    assert list((tmp_path / "to").glob("*") if (tmp_path / "to").exists() else []) == []
    assert server.download(job, tmp_path / "to/a.tar.bz2")


def test_another_host_gets_nothing(stand_in, files, tmp_path):
    server = client(stand_in)
    stand_in.faults = {"/api.php": ["elsewhere"], "/login.php": ["elsewhere"] * 3}
    with pytest.raises(ServerError, match=r"redirects to 127\.0\.0\.2:1; nothing .*\n.*`cluspro.url`") as message:
        server.submit(*files, jobname="x")
    assert not isinstance(message.value, LostAnswerError)
    with pytest.raises(ServerError, match=r"redirects to 127\.0\.0\.2:1; nothing was sent there"):
        server.scores("1000", "000")


def test_a_changed_table_is_refused(stand_in, files):
    server = client(stand_in)
    job = server.submit(*files, jobname="x")
    stand_in.faults["/scores.php"] = ["header"] * 3
    with pytest.raises(InputError, match=r"(?s)expected the header .*crossdock cluspro import"):
        server.scores(job, "000")
    with pytest.raises(InputError, match="password for the server's pages is missing"):
        client(stand_in, Credentials("alice", ALICE.secret)).scores(job, "000")
    with pytest.raises(ServerError, match="does not accept username and password"):
        client(stand_in, Credentials("alice", ALICE.secret, "wrong")).scores(job, "000")


def test_the_secret_is_not_sent_unless_asked_for(stand_in, files, tmp_path):
    server = client(stand_in)
    job = server.submit(*files, jobname="x")
    server.download(job, tmp_path / "a")
    assert all(ALICE.secret.encode() not in body for body in stand_in.bodies)
    client(stand_in, send_secret=True).download(job, tmp_path / "a")
    assert ALICE.secret.encode() in stand_in.bodies[-1]


def test_secrets_are_not_shown(stand_in, files):
    assert ALICE.secret not in repr(ALICE)
    assert ALICE.password not in repr(ALICE)
    stand_in.close()
    with pytest.raises((ServerError, LostAnswerError)) as stopped:
        client(stand_in, Credentials("alice", "127.0.0.1-secret")).submit(*files, jobname="x")
    assert "secret" not in str(stopped.value)


def test_plain_http_is_for_this_machine_only():
    with pytest.raises(InputError, match="expected an https address"):
        Server("http://cluspro.bu.edu", ALICE)
    assert Server("https://cluspro.bu.edu/", ALICE).url == "https://cluspro.bu.edu"


def test_credentials_come_from_the_environment_or_a_private_file(tmp_path):
    assert credentials({"CLUSPRO_USERNAME": "a", "CLUSPRO_SECRET": "b"}) == Credentials("a", "b")
    path = tmp_path / "cluspro"
    path.write_text("# mine\nCLUSPRO_USERNAME=alice\nCLUSPRO_SECRET = s=3\n")
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    environment = {"CLUSPRO_CREDENTIALS": str(path)}
    assert credentials(environment) == Credentials("alice", "s=3")
    path.chmod(0o640)
    with pytest.raises(InputError, match="other users can read this") as stopped:
        credentials(environment)
    path.chmod(0o600)
    path.write_text("CLUSPRO_SECRET s3cr3t\n")
    with pytest.raises(InputError, match="line 1: expected NAME=value") as stopped:
        credentials(environment)
    assert "s3cr3t" not in str(stopped.value)
    with pytest.raises(InputError, match="set CLUSPRO_USERNAME and CLUSPRO_SECRET"):
        credentials({"CLUSPRO_CREDENTIALS": str(tmp_path / "none")})


def test_a_server_that_is_not_there_was_sent_nothing(files):
    with pytest.raises(ServerError, match="nothing was sent") as message:
        Server("http://127.0.0.1:9", ALICE).submit(*files, jobname="x")
    assert not isinstance(message.value, LostAnswerError)


def test_an_archive_is_known_by_how_it_begins(stand_in, files, tmp_path):
    server = client(stand_in)
    job = server.submit(*files, jobname="x")
    stand_in.faults["/api_download.php"] = ["untyped"]
    assert server.download(job, tmp_path / "a.tar.bz2")
    assert read_models(tmp_path / "a.tar.bz2")


def test_a_login_that_fails_is_not_a_wrong_password(stand_in, files):
    server = client(stand_in)
    job = server.submit(*files, jobname="x")
    stand_in.faults["/login.php"] = ["500", "html", "503"]
    with pytest.raises(ServerError, match="busy"):
        server.scores(job, "000")
    assert server.scores(job, "000")


def test_all_pages_of_jobs_are_read(stand_in, files):
    server = client(stand_in)
    for number in range(23):
        server.submit(*files, jobname=f"job{number}")
    stand_in.asked.clear()
    assert [row.name for row in server.listed({"nowhere"})] == [f"job{number}" for number in reversed(range(23))]
    assert len(stand_in.asked) == 1 + 1 + 4
    stand_in.asked.clear()
    assert server.listed({"job20"})[0].number == "1022"
    assert len(stand_in.asked) == 2


def test_a_session_that_has_run_out_is_begun_anew(stand_in, files):
    server = client(stand_in)
    job = server.submit(*files, jobname="x")
    assert server.scores(job, "000")
    server.session.cookies.clear()
    assert server.scores(job, "002")
