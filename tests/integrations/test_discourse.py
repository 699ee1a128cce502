"""Discourse: deliveries as its WebHookPostSerializer writes them, by hand."""

from __future__ import annotations

from typing import Any

from integrations.base import Delivery, Why
from lrs.domain import vocabulary as v
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import IntegrationContract, posted

FORUM = "https://forum.example"


def a_post(**changes: Any) -> dict[str, Any]:
    return {
        "id": 501,
        "name": "Ada de Vries",
        "username": "ada",
        "user_id": 7,
        "created_at": "2026-03-02T09:15:00.120Z",
        "updated_at": "2026-03-02T09:15:00.120Z",
        "cooked": "<p>Who has tried <b>pump 4</b>?</p>",
        "post_number": 1,
        "post_type": 1,
        "reply_to_post_number": None,
        "topic_id": 90,
        "topic_title": "Pump 4",
        "topic_archetype": "regular",
        "category_id": 3,
        "category_slug": "workshop",
        "version": 1,
        "reads": 12,
        "score": 3.2,
        "wiki": False,
        "hidden": False,
        **changes,
    }


def a_reply(**changes: Any) -> dict[str, Any]:
    return a_post(
        **{
            "id": 502,
            "user_id": 8,
            "username": "bo",
            "name": "",
            "post_number": 2,
            "cooked": "<p>I did.</p>",
            **changes,
        }
    )


def event(name: str, body: dict[str, Any], **headers: str) -> Delivery:
    return posted(body, {"X-Discourse-Event": name, "X-Discourse-Instance": FORUM, **headers})


def parents(statement: dict[str, Any]) -> list[str]:
    return [one["id"] for one in statement["context"]["contextActivities"].get("parent", [])]


class TestDiscourse(IntegrationContract):
    name = "discourse"
    instance = FORUM

    def genuine(self) -> Delivery:
        return event("post_created", {"post": a_post()})

    def unknown(self) -> Delivery:
        return event("reviewable_created", {"reviewable": {"id": 1}})

    def by_bot(self) -> Delivery:
        return event("post_created", {"post": a_post(user_id=-2, username="discobot")})

    def by_nobody(self) -> Delivery:
        return event("post_created", {"post": a_post(user_id=44, username="anon98213")})

    def private(self) -> Delivery:
        mail = a_post(topic_archetype="private_message", category_id=None)
        return event("post_created", {"post": mail})

    def test_a_first_post_is_its_topic(self) -> None:
        made = self.statement(self.genuine())

        assert action_of(made) == "post"
        assert made["object"]["id"] == f"{FORUM}/t/90"
        assert made["object"]["definition"]["name"] == {"und": "Pump 4"}
        assert made["object"]["definition"]["description"] == {"und": "Who has tried pump 4?"}
        assert made["actor"]["account"] == {"homePage": FORUM, "name": "7"}
        assert made["timestamp"] == "2026-03-02T09:15:00.120000Z"
        assert parents(made) == []

    def test_a_counter_that_changed_changes_nothing(self) -> None:
        seen_more = event("post_created", {"post": a_post(reads=99, score=80.5)})

        assert self.statement(seen_more) == self.statement(self.genuine())

    def test_a_reply_to_a_topic_names_the_topic(self) -> None:
        made = self.statement(event("post_created", {"post": a_reply()}))

        assert action_of(made) == "reply"
        assert made["result"]["response"] == "I did."
        assert parents(made) == [f"{FORUM}/t/90"]
        assert "contextAgents" not in made["context"]

    def test_a_reply_to_a_post_names_the_post_and_whom(self) -> None:
        to = {"reply_to_post_number": 2, "reply_to_user": {"username": "Bo", "name": None}}
        made = self.statement(event("post_created", {"post": a_reply(id=503, post_number=3, **to)}))

        assert parents(made) == [f"{FORUM}/t/90/2"]
        assert made["context"]["contextAgents"] == [
            {
                "objectType": "contextAgent",
                "agent": {
                    "objectType": "Agent",
                    "name": "Bo",
                    "account": {"homePage": f"{FORUM}/u", "name": "bo"},
                },
                "relevantTypes": [v.ANSWERED],
            }
        ]

    def test_people_who_are_mentioned_are_told_and_groups_are_not(self) -> None:
        cooked = (
            '<p><a class="mention" href="/u/cleo">@cleo</a> '
            '<a class="mention-group" href="/groups/staff">@staff</a></p>'
        )
        made = self.statement(event("post_created", {"post": a_reply(cooked=cooked)}))

        assert [
            (one["agent"]["account"]["name"], one["relevantTypes"])
            for one in made["context"]["contextAgents"]
        ] == [("cleo", [v.MENTIONED])]

    def test_in_a_category_of_questions_topics_ask_and_replies_answer(self) -> None:
        options = {"questions": [3]}
        asked = self.statement(self.genuine(), options=options)
        answered = self.statement(event("post_created", {"post": a_reply()}), options=options)

        assert [action_of(asked), action_of(answered)] == ["ask", "answer"]

    def test_an_edit_has_another_id_and_says_that_the_editor_is_not_told(self) -> None:
        edited = a_post(version=2, updated_at="2026-03-02T10:00:00.000Z")
        made = self.statement(event("post_edited", {"post": edited}))

        assert action_of(made) == "edit"
        assert made["id"] != self.statement(self.genuine())["id"]
        assert made["context"]["extensions"] == {v.ATTRIBUTED: "author of the post"}

    def test_an_edit_that_is_sent_again_as_a_creation_is_none(self) -> None:
        """Only the body is signed, not the event's name: whoever caught it may change that."""
        edited = event("post_edited", {"post": a_post(version=2)})
        again = event("post_created", {"post": a_post(version=2)})

        assert action_of(self.statement(edited)) == "edit"
        assert self.told(again).skipped == {Why.UNCHANGED: 1}

    def test_a_wiki_post_is_edited_by_anybody(self) -> None:
        outcome = self.told(event("post_edited", {"post": a_post(version=2, wiki=True)}))

        assert outcome.skipped == {Why.ACTOR_UNKNOWN: 1}

    def test_a_like_is_of_the_one_who_likes_and_has_no_time(self) -> None:
        liker = {"id": 9, "username": "cleo", "name": "Cleo"}
        made = self.statement(event("post_liked", {"like": {"post": a_reply(), "user": liker}}))

        assert action_of(made) == "like"
        assert made["actor"]["account"]["name"] == "9"
        assert made["object"]["id"] == f"{FORUM}/t/90/2"
        assert "timestamp" not in made

    def test_an_accepted_answer_is_found_as_accept(self) -> None:
        made = self.statement(event("accepted_solution", {"solved": a_reply()}))

        assert action_of(made) == "accept"
        assert parents(made) == [f"{FORUM}/t/90"]

    def test_the_tags_of_a_new_topic_each_have_their_own_id(self) -> None:
        topic = {
            "id": 90,
            "title": "Pump 4",
            "archetype": "regular",
            "category_id": 3,
            "created_at": "2026-03-02T09:15:00.000Z",
            "user_id": 7,
            "created_by": {"id": 7, "username": "ada", "name": "Ada"},
            "tags": ["Safety", {"id": 2, "name": "pump & valve"}],
        }
        made = self.statement(event("topic_created", {"topic": topic}))

        assert action_of(made) == "tag"
        assert [one["id"] for one in made["context"]["contextActivities"]["other"]] == [
            f"{FORUM}/tag/safety",
            f"{FORUM}/tag/pump%20%26%20valve",
        ]

    def test_who_deleted_a_post_is_not_invented(self) -> None:
        outcome = self.told(event("post_destroyed", {"post": a_post()}))

        assert outcome.skipped == {Why.ACTOR_UNKNOWN: 1}

    def test_a_restricted_category_is_private(self) -> None:
        outcome = self.told(self.genuine(), options={"restricted": [3]})

        assert outcome.skipped == {Why.PRIVATE: 1}

    def test_a_closed_topic_and_a_whisper_are_no_posts(self) -> None:
        for kind in (2, 3, 4):
            outcome = self.told(event("post_created", {"post": a_reply(post_type=kind)}))

            assert outcome.skipped == {Why.NOT_SOCIAL: 1}

    def test_a_delivery_that_claims_another_forum_is_a_dead_letter(self) -> None:
        """The header is not signed; it never decides whose people these are."""
        other = event(
            "post_created", {"post": a_post()}, **{"X-Discourse-Instance": "https://x.example"}
        )

        assert self.told(other).dead_letter == "it says it comes from https://x.example"

    def test_only_the_beginning_of_a_text_is_kept_where_the_policy_says_excerpt(self) -> None:
        long = "word " * 100
        made = self.statement(
            event("post_created", {"post": a_post(cooked=f"<p>{long}</p>")}), texts="excerpt"
        )

        kept = made["object"]["definition"]["description"]["und"]
        assert len(kept) <= 280
        assert kept.endswith("word…")
