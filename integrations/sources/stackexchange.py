"""
Stack Exchange and Stack Overflow for Teams: items of API 2.3 (research/integrations.md 10).

Harvested only. Only who asked can accept an answer, so that `accepted_answer_id` tells who did;
when is not told. Options: `bots`, ids of users that are no people.
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
    Shown,
    Skip,
    SocialEvent,
    Thing,
    Translated,
    Why,
)
from integrations.source import Source
from integrations.text import plain
from integrations.times import epoch
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    body = delivery.json
    if "error_id" in body:
        yield Skip(Why.VENDOR_ERROR, body["error_name"])
        return
    for item in body["items"]:
        yield from _item(item, source)


def _item(item: Json, source: Source) -> Iterator[Translated]:
    if "comment_id" in item:
        yield _nobody(item.get("owner"), source) or _comment(item)
    elif "answer_id" in item:
        yield _nobody(item.get("owner"), source) or _written(Act.ANSWER, item)
        yield from _edited(item, source)
    elif "question_id" in item:
        nobody = _nobody(item.get("owner"), source)
        yield nobody or _written(Act.ASK, item)
        yield from _edited(item, source)
        if item.get("accepted_answer_id") and not nobody:
            yield _accepted(item)
    else:
        yield Skip(Why.NOT_SOCIAL, "no question, answer or comment")


def _nobody(user: Json | None, source: Source) -> Skip | None:
    if user is None or user.get("user_type") == "does_not_exist" or "user_id" not in user:
        return Skip(Why.ANONYMOUS)
    return Skip(Why.BOT) if str(user["user_id"]) in source.option_ids("bots") else None


def _written(act: Act, item: Json) -> SocialEvent:
    answers = act is Act.ANSWER
    return SocialEvent(
        act=act,
        source_id=f"{'a' if answers else 'q'}/{item['answer_id' if answers else 'question_id']}",
        at=epoch(item["creation_date"]),
        actor=_user(item["owner"]),
        object=_thing(item),
        text=_text(item),
        parent=_question(item) if answers else None,
        tags=tuple(item.get("tags", ())),
    )


def _edited(item: Json, source: Source) -> Iterator[Translated]:
    """The editor is told only where the harvester's filter asks for it."""
    editor = item.get("last_editor")
    if not item.get("last_edit_date") or _nobody(editor, source) or editor is None:
        return
    thing = _thing(item)
    yield SocialEvent(
        act=Act.EDIT,
        source_id=f"{thing.id}/{item['last_edit_date']}",
        at=epoch(item["last_edit_date"]),
        actor=_user(editor),
        object=thing,
        tags=tuple(item.get("tags", ())),
    )


def _accepted(question: Json) -> SocialEvent:
    answer = question["accepted_answer_id"]
    return SocialEvent(
        act=Act.ACCEPT,
        source_id=f"a/{answer}/accepted",
        actor=_user(question["owner"]),
        object=Thing(f"a/{answer}", v.SOLUTION),
        parent=_question(question),
        tags=tuple(question.get("tags", ())),
    )


def _comment(item: Json) -> SocialEvent:
    """`post_type` tells a question from an answer, where the filter asks for it."""
    whom = item.get("reply_to_user")
    kind = v.SOLUTION if item.get("post_type") == "answer" else v.QUESTION
    letter = "a" if kind == v.SOLUTION else "q"
    return SocialEvent(
        act=Act.COMMENT,
        source_id=f"comment/{item['comment_id']}",
        at=epoch(item["creation_date"]),
        actor=_user(item["owner"]),
        object=Thing(f"posts/comments/{item['comment_id']}", v.COMMENT, url=item.get("link")),
        text=_text(item),
        parent=Thing(f"{letter}/{item['post_id']}", kind),
        answered=_user(whom) if whom and "user_id" in whom else None,
    )


def _thing(item: Json) -> Thing:
    if "answer_id" in item:
        return Thing(f"a/{item['answer_id']}", v.SOLUTION, url=item.get("link"))
    return _question(item)


def _question(item: Json) -> Thing:
    return Thing(f"q/{item['question_id']}", v.QUESTION, plain(item.get("title")))


def _text(item: Json) -> str | None:
    return plain(item.get("body"))


def _user(user: Json) -> Party:
    return Party(str(user["user_id"]), plain(user.get("display_name")))


def recognise(body: bytes, _stem: str) -> Shown:
    items = orjson.loads(body).get("items") or [{}]
    return Shown(
        "items of " + ", ".join(sorted(k for k in items[0] if k.endswith("_id"))), harvested=True
    )


INTEGRATION = Integration(
    name="stackexchange",
    title="Stack Exchange",
    translate=translate,
    recognise=recognise,
)
