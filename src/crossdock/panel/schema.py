"""Every key of a config, with its meaning and default, and what is wrong with a value put into words."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from crossdock import plugins
from crossdock.errors import InputError, UnknownKeyError, cut, quoted
from crossdock.yamltext import of_package, read_yaml

if TYPE_CHECKING:
    import jsonschema

#: Options that are not called as their keys are: `models` alone would not say how many of what.
_OPTIONS = {"clustering.models": "--max-models"}
#: What YAML takes for true and false.
_TRUTH = {word: True for word in ("true", "yes", "on")} | {word: False for word in ("false", "no", "off")}
#: Numbers in decimal digits, no longer than any that has a meaning here.
_NUMBER = re.compile(r"(?=.{1,40}$)[-+]?([0-9]+(_[0-9]+)*\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)


@cache
def schema(*backends: str) -> dict[str, Any]:
    """Give the schema of a config: every key with its meaning and default, those of all backends too.

    Parameters
    ----------
    *backends : str
        Whose numbers can rank the network and be what statistics are of; the default one without any. Where several
        backends have an option of one name, the rule of the first holds. With several, `docking` has a part for each.

    Returns
    -------
    dict
        As JSON schema.
    """
    rules: dict[str, Any] = of_package("crossdock.panel", "config.schema.yaml")
    found = plugins.usable(plugins.BACKENDS)
    backends = backends or (rules["properties"]["backend"]["default"],)
    keys: dict[str, Any] = {}
    for key, rule in rules["properties"].items():
        keys[key] = rule
        if key == "docking":
            for name in (*(name for name in found if name not in backends), *reversed(backends)):
                rule["properties"] |= found[name].options if name in found else {}
            if len(backends) > 1:
                rule["properties"] |= {
                    name: {"type": "object", "additionalProperties": False, "properties": dict(found[name].options)}
                    for name in backends
                    if name in found and name not in rule["properties"]
                }
            sections = {one.settings_key: one for one in found.values() if one.settings}
            keys |= {
                name: {
                    "type": "object",
                    "additionalProperties": False,
                    "default": {},
                    "description": one.settings_about,
                    "properties": dict(one.settings),
                }
                for name, one in sections.items()
                if name not in rules["properties"]
            }
    # Numbers of other packages and of the backend rank pairs as the built-in ones do.
    own = [one.name for name in backends if name in found for one in found[name].quantities if one.better]
    for key in ("network", "statistics"):
        ranking = keys[key]["properties"]["metric"]["enum"]
        ranking[:] = dict.fromkeys((*ranking, *plugins.points(plugins.METRICS), *own))
    return rules | {"properties": keys}


def backends_of(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the backends that a config asks for, the main one first; none where it leaves that to the default."""
    named = config.get("backends", config.get("backend"))
    if isinstance(named, str) and "backends" in config:
        named = typed(named, {"type": "array"})
    listed = named if isinstance(named, list) else [named]
    return tuple(dict.fromkeys(name for name in listed if isinstance(name, str)))


@cache
def rule_of(path: str) -> dict[str, Any]:
    """Give what the schema says of a key: `rule_of("clustering.radius")`, `rule_of("protein.organism")`."""
    rule: dict[str, Any] = {"properties": schema()["properties"] | schema()["$defs"]}
    for step in path.split("."):
        rule = rule["properties"][step]
    return rule


def option_of(path: str) -> str:
    """Give the command line's option of a config key: `--min-size` for `clustering.min_size`."""
    return _OPTIONS.get(path, "--" + path.rpartition(".")[2].replace("_", "-"))


def option_arguments(values: Mapping[str, Any]) -> list[str]:
    """Write options of a command; those without a value are left out.

    Parameters
    ----------
    values : mapping
        By the key of the config, such as ``with`` or ``clustering.models``, or an option's name with underscores for
        hyphens; a tuple is several words.
    """
    written = []
    for key, value in values.items():
        if value in (None, "", (), []):
            continue
        if str(value).startswith("-"):  # only an equals sign tells it from an option
            written.append(f"{option_of(key)}={value}")
        else:
            written += [option_of(key), *map(str, value if isinstance(value, tuple) else [value])]
    return written


def with_defaults(value: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in the defaults of a part of the schema, nested ones too."""
    filled = dict(value)
    for key, rule in part["properties"].items():
        if rule.get("type") == "object" and "properties" in rule:
            filled[key] = with_defaults(filled.get(key, {}), rule)
        elif "default" in rule:
            filled.setdefault(key, rule["default"])
    return filled


def typed(value: Any, part: Mapping[str, Any]) -> Any:
    """Read text as the type that a part of the schema asks for.

    Parameters
    ----------
    value
        As `crossdock.panel.config` reads it, where every scalar is text.
    part : mapping
        Of the schema.

    Returns
    -------
    object
        The same with numbers, truth values, lists and mappings in place of text where the schema asks for them. Text
        that is none of these stays as it is, so that `problems_of` names it.
    """
    kinds = part.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, str):
        value = _read(value.strip(), kinds, value)
    if isinstance(value, float) and value.is_integer() and "integer" in kinds:
        return int(value)
    if isinstance(value, dict):
        keys, others = part.get("properties", {}), part.get("additionalProperties")
        others = others if isinstance(others, Mapping) else {}
        return {key: typed(one, keys.get(key, others)) for key, one in value.items()}
    if isinstance(value, list) and "items" in part:
        return [typed(one, part["items"]) for one in value]
    return value


def _read(word: str, kinds: Collection[str], otherwise: str) -> Any:
    """Read a word as one of some types; where it is none, give what it is otherwise."""
    if "boolean" in kinds and word.lower() in _TRUTH:
        return _TRUTH[word.lower()]
    if "null" in kinds and word.lower() in ("null", "~", ""):
        return None
    if {"integer", "number"} & set(kinds) and _NUMBER.fullmatch(word):
        number = float(word)
        if number.is_integer() and ("integer" in kinds or "." not in word):
            return int(word) if word.lstrip("+-").replace("_", "").isdecimal() else number
        return number if "number" in kinds and math.isfinite(number) else otherwise
    if {"object", "array"} & set(kinds):
        try:
            value = read_yaml(word, "")
        except InputError:
            return otherwise
        return value if isinstance(value, dict if "object" in kinds else list) else otherwise
    return otherwise


#: Values of a key that are all listed where a given one is near one of them.
MOST_LISTED = 12
#: What people call the types of a schema.
KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys and values",
    "null": "nothing",
}


def problems_of(value: Any, part: Mapping[str, Any], where: str) -> Iterator[InputError]:
    """Turn what the validator finds in a value, by its part of the schema, into sentences."""
    validator = _validator()(part)
    for error in sorted(validator.iter_errors(value), key=lambda error: [str(step) for step in error.absolute_path]):
        path = ".".join(str(step) for step in error.absolute_path)
        place = " ".join(bit for bit in (where, path) if bit)
        if error.validator == "additionalProperties":
            allowed = list(error.schema["properties"])
            for key in error.instance:
                if key not in allowed:
                    yield UnknownKeyError(
                        f"unknown key `{cut(str(key), 80)}`", where=place or None, hint=did_you_mean(str(key), allowed)
                    )
            continue
        hint = error.schema.get("description")
        if error.validator == "enum" and isinstance(error.instance, str):
            hint = " ".join(filter(None, (_near(error.instance, filter(None, map(str, error.validator_value))), hint)))
        yield InputError(_sentence(error), where=place or None, hint=hint)


@cache
def _validator() -> type:
    """Give the validator; making it takes longer than most of what it validates."""
    import jsonschema

    finite = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number)
    validator: type = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=finite)
    return validator


def _is_number(_: object, value: object) -> bool:
    """Tell whether a value is a number; YAML's .nan and .inf are none here."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _sentence(error: jsonschema.ValidationError) -> str:
    got = "nothing" if error.instance is None else quoted(error.instance)
    got = KINDS["object"] if isinstance(error.instance, dict) else got
    match error.validator:
        case "required":
            missing = [key for key in error.validator_value if key not in error.instance]
            return "missing key" + ("s" if len(missing) > 1 else "") + " " + ", ".join(f"`{key}`" for key in missing)
        case "anyOf":
            keys = [one["required"][0] for one in error.validator_value]
            return "missing key " + " or ".join(f"`{key}`" for key in keys)
        case "type":
            kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
            return f"expected {' or '.join(KINDS[kind] for kind in kinds)}, got {got}"
        case "enum":
            choices = [str(one) for one in error.validator_value if one != ""]
            if len(choices) > MOST_LISTED and isinstance(error.instance, str) and _near(error.instance, choices):
                return f"{got} is none of the {len(choices)} values that this key can have"
            return f"expected one of {', '.join(choices)}, got {got}"
        case "pattern":
            return f"{got} does not have the required format"
        case "minimum" | "exclusiveMinimum":
            bound = "at least" if error.validator == "minimum" else "more than"
            return f"expected {bound} {error.validator_value}, got {got}"
        case "maximum":
            return f"expected at most {error.validator_value}, got {got}"
        case "minItems":
            return f"expected at least {error.validator_value} in the list, got {len(error.instance)}"
        case "minLength":
            return f"expected at least {error.validator_value} characters, got {got}"
        case "maxLength":
            return f"expected at most {error.validator_value} characters, got {got}"
    return cut(str(error.message))


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Suggest the nearest of some words, or list them all."""
    choices = list(choices)
    return _near(word, choices) or cut("expected one of " + ", ".join(f"`{choice}`" for choice in choices), 400)


def _near(word: str, choices: Iterable[str]) -> str:
    """Suggest the nearest of some words; nothing where none is near."""
    lower = {choice.lower(): choice for choice in reversed(list(choices))}
    near = difflib.get_close_matches(word[:80].lower(), list(lower), n=1, cutoff=0.6)
    near = near or [one for one in lower if _shortens(word.lower(), one)]
    return f"did you mean `{lower[near[0]]}`?" if near else ""


def _shortens(word: str, choice: str) -> bool:
    """Tell whether a word is a choice with letters left out inside, such as `af3` of `alphafold3`."""
    left = iter(choice)
    return len(word) > 2 and word[0] == choice[0] and word[-1] == choice[-1] and all(one in left for one in word)
