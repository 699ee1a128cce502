"""
Somebody who has the published figures and wants to know how many there are of a few.

Written apart from what protects: it knows how the figures hang together, and asks of each secret
whether anything but the truth was possible.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
from scipy.optimize import linprog

from lrs.domain import vocabulary as v
from tests.analytics.planted import (
    COURSE,
    Kept,
    act,
    activity,
    ask,
    complete,
    like,
    post,
    reply,
    view,
)

K = 5
VERBS = ("registered", "completed", "passed", "failed")
TYPES = ("none", "formal_only", "social_only", "both")
TOPICS = ("safety", "crm", "torque")


class Attacker:
    """Equations over unknown whole numbers, none of them negative."""

    def __init__(self) -> None:
        self.unknowns: dict[Any, int] = {}
        self.equations: list[tuple[dict[Any, int], int]] = []

    def knows(self, terms: dict[Any, int], value: int | None) -> None:
        """That a sum has a value; nothing when it is not told."""
        for unknown in terms:
            self.unknowns.setdefault(unknown, len(self.unknowns))
        if value is not None:
            self.equations.append((terms, value))

    def range_of(self, terms: dict[Any, int]) -> tuple[float, float]:
        """The least and the most that a sum can be."""
        a = np.array([self._row(row) for row, _ in self.equations])
        b = [value for _, value in self.equations]
        cost = np.array(self._row(terms))
        least, most = (
            linprog(sign * cost, A_eq=a, b_eq=b, bounds=(0, None), method="highs")
            for sign in (1, -1)
        )
        assert least.status == 0, "the published figures contradict each other"
        return least.fun, np.inf if most.status == 3 else -most.fun

    def _row(self, terms: dict[Any, int]) -> list[float]:
        row = [0.0] * len(self.unknowns)
        for unknown, times in terms.items():
            row[self.unknowns[unknown]] = times
        return row

    def assert_kept(self, terms: dict[Any, int], truth: int, what: str) -> None:
        if 0 < truth < K:
            least, most = self.range_of(terms)
            assert most >= K - 1e-6, f"{what} is {truth} and can be told to be at most {most}"
            assert most - least > 1e-6, f"{what} can be computed"


def ones(unknowns: Any) -> dict[Any, int]:
    return dict.fromkeys(unknowns, 1)


def organisation(seed: int) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """A random one with departments of 1 to 15 people, who do little or much in three months."""
    draw = random.Random(seed)
    of = {
        f"{department}{n}": department
        for department in ("Sales", "Support", "Works", "Staff")
        for n in range(draw.randint(1, 15))
    }
    eager = {who: draw.random() for who in of}
    sent, posts = [], ["x/0"]
    for month, who in itertools.product(("2026-01", "2026-02", "2026-03"), of):
        for _ in range(draw.randint(0, int(1 + 5 * eager[who]))):
            day = f"{month}-{draw.randint(1, 28):02}"
            made = f"x/{len(sent) + 1}"
            kind = draw.choice(("post", "reply", "like", "view", "view", "complete"))
            match kind:
                case "post":
                    sent.append(post(who, made, day))
                case "reply":
                    sent.append(reply(who, made, draw.choice(posts), day))
                case "like":
                    sent.append(like(who, draw.choice(posts), day, name=made))
                case "view":
                    sent.append(view(who, made, day))
                case _:
                    sent.append(complete(who, day, name=made))
            if kind in ("post", "reply"):
                posts.append(made)
    return of, sent


def lively(seed: int) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """A random one whose people ask, answer and search, about topics that differ in size."""
    draw = random.Random(seed)
    of = {
        f"{department}{n}": department
        for department in ("Sales", "Support", "Works", "Staff")
        for n in range(draw.randint(2, 12))
    }
    sent: list[dict[str, Any]] = []
    asked, written = ["q/0"], ["x/0"]
    for month, who in itertools.product(("2026-01", "2026-02", "2026-03"), of):
        for _ in range(draw.randint(0, 3)):
            made, when = f"x/{len(sent) + 1}", f"{month}-{draw.randint(1, 28):02}"
            kind = draw.choice(("ask", "post", "post", "reply", "reply", "search"))
            context = _about(draw.choices((*TOPICS, ""), (6, 3, 1, 4))[0])
            match kind:
                case "ask":
                    sent.append(ask(who, made, when, context=context))
                    asked.append(made)
                case "post":
                    sent.append(post(who, made, when, context=context))
                case "reply":
                    to = draw.choice(draw.choice((asked, written)))
                    sent.append(reply(who, made, to, f"{when}T13:00:00Z"))
                case _:
                    sent.append(_search(who, when, made, draw.choice((0, 0, 3)), context))
            if kind in ("post", "reply"):
                written.append(made)
    return of, sent


def schooled(seed: int) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """A random one whose people are mostly in courses: few or nearly all complete and pass them."""
    draw = random.Random(seed)
    of = {
        f"{department}{n}": department
        for department in ("Sales", "Support", "Works")
        for n in range(draw.randint(3, 25))
    }
    sent: list[dict[str, Any]] = []
    for month in ("2026-01", "2026-02"):
        weights = [draw.choice((0.2, 1, 8)) for _ in VERBS]
        talks = draw.choice((0.2, 0.5, 0.8))
        for who in of:
            day = f"{month}-{draw.randint(1, 28):02}"
            for verb in draw.choices(VERBS, weights, k=draw.randint(0, 2)):
                made = f"c/{len(sent)}"
                sent.append(act(who, f"{v.ADL}{verb}", COURSE, day, kind=v.COURSE, name=made))
            if draw.random() < talks:
                sent.append(post(who, f"x/{len(sent)}", day))
    return of, sent


def _about(topic: str) -> dict[str, Any]:
    if not topic:
        return {}
    return {"contextActivities": {"other": [activity(f"tag/{topic}", v.TAG)]}}


def _search(who: str, when: str, name: str, hits: int, context: dict[str, Any]) -> dict[str, Any]:
    result = {"response": f"words {hits}", "extensions": {v.HITS: hits}}
    kind = v.SEARCH_ENGINE
    return act(
        who, f"{v.ACROSSX}searched", "search", when,
        kind=kind, name=name, result=result, context=context,
    )  # fmt: skip


def learning_types(attacker: Attacker, shown: dict[str, Any], departments: list[str]) -> None:
    """Of `formal_social`: the types of a period, and of its departments, are all its people."""
    for row in [*shown["periods"], *shown["groups"]]:
        own = [row["department"]] if "department" in row else departments
        everyone = ones((row["period"], of, kind) for of in own for kind in TYPES)
        attacker.knows(everyone, row["people"])
        for kind in TYPES:
            attacker.knows(ones((row["period"], of, kind) for of in own), row[kind])


def assert_types_kept(attacker: Attacker, truth: dict[str, Any], departments: list[str]) -> None:
    for row in [*truth["periods"], *truth["groups"]]:
        own = [row["department"]] if "department" in row else departments
        for kind in TYPES:
            cells = ones((row["period"], of, kind) for of in own)
            attacker.assert_kept(cells, row[kind], f"{kind} of {own} in {row['period']}")


def both(kept: Kept, name: str, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is published, and the truth."""
    window = ("2026-01-01", "2026-04-01")
    return (
        kept.result(name, *window, min_group=K, **more),
        kept.result(name, *window, min_group=1, **more),
    )
