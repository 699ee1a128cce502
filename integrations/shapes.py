"""
What stands where in an answer, asked for by its type.

An answer of another shape that is taken for an empty one would move a cursor past what was never
read: "nothing more" is only believed where it is said.
"""

from __future__ import annotations

from typing import Any

from integrations.http import Refused

Json = dict[str, Any]


def an_object(told: Any) -> Json:
    """
    Itself.

    Raises:
        Refused: It is no object.
    """
    if not isinstance(told, dict):
        raise Refused(f"an answer has {_name(told)} where an object was expected")
    return told


def listed(told: Any) -> list[Any]:
    """
    Itself.

    Raises:
        Refused: It is no list.
    """
    if not isinstance(told, list):
        raise Refused(f"an answer has {_name(told)} where a list was expected")
    return told


def onward(told: Any) -> str:
    """
    From where to go on: an address or a mark; "" where the vendor gives none.

    It may be kept as the cursor of all later runs, so nothing else is taken for one.

    Raises:
        Refused: It is no text.
    """
    if told is not None and not isinstance(told, str):
        raise Refused(f"an answer has {_name(told)} where it should say how to go on")
    return told or ""


def further(before: Any, told: Any) -> None:
    """
    See that a page is another than the one before, where pages are counted.

    Raises:
        Refused: It is the same: who is asked takes no notice of the count, and never ends.
    """
    if told and told == before:
        raise Refused("the answers do not go on: one page is told as the next too")


def _name(told: Any) -> str:
    return "null" if told is None else type(told).__name__
