"""A random organisation whose counts are known because they were counted the simple way."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.analytics.planted import complete, like, post, reply, view

MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
DEPARTMENTS = ("Sales", "Support", "Works")


@dataclass(frozen=True)
class Done:
    """One planted act: a `kind` of the lists below, on a day of a month, to a post of somebody."""

    who: str
    kind: str
    month: str
    day: int
    what: str
    to: str | None = None

    @property
    def date(self) -> str:
        return f"{self.month}-{self.day:02}"


class Organisation:
    """Acts drawn with a seed, and what is true of them, counted the simple way."""

    def __init__(self, seed: int, people: int = 40) -> None:
        draw = random.Random(seed)
        self.of = {f"p{n}": draw.choice(DEPARTMENTS) for n in range(people)}
        self.author: dict[str, str] = {}
        self.done: list[Done] = []
        for month in MONTHS:
            present = draw.sample(sorted(self.of), draw.randint(people // 2, people))
            for day in range(1, 29):
                for who in draw.sample(present, 3):
                    self._act(draw, who, month, day)

    def _act(self, draw: random.Random, who: str, month: str, day: int) -> None:
        kind = draw.choice(("post", "reply", "reply", "like", "view", "complete"))
        if kind in ("reply", "like") and not self.author:
            kind = "post"
        made = f"x/{len(self.done)}"
        to = draw.choice(sorted(self.author)) if kind in ("reply", "like") else None
        if kind in ("post", "reply"):
            self.author[made] = who
        self.done.append(Done(who, kind, month, day, made, to))

    def statements(self) -> Iterator[dict[str, Any]]:
        for one in self.done:
            # Noon, a second later each, so that what is replied to is older.
            yield self._statement(one) | {"timestamp": f"{one.date}T12:00:{self._second(one):02}Z"}

    def _second(self, one: Done) -> int:
        return self.done.index(one) % 3

    def _statement(self, one: Done) -> dict[str, Any]:
        match one.kind:
            case "post":
                return post(one.who, one.what, one.date)
            case "reply":
                return reply(one.who, one.what, str(one.to), one.date)
            case "like":
                return like(one.who, str(one.to), one.date, name=one.what)
            case "view":
                return view(one.who, one.what, one.date)
        return complete(one.who, one.date, name=one.what)

    def in_month(self, month: str, *kinds: str) -> list[Done]:
        return [one for one in self.done if one.month == month and one.kind in kinds]

    def levels(self, month: str) -> dict[str, set[str]]:
        wrote = self.in_month(month, "post", "reply")
        social = self.in_month(month, "post", "reply", "like")
        days = defaultdict(set)
        for one in wrote:
            days[one.who].add(one.day)
        dealt = {
            person
            for one in social
            if one.to and self.author[one.to] != one.who
            for person in (one.who, self.author[one.to])
        }
        return {
            "reached": {one.who for one in self.in_month(month, "post", "reply", "like", "view")},
            "participants": {one.who for one in social},
            "contributors": {one.who for one in wrote},
            "social_learners": {who for who, own in days.items() if len(own) > 1 and who in dealt},
        }

    def edges(self) -> Counter[tuple[str, str]]:
        return Counter(
            (one.who, self.author[one.to])
            for one in self.done
            if one.kind == "reply" and one.to and self.author[one.to] != one.who
        )
