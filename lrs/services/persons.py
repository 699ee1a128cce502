"""
Persons: the register of `lrs.domain.persons`, kept as a log in the store.

An entry's place in the log is its number, and it is written only where nothing is: who comes second
reads what the first did and decides again. So no two processes give one identifier to two people.
Each process holds the register in memory (about 4 kB a person) and reads on where it was.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from lrs.domain import identifiers
from lrs.domain.actors import ifi, person
from lrs.domain.errors import BadRequest, Conflict, NotFound
from lrs.domain.person_entries import (
    BEGIN,
    END,
    Change,
    Entry,
    Hold,
    Merge,
    Release,
    Tell,
    Undo,
    as_json,
    from_json,
)
from lrs.domain.persons import Register
from lrs.stores.port import Draft, Record, RecordStore

KIND = "person-entry"
_AT_A_TIME = 500
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Claim:
    """
    An identifier that is said to be somebody's.

    Args:
        since: µs; BEGIN: ever since.
        until: µs, exclusive; END: no end known.
        confidence: 0 to 1.
        takes_over: Whether somebody else's holding ends where this one begins.
    """

    identifier: str
    since: int = BEGIN
    until: int = END
    confidence: float = 1.0
    takes_over: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """An attribute that is said to be somebody's; as `Tell`."""

    name: str
    value: str
    since: int = BEGIN
    until: int = END


@dataclass(slots=True)
class Editing:
    """Changes in the making: each is tried on a copy of the register at once."""

    register: Register
    changes: list[Change] = field(default_factory=list)

    def do(self, change: Change) -> None:
        """Make a change; raises as `Register.add` does."""
        self.register.apply(change, self.register.number + 1)
        self.changes.append(change)

    def claim(self, who: str, claim: Claim) -> None:
        """
        Give somebody an identifier.

        Raises:
            BadRequest: It is to be taken over, but not said when.
            Conflict: Somebody else holds it at that time.
        """
        for other in self.register.holdings.get(claim.identifier, ()) if claim.takes_over else ():
            overlaps = other.since < claim.until and claim.since < other.until
            if overlaps and self.register.root(other.person) != self.register.root(who):
                if claim.since == BEGIN:
                    raise BadRequest("an identifier is taken over from a day on", at="from")
                self.do(Release(other.person, claim.identifier, claim.since))
        self.do(Hold(who, claim.identifier, claim.since, claim.until, claim.confidence))

    def adopt(self, who: str) -> str:
        """The known person an id means; a person of one becomes a known one."""
        root = self.register.resolve(who)
        if not identifiers.is_of_one(root):
            return root
        adopted = new_id()
        for part in self.register.intervals(root):
            self.do(Hold(adopted, part.identifier, part.since, part.until))
        return adopted


def new_id() -> str:
    """The id of a person who was not known before."""
    return str(uuid.uuid4())


class Persons:
    """Who is who, when: asked, and changed by dated entries that can be undone."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._register = Register()
        self._looked = float("-inf")
        self._lock = threading.Lock()

    def register(self, max_age: float = 0.0) -> Register:
        """
        What is known; the register that is returned never changes.

        Args:
            max_age: Seconds; what was read so short a time ago is taken as it is.
        """
        if time.monotonic() - self._looked < max_age:
            return self._register
        with self._lock:
            began = time.monotonic()
            new = list(self._entries(after=self._register.number))
            if any(isinstance(change, Undo) for entry in new for change in entry.changes):
                self._register = Register.of(self._entries())
            elif new:
                register = self._register.copy()
                for entry in new:
                    register.add(entry)
                self._register = register
            self._looked = began
            return self._register

    def snapshot(self) -> Register:
        """What analytics asks of `People`, in memory."""
        return self.register()

    def known_at(self, at: int) -> Register:
        """What was known at a time (µs)."""
        return Register.of(entry for entry in self._entries() if entry.at <= at)

    def _entries(self, after: int = 0) -> Iterable[Entry]:
        while some := self._records.records(KIND, after=_key(after), limit=_AT_A_TIME):
            yield from map(_entry, some)
            after = int(some[-1].key)

    def change(self, by: str, evidence: str, edit: Callable[[Editing], _T]) -> _T:
        """
        Make changes together, durable when this returns.

        Args:
            by: The key of who does it.
            edit: Makes the changes on what is given to it; it may be called again.

        Raises:
            LrsError: Whatever `edit` raises; then nothing is changed.
        """
        while True:
            editing = Editing(self.register().copy())
            result = edit(editing)
            if not editing.changes or self._append(editing, by, evidence):
                return result

    def _append(self, editing: Editing, by: str, evidence: str) -> bool:
        """Write the next entry; False when another writer was first."""
        number = editing.register.number + 1
        at = max(time.time_ns() // 1000, editing.register.at)
        changes = [as_json(change) for change in editing.changes]
        value = orjson.dumps({"at": at, "by": by, "evidence": evidence, "changes": changes})
        draft = Draft(value, tags=self._tags(editing))

        def decide(kept: Record | None) -> Draft:
            if kept is not None:
                raise _Taken
            return draft

        try:
            self._records.change(KIND, _key(number), decide)
        except _Taken:
            return False
        self.register()
        return True

    def _tags(self, editing: Editing) -> frozenset[str]:
        """Whom an entry is about."""
        named: set[str] = set()
        for change in editing.changes:
            named.update(getattr(change, name, "") for name in ("person", "into"))
            if isinstance(change, Undo):
                undone = self._records.record(KIND, _key(change.number))
                named.update(undone.tags if undone else ())
        return frozenset(named - {""})

    def put(
        self, who: str | None, claims: Sequence[Claim], facts: Sequence[Fact], **said: str
    ) -> str:
        """
        Add identifiers and attributes to a person, or make one who has them.

        Args:
            who: None for a new person.
            said: `by` and `evidence`.

        Returns:
            The person's id; a person of one who is added to gets a new one.

        Raises:
            NotFound: There is no such person.
            Conflict: Somebody else holds an identifier at that time.
        """

        def edit(editing: Editing) -> str:
            person_id = new_id() if who is None else editing.adopt(who)
            for claim in claims:
                editing.claim(person_id, claim)
            for fact in facts:
                editing.do(Tell(person_id, fact.name, fact.value, fact.since, fact.until))
            return person_id

        return self.change(said["by"], said["evidence"], edit)

    def merge(self, who: str, into: str, *, by: str, evidence: str) -> str:
        """
        Say that two persons are one human; the id of the one who stays.

        Raises:
            NotFound: There is no such person.
            Conflict: They are one already.
        """

        def edit(editing: Editing) -> str:
            one, other = (editing.register.resolve(each) for each in (who, into))
            if one != other and identifiers.is_of_one(one):
                other = editing.adopt(other)
                for part in editing.register.intervals(one):
                    editing.do(Hold(other, part.identifier, part.since, part.until))
                return other
            other = other if one == other else editing.adopt(other)
            editing.do(Merge(one, other))
            return other

        return self.change(by, evidence, edit)

    def split(self, who: str, names: Sequence[str], *, by: str, evidence: str) -> str:
        """
        Say that these identifiers never were this person's but another's; the other's id.

        Raises:
            NotFound: The person does not hold one of them.
        """

        def edit(editing: Editing) -> str:
            root, new = editing.register.resolve(who), new_id()
            held = list(editing.register.held(root))
            for name in dict.fromkeys(names):
                editing.do(Release(root, name))
                for holding in (each for identifier, each in held if identifier == name):
                    editing.do(Hold(new, name, holding.since, holding.until, holding.confidence))
            return new

        return self.change(by, evidence, edit)

    def release(self, who: str, identifier: str, at: int, *, by: str, evidence: str) -> None:
        """
        End a holding at a time (µs), or from the beginning (BEGIN).

        Raises:
            NotFound: The person does not hold it then.
        """

        def edit(editing: Editing) -> None:
            editing.do(Release(editing.register.resolve(who), identifier, at))

        self.change(by, evidence, edit)

    def undo(self, number: int, *, by: str, evidence: str) -> None:
        """
        Undo an entry; undoing an undoing brings it back.

        Raises:
            NotFound: There is no such entry.
            Conflict: It is undone already, or something later rests on it.
        """

        def edit(editing: Editing) -> None:
            register = editing.register
            if not 1 <= number <= register.number:
                raise NotFound("there is no such change", at="number")
            if number in register.undone:
                raise Conflict("this is undone already", at="number")
            undoing = Entry(register.number + 1, register.at, by, evidence, (Undo(number),))
            try:
                Register.of([*self._entries(), undoing][: undoing.number])
            except (Conflict, NotFound) as error:
                raise Conflict(f"something else rests on this: {error.detail}") from error
            editing.changes.append(Undo(number))

        self.change(by, evidence, edit)

    def entries(self, who: str) -> list[tuple[Entry, bool]]:
        """All that was ever recorded about a person, oldest first, and whether it still counts."""
        register = self.register()
        found: dict[int, Entry] = {}
        for part in register.parts(register.resolve(who)):
            for record in self._records.records(KIND, tag=part):
                found[int(record.key)] = _entry(record)
        return [(found[number], number not in register.undone) for number in sorted(found)]

    def agent_object(self, agent: Mapping[str, Any], now: int) -> dict[str, Any]:
        """
        The Person that an Agent belongs to, with all identifiers that are theirs now.

        Args:
            now: µs.

        Spec: Communication 2.4; 2.0 4.1.6.3.
        """
        register, asked = self.register(), str(ifi(agent))
        who, found = register.person(asked, now), person(agent)
        if who is None:
            return found
        name = register.value(who, "name", now)
        if name and name not in found.setdefault("name", []):
            found["name"].append(name)
        for identifier, held in register.held(who):
            if identifier != asked and held.since <= now < held.until:
                for kind, value in identifiers.agent_of(identifier).items():
                    if kind != "objectType":
                        found.setdefault(kind, []).append(value)
        return found


class _Taken(Exception):
    """The place in the log is another's."""


def _key(number: int) -> str:
    return f"{number:012}"


def _entry(record: Record) -> Entry:
    kept = orjson.loads(record.value)
    changes = tuple(from_json(change) for change in kept["changes"])
    return Entry(int(record.key), kept["at"], kept["by"], kept["evidence"], changes)
