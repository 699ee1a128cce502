"""
Pulses go out: the question, its reminders, and what becomes of those that cannot be asked.

Before a letter goes out its row says so, durably; after it went out the row says that too. Who
dies in between leaves a letter of which nobody knows whether it went out. It is sent once more and
then, if that ends the same way, taken as sent: nothing is lost that one repetition can save, and
nobody gets a question more than twice. That a question is asked twice is the lesser harm (its link
works once, and the letter has the same Message-ID); that it is never asked would be missing data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from lrs.domain.errors import LrsError, NotFound
from lrs.domain.programmes import Asked, Declared
from lrs.domain.pulse_texts import LANGUAGES
from lrs.domain.pulses import ASKED, DAY, Pulse, State
from lrs.services.jobs import Jobs
from lrs.services.lrs import Lrs
from lrs.services.pulse_answers import Answers
from lrs.services.pulse_people import NO_ADDRESS, PulsePeople, Reached
from lrs.services.pulse_rows import PulseRows
from lrs.services.pulses import TOO_LATE

JOB = "pulses send"
NOT_ASKED = "not asked any more"
ASKED_ALREADY = "asked already"
VOIDED = "the completion is voided"
REFUSED = "refused by the mail server"
_MINUTE = 60_000_000
_CLAIM = 10 * _MINUTE
"""How long nobody else touches a letter that somebody is sending."""
_WAIT, _LONGEST_WAIT = 15 * _MINUTE, DAY
_MOST_UNSURE = 2
_log = structlog.get_logger()


class Postponed(Exception):
    """The server does not take this letter now."""


class Closed(Exception):
    """The server takes no letters now."""


class Refused(Exception):
    """The server will never take this letter; the code of its answer."""


class Unsure(Exception):
    """The connection broke after the letter was sent and before the server had answered."""


@dataclass(frozen=True, slots=True)
class Question:
    """
    A pulse as it is put to somebody.

    Args:
        turn: 0 for the first time, then the number of the reminder.
        name: Of the programme, by language.
        language: In which it is put.
        link: Where it is answered.
        until: From when the link no longer works, µs.
    """

    key: str
    turn: int
    day: int
    asked: Asked
    programme: str
    name: Mapping[str, str]
    reached: Reached
    language: str
    link: str
    until: int


class Post(Protocol):
    """What takes a question to somebody."""

    needs_address: bool
    """Whether who has no e-mail address cannot be reached by it."""

    def send(self, question: Question) -> None:
        """
        Send it.

        Raises:
            Postponed, Closed, Refused, Unsure: It was not, or perhaps not.
        """
        ...


class Sending:
    """Sends what is due; safe to run twice and on several workers."""

    def __init__(self, lrs: Lrs, jobs: Jobs) -> None:
        self._lrs = lrs
        self._jobs = jobs
        self._rows = PulseRows(lrs.store)
        self._people = PulsePeople(lrs.persons, lrs.consent)
        self._answers = Answers(lrs)

    def run(
        self,
        post: Post | None,
        clock: Callable[[], int],
        stops: Callable[[], bool] = lambda: False,
    ) -> Counter[str] | None:
        """
        Go through all open pulses.

        Args:
            post: None: none is sent; what is over expires and answers are kept all the same.
            clock: The time, µs.
            stops: Whether to end; the next run goes on.

        Returns:
            What became of them, or None where another worker is at it.
        """
        with self._jobs.running(JOB) as run:
            if run is None:
                return None
            counts: Counter[str] = Counter()
            for done, (key, pulse) in enumerate(self._rows.open(), 1):
                if stops():
                    break
                try:
                    counts[self._step(key, pulse, post, clock())] += 1
                except Closed as reason:
                    _log.warning("mail server not available", reason=str(reason))
                    counts["mail server not available"] += 1
                    post = None
                except LrsError as error:
                    _log.warning("pulse left", pulse=key, reason=error.detail)
                    counts["left"] += 1
                if done % 100 == 0:
                    run.save({}, counts)
            run.save({}, counts)
        return counts

    def hand_out(self, programme: str, post: Post, now: int) -> Counter[str]:
        """
        Send what is due of one programme.

        Raises:
            NotFound: There is no such programme.
        """
        self._lrs.programmes.get(programme)
        mine: Iterable[tuple[str, Pulse]] = self._rows.open()
        return Counter(
            self._step(key, pulse, post, now) for key, pulse in mine if pulse.programme == programme
        )

    def _step(self, key: str, pulse: Pulse, post: Post | None, now: int) -> str:
        """One pulse; what became of it."""
        if pulse.answer is not None:
            self._answers.keep(key)
            return "answer kept"
        declared = self._declared(pulse)
        over = _over(pulse, declared, now)
        if over is not None or declared is None:
            return self._end(key, pulse, *(over or (State.UNDELIVERABLE, NOT_ASKED)))
        turn = _turn(pulse, declared, now)
        if turn is None or post is None or now < pulse.not_before:
            return "waits"
        reached = self._reached(key, pulse, post, now)
        if isinstance(reached, str):
            return self._end(key, pulse, State.UNDELIVERABLE, reached)
        return self._send(key, pulse, post, (turn, declared, reached), now)

    def _declared(self, pulse: Pulse) -> Declared | None:
        """The newest declaration of its programme, if that still asks this."""
        try:
            declared = self._lrs.programmes.get(pulse.programme)
        except NotFound:
            return None
        asks = declared.programme.pulses
        return declared if pulse.day in asks.days and pulse.asked in asks.ask else None

    def _reached(self, key: str, pulse: Pulse, post: Post, now: int) -> Reached | str:
        kept = self._lrs.store.get(pulse.completion.statement)
        if kept is None or kept.voided:
            return VOIDED
        if pulse.state is State.DUE and self._is_asked(key, pulse):
            return ASKED_ALREADY
        reached = self._people.reach(pulse, now)
        if isinstance(reached, Reached) and post.needs_address and not reached.address:
            return NO_ADDRESS
        return reached

    def _is_asked(self, key: str, pulse: Pulse) -> bool:
        """Whether the same human, found out to be so since, is asked by another pulse."""
        for identifier in self._people.same_learner(pulse):
            for other, seen in self._rows.about(pulse.programme, identifier):
                is_same = other != key and (seen.day, seen.asked) == (pulse.day, pulse.asked)
                if is_same and (
                    seen.state in ASKED
                    or seen.state is State.ANSWERED
                    or (seen.state is State.DUE and other < key)
                ):
                    return True
        return False

    def _send(
        self, key: str, pulse: Pulse, post: Post, how: tuple[int, Declared, Reached], now: int
    ) -> str:
        turn, declared, reached = how
        claimed = self._claim(key, pulse, how, now)
        if claimed is None:
            return "another's"
        if claimed.unsure > _MOST_UNSURE:
            return self._sent(key, turn, now)
        name = declared.programme.name
        question = Question(
            key=key,
            turn=turn,
            day=pulse.day,
            asked=pulse.asked,
            programme=pulse.programme,
            name=name,
            reached=reached,
            language=reached.language or _only(name),
            link=self._lrs.public_url.rstrip("/") + self._answers.link(key),
            until=claimed.expires,
        )
        try:
            post.send(question)
        except Postponed:
            return self._put_off(key, now)
        except Closed:
            self._release(key, now)
            raise
        except Unsure:
            self._rows.step(key, lambda kept: replace(kept, not_before=now + _WAIT))
            return "unsure"
        except Refused as code:
            return self._refused(key, turn, f"{REFUSED}: {code}")
        return self._sent(key, turn, now)

    def _claim(
        self, key: str, pulse: Pulse, how: tuple[int, Declared, Reached], now: int
    ) -> Pulse | None:
        """Write that a letter goes out now; None where another does it."""
        _, declared, reached = how

        def claim(kept: Pulse) -> Pulse | None:
            if kept != pulse:
                return None
            return replace(
                kept,
                recipient=kept.recipient or reached.identifier,
                unsure=kept.unsure + 1,
                not_before=now + _CLAIM,
                expires=kept.expires or now + _expire(declared),
            )

        return self._rows.step(key, claim)

    def _sent(self, key: str, turn: int, now: int) -> str:
        state = State.REMINDED if turn else State.SENT

        def sent(kept: Pulse) -> Pulse | None:
            if kept.state is State.ANSWERED:
                return None
            return replace(
                kept,
                state=state,
                sent=kept.sent or now,
                reminders=turn,
                unsure=0,
                failures=0,
                not_before=0,
            )

        self._rows.step(key, sent)
        return state.value

    def _put_off(self, key: str, now: int) -> str:
        def put_off(kept: Pulse) -> Pulse:
            wait = min(_WAIT * 2**kept.failures, _LONGEST_WAIT)
            return replace(_unclaimed(kept), failures=kept.failures + 1, not_before=now + wait)

        self._rows.step(key, put_off)
        return "put off"

    def _release(self, key: str, now: int) -> None:
        self._rows.step(key, lambda kept: replace(_unclaimed(kept), not_before=now + _MINUTE))

    def _refused(self, key: str, turn: int, reason: str) -> str:
        """A question that cannot be asked ends; one that was asked already is only not repeated."""

        def refused(kept: Pulse) -> Pulse | None:
            if kept.state is State.ANSWERED:
                return None
            if turn:
                return replace(kept, reminders=turn, unsure=0, not_before=0)
            return replace(kept, state=State.UNDELIVERABLE, reason=reason, unsure=0)

        self._rows.step(key, refused)
        return REFUSED

    def _end(self, key: str, pulse: Pulse, state: State, reason: str) -> str:
        def end(kept: Pulse) -> Pulse | None:
            return replace(kept, state=state, reason=reason) if kept == pulse else None

        return reason or state.value if self._rows.step(key, end) else "another's"


def _expire(declared: Declared) -> int:
    return declared.programme.pulses.expire * DAY


def _over(pulse: Pulse, declared: Declared | None, now: int) -> tuple[State, str] | None:
    """How a pulse ends whose time is over; None where it is not."""
    if pulse.state in ASKED and now >= pulse.expires:
        return State.EXPIRED, ""
    late = declared is not None and now >= pulse.due + _expire(declared)
    return (State.UNDELIVERABLE, TOO_LATE) if pulse.state is State.DUE and late else None


def _turn(pulse: Pulse, declared: Declared, now: int) -> int | None:
    """0 where it is to be asked, 1 and on where it is to be asked again; None: neither now."""
    if pulse.state is State.DUE:
        return 0 if now >= pulse.due else None
    waits = declared.programme.pulses.remind[pulse.reminders :]
    return pulse.reminders + 1 if waits and now >= pulse.sent + waits[0] * DAY else None


def _unclaimed(kept: Pulse) -> Pulse:
    """It is known that the letter did not go out."""
    left = max(0, kept.unsure - 1)
    never = kept.state is State.DUE and not left
    return replace(kept, unsure=left, expires=0 if never else kept.expires)


def _only(name: Mapping[str, str]) -> str:
    """The language of a programme that has a name in one alone; else English."""
    tags = [tag for tag in LANGUAGES if tag in name]
    return tags[0] if len(tags) == 1 else "en"
