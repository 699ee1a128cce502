"""Quarantine over both stores: kept once, within bounds, and repaired without loss."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from lrs.domain import strict_json
from lrs.domain.errors import BadRequest, InvalidStatement, NotFound
from lrs.domain.strict_json import Parsed
from lrs.domain.versions import Version
from lrs.domain.vocabulary import REPAIRED
from lrs.services.access import Credential
from lrs.services.incoming import Request
from lrs.services.lrs import Lrs
from lrs.services.quarantine import BODY, Quarantine
from lrs.services.statements import Limits
from lrs.stores.port import Query, Store
from tests.api.samples import a_statement, an_id

NOW = 1_764_000_000_000_000
DAY = 86_400_000_000
RULES = ("h5p-missing-scheme",)


@pytest.fixture
def lrs(store: Store) -> Lrs:
    return Lrs.over(store, Limits(5000, 64, 500), "https://lrs.example")


def an_lms(lrs: Lrs, *rules: str) -> Credential:
    made, _ = lrs.access.create("LMS", ["statements/write"], key=an_id())
    return lrs.access.quarantine(made.key, rules)


def broken(**more: Any) -> dict[str, Any]:
    return a_statement(actor={"mbox": "ann@example.org"}, **more)


def refused(lrs: Lrs, who: Credential, body: object, now: int = NOW) -> None:
    """What a handler does with what an LMS sends."""
    request = Request(Parsed(body, body), {}, who, Version.V1, now)
    with pytest.raises(InvalidStatement):
        lrs.statements.keep(request)
    lrs.quarantine.take(request)


def bounded(lrs: Lrs, **bounds: int) -> Lrs:
    return replace(lrs, quarantine=Quarantine(lrs.store, lrs.access, lrs.statements, **bounds))


def kept(lrs: Lrs) -> list[dict[str, Any]]:
    return [strict_json.kept(row.data) for row in lrs.store.find(Query(frozenset()))]


def test_a_refused_body_is_kept_with_what_is_wrong(lrs: Lrs) -> None:
    lms = an_lms(lrs)

    refused(lrs, lms, [a_statement(), broken()])

    (one,) = lrs.quarantine.page(lms.key)
    assert (one["statements"], one["wrong"], one["times"]) == (2, 1, 1)
    assert one["problems"][0]["at"] == "[1].actor.mbox"
    assert one["received"] == one["last"] == "2025-11-24T16:00:00.000000Z"
    assert kept(lrs) == []


def test_of_a_key_that_is_not_marked_nothing_is_kept(lrs: Lrs) -> None:
    lms = an_lms(lrs)
    free = lrs.access.quarantine(lms.key, None)

    refused(lrs, free, broken())

    assert lrs.quarantine.page() == []


def test_a_body_sent_again_is_counted_and_kept_once(lrs: Lrs) -> None:
    lms, body = an_lms(lrs), broken()

    for again in range(3):
        refused(lrs, lms, body, NOW + again * DAY)

    (one,) = lrs.quarantine.page()
    assert (one["times"], one["received"][:10], one["last"][:10]) == (3, "2025-11-24", "2025-11-26")


def test_a_repair_stores_what_was_right_as_it_was_and_the_rest_as_new_statements(lrs: Lrs) -> None:
    lms, right = an_lms(lrs, *RULES), a_statement(id=an_id())
    wrong = broken(id=an_id())
    refused(lrs, lms, [right, wrong])
    name = lrs.quarantine.page()[0]["id"]

    done = lrs.quarantine.repair(name, now=NOW)

    assert [one.outcome for one in done] == ["as sent", "repaired"]
    found = {statement["id"]: statement for statement in kept(lrs)}
    assert set(found) == {one.statement for one in done} != {right["id"], wrong["id"]}
    assert found[right["id"]]["actor"] == right["actor"]
    assert "context" not in found[right["id"]]
    new = found[done[1].statement]
    assert new["actor"]["mbox"] == "mailto:ann@example.org"
    assert new["context"]["extensions"][REPAIRED]["rules"] == list(RULES)
    assert new["authority"] == lms.authority
    assert lrs.quarantine.page() == []


def test_what_no_rule_mends_stays_and_a_second_repair_adds_nothing(lrs: Lrs) -> None:
    lms = an_lms(lrs, *RULES)
    hopeless = {name: value for name, value in a_statement().items() if name != "actor"}
    refused(lrs, lms, [a_statement(), broken(), hopeless])
    name = lrs.quarantine.page()[0]["id"]

    first = lrs.quarantine.repair(name, now=NOW)
    before = kept(lrs)
    second = lrs.quarantine.repair(name, now=NOW)

    assert [one.outcome for one in first] == ["as sent", "repaired", "left"]
    assert "actor" in first[2].why
    assert second == first
    assert kept(lrs) == before
    assert len(before) == 2
    assert len(lrs.quarantine.page()) == 1


def test_a_dry_run_changes_nothing(lrs: Lrs) -> None:
    lms = an_lms(lrs)
    refused(lrs, lms, [broken()])
    name = lrs.quarantine.page()[0]["id"]

    dry = lrs.quarantine.repair(name, RULES, now=NOW, dry_run=True)

    assert [one.outcome for one in dry] == ["repaired"]
    assert kept(lrs) == []
    assert lrs.quarantine.repair(name, RULES, now=NOW) == dry


def test_without_rules_only_what_was_right_leaves(lrs: Lrs) -> None:
    lms = an_lms(lrs)
    refused(lrs, lms, [broken(), a_statement()])

    done = lrs.quarantine.repair(lrs.quarantine.page()[0]["id"], now=NOW)

    assert [one.outcome for one in done] == ["left", "as sent"]


def test_what_a_revoked_key_sent_can_still_be_repaired_under_its_authority(lrs: Lrs) -> None:
    lms = an_lms(lrs)
    refused(lrs, lms, broken())
    lrs.access.revoke(lms.key)

    lrs.quarantine.repair(lrs.quarantine.page()[0]["id"], RULES, now=NOW)

    assert kept(lrs)[0]["authority"] == lms.authority


def test_the_id_that_only_a_put_names_is_kept(lrs: Lrs) -> None:
    lms, named, body = an_lms(lrs), an_id(), broken()
    lrs.quarantine.take(Request(Parsed(body, body), {}, lms, Version.V1, NOW, named))

    found = lrs.quarantine.one(lrs.quarantine.page()[0]["id"])

    assert orjson.loads(orjson.dumps(found["body"]))["id"] == named


def test_numbers_are_stored_as_they_were_spelled(lrs: Lrs) -> None:
    lms = an_lms(lrs)
    text = b'{"actor":{"mbox":"mailto:a@b.org"},"verb":{"id":"https://v.example/v"},"object":{"id":"https://o.example/o"},"result":{"score":{"raw":7.10}}}'
    body = strict_json.loads(b"[" + text + b',{"no":"Statement"}]', 64)
    lrs.quarantine.take(Request(body, {}, lms, Version.V1, NOW))

    lrs.quarantine.repair(lrs.quarantine.page()[0]["id"], now=NOW)

    assert b'"raw":7.10' in lrs.store.find(Query(frozenset()))[0].data


def test_the_oldest_go_when_there_are_too_many_or_after_90_days(lrs: Lrs) -> None:
    lrs = bounded(lrs, most=3)
    lms, other = an_lms(lrs), an_lms(lrs)
    refused(lrs, other, broken())
    for number in range(5):
        refused(lrs, lms, broken(), NOW + number)
    assert [one["id"][:16] for one in lrs.quarantine.page(lms.key)] == [
        str(NOW + number) for number in (2, 3, 4)
    ]

    refused(lrs, lms, broken(), NOW + 91 * DAY)

    assert len(lrs.quarantine.page(lms.key)) == 1
    assert len(lrs.quarantine.page(other.key)) == 1
    assert len(lrs.store.records(BODY)) == 2


def test_of_a_large_body_only_what_is_wrong_is_kept(lrs: Lrs) -> None:
    lrs = bounded(lrs, largest=100)
    refused(lrs, an_lms(lrs), broken())
    (one,) = lrs.quarantine.page()

    assert one["kept"] is False
    assert lrs.quarantine.one(one["id"])["body"] is None
    with pytest.raises(BadRequest):
        lrs.quarantine.repair(one["id"], RULES, now=NOW)


def test_one_is_dropped_and_then_unknown(lrs: Lrs) -> None:
    refused(lrs, an_lms(lrs), broken())
    name = lrs.quarantine.page()[0]["id"]

    lrs.quarantine.drop(name)

    assert lrs.quarantine.page() == []
    for ask in (lrs.quarantine.one, lrs.quarantine.drop):
        with pytest.raises(NotFound):
            ask(name)
    with pytest.raises(NotFound):
        lrs.quarantine.repair(name, RULES, now=NOW)


def test_an_unknown_rule_is_refused_before_anything_is_stored(lrs: Lrs) -> None:
    refused(lrs, an_lms(lrs), [a_statement(), broken()])

    with pytest.raises(BadRequest):
        lrs.quarantine.repair(lrs.quarantine.page()[0]["id"], ["make-it-so"], now=NOW)

    assert kept(lrs) == []
