"""A server with a planted organisation and its facts, and how its figures are asked for."""

from __future__ import annotations

import csv
import io
from typing import Any, NamedTuple

from benchmarks.servers import Server
from tests.analytics.planted import ifi_of
from tests.analytics.planted_organisation import Organisation
from tests.server import Client, run_lrs

WINDOW = {"since": "2026-01-01", "until": "2026-05-01"}
METRICS = "/api/analytics/metrics"
PROGRAMME = {
    "id": "safety",
    "name": {"en": "Safety"},
    "activities": ["https://lms.example/course/1"],
    "evidence": [{"activity": "https://forum.example/audit", "grade": "A"}],
}


class Site(NamedTuple):
    server: Server
    client: Client


def fill(server: Server, organisation: Organisation) -> Site:
    """Send an organisation to a server, with its departments, and make the facts."""
    client = Client.of(server)
    statements = list(organisation.statements())
    for begin in range(0, len(statements), 100):
        client.keep(*statements[begin : begin + 100])
    for name, department in organisation.of.items():
        body = {
            "identifiers": [{"identifier": ifi_of(name)}],
            "attributes": [{"name": "department", "value": department}],
        }
        assert client.post("/api/persons", json=body).ok
    done = run_lrs(server, "analyse", "refresh")
    assert done.returncode == 0, done.stderr
    return Site(server, client)


def measured(client: Client, name: str, **asked: Any) -> Any:
    answer = client.get(f"{METRICS}/{name}", params={**WINDOW, **asked})
    assert answer.status_code == 200, answer.text
    return answer


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))
