"""Stack Exchange: wrapper objects of API 2.3, by hand."""

from __future__ import annotations

from typing import Any

from integrations.base import Delivery, Why
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import IntegrationContract, fetched

ADA = {"user_id": 7, "user_type": "registered", "display_name": "Ada &amp; Co"}
BO = {"user_id": 8, "user_type": "registered", "display_name": "Bo"}


def a_question(**changes: Any) -> dict[str, Any]:
    return {
        "question_id": 31,
        "title": "Pump 4 doesn&#39;t start",
        "body": "<p>Why?</p>",
        "owner": ADA,
        "creation_date": 1772442900,
        "tags": ["pump", "c++"],
        "score": 4,
        "view_count": 90,
        **changes,
    }


def items(*held: dict[str, Any]) -> Delivery:
    return fetched({"items": list(held), "has_more": False, "quota_remaining": 290})


class TestStackExchange(IntegrationContract):
    name = "stackexchange"
    instance = "https://qa.example"
    harvested = True
    settings = {"options": {"bots": ["-1"]}}
    lacks = {"private": "what the API answers is readable for the site"}

    def genuine(self) -> Delivery:
        return items(a_question())

    def unknown(self) -> Delivery:
        return items({"badge_id": 1, "name": "Teacher"})

    def by_bot(self) -> Delivery:
        return items(a_question(owner={"user_id": -1, "user_type": "moderator"}))

    def by_nobody(self) -> Delivery:
        return items(a_question(owner={"user_type": "does_not_exist", "display_name": "user7"}))

    def test_questions_answers_and_comments(self) -> None:
        answer = {"answer_id": 41, "question_id": 31, "owner": BO, "creation_date": 1772443000}
        comment = {
            "comment_id": 51,
            "post_id": 41,
            "post_type": "answer",
            "owner": ADA,
            "reply_to_user": BO,
            "creation_date": 1772443100,
        }
        told = self.told(items(a_question(), answer, comment))

        assert [action_of(s) for s in told.statements] == ["ask", "answer", "comment"]
        ids = [s["object"]["id"] for s in told.statements]
        parents = [
            s["context"]["contextActivities"]["parent"][0]["id"] for s in told.statements[1:]
        ]
        assert parents == ids[:2]
        assert told.statements[0]["object"]["definition"]["name"] == {"und": "Pump 4 doesn't start"}

    def test_only_who_asked_can_have_accepted(self) -> None:
        told = self.told(items(a_question(accepted_answer_id=41)))

        accepted = told.statements[1]
        assert action_of(accepted) == "accept"
        assert accepted["actor"]["account"]["name"] == "7"
        assert "timestamp" not in accepted

    def test_an_edit_is_told_only_with_its_editor(self) -> None:
        unsaid = self.told(items(a_question(last_edit_date=1772444000)))
        said = self.told(items(a_question(last_edit_date=1772444000, last_editor=BO)))

        assert [action_of(s) for s in unsaid.statements] == ["ask"]
        assert [action_of(s) for s in said.statements] == ["ask", "edit"]

    def test_a_throttled_answer_is_an_error(self) -> None:
        error = {"error_id": 502, "error_name": "throttle_violation"}

        assert self.told(fetched(error)).skipped == {Why.VENDOR_ERROR: 1}
