"""What vendors really sent, read from ../shared: every file ends as something, none as an error."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from integrations.fixtures import Case, case, files, row
from integrations.registry import integrations
from integrations.templates import Outcome, check
from lrs.domain.validation import problems
from lrs.domain.versions import Version
from lrs.domain.vocabulary import ACTIONS, action_of
from tests.shared import SHARED, needs_shared

FOLDER = SHARED / "fixtures" / "integrations"
FILES = files(FOLDER) if FOLDER.is_dir() else []
VECTORS = [
    "discourse/signature-ping.json",
    "slack/signature-v0.json",
    "github/signature-sha256.json",
]

pytestmark = [pytest.mark.shared, needs_shared]


def cases() -> list[Case]:
    return [case(path, FOLDER) for path in FILES]


@pytest.mark.parametrize("path", FILES or [FOLDER], ids=lambda path: path.name)
def test_a_recorded_file_becomes_statements_a_skip_with_a_reason_or_a_dead_letter(path) -> None:
    told = row(path, FOLDER)

    assert told.kind in ("statements", "skipped", "dead-lettered"), told.why
    assert told.statements or told.why


def test_every_statement_is_valid_and_its_action_is_known() -> None:
    statements = [s for one in cases() for s in one.run().statements]

    assert len(statements) > 1_000
    assert [(s["id"], problems(s, Version.V2)) for s in statements if problems(s, Version.V2)] == []
    assert {action_of(s) for s in statements} <= set(ACTIONS)


def test_every_statement_follows_a_template_of_the_profile() -> None:
    checked = [(one.path.name, check(s)) for one in cases() for s in one.run().statements]

    assert len(checked) > 1_000
    assert [(name, c) for name, c in checked if c.outcome is not Outcome.SUCCESS] == []


def test_a_redelivery_in_another_order_gives_the_same_statements() -> None:
    first = {s["id"]: s for one in cases() for s in one.run().statements}
    again = [*cases(), *cases()]
    random.Random(4).shuffle(again)

    second = {s["id"]: s for one in again for s in one.run().statements}

    assert second == first


def test_one_altered_byte_is_refused_wherever_the_body_is_signed() -> None:
    covered = 0
    for one in cases():
        check = integrations()[one.source.integration].check(one.source)
        if one.harvested or check is None or type(check).__name__ not in ("Hmac", "SlackV0"):
            continue
        if not one.delivery.body:
            continue
        covered += 1
        body = bytes([one.delivery.body[0] ^ 1]) + one.delivery.body[1:]
        outcome = replace(one, delivery=replace(one.delivery, body=body)).run()
        assert outcome.refused, one.path.name
        assert outcome.status in (401, 403)

    assert covered > 40


@pytest.mark.parametrize("name", VECTORS)
def test_a_published_signature_recomputes(name: str) -> None:
    right = case(FOLDER / name, FOLDER)

    assert right.run().refused is None
    assert replace(right, source=replace(right.source, secrets=("another",))).run().refused


def test_a_published_signature_of_slack_is_refused_once_its_time_has_passed() -> None:
    right = case(FOLDER / "slack/signature-v0.json", FOLDER)

    assert replace(right, now=right.now + 301).run().refused
    assert replace(right, now=right.now + 299).run().refused is None
