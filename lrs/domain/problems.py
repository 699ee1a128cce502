"""What is wrong with a Statement: one place, one sentence, one section of the standard."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lrs.domain.versions import Version

_PLAIN_NAME = re.compile(r"[\w-]{1,64}")
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """
    A rule that is broken.

    Args:
        at: Where, such as "[3].context.contextActivities.parent[0].id"; empty: the whole.
        detail: What is wrong, in one sentence.
        spec: The section that says so, in the version the Statement was checked against.
    """

    at: str
    detail: str
    spec: str


def place(at: str, path: Iterable[str | int]) -> str:
    """
    The place that is reached from `at` by names and indexes.

    It ends at the parent where a name is no plain word (an IRI, a sentence), for such a place
    could not be read back.
    """
    for step in path:
        if isinstance(step, int):
            at = f"{at}[{step}]"
        elif _PLAIN_NAME.fullmatch(step):
            at = f"{at}.{step}" if at else step
        else:
            break
    return at


def shown(text: str) -> str:
    """A name or value that was sent, short enough to be shown in a sentence."""
    cut = text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
    return f"“{cut}”"


def section(sections: str, version: Version) -> str:
    """
    The section to name for a version.

    Args:
        sections: Such as "Data 4.3 | 4.2.7": of 1.0.3, then of 2.0 (IEEE 9274.1.1).
        version: Whose section is wanted.
    """
    of_v1, _, of_v2 = sections.partition(" | ")
    return of_v1 if version is Version.V1 else f"IEEE 9274.1.1, {of_v2}"
