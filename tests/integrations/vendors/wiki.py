"""MediaWiki's API: recentchanges and allrevisions, with continuation, written by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integrations.vendors.server import Asked, Told

START = datetime(2026, 11, 20, 8, tzinfo=UTC)


def at(number: int) -> str:
    return (START + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Wiki:
    """A wiki whose changes are numbered; `page` of them come at a time."""

    def __init__(self, changes: int, page: int = 10) -> None:
        self.page = page
        self.changes = [self.change(n) for n in range(1, changes + 1)]

    @staticmethod
    def change(number: int, **more: Any) -> dict[str, Any]:
        return {
            "type": "new" if number == 1 else "edit",
            "ns": 0,
            "title": "Pump 4",
            "pageid": 40,
            "revid": 1000 + number,
            "old_revid": 0 if number == 1 else 999 + number,
            "rcid": number,
            "user": f"User {number % 3}",
            "userid": 7 + number % 3,
            "oldlen": 100,
            "newlen": 100 + number,
            "timestamp": at(number),
            "comment": "",
            "tags": [],
            **more,
        }

    def add(self) -> None:
        self.changes.append(self.change(len(self.changes) + 1))

    def __call__(self, asked: Asked) -> Told:
        query = asked.query
        assert query["action"] == "query"
        assert query["maxlag"] == "5"
        assert "social-lrs" in asked.headers["user-agent"]
        begin = datetime.fromisoformat(query["rcstart"])
        found = [c for c in self.changes if datetime.fromisoformat(c["timestamp"]) >= begin]
        if "rccontinue" in query:
            assert query["continue"] == "-||"
            after = int(query["rccontinue"].partition("|")[2])
            found = [c for c in found if c["rcid"] >= after]
        held: dict[str, Any] = {"query": {"recentchanges": found[: self.page]}}
        if len(found) > self.page:
            onward = found[self.page]
            stamp = onward["timestamp"].translate(str.maketrans("", "", "-T:Z"))
            held["continue"] = {"rccontinue": f"{stamp}|{onward['rcid']}", "continue": "-||"}
        return Told(held)
