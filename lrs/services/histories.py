"""Learning histories: what one person did, formal, social and informal, in one line of time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from heapq import merge
from itertools import groupby, islice

from lrs.domain.person_entries import BEGIN, END
from lrs.services.access import Credential
from lrs.services.access_log import AccessLog
from lrs.services.acts import Act
from lrs.services.history_lines import Lines
from lrs.services.persons import Persons
from lrs.stores.port import Store


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

    def __init__(self, store: Store, persons: Persons, log: AccessLog) -> None:
        self._lines = Lines(store, store)
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
