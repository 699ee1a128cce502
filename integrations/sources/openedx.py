"""
Open edX: raw tracking events (research/integrations.md 8).

Harvested from the tracking log or its event bus. Addresses are those that
event-routing-backends gives the same things, so that both ways of sending meet.
Options: `users`, from user ids or names to the accounts that other senders use (external ids).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
from integrations.source import Source
from integrations.text import plain
from integrations.times import iso
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

_VIDEO = "https://w3id.org/xapi/video/activity-type/video"
_RESOURCE = f"{v.TINCAN_TYPE}resource"
_INTERACTION = f"{v.ADL_TYPE}cmi.interaction"
_COURSE_ACTS = {
    "edx.course.enrollment.activated": Act.REGISTER,
    "edx.course.enrollment.deactivated": Act.UNREGISTER,
    "edx.course.grade.passed.first_time": Act.PASS,
    "edx.course.grade.now_passed": Act.PASS,
    "edx.course.grade.now_failed": Act.FAIL,
    "edx.course.completed": Act.COMPLETE,
    "edx.grades.course.grade_calculated": Act.SCORE,
}
_VIDEO_ACTS = {
    "load_video": Act.INITIALIZE,
    "edx.video.loaded": Act.INITIALIZE,
    "play_video": Act.PLAY,
    "edx.video.played": Act.PLAY,
    "stop_video": Act.TERMINATE,
    "edx.video.stopped": Act.TERMINATE,
    "complete_video": Act.COMPLETE,
    "edx.video.completed": Act.COMPLETE,
}
_BLOCK_ACTS = {
    "edx.completion.block_completion.changed": (Act.PROGRESS, "block_id", _RESOURCE),
    "edx.grades.problem.submitted": (Act.ATTEMPT, "problem_id", v.QUESTION),
    "edx.grades.subsection.grade_calculated": (Act.SCORE, "block_id", _RESOURCE),
    "edx.ui.lms.sequence.next_selected": (Act.VIEW, "id", _RESOURCE),
    "edx.ui.lms.sequence.previous_selected": (Act.VIEW, "id", _RESOURCE),
    "edx.ui.lms.sequence.tab_selected": (Act.VIEW, "id", _RESOURCE),
}
_FORUM_ACTS = {
    "edited": Act.EDIT,
    "deleted": Act.DELETE,
    "reported": Act.REPORT,
    "unreported": Act.UNREPORT,
}


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    body = delivery.json
    for event in body if isinstance(body, list) else [body]:
        yield _translated(event, source)


def _translated(event: Json, source: Source) -> Translated:
    name = event["name"] if event.get("name") else event["event_type"]
    maker = _maker(name)
    if maker is None:
        return Skip(Why.NOT_SOCIAL, name)
    actor = _actor(event, source)
    return maker(event, actor) if isinstance(actor, Party) else actor


_Maker = Callable[[Json, Party], Translated]


def _maker(name: str) -> _Maker | None:
    if name in _COURSE_ACTS:
        return lambda event, actor: _on_course(_COURSE_ACTS[name], event, actor)
    if name in _VIDEO_ACTS:
        return lambda event, actor: _on_video(_VIDEO_ACTS[name], event, actor)
    if name in _BLOCK_ACTS:
        return lambda event, actor: _on_block(name, event, actor)
    prefixes: Mapping[str, _Maker] = {
        "edx.forum.": _on_forum,
        "edx.special_exam.": _on_exam,
        "problem_check": _on_problem,
        "showanswer": _on_answer,
        "edx.problem.hint.demandhint_displayed": _on_hint,
        "edx.ui.lms.link_clicked": _on_link,
        "edx.ui.lms.outline.selected": _on_link,
    }
    return next((maker for prefix, maker in prefixes.items() if name.startswith(prefix)), None)


def _data(event: Json) -> Json:
    """Details stand in `data` or `event`; a browser's are a string of JSON, or of a form."""
    data = event.get("data", event.get("event"))
    if isinstance(data, str) and data.startswith("{"):
        data = orjson.loads(data)
    return data if isinstance(data, dict) else {}


def _actor(event: Json, source: Source) -> Party | Skip:
    """The learner of grades and enrolments stands in the details, else who sent the request."""
    data, context = _data(event), event.get("context", {})
    user_id = data.get("user_id") or context.get("user_id")
    username = data.get("username") or context.get("username") or event.get("username")
    users = source.options.get("users")
    known = users if isinstance(users, dict) else {}
    mapped = known.get(str(user_id)) or known.get(username)
    if mapped:
        return Party(str(mapped))
    if user_id:
        return Party(str(user_id), str(username) if username else None)
    if username:
        return Party(str(username), str(username), home=f"{source.instance}/u")
    return Skip(Why.ANONYMOUS)


def _event(act: Act, event: Json, actor: Party, to: Thing, **more: Any) -> SocialEvent:
    told = event.get("timestamp") or event["time"]
    course, result = _course(event), more.get("result") or Result()
    name = event.get("name") or event["event_type"]
    return SocialEvent(
        act=act,
        # Events have no id of their own; regrading tells other marks of the same moment.
        source_id=f"{name}/{to.id}/{told}/{result.raw}/{result.high}",
        at=iso(told),
        actor=actor,
        object=to,
        containers=(course,) if course and course.id != to.id else (),
        **more,
    )


def _course(event: Json) -> Thing | None:
    key = _data(event).get("course_id") or event.get("context", {}).get("course_id")
    return Thing(f"course/{key}", v.COURSE) if key else None


def _block(usage_key: str, kind: str) -> Thing:
    return Thing(f"xblock/{usage_key}", kind)


def _usage_key(event: Json, kind: str, block: str) -> str:
    """`course-v1:X` and `ccx-v1:X` have blocks `block-v1:X+type@...` and `ccx-block-v1:X+...`."""
    course = _course(event)
    if course is None:
        raise Unreadable(f"a {kind} without a course")
    scheme, _, key = course.id.removeprefix("course/").partition(":")
    return f"{'ccx-' if scheme.startswith('ccx') else ''}block-v1:{key}+type@{kind}+block@{block}"


def _on_course(act: Act, event: Json, actor: Party) -> Translated:
    course, percent = _course(event), _data(event).get("percent_grade")
    if course is None:
        return Skip(Why.OBJECT_UNKNOWN, "no course")
    graded = act is Act.SCORE and percent is not None
    result = Result(raw=percent, low=0, high=1, scaled=percent) if graded else None
    return _event(act, event, actor, course, result=result)


def _on_video(act: Act, event: Json, actor: Party) -> Translated:
    to = _block(_usage_key(event, "video", _data(event)["id"]), _VIDEO)
    return _event(act, event, actor, to)


def _on_block(name: str, event: Json, actor: Party) -> Translated:
    act, key, kind = _BLOCK_ACTS[name]
    data = _data(event)
    result = _weighted(data)
    if act is Act.PROGRESS:
        result = Result(completion=data["completion"] == 1)
    return _event(act, event, actor, _block(data[key], kind), result=result)


def _weighted(data: Json) -> Result | None:
    earned = data.get("weighted_earned", data.get("weighted_graded_earned"))
    possible = data.get("weighted_possible", data.get("weighted_graded_possible"))
    return None if earned is None else _marks(earned, possible)


def _marks(earned: float, possible: float | None) -> Result:
    scaled = earned / possible if possible else None
    return Result(raw=earned, low=0, high=possible, scaled=scaled)


def _on_problem(event: Json, actor: Party) -> Translated:
    """The server tells the marks; the browser only that somebody tried."""
    data = _data(event)
    if "problem_id" in data:
        result = _marks(data["grade"], data.get("max_grade")) if "grade" in data else None
        to = _block(data["problem_id"], _INTERACTION)
        return _event(Act.EVALUATE, event, actor, to, result=result)
    form = event.get("data", event.get("event"))
    if not isinstance(form, str) or not form.startswith("input_"):
        return Skip(Why.OBJECT_UNKNOWN, "problem_check without a problem")
    problem = form.removeprefix("input_").partition("_")[0]
    return _event(
        Act.ATTEMPT, event, actor, _block(_usage_key(event, "problem", problem), _INTERACTION)
    )


def _on_answer(event: Json, actor: Party) -> Translated:
    problem = _block(_data(event)["problem_id"], _INTERACTION)
    return _event(Act.VIEW, event, actor, Thing(f"{problem.id}/answer", v.SOLUTION), parent=problem)


def _on_hint(event: Json, actor: Party) -> Translated:
    problem = _block(_data(event)["module_id"], _INTERACTION)
    hint = Thing(f"{problem.id}/hint/{_data(event)['hint_index']}", f"{v.TINCAN_TYPE}resource")
    return _event(Act.VIEW, event, actor, hint, parent=problem)


def _on_exam(event: Json, actor: Party) -> Translated:
    name = event.get("name") or event["event_type"]
    act = {"created": Act.INITIALIZE, "submitted": Act.TERMINATE}.get(name.rpartition(".")[2])
    if act is None:
        return Skip(Why.NOT_SOCIAL, name)
    data = _data(event)
    exam = Thing(f"xblock/{data['exam_content_id']}", v.ASSESSMENT, data.get("exam_name"))
    return _event(act, event, actor, exam)


def _on_link(event: Json, actor: Party) -> Translated:
    data = _data(event)
    kind = v.MODULE if "outline" in event["name"] else v.LINK
    return _event(Act.VIEW, event, actor, Thing(data["target_url"], kind, data.get("target_name")))


def _on_forum(event: Json, actor: Party) -> Translated:
    _, _, what, done = (event.get("name") or event["event_type"]).split(".")
    data = _data(event)
    if data.get("anonymous") or data.get("anonymous_to_peers"):
        return Skip(Why.ANONYMOUS)
    place = "threads" if what == "thread" else "comments"
    to = _post(place, data["id"], v.DISCUSSION if what == "thread" else v.FORUM_REPLY, data)
    if done == "created":
        return _written(what, event, actor, to)
    if done == "voted":
        act = Act.UNLIKE if data.get("undo_vote") else Act.LIKE
    elif done in _FORUM_ACTS:
        act = _FORUM_ACTS[done]
    else:
        return Skip(Why.NOT_SOCIAL, f"{what} {done}")
    return _event(act, event, actor, to)


def _written(what: str, event: Json, actor: Party, to: Thing) -> SocialEvent:
    """A response stands under its thread, a comment under its response."""
    data = _data(event)
    asked = what == "thread" and data.get("thread_type") == "question"
    if asked:
        to = Thing(to.id, v.QUESTION, to.name)
    above = data.get("discussion", {}).get("id")
    thread = _post("threads", above, v.DISCUSSION) if above else None
    answered = data.get("response", {}).get("id")
    parent = _post("comments", answered, v.FORUM_REPLY) if answered else thread
    act = Act.ASK if asked else Act.POST if what == "thread" else Act.REPLY
    text = plain(data.get("body"))
    return _event(act, event, actor, to, text=text, parent=parent, thread=thread)


def _post(place: str, post: str, kind: str, data: Json | None = None) -> Thing:
    return Thing(f"api/discussion/v1/{place}/{post}", kind, plain((data or {}).get("title")))


def recognise(body: bytes, _stem: str) -> Shown:
    held = orjson.loads(body)
    name = held.get("name") or held.get("event_type") if isinstance(held, dict) else "events"
    return Shown(str(name), harvested=True)


INTEGRATION = Integration(
    name="openedx", title="Open edX", translate=translate, recognise=recognise
)
