"""Statements with a planted truth, kept through the use cases in a real embedded store."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from analytics.facts import Knowledge, Options, Refreshed, refresh
from analytics.measure import run
from lrs.domain import strict_json, timestamps
from lrs.domain import vocabulary as v
from lrs.domain.versions import Version
from lrs.services.incoming import Request
from lrs.services.lrs import Lrs
from lrs.services.statements import Limits
from lrs.stores.sqlite import SqliteStore

FORUM = "https://forum.example"
COURSE = "https://lms.example/course/1"
FAR = 2**60
_NAMESPACE = uuid.UUID("0d7f0fc2-60f2-4a3c-8f20-0a7c8f6d8b15")


def at(text: str) -> int:
    """µs of "2026-01-31" or "2026-01-31T10:00"."""
    return timestamps.parse(text if "T" in text else f"{text}T00:00:00Z")


def an_id(name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, name))


def agent(name: str) -> dict[str, Any]:
    return {"objectType": "Agent", "account": {"homePage": FORUM, "name": name}}


def ifi_of(name: str) -> str:
    return f"account:{FORUM}|{name}"


def act(
    who: str | dict[str, Any],
    verb: str,
    target: str | dict[str, Any],
    when: str,
    *,
    kind: str = v.NOTE,
    name: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A Statement; its id follows from its name, or from who did what to which when."""
    target_json = target if isinstance(target, dict) else activity(target, kind)
    actor = agent(who) if isinstance(who, str) else who
    seed = name or f"{json.dumps(actor)}{verb}{json.dumps(target_json)}{when}"
    return {
        "id": an_id(seed),
        "actor": actor,
        "verb": {"id": verb},
        "object": target_json,
        "timestamp": when if "T" in when else f"{when}T12:00:00Z",
        **more,
    }


def activity(iri: str, kind: str = v.NOTE) -> dict[str, Any]:
    iri = iri if ":" in iri else f"{FORUM}/{iri}"
    return {"objectType": "Activity", "id": iri, "definition": {"type": kind}}


def post(who: Any, what: str, when: str, **more: Any) -> dict[str, Any]:
    return act(who, f"{v.AS}create", what, when, **more)


def ask(who: Any, what: str, when: str, **more: Any) -> dict[str, Any]:
    return act(who, f"{v.ADL}asked", what, when, kind=v.QUESTION, **more)


def reply(who: Any, what: str, to: str, when: str, **more: Any) -> dict[str, Any]:
    context = {"contextActivities": {"parent": [activity(to)]}}
    return act(who, f"{v.TINCAN}replied", what, when, kind=v.FORUM_REPLY, context=context, **more)


def like(who: Any, what: str, when: str, **more: Any) -> dict[str, Any]:
    return act(who, f"{v.AS}like", what, when, **more)


def view(who: Any, what: str, when: str, **more: Any) -> dict[str, Any]:
    return act(who, f"{v.TINCAN}viewed", what, when, kind=v.PAGE, **more)


def complete(who: Any, when: str, course: str = COURSE, **more: Any) -> dict[str, Any]:
    return act(who, f"{v.ADL}completed", course, when, kind=v.COURSE, **more)


def void(name: str, when: str = "2026-12-01") -> dict[str, Any]:
    target = {"objectType": "StatementRef", "id": an_id(name)}
    return act("admin", f"{v.ADL}voided", target, when)


class Kept:
    """A store of its own with its facts beside it."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore.open(folder / "lrs.sqlite", folder / "attachments")
        limits = Limits(max_batch=100_000, max_json_depth=64, max_page=500)
        self.lrs = Lrs.over(self.store, limits, "http://localhost:8080")
        self._credential, _ = self.lrs.access.create("tests", ["all"])
        self.facts = folder / "facts"

    def keep(self, *statements: dict[str, Any]) -> None:
        """Send them as one batch, as an LMS or a hook does."""
        body = strict_json.loads(json.dumps(statements).encode(), 64)
        now = at("2027-01-01")
        self.lrs.statements.keep(Request(body, {}, self._credential, Version.V2, now))

    def refresh(self, now: int = FAR, **options: Any) -> Refreshed:
        return refresh(self.store, self.facts, now=now, options=Options(**options))

    def measure(self, name: str, since: str, until: str, **asked: Any) -> dict[str, Any]:
        asked = {"min_group": 1, **asked}
        return run(name, self.facts, since=at(since), until=at(until), **asked)

    def result(self, name: str, since: str, until: str, **asked: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.measure(name, since, until, **asked)["result"]
        return found


@contextmanager
def kept_in(folder: Path, statements: Iterable[dict[str, Any]] = ()) -> Iterator[Kept]:
    folder.mkdir(parents=True, exist_ok=True)
    kept = Kept(folder)
    try:
        sent = list(statements)
        if sent:
            kept.keep(*sent)
        yield kept
    finally:
        kept.store.close()


class Told:
    """A persons store with dated answers: (ifi, from, person), (person, from, department)."""

    def __init__(
        self,
        persons: Iterable[tuple[str, str, str]] = (),
        departments: Iterable[tuple[str, str, str]] = (),
        version: str = "1",
    ) -> None:
        self.version = version
        self._persons = [(ifi_of(one), at(since), who) for one, since, who in persons]
        self._departments = [(who, at(since), of) for who, since, of in departments]

    def person(self, ifi: str, moment: int) -> str | None:
        return _as_of(self._persons, ifi, moment)

    def department(self, person: str, moment: int) -> str | None:
        return _as_of(self._departments, person, moment)

    def roster(self) -> list[Any]:
        return []


def _as_of(rows: list[tuple[str, int, str]], name: str, moment: int) -> str | None:
    found = [row for row in rows if row[0] == name and row[1] <= moment]
    return max(found, key=lambda row: row[1])[2] if found else None


def knowing(departments: dict[str, str]) -> Knowledge:
    """Everyone's department from the beginning, by account."""
    return Knowledge(
        people=Told(
            persons=[(name, "2000-01-01", name) for name in departments],
            departments=[(name, "2000-01-01", of) for name, of in departments.items()],
        )
    )
