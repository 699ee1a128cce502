"""Mattermost: outgoing webhooks, by hand."""

from __future__ import annotations

from typing import Any

from integrations.base import Delivery
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import IntegrationContract, posted


def a_post(**changes: Any) -> Delivery:
    body = {
        "token": "to be set",
        "team_id": "t1",
        "team_domain": "works",
        "channel_id": "c1",
        "channel_name": "pumps",
        "timestamp": 1772442900000,
        "user_id": "u7",
        "user_name": "ada",
        "post_id": "p9",
        "text": "Which seal fits pump 4?",
        "trigger_word": "",
        "file_ids": "",
    }
    return posted({**body, **changes})


class TestMattermost(IntegrationContract):
    name = "mattermost"
    settings = {"options": {"bots": ["b1"]}}
    lacks = {
        "private": "outgoing webhooks are sent for public channels only",
        "altered byte": "Mattermost signs no body: its token is the proof",
    }

    def genuine(self) -> Delivery:
        return a_post()

    def unknown(self) -> Delivery:
        return posted({"context": "a slash command"})

    def by_bot(self) -> Delivery:
        return a_post(user_id="b1")

    def by_nobody(self) -> Delivery:
        return a_post(user_id="")

    def test_a_post_stands_in_its_channel_at_the_time_it_was_written(self) -> None:
        made = self.statement(self.genuine())

        assert action_of(made) == "post"
        assert made["actor"]["account"]["name"] == "u7"
        assert made["timestamp"] == "2026-03-02T09:15:00Z"
        grouping = made["context"]["contextActivities"]["grouping"]
        assert grouping[0]["id"].endswith("/channels/c1")
