"""How the conformance tests name what they cover: by the ids of ADL's requirements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.server import Client

Check = Callable[[Client], None]
_ID = re.compile(r"XAPI-\d{5}")


def rule(ids: str, words: str, *values: Any) -> Any:
    """
    One case of a table.

    Args:
        ids: The numbers of the requirements it shows, such as "27 30".
        words: The requirement, in our words.
        values: The values of the test's parameters.
    """
    names = "+".join(f"XAPI-{int(number):05}" for number in ids.split())
    return pytest.param(*values, id=f"{names}: {words}")


def covered(tables: Iterable[Iterable[Any]]) -> set[str]:
    """The ids of all requirements in these tables."""
    return {name for table in tables for case in table for name in _ID.findall(case.id)}


class Rules:
    """Requirements shown by small functions whose names are the requirements in our words."""

    def __init__(self) -> None:
        self.cases: list[Any] = []

    def shown_by(self, ids: str) -> Callable[[Check], Check]:
        """Note a function that shows requirements, by their numbers."""

        def note(check: Check) -> Check:
            self.cases.append(rule(ids, check.__name__.replace("_", " "), check))
            return check

        return note
