"""WordPress: the REST API's collections, WP Webhooks and HookPress, by hand."""

from __future__ import annotations

from typing import Any

from integrations.base import Delivery, Why
from integrations.receive import receive
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import NEW, NOW, IntegrationContract, fetched, posted

BLOG = "https://blog.example"


def a_post(**changes: Any) -> dict[str, Any]:
    return {
        "id": 31,
        "date_gmt": "2026-03-02T09:15:00",
        "modified_gmt": "2026-03-02T09:15:00",
        "status": "publish",
        "type": "post",
        "link": f"{BLOG}/2026/pump-4",
        "title": {"rendered": "Pump&nbsp;4"},
        "content": {"rendered": "<p>It works.</p>", "protected": False},
        "author": 7,
        "categories": [3],
        "tags": [5],
        **changes,
    }


def a_comment(**changes: Any) -> dict[str, Any]:
    return {
        "id": 51,
        "post": 31,
        "parent": 0,
        "author": 8,
        "author_name": "Bo",
        "date_gmt": "2026-03-02T10:00:00",
        "content": {"rendered": "<p>Here too.</p>"},
        "status": "approved",
        "type": "comment",
        **changes,
    }


def a_row(**changes: Any) -> Delivery:
    row = {
        "ID": 31,
        "post_author": "7",
        "post_date_gmt": "2026-03-02 09:15:00",
        "post_title": "Pump 4",
        "post_content": "<!-- wp:paragraph --><p>It works.</p>",
        "post_status": "publish",
        "post_type": "post",
        "post_password": "",
        **changes,
    }
    return posted({"post_id": 31, "post": row, "post_permalink": f"{BLOG}/2026/pump-4"})


class TestWordPress(IntegrationContract):
    name = "wordpress"
    instance = BLOG
    settings = {"options": {"bots": ["99"]}}

    def genuine(self) -> Delivery:
        return a_row()

    def unknown(self) -> Delivery:
        return posted({"taxonomy": "category", "name": "Workshop"})

    def by_bot(self) -> Delivery:
        return a_row(post_author="99")

    def by_nobody(self) -> Delivery:
        return a_row(post_author="0")

    def private(self) -> Delivery:
        return a_row(post_password="secret")

    def test_a_webhook_and_the_api_tell_the_same_act(self) -> None:
        pushed, pulled = self.statement(a_row()), self.statement(fetched([a_post()]))

        assert action_of(pushed) == action_of(pulled) == "post"
        assert pushed["id"] == pulled["id"]
        assert pulled["object"]["id"] == f"{BLOG}/?p=31"
        assert pulled["object"]["definition"]["description"] == {"und": "It works."}
        assert pulled["timestamp"] == "2026-03-02T09:15:00Z"

    def test_comments_and_replies_to_them(self) -> None:
        told = self.told(fetched([a_comment(), a_comment(id=52, parent=51)]))

        assert [action_of(s) for s in told.statements] == ["comment", "reply"]
        parents = [s["context"]["contextActivities"]["parent"][0]["id"] for s in told.statements]
        assert parents == [f"{BLOG}/?p=31", f"{BLOG}/?p=31#comment-51"]

    def test_what_is_not_there_for_everybody_is_not_recorded(self) -> None:
        told = self.told(
            fetched(
                [
                    a_post(status="draft"),
                    a_post(author=0),
                    a_comment(author=0),
                    a_comment(status="hold"),
                    a_comment(type="pingback"),
                ]
            )
        )

        assert told.skipped == {Why.NOT_PUBLISHED: 2, Why.ANONYMOUS: 2, Why.NO_PERSON: 1}

    def test_revisions_tell_who_edited_and_autosaves_tell_nothing(self) -> None:
        revision = {
            "id": 40,
            "author": 8,
            "parent": 31,
            "modified_gmt": "2026-03-03T09:00:00",
            "slug": "31-revision-v1",
            "guid": {"rendered": ""},
            "title": {"rendered": "Pump 4"},
        }
        told = self.told(fetched([revision, {**revision, "id": 41, "slug": "31-autosave-v1"}]))

        assert [action_of(s) for s in told.statements] == ["edit"]
        assert told.statements[0]["object"]["id"] == f"{BLOG}/?p=31"

    def test_names_of_tags_are_told_only_if_they_are_embedded(self) -> None:
        term = [
            [
                {"taxonomy": "post_tag", "name": "Safety"},
                {"taxonomy": "category", "name": "Workshop"},
            ]
        ]
        made = self.statement(fetched([a_post(_embedded={"wp:term": term})]))

        assert [t["id"] for t in made["context"]["contextActivities"]["other"]] == [
            f"{BLOG}/tag/safety"
        ]

    def test_a_page_past_the_end_is_an_error_answer(self) -> None:
        error = {"code": "rest_post_invalid_page_number", "message": "…", "data": {"status": 400}}

        assert self.told(fetched(error)).skipped == {Why.VENDOR_ERROR: 1}

    def test_hookpress_needs_a_token_in_the_path_and_names_no_author(self) -> None:
        source = self.source(verify="token")
        form = Delivery(source="s", body=b"hook=publish_post&post_title=Pump", path=NEW)

        told = receive(source, form, NOW)

        assert told.skipped == {Why.ACTOR_UNKNOWN: 1}
        assert receive(self.source(), form, NOW).refused
