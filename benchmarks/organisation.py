"""
Statements of a made-up organisation, quickly: about 1 kB each, two years, Dutch and English.

Written through the store's port in large batches, without terms: this measures analytics, and
what finds Statements by their terms is measured elsewhere (benchmarks/load.py).
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from analytics.facts import Post
from lrs.domain import timestamps
from lrs.domain import vocabulary as v
from lrs.stores.port import Batch, NewStatement, Store

DAY = 86_400_000_000
_AT = "https://tool.example"
_FORUM, _LMS, _WIKI = "https://forum.example", "https://lms.example", "https://wiki.example"
_TOPICS = ("safety", "feedback", "planning", "torque", "onboarding", "crm", "invoices", "budget")
_SAID = {
    "en": (
        "Does anyone know how to reset the {} sensor after the update?",
        "Here are my notes about {} from this morning, with two examples of what we tried.",
        "That works for {} if you restart the agent first and then try it again.",
    ),
    "nl": (
        "Weet iemand hoe ik {} kan instellen na de laatste wijziging?",
        "Mijn aantekeningen over {} van vanmorgen, met twee voorbeelden van wat we deden.",
        "Dat werkt voor {} als je eerst opnieuw start en het dan nog eens probeert.",
    ),
}
# What people do: kind → its share of all acts.
_KINDS = {
    "view": 26, "post": 10, "ask": 4, "reply": 22, "like": 14, "share": 2, "search": 5,
    "initialize": 7, "progress": 4, "complete": 4, "score": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Roster:
    """Everyone's department, which never changes; as `analytics.facts.People`."""

    people: int
    departments: int = 20
    version: str = "bench"

    def person(self, ifi: str, at: int) -> str | None:  # noqa: ARG002
        return ifi.rpartition("|")[2]

    def department(self, person: str, at: int) -> str | None:  # noqa: ARG002
        return f"department {int(person[1:]) % self.departments:02}"

    def roster(self) -> list[Post]:
        return [
            Post(f"p{n}", f"department {n % self.departments:02}", 0, None)
            for n in range(self.people)
        ]


class Organisation:
    """Makes Statements one after the other; the same seed makes the same."""

    def __init__(self, people: int, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._people = people
        self._posts: list[tuple[str, str]] = []
        self._kinds = self._random.choices(list(_KINDS), list(_KINDS.values()), k=4096)
        self.made = 0

    def statement(self, at: int) -> dict[str, Any]:
        """One act at a time (µs)."""
        self.made += 1
        draw = self._random.random
        # Some people do much, most do little.
        who = int(self._people * draw() * draw())
        kind = self._kinds[self.made % 4096]
        statement: dict[str, Any] = {
            "id": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "actor": {
                "objectType": "Agent",
                "name": f"Somebody Number {who}",
                "account": {"homePage": _AT, "name": f"p{who}"},
            },
            "timestamp": timestamps.text(at),
            "version": "2.0.0",
            "authority": {
                "objectType": "Agent",
                "account": {"homePage": "http://localhost:8080", "name": "bench"},
            },
        }
        return statement | getattr(self, f"_{kind}")()

    def _context(self, platform: str, **around: Any) -> dict[str, Any]:
        recipe = {
            "objectType": "Activity",
            "id": v.PROFILE_VERSION,
            "definition": {"type": v.RECIPE},
        }
        context: dict[str, Any] = {"platform": platform}
        context["contextActivities"] = {"category": [recipe], **around}
        if self._random.random() < 0.5:
            context["language"] = self._random.choice(("nl", "en"))
        return context

    def _text(self, place: int) -> str:
        said = _SAID[self._random.choice(("nl", "en"))][place]
        return said.format(self._random.choice(_TOPICS))

    def _spoken(self, verb: str, kind: str, place: int) -> dict[str, Any]:
        post = f"{_FORUM}/t/{self.made}"
        self._posts.append((post, post))
        tag = self._random.choice(_TOPICS)
        other = [_activity(f"{_FORUM}/tag/{tag}", v.TAG, tag)]
        made = _activity(post, kind, "A conversation about work")
        made["definition"]["description"] = {"en": self._text(place)}
        return {
            "verb": {"id": verb, "display": {"en": verb.rpartition("/")[2]}},
            "object": made,
            "context": self._context("Forum", other=other),
        }

    def _post(self) -> dict[str, Any]:
        return self._spoken(f"{v.AS}create", v.FORUM_TOPIC, 1)

    def _ask(self) -> dict[str, Any]:
        return self._spoken(f"{v.ADL}asked", v.QUESTION, 0)

    def _earlier(self) -> tuple[str, str]:
        recent = self._posts[-2000:]
        return self._random.choice(recent) if recent else (f"{_FORUM}/t/0", f"{_FORUM}/t/0")

    def _reply(self) -> dict[str, Any]:
        parent, thread = self._earlier()
        post = f"{_FORUM}/p/{self.made}"
        self._posts.append((post, thread))
        return {
            "verb": {"id": f"{v.TINCAN}replied", "display": {"en": "replied"}},
            "object": _activity(post, v.FORUM_REPLY, "A conversation about work"),
            "context": self._context(
                "Forum",
                parent=[_activity(parent, v.FORUM_REPLY, "A conversation about work")],
                grouping=[_activity(thread, v.FORUM_TOPIC, "A conversation about work")],
            ),
            "result": {"response": self._text(2)},
        }

    def _on_post(self, verb: str) -> dict[str, Any]:
        post, thread = self._earlier()
        return {
            "verb": {"id": verb, "display": {"en": verb.rpartition("/")[2]}},
            "object": _activity(post, v.FORUM_REPLY, "A conversation about work"),
            "context": self._context(
                "Forum", grouping=[_activity(thread, v.FORUM_TOPIC, "A conversation about work")]
            ),
        }

    def _like(self) -> dict[str, Any]:
        return self._on_post(f"{v.AS}like")

    def _share(self) -> dict[str, Any]:
        return self._on_post(f"{v.AS}share")

    def _view(self) -> dict[str, Any]:
        page = self._random.randrange(2000)
        return {
            "verb": {"id": f"{v.TINCAN}viewed", "display": {"en": "viewed"}},
            "object": _activity(f"{_WIKI}/page/{page}", v.PAGE, f"Page {page} of the handbook"),
            "context": self._context("Wiki"),
            "result": {"duration": f"PT{self._random.randrange(5, 400)}S"},
        }

    def _search(self) -> dict[str, Any]:
        return {
            "verb": {"id": f"{v.ACROSSX}searched", "display": {"en": "searched"}},
            "object": _activity(f"{_WIKI}/search", v.SEARCH_ENGINE, "Search of the handbook"),
            "context": self._context("Wiki"),
            "result": {
                "response": self._random.choice(_TOPICS),
                "extensions": {v.HITS: self._random.randrange(8)},
            },
        }

    def _formal(self, verb: str, result: dict[str, Any] | None = None) -> dict[str, Any]:
        course = self._random.randrange(30)
        made: dict[str, Any] = {
            "verb": {"id": v.ADL + verb, "display": {"en": verb}},
            "object": _activity(f"{_LMS}/course/{course}", v.COURSE, f"Course {course}"),
            "context": self._context("LMS"),
        }
        return made | ({"result": result} if result else {})

    def _initialize(self) -> dict[str, Any]:
        return self._formal("initialized")

    def _progress(self) -> dict[str, Any]:
        return self._formal("progressed", {"duration": "PT12M"})

    def _complete(self) -> dict[str, Any]:
        return self._formal("completed", {"completion": True, "duration": "PT40M"})

    def _score(self) -> dict[str, Any]:
        return self._formal("passed", {"success": True, "score": {"scaled": self._random.random()}})


def _activity(iri: str, kind: str, name: str) -> dict[str, Any]:
    return {"objectType": "Activity", "id": iri, "definition": {"type": kind, "name": {"en": name}}}


def fill(store: Store, statements: Iterator[dict[str, Any]], size: int = 2000) -> None:
    """Keep Statements in batches, as they are."""
    batch: list[NewStatement] = []
    for statement in statements:
        head = orjson.dumps(statement)[:-1] + b","
        batch.append(NewStatement(statement["id"], head, frozenset()))
        if len(batch) == size:
            store.add(Batch(batch, {}, _never, _none))
            batch = []
    if batch:
        store.add(Batch(batch, {}, _never, _none))


def _never(_new: NewStatement, _kept: bytes) -> bool:
    return False


def _none(_kept: bytes | None, learned: bytes) -> bytes:
    return learned
