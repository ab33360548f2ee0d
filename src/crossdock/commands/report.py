"""Commands that make the report."""

from __future__ import annotations

import argparse

from crossdock.commands.options import Commands


def add(commands: Commands) -> None:
    """Describe them."""
    javascript = commands.add("javascript", _javascript, "download the JavaScript libraries of the report")
    javascript.add_argument("package", help="folder with package.json and package-lock.json")
    javascript.add_argument("-o", "--out", required=True, help="folder for the scripts")

    report = commands.add("report", _report, "write the report of a run")
    report.add_argument("panel", help="panel.json of the run")
    report.add_argument("--results", default="results", help="folder of the run")
    report.add_argument("--javascript", default="resources/js", help="folder that `crossdock javascript` filled")
    report.add_argument("-o", "--out", default="results/report.html", help="page to write")

    provenance = commands.add("provenance", _provenance, "record the input, software and machine of a run")
    provenance.add_argument("panel", help="panel.json of the run")
    provenance.add_argument("--results", default="results", help="folder of the run")
    provenance.add_argument("--tables", nargs="*", default=(), help="results whose hashes are recorded")
    provenance.add_argument("-o", "--out", default="results/provenance.json", help="file to write")


def _javascript(options: argparse.Namespace) -> None:
    from crossdock.report.javascript import install

    install(options.package, options.out)


def _provenance(options: argparse.Namespace) -> None:
    from crossdock.files import write_json
    from crossdock.panel.panel import read_panel
    from crossdock.steps.provenance import provenance

    write_json(options.out, provenance(read_panel(options.panel), options.results, options.tables))


def _report(options: argparse.Namespace) -> None:
    from crossdock.steps.report import report

    report(options.panel, options.out, results=options.results, javascript=options.javascript)
