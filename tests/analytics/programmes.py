"""A planted training: who completed it, spoke of its topic, and was told to apply it."""

from __future__ import annotations

import json
import random
import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from analytics.analyse.cli import analyse
from analytics.transfer.programme import run
from lrs.domain import vocabulary as v
from lrs.domain.programmes import Declared, Evidence, Programme
from tests.analytics.planted import COURSE, act, activity, at, complete, post

EVIDENCE = "https://work.example/evidence"
KPI = "https://work.example/kpi"
END = at("2026-11-01")
"""Of observation: everyone who completed before July is mature."""


def declared(**changed: Any) -> Declared:
    """A programme about pumps, judged by others."""
    asked: dict[str, Any] = {
        "id": "pumps",
        "name": {"en": "Pumps"},
        "activities": (COURSE,),
        "topics": ("pumps",),
        "evidence": (Evidence(EVIDENCE, "B"),),
        **changed,
    }
    return Declared(Programme(**asked), 1, at("2025-12-01"), "tests")


def on(*topics: str, **more: Any) -> dict[str, Any]:
    """A context with tags."""
    tags = [activity(f"https://forum.example/tags/{topic}", v.TAG) for topic in topics]
    around = {"other": tags, **more.pop("around", {})}
    return {"context": {"contextActivities": around, **more}}


def told(who: str, score: float | bool, when: str, what: str = EVIDENCE) -> dict[str, Any]:
    """Evidence: a scaled score, or applied or not."""
    result = {"success": score} if isinstance(score, bool) else {"score": {"scaled": score}}
    return _evidence(who, when, what, result)


def figure(who: str, value: float, when: str, what: str = KPI) -> dict[str, Any]:
    """A KPI: a figure with a level of its own."""
    return _evidence(who, when, what, {"score": {"raw": value}})


def _evidence(who: str, when: str, what: str, result: dict[str, Any]) -> dict[str, Any]:
    name = f"{who} {what} {when} {result}"
    return act(who, f"{v.ADL}scored", what, when, kind=v.ASSESSMENT, name=name, result=result)


def result(facts: Path, asked: Declared | None = None, **terms: Any) -> dict[str, Any]:
    """A run with everything told."""
    terms = {"until": END, "min_group": 1, **terms}
    return run(asked or declared(), facts, **terms)


def rerun(line: str, path: Path) -> dict[str, Any]:
    """What the command of a result's `reproduce` prints for an exported table."""
    words = [str(path) if word.isupper() else word for word in shlex.split(line)]
    done = CliRunner().invoke(analyse, words[2:])
    assert done.exit_code == 0, done.output
    printed: dict[str, Any] = json.loads(done.stdout)
    assert printed.pop("kind") == words[2]
    return printed


def days_after(start: str, days: float) -> str:
    """A timestamp."""
    moment = datetime.fromisoformat(start if "T" in start else f"{start}T12:00:00+00:00")
    return (moment + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Training:
    """
    Learners of one training, drawn with a seed.

    Args:
        gap: How much less evidence there is of those who were active.
        difference: By how much those who were active score higher.
        months: In which they complete it, from January on.
    """

    def __init__(
        self, seed: int, learners: int, *, gap: float = 0.0, difference: float = 0.1,
        covered: float = 0.8, months: int = 5, course: str = COURSE, topic: str = "pumps",
        evidence: str = EVIDENCE,
    ) -> None:  # fmt: skip
        draw = random.Random(seed)
        self.course, self.topic, self.evidence = course, topic, evidence
        self.department = {f"p{n}": f"dep{draw.randrange(24):02}" for n in range(learners)}
        self.completed = {
            who: f"2026-{draw.randint(1, months):02}-{draw.randint(1, 28):02}"
            for who in self.department
        }
        self.acts = {
            who: draw.choice((1, 2, 2, 4, 11)) if draw.random() < 0.45 else 0
            for who in self.department
        }
        self.other = {who: draw.random() < 0.3 for who in self.department}
        self.formal = {who: round(draw.random(), 3) for who in self.department}
        self.score: dict[str, float] = {}
        for who, acts in self.acts.items():
            if draw.random() < covered - (gap if acts else 0.0):
                value = 0.4 + difference * bool(acts) + 0.2 * self.formal[who]
                self.score[who] = round(min(max(value + draw.gauss(0, 0.12), 0), 1), 4)

    def statements(self) -> Iterator[dict[str, Any]]:
        for who, day in self.completed.items():
            scored = {"score": {"scaled": self.formal[who]}}
            yield complete(who, day, self.course, result=scored)
            for number in range(self.acts[who]):
                made = f"{self.topic}/{who}/{number}"
                yield post(who, made, days_after(day, 1 + number / 10), **on(self.topic))
            if self.other[who]:
                yield post(who, f"{self.topic}/other/{who}", days_after(day, 3), **on("lunch"))
            if who in self.score:
                yield told(who, self.score[who], days_after(day, 60), self.evidence)
