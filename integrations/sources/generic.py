"""
Anything else: a small signed JSON for intranet search, home-made tools, and notes of meetings
and coffee corners. Documented in docs/adding-an-integration.md ("Without writing code").

One event, or `{"events": [...]}`:

    {"id": "search-8812", "act": "search", "time": "2026-03-02T10:15:00Z",
     "person": {"id": "e1034", "name": "Ada"}, "query": "pump 4 manual", "hits": 0}

Required: `id` (the same when it is sent again), `act` (a name of the canonical actions), `person`.
Without `object` an act of search is on the instance's search engine. `private: true` and
`person.kind: "bot"` are refused here as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from integrations.base import (
    Act,
    Delivery,
    Integration,
    Party,
    Result,
    Shown,
    Skip,
    SocialEvent,
    Thing,
    Translated,
    Unreadable,
    Why,
)
from integrations.checks import Hmac, PathToken
from integrations.source import Source
from integrations.text import plain, tidy
from integrations.times import iso
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

_TYPES = {
    Act.ASK: v.QUESTION,
    Act.ANSWER: v.SOLUTION,
    Act.ACCEPT: v.SOLUTION,
    Act.REPLY: v.FORUM_REPLY,
    Act.COMMENT: v.COMMENT,
    Act.POST: v.NOTE,
    Act.WIKI_CREATE: v.PAGE,
    Act.WIKI_EDIT: v.PAGE,
    Act.SEARCH: v.SEARCH_ENGINE,
    Act.REGISTER: v.COURSE,
    Act.COMPLETE: v.COURSE,
    Act.PASS: v.COURSE,
    Act.FAIL: v.COURSE,
    Act.ATTEND: v.MEETING,
}
"""The type of the object where the sender does not give one."""


def translate(delivery: Delivery, _source: Source) -> Iterator[Translated]:
    body = delivery.json
    for event in body.get("events", [body]):
        yield _translated(event)


def _translated(event: Json) -> Translated:
    if event["act"] not in list(Act):
        return Skip(Why.UNKNOWN_EVENT, str(event["act"]))
    if event.get("private") is True:
        return Skip(Why.PRIVATE)
    person = event.get("person")
    told = person if isinstance(person, dict) else {"id": person}
    if not told.get("id"):
        return Skip(Why.ANONYMOUS)
    if told.get("kind", "person") != "person":
        return Skip(Why.BOT, str(told["kind"]))
    return _event(event)


def _event(event: Json) -> SocialEvent:
    act = Act(event["act"])
    searched = act in (Act.SEARCH, Act.FIND)
    return SocialEvent(
        act=act,
        source_id=str(event["id"]),
        at=iso(event["time"]) if event.get("time") else None,
        actor=_party(event["person"]),
        object=_object(act, event),
        text=_text(event.get("query") if searched else event.get("text")),
        language=event.get("language"),
        parent=_thing(event["parent"], v.NOTE) if event.get("parent") else None,
        answered=_party(event["answers"]) if event.get("answers") else None,
        thread=_thing(event["thread"], v.DISCUSSION) if event.get("thread") else None,
        containers=tuple(_thing(one, v.CATEGORY) for one in event.get("within", ())),
        tags=tuple(str(topic) for topic in event.get("topics", ())),
        mentions=tuple(_party(one) for one in event.get("mentions", ())),
        result=_result(event),
    )


def _text(written: str | None) -> str | None:
    """People's tools send HTML or plain text; both come out plain."""
    if written is None:
        return None
    return plain(written) if "</" in written else tidy(written)


def _object(act: Act, event: Json) -> Thing:
    told = event.get("object")
    if told:
        return _thing(told, _TYPES.get(act, v.NOTE))
    if act is Act.SEARCH:
        return Thing("search", v.SEARCH_ENGINE)
    if act in (Act.POST, Act.ASK, Act.ANSWER, Act.COMMENT, Act.REPLY, Act.ATTEND):
        return Thing(f"events/{event['id']}", _TYPES[act], _text(event.get("title")))
    raise Unreadable(f"an act of {act} needs an object")


def _thing(told: Json | str, kind: str) -> Thing:
    if isinstance(told, str):
        return Thing(told, kind)
    return Thing(str(told["id"]), told.get("type", kind), _text(told.get("title")), told.get("url"))


def _party(told: Json | str) -> Party:
    if isinstance(told, str):
        return Party(told)
    return Party(str(told["id"]), told.get("name"))


def _result(event: Json) -> Result | None:
    hits, score = event.get("hits"), event.get("score") or {}
    if hits is not None and (not isinstance(hits, int) or hits < 0):
        raise Unreadable("hits is a number of results, 0 or more")
    extensions = {} if hits is None else {v.HITS: hits}
    return Result(
        raw=score.get("raw"),
        low=score.get("min"),
        high=score.get("max"),
        scaled=score.get("scaled"),
        success=event.get("success"),
        completion=event.get("completion"),
        duration=event.get("duration"),
        extensions=extensions,
    )


INTEGRATION = Integration(
    name="generic",
    title="Generic",
    checks={"signature": Hmac("X-Signature-256", prefix="sha256="), "token": PathToken()},
    translate=translate,
    parts=("events",),
    recognise=lambda body, _stem: Shown(str(orjson.loads(body).get("act", "events"))),
)
