"""
Pulses: who is to be asked, when, and how far it has come.

Completions are read on from where the last run stopped, one cursor for each formal Activity of a
programme. The lot is drawn at the completion and stays as it fell. What is planned is decided by
rows, so a run that is repeated, or that two workers make at once, plans nothing twice.

Spec: research/analytics.md 3.2 (first completion only), 3.6 (scheduled sampling).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lrs.domain import strict_json, timestamps
from lrs.domain.actors import ifi
from lrs.domain.errors import LrsError
from lrs.domain.programmes import Declared
from lrs.domain.pulses import DAY, Completion, Pulse, State, is_drawn
from lrs.domain.vocabulary import action_of
from lrs.services.jobs import Jobs
from lrs.services.persons import Persons
from lrs.services.programmes import Programmes
from lrs.services.pulse_rows import Learner, PulseRows, new_key
from lrs.stores.port import Kept, Store

JOB = "pulses plan"
TOO_LATE = "too late"
_COMPLETES = frozenset({"complete", "pass"})
_AT_A_TIME = 1000
_AT_ONCE = 8
_FUTURE = 300_000_000


class Pulses:
    """
    Plans pulses and tells how far they have come.

    Args:
        jobs: One worker plans at a time; another one finds the job taken.
    """

    def __init__(self, store: Store, persons: Persons, programmes: Programmes, jobs: Jobs) -> None:
        self._store = store
        self._persons = persons
        self._programmes = programmes
        self._jobs = jobs
        self.rows = PulseRows(store)

    def plan(self, now: int, stops: Callable[[], bool] = lambda: False) -> Counter[str] | None:
        """
        Draw lots for everybody who has completed since the last run, and plan what is to be asked.

        Args:
            now: µs.
            stops: Whether to end; the next run goes on.

        Returns:
            How many completions were `drawn`, `not drawn` or `known`, or None where another
            worker plans.
        """
        counts: Counter[str] = Counter()
        with self._jobs.running(JOB) as run:
            if run is None:
                return None
            cursors: dict[str, Any] = dict(run.job.state)
            for declared in self._programmes.all():
                if not declared.programme.pulses.days:
                    continue
                for name, activity in _cursors(declared):
                    for page in self._since(activity, cursors.get(name, 0)):
                        counts.update(self._enrol_all(declared, _completions(page, activity), now))
                        cursors[name] = page[-1].stored
                        run.save(cursors, counts)
                        if stops():
                            return counts
        return counts

    def _since(self, activity: str, since: int) -> Iterator[list[Kept]]:
        until = self._store.consistent_through()
        while some := self._store.scan(since, until, _AT_A_TIME, f"activity:{activity}"):
            yield some
            since = some[-1].stored

    def _enrol_all(
        self, declared: Declared, completions: Iterable[Completion], now: int
    ) -> Iterator[str]:
        """Several people at once, since writes at the same time share a commit; each in order."""
        register = self._persons.register(1.0)
        by_person: dict[str, list[Completion]] = defaultdict(list)
        for completion in completions:
            by_person[register.holder(completion.identifier, completion.at)].append(completion)

        def enrol(theirs: list[Completion]) -> list[str]:
            return [self._enrol(declared, completion, now) for completion in theirs]

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for told in pool.map(enrol, by_person.values()):
                yield from told

    def _enrol(self, declared: Declared, completion: Completion, now: int) -> str:
        programme = declared.programme
        register = self._persons.register(1.0)
        person = register.holder(completion.identifier, completion.at)
        key, known = self._known(programme.id, person, completion)
        if known is not None:
            first = known.completion
            if first == completion or (first.at <= completion.at and not self._voided(first)):
                self._plan(known, declared, now)
                return "known"
        drawn = is_drawn(programme.seed, programme.id, person, programme.pulses.share)
        questions = [
            f"{day} {who}" for day in programme.pulses.days for who in programme.pulses.ask
        ]
        keys = {question: new_key() for question in questions}
        learner = Learner(programme.id, declared.version, completion, drawn, keys)
        learner = self.rows.enrol(key, learner)
        self._plan(learner, declared, now)
        if known is not None:
            return "known"
        return "drawn" if learner.drawn else "not drawn"

    def _known(
        self, programme: str, person: str, completion: Completion
    ) -> tuple[str, Learner | None]:
        """The identifier a person is kept by in a programme, and what is kept."""
        names = [part.identifier for part in self._persons.register(1.0).intervals(person)]
        for name in dict.fromkeys([completion.identifier, *names]):
            learner = self.rows.learner(programme, name)
            if learner is not None:
                return name, learner
        return completion.identifier, None

    def _voided(self, completion: Completion) -> bool:
        kept = self._store.get(completion.statement)
        return kept is None or kept.voided

    def _plan(self, learner: Learner, declared: Declared, now: int) -> None:
        """Keep the learner's pulses, in so far as they are not there yet."""
        for question, key in learner.keys.items() if learner.drawn else ():
            day, _, asked = question.partition(" ")
            due = learner.completion.at + int(day) * DAY
            late = due + declared.programme.pulses.expire * DAY <= now
            pulse = Pulse(
                programme=learner.programme,
                version=learner.version,
                day=int(day),
                asked="supervisor" if asked == "supervisor" else "learner",
                completion=learner.completion,
                due=due,
                state=State.UNDELIVERABLE if late else State.DUE,
                reason=TOO_LATE if late else "",
            )
            self.rows.put(key, pulse)

    def status(self, programme: str, min_group: int) -> dict[str, Any]:
        """
        How far the pulses of a programme have come, with nobody to be made out.

        Every count is rounded down to a multiple of `min_group`: so no count below it can be
        read, nor be computed from other counts or from those of an earlier answer.

        Raises:
            NotFound: There is no such programme.
        """
        declared = self._programmes.get(programme)
        states: dict[tuple[int, str], Counter[str]] = {}
        reasons: Counter[str] = Counter()
        for _, pulse in self.rows.of(programme):
            states.setdefault((pulse.day, pulse.asked), Counter())[pulse.state] += 1
            if pulse.state is State.UNDELIVERABLE:
                reasons[_kind(pulse.reason)] += 1
        drawn, left = self.rows.learners(programme)
        return {
            "programme": programme,
            "version": declared.version,
            "rounded_down_to": min_group,
            "learners": _floors({"drawn": drawn, "not drawn": left}, min_group),
            "pulses": [
                {"day": day, "asked": asked, **_floors(counted, min_group)}
                for (day, asked), counted in sorted(states.items())
            ],
            "undeliverable": _floors(reasons, min_group),
        }


def _kind(reason: str) -> str:
    """A reason without what a mail server added."""
    return reason.partition(":")[0]


def _floors(counts: Mapping[str, int], step: int) -> dict[str, int]:
    floors = {str(name): count // step * step for name, count in sorted(counts.items())}
    return {name: count for name, count in floors.items() if count}


def _cursors(declared: Declared) -> Iterator[tuple[str, str]]:
    """The name of each cursor and the Activity it runs along."""
    for activity in declared.programme.activities:
        yield f"{declared.programme.id} {activity}", activity


def _completions(page: list[Kept], activity: str) -> Iterator[Completion]:
    for kept in page:
        if not kept.voided:
            yield from _completed(kept, activity)


def _completed(kept: Kept, activity: str) -> Iterator[Completion]:
    """Who completed by a Statement: its actor, or each member of a Group that says who it is."""
    statement = strict_json.kept(kept.data)
    if statement["object"].get("id") != activity or action_of(statement) not in _COMPLETES:
        return
    at = _time(statement["timestamp"], kept.stored)
    if at > kept.stored + _FUTURE:
        return
    registration = str(statement.get("context", {}).get("registration", "")).lower()
    actor = statement["actor"]
    is_group = actor.get("objectType") == "Group"
    for one in actor.get("member", ()) if is_group else (actor,):
        identifier = ifi(one)
        if identifier is not None:
            yield Completion(identifier, at, kept.id, activity, registration)


def _time(text: str, stored: int) -> int:
    try:
        return timestamps.parse(text)
    except LrsError:
        return stored
