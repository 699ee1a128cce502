"""Statements and batches for the contract of the stores, as small as the rules allow."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

import orjson

from lrs.stores.port import Batch, NewStatement

_NAMESPACE = uuid.UUID("7d0a2ad4-93a5-4c52-a8c3-0a6f3e6f1f5e")


def an_id(name: str) -> str:
    """The id that a Statement of this name has in these tests."""
    return str(uuid.uuid5(_NAMESPACE, name))


def a_statement(
    name: str,
    *,
    terms: Iterable[str] = (),
    own: Iterable[str] = (),
    refers: str | None = None,
    voids: str | None = None,
    text: str = "",
    stamped: bool = False,
) -> NewStatement:
    """
    A Statement by name.

    Args:
        refers: The name of the Statement it refers to.
        voids: The name of the Statement it refers to and voids.
        text: What makes it differ from another of the same name.
    """
    target = refers if voids is None else voids
    return NewStatement(
        id=an_id(name),
        head=orjson.dumps({"id": an_id(name), "text": text})[:-1] + b",",
        terms=frozenset(terms),
        own=frozenset(own),
        refers=None if target is None else an_id(target),
        voids=voids is not None,
        stamped=stamped,
    )


def same(statement: NewStatement, kept: bytes) -> bool:
    """Whether the two are the same Statement; in these tests, byte by byte."""
    return kept.startswith(statement.head)


def merge(kept: bytes | None, learned: bytes) -> bytes:
    """What is learned wins, name by name."""
    both = (orjson.loads(kept) if kept else {}) | orjson.loads(learned)
    return orjson.dumps(both, option=orjson.OPT_SORT_KEYS)


def a_batch(*statements: NewStatement, definitions: Mapping[str, bytes] | None = None) -> Batch:
    return Batch(statements, definitions or {}, same, merge)
