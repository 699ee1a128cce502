"""/api/keys and `lrs keys`: create, list and revoke."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote

import pytest

from benchmarks.servers import Server
from tests.api.samples import an_agent, an_id
from tests.server import Client, refusal, run_lrs


def test_the_secret_is_shown_once(lrs: Client) -> None:
    made = lrs.post("/api/keys", json={"name": "LMS", "scopes": ["state", "define"]})

    assert made.status_code == 201
    key = made.json()
    assert set(key) == {"key", "secret", "name", "scopes", "authority"}
    listed = {one["key"]: one for one in lrs.get("/api/keys").json()}
    assert listed[key["key"]] == {name: key[name] for name in key if name != "secret"}
    assert key["secret"] not in lrs.get("/api/keys").text


def test_key_and_secret_may_be_chosen(lrs: Client) -> None:
    wanted = {"key": an_id(), "secret": "a:b ü", "name": "LMS", "scopes": ["all"]}

    made = lrs.post("/api/keys", json=wanted)

    assert made.json()["key"] == wanted["key"]
    answer = lrs.anonymous().get(
        "statements", headers={"Authorization": basic(wanted["key"], "a:b ü")}
    )
    assert answer.status_code == 200


def basic(key: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def test_a_key_is_given_once(lrs: Client) -> None:
    wanted = {"key": an_id(), "name": "LMS", "scopes": ["all"]}
    lrs.post("/api/keys", json=wanted)

    assert refusal(lrs.post("/api/keys", json=wanted), 409)["at"] == "key"


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": "all"}, "scopes"),
        ({"scopes": [1]}, "scopes"),
        ({"name": ""}, "name"),
        ({"name": 1}, "name"),
        ({"key": "a:b"}, "key"),
        ({"key": "a\n"}, "key"),
        ({"key": "a\u0085b"}, "key"),
        ({"secret": "a\x00"}, "secret"),
        ({"name": "a\x7f"}, "name"),
        ({"key": 1}, "key"),
        ({"secret": None}, "secret"),
        ({"authority": {"name": "nobody"}}, "authority"),
        ({"authority": "Anna"}, "authority"),
        ({"colour": "red"}, ""),
    ],
    ids=str,
)
def test_what_makes_no_key_is_refused_by_name(lrs: Client, change: dict, at: str) -> None:
    answer = lrs.post("/api/keys", json={"name": "LMS", "scopes": ["all"], **change})

    assert refusal(answer, 400)["at"].startswith(at)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'"x"'])
def test_what_is_no_object_makes_no_key(lrs: Client, body: bytes) -> None:
    refusal(lrs.post("/api/keys", data=body), 400)


def test_a_revoked_key_is_soon_refused_by_every_process(lrs: Client) -> None:
    client = lrs.new_key("all")
    for _ in range(20):  # so that both processes know it
        assert client.get("statements", params={"limit": "1"}).status_code == 200

    assert lrs.delete(f"/api/keys/{client.auth.username}").status_code == 204
    time.sleep(1.5)

    statuses = {client.get("statements", params={"limit": "1"}).status_code for _ in range(30)}
    assert statuses == {401}
    assert client.auth.username not in lrs.get("/api/keys").text


@pytest.mark.parametrize("odd", ["a/b", "ü ?#%", "a//b/"])
def test_a_key_of_any_characters_can_be_revoked(lrs: Client, odd: str) -> None:
    key = an_id() + odd
    lrs.post("/api/keys", json={"name": "odd", "scopes": ["all"], "key": key})

    assert lrs.delete(f"/api/keys/{quote(key, safe='')}").status_code == 204
    assert key not in [one["key"] for one in lrs.get("/api/keys").json()]


def test_revoking_an_unknown_key_is_404(lrs: Client) -> None:
    refusal(lrs.delete(f"/api/keys/{an_id()}"), 404)


def test_keys_are_made_listed_and_revoked_by_command_while_the_server_runs(
    server: Server, lrs: Client
) -> None:
    authority = json.dumps(an_agent())
    made = run_lrs(
        server, "keys", "create", "--name", "CLI", "--scope", "state", "--scope", "statements/read",
        "--authority", authority, "--json",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    key = json.loads(made.stdout)

    assert key["scopes"] == ["state", "statements/read"]
    client = lrs.with_key(key["key"], key["secret"])
    assert client.get("statements", params={"limit": "1"}).status_code == 200
    assert key["key"] in run_lrs(server, "keys", "list").stdout

    assert run_lrs(server, "keys", "revoke", key["key"]).returncode == 0
    time.sleep(1.5)
    assert client.get("statements", params={"limit": "1"}).status_code == 401


@pytest.mark.parametrize(
    "words",
    [
        ["create", "--name", "x", "--scope", "everything"],
        ["create", "--name", "x"],
        ["create", "--name", "x", "--scope", "all", "--key", "a:b"],
        ["create", "--name", "x", "--scope", "all", "--key", "a\n"],
        ["create", "--name", "x\udcff", "--scope", "all"],
        ["create", "--name", "x", "--scope", "all", "--authority", "{"],
        ["create", "--name", "x", "--scope", "all", "--authority", "[1]"],
        ["revoke", "nobody"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_says_so_in_a_line(server: Server, words: list[str]) -> None:
    done = run_lrs(server, "keys", *words)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "Error: " in done.stderr
