"""Learners who complete trainings, talk about them or not, and are seen to apply them or not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lrs.domain.programmes import Declared, Evidence, Programme
from tests.analytics.planted import act, at, complete, post

VERB = "https://adlnet.gov/expapi/verbs/scored"
DECLARED = at("2025-12-01")


@dataclass(frozen=True)
class Trainings:
    """
    What is planted.

    Args:
        seed: Of every lot that is drawn.
        learners: How many; each completes every training.
        count: Of trainings.
        gain: Added to the score of who was active.
        coverage: Share with evidence, of who was not active and of who was.
        motive: How far the motivated are both active and good.
    """

    seed: int = 1
    learners: int = 200
    count: int = 3
    gain: float = 0.1
    coverage: tuple[float, float] = (0.8, 0.8)
    motive: float = 0.0

    def declared(self) -> list[Declared]:
        """A programme for each training."""
        return [
            Declared(
                Programme(
                    id=f"training-{place}",
                    name={"en": f"Training {place}", "nl": f"Cursus {place}"},
                    activities=(_course(place),),
                    topics=(f"topic-{place}",),
                    evidence=(Evidence(_review(place), "B"),),
                ),
                1,
                DECLARED,
                "tests",
            )
            for place in range(self.count)
        ]

    def of(self) -> dict[str, str]:
        """Everyone's department."""
        return {f"l{n}": f"Department {n % 8}" for n in range(self.learners)}

    def statements(self) -> Iterator[dict[str, Any]]:
        draw = random.Random(self.seed)
        for n in range(self.learners):
            motive = draw.gauss(0, 1)
            for place in range(self.count):
                yield from self._unit(draw, f"l{n}", place, motive)

    def _unit(
        self, draw: random.Random, who: str, place: int, motive: float
    ) -> Iterator[dict[str, Any]]:
        month = 1 + place
        active = draw.random() < 0.5 + 0.2 * self.motive * max(-2, min(2, motive))
        day = draw.randint(1, 12)
        yield complete(who, f"2026-{month:02}-{day:02}", course=_course(place))
        if active:
            for n in range(draw.choice((1, 1, 2, 4))):
                yield _about(who, f"topic-{place}", f"2026-{month:02}-{day + 2 + n:02}", n)
        if draw.random() < 0.4:
            yield _about(who, "canteen", f"2026-{month:02}-{day + 3:02}", 9)
        if draw.random() < self.coverage[active]:
            score = 0.5 + self.gain * active + 0.1 * self.motive * motive + draw.gauss(0, 0.15)
            result = {"score": {"scaled": round(max(0.0, min(1.0, score)), 3)}}
            seen = f"2026-{month + 2:02}-{day + 5:02}"
            yield act(who, VERB, _review(place), seen, result=result)


def _about(who: str, topic: str, day: str, n: int) -> dict[str, Any]:
    tag = {
        "id": f"https://forum.example/tags/{topic}",
        "definition": {"type": "http://id.tincanapi.com/activitytype/tag"},
    }
    context = {"contextActivities": {"other": [tag]}}
    return post(who, f"x/{who}/{topic}/{n}", day, context=context)


def _course(place: int) -> str:
    return f"https://lms.example/course/{place}"


def _review(place: int) -> str:
    return f"https://hr.example/review/{place}"
