"""The report: one HTML file that opens from disk, with data, styles and scripts inside and no way out to a network."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import math
import re
from datetime import UTC, datetime
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from crossdock.errors import InputError
from crossdock.files import read_json, write_text
from crossdock.report import coverage, methods, remarks, wording
from crossdock.report.advice import advice
from crossdock.report.answer import answer
from crossdock.report.doubts import doubts
from crossdock.report.evidence import asked, of_protein
from crossdock.report.javascript import LICENSES, SCRIPTS, VERSIONS, program
from crossdock.report.known import known_pairs
from crossdock.report.metrics import glossary
from crossdock.report.numbering import numbering
from crossdock.report.overview import averages, claims, outside_chance, overview, scores_caption, scores_table
from crossdock.report.page_data import PageData, compact_json, page_data
from crossdock.report.payload import collect
from crossdock.report.run_data import RunData
from crossdock.report.sentences import say
from crossdock.report.several import several
from crossdock.structures.summary import entry_page, summarize
from crossdock.version import __version__

Record = dict[str, Any]

#: Our own styles, a later one over those before it.
STYLES = (
    "base.css",
    "search.css",
    "matrix.css",
    "hits.css",
    "pair.css",
    "pae.css",
    "bench.css",
    "network.css",
    "figures.css",
    "proteins.css",
    "print.css",
)


def build(panel_path: str | Path, results_dir: str | Path, js_dir: str | Path, out: str | Path) -> RunData:
    """Write the report of a run.

    Parameters
    ----------
    panel_path : str or Path
        panel.json of the run; names every other file that is read.
    results_dir : str or Path
        The folder that holds proteins/, pairs/, scores.csv and network/.
    js_dir : str or Path
        What `crossdock.report.javascript.install` wrote.
    out : str or Path
        The page to write.

    Returns
    -------
    RunData
        What the page shows.

    Raises
    ------
    InputError
        If a file of the run or a script is missing or broken; `out` is then as it was.
    """
    data = collect(panel_path, results_dir)
    libraries = _libraries(Path(js_dir))
    write_text(out, render(data, libraries))
    return data


def render(data: RunData, libraries: Record, *, made: datetime | None = None) -> str:
    """Fill the page.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.
    libraries : dict
        ``scripts`` (name -> source), ``program`` (our own scripts as one ES module), ``licenses`` (list of text) and
        ``versions`` (package -> version).
    made : datetime, optional
        When the page was made; default now.

    Returns
    -------
    str
        HTML.
    """
    scripts = [_inline_script(text) for text in libraries["scripts"].values()]
    own = _inline_script(libraries["program"])
    made = made or datetime.now(UTC)
    found = answer(data)
    page = page_data(data, found.verdict)
    template = _environment().get_template("report.html.j2")
    return template.render(
        title=page.title,
        data=data,
        payload=_inline_json(page),
        styles=[Markup(_source(name)) for name in STYLES],
        scripts=[Markup(text) for text in scripts],
        program=Markup(own),
        policy=_policy([*scripts, own]),
        made=_day(made),
        made_line=_made_line(data, made),
        version=__version__,
        overview=overview(data),
        scores=scores_table(data),
        scores_caption=scores_caption(data, _method(data)),
        method=_method(data),
        answer=found,
        doubts=doubts(data, found.verdict),
        advice=advice(data),
        averages=averages(data),
        known=known_pairs(data),
        remarks=remarks.rows(data),
        claims=claims(data),
        comparison_outside=outside_chance(data),
        several=several(data),
        glossary=glossary(data),
        libraries=libraries,
        labels=wording.labels(data),
        partners=wording.partners(data),
        methods=methods.describe(data, __version__),
        config=methods.config_text(data.panel),
        commands=methods.commands(data),
        times=methods.run_times(data),
        asked=asked(data.evidence) if data.evidence else say("evidence-none"),
        facts={name: of_protein(data.evidence, name) if data.evidence else [] for name in data.proteins},
        tracks={
            name: coverage.tracks(record, data.pieces[name], data.hotspots.get(name, ()))
            for name, record in data.proteins.items()
        },
    )


def _libraries(js_dir: Path) -> Record:
    """Read the two scripts, which must be there, and their licences and versions; bundle our own."""
    scripts = {}
    for name in SCRIPTS:
        try:
            scripts[name] = (js_dir / name).read_text(encoding="utf-8")
        except OSError:
            raise InputError(
                "a JavaScript library of the report is missing",
                where=str(js_dir / name),
                hint="`crossdock javascript` fetches it",
            ) from None
    versions = read_json(js_dir / VERSIONS)["packages"] if (js_dir / VERSIONS).is_file() else {}
    licenses = [(js_dir / name).read_text(encoding="utf-8") for name in LICENSES if (js_dir / name).is_file()]
    return {"scripts": scripts, "program": program(js_dir), "licenses": licenses, "versions": versions}


def _static() -> Traversable:
    """Give the folder of our own styles and scripts."""
    return resources.files("crossdock.report") / "static"


def _source(name: str) -> str:
    """Read one of our own styles."""
    return (_static() / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _inline_script(text: str) -> str:
    r"""Make a script safe inside <script>: in strings and patterns ``<\/`` means ``</``."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _inline_json(page: PageData) -> Markup:
    """Write JSON that cannot end the element it stands in, whatever names and titles hold."""
    text = compact_json(page)
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def _policy(scripts: list[str]) -> str:
    """Write the page's content security policy: these scripts and no other, and no request at all."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


@functools.cache  # compiling the templates takes a third of the time of a small page
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("crossdock.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals.update(say=say)
    environment.filters.update(
        number=wording.number,
        duration=_duration,
        anchor=_anchor,
        web=_web_address,
        page=entry_page,
        summary=summarize,
        numbering=numbering,
        value=_value,
        coded=_coded,
        track=coverage.draw,
        unknown=coverage.unknown,
    )
    return environment


def _day(when: datetime) -> str:
    return f"{when.day} {when:%B %Y}"


def _made_line(data: RunData, made: datetime) -> str:
    """Say what was docked, with what and when."""
    docking = data.docking
    return say(
        "made",
        **data.counts,
        method=_method(data),
        further=[(run.backend, len(run.pairs)) for run in data.further],
        # Models with coordinates of their own are read, or were made elsewhere.
        time=_duration(docking.cpu_seconds) if docking.cpu_seconds and not docking.modelled else "",
        made=_day(made),
    )


def _method(data: RunData) -> str:
    """Name what docked, with its version."""
    return f"the {data.docking.named} backend of crossdock {', '.join(data.docking.versions) or __version__}"


def _anchor(name: str) -> str:
    """Give an id that is one for any name, as `cardOf` does in dom.js."""
    return "protein-" + quote(name, safe="!'()*~")


def _web_address(url: str | None) -> str | None:
    """Give an address only if it is one of the web: a `javascript:` link would run."""
    return url if url and urlsplit(url).scheme in ("https", "http") else None


def _duration(seconds: float) -> str:
    """Give seconds in the unit that a person would use."""
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    rounded = math.ceil(seconds)
    return f"{rounded} second{'s' if rounded != 1 else ''}"


def _coded(text: str) -> Markup:
    """Show what stands between backticks as code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _value(value: Any) -> str:
    """Show a setting as text: strings as they are, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
