"""
Stretches of lines of time that are written down, so that a process need not read the Statements.

A stretch is a record: its rows by columns, texts that repeat only once. It says by which code it
was made; what other code made is not believed, and written anew.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from lrs.domain import parts, terms, vocabulary
from lrs.services import acts as acts_module
from lrs.services.acts import Act
from lrs.stores.port import Draft, RecordStore

KIND = "history"


@dataclass(frozen=True, slots=True)
class Stretch:
    """
    A part of a line.

    Args:
        until: The `stored` of its last Statement.
        voided: Ids that its Statements void.
    """

    until: int
    acts: list[Act]
    voided: set[str]


class Stretches:
    """Writes stretches, and reads those that follow one another from the beginning."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def of(self, identifier: str) -> Iterator[Stretch]:
        """All that are written of a line, in order, without a gap."""
        after = 0
        for record in self._records.records(KIND, identifier):
            held = orjson.loads(record.value)
            if held["since"] != after or held["made_by"] != code():
                return
            after = held["until"]
            yield Stretch(after, _unpacked(held), set(held["voided"]))

    def write(self, identifier: str, since: int, stretch: Stretch) -> None:
        """
        Keep the stretch after a `stored`.

        Raises:
            StoreUnavailable: It is not kept.
        """
        held = {
            "made_by": code(),
            "since": since,
            "until": stretch.until,
            "voided": sorted(stretch.voided),
            **_packed(stretch.acts),
        }
        draft = Draft(orjson.dumps(held), tags=frozenset({identifier}))
        self._records.change(KIND, f"{identifier} {since:020d}", lambda _: draft)


@cache
def code() -> str:
    """Of what makes rows: when it changes, rows may be others."""
    modules = (acts_module, parts, terms, vocabulary)
    sources = "".join(inspect.getsource(module) for module in modules)
    return hashlib.sha256(sources.encode()).hexdigest()[:16]


def _packed(acts: Iterable[Act]) -> dict[str, Any]:
    texts: dict[str, int] = {}

    def place(text: str) -> int:
        return texts.setdefault(text, len(texts))

    columns = _columns(acts)
    columns["activities"] = [[place(one) for one in ids] for ids in columns["activities"]]
    columns["authority"] = [place(one.decode()) for one in columns["authority"]]
    columns["result"] = [one and one.decode() for one in columns["result"]]
    return {"columns": columns, "texts": list(texts)}


def _columns(acts: Iterable[Act]) -> dict[str, list[Any]]:
    rows = list(acts)
    return {name: [row[place] for row in rows] for place, name in enumerate(Act._fields)}


def _unpacked(held: dict[str, Any]) -> list[Act]:
    texts, columns = held["texts"], held["columns"]
    bare = [text.encode() for text in texts]
    columns["activities"] = [tuple([texts[one] for one in ids]) for ids in columns["activities"]]
    columns["authority"] = [bare[one] for one in columns["authority"]]
    columns["result"] = [one and one.encode() for one in columns["result"]]
    return list(map(Act._make, zip(*(columns[name] for name in Act._fields), strict=True)))
