"""A server on loopback that behaves as ClusPro's, faults included. Its scores are made up: no docking is done."""

import hashlib
import hmac
import io
import json
import random
import re
import tarfile
import threading
import time
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit

import numpy as np

from cluspro_files import SETS, archive, model_pdb, placed, score_csv
from crossdock.structures.structure import parse_structure

USERS = {"alice": ("s3cr3t-of-alice", "pa55word-of-alice")}
ARCHIVES = {}


class StandIn:
    """The server; `faults` maps a path to what its next answers do wrong, in order.

    Faults: "html", "empty", "500", "503", "429", "403", "errors", "lost" (takes the job, and closes the connection),
    "taken" (takes the job, and answers 503), "truncated", "elsewhere" (a redirect to another host), "slow", "header" (a
    score table with another header), "evil" (a member that leaves the archive), "untyped" (an archive that says it is a
    page). `share` of the answers is faulty.
    """

    def __init__(self, *, seconds_a_job=0.0, models=5, share=1.0):
        self.jobs, self.faults, self.asked, self.bodies = {}, {}, [], []
        self.share, self.retry_after, self.chance = share, "0", random.Random(1)
        self.seconds_a_job, self.models = seconds_a_job, models
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self, b"")

            def do_POST(self):
                outer.answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    # --- the pages

    def answer(self, request, body):
        parts = urlsplit(request.path)
        form, files = _form(request.headers.get("Content-Type", ""), body)
        with self.lock:
            self.asked.append((request.command, parts.path))
            self.bodies.append(body)
            due = self.chance.random() < self.share
            fault = due and self.faults.get(parts.path, []) and self.faults[parts.path].pop(0)
        if fault == "slow":
            time.sleep(1.0)
        if fault in ("html", "empty", "500", "503", "429", "403", "errors", "elsewhere"):
            reply = {
                "html": (200, "text/html", b"<html>We are down for maintenance</html>", {}),
                "empty": (200, "application/json", b"", {}),
                "500": (500, "text/html", b"internal error", {}),
                "429": (429, "text/html", b"too many", {"Retry-After": self.retry_after}),
                "503": (503, "text/html", b"busy", {"Retry-After": self.retry_after}),
                "403": (403, "application/json", _failure("Access to File Denied"), {}),
                "errors": (
                    400,
                    "application/json",
                    _failure("PDB file too large.", "Please provide a protein file"),
                    {},
                ),
                "elsewhere": (302, "text/html", b"", {"Location": "http://127.0.0.2:1/collect"}),
            }[fault]
            return _send(request, *reply)
        page = {
            "/api.php": self.submit,
            "/api_download.php": self.download,
            "/login.php": self.login,
            "/queue.php": self.results,
            "/results.php": self.results,
            "/scores.php": self.scores,
        }.get(parts.path)
        if page is None:
            return _send(request, 404, "text/html", b"no such page", {})
        return page(request, form, files, dict(parse_qsl(parts.query)), fault)

    def submit(self, request, form, files, query, fault):
        if (wrong := self.unsigned(form)) is not None:
            return _send(request, 400, "application/json", wrong, {})
        if not {"rec", "lig"} <= files.keys():
            return _send(request, 400, "application/json", _failure("Please provide a protein file"), {})
        with self.lock:
            number = str(1000 + len(self.jobs))
            self.jobs[number] = {
                "user": form["username"],
                "name": form.get("jobname", number).strip()[:20],
                "files": files,
                "ready": time.monotonic() + self.seconds_a_job,
                "failed": False,
            }
        if fault == "lost":
            request.close_connection = True
            request.connection.close()
            return None
        if fault == "taken":
            return _send(request, 503, "text/html", b"busy", {})
        return _send(request, 200, "application/json", json.dumps({"status": "success", "id": number}).encode(), {})

    def download(self, request, form, files, query, fault):
        if (wrong := self.unsigned(form)) is not None:
            return _send(request, 400, "application/json", wrong, {})
        job = self.jobs.get(form.get("jobid", ""))
        if job is None or job["user"] != form["username"]:
            return _send(request, 403, "application/json", _failure("Access to File Denied"), {})
        if job["failed"] or time.monotonic() < job["ready"]:
            return _send(request, 400, "application/json", _failure("Job not finished"), {})
        content = self.archive(form["jobid"], evil=fault == "evil")
        if fault == "truncated":
            return _send(
                request, 200, "application/x-bzip2", content[: len(content) // 2], {"Content-Length": str(len(content))}
            )
        kind = "text/html" if fault == "untyped" else "application/x-bzip2"
        return _send(request, 200, kind, content, {})

    def login(self, request, form, files, query, fault):
        if USERS.get(form.get("username", ""), ("", None))[1] != form.get("password"):
            return _send(request, 200, "text/html", b'<div class="error">Wrong username or password</div>', {})
        return _send(request, 302, "text/html", b"", {"Location": "/home.php", "Set-Cookie": "session=1"})

    def results(self, request, form, files, query, fault):
        if "session=1" not in request.headers.get("Cookie", ""):
            return _send(request, 302, "text/html", b"", {"Location": "/login.php"})
        ended = urlsplit(request.path).path == "/results.php"
        listed = [
            (number, job)
            for number, job in self.jobs.items()
            if (self.status(job) != "running on supercomputer") == ended
        ]
        page = listed[::-1][10 * int(query.get("offset", 0)) :][:10]
        rows = "".join(
            f"<tr><td>{number}</td><td>{job['name']}</td><td>{job['user']}</td><td>{self.status(job)}</td></tr>"
            for number, job in page
        )
        head = "<tr><th>Id</th><th>Name</th><th>User</th><th>Status</th></tr>"
        return _send(request, 200, "text/html", f"<table class='nice'>{head}{rows}</table>".encode(), {})

    def scores(self, request, form, files, query, fault):
        if "session=1" not in request.headers.get("Cookie", ""):
            return _send(request, 302, "text/html", b"", {"Location": "/login.php"})
        rows = [
            line.split(",") for line in score_csv(self.table(query["job"], f"{int(query['coeffi']):03d}")).splitlines()
        ]
        if fault == "header":
            rows[0][3] = "Docking Score"
        cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
        return _send(request, 200, "text/html", f"<table>{cells}</table>".encode(), {})

    # --- what it knows

    def unsigned(self, form):
        """Give what is answered to a form that is not signed by its user, else None."""
        secret = USERS.get(form.get("username", ""), (None,))[0]
        message = "".join(key + form[key] for key in sorted(form) if key != "sig")
        good = secret and hmac.new(secret.encode(), message.encode(), hashlib.md5).hexdigest()
        return None if good and form.get("sig") == good else _failure("Incorrect signiature")

    def status(self, job):
        if job["failed"]:
            return "error on local system"
        return "finished" if time.monotonic() >= job["ready"] else "running on supercomputer"

    def table(self, number, coefficients):
        """Make up scores from the files that were handed in."""
        job = self.jobs[number]
        digest = hashlib.sha256(job["files"]["rec"] + job["files"]["lig"] + coefficients.encode()).digest()
        generator = np.random.default_rng(list(digest[:8]))
        members = sorted(generator.integers(10, 150, self.models).tolist(), reverse=True)
        centers = (-500 - 400 * generator.random(self.models)).round(1).tolist()
        return [(m, c, round(c - 100 * float(generator.random()), 1)) for m, c in zip(members, centers, strict=True)]

    def archive(self, number, *, evil=False):
        """Make up models; the same for the same files, since a run that begins again asks again."""
        job = self.jobs[number]
        key = (number, job["files"]["rec"], job["files"]["lig"], self.models, evil)
        if key not in ARCHIVES:
            ARCHIVES[key] = self.made(number, job, evil)
        return ARCHIVES[key]

    def made(self, number, job, evil):
        receptor, ligand = (
            parse_structure(job["files"][part].decode().splitlines(), where=part) for part in ("rec", "lig")
        )
        models = {
            (one, rank): model_pdb(receptor, placed(ligand, 100 * i + rank), name=f"{one}.{rank:02d}")
            for i, one in enumerate(SETS)
            for rank in range(self.models)
        }
        return archive(models, job=number, extra=[(tarfile.TarInfo("../../evil.pdb"), b"")] if evil else [])


def _failure(*errors):
    return json.dumps({"status": "failure", "errors": list(errors)}).encode()


def _send(request, status, kind, content, headers):
    request.send_response(status)
    for key, value in ({"Content-Type": kind, "Content-Length": str(len(content))} | headers).items():
        request.send_header(key, value)
    request.end_headers()
    request.wfile.write(content)


def _form(kind, body):
    """Split a body into fields and files."""
    if not kind.startswith("multipart/"):
        return {key: values[-1] for key, values in parse_qs(body.decode(), keep_blank_values=True).items()}, {}
    message = BytesParser(policy=HTTP).parse(io.BytesIO(f"Content-Type: {kind}\r\n\r\n".encode() + body))
    fields, files = {}, {}
    for part in message.iter_parts():
        name = re.search(r'name="([^"]*)"', part["Content-Disposition"])[1]
        content = part.get_payload(decode=True)
        if part.get_filename():
            files[name] = content
        else:
            fields[name] = content.decode()
    return fields, files
