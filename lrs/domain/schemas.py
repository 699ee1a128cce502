"""
The JSON Schemas of Statements, compiled, and what their errors mean.

One schema (`schema/statement.json`) serves both versions; what 2.0 adds is merged into it.
A schema's `description` completes the sentence "this must be ..." and its `$comment` names the
sections of the two standards, so that an error can be told without a table of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from lrs.domain.problems import Problem, place, section, shown
from lrs.domain.versions import Version

_FORMAT = "Data 2.2 | 4.2.1"
# The validator makes all its errors at once, a quarter of a millisecond and some kB each.
_MOST_VALUES = 2_000


@cache
def schema(version: Version, definition: str = "statement") -> dict[str, Any]:
    """
    The JSON Schema 2020-12 of a version.

    Args:
        version: Of the standard.
        definition: What it describes: "statement", or another of its `$defs`.
    """
    whole = _read("statement.json")
    if version is Version.V2:
        whole = _merged(whole, _read("only-2.0.json"))
    return whole | {"$ref": f"#/$defs/{definition}"}


@cache
def compiled(version: Version, definition: str = "statement") -> jsonschema_rs.Draft202012Validator:
    """The same, compiled for the hot path; its patterns are matched in linear time."""
    return jsonschema_rs.Draft202012Validator(
        schema(version, definition),
        validate_formats=False,
        pattern_options=jsonschema_rs.RegexOptions(),
    )


def pattern(definition: str) -> re.Pattern[str]:
    """The pattern of a kind of text ("iri", "uuid", ...), to be used with `fullmatch`."""
    anchored = schema(Version.V1)["$defs"][definition]["pattern"]
    return re.compile(anchored.removeprefix("^").removesuffix("$"))


def schema_problems(
    value: object, version: Version, at: str = "", definition: str = "statement"
) -> Iterator[Problem]:
    """
    What the schema finds wrong with a value, each thing once.

    Of a value that holds more than 2,000 others only the first thing is told: it could have as
    many errors, and a small body would fill the memory.

    Args:
        value: JSON as orjson reads it.
        version: Of the standard.
        at: Where the value stands.
        definition: What it should be.
    """
    if not _is_small(value):
        first = first_schema_problem(value, version, at, definition)
        yield from () if first is None else (first,)
        return
    try:
        errors = compiled(version, definition).iter_errors(value)
        found = [p for error in errors for p in _explained(error, version, at, definition)]
    except UnicodeError:
        found = [_not_unicode(version, at)]
    yield from dict.fromkeys(found)


def first_schema_problem(
    value: object, version: Version, at: str = "", definition: str = "statement"
) -> Problem | None:
    """The first thing that the schema finds wrong, whatever the size of the value."""
    try:
        compiled(version, definition).validate(value)
    except jsonschema_rs.ValidationError as error:
        return next(_explained(error, version, at, definition))
    except UnicodeError:
        return _not_unicode(version, at)
    return None


def _not_unicode(version: Version, at: str) -> Problem:
    """Only Python code can hand this in: strict_json lets no lone surrogate pass."""
    return Problem(at, "this holds text that is not Unicode", section(_FORMAT, version))


def _is_small(value: object) -> bool:
    """Whether a value holds so few others that all its errors may be told."""
    pending, left = [value], _MOST_VALUES
    while pending and left >= 0:
        inner = _inner(pending.pop())
        left -= len(inner)
        pending += inner[:_MOST_VALUES]
    return left >= 0


def _inner(value: object) -> list[Any]:
    """What the schema looks at within a value; of extensions it is the names alone."""
    if isinstance(value, dict):
        return [
            dict.fromkeys(inner) if name == "extensions" and isinstance(inner, dict) else inner
            for name, inner in value.items()
        ]
    return value if isinstance(value, list) else []


def _read(name: str) -> dict[str, Any]:
    text = (files("lrs.domain") / "schema" / name).read_text(encoding="utf-8")
    return dict(json.loads(text))


def _merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """`base` with the properties of `more` added at any depth."""
    joined = dict(base)
    for key, value in more.items():
        inner = base.get(key)
        both = isinstance(inner, dict) and isinstance(value, dict)
        joined[key] = _merged(inner, value) if both and inner is not None else value
    return joined


def _explained(
    error: jsonschema_rs.ValidationError, version: Version, at: str, definition: str
) -> Iterator[Problem]:
    """One error of the validator in our words; several where several names are unknown."""
    kind, path = error.kind, list(error.instance_path)
    inner = getattr(kind, "error", None)
    said = inner if isinstance(inner, jsonschema_rs.ValidationError) else error
    expected, sections = _said(schema(version, definition), said.schema_path)
    spec = section(sections, version)
    if kind.name == "additionalProperties":
        for name in kind.as_dict()["unexpected"]:
            detail = f"{expected} has no property {shown(name)}"
            yield Problem(place(at, [*path, name]), detail, spec)
    elif kind.name == "required":
        name = str(kind.as_dict()["property"])
        yield Problem(place(at, [*path, name]), f"{shown(name)} is missing", spec)
    elif kind.name == "propertyNames":
        key = said.instance if isinstance(said.instance, str) else ""
        yield Problem(place(at, path), f"the key {shown(key)} must be {expected}", spec)
    elif error.instance is None and kind.name != "not":
        detail = "null is allowed only inside extensions"
        yield Problem(place(at, path), detail, section(_FORMAT, version))
    else:
        sent = f", not {shown(error.instance)}" if isinstance(error.instance, str) else ""
        yield Problem(place(at, path), f"this must be {expected}{sent}", spec)


def _said(whole: dict[str, Any], path: Sequence[str | int]) -> tuple[str, str]:
    """What the schema says on the way to a keyword: the nearest description and sections."""
    node: Any = whole
    expected, sections = "", _FORMAT
    for step in path:
        node = node[step]
        if isinstance(node, dict):
            found = node.get("description")
            expected = found if isinstance(found, str) else expected
            sections = node.get("$comment", sections)
    return expected, sections
