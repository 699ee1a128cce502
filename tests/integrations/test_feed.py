"""Feeds: RSS and Atom by hand, pushed by a hub."""

from __future__ import annotations

import pytest

from integrations.base import Delivery, Why
from integrations.receive import accept, receive
from integrations.sources.feed import callback_path
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import NEW, NOW, IntegrationContract

TOPIC = "https://blog.example/feed"


def atom(*entries: str) -> Delivery:
    head = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">'
        '<title>Workshop</title><link href="https://blog.example/"/>'
    )
    return Delivery(source="s", body=(head + "".join(entries) + "</feed>").encode())


def entry(
    author: str = "Ada de Vries", more: str = "", updated: str = "2026-03-02T09:15:00Z"
) -> str:
    return (
        "<entry><id>tag:blog.example,2026:31</id><title>Pump 4</title>"
        f"<author><name>{author}</name></author><published>2026-03-02T09:15:00Z</published>"
        f'<updated>{updated}</updated><category term="Safety"/>'
        f'<content type="html">&lt;p&gt;It works.&lt;/p&gt;</content>{more}</entry>'
    )


def rss(*items: str) -> Delivery:
    head = (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>W</title>'
    )
    made = "".join(f"<item><dc:creator>Ada de Vries</dc:creator>{item}</item>" for item in items)
    return Delivery(source="s", body=f"{head}{made}</channel></rss>".encode())


class TestFeed(IntegrationContract):
    name = "feed"
    instance = "https://blog.example"
    settings = {"options": {"authors": {"Ada de Vries": "e1034"}, "topic": TOPIC}}
    lacks = {
        "unknown event": "a feed has entries only",
        "bot": "a feed names people only; who is one is set in `authors`",
        "private": "a feed is public",
    }

    def genuine(self) -> Delivery:
        return atom(entry())

    def by_nobody(self) -> Delivery:
        return atom(entry(author="Somebody Else"))

    def test_an_author_is_one_only_by_the_map_of_the_source(self) -> None:
        made = self.statement(self.genuine())

        assert action_of(made) == "post"
        assert made["actor"]["account"] == {"homePage": "https://blog.example", "name": "e1034"}
        assert made["object"]["id"] == "tag:blog.example,2026:31"

    def test_a_reply_by_rfc_4685_comments(self) -> None:
        reply = '<thr:in-reply-to ref="tag:blog.example,2026:30" href="https://blog.example/30"/>'
        made = self.statement(atom(entry(more=reply)))

        assert action_of(made) == "comment"
        assert made["context"]["contextActivities"]["parent"][0]["id"] == "https://blog.example/30"

    def test_an_entry_that_was_updated_is_posted_and_edited(self) -> None:
        told = self.told(atom(entry(updated="2026-03-03T09:00:00Z")))

        assert [action_of(s) for s in told.statements] == ["post", "edit"]

    def test_rss_with_a_guid_that_is_no_address(self) -> None:
        item = (
            "<title>Pump 4</title><link>https://blog.example/31</link>"
            '<guid isPermaLink="false">31</guid><pubDate>Mon, 02 Mar 2026 09:15:00 GMT</pubDate>'
        )
        made = self.statement(rss(item))

        assert made["object"]["id"] == "https://blog.example/31"
        assert made["timestamp"] == "2026-03-02T09:15:00Z"

    def test_a_guid_that_is_no_address_is_one_of_the_source_where_there_is_no_link(self) -> None:
        """And keeps no other entry out."""
        bare = '<title>Pump 8</title><guid isPermaLink="false">8</guid>'
        told = self.told(rss(bare, "<title>Pump 9</title><link>https://blog.example/9</link>"))

        ids = [made["object"]["id"] for made in told.statements]
        assert ids == ["https://blog.example/#8", "https://blog.example/9"]

    @pytest.mark.parametrize("date", ["", "<pubDate>Mon, 02 Mar 2026 09:15:00 GMT</pubDate>"])
    def test_of_two_entries_under_one_guid_neither_is_lost(self, date: str) -> None:
        guid = f'<guid isPermaLink="false">31</guid>{date}'
        one = f"<title>Pump 4</title><link>https://blog.example/4</link>{guid}"
        other = f"<title>Pump 5</title><link>https://blog.example/5</link>{guid}"

        told = self.told(rss(one, other, other)).statements
        assert len({made["id"] for made in told}) == 2
        assert told[1] == told[2]

    def test_an_entry_without_a_date_is_told_from_what_the_feed_had_before(self) -> None:
        guid = '<guid isPermaLink="false">31</guid>'
        one, other = (
            self.statement(
                rss(f"<title>Pump {n}</title><link>https://blog.example/{n}</link>{guid}")
            )
            for n in (4, 5)
        )

        assert one["id"] != other["id"]

    def test_two_versions_of_an_entry_are_one_post(self) -> None:
        edited = entry(updated="2026-03-03T09:00:00Z")
        told = self.told(atom(entry(), edited)).statements

        assert [action_of(made) for made in told] == ["post", "post", "edit"]
        assert told[0]["id"] == told[1]["id"]

    def test_a_wrong_signature_is_dropped_and_answered_with_success(self) -> None:
        told = receive(self.source(), self.genuine(), NOW)

        assert told.status == 202
        assert told.refused

    def test_a_subscription_is_confirmed_only_if_it_was_asked_for(self) -> None:
        """At the place that only the hub knows; nobody ends one that we did not end."""
        here = callback_path(self.source(), NEW)

        def asked(topic: str, mode: str = "subscribe", path: str = here) -> int:
            query = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": "c"}
            delivery = Delivery(source="s", method="GET", query=query, path=path)
            told = receive(self.source(), delivery, NOW)
            assert told.answer is not None
            return told.answer.status

        assert asked(TOPIC) == 200
        assert asked("https://evil.example/feed") == 404
        assert asked(TOPIC, path="") == 404
        assert asked(TOPIC, path="wrong-path") == 404
        assert asked(TOPIC, mode="unsubscribe") == 404
        assert asked(TOPIC, mode="denied") == 200

    def test_a_feed_never_makes_us_fetch_anything(self) -> None:
        """The parser opens what looks like an address; it is given bytes only."""
        told = accept(self.source(), Delivery(source="s", body=b"http://127.0.0.1:9/feed"))

        assert told.dead_letter == "this is no feed"
        assert told.skipped == {}
        assert Why.ACTOR_UNKNOWN not in told.skipped
