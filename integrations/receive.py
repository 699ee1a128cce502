"""
One delivery, from raw bytes to Statements: believed, translated, filtered, built, and checked.

Pure, but for what a source's setting `templates` has logged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from integrations.base import (
    Answer,
    Delivery,
    Integration,
    Party,
    Skip,
    SocialEvent,
    Translated,
    Unreadable,
    Why,
    Withdrawal,
)
from integrations.parts import split
from integrations.registry import integrations
from integrations.source import Source, Templates
from integrations.statements import agent, statement
from integrations.templates import Outcome as Followed
from integrations.templates import check as check_templates
from lrs.domain.errors import BadRequest
from lrs.domain.validation import check_agent
from lrs.domain.versions import Version

_log = structlog.get_logger()
NO_TEMPLATE, BROKEN_TEMPLATE = "no template is about it", "a template's rule is broken"
Recordable = Callable[[dict[str, Any]], bool]
"""Whether an Agent (JSON) may be recorded: consent, by account."""

MALFORMED = (
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    BadRequest,
)
"""
What is said of a body that lacks what the vendor promises, or has it in a wrong type; only what
reads and builds runs under it.
"""


@dataclass(slots=True)
class Outcome:
    """
    What became of a delivery.

    Args:
        status: To answer with over HTTP: 200 with Statements, 204 not ours, 400 unreadable (and
            kept as a dead letter), 401 not believed, 403 the hook is off.
        statements: In the order in which things happened, as the delivery tells it.
        skipped: How many parts became no Statement, by reason.
        dead_letter: Why it could not be read; then nothing else of it is used.
        unread: The parts of it that could not be read, each as a delivery, and why; the others
            are used.
        refused: Why it was not believed; then nothing of it may be kept.
        answer: Of a handshake.
        astray: How many Statements follow no template of the profile, by what is wrong; where the
            source asks for it.
        withdrawals: Agents (JSON) who took back their leave, None for everybody; each with when,
            where the vendor tells.
    """

    status: int = 204
    statements: list[dict[str, Any]] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)
    dead_letter: str | None = None
    unread: list[tuple[Delivery, str]] = field(default_factory=list)
    refused: str | None = None
    answer: Answer | None = None
    astray: Counter[str] = field(default_factory=Counter)
    withdrawals: list[tuple[dict[str, Any] | None, datetime | None]] = field(default_factory=list)


def everybody(_agent: dict[str, Any]) -> bool:
    """No consent is needed."""
    return True


def receive(
    source: Source, delivery: Delivery, now: float, recordable: Recordable = everybody
) -> Outcome:
    """
    What to do with a request to a source's hook.

    Args:
        source: As configured.
        delivery: The raw request.
        now: Seconds since 1970; only for schemes that sign a time.
        recordable: Who has given the consent that the source asks for.
    """
    integration = integrations()[source.integration]
    check = integration.check(source)
    if check is None or not source.secrets:
        return Outcome(status=403, refused="this hook is off: no secret is configured")
    if integration.handshake is not None:
        answer = integration.handshake(delivery, source)
        if answer is not None:
            return Outcome(answer.status, skipped=Counter({Why.HANDSHAKE: 1}), answer=answer)
    refused = check.refusal(delivery, source.secrets, now)
    if refused is not None:
        return Outcome(status=integration.refused, refused=refused)
    return accept(source, delivery, recordable)


def accept(source: Source, delivery: Delivery, recordable: Recordable = everybody) -> Outcome:
    """What a believed or harvested delivery, or a replayed dead letter, becomes."""
    outcome = _readable(source, delivery, recordable)
    if outcome.dead_letter is not None:
        outcome = _by_parts(outcome, source, delivery, recordable)
    return outcome if source.templates is Templates.OFF else _checked(outcome, source)


def _readable(source: Source, delivery: Delivery, recordable: Recordable) -> Outcome:
    """As it is read; a dead letter where it cannot be."""
    try:
        return _read(source, delivery, recordable)
    except Unreadable as error:
        return Outcome(status=400, dead_letter=str(error))
    except MALFORMED as error:
        return Outcome(status=400, dead_letter=f"not in a known shape: {error!r}")


def _by_parts(
    whole: Outcome, source: Source, delivery: Delivery, recordable: Recordable
) -> Outcome:
    """What of it can be read, if anything: one bad part keeps no other out, nor is it lost."""
    joined, read = Outcome(), 0
    for part in split(delivery, integrations()[source.integration].parts):
        one = _readable(source, part, recordable)
        if one.dead_letter is not None:
            joined.unread.append((part, one.dead_letter))
            joined.skipped[Why.PART] += 1
            continue
        read += 1
        joined.statements += one.statements
        joined.skipped += one.skipped
        joined.details += one.details
        joined.withdrawals += one.withdrawals
    joined.status = 200 if joined.statements else joined.status
    return joined if read else whole


def _read(source: Source, delivery: Delivery, recordable: Recordable) -> Outcome:
    """Translated and built: a value of a wrong type may show only in the Statement."""
    integration = integrations()[source.integration]
    told = list(integration.translate(delivery, source))
    outcome = Outcome(skipped=Counter() if told else Counter({Why.EMPTY: 1}))
    for one in told:
        take(outcome, one, source, integration, recordable)
    if outcome.statements:
        outcome.status = 200
    return outcome


def _checked(outcome: Outcome, source: Source) -> Outcome:
    """What the source's setting makes of Statements that follow no template of the profile."""
    for made in outcome.statements:
        checked = check_templates(made)
        if checked.outcome is Followed.SUCCESS:
            continue
        why = "; ".join(checked.broken) or NO_TEMPLATE
        outcome.astray[BROKEN_TEMPLATE if checked.broken else NO_TEMPLATE] += 1
        if source.templates is Templates.GATE:
            return Outcome(
                status=400,
                dead_letter=f"it would follow no template: {why}",
                astray=outcome.astray,
                withdrawals=outcome.withdrawals,
            )
        _log.warning("follows no template", source=source.name, id=made["id"], why=why)
    return outcome


def take(
    outcome: Outcome,
    told: Translated,
    source: Source,
    integration: Integration,
    recordable: Recordable,
) -> None:
    """Add to an outcome what one part of a delivery tells."""
    match told:
        case SocialEvent():
            event = _with_consent(told, source, recordable)
            if event is None:
                outcome.skipped[Why.NO_CONSENT] += 1
                return
            platform = source.platform or integration.title
            outcome.statements.append(statement(event, source, platform))
        case Skip():
            outcome.skipped[told.why] += 1
            if told.detail:
                outcome.details.append(str(told.detail))
        case Withdrawal():
            outcome.skipped[Why.WITHDRAWAL] += 1
            whose = _whose(told.party, source) if told.party else None
            outcome.withdrawals.append((whose, told.at))
        case Answer():
            outcome.skipped[Why.HANDSHAKE] += 1
            outcome.answer = told
            outcome.status = told.status


def _whose(party: Party, source: Source) -> dict[str, Any]:
    """The Agent who took back their leave, which is kept by it and so must be one."""
    made = agent(party, source)
    check_agent(made, "withdrawal", Version.V2)
    return made


def _with_consent(event: SocialEvent, source: Source, recordable: Recordable) -> SocialEvent | None:
    """The event with only those in it who may be recorded; None when its actor may not."""

    def may(party: Party) -> bool:
        return recordable(agent(party, source))

    if not may(event.actor) or (isinstance(event.object, Party) and not may(event.object)):
        return None
    return replace(
        event,
        mentions=tuple(party for party in event.mentions if may(party)),
        answered=event.answered if event.answered and may(event.answered) else None,
        instructor=event.instructor if event.instructor and may(event.instructor) else None,
    )
