"""Questions, courses and wikis, each harvested twice from a small server of its protocol."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.harvest import Harvests
from integrations.http import Refused
from lrs.domain import timestamps
from tests.integrations.vendors.reading import Serve, actions, put, statements
from tests.integrations.vendors.server import Asked, Told
from tests.integrations.vendors.wiki import Wiki, at

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=3)


def ago(**more: float) -> datetime:
    return NOW - timedelta(**more)


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def twice(harvests: Harvests, source: str) -> None:
    """Two runs; the second must add nothing and be in conflict with nothing."""
    harvests.run(source, SINCE)
    again = harvests.run(source)

    assert set(again.counts) <= {"known"} | {k for k in again.counts if k.startswith("skipped")}


# Stack Exchange


def test_questions_with_answers_and_comments_are_read_and_backoff_is_obeyed(
    harvests: Harvests, serve: Serve
) -> None:
    def question(number: int) -> dict[str, Any]:
        moment = int(ago(hours=number).timestamp())
        return {
            "question_id": number,
            "title": f"Q{number}",
            "owner": {"user_id": 1, "display_name": "Ada"},
            "creation_date": moment,
            "last_activity_date": moment,
        }

    answered = {"answer_id": 90, "question_id": 1, "owner": {"user_id": 2}, "creation_date": 1}
    said = {"comment_id": 91, "post_id": 90, "owner": {"user_id": 3}, "creation_date": 2}
    questions = [question(n) for n in range(5, 0, -1)]

    def answer(asked: Asked) -> Told:
        more: dict[str, Any] = {"has_more": False, "quota_remaining": 99}
        if asked.path == "/filters/create":
            return Told({"items": [{"filter": "made"}], "backoff": 1, **more})
        assert asked.query["filter"] == "made"
        if asked.path.endswith("/answers"):
            return Told(
                {"items": [answered] if "/1/" in asked.path.replace(";", "/") else [], **more}
            )
        if asked.path.endswith("/comments"):
            return Told({"items": [said] if "90" in asked.path else [], **more})
        found = [q for q in questions if q["last_activity_date"] >= int(asked.query["min"])]
        start = 2 * (int(asked.query["page"]) - 1)
        return Told({"items": found[start : start + 2], "has_more": len(found) > start + 2})

    vendor = serve(answer)
    throttled = {
        "error_id": 502,
        "error_name": "throttle_violation",
        "error_message": "in 1 seconds",
    }
    vendor.faults.append(Told(throttled, 400))
    options = {"api": vendor.url, "site": "example"}
    twice(harvests, put(harvests, "stackexchange", vendor, options=options))

    assert actions(harvests) == ["answer", "ask", "ask", "ask", "ask", "ask", "comment"]


# GitHub


def test_discussions_are_read_with_comments_replies_and_the_answer(
    harvests: Harvests, serve: Serve
) -> None:
    def by(number: int) -> dict[str, Any]:
        return {"__typename": "User", "login": f"u{number}", "url": "", "databaseId": number}

    def written(number: int, author: int) -> dict[str, Any]:
        url = "https://github.example/x"
        text = {"body": "Text", "createdAt": iso(ago(hours=5)), "author": by(author)}
        return {"id": f"N{number}", "databaseId": number, "url": url, **text}

    end = {"hasNextPage": False, "endCursor": "c9"}
    reply = {**written(30, 3), "replies": {"nodes": []}}
    comment = {**written(20, 2), "isAnswer": True, "replies": {"nodes": [reply]}}
    late = {**written(21, 3), "isAnswer": False, "replies": {"nodes": []}}
    discussion = {
        **written(10, 1),
        "number": 4,
        "title": "How?",
        "updatedAt": iso(ago(hours=1)),
        "answerChosenAt": iso(ago(hours=1)),
        "answerChosenBy": by(1),
        "category": {"id": "DIC_1", "name": "Q&A", "slug": "q-a", "isAnswerable": True},
        "labels": {"nodes": [{"name": "tools"}]},
        "comments": {"pageInfo": {"hasNextPage": True, "endCursor": "k"}, "nodes": [comment]},
    }

    def answer(asked: Asked) -> Told:
        variables = json.loads(asked.body)["variables"]
        if "id" in variables:
            return Told({"data": {"node": {"comments": {"pageInfo": end, "nodes": [late]}}}})
        nodes = [] if variables["after"] else [discussion]
        page = {"pageInfo": {**end, "endCursor": "c9" if nodes else None}, "nodes": nodes}
        repository = {"databaseId": 5, "nameWithOwner": "o/n", "isPrivate": False, "url": ""}
        return Told({"data": {"repository": {**repository, "discussions": page}}})

    vendor = serve(answer)
    options = {"api": vendor.url, "repositories": ["o/n"]}
    twice(harvests, put(harvests, "github", vendor, options=options, access={"token": "t"}))

    assert actions(harvests) == ["accept", "answer", "answer", "ask", "reply"]


# Moodle


def test_a_course_of_moodle_is_read_and_an_error_with_status_200_is_one(
    harvests: Harvests, serve: Serve
) -> None:
    when = int(ago(hours=2).timestamp())
    grade = {"id": 1, "itemtype": "mod", "itemmodule": "quiz", "cmid": 8, "itemname": "Quiz"}
    grade |= {"graderaw": 8, "grademin": 0, "grademax": 10, "gradedategraded": when}
    post = {"id": 3, "discussionid": 2, "subject": "Hi", "message": "<p>Hi</p>", "parentid": 0}
    post |= {"timecreated": when, "author": {"id": 7, "fullname": "Ada"}}
    answers: dict[str, Any] = {
        "gradereport_user_get_grade_items": {
            "usergrades": [{"courseid": 4, "userid": 7, "gradeitems": [grade]}]
        },
        "core_enrol_get_enrolled_users": [
            {"id": 9, "fullname": "Bo", "roles": [{"shortname": "student"}]},
            {"id": 7, "fullname": "Ada", "roles": [{"shortname": "student"}]},
            {"id": 2, "fullname": "Cy", "roles": [{"shortname": "editingteacher"}]},
        ],
        "core_completion_get_activities_completion_status": {
            "statuses": [{"cmid": 8, "modname": "quiz", "state": 1, "timecompleted": when}]
        },
        "core_completion_get_course_completion_status": {
            "completionstatus": {"completed": False, "completions": []}
        },
        "mod_forum_get_forums_by_courses": [{"id": 1}],
        "mod_forum_get_forum_discussions": {
            "discussions": [{"discussion": 2, "timemodified": when}]
        },
        "mod_forum_get_discussion_posts": {"posts": [post]},
    }

    def answer(asked: Asked) -> Told:
        assert not asked.query
        if asked.form["wstoken"] != "right":
            return Told({"exception": "e", "errorcode": "invalidtoken", "message": ""})
        function, user = asked.form["wsfunction"], asked.form.get("userid")
        if function == "core_completion_get_course_completion_status" and user == "9":
            met = [{"timecompleted": when - 60}, {"timecompleted": when}, {"timecompleted": None}]
            return Told({"completionstatus": {"completed": True, "completions": met}})
        if "completion" in function and user == "2":
            return Told({"exception": "e", "errorcode": "usernotenroled", "message": ""})
        return Told(answers[function])

    vendor = serve(answer)
    options = {"courses": [4]}
    source = put(harvests, "moodle", vendor, options=options, access={"token": "wrong"})
    with pytest.raises(Refused, match="invalidtoken"):
        harvests.run(source, SINCE)

    twice(harvests, put(harvests, "moodle", vendor, options=options, access={"token": "right"}))

    assert actions(harvests) == sorted(
        ["register", "register", "complete", "complete", "complete", "post", "score"]
    )
    [course] = [
        s for s in statements(harvests) if "course/view" in s["object"]["id"] and s.get("result")
    ]
    assert course["actor"]["account"]["name"] == "9"
    assert timestamps.parse(course["timestamp"]) == when * 1_000_000


def test_a_run_through_a_course_of_moodle_that_broke_off_goes_on_with_the_next_learners(
    harvests: Harvests, serve: Serve
) -> None:
    users = [{"id": n, "roles": [{"shortname": "student"}]} for n in range(1, 121)]
    asked_for: list[str] = []

    def answer(asked: Asked) -> Told:
        function = asked.form["wsfunction"]
        if function == "core_enrol_get_enrolled_users":
            return Told(users)
        if function == "core_completion_get_activities_completion_status":
            asked_for.append(asked.form["userid"])
            if asked_for[0] == "1" and len(asked_for) == 70:
                return Told({"exception": "e", "errorcode": "dbconnectionfailed", "message": ""})
            return Told({"statuses": []})
        return Told({"exception": "e", "errorcode": "nocriteriaset", "message": ""})

    source = put(harvests, "moodle", serve(answer), options={"courses": [4]})
    with pytest.raises(Refused, match="dbconnectionfailed"):
        harvests.run(source, SINCE)
    asked_for.clear()

    harvests.run(source)

    assert asked_for == [str(n) for n in range(51, 121)]
    assert actions(harvests) == ["register"] * 120


# Canvas


def test_a_course_of_canvas_is_read_by_its_links_and_throttling_with_403_is_waited_out(
    harvests: Harvests, serve: Serve
) -> None:
    when = iso(ago(hours=2))

    def enrolment(number: int) -> dict[str, Any]:
        state = {"type": "StudentEnrollment", "enrollment_state": "active", "created_at": when}
        return {"id": number, "user_id": number, **state}

    reply = {"id": 32, "user_id": 2, "parent_id": 31, "created_at": when, "message": "So"}
    entry = {"id": 31, "user_id": 1, "created_at": when, "message": "How?", "replies": [reply]}
    topic = {"id": 30, "title": "Pumps", "author": {"id": 1}, "posted_at": when, "published": True}
    work = {"id": 50, "assignment_id": 40, "user_id": 1, "submitted_at": when, "score": 4}
    work |= {"graded_at": when, "posted_at": when, "grader_id": 9}

    def edited(number: int, by: int | None) -> dict[str, Any]:
        editor = {"id": by} if by else None
        return {"revision_id": number, "updated_at": when, "edited_by": editor}

    news = {"id": 33, "title": "News", "author": {"id": 9}, "posted_at": when, "published": True}
    later = {**news, "id": 34, "posted_at": None}
    page = {"page_id": 60, "url": "pump-4", "title": "Pump 4", "published": True}
    shut = {**page, "page_id": 61, "url": "shut"}
    drafted = {**page, "page_id": 62, "url": "draft", "published": False}

    def answer(asked: Asked) -> Told:
        path = asked.path.removeprefix("/api/v1/courses/6/")
        if path == "pages/shut/revisions":
            return Told({"status": "unauthorized"}, 401)
        if "only_announcements" in asked.query:
            return Told([news, later])
        if path == "enrollments" and "page" not in asked.query:
            link = {"Link": f'<{vendor.url}{asked.path}?page=b>; rel="next"'}
            return Told([enrolment(1)], 200, link)
        held: dict[str, Any] = {
            "enrollments": [enrolment(2)],
            "discussion_topics": [topic],
            "discussion_topics/30/view": {"view": [entry]},
            "discussion_topics/33/view": {"view": []},
            "pages": [page, shut, drafted],
            "pages/pump-4/revisions": [edited(3, 1), edited(2, None), edited(1, 9)],
            "students/submissions": [{**work, "assignment": {"points_possible": 5}}],
        }
        return Told(held[path])

    vendor = serve(answer)
    vendor.faults.append(Told(b"403 Forbidden (Rate Limit Exceeded)", 403))
    source = put(harvests, "canvas", vendor, options={"courses": [6]}, access={"token": "t"})
    twice(harvests, source)

    formal = ["register", "register", "submit", "score"]
    social = ["post", "post", "reply", "reply", "wiki_create", "wiki_edit"]
    assert actions(harvests) == sorted(formal + social)


# MediaWiki, what is older than its recent changes


def test_what_recent_changes_have_forgotten_is_read_from_all_revisions(
    harvests: Harvests, serve: Serve
) -> None:
    wiki = Wiki(3)

    def answer(asked: Asked) -> Told:
        if asked.query["list"] == "recentchanges":
            return wiki(asked)
        revision = {
            "revid": 5,
            "parentid": 0,
            "user": "Ada",
            "userid": 7,
            "timestamp": at(-900_000),
        }
        page = {"pageid": 40, "ns": 0, "title": "Pump 4", "revisions": [{**revision, "size": 9}]}
        return Told({"query": {"allrevisions": [page]}})

    source = put(harvests, "mediawiki", serve(answer), options={"changes_days": 5_000})

    harvests.run(source, datetime(2010, 1, 1, tzinfo=UTC))

    assert len(statements(harvests)) == 4
