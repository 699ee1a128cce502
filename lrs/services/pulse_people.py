"""Whom a pulse is about and whom it goes to, as the register of persons and consent have it now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lrs.domain import identifiers
from lrs.domain.consents import Rule
from lrs.domain.errors import BadRequest
from lrs.domain.persons import Register
from lrs.domain.pulse_texts import LANGUAGES
from lrs.domain.pulses import SOURCE, Pulse
from lrs.services.consent import Consent
from lrs.services.persons import Persons

_MBOX = "mbox:mailto:"
NO_CONSENT = "no consent"
NO_ADDRESS = "no e-mail address"
GONE = "no longer there"
NO_MANAGER = "no manager known"
MANAGER_UNKNOWN = "manager not found"
OWN_MANAGER = "their own manager"


@dataclass(frozen=True, slots=True)
class Reached:
    """
    Who is to be asked.

    Args:
        identifier: One of theirs.
        address: Of their e-mail; "" where none is known.
        name: For people; "" where it is not known.
        language: One of `LANGUAGES`; "" where it is not known.
        learner: An identifier of who is asked about, theirs now.
        learner_name: Their name, else what can be read of the identifier.
    """

    identifier: str
    address: str
    name: str
    language: str
    learner: str
    learner_name: str


class PulsePeople:
    """Finds who is to be asked, or the reason why nobody can be."""

    def __init__(self, persons: Persons, consent: Consent) -> None:
        self._persons = persons
        self._consent = consent

    def reach(self, pulse: Pulse, now: int) -> Reached | str:
        """
        Who is to be asked at a time (µs), or why that is nobody.

        Once it was sent, it stays with whom it was sent to.
        """
        register = self._persons.register(1.0)
        who = register.holder(pulse.completion.identifier, pulse.completion.at)
        learner = _identifier(register, who, pulse.completion.identifier, now)
        if learner is None or not _is_employed(register, who, now):
            return GONE
        if not self._may(learner):
            return NO_CONSENT
        asked = self._asked(register, pulse, who)
        if asked in _REASONS:
            return asked
        return self._reached(register, pulse, (asked, who, learner), now)

    def _asked(self, register: Register, pulse: Pulse, who: str) -> str:
        """The person who is asked, or one of _REASONS."""
        if pulse.recipient:
            return register.holder(pulse.recipient, pulse.sent or pulse.due)
        if pulse.asked == "learner":
            return who
        told = register.value(who, "manager", pulse.due)
        if not told:
            return NO_MANAGER
        found = _named(register, told, pulse.due)
        if found is None:
            return MANAGER_UNKNOWN
        return OWN_MANAGER if found == who else found

    def _reached(
        self, register: Register, pulse: Pulse, people: tuple[str, str, str], now: int
    ) -> Reached | str:
        asked, who, learner = people
        usual = pulse.recipient or (learner if asked == who else "")
        identifier = _identifier(register, asked, usual, now)
        if identifier is None or not _is_employed(register, asked, now):
            return GONE
        if not self._may(identifier):
            return NO_CONSENT
        return Reached(
            identifier=identifier,
            address=_address(register, asked, now),
            name=register.value(asked, "name", now) or "",
            language=_language(register.value(asked, "language", now)),
            learner=learner,
            learner_name=register.value(who, "name", now) or _readable(learner),
        )

    def _may(self, identifier: str) -> bool:
        """Nobody is asked, and nobody is asked about, who said no: to pulses or to everything."""
        agent = identifiers.agent_of(identifier)
        return self._consent.may_record(SOURCE, Rule.OPT_OUT, agent)

    def same_learner(self, pulse: Pulse) -> list[str]:
        """The identifiers by which the learner may have completed, those of merged persons too."""
        register, completion = self._persons.register(1.0), pulse.completion
        who = register.holder(completion.identifier, completion.at)
        return list(dict.fromkeys(part.identifier for part in register.intervals(who)))


_REASONS = frozenset({NO_MANAGER, MANAGER_UNKNOWN, OWN_MANAGER})


def _held(register: Register, person: str, now: int) -> Iterator[tuple[int, str]]:
    for part in register.intervals(person):
        if part.since <= now < part.until:
            yield part.since, part.identifier


def _identifier(register: Register, person: str, usual: str, now: int) -> str | None:
    """The usual identifier of a person where it is still theirs, else the one they got last."""
    held = sorted(_held(register, person, now))
    if any(name == usual for _, name in held):
        return usual
    return held[-1][1] if held else None


def _address(register: Register, person: str, now: int) -> str:
    """The e-mail address they got last."""
    held = sorted(one for one in _held(register, person, now) if one[1].startswith(_MBOX))
    return held[-1][1].removeprefix(_MBOX) if held else ""


def _is_employed(register: Register, person: str, now: int) -> bool:
    """Who is told to have been employed must be so now; of who is not told, nothing is known."""
    told = identifiers.is_of_one(person) or all(
        told.name != "employed" for told in register.told(person)
    )
    return told or register.value(person, "employed", now) == "yes"


def _named(register: Register, told: str, at: int) -> str | None:
    """The one person whom a roster means by a number, a sign-on name or an address."""
    found = [*register.named("employee", told), *register.named("external_id", told)]
    if found:
        return found[0] if len(set(found)) == 1 else None
    text = f"mailto:{told}" if "@" in told and ":" not in told else told
    try:
        return register.holder(identifiers.read(text), at)
    except BadRequest:
        return None


def _language(told: str | None) -> str:
    tag = (told or "").lower().partition("-")[0]
    return tag if tag in LANGUAGES else ""


def _readable(identifier: str) -> str:
    """An address or a name of an account, without what only programs read."""
    return identifier.removeprefix(_MBOX).rpartition("|")[2]
