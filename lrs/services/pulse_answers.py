"""
Answers to pulses: a link is opened, answered once, and the answer becomes one Statement.

Opening a link changes nothing, for mail scanners open links too. The answer is first written to
the row of the pulse, in the step that uses the link up, and then kept as a Statement whose id and
time follow from the row: so two answers at once are one, and one that a crash leaves behind is
kept by the next run (`lrs.services.pulse_sending`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from itsdangerous import BadData, URLSafeTimedSerializer

from lrs.domain import pulses
from lrs.domain.errors import Conflict, NotFound
from lrs.domain.pulses import OPEN, Pulse, State
from lrs.domain.strict_json import Parsed
from lrs.domain.versions import Version
from lrs.services.access import Credential
from lrs.services.incoming import Request
from lrs.services.lrs import Lrs
from lrs.services.pulse_people import PulsePeople, Reached
from lrs.services.pulse_rows import PulseRows
from lrs.services.signing import signer

Status = Literal["open", "used", "expired", "closed", "thanks"]
LINK = "pulse link"


@dataclass(frozen=True, slots=True)
class Opened:
    """
    What is behind a link.

    Args:
        name: Of the programme, by language.
        reached: Who is asked, where the question is open.
    """

    pulse: Pulse
    status: Status
    name: Mapping[str, str]
    reached: Reached | None


class Answers:
    """Opens links and takes answers."""

    def __init__(self, lrs: Lrs) -> None:
        self._lrs = lrs
        self._rows = PulseRows(lrs.store)
        self._people = PulsePeople(lrs.persons, lrs.consent)
        account = {"homePage": lrs.public_url, "name": f"service:{pulses.SOURCE}"}
        agent = {"objectType": "Agent", "name": pulses.SOURCE, "account": account}
        scopes = frozenset({"statements/write", "define"})
        self._credential = Credential(f"service:{pulses.SOURCE}", pulses.SOURCE, scopes, agent)

    @cached_property
    def _signer(self) -> URLSafeTimedSerializer:
        return signer(self._lrs.store, LINK)

    def link(self, key: str) -> str:
        """The path of the link to a pulse: nothing about anybody stands in it."""
        return f"/pulse/{self._signer.dumps(key)}"

    def open(self, token: str, now: int) -> Opened:
        """
        What is behind a link at a time (µs); nothing is changed.

        Raises:
            NotFound: It was not signed here, or what it is about is kept no more.
        """
        return self._opened(self._pulse(self._key(token)), now)

    def answer(self, token: str, form: Mapping[str, list[str]], now: int) -> Opened:
        """
        Take an answer; durable when this returns with the status `thanks`.

        Raises:
            NotFound: As `open`.
            BadRequest: The form lacks what has to be answered; the link still works.
        """
        key = self._key(token)
        opened = self._opened(self._pulse(key), now)
        if opened.status != "open":
            return opened
        answer = pulses.read_answer(opened.pulse.asked, form)

        def take(kept: Pulse) -> Pulse | None:
            if kept.state not in OPEN or now >= kept.expires:
                return None
            return replace(kept, state=State.ANSWERED, answered=now, answer=answer)

        if self._rows.step(key, take) is None:
            return self._opened(self._pulse(key), now)
        self.keep(key)
        return replace(opened, status="thanks")

    def keep(self, key: str) -> None:
        """Keep the answer of a pulse as its Statement, where that is not done yet."""
        pulse = self._pulse(key)
        if pulse.answer is None:
            return
        reached = self._people.reach(pulse, pulse.answered)
        if isinstance(reached, Reached):
            self._store(key, pulse, reached)
        self._rows.step(key, lambda kept: replace(kept, answer=None))

    def _store(self, key: str, pulse: Pulse, reached: Reached) -> None:
        supervisor = reached.identifier if pulse.asked == "supervisor" else None
        made = pulses.statement_of(
            key, pulse, self._name(pulse.programme), reached.learner, supervisor
        )
        body = Parsed([made], [made])
        request = Request(body, {}, self._credential, Version.V2, pulse.answered)
        try:
            self._lrs.statements.keep_new(request)
        except Conflict:  # kept by another process, while somebody got another identifier
            return

    def stop(self, token: str) -> None:
        """
        Who was asked by a link wants no such questions any more; it holds for all of theirs.

        Raises:
            NotFound: As `open`.
        """
        pulse = self._pulse(self._key(token))
        who = pulse.recipient or pulse.completion.identifier
        self._lrs.consent.withdraw(pulses.SOURCE, who, None, "the link in a letter", pulses.SOURCE)

    def _key(self, token: str) -> str:
        try:
            return str(self._signer.loads(token))
        except BadData:
            raise NotFound("there is no such link") from None

    def _pulse(self, key: str) -> Pulse:
        pulse = self._rows.pulse(key)
        if pulse is None:
            raise NotFound("there is no such link")
        return pulse

    def _opened(self, pulse: Pulse, now: int) -> Opened:
        reached = self._people.reach(pulse, now)
        status: Status = "open"
        if pulse.state is State.ANSWERED:
            status = "used"
        elif pulse.state is State.EXPIRED or 0 < pulse.expires <= now:
            status = "expired"
        elif pulse.state not in OPEN or not pulse.expires or isinstance(reached, str):
            status = "closed"
        found = reached if isinstance(reached, Reached) else None
        return Opened(pulse, status, self._name(pulse.programme), found)

    def _name(self, programme: str) -> dict[str, Any]:
        return dict(self._lrs.programmes.get(programme).programme.name)
