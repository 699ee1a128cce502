"""What a Statement is about: course, thread, topics, language, and whether it asks something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from analytics.text.language import language_of
from analytics.text.questions import is_question
from analytics.text.topics import Vocabulary
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

_NONE: Json = {}
_AROUND = ("grouping", "parent")
_COURSE, _TAG, _QUESTION = "/course", ("/tag", "#tag"), ("/question", "/doubt")
_LONGEST_TEXT = 2_000  # characters that are looked at
_THREADS = frozenset({v.FORUM_TOPIC, v.DISCUSSION})
_WRITTEN = frozenset({v.Class.CREATE, v.Class.ASK, v.Class.ANSWER, v.Class.COMMENT, v.Class.SEARCH})
# A page is no post: "How we onboard" is a title, and an ask needs no rule.
_MAY_ASK = frozenset({"post"})


class About(NamedTuple):
    """As `projection.Fact`, in names instead of codes."""

    type: str | None
    parent: str | None
    thread: str | None
    source: str
    course: str | None
    topics: tuple[str, ...]
    language: str | None
    question: bool
    hits: int | None
    query: str | None


class _Beside(NamedTuple):
    """An Activity of the context: in which of its lists, its id and the type it is said to have."""

    place: str
    id: str
    type: str


def words_of(
    statement: Json, action: str | None, vclass: v.Class, vocabulary: Vocabulary | None
) -> About:
    """What is read from the object, the context's Activities and the text of a Statement."""
    target, context = statement["object"], statement.get("context", _NONE)
    result = statement.get("result", _NONE)
    beside = list(_beside(context.get("contextActivities", _NONE)))
    text = _text(target, result) if vclass in _WRITTEN else None
    language = context.get("language")
    if text and not language and (vocabulary is not None or action in _MAY_ASK):
        language = language_of(text)
    kind = _type(target)
    searched = text if vclass is v.Class.SEARCH else None
    return About(
        kind or None,
        next((one.id for one in beside if one.place == "parent"), None),
        _thread(target, kind, beside),
        _source(target, context),
        _course(target, kind, beside),
        _topics(beside, text, language, vocabulary),
        language,
        _asks(action, kind, text, language),
        _hits(result) if "extensions" in result else None,
        " ".join(searched.casefold().split()) if searched else None,
    )


def _beside(around: Json) -> Iterator[_Beside]:
    """The Activities of a context; where one stands alone, 1.0 allows that."""
    for place, listed in around.items():
        for one in listed if isinstance(listed, list) else [listed]:
            yield _Beside(place, one["id"], _type(one))


def _type(activity: Json) -> str:
    kind = activity.get("definition", _NONE).get("type")
    return kind if isinstance(kind, str) else ""


def _thread(target: Json, kind: str, beside: list[_Beside]) -> str | None:
    found = [one for one in beside if one.type in _THREADS and one.place in _AROUND]
    if found:
        return next((one.id for one in found if one.place == "grouping"), found[0].id)
    return target["id"] if kind in _THREADS else None


def _course(target: Json, kind: str, beside: list[_Beside]) -> str | None:
    if kind.endswith(_COURSE):
        return str(target["id"])
    return next((one.id for one in beside if one.type.endswith(_COURSE)), None)


def _source(target: Json, context: Json) -> str:
    platform = context.get("platform")
    if platform:
        return str(platform)
    if target.get("objectType", "Activity") != "Activity":
        return ""
    try:
        return urlsplit(target["id"]).hostname or ""
    except ValueError:
        return ""


def _text(target: Json, result: Json) -> str | None:
    """What was said: the response, else the object's description, else its title."""
    said = result.get("response")
    if isinstance(said, str) and said:
        return said[:_LONGEST_TEXT]
    definition = target.get("definition", _NONE)
    for name in ("description", "name"):
        for text in definition.get(name, _NONE).values():
            return str(text)[:_LONGEST_TEXT]
    return None


def _topics(
    beside: list[_Beside], text: str | None, language: str | None, vocabulary: Vocabulary | None
) -> tuple[str, ...]:
    """Ids by the rung that gave them (`tag:`, `category:`, `topic:`), ascending (2.6)."""
    found = {"tag:" + _word(one.id) for one in beside if one.type.endswith(_TAG)}
    found |= {"category:" + one.id for one in beside if one.type == v.CATEGORY}
    if vocabulary is not None and text:
        found |= {"topic:" + topic for topic in vocabulary.topics_of(text, language or "")}
    return tuple(sorted(found))


def _word(iri: str) -> str:
    """The tag itself: tools spell its address differently, but end in the word."""
    return unquote(iri.rstrip("/").rpartition("/")[2].rpartition("#")[2]).casefold()


def _asks(action: str | None, kind: str, text: str | None, language: str | None) -> bool:
    if action == "ask":
        return True
    if action not in _MAY_ASK:
        return False
    return kind.endswith(_QUESTION) or (text is not None and is_question(text, language or ""))


def _hits(result: Json) -> int | None:
    hits = result["extensions"].get(v.HITS)
    return hits if isinstance(hits, int) and not isinstance(hits, bool) and hits >= 0 else None
