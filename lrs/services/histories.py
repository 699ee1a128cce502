"""
Learning histories: what one person did, formal, social and informal, in one line of time.

The line runs along `timestamp`, the store's order is `stored`. So each process keeps, for the
identifiers that were asked for lately, one small row per Statement in the order of the line, and
before every answer reads what the store has got since. That is exact: `stored` rises in the order
in which Statements become visible, an act has its actor's term from the beginning, and what voids
an act inherits that term and comes after it.
"""

from __future__ import annotations

import sys
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from heapq import merge
from itertools import groupby, islice
from typing import Any, NamedTuple

import orjson

from lrs.domain import parts, strict_json, terms, timestamps
from lrs.domain.actors import ifi, ifis
from lrs.domain.errors import LrsError
from lrs.domain.person_entries import BEGIN, END
from lrs.domain.vocabulary import action_of, mode_of
from lrs.services.access import Credential
from lrs.services.access_log import AccessLog
from lrs.services.persons import Persons
from lrs.stores.port import Kept, StatementStore

_AT_A_TIME = 1000
# Rows that a process remembers: about 0.5 kB each. The last identifier asked for always stays.
_MOST_ROWS = 100_000


class Act(NamedTuple):
    """
    A Statement on the line of time; it sorts by its first two.

    Args:
        timestamp: µs.
        stored: µs; unique.
        when: `timestamp` as it is kept.
        activities: The ids of its object and its context's Activities.
        authority: JSON.
        result: JSON, or None.
        voids: Whether it voids another, so that it cannot be voided itself.
    """

    timestamp: int
    stored: int
    id: str
    when: str
    action: str | None
    mode: str
    source: str
    activities: tuple[str, ...]
    authority: bytes
    result: bytes | None
    voids: bool
    voided: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What is asked of a history.

    Args:
        person: The id of a person.
        since: On `timestamp`, µs, inclusive.
        until: The same, inclusive.
        source: As `source_of` has it.
        action: A canonical action.
        mode: "formal", "social" or "informal".
        course: The id of an Activity that is the object or in the context.
        voided: Whether the voided are told too.
        oldest: Whether the oldest comes first.
        after: `timestamp` and `stored` of the act after which it goes on.
    """

    person: str
    since: int | None = None
    until: int | None = None
    source: str | None = None
    action: str | None = None
    mode: str | None = None
    course: str | None = None
    voided: bool = False
    oldest: bool = False
    limit: int = 100
    after: tuple[int, int] | None = None

    def wants(self, act: Act) -> bool:
        """Whether an act is asked for, its time apart."""
        return (
            (self.voided or not act.voided)
            and self.source in (None, act.source)
            and self.action in (None, act.action)
            and self.mode in (None, act.mode)
            and (self.course is None or self.course in act.activities)
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a history; `after` is where it goes on, None at its end."""

    acts: list[Act]
    after: tuple[int, int] | None


class Histories:
    """The learning histories of persons; each question is logged before it is answered."""

    def __init__(self, statements: StatementStore, persons: Persons, log: AccessLog) -> None:
        self._lines = _Lines(statements)
        self._persons = persons
        self._log = log

    def page(self, asked: Asked, credential: Credential) -> Page:
        """
        A part of a person's history.

        Raises:
            NotFound: There is no such person.
        """
        register = self._persons.register()
        person = register.resolve(asked.person)
        held = [
            _slice(self._lines.acts(part.identifier), part.since, part.until, asked)
            for part in register.intervals(person)
        ]
        found = list(islice(_told(held, asked), asked.limit + 1))
        more, acts = len(found) > asked.limit, found[: asked.limit]
        said = {name: value for name, value in asdict(asked).items() if value is not None}
        self._log.note(credential, "history", said, len(acts), person)
        return Page(acts, acts[-1][:2] if more else None)


def _slice(acts: list[Act], since: int, until: int, asked: Asked) -> Iterable[Act]:
    """The acts of an identifier while it was the person's, as far as their time is asked for."""
    low = (max(since, BEGIN if asked.since is None else asked.since),)
    high = (min(until, END if asked.until is None else asked.until + 1),)
    start, stop = bisect_left(acts, low), bisect_left(acts, high)
    if asked.after and asked.oldest:
        start = max(start, bisect_left(acts, (asked.after[0], asked.after[1] + 1)))
    elif asked.after:
        stop = min(stop, bisect_left(acts, asked.after))
    found = (acts[index] for index in range(start, stop))
    return found if asked.oldest else (acts[index] for index in range(stop - 1, start - 1, -1))


def _told(held: list[Iterable[Act]], asked: Asked) -> Iterator[Act]:
    """In the order of time, each once: a Group may hold two identifiers of one person."""
    line = merge(*held, key=_place, reverse=not asked.oldest)
    once = (next(same) for _, same in groupby(line, key=_place))
    return (act for act in once if asked.wants(act))


def _place(act: Act) -> tuple[int, int]:
    return act[:2]


@dataclass(slots=True)
class _Line:
    """The acts of one identifier in the order of time; the list is replaced, never changed."""

    acts: list[Act] = field(default_factory=list)
    seen: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Lines:
    """The lines that were asked for lately."""

    def __init__(self, statements: StatementStore) -> None:
        self._statements = statements
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
        seen, term = line.seen, f"agent:{identifier}"
        while some := self._statements.scan(seen, END, _AT_A_TIME, term):
            for kept in some:
                parsed = strict_json.loads(kept.data, strict_json.DEEPEST)
                statement = parsed.plain
                if terms.is_voiding(statement):
                    voided.add(str(terms.refers_to(statement)))
                if identifier in ifis(statement["actor"]):
                    new.append(_act(kept, statement, parsed.exact.get("result")))
            seen = some[-1].stored
        if new or voided:
            acts = sorted([*line.acts, *new])
            line.acts = [_void(act) if act.id in voided else act for act in acts]
        line.seen = seen


def _void(act: Act) -> Act:
    return act if act.voids else act._replace(voided=True)


def _act(kept: Kept, statement: dict[str, Any], result: object) -> Act:
    """`result` with its numbers as they were sent."""
    action = action_of(statement)
    ids = {sys.intern(str(one["id"])) for one in parts.activities(statement)}
    return Act(
        timestamp=_time(statement["timestamp"], kept.stored),
        stored=kept.stored,
        id=kept.id,
        when=statement["timestamp"],
        action=action,
        mode=mode_of(action, statement).value,
        source=sys.intern(source_of(statement["authority"])),
        activities=tuple(ids),
        authority=orjson.dumps(statement["authority"]),
        result=None if result is None else orjson.dumps(result),
        voids=terms.is_voiding(statement),
        voided=kept.voided,
    )


def _time(text: str, stored: int) -> int:
    try:
        return timestamps.parse(text)
    except LrsError:
        return stored


def source_of(authority: dict[str, Any]) -> str:
    """
    Where a Statement came from, by its Authority.

    The name of the source that was harvested or that delivered; else the name of the key, and
    where it has none, the identifier.
    """
    account = str(authority.get("account", {}).get("name", ""))
    if account.startswith("source:"):
        return account.removeprefix("source:")
    return str(authority.get("name") or ifi(authority) or "")
