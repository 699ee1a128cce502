"""
The formats `ids` and `canonical` of Statements that are read (Communication 2.1.3; 2.0 4.1.6.1).

Both show the same Statement with other Verbs, Activities and Actors, at every depth; `exact` needs
nothing. Statements that come in are left as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lrs.domain.activities import COMPONENTS
from lrs.domain.languages import Range, one_language
from lrs.domain.parts import ACTORS, activities, context_with, is_activity, parts

Json = Mapping[str, Any]

_IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")


@dataclass(frozen=True, slots=True)
class _View:
    """How the things of a Statement are to be shown."""

    verb: Callable[[Json], Json]
    activity: Callable[[Json], Json]
    actor: Callable[[Json], Json]


def ids(statement: Json) -> dict[str, Any]:
    """
    A Statement with no more than what identifies its Verbs, Activities, Agents and Groups.

    An anonymous Group keeps its members, by their identifiers. An `objectType` is kept where
    the thing would otherwise be taken for another. `relevantTypes` of 2.0 are kept.
    """
    return _shown(statement, _View(verb=_id_only, activity=_id_only, actor=_identified))


def canonical(
    statement: Json, definitions: Mapping[str, Json], wanted: tuple[Range, ...]
) -> dict[str, Any]:
    """
    A Statement with the canonical definitions of its Activities, one language in each map.

    Agents and Groups are as they were sent. The LRS has no canonical `display` of Verbs: the
    Statement's own is kept, in one language.

    Args:
        statement: As it is kept; contextActivities are arrays.
        definitions: Activity id → canonical definition, of those in `activity_ids`. An Activity
            without one keeps its own.
        wanted: The languages of the reader, from `accept_language`.
    """

    def verb(exact: Json) -> Json:
        return _translated(exact, ("display",), wanted)

    def activity(exact: Json) -> Json:
        definition = definitions.get(exact["id"], exact.get("definition"))
        if definition is None:
            return exact
        return {**exact, "definition": _definition(definition, wanted)}

    return _shown(statement, _View(verb=verb, activity=activity, actor=lambda exact: exact))


def activity_ids(statement: Json) -> set[str]:
    """The ids of all Activities of a Statement: whose definitions `canonical` needs."""
    return {activity["id"] for part in parts(statement) for activity in activities(part)}


def _shown(part: Json, view: _View) -> dict[str, Any]:
    shown = dict(part)
    shown["actor"] = view.actor(part["actor"])
    shown["verb"] = view.verb(part["verb"])
    shown["object"] = _target(part["object"], view)
    if "context" in part:
        shown["context"] = context_with(part["context"], view.activity, view.actor)
    if "authority" in part:
        shown["authority"] = view.actor(part["authority"])
    return shown


def _target(target: Json, view: _View) -> Json:
    if is_activity(target):
        return view.activity(target)
    kind = target["objectType"]
    if kind in ACTORS:
        return {"objectType": kind, **view.actor(target)}
    if kind == "SubStatement":
        return _shown(target, view)
    return target


def _id_only(thing: Json) -> Json:
    return {"id": thing["id"]}


def _identified(actor: Json) -> Json:
    identified = {name: actor[name] for name in _IDENTIFIERS if name in actor}
    if actor.get("objectType") != "Group":
        return identified
    if not identified:
        identified["member"] = [_identified(member) for member in actor["member"]]
    return {"objectType": "Group", **identified}


def _definition(definition: Json, wanted: tuple[Range, ...]) -> Json:
    shown = dict(_translated(definition, ("name", "description"), wanted))
    for name in COMPONENTS:
        if name in definition:
            shown[name] = [
                _translated(component, ("description",), wanted) for component in definition[name]
            ]
    return shown


def _translated(thing: Json, maps: tuple[str, ...], wanted: tuple[Range, ...]) -> Json:
    """A copy in which each of the named language maps has one language."""
    return {**thing, **{name: one_language(thing[name], wanted) for name in maps if name in thing}}
