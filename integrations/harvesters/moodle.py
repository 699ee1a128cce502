"""
Moodle: web services, course by course (research/integrations.md 7).

They tell no changes: enrolments, grades and completions are read whole and compared by their
Statements; of the forums, discussions that changed. Options: `courses`, ids; `learners`, short
names of the roles that learn (["student"]). Access: `token`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from integrations.base import Delivery
from integrations.harvest import Harvester, Harvesting, Page
from integrations.harvesters.shared import option_list
from integrations.http import Refused, Reply
from integrations.shapes import an_object, further, listed
from integrations.times import epoch

_MOST = 50
# What a course may lack or a token may not do for it; the rest of the course is read all the same.
_NOT_HERE = frozenset(
    [
        "nocompletion",
        "completionnotenabled",
        "nocriteriaset",
        "notenroled",
        "usernotenroled",
        "cannotviewreport",
        "nopermissions",
        "notviewable",
    ]
)
# Of each learner: of the activities, and of the course as a whole.
_COMPLETIONS = (
    "core_completion_get_activities_completion_status",
    "core_completion_get_course_completion_status",
)


def harvest(h: Harvesting) -> Iterator[Page]:
    # A run that was broken off goes on with the course, and in it the learner, after the last
    # that was stored.
    done, after = h.cursor.get("done", []), h.cursor.get("learner", 0)
    state = {"time": h.cursor.get("time"), "begun": h.cursor.get("begun", h.now.isoformat())}
    for course in (one for one in option_list(h.source, "courses") if one not in done):
        held = _call(h, "core_enrol_get_enrolled_users", courseid=course)
        users = h.items([] if held is None else held, _id)
        if not after:
            told = [*_enrolments(h, course, users), *_grades(h, course)]
            yield Page(told, {**state, "done": done, "learner": 0})
        yield from _each_learner(h, course, users, after, {**state, "done": done})
        for told in _posts(h, course, h.start().timestamp()):
            yield Page(told, {**state, "done": done, "learner": _id(users[-1]) if users else 0})
        done, after = [*done, course], 0
        yield Page([], {**state, "done": done})
    yield Page([], {"time": state["begun"]})


def _id(user: dict[str, Any]) -> int:
    return int(user["id"])


def _enrolments(h: Harvesting, course: str, users: Sequence[Any]) -> Iterator[Delivery]:
    if users:
        function = "core_enrol_get_enrolled_users"
        yield h.item(users, function, query={"courseid": course})


def _grades(h: Harvesting, course: str) -> Iterator[Delivery]:
    function = "gradereport_user_get_grade_items"
    held = _call(h, function, courseid=course, userid="0")
    if held:
        yield h.item(held, function, query={"courseid": course})


def _each_learner(
    h: Harvesting, course: str, users: list[Any], after: int, state: dict[str, Any]
) -> Iterator[Page]:
    users.sort(key=_id)
    left = [user for user in users if _id(user) > after]
    for start in range(0, len(left), _MOST):
        some = left[start : start + _MOST]
        told = [one for user in some for one in _completions(h, course, str(user["id"]))]
        yield Page(told, {**state, "learner": _id(some[-1])}, total=len(users))


def _completions(h: Harvesting, course: str, learner: str) -> Iterator[Delivery]:
    for function in _COMPLETIONS:
        held = _call(h, function, courseid=course, userid=learner)
        if held:
            yield h.item(held, function, query={"courseid": course, "userid": learner})


def _posts(h: Harvesting, course: str, since: float) -> Iterator[list[Delivery]]:
    function = "mod_forum_get_discussion_posts"
    held = _call(h, "mod_forum_get_forums_by_courses", **{"courseids[0]": course})
    for forum in h.items([] if held is None else held, _id):
        for discussion in _discussions(h, str(forum["id"]), since):
            held = _call(h, function, discussionid=discussion)
            if held is not None:
                listed(an_object(held)["posts"])
                yield [h.item(held, function, query={"courseid": course})]


def _discussions(h: Harvesting, forum: str, since: float) -> Iterator[str]:
    """Those that changed, the newest first; pages are counted from 0."""
    page, before = 0, None
    while True:
        asked = {"forumid": forum, "sortorder": "1", "page": str(page), "perpage": str(_MOST)}
        held = _call(h, "mod_forum_get_forum_discussions", **asked)
        found = [] if held is None else listed(an_object(held)["discussions"])
        further(before, found)
        for one in h.items(found, lambda one: epoch(one["timemodified"]) and one["discussion"]):
            if epoch(one["timemodified"]).timestamp() >= since:
                yield str(one["discussion"])
        if len(found) < _MOST:
            return
        page, before = page + 1, found


def _call(h: Harvesting, function: str, **asked: str) -> Any:
    """The token goes in the body, so that it stands in no log of addresses."""
    form = {
        "wstoken": h.source.access.get("token", ""),
        "wsfunction": function,
        "moodlewsrestformat": "json",
        **asked,
    }
    held = h.http.post(h.url("webservice/rest/server.php"), data=form, look=_look).json
    return None if isinstance(held, dict) and "exception" in held else held


def _look(reply: Reply) -> None:
    """Errors come with status 200."""
    held = reply.json
    if isinstance(held, dict) and "exception" in held and held.get("errorcode") not in _NOT_HERE:
        raise Refused(f"Moodle answers {held.get('errorcode')}")
    if not isinstance(held, (dict, list)):
        raise Refused("Moodle answers nothing that was asked")


HARVESTER = Harvester(name="moodle", harvest=harvest)
