"""
Whether Statements follow the templates of a profile (xAPI Profiles, Communication 2.1).

What is read of JSONPath is what the profile specification allows (Structure 8.1): names, indexes,
`*` and unions of these, joined by `|`; no filters, no scripts, no descent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

Json = Mapping[str, Any]
_UNMATCHABLE = object()
_STEP = re.compile(
    r"""\.(?P<name>[^.\[|'"\s]+) | \[(?P<keys>(?:\s*(?:'[^']*'|"[^"]*"|\d+|\*)\s*,?)+)\]""",
    re.VERBOSE,
)
_KEY = re.compile(r"""'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<index>\d+)|(?P<star>\*)""")
_PATHS = re.compile(r"""\|(?=(?:[^'"]|'[^']*'|"[^"]*")*$)""")
_BESIDE = {
    "contextGroupingActivityType": "grouping",
    "contextParentActivityType": "parent",
    "contextOtherActivityType": "other",
    "contextCategoryActivityType": "category",
}


class Outcome(StrEnum):
    """As the algorithm names them."""

    SUCCESS = "success"
    INVALID = "invalid"
    UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What became of the check.

    Args:
        templates: Ids of those that were followed or, when invalid, of those that were not.
        broken: Of these, "<template>: <what is wrong> at <location>".
    """

    outcome: Outcome
    templates: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


@cache
def profile() -> Json:
    """The profile of this project, as it is published."""
    found: Json = orjson.loads(published())
    return found


@cache
def published() -> bytes:
    """The text of this project's own profile."""
    return files("integrations.profile").joinpath("social-learning.jsonld").read_bytes()


def check(statement: Json, templates: Sequence[Json] | None = None) -> Checked:
    """
    Whether a Statement follows the templates that it matches.

    Args:
        statement: A valid one.
        templates: Of a profile; by default of this project's own.
    """
    told = _with_arrays(statement)
    matching = profile()["templates"] if templates is None else templates
    matching = [one for one in matching if _matches(told, one)]
    broken = {one["id"]: found for one in matching if (found := list(_broken(told, one)))}
    if broken:
        said = tuple(f"{name}: {what}" for name, found in broken.items() for what in found)
        return Checked(Outcome.INVALID, tuple(broken), said)
    if not matching:
        return Checked(Outcome.UNMATCHED)
    return Checked(Outcome.SUCCESS, tuple(one["id"] for one in matching))


def _with_arrays(statement: Json) -> Json:
    """A contextActivity that stands alone counts as a list of one."""
    context = statement.get("context", {})
    beside = context.get("contextActivities", {})
    arrays = {name: one if isinstance(one, list) else [one] for name, one in beside.items()}
    return {**statement, "context": {**context, "contextActivities": arrays}}


def _matches(statement: Json, template: Json) -> bool:
    """Whether it has all determining properties of a template."""
    verb, kind = template.get("verb"), template.get("objectActivityType")
    if verb is not None and verb != statement["verb"]["id"]:
        return False
    if kind is not None and [kind] != values(statement, "$.object.definition.type"):
        return False
    wanted = {
        f"$.context.contextActivities.{at}[*].definition.type": p for p, at in _BESIDE.items()
    }
    wanted["$.attachments[*].usageType"] = "attachmentUsageType"
    return all(
        set(template.get(name, ())) <= {v for v in values(statement, path) if isinstance(v, str)}
        for path, name in wanted.items()
    )


def _broken(statement: Json, template: Json) -> Iterable[str]:
    for name, at in (
        ("objectStatementRefTemplate", "$.object.objectType"),
        ("contextStatementRefTemplate", "$.context.statement.objectType"),
    ):
        if name in template and values(statement, at) != ["StatementRef"]:
            yield f"no StatementRef at {at}"
    for rule in template.get("rules", ()):
        wrong = rule_broken(statement, rule)
        if wrong:
            yield f"{wrong} at {rule['location']}"


def rule_broken(statement: Json, rule: Json) -> str:
    """What of a rule is not followed ("included", "any", ...); "" where all is."""
    found = values(statement, rule["location"])
    if "selector" in rule:
        found = [one for each in found for one in values(each, rule["selector"]) or [_UNMATCHABLE]]
    presence = rule.get("presence")
    matchable = [one for one in found if one is not _UNMATCHABLE]
    if presence == "included" and (not matchable or len(matchable) < len(found)):
        return "included"
    if presence == "excluded":
        return "excluded" if matchable else ""
    if presence == "recommended" and not found:
        return ""
    return _values_broken(matchable, len(matchable) == len(found), rule)


def _values_broken(matchable: Sequence[Any], every: bool, rule: Json) -> str:
    """`every`: whether there is no unmatchable value among those found."""
    if "any" in rule and not any(_among(one, rule["any"]) for one in matchable):
        return "any"
    if "all" in rule and not (every and all(_among(one, rule["all"]) for one in matchable)):
        return "all"
    if "none" in rule and any(_among(one, rule["none"]) for one in matchable):
        return "none"
    return ""


def _among(value: Any, listed: Sequence[Any]) -> bool:
    """Equal and of one kind: true is not 1."""
    return any(value == one and isinstance(value, bool) is isinstance(one, bool) for one in listed)


def values(statement: Any, path: str) -> list[Any]:
    """
    The values that a path leads to.

    Raises:
        ValueError: It is no such path.
    """
    return [one for steps in _parsed(path) for one in _reached(statement, steps)]


def _reached(value: Any, steps: Sequence[Sequence[str | int]]) -> list[Any]:
    reached = [value]
    for keys in steps:
        reached = [inner for outer in reached for key in keys for inner in _children(outer, key)]
    return reached


def _children(value: Any, key: str | int) -> list[Any]:
    """`*` is a key of its own: Statements have no property of that name."""
    if isinstance(value, Mapping):
        return list(value.values()) if key == "*" else [value[key]] if key in value else []
    if isinstance(value, list):
        if key == "*":
            return list(value)
        return [value[key]] if isinstance(key, int) and key < len(value) else []
    return []


@cache
def _parsed(path: str) -> tuple[tuple[tuple[str | int, ...], ...], ...]:
    return tuple(_steps(one.strip()) for one in _PATHS.split(path))


def _steps(path: str) -> tuple[tuple[str | int, ...], ...]:
    rest = path.removeprefix("$")
    if rest == path:
        rest = f".{path}"
    found, at = [], 0
    while at < len(rest):
        step = _STEP.match(rest, at)
        if step is None:
            raise ValueError(f"{path!r} is no path that profiles may use")
        found.append((step["name"],) if step["name"] else tuple(_keys(step["keys"])))
        at = step.end()
    return tuple(found)


def _keys(text: str) -> Iterable[str | int]:
    for key in _KEY.finditer(text):
        if key["index"] is not None:
            yield int(key["index"])
        else:
            yield key["star"] or (key["single"] if key["single"] is not None else key["double"])
