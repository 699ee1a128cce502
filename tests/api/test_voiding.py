"""Voiding: what is voided is shown only to those who ask for it by its id (Data 2.3.2)."""

from __future__ import annotations

import json

from tests.api.samples import a_statement, about, an_agent, an_id, kept, voiding
from tests.server import Client, refusal


def test_a_voided_statement_is_read_by_voided_statement_id_only(either: Client) -> None:
    statement = a_statement(id=an_id())
    either.keep(statement)

    either.keep(voiding(statement["id"]))

    refusal(either.get("statements", params={"statementId": statement["id"]}), 404)
    found = either.get("statements", params={"voidedStatementId": statement["id"]})
    assert found.status_code == 200
    assert found.json()["actor"] == statement["actor"]


def test_a_statement_that_is_not_voided_is_no_voided_statement(lrs: Client) -> None:
    (statement_id,) = lrs.keep(a_statement())

    refusal(lrs.get("statements", params={"voidedStatementId": statement_id}), 404)


def test_lists_leave_the_voided_out_but_not_who_refers_to_it(either: Client) -> None:
    actor = an_agent()
    (target,) = either.keep(a_statement(actor=actor))
    (comment,) = either.keep(about(target))

    (void,) = either.keep(voiding(target))

    assert set(either.ids(agent=json.dumps(actor))) == {comment, void}


def test_a_voiding_statement_cannot_be_voided(lrs: Client) -> None:
    (target,) = lrs.keep(a_statement())
    (void,) = lrs.keep(voiding(target))

    answer = lrs.post("statements", json=voiding(void))

    assert answer.status_code in (200, 400)
    assert kept(lrs, void)["object"]["id"] == target
    refusal(lrs.get("statements", params={"statementId": target}), 404)


def test_a_target_that_arrives_after_its_voiding_is_voided(lrs: Client) -> None:
    statement = a_statement(id=an_id())
    lrs.keep(voiding(statement["id"]))

    lrs.keep(statement)

    refusal(lrs.get("statements", params={"statementId": statement["id"]}), 404)
    assert lrs.ids(agent=json.dumps(statement["actor"])) != [statement["id"]]


def test_a_voiding_statement_needs_a_statement_ref(either: Client) -> None:
    void = {**voiding(an_id()), "object": a_statement()["object"]}

    assert refusal(either.post("statements", json=void), 400)["at"].startswith("object")
