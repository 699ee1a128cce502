"""What Canvas's Live Events become."""

from __future__ import annotations

from typing import Any

from integrations.base import Delivery, Why
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import IntegrationContract, posted
from tests.integrations.test_learning_systems import a_course


def live(
    name: str = "discussion_entry_created", body: dict[str, Any] | None = None, **metadata: Any
) -> Delivery:
    entry = {
        "discussion_entry_id": "21",
        "discussion_topic_id": "12",
        "parent_discussion_entry_id": "20",
        "text": "<p>I did.</p>",
        "user_id": "7",
        "created_at": "2026-03-02T09:15:00Z",
    }
    told = {
        "event_name": name,
        "event_time": "2026-03-02T09:15:01.000Z",
        "root_account_id": "210000000000001",
        "context_type": "Course",
        "context_id": "210000000000565",
        **metadata,
    }
    return posted({"metadata": told, "body": entry if body is None else body})


class TestCanvas(IntegrationContract):
    name = "canvas"
    instance = "https://acme.instructure.com"
    lacks = {
        "altered byte": "nothing is signed: the token in the path is the proof",
        "bot": "jobs have no user: see the test of anonymous ones",
    }

    def genuine(self) -> Delivery:
        return live()

    def unknown(self) -> Delivery:
        return live("syllabus_updated")

    def by_nobody(self) -> Delivery:
        page = {"wiki_page_id": "9", "title": "Pump 4"}
        return live("wiki_page_updated", page)

    def private(self) -> Delivery:
        grade = {"submission_id": "1", "assignment_id": "2", "student_id": "7", "muted": True}
        return live("grade_change", grade)

    def test_local_ids_become_global(self) -> None:
        made = self.statement(self.genuine())

        assert made["actor"]["account"]["name"] == "210000000000007"
        assert a_course(made)[-1] == "https://acme.instructure.com/courses/210000000000565"
        parent = made["context"]["contextActivities"]["parent"][0]["id"]
        assert parent.endswith("/discussion_entries/210000000000020")

    def test_an_impossible_score_keeps_only_what_holds(self) -> None:
        grade = {
            "submission_id": "1",
            "assignment_id": "2",
            "student_id": "7",
            "score": 5,
            "points_possible": 1,
            "grader_id": None,
        }
        made = self.statement(live("grade_change", grade))

        assert made["result"]["score"] == {"raw": 5}
        assert "instructor" not in made["context"]

    def test_an_invitation_is_no_enrolment(self) -> None:
        enrolment = {
            "enrollment_id": "1",
            "course_id": "565",
            "user_id": "7",
            "type": "StudentEnrollment",
            "workflow_state": "invited",
            "created_at": "2026-03-02T09:15:00Z",
        }
        assert self.told(live("enrollment_created", enrolment)).skipped == {Why.NOT_PUBLISHED: 1}
        active = {**enrolment, "workflow_state": "active"}
        assert action_of(self.statement(live("enrollment_created", active))) == "register"

    def test_what_a_job_copies_nobody_wrote_and_who_wrote_it_first_is_told(self) -> None:
        """The copy of a course names the authors of the original."""
        topic = {"discussion_topic_id": "1", "title": "Pump 4", "user_id": "7"}

        assert action_of(self.statement(live("discussion_topic_created", topic))) == "post"
        for copied in (live("discussion_topic_created", topic, job_id="8"), live(job_id="8")):
            assert self.told(copied).skipped == {Why.NO_PERSON: 1}

    def test_what_was_graded_without_being_handed_in_is_not_submitted(self) -> None:
        work = {"submission_id": "1", "assignment_id": "2", "user_id": "7"}
        graded = {**work, "submitted_at": None, "workflow_state": "graded"}
        handed_in = {**work, "submitted_at": "2026-03-02T09:15:00Z"}

        made = self.statement(live("submission_updated", handed_in))

        assert action_of(made) == "submit"
        assert made["timestamp"].startswith("2026-03-02T09:15:00")
        assert self.told(live("submission_updated", graded)).skipped == {Why.UNCHANGED: 1}
