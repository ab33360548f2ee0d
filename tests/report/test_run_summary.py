"""What a run ends with on the terminal: page, answer, what to keep in mind, and what is missing with its reason."""

from dataclasses import asdict

import pytest
from small_run import collected

from crossdock.failure import Failure
from crossdock.report.answer import answer
from crossdock.report.doubts import doubts
from crossdock.report.run_data import RefinedCounts
from crossdock.report.summary import MOST_DOUBTS, MOST_FAILURES, summary

HINT = "name another chain"
PROTEIN = Failure("chain Q is not in the entry", where="1abc", hint=HINT, names=("x",))
PAIR = Failure("no pose touches\n  tried: 60 turns", names=("trypsin", "Im9"))


@pytest.fixture
def data(run_dir):
    return collected(run_dir)


def paragraphs(text):
    return [" ".join(part.split()) for part in text.split("\n\n")]


def test_the_page_the_answer_and_at_most_three_doubts(data):
    text = summary(data, "results/report.html")
    page, headline, doubted = paragraphs(text)
    assert page == "The report is results/report.html (4 pairs). Open it in a browser."
    assert headline == answer(data).headline
    most = [one.text for one in doubts(data, answer(data).verdict)][:MOST_DOUBTS]
    assert doubted == " ".join(["Keep in mind:", *(f"- {one}" for one in most)])
    assert max(map(len, text.splitlines())) <= 100


def test_what_failed_is_counted_and_listed_with_reason_and_way_out(data):
    data.panel["failures"] = [asdict(PROTEIN), asdict(PAIR)]
    listed, again = paragraphs(summary(data, "report.html"))[-2:]
    assert listed == (
        "Not in the results: 1 protein and 1 pair. "
        f"- x: chain Q is not in the entry. -> {HINT} "
        "- trypsin and Im9: no pose touches. tried: 60 turns"
    )
    assert again.startswith("Correct what is wrong and run the same command again.")


def test_what_refinement_did_is_said(data):
    data.refined = RefinedCounts(models=80, refined=78, failed=1, clashes_before=34, clashes_after=0)
    told = paragraphs(summary(data, "report.html"))[-1]
    assert told == (
        "Refined: 78 of 80 models, with at most 34 clashes in a model before and 0 after. The others are left as "
        "docked; refined/refined.json of their pairs says why. Of 1 pair no model could be refined."
    )
    data.refined = RefinedCounts(models=0, refined=0, failed=4, clashes_before=0, clashes_after=0)
    assert paragraphs(summary(data, "report.html"))[-1] == "Refined: none. Of 4 pairs no model could be refined."


def test_of_many_failures_the_rest_is_counted(data):
    data.panel["failures"] = [asdict(PROTEIN) | {"names": [f"x{place}"]} for place in range(MOST_FAILURES + 3)]
    listed = paragraphs(summary(data, "report.html"))[-2]
    assert listed.startswith(f"Not in the results: {MOST_FAILURES + 3} proteins.")
    assert listed.count(HINT) == MOST_FAILURES
    assert listed.endswith("- 3 more; the report lists all.")
