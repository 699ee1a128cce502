"""What operators and people see: health, metrics, the page, the API's own description."""

from __future__ import annotations

import re
import time

import pytest
from click.testing import CliRunner

from lrs.cli import main
from tests.api.samples import a_statement, an_activity, an_agent
from tests.server import Client, refusal, serving


def counted(lrs: Client, resource: str, status: str) -> float:
    """How many requests /metrics says there were."""
    text = lrs.anonymous().get("/metrics").text
    lines = (line for line in text.splitlines() if line.startswith("lrs_request_seconds_count"))
    return sum(
        float(line.rsplit(" ", 1)[1])
        for line in lines
        if f'resource="{resource}"' in line and f'status="{status}"' in line
    )


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_needs_no_key(lrs: Client, path: str) -> None:
    answer = lrs.anonymous().speaking(None).get(path)

    assert answer.status_code == 200
    assert answer.text == "ok\n"


def test_metrics_are_the_sum_of_all_processes(lrs: Client) -> None:
    before = counted(lrs, "/xapi/agents", "400")

    for _ in range(40):
        # A connection of its own for each, so that both processes get some.
        lrs.get("agents", headers={"Connection": "close"})

    assert counted(lrs, "/xapi/agents", "400") == before + 40


def test_labels_of_metrics_are_few_whatever_is_asked_for(lrs: Client) -> None:
    for number in range(30):
        lrs.get(f"/nothing-{number}/x")
        lrs.get(f"activities/nothing-{number}")
        for below in ("/xapi", "/api", "/hooks", "/health"):
            lrs.get(f"{below}/nothing-{number}")

    text = lrs.get("/metrics").text

    assert "nothing-29/x" not in text
    resources = set(re.findall(r'resource="([^"]*)"', text))
    assert not any("nothing-" in resource for resource in resources)


def test_the_page_shows_the_latest_to_those_with_a_key(lrs: Client) -> None:
    name = an_activity()["id"]
    lrs.keep(a_statement(actor=an_agent(name="<b>Anna</b>"), object={"id": name}))

    page = lrs.get("/")
    nobody = lrs.anonymous().get("/")

    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert name in page.text
    assert "&lt;b&gt;Anna" in page.text
    assert "<b>Anna" not in page.text
    refusal(nobody, 401)
    assert "WWW-Authenticate" in nobody.headers


def test_swagger_ui_is_at_api_docs(lrs: Client) -> None:
    page = lrs.anonymous().get("/api/docs")

    assert page.status_code == 200
    assert "swagger-ui" in page.text
    for asset in re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css))"', page.text):
        assert lrs.anonymous().get(asset).status_code == 200


def test_the_api_describes_all_its_resources(lrs: Client) -> None:
    described = lrs.anonymous().get("/swagger.json").json()

    assert described["swagger"] == "2.0"
    assert {
        "/xapi/statements",
        "/xapi/activities/state",
        "/xapi/activities/profile",
        "/xapi/agents/profile",
        "/xapi/agents",
        "/xapi/activities",
        "/xapi/about",
        "/api/keys",
        "/api/validate",
        "/api/signatures/{statement_id}",
    } <= set(described["paths"])
    for operations in described["paths"].values():
        for method, operation in operations.items():
            if method != "parameters":
                assert operation["summary"]
                assert operation["responses"]


def test_a_server_that_is_stopped_while_it_starts_ends_at_once() -> None:
    """One process answers that it is ready, others may still be loading."""
    with serving(LRS_WORKERS="6", LRS_DRAIN_SECONDS="40"):
        told = time.monotonic()

    assert time.monotonic() - told < 30


def test_a_setting_that_is_none_is_named_and_not_shown() -> None:
    """In one line: a trace of calls would tell a password that stands in a URL."""
    told = CliRunner().invoke(
        main, ["keys", "list"], env={"LRS_PORT": "s3cret", "LRS_THREADS": "0"}
    )

    assert told.exit_code == 2
    assert "LRS_PORT: " in told.output
    assert "LRS_THREADS: " in told.output
    assert "s3cret" not in told.output


def test_an_address_without_a_scheme_is_refused() -> None:
    """It would be the home page of every Authority, and make all Statements invalid."""
    told = CliRunner().invoke(main, ["keys", "list"], env={"LRS_PUBLIC_URL": "lrs.example.org"})

    assert told.exit_code == 2
    assert "LRS_PUBLIC_URL: " in told.output


def test_the_page_tells_times_in_utc(lrs: Client) -> None:
    lrs.keep(a_statement(timestamp="2026-03-01T00:30:00+02:00"))

    assert "2026-02-28 22:30" in lrs.get("/").text
