"""What is recorded about persons: changes, and the dated entries in which they are made."""

from __future__ import annotations

from typing import Any, NamedTuple

BEGIN, END = -(2**62), 2**62
"""Since ever, and with no end known."""
ATTRIBUTES = (
    "name",
    "department",
    "role",
    "manager",
    "employed",
    "employee",
    "external_id",
    "language",
)
"""
`employed` is "yes" while it lasts; `employee` the personnel number, `external_id` the SSO's;
`language` a tag such as "nl".
"""


class Hold(NamedTuple):
    """An identifier is a person's."""

    person: str
    identifier: str
    since: int = BEGIN
    until: int = END
    confidence: float = 1.0


class Release(NamedTuple):
    """From `at` on the identifier is not the person's any more; BEGIN: it never was."""

    person: str
    identifier: str
    at: int = BEGIN


class Tell(NamedTuple):
    """An attribute of a person; the one that began last counts, also when it is over."""

    person: str
    name: str
    value: str
    since: int = BEGIN
    until: int = END


class Merge(NamedTuple):
    """Two persons are found to be one human."""

    person: str
    into: str


class Dismiss(NamedTuple):
    """A suggestion is found to be wrong."""

    suggestion: str


class Undo(NamedTuple):
    """An earlier entry (which may be an undoing) counts no longer."""

    number: int


Change = Hold | Release | Tell | Merge | Dismiss | Undo
_KINDS: dict[str, type[Any]] = {
    "hold": Hold,
    "release": Release,
    "tell": Tell,
    "merge": Merge,
    "dismiss": Dismiss,
    "undo": Undo,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def as_json(change: Change) -> list[Any]:
    """A change as it is kept: its name and its fields."""
    return [_NAMES[type(change)], *change]


def from_json(kept: list[Any]) -> Change:
    """The change that was kept."""
    change: Change = _KINDS[kept[0]](*kept[1:])
    return change


class Entry(NamedTuple):
    """
    Changes that were made together.

    Args:
        number: 1 for the first; one more each.
        at: When it was recorded, µs; never before the entry before.
        by: The key of who did it.
        evidence: What it rests on.
    """

    number: int
    at: int
    by: str
    evidence: str
    changes: tuple[Change, ...]
