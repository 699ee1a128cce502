"""What a Statement is about: course, thread, topics, language, and whether it asks something."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
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
_FORMAL = frozenset(
    {v.Class.FORMAL_START, v.Class.FORMAL_PROGRESS, v.Class.FORMAL_END, v.Class.FORMAL_SCORE}
)
# A page is no post: "How we onboard" is a title, and an ask needs no rule.
_MAY_ASK = frozenset({"post"})


class About(NamedTuple):
    """
    As `projection.Fact`, in names instead of codes.

    Args:
        named: Account names in tags of the form @name: people, and no topics.
    """

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
    named: tuple[str, ...]


Beside = list[tuple[str, str, str]]
"""Activities of the context that tell something: in which of its lists, id, and what it tells."""


def words_of(
    statement: Json, action: str | None, vclass: v.Class, vocabulary: Vocabulary | None
) -> About:
    """What is read from the object, the context's Activities and the text of a Statement."""
    target, context = statement["object"], statement.get("context", _NONE)
    result = statement.get("result", _NONE)
    around = context.get("contextActivities")
    parent, beside = _beside(around) if around else (None, [])
    text = _text(target, result) if vclass in _WRITTEN else None
    language = context.get("language")
    if text and not language and (vocabulary is not None or action in _MAY_ASK):
        language = language_of(text)
    kind = _type(target)
    title = _titles(target) if vclass in _FORMAL and vocabulary is not None else ()
    searched = text if vclass is v.Class.SEARCH else None
    return About(
        kind or None,
        parent,
        _thread(target, kind, beside),
        _source(target, context),
        _course(target, kind, beside),
        _topics(beside, ((text, language or ""),) if text else title, vocabulary),
        language,
        _asks(action, kind, text, language),
        _hits(result) if "extensions" in result else None,
        " ".join(searched.casefold().split()) if searched else None,
        tuple(_name(iri) for _, iri, telling in beside if telling == "tag" and _name(iri)),
    )


def _beside(around: Json) -> tuple[str | None, Beside]:
    """The parent, and what else stands around; where one stands alone, 1.0 allows that."""
    parent: str | None = None
    found: Beside = []
    for place, listed in around.items():
        for one in listed if isinstance(listed, list) else (listed,):
            if parent is None and place == "parent":
                parent = one["id"]
            telling = _telling(_type(one))
            if telling:
                found.append((place, one["id"], telling))
    return parent, found


@lru_cache(maxsize=4096)
def _telling(kind: str) -> str:
    """What a type of Activity tells about a Statement beside it; empty for nothing."""
    if kind in _THREADS:
        return "thread"
    if kind.endswith(_COURSE):
        return "course"
    if kind.endswith(_TAG):
        return "tag"
    return "category" if kind == v.CATEGORY else ""


def _type(activity: Json) -> str:
    kind = activity.get("definition", _NONE).get("type")
    return kind if isinstance(kind, str) else ""


def _thread(target: Json, kind: str, beside: Beside) -> str | None:
    found: str | None = None
    for place, iri, telling in beside:
        if telling == "thread" and place in _AROUND:
            if place == "grouping":
                return iri
            found = found or iri
    return found or (target["id"] if kind in _THREADS else None)


def _course(target: Json, kind: str, beside: Beside) -> str | None:
    if kind.endswith(_COURSE):
        return str(target["id"])
    for _, iri, telling in beside:
        if telling == "course":
            return iri
    return None


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
    beside: Beside, texts: tuple[tuple[str, str], ...], vocabulary: Vocabulary | None
) -> tuple[str, ...]:
    """Ids by the rung that gave them (`tag:`, `category:`, `topic:`), ascending (2.6)."""
    found: set[str] = set()
    for _, iri, telling in beside:
        if telling == "tag" and not _name(iri):
            found.add("tag:" + _word(iri))
        elif telling == "category":
            found.add("category:" + iri)
    if vocabulary is not None:
        for text, language in texts:
            found.update("topic:" + topic for topic in vocabulary.topics_of(text, language))
    return tuple(sorted(found)) if found else ()


def _titles(target: Json) -> tuple[tuple[str, str], ...]:
    """What a course is called, by language: the bridge from training to topic (2.6)."""
    names = target.get("definition", _NONE).get("name", _NONE)
    return tuple((str(name)[:_LONGEST_TEXT], code[:2].lower()) for code, name in names.items())


@lru_cache(maxsize=4096)
def _name(iri: str) -> str:
    """The account's name of a tag @name, as it is spelt there; empty for other tags."""
    end = unquote(iri.rstrip("/").rpartition("/")[2].rpartition("#")[2])
    return end[1:] if end.startswith("@") else ""


@lru_cache(maxsize=4096)
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
