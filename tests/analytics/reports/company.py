"""A company that gives every part of the overview something to tell, and names that are traps."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analytics.facts import Engine
from analytics.measure import run
from lrs.domain import vocabulary as v
from lrs.services.analytics import Asked
from tests.analytics.planted import act, ask, at, complete, like, post, reply, view

MONTHS = tuple(f"2026-{month:02}" for month in range(1, 7))
SCRIPT, TYPST, ATTIC = "<script>alert(1)</script>", '#[Shop] *floor* "$x$', "Attic"
DEPARTMENTS = (SCRIPT, TYPST, "Support & care", "Werkplaats één")
TAGS = ("welding", "crm", "<b>bold</b>", "#sum(1)")
SMALL_TOPIC = "attic-secrets"


@dataclass
class Company:
    """
    People in four departments, and seven in an attic that few know of.

    Args:
        seed: Of every lot that is drawn.
        people: Of all departments but the attic.
    """

    seed: int = 7
    people: int = 120
    of: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)
        self.of = {f"p{n}": self._draw.choice(DEPARTMENTS) for n in range(self.people)}
        self.of |= {f"a{n}": ATTIC for n in range(7)}

    def statements(self) -> Iterator[dict[str, Any]]:
        for place, month in enumerate(MONTHS):
            there = [one for n, one in enumerate(self.of) if n % 6 <= place + 1]
            yield from self._month(month, there)

    def _month(self, month: str, there: list[str]) -> Iterator[dict[str, Any]]:
        posts: list[str] = []
        for who in there:
            if self._draw.random() < 0.15:
                continue
            for _ in range(self._draw.randint(1, 4)):
                yield self._act(who, f"{month}-{self._draw.randint(1, 28):02}", posts)

    def _act(self, who: str, day: str, posts: list[str]) -> dict[str, Any]:
        draw, what = self._draw, f"x/{self._draw.getrandbits(64):x}"
        topic = SMALL_TOPIC if self.of[who] == ATTIC else draw.choice(TAGS)
        about = {"context": {"contextActivities": {"other": [_tag(topic)]}}}
        kind = draw.choice(
            ("post", "ask", "reply", "reply", "reply", "like", "view", "search", "course")
        )
        if kind in ("reply", "like") and not posts:
            kind = "post"
        match kind:
            case "reply":
                return reply(who, what, draw.choice(posts), f"{day}T{draw.randint(13, 20)}:00:00Z")
            case "like":
                return like(who, draw.choice(posts), day, name=what)
            case "view":
                return view(who, what, day)
            case "search":
                found = {"response": f"how {topic}", "extensions": {v.HITS: draw.choice((0, 0, 3))}}
                verb = f"{v.ACROSSX}searched"
                kinds = {"kind": v.SEARCH_ENGINE, "name": what, "result": found}
                return act(who, verb, "search", day, **kinds, **about)
            case "course":
                return complete(who, day, name=what)
        posts.append(what)
        return (ask if kind == "ask" else post)(who, what, day, **about)


def _tag(topic: str) -> dict[str, Any]:
    from urllib.parse import quote

    iri = f"https://forum.example/tags/{quote(topic, safe='')}"
    return {"id": iri, "definition": {"type": "http://id.tincanapi.com/activitytype/tag"}}


@dataclass(frozen=True)
class Folder:
    """
    Results out of facts, as a desk gives them.

    Args:
        facts: Their folder.
        min_group: The fewest people a figure may be about.
        results: Of programmes, by id.
        measured: What was asked already, with its answer.
    """

    facts: Path
    min_group: int = 10
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    measured: dict[str, dict[str, Any]] = field(default_factory=dict)

    def metric(self, name: str, asked: Asked) -> dict[str, Any]:
        key = repr((name, asked))
        if key not in self.measured:
            self.measured[key] = self._metric(name, asked)
        return self.measured[key]

    def _metric(self, name: str, asked: Asked) -> dict[str, Any]:
        return run(
            name,
            self.facts,
            since=asked.since,
            until=asked.until,
            by=asked.by,
            cutoff=asked.cutoff,
            timezone=asked.timezone,
            min_group=self.min_group,
            options=asked.options,
            engine=Engine(threads=1),
        )

    def transfer(self, programme: str, version: int | None = None) -> dict[str, Any]:
        del version
        return self.results[programme]


HALF_YEAR = Asked(at("2026-01-01"), at("2026-07-01"), by="department")
