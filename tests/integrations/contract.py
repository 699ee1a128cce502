"""
What every integration must do. A test of a source inherits `IntegrationContract` and gives it
deliveries in the vendor's shape, written by hand; the rules are here, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import orjson
import pytest

from integrations.base import Delivery, Why
from integrations.receive import Outcome, accept, receive
from integrations.registry import configured, integrations
from integrations.source import Source
from integrations.templates import Outcome as Followed
from integrations.templates import check
from lrs.domain.validation import problems
from lrs.domain.versions import Version
from lrs.domain.vocabulary import PROFILE_VERSION, action_of

NOW = 1_764_000_000.0
OLD, NEW = "the-secret-that-goes", "the-secret-that-comes"
_LAST = -1
_WRONG = (5, "", [], {}, None, "x")


class IntegrationContract:
    """
    Attributes:
        name: Of the integration.
        instance: Of the source under test.
        settings: More settings of the source.
        lacks: Rule → why it cannot be shown for this vendor ("bot": "no bots are told").
        harvested: The deliveries come from a harvester, not from a hook.
    """

    name: ClassVar[str]
    instance: ClassVar[str] = "https://site.example"
    settings: ClassVar[Mapping[str, Any]] = {}
    lacks: ClassVar[Mapping[str, str]] = {}
    harvested: ClassVar[bool] = False

    def genuine(self) -> Delivery:
        """A public act of a person, not signed yet."""
        raise NotImplementedError

    def unknown(self) -> Delivery:
        """An event that the integration has no use for."""
        raise NotImplementedError

    def by_bot(self) -> Delivery:
        """The same by a bot or the system itself."""
        raise NotImplementedError

    def by_nobody(self) -> Delivery:
        """The same by an anonymous author."""
        raise NotImplementedError

    def private(self) -> Delivery:
        """The same where not everybody may read it."""
        raise NotImplementedError

    def source(self, *secrets: str, **settings: Any) -> Source:
        own = {
            "name": "under-test",
            "integration": self.name,
            "instance": self.instance,
            "secrets": list(secrets or ((NEW,) if integrations()[self.name].checks else ())),
        }
        return configured({**own, **self.settings, **settings})

    def signed(self, delivery: Delivery, secret: str = NEW) -> Delivery:
        check = integrations()[self.name].check(self.source())
        assert check is not None
        return check.sign(delivery, secret, NOW)

    def told(self, delivery: Delivery, **settings: Any) -> Outcome:
        """What a right delivery becomes: signed through the hook, or as it was harvested."""
        source = self.source(**settings)
        harvested = self.harvested or delivery.method == "HARVEST"
        told = (
            accept(source, delivery) if harvested else receive(source, self.signed(delivery), NOW)
        )
        for statement in told.statements:
            checked = check(statement)
            assert checked.outcome is Followed.SUCCESS, (checked, statement)
        return told

    def statement(self, delivery: Delivery, **settings: Any) -> dict[str, Any]:
        """The one Statement of a delivery."""
        outcome = self.told(delivery, **settings)
        assert outcome.dead_letter is None
        assert len(outcome.statements) == 1, outcome
        return outcome.statements[0]

    def _only_if(self, rule: str) -> None:
        if rule in self.lacks:
            pytest.skip(f"{self.name}: {rule}: {self.lacks[rule]}")

    def _signed_only(self) -> None:
        if self.harvested:
            pytest.skip(f"{self.name}: harvested, so nobody signs")

    def test_a_public_act_of_a_person_becomes_valid_statements(self) -> None:
        outcome = self.told(self.genuine())

        assert outcome.status == 200
        assert outcome.statements
        for statement in outcome.statements:
            assert problems(statement, Version.V2) == []
            assert action_of(statement) is not None
            assert PROFILE_VERSION in str(statement["context"]["contextActivities"]["category"])

    def test_the_actor_is_an_account_of_the_instance(self) -> None:
        for statement in self.told(self.genuine()).statements:
            account = statement["actor"]["account"]
            assert account["homePage"].startswith(("http://", "https://"))
            assert not account["homePage"].endswith("/")
            assert account["name"]

    def test_without_a_signature_it_is_refused(self) -> None:
        self._signed_only()

        outcome = receive(self.source(), self.genuine(), NOW)

        self._is_refused(outcome)

    def test_with_a_wrong_secret_it_is_refused(self) -> None:
        self._signed_only()

        outcome = receive(self.source(), self.signed(self.genuine(), "another"), NOW)

        self._is_refused(outcome)

    def test_both_secrets_are_valid_while_one_takes_over(self) -> None:
        self._signed_only()
        source = self.source(NEW, OLD)

        outcomes = [receive(source, self.signed(self.genuine(), s), NOW) for s in (NEW, OLD)]

        assert [outcome.refused for outcome in outcomes] == [None, None]

    def test_a_secret_that_was_replaced_is_refused(self) -> None:
        self._signed_only()

        outcome = receive(self.source(NEW), self.signed(self.genuine(), OLD), NOW)

        self._is_refused(outcome)

    def test_one_altered_byte_is_refused(self) -> None:
        self._signed_only()
        self._only_if("altered byte")
        right = self.signed(self.genuine())
        altered = replace(right, body=right.body[:_LAST] + bytes([right.body[_LAST] ^ 1]))

        self._is_refused(receive(self.source(), altered, NOW))

    def test_a_hook_without_a_secret_is_off(self) -> None:
        source = replace(self.source(), secrets=())

        outcome = receive(source, self.genuine(), NOW)

        assert outcome.status == 403
        assert outcome.statements == []

    def test_a_redelivery_gives_the_same_statements(self) -> None:
        first, second = self.told(self.genuine()), self.told(self.genuine())

        assert first.statements == second.statements
        ids = [statement["id"] for statement in first.statements]
        assert len(set(ids)) == len(ids)

    def test_a_replay_with_another_delivery_id_gives_the_same_statements(self) -> None:
        again = self.genuine()
        again = replace(
            again, headers={**again.headers, "x-github-delivery": "2", "x-discourse-event-id": "2"}
        )

        assert self.told(again).statements == self.told(self.genuine()).statements

    def test_an_unknown_event_is_counted_and_never_an_error(self) -> None:
        self._only_if("unknown event")
        self._is_skipped(self.told(self.unknown()), Why.UNKNOWN_EVENT, Why.NOT_SOCIAL)

    def test_a_bot_is_never_a_learner(self) -> None:
        self._only_if("bot")
        self._is_skipped(self.told(self.by_bot()), Why.BOT)

    def test_an_anonymous_author_is_never_a_learner(self) -> None:
        self._only_if("anonymous")
        self._is_skipped(self.told(self.by_nobody()), Why.ANONYMOUS, Why.ACTOR_UNKNOWN)

    def test_private_content_is_never_recorded(self) -> None:
        self._only_if("private")
        self._is_skipped(self.told(self.private()), Why.PRIVATE, Why.NOT_PUBLISHED)

    def test_an_unreadable_body_is_a_dead_letter(self) -> None:
        """Nothing is lost: it can be replayed when the integration has learned to read it."""
        self._only_if("unreadable")
        outcome = accept(self.source(), replace(self.genuine(), body=b"\xff{not readable"))

        assert outcome.status == 400
        assert outcome.dead_letter
        assert outcome.statements == []

    def test_a_body_of_another_shape_is_a_dead_letter_or_counted(self) -> None:
        for body in (b"[]", b"{}", b'"text"', b"7", b"null", b'{"post":[],"event":7,"data":"x"}'):
            outcome = accept(self.source(), replace(self.genuine(), body=body))

            assert outcome.statements == []
            assert outcome.dead_letter or outcome.skipped or outcome.status == 204

    def test_a_value_of_a_wrong_type_is_a_dead_letter_or_counted(self) -> None:
        """Whatever one value is, the answer is never our error and no run is kept from going on."""
        genuine = self.genuine()
        for body in mutated(genuine):
            outcome = accept(self.source(), replace(genuine, body=body))

            assert outcome.statements or outcome.dead_letter or outcome.skipped, body
            assert all(isinstance(problems(s, Version.V2), list) for s in outcome.statements)

    def test_nobody_without_consent_is_recorded(self) -> None:
        source = self.source()
        delivery = self.genuine() if self.harvested else self.signed(self.genuine())

        outcome = accept(source, delivery, lambda _agent: False)

        assert outcome.statements == []
        assert outcome.skipped[Why.NO_CONSENT] >= 1

    def test_without_texts_nothing_that_people_wrote_is_kept(self) -> None:
        for statement in self.told(self.genuine(), texts="none").statements:
            assert "description" not in statement["object"].get("definition", {})
            assert "response" not in statement.get("result", {})

    def test_no_markup_is_kept(self) -> None:
        for statement in self.told(self.genuine()).statements:
            assert b"</" not in orjson.dumps(statement)

    def _is_refused(self, outcome: Outcome) -> None:
        assert outcome.refused
        assert outcome.status == integrations()[self.name].refused
        assert outcome.statements == []
        assert outcome.dead_letter is None

    @staticmethod
    def _is_skipped(outcome: Outcome, *reasons: Why) -> None:
        assert outcome.status == 204
        assert outcome.statements == []
        assert outcome.dead_letter is None
        assert set(outcome.skipped) & set(reasons), outcome.skipped


def mutated(delivery: Delivery) -> list[bytes]:
    """The body with each value in turn of another type, where it is JSON."""
    try:
        body = orjson.loads(delivery.body)
    except orjson.JSONDecodeError:
        return []
    return [orjson.dumps(other) for other in _others(body)]


def _others(value: Any) -> Iterator[Any]:
    yield from (wrong for wrong in _WRONG if wrong != value)
    if isinstance(value, dict):
        for key, held in value.items():
            yield from ({**value, key: other} for other in _others(held))
    elif isinstance(value, list):
        for place, held in enumerate(value):
            for other in _others(held):
                yield [*value[:place], other, *value[place + 1 :]]


def posted(body: object, headers: Mapping[str, str] | None = None, **more: Any) -> Delivery:
    """A delivery with a JSON body."""
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    return Delivery(source="under-test", body=orjson.dumps(body), headers=lower, **more)


def fetched(body: object, event: str = "") -> Delivery:
    """What a harvester hands on, as JSON."""
    return Delivery(source="under-test", body=orjson.dumps(body), method="HARVEST", event=event)
