"""
Persons: one human each, with identifiers and attributes that are theirs from one day to another.

Everything known is a list of dated *entries*, each with its evidence; nothing in it is changed or
removed, and undoing is an entry too. A `Register` is what a list of entries adds up to. So what
was known on 1 March is the register of the entries until then, and who held an identifier on that
day is asked of any register. Times are µs; validity begins at `since` and ends before `until`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from lrs.domain.errors import BadRequest, Conflict, NotFound
from lrs.domain.identifiers import identifier_of, is_of_one, of_one
from lrs.domain.person_entries import (
    BEGIN,
    END,
    Change,
    Dismiss,
    Entry,
    Hold,
    Merge,
    Release,
    Tell,
    Undo,
)

_OF_A_POST = ("employed", "department", "role", "manager")
_NAMING = frozenset({"employee", "external_id"})
"""Attributes that persons are looked up by."""


class Holding(NamedTuple):
    """Whose an identifier is, and by which entry."""

    person: str
    since: int
    until: int
    confidence: float
    number: int


class Told(NamedTuple):
    """An attribute, and by which entry."""

    name: str
    value: str
    since: int
    until: int
    number: int


class Interval(NamedTuple):
    """An identifier while it is one person's."""

    identifier: str
    since: int
    until: int


class Post(NamedTuple):
    """
    One spell of somebody's employment; µs, `until` exclusive and None while it lasts.

    Args:
        department, role, manager: None where the roster does not tell.
    """

    person: str
    department: str | None
    since: int
    until: int | None
    role: str | None = None
    manager: str | None = None


class Register:
    """
    What entries add up to. Not changed once it is handed out: what comes later is put in a copy.

    It answers what analytics asks of `People`: `version`, `person`, `department` and `roster`.
    """

    def __init__(self) -> None:
        self.number = 0
        self.at = BEGIN
        self.origins: dict[int, tuple[int, str, str]] = {}
        self.undone: frozenset[int] = frozenset()
        self.dismissed: frozenset[str] = frozenset()
        self.holdings: dict[str, tuple[Holding, ...]] = {}
        self._identifiers: dict[str, tuple[str, ...]] = {}
        self._told: dict[str, tuple[Told, ...]] = {}
        self._naming: dict[tuple[str, str], tuple[str, ...]] = {}
        self._into: dict[str, str] = {}
        self._parts: dict[str, tuple[str, ...]] = {}

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Register:
        """
        What entries add up to, those left out that are undone.

        Raises:
            Conflict: Without what is undone, something later does not hold.
        """
        register, listed = cls(), list(entries)
        register.undone = frozenset(_undone_in(listed))
        for entry in listed:
            register.add(entry)
        return register

    def copy(self) -> Register:
        """One that can be changed; the values within are shared, for none is ever changed."""
        new = Register()
        for name, value in vars(self).items():
            setattr(new, name, value.copy() if isinstance(value, dict) else value)
        return new

    def add(self, entry: Entry) -> None:
        """
        Take in the next entry; one that undoes another needs a register made anew.

        Raises:
            Conflict: Somebody else holds an identifier at some of that time.
            NotFound: What is to be ended or merged is not there.
        """
        self.number, self.at = entry.number, entry.at
        self.origins[entry.number] = (entry.at, entry.by, entry.evidence)
        if entry.number not in self.undone:
            for change in entry.changes:
                self.apply(change, entry.number)

    def apply(self, change: Change, number: int) -> None:
        """Take in one change; raises as `add` does."""
        match change:
            case Hold():
                self._hold(change, number)
            case Release():
                self._release(change)
            case Tell():
                self._tell(change, number)
            case Merge():
                self._merge(change)
            case Dismiss():
                self.dismissed |= {change.suggestion}

    def _hold(self, change: Hold, number: int) -> None:
        person, identifier, since, until, confidence = change
        if since >= until:
            raise BadRequest("this is held for no time at all", at="to")
        left = []
        for other in self.holdings.get(identifier, ()):
            if other.since >= change.until or change.since >= other.until:
                left.append(other)
            elif self.root(other.person) != self.root(person):
                raise Conflict(
                    f"{identifier} is the person {self.root(other.person)}'s at that time",
                    at="identifier",
                )
            else:
                since, until = min(since, other.since), max(until, other.until)
        left.append(Holding(person, since, until, confidence, number))
        self.holdings[identifier] = tuple(sorted(left, key=lambda held: held.since))
        known = self._identifiers.get(person, ())
        if identifier not in known:
            self._identifiers[person] = (*known, identifier)

    def _release(self, change: Release) -> None:
        root, at = self.root(change.person), change.at
        before = self.holdings.get(change.identifier, ())
        after = []
        for held in before:
            if self.root(held.person) != root or held.until <= at:
                after.append(held)
            elif held.since < at:
                after.append(held._replace(until=at))
        if tuple(after) == before:
            raise NotFound("the person does not hold this identifier then", at="identifier")
        self.holdings[change.identifier] = tuple(after)

    def _tell(self, change: Tell, number: int) -> None:
        person, name, value, since, until = change
        told = Told(name, value, since, until, number)
        self._told[person] = (*self._told.get(person, ()), told)
        if name in _NAMING:
            self._naming[name, value] = (*self._naming.get((name, value), ()), person)

    def _merge(self, change: Merge) -> None:
        one, other = self.root(change.person), self.root(change.into)
        if one == other:
            raise Conflict("these are one person already", at="person")
        self._into[one] = other
        self._parts[other] = (*self._parts.get(other, ()), one)

    def root(self, person: str) -> str:
        """The person that one was merged into, itself where it was not."""
        while person in self._into:
            person = self._into[person]
        return person

    def parts(self, person: str) -> Iterator[str]:
        """The persons that were merged into one, and itself."""
        yield person
        for part in self._parts.get(person, ()):
            yield from self.parts(part)

    def known(self) -> list[str]:
        """Every known person, in the order of their ids."""
        everyone = self._identifiers.keys() | self._told.keys()
        return sorted({self.root(person) for person in everyone})

    def resolve(self, person: str) -> str:
        """
        The person an id means now.

        Raises:
            NotFound: None.
        """
        if is_of_one(person):
            identifier_of(person)
            return person
        if person in self._identifiers or person in self._told or person in self._into:
            return self.root(person)
        raise NotFound("there is no such person", at="person")

    def holding(self, identifier: str, at: int) -> Holding | None:
        """The holding of an identifier at a time."""
        for held in self.holdings.get(identifier, ()):
            if held.since <= at < held.until:
                return held
        return None

    def person(self, ifi: str, at: int) -> str | None:
        """Who holds an identifier at a time; None: nobody known."""
        held = self.holding(ifi, at)
        return None if held is None else self.root(held.person)

    def holder(self, identifier: str, at: int) -> str:
        """Who holds an identifier at a time; where that is nobody known, the person of one."""
        return self.person(identifier, at) or of_one(identifier)

    def held(self, person: str) -> Iterator[tuple[str, Holding]]:
        """All that a known person holds or held, with the identifier."""
        mine = set(self.parts(person))
        for identifier in dict.fromkeys(
            name for part in self.parts(person) for name in self._identifiers.get(part, ())
        ):
            for held in self.holdings.get(identifier, ()):
                if held.person in mine:
                    yield identifier, held

    def intervals(self, person: str) -> list[Interval]:
        """The identifiers of a person, each with the time it is theirs; also of a person of one."""
        if not is_of_one(person):
            return [Interval(name, held.since, held.until) for name, held in self.held(person)]
        identifier, found, free = identifier_of(person), [], BEGIN
        for held in self.holdings.get(identifier, ()):
            if free < held.since:
                found.append(Interval(identifier, free, held.since))
            free = held.until
        return found if free >= END else [*found, Interval(identifier, free, END)]

    def told(self, person: str) -> list[Told]:
        """All attributes a person has or had."""
        return [told for part in self.parts(person) for told in self._told.get(part, ())]

    def value(self, person: str, name: str, at: int) -> str | None:
        """An attribute at a time; None: not known."""
        begun = [
            (told.since, told.number, told)
            for told in self.told(person)
            if told.name == name and told.since <= at
        ]
        told = max(begun)[2] if begun else None
        return told.value if told and at < told.until else None

    def named(self, name: str, value: str) -> list[str]:
        """The persons who have or had this `employee` or `external_id`, each once."""
        found = self._naming.get((name, value), ())
        return list(dict.fromkeys(self.root(person) for person in found))

    @property
    def version(self) -> str:
        """Another one whenever an answer might be another."""
        return str(self.number)

    def department(self, person: str, at: int) -> str | None:
        """The department of a person at a time; None: not known."""
        return self.value(person, "department", at)

    def roster(self) -> Iterator[Post]:
        """Who is or was employed and where; without dates of employment, who is in a department."""
        for person in self.known():
            yield from self._posts(person)

    def _posts(self, person: str) -> Iterator[Post]:
        told = [each for each in self.told(person) if each.name in _OF_A_POST]
        dated = any(each.name == "employed" for each in told)
        edges = sorted({edge for each in told for edge in (each.since, each.until)})
        last: Post | None = None
        for since, until in pairwise(edges):
            department = self.department(person, since)
            there = self.value(person, "employed", since) == "yes" if dated else bool(department)
            role, manager = (self.value(person, name, since) for name in ("role", "manager"))
            begins, ends = max(since, 0), None if until >= END else until
            post = Post(person, department, begins, ends, role, manager)
            if last and there and last == post._replace(since=last.since, until=post.since):
                last = last._replace(until=post.until)
                continue
            if last:
                yield last
            last = post if there else None
        if last:
            yield last


def _undone_in(entries: list[Entry]) -> set[int]:
    """The numbers of the entries that do not count, the undoings that are undone considered."""
    undone: set[int] = set()
    for entry in reversed(entries):
        if entry.number not in undone:
            undone.update(one.number for one in entry.changes if isinstance(one, Undo))
    return undone
