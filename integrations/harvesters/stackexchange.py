"""
Stack Exchange and Stack Overflow for Teams: questions by their last activity, with their answers
and comments (research/integrations.md 10).

Options: `site`, as the API names it; `api`, another address of the API.
Access: `key`, of an app; `token`, a personal access token of a Team.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from integrations.harvest import Harvester, Harvesting, Page
from integrations.http import Busy, Refused, Reply
from integrations.shapes import an_object, further
from integrations.source import Source
from integrations.times import epoch

API = "https://api.stackexchange.com/2.3"
_MOST = 100
_ERRORS = frozenset({400})
_MORE = "question.last_editor;answer.last_editor;comment.post_type;comment.body"
Json = dict[str, Any]


def harvest(h: Harvesting) -> Iterator[Page]:
    asked = _asked(h)
    held = _get(h, "filters/create", {**asked, "include": _MORE, "base": "withbody"})
    asked["filter"] = h.items(held["items"], lambda made: made["filter"])[0]["filter"]
    since, page, before = int(h.start().timestamp()), 1, None
    while True:
        held = _get(h, "questions", {**asked, "sort": "activity", "min": since, "page": page})
        further(before if page > 1 else None, held["items"])
        before = held["items"]
        questions = h.items(held["items"], _key, goes_on=_goes_on(held))
        told = [*questions, *_below(h, asked, questions)]
        if questions:
            last = max(_key(question)[1] for question in questions)
            since, page = (last, 1) if last > since else (since, page + 1)
        newest = epoch(since).isoformat() if questions else h.cursor.get("time")
        yield Page(
            [h.item({"items": [item]}, "items") for item in told],
            {"time": newest} if newest else {},
        )
        if not _goes_on(held):
            return


def _key(question: Json) -> tuple[int, int]:
    return int(question["question_id"]), int(question["last_activity_date"])


def _goes_on(held: Json) -> bool:
    """Whether there is another page; one that holds nothing is the last, whatever it says."""
    return bool(held["has_more"] and held["items"])


def _asked(h: Harvesting) -> Json:
    host = urlsplit(h.source.instance).hostname or ""
    asked: Json = {
        "site": h.source.options.get("site") or host.removesuffix(".com"),
        "order": "asc",
        "pagesize": _MOST,
    }
    key = h.source.access.get("key")
    return {**asked, "key": key} if key else asked


def _below(h: Harvesting, asked: Json, questions: Sequence[Json]) -> Iterator[Json]:
    """Answers to the questions, and comments on both."""
    if not questions:
        return
    ids = [str(question["question_id"]) for question in questions]
    path = f"questions/{';'.join(ids)}/answers"
    answers = list(_all(h, path, asked, lambda answer: answer["answer_id"]))
    yield from answers
    posts = [*ids, *(str(answer["answer_id"]) for answer in answers)]
    for start in range(0, len(posts), _MOST):
        part = ";".join(posts[start : start + _MOST])
        yield from _all(h, f"posts/{part}/comments", asked, lambda one: one["comment_id"])


def _all(h: Harvesting, path: str, asked: Json, key: Callable[[Json], object]) -> Iterator[Json]:
    """By creation, so that what comes meanwhile is at the end."""
    page, before = 1, None
    while True:
        held = _get(h, path, {**asked, "sort": "creation", "page": page})
        further(before, held["items"])
        yield from h.items(held["items"], key)
        if not _goes_on(held):
            return
        page, before = page + 1, held["items"]


def _get(h: Harvesting, path: str, asked: Json) -> Json:
    held: Json = h.http.get(h.url(path, API), asked, look=_look, accept=_ERRORS).json
    if held.get("backoff"):
        h.http.pause(float(held["backoff"]))
    return held


def _look(reply: Reply) -> None:
    """Errors are told in the body."""
    error = an_object(reply.json).get("error_name")
    if error is None:
        return
    if error in ("throttle_violation", "temporarily_unavailable"):
        seconds = re.search(r"(\d+) seconds", str(reply.json.get("error_message")))
        raise Busy(f"the API answers {error}", float(seconds[1]) if seconds else None)
    raise Refused(f"the API answers {error}")


def _headers(source: Source) -> dict[str, str]:
    token = source.access.get("token")
    return {"X-API-Access-Token": token} if token else {}


HARVESTER = Harvester(name="stackexchange", harvest=harvest, headers=_headers, hosts=(API,))
