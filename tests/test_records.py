"""Records as JSON: what is written, what is read back, and what is refused."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

import pytest

from crossdock.errors import InputError
from crossdock.records import from_json, read_record, write_record
from crossdock.version import __version__


@dataclass(frozen=True)
class Part:
    name: str
    value_A: float | None = None


@dataclass(frozen=True)
class Outer:
    title: str
    parts: tuple[Part, ...]
    share: float = 0.5
    extra: dict[str, float | None] = field(default_factory=dict)

    @classmethod
    def upgrade(cls, raw: dict[str, Any]) -> dict[str, Any]:
        if "parts" in raw:
            return raw
        return raw | {"parts": [{"name": name} for name in raw["names"]]}


MADE = Outer("a Cα trace", (Part("one", 1.25), Part("two")), math.nan, {"far": math.inf, "none": None})


def test_a_record_comes_back_as_it_was_written(tmp_path):
    write_record(tmp_path / "whole.json", MADE)
    found = read_record(tmp_path / "whole.json", Outer, "crossdock test")
    assert math.isnan(found.share)
    assert (found.title, found.parts, found.extra) == (MADE.title, MADE.parts, MADE.extra)


def test_the_file_is_indented_and_in_the_order_of_the_fields(tmp_path):
    write_record(tmp_path / "whole.json", MADE)
    text = (tmp_path / "whole.json").read_text(encoding="utf-8")
    expected = {
        "crossdock_version": __version__,
        "title": "a Cα trace",
        "parts": [{"name": "one", "value_A": 1.25}, {"name": "two", "value_A": None}],
        "share": math.nan,
        "extra": {"far": math.inf, "none": None},
    }
    assert text == json.dumps(expected, indent=1, ensure_ascii=False) + "\n"


def test_keys_of_another_version_are_ignored_and_missing_ones_filled():
    assert from_json({"title": "old", "parts": [{"name": "one", "colour": "red"}], "more": 1}, Outer) == Outer(
        "old", (Part("one"),)
    )
    assert from_json({"title": "older", "names": ["one"]}, Outer) == Outer("older", (Part("one"),))


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ('{"title": 3, "parts": []}', "$.title"),
        ('{"title": "a", "parts": [{"name": "one", "value_A": "far"}]}', "$.parts[0].value_A"),
        ('{"parts": []}', "`title`"),
        ('{"title": "a"}', "`parts`"),
        ('{"title": 3, "names": 3}', "$.title"),
        ("[]", "expected an object"),
        ("null", "expected an object"),
        ('{"title": "a", ', "property name"),
        ("", "Expecting value"),
    ],
)
def test_what_is_no_such_record_is_refused_with_its_place_and_the_command(tmp_path, text, output):
    (tmp_path / "whole.json").write_text(text)
    with pytest.raises(InputError) as refused:
        read_record(tmp_path / "whole.json", Outer, "crossdock test")
    assert output in refused.value.what
    assert refused.value.where == str(tmp_path / "whole.json")
    assert "`crossdock test`" in (refused.value.hint or "")


def test_a_record_that_no_version_wrote_is_refused_though_it_has_every_field():
    @dataclass(frozen=True)
    class Renamed:
        name: str = ""

        @classmethod
        def upgrade(cls, raw: dict[str, Any]) -> dict[str, Any]:
            return {"name": raw["title"]}

    with pytest.raises(ValueError, match="known version"):
        from_json({}, Renamed)


def test_a_missing_record_names_the_command_that_makes_it(tmp_path):
    with pytest.raises(InputError, match=r"is missing[\s\S]*crossdock test"):
        read_record(tmp_path / "none.json", Outer, "crossdock test")
