"""Where Activities and Actors stand in a Statement: told once, for all who look for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Json = Mapping[str, Any]

ACTORS = frozenset({"Agent", "Group"})


def parts(statement: Json) -> tuple[Json, ...]:
    """The Statement, and the SubStatement that is its object if it has one (Data 2.4.4.3)."""
    target = statement["object"]
    if target.get("objectType") == "SubStatement":
        return statement, target
    return (statement,)


def is_activity(target: Json) -> bool:
    """Whether an object is an Activity, which it also is when it does not say (Data 2.4.4)."""
    kind: str | None = target.get("objectType")
    return kind is None or kind == "Activity"


def activities(part: Json) -> list[Json]:
    """The Activities of a Statement or SubStatement: its object's and those of its context."""
    found = [part["object"]] if is_activity(part["object"]) else []
    context = part.get("context")
    if context and "contextActivities" in context:
        for beside in context["contextActivities"].values():
            if isinstance(beside, list):
                found += beside
            else:
                found.append(beside)
    return found


def direct_actors(part: Json) -> list[Json]:
    """Who a Statement is about: its actor, and its object when that is an Agent or a Group."""
    if part["object"].get("objectType") in ACTORS:
        return [part["actor"], part["object"]]
    return [part["actor"]]


def context_actors(part: Json) -> list[Json]:
    """The Agents and Groups of a context (Data 2.4.6; 2.0 4.2.2.5)."""
    context = part.get("context")
    if not context:
        return []
    found = [context[name] for name in ("instructor", "team") if name in context]
    if "contextAgents" in context:
        found += [beside["agent"] for beside in context["contextAgents"]]
    if "contextGroups" in context:
        found += [beside["group"] for beside in context["contextGroups"]]
    return found


def context_with(
    context: Json, activity: Callable[[Json], Any], actor: Callable[[Json], Any]
) -> dict[str, Any]:
    """A copy of a context in which each Activity and Actor is what these make of it."""
    new = dict(context)
    for name in ("instructor", "team"):
        if name in context:
            new[name] = actor(context[name])
    if "contextActivities" in context:
        new["contextActivities"] = {
            key: [activity(one) for one in (beside if isinstance(beside, list) else [beside])]
            for key, beside in context["contextActivities"].items()
        }
    for name, one in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in context:
            new[name] = [{**beside, one: actor(beside[one])} for beside in context[name]]
    return new
