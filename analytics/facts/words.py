"""What a Statement is about: its course, thread, topics, language, and whether it asks something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from analytics.text.language import language_of
from analytics.text.questions import is_question
from analytics.text.topics import Vocabulary
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

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


def words_of(
    statement: Json, action: str | None, vclass: v.Class, vocabulary: Vocabulary | None
) -> About:
    """What is read from the object, the context's Activities and the text of a Statement."""
    target, context = statement["object"], statement.get("context", {})
    around = context.get("contextActivities", {})
    result = statement.get("result", {})
    text = _text(target, result) if vclass in _WRITTEN else None
    language = language_of(text, context.get("language")) if text else context.get("language")
    kind = _type(target)
    searched = text if vclass is v.Class.SEARCH else None
    return About(
        type=kind,
        parent=next((one["id"] for one in _listed(around.get("parent"))), None),
        thread=_thread(target, kind, around),
        source=_source(target, context),
        course=_course(target, kind, around),
        topics=_topics(around, text, language, vocabulary),
        language=language,
        question=_asks(action, kind, text, language),
        hits=_hits(result),
        query=" ".join(searched.casefold().split()) if searched else None,
    )


def _listed(value: Any) -> list[Json]:
    """The members of a list, or the one thing that stands alone (1.0 allows both)."""
    return value if isinstance(value, list) else [value] if value else []


def _type(activity: Json) -> str | None:
    kind = activity.get("definition", {}).get("type")
    return kind if isinstance(kind, str) else None


def _everything(around: Json) -> Iterator[Json]:
    for beside in around.values():
        yield from _listed(beside)


def _thread(target: Json, kind: str | None, around: Json) -> str | None:
    found = [*_listed(around.get("grouping")), *_listed(around.get("parent"))]
    thread = next((one["id"] for one in found if _type(one) in _THREADS), None)
    return thread or (target["id"] if kind in _THREADS else None)


def _course(target: Json, kind: str | None, around: Json) -> str | None:
    if kind and kind.endswith("/course"):
        return str(target["id"])
    beside = (one["id"] for one in _everything(around) if (_type(one) or "").endswith("/course"))
    return next(beside, None)


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
    definition = target.get("definition", {})
    for name in ("description", "name"):
        for text in definition.get(name, {}).values():
            return str(text)[:_LONGEST_TEXT]
    return None


def _topics(
    around: Json, text: str | None, language: str | None, vocabulary: Vocabulary | None
) -> tuple[str, ...]:
    """Ids by the rung that gave them (`tag:`, `category:`, `topic:`), ascending (2.6)."""
    found = set()
    for one in _everything(around):
        kind = _type(one) or ""
        if kind.endswith(("/tag", "#tag")):
            found.add("tag:" + _word(one["id"]))
        elif kind == v.CATEGORY:
            found.add("category:" + one["id"])
    if vocabulary is not None and text:
        found |= {"topic:" + topic for topic in vocabulary.topics_of(text, language or "")}
    return tuple(sorted(found))


def _word(iri: str) -> str:
    """The tag itself: tools spell its address differently, but end in the word."""
    return unquote(iri.rstrip("/").rpartition("/")[2].rpartition("#")[2]).casefold()


def _asks(action: str | None, kind: str | None, text: str | None, language: str | None) -> bool:
    if action == "ask":
        return True
    if action not in _MAY_ASK:
        return False
    if kind and kind.endswith(("/question", "/doubt")):
        return True
    return text is not None and is_question(text, language or "")


def _hits(result: Json) -> int | None:
    hits = result.get("extensions", {}).get(v.HITS)
    return hits if isinstance(hits, int) and not isinstance(hits, bool) and hits >= 0 else None
