"""A delivery of many things that cannot be read as a whole: each as a delivery of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson

from integrations.base import Delivery, Unreadable


def split(delivery: Delivery, keys: Sequence[str]) -> list[Delivery]:
    """
    The delivery once for each item of a list in its JSON, with only this item in the list.

    Args:
        keys: Where the list is, outermost first; lists on the way are split as well. Empty: the
            delivery tells one thing.
    """
    try:
        body = delivery.json if keys else None
    except Unreadable:
        return []
    if not isinstance(body, dict) or not isinstance(body.get(keys[0]), list):
        return []
    return [replace(delivery, body=orjson.dumps(one)) for one in _each(body, keys)]


def _each(held: Any, keys: Sequence[str]) -> Iterator[Any]:
    key = keys[0] if keys else ""
    items = held.get(key) if key and isinstance(held, dict) else None
    if not isinstance(items, list):
        yield held
        return
    for item in items:
        yield from ({**held, key: [one]} for one in _each(item, keys[1:]))
