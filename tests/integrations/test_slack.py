"""Slack: Events API callbacks, by hand."""

from __future__ import annotations

from typing import Any

from integrations.base import Delivery, Why
from integrations.times import epoch
from lrs.domain import vocabulary as v
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import IntegrationContract, fetched, posted

SITE = "https://acme.slack.com"


def a_message(**changes: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "channel": "C77",
        "channel_type": "channel",
        "user": "U7",
        "team": "T1",
        "ts": "1772442900.000100",
        "text": "Who knows <@U8> &amp; <#C9|pumps>? See <https://x.example|this>",
        **changes,
    }


def a_reaction(**changes: Any) -> dict[str, Any]:
    """It never tells the kind of channel."""
    return {
        "type": "reaction_added",
        "user": "U7",
        "reaction": "heart",
        "item": {"type": "message", "channel": "C77", "ts": "1772442900.000100"},
        "item_user": "U9",
        "event_ts": "1772443001.000000",
        **changes,
    }


def callback(event: dict[str, Any]) -> Delivery:
    body = {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event_time": 1772442900}
    return posted({**body, "event": event})


class TestSlack(IntegrationContract):
    name = "slack"
    instance = SITE

    def genuine(self) -> Delivery:
        return callback(a_message())

    def unknown(self) -> Delivery:
        return callback({"type": "emoji_changed"})

    def by_bot(self) -> Delivery:
        return callback(a_message(bot_id="B1"))

    def by_nobody(self) -> Delivery:
        return callback({k: x for k, x in a_message().items() if k != "user"})

    def private(self) -> Delivery:
        return callback(a_message(channel="D5", channel_type="im"))

    def test_a_message_names_its_people_by_id_and_reads_as_people_see_it(self) -> None:
        made = self.statement(self.genuine())

        assert action_of(made) == "post"
        assert made["object"]["id"] == f"{SITE}/archives/C77/p1772442900000100"
        text = made["object"]["definition"]["description"]["und"]
        assert text == "Who knows @U8 & #pumps? See this"
        assert made["context"]["contextAgents"][0]["agent"]["account"]["name"] == "U8"

    def test_a_reply_names_its_thread_and_whom(self) -> None:
        made = self.statement(
            callback(
                a_message(
                    ts="1772442999.000000", thread_ts="1772442900.000100", parent_user_id="U9"
                )
            )
        )

        assert action_of(made) == "reply"
        parent = made["context"]["contextActivities"]["parent"][0]["id"]
        assert parent == self.statement(self.genuine())["object"]["id"]
        told = {
            a["agent"]["account"]["name"]: a["relevantTypes"]
            for a in made["context"]["contextAgents"]
        }
        assert told["U9"] == [v.ANSWERED]

    def test_private_groups_are_told_by_their_kind_or_their_id(self) -> None:
        for changes in ({"channel_type": "group"}, {"channel": "G5", "channel_type": None}):
            assert self.told(callback(a_message(**changes))).skipped == {Why.PRIVATE: 1}

    def test_a_mention_of_the_app_is_told_by_its_message(self) -> None:
        """The mention does not tell the kind of channel; ids of private ones begin with C, too."""
        mention = {k: x for k, x in a_message(type="app_mention").items() if k != "channel_type"}

        told = self.told(callback(mention), options={"channels": ["C77"]})

        assert (told.statements, told.skipped) == ([], {Why.TOLD_ELSEWHERE: 1})

    def test_a_channel_of_unknown_kind_is_recorded_only_if_it_is_named(self) -> None:
        reaction = callback(a_reaction())

        assert self.told(reaction).skipped == {Why.PRIVATE: 1}
        assert self.told(reaction, options={"channels": ["C9"]}).skipped == {Why.PRIVATE: 1}
        assert len(self.told(reaction, options={"channels": ["C77"]}).statements) == 1

    def test_a_channel_may_be_set_private(self) -> None:
        assert self.told(self.genuine(), options={"private": ["C77"]}).skipped == {Why.PRIVATE: 1}

    def test_only_an_edited_text_is_an_edit(self) -> None:
        edited = {"user": "U7", "ts": "1772443000.000000"}
        before = a_message()
        now = a_message(text="New", edited=edited)
        change = a_message(subtype="message_changed", message=now, previous_message=before)
        unfurl = a_message(subtype="message_changed", message=before, previous_message=before)

        assert action_of(self.statement(callback(change))) == "edit"
        assert self.told(callback(unfurl)).skipped == {Why.UNCHANGED: 1}

    def test_an_edit_is_of_the_workspace_of_its_message(self) -> None:
        before = a_message(user_team="T2")
        now = {**before, "text": "New", "edited": {"user": "U7", "ts": "1772443000.000000"}}
        change = a_message(subtype="message_changed", message=now, previous_message=before)

        written, edited = self.statement(callback(before)), self.statement(callback(change))

        assert written["actor"]["account"]["homePage"] == "https://slack.com/T2"
        assert edited["actor"] == written["actor"]

    def test_an_error_of_the_api_is_skipped_with_its_reason(self) -> None:
        told = self.told(fetched({"ok": False, "error": "ratelimited"}))

        assert (told.dead_letter, told.skipped) == (None, {Why.VENDOR_ERROR: 1})

    def test_reactions_like_dislike_and_are_taken_back(self) -> None:
        def reacted(kind: str, name: str) -> dict[str, Any]:
            event = a_reaction(type=kind, reaction=name)
            return self.statement(callback(event), options={"channels": ["C77"]})

        made = [
            reacted("reaction_added", "heart"),
            reacted("reaction_added", "thumbsdown"),
            reacted("reaction_removed", "heart"),
            reacted("reaction_added", "eyes::skin-tone-2"),
        ]

        assert [action_of(one) for one in made] == ["like", "dislike", "unlike", "like"]
        assert made[3]["result"]["extensions"] == {v.REACTION: "eyes"}
        assert "result" not in made[0]

    def test_people_of_another_workspace_live_there(self) -> None:
        made = self.statement(callback(a_message(team="T2")))

        assert made["actor"]["account"]["homePage"] == "https://slack.com/T2"

    def test_a_challenge_is_answered_only_if_it_is_signed(self) -> None:
        told = self.told(posted({"type": "url_verification", "challenge": "abc"}))

        assert told.answer is not None
        assert (told.answer.body, told.status) == (b"abc", 200)

    def test_revoked_tokens_withdraw_consent(self) -> None:
        told = self.told(callback({"type": "tokens_revoked", "tokens": {"oauth": ["U7"]}}))

        [(who, at)] = told.withdrawals
        assert who is not None
        assert who["account"]["name"] == "U7"
        assert at == epoch(1772442900)
