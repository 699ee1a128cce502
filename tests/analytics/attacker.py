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
from tests.analytics.planted import Kept, act, activity, ask, complete, like, post, reply, view

K = 5
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


def both(kept: Kept, name: str, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is published, and the truth."""
    window = ("2026-01-01", "2026-04-01")
    return (
        kept.result(name, *window, min_group=K, **more),
        kept.result(name, *window, min_group=1, **more),
    )
