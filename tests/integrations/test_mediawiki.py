"""MediaWiki: items of recentchanges (formats 1 and 2) and of EventStreams, by hand."""

from __future__ import annotations

from typing import Any

from integrations.base import Delivery, Why
from lrs.domain import vocabulary as v
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import IntegrationContract, fetched

WIKI = "https://wiki.example"


def an_edit(**changes: Any) -> dict[str, Any]:
    return {
        "type": "edit",
        "ns": 0,
        "title": "Pump 4",
        "pageid": 31,
        "revid": 902,
        "old_revid": 901,
        "rcid": 77,
        "user": "Ada",
        "userid": 7,
        "oldlen": 100,
        "newlen": 130,
        "timestamp": "2026-03-02T09:15:00Z",
        "tags": [],
        **changes,
    }


def a_page(*items: dict[str, Any]) -> Delivery:
    return fetched({"batchcomplete": True, "query": {"recentchanges": list(items)}})


class TestMediaWiki(IntegrationContract):
    name = "mediawiki"
    instance = WIKI
    harvested = True

    def genuine(self) -> Delivery:
        return a_page(an_edit())

    def unknown(self) -> Delivery:
        return a_page(an_edit(type="categorize"))

    def by_bot(self) -> Delivery:
        return a_page(an_edit(bot=""))

    def by_nobody(self) -> Delivery:
        return a_page(an_edit(user="192.0.2.7", userid=0, anon=True))

    def private(self) -> Delivery:
        return a_page({k: x for k, x in an_edit(suppressed="").items() if k != "user"})

    lacks = {"private": "a hidden user is told as an anonymous one: see the test of its own"}

    def test_a_hidden_or_temporary_user_is_nobody(self) -> None:
        hidden = {k: x for k, x in an_edit(userhidden=True).items() if k != "user"}
        told = self.told(a_page(hidden, an_edit(user="~2026-12345-67", temp=True)))

        assert told.skipped == {Why.ANONYMOUS: 2}

    def test_an_edit_tells_what_it_added_and_its_page_by_number(self) -> None:
        made = self.statement(self.genuine())

        assert action_of(made) == "wiki_edit"
        assert made["object"]["id"] == f"{WIKI}/?curid=31"
        assert made["result"]["extensions"] == {v.REVISION: 902, v.SIZE_CHANGE: 30}

    def test_a_user_id_is_the_same_as_text_and_as_number(self) -> None:
        assert self.statement(a_page(an_edit(userid="7"))) == self.statement(self.genuine())

    def test_a_new_page_is_created(self) -> None:
        assert (
            action_of(self.statement(a_page(an_edit(type="new", old_revid=0, oldlen=0))))
            == "wiki_create"
        )

    def test_on_a_talk_page_tags_tell_a_reply_and_else_it_is_a_comment(self) -> None:
        told = self.told(
            a_page(
                an_edit(ns=1, revid=1, tags=["discussiontools-reply"]),
                an_edit(ns=1, revid=2, tags=["discussiontools-newtopic"]),
                an_edit(ns=1, revid=3),
            )
        )

        assert [action_of(s) for s in told.statements] == ["reply", "post", "comment"]
        parents = {s["context"]["contextActivities"]["parent"][0]["id"] for s in told.statements}
        assert parents == {f"{WIKI}/?curid=31"}

    def test_pages_that_are_deleted_restored_and_moved(self) -> None:
        logs = [("delete", "delete"), ("delete", "restore"), ("move", "move"), ("block", "block")]
        items = [
            an_edit(type="log", revid=0, pageid=0, logid=n, logtype=kind, logaction=action)
            for n, (kind, action) in enumerate(logs, 1)
        ]
        told = self.told(a_page(*items))

        assert [action_of(s) for s in told.statements] == ["delete", "restore", "move"]
        assert told.skipped == {Why.NOT_SOCIAL: 1}

    def test_a_frame_of_the_stream_tells_of_our_wiki_only(self) -> None:
        item = (
            '{"type":"edit","namespace":0,"title":"Pump 4","user":"Ada","bot":false,'
            '"timestamp":1772442900,"revision":{"old":901,"new":902},"length":{"old":1,"new":2},'
            '"meta":{"domain":"%s"},"server_url":"%s"}'
        )
        ours = item % ("wiki.example", WIKI)
        theirs = item % ("other.example", "https://other.example")
        body = f"event: message\nid: []\ndata: {ours}\n\n:ok\ndata: {theirs}\n\n".encode()

        told = self.told(Delivery(source="s", body=body, method="HARVEST"))

        assert [s["actor"]["account"] for s in told.statements] == [
            {"homePage": f"{WIKI}/wiki/User", "name": "Ada"}
        ]
        assert told.skipped == {Why.ELSEWHERE: 1}

    def test_an_error_of_the_api_is_skipped_with_its_reason(self) -> None:
        told = self.told(fetched({"error": {"code": "maxlag"}}))

        assert told.dead_letter is None
        assert told.skipped == {Why.VENDOR_ERROR: 1}
        assert told.details == ["maxlag"]
