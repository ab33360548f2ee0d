"""All pairs of a panel through the server: handed in at its pace, waited for, fetched, and begun again at will."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crossdock.docking.backends.cluspro.archive import read_models
from crossdock.docking.backends.cluspro.client import (
    AccountError,
    BusyError,
    Listed,
    LostAnswerError,
    RefusedError,
    Server,
    ServerError,
    UnreachableError,
)
from crossdock.docking.backends.cluspro.imports import compared, read_job
from crossdock.docking.backends.cluspro.ledger import Ledger, job_name, seconds, stamp
from crossdock.docking.backends.cluspro.preflight import sent
from crossdock.docking.backends.cluspro.scores import ServerCluster, named, read_scores, write_scores
from crossdock.errors import CrossdockError, InputError
from crossdock.structures.structure import Structure

#: Most jobs at a time that the server's own client allows.
MOST_IN_FLIGHT = 50
#: Fewest seconds between two submissions that the server asks for, and between two looks at a job.
LEAST_PAUSE_S, LEAST_LOOK_S = 5.0, 60.0
#: Fewest seconds that a busy server is left alone.
LEAST_REST_S = 30.0
#: How often a job is handed in of which no answer comes and which is listed nowhere.
MOST_TRIES = 3
#: Seconds after which a job whose answer was lost is on the server's pages or not coming: no request takes as long.
GRACE_S = 600.0
#: Looks that go wrong one after the other before a job is left for another run.
MOST_FAILURES = 8
_log = logging.getLogger(__name__)
_UNKNOWN = "status unknown: its submission got no answer"


@dataclass(frozen=True)
class Pace:
    """How often the server is asked for something.

    Attributes
    ----------
    in_flight : int
        Most jobs on the server at a time.
    pause_s : float
        Seconds between two submissions, at least; a random share of it is added.
    first_look_s, look_every_s : float
        When a job is first asked for, and how often then; up to four times as long after failures.
    deadline_s : float
        When a job is given up.
    """

    in_flight: int = 10
    pause_s: float = LEAST_PAUSE_S
    first_look_s: float = 1800.0
    look_every_s: float = 600.0
    deadline_s: float = 48 * 3600.0


@dataclass(frozen=True)
class Order:
    """A pair that the server is to dock.

    Attributes
    ----------
    receptor, ligand : str
        Names in the panel.
    name : str
        Of the job.
    files : tuple of bytes
        Receptor and ligand as they are sent.
    """

    receptor: str
    ligand: str
    name: str
    files: tuple[bytes, bytes]

    def __str__(self) -> str:
        return f"{self.receptor}, {self.ligand}"

    @classmethod
    def of(cls, receptor: str, ligand: str, structures: tuple[Structure, Structure]) -> Order:
        """Make the order of a pair of prepared structures."""
        files = sent(structures[0]), sent(structures[1])
        return cls(receptor, ligand, job_name(*files, {}), files)


@dataclass
class _Job:
    """What this run knows of a job, beside its record."""

    order: Order
    state: str = "new"
    number: str = ""
    look_at: float = 0.0
    failures: int = 0
    trouble: str = ""
    left: bool = False
    tables: dict[str, list[ServerCluster]] = field(default_factory=dict)


class Dispatch:
    """Works through orders.

    Parameters
    ----------
    ledger : Ledger
        Held by this process alone.
    server : Server
    orders : sequence of Order
    pace : Pace
    downloads : Path
        Folder in which score tables that a person has downloaded are looked for.
    clock, sleep : callable
        Seconds since 1970, and waiting; tests have no time.

    Raises
    ------
    InputError
        If the pace is less than the server asks for.
    """

    def __init__(
        self,
        ledger: Ledger,
        server: Server,
        orders: Sequence[Order],
        pace: Pace,
        *,
        downloads: Path,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not server.is_local:
            if pace.pause_s < LEAST_PAUSE_S:
                least = f"{LEAST_PAUSE_S:g} seconds between submissions"
                raise InputError(f"expected at least {least}, got {pace.pause_s:g}")
            if pace.look_every_s < LEAST_LOOK_S:
                raise InputError(
                    f"expected at least {LEAST_LOOK_S:g} seconds between requests, got {pace.look_every_s:g}"
                )
        self.ledger, self.server, self.pace, self.downloads = ledger, server, pace, downloads
        self.clock, self.sleep = clock, sleep
        self._grace_s, self._rest_s = (pace.look_every_s, 0.0) if server.is_local else (GRACE_S, LEAST_REST_S)
        # Pairs of the same structures are one job.
        self.jobs = {one.name: _Job(one) for one in orders}
        self._lists: list[Listed] = []
        self._read_at = float("-inf")
        self._may_ask = 0.0
        self._busy_since: float | None = None
        self._unreached, self._reached = 0, False
        records = ledger.records()
        begun = [seconds(record["began"]) for record in records if "began" in record]
        self._may_send = max(begun, default=0.0) + pace.pause_s
        # Jobs of other panels take places too, while they may be on the server.
        self._others = sum(
            record["state"] in ("sending", "sent") and self._ago(record["began"]) < pace.deadline_s
            for record in records
            if record["name"] not in self.jobs
        )

    def work(self) -> None:
        """Hand in, wait and fetch until every job has come to an end.

        Raises
        ------
        ServerError
            With all jobs that are not finished, why, and what to do about each kind.
        """
        for each in self.jobs.values():
            self._take_up(each)
        self._tell_where_it_stands("begun")
        self._announce()
        while (job := self._next()) is not None:
            if (wait := self._when(job) - self.clock()) > 0:
                self.sleep(min(wait, 60.0))
                continue
            try:
                self._step(job)
                self._busy_since, self._unreached, self._reached = None, 0, True
            except BusyError as error:
                self._reached = True
                self._rest(error)
            except UnreachableError as error:
                self._try_later(error)
        self._tell_where_it_stands("ended")
        self._stop_on_unfinished()

    def _announce(self) -> None:
        """Say what is coming, and find out about a wrong password before a job is handed in."""
        if not any(one.state != "finished" and not one.left for one in self.jobs.values()):
            return
        if not self.server.credentials.password:
            _log.warning("no CLUSPRO_PASSWORD: after the models have arrived, download the score tables by hand")
            return
        try:
            self.server.log_in()
        except AccountError:
            raise
        except ServerError as error:
            _log.warning(f"cannot log in to the server's pages yet: {error}")

    def _try_later(self, error: UnreachableError) -> None:
        """Wait for a server that cannot be reached; one that never answered is likely a wrong address."""
        self._unreached += 1
        if not self._reached or self._unreached >= MOST_FAILURES:
            raise UnreachableError(
                error.what,
                where=self.server.url,
                hint="check `cluspro.url` and the network, then start again; no job is lost",
            ) from error
        wait = self.pace.look_every_s * min(4.0, 2.0 ** (self._unreached - 1))
        self._may_ask = self.clock() + wait
        _log.warning(f"{self.server.url}: {error.what}; asking again in {wait:.0f} s")

    def _rest(self, error: BusyError) -> None:
        """Leave a busy server alone, and after the deadline altogether."""
        now = self.clock()
        self._busy_since = self._busy_since or now
        if now - self._busy_since > self.pace.deadline_s:
            for job in self.jobs.values():
                job.left, job.trouble = True, job.trouble or error.what
        wait = max(self._rest_s, self.pace.look_every_s if error.wait_s is None else error.wait_s)
        self._may_ask = now + wait
        _log.warning(f"{error.what}; asking again in {wait:.0f} s")

    # --- one job

    def _take_up(self, job: _Job) -> None:
        """Read where a job stands."""
        record = self.ledger.read(job.order.name)
        if record is None:
            return
        job.state, job.number = record["state"], record.get("job", "")
        if job.state == "sending":
            job.look_at = self.clock() + max(0.0, self._grace_s - self._ago(record["began"]))
            job.trouble = _UNKNOWN
        elif job.state == "sent":
            job.look_at = self.clock() + max(0.0, self.pace.first_look_s - self._ago(record["sent"]))
        elif job.state == "failed":
            job.left, job.trouble = True, record["why"]

    def _next(self) -> _Job | None:
        """Give the job that something is to be done for first."""
        open_ones = [one for one in self.jobs.values() if not one.left and one.state != "finished"]
        flying = self._others + sum(one.state in ("sent", "sending") for one in self.jobs.values())
        if flying >= min(self.pace.in_flight, MOST_IN_FLIGHT):
            open_ones = [one for one in open_ones if one.state != "new"]
            if not open_ones:
                self._explain_full(flying)
        return min(open_ones, key=self._when, default=None)

    def _explain_full(self, flying: int) -> None:
        """Say why jobs are not handed in."""
        for one in self.jobs.values():
            if one.state == "new" and not one.left:
                one.trouble = f"not submitted: all {flying} job slots are in use"

    def _when(self, job: _Job) -> float:
        """Give the time at which something is to be done for a job."""
        return max(job.look_at, self._may_ask, self._may_send if job.state == "new" else 0.0)

    def _step(self, job: _Job) -> None:
        """Do the next thing for a job; what goes wrong is tried again later, a few times."""
        steps = {"new": self._hand_in, "sending": self._find, "sent": self._fetch, "fetched": self._tables}
        try:
            steps[job.state](job)
        except (BusyError, AccountError, UnreachableError):
            raise
        except RefusedError as error:
            job.left, job.trouble = True, error.what
            _log.warning(f"{job.order}: {error.what}")
        except (ServerError, InputError) as error:
            job.failures += 1
            job.trouble = str(error)
            job.left = job.failures >= MOST_FAILURES
            wait = self.pace.look_every_s * min(4.0, 2.0 ** (job.failures - 1))
            job.look_at = self.clock() + wait
            _log.warning(f"{job.order}: {error.what}; " + ("left" if job.left else f"again in {wait:.0f} s"))

    def _hand_in(self, job: _Job) -> None:
        one = job.order
        about = {"receptor": one.receptor, "ligand": one.ligand, "url": self.server.url, "began": self._now()}
        record = self.ledger.begin(one.name, one.files, **about)
        paths = self.ledger.place(one.name, "receptor.pdb"), self.ledger.place(one.name, "ligand.pdb")
        try:
            number = self.server.submit(*paths, jobname=one.name)
        except LostAnswerError as error:
            self.ledger.change(one.name, tries=record.get("tries", 0) + 1)
            job.state, job.trouble = "sending", _UNKNOWN
            job.look_at = self.clock() + self._grace_s
            _log.warning(f"{one}: {error.what}; crossdock will look for job {one.name} on the server's pages")
        except ServerError:
            # Refused, busy or never reached: the server does not have it.
            self.ledger.change(one.name, state="new")
            raise
        else:
            self._sent(job, number)
        finally:
            self._may_send = self.clock() + self.pace.pause_s * random.uniform(1.0, 2.0)

    def _sent(self, job: _Job, number: str) -> None:
        self.ledger.change(job.order.name, state="sent", job=number, sent=self._now())
        job.state, job.number, job.failures, job.trouble = "sent", number, 0, ""
        job.look_at = self.clock() + self.pace.first_look_s
        _log.info(f"{job.order}: job {number} ({job.order.name}) is on the server")

    def _find(self, job: _Job) -> None:
        """Look for a job whose answer was lost."""
        if not self.server.credentials.password:
            job.left = True
            return
        record = self.ledger.known(job.order.name)
        gone = set(record.get("forgotten", ()))
        named = [row for row in self._listed(job.look_at) if row.name == job.order.name]
        rows = [row for row in named if row.number not in gone]
        if rows:
            self._sent(job, rows[0].number)
        elif record.get("tries", 0) < MOST_TRIES:
            # It is on no page, and no request takes this long: the server does not have it.
            self.ledger.change(job.order.name, state="new")
            job.state, job.trouble, job.failures = "new", "", 0
        else:
            job.left = True

    def _fetch(self, job: _Job) -> None:
        """Ask for the models of a job."""
        archive = self.ledger.place(job.order.name, "models.tar.bz2")
        digest = self.server.download(job.number, archive)
        if digest is None:
            self._wait(job)
            return
        try:
            read_models(archive)
        except InputError:
            archive.unlink()
            raise
        for old in archive.parent.glob("scores.*.csv"):
            old.unlink()
        self.ledger.change(job.order.name, state="fetched", fetched=self._now(), archive_sha256=digest)
        job.state, job.failures, job.trouble, job.look_at = "fetched", 0, "", self.clock()

    def _wait(self, job: _Job) -> None:
        """Leave a job that is not finished for later, unless it never will be."""
        record = self.ledger.known(job.order.name)
        if why := self._failure(job):
            self.ledger.change(job.order.name, state="failed", why=why)
            job.state, job.left, job.trouble = "failed", True, why
            _log.warning(f"{job.order}: {why}")
            return
        job.failures = 0
        if (hours := self._ago(record["sent"]) / 3600) * 3600 > self.pace.deadline_s:
            job.left, job.trouble = True, f"not finished after {hours:.0f} hours"
            return
        job.look_at = self.clock() + self.pace.look_every_s * random.uniform(0.9, 1.1)

    def _failure(self, job: _Job) -> str | None:
        """Ask the server's pages whether a job will never be finished; without them the deadline has to say so."""
        if not self.server.credentials.password:
            return None
        try:
            rows = self._listed(self.clock() - self.pace.look_every_s / 2)
        except (BusyError, AccountError, UnreachableError):
            raise
        except (ServerError, InputError) as error:
            _log.warning(f"no list of jobs: {error.what}")
            return None
        failed = [row for row in rows if row.number == job.number and row.failed]
        return f"the server could not dock it: {failed[0].status}" if failed else None

    def _listed(self, since: float) -> list[Listed]:
        """Read the server's lists of jobs, once for all that ask at about the same time."""
        if self._read_at < since:
            at = self.clock()
            flying = [one for one in self.jobs.values() if one.state in ("sending", "sent")]
            self._lists = self.server.listed({one.number or one.order.name for one in flying})
            self._read_at = at
        return self._lists

    def _tables(self, job: _Job) -> None:
        """Get the score tables of all sets that there are models of."""
        name = job.order.name
        given, sets = self._downloaded(job), sorted(read_models(self.ledger.place(name, "models.tar.bz2")))
        if job.left:
            return
        for coefficients in sets:
            if coefficients in given:
                job.tables[coefficients] = given[coefficients]
            elif coefficients not in job.tables and self.server.credentials.password:
                job.tables[coefficients] = self.server.scores(job.number, coefficients)
        if lacking := [one for one in sets if one not in job.tables]:
            here = f"score tables of {', '.join(sorted(job.tables))} downloaded; " if job.tables else ""
            job.left, job.trouble = True, f"its models are downloaded, {here}missing score tables: {', '.join(lacking)}"
            return
        # All or none, so that a table can be mended until the last one is there.
        for coefficients, clusters in job.tables.items():
            write_scores(self.ledger.place(name, f"scores.{coefficients}.csv"), clusters)
        stored = read_job(self.ledger.place(name))[1]
        if problems := compared(stored):
            job.tables = {}
            for path in stored.scores.values():
                path.unlink()
            raise problems[0]
        self.ledger.change(
            name,
            state="finished",
            finished=self._now(),
            scores_from={one: "downloads" if one in given else "server" for one in sets},
            score_unit="PIPER weighted score (arbitrary)",
            comparable_across_jobs=False,
        )
        job.state, job.trouble = "finished", ""
        self._tell_where_it_stands(f"{job.order}: finished")

    def _downloaded(self, job: _Job) -> dict[str, list[ServerCluster]]:
        """Read score tables of a job that a person has put there; what is wrong with one is the person's to mend."""
        found = {}
        try:
            for path in sorted(self.downloads.glob(f"cluspro_scores.{job.number}.*.csv")):
                found[named(path)[1]] = read_scores(path)
        except InputError as error:
            job.left, job.trouble = True, str(error)
        return found

    def _now(self) -> str:
        return stamp(self.clock())

    def _ago(self, text: str) -> float:
        return self.clock() - seconds(text)

    # --- all of them

    def _tell_where_it_stands(self, what: str) -> None:
        states = [one.state for one in self.jobs.values()]
        counts = {
            "finished": states.count("finished"),
            "on the server": states.count("sent"),
            "to hand in": states.count("new"),
            "unknown": states.count("sending"),
            "failed": states.count("failed"),
            "with models only": states.count("fetched"),
        }
        shown = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        _log.info(f"{what}; {len(states)} jobs: {shown}")

    def _stop_on_unfinished(self) -> None:
        left = [one for one in self.jobs.values() if one.state != "finished"]
        if not left:
            return
        problems: list[CrossdockError] = []
        for one in left:
            label = f"{one.order} (job {one.number or one.order.name})"
            problems.append(ServerError(one.trouble or "not submitted", where=label, hint=self._what_to_do(one)))
        raise UnfinishedError(problems, done=len(self.jobs) - len(left), where=self.server.url)

    def _what_to_do(self, job: _Job) -> str:
        name, number = job.order.name, job.number
        match job.state:
            case "sending":
                return (
                    f"look for {name} on {self.server.url}/queue.php and results.php: if it is "
                    f"there, run `crossdock cluspro found {name} NUMBER`, otherwise `crossdock "
                    f"cluspro forget {name}`; with "
                    "CLUSPRO_PASSWORD set, the next run looks itself"
                )
            case "sent":
                return (
                    f"unknown on the server; look at job {number} on its pages. The next run asks for it again; "
                    f"`crossdock cluspro forget {name}` hands it in anew"
                )
            case "fetched":
                return (
                    f"set CLUSPRO_PASSWORD, or download them (cluspro_scores.{number}.SET.csv) from "
                    f"{self.server.url}/models.php?job={number} into the folder {self.downloads}, and start again"
                )
            case "failed":
                return f"look at its page; `crossdock cluspro forget {name}` hands it in anew"
        return "mend what the server names, and start again: what is finished stays"


class UnfinishedError(ServerError):
    """Some jobs are not finished; those that are stay.

    Parameters
    ----------
    problems : sequence of CrossdockError
        One for each job that is not.
    done : int
        Jobs that are.
    where : str
    """

    def __init__(self, problems: Sequence[CrossdockError], *, done: int, where: str) -> None:
        lines = "\n".join("- " + str(problem).replace("\n", "\n  ") for problem in problems)
        count = f"{len(problems)} job{'s are' if len(problems) != 1 else ' is'} not finished, {done} are and stay"
        super().__init__(f"{count}\n{lines}", where=where)
