"""
Stack Exchange and Stack Overflow for Teams: questions by their last activity, with their answers
and comments (research/integrations.md 10).

Options: `site`, as the API names it; `api`, another address of the API.
Access: `key`, of an app; `token`, a personal access token of a Team.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from integrations.harvest import Harvester, Harvesting, Page
from integrations.http import Busy, Refused, Reply
from integrations.source import Source
from integrations.times import epoch

API = "https://api.stackexchange.com/2.3"
_MOST = 100
_ERRORS = frozenset({400})
_MORE = "question.last_editor;answer.last_editor;comment.post_type;comment.body"
Json = dict[str, Any]


def harvest(h: Harvesting) -> Iterator[Page]:
    asked = _asked(h)
    [made] = _get(h, "filters/create", {**asked, "include": _MORE, "base": "withbody"})["items"]
    asked["filter"] = made["filter"]
    since, page = int(h.start().timestamp()), 1
    while True:
        held = _get(h, "questions", {**asked, "sort": "activity", "min": since, "page": page})
        questions = held["items"]
        told = [*questions, *_below(h, asked, questions)]
        if questions:
            last = max(question["last_activity_date"] for question in questions)
            since, page = (last, 1) if last > since else (since, page + 1)
        newest = epoch(since).isoformat() if questions else h.cursor.get("time")
        yield Page(
            [h.item({"items": [item]}, "items") for item in told],
            {"time": newest} if newest else {},
        )
        if not held["has_more"]:
            return


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
    answers = list(_all(h, f"questions/{';'.join(ids)}/answers", asked))
    yield from answers
    posts = [*ids, *(str(answer["answer_id"]) for answer in answers)]
    for start in range(0, len(posts), _MOST):
        part = ";".join(posts[start : start + _MOST])
        yield from _all(h, f"posts/{part}/comments", asked)


def _all(h: Harvesting, path: str, asked: Json) -> Iterator[Json]:
    """By creation, so that what comes meanwhile is at the end."""
    page = 1
    while True:
        held = _get(h, path, {**asked, "sort": "creation", "page": page})
        yield from held["items"]
        if not held["has_more"]:
            return
        page += 1


def _get(h: Harvesting, path: str, asked: Json) -> Json:
    held: Json = h.http.get(h.url(path, API), asked, look=_look, accept=_ERRORS).json
    if held.get("backoff"):
        h.http.pause(float(held["backoff"]))
    return held


def _look(reply: Reply) -> None:
    """Errors are told in the body."""
    error = reply.json.get("error_name")
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
