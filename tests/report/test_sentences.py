"""Every sentence of the page stands in sentences.yaml, and each of them is used and gets its values."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, meta, nodes

from crossdock.analysis import verdict
from crossdock.analysis.metrics import metrics_of
from crossdock.analysis.verdict import Basis, Kind
from crossdock.report import sentences
from crossdock.report.run_data import Standing

REPORT = Path(str(resources.files("crossdock.report")))
PYTHON = sorted(REPORT.glob("*.py"))
TEMPLATES = sorted((REPORT / "templates").glob("*.j2"))
SCRIPTS = sorted((REPORT / "static").glob("*.js"))
TABLE: dict[str, dict[str, str]] = yaml.safe_load((REPORT / "sentences.yaml").read_text(encoding="utf-8"))
#: Publications, which end with a full stop.
PUBLICATIONS = {"references.py"}
#: What a part of the page takes as it is: values that no call names.
GIVEN = {"hits-interval": set(Standing.__annotations__)}
#: Words that stopped readers, and claims that only the verdict may make.
STOPPED = (
    r"told|foretells?|foretold|withal|whoever|whatever|anybody|nobody|sought|alternatives, not votes|for want of|"
    r"nothing to go by|nothing stands|by their looks|sound to say|(strongest|best) (ligands?|pairs?|receptors?)|"
    r"stands? out most|tells? (of|whether)|thereof|wherein|hence|lest|alike"
)
LONGEST = 40  # words of a sentence


@dataclass
class Call:
    """A call of `say`: patterns of the codes it may ask for, and names of its values; None where these are not read."""

    where: str
    codes: list[str]
    values: set[str] | None = field(default_factory=set)


# --- calls


def python_calls(path: Path) -> Iterator[Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            names = {keyword.arg for keyword in node.keywords}
            yield Call(f"{path.name}:{node.lineno}", [*_of_python(node.args[0])], None if None in names else names)


def _of_python(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield re.escape(str(node.value))
    elif isinstance(node, ast.IfExp):
        yield from (*_of_python(node.body), *_of_python(node.orelse))
    elif isinstance(node, ast.JoinedStr):
        yield "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in node.values)


def template_calls(path: Path) -> Iterator[Call]:
    for call in environment().parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "say":
            yield Call(f"{path.name}:{call.lineno}", [*_of_template(call.args[0])], {one.key for one in call.kwargs})


def _of_template(node: nodes.Expr) -> Iterator[str]:
    if isinstance(node, nodes.Const):
        yield re.escape(str(node.value))
    elif isinstance(node, nodes.CondExpr):
        yield from (*_of_template(node.expr1), *_of_template(node.expr2))
    elif isinstance(node, nodes.Concat):
        yield "".join(re.escape(str(one.value)) if isinstance(one, nodes.Const) else ".+" for one in node.nodes)


def script_calls(path: Path) -> Iterator[Call]:
    text = path.read_text(encoding="utf-8")
    for match in re.finditer(r"(?<![\w.])say\(", text):
        if text[: match.start()].endswith("function "):
            continue
        code, *more = arguments(text, match.end())
        codes = [pattern(one) for one in outer_strings(code)]
        values = keys(more[0], text[: match.start()], text) if more else set()
        yield Call(f"{path.name}:{text.count(chr(10), 0, match.start()) + 1}", codes, values)


def arguments(text: str, start: int) -> list[str]:
    """Split what stands between the bracket before `start` and its end at the commas of its own level."""
    parts, depth, place, begin = [], 0, start, start
    while True:
        token = text[place]
        if token in "\"'`":
            place = end_of_string(text, place)
            continue
        depth += (token in "([{") - (token in ")]}")
        if depth < 0 or (token == "," and not depth):
            parts.append(text[begin:place].strip())
            begin = place + 1
        if depth < 0:
            return [part for part in parts if part]
        place += 1


def end_of_string(text: str, start: int) -> int:
    """Give the place behind a string; what a template literal holds in ``${ }`` may have strings of its own."""
    quote, place = text[start], start + 1
    while text[place] != quote:
        if quote == "`" and text.startswith("${", place):
            depth, place = 1, place + 2
            while depth:
                if text[place] in "\"'`":
                    place = end_of_string(text, place)
                    continue
                depth += (text[place] == "{") - (text[place] == "}")
                place += 1
        else:
            place += 2 if text[place] == "\\" else 1
    return place + 1


def outer_strings(code: str) -> list[str]:
    """Give the strings of an expression that it may be: not those that it compares with or looks up."""
    found, place = [], 0
    while place < len(code):
        if code[place] in "\"'`":
            end = end_of_string(code, place)
            if not re.search(r"[=!]==\s*$", code[:place]):
                found.append(code[place + 1 : end - 1])
            place = end
        else:
            place += 1
    return found


def pattern(template: str) -> str:
    """Give the codes that a template literal may make: of a choice between strings those, else any."""
    made, place = "", 0
    while (start := template.find("${", place)) >= 0:
        inner = arguments(template, start + 2)[0]
        end = template.index(inner, start) + len(inner) + 1
        choices = outer_strings(inner) if "?" in inner else []
        made += re.escape(template[place:start]) + (f"({'|'.join(map(pattern, choices))})" if choices else ".+")
        place = end
    return made + re.escape(template[place:])


def keys(value: str, before: str, text: str) -> set[str] | None:
    """Give names of an object: written out, or of the nearest variable before, or of what a function gives."""
    if re.fullmatch(r"\w+", value):
        found = list(re.finditer(rf"\b{value} = \{{", before))
        return _keys_of(arguments(before + "}", found[-1].end()), before, text) if found else None
    if made := re.match(r"(\w+)\(", value):
        body = re.search(rf"const {made[1]} = \(.*?\) => \(\{{", text)
        return _keys_of(arguments(text, body.end()), before, text) if body else None
    return _keys_of(arguments(value, 1), before, text) if value.startswith("{") else None


def _keys_of(parts: list[str], before: str, text: str) -> set[str] | None:
    names: set[str] = set()
    for part in parts:
        own = keys(part[3:], before, text) if part.startswith("...") else {re.match(r"\w+", part)[0]}
        if own is None:
            return None
        names |= own
    return names


def environment() -> Environment:
    return Environment(trim_blocks=True, lstrip_blocks=True)


PAGE_CALLS = [
    *(one for path in PYTHON for one in python_calls(path)),
    *(one for path in TEMPLATES for one in template_calls(path)),
]
SCRIPT_CALLS = [one for path in SCRIPTS for one in script_calls(path)]


def asked(call: Call, part: str) -> dict[str, list[str]]:
    """Give, for each pattern of a call, the codes that it may mean; where n is 1, CODE-one is one of them."""
    return {code: _meant(code, part) for code in call.codes}


@cache
def _meant(code: str, part: str) -> list[str]:
    found = {*_matching(code, part)}
    return [name for name in TABLE[part] if {name, name.removesuffix("-one")} & found]


@cache
def _matching(code: str, part: str) -> list[str]:
    return [name for name in TABLE[part] if re.fullmatch(code, name)]


@pytest.mark.parametrize(("part", "calls"), [("page", PAGE_CALLS), ("scripts", SCRIPT_CALLS)])
def test_every_code_that_is_asked_for_exists(part, calls):
    assert len(calls) > 40
    missing = [(call.where, code) for call in calls for code in call.codes if not _matching(code, part)]
    assert missing == []


@pytest.mark.parametrize("part", ["page", "scripts"])
def test_every_code_is_used(part):
    calls, files = (PAGE_CALLS, [*PYTHON, *TEMPLATES]) if part == "page" else (SCRIPT_CALLS, SCRIPTS)
    patterns = [code for call in calls for code in call.codes]
    written = {text for path in files for text in re.findall(r"[\"'`]([\w-]+)[\"'`]", path.read_text(encoding="utf-8"))}
    verdicts = {f"{kind}-{basis}" for kind in Kind for basis in Basis} | {str(kind) for kind in Kind}
    written |= verdicts | set(re.findall(r'"([\w-]+)"', inspect.getsource(verdict)))  # reasons, by code
    unused = [
        code
        for code in TABLE[part]
        if code.removesuffix("-one") not in written
        and not any(re.fullmatch(pattern, code.removesuffix("-one")) for pattern in patterns)
    ]
    assert unused == []


def lacking(part: str, calls: list[Call], needs: Callable[[str], set[str]]) -> list[tuple[str, str, set[str]]]:
    """Give the calls that do not give a sentence its values; of a code that is put together, one call must do so."""
    found, complete = [], set()
    for call in calls:
        for pattern, codes in asked(call, part).items():
            for code in codes:
                needed = needs(TABLE[part][code])
                missing = needed - (GIVEN.get(code, needed) if call.values is None else call.values)
                complete |= set() if missing else {code}
                found += [(".+" in pattern, (call.where, code, missing))] if missing else []
    return [one for together, one in found if not (together and one[1] in complete)]


def test_every_value_of_a_sentence_of_the_page_is_given():
    def needs(text: str) -> set[str]:
        return meta.find_undeclared_variables(environment().parse(_plain(text)))

    assert lacking("page", PAGE_CALLS, needs) == []


def _plain(sentence: str) -> str:
    """Leave out filters, which this environment does not know."""
    return re.sub(r"\| (number|listed)(\(\d\))?", "", sentence)


def test_every_value_of_a_sentence_of_scripts_is_given():
    assert lacking("scripts", SCRIPT_CALLS, lambda text: set(re.findall(r"\{\{ (\w+) \}\}", text))) == []
    # Values of marks are data of the page: test_marks.py holds them to the sentences.
    unread = [call for call in SCRIPT_CALLS if call.values is None]
    open_codes = {(call.where.partition(":")[0], code) for call in unread for code in call.codes}
    assert {name for name, code in open_codes if re.sub(r"\\", "", code) not in GIVEN} == {"marks.js"}


def test_no_code_stands_twice():
    parts = (REPORT / "sentences.yaml").read_text(encoding="utf-8").split("\nscripts:\n")
    written = [re.findall(r"^  ([\w-]+):", part, flags=re.M) for part in parts]
    assert written == [[*TABLE["page"]], [*TABLE["scripts"]]]


def test_sentences_of_scripts_have_names_alone():
    odd = [code for code, text in TABLE["scripts"].items() if re.search(r"\{%|\{\{(?! \w+ \}\})", text)]
    assert odd == []


# --- nothing stands outside


def is_sentence(text: str) -> bool:
    """Four words or more that end with a full stop, or a full stop before another sentence."""
    text = " ".join(text.split())
    return len(re.findall(r"[^\W\d_]{2,}", text)) >= 4 and bool(re.search(r"[^\s.]\.($|\s+[A-Z$])", text))


class Texts(HTMLParser):
    """Text of a template, and of those of its attributes that a reader meets."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.found += [value or "" for name, value in attrs if name in ("title", "aria-label", "placeholder")]

    def handle_data(self, data):
        self.found.append(data)


def test_no_sentence_stands_in_a_template():
    found = []
    for path in TEMPLATES:
        texts = Texts()
        source = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", path.read_text(encoding="utf-8"), flags=re.S)
        texts.feed(re.sub(r"\{\{.*?\}\}", "x", source, flags=re.S))
        found += [(path.name, " ".join(text.split())) for text in texts.found if is_sentence(text)]
    assert found == []


def script_strings(text: str) -> Iterator[str]:
    """Give the strings of a script, comments and patterns left out."""
    place, last = 0, ""
    while place < len(text):
        token = text[place]
        if text.startswith("//", place):
            place = (text + "\n").index("\n", place)
        elif text.startswith("/*", place):
            place = text.index("*/", place) + 2
        elif token == "/" and (not last or last in "(,=:[!&|?{};>" or text[:place].endswith("return ")):
            place = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[])+/").match(text, place).end()
            last = "/"
        elif token in "\"'`":
            end = end_of_string(text, place)
            yield text[place + 1 : end - 1]
            place, last = end, token
        else:
            last = token if not token.isspace() else last
            place += 1


def test_no_sentence_stands_in_a_script():
    found = [
        (path.name, text)
        for path in SCRIPTS
        for text in script_strings(path.read_text(encoding="utf-8"))
        if is_sentence(text) and not text.startswith("<")
    ]
    assert found == []


def python_strings(path: Path) -> Iterator[str]:
    """Give the strings of a module, docstrings and what an error says left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and id(node) not in skipped:
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.value


def test_no_sentence_stands_in_python():
    found = [
        (path.name, text)
        for path in PYTHON
        if path.name not in PUBLICATIONS
        for text in python_strings(path)
        if is_sentence(text)
    ]
    assert found == []


def test_what_looks_for_sentences_finds_them(tmp_path):
    assert is_sentence("The network could not be drawn.")
    assert is_sentence("One sentence stands here. ${another}")
    assert not is_sentence("The drawn edges as a list")
    assert not is_sentence("Copied.")
    script = (
        'const a = x / 2; // It is a comment here.\ngo(`Not ${b ? "one of the two here." : c} of them.`, /["\'`]/);'
    )
    assert [*script_strings(script)] == ['Not ${b ? "one of the two here." : c} of them.']
    (tmp_path / "a.js").write_text('const values = { one, two: 2 };\nsay(a === "x" ? "b" : "c", { ...values, d: 1 });')
    (call,) = script_calls(tmp_path / "a.js")
    assert (call.codes, call.values) == (["b", "c"], {"one", "two", "d"})


# --- plain words


def everything() -> Iterator[tuple[str, str]]:
    """Give every sentence, and what each number of a run is."""
    for part in TABLE.values():
        yield from part.items()
    yield from ((name, metric.help) for name, metric in metrics_of().items())


def test_no_sentence_has_words_that_stopped_readers():
    found = [(code, match[0]) for code, text in everything() for match in re.finditer(rf"(?i)\b({STOPPED})\b", text)]
    assert found == []


def test_sentences_are_short():
    long = []
    for code, text in everything():
        plain = re.sub(r"\{%.*?%\}", "", re.sub(r"\{\{.*?\}\}", "x", text))
        if code not in ("software-references",):
            long += [(code, n) for part in re.split(r"[.:;]\s", plain) if (n := len(part.split())) > LONGEST]
    assert long == []


def test_scripts_get_their_sentences():
    assert sentences.for_scripts() == TABLE["scripts"]
