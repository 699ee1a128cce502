"""The form over HTTP: no key, one use, no trace of anybody, and a page for everything that is over."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from benchmarks.servers import Server
from lrs.domain import timestamps
from lrs.domain.programmes import pulse_activity
from lrs.domain.pulses import DAY
from tests.pulses.parts import COURSE, NAME, PASSED, token_of
from tests.server import Client, run_lrs, serving

NOW = time.time_ns() // 1000


@pytest.fixture(scope="module")
def up() -> Iterator[Server]:
    with serving(LRS_WORKERS="2", LRS_MIN_GROUP="1") as server:
        yield server


@pytest.fixture(scope="module")
def client(up: Server) -> Iterator[Client]:
    client = Client.of(up)
    with client.session:
        yield client


def declared(client: Client, **pulses: Any) -> str:
    """A programme with a course of its own."""
    name = f"p{uuid4().hex[:8]}"
    asks = {"days": [60], "ask": ["learner"], "remind": [], "expire": 30, **pulses}
    programme = {"id": name, "name": NAME, "activities": [f"{COURSE}/{name}"], "pulses": asks}
    answer = client.post("/api/programmes", json=programme)
    assert answer.status_code in (200, 201), answer.text
    return name


def completed(client: Client, programme: str, address: str) -> None:
    client.keep(
        {
            "actor": {"mbox": f"mailto:{address}"},
            "verb": {"id": PASSED},
            "object": {"id": f"{COURSE}/{programme}"},
            "timestamp": timestamps.text(NOW - 61 * DAY),
        }
    )


def links(server: Server, programme: str, folder: Path) -> list[dict[str, str]]:
    """The table that `lrs pulses links` writes."""
    planned = run_lrs(server, "pulses", "plan", "--json")
    assert planned.returncode == 0, planned.stderr
    file = folder / f"{uuid4().hex}.csv"
    done = run_lrs(server, "pulses", "links", programme, "--csv", str(file))
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o077 == 0
    return list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))


def asked(server: Server, client: Client, folder: Path, **pulses: Any) -> tuple[str, str]:
    """Somebody is asked; the path of the link, and the programme."""
    programme = declared(client, **pulses)
    completed(client, programme, f"{programme}@example.org")
    [row] = links(server, programme, folder)
    return f"/pulse/{token_of(row['link'])}", programme


def said(client: Client, path: str, **how: Any) -> requests.Response:
    answer = client.anonymous().get(path, **how)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return answer


def answers(client: Client, programme: str) -> list[dict[str, Any]]:
    found = client.get("statements", params={"activity": pulse_activity(programme, "learner")})
    statements: list[dict[str, Any]] = found.json()["statements"]
    return statements


def test_a_link_is_answered_without_a_key(up: Server, client: Client, tmp_path: Path) -> None:
    path, programme = asked(up, client, tmp_path)
    page = said(client, path)

    thanks = client.anonymous().post(path, data={"score": "30", "helped_by": "colleague"})

    assert page.status_code == thanks.status_code == 200
    assert "Giving feedback" in page.text
    assert "Thank you" in thanks.text
    [statement] = answers(client, programme)
    assert statement["result"]["score"]["scaled"] == 0.3


def test_a_used_link_says_so_kindly(up: Server, client: Client, tmp_path: Path) -> None:
    path, programme = asked(up, client, tmp_path)
    form = {"score": "30"}
    statuses = [client.anonymous().post(path, data=form).status_code for _ in range(2)]

    again = said(client, path)

    assert statuses == [200, 410]
    assert again.status_code == 410
    assert "Already answered" in again.text
    assert len(answers(client, programme)) == 1


def test_to_fetch_a_link_does_not_use_it_up(up: Server, client: Client, tmp_path: Path) -> None:
    path, _ = asked(up, client, tmp_path)

    statuses = [client.anonymous().get(path).status_code for _ in range(3)]
    statuses.append(client.anonymous().head(path).status_code)
    statuses.append(client.anonymous().get(f"{path}/stop").status_code)

    assert statuses == [200] * 5
    assert client.anonymous().post(path, data={"score": "0"}).status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_altered_link_is_not_there(
    up: Server, client: Client, tmp_path: Path, method: str
) -> None:
    path, programme = asked(up, client, tmp_path)

    for altered in (path[:-2] + "xx", path + "x", "/pulse/x", path + "/stopx"):
        answer = getattr(client.anonymous(), method)(altered)
        assert answer.status_code == 404

    assert answers(client, programme) == []


def test_without_an_answer_the_form_comes_back_and_says_what_is_missing(
    up: Server, client: Client, tmp_path: Path
) -> None:
    path, programme = asked(up, client, tmp_path)

    back = client.anonymous().post(f"{path}?language=nl", data={"obstacles": "no-time"})

    assert back.status_code == 400
    assert 'role="alert"' in back.text
    assert "Kies eerst een van de antwoorden" in back.text
    assert answers(client, programme) == []


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "nl-NL,nl;q=0.9,en;q=0.5", "nl"),
        ("", "fr", "en"),
        ("", None, "en"),
        ("?language=nl", "en", "nl"),
        ("?language=xx", "nl", "nl"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_browsers(
    up: Server,
    client: Client,
    tmp_path: Path,
    query: str,
    header: str | None,
    language: str,
) -> None:
    path, _ = asked(up, client, tmp_path)

    page = said(client, path + query, headers={"Accept-Language": header})

    assert f'<html lang="{language}">' in page.text


def test_the_page_keeps_its_address_and_itself_to_itself(
    up: Server, client: Client, tmp_path: Path
) -> None:
    path, programme = asked(up, client, tmp_path)

    page = said(client, path)

    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in page.headers
    assert re.findall(r"(?:src|href)=\"(https?:)?//", page.text) == []
    assert "<script" not in page.text
    assert programme not in path


def test_a_link_stands_in_no_log(up: Server, client: Client, tmp_path: Path) -> None:
    path, _ = asked(up, client, tmp_path)
    client.anonymous().post(path, data={})
    client.anonymous().get(path + "x")

    assert path.removeprefix("/pulse/") not in up.log.read_text()


def test_one_click_stops_questions_for_good(up: Server, client: Client, tmp_path: Path) -> None:
    path, programme = asked(up, client, tmp_path)
    data = {"List-Unsubscribe": "One-Click"}

    stopped = client.anonymous().post(f"{path}/stop", data=data)

    assert stopped.status_code == 200
    found = client.get("/api/consents", params={"identifier": f"mailto:{programme}@example.org"})
    assert "pulses" in found.text
    later = declared(client)
    completed(client, later, f"{programme}@example.org")
    assert links(up, later, tmp_path) == []


def test_a_table_of_links_is_handed_out_once_and_never_overwritten(
    up: Server, client: Client, tmp_path: Path
) -> None:
    programme = declared(client)
    completed(client, programme, f"{programme}@example.org")

    first, again = links(up, programme, tmp_path), links(up, programme, tmp_path)
    there = tmp_path / "there.csv"
    there.write_text("mine")
    refused = run_lrs(up, "pulses", "links", programme, "--csv", str(there))

    assert [row["email"] for row in first] == [f"{programme}@example.org"]
    assert again == []
    assert refused.returncode == 2
    assert there.read_text() == "mine"


def test_the_api_tells_counts_and_nobodys_answer(
    up: Server, client: Client, tmp_path: Path
) -> None:
    path, programme = asked(up, client, tmp_path)
    client.anonymous().post(path, data={"score": "30"})

    status = client.get(f"/api/programmes/{programme}/pulses")
    shown = run_lrs(up, "pulses", "status", programme, "--json")

    assert status.json()["pulses"] == [{"day": 60, "asked": "learner", "answered": 1}]
    assert json.loads(shown.stdout) == {
        **status.json(),
        "rounded_down_to": 10,
        "learners": {},
        "pulses": [{"day": 60, "asked": "learner"}],
    }
    assert "example.org" not in status.text
    assert "30" not in status.text.replace(programme, "")
    assert client.anonymous().get(f"/api/programmes/{programme}/pulses").status_code == 401
    assert client.get("/api/programmes/none/pulses").status_code == 404


def test_without_a_mail_server_sending_says_what_to_do(up: Server) -> None:
    done = run_lrs(up, "pulses", "send")

    assert done.returncode == 2
    assert "lrs pulses links" in done.stderr
