"""
Who the actors are, as analytics asks it: persons behind identifiers, and departments, by date.

The answers are those *as of* the act: a person who moves does not rewrite what was done before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from lrs.domain.persons import Post

__all__ = ["EachForItself", "People", "Post"]


class People(Protocol):
    """What is known about actors; `version` changes whenever an answer to anything might."""

    @property
    def version(self) -> str:
        """Facts that were made under another version are made anew."""
        ...

    def person(self, ifi: str, at: int) -> str | None:
        """Who has an identifier (`lrs.domain.actors.ifi`) at a time (µs); None: not known."""
        ...

    def department(self, person: str, at: int) -> str | None:
        """The department of a person at a time; None: not known."""
        ...

    def roster(self) -> Iterable[Post]:
        """Everyone who is or was employed; empty where there is no roster."""
        ...


class EachForItself:
    """Nothing is known: every identifier is a person of its own, without a department."""

    version = ""

    def person(self, ifi: str, at: int) -> str | None:  # noqa: ARG002
        return None

    def department(self, person: str, at: int) -> str | None:  # noqa: ARG002
        return None

    def roster(self) -> Iterable[Post]:
        return ()
