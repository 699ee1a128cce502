"""Definitions of Activities: learned from Statements, merged, and answered (Data 2.4.4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrs.domain.parts import activities, parts

Json = Mapping[str, Any]

_BY_KEY = frozenset({"name", "description", "extensions"})
COMPONENTS = ("choices", "scale", "source", "target", "steps")
_INTERACTION = frozenset({*COMPONENTS, "correctResponsesPattern"})


def definitions_in(statement: Json) -> dict[str, dict[str, Any]]:
    """
    What a Statement tells about Activities: its object, those of its context and its SubStatement.

    Returns:
        Activity id → definition, of those that have a definition with anything in it. The leaves
        are those of the Statement, Fragments too.
    """
    learned: dict[str, dict[str, Any]] = {}
    for part in parts(statement):
        for activity in activities(part):
            if activity.get("definition"):
                known = learned.get(activity["id"])
                learned[activity["id"]] = merged(known, activity["definition"])
    return learned


def merged(kept: Json | None, learned: Json) -> dict[str, Any]:
    """
    The canonical definition, from the one kept and one that has come in.

    What is new wins, language by language and property by property; what it does not speak of
    stays. A definition of another interactionType replaces all about the interaction, for its
    parts would not fit each other.

    Args:
        kept: None when nothing is known yet.
        learned: A definition as it stands in a Statement.

    Spec: Data 2.4.4.1; Communication 2.5.
    """
    if kept is None:
        return dict(learned)
    definition = dict(kept)
    if learned.get("interactionType", kept.get("interactionType")) != kept.get("interactionType"):
        definition = {key: value for key, value in kept.items() if key not in _INTERACTION}
    for key, value in learned.items():
        before = definition.get(key)
        definition[key] = value if before is None else _updated(key, before, value)
    return definition


def _updated(key: str, before: Any, value: Any) -> Any:
    if key in _BY_KEY:
        return {**before, **value}
    if key in COMPONENTS:
        known = {component["id"]: component for component in before}
        return [_component(known.get(component["id"], {}), component) for component in value]
    return value


def _component(before: Json, component: Json) -> dict[str, Any]:
    """An interaction component whose description speaks all languages that are known."""
    new = {**before, **component}
    if "description" in new:
        new["description"] = {**before.get("description", {}), **new["description"]}
    return new


def activity(activity_id: str, definition: Json | None) -> dict[str, Any]:
    """What the Activities Resource answers, for an unknown Activity too (Communication 2.5)."""
    known = {"objectType": "Activity", "id": activity_id}
    return known if definition is None else {**known, "definition": definition}
