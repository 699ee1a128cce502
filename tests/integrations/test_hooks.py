"""Hooks on the real server: what is believed becomes Statements once, what is not leaves nothing."""

from __future__ import annotations

import importlib
import pkgutil
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest

import tests.integrations
from benchmarks.servers import fresh_server
from integrations.base import Delivery, Integration
from integrations.registry import integrations
from tests.contract.conftest import STORES
from tests.integrations.contract import IntegrationContract
from tests.integrations.test_discourse import FORUM, a_post, a_reply, event
from tests.mongo.server import NotHere
from tests.server import LIMITS, Client, refusal

SECRET = "a secret for the hooks"
KINDS = ("genuine", "unknown", "by_bot", "by_nobody", "private")


@pytest.fixture(scope="module", params=STORES)
def up(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A server on each kind of store."""
    try:
        with fresh_server(request.param, LIMITS) as server:
            client = Client.of(server)
            with client.session:
                yield client
    except NotHere as reason:
        pytest.skip(f"not run: the MongoDB half, since {reason}")


@pytest.fixture
def forum(up: Client) -> str:
    """The name of a fresh source of a Discourse forum."""
    name = f"forum-{random.randrange(10**9)}"
    settings = {"integration": "discourse", "instance": f"{FORUM}/{name}", "secrets": [SECRET]}
    return added(up, name, settings)


def added(up: Client, name: str, settings: Mapping[str, Any]) -> str:
    made = up.post("/api/sources", json={"name": name, **settings})
    assert made.status_code == 201, made.text
    return name


def signed(delivery: Delivery, name: str, integration: Integration, verify: str = "") -> Delivery:
    check = integration.checks[verify] if verify else next(iter(integration.checks.values()))
    return check.sign(replace(delivery, source=name), SECRET, time.time())


def deliver(up: Client, delivery: Delivery) -> Any:
    path = "/".join(filter(None, ["/hooks", delivery.source, delivery.path]))
    return up.anonymous().send(
        delivery.method, path, headers=delivery.headers, params=delivery.query, data=delivery.body
    )


def a_delivery(name: str, kind: str = "post_created", post: Any = None) -> Delivery:
    body = {"post": post or a_reply()}
    told = event(kind, body, **{"X-Discourse-Instance": f"{FORUM}/{name}"})
    return signed(told, name, integrations()["discourse"])


def health(up: Client, name: str, until: Any = lambda _told: True) -> dict[str, Any]:
    """How a source is, once what is counted in memory is written."""
    deadline = time.monotonic() + 10
    while True:
        told = up.get(f"/api/sources/{name}").json()["health"]
        if until(told):
            return told
        assert time.monotonic() < deadline, told
        time.sleep(0.2)


def every_statement(up: Client) -> dict[str, str]:
    """All Statements by id, as text without the times of their being kept."""
    found: dict[str, str] = {}
    answer = up.get("statements", params={"limit": 100})
    while True:
        for one in answer.json()["statements"]:
            assert one["id"] not in found
            found[one["id"]] = orjson.dumps(one).decode()
        more = answer.json().get("more")
        if not more:
            return found
        answer = up.get(more)


def hand_written() -> Iterator[tuple[str, Mapping[str, Any], list[Delivery]]]:
    """Every contract's deliveries that a hook can be sent, under a source of its own."""
    for module in pkgutil.iter_modules(tests.integrations.__path__):
        if module.name.startswith("test_") and module.name != "test_hooks":
            loaded = importlib.import_module(f"tests.integrations.{module.name}")
            for found in vars(loaded).values():
                if _is_contract(found, loaded.__name__):
                    yield _cases(found())


def _is_contract(found: object, module: str) -> bool:
    return (
        isinstance(found, type)
        and issubclass(found, IntegrationContract)
        and found.__module__ == module
        and hasattr(found, "name")
        and not found.harvested
    )


def _cases(contract: IntegrationContract) -> tuple[str, Mapping[str, Any], list[Delivery]]:
    name = type(contract).__name__.lower()
    integration = integrations()[contract.name]
    settings = {
        "integration": contract.name,
        "instance": contract.instance,
        "secrets": [SECRET],
        **contract.settings,
    }
    told = []
    for kind in KINDS:
        try:
            delivery = getattr(contract, kind)()
        except (NotImplementedError, AttributeError):
            continue
        if delivery.method != "HARVEST":
            told.append(signed(delivery, name, integration, settings.get("verify", "")))
    return name, settings, told


def test_everything_redelivered_twice_in_random_order_leaves_the_same_statements(
    up: Client,
) -> None:
    """Vendors repeat and reorder; nothing comes twice, nothing is in conflict, nothing is ours."""
    cases = list(hand_written())
    for name, settings, _ in cases:
        added(up, name, settings)
    deliveries = [delivery for _, _, told in cases for delivery in told]
    first = {deliver(up, delivery).status_code for delivery in deliveries}
    once = every_statement(up)

    again = [*deliveries, *deliveries]
    random.Random(11).shuffle(again)
    second = {deliver(up, delivery).status_code for delivery in again}

    assert len(deliveries) > 40
    assert first | second <= {200, 202, 204}
    assert every_statement(up) == once
    assert len(once) > 10


def test_a_signed_delivery_is_a_statement_of_the_sources_own_authority(
    up: Client, forum: str
) -> None:
    assert deliver(up, a_delivery(forum)).status_code == 202

    agent = orjson.dumps({"account": {"homePage": f"{FORUM}/{forum}", "name": "8"}}).decode()
    [made] = up.get("statements", params={"agent": agent}).json()["statements"]
    assert made["authority"]["account"]["name"] == f"source:{forum}"
    assert made["result"]["response"] == "I did."


def test_a_wrong_signature_is_refused_and_nothing_is_kept(up: Client, forum: str) -> None:
    right = a_delivery(forum)
    before = every_statement(up)

    answer = deliver(up, replace(right, body=right.body.replace(b"I did", b"I DID")))

    refusal(answer, 401)
    assert every_statement(up) == before
    told = health(up, forum, lambda told: told["counts"])
    assert told["counts"] == {"refused": {"the signature is wrong": 1}}
    assert told["dead_letters"] == 0


def test_an_unknown_source_is_404_in_json(up: Client) -> None:
    refusal(deliver(up, Delivery(source="nobody", body=b"{}")), 404)


def test_what_is_not_ours_is_204_and_counted_by_reason(up: Client, forum: str) -> None:
    private = a_post(topic_archetype="private_message", category_id=None)

    answers = [
        deliver(up, a_delivery(forum, "reviewable_created")),
        deliver(up, a_delivery(forum, post=private)),
        deliver(up, a_delivery(forum, post=private)),
    ]

    assert [answer.status_code for answer in answers] == [204, 204, 204]
    told = health(up, forum, lambda told: told["counts"].get("skipped", {}).get("private") == 2)
    assert told["counts"] == {"skipped": {"private": 2, "unknown event": 1}}


def test_what_was_told_before_and_what_is_told_otherwise_is_counted(up: Client, forum: str) -> None:
    """The first Statement stays: what was kept is never rewritten."""
    otherwise = a_reply(cooked="<p>I did, twice.</p>")

    for post in (a_reply(), a_reply(), otherwise):
        assert deliver(up, a_delivery(forum, post=post)).status_code == 202

    told = health(up, forum, lambda told: sum(told["counts"].values()) == 3)
    assert told["counts"] == {"known": 1, "stored": 1, "unchanged": 1}
    assert told["last_act"] == "2026-03-02T09:15:00.120000Z"
    assert told["lag_seconds"] > 0


def test_an_unreadable_delivery_is_a_dead_letter_that_is_replayed_once_it_can_be_read(
    up: Client, forum: str
) -> None:
    """It says that it comes from another forum, until the source's address is put right."""
    elsewhere = event("post_created", {"post": a_reply()}, **{"X-Discourse-Instance": f"{FORUM}/b"})
    refusal(deliver(up, signed(elsewhere, forum, integrations()["discourse"])), 400)

    [letter] = up.get(f"/api/sources/{forum}/dead-letters").json()["dead_letters"]
    assert "comes from" in letter["why"]
    assert up.post(f"/api/sources/{forum}/replay").json() == {"dead-lettered": 1}

    settings = {"integration": "discourse", "instance": f"{FORUM}/b", "secrets": [SECRET]}
    added(up, forum, settings)
    time.sleep(1.1)  # each process trusts what it read for a second
    assert up.post(f"/api/sources/{forum}/replay").json() == {"stored": 1}
    assert up.get(f"/api/sources/{forum}/dead-letters").json() == {"dead_letters": []}


def test_numbers_of_the_vendor_that_never_came_are_told(up: Client, forum: str) -> None:
    for number in (7, 9, 8, 12):
        delivery = a_delivery(forum)
        headers = {**delivery.headers, "x-discourse-event-id": str(number)}
        deliver(up, replace(delivery, headers=headers))

    told = health(up, forum, lambda told: (told["sequence"] or {}).get("last") == 12)
    assert told["sequence"] == {"first": 7, "last": 12, "missing": 2, "gaps": [[10, 11]]}


def test_who_takes_back_their_leave_is_not_recorded_from_then_on(up: Client) -> None:
    name = added(
        up,
        f"slack-{random.randrange(10**9)}",
        {"integration": "slack", "instance": "https://acme.slack.com", "secrets": [SECRET]},
    )
    slack = integrations()["slack"]

    def told(inner: dict[str, Any]) -> int:
        body = {"type": "event_callback", "team_id": "T1", "event_time": int(time.time())}
        delivery = Delivery(source=name, body=orjson.dumps({**body, "event": inner}))
        return int(deliver(up, signed(delivery, name, slack)).status_code)

    def says(user: str, ts: str) -> dict[str, Any]:
        channel = {"channel": "C1", "channel_type": "channel"}
        return {"type": "message", "user": user, "text": "hello", "ts": ts, **channel}

    assert told(says("U1", "1764000001.000100")) == 202
    assert told({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}) == 204
    time.sleep(1.1)  # every process heeds it within a second

    assert told(says("U1", "1764000002.000100")) == 204
    assert told(says("U2", "1764000003.000100")) == 202

    assert told({"type": "app_uninstalled"}) == 204
    time.sleep(1.1)
    assert told(says("U2", "1764000004.000100")) == 204
    counts = health(up, name, lambda told: told["stopped"] and "skipped" in told["counts"])
    assert counts["counts"]["stored"] == 2


def test_a_source_that_asks_for_consent_records_nobody_who_has_not_given_it(up: Client) -> None:
    name = f"asks-{random.randrange(10**9)}"
    settings = {"integration": "discourse", "instance": f"{FORUM}/{name}", "secrets": [SECRET]}
    added(up, name, {**settings, "consent": "opt-in"})

    assert deliver(up, a_delivery(name)).status_code == 204

    told = health(up, name, lambda told: told["counts"])
    assert told["counts"] == {"skipped": {"no consent": 1}}


def test_secrets_never_leave(up: Client) -> None:
    settings = {
        "integration": "teams",
        "instance": "https://login.microsoftonline.com/t",
        "secrets": ["hidden-1", "hidden-2"],
        "access": {"client_secret": "hidden-3"},
        "options": {"private_key": "hidden-4", "teams": ["t1"]},
    }
    name = added(up, "keeps-secrets", settings)

    answers = [up.get("/api/sources"), up.get(f"/api/sources/{name}"), up.get("/metrics")]

    assert not any("hidden" in answer.text for answer in answers)
    shown = answers[1].json()
    assert (shown["secrets"], shown["access"]) == (2, ["client_secret"])
    assert shown["options"] == {"private_key": "(secret)", "teams": ["t1"]}


def test_who_may_read_sources_and_who_may_change_them(up: Client, forum: str) -> None:
    reader, writer = up.new_key("statements/read"), up.new_key("statements/write")

    assert reader.get("/api/sources").status_code == 200
    refusal(writer.get("/api/sources"), 403)
    refusal(reader.post("/api/sources", json={}), 403)
    refusal(reader.delete(f"/api/sources/{forum}"), 403)
    refusal(reader.post(f"/api/sources/{forum}/replay"), 403)
    refusal(reader.post(f"/api/sources/{forum}/run"), 403)


def test_a_wrong_setting_is_refused_with_its_place(up: Client) -> None:
    said = refusal(up.post("/api/sources", json={"name": "x", "integration": "none"}), 400)

    assert said["at"] == "integration"


def test_a_source_that_was_removed_takes_nothing_more(up: Client, forum: str) -> None:
    assert up.delete(f"/api/sources/{forum}").status_code == 204
    time.sleep(1.1)

    refusal(deliver(up, a_delivery(forum)), 404)
    refusal(up.delete(f"/api/sources/{forum}"), 404)


def test_metrics_tell_what_became_of_deliveries(up: Client, forum: str) -> None:
    deliver(up, a_delivery(forum))
    health(up, forum, lambda told: told["counts"])

    text = up.get("/metrics").text

    line = f'lrs_source_outcomes_total{{outcome="stored",reason="",source="{forum}"}} 1.0'
    assert line in text
    assert f'lrs_source_dead_letters{{source="{forum}"}} 0.0' in text
