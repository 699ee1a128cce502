"""GitHub: webhook bodies in the shape of its documentation, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson

from integrations.base import Delivery, Why
from lrs.domain import vocabulary as v
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import IntegrationContract, posted

ADA = {"login": "ada", "id": 7, "type": "User"}
BO = {"login": "bo", "id": 8, "type": "User"}


def a_body(**changes: Any) -> dict[str, Any]:
    return {
        "action": "created",
        "discussion": {
            "id": 5,
            "number": 12,
            "title": "Pump 4",
            "body": "Who has tried it? @Cleo @org/team `@code`",
            "user": ADA,
            "category": {"id": 3, "name": "Q&A", "is_answerable": True},
            "created_at": "2026-03-02T09:15:00Z",
            "updated_at": "2026-03-02T09:15:00Z",
            "answer_chosen_at": None,
        },
        "repository": {"id": 99, "full_name": "acme/pumps", "private": False},
        "sender": ADA,
        **changes,
    }


def a_comment(**changes: Any) -> dict[str, Any]:
    return {
        "id": 41,
        "parent_id": None,
        "user": BO,
        "body": "I did.",
        "created_at": "2026-03-02T10:00:00Z",
        "updated_at": "2026-03-02T10:00:00Z",
        **changes,
    }


def event(name: str, body: dict[str, Any]) -> Delivery:
    return posted(body, {"X-GitHub-Event": name, "X-GitHub-Delivery": "1"})


class TestGitHub(IntegrationContract):
    name = "github"
    instance = "https://github.com"

    def genuine(self) -> Delivery:
        return event("discussion", a_body())

    def unknown(self) -> Delivery:
        return event("push", a_body())

    def by_bot(self) -> Delivery:
        return event(
            "discussion", a_body(sender={"login": "dependabot[bot]", "id": 1, "type": "Bot"})
        )

    def by_nobody(self) -> Delivery:
        return event("discussion", a_body(sender={"login": "ghost", "id": 10137, "type": "User"}))

    def private(self) -> Delivery:
        hidden = {"id": 99, "full_name": "acme/secret", "private": True}
        return event("discussion", a_body(repository=hidden))

    def test_a_discussion_in_a_category_with_answers_asks(self) -> None:
        made = self.statement(self.genuine())

        assert action_of(made) == "ask"
        assert made["actor"]["account"] == {"homePage": "https://github.com", "name": "7"}
        assert made["object"]["id"] == "https://github.com/repositories/99/discussions/12"
        named = [one["agent"]["account"]["name"] for one in made["context"]["contextAgents"]]
        assert named == ["cleo"]

    def test_a_comment_answers_and_a_comment_on_it_replies(self) -> None:
        first = self.statement(event("discussion_comment", a_body(comment=a_comment(), sender=BO)))
        nested = a_comment(id=42, parent_id=41)
        second = self.statement(event("discussion_comment", a_body(comment=nested, sender=ADA)))

        assert [action_of(first), action_of(second)] == ["answer", "reply"]
        whom = first["context"]["contextAgents"][0]
        assert whom["agent"]["account"]["name"] == "7"
        assert whom["relevantTypes"] == [v.ANSWERED]
        assert second["context"]["contextActivities"]["parent"][0]["id"] == first["object"]["id"]

    def test_a_category_is_known_by_the_id_that_a_harvest_knows_too(self) -> None:
        body = a_body()
        body["discussion"]["category"]["node_id"] = "DIC_1"
        made = self.statement(event("discussion", body))

        assert made["context"]["contextActivities"]["grouping"][0]["id"].endswith(
            "/discussions/categories/DIC_1"
        )

    def test_an_answer_is_accepted_by_the_sender(self) -> None:
        body = a_body(action="answered", answer=a_comment())
        body["discussion"]["answer_chosen_at"] = "2026-03-03T08:00:00Z"
        made = self.statement(event("discussion", body))

        assert action_of(made) == "accept"
        assert made["actor"]["account"]["name"] == "7"
        assert made["timestamp"] == "2026-03-03T08:00:00Z"

    def test_one_event_may_hold_several_pages_of_a_wiki(self) -> None:
        pages = [
            {"page_name": "Home", "title": "Home", "action": "created", "sha": "a1"},
            {"page_name": "Pump 4", "title": "Pump 4", "action": "edited", "sha": "b2"},
        ]
        told = self.told(event("gollum", {**a_body(), "pages": pages}))

        assert [action_of(s) for s in told.statements] == ["wiki_create", "wiki_edit"]

    def test_who_deletes_a_comment_is_the_sender_and_when_is_not_told(self) -> None:
        body = a_body(action="deleted", comment=a_comment(), sender=ADA)
        made = self.statement(event("discussion_comment", body))

        assert action_of(made) == "delete"
        assert made["actor"]["account"]["name"] == "7"
        assert "timestamp" not in made

    def test_moderation_is_no_act_and_a_ping_is_a_ping(self) -> None:
        assert self.told(event("discussion", a_body(action="locked"))).skipped == {
            Why.NOT_SOCIAL: 1
        }
        assert self.told(event("ping", {"zen": "Keep it simple."})).skipped == {Why.PING: 1}

    def test_a_form_is_signed_as_it_is_and_read_as_json(self) -> None:
        form = b"payload=" + quote(orjson.dumps(a_body())).encode()

        assert self.statement(replace(self.genuine(), body=form)) == self.statement(self.genuine())
