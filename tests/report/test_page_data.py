"""What the page embeds for its scripts, against the schema of the repository."""

import copy
import json
import runpy

import pytest
from jsonschema import Draft202012Validator
from small_run import REPOSITORY
from test_build import page_data, unpack

SCHEMA = json.loads((REPOSITORY / "src/crossdock/report/page.schema.json").read_text(encoding="utf-8"))


def validator(part: str) -> Draft202012Validator:
    return Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{part}"})


@pytest.fixture(scope="module")
def page(page_file) -> dict:
    return page_data(page_file)


def test_the_schema_is_that_of_the_dataclasses():
    tool = runpy.run_path(str(REPOSITORY / "tools" / "page_schema.py"))
    assert tool["OUT"].read_text(encoding="utf-8") == tool["text"](), "run `python tools/page_schema.py`"
    Draft202012Validator.check_schema(SCHEMA)


def test_a_built_page_is_as_the_schema_says(page):
    validator("PageData").validate(page)
    details = [record["detail"] for record in page["pairs"]["records"].values()]
    assert len(details) == len(page["receptors"]) * len(page["ligands"]) == 4
    for detail in details:
        validator("Detail").validate(json.loads(unpack(detail)))
    for packed in page["hotspots"].values():
        rows = json.loads(unpack(packed))
        assert rows
        for row in rows:
            validator("HotSpot").validate(row)


@pytest.mark.parametrize(
    "path",
    [
        ("title",),
        ("receptors", 0, "verdict"),
        ("metrics", 0, "clustered"),
        ("network", "edges", 0, "ligand"),
        ("pairs", "records", "0", "affinity", "caveat"),
        ("pairs", "records", "0", "known"),
    ],
)
def test_a_key_that_is_missing_new_or_of_another_type_is_refused(page, path):
    def part(value: dict):
        for step in path[:-1]:
            value = value[step]
        return value

    less, more, other = (copy.deepcopy(page) for _ in range(3))
    del part(less)[path[-1]]
    part(more)["new"] = 1
    part(other)[path[-1]] = 7
    for one in (less, more, other):
        assert not validator("PageData").is_valid(one)


def test_a_model_without_its_terms_is_refused(page):
    detail = json.loads(unpack(page["pairs"]["records"]["0"]["detail"]))
    assert detail["models"][0]["terms"]["repulsion"] == 50.0
    del detail["models"][0]["terms"]
    assert not validator("Detail").is_valid(detail)
