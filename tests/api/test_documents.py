"""State, Agent Profile and Activity Profile (Communication 2.2, 2.3, 2.6, 2.7, 3.1)."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from tests.api.samples import NEVER, an_activity, an_agent, an_id, state_of
from tests.server import Client, refusal

STATE, AGENT, ACTIVITY = "activities/state", "agents/profile", "activities/profile"
NEW = {"If-None-Match": "*"}
JSON = {"Content-Type": "application/json"}


def a_document(path: str) -> dict[str, str]:
    """The parameters of a document that no other test has."""
    if path == STATE:
        return state_of()
    context = (
        {"agent": json.dumps(an_agent())} if path == AGENT else {"activityId": an_activity()["id"]}
    )
    return {**context, "profileId": "settings"}


def name_of(path: str) -> str:
    return "stateId" if path == STATE else "profileId"


def context_of(path: str, document: dict[str, str]) -> dict[str, str]:
    """The same without the document's id."""
    return {name: value for name, value in document.items() if name != name_of(path)}


paths = pytest.mark.parametrize("path", [STATE, AGENT, ACTIVITY])


@paths
@pytest.mark.parametrize(
    "kind", ["text/plain; charset=utf-8", "application/octet-stream", "image/png"]
)
def test_a_document_comes_back_as_it_was_put(either: Client, path: str, kind: str) -> None:
    document, content = a_document(path), b"\x00\xff any bytes"

    put = either.put(path, params=document, data=content, headers={**NEW, "Content-Type": kind})

    assert put.status_code == 204, put.text
    got = either.get(path, params=document)
    assert got.status_code == 200
    assert got.content == content
    assert got.headers["Content-Type"] == kind
    assert got.headers["ETag"] == f'"{hashlib.sha1(content).hexdigest()}"'
    assert got.headers["Last-Modified"].endswith(" GMT")


@paths
def test_a_json_document_keeps_its_spelling(either: Client, path: str) -> None:
    document, content = a_document(path), b'{ "n": 1.0, "b": 1e400, "a": null }'

    either.put(path, params=document, data=content, headers={**NEW, **JSON})

    assert either.get(path, params=document).content == content


@paths
def test_a_document_that_is_not_there_is_404(either: Client, path: str) -> None:
    refusal(either.get(path, params=a_document(path)), 404)


@paths
def test_post_merges_the_top_level(either: Client, path: str) -> None:
    document = a_document(path)
    either.post(path, params=document, json={"a": {"x": 1}, "b": 1, "c": 3})

    merged = either.post(path, params=document, data=b'{"a":{"y":2.50},"b":null}', headers=JSON)

    assert merged.status_code == 204
    assert either.get(path, params=document).content == b'{"a":{"y":2.50},"b":null,"c":3}'


@paths
@pytest.mark.parametrize(
    ("kept", "sent"),
    [
        ((b"text", "text/plain"), (b"{}", "application/json")),
        ((b"{}", "application/json"), (b"text", "text/plain")),
        ((b"[1]", "application/json"), (b"{}", "application/json")),
        ((b"{}", "application/json"), (b"[1]", "application/json")),
        ((b"{}", "application/json"), (b"{", "application/json")),
    ],
)
def test_what_cannot_be_merged_is_refused_and_changes_nothing(
    either: Client, path: str, kept: tuple[bytes, str], sent: tuple[bytes, str]
) -> None:
    document = a_document(path)
    either.put(path, params=document, data=kept[0], headers={**NEW, "Content-Type": kept[1]})

    answer = either.post(path, params=document, data=sent[0], headers={"Content-Type": sent[1]})

    refusal(answer, 400)
    assert either.get(path, params=document).content == kept[0]


@paths
def test_ids_are_listed_and_limited_by_since(either: Client, path: str) -> None:
    first = a_document(path)
    second = {**first, name_of(path): "ünïcode / ? #"}
    either.put(path, params=first, data=b"1", headers=NEW)
    between = datetime.now(UTC).isoformat()
    either.put(path, params=second, data=b"2", headers=NEW)
    context = context_of(path, first)

    every = either.get(path, params=context)

    assert sorted(every.json()) == sorted([first[name_of(path)], "ünïcode / ? #"])
    assert every.headers["Last-Modified"]
    assert either.get(path, params={**context, "since": between}).json() == ["ünïcode / ? #"]
    assert len(either.get(path, params={**context, "since": NEVER}).json()) == 2


@paths
def test_a_deleted_document_is_gone(either: Client, path: str) -> None:
    document = a_document(path)
    either.put(path, params=document, data=b"1", headers=NEW)

    deleted = either.delete(path, params=document)

    assert deleted.status_code == 204
    refusal(either.get(path, params=document), 404)
    assert either.get(path, params=context_of(path, document)).json() == []


def test_all_states_of_a_context_are_deleted_together(either: Client) -> None:
    one = state_of()
    other = {**one, "stateId": "other"}
    elsewhere = {**one, "registration": an_id()}
    for document in (one, other, elsewhere):
        either.put(STATE, params=document, data=b"1")

    deleted = either.delete(STATE, params=context_of(STATE, one))

    assert deleted.status_code == 204
    assert either.get(STATE, params=one).status_code == 404
    assert either.get(STATE, params=other).status_code == 404
    assert either.get(STATE, params=elsewhere).status_code == 200


@pytest.mark.parametrize("path", [AGENT, ACTIVITY])
def test_profiles_are_not_deleted_all_at_once(either: Client, path: str) -> None:
    refusal(either.delete(path, params=context_of(path, a_document(path))), 400)


def test_a_registration_is_a_context_of_its_own(either: Client) -> None:
    without = state_of()
    within = {**without, "registration": an_id()}
    either.put(STATE, params=without, data=b"without")
    either.put(STATE, params=within, data=b"within")

    assert either.get(STATE, params=without).content == b"without"
    shouted = {**within, "registration": within["registration"].upper()}
    assert either.get(STATE, params=shouted).content == b"within"


@pytest.mark.parametrize("path", [AGENT, ACTIVITY])
def test_a_profile_is_put_under_a_condition(lrs: Client, path: str) -> None:
    old, document = lrs.speaking("1.0.3"), a_document(path)

    refusal(old.put(path, params=document, data=b"1"), 400)
    lrs.put(path, params=document, data=b"1")
    refusal(old.put(path, params=document, data=b"2"), 409)
    refusal(lrs.put(path, params=document, data=b"2"), 409)

    assert lrs.get(path, params=document).content == b"1"


def test_state_needs_a_condition_under_2_0_only(lrs: Client) -> None:
    old, document = lrs.speaking("1.0.3"), state_of()

    assert old.put(STATE, params=document, data=b"1").status_code == 204
    assert old.put(STATE, params=document, data=b"2").status_code == 204
    refusal(lrs.put(STATE, params=document, data=b"3"), 409)

    assert lrs.get(STATE, params=document).content == b"2"


@paths
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_condition_that_fails_changes_nothing(either: Client, path: str, method: str) -> None:
    document = a_document(path)
    either.put(path, params=document, data=b'{"a":1}', headers={**NEW, **JSON})
    stale = {**JSON, "If-Match": f'"{"0" * 40}"'}

    answer = either.send(method, path, params=document, data=b'{"b":2}', headers=stale)
    exists = either.send(method, path, params=document, data=b'{"b":2}', headers={**JSON, **NEW})

    refusal(answer, 412)
    refusal(exists, 412)
    assert either.get(path, params=document).content == b'{"a":1}'


@paths
def test_a_condition_that_holds_lets_the_change_pass(either: Client, path: str) -> None:
    document = a_document(path)
    either.put(path, params=document, data=b"1", headers=NEW)
    tag = either.get(path, params=document).headers["ETag"]

    put = either.put(path, params=document, data=b"2", headers={"If-Match": tag})

    assert put.status_code == 204
    assert either.get(path, params=document).content == b"2"


@paths
def test_who_read_it_gzipped_can_write_it_back(either: Client, path: str) -> None:
    """The tag of the packed bytes is weak, for it is that of other bytes too."""
    document, content = a_document(path), b"a" * 5000
    either.put(path, params=document, data=content, headers=NEW)
    strong = f'"{hashlib.sha1(content).hexdigest()}"'
    weak = f"W/{strong}"

    plain = either.get(path, params=document, headers={"Accept-Encoding": "identity"})
    packed = either.get(path, params=document, headers={"Accept-Encoding": "gzip"})
    head = either.head(path, params=document, headers={"Accept-Encoding": "gzip"})

    assert (plain.headers["ETag"], plain.content) == (strong, content)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["ETag"] == head.headers["ETag"] == weak
    none = either.put(path, params=document, data=b"2", headers={"If-None-Match": weak})
    refusal(none, 412)
    put = either.put(path, params=document, data=b"2", headers={"If-Match": weak})
    assert put.status_code == 204
    late = either.put(path, params=document, data=b"3", headers={"If-Match": weak})
    refusal(late, 412)


def test_no_merge_is_lost_among_sixteen_writers(lrs: Client) -> None:
    document = state_of()

    def merge(number: int) -> int:
        return lrs.post(STATE, params=document, json={f"k{number}": number}).status_code

    with ThreadPoolExecutor(16) as threads:
        statuses = set(threads.map(merge, range(160)))

    assert statuses == {204}
    assert lrs.get(STATE, params=document).json() == {f"k{n}": n for n in range(160)}


@pytest.mark.parametrize("path", [STATE, AGENT, ACTIVITY])
def test_of_writers_with_the_same_tag_exactly_one_wins(lrs: Client, path: str) -> None:
    document = a_document(path)
    lrs.put(path, params=document, data=b"start", headers=NEW)
    for _ in range(5):
        before = lrs.get(path, params=document)
        condition = {"If-Match": before.headers["ETag"]}

        def put(number: int, condition: dict[str, str] = condition) -> int:
            content = f"{condition}{number}".encode()
            return lrs.put(path, params=document, data=content, headers=condition).status_code

        with ThreadPoolExecutor(16) as threads:
            statuses = sorted(threads.map(put, range(16)))

        assert statuses == [204] + [412] * 15


def test_of_writers_of_a_new_document_exactly_one_wins(lrs: Client) -> None:
    document = a_document(AGENT)

    def put(number: int) -> int:
        return lrs.put(AGENT, params=document, data=b"%d" % number, headers=NEW).status_code

    with ThreadPoolExecutor(16) as threads:
        statuses = sorted(threads.map(put, range(16)))

    assert statuses == [204] + [412] * 15


@paths
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_wrong_parameters_are_refused_by_name(either: Client, path: str, method: str) -> None:
    document = a_document(path)
    for name, value in {"agent": "{", "activityId": "no iri", "registration": "1"}.items():
        if name in document or (name == "registration" and path == STATE):
            wrong = {**document, name: value}
            assert refusal(either.send(method, path, params=wrong), 400)["at"] == name
    for name in context_of(path, document):
        missing = {key: value for key, value in document.items() if key != name}
        assert refusal(either.send(method, path, params=missing), 400)["at"] == name
    assert refusal(either.send(method, path, params={**document, "x": "1"}), 400)["at"] == "x"


@paths
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_document_needs_its_id(either: Client, path: str, method: str) -> None:
    answer = either.send(method, path, params=context_of(path, a_document(path)), data=b"1")

    assert refusal(answer, 400)["at"] == name_of(path)


@paths
def test_what_says_it_is_json_has_to_be(either: Client, path: str) -> None:
    document = a_document(path)

    for method in ("PUT", "POST"):
        refusal(either.send(method, path, params=document, data=b"{", headers={**NEW, **JSON}), 400)

    assert either.get(path, params=document).status_code == 404


def test_an_agent_profile_is_found_however_the_agent_is_written(lrs: Client) -> None:
    agent = an_agent()
    named = {"name": "Anna", "mbox": agent["mbox"].replace("example.org", "EXAMPLE.org")}
    lrs.put(AGENT, params={"agent": json.dumps(agent), "profileId": "p"}, data=b"1", headers=NEW)

    found = lrs.get(AGENT, params={"agent": json.dumps(named), "profileId": "p"})

    assert found.content == b"1"
