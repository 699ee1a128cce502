"""One way in for all that sources tell: hooks, harvesters and replays end here."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog

from integrations.base import Delivery, Why
from integrations.catalogue import Sources
from integrations.keeping import Kept, keep
from integrations.letters import DeadLetters
from integrations.raw import RawDeliveries, may_be_kept
from integrations.receive import Outcome, accept, receive
from integrations.registry import integrations
from integrations.source import Source
from integrations.tallies import Tallies
from integrations.text import whole
from lrs.domain import timestamps
from lrs.services.lrs import Lrs
from lrs.stores.port import StoreUnavailable

_log = structlog.get_logger()
# Where a vendor numbers its deliveries; a number that never came may be a delivery that was lost,
# or one that was for another hook of the same site.
_NUMBERED = {"discourse": "x-discourse-event-id"}


class Consenting(Protocol):
    """Who may be recorded, as lrs.services.consent knows it."""

    def may_record(self, source_name: str, mode: str, agent: dict[str, Any]) -> bool:
        """Whether a source may record what this Agent does; `mode` as in the source's setting."""
        ...

    def withdraw(
        self, source_name: str, agent: dict[str, Any], at: int | None, evidence: str, by: str
    ) -> object:
        """From a time on (µs; None: now), in every process, it may not record this Agent."""
        ...


@dataclass(frozen=True, slots=True)
class Intake:
    """
    What a source told → Statements, dead letters and counts.

    Args:
        lrs: The use cases of the store.
        sources: As configured.
        consent: Who may be recorded.
    """

    lrs: Lrs
    sources: Sources
    consent: Consenting
    letters: DeadLetters
    raw: RawDeliveries
    tallies: Tallies

    @classmethod
    def over(cls, lrs: Lrs, consent: Consenting) -> Intake:
        records = lrs.store
        return cls(
            lrs,
            Sources(records),
            consent,
            DeadLetters(records),
            RawDeliveries(records),
            Tallies(records),
        )

    def flush(self) -> None:
        """Write the counts and raw deliveries that wait in memory."""
        self.raw.flush()
        self.tallies.flush()

    def hook(self, source: Source, delivery: Delivery, now: float) -> Outcome:
        """
        Take a request to a source's hook; what it tells is durable when this returns.

        Args:
            now: Seconds since 1970.

        Raises:
            StoreUnavailable: Nothing is kept; the vendor may send again.
        """
        instant = int(now * 1_000_000)
        try:
            outcome = receive(source, delivery, now, self.recordable(source))
        except StoreUnavailable:
            raise
        except Exception as error:
            self._our_fault(source, delivery, error, now)
            raise
        if outcome.refused is not None:
            self.tallies.refuse(source.name, f"refused: {outcome.refused}", instant)
            return outcome
        if outcome.withdrawals:
            outcome = self._withdrawn(source, delivery, outcome)
        if self.sources.is_stopped(source.name) and outcome.answer is None:
            outcome = Outcome(skipped=Counter({Why.WITHDRAWAL: 1}))
        self.take(source, [(delivery, outcome)], instant)
        return outcome

    def recordable(self, source: Source) -> Callable[[dict[str, Any]], bool]:
        """Whether this source may record an Agent."""
        name, mode = source.name, source.consent.value

        def may(agent: dict[str, Any]) -> bool:
            return self.consent.may_record(name, mode, agent)

        return may

    def accepted(self, source: Source, delivery: Delivery) -> Outcome:
        """What a delivery that needs no signature becomes: harvested, or read again."""
        outcome = accept(source, delivery, self.recordable(source))
        return self._withdrawn(source, delivery, outcome) if outcome.withdrawals else outcome

    def take(
        self, source: Source, told: Sequence[tuple[Delivery, Outcome]], now: int
    ) -> Counter[str]:
        """
        Keep what believed deliveries of a source became; all of it is durable when this returns.

        Args:
            now: µs.

        Returns:
            What is counted of it.
        """
        told = [(_to_keep(source, delivery), outcome) for delivery, outcome in told]
        statements = [statement for _, outcome in told for statement in outcome.statements]
        kept = keep(self.lrs, source, statements, now) if statements else Kept()
        counts = Counter(kept.counts)
        for delivery, outcome in told:
            if outcome.dead_letter is not None:
                self.letters.add(delivery, outcome.dead_letter, now)
                counts["dead-lettered"] += 1
            for part, why in outcome.unread:
                self.letters.add(_to_keep(source, part), why, now)
                counts["dead-lettered"] += 1
            counts.update({f"skipped: {why}": n for why, n in outcome.skipped.items()})
            counts.update({f"off template: {why}": n for why, n in outcome.astray.items()})
            if may_be_kept(source, delivery, outcome):
                self.raw.add(delivery, now)
        self._refused(told, kept, counts, now)
        happened = max((s["timestamp"] for s in statements if "timestamp" in s), default=None)
        self.tallies.count(
            source.name,
            counts,
            now,
            timestamps.parse(happened) if happened else None,
            _number(source, told[0][0]) if told else None,
        )
        return counts

    def _refused(
        self,
        told: Sequence[tuple[Delivery, Outcome]],
        kept: Kept,
        counts: Counter[str],
        now: int,
    ) -> None:
        """A Statement that breaks the standard is our mapping's fault: its delivery is kept."""
        reasons = {statement["id"]: reason for statement, reason in kept.refused}
        for delivery, outcome in told if reasons else ():
            why = next((reasons[s["id"]] for s in outcome.statements if s["id"] in reasons), None)
            if why is not None:
                self.letters.add(delivery, f"it would break the standard: {why}", now)
                counts["dead-lettered"] += 1

    def _withdrawn(self, source: Source, delivery: Delivery, outcome: Outcome) -> Outcome:
        """First what was withdrawn holds, then the delivery is read, so that it tells no more."""
        for agent, at in outcome.withdrawals:
            told = None if at is None else min(timestamps.micros(at), _now())
            if agent is not None:
                self.consent.withdraw(source.name, agent, told, "told by the vendor", source.name)
            elif told is None or told >= self.sources.put_at(source.name):
                self.sources.stop(source.name)
        self.raw.forget(source.name)
        return accept(source, delivery, self.recordable(source))

    def _our_fault(self, source: Source, delivery: Delivery, error: Exception, now: float) -> None:
        """Vendors do not always send again: what proves to be theirs is kept for us to mend."""
        _log.exception("a delivery could not be taken", source=source.name, exc_info=error)
        check = integrations()[source.integration].check(source)
        if check is None or check.refusal(delivery, source.secrets, now) is not None:
            return
        instant = int(now * 1_000_000)
        self.letters.add(_to_keep(source, delivery), f"our fault: {type(error).__name__}", instant)
        self.tallies.count(source.name, {"dead-lettered": 1}, instant)

    def replay(self, source: Source) -> Counter[str]:
        """
        Read the dead letters of a source again; those that can be read now are taken and removed.

        Returns:
            What became of them; `dead-lettered` are those that stay.
        """
        counts: Counter[str] = Counter()
        started = _now()
        for letter in self.letters.all(source.name):
            if letter.received >= started:  # put back by this replay
                break
            delivery = self.letters.delivery(source.name, letter.id)
            outcome = self.accepted(source, delivery)
            if outcome.dead_letter is not None:
                counts["dead-lettered"] += 1
                continue
            counts += self.take(source, [(delivery, outcome)], _now())
            self.letters.remove(source.name, letter.id)
        self.flush()
        return counts

    def replay_raw(self, source: Source) -> Counter[str]:
        """Read the raw deliveries that are kept once more; what was told before stays as it is."""
        counts: Counter[str] = Counter()
        for delivery in self.raw.all(source.name):
            outcome = self.accepted(source, delivery)
            if outcome.statements:
                counts += keep(self.lrs, source, outcome.statements, _now()).counts
        return counts

    def prune(self, source: Source, now: int) -> None:
        """Forget what was kept for its time: raw deliveries and, at least a week, dead letters."""
        day = 86_400_000_000
        self.raw.prune(source.name, now - source.keep_days * day)
        self.letters.prune(source.name, now - max(7, source.keep_days) * day)


def _now() -> int:
    return time.time_ns() // 1000


def _to_keep(source: Source, delivery: Delivery) -> Delivery:
    """The delivery without the token that some sources have in their path."""
    secret = delivery.event in source.secrets
    return replace(delivery, event="", path="") if secret else delivery


def _number(source: Source, delivery: Delivery) -> int | None:
    return whole(delivery.headers.get(_NUMBERED.get(source.integration, ""), ""))
