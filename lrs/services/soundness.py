"""
Whether a store is sound: what is kept can be read, and is found by what it is to be found by.

All is computed anew from the bytes of the Statements and compared with what the store has. Nothing
is mended, and nothing is written. What a Statement says is not judged: a text that was changed on
the disk and still is a text looks as if it had been sent so.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lrs.domain import attachments, strict_json, timestamps
from lrs.domain.errors import LrsError
from lrs.services.paging import pages
from lrs.services.statement_checks import AUTHORITY, flaws
from lrs.stores.checking import Checks, Damaged, Flaw, Seen

Progress = Callable[[str, int, int], None]
"""Told the step ("Statements", ...), how much of it is done and how much there is, 0 if unknown."""

_CHECKED = ("statements", "voided", "definitions", "records", "attachments")
_LOOKS_AGAIN = 5
_MOST_PATIENCE = 20


@dataclass(slots=True)
class Soundness:
    """
    What was found.

    Args:
        counts: How many `statements`, `voided`, `definitions`, `records` and `attachments` were
            looked at.
        problems: How many there are, by what they are about (`Flaw.about`).
        first: The first of them.
        most: How many of them are kept.
        unchecked: What was not looked at; empty where there is no such thing.
    """

    most: int = 20
    unchecked: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    first: list[Flaw] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether there is no problem."""
        return not self.problems

    def add(self, flaw: Flaw) -> None:
        """Count a problem, and keep it if it is one of the first."""
        self.problems[flaw.about] += 1
        if len(self.first) < self.most:
            self.first.append(flaw)

    def shown(self) -> dict[str, Any]:
        """For machines."""
        return {
            "sound": self.sound,
            "checked": {name: self.counts[name] for name in _CHECKED},
            "problems": dict(self.problems),
            "first": [flaw._asdict() for flaw in self.first],
            "unchecked": self.unchecked,
        }


def verify(
    checks: Checks, *, most: int = 20, progress: Progress = lambda _step, _done, _all: None
) -> Soundness:
    """
    Look at all of a store, also while others use it; what is stored meanwhile is left out.

    Args:
        most: How many problems are told one by one; all are counted.

    Raises:
        StoreUnavailable: It cannot be read at all.
    """
    return _Verifying(checks, Soundness(most, checks.unchecked), progress).run()


@dataclass(slots=True)
class _Verifying:
    checks: Checks
    found: Soundness
    progress: Progress
    patience: int = _MOST_PATIENCE

    def run(self) -> Soundness:
        for step in (
            self.checks.damage,
            self._statements,
            self._strays,
            self._definitions,
            self._records,
            self._attachments,
            self.checks.leftovers,
        ):
            try:
                for flaw in step():
                    self.found.add(flaw)
            except Damaged as damage:
                self.found.add(Flaw("file", "", f"a part cannot be read: {damage}"))
        return self.found

    def _statements(self) -> Iterator[Flaw]:
        until, every, done = self.checks.newest(), self.checks.count(), 0
        for page in pages(lambda since, limit: self._seen(since, until, limit), -1):
            yield from self._page(page)
            done += len(page)
            self.found.counts["statements"] = done
            self.found.counts["voided"] += sum(one.voided for one in page)
            self.progress("Statements", done, max(done, every))

    def _seen(self, since: int, until: int, limit: int) -> Sequence[Seen]:
        """A page; where one of it cannot be read, as far as that."""
        try:
            return self.checks.seen(since, until, limit)
        except Damaged as damage:
            if limit == 1:
                raise Damaged(f"Statements after {timestamps.text(since)}: {damage}") from damage
            return self._seen(since, until, limit // 2)

    def _page(self, page: Sequence[Seen]) -> Iterator[Flaw]:
        for one in page:
            wrong = flaws(self.checks, one)
            yield from self._again(one) if wrong and self.checks.lag_seconds else wrong

    def _again(self, one: Seen) -> Sequence[Flaw]:
        """What is still wrong once others had the time to finish what they were at."""
        wrong: Sequence[Flaw] = ()
        for _ in range(_LOOKS_AGAIN if self.patience > 0 else 1):
            if self.patience > 0:
                time.sleep(self.checks.lag_seconds)  # others may be at it
            [now] = self.checks.seen(one.stored - 1, one.stored, 1)
            wrong = flaws(self.checks, now)
            if not wrong:
                return ()
        self.patience -= 1
        return wrong

    def _strays(self) -> Iterator[Flaw]:
        return self.checks.strays((AUTHORITY,), lambda done: self.progress("index", done, 0))

    def _definitions(self) -> Iterator[Flaw]:
        for activity, data in self.checks.definitions():
            self.found.counts["definitions"] += 1
            try:
                read = strict_json.kept(data)
            except (LrsError, TypeError) as wrong:
                yield Flaw("definition", activity, f"it cannot be read: {wrong}")
                continue
            if not isinstance(read, dict):
                yield Flaw("definition", activity, "it is no JSON object")

    def _records(self) -> Iterator[Flaw]:
        self.found.counts["records"] = self.checks.records()
        return self.checks.bad_records()

    def _attachments(self) -> Iterator[Flaw]:
        """That those are there which Statements name was seen with the Statements."""
        for sha2 in self.checks.attachments.hashes():
            self.found.counts["attachments"] += 1
            self.progress("attachments", self.found.counts["attachments"], 0)
            try:
                data = self.checks.attachments.open(sha2)
                if data is None:
                    continue
                with data:
                    whole = attachments.is_named_by(sha2, data)
            except Exception as wrong:  # noqa: BLE001  disks and drivers fail in many ways
                yield Flaw("attachment", sha2, f"its data cannot be read: {wrong}")
                continue
            if not whole:
                yield Flaw("attachment", sha2, "its data has another hash")
