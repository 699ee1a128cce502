"""
Moodle: web services, course by course (research/integrations.md 7).

They tell no changes: grades and completions are read whole and compared by their Statements; of
the forums, discussions that changed. Options: `courses`, ids. Access: `token`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations.base import Delivery
from integrations.harvest import Harvester, Harvesting, Page
from integrations.harvesters.shared import option_list
from integrations.http import Refused, Reply
from integrations.times import epoch

_MOST = 50
# What a course may lack or a token may not do for it; the rest of the course is read all the same.
_NOT_HERE = frozenset({"nocompletion", "completionnotenabled", "nopermissions", "notviewable"})


def harvest(h: Harvesting) -> Iterator[Page]:
    courses = option_list(h.source, "courses")
    start = h.start()
    # A run that was broken off goes on with the course after the last that was stored.
    done = h.cursor.get("done", [])
    begun = h.cursor.get("begun", h.now.isoformat())
    for course in (one for one in courses if one not in done):
        done = [*done, course]
        told = [*_grades(h, course), *_completions(h, course)]
        told += _posts(h, course, start.timestamp())
        yield Page(told, {"time": h.cursor.get("time"), "begun": begun, "done": done})
    yield Page([], {"time": begun})


def _grades(h: Harvesting, course: str) -> Iterator[Delivery]:
    function = "gradereport_user_get_grade_items"
    held = _call(h, function, courseid=course, userid="0")
    if held:
        yield h.item(held, function, query={"courseid": course})


def _completions(h: Harvesting, course: str) -> Iterator[Delivery]:
    function = "core_completion_get_activities_completion_status"
    for user in _call(h, "core_enrol_get_enrolled_users", courseid=course) or ():
        learner = str(user["id"])
        held = _call(h, function, courseid=course, userid=learner)
        if held:
            yield h.item(held, function, query={"courseid": course, "userid": learner})


def _posts(h: Harvesting, course: str, since: float) -> Iterator[Delivery]:
    function = "mod_forum_get_discussion_posts"
    for forum in _call(h, "mod_forum_get_forums_by_courses", **{"courseids[0]": course}) or ():
        for discussion in _discussions(h, str(forum["id"]), since):
            held = _call(h, function, discussionid=discussion)
            if held:
                yield h.item(held, function, query={"courseid": course})


def _discussions(h: Harvesting, forum: str, since: float) -> Iterator[str]:
    """Those that changed, the newest first; pages are counted from 0."""
    page = 0
    while True:
        asked = {"forumid": forum, "sortorder": "1", "page": str(page), "perpage": str(_MOST)}
        held = _call(h, "mod_forum_get_forum_discussions", **asked) or {}
        found = held.get("discussions", [])
        for one in found:
            if epoch(one["timemodified"]).timestamp() >= since:
                yield str(one["discussion"])
        if len(found) < _MOST:
            return
        page += 1


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


HARVESTER = Harvester(name="moodle", harvest=harvest)
