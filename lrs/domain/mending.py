"""
How each rule of `lrs.domain.repairs` mends a Statement.

Every function changes the Statement in place and says whether there was anything to change. What
it reads breaks the standard, so nothing is taken to be where it should be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from lrs.domain.iri import is_iri
from lrs.domain.language import is_language_tag
from lrs.domain.parts import ACTORS
from lrs.domain.schemas import pattern
from lrs.domain.vocabulary import PROFILE

Json = dict[str, Any]
_UUID = pattern("uuid")
_ADDRESS = re.compile(r"[^@:\s]+@[^@:\s]+")
_IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
_INTERACTION = ("interactionType", "correctResponsesPattern")
_COMPONENTS = ("choices", "scale", "source", "target", "steps")
_TYPES = frozenset(
    (
        "true-false",
        "choice",
        "fill-in",
        "long-fill-in",
        "matching",
        "performance",
        "sequencing",
        "likert",
        "numeric",
        "other",
    )
)


def _object(value: Any, *path: str) -> Json:
    """The JSON object at a path; an empty one where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Json]:
    """The JSON objects of a list, or the one that stands alone."""
    return [one for one in (value if isinstance(value, list) else [value]) if _object(one)]


def _parts(statement: Json) -> list[Json]:
    """The Statement, and its SubStatement."""
    target = _object(statement, "object")
    return [statement, target] if target.get("objectType") == "SubStatement" else [statement]


def _beside(part: Json) -> list[Json]:
    """The Activities of a part's context."""
    lists = _object(part, "context", "contextActivities").values()
    return [activity for listed in lists for activity in _objects(listed)]


def _activities(statement: Json) -> Iterator[Json]:
    for part in _parts(statement):
        target = _object(part, "object")
        if target and target.get("objectType") not in (*ACTORS, "SubStatement", "StatementRef"):
            yield target
        yield from _beside(part)


def _definitions(statement: Json) -> Iterator[Json]:
    return (found for one in _activities(statement) if (found := _object(one, "definition")))


def _actors(statement: Json) -> Iterator[Json]:
    for part in _parts(statement):
        context = _object(part, "context")
        told = [part.get("actor"), context.get("instructor"), context.get("team")]
        if _object(part, "object").get("objectType") in ACTORS:
            told.append(part["object"])
        told += [one.get("agent") for one in _objects(context.get("contextAgents"))]
        for actor in _objects(told):
            yield actor
            yield from _objects(actor.get("member", []))


def mailto(statement: Json) -> bool:
    wrong = [
        actor
        for actor in _actors(statement)
        if isinstance(actor.get("mbox"), str) and _ADDRESS.fullmatch(actor["mbox"])
    ]
    for actor in wrong:
        actor["mbox"] = "mailto:" + actor["mbox"]
    return bool(wrong)


def one_identifier(kept: str) -> Callable[[Json], bool]:
    """Of several identifiers of one Actor, keep this."""

    def mend(statement: Json) -> bool:
        changed = False
        for actor in _actors(statement):
            others = [name for name in _IDENTIFIERS if name in actor and name != kept]
            if kept in actor and others:
                changed = True
                for name in others:
                    del actor[name]
        return changed

    return mend


def without_compound(statement: Json) -> bool:
    wrong = [one for one in _definitions(statement) if one.get("interactionType") == "compound"]
    for definition in wrong:
        for name in (*_INTERACTION, *_COMPONENTS):
            definition.pop(name, None)
    return bool(wrong)


def interaction_in_lower_case(statement: Json) -> bool:
    changed = False
    for definition in _definitions(statement):
        told = str(definition.get("interactionType"))
        if told not in _TYPES and told.lower() in _TYPES:
            definition["interactionType"] = told.lower()
            changed = True
    return changed


def _maps(statement: Json) -> Iterator[tuple[Json, str]]:
    """Where language maps belong: what holds them, and their name."""
    for part in _parts(statement):
        yield _object(part, "verb"), "display"
    for definition in _definitions(statement):
        yield from ((definition, name) for name in ("name", "description"))
        for kind in _COMPONENTS:
            yield from ((one, "description") for one in _objects(definition.get(kind, [])))
    for attachment in _objects(statement.get("attachments", [])):
        yield from ((attachment, name) for name in ("display", "description"))


def texts_to_maps(statement: Json) -> bool:
    wrong = [(held, name) for held, name in _maps(statement) if isinstance(held.get(name), str)]
    for held, name in wrong:
        held[name] = {"und": held[name]}
    return bool(wrong)


def language_tags(statement: Json) -> bool:
    changed = False
    for held, name in _maps(statement):
        told = _object(held, name)
        wrong = [tag for tag in told if not is_language_tag(tag)]
        if len(wrong) == 1 and "und" not in told:
            held[name] = {"und" if tag in wrong else tag: text for tag, text in told.items()}
            changed = True
    return changed


def extensions_into_definition(statement: Json) -> bool:
    changed = False
    for activity in _activities(statement):
        told = activity.get("extensions")
        if isinstance(told, dict) and isinstance(activity.get("definition", {}), dict):
            definition = activity.setdefault("definition", {})
            definition["extensions"] = {**told, **_object(definition, "extensions")}
            del activity["extensions"]
            changed = True
    return changed


def codes_within_home_page(statement: Json) -> bool:
    home = _object(statement, "actor", "account").get("homePage")
    if not isinstance(home, str) or not is_iri(home):
        return False
    wrong = [
        activity
        for part in _parts(statement)
        for activity in _beside(part)
        if isinstance(activity.get("id"), str)
        and not is_iri(activity["id"])
        and not _UUID.fullmatch(activity["id"])
    ]
    for activity in wrong:
        activity["id"] = f"{home}#{quote(activity['id'], safe='')}"
    return bool(wrong)


def without_nameless(statement: Json) -> bool:
    changed = False
    for part in _parts(statement):
        around = _object(part, "context", "contextActivities")
        for name, listed in list(around.items()):
            kept = [one for one in _objects(listed) if "id" in one]
            if len(kept) < len(_objects(listed)):
                around[name] = kept
                changed = True
    return changed


def without_platform(statement: Json) -> bool:
    changed = False
    for part in _parts(statement):
        context = _object(part, "context")
        if _object(part, "object").get("objectType", "Activity") == "Activity":
            continue
        for name in ("platform", "revision"):
            changed |= context.pop(name, None) is not None
    return changed


def _scores(statement: Json) -> list[Json]:
    return [_object(part, "result", "score") for part in _parts(statement)]


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def bounds_that_hold(statement: Json) -> bool:
    changed = False
    for score in _scores(statement):
        raw, low, high = (_number(score.get(name)) for name in ("raw", "min", "max"))
        if raw is not None and low is not None and raw < low:
            del score["min"]
            changed = True
        if raw is not None and high is not None and raw > high:
            del score["max"]
            changed = True
    return changed


def without_empty_range(statement: Json) -> bool:
    changed = False
    for score in _scores(statement):
        low, high = _number(score.get("min")), _number(score.get("max"))
        if low is not None and low == high:
            del score["min"], score["max"]
            changed = True
    return changed


def extension_iris(statement: Json) -> bool:
    changed = False
    held = [_object(part, name) for part in _parts(statement) for name in ("context", "result")]
    for one in [*held, *_definitions(statement)]:
        told = _object(one, "extensions")
        if any(not is_iri(key) for key in told):
            one["extensions"] = {_named(key): value for key, value in told.items()}
            changed = True
    return changed


def _named(key: str) -> str:
    return key if is_iri(key) else f"{PROFILE}/extensions/unnamed#{quote(key, safe='')}"


def statement_reference(statement: Json) -> bool:
    wrong = [
        told
        for part in _parts(statement)
        if (told := _object(part, "context", "statement")) and "objectType" not in told
    ]
    for reference in wrong:
        reference["objectType"] = "StatementRef"
    return bool(wrong)


def _with_ids(statement: Json, mend: Callable[[str], str]) -> bool:
    changed = False
    for activity in _activities(statement):
        told = activity.get("id")
        if isinstance(told, str) and mend(told) != told:
            activity["id"] = mend(told)
            changed = True
    return changed


def uuid_iris(statement: Json) -> bool:
    def mend(told: str) -> str:
        return f"urn:uuid:{told.lower()}" if _UUID.fullmatch(told) else told

    return _with_ids(statement, mend)


def iri_spaces(statement: Json) -> bool:
    return _with_ids(statement, lambda told: told.replace(" ", "%20") if ":" in told else told)


def group_activities(statement: Json) -> bool:
    wrong = [one for one in _activities(statement) if one.get("objectType") == "GroupActivity"]
    for activity in wrong:
        activity["objectType"] = "Activity"
    return bool(wrong)


def no_id(statement: Json) -> bool:
    told = statement.get("id")
    if told is None or (isinstance(told, str) and _UUID.fullmatch(told)):
        return False
    del statement["id"]
    return True


def no_authority(statement: Json) -> bool:
    return statement.pop("authority", None) is not None
