"""Odd answers of every vendor that is harvested: each a small server, under one contract."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from integrations.harvest import all_harvesters
from tests.integrations.harvester_contract import (
    NOW,
    SECRET,
    FollowsAddresses,
    HarvesterContract,
)
from tests.integrations.test_confluence_harvester import COMMENT, PAGE, REPLY
from tests.integrations.test_harvesters import atom
from tests.integrations.vendors.forum import Blog, Forum
from tests.integrations.vendors.server import Asked, Told
from tests.integrations.vendors.wiki import Wiki

TOKEN = {"token": SECRET}
WHEN = NOW - timedelta(hours=2)


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def after(moment: datetime, minutes: int) -> datetime:
    return moment + timedelta(minutes=minutes)


class TestMediaWiki(HarvesterContract):
    name = "mediawiki"
    options = {"changes_days": 10_000}
    items = ("recentchanges",)
    marks = ("rccontinue",)
    wiki = Wiki(12, page=5)

    def answer(self, asked: Asked, url: str) -> Told:
        return self.wiki(asked)


class TestDiscourse(HarvesterContract):
    name = "discourse"
    items = ("latest_posts",)
    counts = True
    forum = Forum(60)

    def answer(self, asked: Asked, url: str) -> Told:
        return self.forum(asked)


class TestWordPress(HarvesterContract):
    name = "wordpress"
    items = ("",)
    vague = (b"[]",)  # there are none
    blog = Blog(105)

    def answer(self, asked: Asked, url: str) -> Told:
        return self.blog(asked)


class TestFeed(FollowsAddresses):
    name = "feed"
    options = {"authors": {"Ada": "ada"}}
    access = {"user": "reader", "password": SECRET}

    def answer(self, asked: Asked, url: str) -> Told:
        page = int(asked.query.get("page", 1))
        link = f"<link rel='next' href='{url}/?page={page + 1}'/>" if page < 3 else ""
        return Told(atom(24 - page, links=link))


class TestX(HarvesterContract):
    name = "x"
    options = {"api": "{url}", "query": "#tools"}
    access = TOKEN
    items = ("data",)

    @staticmethod
    def post(number: int) -> dict[str, Any]:
        moment = after(WHEN, -number)
        key = str((int(moment.timestamp() * 1000) - 1_288_834_974_657) << 22)
        text = {"text": f"Post {number}", "edit_history_tweet_ids": [key]}
        return {"id": key, "author_id": "7", "created_at": iso(moment), **text}

    def answer(self, asked: Asked, url: str) -> Told:
        below = int(asked.query.get("until_id", 2**63))
        posts = [self.post(n) for n in range(1, 8)]
        found = [post for post in posts if int(post["id"]) < below][:3]
        users = {"users": [{"id": "7", "name": "Ada", "username": "ada"}]}
        some = {"data": found, "includes": users}
        return Told(some if found else {"meta": {"result_count": 0}})


class TestMastodon(HarvesterContract):
    name = "mastodon"
    options = {"tags": ["tools"]}
    items = ("",)
    vague = (b"[]",)  # there are none

    @staticmethod
    def status(number: int) -> dict[str, Any]:
        moment = after(WHEN, number)
        key = str(int(moment.timestamp() * 1000) << 16)
        return {
            "id": key,
            "uri": f"https://social.example/s/{key}",
            "created_at": iso(moment),
            "visibility": "public",
            "content": "<p>Hello</p>",
            "account": {"id": "3", "acct": "ada", "display_name": "Ada", "bot": False},
        }

    def answer(self, asked: Asked, url: str) -> Told:
        statuses = [self.status(n) for n in range(1, 8)]
        return Told([s for s in statuses if int(s["id"]) > int(asked.query["min_id"])][:3])


class TestBluesky(HarvesterContract):
    name = "bluesky"
    options = {"api": "{url}", "accounts": ["did:plc:a"]}
    items = ("records",)

    def question(self, asked: Asked) -> str:
        return asked.query["collection"]

    def answer(self, asked: Asked, url: str) -> Told:
        if asked.query["collection"] != "app.bsky.feed.post":
            return Told({"records": []})
        keys = [f"3zzzzzzzzzz2{letter}" for letter in "abcdefg"]
        posts = [
            {
                "uri": f"at://did:plc:a/app.bsky.feed.post/{key}",
                "value": {"text": key, "createdAt": iso(WHEN)},
            }
            for key in keys
            if key > asked.query["cursor"]
        ]
        return Told({"records": posts[:3]})


class TestSlack(HarvesterContract):
    name = "slack"
    options = {"api": "{url}", "channels": ["C1"]}
    access = TOKEN
    items = ("messages",)
    marks = ("next_cursor",)

    @staticmethod
    def message(number: int, root: int | None = None) -> dict[str, Any]:
        ts = f"{int(after(WHEN, number).timestamp())}.000100"
        thread = f"{int(after(WHEN, root or number).timestamp())}.000100"
        return {"user": f"U{number}", "text": "Hello", "ts": ts, "thread_ts": thread}

    def answer(self, asked: Asked, url: str) -> Told:
        method = asked.path.strip("/")
        if method == "auth.test":
            return Told({"ok": True, "team_id": "T1"})
        if method == "conversations.info":
            return Told({"ok": True, "channel": {"is_private": False}})
        if method == "conversations.replies":
            onward = {"next_cursor": "" if asked.query["cursor"] else "b"}
            reply = self.message(22 if asked.query["cursor"] else 21, root=1)
            return Told({"ok": True, "messages": [reply], "response_metadata": onward})
        asked_for = self.message(1) | {"reply_count": 2}
        messages = [self.message(n) for n in range(5, 1, -1)] + [asked_for]
        low, high = asked.query["oldest"], asked.query.get("latest", "9")
        return Told({"ok": True, "messages": [m for m in messages if low < m["ts"] < high][:3]})


class TestTeams(FollowsAddresses):
    name = "teams"
    options = {"api": "{url}", "channels": ["t1/c1"]}
    access = {"client_id": "c", "client_secret": SECRET}
    items = ("value",)
    marks = ("@odata.nextLink", "@odata.deltaLink")

    @staticmethod
    def message(key: str, root: str | None = None) -> dict[str, Any]:
        return {
            "id": key,
            "replyToId": root,
            "messageType": "message",
            "createdDateTime": iso(WHEN),
            "from": {"user": {"id": "u-1", "displayName": "Ada"}},
            "body": {"contentType": "html", "content": "<p>Hello</p>"},
            "channelIdentity": {"teamId": "t1", "channelId": "c1"},
        }

    def answer(self, asked: Asked, url: str) -> Told:
        if asked.path.endswith("/token"):
            return Told({"access_token": SECRET})
        here, step = f"{url}{asked.path}", asked.query.get("step")
        if asked.path.endswith("/replies"):
            root = asked.path.split("/")[-2]
            onward = {} if step else {"@odata.nextLink": f"{here}?step=2"}
            return Told({"value": [self.message(f"{root}-{step or 1}", root)], **onward})
        if step is None:
            return Told({"value": [self.message("1")], "@odata.nextLink": f"{here}?step=2"})
        value = [self.message("2")] if step == "2" else []
        return Told({"value": value, "@odata.deltaLink": f"{here}?step=3"})


class TestStackExchange(HarvesterContract):
    name = "stackexchange"
    options = {"api": "{url}", "site": "example"}
    access = TOKEN
    items = ("items",)

    def answer(self, asked: Asked, url: str) -> Told:
        page, more = int(asked.query.get("page", 1)), {"quota_remaining": 99}
        at, ada = int(WHEN.timestamp()), {"user_id": 1, "display_name": "Ada"}
        found: list[dict[str, Any]]
        if asked.path == "/filters/create":
            return Told({"items": [{"filter": "made"}], "has_more": False})
        if asked.path.endswith("/answers"):
            found = [
                {"answer_id": n, "question_id": 1, "owner": ada, "creation_date": at}
                for n in (10, 11)
            ]
        elif asked.path.endswith("/comments"):
            found = [{"comment_id": 20, "post_id": 10, "owner": ada, "creation_date": at}]
        else:
            found = [
                {
                    "question_id": n,
                    "title": f"Q{n}",
                    "owner": ada,
                    "creation_date": at,
                    "last_activity_date": at,
                }
                for n in (1, 2, 3)
            ]
        return Told({"items": found[page - 1 : page], "has_more": page < len(found), **more})


class TestGitHub(HarvesterContract):
    name = "github"
    options = {"api": "{url}", "repositories": ["o/n"]}
    access = TOKEN
    items = ("nodes",)
    marks = ("endCursor",)

    def question(self, asked: Asked) -> str:
        return str("id" in json.loads(asked.body)["variables"])

    @staticmethod
    def written(number: int) -> dict[str, Any]:
        author = {"__typename": "User", "login": "ada", "url": "", "databaseId": 7}
        said = {"body": "Text", "createdAt": iso(WHEN), "author": author}
        return {"id": f"N{number}", "databaseId": number, "url": "https://h.example/x", **said}

    def comment(self, number: int) -> dict[str, Any]:
        return {**self.written(number), "isAnswer": False, "replies": {"nodes": []}}

    def discussion(self, number: int) -> dict[str, Any]:
        onward = {"hasNextPage": True, "endCursor": f"k{number}"}
        return {
            **self.written(number),
            "number": number,
            "title": "How?",
            "updatedAt": iso(WHEN),
            "category": {"id": "DIC_1", "name": "Q&A", "slug": "q-a", "isAnswerable": True},
            "labels": {"nodes": []},
            "comments": {"pageInfo": onward, "nodes": [self.comment(10 * number)]},
        }

    def answer(self, asked: Asked, url: str) -> Told:
        variables = json.loads(asked.body)["variables"]
        if "id" in variables:
            number = int(variables["id"][1:])
            further = variables["comments"] == f"k{number}"
            page = {"hasNextPage": further, "endCursor": "m"}
            nodes = [self.comment(10 * number + 1 + (not further))]
            return Told({"data": {"node": {"comments": {"pageInfo": page, "nodes": nodes}}}})
        last = variables["after"] is not None
        nodes = [] if variables["after"] == "b" else [self.discussion(2 if last else 1)]
        page = {"hasNextPage": not last, "endCursor": ("b" if last else "a") if nodes else None}
        about = {"databaseId": 5, "nameWithOwner": "o/n", "isPrivate": False, "url": ""}
        held = {**about, "discussions": {"pageInfo": page, "nodes": nodes}}
        return Told({"data": {"repository": held}})


class TestMoodle(HarvesterContract):
    name = "moodle"
    options = {"courses": [4]}
    access = TOKEN
    items = ("discussions",)
    vague = (b"[]",)  # nobody is enrolled, there is no forum

    def question(self, asked: Asked) -> str:
        return repr({**asked.form, "page": ""})

    def answer(self, asked: Asked, url: str) -> Told:
        at = int(WHEN.timestamp())
        function, page = asked.form["wsfunction"], int(asked.form.get("page", 0))
        post = {"id": 3, "discussionid": 2, "subject": "Hi", "message": "Hi", "parentid": 0}
        post |= {"timecreated": at, "author": {"id": 7, "fullname": "Ada"}}
        older = [{"discussion": n, "timemodified": 1} for n in range(100, 149)]
        recent = [{"discussion": 2, "timemodified": at}]
        held: dict[str, Any] = {
            "core_enrol_get_enrolled_users": [
                {"id": 7, "fullname": "Ada", "roles": [{"shortname": "student"}]}
            ],
            "gradereport_user_get_grade_items": {"usergrades": []},
            "core_completion_get_activities_completion_status": {"statuses": []},
            "core_completion_get_course_completion_status": {
                "completionstatus": {"completed": False, "completions": []}
            },
            "mod_forum_get_forums_by_courses": [{"id": 1}],
            "mod_forum_get_forum_discussions": {
                "discussions": [*older, *recent] if page == 0 else []
            },
            "mod_forum_get_discussion_posts": {"posts": [post]},
        }
        return Told(held[function])


class TestCanvas(FollowsAddresses):
    name = "canvas"
    options = {"courses": [6]}
    access = TOKEN
    items = ("",)

    def question(self, asked: Asked) -> str:
        return asked.path + asked.query.get("only_announcements", "")

    def answer(self, asked: Asked, url: str) -> Told:
        path, when = asked.path.removeprefix("/api/v1/courses/6/"), iso(WHEN)
        if path == "enrollments":
            last = "page" in asked.query
            link = {} if last else {"Link": f'<{url}{asked.path}?page=b>; rel="next"'}
            state = {"type": "StudentEnrollment", "enrollment_state": "active"}
            number = 2 if last else 1
            one = {"id": number, "user_id": number, "created_at": when, **state}
            return Told([one], 200, link)
        if "only_announcements" in asked.query:
            return Told([])
        topic = {"id": 30, "title": "Pumps", "author": {"id": 1}, "posted_at": when}
        entry = {"id": 31, "user_id": 1, "created_at": when, "message": "How?"}
        work = {"id": 50, "assignment_id": 40, "user_id": 1, "submitted_at": when}
        held: dict[str, Any] = {
            "discussion_topics": [topic],
            "discussion_topics/30/view": {"view": [entry]},
            "pages": [{"page_id": 60, "url": "pump-4", "title": "Pump 4"}],
            "pages/pump-4/revisions": [
                {"revision_id": 1, "updated_at": when, "edited_by": {"id": 1}}
            ],
            "students/submissions": [work],
        }
        return Told(held[path])


class TestConfluence(FollowsAddresses):
    name = "confluence"
    options = {"spaces": ["ENG"]}
    access = TOKEN
    items = ("results",)
    marks = ("next",)

    def answer(self, asked: Asked, url: str) -> Told:
        if asked.query.get("cursor") == "b":
            return Told({"results": [COMMENT, REPLY], "_links": {"base": url}})
        further = "/rest/api/content/search?cursor=b"
        return Told({"results": [PAGE], "_links": {"base": url, "next": further}})


def test_every_harvester_is_held_to_the_contract() -> None:
    held = [*HarvesterContract.__subclasses__(), *FollowsAddresses.__subclasses__()]
    held.remove(FollowsAddresses)
    assert {one.name for one in held} == set(all_harvesters())
