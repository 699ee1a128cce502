"""
How systems tell an LRS of acts: xAPI Statements, a forum's webhooks, a signed source's events.

LMS, community and HR speak xAPI. The forum delivers as Discourse does; intranet search as the
generic signed source. Nothing here is read by those who receive it: this is the other side.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Literal

from analytics.simulate.acts import Act
from analytics.simulate.people import COMMUNITY, FORUM, HR, LMS, Member
from analytics.simulate.plan import DAY
from analytics.simulate.subjects import said, title
from lrs.domain import timestamps
from lrs.domain import vocabulary as v

Json = dict[str, Any]
Way = Literal["statements", "forum", "intranet"]

QUESTIONS_CATEGORY, TALK_CATEGORY = 7, 4
_FORUM_KINDS = frozenset({"post", "ask", "wonder", "reply", "answer"})
_INTRANET_KINDS = frozenset({"search", "view"})
_VERBS = {
    "note": f"{v.AS}create", "comment": f"{v.ADL}commented", "like": f"{v.AS}like",
    "share": f"{v.AS}share", "register": f"{v.ADL}registered", "initialize": f"{v.ADL}initialized",
    "pass": f"{v.ADL}passed", "evidence": v.APPLIED,
}  # fmt: skip
_GRADED = {"A": "audit", "B": "supervisor", "C": "self"}
_NAMESPACE = uuid.UUID("6a0c2f0e-3c55-4f6b-9a5f-5d5f4b0f5a11")
# A place that nobody's posts have, so that a bot's post cannot be taken for a person's.
_ROBOT = -1


@dataclass(frozen=True)
class Told:
    """
    What is sent.

    Args:
        at: When it arrives, µs.
        way: To the Statement Resource, or to the hook of a source.
        body: A Statement, a Discourse payload, or an event of the generic source.
    """

    at: int
    way: Way
    body: Json


def way_of(act: Act) -> Way:
    """Through which system an act goes."""
    if act.kind in _FORUM_KINDS:
        return "forum"
    return "intranet" if act.kind in _INTRANET_KINDS else "statements"


class Teller:
    """
    Puts acts into what their systems send.

    Args:
        seed: Keeps the ids of one organisation apart from another's.
        members: By number.
        acts: By number.
    """

    def __init__(self, seed: int, members: list[Member], acts: dict[int, Act]) -> None:
        self._seed, self._members, self._acts = seed, members, acts

    def told(self, act: Act) -> Json:
        """The body that tells of an act."""
        tell = {"forum": self._forum, "intranet": self._intranet, "statements": self._statement}
        return tell[way_of(act)](act)

    def void(self, act: Act, at: int) -> Json:
        """The Statement that takes an act's Statement back."""
        admin = {"account": {"homePage": LMS, "name": "admin"}}
        return {
            "id": self._id(f"void {act.number}"),
            "actor": {"objectType": "Agent", **admin},
            "verb": {"id": f"{v.ADL}voided"},
            "object": {"objectType": "StatementRef", "id": self._id(f"{act.number}")},
            "timestamp": timestamps.text(at),
        }

    def spam(self, at: int, number: int) -> Json:
        """A forum post by an account that the forum itself calls no person."""
        act = Act(number, at, 0, "post", "lockout", thread=number)
        return {"post": {**self._forum(act)["post"], "user_id": _ROBOT, "username": "robot"}}

    def _id(self, name: str) -> str:
        return str(uuid.uuid5(_NAMESPACE, f"{self._seed} {name}"))

    def _topic_id(self, act: Act) -> int:
        assert act.thread is not None
        return 1 + act.thread

    def _iri(self, act: Act) -> str:
        """Of what an act made."""
        if way_of(act) == "forum":
            place = f"/{act.place}" if act.place > 1 else ""
            return f"{FORUM}/t/{self._topic_id(act)}{place}"
        return f"{COMMUNITY}/{act.kind}/{act.number}"

    def _text(self, act: Act) -> str:
        return said(act.kind, act.subject, act.language, act.variant)

    def _forum(self, act: Act) -> Json:
        who = self._members[act.who]
        on = self._acts[act.on] if act.on is not None else None
        root = self._acts.get(-1 if act.thread is None else act.thread, act)
        at = _vendor_time(act.at)
        post: Json = {
            "id": 10_000 + act.number,
            "user_id": who.forum_id,
            "username": f"user{who.forum_id}",
            "name": who.name,
            "created_at": at,
            "updated_at": at,
            "cooked": f"<p>{self._text(act)}</p>",
            "post_number": act.place,
            "post_type": 1,
            "reply_to_post_number": on.place if on and on.place > 1 else None,
            "topic_id": self._topic_id(act),
            "topic_slug": f"topic-{self._topic_id(act)}",
            "topic_title": f"{title(root.subject, root.language)} ({self._topic_id(act)})",
            "topic_archetype": "regular",
            "category_id": QUESTIONS_CATEGORY if root.kind == "ask" else TALK_CATEGORY,
            "version": 1,
            "user_deleted": False,
        }
        return {"post": post}

    def _intranet(self, act: Act) -> Json:
        who = self._members[act.who]
        event: Json = {
            "id": f"{self._seed}-{act.number}",
            "act": act.kind,
            "time": timestamps.text(act.at),
            "person": {"id": who.intranet_id, "name": who.name},
        }
        if act.kind == "search":
            return {**event, "query": self._text(act), "hits": act.hits, "language": act.language}
        page = {"id": f"page/{act.subject}", "type": v.PAGE, "title": title(act.subject, "en")}
        return {**event, "object": page}

    def _statement(self, act: Act) -> Json:
        around, platform = self._around(act), self._platform(act)
        statement: Json = {
            "id": self._id(f"{act.number}"),
            "actor": self._members[act.who].account(second=act.second),
            "verb": {"id": _VERBS[act.kind], "display": {"en": act.kind}},
            "object": self._object(act),
            "context": {"platform": platform, "language": act.language, **around},
            "timestamp": timestamps.text(act.at),
        }
        result = self._result(act)
        return statement | ({"result": result} if result else {})

    def _platform(self, act: Act) -> str:
        if act.course is None:
            return "Community"
        return "HR" if act.kind == "evidence" else "LMS"

    def _around(self, act: Act) -> Json:
        if act.kind == "note":
            tag = _activity(f"{COMMUNITY}/tag/{act.subject}", v.TAG, act.subject)
            return {"contextActivities": {"other": [tag]}}
        if act.kind == "comment":
            assert act.on is not None
            on = self._acts[act.on]
            kind = v.NOTE if on.kind == "note" else v.COMMENT
            return {"contextActivities": {"parent": [_activity(self._iri(on), kind)]}}
        return {"extensions": {v.GRADE: act.grade}} if act.grade else {}

    def _object(self, act: Act) -> Json:
        if act.kind == "evidence":
            assert act.course is not None
            return _activity(evidence_activity(act.course, act.grade or "C"), v.ASSESSMENT)
        if act.course is not None:
            return _activity(course_activity(act.course), v.COURSE, title(act.course, "en"))
        if act.kind in {"like", "share"}:
            assert act.on is not None
            on = self._acts[act.on]
            return _activity(self._iri(on), v.NOTE if on.kind == "note" else v.FORUM_REPLY)
        made = _activity(self._iri(act), v.NOTE if act.kind == "note" else v.COMMENT)
        if act.kind == "note":
            made["definition"]["description"] = {act.language: self._text(act)}
        return made

    def _result(self, act: Act) -> Json:
        if act.kind == "comment":
            return {"response": self._text(act)}
        if act.score is None:
            return {}
        score: Json = {"score": {"scaled": act.score}}
        if act.kind == "pass":
            return {**score, "success": True, "completion": True, "duration": "PT45M"}
        return score


def course_activity(course: str) -> str:
    """The Activity id of a course."""
    return f"{LMS}/course/{course}"


def evidence_activity(course: str, grade: str) -> str:
    """The Activity id under which evidence of a grade is told."""
    return f"{HR}/{_GRADED[grade]}/{course}"


def _activity(iri: str, kind: str, name: str | None = None) -> Json:
    definition: Json = {"type": kind} | ({"name": {"en": name}} if name else {})
    return {"objectType": "Activity", "id": iri, "definition": definition}


def _vendor_time(at: int) -> str:
    """With milliseconds, as Discourse writes it; acts have whole ones."""
    day = timestamps.text(at - at % DAY)[:10]
    seconds, rest = divmod(at % DAY, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{day}T{hour:02}:{minute:02}:{second:02}.{rest // 1000:03}Z"
