"""
Who may be one human: suggested where two identifiers tell the same, and confirmed by a person.

- The e-mail address of one is the hash (`mbox_sha1sum`) or the account name of another.
- The single sign-on's id of a person is the name of an account, or another person's id too.

An identifier that nobody known holds is suggested only where the store has Statements of it.
An account is looked for under the home pages of known persons' accounts and of the sources.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import orjson

from lrs.domain import identifiers
from lrs.domain.actors import ifi
from lrs.domain.errors import NotFound
from lrs.domain.person_entries import Dismiss
from lrs.domain.persons import Register
from lrs.services.persons import Editing, Persons
from lrs.stores.port import Query, StatementStore

SAME_EMAIL_HASH = "the hash of the same e-mail address"
SAME_EMAIL_NAME = "an account named by the same e-mail address"
SAME_SSO = "the same id in single sign-on"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """
    Args:
        person: A known person.
        other: Who may be the same: the id of a known person or of a person of one.
        reason: Why, for people to read.
        rests_on: The identifier that tells it.
    """

    person: str
    other: str
    reason: str
    rests_on: str

    @property
    def id(self) -> str:
        """Names the pair, whichever of the two comes first, and so can be dismissed for good."""
        pair = orjson.dumps(sorted((self.person, self.other)))
        return base64.urlsafe_b64encode(pair).decode().rstrip("=")


class Suggestions:
    """
    Makes suggestions, and does what people decide about them.

    Args:
        instances: The home pages of the people whom sources tell of: a store keeps no list of
            those in its Statements, and the first person of a system is nobody's colleague yet.
    """

    def __init__(
        self,
        persons: Persons,
        statements: StatementStore,
        instances: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._persons = persons
        self._statements = statements
        self._instances = instances

    def some(self, after: str = "", limit: int = 100) -> tuple[list[Suggestion], str | None]:
        """
        Suggestions about the known persons, in the order of their ids.

        Args:
            after: The person after whom to go on.
            limit: About so many; all about one person come together.

        Returns:
            Them, and the person after whom there may be more.
        """
        register, now = self._persons.register(), time.time_ns() // 1000
        homes = sorted({*_homes(register), *self._instances()})
        found: dict[str, Suggestion] = {}
        for person in (one for one in register.known() if one > after):
            for suggestion in self._about(register, person, homes, now):
                found.setdefault(suggestion.id, suggestion)
            if len(found) >= limit:
                return list(found.values()), person
        return list(found.values()), None

    def _about(
        self, register: Register, person: str, homes: list[str], now: int
    ) -> Iterator[Suggestion]:
        for identifier, reason in _telling(register, person, homes, now):
            other = register.holder(identifier, now)
            suggestion = Suggestion(person, other, reason, identifier)
            if other == person or suggestion.id in register.dismissed:
                continue
            if not identifiers.is_of_one(other) or self._seen(identifier):
                yield suggestion
        sso = register.value(person, "external_id", now)
        for other in register.named("external_id", sso or ""):
            suggestion = Suggestion(person, other, SAME_SSO, f"external_id {sso}")
            if other != person and suggestion.id not in register.dismissed:
                yield suggestion

    def _seen(self, identifier: str) -> bool:
        query = Query(frozenset({f"related-agent:{identifier}"}), limit=1)
        return bool(self._statements.find(query))

    def confirm(self, suggestion: str, *, by: str, evidence: str) -> str:
        """
        Make one person of the two; the id of who stays.

        Raises:
            NotFound: It is no suggestion, or one of the two is not there any more.
            Conflict: They are one already, or the identifier was given to another meanwhile.
        """
        one, other = _pair(suggestion)
        if identifiers.is_of_one(other):
            one, other = other, one
        return self._persons.merge(one, other, by=by, evidence=evidence or "suggestion confirmed")

    def dismiss(self, suggestion: str, *, by: str, evidence: str) -> None:
        """
        Do not suggest it again.

        Raises:
            NotFound: It is no suggestion.
        """
        one, other = _pair(suggestion)

        def edit(editing: Editing) -> None:
            for each in (one, other):
                editing.register.resolve(each)
            editing.do(Dismiss(suggestion))

        self._persons.change(by, evidence, edit)


def _homes(register: Register) -> set[str]:
    """The home pages of all accounts that anybody has."""
    accounts = (name for name in register.holdings if name.startswith("account:"))
    return {name.removeprefix("account:").partition("|")[0] for name in accounts}


def _telling(
    register: Register, person: str, homes: list[str], now: int
) -> Iterator[tuple[str, str]]:
    """Identifiers that would tell the same person, with the reason."""
    for part in register.intervals(person):
        if part.identifier.startswith("mbox:") and part.since <= now < part.until:
            mbox = part.identifier.removeprefix("mbox:")
            digest = hashlib.sha1(mbox.encode(), usedforsecurity=False).hexdigest()
            yield f"mbox_sha1sum:{digest}", SAME_EMAIL_HASH
            address = mbox.removeprefix("mailto:")
            yield from ((_account(home, address), SAME_EMAIL_NAME) for home in homes)
    sso = register.value(person, "external_id", now)
    if sso:
        yield from ((_account(home, sso), SAME_SSO) for home in homes)


def _account(home: str, name: str) -> str:
    return str(ifi(identifiers.account(home, name)))


def _pair(suggestion: str) -> tuple[str, str]:
    try:
        text = base64.urlsafe_b64decode(suggestion + "=" * (-len(suggestion) % 4))
        one, other = orjson.loads(text)
        if isinstance(one, str) and isinstance(other, str):
            return one, other
    except (ValueError, TypeError, binascii.Error):
        pass
    raise NotFound("there is no such suggestion", at="suggestion")
