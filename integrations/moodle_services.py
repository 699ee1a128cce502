"""
Answers of Moodle's web services: enrolments, completions, grades and forum posts.

Errors come with status 200. Times are epoch seconds, 0 and null are "never". Only raw numbers
count: the formatted ones follow the language of the site. An answer does not always repeat whom
it was asked about; then `userid` and `courseid` of the question, kept in the delivery's `query`,
tell it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from integrations.base import (
    Act,
    Delivery,
    Party,
    Result,
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

_COMPLETE, _PASSED, _FAILED = 1, 2, 3
_SUCCESS = {_COMPLETE: None, _PASSED: True, _FAILED: False}
_LEARNERS = frozenset({"student"})


def translate(body: Any, delivery: Delivery, source: Source) -> Iterator[Translated]:
    """The events of an answer, by what it holds."""
    if isinstance(body, list) and delivery.event == "core_enrol_get_enrolled_users":
        yield from _enrolments(body, delivery.query["courseid"], source)
    elif not isinstance(body, dict):
        yield Skip(Why.UNKNOWN_EVENT, delivery.event)
    elif "exception" in body:
        yield Skip(Why.VENDOR_ERROR, str(body.get("errorcode")))
    elif "statuses" in body:
        yield from _completions(body["statuses"], delivery.query)
    elif "completionstatus" in body:
        yield _course_completion(body["completionstatus"], delivery.query)
    elif "usergrades" in body:
        yield from _grades(body["usergrades"])
    elif "posts" in body:
        yield from _posts(body["posts"], body.get("courseid") or delivery.query.get("courseid"))
    else:
        yield Skip(Why.UNKNOWN_EVENT, delivery.event)


def _enrolments(users: Iterable[Json], course: str, source: Source) -> Iterator[Translated]:
    """Since when is not told: the Statement's time is that of its being stored."""
    learn = source.option_ids("learners") or _LEARNERS
    for user in users:
        roles = {role["shortname"] for role in user.get("roles", ())}
        if roles & learn:
            yield SocialEvent(
                act=Act.REGISTER,
                source_id=f"enrolment/{course}",
                actor=Party(str(user["id"]), user.get("fullname")),
                object=_course(course),
            )
        else:
            yield Skip(Why.NOT_SOCIAL, f"enrolled as {', '.join(sorted(roles)) or 'nothing'}")


def _course_completion(status: Json, query: Mapping[str, str]) -> Translated:
    """
    Of one person in one course.

    A course is complete when the last criterion that it needs is met. The first one tells one
    completion from another: what is met later changes nothing, a course that is taken again does.
    """
    learner, course = query.get("userid"), query.get("courseid")
    if not status["completed"]:
        return Skip(Why.UNCHANGED, "not complete")
    if not learner or not course:
        return Skip(Why.ACTOR_UNKNOWN, "the question is not known")
    met = [one["timecompleted"] for one in status["completions"] if one.get("timecompleted")]
    return SocialEvent(
        act=Act.COMPLETE,
        source_id=f"course-completion/{course}/{min(met, default=0)}",
        at=epoch(max(met)) if met else None,
        actor=Party(learner),
        object=_course(course),
        result=Result(completion=True),
    )


def _completions(statuses: Iterable[Json], query: Mapping[str, str]) -> Iterator[Translated]:
    """Of one person in one course: both stand in the question, not in the answer."""
    learner, course = query.get("userid"), query.get("courseid")
    for status in statuses:
        if status["state"] not in _SUCCESS or not status.get("timecompleted"):
            yield Skip(Why.UNCHANGED, "not complete")
        elif not learner:
            yield Skip(Why.ACTOR_UNKNOWN, "the question's userid is not known")
        else:
            yield SocialEvent(
                act=Act.COMPLETE,
                source_id=f"completion/{status['cmid']}/{status['timecompleted']}",
                at=epoch(status["timecompleted"]),
                actor=Party(str(learner)),
                object=_module(status["modname"], status["cmid"]),
                containers=(_course(course),) if course else (),
                result=Result(completion=True, success=_SUCCESS[status["state"]]),
            )


def _grades(usergrades: Iterable[Json]) -> Iterator[Translated]:
    for grades in usergrades:
        for item in grades["gradeitems"]:
            yield _grade(grades, item)


def _grade(grades: Json, item: Json) -> Translated:
    """Graded means a raw grade with a time; the item of a course has a scale of its own."""
    raw, at = item.get("graderaw"), item.get("gradedategraded")
    if raw is None or not at:
        return Skip(Why.UNCHANGED, "not graded")
    if item.get("gradeishidden") or item.get("gradehiddenbydate"):
        return Skip(Why.PRIVATE, "a hidden grade")
    course = _course(grades["courseid"])
    whole = item["itemtype"] == "course"
    if not whole and not item.get("cmid"):
        return Skip(Why.OBJECT_UNKNOWN, f"an item of type {item['itemtype']}")
    low, high = item.get("grademin"), item.get("grademax")
    scaled = (raw - low) / (high - low) if low is not None and high and high > low else None
    return SocialEvent(
        act=Act.SCORE,
        source_id=f"grade/{item['id']}/{at}",
        at=epoch(at),
        actor=Party(str(grades["userid"]), grades.get("userfullname")),
        object=course if whole else _module(item["itemmodule"], item["cmid"], item.get("itemname")),
        containers=() if whole else (course,),
        result=Result(raw=raw, low=low, high=high, scaled=scaled),
    )


def _posts(posts: Sequence[Json], course: Any) -> Iterator[Translated]:
    """The post without a parent is its discussion; those that are answered stand beside."""
    roots = {post["id"] for post in posts if not post.get("parentid")}
    authors = {post["id"]: _author(post) for post in posts}
    within = (_course(course),) if course else ()
    for post in posts:
        if post.get("isprivatereply"):
            yield Skip(Why.PRIVATE, "a private reply")
            continue
        author, answered = authors[post["id"]], authors.get(post.get("parentid"))
        yield (
            _post(post, roots, author, answered=answered, containers=within)
            if author
            else Skip(Why.ANONYMOUS)
        )


def _author(post: Json) -> Party | None:
    """Nobody where the post or the account was deleted."""
    author = post.get("author") or {}
    if post.get("isdeleted") or not author.get("id") or author.get("isdeleted"):
        return None
    return Party(str(author["id"]), author.get("fullname"))


def _post(post: Json, roots: set[int], author: Party, **more: Any) -> SocialEvent:
    parent = post.get("parentid")
    discussion = Thing(f"mod/forum/discuss.php?d={post['discussionid']}", v.DISCUSSION)
    made = Thing(f"{discussion.id}#p{post['id']}", v.FORUM_REPLY)
    above = None
    if parent:
        above = (
            discussion if parent in roots else Thing(f"{discussion.id}#p{parent}", v.FORUM_REPLY)
        )
    return SocialEvent(
        act=Act.REPLY if parent else Act.POST,
        source_id=f"post/{post['id']}",
        at=epoch(post["timecreated"]),
        actor=author,
        object=made if parent else Thing(discussion.id, v.DISCUSSION, plain(post["subject"])),
        text=plain(post.get("message")),
        parent=above,
        thread=discussion if parent else None,
        tags=tuple(tag["displayname"] for tag in post.get("tags", ())),
        **more,
    )


def _course(course: Any) -> Thing:
    return Thing(f"course/view.php?id={course}", v.COURSE)


def _module(kind: str, cmid: int, name: str | None = None) -> Thing:
    return Thing(f"mod/{kind}/view.php?id={cmid}", f"{v.ADL_TYPE}media", plain(name))
