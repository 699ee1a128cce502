"""Acts: one small row for each Statement of a learning history."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import orjson

from lrs.domain import parts, terms, timestamps
from lrs.domain.actors import ifi
from lrs.domain.errors import LrsError
from lrs.domain.vocabulary import action_of, mode_of
from lrs.stores.port import Kept


class Act(NamedTuple):
    """
    A Statement on the line of time; it sorts by its first two.

    Args:
        timestamp: µs.
        stored: µs; unique.
        when: `timestamp` as it is kept.
        activities: The ids of its object and its context's Activities.
        authority: JSON.
        result: JSON, or None.
        voids: Whether it voids another, so that it cannot be voided itself.
    """

    timestamp: int
    stored: int
    id: str
    when: str
    action: str | None
    mode: str
    source: str
    activities: tuple[str, ...]
    authority: bytes
    result: bytes | None
    voids: bool
    voided: bool


def void(act: Act) -> Act:
    """The act once it is voided; what voids another cannot be."""
    return act if act.voids else act._replace(voided=True)


def act_of(kept: Kept, statement: dict[str, Any], result: object) -> Act:
    """`result` with its numbers as they were sent."""
    action = action_of(statement)
    ids = {sys.intern(str(one["id"])) for one in parts.activities(statement)}
    return Act(
        timestamp=_time(statement["timestamp"], kept.stored),
        stored=kept.stored,
        id=kept.id,
        when=statement["timestamp"],
        action=action,
        mode=mode_of(action, statement).value,
        source=sys.intern(source_of(statement["authority"])),
        activities=tuple(ids),
        authority=orjson.dumps(statement["authority"]),
        result=None if result is None else orjson.dumps(result),
        voids=terms.is_voiding(statement),
        voided=kept.voided,
    )


def _time(text: str, stored: int) -> int:
    try:
        return timestamps.parse(text)
    except LrsError:
        return stored


def source_of(authority: dict[str, Any]) -> str:
    """
    Where a Statement came from, by its Authority.

    The name of the source that was harvested or that delivered; else the name of the key, and
    where it has none, the identifier.
    """
    account = str(authority.get("account", {}).get("name", ""))
    if account.startswith("source:"):
        return account.removeprefix("source:")
    return str(authority.get("name") or ifi(authority) or "")
