"""The rows of pulses in the store: one for each learner of a programme, one for each question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from uuid import uuid4

import orjson

from lrs.domain.pulses import OPEN, Completion, Pulse
from lrs.stores.port import Draft, Record, RecordStore

LEARNER, PULSE = "pulse-learner", "pulse"
IS_OPEN = "open"
_AT_A_TIME = 500
Decide = Callable[[Pulse], Pulse | None]


@dataclass(frozen=True, slots=True)
class Learner:
    """
    A learner of a programme, and whether the lot fell on them.

    Args:
        keys: Question, such as "60 learner" → the key of its pulse, at random: it stands in a
            link, and nobody shall find out from it whom it is about.
    """

    programme: str
    version: int
    completion: Completion
    drawn: bool
    keys: Mapping[str, str]


class PulseRows:
    """The rows; each change is one atomic step."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def learner(self, programme: str, identifier: str) -> Learner | None:
        """The learner who completed by this identifier first."""
        record = self._records.record(LEARNER, _learner_key(programme, identifier))
        if record is None:
            return None
        kept = orjson.loads(record.value)
        return Learner(**{**kept, "completion": Completion(**kept["completion"])})

    def enrol(self, key: str, learner: Learner) -> Learner:
        """
        Keep a learner under the identifier they first completed by.

        Who is kept already keeps their lot and the keys of their questions.
        """
        programme = learner.programme

        def decide(kept: Record | None) -> Draft:
            row = asdict(learner)
            if kept is not None:
                before = orjson.loads(kept.value)
                row |= {name: before[name] for name in ("version", "drawn", "keys")}
            drawn = "drawn" if row["drawn"] else "not drawn"
            tags = frozenset({programme, f"{programme}|{drawn}"})
            return Draft(orjson.dumps(row), tags=tags)

        self._records.change(LEARNER, _learner_key(programme, key), decide)
        enrolled = self.learner(programme, key)
        assert enrolled is not None
        return enrolled

    def learners(self, programme: str) -> tuple[int, int]:
        """How many were drawn and how many were not."""
        found = (self._paged(LEARNER, f"{programme}|{drawn}") for drawn in ("drawn", "not drawn"))
        drawn, left = (sum(1 for _ in each) for each in found)
        return drawn, left

    def pulse(self, key: str) -> Pulse | None:
        """The pulse of a key."""
        record = self._records.record(PULSE, key)
        return None if record is None else Pulse.unpacked(record.value)

    def open(self) -> Iterator[tuple[str, Pulse]]:
        """Every pulse about which something is still to be done, in the order of the keys."""
        return self._pulses(IS_OPEN)

    def of(self, programme: str) -> Iterator[tuple[str, Pulse]]:
        """Every pulse of a programme."""
        return self._pulses(programme)

    def about(self, programme: str, identifier: str) -> Iterator[tuple[str, Pulse]]:
        """The pulses about who completed a programme by this identifier."""
        return self._pulses(f"{programme}|{identifier}")

    def put(self, key: str, pulse: Pulse) -> None:
        """Keep a new pulse; one of which nothing has gone out yet takes the new completion."""

        def decide(kept: Record | None) -> Draft:
            before = None if kept is None else Pulse.unpacked(kept.value)
            if before is None or (before.state == "due" and not before.unsure):
                return _draft(pulse)
            return _draft(before)

        self._records.change(PULSE, key, decide)

    def step(self, key: str, decide: Decide) -> Pulse | None:
        """
        Change a pulse in one atomic step.

        Args:
            decide: From what is kept to what shall be; None to leave it as it is.

        Returns:
            The pulse where it was changed, else None.
        """
        changed: list[Pulse | None] = []

        def draft(kept: Record | None) -> Draft | None:
            before = None if kept is None else Pulse.unpacked(kept.value)
            after = None if before is None else decide(before)
            changed[:] = [after]
            still = after or before
            return None if still is None else _draft(still)

        self._records.change(PULSE, key, draft)
        return changed[0]

    def _pulses(self, tag: str) -> Iterator[tuple[str, Pulse]]:
        for record in self._paged(PULSE, tag):
            yield record.key, Pulse.unpacked(record.value)

    def _paged(self, kind: str, tag: str) -> Iterator[Record]:
        after: str | None = None
        while some := self._records.records(kind, tag, after=after, limit=_AT_A_TIME):
            yield from some
            after = some[-1].key


def new_key() -> str:
    """Of a pulse."""
    return uuid4().hex


def _learner_key(programme: str, identifier: str) -> str:
    return f"{programme}|{identifier}"


def _draft(pulse: Pulse) -> Draft:
    tags = {pulse.programme, f"{pulse.programme}|{pulse.completion.identifier}"}
    if pulse.state in OPEN or pulse.answer is not None:
        tags.add(IS_OPEN)
    return Draft(pulse.packed(), tags=frozenset(tags))
