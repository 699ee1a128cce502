"""Discourse's posts.json and site.json, and WordPress's REST collections, written by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integrations.test_discourse import a_post, a_reply
from tests.integrations.vendors.server import Asked, Told

START = datetime(2026, 11, 1, tzinfo=UTC)
RESTRICTED = 9


class Forum:
    """A forum whose posts are numbered from 1; the numbers of private ones are left out."""

    def __init__(self, posts: int) -> None:
        self.posts = [self.post(n) for n in range(1, posts + 1) if n % 7]

    @staticmethod
    def post(number: int, **more: Any) -> dict[str, Any]:
        at = (START + timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        made = a_post if number == 1 else a_reply
        post = made(id=number, post_number=number, created_at=at, updated_at=at, **more)
        del post["topic_archetype"]
        return post

    def __call__(self, asked: Asked) -> Told:
        if asked.path == "/site.json":
            return Told({"categories": [{"id": 3}, {"id": RESTRICTED, "read_restricted": True}]})
        assert asked.path == "/posts.json"
        before = int(asked.query.get("before", 10**9))
        found = [post for post in self.posts if post["id"] <= before]
        return Told({"latest_posts": sorted(found, key=lambda p: p["id"], reverse=True)[:50]})


class Blog:
    """A blog in Amsterdam, which filters by its own time and answers 400 past the last page."""

    def __init__(self, posts: int) -> None:
        self.collections: dict[str, list[dict[str, Any]]] = {
            "posts": [self.post(n) for n in range(1, posts + 1)],
            "pages": [],
            "comments": [self.comment(n) for n in range(1, 4)],
        }
        published = self.post(1)["date_gmt"]
        self.revisions = [self.revision(1, published), self.revision(2, "2026-11-05T10:00:00")]

    @staticmethod
    def post(number: int, minutes: int | None = None) -> dict[str, Any]:
        at = START + timedelta(minutes=number if minutes is None else minutes)
        return {
            "id": number,
            "author": 5,
            "date_gmt": (START + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S"),
            "modified_gmt": at.strftime("%Y-%m-%dT%H:%M:%S"),
            "status": "publish",
            "title": {"rendered": f"Post {number}"},
            "content": {"rendered": "<p>Text</p>", "protected": False},
            "link": f"https://blog.example/{number}",
        }

    @staticmethod
    def comment(number: int) -> dict[str, Any]:
        return {
            "id": number,
            "post": 1,
            "parent": 0,
            "author": 6,
            "author_name": "Bo",
            "date_gmt": (START + timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%S"),
            "content": {"rendered": "<p>Yes.</p>"},
            "status": "approved",
            "type": "comment",
        }

    def __call__(self, asked: Asked) -> Told:
        if asked.path == "/wp-json/":
            return Told({"timezone_string": "Europe/Amsterdam", "gmt_offset": 1})
        kind = asked.path.removeprefix("/wp-json/wp/v2/")
        if kind.endswith("/revisions"):
            assert asked.headers["authorization"].startswith("Basic ")
            return Told(self.revisions)
        by = "date_gmt" if kind == "comments" else "modified_gmt"
        after = asked.query["after" if kind == "comments" else "modified_after"]
        # The site's own time: in November an hour before UTC.
        since = datetime.fromisoformat(after) - timedelta(hours=1)
        items = sorted(self.collections[kind], key=lambda item: (item[by], item["id"]))
        found = [item for item in items if datetime.fromisoformat(item[by]) > since]
        size, page = int(asked.query["per_page"]), int(asked.query["page"])
        if page > 1 and (page - 1) * size >= len(found):
            return Told({"code": "rest_post_invalid_page_number", "message": "past"}, 400)
        return Told(found[(page - 1) * size : page * size])

    @staticmethod
    def revision(number: int, at: str) -> dict[str, Any]:
        """Of the first post."""
        return {
            "id": 900 + number,
            "author": 7,
            "parent": 1,
            "slug": "1-revision-v1",
            "guid": {"rendered": ""},
            "modified_gmt": at,
            "title": {"rendered": f"Version {number}"},
        }
