"""Graph's subscriptions, from a small server of its protocol that grants, forgets and warns."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations import graph_subscriptions
from integrations.graph_subscriptions import KIND
from integrations.harvest import Harvests, job_name
from tests.integrations.contract import posted
from tests.integrations.vendors.reading import Serve, put
from tests.integrations.vendors.server import Asked, Told

SECRET = "the-agreed-state"
MINUTE = 60_000_000


class Graph:
    """Grants subscriptions for an hour, whatever was asked for."""

    def __init__(self) -> None:
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.renewed: list[str] = []

    def __call__(self, asked: Asked) -> Told:
        if asked.path.endswith("/token"):
            return Told({"access_token": "t"})
        assert asked.headers["authorization"] == "Bearer t"
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        if asked.method == "PATCH":
            name = asked.path.rpartition("/")[2]
            if name not in self.subscriptions:
                return Told({"error": {"code": "ResourceNotFound"}}, 404)
            self.renewed.append(name)
            return Told({"id": name, "expirationDateTime": until})
        name = f"s{len(self.subscriptions) + 1}"
        self.subscriptions[name] = json.loads(asked.body)
        return Told({"id": name, "expirationDateTime": until}, 201)


@pytest.fixture
def graph() -> Graph:
    return Graph()


@pytest.fixture
def source(harvests: Harvests, serve: Serve, graph: Graph) -> str:
    vendor = serve(graph)
    options = {"api": vendor.url, "channels": ["T1/19:a@thread.tacv2"], "subscribe": True}
    return put(harvests, "teams", vendor, options=options, secrets=[SECRET])


def now() -> int:
    return time.time_ns() // 1000


def hear(harvests: Harvests, source: str, item: dict[str, Any]) -> None:
    """What the hook does with a notification."""
    told = {"subscriptionId": "s1", "clientState": SECRET, "resource": "", **item}
    delivery = posted({"value": [told]})
    configured = harvests.intake.sources.named(source)
    outcome = harvests.intake.hook(configured, delivery, time.time())
    graph_subscriptions.noticed(harvests.intake, configured, delivery, outcome)


def test_a_channel_is_subscribed_once_with_the_secret_as_its_state(
    harvests: Harvests, source: str, graph: Graph
) -> None:
    graph_subscriptions.renew(harvests.intake, now())
    graph_subscriptions.renew(harvests.intake, now())

    [made] = graph.subscriptions.values()
    assert made["resource"] == "/teams/T1/channels/19:a@thread.tacv2/messages"
    assert made["clientState"] == SECRET
    assert made["notificationUrl"] == f"https://lrs.example/hooks/{source}"
    assert made["lifecycleNotificationUrl"] == made["notificationUrl"]
    assert graph.renewed == []


def test_it_is_renewed_when_half_of_what_was_granted_is_over(
    harvests: Harvests, source: str, graph: Graph
) -> None:
    graph_subscriptions.renew(harvests.intake, now())

    graph_subscriptions.renew(harvests.intake, now() + 25 * MINUTE)
    assert graph.renewed == []
    graph_subscriptions.renew(harvests.intake, now() + 35 * MINUTE)

    assert graph.renewed == ["s1"]
    assert len(graph.subscriptions) == 1


def test_one_that_graph_has_forgotten_is_made_anew(
    harvests: Harvests, source: str, graph: Graph
) -> None:
    graph_subscriptions.renew(harvests.intake, now())
    kept = graph.subscriptions.pop("s1")
    graph.subscriptions["other"] = kept

    graph_subscriptions.renew(harvests.intake, now() + 35 * MINUTE)

    assert graph.subscriptions["s2"]["resource"] == kept["resource"]


def test_another_secret_makes_another_subscription(
    harvests: Harvests, source: str, graph: Graph
) -> None:
    graph_subscriptions.renew(harvests.intake, now())
    was = harvests.intake.sources.named(source)
    settings = {"name": source, "integration": "teams", "instance": was.instance}
    secrets = ["the-next-state", SECRET]
    harvests.intake.sources.put({**settings, "options": was.options, "secrets": secrets})

    graph_subscriptions.renew(harvests.intake, now())

    assert [s["clientState"] for s in graph.subscriptions.values()] == [SECRET, "the-next-state"]


@pytest.mark.parametrize(
    ("event", "renewed", "made"),
    [("reauthorizationRequired", ["s1"], 1), ("subscriptionRemoved", [], 2), ("missed", [], 1)],
)
def test_a_lifecycle_event_is_heeded_at_the_next_look(
    harvests: Harvests, source: str, graph: Graph, event: str, renewed: list[str], made: int
) -> None:
    graph_subscriptions.renew(harvests.intake, now())

    hear(harvests, source, {"lifecycleEvent": event})
    graph_subscriptions.renew(harvests.intake, now())

    assert graph.renewed == renewed
    assert len(graph.subscriptions) == made
    asked_for = harvests.jobs.job(job_name(source)).wish is not None
    assert asked_for == (event == "missed")


def test_a_notification_without_content_lets_a_worker_fetch_and_one_of_a_chat_does_not(
    harvests: Harvests, source: str
) -> None:
    hear(harvests, source, {"changeType": "created", "resource": "chats('1')/messages('2')"})
    assert harvests.due(now()) == []

    hear(harvests, source, {"changeType": "created", "resource": "teams('1')/channels('2')"})
    assert harvests.due(now()) == [source]


def test_a_notification_that_is_not_believed_asks_for_nothing(
    harvests: Harvests, source: str
) -> None:
    hear(harvests, source, {"lifecycleEvent": "missed", "clientState": "another"})

    assert harvests.due(now()) == []


def test_without_leave_nothing_is_noted_and_it_is_tried_again(
    harvests: Harvests, serve: Serve, graph: Graph
) -> None:
    vendor = serve(graph)
    vendor.faults.append(Told({"error": "invalid_client"}, 401))
    options = {"api": vendor.url, "channels": ["T1/c"], "subscribe": True}
    put(harvests, "teams", vendor, options=options, secrets=[SECRET])

    graph_subscriptions.renew(harvests.intake, now())
    assert harvests.intake.lrs.store.records(KIND) == []
    graph_subscriptions.renew(harvests.intake, now())

    assert len(graph.subscriptions) == 1
