"""
What stands where in an answer, asked for by its type.

An answer of another shape that is taken for an empty one would move a cursor past what was never
read: "nothing more" is only believed where it is said.
"""

from __future__ import annotations

from typing import Any, TypeVar

from integrations.http import Refused

Json = dict[str, Any]
T = TypeVar("T")


def an_object(told: Any) -> Json:
    """
    Itself.

    Raises:
        Refused: It is no object.
    """
    return _of(dict, told, "an object was expected")


def listed(told: Any) -> list[Any]:
    """
    Itself.

    Raises:
        Refused: It is no list.
    """
    return _of(list, told, "a list was expected")


def onward(told: Any) -> str:
    """
    From where to go on: an address or a mark; "" where the vendor gives none.

    It may be kept as the cursor of all later runs, so nothing else is taken for one.

    Raises:
        Refused: It is no text.
    """
    return "" if told is None else _of(str, told, "it should say how to go on")


def further(before: Any, told: Any) -> None:
    """
    See that a page is another than the one before, where pages are counted.

    Raises:
        Refused: It is the same: who is asked takes no notice of the count, and never ends.
    """
    if told and told == before:
        raise Refused("the answers do not go on: one page is told as the next too")


def _of(kind: type[T], told: Any, where: str) -> T:
    if isinstance(told, kind):
        return told
    name = "null" if told is None else type(told).__name__
    raise Refused(f"an answer has {name} where {where}")
