"""Mastodon: admin webhooks, statuses and frames of streams, by hand."""

from __future__ import annotations

from typing import Any

import orjson

from integrations.base import Delivery, Why
from lrs.domain import vocabulary as v
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import IntegrationContract, fetched, posted

ADA = {
    "id": "7",
    "acct": "ada",
    "display_name": "Ada",
    "bot": False,
    "url": "https://social.example/@ada",
}
BO = {
    "id": "8",
    "acct": "bo",
    "display_name": "",
    "bot": False,
    "url": "https://social.example/@bo",
}


def a_status(**changes: Any) -> dict[str, Any]:
    return {
        "id": "900",
        "created_at": "2026-03-02T09:15:00.000Z",
        "edited_at": None,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "visibility": "public",
        "language": None,
        "uri": "https://social.example/users/ada/statuses/900",
        "content": "<p>Pump 4 <a href='x'>#<span>safety</span></a></p>",
        "account": ADA,
        "reblog": None,
        "mentions": [],
        "tags": [{"name": "safety"}],
        "favourites_count": 3,
        **changes,
    }


def hook(event: str, status: dict[str, Any]) -> Delivery:
    return posted({"event": event, "created_at": "2026-03-02T09:15:01Z", "object": status})


class TestMastodon(IntegrationContract):
    name = "mastodon"
    instance = "https://social.example"

    def genuine(self) -> Delivery:
        return hook("status.created", a_status())

    def unknown(self) -> Delivery:
        return hook("account.approved", {"id": "7"})

    def by_bot(self) -> Delivery:
        return hook("status.created", a_status(account={**ADA, "bot": True}))

    def private(self) -> Delivery:
        return hook("status.created", a_status(visibility="direct"))

    lacks = {"anonymous": "every status has an account"}

    def test_a_status_is_known_by_the_ids_of_our_instance(self) -> None:
        made = self.statement(self.genuine())

        assert action_of(made) == "post"
        assert made["object"]["id"] == "https://social.example/statuses/900"
        assert made["object"]["definition"]["moreInfo"] == a_status()["uri"]
        assert made["object"]["definition"]["description"] == {"und": "Pump 4 #safety"}

    def test_a_reply_names_whom_once(self) -> None:
        reply = a_status(
            id="901",
            in_reply_to_id="900",
            in_reply_to_account_id="8",
            mentions=[{"id": "8", "acct": "bo"}, {"id": "9", "acct": "cleo"}],
        )
        made = self.statement(hook("status.created", reply))

        assert action_of(made) == "reply"
        told = [
            (a["agent"]["account"]["name"], a["relevantTypes"])
            for a in made["context"]["contextAgents"]
        ]
        assert told == [("8", [v.ANSWERED]), ("9", [v.MENTIONED])]

    def test_a_boost_shares_the_original_of_another(self) -> None:
        boost = a_status(id="950", account=BO, content="", reblog=a_status())
        made = self.statement(hook("status.created", boost))

        assert action_of(made) == "share"
        assert made["actor"]["account"]["name"] == "8"
        assert made["object"]["id"].endswith("/statuses/900")

    def test_a_boost_of_something_private_is_private(self) -> None:
        boost = a_status(id="950", account=BO, reblog=a_status(visibility="private"))

        assert self.told(hook("status.created", boost)).skipped == {Why.PRIVATE: 1}

    def test_an_edit_is_another_act_and_what_was_first_written_is_not_made_up(self) -> None:
        edited = a_status(edited_at="2026-03-02T10:00:00.000Z")

        told = self.told(fetched([edited]))

        assert [action_of(s) for s in told.statements] == ["post", "edit"]
        assert "description" not in told.statements[0]["object"]["definition"]

    def test_a_favourite_is_told_by_a_notification(self) -> None:
        note = {"id": "1", "type": "favourite", "created_at": "2026-03-02T11:00:00Z", "account": BO}
        made = self.statement(fetched([{**note, "status": a_status()}]))

        assert action_of(made) == "like"
        assert made["actor"]["account"]["name"] == "8"

    def test_a_stream_has_heartbeats_and_deletions_that_are_no_json(self) -> None:
        status = orjson.dumps(a_status()).decode()
        body = f":)\nevent: update\ndata: {status}\n\nevent: delete\ndata: 900\n\n".encode()

        told = self.told(Delivery(source="s", body=body, method="HARVEST"))

        assert len(told.statements) == 1
        assert told.skipped == {Why.ACTOR_UNKNOWN: 1}
