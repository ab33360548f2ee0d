"""Records that one step writes and others read: frozen dataclasses, kept as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from crossdock.files import read_json, read_made, write_json

Kind = TypeVar("Kind")


def write_record(path: str | Path, record: Any) -> None:
    """Write a record as JSON with `crossdock_version` in front.

    Parameters
    ----------
    path : str or Path
    record : dataclass
        Its keys are written in the order of its fields, those of the records within it too.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    write_json(path, to_json(record))


def read_record(path: str | Path, kind: type[Kind], step: str) -> Kind:
    """Read a record that `write_record` wrote, in this version or an earlier one.

    Parameters
    ----------
    path : str or Path
    kind : type
        The dataclass that it is a record of.
    step : str
        The command that makes the file, for messages.

    Raises
    ------
    InputError
        If the file is not there, is no JSON, or lacks a field or has one of another type.
    """
    return read_made(path, lambda path: from_json(read_json(path), kind), step)


def to_json(record: Any) -> dict[str, Any]:
    """Give a record as what JSON holds, its keys in the order of its fields; NaN and infinities stay numbers."""
    made: dict[str, Any] = msgspec.to_builtins(record)
    return made


def from_json(raw: Any, kind: type[Kind]) -> Kind:
    """Give the record that a JSON object holds.

    Parameters
    ----------
    raw : dict
        Keys that the record does not have are ignored.
    kind : type
        A dataclass. Where its class has a class method ``upgrade(raw) -> dict``, that brings what an earlier version
        wrote (told by the keys, or by ``crossdock_version``) into today's fields, those of the records within it too.

    Raises
    ------
    ValueError
        If it lacks a field or has one of another type; it names the place, from ``$``, the record itself.
    """
    if not isinstance(raw, dict):
        raise ValueError(f"expected an object in braces, got {type(raw).__name__}")
    if upgrade := getattr(kind, "upgrade", None):
        try:
            raw = upgrade(raw)
        except (KeyError, TypeError, AttributeError) as error:
            converted(raw, kind)  # names the part that is wrong
            raise ValueError("unknown version of a record") from error
    return converted(raw, kind)


def converted(raw: Any, kind: type[Kind]) -> Kind:
    """Give what JSON holds as a type, such as that of a record's field.

    Raises
    ------
    ValueError
        If it is of another type; it names the place, from ``$``, the whole.
    """
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
