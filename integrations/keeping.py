"""From an Outcome to the store: Statements under the source's Authority, dead letters beside."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson

from integrations.base import Delivery
from integrations.receive import Outcome
from integrations.source import Source
from lrs.domain.errors import Conflict
from lrs.domain.strict_json import Parsed
from lrs.domain.versions import Version
from lrs.services.access import Credential
from lrs.services.incoming import Request
from lrs.services.lrs import Lrs
from lrs.stores.port import Draft, RecordStore

DEAD_LETTER = "dead-letter"


def authority(source: Source, public_url: str) -> Credential:
    """Who asserts what a source tells: the source itself, as an account at this store."""
    account = {"homePage": public_url, "name": f"source:{source.name}"}
    agent = {"objectType": "Agent", "name": source.name, "account": account}
    scopes = frozenset({"statements/write", "define"})
    return Credential(f"source:{source.name}", source.name, scopes, agent)


def keep(lrs: Lrs, source: Source, statements: list[dict[str, Any]], now: int) -> Counter[str]:
    """
    Store what a delivery tells, exactly once however often it is told.

    An earlier Statement of the same act stays as it is where the mapping or the text policy has
    changed since; it counts as unchanged.

    Args:
        statements: In the 2.0 form, with ids that follow from what they tell.
        now: µs.

    Returns:
        How many were `stored` (again or for the first time) and how many left `unchanged`.
    """
    credential = authority(source, lrs.public_url)

    def store(part: list[dict[str, Any]]) -> None:
        lrs.statements.keep(Request(Parsed(part, part), {}, credential, Version.V2, now))

    try:
        store(statements)
    except Conflict:
        return Counter(_one_by_one(store, statement) for statement in statements)
    return Counter(stored=len(statements))


def _one_by_one(store: Any, statement: dict[str, Any]) -> str:
    try:
        store([statement])
    except Conflict:
        return "unchanged"
    return "stored"


def keep_dead_letter(records: RecordStore, delivery: Delivery, outcome: Outcome, now: int) -> None:
    """Keep a delivery that could not be read, so that it can be replayed once it can be."""
    told = {
        "why": outcome.dead_letter,
        "received": now,
        "event": delivery.event,
        "headers": {
            name: value for name, value in delivery.headers.items() if name not in _SECRET_HEADERS
        },
    }
    draft = Draft(
        delivery.body, {"told": orjson.dumps(told).decode()}, frozenset({delivery.source})
    )
    records.change(DEAD_LETTER, f"{delivery.source} {now}", lambda _: draft)


_SECRET_HEADERS = frozenset({"authorization", "cookie"})
