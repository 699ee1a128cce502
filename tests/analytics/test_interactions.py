"""Whom an act is towards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.facts import Engine, Knowledge
from analytics.facts.projection import code
from analytics.facts.reading import Facts, Window, open_facts
from lrs.domain import vocabulary as v
from tests.analytics.planted import (
    FAR,
    Kept,
    Told,
    act,
    activity,
    agent,
    an_id,
    ifi_of,
    kept_in,
    like,
    post,
    reply,
)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def interactions(kept: Kept) -> list[tuple[str, int, int | None]]:
    def rows(reading: Facts) -> list[tuple[Any, ...]]:
        reading.interactions()
        return reading.rows("SELECT layer, source, target, fate FROM interactions ORDER BY ts, id")

    with open_facts(kept.facts, Window(0, FAR, FAR), Engine()) as reading:
        return rows(reading)


def person(name: str) -> int:
    return code(ifi_of(name))


def test_a_reply_is_towards_the_author_of_what_it_replies_to(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-01"), reply("bob", "p/2", "p/1", "2026-01-02"))
    kept.refresh()

    assert interactions(kept) == [("reply", person("bob"), person("ann"), "kept")]


def test_an_author_who_becomes_known_later_is_found_then(kept: Kept) -> None:
    kept.keep(reply("bob", "p/2", "p/1", "2026-01-02"))
    kept.refresh()
    assert interactions(kept) == [("reply", person("bob"), None, "unresolved")]
    kept.keep(post("ann", "p/1", "2026-01-01"))

    kept.refresh()

    assert interactions(kept) == [("reply", person("bob"), person("ann"), "kept")]


def test_a_reply_to_oneself_is_counted_apart(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-01"), reply("ann", "p/2", "p/1", "2026-01-02"))
    kept.refresh()

    assert interactions(kept) == [("reply", person("ann"), person("ann"), "self")]


def test_what_refers_to_a_statement_is_towards_its_actor(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-01", name="the post"))
    kept.refresh()
    reference = {"objectType": "StatementRef", "id": an_id("the post")}
    kept.keep(act("bob", f"{v.ADL}commented", reference, "2026-02-02"))
    kept.refresh()

    assert interactions(kept) == [("reply", person("bob"), person("ann"), "kept")]


def test_who_is_named_as_answered_or_mentioned_is_believed(kept: Kept) -> None:
    def beside(name: str, relevance: str) -> dict[str, Any]:
        return {
            "objectType": "contextAgent",
            "agent": agent(name),
            "relevantTypes": [relevance],
        }

    context = {"contextAgents": [beside("ann", v.ANSWERED), beside("cem", v.MENTIONED)]}
    kept.keep(act("bob", f"{v.TINCAN}replied", "p/2", "2026-01-02", context=context))
    kept.refresh()

    assert sorted(interactions(kept)) == [
        ("mention", person("bob"), person("cem"), "kept"),
        ("reply", person("bob"), person("ann"), "kept"),
    ]


def test_a_like_is_towards_the_author_of_what_is_liked(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-01"), like("bob", "p/1", "2026-01-02"))
    kept.refresh()

    assert interactions(kept) == [("react", person("bob"), person("ann"), "kept")]


def test_a_tag_with_an_at_is_a_person_if_the_persons_store_knows_one(kept: Kept) -> None:
    """2.0: mentions are "tags of the form @x"; one that nobody has is no one, and no topic."""
    tags = [activity(f"tag/{name}", v.TAG) for name in ("@ann", "@nobody", "crm")]
    context = {"contextActivities": {"other": tags}}
    kept.keep(post("bob", "p/1", "2026-01-02", context=context))
    kept.refresh(knowledge=Knowledge(people=Told([("ann", "2020-01-01", "Ann")])))

    assert interactions(kept) == [("mention", person("bob"), code("Ann"), "kept")]
    with open_facts(kept.facts, Window(0, FAR, FAR), Engine()) as reading:
        assert reading.rows("SELECT topics FROM acts") == [(["tag:crm"],)]
