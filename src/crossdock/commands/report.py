"""Commands that make the report."""

from __future__ import annotations

import argparse

from crossdock.commands.options import Commands
from crossdock.installed import javascript


def add(commands: Commands) -> None:
    """Describe them."""
    fetch = commands.add("javascript", _javascript, "download the JavaScript libraries of the report")
    fetch.add_argument("package", help="folder with package.json and package-lock.json")
    fetch.add_argument("-o", "--out", required=True, help="folder for the scripts")

    evidence = commands.add("evidence", _evidence, "ask public databases about the proteins and pairs of a run")
    evidence.description = (
        "Ask UniProt, IntAct and STRING about the proteins and pairs of a run, as the panel's key `evidence` says. "
        "What they answered before is not asked again; that one cannot be reached is no error, but is written down."
    )
    evidence.add_argument("panel", help="panel.json of the run")
    evidence.add_argument("--results", default="results", help="folder of the run")
    evidence.add_argument("--kept", default="resources/evidence", help="folder in which answers are kept")
    evidence.add_argument("-o", "--out", default="results/evidence.json", help="file to write")

    report = commands.add("report", _report, "write the report of a run")
    report.add_argument("panel", help="made.json of the run")
    report.add_argument("--results", default="results", help="folder of the run")
    report.add_argument("--javascript", default=javascript(), help="folder that `crossdock javascript` filled")
    report.add_argument("-o", "--out", default="results/report.html", help="page to write")
    report.add_argument("--summary", help="text file for a summary of the run")

    provenance = commands.add("provenance", _provenance, "record the input, software and machine of a run")
    provenance.add_argument("panel", help="made.json of the run")
    provenance.add_argument("--results", default="results", help="folder of the run")
    provenance.add_argument("--tables", nargs="*", default=(), help="results whose hashes are recorded")
    provenance.add_argument("-o", "--out", default="results/provenance.json", help="file to write")


def _javascript(options: argparse.Namespace) -> None:
    from crossdock.report.javascript import install

    install(options.package, options.out)


def _evidence(options: argparse.Namespace) -> None:
    from crossdock.panel.panel import read_panel
    from crossdock.records import write_record
    from crossdock.report.evidence import asked
    from crossdock.steps.evidence import evidence

    found = evidence(read_panel(options.panel), results=options.results, kept=options.kept)
    write_record(options.out, found)
    print(asked(found))


def _provenance(options: argparse.Namespace) -> None:
    from crossdock.files import write_json
    from crossdock.panel.panel import read_panel
    from crossdock.steps.provenance import provenance

    write_json(options.out, provenance(read_panel(options.panel), options.results, options.tables))


def _report(options: argparse.Namespace) -> None:
    from crossdock.steps.report import report

    report(
        options.panel, options.out, results=options.results, javascript=options.javascript, summarized=options.summary
    )
