"""The people of a simulated organisation: who they are, where, from when to when."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from typing import Any

from analytics.simulate.plan import DAY, Plan
from lrs.domain import timestamps

PEOPLE, FORUM = "https://people.example", "https://forum.example"
INTRANET, COMMUNITY = "https://intranet.example", "https://community.example"
LMS, HR = "https://lms.example", "https://hr.example"
ROSTER_ACCOUNTS = {"forum": FORUM, "intranet": INTRANET}
"""Columns of the roster with account names, and their home pages; `account` is at PEOPLE."""
_NAMES = (
    "Ada", "Bram", "Chloe", "Daan", "Eva", "Fatima", "Guus", "Hanna", "Imke", "Joris", "Kees",
    "Lotte", "Mo", "Noor", "Otto", "Pien", "Quinten", "Rosa", "Sem", "Tess", "Umut", "Vera",
    "Wout", "Xena", "Yara", "Zoe",
)  # fmt: skip
_AREAS = ("Sales", "Support", "Works", "Stores", "Finance", "Design", "Care", "Transport")
_HIRED_BEFORE = 30  # days


@dataclass(frozen=True)
class Member:
    """
    Somebody, or a bot.

    Args:
        number: From 0; bots have the numbers after the people's.
        departments: From when (µs) in which, in order.
        begins, ends: The life as a participant, µs; it may end after the history does.
        second: Has a second identifier in the systems that know people by `account`.
        bot: Is no person.
        drive: How much, in standard deviations, they apply of what they learn, whatever they do.
    """

    number: int
    departments: tuple[tuple[int, str], ...]
    begins: int
    ends: int
    second: bool
    bot: bool
    drive: float

    @property
    def name(self) -> str:
        if self.bot:
            return f"Robot {self.number}"
        return f"{_NAMES[self.number % len(_NAMES)]} {self.number}"

    def department(self, at: int) -> str | None:
        """Where they worked then; None for bots and before they were hired."""
        known = [name for since, name in self.departments if since <= at]
        return known[-1] if known else None

    def account(self, *, second: bool = False) -> dict[str, Any]:
        """As LMS, community and HR name them."""
        if second:
            return {"objectType": "Agent", "name": self.name, "mbox": f"mailto:{self.email}"}
        account = {"homePage": PEOPLE, "name": f"p{self.number:04}"}
        return {"objectType": "Agent", "name": self.name, "account": account}

    @property
    def email(self) -> str:
        return f"p{self.number:04}@mail.example"

    @property
    def forum_id(self) -> int:
        return 1000 + self.number

    @property
    def intranet_id(self) -> str:
        return f"e{self.number:04}"


def department_names(plan: Plan) -> list[str]:
    """Sales, Support and so on, then Sales 2."""
    return [
        _AREAS[n % len(_AREAS)] + (f" {n // len(_AREAS) + 1}" if n >= len(_AREAS) else "")
        for n in range(plan.departments)
    ]


def members(plan: Plan, rng: random.Random) -> list[Member]:
    """People, then bots."""
    names = department_names(plan)
    people = [_person(plan, n, names, rng) for n in range(plan.people)]
    bots = max(1, round(plan.people * plan.bots)) if plan.bots else 0
    return people + [
        Member(plan.people + n, (), plan.since, plan.until, second=False, bot=True, drive=0.0)
        for n in range(bots)
    ]


def _person(plan: Plan, number: int, names: list[str], rng: random.Random) -> Member:
    begins = plan.since + int(rng.random() * 0.75 * plan.days) * DAY
    ends = begins + int(rng.expovariate(1 / plan.life) * DAY)
    hired = begins - _HIRED_BEFORE * DAY
    first = rng.choice(names)
    departments = [(hired, first)]
    moves = rng.random() < plan.movers
    moved = begins + int(rng.uniform(20, 120)) * DAY
    if moves and len(names) > 1:
        departments.append((moved, rng.choice([name for name in names if name != first])))
    second = rng.random() < plan.two_identifiers
    return Member(
        number, tuple(departments), begins, ends, second, bot=False, drive=rng.gauss(0, 1)
    )


def roster(everyone: list[Member]) -> bytes:
    """A CSV as HR systems write it: a row a person, and one for each move."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(
        ["employee", "name", "email", "account", *ROSTER_ACCOUNTS, "department", "start",
         "valid from"]
    )  # fmt: skip
    for one in everyone:
        for place, (since, department) in enumerate(one.departments):
            table.writerow(
                [f"n{one.number:04}", one.name, one.email, f"p{one.number:04}", one.forum_id,
                 one.intranet_id, department, _day(one.departments[0][0]),
                 _day(since) if place else ""]
            )  # fmt: skip
    return out.getvalue().encode()


def _day(at: int) -> str:
    return timestamps.text(at)[:10]
