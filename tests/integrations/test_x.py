"""X: X Activity events, Account Activity and pages of API v2, by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import orjson

from integrations.base import Delivery, Why
from integrations.receive import receive
from lrs.domain import vocabulary as v
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import NEW, NOW, IntegrationContract, fetched, posted


def a_post(**changes: Any) -> dict[str, Any]:
    return {
        "id": "900",
        "author_id": "7",
        "created_at": "2026-03-02T09:15:00.000Z",
        "text": "Pump 4 &amp; #Safety",
        "lang": "en",
        "edit_history_tweet_ids": ["900"],
        "conversation_id": "900",
        "entities": {"hashtags": [{"tag": "Safety"}]},
        **changes,
    }


def activity(kind: str, payload: dict[str, Any], **more: Any) -> Delivery:
    data = {"event_uuid": "-1", "event_type": kind, "filter": {"user_id": "7"}, "payload": payload}
    return posted({"data": {**data, **more}})


class TestX(IntegrationContract):
    name = "x"
    instance = "https://x.com"
    settings = {"options": {"bots": ["13"]}}

    def genuine(self) -> Delivery:
        return activity("post.create", a_post())

    def unknown(self) -> Delivery:
        return activity("profile.update.bio", {"before": "a", "after": "b"})

    def by_bot(self) -> Delivery:
        return activity("post.create", a_post(author_id="13"))

    def by_nobody(self) -> Delivery:
        return activity("post.create", a_post(author_id=None))

    def private(self) -> Delivery:
        return posted({"for_user_id": "7", "direct_message_events": [{"id": "1"}]})

    def test_a_post_without_its_marks(self) -> None:
        made = self.statement(self.genuine())

        assert action_of(made) == "post"
        assert made["object"]["id"] == "https://x.com/i/web/status/900"
        assert made["object"]["definition"]["description"] == {"en": "Pump 4 & #Safety"}

    def test_an_event_id_may_be_another_for_the_same_post(self) -> None:
        """The same Post is told once per subscribed user."""
        other = activity("post.create", a_post(public_metrics={"like_count": 4}), event_uuid="2")

        assert self.statement(other) == self.statement(self.genuine())

    def test_a_reply_names_the_post_and_whom_and_only_typed_mentions(self) -> None:
        post = a_post(
            id="901",
            edit_history_tweet_ids=["901"],
            referenced_tweets=[
                {"type": "replied_to", "id": "900"},
                {"type": "quoted", "id": "850"},
            ],
            in_reply_to_user_id="8",
            display_text_range=[4, 20],
            entities={"mentions": [{"start": 0, "id": "8"}, {"start": 10, "id": "9"}]},
        )
        made = self.statement(activity("post.create", post))

        assert action_of(made) == "reply"
        assert made["context"]["contextActivities"]["parent"][0]["id"].endswith("/900")
        told = [
            (a["agent"]["account"]["name"], a["relevantTypes"])
            for a in made["context"]["contextAgents"]
        ]
        assert told == [("8", [v.ANSWERED]), ("9", [v.MENTIONED])]

    def test_a_repost_shares_the_original(self) -> None:
        made = self.statement(
            activity("post.create", a_post(referenced_tweets=[{"type": "retweeted", "id": "850"}]))
        )

        assert action_of(made) == "share"
        assert made["object"]["id"].endswith("/850")
        assert "parent" not in made["context"]["contextActivities"]

    def test_a_new_version_edits_the_first(self) -> None:
        made = self.statement(
            activity("post.create", a_post(id="905", edit_history_tweet_ids=["900", "905"]))
        )

        assert action_of(made) == "edit"
        assert made["object"]["id"].endswith("/900")

    def test_who_follows_is_told_once_and_without_a_time(self) -> None:
        """The follower's own event counts; whom they follow may be subscribed to as well."""
        people = {
            "source": {"data": {"id": "7", "name": "Ada"}},
            "target": {"data": {"id": "8", "name": "Bo"}},
        }
        followed = activity("follow.follow", people)
        told = self.statement(followed)
        ended = self.statement(activity("follow.unfollow", people))
        heard = self.told(activity("follow.follow", people, filter={"user_id": "8"}))

        assert action_of(told) == "follow"
        assert told["actor"]["account"]["name"] == "7"
        assert told["object"]["account"]["name"] == "8"
        assert "timestamp" not in told
        assert self.statement(followed) == told
        assert action_of(ended) == "unfollow"
        assert heard.skipped == {Why.TOLD_ELSEWHERE: 1}

    def test_protected_people_are_private(self) -> None:
        includes = {"users": [{"id": "7", "protected": True}]}

        assert self.told(activity("post.create", a_post(), includes=includes)).skipped == {
            Why.PRIVATE: 1
        }

    def test_protected_people_and_bots_delete_and_follow_nothing_either(self) -> None:
        includes = {"users": [{"data": {"id": "7", "protected": True}}]}
        deleted = {"id": "850", "author_id": "7"}
        of_bot = activity("post.delete", {**deleted, "author_id": "13"})
        who = {"id": "7", "name": "Ada", "protected": True}
        follow = {"type": "follow", "created_timestamp": "1772442900000", "source": who}
        followed = posted(
            {"for_user_id": "7", "follow_events": [{**follow, "target": {"id": "8"}}]}
        )

        hidden = [activity("post.delete", deleted, includes=includes), followed]

        assert [self.told(one).skipped for one in hidden] == [{Why.PRIVATE: 1}] * 2
        assert self.told(of_bot).skipped == {Why.BOT: 1}
        assert action_of(self.statement(activity("post.delete", deleted))) == "delete"

    def test_a_like_is_told_of_the_subscribed_user_only(self) -> None:
        liked = {
            "liked_tweet_id": "850",
            "liked_tweet_author_id": "8",
            "created_at": "2026-03-02T09:15:00Z",
        }
        ours = activity("like.create", liked, filter={"user_id": "7", "direction": "outbound"})
        theirs = activity("like.create", liked, filter={"user_id": "7", "direction": "inbound"})

        assert action_of(self.statement(ours)) == "like"
        assert self.told(theirs).skipped == {Why.ACTOR_UNKNOWN: 1}

    def test_a_challenge_is_answered_with_the_newest_secret(self) -> None:
        asked = Delivery(source="s", method="GET", query={"crc_token": "abc"})
        digest = base64.b64encode(hmac.new(NEW.encode(), b"abc", hashlib.sha256).digest()).decode()

        told = receive(self.source(NEW, "older"), asked, NOW)

        assert told.answer is not None
        assert orjson.loads(told.answer.body) == {"response_token": f"sha256={digest}"}

    def test_errors_stand_beside_data(self) -> None:
        told = self.told(fetched({"data": [a_post()], "errors": [{"title": "Not Found Error"}]}))

        assert len(told.statements) == 1
        assert told.skipped == {Why.VENDOR_ERROR: 1}

    def test_a_revoked_authorisation_withdraws_consent(self) -> None:
        revoke = {"user_id": "7", "date_time": "2026-03-02T09:15:00+00:00"}
        [(who, at)] = self.told(activity("oauth.revoke", revoke)).withdrawals

        assert who is not None
        assert who["account"]["name"] == "7"
        assert at == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)

    def test_an_old_post_is_read_by_its_text_ids(self) -> None:
        old = {
            "id": 1304102743196356600,
            "id_str": "1304102743196356610",
            "created_at": "Mon Mar 02 09:15:00 +0000 2026",
            "text": "short…",
            "truncated": True,
            "extended_tweet": {
                "full_text": "the whole of it",
                "entities": {"hashtags": [{"text": "Pump"}]},
            },
            "user": {"id_str": "7", "name": "Ada", "protected": False},
        }
        made = self.statement(posted({"for_user_id": "7", "tweet_create_events": [old]}))

        assert made["object"]["id"].endswith("/1304102743196356610")
        assert made["object"]["definition"]["description"] == {"und": "the whole of it"}
