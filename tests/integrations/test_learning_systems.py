"""Moodle, Open edX and Caliper: rows and events in their shape, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.base import Delivery, Why
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import IntegrationContract, fetched, posted


def a_row(event: str = "mod_forum\\event\\post_created", **changes: Any) -> dict[str, Any]:
    return {
        "id": 9001,
        "eventname": f"\\{event}",
        "userid": 7,
        "relateduserid": None,
        "courseid": 4,
        "contextinstanceid": 31,
        "objectid": 51,
        "other": '{"discussionid":"12","forumid":"3"}',
        "timecreated": 1772442900,
        "realuserid": None,
        "anonymous": 0,
        **changes,
    }


COURSE = "/course/view.php?id=4"


def a_course(statement: dict[str, Any]) -> list[str]:
    return [one["id"] for one in statement["context"]["contextActivities"].get("grouping", [])]


class TestMoodle(IntegrationContract):
    name = "moodle"
    instance = "https://lms.example"
    harvested = True
    settings = {"options": {"modules": {"31": "book"}}}

    def genuine(self) -> Delivery:
        return fetched([a_row()])

    def unknown(self) -> Delivery:
        return fetched([a_row("core\\event\\calendar_event_updated")])

    def by_bot(self) -> Delivery:
        return fetched([a_row(realuserid=2)])

    def by_nobody(self) -> Delivery:
        return fetched([a_row(anonymous=1)])

    def private(self) -> Delivery:
        return fetched([a_row("core\\event\\message_sent", relateduserid=8)])

    lacks = {"bot": "Moodle has none; jobs and masquerade are tested below"}

    def test_a_reply_names_its_discussion_and_its_course(self) -> None:
        made = self.statement(self.genuine())

        assert action_of(made) == "reply"
        assert made["object"]["id"] == "https://lms.example/mod/forum/discuss.php?d=12#p51"
        parent = made["context"]["contextActivities"]["parent"][0]["id"]
        assert parent == "https://lms.example/mod/forum/discuss.php?d=12"
        assert a_course(made) == ["https://lms.example/course/view.php?id=4"]

    def test_details_serialised_by_php_are_the_same(self) -> None:
        old = 'a:2:{s:12:"discussionid";i:12;s:7:"forumid";i:3;}'

        assert self.statement(fetched(a_row(other=old))) == self.statement(self.genuine())

    def test_the_learner_of_a_completion_is_not_who_caused_the_row(self) -> None:
        row = a_row("core\\event\\course_completed", userid=0, relateduserid=8, other=None)
        made = self.statement(fetched(row))

        assert action_of(made) == "complete"
        assert made["actor"]["account"]["name"] == "8"
        assert made["object"]["id"] == "https://lms.example/course/view.php?id=4"

    @pytest.mark.parametrize(
        ("other", "grade"),
        [
            ('{"itemid":"6","finalgrade":"8.50000"}', 8.5),
            ('a:2:{s:6:"itemid";i:6;s:10:"finalgrade";d:8.5;}', 8.5),
            ('{"itemid":"6","finalgrade":0}', 0),
        ],
    )
    def test_a_grade_is_the_learners_and_names_who_gave_it(self, other: str, grade: float) -> None:
        row = a_row("core\\event\\user_graded", userid=2, relateduserid=8, other=other)
        made = self.statement(fetched(row))

        assert action_of(made) == "score"
        assert made["actor"]["account"]["name"] == "8"
        assert made["context"]["instructor"]["account"]["name"] == "2"
        assert made["object"]["id"].endswith("/grade/edit/tree/item.php?courseid=4&id=6")
        assert made["result"]["score"] == {"raw": grade}

    def test_a_grade_that_was_taken_away_is_none(self) -> None:
        row = a_row("core\\event\\user_graded", relateduserid=8, other='{"finalgrade":null}')

        assert self.told(fetched(row)).skipped == {Why.UNCHANGED: 1}

    def test_entries_of_blogs_and_glossaries_are_written(self) -> None:
        blog = self.statement(fetched(a_row("core\\event\\blog_entry_created", other=None)))
        glossary = self.statement(fetched(a_row("mod_glossary\\event\\entry_created", other=None)))

        assert blog["object"]["id"] == f"{self.instance}/blog/index.php?entryid=51"
        assert glossary["object"]["id"] == f"{self.instance}/mod/glossary/showentry.php?eid=51"
        parent = glossary["context"]["contextActivities"]["parent"][0]["id"]
        assert parent == f"{self.instance}/mod/glossary/view.php?id=31"

    def test_an_enrolment_names_who_enrolled(self) -> None:
        row = a_row("core\\event\\user_enrolment_created", userid=2, relateduserid=8, other=None)
        made = self.statement(fetched(row))

        assert action_of(made) == "register"
        assert made["context"]["instructor"]["account"]["name"] == "2"

    @pytest.mark.parametrize(("state", "success"), [(1, None), (2, True), (3, False)])
    def test_states_of_a_completion(self, state: int, success: bool | None) -> None:
        row = a_row(
            "core\\event\\course_module_completion_updated",
            relateduserid=8,
            other=f'{{"completionstate":{state}}}',
        )
        made = self.statement(fetched(row))

        assert made["object"]["id"] == "https://lms.example/mod/book/view.php?id=31"
        assert made["result"].get("success") == success

    def test_jobs_and_people_logged_in_as_others_are_nobody(self) -> None:
        told = self.told(fetched([a_row(userid=0), a_row(realuserid=2)]))

        assert told.skipped == {Why.NO_PERSON: 2}

    def test_grades_count_by_their_raw_numbers_and_hidden_ones_not(self) -> None:
        item = {
            "id": 1,
            "itemtype": "mod",
            "itemmodule": "quiz",
            "cmid": 31,
            "graderaw": 9.28,
            "gradeformatted": "9,28",
            "grademin": 0,
            "grademax": 20,
            "gradedategraded": 1772442900,
        }
        grades = [
            item,
            {**item, "id": 2, "graderaw": None},
            {**item, "id": 3, "gradeishidden": True},
        ]
        told = self.told(
            fetched({"usergrades": [{"courseid": 4, "userid": 7, "gradeitems": grades}]})
        )

        score = told.statements[0]["result"]["score"]
        assert score == {"raw": 9.28, "min": 0, "max": 20, "scaled": pytest.approx(0.464)}
        assert told.skipped == {Why.UNCHANGED: 1, Why.PRIVATE: 1}

    def test_whose_completion_it_is_stands_in_the_question(self) -> None:
        answer = {
            "statuses": [{"cmid": 31, "modname": "book", "state": 1, "timecompleted": 1772442900}]
        }
        asked = replace(fetched(answer), query={"userid": "7", "courseid": "4"})

        assert action_of(self.statement(asked)) == "complete"
        assert self.told(fetched(answer)).skipped == {Why.ACTOR_UNKNOWN: 1}

    def test_posts_of_a_forum_name_what_they_answer(self) -> None:
        post = {
            "id": 50,
            "discussionid": 12,
            "parentid": None,
            "subject": "Pump 4",
            "message": "<p>Who?</p>",
            "author": {"id": 7, "fullname": "Ada"},
            "timecreated": 1772442900,
        }
        reply = {**post, "id": 51, "parentid": 50, "author": {"id": 8}}
        nested = {**reply, "id": 52, "parentid": 51}
        hidden = {**reply, "id": 53, "isprivatereply": True}
        told = self.told(fetched({"posts": [post, reply, nested, hidden]}))

        assert [action_of(s) for s in told.statements] == ["post", "reply", "reply"]
        parents = [
            s["context"]["contextActivities"]["parent"][0]["id"] for s in told.statements[1:]
        ]
        assert [p.rpartition("?")[2] for p in parents] == ["d=12", "d=12#p51"]
        assert told.skipped == {Why.PRIVATE: 1}

    def test_posts_of_a_forum_name_their_course_and_whom_they_answer(self) -> None:
        """Who is answered stands in the same answer, the course in the question."""
        post = {"id": 50, "discussionid": 12, "subject": "Pump 4", "timecreated": 1772442900}
        asked = {**post, "author": {"id": 7, "fullname": "Ada"}}
        replies = [
            {**post, "id": 51, "parentid": 50, "author": {"id": 8}},
            {**post, "id": 52, "parentid": 51, "author": {"id": 9}, "isdeleted": True},
            {**post, "id": 53, "parentid": 52, "author": {"id": 7}},
        ]
        posts = fetched({"posts": [asked, *replies]})

        made = self.told(replace(posts, query={"courseid": "4"})).statements

        assert {tuple(a_course(one)[-1:]) for one in made} == {(f"{self.instance}{COURSE}",)}
        [answered] = made[1]["context"]["contextAgents"]
        assert answered["agent"]["account"]["name"] == "7"
        assert ["contextAgents" in one["context"] for one in made] == [False, True, False]

    def test_an_error_comes_with_status_200(self) -> None:
        assert self.told(fetched({"exception": "x", "errorcode": "invalidtoken"})).skipped == {
            Why.VENDOR_ERROR: 1
        }


def tracked(name: str = "edx.forum.response.created", **data: Any) -> Delivery:
    body = {"id": "c1", "discussion": {"id": "t1"}, "body": "<p>I did.</p>", **data}
    context = {"course_id": "course-v1:A+B+C", "user_id": 7, "username": "ada"}
    return fetched(
        {"name": name, "timestamp": "2026-03-02T09:15:00+00:00", "context": context, "data": body}
    )


class TestOpenEdx(IntegrationContract):
    name = "openedx"
    instance = "https://courses.example"
    harvested = True
    lacks = {"bot": "no bots are told", "private": "no private content is tracked"}

    def genuine(self) -> Delivery:
        return tracked()

    def unknown(self) -> Delivery:
        return tracked("edx.video.closed_captions.shown")

    def by_nobody(self) -> Delivery:
        return tracked("edx.forum.thread.created", anonymous=True)

    def test_a_response_and_a_comment_name_what_they_answer(self) -> None:
        response = self.statement(self.genuine())
        comment = self.statement(
            tracked("edx.forum.comment.created", id="c2", response={"id": "c1"})
        )

        assert [action_of(response), action_of(comment)] == ["reply", "reply"]
        parent = comment["context"]["contextActivities"]["parent"][0]["id"]
        assert parent == response["object"]["id"]

    def test_a_thread_of_type_question_asks(self) -> None:
        made = self.statement(
            tracked("edx.forum.thread.created", thread_type="question", title="Why?")
        )

        assert action_of(made) == "ask"

    def test_a_zero_weight_problem_has_no_scale(self) -> None:
        made = self.statement(
            tracked(
                "problem_check",
                problem_id="block-v1:A+B+C+type@problem+block@1",
                grade=0,
                max_grade=0,
            )
        )

        assert made["result"]["score"] == {"raw": 0}

    def test_accounts_of_other_senders_are_a_setting(self) -> None:
        made = self.statement(self.genuine(), options={"users": {"7": "32e08e30"}})

        assert made["actor"]["account"]["name"] == "32e08e30"


def sensed(**changes: Any) -> dict[str, Any]:
    return {
        "id": "urn:uuid:1",
        "type": "MessageEvent",
        "actor": {"id": "https://lms.example/users/7", "type": "Person"},
        "action": "Posted",
        "object": {
            "id": "https://lms.example/messages/2",
            "type": "Message",
            "body": "I did.",
            "replyTo": {"id": "https://lms.example/messages/1", "type": "Message"},
            "isPartOf": {"id": "https://lms.example/threads/1", "type": "Thread", "name": "Pump 4"},
        },
        "eventTime": "2026-03-02T09:15:00.000Z",
        "group": "https://lms.example/courses/4",
        **changes,
    }


class TestCaliper(IntegrationContract):
    name = "caliper"
    instance = "https://lms.example"
    lacks = {
        "altered byte": "nothing is signed: the sensor's key is the proof",
        "anonymous": "an event without an actor is unreadable",
        "private": "nothing private is told",
    }

    def genuine(self) -> Delivery:
        return posted({"sensor": "s", "data": [sensed()]})

    def unknown(self) -> Delivery:
        return posted(sensed(type="ToolUseEvent", action="Used"))

    def by_bot(self) -> Delivery:
        return posted(
            sensed(actor={"id": "https://lms.example/robot", "type": "SoftwareApplication"})
        )

    def test_a_message_names_what_it_answers_its_thread_and_its_course(self) -> None:
        made = self.statement(self.genuine())

        assert action_of(made) == "reply"
        parent = made["context"]["contextActivities"]["parent"][0]["id"]
        assert parent == "https://lms.example/messages/1"
        assert a_course(made) == ["https://lms.example/threads/1", "https://lms.example/courses/4"]

    def test_entities_may_be_ids_alone(self) -> None:
        made = self.statement(
            posted(
                sensed(
                    type="NavigationEvent",
                    action="NavigatedTo",
                    actor="https://lms.example/users/7",
                    object="https://lms.example/p/1",
                )
            )
        )

        assert made["actor"]["account"]["name"] == "https://lms.example/users/7"
        assert made["object"]["id"] == "https://lms.example/p/1"

    def test_the_learner_of_a_grade_is_whose_attempt_it_is(self) -> None:
        attempt = {
            "id": "https://x.example/a",
            "type": "Attempt",
            "assignee": "https://lms.example/users/8",
        }
        graded = sensed(type="GradeEvent", action="Graded", object=attempt)
        score = {"type": "Score", "scoreGiven": 10, "maxScore": 15}
        made = self.statement(posted({**graded, "generated": score}))

        assert made["actor"]["account"]["name"] == "https://lms.example/users/8"
        assert made["context"]["instructor"]["account"]["name"] == "https://lms.example/users/7"
        assert made["result"]["score"]["raw"] == 10
