"""
Canvas: Live Events in Canvas' own form or in Caliper's (research/integrations.md 8).

Ids in `metadata` are global (shard x 10^13 + id), some in `body` are local: all become global.
Deliveries over HTTPS are not signed that we could check: an unguessable token in the path.
Best effort, unordered and repeated: what an event says, not its delivery, makes the Statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from integrations import caliper_events
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
    Why,
)
from integrations.checks import PathToken
from integrations.source import Source
from integrations.text import plain
from integrations.times import iso
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

_SHARD = 10**13
_ENROLLED = frozenset({"active", "completed"})
# What a job makes of these it copies; whoever wrote it did so before.
_WRITTEN = frozenset({"discussion_topic_created", "discussion_entry_created"})


def translate(delivery: Delivery, _source: Source) -> Iterator[Translated]:
    body = delivery.json
    if "sensor" in body:
        yield from caliper_events.translate(body, lambda entity: entity.rpartition(":")[2])
    elif "metadata" in body:
        yield _live(body["metadata"], body["body"])
    else:
        yield Skip(Why.UNKNOWN_EVENT, "no Live Event")


def _live(metadata: Json, body: Json) -> Translated:
    name = metadata["event_name"]
    maker = _EVENTS.get(name)
    if maker is None:
        return Skip(Why.UNKNOWN_EVENT, name)
    if metadata.get("job_id") and (name in _WRITTEN or "user_id" not in body):
        return Skip(Why.NO_PERSON, "a job")
    if metadata.get("real_user_id"):
        return Skip(Why.NO_PERSON, "acting as another")
    return maker(metadata, body)


def _topic(metadata: Json, body: Json) -> Translated:
    user = body.get("user_id") or metadata.get("user_id")
    if body.get("workflow_state") not in (None, "active"):
        return Skip(Why.NOT_PUBLISHED, body["workflow_state"])
    made = _thing(
        metadata, "discussion_topics", body["discussion_topic_id"], v.DISCUSSION, body["title"]
    )
    return _event(Act.POST, metadata, made, user, made.id, text=plain(body.get("body")))


def _entry(metadata: Json, body: Json) -> Translated:
    topic = _thing(metadata, "discussion_topics", body["discussion_topic_id"], v.DISCUSSION)
    above = body.get("parent_discussion_entry_id")
    parent = _thing(metadata, "discussion_entries", above, v.FORUM_REPLY) if above else topic
    made = _thing(metadata, "discussion_entries", body["discussion_entry_id"], v.FORUM_REPLY)
    user = body.get("user_id") or metadata.get("user_id")
    text, at = plain(body.get("text")), body["created_at"]
    more = {"text": text, "parent": parent, "thread": topic}
    return _event(Act.REPLY, metadata, made, user, made.id, at, **more)


def _completed(metadata: Json, body: Json) -> Translated:
    """All requirements of the modules are met; sent again when they are met again."""
    course, at = body["course"], body["progress"]["completed_at"]
    if not at:
        return Skip(Why.UNCHANGED, "not complete")
    made = _thing(metadata, "courses", course["id"], v.COURSE, course.get("name"))
    result = Result(completion=True)
    user = body["user"]
    return _event(Act.COMPLETE, metadata, made, user["id"], f"{made.id}/{at}", at, result=result)


def _enrolled(metadata: Json, body: Json) -> Translated:
    """An invitation is no enrolment, and a teacher's is no learner's."""
    if body["workflow_state"] not in _ENROLLED:
        return Skip(Why.NOT_PUBLISHED, body["workflow_state"])
    if body["type"] != "StudentEnrollment":
        return Skip(Why.NOT_SOCIAL, body["type"])
    made = _thing(metadata, "courses", body["course_id"], v.COURSE)
    by = _global(metadata["user_id"], metadata) if metadata.get("user_id") else None
    learner = _global(body["user_id"], metadata)
    instructor = Party(by) if by and by != learner else None
    key, at = f"enrollment/{body['enrollment_id']}", body["created_at"]
    return _event(Act.REGISTER, metadata, made, learner, key, at, instructor=instructor)


def _submitted(metadata: Json, body: Json) -> Translated:
    """What was graded without being handed in has a submission, too, with no such time."""
    at = body.get("submitted_at")
    if not at:
        return Skip(Why.UNCHANGED, "not submitted")
    made = _thing(metadata, "assignments", body["assignment_id"], v.ASSESSMENT)
    key = f"submission/{body['submission_id']}/{at}"
    return _event(Act.SUBMIT, metadata, made, body["user_id"], key, at)


def _graded(metadata: Json, body: Json) -> Translated:
    """The learner is in the body; nobody's grade is told before it may be seen."""
    if body.get("muted") or body.get("grading_complete") is False:
        return Skip(Why.PRIVATE, "a grade that is not shown")
    raw, high = body.get("score"), body.get("points_possible")
    made = _thing(metadata, "assignments", body["assignment_id"], v.ASSESSMENT)
    grader = body.get("grader_id")
    scaled = raw / high if raw is not None and high else None
    return _event(
        Act.SCORE,
        metadata,
        made,
        body.get("student_id") or body["user_id"],
        f"grade/{body['submission_id']}/{metadata['event_time']}",
        result=Result(raw=raw, high=high, scaled=scaled),
        instructor=Party(_global(grader, metadata)) if grader else None,
    )


def _wiki(act: Act) -> Callable[[Json, Json], Translated]:
    def made(metadata: Json, body: Json) -> Translated:
        page = _thing(metadata, "pages", body["wiki_page_id"], v.PAGE, body.get("title"))
        key = f"{page.id}/{metadata['event_time']}"
        return _event(act, metadata, page, metadata.get("user_id"), key)

    return made


_EVENTS: Mapping[str, Callable[[Json, Json], Translated]] = {
    "discussion_topic_created": _topic,
    "discussion_entry_created": _entry,
    "course_completed": _completed,
    "enrollment_created": _enrolled,
    "enrollment_updated": _enrolled,
    "submission_created": _submitted,
    "submission_updated": _submitted,
    "grade_change": _graded,
    "wiki_page_created": _wiki(Act.WIKI_CREATE),
    "wiki_page_updated": _wiki(Act.WIKI_EDIT),
    "wiki_page_deleted": _wiki(Act.DELETE),
}


def _event(
    act: Act, metadata: Json, made: Thing, user: Any, key: str, at: str | None = None, **more: Any
) -> Translated:
    if not user:
        return Skip(Why.ACTOR_UNKNOWN, metadata["event_name"])
    in_course = metadata.get("context_type") == "Course" and metadata.get("context_id")
    course = _thing(metadata, "courses", metadata["context_id"], v.COURSE) if in_course else None
    return SocialEvent(
        act=act,
        source_id=key,
        at=iso(at or metadata["event_time"]),
        actor=Party(_global(user, metadata)),
        object=made,
        containers=(course,) if course and course.id != made.id else (),
        **more,
    )


def _global(number: Any, metadata: Json) -> str:
    """A local id in the form that says its shard too."""
    local = int(number)
    shard = int(metadata["root_account_id"]) // _SHARD
    return str(local if local >= _SHARD else shard * _SHARD + local)


def _thing(metadata: Json, kind: str, number: Any, type_: str, name: str | None = None) -> Thing:
    return Thing(f"{kind}/{_global(number, metadata)}", type_, name)


def recognise(body: bytes, _stem: str) -> Shown:
    held = orjson.loads(body)
    if "sensor" in held:
        return Shown("caliper")
    name = held.get("metadata", {}).get("event_name")
    return Shown(name or "rest", harvested=name is None)


INTEGRATION = Integration(
    name="canvas",
    title="Canvas",
    checks={"token": PathToken()},
    translate=translate,
    parts=("data",),
    recognise=recognise,
)
