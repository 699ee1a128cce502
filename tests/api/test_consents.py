"""/api/consents, `lrs consents` and who may be recorded, over two processes of one store."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.servers import Server
from lrs.app import use_cases
from lrs.config import Settings
from lrs.domain.identifiers import agent_of
from lrs.services.lrs import Lrs
from lrs.stores.sqlite import SqliteStore
from tests.server import Client, refusal, run_lrs


@pytest.fixture
def door(server: Server) -> Iterator[Lrs]:
    """A process of its own over the server's store, as the one that takes deliveries is."""
    folder = server.log.parent
    store = SqliteStore.open(folder / "lrs.sqlite", folder / "attachments")
    yield use_cases(Settings(data=Path(folder)), store)
    store.close()


def new_mbox() -> str:
    return f"mbox:mailto:{uuid.uuid4()}@example.org"


def say(lrs: Client, identifier: str, decision: str, **more: str) -> dict[str, Any]:
    body = {"identifier": identifier, "decision": decision, "evidence": "form 7", **more}
    answer = lrs.post("/api/consents", json=body)
    assert answer.status_code == 201, answer.text
    said: dict[str, Any] = answer.json()
    return said


def may(door: Lrs, identifier: str, mode: str = "opt-in", source: str = "forum") -> bool:
    return door.consent.may_record(source, mode, agent_of(identifier))


def within_a_second(door: Lrs, identifier: str, expected: bool, mode: str = "opt-in") -> bool:
    """Whether the answer becomes the expected one within a second, and stays it."""
    until = time.monotonic() + 1.0
    while may(door, identifier, mode) is not expected and time.monotonic() < until:
        time.sleep(0.02)
    return may(door, identifier, mode) is expected


def test_nobody_is_recorded_by_an_opt_in_source_before_they_agree(lrs: Client, door: Lrs) -> None:
    mbox = new_mbox()
    assert not may(door, mbox)

    say(lrs, mbox, "give", source="forum")

    assert within_a_second(door, mbox, True)
    assert not may(door, mbox, source="wiki")


@pytest.mark.parametrize("mode", ["opt-in", "opt-out"])
def test_a_withdrawal_is_heeded_in_every_process_within_a_second(
    lrs: Client, door: Lrs, mode: str
) -> None:
    mbox = new_mbox()
    say(lrs, mbox, "give")
    assert within_a_second(door, mbox, True, mode)

    say(lrs, mbox, "withdraw")

    assert within_a_second(door, mbox, False, mode)


def test_an_objection_is_heeded_where_nobody_is_asked(lrs: Client, door: Lrs) -> None:
    """A general withdrawal says nothing there: recording rests on something else than consent."""
    mbox = new_mbox()
    say(lrs, mbox, "withdraw")
    assert within_a_second(door, mbox, False, "opt-out")
    assert may(door, mbox, "not needed")

    told = say(lrs, mbox, "object")

    assert told["decision"] == "object"
    assert within_a_second(door, mbox, False, "not needed")
    listed = lrs.get("/api/consents", params={"identifier": mbox}).json()["consents"]
    assert [one["decision"] for one in listed] == ["withdraw", "object"]


def test_what_is_withdrawn_here_is_heeded_at_once(door: Lrs) -> None:
    mbox = new_mbox()
    assert may(door, mbox, "opt-out")

    door.consent.withdraw("forum", agent_of(mbox))

    assert not may(door, mbox, "opt-out")
    assert not may(door, mbox, "not needed")
    assert may(door, mbox, "opt-out", "wiki")


def test_a_person_withdraws_by_one_identifier_for_all_of_theirs(lrs: Client, door: Lrs) -> None:
    mbox, account = new_mbox(), f"account:https://forum.example.org|{uuid.uuid4()}"
    claims = [{"identifier": mbox}, {"identifier": account}]
    assert lrs.post("/api/persons", json={"identifiers": claims}).status_code == 201

    say(lrs, mbox, "give")
    assert within_a_second(door, account, True)
    say(lrs, account, "withdraw")

    assert within_a_second(door, mbox, False)
    listed = lrs.get("/api/consents", params={"identifier": mbox}).json()["consents"]
    assert [(one["identifier"], one["decision"]) for one in listed] == [
        (mbox, "give"),
        (account, "withdraw"),
    ]


def test_consent_does_not_pass_on_with_an_address(lrs: Client, door: Lrs) -> None:
    mbox = new_mbox()
    first = {"identifier": mbox, "to": "2026-03-01"}
    second = {"identifier": mbox, "from": "2026-03-01"}
    for claim in (first, second):
        assert lrs.post("/api/persons", json={"identifiers": [claim]}).status_code == 201

    say(lrs, mbox, "give", at="2025-01-01")

    time.sleep(1)
    assert not may(door, mbox)
    assert lrs.get("/api/consents", params={"identifier": mbox}).json()["consents"] == []


def test_what_somebody_unknown_said_counts_where_it_is_no(lrs: Client, door: Lrs) -> None:
    """In doubt nobody is recorded."""
    agrees, refuses = new_mbox(), new_mbox()
    say(lrs, agrees, "give", at="2025-01-01")
    say(lrs, refuses, "withdraw", at="2025-01-01")

    for mbox in (agrees, refuses):
        claim = {"identifier": mbox, "from": "2026-01-01"}
        assert lrs.post("/api/persons", json={"identifiers": [claim]}).status_code == 201

    assert within_a_second(door, agrees, False)
    assert within_a_second(door, refuses, False, "opt-out")


def test_a_group_is_recorded_when_each_member_may_be(door: Lrs) -> None:
    agent, other = agent_of(new_mbox()), agent_of(new_mbox())
    group = {"objectType": "Group", "member": [agent, other]}
    door.consent.give(None, agent)

    assert not door.consent.may_record("forum", "opt-in", group)
    door.consent.give("forum", other)
    assert door.consent.may_record("forum", "opt-in", group)
    assert not door.consent.may_record("forum", "opt-in", {"objectType": "Group", "member": []})


def test_consent_may_begin_later(lrs: Client, door: Lrs) -> None:
    mbox = new_mbox()

    say(lrs, mbox, "give", at="2999-01-01")

    time.sleep(1)
    assert not may(door, mbox)


def test_all_that_was_said_stays_readable_with_its_evidence(lrs: Client) -> None:
    mbox = new_mbox()
    said = [say(lrs, mbox, "give"), say(lrs, mbox, "withdraw"), say(lrs, mbox, "give")]

    listed: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = lrs.get("/api/consents", params={"limit": 3, **cursor}).json()
        listed += page["consents"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}

    assert [one for one in listed if one["identifier"] == mbox] == said
    assert {one["evidence"] for one in said} == {"form 7"}
    assert {one["by"] for one in said} == {lrs.auth.username}


def test_consent_by_the_command_line(server: Server, door: Lrs) -> None:
    mbox = new_mbox()

    given = run_lrs(server, "consents", "give", mbox, "--source", "forum", "--json")
    assert within_a_second(door, mbox, True)
    withdrawn = run_lrs(server, "consents", "withdraw", mbox, "--evidence", "letter")

    assert (given.returncode, withdrawn.returncode) == (0, 0), given.stderr + withdrawn.stderr
    assert json.loads(given.stdout)["source"] == "forum"
    assert within_a_second(door, mbox, False)
    listed = run_lrs(server, "consents", "list", mbox, "--json").stdout.splitlines()
    assert [json.loads(line)["decision"] for line in listed] == ["give", "withdraw"]
    assert mbox in run_lrs(server, "consents", "list").stdout


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, "identifier"),
        ({"identifier": "ann", "decision": "give"}, "identifier"),
        ({"identifier": "mailto:a@b.c"}, "decision"),
        ({"identifier": "mailto:a@b.c", "decision": "yes"}, "decision"),
        ({"identifier": "mailto:a@b.c", "decision": "give", "at": "soon"}, "at"),
        ({"identifier": "mailto:a@b.c", "decision": "give", "until": "2026-01-01"}, ""),
    ],
)
def test_what_is_wrong_with_a_consent_is_said_with_its_place(
    lrs: Client, body: dict[str, str], at: str
) -> None:
    assert refusal(lrs.post("/api/consents", json=body), 400)["at"] == at


def test_consents_are_read_with_statements_read_and_changed_with_all(lrs: Client) -> None:
    reader = lrs.new_key("statements/read")

    assert reader.get("/api/consents").status_code == 200
    refusal(reader.post("/api/consents", json={"identifier": new_mbox(), "decision": "give"}), 403)
    refusal(lrs.new_key("statements/write").get("/api/consents"), 403)
