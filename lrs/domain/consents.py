"""Consent: what somebody said, when, of which source; and whether they may be recorded now."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Rule(StrEnum):
    """What a source asks for before it records anybody."""

    OPT_IN = "opt-in"
    OPT_OUT = "opt-out"
    NOT_NEEDED = "not needed"


class Said(NamedTuple):
    """
    Consent that was given or withdrawn.

    Args:
        given: False where it was withdrawn.
        source: The name of a source; None for all of them.
        at: From when it holds, µs.
        recorded: When it was told to the store, µs.
        by: The key of who told it.
        evidence: What it rests on.
        objects: Whether it is an objection (GDPR 21): heeded also where nobody needs to be asked.
    """

    given: bool
    source: str | None
    at: int
    recorded: int
    by: str
    evidence: str
    objects: bool = False


def concerns(rule: Rule, said: Said) -> bool:
    """
    Whether something that was said matters to a source with this rule.

    Where nobody needs to be asked, recording does not rest on consent: to take that back in general
    says nothing there, and takes back no objection that was made before.
    """
    general = not said.given and said.source is None and not said.objects
    return not (rule is Rule.NOT_NEEDED and general)


def latest(said: Iterable[Said], source: str, now: int) -> Said | None:
    """What holds for a source now: of all that was said of it and of all sources, the last."""
    begun = [one for one in said if one.source in (None, source) and one.at <= now]
    return max(begun, key=lambda one: (one.at, one.recorded), default=None)


def allows(rule: Rule, last: Said | None) -> bool:
    """
    Whether a source may record who has said this.

    Where nobody needs to be asked, a general withdrawal takes nothing back; an objection, or a
    withdrawal that names the source, holds.
    """
    if rule is Rule.OPT_IN:
        return last is not None and last.given
    if last is None or last.given:
        return True
    return not concerns(rule, last)
