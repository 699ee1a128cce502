"""
Caliper 1.1 events, as sensors and Canvas send them (research/integrations.md 8).

An entity is an object with an `id`, or the id alone ("thinned"). A person's account is that id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from integrations.base import Act, Party, Result, Skip, SocialEvent, Thing, Translated, Why
from integrations.text import plain
from integrations.times import iso
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]
Account = Callable[[str], str]

_ACTS = {
    ("MessageEvent", "Posted"): Act.POST,
    ("MessageEvent", "MarkedAsRead"): Act.VIEW,
    ("ThreadEvent", "Created"): Act.POST,
    ("ThreadEvent", "MarkedAsRead"): Act.VIEW,
    ("ForumEvent", "Subscribed"): Act.SUBSCRIBE,
    ("ForumEvent", "Unsubscribed"): Act.UNSUBSCRIBE,
    ("AnnotationEvent", "Bookmarked"): Act.BOOKMARK,
    ("AnnotationEvent", "Shared"): Act.SHARE,
    ("AnnotationEvent", "Tagged"): Act.TAG,
    ("NavigationEvent", "NavigatedTo"): Act.VIEW,
    ("ViewEvent", "Viewed"): Act.VIEW,
    ("AssessmentEvent", "Started"): Act.START,
    ("AssessmentEvent", "Resumed"): Act.RESUME,
    ("AssessmentEvent", "Submitted"): Act.SUBMIT,
    ("AssignableEvent", "Started"): Act.START,
    ("AssignableEvent", "Submitted"): Act.SUBMIT,
    ("AssignableEvent", "Completed"): Act.COMPLETE,
    ("AssessmentItemEvent", "Completed"): Act.RESPOND,
    ("GradeEvent", "Graded"): Act.SCORE,
    ("MediaEvent", "Started"): Act.PLAY,
    ("MediaEvent", "Ended"): Act.TERMINATE,
    ("SessionEvent", "LoggedIn"): Act.LOGIN,
    ("SessionEvent", "LoggedOut"): Act.LOGOUT,
}
_TYPES = {
    "Message": v.FORUM_REPLY,
    "Thread": v.DISCUSSION,
    "Forum": f"{v.EDLM_TYPE}forum",
    "WebPage": v.WEBPAGE,
    "Document": f"{v.AS}file",
    "Assessment": v.ASSESSMENT,
    "AssignableDigitalResource": f"{v.ADL_TYPE}assessment",
    "CourseOffering": v.COURSE,
    "CourseSection": v.COURSE,
    "SoftwareApplication": f"{v.AS}application",
}


def translate(body: Any, account: Account = str) -> Iterator[Translated]:
    """
    The events of an envelope, or one event.

    Args:
        account: From the id of a person to the account it is known by elsewhere.
    """
    for event in body["data"] if "sensor" in body else [body]:
        yield _translated(event, account)


def _translated(event: Json, account: Account) -> Translated:
    if not isinstance(event, Mapping) or "action" not in event:
        return Skip(Why.NOT_SOCIAL, "the description of an entity")
    kind = (event["type"], event["action"])
    act = _ACTS.get(kind)
    if act is None:
        return Skip(Why.UNKNOWN_EVENT, "/".join(kind))
    actor = event["actor"]
    if act is Act.SCORE:
        return _graded(event, account)
    if isinstance(actor, Mapping) and actor.get("type") != "Person":
        return Skip(Why.BOT, _id(actor))
    return _event(act, event, account, Party(account(_id(actor)), _name(actor)), event["object"])


def _graded(event: Json, account: Account) -> Translated:
    """The learner is whose attempt it is; who grades may be a program."""
    attempt, score = event["object"], event.get("generated") or {}
    if not isinstance(attempt, Mapping) or "assignee" not in attempt:
        return Skip(Why.ACTOR_UNKNOWN, "an attempt without assignee")
    learner, grader = attempt["assignee"], event["actor"]
    person = isinstance(grader, Mapping) and grader.get("type") == "Person"
    raw, high = score.get("scoreGiven"), score.get("maxScore")
    return _event(
        Act.SCORE,
        event,
        account,
        Party(account(_id(learner)), _name(learner)),
        attempt.get("assignable") or attempt,
        result=Result(raw=raw, high=high, scaled=raw / high if raw is not None and high else None),
        instructor=Party(account(_id(grader)), _name(grader)) if person else None,
    )


def _event(
    act: Act, event: Json, account: Account, actor: Party, entity: Any, **more: Any
) -> SocialEvent:
    held: Json = entity if isinstance(entity, Mapping) else {}
    generated: Json = event["generated"] if isinstance(event.get("generated"), Mapping) else {}
    above = held.get("replyTo")
    thread = _thread(held)
    message = held.get("type") == "Message"
    to = _thing(entity)
    if act is Act.POST and message:
        act = Act.REPLY if above or thread else Act.POST
    return SocialEvent(
        act=act,
        source_id=f"caliper/{event.get('id') or to.id}/{event['eventTime']}",
        at=iso(event["eventTime"]),
        actor=actor,
        object=to,
        text=plain(held.get("body") or generated.get("bookmarkNotes")),
        parent=_thing(above) if above else thread,
        thread=thread,
        containers=tuple(_containers(event, held)),
        tags=tuple(generated.get("tags", ())),
        mentions=tuple(
            Party(account(_id(one)), _name(one)) for one in generated.get("withAgents", ())
        ),
        **more,
    )


def _thread(held: Json) -> Thing | None:
    part = held.get("isPartOf")
    return _thing(part) if isinstance(part, Mapping) and part.get("type") == "Thread" else None


def _containers(event: Json, held: Json) -> Iterator[Thing]:
    """What the object is part of, outwards, then the course."""
    part = held.get("isPartOf")
    while isinstance(part, Mapping):
        if part.get("type") != "Thread":
            yield _thing(part)
        part = part.get("isPartOf")
    if event.get("group"):
        yield _thing(event["group"], v.COURSE)


def _id(entity: Any) -> str:
    return str(entity["id"] if isinstance(entity, Mapping) else entity)


def _name(entity: Any) -> str | None:
    return entity.get("name") if isinstance(entity, Mapping) else None


def _thing(entity: Any, kind: str = f"{v.TINCAN_TYPE}resource") -> Thing:
    if not isinstance(entity, Mapping):
        return Thing(str(entity), kind)
    return Thing(_id(entity), _TYPES.get(entity.get("type", ""), kind), plain(entity.get("name")))
