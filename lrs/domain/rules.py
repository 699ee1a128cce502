"""The rules that a JSON Schema cannot say: days that exist, min below max, distinct ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrs.domain import timestamps
from lrs.domain.errors import BadRequest
from lrs.domain.problems import Problem, place, section
from lrs.domain.versions import Version

_TIMESTAMP = "Data 4.5 | 4.2.7"
_SCORE = "Data 2.4.5.1 | 4.2.2.4"
_COMPONENTS = "Data 2.4.4.1 | 4.2.2.3"
_NUMBERS = (int, float)  # what a parser makes: no subclasses, and true is none
_KINDS_OF_CONTEXT = ("parent", "grouping", "category", "other")
_COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")


def rule_problems(statement: Mapping[str, Any], version: Version, at: str = "") -> list[Problem]:
    """
    The rules that a Statement breaks although the schema may find nothing.

    Parts of a wrong type are passed over: the schema names them.
    """
    found = _in_body(statement, version, at)
    inner = statement.get("object")
    if isinstance(inner, dict) and inner.get("objectType") == "SubStatement":
        found += _in_body(inner, version, place(at, ["object"]))
    return found


def _in_body(body: Mapping[str, Any], version: Version, at: str) -> list[Problem]:
    """What a Statement and a SubStatement have in common."""
    found = []
    for name in ("timestamp", "stored"):
        time = body.get(name)
        if time is not None and (wrong := _not_a_time(time)):
            found.append(Problem(place(at, [name]), wrong, section(_TIMESTAMP, version)))
    result = body.get("result")
    if isinstance(result, dict) and isinstance(score := result.get("score"), dict):
        for names, wrong in _in_score(score):
            where = place(at, ["result", "score", *names])
            found.append(Problem(where, wrong, section(_SCORE, version)))
    for path, activity in _defined(body):
        definition = activity["definition"]
        if isinstance(definition, dict) and "interactionType" in definition:
            found += _in_definition(definition, version, place(at, [*path, "definition"]))
    return found


def _not_a_time(value: object) -> str:
    """Why a timestamp names no instant; empty when it does or is not even text."""
    if not isinstance(value, str):
        return ""
    try:
        timestamps.parse(value)
    except BadRequest as refusal:
        return refusal.detail
    return ""


def _in_score(score: Mapping[str, Any]) -> list[tuple[list[str], str]]:
    """What is wrong in a Score, with the way to it."""
    low, raw, high = _number(score, "min"), _number(score, "raw"), _number(score, "max")
    found: list[tuple[list[str], str]] = []
    if low is not None and high is not None and low >= high:
        found.append(([], "min must be less than max"))
    if raw is not None and low is not None and raw < low:
        found.append((["raw"], "raw must not be less than min"))
    if raw is not None and high is not None and raw > high:
        found.append((["raw"], "raw must not be greater than max"))
    return found


def _number(score: Mapping[str, Any], name: str) -> float | None:
    value = score.get(name)
    return value if type(value) in _NUMBERS else None


def _defined(body: Mapping[str, Any]) -> list[tuple[list[str | int], Mapping[str, Any]]]:
    """The Activities of a Statement that have a definition, each with the way to it."""
    found: list[tuple[list[str | int], Mapping[str, Any]]] = []
    target = body.get("object")
    if isinstance(target, dict) and "definition" in target:
        found.append((["object"], target))
    context = body.get("context")
    around = context.get("contextActivities") if isinstance(context, dict) else None
    if not isinstance(around, dict):
        return found
    for kind in _KINDS_OF_CONTEXT:
        given = around.get(kind)
        if isinstance(given, dict) and "definition" in given:
            found.append((["context", "contextActivities", kind], given))
        elif isinstance(given, list):
            found += [
                (["context", "contextActivities", kind, index], activity)
                for index, activity in enumerate(given)
                if isinstance(activity, dict) and "definition" in activity
            ]
    return found


def _in_definition(definition: Mapping[str, Any], version: Version, at: str) -> list[Problem]:
    """Within one list of interaction components every id is distinct."""
    found = []
    for name in _COMPONENT_LISTS:
        components = definition.get(name)
        if not isinstance(components, list):
            continue
        seen: set[str] = set()
        for index, component in enumerate(components):
            key = component.get("id") if isinstance(component, dict) else None
            if not isinstance(key, str):
                continue
            if key in seen:
                where = place(at, [name, index, "id"])
                detail = "this id stands twice in its list"
                found.append(Problem(where, detail, section(_COMPONENTS, version)))
            seen.add(key)
    return found
