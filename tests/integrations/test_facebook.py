"""Facebook Pages: `feed` changes, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from integrations.base import Delivery, Why
from integrations.receive import receive
from lrs.domain import vocabulary as v
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import NOW, IntegrationContract, posted

PAGE = "4400"


def a_comment(**changes: Any) -> dict[str, Any]:
    return {
        "item": "comment",
        "verb": "add",
        "from": {"id": "71", "name": "Ada"},
        "post_id": "4400_10",
        "comment_id": "10_20",
        "parent_id": "4400_10",
        "created_time": 1772442900,
        "message": "I have tried pump 4",
        "post": {"is_published": True, "permalink_url": "https://www.facebook.com/4400/posts/10"},
        **changes,
    }


def changed(*values: dict[str, Any], field: str = "feed") -> Delivery:
    changes = [{"field": field, "value": value} for value in values]
    return posted(
        {"object": "page", "entry": [{"id": PAGE, "time": 1772442901, "changes": changes}]}
    )


class TestFacebook(IntegrationContract):
    name = "facebook"
    instance = "https://www.facebook.com"
    settings = {"options": {"bots": ["99"], "verify_token": "agreed"}}

    def genuine(self) -> Delivery:
        return changed(a_comment())

    def unknown(self) -> Delivery:
        return changed({"x": 1}, field="ratings")

    def by_bot(self) -> Delivery:
        return changed(a_comment(**{"from": {"id": "99"}}))

    def by_nobody(self) -> Delivery:
        return changed({k: x for k, x in a_comment().items() if k != "from"})

    def private(self) -> Delivery:
        return posted({"object": "page", "entry": [{"id": PAGE, "messaging": [{"message": {}}]}]})

    def test_people_live_on_the_page(self) -> None:
        account = self.statement(self.genuine())["actor"]["account"]

        assert account == {"homePage": "https://www.facebook.com/4400", "name": "71"}

    def test_a_comment_on_a_comment_replies(self) -> None:
        made = [
            self.statement(self.genuine()),
            self.statement(changed(a_comment(comment_id="10_21", parent_id="10_20"))),
        ]

        assert [action_of(one) for one in made] == ["comment", "reply"]
        parents = [one["context"]["contextActivities"]["parent"][0]["id"] for one in made]
        assert [p.rpartition("/")[2] for p in parents] == ["4400_10", "10_20"]

    def test_the_page_itself_is_no_learner(self) -> None:
        assert self.told(changed(a_comment(**{"from": {"id": PAGE}}))).skipped == {Why.NO_PERSON: 1}

    def test_old_versions_tell_the_sender_as_a_number(self) -> None:
        old = {k: x for k, x in a_comment(sender_id=71, sender_name="Ada").items() if k != "from"}

        assert self.statement(changed(old))["actor"] == self.statement(self.genuine())["actor"]

    def test_what_is_no_act_of_a_person_is_counted_by_its_reason(self) -> None:
        post = {
            "item": "status",
            "from": {"id": "71"},
            "post_id": "4400_11",
            "created_time": 1772442900,
        }
        told = self.told(
            changed(
                {**post, "verb": "add", "published": 0, "message": "later"},
                {**post, "verb": "edited", "published": 1},
                {**post, "item": "post", "verb": "remove"},
                a_comment(verb="hide"),
            )
        )

        assert told.statements == []
        assert told.skipped == {
            Why.NOT_PUBLISHED: 1,
            Why.UNCHANGED: 1,
            Why.ACTOR_UNKNOWN: 1,
            Why.NOT_SOCIAL: 1,
        }

    def test_a_reaction_that_is_no_like_tells_which(self) -> None:
        reaction = {
            "item": "reaction",
            "reaction_type": "wow",
            "from": {"id": "71"},
            "post_id": "4400_10",
        }
        made = self.statement(changed({**reaction, "verb": "add", "created_time": 1772442900}))
        undone = self.statement(changed({**reaction, "verb": "remove", "created_time": 1772442999}))

        assert [action_of(made), action_of(undone)] == ["like", "unlike"]
        assert made["result"]["extensions"] == {v.REACTION: "wow"}

    def test_many_changes_in_one_delivery_are_many_statements(self) -> None:
        told = self.told(changed(*(a_comment(comment_id=f"10_{n}") for n in range(50))))

        assert len({one["id"] for one in told.statements}) == 50

    def test_the_signature_covers_the_escapes_as_they_were_sent(self) -> None:
        body = orjson.dumps(orjson.loads(self.genuine().body)).replace(b"Ada", b"\\u00c9da")

        told = receive(self.source(), self.signed(replace(self.genuine(), body=body)), NOW)

        assert told.statements[0]["actor"]["name"] == "Éda"

    def test_the_handshake_echoes_the_challenge_only_for_the_agreed_token(self) -> None:
        def asked(token: str) -> Delivery:
            query = {"hub.mode": "subscribe", "hub.challenge": "11582", "hub.verify_token": token}
            return Delivery(source="s", method="GET", query=query)

        right = receive(self.source(), asked("agreed"), NOW).answer
        wrong = receive(self.source(), asked("guessed"), NOW).answer

        assert right is not None
        assert wrong is not None
        assert (right.status, right.body) == (200, b"11582")
        assert (wrong.status, wrong.body) == (403, b"")
