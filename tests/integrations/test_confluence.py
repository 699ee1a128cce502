"""Confluence: bodies of Cloud and of Data Center, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from integrations.base import Delivery, Why
from integrations.receive import receive
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import NOW, IntegrationContract, posted

SITE = "https://acme.atlassian.net/wiki"


def a_page(**changes: Any) -> dict[str, Any]:
    return {
        "id": 31,
        "title": "Pump 4",
        "spaceKey": "ENG",
        "creatorAccountId": "acc-7",
        "creationDate": 1772442000000,
        "modificationDate": 1772442900000,
        "contentType": "page",
        "version": 2,
        "self": f"{SITE}/spaces/ENG/pages/31/Pump+4",
        **changes,
    }


def a_body(**changes: Any) -> dict[str, Any]:
    return {
        "userAccountId": "acc-7",
        "accountType": "customer",
        "timestamp": 1772442900999,
        **changes,
    }


def a_sparse_body() -> dict[str, Any]:
    """As Data Center sends it."""
    told = {"event": "page_created", "timestamp": 1772442900000, "userKey": "ff80"}
    return {**told, "page": {"id": 31}}


def hook(event: str, body: dict[str, Any]) -> Delivery:
    return posted(body, event=event, path=event)


class TestConfluence(IntegrationContract):
    name = "confluence"
    instance = SITE
    settings = {"options": {"restricted": ["HR"]}}

    def genuine(self) -> Delivery:
        return hook("page_updated", a_body(page=a_page()))

    def unknown(self) -> Delivery:
        return hook("space_updated", a_body(space={"key": "ENG"}))

    def by_bot(self) -> Delivery:
        return hook("page_updated", a_body(page=a_page(), accountType="app"))

    def by_nobody(self) -> Delivery:
        return hook("page_updated", a_body(page=a_page(), accountType="anonymous"))

    def private(self) -> Delivery:
        return hook("page_updated", a_body(page=a_page(spaceKey="HR")))

    def test_ids_are_the_same_as_numbers_and_as_text(self) -> None:
        newer = hook("page_updated", a_body(page=a_page(id="31", idAsString="31")))

        assert self.statement(newer) == self.statement(self.genuine())

    def test_one_body_is_another_act_by_the_address_it_is_sent_to(self) -> None:
        body = a_body(page=a_page())
        events = ["page_created", "page_updated", "page_trashed", "page_restored", "page_moved"]

        made = [self.statement(hook(event, body)) for event in events]

        acts = ["wiki_create", "wiki_edit", "delete", "restore", "move"]
        assert [action_of(one) for one in made] == acts
        assert len({one["id"] for one in made}) == 5
        assert {one["object"]["id"] for one in made} == {f"{SITE}/pages/viewpage.action?pageId=31"}

    def test_a_comment_names_its_page_and_an_answer_the_comment(self) -> None:
        comment = {"id": "51", "creationDate": 1772442950000, "version": 1, "parent": a_page()}
        first = self.statement(hook("comment_created", a_body(comment=comment)))
        nested = {**comment, "id": "52", "inReplyTo": {"id": "51", "creatorAccountId": "acc-8"}}
        second = self.statement(hook("comment_created", a_body(comment=nested)))

        assert [action_of(first), action_of(second)] == ["comment", "reply"]
        assert second["context"]["contextActivities"]["parent"][0]["id"] == first["object"]["id"]
        assert second["context"]["contextAgents"][0]["agent"]["account"]["name"] == "acc-8"

    def test_a_blog_post_is_posted(self) -> None:
        body = a_body(blog=a_page(contentType="blogpost", version=1))

        assert action_of(self.statement(hook("blog_created", body))) == "post"

    def test_data_center_names_the_event_and_a_user_key(self) -> None:
        made = self.statement(hook("", a_sparse_body()), options={})

        assert action_of(made) == "wiki_create"
        assert made["actor"]["account"]["name"] == "ff80"

    def test_where_spaces_are_restricted_what_tells_no_space_is_left_to_the_harvest(self) -> None:
        """Data Center tells little; a page of a restricted space must not slip through by that."""
        assert self.told(hook("", a_sparse_body())).skipped == {Why.TOLD_ELSEWHERE: 1}

    def test_a_comment_is_of_the_space_of_its_page(self) -> None:
        for where in ({"spaceKey": "HR"}, {"space": {"key": "HR"}}):
            for key in ("parent", "container"):
                comment = {"id": "51", "version": 1, key: {"id": "31", **where}}
                told = self.told(hook("comment_created", a_body(comment=comment)))

                assert told.skipped == {Why.PRIVATE: 1}

    def test_cloud_is_believed_by_its_token_for_this_event_only(self) -> None:
        source = self.source("a-shared-secret-of-32-characters", verify="jwt")
        check_signed = replace(self.genuine(), source="under-test")
        from integrations.checks import AtlassianJwt

        signed = AtlassianJwt().sign(check_signed, "a-shared-secret-of-32-characters", NOW)
        elsewhere = replace(signed, path="page_removed", event="page_removed")

        assert receive(source, signed, NOW).statements
        assert receive(source, elsewhere, NOW).refused

    def test_a_draft_is_not_published(self) -> None:
        drafted = hook("page_created", a_body(page=a_page(status="draft")))

        assert self.told(drafted).skipped == {Why.NOT_PUBLISHED: 1}

    def test_labels_are_tags_and_putting_one_on_is_an_act(self) -> None:
        page = self.statement(hook("page_updated", a_body(page=a_page(labels=["pumps"]))))
        put = a_body(label={"prefix": "global", "name": "pumps"}, labeled=a_page())
        tagged = self.statement(hook("label_added", put))
        own = a_body(label={"prefix": "my", "name": "later"}, labeled=a_page())

        assert action_of(tagged) == "tag"
        assert tagged["object"]["id"] == page["object"]["id"]
        for made in (page, tagged):
            [tag] = made["context"]["contextActivities"]["other"]
            assert tag["id"] == f"{SITE}/tag/pumps"
        assert self.told(hook("label_added", own)).skipped == {Why.PRIVATE: 1}
