"""
Canvas: enrolments, discussions, announcements, pages and submissions by its REST API
(research/integrations.md 8).

Each becomes the Live Event that would have told it. Use the one or the other for a course: Live
Events carry a time of their own. Who edited a page is told to somebody who may see its history.
Options: `courses`, ids; `shard`, the number that Canvas puts before ids in its Live Events, where
it does. Access: `token`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from integrations.base import Delivery
from integrations.harvest import Harvester, Harvesting, Page
from integrations.harvesters.shared import bearer, option_list
from integrations.shapes import an_object

_MOST = 100
_SHARD = 10**13
_NOT_SHOWN = frozenset({401, 403, 404})
Json = dict[str, Any]


def harvest(h: Harvesting) -> Iterator[Page]:
    # A run that was broken off goes on with the course after the last that was stored.
    done = h.cursor.get("done", [])
    begun = h.cursor.get("begun", h.now.isoformat())
    for course in (one for one in option_list(h.source, "courses") if one not in done):
        done = [*done, course]
        told = [*_enrolments(h, course), *_discussions(h, course, {})]
        told += [*_discussions(h, course, {"only_announcements": "true"}), *_pages(h, course)]
        told += _submissions(h, course)
        yield Page(told, {"time": h.cursor.get("time"), "begun": begun, "done": done})
    yield Page([], {"time": begun})


def _enrolments(h: Harvesting, course: str) -> Iterator[Delivery]:
    asked = {"type[]": "StudentEnrollment", "state[]": ["active", "completed"]}
    for one in _all(h, f"courses/{course}/enrollments", asked):
        body = {
            "enrollment_id": _global(h, one["id"]),
            "course_id": course,
            "user_id": _global(h, one["user_id"]),
            "type": one["type"],
            "workflow_state": one["enrollment_state"],
            "created_at": one["created_at"],
        }
        yield _event(h, "enrollment_created", course, one["created_at"], body)


def _discussions(h: Harvesting, course: str, asked: Json) -> Iterator[Delivery]:
    """Announcements are such topics too, in a list of their own; one for later has no time yet."""
    for topic in _all(h, f"courses/{course}/discussion_topics", asked):
        author = (topic.get("author") or {}).get("id")
        hidden = not topic.get("published", True) or not topic.get("posted_at")
        if hidden or topic.get("anonymous_state") or not author:
            continue
        place = {"discussion_topic_id": _global(h, topic["id"])}
        body = {
            **place,
            "title": topic["title"],
            "body": topic.get("message"),
            "user_id": _global(h, author),
        }
        yield _event(h, "discussion_topic_created", course, topic["posted_at"], body)
        path = f"courses/{course}/discussion_topics/{topic['id']}/view"
        accept = _NOT_SHOWN | {503}
        reply = h.http.get(h.url(f"api/v1/{path}"), accept=accept)
        view = [] if reply.status in accept else an_object(reply.json)["view"]
        for entry in _entries(h, view):
            told = {
                **place,
                "discussion_entry_id": _global(h, entry["id"]),
                "user_id": _global(h, entry["user_id"]),
                "text": entry.get("message"),
                "created_at": entry["created_at"],
            }
            if entry.get("parent_id"):
                told["parent_discussion_entry_id"] = _global(h, entry["parent_id"])
            yield _event(h, "discussion_entry_created", course, entry["created_at"], told)


def _entries(h: Harvesting, view: Any) -> Iterator[Json]:
    """Entries and the replies in them; one that was deleted has no author any more."""
    for entry in h.items(view, lambda one: {**one}):
        if not entry.get("deleted") and entry.get("user_id"):
            yield entry
        yield from _entries(h, entry.get("replies") or [])


def _pages(h: Harvesting, course: str) -> Iterator[Delivery]:
    """The first revision of a page is its making; each other one is an edit with its editor."""
    for page in _all(h, f"courses/{course}/pages", {}):
        if not page.get("published", True) or page.get("hide_from_students"):
            continue
        path = f"courses/{course}/pages/{quote(page['url'], safe='')}/revisions"
        revisions = sorted(_all(h, path, {}, _NOT_SHOWN), key=lambda one: int(one["revision_id"]))
        for revision in revisions:
            editor = (revision.get("edited_by") or {}).get("id")
            name = "wiki_page_created" if revision is revisions[0] else "wiki_page_updated"
            body = {"wiki_page_id": _global(h, page["page_id"]), "title": page["title"]}
            user = _global(h, editor) if editor else None
            yield _event(h, name, course, revision["updated_at"], body, user)


def _submissions(h: Harvesting, course: str) -> Iterator[Delivery]:
    """A grade is told once it is posted, which is when learners see it."""
    asked = {"student_ids[]": "all", "include[]": "assignment"}
    for one in _all(h, f"courses/{course}/students/submissions", asked):
        body = {
            "submission_id": _global(h, one["id"]),
            "assignment_id": _global(h, one["assignment_id"]),
            "user_id": _global(h, one["user_id"]),
        }
        if one.get("submitted_at"):
            told = {**body, "submitted_at": one["submitted_at"]}
            yield _event(h, "submission_created", course, one["submitted_at"], told)
        if one.get("score") is not None and one.get("graded_at") and one.get("posted_at"):
            grader = one.get("grader_id")
            told = {
                **body,
                "student_id": body["user_id"],
                "score": one["score"],
                "points_possible": (one.get("assignment") or {}).get("points_possible"),
                "grader_id": _global(h, grader) if grader and grader > 0 else None,
            }
            yield _event(h, "grade_change", course, one["graded_at"], told)


def _all(
    h: Harvesting, path: str, asked: Json, accept: frozenset[int] = frozenset()
) -> Iterator[Json]:
    """All pages of a collection, by the links that Canvas gives; none where it is not shown."""
    reply = h.http.get(h.url(f"api/v1/{path}"), {**asked, "per_page": _MOST}, accept=accept)
    while reply.status not in accept:
        yield from h.items(reply.json, _is_one)
        link = reply.link("next")
        if link is None:
            return
        reply = h.http.get(link)


def _is_one(told: Any) -> None:
    """A thing of a course; some have a number, pages an address."""
    if not (told.get("id") or told.get("page_id") or told.get("revision_id")):
        raise KeyError("id")


def _event(
    h: Harvesting, name: str, course: str, at: str, body: Json, user: str | None = None
) -> Delivery:
    metadata = {
        "user_id": user,
        "event_name": name,
        "event_time": at,
        "context_type": "Course",
        "context_id": _global(h, course),
        "root_account_id": _global(h, 1),
    }
    return h.item({"metadata": metadata, "body": body}, name)


def _global(h: Harvesting, number: Any) -> str:
    """An id as Live Events tell it."""
    shard = int(h.source.options.get("shard", 0))
    local = int(number)
    return str(local if local >= _SHARD else shard * _SHARD + local)


HARVESTER = Harvester(name="canvas", harvest=harvest, headers=bearer)
