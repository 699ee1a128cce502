"""Raw deliveries, counts, dead letters and withdrawals: kept as long as they may be, no longer."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import Any

import orjson
import pytest

from integrations.base import Delivery, Party, Why
from integrations.intake import Intake
from integrations.raw import KIND
from integrations.receive import Outcome, accept
from integrations.registry import integrations
from integrations.source import Source
from integrations.statements import agent
from integrations.tallies import Tallies, Tally, joined
from lrs.services.consent import Consent
from lrs.stores.port import Store
from tests.integrations.test_discourse import FORUM, a_post, a_reply, event
from tests.integrations.test_x import activity

DAY = 86_400_000_000
SECRET = "s"


def put(intake: Intake, **settings: Any) -> Source:
    forum = {"name": "forum", "integration": "discourse", "instance": FORUM, "secrets": [SECRET]}
    return intake.sources.put({**forum, **settings})


def a_delivery(post: Any = None) -> Delivery:
    told = replace(event("post_created", {"post": post or a_reply()}), source="forum")
    return integrations()["discourse"].checks["signature"].sign(told, SECRET, time.time())


def raw(intake: Intake) -> int:
    intake.flush()
    return len(list(intake.raw.all("forum")))


def test_a_raw_delivery_is_kept_and_read_again_to_the_same_statements(intake: Intake) -> None:
    source = put(intake)
    for post in (a_reply(), a_reply(id=503, post_number=3)):
        intake.hook(source, a_delivery(post), time.time())
    intake.flush()

    kept = list(intake.raw.all("forum"))

    assert [one.body for one in kept] == [
        a_delivery(post).body for post in (a_reply(), a_reply(id=503, post_number=3))
    ]
    assert intake.replay_raw(source) == {"known": 2}


@pytest.mark.parametrize(
    "settings",
    [{"texts": "none"}, {"texts": "excerpt"}, {"consent": "opt-out"}, {"keep_days": 0}],
    ids=str,
)
def test_a_raw_delivery_is_not_kept_where_it_says_more_than_may_be_kept(
    intake: Intake, settings: dict[str, Any]
) -> None:
    intake.hook(put(intake, **settings), a_delivery(), time.time())

    assert raw(intake) == 0


def test_what_is_private_is_never_kept_raw(intake: Intake) -> None:
    private = a_post(topic_archetype="private_message", category_id=None)

    intake.hook(put(intake), a_delivery(private), time.time())

    assert raw(intake) == 0


def test_raw_deliveries_and_dead_letters_are_forgotten_when_their_days_are_over(
    intake: Intake,
) -> None:
    source = put(intake, keep_days=10)
    now = time.time_ns() // 1000
    for days in (20, 5):
        then = now - days * DAY
        outcome = accept(source, a_delivery())
        intake.take(source, [(a_delivery(), outcome)], then)
        intake.raw.flush()
        intake.letters.add(a_delivery(), "unreadable", then)

    intake.prune(source, now)

    assert raw(intake) == 1
    assert [letter.received for letter in intake.letters.all("forum")] == [now - 5 * DAY]
    assert len(intake.lrs.store.records("dead-letter-body")) == 1


def test_a_withdrawal_forgets_the_raw_deliveries_of_its_source(intake: Intake) -> None:
    settings = {"name": "chat", "integration": "slack", "instance": "https://a.slack.com"}
    source = intake.sources.put({**settings, "secrets": [SECRET]})

    def told(inner: dict[str, Any]) -> None:
        body = {"type": "event_callback", "team_id": "T1", "event_time": 1, "event": inner}
        delivery = Delivery(source="chat", body=orjson.dumps(body))
        signed = integrations()["slack"].checks["signature"].sign(delivery, SECRET, time.time())
        intake.hook(source, signed, time.time())
        intake.flush()

    where = {"channel": "C1", "channel_type": "channel"}
    told({"type": "message", "user": "U1", "text": "a", "ts": "1764000001.000100", **where})
    assert len(intake.lrs.store.records(KIND, "chat")) == 1

    told({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}})

    assert intake.lrs.store.records(KIND, "chat") == []


def test_a_withdrawal_of_nobody_that_can_be_is_a_dead_letter(intake: Intake) -> None:
    settings = {"name": "micro", "integration": "x", "instance": "https://x.com"}
    source = intake.sources.put({**settings, "secrets": [SECRET]})
    told = replace(activity("oauth.revoke", {"user_id": 5}), source="micro")
    signed = integrations()["x"].checks["signature"].sign(told, SECRET, time.time())

    outcome = intake.hook(source, signed, time.time())

    assert (outcome.status, intake.letters.count("micro")) == (400, 1)


def test_an_old_withdrawal_that_is_told_again_ends_no_leave_that_was_given_later(
    intake: Intake,
) -> None:
    """Most signatures hold for ever: what counts is when it happened, not when it came."""
    settings = {"name": "micro", "integration": "x", "instance": "https://x.com"}
    source = intake.sources.put({**settings, "secrets": [SECRET], "consent": "opt-out"})
    revoke = {"user_id": "7", "date_time": "2025-03-02T09:15:00+00:00"}
    told = replace(activity("oauth.revoke", revoke), source="micro")
    signed = integrations()["x"].checks["signature"].sign(told, SECRET, time.time())
    person = agent(Party("7"), source)

    intake.hook(source, signed, time.time())
    assert not intake.recordable(source)(person)
    consent = intake.consent
    assert isinstance(consent, Consent)
    consent.give("micro", person)
    intake.hook(source, signed, time.time())

    assert intake.recordable(source)(person)
    [(_, said), *_] = consent.said(person)
    assert (said.at, said.by) == (1_740_906_900_000_000, "micro")


def test_an_old_removal_of_the_app_stops_no_source_that_was_put_later(intake: Intake) -> None:
    settings = {"name": "chat", "integration": "slack", "instance": "https://a.slack.com"}
    source = intake.sources.put({**settings, "secrets": [SECRET]})

    def removed(at: int) -> bool:
        body = {"type": "event_callback", "team_id": "T1", "event_time": at}
        told = orjson.dumps({**body, "event": {"type": "app_uninstalled"}})
        delivery = Delivery(source="chat", body=told)
        signed = integrations()["slack"].checks["signature"].sign(delivery, SECRET, time.time())
        intake.hook(source, signed, time.time())
        return intake.sources.is_stopped("chat")

    assert not removed(1_740_906_900)
    assert removed(int(time.time()) + 2)


def a_note(number: int) -> dict[str, Any]:
    return {"id": f"n{number}", "act": "post", "person": "e1", "text": "Pump 4"}


def a_session(number: int) -> dict[str, Any]:
    kind, at = {"type": "SessionEvent", "action": "LoggedIn"}, "2026-03-02T09:15:00.000Z"
    who = {"id": "https://lms.example/u/7", "type": "Person"}
    what = {"id": "https://lms.example", "type": "SoftwareApplication"}
    return {"id": f"urn:uuid:{number}", **kind, "actor": who, "object": what, "eventTime": at}


def a_comment(number: int) -> dict[str, Any]:
    one = {"item": "comment", "verb": "add", "comment_id": f"4_{number}", "post_id": "1_4"}
    value = {**one, "from": {"id": "7", "name": "Ada"}, "created_time": 1772442900, "message": "x"}
    return {"field": "feed", "value": value}


BATCHES = {
    "generic": (a_note, {"id": "n9", "act": "like", "person": "e1"}, lambda two: {"events": two}),
    "caliper": (
        a_session,
        {**a_session(9), "eventTime": None},
        lambda two: {"sensor": "s", "data": two},
    ),
    "facebook": (
        a_comment,
        {"field": "feed", "value": {"item": "comment", "verb": "add", "from": {"id": "7"}}},
        lambda two: {"object": "page", "entry": [{"id": "1", "changes": two}]},
    ),
}


@pytest.mark.parametrize("name", BATCHES)
def test_a_part_that_cannot_be_read_keeps_no_other_out_and_is_a_dead_letter(
    intake: Intake, name: str
) -> None:
    one, broken, batch = BATCHES[name]
    settings = {"name": name, "integration": name, "instance": "https://www.facebook.com"}
    source = intake.sources.put({**settings, "secrets": [SECRET]})

    def told(parts: list[dict[str, Any]]) -> Outcome:
        check = integrations()[name].check(source)
        assert check is not None
        delivery = Delivery(source=name, body=orjson.dumps(batch(parts)))
        return intake.hook(source, check.sign(delivery, SECRET, time.time()), time.time())

    outcome = told([one(1), broken, one(2)])

    assert (outcome.status, len(outcome.statements)) == (200, 2)
    assert outcome.skipped == {Why.PART: 1}
    [letter] = intake.letters.all(name)
    assert orjson.loads(intake.letters.delivery(name, letter.id).body) == batch([broken])
    assert intake.replay(source) == {"dead-lettered": 1}
    assert told([broken]).status == 400


def test_a_replay_that_fails_again_ends_and_keeps_the_letter_once(intake: Intake) -> None:
    source = put(intake)
    intake.letters.add(replace(a_delivery(), body=b"{}"), "unreadable", 1)

    assert intake.replay(source) == {"dead-lettered": 1}
    assert intake.replay(source) == {"dead-lettered": 1}
    assert intake.letters.count("forum") == 1


def test_a_statement_that_would_break_the_standard_is_a_dead_letter_and_the_others_are_kept(
    intake: Intake,
) -> None:
    source = put(intake)
    told = []
    for number in range(2, 9):
        delivery = a_delivery(a_reply(id=500 + number, post_number=number))
        told.append((delivery, accept(source, delivery)))
    told[3][1].statements[0]["verb"]["id"] = "no IRI"

    counts = intake.take(source, told, time.time_ns() // 1000)

    assert counts == {"stored": 6, "dead-lettered": 1}
    [letter] = intake.letters.all("forum")
    assert "verb.id" in letter.why


def test_a_forged_delivery_is_counted_and_is_no_sign_of_life(intake: Intake) -> None:
    """A source with a wrong secret must not look as if it told anything."""
    source, now = put(intake), time.time()
    intake.hook(source, a_delivery(), now)

    intake.hook(source, replace(a_delivery(), headers={}), now + 60)
    intake.flush()

    total = intake.tallies.total("forum")
    assert total.last == int(now * 1_000_000)
    assert sum(count for name, count in total.counts.items() if "refused" in name) == 1


def test_counts_of_two_processes_are_added(store: Store) -> None:
    one, other = Tallies(store), Tallies(store)
    for _ in range(3):
        one.count("forum", {"stored": 1}, 5 * DAY, happened=5 * DAY - 2_000_000)
        other.count("forum", {"stored": 1, "skipped: bot": 2}, 6 * DAY)

    one.flush()
    other.flush()
    other.flush()

    total = one.total("forum")
    assert total.counts == {"stored": 6, "skipped: bot": 6}
    assert (total.last, total.lag) == (6 * DAY, 2.0)
    assert {day: t.counts["stored"] for day, t in one.days("forum", "1970-01-01").items()} == {
        "1970-01-06": 3,
        "1970-01-07": 3,
    }


def test_numbers_that_came_in_any_order_are_runs() -> None:
    assert joined([(5, 5), (1, 2), (3, 3), (9, 9), (8, 8)]) == [(1, 3), (5, 5), (8, 9)]
    tally = Tally(Counter(), ranges=joined([(1, 3), (5, 5), (8, 9)]))
    assert tally.missing == 3
