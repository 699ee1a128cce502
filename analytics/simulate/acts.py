"""What people do in a simulated organisation, in the order of time (research §5.2)."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from analytics.simulate.people import Member, department_names
from analytics.simulate.plan import DAY, HOUR, SECOND, Plan
from analytics.simulate.subjects import COURSES, LANGUAGES, SUBJECTS

# What people do, and how often beside the others. `wonder` is a post whose text asks something,
# `note` and `comment` happen in the communities, which are not open from the beginning.
_KINDS = {
    "post": 14, "note": 12, "ask": 7, "wonder": 3, "reply": 26, "comment": 10, "like": 18,
    "share": 4, "search": 6,
}  # fmt: skip
_ANSWERABLE = {"ask", "wonder"}
_COMMUNITY = {"note", "comment"}
_LIKED = {"post", "note", "reply", "comment"}
_TARGETS = {
    "reply": {"post", "reply"}, "comment": {"note", "comment"}, "like": _LIKED, "share": _LIKED,
}  # fmt: skip
_RECENT = 150
_KEEN, _ON_COURSE_TOPIC = 0.5, 0.6
_EXPOSURE_DAYS = 30
_BOT_ACTS = 520


@dataclass(frozen=True)
class Act:
    """
    One act.

    Args:
        number: Its own; acts are in the order of time, not of number.
        at: When, µs, whole milliseconds.
        who: The member's number.
        kind: See `_KINDS`; also answer, view, and what happens in courses.
        subject: A topic's id.
        language: en or nl.
        variant: 0 to 1, chooses among texts.
        on: The number of the act that it is towards.
        thread: The number of the act that began the thread.
        place: The place in the thread, 1 for the first.
        hits: How much a search found.
        second: Told under the person's second identifier.
        course: The subject of the course it belongs to.
        score: 0 to 1.
        grade: Of evidence: A, B or C.
    """

    number: int
    at: int
    who: int
    kind: str
    subject: str
    language: str = "en"
    variant: float = 0.0
    on: int | None = None
    thread: int | None = None
    place: int = 1
    hits: int | None = None
    second: bool = False
    course: str | None = None
    score: float | None = None
    grade: str | None = None


@dataclass
class Social:
    """
    Makes the social acts, one after the other.

    Args:
        completed: (member's number, subject) → when they completed the course on it, µs.
    """

    plan: Plan
    members: list[Member]
    completed: dict[tuple[int, str], int]
    rng: random.Random
    acts: list[Act] = field(default_factory=list)
    _keen: set[tuple[int, str]] = field(default_factory=set)
    _queue: list[tuple[int, int, int, int | None]] = field(default_factory=list)
    _taken: set[int] = field(default_factory=set)
    _length: dict[int, int] = field(default_factory=dict)
    _recent: list[Act] = field(default_factory=list)

    def run(self) -> list[Act]:
        """All acts of people before the end, by time."""
        self._keen = {pair for pair in self.completed if self.rng.random() < _KEEN}
        for one in self.members:
            for at in () if one.bot else self._times(one):
                self._push(at, one.number, None)
        while self._queue:
            at, _, who, question = heapq.heappop(self._queue)
            if question is None:
                self._act(at, self.members[who])
            else:
                self._answer(at, self.acts[question])
        return self.acts

    def _times(self, one: Member) -> Iterator[int]:
        """The first act opens the life; the others lie anywhere in it, in working hours."""
        yield one.begins + 8 * HOUR + int(self.rng.random() * 10 * HOUR)
        days = (min(one.ends, self.plan.until) - one.begins) / DAY
        for _ in range(_poisson(self.plan.acts_a_day * days, self.rng)):
            day = int(self.rng.random() * days)
            yield one.begins + day * DAY + 8 * HOUR + int(self.rng.random() * 10 * HOUR)

    def _push(self, at: int, who: int, question: int | None) -> None:
        at -= at % 1000
        while at in self._taken:  # no two at the same time, so that what was first is certain
            at += 1000
        self._taken.add(at)
        if at < self.plan.until:
            heapq.heappush(self._queue, (at, len(self._taken), who, question))

    def _act(self, at: int, one: Member) -> None:
        kind = self.rng.choices(list(_KINDS), list(_KINDS.values()))[0]
        if kind in _COMMUNITY and not _is_open(self.plan, one.department(at), at):
            kind = "post" if kind == "note" else "reply"
        on = self._target(at, one, kind) if kind in _TARGETS else None
        if kind in _TARGETS and on is None:
            kind = "post"
        made = self._make(at, one, kind, on)
        if kind in _ANSWERABLE and self.rng.random() < self.plan.answered:
            self._push(at + int(self.rng.lognormvariate(2, 1.5) * HOUR), one.number, made.number)
        if kind == "search" and self.rng.random() < 0.7:  # noqa: PLR2004 - most open something
            self._make(at + 20 * SECOND, one, "view", None, subject=made.subject)

    def _answer(self, at: int, question: Act) -> None:
        """By somebody else who is there then; by nobody where nobody is."""
        there = [
            one
            for one in self.members
            if not one.bot and one.number != question.who and one.begins <= at < one.ends
        ]
        if there:
            self._make(at, self.rng.choice(there), "answer", question, subject=question.subject)

    def _target(self, at: int, one: Member, kind: str) -> Act | None:
        """Something recent of somebody else, as often from the own department as planned."""
        wanted = _TARGETS[kind]
        found = [act for act in self._recent if act.kind in wanted and act.who != one.number]
        own = one.department(at)
        near = [act for act in found if self.members[act.who].department(act.at) == own]
        far = [act for act in found if self.members[act.who].department(act.at) != own]
        chosen = near if self.rng.random() < self.plan.own_department else far
        return self.rng.choice(chosen or found) if found else None

    def _make(
        self, at: int, one: Member, kind: str, on: Act | None, *, subject: str | None = None
    ) -> Act:
        number = len(self.acts)
        threaded = on if kind in {"reply", "answer", "comment"} else None
        thread = number if threaded is None else threaded.thread
        assert thread is not None
        if kind not in {"like", "share", "search", "view"}:
            self._length[thread] = self._length.get(thread, 0) + 1
        act = Act(
            number, at, one.number, kind,
            subject or (on.subject if on else self._subject(at, one)),
            on.language if on else self.rng.choice(LANGUAGES),
            self.rng.random(),
            on.number if on else None,
            thread,
            self._length.get(thread, 1),
            hits=int(self.rng.random() * 6) if kind == "search" else None,
            second=one.second and self.rng.random() < 0.5,  # noqa: PLR2004 - now one, now the other
        )  # fmt: skip
        self.acts.append(act)
        if kind in _LIKED:
            self._recent = [*self._recent[-_RECENT:], act]
        return act

    def _subject(self, at: int, one: Member) -> str:
        fresh = [
            subject
            for subject in COURSES
            if (one.number, subject) in self._keen
            and 0 < at - self.completed.get((one.number, subject), at) <= _EXPOSURE_DAYS * DAY
        ]
        if fresh and self.rng.random() < _ON_COURSE_TOPIC:
            return self.rng.choice(fresh)
        return self.rng.choice(SUBJECTS).id


def bot_acts(plan: Plan, members: list[Member], rng: random.Random, first: int) -> list[Act]:
    """More notes on one day than a person can write."""
    acts: list[Act] = []
    for one in members:
        if one.bot:
            day = plan.since + rng.randrange(plan.days) * DAY
            for n in range(_BOT_ACTS):
                at = day + n * 100 * SECOND
                number = first + len(acts)
                acts.append(Act(number, at, one.number, "note", SUBJECTS[0].id, thread=number))
    return acts


def openings(plan: Plan) -> dict[str, int]:
    """Department → when its community opens, µs; a third of them never gets one."""
    names = department_names(plan)
    third = max(1, len(names) // 3)
    early, late = (plan.since + day * DAY for day in plan.opened)
    return dict.fromkeys(names[:third], early) | dict.fromkeys(names[third : 2 * third], late)


def _is_open(plan: Plan, department: str | None, at: int) -> bool:
    opened = openings(plan).get(department or "")
    return opened is not None and opened <= at


def _poisson(mean: float, rng: random.Random) -> int:
    """How many arrivals with exponential waits there are before `mean`."""
    n, waited = 0, rng.expovariate(1.0)
    while waited < mean:
        n, waited = n + 1, waited + rng.expovariate(1.0)
    return n
