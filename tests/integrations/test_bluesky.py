"""Bluesky: events of Jetstream, by hand."""

from __future__ import annotations

from typing import Any

from integrations.base import Delivery, Why
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import IntegrationContract, fetched

ADA, BO, CLEO = "did:plc:ada", "did:plc:bo", "did:plc:cleo"
SEEN = 1_772_442_900_000_000


def a_commit(
    record: dict[str, Any] | None, collection: str = "app.bsky.feed.post", **changes: Any
) -> Delivery:
    commit = {"rev": "r1", "operation": "create", "collection": collection, "rkey": "k1", **changes}
    if record is not None:
        commit["record"] = record
    return fetched({"did": ADA, "time_us": SEEN, "kind": "commit", "commit": commit})


def a_post(**changes: Any) -> dict[str, Any]:
    return {"text": "Pump 4", "createdAt": "2026-03-02T09:14:59Z", "langs": ["en"], **changes}


class TestBluesky(IntegrationContract):
    name = "bluesky"
    instance = "https://bsky.app"
    harvested = True
    settings = {"options": {"bots": ["did:plc:bot"]}}
    lacks = {"private": "all of it is public", "anonymous": "every event has a DID"}

    def genuine(self) -> Delivery:
        return a_commit(a_post())

    def unknown(self) -> Delivery:
        return a_commit({"subject": BO}, "app.bsky.graph.block")

    def by_bot(self) -> Delivery:
        commit = {
            "rev": "r1",
            "operation": "create",
            "collection": "app.bsky.feed.post",
            "rkey": "k1",
        }
        held = {"did": "did:plc:bot", "time_us": SEEN, "kind": "commit"}
        return fetched({**held, "commit": {**commit, "record": a_post()}})

    def test_people_are_dids_and_posts_have_the_address_that_at_uris_turn_into(self) -> None:
        made = self.statement(self.genuine())

        assert made["actor"]["account"] == {"homePage": "https://bsky.app", "name": ADA}
        assert made["object"]["id"] == f"https://bsky.app/profile/{ADA}/post/k1"
        assert made["timestamp"] == "2026-03-02T09:14:59Z"

    def test_a_reply_tells_whom_by_its_address(self) -> None:
        above = {"uri": f"at://{BO}/app.bsky.feed.post/p1"}
        made = self.statement(a_commit(a_post(reply={"root": above, "parent": above})))

        assert action_of(made) == "reply"
        assert made["context"]["contextAgents"][0]["agent"]["account"]["name"] == BO
        parent = made["context"]["contextActivities"]["parent"][0]["id"]
        assert parent == f"https://bsky.app/profile/{BO}/post/p1"

    def test_an_absurd_time_of_the_client_gives_way_to_the_time_it_was_seen(self) -> None:
        for absurd in ("1970-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "soon"):
            made = self.statement(a_commit(a_post(createdAt=absurd)))

            assert made["timestamp"] == "2026-03-02T09:15:00Z"

    def test_likes_reposts_and_follows_are_records_of_their_own(self) -> None:
        subject = {
            "subject": {"uri": f"at://{BO}/app.bsky.feed.post/p1"},
            "createdAt": "2026-03-02T09:15:00Z",
        }
        made = [
            self.statement(a_commit(subject, "app.bsky.feed.like")),
            self.statement(a_commit(subject, "app.bsky.feed.repost")),
            self.statement(a_commit({**subject, "subject": BO}, "app.bsky.graph.follow")),
        ]

        assert [action_of(one) for one in made] == ["like", "share", "follow"]
        assert made[2]["object"]["account"]["name"] == BO

    def test_facets_tell_mentions_and_tags(self) -> None:
        facets = [{"features": [{"did": CLEO}]}, {"features": [{"tag": "Safety"}]}]
        made = self.statement(a_commit(a_post(facets=facets)))

        assert made["context"]["contextAgents"][0]["agent"]["account"]["name"] == CLEO
        assert (
            made["context"]["contextActivities"]["other"][0]["id"] == "https://bsky.app/tag/safety"
        )

    def test_a_deletion_has_no_record(self) -> None:
        gone = self.statement(a_commit(None, operation="delete"))
        unliked = self.told(a_commit(None, "app.bsky.feed.like", operation="delete"))

        assert action_of(gone) == "delete"
        assert unliked.skipped == {Why.OBJECT_UNKNOWN: 1}

    def test_an_error_of_the_api_is_skipped_with_its_reason(self) -> None:
        told = self.told(fetched({"error": "RateLimitExceeded", "message": "Too many requests"}))

        assert told.dead_letter is None
        assert told.skipped == {Why.VENDOR_ERROR: 1}
        assert told.details == ["RateLimitExceeded"]
