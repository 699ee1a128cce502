"""
Lines of time: the acts of one identifier, in the order of their `timestamp`.

The line runs along `timestamp`, the store's order is `stored`. So each process keeps, for the
identifiers that were asked for lately, one small row per Statement in the order of the line, and
before every answer reads what the store has got since. That is exact: `stored` rises in the order
in which Statements become visible, an act has its actor's term from the beginning, and what voids
an act inherits that term and comes after it.

So what stands before a `stored` never changes, but for what is voided later: a process that reads a
whole stretch of a line for the first time writes its rows down, and the next one that is asked
need not read those Statements.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field

from lrs.domain import strict_json, terms
from lrs.domain.actors import ifis
from lrs.domain.person_entries import END
from lrs.services.acts import Act, act_of, void
from lrs.services.history_stretches import Stretch, Stretches
from lrs.stores.port import Kept, RecordStore, StatementStore, StoreUnavailable

_AT_A_TIME = 250
# Rows that a process remembers: about 0.5 kB each. The last identifier asked for always stays.
_MOST_ROWS = 100_000


@dataclass(slots=True)
class _Line:
    """
    The acts of one identifier in the order of time; the list is replaced, never changed.

    Args:
        seen: Up to which `stored` it was read.
        written: Up to which it is written down.
    """

    acts: list[Act] = field(default_factory=list)
    seen: int = 0
    written: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Lines:
    """The lines that were asked for lately."""

    def __init__(self, statements: StatementStore, records: RecordStore) -> None:
        self._statements = statements
        self._stretches = Stretches(records)
        self._lines: OrderedDict[str, _Line] = OrderedDict()
        self._lock = threading.Lock()

    def acts(self, identifier: str) -> list[Act]:
        """All acts of an identifier that are stored now."""
        with self._lock:
            line = self._lines.setdefault(identifier, _Line())
            self._lines.move_to_end(identifier)
        with line.lock:
            self._read_on(line, identifier)
            acts = line.acts
        with self._lock:
            rows = sum(len(each.acts) for each in self._lines.values())
            while rows > _MOST_ROWS and len(self._lines) > 1:
                rows -= len(self._lines.popitem(last=False)[1].acts)
        return acts

    def _read_on(self, line: _Line, identifier: str) -> None:
        new: list[Act] = []
        voided: set[str] = set()
        seen, written = line.seen, line.written
        if not seen:
            for stretch in self._stretches.of(identifier):
                new += stretch.acts
                voided |= stretch.voided
                seen = written = stretch.until
        while some := self._statements.scan(seen, END, _AT_A_TIME, f"agent:{identifier}"):
            stretch = _stretch(some, identifier)
            new += stretch.acts
            voided |= stretch.voided
            # One after another and of one size, so that all processes write the same.
            if seen == written and len(some) == _AT_A_TIME:
                with suppress(StoreUnavailable):
                    self._stretches.write(identifier, seen, stretch)
                    written = stretch.until
            seen = stretch.until
        if new or voided:
            acts = sorted([*line.acts, *new])
            line.acts = [void(act) if act.id in voided else act for act in acts]
        line.seen, line.written = seen, written


def _stretch(some: list[Kept], identifier: str) -> Stretch:
    """What Statements of a line tell of it."""
    acts: list[Act] = []
    voided: set[str] = set()
    for kept in some:
        parsed = strict_json.loads(kept.data, strict_json.DEEPEST)
        statement = parsed.plain
        if terms.is_voiding(statement):
            voided.add(str(terms.refers_to(statement)))
        if identifier in ifis(statement["actor"]):
            acts.append(act_of(kept, statement, parsed.exact.get("result")))
    return Stretch(some[-1].stored, acts, voided)
