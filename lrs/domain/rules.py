"""The rules that a JSON Schema cannot say: days that exist, min below max, distinct ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lrs.domain import timestamps
from lrs.domain.errors import BadRequest
from lrs.domain.problems import Problem, place, section
from lrs.domain.versions import Version

_TIMESTAMP = "Data 4.5 | 4.2.7"
_SCORE = "Data 2.4.5.1 | 4.2.2.4"
_COMPONENTS = "Data 2.4.4.1 | 4.2.2.3"
_KINDS_OF_CONTEXT = ("parent", "grouping", "category", "other")
_COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")


def rule_problems(
    statement: Mapping[str, Any], version: Version, at: str = ""
) -> Iterator[Problem]:
    """
    The rules that a Statement breaks although the schema may find nothing.

    Parts of a wrong type are passed over: the schema names them.
    """
    yield from _in_body(statement, version, at)
    inner = statement.get("object")
    if isinstance(inner, dict) and inner.get("objectType") == "SubStatement":
        yield from _in_body(inner, version, place(at, ["object"]))


def _in_body(body: Mapping[str, Any], version: Version, at: str) -> Iterator[Problem]:
    """What a Statement and a SubStatement have in common."""
    for name in ("timestamp", "stored"):
        time = body.get(name)
        if time is not None and (wrong := _not_a_time(time)):
            yield Problem(place(at, [name]), wrong, section(_TIMESTAMP, version))
    result = body.get("result")
    if isinstance(result, dict) and isinstance(score := result.get("score"), dict):
        for path, wrong in _in_score(score):
            yield Problem(place(at, ["result", "score", *path]), wrong, section(_SCORE, version))
    for path, activity in _defined(body):
        definition = activity["definition"]
        if isinstance(definition, dict) and "interactionType" in definition:
            yield from _in_definition(definition, version, place(at, [*path, "definition"]))


def _not_a_time(value: object) -> str:
    """Why a timestamp names no instant; empty when it does or is not even text."""
    if not isinstance(value, str):
        return ""
    try:
        timestamps.parse(value)
    except BadRequest as refusal:
        return refusal.detail
    return ""


def _in_score(score: Mapping[str, Any]) -> Iterator[tuple[list[str | int], str]]:
    """What is wrong in a Score, with the way to it."""
    low, raw, high = (_number(score.get(name)) for name in ("min", "raw", "max"))
    if low is not None and high is not None and low >= high:
        yield [], "min must be less than max"
    if raw is not None and low is not None and raw < low:
        yield ["raw"], "raw must not be less than min"
    if raw is not None and high is not None and raw > high:
        yield ["raw"], "raw must not be greater than max"


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _defined(body: Mapping[str, Any]) -> Iterator[tuple[list[str | int], Mapping[str, Any]]]:
    """The Activities of a Statement that have a definition, each with the way to it."""
    target = body.get("object")
    if isinstance(target, dict) and "definition" in target:
        yield ["object"], target
    context = body.get("context")
    around = context.get("contextActivities") if isinstance(context, dict) else None
    if not isinstance(around, dict):
        return
    for kind in _KINDS_OF_CONTEXT:
        given = around.get(kind)
        if isinstance(given, dict) and "definition" in given:
            yield ["context", "contextActivities", kind], given
        elif isinstance(given, list):
            for index, activity in enumerate(given):
                if isinstance(activity, dict) and "definition" in activity:
                    yield ["context", "contextActivities", kind, index], activity


def _in_definition(definition: Mapping[str, Any], version: Version, at: str) -> Iterator[Problem]:
    """Within one list of interaction components every id is distinct."""
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
                yield Problem(where, detail, section(_COMPONENTS, version))
            seen.add(key)
